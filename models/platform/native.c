/* Native: the guest kernel runs on the machine. Its interrupts-off is the processor's. */
#include "models/run.h"

#define END IRQP_END

// clang-format off
static const struct irqp_step syscall_enter[] = {
    {.name = "system call: enter", .cost = P_SYSCALL_ENTRY, .flags = KERNEL | PLATFORM},
    END,
};

static const struct irqp_step syscall_exit[] = {
    {.name = "system call: return to user mode", .cost = P_SYSCALL_EXIT, .flags = CRITICAL | PLATFORM | IRQP_STEP_RESTORES},
    {.name = "user task: continues", .flags = USER},
    END,
};

static const struct irqp_step fault_enter[] = {
    {.name = "page fault: enter", .cost = P_FAULT_ENTRY, .flags = KERNEL | PLATFORM},
    END,
};

static const struct irqp_step fault_exit[] = {
    {.name = "page fault: return to user mode", .cost = P_FAULT_EXIT, .flags = CRITICAL | PLATFORM | IRQP_STEP_RESTORES},
    {.name = "user task: continues", .flags = USER},
    END,
};

static const struct irqp_step context_switch[] = {
    {.name = "context switch: address space", .cost = P_SPACE_SWITCH, .flags = KERNEL | PLATFORM},
    END,
};

static const struct irqp_step switch_tail[] = {
    {.name = "context switch: cold lines of the new task", .cost = P_SWITCH_REFILL, .flags = KERNEL | PLATFORM},
    END,
};

static const struct irqp_step idle_wait[] = {
    {.name = "idle: halt", .cost = IRQP_COST_FOREVER, .flags = IRQP_MODE_IDLE | IRQP_STEP_PREEMPT_OFF},
    END,
};

static const struct irqp_step nothing[] = {END};

static const struct irqp_step destroy_space[] = {
    {.name = "address space: free page directory and tables", .cost = P_MM_FREE, .flags = KERNEL | PLATFORM},
    END,
};

static const struct irqp_step unmap_page[] = {
    {.name = "page-table entry: invalidate", .cost = P_INVALIDATE, .flags = KERNEL | PLATFORM},
    END,
};

/* The native framebuffer driver draws in video memory itself, preemptible. */
static const struct irqp_step draw[] = {
    {.name = "draw: write to the video memory", .cost = REGISTER(REG_WRITE), .flags = KERNEL},
    END,
};

static const struct irqp_step print[] = {
    {.name = "print: write to the console", .cost = REGISTER(REG_WRITE), .flags = KERNEL},
    END,
};
// clang-format on

static void rules(const struct machine *machine, struct irqp_platform_rules *rules)
{
    rules->physical = true;
    rules->fragments[SYSCALL_ENTER] = syscall_enter;
    rules->fragments[SYSCALL_EXIT] = syscall_exit;
    rules->fragments[FAULT_ENTER] = fault_enter;
    rules->fragments[FAULT_EXIT] = fault_exit;
    rules->fragments[CONTEXT_SWITCH] = context_switch;
    rules->fragments[SWITCH_TAIL] = switch_tail;
    rules->fragments[IDLE_WAIT] = idle_wait;
    rules->fragments[CREATE_SPACE] = nothing;
    rules->fragments[DESTROY_SPACE] = destroy_space;
    rules->fragments[UNMAP_PAGE] = unmap_page;
    rules->fragments[UNMAP_SPACE] = nothing;
    rules->fragments[PROGRAM_TIMER] = timer_program_steps(machine);
    rules->fragments[UNMASK_TIMER] = lines_end_unthreaded(machine->wiring[LINE_TIMER], LINE_TIMER);
    rules->fragments[UNMASK_DISK] = lines_unmask_steps(machine->wiring[LINE_DISK], LINE_DISK);
    rules->fragments[DRAW] = draw;
    rules->fragments[PRINT] = print;
}

/* ---- interrupts (facts, section 1, N3 to N7) ---- */

// clang-format off
static const struct irqp_step entry[] = {
    {.name = "interrupt vector and entry", .cost = P_VECTOR, .flags = CRITICAL | PLATFORM},
    {.fragment = ACKNOWLEDGE, .flags = CRITICAL | PLATFORM},
    END,
};

static const struct irqp_step leave[] = {
    {.name = "leave hard interrupt context", .cost = P_IRQ_EXIT, .flags = CRITICAL, .effect = E_IRQ_EXIT},
    {.name = "return from interrupt", .cost = P_RETURN, .flags = CRITICAL | PLATFORM | IRQP_STEP_RESTORES, .effect = IRQP_EFFECT_POP},
    END,
};

static const struct irqp_step handle_timer[] = {
    {.name = "do_IRQ", .flags = CRITICAL, .effect = IRQP_EFFECT_PUSH, .argument = PATH_TIMER_HANDLER},
    END,
};

static const struct irqp_step handle_disk[] = {
    {.name = "do_IRQ", .flags = CRITICAL, .effect = IRQP_EFFECT_PUSH, .argument = PATH_DISK_HANDLER},
    END,
};
// clang-format on

static void link_platform(const struct machine *machine, struct irqp_linker *linker)
{
    irqp_linker_set_fragment(linker, ACKNOWLEDGE, lines_acknowledge_unthreaded(machine->wiring[LINE_TIMER]));
    irqp_link(linker, PATH_TIMER_ENTRY, IRQP_PATH_FREE, "timer interrupt", "from the vector to the return",
              (const struct irqp_step *const[]){entry, handle_timer, leave, NULL});
    irqp_linker_set_fragment(linker, ACKNOWLEDGE, lines_acknowledge(machine->wiring[LINE_DISK]));
    irqp_link(linker, PATH_DISK_ENTRY, IRQP_PATH_FREE, "disk interrupt", "from the vector to the return",
              (const struct irqp_step *const[]){entry, handle_disk, leave, NULL});
}

static void accept_line(struct irqp_cpu *cpu, unsigned line)
{
    struct run *run = run_of(cpu);
    static const uint16_t entries[LINES] = {
        [LINE_SMI] = PATH_SMI, [LINE_TIMER] = PATH_TIMER_ENTRY, [LINE_DISK] = PATH_DISK_ENTRY};
    irqp_push(cpu, cpu->thread, entries[line], wakeup_activity(run, line));
    if (line != LINE_SMI)
        count(run, COUNT_DELIVERED);
}

static void attend(struct irqp_cpu *cpu, uint16_t bits)
{
    (void)bits;
    guest_schedule(run_of(cpu));
}

const struct platform platform_native = {
    .name = "native",
    .rules = rules,
    .link = link_platform,
    .accept = accept_line,
    .attend = attend,
};
