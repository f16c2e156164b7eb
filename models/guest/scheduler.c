/* The guest's scheduler: fixed priorities above fair tasks, need_resched, blocking.
 *
 * Fair tasks run by least virtual run time, as Linux's CFS of 2011 does on one CPU: a woken task gets up to
 * half a latency period of credit and preempts one that is ahead by more than the wake-up granularity; the
 * tick preempts one that ran a slice while another has less. All fair tasks have the same weight.
 */
#include "models/run.h"

static const irqp_time SLEEPER_CREDIT = 3 * IRQP_MS; /* half of sched_latency, 6 ms, on one CPU */

struct task *guest_current(struct run *run)
{
    return &run->guest.tasks[run->guest.current];
}

/* Charges the current task's run time since the last look. */
static void account(struct run *run)
{
    struct guest *guest = &run->guest;
    struct task *task = guest_current(run);
    irqp_time ran = run->cpu.now - task->run_since;
    task->run_since = run->cpu.now;
    task->slice += ran;
    if (!task->priority && guest->current != TASK_IDLE && task->runnable)
        guest->vruntime[guest->current] += ran;
}

static uint16_t least_fair(const struct guest *guest)
{
    uint16_t best = TASK_IDLE;
    irqp_time least = IRQP_NEVER;
    for (uint16_t i = TASK_FIRST_PROCESS; i < guest->task_count; i++)
        if (guest->vruntime[i] < least) {
            least = guest->vruntime[i];
            best = i;
        }
    return best;
}

static uint16_t best_task(const struct guest *guest)
{
    uint16_t current = guest->current;
    bool stays = current < TASK_FIRST_PROCESS && guest->tasks[current].runnable;
    uint16_t best = stays ? current : TASK_IDLE; /* among equals, who runs goes on */
    for (uint16_t i = TASK_CYCLICTEST; i < TASK_FIRST_PROCESS; i++)
        if (guest->tasks[i].runnable && guest->tasks[i].priority > guest->tasks[best].priority)
            best = i;
    return best != TASK_IDLE ? best : least_fair(guest);
}

/* The floor of virtual run times: it never goes back. */
static void raise_floor(struct guest *guest)
{
    uint16_t fair = least_fair(guest);
    if (fair != TASK_IDLE && guest->vruntime[fair] > guest->least)
        guest->least = guest->vruntime[fair];
}

void guest_wake(struct run *run, uint16_t index)
{
    struct guest *guest = &run->guest;
    struct task *task = &guest->tasks[index], *current = guest_current(run);
    if (task->runnable || !task->alive)
        return;
    task->runnable = true;
    if (task->priority) {
        if (task->priority > current->priority || guest->current == TASK_IDLE)
            run->cpu.attention |= ATTENTION_RESCHED;
        return;
    }
    account(run);
    raise_floor(guest);
    irqp_time placed = guest->least - SLEEPER_CREDIT;
    guest->vruntime[index] = guest->slept_at[index] > placed ? guest->slept_at[index] : placed;
    bool ahead = !current->priority &&
                 guest->vruntime[guest->current] - guest->vruntime[index] > run->machine->wakeup_granularity;
    if (guest->current == TASK_IDLE || ahead)
        run->cpu.attention |= ATTENTION_RESCHED;
}

/* The way to the next task: the wake-up's own path if it is for cyclictest. At its own end schedule() loops.
 */
void guest_schedule(struct run *run)
{
    struct irqp_thread *thread = &guest_current(run)->thread;
    bool own = run->cpu.charging && run->wakeup.stage == STAGE_READY;
    irqp_push_again(&run->cpu, thread, PATH_SCHEDULE, own ? ACTIVITY_OWN : thread->top->activity);
}

void guest_irq_exit(struct irqp_cpu *cpu, uint16_t argument)
{
    enum { OFF = IRQP_ROW_VIRTUAL | IRQP_ROW_PREEMPT };
    (void)argument;
    if (!(cpu->attention & ATTENTION_RESCHED))
        return;
    /* The interrupted context: a frame that is about to return stands for the one below it. */
    const struct irqp_frame *frame = cpu->thread->top - 1;
    const struct irqp_row *row = irqp_row_of(cpu, frame);
    while (!(row->flags & OFF) && row->effect == IRQP_EFFECT_POP && frame > cpu->thread->frames + 1)
        row = irqp_row_of(cpu, --frame);
    if (!(row->flags & OFF))
        guest_schedule(run_of(cpu));
}

void guest_if_runnable(struct irqp_cpu *cpu, uint16_t target)
{
    if (guest_current(run_of(cpu))->runnable)
        cpu->thread->top->pc = target;
}

void guest_pick(struct irqp_cpu *cpu, uint16_t target)
{
    struct run *run = run_of(cpu);
    struct guest *guest = &run->guest;
    account(run);
    cpu->attention &= (uint16_t)~ATTENTION_RESCHED;
    guest->next = best_task(guest);
    guest->picked_at = cpu->now; /* from here on time is the next task's */
    if (guest->next == guest->current)
        cpu->thread->top->pc = target;
}

void guest_switch(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    struct guest *guest = &run->guest;
    guest->previous = guest->current;
    guest->current = guest->next;
    struct task *task = guest_current(run);
    task->run_since = guest->picked_at;
    task->slice = 0;
    count(run, COUNT_SWITCHES);
    if (guest->current == TASK_CYCLICTEST)
        wakeup_stage(run, STAGE_RUN);
    irqp_switch(cpu, &task->thread);
}

void guest_if_resched(struct irqp_cpu *cpu, uint16_t target)
{
    if (cpu->attention & ATTENTION_RESCHED)
        cpu->thread->top->pc = target;
}

/* ---- blocking: whoever waits looks again when woken ---- */

static bool must_wait(const struct run *run, const struct task *task, enum reason reason)
{
    const struct guest *guest = &run->guest;
    switch (reason) {
    case WAIT_TIMER:
        return task->wake_at != IRQP_NEVER;
    case WAIT_SEND:
        return guest->channels[task->channel].messages >= guest->channels[task->channel].capacity;
    case WAIT_RECEIVE:
        return guest->channels[task->channel].messages == 0;
    case WAIT_CHILD:
        return !task->children_dead;
    case WAIT_DISK:
        return task->requests;
    case WAIT_DISK_THREAD:
        return !guest->disk_thread_woken;
    case WAIT_RCU:
        return !guest->dead_count;
    case WAIT_DESTRUCTION:
        return task->undestroyed;
    case WAIT_BACKLOG:
        return destruction_backlog(run) > run->machine->destruction.backlog;
    }
    return false;
}

void guest_block(struct irqp_cpu *cpu, uint16_t reason)
{
    struct run *run = run_of(cpu);
    struct guest *guest = &run->guest;
    struct task *task = guest_current(run);
    if (!must_wait(run, task, (enum reason)reason))
        return;
    cpu->thread->top->pc--; /* this step again, once woken */
    account(run);
    uint64_t bit = UINT64_C(1) << (guest->current & 63);
    if (reason == WAIT_SEND)
        guest->channels[task->channel].senders[guest->current >> 6] |= bit;
    if (reason == WAIT_RECEIVE)
        guest->channels[task->channel].receivers[guest->current >> 6] |= bit;
    task->reason = (uint8_t)reason;
    task->runnable = false;
    guest->slept_at[guest->current] = guest->vruntime[guest->current];
    guest->vruntime[guest->current] = IRQP_NEVER;
    guest_schedule(run);
}

/* ---- the tick ---- */

void guest_preempt_at_tick(struct run *run)
{
    struct guest *guest = &run->guest;
    struct task *task = guest_current(run);
    if (task->priority || guest->current == TASK_IDLE || !task->runnable)
        return;
    account(run);
    raise_floor(guest);
    if (task->slice >= run->machine->slice && least_fair(guest) != guest->current)
        run->cpu.attention |= ATTENTION_RESCHED;
}
