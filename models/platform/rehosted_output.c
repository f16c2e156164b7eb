/* Graphics and console of a rehosted guest (facts, section 6): a synchronous call of the vCPU, or a ring and
 * a second thread of L4Linux that makes the call.
 */
#include "models/run.h"
#include "rehosted.h"

#define END IRQP_END

// clang-format off
/* The call of a server: direct switch to it if it waits. What follows runs when it has replied. */
#define CALL_SERVER(what, server, flags_)                                                                    \
    {.name = what ": call of the server", .cost = P_IPC_CALL, .flags = flags_},                              \
        {.name = what ": send, or wait for the server", .flags = flags_, .effect = E_IPC_SEND, .argument = server}, \
    {                                                                                                        \
        .name = what ": the server has replied", .cost = P_MK_IRET, .flags = flags_                          \
    }

/* The guest's message buffer is shared with upcalls: its interrupts are off from the message to the reply. */
#define SHOW_SYNCHRONOUSLY(what, output, server)                                                             \
    {.name = what ": message", .cost = P_MESSAGE, .flags = IRQS_OFF | PLATFORM, .effect = E_OUTPUT_MESSAGE, .argument = output, .label = "message"}, \
        CALL_SERVER(what, server, CALL)

/* The ring is written under a raw spinlock; the notification never blocks. */
#define SHOW_BY_RING(what, output)                                                                           \
    {.name = what ": write to the ring", .cost = P_RING_WRITE, .flags = CRITICAL | PLATFORM, .effect = E_RING_PUT, .argument = output}, \
        {.name = what ": is a notification needed", .flags = CRITICAL, .effect = E_IF_NO_NOTICE, .to = "written"}, \
        {.name = what ": trigger the second thread", .cost = P_TRIGGER, .flags = CALL | IRQP_STEP_PREEMPT_OFF, .effect = E_RING_NOTIFY, .argument = output}, \
    {                                                                                                        \
        .name = what ": written", .flags = CRITICAL, .label = "written"                                      \
    }

static const struct irqp_step show_synchronously[] = {SHOW_SYNCHRONOUSLY("graphics", OUTPUT_GRAPHICS, THREAD_GRAPHICS_SERVER), END};
static const struct irqp_step show_by_ring[] = {SHOW_BY_RING("graphics", OUTPUT_GRAPHICS), END};

/* A text that is longer than a message goes in several. */
static const struct irqp_step print_synchronously[] = {
    SHOW_SYNCHRONOUSLY("console", OUTPUT_CONSOLE, THREAD_CONSOLE_SERVER),
    {.name = "console: is something left", .flags = KERNEL, .effect = E_IF_OUTPUT_LEFT, .to = "message"},
    END,
};
static const struct irqp_step print_by_ring[] = {SHOW_BY_RING("console", OUTPUT_CONSOLE), END};

static const struct irqp_step draw[] = {
    {.name = "draw: write to the shadow framebuffer", .cost = REGISTER(REG_WRITE), .flags = KERNEL},
    {.fragment = SHOW_SCREEN},
    END,
};

/* A timer function of the framebuffer driver, in the softirq thread that runs them. */
static const struct irqp_step screen_refresh[] = {
    {.name = "screen refresh: until the next", .flags = KERNEL, .effect = E_REFRESH_AT, .label = "next"},
    {.name = "screen refresh: queue the timer", .cost = P_TIMER_ENQUEUE, .flags = CRITICAL, .effect = E_QUEUE_TIMER, .to = "queued"},
    {.fragment = PROGRAM_TIMER, .flags = CRITICAL},
    {.name = "screen refresh: queued", .flags = CRITICAL, .label = "queued"},
    {.name = "screen refresh: wait", .flags = KERNEL, .effect = E_BLOCK, .argument = WAIT_TIMER},
    {.name = "screen refresh: the whole screen", .flags = KERNEL, .effect = E_REFRESH},
    {.fragment = SHOW_SCREEN},
    {.name = "screen refresh: done", .flags = KERNEL, .effect = IRQP_EFFECT_GOTO, .to = "next"},
    END,
};

#define SECOND_THREAD(what, output, server)                                                                  \
    {.name = what " thread: call open receive", .cost = P_WAIT_CALL, .flags = MICROKERNEL, .effect = E_RING_WAIT, .argument = output, .label = "next"}, \
        {.name = what " thread: take an entry of the ring", .cost = P_RING_READ, .flags = MICROKERNEL_OPEN, .effect = E_RING_TAKE, .argument = output}, \
        CALL_SERVER(what " thread", server, MICROKERNEL),                                                    \
    {                                                                                                        \
        .name = what " thread: next", .flags = MICROKERNEL_OPEN, .effect = IRQP_EFFECT_GOTO, .to = "next"              \
    }

static const struct irqp_step graphics_thread[] = {SECOND_THREAD("graphics", OUTPUT_GRAPHICS, THREAD_GRAPHICS_SERVER), END};
static const struct irqp_step console_thread[] = {SECOND_THREAD("console", OUTPUT_CONSOLE, THREAD_CONSOLE_SERVER), END};
// clang-format on

void rehosted_output_rules(const struct machine *machine, struct irqp_platform_rules *rules)
{
    static const struct irqp_step *const shows[] = {
        [OUTPUT_BY_SYNCHRONOUS] = show_synchronously, [OUTPUT_BY_RING] = show_by_ring};
    static const struct irqp_step *const prints[] = {
        [OUTPUT_BY_SYNCHRONOUS] = print_synchronously, [OUTPUT_BY_RING] = print_by_ring};
    rules->fragments[DRAW] = draw;
    rules->fragments[SHOW_SCREEN] = shows[machine->outputs[OUTPUT_GRAPHICS].by];
    rules->fragments[PRINT] = prints[machine->outputs[OUTPUT_CONSOLE].by];
}

static void link_thread(struct irqp_linker *linker, uint16_t path, const char *name, const char *doc,
                        const struct irqp_step *steps)
{
    link_path(linker, path, IRQP_PATH_FREE, name, doc, steps, NULL, NULL);
}

void rehosted_link_output(const struct machine *machine, struct irqp_linker *linker)
{
    if (machine->outputs[OUTPUT_GRAPHICS].by == OUTPUT_BY_RING)
        link_thread(linker, PATH_GRAPHICS_THREAD, "graphics thread of L4Linux",
                    "makes the calls for the guest", graphics_thread);
    if (machine->outputs[OUTPUT_CONSOLE].by == OUTPUT_BY_RING)
        link_thread(linker, PATH_CONSOLE_THREAD, "console thread of L4Linux", "makes the calls for the guest",
                    console_thread);
    if (machine->refresh)
        link_thread(linker, PATH_SCREEN_REFRESH, "guest: screen refresh",
                    "the framebuffer driver's timer shows the whole screen", screen_refresh);
}
