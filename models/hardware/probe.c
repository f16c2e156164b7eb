/* The latency probe: a device that asserts its line again and again, as an engineer's pulse generator on a
 * GPIO does, and the times from an assertion to what answers it: the hard handler, the interrupt thread, the
 * task that waits in user mode.
 *
 * The line reaches the core after the way through its controller. An assertion that does not get an answer of
 * its own is counted: merged with an earlier one (on its way, at the line, at the IRQ object, at a thread or
 * task that has still to run for the earlier), or lost behind a mask. So assertions = answers of the task +
 * merged + lost + those still on their way.
 */
#include "models/run.h"

/* Only what was asserted after the warm-up counts. */
static bool measured(const struct run *run, irqp_time asserted)
{
    return asserted >= run->measured_from;
}

static void reached(struct run *run, enum probe_stage stage, irqp_time asserted)
{
    unsigned latency = probe_latency(run->machine, stage);
    if (measured(run, asserted))
        run_record(run, &run->result->latencies[latency], run->cpu.now - asserted);
}

static void merged(struct run *run, irqp_time asserted)
{
    if (measured(run, asserted))
        count(run, COUNT_PROBE_MERGED);
}

static irqp_time interval(struct run *run)
{
    return irqp_draw(&run->cpu, &run->probe.streams[0], run->machine->cost_probe);
}

void probe_start(struct run *run)
{
    const struct machine *machine = run->machine;
    struct probe *probe = &run->probe;
    if (!machine->probe)
        return;
    for (unsigned class = 0; class < 2; class ++)
        irqp_stream_init(&probe->streams[class], run->seed, run->batch, SOURCE_PROBE, class);
    probe->sent = probe->for_thread = probe->for_task = IRQP_NEVER;
    irqp_time first = run->guest.tasks[TASK_CYCLICTEST].sleep_until;
    if (!machine->probe_follows)
        first = (irqp_time)irqp_stream_below(&probe->streams[0], (uint64_t)interval(run) + 1);
    irqp_arm(&run->cpu, SLOT_PROBE, first + machine->probe_offset);
}

void probe_fire(struct run *run)
{
    struct probe *probe = &run->probe;
    irqp_time now = run->cpu.now;
    count(run, COUNT_PROBE_ASSERTIONS);
    probe->packets++;
    irqp_arm(&run->cpu, SLOT_PROBE, now + interval(run));
    if (probe->sent != IRQP_NEVER) {
        merged(run, now);
        return;
    }
    probe->sent = now;
    irqp_time transit = irqp_draw(&run->cpu, &probe->streams[1], run->machine->cost_probe_transit);
    irqp_arm(&run->cpu, SLOT_PROBE_LINE, now + transit);
}

void probe_arrive(struct run *run)
{
    struct probe *probe = &run->probe;
    irqp_time asserted = probe->sent;
    probe->sent = IRQP_NEVER;
    switch (lines_assert(run, LINE_PROBE)) {
    case ARRIVED:
        if (probe->arrived == PROBE_ARRIVED_MAX)
            irqp_cpu_fail(&run->cpu, "more interrupts of the probe on their way than its line can hold");
        else
            probe->arrivals[probe->arrived++] = asserted;
        break;
    case ARRIVED_MERGED:
        merged(run, asserted);
        break;
    case ARRIVED_LOST:
        if (measured(run, asserted))
            count(run, COUNT_PROBE_LOST);
        break;
    }
}

/* An interrupt on its way hits a request that waits already: it is one with the one before. As many as
 * `behind` have got less far; if the line is asserted again by now, that is one more. */
void probe_merge(struct run *run, unsigned behind)
{
    struct probe *probe = &run->probe;
    behind += run->lines[LINE_PROBE].asserted;
    irqp_time *hit = &probe->arrivals[--probe->arrived - behind];
    merged(run, *hit);
    memmove(hit, hit + 1, behind * sizeof *hit);
}

/* ---- the driver ---- */

void probe_handled(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    struct probe *probe = &run->probe;
    irqp_time asserted = probe->arrivals[0];
    memmove(probe->arrivals, probe->arrivals + 1, --probe->arrived * sizeof asserted);
    reached(run, PROBE_HANDLER, asserted);
    if (!run->machine->preempt_rt)
        probe->taken = asserted; /* by this handler, until it wakes the task */
    else if (probe->for_thread != IRQP_NEVER)
        merged(run, asserted);
    else
        probe->for_thread = asserted;
}

void probe_wake_thread(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    guest_wake(run_of(cpu), TASK_PROBE_THREAD);
}

void probe_thread_begins(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    struct probe *probe = &run->probe;
    probe->taken = probe->for_thread;
    probe->for_thread = IRQP_NEVER;
    reached(run, PROBE_THREAD, probe->taken);
}

void probe_quiet(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    if (run->machine->wiring[LINE_PROBE].trigger == LEVEL)
        lines_deassert(run, LINE_PROBE);
}

void probe_wake_task(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    struct probe *probe = &run->probe;
    if (probe->for_task != IRQP_NEVER)
        merged(run, probe->taken);
    else
        probe->for_task = probe->taken;
    guest_wake(run, TASK_PROBE);
}

/* The read is about to return: what comes from now on is for the next. */
void probe_read(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct probe *probe = &run_of(cpu)->probe;
    probe->read = probe->for_task;
    probe->for_task = IRQP_NEVER;
}

void probe_sample(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    reached(run, PROBE_TASK, run->probe.read);
}
