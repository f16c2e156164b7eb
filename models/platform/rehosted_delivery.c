/* Rehosted: how an interrupt reaches the guest's handler once the microkernel has decided (facts, sections 2a
 * to 2d): upcall from user or kernel mode, receive of what was queued, return of a blocked receive.
 */
#include "models/run.h"

#define END IRQP_END

// clang-format off
#define UPCALL   (MICROKERNEL | IRQP_STEP_IRQS_OFF | IRQP_STEP_PREEMPT_OFF)
#define HANDLING (CRITICAL | PLATFORM)

/* What every route ends with: the guest's handler for the label. */
#define HANDLE_LABEL \
    {.name = "cold lines: guest handler", .cost = P_HANDLER_MISSES, .flags = HANDLING}, \
        {.name = "unexplained: delivery", .cost = P_DELIVERY_UNEXPLAINED, .flags = HANDLING}, \
        {.name = "do_IRQ", .flags = CRITICAL, .effect = E_PUSH_HANDLER}, \
    { \
        .name = "leave hard interrupt context", .cost = P_IRQ_EXIT, .flags = CRITICAL, .effect = E_IRQ_EXIT \
    }

/* The same for all the labels that a drained queue gave: none may wait while another task runs. */
#define HANDLE_LABELS \
    {.name = "cold lines: guest handler", .cost = P_HANDLER_MISSES, .flags = HANDLING, .label = "next"}, \
        {.name = "unexplained: delivery", .cost = P_DELIVERY_UNEXPLAINED, .flags = HANDLING}, \
        {.name = "do_IRQ", .flags = CRITICAL, .effect = E_PUSH_HANDLER}, \
        {.name = "leave hard interrupt context", .cost = P_IRQ_EXIT, .flags = CRITICAL, .effect = E_IF_LABEL_LEFT, .to = "next"}, \
    { \
        .name = "pending: no label left", .flags = CRITICAL, .effect = E_IRQ_EXIT \
    }

#define GUEST_ENTRY \
    {.fragment = SEGMENT_RELOAD, .flags = HANDLING}, \
    { \
        .name = "guest entry: state page to registers, label to interrupt", .cost = P_GUEST_ENTRY, \
        .flags = HANDLING \
    }

static const struct irqp_step spill_user[] = {
    {.fragment = SPILL_USER_TASK, .flags = UPCALL},
    {.name = "upcall: spill user state, enter kernel mode", .cost = P_MK_ENTER_KERNEL, .flags = UPCALL},
    END,
};

/* Whoever switches to a vCPU that does not run has paid for its address space. */
static const struct irqp_step enter_space[] = {
    {.name = "upcall: address space of the guest kernel", .cost = P_SPACE_SWITCH, .flags = UPCALL},
    {.fragment = KERNEL_WALKS, .flags = UPCALL},
    END,
};

static const struct irqp_step upcall_from_user[] = {
    {.name = "upcall: copy state, leave to the entry point", .cost = P_MK_STATE_COPY, .flags = UPCALL},
    {.name = "cold lines: upcall", .cost = P_MK_UPCALL_MISSES, .flags = UPCALL},
    GUEST_ENTRY,
    HANDLE_LABEL,
    {.fragment = USER_RETURN},
    {.name = "user task: continues", .flags = USER, .effect = IRQP_EFFECT_POP},
    END,
};

static const struct irqp_step upcall_from_kernel[] = {
    {.name = "upcall: save state, enter kernel mode", .cost = P_MK_ENTER_KERNEL, .flags = UPCALL},
    {.name = "upcall: copy state, leave to the entry point", .cost = P_MK_STATE_COPY, .flags = UPCALL},
    {.name = "cold lines: upcall", .cost = P_MK_UPCALL_MISSES, .flags = UPCALL},
    GUEST_ENTRY,
    HANDLE_LABEL,
    {.fragment = UNMASK_NOTED, .flags = UPCALL},
    {.name = "resume call to the interrupted kernel code", .cost = P_SELF_RESUME, .flags = UPCALL | IRQP_STEP_RESTORES, .effect = IRQP_EFFECT_TEST, .argument = ATTENTION_PENDING | IN_RESUME_TO_KERNEL},
    {.name = "guest kernel: continues", .flags = MICROKERNEL, .effect = IRQP_EFFECT_POP},
    END,
};

/* ---- what is pending (design.pending_check) ---- */

#define IN_HAND \
    { \
        .name = "pending: label in hand", .flags = HANDLING, .label = "handle" \
    }
#define UNMASK_MERGED \
    { \
        .name = "pending: unmask the line", .cost = P_IOAPIC_UNMASK, .flags = UPCALL, .effect = E_UNMASK_DEQUEUED \
    }

/* A receive of something queued: the label, the line unmasked if a merged edge had masked it. */
#define TAKE_ONE(call_) \
    {.name = call_, .cost = P_RECEIVE_CALL, .flags = UPCALL}, \
        {.name = "cold lines: receive call", .cost = P_RECEIVE_MISSES, .flags = UPCALL, .effect = E_DEQUEUE, .to = "handle"}, \
        UNMASK_MERGED, IN_HAND

/* One receive for all that is queued. */
#define TAKE_ALL(call_) \
    {.name = call_, .cost = P_RECEIVE_CALL, .flags = UPCALL}, \
        {.name = "cold lines: receive call", .cost = P_RECEIVE_MISSES, .flags = UPCALL, .effect = E_DEQUEUE, .to = "more"}, \
        UNMASK_MERGED, \
        {.name = "pending: is more queued", .flags = UPCALL, .effect = E_IF_NOTHING_QUEUED, .to = "handle", .label = "more"}, \
        {.name = "pending: one label more in the same call", .cost = P_DRAIN_LABEL, .flags = UPCALL, .effect = E_DEQUEUE, .to = "more"}, \
        UNMASK_MERGED, \
        {.name = "pending: is more queued", .flags = UPCALL, .effect = IRQP_EFFECT_GOTO, .to = "more"}, IN_HAND

/* The label stands in the shared page. Only a line that a merged edge had masked needs a call. */
#define TAKE_FROM_RING \
    {.name = "pending: label from the ring", .cost = P_RING_TAKE, .flags = HANDLING, .effect = E_DEQUEUE, .to = "handle"}, \
        {.name = "pending: unmask call", .cost = P_UNMASK_CALL, .flags = UPCALL}, UNMASK_MERGED, IN_HAND

/* The guest enabled its interrupts and found the pending bit set (2c.4). The test for more stands behind it, put
 * there by the linker. */
#define PREPARE \
    { \
        .name = "pending: clear the flag, prepare a receive", .cost = P_RECEIVE_PREPARE, .flags = HANDLING \
    }
static const struct irqp_step pending_one[] = {PREPARE, TAKE_ONE("pending: receive call, timeout 0"), HANDLE_LABEL, END};
static const struct irqp_step pending_all[] = {PREPARE, TAKE_ALL("pending: receive call, timeout 0"), HANDLE_LABELS, END};
static const struct irqp_step pending_ring[] = {TAKE_FROM_RING, HANDLE_LABEL, END};
static const struct irqp_step *const pending[PENDING_CHECKS] = {pending_one, pending_all, pending_ring};

static const struct irqp_step pending_end[] = {
    {.name = "pending: interrupts on again", .flags = PREEMPT_OFF, .effect = IRQP_EFFECT_POP},
    END,
};

/* The same inside a resume call, which enters the guest kernel instead (2c.5). */
#define RESUME_RECEIVE "resume finds something pending: receive"
static const struct irqp_step resume_one[] = {TAKE_ONE(RESUME_RECEIVE), GUEST_ENTRY, HANDLE_LABEL, END};
static const struct irqp_step resume_all[] = {TAKE_ALL(RESUME_RECEIVE), GUEST_ENTRY, HANDLE_LABELS, END};
static const struct irqp_step resume_ring[] = {
    {.name = "resume finds something pending: back to the guest kernel", .cost = P_MK_IRET, .flags = UPCALL},
    GUEST_ENTRY,
    TAKE_FROM_RING,
    HANDLE_LABEL,
    END,
};
static const struct irqp_step *const resume_receive[PENDING_CHECKS] = {resume_one, resume_all, resume_ring};

static const struct irqp_step resume_user_end[] = {
    {.name = "resume: fill the state page", .cost = P_STATE_PAGE, .flags = HANDLING},
    {.fragment = UNMASK_NOTED, .flags = UPCALL},
    {.name = "resume call", .cost = P_RESUME, .flags = UPCALL | IRQP_STEP_RESTORES, .effect = IRQP_EFFECT_TEST, .argument = ATTENTION_PENDING | IN_RESUME_TO_USER},
    {.name = "resume: continues", .flags = MICROKERNEL, .effect = IRQP_EFFECT_POP},
    END,
};

static const struct irqp_step resume_kernel_end[] = {
    {.fragment = UNMASK_NOTED, .flags = UPCALL},
    {.name = "resume call to the interrupted kernel code", .cost = P_SELF_RESUME, .flags = UPCALL | IRQP_STEP_RESTORES, .effect = IRQP_EFFECT_TEST, .argument = ATTENTION_PENDING | IN_RESUME_TO_KERNEL},
    {.name = "guest kernel: continues", .flags = MICROKERNEL, .effect = IRQP_EFFECT_POP},
    END,
};

/* The same in an open receive, which does not block then. */
#define OPEN_RECEIVE "open receive: something is queued"
#define RECEIVED \
    { \
        .name = "receive returns the label", .flags = UPCALL \
    }
static const struct irqp_step at_once_one[] = {TAKE_ONE(OPEN_RECEIVE), RECEIVED, HANDLE_LABEL, END};
static const struct irqp_step at_once_all[] = {TAKE_ALL(OPEN_RECEIVE), RECEIVED, HANDLE_LABELS, END};
static const struct irqp_step at_once_ring[] = {
    {.name = OPEN_RECEIVE, .cost = P_WAIT_RETURN, .flags = UPCALL},
    TAKE_FROM_RING,
    HANDLE_LABEL,
    END,
};
static const struct irqp_step *const at_once[PENDING_CHECKS] = {at_once_one, at_once_all, at_once_ring};

static const struct irqp_step handled[] = {
    {.name = "receive: handled", .flags = CRITICAL, .effect = IRQP_EFFECT_POP},
    END,
};

/* ---- a blocked vCPU ---- */

/* The vCPU was blocked in an open receive: direct switch, the receive returns the label (2d). */
#define WAIT_RETURNS \
    {.name = "receive returns the label", .cost = P_WAIT_RETURN, .flags = UPCALL}, HANDLE_LABEL, \
    { \
        .name = "receive: handled", .flags = CRITICAL, .effect = IRQP_EFFECT_POP \
    }

static const struct irqp_step wake_from_idle[] = {
    {.fragment = SLICE_BEGINS, .flags = UPCALL},
    {.name = "direct switch to the vCPU", .cost = P_THREAD_SWITCH, .flags = UPCALL},
    {.name = "upcall: address space of the guest kernel", .cost = P_SPACE_SWITCH, .flags = UPCALL},
    {.fragment = KERNEL_WALKS, .flags = UPCALL},
    WAIT_RETURNS,
    END,
};

static const struct irqp_step wake_from_thread[] = {
    {.fragment = SLICE_BEGINS, .flags = UPCALL},
    {.name = "direct switch to the vCPU", .cost = P_THREAD_SWITCH, .flags = UPCALL},
    WAIT_RETURNS,
    END,
};

/* Something better runs: whoever switches to the vCPU later pays for that. */
static const struct irqp_step wake_later[] = {
    WAIT_RETURNS,
    END,
};
// clang-format on

void rehosted_link_delivery(const struct machine *machine, struct irqp_linker *linker)
{
    enum pending_check check = machine->pending_check;
    link_path(linker, PATH_UPCALL_FROM_USER, IRQP_PATH_FREE, "upcall: vCPU in user mode",
              "decision 4, the interrupted task is in user mode", spill_user, enter_space, upcall_from_user);
    link_path(linker, PATH_UPCALL_FROM_USER_LATER, IRQP_PATH_FREE,
              "upcall: vCPU in user mode, another thread running",
              "decision 4, taken when the vCPU is switched to", spill_user, upcall_from_user, NULL);
    link_path(linker, PATH_UPCALL_FROM_KERNEL, IRQP_PATH_FREE, "upcall: vCPU in kernel mode",
              "decision 4, the guest kernel is interrupted with its interrupts on", upcall_from_kernel, NULL,
              NULL);
    link_path(linker, PATH_DEFERRED, IRQP_PATH_NESTED, "deferred delivery",
              check == CHECK_PER_SOURCE
                  ? "decision 5, after the guest enabled its interrupts; once for each pending source"
                  : "decision 5, after the guest enabled its interrupts",
              pending[check], pending_end, NULL);
    link_path(linker, PATH_RESUME_RECEIVE_USER, IRQP_PATH_FREE,
              "deferred delivery inside a resume to user mode", NULL, resume_receive[check], resume_user_end,
              NULL);
    link_path(linker, PATH_RESUME_RECEIVE_KERNEL, IRQP_PATH_FREE,
              "deferred delivery inside a resume to kernel mode", NULL, resume_receive[check],
              resume_kernel_end, NULL);
    link_path(linker, PATH_WAKE_FROM_IDLE, IRQP_PATH_NESTED,
              "delivery to the vCPU blocked in an open receive, idle", "decision 1", wake_from_idle, NULL,
              NULL);
    link_path(linker, PATH_WAKE_FROM_THREAD, IRQP_PATH_NESTED,
              "delivery to the vCPU blocked in an open receive, helper running", "decision 1",
              wake_from_thread, NULL, NULL);
    link_path(linker, PATH_WAKE_LATER, IRQP_PATH_NESTED,
              "delivery to the vCPU blocked in an open receive, a better thread running", "decision 1",
              wake_later, NULL, NULL);
    link_path(linker, PATH_RECEIVE_AT_ONCE, IRQP_PATH_NESTED, "open receive that finds something queued",
              NULL, at_once[check], handled, NULL);
}
