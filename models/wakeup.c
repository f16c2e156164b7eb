/* The wake-up in flight: from cyclictest's programmed expiry to its clock read, every picosecond is charged
 * to one step (what executed) and one cause (why the wake-up did not advance).
 */
#include "models/run.h"

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

/* Adds what is noted to the result. In the fingerprint each charge is weighted with its place; like the sums
 * of one cause, which mostly follow each other, its terms need not wait for the one before. */
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
        const size_t first = i;
        for (; i < wakeup->noted && wakeup->notes[i].cause == cause; i++) {
            const struct irqp_charge *charge = &wakeup->notes[i];
            uint64_t what = (uint64_t)machine->step_marks[charge->step] << 32 | cause_mark;
            hash += ((uint64_t)charge->duration ^ what) * weight;
            weight += UINT64_C(0x9e3779b97f4a7c16); /* stays odd */
            result->step_time[charge->step] += charge->duration;
            result->step_hits[charge->step]++;
            time += charge->duration;
        }
        result->cause_time[cause] += time;
        result->cause_hits[cause] += i - first;
        run->tick_hit |= cause == CAUSE_MK_TICK;
    }
    wakeup->hash = hash;
    wakeup->weight = weight;
}

/* Moves what is noted to the list of the charges, where one that goes on is one. */
static void list(struct wakeup *wakeup)
{
    for (size_t i = 0; i < wakeup->noted; i++) {
        const struct irqp_charge *charge = &wakeup->notes[i];
        bool any = wakeup->count && wakeup->count <= IRQP_CHARGES_MAX;
        struct irqp_charge *last = any ? &wakeup->charges[wakeup->count - 1] : NULL;
        if (last && last->step == charge->step && last->cause == charge->cause) {
            last->duration += charge->duration;
            continue;
        }
        if (wakeup->count < IRQP_CHARGES_MAX)
            wakeup->charges[wakeup->count] = *charge;
        wakeup->count++;
    }
    wakeup->noted = 0;
}

/* Room for so many notes more. */
static inline void make_room(struct run *run, size_t count)
{
    if (run->wakeup.noted + count <= NOTES_MAX)
        return;
    add_up(run);
    list(&run->wakeup);
}

static inline void note(struct wakeup *wakeup, const struct irqp_row *row, enum cause cause,
                        irqp_time duration)
{
    wakeup->notes[wakeup->noted] = (struct irqp_charge){row->name, (uint16_t)cause, duration};
    wakeup->noted += duration != 0;
}

void wakeup_charge(struct irqp_cpu *cpu, const struct irqp_row *row, irqp_time duration)
{
    struct run *run = run_of(cpu);
    struct wakeup *wakeup = &run->wakeup;
    wakeup->charged += duration;
    if (!wakeup->measured || !duration)
        return;
    make_room(run, 1);
    note(wakeup, row, cause_of(run, cpu->thread, row), duration);
}

/* Within a stretch nothing changes but the row, and on the wake-up's own path not even the cause. */
void wakeup_charge_stretch(struct irqp_cpu *cpu, uint16_t first, irqp_time duration)
{
    struct run *run = run_of(cpu);
    struct wakeup *wakeup = &run->wakeup;
    const struct irqp_program *program = cpu->program;
    const struct irqp_stretch *stretch = &program->stretches[first];
    wakeup->charged += duration + stretch->length;
    if (!wakeup->measured)
        return;
    const bool own = cpu->thread->top->activity == ACTIVITY_OWN;
    size_t left = irqp_tally_rows(stretch->tally);
    make_room(run, left + 1); /* what takes no time is written, and written over */
    for (uint16_t at = first;; duration = program->costs[program->rows[at].cost].value) {
        const struct irqp_row *row = &program->rows[at];
        if (own)
            note(wakeup, row, CAUSE_OWN, duration);
        else if (duration)
            note(wakeup, row, cause_of(run, cpu->thread, row), duration);
        if (--left == 0)
            return;
        at = irqp_row_after(program, at);
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
        list(wakeup);
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

void wakeup_mark_names(struct machine *machine)
{
    for (size_t i = 0; i < machine->program.name_count; i++)
        machine->step_marks[i] = mark(machine->program.names[i]);
    for (size_t i = 0; wakeup_cause_name(machine, i); i++)
        machine->cause_marks[i] = mark(wakeup_cause_name(machine, i));
}
