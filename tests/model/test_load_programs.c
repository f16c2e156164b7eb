/* What a load program may say of how its processes run: priorities, nice values, rates, mutexes, pages. */
#include "harness.h"

static void original(enum effect effect, struct irqp_cpu *cpu, uint16_t argument)
{
    effect_functions[effect - IRQP_EFFECT_MODEL](cpu, argument);
}

/* A second of a load on which cyclictest has no part; what is to be seen is hooked before. */
static struct subject subject_of(const char *placement, const char *load)
{
    return subject_make(MICRO("idle"),
                        OVERRIDES("cyclictest.interval=100 ms", "guest.hz=1000", "run.warm_up=0 us"),
                        OVERRIDES(placement, load));
}

static double rounds_per_second(const char *placement, const char *load)
{
    struct subject subject = subject_of(placement, load);
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 20, false);
    assert_int_equal(outcome->status, IRQP_OK);
    double rate = (double)outcome->result.work / ((double)outcome->result.simulated / (double)IRQP_S);
    outcome_free(outcome);
    subject_drop(&subject);
    return rate;
}

static void assert_near(double value, double expected, double tolerance)
{
    if (value < expected * (1 - tolerance) || value > expected * (1 + tolerance))
        fail_msg("%g, not %g", value, expected);
}

#define NATIVE "placement=native"

/* ---- shares and rates ---- */

/* The processor is divided by weights: 1024 of nice 0, 335 of nice 5, 3121 of nice -5. */
static void nice_values_are_weights(void **state)
{
    (void)state;
    static const struct {
        const char *nice;
        double weight;
    } table[] = {{"0", 1024}, {"5", 335}, {"-5", 3121}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char load[256];
        snprintf(load, sizeof load,
                 "load={work: {unit: rounds, program: a}, processes: [{program: a}, {program: b}], programs: "
                 "{a: {nice: %s, steps: [{compute: 100 us}]}, b: {steps: [{compute: 100 us}]}}}",
                 table[i].nice);
        assert_near(rounds_per_second(NATIVE, load), 10000 * table[i].weight / (table[i].weight + 1024),
                    0.04);
    }
}

/* A fixed priority takes what it wants, and leaves the rest: 300 us in each millisecond. */
static void fixed_priorities_come_first(void **state)
{
    (void)state;
    static const char load[] =
        "load={work: {unit: rounds, program: b}, processes: [{program: a}, {program: b}], programs: "
        "{a: {priority: %d, every: 1 ms, steps: [{compute: 300 us}]}, b: {priority: 50, steps: [{compute: 10 "
        "us}]}}}";
    char above[512], below[512];
    snprintf(above, sizeof above, load, 60);
    snprintf(below, sizeof below, load, 40);
    assert_near(rounds_per_second(NATIVE, above), 70000, 0.02);
    /* below, it would never run: that is refused */
    struct irqp_scenario *scenario;
    struct irqp_diagnostics diagnostics;
    void *machine = NULL;
    const char *overrides[] = {below};
    irqp_diagnostics_init(&diagnostics);
    assert_int_equal(irqp_scenario_load(&scenario, irqp_interrupt_path.registry, MICRO("idle"), overrides, 1,
                                        SCENARIOS, &diagnostics),
                     IRQP_OK);
    assert_int_equal(irqp_interrupt_path.link(&machine, scenario, &diagnostics), IRQP_INPUT);
    assert_non_null(strstr(diagnostics.items[0].message, "program 'a' can never run"));
    irqp_diagnostics_fini(&diagnostics);
    irqp_scenario_free(scenario);
}

/* The rounds of a rate do not depend on how long they take, and late ones are made up for: of 1000 per
 * second, each tenth of which takes 5 ms, none is lost. */
static void rates_are_kept(void **state)
{
    (void)state;
    assert_near(rounds_per_second(NATIVE,
                                  "load={work: {unit: rounds, program: a}, processes: [{program: a}], "
                                  "programs: {a: {every: 1 ms, steps: [{compute: 100 us}]}}}"),
                1000, 0.002);
    assert_near(rounds_per_second(
                    NATIVE,
                    "load={work: {unit: rounds, program: a}, processes: [{program: a}], programs: {a: "
                    "{every: 1 ms, steps: [{compute: {dist: mixture, parts: [{weight: 9, dist: constant, "
                    "value: 0.1 ms}, {weight: 1, dist: constant, value: 5 ms}]}}]}}}"),
                1000, 0.01);
    assert_near(rounds_per_second(NATIVE,
                                  "load={work: {unit: rounds, program: a}, processes: [{program: a}], "
                                  "programs: {a: {every: {dist: exponential, mean: 0.5 ms}, steps: "
                                  "[{compute: 50 us}]}}}"),
                2000, 0.06);
}

/* ---- mutexes ---- */

/* A mutex that is free costs its two atomic instructions, on every platform, and no system call. */
static void a_free_mutex_is_two_instructions(void **state)
{
    (void)state;
    static const char *const placements[] = {NATIVE, "placement=rehosted"};
    for (int i = 0; i < 2; i++) {
        struct subject subject = subject_of(
            placements[i], "load={mutexes: [m], work: {unit: rounds, program: a}, processes: [{program: a}], "
                           "programs: {a: {steps: [{lock: {mutex: m, steps: [{compute: 2 us}]}}]}}}");
        struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 10, false);
        const struct irqp_result *result = &outcome->result;
        irqp_time round = 2 * IRQP_US + 2 * constant_cost(&subject, "guest.lock");
        assert_near((double)result->mode_time[IRQP_MODE_USER] / (double)result->work, (double)round, 0.001);
        assert_in_range(result->counters[COUNT_SYSTEM_CALLS], 0, 12);
        assert_int_equal(result->counters[COUNT_CONTENDED], 0);
        outcome_free(outcome);
        subject_drop(&subject);
    }
}

static struct {
    irqp_time since, longest;
    unsigned count;
} waiting;

enum { LOW = TASK_FIRST_PROCESS, MIDDLE, HIGH };

static void note_wait(struct irqp_cpu *cpu, uint16_t argument)
{
    if (run_of(cpu)->guest.current == HIGH)
        waiting.since = cpu->now;
    original(E_LOCK_WAIT, cpu, argument);
}

static void note_hand_over(struct irqp_cpu *cpu, uint16_t argument)
{
    struct guest *guest = &run_of(cpu)->guest;
    original(E_UNLOCK, cpu, argument);
    if (guest->mutexes[0].owner != HIGH)
        return;
    irqp_time waited = cpu->now - waiting.since;
    waiting.longest = waited > waiting.longest ? waited : waiting.longest;
    waiting.count++;
    assert_int_equal(guest->tasks[LOW].priority, guest->tasks[LOW].own_priority); /* no more than its own */
}

/* Priority inversion: a process of middle priority computes for 5 ms while one of low priority holds what one
 * of high priority waits for. The holder inherits the high priority: the wait ends within its section. */
static void the_holder_inherits_the_priority(void **state)
{
    (void)state;
    static const char *const lows[] = {"priority: 10", "nice: 10"};
    for (int i = 0; i < 2; i++) {
        char load[640];
        snprintf(
            load, sizeof load,
            "load={mutexes: [m], processes: [{program: low}, {program: middle}, {program: high}], programs: {"
            "low: {%s, every: 1.1 ms, steps: [{lock: {mutex: m, steps: [{compute: 300 us}]}}]}, "
            "middle: {priority: 20, every: 13.7 ms, steps: [{compute: 5 ms}]}, "
            "high: {priority: 30, every: 2.3 ms, steps: [{lock: {mutex: m, steps: [{compute: 10 us}]}}]}}}",
            lows[i]);
        struct subject subject = subject_of(NATIVE, load);
        memset(&waiting, 0, sizeof waiting);
        subject_replace_effect(&subject, E_LOCK_WAIT, note_wait);
        subject_replace_effect(&subject, E_UNLOCK, note_hand_over);
        struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 100, false);
        assert_int_equal(outcome->status, IRQP_OK);
        assert_true(waiting.count > 200);
        assert_in_range(waiting.longest, 250 * IRQP_US, 330 * IRQP_US);
        outcome_free(outcome);
        subject_drop(&subject);
    }
}

/* ---- a device that feeds a channel ---- */

#define RECEIVER(capacity, work)                                                                             \
    "load={channels: {c: {capacity: " capacity                                                               \
    ", from: probe}}, work: {unit: packets, program: a}, processes: "                                        \
    "[{program: a}], programs: {a: {steps: [{receive: c}, {compute: " work "}]}}}"

static void receive(const char *placement, const char *interval, const char *load, uint64_t *sent,
                    struct outcome **outcome)
{
    struct subject subject =
        subject_make(MICRO("idle"),
                     OVERRIDES("cyclictest.interval=100 ms", "run.warm_up=0 us", "probe.enabled=true",
                               "hardware.probe.controller=msi", interval),
                     OVERRIDES(placement, load));
    *outcome = outcome_of_batch(&subject, 1, 0, 20, false);
    assert_int_equal((*outcome)->status, IRQP_OK);
    *sent = (*outcome)->result.counters[COUNT_PROBE_ASSERTIONS];
    subject_drop(&subject);
}

/* Each assertion is one packet, also where the interrupts of several are merged: the card holds them. */
static void packets_are_not_lost_with_their_interrupts(void **state)
{
    (void)state;
    static const char *const placements[] = {NATIVE, "placement=rehosted", "placement=virtualised"};
    for (int i = 0; i < 3; i++) {
        uint64_t sent;
        struct outcome *outcome;
        receive(placements[i], "probe.interval={dist: exponential, mean: 25 us}", RECEIVER("1000", "3 us"),
                &sent, &outcome);
        assert_true(sent > 70000);
        assert_true(outcome->result.counters[COUNT_PROBE_MERGED] > 500);
        assert_in_range(outcome->result.work, sent - 30, sent);
        assert_int_equal(outcome->result.counters[COUNT_DROPPED], 0);
        outcome_free(outcome);
    }
}

/* A server that needs 1 ms for what comes every 0.5 ms drops half, and takes the other. */
static void what_finds_the_channel_full_is_dropped(void **state)
{
    (void)state;
    uint64_t sent;
    struct outcome *outcome;
    receive(NATIVE, "probe.interval=0.5 ms", RECEIVER("10", "1 ms"), &sent, &outcome);
    uint64_t dropped = outcome->result.counters[COUNT_DROPPED];
    assert_in_range(outcome->result.work + dropped, sent - 15, sent);
    assert_near((double)dropped, (double)sent / 2, 0.05);
    outcome_free(outcome);
}

/* ---- pages ---- */

/* Pages of an image are freed when its process exits: by Linux, and rehosted by the microkernel as well. */
static void pages_cost_their_freeing(void **state)
{
    (void)state;
    static const char load[] =
        "load={work: {unit: rounds, program: a}, processes: [{program: a}], programs: {a: "
        "{steps: [{fork: b}, wait]}, b: {pages: %d, steps: [{compute: 10 us}]}}}";
    static const char *const placements[] = {NATIVE, "placement=rehosted"};
    for (int i = 0; i < 2; i++) {
        char none[256], many[256];
        snprintf(none, sizeof none, load, 0);
        snprintf(many, sizeof many, load, 200);
        double without = 1e12 / rounds_per_second(placements[i], none),
               with = 1e12 / rounds_per_second(placements[i], many);
        struct subject subject = subject_of(placements[i], none);
        irqp_time page =
            sum_of_costs(&subject, i ? "guest.exit_page microkernel.destroy_page" : "guest.exit_page");
        assert_near(with - without, 200 * (double)page, 0.02);
        subject_drop(&subject);
    }
}

/* ---- loads that come to an end ---- */

/* Each waits for a message of the other before it sends one: no single program shows that. */
static void a_load_that_stands_still_is_told(void **state)
{
    (void)state;
    struct subject subject = subject_of(
        NATIVE,
        "load={channels: {x: {}, y: {}}, processes: [{program: a}, {program: b}], programs: {a: {steps: "
        "[{receive: x}, {send: y}]}, b: {steps: [{receive: y}, {send: x}]}}}");
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 20, false);
    assert_int_equal(outcome->status, IRQP_MODEL);
    assert_non_null(strstr(outcome->result.problem, "the load stands still"));
    outcome_free(outcome);
    subject_drop(&subject);
}

/* A trap is a way in, what it costs, and a way out; in between nothing is delivered, and nothing can be
 * enabled. */
static void a_trap_has_interrupts_off(void **state)
{
    (void)state;
#define PROGRAM(operation)                                                                                   \
    "load={processes: [{program: a}], programs: {a: {steps: [{compute: 7 us}, " operation "]}}}"
    static const char *const placements[] = {"placement=native", "placement=rehosted"};
    for (int i = 0; i < 2; i++) {
        struct subject trap =
            subject_make(MICRO("idle"), OVERRIDES(placements[i], PROGRAM("{trap: 5 us}")), NULL);
        const struct irqp_program *program = &trap.machine->program;
        const struct irqp_path *path = &program->paths[PATH_LOAD];
        bool inside = false, off = true;
        for (uint16_t row = path->first; row < path->first + path->count; row++) {
            const char *name = program->names[program->rows[row].name];
            off &= !strstr(name, "interrupts on");
            inside |= strcmp(name, "trap: emulate the instruction, interrupts off") == 0;
        }
        assert_true(inside && (off || i == 0));
        struct outcome *outcome = outcome_of_batch(&trap, 1, 0, 3000, false);
        assert_int_equal(outcome->status, IRQP_OK);
        /* as often as the trap takes of the cycle, and then half of it */
        double cycle =
            (double)outcome->result.simulated / (double)outcome->result.counters[COUNT_SYSTEM_CALLS];
        double waited = (double)cause_time(&trap, &outcome->result,
                                           i ? "guest interrupts off" : "physical interrupts off") /
                        3000;
        double least =
            5e6 / cycle * 5e6 / 2; /* of the emulation alone; the ways in and out have them off, too */
        print_message("%s: waited %.3f us, %.3f of the emulation\n", placements[i], waited / IRQP_US,
                      least / IRQP_US);
        assert_true(waited > 0.95 * least && waited < (i ? 1.7 : 1.15) * least);
        both_drop(&trap, outcome);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nice_values_are_weights),
        cmocka_unit_test(fixed_priorities_come_first),
        cmocka_unit_test(rates_are_kept),
        cmocka_unit_test(a_free_mutex_is_two_instructions),
        cmocka_unit_test(the_holder_inherits_the_priority),
        cmocka_unit_test(packets_are_not_lost_with_their_interrupts),
        cmocka_unit_test(what_finds_the_channel_full_is_dropped),
        cmocka_unit_test(pages_cost_their_freeing),
        cmocka_unit_test(a_load_that_stands_still_is_told),
        cmocka_unit_test(a_trap_has_interrupts_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
