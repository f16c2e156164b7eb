/* The microkernel's scheduling timer: its devices, and what their interrupt does (facts, section 4).
 *
 * Periodic (PIT, local APIC), it interrupts at its rate, whether anything is due or not: slices are counted
 * in its ticks, and timeouts are over at one. One-shot, the local APIC is programmed for the end of the
 * running thread's slice or the next timeout whenever another thread runs. Tickless, it ticks only while
 * there is a timeout, or a thread that is ready shares its priority with the one that runs. The oscillators
 * are the board's: the PIT's divisor gives a period of 999.847 us for 1 kHz, and each may run fast or slow by
 * some parts per million against the guest's clock, the time-stamp counter.
 */
#include "models/run.h"

__extension__ typedef unsigned __int128 wide;

/* ---- the device ---- */

/* Tick n is at start + n * divisor / rate of a perfect oscillator, without accumulated rounding: with a
 * divisor of 1193 the PIT's slides against every other clock by 153 ppm. */
static irqp_time tick_at(const struct run *run, uint64_t n)
{
    const struct tick_design *tick = &run->machine->tick;
    return run->tick_start + (irqp_time)((wide)n * tick->divisor * (uint64_t)IRQP_S * PPB /
                                         ((wide)tick->oscillator * tick->speed));
}

irqp_time kernel_tick_after(const struct run *run, irqp_time when)
{
    const struct tick_design *tick = &run->machine->tick;
    if (when < run->tick_start)
        return run->tick_start;
    wide since = (wide)(when - run->tick_start);
    uint64_t n = (uint64_t)(since * tick->oscillator * tick->speed / tick->divisor / PPB / IRQP_S);
    while (tick_at(run, n) <= when)
        n++;
    return tick_at(run, n);
}

void tick_fire(struct run *run)
{
    lines_assert(run, LINE_TICK);
    enum tick_device device = run->machine->tick.device;
    if (device == TICK_PIT || device == TICK_LOCAL_APIC)
        irqp_arm(&run->cpu, SLOT_TICK, tick_at(run, ++run->ticks));
}

/* ---- what the interrupt does ---- */

/* The clock counts each tick as what it is meant to be, or it is the time-stamp counter. */
irqp_time kernel_clock(const struct run *run)
{
    return run->machine->tick.counts ? run->microkernel.clock : run->cpu.now;
}

/* The clock advances; timeouts and slices end. */
static void advance(struct run *run)
{
    count(run, COUNT_MK_TICKS);
    run->microkernel.clock += run->machine->tick.period;
    kernel_threads_time_out(run);
    kernel_thread_charge(run, run->machine->tick.period);
}

void kernel_tick(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    advance(run);
    destruction_tick(run);
    kernel_threads_schedule(run);
}

/* ---- a device that is programmed ---- */

static bool tick_needed(const struct run *run)
{
    return kernel_thread_has_rival(run) || kernel_threads_timeout(run) != IRQP_NEVER;
}

static bool nothing_to_program(const struct run *run)
{
    if (run->machine->tick.device == TICK_ONE_SHOT) /* whoever is switched to programs its own slice */
        return kernel_thread_is_outranked(run);
    return run->cpu.next[SLOT_TICK] != IRQP_NEVER || !tick_needed(run);
}

void kernel_tick_once(struct irqp_cpu *cpu, uint16_t target)
{
    struct run *run = run_of(cpu);
    advance(run);
    if (nothing_to_program(run))
        cpu->thread->top->pc = target;
}

void kernel_if_tick_set(struct irqp_cpu *cpu, uint16_t target)
{
    if (nothing_to_program(run_of(cpu)))
        cpu->thread->top->pc = target;
}

/* A one-shot delta is counted by the device's own oscillator. */
static irqp_time counted(const struct tick_design *tick, irqp_time delta)
{
    return (irqp_time)(((wide)delta * PPB + tick->speed - 1) / tick->speed);
}

void kernel_program_tick(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    const struct tick_design *tick = &run->machine->tick;
    if (tick->device == TICK_TICKLESS) {
        irqp_arm(cpu, SLOT_TICK, kernel_tick_after(run, cpu->now));
        return;
    }
    irqp_time end = kernel_thread_slice_end(run), timeout = kernel_threads_timeout(run);
    end = timeout < end ? timeout : end;
    irqp_time delta = end > cpu->now ? end - cpu->now : 0;
    irqp_arm(cpu, SLOT_TICK, end == IRQP_NEVER ? IRQP_NEVER : cpu->now + counted(tick, delta));
}

void tick_draw_phase(struct run *run)
{
    const struct tick_design *tick = &run->machine->tick;
    irqp_time period = (irqp_time)(tick->divisor * (uint64_t)IRQP_S / tick->oscillator);
    run->tick_start = phase_of(run, PHASE_KERNEL_TICK, period);
}

void tick_start(struct run *run)
{
    const struct tick_design *tick = &run->machine->tick;
    if (tick->device == TICK_NONE)
        return;
    if (tick->device == TICK_ONE_SHOT || (tick->device == TICK_TICKLESS && tick_needed(run)))
        kernel_program_tick(&run->cpu, 0);
    else if (tick->device != TICK_TICKLESS)
        irqp_arm(&run->cpu, SLOT_TICK, tick_at(run, 0));
}

/* ---- postponed during a real-time activation (facts, section 8, E1) ---- */

void tick_hold(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    lines_hold(run_of(cpu), LINE_TICK, true);
}

void tick_if_not_held(struct irqp_cpu *cpu, uint16_t target)
{
    const struct run *run = run_of(cpu);
    if (!run->lines[LINE_TICK].held || run->guest.activation)
        cpu->thread->top->pc = target;
}

void tick_release(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    if (run->lines[LINE_TICK].asserted)
        count(run, COUNT_POSTPONED);
    lines_hold(run, LINE_TICK, false);
}

void kernel_schedule(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    kernel_threads_schedule(run_of(cpu));
}

// clang-format off
/* The guest notes in its state page for whom its timer is set, and when that task sleeps: no call of its own. */
const struct irqp_step tick_hold_steps[] = {
    {.name = "microkernel: is it a real-time activation", .flags = MICROKERNEL, .effect = E_IF_NO_ACTIVATION, .to = "others"},
    {.name = "local APIC: raise the task priority", .cost = P_TASK_PRIORITY, .flags = MICROKERNEL, .effect = E_HOLD_TICK},
    {.name = "microkernel: the tick waits or not", .flags = MICROKERNEL, .label = "others"},
    IRQP_END,
};

const struct irqp_step tick_release_steps[] = {
    {.name = "call: is a real-time activation over", .effect = E_IF_TICK_NOT_HELD, .to = "held"},
    {.name = "local APIC: lower the task priority", .cost = P_TASK_PRIORITY, .effect = E_RELEASE_TICK},
    {.name = "call: goes on", .label = "held"},
    IRQP_END,
};

#define INTERRUPT                                                                                            \
    {.name = "microkernel: interrupt entry", .cost = P_MK_ENTRY, .flags = MICROKERNEL},                      \
    {.fragment = ACKNOWLEDGE, .flags = MICROKERNEL}

#define RETURN                                                                                               \
    {.name = "microkernel: return to what was interrupted", .cost = P_MK_IRET, .flags = MICROKERNEL},        \
    {.name = "cold lines: refill after the tick", .cost = P_MK_TICK_REFILL, .flags = MICROKERNEL, .effect = IRQP_EFFECT_POP}

static const struct irqp_step periodic[] = {
    INTERRUPT,
    {.name = "microkernel: tick", .cost = P_MK_TICK, .flags = MICROKERNEL, .effect = E_MICROKERNEL_TICK},
    RETURN,
    IRQP_END,
};

#define PROGRAMMED(what)                                                                                     \
    INTERRUPT,                                                                                               \
    {.name = "microkernel: tick", .cost = P_MK_TICK, .flags = MICROKERNEL, .effect = E_TICK_ONCE, .to = "set"}, \
    {.name = what, .cost = P_LAPIC_WRITE, .flags = MICROKERNEL, .effect = E_PROGRAM_TICK},                   \
    {.name = "microkernel: go on with the best thread", .flags = MICROKERNEL, .effect = E_SCHEDULE_THREADS, .label = "set"}, \
    RETURN

#define SLICE_END "local APIC: program the end of the slice or the next timeout"
#define NEXT_TICK "local APIC: program the next tick"

static const struct irqp_step one_shot[] = {
    PROGRAMMED(SLICE_END),
    IRQP_END,
};

static const struct irqp_step tickless[] = {
    PROGRAMMED(NEXT_TICK),
    IRQP_END,
};

/* Where another thread begins to run. */

static const struct irqp_step slice_goes_on[] = {IRQP_END};

static const struct irqp_step slice_begins[] = {
    {.name = SLICE_END, .cost = P_LAPIC_WRITE, .flags = MICROKERNEL, .effect = E_PROGRAM_TICK},
    IRQP_END,
};

static const struct irqp_step slice_counts[] = {
    {.name = "microkernel: is a tick needed", .flags = MICROKERNEL, .effect = E_IF_TICK_SET, .to = "set"},
    {.name = NEXT_TICK, .cost = P_LAPIC_WRITE, .flags = MICROKERNEL, .effect = E_PROGRAM_TICK},
    {.name = "microkernel: tick as needed", .flags = MICROKERNEL, .label = "set"},
    IRQP_END,
};

/* A thread became ready beside an equal that goes on running. */
static const struct irqp_step rival[] = {
    {.name = NEXT_TICK, .cost = P_LAPIC_WRITE, .flags = MICROKERNEL, .effect = E_PROGRAM_TICK},
    {.name = "microkernel: ticks again", .flags = MICROKERNEL, .effect = IRQP_EFFECT_POP},
    IRQP_END,
};
// clang-format on

const struct irqp_step *tick_handler_steps(const struct machine *machine)
{
    enum tick_device device = machine->tick.device;
    return device == TICK_ONE_SHOT ? one_shot : device == TICK_TICKLESS ? tickless : periodic;
}

const struct irqp_step *tick_slice_steps(const struct machine *machine)
{
    enum tick_device device = machine->tick.device;
    return device == TICK_ONE_SHOT ? slice_begins : device == TICK_TICKLESS ? slice_counts : slice_goes_on;
}

void tick_link(const struct machine *machine, struct irqp_linker *linker)
{
    irqp_linker_set_fragment(linker, ACKNOWLEDGE, lines_acknowledge(machine->wiring[LINE_TICK]));
    link_path(linker, PATH_TICK_ENTRY, IRQP_PATH_FREE, "microkernel: tick", "the guest never sees it",
              tick_handler_steps(machine), NULL, NULL);
    if (machine->tick.device == TICK_TICKLESS)
        link_path(linker, PATH_TICK_AGAIN, IRQP_PATH_FREE, "microkernel: a tick is needed again",
                  "an equal of the running thread became ready", rival, NULL, NULL);
}

/* Tickless: called when a thread became ready and another goes on. */
void tick_rival(struct run *run)
{
    if (run->machine->tick.device == TICK_TICKLESS && !nothing_to_program(run))
        irqp_push(&run->cpu, run->cpu.thread, PATH_TICK_AGAIN, run->cpu.thread->top->activity);
}
