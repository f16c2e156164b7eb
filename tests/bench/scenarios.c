/* The four figures of the paper, one batch on one thread. */
#include "bench.h"
#include "irqpath/engine.h"
#include "irqpath/interrupt_path.h"

#include <stdio.h>
#include <stdlib.h>

struct batch {
    void *machine;
    uint64_t samples;
    bool naive, failed;
    struct irqp_result result;
};

/* One batch; the unit is a row. */
static double run(void *context)
{
    struct batch *batch = context;
    irqp_result_fini(&batch->result);
    irqp_result_init(&batch->result);
    batch->failed |= irqp_interrupt_path.run_batch(batch->machine, 1, 0, batch->samples, batch->naive, NULL,
                                                   &batch->result) != IRQP_OK;
    return (double)batch->result.steps;
}

static void complain(const struct irqp_diagnostics *diagnostics)
{
    for (size_t i = 0; i < diagnostics->count; i++) {
        char *text = irqp_diagnostic_render(&diagnostics->items[i]);
        fprintf(stderr, "%s\n", text ? text : "out of memory");
        free(text);
    }
}

static struct timing scaled(struct timing timing, double factor)
{
    return (struct timing){timing.minimum * factor, timing.median * factor};
}

/* A run asks for its state and its histograms, however long it is. */
static bool allocates_in_its_run(struct batch *batch)
{
    int64_t asked[2], before = bench_allocations();
    if (before < 0)
        return false;
    for (int i = 0; i < 2; i++) {
        batch->samples = i ? 20000 : 200;
        before = bench_allocations();
        run(batch);
        asked[i] = bench_allocations() - before;
    }
    printf("  allocations in a batch of 200 and of 20000 wake-ups: %lld and %lld\n", (long long)asked[0],
           (long long)asked[1]);
    return asked[0] != asked[1];
}

static void report(struct batch *batch)
{
    struct timing floor = bench_bare_loop(0); /* here and now: the machine may be busier than before */
    batch->naive = false;
    batch->samples = 20000;
    struct timing row = bench_measure(run, batch);
    const struct irqp_result *result = &batch->result;
    double steps = (double)result->steps, draws = (double)result->draws, n = (double)result->thread.total;
    double charges = 0;
    for (int i = 0; i < IRQP_STEPS_MAX; i++)
        charges += (double)result->step_hits[i];
    struct timing drawing = scaled(row, steps / draws);
    bench_print("  to the horizon", row, "row");
    bench_print("  to the horizon", drawing, "drawing row");
    bench_print("  to the horizon", scaled(row, steps / n), "wake-up");
    printf("  per wake-up: %.0f rows, %.0f of them draw, %.0f are charged; %.2f times the bare loop\n",
           steps / n, draws / n, charges / n, drawing.minimum / floor.minimum);
    batch->naive = true;
    batch->samples = 500;
    bench_print("  naive", bench_measure(run, batch), "row");
    batch->naive = false;
}

static bool bench_scenario(const char *file, const char *search, const char *interval)
{
    static struct batch batch;
    struct irqp_diagnostics diagnostics;
    struct irqp_scenario *scenario = NULL;
    char override[64];
    snprintf(override, sizeof override, "cyclictest.interval=%s", interval);
    const char *const overrides[] = {override};

    irqp_diagnostics_init(&diagnostics);
    enum irqp_status status =
        irqp_scenario_load(&scenario, irqp_interrupt_path.registry, file, overrides, 1, search, &diagnostics);
    if (status == IRQP_OK)
        status = irqp_interrupt_path.link(&batch.machine, scenario, &diagnostics);
    if (status == IRQP_OK) {
        printf("%s, every %s\n", irqp_scenario_name(scenario), interval);
        batch.failed = false;
        irqp_result_init(&batch.result);
        report(&batch);
        batch.failed |= allocates_in_its_run(&batch);
        irqp_result_fini(&batch.result);
        irqp_interrupt_path.unlink(batch.machine);
    } else {
        complain(&diagnostics);
    }
    irqp_scenario_free(scenario);
    irqp_diagnostics_fini(&diagnostics);
    return status == IRQP_OK && !batch.failed;
}

bool bench_scenarios(const char *directory)
{
    static const char *const names[] = {"fig6-hackbench-native", "fig6-hackbench-l4linux",
                                        "fig7-compile-native", "fig7-compile-l4linux"};
    static const char *const intervals[] = {"200 us", "1 ms"};
    bool good = true;
    for (size_t i = 0; i < 4; i++)
        for (size_t k = 0; k < 2; k++) {
            char file[4096];
            snprintf(file, sizeof file, "%s/paper/%s.yaml", directory, names[i]);
            good &= bench_scenario(file, directory, intervals[k]);
        }
    return good;
}
