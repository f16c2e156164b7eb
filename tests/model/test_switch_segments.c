/* Segment descriptors and registers of a rehosted guest (facts, sections 7.1 and 12): who pays for them, in
 * which design.
 */
#include "harness.h"

#define CALL_STEP "context switch: call for the segment descriptors"

static const char compile[] = SCENARIOS "/paper/fig7-compile-l4linux.yaml";

static void restoring_changes_its_own_steps(void **state)
{
    (void)state;
    assert_only_differs(compile, OVERRIDES("design.segment_restore=per-switch"),
                        OVERRIDES("design.segment_restore=state-page"),
                        STEPS(CALL_STEP, "context switch: segment descriptors to the state page"));
    assert_only_differs(compile, OVERRIDES("design.segment_restore=per-switch"),
                        OVERRIDES("design.segment_restore=cached"),
                        STEPS("context switch: are the segment descriptors loaded",
                              "context switch: the segment descriptors are loaded"));
}

static void a_64_bit_guest_reloads_no_segment_registers(void **state)
{
    (void)state;
    unsigned changed =
        assert_only_differs(compile, OVERRIDES("design.guest_wrapper=32-bit"),
                            OVERRIDES("design.guest_wrapper=64-bit", "microkernel.entries_per_table=512"),
                            STEPS("guest entry: reload the segment registers"));
    assert_true(changed > 5);
    assert_only_differs(compile, OVERRIDES("placement=native", "design.guest_wrapper=32-bit"),
                        OVERRIDES("placement=native", "design.guest_wrapper=64-bit"),
                        ((const char *const[]){NULL}));
}

/* ---- latencies ---- */

static irqp_time latency(const char *file, const char *design, const char *more)
{
    return constant_latency(file, OVERRIDES("placement=rehosted", design), OVERRIDES(more));
}

/* cyclictest and the load are two programs: their descriptors differ, and the call is made. Where only the
 * kernel's threads run beside it, they stay. */
static void a_wake_up_pays_for_its_descriptors(void **state)
{
    (void)state;
    struct subject subject = subject_make(MICRO("spin"), NULL, NULL);
    irqp_time call = constant_cost(&subject, "microkernel.gdt_call"),
              store = constant_cost(&subject, "rehosted.segment_store"),
              compare = constant_cost(&subject, "rehosted.segment_compare"),
              reload = constant_cost(&subject, "rehosted.segment_reload");
    subject_drop(&subject);
    irqp_time spin = latency(MICRO("spin"), "design.segment_restore=per-switch", "run.seed=1"),
              idle = latency(MICRO("idle"), "design.segment_restore=per-switch", "run.seed=1");
    assert_int_equal(latency(MICRO("spin"), "design.segment_restore=state-page", "run.seed=1"),
                     spin - call + store);
    assert_int_equal(latency(MICRO("spin"), "design.segment_restore=cached", "run.seed=1"), spin + compare);
    assert_int_equal(latency(MICRO("idle"), "design.segment_restore=cached", "run.seed=1"),
                     idle + compare - call);
    /* user and kernel mode enter once; the receive of an idle guest returns into it */
    static const char wide[] = "design.guest_wrapper=64-bit";
    static const char tables[] = "microkernel.entries_per_table=512";
    assert_int_equal(latency(MICRO("spin"), wide, tables), spin - reload);
    assert_int_equal(latency(MICRO("idle"), wide, tables), idle);
}

/* ---- cached: processes of one program share them ---- */

static unsigned calls;

static void load_segments(struct irqp_cpu *cpu, uint16_t argument)
{
    calls++;
    effect_functions[E_LOAD_SEGMENTS - IRQP_EFFECT_MODEL](cpu, argument);
}

static unsigned calls_of(const char *load, uint64_t *switches)
{
    struct subject subject = subject_make(
        MICRO("idle"), OVERRIDES("placement=rehosted", "design.segment_restore=cached", "guest.hz=1000"),
        OVERRIDES(load));
    subject_replace_effect(&subject, E_LOAD_SEGMENTS, load_segments);
    calls = 0;
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 100, false);
    assert_int_equal(outcome->status, IRQP_OK);
    *switches = outcome->result.counters[COUNT_SWITCHES];
    outcome_free(outcome);
    subject_drop(&subject);
    return calls;
}

/* A send and a receive that wake each other at every message. */
#define PING     "{steps: [{send: there}, {receive: back}]}"
#define PONG     "{steps: [{receive: there}, {send: back}]}"
#define CHANNELS "channels: {there: {capacity: 1}, back: {capacity: 1}}"

static void processes_of_one_program_share_them(void **state)
{
    (void)state;
    uint64_t switches;
    unsigned apart =
        calls_of("load={" CHANNELS ", processes: [{program: ping}, {program: pong}], programs: {ping: " PING
                 ", pong: " PONG "}}",
                 &switches);
    print_message("two programs: %u calls, %d switches\n", apart, (int)switches);
    assert_true(apart > switches * 9 / 10);
    unsigned alike =
        calls_of("load={" CHANNELS ", processes: [{program: both, count: 2}], programs: {both: {steps: "
                 "[{send: there}, {receive: there}, {send: back}, {receive: back}]}}}",
                 &switches);
    print_message("one program: %u calls, %d switches\n", alike, (int)switches);
    assert_true(alike <= 2 * (100 + 20)); /* to cyclictest and back, in the warm-up as well */
}

static void a_64_bit_guest_has_other_page_tables(void **state)
{
    (void)state;
    struct irqp_scenario *scenario = NULL;
    void *machine = NULL;
    struct irqp_diagnostics diagnostics;
    irqp_diagnostics_init(&diagnostics);
    const char *const overrides[] = {"placement=rehosted", "design.guest_wrapper=64-bit"};
    assert_int_equal(irqp_scenario_load(&scenario, irqp_interrupt_path.registry, MICRO("spin"), overrides, 2,
                                        SCENARIOS, &diagnostics),
                     IRQP_OK);
    assert_int_equal(irqp_interrupt_path.link(&machine, scenario, &diagnostics), IRQP_INPUT);
    assert_int_equal(diagnostics.errors, 1);
    irqp_diagnostics_fini(&diagnostics);
    irqp_scenario_free(scenario);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(restoring_changes_its_own_steps),
        cmocka_unit_test(a_64_bit_guest_reloads_no_segment_registers),
        cmocka_unit_test(a_wake_up_pays_for_its_descriptors),
        cmocka_unit_test(processes_of_one_program_share_them),
        cmocka_unit_test(a_64_bit_guest_has_other_page_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
