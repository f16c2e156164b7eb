/* Virtual interrupts around calls, the check for pending ones, and priority-masked ones (facts, sections 0.1,
 * 0.2, 2c and 12): each changes exactly its own steps, and a latency by exactly those.
 */
#include "harness.h"
#include "route_costs.h"

#define HACKBENCH SCENARIOS "/paper/fig6-hackbench-l4linux.yaml"
#define COMPILE   SCENARIOS "/paper/fig7-compile-l4linux.yaml"

/* What the routes have in common, from sections 1, 2 and 7.1 of the facts. */
#define TAKEN                                                                                                \
    " rehosted.handler_misses rehosted.delivery_unexplained guest.irq_enter guest.irq_exit" /* each source   \
                                                                                             */
#define TIMER_BEGINS " guest.clock_read guest.timer_expire"
#define TIMER        TIMER_BEGINS " guest.timer_callback hardware.hpet_read hardware.hpet_write hardware.hpet_read"
#define DISK         " guest.thread_wake"
#define TO_TASK                                                                                              \
    " guest.schedule microkernel.gdt_call guest.context_switch rehosted.switch_refill"                       \
    " rehosted.switch_unexplained guest.switch_finish rehosted.enable guest.sleep_return"                    \
    " rehosted.state_page microkernel.resume microkernel.resume_space walks.user rehosted.user_refill"       \
    " guest.clock_gettime"

/* ---- the check for pending interrupts ---- */

static void pending_checks_change_their_own_steps(void **state)
{
    (void)state;
    static const char one_by_one[] = "design.pending_check=per-source";
    assert_int_equal(assert_only_differs(COMPILE, OVERRIDES(one_by_one),
                                         OVERRIDES("design.pending_check=drain"), STEPS("pending: ")),
                     4); /* enabling, two kinds of resume, open receive */
    assert_int_equal(
        assert_only_differs(COMPILE, OVERRIDES(one_by_one), OVERRIDES("design.pending_check=label-ring"),
                            STEPS("pending: ", "cold lines: receive call", "receive returns the label",
                                  "resume finds something pending: ", "microkernel: label into the ring")),
        6); /* the same, and the fronts of timer and disk */
}

static struct {
    void (*attend)(struct irqp_cpu *cpu, uint16_t bits);
    void (*accept)(struct irqp_cpu *cpu, unsigned line);
    unsigned sources; /* in the queue when the guest enabled its interrupts, the wake-up's among them */
    irqp_time until;  /* from the expiry to that moment */
    bool disturbed;   /* another route, or something that came after */
} taken;

static void attend_pending(struct irqp_cpu *cpu, uint16_t bits)
{
    const struct run *run = run_of(cpu);
    if (cpu->charging && run->wakeup.measured && run->wakeup.stage == STAGE_QUEUED && !taken.sources) {
        taken.sources = run->microkernel.queue_count;
        taken.until = cpu->now - run->wakeup.expiry;
        taken.disturbed |= (bits & (IN_RESUME_TO_USER | IN_RESUME_TO_KERNEL)) != 0;
        taken.disturbed |= run->guest.current == TASK_CYCLICTEST;
    }
    taken.attend(cpu, bits);
}

static void accept_more(struct irqp_cpu *cpu, unsigned line)
{
    taken.disturbed |= taken.sources > 0;
    taken.accept(cpu, line);
}

/* Each batch is one wake-up whose interrupt waits with up to one other. From the enabling on its latency is a
 * closed form: what is paid once, what each source pays, and what each pays but the first. */
static void pending_costs(const char *design, const char *once, const char *each, const char *more)
{
    unsigned seen[3] = {0, 0, 0};
    static const char *const files[] = {MICRO("interrupts-off"), MICRO("two-requests")};
    for (int i = 0; i < 2; i++) {
        struct subject subject = subject_make(files[i], OVERRIDES("placement=rehosted", design), NULL);
        subject_without_grid(&subject);
        taken.attend = subject.machine->program.attend;
        subject.machine->program.attend = attend_pending;
        taken.accept = subject.machine->program.accept;
        subject.machine->program.accept = accept_more;
        for (uint64_t batch = 0; batch < 30; batch++) {
            taken.sources = 0;
            taken.disturbed = false;
            struct outcome *outcome = outcome_of_batch(&subject, 1, batch, 1, false);
            assert_int_equal(outcome->status, IRQP_OK);
            if (taken.sources && !taken.disturbed) {
                irqp_time others = taken.sources - 1;
                irqp_time expected =
                    taken.until + sum_of_costs(&subject, once) + (others + 1) * sum_of_costs(&subject, each) +
                    others * sum_of_costs(&subject, more) + others * sum_of_costs(&subject, DISK) +
                    sum_of_costs(&subject, TIMER TO_TASK);
                assert_int_equal(outcome->result.worst, expected);
                seen[taken.sources]++;
            }
            outcome_free(outcome);
        }
        subject_drop(&subject);
    }
    assert_true(seen[1] >= 15);
    assert_true(seen[2] >= 10);
}

static void pending_interrupts_cost_what_the_check_says(void **state)
{
    (void)state;
    pending_costs("design.pending_check=per-source", "", RECEIVE TAKEN " rehosted.enable", "");
    pending_costs("design.pending_check=drain", RECEIVE " rehosted.enable", TAKEN,
                  " microkernel.drain_label");
    pending_costs("design.pending_check=label-ring", "", " rehosted.ring_take rehosted.enable" TAKEN, "");
}

/* The microkernel writes the label where it queues, which lengthens what was interrupted. */
static void the_ring_is_written_at_arrival(void **state)
{
    (void)state;
    enum { SAMPLES = 10 };
    struct subject subject = subject_make(
        MICRO("interrupts-off"), OVERRIDES("placement=rehosted", "design.pending_check=label-ring"), NULL);
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, SAMPLES, false);
    assert_int_equal(
        step_time(&subject, &outcome->result, "microkernel: label into the ring of the shared page"),
        SAMPLES * sum_of_costs(&subject, "microkernel.ring_put"));
    outcome_free(outcome);
    subject_drop(&subject);
}

/* A line that a merged edge had masked comes back, in every way to take it. */
static void merged_lines_are_unmasked(void **state)
{
    (void)state;
    static const char *const checks[] = {"design.pending_check=drain", "design.pending_check=label-ring"};
    for (int i = 0; i < 2; i++) {
        struct subject subject =
            subject_make(MICRO("fast-edge-disk"), OVERRIDES("placement=rehosted", checks[i]),
                         OVERRIDES("costs.hardware.hpet_read=120 us"));
        struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 500, false);
        assert_int_equal(outcome->status, IRQP_OK);
        assert_true(outcome->result.counters[COUNT_MERGED] > 0);
        double seconds = (double)outcome->result.simulated / (double)IRQP_S;
        assert_true((double)outcome->result.counters[COUNT_DISK_INTERRUPTS] / seconds > 1000);
        outcome_free(outcome);
        subject_drop(&subject);
    }
}

/* ---- virtual interrupts in calls ---- */

#define ON  "design.virq_in_calls=true"
#define OFF "design.virq_in_calls=false"

static void calls_change_their_own_steps(void **state)
{
    (void)state;
    unsigned changed =
        assert_only_differs(COMPILE, OVERRIDES("design.task_destruction.by=inline", OFF),
                            OVERRIDES("design.task_destruction.by=inline", ON), STEPS("call returns: "));
    assert_in_range(changed, 4, 10); /* RCU thread, drop in a switch, new tasks, the load's execs */
}

/* A wake-up that comes during a call of 1.4 ms, the microkernel's interrupts off: with the flag cleared it is
 * queued when the call returns, and received; with the flag set it is an upcall. */
static void after_a_short_call(void **state)
{
    (void)state;
    enum { SAMPLES = 10 };
    static const struct {
        const char *design, *route;
        enum counter counter;
    } table[] = {
        {OFF, FRONT " microkernel.return rehosted.enable" RECEIVE " rehosted.enable", COUNT_DEFERRED},
        {ON, FRONT UPCALL, COUNT_UPCALLS_KERNEL},
    };
    for (int i = 0; i < 2; i++) {
        struct subject subject =
            subject_make(MICRO("unmap"), OVERRIDES("placement=rehosted", "costs.microkernel.unmap=1.4 ms"),
                         OVERRIDES(table[i].design));
        subject_without_grid(&subject);
        struct outcome *outcome = outcome_of_batch(&subject, 1, 0, SAMPLES, false);
        assert_int_equal(outcome->status, IRQP_OK);
        assert_in_range(outcome->result.counters[table[i].counter], SAMPLES, SAMPLES + 1);
        irqp_time route =
            sum_of_costs(&subject, table[i].route) + sum_of_costs(&subject, TAKEN TIMER TO_TASK);
        assert_int_equal((irqp_time)outcome->result.thread.sum,
                         SAMPLES * route + cause_time(&subject, &outcome->result, "physical interrupts off"));
        outcome_free(outcome);
        subject_drop(&subject);
    }
}

/* The same during a long call, a destruction with the microkernel's interrupts on: the front runs at once,
 * and the upcall takes effect when the call returns. Each batch is one wake-up; those that come elsewhere are
 * not looked at. */
static void after_a_long_call(void **state)
{
    (void)state;
    static const struct {
        const char *design, *route;
        enum counter counter;
    } table[] = {
        {OFF, FRONT " microkernel.return rehosted.enable" RECEIVE " rehosted.enable", COUNT_DEFERRED},
        {ON, FRONT " microkernel.return" UPCALL, COUNT_UPCALLS_CALL},
    };
    for (int i = 0; i < 2; i++) {
        unsigned seen = 0;
        struct subject subject = subject_make(
            MICRO("destruction"), OVERRIDES("placement=rehosted", "design.task_destruction.by=inline"),
            OVERRIDES(table[i].design, "cyclictest.interval=31 ms"));
        subject_without_grid(&subject);
        for (uint64_t batch = 0; batch < 20; batch++) {
            struct outcome *outcome = outcome_of_batch(&subject, 1, batch, 1, false);
            assert_int_equal(outcome->status, IRQP_OK);
            irqp_time residual = cause_time(&subject, &outcome->result, "microkernel call");
            if (residual && outcome->result.counters[table[i].counter] == 1) {
                /* enabling belongs to the call: its step is the load's */
                residual += i ? 0
                              : cause_time(&subject, &outcome->result, "guest interrupts off") -
                                    sum_of_costs(&subject, "rehosted.enable");
                irqp_time route =
                    sum_of_costs(&subject, table[i].route) + sum_of_costs(&subject, TAKEN TIMER TO_TASK);
                assert_int_equal((irqp_time)outcome->result.thread.sum, route + residual);
                seen++;
            }
            outcome_free(outcome);
        }
        assert_true(seen >= 15);
        subject_drop(&subject);
    }
}

static struct {
    void (*fire)(struct irqp_cpu *cpu, unsigned slot);
    bool forgotten;
} installed;

static void look_for_installed(struct irqp_cpu *cpu, unsigned slot)
{
    struct run *run = run_of(cpu);
    unsigned mode = irqp_row_of(cpu, vcpu_frame(run))->flags & IRQP_ROW_MODE;
    installed.forgotten |= run->microkernel.installed && mode != IRQP_MODE_MICROKERNEL;
    installed.fire(cpu, slot);
}

/* An upcall that was installed never outlives the call. */
static void no_installed_upcall_is_forgotten(void **state)
{
    (void)state;
    struct subject subject = subject_make(COMPILE, OVERRIDES("design.task_destruction.by=inline", ON),
                                          OVERRIDES("cyclictest.interval=100 us"));
    installed.fire = subject.machine->program.fire;
    installed.forgotten = false;
    subject.machine->program.fire = look_for_installed;
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 10000, false);
    assert_int_equal(outcome->status, IRQP_OK);
    assert_true(outcome->result.counters[COUNT_UPCALLS_CALL] > 3);
    assert_false(installed.forgotten);
    outcome_free(outcome);
    subject_drop(&subject);
}

/* ---- priority-masked virtual interrupts ---- */

#define PRIORITY "design.priority_masked_virq=true"

/* Which steps the timer may interrupt: the sections of the load and of what it calls, and nothing else. No
 * step comes or goes. */
static void only_sections_let_the_timer_through(void **state)
{
    (void)state;
    unsigned open = 0;
    struct subject with = subject_make(COMPILE, OVERRIDES(PRIORITY), NULL);
    struct subject without = subject_make(COMPILE, NULL, NULL);
    const struct irqp_program *program = &with.machine->program;
    assert_int_equal(program->row_count, without.machine->program.row_count);
    for (size_t i = 0; i < program->row_count; i++) {
        const struct irqp_row *row = &program->rows[i], *other = &without.machine->program.rows[i];
        assert_int_equal(row->flags, other->flags);
        assert_string_equal(program->names[row->name], without.machine->program.names[other->name]);
        assert_false(without.machine->program.step_flags[i] & IRQP_STEP_URGENT);
        if (!(program->step_flags[i] & IRQP_STEP_URGENT))
            continue;
        open++;
        assert_true(row->flags & IRQP_ROW_VIRTUAL);
        assert_non_null(strstr(program->names[row->name], "interrupts"));
        assert_null(strstr(program->names[row->name], "wake"));
    }
    assert_true(open >= 5);
    subject_drop(&with);
    subject_drop(&without);
}

/* The load has interrupts off for 1.4 ms at a time. Its timer interrupt cuts through: the handler's part is
 * that of an upcall from kernel mode, while the switch to the task waits for the end of the section, and
 * takes no receive. */
static void the_timer_cuts_through_a_section(void **state)
{
    (void)state;
    enum { SAMPLES = 20 };
    struct subject subject =
        subject_make(MICRO("interrupts-off"), OVERRIDES("placement=rehosted", PRIORITY), NULL);
    subject_without_grid(&subject);
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, SAMPLES, false);
    assert_int_equal(outcome->status, IRQP_OK);
    irqp_time handled =
        sum_of_costs(&subject, FRONT UPCALL " rehosted.handler_misses rehosted.delivery_unexplained"
                                            " guest.irq_enter" TIMER_BEGINS);
    assert_int_equal(outcome->result.interrupt.minimum, handled);
    assert_int_equal(outcome->result.interrupt.maximum, handled);
    irqp_time route = sum_of_costs(&subject, FRONT UPCALL TAKEN TIMER " microkernel.self_resume" TO_TASK);
    irqp_time residual = cause_time(&subject, &outcome->result, "preemption off");
    assert_int_equal((irqp_time)outcome->result.thread.sum, SAMPLES * route + residual);
    assert_in_range(outcome->result.counters[COUNT_UPCALLS_URGENT], SAMPLES, SAMPLES + 1);
    outcome_free(outcome);
    subject_drop(&subject);
}

static struct {
    bool unsafe;
    unsigned through;
} interrupted;

/* The timer's handler begins; what did its upcall interrupt? */
static void read_clock(struct irqp_cpu *cpu, uint16_t argument)
{
    const struct irqp_path *upcall = &cpu->program->paths[PATH_UPCALL_FROM_KERNEL];
    const struct irqp_frame *frame = cpu->thread->top - 1;
    if (frame->pc >= upcall->first && frame->pc < upcall->first + upcall->count) {
        unsigned flags = cpu->program->step_flags[(frame - 1)->pc];
        interrupted.through += (flags & IRQP_STEP_IRQS_OFF) != 0;
        interrupted.unsafe |= flags & IRQP_STEP_IRQS_OFF && !(flags & IRQP_STEP_URGENT);
    }
    effect_functions[E_READ_CLOCK - IRQP_EFFECT_MODEL](cpu, argument);
}

static void nothing_else_is_cut_through(void **state)
{
    (void)state;
    struct subject subject =
        subject_make(HACKBENCH, OVERRIDES(PRIORITY), OVERRIDES("cyclictest.interval=100 us"));
    subject_replace_effect(&subject, E_READ_CLOCK, read_clock);
    memset(&interrupted, 0, sizeof interrupted);
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 3000, false);
    assert_int_equal(outcome->status, IRQP_OK);
    assert_true(interrupted.through > 100);
    assert_false(interrupted.unsafe);
    outcome_free(outcome);
    subject_drop(&subject);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pending_checks_change_their_own_steps),
        cmocka_unit_test(pending_interrupts_cost_what_the_check_says),
        cmocka_unit_test(the_ring_is_written_at_arrival),
        cmocka_unit_test(merged_lines_are_unmasked),
        cmocka_unit_test(calls_change_their_own_steps),
        cmocka_unit_test(after_a_short_call),
        cmocka_unit_test(after_a_long_call),
        cmocka_unit_test(no_installed_upcall_is_forgotten),
        cmocka_unit_test(only_sections_let_the_timer_through),
        cmocka_unit_test(the_timer_cuts_through_a_section),
        cmocka_unit_test(nothing_else_is_cut_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
