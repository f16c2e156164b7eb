/* Interrupt lines and the controllers behind them: 8259, IO-APIC, local APIC.
 *
 * A level-triggered line is pending at the CPU while the device asserts it and the controller does not mask
 * it. An edge is pending from its arrival until it is accepted; two edges before that are one. An edge that
 * arrives while its line is masked is lost, as on an IO-APIC.
 */
#include "models/run.h"

static void update(struct run *run, enum line line)
{
    uint64_t bit = UINT64_C(1) << line;
    if (run->lines[line].asserted && !run->lines[line].masked)
        run->cpu.pending |= bit;
    else
        run->cpu.pending &= ~bit;
}

void lines_assert(struct run *run, enum line line)
{
    struct line_state *state = &run->lines[line];
    if (run->machine->wiring[line].trigger == EDGE && state->masked) {
        count(run, COUNT_LOST);
        return;
    }
    state->asserted = true;
    update(run, line);
}

void lines_deassert(struct run *run, enum line line)
{
    run->lines[line].asserted = false;
    update(run, line);
}

void lines_mask(struct run *run, enum line line)
{
    run->lines[line].masked = true;
    update(run, line);
}

void lines_unmask(struct run *run, enum line line)
{
    run->lines[line].masked = false;
    update(run, line);
}

void lines_accepted(struct run *run, enum line line)
{
    if (run->machine->wiring[line].trigger == EDGE)
        lines_deassert(run, line);
}

void lines_mask_entered(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    lines_mask(run, run->microkernel.entered);
}

void lines_unmask_disk(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    lines_unmask(run_of(cpu), LINE_DISK);
}

/* ---- what acknowledging and masking cost (facts, section 3) ---- */

#define MASK_IO_APIC                                                                                         \
    {                                                                                                        \
        .name = "mask the line at the IO-APIC", .cost = P_IOAPIC_MASK, .effect = E_MASK_LINE                 \
    }
#define MASK_8259                                                                                            \
    {                                                                                                        \
        .name = "mask the line at the 8259", .cost = P_PIC_MASK, .effect = E_MASK_LINE                       \
    }
#define EOI_APIC                                                                                             \
    {                                                                                                        \
        .name = "end of interrupt at the local APIC", .cost = P_LAPIC_EOI                                    \
    }
#define EOI_8259                                                                                             \
    {                                                                                                        \
        .name = "end of interrupt at the 8259", .cost = P_PIC_EOI                                            \
    }

// clang-format off
static const struct irqp_step acknowledge_edge[] = {EOI_APIC, IRQP_END};
static const struct irqp_step acknowledge_level[] = {
    MASK_IO_APIC,
    EOI_APIC,
    IRQP_END,
};
static const struct irqp_step acknowledge_8259_edge[] = {EOI_8259, IRQP_END};
static const struct irqp_step acknowledge_8259_level[] = {
    MASK_8259,
    EOI_8259,
    IRQP_END,
};
// clang-format on

const struct irqp_step *lines_acknowledge(struct wiring wiring)
{
    bool level = wiring.trigger == LEVEL;
    if (wiring.controller == CONTROLLER_8259)
        return level ? acknowledge_8259_level : acknowledge_8259_edge;
    return level ? acknowledge_level : acknowledge_edge;
}

// clang-format off
static const struct irqp_step unmask_io_apic[] = {
    {.name = "unmask the line at the IO-APIC", .cost = P_IOAPIC_UNMASK, .effect = E_UNMASK_DISK},
    IRQP_END,
};
static const struct irqp_step unmask_8259[] = {
    {.name = "unmask the line at the 8259", .cost = P_PIC_UNMASK, .effect = E_UNMASK_DISK},
    IRQP_END,
};
// clang-format on

const struct irqp_step *lines_unmask_steps(struct wiring wiring)
{
    return wiring.controller == CONTROLLER_8259 ? unmask_8259 : unmask_io_apic;
}
