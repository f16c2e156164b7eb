/* The linker: tables of steps to rows. */
#include "irqpath/link.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROWS_MAX = 0xfff0,
    DEPTH_MAX = 8,
    FIXUPS_MAX = 128,
    GUEST_FLAGS = IRQP_STEP_IRQS_OFF | IRQP_STEP_PREEMPT_OFF
};

struct irqp_linker {
    struct irqp_platform_rules rules;
    const struct irqp_distribution *(*cost)(void *, irqp_cost_handle, const char **);
    void *context;

    struct irqp_row *rows;
    uint16_t *step_flags; /* of each row, as the step had them */
    size_t row_count, row_capacity;
    struct irqp_path *paths;
    enum irqp_path_kind *kinds;
    size_t path_count;
    const char **names;
    size_t name_count, name_capacity;
    const struct irqp_distribution **costs;
    irqp_cost_handle *handles;
    const char **cost_names;
    size_t cost_count, cost_capacity;

    enum irqp_status status;
    char problem[256];
    const char *path_name; /* being linked */
    size_t path_first;     /* its first row */
    uint16_t before;       /* step flags of the row before, if it falls through */
    bool follows;          /* there is such a row */
    bool owes_check;       /* preemption came back while interrupts were off: the check is still to come */
};

static void fail(struct irqp_linker *linker, enum irqp_status status, const char *what, const char *step)
{
    if (linker->status != IRQP_OK)
        return;
    linker->status = status;
    snprintf(linker->problem, sizeof linker->problem, "path '%s', step '%s': %s",
             linker->path_name ? linker->path_name : "-", step ? step : "-", what);
}

static bool grow(struct irqp_linker *linker, void **array, size_t *capacity, size_t count, size_t size)
{
    if (count < *capacity)
        return true;
    size_t wanted = *capacity ? *capacity * 2 : 64;
    void *larger = realloc(*array, wanted * size);
    if (!larger) {
        fail(linker, IRQP_NO_MEMORY, "out of memory", NULL);
        return false;
    }
    *array = larger;
    *capacity = wanted;
    return true;
}

struct irqp_linker *irqp_linker_new(const struct irqp_platform_rules *rules, size_t paths,
                                    const struct irqp_distribution *(*cost)(void *, irqp_cost_handle,
                                                                            const char **),
                                    void *context)
{
    struct irqp_linker *linker = calloc(1, sizeof *linker);
    if (!linker)
        return NULL;
    linker->rules = *rules;
    linker->cost = cost;
    linker->context = context;
    linker->path_count = paths;
    linker->paths = calloc(paths, sizeof *linker->paths);
    linker->kinds = calloc(paths, sizeof *linker->kinds);
    if (!linker->paths || !linker->kinds) {
        irqp_linker_free(linker);
        return NULL;
    }
    return linker;
}

void irqp_linker_free(struct irqp_linker *linker)
{
    if (!linker)
        return;
    free(linker->rows);
    free(linker->step_flags);
    free(linker->paths);
    free(linker->kinds);
    free(linker->names);
    free(linker->costs);
    free(linker->handles);
    free(linker->cost_names);
    free(linker);
}

void irqp_linker_set_fragment(struct irqp_linker *linker, uint8_t fragment, const struct irqp_step *steps)
{
    linker->rules.fragments[fragment] = steps;
}

static uint16_t intern_name(struct irqp_linker *linker, const char *name)
{
    for (size_t i = 0; i < linker->name_count; i++)
        if (!strcmp(linker->names[i], name))
            return (uint16_t)i;
    if (linker->name_count == IRQP_STEPS_MAX) {
        fail(linker, IRQP_MODEL, "too many distinct steps", name);
        return 0;
    }
    void *names = linker->names;
    if (!grow(linker, &names, &linker->name_capacity, linker->name_count, sizeof *linker->names))
        return 0;
    linker->names = names;
    linker->names[linker->name_count] = name;
    return (uint16_t)linker->name_count++;
}

/* The index among the program's costs; the first is "no time". */
static uint16_t intern_cost(struct irqp_linker *linker, irqp_cost_handle handle)
{
    if (handle >= IRQP_COST_REGISTER)
        return handle;
    for (size_t i = 0; i < linker->cost_count; i++)
        if (linker->handles[i] == handle)
            return (uint16_t)i;
    size_t before = linker->cost_capacity;
    void *costs = linker->costs;
    if (!grow(linker, &costs, &linker->cost_capacity, linker->cost_count, sizeof *linker->costs))
        return 0;
    linker->costs = costs;
    if (linker->cost_capacity != before) {
        void *handles = realloc(linker->handles, linker->cost_capacity * sizeof *linker->handles);
        void *names = handles ? realloc(linker->cost_names, linker->cost_capacity * sizeof(char *)) : NULL;
        linker->handles = handles ? handles : linker->handles;
        linker->cost_names = names ? names : linker->cost_names;
        if (!handles || !names) {
            fail(linker, IRQP_NO_MEMORY, "out of memory", NULL);
            return 0;
        }
    }
    const char *name = "";
    linker->costs[linker->cost_count] = handle ? linker->cost(linker->context, handle, &name) : NULL;
    linker->handles[linker->cost_count] = handle;
    linker->cost_names[linker->cost_count] = name;
    return (uint16_t)linker->cost_count++;
}

uint16_t irqp_link_cost(struct irqp_linker *linker, irqp_cost_handle handle)
{
    intern_cost(linker, 0); /* index 0 is no time */
    return intern_cost(linker, handle);
}

static uint8_t row_flags(const struct irqp_linker *linker, unsigned step)
{
    unsigned row = step & IRQP_ROW_MODE;
    if (step & IRQP_STEP_MASKED || (linker->rules.physical && step & IRQP_STEP_IRQS_OFF))
        row |= IRQP_ROW_MASKED;
    if (step & IRQP_STEP_SHIELDED)
        row |= IRQP_ROW_SHIELDED;
    if (step & IRQP_STEP_IRQS_OFF)
        row |= IRQP_ROW_VIRTUAL;
    if (step & IRQP_STEP_PREEMPT_OFF)
        row |= IRQP_ROW_PREEMPT;
    if (step & IRQP_STEP_PLATFORM)
        row |= IRQP_ROW_PLATFORM;
    return (uint8_t)row;
}

/* User mode is left for whatever serves it, the guest kernel for the microkernel; ways back do not count. */
static bool crossing(unsigned from, unsigned into)
{
    return (from == IRQP_MODE_USER && (into == IRQP_MODE_KERNEL || into == IRQP_MODE_MICROKERNEL)) ||
           (from == IRQP_MODE_KERNEL && into == IRQP_MODE_MICROKERNEL);
}

static bool tests_pending(const struct irqp_linker *linker, size_t row)
{
    return linker->rows[row].effect == IRQP_EFFECT_TEST &&
           linker->rows[row].argument & linker->rules.pending_bit;
}

static void append(struct irqp_linker *linker, const struct irqp_step *step, uint16_t flags)
{
    size_t capacity = linker->row_capacity;
    void *rows = linker->rows;
    if (linker->row_count == ROWS_MAX)
        fail(linker, IRQP_MODEL, "too many rows", step->name);
    if (linker->status != IRQP_OK ||
        !grow(linker, &rows, &linker->row_capacity, linker->row_count, sizeof *linker->rows))
        return;
    linker->rows = rows;
    if (capacity != linker->row_capacity) {
        void *step_flags = realloc(linker->step_flags, linker->row_capacity * sizeof *linker->step_flags);
        if (!step_flags) {
            fail(linker, IRQP_NO_MEMORY, "out of memory", step->name);
            return;
        }
        linker->step_flags = step_flags;
    }
    linker->step_flags[linker->row_count] = flags;
    bool first_of_path = linker->row_count == linker->path_first;
    unsigned from = first_of_path ? 0 : linker->rows[linker->row_count - 1].flags & IRQP_ROW_MODE;
    bool crosses = !first_of_path && crossing(from, flags & IRQP_ROW_MODE);
    linker->rows[linker->row_count++] = (struct irqp_row){
        .cost = intern_cost(linker, step->cost),
        .flags = (uint8_t)(row_flags(linker, flags) | (crosses ? IRQP_ROW_CROSSES : 0)),
        .effect = step->effect,
        .argument = step->argument,
        .name = intern_name(linker, step->name),
    };
    bool jumps = step->effect == IRQP_EFFECT_GOTO || step->effect == IRQP_EFFECT_LOOP;
    if (jumps && !step->to)
        fail(linker, IRQP_MODEL, "jumps without a label", step->name);
    bool restores = flags & IRQP_STEP_RESTORES;
    if (restores && linker->owes_check)
        fail(linker, IRQP_MODEL, "brings preemption back without a look for a better task", step->name);
    bool tested = linker->rules.physical || tests_pending(linker, linker->row_count - 1);
    bool looked_at = linker->rules.hardware_tests && step->effect != IRQP_EFFECT_POP;
    if (restores && !tested && !looked_at)
        fail(linker, IRQP_MODEL, "restores the interrupt flag without a test for pending interrupts",
             step->name);
    linker->before = restores ? flags & (uint16_t)~GUEST_FLAGS : flags;
    linker->follows = step->effect != IRQP_EFFECT_GOTO && step->effect != IRQP_EFFECT_POP;
    linker->owes_check &= linker->follows;
}

/* What the model wants before each step with this cost. */
static void append_before(struct irqp_linker *linker, irqp_cost_handle cost, uint16_t flags)
{
    const struct irqp_step *steps = linker->rules.before ? linker->rules.before(linker->context, cost) : NULL;
    for (; steps && steps->name; steps++)
        append(linker, steps, flags & (uint16_t)~IRQP_STEP_RESTORES);
}

static void expand(struct irqp_linker *linker, const struct irqp_step *steps, uint16_t inherited, int depth);

/* From off for all to off for all but urgent ones: what was urgent meanwhile waits for nothing. */
static bool lets_urgent_through(unsigned from, unsigned to)
{
    return from & IRQP_STEP_IRQS_OFF && !(from & IRQP_STEP_URGENT) && to & IRQP_STEP_URGENT;
}

/* What stands between a row and the next one whose guest flags are fewer. */
static void insert_edges(struct irqp_linker *linker, uint16_t flags, const char *after)
{
    unsigned falling = linker->follows ? linker->before & ~(unsigned)flags & GUEST_FLAGS : 0;
    if (linker->follows && lets_urgent_through(linker->before, flags))
        fail(linker, IRQP_MODEL, "lets urgent interrupts through again without a test for pending ones",
             after);
    if (!falling)
        return;
    enum { BETWEEN = IRQP_MODE_KERNEL | IRQP_STEP_PLATFORM };
    if (falling & IRQP_STEP_IRQS_OFF) {
        size_t first = linker->row_count;
        linker->before &= (uint16_t)~IRQP_STEP_IRQS_OFF; /* the fragment is what comes between */
        uint16_t between = (uint16_t)(BETWEEN | (linker->before & IRQP_STEP_PREEMPT_OFF));
        if (linker->rules.enable)
            expand(linker, linker->rules.enable, between, 1);
        bool tested = linker->rules.physical;
        for (size_t i = first; i < linker->row_count; i++)
            tested |= tests_pending(linker, i);
        if (!tested)
            fail(linker, IRQP_MODEL, "the platform brings interrupts back on without a test for pending ones",
                 after);
    }
    bool back = falling & IRQP_STEP_PREEMPT_OFF || !(flags & GUEST_FLAGS);
    linker->owes_check |= back && linker->rules.resched_bit;
    if (linker->owes_check && !(flags & GUEST_FLAGS)) {
        /* Whatever was off: where both are back on, a better task may be waiting. */
        static const char name[] = "preemption check";
        struct irqp_step check = {
            .name = name, .effect = IRQP_EFFECT_TEST, .argument = linker->rules.resched_bit};
        linker->owes_check = false;
        append(linker, &check, BETWEEN | IRQP_STEP_PREEMPT_OFF);
        linker->before = BETWEEN;
    }
}

static size_t find_label(const struct irqp_step *steps, const size_t *at, size_t count, const char *label)
{
    for (size_t i = 0; i < count; i++)
        if (steps[i].label && !strcmp(steps[i].label, label))
            return at[i];
    return SIZE_MAX;
}

static bool is_end(const struct irqp_step *step)
{
    return !step->name && !step->fragment;
}

/* Expands one table; its labels are its own. */
static void expand(struct irqp_linker *linker, const struct irqp_step *steps, uint16_t inherited, int depth)
{
    size_t at[FIXUPS_MAX], jumps[FIXUPS_MAX], count = 0;

    if (depth > DEPTH_MAX) {
        fail(linker, IRQP_MODEL, "fragments contain each other", NULL);
        return;
    }
    for (; !is_end(&steps[count]); count++) {
        const struct irqp_step *step = &steps[count];
        if (count == FIXUPS_MAX) {
            fail(linker, IRQP_MODEL, "table too long", step->name);
            return;
        }
        uint16_t flags = step->flags | inherited;
        if (step->flags & IRQP_ROW_MODE) /* a mode of its own is not mixed with the fragment's */
            flags = (uint16_t)((flags & ~IRQP_ROW_MODE) | (step->flags & IRQP_ROW_MODE));
        jumps[count] = SIZE_MAX;
        if (step->fragment) {
            const struct irqp_step *fragment = linker->rules.fragments[step->fragment];
            at[count] = linker->row_count;
            if (fragment)
                expand(linker, fragment, flags, depth + 1);
            else
                fail(linker, IRQP_MODEL, "the platform lacks a fragment", step->name);
        } else {
            insert_edges(linker, flags, step->name);
            at[count] = linker->row_count;
            append_before(linker, step->cost, flags);
            append(linker, step, flags);
            if (step->to)
                jumps[count] = linker->row_count - 1;
            if (flags & IRQP_STEP_RESTORES && linker->rules.hardware_tests)
                expand(linker, linker->rules.enable, IRQP_MODE_KERNEL | IRQP_STEP_PLATFORM, depth + 1);
        }
        if (linker->status != IRQP_OK)
            return;
    }
    for (size_t i = 0; i < count; i++) {
        if (jumps[i] == SIZE_MAX)
            continue;
        bool begin = !strcmp(steps[i].to, IRQP_PATH_BEGIN);
        size_t target = begin ? linker->path_first : find_label(steps, at, count, steps[i].to);
        if (target == SIZE_MAX || target >= linker->row_count) {
            fail(linker, IRQP_MODEL, "jumps to a label that does not exist", steps[i].name);
            return;
        }
        unsigned here = linker->step_flags[jumps[i]], there = linker->step_flags[target];
        if (here & IRQP_STEP_RESTORES)
            here &= ~(unsigned)GUEST_FLAGS;
        if (here & ~there & GUEST_FLAGS || lets_urgent_through(here, there))
            fail(linker, IRQP_MODEL, "a jump brings interrupts or preemption back without a test",
                 steps[i].name);
        linker->rows[jumps[i]].argument = (uint16_t)target;
    }
}

/* What holds where a path begins and ends, by its kind. */
static void check_ends(struct irqp_linker *linker, enum irqp_path_kind kind)
{
    const char *first = linker->names[linker->rows[linker->path_first].name];
    if (kind == IRQP_PATH_NESTED && !(linker->step_flags[linker->path_first] & GUEST_FLAGS))
        fail(linker, IRQP_MODEL, "a nested path begins with interrupts and preemption on", first);
    for (size_t i = linker->path_first; i < linker->row_count; i++) {
        if (linker->rows[i].effect != IRQP_EFFECT_POP)
            continue;
        const char *name = linker->names[linker->rows[i].name];
        unsigned flags = linker->step_flags[i] & GUEST_FLAGS;
        if (kind == IRQP_PATH_NESTED && !flags)
            fail(linker, IRQP_MODEL, "a nested path ends with interrupts and preemption on", name);
        if (kind == IRQP_PATH_FREE && flags && !(linker->step_flags[i] & IRQP_STEP_RESTORES))
            fail(linker, IRQP_MODEL, "the path ends masked without a test for pending interrupts", name);
    }
}

void irqp_link(struct irqp_linker *linker, uint16_t path, enum irqp_path_kind kind, const char *name,
               const char *doc, const struct irqp_step *const *parts)
{
    if (linker->status != IRQP_OK)
        return;
    linker->path_name = name;
    linker->follows = false;
    linker->owes_check = false;
    intern_cost(linker, 0);
    size_t first = linker->path_first = linker->row_count;
    for (; *parts; parts++)
        expand(linker, *parts, 0, 0);
    if (linker->status != IRQP_OK)
        return;
    if (linker->row_count == first || linker->follows) {
        fail(linker, IRQP_MODEL, "the path does not end", NULL);
        return;
    }
    check_ends(linker, kind);
    linker->paths[path] = (struct irqp_path){
        .name = name, .doc = doc, .first = (uint16_t)first, .count = (uint16_t)(linker->row_count - first)};
    linker->kinds[path] = kind;
}

/* A nested path leaves interrupts as they are: it may be pushed only where they are off, and stay off. */
static void check_pushes(struct irqp_linker *linker, const struct irqp_path *path)
{
    linker->path_name = path->name;
    for (size_t i = path->first; i < (size_t)path->first + path->count; i++) {
        const struct irqp_row *row = &linker->rows[i];
        if (row->effect != IRQP_EFFECT_PUSH)
            continue;
        if (row->argument >= linker->path_count || !linker->paths[row->argument].count)
            fail(linker, IRQP_MODEL, "a path is pushed that does not exist", linker->names[row->name]);
        else if (linker->kinds[row->argument] == IRQP_PATH_NESTED &&
                 !(linker->step_flags[i] & linker->step_flags[i + 1] & IRQP_STEP_IRQS_OFF))
            fail(linker, IRQP_MODEL, "a nested path is pushed where interrupts are on",
                 linker->names[row->name]);
    }
}

static enum irqp_status build_tables(struct irqp_linker *linker, struct irqp_program *program)
{
    struct irqp_distribution *nothing = irqp_distribution_new(IRQP_CONSTANT, 0, 0, 0);
    program->costs = calloc(linker->cost_count, sizeof *program->costs);
    enum irqp_status status = nothing && program->costs ? IRQP_OK : IRQP_NO_MEMORY;
    for (size_t i = 0; i < linker->cost_count && status == IRQP_OK; i++) {
        const struct irqp_distribution *cost = linker->handles[i] ? linker->costs[i] : nothing;
        status = irqp_table_init(&program->costs[i], cost, NULL);
        if (status != IRQP_OK) {
            linker->path_name = "costs";
            fail(linker, status, "no table could be built for this cost", linker->cost_names[i]);
            break;
        }
        program->cost_count = i + 1;
        program->tables_hash = irqp_table_hash(&program->costs[i], program->tables_hash);
    }
    irqp_distribution_free(nothing);
    return status;
}

enum irqp_status irqp_linker_finish(struct irqp_linker *linker, struct irqp_program *program,
                                    const char **problem)
{
    memset(program, 0, sizeof *program);
    for (size_t i = 0; i < linker->path_count && linker->status == IRQP_OK; i++)
        check_pushes(linker, &linker->paths[i]);
    if (linker->status == IRQP_OK)
        linker->status = build_tables(linker, program);
    *problem = linker->problem;
    if (linker->status != IRQP_OK) {
        irqp_program_fini(program);
        return linker->status;
    }
    for (size_t i = 0; i < linker->row_count && !linker->rules.urgent; i++)
        linker->step_flags[i] &= (uint16_t)~IRQP_STEP_URGENT;
    program->rows = linker->rows;
    program->row_count = linker->row_count;
    program->step_flags = linker->step_flags;
    program->paths = linker->paths;
    program->path_count = linker->path_count;
    program->names = linker->names;
    program->name_count = linker->name_count;
    program->cost_names = linker->cost_names;
    linker->rows = NULL;
    linker->step_flags = NULL;
    linker->paths = NULL;
    linker->names = NULL;
    linker->cost_names = NULL;
    linker->status = irqp_program_prepare(program);
    if (linker->status != IRQP_OK)
        irqp_program_fini(program);
    return linker->status;
}

void irqp_program_fini(struct irqp_program *program)
{
    for (size_t i = 0; i < program->cost_count; i++)
        irqp_table_fini(&program->costs[i]);
    free(program->costs);
    free(program->rows);
    free(program->step_flags);
    free(program->paths);
    free(program->names);
    free(program->cost_names);
    irqp_program_forget(program);
    memset(program, 0, sizeof *program);
}
