/* irqpath describe: the linked paths of a scenario as numbered lists, and the routes that a wake-up takes. */
#include "irqpath/link.h"
#include "irqpath/result_file.h"
#include "sim/cli/commands.h"
#include "sim/cli/load.h"
#include "sim/cli/table.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct values {
    struct cli_list set;
    const char *path, *route;
    bool costs, json;
};

/* Whether the platform has this path: one that it has no use for is not linked. */
static bool linked(const struct irqp_path *path)
{
    return path->name && path->count > 0;
}

/* ---- a row in words ---- */

/* What a row blocks, a letter each; the legend explains them. */
/* Whether urgent interrupts get through where the others are off. */
static bool lets_urgent_through(const struct irqp_program *program, const struct irqp_row *row)
{
    return program->step_flags && program->step_flags[row - program->rows] & IRQP_STEP_URGENT;
}

static struct cli_word masks(const struct irqp_program *program, const struct irqp_row *row)
{
    uint8_t flags = row->flags;
    struct cli_word word = {"..."};
    if (flags & (IRQP_ROW_MASKED | IRQP_ROW_SHIELDED))
        word.text[0] = flags & IRQP_ROW_SHIELDED ? 'S' : 'P';
    if (flags & IRQP_ROW_VIRTUAL)
        word.text[1] = lets_urgent_through(program, row) ? 'v' : 'V';
    if (flags & IRQP_ROW_PREEMPT)
        word.text[2] = 'N';
    return word;
}

static const char legend[] =
    "off: what is masked during the step: P physical interrupts, S all of them (system management),\n"
    "     V the guest's virtual interrupts (v: but for urgent ones), N preemption\n";

/* The formula of a cost that is a register, "until an interrupt" for a wait; NULL for a table. */
static const char *formula_of(const struct irqp_program *program, uint16_t cost)
{
    if (cost == IRQP_COST_FOREVER)
        return "until an interrupt";
    if (cost < IRQP_COST_REGISTER)
        return NULL;
    const char *formula = program->register_formulas[cost - IRQP_COST_REGISTER];
    return formula ? formula : "a computed length";
}

static irqp_time mean_of(const struct irqp_program *program, uint16_t cost)
{
    return cost < program->cost_count ? program->costs[cost].mean : 0;
}

static const struct irqp_path *path_of_row(const struct irqp_program *program, size_t row)
{
    for (size_t i = 0; i < program->path_count; i++)
        if (row >= program->paths[i].first && row < (size_t)program->paths[i].first + program->paths[i].count)
            return &program->paths[i];
    return NULL;
}

/* "continue with step 3", and of which path if that is another; the caller frees it. */
static char *jump(const struct irqp_program *program, const struct irqp_path *path, const char *verb,
                  size_t row)
{
    const struct irqp_path *to = path_of_row(program, row);
    size_t number = row - (to ? to->first : 0) + 1;
    return to == path || !to ? cli_format("%s step %zu", verb, number)
                             : cli_format("%s step %zu of '%s'", verb, number, to->name);
}

/* Whether words of the model for an effect have a condition: such an effect jumps to a row. */
static bool conditional(const char *words)
{
    return strncmp(words, "if ", 3) == 0 || strstr(words, "; if ");
}

static const char *words_of(const struct irqp_program *program, const struct irqp_row *row)
{
    size_t effect = row->effect - (size_t)IRQP_EFFECT_MODEL;
    return effect < program->effect_count ? program->effect_names[effect] : "?";
}

static char *model_effect(const struct irqp_program *program, const struct irqp_path *path,
                          const struct irqp_row *row)
{
    const char *words = words_of(program, row);
    if (!conditional(words))
        return cli_format("%s", words);
    char *where = jump(program, path, "continue with", row->argument);
    char *text = cli_format("%s: %s", words, where);
    free(where);
    return text;
}

/* What the row does at its end; the caller frees it; NULL for nothing. */
static char *effect_of(const struct irqp_program *program, const struct irqp_path *path,
                       const struct irqp_row *row)
{
    size_t effect = row->effect;
    switch (effect) {
    case IRQP_EFFECT_NONE:
        return NULL;
    case IRQP_EFFECT_POP:
        return cli_format("go back to what was below");
    case IRQP_EFFECT_PUSH:
        return cli_format("run '%s'",
                          row->argument < program->path_count ? program->paths[row->argument].name : "?");
    case IRQP_EFFECT_GOTO:
        return jump(program, path, "continue with", row->argument);
    case IRQP_EFFECT_LOOP:
        return jump(program, path, "repeat from", row->argument);
    case IRQP_EFFECT_TEST:
        return cli_format("test for what is pending");
    default:
        return model_effect(program, path, row);
    }
}

/* ---- numbered lists ---- */

enum { NOTE = 6 }; /* where a line under a step begins: below its name */

/* One step: number, name, mode, masks, mean, if it is given the time at its end; below, the cost and the
 * effect. */
static void list_row(struct cli_table *table, const struct irqp_program *program, const struct irqp_row *row,
                     size_t number, const irqp_time *elapsed, const char *effect, bool costs)
{
    const char *formula = formula_of(program, row->cost);
    irqp_time mean = mean_of(program, row->cost);
    cli_row(table);
    cli_cell(table, CLI_DIM, "%zu", number);
    cli_cell(table, CLI_PLAIN, "%s", program->names[row->name]);
    cli_cell(table, CLI_PLAIN, "%s", irqp_mode_names[row->flags & IRQP_ROW_MODE]);
    cli_cell(table, CLI_PLAIN, "%s", masks(program, row).text);
    if (formula)
        cli_cell(table, CLI_PLAIN, "*");
    else
        cli_cell(table, mean > 0 ? CLI_PLAIN : CLI_DIM, "%s", mean > 0 ? cli_us((double)mean, 3).text : "-");
    if (elapsed)
        cli_cell(table, CLI_PLAIN, "%s", cli_us((double)*elapsed, 3).text);
    if (formula)
        cli_note(table, CLI_DIM, NOTE, "* %s", formula);
    else if (costs && mean > 0 && program->cost_names[row->cost])
        cli_note(table, CLI_DIM, NOTE, "%s", program->cost_names[row->cost]);
    if (effect)
        cli_note(table, CLI_DIM, NOTE, "%s %s", cli_sign(CLI_ARROW), effect);
}

static void print_heading(const struct cli *cli, const char *kind, const char *name, const char *doc)
{
    printf("\n%s%s: %s%s\n", cli_style_begin(cli->colour, CLI_BOLD), kind, name,
           cli_style_end(cli->colour, CLI_BOLD));
    if (doc)
        cli_wrap(stdout, doc, 0, 0);
}

static void list_head(struct cli_table *table, bool elapsed)
{
    static const char *const head[] = {"", "step", "mode", "off", "mean us", "at us"};
    cli_row(table);
    for (size_t i = 0; i < CLI_LENGTH(head) - !elapsed; i++)
        cli_cell(table, CLI_DIM, "%s", head[i]);
}

static void print_path(const struct cli *cli, const struct irqp_program *program,
                       const struct irqp_path *path, bool costs)
{
    struct cli_table table;
    cli_table_init(&table, " r  l  l  l  r");
    table.least[0] = 3;
    list_head(&table, false);
    for (size_t i = 0; i < path->count; i++) {
        const struct irqp_row *row = &program->rows[path->first + i];
        char *effect = effect_of(program, path, row);
        list_row(&table, program, row, i + 1, NULL, effect, costs);
        free(effect);
    }
    print_heading(cli, "Path", path->name, path->doc);
    cli_table_print(&table, cli->colour, stdout);
    cli_table_fini(&table);
}

/* What a row does, for a route: a route says where it goes, so a condition is told as met or not. */
static char *route_effect(const struct irqp_program *program, const struct irqp_path *path,
                          const struct irqp_row *row, bool jumps)
{
    if (row->effect == IRQP_EFFECT_GOTO || row->effect == IRQP_EFFECT_POP)
        return NULL;
    if (row->effect < IRQP_EFFECT_MODEL || !conditional(words_of(program, row)))
        return effect_of(program, path, row);
    return cli_format("%s: %s", words_of(program, row), jumps ? "yes" : "no");
}

static void sum_row(struct cli_table *table, const char *name, irqp_time sum)
{
    cli_row(table);
    cli_cell(table, CLI_BOLD, "%s", "");
    cli_cell(table, CLI_BOLD, "%s", name);
    for (int i = 0; i < 3; i++)
        cli_cell(table, CLI_PLAIN, "%s", "");
    cli_cell(table, CLI_BOLD, "%s", cli_us((double)sum, 3).text);
}

/* Whether this step ends the delivery: what the paper gives one number for lies before it. */
static bool ends_delivery(const struct irqp_program *program, const struct irqp_row *row)
{
    return strcmp(program->names[row->name], "unexplained: delivery") == 0;
}

static void print_route(const struct cli *cli, const struct irqp_program *program,
                        const struct irqp_route *route, bool costs)
{
    struct cli_table table;
    const struct irqp_path *last = NULL;
    irqp_time elapsed = 0, delivered = 0;
    size_t number = 0;
    cli_table_init(&table, " r  l  l  l  r  r");
    table.least[0] = 3;
    list_head(&table, true);
    for (size_t i = 0; i < route->count; i++) {
        const struct irqp_route_part *part = &route->parts[i];
        const struct irqp_path *path = &program->paths[part->path];
        if (path != last)
            cli_note(&table, CLI_DIM, NOTE, "[%s]", path->name);
        last = path;
        for (size_t at = part->from; at < part->until && at < path->count; at++) {
            const struct irqp_row *row = &program->rows[path->first + at];
            elapsed += mean_of(program, row->cost);
            char *effect = route_effect(program, path, row, at + 1 == part->until && i + 1 < route->count);
            list_row(&table, program, row, ++number, &elapsed, effect, costs);
            free(effect);
            if (ends_delivery(program, row)) {
                delivered = elapsed;
                sum_row(&table, "delivery", delivered);
            }
        }
    }
    if (delivered > 0)
        sum_row(&table, "from the delivery to the end", elapsed - delivered);
    sum_row(&table, "sum", elapsed);
    print_heading(cli, "Route", route->name, route->doc);
    cli_table_print(&table, cli->colour, stdout);
    cli_table_fini(&table);
}

/* ---- JSON ---- */

static json_t *optional(const char *text)
{
    return text ? json_string(text) : json_null();
}

static json_t *json_row(const struct irqp_program *program, const struct irqp_path *path, size_t number,
                        const struct irqp_row *row)
{
    char *effect = effect_of(program, path, row);
    const char *formula = formula_of(program, row->cost);
    json_t *mean = formula ? json_null() : json_integer(mean_of(program, row->cost));
    json_t *object = json_pack(
        "{s:I, s:s, s:s, s:b, s:b, s:b, s:b, s:b, s:o, s:o, s:o, s:o}", "number", (json_int_t)number, "step",
        program->names[row->name], "mode", irqp_mode_names[row->flags & IRQP_ROW_MODE], "masked",
        !!(row->flags & IRQP_ROW_MASKED), "shielded", !!(row->flags & IRQP_ROW_SHIELDED), "virtual_masked",
        !!(row->flags & IRQP_ROW_VIRTUAL), "urgent_pass", lets_urgent_through(program, row), "preemption_off",
        !!(row->flags & IRQP_ROW_PREEMPT), "mean_ps", mean, "cost",
        optional(row->cost < program->cost_count ? program->cost_names[row->cost] : NULL), "formula",
        optional(formula), "effect", optional(effect));
    free(effect);
    return object;
}

static json_t *json_path(const struct irqp_program *program, const struct irqp_path *path)
{
    json_t *steps = json_array();
    for (size_t i = 0; i < path->count; i++)
        json_array_append_new(steps, json_row(program, path, i + 1, &program->rows[path->first + i]));
    return json_pack("{s:s, s:o, s:o}", "name", path->name, "doc", optional(path->doc), "steps", steps);
}

static json_t *json_route(const struct irqp_program *program, const struct irqp_route *route)
{
    json_t *steps = json_array();
    irqp_time elapsed = 0;
    json_t *delivered = json_null();
    for (size_t i = 0, number = 0; i < route->count; i++) {
        const struct irqp_path *path = &program->paths[route->parts[i].path];
        for (size_t at = route->parts[i].from; at < route->parts[i].until && at < path->count; at++) {
            const struct irqp_row *row = &program->rows[path->first + at];
            json_t *step = json_row(program, path, ++number, row);
            elapsed += mean_of(program, row->cost);
            json_object_set_new(step, "path", json_string(path->name));
            json_object_set_new(step, "elapsed_ps", json_integer(elapsed));
            json_array_append_new(steps, step);
            if (ends_delivery(program, row))
                delivered = json_integer(elapsed);
        }
    }
    return json_pack("{s:s, s:o, s:o, s:o, s:I}", "name", route->name, "doc", optional(route->doc), "steps",
                     steps, "delivery_ps", delivered, "sum_ps", (json_int_t)elapsed);
}

/* ---- the command ---- */

/* Whether something of this name is to be shown: by its whole name. */
static bool chosen(const char *name, const char *only, const char *other)
{
    return only ? strcmp(name, only) == 0 : !other;
}

static enum irqp_status unknown(const char *kind, const char *given, const char *const *names, size_t count)
{
    char *what = cli_format("there is no %s", kind);
    cli_unknown(what, given, names, count);
    free(what);
    for (size_t i = 0; i < count && !irqp_nearest(given, names, count); i++)
        fprintf(stderr, "%s%s%s", i > 0 ? "; " : "There are: ", names[i], i + 1 < count ? "" : "\n");
    return IRQP_USAGE;
}

/* That --path and --route name something. */
static enum irqp_status check_names(const struct values *values, const struct irqp_program *program,
                                    const struct irqp_route *routes, size_t route_count)
{
    size_t count = program->path_count > route_count ? program->path_count : route_count;
    const char **names = cli_allocate(NULL, count, sizeof *names);
    enum irqp_status status = IRQP_OK;
    bool path_found = !values->path, route_found = !values->route;
    size_t linked_count = 0;
    for (size_t i = 0; i < program->path_count; i++)
        if (linked(&program->paths[i]))
            names[linked_count++] = program->paths[i].name;
    for (size_t i = 0; i < linked_count && !path_found; i++)
        path_found = strcmp(names[i], values->path) == 0;
    if (!path_found)
        status = unknown("path", values->path, names, linked_count);
    for (size_t i = 0; i < route_count; i++)
        route_found |= strcmp(names[i] = routes[i].name, values->route ? values->route : "") == 0;
    if (!route_found)
        status = unknown("route", values->route, names, route_count);
    free(names);
    return status;
}

static void print_json(const struct values *values, const struct irqp_scenario *scenario,
                       const struct irqp_program *program, const struct irqp_route *routes,
                       size_t route_count)
{
    json_t *path_list = json_array(), *route_list = json_array();
    for (size_t i = 0; i < program->path_count; i++)
        if (linked(&program->paths[i]) && chosen(program->paths[i].name, values->path, values->route))
            json_array_append_new(path_list, json_path(program, &program->paths[i]));
    for (size_t i = 0; i < route_count; i++)
        if (chosen(routes[i].name, values->route, values->path))
            json_array_append_new(route_list, json_route(program, &routes[i]));
    json_t *document = json_pack("{s:s, s:s, s:o, s:o}", "name", irqp_scenario_name(scenario), "title",
                                 irqp_scenario_title(scenario), "paths", path_list, "routes", route_list);
    cli_print_json(document);
}

static enum irqp_status run(const struct cli *cli, const void *given, const struct cli_list *files)
{
    const struct values *values = given;
    struct cli_loaded loaded;
    enum irqp_status status = cli_load(&loaded, cli, files->items[0], &values->set);
    if (status != IRQP_OK)
        return status;
    const struct irqp_program *program = cli->model->program(loaded.machine);
    const struct irqp_route *routes = NULL;
    size_t route_count = cli->model->routes(loaded.machine, &routes);
    status = check_names(values, program, routes, route_count);
    if (status == IRQP_OK && values->json) {
        print_json(values, loaded.scenario, program, routes, route_count);
    } else if (status == IRQP_OK) {
        printf("%s\n\n%s", irqp_scenario_title(loaded.scenario), legend);
        for (size_t i = 0; i < program->path_count; i++)
            if (linked(&program->paths[i]) && chosen(program->paths[i].name, values->path, values->route))
                print_path(cli, program, &program->paths[i], values->costs);
        for (size_t i = 0; i < route_count; i++)
            if (chosen(routes[i].name, values->route, values->path))
                print_route(cli, program, &routes[i], values->costs);
    }
    cli_unload(&loaded, cli);
    return status;
}

static const struct cli_option options[] = {
    {0, "path", CLI_TEXT, "NAME", "Only the path of this name.", offsetof(struct values, path)},
    {0, "route", CLI_TEXT, "NAME", "Only the route of this name.", offsetof(struct values, route)},
    {0, "costs", CLI_SWITCH, NULL, "Name the parameter of every cost.", offsetof(struct values, costs)},
    CLI_OPTION_SET(struct values),
    CLI_OPTION_JSON(struct values),
};

const struct cli_command cli_command_describe = {
    .name = "describe",
    .operands = "FILE",
    .least = 1,
    .most = 1,
    .summary = "Show the paths of a scenario as numbered lists with their costs.",
    .doc = "The lists are those that run executes: linked for the scenario's platform, with mean costs. A "
           "route is the sequence of steps of one kind of wake-up, with the time at the end of each step "
           "and the sum.",
    .options = options,
    .option_count = CLI_LENGTH(options),
    .values_size = sizeof(struct values),
    .run = run,
};
