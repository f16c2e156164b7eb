/* The compiler of load programs: from the `load` of a scenario to paths.
 *
 *   load:
 *     channels:  {inbox: {count: 20, capacity: 200}}
 *     processes: [{program: sender, count: 20}]
 *     programs:
 *       sender:
 *         page_tables: 4
 *         steps: [{compute: 1 us}, {send: inbox}, {repeat: {times: 10, steps: [...]}}]
 *
 * A program of `processes` begins anew when it ends; one that is only forked exits. Every sequence of steps
 * (a program, the body of a repeat) is a path; every operation is a table of steps in it.
 */
#include "compiler.h"
#include "operations.h"
#include <stdio.h>
#include <stdlib.h>

bool load_complain(struct compiler *compiler, const struct irqp_tree *tree, const char *message,
                   const char *name)
{
    irqp_diagnose(compiler->diagnostics, IRQP_ERROR, tree ? &tree->place : NULL, message, name);
    return false;
}

static bool no_memory(struct compiler *compiler)
{
    if (compiler->memory)
        irqp_diagnose(compiler->diagnostics, IRQP_ERROR, NULL, "out of memory");
    compiler->memory = false;
    return false;
}

/* ---- names ---- */

static int find_program(const struct load *load, const char *name)
{
    for (int i = 0; i < load->program_count; i++)
        if (!strcmp(load->programs[i].name, name))
            return i;
    return -1;
}

static bool program_named(struct compiler *compiler, const struct irqp_tree *tree, const char *what,
                          uint16_t *out)
{
    const char *name;
    if (!irqp_tree_name(tree, what, &name, compiler->diagnostics))
        return false;
    int found = find_program(compiler->load, name);
    if (found < 0) {
        const char *names[PROGRAMS_MAX];
        for (int i = 0; i < compiler->load->program_count; i++)
            names[i] = compiler->load->programs[i].name;
        load_complain(compiler, tree, "there is no program '%s' in 'load.programs'", name);
        const char *near = irqp_nearest(name, names, compiler->load->program_count);
        if (near)
            irqp_suggest(compiler->diagnostics, "did you mean '%s'?", near);
        return false;
    }
    *out = (uint16_t)found;
    return true;
}

static bool group_named(struct compiler *compiler, const struct irqp_tree *tree, const char *what,
                        uint16_t *out)
{
    const char *name;
    if (!irqp_tree_name(tree, what, &name, compiler->diagnostics))
        return false;
    const char *names[PROGRAMS_MAX];
    for (uint16_t i = 0; i < compiler->load->group_count; i++) {
        names[i] = compiler->load->groups[i].name;
        if (!strcmp(names[i], name)) {
            *out = i;
            return true;
        }
    }
    load_complain(compiler, tree, "there is no channel '%s' in 'load.channels'", name);
    const char *near = irqp_nearest(name, names, compiler->load->group_count);
    if (near)
        irqp_suggest(compiler->diagnostics, "did you mean '%s'?", near);
    return false;
}

static bool mutex_named(struct compiler *compiler, const struct irqp_tree *tree, uint16_t *out)
{
    const char *name;
    if (!irqp_tree_name(tree, "'mutex'", &name, compiler->diagnostics))
        return false;
    const struct load *load = compiler->load;
    for (uint16_t i = 0; i < load->mutex_count; i++)
        if (!strcmp(load->mutexes[i], name)) {
            *out = i;
            return true;
        }
    load_complain(compiler, tree, "there is no mutex '%s' in 'load.mutexes'", name);
    const char *near = irqp_nearest(name, load->mutexes, load->mutex_count);
    if (near)
        irqp_suggest(compiler->diagnostics, "did you mean '%s'?", near);
    return false;
}

/* ---- sequences ---- */

/* Appends a copy of an operation's table, with its holes filled. */
static bool append(struct compiler *compiler, struct sequence *sequence, const struct irqp_step *operation,
                   uint16_t argument, const irqp_cost_handle costs[HOLES_MAX])
{
    size_t count = 0;
    while (operation[count].name || operation[count].fragment)
        count++;
    struct irqp_step *copy = malloc((count + 1) * sizeof *copy);
    if (!copy)
        return no_memory(compiler);
    memcpy(copy, operation, (count + 1) * sizeof *copy);
    for (size_t i = 0; i < count; i++) {
        if (copy[i].cost >= HOLE_COST && copy[i].cost < HOLE_COST + HOLES_MAX)
            copy[i].cost = costs[copy[i].cost - HOLE_COST];
        if (copy[i].argument == HOLE_ARGUMENT)
            copy[i].argument = argument;
    }
    if (sequence->count + 1 >= sequence->capacity) {
        size_t wanted = sequence->capacity ? sequence->capacity * 2 : 16;
        const struct irqp_step **parts = realloc(sequence->parts, wanted * sizeof *parts);
        if (!parts) {
            free(copy);
            return no_memory(compiler);
        }
        sequence->parts = parts;
        sequence->capacity = wanted;
    }
    sequence->parts[sequence->count++] = copy;
    sequence->parts[sequence->count] = NULL;
    return true;
}

static struct sequence *new_sequence(struct compiler *compiler, const struct irqp_tree *tree,
                                     const char *name, uint16_t *path, const struct irqp_step *beginning,
                                     uint16_t argument)
{
    struct load *load = compiler->load;
    if (load->path_count == LOAD_PATHS_MAX) {
        load_complain(compiler, tree, "the load has too many programs and repeats%s", "");
        return NULL;
    }
    *path = (uint16_t)(PATH_LOAD + load->path_count);
    struct sequence *sequence = &load->sequences[load->path_count++];
    sequence->name = name;
    return append(compiler, sequence, beginning, argument, NULL) ? sequence : NULL;
}

bool machine_own_cost(struct machine *machine, const struct irqp_tree *tree, const char *what,
                      irqp_cost_handle *handle, struct irqp_diagnostics *diagnostics)
{
    struct irqp_distribution *cost;
    if (!irqp_tree_cost(tree, machine->scenario, what, &cost, diagnostics))
        return false;
    if (machine->cost_count == machine->cost_capacity) {
        size_t wanted = machine->cost_capacity ? machine->cost_capacity * 2 : 32;
        struct irqp_distribution **costs = realloc(machine->costs, wanted * sizeof *costs);
        if (!costs) {
            irqp_distribution_free(cost);
            irqp_diagnose(diagnostics, IRQP_ERROR, NULL, "out of memory");
            return false;
        }
        machine->costs = costs;
        machine->cost_capacity = wanted;
    }
    if (PARAMETER_COUNT + machine->cost_count >= COST_KERNEL_WALKS) {
        irqp_distribution_free(cost);
        irqp_diagnose(diagnostics, IRQP_ERROR, &tree->place, "the load has too many costs of its own");
        return false;
    }
    machine->costs[machine->cost_count] = cost;
    *handle = (irqp_cost_handle)(PARAMETER_COUNT + machine->cost_count++);
    return true;
}

/* The handle of a cost that the program itself gives. */
static bool own_cost(struct compiler *compiler, const struct irqp_tree *tree, const char *what,
                     irqp_cost_handle *handle)
{
    return machine_own_cost(compiler->machine, tree, what, handle, compiler->diagnostics);
}

/* ---- operations ---- */

static bool compile_steps(struct compiler *compiler, struct sequence *sequence, const struct irqp_tree *steps,
                          int depth);

/* A sequence of its own that runs `times` times. */
static bool append_repeat(struct compiler *compiler, struct sequence *sequence, const struct irqp_tree *place,
                          uint16_t body, int64_t times)
{
    struct load *load = compiler->load;
    if (load->repeat_count == LOAD_PATHS_MAX)
        return load_complain(compiler, place, "the load has too many repeats%s", "");
    load->repeats[load->repeat_count] = (struct repeat){body, (uint32_t)times};
    return append(compiler, sequence, operation_repeat, load->repeat_count++, NULL);
}

static bool repeated(struct compiler *compiler, struct sequence *sequence, const struct irqp_tree *value,
                     const char *what, const struct irqp_step *operation)
{
    int64_t times;
    uint16_t path;
    if (!irqp_tree_count(value, what, 1, 1000000, &times, compiler->diagnostics))
        return false;
    compiler->blocks |= operation == operation_disk;
    if (times == 1)
        return append(compiler, sequence, operation, 0, NULL);
    struct sequence *body = new_sequence(compiler, value, what, &path, beginning_repeat, 0);
    return body && append(compiler, body, operation, 0, NULL) &&
           append(compiler, body, ending_repeat, 0, NULL) &&
           append_repeat(compiler, sequence, value, path, times);
}

static bool compile_compute(struct compiler *c, struct sequence *sequence, const struct irqp_tree *value,
                            int depth)
{
    (void)depth;
    irqp_cost_handle costs[HOLES_MAX];
    if (!own_cost(c, value, "'compute'", costs))
        return false;
    c->takes_time |= irqp_distribution_mean(c->machine->costs[costs[0] - PARAMETER_COUNT]) > 0;
    return append(c, sequence, operation_compute, 0, costs);
}

static bool compile_syscall(struct compiler *c, struct sequence *sequence, const struct irqp_tree *value,
                            int depth)
{
    (void)depth;
    static const char *const keys[HOLES_MAX] = {"work", "irq_off", "preempt_off"};
    irqp_cost_handle costs[HOLES_MAX] = {0};
    if (!irqp_tree_keys(value, "'syscall'", "work|irq_off|preempt_off", c->diagnostics))
        return false;
    for (int i = 0; i < HOLES_MAX; i++) {
        const struct irqp_tree *child = irqp_tree_child(value, keys[i]);
        if (child && !own_cost(c, child, keys[i], &costs[i]))
            return false;
    }
    return append(c, sequence, operation_syscall, 0, costs);
}

static bool compile_trap(struct compiler *c, struct sequence *sequence, const struct irqp_tree *value,
                         int depth)
{
    (void)depth;
    irqp_cost_handle costs[HOLES_MAX] = {0};
    return own_cost(c, value, "'trap'", costs) && append(c, sequence, operation_trap, 0, costs);
}

static bool compile_send(struct compiler *c, struct sequence *sequence, const struct irqp_tree *value,
                         int depth)
{
    (void)depth;
    uint16_t group;
    if (!group_named(c, value, "'send'", &group))
        return false;
    c->sends[group] = c->sends[group] ? c->sends[group] : value;
    c->senders[group] |= UINT32_C(1) << c->program;
    c->blocks = true;
    return append(c, sequence, operation_send, group, NULL);
}

static bool compile_receive(struct compiler *c, struct sequence *sequence, const struct irqp_tree *value,
                            int depth)
{
    (void)depth;
    uint16_t group;
    if (!group_named(c, value, "'receive'", &group))
        return false;
    c->receives[group] = c->receives[group] ? c->receives[group] : value;
    c->receivers[group] |= UINT32_C(1) << c->program;
    c->blocks = true;
    return append(c, sequence, operation_receive, group, NULL);
}

static bool compile_fault(struct compiler *c, struct sequence *sequence, const struct irqp_tree *value,
                          int depth)
{
    (void)depth;
    return repeated(c, sequence, value, "page faults", operation_fault);
}

static bool compile_unmap(struct compiler *c, struct sequence *sequence, const struct irqp_tree *value,
                          int depth)
{
    (void)depth;
    int64_t pages;
    return irqp_tree_count(value, "pages", 1, 10000, &pages, c->diagnostics) &&
           append(c, sequence, operation_unmap, (uint16_t)pages, NULL);
}

static bool compile_disk(struct compiler *c, struct sequence *sequence, const struct irqp_tree *value,
                         int depth)
{
    (void)depth;
    return repeated(c, sequence, value, "disk requests", operation_disk);
}

static bool compile_fork(struct compiler *c, struct sequence *sequence, const struct irqp_tree *value,
                         int depth)
{
    (void)depth;
    uint16_t program;
    if (!program_named(c, value, "'fork'", &program))
        return false;
    c->forks[c->program] |= UINT32_C(1) << program;
    c->fork_at[c->program] = value;
    return append(c, sequence, operation_fork, program, NULL);
}

/* A length that is slept for: its number. */
static bool new_sleep(struct compiler *c, const struct irqp_tree *value, const char *what, uint16_t *number)
{
    struct load *load = c->load;
    irqp_cost_handle cost;
    if (load->sleep_count == LOAD_PATHS_MAX)
        return load_complain(c, value, "the load has too many sleeps and rates%s", "");
    if (!own_cost(c, value, what, &cost))
        return false;
    c->takes_time = c->blocks = true;
    *number = load->sleep_count++;
    load->sleeps[*number] = cost;
    return true;
}

static bool compile_sleep(struct compiler *c, struct sequence *sequence, const struct irqp_tree *value,
                          int depth)
{
    (void)depth;
    uint16_t number;
    return new_sleep(c, value, "'sleep'", &number) && append(c, sequence, operation_sleep, number, NULL);
}

/* The steps of a lock stand between taking and releasing it: it cannot be left without the latter. */
static bool compile_lock(struct compiler *c, struct sequence *sequence, const struct irqp_tree *value,
                         int depth)
{
    uint16_t mutex;
    if (!irqp_tree_keys(value, "'lock'", "mutex|steps", c->diagnostics))
        return false;
    const struct irqp_tree *name = irqp_tree_child(value, "mutex"), *steps = irqp_tree_child(value, "steps");
    if (!name || !steps)
        return load_complain(c, value, "'lock' needs a 'mutex' and the 'steps' during which it is held%s",
                             "");
    if (!mutex_named(c, name, &mutex))
        return false;
    if (c->held >> mutex & 1)
        return load_complain(c, name, "'%s' is held here already: the process would wait for itself",
                             c->load->mutexes[mutex]);
    for (unsigned other = 0; other < c->load->mutex_count; other++)
        if (c->held >> other & 1) {
            c->then[other] |= UINT32_C(1) << mutex;
            c->then_at[other][mutex] = name;
        }
    c->held |= UINT32_C(1) << mutex;
    bool sound = append(c, sequence, operation_lock, mutex, NULL);
    sound = compile_steps(c, sequence, steps, depth + 1) && sound;
    c->held &= ~(UINT32_C(1) << mutex);
    return sound && append(c, sequence, operation_unlock, mutex, NULL);
}

/* Bytes of a drawing request or of a text. */
static bool compile_output(struct compiler *c, struct sequence *sequence, const struct irqp_tree *value,
                           const char *what, enum output output, const struct irqp_step *operation)
{
    struct load *load = c->load;
    const struct machine *machine = c->machine;
    int64_t bytes;
    if (load->size_count == LOAD_PATHS_MAX)
        return load_complain(c, value, "the load draws and prints too often%s", "");
    if (!irqp_tree_size(value, what, 1, output == OUTPUT_GRAPHICS ? machine->screen : 1 << 30, &bytes,
                        c->diagnostics))
        return false;
    if (machine->platform == &platform_rehosted && machine->outputs[output].by == OUTPUT_BY_NONE)
        return load_complain(c, value, "%s",
                             output == OUTPUT_GRAPHICS
                                 ? "this guest has no framebuffer to draw to: choose how it reaches "
                                   "the graphics server with design.graphics.by"
                                 : "this guest has no console to print to: choose how it reaches the "
                                   "console server with design.console.by");
    load->sizes[load->size_count] = bytes;
    return append(c, sequence, operation, load->size_count++, NULL);
}

static bool compile_draw(struct compiler *c, struct sequence *sequence, const struct irqp_tree *value,
                         int depth)
{
    (void)depth;
    return compile_output(c, sequence, value, "'draw'", OUTPUT_GRAPHICS, operation_draw);
}

static bool compile_print(struct compiler *c, struct sequence *sequence, const struct irqp_tree *value,
                          int depth)
{
    (void)depth;
    return compile_output(c, sequence, value, "'print'", OUTPUT_CONSOLE, operation_print);
}

static bool compile_repeat(struct compiler *c, struct sequence *sequence, const struct irqp_tree *value,
                           int depth)
{
    int64_t times;
    uint16_t path;
    if (!irqp_tree_keys(value, "'repeat'", "times|steps", c->diagnostics))
        return false;
    const struct irqp_tree *count = irqp_tree_child(value, "times"), *steps = irqp_tree_child(value, "steps");
    if (!count || !steps)
        return load_complain(c, value, "'repeat' needs 'times' and 'steps'%s", "");
    if (!irqp_tree_count(count, "'times'", 1, 1000000, &times, c->diagnostics))
        return false;
    bool before = c->takes_time;
    struct sequence *body = new_sequence(c, value, "repeat", &path, beginning_repeat, 0);
    c->takes_time = false;
    if (!body || !compile_steps(c, body, steps, depth + 1))
        return false;
    if (!c->takes_time && times > 1)
        return load_complain(c, value, "the steps of this 'repeat' take no time%s", "");
    c->takes_time |= before;
    return append(c, body, ending_repeat, 0, NULL) && append_repeat(c, sequence, value, path, times);
}

static const struct operation {
    const char *name;
    bool (*compile)(struct compiler *, struct sequence *, const struct irqp_tree *value, int depth);
    const struct irqp_step *plain; /* the table of an operation without a value: written as its name alone */
} operations[] = {
    {"compute", compile_compute, NULL}, {"syscall", compile_syscall, NULL}, {"send", compile_send, NULL},
    {"receive", compile_receive, NULL}, {"fault", compile_fault, NULL},     {"unmap", compile_unmap, NULL},
    {"disk", compile_disk, NULL},       {"fork", compile_fork, NULL},       {"sleep", compile_sleep, NULL},
    {"repeat", compile_repeat, NULL},   {"lock", compile_lock, NULL},       {"wait", NULL, operation_wait},
    {"exec", NULL, operation_exec},     {"draw", compile_draw, NULL},       {"print", compile_print, NULL},
    {"trap", compile_trap, NULL},
};

static bool compile_step(struct compiler *compiler, struct sequence *sequence, const struct irqp_tree *step,
                         int depth)
{
    enum { COUNT = sizeof operations / sizeof *operations };
    const char *names[COUNT];
    bool plain = step->node == IRQP_SCALAR;
    if (!plain && (step->node != IRQP_MAPPING || step->count != 1))
        return load_complain(compiler, step, "a step is one operation, '- compute: 5 us' or '- wait'%s", "");
    const char *name = plain ? step->scalar : step->children[0]->key;
    for (int i = 0; i < COUNT; i++) {
        const struct operation *operation = &operations[i];
        names[i] = operation->name;
        if (strcmp(operation->name, name))
            continue;
        if (operation->plain && !plain)
            return load_complain(compiler, step->children[0], "'%s' takes no value", name);
        if (!operation->plain && plain)
            return load_complain(compiler, step, "'%s' needs a value, as in '- compute: 5 us'", name);
        /* These take the time that their values give, all others take some of the kernel's. */
        compiler->takes_time |= operation->compile != compile_compute &&
                                operation->compile != compile_repeat && operation->compile != compile_lock;
        if (operation->plain == operation_wait) {
            compiler->waits[compiler->program] = step;
            compiler->blocks = true;
        }
        if (operation->plain == operation_exec && compiler->held)
            return load_complain(compiler, step, "'%s' within a 'lock': its memory goes, with the mutex",
                                 name);
        return plain ? append(compiler, sequence, operation->plain, 0, NULL)
                     : operation->compile(compiler, sequence, step->children[0], depth);
    }
    irqp_diagnose(compiler->diagnostics, IRQP_ERROR, plain ? &step->place : &step->children[0]->key_place,
                  "there is no operation '%s'", name);
    const char *near = irqp_nearest(name, names, COUNT);
    if (!strcmp(name, "unlock"))
        irqp_suggest(compiler->diagnostics, "a 'lock' holds its mutex for the 'steps' inside it%s", "");
    else if (near)
        irqp_suggest(compiler->diagnostics, "did you mean '%s'?", near);
    return false;
}

static bool compile_steps(struct compiler *compiler, struct sequence *sequence, const struct irqp_tree *steps,
                          int depth)
{
    enum { DEPTH_MAX = 8 };
    if (steps->node != IRQP_SEQUENCE || !steps->count)
        return load_complain(compiler, steps, "'steps' is a list of operations, with one at least%s", "");
    if (depth > DEPTH_MAX)
        return load_complain(compiler, steps, "repeats are nested too deeply%s", "");
    bool sound = true;
    for (size_t i = 0; i < steps->count; i++)
        sound = compile_step(compiler, sequence, steps->children[i], depth) && sound;
    return sound;
}

/* ---- the three parts of a load ---- */

/* A channel into which the probe's device puts a packet at each assertion. */
static bool feed(struct compiler *compiler, const struct irqp_tree *from, uint16_t group)
{
    struct load *load = compiler->load;
    const char *name;
    if (!irqp_tree_name(from, "'from'", &name, compiler->diagnostics))
        return false;
    if (strcmp(name, "probe") != 0)
        return load_complain(compiler, from, "messages come from the programs, or from the 'probe', not '%s'",
                             name);
    if (load->fed != UINT16_MAX)
        return load_complain(compiler, from, "the probe feeds another channel already%s", "");
    if (!compiler->machine->probe)
        return load_complain(compiler, from, "there is no probe that could send: probe.enabled is false%s",
                             "");
    if (!compiler->machine->preempt_rt)
        return load_complain(compiler, from,
                             "packets of the probe are handled in its interrupt thread, which Linux without "
                             "PREEMPT_RT does not have (design.preempt_rt: true)%s",
                             "");
    load->fed = group;
    compiler->fed_at = from;
    return true;
}

static bool compile_channels(struct compiler *compiler, const struct irqp_tree *channels)
{
    struct load *load = compiler->load;
    bool sound = true;
    if (channels->node != IRQP_MAPPING)
        return load_complain(compiler, channels, "'channels' maps a name to {count: ..., capacity: ...}%s",
                             "");
    for (size_t i = 0; i < channels->count; i++) {
        const struct irqp_tree *channel = channels->children[i];
        int64_t count = 1, capacity = 100;
        const struct irqp_tree *c, *k;
        if (!irqp_tree_keys(channel, "a channel", "count|capacity|from", compiler->diagnostics)) {
            sound = false;
            continue;
        }
        if ((c = irqp_tree_child(channel, "count")) != NULL)
            sound = irqp_tree_count(c, "'count'", 1, CHANNELS_MAX, &count, compiler->diagnostics) && sound;
        if ((k = irqp_tree_child(channel, "capacity")) != NULL)
            sound = irqp_tree_count(k, "'capacity'", 1, 1000000, &capacity, compiler->diagnostics) && sound;
        if ((k = irqp_tree_child(channel, "from")) != NULL)
            sound = feed(compiler, k, load->group_count) && sound;
        if (load->group_count == PROGRAMS_MAX || load->channel_count + count > CHANNELS_MAX) {
            sound = load_complain(compiler, channel, "the load has too many channels%s", "");
            break;
        }
        load->groups[load->group_count++] =
            (struct channel_group){channel->key, load->channel_count, (uint16_t)count, (uint32_t)capacity};
        load->channel_count = (uint16_t)(load->channel_count + count);
    }
    return sound;
}

static bool compile_mutexes(struct compiler *compiler, const struct irqp_tree *mutexes)
{
    struct load *load = compiler->load;
    bool sound = true;
    if (mutexes->node != IRQP_SEQUENCE || mutexes->count > MUTEXES_MAX)
        return load_complain(compiler, mutexes, "'mutexes' is a list of names, 32 at most%s", "");
    for (size_t i = 0; i < mutexes->count; i++)
        if (irqp_tree_name(mutexes->children[i], "a mutex", &load->mutexes[load->mutex_count],
                           compiler->diagnostics))
            load->mutex_count++;
        else
            sound = false;
    return sound;
}

/* A number of a program; `number` keeps its default if there is none. */
static bool attribute(struct compiler *compiler, const struct irqp_tree *program, const char *key,
                      int64_t least, int64_t most, int64_t *number)
{
    const struct irqp_tree *tree = irqp_tree_child(program, key);
    char what[32];
    snprintf(what, sizeof what, "'%s'", key);
    return !tree || irqp_tree_count(tree, what, least, most, number, compiler->diagnostics);
}

static bool new_rate(struct compiler *compiler, const struct irqp_tree *every, uint16_t *number)
{
    if (!new_sleep(compiler, every, "'every'", number))
        return false;
    const struct machine *machine = compiler->machine;
    irqp_cost_handle cost = compiler->load->sleeps[*number];
    return irqp_distribution_mean(machine->costs[cost - PARAMETER_COUNT]) > 0 ||
           load_complain(compiler, every,
                         "'every' is no time: without it, a round begins when the last is done%s", "");
}

static bool compile_program(struct compiler *compiler, size_t number, const struct irqp_tree *tree)
{
    struct program *program = &compiler->load->programs[number];
    int64_t tables = 4, pages = 0, priority = 0, nice = 0;
    uint16_t rate;
    if (!irqp_tree_keys(tree, "a program", "page_tables|pages|priority|nice|every|steps",
                        compiler->diagnostics))
        return false;
    bool sound = attribute(compiler, tree, "page_tables", 1, 768, &tables);
    sound = attribute(compiler, tree, "pages", 0, 1000000, &pages) && sound;
    sound = attribute(compiler, tree, "priority", 1, 99, &priority) && sound;
    sound = attribute(compiler, tree, "nice", -20, 19, &nice) && sound;
    if (priority && irqp_tree_child(tree, "nice"))
        sound = load_complain(compiler, irqp_tree_child(tree, "nice"),
                              "program '%s' has a fixed priority: 'nice' is for fair ones", program->name);
    const struct irqp_tree *every = irqp_tree_child(tree, "every"), *steps = irqp_tree_child(tree, "steps");
    if (!steps)
        return load_complain(compiler, tree, "program '%s' has no 'steps'", program->name);
    program->tables = (uint16_t)tables;
    program->pages = (uint32_t)pages;
    program->priority = (uint8_t)priority;
    program->weight = fair_weight(sound ? (int)nice : 0);
    compiler->program = (unsigned)number;
    compiler->takes_time = compiler->blocks = false;
    compiler->place[number] = tree;
    compiler->every[number] = every;
    struct sequence *sequence =
        new_sequence(compiler, tree, program->name, &program->path,
                     compiler->machine->coasting ? beginning_coasting : beginning_program, (uint16_t)number);
    if (sequence && every)
        sound = new_rate(compiler, every, &rate) &&
                append(compiler, sequence, operation_release, rate, NULL) && sound;
    sound = sequence && compile_steps(compiler, sequence, steps, 0) && sound;
    program->path_end = (uint16_t)(PATH_LOAD + compiler->load->path_count);
    compiler->timeless[number] = !compiler->takes_time;
    compiler->restless[number] = !compiler->blocks;
    return sound;
}

static bool compile_programs(struct compiler *compiler, const struct irqp_tree *programs)
{
    struct load *load = compiler->load;
    bool sound = true;
    if (programs->node != IRQP_MAPPING || !programs->count || programs->count > PROGRAMS_MAX)
        return load_complain(compiler, programs, "'programs' maps names to {steps: [...]}, 32 at most%s", "");
    for (size_t i = 0; i < programs->count; i++) {
        struct program *program = &load->programs[load->program_count++];
        program->name = programs->children[i]->key;
        program->forked = true; /* until it is found among the processes */
        snprintf(program->cause_name, sizeof program->cause_name, "thread: %s", program->name);
    }
    for (size_t i = 0; i < programs->count; i++)
        sound = compile_program(compiler, i, programs->children[i]) && sound;
    return sound;
}

static bool compile_processes(struct compiler *compiler, const struct irqp_tree *processes)
{
    struct load *load = compiler->load;
    int64_t total = 0;
    bool sound = true;
    if (processes->node != IRQP_SEQUENCE || !processes->count || processes->count > PROGRAMS_MAX)
        return load_complain(compiler, processes, "'processes' is a list of {program: NAME, count: N}%s", "");
    for (size_t i = 0; i < processes->count; i++) {
        const struct irqp_tree *tree = processes->children[i];
        int64_t count = 1;
        uint16_t program;
        if (!irqp_tree_keys(tree, "a process", "program|count", compiler->diagnostics)) {
            sound = false;
            continue;
        }
        const struct irqp_tree *name = irqp_tree_child(tree, "program"),
                               *number = irqp_tree_child(tree, "count");
        if (!name) {
            sound = load_complain(compiler, tree, "a process needs a 'program'%s", "");
            continue;
        }
        sound = program_named(compiler, name, "'program'", &program) && sound;
        if (number)
            sound =
                irqp_tree_count(number, "'count'", 1, PROCESSES_MAX, &count, compiler->diagnostics) && sound;
        if (!sound)
            continue;
        load->programs[program].forked = false;
        load->classes[load->class_count++] = (struct process_class){program, (uint16_t)count};
        total += count;
    }
    if (total > PROCESSES_MAX)
        sound = load_complain(compiler, processes, "the load starts more than 96 processes%s", "");
    return sound;
}

/* What is counted as the load's work: the rounds of a program. One that is only forked has one round. */
static bool compile_work(struct compiler *compiler, const struct irqp_tree *tree)
{
    struct work *work = &compiler->load->work;
    int64_t total = 0, per_round = 1;
    if (!irqp_tree_keys(tree, "'work'", "unit|program|total|per_round", compiler->diagnostics))
        return false;
    const struct irqp_tree *unit = irqp_tree_child(tree, "unit"), *program = irqp_tree_child(tree, "program"),
                           *all = irqp_tree_child(tree, "total"), *each = irqp_tree_child(tree, "per_round");
    if (!unit || !program)
        return load_complain(compiler, tree,
                             "'work' needs a 'unit' and the 'program' whose rounds are counted%s", "");
    bool sound = program_named(compiler, program, "'program'", &work->program);
    sound = irqp_tree_name(unit, "'unit'", &work->unit, compiler->diagnostics) && sound;
    if (all)
        sound = irqp_tree_count(all, "'total'", 1, (int64_t)1e15, &total, compiler->diagnostics) && sound;
    if (each)
        sound =
            irqp_tree_count(each, "'per_round'", 1, (int64_t)1e9, &per_round, compiler->diagnostics) && sound;
    work->total = (uint64_t)total;
    work->per_round = (uint64_t)per_round;
    return sound;
}

bool load_compile(struct machine *machine, struct irqp_diagnostics *diagnostics)
{
    struct compiler compiler = {
        .machine = machine, .load = &machine->load, .diagnostics = diagnostics, .memory = true};
    const struct irqp_tree *tree = value_of(machine, P_LOAD)->tree;
    machine->load.fed = UINT16_MAX;
    if (!tree || (tree->node == IRQP_SCALAR && !*tree->scalar))
        return true; /* idle */
    if (!irqp_tree_keys(tree, "'load'", "work|channels|mutexes|processes|programs", diagnostics))
        return false;
    const struct irqp_tree *channels = irqp_tree_child(tree, "channels"),
                           *programs = irqp_tree_child(tree, "programs"),
                           *processes = irqp_tree_child(tree, "processes"),
                           *mutexes = irqp_tree_child(tree, "mutexes"), *work = irqp_tree_child(tree, "work");
    if (!programs || !processes)
        return load_complain(&compiler, tree, "a load needs 'programs' and 'processes'%s", "");
    bool sound = !channels || compile_channels(&compiler, channels);
    sound = (!mutexes || compile_mutexes(&compiler, mutexes)) && sound;
    sound = compile_programs(&compiler, programs) && sound;
    sound = compile_processes(&compiler, processes) && sound;
    if (work)
        sound = compile_work(&compiler, work) && sound;
    sound = sound && load_check(&compiler, programs);
    for (int i = 0; sound && i < machine->load.program_count; i++) {
        const struct program *program = &machine->load.programs[i];
        struct sequence *sequence = &machine->load.sequences[program->path - PATH_LOAD];
        if (machine->load.work.unit && machine->load.work.program == i)
            sound = append(&compiler, sequence, ending_round, 0, NULL);
        sound = sound && append(&compiler, sequence, program->forked ? operation_exit : ending_anew, 0, NULL);
    }
    return sound;
}

void load_link(struct machine *machine, struct irqp_linker *linker)
{
    struct load *load = &machine->load;
    for (uint16_t i = 0; i < load->path_count; i++)
        irqp_link(linker, (uint16_t)(PATH_LOAD + i), IRQP_PATH_FREE, load->sequences[i].name, "of the load",
                  load->sequences[i].parts);
    for (uint16_t i = 0; i < load->sleep_count; i++)
        load->sleeps[i] = irqp_link_cost(linker, load->sleeps[i]);
}

void load_fini(struct machine *machine)
{
    for (size_t i = 0; i < machine->load.path_count; i++) {
        struct sequence *sequence = &machine->load.sequences[i];
        for (size_t part = 0; part < sequence->count; part++)
            free((void *)sequence->parts[part]);
        free(sequence->parts);
    }
    for (size_t i = 0; i < machine->cost_count; i++)
        irqp_distribution_free(machine->costs[i]);
    free(machine->costs);
}
