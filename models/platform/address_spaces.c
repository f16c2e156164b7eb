/* Address spaces of a rehosted guest: creation of tasks, and who destroys them (facts, section 5).
 *
 * A call site of DESTROY_SPACE is the guest's: the RCU thread, the next task in finish_task_switch
 * (preemption off), or whoever executes a new image. What the fragment does is the design's: delete in one
 * call, in parts, or later in a batch; or hand over to a thread, and let the Linux context sleep (H1) or the
 * vCPU wait in an open receive (H2).
 */
#include "models/run.h"
#include "rehosted.h"

#define END IRQP_END

// clang-format off
#define DELETE_REVOKE(open)                                                                                  \
    {.name = "delete: constant part", .cost = REGISTER(REG_BASE), .flags = open},                            \
        {.name = "delete: scan page directory and tables", .cost = REGISTER(REG_SCAN), .flags = open},       \
    {                                                                                                        \
        .name = "delete: revoke mapped pages", .cost = REGISTER(REG_PAGES), .flags = open                    \
    }

#define DELETE_RETURN(open)                                                                                  \
    {                                                                                                        \
        .name = "delete: return page tables", .cost = REGISTER(REG_TABLES), .flags = open                    \
    }

#define DELETE_ENTER(enter) {.name = "delete: enter, object and locks", .cost = P_DESTROY_ENTER, .flags = enter}

static const struct irqp_step nothing[] = {END};

static const struct irqp_step grace_period[] = {{.name = "delete: wait for a grace period", .effect = E_WAIT_GRACE}, END};

/* ---- virtual interrupts in calls (design.virq_in_calls) ---- */

/* With one message buffer, upcalls have to stay out of it until the call has returned. */
#define RESTORE_FLAG                                                                                         \
    {                                                                                                        \
        .name = "call returns: message buffer free, restore the flag", .flags = IRQS_OFF                     \
    }

/* With two they stay on; what comes while a call has opened the lock takes effect when it returns. */
#define TAKE_UPCALL                                                                                          \
    {                                                                                                        \
        .name = "call returns: is an upcall installed", .flags = MICROKERNEL, .effect = E_CALL_RETURNS       \
    }

/* ---- creation ---- */

#define CREATE(call)                                                                                         \
    {                                                                                                        \
        .name = "create the task", .cost = P_TASK_CREATE, .flags = call                                      \
    }
static const struct irqp_step create_call[] = {CREATE(CALL), RESTORE_FLAG, END};
static const struct irqp_step create_call_open[] = {CREATE(MICROKERNEL), END};

static const struct irqp_step create_space[] = {{.fragment = CREATE_CALL, .flags = KERNEL}, END};

/* With a backlog bound: who makes a task waits while too many dead ones do. */
static const struct irqp_step create_space_bounded[] = {
    {.name = "create the task: wait while too many are dead", .flags = KERNEL, .effect = E_BLOCK, .argument = WAIT_BACKLOG},
    {.fragment = CREATE_CALL, .flags = KERNEL},
    END,
};

static const struct irqp_step create_space_boosting[] = {
    {.name = "create the task: are too many dead", .flags = KERNEL, .effect = E_IF_FEW_DEAD, .to = "few"},
    {.name = "helper: call to raise its priority", .cost = P_PRIORITY_CALL, .flags = CALL, .effect = E_HELPER_BOOST},
    {.name = "helper: its priority is raised", .flags = IRQS_OFF},
    {.fragment = CREATE_CALL, .flags = KERNEL, .label = "few"},
    END,
};

/* ---- inline: the vCPU is deaf for the whole of it ---- */

static const struct irqp_step destroy_inline[] = {
    {.name = "delete: call", .flags = IRQS_OFF, .effect = E_DESTROY_BEGIN},
    DELETE_ENTER(CALL),
    DELETE_REVOKE(LONG_CALL),
    {.fragment = GRACE_PERIOD, .flags = LONG_CALL},
    DELETE_RETURN(LONG_CALL),
    {.name = "delete: return", .cost = P_MK_IRET, .flags = CALL},
    RESTORE_FLAG,
    END,
};

static const struct irqp_step destroy_inline_open[] = {
    {.name = "delete: call", .flags = KERNEL, .effect = E_DESTROY_BEGIN},
    DELETE_ENTER(MICROKERNEL),
    DELETE_REVOKE(MICROKERNEL_OPEN),
    {.fragment = GRACE_PERIOD, .flags = MICROKERNEL_OPEN},
    DELETE_RETURN(MICROKERNEL_OPEN),
    {.name = "delete: return", .cost = P_MK_IRET, .flags = MICROKERNEL},
    TAKE_UPCALL,
    END,
};

/* ---- in parts: where an interrupt is pending at a preemption point, the call returns and is made again ---- */

static const struct irqp_step destroy_in_parts[] = {
    {.name = "delete: call", .flags = IRQS_OFF, .effect = E_DESTROY_BEGIN},
    {.name = "delete: enter, object and locks", .cost = P_DESTROY_ENTER, .flags = CALL, .label = "enter"},
    {.name = "delete: how far to the next preemption point", .flags = LONG_CALL, .effect = E_NEXT_PART, .label = "part"},
    {.name = "delete: scan, revoke and return, in part", .cost = REGISTER(REG_PART), .flags = LONG_CALL},
    {.name = "delete: is it complete", .flags = LONG_CALL, .effect = E_IF_DESTROYED, .to = "complete"},
    {.name = "delete: preemption point", .flags = LONG_CALL, .effect = E_IF_NOT_PENDING, .to = "part"},
    {.name = "delete: return before the end", .cost = P_MK_IRET, .flags = CALL},
    {.name = "delete: call again", .flags = KERNEL, .effect = IRQP_EFFECT_GOTO, .to = "enter"},
    {.fragment = GRACE_PERIOD, .flags = LONG_CALL, .label = "complete"},
    {.name = "delete: return", .cost = P_MK_IRET, .flags = CALL},
    END,
};

/* ---- set aside: a batch in one call with one grace period, or one by one when idle ---- */

static const struct irqp_step destroy_later[] = {
    {.name = "delete: set the dead task aside", .flags = IRQS_OFF, .effect = E_DEFER},
    {.name = "delete: is the batch complete", .flags = IRQS_OFF, .effect = E_IF_BATCH_INCOMPLETE, .to = "done"},
    DELETE_ENTER(CALL),
    {.name = "delete: next of the batch", .flags = LONG_CALL, .effect = E_BATCH_NEXT, .label = "next"},
    DELETE_REVOKE(LONG_CALL),
    DELETE_RETURN(LONG_CALL),
    {.name = "delete: more of the batch", .flags = LONG_CALL, .effect = E_IF_MORE_DEAD, .to = "next"},
    {.fragment = GRACE_PERIOD, .flags = LONG_CALL},
    {.name = "delete: return", .cost = P_MK_IRET, .flags = CALL},
    {.name = "delete: set aside or done", .flags = IRQS_OFF, .label = "done"},
    END,
};

#define IDLE_CALL      (CALL | IRQP_STEP_PREEMPT_OFF)
#define IDLE_LONG_CALL (LONG_CALL | IRQP_STEP_PREEMPT_OFF)

static const struct irqp_step idle_wait_deleting[] = {
    {.name = "idle: is a dead task set aside", .flags = CRITICAL, .effect = E_IF_NONE_DEAD, .to = "wait"},
    DELETE_ENTER(IDLE_CALL),
    {.name = "delete: next of the batch", .flags = IDLE_LONG_CALL, .effect = E_BATCH_NEXT},
    DELETE_REVOKE(IDLE_LONG_CALL),
    {.fragment = GRACE_PERIOD, .flags = IDLE_LONG_CALL},
    DELETE_RETURN(IDLE_LONG_CALL),
    {.name = "delete: return", .cost = P_MK_IRET, .flags = IDLE_CALL, .effect = IRQP_EFFECT_GOTO, .to = "look"},
    {.fragment = UNMASK_NOTED, .flags = IDLE_CALL, .label = "wait"},
    {.name = "idle: call open receive", .cost = P_WAIT_CALL, .flags = IDLE_CALL, .effect = E_WAIT_OPEN},
    {.name = "idle: look again", .flags = CRITICAL, .label = "look"},
    END,
};

/* ---- the helper thread ---- */

/* H2: the vCPU waits in an open receive; any interrupt wakes it. Hand-over and wait are one call to the
 * helper (send and wait), so that one of equal priority finds the vCPU blocked. */
static const struct irqp_step destroy_by_helper[] = {
    {.name = "helper: hand over the dead task", .cost = P_HELPER_POST, .flags = CALL, .effect = E_HELPER_POST},
    {.name = "helper: is it done", .flags = IRQS_OFF, .effect = E_IF_HELPER_DONE, .to = "done", .label = "wait"},
    {.fragment = UNMASK_NOTED, .flags = CALL},
    {.name = "helper: call open receive", .cost = P_WAIT_CALL, .flags = CALL, .effect = E_WAIT_OPEN},
    {.name = "helper: woken", .flags = KERNEL, .effect = IRQP_EFFECT_GOTO, .to = "wait"},
    {.name = "helper: done", .flags = IRQS_OFF, .label = "done"},
    END,
};

/* H1: the Linux context sleeps on a completion; Linux schedules others. */
#define SLEEP_ON_COMPLETION                                                                                  \
    {.name = "helper: prepare to wait", .cost = P_BLOCK_WORK, .flags = KERNEL},                              \
    {                                                                                                        \
        .name = "helper: wait for the completion", .flags = KERNEL, .effect = E_BLOCK,                       \
        .argument = WAIT_DESTRUCTION                                                                         \
    }

static const struct irqp_step destroy_and_sleep[] = {
    {.name = "helper: put the dead task into the ring, trigger its IRQ object", .cost = P_HELPER_POST, .flags = CALL, .effect = E_HELPER_TRIGGER},
    {.name = "helper: triggered", .flags = IRQS_OFF},
    SLEEP_ON_COMPLETION,
    END,
};

static const struct irqp_step destroy_elsewhere[] = {
    {.name = "other processor: put the dead task into the ring, trigger the IRQ object", .cost = P_HELPER_POST, .flags = CALL},
    {.name = "other processor: post the request, send the interrupt", .cost = P_REMOTE_POST, .flags = CALL, .effect = E_REMOTE_POST},
    SLEEP_ON_COMPLETION,
    END,
};

static const struct irqp_step helper[] = {
    {.name = "helper: next dead task", .flags = MICROKERNEL_OPEN, .effect = E_HELPER_NEXT, .label = "next"},
    DELETE_ENTER(MICROKERNEL),
    DELETE_REVOKE(MICROKERNEL_OPEN),
    {.fragment = GRACE_PERIOD, .flags = MICROKERNEL_OPEN},
    DELETE_RETURN(MICROKERNEL_OPEN),
    {.name = "helper: trigger the completion", .cost = P_HELPER_DONE, .flags = MICROKERNEL, .effect = E_HELPER_COMPLETE},
    {.name = "helper: loop", .flags = MICROKERNEL_OPEN, .effect = IRQP_EFFECT_GOTO, .to = "next"},
    END,
};

static const struct irqp_step helper_done_handler[] = {
    {.name = "helper's completion: wake the requester", .cost = P_THREAD_WAKE, .flags = CRITICAL, .effect = IRQP_EFFECT_POP},
    END,
};

static const struct irqp_step completion_handler[] = {
    {.name = "helper's completion: wake the requester", .cost = P_THREAD_WAKE, .flags = CRITICAL, .effect = E_COMPLETION_WAKE},
    {.name = "helper's completion: handled", .flags = CRITICAL, .effect = IRQP_EFFECT_POP},
    END,
};

/* The other processor's interrupt: a request to deliver the IRQ object here (facts, section 9.1). */
static const struct irqp_step remote_request[] = {
    {.name = "microkernel: interrupt entry", .cost = P_MK_ENTRY, .flags = MICROKERNEL},
    {.name = "end of interrupt at the local APIC", .cost = P_LAPIC_EOI, .flags = MICROKERNEL},
    {.name = "cold lines: microkernel front", .cost = P_MK_FRONT_MISSES, .flags = MICROKERNEL},
    {.name = "microkernel: take the other processor's request", .cost = P_REMOTE_TAKE, .flags = MICROKERNEL},
    {.name = "microkernel: delivery decision", .cost = P_MK_DECIDE, .flags = MICROKERNEL, .effect = E_DELIVER},
    {.name = "microkernel: return to what was interrupted", .cost = P_MK_IRET, .flags = MICROKERNEL, .effect = IRQP_EFFECT_POP},
    END,
};

/* ---- pages, while the address space lives ---- */

static const struct irqp_step unmap_page[] = {{.name = "unmap call", .cost = P_UNMAP, .flags = CALL}, RESTORE_FLAG, END};
static const struct irqp_step unmap_page_open[] = {{.name = "unmap call", .cost = P_UNMAP, .flags = MICROKERNEL}, END};

/* One call for several entries, merged; the first page is part of the call. */
static const struct irqp_step unmap_in_batches[] = {
    {.name = "unmap: is there room in the log", .flags = KERNEL, .effect = E_IF_LOG_OPEN, .to = "logged"},
    {.name = "unmap: take the log", .flags = IRQS_OFF, .effect = E_UNMAP_LENGTH},
    {.name = "unmap call", .cost = P_UNMAP, .flags = CALL},
    {.name = "unmap call: further pages", .cost = REGISTER(REG_PAGES), .flags = LONG_CALL},
    {.name = "unmap: logged", .flags = KERNEL, .label = "logged"},
    END,
};

static const struct irqp_step unmap_space[] = {
    {.name = "exit_mmap: is anything mapped", .flags = KERNEL, .effect = E_UNMAP_ALL, .to = "done"},
    {.name = "exit_mmap: clear an entry", .flags = KERNEL, .effect = E_UNMAP_ENTRY, .label = "entry"},
    {.fragment = UNMAP_PAGE, .flags = KERNEL},
    {.name = "exit_mmap: next entry", .flags = KERNEL, .effect = E_IF_MORE_ENTRIES, .to = "entry"},
    {.name = "exit_mmap: done", .flags = KERNEL, .label = "done"},
    END,
};
// clang-format on

static const struct irqp_step *destroy_steps(const struct destruction_design *design, bool open)
{
    switch (design->by) {
    case BY_INLINE:
    case BY_PER_PAGE:
        return open ? destroy_inline_open : destroy_inline;
    case BY_HELPER_SLEEP:
        return destroy_and_sleep;
    case BY_HELPER_WAIT:
        return destroy_by_helper;
    case BY_OTHER_CPU:
        return destroy_elsewhere;
    case BY_DEFERRED:
        return destroy_later;
    case BY_CHUNKED:
        return destroy_in_parts;
    }
    return NULL;
}

static bool sleeps(const struct destruction_design *design)
{
    return design->by == BY_HELPER_SLEEP || design->by == BY_OTHER_CPU;
}

static const struct irqp_step *create_steps(const struct destruction_design *design)
{
    if (!sleeps(design) || !design->backlog)
        return create_space;
    return design->boost ? create_space_boosting : create_space_bounded;
}

void address_spaces_rules(const struct machine *machine, struct irqp_platform_rules *rules)
{
    const struct destruction_design *design = &machine->destruction;
    bool open = machine->virq_in_calls;
    rules->fragments[CREATE_CALL] = open ? create_call_open : create_call;
    rules->fragments[CREATE_SPACE] = create_steps(design);
    rules->fragments[DESTROY_SPACE] = destroy_steps(design, open);
    rules->fragments[UNMAP_PAGE] = design->unmap_batch > 1 ? unmap_in_batches
                                   : open                  ? unmap_page_open
                                                           : unmap_page;
    rules->fragments[UNMAP_SPACE] = design->unmapped ? unmap_space : nothing;
    rules->fragments[GRACE_PERIOD] = design->grace_ticks ? grace_period : nothing;
    if (design->by == BY_DEFERRED)
        rules->fragments[IDLE_WAIT] = idle_wait_deleting;
}

void address_spaces_link(const struct machine *machine, struct irqp_linker *linker)
{
    static const char *const docs[] = {[PRIORITY_IS_BELOW] = "below the vCPU in priority",
                                       [PRIORITY_IS_EQUAL] = "of the vCPU's priority",
                                       [PRIORITY_IS_ABOVE] = "above the vCPU in priority"};
    const struct destruction_design *design = &machine->destruction;
    if (design->by == BY_HELPER_WAIT || design->by == BY_HELPER_SLEEP)
        link_path(linker, PATH_HELPER, IRQP_PATH_FREE, "helper thread: destroys tasks",
                  docs[design->priority], helper, NULL, NULL);
    if (design->by == BY_HELPER_WAIT)
        link_path(linker, PATH_HELPER_DONE_HANDLER, IRQP_PATH_NESTED, "guest: completion of the helper",
                  "the vCPU was woken by it; the requester looks for itself", helper_done_handler, NULL,
                  NULL);
    if (sleeps(design))
        link_path(linker, PATH_HELPER_DONE_HANDLER, IRQP_PATH_NESTED, "guest: completion of the helper",
                  "wakes those whose tasks are gone, and those that wait for the backlog", completion_handler,
                  NULL, NULL);
    if (design->by == BY_OTHER_CPU)
        link_path(linker, PATH_REMOTE_ENTRY, IRQP_PATH_FREE,
                  "microkernel: interrupt from the other processor", "it has destroyed a task there",
                  remote_request, NULL, NULL);
}
