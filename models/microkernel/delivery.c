/* IRQ objects and their delivery to the vCPU: the decision of section 0.1 of the facts, the queue, the sticky
 * pending bit, and the vCPU's open receive.
 *
 * The stack of the current guest task is the vCPU. Whether it takes an upcall where it stands, and what an
 * upcall is, is the platform's.
 */
#include "models/run.h"

static void enqueue(struct run *run, enum irq_object object)
{
    struct microkernel *kernel = &run->microkernel;
    kernel->queued[object] = true;
    kernel->queue[kernel->queue_count++] = (uint8_t)object;
    run->cpu.attention |= ATTENTION_PENDING;
    if (object == IRQ_TIMER && guest_wake_up_due(run))
        wakeup_stage(run, STAGE_QUEUED);
}

/* The delivery decision (facts, section 0.1), for a thread on this CPU and nothing queued before. */
enum decision irq_decide(enum ipc_state ipc, bool interrupts_on)
{
    switch (ipc) {
    case IPC_OPEN_RECEIVE: /* 1: it waits for anyone */
        return DECIDE_WAKE;
    case IPC_CLOSED_RECEIVE: /* 2: it waits for one named partner, which this is not */
    case IPC_SEND:           /* 3: any other state of communication */
        return DECIDE_QUEUE;
    case IPC_NONE:
        break;
    }
    return interrupts_on ? DECIDE_UPCALL : DECIDE_QUEUE; /* 4 and 5 */
}

/* The path by which a vCPU that was blocked in an open receive goes on. */
static uint16_t wake_path(const struct run *run)
{
    if (!kernel_thread_preempts(run, THREAD_VCPU))
        return PATH_WAKE_LATER; /* whoever switches to it pushes the switch */
    bool same_space = run->microkernel.threads[run->microkernel.current].space == SPACE_LINUX;
    return same_space ? PATH_WAKE_FROM_THREAD : PATH_WAKE_FROM_IDLE;
}

/* What is delivered at once replaces the interrupt entry on top of the running thread. */
void irq_leave_entry(struct run *run, bool in_entry)
{
    if (in_entry)
        irqp_pop(&run->cpu, run->cpu.thread);
}

/* Another thread may run before the handler. */
static void note_delivery(struct run *run, enum irq_object object)
{
    if (object == IRQ_TIMER && guest_wake_up_due(run))
        wakeup_stage(run, STAGE_QUEUED);
}

/* in_entry: the frame on top of the running thread is the interrupt entry. A delivery that goes on with the
 * vCPU at once replaces it; where another thread goes on running, the entry returns to that. A vCPU that is
 * ready and does not run gets its upcall installed and waits for its turn (facts, section 2a). */
void irq_fire(struct run *run, enum irq_object object, bool in_entry)
{
    struct microkernel *kernel = &run->microkernel;
    const struct platform *platform = run->machine->platform;
    const struct irqp_frame *frame = vcpu_frame(run);

    if (kernel->queued[object]) { /* hit again: one delivery for both, even where the flag is set by now */
        count(run, COUNT_MERGED);
        if (object == IRQ_PROBE)
            probe_merge(run, 0);
        return;
    }
    switch (irq_decide(kernel->threads[THREAD_VCPU].ipc, platform->takes_upcall(run, object, frame))) {
    case DECIDE_QUEUE:
        enqueue(run, object);
        break;
    case DECIDE_UPCALL:
        note_delivery(run, object);
        platform->upcall(run, object, frame, in_entry && kernel->current == THREAD_VCPU);
        break;
    case DECIDE_WAKE:
        note_delivery(run, object);
        irq_leave_entry(run, in_entry && kernel_thread_preempts(run, THREAD_VCPU));
        kernel->labels[kernel->label_count++] = (uint8_t)object;
        irqp_push(&run->cpu, kernel_thread_stack(run, THREAD_VCPU), wake_path(run),
                  wakeup_activity(run, object));
        count(run, COUNT_WAKES);
        kernel_thread_ready(run, THREAD_VCPU);
        break;
    }
}

void irq_deliver(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    uint8_t line = run->microkernel.entered;
    irq_fire(run, line == LINE_REMOTE ? IRQ_HELPER_DONE : (enum irq_object)line, true);
}

/* An edge that finds its object still queued masks the line; the jump leads past that. */
void irq_if_not_queued(struct irqp_cpu *cpu, uint16_t target)
{
    struct run *run = run_of(cpu);
    if (!run->microkernel.queued[run->microkernel.entered])
        cpu->thread->top->pc = target;
}

/* A receive, or the guest's look into the ring, takes the first object off the queue. */
void irq_dequeue(struct irqp_cpu *cpu, uint16_t target)
{
    struct run *run = run_of(cpu);
    struct microkernel *kernel = &run->microkernel;
    unsigned label = kernel->queue[0];
    kernel->labels[kernel->label_count++] = kernel->queue[0];
    kernel->queued[label] = false;
    memmove(kernel->queue, kernel->queue + 1, --kernel->queue_count);
    if (!kernel->queue_count) /* the pending bit goes with the last */
        cpu->attention &= (uint16_t)~ATTENTION_PENDING;
    count(run, COUNT_DEFERRED);
    /* A level-triggered line stays masked until the guest's own call; an edge's is unmasked here. */
    bool masked = label < LINES && run->lines[label].masked && run->machine->wiring[label].flow == EDGE;
    if (!masked)
        cpu->thread->top->pc = target;
}

void irq_unmask_dequeued(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    const struct microkernel *kernel = &run->microkernel;
    lines_unmask(run, kernel->labels[kernel->label_count - 1]);
}

void irq_if_nothing_queued(struct irqp_cpu *cpu, uint16_t target)
{
    if (!run_of(cpu)->microkernel.queue_count)
        cpu->thread->top->pc = target;
}

void vcpu_push_handler(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    static const uint16_t handlers[IRQ_OBJECTS] = {[IRQ_TIMER] = PATH_TIMER_HANDLER,
                                                   [IRQ_DISK] = PATH_DISK_HANDLER,
                                                   [IRQ_PROBE] = PATH_PROBE_HANDLER,
                                                   [IRQ_HELPER_DONE] = PATH_HELPER_DONE_HANDLER};
    struct microkernel *kernel = &run->microkernel;
    unsigned label = kernel->labels[0];
    memmove(kernel->labels, kernel->labels + 1, --kernel->label_count);
    irqp_push(cpu, cpu->thread, handlers[label], wakeup_activity(run, label));
    count(run, COUNT_DELIVERED);
}

void vcpu_if_label_left(struct irqp_cpu *cpu, uint16_t target)
{
    if (run_of(cpu)->microkernel.label_count)
        cpu->thread->top->pc = target;
}

void vcpu_wait_open(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    if (run->microkernel.queue_count)
        irqp_push(cpu, cpu->thread, PATH_RECEIVE_AT_ONCE, ACTIVITY_DEFERRED);
    else
        kernel_thread_block(run, THREAD_VCPU, IPC_OPEN_RECEIVE);
}
