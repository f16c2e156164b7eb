/* The guest's scheduler: fixed priorities (SCHED_FIFO) above fair tasks, need_resched, blocking. Fair tasks:
 * fair.c.
 */
#include "models/run.h"

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
        fair_charge(run, ran);
}

/* The best of the runnable tasks of fixed priority; among equals, who was enqueued first. */
static uint16_t best_fixed(const struct guest *guest)
{
    uint16_t best = TASK_IDLE;
    for (unsigned word = 0; word < 2; word++)
        for (uint64_t bits = guest->fixed[word]; bits; bits &= bits - 1) {
            uint16_t i = (uint16_t)(word * 64 + (unsigned)__builtin_ctzll(bits));
            const struct task *task = &guest->tasks[i], *rival = &guest->tasks[best];
            if (task->priority > rival->priority ||
                (task->priority == rival->priority && task->turn < rival->turn))
                best = i;
        }
    return best;
}

static uint16_t best_task(struct run *run)
{
    uint16_t best = best_fixed(&run->guest);
    return best != TASK_IDLE ? best : fair_pick(run);
}

/* Puts a runnable task into its class, and asks for schedule() if it is better than the current one. */
static void enqueue(struct run *run, uint16_t index, enum fair_arrival arrival)
{
    struct guest *guest = &run->guest;
    struct task *task = &guest->tasks[index], *current = guest_current(run);
    bool better = guest->current == TASK_IDLE || task->priority > current->priority;
    if (task->priority) {
        guest->fixed[index >> 6] |= UINT64_C(1) << (index & 63);
        task->turn = guest->turns++;
    } else {
        account(run);
        fair_enqueue(run, index, arrival);
        better |= !current->priority && current->runnable && fair_preempts(run, index);
    }
    if (better)
        run->cpu.attention |= ATTENTION_RESCHED;
}

static void dequeue(struct run *run, uint16_t index, bool to_fixed)
{
    struct guest *guest = &run->guest;
    if (guest->tasks[index].priority)
        guest->fixed[index >> 6] &= ~(UINT64_C(1) << (index & 63));
    else if (index != TASK_IDLE)
        fair_dequeue(run, index, to_fixed);
}

static void make_runnable(struct run *run, uint16_t index, enum fair_arrival arrival)
{
    struct task *task = &run->guest.tasks[index];
    if (task->runnable || !task->alive)
        return;
    task->runnable = true;
    enqueue(run, index, arrival);
}

void guest_wake(struct run *run, uint16_t index)
{
    make_runnable(run, index, FAIR_WAKES);
}

void guest_start_task(struct run *run, uint16_t index)
{
    make_runnable(run, index, FAIR_IS_NEW);
}

/* As from now, for a runnable task: it changes its class, or its place among the fixed priorities. */
void guest_set_priority(struct run *run, uint16_t index, uint8_t priority)
{
    struct guest *guest = &run->guest;
    struct task *task = &guest->tasks[index];
    if (task->priority == priority)
        return;
    if (!task->runnable) {
        task->priority = priority;
        return;
    }
    account(run);
    dequeue(run, index, priority != 0);
    task->priority = priority;
    enqueue(run, index, FAIR_RETURNS);
    if (index == guest->current) /* it may not be the best any more */
        run->cpu.attention |= ATTENTION_RESCHED;
}

/* The current task leaves: it waits, or is dead. */
void guest_leave(struct run *run)
{
    struct guest *guest = &run->guest;
    account(run);
    dequeue(run, guest->current, false);
    guest_current(run)->runnable = false;
}

/* The way to the next task: the wake-up's own path if it is for cyclictest. At its own end schedule() loops.
 */
void guest_schedule(struct run *run)
{
    struct irqp_thread *thread = &guest_current(run)->thread;
    bool own = run->wakeup.in_flight && run->wakeup.stage == STAGE_READY;
    irqp_push_again(&run->cpu, thread, PATH_SCHEDULE, own ? ACTIVITY_OWN : thread->top->activity);
}

void guest_irq_exit(struct irqp_cpu *cpu, uint16_t argument)
{
    enum { OFF = IRQP_ROW_VIRTUAL | IRQP_ROW_PREEMPT };
    (void)argument;
    struct run *run = run_of(cpu);
    if (!(cpu->attention & ATTENTION_RESCHED))
        return;
    /* The interrupted context: a frame that is about to return stands for the one below it. */
    const struct irqp_frame *frame = cpu->thread->top - 1;
    const struct irqp_row *row = irqp_row_of(cpu, frame);
    while (!(row->flags & OFF) && row->effect == IRQP_EFFECT_POP && frame > cpu->thread->frames + 1)
        row = irqp_row_of(cpu, --frame);
    if (guest_preemptible(run->machine, row))
        guest_schedule(run);
    else if (!(row->flags & OFF) && frame == cpu->thread->top - 1)
        guest_preempt_voluntarily(run);
}

void guest_if_user_interrupted(struct irqp_cpu *cpu, uint16_t target)
{
    const struct irqp_row *row = irqp_row_of(cpu, cpu->thread->top - 1);
    if ((row->flags & IRQP_ROW_MODE) == IRQP_MODE_USER)
        cpu->thread->top->pc = target;
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
    guest_current(run)->slice = 0; /* whoever is picked begins a slice */
    guest->next = best_task(run);
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
    wakeup_note_task(run, guest->current);
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
    case WAIT_LOCK:
        return guest->mutexes[task->mutex].owner != guest->current;
    case WAIT_PROBE_THREAD:
        return run->probe.for_thread == IRQP_NEVER;
    case WAIT_PROBE:
        return run->probe.for_task == IRQP_NEVER;
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
    uint64_t bit = UINT64_C(1) << (guest->current & 63);
    if (reason == WAIT_SEND)
        guest->channels[task->channel].senders[guest->current >> 6] |= bit;
    if (reason == WAIT_RECEIVE)
        guest->channels[task->channel].receivers[guest->current >> 6] |= bit;
    task->reason = (uint8_t)reason;
    guest_leave(run);
    guest_schedule(run);
}

/* ---- the tick ---- */

void guest_preempt_at_tick(struct run *run)
{
    struct task *task = guest_current(run);
    if (task->priority || run->guest.current == TASK_IDLE || !task->runnable)
        return;
    account(run);
    if (fair_tick_preempts(run))
        run->cpu.attention |= ATTENTION_RESCHED;
}

/* ---- a load that comes to an end by mistake ---- */

/* Whether nothing but another process can end the wait. */
static bool waits_for_process(const struct run *run, const struct task *task)
{
    const struct load *load = &run->machine->load;
    const struct channel_group *fed = load->fed < load->group_count ? &load->groups[load->fed] : NULL;
    if (task->reason == WAIT_RECEIVE && fed && task->channel >= fed->first &&
        task->channel < fed->first + fed->count)
        return false;
    static const enum reason reasons[] = {WAIT_SEND, WAIT_RECEIVE, WAIT_CHILD, WAIT_LOCK};
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (task->reason == reasons[i])
            return true;
    return false;
}

bool guest_stands_still(const struct run *run)
{
    const struct guest *guest = &run->guest;
    bool any = false;
    for (uint16_t i = TASK_FIRST_PROCESS; i < guest->task_count; i++) {
        const struct task *task = &guest->tasks[i];
        if (!task->alive)
            continue;
        if (task->runnable || task->exited || !waits_for_process(run, task))
            return false;
        any = true;
    }
    return any;
}
