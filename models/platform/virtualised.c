/* Virtualised: the guest kernel runs in a virtual machine of the processor, on the microkernel (facts,
 * section 9.2). A monitor, a task of its own, keeps its virtual devices; the vCPU of the microkernel is the
 * monitor's thread, and the guest runs inside its resume call. Or the kernel is a hypervisor that keeps them
 * itself (Xen, KVM's controller and timer): then no exit leads further than into it.
 *
 * The guest's interrupts-off is the flag of the virtual processor: it keeps neither an interrupt from the
 * microkernel nor from the monitor, but only from being injected. System calls and faults, and with nested
 * paging address spaces, are the guest's own affair and cost what they cost natively.
 *
 * Two things pend, one behind the other: an IRQ object for the monitor (ATTENTION_PENDING, found by its
 * resume call), and a request of the virtual interrupt controller (ATTENTION_INJECT, found by the hardware
 * where the guest enables its interrupts).
 */
#include "models/run.h"

#define END IRQP_END

enum { MONITOR = MICROKERNEL_OPEN }; /* in ring 3, its upcalls off: what comes is queued */

// clang-format off
/* ---- exit, monitor, entry ---- */

#define EXIT_STEPS                                                                                           \
    {.name = "exit: hardware leaves the guest", .cost = P_VM_EXIT, .flags = MICROKERNEL, .effect = E_LEAVE_GUEST}, \
    {                                                                                                        \
        .name = "exit: microkernel saves the rest of the guest's state", .cost = P_VM_SAVE, .flags = MICROKERNEL \
    }

static const struct irqp_step enter_task[] = {
    {.name = "monitor: address space", .cost = P_SPACE_SWITCH, .flags = MICROKERNEL},
    {.name = "cold lines: monitor", .cost = P_MONITOR_MISSES, .flags = MICROKERNEL},
    {.name = "monitor: microkernel leaves to its entry point", .cost = P_MONITOR_ENTRY, .flags = MICROKERNEL},
    {.name = "monitor: look why", .cost = P_MONITOR_DECODE, .flags = MONITOR},
    END,
};

static const struct irqp_step resume_from_task[] = {
    {.name = "monitor: resume call", .cost = P_MONITOR_RESUME, .flags = MICROKERNEL, .effect = IRQP_EFFECT_TEST, .argument = ATTENTION_PENDING},
    END,
};

static const struct irqp_step enter_hypervisor[] = {
    {.name = "monitor: look why", .cost = P_MONITOR_DECODE, .flags = MONITOR},
    END,
};

static const struct irqp_step resume_from_hypervisor[] = {
    {.name = "monitor: does an interrupt wait", .flags = MICROKERNEL, .effect = IRQP_EFFECT_TEST, .argument = ATTENTION_PENDING},
    END,
};

#define ENTRY_STEPS                                                                                          \
    {.name = "entry: hardware enters the guest", .cost = P_VM_ENTRY, .flags = MICROKERNEL},                  \
    {                                                                                                        \
        .name = "cold lines: guest after an exit", .cost = P_GUEST_MISSES, .flags = MICROKERNEL, .effect = E_ENTER_GUEST \
    }

/* What the guest does that the monitor has to do for it: between these two stand the monitor's steps. */
static const struct irqp_step exit_to_monitor[] = {EXIT_STEPS, {.fragment = MONITOR_ENTRY}, END};
static const struct irqp_step resume_guest[] = {{.fragment = MONITOR_RESUME}, ENTRY_STEPS, END};

#define EMULATED(what_)                                                                                      \
    {.fragment = EXIT_TO_MONITOR}, {.name = what_, .cost = P_MONITOR_EMULATE, .flags = MONITOR},             \
    {                                                                                                        \
        .fragment = RESUME_GUEST                                                                             \
    }

/* ---- an interrupt while the guest runs ---- */

static const struct irqp_step vm_exit[] = {
    EXIT_STEPS,
    {.name = "exit: microkernel takes the interrupt", .flags = MICROKERNEL, .effect = IRQP_EFFECT_POP},
    END,
};

static const struct irqp_step vm_entry[] = {
    ENTRY_STEPS,
    {.name = "guest: continues", .flags = MICROKERNEL, .effect = IRQP_EFFECT_POP},
    END,
};

#define RAISE_STEP                                                                                           \
    {                                                                                                        \
        .name = "monitor: virtual interrupt controller, injection field", .cost = P_MONITOR_RAISE, .flags = MONITOR, .effect = E_RAISE \
    }

static const struct irqp_step monitor_interrupt[] = {
    {.fragment = MONITOR_ENTRY},
    RAISE_STEP,
    {.fragment = MONITOR_RESUME},
    {.name = "monitor: done", .flags = MICROKERNEL, .effect = IRQP_EFFECT_POP},
    END,
};

/* A hypervisor has taken the interrupt: it knows why it runs. */
static const struct irqp_step hypervisor_interrupt[] = {
    RAISE_STEP,
    {.name = "monitor: done", .flags = MICROKERNEL, .effect = IRQP_EFFECT_POP},
    END,
};

/* What came while the monitor ran is found by its resume call, which returns to it. */
#define RECEIVE_STEPS(call_)                                                                                 \
    {.name = call_, .cost = P_RECEIVE_CALL, .flags = MICROKERNEL, .effect = E_DEQUEUE, .to = "handle"},      \
        {.name = "pending: unmask the line", .cost = P_IOAPIC_UNMASK, .flags = MICROKERNEL, .effect = E_UNMASK_DEQUEUED}, \
        {.name = "pending: label in hand", .flags = MICROKERNEL, .label = "handle"}, RAISE_STEP

static const struct irqp_step monitor_receive[] = {
    RECEIVE_STEPS("resume finds something pending: receive"),
    {.fragment = MONITOR_RESUME},
    {.name = "monitor: done", .flags = MICROKERNEL, .effect = IRQP_EFFECT_POP},
    END,
};

static const struct irqp_step hypervisor_receive[] = {
    {.name = "pending: take it off the queue", .flags = MICROKERNEL, .effect = E_DEQUEUE, .to = "handle"},
    {.name = "pending: unmask the line", .cost = P_IOAPIC_UNMASK, .flags = MICROKERNEL, .effect = E_UNMASK_DEQUEUED},
    {.name = "pending: label in hand", .flags = MICROKERNEL, .label = "handle"},
    RAISE_STEP,
    {.fragment = MONITOR_RESUME},
    {.name = "monitor: done", .flags = MICROKERNEL, .effect = IRQP_EFFECT_POP},
    END,
};

/* ---- the guest halts ---- */

/* The flag is set with the halt, not before: what pends already ends it. */
static const struct irqp_step idle_wait[] = {
    {.fragment = EXIT_TO_MONITOR, .flags = IRQS_OFF | IRQP_STEP_PREEMPT_OFF},
    {.name = "monitor: the guest halts; does an interrupt wait", .cost = P_MONITOR_EMULATE, .flags = MONITOR | IRQP_STEP_IRQS_OFF | IRQP_STEP_PREEMPT_OFF, .effect = E_IF_REQUESTED, .to = "resume"},
    {.name = "monitor: call open receive", .cost = P_WAIT_CALL, .flags = MICROKERNEL | IRQP_STEP_IRQS_OFF | IRQP_STEP_PREEMPT_OFF, .effect = E_WAIT_OPEN},
    {.name = "monitor: the halt ends", .flags = MONITOR | IRQP_STEP_IRQS_OFF | IRQP_STEP_PREEMPT_OFF, .label = "resume"},
    {.fragment = RESUME_GUEST, .flags = IRQS_OFF | IRQP_STEP_PREEMPT_OFF},
    END,
};

static const struct irqp_step wake[] = {
    {.name = "direct switch to the vCPU", .cost = P_THREAD_SWITCH, .flags = MICROKERNEL},
    {.fragment = SLICE_BEGINS, .flags = MICROKERNEL},
    {.name = "monitor: address space", .cost = P_SPACE_SWITCH, .flags = MICROKERNEL},
    {.name = "cold lines: monitor", .cost = P_MONITOR_MISSES, .flags = MICROKERNEL},
    END,
};

static const struct irqp_step wait_returns[] = {
    {.name = "receive returns the label", .cost = P_WAIT_RETURN, .flags = MICROKERNEL},
    RAISE_STEP,
    {.name = "receive: handled", .flags = MICROKERNEL, .effect = IRQP_EFFECT_POP},
    END,
};

static const struct irqp_step unblocked[] = {
    {.name = "monitor: the vCPU is unblocked", .cost = P_WAIT_RETURN, .flags = MICROKERNEL},
    RAISE_STEP,
    {.name = "receive: handled", .flags = MICROKERNEL, .effect = IRQP_EFFECT_POP},
    END,
};

static const struct irqp_step receive_at_once[] = {
    RECEIVE_STEPS("open receive: something is queued"),
    {.name = "receive: handled", .flags = MICROKERNEL, .effect = IRQP_EFFECT_POP},
    END,
};

/* ---- injection ---- */

/* Where the guest enables its interrupts. Without direct injection the monitor had asked for an exit there. */
static const struct irqp_step enable[] = {
    {.name = "interrupts on: hardware looks for a virtual one", .flags = KERNEL | PLATFORM, .effect = IRQP_EFFECT_TEST, .argument = ATTENTION_INJECT},
    END,
};

static const struct irqp_step window_exit[] = {
    {.fragment = EXIT_TO_MONITOR},
    {.name = "interrupt window: monitor sets the injection field", .cost = P_MONITOR_EMULATE, .flags = MONITOR},
    {.fragment = RESUME_GUEST},
    {.name = "guest: continues", .flags = MICROKERNEL, .effect = IRQP_EFFECT_POP},
    END,
};

static const struct irqp_step window_direct[] = {
    {.name = "interrupt window: hardware delivers", .flags = MICROKERNEL, .effect = E_ENTER_GUEST},
    {.name = "guest: continues", .flags = MICROKERNEL, .effect = IRQP_EFFECT_POP},
    END,
};

/* The guest's own path, as natively, through its own descriptor table. */
static const struct irqp_step vector[] = {
    {.name = "interrupt vector and entry", .cost = P_VECTOR, .flags = CRITICAL | PLATFORM},
    {.fragment = ACKNOWLEDGE, .flags = CRITICAL | PLATFORM},
    END,
};
static const struct irqp_step handle_timer[] = {{.name = "do_IRQ", .flags = CRITICAL, .effect = IRQP_EFFECT_PUSH, .argument = PATH_TIMER_HANDLER}, END};
static const struct irqp_step handle_disk[] = {{.name = "do_IRQ", .flags = CRITICAL, .effect = IRQP_EFFECT_PUSH, .argument = PATH_DISK_HANDLER}, END};
static const struct irqp_step handle_probe[] = {{.name = "do_IRQ", .flags = CRITICAL, .effect = IRQP_EFFECT_PUSH, .argument = PATH_PROBE_HANDLER}, END};
static const struct irqp_step leave[] = {
    {.name = "leave hard interrupt context", .cost = P_IRQ_EXIT, .flags = CRITICAL, .effect = E_IRQ_EXIT},
    {.name = "return from interrupt", .cost = P_RETURN, .flags = CRITICAL | PLATFORM | IRQP_STEP_RESTORES},
    {.name = "interrupted code: continues", .flags = KERNEL, .effect = IRQP_EFFECT_POP},
    END,
};

/* ---- what the guest does to its interrupt controllers ---- */

static const struct irqp_step nothing[] = {END};
static const struct irqp_step end_emulated[] = {EMULATED("monitor: end of interrupt at the virtual controller"), END};
static const struct irqp_step end_direct[] = {{.name = "end of interrupt at the virtual local APIC, by hardware", .cost = P_LAPIC_EOI}, END};

/* The virtual IO-APIC and 8259 are the monitor's in every case. */
static const struct irqp_step mask_end_emulated[] = {
    EMULATED("monitor: mask the line at the virtual controller"),
    EMULATED("monitor: end of interrupt at the virtual controller"),
    END,
};
static const struct irqp_step mask_end_direct[] = {
    EMULATED("monitor: mask the line at the virtual controller"),
    {.name = "end of interrupt at the virtual local APIC, by hardware", .cost = P_LAPIC_EOI},
    END,
};

/* A GIC's virtual interface is the hardware's where it injects. */
#define GIC_GUEST(read_, write_)                                                                             \
    {                                                                                                        \
        {{.name = "GIC: acknowledge at the virtual interface", .cost = read_}, END},                         \
        {{.name = "GIC: acknowledge at the virtual interface", .cost = read_},                               \
         EMULATED("monitor: mask the line at the virtual controller"),                                       \
         {.name = "GIC: end of interrupt at the virtual interface", .cost = write_}, END}                    \
    }
static const struct irqp_step gic_direct[2][2][6] = {
    GIC_GUEST(P_GIC_READ, P_GIC_WRITE),
    GIC_GUEST(P_GIC_READ_REGISTER, P_GIC_WRITE_REGISTER),
};
static const struct irqp_step gic_direct_end[2][2] = {
    {{.name = "GIC: end of interrupt at the virtual interface", .cost = P_GIC_WRITE}, END},
    {{.name = "GIC: end of interrupt at the virtual interface", .cost = P_GIC_WRITE_REGISTER}, END},
};
/* With the end of the virtual interrupt the hardware deactivates the physical one behind it. */
#define GIC_ENDS(line_)                                                                                      \
    [line_] = {                                                                                              \
        {{.name = "GIC: end of interrupt at the virtual interface", .cost = P_GIC_WRITE, .effect = E_DEACTIVATE_LINE, .argument = line_}, END}, \
        {{.name = "GIC: end of interrupt at the virtual interface", .cost = P_GIC_WRITE_REGISTER, .effect = E_DEACTIVATE_LINE, .argument = line_}, END}, \
    }
static const struct irqp_step gic_direct_ends[LINES][2][2] = {GIC_ENDS(LINE_DISK), GIC_ENDS(LINE_PROBE)};
static const struct irqp_step gic_emulated[] = {EMULATED("monitor: acknowledge at the virtual controller"), END};
static const struct irqp_step gic_mask_emulated[] = {
    EMULATED("monitor: acknowledge at the virtual controller"),
    EMULATED("monitor: mask the line at the virtual controller"),
    EMULATED("monitor: end of interrupt at the virtual controller"),
    END,
};

/* The microkernel had masked the physical line of a level; the monitor has it unmasked once the guest is done. */
#define UNMASK(line_)                                                                                        \
    {                                                                                                        \
        {.fragment = EXIT_TO_MONITOR},                                                                       \
            {.name = "monitor: the guest is done with the line", .cost = P_MONITOR_EMULATE, .flags = MONITOR}, \
            {.name = "monitor: unmask call", .cost = P_UNMASK_CALL, .flags = MICROKERNEL},                   \
            {.fragment = line_, .flags = MICROKERNEL}, {.fragment = RESUME_GUEST}, END                       \
    }
static const struct irqp_step unmask_by_task[LINES][6] = {
    [LINE_TIMER] = UNMASK(UNMASK_TIMER_AT_CONTROLLER),
    [LINE_DISK] = UNMASK(UNMASK_DISK_AT_CONTROLLER),
    [LINE_PROBE] = UNMASK(UNMASK_PROBE_AT_CONTROLLER),
};

#define UNMASK_IN_KERNEL(line_)                                                                              \
    {                                                                                                        \
        {.fragment = EXIT_TO_MONITOR},                                                                       \
            {.name = "monitor: the guest is done with the line", .cost = P_MONITOR_EMULATE, .flags = MONITOR}, \
            {.fragment = line_, .flags = MICROKERNEL}, {.fragment = RESUME_GUEST}, END                       \
    }
static const struct irqp_step unmask_in_kernel[LINES][5] = {
    [LINE_TIMER] = UNMASK_IN_KERNEL(UNMASK_TIMER_AT_CONTROLLER),
    [LINE_DISK] = UNMASK_IN_KERNEL(UNMASK_DISK_AT_CONTROLLER),
    [LINE_PROBE] = UNMASK_IN_KERNEL(UNMASK_PROBE_AT_CONTROLLER),
};

/* ---- timer programming ---- */

/* Each access to a page of registers that the guest does not have exits. */
#define ACCESS(...)                                                                                          \
    {.fragment = EXIT_TO_MONITOR}, {.name = "monitor: emulate the access", .cost = P_MONITOR_EMULATE, .flags = MONITOR}, \
        {__VA_ARGS__, .flags = MONITOR},                                                                     \
    {                                                                                                        \
        .fragment = RESUME_GUEST                                                                             \
    }
static const struct irqp_step program_hpet[] = {
    ACCESS(.name = "HPET: read the counter", .cost = P_HPET_READ),
    ACCESS(.name = "HPET: write the comparator", .cost = P_HPET_WRITE, .effect = E_ARM_TIMER),
    ACCESS(.name = "HPET: read the counter again", .cost = P_HPET_READ),
    END,
};
static const struct irqp_step quiet_hpet[] = {
    ACCESS(.name = "HPET: clear the interrupt status", .cost = P_HPET_WRITE, .effect = E_QUIET_TIMER),
    END,
};
static const struct irqp_step program_architected[] = {
    ACCESS(.name = "architected timer: read the counter and the control", .cost = P_ARCHITECTED_READ),
    ACCESS(.name = "architected timer: write the comparator", .cost = P_ARCHITECTED_WRITE, .effect = E_ARM_TIMER),
    ACCESS(.name = "architected timer: unmask its interrupt", .cost = P_ARCHITECTED_WRITE),
    END,
};
static const struct irqp_step quiet_architected[] = {
    ACCESS(.name = "architected timer: read the status", .cost = P_ARCHITECTED_READ),
    ACCESS(.name = "architected timer: mask its interrupt", .cost = P_ARCHITECTED_WRITE, .effect = E_QUIET_TIMER),
    END,
};
static const struct irqp_step program_local_apic[] = {
    {.fragment = EXIT_TO_MONITOR},
    {.name = "monitor: virtual local APIC timer", .cost = P_MONITOR_EMULATE, .flags = MONITOR},
    {.name = "monitor: call for the host's timer", .cost = P_MONITOR_TIMER, .flags = MICROKERNEL},
    {.name = "local APIC: program the timer", .cost = P_LAPIC_WRITE, .flags = MICROKERNEL, .effect = E_ARM_TIMER},
    {.fragment = RESUME_GUEST},
    END,
};

/* ---- shadow paging: the monitor keeps the page tables that the hardware walks ---- */

static const struct irqp_step shadow_switch[] = {
    {.fragment = EXIT_TO_MONITOR},
    {.name = "monitor: shadow of the next address space", .cost = P_SHADOW_SWITCH, .flags = MONITOR},
    {.fragment = RESUME_GUEST},
    END,
};

static const struct irqp_step shadow_fault_enter[] = {
    {.fragment = EXIT_TO_MONITOR},
    {.name = "monitor: walk the guest's tables; a fault of its own", .cost = P_SHADOW_WALK, .flags = MONITOR},
    {.fragment = RESUME_GUEST},
    {.fragment = GUEST_FAULT_ENTER},
    END,
};

/* The access is tried again, and finds the guest's entry but not the shadow's. */
static const struct irqp_step shadow_fault_exit[] = {
    {.fragment = GUEST_FAULT_EXIT},
    {.fragment = EXIT_TO_MONITOR},
    {.name = "monitor: walk the guest's tables; fill the shadow", .cost = P_SHADOW_WALK, .flags = MONITOR},
    {.name = "monitor: map call", .cost = P_MAP, .flags = MICROKERNEL},
    {.fragment = RESUME_GUEST},
    {.name = "user task: continues", .flags = USER},
    END,
};

static const struct irqp_step shadow_unmap[] = {
    {.fragment = EXIT_TO_MONITOR},
    {.name = "monitor: drop the page from the shadow", .cost = P_MONITOR_EMULATE, .flags = MONITOR},
    {.name = "monitor: unmap call", .cost = P_UNMAP, .flags = MICROKERNEL},
    {.fragment = RESUME_GUEST},
    END,
};
// clang-format on

static bool end_is_direct(const struct machine *machine, enum line line)
{
    return machine->direct_injection && machine->wiring[line].controller != CONTROLLER_8259;
}

static unsigned guest_interface(const struct machine *machine, enum line line)
{
    return machine->wiring[line].controller == CONTROLLER_GIC_REGISTERS;
}

/* What the end of the handling owes the line. */
static const struct irqp_step *end_of(const struct machine *machine, enum line line, bool threaded)
{
    struct wiring wiring = machine->wiring[line];
    bool direct = end_is_direct(machine, line), private = line == LINE_TIMER && is_gic(wiring.controller);
    if (private)
        return direct ? gic_direct_end[guest_interface(machine, line)] : end_emulated;
    if (wiring.flow == EDGE)
        return nothing;
    if (is_gic(wiring.controller) && direct && !threaded && machine->monitor_in_kernel)
        return gic_direct_ends[line][guest_interface(machine, line)];
    return machine->monitor_in_kernel ? unmask_in_kernel[line] : unmask_by_task[line];
}

/* A handler in a thread has its level-triggered line masked until the thread is done. */
static const struct irqp_step *acknowledge(const struct machine *machine, enum line line, bool threaded)
{
    bool direct = end_is_direct(machine, line);
    if (is_gic(machine->wiring[line].controller))
        return direct     ? gic_direct[guest_interface(machine, line)][threaded]
               : threaded ? gic_mask_emulated
                          : gic_emulated;
    if (machine->wiring[line].flow == EDGE)
        return direct ? end_direct : end_emulated;
    if (!threaded) /* the end of interrupt comes last, and unmasks */
        return nothing;
    return direct ? mask_end_direct : mask_end_emulated;
}

static void rules(const struct machine *machine, struct irqp_platform_rules *rules)
{
    platform_native.rules(machine, rules);
    rules->physical = false;
    rules->hardware_tests = true;
    rules->pending_bit = ATTENTION_INJECT;
    rules->enable = enable;
    rules->fragments[SLICE_BEGINS] = tick_slice_steps(machine);
    bool in_kernel = machine->monitor_in_kernel;
    rules->fragments[MONITOR_ENTRY] = in_kernel ? enter_hypervisor : enter_task;
    rules->fragments[MONITOR_RESUME] = in_kernel ? resume_from_hypervisor : resume_from_task;
    rules->fragments[EXIT_TO_MONITOR] = exit_to_monitor;
    rules->fragments[RESUME_GUEST] = resume_guest;
    if (!machine->halt_in_guest) /* else as natively */
        rules->fragments[IDLE_WAIT] = idle_wait;

    bool architected = machine->guest_timer == TIMER_ARCHITECTED;
    const struct irqp_step *trapped = architected                          ? program_architected
                                      : machine->guest_timer == TIMER_HPET ? program_hpet
                                                                           : program_local_apic;
    bool quiet_traps = !machine->direct_timer && machine->wiring[LINE_TIMER].trigger == LEVEL;
    if (!machine->direct_timer)
        rules->fragments[PROGRAM_TIMER] = trapped;
    if (quiet_traps)
        rules->fragments[QUIET_TIMER] = architected ? quiet_architected : quiet_hpet;

    rules->fragments[UNMASK_TIMER] = end_of(machine, LINE_TIMER, false);
    rules->fragments[UNMASK_DISK] = end_of(machine, LINE_DISK, machine->preempt_rt);
    rules->fragments[UNMASK_PROBE] = end_of(machine, LINE_PROBE, true);
    rules->fragments[UNMASK_TIMER_AT_CONTROLLER] =
        lines_unmask_steps(machine->wiring[LINE_TIMER], LINE_TIMER);
    rules->fragments[UNMASK_DISK_AT_CONTROLLER] = lines_unmask_steps(machine->wiring[LINE_DISK], LINE_DISK);
    rules->fragments[UNMASK_PROBE_AT_CONTROLLER] =
        lines_unmask_steps(machine->wiring[LINE_PROBE], LINE_PROBE);

    if (machine->nested_paging)
        return;
    rules->fragments[GUEST_FAULT_ENTER] = rules->fragments[FAULT_ENTER];
    rules->fragments[GUEST_FAULT_EXIT] = rules->fragments[FAULT_EXIT];
    rules->fragments[FAULT_ENTER] = shadow_fault_enter;
    rules->fragments[FAULT_EXIT] = shadow_fault_exit;
    rules->fragments[CONTEXT_SWITCH] = shadow_switch;
    rules->fragments[UNMAP_PAGE] = shadow_unmap;
}

static void link_one(struct irqp_linker *linker, uint16_t path, const char *name, const char *doc,
                     const struct irqp_step *steps)
{
    link_path(linker, path, IRQP_PATH_FREE, name, doc, steps, NULL, NULL);
}

static void link_platform(const struct machine *machine, struct irqp_linker *linker)
{
    microkernel_link(machine, linker);
    link_one(linker, PATH_VM_EXIT, "exit: external interrupt", "before the microkernel's interrupt entry",
             vm_exit);
    link_one(linker, PATH_VM_ENTRY, "entry into the guest",
             "after an interrupt; injects what waits, if the guest has its interrupts on", vm_entry);
    link_one(linker, PATH_MONITOR_INTERRUPT, "monitor: interrupt while the guest runs",
             "decision 4: the monitor's interrupts are on while the guest runs",
             machine->monitor_in_kernel ? hypervisor_interrupt : monitor_interrupt);
    link_one(linker, PATH_MONITOR_RECEIVE, "monitor: interrupt while the monitor runs",
             "decision 5: found by its resume call",
             machine->monitor_in_kernel ? hypervisor_receive : monitor_receive);
    const struct irqp_step *returns = machine->monitor_in_kernel ? unblocked : wait_returns;
    link_path(linker, PATH_WAKE_FROM_IDLE, IRQP_PATH_FREE,
              "delivery to the monitor blocked in an open receive", "decision 1: the guest has halted", wake,
              returns, NULL);
    link_path(linker, PATH_WAKE_FROM_THREAD, IRQP_PATH_FREE,
              "delivery to the monitor blocked in an open receive, a thread running",
              "decision 1: the guest has halted", wake, returns, NULL);
    link_one(linker, PATH_WAKE_LATER,
             "delivery to the monitor blocked in an open receive, a better thread running",
             "decision 1: the guest has halted", returns);
    link_one(linker, PATH_RECEIVE_AT_ONCE, "open receive that finds something queued", NULL, receive_at_once);
    link_one(linker, PATH_DEFERRED, "interrupt window", "the guest has enabled its interrupts",
             machine->direct_injection ? window_direct : window_exit);
    irqp_linker_set_fragment(linker, ACKNOWLEDGE, acknowledge(machine, LINE_TIMER, false));
    link_path(linker, PATH_TIMER_VECTOR, IRQP_PATH_FREE, "guest: timer interrupt",
              "from the vector to the return", vector, handle_timer, leave);
    irqp_linker_set_fragment(linker, ACKNOWLEDGE, acknowledge(machine, LINE_DISK, machine->preempt_rt));
    link_path(linker, PATH_DISK_VECTOR, IRQP_PATH_FREE, "guest: disk interrupt",
              "from the vector to the return", vector, handle_disk, leave);
    if (!machine->probe)
        return;
    irqp_linker_set_fragment(linker, ACKNOWLEDGE, acknowledge(machine, LINE_PROBE, machine->preempt_rt));
    link_path(linker, PATH_PROBE_VECTOR, IRQP_PATH_FREE, "guest: probe interrupt",
              "from the vector to the return", vector, handle_probe, leave);
}

/* ---- the virtual interrupt controller ---- */

static bool runs_guest(const struct irqp_row *row)
{
    unsigned mode = row->flags & IRQP_ROW_MODE;
    return mode == IRQP_MODE_USER || mode == IRQP_MODE_KERNEL;
}

void monitor_raise(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    struct microkernel *kernel = &run->microkernel;
    uint8_t object = kernel->labels[0];
    memmove(kernel->labels, kernel->labels + 1, --kernel->label_count);
    if (run->requested >> object & 1) {
        count(run, COUNT_MERGED);
        if (object == IRQ_PROBE) /* another may be queued */
            probe_merge(run, kernel->queued[object]);
    }
    run->requested |= UINT32_C(1) << object;
    cpu->attention |= ATTENTION_INJECT;
    if (object == IRQ_TIMER && guest_wake_up_due(run))
        wakeup_stage(run, STAGE_QUEUED);
}

void monitor_if_requested(struct irqp_cpu *cpu, uint16_t target)
{
    if (run_of(cpu)->requested)
        cpu->thread->top->pc = target;
}

void vm_leave(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    count(run_of(cpu), COUNT_VM_EXITS);
}

/* Frames that are about to return stand for the one below: the guest's code that goes on. */
static const struct irqp_row *return_to_guest(struct irqp_cpu *cpu)
{
    struct irqp_thread *thread = cpu->thread;
    const struct irqp_row *row = irqp_row_of(cpu, thread->top);
    while (row->effect == IRQP_EFFECT_POP && !row->cost && thread->top > thread->frames + 1) {
        irqp_pop(cpu, thread);
        row = irqp_row_of(cpu, thread->top);
    }
    return row;
}

/* The hardware injects the most urgent request, if the guest has its interrupts on. */
void vm_enter(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    static const uint16_t vectors[IRQ_OBJECTS] = {
        [IRQ_TIMER] = PATH_TIMER_VECTOR, [IRQ_DISK] = PATH_DISK_VECTOR, [IRQ_PROBE] = PATH_PROBE_VECTOR};
    if (!run->requested || return_to_guest(cpu)->flags & IRQP_ROW_VIRTUAL)
        return;
    unsigned object = (unsigned)__builtin_ctz(run->requested);
    run->requested &= run->requested - 1;
    if (!run->requested)
        cpu->attention &= (uint16_t)~ATTENTION_INJECT;
    irqp_push(cpu, cpu->thread, vectors[object], wakeup_activity(run, object));
    count(run, COUNT_DELIVERED);
}

/* ---- the microkernel's view ---- */

/* The monitor takes upcalls while the guest runs, and none while it runs itself. */
static bool takes_upcall(const struct run *run, enum irq_object object, const struct irqp_frame *frame)
{
    (void)object;
    return runs_guest(irqp_row_of(&run->cpu, frame));
}

static void upcall(struct run *run, enum irq_object object, const struct irqp_frame *frame, bool in_entry)
{
    (void)frame;
    struct microkernel *kernel = &run->microkernel;
    irq_leave_entry(run, in_entry);
    kernel->labels[kernel->label_count++] = (uint8_t)object;
    irqp_push(&run->cpu, kernel_thread_stack(run, THREAD_VCPU), PATH_MONITOR_INTERRUPT,
              wakeup_activity(run, object));
}

/* Where the guest runs, its exit comes before the microkernel's entry and an entry into it behind. */
static void accept_line(struct irqp_cpu *cpu, unsigned line)
{
    struct run *run = run_of(cpu);
    static const uint16_t entries[LINES] = {[LINE_SMI] = PATH_SMI,
                                            [LINE_TICK] = PATH_TICK_ENTRY,
                                            [LINE_TIMER] = PATH_TIMER_ENTRY,
                                            [LINE_DISK] = PATH_DISK_ENTRY,
                                            [LINE_PROBE] = PATH_PROBE_ENTRY};
    uint16_t entry = line < LINE_COMPETING ? entries[line] : PATH_COMPETING_ENTRY;
    uint16_t activity = wakeup_activity(run, line);
    bool exits = line != LINE_SMI && runs_guest(irqp_row_of(cpu, cpu->thread->top));
    if (exits)
        irqp_push(cpu, cpu->thread, PATH_VM_ENTRY, activity);
    irqp_push(cpu, cpu->thread, entry, activity);
    if (exits)
        irqp_push(cpu, cpu->thread, PATH_VM_EXIT, activity);
    if (line != LINE_SMI)
        count(run, COUNT_ENTRIES);
}

static void attend(struct irqp_cpu *cpu, uint16_t bits)
{
    struct run *run = run_of(cpu);
    if (bits & ATTENTION_PENDING) {
        irqp_push_again(cpu, cpu->thread, PATH_MONITOR_RECEIVE,
                        wakeup_activity(run, run->microkernel.queue[0]));
    } else if (bits & ATTENTION_INJECT) {
        return_to_guest(cpu);
        irqp_push(cpu, cpu->thread, PATH_DEFERRED, ACTIVITY_WINDOW);
        count(run, COUNT_WINDOWS);
    } else {
        guest_schedule(run);
    }
}

const struct platform platform_virtualised = {
    .name = "virtualised",
    .microkernel = true,
    .global_pages = true,
    .large_pages = true,
    .rules = rules,
    .link = link_platform,
    .accept = accept_line,
    .attend = attend,
    .takes_upcall = takes_upcall,
    .upcall = upcall,
    .call_cause = CAUSE_MONITOR,
};
