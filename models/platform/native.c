/* Native: the guest kernel runs on the machine. Its interrupts-off is the processor's. Stripped native
 * (stripped.c) has the same tables; what it does beside them are fragments, empty here. */
#include "native.h"

#define END IRQP_END

// clang-format off
static const struct irqp_step syscall_enter[] = {
    {.name = "system call: enter", .cost = P_SYSCALL_ENTRY, .flags = KERNEL | PLATFORM},
    {.fragment = KERNEL_ENTRY_FLUSH, .flags = KERNEL | PLATFORM},
    END,
};

static const struct irqp_step syscall_exit[] = {
    {.fragment = RETURN_TO_USER, .flags = CRITICAL},
    {.fragment = KERNEL_EXIT_FLUSH, .flags = CRITICAL | PLATFORM},
    {.name = "system call: return to user mode", .cost = P_SYSCALL_EXIT, .flags = CRITICAL | PLATFORM | IRQP_STEP_RESTORES},
    {.fragment = USER_AFTER_FLUSH, .flags = USER | PLATFORM},
    {.name = "user task: continues", .flags = USER},
    END,
};

static const struct irqp_step fault_enter[] = {
    {.name = "page fault: enter", .cost = P_FAULT_ENTRY, .flags = KERNEL | PLATFORM},
    {.fragment = KERNEL_ENTRY_FLUSH, .flags = KERNEL | PLATFORM},
    END,
};

static const struct irqp_step fault_exit[] = {
    {.fragment = RETURN_TO_USER, .flags = CRITICAL},
    {.fragment = KERNEL_EXIT_FLUSH, .flags = CRITICAL | PLATFORM},
    {.name = "page fault: return to user mode", .cost = P_FAULT_EXIT, .flags = CRITICAL | PLATFORM | IRQP_STEP_RESTORES},
    {.fragment = USER_AFTER_FLUSH, .flags = USER | PLATFORM},
    {.name = "user task: continues", .flags = USER},
    END,
};

static const struct irqp_step context_switch[] = {
    {.name = "context switch: address space", .cost = P_SPACE_SWITCH, .flags = KERNEL | PLATFORM},
    END,
};

static const struct irqp_step switch_tail[] = {
    {.fragment = SWITCH_WALKS, .flags = KERNEL | PLATFORM},
    {.name = "context switch: cold lines of the new task", .cost = P_SWITCH_REFILL, .flags = KERNEL | PLATFORM},
    END,
};

static const struct irqp_step idle_wait[] = {
    {.name = "idle: halt", .cost = IRQP_COST_FOREVER, .flags = IRQP_MODE_IDLE | IRQP_STEP_PREEMPT_OFF},
    END,
};

static const struct irqp_step idle_wait_deep[] = {
    {.name = "idle: governor chooses the state", .cost = P_IDLE_GOVERNOR, .flags = CRITICAL, .effect = E_IDLE_BY_TIMER},
    {.name = "idle: in the state", .cost = IRQP_COST_FOREVER, .flags = IRQP_MODE_IDLE | IRQP_STEP_PREEMPT_OFF},
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

/* The write of the page-table base flushed the old task's entries and, if they are not global, the kernel's. */
static const struct irqp_step switch_walks[] = {
    {.fragment = KERNEL_WALKS},
    {.fragment = USER_WALKS},
    END,
};

static const struct irqp_step interrupt_return[] = {
    {.name = "return from interrupt", .cost = P_RETURN, .flags = CRITICAL | PLATFORM | IRQP_STEP_RESTORES, .effect = IRQP_EFFECT_POP},
    END,
};
// clang-format on

/* A device's line: its interrupt thread ends what the entry began, or without PREEMPT_RT the handler itself.
 */
static const struct irqp_step *end_device(const struct machine *machine, enum line line)
{
    struct wiring wiring = machine->wiring[line];
    return machine->preempt_rt ? lines_unmask_steps(wiring, line) : lines_end_unthreaded(wiring, line);
}

static const struct irqp_step *acknowledge_device(const struct machine *machine, enum line line)
{
    struct wiring wiring = machine->wiring[line];
    return machine->preempt_rt ? lines_acknowledge(wiring) : lines_acknowledge_unthreaded(wiring);
}

void native_rules(const struct machine *machine, struct irqp_platform_rules *rules)
{
    rules->physical = true;
    rules->fragments[SYSCALL_ENTER] = syscall_enter;
    rules->fragments[SYSCALL_EXIT] = syscall_exit;
    rules->fragments[FAULT_ENTER] = fault_enter;
    rules->fragments[FAULT_EXIT] = fault_exit;
    rules->fragments[CONTEXT_SWITCH] = context_switch;
    rules->fragments[SWITCH_TAIL] = switch_tail;
    rules->fragments[IDLE_WAIT] = machine->idle == IDLE_DEEP ? idle_wait_deep : idle_wait;
    rules->fragments[CREATE_SPACE] = nothing;
    rules->fragments[DESTROY_SPACE] = destroy_space;
    rules->fragments[UNMAP_PAGE] = unmap_page;
    rules->fragments[UNMAP_SPACE] = nothing;
    rules->fragments[PROGRAM_TIMER] = timer_program_steps(machine);
    rules->fragments[UNMASK_TIMER] = lines_end_unthreaded(machine->wiring[LINE_TIMER], LINE_TIMER);
    rules->fragments[UNMASK_DISK] = end_device(machine, LINE_DISK);
    rules->fragments[UNMASK_PROBE] = end_device(machine, LINE_PROBE);
    rules->fragments[DRAW] = draw;
    rules->fragments[PRINT] = print;
    rules->fragments[KERNEL_ENTRY_FLUSH] = nothing;
    rules->fragments[KERNEL_EXIT_FLUSH] = nothing;
    rules->fragments[USER_AFTER_FLUSH] = nothing;
    rules->fragments[SWITCH_WALKS] = switch_walks;
    rules->fragments[INTERRUPT_RETURN] = interrupt_return;
}

/* ---- interrupts (facts, section 1, N3 to N7) ---- */

// clang-format off
static const struct irqp_step entry[] = {
    {.name = "interrupt vector and entry", .cost = P_VECTOR, .flags = CRITICAL | PLATFORM},
    {.fragment = KERNEL_ENTRY_FLUSH, .flags = CRITICAL | PLATFORM},
    {.fragment = ACKNOWLEDGE, .flags = CRITICAL | PLATFORM},
    END,
};

static const struct irqp_step leave[] = {
    {.name = "leave hard interrupt context", .cost = P_IRQ_EXIT, .flags = CRITICAL, .effect = E_IRQ_EXIT},
    {.fragment = INTERRUPT_RETURN},
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

static const struct irqp_step handle_probe[] = {
    {.name = "do_IRQ", .flags = CRITICAL, .effect = IRQP_EFFECT_PUSH, .argument = PATH_PROBE_HANDLER},
    END,
};
// clang-format on

void native_link(const struct machine *machine, struct irqp_linker *linker)
{
    irqp_linker_set_fragment(linker, ACKNOWLEDGE, lines_acknowledge_unthreaded(machine->wiring[LINE_TIMER]));
    irqp_link(linker, PATH_TIMER_ENTRY, IRQP_PATH_FREE, "timer interrupt", "from the vector to the return",
              (const struct irqp_step *const[]){entry, handle_timer, leave, NULL});
    irqp_linker_set_fragment(linker, ACKNOWLEDGE, acknowledge_device(machine, LINE_DISK));
    irqp_link(linker, PATH_DISK_ENTRY, IRQP_PATH_FREE, "disk interrupt", "from the vector to the return",
              (const struct irqp_step *const[]){entry, handle_disk, leave, NULL});
    if (!machine->probe)
        return;
    irqp_linker_set_fragment(linker, ACKNOWLEDGE, acknowledge_device(machine, LINE_PROBE));
    irqp_link(linker, PATH_PROBE_ENTRY, IRQP_PATH_FREE, "probe interrupt", "from the vector to the return",
              (const struct irqp_step *const[]){entry, handle_probe, leave, NULL});
}

void native_accept(struct irqp_cpu *cpu, unsigned line)
{
    struct run *run = run_of(cpu);
    static const uint16_t entries[LINES] = {[LINE_SMI] = PATH_SMI,
                                            [LINE_TIMER] = PATH_TIMER_ENTRY,
                                            [LINE_DISK] = PATH_DISK_ENTRY,
                                            [LINE_PROBE] = PATH_PROBE_ENTRY};
    irqp_push(cpu, cpu->thread, entries[line], wakeup_activity(run, line));
    if (line != LINE_SMI)
        count(run, COUNT_DELIVERED);
}

void native_attend(struct irqp_cpu *cpu, uint16_t bits)
{
    (void)bits;
    guest_schedule(run_of(cpu));
}

const struct platform platform_native = {
    .name = "native",
    .global_pages = true,
    .large_pages = true,
    .rules = native_rules,
    .link = native_link,
    .accept = native_accept,
    .attend = native_attend,
};
