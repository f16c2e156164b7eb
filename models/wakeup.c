/* The wake-up in flight: from cyclictest's programmed expiry to its clock read, every picosecond is charged
 * to one step (what executed) and one cause (why the wake-up did not advance).
 */
#include "models/run.h"
#include <stdlib.h>

/* The cause, as DESIGN defines it: by the frame's activity; where that is the load's, by the stage. */
static enum cause cause_of(struct run *run, const struct irqp_thread *thread, const struct irqp_row *row)
{
    unsigned activity = thread->top->activity;
    if (activity == ACTIVITY_OWN) /* nearly always */
        return CAUSE_OWN;
    switch (activity) {
    case ACTIVITY_TICK:
        return CAUSE_TICK;
    case ACTIVITY_MK_TICK:
        return CAUSE_MK_TICK;
    case ACTIVITY_DEFERRED:
        return CAUSE_DEFERRED;
    case ACTIVITY_WINDOW:
        return CAUSE_WINDOW;
    case ACTIVITY_LOAD:
        break;
    default:
        return (enum cause)(CAUSE_LINE + (activity - ACTIVITY_LINE));
    }
    bool elsewhere = run->microkernel.current != THREAD_VCPU;
    unsigned mode = row->flags & IRQP_ROW_MODE;
    switch (run->wakeup.stage) {
    case STAGE_SLEEP:
        return CAUSE_SLEEP;
    case STAGE_TIMEOUT:
        return CAUSE_TIMEOUT;
    case STAGE_TRANSIT:
        return CAUSE_TRANSIT;
    case STAGE_LINE:
        return CAUSE_PHYSICAL;
    case STAGE_QUEUED:
        if (run->microkernel.current == THREAD_IDLE) /* the vCPU is blocked inside a call */
            return CAUSE_CALL;
        if (elsewhere)
            break;
        return mode == IRQP_MODE_MICROKERNEL ? (enum cause)run->machine->platform->call_cause
                                             : CAUSE_GUEST_OFF;
    case STAGE_HANDLER:
    case STAGE_READY:
        if (elsewhere) /* what counts is where the guest waits, not who runs meanwhile */
            row = irqp_row_of(&run->cpu, vcpu_frame(run));
        if (row->flags & IRQP_ROW_MASKED || !guest_preemptible(run->machine, row))
            return CAUSE_PREEMPT;
        break;
    case STAGE_RUN:
        break;
    }
    if (elsewhere)
        return (enum cause)(CAUSE_THREAD + run->microkernel.current);
    return (enum cause)run->guest.tasks[thread->id].cause;
}

/* ---- what is charged: noted as it happens, added up at the end ---- */

static const uint64_t PLACE = UINT64_C(0x9e3779b97f4a7c16); /* even: a weight stays odd from place to place */

/* What the fingerprint takes of a charge, to be weighted with its place. */
static inline uint64_t marked(const struct machine *machine, uint16_t step, uint64_t cause_mark,
                              irqp_time duration)
{
    return (uint64_t)duration ^ ((uint64_t)machine->step_marks[step] << 32 | cause_mark);
}

/* Adds what is noted to the result. The terms of the fingerprint, like the sums of one cause, which mostly
 * follow each other, need not wait for the one before. */
static void add_up(struct run *run)
{
    const struct machine *machine = run->machine;
    struct irqp_result *result = run->result;
    struct wakeup *wakeup = &run->wakeup;
    uint64_t hash = wakeup->hash, weight = wakeup->weight;
    for (size_t i = 0; i < wakeup->noted;) {
        const uint16_t cause = wakeup->notes[i].cause;
        const uint64_t cause_mark = machine->cause_marks[cause];
        irqp_time time = 0;
        uint64_t hits = 0;
        for (; i < wakeup->noted && wakeup->notes[i].cause == cause; i++) {
            const struct note *note = &wakeup->notes[i];
            const uint16_t step = machine->program.rows[note->row].name;
            if (note->duration) {
                hash += marked(machine, step, cause_mark, note->duration) * weight;
                weight += PLACE;
                result->step_time[step] += note->duration;
                result->step_hits[step]++;
                time += note->duration;
                hits++;
            }
            if (note->stretch) {
                const struct own_charges *own = &machine->own_charges[note->row];
                hash += own->marked * weight + own->placed;
                weight += own->count * PLACE;
                run->own_stretches[note->row]++;
                time += own->time;
                hits += own->count;
            }
        }
        result->cause_time[cause] += time;
        result->cause_hits[cause] += hits;
        run->tick_hit |= cause == CAUSE_MK_TICK;
    }
    wakeup->hash = hash;
    wakeup->weight = weight;
}

/* One charge more in the list, where one that goes on is one. */
static void append(struct wakeup *wakeup, uint16_t step, uint16_t cause, irqp_time duration)
{
    bool any = wakeup->count && wakeup->count <= IRQP_CHARGES_MAX;
    struct irqp_charge *last = any ? &wakeup->charges[wakeup->count - 1] : NULL;
    if (!duration)
        return;
    if (last && last->step == step && last->cause == cause) {
        last->duration += duration;
        return;
    }
    if (wakeup->count < IRQP_CHARGES_MAX)
        wakeup->charges[wakeup->count] = (struct irqp_charge){step, cause, duration};
    wakeup->count++;
}

/* Moves what is noted to the list of the charges. */
static void list(struct run *run)
{
    const struct irqp_program *program = &run->machine->program;
    struct wakeup *wakeup = &run->wakeup;
    for (size_t i = 0; i < wakeup->noted; i++) {
        const struct note *note = &wakeup->notes[i];
        uint16_t row = note->row;
        append(wakeup, program->rows[row].name, note->cause, note->duration);
        for (unsigned left = note->stretch ? program->stretches[row].rows : 1; left > 1; left--) {
            irqp_time duration = irqp_stretch_on(program, &row);
            append(wakeup, program->rows[row].name, note->cause, duration);
        }
    }
    wakeup->noted = 0;
}

static __attribute__((noinline)) void empty_notes(struct run *run)
{
    add_up(run);
    list(run);
}

static inline void note(struct run *run, uint16_t row, enum cause cause, bool stretch, irqp_time duration)
{
    struct wakeup *wakeup = &run->wakeup;
    wakeup->notes[wakeup->noted++] = (struct note){row, (uint16_t)cause, stretch, duration};
    if (__builtin_expect(wakeup->noted == NOTES_MAX, 0))
        empty_notes(run);
}

void wakeup_charge(struct irqp_cpu *cpu, const struct irqp_row *row, irqp_time duration)
{
    struct run *run = run_of(cpu);
    run->wakeup.charged += duration;
    if (run->wakeup.measured && duration)
        note(run, (uint16_t)(row - cpu->program->rows), cause_of(run, cpu->thread, row), false, duration);
}

static __attribute__((noinline)) void charge_rows(struct irqp_cpu *cpu, uint16_t row, irqp_time duration)
{
    const struct irqp_program *program = cpu->program;
    unsigned left = program->stretches[row].rows;
    wakeup_charge(cpu, &program->rows[row], duration);
    for (; left > 1; left--) {
        duration = irqp_stretch_on(program, &row);
        wakeup_charge(cpu, &program->rows[row], duration);
    }
}

/* Of a stretch on the wake-up's own path not even the cause changes from row to row. */
void wakeup_charge_stretch(struct irqp_cpu *cpu, uint16_t first, irqp_time duration)
{
    struct run *run = run_of(cpu);
    if (cpu->thread->top->activity != ACTIVITY_OWN) {
        charge_rows(cpu, first, duration);
        return;
    }
    run->wakeup.charged += duration + cpu->program->stretches[first].length;
    if (run->wakeup.measured)
        note(run, first, CAUSE_OWN, true, duration);
}

/* What stretches of the own path have always charged behind their first rows. */
void wakeup_settle(struct run *run)
{
    const struct irqp_program *program = &run->machine->program;
    for (size_t i = 0; i < program->row_count; i++) {
        uint64_t times = run->own_stretches[i];
        uint16_t row = (uint16_t)i;
        for (unsigned left = times ? program->stretches[i].rows : 1; left > 1; left--) {
            irqp_time duration = irqp_stretch_on(program, &row);
            run->result->step_time[program->rows[row].name] += (irqp_time)times * duration;
            run->result->step_hits[program->rows[row].name] += duration ? times : 0;
        }
    }
}

/* Where a wake-up stands as it begins: the interrupt that will serve it may be on its way for another timer.
 */
static enum stage first_stage(const struct run *run)
{
    if (run->guest.tasks[TASK_CYCLICTEST].wake_at == IRQP_NEVER) /* not asleep yet, or woken early */
        return run->wakeup.stage;
    if (!guest_wake_up_due(run))
        return STAGE_SLEEP; /* relative: its timer is due later */
    if (run->microkernel.queued[IRQ_TIMER] || run->requested >> IRQ_TIMER & 1)
        return STAGE_QUEUED;
    if (timer_by_thread(run->machine))
        return STAGE_TIMEOUT;
    return run->cpu.pending >> LINE_TIMER & 1 ? STAGE_LINE : STAGE_TRANSIT;
}

/* What a wake-up leaves on the stacks of others is not the next one's own path. */
static void disown(struct run *run)
{
    struct task *tasks = run->guest.tasks;
    for (unsigned word = 0; word < 2; word++) {
        for (uint64_t left = run->wakeup.ran[word]; left; left &= left - 1) {
            unsigned i = word << 6 | (unsigned)__builtin_ctzll(left);
            struct irqp_thread *thread = &tasks[i].thread;
            if (i == TASK_CYCLICTEST || !tasks[i].alive)
                continue;
            for (struct irqp_frame *frame = thread->frames + 1; frame <= thread->top; frame++)
                if (frame->activity == ACTIVITY_OWN)
                    frame->activity = ACTIVITY_LOAD;
        }
    }
}

void run_record(struct run *run, struct irqp_histogram *histogram, irqp_time latency)
{
    if (irqp_histogram_record(histogram, latency) != IRQP_OK)
        irqp_cpu_stop(&run->cpu, IRQP_NO_MEMORY);
}

/* The programmed expiry has come. */
void wakeup_begin(struct run *run)
{
    struct wakeup *wakeup = &run->wakeup;
    run->cpu.charging = wakeup->in_flight = true;
    wakeup->measured = run->cpu.now >= run->measured_from;
    wakeup->stage = first_stage(run);
    if (wakeup->handled_early && wakeup->measured)
        run_record(run, &run->result->interrupt, 0); /* programmed early, it waited for nothing */
    wakeup->handled_early = false;
    wakeup->charged = 0;
    wakeup->noted = 0;
    wakeup->count = 0;
    wakeup->hash = 0;
    wakeup->weight = 1;
    wakeup->ran[0] = wakeup->ran[1] = 0;
    wakeup_note_task(run, run->guest.current);
    run->tick_hit = false;
}

void wakeup_stage(struct run *run, enum stage stage)
{
    run->wakeup.stage = stage;
}

/* The timer's callback begins: interrupt latency is taken here, as rtla's timerlat does. */
void wakeup_handled(struct run *run)
{
    run->wakeup.stage = STAGE_HANDLER;
    run->wakeup.handled_early = !run->wakeup.in_flight;
    if (run->wakeup.in_flight && run->wakeup.measured)
        run_record(run, &run->result->interrupt, run->cpu.now - run->wakeup.expiry);
}

/* The clock read: the sample is complete. */
void wakeup_end(struct run *run)
{
    struct wakeup *wakeup = &run->wakeup;
    struct irqp_result *result = run->result;
    irqp_time latency = run->cpu.now - wakeup->expiry;

    wakeup->in_flight = false;
    run->cpu.charging = run->machine->gaps.measured;
    disown(run);
    if (latency != wakeup->charged) {
        irqp_cpu_fail(&run->cpu, "the parts of a latency do not add up to it");
        return;
    }
    if (!wakeup->measured)
        return;
    add_up(run);
    run_record(run, &result->thread, latency);
    result->trajectory += irqp_mix64(wakeup->hash ^ (run->batch << 32) ^ run->taken);
    if (run->tick_hit)
        count(run, COUNT_TICK_HITS);
    if (latency > result->worst) {
        result->worst = latency;
        result->worst_batch = run->batch;
        result->worst_sample = run->taken;
        list(run);
        result->worst_count = wakeup->count;
        memcpy(result->worst_charges, wakeup->charges, sizeof wakeup->charges);
    }
    run->taken++;
}

uint16_t wakeup_activity(const struct run *run, unsigned line)
{
    if (line == LINE_TICK)
        return ACTIVITY_MK_TICK;
    if (line != LINE_TIMER)
        return line < LINES ? (uint16_t)(ACTIVITY_LINE + line) : ACTIVITY_LOAD;
    if (guest_wake_up_due(run))
        return ACTIVITY_OWN;
    return run->machine->timer_period || run->guest.tick_at <= run->cpu.now ? ACTIVITY_TICK
                                                                            : ACTIVITY_LINE + LINE_TIMER;
}

static const char *const cause_names[CAUSE_THREAD] = {
    [CAUSE_OWN] = "own path",
    [CAUSE_SLEEP] = "relative sleep",
    [CAUSE_TIMEOUT] = "timer granularity",
    [CAUSE_TRANSIT] = "transit",
    [CAUSE_PHYSICAL] = "physical interrupts off",
    [CAUSE_GUEST_OFF] = "guest interrupts off",
    [CAUSE_CALL] = "microkernel call",
    [CAUSE_PREEMPT] = "preemption off",
    [CAUSE_DEFERRED] = "deferred round trip",
    [CAUSE_MONITOR] = "monitor",
    [CAUSE_WINDOW] = "interrupt window",
    [CAUSE_TICK] = "tick",
    [CAUSE_MK_TICK] = "microkernel tick",
    [CAUSE_LINE + LINE_SMI] = "interrupt: system management",
    [CAUSE_LINE + LINE_TICK] = "interrupt: PIT",
    [CAUSE_LINE + LINE_TIMER] = "interrupt: timer",
    [CAUSE_LINE + LINE_DISK] = "interrupt: disk",
    [CAUSE_LINE + LINE_REMOTE] = "interrupt: other processor",
    [CAUSE_LINE + LINE_PROBE] = "interrupt: probe",
};

const char *wakeup_cause_name(const void *machine, size_t cause)
{
    const struct machine *m = machine;
#define THREAD_NAME(ID, name) "thread: " name,
    static const char *const threads[] = {KERNEL_THREADS_LIST(THREAD_NAME) GUEST_TASKS_LIST(THREAD_NAME)};
#undef THREAD_NAME
    if (cause >= CAUSE_LINE + LINE_COMPETING && cause < CAUSE_THREAD)
        return m->competitors[cause - CAUSE_LINE - LINE_COMPETING].line_name;
    if (cause < CAUSE_THREAD)
        return cause_names[cause];
    if (cause >= CAUSE_THREAD + THREAD_COMPETING && cause < CAUSE_GUEST_TASK)
        return m->competitors[cause - CAUSE_THREAD - THREAD_COMPETING].cause_name;
    if (cause < CAUSE_GUEST_TASK)
        return threads[cause - CAUSE_THREAD];
    if (cause < CAUSE_PROGRAM)
        return threads[THREAD_COMPETING + cause - CAUSE_GUEST_TASK];
    cause -= CAUSE_PROGRAM;
    return cause < m->load.program_count ? m->load.programs[cause].cause_name : NULL;
}

static uint32_t mark(const char *name)
{
    uint64_t hash = 0;
    for (; *name; name++)
        hash = irqp_mix64(hash ^ (unsigned char)*name);
    return (uint32_t)hash;
}

static struct own_charges own_charges(const struct machine *machine, uint16_t row)
{
    const struct irqp_program *program = &machine->program;
    struct own_charges own = {0};
    for (unsigned left = program->stretches[row].rows; left > 1; left--) {
        irqp_time duration = irqp_stretch_on(program, &row);
        if (!duration)
            continue;
        uint64_t mark = marked(machine, program->rows[row].name, machine->cause_marks[CAUSE_OWN], duration);
        own.marked += mark;
        own.placed += mark * own.count * PLACE;
        own.time += duration;
        own.count++;
    }
    return own;
}

enum irqp_status wakeup_link(struct machine *machine)
{
    for (size_t i = 0; i < machine->program.name_count; i++)
        machine->step_marks[i] = mark(machine->program.names[i]);
    for (size_t i = 0; wakeup_cause_name(machine, i); i++)
        machine->cause_marks[i] = mark(wakeup_cause_name(machine, i));
    machine->own_charges = calloc(machine->program.row_count, sizeof *machine->own_charges);
    if (!machine->own_charges)
        return IRQP_NO_MEMORY;
    for (size_t row = 0; row < machine->program.row_count; row++)
        machine->own_charges[row] = own_charges(machine, (uint16_t)row);
    return IRQP_OK;
}

void wakeup_fini(struct machine *machine)
{
    free(machine->own_charges);
}
