/* Footprints: costs as what steps execute and touch, in place of times.
 *
 * A hypothesis under test: one rule for all steps on all platforms says how many of a step's cache lines are
 * cold, 1 - exp(-T / L), T being the lines that others have touched since it last ran and L the lines of the
 * cache level. That is the share that T random replacements hit. All pages of a step are walked if the TLB
 * was flushed since; no factor belongs to a step or a path. */
#include "models/run.h"

#include <math.h>

enum { POINTS_PER_UNIT = 32 }; /* of the table of exponentials: up to 8, where all is cold */

/* ---- from the scenario ---- */

static bool complain(struct irqp_diagnostics *diagnostics, const struct irqp_tree *tree, const char *message)
{
    irqp_diagnose(diagnostics, IRQP_ERROR, &tree->place, "%s", message);
    return false;
}

static bool read_of(const struct machine *machine, const struct irqp_tree *entry, irqp_cost_handle *of,
                    struct irqp_diagnostics *diagnostics)
{
    const struct irqp_tree *tree = irqp_tree_child(entry, "of");
    const char *names[PARAMETER_COUNT];
    size_t count = 0;
    if (!tree || tree->node != IRQP_SCALAR)
        return complain(diagnostics, tree ? tree : entry,
                        "a footprint says of which cost it is: 'of: costs...'");
    for (size_t i = 0; i < PARAMETER_COUNT; i++) {
        const struct irqp_parameter *parameter = &parameter_registry.parameters[i];
        if (parameter->kind != IRQP_COST || strncmp(parameter->path, "costs.", 6) != 0)
            continue;
        names[count++] = parameter->path;
        if (strcmp(parameter->path, tree->scalar) != 0)
            continue;
        *of = (irqp_cost_handle)i;
        return !footprint_of(machine, *of) ||
               complain(diagnostics, tree, "this cost has a footprint already");
    }
    irqp_diagnose(diagnostics, IRQP_ERROR, &tree->place, "there is no cost '%s'", tree->scalar);
    const char *near = irqp_nearest(tree->scalar, names, count);
    if (near)
        irqp_suggest(diagnostics, "did you mean '%s'?", near);
    return false;
}

static bool read_count(const struct irqp_tree *entry, const char *key, int64_t *count,
                       struct irqp_diagnostics *diagnostics)
{
    const struct irqp_tree *tree = irqp_tree_child(entry, key);
    return !tree || irqp_tree_count(tree, key, 0, 1000000, count, diagnostics);
}

static bool read_entry(struct machine *machine, const struct irqp_tree *entry,
                       struct irqp_diagnostics *diagnostics)
{
    struct footprint footprint = {0};
    int64_t instructions = 0, uncached = 0;
    if (!irqp_tree_keys(entry, "a footprint", "of|instructions|lines|pages|uncached|source", diagnostics))
        return false;
    bool sound = read_of(machine, entry, &footprint.of, diagnostics);
    sound = read_count(entry, "instructions", &instructions, diagnostics) && sound;
    sound = read_count(entry, "lines", &footprint.lines, diagnostics) && sound;
    sound = read_count(entry, "pages", &footprint.pages, diagnostics) && sound;
    sound = read_count(entry, "uncached", &uncached, diagnostics) && sound;
    if (!sound)
        return false;
    double cycle = (double)IRQP_S / value_of(machine, P_CLOCK)->real;
    footprint.hot =
        (irqp_time)llround((double)instructions * value_of(machine, P_CYCLES_PER_INSTRUCTION)->real * cycle) +
        uncached * value_of(machine, P_UNCACHED)->duration;
    footprint.cost = irqp_distribution_new(IRQP_CONSTANT, (double)footprint.hot, 0, 0);
    machine->footprints[machine->footprint_count++] = footprint;
    return footprint.cost != NULL;
}

static void make_steps(struct machine *machine)
{
    for (unsigned i = 0; i < machine->footprint_count; i++) {
        machine->footprint_steps[i][0] = (struct irqp_step){
            .name = "what of the next step is cold", .effect = E_FOOTPRINT, .argument = (uint16_t)i};
        machine->footprint_steps[i][1] = (struct irqp_step)IRQP_END;
    }
}

bool footprints_compile(struct machine *machine, struct irqp_diagnostics *diagnostics)
{
    const struct irqp_tree *tree = value_of(machine, P_FOOTPRINTS)->tree;
    bool sound = true;
    if (!tree || (tree->node == IRQP_SCALAR && !*tree->scalar))
        return true;
    if (tree->node != IRQP_SEQUENCE || !tree->count || tree->count > FOOTPRINTS_MAX)
        return complain(
            diagnostics, tree,
            "'footprints' is a list of up to 64, [{of: costs.microkernel.irq_entry, instructions: 60, "
            "lines: 7, pages: 1}]");
    for (size_t i = 0; i < tree->count; i++)
        sound = read_entry(machine, tree->children[i], diagnostics) && sound;
    make_steps(machine);
    for (int i = 0; i <= COLD_POINTS; i++)
        machine->cold[i] = -expm1(-(double)i / POINTS_PER_UNIT);
    machine->cache_lines = (double)value_of(machine, P_CACHE_LINES)->count;
    machine->touch_rate = value_of(machine, P_TOUCH_RATE)->real / (double)IRQP_US;
    machine->line_miss = value_of(machine, P_LINE_MISS)->duration;
    machine->footprint_walk = value_of(machine, P_FOOTPRINT_WALK)->duration;
    return sound;
}

void footprints_fini(struct machine *machine)
{
    for (unsigned i = 0; i < machine->footprint_count; i++)
        irqp_distribution_free(machine->footprints[i].cost);
}

const struct footprint *footprint_of(const struct machine *machine, irqp_cost_handle cost)
{
    for (unsigned i = 0; i < machine->footprint_count; i++)
        if (machine->footprints[i].of == cost)
            return &machine->footprints[i];
    return NULL;
}

/* ---- where it stands ---- */

/* A write of the page-table base flushes the TLB, unless its entries are tagged. */
static const struct irqp_step flushed[] = {{.name = "the TLB is flushed", .effect = E_TLB_FLUSHED}, IRQP_END};

static const struct irqp_step *before(const void *context, irqp_cost_handle cost)
{
    const struct machine *machine = context;
    const struct footprint *footprint = cost < PARAMETER_COUNT ? footprint_of(machine, cost) : NULL;
    bool flushes = cost == P_SPACE_SWITCH || cost == P_RESUME_SPACE;
    if (footprint)
        return machine->footprint_steps[footprint - machine->footprints];
    return flushes && !machine->tagged_tlb ? flushed : NULL;
}

void footprints_rules(const struct machine *machine, struct irqp_platform_rules *rules)
{
    rules->before = machine->footprint_count > 0 ? before : NULL;
}

/* ---- while it runs ---- */

static double cold_share(const struct machine *machine, double touched)
{
    double x = touched / machine->cache_lines * POINTS_PER_UNIT;
    if (!(x < COLD_POINTS))
        return 1;
    int point = (int)x;
    return machine->cold[point] + (x - point) * (machine->cold[point + 1] - machine->cold[point]);
}

/* The next step begins with the time that it takes now: its frame keeps it, as of one that was interrupted.
 */
void footprint_begin(struct irqp_cpu *cpu, uint16_t index)
{
    struct run *run = run_of(cpu);
    const struct machine *machine = run->machine;
    const struct footprint *footprint = &machine->footprints[index];
    struct footprint_state *state = &run->footprint;
    if (state->idled) {
        irqp_cpu_settle(cpu);
        state->idle = state->idle_before + cpu->mode_time[IRQP_MODE_IDLE];
        state->idled = false;
    }
    irqp_time busy = cpu->now - state->idle, length = footprint->hot;
    double others = (double)(state->touched - state->last[index].touched) +
                    machine->touch_rate * (double)(busy - state->last[index].busy);
    double cold = state->last[index].ran ? cold_share(machine, others) : 1;
    length += (irqp_time)llround(cold * (double)footprint->lines * (double)machine->line_miss);
    if (!state->last[index].ran || state->flushes != state->last[index].flushes)
        length += footprint->pages * machine->footprint_walk;
    state->touched += footprint->lines;
    state->last[index].touched = state->touched; /* its own lines are there now */
    state->last[index].busy = busy;
    state->last[index].flushes = state->flushes;
    state->last[index].ran = true;
    cpu->thread->top->remaining = length;
}

void footprint_flushed(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    run_of(cpu)->footprint.flushes++;
}
