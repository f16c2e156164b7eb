/* Task destruction (facts, section 5): how long it takes, and whom it delays in each design. */
#include "harness.h"

/* ---- its length ---- */

static struct {
    uint32_t tables, pages;
    irqp_time base, scan, mapped, returned;
} begun;

static void note_lengths(struct irqp_cpu *cpu, uint16_t argument)
{
    const struct task *task = guest_current(run_of(cpu));
    begun.tables = task->dying.tables;
    begun.pages = task->dying.pages;
    effect_functions[E_DESTROY_BEGIN - IRQP_EFFECT_MODEL](cpu, argument);
    begun.base = cpu->thread->registers[REG_BASE];
    begun.scan = cpu->thread->registers[REG_SCAN];
    begun.mapped = cpu->thread->registers[REG_PAGES];
    begun.returned = cpu->thread->registers[REG_TABLES];
}

/* T = T0 + c_it (768 - N + 1024 N) + c_pg M + c_ft N, with N = 4 tables and M = 100 pages, by hand:
 * 3 us + 9.26 ns * 4860 + 0.3 us * 100 + 0.15 us * 4 = 3 + 45.0036 + 30 + 0.6 us. */
static void length(void **state)
{
    (void)state;
    struct subject subject = subject_make(
        MICRO("faults-and-exec"),
        OVERRIDES("placement=rehosted", "design.task_destruction.by=inline",
                  "costs.microkernel.destroy_base=3 us", "costs.microkernel.destroy_entry=9.26 ns",
                  "costs.microkernel.destroy_page=0.3 us", "costs.microkernel.destroy_table=0.15 us"),
        NULL);
    subject_replace_effect(&subject, E_DESTROY_BEGIN, note_lengths);
    outcome_free(outcome_of_batch(&subject, 1, 0, 10, false));
    assert_int_equal(begun.tables, 4);
    assert_int_equal(begun.pages, 100);
    assert_int_equal(begun.base, 3000000);
    assert_int_equal(begun.scan, 45003600);
    assert_int_equal(begun.mapped, 30000000);
    assert_int_equal(begun.returned, 600000);
    subject_drop(&subject);
}

/* ---- whom it delays (facts, section 5.4) ---- */

/* A destruction takes 4860 entries of 100 ns, and some microseconds: half a millisecond. */
#define LONG_DESTRUCTION "costs.microkernel.destroy_entry=100 ns"
enum { DESTRUCTION = 490, SHORT = 60 }; /* microseconds */

static void worst(const char *destruction, const char *drop, irqp_time *interrupt, irqp_time *thread)
{
    struct subject subject = subject_make(
        MICRO("processes"), OVERRIDES("placement=rehosted", LONG_DESTRUCTION, "cyclictest.interval=930 us"),
        OVERRIDES(destruction, drop));
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 2000, false);
    assert_int_equal(outcome->status, IRQP_OK);
    assert_true(outcome->result.counters[COUNT_DESTRUCTIONS] > 500);
    *interrupt = outcome->result.interrupt.maximum / IRQP_US;
    *thread = outcome->result.thread.maximum / IRQP_US;
    print_message("%s, %s: worst interrupt latency %d us, thread latency %d us\n", destruction, drop,
                  (int)*interrupt, (int)*thread);
    outcome_free(outcome);
    subject_drop(&subject);
}

static void inline_the_residual_delays_everything(void **state)
{
    (void)state;
    irqp_time interrupt, thread;
    worst("design.task_destruction.by=inline", "guest.mm_drop=rcu-thread", &interrupt, &thread);
    assert_in_range(interrupt, DESTRUCTION * 9 / 10, DESTRUCTION + SHORT);
    assert_in_range(thread, interrupt, DESTRUCTION + SHORT);
}

static void by_the_helper_nothing_is_delayed(void **state)
{
    (void)state;
    irqp_time interrupt, thread;
    worst("design.task_destruction.by=helper-wait", "guest.mm_drop=rcu-thread", &interrupt, &thread);
    assert_in_range(interrupt, 1, SHORT / 2);
    assert_in_range(thread, 1, SHORT);
}

static void with_preemption_off_the_helper_repairs_interrupts_only(void **state)
{
    (void)state;
    irqp_time interrupt, thread;
    worst("design.task_destruction.by=helper-wait", "guest.mm_drop=finish-task-switch", &interrupt, &thread);
    assert_in_range(interrupt, 1, SHORT / 2);
    assert_in_range(thread, DESTRUCTION * 9 / 10, DESTRUCTION + 2 * SHORT);
}

/* Preemptible, not aborted: nearly all of this load's life is destruction, and nearly all of the delay is the
 * residual of one, spread evenly. */
static void inline_pays_the_residual(void **state)
{
    (void)state;
    enum { SAMPLES = 50 };
    struct subject subject = subject_make(
        MICRO("destruction"),
        OVERRIDES("placement=rehosted", "design.task_destruction.by=inline", "cyclictest.interval=31 ms"),
        NULL);
    subject_without_grid(&subject);
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, SAMPLES, false);
    irqp_time call = cause_time(&subject, &outcome->result, "microkernel call");
    assert_true(call > (irqp_time)(outcome->result.thread.sum / 100 * 99));
    assert_true(outcome->result.thread.maximum > 8 * IRQP_MS);
    assert_true(outcome->result.thread.minimum < 3 * IRQP_MS);
    outcome_free(outcome);
    subject_drop(&subject);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(length),
        cmocka_unit_test(inline_the_residual_delays_everything),
        cmocka_unit_test(by_the_helper_nothing_is_delayed),
        cmocka_unit_test(with_preemption_off_the_helper_repairs_interrupts_only),
        cmocka_unit_test(inline_pays_the_residual),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
