/* Rehosted: the guest kernel (L4Linux) runs in user mode on the microkernel, on a vCPU.
 *
 * The guest's interrupts-off is a flag in the shared state page; the microkernel's entries run with the
 * processor's interrupts off. Every call that the guest makes stands between virtual interrupts off and on
 * again, because the message buffer is shared with upcalls (facts, section 0.2): the linker puts the test for
 * pending behind it.
 */
#include "models/run.h"

#define END IRQP_END

/* A call of the guest into the microkernel. */
enum { CALL = MICROKERNEL | IRQP_STEP_IRQS_OFF, LONG_CALL = MICROKERNEL_OPEN | IRQP_STEP_IRQS_OFF };

/* ---- crossings (facts, sections 7.1 and 7.2) ---- */

// clang-format off
static const struct irqp_step syscall_enter[] = {
    {.name = "system call: exception into the microkernel and to the guest kernel", .cost = P_EXCEPTION, .flags = CALL | IRQP_STEP_PREEMPT_OFF},
    {.name = "guest kernel: refill of TLB and caches", .cost = P_KERNEL_REFILL, .flags = CRITICAL | PLATFORM},
    END,
};

static const struct irqp_step user_return[] = {
    {.name = "resume: fill the state page", .cost = P_STATE_PAGE, .flags = CRITICAL | PLATFORM},
    {.name = "resume call", .cost = P_RESUME, .flags = CALL | IRQP_STEP_PREEMPT_OFF | IRQP_STEP_RESTORES, .effect = IRQP_EFFECT_TEST, .argument = ATTENTION_PENDING | IN_RESUME_TO_USER},
    {.name = "resume: address space of the user task", .cost = P_RESUME_SPACE, .flags = MICROKERNEL},
    {.name = "user task: refill of TLB and caches", .cost = P_USER_REFILL, .flags = USER | PLATFORM},
    END,
};

static const struct irqp_step fault_return[] = {
    {.name = "resume: map the page", .cost = P_MAP, .flags = CALL | IRQP_STEP_PREEMPT_OFF},
    {.fragment = USER_RETURN},
    END,
};

static const struct irqp_step context_switch[] = {
    {.name = "context switch: call for the segment descriptors", .cost = P_GDT_CALL, .flags = CALL},
    END,
};

static const struct irqp_step switch_tail[] = {
    {.name = "context switch: cold lines of the new task", .cost = P_COLD_SWITCH, .flags = KERNEL | PLATFORM},
    {.name = "unexplained: switch", .cost = P_SWITCH_UNEXPLAINED, .flags = KERNEL | PLATFORM},
    END,
};

static const struct irqp_step idle_wait[] = {
    {.name = "idle: call open receive", .cost = P_WAIT_CALL, .flags = CALL | IRQP_STEP_PREEMPT_OFF, .effect = E_WAIT_OPEN},
    END,
};

/* ---- address spaces (facts, section 5) ---- */

static const struct irqp_step create_space[] = {{.name = "create the task", .cost = P_TASK_CREATE, .flags = CALL}, END};

static const struct irqp_step unmap_page[] = {{.name = "unmap call", .cost = P_UNMAP, .flags = CALL}, END};

#define DELETE_STEPS(enter, open)                                                                            \
    {.name = "delete: enter, object and locks", .cost = P_DESTROY_ENTER, .flags = enter},                    \
        {.name = "delete: constant part", .cost = REGISTER(REG_BASE), .flags = open},                        \
        {.name = "delete: scan page directory and tables", .cost = REGISTER(REG_SCAN), .flags = open},       \
        {.name = "delete: revoke mapped pages", .cost = REGISTER(REG_PAGES), .flags = open},                 \
    {                                                                                                        \
        .name = "delete: return page tables", .cost = REGISTER(REG_TABLES), .flags = open                    \
    }

static const struct irqp_step destroy_inline[] = {
    {.name = "delete: call", .flags = IRQS_OFF, .effect = E_DESTROY_BEGIN},
    DELETE_STEPS(CALL, LONG_CALL),
    {.name = "delete: return", .cost = P_MK_IRET, .flags = CALL},
    END,
};

static const struct irqp_step destroy_by_helper[] = {
    {.name = "helper: hand over the dead task", .cost = P_HELPER_POST, .flags = CALL, .effect = E_HELPER_POST},
    {.name = "helper: is it done", .flags = IRQS_OFF, .effect = E_IF_HELPER_DONE, .to = "done", .label = "wait"},
    {.name = "helper: call open receive", .cost = P_WAIT_CALL, .flags = CALL, .effect = E_WAIT_OPEN},
    {.name = "helper: woken", .flags = KERNEL, .effect = IRQP_EFFECT_GOTO, .to = "wait"},
    {.name = "helper: done", .flags = IRQS_OFF, .label = "done"},
    END,
};

static const struct irqp_step helper[] = {
    {.name = "helper: next dead task", .flags = MICROKERNEL_OPEN, .effect = E_HELPER_NEXT, .label = "next"},
    DELETE_STEPS(MICROKERNEL, MICROKERNEL_OPEN),
    {.name = "helper: trigger the completion", .cost = P_HELPER_DONE, .flags = MICROKERNEL, .effect = E_HELPER_COMPLETE},
    {.name = "helper: loop", .flags = MICROKERNEL_OPEN, .effect = IRQP_EFFECT_GOTO, .to = "next"},
    END,
};

static const struct irqp_step helper_done_handler[] = {
    {.name = "helper's completion: wake the requester", .cost = P_THREAD_WAKE, .flags = CRITICAL, .effect = IRQP_EFFECT_POP},
    END,
};

/* ---- the front: from the vector to the delivery decision (facts, section 2, F3 to F5) ---- */

static const struct irqp_step front_enter[] = {
    {.name = "microkernel: interrupt entry", .cost = P_MK_ENTRY, .flags = MICROKERNEL},
    {.name = "microkernel: IRQ object", .cost = P_MK_OBJECT, .flags = MICROKERNEL},
    END,
};

/* An edge that hits while its object is still queued is merged, and masks its line. */
static const struct irqp_step front_merge[] = {
    {.name = "microkernel: is it queued already", .flags = MICROKERNEL, .effect = E_IF_NOT_QUEUED, .to = "fresh"},
    {.name = "microkernel: mask the line, hit again while queued", .cost = P_IOAPIC_MASK, .flags = MICROKERNEL, .effect = E_MASK_LINE},
    {.name = "microkernel: object is ready for delivery", .flags = MICROKERNEL, .label = "fresh"},
    END,
};

static const struct irqp_step front_decide[] = {
    {.fragment = ACKNOWLEDGE, .flags = MICROKERNEL},
    {.name = "cold lines: microkernel front", .cost = P_MK_FRONT_MISSES, .flags = MICROKERNEL},
    {.name = "microkernel: delivery decision", .cost = P_MK_DECIDE, .flags = MICROKERNEL, .effect = E_DELIVER},
    {.name = "microkernel: return to what was interrupted", .cost = P_MK_IRET, .flags = MICROKERNEL, .effect = IRQP_EFFECT_POP},
    END,
};

static const struct irqp_step tick_handler[] = {
    {.name = "microkernel: interrupt entry", .cost = P_MK_ENTRY, .flags = MICROKERNEL},
    {.fragment = ACKNOWLEDGE, .flags = MICROKERNEL},
    {.name = "microkernel: tick", .cost = P_MK_TICK, .flags = MICROKERNEL, .effect = E_MICROKERNEL_TICK},
    {.name = "microkernel: return to what was interrupted", .cost = P_MK_IRET, .flags = MICROKERNEL},
    {.name = "cold lines: refill after the tick", .cost = P_MK_TICK_REFILL, .flags = MICROKERNEL, .effect = IRQP_EFFECT_POP},
    END,
};

/* ---- delivery (facts, sections 2a to 2d) ---- */

#define UPCALL   (CALL | IRQP_STEP_PREEMPT_OFF)
#define HANDLING (CRITICAL | PLATFORM)

/* What every route ends with: the guest's handler for the label. */
#define HANDLE_LABEL                                                                                         \
    {.name = "cold lines: guest handler", .cost = P_HANDLER_MISSES, .flags = HANDLING},                      \
        {.name = "unexplained: delivery", .cost = P_DELIVERY_UNEXPLAINED, .flags = HANDLING},                \
        {.name = "do_IRQ", .flags = CRITICAL, .effect = E_PUSH_HANDLER},                                     \
    {                                                                                                        \
        .name = "leave hard interrupt context", .cost = P_IRQ_EXIT, .flags = CRITICAL, .effect = E_IRQ_EXIT  \
    }

#define GUEST_ENTRY_STEP                                                                                     \
    {                                                                                                        \
        .name = "guest entry: state page to registers, label to interrupt", .cost = P_GUEST_ENTRY,           \
        .flags = HANDLING                                                                                    \
    }

static const struct irqp_step upcall_from_user[] = {
    {.name = "upcall: spill user state, enter kernel mode", .cost = P_MK_ENTER_KERNEL, .flags = UPCALL},
    {.name = "upcall: address space of the guest kernel", .cost = P_SPACE_SWITCH, .flags = UPCALL},
    {.name = "cold lines: address-space switch", .cost = P_MK_SPACE_MISSES, .flags = UPCALL},
    {.name = "upcall: copy state, leave to the entry point", .cost = P_MK_STATE_COPY, .flags = UPCALL},
    {.name = "cold lines: upcall", .cost = P_MK_UPCALL_MISSES, .flags = UPCALL},
    GUEST_ENTRY_STEP,
    HANDLE_LABEL,
    {.fragment = USER_RETURN},
    {.name = "user task: continues", .flags = USER, .effect = IRQP_EFFECT_POP},
    END,
};

static const struct irqp_step upcall_from_kernel[] = {
    {.name = "upcall: save state, enter kernel mode", .cost = P_MK_ENTER_KERNEL, .flags = UPCALL},
    {.name = "upcall: copy state, leave to the entry point", .cost = P_MK_STATE_COPY, .flags = UPCALL},
    {.name = "cold lines: upcall", .cost = P_MK_UPCALL_MISSES, .flags = UPCALL},
    GUEST_ENTRY_STEP,
    HANDLE_LABEL,
    {.name = "resume call to the interrupted kernel code", .cost = P_SELF_RESUME, .flags = UPCALL | IRQP_STEP_RESTORES, .effect = IRQP_EFFECT_TEST, .argument = ATTENTION_PENDING | IN_RESUME_TO_KERNEL},
    {.name = "guest kernel: continues", .flags = MICROKERNEL, .effect = IRQP_EFFECT_POP},
    END,
};

/* A receive of something queued: the label, the line unmasked if a merged edge had masked it. It jumps to "handle". */
#define TAKE_LABEL(name_)                                                                                    \
    {.name = name_, .cost = P_RECEIVE_CALL, .flags = UPCALL},                                                \
        {.name = "cold lines: receive call", .cost = P_RECEIVE_MISSES, .flags = UPCALL, .effect = E_DEQUEUE, .to = "handle"}, \
    {                                                                                                        \
        .name = "pending: unmask the line", .cost = P_IOAPIC_UNMASK, .flags = UPCALL, .effect = E_UNMASK_DEQUEUED \
    }

// clang-format off
/* The guest enabled its interrupts and found the pending bit set: one call per pending source (2c.4). The test
 * for more stands behind it, put there by the linker. */
static const struct irqp_step deferred[] = {
    {.name = "pending: clear the flag, prepare a receive", .cost = P_RECEIVE_PREPARE, .flags = HANDLING},
    TAKE_LABEL("pending: receive call, timeout 0"),
    {.name = "pending: label in hand", .flags = HANDLING, .label = "handle"},
    HANDLE_LABEL,
    {.name = "pending: interrupts on again", .flags = PREEMPT_OFF, .effect = IRQP_EFFECT_POP},
    END,
};

/* The same inside a resume call, which enters the guest kernel instead (2c.5). */
#define RESUME_RECEIVE                                                                                       \
    TAKE_LABEL("resume finds something pending: receive"),                                                   \
        {.name = "guest entry: state page to registers, label to interrupt", .cost = P_GUEST_ENTRY, .flags = HANDLING, .label = "handle"}, \
        HANDLE_LABEL

static const struct irqp_step resume_receive_user[] = {
    RESUME_RECEIVE,
    {.name = "resume: fill the state page", .cost = P_STATE_PAGE, .flags = HANDLING},
    {.name = "resume call", .cost = P_RESUME, .flags = UPCALL | IRQP_STEP_RESTORES, .effect = IRQP_EFFECT_TEST, .argument = ATTENTION_PENDING | IN_RESUME_TO_USER},
    {.name = "resume: continues", .flags = MICROKERNEL, .effect = IRQP_EFFECT_POP},
    END,
};

static const struct irqp_step resume_receive_kernel[] = {
    RESUME_RECEIVE,
    {.name = "resume call to the interrupted kernel code", .cost = P_SELF_RESUME, .flags = UPCALL | IRQP_STEP_RESTORES, .effect = IRQP_EFFECT_TEST, .argument = ATTENTION_PENDING | IN_RESUME_TO_KERNEL},
    {.name = "guest kernel: continues", .flags = MICROKERNEL, .effect = IRQP_EFFECT_POP},
    END,
};

/* The vCPU was blocked in an open receive: direct switch, the receive returns the label (2d). */
#define WAIT_RETURNS                                                                                         \
    {.name = "receive returns the label", .cost = P_WAIT_RETURN, .flags = UPCALL}, HANDLE_LABEL,             \
    {                                                                                                        \
        .name = "receive: handled", .flags = CRITICAL, .effect = IRQP_EFFECT_POP                             \
    }

static const struct irqp_step wake_from_idle[] = {
    {.name = "direct switch to the vCPU", .cost = P_THREAD_SWITCH, .flags = UPCALL},
    {.name = "upcall: address space of the guest kernel", .cost = P_SPACE_SWITCH, .flags = UPCALL},
    {.name = "cold lines: address-space switch", .cost = P_MK_SPACE_MISSES, .flags = UPCALL},
    WAIT_RETURNS,
    END,
};

static const struct irqp_step wake_from_thread[] = {
    {.name = "direct switch to the vCPU", .cost = P_THREAD_SWITCH, .flags = UPCALL},
    WAIT_RETURNS,
    END,
};

/* Something better runs: whoever switches to the vCPU later pays for that. */
static const struct irqp_step wake_later[] = {
    WAIT_RETURNS,
    END,
};

static const struct irqp_step receive_at_once[] = {
    TAKE_LABEL("open receive: something is queued"),
    {.name = "receive returns the label", .flags = UPCALL, .label = "handle"},
    HANDLE_LABEL,
    {.name = "receive: handled", .flags = CRITICAL, .effect = IRQP_EFFECT_POP},
    END,
};

/* ---- threads of the microkernel ---- */

static const struct irqp_step microkernel_idle[] = {
    {.name = "microkernel: idle, halt", .cost = IRQP_COST_FOREVER, .flags = IRQP_MODE_IDLE | PLATFORM, .label = "halt"},
    {.name = "microkernel: idle", .flags = IRQP_MODE_IDLE | PLATFORM, .effect = IRQP_EFFECT_GOTO, .to = "halt"},
    END,
};

static const struct irqp_step microkernel_switch[] = {
    {.name = "microkernel: thread switch", .cost = P_THREAD_SWITCH, .flags = MICROKERNEL, .effect = IRQP_EFFECT_POP},
    END,
};

static const struct irqp_step microkernel_switch_space[] = {
    {.name = "microkernel: thread switch", .cost = P_THREAD_SWITCH, .flags = MICROKERNEL},
    {.name = "microkernel: address space of the thread", .cost = P_SPACE_SWITCH, .flags = MICROKERNEL},
    {.name = "cold lines: address-space switch", .cost = P_MK_SPACE_MISSES, .flags = MICROKERNEL, .effect = IRQP_EFFECT_POP},
    END,
};

/* ---- the guest's side ---- */

static const struct irqp_step enable[] = {
    {.name = "interrupts on: set the flag, test pending", .cost = P_ENABLE, .flags = KERNEL | PLATFORM, .effect = IRQP_EFFECT_TEST, .argument = ATTENTION_PENDING},
    END,
};

static const struct irqp_step nothing[] = {END};

/* A level-triggered line needs the guest's call; the controller's own step follows inside it. */
static const struct irqp_step unmask_call[] = {
    {.name = "unmask call", .cost = P_UNMASK_CALL, .flags = CALL},
    {.fragment = UNMASK_AT_CONTROLLER, .flags = CALL},
    END,
};
// clang-format on

static void rules(const struct machine *machine, struct irqp_platform_rules *rules)
{
    rules->physical = false;
    rules->pending_bit = ATTENTION_PENDING;
    rules->enable = enable;
    rules->fragments[SYSCALL_ENTER] = syscall_enter;
    rules->fragments[SYSCALL_EXIT] = user_return;
    rules->fragments[USER_RETURN] = user_return;
    rules->fragments[FAULT_ENTER] = syscall_enter;
    rules->fragments[FAULT_EXIT] = fault_return;
    rules->fragments[CONTEXT_SWITCH] = context_switch;
    rules->fragments[SWITCH_TAIL] = switch_tail;
    rules->fragments[IDLE_WAIT] = idle_wait;
    rules->fragments[CREATE_SPACE] = create_space;
    rules->fragments[DESTROY_SPACE] = machine->helper ? destroy_by_helper : destroy_inline;
    rules->fragments[UNMAP_PAGE] = unmap_page;
    rules->fragments[UNMASK_DISK] = machine->wiring[LINE_DISK].trigger == LEVEL ? unmask_call : nothing;
    rules->fragments[UNMASK_AT_CONTROLLER] = lines_unmask_steps(machine->wiring[LINE_DISK]);
}

static void link_front(const struct machine *machine, struct irqp_linker *linker, enum line line,
                       uint16_t path, const char *name)
{
    bool edge = machine->wiring[line].trigger == EDGE;
    irqp_linker_set_fragment(linker, ACKNOWLEDGE, lines_acknowledge(machine->wiring[line]));
    irqp_link(linker, path, IRQP_PATH_FREE, name, "the front, on the stack of whoever runs",
              edge ? (const struct irqp_step *const[]){front_enter, front_merge, front_decide, NULL}
                   : (const struct irqp_step *const[]){front_enter, front_decide, NULL, NULL});
}

static void link_one(struct irqp_linker *linker, uint16_t path, enum irqp_path_kind kind, const char *name,
                     const char *doc, const struct irqp_step *steps)
{
    irqp_link(linker, path, kind, name, doc, (const struct irqp_step *const[]){steps, NULL});
}

static void link_platform(const struct machine *machine, struct irqp_linker *linker)
{
    link_front(machine, linker, LINE_TIMER, PATH_TIMER_ENTRY, "microkernel: timer interrupt");
    link_front(machine, linker, LINE_DISK, PATH_DISK_ENTRY, "microkernel: disk interrupt");
    irqp_linker_set_fragment(linker, ACKNOWLEDGE, lines_acknowledge(machine->wiring[LINE_TICK]));
    link_one(linker, PATH_TICK_ENTRY, IRQP_PATH_FREE, "microkernel: tick", "the guest never sees it",
             tick_handler);

    link_one(linker, PATH_UPCALL_FROM_USER, IRQP_PATH_FREE, "upcall: vCPU in user mode",
             "decision 4, the interrupted task is in user mode", upcall_from_user);
    link_one(linker, PATH_UPCALL_FROM_KERNEL, IRQP_PATH_FREE, "upcall: vCPU in kernel mode",
             "decision 4, the guest kernel is interrupted with its interrupts on", upcall_from_kernel);
    link_one(linker, PATH_DEFERRED, IRQP_PATH_NESTED, "deferred delivery",
             "decision 5, after the guest enabled its interrupts; once for each pending source", deferred);
    link_one(linker, PATH_RESUME_RECEIVE_USER, IRQP_PATH_FREE,
             "deferred delivery inside a resume to user mode", NULL, resume_receive_user);
    link_one(linker, PATH_RESUME_RECEIVE_KERNEL, IRQP_PATH_FREE,
             "deferred delivery inside a resume to kernel mode", NULL, resume_receive_kernel);
    link_one(linker, PATH_WAKE_FROM_IDLE, IRQP_PATH_NESTED,
             "delivery to the vCPU blocked in an open receive, idle", "decision 1", wake_from_idle);
    link_one(linker, PATH_WAKE_FROM_THREAD, IRQP_PATH_NESTED,
             "delivery to the vCPU blocked in an open receive, helper running", "decision 1",
             wake_from_thread);
    link_one(linker, PATH_WAKE_LATER, IRQP_PATH_NESTED,
             "delivery to the vCPU blocked in an open receive, a better thread running", "decision 1",
             wake_later);
    link_one(linker, PATH_RECEIVE_AT_ONCE, IRQP_PATH_NESTED, "open receive that finds something queued", NULL,
             receive_at_once);
    link_one(linker, PATH_HELPER_DONE_HANDLER, IRQP_PATH_NESTED, "guest: completion of the helper", NULL,
             helper_done_handler);
    link_one(linker, PATH_MICROKERNEL_IDLE, IRQP_PATH_FREE, "microkernel: idle thread", NULL,
             microkernel_idle);
    link_one(linker, PATH_MICROKERNEL_SWITCH, IRQP_PATH_FREE, "microkernel: switch to a thread", NULL,
             microkernel_switch);
    link_one(linker, PATH_MICROKERNEL_SWITCH_SPACE, IRQP_PATH_FREE,
             "microkernel: switch to a thread of another task", NULL, microkernel_switch_space);
    link_one(linker, PATH_HELPER, IRQP_PATH_FREE, "helper thread: destroys tasks",
             "below the vCPU, which waits in an open receive", helper);
}

static void accept_line(struct irqp_cpu *cpu, unsigned line)
{
    struct run *run = run_of(cpu);
    static const uint16_t entries[LINES] = {[LINE_SMI] = PATH_SMI,
                                            [LINE_TICK] = PATH_TICK_ENTRY,
                                            [LINE_TIMER] = PATH_TIMER_ENTRY,
                                            [LINE_DISK] = PATH_DISK_ENTRY};
    irqp_push(cpu, cpu->thread, entries[line], wakeup_activity(run, line));
}

static void attend(struct irqp_cpu *cpu, uint16_t bits)
{
    if (!(bits & ATTENTION_PENDING)) {
        guest_schedule(run_of(cpu));
        return;
    }
    uint16_t path = bits & IN_RESUME_TO_USER     ? PATH_RESUME_RECEIVE_USER
                    : bits & IN_RESUME_TO_KERNEL ? PATH_RESUME_RECEIVE_KERNEL
                                                 : PATH_DEFERRED;
    irqp_push_again(cpu, cpu->thread, path, ACTIVITY_DEFERRED);
}

const struct platform platform_rehosted = {
    .name = "rehosted",
    .rehosted = true,
    .rules = rules,
    .link = link_platform,
    .accept = accept_line,
    .attend = attend,
};
