/* Mutexes of processes: sleeping locks with priority inheritance, as PREEMPT_RT's rt_mutex under a futex.
 *
 * Taking a free one and releasing one that nobody waits for is one atomic instruction in user mode. Who finds
 * it taken waits in the kernel, in the order of priorities; the holder runs with the highest priority of
 * those that wait for it, along the whole chain if it waits itself. On release the mutex is handed to the
 * first of them.
 */
#include "models/run.h"

static struct mutex *current_mutex(struct run *run)
{
    return &run->guest.mutexes[guest_current(run)->mutex];
}

/* The first among those that wait: of the highest priority, who came first. TASK_IDLE: nobody. */
static uint16_t first_waiter(const struct guest *guest, const struct mutex *mutex)
{
    uint16_t best = TASK_IDLE;
    for (unsigned word = 0; word < 2; word++)
        for (uint64_t bits = mutex->waiters[word]; bits; bits &= bits - 1) {
            uint16_t i = (uint16_t)(word * 64 + (unsigned)__builtin_ctzll(bits));
            const struct task *task = &guest->tasks[i], *rival = &guest->tasks[best];
            if (best == TASK_IDLE || task->priority > rival->priority ||
                (task->priority == rival->priority && task->waits_since < rival->waits_since))
                best = i;
        }
    return best;
}

/* What a task runs with: its own priority, or that of the best that waits for a mutex which it holds. */
static uint8_t inherited(const struct run *run, uint16_t index)
{
    const struct guest *guest = &run->guest;
    uint8_t priority = guest->tasks[index].own_priority;
    for (unsigned i = 0; i < run->machine->load.mutex_count; i++) {
        if (guest->mutexes[i].owner != index)
            continue;
        uint16_t first = first_waiter(guest, &guest->mutexes[i]);
        if (first != TASK_IDLE && guest->tasks[first].priority > priority)
            priority = guest->tasks[first].priority;
    }
    return priority;
}

static bool waits_for_mutex(const struct task *task)
{
    return !task->runnable && task->alive && task->reason == WAIT_LOCK;
}

/* From a holder along those that it waits for. Coming back to where it began is a deadlock. */
static void inherit_along(struct run *run, uint16_t holder, uint16_t waiter)
{
    struct guest *guest = &run->guest;
    while (holder != TASK_IDLE) {
        if (holder == waiter) {
            irqp_cpu_fail(&run->cpu, "processes of the load wait for each other's mutexes: a deadlock");
            return;
        }
        guest_set_priority(run, holder, inherited(run, holder));
        const struct task *task = &guest->tasks[holder];
        holder = waits_for_mutex(task) ? guest->mutexes[task->mutex].owner : TASK_IDLE;
    }
}

void guest_turn_to_mutex(struct irqp_cpu *cpu, uint16_t mutex)
{
    guest_current(run_of(cpu))->mutex = mutex;
}

void guest_lock_if_free(struct irqp_cpu *cpu, uint16_t target)
{
    struct run *run = run_of(cpu);
    struct mutex *mutex = current_mutex(run);
    if (mutex->owner != TASK_IDLE)
        return;
    mutex->owner = run->guest.current;
    cpu->thread->top->pc = target;
}

/* It may have been released on the way into the kernel. */
void guest_lock_wait(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    struct guest *guest = &run->guest;
    struct mutex *mutex = current_mutex(run);
    uint16_t current = guest->current;
    if (mutex->owner == TASK_IDLE) {
        mutex->owner = current;
        return;
    }
    mutex->waiters[current >> 6] |= UINT64_C(1) << (current & 63);
    guest->tasks[current].waits_since = guest->turns++;
    count(run, COUNT_CONTENDED);
    inherit_along(run, mutex->owner, current);
}

void guest_unlock_if_unwanted(struct irqp_cpu *cpu, uint16_t target)
{
    struct mutex *mutex = current_mutex(run_of(cpu));
    if (mutex->waiters[0] | mutex->waiters[1])
        return;
    mutex->owner = TASK_IDLE;
    cpu->thread->top->pc = target;
}

void guest_unlock(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    struct guest *guest = &run->guest;
    struct mutex *mutex = current_mutex(run);
    uint16_t next = first_waiter(guest, mutex), before = guest->current;
    mutex->owner = next;
    if (next == TASK_IDLE)
        return;
    mutex->waiters[next >> 6] &= ~(UINT64_C(1) << (next & 63));
    guest_set_priority(run, next, inherited(run, next));
    guest_set_priority(run, before, inherited(run, before));
    guest_wake(run, next);
}
