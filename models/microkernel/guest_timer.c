/* The guest's clock-event device where neither the machine nor a grant provides it (facts, section 4):
 *
 *   - the local APIC in the microkernel: a call sets it, its interrupt is an IRQ object's;
 *   - a thread of L4Linux above the vCPU that receives with a timeout and triggers an IRQ object when it is
 *     over. As of 2016 the guest sets each timeout by a call to the thread; as of 2011 the thread sets the
 *     next itself, one for each tick of Linux, and Linux has no high-resolution timers.
 *
 * Timeouts are on the microkernel's clock and are looked at by its scheduling timer: where that ticks, they
 * are over at a tick.
 */
#include "models/run.h"

/* ---- the thread ---- */

/* The time of a timeout, in whole microseconds, as the kernel's interface has it. */
static irqp_time in_microseconds(irqp_time delta)
{
    return delta <= 0 ? 0 : delta - delta % IRQP_US;
}

/* Blocked in its first receive, as after E_TIMER_WAIT. */
void timer_thread_start(struct run *run)
{
    struct kernel_thread *thread = &run->microkernel.threads[THREAD_TIMER];
    irqp_time first = run->machine->timer_period ? run->machine->timer_period : run->guest.tick_at;
    run->microkernel.timer_deadline = first;
    thread->timeout = first;
    thread->stack.top->pc++;
}

void timer_thread_wait(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    struct microkernel *kernel = &run->microkernel;
    if (kernel->timer_deadline <= kernel_clock(run))
        return; /* the timeout is over before it begins */
    kernel->threads[THREAD_TIMER].timeout = kernel->timer_deadline;
    kernel_thread_block(run, THREAD_TIMER, IPC_OPEN_RECEIVE);
}

void timer_thread_next_period(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    run->microkernel.timer_deadline += run->machine->timer_period;
}

void timer_thread_trigger(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    irq_fire(run_of(cpu), IRQ_TIMER, false);
}

/* ---- the guest's call to it ---- */

void timer_thread_call(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    struct microkernel *kernel = &run->microkernel;
    irqp_time earliest = guest_earliest_timer(run);
    kernel->timer_asked = true;
    kernel->timer_request = earliest == IRQP_NEVER ? IRQP_NEVER : in_microseconds(earliest - cpu->now);
    kernel->threads[THREAD_TIMER].timeout = IRQP_NEVER;
    ipc_send(cpu, THREAD_TIMER);
}

void timer_thread_if_asked(struct irqp_cpu *cpu, uint16_t target)
{
    struct microkernel *kernel = &run_of(cpu)->microkernel;
    kernel->timer_deadline = IRQP_NEVER; /* what it waited for is over, or replaced */
    if (kernel->timer_asked)
        cpu->thread->top->pc = target;
}

void timer_thread_accept(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    struct microkernel *kernel = &run->microkernel;
    irqp_time delta = kernel->timer_request;
    kernel->timer_asked = false;
    kernel->timer_deadline = delta == IRQP_NEVER ? IRQP_NEVER : kernel_clock(run) + delta;
}

void timer_thread_reply_and_wait(struct irqp_cpu *cpu, uint16_t argument)
{
    struct run *run = run_of(cpu);
    run->microkernel.threads[THREAD_TIMER].partner = NOBODY;
    kernel_thread_ready(run, THREAD_VCPU);
    timer_thread_wait(cpu, argument);
}

// clang-format off
enum { CALL = MICROKERNEL | IRQP_STEP_IRQS_OFF, OWN_CODE = KERNEL | PLATFORM };

#define RECEIVE                                                                                              \
    {.name = "timer thread: receive with absolute timeout", .cost = P_WAIT_CALL, .flags = MICROKERNEL, .effect = E_TIMER_WAIT, .label = "wait"}, \
    {.name = "timer thread: receive returns", .cost = P_WAIT_RETURN, .flags = MICROKERNEL, .label = "returned"}

#define TRIGGER                                                                                              \
    {.name = "timer thread: trigger the IRQ object", .cost = P_TRIGGER, .flags = MICROKERNEL, .effect = E_TIMER_TRIGGER}, \
    {.name = "timer thread: loop", .flags = OWN_CODE, .effect = IRQP_EFFECT_GOTO, .to = "wait"}

static const struct irqp_step thread_one_shot[] = {
    RECEIVE,
    {.name = "timer thread: timeout or request", .cost = P_TIMER_THREAD, .flags = OWN_CODE, .effect = E_IF_TIMER_ASKED, .to = "request"},
    TRIGGER,
    {.name = "timer thread: take the request", .flags = OWN_CODE, .effect = E_TIMER_ACCEPT, .label = "request"},
    {.name = "timer thread: reply and receive with absolute timeout", .cost = P_IPC_REPLY, .flags = MICROKERNEL, .effect = E_TIMER_REPLY_AND_WAIT},
    {.name = "timer thread: loop", .flags = MICROKERNEL, .effect = IRQP_EFFECT_GOTO, .to = "returned"},
    IRQP_END,
};

static const struct irqp_step thread_periodic[] = {
    RECEIVE,
    {.name = "timer thread: next timeout", .cost = P_TIMER_THREAD, .flags = OWN_CODE, .effect = E_TIMER_PERIOD},
    TRIGGER,
    IRQP_END,
};

/* ---- what the guest does to program the device ---- */

static const struct irqp_step by_request[] = {
    {.name = "timer thread: set up the message", .cost = P_MESSAGE, .flags = IRQS_OFF | PLATFORM},
    {.name = "timer thread: call, switch to it", .cost = P_IPC_CALL, .flags = CALL, .effect = E_TIMER_CALL},
    IRQP_END,
};

static const struct irqp_step by_call[] = {
    {.name = "call: set the guest's timer", .cost = P_TIMER_CALL, .flags = CALL},
    {.name = "local APIC: program the timer", .cost = P_LAPIC_WRITE, .flags = CALL, .effect = E_ARM_TIMER},
    IRQP_END,
};

static const struct irqp_step by_nothing[] = {IRQP_END};
// clang-format on

const struct irqp_step *guest_timer_steps(const struct machine *machine)
{
    switch (machine->guest_timer) {
    case TIMER_HPET:
    case TIMER_ARCHITECTED: /* refused */
        break;
    case TIMER_LOCAL_APIC:
        return by_call;
    case TIMER_ONE_SHOT_THREAD:
        return by_request;
    case TIMER_IPC_TIMEOUT:
        return by_nothing;
    }
    return timer_program_steps(machine); /* granted */
}

void guest_timer_link(const struct machine *machine, struct irqp_linker *linker)
{
    if (machine->guest_timer == TIMER_ONE_SHOT_THREAD)
        link_path(linker, PATH_TIMER_THREAD, IRQP_PATH_FREE, "timer thread: timeouts on request",
                  "above the vCPU, which calls it for each event", thread_one_shot, NULL, NULL);
    if (machine->guest_timer == TIMER_IPC_TIMEOUT)
        link_path(linker, PATH_TIMER_THREAD, IRQP_PATH_FREE, "timer thread: a timeout for each tick of Linux",
                  "above the vCPU", thread_periodic, NULL, NULL);
}
