/* What answers the latency probe: the two parts of its driver, and a task that waits for it in a read() of
 * its descriptor, as with UIO or a GPIO. */
#include "models/run.h"

// clang-format off
static const struct irqp_step handler[] = {
    {.name = "enter hard interrupt context", .cost = P_IRQ_ENTER, .flags = CRITICAL},
    {.name = "probe interrupt: hard handler begins", .flags = CRITICAL, .effect = E_PROBE_HANDLED},
    {.name = "probe interrupt: wake its thread", .cost = P_THREAD_WAKE, .flags = CRITICAL, .effect = E_PROBE_WAKE_THREAD},
    {.name = "probe interrupt: return", .flags = CRITICAL, .effect = IRQP_EFFECT_POP},
    IRQP_END,
};

/* Without PREEMPT_RT: the driver's handler in the interrupt. */
static const struct irqp_step handler_unthreaded[] = {
    {.name = "enter hard interrupt context", .cost = P_IRQ_ENTER, .flags = CRITICAL},
    {.name = "probe interrupt: hard handler begins", .flags = CRITICAL, .effect = E_PROBE_HANDLED},
    {.name = "probe interrupt: handler", .cost = P_PROBE_HANDLER, .flags = CRITICAL, .effect = E_PROBE_QUIET},
    {.name = "probe interrupt: wake the task that reads", .cost = P_WAKE_UP, .flags = CRITICAL, .effect = E_PROBE_WAKE_TASK},
    {.fragment = UNMASK_PROBE, .flags = CRITICAL},
    {.name = "probe interrupt: return", .flags = CRITICAL, .effect = IRQP_EFFECT_POP},
    IRQP_END,
};

static const struct irqp_step thread[] = {
    {.name = "probe thread: prepare to wait", .cost = P_BLOCK_WORK, .flags = KERNEL, .label = "wait"},
    {.name = "probe thread: wait", .flags = KERNEL, .effect = E_BLOCK, .argument = WAIT_PROBE_THREAD},
    {.name = "probe thread: begins", .flags = KERNEL, .effect = E_PROBE_THREAD_BEGINS},
    {.name = "probe thread: handler", .cost = P_PROBE_HANDLER, .flags = KERNEL, .effect = E_PROBE_QUIET},
    {.fragment = PROBE_PACKETS},
    {.name = "probe thread: wake the task that reads", .cost = P_WAKE_UP, .flags = CRITICAL, .effect = E_PROBE_WAKE_TASK},
    {.name = "probe thread: done", .flags = KERNEL},
    {.fragment = UNMASK_PROBE, .flags = CRITICAL},
    {.name = "probe thread: next", .flags = KERNEL, .effect = IRQP_EFFECT_GOTO, .to = "wait"},
    IRQP_END,
};

static const struct irqp_step task[] = {
    {.name = "probe task: next read", .flags = USER, .label = "loop"},
    {.fragment = SYSCALL_ENTER},
    {.name = "probe task: prepare to wait", .cost = P_BLOCK_WORK, .flags = KERNEL},
    {.name = "probe task: wait", .flags = KERNEL, .effect = E_BLOCK, .argument = WAIT_PROBE},
    {.name = "probe task: read returns", .cost = P_PROBE_RETURN, .flags = KERNEL, .effect = E_PROBE_READ},
    {.fragment = SYSCALL_EXIT},
    {.name = "probe task: clock read", .cost = P_CLOCK_GETTIME, .flags = USER, .effect = E_PROBE_SAMPLE},
    {.name = "probe task: statistics", .cost = P_CYCLICTEST_WORK, .flags = USER, .effect = IRQP_EFFECT_GOTO, .to = "loop"},
    IRQP_END,
};
// clang-format on

void probe_link(const struct machine *machine, struct irqp_linker *linker)
{
    if (machine->preempt_rt) {
        link_path(linker, PATH_PROBE_HANDLER, IRQP_PATH_NESTED, "guest: probe interrupt handler",
                  "the hard part: only wakes the interrupt thread", handler, NULL, NULL);
        link_path(linker, PATH_PROBE_THREAD, IRQP_PATH_FREE, "guest: probe interrupt thread",
                  "the driver's handler, at priority 50", thread, NULL, NULL);
    } else {
        link_path(linker, PATH_PROBE_HANDLER, IRQP_PATH_NESTED, "guest: probe interrupt handler",
                  "the driver's handler", handler_unthreaded, NULL, NULL);
    }
    link_path(linker, PATH_PROBE_TASK, IRQP_PATH_FREE, "probe task",
              "read() of the probe's descriptor, then the clock", task, NULL, NULL);
}
