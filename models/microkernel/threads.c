/* Threads of the microkernel: fixed priorities, the highest that is ready runs. */
#include "models/run.h"

static struct irqp_thread *stack_of(struct run *run, const struct kernel_thread *thread)
{
    return thread->stack ? thread->stack : &guest_current(run)->thread;
}

static struct kernel_thread *running(struct run *run)
{
    struct kernel_thread *threads = run->microkernel.threads;
    for (unsigned i = 0; i < KERNEL_THREADS; i++)
        if (stack_of(run, &threads[i]) == run->cpu.thread)
            return &threads[i];
    return &threads[THREAD_IDLE];
}

/* The thread waits; the best that is ready goes on, after the cost of a thread switch. */
void kernel_thread_block(struct run *run, enum kernel_thread_id id, enum ipc_state ipc)
{
    struct kernel_thread *threads = run->microkernel.threads, *best = &threads[THREAD_IDLE];
    threads[id].ready = false;
    threads[id].ipc = ipc;
    for (unsigned i = 0; i < KERNEL_THREADS; i++)
        if (threads[i].ready && threads[i].priority > best->priority)
            best = &threads[i];
    struct irqp_thread *next = stack_of(run, best);
    irqp_switch(&run->cpu, next);
    irqp_push(&run->cpu, next, PATH_MICROKERNEL_SWITCH, ACTIVITY_LOAD);
}

/* What the thread waited for has come: it is switched to at once, unless the running one is strictly better
 * (facts, section 2a; the cost of the switch is in the path that was pushed for it). */
void kernel_thread_ready(struct run *run, enum kernel_thread_id id)
{
    struct kernel_thread *thread = &run->microkernel.threads[id];
    thread->ready = true;
    thread->ipc = IPC_NONE;
    if (thread->priority >= running(run)->priority)
        irqp_switch(&run->cpu, stack_of(run, thread));
}

void microkernel_start(struct run *run)
{
    struct microkernel *kernel = &run->microkernel;
    kernel->threads[THREAD_VCPU] = (struct kernel_thread){.priority = 2, .ready = true};
    kernel->threads[THREAD_HELPER] =
        (struct kernel_thread){.priority = 1, .ipc = IPC_OPEN_RECEIVE, .stack = &kernel->helper};
    kernel->threads[THREAD_IDLE] =
        (struct kernel_thread){.priority = 0, .ready = true, .stack = &kernel->idle};
    irqp_thread_init(&kernel->idle, TASKS);
    irqp_thread_init(&kernel->helper, TASKS + 1);
    irqp_push(&run->cpu, &kernel->idle, PATH_MICROKERNEL_IDLE, ACTIVITY_LOAD);
    irqp_push(&run->cpu, &kernel->helper, PATH_HELPER, ACTIVITY_LOAD);
    for (unsigned class = 0; class < 2; class ++) {
        irqp_stream_init(&kernel->idle.streams[class], run->seed, run->batch, SOURCE_MK_IDLE, class);
        irqp_stream_init(&kernel->helper.streams[class], run->seed, run->batch, SOURCE_MK_HELPER, class);
    }
}
