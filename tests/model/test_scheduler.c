/* The guest's scheduler: fixed priorities above fair tasks, equal shares among these, sections that delay it.
 */
#include "harness.h"

static void original(enum effect effect, struct irqp_cpu *cpu, uint16_t argument)
{
    effect_functions[effect - IRQP_EFFECT_MODEL](cpu, argument);
}

/* ---- shares of the processor ---- */

static struct {
    irqp_time since, ran[TASKS];
} shares;

static void switch_task(struct irqp_cpu *cpu, uint16_t argument)
{
    struct run *run = run_of(cpu);
    uint16_t leaving = run->guest.current;
    original(E_SWITCH_TASK, cpu, argument);
    shares.ran[leaving] += cpu->now - shares.since;
    shares.since = cpu->now;
}

/* Processes that never block get equal shares: within a slice, a tick, and one turn of each. */
static void fair_tasks_share_equally(void **state)
{
    (void)state;
    for (int processes = 2; processes <= 3; processes++) {
        char load[128];
        snprintf(load, sizeof load,
                 "load={processes: [{program: a, count: %d}], programs: {a: {steps: [{compute: 1 s}]}}}",
                 processes);
        struct subject subject = subject_make(
            MICRO("idle"), OVERRIDES("guest.hz=1000", "cyclictest.interval=10.7 ms"), OVERRIDES(load));
        memset(&shares, 0, sizeof shares);
        subject_replace_effect(&subject, E_SWITCH_TASK, switch_task);
        outcome_free(outcome_of_batch(&subject, 1, 0, 200, false));
        irqp_time least = IRQP_NEVER, most = 0;
        for (int i = TASK_FIRST_PROCESS; i < TASK_FIRST_PROCESS + processes; i++) {
            least = shares.ran[i] < least ? shares.ran[i] : least;
            most = shares.ran[i] > most ? shares.ran[i] : most;
        }
        assert_true(least * processes > 19 * 107 * IRQP_MS * 9 / 10 / 10);
        assert_true(most - least <= (6 / processes + 1 + 1) * IRQP_MS);
        subject_drop(&subject);
    }
}

/* ---- the fair scheduler's rules, one by one ---- */

/* Switches per second of a load, on which cyclictest has no part. */
static double switches(const char *load, const char *setting)
{
    struct subject subject = subject_make(
        MICRO("idle"), OVERRIDES("guest.hz=1000", "cyclictest.interval=1 s", setting), OVERRIDES(load));
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 10, false);
    assert_int_equal(outcome->status, IRQP_OK);
    double rate = (double)outcome->result.counters[COUNT_SWITCHES] / 10;
    outcome_free(outcome);
    subject_drop(&subject);
    return rate;
}

#define SPINNERS(n) "load={processes: [{program: a, count: " n "}], programs: {a: {steps: [{compute: 1 s}]}}}"

/* The latency period is divided among the tasks, and grows once slices would be shorter than the least: of n
 * tasks each runs until the first tick behind its slice. */
static void slices_are_parts_of_the_period(void **state)
{
    (void)state;
    static const struct {
        const char *load;
        double slice; /* ms, in ticks: longer than 6 / n, or 0.75 */
    } table[] = {{SPINNERS("2"), 4}, {SPINNERS("4"), 2}, {SPINNERS("8"), 1}, {SPINNERS("40"), 1}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        double expected = 1000 / table[i].slice, rate = switches(table[i].load, NULL);
        if (rate < 0.9 * expected || rate > 1.1 * expected)
            fail_msg("%s: %g switches per second, not %g", table[i].load, rate, expected);
    }
}

#define PING(extra)                                                                                          \
    "load={channels: {c: {}}, processes: [{program: client}, {program: server}" extra "], programs: {"       \
    "spin: {steps: [{compute: 1 s}]}, "                                                                      \
    "client: {steps: [{compute: 200 us}, {send: c}]}, server: {steps: [{receive: c}, {compute: 5 us}]}}}"

/* A server that sleeps most of the time has half a period of credit: it preempts its client at each message,
 * as long as that is more than the granularity. Else the next tick does it, for the client is then ahead by
 * more than its slice. */
static void sleepers_preempt_within_their_credit(void **state)
{
    (void)state;
    double preempted = switches(PING(""), NULL), waited = switches(PING(""), "guest.wakeup_granularity=4 ms");
    assert_in_range((int64_t)preempted, 9000, 10000); /* to it and back, for each of 4700 messages */
    assert_in_range((int64_t)waited, 1900, 2100);
}

/* Among many tasks, whoever was preempted by a wake-up goes on when the woken one sleeps again, and not the
 * next in the queue: until it is ahead of that by more than the granularity. */
static unsigned from_server, back_to_client;

static void note_way_back(struct irqp_cpu *cpu, uint16_t argument)
{
    const struct guest *guest = &run_of(cpu)->guest;
    from_server += guest->current == TASK_FIRST_PROCESS + 1;
    back_to_client += guest->current == TASK_FIRST_PROCESS + 1 && guest->next == TASK_FIRST_PROCESS;
    original(E_SWITCH_TASK, cpu, argument);
}

static void the_preempted_task_is_the_last_buddy(void **state)
{
    (void)state;
    struct subject subject = subject_make(MICRO("idle"), OVERRIDES("guest.hz=100", "cyclictest.interval=1 s"),
                                          OVERRIDES(PING(", {program: spin, count: 8}")));
    from_server = back_to_client = 0;
    subject_replace_effect(&subject, E_SWITCH_TASK, note_way_back);
    outcome_free(outcome_of_batch(&subject, 1, 0, 10, false));
    assert_true(from_server > 5000);
    assert_true(back_to_client > from_server * 4 / 5);
    subject_drop(&subject);
}

/* A new task begins behind the others, by a slice: it does not preempt its parent, however often there is
 * one. */
static void new_tasks_begin_with_a_debit(void **state)
{
    (void)state;
    double rate =
        switches("load={processes: [{program: a}], programs: {a: {steps: [{fork: b}, {compute: 3 ms}, wait]},"
                 " b: {steps: [{compute: 100 us}]}}}",
                 NULL);
    /* to the child, to the RCU thread, back: once the parent waits, and not before */
    assert_in_range((int64_t)rate, 800, 1000);
}

/* ---- fixed priorities ---- */

static struct {
    irqp_time woken, longest;
    unsigned count;

} thread_delay;

static void wake_disk_thread(struct irqp_cpu *cpu, uint16_t argument)
{
    original(E_DISK_WAKE_THREAD, cpu, argument);
    thread_delay.woken = cpu->now;
}

static void disk_handled(struct irqp_cpu *cpu, uint16_t argument)
{
    original(E_DISK_COMPLETE, cpu, argument);
    irqp_time delay = cpu->now - thread_delay.woken;
    thread_delay.longest = delay > thread_delay.longest ? delay : thread_delay.longest;
    thread_delay.count++;
}

/* The interrupt thread, at priority 50, runs at once although a fair task computes: what lies between its
 * wake-up and its handler's end is the interrupt's exit, the switch, and the handler. */
static void the_interrupt_thread_preempts_fair_tasks(void **state)
{
    (void)state;
    struct subject subject = subject_make(
        MICRO("reader"), OVERRIDES("placement=native", "cyclictest.interval=1 s", "run.warm_up=0 us"),
        OVERRIDES("load={processes: [{program: reader}, {program: spin, count: 3}], programs: {"
                  "reader: {steps: [{disk: 1}]}, spin: {steps: [{compute: 1 s}]}}}"));
    memset(&thread_delay, 0, sizeof thread_delay);
    subject_replace_effect(&subject, E_DISK_WAKE_THREAD, wake_disk_thread);
    subject_replace_effect(&subject, E_DISK_COMPLETE, disk_handled);
    outcome_free(outcome_of_batch(&subject, 1, 0, 3, false));
    assert_true(thread_delay.count > 100);
    irqp_time expected = sum_of_costs(
        &subject,
        "guest.irq_exit guest.schedule hardware.address_space_switch guest.context_switch"
        " walks.user guest.switch_refill guest.switch_finish guest.block_work guest.thread_handler");
    assert_in_range(thread_delay.longest, expected - constant_cost(&subject, "guest.block_work"), expected);
    subject_drop(&subject);
}

/* cyclictest, above it, preempts its handler; below it, waits for it. */
static void the_interrupt_thread_delays_only_what_is_below(void **state)
{
    (void)state;
    static const char *const placements[] = {"placement=native", "placement=rehosted"};
    static const char *const settings[] = {"costs.guest.thread_handler=400 us", "cyclictest.interval=930 us",
                                           NULL};
    for (int i = 0; i < 2; i++) {
        struct subject above = subject_make(MICRO("reader"), settings, OVERRIDES(placements[i]));
        struct subject below =
            subject_make(MICRO("reader"), settings, OVERRIDES(placements[i], "cyclictest.priority=49"));
        struct outcome *outcome = outcome_of_batch(&above, 1, 0, 500, false);
        assert_true(outcome->result.thread.maximum < 30 * IRQP_US);
        assert_int_equal(cause_time(&above, &outcome->result, "thread: irq/disk"), 0);
        outcome_free(outcome);
        outcome = outcome_of_batch(&below, 1, 0, 3000, false);
        assert_in_range(outcome->result.thread.maximum, 380 * IRQP_US, 430 * IRQP_US);
        assert_true(outcome->result.interrupt.maximum < 30 * IRQP_US);
        assert_true(cause_time(&below, &outcome->result, "thread: irq/disk") > 0);
        outcome_free(outcome);
        subject_drop(&above);
        subject_drop(&below);
    }
}

/* ---- preemption off ---- */

/* The interrupt is taken at once; the task waits for the residual of the section, which is all that varies.
 */
static void sections_with_preemption_off_delay_the_task_only(void **state)
{
    (void)state;
    enum { SAMPLES = 300 };
    struct subject subject = subject_make(MICRO("preemption-off"), OVERRIDES("placement=rehosted"), NULL);
    subject_without_grid(&subject);
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, SAMPLES, false);
    const struct irqp_result *result = &outcome->result;
    assert_true(result->interrupt.maximum < 20 * IRQP_US);
    assert_in_range(result->thread.maximum, 1350 * IRQP_US, 1430 * IRQP_US);
    irqp_time waited = cause_time(&subject, result, "preemption off");
    assert_true(waited > (irqp_time)(result->thread.sum / 100 * 95));
    outcome_free(outcome);
    subject_drop(&subject);
}

/* ---- the wait between equals ---- */

/* Nothing of fixed priority waits for a fair task: under any number of them a wake-up is as long as under
 * one. */
static void fair_tasks_do_not_delay_fixed_priorities(void **state)
{
    (void)state;
    irqp_time latency[2];
    for (int i = 0; i < 2; i++) {
        struct subject subject = subject_make(MICRO("spin"), OVERRIDES("placement=rehosted"),
                                              OVERRIDES(i ? "load.processes=[{program: spin, count: 40}]"
                                                          : "load.processes=[{program: spin}]"));
        subject_without_grid(&subject);
        struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 50, false);
        latency[i] = outcome->result.thread.maximum;
        assert_int_equal(outcome->result.thread.minimum, outcome->result.thread.maximum);
        outcome_free(outcome);
        subject_drop(&subject);
    }
    assert_int_equal(latency[0], latency[1]);
}

/* ---- processes that were forked ---- */

/* Each has a channel of its own, by the order of their start: both messages find who waits for them. */
static void forked_processes_have_channels_of_their_own(void **state)
{
    (void)state;
    struct subject subject = subject_make(
        MICRO("idle"), OVERRIDES("cyclictest.interval=1 ms"),
        OVERRIDES(
            "load={channels: {box: {count: 2}}, processes: [{program: parent}], programs: {parent: {steps: "
            "[{fork: child}, {fork: child}, {send: box}, {send: box}, wait, wait, {sleep: 1 ms}]}, "
            "child: {steps: [{receive: box}]}}}"));
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 200, false);
    assert_int_equal(outcome->status, IRQP_OK);
    assert_true(outcome->result.counters[COUNT_EXITS] > 200);
    outcome_free(outcome);
    subject_drop(&subject);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fair_tasks_share_equally),
        cmocka_unit_test(slices_are_parts_of_the_period),
        cmocka_unit_test(sleepers_preempt_within_their_credit),
        cmocka_unit_test(the_preempted_task_is_the_last_buddy),
        cmocka_unit_test(new_tasks_begin_with_a_debit),
        cmocka_unit_test(the_interrupt_thread_preempts_fair_tasks),
        cmocka_unit_test(the_interrupt_thread_delays_only_what_is_below),
        cmocka_unit_test(sections_with_preemption_off_delay_the_task_only),
        cmocka_unit_test(fair_tasks_do_not_delay_fixed_priorities),
        cmocka_unit_test(forked_processes_have_channels_of_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
