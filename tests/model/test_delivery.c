/* The delivery decision (section 0.1 of the facts): each case that a guest without synchronous calls can
 * meet (those with them: test_switch_graphics.c), and that a wake-up which meets it takes exactly the steps
 * of its route. All costs are constant, so "exactly" is to the picosecond.
 */
#include "harness.h"
#include "route_costs.h"

enum { SAMPLES = 20 };

/* Deferred deliveries of samples; the model's counter also has one of a wake-up that the end of the warm-up
 * cuts. */
static unsigned deferred;

static void count_deferred(struct irqp_cpu *cpu, uint16_t target)
{
    deferred += cpu->charging && run_of(cpu)->wakeup.measured;
    effect_functions[E_DEQUEUE - IRQP_EFFECT_MODEL](cpu, target);
}

static struct outcome *run(struct subject *subject, const char *file, const char *const *overrides)
{
    *subject = subject_make(file, OVERRIDES("placement=rehosted"), overrides);
    subject_without_grid(subject);
    subject_replace_effect(subject, E_DEQUEUE, count_deferred);
    deferred = 0;
    struct outcome *outcome = outcome_of_batch(subject, 1, 0, SAMPLES, false);
    assert_int_equal(outcome->status, IRQP_OK);
    assert_int_equal(outcome->result.thread.total, SAMPLES);
    return outcome;
}

static void upcall_from_user_mode(void **state)
{
    (void)state;
    struct subject subject;
    struct outcome *outcome = run(&subject, MICRO("spin"), NULL);
    irqp_time expected =
        sum_of_costs(&subject, FRONT " microkernel.enter_kernel_mode hardware.address_space_switch"
                                     " walks.kernel microkernel.state_copy microkernel.upcall_misses"
                                     " rehosted.segment_reload rehosted.guest_entry" HANDLER SWITCH LEAVE);
    assert_int_equal(outcome->result.thread.minimum, expected);
    assert_int_equal(outcome->result.thread.maximum, expected);
    assert_int_equal(cause_time(&subject, &outcome->result, "own path"), SAMPLES * expected);
    assert_int_equal(outcome->result.counters[COUNT_UPCALLS_USER], SAMPLES);
    assert_int_equal(outcome->result.counters[COUNT_UPCALLS_KERNEL], 0);
    assert_int_equal(outcome->result.counters[COUNT_DEFERRED], 0);
    both_drop(&subject, outcome);
}

/* The interrupted kernel code keeps its address space: less than from user mode by switch and its misses. */
static void upcall_from_kernel_mode(void **state)
{
    (void)state;
    struct subject subject;
    struct outcome *outcome = run(&subject, MICRO("kernel"), NULL);
    irqp_time expected = sum_of_costs(
        &subject,
        FRONT " microkernel.enter_kernel_mode microkernel.state_copy"
              " microkernel.upcall_misses rehosted.segment_reload rehosted.guest_entry" HANDLER SWITCH LEAVE);
    assert_int_equal(outcome->result.thread.minimum, expected);
    assert_int_equal(outcome->result.thread.maximum, expected);
    assert_int_equal(cause_time(&subject, &outcome->result, "own path"), SAMPLES * expected);
    assert_int_equal(outcome->result.counters[COUNT_UPCALLS_KERNEL], SAMPLES);
    assert_int_equal(outcome->result.counters[COUNT_UPCALLS_USER], 0);
    both_drop(&subject, outcome);
}

/* Virtual interrupts off: the microkernel's part is charged at once (and lengthens the section), then the
 * rest of the section passes, then one round trip. */
static void queued_with_interrupts_off(void **state)
{
    (void)state;
    struct subject subject;
    struct outcome *outcome = run(&subject, MICRO("interrupts-off"), NULL);
    irqp_time route = sum_of_costs(&subject, FRONT " microkernel.return rehosted.enable" RECEIVE HANDLER
                                                   " rehosted.enable" SWITCH LEAVE);
    irqp_time residual = cause_time(&subject, &outcome->result, "guest interrupts off");
    /* the enabling itself belongs to the section: its step is the load's */
    irqp_time enabling = SAMPLES * sum_of_costs(&subject, "rehosted.enable");
    assert_true(residual > enabling);
    assert_int_equal((irqp_time)outcome->result.thread.sum, SAMPLES * route + residual - enabling);
    assert_int_equal(deferred, SAMPLES);
    assert_int_equal(outcome->result.counters[COUNT_UPCALLS_USER], 0);
    assert_int_equal(outcome->result.counters[COUNT_UPCALLS_KERNEL], 0);
    both_drop(&subject, outcome);
}

/* Halted: leave it, then the direct switch; the receive returns the label, nothing is copied. Interrupts come
 * back on behind the call and where idle is left. */
static void open_receive_when_idle(void **state)
{
    (void)state;
    static const char route[] =
        FRONT " microkernel.thread_switch hardware.address_space_switch"
              " walks.kernel microkernel.wait_return" HANDLER " rehosted.enable rehosted.enable" SWITCH LEAVE;
    struct subject subject;
    struct outcome *outcome = run(&subject, MICRO("idle"), NULL);
    irqp_time expected = sum_of_costs(&subject, "hardware.idle_exit") + sum_of_costs(&subject, route);
    assert_int_equal(outcome->result.thread.minimum, expected);
    assert_int_equal(outcome->result.thread.maximum, expected);
    assert_int_equal(outcome->result.counters[COUNT_WAKES], SAMPLES);
    both_drop(&subject, outcome);

    outcome = run(&subject, MICRO("idle"), OVERRIDES("hardware.idle=poll"));
    assert_int_equal(outcome->result.thread.minimum, sum_of_costs(&subject, route));
    assert_int_equal(outcome->result.thread.maximum, sum_of_costs(&subject, route));
    both_drop(&subject, outcome);
}

/* The helper destroys a task while the vCPU waits in an open receive: same address space, hence no switch of
 * it. The requester is preempted where the handler ends, before its own interrupts come back on. */
static void open_receive_while_the_helper_runs(void **state)
{
    (void)state;
    struct subject subject;
    struct outcome *outcome =
        run(&subject, MICRO("destruction"), OVERRIDES("design.task_destruction.by=helper-wait"));
    irqp_time expected = sum_of_costs(
        &subject, FRONT " microkernel.thread_switch microkernel.wait_return" HANDLER SWITCH LEAVE);
    assert_int_equal(outcome->result.thread.minimum, expected);
    assert_in_range(outcome->result.counters[COUNT_DESTRUCTIONS], 1, SAMPLES / 4);
    assert_int_equal(outcome->result.thread.maximum, expected);
    both_drop(&subject, outcome);
}

/* The rule itself, closed receives and sends included, which this guest does not make. */
static void decision(void **state)
{
    (void)state;
    for (int on = 0; on < 2; on++) {
        assert_int_equal(irq_decide(IPC_OPEN_RECEIVE, on), DECIDE_WAKE);
        assert_int_equal(irq_decide(IPC_CLOSED_RECEIVE, on), DECIDE_QUEUE);
        assert_int_equal(irq_decide(IPC_SEND, on), DECIDE_QUEUE);
    }
    assert_int_equal(irq_decide(IPC_NONE, true), DECIDE_UPCALL);
    assert_int_equal(irq_decide(IPC_NONE, false), DECIDE_QUEUE);
}

/* What only an upcall from user mode takes is no part of one from kernel mode. */
static void a_user_tasks_state_is_spilled_where_there_is_one(void **state)
{
    (void)state;
    static const char spill[] = "costs.microkernel.spill_user_task=0.079 us";
    static const struct {
        const char *file;
        irqp_time more;
    } table[] = {{MICRO("spin"), 79 * IRQP_NS}, {MICRO("kernel"), 0}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct subject without, with;
        struct outcome *one = run(&without, table[i].file, NULL),
                       *other = run(&with, table[i].file, OVERRIDES(spill));
        assert_int_equal(other->result.interrupt.minimum - one->result.interrupt.minimum, table[i].more);
        both_drop(&without, one);
        both_drop(&with, other);
    }
    static const char guest[] =
        "competing=[{name: a, kind: guest, busy: 1 ms, idle: 1 ms, interrupts: 1 ms}]";
    unsigned changed = assert_only_differs(MICRO("spin"), OVERRIDES("placement=rehosted", guest),
                                           OVERRIDES("placement=rehosted", guest, spill),
                                           STEPS("upcall: what the user task's state takes more"));
    assert_int_equal(changed, 3); /* at once, later, and a second guest's */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decision),
        cmocka_unit_test(upcall_from_user_mode),
        cmocka_unit_test(upcall_from_kernel_mode),
        cmocka_unit_test(queued_with_interrupts_off),
        cmocka_unit_test(open_receive_when_idle),
        cmocka_unit_test(a_user_tasks_state_is_spilled_where_there_is_one),
        cmocka_unit_test(open_receive_while_the_helper_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
