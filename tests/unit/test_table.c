/* Quantile tables: draws against the cumulative function in body and tails, means, parts, rounding, hashes.
 */
#include "irqpath/distribution.h"
#include "irqpath/random.h"
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

typedef struct irqp_distribution *spec;

static spec of(enum irqp_distribution_kind kind, double a, double b, double c)
{
    spec distribution = irqp_distribution_new(kind, a, b, c);
    assert_non_null(distribution);
    return distribution;
}

static spec with(spec distribution, spec part, double weight)
{
    assert_int_equal(irqp_distribution_add_part(distribution, part, weight), IRQP_OK);
    return distribution;
}

static spec mixture(void)
{
    return of(IRQP_MIXTURE, 0, 0, 0);
}

/* Smooth distributions of the kinds and scales that scenarios have; NULL at the end. */
static void samples(spec *list)
{
    size_t n = 0;
    list[n++] = of(IRQP_UNIFORM, 0, 1e6, 0);
    list[n++] = of(IRQP_TRIANGULAR, 1e6, 4e6, 1.5e6);
    list[n++] = of(IRQP_NORMAL, 1e6, 1e5, 0);
    list[n++] = of(IRQP_NORMAL, 1e5, 3e5, 0);
    list[n++] = of(IRQP_LOGNORMAL, 1e6, 0.2, 0);
    list[n++] = of(IRQP_LOGNORMAL, 5e6, 1.5, 0);
    list[n++] = of(IRQP_EXPONENTIAL, 5e9, 0, 0);
    list[n++] = of(IRQP_GAMMA, 1.5e5, 0.1, 0);
    list[n++] = of(IRQP_GAMMA, 2e6, 0.02, 0);
    list[n++] = of(IRQP_GAMMA, 1e6, 0.8, 0);
    list[n++] = of(IRQP_GAMMA, 1e7, 2, 0);
    list[n++] = of(IRQP_WEIBULL, 1e6, 0.5, 0);
    list[n++] = of(IRQP_WEIBULL, 1e6, 5, 0);
    list[n++] = of(IRQP_PARETO, 1e6, 2.5, 0);
    list[n++] = with(of(IRQP_SHIFT, 5e5, 0, 0), of(IRQP_GAMMA, 1e6, 0.4, 0), 1);
    list[n++] = with(of(IRQP_TRUNCATE, 5e5, 3e6, 0), of(IRQP_LOGNORMAL, 1e6, 0.5, 0), 1);
    list[n++] = with(of(IRQP_TRUNCATE, 5e6, INFINITY, 0), of(IRQP_EXPONENTIAL, 1e6, 0, 0), 1);
    list[n] = NULL;
}

enum { SAMPLES = 32 };

static void init(struct irqp_table *table, spec distribution)
{
    double error = NAN;
    assert_int_equal(irqp_table_init(table, distribution, &error), IRQP_OK);
    assert_true(error >= 0 && error <= 1e-4);
}

/* A number uniform in [0, 1) if x was drawn from the distribution and rounded to 1 ps: anywhere among the
 * values that round to x. */
static double transformed(spec distribution, irqp_time x, struct irqp_stream *stream)
{
    double low = irqp_distribution_cdf(distribution, (double)x - 0.5);
    double high = irqp_distribution_cdf(distribution, (double)x + 0.5);
    return low + (high - low) * (double)(irqp_stream_next(stream) >> 11) * 0x1p-53;
}

/* Kolmogorov and Smirnov's statistic of 50 000 draws, by counting in cells of equal probability: the
 * critical value at 0.1 % is 1.95 / sqrt(n). And a chi-square over 100 cells. */
static void test_draws_follow_the_distribution(void **state)
{
    (void)state;
    enum { N = 50000, CELLS = 100 };
    spec list[SAMPLES];
    samples(list);
    for (size_t i = 0; list[i] != NULL; i++) {
        struct irqp_table table;
        struct irqp_stream stream;
        init(&table, list[i]);
        irqp_stream_init(&stream, 21, i, 0, 0);
        unsigned counts[CELLS] = {0};
        for (int j = 0; j < N; j++) {
            irqp_time x = irqp_table_draw(&table, irqp_stream_next(&stream));
            double p = transformed(list[i], x, &stream);
            counts[p < 1 ? (int)(p * CELLS) : CELLS - 1]++;
        }
        double chi = 0, largest = 0;
        unsigned below = 0;
        for (int c = 0; c < CELLS; c++) {
            chi += ((double)counts[c] - N / CELLS) * ((double)counts[c] - N / CELLS) / (N / CELLS);
            below += counts[c];
            largest = fmax(largest, fabs((double)below / N - (c + 1.0) / CELLS));
        }
        double p = gsl_cdf_chisq_Q(chi, CELLS - 1);
        if (!(p > 1e-4) || !(largest < 1.95 / sqrt(N)))
            fail_msg("sample %zu: chi-square P %g, D %g", i, p, largest);
        irqp_table_fini(&table);
        irqp_distribution_free(list[i]);
    }
}

/* Far out, on both sides, the probability of what is drawn is right within 1 %, the rounding to 1 ps aside.
 */
static void test_tails(void **state)
{
    (void)state;
    spec list[SAMPLES];
    samples(list);
    for (size_t i = 0; list[i] != NULL; i++) {
        struct irqp_table table;
        init(&table, list[i]);
        irqp_time before = INT64_MAX;
        for (int k = 7; k <= 59; k++)
            for (int fraction = 0; fraction < 7; fraction++) {
                uint64_t d = (UINT64_C(1) << (63 - k)) / 7 * (uint64_t)(14 - fraction);
                double probability = (double)d * 0x1p-64;
                double low = (double)irqp_table_draw(&table, d), high = (double)irqp_table_draw(&table, ~d);
                if (k <= 30 || list[i]->kind != IRQP_TRUNCATE) { /* see below */
                    if (!(irqp_distribution_upper(list[i], high + 1) <= 1.01 * probability &&
                          irqp_distribution_upper(list[i], high - 1) >= 0.99 * probability))
                        fail_msg("sample %zu: 2^-%d from above", i, k);
                    if (!(irqp_distribution_cdf(list[i], low - 1) <= 1.01 * probability &&
                          irqp_distribution_cdf(list[i], low + 1) >= 0.99 * probability))
                        fail_msg("sample %zu: 2^-%d from below", i, k);
                }
                assert_true((irqp_time)low <= before); /* the draw falls towards the lower end */
                before = (irqp_time)low;
            }
        irqp_table_fini(&table);
        irqp_distribution_free(list[i]);
    }
}

/* A cut tail ends exactly at its bounds: never beyond, and there at the very ends. */
static void test_bounds(void **state)
{
    (void)state;
    struct irqp_table table;
    spec d = with(of(IRQP_TRUNCATE, 123456, 3000001, 0), of(IRQP_EXPONENTIAL, 1e6, 0, 0), 1);
    init(&table, d);
    assert_int_equal(irqp_table_draw(&table, 0), 123456);
    assert_int_equal(irqp_table_draw(&table, UINT64_MAX), 3000001);
    struct irqp_stream stream;
    irqp_stream_init(&stream, 22, 0, 0, 0);
    for (int i = 0; i < 1000000; i++) {
        irqp_time x = irqp_table_draw(&table, irqp_stream_next(&stream));
        assert_true(x >= 123456 && x <= 3000001);
    }
    irqp_table_fini(&table);
    irqp_distribution_free(d);
}

/* Draws never fall as u rises: not within a cell, at the joints of linear and tail cells, or around the ends.
 */
static void test_draws_rise(void **state)
{
    (void)state;
    spec list[SAMPLES];
    samples(list);
    for (size_t i = 0; list[i] != NULL; i++) {
        struct irqp_table table;
        init(&table, list[i]);
        irqp_time before = -1;
        for (uint64_t u = 0; u < UINT64_C(1) << 20; u++) {
            irqp_time x = irqp_table_draw(&table, u << 44);
            assert_true(x >= before);
            before = x;
        }
        for (uint64_t joint = 1; joint < 256; joint++) {
            irqp_time last = irqp_table_draw(&table, (joint << 56) - 1),
                      next = irqp_table_draw(&table, joint << 56);
            irqp_time unit = table.shift < 32 ? INT64_C(1) << (32 - table.shift) : 1;
            assert_true(next >= last - unit &&
                        next <= last + 1 + unit); /* linear and tail cells round differently */
        }
        irqp_table_fini(&table);
        irqp_distribution_free(list[i]);
    }
}

/* The mean over a stratified sweep of u against the exact mean, within 1e-3, and half a picosecond nowhere.
 */
static void test_means(void **state)
{
    (void)state;
    spec list[SAMPLES + 8];
    samples(list);
    size_t n = 0;
    while (list[n] != NULL)
        n++;
    list[n++] = of(IRQP_NORMAL, 370, 5, 0); /* a cycle: half a picosecond would be 1.4e-3 */
    list[n++] = of(IRQP_EXPONENTIAL, 100, 0, 0);
    list[n++] = of(IRQP_UNIFORM, 100, 103, 0);
    list[n] = NULL;
    for (size_t i = 0; list[i] != NULL; i++) {
        enum { N = 1 << 20 };
        struct irqp_table table;
        struct irqp_stream stream;
        init(&table, list[i]);
        irqp_stream_init(&stream, 23, i, 0, 0);
        double sum = 0, mean = irqp_distribution_mean(list[i]);
        for (uint64_t j = 0; j < N; j++)
            sum += (double)irqp_table_draw(&table, j << 44 | irqp_stream_next(&stream) >> 20);
        if (!(fabs(sum / N - mean) <= 1e-3 * mean))
            fail_msg("sample %zu: mean %g instead of %g", i, sum / N, mean);
        assert_int_equal(table.mean, (irqp_time)floor(mean + 0.5));
        irqp_table_fini(&table);
        irqp_distribution_free(list[i]);
    }
}

static void test_constants(void **state)
{
    (void)state;
    struct irqp_table table;
    spec plain = of(IRQP_CONSTANT, 3650000, 0, 0);
    spec wrapped =
        with(of(IRQP_TRUNCATE, 0, 2e6, 0),
             with(with(mixture(), with(of(IRQP_SHIFT, 5e5, 0, 0), of(IRQP_CONSTANT, 1e6, 0, 0), 1), 2),
                  of(IRQP_CONSTANT, 3e6, 0, 0), 1),
             1); /* one part is cut away, the other is 1.5 us */
    spec zero = of(IRQP_CONSTANT, 0, 0, 0);
    const struct {
        spec distribution;
        irqp_time value;
    } cases[] = {{plain, 3650000}, {wrapped, 1500000}, {zero, 0}};
    for (int i = 0; i < 3; i++) {
        init(&table, cases[i].distribution);
        assert_true(table.constant);
        assert_int_equal(table.value, cases[i].value);
        assert_int_equal(table.mean, cases[i].value);
        assert_null(table.tail);
        assert_int_equal(irqp_table_draw(&table, UINT64_C(0x8000000000000000)), cases[i].value);
        irqp_table_fini(&table);
        irqp_distribution_free(cases[i].distribution);
    }
}

/* Values of an empirical distribution come out exactly, as often as their weights say, and in order. */
static void test_empirical(void **state)
{
    (void)state;
    enum { VALUES = 1000, N = 1000000 };
    spec d = of(IRQP_EMPIRICAL, 0, 0, 0);
    double total = 0;
    for (int i = 0; i < VALUES; i++) {
        int shuffled = i * 37 % VALUES;
        irqp_distribution_add_point(d, 1000 + 7.0 * shuffled, 1 + shuffled % 10);
        total += 1 + shuffled % 10;
    }
    irqp_distribution_add_point(d, 5, 0); /* never drawn */
    struct irqp_table table;
    init(&table, d);
    static unsigned counts[VALUES];
    irqp_time before = 0;
    for (uint64_t i = 0; i < N; i++) { /* a sweep: counts are exact to one */
        irqp_time x = irqp_table_draw(&table, (uint64_t)(((double)i + 0.5) / N * 0x1p64));
        assert_true(x >= before && x >= 1000 && (x - 1000) % 7 == 0 && x <= 1000 + 7 * (VALUES - 1));
        before = x;
        counts[(x - 1000) / 7]++;
    }
    for (int i = 0; i < VALUES; i++)
        assert_true(fabs(counts[i] - (1 + i % 10) / total * N) <= 1.001);
    irqp_table_fini(&table);
    irqp_distribution_free(d);
}

/* A mixture of separate parts: the share of each is its weight, down to small ones, and within each part the
 * draws are that part's, tails included. */
static void test_mixture(void **state)
{
    (void)state;
    spec d = with(
        with(with(with(mixture(), of(IRQP_UNIFORM, 1000, 2000, 0), 0.5), of(IRQP_CONSTANT, 5000, 0, 0), 0.25),
             of(IRQP_EXPONENTIAL, 1e6, 0, 0), 0.25 - 0x1p-40),
        with(of(IRQP_SHIFT, 1e9, 0, 0), of(IRQP_EXPONENTIAL, 1e6, 0, 0), 1), 0x1p-40);
    struct irqp_table table;
    init(&table, d);
    assert_int_equal(table.linear, 0);
    const uint64_t half = UINT64_C(1) << 63, quarter = UINT64_C(1) << 62, rare = UINT64_C(1) << 24;
    assert_int_equal(irqp_table_draw(&table, 0), 1000);
    assert_int_equal(irqp_table_draw(&table, half / 2), 1500);
    assert_int_equal(irqp_table_draw(&table, half - 1), 2000);
    assert_int_equal(irqp_table_draw(&table, half), 5000);
    assert_int_equal(irqp_table_draw(&table, half + quarter - 1), 5000);
    assert_true(irqp_table_draw(&table, half + quarter) < 10); /* the lower end of the exponential */
    /* its median */
    assert_true(fabs((double)irqp_table_draw(&table, half + quarter + quarter / 2) - 1e6 * log(2)) < 100);
    /* its upper end: at 2^-40 of the part */
    double far = (double)irqp_table_draw(&table, UINT64_MAX - rare + 1 - (quarter >> 40));
    assert_true(fabs(far / (1e6 * 40 * log(2)) - 1) < 1e-3);
    assert_true(irqp_table_draw(&table, UINT64_MAX - rare) < 100000000); /* the last of it */
    assert_true(irqp_table_draw(&table, UINT64_MAX - rare + 1) >= 1000000000);
    assert_true(fabs((double)irqp_table_draw(&table, UINT64_MAX - rare / 2) - 1e9 - 1e6 * log(2)) < 100);
    irqp_table_fini(&table);
    irqp_distribution_free(d);
}

/* The table of a truncated mixture is that of the mixture of truncated parts. */
static void test_truncated_mixture(void **state)
{
    (void)state;
    enum { N = 50000, CELLS = 50 };
    spec d =
        with(of(IRQP_TRUNCATE, 5e5, 3e6, 0),
             with(with(mixture(), of(IRQP_GAMMA, 1e6, 0.5, 0), 2), of(IRQP_EXPONENTIAL, 4e6, 0, 0), 1), 1);
    struct irqp_table table;
    struct irqp_stream stream;
    init(&table, d);
    irqp_stream_init(&stream, 24, 0, 0, 0);
    unsigned counts[CELLS] = {0};
    for (int j = 0; j < N; j++) {
        irqp_time x = irqp_table_draw(&table, irqp_stream_next(&stream));
        assert_true(x >= 500000 && x <= 3000000);
        double p = transformed(d, x, &stream);
        counts[p < 1 ? (int)(p * CELLS) : CELLS - 1]++;
    }
    double chi = 0;
    for (int c = 0; c < CELLS; c++)
        chi += ((double)counts[c] - N / CELLS) * ((double)counts[c] - N / CELLS) / (N / CELLS);
    assert_true(gsl_cdf_chisq_Q(chi, CELLS - 1) > 1e-4);
    irqp_table_fini(&table);
    irqp_distribution_free(d);
}

/* Weights that double precision or 64 bits cannot hold leave nothing undrawn and nothing crashing. */
static void test_extreme_weights(void **state)
{
    (void)state;
    struct irqp_table table;
    spec d = with(with(mixture(), of(IRQP_CONSTANT, 1, 0, 0), 1), of(IRQP_CONSTANT, 2, 0, 0), 1e-30);
    init(&table, d); /* below 2^-64: dropped */
    assert_true(table.constant);
    assert_int_equal(table.value, 1);
    irqp_table_fini(&table);
    irqp_distribution_free(d);
    d = with(with(mixture(), of(IRQP_CONSTANT, 1, 0, 0), 1), of(IRQP_CONSTANT, 2, 0, 0), 0x1p-63);
    init(&table, d);
    assert_int_equal(irqp_table_draw(&table, 0), 1);
    assert_int_equal(irqp_table_draw(&table, UINT64_MAX - 2), 1);
    assert_int_equal(irqp_table_draw(&table, UINT64_MAX), 2);
    irqp_table_fini(&table);
    irqp_distribution_free(d);
    d = mixture();
    for (int i = 0; i < 300; i++)
        d = with(d, of(IRQP_UNIFORM, 1000.0 * i, 1000.0 * i + 500, 0), pow(0.9, i));
    init(&table, d);
    for (uint64_t u = 0; u < 100000; u++) {
        irqp_time x = irqp_table_draw(&table, u * UINT64_C(184467440737095));
        assert_true(x >= 0 && x % 1000 <= 500);
    }
    irqp_table_fini(&table);
    irqp_distribution_free(d);
}

/* The deepest nest that is allowed gives a table in reasonable time. */
static void test_deep_nest(void **state)
{
    (void)state;
    spec d = of(IRQP_GAMMA, 1e6, 0.5, 0);
    for (int i = 0; i < 8; i++)
        d = with(of(IRQP_TRUNCATE, 1e5 * i, 4e6 - 1e5 * i, 0), d, 1);
    struct irqp_table table;
    init(&table, d);
    assert_int_equal(irqp_table_draw(&table, 0), 700000);
    assert_int_equal(irqp_table_draw(&table, UINT64_MAX), 3300000);
    irqp_table_fini(&table);
    irqp_distribution_free(d);
}

/* A mean that hardly exists: the far tail saturates at 2^62 ps and stays a valid time. */
static void test_saturation(void **state)
{
    (void)state;
    struct irqp_table table;
    spec d = of(IRQP_PARETO, 1e6, 1.01, 0);
    init(&table, d);
    assert_int_equal(irqp_table_draw(&table, UINT64_MAX), INT64_C(1) << 62);
    double x = (double)irqp_table_draw(&table, ~(UINT64_C(1) << 34)); /* 2^-30 */
    assert_true(fabs(x / irqp_distribution_upper_quantile(d, 0x1p-30) - 1) < 0.01);
    irqp_table_fini(&table);
    irqp_distribution_free(d);
}

/* Every parameter of every kind is in the hash; equal specifications have equal hashes. */
static void test_hash(void **state)
{
    (void)state;
    spec list[SAMPLES + 4];
    samples(list);
    size_t n = 0;
    while (list[n] != NULL)
        n++;
    list[n++] = of(IRQP_CONSTANT, 77, 0, 0);
    list[n++] = with(with(mixture(), of(IRQP_CONSTANT, 1, 0, 0), 1), of(IRQP_GAMMA, 1e6, 0.5, 0), 2);
    list[n] = NULL;
    uint64_t hashes[3 * (SAMPLES + 4)];
    size_t count = 0;
    for (size_t i = 0; list[i] != NULL; i++) {
        struct irqp_table table;
        init(&table, list[i]);
        uint64_t hash = irqp_table_hash(&table, 0);
        assert_true(hash != irqp_table_hash(&table, 1)); /* chained */
        irqp_table_fini(&table);
        init(&table, list[i]);
        assert_true(hash == irqp_table_hash(&table, 0));
        irqp_table_fini(&table);
        hashes[count++] = hash;
        spec changed[2] = {irqp_distribution_copy(list[i]), irqp_distribution_copy(list[i])};
        if (list[i]->kind == IRQP_MIXTURE) {
            changed[0]->weights[0] *= 1.001;
            changed[1]->parts[1]->b *= 1.001;
        } else {
            changed[0]->a = changed[0]->a * 1.001 + 1;
            changed[1]->b *= 1.001;
        }
        bool has_b = list[i]->kind != IRQP_CONSTANT && list[i]->kind != IRQP_EXPONENTIAL &&
                     list[i]->kind != IRQP_SHIFT && !isinf(list[i]->b);
        for (int j = 0; j < (has_b ? 2 : 1); j++) {
            init(&table, changed[j]);
            hashes[count++] = irqp_table_hash(&table, 0);
            irqp_table_fini(&table);
        }
        irqp_distribution_free(changed[0]);
        irqp_distribution_free(changed[1]);
        irqp_distribution_free(list[i]);
    }
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            assert_true(hashes[i] != hashes[j]);
}

/* Shapes at the borders of what is allowed: whatever is accepted by the specification must give a table. */
static void test_extreme_shapes(void **state)
{
    (void)state;
    const spec list[] = {
        of(IRQP_GAMMA, 1e6, 0.003, 0),   of(IRQP_GAMMA, 1e6, 100, 0),      of(IRQP_LOGNORMAL, 1e6, 1e-6, 0),
        of(IRQP_LOGNORMAL, 1e6, 100, 0), of(IRQP_WEIBULL, 1, 0.08, 0),     of(IRQP_WEIBULL, 1e6, 1000, 0),
        of(IRQP_PARETO, 1e6, 1.001, 0),  of(IRQP_PARETO, 1e6, 1000, 0),    of(IRQP_UNIFORM, 0, 1, 0),
        of(IRQP_UNIFORM, 0, 4e18, 0),    of(IRQP_EXPONENTIAL, 1e-3, 0, 0), of(IRQP_EXPONENTIAL, 1e18, 0, 0),
        of(IRQP_NORMAL, 0, 1e6, 0),      of(IRQP_NORMAL, 1e12, 1, 0),      of(IRQP_NORMAL, 1e18, 1e17, 0)};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        struct irqp_table table;
        double error = 0;
        enum irqp_status status = irqp_table_init(&table, list[i], &error);
        if (status != IRQP_OK)
            fail_msg("shape %zu: %s (%g)", i, irqp_status_text(status), error);
        for (uint64_t u = 0; u < 1000; u++) {
            irqp_time x = irqp_table_draw(&table, irqp_mix64(u));
            assert_true(x >= 0 && x <= INT64_C(1) << 62);
        }
        irqp_table_fini(&table);
        irqp_distribution_free(list[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_draws_follow_the_distribution),
        cmocka_unit_test(test_tails),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_draws_rise),
        cmocka_unit_test(test_means),
        cmocka_unit_test(test_constants),
        cmocka_unit_test(test_empirical),
        cmocka_unit_test(test_mixture),
        cmocka_unit_test(test_truncated_mixture),
        cmocka_unit_test(test_extreme_weights),
        cmocka_unit_test(test_deep_nest),
        cmocka_unit_test(test_saturation),
        cmocka_unit_test(test_hash),
        cmocka_unit_test(test_extreme_shapes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
