/* Routes: what a wake-up executes from the accepted interrupt to cyclictest's clock read, put together from
 * ranges of the linked paths, so that it can be read as one list and added up.
 */
#include "effects.h"
#include "machine.h"
#include <stdlib.h>
#include <string.h>

enum { PARTS_MAX = 32 };

struct builder {
    struct machine *machine;
    struct irqp_route_part parts[PARTS_MAX];
    size_t count;
};

static uint16_t with_effect(const struct machine *machine, uint16_t path, uint8_t effect, uint16_t from)
{
    const struct irqp_path *p = &machine->program.paths[path];
    for (uint16_t i = from; i < p->count; i++)
        if (machine->program.rows[p->first + i].effect == effect)
            return i;
    return p->count;
}

static uint16_t named(const struct machine *machine, uint16_t path, const char *name)
{
    const struct irqp_path *p = &machine->program.paths[path];
    for (uint16_t i = 0; i < p->count; i++)
        if (!strcmp(machine->program.names[machine->program.rows[p->first + i].name], name))
            return i;
    return 0;
}

static void part(struct builder *builder, uint16_t path, uint16_t from, uint16_t until)
{
    if (builder->count < PARTS_MAX && from < until)
        builder->parts[builder->count++] = (struct irqp_route_part){path, from, until};
}

/* Rows from `from` to the one with the effect, inclusive. */
static void through(struct builder *builder, uint16_t path, uint16_t from, uint8_t effect)
{
    part(builder, path, from, (uint16_t)(with_effect(builder->machine, path, effect, from) + 1));
}

/* The one row with the effect. */
static void only(struct builder *builder, uint16_t path, uint8_t effect)
{
    through(builder, path, with_effect(builder->machine, path, effect, 0), effect);
}

static void whole(struct builder *builder, uint16_t path)
{
    through(builder, path, 0, IRQP_EFFECT_POP);
}

/* The handler's rest programs the next event; a timer thread is called for that. */
static void handler(struct builder *builder)
{
    const struct machine *machine = builder->machine;
    through(builder, PATH_TIMER_HANDLER, 0, E_TIMER_WAKE);
    if (machine->timer_period) {
        only(builder, PATH_TIMER_HANDLER, IRQP_EFFECT_POP);
        return;
    }
    uint16_t rest = named(machine, PATH_TIMER_HANDLER, "timer interrupt: program the next event");
    if (machine->guest_timer == TIMER_ONE_SHOT_THREAD) {
        through(builder, PATH_TIMER_HANDLER, rest, E_TIMER_CALL);
        rest = (uint16_t)(with_effect(machine, PATH_TIMER_HANDLER, E_TIMER_CALL, 0) + 1);
        whole(builder, PATH_MICROKERNEL_SWITCH);
        through(builder, PATH_TIMER_THREAD,
                named(machine, PATH_TIMER_THREAD, "timer thread: receive returns"), E_IF_TIMER_ASKED);
        through(builder, PATH_TIMER_THREAD, with_effect(machine, PATH_TIMER_THREAD, E_TIMER_ACCEPT, 0),
                E_TIMER_REPLY_AND_WAIT);
        whole(builder, PATH_MICROKERNEL_SWITCH);
    }
    through(builder, PATH_TIMER_HANDLER, rest, IRQP_EFFECT_POP);
}

/* schedule(), by a task that waits or by one that is interrupted: that stays runnable and is not dequeued. */
static void schedule_away(struct builder *builder, bool waits)
{
    if (waits) {
        through(builder, PATH_SCHEDULE, 0, IRQP_EFFECT_POP);
        return;
    }
    through(builder, PATH_SCHEDULE, 0, E_IF_RUNNABLE);
    through(builder, PATH_SCHEDULE, with_effect(builder->machine, PATH_SCHEDULE, E_PICK, 0), IRQP_EFFECT_POP);
}

static void switch_to_task(struct builder *builder)
{
    schedule_away(builder, false);
    uint16_t woken = (uint16_t)(with_effect(builder->machine, PATH_CYCLICTEST, E_BLOCK, 0) + 1);
    through(builder, PATH_CYCLICTEST, woken, cyclictest_sample_effect(builder->machine));
}

static bool finish(struct builder *builder, const char *name, const char *doc)
{
    struct machine *machine = builder->machine;
    struct irqp_route *routes = realloc(machine->routes, (machine->route_count + 1) * sizeof *routes);
    struct irqp_route_part *parts = malloc(builder->count * sizeof *parts);
    if (routes)
        machine->routes = routes;
    if (!routes || !parts) {
        free(parts);
        return false;
    }
    memcpy(parts, builder->parts, builder->count * sizeof *parts);
    machine->routes[machine->route_count++] = (struct irqp_route){name, doc, parts, builder->count};
    builder->count = 0;
    return true;
}

/* An interrupt that is taken at once, handled by the path `by`. */
static void direct(struct builder *builder, uint16_t by, uint8_t handling)
{
    uint16_t handled = (uint16_t)(with_effect(builder->machine, by, handling, 0) + 1);
    part(builder, by, 0, handled);
    handler(builder);
    through(builder, by, handled, E_IRQ_EXIT);
    switch_to_task(builder);
}

/* The microkernel's front, without the merge that only a second edge takes. */
static void front_of(struct builder *builder, uint16_t entry)
{
    uint16_t merge = with_effect(builder->machine, entry, E_IF_NOT_QUEUED, 0);
    if (merge == builder->machine->program.paths[entry].count) { /* nothing to mask, or masked anyway */
        through(builder, entry, 0, E_DELIVER);
        return;
    }
    part(builder, entry, 0, (uint16_t)(merge + 1));
    through(builder, entry, named(builder->machine, entry, "microkernel: object is ready for delivery"),
            E_DELIVER);
}

static void front(struct builder *builder)
{
    front_of(builder, PATH_TIMER_ENTRY);
}

/* The tick that ends the timeout, and the timer thread until it has triggered the IRQ object and waits again.
 */
static void timer_thread(struct builder *builder, uint16_t switch_to_it)
{
    bool periodic = with_effect(builder->machine, PATH_TICK_ENTRY, E_MICROKERNEL_TICK, 0) <
                    builder->machine->program.paths[PATH_TICK_ENTRY].count;
    through(builder, PATH_TICK_ENTRY, 0, periodic ? E_MICROKERNEL_TICK : E_TICK_ONCE);
    if (!periodic)
        only(builder, PATH_TICK_ENTRY, E_SCHEDULE_THREADS);
    whole(builder, switch_to_it);
    through(builder, PATH_TIMER_THREAD,
            named(builder->machine, PATH_TIMER_THREAD, "timer thread: receive returns"), E_TIMER_TRIGGER);
    only(builder, PATH_TIMER_THREAD, E_TIMER_WAIT);
    whole(builder, PATH_MICROKERNEL_SWITCH);
}

static bool timer_thread_routes(struct builder *builder)
{
    timer_thread(builder, PATH_MICROKERNEL_SWITCH_SPACE);
    direct(builder, PATH_UPCALL_FROM_USER_LATER, E_PUSH_HANDLER);
    if (!finish(
            builder, "user mode: tick to clock read",
            "section 4: the timer thread triggers an upcall, vCPU in user mode; from the tick that ends its "
            "timeout"))
        return false;
    timer_thread(builder, PATH_MICROKERNEL_SWITCH);
    direct(builder, PATH_UPCALL_FROM_KERNEL, E_PUSH_HANDLER);
    if (!finish(builder, "kernel mode: tick to clock read", "the same, vCPU in kernel mode, interrupts on"))
        return false;
    timer_thread(builder, PATH_MICROKERNEL_SWITCH_SPACE);
    direct(builder, PATH_WAKE_LATER, E_PUSH_HANDLER);
    return finish(
        builder, "idle: tick to clock read",
        "the same, the vCPU is blocked in an open receive; without the exit from halt and the tick's "
        "restart");
}

/* ---- the latency probe ---- */

/* From the thread's wake-up to the task: at once if that is better than the thread, else when the thread
 * waits again, its line unmasked. */
static void probe_thread_to_task(struct builder *builder)
{
    const struct machine *machine = builder->machine;
    uint16_t wait = with_effect(machine, PATH_PROBE_THREAD, E_BLOCK, 0);
    uint16_t woken = (uint16_t)(with_effect(machine, PATH_PROBE_THREAD, E_PROBE_WAKE_TASK, 0) + 1);
    part(builder, PATH_PROBE_THREAD, (uint16_t)(wait + 1), woken);
    bool better = machine->probe_priority > IRQ_THREAD_PRIORITY;
    if (better) {
        part(builder, PATH_PROBE_THREAD, woken, named(machine, PATH_PROBE_THREAD, "probe thread: done"));
    } else {
        through(builder, PATH_PROBE_THREAD, woken, IRQP_EFFECT_GOTO);
        through(builder, PATH_PROBE_THREAD, 0, E_BLOCK);
    }
    schedule_away(builder, !better);
}

static void probe_task(struct builder *builder)
{
    uint16_t read = (uint16_t)(with_effect(builder->machine, PATH_PROBE_TASK, E_BLOCK, 0) + 1);
    through(builder, PATH_PROBE_TASK, read, E_PROBE_SAMPLE);
}

static bool probe_route(struct builder *builder, uint16_t by, uint8_t handling)
{
    uint16_t handled = (uint16_t)(with_effect(builder->machine, by, handling, 0) + 1);
    part(builder, by, 0, handled);
    through(builder, PATH_PROBE_HANDLER, 0, IRQP_EFFECT_POP);
    through(builder, by, handled, E_IRQ_EXIT);
    schedule_away(builder, false);
    if (builder->machine->preempt_rt)
        probe_thread_to_task(builder);
    probe_task(builder);
    return finish(builder, "probe: interrupt to the user task's clock read",
                  builder->machine->preempt_rt
                      ? "from user mode, interrupts on: hard handler, interrupt thread, task"
                      : "from user mode, interrupts on: handler, task");
}

static bool native_routes(struct builder *builder)
{
    direct(builder, PATH_TIMER_ENTRY, IRQP_EFFECT_PUSH);
    return finish(builder, "timer interrupt to clock read",
                  "interrupts on, the task can be preempted at once") &&
           (!builder->machine->probe || probe_route(builder, PATH_PROBE_ENTRY, IRQP_EFFECT_PUSH));
}

static bool rehosted_routes(struct builder *builder)
{
    const struct machine *machine = builder->machine;
    if (machine->probe) {
        front_of(builder, PATH_PROBE_ENTRY);
        if (!probe_route(builder, PATH_UPCALL_FROM_USER, E_PUSH_HANDLER))
            return false;
    }
    if (timer_by_thread(machine))
        return timer_thread_routes(builder);
    front(builder);
    direct(builder, PATH_UPCALL_FROM_USER, E_PUSH_HANDLER);
    if (!finish(builder, "user mode: timer interrupt to clock read",
                "section 2a: asynchronous upcall, vCPU in user mode"))
        return false;
    front(builder);
    direct(builder, PATH_UPCALL_FROM_KERNEL, E_PUSH_HANDLER);
    if (!finish(builder, "kernel mode: timer interrupt to clock read",
                "section 2b: asynchronous upcall, vCPU in kernel mode, interrupts on"))
        return false;
    front(builder);
    through(builder, PATH_TIMER_ENTRY, with_effect(machine, PATH_TIMER_ENTRY, IRQP_EFFECT_POP, 0),
            IRQP_EFFECT_POP);
    uint16_t dequeued = (uint16_t)(with_effect(machine, PATH_DEFERRED, E_DEQUEUE, 0) + 1);
    part(builder, PATH_DEFERRED, 0, dequeued);
    uint16_t label = named(machine, PATH_DEFERRED, "pending: label in hand");
    uint16_t handled = (uint16_t)(with_effect(machine, PATH_DEFERRED, E_PUSH_HANDLER, 0) + 1);
    part(builder, PATH_DEFERRED, label, handled);
    handler(builder);
    through(builder, PATH_DEFERRED, handled, E_IRQ_EXIT);
    switch_to_task(builder);
    if (!finish(builder, "deferred: timer interrupt to clock read",
                "section 2c: queued, then received after the guest enabled its interrupts; without the wait "
                "for that"))
        return false;
    front(builder);
    direct(builder, PATH_WAKE_FROM_IDLE, E_PUSH_HANDLER);
    return finish(builder, "idle: timer interrupt to clock read",
                  "section 2d: the vCPU is blocked in an open receive; without the exit from halt and the "
                  "tick's restart");
}

/* From the exit that an interrupt causes to the entry after it. */
static void through_monitor(struct builder *builder, uint16_t entry)
{
    whole(builder, PATH_VM_EXIT);
    front_of(builder, entry);
    whole(builder, PATH_MONITOR_INTERRUPT);
    through(builder, PATH_VM_ENTRY, 0, E_ENTER_GUEST);
}

static bool virtualised_routes(struct builder *builder)
{
    if (builder->machine->probe) {
        through_monitor(builder, PATH_PROBE_ENTRY);
        if (!probe_route(builder, PATH_PROBE_VECTOR, IRQP_EFFECT_PUSH))
            return false;
    }
    through_monitor(builder, PATH_TIMER_ENTRY);
    direct(builder, PATH_TIMER_VECTOR, IRQP_EFFECT_PUSH);
    if (!finish(builder, "guest runs: timer interrupt to clock read",
                "section 9.2: exit, monitor, injection; the guest has its interrupts on"))
        return false;
    through_monitor(builder, PATH_TIMER_ENTRY);
    through(builder, PATH_DEFERRED, 0, E_ENTER_GUEST);
    direct(builder, PATH_TIMER_VECTOR, IRQP_EFFECT_PUSH);
    if (!finish(builder, "interrupt window: timer interrupt to clock read",
                "section 9.2: injected after the guest enabled its interrupts; without the wait for that"))
        return false;
    if (builder->machine->halt_in_guest) /* what ends it is an interrupt while the guest runs */
        return true;
    front(builder);
    whole(builder, PATH_WAKE_FROM_IDLE);
    uint16_t woken = (uint16_t)(with_effect(builder->machine, PATH_IDLE, E_WAIT_OPEN, 0) + 1);
    through(builder, PATH_IDLE, woken, E_ENTER_GUEST);
    direct(builder, PATH_TIMER_VECTOR, IRQP_EFFECT_PUSH);
    return finish(
        builder, "halted: timer interrupt to clock read",
        "section 9.2: the monitor is blocked in an open receive; without the exit from halt and the "
        "tick's restart");
}

bool routes_build(struct machine *machine)
{
    struct builder builder = {.machine = machine};
    if (machine->platform == &platform_virtualised)
        return virtualised_routes(&builder);
    return machine->platform == &platform_rehosted ? rehosted_routes(&builder) : native_routes(&builder);
}
