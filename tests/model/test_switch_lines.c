/* Controller, trigger mode and unmask policy of a line (facts, section 3): each changes the steps that the
 * facts name, in the listing and in the latency.
 */
#include "harness.h"

#define REHOSTED    "placement=rehosted"
#define NATIVE      "placement=native"
#define LEVEL_TIMER "hardware.timer.trigger=level"
#define LAZY        "design.unmask=lazy"
#define ALWAYS      "design.unmask=always"

/* ---- the steps that differ ---- */

static void listings(void **state)
{
    (void)state;
    static const char file[] = MICRO("reader");
    /* what only an edge has at an IO-APIC: it is masked when it merges */
#define MERGE                                                                                                \
    "microkernel: is it queued already", "microkernel: mask the line, hit again",                            \
        "microkernel: object is ready"
    assert_int_equal(assert_only_differs(file, OVERRIDES(REHOSTED), OVERRIDES(REHOSTED, LEVEL_TIMER),
                                         STEPS(MERGE, "mask the line at the IO-APIC", "HPET: clear",
                                               "unmask call", "unmask the line at the IO-APIC")),
                     2);
    assert_int_equal(assert_only_differs(file, OVERRIDES(NATIVE), OVERRIDES(NATIVE, LEVEL_TIMER),
                                         STEPS("HPET: clear", "end of interrupt at the local APIC")),
                     2); /* the end of interrupt moves from the entry to the handler's end */
    assert_int_equal(assert_only_differs(file, OVERRIDES(REHOSTED),
                                         OVERRIDES(REHOSTED, "hardware.timer.controller=8259"),
                                         STEPS(MERGE, "mask the line at the 8259", "end of interrupt at",
                                               "unmask call", "unmask the line at the 8259")),
                     2);
    assert_int_equal(assert_only_differs(file, OVERRIDES(REHOSTED),
                                         OVERRIDES(REHOSTED, "hardware.timer.controller=msi"), STEPS(MERGE)),
                     1);
    assert_int_equal(assert_only_differs(file, OVERRIDES(REHOSTED, "hardware.disk.trigger=edge"),
                                         OVERRIDES(REHOSTED, "hardware.disk.trigger=edge", ALWAYS),
                                         STEPS("unmask call")),
                     2); /* the timer's handler, the disk's thread */
    assert_int_equal(
        assert_only_differs(file, OVERRIDES(REHOSTED), OVERRIDES(REHOSTED, ALWAYS), STEPS("unmask call")),
        1); /* the disk is level-triggered: it has the call anyway */
    unsigned lazy = assert_only_differs(file, OVERRIDES(REHOSTED), OVERRIDES(REHOSTED, LAZY),
                                        STEPS("unmask call", "unmask the line at the IO-APIC",
                                              "note the line", "unmask: which", "unmask the noted"));
    assert_true(lazy >= 4); /* the disk's thread; idle, and every path with a resume */
    assert_int_equal(
        assert_only_differs(
            file, OVERRIDES(NATIVE, "hardware.disk.controller=msi", "hardware.disk.trigger=edge"),
            OVERRIDES(NATIVE), STEPS("mask the line at the IO-APIC", "unmask the line at the IO-APIC")),
        2);
}

/* ---- what they cost a wake-up ---- */

/* The whole latency changes by a sum of costs, less another. */
static void latencies(void **state)
{
    (void)state;
#define L6 "microkernel.unmask_call hardware.io_apic_unmask"
    static const struct {
        const char *file, *one[4], *other[4], *more, *less;
    } table[] = {
        {MICRO("spin"),
         {REHOSTED},
         {REHOSTED, LEVEL_TIMER},
         "hardware.io_apic_mask hardware.hpet_write " L6,
         ""},
        {MICRO("kernel"),
         {REHOSTED},
         {REHOSTED, LEVEL_TIMER},
         "hardware.io_apic_mask hardware.hpet_write " L6,
         ""},
        {MICRO("idle"),
         {REHOSTED},
         {REHOSTED, LEVEL_TIMER},
         "hardware.io_apic_mask hardware.hpet_write " L6,
         ""},
        {MICRO("spin"), {NATIVE}, {NATIVE, LEVEL_TIMER}, "hardware.hpet_write", ""},
        {MICRO("idle"), {NATIVE}, {NATIVE, LEVEL_TIMER}, "hardware.hpet_write", ""},
        {MICRO("spin"),
         {REHOSTED},
         {REHOSTED, "hardware.timer.controller=8259"}, /* an edge to the device, a level to the microkernel */
         "hardware.8259_mask hardware.8259_eoi microkernel.unmask_call hardware.8259_unmask",
         "hardware.local_apic_eoi"},
        {MICRO("spin"),
         {NATIVE},
         {NATIVE, "hardware.timer.controller=8259"},
         "hardware.8259_eoi",
         "hardware.local_apic_eoi"},
        {MICRO("spin"),
         {NATIVE, "hardware.timer.controller=8259"},
         {NATIVE, "hardware.timer.controller=8259", LEVEL_TIMER},
         "hardware.8259_mask hardware.8259_unmask hardware.hpet_write",
         ""},
        {MICRO("spin"), {REHOSTED}, {REHOSTED, "hardware.timer.controller=msi"}, "", ""},
        {MICRO("spin"), {REHOSTED}, {REHOSTED, ALWAYS}, "microkernel.unmask_call", ""},
        {MICRO("idle"),
         {REHOSTED, "hardware.timer.controller=msi"},
         {REHOSTED, "hardware.timer.controller=msi", ALWAYS},
         "microkernel.unmask_call",
         ""},
        {MICRO("spin"), {REHOSTED, LEVEL_TIMER}, {REHOSTED, LEVEL_TIMER, ALWAYS}, "", ""},
        /* the resume to cyclictest unmasks, without a call for it alone */
        {MICRO("spin"),
         {REHOSTED, LEVEL_TIMER},
         {REHOSTED, LEVEL_TIMER, LAZY},
         "",
         "microkernel.unmask_call"},
        {MICRO("kernel"),
         {REHOSTED, LEVEL_TIMER},
         {REHOSTED, LEVEL_TIMER, LAZY},
         "",
         "microkernel.unmask_call"},
        {MICRO("idle"),
         {REHOSTED, LEVEL_TIMER},
         {REHOSTED, LEVEL_TIMER, LAZY},
         "",
         "microkernel.unmask_call"},
        {MICRO("spin"), {REHOSTED}, {REHOSTED, LAZY}, "", ""},
        {MICRO("spin"), {NATIVE}, {NATIVE, ALWAYS}, "", ""},
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

/* ---- a way to the core of its own ---- */

static void transit(void **state)
{
    (void)state;
    static const char *const costs[] = {"costs.hardware.io_apic_transit=300 ns",
                                        "costs.hardware.msi_transit=200 ns",
                                        "costs.hardware.8259_transit=500 ns", NULL};
    irqp_time io_apic = constant_latency(MICRO("spin"), costs, OVERRIDES(NATIVE));
    irqp_time msi =
        constant_latency(MICRO("spin"), costs, OVERRIDES(NATIVE, "hardware.timer.controller=msi"));
    assert_int_equal(io_apic - msi, 100 * IRQP_NS);
}

/* ---- edges that are merged, kept, or lost ---- */

/* Disk interrupts that find their object queued; the timer's may, in any of these. */
static unsigned disk_merges;

static void deliver(struct irqp_cpu *cpu, uint16_t argument)
{
    const struct microkernel *kernel = &run_of(cpu)->microkernel;
    disk_merges += kernel->entered == LINE_DISK && kernel->queued[IRQ_DISK];
    effect_functions[E_DELIVER - IRQP_EFFECT_MODEL](cpu, argument);
}

static struct outcome *fast_disk(struct subject *subject, const char *const *overrides)
{
    /* interrupts are off for so long (each read of the HPET) that the disk is often found queued */
    *subject = subject_make(MICRO("fast-edge-disk"), overrides, OVERRIDES("costs.hardware.hpet_read=120 us"));
    disk_merges = 0;
    subject_replace_effect(subject, E_DELIVER, deliver);
    struct outcome *outcome = outcome_of_batch(subject, 1, 0, 500, false);
    assert_int_equal(outcome->status, IRQP_OK);
    double seconds = (double)outcome->result.simulated / (double)IRQP_S;
    assert_true((double)outcome->result.counters[COUNT_DISK_INTERRUPTS] / seconds > 1000);
    return outcome;
}

/* A message that hits while its object is queued is one with it, and nothing is masked for that. */
static void messages_merge_without_a_mask(void **state)
{
    (void)state;
    struct subject subject;
    struct outcome *outcome = fast_disk(&subject, OVERRIDES(REHOSTED, "hardware.disk.controller=msi"));
    assert_true(disk_merges > 100);
    assert_int_equal(outcome->result.counters[COUNT_LOST], 0);
    assert_int_equal(occurrences(&subject.machine->program, PATH_DISK_ENTRY,
                                 "microkernel: mask the line, hit again while queued"),
                     0);
    both_drop(&subject, outcome);
}

/* The microkernel masks an edge at the 8259 until the guest's call; one that comes meanwhile is not lost. */
static void the_8259_keeps_an_edge_while_masked(void **state)
{
    (void)state;
    struct subject subject;
    struct outcome *outcome = fast_disk(&subject, OVERRIDES(REHOSTED, "hardware.disk.controller=8259"));
    assert_int_equal(outcome->result.counters[COUNT_LOST], 0);
    assert_int_equal(disk_merges, 0); /* masked: it never finds itself queued */
    both_drop(&subject, outcome);
}

/* ---- lazy: masked until a call that is made anyway ---- */

static struct {
    unsigned noted, unmasked;
    bool stays_masked;
} lazy;

static void note(struct irqp_cpu *cpu, uint16_t line)
{
    lazy.noted += !run_of(cpu)->lines[line].noted;
    effect_functions[E_NOTE_LINE - IRQP_EFFECT_MODEL](cpu, line);
}

static void unmask_noted(struct irqp_cpu *cpu, uint16_t argument)
{
    struct run *run = run_of(cpu);
    unsigned noted = 0;
    for (int line = 0; line < LINES; line++)
        noted += run->lines[line].noted;
    bool paid = cpu->thread->registers[REG_UNMASK] > 0;
    lazy.unmasked += noted;
    lazy.stays_masked |= paid != (noted > 0);
    effect_functions[E_UNMASK_NOTED - IRQP_EFFECT_MODEL](cpu, argument);
    for (int line = 0; line < LINES; line++)
        lazy.stays_masked |= run->lines[line].noted;
}

static void lazy_lines_come_back(void **state)
{
    (void)state;
    struct subject subject = subject_make(SCENARIOS "/paper/fig7-compile-l4linux.yaml",
                                          OVERRIDES(LAZY, LEVEL_TIMER, "run.warm_up=10 ms"), NULL);
    subject_replace_effect(&subject, E_NOTE_LINE, note);
    subject_replace_effect(&subject, E_UNMASK_NOTED, unmask_noted);
    memset(&lazy, 0, sizeof lazy);
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 300, false);
    assert_int_equal(outcome->status, IRQP_OK);
    assert_true(lazy.noted > 500); /* the timer and the disk */
    assert_in_range(lazy.noted - lazy.unmasked, 0, 2);
    assert_false(lazy.stays_masked);
    both_drop(&subject, outcome);
}

/* ---- what cannot be ---- */

static void refused(const char *const *overrides, const char *because)
{
    struct irqp_scenario *scenario = NULL;
    void *machine = NULL;
    struct irqp_diagnostics diagnostics;
    size_t count = 0;
    while (overrides[count])
        count++;
    irqp_diagnostics_init(&diagnostics);
    assert_int_equal(irqp_scenario_load(&scenario, irqp_interrupt_path.registry, MICRO("idle"), overrides,
                                        count, SCENARIOS, &diagnostics),
                     IRQP_OK);
    assert_int_equal(irqp_interrupt_path.link(&machine, scenario, &diagnostics), IRQP_INPUT);
    assert_int_equal(diagnostics.errors, 1);
    if (!strstr(diagnostics.items[0].message, because))
        fail_msg("'%s' is not in '%s'", because, diagnostics.items[0].message);
    irqp_diagnostics_fini(&diagnostics);
    irqp_scenario_free(scenario);
}

static void a_message_is_no_level(void **state)
{
    (void)state;
    refused(OVERRIDES("hardware.timer.controller=msi", LEVEL_TIMER), "a message is an edge");
    refused(OVERRIDES("hardware.disk.controller=msi"),
            "a message is an edge"); /* the disk's default is level */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(listings),
        cmocka_unit_test(latencies),
        cmocka_unit_test(transit),
        cmocka_unit_test(messages_merge_without_a_mask),
        cmocka_unit_test(the_8259_keeps_an_edge_while_masked),
        cmocka_unit_test(lazy_lines_come_back),
        cmocka_unit_test(a_message_is_no_level),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
