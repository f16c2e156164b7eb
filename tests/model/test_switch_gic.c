/* ARM: the GIC as controller, the architected timer, and a hypervisor that keeps the virtual devices itself.
 * What each adds to a wake-up is put together here from the steps that the architecture asks for (Arm's IHI
 * 0048 and IHI 0069; Linux's irq-gic.c, irq-gic-v3.c and arm_arch_timer.c; Xen's gic.c and vtimer.c).
 */
#include "harness.h"

#define NATIVE      "placement=native"
#define ARCHITECTED "design.guest_timer=architected"
#define REGISTERS   "hardware.gic.interface=registers"
#define ONE_WRITE   "hardware.gic.split_end=false"
#define GIC_DISK    "hardware.disk.controller=gic"
#define HYPERVISOR  "placement=virtualised", "design.virtualisation.monitor=hypervisor"
#define DIRECT      "design.virtualisation.direct_injection=true", "design.virtualisation.direct_timer=true"
#define NATIVE_HALT "design.virtualisation.halt=native"

#define QUIET " hardware.architected_timer_read hardware.architected_timer_write"
#define PROGRAM                                                                                              \
    " hardware.architected_timer_read hardware.architected_timer_write hardware.architected_timer_write"
#define LAPIC "hardware.local_apic_eoi hardware.local_apic_timer_write"

/* ---- the steps that differ ---- */

static void listings(void **state)
{
    (void)state;
    static const char file[] = MICRO("reader");
    static const char lapic[] = "design.guest_timer=local-apic";
    assert_int_equal(
        assert_only_differs(file, OVERRIDES(NATIVE, lapic), OVERRIDES(NATIVE, ARCHITECTED),
                            STEPS("end of interrupt at the local APIC", "local APIC: program",
                                  "GIC: acknowledge", "GIC: drop", "GIC: deactivate", "architected timer: ")),
        4); /* entry, handler, idle, cyclictest */
    assert_int_equal(assert_only_differs(file, OVERRIDES(NATIVE, ARCHITECTED),
                                         OVERRIDES(NATIVE, ARCHITECTED, ONE_WRITE),
                                         STEPS("GIC: drop", "GIC: deactivate", "GIC: end of interrupt")),
                     2);
    assert_int_equal(
        assert_only_differs(file, OVERRIDES(NATIVE), OVERRIDES(NATIVE, GIC_DISK),
                            STEPS("mask the line at the IO-APIC", "end of interrupt at the local APIC",
                                  "unmask the line at the IO-APIC", "GIC: ")),
        2); /* the disk's entry, its thread */
    assert_int_equal(
        assert_only_differs(file, OVERRIDES(HYPERVISOR, ARCHITECTED, DIRECT),
                            OVERRIDES(HYPERVISOR, ARCHITECTED, DIRECT, NATIVE_HALT),
                            STEPS("exit: ", "monitor: ", "entry: ", "cold lines: guest", "idle: halt")),
        1);
    assert_int_equal(
        assert_only_differs(file, OVERRIDES(HYPERVISOR, ARCHITECTED, DIRECT),
                            OVERRIDES("placement=virtualised", ARCHITECTED, DIRECT),
                            STEPS("monitor: ", "cold lines: monitor", "receive returns the label",
                                  "resume finds something pending", "pending: take it")),
        8); /* interrupt, receive, three wakes, the disk's vector and thread, idle */
}

/* ---- what they cost a wake-up ---- */

static void latencies(void **state)
{
    (void)state;
#define V2       " hardware.gic_read hardware.gic_write hardware.gic_write"
#define V3       " hardware.gic_read_register hardware.gic_write_register hardware.gic_write_register"
#define EXIT     " virtualised.exit virtualised.save"
#define ENTRY    " virtualised.entry virtualised.guest_misses"
#define EMULATED EXIT " virtualised.monitor_decode virtualised.monitor_emulate" ENTRY
#define FRONT                                                                                                \
    " microkernel.irq_entry microkernel.irq_object" V2 QUIET " microkernel.front_misses microkernel.decide"
    static const struct {
        const char *file, *one[6], *other[8], *more, *less;
    } table[] = {
        {MICRO("spin"),
         {NATIVE, "design.guest_timer=local-apic"},
         {NATIVE, ARCHITECTED},
         V2 QUIET PROGRAM,
         LAPIC},
        {MICRO("idle"),
         {NATIVE, "design.guest_timer=local-apic"},
         {NATIVE, ARCHITECTED},
         V2 QUIET PROGRAM,
         LAPIC},
        {MICRO("spin"), {NATIVE, ARCHITECTED}, {NATIVE, ARCHITECTED, REGISTERS}, V3, V2},
        {MICRO("spin"), {NATIVE, ARCHITECTED}, {NATIVE, ARCHITECTED, ONE_WRITE}, "", "hardware.gic_write"},
        /* a hypervisor with list registers: one exit, its front, one entry; the guest's end is one write */
        {MICRO("spin"),
         {NATIVE, ARCHITECTED},
         {HYPERVISOR, DIRECT, ARCHITECTED},
         EXIT FRONT " virtualised.monitor_raise" ENTRY,
         "hardware.gic_write"},
        /* a halt in the guest: the same, after the processor has left it */
        {MICRO("idle"),
         {NATIVE, ARCHITECTED},
         {HYPERVISOR, DIRECT, NATIVE_HALT, ARCHITECTED},
         EXIT FRONT " virtualised.monitor_raise" ENTRY,
         "hardware.gic_write"},
        /* a halt that exits: the vCPU is switched to, and enters where it had left */
        {MICRO("idle"),
         {HYPERVISOR, DIRECT, NATIVE_HALT, ARCHITECTED},
         {HYPERVISOR, DIRECT, ARCHITECTED},
         "microkernel.thread_switch hardware.address_space_switch virtualised.monitor_misses "
         "microkernel.wait_return",
         EXIT},
        /* the physical timer, whose registers are not the guest's: two accesses to quieten it, three to
           program it */
        {MICRO("spin"),
         {HYPERVISOR, DIRECT, ARCHITECTED},
         {HYPERVISOR, ARCHITECTED, "design.virtualisation.direct_injection=true"},
         EMULATED EMULATED EMULATED EMULATED EMULATED,
         ""},
        /* no virtual interface: acknowledge and end exit */
        {MICRO("spin"),
         {HYPERVISOR, DIRECT, ARCHITECTED},
         {HYPERVISOR, ARCHITECTED, "design.virtualisation.direct_timer=true"},
         EMULATED EMULATED,
         "hardware.gic_read hardware.gic_write"},
        /* a monitor in a task: there and back */
        {MICRO("spin"),
         {HYPERVISOR, DIRECT, ARCHITECTED},
         {"placement=virtualised", DIRECT, ARCHITECTED},
         "hardware.address_space_switch virtualised.monitor_misses virtualised.monitor_entry"
         " virtualised.monitor_decode virtualised.monitor_resume",
         ""},
    };
    struct subject subject = subject_make(MICRO("spin"), NULL, NULL);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        irqp_time one = constant_latency(table[i].file, table[i].one, NULL);
        irqp_time other = constant_latency(table[i].file, table[i].other, NULL);
        irqp_time expected = sum_of_costs(&subject, table[i].more) - sum_of_costs(&subject, table[i].less);
        if (other - one != expected)
            fail_msg("row %d: %lld ps more, not %lld", (int)i, (long long)(other - one), (long long)expected);
    }
    subject_drop(&subject);
}

/* The comparator is on the grid of the counter, and no oscillator of its own can be wrong. */
static void the_counter_is_the_grid(void **state)
{
    (void)state;
    static const struct {
        const char *rate;
        irqp_time grid;
    } table[] = {{"hardware.architected_timer.rate=100 MHz", 10 * IRQP_NS},
                 {"hardware.architected_timer.rate=8 MHz", 125 * IRQP_NS}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct subject subject =
            subject_make(MICRO("spin"), OVERRIDES(NATIVE, ARCHITECTED, table[i].rate),
                         OVERRIDES("hardware.local_apic.error=500", "hardware.hpet.error=500"));
        assert_int_equal(subject.machine->timer_grid, table[i].grid);
        irqp_time least = IRQP_NEVER, most = 0;
        for (uint64_t batch = 0; batch < 300; batch++) { /* each has a phase of its own */
            struct outcome *outcome = outcome_of_batch(&subject, 1, batch, 2, false);
            assert_int_equal(outcome->status, IRQP_OK);
            irqp_time at = outcome->result.thread.minimum;
            least = at < least ? at : least;
            most = at > most ? at : most;
            outcome_free(outcome);
        }
        assert_in_range(most - least, table[i].grid * 9 / 10, table[i].grid);
        subject_drop(&subject);
    }
}

/* ---- active until deactivated ---- */

static struct {
    unsigned acknowledged, deactivated, twice;
} line;

static void activate(struct irqp_cpu *cpu, uint16_t argument)
{
    struct run *run = run_of(cpu);
    line.acknowledged++;
    line.twice += run->lines[run->microkernel.entered].masked;
    effect_functions[E_ACTIVATE_LINE - IRQP_EFFECT_MODEL](cpu, argument);
}

static void deactivate(struct irqp_cpu *cpu, uint16_t argument)
{
    line.deactivated++;
    effect_functions[E_DEACTIVATE_LINE - IRQP_EFFECT_MODEL](cpu, argument);
}

/* A hypervisor leaves a device's interrupt active; the guest's end of interrupt deactivates it, without an
 * exit. With a thread the guest's mask and unmask exit instead. */
static void a_guest_ends_a_physical_interrupt(void **state)
{
    (void)state;
    static const struct {
        const char *patched;
        double exits; /* of a disk request: the halt, its interrupt, and what the guest's driver does */
        bool deactivates;
    } table[] = {{"design.preempt_rt=false", 0, true}, {"design.preempt_rt=true", 2, false}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        memset(&line, 0, sizeof line);
        struct subject subject =
            subject_make(MICRO("reader"), OVERRIDES(HYPERVISOR, DIRECT, NATIVE_HALT, ARCHITECTED, GIC_DISK),
                         OVERRIDES(table[i].patched, "cyclictest.interval=1 s"));
        subject_replace_effect(&subject, E_ACTIVATE_LINE, activate);
        subject_replace_effect(&subject, E_DEACTIVATE_LINE, deactivate);
        struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 1, false);
        assert_int_equal(outcome->status, IRQP_OK);
        double requests = (double)outcome->result.counters[COUNT_DISK_INTERRUPTS];
        assert_true(requests > 1000);
        double exits = (double)outcome->result.counters[COUNT_VM_EXITS] / requests;
        assert_true(exits > 1 + table[i].exits - 0.01 && exits < 1 + table[i].exits + 0.01);
        assert_true(line.acknowledged > 1000);
        assert_int_equal(line.twice, 0);
        if (table[i].deactivates)
            assert_in_range(line.acknowledged - line.deactivated, 0, 1);
        else
            assert_int_equal(line.deactivated, 0);
        outcome_free(outcome);
        subject_drop(&subject);
    }
}

/* An edge that comes while its line is masked or active is kept in the pending state; an IO-APIC loses it. */
static void edges_are_kept(void **state)
{
    (void)state;
    static const struct {
        const char *controller;
        bool loses;
    } table[] = {{"hardware.disk.controller=io-apic", true}, {GIC_DISK, false}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct subject subject = subject_make(MICRO("reader"), OVERRIDES(NATIVE, table[i].controller), NULL);
        struct run *run = calloc(1, sizeof *run);
        assert_non_null(run);
        subject.machine->wiring[LINE_DISK].trigger = EDGE;
        run->machine = subject.machine;
        lines_mask(run, LINE_DISK);
        assert_int_equal(lines_assert(run, LINE_DISK), table[i].loses ? ARRIVED_LOST : ARRIVED);
        lines_unmask(run, LINE_DISK);
        assert_int_equal(run->cpu.pending >> LINE_DISK & 1, !table[i].loses);
        free(run);
        subject_drop(&subject);
    }
}

/* ---- what cannot be ---- */

static void refusals(void **state)
{
    (void)state;
    assert_refused(MICRO("idle"), OVERRIDES(NATIVE, "hardware.timer.controller=gic"), "no line at a GIC");
    assert_refused(MICRO("idle"), OVERRIDES("placement=rehosted", ARCHITECTED), "one-shot-thread");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(listings),
        cmocka_unit_test(latencies),
        cmocka_unit_test(the_counter_is_the_grid),
        cmocka_unit_test(a_guest_ends_a_physical_interrupt),
        cmocka_unit_test(edges_are_kept),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
