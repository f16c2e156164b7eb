/* Linux without PREEMPT_RT (facts, section 12): what runs in the interrupt, what cannot be preempted, and
 * that nobody who is better is forgotten.
 */
#include "harness.h"

#define RT     "design.preempt_rt=true"
#define NOT_RT "design.preempt_rt=false"

static const char compile[] = SCENARIOS "/paper/fig7-compile-l4linux.yaml";

/* ---- steps ---- */

static void the_patch_changes_its_own_steps(void **state)
{
    (void)state;
    assert_only_differs(compile, OVERRIDES(RT, "guest.mm_drop=rcu-thread"),
                        OVERRIDES(NOT_RT, "guest.mm_drop=rcu-thread"),
                        STEPS("disk interrupt: ", "block softirq: ", "disk thread: ", "unmask ",
                              "voluntary preemption point: ", "kernel code", "return to user mode: "));
    struct subject subject = subject_make(compile, OVERRIDES(NOT_RT), NULL);
    assert_int_equal(step_number(&subject, "preemption check"), -1);
    assert_int_equal(step_number(&subject, "disk thread: handler"), -1);
    subject_drop(&subject);
}

/* Each way back to user mode looks for a better task, with interrupts off, right before it. */
static void each_return_to_user_mode_looks(void **state)
{
    (void)state;
    static const char *const placements[] = {"placement=native", "placement=stripped", "placement=rehosted"};
    for (int i = 0; i < 3; i++) {
        struct subject subject = subject_make(compile, OVERRIDES(placements[i], NOT_RT), NULL);
        const struct irqp_program *program = &subject.machine->program;
        unsigned returns = 0;
        for (size_t r = 1; r < program->row_count; r++) {
            const char *name = program->names[program->rows[r].name];
            if (strcmp(name, "return to user mode: is a better task ready") != 0)
                continue;
            returns++;
            assert_int_equal(program->rows[r].effect, E_RESCHEDULE);
            assert_true(program->rows[r].flags & IRQP_ROW_VIRTUAL);
            assert_true(program->rows[r + 1].flags & IRQP_ROW_VIRTUAL);
        }
        assert_true(returns > 10);
        subject_drop(&subject);
    }
}

/* ---- latencies ---- */

static irqp_time latency(const char *file, const char *placement, const char *patch)
{
    return constant_latency(file, OVERRIDES(placement), OVERRIDES(patch));
}

/* In user mode nothing changes. In kernel mode the interrupt returns, and the kernel goes on to its next
 * voluntary point. */
static void kernel_code_goes_on_to_its_voluntary_point(void **state)
{
    (void)state;
    struct subject subject = subject_make(MICRO("kernel"), NULL, NULL);
    irqp_time gap = constant_cost(&subject, "guest.voluntary_gap");
    static const struct {
        const char *placement, *interrupt_return;
    } table[] = {
        {"placement=native", "hardware.return"},
        {"placement=stripped", "hardware.address_space_switch hardware.return walks.kernel"},
        {"placement=rehosted", "microkernel.self_resume"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct subject on = subject_make(MICRO("kernel"), OVERRIDES(table[i].placement), NULL);
        irqp_time interrupt_return = sum_of_costs(&on, table[i].interrupt_return);
        subject_drop(&on);
        assert_int_equal(latency(MICRO("spin"), table[i].placement, NOT_RT),
                         latency(MICRO("spin"), table[i].placement, RT));
        assert_int_equal(latency(MICRO("kernel"), table[i].placement, NOT_RT),
                         latency(MICRO("kernel"), table[i].placement, RT) + interrupt_return + gap);
    }
    subject_drop(&subject);
}

/* ---- the disk's handler and its softirq ---- */

static void worst(const char *patch, const char *cost, const char *placement, irqp_time *interrupt,
                  irqp_time *thread)
{
    struct subject subject =
        subject_make(MICRO("reader"), OVERRIDES(placement, patch, cost, "cyclictest.interval=930 us"), NULL);
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 500, false);
    assert_int_equal(outcome->status, IRQP_OK);
    assert_true(outcome->result.counters[COUNT_DISK_INTERRUPTS] > 100);
    *interrupt = outcome->result.interrupt.maximum / IRQP_US;
    *thread = outcome->result.thread.maximum / IRQP_US;
    print_message("%s, %s, %s: worst interrupt latency %d us, thread latency %d us\n", placement, patch, cost,
                  (int)*interrupt, (int)*thread);
    outcome_free(outcome);
    subject_drop(&subject);
}

static void the_handler_in_the_interrupt_delays_everybody(void **state)
{
    (void)state;
    static const char *const placements[] = {"placement=native", "placement=rehosted"};
    for (int i = 0; i < 2; i++) {
        irqp_time interrupt, thread;
        worst(RT, "costs.guest.thread_handler=400 us", placements[i], &interrupt, &thread);
        assert_in_range(thread, 1, 30);
        worst(NOT_RT, "costs.guest.thread_handler=400 us", placements[i], &interrupt, &thread);
        assert_in_range(interrupt, 300, 430);
        assert_in_range(thread, 300, 450);
        worst(NOT_RT, "costs.guest.softirq=400 us", placements[i], &interrupt, &thread);
        assert_in_range(interrupt, 1, 30);
        assert_in_range(thread, 300, 450);
    }
}

/* ---- nobody is forgotten, and what the patch is worth ---- */

static irqp_time worst_of_compile(const char *placement, const char *patch, double *share)
{
    struct subject subject =
        subject_make(SCENARIOS "/loads/kernel-compile.yaml",
                     OVERRIDES(placement, patch, "run.warm_up=20 ms", "cyclictest.interval=230 us"), NULL);
    uint64_t off = 0, total = 0;
    irqp_time maximum = 0;
    for (uint64_t batch = 0; batch < 3; batch++) {
        struct outcome *outcome = outcome_of_batch(&subject, 2, batch, 2000, false);
        assert_int_equal(outcome->status, IRQP_OK);
        const struct irqp_histogram *thread = &outcome->result.thread;
        maximum = thread->maximum > maximum ? thread->maximum : maximum;
        off += (uint64_t)cause_time(&subject, &outcome->result, "preemption off") / IRQP_US;
        total += (uint64_t)(thread->sum / IRQP_US);
        outcome_free(outcome);
    }
    *share = (double)off / (double)total;
    subject_drop(&subject);
    return maximum;
}

static void the_patch_is_worth_it(void **state)
{
    (void)state;
    static const char *const placements[] = {"placement=native", "placement=rehosted"};
    for (int i = 0; i < 2; i++) {
        double with, without;
        irqp_time patched = worst_of_compile(placements[i], RT, &with),
                  plain = worst_of_compile(placements[i], NOT_RT, &without);
        print_message("%s: worst %d us with the patch, %d us without; preemption off %.3f and %.3f\n",
                      placements[i], (int)(patched / IRQP_US), (int)(plain / IRQP_US), with, without);
        assert_true(plain > 2 * patched);
        assert_true(without > with);
    }
}

/* Where kernel code goes on without looking, a flag that is set is seen before user mode: never there. */
static struct {
    void (*fire)(struct irqp_cpu *cpu, unsigned slot);
    unsigned long looked, forgotten;
} watch;

static void look_and_fire(struct irqp_cpu *cpu, unsigned slot)
{
    const struct irqp_row *row = irqp_row_of(cpu, cpu->thread->top);
    bool user = (row->flags & IRQP_ROW_MODE) == IRQP_MODE_USER && cpu->thread->top->remaining > 0;
    watch.looked += user;
    watch.forgotten += user && cpu->thread->id < TASKS && (cpu->attention & ATTENTION_RESCHED);
    watch.fire(cpu, slot);
}

static void user_mode_never_runs_while_a_better_task_is_ready(void **state)
{
    (void)state;
    static const char *const files[] = {SCENARIOS "/loads/kernel-compile.yaml",
                                        SCENARIOS "/loads/hackbench.yaml", MICRO("processes")};
    static const char *const placements[] = {"placement=native", "placement=stripped", "placement=rehosted"};
    for (int f = 0; f < 3; f++)
        for (int p = 0; p < 3; p++) {
            struct subject subject = subject_make(
                files[f], OVERRIDES(placements[p], NOT_RT, "run.warm_up=10 ms", "cyclictest.interval=130 us"),
                NULL);
            memset(&watch, 0, sizeof watch);
            watch.fire = subject.machine->program.fire;
            subject.machine->program.fire = look_and_fire;
            struct outcome *outcome = outcome_of_batch(&subject, 2, 0, 1500, false);
            assert_int_equal(outcome->status, IRQP_OK);
            assert_true(watch.looked > 50);
            assert_int_equal(watch.forgotten, 0);
            outcome_free(outcome);
            subject_drop(&subject);
        }
}

/* ---- the way of a dead address space ---- */

static void the_drop_follows_the_kernel(void **state)
{
    (void)state;
    static const struct {
        const char *patch, *drop;
        bool in_switch;
    } table[] = {
        {RT, "guest.mm_drop=by-kernel", false},
        {NOT_RT, "guest.mm_drop=by-kernel", true},
        {NOT_RT, "guest.mm_drop=rcu-thread", false},
        {RT, "guest.mm_drop=finish-task-switch", true},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct subject subject = subject_make(MICRO("idle"), OVERRIDES(table[i].patch, table[i].drop), NULL);
        assert_int_equal(subject.machine->drop_in_switch, table[i].in_switch);
        subject_drop(&subject);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_patch_changes_its_own_steps),
        cmocka_unit_test(each_return_to_user_mode_looks),
        cmocka_unit_test(kernel_code_goes_on_to_its_voluntary_point),
        cmocka_unit_test(the_handler_in_the_interrupt_delays_everybody),
        cmocka_unit_test(the_patch_is_worth_it),
        cmocka_unit_test(user_mode_never_runs_while_a_better_task_is_ready),
        cmocka_unit_test(the_drop_follows_the_kernel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
