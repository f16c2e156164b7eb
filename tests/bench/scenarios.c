/* Figures 6 and 7 of the paper and an idle system: one batch on one thread, then studies on one and two. */
#include "bench.h"
#include "irqpath/engine.h"
#include "irqpath/interrupt_path.h"
#include "irqpath/study.h"
#include "models/run.h"

#include <stdio.h>
#include <stdlib.h>

struct batch {
    void *machine;
    uint64_t samples;
    bool naive, failed;
    struct irqp_result result;
};

/* In the place of the model's own: only what the check needs that the charges add up. */
static void add_only(struct irqp_cpu *cpu, const struct irqp_row *row, irqp_time duration)
{
    (void)row;
    run_of(cpu)->wakeup.charged += duration;
}

static void add_stretch_only(struct irqp_cpu *cpu, uint16_t first, irqp_time duration)
{
    run_of(cpu)->wakeup.charged += duration + cpu->program->stretches[first].length;
}

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

static int64_t allocations_of(struct batch *batch)
{
    int64_t before = bench_allocations();
    run(batch);
    return before < 0 ? -1 : bench_allocations() - before;
}

static int64_t system_calls_of(struct batch *batch)
{
    return bench_system_calls(run, batch);
}

/* A run asks for its state and its histograms, however long it is. */
static bool depends_on_length(struct batch *batch, const char *what, int64_t (*number)(struct batch *))
{
    int64_t numbers[2];
    for (int i = 0; i < 2; i++) {
        batch->samples = i ? 20000 : 2000;
        numbers[i] = number(batch);
    }
    if (numbers[0] < 0 || numbers[1] < 0)
        return false;
    printf("  %s in a batch of 2000 and of 20000 wake-ups: %lld and %lld\n", what, (long long)numbers[0],
           (long long)numbers[1]);
    return numbers[0] != numbers[1];
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
    struct machine *machine = batch->machine;
    machine->program.charge = add_only;
    machine->program.charge_stretch = add_stretch_only;
    struct timing without = bench_measure(run, batch);
    machine->program.charge = wakeup_charge;
    machine->program.charge_stretch = wakeup_charge_stretch;
    printf("  attribution: %.1f %% of the run\n", 100 * (1 - without.minimum / row.minimum));
    batch->naive = true;
    batch->samples = 500;
    bench_print("  naive", bench_measure(run, batch), "row");
    batch->naive = false;
    report_study(batch);
}

/* Links a scenario for a batch. The caller unlinks and frees. */
static bool load(struct batch *batch, struct irqp_scenario **scenario, const char *file, const char *search,
                 const char *const *overrides, size_t count)
{
    struct irqp_diagnostics diagnostics;
    irqp_diagnostics_init(&diagnostics);
    enum irqp_status status = irqp_scenario_load(scenario, irqp_interrupt_path.registry, file, overrides,
                                                 count, search, &diagnostics);
    if (status == IRQP_OK)
        status = irqp_interrupt_path.link(&batch->machine, *scenario, &diagnostics);
    if (status != IRQP_OK)
        complain(&diagnostics);
    irqp_diagnostics_fini(&diagnostics);
    batch->failed = false;
    irqp_result_init(&batch->result);
    return status == IRQP_OK;
}

static bool bench_scenario(const char *file, const char *search, const char *const *overrides)
{
    static struct batch batch;
    struct irqp_scenario *scenario = NULL;
    size_t count = 0;
    while (overrides[count])
        count++;
    bool loaded = load(&batch, &scenario, file, search, overrides, count);
    if (loaded) {
        printf("%s", irqp_scenario_name(scenario));
        for (size_t i = 0; i < count; i++)
            printf(", %s", overrides[i]);
        putchar('\n');
        report(&batch);
        batch.failed |= depends_on_length(&batch, "allocations", allocations_of);
        batch.failed |= depends_on_length(&batch, "system calls", system_calls_of);
        irqp_result_fini(&batch.result);
        irqp_interrupt_path.unlink(batch.machine);
    }
    irqp_scenario_free(scenario);
    return loaded && !batch.failed;
}

/* What a row costs beside more and more loads, each of which computes, calls the system and sleeps. */
static bool bench_loads(const char *file, const char *search)
{
    bool good = true;
    for (int loads = 1; loads <= 16; loads *= 2) {
        static struct batch batch;
        struct irqp_scenario *scenario = NULL;
        char text[512], what[64];
        snprintf(text, sizeof text,
                 "load={processes: [{program: p, count: %d}], programs: {p: {steps: [{compute: {dist: gamma, "
                 "mean: 5 us, cv: 0.5}}, {syscall: {work: 2 us}}, {sleep: {dist: exponential, mean: 500 "
                 "us}}]}}}",
                 loads);
        const char *const overrides[] = {"placement=rehosted", "cyclictest.interval=200 us", text};
        bool loaded = load(&batch, &scenario, file, search, overrides, 3);
        if (loaded) {
            batch.samples = 5000;
            struct timing row = bench_measure(run, &batch);
            snprintf(what, sizeof what, "%d load%s that compute%s, call%s and sleep%s", loads,
                     loads > 1 ? "s" : "", loads > 1 ? "" : "s", loads > 1 ? "" : "s", loads > 1 ? "" : "s");
            bench_print(what, row, "row");
            irqp_result_fini(&batch.result);
            irqp_interrupt_path.unlink(batch.machine);
        }
        irqp_scenario_free(scenario);
        good &= loaded && !batch.failed;
    }
    return good;
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
        {"paper/fig6-hackbench-l4linux.yaml", {"cyclictest.interval=200 us", "run.coasting=true"}},
        {"paper/fig6-hackbench-native.yaml", {"cyclictest.interval=200 us", "run.coasting=true"}},
        {"paper/fig6-hackbench-l4linux.yaml", {"cyclictest.interval=1 ms", "run.coasting=true"}},
    };
    bool good = true;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char file[4096];
        snprintf(file, sizeof file, "%s/%s", directory, cases[i].file);
        good &= bench_scenario(file, directory, cases[i].overrides);
    }
    char file[4096];
    snprintf(file, sizeof file, "%s/machines/athlon64-x2-5200.yaml", directory);
    return bench_loads(file, directory) && good;
}
