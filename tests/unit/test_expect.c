/* Judging expectations: values and intervals of a model whose truth is known in closed form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "irqpath/expect.h"
#include "toy_study.h"
#include <math.h>
#include <string.h>

/* Of the toy's latency: 1 us, up to 3 us, up to 3.584 ns, and of every fifth 0, 40, 80 or 120 us. */
#define TOY_TICK (3.5 * 512)
#define TOY_MEAN (1e6 + 1499.5e3 + TOY_TICK + 0.2 * 60e6)

static void run_toy(struct irqp_run *run, uint64_t seed, uint64_t samples)
{
    static const struct toy toy = {.fails_at = TOY_NEVER};
    const struct irqp_run_options options = {.samples = samples, .batch = 100, .seed = seed, .threads = 1};
    assert_int_equal(irqp_run(run, &toy_model, &toy, &options), IRQP_OK);
}

static struct irqp_expectation expect(enum irqp_measure_kind kind, double low, double high)
{
    return (struct irqp_expectation){
        .measure = {.kind = kind, .p = 0.5, .name = "tick", .width = IRQP_US / 10},
        .low = low,
        .high = high,
        .confidence = 0.95};
}

static struct irqp_judgement judged(const struct irqp_expectation *expectation, const struct irqp_run *run,
                                    const struct irqp_run *other)
{
    const struct irqp_evidence self = {&toy_model, NULL, NULL, run},
                               others[1] = {{&toy_model, NULL, NULL, other}};
    struct irqp_judgement judgement;
    irqp_judge(&judgement, expectation, &self, others);
    return judgement;
}

/* Intervals of 95 % hold the truth in about 95 of a hundred runs. */
static void intervals_hold_the_truth(void **state)
{
    static const struct {
        enum irqp_measure_kind kind;
        double truth;
    } cases[] = {{IRQP_MEASURE_MEAN, TOY_MEAN},
                 {IRQP_MEASURE_SHARE, TOY_TICK / TOY_MEAN},
                 {IRQP_MEASURE_TIME, TOY_TICK}};
    unsigned covering[3] = {0};
    (void)state;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        struct irqp_run run;
        run_toy(&run, seed, 3000);
        for (int i = 0; i < 3; i++) {
            struct irqp_expectation expectation = expect(cases[i].kind, cases[i].truth, cases[i].truth);
            struct irqp_judgement judgement = judged(&expectation, &run, NULL);
            assert_true(judgement.known && !judgement.exact);
            assert_true(judgement.low <= judgement.value && judgement.value <= judgement.high);
            covering[i] += judgement.low <= cases[i].truth && cases[i].truth <= judgement.high;
        }
        irqp_run_fini(&run);
    }
    for (int i = 0; i < 3; i++)
        assert_in_range(covering[i], 87, 99);
}

/* Below, above and between, decided and not: by where the interval lies. */
static void verdicts_follow_the_interval(void **state)
{
    (void)state;
    struct irqp_run run;
    run_toy(&run, 7, 20000);
    struct irqp_expectation expectation = expect(IRQP_MEASURE_MEAN, -INFINITY, TOY_MEAN * 1.1);
    expectation.open = true;
    assert_int_equal(judged(&expectation, &run, NULL).verdict, IRQP_MET);
    expectation.high = TOY_MEAN * 0.9;
    assert_int_equal(judged(&expectation, &run, NULL).verdict, IRQP_NOT_MET);
    assert_false(judged(&expectation, &run, NULL).holds);
    expectation.high = judged(&expectation, &run, NULL).value + 1;
    assert_int_equal(judged(&expectation, &run, NULL).verdict, IRQP_OPEN);
    assert_true(judged(&expectation, &run, NULL).holds);
    expectation = expect(IRQP_MEASURE_MEAN, TOY_MEAN * 0.9, TOY_MEAN * 1.1);
    assert_int_equal(judged(&expectation, &run, NULL).verdict, IRQP_MET);
    irqp_run_fini(&run);
}

/* "below" excludes the end, "between" does not; the minimum is known exactly. */
static void ends_belong_or_not(void **state)
{
    (void)state;
    struct irqp_run run;
    run_toy(&run, 7, 1000);
    double minimum = (double)run.result.thread.minimum;
    for (int open = 0; open < 2; open++) {
        struct irqp_expectation above = expect(IRQP_MEASURE_MINIMUM, minimum, INFINITY),
                                below = expect(IRQP_MEASURE_MINIMUM, -INFINITY, minimum);
        above.open = below.open = open;
        assert_int_equal(judged(&above, &run, NULL).verdict, open ? IRQP_NOT_MET : IRQP_MET);
        assert_int_equal(judged(&below, &run, NULL).verdict, open ? IRQP_NOT_MET : IRQP_MET);
    }
    irqp_run_fini(&run);
}

/* In a row of three the least step decides, wherever it is. */
static void a_row_is_as_steep_as_its_least_step(void **state)
{
    (void)state;
    struct irqp_run runs[3];
    for (int i = 0; i < 3; i++)
        run_toy(&runs[i], 7, 1000);
    struct irqp_expectation expectation = expect(IRQP_MEASURE_MINIMUM, 0, INFINITY);
    expectation.comparison = IRQP_COMPARE_ORDER;
    expectation.other_count = 2;
    expectation.open = true;
    static const irqp_time minima[][3] = {{1, 5, 7}, {1, 3, 9}, {1, 3, 3}, {4, 2, 9}};
    static const double least[] = {2, 2, 0, -2};
    for (int i = 0; i < 4; i++) {
        for (int k = 0; k < 3; k++)
            runs[k].result.thread.minimum = minima[i][k];
        const struct irqp_evidence self = {&toy_model, NULL, NULL, &runs[2]},
                                   others[2] = {{&toy_model, NULL, NULL, &runs[0]},
                                                {&toy_model, NULL, NULL, &runs[1]}};
        struct irqp_judgement judgement;
        irqp_judge(&judgement, &expectation, &self, others);
        assert_true(judgement.value == least[i] && judgement.low == least[i] && judgement.high == least[i]);
        assert_int_equal(judgement.verdict, least[i] > 0 ? IRQP_MET : IRQP_NOT_MET);
    }
    for (int i = 0; i < 3; i++)
        irqp_run_fini(&runs[i]);
}

/* An upper quantile has no upper end with few batches, so that it is never surely below anything; what is
 * surely above is. */
static void few_batches_do_not_bound_a_quantile(void **state)
{
    (void)state;
    struct irqp_run run;
    run_toy(&run, 3, 5000);
    struct irqp_expectation expectation = expect(IRQP_MEASURE_QUANTILE, -INFINITY, 1e12);
    expectation.measure.p = 0.999;
    expectation.open = true;
    struct irqp_judgement judgement = judged(&expectation, &run, NULL);
    assert_int_equal(judgement.verdict, IRQP_OPEN);
    assert_true(isinf(judgement.high));
    assert_non_null(strstr(judgement.reason, "2995 batches"));
    expectation.high = 50e6; /* one in ten is above */
    assert_int_equal(judged(&expectation, &run, NULL).verdict, IRQP_NOT_MET);
    irqp_run_fini(&run);
}

/* No hit in n samples: the bound of Clopper and Pearson, for the confidence that was asked for. */
static void exceedance_without_hits(void **state)
{
    (void)state;
    struct irqp_run run;
    run_toy(&run, 5, 10000);
    struct irqp_expectation expectation = expect(IRQP_MEASURE_EXCEEDANCE, -INFINITY, 1e-3);
    expectation.measure.level = 500 * IRQP_US;
    expectation.open = true;
    struct irqp_judgement wide, narrow;
    assert_int_equal((narrow = judged(&expectation, &run, NULL)).verdict, IRQP_MET);
    assert_true(narrow.value == 0 && narrow.low == 0 && narrow.high > 3.6e-4 && narrow.high < 6e-4);
    expectation.confidence = 0.9999;
    wide = judged(&expectation, &run, NULL);
    assert_true(wide.high > 2 * narrow.high);
    irqp_run_fini(&run);
}

/* What did not happen in a run may still happen: neither is it known to be absent, nor to be rarer than the
 * run is long. */
static void what_never_happened(void **state)
{
    (void)state;
    struct irqp_run run;
    run_toy(&run, 5, 10000); /* 10 s */
    run.result.counters[0] = 0;
    run.ratios.counters[0] = (struct irqp_ratio_spread){0, 0, 0};
    run.result.cause_time[1] = 0;
    run.ratios.causes[1] = (struct irqp_ratio_spread){0, 0, 0};
    struct irqp_expectation rate = expect(IRQP_MEASURE_RATE, 0.3, INFINITY);
    rate.measure.name = "deferred deliveries";
    struct irqp_judgement judgement = judged(&rate, &run, NULL);
    assert_true(judgement.value == 0 && judgement.low == 0);
    assert_true(fabs(judgement.high - 0.36889) < 1e-5); /* -ln(0.025) / 10 s */
    assert_int_equal(judgement.verdict, IRQP_OPEN);
    rate.low = 0.4;
    assert_int_equal(judged(&rate, &run, NULL).verdict, IRQP_NOT_MET);
    rate.low = -INFINITY;
    rate.high = 0.4;
    assert_int_equal(judged(&rate, &run, NULL).verdict, IRQP_MET);
    rate.high = 0.3;
    assert_int_equal(judged(&rate, &run, NULL).verdict, IRQP_OPEN);

    struct irqp_expectation share = expect(IRQP_MEASURE_SHARE, 0.01, 1);
    judgement = judged(&share, &run, NULL);
    assert_int_equal(judgement.verdict, IRQP_OPEN);
    assert_non_null(strstr(judgement.reason, "did not happen"));
    irqp_run_fini(&run);
}

static void comparisons_with_another(void **state)
{
    (void)state;
    struct irqp_run run, other;
    run_toy(&run, 1, 20000);
    run_toy(&other, 2, 20000);
    struct irqp_expectation expectation = expect(IRQP_MEASURE_MEAN, -1e6, 1e6);
    expectation.comparison = IRQP_COMPARE_OFFSET;
    expectation.other_count = 1;
    struct irqp_judgement judgement = judged(&expectation, &run, &other);
    assert_true(judgement.low < 0 && judgement.high > 0);
    assert_int_equal(judgement.verdict, IRQP_MET);
    expectation.comparison = IRQP_COMPARE_RATIO;
    expectation.low = 0.8;
    expectation.high = 1.25;
    judgement = judged(&expectation, &run, &other);
    assert_int_equal(judgement.verdict, IRQP_MET);
    assert_true(judgement.low < 1 && judgement.high > 1);
    irqp_run_fini(&run);
    irqp_run_fini(&other);
}

/* The toy's density is constant from 1 to 4 us and as high at 41 to 44, but for the share of the tail. */
static void densities(void **state)
{
    (void)state;
    struct irqp_run run;
    run_toy(&run, 9, 100000);
    struct irqp_expectation expectation = expect(IRQP_MEASURE_QUANTILE, 15, 19);
    expectation.comparison = IRQP_COMPARE_DENSITY;
    expectation.at[0] = 5 * IRQP_US / 2;
    expectation.at[1] = 85 * IRQP_US / 2;
    expectation.measure.width = IRQP_US;
    struct irqp_judgement judgement = judged(&expectation, &run, NULL); /* 0.85 / 0.05 */
    assert_true(judgement.low < 17 && judgement.high > 17);
    assert_int_equal(judgement.verdict, IRQP_MET);
    irqp_run_fini(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intervals_hold_the_truth),
        cmocka_unit_test(verdicts_follow_the_interval),
        cmocka_unit_test(ends_belong_or_not),
        cmocka_unit_test(a_row_is_as_steep_as_its_least_step),
        cmocka_unit_test(few_batches_do_not_bound_a_quantile),
        cmocka_unit_test(exceedance_without_hits),
        cmocka_unit_test(what_never_happened),
        cmocka_unit_test(comparisons_with_another),
        cmocka_unit_test(densities),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
