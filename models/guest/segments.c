/* Segment descriptors of the guest's tasks (thread-local storage): whose the microkernel's table holds.
 *
 * Processes of one program have them alike: they come from one image, or from each other by fork, and their
 * thread-local storage lies at one address. Threads of the kernel have none and leave the table as it is.
 */
#include "models/run.h"

/* 0: none of its own. */
static uint16_t descriptors_of(const struct guest *guest, uint16_t task)
{
    if (task >= TASK_FIRST_PROCESS)
        return (uint16_t)(TASK_FIRST_PROCESS + guest->tasks[task].program);
    return task == TASK_CYCLICTEST ? TASK_CYCLICTEST : 0;
}

void guest_if_segments_loaded(struct irqp_cpu *cpu, uint16_t target)
{
    const struct guest *guest = &run_of(cpu)->guest;
    uint16_t next = descriptors_of(guest, guest->next);
    if (!next || next == guest->segments)
        cpu->thread->top->pc = target;
}

void guest_load_segments(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct guest *guest = &run_of(cpu)->guest;
    guest->segments = descriptors_of(guest, guest->next);
}
