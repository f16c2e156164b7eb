/* No wake-up is lost: where the guest could be preempted or interrupted, nothing waits for it. A forgotten
 * test on the way out of a section shows here at the next event, long before it shows in a tail that looks
 * plausible.
 */
#include "harness.h"

static struct {
    void (*fire)(struct irqp_cpu *cpu, unsigned slot);
    unsigned long looked;
    const char *lost; /* the step that ran although something waited */
} watch;

static void look_and_fire(struct irqp_cpu *cpu, unsigned slot)
{
    const struct irqp_row *row = irqp_row_of(cpu, cpu->thread->top);
    unsigned mode = row->flags & IRQP_ROW_MODE;
    bool under_way = cpu->thread->id < TASKS && cpu->thread->top->remaining > 0;
    bool guest = (mode == IRQP_MODE_USER || mode == IRQP_MODE_KERNEL) && !(row->flags & IRQP_ROW_MASKED);
    bool preemptible = guest && !(row->flags & (IRQP_ROW_VIRTUAL | IRQP_ROW_PREEMPT));
    bool enabling = row->effect == IRQP_EFFECT_TEST; /* about to look itself */
    if (under_way && preemptible && !enabling) {
        watch.looked++;
        if (cpu->attention & (ATTENTION_RESCHED | ATTENTION_PENDING | ATTENTION_INJECT))
            watch.lost = cpu->program->names[row->name];
    }
    watch.fire(cpu, slot);
}

static void nothing_is_lost(const char *file, const char *const *overrides)
{
    struct subject subject =
        subject_make(file, OVERRIDES("run.warm_up=20 ms", "cyclictest.interval=130 us"), overrides);
    memset(&watch, 0, sizeof watch);
    watch.fire = subject.machine->program.fire;
    subject.machine->program.fire = look_and_fire;
    for (uint64_t batch = 0; batch < 3; batch++) {
        struct outcome *outcome = outcome_of_batch(&subject, 2, batch, 1000, false);
        assert_int_equal(outcome->status, IRQP_OK);
        outcome_free(outcome);
    }
    if (watch.lost)
        fail_msg("%s: something waits in '%s'", file, watch.lost);
    subject_drop(&subject);
}

static void shipped(const char *file)
{
    nothing_is_lost(file, NULL);
}

static void in_shipped_scenarios(void **state)
{
    (void)state;
    for_each_shipped_scenario(shipped);
}

/* A load of nothing but short-lived processes: fork, exec, exit, their first and last steps. */
static void in_processes_that_come_and_go(void **state)
{
    (void)state;
    static const char *const designs[][4] = {
        {"placement=native", NULL},
        {"placement=native", "guest.mm_drop=finish-task-switch", NULL},
        {"placement=rehosted", "design.task_destruction.by=inline", NULL},
        {"placement=rehosted", "design.task_destruction.by=helper-wait", NULL},
        {"placement=rehosted", "guest.mm_drop=finish-task-switch", NULL},
        {"placement=rehosted", "design.pending_check=drain", NULL},
        {"placement=virtualised", NULL},
        {"placement=virtualised", "design.virtualisation.direct_injection=true", NULL},
        {"placement=virtualised", "design.virtualisation.nested_paging=false", NULL},
        {"placement=rehosted", "design.pending_check=label-ring", NULL},
        {"placement=rehosted", "design.virq_in_calls=true", "design.task_destruction.by=inline", NULL},
        {"placement=rehosted", "design.priority_masked_virq=true", NULL},
    };
    for (size_t i = 0; i < sizeof designs / sizeof *designs; i++)
        nothing_is_lost(MICRO("processes"), designs[i]);
}

/* A wake-up that comes while a task is switched to for the first time: it has to be served before the new
 * task's user mode, which would keep the processor for a second. */
static void before_a_new_task_begins(void **state)
{
    (void)state;
    static const char *const placements[] = {"placement=native", "placement=rehosted",
                                             "placement=virtualised"};
    for (int i = 0; i < 3; i++) {
        struct subject subject = subject_make(
            MICRO("spin"), OVERRIDES(placements[i], "run.warm_up=0 us", "cyclictest.interval=40 us"), NULL);
        for (uint64_t batch = 0; batch < 300; batch++) {
            struct outcome *outcome = outcome_of_batch(&subject, 11, batch, 1, false);
            assert_int_equal(outcome->status, IRQP_OK);
            assert_true(outcome->result.worst < 40 * IRQP_US);
            outcome_free(outcome);
        }
        subject_drop(&subject);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_shipped_scenarios),
        cmocka_unit_test(in_processes_that_come_and_go),
        cmocka_unit_test(before_a_new_task_begins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
