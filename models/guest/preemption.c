/* Where the guest's kernel code lets a better task run.
 *
 * With PREEMPT_RT anywhere but in a section: the linker puts a check behind each, and an interrupt's exit
 * switches at once. Without it (PREEMPT_VOLUNTARY, the desktop kernel of 2011) kernel code goes on to where
 * it looks itself: a voluntary point, the return to user mode, the end of schedule(). Some of these points
 * stand in the tables. Those inside a long piece of work do not; they are as good as at random, so that from
 * the interrupt that makes a better task ready, the next is a drawn distance away.
 */
#include "models/run.h"

// clang-format off
static const struct irqp_step looks[] = {
    {.name = "voluntary preemption point: is a better task ready", .effect = E_RESCHEDULE},
    IRQP_END,
};

/* With interrupts off, so that nothing comes between the look and the return. */
static const struct irqp_step looks_at_return[] = {
    {.name = "return to user mode: is a better task ready", .effect = E_RESCHEDULE},
    IRQP_END,
};

static const struct irqp_step to_voluntary_point[] = {
    {.name = "kernel code up to a voluntary preemption point", .cost = P_VOLUNTARY_GAP, .flags = KERNEL | PLATFORM},
    {.name = "voluntary preemption point: is a better task ready", .flags = KERNEL, .effect = E_RESCHEDULE},
    {.name = "kernel code: goes on", .flags = KERNEL, .effect = IRQP_EFFECT_POP},
    IRQP_END,
};
// clang-format on

static const struct irqp_step nothing[] = {IRQP_END};

void preemption_rules(const struct machine *machine, struct irqp_platform_rules *rules)
{
    bool patched = machine->preempt_rt;
    rules->resched_bit = patched ? ATTENTION_RESCHED : 0;
    rules->fragments[RESCHEDULE_POINT] = patched ? nothing : looks;
    rules->fragments[RETURN_TO_USER] = patched ? nothing : looks_at_return;
}

void preemption_link(const struct machine *machine, struct irqp_linker *linker)
{
    if (!machine->preempt_rt)
        link_path(linker, PATH_TO_VOLUNTARY_POINT, IRQP_PATH_FREE,
                  "guest: up to a voluntary preemption point",
                  "a part of the kernel code that was interrupted, after which it looks for a better task",
                  to_voluntary_point, NULL, NULL);
}

void guest_reschedule(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    if (!(cpu->attention & ATTENTION_RESCHED))
        return;
    cpu->thread->top->pc--; /* and looks again */
    guest_schedule(run_of(cpu));
}

bool guest_preemptible(const struct machine *machine, const struct irqp_row *row)
{
    enum { OFF = IRQP_ROW_VIRTUAL | IRQP_ROW_PREEMPT };
    bool kernel = (row->flags & IRQP_ROW_MODE) == IRQP_MODE_KERNEL;
    return !(row->flags & OFF) && (machine->preempt_rt || !kernel);
}

static bool within(const struct irqp_path *path, uint16_t pc)
{
    return pc >= path->first && pc < path->first + path->count;
}

/* The interrupted piece of work is cut in two at its next voluntary point, if it has one. */
void guest_preempt_voluntarily(struct run *run)
{
    struct irqp_cpu *cpu = &run->cpu;
    struct irqp_thread *thread = cpu->thread;
    struct irqp_frame *interrupted = thread->top - 1;
    uint16_t gap = run->machine->cost_voluntary_gap;
    if (interrupted->remaining <= 0 || within(&cpu->program->paths[PATH_TO_VOLUNTARY_POINT], interrupted->pc))
        return;
    irqp_time distance = irqp_draw(cpu, &thread->streams[1], gap);
    if (distance >= interrupted->remaining)
        return;
    interrupted->remaining -= distance;
    irqp_push(cpu, thread, PATH_TO_VOLUNTARY_POINT, interrupted->activity);
    if (cpu->stopped)
        return;
    /* It stands below the interrupt's frame, which returns to it. */
    struct irqp_frame to_point = *thread->top;
    to_point.remaining = distance;
    *thread->top = thread->top[-1];
    thread->top[-1] = to_point;
}
