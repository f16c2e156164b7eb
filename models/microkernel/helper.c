/* Who destroys tasks for the vCPU: the helper thread, or a thread on another processor.
 *
 * Dead tasks stand in a ring until they are destroyed, first in first out. The requester waits: in an open
 * receive of the vCPU (H2), or asleep on a completion (H1, other processor), so that the completion's
 * interrupt wakes it. With a helper that the vCPU starves, dead tasks would accumulate: whoever creates a
 * task waits, or boosts the helper, while more than the bound are dead (facts, section 5.4).
 */
#include "models/run.h"

uint32_t destruction_backlog(const struct run *run)
{
    return (uint32_t)run->microkernel.dead_count + run->guest.dead_count;
}

void destruction_note_backlog(struct run *run)
{
    uint32_t dead = destruction_backlog(run);
    if (dead > run->peaks[PEAK_DEAD])
        run->peaks[PEAK_DEAD] = dead;
}

static void hand_over(struct run *run)
{
    struct microkernel *kernel = &run->microkernel;
    struct task *task = guest_current(run);
    if (kernel->dead_count == DEAD_MAX) {
        irqp_cpu_fail(&run->cpu, "more dead tasks wait for their destruction than 256: give a backlog");
        return;
    }
    kernel->dead[kernel->dead_count++] = (struct destruction){run->guest.current, task->dying.space};
    task->undestroyed++;
    destruction_note_backlog(run);
    count(run, COUNT_DESTRUCTIONS);
}

static void take_off(struct run *run)
{
    struct microkernel *kernel = &run->microkernel;
    run->guest.tasks[kernel->dead[0].task].undestroyed--;
    memmove(kernel->dead, kernel->dead + 1, --kernel->dead_count * sizeof kernel->dead[0]);
}

/* ---- the helper thread ---- */

/* The helper runs at once if it was blocked and the vCPU is not better (facts, section 2a). */
static void trigger(struct run *run)
{
    if (!run->microkernel.threads[THREAD_HELPER].ready)
        kernel_thread_wake(run, THREAD_HELPER);
}

/* The vCPU's next step blocks it, in the same call: only a helper above it runs before. */
void helper_post(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    const struct kernel_thread *threads = run->microkernel.threads;
    hand_over(run);
    if (threads[THREAD_HELPER].priority > threads[THREAD_VCPU].priority)
        trigger(run);
    else
        kernel_thread_ready_later(run, THREAD_HELPER);
}

void helper_trigger(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    hand_over(run);
    trigger(run);
}

void helper_if_done(struct irqp_cpu *cpu, uint16_t target)
{
    if (!guest_current(run_of(cpu))->undestroyed)
        cpu->thread->top->pc = target;
}

void helper_next(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    struct microkernel *kernel = &run->microkernel;
    if (kernel->dead_count) {
        destruction_lengths(run->machine, cpu->thread, kernel->dead[0].space);
        return;
    }
    cpu->thread->top->pc--; /* blocks here, and looks again */
    kernel_thread_block(run, THREAD_HELPER, IPC_OPEN_RECEIVE);
}

void helper_complete(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    take_off(run);
    irq_fire(run, IRQ_HELPER_DONE, false);
    if (destruction_backlog(run) <= run->machine->destruction.backlog)
        kernel_thread_set_priority(run, THREAD_HELPER, priority_of(run->machine->destruction.priority));
}

/* ---- on another processor: nothing runs here, and the completion is an interrupt ---- */

static void destroy_next_elsewhere(struct run *run)
{
    if (!run->microkernel.dead_count)
        return;
    irqp_time length = destruction_length(run->machine, run->microkernel.dead[0].space);
    irqp_arm(&run->cpu, SLOT_REMOTE, run->cpu.now + length);
}

void remote_post(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    hand_over(run);
    if (run->microkernel.dead_count == 1)
        destroy_next_elsewhere(run);
}

/* It is destroyed but for the grace period, which the tick here stands for. */
void remote_fire(struct run *run)
{
    run->microkernel.remote_grace_ticks = run->machine->destruction.grace_ticks;
}

void remote_complete(struct run *run)
{
    take_off(run);
    lines_assert(run, LINE_REMOTE);
    destroy_next_elsewhere(run);
}

/* ---- the guest's side: completions, and the bound ---- */

void completion_wake(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    struct guest *guest = &run->guest;
    bool room = destruction_backlog(run) <= run->machine->destruction.backlog;
    for (uint16_t i = 0; i < guest->task_count; i++) {
        const struct task *task = &guest->tasks[i];
        if (task->exited)
            continue;
        if ((task->reason == WAIT_DESTRUCTION && !task->undestroyed) ||
            (task->reason == WAIT_BACKLOG && room))
            guest_wake(run, i);
    }
}

void helper_if_few_dead(struct irqp_cpu *cpu, uint16_t target)
{
    struct run *run = run_of(cpu);
    bool boosted = run->microkernel.threads[THREAD_HELPER].priority == PRIORITY_ABOVE;
    if (boosted || destruction_backlog(run) <= run->machine->destruction.backlog)
        cpu->thread->top->pc = target;
}

void helper_boost(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    count(run, COUNT_BOOSTS);
    kernel_thread_set_priority(run, THREAD_HELPER, PRIORITY_ABOVE);
}
