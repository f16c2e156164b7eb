/* Destruction of tasks (address spaces): how long it takes, and how the vCPU does it itself.
 *
 * T = base + c_entry * (directory - N + entries_per_table * N) + c_page * mapped + c_table * N, N page tables
 * (facts, section 5.1). It is preemptible, never aborted. Two algorithms that Fiasco does not have visit
 * fewer entries; pages that were unmapped before cost the deletion nothing but their entries. A kernel for
 * several processors blocks the caller for a grace period, which ticks end.
 */
#include "models/run.h"

void destruction_resolve(struct machine *machine)
{
    machine->destruction = (struct destruction_design){
        .by = (enum destroyer)value_of(machine, P_DESTRUCTION)->choice,
        .priority = (enum relative_priority)value_of(machine, P_HELPER_PRIORITY)->choice,
        .backlog = (uint32_t)value_of(machine, P_BACKLOG)->count,
        .boost = value_of(machine, P_AT_BACKLOG)->choice == 1,
        .batch = (uint32_t)value_of(machine, P_DEFERRED_BATCH)->count,
        .chunk = value_of(machine, P_CHUNK)->duration,
        .algorithm = (enum deletion_algorithm)value_of(machine, P_ALGORITHM)->choice,
        .unmap_batch = (uint32_t)value_of(machine, P_UNMAP_BATCH)->count,
    };
    struct destruction_design *design = &machine->destruction;
    design->unmapped = design->by == BY_PER_PAGE || value_of(machine, P_DEAD_PAGES)->choice == 1;
    bool several = value_of(machine, P_KERNEL_BUILD)->choice == 1;
    design->grace_ticks = several ? (uint32_t)value_of(machine, P_GRACE_TICKS)->count : 0;
}

void destruction_check(const struct machine *machine, struct irqp_diagnostics *diagnostics)
{
    const struct destruction_design *design = &machine->destruction;
    bool sleeps = design->by == BY_HELPER_SLEEP || design->by == BY_OTHER_CPU;
    if (sleeps && machine->drop_in_switch)
        machine_refuse(
            machine, P_DESTRUCTION, diagnostics,
            "finish_task_switch drops an address space with preemption off, where Linux cannot sleep "
            "(guest.mm_drop: rcu-thread, or by: helper-wait)");
    if (design->by == BY_OTHER_CPU && !design->grace_ticks)
        machine_refuse(machine, P_DESTRUCTION, diagnostics,
                       "a microkernel for one processor runs on no other (design.kernel_build: mp)");
    if (design->grace_ticks && !tick_is_periodic(machine))
        machine_refuse(machine, P_KERNEL_BUILD, diagnostics,
                       "its grace periods end by the tick, and there is none (up, or design.tick.device: pit "
                       "or local-apic)");
    if (design->by == BY_OTHER_CPU && design->boost)
        machine_refuse(machine, P_AT_BACKLOG, diagnostics,
                       "on another processor there is no priority to raise (at_backlog: wait)");
}

const char *destruction_scan_formula(const struct machine *machine)
{
    static const char *const formulas[] = {
        [DELETE_SCAN] =
            "costs.microkernel.destroy_entry x (directory_entries - tables + entries_per_table x tables)",
        [DELETE_MAPPED_LIST] = "costs.microkernel.destroy_entry x mapped pages",
        [DELETE_OCCUPANCY] = ("costs.microkernel.destroy_entry x (directory_entries - used tables + "
                              "entries_per_table x used tables x m / (m + 1)), m mapped pages in each"),
    };
    return formulas[machine->destruction.algorithm];
}

/* Of a scan, what is absent is one entry of the directory. */
static int64_t entries_visited(const struct machine *machine, struct space space)
{
    int64_t tables = space.tables, pages = space.pages, each = machine->entries_per_table;
    int64_t used = pages < tables ? pages : tables, directory = machine->directory_entries;
    switch (machine->destruction.algorithm) {
    case DELETE_SCAN:
        return (directory > tables ? directory - tables : 0) + each * tables;
    case DELETE_MAPPED_LIST:
        return pages;
    case DELETE_OCCUPANCY:
        break;
    }
    int64_t scanned = used ? each * used * pages / (pages + used) : 0;
    return (directory > used ? directory - used : 0) + scanned;
}

void destruction_lengths(const struct machine *machine, struct irqp_thread *thread, struct space space)
{
    thread->registers[REG_BASE] = machine->destroy_base;
    thread->registers[REG_SCAN] = machine->destroy_entry * entries_visited(machine, space);
    thread->registers[REG_PAGES] = machine->destroy_page * space.pages;
    thread->registers[REG_TABLES] = machine->destroy_table * space.tables;
}

irqp_time destruction_length(const struct machine *machine, struct space space)
{
    struct irqp_thread thread;
    destruction_lengths(machine, &thread, space);
    return thread.registers[REG_BASE] + thread.registers[REG_SCAN] + thread.registers[REG_PAGES] +
           thread.registers[REG_TABLES];
}

void task_destroy_begin(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    struct task *task = guest_current(run);
    destruction_lengths(run->machine, &task->thread, task->dying.space);
    task->dying.left = destruction_length(run->machine, task->dying.space);
    count(run, COUNT_DESTRUCTIONS);
}

/* ---- in parts, with preemption points between them ---- */

void task_next_part(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    struct task *task = guest_current(run);
    irqp_time part = run->machine->destruction.chunk;
    part = task->dying.left < part ? task->dying.left : part;
    task->dying.left -= part;
    cpu->thread->registers[REG_PART] = part;
}

void task_if_destroyed(struct irqp_cpu *cpu, uint16_t target)
{
    if (!guest_current(run_of(cpu))->dying.left)
        cpu->thread->top->pc = target;
}

void vcpu_if_not_pending(struct irqp_cpu *cpu, uint16_t target)
{
    if (!(cpu->attention & ATTENTION_PENDING))
        cpu->thread->top->pc = target;
}

/* ---- set aside, and destroyed together or when idle ---- */

void task_defer(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    struct microkernel *kernel = &run->microkernel;
    kernel->dead[kernel->dead_count++] =
        (struct destruction){run->guest.current, guest_current(run)->dying.space};
    destruction_note_backlog(run);
}

void task_if_batch_incomplete(struct irqp_cpu *cpu, uint16_t target)
{
    const struct run *run = run_of(cpu);
    if (run->microkernel.dead_count < run->machine->destruction.batch)
        cpu->thread->top->pc = target;
}

void task_batch_next(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    struct microkernel *kernel = &run->microkernel;
    destruction_lengths(run->machine, cpu->thread, kernel->dead[0].space);
    memmove(kernel->dead, kernel->dead + 1, --kernel->dead_count * sizeof kernel->dead[0]);
    count(run, COUNT_DESTRUCTIONS);
}

void task_if_more_dead(struct irqp_cpu *cpu, uint16_t target)
{
    if (run_of(cpu)->microkernel.dead_count)
        cpu->thread->top->pc = target;
}

void task_if_none_dead(struct irqp_cpu *cpu, uint16_t target)
{
    if (!run_of(cpu)->microkernel.dead_count)
        cpu->thread->top->pc = target;
}

/* ---- the grace period of a multi-processor kernel ---- */

void task_wait_grace(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    enum kernel_thread_id caller = run->microkernel.current;
    run->microkernel.threads[caller].grace_ticks = run->machine->destruction.grace_ticks;
    kernel_thread_block(run, caller, IPC_NONE);
}

void destruction_tick(struct run *run)
{
    struct microkernel *kernel = &run->microkernel;
    for (enum kernel_thread_id id = 0; id < KERNEL_THREADS; id++)
        if (kernel->threads[id].grace_ticks && !--kernel->threads[id].grace_ticks)
            kernel_thread_wake(run, id);
    if (kernel->remote_grace_ticks && !--kernel->remote_grace_ticks)
        remote_complete(run);
}

/* ---- unmapping while the address space lives (facts, section 5.3) ---- */

void unmap_pages(struct irqp_cpu *cpu, uint16_t pages)
{
    struct task *task = guest_current(run_of(cpu));
    task->unmapping = pages;
    task->logged = 0;
}

void unmap_all(struct irqp_cpu *cpu, uint16_t target)
{
    struct task *task = guest_current(run_of(cpu));
    task->unmapping = task->space.pages;
    task->logged = 0;
    if (!task->unmapping)
        cpu->thread->top->pc = target;
}

void unmap_entry(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct task *task = guest_current(run_of(cpu));
    task->unmapping--;
    task->logged++;
    if (task->space.pages)
        task->space.pages--;
}

void unmap_if_log_open(struct irqp_cpu *cpu, uint16_t target)
{
    struct run *run = run_of(cpu);
    const struct task *task = guest_current(run);
    if (task->unmapping && task->logged < run->machine->destruction.unmap_batch)
        cpu->thread->top->pc = target;
}

/* The call itself is for one page; each further one is revoked as in a deletion. */
void unmap_length(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    struct task *task = guest_current(run);
    cpu->thread->registers[REG_PAGES] = run->machine->destroy_page * (task->logged - 1);
    task->logged = 0;
}

void unmap_if_more(struct irqp_cpu *cpu, uint16_t target)
{
    if (guest_current(run_of(cpu))->unmapping)
        cpu->thread->top->pc = target;
}
