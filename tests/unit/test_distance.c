/* Bins, and distances between distributions: worked examples, overflow, quantile errors, intervals. */
#include "irqpath/distance.h"
#include "irqpath/random.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static void near(double value, double expected, double relative)
{
    if (!(fabs(value - expected) <= relative * fabs(expected)))
        fail_msg("%.15g instead of %.15g", value, expected);
}

static struct irqp_bins bins_of(irqp_time width, const uint64_t *counts, size_t n)
{
    struct irqp_bins bins;
    irqp_bins_init(&bins, width);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(irqp_bins_add(&bins, (irqp_time)i * width, counts[i]), IRQP_OK);
    return bins;
}

/* ---- bins ---- */

static void test_bins_sort_and_sum(void **state)
{
    (void)state;
    struct irqp_bins bins, copy;
    irqp_bins_init(&bins, IRQP_US);
    uint64_t expected[200] = {0};
    struct irqp_stream stream;
    irqp_stream_init(&stream, 31, 0, 0, 0);
    for (int i = 0; i < 1000; i++) {
        uint64_t k = irqp_stream_below(&stream, 200), count = irqp_stream_below(&stream, 4);
        expected[k] += count;
        assert_int_equal(irqp_bins_add(&bins, ((irqp_time)k - 50) * IRQP_US, count), IRQP_OK);
    }
    bins.overflow = 7;
    bins.underflow = 3;
    assert_int_equal(irqp_bins_copy(&copy, &bins), IRQP_OK);
    irqp_bins_fini(&bins);
    uint64_t sum = 0;
    size_t at = 0;
    for (int k = 0; k < 200; k++) {
        if (expected[k] == 0)
            continue;
        assert_int_equal(copy.bins[at].lower, (k - 50) * IRQP_US);
        assert_int_equal(copy.bins[at++].count, expected[k]);
        sum += expected[k];
    }
    assert_int_equal(copy.count, at);
    assert_int_equal(copy.inside, sum);
    assert_int_equal(irqp_bins_total(&copy), sum + 10);
    irqp_bins_fini(&copy);
    assert_int_equal(irqp_bins_total(&copy), 0);
}

static void test_bins_refuse(void **state)
{
    (void)state;
    struct irqp_bins bins;
    irqp_bins_init(&bins, 0);
    assert_int_equal(irqp_bins_add(&bins, 0, 1), IRQP_INPUT);
    irqp_bins_init(&bins, IRQP_US);
    assert_int_equal(irqp_bins_limit(&bins), IRQP_UNKNOWN);
    assert_int_equal(irqp_bins_add(&bins, 500 * IRQP_NS, 5), IRQP_OK); /* a grid of half microseconds */
    assert_int_equal(irqp_bins_add(&bins, 1 * IRQP_US, 5), IRQP_INPUT);
    assert_int_equal(irqp_bins_add(&bins, -1500 * IRQP_NS, 5), IRQP_OK);
    assert_int_equal(irqp_bins_add(&bins, IRQP_NEVER, 5), IRQP_INPUT);
    assert_int_equal(irqp_bins_add(&bins, 500 * IRQP_NS, UINT64_MAX - 9), IRQP_INPUT);
    assert_int_equal(bins.inside, 10);
    assert_int_equal(irqp_bins_limit(&bins), 1500 * IRQP_NS);
    bins.limit = 9 * IRQP_US;
    assert_int_equal(irqp_bins_limit(&bins), 9 * IRQP_US);
    bins.overflow = UINT64_MAX;
    assert_int_equal(irqp_bins_total(&bins), UINT64_MAX);
    irqp_bins_fini(&bins);
}

static void test_bins_quantile(void **state)
{
    (void)state;
    static const uint64_t counts[] = {0, 3, 0, 4};
    struct irqp_bins bins = bins_of(IRQP_US, counts, 4);
    irqp_time value = 5;
    bins.underflow = 1;
    bins.overflow = 2;
    static const irqp_time expected[] = {IRQP_UNKNOWN, 1, 1, 1, 3, 3, 3, 3, IRQP_NEVER, IRQP_NEVER};
    for (int rank = 1; rank <= 10; rank++) {
        assert_true(irqp_bins_quantile(&bins, rank / 10.0, &value));
        irqp_time e = expected[rank - 1];
        assert_int_equal(value, e == IRQP_UNKNOWN || e == IRQP_NEVER ? e : e * IRQP_US);
    }
    irqp_bins_fini(&bins);
    value = 5;
    assert_false(irqp_bins_quantile(&bins, 0.5, &value));
    assert_int_equal(value, 5);
}

/* ---- rebinning ---- */

static void test_rebin(void **state)
{
    (void)state;
    static const uint64_t counts[] = {0, 1};
    struct irqp_bins like = bins_of(IRQP_US, counts, 2), bins;
    struct irqp_histogram h;
    irqp_histogram_init(&h);
    irqp_histogram_add(&h, -5, 1);
    irqp_histogram_add(&h, 999999, 2); /* truncated to 0 us */
    irqp_histogram_add(&h, IRQP_US, 3);
    irqp_histogram_add(&h, 70 * IRQP_US + 300 * IRQP_NS, 4);
    assert_int_equal(irqp_rebin(&bins, &h, &like), IRQP_OK); /* nothing overflowed: nothing is clipped */
    assert_int_equal(bins.count, 3);
    assert_int_equal(bins.bins[0].lower, 0);
    assert_int_equal(bins.bins[0].count, 2);
    assert_int_equal(bins.bins[1].lower, IRQP_US);
    assert_int_equal(bins.bins[2].lower, 70 * IRQP_US);
    assert_int_equal(bins.underflow, 1);
    assert_int_equal(bins.overflow, 0);
    assert_int_equal(bins.maximum, 70 * IRQP_US + 300 * IRQP_NS);
    irqp_bins_fini(&bins);

    like.overflow = 1; /* now all beyond the limit is one bin */
    like.limit = 40 * IRQP_US;
    assert_int_equal(irqp_rebin(&bins, &h, &like), IRQP_OK);
    assert_int_equal(bins.count, 2);
    assert_int_equal(bins.overflow, 4);
    assert_int_equal(irqp_bins_total(&bins), h.total);
    irqp_bins_fini(&bins);
    irqp_bins_fini(&like);

    irqp_bins_init(&like, IRQP_US); /* a grid off zero, reaching below it */
    irqp_bins_add(&like, -500 * IRQP_NS, 1);
    assert_int_equal(irqp_rebin(&bins, &h, &like), IRQP_OK);
    assert_int_equal(bins.bins[0].lower, 500 * IRQP_NS);
    assert_int_equal(bins.bins[0].count, 5);
    irqp_bins_fini(&bins);
    irqp_bins_fini(&like);
    irqp_histogram_fini(&h);
}

/* ---- distance ---- */

/* Identical distributions of different size: nothing differs. */
static void test_same(void **state)
{
    (void)state;
    static const uint64_t once[] = {1, 5, 9, 200}, thrice[] = {3, 15, 27, 600};
    struct irqp_bins a = bins_of(IRQP_US, once, 4), b = bins_of(IRQP_US, thrice, 4);
    struct irqp_distance d;
    assert_int_equal(irqp_distance(&d, &a, &b), IRQP_OK);
    assert_true(d.wasserstein < 1e-6 && d.largest < 1e-12);
    near(d.overlap, 1, 1e-12);
    near(d.tail_factor, 1, 1e-12);
    assert_false(d.at_least);
    assert_int_equal(d.predicted, 215);
    assert_int_equal(d.measured, 645);
    irqp_bins_fini(&a);
    irqp_bins_fini(&b);
}

/* A shift by k bins is k bins apart, gaps or not. */
static void test_shift(void **state)
{
    (void)state;
    static const uint64_t counts[] = {10, 0, 0, 30, 60};
    struct irqp_bins a = bins_of(IRQP_US, counts, 5), b;
    irqp_bins_init(&b, IRQP_US);
    for (int i = 0; i < 5; i++)
        irqp_bins_add(&b, (i + 12) * IRQP_US, counts[i]);
    struct irqp_distance d;
    assert_int_equal(irqp_distance(&d, &b, &a), IRQP_OK);
    near(d.wasserstein, 12 * IRQP_US, 1e-12);
    near(d.largest, 1, 1e-12);
    assert_true(d.overlap < 1e-12);
    irqp_bins_fini(&a);
    irqp_bins_fini(&b);
}

/* By hand: F_M = .1 .5 .9 1, F_S = .2 .4 1 1. */
static void test_worked_example(void **state)
{
    (void)state;
    static const uint64_t measured[] = {100, 400, 400, 100}, predicted[] = {20, 20, 60};
    struct irqp_bins m = bins_of(10 * IRQP_NS, measured, 4), s = bins_of(10 * IRQP_NS, predicted, 3);
    struct irqp_distance d;
    assert_int_equal(irqp_distance(&d, &s, &m), IRQP_OK);
    near(d.wasserstein, 0.3 * 10 * IRQP_NS, 1e-12);
    near(d.largest, 0.1, 1e-12);
    near(d.overlap, 0.1 + 0.2 + 0.4, 1e-12);
    assert_true(isinf(d.tail_factor)); /* 100 measured beyond 30 ns, none predicted */
    assert_int_equal(d.tail_at, 30 * IRQP_NS);
    assert_true(d.measured_bins == 1);
    assert_true(d.quantiles[0].known && d.quantiles[1].known && !d.quantiles[2].known);
    assert_int_equal(d.quantiles[0].measured, 10 * IRQP_NS);
    assert_int_equal(d.quantiles[0].predicted, 20 * IRQP_NS);
    assert_int_equal(d.quantiles[0].error, 10 * IRQP_NS);
    assert_int_equal(d.quantiles[1].error, 0);
    /* the median's interval: ranks 500 -+ 31, the lower of which is still in bin 1, the upper in bin 2 */
    assert_int_equal(d.quantiles[0].low, 10 * IRQP_NS);
    assert_int_equal(d.quantiles[0].high, 20 * IRQP_NS);
    irqp_bins_fini(&m);
    irqp_bins_fini(&s);
}

static void test_tail_factor(void **state)
{
    (void)state;
    /* beyond bins 0, 1, 2: measured 1000, 150, 99 (too few); predicted 1000, 50, 0 of the same total */
    static const uint64_t measured[] = {9000, 850, 51, 99}, predicted[] = {9000, 950, 50};
    struct irqp_bins m = bins_of(IRQP_US, measured, 4), s = bins_of(IRQP_US, predicted, 3);
    struct irqp_distance d;
    assert_int_equal(irqp_distance(&d, &s, &m), IRQP_OK);
    near(d.tail_factor, 3, 1e-12);
    assert_int_equal(d.tail_at, 2 * IRQP_US);
    assert_int_equal(irqp_distance(&d, &m, &m), IRQP_OK);
    near(d.tail_factor, 1, 1e-12);
    irqp_bins_fini(&m);
    irqp_bins_fini(&s);
}

static void test_overflow(void **state)
{
    (void)state;
    static const uint64_t counts[] = {50, 40};
    struct irqp_bins m = bins_of(IRQP_US, counts, 2), s = bins_of(IRQP_US, counts, 2);
    m.overflow = 10;
    m.limit = s.limit = 5 * IRQP_US;
    irqp_bins_add(&s, 1 * IRQP_US, 10); /* what is 4 us further in the measurement, at least */
    struct irqp_distance d;
    assert_int_equal(irqp_distance(&d, &s, &m), IRQP_OK);
    assert_true(d.at_least);
    near(d.wasserstein, 0.1 * 4 * IRQP_US, 1e-12);
    near(d.overlap, 0.9, 1e-12);
    assert_int_equal(d.measured, 100);
    irqp_bins_fini(&m);
    irqp_bins_fini(&s);
}

static void test_refuses(void **state)
{
    (void)state;
    static const uint64_t counts[] = {50, 40};
    struct irqp_bins a = bins_of(IRQP_US, counts, 2), b = bins_of(IRQP_NS, counts, 2), empty, off;
    irqp_bins_init(&empty, IRQP_US);
    irqp_bins_init(&off, IRQP_US);
    irqp_bins_add(&off, 500 * IRQP_NS, 1);
    struct irqp_distance d;
    assert_int_equal(irqp_distance(&d, &a, &b), IRQP_INPUT);
    assert_int_equal(irqp_distance(&d, &a, &empty), IRQP_INPUT);
    assert_int_equal(irqp_distance(&d, &empty, &a), IRQP_INPUT);
    assert_int_equal(irqp_distance(&d, &a, &off), IRQP_INPUT);
    irqp_bins_fini(&a);
    irqp_bins_fini(&b);
    irqp_bins_fini(&off);
}

/* Nearly everything beyond the limit: no crash, no NaN. */
static void test_only_overflow(void **state)
{
    (void)state;
    struct irqp_bins m, s;
    irqp_bins_init(&m, IRQP_US);
    irqp_bins_init(&s, IRQP_US);
    m.overflow = s.overflow = 5;
    struct irqp_distance d;
    assert_int_equal(irqp_distance(&d, &s, &m), IRQP_OK);
    near(d.overlap, 1, 1e-12);
    assert_true(d.wasserstein == 0 && d.largest == 0 && d.at_least);
    assert_int_equal(d.quantiles[0].measured, IRQP_NEVER);
    assert_false(d.quantiles[0].known);
    irqp_bins_add(&s, 3 * IRQP_US, 5);
    assert_int_equal(irqp_distance(&d, &s, &m), IRQP_OK);
    near(d.overlap, 0.5, 1e-12);
    assert_true(isfinite(d.wasserstein));
    irqp_bins_fini(&s);
}

/* The 95 % interval of a quantile covers the true one in about 95 of 100 repetitions. */
static void test_quantile_interval_covers(void **state)
{
    (void)state;
    enum { REPEATS = 400, N = 2000 };
    int covered = 0;
    for (uint64_t r = 0; r < REPEATS; r++) {
        struct irqp_bins bins;
        struct irqp_stream stream;
        irqp_bins_init(&bins, 1);
        irqp_stream_init(&stream, 32, r, 0, 0);
        for (int i = 0; i < N; i++)
            irqp_bins_add(&bins, (irqp_time)irqp_stream_below(&stream, 100000), 1);
        struct irqp_distance d;
        assert_int_equal(irqp_distance(&d, &bins, &bins), IRQP_OK);
        covered += d.quantiles[1].low <= 90000 && d.quantiles[1].high >= 90000;
        irqp_bins_fini(&bins);
    }
    assert_in_range(covered, REPEATS * 93 / 100, REPEATS * 98 / 100);
}

/* ---- probabilities ---- */

/* The ends satisfy the definition (binomial tails of 2.5 %), and published values come out. */
static void test_clopper_pearson(void **state)
{
    (void)state;
    double low, high;
    assert_true(irqp_clopper_pearson(10, 100, 0.95, &low, &high));
    near(low, 0.0490047, 1e-5);
    near(high, 0.1762226, 1e-5);
    assert_true(irqp_clopper_pearson(0, 1000000, 0.95, &low, &high));
    assert_true(low == 0);
    near(high, 1 - pow(0.025, 1e-6), 1e-6); /* (1 - p)^n = 0.025 */
    assert_true(irqp_clopper_pearson(7, 7, 0.95, &low, &high));
    near(low, pow(0.025, 1.0 / 7), 1e-9);
    assert_true(high == 1);
    assert_true(
        irqp_clopper_pearson(100, UINT64_C(100000000), 0.95, &low, &high)); /* Poisson: 81.36, 121.63 */
    near(low * 1e8, 81.364, 1e-3);
    near(high * 1e8, 121.627, 1e-3);
    assert_true(irqp_clopper_pearson(UINT64_C(1000000000), UINT64_C(4000000000), 0.95, &low, &high));
    near(0.25 - low, 1.96 * sqrt(0.25 * 0.75 / 4e9), 1e-2);
    near(high - 0.25, 1.96 * sqrt(0.25 * 0.75 / 4e9), 1e-2);
    assert_false(irqp_clopper_pearson(0, 0, 0.95, &low, &high));
    assert_true(low == 0 && high == 1);
    assert_false(irqp_clopper_pearson(2, 1, 0.95, &low, &high));
    assert_false(irqp_clopper_pearson(1, 2, 1, &low, &high));
    assert_false(irqp_clopper_pearson(1, 2, NAN, &low, &high));
}

/* Counts that are not whole; the expected values come from integrating the beta density. */
static void test_clopper_pearson_of_effective_counts(void **state)
{
    (void)state;
    double low, high;
    assert_true(irqp_clopper_pearson_effective(2.5, 25, 0.95, &low, &high));
    near(low, 0.016999, 1e-4);
    near(high, 0.286728, 1e-5);
    assert_true(irqp_clopper_pearson_effective(0.3, 100, 0.95, &low, &high)); /* less than one */
    near(low, 3.1746e-8, 1e-3);
    near(high, 0.04209, 1e-3);
    assert_true(irqp_clopper_pearson_effective(0, 0.5, 0.95, &low, &high));
    assert_true(low == 0);
    near(high, 1 - pow(0.025, 2), 1e-9);
    assert_false(irqp_clopper_pearson_effective(-1, 2, 0.95, &low, &high));
    assert_false(irqp_clopper_pearson_effective(NAN, 2, 0.95, &low, &high));
    assert_false(irqp_clopper_pearson_effective(0, 0, 0.95, &low, &high));
}

static void test_maximum_probability(void **state)
{
    (void)state;
    struct irqp_histogram h;
    irqp_histogram_init(&h);
    double p = -1;
    assert_false(irqp_maximum_probability(&h, 5, 3, &p));
    irqp_histogram_add(&h, 10 * IRQP_US, 999);
    irqp_histogram_add(&h, 20 * IRQP_US, 1);
    assert_true(irqp_maximum_probability(&h, 10 * IRQP_US, 1000, &p));
    near(p, pow(0.999, 1000), 1e-9);
    assert_true(irqp_maximum_probability(&h, 20 * IRQP_US, 1000, &p));
    assert_true(p == 1);
    assert_true(irqp_maximum_probability(&h, 5 * IRQP_US, 1000, &p));
    assert_true(p == 0);
    assert_true(irqp_maximum_probability(&h, -1, 0, &p));
    assert_true(p == 1);
    irqp_time x = 0; /* F(10 us)^1000 is 0.368 */
    assert_true(irqp_maximum_quantile(&h, 1000, 0.36, &x));
    assert_int_equal(x, irqp_histogram_edge(irqp_histogram_bin(10 * IRQP_US)));
    assert_true(irqp_maximum_quantile(&h, 1000, 0.37, &x));
    assert_int_equal(x, irqp_histogram_edge(irqp_histogram_bin(20 * IRQP_US)));
    irqp_histogram_fini(&h);
    irqp_histogram_init(&h);
    assert_false(irqp_maximum_quantile(&h, 1000, 0.5, &x));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bins_sort_and_sum),
        cmocka_unit_test(test_bins_refuse),
        cmocka_unit_test(test_bins_quantile),
        cmocka_unit_test(test_rebin),
        cmocka_unit_test(test_same),
        cmocka_unit_test(test_shift),
        cmocka_unit_test(test_worked_example),
        cmocka_unit_test(test_tail_factor),
        cmocka_unit_test(test_overflow),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_only_overflow),
        cmocka_unit_test(test_quantile_interval_covers),
        cmocka_unit_test(test_clopper_pearson),
        cmocka_unit_test(test_clopper_pearson_of_effective_counts),
        cmocka_unit_test(test_maximum_probability),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
