/* How long the destruction of a task (address space) takes.
 *
 * T = base + c_entry * (directory - N + entries_per_table * N) + c_page * mapped + c_table * N, N page tables
 * (facts, section 5.1). It is preemptible, never aborted.
 */
#include "models/run.h"

void destruction_resolve(struct machine *machine)
{
    machine->destruction = (struct destruction_design){
        .by = (enum destroyer)value_of(machine, P_DESTRUCTION)->choice,
        .priority = (enum relative_priority)value_of(machine, P_HELPER_PRIORITY)->choice,
        .backlog = (uint32_t)value_of(machine, P_BACKLOG)->count,
        .boost = value_of(machine, P_AT_BACKLOG)->choice == 1,
    };
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
    if (design->by == BY_OTHER_CPU && design->boost)
        machine_refuse(machine, P_AT_BACKLOG, diagnostics,
                       "on another processor there is no priority to raise (at_backlog: wait)");
}

void destruction_lengths(const struct machine *machine, struct irqp_thread *thread, struct space space)
{
    int64_t tables = space.tables, absent = machine->directory_entries - tables;
    int64_t entries = (absent > 0 ? absent : 0) + machine->entries_per_table * tables;
    thread->registers[REG_BASE] = machine->destroy_base;
    thread->registers[REG_SCAN] = machine->destroy_entry * entries;
    thread->registers[REG_PAGES] = machine->destroy_page * space.pages;
    thread->registers[REG_TABLES] = machine->destroy_table * tables;
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
    destruction_lengths(run->machine, &task->thread, task->dying);
    count(run, COUNT_DESTRUCTIONS);
}
