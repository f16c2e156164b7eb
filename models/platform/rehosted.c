/* Rehosted: the guest kernel (L4Linux) runs in user mode on the microkernel, on a vCPU.
 *
 * The guest's interrupts-off is a flag in the shared state page; the microkernel's entries run with the
 * processor's interrupts off. Calls that the guest makes stand between virtual interrupts off and on again,
 * because the message buffer is shared with upcalls (facts, section 0.2): the linker puts the test for
 * pending behind it.
 */
#include "rehosted.h"
#include "models/run.h"

#define END IRQP_END

/* ---- crossings (facts, sections 7.1 and 7.2) ---- */

// clang-format off
static const struct irqp_step syscall_enter[] = {
    {.name = "system call: exception into the microkernel and to the guest kernel", .cost = P_EXCEPTION, .flags = CALL | IRQP_STEP_PREEMPT_OFF},
    {.fragment = SEGMENT_RELOAD, .flags = CRITICAL | PLATFORM},
    {.fragment = KERNEL_WALKS, .flags = CRITICAL | PLATFORM},
    {.name = "guest kernel: refill of caches", .cost = P_KERNEL_REFILL, .flags = CRITICAL | PLATFORM},
    END,
};

static const struct irqp_step user_return[] = {
    {.fragment = RETURN_TO_USER, .flags = CRITICAL},
    {.name = "resume: fill the state page", .cost = P_STATE_PAGE, .flags = CRITICAL | PLATFORM},
    {.fragment = UNMASK_NOTED, .flags = CALL | IRQP_STEP_PREEMPT_OFF},
    {.name = "resume call", .cost = P_RESUME, .flags = CALL | IRQP_STEP_PREEMPT_OFF | IRQP_STEP_RESTORES, .effect = IRQP_EFFECT_TEST, .argument = ATTENTION_PENDING | IN_RESUME_TO_USER},
    {.name = "resume: address space of the user task", .cost = P_RESUME_SPACE, .flags = MICROKERNEL},
    {.fragment = USER_WALKS, .flags = USER | PLATFORM},
    {.name = "user task: refill of caches", .cost = P_USER_REFILL, .flags = USER | PLATFORM},
    END,
};

static const struct irqp_step fault_return[] = {
    {.name = "resume: map the page", .cost = P_MAP, .flags = CALL | IRQP_STEP_PREEMPT_OFF},
    {.fragment = USER_RETURN},
    END,
};

/* The segment descriptors of the next task, in the order of the choices (facts, section 7.1, S2). */
static const struct irqp_step segments_per_switch[] = {
    {.name = "context switch: call for the segment descriptors", .cost = P_GDT_CALL, .flags = CALL},
    {.fragment = RELEASE_TICK, .flags = CALL},
    END,
};

static const struct irqp_step segments_cached[] = {
    {.name = "context switch: are the segment descriptors loaded", .cost = P_SEGMENT_COMPARE, .flags = CRITICAL | PLATFORM, .effect = E_IF_SEGMENTS_LOADED, .to = "loaded"},
    {.name = "context switch: call for the segment descriptors", .cost = P_GDT_CALL, .flags = CALL, .effect = E_LOAD_SEGMENTS},
    {.name = "context switch: the segment descriptors are loaded", .flags = CRITICAL | PLATFORM, .label = "loaded"},
    END,
};

static const struct irqp_step segments_in_state_page[] = {
    {.name = "context switch: segment descriptors to the state page", .cost = P_SEGMENT_STORE, .flags = CRITICAL | PLATFORM},
    END,
};

static const struct irqp_step *const restore_segments[] = {segments_per_switch, segments_cached, segments_in_state_page};

static const struct irqp_step segment_reload[] = {
    {.name = "guest entry: reload the segment registers", .cost = P_SEGMENT_RELOAD, .flags = CRITICAL | PLATFORM},
    END,
};

static const struct irqp_step switch_tail[] = {
    {.name = "context switch: cold lines of the new task", .cost = P_COLD_SWITCH, .flags = KERNEL | PLATFORM},
    {.name = "unexplained: switch", .cost = P_SWITCH_UNEXPLAINED, .flags = KERNEL | PLATFORM},
    END,
};

static const struct irqp_step idle_wait[] = {
    {.fragment = UNMASK_NOTED, .flags = CALL | IRQP_STEP_PREEMPT_OFF},
    {.name = "idle: call open receive", .cost = P_WAIT_CALL, .flags = CALL | IRQP_STEP_PREEMPT_OFF, .effect = E_WAIT_OPEN},
    END,
};

/* ---- the guest's side ---- */

static const struct irqp_step enable[] = {
    {.name = "interrupts on: set the flag, test pending", .cost = P_ENABLE, .flags = KERNEL | PLATFORM, .effect = IRQP_EFFECT_TEST, .argument = ATTENTION_PENDING},
    END,
};

static const struct irqp_step nothing[] = {END};

static const struct irqp_step spill_user_task[] = {
    {.name = "upcall: what the user task's state takes more", .cost = P_SPILL_USER_TASK},
    END,
};

/* The call with which the guest unmasks a line (facts, section 3, L6); the controller's own step follows inside it. */
#define UNMASK_CALL(at_controller) {{.name = "unmask call", .cost = P_UNMASK_CALL, .flags = CALL}, {.fragment = at_controller, .flags = CALL}, END}
static const struct irqp_step unmask_call[LINES][3] = {
    [LINE_TIMER] = UNMASK_CALL(UNMASK_TIMER_AT_CONTROLLER),
    [LINE_DISK] = UNMASK_CALL(UNMASK_DISK_AT_CONTROLLER),
    [LINE_PROBE] = UNMASK_CALL(UNMASK_PROBE_AT_CONTROLLER),
};

/* No call of its own: the microkernel finds the note at the next. */
#define UNMASK_LATER(line) {{.name = "note the line to be unmasked", .flags = IRQS_OFF, .effect = E_NOTE_LINE, .argument = line}, END}
static const struct irqp_step unmask_later[LINES][2] = {
    [LINE_TIMER] = UNMASK_LATER(LINE_TIMER),
    [LINE_DISK] = UNMASK_LATER(LINE_DISK),
    [LINE_PROBE] = UNMASK_LATER(LINE_PROBE),
};

static const struct irqp_step unmask_noted[] = {
    {.name = "unmask: which lines are noted", .effect = E_NOTED_LENGTH},
    {.name = "unmask the noted lines at their controllers", .cost = REGISTER(REG_UNMASK), .effect = E_UNMASK_NOTED},
    END,
};
// clang-format on

/* Level only, as of 2011; for each line, as of 2016 (the call finds nothing to do at the controller where the
 * line was not masked); or with the next call that the guest makes. */
static const struct irqp_step *unmask_steps(const struct machine *machine, enum line line)
{
    bool level = machine->wiring[line].flow == LEVEL;
    if (line == LINE_TIMER && machine->guest_timer != TIMER_HPET)
        return nothing; /* the guest has no line of that device */
    if (machine->unmask == UNMASK_LAZY)
        return level ? unmask_later[line] : nothing;
    return level || machine->unmask == UNMASK_ALWAYS ? unmask_call[line] : nothing;
}

static void rules(const struct machine *machine, struct irqp_platform_rules *rules)
{
    rules->physical = false;
    rules->urgent = machine->priority_masked_virq;
    rules->pending_bit = ATTENTION_PENDING;
    rules->enable = enable;
    rules->fragments[SYSCALL_ENTER] = syscall_enter;
    rules->fragments[SYSCALL_EXIT] = user_return;
    rules->fragments[USER_RETURN] = user_return;
    rules->fragments[FAULT_ENTER] = syscall_enter;
    rules->fragments[FAULT_EXIT] = fault_return;
    rules->fragments[RELEASE_TICK] = machine->postpone ? tick_release_steps : nothing;
    rules->fragments[CONTEXT_SWITCH] = restore_segments[value_of(machine, P_SEGMENT_RESTORE)->choice];
    rules->fragments[SEGMENT_RELOAD] = value_of(machine, P_WRAPPER)->choice == 0 ? segment_reload : nothing;
    rules->fragments[SPILL_USER_TASK] =
        irqp_distribution_mean(value_of(machine, P_SPILL_USER_TASK)->cost) > 0 ? spill_user_task : nothing;
    rules->fragments[SWITCH_TAIL] = switch_tail;
    rules->fragments[IDLE_WAIT] = idle_wait;
    address_spaces_rules(machine, rules);
    rules->fragments[PROGRAM_TIMER] = guest_timer_steps(machine);
    rules->fragments[SLICE_BEGINS] = tick_slice_steps(machine);
    rules->fragments[UNMASK_TIMER] = unmask_steps(machine, LINE_TIMER);
    rules->fragments[UNMASK_DISK] = unmask_steps(machine, LINE_DISK);
    rules->fragments[UNMASK_PROBE] = unmask_steps(machine, LINE_PROBE);
    rules->fragments[UNMASK_TIMER_AT_CONTROLLER] =
        lines_unmask_steps(machine->wiring[LINE_TIMER], LINE_TIMER);
    rules->fragments[UNMASK_DISK_AT_CONTROLLER] = lines_unmask_steps(machine->wiring[LINE_DISK], LINE_DISK);
    rules->fragments[UNMASK_PROBE_AT_CONTROLLER] =
        lines_unmask_steps(machine->wiring[LINE_PROBE], LINE_PROBE);
    rules->fragments[UNMASK_NOTED] = machine->unmask == UNMASK_LAZY ? unmask_noted : nothing;
    rehosted_output_rules(machine, rules);
}

static void link_platform(const struct machine *machine, struct irqp_linker *linker)
{
    microkernel_link(machine, linker);
    rehosted_link_delivery(machine, linker);
    guest_timer_link(machine, linker);
    address_spaces_link(machine, linker);
    rehosted_link_output(machine, linker);
    servers_link(machine, linker);
}

/* ---- upcalls (facts, section 0.1) ---- */

/* The guest's flag is a bit in the shared page: here it belongs to the step at which the vCPU stands, so that
 * masking is free. An upcall that is installed already has cleared it. */
static bool takes_upcall(const struct run *run, enum irq_object object, const struct irqp_frame *frame)
{
    if (run->microkernel.installed)
        return false;
    unsigned flags = run->cpu.program->step_flags[frame->pc];
    return !(flags & IRQP_STEP_IRQS_OFF) || (object == IRQ_TIMER && flags & IRQP_STEP_URGENT);
}

static void push_upcall(struct run *run, enum irq_object object, bool user)
{
    static const uint16_t from_user[] = {PATH_UPCALL_FROM_USER_LATER, PATH_UPCALL_FROM_USER};
    struct microkernel *kernel = &run->microkernel;
    struct irqp_thread *vcpu = kernel_thread_stack(run, THREAD_VCPU);
    bool at_once = kernel->current == THREAD_VCPU;
    while (!at_once && vcpu->top > vcpu_frame(run))
        irqp_pop(&run->cpu, vcpu); /* it does not return to where an entry interrupted it */
    kernel->labels[kernel->label_count++] = (uint8_t)object;
    irqp_push(&run->cpu, vcpu, user ? from_user[at_once] : PATH_UPCALL_FROM_KERNEL,
              wakeup_activity(run, object));
    count(run, user ? COUNT_UPCALLS_USER : COUNT_UPCALLS_KERNEL);
}

/* An upcall takes effect where the vCPU is in ring 3: in a call of its own it waits until that returns. */
static void upcall(struct run *run, enum irq_object object, const struct irqp_frame *frame, bool in_entry)
{
    uint8_t flags = irqp_row_of(&run->cpu, frame)->flags;
    unsigned mode = flags & IRQP_ROW_MODE;
    if (mode == IRQP_MODE_MICROKERNEL) {
        run->microkernel.installed = true;
        run->microkernel.installed_label = (uint8_t)object;
        return;
    }
    irq_leave_entry(run, in_entry);
    push_upcall(run, object, mode == IRQP_MODE_USER);
    if (flags & IRQP_ROW_VIRTUAL)
        count(run, COUNT_UPCALLS_URGENT);
}

void vcpu_call_returns(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    if (!run->microkernel.installed)
        return;
    run->microkernel.installed = false;
    push_upcall(run, run->microkernel.installed_label, false);
    count(run, COUNT_UPCALLS_CALL);
}

/* ---- what the engine calls ---- */

static void accept_line(struct irqp_cpu *cpu, unsigned line)
{
    struct run *run = run_of(cpu);
    static const uint16_t entries[LINE_COMPETING] = {
        [LINE_SMI] = PATH_SMI,         [LINE_TICK] = PATH_TICK_ENTRY,   [LINE_TIMER] = PATH_TIMER_ENTRY,
        [LINE_DISK] = PATH_DISK_ENTRY, [LINE_PROBE] = PATH_PROBE_ENTRY, [LINE_REMOTE] = PATH_REMOTE_ENTRY};
    uint16_t entry = line < LINE_COMPETING ? entries[line] : PATH_COMPETING_ENTRY;
    irqp_push(cpu, cpu->thread, entry, wakeup_activity(run, line));
    if (line != LINE_SMI)
        count(run, COUNT_ENTRIES);
}

/* The code that an upcall interrupted had the flag cleared: a timer's that cut through. */
static bool returns_to_section(const struct irqp_cpu *cpu)
{
    return irqp_row_of(cpu, cpu->thread->top - 1)->flags & IRQP_ROW_VIRTUAL;
}

static void attend(struct irqp_cpu *cpu, uint16_t bits)
{
    if (!(bits & ATTENTION_PENDING)) {
        guest_schedule(run_of(cpu));
        return;
    }
    if (bits & IN_RESUME_TO_KERNEL && returns_to_section(cpu))
        return;
    uint16_t path = bits & IN_RESUME_TO_USER     ? PATH_RESUME_RECEIVE_USER
                    : bits & IN_RESUME_TO_KERNEL ? PATH_RESUME_RECEIVE_KERNEL
                                                 : PATH_DEFERRED;
    irqp_push_again(cpu, cpu->thread, path, ACTIVITY_DEFERRED);
}

const struct platform platform_rehosted = {
    .name = "rehosted",
    .microkernel = true,
    .rules = rules,
    .link = link_platform,
    .accept = accept_line,
    .attend = attend,
    .takes_upcall = takes_upcall,
    .upcall = upcall,
    .call_cause = CAUSE_CALL,
};
