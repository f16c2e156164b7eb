/* The CPU that runs to the horizon, and the operations that effects and events use. */
#include "irqpath/engine.h"
#include <stdlib.h>
#include <string.h>

void irqp_cpu_init(struct irqp_cpu *cpu, const struct irqp_program *program, unsigned slots, void *model)
{
    memset(cpu, 0, sizeof *cpu);
    cpu->program = program;
    cpu->model = model;
    cpu->slots = slots;
    cpu->horizon = IRQP_END_OF_TIME;
    for (unsigned slot = 0; slot < IRQP_SLOTS_MAX; slot++)
        cpu->next[slot] = IRQP_NEVER;
}

void irqp_thread_init(struct irqp_thread *thread, uint16_t id)
{
    thread->top = thread->frames;
    thread->script = NULL;
    thread->id = id;
    memset(thread->registers, 0, sizeof thread->registers);
}

void irqp_cpu_stop(struct irqp_cpu *cpu, enum irqp_status status)
{
    cpu->stopped = true;
    if (cpu->status == IRQP_OK)
        cpu->status = status;
    cpu->horizon = INT64_MIN; /* the loop looks at `stopped` only where it looks outside */
}

void irqp_cpu_fail(struct irqp_cpu *cpu, const char *problem)
{
    if (cpu->status == IRQP_OK)
        cpu->problem = problem;
    irqp_cpu_stop(cpu, IRQP_MODEL);
}

void irqp_push(struct irqp_cpu *cpu, struct irqp_thread *thread, uint16_t path, uint16_t activity)
{
    if (thread->top == thread->frames + IRQP_FRAMES_MAX) {
        irqp_cpu_fail(cpu, "paths are nested too deeply");
        return;
    }
    struct irqp_frame *frame = ++thread->top;
    frame->pc = cpu->program->paths[path].first;
    frame->activity = activity;
    frame->remaining = -1;
    frame->loops = 1;
}

void irqp_push_again(struct irqp_cpu *cpu, struct irqp_thread *thread, uint16_t path, uint16_t activity)
{
    const struct irqp_path *again = &cpu->program->paths[path];
    struct irqp_frame *top = thread->top;
    if (top->pc < again->first || top->pc >= again->first + again->count) {
        irqp_push(cpu, thread, path, activity);
        return;
    }
    top->pc = again->first;
    top->activity = activity;
}

void irqp_pop(struct irqp_cpu *cpu, struct irqp_thread *thread)
{
    if (thread->top <= thread->frames + 1)
        irqp_cpu_fail(cpu, "a path ends with nothing to return to");
    else
        thread->top--;
}

void irqp_switch(struct irqp_cpu *cpu, struct irqp_thread *thread)
{
    cpu->thread = thread;
}

/* Finds the earliest slot, the first of equals; without a branch that would depend on the times. */
static void look_ahead(struct irqp_cpu *cpu)
{
    irqp_time first = IRQP_END_OF_TIME;
    unsigned at = 0;
    for (unsigned slot = 0; slot < cpu->slots; slot++) {
        irqp_time next = cpu->next[slot];
        at = next < first ? slot : at;
        first = next < first ? next : first;
    }
    cpu->horizon = first;
    cpu->first = at;
}

void irqp_arm(struct irqp_cpu *cpu, unsigned slot, irqp_time when)
{
    cpu->next[slot] = when;
    if (cpu->stopped)
        return;
    if (when < cpu->horizon || (when == cpu->horizon && slot < cpu->first)) {
        cpu->horizon = when;
        cpu->first = slot;
    } else if (slot == cpu->first && when > cpu->horizon) {
        look_ahead(cpu);
    }
}

/* Does somebody want the run to end, and has time moved at all? */
void irqp_cpu_look(struct irqp_cpu *cpu)
{
    if (cpu->stop && __atomic_load_n(cpu->stop, __ATOMIC_RELAXED))
        irqp_cpu_stop(cpu, IRQP_INTERRUPTED);
    else if (cpu->now == cpu->looked_at)
        irqp_cpu_fail(cpu, "a loop takes no time: a million steps without a picosecond");
    cpu->looked_at = cpu->now;
}

/* Of a stretch all but the length of its first row is the same each time: it is enough to count how often. */
void irqp_cpu_settle(struct irqp_cpu *cpu)
{
    for (size_t row = 0; cpu->taken && row < cpu->program->row_count; row++) {
        const struct irqp_stretch_sums *sums = &cpu->program->stretch_sums[row];
        const uint64_t times = cpu->taken[row];
        if (!times)
            continue;
        for (unsigned mode = 0; mode < IRQP_MODES; mode++)
            cpu->mode_time[mode] += (irqp_time)times * sums->mode_time[mode];
        irqp_count(cpu, sums->tally, times);
        cpu->taken[row] = 0;
    }
}

/* Rule 2 of the total order: everything due now, in the order of the slots; one armed for now meanwhile comes
 * in its turn. */
static void fire_due(struct irqp_cpu *cpu)
{
    unsigned fired = 0;
    do {
        unsigned slot = cpu->first;
        if (++fired > IRQP_LOOK_EVERY)
            irqp_cpu_fail(cpu, "an outside event repeats without time between");
        cpu->next[slot] = IRQP_NEVER;
        cpu->first = cpu->slots; /* none: what is armed meanwhile need not look for the earliest */
        cpu->program->fire(cpu, slot);
        look_ahead(cpu);
    } while (cpu->horizon <= cpu->now && !cpu->stopped);
}

/* Rule 3: lines are accepted one by one; what accepting pushed may block the next. */
static void accept_pending(struct irqp_cpu *cpu)
{
    for (;;) {
        uint64_t open = cpu->pending & ~irqp_blocked(cpu->program, irqp_row_of(cpu, cpu->thread->top)->flags);
        if (!open || cpu->stopped)
            return;
        cpu->program->accept(cpu, (unsigned)__builtin_ctzll(open));
    }
}

static irqp_time computed_length(struct irqp_cpu *cpu, const struct irqp_thread *thread,
                                 const struct irqp_row *row)
{
    if (row->cost == IRQP_COST_FOREVER)
        return IRQP_END_OF_TIME + 1;
    irqp_time length = thread->registers[row->cost - IRQP_COST_REGISTER];
    if (length < 0)
        irqp_cpu_fail(cpu, "a computed length is negative");
    return length < 0 ? 0 : length;
}

/* How long the row takes that is about to begin. */
static inline irqp_time begin(struct irqp_cpu *cpu, struct irqp_thread *thread, const struct irqp_row *row)
{
    if (__builtin_expect(row->cost >= IRQP_COST_REGISTER, 0))
        return computed_length(cpu, thread, row);
    if (__builtin_expect(thread->script != NULL, 0)) {
        irqp_time length = irqp_scripted(thread, (uint16_t)(row - cpu->program->rows));
        if (length >= 0)
            return length;
    }
    return irqp_draw(cpu, &thread->streams[(row->flags & IRQP_ROW_PLATFORM) != 0], row->cost);
}

/* The same of the first row of a stretch, in which all stands that is needed. */
static inline irqp_time begin_stretch(struct irqp_cpu *cpu, struct irqp_thread *thread,
                                      const struct irqp_stretch *stretch)
{
    if (stretch->begins == IRQP_BEGINS_CONSTANT)
        return stretch->value;
    if (__builtin_expect(stretch->begins == IRQP_BEGINS_COMPUTED, 0))
        return computed_length(cpu, thread, &cpu->program->rows[stretch - cpu->program->stretches]);
    cpu->draws++;
    return irqp_table_draw(stretch->table, irqp_stream_next(&thread->streams[stretch->stream]));
}

static inline void control(struct irqp_cpu *cpu, struct irqp_thread *thread, uint8_t effect,
                           uint16_t argument)
{
    const struct irqp_program *program = cpu->program;
    switch (effect) {
    case IRQP_EFFECT_POP:
        irqp_pop(cpu, thread);
        break;
    case IRQP_EFFECT_PUSH:
        irqp_push(cpu, thread, argument, thread->top->activity);
        break;
    case IRQP_EFFECT_LOOP:
        if (--thread->top->loops > 0)
            thread->top->pc = argument;
        break;
    case IRQP_EFFECT_GOTO:
        thread->top->pc = argument;
        break;
    case IRQP_EFFECT_TEST:
        if (cpu->attention & argument)
            program->attend(cpu, argument);
        break;
    default:
        break;
    }
}

/* Something outside comes before the row ends, which keeps what is left of it. */
static void go_outside(struct irqp_cpu *cpu, const struct irqp_row *row, irqp_time left)
{
    if (cpu->horizon == IRQP_END_OF_TIME)
        irqp_cpu_fail(cpu, "the CPU waits, and nothing will ever come");
    if (cpu->stopped)
        return;
    irqp_time passed = cpu->horizon - cpu->now;
    cpu->thread->top->remaining = left - passed;
    cpu->now += passed;
    cpu->mode_time[row->flags & IRQP_ROW_MODE] += passed;
    if (cpu->charging)
        cpu->program->charge(cpu, row, passed);
    fire_due(cpu);
    accept_pending(cpu);
}

static void charge_stretch(struct irqp_cpu *cpu, uint16_t row, irqp_time length)
{
    const struct irqp_program *program = cpu->program;
    if (program->charge_stretch) {
        program->charge_stretch(cpu, row, length);
        return;
    }
    program->charge(cpu, &program->rows[row], length);
    for (unsigned left = program->stretches[row].rows; left > 1; left--) {
        length = irqp_stretch_on(program, &row);
        program->charge(cpu, &program->rows[row], length);
    }
}

static inline void have_effect(struct irqp_cpu *cpu, struct irqp_thread *thread, uint8_t effect,
                               uint16_t argument)
{
    if (effect >= IRQP_EFFECT_MODEL)
        cpu->program->effects[effect - IRQP_EFFECT_MODEL](cpu, argument);
    else
        control(cpu, thread, effect, argument);
}

/* One row by itself, or as much of it as there is before the horizon. */
static inline void run_row(struct irqp_cpu *cpu)
{
    struct irqp_thread *thread = cpu->thread;
    struct irqp_frame *frame = thread->top;
    const struct irqp_row *row = &cpu->program->rows[frame->pc];
    irqp_time left = frame->remaining < 0 ? begin(cpu, thread, row) : frame->remaining;
    if (cpu->now + left > cpu->horizon) {
        go_outside(cpu, row, left);
        return;
    }
    irqp_count(cpu, irqp_tally(row), 1);
    cpu->now += left;
    cpu->mode_time[row->flags & IRQP_ROW_MODE] += left;
    if (cpu->charging)
        cpu->program->charge(cpu, row, left);
    frame->pc++;
    frame->remaining = -1;
    have_effect(cpu, thread, row->effect, row->argument);
    if (__builtin_expect(cpu->pending != 0, 0))
        accept_pending(cpu);
}

/* Whether rows have to be looked at one by one. */
static inline bool by_rows(const struct irqp_cpu *cpu)
{
    return (cpu->pending | cpu->attention | cpu->stopped) || cpu->thread->script;
}

/* Runs stretch after stretch, in registers: nothing but an effect or an event can change what else matters.
 * Ends where a row is to be looked at by itself, because the horizon may cut its stretch off or by_rows. Its
 * own function, so that what happens rarely does not take the registers. */
static __attribute__((noinline)) unsigned run_stretches(struct irqp_cpu *cpu, unsigned turns)
{
    const struct irqp_program *const program = cpu->program;
    const struct irqp_stretch *const stretches = program->stretches;
    uint64_t *const taken = cpu->taken;
    do {
        struct irqp_thread *const thread = cpu->thread;
        struct irqp_frame *const frame = thread->top;
        const irqp_time horizon = cpu->horizon;
        size_t first = frame->pc;
        const struct irqp_stretch *stretch = &stretches[first];
        irqp_time now = cpu->now, length = frame->remaining;
        if (length < 0)
            length = begin_stretch(cpu, thread, stretch);
        for (;;) {
            const irqp_time end = now + length + stretch->length;
            if (__builtin_expect(end > horizon, 0) || __builtin_expect(--turns == 0, 0)) {
                cpu->now = now;
                frame->pc = (uint16_t)first;
                frame->remaining = length;
                return turns;
            }
            now = end;
            taken[first]++;
            cpu->mode_time[stretch->mode] += length;
            if (__builtin_expect(cpu->charging, 0))
                charge_stretch(cpu, (uint16_t)first, length);
            if (stretch->calls)
                break;
            first = stretch->next;
            stretch = &stretches[first];
            length = begin_stretch(cpu, thread, stretch);
        }
        cpu->now = now;
        frame->pc = (uint16_t)(stretch->last + 1);
        frame->remaining = -1;
        have_effect(cpu, thread, stretch->effect, stretch->argument);
    } while (!by_rows(cpu));
    if (cpu->pending)
        accept_pending(cpu);
    return turns;
}

enum irqp_status irqp_cpu_run(struct irqp_cpu *cpu)
{
    const bool stretches = cpu->program->stretches != NULL;

    if (cpu->status != IRQP_OK)
        return cpu->status;
    if (stretches && !(cpu->taken = calloc(cpu->program->row_count, sizeof *cpu->taken)))
        return IRQP_NO_MEMORY;
    cpu->stopped = false;
    look_ahead(cpu);
    for (unsigned turns = IRQP_LOOK_EVERY; !cpu->stopped;) {
        if (stretches && !by_rows(cpu))
            turns = run_stretches(cpu, turns);
        if (!cpu->stopped)
            run_row(cpu);
        if (__builtin_expect(turns == 0 || --turns == 0, 0)) {
            irqp_cpu_look(cpu);
            turns = IRQP_LOOK_EVERY;
        }
    }
    irqp_cpu_settle(cpu);
    free(cpu->taken);
    cpu->taken = NULL;
    return cpu->status;
}
