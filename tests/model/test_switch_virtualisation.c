/* Hardware virtualisation (facts, section 9.2): what a wake-up takes in each state of the guest, and what
 * nested paging, direct injection and a direct timer change.
 */
#include "harness.h"
#include "route_costs.h"

#define COMPILE SCENARIOS "/paper/conclusion-virtualised-compile.yaml"
#define VIRTUAL "placement=virtualised", "design.guest_timer=local-apic"

/* The parts of a route, from the facts, not from the tables. */
#define EXIT  " virtualised.exit virtualised.save"
#define ENTRY " virtualised.entry virtualised.guest_misses"
#define MONITOR                                                                                              \
    " hardware.address_space_switch virtualised.monitor_misses virtualised.monitor_entry"                    \
    " virtualised.monitor_decode"
#define RAISE     " virtualised.monitor_raise"
#define RESUME    " virtualised.monitor_resume"
#define EMULATED  EXIT MONITOR " virtualised.monitor_emulate" RESUME ENTRY
#define DELIVERED EXIT FRONT MONITOR RAISE RESUME ENTRY
#define BEGINS    " hardware.vector" EMULATED " guest.irq_enter guest.clock_read guest.timer_expire"
#define PROGRAM   EMULATED " virtualised.monitor_timer hardware.local_apic_timer_write"
#define TO_TASK                                                                                              \
    " guest.irq_exit guest.schedule hardware.address_space_switch guest.context_switch walks.user "          \
    "guest.switch_refill"                                                                                    \
    " guest.switch_finish guest.sleep_return guest.syscall_exit guest.clock_gettime"
#define HANDLED BEGINS " guest.timer_callback" PROGRAM TO_TASK

enum { SAMPLES = 20 };

static struct outcome *run(struct subject *subject, const char *file, const char *const *overrides)
{
    *subject = subject_make(file, OVERRIDES(VIRTUAL), overrides);
    subject->machine->timer_grid = 1;
    struct outcome *outcome = outcome_of_batch(subject, 1, 0, SAMPLES, false);
    assert_int_equal(outcome->status, IRQP_OK);
    assert_int_equal(outcome->result.thread.total, SAMPLES);
    return outcome;
}

/* ---- the routes ---- */

/* The guest runs with its interrupts on, in user or in kernel mode: there is no difference. */
static void while_the_guest_runs(void **state)
{
    (void)state;
    static const char *const files[] = {MICRO("spin"), MICRO("kernel"), MICRO("preemption-off")};
    for (int i = 0; i < 3; i++) {
        struct subject subject;
        struct outcome *outcome = run(&subject, files[i], NULL);
        irqp_time begins = sum_of_costs(&subject, DELIVERED BEGINS);
        assert_int_equal(outcome->result.interrupt.minimum, begins);
        assert_int_equal(outcome->result.interrupt.maximum, begins);
        irqp_time preemption_off = cause_time(&subject, &outcome->result, "preemption off");
        irqp_time route = sum_of_costs(&subject, DELIVERED HANDLED);
        if (i < 2)
            assert_int_equal(preemption_off, 0);
        else /* a section with preemption off; the interrupt's return comes before it goes on */
            route += sum_of_costs(&subject, "hardware.return");
        assert_int_equal((irqp_time)outcome->result.thread.sum, SAMPLES * route + preemption_off);
        assert_int_equal(outcome->result.counters[COUNT_WINDOWS], 0);
        both_drop(&subject, outcome);
    }
}

/* The guest has its interrupts off: the exit, the microkernel's part and the monitor's come at once and
 * lengthen the section; only the injection waits, and has an exit of its own unless the hardware injects. */
static void while_the_guest_has_interrupts_off(void **state)
{
    (void)state;
    static const struct {
        const char *direct, *route;
    } table[] = {
        {"design.virtualisation.direct_injection=false", DELIVERED EMULATED HANDLED " hardware.return"},
        {"design.virtualisation.direct_injection=true", DELIVERED
         " hardware.vector hardware.local_apic_eoi guest.irq_enter guest.clock_read guest.timer_expire"
         " guest.timer_callback" PROGRAM TO_TASK " hardware.return"},
    };
    for (int i = 0; i < 2; i++) {
        struct subject subject;
        struct outcome *outcome = run(&subject, MICRO("interrupts-off"), OVERRIDES(table[i].direct));
        irqp_time residual = cause_time(&subject, &outcome->result, "guest interrupts off");
        assert_true(residual > 0);
        assert_int_equal(cause_time(&subject, &outcome->result, "physical interrupts off"), 0);
        assert_int_equal((irqp_time)outcome->result.thread.sum,
                         SAMPLES * sum_of_costs(&subject, table[i].route) + residual);
        assert_in_range(outcome->result.counters[COUNT_WINDOWS], SAMPLES, SAMPLES + 1);
        both_drop(&subject, outcome);
    }
}

static void while_the_guest_halts(void **state)
{
    (void)state;
    struct subject subject;
    struct outcome *outcome = run(&subject, MICRO("idle"), NULL);
    irqp_time expected = sum_of_costs(
        &subject,
        "hardware.idle_exit" FRONT " microkernel.thread_switch hardware.address_space_switch"
        " virtualised.monitor_misses microkernel.wait_return" RAISE RESUME ENTRY HANDLED " hardware.return");
    assert_int_equal(outcome->result.thread.minimum, expected);
    assert_int_equal(outcome->result.thread.maximum, expected);
    assert_int_equal(outcome->result.counters[COUNT_WAKES], SAMPLES);
    both_drop(&subject, outcome);
}

/* ---- the switches ---- */

static irqp_time latency(const char *one, const char *other)
{
    return constant_latency(MICRO("spin"), OVERRIDES(VIRTUAL), OVERRIDES(one, other));
}

static void switches_change_their_own_steps(void **state)
{
    (void)state;
    static const char *const exits[] = {"exit: ",
                                        "monitor: ",
                                        "entry: ",
                                        "cold lines: ",
                                        "end of interrupt at the virtual ",
                                        "interrupt window: ",
                                        NULL};
    static const char *const timer[] = {"exit: ", "monitor: ", "entry: ", "cold lines: ", NULL};
    static const char *const paging[] = {"exit: ",
                                         "monitor: ",
                                         "entry: ",
                                         "cold lines: ",
                                         "context switch: address space",
                                         "page-table entry: ",
                                         "user task: continues",
                                         NULL};
    static const char injection_on[] = "design.virtualisation.direct_injection=true";
    static const char timer_on[] = "design.virtualisation.direct_timer=true";
    static const char nested_off[] = "design.virtualisation.nested_paging=false";
    /* vectors of timer and disk, interrupt window */
    assert_int_equal(assert_only_differs(COMPILE, NULL, OVERRIDES(injection_on), exits), 3);
    /* timer handler, idle, cyclictest */
    assert_in_range(assert_only_differs(COMPILE, NULL, OVERRIDES(timer_on), timer), 3, 4);
    static const char unmaps[] =
        "load={processes: [{program: p}], programs: {p: {steps: [{fault: 1}, {unmap: 1}]}}}";
    assert_in_range(assert_only_differs(MICRO("idle"), OVERRIDES(VIRTUAL, unmaps),
                                        OVERRIDES(VIRTUAL, unmaps, nested_off), paging),
                    2, 4);
}

static void switches_cost_their_own_steps(void **state)
{
    (void)state;
    struct subject subject = subject_make(MICRO("spin"), OVERRIDES(VIRTUAL), NULL);
    irqp_time emulated = sum_of_costs(&subject, EMULATED), before = latency(NULL, NULL);
    assert_int_equal(before - latency("design.virtualisation.direct_injection=true", NULL),
                     emulated - sum_of_costs(&subject, "hardware.local_apic_eoi"));
    assert_int_equal(before - latency("design.virtualisation.direct_timer=true", NULL),
                     emulated + sum_of_costs(&subject, "virtualised.monitor_timer"));
    /* an HPET that is not mapped into the guest exits at each of three accesses */
    assert_int_equal(latency("design.guest_timer=hpet", NULL) -
                         latency("design.guest_timer=hpet", "design.virtualisation.direct_timer=true"),
                     3 * emulated);
    assert_int_equal(latency("design.virtualisation.nested_paging=false", NULL) - before,
                     sum_of_costs(&subject, EXIT MONITOR " virtualised.shadow_switch" RESUME ENTRY) -
                         sum_of_costs(&subject, "hardware.address_space_switch"));
    subject_drop(&subject);
}

/* ---- what costs an exit, and what does not ---- */

static irqp_time length_of_load(const struct subject *subject, unsigned *exits)
{
    const struct irqp_program *program = &subject->machine->program;
    irqp_time sum = 0;
    *exits = 0;
    for (size_t p = PATH_LOAD; p < program->path_count; p++)
        for (uint16_t i = 0; i < program->paths[p].count; i++) {
            const struct irqp_row *row = &program->rows[program->paths[p].first + i];
            sum += row->cost < IRQP_COST_REGISTER ? program->costs[row->cost].mean : 0;
            *exits += row->effect == E_LEAVE_GUEST;
        }
    return sum;
}

/* With nested paging no system call, fault, exec or exit leaves the guest. With a shadow a fault does twice,
 * for the walk that finds it to be the guest's and for the one that fills the shadow; so does an invalidation
 * once. */
static void page_tables_are_the_guests(void **state)
{
    (void)state;
    static const char *const loads[] = {
        "load={processes: [{program: p}], programs: {p: {steps: [{fault: 1}]}}}",
        "load={processes: [{program: p}], programs: {p: {steps: [{unmap: 1}]}}}",
    };
    static const char *const more[] = {
        EXIT MONITOR " virtualised.shadow_walk" RESUME ENTRY EXIT MONITOR
                     " virtualised.shadow_walk microkernel.map" RESUME ENTRY,
        EMULATED " microkernel.unmap",
    };
    for (int i = 0; i < 2; i++) {
        unsigned none, some;
        struct subject nested = subject_make(MICRO("idle"), OVERRIDES(VIRTUAL), OVERRIDES(loads[i]));
        struct subject shadow =
            subject_make(MICRO("idle"), OVERRIDES(VIRTUAL),
                         OVERRIDES(loads[i], "design.virtualisation.nested_paging=false"));
        irqp_time saved = i ? sum_of_costs(&nested, "guest.invalidate") : 0;
        assert_int_equal(length_of_load(&shadow, &some) - length_of_load(&nested, &none),
                         sum_of_costs(&nested, more[i]) - saved);
        assert_int_equal(none, 0);
        assert_int_equal(some, 2 - i);
        subject_drop(&nested);
        subject_drop(&shadow);
    }
    unsigned exits;
    struct subject compile = subject_make(COMPILE, NULL, NULL);
    length_of_load(&compile, &exits);
    assert_int_equal(exits, 0);
    struct outcome *outcome = outcome_of_batch(&compile, 1, 0, 300, false);
    assert_true(outcome->result.counters[COUNT_EXITS] > 0);
    assert_int_equal(outcome->result.counters[COUNT_DESTRUCTIONS], 0);
    both_drop(&compile, outcome);
}

/* The guest never sees the microkernel's tick, but each costs it an exit and an entry. */
static void a_tick_costs_an_exit_and_an_entry(void **state)
{
    (void)state;
    enum { PERIODS = 50 };
    irqp_time busy[2];
    uint64_t exits[2], ticks = 0;
    static const char *const devices[] = {"design.tick.device=none", "design.tick.device=pit"};
    for (int i = 0; i < 2; i++) {
        struct subject subject = subject_make(MICRO("spin"), OVERRIDES(VIRTUAL),
                                              OVERRIDES(devices[i], "cyclictest.interval=10 ms"));
        struct outcome *outcome = outcome_of_batch(&subject, 1, 0, PERIODS, false);
        assert_int_equal(outcome->status, IRQP_OK);
        exits[i] = outcome->result.counters[COUNT_VM_EXITS];
        ticks = outcome->result.counters[COUNT_MK_TICKS];
        busy[i] = outcome->result.mode_time[IRQP_MODE_MICROKERNEL];
        if (i) {
            irqp_time each =
                sum_of_costs(&subject, EXIT ENTRY " microkernel.irq_entry hardware.local_apic_eoi"
                                                  " microkernel.tick microkernel.return"
                                                  " microkernel.tick_refill");
            irqp_time mean = (busy[1] - busy[0]) / (irqp_time)ticks;
            assert_in_range(mean, each * 98 / 100, each * 102 / 100);
        }
        both_drop(&subject, outcome);
    }
    assert_in_range(ticks, PERIODS * 10 - 20, PERIODS * 10 + 20);
    assert_in_range(exits[1] - exits[0], ticks - 3, ticks + 3);
}

/* A level-triggered disk: the microkernel masks its line; the guest's mask, end of interrupt and unmask exit,
 * and with the last the monitor has the line unmasked. */
static void a_level_costs_more_exits(void **state)
{
    (void)state;
    uint64_t exits[2], requests[2];
    static const char *const triggers[] = {"hardware.disk.trigger=edge", "hardware.disk.trigger=level"};
    for (int i = 0; i < 2; i++) {
        struct subject subject = subject_make(MICRO("reader"), OVERRIDES(VIRTUAL),
                                              OVERRIDES(triggers[i], "cyclictest.interval=1 s"));
        struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 1, false);
        assert_int_equal(outcome->status, IRQP_OK);
        exits[i] = outcome->result.counters[COUNT_VM_EXITS];
        requests[i] = outcome->result.counters[COUNT_DISK_INTERRUPTS];
        assert_true(requests[i] > 1000);
        both_drop(&subject, outcome);
    }
    double edge = (double)exits[0] / (double)requests[0], level = (double)exits[1] / (double)requests[1];
    assert_true(edge > 1.99 && edge < 2.01);   /* halt, end of interrupt */
    assert_true(level > 3.99 && level < 4.01); /* mask and unmask as well */
}

/* What comes while the monitor works on an exit is queued, and found by its resume call. */
static void what_comes_while_the_monitor_runs(void **state)
{
    (void)state;
    struct subject subject =
        subject_make(MICRO("two-requests"), OVERRIDES(VIRTUAL),
                     OVERRIDES("costs.virtualised.monitor_emulate=300 us", "cyclictest.interval=5 ms",
                               "hardware.disk.service={dist: uniform, low: 10 us, high: 2 ms}"));
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 300, false);
    assert_int_equal(outcome->status, IRQP_OK);
    assert_true(outcome->result.counters[COUNT_DEFERRED] > 30);
    assert_true(cause_time(&subject, &outcome->result, "monitor") > 0);
    both_drop(&subject, outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(while_the_guest_runs),
        cmocka_unit_test(while_the_guest_has_interrupts_off),
        cmocka_unit_test(while_the_guest_halts),
        cmocka_unit_test(switches_change_their_own_steps),
        cmocka_unit_test(switches_cost_their_own_steps),
        cmocka_unit_test(page_tables_are_the_guests),
        cmocka_unit_test(a_tick_costs_an_exit_and_an_entry),
        cmocka_unit_test(a_level_costs_more_exits),
        cmocka_unit_test(what_comes_while_the_monitor_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
