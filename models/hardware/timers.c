/* Timers: the guest's clock-event device (HPET, local APIC or architected timer, one-shot), and
 * system-management interrupts. */
#include "models/run.h"

/* ---- the guest's clock-event device ---- */

/* HPET: the counter is read, the comparator written, and the counter read again to see whether it was passed:
 * two uncached reads per programming (facts, section 1, N6). */
// clang-format off
static const struct irqp_step program_hpet[] = {
    {.name = "HPET: read the counter", .cost = P_HPET_READ},
    {.name = "HPET: write the comparator", .cost = P_HPET_WRITE, .effect = E_ARM_TIMER},
    {.name = "HPET: read the counter again", .cost = P_HPET_READ},
    IRQP_END,
};

static const struct irqp_step program_local_apic[] = {
    {.name = "local APIC: program the timer", .cost = P_LAPIC_WRITE, .effect = E_ARM_TIMER},
    IRQP_END,
};

/* The architected timer holds its line while the counter is past the comparator, unless it is masked in its
 * control register: a comparator in the future makes it quiet as well. */
static const struct irqp_step program_architected[] = {
    {.name = "architected timer: read the counter and the control", .cost = P_ARCHITECTED_READ},
    {.name = "architected timer: write the comparator", .cost = P_ARCHITECTED_WRITE, .effect = E_ARM_TIMER},
    {.name = "architected timer: unmask its interrupt", .cost = P_ARCHITECTED_WRITE},
    IRQP_END,
};

static const struct irqp_step quiet_architected[] = {
    {.name = "architected timer: read the status", .cost = P_ARCHITECTED_READ},
    {.name = "architected timer: mask its interrupt", .cost = P_ARCHITECTED_WRITE, .effect = E_QUIET_TIMER},
    IRQP_END,
};

/* A level-triggered HPET holds its line until its status bit is cleared: a posted write, which the reads that
 * follow push out before the line is unmasked. */
static const struct irqp_step quiet_hpet[] = {
    {.name = "HPET: clear the interrupt status", .cost = P_HPET_WRITE, .effect = E_QUIET_TIMER},
    IRQP_END,
};

static const struct irqp_step quiet_already[] = {IRQP_END};
// clang-format on

const struct irqp_step *timer_quiet_steps(const struct machine *machine)
{
    if (machine->guest_timer == TIMER_ARCHITECTED)
        return quiet_architected;
    return machine->wiring[LINE_TIMER].trigger == LEVEL ? quiet_hpet : quiet_already;
}

void timer_quiet(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    lines_deassert(run_of(cpu), LINE_TIMER);
}

const struct irqp_step *timer_program_steps(const struct machine *machine)
{
    if (machine->guest_timer == TIMER_ARCHITECTED)
        return program_architected;
    return machine->guest_timer == TIMER_HPET ? program_hpet : program_local_apic;
}

void timer_start(struct run *run)
{
    run->timer_phase = phase_of(run, PHASE_GRID, run->machine->timer_grid);
}

/* A delta as the device's oscillator counts it, and as the guest lengthens it. */
static irqp_time counted(const struct machine *machine, irqp_time delta)
{
    __extension__ typedef unsigned __int128 wide;
    if (machine->timer_speed == PPB)
        return delta;
    return (irqp_time)((wide)delta * machine->timer_longer / machine->timer_speed);
}

/* Programs the device for an expiry: not sooner than its minimum delta, on the next edge of its grid.
 * IRQP_NEVER: nothing is programmed. */
void timer_program(struct run *run, irqp_time when)
{
    if (when == IRQP_NEVER) {
        irqp_arm(&run->cpu, SLOT_TIMER, IRQP_NEVER);
        return;
    }
    const struct machine *machine = run->machine;
    irqp_time now = run->cpu.now, grid = machine->timer_grid;
    irqp_time delta = when - now > machine->timer_minimum ? when - now : machine->timer_minimum;
    irqp_time at = now + counted(machine, delta);
    irqp_time past = (at - run->timer_phase) % grid;
    if (past)
        at += grid - past;
    irqp_arm(&run->cpu, SLOT_TIMER, at);
}

/* As the guest has done it when a batch begins. */
void timer_program_first(struct run *run)
{
    if (timer_by_thread(run->machine))
        timer_thread_start(run);
    else
        timer_program(run, run->guest.tick_at);
}

/* The comparator matches. From here on programming it anew cannot take the interrupt back. */
void timer_match(struct run *run)
{
    if (run->wakeup.stage == STAGE_SLEEP && guest_wake_up_due(run))
        wakeup_stage(run, STAGE_TRANSIT);
    irqp_arm(&run->cpu, SLOT_TIMER_LINE,
             run->cpu.now + irqp_draw(&run->cpu, &run->transit, run->machine->cost_transit));
}

/* ---- system-management interrupts: a Poisson process; the line cannot be masked ---- */

void smi_start(struct run *run)
{
    if (!run->machine->smi)
        return;
    irqp_time gap = irqp_draw(&run->cpu, &run->smi, run->machine->cost_smi_gap);
    irqp_arm(&run->cpu, SLOT_SMI, run->cpu.now + gap);
}

void smi_fire(struct run *run)
{
    lines_assert(run, LINE_SMI);
    smi_start(run);
}
