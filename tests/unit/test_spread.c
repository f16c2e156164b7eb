/* The spread over batches: its counts, and the design effect of samples whose dependence is known. */
#include "irqpath/distance.h"
#include "irqpath/random.h"
#include "irqpath/study.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <gsl/gsl_cdf.h>

enum { BATCH = 1000 };

/* Adds a full batch: `slow` samples of 20 us, `fast` ones of 5 us. */
static void add_samples(struct irqp_run *run, uint64_t slow, uint64_t fast)
{
    struct irqp_histogram histogram;
    irqp_histogram_init(&histogram);
    assert_int_equal(irqp_histogram_add(&histogram, 20 * IRQP_US, slow), IRQP_OK);
    assert_int_equal(irqp_histogram_add(&histogram, 5 * IRQP_US, fast), IRQP_OK);
    irqp_spread_add(&run->spread, &histogram);
    run->result.thread.total += slow + fast;
    irqp_histogram_fini(&histogram);
}

static void add_batch(struct irqp_run *run, uint64_t slow)
{
    add_samples(run, slow, BATCH - slow);
}

static void levels_are_edges_of_bins(void **state)
{
    (void)state;
    assert_int_equal(irqp_spread_level(0), 64 * IRQP_NS);
    assert_int_equal(irqp_spread_level(16), 128 * IRQP_NS);
    for (size_t level = 0; level < IRQP_SPREAD_LEVELS; level++) {
        irqp_time latency = irqp_spread_level(level);
        assert_int_equal(irqp_histogram_edge(irqp_histogram_bin(latency)), latency);
        double ratio = (double)irqp_spread_level(level + 1) / (double)latency;
        assert_true(ratio > 1.03 && ratio <= 1.0625);
    }
    assert_int_equal(irqp_spread_level(IRQP_SPREAD_LEVELS), 64 * IRQP_NS << 16);
}

/* Every level counts what the histogram says of it, whatever lies at the ends. */
static void counts_are_those_of_the_histogram(void **state)
{
    (void)state;
    static const irqp_time until[] = {1, 100 * IRQP_NS, 60 * IRQP_US, 80 * IRQP_US, 3 * IRQP_S};
    struct irqp_stream stream;
    irqp_stream_init(&stream, 1, 0, 0, 0);
    for (size_t i = 0; i < sizeof until / sizeof *until; i++) {
        struct irqp_histogram histogram;
        struct irqp_spread spread = {0};
        irqp_histogram_init(&histogram);
        irqp_spread_add(&spread, &histogram);
        assert_int_equal(spread.reached[0], 0);
        for (int sample = 0; sample < 1000; sample++)
            irqp_histogram_add(&histogram, (irqp_time)irqp_stream_below(&stream, (uint64_t)until[i]), 1);
        irqp_histogram_add(&histogram, irqp_spread_level(i), 1);
        irqp_histogram_add(&histogram, -7, 3);
        irqp_spread_add(&spread, &histogram);
        irqp_histogram_add(&histogram, 4 * 3600 * IRQP_S, 2); /* beyond the bins */
        irqp_spread_add(&spread, &histogram);
        assert_int_equal(spread.batches, 3);
        for (size_t level = 0; level < IRQP_SPREAD_LEVELS; level++) {
            uint64_t with = irqp_histogram_exceeding(&histogram, irqp_spread_level(level));
            assert_int_equal(spread.reached[level], 2 * with - 2);
            assert_true(spread.squares[level] == with * with + (with - 2) * (with - 2));
        }
        irqp_histogram_fini(&histogram);
    }
}

static void merging_does_not_show(void **state)
{
    (void)state;
    struct irqp_run all = {.seed = 1}, odd = {.seed = 1}, even = {.seed = 1};
    for (uint64_t batch = 0; batch < 20; batch++) {
        add_batch(&all, batch * batch);
        add_batch(batch % 2 ? &odd : &even, batch * batch);
    }
    struct irqp_spread other = even.spread;
    irqp_spread_merge(&other, &odd.spread);
    irqp_spread_merge(&odd.spread, &even.spread);
    assert_memory_equal(&other, &all.spread, sizeof other);
    assert_memory_equal(&odd.spread, &all.spread, sizeof other);
}

static void independent_samples_have_no_effect(void **state)
{
    (void)state;
    struct irqp_run run = {.seed = 1};
    struct irqp_stream stream;
    irqp_stream_init(&stream, 1, 0, 0, 0);
    for (int batch = 0; batch < 2000; batch++) {
        uint64_t slow = 0;
        for (int sample = 0; sample < BATCH; sample++)
            slow += irqp_stream_below(&stream, 50) == 0;
        add_batch(&run, slow);
    }
    double effect = irqp_run_design_effect(&run, 15 * IRQP_US);
    assert_true(effect >= 1 && effect < 1.1);                /* its standard error is sqrt(2 / 2000) */
    assert_true(irqp_run_design_effect(&run, IRQP_US) == 1); /* all samples are beyond that */
}

static void samples_that_go_together_count_once(void **state)
{
    (void)state;
    struct irqp_run run = {.seed = 1};
    for (int batch = 0; batch < 100; batch++)
        add_batch(&run, batch % 5 == 0 ? BATCH : 0);
    double effect = irqp_run_design_effect(&run, 15 * IRQP_US);
    assert_true(fabs(effect / (BATCH * 100. / 99) - 1) < 1e-12);
    /* Above what was ever reached, that of the highest level that was. */
    assert_true(irqp_run_design_effect(&run, IRQP_S) == effect);

    /* The interval is that of 20 among 100, but for Student's t: (1.984/1.960)^2 and 99/100. */
    double low, high, plain_low, plain_high;
    assert_true(irqp_run_exceedance_interval(&run, 15 * IRQP_US, 20 * BATCH, &low, &high));
    assert_true(irqp_clopper_pearson(20, 100, 0.95, &plain_low, &plain_high));
    assert_true(low < plain_low && low > 0.98 * plain_low);
    assert_true(high > plain_high && high < 1.02 * plain_high);
}

/* Batches that differ less than independent ones would: no interval is narrower than theirs for that. */
static void effect_is_at_least_one(void **state)
{
    (void)state;
    struct irqp_run run = {.seed = 1};
    for (uint64_t batch = 0; batch < 50; batch++)
        add_batch(&run, 100 + batch % 2);
    assert_true(irqp_run_design_effect(&run, 15 * IRQP_US) == 1);
}

/* Batches of different sizes, as a latency has that is not the wake-up's: the part that reaches the level is
 * a ratio of two sums, whose variance is computed here sample by sample. A part that is the same in all
 * batches does not vary, whatever their sizes. */
static void batches_of_any_size(void **state)
{
    (void)state;
    struct irqp_run run = {.seed = 1}, even = {.seed = 1};
    double hits[60], sizes[60], all_hits = 0, all = 0, sum = 0;
    for (int batch = 0; batch < 60; batch++) {
        uint64_t slow = (uint64_t)(batch * batch % 37), fast = (uint64_t)(100 + batch * 31 % 90);
        add_samples(&run, slow, fast);
        add_samples(&even, 10 + (uint64_t)batch, 90 + 9 * (uint64_t)batch);
        all_hits += hits[batch] = (double)slow;
        all += sizes[batch] = (double)(slow + fast);
    }
    double p = all_hits / all;
    for (int batch = 0; batch < 60; batch++)
        sum += pow(hits[batch] - p * sizes[batch], 2);
    double expected = sum * 60 / 59 / (all * all) / (p * (1 - p) / all);
    assert_true(expected > 2);
    assert_true(fabs(irqp_run_design_effect(&run, 15 * IRQP_US) / expected - 1) < 1e-12);
    assert_true(irqp_run_design_effect(&even, 15 * IRQP_US) == 1);
}

/* Between levels the effect is between theirs. */
static void effect_is_interpolated(void **state)
{
    (void)state;
    struct irqp_run run = {
        .spread = {.batches = 100, .samples = 100 * BATCH, .sizes = (irqp_spread_square)100 * BATCH * BATCH}};
    irqp_time low = irqp_spread_level(3), high = irqp_spread_level(4);
    for (size_t level = 0; level < 5; level++) { /* uneven batches below, all alike from the last level on */
        run.spread.reached[level] = 1000;
        run.spread.products[level] = 1000 * BATCH;
        run.spread.squares[level] = level < 4 ? 40 * 1000 : 10 * 1000;
    }
    double below = irqp_run_design_effect(&run, low), above = irqp_run_design_effect(&run, high);
    assert_true(below > 30 && below < 31 && above == 1);
    assert_true(irqp_run_design_effect(&run, low - 1) == below);
    assert_true(fabs(irqp_run_design_effect(&run, (low + high) / 2) - sqrt(below * above)) < 1e-9);
    assert_true(irqp_run_design_effect(&run, high + 1) == above);
    assert_true(irqp_run_design_effect(&run, 0) == below);
}

static void little_is_known_of_few_batches(void **state)
{
    (void)state;
    struct irqp_run run = {.seed = 1};
    double low, high, plain_low, plain_high;
    assert_true(isnan(irqp_run_design_effect(&run, IRQP_US)));
    for (int batch = 0; batch < 9; batch++)
        add_batch(&run, batch % 2 ? 0 : 10);
    assert_true(isnan(irqp_run_design_effect(&run, 15 * IRQP_US)));
    assert_false(irqp_run_exceedance_interval(&run, 15 * IRQP_US, 50, &low, &high));
    assert_true(irqp_clopper_pearson(50, 9 * BATCH, 0.95, &plain_low, &plain_high));
    assert_true(low == plain_low && high == plain_high);
    add_batch(&run, 0);
    assert_true(irqp_run_design_effect(&run, 15 * IRQP_US) > 1);

    struct irqp_run never = {.batch = BATCH, .spread.batches = 20};
    assert_true(isnan(irqp_run_design_effect(&never, IRQP_US)));
}

/* ---- intervals of quantiles ---- */

static void begin(struct irqp_run *run, uint64_t batch)
{
    *run = (struct irqp_run){.batch = batch};
    irqp_result_init(&run->result);
}

/* Adds a full batch to the spread and to all batches together. */
static void take(struct irqp_run *run, const struct irqp_histogram *batch)
{
    irqp_spread_add(&run->spread, batch);
    assert_int_equal(irqp_histogram_merge(&run->result.thread, batch), IRQP_OK);
}

/* Batches of two kinds: 200 latencies, equally likely from 4 to 6 us, and in 1.2 % of batches all of them 10
 * us longer, as where two clocks beat and one phase of many is a bad one. */
enum { KIND_SAMPLES = 200, KIND_BATCHES = 300, KIND_REPEATS = 200 };

/* The p99 of all: 1.2 % P(x' > x) = 1 %, so x is the 1/6-quantile of the long kind. And the median: 1.2 % +
 * 98.8 % P(x' > x) = 50 %. */
static const double kind_p99 = (14 + 2 / 6.) * IRQP_US, kind_p50 = (4 + 2 * (1 - 0.488 / 0.988)) * IRQP_US;

struct means {
    double sum, squares;
};

static void run_kinds(struct irqp_run *run, uint64_t repeat, struct means *of_p99)
{
    struct irqp_stream stream;
    struct irqp_histogram histogram;
    irqp_stream_init(&stream, 1, repeat, 0, 0);
    irqp_histogram_init(&histogram);
    begin(run, KIND_SAMPLES);
    *of_p99 = (struct means){0};
    for (int batch = 0; batch < KIND_BATCHES; batch++) {
        irqp_time base = irqp_stream_below(&stream, 1000) < 12 ? 14 * IRQP_US : 4 * IRQP_US, p99;
        irqp_histogram_clear(&histogram);
        for (int i = 0; i < KIND_SAMPLES; i++) {
            irqp_time more = (irqp_time)irqp_stream_below(&stream, 2 * IRQP_US);
            assert_int_equal(irqp_histogram_add(&histogram, base + more, 1), IRQP_OK);
        }
        assert_true(irqp_histogram_quantile(&histogram, 0.99, &p99));
        of_p99->sum += (double)p99;
        of_p99->squares += (double)p99 * (double)p99;
        take(run, &histogram);
    }
    irqp_histogram_fini(&histogram);
}

static bool covers(const struct irqp_run *run, double p, double truth)
{
    irqp_time low, high;
    return irqp_run_quantile_interval(run, IRQP_LATENCY_THREAD, p, &low, &high) && (double)low <= truth &&
           truth < (double)(high + IRQP_NS);
}

/* The intervals cover what they are intervals of; that of the mean of the batches' quantiles does not. */
static void intervals_cover_the_quantiles(void **state)
{
    (void)state;
    int p50 = 0, p99 = 0, mean_of_p99 = 0;
    for (uint64_t repeat = 0; repeat < KIND_REPEATS; repeat++) {
        struct irqp_run run;
        struct means means;
        double n = KIND_BATCHES;
        run_kinds(&run, repeat, &means);
        p50 += covers(&run, 0.5, kind_p50);
        p99 += covers(&run, 0.99, kind_p99);
        double mean = means.sum / n, variance = (means.squares / n - mean * mean) / (n - 1);
        mean_of_p99 += fabs(mean - kind_p99) <= gsl_cdf_tdist_Pinv(0.975, n - 1) * sqrt(variance);
        irqp_run_fini(&run);
    }
    assert_true(p50 >= 0.9 * KIND_REPEATS);
    assert_true(p99 >= 0.9 * KIND_REPEATS);
    assert_int_equal(mean_of_p99, 0);
}

/* Of independent samples it is the interval between order statistics, whose ranks are binomial: 0.5 N and
 * 0.99 N with 1.96 standard deviations on either side. Latencies are their ranks, in nanoseconds. */
static void independent_samples_give_order_statistics(void **state)
{
    (void)state;
    enum { BATCHES = 400, SAMPLES = 100, ALL = BATCHES * SAMPLES };
    struct irqp_run run;
    begin(&run, SAMPLES);
    for (size_t batch = 0; batch < BATCHES; batch++) { /* each has one of every hundred: an effect of 1 */
        struct irqp_histogram histogram;
        irqp_histogram_init(&histogram);
        for (size_t i = 0; i < SAMPLES; i++) {
            size_t rank = i * BATCHES + (i % 2 ? batch : BATCHES - 1 - batch) + 1;
            assert_int_equal(irqp_histogram_add(&histogram, (irqp_time)rank * IRQP_NS, 1), IRQP_OK);
        }
        take(&run, &histogram);
        irqp_histogram_fini(&histogram);
    }
    static const double quantiles[] = {0.01, 0.5, 0.99};
    for (size_t i = 0; i < sizeof quantiles / sizeof *quantiles; i++) {
        double p = quantiles[i], rank = p * ALL, half = 1.96 * sqrt(ALL * p * (1 - p));
        irqp_time low = 0, high = 0;
        assert_true(irqp_run_quantile_interval(&run, IRQP_LATENCY_THREAD, p, &low, &high));
        /* Student's t of 400 batches costs half a percent; Clopper and Pearson's ends a sample or two. */
        assert_true(fabs((double)low / IRQP_NS - (rank - half)) < 0.01 * half + 3);
        assert_true(fabs((double)high / IRQP_NS - (rank + half)) < 0.01 * half + 3);
    }
    irqp_time low, high;
    assert_false(irqp_run_quantile_interval(&run, IRQP_LATENCY_THREAD, 0.999, &low,
                                            &high)); /* a rare kind of batch may be missing */
    assert_false(irqp_run_quantile_interval(&run, IRQP_LATENCY_THREAD, 0.001, &low, &high));
    irqp_run_fini(&run);
}

/* Ten batches, each of one latency throughout, are ten samples: 2nd to 9th would be the median's by order
 * statistics, and Student's t of ten batches costs one more on either side. */
static void alike_batches_are_samples(void **state)
{
    (void)state;
    struct irqp_run run;
    irqp_time low = 0, high = 0;
    begin(&run, BATCH);
    for (int batch = 1; batch <= 10; batch++) {
        struct irqp_histogram histogram;
        irqp_histogram_init(&histogram);
        assert_int_equal(irqp_histogram_add(&histogram, batch * 10 * IRQP_US, BATCH), IRQP_OK);
        take(&run, &histogram);
        irqp_histogram_fini(&histogram);
        assert_int_equal(irqp_run_quantile_interval(&run, IRQP_LATENCY_THREAD, 0.5, &low, &high),
                         batch == 10);
    }
    assert_true(low >= 10 * IRQP_US - 100 * IRQP_NS && low <= 20 * IRQP_US);
    assert_true(high >= 90 * IRQP_US - 100 * IRQP_NS && high <= 100 * IRQP_US);
    assert_false(irqp_run_quantile_interval(&run, IRQP_LATENCY_THREAD, 0.9, &low, &high));
    irqp_run_fini(&run);
}

static void no_interval_rather_than_a_wrong_one(void **state)
{
    (void)state;
    struct irqp_run run;
    struct irqp_histogram histogram;
    irqp_time low = 7, high = 7;
    begin(&run, BATCH);
    assert_false(
        irqp_run_quantile_interval(&run, IRQP_LATENCY_THREAD, 0.5, &low, &high)); /* nothing at all */
    irqp_histogram_init(&histogram);
    for (int i = 0; i < BATCH; i++)
        assert_int_equal(irqp_histogram_add(&histogram, IRQP_US + i * IRQP_NS, 1), IRQP_OK);
    for (int batch = 0; batch < 10; batch++) {
        assert_false(
            irqp_run_quantile_interval(&run, IRQP_LATENCY_THREAD, 0.5, &low, &high)); /* too few batches */
        take(&run, &histogram);
    }
    assert_false(
        irqp_run_quantile_interval(&run, IRQP_LATENCY_THREAD, 0.9999, &low, &high)); /* beyond the maximum */
    assert_false(
        irqp_run_quantile_interval(&run, IRQP_LATENCY_THREAD, 0.0001, &low, &high)); /* beyond the minimum */
    assert_false(irqp_run_quantile_interval(&run, IRQP_LATENCY_THREAD, 0, &low, &high));
    assert_false(irqp_run_quantile_interval(&run, IRQP_LATENCY_THREAD, 1, &low, &high));
    assert_false(irqp_run_quantile_interval(&run, IRQP_LATENCY_INTERRUPT, 0.5, &low, &high));
    assert_int_equal(low, 7);
    assert_int_equal(high, 7);
    assert_true(irqp_run_quantile_interval(&run, IRQP_LATENCY_THREAD, 0.5, &low, &high));
    assert_true(low < 1500 * IRQP_NS && high > 1500 * IRQP_NS && low > IRQP_US && high < 2 * IRQP_US);

    /* What has no bins bounds nothing: 2 % of samples on either side, and quantiles that may lie there. */
    assert_int_equal(irqp_histogram_add(&histogram, 4 * 3600 * IRQP_S, 20), IRQP_OK);
    assert_int_equal(irqp_histogram_add(&histogram, -1, 20), IRQP_OK);
    irqp_run_fini(&run);
    begin(&run, histogram.total);
    for (int batch = 0; batch < 10; batch++)
        take(&run, &histogram);
    assert_true(irqp_run_quantile_interval(&run, IRQP_LATENCY_THREAD, 0.5, &low, &high));
    assert_false(irqp_run_quantile_interval(&run, IRQP_LATENCY_THREAD, 0.98, &low, &high));
    assert_false(irqp_run_quantile_interval(&run, IRQP_LATENCY_THREAD, 0.02, &low, &high));
    irqp_histogram_fini(&histogram);
    irqp_run_fini(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_are_edges_of_bins),
        cmocka_unit_test(counts_are_those_of_the_histogram),
        cmocka_unit_test(merging_does_not_show),
        cmocka_unit_test(independent_samples_have_no_effect),
        cmocka_unit_test(samples_that_go_together_count_once),
        cmocka_unit_test(effect_is_at_least_one),
        cmocka_unit_test(batches_of_any_size),
        cmocka_unit_test(effect_is_interpolated),
        cmocka_unit_test(little_is_known_of_few_batches),
        cmocka_unit_test(intervals_cover_the_quantiles),
        cmocka_unit_test(independent_samples_give_order_statistics),
        cmocka_unit_test(alike_batches_are_samples),
        cmocka_unit_test(no_interval_rather_than_a_wrong_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
