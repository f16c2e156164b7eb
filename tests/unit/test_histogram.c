/* Histograms: bins, exact quantiles against a sorted array, merging, and what lies outside. */
#include "irqpath/histogram.h"
#include "irqpath/random.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define END ((INT64_C(1) << 43) * IRQP_NS)

/* Bins tile the axis: each begins where the one before ends, and both ends of each map back to it. */
static void test_bins_tile(void **state)
{
    (void)state;
    assert_int_equal(irqp_histogram_edge(0), 0);
    size_t last = irqp_histogram_bin(END - 1);
    for (size_t bin = 0; bin <= last; bin++) {
        irqp_time edge = irqp_histogram_edge(bin), next = edge + irqp_histogram_width(bin);
        if (irqp_histogram_edge(bin + 1) != next || irqp_histogram_bin(edge) != bin ||
            irqp_histogram_bin(next - 1) != bin)
            fail_msg("bin %zu", bin);
    }
    assert_int_equal(irqp_histogram_edge(last + 1), END);
    assert_int_equal(irqp_histogram_bin(END), last + 1);
    assert_int_equal(irqp_histogram_bin(IRQP_NEVER), last + 1);
    assert_int_equal(irqp_histogram_bin(-1), 0);
}

static void test_bin_widths(void **state)
{
    (void)state;
    assert_int_equal(irqp_histogram_width(irqp_histogram_bin(65535 * IRQP_NS)), IRQP_NS);
    assert_int_equal(irqp_histogram_width(irqp_histogram_bin(65536 * IRQP_NS)), 2 * IRQP_NS);
    assert_int_equal(irqp_histogram_width(irqp_histogram_bin(131071 * IRQP_NS)), 2 * IRQP_NS);
    assert_int_equal(irqp_histogram_width(irqp_histogram_bin(131072 * IRQP_NS)), 4 * IRQP_NS);
    for (irqp_time value = IRQP_US; value < END; value *= 3) /* relative resolution: 2^-15 from 65 us on */
        assert_true(irqp_histogram_width(irqp_histogram_bin(value)) <=
                    (value / 32768 > IRQP_NS ? value / 32768 : IRQP_NS));
}

static void test_empty(void **state)
{
    (void)state;
    struct irqp_histogram h;
    irqp_histogram_init(&h);
    irqp_time value = 42;
    double mean = 43;
    assert_false(irqp_histogram_quantile(&h, 0.5, &value));
    assert_false(irqp_histogram_mean(&h, &mean));
    assert_false(irqp_histogram_mode(&h, IRQP_US, &value));
    assert_int_equal(value, 42);
    assert_true(mean == 43);
    assert_int_equal(irqp_histogram_exceeding(&h, -5), 0);
    assert_int_equal(irqp_histogram_exceeding(&h, 0), 0);
    assert_int_equal(h.minimum, IRQP_NEVER);
    assert_int_equal(h.maximum, -1);
    assert_int_equal(irqp_histogram_add(&h, 5, 0), IRQP_OK); /* nothing added is still empty */
    assert_int_equal(h.total, 0);
    assert_int_equal(h.minimum, IRQP_NEVER);
    irqp_histogram_clear(&h);
    irqp_histogram_fini(&h);
    irqp_histogram_fini(&h);
}

static int compare(const void *a, const void *b)
{
    irqp_time left = *(const irqp_time *)a, right = *(const irqp_time *)b;
    return (left > right) - (left < right);
}

static irqp_time random_latency(struct irqp_stream *stream)
{
    uint64_t u = irqp_stream_next(stream);
    return (irqp_time)((u >> 16) >> (u & 31)); /* from picoseconds to minutes, in all octaves */
}

/* Every rank: the lower edge of the bin of the sorted sample, exact at both ends. */
static void test_quantiles_against_sorted(void **state)
{
    (void)state;
    enum { N = 5000 };
    static irqp_time values[N];
    struct irqp_stream stream;
    irqp_stream_init(&stream, 11, 0, 0, 0);
    struct irqp_histogram h;
    irqp_histogram_init(&h);
    for (int i = 0; i < N; i++) {
        values[i] = random_latency(&stream);
        assert_int_equal(irqp_histogram_add(&h, values[i], 1), IRQP_OK);
    }
    qsort(values, N, sizeof *values, compare);
    for (int rank = 1; rank <= N; rank++) {
        irqp_time value = -1, expected = irqp_histogram_edge(irqp_histogram_bin(values[rank - 1]));
        if (rank == 1 || rank == N)
            expected = values[rank - 1];
        assert_true(irqp_histogram_quantile(&h, (double)rank / N, &value));
        assert_int_equal(value, expected);
        if (rank < N) { /* a hair more asks for the next */
            assert_true(irqp_histogram_quantile(&h, (rank + 0.001) / N, &value));
            expected = irqp_histogram_edge(irqp_histogram_bin(values[rank]));
            assert_int_equal(value, rank + 1 == N ? values[rank] : expected);
        }
    }
    for (int i = 0; i < N; i += 97) {
        uint64_t expected = 0;
        for (int j = 0; j < N; j++)
            expected += irqp_histogram_bin(values[j]) >= irqp_histogram_bin(values[i]);
        assert_int_equal(irqp_histogram_exceeding(&h, values[i]), expected);
    }
    irqp_histogram_fini(&h);
}

static void test_ranks(void **state)
{
    (void)state;
    for (uint64_t n = 10; n <= UINT64_C(1000000000000000); n *= 10) {
        assert_int_equal(irqp_quantile_rank(0.9, n), n / 10 * 9);
        assert_int_equal(irqp_quantile_rank(0.1, n), n / 10);
        assert_int_equal(irqp_quantile_rank(0.7, n), n / 10 * 7);
        if (n >= 100000)
            assert_int_equal(irqp_quantile_rank(0.99999, n), n / 100000 * 99999);
    }
    assert_int_equal(irqp_quantile_rank(0.29, 100), 29);
    assert_int_equal(irqp_quantile_rank(0.2901, 100), 30);
    assert_int_equal(irqp_quantile_rank(0.5, 3), 2);
    assert_int_equal(irqp_quantile_rank(0, 7), 1);
    assert_int_equal(irqp_quantile_rank(1e-300, 7), 1);
    assert_int_equal(irqp_quantile_rank(-1, 7), 1);
    assert_int_equal(irqp_quantile_rank(1, 7), 7);
    assert_int_equal(irqp_quantile_rank(2, 7), 7);
    assert_int_equal(irqp_quantile_rank(0.5, UINT64_MAX), UINT64_C(1) << 63);
}

static void assert_same(const struct irqp_histogram *a, const struct irqp_histogram *b)
{
    assert_int_equal(a->total, b->total);
    assert_int_equal(a->overflow, b->overflow);
    assert_int_equal(a->underflow, b->underflow);
    assert_int_equal(a->minimum, b->minimum);
    assert_int_equal(a->maximum, b->maximum);
    assert_true(a->sum == b->sum);
    for (size_t i = 0; i < a->capacity || i < b->capacity; i++)
        if ((i < a->capacity ? a->counts[i] : 0) != (i < b->capacity ? b->counts[i] : 0))
            fail_msg("bin %zu differs", i);
}

/* Merging parts is adding everything to one, whatever the order, with samples outside and an empty part. */
static void test_merge_is_concatenation(void **state)
{
    (void)state;
    struct irqp_histogram parts[4], all, merged, reversed;
    for (int i = 0; i < 4; i++)
        irqp_histogram_init(&parts[i]);
    irqp_histogram_init(&all);
    irqp_histogram_init(&merged);
    irqp_histogram_init(&reversed);
    struct irqp_stream stream;
    irqp_stream_init(&stream, 12, 0, 0, 0);
    for (int i = 0; i < 3000; i++) {
        irqp_time value = i == 1000 ? -7 : i == 2000 ? END + 5 : random_latency(&stream);
        irqp_histogram_add(&parts[i % 3], value, 1 + (uint64_t)i % 5);
        irqp_histogram_add(&all, value, 1 + (uint64_t)i % 5);
    }
    for (int i = 0; i < 4; i++) {
        assert_int_equal(irqp_histogram_merge(&merged, &parts[i]), IRQP_OK);
        assert_int_equal(irqp_histogram_merge(&reversed, &parts[3 - i]), IRQP_OK);
    }
    assert_same(&merged, &all);
    assert_same(&reversed, &all);
    irqp_histogram_clear(&merged);
    assert_int_equal(merged.total, 0);
    assert_int_equal(irqp_histogram_merge(&merged, &all), IRQP_OK);
    assert_same(&merged, &all);
    for (int i = 0; i < 4; i++)
        irqp_histogram_fini(&parts[i]);
    irqp_histogram_fini(&all);
    irqp_histogram_fini(&merged);
    irqp_histogram_fini(&reversed);
}

static void test_record_is_add(void **state)
{
    (void)state;
    struct irqp_histogram recorded, added;
    irqp_histogram_init(&recorded);
    irqp_histogram_init(&added);
    static const irqp_time special[] = {0,   -1,  INT64_MIN, END, END - 1, IRQP_NEVER, 65536 * IRQP_NS,
                                        999, 1000};
    assert_int_equal(irqp_histogram_reserve(&recorded, 20 * IRQP_US), IRQP_OK);
    uint64_t *room = recorded.counts;
    struct irqp_stream stream;
    irqp_stream_init(&stream, 13, 0, 0, 0);
    for (int i = 0; i < 1000; i++) { /* within what is reserved nothing is allocated */
        irqp_time value = (irqp_time)irqp_stream_below(&stream, 20 * IRQP_US);
        assert_int_equal(irqp_histogram_record(&recorded, value), IRQP_OK);
        irqp_histogram_add(&added, value, 1);
    }
    assert_ptr_equal(recorded.counts, room);
    assert_same(&recorded, &added);
    for (size_t i = 0; i < sizeof special / sizeof *special; i++) {
        assert_int_equal(irqp_histogram_record(&recorded, special[i]), IRQP_OK);
        irqp_histogram_add(&added, special[i], 1);
        assert_same(&recorded, &added);
    }
    irqp_histogram_fini(&recorded);
    irqp_histogram_fini(&added);
}

static void test_outside_is_visible(void **state)
{
    (void)state;
    struct irqp_histogram h;
    irqp_histogram_init(&h);
    irqp_histogram_add(&h, -300, 2);
    assert_int_equal(h.maximum, -300);
    irqp_histogram_add(&h, 5 * IRQP_US, 4);
    irqp_histogram_add(&h, END, 3);
    irqp_histogram_add(&h, END + 77, 1);
    assert_int_equal(h.total, 10);
    assert_int_equal(h.underflow, 2);
    assert_int_equal(h.overflow, 4);
    irqp_time value;
    assert_true(irqp_histogram_quantile(&h, 0.2, &value));
    assert_int_equal(value, -300);
    assert_true(irqp_histogram_quantile(&h, 0.3, &value));
    assert_int_equal(value, 5 * IRQP_US);
    assert_true(irqp_histogram_quantile(&h, 0.7, &value));
    assert_int_equal(value, IRQP_NEVER);
    assert_true(irqp_histogram_quantile(&h, 1, &value));
    assert_int_equal(value, END + 77);
    assert_int_equal(irqp_histogram_exceeding(&h, END), 4);
    assert_int_equal(irqp_histogram_exceeding(&h, 5 * IRQP_US), 8);
    assert_int_equal(irqp_histogram_exceeding(&h, 6 * IRQP_US), 4);
    assert_int_equal(irqp_histogram_exceeding(&h, -300), 10);
    assert_int_equal(irqp_histogram_exceeding(&h, END + 78), 0);
    double mean;
    assert_true(irqp_histogram_mean(&h, &mean));
    assert_true(mean == (double)((-600.0L + 20.0L * IRQP_US + 4.0L * END + 77) / 10));
    irqp_histogram_fini(&h);

    irqp_histogram_init(&h); /* nothing but overflow: no mode */
    irqp_histogram_add(&h, IRQP_NEVER, UINT64_C(1) << 62);
    assert_false(irqp_histogram_mode(&h, IRQP_US, &value));
    assert_true(irqp_histogram_mean(&h, &mean));
    assert_true(mean > 9.2e18 && mean < 9.3e18); /* the sum does not wrap */
    irqp_histogram_fini(&h);
}

static void test_mode(void **state)
{
    (void)state;
    struct irqp_histogram h;
    irqp_histogram_init(&h);
    irqp_histogram_add(&h, 3 * IRQP_US, 5);
    irqp_histogram_add(&h, 7 * IRQP_US + 100 * IRQP_NS, 3);
    irqp_histogram_add(&h, 7 * IRQP_US + 900 * IRQP_NS, 3);
    irqp_histogram_add(&h, 100 * IRQP_US, 6);
    irqp_time mode;
    assert_true(irqp_histogram_mode(&h, IRQP_US, &mode)); /* 6 in [7, 8) us and in [100, 101) us: the lower */
    assert_int_equal(mode, 7 * IRQP_US + IRQP_US / 2);
    assert_true(irqp_histogram_mode(&h, IRQP_NS, &mode));
    assert_int_equal(mode, 100 * IRQP_US + IRQP_NS / 2);
    assert_true(irqp_histogram_mode(&h, 10 * IRQP_US, &mode));
    assert_int_equal(mode, 5 * IRQP_US);
    assert_false(irqp_histogram_mode(&h, 0, &mode));
    irqp_histogram_fini(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bins_tile),     cmocka_unit_test(test_bin_widths),
        cmocka_unit_test(test_empty),         cmocka_unit_test(test_quantiles_against_sorted),
        cmocka_unit_test(test_ranks),         cmocka_unit_test(test_merge_is_concatenation),
        cmocka_unit_test(test_record_is_add), cmocka_unit_test(test_outside_is_visible),
        cmocka_unit_test(test_mode),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
