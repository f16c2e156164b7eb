/* Gaps: what a thread that reads a clock without pause sees when something takes the processor from it, as
 * oslat, osnoise and hwlat measure it; and the round trip of a call that it makes.
 *
 * A gap lasts from the end of one piece of the thread's own computing to the beginning of the next: two
 * pieces between which no time passes are one, and what takes no time is none. Everything between belongs to
 * it, also what refills caches after the return: the next read of the clock is late by that. A batch ends
 * with a wake-up of cyclictest, whose gap is still open then and not counted.
 *
 * The engine charges every row to somebody during a wake-up in flight; where gaps are measured, always. So an
 * observer sees all time pass, and a run without gaps pays nothing for it.
 */
#include "run.h"
#include <stdlib.h>

/* ---- whose ---- */

enum { NAMES_MAX = PROGRAMS_MAX + COMPETITORS_MAX };

/* The names that gaps.of may have: the load's programs, then the competing threads. */
static size_t collect_names(const struct machine *machine, const char *names[NAMES_MAX])
{
    size_t count = 0;
    for (unsigned i = 0; i < machine->load.program_count; i++)
        names[count++] = machine->load.programs[i].name;
    for (unsigned i = 0; i < machine->competitor_count; i++)
        names[count++] = machine->competitors[i].name;
    return count;
}

static bool complain(struct irqp_diagnostics *diagnostics, const struct irqp_tree *tree, const char *message,
                     const char *name)
{
    irqp_diagnose(diagnostics, IRQP_ERROR, &tree->place, message, name);
    return false;
}

static bool find(struct machine *machine, const struct irqp_tree *of, struct irqp_diagnostics *diagnostics)
{
    const char *names[NAMES_MAX], *name;
    size_t count = collect_names(machine, names), found = count, times = 0;
    if (!irqp_tree_name(of, "'of'", &name, diagnostics))
        return false;
    for (size_t i = count; i-- > 0;)
        if (!strcmp(names[i], name)) {
            found = i;
            times++;
        }
    if (times > 1)
        return complain(diagnostics, of, "'%s' is a program of the load and a competing thread, or two",
                        name);
    if (!times) {
        const char *near = irqp_nearest(name, names, count);
        complain(diagnostics, of, "there is no program and no competing thread '%s' whose gaps could be seen",
                 name);
        if (near)
            irqp_suggest(diagnostics, "did you mean '%s'?", near);
        return false;
    }
    unsigned programs = machine->load.program_count;
    machine->gaps.competes = found >= programs;
    machine->gaps.of = (uint16_t)(found >= programs ? found - programs : found);
    if (!machine->gaps.competes && machine->load.programs[found].forked)
        return complain(diagnostics, of,
                        "program '%s' is only forked: gaps are seen by a process that goes on and on", name);
    return true;
}

static bool read_mode(struct machine *machine, const struct irqp_tree *tree,
                      struct irqp_diagnostics *diagnostics)
{
    const char *word;
    if (!irqp_tree_name(tree, "'mode'", &word, diagnostics))
        return false;
    if (strcmp(word, "user") != 0 && strcmp(word, "kernel") != 0)
        return complain(diagnostics, tree, "'%s' is no mode: user or kernel", word);
    machine->gaps.mode = *word == 'u' ? IRQP_MODE_USER : IRQP_MODE_KERNEL;
    return machine->gaps.mode == IRQP_MODE_USER || !machine->gaps.competes ||
           complain(diagnostics, tree, "a competing thread runs in user mode, not in that of a %s", word);
}

/* Constant: what is left of one turn of the loop before the gap and what of one comes after it are one turn.
 */
static bool read_loop(struct machine *machine, const struct irqp_tree *tree,
                      struct irqp_diagnostics *diagnostics)
{
    struct irqp_distribution *cost;
    if (!irqp_tree_cost(tree, machine->scenario, "'between_reads'", &cost, diagnostics))
        return false;
    bool sound = cost->kind == IRQP_CONSTANT && cost->a <= IRQP_MS;
    machine->gaps.between_reads = sound ? (irqp_time)(cost->a + 0.5) : 0;
    irqp_distribution_free(cost);
    return sound || complain(diagnostics, tree,
                             "'between_reads' is one duration, of 1 ms at most, no distribution%s", "");
}

bool gaps_compile(struct machine *machine, struct irqp_diagnostics *diagnostics)
{
    const struct irqp_tree *tree = value_of(machine, P_GAPS)->tree;
    if (!tree || (tree->node == IRQP_SCALAR && !*tree->scalar))
        return true;
    if (!irqp_tree_keys(tree, "'gaps'", "of|mode|between_reads", diagnostics))
        return false;
    const struct irqp_tree *of = irqp_tree_child(tree, "of"), *mode = irqp_tree_child(tree, "mode"),
                           *between = irqp_tree_child(tree, "between_reads");
    if (!of)
        return complain(diagnostics, tree, "'gaps' needs 'of', a program or a competing thread%s", "");
    bool sound = find(machine, of, diagnostics);
    sound = (!mode || read_mode(machine, mode, diagnostics)) && sound;
    sound = (!between || read_loop(machine, between, diagnostics)) && sound;
    machine->gaps.measured = sound;
    return sound;
}

/* ---- where ---- */

/* Marks the rows of a path that are the thread's own computing: what the platform adds to it, to enter the
 * kernel or to fill caches again, draws from the platform's stream. Whether there are any. */
static bool mark(struct machine *machine, uint16_t path)
{
    const struct irqp_program *program = &machine->program;
    const struct irqp_path *own = &program->paths[path];
    const struct gaps_design *gaps = &machine->gaps;
    bool any = false;
    for (uint16_t i = own->first; i < own->first + own->count; i++) {
        const struct irqp_row *row = &program->rows[i];
        bool computes =
            gaps->competes ? !(row->flags & IRQP_ROW_MASKED) : (row->flags & IRQP_ROW_MODE) == gaps->mode;
        gaps->computes[i] = computes && row->cost && !(row->flags & IRQP_ROW_PLATFORM);
        any |= gaps->computes[i];
    }
    return any;
}

enum irqp_status gaps_link(struct machine *machine, struct irqp_diagnostics *diagnostics)
{
    struct gaps_design *gaps = &machine->gaps;
    if (!gaps->measured)
        return IRQP_OK;
    gaps->computes = calloc(machine->program.row_count, sizeof *gaps->computes);
    if (!gaps->computes)
        return IRQP_NO_MEMORY;
    if (gaps->competes) {
        mark(machine, (uint16_t)(PATH_COMPETING + gaps->of));
        return IRQP_OK;
    }
    const struct program *program = &machine->load.programs[gaps->of];
    bool any = false;
    for (uint16_t path = program->path; path < program->path_end; path++)
        any |= mark(machine, path);
    if (any)
        return IRQP_OK;
    const struct irqp_tree *of = irqp_tree_child(value_of(machine, P_GAPS)->tree, "of");
    irqp_diagnose(diagnostics, IRQP_ERROR, &of->place,
                  "program '%s' never computes in %s mode: it sees no gaps", program->name,
                  gaps->mode == IRQP_MODE_USER ? "user" : "kernel");
    return IRQP_INPUT;
}

void gaps_fini(struct machine *machine)
{
    free(machine->gaps.computes);
}

/* ---- the observer ---- */

/* Of a program that several processes run, the first is watched. */
void gaps_start(struct run *run)
{
    const struct gaps_design *design = &run->machine->gaps;
    struct gaps *gaps = &run->gaps;
    gaps->left = IRQP_NEVER;
    if (!design->measured)
        return;
    run->cpu.charging = true;
    if (design->competes) {
        gaps->of = kernel_thread_stack(run, (enum kernel_thread_id)(THREAD_COMPETING + design->of));
        return;
    }
    uint16_t task = TASK_FIRST_PROCESS;
    while (run->guest.tasks[task].program != design->of)
        task++;
    gaps->of = &run->guest.tasks[task].thread;
}

/* So much time passes in a row. */
static void pass(struct run *run, uint16_t row, irqp_time duration)
{
    const struct gaps_design *design = &run->machine->gaps;
    struct gaps *gaps = &run->gaps;
    if (duration && design->computes[row] && run->cpu.thread == gaps->of) {
        if (gaps->now > gaps->left && gaps->left >= run->measured_from)
            run_record(run, &run->result->latencies[gap_latency(run->machine)],
                       gaps->now - gaps->left + design->between_reads);
        gaps->left = gaps->now + duration;
    }
    gaps->now += duration;
}

void gaps_charge(struct irqp_cpu *cpu, const struct irqp_row *row, irqp_time duration)
{
    struct run *run = run_of(cpu);
    pass(run, (uint16_t)(row - cpu->program->rows), duration);
    if (run->wakeup.in_flight)
        wakeup_charge(cpu, row, duration);
}

void gaps_charge_stretch(struct irqp_cpu *cpu, uint16_t first, irqp_time duration)
{
    struct run *run = run_of(cpu);
    const struct irqp_program *program = cpu->program;
    uint16_t row = first;
    pass(run, row, duration);
    for (unsigned left = program->stretches[first].rows; left > 1; left--) {
        const irqp_time next = irqp_stretch_on(program, &row);
        pass(run, row, next);
    }
    if (run->wakeup.in_flight)
        wakeup_charge_stretch(cpu, first, duration);
}
