/* Results: merging is exact in any order and grouping, and the worst sample follows its tie rule. */
#include "irqpath/random.h"
#include "irqpath/result.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PARTS = 6 };

/* Fills a result with numbers that differ in every field and place. */
static void fill(struct irqp_result *result, uint64_t batch)
{
    struct irqp_stream stream;
    irqp_stream_init(&stream, 5, batch, 0, 0);
    irqp_result_init(result);
    for (int i = 0; i < 50; i++) {
        irqp_histogram_add(&result->thread, (irqp_time)irqp_stream_below(&stream, 300 * IRQP_US), 1);
        irqp_histogram_add(&result->interrupt, (irqp_time)irqp_stream_below(&stream, 100 * IRQP_US), 1);
        irqp_histogram_add(&result->latencies[IRQP_LATENCIES_MAX - 1],
                           (irqp_time)irqp_stream_below(&stream, 50 * IRQP_US), 1);
    }
    result->batches = 1;
    result->simulated = (irqp_time)irqp_stream_below(&stream, 1000000);
    for (int i = 0; i < IRQP_MODES; i++)
        result->mode_time[i] = (irqp_time)irqp_stream_below(&stream, 1000000);
    for (int i = 0; i < IRQP_STEPS_MAX; i++) {
        result->step_time[i] = (irqp_time)irqp_stream_below(&stream, 1000000);
        result->step_hits[i] = irqp_stream_below(&stream, 1000000);
    }
    for (int i = 0; i < IRQP_CAUSES_MAX; i++) {
        result->cause_time[i] = (irqp_time)irqp_stream_below(&stream, 1000000);
        result->cause_hits[i] = irqp_stream_below(&stream, 1000000);
    }
    for (int i = 0; i < IRQP_COUNTERS_MAX; i++)
        result->counters[i] = irqp_stream_below(&stream, 1000000);
    for (int i = 0; i < IRQP_PEAKS_MAX; i++)
        result->peaks[i] = irqp_stream_below(&stream, 1000000);
    result->steps = irqp_stream_below(&stream, 1000000);
    result->draws = irqp_stream_below(&stream, 1000000);
    result->trajectory = irqp_stream_next(&stream); /* its sum wraps */
    result->worst = 100 + (irqp_time)(batch % 2);   /* ties among the odd batches */
    result->worst_batch = batch;
    result->worst_sample = irqp_stream_below(&stream, 50);
    result->worst_count = 3 + batch;
    for (int i = 0; i < IRQP_CHARGES_MAX; i++)
        result->worst_charges[i] =
            (struct irqp_charge){(uint16_t)batch, (uint16_t)i, (irqp_time)irqp_stream_below(&stream, 99)};
}

static void assert_same(const struct irqp_result *a, const struct irqp_result *b)
{
    irqp_time x = 0, y = 0;
    assert_int_equal(a->thread.total, b->thread.total);
    for (int i = 0; i < IRQP_LATENCIES_MAX; i++) {
        assert_int_equal(a->latencies[i].total, b->latencies[i].total);
        assert_true(a->latencies[i].sum == b->latencies[i].sum);
    }
    for (int i = 0; i <= 100; i++) {
        assert_int_equal(irqp_histogram_quantile(&a->thread, i / 100.0, &x),
                         irqp_histogram_quantile(&b->thread, i / 100.0, &y));
        assert_int_equal(x, y);
    }
    assert_int_equal(a->batches, b->batches);
    assert_int_equal(a->simulated, b->simulated);
    assert_memory_equal(a->mode_time, b->mode_time, sizeof a->mode_time);
    assert_memory_equal(a->step_time, b->step_time, sizeof a->step_time);
    assert_memory_equal(a->step_hits, b->step_hits, sizeof a->step_hits);
    assert_memory_equal(a->cause_time, b->cause_time, sizeof a->cause_time);
    assert_memory_equal(a->cause_hits, b->cause_hits, sizeof a->cause_hits);
    assert_memory_equal(a->counters, b->counters, sizeof a->counters);
    assert_memory_equal(a->peaks, b->peaks, sizeof a->peaks);
    assert_int_equal(a->steps, b->steps);
    assert_int_equal(a->draws, b->draws);
    assert_int_equal(a->trajectory, b->trajectory);
    assert_int_equal(a->worst, b->worst);
    assert_int_equal(a->worst_batch, b->worst_batch);
    assert_int_equal(a->worst_sample, b->worst_sample);
    assert_int_equal(a->worst_count, b->worst_count);
    for (int i = 0; i < IRQP_CHARGES_MAX; i++) {
        assert_int_equal(a->worst_charges[i].step, b->worst_charges[i].step);
        assert_int_equal(a->worst_charges[i].cause, b->worst_charges[i].cause);
        assert_int_equal(a->worst_charges[i].duration, b->worst_charges[i].duration);
    }
}

static struct irqp_result *parts, *one, *two;

static int set_up(void **state)
{
    (void)state;
    parts = calloc(PARTS, sizeof *parts);
    one = calloc(1, sizeof *one);
    two = calloc(1, sizeof *two);
    if (!parts || !one || !two)
        return -1;
    for (int i = 0; i < PARTS; i++)
        fill(&parts[i], (uint64_t)i);
    irqp_result_init(one);
    irqp_result_init(two);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (int i = 0; i < PARTS; i++)
        irqp_result_fini(&parts[i]);
    irqp_result_fini(one);
    irqp_result_fini(two);
    free(parts);
    free(one);
    free(two);
    return 0;
}

static void test_any_order(void **state)
{
    (void)state;
    for (int i = 0; i < PARTS; i++) {
        assert_int_equal(irqp_result_merge(one, &parts[i]), IRQP_OK);
        assert_int_equal(irqp_result_merge(two, &parts[PARTS - 1 - i]), IRQP_OK);
    }
    assert_same(one, two);
    assert_int_equal(one->thread.total, 50 * PARTS);
    irqp_time sum = 0;
    for (int i = 0; i < PARTS; i++)
        sum += parts[i].step_time[17];
    assert_int_equal(one->step_time[17], sum);
    assert_int_equal(one->worst, 101);
    assert_int_equal(one->worst_batch, 1); /* the earliest of batches 1, 3, 5 */
    assert_int_equal(one->worst_count, 4);
    assert_int_equal(one->worst_charges[7].step, 1);
}

static void test_any_grouping(void **state)
{
    (void)state;
    for (int i = 0; i < PARTS; i++)
        irqp_result_merge(one, &parts[i]);
    for (int i = 0; i + 1 < PARTS; i += 2)
        irqp_result_merge(&parts[i + 1], &parts[i]);
    for (int i = 1; i < PARTS; i += 2)
        irqp_result_merge(two, &parts[i]);
    assert_same(one, two);
}

static void test_empty_is_neutral(void **state)
{
    (void)state;
    irqp_result_merge(one, two); /* empty into empty */
    assert_int_equal(one->worst, -1);
    assert_int_equal(one->thread.total, 0);
    irqp_result_merge(one, &parts[3]);
    irqp_result_merge(one, two);
    assert_same(one, &parts[3]);
}

static void test_tie_within_batch(void **state)
{
    (void)state;
    one->worst = two->worst = 9;
    one->worst_batch = two->worst_batch = 4;
    one->worst_sample = 8;
    two->worst_sample = 7;
    irqp_result_merge(one, two);
    assert_int_equal(one->worst_sample, 7);
    two->worst_sample = 9;
    irqp_result_merge(one, two);
    assert_int_equal(one->worst_sample, 7);
}

/* A latency of zero is a sample too; a result without one never wins. */
static void test_zero_latency(void **state)
{
    (void)state;
    two->worst = 0;
    two->worst_batch = 3;
    irqp_result_merge(one, two);
    assert_int_equal(one->worst, 0);
    assert_int_equal(one->worst_batch, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_any_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_any_grouping, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_empty_is_neutral, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_tie_within_batch, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_zero_latency, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
