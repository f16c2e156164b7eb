/* Coasting changes what is drawn and nothing else: in distribution, latencies, causes, throughput and rates
 * are those of the plain mode. Batches are compared in pairs, which have their phases in common; what is left
 * of a difference is chance, as its scatter over the batches says.
 *
 * "test_coasting full" takes 600 000 samples of each scenario, "test_coasting long" ten million of the
 * paper's.
 */
#include "harness.h"

#include <math.h>

#define HACKBENCH "/paper/fig6-hackbench-l4linux.yaml"
#define NATIVE    "/paper/fig6-hackbench-native.yaml"
#define SOON      "run.warm_up=20 ms", "cyclictest.interval=200 us"
/* Interrupts that often come in the middle of a section much longer than what its cap allows. */
#define HEAVY "costs.guest.irq_off_section={dist: lognormal, mean: 2 us, cv: 2}"

static uint64_t samples = 300, batches = 60;

/* ---- what is compared ---- */

enum { FIGURES_MAX = 256, THRESHOLDS = 12 };

struct figures {
    double values[FIGURES_MAX];
    char names[FIGURES_MAX][64];
    size_t count;
};

static void add(struct figures *figures, const char *what, const char *name, double value)
{
    if (figures->count == FIGURES_MAX)
        fail_msg("too many figures");
    snprintf(figures->names[figures->count], sizeof figures->names[0], "%s: %s", what, name);
    figures->values[figures->count++] = value;
}

static double share_above(const struct irqp_histogram *histogram, irqp_time threshold)
{
    uint64_t above = histogram->overflow;
    for (size_t i = 0; i < histogram->capacity; i++)
        above += irqp_histogram_edge(i) >= threshold ? histogram->counts[i] : 0;
    return (double)above / (double)histogram->total;
}

static void measure(struct figures *figures, const struct subject *subject, const struct irqp_result *result)
{
    static const irqp_time thresholds[THRESHOLDS] = {5400000,  6000000,  7000000,  8000000,
                                                     9000000,  9500000,  10000000, 10500000,
                                                     11000000, 13000000, 16000000, 22000000};
    double n = (double)result->thread.total, time = (double)result->simulated;
    figures->count = 0;
    for (int i = 0; i < THRESHOLDS; i++) {
        char name[32];
        snprintf(name, sizeof name, "above %.1f us", (double)thresholds[i] / 1e6);
        add(figures, "thread", name, share_above(&result->thread, thresholds[i]));
        add(figures, "interrupt", name, share_above(&result->interrupt, thresholds[i] - 4500000));
    }
    add(figures, "thread", "mean", (double)result->thread.sum / n);
    add(figures, "interrupt", "mean", (double)result->interrupt.sum / n);
    for (size_t i = 0; irqp_interrupt_path.cause_name(subject->machine, i); i++) {
        add(figures, "cause", irqp_interrupt_path.cause_name(subject->machine, i),
            (double)result->cause_time[i] / n);
        add(figures, "hits", irqp_interrupt_path.cause_name(subject->machine, i),
            (double)result->cause_hits[i] / n);
    }
    irqp_time modes = 0;
    for (int i = 0; i < IRQP_MODES; i++)
        modes += result->mode_time[i];
    assert_int_equal(modes, result->simulated);
    for (int i = 0; i < IRQP_MODES; i++)
        add(figures, "mode", (const char *[]){"0", "1", "2", "3"}[i], (double)result->mode_time[i] / time);
    for (size_t i = 0; irqp_interrupt_path.counter_name(subject->machine, i); i++)
        add(figures, "rate", irqp_interrupt_path.counter_name(subject->machine, i),
            (double)result->counters[i] / time);
    add(figures, "work", "rate", (double)result->work / time);
    add(figures, "rows", "rate", (double)result->steps / (double)(result->simulated));
}

/* ---- pairs of batches ---- */

struct scatter {
    double sum, squares;
};

static void compare(const char *file, const char *const *overrides, double at_most_draws)
{
    static struct figures plain_figures, coasting_figures;
    static struct scatter scatter[FIGURES_MAX];
    struct subject plain = subject_make(file, overrides, OVERRIDES("run.coasting=false"));
    struct subject coasting = subject_make(file, overrides, OVERRIDES("run.coasting=true"));
    memset(scatter, 0, sizeof scatter);
    uint64_t draws[2] = {0, 0};
    for (uint64_t batch = 0; batch < batches; batch++) {
        struct outcome *a = outcome_of_batch(&plain, 5, batch, samples, false);
        struct outcome *b = outcome_of_batch(&coasting, 5, batch, samples, false);
        assert_int_equal(a->status, IRQP_OK);
        assert_int_equal(b->status, IRQP_OK);
        measure(&plain_figures, &plain, &a->result);
        measure(&coasting_figures, &coasting, &b->result);
        for (size_t i = 0; i < plain_figures.count; i++) {
            double difference = coasting_figures.values[i] - plain_figures.values[i];
            scatter[i].sum += difference;
            scatter[i].squares += difference * difference;
        }
        draws[0] += a->result.draws;
        draws[1] += b->result.draws;
        outcome_free(a);
        outcome_free(b);
    }
    /* 250 figures: one of them beyond 5 standard errors by chance once in thousands of runs; few batches have
     * heavier tails than a normal distribution. */
    const double n = (double)batches, limit = batches < 100 ? 6 : 5;
    double worst = 0;
    for (size_t i = 0; i < plain_figures.count; i++) {
        double mean = scatter[i].sum / n, variance = scatter[i].squares / n - mean * mean;
        /* without scatter there is no difference but that of the last digits */
        double z = fabs(mean) <= 1e-12 * fabs(plain_figures.values[i]) ? 0 : mean / sqrt(variance / (n - 1));
        if (!(fabs(z) <= limit))
            fail_msg("%s: %s differs by %g, %.1f standard errors", file, plain_figures.names[i], mean, z);
        worst = fmax(worst, fabs(z));
    }
    print_message("%s: %zu figures, at most %.1f standard errors apart; draws %.2f of the plain mode's\n",
                  file, plain_figures.count, worst, (double)draws[1] / (double)draws[0]);
    assert_true((double)draws[1] < at_most_draws * (double)draws[0]);
    subject_drop(&plain);
    subject_drop(&coasting);
}

static void hackbench(void **state)
{
    (void)state;
    compare(SCENARIOS HACKBENCH, OVERRIDES(SOON), 0.5);
}

static void hackbench_native(void **state)
{
    (void)state;
    compare(SCENARIOS NATIVE, OVERRIDES(SOON), 0.6);
}

static void heavy_sections(void **state)
{
    (void)state;
    compare(SCENARIOS HACKBENCH, OVERRIDES(SOON, HEAVY), 1.1);
}

/* A round that only computes, and one whose work is counted. */
static void computing(void **state)
{
    (void)state;
    compare(SCENARIOS "/machines/athlon64-x2-5200.yaml",
            OVERRIDES(SOON, "placement=rehosted",
                      "load={work: {unit: rounds, program: spin}, processes: [{program: spin, count: 2}], "
                      "programs: {spin: {steps: [{compute: {dist: gamma, mean: 2 us, cv: 0.5}}]}}}"),
            0.65);
}

/* ---- more senders than channels, and channels of others behind them ---- */

static void stays_among_its_channels(void **state)
{
    (void)state;
    static const char load[] =
        "load={work: {unit: messages, program: rb}, channels: {a: {count: 1, capacity: 1000}, b: {count: "
        "100, "
        "capacity: 1000}}, processes: [{program: sb, count: 1}, {program: sa, count: 40}, {program: ra, "
        "count: "
        "1}, {program: rb, count: 20}], programs: {sa: {steps: [{compute: {dist: gamma, mean: 0.1 us, cv: "
        "0.3}}, {send: a}]}, ra: {steps: [{receive: a}, {compute: {dist: gamma, mean: 0.1 us, cv: 0.3}}]}, "
        "sb: "
        "{steps: [{sleep: 10 s}, {send: b}]}, rb: {steps: [{receive: b}]}}}";
    static const char *const modes[] = {"run.coasting=false", "run.coasting=true"};
    for (int i = 0; i < 2; i++) {
        struct subject subject =
            subject_make(SCENARIOS "/machines/athlon64-x2-5200.yaml",
                         OVERRIDES("placement=native", "run.warm_up=0 ms", load), OVERRIDES(modes[i]));
        struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 20, false);
        assert_int_equal(outcome->status, IRQP_OK);
        assert_true(outcome->result.counters[COUNT_MESSAGES] > 1000);
        assert_int_equal(outcome->result.work, 0); /* the only sender of `b` sleeps all the time */
        both_drop(&subject, outcome);
    }
}

/* ---- what must be the same to the byte ---- */

static void in_both_dispatchers(void **state)
{
    (void)state;
    static const char *const files[] = {SCENARIOS HACKBENCH, SCENARIOS NATIVE};
    for (size_t i = 0; i < 4; i++) {
        struct subject subject =
            subject_make(files[i % 2], OVERRIDES(SOON, "run.coasting=true"), i < 2 ? NULL : OVERRIDES(HEAVY));
        struct outcome *fast = outcome_of_batch(&subject, 3, 0, 200, false);
        struct outcome *naive = outcome_of_batch(&subject, 3, 0, 200, true);
        const char *difference = first_difference(&fast->result, &naive->result);
        assert_int_equal(fast->status, IRQP_OK);
        if (difference)
            fail_msg("%s: %s", files[i % 2], difference);
        outcome_free(fast);
        outcome_free(naive);
        subject_drop(&subject);
    }
}

/* Programs whose rounds do more do not coast: nothing changes. */
static void others_do_not(void **state)
{
    (void)state;
    const char *file = SCENARIOS "/paper/fig7-compile-l4linux.yaml";
    struct subject plain = subject_make(file, OVERRIDES(SOON), NULL);
    struct subject coasting = subject_make(file, OVERRIDES(SOON, "run.coasting=true"), NULL);
    struct outcome *a = outcome_of_batch(&plain, 3, 0, 300, false);
    struct outcome *b = outcome_of_batch(&coasting, 3, 0, 300, false);
    assert_null(first_difference(&a->result, &b->result));
    both_drop(&plain, a);
    both_drop(&coasting, b);
}

/* Lengths whose sums the grid would blur and those that choose a part first are left to the plain mode. */
static void others_lengths(void **state)
{
    (void)state;
    static const char *const lengths[] = {
        "{dist: pareto, minimum: 1 us, exponent: 1.5}", "{dist: lognormal, mean: 1 us, cv: 30}",
        "{dist: mixture, parts: [{weight: 1, value: 1 us}, {weight: 1, value: 2 us}]}"};
    for (size_t i = 0; i < 3; i++) {
        char load[256];
        snprintf(load, sizeof load,
                 "load={processes: [{program: p, count: 1}], programs: {p: {steps: [{compute: %s}]}}}",
                 lengths[i]);
        const char *file = SCENARIOS "/machines/athlon64-x2-5200.yaml";
        struct subject subject = subject_make(file, OVERRIDES(SOON, "run.coasting=true"), OVERRIDES(load));
        struct outcome *outcome = outcome_of_batch(&subject, 3, 0, 300, false);
        assert_int_equal(outcome->status, IRQP_OK);
        assert_int_equal(subject.machine->coastings[0].coast != NULL, i == 0);
        both_drop(&subject, outcome);
    }
}

int main(int argc, char **argv)
{
    bool full = argc > 1 && !strcmp(argv[1], "full"), longest = argc > 1 && !strcmp(argv[1], "long");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hackbench),
        cmocka_unit_test(hackbench_native),
        cmocka_unit_test(heavy_sections),
        cmocka_unit_test(computing),
        cmocka_unit_test(stays_among_its_channels),
        cmocka_unit_test(others_do_not),
        cmocka_unit_test(others_lengths),
        cmocka_unit_test(in_both_dispatchers),
    };
    if (full) {
        samples = 2000;
        batches = 300;
    }
    if (!longest)
        return cmocka_run_group_tests_name("coasting", tests, NULL, NULL);
    samples = 10000;
    batches = 1000;
    return cmocka_run_group_tests_name("coasting, long", (const struct CMUnitTest[]){tests[0]}, NULL, NULL);
}
