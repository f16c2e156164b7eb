/* The CPU that runs to the horizon, and the operations that effects and events use. */
#include "irqpath/engine.h"
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
    thread->top = thread->frames - 1;
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
    if (thread->top + 1 >= thread->frames + IRQP_FRAMES_MAX) {
        irqp_cpu_fail(cpu, "paths are nested too deeply");
        return;
    }
    struct irqp_frame *frame = ++thread->top;
    frame->pc = cpu->program->paths[path].first;
    frame->activity = activity;
    frame->remaining = -1;
    frame->loops = 1;
}

void irqp_pop(struct irqp_cpu *cpu, struct irqp_thread *thread)
{
    if (thread->top <= thread->frames)
        irqp_cpu_fail(cpu, "a path ends with nothing to return to");
    else
        thread->top--;
}

void irqp_switch(struct irqp_cpu *cpu, struct irqp_thread *thread)
{
    cpu->thread = thread;
}

static irqp_time earliest(const struct irqp_cpu *cpu)
{
    irqp_time first = IRQP_END_OF_TIME;
    for (unsigned slot = 0; slot < cpu->slots; slot++)
        first = cpu->next[slot] < first ? cpu->next[slot] : first;
    return first;
}

void irqp_arm(struct irqp_cpu *cpu, unsigned slot, irqp_time when)
{
    irqp_time before = cpu->next[slot];
    cpu->next[slot] = when;
    if (cpu->stopped)
        return;
    if (when < cpu->horizon)
        cpu->horizon = when;
    else if (before == cpu->horizon)
        cpu->horizon = earliest(cpu);
}

/* Rule 2 of the total order: everything due now, in the order of the slots; one armed for now meanwhile comes
 * in its turn. */
static void fire_due(struct irqp_cpu *cpu)
{
    for (unsigned slot = 0; slot < cpu->slots && !cpu->stopped;) {
        if (cpu->next[slot] > cpu->now) {
            slot++;
            continue;
        }
        cpu->next[slot] = IRQP_NEVER;
        cpu->program->fire(cpu, slot);
        slot = 0;
    }
    if (!cpu->stopped)
        cpu->horizon = earliest(cpu);
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
    return irqp_draw(cpu, &thread->streams[(row->flags & IRQP_ROW_PLATFORM) != 0], row->cost);
}

static inline void control(struct irqp_cpu *cpu, struct irqp_thread *thread, const struct irqp_row *row)
{
    const struct irqp_program *program = cpu->program;
    switch (row->effect) {
    case IRQP_EFFECT_POP:
        irqp_pop(cpu, thread);
        break;
    case IRQP_EFFECT_PUSH:
        irqp_push(cpu, thread, row->argument, thread->top->activity);
        break;
    case IRQP_EFFECT_GOTO:
        thread->top->pc = row->argument;
        break;
    case IRQP_EFFECT_LOOP:
        if (--thread->top->loops > 0)
            thread->top->pc = row->argument;
        break;
    case IRQP_EFFECT_TEST:
        if (cpu->attention & row->argument)
            program->attend(cpu, row->argument);
        break;
    default:
        program->effects[row->effect - IRQP_EFFECT_MODEL](cpu, row->argument);
    }
}

enum irqp_status irqp_cpu_run(struct irqp_cpu *cpu)
{
    const struct irqp_program *program = cpu->program;
    const struct irqp_row *rows = program->rows;

    if (cpu->status != IRQP_OK)
        return cpu->status;
    cpu->stopped = false;
    cpu->horizon = earliest(cpu);
    while (!cpu->stopped) {
        struct irqp_thread *thread = cpu->thread;
        struct irqp_frame *frame = thread->top;
        const struct irqp_row *row = &rows[frame->pc];
        irqp_time now = cpu->now, left = frame->remaining;

        if (__builtin_expect(left < 0, 1))
            left = begin(cpu, thread, row);
        irqp_time end = now + left;

        if (__builtin_expect(end > cpu->horizon, 0)) {
            /* Something outside comes first: the row keeps what is left of it. */
            if (cpu->horizon == IRQP_END_OF_TIME)
                irqp_cpu_fail(cpu, "the CPU waits, and nothing will ever come");
            if (cpu->stopped)
                break;
            irqp_time due = cpu->horizon;
            frame->remaining = end - due;
            cpu->mode_time[row->flags & IRQP_ROW_MODE] += due - now;
            cpu->now = due;
            if (cpu->charging)
                program->charge(cpu, row, due - now);
            fire_due(cpu);
            accept_pending(cpu);
            continue;
        }

        cpu->steps++;
        cpu->now = end;
        cpu->mode_time[row->flags & IRQP_ROW_MODE] += left;
        frame->remaining = -1;
        frame->pc++;
        if (cpu->charging)
            program->charge(cpu, row, left);
        if (row->effect)
            control(cpu, thread, row);
        if (__builtin_expect(cpu->pending != 0, 0))
            accept_pending(cpu);
    }
    return cpu->status;
}
