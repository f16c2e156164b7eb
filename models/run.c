/* One batch: its start, what happens from outside, and the model as studies see it. */
#include "run.h"
#include "irqpath/interrupt_path.h"
#include <stdlib.h>

static const irqp_time WATCHDOG =
    20 * IRQP_S; /* simulated time without a sample: something starves cyclictest */

static void competing_fire(struct run *run, unsigned slot)
{
    if (slot < SLOT_COMPETING_DEVICE)
        competing_work(run, slot - SLOT_COMPETING);
    else
        competing_device(run, slot - SLOT_COMPETING_DEVICE);
}

static void fire(struct irqp_cpu *cpu, unsigned slot)
{
    struct run *run = run_of(cpu);
    if (slot >= SLOT_COMPETING) {
        competing_fire(run, slot);
        return;
    }
    switch ((enum slot)slot) {
    case SLOT_WARM_UP:
        run->measured_from = cpu->now;
        irqp_cpu_settle(cpu);
        run->footprint.idle_before += cpu->mode_time[IRQP_MODE_IDLE];
        memset(cpu->mode_time, 0, sizeof cpu->mode_time);
        memset(cpu->crossings, 0, sizeof cpu->crossings);
        memset(run->counters, 0, sizeof run->counters);
        run->rounds = 0;
        memset(run->peaks, 0, sizeof run->peaks);
        destruction_note_backlog(run);
        break;
    case SLOT_EXPIRY:
        wakeup_begin(run);
        break;
    case SLOT_TICK:
        tick_fire(run);
        break;
    case SLOT_TIMER:
        timer_match(run);
        break;
    case SLOT_TIMER_LINE:
        lines_assert(run, LINE_TIMER);
        if (guest_wake_up_due(run) && run->wakeup.stage == STAGE_TRANSIT)
            wakeup_stage(run, STAGE_LINE);
        break;
    case SLOT_DISK:
        disk_fire(run);
        break;
    case SLOT_REMOTE:
        remote_fire(run);
        break;
    case SLOT_PROBE:
        probe_fire(run);
        break;
    case SLOT_PROBE_LINE:
        probe_arrive(run);
        break;
    case SLOT_SMI:
        smi_fire(run);
        break;
    case SLOT_WATCHDOG:
        if (cpu->now - run->last_sample > WATCHDOG + run->machine->interval)
            irqp_cpu_fail(cpu, "cyclictest took no sample for 20 simulated seconds: something starves it");
        if (guest_stands_still(run))
            irqp_cpu_fail(cpu,
                          "the load stands still: every process waits for another (for a message, room, a "
                          "child or a mutex)");
        irqp_arm(cpu, SLOT_WATCHDOG, cpu->now + IRQP_S / 10);
        break;
    case SLOT_COMPETING:
    case SLOT_COMPETING_DEVICE:
    case SLOTS:
        break;
    }
}

static void accept_line(struct irqp_cpu *cpu, unsigned line)
{
    struct run *run = run_of(cpu);
    struct irqp_frame *frame = cpu->thread->top;
    bool idle = irqp_row_of(cpu, frame)->cost == IRQP_COST_FOREVER;
    lines_accepted(run, (enum line)line);
    if (line == LINE_SMI)
        count(run, COUNT_SMIS);
    else
        run->microkernel.entered = (uint8_t)line;
    if (idle) { /* halt ends: it is not resumed, its loop comes round */
        run->footprint.idled = true;
        frame->pc++;
        frame->remaining = -1;
    }
    run->machine->platform->accept(cpu, line);
    if (idle && run->machine->idle != IDLE_POLLS)
        irqp_push(cpu, cpu->thread, idle_left(run), cpu->thread->top->activity);
}

static void attend(struct irqp_cpu *cpu, uint16_t bits)
{
    run_of(cpu)->machine->platform->attend(cpu, bits);
}

void run_install(struct machine *machine)
{
    machine->program.fire = fire;
    machine->program.accept = accept_line;
    machine->program.attend = attend;
    machine->program.charge = machine->gaps.measured ? gaps_charge : wakeup_charge;
    machine->program.charge_stretch = machine->gaps.measured ? gaps_charge_stretch : wakeup_charge_stretch;
}

/* Phases are random in each batch, but together they are even: batch n of oscillator k is at start + n *
 * step_k of its period (a Kronecker sequence; step_k is 2^64 / g^k, g the root of g^5 = g + 1, which Roberts
 * 2018 proposes for four dimensions), so that encounters of two oscillators that happen in one batch of a
 * hundred happen in every hundred batches. */
irqp_time phase_of(const struct run *run, enum phase oscillator, irqp_time period)
{
    static const uint64_t step[] = {
        [PHASE_CYCLICTEST] = UINT64_C(0xdb4f0b9175ae2165),
        [PHASE_TICK] = UINT64_C(0xbbe0563303a4615f),
        [PHASE_KERNEL_TICK] = UINT64_C(0xa0f2ec75a1fe1575),
        [PHASE_GRID] = UINT64_C(0x89e182857d9ed688),
    };
    __extension__ typedef unsigned __int128 wide;
    struct irqp_stream stream;
    irqp_stream_init(&stream, run->seed, 0, SOURCE_PHASES, oscillator);
    uint64_t turn = irqp_stream_next(&stream) + run->batch * step[oscillator];
    return (irqp_time)(((wide)turn * (uint64_t)period) >> 64);
}

static void start(struct run *run)
{
    struct irqp_cpu *cpu = &run->cpu;
    unsigned slots = run->machine->competitor_count ? SLOTS : SLOT_COMPETING;
    irqp_cpu_init(cpu, &run->machine->program, slots, run);
    irqp_stream_init(&run->phases, run->seed, run->batch, SOURCE_PHASES, 0);
    irqp_stream_init(&run->transit, run->seed, run->batch, SOURCE_TRANSIT, 1);
    irqp_stream_init(&run->smi, run->seed, run->batch, SOURCE_SMI, 0);
    irqp_stream_init(&run->disk.stream, run->seed, run->batch, SOURCE_DISK, 0);
    run->measured_from = IRQP_NEVER;
    irqp_time warm_up = run->machine->warm_up;
    run->warm_up = warm_up + (irqp_time)irqp_stream_below(&run->phases, (uint64_t)warm_up + 1);
    timer_start(run);
    tick_draw_phase(run);
    idle_start(run);
    if (run->machine->platform->microkernel)
        microkernel_start(run);
    competing_start(run);
    guest_start(run);
    run->wakeup.expiry = run->guest.tasks[TASK_CYCLICTEST].sleep_until;
    if (!run->machine->relative) /* which begins with the first sleep */
        irqp_arm(cpu, SLOT_EXPIRY, run->wakeup.expiry);
    tick_start(run);
    smi_start(run);
    probe_start(run);
    gaps_start(run);
    irqp_arm(cpu, SLOT_WATCHDOG, IRQP_S / 10);
    irqp_arm(cpu, SLOT_WARM_UP, run->warm_up);
    irqp_switch(cpu, &run->guest.tasks[TASK_IDLE].thread);
}

static const char *latency_name(const void *machine, size_t latency)
{
    static const char *const own[IRQP_LATENCIES_OWN] = {
        [IRQP_LATENCY_THREAD] = "thread",
        [IRQP_LATENCY_INTERRUPT] = "interrupt",
    };
    static const char *const probes[PROBE_STAGES] = {
        [PROBE_HANDLER] = "probe to hard handler",
        [PROBE_THREAD] = "probe to interrupt thread",
        [PROBE_TASK] = "probe to user task",
    };
    if (latency < IRQP_LATENCIES_OWN)
        return own[latency];
    const struct machine *m = machine;
    for (enum probe_stage stage = 0; m->probe && stage < PROBE_STAGES; stage++)
        if (probe_has(m, stage) && probe_latency(m, stage) == latency)
            return probes[stage];
    return m->gaps.measured && latency == gap_latency(m) ? "gap" : NULL;
}

/* Faults are counted where the page is mapped, which may be on the other side of the end. */
static void count_crossings(struct run *run)
{
    uint64_t left = run->cpu.crossings[IRQP_LEFT_USER], faults = run->counters[COUNT_FAULTS];
    run->counters[COUNT_SYSTEM_CALLS] = left > faults ? left - faults : 0;
    run->counters[COUNT_ENTRIES] += run->cpu.crossings[IRQP_ENTERED_MICROKERNEL];
}

static const struct irqp_program *program_of(const void *machine)
{
    return &((const struct machine *)machine)->program;
}

static enum irqp_status run_batch(const void *machine, uint64_t seed, uint64_t batch, uint64_t samples,
                                  bool naive, const volatile int *stop, struct irqp_result *result)
{
    for (size_t i = 0; latency_name(machine, i); i++)
        if (irqp_histogram_reserve(&result->latencies[i], IRQP_MS))
            return IRQP_NO_MEMORY;
    const struct irqp_program *program = program_of(machine);
    struct run *run = calloc(1, sizeof *run + program->row_count * sizeof *run->own_stretches);
    if (!run)
        return IRQP_NO_MEMORY;
    run->machine = machine;
    run->result = result;
    run->seed = seed;
    run->batch = batch;
    run->wanted = samples;
    start(run);
    run->cpu.stop = stop;
    enum irqp_status status = naive ? irqp_cpu_run_naive(&run->cpu) : irqp_cpu_run(&run->cpu);
    result->batches++;
    result->simulated += run->cpu.now - run->measured_from;
    for (unsigned mode = 0; mode < IRQP_MODES; mode++)
        result->mode_time[mode] += run->cpu.mode_time[mode];
    wakeup_settle(run);
    count_crossings(run);
    for (unsigned i = 0; i < COUNTS; i++)
        result->counters[i] += run->counters[i];
    result->work += run->rounds * run->machine->load.work.per_round;
    for (unsigned i = 0; i < PEAK_COUNT; i++)
        if (run->peaks[i] > result->peaks[i])
            result->peaks[i] = run->peaks[i];
    result->steps += run->cpu.steps;
    result->draws += run->cpu.draws;
    result->problem = run->cpu.problem;
    free(run);
    return status;
}

static size_t routes_of(const void *machine, const struct irqp_route **routes)
{
    const struct machine *m = machine;
    *routes = m->routes;
    return m->route_count;
}

static struct irqp_work work_of(const void *machine)
{
    const struct work *work = &((const struct machine *)machine)->load.work;
    return (struct irqp_work){work->unit, work->total};
}

static const char *counter_name(const void *machine, size_t counter)
{
    (void)machine;
    static const char *const names[COUNTS] = {
#define COUNTER_NAME(ID, name) [COUNT_##ID] = name,
        COUNTERS(COUNTER_NAME)
#undef COUNTER_NAME
    };
    return counter < COUNTS ? names[counter] : NULL;
}

static const char *peak_name(const void *machine, size_t peak)
{
    (void)machine;
    static const char *const names[PEAK_COUNT] = {
#define PEAK_NAME(ID, name) [PEAK_##ID] = name,
        PEAKS(PEAK_NAME)
#undef PEAK_NAME
    };
    return peak < PEAK_COUNT ? names[peak] : NULL;
}

const struct irqp_model irqp_interrupt_path = {
    .name = "interrupt path",
    .registry = &parameter_registry,
    .seed = P_SEED,
    .samples = P_SAMPLES,
    .batch = P_BATCH,
    .expect = P_EXPECT,
    .link = machine_link,
    .unlink = machine_unlink,
    .run_batch = run_batch,
    .program = program_of,
    .routes = routes_of,
    .latency_name = latency_name,
    .cause_name = wakeup_cause_name,
    .counter_name = counter_name,
    .peak_name = peak_name,
    .work = work_of,
};
