/* Sums of draws: against the same draws one by one, at their ends, and of one part alone. */
#include "irqpath/random.h"
#include "irqpath/sum.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { PARTS = 3, LOG2 = 3, DRAWS = 200000 };
static const uint64_t CAP = UINT64_MAX - (UINT64_C(1) << 56) + 1; /* all but 2^-8 */

static void make(struct irqp_table *tables)
{
    struct irqp_distribution *part[PARTS] = {irqp_distribution_new(IRQP_GAMMA, 3e5, 0.3, 0),
                                             irqp_distribution_new(IRQP_LOGNORMAL, 2e5, 1, 0),
                                             irqp_distribution_new(IRQP_UNIFORM, 1e5, 4e5, 0)};
    for (int i = 0; i < PARTS; i++) {
        assert_non_null(part[i]);
        assert_int_equal(irqp_table_init(&tables[i], part[i], NULL), IRQP_OK);
        assert_true(irqp_table_rises(&tables[i]));
        irqp_distribution_free(part[i]);
    }
}

static int by_value(const void *a, const void *b)
{
    const irqp_time *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static irqp_time one_by_one(const struct irqp_table *tables, unsigned times, struct irqp_stream *stream)
{
    irqp_time sum = 0;
    for (unsigned n = 0; n < times; n++)
        for (int i = 0; i < PARTS; i++)
            sum += irqp_table_draw(&tables[i], irqp_stream_below(stream, CAP));
    return sum;
}

/* The largest difference of the two empirical distribution functions; sorts both. */
static double kolmogorov_smirnov(irqp_time *a, irqp_time *b)
{
    qsort(a, DRAWS, sizeof *a, by_value);
    qsort(b, DRAWS, sizeof *b, by_value);
    double largest = 0;
    for (size_t i = 0, j = 0; i < DRAWS && j < DRAWS;) {
        irqp_time at = a[i] < b[j] ? a[i] : b[j];
        while (i < DRAWS && a[i] <= at)
            i++;
        while (j < DRAWS && b[j] <= at)
            j++;
        largest = fmax(largest, fabs((double)i - (double)j) / DRAWS);
    }
    return largest;
}

static void as_one_by_one(void **state)
{
    (void)state;
    struct irqp_table tables[PARTS];
    const struct irqp_table *list[PARTS] = {&tables[0], &tables[1], &tables[2]};
    struct irqp_sum *sums[LOG2 + 1];
    make(tables);
    assert_int_equal(irqp_sums_new(sums, LOG2, list, PARTS, CAP), IRQP_OK);
    irqp_time *a = malloc(DRAWS * sizeof *a), *b = malloc(DRAWS * sizeof *b);
    assert_non_null(a);
    assert_non_null(b);
    struct irqp_stream stream;
    irqp_stream_init(&stream, 1, 2, 3, 4);
    for (unsigned log2 = 0; log2 <= LOG2; log2++) {
        double mean[2] = {0, 0}, square = 0, expected = 0;
        for (int i = 0; i < DRAWS; i++) {
            uint64_t u = irqp_stream_next(&stream);
            a[i] = irqp_sum_draw(sums[log2], u, irqp_stream_next(&stream));
            b[i] = one_by_one(tables, 1U << log2, &stream);
            assert_in_range(a[i], 0, irqp_sum_maximum(sums[log2]));
            assert_in_range(b[i], 0, irqp_sum_maximum(sums[log2]));
            mean[0] += (double)a[i] / DRAWS;
            mean[1] += (double)b[i] / DRAWS;
            square += (double)b[i] * (double)b[i] / DRAWS;
        }
        for (int i = 0; i < PARTS; i++)
            expected += irqp_sum_part_mean(&tables[i], CAP) * (double)(1U << log2);
        double error = sqrt((square - mean[1] * mean[1]) / DRAWS);
        assert_true(fabs(mean[0] - expected) < 5 * error);
        assert_true(fabs(mean[1] - expected) < 5 * error);
        /* exp(-2 D^2 n/2) = 10^-6 at 0.0083 */
        double difference = kolmogorov_smirnov(a, b);
        if (difference > 0.0083)
            fail_msg("of %u draws: distance %g", 1U << log2, difference);
        irqp_sum_free(sums[log2]);
    }
    free(a);
    free(b);
    for (int i = 0; i < PARTS; i++)
        irqp_table_fini(&tables[i]);
}

/* One part alone is drawn as its table draws, to a step of the grid and the distance of its readings. */
static void of_one_part(void **state)
{
    (void)state;
    struct irqp_table tables[PARTS];
    struct irqp_sum *sum;
    make(tables);
    const struct irqp_table *list[1] = {&tables[1]};
    assert_int_equal(irqp_sums_new(&sum, 0, list, 1, CAP), IRQP_OK);
    irqp_time step = irqp_sum_step(sum);
    for (uint64_t i = 1; i < 1000; i++) {
        uint64_t share = CAP / 1000 * i, u = UINT64_MAX / 1000 * i;
        irqp_time drawn = irqp_sum_draw(sum, u, 0), gap = irqp_table_draw(&tables[1], share + CAP / 30000) -
                                                          irqp_table_draw(&tables[1], share - CAP / 30000);
        assert_true(llabs(drawn - irqp_table_draw(&tables[1], share)) < 2 * step + gap);
    }
    irqp_sum_free(sum);
    for (int i = 0; i < PARTS; i++)
        irqp_table_fini(&tables[i]);
}

/* A choice of atoms does not rise with u; neither end of its draws can be told from a cap. */
static void what_does_not_rise(void **state)
{
    (void)state;
    struct irqp_distribution *atoms = irqp_distribution_new(IRQP_EMPIRICAL, 0, 0, 0);
    struct irqp_table table;
    assert_int_equal(irqp_distribution_add_point(atoms, 1000, 1), IRQP_OK);
    assert_int_equal(irqp_distribution_add_point(atoms, 2000, 1), IRQP_OK);
    assert_int_equal(irqp_table_init(&table, atoms, NULL), IRQP_OK);
    assert_false(irqp_table_rises(&table));
    irqp_table_fini(&table);
    irqp_distribution_free(atoms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_one_by_one),
        cmocka_unit_test(of_one_part),
        cmocka_unit_test(what_does_not_rise),
    };
    return cmocka_run_group_tests_name("sum", tests, NULL, NULL);
}
