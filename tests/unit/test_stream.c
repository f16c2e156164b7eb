/* Random streams: golden values, uniformity, independence of neighbouring keys, the wrapper for GSL. */
#include "irqpath/random.h"
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* A change of these changes every result ever stored: it must be intended. */
static void test_golden(void **state)
{
    (void)state;
    static const uint64_t expected[4] = {UINT64_C(0x4991b027cd1ae832), UINT64_C(0x9d0bbf1fa041900b),
                                         UINT64_C(0x092f6cee28a1f13d), UINT64_C(0x0c163ac83e05423d)};
    struct irqp_stream stream;
    irqp_stream_init(&stream, 1, 2, 3, 4);
    assert_int_equal(stream.gamma & 1, 1);
    for (int i = 0; i < 4; i++)
        assert_true(irqp_stream_next(&stream) == expected[i]);
}

/* The finaliser's published first output: SplitMix64 with seed 0 gives e220a8397b1dcdaf. */
static void test_mix_is_splitmix(void **state)
{
    (void)state;
    assert_true(irqp_mix64(UINT64_C(0x9e3779b97f4a7c15)) == UINT64_C(0xe220a8397b1dcdaf));
}

static void test_gammas_are_usable(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 100000; seed++) {
        struct irqp_stream stream;
        irqp_stream_init(&stream, seed, 0, 0, 0);
        assert_int_equal(stream.gamma & 1, 1);
        assert_true(__builtin_popcountll(stream.gamma ^ (stream.gamma >> 1)) >= 24);
    }
}

/* P of a chi-square of counts against an equal expectation. */
static double uniformity(const unsigned *counts, int cells, double total)
{
    double sum = 0, expected = total / cells;
    for (int i = 0; i < cells; i++)
        sum += (counts[i] - expected) * (counts[i] - expected) / expected;
    return gsl_cdf_chisq_Q(sum, cells - 1);
}

/* Each byte of the output is uniform. */
static void test_bytes_are_uniform(void **state)
{
    (void)state;
    static unsigned counts[8][256];
    struct irqp_stream stream;
    irqp_stream_init(&stream, 7, 0, 0, 0);
    for (int i = 0; i < 1000000; i++) {
        uint64_t u = irqp_stream_next(&stream);
        for (int byte = 0; byte < 8; byte++)
            counts[byte][u >> (8 * byte) & 255]++;
    }
    for (int byte = 0; byte < 8; byte++) {
        double p = uniformity(counts[byte], 256, 1e6);
        assert_true(p > 1e-4 && p < 1 - 1e-4);
    }
}

/* The first numbers of streams whose keys differ by one in one place are as good as independent: all pairs of
 * the upper four bits are equally frequent, and no start or gamma appears twice. */
static void test_neighbouring_keys_are_independent(void **state)
{
    (void)state;
    for (int place = 0; place < 4; place++) {
        static unsigned pairs[256];
        for (int i = 0; i < 256; i++)
            pairs[i] = 0;
        double correlation = 0;
        for (uint32_t key = 0; key < 100000; key++) {
            uint64_t u[2];
            for (uint32_t next = 0; next < 2; next++) {
                uint32_t k = 2 * key + next;
                struct irqp_stream stream;
                irqp_stream_init(&stream, place == 0 ? k : 5, place == 1 ? k : 6, place == 2 ? k : 7,
                                 place == 3 ? k : 8);
                u[next] = irqp_stream_next(&stream);
            }
            assert_true(u[0] != u[1]);
            pairs[u[0] >> 60 << 4 | u[1] >> 60]++;
            correlation += ((double)u[0] * 0x1p-64 - 0.5) * ((double)u[1] * 0x1p-64 - 0.5);
        }
        assert_true(uniformity(pairs, 256, 1e5) > 1e-4);
        assert_true(fabs(correlation / 1e5 * 12) < 4 / sqrt(1e5));
    }
}

/* Two streams run side by side for long do not correlate. */
static void test_long_streams_are_independent(void **state)
{
    (void)state;
    struct irqp_stream a, b;
    irqp_stream_init(&a, 1, 0, 0, 0);
    irqp_stream_init(&b, 1, 0, 0, 1);
    double sum = 0;
    for (int i = 0; i < 1000000; i++)
        sum +=
            ((double)irqp_stream_next(&a) * 0x1p-64 - 0.5) * ((double)irqp_stream_next(&b) * 0x1p-64 - 0.5);
    assert_true(fabs(sum / 1e6 * 12) < 4e-3);
}

/* No part of the key is ignored or mixed up with another. */
static void test_every_key_counts(void **state)
{
    (void)state;
    struct irqp_stream streams[6];
    irqp_stream_init(&streams[0], 0, 0, 0, 0);
    irqp_stream_init(&streams[1], 1, 0, 0, 0);
    irqp_stream_init(&streams[2], 0, 1, 0, 0);
    irqp_stream_init(&streams[3], 0, 0, 1, 0);
    irqp_stream_init(&streams[4], 0, 0, 0, 1);
    irqp_stream_init(&streams[5], 1, 1, 1, 1);
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < i; j++) {
            assert_true(streams[i].state != streams[j].state);
            assert_true(streams[i].gamma != streams[j].gamma);
        }
}

static void test_below(void **state)
{
    (void)state;
    unsigned counts[7] = {0};
    struct irqp_stream stream;
    irqp_stream_init(&stream, 3, 0, 0, 0);
    for (int i = 0; i < 70000; i++) {
        uint64_t k = irqp_stream_below(&stream, 7);
        assert_true(k < 7);
        counts[k]++;
    }
    assert_true(uniformity(counts, 7, 70000) > 1e-4);
    assert_true(irqp_stream_below(&stream, 1) == 0);
}

static void test_gsl_wrapper(void **state)
{
    (void)state;
    irqp_gsl_quiet();
    gsl_rng *rng = gsl_rng_alloc(irqp_rng_stream);
    assert_non_null(rng);
    gsl_rng_set(rng, 42);
    struct irqp_stream stream;
    irqp_stream_init(&stream, 42, 0, 0, 0);
    for (int i = 0; i < 1000; i++)
        assert_true(gsl_rng_get(rng) == irqp_stream_next(&stream));
    for (int i = 0; i < 1000; i++) {
        double u = gsl_rng_uniform(rng);
        assert_true(u >= 0 && u < 1);
        assert_true(u == (double)(irqp_stream_next(&stream) >> 11) * 0x1p-53);
        assert_true(gsl_rng_uniform_int(rng, 10) < 10);
        irqp_stream_next(&stream);
    }
    gsl_rng_free(rng);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_mix_is_splitmix),
        cmocka_unit_test(test_gammas_are_usable),
        cmocka_unit_test(test_bytes_are_uniform),
        cmocka_unit_test(test_neighbouring_keys_are_independent),
        cmocka_unit_test(test_long_streams_are_independent),
        cmocka_unit_test(test_every_key_counts),
        cmocka_unit_test(test_below),
        cmocka_unit_test(test_gsl_wrapper),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
