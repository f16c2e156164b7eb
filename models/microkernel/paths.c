/* The microkernel's own paths, the same for every guest on it: the front of an interrupt up to the delivery
 * decision, its idle thread, its switches of threads. Its timer is in tick.c.
 */
#include "models/run.h"

#define END IRQP_END

// clang-format off
/* ---- the front: from the vector to the delivery decision (facts, section 2, F3 to F5) ---- */

static const struct irqp_step front_enter[] = {
    {.name = "microkernel: interrupt entry", .cost = P_MK_ENTRY, .flags = MICROKERNEL},
    {.name = "microkernel: IRQ object", .cost = P_MK_OBJECT, .flags = MICROKERNEL},
    END,
};

/* An edge that hits while its object is still queued is merged, and masks its line. A message cannot be masked (Fiasco's
 * Irq_chip_msi): it is merged without. */
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
    END,
};

/* What is not delivered at once. */
static const struct irqp_step front_ring[] = {
    {.name = "microkernel: label into the ring of the shared page", .cost = P_RING_PUT, .flags = MICROKERNEL},
    END,
};

static const struct irqp_step front_return[] = {
    {.name = "microkernel: return to what was interrupted", .cost = P_MK_IRET, .flags = MICROKERNEL, .effect = IRQP_EFFECT_POP},
    END,
};

/* ---- threads of the microkernel ---- */

static const struct irqp_step microkernel_idle[] = {
    {.name = "microkernel: idle, halt", .cost = IRQP_COST_FOREVER, .flags = IRQP_MODE_IDLE | PLATFORM, .label = "halt"},
    {.name = "microkernel: idle", .flags = IRQP_MODE_IDLE | PLATFORM, .effect = IRQP_EFFECT_GOTO, .to = "halt"},
    END,
};

static const struct irqp_step microkernel_idle_deep[] = {
    {.name = "microkernel: idle, governor chooses the state", .cost = P_IDLE_GOVERNOR, .flags = MICROKERNEL, .effect = E_IDLE_BY_TICK, .label = "choose"},
    {.name = "microkernel: idle, in the state", .cost = IRQP_COST_FOREVER, .flags = IRQP_MODE_IDLE | PLATFORM},
    {.name = "microkernel: idle", .flags = IRQP_MODE_IDLE | PLATFORM, .effect = IRQP_EFFECT_GOTO, .to = "choose"},
    END,
};

static const struct irqp_step microkernel_switch[] = {
    {.fragment = SLICE_BEGINS},
    {.name = "microkernel: thread switch", .cost = P_THREAD_SWITCH, .flags = MICROKERNEL, .effect = IRQP_EFFECT_POP},
    END,
};

/* Fiasco of 2015: the idle thread has the kernel's own page table (facts, section 2d). */
static const struct irqp_step microkernel_switch_idle[] = {
    {.fragment = SLICE_BEGINS},
    {.name = "microkernel: thread switch", .cost = P_THREAD_SWITCH, .flags = MICROKERNEL},
    {.name = "microkernel: page table of the kernel", .cost = P_SPACE_SWITCH, .flags = MICROKERNEL, .effect = IRQP_EFFECT_POP},
    END,
};

static const struct irqp_step microkernel_switch_space[] = {
    {.fragment = SLICE_BEGINS},
    {.name = "microkernel: thread switch", .cost = P_THREAD_SWITCH, .flags = MICROKERNEL},
    {.name = "microkernel: address space of the thread", .cost = P_SPACE_SWITCH, .flags = MICROKERNEL},
    {.fragment = KERNEL_WALKS, .flags = MICROKERNEL},
    {.name = "microkernel: the thread goes on", .flags = MICROKERNEL, .effect = IRQP_EFFECT_POP},
    END,
};
// clang-format on

static void link_front(const struct machine *machine, struct irqp_linker *linker, enum line line,
                       uint16_t path, const char *name)
{
    static const struct irqp_step none[] = {END};
    struct wiring wiring = machine->wiring[line];
    bool message = wiring.controller == CONTROLLER_MSI || wiring.controller == CONTROLLER_LOCAL_APIC;
    bool merges_by_mask = wiring.flow == EDGE && !message;
    bool ring = machine->pending_check == CHECK_LABEL_RING;
    const struct irqp_step *acknowledge = lines_acknowledge(wiring);
    if (line == LINE_TIMER && machine->guest_timer == TIMER_ARCHITECTED)
        acknowledge = lines_acknowledge_private(wiring);
    else if (is_gic(wiring.controller) && machine->monitor_in_kernel)
        acknowledge = lines_acknowledge_held(wiring);
    irqp_linker_set_fragment(linker, ACKNOWLEDGE, acknowledge);
    bool holds = line == LINE_TIMER && machine->postpone;
    irqp_link(linker, path, IRQP_PATH_FREE, name, "the front, on the stack of whoever runs",
              (const struct irqp_step *const[]){front_enter, holds ? tick_hold_steps : none,
                                                merges_by_mask ? front_merge : none, front_decide,
                                                ring ? front_ring : none, front_return, NULL});
}

static void link_one(struct irqp_linker *linker, uint16_t path, const char *name, const char *doc,
                     const struct irqp_step *steps)
{
    link_path(linker, path, IRQP_PATH_FREE, name, doc, steps, NULL, NULL);
}

void microkernel_link(const struct machine *machine, struct irqp_linker *linker)
{
    if (!timer_by_thread(machine))
        link_front(machine, linker, LINE_TIMER, PATH_TIMER_ENTRY, "microkernel: timer interrupt");
    link_front(machine, linker, LINE_DISK, PATH_DISK_ENTRY, "microkernel: disk interrupt");
    if (machine->probe)
        link_front(machine, linker, LINE_PROBE, PATH_PROBE_ENTRY, "microkernel: probe interrupt");
    tick_link(machine, linker);
    link_one(linker, PATH_MICROKERNEL_IDLE, "microkernel: idle thread", NULL,
             machine->idle == IDLE_DEEP ? microkernel_idle_deep : microkernel_idle);
    if (!machine->idle_keeps_table)
        link_one(linker, PATH_MICROKERNEL_SWITCH_IDLE, "microkernel: switch to the idle thread", NULL,
                 microkernel_switch_idle);
    link_one(linker, PATH_MICROKERNEL_SWITCH, "microkernel: switch to a thread", NULL, microkernel_switch);
    link_one(linker, PATH_MICROKERNEL_SWITCH_SPACE, "microkernel: switch to a thread of another task", NULL,
             microkernel_switch_space);
}
