/* Channels between processes (sockets, pipes), and the processes that wait for the disk.
 *
 * A channel holds messages up to its capacity. A sender that finds it full waits, and so does a receiver that
 * finds it empty; each looks again when it is woken.
 */
#include "models/run.h"

static struct channel *current_channel(struct run *run)
{
    return &run->guest.channels[guest_current(run)->channel];
}

void guest_channel_next(struct irqp_cpu *cpu, uint16_t group)
{
    struct run *run = run_of(cpu);
    const struct channel_group *channels = &run->machine->load.groups[group];
    struct task *task = guest_current(run);
    task->channel = (uint16_t)(channels->first + task->cursor % channels->count);
    task->cursor = (uint16_t)((task->cursor + 1) % channels->count);
}

void guest_channel_own(struct irqp_cpu *cpu, uint16_t group)
{
    struct run *run = run_of(cpu);
    const struct channel_group *channels = &run->machine->load.groups[group];
    struct task *task = guest_current(run);
    task->channel = (uint16_t)(channels->first + task->instance % channels->count);
}

void guest_if_room(struct irqp_cpu *cpu, uint16_t target)
{
    const struct channel *channel = current_channel(run_of(cpu));
    if (channel->messages < channel->capacity)
        cpu->thread->top->pc = target;
}

void guest_if_message(struct irqp_cpu *cpu, uint16_t target)
{
    if (current_channel(run_of(cpu))->messages)
        cpu->thread->top->pc = target;
}

void guest_put(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    current_channel(run_of(cpu))->messages++;
}

void guest_get(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    current_channel(run)->messages--;
    count(run, COUNT_MESSAGES);
}

void guest_if_no_receiver(struct irqp_cpu *cpu, uint16_t target)
{
    const struct channel *channel = current_channel(run_of(cpu));
    if (!(channel->receivers[0] | channel->receivers[1]))
        cpu->thread->top->pc = target;
}

void guest_if_no_sender(struct irqp_cpu *cpu, uint16_t target)
{
    const struct channel *channel = current_channel(run_of(cpu));
    bool writable = channel->messages * 4 <= channel->capacity;
    if (!writable || !(channel->senders[0] | channel->senders[1]))
        cpu->thread->top->pc = target;
}

static void wake_first(struct run *run, uint64_t waiting[2])
{
    unsigned word = waiting[0] ? 0 : 1;
    if (!waiting[word])
        return;
    unsigned bit = (unsigned)__builtin_ctzll(waiting[word]);
    waiting[word] &= waiting[word] - 1;
    guest_wake(run, (uint16_t)(word * 64 + bit));
}

void guest_wake_receiver(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    wake_first(run, current_channel(run)->receivers);
}

void guest_wake_sender(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    wake_first(run, current_channel(run)->senders);
}

/* ---- the disk's interrupt thread, or its softirq ---- */

void guest_disk_wake_thread(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    run->guest.disk_thread_woken = true;
    guest_wake(run, TASK_DISK_THREAD);
}

void guest_if_softirq_runs(struct irqp_cpu *cpu, uint16_t target)
{
    if (run_of(cpu)->guest.softirq_runs)
        cpu->thread->top->pc = target;
}

void guest_softirq_next(struct irqp_cpu *cpu, uint16_t target)
{
    struct run *run = run_of(cpu);
    run->guest.softirq_runs = run->disk.taken;
    if (!run->disk.taken)
        cpu->thread->top->pc = target;
}

void guest_if_disk_quiet(struct irqp_cpu *cpu, uint16_t target)
{
    struct run *run = run_of(cpu);
    if (!run->disk.taken)
        cpu->thread->top->pc = target;
}

void guest_disk_wake(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    struct disk *disk = &run->disk;
    uint16_t index = disk->completed[0];
    memmove(disk->completed, disk->completed + 1, --disk->completed_count * sizeof disk->completed[0]);
    disk->taken--;
    struct task *task = &run->guest.tasks[index];
    task->requests--;
    if (!task->requests && task->reason == WAIT_DISK)
        guest_wake(run, index);
}
