/* The other side of a latency: the work that the load does, the CPU's time by mode, and crossings. With
 * constant costs each has a closed form. */
#include "harness.h"

static uint64_t counter(const struct outcome *outcome, enum counter which)
{
    return outcome->result.counters[which];
}

/* A process that does nothing but one kind of operation; nothing else runs, and cyclictest hardly does. */
static struct outcome *loaded(struct subject *subject, const char *placement, const char *load)
{
    *subject =
        subject_make(MICRO("idle"), OVERRIDES("cyclictest.interval=100 ms", "guest.hz=0", "run.warm_up=0 us"),
                     OVERRIDES(placement, load));
    struct outcome *outcome = outcome_of_batch(subject, 1, 0, 10, false);
    assert_int_equal(outcome->status, IRQP_OK);
    return outcome;
}

#define ALONE(steps)                                                                                         \
    "load={work: {unit: rounds, program: a, total: 1000000}, processes: [{program: a}], programs: {a: "      \
    "{steps: [" steps "]}}}"

/* A round takes as long as its steps: 20 us of computing, less what cyclictest takes. */
static void a_round_takes_as_long_as_its_steps(void **state)
{
    (void)state;
    struct subject subject;
    struct outcome *outcome = loaded(&subject, "placement=native", ALONE("{compute: 20 us}"));
    uint64_t rounds = (uint64_t)(outcome->result.simulated / (20 * IRQP_US));
    assert_in_range(outcome->result.work, rounds - 15, rounds);
    assert_int_equal(counter(outcome, COUNT_ENTRIES), 0);
    outcome_free(outcome);
    subject_drop(&subject);
}

/* System calls in direct succession, as they are in no other load: each is counted, and native Linux enters
 * no microkernel. Rehosted, each enters it twice: the exception, and the resume call. */
static void every_system_call_crosses(void **state)
{
    (void)state;
    static const char *const placements[] = {"placement=native", "placement=rehosted"};
    for (int rehosted = 0; rehosted < 2; rehosted++) {
        struct subject subject;
        struct outcome *outcome =
            loaded(&subject, placements[rehosted],
                   ALONE("{syscall: {work: 7 us}}, {syscall: {work: 3 us}}, {repeat: {times: 2, steps: "
                         "[{syscall: {work: 5 us}}]}}"));
        uint64_t calls = counter(outcome, COUNT_SYSTEM_CALLS), rounds = outcome->result.work;
        uint64_t own = 10 + 1; /* of cyclictest */
        assert_true(rounds > 10000);
        assert_in_range(calls, 4 * rounds, 4 * rounds + 4 + own);
        uint64_t entries = counter(outcome, COUNT_ENTRIES);
        if (rehosted)
            assert_in_range(entries, 2 * calls - 2, 2 * calls + 40 * own);
        else
            assert_int_equal(entries, 0);
        outcome_free(outcome);
        subject_drop(&subject);
    }
}

/* Faults are crossings, but no system calls. */
static void faults_are_no_system_calls(void **state)
{
    (void)state;
    struct subject subject;
    struct outcome *outcome =
        loaded(&subject, "placement=rehosted", ALONE("{compute: 1 us}, {fault: 3}, {syscall: {work: 2 us}}"));
    uint64_t faults = counter(outcome, COUNT_FAULTS), calls = counter(outcome, COUNT_SYSTEM_CALLS);
    assert_in_range(faults, 3 * outcome->result.work, 3 * outcome->result.work + 3);
    assert_in_range(calls, outcome->result.work - 1, outcome->result.work + 1 + 11);
    outcome_free(outcome);
    subject_drop(&subject);
}

/* Each expiry is one interrupt that is delivered, however it is delivered. */
static void every_interrupt_is_counted_once(void **state)
{
    (void)state;
    static const char *const placements[] = {"placement=native", "placement=rehosted"};
    static const char *const loads[] = {"load=", ALONE("{compute: 20 us}"),
                                        ALONE("{syscall: {irq_off: 900 us}}")};
    for (int i = 0; i < 6; i++) {
        struct subject subject;
        struct outcome *outcome = loaded(&subject, placements[i % 2], loads[i / 2]);
        assert_in_range(counter(outcome, COUNT_DELIVERED), 10, 12);
        outcome_free(outcome);
        subject_drop(&subject);
    }
}

/* The CPU's time by mode adds up to the time that was simulated, and is where the load puts it. */
static void the_modes_are_a_partition(void **state)
{
    (void)state;
    struct subject subject;
    struct outcome *outcome =
        loaded(&subject, "placement=native", ALONE("{compute: 30 us}, {syscall: {work: 10 us}}"));
    const struct irqp_result *result = &outcome->result;
    irqp_time sum = 0, crossing = sum_of_costs(&subject, "guest.syscall_entry guest.syscall_exit");
    for (int mode = 0; mode < IRQP_MODES; mode++)
        sum += result->mode_time[mode];
    assert_int_equal(sum, result->simulated);
    double user = (double)result->mode_time[IRQP_MODE_USER] / (double)result->mode_time[IRQP_MODE_KERNEL];
    double expected = 30e6 / (10e6 + (double)crossing);
    assert_true(user > 0.998 * expected && user < 1.002 * expected);
    outcome_free(outcome);
    subject_drop(&subject);
}

/* hackbench does more work natively, and a unit of it is a message. */
static void hackbench_counts_messages(void **state)
{
    (void)state;
    uint64_t work[2];
    static const char *const files[] = {SCENARIOS "/paper/fig6-hackbench-native.yaml",
                                        SCENARIOS "/paper/fig6-hackbench-l4linux.yaml"};
    for (int i = 0; i < 2; i++) {
        struct subject subject = subject_make(files[i], NULL, NULL);
        struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 200, false);
        uint64_t messages = counter(outcome, COUNT_MESSAGES);
        work[i] = outcome->result.work;
        assert_in_range(work[i], messages - 20, messages + 20); /* a receiver may stand between the two */
        outcome_free(outcome);
        subject_drop(&subject);
    }
    assert_true(work[0] > 2 * work[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_round_takes_as_long_as_its_steps),
        cmocka_unit_test(every_system_call_crosses),
        cmocka_unit_test(faults_are_no_system_calls),
        cmocka_unit_test(every_interrupt_is_counted_once),
        cmocka_unit_test(the_modes_are_a_partition),
        cmocka_unit_test(hackbench_counts_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
