/* Figures 6 and 7 of the paper and an idle system: one batch on one thread, then studies on one and two. */
#include "bench.h"
#include "irqpath/engine.h"
#include "irqpath/interrupt_path.h"
#include "irqpath/study.h"

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

/* A study of eight batches; the unit is a wake-up. */
struct study {
    const struct batch *batch;
    unsigned threads;
};

static double run_study(void *context)
{
    const struct study *study = context;
    const uint64_t samples = study->batch->samples;
    const struct irqp_run_options options = {
        .samples = samples, .batch = samples / 8, .seed = 1, .threads = study->threads};
    struct irqp_run result;
    if (irqp_run(&result, &irqp_interrupt_path, study->batch->machine, &options) != IRQP_OK)
        abort();
    irqp_run_fini(&result);
    return (double)samples;
}

static void report_study(struct batch *batch)
{
    struct study one = {batch, 1}, two = {batch, 2};
    batch->samples = 80000;
    struct timing alone = bench_measure(run_study, &one), both = bench_measure(run_study, &two);
    bench_print("  study, one thread, warm-up included", alone, "wake-up");
    bench_print("  study, two threads", both, "wake-up");
    printf("  two threads: %.2f times as fast; 100 million wake-ups in %.0f s\n",
           alone.minimum / both.minimum, both.minimum / 10);
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
    printf("  attribution: %.1f %% of the run, at %.1f ns a charge\n",
           100 * charges / n * bench_charge() / (row.minimum * steps / n), bench_charge());
    batch->naive = true;
    batch->samples = 500;
    bench_print("  naive", bench_measure(run, batch), "row");
    batch->naive = false;
    report_study(batch);
}

static bool bench_scenario(const char *file, const char *search, const char *const *overrides)
{
    static struct batch batch;
    struct irqp_diagnostics diagnostics;
    struct irqp_scenario *scenario = NULL;
    size_t count = 0;
    while (overrides[count])
        count++;
    irqp_diagnostics_init(&diagnostics);
    enum irqp_status status = irqp_scenario_load(&scenario, irqp_interrupt_path.registry, file, overrides,
                                                 count, search, &diagnostics);
    if (status == IRQP_OK)
        status = irqp_interrupt_path.link(&batch.machine, scenario, &diagnostics);
    if (status == IRQP_OK) {
        printf("%s", irqp_scenario_name(scenario));
        for (size_t i = 0; i < count; i++)
            printf(", %s", overrides[i]);
        putchar('\n');
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
    static const struct {
        const char *file, *overrides[3];
    } cases[] = {
        {"paper/fig6-hackbench-l4linux.yaml", {"cyclictest.interval=200 us"}},
        {"paper/fig6-hackbench-native.yaml", {"cyclictest.interval=200 us"}},
        {"paper/fig7-compile-l4linux.yaml", {"cyclictest.interval=200 us"}},
        {"paper/fig7-compile-native.yaml", {"cyclictest.interval=200 us"}},
        {"machines/athlon64-x2-5200.yaml", {"cyclictest.interval=200 us", "placement=rehosted"}},
        {"paper/fig6-hackbench-l4linux.yaml", {"cyclictest.interval=1 ms"}},
        {"paper/fig7-compile-l4linux.yaml", {"cyclictest.interval=1 ms"}},
    };
    bool good = true;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char file[4096];
        snprintf(file, sizeof file, "%s/%s", directory, cases[i].file);
        good &= bench_scenario(file, directory, cases[i].overrides);
    }
    return good;
}
