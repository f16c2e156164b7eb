/* The switches of task destruction (facts, section 5): the steps that each changes, what a wake-up pays that
 * finds a destruction under way, and what becomes of the dead tasks.
 */
#include "harness.h"

#define COMPILE SCENARIOS "/paper/fig7-compile-l4linux.yaml"
#define BY      "design.task_destruction.by="
#define DESIGN  "design.task_destruction."

/* ---- a switch changes its own steps ---- */

static void each_design_changes_its_own_steps(void **state)
{
    (void)state;
    static const struct {
        const char *one[3], *other[3], *steps[8];
    } table[] = {
        {{BY "inline"}, {BY "helper-wait"}, {"delete: ", "helper"}},
        {{BY "inline"}, {BY "helper-sleep"}, {"delete: ", "helper", "create the task: wait"}},
        {{BY "inline"},
         {BY "other-cpu", DESIGN "backlog=0"},
         {"delete: ", "helper", "other processor: ", "microkernel: ", "cold lines: microkernel front",
          "end of interrupt"}},
        {{BY "helper-wait"},
         {BY "helper-sleep", DESIGN "backlog=0"},
         {"helper: ", "helper's completion: handled"}},
        {{BY "helper-sleep"},
         {BY "helper-sleep", DESIGN "at_backlog=boost"},
         {"create the task: ", "helper: call to raise", "helper: its priority"}},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        unsigned changed = assert_only_differs(COMPILE, table[i].one, table[i].other, table[i].steps);
        assert_in_range(changed, 1, 14);
    }
    static const char *const none[] = {NULL};
    assert_int_equal(assert_only_differs(COMPILE, OVERRIDES(BY "helper-wait"),
                                         OVERRIDES(BY "helper-wait", DESIGN "priority=equal"), none),
                     0);
}

/* ---- a wake-up in the midst of a destruction that does not end ---- */

#define ENDLESS "costs.microkernel.destroy_entry=900 us" /* for each of 4860 entries */

static irqp_time amid(const char *by, const char *priority)
{
    return constant_latency(MICRO("destruction"), OVERRIDES("placement=rehosted", ENDLESS),
                            OVERRIDES(by, priority));
}

static void a_wake_up_pays_for_where_the_guest_waits(void **state)
{
    (void)state;
    struct subject subject = subject_make(MICRO("destruction"), OVERRIDES("placement=rehosted"), NULL);
    irqp_time idle = constant_latency(MICRO("idle"), OVERRIDES("placement=rehosted"), NULL);
    irqp_time waits = amid(BY "helper-wait", DESIGN "priority=below");
    irqp_time sleeps = amid(BY "helper-sleep", DESIGN "priority=below");
    irqp_time elsewhere = amid(BY "other-cpu", DESIGN "priority=below");

    /* Nothing runs here: the guest idles. */
    assert_int_equal(elsewhere, idle);
    /* The guest idles as well, but the helper runs, in the address space of Linux: nothing is halted, and the
     * page table stays. */
    irqp_time halted = sum_of_costs(&subject, "hardware.idle_exit hardware.address_space_switch"
                                              " microkernel.space_misses");
    assert_int_equal(idle - sleeps, halted);
    /* The idle task looks for work with interrupts off once, and enables them twice more. */
    assert_int_equal(sleeps - waits, 2 * constant_cost(&subject, "rehosted.enable"));
    /* The vCPU is blocked: it is switched to at once, although the helper is its equal. */
    assert_int_equal(amid(BY "helper-wait", DESIGN "priority=equal"), waits);
    subject_drop(&subject);
}

/* ---- whom it delays (facts, section 5.4) ---- */

/* A destruction takes 4860 entries of 100 ns, and some microseconds: half a millisecond. */
enum { DESTRUCTION = 490, SHORT = 60 }; /* microseconds */

static void worst(const char *const *design, irqp_time *interrupt, irqp_time *thread)
{
    struct subject subject = subject_make(MICRO("processes"),
                                          OVERRIDES("placement=rehosted", "cyclictest.interval=930 us",
                                                    "costs.microkernel.destroy_entry=100 ns"),
                                          design);
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 2000, false);
    assert_int_equal(outcome->status, IRQP_OK);
    assert_true(outcome->result.counters[COUNT_DESTRUCTIONS] > 300);
    *interrupt = outcome->result.latencies[IRQP_LATENCY_INTERRUPT].maximum / IRQP_US;
    *thread = outcome->result.latencies[IRQP_LATENCY_THREAD].maximum / IRQP_US;
    print_message("%s, %s: worst interrupt latency %d us, thread latency %d us, %d destroyed\n", design[0],
                  design[1] ? design[1] : "-", (int)*interrupt, (int)*thread,
                  (int)outcome->result.counters[COUNT_DESTRUCTIONS]);
    outcome_free(outcome);
    subject_drop(&subject);
}

static void what_delays_and_what_does_not(void **state)
{
    (void)state;
    static const struct {
        const char *design[3];
        bool delays;
    } table[] = {
        {{BY "helper-wait", DESIGN "priority=below"}, false},
        {{BY "helper-wait", DESIGN "priority=equal"}, false},
        {{BY "helper-wait", DESIGN "priority=above"}, true},
        {{BY "helper-sleep", DESIGN "priority=below"}, false},
        {{BY "helper-sleep", DESIGN "priority=equal"}, true},
        {{BY "helper-sleep", DESIGN "priority=above"}, true},
        {{BY "other-cpu"}, false},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        irqp_time interrupt, thread;
        worst(table[i].design, &interrupt, &thread);
        if (table[i].delays) {
            assert_in_range(interrupt, DESTRUCTION * 9 / 10, DESTRUCTION + SHORT);
            assert_in_range(thread, interrupt, DESTRUCTION + SHORT);
        } else {
            assert_in_range(interrupt, 1, SHORT / 2);
            assert_in_range(thread, 1, SHORT);
        }
    }
}

/* ---- a guest that never idles starves a helper below it that does not hold the vCPU up ---- */

#define BUSY                                                                                                 \
    "load={processes: [{program: parent}, {program: spin}], programs: {"                                     \
    "parent: {steps: [{fork: child}, wait]}, child: {steps: [{compute: 50 us}]}, spin: {steps: [{compute: "  \
    "1 s}]}}}"

struct fate {
    uint64_t forks, destroyed, most_dead, boosts;
};

static struct fate under_a_busy_guest(const char *const *design)
{
    struct subject subject =
        subject_make(MICRO("processes"),
                     OVERRIDES("placement=rehosted", "guest.hz=1000", "run.warm_up=0 us", BUSY), design);
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 1000, false);
    assert_int_equal(outcome->status, IRQP_OK);
    const uint64_t *counters = outcome->result.counters;
    struct fate fate = {counters[COUNT_FORKS], counters[COUNT_DESTRUCTIONS], counters[COUNT_MOST_DEAD],
                        counters[COUNT_BOOSTS]};
    print_message("%s, %s: %d forks, %d handed over, most dead %d, %d boosts\n", design[0],
                  design[1] ? design[1] : "-", (int)fate.forks, (int)fate.destroyed, (int)fate.most_dead,
                  (int)fate.boosts);
    outcome_free(outcome);
    subject_drop(&subject);
    return fate;
}

static void a_busy_guest_starves_the_helper(void **state)
{
    (void)state;
    /* It waits: at the bound nobody creates another task, for ever. */
    struct fate waiting = under_a_busy_guest(OVERRIDES(BY "helper-sleep", DESIGN "backlog=10"));
    assert_in_range(waiting.most_dead, 11, 12);
    assert_in_range(waiting.forks, 11, 13);
    assert_int_equal(waiting.destroyed, 1); /* the RCU thread sleeps on the first */
    /* Boosted, it catches up. */
    struct fate boosted =
        under_a_busy_guest(OVERRIDES(BY "helper-sleep", DESIGN "backlog=10", DESIGN "at_backlog=boost"));
    assert_in_range(boosted.most_dead, 11, 12);
    assert_true(boosted.forks > 100);
    assert_true(boosted.forks - boosted.destroyed < 12);
    assert_true(boosted.boosts > 10);
    /* Where the vCPU waits for it, it does not starve; nor as an equal, nor elsewhere. */
    static const char *const others[][3] = {{BY "helper-wait", DESIGN "priority=below"},
                                            {BY "helper-sleep", DESIGN "priority=equal"},
                                            {BY "other-cpu"}};
    for (int i = 0; i < 3; i++) {
        struct fate fate = under_a_busy_guest(others[i]);
        assert_true(fate.forks > 100);
        assert_true(fate.most_dead <= 3);
    }
}

/* ---- what cannot be ---- */

static void impossible_combinations_are_refused(void **state)
{
    (void)state;
    assert_refused(COMPILE, OVERRIDES(BY "helper-sleep", "guest.mm_drop=finish-task-switch"), "cannot sleep");
    assert_refused(COMPILE, OVERRIDES(BY "other-cpu", "guest.mm_drop=finish-task-switch"), "cannot sleep");
    assert_refused(COMPILE, OVERRIDES(BY "other-cpu", DESIGN "at_backlog=boost"), "no priority to raise");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_design_changes_its_own_steps),
        cmocka_unit_test(a_wake_up_pays_for_where_the_guest_waits),
        cmocka_unit_test(what_delays_and_what_does_not),
        cmocka_unit_test(a_busy_guest_starves_the_helper),
        cmocka_unit_test(impossible_combinations_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
