/* Processes of the guest: fork, page faults, exec, exit, and the way of a dead address space. */
#include "models/run.h"

/* Streams follow the process, not the place in the table: its program and the order of its start. */
static void seed_streams(struct run *run, struct task *task, uint32_t source)
{
    for (unsigned class = 0; class < 2; class ++)
        irqp_stream_init(&task->thread.streams[class], run->seed, run->batch, source, class);
}

static void clear_task(struct run *run, uint16_t index)
{
    struct task *task = &run->guest.tasks[index];
    memset(task, 0, sizeof *task);
    irqp_thread_init(&task->thread, index);
    task->alive = true;
    task->wake_at = IRQP_NEVER;
    task->weight = fair_weight(0);
    run->guest.left_at[index] = 0;
    run->guest.vruntime[index] = IRQP_NEVER;
}

static uint16_t free_task(const struct run *run)
{
    for (uint16_t i = TASK_FIRST_PROCESS; i < TASKS; i++)
        if (!run->guest.tasks[i].alive)
            return i;
    return TASKS;
}

/* A new process with its first frame; it becomes runnable at once. */
void process_start(struct run *run, uint16_t program, uint16_t instance, uint16_t parent)
{
    struct guest *guest = &run->guest;
    uint16_t index = free_task(run);
    if (index == TASKS) {
        irqp_cpu_fail(&run->cpu,
                      "the load has more than 96 processes at once: it forks faster than they end");
        return;
    }
    const struct program *made = &run->machine->load.programs[program];
    struct task *task = &guest->tasks[index];
    clear_task(run, index);
    uint32_t order = guest->started[program]++;
    seed_streams(run, task, SOURCE_PROCESS + ((uint32_t)program << 24) + order);
    task->program = program;
    task->instance = instance;
    task->cursor = instance;
    task->parent = parent;
    task->cause = (uint16_t)(CAUSE_PROGRAM + program);
    /* A forked child has its parent's tables until it runs an image of its own. */
    task->space.tables = parent == TASK_IDLE ? made->tables : guest->tasks[parent].space.tables;
    task->space.pages = made->pages;
    task->priority = task->own_priority = made->priority;
    task->weight = made->weight;
    irqp_push(&run->cpu, &task->thread, made->path, ACTIVITY_LOAD);
    irqp_push(&run->cpu, &task->thread, PATH_TASK_START, ACTIVITY_LOAD);
    if (index >= guest->task_count)
        guest->task_count = (uint16_t)(index + 1);
    guest_start_task(run, index);
}

static void kernel_task(struct run *run, uint16_t index, uint16_t path, uint8_t priority)
{
    struct task *task = &run->guest.tasks[index];
    clear_task(run, index);
    seed_streams(run, task, SOURCE_TASK + index);
    task->priority = task->own_priority = priority;
    task->cause = (uint16_t)(CAUSE_GUEST_TASK + index);
    irqp_push(&run->cpu, &task->thread, path, index == TASK_CYCLICTEST ? ACTIVITY_OWN : ACTIVITY_LOAD);
    if (index != TASK_IDLE)
        irqp_push(&run->cpu, &task->thread, PATH_KERNEL_TASK_START,
                  index == TASK_CYCLICTEST ? ACTIVITY_OWN : ACTIVITY_LOAD);
    if (index == TASK_IDLE)
        task->runnable = true;
    else
        guest_start_task(run, index);
}

void guest_start(struct run *run)
{
    enum { RCU_PRIORITY = 1, SOFTIRQ_PRIORITY = 1 }; /* PREEMPT_RT's defaults */
    const struct load *load = &run->machine->load;
    struct guest *guest = &run->guest;
    guest->task_count = TASK_FIRST_PROCESS;
    guest->current = TASK_IDLE;
    kernel_task(run, TASK_IDLE, PATH_IDLE, 0);
    kernel_task(run, TASK_CYCLICTEST, PATH_CYCLICTEST, run->machine->priority);
    if (run->machine->preempt_rt)
        kernel_task(run, TASK_DISK_THREAD, PATH_DISK_THREAD, IRQ_THREAD_PRIORITY);
    kernel_task(run, TASK_RCU, PATH_RCU_THREAD, RCU_PRIORITY);
    if (run->machine->refresh)
        kernel_task(run, TASK_REFRESH, PATH_SCREEN_REFRESH, SOFTIRQ_PRIORITY);
    if (run->machine->probe) {
        if (run->machine->preempt_rt)
            kernel_task(run, TASK_PROBE_THREAD, PATH_PROBE_THREAD, IRQ_THREAD_PRIORITY);
        kernel_task(run, TASK_PROBE, PATH_PROBE_TASK, run->machine->probe_priority);
    }
    guest->tick_phase = phase_of(run, PHASE_TICK, run->machine->tick_period);
    guest->tasks[TASK_CYCLICTEST].sleep_until = cyclictest_first_expiry(run);
    guest->tick_at = run->machine->tick_period ? guest->tick_phase : IRQP_NEVER;
    for (unsigned g = 0; g < load->group_count; g++)
        for (unsigned c = 0; c < load->groups[g].count; c++)
            guest->channels[load->groups[g].first + c].capacity = load->groups[g].capacity;
    for (unsigned class = 0; class < load->class_count; class ++)
        for (uint16_t i = 0; i < load->classes[class].count; i++)
            process_start(run, load->classes[class].program, i, TASK_IDLE);
    run->cpu.attention |= ATTENTION_RESCHED;
    timer_program_first(run);
}

void guest_map_page(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    guest_current(run)->space.pages++;
    count(run, COUNT_FAULTS);
}

void guest_fork(struct irqp_cpu *cpu, uint16_t program)
{
    struct run *run = run_of(cpu);
    count(run, COUNT_FORKS);
    process_start(run, program, (uint16_t)run->guest.started[program], run->guest.current);
}

/* A fresh address space; what is to be destroyed is the old one (facts, section 5.3: a forked child's is
 * nearly empty, because its pages are mapped on demand). */
void guest_exec(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    struct task *task = guest_current(run);
    const struct program *image = &run->machine->load.programs[task->program];
    task->dying = (struct dying){.space = task->space};
    task->space = (struct space){image->tables, image->pages};
}

void guest_exit_pages(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    struct task *task = guest_current(run);
    task->thread.registers[REG_EXIT_PAGES] = run->machine->exit_page * task->space.pages;
}

/* The last that a process does. Its address space goes to the RCU thread, or stays with it until whoever runs
 * next drops it (facts, section 5.4). */
void guest_exit(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    struct guest *guest = &run->guest;
    struct task *task = guest_current(run);
    count(run, COUNT_EXITS);
    guest_leave(run);
    for (uint16_t i = TASK_FIRST_PROCESS; i < guest->task_count; i++)
        if (guest->tasks[i].alive && guest->tasks[i].parent == guest->current)
            guest->tasks[i].parent = TASK_IDLE; /* an orphan: nobody waits for it */
    if (task->parent != TASK_IDLE) {
        struct task *parent = &guest->tasks[task->parent];
        parent->children_dead++;
        if (parent->reason == WAIT_CHILD)
            guest_wake(run, task->parent);
    }
    if (!run->machine->drop_in_switch) {
        if (guest->dead_count == DEAD_MAX) {
            irqp_cpu_fail(cpu,
                          "more than 256 dead address spaces wait to be dropped: who destroys them starves");
            return;
        }
        guest->dead[guest->dead_count++] = task->space;
        destruction_note_backlog(run);
        guest_wake(run, TASK_RCU);
    }
    task->exited = true;
    cpu->attention |= ATTENTION_RESCHED;
}

void guest_if_child_dead(struct irqp_cpu *cpu, uint16_t target)
{
    struct task *task = guest_current(run_of(cpu));
    if (task->children_dead) {
        task->children_dead--;
        cpu->thread->top->pc = target;
    }
}

/* finish_task_switch, on the new task's stack. */
void guest_finish_switch(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    struct guest *guest = &run->guest;
    struct task *previous = &guest->tasks[guest->previous];
    if (!previous->exited)
        return;
    previous->exited = false;
    previous->alive = false;
    if (!run->machine->drop_in_switch)
        return;
    struct task *task = guest_current(run);
    task->interrupted = task->dying;
    task->dying = (struct dying){.space = previous->space};
    irqp_push(cpu, cpu->thread, PATH_DROP_IN_SWITCH, ACTIVITY_LOAD);
}

void guest_dropped(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct task *task = guest_current(run_of(cpu));
    task->dying = task->interrupted;
}

void guest_next_dead_space(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct guest *guest = &run_of(cpu)->guest;
    guest->tasks[TASK_RCU].dying = (struct dying){.space = guest->dead[0]};
    memmove(guest->dead, guest->dead + 1, --guest->dead_count * sizeof guest->dead[0]);
}

void guest_repeat(struct irqp_cpu *cpu, uint16_t repeat)
{
    const struct repeat *body = &run_of(cpu)->machine->load.repeats[repeat];
    irqp_push(cpu, cpu->thread, body->path, cpu->thread->top->activity);
    cpu->thread->top->loops = body->count;
}

void guest_round(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    run_of(cpu)->rounds++;
}
