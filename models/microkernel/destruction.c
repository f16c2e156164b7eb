/* Destruction of tasks (address spaces): its length, and the helper thread.
 *
 * T = base + c_entry * (directory - N + entries_per_table * N) + c_page * mapped + c_table * N, N page tables
 * (facts, section 5.1). It is preemptible, never aborted. Inline, the vCPU is deaf for T. With the helper
 * (H2), the vCPU waits in an open receive, and any interrupt wakes it.
 */
#include "models/run.h"

static void compute_lengths(const struct machine *machine, struct irqp_thread *thread, struct space space)
{
    int64_t tables = space.tables, absent = machine->directory_entries - tables;
    int64_t entries = (absent > 0 ? absent : 0) + machine->entries_per_table * tables;
    thread->registers[REG_BASE] = machine->destroy_base;
    thread->registers[REG_SCAN] = machine->destroy_entry * entries;
    thread->registers[REG_PAGES] = machine->destroy_page * space.pages;
    thread->registers[REG_TABLES] = machine->destroy_table * tables;
}

void task_destroy_begin(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    struct task *task = guest_current(run);
    compute_lengths(run->machine, &task->thread, task->dying);
    count(run, COUNT_DESTRUCTIONS);
}

void helper_post(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    struct microkernel *kernel = &run->microkernel;
    struct task *task = guest_current(run);
    if (kernel->dead_count == PROCESSES_MAX) {
        irqp_cpu_fail(cpu, "more tasks wait for the helper than there are");
        return;
    }
    kernel->dead[kernel->dead_count++] = (struct destruction){run->guest.current, task->dying};
    task->undestroyed++;
    kernel_thread_ready(run, THREAD_HELPER);
    count(run, COUNT_DESTRUCTIONS);
}

void helper_if_done(struct irqp_cpu *cpu, uint16_t target)
{
    if (!guest_current(run_of(cpu))->undestroyed)
        cpu->thread->top->pc = target;
}

void helper_next(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    struct microkernel *kernel = &run->microkernel;
    if (kernel->dead_count) {
        compute_lengths(run->machine, cpu->thread, kernel->dead[0].space);
        return;
    }
    cpu->thread->top->pc--; /* blocks here, and looks again */
    kernel_thread_block(run, THREAD_HELPER, IPC_OPEN_RECEIVE);
}

void helper_complete(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    struct microkernel *kernel = &run->microkernel;
    run->guest.tasks[kernel->dead[0].task].undestroyed--;
    memmove(kernel->dead, kernel->dead + 1, --kernel->dead_count * sizeof kernel->dead[0]);
    irq_fire(run, IRQ_HELPER_DONE, false);
}
