/* Same inputs, same bytes: whatever the number of threads, the order of the batches, or the time of day. */
#include "harness.h"

static const char *const files[] = {
    SCENARIOS "/paper/fig6-hackbench-l4linux.yaml",
    SCENARIOS "/paper/fig7-compile-l4linux.yaml",
    SCENARIOS "/paper/fig7-compile-native.yaml",
};
enum { FILES = sizeof files / sizeof *files };

static struct subject subject_of(const char *file)
{
    return subject_make(file, OVERRIDES("run.warm_up=20 ms"), NULL);
}

static void run(struct irqp_run *run, const struct subject *subject, unsigned threads, uint64_t seed)
{
    const struct irqp_run_options options = {.samples = 1050, .batch = 100, .seed = seed, .threads = threads};
    assert_int_equal(irqp_run(run, &irqp_interrupt_path, subject->machine, &options), IRQP_OK);
    assert_int_equal(run->done, 11); /* the last one is short */
    assert_int_equal(run->result.thread.total, 1050);
}

static void threads_do_not_matter(void **state)
{
    (void)state;
    for (int i = 0; i < FILES; i++) {
        struct subject subject = subject_of(files[i]);
        struct irqp_run one, other;
        run(&one, &subject, 1, 7);
        for (unsigned threads = 1; threads <= 3; threads++) {
            run(&other, &subject, threads, 7);
            const char *difference = first_difference(&one.result, &other.result);
            if (difference)
                fail_msg("%s with %u threads: %s", files[i], threads, difference);
            assert_memory_equal(one.batches, other.batches, one.planned * sizeof *one.batches);
            irqp_run_fini(&other);
        }
        irqp_run_fini(&one);
        subject_drop(&subject);
    }
}

/* A scenario that is loaded and linked anew is the same machine. */
static void loading_again_does_not_matter(void **state)
{
    (void)state;
    for (int i = 0; i < FILES; i++) {
        struct outcome *outcomes[2];
        for (int time = 0; time < 2; time++) {
            struct subject subject = subject_of(files[i]);
            outcomes[time] = outcome_of_batch(&subject, 7, 3, 300, false);
            subject_drop(&subject);
        }
        assert_null(first_difference(&outcomes[0]->result, &outcomes[1]->result));
        outcome_free(outcomes[0]);
        outcome_free(outcomes[1]);
    }
}

static void batches_do_not_know_of_each_other(void **state)
{
    (void)state;
    struct subject subject = subject_of(files[1]);
    struct outcome *forth = outcome_of_batch(&subject, 7, 0, 200, false);
    struct outcome *back = outcome_of_batch(&subject, 7, 2, 200, false);
    for (uint64_t batch = 1; batch < 3; batch++)
        assert_int_equal(
            irqp_interrupt_path.run_batch(subject.machine, 7, batch, 200, false, NULL, &forth->result),
            IRQP_OK);
    for (uint64_t batch = 2; batch-- > 0;)
        assert_int_equal(
            irqp_interrupt_path.run_batch(subject.machine, 7, batch, 200, false, NULL, &back->result),
            IRQP_OK);
    const char *difference = first_difference(&forth->result, &back->result);
    if (difference)
        fail_msg("%s", difference);
    outcome_free(forth);
    outcome_free(back);
    subject_drop(&subject);
}

static void seeds_and_batches_differ(void **state)
{
    (void)state;
    for (int i = 0; i < FILES; i++) {
        struct subject subject = subject_of(files[i]);
        struct outcome *one = outcome_of_batch(&subject, 7, 0, 200, false);
        struct outcome *seed = outcome_of_batch(&subject, 8, 0, 200, false);
        struct outcome *batch = outcome_of_batch(&subject, 7, 1, 200, false);
        assert_true(one->result.trajectory != seed->result.trajectory);
        assert_true(one->result.trajectory != batch->result.trajectory);
        assert_false(same_histogram(&one->result.thread, &seed->result.thread));
        assert_false(same_histogram(&one->result.thread, &batch->result.thread));
        outcome_free(one);
        outcome_free(seed);
        outcome_free(batch);
        subject_drop(&subject);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(loading_again_does_not_matter),
        cmocka_unit_test(batches_do_not_know_of_each_other),
        cmocka_unit_test(seeds_and_batches_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
