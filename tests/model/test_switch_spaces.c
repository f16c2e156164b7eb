/* Address spaces: what a flush of the TLB costs, and what tags, global pages, large pages and the stripped
 * native kernel change (facts, sections 7.3 and 12).
 */
#include "harness.h"

#define KERNEL_WALK "TLB: page walks of the guest kernel"
#define USER_WALK   "TLB: page walks of the user task"
#define NONE        ((const char *const[]){NULL})

/* ---- steps ---- */

static const char compile[] = SCENARIOS "/paper/fig7-compile-l4linux.yaml";

static void the_design_takes_walks_away(void **state)
{
    (void)state;
    assert_only_differs(compile, OVERRIDES("design.tlb=flush"), OVERRIDES("design.tlb=tagged"),
                        STEPS(KERNEL_WALK, USER_WALK));
    assert_only_differs(compile, OVERRIDES("design.global_pages=false"),
                        OVERRIDES("design.global_pages=true"), STEPS(KERNEL_WALK));
    assert_only_differs(compile, OVERRIDES("placement=native", "design.global_pages=false"),
                        OVERRIDES("placement=native", "design.global_pages=true"), STEPS(KERNEL_WALK));
    assert_int_equal(assert_only_differs(compile, OVERRIDES("design.large_pages=false"),
                                         OVERRIDES("design.large_pages=true"), NONE),
                     0);
}

static void stripped_flushes_at_each_entry_and_exit(void **state)
{
    (void)state;
    unsigned changed = assert_only_differs(
        compile, OVERRIDES("placement=native"), OVERRIDES("placement=stripped"),
        STEPS("kernel entry: flush the TLB", "kernel exit: flush the TLB", KERNEL_WALK, USER_WALK));
    assert_true(changed > 5);
    struct subject subject = subject_make(compile, OVERRIDES("placement=stripped"), NULL);
    const struct irqp_program *program = &subject.machine->program;
    for (size_t path = 0; path < program->path_count; path++) {
        int entries = occurrences(program, path, "system call: enter") +
                      occurrences(program, path, "page fault: enter") +
                      occurrences(program, path, "interrupt vector and entry");
        int exits = occurrences(program, path, "system call: return to user mode") +
                    occurrences(program, path, "page fault: return to user mode") +
                    occurrences(program, path, "return from interrupt");
        assert_int_equal(occurrences(program, path, "kernel entry: flush the TLB"), entries);
        assert_int_equal(occurrences(program, path, "kernel exit: flush the TLB"), exits);
    }
    subject_drop(&subject);
}

/* ---- latencies: walks are counted in multiples of one ---- */

static irqp_time latency(const char *file, const char *placement, const char *design)
{
    return constant_latency(file, OVERRIDES(placement), OVERRIDES(design));
}

static void a_latency_falls_by_the_walks_it_is_spared(void **state)
{
    (void)state;
    static const struct {
        const char *file, *placement, *one, *other;
        int walks;
    } table[] = {
        {MICRO("spin"), "placement=rehosted", "design.tlb=flush", "design.tlb=tagged", 20 + 6},
        {MICRO("kernel"), "placement=rehosted", "design.tlb=flush", "design.tlb=tagged", 6},
        {MICRO("idle"), "placement=rehosted", "design.tlb=flush", "design.tlb=tagged", 20 + 6},
        {MICRO("spin"), "placement=native", "design.tlb=flush", "design.tlb=tagged", 6},
        {MICRO("spin"), "placement=rehosted", "design.global_pages=false", "design.global_pages=true", 20},
        {MICRO("kernel"), "placement=rehosted", "design.global_pages=false", "design.global_pages=true", 0},
        {MICRO("spin"), "placement=native", "design.global_pages=false", "design.global_pages=true", 4},
        {MICRO("spin"), "placement=rehosted", "design.large_pages=false", "design.large_pages=true", 20 - 4},
        {MICRO("spin"), "placement=native", "design.large_pages=false", "design.large_pages=true", 0},
        {MICRO("spin"), "placement=rehosted", "guest.working_set.kernel_pages=25", "run.seed=1", 5},
        {MICRO("spin"), "placement=rehosted", "guest.working_set.user_pages=8", "run.seed=1", 2},
    };
    struct subject subject = subject_make(MICRO("spin"), NULL, NULL);
    irqp_time walk = constant_cost(&subject, "hardware.page_walk");
    subject_drop(&subject);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        irqp_time spared = latency(table[i].file, table[i].placement, table[i].one) -
                           latency(table[i].file, table[i].placement, table[i].other);
        if (spared != table[i].walks * walk)
            fail_msg("%s, %s: %s to %s spares %lld ps", strrchr(table[i].file, '/') + 1, table[i].placement,
                     table[i].one, table[i].other, (long long)spared);
    }
}

/* From user mode: the entry flushes, the switch does, and the exit. From idle the interrupt returns once
 * more, into the idle loop, which then switches. */
static void stripped_pays_for_its_flushes(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        int flushes, walks;
    } table[] = {
        {MICRO("spin"), 2, 20 + 20 + 6 - 6},
        {MICRO("kernel"), 2, 20 + 20 + 6 - 6},
        {MICRO("idle"), 3, 20 + 20 + 20 + 6 - 6},
    };
    struct subject subject = subject_make(MICRO("spin"), NULL, NULL);
    irqp_time walk = constant_cost(&subject, "hardware.page_walk"),
              flush = constant_cost(&subject, "hardware.address_space_switch");
    subject_drop(&subject);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        irqp_time more = latency(table[i].file, "placement=stripped", "run.seed=1") -
                         latency(table[i].file, "placement=native", "run.seed=1");
        assert_int_equal(more, table[i].flushes * flush + table[i].walks * walk);
    }
}

/* ---- a closed loop: each system call pays for both directions ---- */

static double messages_per_second(const char *placement)
{
    struct subject subject =
        subject_make(SCENARIOS "/loads/hackbench.yaml", OVERRIDES(placement, "run.warm_up=10 ms"), NULL);
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 300, false);
    assert_int_equal(outcome->status, IRQP_OK);
    double rate = (double)outcome->result.counters[COUNT_MESSAGES] * 1e12 / (double)outcome->result.simulated;
    print_message("%s: %.3f us per message\n", placement, 1e6 / rate);
    outcome_free(outcome);
    subject_drop(&subject);
    return rate;
}

/* Claim 1 of the facts: the order of figure 2. */
static void hackbench_is_slower_stripped_and_slowest_rehosted(void **state)
{
    (void)state;
    double native = messages_per_second("placement=native"),
           stripped = messages_per_second("placement=stripped"),
           rehosted = messages_per_second("placement=rehosted");
    print_message("(stripped - native) / (rehosted - native) = %.3f\n",
                  (1 / stripped - 1 / native) / (1 / rehosted - 1 / native));
    assert_true(native > stripped);
    assert_true(stripped > rehosted);
}

/* ---- what cannot be ---- */

static void refused(const char *override, const char *word)
{
    struct irqp_scenario *scenario = NULL;
    void *machine = NULL;
    struct irqp_diagnostics diagnostics;
    irqp_diagnostics_init(&diagnostics);
    const char *const overrides[] = {"placement=stripped", override};
    assert_int_equal(irqp_scenario_load(&scenario, irqp_interrupt_path.registry, MICRO("spin"), overrides, 2,
                                        SCENARIOS, &diagnostics),
                     IRQP_OK);
    assert_int_equal(irqp_interrupt_path.link(&machine, scenario, &diagnostics), IRQP_INPUT);
    assert_int_equal(diagnostics.errors, 1);
    char *text = irqp_diagnostic_render(&diagnostics.items[0]);
    assert_non_null(strstr(text, word));
    free(text);
    irqp_diagnostics_fini(&diagnostics);
    irqp_scenario_free(scenario);
}

static void stripped_stays_stripped(void **state)
{
    (void)state;
    refused("design.tlb=tagged", "design.tlb");
    refused("design.global_pages=true", "design.global_pages");
    refused("design.large_pages=true", "design.large_pages");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_design_takes_walks_away),
        cmocka_unit_test(stripped_flushes_at_each_entry_and_exit),
        cmocka_unit_test(a_latency_falls_by_the_walks_it_is_spared),
        cmocka_unit_test(stripped_pays_for_its_flushes),
        cmocka_unit_test(hackbench_is_slower_stripped_and_slowest_rehosted),
        cmocka_unit_test(stripped_stays_stripped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
