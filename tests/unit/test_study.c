/* The study runner, with a toy model whose samples are drawn from (seed, batch). */
#include "irqpath/random.h"
#include "irqpath/study.h"
#include "toy_study.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct irqp_run_options options_for(unsigned threads)
{
    return (struct irqp_run_options){.samples = 10007, .batch = 100, .seed = 42, .threads = threads};
}

static void assert_same_histogram(const struct irqp_histogram *a, const struct irqp_histogram *b)
{
    assert_int_equal(a->total, b->total);
    assert_int_equal(a->overflow, b->overflow);
    assert_int_equal(a->minimum, b->minimum);
    assert_int_equal(a->maximum, b->maximum);
    assert_true(a->sum == b->sum);
    for (size_t i = 0; i < a->capacity || i < b->capacity; i++)
        assert_int_equal(i < a->capacity ? a->counts[i] : 0, i < b->capacity ? b->counts[i] : 0);
}

static void same_outcome_for_every_number_of_threads(void **state)
{
    (void)state;
    struct toy toy = {.fails_at = TOY_NEVER};
    struct irqp_run one, many;
    struct irqp_run_options options = options_for(1);
    assert_int_equal(irqp_run(&one, &toy_model, &toy, &options), IRQP_OK);
    assert_int_equal(one.planned, 101);
    assert_int_equal(one.done, 101);
    assert_false(one.partial);
    assert_int_equal(one.result.thread.total, 10007);
    assert_int_equal(one.batches[100].samples, 7);
    assert_int_equal(one.spread.batches, 100); /* the full ones */
    assert_int_equal(one.spread.reached[0], 10000);
    assert_int_equal(one.interrupt_spread.batches, 100);
    assert_int_equal(one.interrupt_spread.reached[0], 10000);
    double effect = irqp_run_design_effect(&one, 30 * IRQP_US);
    assert_true(effect >= 1 && effect < 1.5); /* the toy's samples are independent */

    static const unsigned threads[] = {2, 3, 7, 0, 500};
    for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) {
        options = options_for(threads[i]);
        assert_int_equal(irqp_run(&many, &toy_model, &toy, &options), IRQP_OK);
        assert_same_histogram(&one.result.thread, &many.result.thread);
        assert_same_histogram(&one.result.interrupt, &many.result.interrupt);
        assert_memory_equal(one.batches, many.batches, one.planned * sizeof *one.batches);
        assert_memory_equal(&one.spread, &many.spread, sizeof one.spread);
        assert_memory_equal(&one.interrupt_spread, &many.interrupt_spread, sizeof one.interrupt_spread);
        size_t rest = offsetof(struct irqp_result, batches);
        assert_memory_equal((char *)&one.result + rest, (char *)&many.result + rest,
                            sizeof one.result - rest);
        irqp_run_fini(&many);
    }
    irqp_run_fini(&one);
}

static void nothing_to_do_is_done(void **state)
{
    (void)state;
    struct toy toy = {.fails_at = TOY_NEVER};
    struct irqp_run run;
    struct irqp_run_options options = options_for(3);
    options.samples = 0;
    assert_int_equal(irqp_run(&run, &toy_model, &toy, &options), IRQP_OK);
    assert_int_equal(run.planned, 0);
    assert_false(run.partial);
    irqp_run_fini(&run);
    options = options_for(3);
    options.batch = 1;
    options.samples = UINT64_MAX;
    assert_int_equal(irqp_run(&run, &toy_model, &toy, &options), IRQP_INPUT);
    irqp_run_fini(&run);
}

struct watcher {
    volatile int stop;
    uint64_t stop_at, last;
    size_t calls;
};

static void watch(void *context, uint64_t done, uint64_t samples)
{
    struct watcher *watcher = context;
    assert_true(done >= watcher->last && done <= samples);
    watcher->last = done;
    watcher->calls++;
    if (done >= watcher->stop_at)
        __atomic_store_n(&watcher->stop, 1, __ATOMIC_RELAXED);
}

static void batches_grow_with_the_samples(void **state)
{
    (void)state;
    assert_int_equal(irqp_batch_size(40, UINT64_C(100000000)), 40);
    assert_int_equal(irqp_batch_size(0, 1), 300);
    assert_int_equal(irqp_batch_size(0, 1500000), 300);
    assert_int_equal(irqp_batch_size(0, 1500001), 301);
    assert_int_equal(irqp_batch_size(0, UINT64_C(100000000)), 20000);
    struct toy toy = {.fails_at = TOY_NEVER};
    struct irqp_run run;
    struct irqp_run_options options = options_for(3);
    options.samples = 700;
    options.batch = 0;
    assert_int_equal(irqp_run(&run, &toy_model, &toy, &options), IRQP_OK);
    assert_int_equal(run.batch, 300);
    assert_int_equal(run.planned, 3);
    assert_int_equal(run.batches[1].samples, 300);
    assert_int_equal(run.batches[2].samples, 100);
    assert_int_equal(run.result.thread.total, 700);
    irqp_run_fini(&run);
}

static void progress_reaches_the_end(void **state)
{
    (void)state;
    struct toy toy = {.fails_at = TOY_NEVER};
    struct irqp_run run;
    struct watcher watcher = {.stop_at = UINT64_MAX};
    struct irqp_run_options options = options_for(2);
    options.progress = watch;
    options.context = &watcher;
    assert_int_equal(irqp_run(&run, &toy_model, &toy, &options), IRQP_OK);
    assert_true(watcher.calls > 0);
    assert_int_equal(watcher.last, options.samples);
    irqp_run_fini(&run);
}

static void stopping_leaves_the_finished_batches(void **state)
{
    (void)state;
    /* A batch that waits to be stopped: the run cannot end otherwise. */
    struct toy toy = {.fails_at = TOY_NEVER, .waits_at = 50};
    struct irqp_run run;
    struct watcher watcher = {.stop_at = 1000};
    struct irqp_run_options options = options_for(3);
    options.progress = watch;
    options.context = &watcher;
    options.stop = &watcher.stop;
    assert_int_equal(irqp_run(&run, &toy_model, &toy, &options), IRQP_INTERRUPTED);
    assert_true(run.partial);
    assert_true(run.done > 0 && run.done < run.planned);
    assert_int_equal(run.batches[50].samples, 0);
    uint64_t samples = 0, batches = 0;
    for (uint64_t i = 0; i < run.planned; i++) {
        samples += run.batches[i].samples;
        batches += run.batches[i].samples > 0;
    }
    assert_int_equal(samples, run.result.thread.total);
    assert_int_equal(batches, run.done);
    assert_int_equal(batches, run.result.batches);
    irqp_run_fini(&run);
}

static void stopped_before_the_start(void **state)
{
    (void)state;
    struct toy toy = {.fails_at = TOY_NEVER};
    struct irqp_run run;
    volatile int stop = 1;
    struct irqp_run_options options = options_for(2);
    options.stop = &stop;
    assert_int_equal(irqp_run(&run, &toy_model, &toy, &options), IRQP_INTERRUPTED);
    assert_true(run.partial);
    assert_int_equal(run.done, 0);
    assert_int_equal(run.result.thread.total, 0);
    irqp_run_fini(&run);
}

static void the_first_failing_batch_decides(void **state)
{
    (void)state;
    /* From batch 40 on all fail, the first of them in its own way. */
    struct toy toy = {.fails_at = 40, .first_failure = IRQP_MODEL, .later_failure = IRQP_NO_MEMORY};
    for (unsigned threads = 1; threads <= 8; threads++) {
        struct irqp_run run;
        struct irqp_run_options options = options_for(threads);
        assert_int_equal(irqp_run(&run, &toy_model, &toy, &options), IRQP_MODEL);
        assert_true(run.partial);
        assert_int_equal(run.done, 40);
        irqp_run_fini(&run);
    }
}

static double pick_mean(const struct irqp_batch_summary *batch)
{
    return batch->thread.mean;
}

static void intervals_are_over_batches(void **state)
{
    (void)state;
    struct irqp_batch_summary batches[5] = {{.samples = 10, .thread.mean = 1},
                                            {.samples = 10, .thread.mean = 2},
                                            {.samples = 0},
                                            {.samples = 10, .thread.mean = 3},
                                            {.samples = 4, .thread.mean = 1000}};
    struct irqp_run run = {.batches = batches, .planned = 5, .done = 4};
    double mean = 0, half_width = 0;
    assert_true(irqp_run_interval(&run, pick_mean, &mean, &half_width));
    assert_true(mean > 2 - 1e-12 && mean < 2 + 1e-12);
    /* t(0.975, 2) = 4.302653, standard error 1 / sqrt(3) */
    assert_true(half_width > 2.48413 && half_width < 2.48415);
    run.planned = 1;
    assert_false(irqp_run_interval(&run, pick_mean, &mean, &half_width));
    run.planned = 0;
    assert_false(irqp_run_interval(&run, pick_mean, &mean, &half_width));
}

/* Work 10, 20 and 30 in a second each, and 5 in a shorter batch of half a second: 65 / 3.5 s. */
static void throughput_is_a_ratio_of_sums(void **state)
{
    (void)state;
    struct irqp_batch_summary batches[5] = {{.samples = 10, .work = 10, .simulated = IRQP_S},
                                            {.samples = 10, .work = 20, .simulated = IRQP_S},
                                            {.samples = 0},
                                            {.samples = 10, .work = 30, .simulated = IRQP_S},
                                            {.samples = 5, .work = 5, .simulated = IRQP_S / 2}};
    struct irqp_run run = {.batches = batches, .planned = 5, .done = 4};
    struct irqp_throughput throughput;
    double seconds, low, high;
    assert_false(irqp_run_throughput(&run, &throughput));
    run.result.work = 65;
    run.result.simulated = 7 * IRQP_S / 2;
    assert_true(irqp_run_throughput(&run, &throughput));
    assert_true(fabs(throughput.rate - 65 / 3.5) < 1e-12);
    /* residuals -8.571, 1.429, 11.429, -4.286: squares 224.5; times 4/3, root, t(0.975, 3) = 3.18245, by 3.5
     */
    assert_true(fabs(throughput.half_width - 3.18245 * sqrt(4.0 / 3 * 224.4898) / 3.5) < 1e-3);
    assert_true(irqp_throughput_run_time(&throughput, 650, &seconds, &low, &high));
    assert_true(fabs(seconds - 35) < 1e-9);
    assert_true(low > 18 && low < 20 && high > 200);
    assert_false(irqp_throughput_run_time(&throughput, 0, &seconds, &low, &high));
    run.planned = 1;
    assert_true(irqp_run_throughput(&run, &throughput));
    assert_true(isnan(throughput.half_width));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_outcome_for_every_number_of_threads),
        cmocka_unit_test(nothing_to_do_is_done),
        cmocka_unit_test(batches_grow_with_the_samples),
        cmocka_unit_test(progress_reaches_the_end),
        cmocka_unit_test(stopping_leaves_the_finished_batches),
        cmocka_unit_test(stopped_before_the_start),
        cmocka_unit_test(the_first_failing_batch_decides),
        cmocka_unit_test(intervals_are_over_batches),
        cmocka_unit_test(throughput_is_a_ratio_of_sums),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
