/* Threads of the microkernel that compete with the vCPU, and a second guest: each in a task of its own, at a
 * fixed priority, busy and idle in turn.
 *
 * An interrupt of its own ends its idle time: it is taken on whoever runs, as every interrupt is, and wakes
 * the thread. Or it waits for a timeout, which the microkernel looks at with its scheduling timer. A guest
 * has more of them, from its devices: each is delivered to its vCPU, by an upcall where that computes, by the
 * return of its open receive where it is idle; one that comes while another is handled waits for the end of
 * that.
 */
#include "models/run.h"

#define END IRQP_END

static struct competitor_state *state_of(struct run *run, unsigned index)
{
    return &run->microkernel.competitors[index];
}

static unsigned current_index(const struct run *run)
{
    return run->microkernel.current - THREAD_COMPETING;
}

static const struct competitor *current_competitor(const struct run *run)
{
    return &run->machine->competitors[current_index(run)];
}

/* ---- from outside ---- */

static void arm_device(struct run *run, unsigned index)
{
    uint16_t gap = run->machine->competitors[index].interrupts;
    if (gap)
        irqp_arm(&run->cpu, SLOT_COMPETING_DEVICE + index,
                 run->cpu.now + irqp_draw(&run->cpu, &state_of(run, index)->device, gap));
}

/* The idle time of one that waits for a timeout: on the kernel's clock, and over at a tick. */
static void sleep_for(struct run *run, unsigned index, irqp_time idle)
{
    run->microkernel.threads[THREAD_COMPETING + index].timeout = kernel_clock(run) + idle;
}

/* Each begins idle; one that never idles has work from the beginning. */
void competing_start(struct run *run)
{
    for (unsigned i = 0; i < run->machine->competitor_count; i++) {
        const struct competitor *competitor = &run->machine->competitors[i];
        struct irqp_stream *stream =
            &kernel_thread_stack(run, (enum kernel_thread_id)(THREAD_COMPETING + i))->streams[0];
        irqp_stream_init(&state_of(run, i)->device, run->seed, run->batch, SOURCE_COMPETING_DEVICE + i, 0);
        irqp_time idle = competitor->idle ? irqp_draw(&run->cpu, stream, competitor->idle) : 0;
        if (competitor->by_timeout)
            sleep_for(run, i, idle);
        else
            irqp_arm(&run->cpu, SLOT_COMPETING + i, idle);
        arm_device(run, i);
    }
}

void competing_work(struct run *run, unsigned index)
{
    state_of(run, index)->has_work = true;
    lines_assert(run, (enum line)(LINE_COMPETING + index));
}

void competing_device(struct run *run, unsigned index)
{
    lines_assert(run, (enum line)(LINE_COMPETING + index));
    arm_device(run, index);
}

/* ---- delivery ---- */

static void wake(struct run *run, enum kernel_thread_id id)
{
    if (kernel_thread_preempts(run, id))
        irqp_pop(&run->cpu, run->cpu.thread); /* the entry does not return */
    kernel_thread_wake(run, id);
}

/* The other guest's vCPU handles an interrupt: where it is, or woken for that. */
static void deliver_to_guest(struct run *run, unsigned index)
{
    enum kernel_thread_id id = (enum kernel_thread_id)(THREAD_COMPETING + index);
    struct competitor_state *state = state_of(run, index);
    struct kernel_thread *thread = &run->microkernel.threads[id];
    if (state->handling) {
        state->pending = true;
        return;
    }
    bool blocked = thread->ipc == IPC_OPEN_RECEIVE;
    state->handling = true;
    if (!blocked && run->microkernel.current == id)
        irqp_pop(&run->cpu, run->cpu.thread);
    irqp_push(&run->cpu, &thread->stack, blocked ? PATH_COMPETING_WAKE : PATH_COMPETING_UPCALL,
              ACTIVITY_LOAD);
    if (blocked)
        wake(run, id);
}

void competing_deliver(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    unsigned index = run->microkernel.entered - LINE_COMPETING;
    enum kernel_thread_id id = (enum kernel_thread_id)(THREAD_COMPETING + index);
    struct competitor_state *state = state_of(run, index);
    count(run, COUNT_COMPETING_INTERRUPTS);
    state->rested |= state->has_work;
    state->has_work = false;
    if (run->machine->competitors[index].guest)
        deliver_to_guest(run, index);
    else if (run->microkernel.threads[id].ipc == IPC_OPEN_RECEIVE)
        wake(run, id);
}

void competing_if_pending(struct irqp_cpu *cpu, uint16_t target)
{
    struct run *run = run_of(cpu);
    struct competitor_state *state = state_of(run, current_index(run));
    state->handling = state->pending;
    state->pending = false;
    if (state->handling)
        cpu->thread->top->pc = target;
}

/* ---- busy and idle ---- */

void competing_rest(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    const struct competitor *competitor = current_competitor(run);
    irqp_time idle = irqp_draw(cpu, &cpu->thread->streams[0], competitor->idle);
    state_of(run, current_index(run))->rested = false;
    if (competitor->by_timeout)
        sleep_for(run, current_index(run), idle);
    else
        irqp_arm(cpu, SLOT_COMPETING + current_index(run), cpu->now + idle);
}

static bool is_rested(const struct run *run)
{
    const struct microkernel *kernel = &run->microkernel;
    if (current_competitor(run)->by_timeout)
        return kernel->threads[kernel->current].timeout == IRQP_NEVER;
    return kernel->competitors[current_index(run)].rested;
}

void competing_if_work(struct irqp_cpu *cpu, uint16_t target)
{
    if (is_rested(run_of(cpu)))
        cpu->thread->top->pc = target;
}

void competing_wait(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    if (!is_rested(run))
        kernel_thread_block(run, run->microkernel.current, IPC_OPEN_RECEIVE);
}

void competing_draw(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    run->microkernel.threads[run->microkernel.current].message = current_competitor(run)->draws;
}

// clang-format off
/* ---- the interrupt, up to its delivery ---- */

static const struct irqp_step entry[] = {
    {.name = "microkernel: interrupt entry", .cost = P_MK_ENTRY, .flags = MICROKERNEL},
    {.name = "microkernel: IRQ object", .cost = P_MK_OBJECT, .flags = MICROKERNEL},
    {.fragment = ACKNOWLEDGE, .flags = MICROKERNEL},
    {.name = "cold lines: microkernel front", .cost = P_MK_FRONT_MISSES, .flags = MICROKERNEL},
    {.name = "microkernel: delivery decision", .cost = P_MK_DECIDE, .flags = MICROKERNEL, .effect = E_COMPETING_DELIVER},
    {.name = "microkernel: return to what was interrupted", .cost = P_MK_IRET, .flags = MICROKERNEL, .effect = IRQP_EFFECT_POP},
    END,
};

/* ---- the other guest's part of it ---- */

static const struct irqp_step upcall[] = {
    {.fragment = SPILL_USER_TASK, .flags = MICROKERNEL},
    {.name = "upcall: spill user state, enter kernel mode", .cost = P_MK_ENTER_KERNEL, .flags = MICROKERNEL},
    {.name = "upcall: address space of the guest kernel", .cost = P_SPACE_SWITCH, .flags = MICROKERNEL},
    {.fragment = KERNEL_WALKS, .flags = MICROKERNEL},
    {.name = "upcall: copy state, leave to the entry point", .cost = P_MK_STATE_COPY, .flags = MICROKERNEL},
    {.name = "cold lines: upcall", .cost = P_MK_UPCALL_MISSES, .flags = MICROKERNEL},
    {.fragment = SEGMENT_RELOAD, .flags = MICROKERNEL_OPEN},
    {.name = "guest entry: state page to registers, label to interrupt", .cost = P_GUEST_ENTRY, .flags = MICROKERNEL_OPEN},
    END,
};

static const struct irqp_step receive_returns[] = {
    {.name = "receive returns the label", .cost = P_WAIT_RETURN, .flags = MICROKERNEL},
    END,
};

static const struct irqp_step handle[] = {
    {.name = "cold lines: guest handler", .cost = P_HANDLER_MISSES, .flags = MICROKERNEL_OPEN, .label = "handle"},
    {.name = "second guest: enter hard interrupt context", .cost = P_IRQ_ENTER, .flags = MICROKERNEL_OPEN},
    {.name = "second guest: wake the interrupt's thread", .cost = P_THREAD_WAKE, .flags = MICROKERNEL_OPEN},
    {.name = "second guest: leave hard interrupt context", .cost = P_IRQ_EXIT, .flags = MICROKERNEL_OPEN},
    {.name = "second guest: switch to the interrupt's thread", .cost = P_SWITCH, .flags = MICROKERNEL_OPEN},
    {.name = "second guest: handler", .cost = P_THREAD_HANDLER, .flags = MICROKERNEL_OPEN},
    {.name = "second guest: is another pending", .flags = MICROKERNEL, .effect = E_COMPETING_IF_PENDING, .to = "receive"},
    {.name = "second guest: handled", .flags = MICROKERNEL, .effect = IRQP_EFFECT_GOTO, .to = "leave"},
    {.name = "pending: receive call, timeout 0", .cost = P_RECEIVE_CALL, .flags = MICROKERNEL, .label = "receive"},
    {.name = "cold lines: receive call", .cost = P_RECEIVE_MISSES, .flags = MICROKERNEL, .effect = IRQP_EFFECT_GOTO, .to = "handle"},
    {.name = "resume: fill the state page", .cost = P_STATE_PAGE, .flags = MICROKERNEL_OPEN, .label = "leave"},
    {.name = "resume call", .cost = P_RESUME, .flags = MICROKERNEL},
    {.name = "resume: address space of the user task", .cost = P_RESUME_SPACE, .flags = MICROKERNEL},
    {.fragment = USER_WALKS, .flags = MICROKERNEL_OPEN},
    {.name = "user task: refill of caches", .cost = P_USER_REFILL, .flags = MICROKERNEL_OPEN, .effect = IRQP_EFFECT_POP},
    END,
};

/* ---- what they do ---- */

static const struct irqp_step draw[] = {
    {.name = "competing: message to the graphics server", .cost = P_MESSAGE, .flags = MICROKERNEL_OPEN, .effect = E_COMPETING_DRAW},
    {.name = "competing: call of the server", .cost = P_IPC_CALL, .flags = MICROKERNEL},
    {.name = "competing: send, or wait for the server", .flags = MICROKERNEL, .effect = E_IPC_SEND, .argument = THREAD_GRAPHICS_SERVER},
    {.name = "competing: the server has replied", .cost = P_MK_IRET, .flags = MICROKERNEL},
    END,
};

static const struct irqp_step idle[] = {
    {.name = "competing: idle from now on", .flags = MICROKERNEL_OPEN, .effect = E_COMPETING_REST},
    {.name = "competing: is there work", .flags = MICROKERNEL_OPEN, .effect = E_COMPETING_IF_WORK, .to = "work", .label = "look"},
    {.name = "competing: call open receive", .cost = P_WAIT_CALL, .flags = MICROKERNEL, .effect = E_COMPETING_WAIT},
    {.name = "competing: woken", .flags = MICROKERNEL_OPEN, .effect = IRQP_EFFECT_GOTO, .to = "look"},
    {.name = "competing: work", .flags = MICROKERNEL_OPEN, .effect = IRQP_EFFECT_GOTO, .to = IRQP_PATH_BEGIN, .label = "work"},
    END,
};

static const struct irqp_step never_idle[] = {
    {.name = "competing: on and on", .flags = MICROKERNEL_OPEN, .effect = IRQP_EFFECT_GOTO, .to = IRQP_PATH_BEGIN},
    END,
};

static const struct irqp_step nothing[] = {END};
// clang-format on

static void link_competitor(struct irqp_linker *linker, struct competitor *competitor, uint16_t path)
{
    const struct irqp_step busy[] = {
        {.name = "competing: busy", .cost = competitor->busy, .flags = IRQP_MODE_MICROKERNEL}, END};
    const struct irqp_step call[] = {
        {.name = "competing: microkernel call", .cost = competitor->call, .flags = MICROKERNEL}, END};
    irqp_link(linker, path, IRQP_PATH_FREE, competitor->name, "competes with the vCPU",
              (const struct irqp_step *const[]){busy, competitor->call ? call : nothing,
                                                competitor->draws ? draw : nothing,
                                                competitor->idle ? idle : never_idle, NULL});
    /* from here on what an event draws */
    competitor->idle = competitor->idle ? irqp_link_cost(linker, competitor->idle) : 0;
    competitor->interrupts = competitor->interrupts ? irqp_link_cost(linker, competitor->interrupts) : 0;
}

void competing_link(struct machine *machine, struct irqp_linker *linker)
{
    if (!machine->competitor_count)
        return;
    irqp_linker_set_fragment(linker, ACKNOWLEDGE, lines_acknowledge(machine->wiring[LINE_COMPETING]));
    link_path(linker, PATH_COMPETING_ENTRY, IRQP_PATH_FREE, "microkernel: interrupt of another thread",
              "on the stack of whoever runs", entry, NULL, NULL);
    link_path(linker, PATH_COMPETING_UPCALL, IRQP_PATH_FREE, "second guest: upcall",
              "its vCPU computes, or is about to", upcall, handle, NULL);
    link_path(linker, PATH_COMPETING_WAKE, IRQP_PATH_FREE, "second guest: delivery to its vCPU when idle",
              NULL, receive_returns, handle, NULL);
    for (unsigned i = 0; i < machine->competitor_count; i++)
        link_competitor(linker, &machine->competitors[i], (uint16_t)(PATH_COMPETING + i));
}
