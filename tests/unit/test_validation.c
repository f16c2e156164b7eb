/* The statistics of a validation, against what is known in closed form: resampling, formal tests, the law of
 * a tail, rivals. */
#include "irqpath/bootstrap.h"
#include "irqpath/goodness.h"
#include "irqpath/random.h"
#include "irqpath/rival.h"
#include "irqpath/tail.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <gsl/gsl_randist.h>

static void add(struct irqp_bins *bins, irqp_time lower, uint64_t count)
{
    assert_int_equal(irqp_bins_add(bins, lower, count), IRQP_OK);
}

static gsl_rng *generator(uint64_t seed)
{
    gsl_rng *rng = gsl_rng_alloc(irqp_rng_stream);
    assert_non_null(rng);
    gsl_rng_set(rng, seed);
    return rng;
}

/* So many samples of a triangular hump from 10 to 30 us, in bins of 1 us. */
static void hump(struct irqp_bins *bins, gsl_rng *rng, unsigned samples, double later_us)
{
    irqp_bins_init(bins, IRQP_US);
    for (unsigned i = 0; i < samples; i++) {
        double us = 10 + 10 * gsl_rng_uniform(rng) + 10 * gsl_rng_uniform(rng) + later_us;
        add(bins, (irqp_time)us * IRQP_US, 1);
    }
}

/* ---- resampling ---- */

/* Counts of a category are binomial. */
static void replicates_are_multinomial(void **state)
{
    (void)state;
    enum { REPLICATES = 4000 };
    struct irqp_bins bins, drawn;
    gsl_rng *rng = generator(1);
    irqp_bins_init(&bins, IRQP_US);
    add(&bins, IRQP_US, 50);
    add(&bins, 4 * IRQP_US, 30);
    bins.underflow = 5;
    bins.overflow = 15;
    bins.limit = 5 * IRQP_US;
    double sum[4] = {0}, squares[4] = {0};
    for (int i = 0; i < REPLICATES; i++) {
        assert_int_equal(irqp_bins_resample(&drawn, &bins, 100, rng), IRQP_OK);
        assert_int_equal(irqp_bins_total(&drawn), 100);
        assert_int_equal(drawn.limit, 5 * IRQP_US);
        double counts[4] = {(double)drawn.underflow, 0, 0, (double)drawn.overflow};
        for (size_t k = 0; k < drawn.count; k++)
            counts[drawn.bins[k].lower == IRQP_US ? 1 : 2] = (double)drawn.bins[k].count;
        for (int k = 0; k < 4; k++) {
            sum[k] += counts[k];
            squares[k] += counts[k] * counts[k];
        }
        irqp_bins_fini(&drawn);
    }
    static const double shares[4] = {0.05, 0.5, 0.3, 0.15};
    for (int k = 0; k < 4; k++) {
        double mean = sum[k] / REPLICATES, variance = squares[k] / REPLICATES - mean * mean;
        double expected = 100 * shares[k] * (1 - shares[k]);
        assert_true(fabs(mean - 100 * shares[k]) < 4 * sqrt(expected / REPLICATES));
        assert_true(fabs(variance / expected - 1) < 4 * sqrt(2.0 / REPLICATES));
    }
    irqp_bins_fini(&bins);
    gsl_rng_free(rng);
}

/* The interval of a quantile agrees with that of order statistics, and W1's contains the value that another
 * measurement of the same system has. */
static void intervals_of_a_measurement(void **state)
{
    (void)state;
    gsl_rng *rng = generator(2);
    int covered = 0;
    for (int i = 0; i < 100; i++) {
        struct irqp_bins predicted, measured;
        struct irqp_bootstrap bootstrap, again;
        struct irqp_distance distance;
        hump(&predicted, rng, 20000, 0);
        hump(&measured, rng, 2000, 0.7);
        const struct irqp_bins *const runs[] = {&measured};
        assert_int_equal(irqp_bootstrap(&bootstrap, &predicted, runs, 1, 200, 5), IRQP_OK);
        assert_int_equal(irqp_distance(&distance, &predicted, &measured), IRQP_OK);
        covered += bootstrap.wasserstein.low <= 0.7 * IRQP_US && bootstrap.wasserstein.high >= 0.7 * IRQP_US;
        if (i == 0) { /* the same seed, the same numbers */
            assert_int_equal(irqp_bootstrap(&again, &predicted, runs, 1, 200, 5), IRQP_OK);
            assert_true(bootstrap.wasserstein.low == again.wasserstein.low);
            assert_true(bootstrap.errors[2].high == again.errors[2].high);
            assert_true(bootstrap.variances[1] == again.variances[1]);
            const struct irqp_quantile_error *median = &distance.quantiles[0];
            assert_true(bootstrap.errors[0].low >= (double)(median->predicted - median->high) - IRQP_US);
            assert_true(bootstrap.errors[0].high <= (double)(median->predicted - median->low) + IRQP_US);
        }
        irqp_bins_fini(&predicted);
        irqp_bins_fini(&measured);
    }
    assert_in_range(covered, 88, 100);
    gsl_rng_free(rng);
}

/* Two runs that differ by 4 us: which run is drawn decides, which resampling within one would not know. */
static void runs_are_drawn_whole(void **state)
{
    (void)state;
    struct irqp_bins predicted, one, other;
    struct irqp_bootstrap bootstrap;
    gsl_rng *rng = generator(3);
    hump(&predicted, rng, 20000, 0);
    hump(&one, rng, 20000, 0);
    hump(&other, rng, 20000, 4);
    const struct irqp_bins *const runs[] = {&one, &other};
    assert_int_equal(irqp_bootstrap(&bootstrap, &predicted, runs, 2, 400, 1), IRQP_OK);
    assert_true(bootstrap.wasserstein.low < 0.2 * IRQP_US && bootstrap.wasserstein.high > 3.8 * IRQP_US);
    assert_int_equal(irqp_bootstrap(&bootstrap, &predicted, runs, 0, 400, 1), IRQP_INPUT);
    irqp_bins_fini(&predicted);
    irqp_bins_fini(&one);
    irqp_bins_fini(&other);
    gsl_rng_free(rng);
}

/* ---- formal tests ---- */

/* Of two samples of one distribution the p are uniform: a tenth of them is below a tenth. Of two that differ
 * by a fifth of a bin with many samples they are small. */
static void formal_tests_hold_their_level(void **state)
{
    (void)state;
    enum { TRIALS = 100 };
    gsl_rng *rng = generator(4);
    int chi = 0, ks = 0, cvm = 0;
    struct irqp_goodness goodness;
    struct irqp_bins predicted, measured;
    for (int i = 0; i < TRIALS; i++) {
        hump(&predicted, rng, 3000, 0);
        hump(&measured, rng, 1000, 0);
        assert_int_equal(irqp_goodness(&goodness, &predicted, &measured, 99, (uint64_t)i), IRQP_OK);
        chi += goodness.chi_square_p < 0.1;
        ks += goodness.ks_p < 0.105;
        cvm += goodness.cvm_p < 0.105;
        irqp_bins_fini(&predicted);
        irqp_bins_fini(&measured);
    }
    print_message("below a tenth: chi-square %d, KS %d, CvM %d of %d\n", chi, ks, cvm, TRIALS);
    assert_in_range(chi, 2, 20); /* 10 +- 3.3 standard deviations */
    assert_in_range(ks, 2, 20);
    assert_in_range(cvm, 2, 20);
    hump(&predicted, rng, 200000, 0);
    hump(&measured, rng, 200000, 0.2);
    assert_int_equal(irqp_goodness(&goodness, &predicted, &measured, 99, 1), IRQP_OK);
    assert_true(goodness.chi_square_p < 1e-6 && goodness.ks_p == 0.01 && goodness.cvm_p == 0.01);
    assert_in_range(goodness.degrees, 17, 21);
    irqp_bins_fini(&predicted);
    irqp_bins_fini(&measured);
    gsl_rng_free(rng);
}

/* Bins with few samples are pooled, and the last few go to those before. */
static void chi_square_by_hand(void **state)
{
    (void)state;
    struct irqp_bins predicted, measured;
    struct irqp_goodness goodness;
    irqp_bins_init(&predicted, IRQP_US);
    irqp_bins_init(&measured, IRQP_US);
    static const uint64_t s[] = {100, 40, 10, 2}, m[] = {40, 24, 10, 2};
    for (int i = 0; i < 4; i++) {
        add(&predicted, i * IRQP_US, s[i]);
        add(&measured, i * IRQP_US, m[i]);
    }
    /* 100/40, and 52/36 of the three others: 10 + 10 are too few, 12 + 12 as well */
    double ratio = sqrt(76.0 / 152.0);
    double expected = pow(ratio * 100 - 40 / ratio, 2) / 140 + pow(ratio * 52 - 36 / ratio, 2) / 88;
    assert_int_equal(irqp_goodness(&goodness, &predicted, &measured, 9, 1), IRQP_OK);
    assert_int_equal(goodness.degrees, 1);
    assert_true(fabs(goodness.chi_square - expected) < 1e-9);
    irqp_bins_fini(&predicted);
    irqp_bins_fini(&measured);
}

/* ---- the law of a tail ---- */

/* Shapes and scales that are known, in bins of 1 us: the fit finds them, and its intervals hold the truth in
 * about 95 of a hundred. */
static void a_known_tail_is_found(void **state)
{
    (void)state;
    enum { TRIALS = 40, SAMPLES = 1000 };
    static const double shapes[] = {-0.2, 0, 0.25};
    gsl_rng *rng = generator(5);
    for (int s = 0; s < 3; s++) {
        int shape_held = 0, latency_held = 0;
        double shape = shapes[s], scale = 10, sum = 0;
        double rare = shape == 0 ? scale * log(100) : scale / shape * (pow(100, shape) - 1);
        for (int i = 0; i < TRIALS; i++) {
            struct irqp_bins bins;
            struct irqp_tail tail;
            struct irqp_interval interval;
            irqp_bins_init(&bins, IRQP_US);
            add(&bins, 5 * IRQP_US, 9 * SAMPLES); /* the body */
            for (int k = 0; k < SAMPLES; k++) {
                double u = gsl_rng_uniform_pos(rng);
                double y = shape == 0 ? -scale * log(u) : scale / shape * (pow(u, -shape) - 1);
                add(&bins, (irqp_time)(20 + y) * IRQP_US, 1);
            }
            assert_true(irqp_tail_fit(&tail, &bins, 0.1));
            assert_int_equal(tail.threshold, 20 * IRQP_US);
            assert_int_equal(tail.exceedances, SAMPLES);
            sum += tail.shape;
            shape_held += tail.shape_interval.low <= shape && shape <= tail.shape_interval.high;
            double latency = irqp_tail_latency(&tail, &bins, 0.001, &interval);
            assert_true(interval.low < latency && latency < interval.high);
            latency_held += interval.low <= (20 + rare) * IRQP_US && (20 + rare) * IRQP_US <= interval.high;
            irqp_bins_fini(&bins);
        }
        print_message("shape %.2f: found %.3f, held in %d and %d of %d\n", shape, sum / TRIALS, shape_held,
                      latency_held, TRIALS);
        assert_true(fabs(sum / TRIALS - shape) < 0.03);
        assert_in_range(shape_held, 33, TRIALS);
        assert_in_range(latency_held, 33, TRIALS);
    }
    gsl_rng_free(rng);
}

static void too_little_of_a_tail(void **state)
{
    (void)state;
    struct irqp_bins bins;
    struct irqp_tail tail;
    irqp_bins_init(&bins, IRQP_US);
    assert_false(irqp_tail_fit(&tail, &bins, 0.01));
    add(&bins, IRQP_US, 1000);
    for (int i = 2; i < 5; i++)
        add(&bins, i * IRQP_US, 3);
    assert_false(irqp_tail_fit(&tail, &bins, 0.01)); /* nine samples */
    add(&bins, 2 * IRQP_US, 100000);
    bins.overflow = 60;
    bins.limit = 6 * IRQP_US;
    assert_false(irqp_tail_fit(&tail, &bins, 0.001)); /* two bins */
    irqp_bins_fini(&bins);
}

/* ---- rivals ---- */

static void rivals_by_hand(void **state)
{
    (void)state;
    struct irqp_bins baseline, like, rival;
    irqp_bins_init(&baseline, IRQP_US);
    irqp_bins_init(&like, IRQP_US);
    add(&baseline, 4 * IRQP_US, 100);
    add(&baseline, 9 * IRQP_US, 11);
    add(&like, 7 * IRQP_US, 1);
    assert_int_equal(irqp_rival(&rival, IRQP_RIVAL_NO_CHANGE, &baseline, 3e6, &like), IRQP_OK);
    assert_int_equal(rival.count, 2);
    assert_int_equal(rival.bins[0].lower, 4 * IRQP_US);
    assert_int_equal(rival.bins[0].count, 100);
    irqp_bins_fini(&rival);
    /* a quarter of a bin later: a quarter of the samples in the next one, 2.75 of 11 */
    assert_int_equal(irqp_rival(&rival, IRQP_RIVAL_SHIFT, &baseline, 1.25 * IRQP_US, &like), IRQP_OK);
    assert_int_equal(rival.count, 4);
    assert_int_equal(rival.bins[0].lower, 5 * IRQP_US);
    assert_int_equal(rival.bins[0].count, 75);
    assert_int_equal(rival.bins[1].count, 25);
    assert_int_equal(rival.bins[2].lower, 10 * IRQP_US);
    assert_int_equal(rival.bins[2].count, 8);
    assert_int_equal(rival.bins[3].count, 3);
    irqp_bins_fini(&rival);
    /* the median of 4.5 us doubles, and so does all: each bin becomes two */
    assert_int_equal(irqp_rival(&rival, IRQP_RIVAL_SCALE, &baseline, 4.5 * IRQP_US, &like), IRQP_OK);
    assert_int_equal(rival.count, 4);
    assert_int_equal(rival.bins[0].lower, 8 * IRQP_US);
    assert_int_equal(rival.bins[1].count, 50);
    assert_int_equal(rival.bins[3].lower, 19 * IRQP_US);
    assert_int_equal(irqp_bins_total(&rival), 111);
    irqp_bins_fini(&rival);
    like.overflow = 1;
    like.limit = 8 * IRQP_US;
    assert_int_equal(irqp_rival(&rival, IRQP_RIVAL_NO_CHANGE, &baseline, 0, &like), IRQP_OK);
    assert_int_equal(rival.overflow, 11);
    irqp_bins_fini(&rival);
    irqp_bins_fini(&baseline);
    irqp_bins_init(&baseline, IRQP_US);
    assert_int_equal(irqp_rival(&rival, IRQP_RIVAL_SHIFT, &baseline, 0, &like), IRQP_INPUT);
    irqp_bins_fini(&like);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replicates_are_multinomial), cmocka_unit_test(intervals_of_a_measurement),
        cmocka_unit_test(runs_are_drawn_whole),       cmocka_unit_test(formal_tests_hold_their_level),
        cmocka_unit_test(chi_square_by_hand),         cmocka_unit_test(a_known_tail_is_found),
        cmocka_unit_test(too_little_of_a_tail),       cmocka_unit_test(rivals_by_hand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
