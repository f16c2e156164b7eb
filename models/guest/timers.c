/* High-resolution timers of the guest, its tick, and the handler of its timer interrupt.
 *
 * All are on one clock base and one clock-event device: what is already due is served in one interrupt.
 */
#include "models/run.h"

static uint16_t first_sleeper(const struct guest *guest)
{
    uint16_t first = TASKS;
    for (unsigned word = 0; word < 2; word++)
        for (uint64_t bits = guest->sleepers[word]; bits; bits &= bits - 1) {
            uint16_t task = (uint16_t)(word * 64 + (unsigned)__builtin_ctzll(bits));
            if (first == TASKS || guest->tasks[task].wake_at < guest->tasks[first].wake_at)
                first = task;
        }
    return first;
}

irqp_time guest_earliest_timer(const struct run *run)
{
    uint16_t sleeper = first_sleeper(&run->guest);
    irqp_time wake = sleeper < TASKS ? run->guest.tasks[sleeper].wake_at : IRQP_NEVER;
    return wake < run->guest.tick_at ? wake : run->guest.tick_at;
}

bool guest_wake_up_due(const struct run *run)
{
    return run->guest.tasks[TASK_CYCLICTEST].wake_at <= run->cpu.now;
}

/* ---- effects of the timer interrupt ---- */

void guest_read_clock(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    run_of(cpu)->guest.clock = cpu->now;
}

void guest_if_no_timer_due(struct irqp_cpu *cpu, uint16_t target)
{
    struct run *run = run_of(cpu);
    if (guest_earliest_timer(run) > run->guest.clock)
        cpu->thread->top->pc = target;
}

void guest_if_tick_first(struct irqp_cpu *cpu, uint16_t target)
{
    struct run *run = run_of(cpu);
    if (run->guest.tick_at <= guest_earliest_timer(run))
        cpu->thread->top->pc = target;
}

void guest_callback(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    if (first_sleeper(&run->guest) == TASK_CYCLICTEST)
        wakeup_handled(run);
}

static void wake_sleeper(struct run *run, uint16_t sleeper)
{
    struct guest *guest = &run->guest;
    guest->tasks[sleeper].wake_at = IRQP_NEVER;
    guest->sleepers[sleeper >> 6] &= ~(UINT64_C(1) << (sleeper & 63));
    guest_wake(run, sleeper);
    if (sleeper == TASK_CYCLICTEST)
        wakeup_stage(run, STAGE_READY);
}

void guest_timer_wake(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    wake_sleeper(run, first_sleeper(&run->guest));
}

/* ---- the real-time task's timer alone, the others postponed ---- */

void guest_if_no_activation(struct irqp_cpu *cpu, uint16_t target)
{
    struct run *run = run_of(cpu);
    if (guest_wake_up_due(run))
        run->guest.activation = true;
    else
        cpu->thread->top->pc = target;
}

void guest_callback_urgent(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    wakeup_handled(run_of(cpu));
}

void guest_wake_urgent(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    wake_sleeper(run_of(cpu), TASK_CYCLICTEST);
}

/* ---- the tick ---- */

/* The next tick is the next whole period after the clock read: ticks that were missed are not made up for. */
static irqp_time next_tick(const struct run *run, irqp_time after)
{
    irqp_time period = run->machine->tick_period, phase = run->guest.tick_phase;
    return after - (after - phase) % period + period;
}

/* Each interrupt of the device is a tick. */
void guest_count_tick(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    count(run, COUNT_GUEST_TICKS);
    guest_preempt_at_tick(run);
}

void guest_advance_tick(struct irqp_cpu *cpu, uint16_t argument)
{
    struct run *run = run_of(cpu);
    run->guest.tick_at = next_tick(run, run->guest.clock);
    guest_count_tick(cpu, argument);
}

void guest_arm_timer(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    timer_program(run, guest_earliest_timer(run));
}

/* The interrupt's handler looks whether something came due while it worked, and serves that at once. */
void guest_if_timer_passed(struct irqp_cpu *cpu, uint16_t target)
{
    if (guest_earliest_timer(run_of(cpu)) <= cpu->now)
        cpu->thread->top->pc = target;
}

/* ---- sleeping ---- */

void guest_sleep_for(struct irqp_cpu *cpu, uint16_t sleep)
{
    struct run *run = run_of(cpu);
    struct task *task = guest_current(run);
    task->sleep_until = cpu->now + irqp_draw(cpu, &task->thread.streams[0], run->machine->load.sleeps[sleep]);
}

/* Rounds at a rate: the next comes so long after the last was due, however long that took. The first comes
 * within one gap, so that processes of a program are not all released together. */
void guest_release(struct irqp_cpu *cpu, uint16_t sleep)
{
    struct run *run = run_of(cpu);
    struct task *task = guest_current(run);
    struct irqp_stream *stream = &task->thread.streams[0];
    irqp_time gap = irqp_draw(cpu, stream, run->machine->load.sleeps[sleep]);
    if (task->release)
        task->release += gap;
    else
        task->release = cpu->now + (irqp_time)irqp_stream_below(stream, (uint64_t)gap + 1);
    task->sleep_until = task->release;
}

void guest_if_expired(struct irqp_cpu *cpu, uint16_t target)
{
    if (guest_current(run_of(cpu))->sleep_until <= cpu->now)
        cpu->thread->top->pc = target;
}

static void queue(struct run *run)
{
    struct guest *guest = &run->guest;
    struct task *task = guest_current(run);
    task->wake_at = task->sleep_until - (guest->current == TASK_CYCLICTEST ? run->machine->early : 0);
    guest->sleepers[guest->current >> 6] |= UINT64_C(1) << (guest->current & 63);
    if (guest->current == TASK_CYCLICTEST && task->wake_at <= run->cpu.now)
        wakeup_stage(run, timer_by_thread(run->machine) ? STAGE_TIMEOUT : STAGE_TRANSIT);
}

void guest_queue_timer(struct irqp_cpu *cpu, uint16_t target)
{
    struct run *run = run_of(cpu);
    irqp_time earliest = guest_earliest_timer(run);
    queue(run);
    if (earliest <= guest_current(run)->wake_at)
        cpu->thread->top->pc = target;
}

/* What fell due meanwhile is still queued; the device is programmed for it, or for what comes next. */
void guest_queue_and_end(struct irqp_cpu *cpu, uint16_t target)
{
    struct run *run = run_of(cpu);
    if (run->guest.current != TASK_CYCLICTEST || !run->guest.activation) {
        guest_queue_timer(cpu, target);
        return;
    }
    if (guest_earliest_timer(run) <= cpu->now)
        count(run, COUNT_POSTPONED);
    queue(run);
    run->guest.activation = false;
}

/* cyclictest was woken early. */
void guest_spin(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    const struct task *task = guest_current(run_of(cpu));
    irqp_time left = task->sleep_until - cpu->now;
    cpu->thread->registers[REG_SPIN] = left > 0 ? left : 0;
}

/* ---- the tick in idle (NO_HZ) ---- */

void guest_stop_tick(struct irqp_cpu *cpu, uint16_t target)
{
    struct run *run = run_of(cpu);
    irqp_time tick = run->guest.tick_at;
    if (!run->machine->tick_in_idle)
        run->guest.tick_at = IRQP_NEVER;
    bool programmed_for_it = tick != IRQP_NEVER && tick <= guest_earliest_timer(run);
    if (run->machine->tick_in_idle || !programmed_for_it)
        cpu->thread->top->pc = target;
}

void guest_restart_tick(struct irqp_cpu *cpu, uint16_t target)
{
    struct run *run = run_of(cpu);
    bool stopped = run->machine->tick_period && run->guest.tick_at == IRQP_NEVER;
    irqp_time earliest = guest_earliest_timer(run);
    if (stopped)
        run->guest.tick_at = next_tick(run, cpu->now);
    if (!stopped || run->guest.activation || earliest <= run->guest.tick_at)
        cpu->thread->top->pc = target;
}

/* ---- steps ---- */

// clang-format off
static const struct irqp_step timer_handler[] = {
    {.name = "enter hard interrupt context", .cost = P_IRQ_ENTER, .flags = CRITICAL},
    {.fragment = QUIET_TIMER, .flags = CRITICAL},
    {.fragment = READ_CLOCK, .flags = CRITICAL, .label = "again"},
    {.name = "timer interrupt: is a timer due", .flags = CRITICAL, .effect = E_IF_NO_TIMER_DUE, .to = "program", .label = "look"},
    {.name = "timer interrupt: take the timer off its queue", .cost = P_TIMER_EXPIRE, .flags = CRITICAL, .effect = E_IF_TICK_FIRST, .to = "tick"},
    {.name = "timer callback: begins", .flags = CRITICAL, .effect = E_CALLBACK},
    {.name = "timer callback: wake the sleeper", .cost = P_TIMER_CALLBACK, .flags = CRITICAL, .effect = E_TIMER_WAKE},
    {.name = "timer interrupt: next timer", .flags = CRITICAL, .effect = IRQP_EFFECT_GOTO, .to = "look"},
    {.name = "tick of Linux", .cost = P_TICK, .flags = CRITICAL, .effect = E_GUEST_TICK, .label = "tick"},
    {.name = "timer interrupt: next timer", .flags = CRITICAL, .effect = IRQP_EFFECT_GOTO, .to = "look"},
    {.name = "timer interrupt: program the next event", .flags = CRITICAL, .label = "program"},
    {.fragment = PROGRAM_TIMER, .flags = CRITICAL},
    {.name = "timer interrupt: has it passed meanwhile", .flags = CRITICAL, .effect = E_IF_TIMER_PASSED, .to = "again"},
    {.fragment = UNMASK_TIMER, .flags = CRITICAL},
    {.name = "timer interrupt: return", .flags = CRITICAL, .effect = IRQP_EFFECT_POP},
    IRQP_END,
};

/* If the real-time task's timer is due, the others wait until it sleeps again, which programs the device. */
static const struct irqp_step postponing_timer_handler[] = {
    {.name = "enter hard interrupt context", .cost = P_IRQ_ENTER, .flags = CRITICAL},
    {.fragment = QUIET_TIMER, .flags = CRITICAL},
    {.fragment = READ_CLOCK, .flags = CRITICAL, .label = "again"},
    {.name = "timer interrupt: is it a real-time activation", .flags = CRITICAL, .effect = E_IF_NO_ACTIVATION, .to = "look"},
    {.name = "timer interrupt: take the timer off its queue", .cost = P_TIMER_EXPIRE, .flags = CRITICAL},
    {.name = "timer callback: begins", .flags = CRITICAL, .effect = E_CALLBACK_URGENT},
    {.name = "timer callback: wake the sleeper", .cost = P_TIMER_CALLBACK, .flags = CRITICAL, .effect = E_WAKE_URGENT},
    {.name = "timer interrupt: postpone the others", .flags = CRITICAL, .effect = IRQP_EFFECT_GOTO, .to = "done"},
    {.name = "timer interrupt: is a timer due", .flags = CRITICAL, .effect = E_IF_NO_TIMER_DUE, .to = "program", .label = "look"},
    {.name = "timer interrupt: take the timer off its queue", .cost = P_TIMER_EXPIRE, .flags = CRITICAL, .effect = E_IF_TICK_FIRST, .to = "tick"},
    {.name = "timer callback: begins", .flags = CRITICAL, .effect = E_CALLBACK},
    {.name = "timer callback: wake the sleeper", .cost = P_TIMER_CALLBACK, .flags = CRITICAL, .effect = E_TIMER_WAKE},
    {.name = "timer interrupt: next timer", .flags = CRITICAL, .effect = IRQP_EFFECT_GOTO, .to = "look"},
    {.name = "tick of Linux", .cost = P_TICK, .flags = CRITICAL, .effect = E_GUEST_TICK, .label = "tick"},
    {.name = "timer interrupt: next timer", .flags = CRITICAL, .effect = IRQP_EFFECT_GOTO, .to = "look"},
    {.name = "timer interrupt: program the next event", .flags = CRITICAL, .label = "program"},
    {.fragment = PROGRAM_TIMER, .flags = CRITICAL},
    {.name = "timer interrupt: has it passed meanwhile", .flags = CRITICAL, .effect = E_IF_TIMER_PASSED, .to = "again"},
    {.name = "timer interrupt: done", .flags = CRITICAL, .label = "done"},
    {.fragment = UNMASK_TIMER, .flags = CRITICAL},
    {.name = "timer interrupt: return", .flags = CRITICAL, .effect = IRQP_EFFECT_POP},
    IRQP_END,
};

/* Without high-resolution timers: what is due is served from the tick, and nothing is programmed. */
static const struct irqp_step periodic_timer_handler[] = {
    {.name = "enter hard interrupt context", .cost = P_IRQ_ENTER, .flags = CRITICAL},
    {.fragment = READ_CLOCK, .flags = CRITICAL},
    {.name = "tick of Linux", .cost = P_TICK, .flags = CRITICAL, .effect = E_GUEST_TICK_ONLY},
    {.name = "timer interrupt: is a timer due", .flags = CRITICAL, .effect = E_IF_NO_TIMER_DUE, .to = "return", .label = "look"},
    {.name = "timer interrupt: take the timer off its queue", .cost = P_TIMER_EXPIRE, .flags = CRITICAL},
    {.name = "timer callback: begins", .flags = CRITICAL, .effect = E_CALLBACK},
    {.name = "timer callback: wake the sleeper", .cost = P_TIMER_CALLBACK, .flags = CRITICAL, .effect = E_TIMER_WAKE},
    {.name = "timer interrupt: next timer", .flags = CRITICAL, .effect = IRQP_EFFECT_GOTO, .to = "look"},
    {.name = "timer interrupt: return", .flags = CRITICAL, .effect = IRQP_EFFECT_POP, .label = "return"},
    IRQP_END,
};

#define ASLEEP(queue_the_timer)                                                                              \
    queue_the_timer,                                                                                         \
    {.fragment = PROGRAM_TIMER, .flags = CRITICAL},                                                          \
    {.name = "clock_nanosleep: queued", .flags = CRITICAL, .label = "queued"},                               \
    {.name = "clock_nanosleep: prepare to wait", .cost = P_BLOCK_WORK, .flags = KERNEL},                     \
    {.name = "clock_nanosleep: wait", .flags = KERNEL, .effect = E_BLOCK, .argument = WAIT_TIMER},           \
    {.fragment = SPIN, .flags = KERNEL},                                                                     \
    {.name = "clock_nanosleep: return", .cost = P_SLEEP_RETURN, .flags = KERNEL, .label = "return"},         \
    {.fragment = SYSCALL_EXIT}

#define QUEUE                                                                                                \
    {.name = "clock_nanosleep: queue the timer", .cost = P_TIMER_ENQUEUE, .flags = CRITICAL, .effect = E_QUEUE_TIMER, .to = "queued"}
#define QUEUE_AND_END                                                                                        \
    {.name = "clock_nanosleep: queue the timer", .cost = P_TIMER_ENQUEUE, .flags = CRITICAL, .effect = E_QUEUE_AND_END, .to = "queued"}

#define UNTIL                                                                                                \
    {.fragment = SYSCALL_ENTER},                                                                             \
    {.name = "clock_nanosleep: set up", .cost = P_SLEEP_SETUP, .flags = KERNEL, .effect = E_IF_EXPIRED, .to = "return"}
#define INTERVAL                                                                                             \
    {.fragment = SYSCALL_ENTER},                                                                             \
    {.name = "clock_nanosleep: set up", .cost = P_SLEEP_SETUP, .flags = KERNEL, .effect = E_SLEEP_INTERVAL}

static const struct irqp_step sleep_until[] = {UNTIL, ASLEEP(QUEUE), IRQP_END};
static const struct irqp_step sleep_interval[] = {INTERVAL, ASLEEP(QUEUE), IRQP_END};
static const struct irqp_step sleep_until_postponing[] = {UNTIL, ASLEEP(QUEUE_AND_END), IRQP_END};
static const struct irqp_step sleep_interval_postponing[] = {INTERVAL, ASLEEP(QUEUE_AND_END), IRQP_END};

static const struct irqp_step spin[] = {
    {.name = "clock_nanosleep: is the target past", .effect = E_SPIN},
    {.name = "clock_nanosleep: spin until the target", .cost = REGISTER(REG_SPIN)},
    IRQP_END,
};

static const struct irqp_step no_spin[] = {IRQP_END};
// clang-format on

void guest_sleep_rules(const struct machine *machine, struct irqp_platform_rules *rules)
{
    rules->fragments[SLEEP] = machine->postpone ? sleep_until_postponing : sleep_until;
    rules->fragments[SLEEP_INTERVAL] = machine->postpone ? sleep_interval_postponing : sleep_interval;
    rules->fragments[SPIN] = machine->early ? spin : no_spin;
}

void guest_link_timers(const struct machine *machine, struct irqp_linker *linker)
{
    if (machine->timer_period)
        link_path(linker, PATH_TIMER_HANDLER, IRQP_PATH_NESTED, "guest: timer interrupt handler",
                  "a tick of Linux, then what is due by the clock read before it", periodic_timer_handler,
                  NULL, NULL);
    else if (machine->postpone)
        link_path(linker, PATH_TIMER_HANDLER, IRQP_PATH_NESTED, "guest: timer interrupt handler",
                  "hrtimer_interrupt: the real-time task's timer alone, or everything due",
                  postponing_timer_handler, NULL, NULL);
    else
        link_path(linker, PATH_TIMER_HANDLER, IRQP_PATH_NESTED, "guest: timer interrupt handler",
                  "hrtimer_interrupt: everything due by one clock read, then the device is programmed anew",
                  timer_handler, NULL, NULL);
}
