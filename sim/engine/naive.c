/* The reference dispatcher: every row and every source is an entry of an event queue. It shares the effects
 * with cpu.c, and nothing else: slow and obvious on purpose, so that the same bytes from both prove that
 * running to the horizon is exact.
 */
#include "irqpath/engine.h"
#include <string.h>

enum { ROW_ENDS, TIME_ENDS, FIRST_SLOT, ENTRIES = FIRST_SLOT + IRQP_SLOTS_MAX };

/* An entry is ordered by time, then by rank: the end of a row is before every slot, slots in their order. */
struct entry {
    irqp_time time;
    unsigned rank;
};

struct queue {
    struct entry entries[ENTRIES];
    unsigned count;
};

static void enqueue(struct queue *queue, irqp_time time, unsigned rank)
{
    unsigned at = queue->count++;
    while (at > 0) {
        struct entry *before = &queue->entries[at - 1];
        if (before->time < time || (before->time == time && before->rank < rank))
            break;
        queue->entries[at] = *before;
        at--;
    }
    queue->entries[at] = (struct entry){time, rank};
}

static bool line_may_enter(const struct irqp_program *program, const struct irqp_row *row, unsigned line)
{
    if (row->flags & IRQP_ROW_SHIELDED)
        return false;
    bool maskable = program->maskable >> line & 1;
    return !(maskable && row->flags & IRQP_ROW_MASKED);
}

static bool accept_one(struct irqp_cpu *cpu)
{
    for (unsigned line = 0; line < 64; line++) {
        const struct irqp_row *row = &cpu->program->rows[cpu->thread->top->pc];
        if ((cpu->pending >> line & 1) && line_may_enter(cpu->program, row, line)) {
            cpu->program->accept(cpu, line);
            return true;
        }
    }
    return false;
}

static void begin_row(struct irqp_cpu *cpu)
{
    struct irqp_thread *thread = cpu->thread;
    struct irqp_frame *frame = thread->top;
    if (frame->remaining >= 0)
        return;
    const struct irqp_row *row = &cpu->program->rows[frame->pc];
    if (row->cost == IRQP_COST_FOREVER)
        frame->remaining = IRQP_END_OF_TIME + 1;
    else if (row->cost >= IRQP_COST_REGISTER)
        frame->remaining = thread->registers[row->cost - IRQP_COST_REGISTER];
    else if (thread->script && (frame->remaining = irqp_scripted(thread, frame->pc)) >= 0)
        return;
    else if (row->flags & IRQP_ROW_PLATFORM)
        frame->remaining = irqp_draw(cpu, &thread->streams[1], row->cost);
    else
        frame->remaining = irqp_draw(cpu, &thread->streams[0], row->cost);
}

/* Lets time pass in the current row. */
static void advance(struct irqp_cpu *cpu, irqp_time until)
{
    struct irqp_frame *frame = cpu->thread->top;
    const struct irqp_row *row = &cpu->program->rows[frame->pc];
    irqp_time passed = until - cpu->now;
    cpu->now = until;
    frame->remaining -= passed;
    cpu->mode_time[row->flags & IRQP_ROW_MODE] += passed;
    if (cpu->charging)
        cpu->program->charge(cpu, row, passed);
}

/* Whether a row crosses is the linker's to say; from where, the row before it. */
static void count_crossings(struct irqp_cpu *cpu, const struct irqp_row *row)
{
    if (!(row->flags & IRQP_ROW_CROSSES))
        return;
    if ((row[-1].flags & IRQP_ROW_MODE) == IRQP_MODE_USER)
        cpu->crossings[IRQP_LEFT_USER]++;
    if ((row->flags & IRQP_ROW_MODE) == IRQP_MODE_MICROKERNEL)
        cpu->crossings[IRQP_ENTERED_MICROKERNEL]++;
}

static void end_row(struct irqp_cpu *cpu)
{
    const struct irqp_program *program = cpu->program;
    struct irqp_thread *thread = cpu->thread;
    struct irqp_frame *frame = thread->top;
    const struct irqp_row *row = &program->rows[frame->pc];

    cpu->steps++;
    count_crossings(cpu, row);
    frame->remaining = -1;
    frame->pc++;
    if (row->effect == IRQP_EFFECT_NONE)
        return;
    if (row->effect == IRQP_EFFECT_POP)
        irqp_pop(cpu, thread);
    else if (row->effect == IRQP_EFFECT_PUSH)
        irqp_push(cpu, thread, row->argument, frame->activity);
    else if (row->effect == IRQP_EFFECT_GOTO)
        frame->pc = row->argument;
    else if (row->effect == IRQP_EFFECT_LOOP) {
        frame->loops--;
        if (frame->loops > 0)
            frame->pc = row->argument;
    } else if (row->effect == IRQP_EFFECT_TEST) {
        if (cpu->attention & row->argument)
            program->attend(cpu, row->argument);
    } else
        program->effects[row->effect - IRQP_EFFECT_MODEL](cpu, row->argument);
}

enum irqp_status irqp_cpu_run_naive(struct irqp_cpu *cpu)
{
    if (cpu->status != IRQP_OK)
        return cpu->status;
    cpu->stopped = false;
    bool more = false; /* outside events of this instant, which nothing comes between */
    for (unsigned turn = 1;; turn++) {
        if (turn % IRQP_LOOK_EVERY == 0)
            irqp_cpu_look(cpu);
        struct queue queue = {.count = 0};
        if (!more) {
            begin_row(cpu);
            if (cpu->thread->top->remaining < 0) {
                irqp_cpu_fail(cpu, "a computed length is negative");
                return cpu->status;
            }
            enqueue(&queue, cpu->now + cpu->thread->top->remaining, ROW_ENDS);
        }
        enqueue(&queue, IRQP_END_OF_TIME, TIME_ENDS);
        for (unsigned slot = 0; slot < cpu->slots; slot++)
            if (cpu->next[slot] != IRQP_NEVER)
                enqueue(&queue, cpu->next[slot], FIRST_SLOT + slot);

        struct entry first = queue.entries[0];
        cpu->horizon = IRQP_END_OF_TIME; /* for effects that ask how far it is */
        for (unsigned slot = 0; slot < cpu->slots; slot++)
            cpu->horizon = cpu->next[slot] < cpu->horizon ? cpu->next[slot] : cpu->horizon;
        if (first.rank == TIME_ENDS) {
            irqp_cpu_fail(cpu, "the CPU waits, and nothing will ever come");
            return cpu->status;
        }
        advance(cpu, first.time);
        if (first.rank == ROW_ENDS)
            end_row(cpu);
        else {
            unsigned slot = first.rank - FIRST_SLOT;
            cpu->next[slot] = IRQP_NEVER;
            cpu->program->fire(cpu, slot);
        }
        if (cpu->stopped)
            return cpu->status;
        more = false;
        if (first.rank != ROW_ENDS)
            for (unsigned slot = 0; slot < cpu->slots; slot++)
                more |= cpu->next[slot] == cpu->now;
        while (!more && accept_one(cpu))
            if (cpu->stopped)
                return cpu->status;
    }
}
