/* Interrupt lines and the controllers behind them: 8259, IO-APIC, local APIC, messages (MSI), and ARM's GIC.
 *
 * A level-triggered line is pending at the CPU while the device asserts it and the controller does not mask
 * it. An edge is pending from its arrival until it is accepted; two edges before that are one. An edge that
 * arrives while its line is masked is lost at an IO-APIC; an 8259 keeps it in its request register, a GIC in
 * its pending state. A message is an edge that no controller stands between: there is nothing to mask.
 *
 * At a GIC an interrupt that was acknowledged is active until it is deactivated, and is not signalled again
 * until then: the handler need not mask it. For a line that is active `masked` stands, too.
 */
#include "models/run.h"

static bool keeps_edges(enum controller controller)
{
    return controller == CONTROLLER_8259 || is_gic(controller);
}

static void update(struct run *run, enum line line)
{
    uint64_t bit = UINT64_C(1) << line;
    const struct line_state *state = &run->lines[line];
    if (state->asserted && !state->masked && !state->held)
        run->cpu.pending |= bit;
    else
        run->cpu.pending &= ~bit;
}

enum arrival lines_assert(struct run *run, enum line line)
{
    struct line_state *state = &run->lines[line];
    struct wiring wiring = run->machine->wiring[line];
    if (wiring.trigger == EDGE && state->masked && !keeps_edges(wiring.controller)) {
        count(run, COUNT_LOST);
        return ARRIVED_LOST;
    }
    enum arrival arrival = state->asserted ? ARRIVED_MERGED : ARRIVED;
    state->asserted = true;
    update(run, line);
    return arrival;
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

/* What waits for the processor's task priority stays in the local APIC, which keeps one edge of each line. */
void lines_hold(struct run *run, enum line line, bool held)
{
    run->lines[line].held = held;
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

void lines_unmask_line(struct irqp_cpu *cpu, uint16_t line)
{
    lines_unmask(run_of(cpu), (enum line)line);
}

/* ---- unmasking by the guest's next call, whatever it is for ---- */

void lines_note(struct irqp_cpu *cpu, uint16_t line)
{
    run_of(cpu)->lines[line].noted = true;
}

void lines_noted_length(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    irqp_time length = 0;
    for (unsigned line = 0; line < LINES; line++)
        if (run->lines[line].noted)
            length += irqp_draw(cpu, &cpu->thread->streams[1], run->machine->cost_unmask[line]);
    cpu->thread->registers[REG_UNMASK] = length;
}

void lines_unmask_noted(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    for (unsigned line = 0; line < LINES; line++) {
        if (!run->lines[line].noted)
            continue;
        run->lines[line].noted = false;
        lines_unmask(run, (enum line)line);
    }
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
static const struct irqp_step nothing[] = {IRQP_END};
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

/* ---- GIC ----
 *
 * A kernel that was started as a hypervisor lets the first write only drop the running priority, and has a second
 * one to deactivate (EOImode 1); one that was not does both with one write, when the interrupt is handled. */

#define GIC_READ(read_, effect_)                                                                             \
    {                                                                                                        \
        .name = "GIC: acknowledge", .cost = read_, .effect = effect_                                         \
    }
#define GIC_DROP(write_)                                                                                     \
    {                                                                                                        \
        .name = "GIC: drop the priority", .cost = write_                                                     \
    }
#define GIC_MASK                                                                                             \
    {                                                                                                        \
        .name = "GIC: mask the line", .cost = P_GIC_MASK, .effect = E_MASK_LINE                              \
    }
#define GIC_DEACTIVATE(write_)                                                                               \
    {                                                                                                        \
        .name = "GIC: deactivate", .cost = write_                                                            \
    }
#define GIC_END(write_)                                                                                      \
    {                                                                                                        \
        .name = "GIC: end of interrupt", .cost = write_                                                      \
    }
#define TIMER_QUIET                                                                                          \
    {.name = "architected timer: read the status", .cost = P_ARCHITECTED_READ},                              \
    {                                                                                                        \
        .name = "architected timer: mask its interrupt", .cost = P_ARCHITECTED_WRITE, .effect = E_QUIET_TIMER \
    }

/* By interface and by whether the end is split. */
enum { MEMORY, REGISTERS, INTERFACES };
static const struct irqp_step gic_acknowledge[INTERFACES][2][3] = {
    [MEMORY] = {{GIC_READ(P_GIC_READ, E_ACTIVATE_LINE), IRQP_END},
                {GIC_READ(P_GIC_READ, E_ACTIVATE_LINE), GIC_DROP(P_GIC_WRITE), IRQP_END}},
    [REGISTERS] = {{GIC_READ(P_GIC_READ_REGISTER, E_ACTIVATE_LINE), IRQP_END},
                   {GIC_READ(P_GIC_READ_REGISTER, E_ACTIVATE_LINE), GIC_DROP(P_GIC_WRITE_REGISTER), IRQP_END}},
};
static const struct irqp_step gic_acknowledge_masking[INTERFACES][2][5] = {
    [MEMORY] = {{GIC_READ(P_GIC_READ, 0), GIC_MASK, GIC_END(P_GIC_WRITE), IRQP_END},
                {GIC_READ(P_GIC_READ, 0), GIC_DROP(P_GIC_WRITE), GIC_MASK, GIC_DEACTIVATE(P_GIC_WRITE), IRQP_END}},
    [REGISTERS] = {{GIC_READ(P_GIC_READ_REGISTER, 0), GIC_MASK, GIC_END(P_GIC_WRITE_REGISTER), IRQP_END},
                   {GIC_READ(P_GIC_READ_REGISTER, 0), GIC_DROP(P_GIC_WRITE_REGISTER), GIC_MASK,
                    GIC_DEACTIVATE(P_GIC_WRITE_REGISTER), IRQP_END}},
};
static const struct irqp_step gic_acknowledge_private[INTERFACES][2][6] = {
    [MEMORY] = {{GIC_READ(P_GIC_READ, 0), TIMER_QUIET, GIC_END(P_GIC_WRITE), IRQP_END},
                {GIC_READ(P_GIC_READ, 0), GIC_DROP(P_GIC_WRITE), TIMER_QUIET, GIC_DEACTIVATE(P_GIC_WRITE), IRQP_END}},
    [REGISTERS] = {{GIC_READ(P_GIC_READ_REGISTER, 0), TIMER_QUIET, GIC_END(P_GIC_WRITE_REGISTER), IRQP_END},
                   {GIC_READ(P_GIC_READ_REGISTER, 0), GIC_DROP(P_GIC_WRITE_REGISTER), TIMER_QUIET,
                    GIC_DEACTIVATE(P_GIC_WRITE_REGISTER), IRQP_END}},
};

#define GIC_ENDS(line_)                                                                                      \
    [line_] = {                                                                                              \
        [MEMORY] = {{{.name = "GIC: end of interrupt", .cost = P_GIC_WRITE, .effect = E_DEACTIVATE_LINE, .argument = line_}, IRQP_END}, \
                    {{.name = "GIC: deactivate", .cost = P_GIC_WRITE, .effect = E_DEACTIVATE_LINE, .argument = line_}, IRQP_END}}, \
        [REGISTERS] = {{{.name = "GIC: end of interrupt", .cost = P_GIC_WRITE_REGISTER, .effect = E_DEACTIVATE_LINE, .argument = line_}, IRQP_END}, \
                       {{.name = "GIC: deactivate", .cost = P_GIC_WRITE_REGISTER, .effect = E_DEACTIVATE_LINE, .argument = line_}, IRQP_END}}, \
    }
static const struct irqp_step gic_end[LINES][INTERFACES][2][2] = {
    GIC_ENDS(LINE_TIMER),
    GIC_ENDS(LINE_DISK),
    GIC_ENDS(LINE_PROBE),
};
// clang-format on

static unsigned interface_of(struct wiring wiring)
{
    return wiring.controller == CONTROLLER_GIC_REGISTERS ? REGISTERS : MEMORY;
}

const struct irqp_step *lines_acknowledge_private(struct wiring wiring)
{
    return gic_acknowledge_private[interface_of(wiring)][wiring.split_end];
}

const struct irqp_step *lines_acknowledge_held(struct wiring wiring)
{
    return gic_acknowledge[interface_of(wiring)][wiring.split_end];
}

/* A message goes to the local APIC, and is acknowledged there alone. */
const struct irqp_step *lines_acknowledge(struct wiring wiring)
{
    bool level = wiring.flow == LEVEL;
    if (is_gic(wiring.controller))
        return gic_acknowledge_masking[interface_of(wiring)][wiring.split_end];
    if (wiring.controller == CONTROLLER_8259)
        return level ? acknowledge_8259_level : acknowledge_8259_edge;
    return level ? acknowledge_level : acknowledge_edge;
}

// clang-format off
#define UNMASK_IO_APIC(line) {{.name = "unmask the line at the IO-APIC", .cost = P_IOAPIC_UNMASK, .effect = E_UNMASK_LINE, .argument = line}, IRQP_END}
#define UNMASK_8259(line) {{.name = "unmask the line at the 8259", .cost = P_PIC_UNMASK, .effect = E_UNMASK_LINE, .argument = line}, IRQP_END}
static const struct irqp_step unmask_io_apic[LINES][2] = {
    [LINE_TIMER] = UNMASK_IO_APIC(LINE_TIMER),
    [LINE_DISK] = UNMASK_IO_APIC(LINE_DISK),
    [LINE_PROBE] = UNMASK_IO_APIC(LINE_PROBE),
};
#define UNMASK_GIC(line) {{.name = "GIC: unmask the line", .cost = P_GIC_UNMASK, .effect = E_UNMASK_LINE, .argument = line}, IRQP_END}
static const struct irqp_step unmask_gic[LINES][2] = {
    [LINE_TIMER] = UNMASK_GIC(LINE_TIMER),
    [LINE_DISK] = UNMASK_GIC(LINE_DISK),
    [LINE_PROBE] = UNMASK_GIC(LINE_PROBE),
};
static const struct irqp_step unmask_8259[LINES][2] = {
    [LINE_TIMER] = UNMASK_8259(LINE_TIMER),
    [LINE_DISK] = UNMASK_8259(LINE_DISK),
    [LINE_PROBE] = UNMASK_8259(LINE_PROBE),
};
// clang-format on

/* A line that was not masked is not unmasked: the kernel knows what it masked (Fiasco's Irq_base::unmask). */
const struct irqp_step *lines_unmask_steps(struct wiring wiring, enum line line)
{
    if (wiring.flow == EDGE)
        return nothing;
    if (is_gic(wiring.controller))
        return unmask_gic[line];
    return wiring.controller == CONTROLLER_8259 ? unmask_8259[line] : unmask_io_apic[line];
}

enum parameter lines_unmask_cost(struct wiring wiring)
{
    if (is_gic(wiring.controller))
        return P_GIC_UNMASK;
    return wiring.controller == CONTROLLER_8259 ? P_PIC_UNMASK : P_IOAPIC_UNMASK;
}

/* ---- a kernel that owns the machine and handles the interrupt before it returns ----
 *
 * At an IO-APIC the end of interrupt comes last and holds a level-triggered line back until then: there is no
 * mask (Linux's handle_fasteoi_irq). At an 8259 the line is masked until the end (handle_level_irq). At a GIC
 * it is active until the end, whatever its trigger. */

static bool held_back_by_eoi(struct wiring wiring)
{
    return wiring.flow == LEVEL && wiring.controller != CONTROLLER_8259;
}

const struct irqp_step *lines_acknowledge_unthreaded(struct wiring wiring)
{
    if (is_gic(wiring.controller))
        return lines_acknowledge_held(wiring);
    return held_back_by_eoi(wiring) ? nothing : lines_acknowledge(wiring);
}

const struct irqp_step *lines_end_unthreaded(struct wiring wiring, enum line line)
{
    if (is_gic(wiring.controller))
        return gic_end[line][interface_of(wiring)][wiring.split_end];
    return held_back_by_eoi(wiring) ? acknowledge_edge : lines_unmask_steps(wiring, line);
}
