#include "irqpath/result.h"
#include <string.h>

void irqp_result_init(struct irqp_result *result)
{
    memset(result, 0, sizeof *result);
    for (size_t i = 0; i < IRQP_LATENCIES_MAX; i++)
        irqp_histogram_init(&result->latencies[i]);
    result->worst = -1;
}

void irqp_result_fini(struct irqp_result *result)
{
    for (size_t i = 0; i < IRQP_LATENCIES_MAX; i++)
        irqp_histogram_fini(&result->latencies[i]);
    irqp_result_init(result);
}

static void add_times(irqp_time *into, const irqp_time *from, size_t count)
{
    for (size_t i = 0; i < count; i++)
        into[i] += from[i];
}

static void add_counts(uint64_t *into, const uint64_t *from, size_t count)
{
    for (size_t i = 0; i < count; i++)
        into[i] += from[i];
}

/* The order of worst samples is total, so that merging gives one answer whatever the grouping. */
static bool is_worse(const struct irqp_result *a, const struct irqp_result *b)
{
    if (a->worst != b->worst)
        return a->worst > b->worst;
    if (a->worst_batch != b->worst_batch)
        return a->worst_batch < b->worst_batch;
    return a->worst_sample < b->worst_sample;
}

/* Room in `into` for every bin that `from` has. */
static enum irqp_status make_room(struct irqp_histogram *into, const struct irqp_histogram *from)
{
    if (from->total == 0 || from->capacity == 0)
        return IRQP_OK;
    irqp_time last = irqp_histogram_edge(from->capacity - 1);
    return irqp_histogram_reserve(into, from->maximum < last ? from->maximum : last);
}

enum irqp_status irqp_result_merge(struct irqp_result *into, const struct irqp_result *from)
{
    /* Room for all histograms first: after that nothing fails, so a failed merge leaves `into` as it was. */
    enum irqp_status status = IRQP_OK;
    for (size_t i = 0; i < IRQP_LATENCIES_MAX && status == IRQP_OK; i++)
        status = make_room(&into->latencies[i], &from->latencies[i]);
    for (size_t i = 0; i < IRQP_LATENCIES_MAX && status == IRQP_OK; i++)
        status = irqp_histogram_merge(&into->latencies[i], &from->latencies[i]);
    if (status != IRQP_OK)
        return status;

    into->batches += from->batches;
    into->simulated += from->simulated;
    add_times(into->mode_time, from->mode_time, IRQP_MODES);
    add_times(into->step_time, from->step_time, IRQP_STEPS_MAX);
    add_times(into->cause_time, from->cause_time, IRQP_CAUSES_MAX);
    add_counts(into->step_hits, from->step_hits, IRQP_STEPS_MAX);
    add_counts(into->cause_hits, from->cause_hits, IRQP_CAUSES_MAX);
    add_counts(into->counters, from->counters, IRQP_COUNTERS_MAX);
    for (size_t i = 0; i < IRQP_PEAKS_MAX; i++)
        if (from->peaks[i] > into->peaks[i])
            into->peaks[i] = from->peaks[i];
    into->work += from->work;
    into->steps += from->steps;
    into->draws += from->draws;
    into->trajectory += from->trajectory;

    if (from->worst >= 0 && is_worse(from, into)) {
        into->worst = from->worst;
        into->worst_batch = from->worst_batch;
        into->worst_sample = from->worst_sample;
        into->worst_count = from->worst_count;
        memcpy(into->worst_charges, from->worst_charges, sizeof into->worst_charges);
    }
    return IRQP_OK;
}
