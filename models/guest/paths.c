/* The guest's own paths: scheduling, kernel threads, idle. */
#include "models/run.h"

void link_path(struct irqp_linker *linker, uint16_t path, enum irqp_path_kind kind, const char *name,
               const char *doc, const struct irqp_step *a, const struct irqp_step *b,
               const struct irqp_step *c)
{
    const struct irqp_step *parts[] = {a, b, c, NULL};
    irqp_link(linker, path, kind, name, doc, parts);
}

/* ---- schedule(), and the part of it that a new task begins with ---- */

// clang-format off
static const struct irqp_step schedule[] = {
    {.name = "schedule: does the task go on", .flags = CRITICAL, .effect = E_IF_RUNNABLE, .to = "pick"},
    {.name = "schedule: dequeue the task that waits", .cost = P_DEQUEUE, .flags = CRITICAL},
    {.name = "schedule: pick the next task", .cost = P_SCHEDULE, .flags = CRITICAL, .effect = E_PICK, .to = "same", .label = "pick"},
    {.fragment = CONTEXT_SWITCH, .flags = CRITICAL},
    {.name = "context switch: stack and thread state", .cost = P_SWITCH, .flags = CRITICAL, .effect = E_SWITCH_TASK},
    {.fragment = SWITCH_TAIL, .flags = CRITICAL},
    {.name = "finish_task_switch", .cost = P_SWITCH_FINISH, .flags = CRITICAL, .label = "same"},
    {.name = "finish_task_switch: drop what is dead", .flags = PREEMPT_OFF, .effect = E_FINISH_SWITCH},
    {.fragment = RESCHEDULE_POINT, .flags = KERNEL},
    {.name = "schedule: return", .flags = KERNEL, .effect = IRQP_EFFECT_POP},
    IRQP_END,
};

static const struct irqp_step task_start[] = {
    {.fragment = SWITCH_TAIL, .flags = CRITICAL},
    {.name = "finish_task_switch", .cost = P_SWITCH_FINISH, .flags = CRITICAL},
    {.name = "finish_task_switch: drop what is dead", .flags = PREEMPT_OFF, .effect = E_FINISH_SWITCH},
    IRQP_END,
};

static const struct irqp_step user_start[] = {
    {.fragment = CREATE_SPACE, .flags = KERNEL},
    {.name = "new task: ready to return to user mode", .flags = KERNEL},
    {.fragment = SYSCALL_EXIT},
    {.name = "new task: begins", .flags = USER, .effect = IRQP_EFFECT_POP},
    IRQP_END,
};

static const struct irqp_step kernel_start[] = {
    {.name = "new kernel thread: begins", .flags = KERNEL, .effect = IRQP_EFFECT_POP},
    IRQP_END,
};

/* ---- a dead address space ---- */

static const struct irqp_step drop_in_switch[] = {
    {.fragment = DESTROY_SPACE, .flags = PREEMPT_OFF},
    {.name = "finish_task_switch: the address space is gone", .flags = PREEMPT_OFF, .effect = E_DROPPED},
    {.name = "finish_task_switch: continues", .flags = PREEMPT_OFF, .effect = IRQP_EFFECT_POP},
    IRQP_END,
};

static const struct irqp_step rcu_thread[] = {
    {.name = "RCU thread: prepare to wait", .cost = P_BLOCK_WORK, .flags = KERNEL, .label = "wait"},
    {.name = "RCU thread: wait", .flags = KERNEL, .effect = E_BLOCK, .argument = WAIT_RCU},
    {.name = "RCU thread: take a dead address space", .flags = KERNEL, .effect = E_NEXT_DEAD_SPACE},
    {.fragment = DESTROY_SPACE, .flags = KERNEL},
    {.name = "RCU thread: next", .flags = KERNEL, .effect = IRQP_EFFECT_GOTO, .to = "wait"},
    IRQP_END,
};

/* ---- disk: hard part and interrupt thread ---- */

static const struct irqp_step disk_handler[] = {
    {.name = "enter hard interrupt context", .cost = P_IRQ_ENTER, .flags = CRITICAL},
    {.name = "disk interrupt: wake its thread", .cost = P_THREAD_WAKE, .flags = CRITICAL, .effect = E_DISK_WAKE_THREAD},
    {.name = "disk interrupt: return", .flags = CRITICAL, .effect = IRQP_EFFECT_POP},
    IRQP_END,
};

/* Without PREEMPT_RT: the driver's handler in the interrupt, its softirq behind it with interrupts on. One that
 * interrupts the softirq leaves the rest to it. */
static const struct irqp_step disk_handler_unthreaded[] = {
    {.name = "enter hard interrupt context", .cost = P_IRQ_ENTER, .flags = CRITICAL},
    {.name = "disk interrupt: handler", .cost = P_THREAD_HANDLER, .flags = CRITICAL, .effect = E_DISK_COMPLETE},
    {.fragment = UNMASK_DISK, .flags = CRITICAL},
    {.name = "disk interrupt: does the softirq run already", .flags = CRITICAL, .effect = E_IF_SOFTIRQ_RUNS, .to = "return"},
    {.name = "block softirq: is a request completed", .flags = CRITICAL, .effect = E_SOFTIRQ_NEXT, .to = "return", .label = "next"},
    {.name = "block softirq: complete the request", .cost = P_SOFTIRQ, .flags = PREEMPT_OFF},
    {.name = "block softirq: wake the process", .cost = P_WAKE_UP, .flags = CRITICAL, .effect = E_DISK_WAKE},
    {.name = "block softirq: look again", .flags = CRITICAL, .effect = IRQP_EFFECT_GOTO, .to = "next"},
    {.name = "disk interrupt: return", .flags = CRITICAL, .effect = IRQP_EFFECT_POP, .label = "return"},
    IRQP_END,
};

static const struct irqp_step disk_thread[] = {
    {.name = "disk thread: prepare to wait", .cost = P_BLOCK_WORK, .flags = KERNEL, .label = "wait"},
    {.name = "disk thread: wait", .flags = KERNEL, .effect = E_BLOCK, .argument = WAIT_DISK_THREAD},
    {.name = "disk thread: handler", .cost = P_THREAD_HANDLER, .flags = KERNEL, .effect = E_DISK_COMPLETE},
    {.name = "disk thread: completions", .flags = KERNEL, .effect = E_IF_DISK_QUIET, .to = "quiet", .label = "more"},
    {.name = "disk thread: wake the process", .cost = P_WAKE_UP, .flags = CRITICAL, .effect = E_DISK_WAKE},
    {.name = "disk thread: completions", .flags = KERNEL, .effect = IRQP_EFFECT_GOTO, .to = "more"},
    {.name = "disk thread: done", .flags = KERNEL, .label = "quiet"},
    {.fragment = UNMASK_DISK, .flags = CRITICAL},
    {.name = "disk thread: next", .flags = KERNEL, .effect = IRQP_EFFECT_GOTO, .to = "wait"},
    IRQP_END,
};

/* ---- idle ---- */

static const struct irqp_step idle[] = {
    {.name = "idle: is a task ready", .flags = CRITICAL, .effect = E_IF_RESCHED, .to = "restart", .label = "again"},
    {.name = "idle: stop the tick", .flags = CRITICAL, .effect = E_STOP_TICK, .to = "wait"},
    {.fragment = PROGRAM_TIMER, .flags = CRITICAL},
    {.name = "idle: wait", .flags = CRITICAL, .label = "wait"},
    {.fragment = IDLE_WAIT},
    {.name = "idle: woken", .flags = PREEMPT_OFF, .effect = IRQP_EFFECT_GOTO, .to = "again"},
    {.name = "idle: restart the tick", .flags = CRITICAL, .effect = E_RESTART_TICK, .to = "leave", .label = "restart"},
    {.fragment = PROGRAM_TIMER, .flags = CRITICAL},
    {.name = "idle: leave", .flags = CRITICAL, .label = "leave"},
    {.fragment = RESCHEDULE_POINT, .flags = KERNEL},
    {.name = "idle: reschedule", .flags = KERNEL, .effect = IRQP_EFFECT_GOTO, .to = "again"},
    IRQP_END,
};
// clang-format on

void guest_link(const struct machine *machine, struct irqp_linker *linker)
{
    guest_link_timers(machine, linker);
    link_path(linker, PATH_SCHEDULE, IRQP_PATH_FREE, "guest: schedule",
              "pick the best task and continue on its stack", schedule, NULL, NULL);
    link_path(linker, PATH_TASK_START, IRQP_PATH_FREE, "guest: first steps of a new task",
              "after fork, on the child's stack", task_start, user_start, NULL);
    link_path(linker, PATH_KERNEL_TASK_START, IRQP_PATH_FREE, "guest: first steps of a kernel thread", NULL,
              task_start, kernel_start, NULL);
    link_path(linker, PATH_IDLE, IRQP_PATH_FREE, "guest: idle", "the idle task's loop", idle, NULL, NULL);
    if (machine->drop_in_switch)
        link_path(linker, PATH_DROP_IN_SWITCH, IRQP_PATH_NESTED,
                  "guest: address space dropped in a task switch", "by the next task, with preemption off",
                  drop_in_switch, NULL, NULL);
    link_path(linker, PATH_RCU_THREAD, IRQP_PATH_FREE, "guest: RCU thread",
              "drops dead address spaces, preemptible", rcu_thread, NULL, NULL);
    if (machine->preempt_rt) {
        link_path(linker, PATH_DISK_HANDLER, IRQP_PATH_NESTED, "guest: disk interrupt handler",
                  "the hard part: only wakes the interrupt thread", disk_handler, NULL, NULL);
        link_path(linker, PATH_DISK_THREAD, IRQP_PATH_FREE, "guest: disk interrupt thread",
                  "the driver's handler, at priority 50", disk_thread, NULL, NULL);
    } else {
        link_path(linker, PATH_DISK_HANDLER, IRQP_PATH_NESTED, "guest: disk interrupt handler",
                  "the driver's handler, and its softirq", disk_handler_unthreaded, NULL, NULL);
    }
    preemption_link(machine, linker);
}
