/* cyclictest: a sleep, a clock read, a sample. The wake-up in flight begins at the expiry, whether or not the
 * sleep has begun by then.
 *
 * Absolute, expiries are an interval apart, and those that have passed already are skipped, as rt-tests does.
 * Relative, the next is an interval after a clock read before the sleep; the kernel takes the interval from
 * where its own set-up of the timer is done, so that the set-up is part of the latency (paper, section 4).
 */
#include "models/run.h"

static irqp_time first_at_phase(irqp_time least, irqp_time edge, irqp_time period)
{
    irqp_time after = (least - edge) % period;
    return after ? least + period - after : least;
}

/* The first expiry: at a random phase of the interval, or at one against a tick. The microkernel's tick
 * slides against the guest's clock; the phase holds for the first that is measured. */
irqp_time cyclictest_first_expiry(const struct run *run)
{
    const struct machine *machine = run->machine;
    irqp_time interval = machine->interval;
    switch (machine->phase) {
    case PHASE_RANDOM:
        break;
    case PHASE_TO_TICK:
        return first_at_phase(interval, run->guest.tick_phase + machine->phase_offset, machine->tick_period);
    case PHASE_TO_MICROKERNEL_TICK:
        return first_at_phase(interval, kernel_tick_after(run, run->warm_up) + machine->phase_offset,
                              interval);
    }
    return interval + phase_of(run, PHASE_CYCLICTEST, interval);
}

static void take(struct run *run)
{
    if (run->wakeup.in_flight)
        wakeup_end(run);
    run->last_sample = run->cpu.now;
    if (run->taken == run->wanted)
        irqp_cpu_stop(&run->cpu, IRQP_OK);
}

static void expect(struct run *run, irqp_time expiry)
{
    run->wakeup.expiry = expiry;
    irqp_arm(&run->cpu, SLOT_EXPIRY, expiry);
}

void guest_sample(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    struct task *task = &run->guest.tasks[TASK_CYCLICTEST];
    bool measured = run->wakeup.in_flight && run->wakeup.measured;
    take(run);
    irqp_time next = task->sleep_until + run->machine->interval;
    while (next <= cpu->now) {
        next += run->machine->interval;
        if (measured)
            count(run, COUNT_SKIPPED);
    }
    task->sleep_until = next;
    expect(run, next);
}

void guest_sample_relative(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    take(run_of(cpu));
}

void guest_interval_begins(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    expect(run, cpu->now + run->machine->interval);
}

/* The kernel's clock read, from where the interval counts; it cannot have passed. */
void guest_sleep_interval(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    guest_current(run)->sleep_until = cpu->now + run->machine->interval;
}

// clang-format off
static const struct irqp_step absolute[] = {
    {.name = "cyclictest: sleep until the next expiry", .flags = USER, .label = "loop"},
    {.fragment = SLEEP},
    {.fragment = READ_CLOCK_AND_SAMPLE},
    {.name = "cyclictest: statistics, next expiry", .cost = P_CYCLICTEST_WORK, .flags = USER, .effect = IRQP_EFFECT_GOTO, .to = "loop"},
    IRQP_END,
};

static const struct irqp_step relative[] = {
    {.name = "cyclictest: clock read before the sleep", .cost = P_CLOCK_GETTIME, .flags = USER, .effect = E_INTERVAL_BEGINS, .label = "loop"},
    {.fragment = SLEEP_INTERVAL},
    {.name = "cyclictest: clock read", .cost = P_CLOCK_GETTIME, .flags = USER, .effect = E_SAMPLE_RELATIVE},
    {.name = "cyclictest: statistics", .cost = P_CYCLICTEST_WORK, .flags = USER, .effect = IRQP_EFFECT_GOTO, .to = "loop"},
    IRQP_END,
};
// clang-format on

void cyclictest_link(const struct machine *machine, struct irqp_linker *linker)
{
    if (machine->relative)
        link_path(linker, PATH_CYCLICTEST, IRQP_PATH_FREE, "cyclictest",
                  "clock_nanosleep with an interval, between two clock reads", relative, NULL, NULL);
    else
        link_path(linker, PATH_CYCLICTEST, IRQP_PATH_FREE, "cyclictest",
                  "clock_nanosleep with an absolute time, then the clock", absolute, NULL, NULL);
}

uint8_t cyclictest_sample_effect(const struct machine *machine)
{
    return machine->relative ? E_SAMPLE_RELATIVE : E_SAMPLE;
}
