/* A model without a machine, for the tests of the study and of its files: each batch draws latencies from a
 * stream of (seed, batch), and can be made to wait for the stop flag or to fail. */
#ifndef TOY_STUDY_H
#define TOY_STUDY_H

#include "irqpath/model.h"
#include "irqpath/random.h"
#include <sched.h>

#define TOY_NEVER UINT64_MAX

struct toy {
    uint64_t fails_at; /* this batch and all after it fail */
    uint64_t waits_at; /* this batch waits for the stop flag; 0: none does */
    enum irqp_status first_failure, later_failure;
};

static const char *const toy_steps[] = {"expiry to line", "vector entry", "switch to the task"};
enum { TOY_STEPS = 3 };

/* One latency more than every model has. */
static inline const char *toy_latency_name(const void *machine, size_t latency)
{
    static const char *const names[] = {"thread", "interrupt", "line to handler"};
    (void)machine;
    return latency < 3 ? names[latency] : NULL;
}

static inline const char *toy_cause_name(const void *machine, size_t cause)
{
    static const char *const names[] = {"own path", "tick"};
    (void)machine;
    return cause < 2 ? names[cause] : NULL;
}

static inline const char *toy_counter_name(const void *machine, size_t counter)
{
    (void)machine;
    return counter == 0 ? "deferred deliveries" : NULL;
}

static inline const char *toy_peak_name(const void *machine, size_t peak)
{
    (void)machine;
    return peak == 0 ? "microseconds" : NULL;
}

/* One sample: three charges, of which the last has the second cause. Every fifth latency has a long tail, and
 * latencies are coarse so that the worst one comes more than once. */
static inline enum irqp_status toy_sample(struct irqp_stream *stream, uint64_t batch, uint64_t sample,
                                          struct irqp_result *result)
{
    irqp_time times[TOY_STEPS] = {IRQP_US, (irqp_time)irqp_stream_below(stream, 3000) * IRQP_NS,
                                  (irqp_time)irqp_stream_below(stream, 8) * 512};
    if (irqp_stream_below(stream, 5) == 0)
        times[1] += (irqp_time)irqp_stream_below(stream, 4) * 40 * IRQP_US;
    irqp_time latency = times[0] + times[1] + times[2];
    for (size_t i = 0; i < TOY_STEPS; i++) {
        result->step_time[i] += times[i];
        result->step_hits[i]++;
        result->cause_time[i == 2] += times[i];
        result->cause_hits[i == 2]++;
    }
    result->trajectory += irqp_mix64((uint64_t)latency ^ batch);
    result->draws += TOY_STEPS;
    result->steps += TOY_STEPS;
    result->counters[0] += latency > 40 * IRQP_US;
    if ((uint64_t)(latency / IRQP_US) > result->peaks[0])
        result->peaks[0] = (uint64_t)(latency / IRQP_US);
    result->simulated += IRQP_MS;
    result->work += 3;
    result->mode_time[IRQP_MODE_IDLE] += IRQP_MS - latency;
    result->mode_time[IRQP_MODE_KERNEL] += latency;
    if (latency > result->worst) {
        result->worst = latency;
        result->worst_batch = batch;
        result->worst_sample = sample;
        result->worst_count = TOY_STEPS;
        for (uint16_t i = 0; i < TOY_STEPS; i++)
            result->worst_charges[i] = (struct irqp_charge){i, i == 2, times[i]};
    }
    enum irqp_status status = irqp_histogram_add(&result->thread, latency, 1);
    if (status == IRQP_OK && sample % 3 == 0)
        status = irqp_histogram_add(&result->latencies[IRQP_LATENCIES_OWN], times[1], 1);
    return status == IRQP_OK ? irqp_histogram_add(&result->interrupt, times[0] + times[1], 1) : status;
}

static inline enum irqp_status toy_run_batch(const void *machine, uint64_t seed, uint64_t batch,
                                             uint64_t samples, bool naive, const volatile int *stop,
                                             struct irqp_result *result)
{
    const struct toy *toy = machine;
    struct irqp_stream stream;
    (void)naive;
    irqp_stream_init(&stream, seed, batch, 0, 0);
    for (uint64_t i = 0; i < samples; i++) {
        enum irqp_status status = toy_sample(&stream, batch, i, result);
        if (status != IRQP_OK)
            return status;
    }
    result->batches++;
    if (toy->waits_at > 0 && batch == toy->waits_at) {
        while (!__atomic_load_n(stop, __ATOMIC_RELAXED))
            sched_yield();
        return IRQP_INTERRUPTED; /* with a result full of samples that must not count */
    }
    if (batch >= toy->fails_at)
        return batch == toy->fails_at ? toy->first_failure : toy->later_failure;
    return IRQP_OK;
}

static const struct irqp_model toy_model = {
    .name = "toy",
    .run_batch = toy_run_batch,
    .latency_name = toy_latency_name,
    .cause_name = toy_cause_name,
    .counter_name = toy_counter_name,
    .peak_name = toy_peak_name,
};

#endif
