/* The switches of task destruction (facts, section 5): the steps that each changes, what a wake-up pays that
 * finds a destruction under way, and what becomes of the dead tasks.
 */
#include "harness.h"

#define COMPILE SCENARIOS "/paper/fig7-compile-l4linux.yaml"
#define BY      "design.task_destruction.by="
#define DESIGN  "design.task_destruction."
#define UP      "design.kernel_build=up"
#define MP      "design.kernel_build=mp"

/* ---- a switch changes its own steps ---- */

static void each_design_changes_its_own_steps(void **state)
{
    (void)state;
    static const struct {
        const char *one[4], *other[4], *steps[8];
    } table[] = {
        {{BY "inline"}, {BY "helper-wait"}, {"delete: ", "helper"}},
        {{BY "inline"}, {BY "helper-sleep"}, {"delete: ", "helper", "create the task: wait"}},
        {{BY "inline"},
         {BY "other-cpu", DESIGN "backlog=0", MP},
         {"delete: ", "helper", "other processor: ", "microkernel: ", "cold lines: microkernel front",
          "end of interrupt"}},
        {{BY "helper-wait"},
         {BY "helper-sleep", DESIGN "backlog=0"},
         {"helper: ", "helper's completion: handled"}},
        {{BY "helper-sleep"},
         {BY "helper-sleep", DESIGN "at_backlog=boost"},
         {"create the task: ", "helper: call to raise", "helper: its priority"}},
        {{BY "inline"}, {BY "per-page"}, {"exit_mmap: ", "unmap call"}},
        {{BY "helper-wait"}, {DESIGN "pages=unmapped"}, {"exit_mmap: ", "unmap call"}},
        {{BY "per-page"}, {BY "per-page", "design.unmap_batch=6"}, {"unmap: ", "unmap call: "}},
        {{BY "inline"}, {BY "chunked"}, {"delete: "}},
        {{BY "inline"},
         {BY "deferred"},
         {"delete: set", "delete: is the batch", "delete: next", "delete: more", "delete: call",
          "idle: ", "delete: "}},
        {{BY "inline"}, {BY "inline", MP}, {"delete: wait for a grace period"}},
        {{BY "helper-wait"}, {BY "helper-wait", MP}, {"delete: wait for a grace period"}},
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

/* A kernel for several processors needs a tick; this one comes between the wake-ups. */
#define RARE_TICK "design.tick.device=pit", "design.tick.rate=19"

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
    irqp_time elsewhere = constant_latency(MICRO("destruction"), OVERRIDES("placement=rehosted", ENDLESS),
                                           OVERRIDES(BY "other-cpu", MP, RARE_TICK));

    /* Nothing runs here: the guest idles. */
    assert_int_equal(elsewhere, idle);
    /* The guest idles as well, but the helper runs, in the address space of Linux: nothing is halted, and the
     * page table stays. */
    irqp_time halted = sum_of_costs(&subject, "hardware.idle_exit hardware.address_space_switch"
                                              " walks.kernel");
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

static void worst(const char *file, const char *const *design, irqp_time *interrupt, irqp_time *thread)
{
    struct subject subject = subject_make(file,
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
        const char *design[5];
        bool delays_interrupts, delays_threads;
    } table[] = {
        {{BY "helper-wait", DESIGN "priority=below"}, false, false},
        {{BY "helper-wait", DESIGN "priority=equal"}, false, false},
        {{BY "helper-wait", DESIGN "priority=above"}, true, true},
        {{BY "helper-sleep", DESIGN "priority=below"}, false, false},
        {{BY "helper-sleep", DESIGN "priority=equal"}, true, true},
        {{BY "helper-sleep", DESIGN "priority=above"}, true, true},
        {{BY "other-cpu", "design.tick.device=pit", MP}, false, false},
        {{BY "per-page"}, true, true},
        {{BY "chunked", DESIGN "chunk=10 us"}, false, false},
        {{BY "chunked", "guest.mm_drop=finish-task-switch"}, false, true},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        irqp_time interrupt, thread;
        worst(MICRO("processes"), table[i].design, &interrupt, &thread);
        if (table[i].delays_interrupts)
            assert_in_range(interrupt, DESTRUCTION * 9 / 10, DESTRUCTION + SHORT);
        else
            assert_in_range(interrupt, 1, SHORT / 2);
        if (table[i].delays_threads)
            assert_in_range(thread, DESTRUCTION * 9 / 10, DESTRUCTION + 2 * SHORT);
        else
            assert_in_range(thread, 1, SHORT);
    }
}

/* The longest wait is for one part, whatever the length of the whole. */
static void a_preemption_point_bounds_the_wait(void **state)
{
    (void)state;
    irqp_time interrupt[2], thread[2];
    worst(MICRO("processes"), OVERRIDES(BY "chunked", DESIGN "chunk=10 us"), &interrupt[0], &thread[0]);
    worst(MICRO("processes"), OVERRIDES(BY "chunked", DESIGN "chunk=110 us"), &interrupt[1], &thread[1]);
    assert_in_range(interrupt[1] - interrupt[0], 98, 102);
}

/* A batch in one call is deaf for all of it; one by one when idle, for one. */
static void what_is_deferred_delays_in_sum_or_one_by_one(void **state)
{
    (void)state;
    static const char idling[] =
        "load={processes: [{program: parent}], programs: {parent: {steps: [{fork: child}, wait, "
        "{sleep: 2 ms}]}, child: {steps: [{compute: 50 us}]}}}";
    irqp_time interrupt, thread;
    worst(MICRO("processes"), OVERRIDES(BY "deferred", DESIGN "batch=1"), &interrupt, &thread);
    assert_in_range(interrupt, DESTRUCTION * 9 / 10, DESTRUCTION + SHORT);
    worst(MICRO("processes"), OVERRIDES(BY "deferred", DESIGN "batch=4"), &interrupt, &thread);
    assert_in_range(interrupt, 4 * DESTRUCTION * 8 / 10, 4 * DESTRUCTION + SHORT);
    worst(MICRO("processes"), OVERRIDES(BY "deferred", DESIGN "batch=4", idling), &interrupt, &thread);
    assert_in_range(interrupt, DESTRUCTION * 9 / 10, DESTRUCTION + SHORT);
}

/* A kernel for several processors blocks the caller for two ticks more or less: the vCPU is deaf for as long,
 * or it waits for the helper and is not. */
static void a_grace_period_deafens_who_deletes(void **state)
{
    (void)state;
    irqp_time interrupt, thread;
    irqp_time longer;
    worst(MICRO("processes"), OVERRIDES(BY "inline", MP, "design.tick.device=pit"), &interrupt, &thread);
    assert_in_range(interrupt, 1000 + DESTRUCTION, 2000 + DESTRUCTION + SHORT);
    worst(MICRO("processes"),
          OVERRIDES(BY "inline", MP, "design.tick.device=pit", "microkernel.grace_ticks=3"), &longer,
          &thread);
    assert_in_range(longer, interrupt + 900, interrupt + 1100);
    worst(MICRO("processes"), OVERRIDES(BY "helper-wait", MP, "design.tick.device=pit"), &interrupt, &thread);
    assert_in_range(interrupt, 1, SHORT / 2);
    assert_in_range(thread, 1, SHORT);
}

/* ---- unmapping while the address space lives ---- */

static struct {
    irqp_time began, shortest;
} unmapping;

static void note_cycle(struct irqp_cpu *cpu, uint16_t pages)
{
    irqp_time cycle = cpu->now - unmapping.began;
    if (unmapping.began && cycle < unmapping.shortest)
        unmapping.shortest = cycle;
    unmapping.began = cpu->now;
    effect_functions[E_UNMAP_PAGES - IRQP_EFFECT_MODEL](cpu, pages);
}

static irqp_time cycle_of_unmaps(const char *batch)
{
    struct subject subject = subject_make(
        MICRO("spin"), OVERRIDES("placement=rehosted", "cyclictest.interval=5 ms"),
        OVERRIDES("load={processes: [{program: a}], programs: {a: {steps: [{unmap: 14}]}}}", batch));
    subject_replace_effect(&subject, E_UNMAP_PAGES, note_cycle);
    unmapping.began = 0;
    unmapping.shortest = IRQP_NEVER;
    outcome_free(outcome_of_batch(&subject, 1, 0, 10, false));
    subject_drop(&subject);
    return unmapping.shortest;
}

/* Fourteen pages are fourteen calls, or three: of six, six and two. */
static void a_batch_of_unmaps_is_one_call(void **state)
{
    (void)state;
    struct subject subject = subject_make(MICRO("spin"), OVERRIDES("placement=rehosted"), NULL);
    irqp_time call = sum_of_costs(&subject, "microkernel.unmap rehosted.enable");
    irqp_time further = constant_cost(&subject, "microkernel.destroy_page");
    assert_int_equal(cycle_of_unmaps("design.unmap_batch=1") - cycle_of_unmaps("design.unmap_batch=6"),
                     11 * (call - further));
    subject_drop(&subject);
}

/* ---- a guest that never idles starves a helper below it that does not hold the vCPU up ---- */

#define BUSY                                                                                                 \
    "load={processes: [{program: parent}, {program: spin}], programs: {"                                     \
    "parent: {steps: [{fork: child}, wait]}, child: {steps: [{compute: 50 us}]}, spin: {nice: 19, steps: "   \
    "[{compute: 1 s}]}}}"

struct fate {
    uint64_t forks, destroyed, most_dead, boosts;
};

static struct fate under_a_busy_guest(const char *const *design)
{
    struct subject subject = subject_make(
        MICRO("processes"),
        OVERRIDES("placement=rehosted", "guest.hz=1000", "run.warm_up=0 us", "design.tick.device=pit", BUSY),
        design);
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 1000, false);
    assert_int_equal(outcome->status, IRQP_OK);
    const uint64_t *counters = outcome->result.counters, *peaks = outcome->result.peaks;
    struct fate fate = {counters[COUNT_FORKS], counters[COUNT_DESTRUCTIONS], peaks[PEAK_DEAD],
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
    /* Where the vCPU waits for it, it does not starve; nor as an equal. */
    static const char *const others[][3] = {{BY "helper-wait", DESIGN "priority=below"},
                                            {BY "helper-sleep", DESIGN "priority=equal"}};
    for (int i = 0; i < 2; i++) {
        struct fate fate = under_a_busy_guest(others[i]);
        assert_true(fate.forks > 900);
        assert_true(fate.most_dead <= 3);
    }
    /* Another processor is not starved, but its grace periods of two ticks let it destroy one in two
     * milliseconds, and this load makes one in each. */
    struct fate elsewhere = under_a_busy_guest(OVERRIDES(BY "other-cpu", MP));
    assert_in_range(elsewhere.most_dead, 33, 34);
    assert_in_range(elsewhere.destroyed, 450, 550);
}

/* ---- what cannot be ---- */

static void impossible_combinations_are_refused(void **state)
{
    (void)state;
    assert_refused(COMPILE, OVERRIDES(BY "helper-sleep", "guest.mm_drop=finish-task-switch"), "cannot sleep");
    assert_refused(COMPILE, OVERRIDES(BY "other-cpu", "guest.mm_drop=finish-task-switch"), "cannot sleep");
    assert_refused(COMPILE, OVERRIDES(BY "other-cpu", MP, DESIGN "at_backlog=boost"), "no priority to raise");
    assert_refused(COMPILE, OVERRIDES(BY "other-cpu"), "design.kernel_build: mp");
    assert_refused(COMPILE, OVERRIDES(MP, "design.tick.device=none"), "there is none");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_design_changes_its_own_steps),
        cmocka_unit_test(a_wake_up_pays_for_where_the_guest_waits),
        cmocka_unit_test(what_delays_and_what_does_not),
        cmocka_unit_test(a_preemption_point_bounds_the_wait),
        cmocka_unit_test(what_is_deferred_delays_in_sum_or_one_by_one),
        cmocka_unit_test(a_grace_period_deafens_who_deletes),
        cmocka_unit_test(a_batch_of_unmaps_is_one_call),
        cmocka_unit_test(a_busy_guest_starves_the_helper),
        cmocka_unit_test(impossible_combinations_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
