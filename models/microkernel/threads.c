/* Threads of the microkernel: fixed priorities, round robin among equals in slices (facts, sections 0, 2a and
 * 4).
 *
 * Whoever is switched to pays for the switch: a path that is pushed on its stack. The vCPU is one thread; its
 * stack is that of the guest's current task.
 */
#include "models/run.h"

struct irqp_thread *kernel_thread_stack(struct run *run, enum kernel_thread_id id)
{
    return id == THREAD_VCPU ? &guest_current(run)->thread : &run->microkernel.threads[id].stack;
}

/* An entry of the microkernel is masked, but not by the guest. */
const struct irqp_frame *vcpu_frame(struct run *run)
{
    const struct irqp_thread *vcpu = kernel_thread_stack(run, THREAD_VCPU);
    const struct irqp_frame *frame = vcpu->top;
    for (; frame > vcpu->frames + 1; frame--) {
        uint8_t flags = irqp_row_of(&run->cpu, frame)->flags;
        if (!(flags & IRQP_ROW_MASKED) || flags & IRQP_ROW_VIRTUAL)
            break;
    }
    return frame;
}

static uint8_t space_of(struct run *run, enum kernel_thread_id id)
{
    if (id != THREAD_VCPU)
        return run->microkernel.threads[id].space;
    unsigned mode = irqp_row_of(&run->cpu, vcpu_frame(run))->flags & IRQP_ROW_MODE;
    return mode == IRQP_MODE_USER ? SPACE_USER : SPACE_LINUX;
}

static enum kernel_thread_id best_ready(const struct microkernel *kernel)
{
    enum kernel_thread_id best = THREAD_IDLE;
    for (enum kernel_thread_id id = 0; id < KERNEL_THREADS; id++) {
        const struct kernel_thread *thread = &kernel->threads[id], *rival = &kernel->threads[best];
        bool better = thread->priority > rival->priority ||
                      (thread->priority == rival->priority && thread->turn < rival->turn);
        if (thread->ready && better)
            best = id;
    }
    return best;
}

/* A one-shot timer measures slices in time; a tick counts them. */
void kernel_thread_charge_slice(struct run *run)
{
    struct microkernel *kernel = &run->microkernel;
    if (run->machine->tick.device == TICK_ONE_SHOT)
        kernel->threads[kernel->current].used += run->cpu.now - kernel->since;
    kernel->since = run->cpu.now;
}

static void switch_to(struct run *run, enum kernel_thread_id id)
{
    kernel_thread_charge_slice(run);
    run->microkernel.current = id;
    irqp_switch(&run->cpu, kernel_thread_stack(run, id));
}

/* The path of a switch. The idle thread has the kernel's page table, or keeps that of whoever was before. */
static uint16_t switch_path(struct run *run, enum kernel_thread_id to)
{
    struct microkernel *kernel = &run->microkernel;
    uint8_t from = space_of(run, kernel->current);
    if (to == THREAD_IDLE && !run->machine->idle_keeps_table)
        return PATH_MICROKERNEL_SWITCH_IDLE;
    if (to == THREAD_IDLE)
        kernel->threads[to].space = from;
    return from == space_of(run, to) ? PATH_MICROKERNEL_SWITCH : PATH_MICROKERNEL_SWITCH_SPACE;
}

/* Another thread goes on, after the cost of a thread switch. */
void kernel_thread_switch(struct run *run, enum kernel_thread_id id)
{
    uint16_t path = switch_path(run, id);
    switch_to(run, id);
    irqp_push(&run->cpu, run->cpu.thread, path, run->cpu.thread->top->activity);
}

bool kernel_thread_is_outranked(const struct run *run)
{
    return best_ready(&run->microkernel) != run->microkernel.current;
}

/* The best that is ready goes on. */
void kernel_threads_schedule(struct run *run)
{
    enum kernel_thread_id best = best_ready(&run->microkernel);
    if (best != run->microkernel.current)
        kernel_thread_switch(run, best);
}

void kernel_thread_block(struct run *run, enum kernel_thread_id id, enum ipc_state ipc)
{
    struct kernel_thread *thread = &run->microkernel.threads[id];
    thread->ready = false;
    thread->ipc = ipc;
    kernel_threads_schedule(run);
}

/* Whether a thread that was blocked is switched to when it becomes ready: unless the running one is strictly
 * better (facts, section 2a). */
bool kernel_thread_preempts(const struct run *run, enum kernel_thread_id id)
{
    const struct microkernel *kernel = &run->microkernel;
    return kernel->threads[id].priority >= kernel->threads[kernel->current].priority;
}

static bool make_ready(struct run *run, enum kernel_thread_id id)
{
    struct microkernel *kernel = &run->microkernel;
    struct kernel_thread *thread = &kernel->threads[id];
    bool preempts = kernel_thread_preempts(run, id);
    if (!thread->ready)
        thread->turn = preempts ? --kernel->first_turn : ++kernel->last_turn;
    thread->ready = true;
    thread->ipc = IPC_NONE;
    return preempts;
}

/* What the thread waited for has come. True if it was switched to: then the cost of the switch is in the path
 * that the caller pushed for it. Otherwise it waits behind its equals. */
bool kernel_thread_ready(struct run *run, enum kernel_thread_id id)
{
    bool preempts = make_ready(run, id);
    if (preempts)
        switch_to(run, id);
    else
        tick_rival(run);
    return preempts;
}

/* What it waited for has come, but the running thread is about to block: it goes on then. */
void kernel_thread_ready_later(struct run *run, enum kernel_thread_id id)
{
    struct microkernel *kernel = &run->microkernel;
    struct kernel_thread *thread = &kernel->threads[id];
    if (!thread->ready)
        thread->turn = ++kernel->last_turn;
    thread->ready = true;
    thread->ipc = IPC_NONE;
}

void kernel_thread_set_priority(struct run *run, enum kernel_thread_id id, uint8_t priority)
{
    struct kernel_thread *thread = &run->microkernel.threads[id];
    if (thread->priority == priority)
        return;
    thread->priority = thread->own_priority = priority;
    kernel_threads_schedule(run);
}

/* The same for a thread that goes on where it blocked: if it is switched to, it pays for that. */
void kernel_thread_wake(struct run *run, enum kernel_thread_id id)
{
    if (make_ready(run, id))
        kernel_thread_switch(run, id);
    else
        tick_rival(run);
}

/* ---- slices ---- */

bool kernel_thread_has_rival(const struct run *run)
{
    const struct microkernel *kernel = &run->microkernel;
    for (enum kernel_thread_id id = 0; id < KERNEL_THREADS; id++) {
        const struct kernel_thread *thread = &kernel->threads[id];
        if (id != kernel->current && thread->ready &&
            thread->priority == kernel->threads[kernel->current].priority)
            return true;
    }
    return false;
}

irqp_time kernel_thread_slice_end(const struct run *run)
{
    const struct microkernel *kernel = &run->microkernel;
    if (kernel->current == THREAD_IDLE)
        return IRQP_NEVER;
    return kernel->since + run->machine->kernel_slice - kernel->threads[kernel->current].used;
}

/* ---- timeouts ---- */

irqp_time kernel_threads_timeout(const struct run *run)
{
    irqp_time earliest = IRQP_NEVER;
    for (enum kernel_thread_id id = 0; id < KERNEL_THREADS; id++) {
        irqp_time timeout = run->microkernel.threads[id].timeout;
        earliest = timeout < earliest ? timeout : earliest;
    }
    return earliest;
}

void kernel_threads_time_out(struct run *run)
{
    struct microkernel *kernel = &run->microkernel;
    irqp_time now = kernel_clock(run);
    for (enum kernel_thread_id id = 0; id < KERNEL_THREADS; id++) {
        struct kernel_thread *thread = &kernel->threads[id];
        if (thread->timeout > now)
            continue;
        thread->timeout = IRQP_NEVER;
        thread->ipc = IPC_NONE;
        thread->turn = ++kernel->last_turn;
        thread->ready = true;
        if (id == THREAD_TIMER && guest_wake_up_due(run))
            wakeup_stage(run, STAGE_QUEUED);
    }
}

/* At the end of its slice a thread goes behind its equals. */
void kernel_thread_charge(struct run *run, irqp_time tick)
{
    struct microkernel *kernel = &run->microkernel;
    struct kernel_thread *thread = &kernel->threads[kernel->current];
    kernel_thread_charge_slice(run);
    if (run->machine->tick.device != TICK_ONE_SHOT)
        thread->used += tick;
    if (thread->used < run->machine->kernel_slice)
        return;
    thread->used = 0;
    thread->turn = ++kernel->last_turn;
}

/* A thread of the microkernel's own with its path; it is blocked until something makes it ready. */
static void create(struct run *run, enum kernel_thread_id id, uint8_t priority, uint8_t space, uint16_t path)
{
    struct kernel_thread *thread = &run->microkernel.threads[id];
    *thread = (struct kernel_thread){.priority = priority,
                                     .own_priority = priority,
                                     .space = space,
                                     .ipc = IPC_OPEN_RECEIVE,
                                     .partner = NOBODY,
                                     .timeout = IRQP_NEVER};
    irqp_thread_init(&thread->stack, (uint16_t)(TASKS + id));
    for (unsigned class = 0; class < 2; class ++)
        irqp_stream_init(&thread->stack.streams[class], run->seed, run->batch,
                         SOURCE_KERNEL_THREAD + (uint32_t)id, class);
    irqp_push(&run->cpu, &thread->stack, path, ACTIVITY_LOAD);
}

/* The server of an output, and the guest's second thread that calls it. */
static void create_output(struct run *run, enum output output)
{
    static const struct {
        enum kernel_thread_id server, thread;
        uint16_t server_path, thread_path;
    } threads[OUTPUTS] = {
        [OUTPUT_GRAPHICS] = {THREAD_GRAPHICS_SERVER, THREAD_GRAPHICS_THREAD, PATH_GRAPHICS_SERVER,
                             PATH_GRAPHICS_THREAD},
        [OUTPUT_CONSOLE] = {THREAD_CONSOLE_SERVER, THREAD_CONSOLE_THREAD, PATH_CONSOLE_SERVER,
                            PATH_CONSOLE_THREAD},
    };
    const struct output_design *design = &run->machine->outputs[output];
    if (design->by != OUTPUT_BY_NONE)
        create(run, threads[output].server, design->server_priority, (uint8_t)(SPACE_OTHER + output),
               threads[output].server_path);
    if (design->by == OUTPUT_BY_RING)
        create(run, threads[output].thread, design->thread_priority, SPACE_LINUX,
               threads[output].thread_path);
}

void microkernel_start(struct run *run)
{
    struct microkernel *kernel = &run->microkernel;
    for (enum kernel_thread_id id = 0; id < KERNEL_THREADS; id++)
        kernel->threads[id].timeout = IRQP_NEVER;
    kernel->threads[THREAD_VCPU] = (struct kernel_thread){.priority = PRIORITY_VCPU,
                                                          .own_priority = PRIORITY_VCPU,
                                                          .ready = true,
                                                          .partner = NOBODY,
                                                          .timeout = IRQP_NEVER};
    if (run->machine->program.paths[PATH_HELPER].count)
        create(run, THREAD_HELPER, priority_of(run->machine->destruction.priority), SPACE_LINUX, PATH_HELPER);
    create(run, THREAD_IDLE, PRIORITY_IDLE, SPACE_KERNEL, PATH_MICROKERNEL_IDLE);
    for (enum output output = 0; output < OUTPUTS; output++)
        create_output(run, output);
    for (unsigned i = 0; i < run->machine->competitor_count; i++)
        create(run, (enum kernel_thread_id)(THREAD_COMPETING + i), run->machine->competitors[i].priority,
               (uint8_t)(SPACE_OTHER + OUTPUTS + i), (uint16_t)(PATH_COMPETING + i));
    if (timer_by_thread(run->machine))
        create(run, THREAD_TIMER, PRIORITY_ABOVE, SPACE_LINUX, PATH_TIMER_THREAD);
    kernel->threads[THREAD_IDLE].ready = true;
    kernel->current = THREAD_VCPU;
}
