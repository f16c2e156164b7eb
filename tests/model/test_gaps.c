/* Gaps: what a thread sees that reads the clock without pause. Every gap is the sum of the steps between two
 * pieces of its computing; asking for them changes nothing else; both dispatchers see the same.
 */
#include "harness.h"
#include "route_costs.h"
#include <math.h>

#define REHOSTED "placement=rehosted"
#define NATIVE   "placement=native"
/* One wake-up in ten seconds: nearly all gaps are what is asked about. */
#define RARELY "cyclictest.interval=10 s"
#define TICKS  "design.tick.device=pit", "design.tick.controller=io-apic"
#define CALLER                                                                                               \
    "competing=[{name: caller, priority: below, busy: 3 us, draw: 1 B}]", "design.graphics.by=synchronous",  \
        "hardware.graphics.bandwidth=1000 GB", "gaps={of: caller}"
#define ROUNDS                                                                                               \
    "load={processes: [{program: rounds}], programs: {rounds: {steps: [{compute: 5 us}, {repeat: {times: "   \
    "2, steps: [{compute: 1 us}, {syscall: {work: 2 us}}]}}]}}}",                                            \
        "gaps={of: rounds}"

#define TICK                                                                                                 \
    "microkernel.irq_entry hardware.local_apic_eoi microkernel.tick microkernel.return "                     \
    "microkernel.tick_refill"
#define NATIVE_CALL "guest.syscall_entry guest.syscall_exit"
#define REHOSTED_CALL                                                                                        \
    "microkernel.exception rehosted.segment_reload walks.kernel rehosted.kernel_refill rehosted.enable "     \
    "rehosted.enable "                                                                                       \
    "rehosted.state_page microkernel.resume microkernel.resume_space walks.user rehosted.user_refill"
#define CROSS " microkernel.thread_switch hardware.address_space_switch walks.kernel"
#define IPC_CALL                                                                                             \
    "rehosted.message microkernel.ipc_call" CROSS " graphics_server.clip microkernel.ipc_reply" CROSS        \
    " microkernel.return"

static const struct irqp_histogram *gaps_of(const struct subject *subject, const struct outcome *outcome)
{
    unsigned latency = gap_latency(subject->machine);
    assert_string_equal(irqp_interrupt_path.latency_name(subject->machine, latency), "gap");
    assert_null(irqp_interrupt_path.latency_name(subject->machine, latency + 1));
    return &outcome->result.latencies[latency];
}

/* Samples in the nanosecond of this value. */
static uint64_t at(const struct irqp_histogram *histogram, irqp_time value)
{
    size_t bin = irqp_histogram_bin(value);
    return bin < histogram->capacity ? histogram->counts[bin] : 0;
}

/* ---- what they are made of ---- */

static void each_is_the_sum_of_its_steps(void **state)
{
    (void)state;
    static const struct {
        const char *file, *overrides[8], *steps;
        irqp_time more;
    } table[] = {
        /* an interrupt that only the microkernel sees */
        {MICRO("spin"), {REHOSTED, TICKS, "gaps={of: spin}"}, TICK, 0},
        {MICRO("spin"), {REHOSTED, TICKS, "gaps={of: spin, between_reads: 7 ns}"}, TICK, 7 * IRQP_NS},
        {MICRO("kernel"), {REHOSTED, TICKS, "gaps={of: work, mode: kernel}"}, TICK, 0},
        /* a device's, while the guest has its interrupts off */
        {MICRO("interrupts-off"),
         {REHOSTED, "probe.enabled=true", "hardware.probe.controller=msi",
          "gaps={of: section, mode: kernel}"},
         FRONT " microkernel.return",
         0},
        /* a call of its own, also in a repeat's body: from the user's code to the user's code */
        {MICRO("idle"), {NATIVE, ROUNDS}, NATIVE_CALL, 2 * IRQP_US},
        {MICRO("idle"), {REHOSTED, ROUNDS}, REHOSTED_CALL, 2 * IRQP_US},
        /* a call of another thread, and its reply: and the byte that is shown */
        {MICRO("idle"), {REHOSTED, CALLER}, IPC_CALL, 1},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct subject subject = subject_make(table[i].file, OVERRIDES(RARELY), table[i].overrides);
        struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 1, false);
        assert_int_equal(outcome->status, IRQP_OK);
        const struct irqp_histogram *gaps = gaps_of(&subject, outcome);
        irqp_time expected = sum_of_costs(&subject, table[i].steps) + table[i].more;
        if (gaps->minimum != expected)
            fail_msg("row %d: the least gap is %lld ps, not %lld", (int)i, (long long)gaps->minimum,
                     (long long)expected);
        assert_true(gaps->total > 500);
        if (i != 3) /* there, between two sections, the guest does what was pending */
            assert_true(at(gaps, expected) > gaps->total * 99 / 100);
        both_drop(&subject, outcome);
    }
}

/* An interrupt that comes during a call is taken as soon as the caller is back, before it computes: the two
 * are one gap. One that comes while it computes makes one of its own. */
static void what_follows_at_once_is_one_gap(void **state)
{
    (void)state;
    struct subject subject = subject_make(MICRO("idle"), OVERRIDES(REHOSTED, RARELY, TICKS, CALLER), NULL);
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 1, false);
    const struct irqp_histogram *gaps = gaps_of(&subject, outcome);
    irqp_time call = sum_of_costs(&subject, IPC_CALL) + 1, tick = sum_of_costs(&subject, TICK);
    uint64_t calls = at(gaps, call), ticks = at(gaps, tick), both = at(gaps, call + tick);
    assert_true(calls && ticks && both);
    assert_true(calls + ticks + both + 3 >= gaps->total); /* and the wake-up */
    uint64_t all = outcome->result.counters[COUNT_MK_TICKS];
    assert_in_range(ticks + both, all - 3, all);
    /* Ticks at random in a round, which has so many picoseconds of computing. */
    double share = 3e6 / (3e6 + (double)call), expected = share * (double)all;
    assert_true(fabs((double)ticks - expected) < 5 * sqrt(expected));
    both_drop(&subject, outcome);
}

/* A timeout is over at a tick: the thread that waits for it runs in the tick's gap. An idle time of 2.5 ms is
 * one of three ticks, and the first two make gaps of their own. */
static void a_thread_that_a_timeout_wakes_runs_in_the_ticks_gap(void **state)
{
    (void)state;
#define POLLS(idle) "competing=[{name: poll, priority: above, wake: timeout, busy: 3 us, idle: " idle "}]"
    static const struct {
        const char *placement, *competing;
        unsigned every;
        const char *device;
    } table[] = {
        {REHOSTED, POLLS("1 ms"), 1, "design.tick.device=pit"},
        {REHOSTED, POLLS("2.5 ms"), 3, "design.tick.device=pit"},
        {REHOSTED, POLLS("2.5 ms"), 3, "design.tick.device=local-apic"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct subject subject =
            subject_make(MICRO("spin"), OVERRIDES(RARELY, TICKS, "gaps={of: spin}"),
                         OVERRIDES(table[i].placement, table[i].competing, table[i].device));
        struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 1, false);
        assert_int_equal(outcome->status, IRQP_OK);
        const struct irqp_histogram *gaps = gaps_of(&subject, outcome);
        irqp_time tick = sum_of_costs(&subject, TICK),
                  poll = sum_of_costs(&subject, TICK CROSS " microkernel.wait_call" CROSS) + 3 * IRQP_US;
        uint64_t ticks = outcome->result.counters[COUNT_MK_TICKS], polls = ticks / table[i].every;
        assert_in_range(at(gaps, poll), polls - 2, polls + 1);
        assert_in_range(at(gaps, tick) + at(gaps, poll), ticks - 2, ticks);
        both_drop(&subject, outcome);
    }
}

/* All time from the first gap's beginning is in gaps or computed in. */
static void gaps_and_computing_are_all_the_time(void **state)
{
    (void)state;
    struct subject subject = subject_make(MICRO("spin"), OVERRIDES(REHOSTED, TICKS, "gaps={of: spin}"), NULL);
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 200, false);
    const struct irqp_histogram *gaps = gaps_of(&subject, outcome);
    const struct irqp_result *result = &outcome->result;
    /* of user mode all is the program's but cyclictest's clock read and statistics, and refills */
    irqp_time others = sum_of_costs(&subject, "guest.clock_gettime guest.cyclictest_work walks.user "
                                              "rehosted.user_refill walks.user rehosted.user_refill");
    irqp_time slack = result->mode_time[IRQP_MODE_USER] + (irqp_time)gaps->sum - result->simulated;
    assert_true(llabs(slack - 200 * others) < 2 * gaps->maximum);
    both_drop(&subject, outcome);
}

/* ---- what they leave as it is ---- */

static void asking_changes_nothing_else(void **state)
{
    (void)state;
    static const struct {
        const char *file, *placement, *gaps;
    } table[] = {
        {SCENARIOS "/loads/fork-storm.yaml", REHOSTED, "gaps={of: shell}"},
        {SCENARIOS "/loads/hackbench.yaml", NATIVE, "gaps={of: sender, mode: kernel}"},
        {SCENARIOS "/designs/second-guest.yaml", REHOSTED, "gaps={of: office}"},
        {SCENARIOS "/loads/network-receiver.yaml", NATIVE, "gaps={of: server}"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct subject plain = subject_make(table[i].file, OVERRIDES(table[i].placement, "run.warm_up=20 ms"),
                                            NULL),
                       asked = subject_make(table[i].file, OVERRIDES(table[i].placement, "run.warm_up=20 ms"),
                                            OVERRIDES(table[i].gaps));
        struct outcome *one = outcome_of_batch(&plain, 1, 0, 100, false),
                       *other = outcome_of_batch(&asked, 1, 0, 100, false),
                       *naive = outcome_of_batch(&asked, 1, 0, 100, true);
        assert_int_equal(one->status, IRQP_OK);
        assert_null(first_difference(&other->result, &naive->result));
        struct irqp_histogram *gaps = &other->result.latencies[gap_latency(asked.machine)];
        if (gaps->total < 10)
            fail_msg("row %d: %llu gaps", (int)i, (unsigned long long)gaps->total);
        irqp_histogram_clear(gaps);
        assert_null(first_difference(&one->result, &other->result));
        outcome_free(naive);
        both_drop(&plain, one);
        both_drop(&asked, other);
    }
}

/* ---- what is refused ---- */

static void what_cannot_be_seen_is_refused(void **state)
{
    (void)state;
#define SPINNER "competing=[{name: spinner, priority: below, busy: 1 ms}]"
#define CHILD                                                                                                \
    "load={processes: [{program: shell}], programs: {shell: {steps: [{compute: 1 ms}, {fork: child}, "       \
    "wait]}, child: {steps: [{compute: 1 ms}]}}}"
    static const struct {
        const char *overrides[4], *words;
    } table[] = {
        {{REHOSTED, "gaps={of: spni}"}, "there is no program and no competing thread 'spni'"},
        {{REHOSTED, "gaps={of: spni}"}, "did you mean 'spin'?"},
        {{REHOSTED, "gaps={of: spinner, mode: kernel}", SPINNER}, "runs in user mode"},
        {{REHOSTED, "gaps={of: spin, mode: idle}"}, "'idle' is no mode: user or kernel"},
        {{REHOSTED, "gaps={mode: user}"}, "'gaps' needs 'of'"},
        {{REHOSTED, "gaps={of: spin, least: 1 us}"}, "unknown key 'least' in 'gaps'"},
        {{REHOSTED, "gaps={of: spin, between_reads: 2 ms}"}, "1 ms at most"},
        {{REHOSTED, "gaps={of: spin, between_reads: {dist: exponential, mean: 5 ns}}"}, "no distribution"},
        {{REHOSTED, "gaps={of: spin}", "competing=[{name: spin, priority: below, busy: 1 ms}]"},
         "is a program of the load and a competing thread"},
        {{NATIVE, "gaps={of: child}", CHILD}, "is only forked"},
        {{NATIVE, "gaps={of: spin, mode: kernel}"}, "never computes in kernel mode"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_refused(MICRO("spin"), table[i].overrides, table[i].words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_the_sum_of_its_steps),
        cmocka_unit_test(what_follows_at_once_is_one_gap),
        cmocka_unit_test(a_thread_that_a_timeout_wakes_runs_in_the_ticks_gap),
        cmocka_unit_test(gaps_and_computing_are_all_the_time),
        cmocka_unit_test(asking_changes_nothing_else),
        cmocka_unit_test(what_cannot_be_seen_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
