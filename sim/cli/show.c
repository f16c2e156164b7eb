/* irqpath show: the parameters of a scenario, with where each value comes from. */
#include "sim/cli/commands.h"
#include "sim/cli/load.h"
#include "sim/cli/text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct values {
    struct cli_list set;
    bool all, json;
};

static const char *const origins[] = {
    [IRQP_FROM_DEFAULT] = "default",
    [IRQP_FROM_FILE] = "file",
    [IRQP_FROM_SET] = "--set",
};

static const char *file_of(const struct irqp_value *value)
{
    const char *file = value->origin == IRQP_FROM_FILE && value->place ? value->place->file : NULL;
    return file ? cli_short_name(file) : NULL;
}

/* "hackbench.yaml:14", "default" or "--set"; the caller frees it. */
static char *origin_of(const struct irqp_value *value)
{
    const char *file = file_of(value);
    return file ? cli_format("%s:%d", file, value->place->line) : cli_format("%s", origins[value->origin]);
}

static const char *written_of(const struct irqp_parameter *parameter, const struct irqp_value *value)
{
    return value->written ? value->written : parameter->fallback ? parameter->fallback : "(none)";
}

static void print_value(const struct cli *cli, const struct irqp_parameter *parameter,
                        const struct irqp_value *value)
{
    char *origin = origin_of(value);
    printf("%s%s%s: ", cli_style_begin(cli->colour, CLI_BOLD), parameter->path,
           cli_style_end(cli->colour, CLI_BOLD));
    cli_wrap(stdout, written_of(parameter, value), strlen(parameter->path) + 2, 4);
    char *note =
        cli_format("%s%s%s%s%s%s%s", origin, value->range ? ", range " : "", value->range ? value->range : "",
                   value->follows ? ", varies with " : "", value->follows ? value->follows : "",
                   value->source ? ", " : "", value->source ? value->source : "");
    printf("    %s", cli_style_begin(cli->colour, CLI_DIM));
    cli_wrap(stdout, note, 4, 4);
    fputs(cli_style_end(cli->colour, CLI_DIM), stdout);
    free(note);
    free(origin);
}

static void print_text(const struct cli *cli, const struct irqp_scenario *scenario, bool all)
{
    const struct irqp_registry *registry = irqp_scenario_registry(scenario);
    size_t defaults = 0;
    cli_print_name(cli, irqp_scenario_name(scenario), irqp_scenario_title(scenario));
    putchar('\n');
    for (size_t i = 0; i < registry->count; i++) {
        const struct irqp_value *value = irqp_scenario_value(scenario, i);
        defaults += value->origin == IRQP_FROM_DEFAULT;
        if (all || value->origin != IRQP_FROM_DEFAULT)
            print_value(cli, &registry->parameters[i], value);
    }
    if (!all && defaults > 0)
        printf("\n%zu more have their defaults; --all shows them too.\n", defaults);
}

static void print_json(const struct irqp_scenario *scenario)
{
    const struct irqp_registry *registry = irqp_scenario_registry(scenario);
    json_t *parameters = json_array();
    for (size_t i = 0; i < registry->count; i++) {
        const struct irqp_value *value = irqp_scenario_value(scenario, i);
        const char *file = file_of(value);
        json_array_append_new(
            parameters,
            json_pack("{s:s, s:s, s:s, s:s*, s:o, s:o, s:s*}", "parameter", registry->parameters[i].path,
                      "value", written_of(&registry->parameters[i], value), "origin", origins[value->origin],
                      "file", file, "line", file ? json_integer(value->place->line) : json_null(), "source",
                      value->source ? json_string(value->source) : json_null(), "range", value->range));
    }
    json_t *document = json_pack("{s:s, s:s, s:o}", "name", irqp_scenario_name(scenario), "title",
                                 irqp_scenario_title(scenario), "parameters", parameters);
    cli_print_json(document);
}

static enum irqp_status run(const struct cli *cli, const void *given, const struct cli_list *files)
{
    const struct values *values = given;
    struct cli_loaded loaded;
    enum irqp_status status = cli_load(&loaded, cli, files->items[0], &values->set);
    if (status != IRQP_OK)
        return status;
    if (values->json)
        print_json(loaded.scenario);
    else
        print_text(cli, loaded.scenario, values->all);
    cli_unload(&loaded, cli);
    return IRQP_OK;
}

static const struct cli_option options[] = {
    {'a', "all", CLI_SWITCH, NULL, "Show the parameters that have their defaults, too.",
     offsetof(struct values, all)},
    CLI_OPTION_SET(struct values),
    CLI_OPTION_JSON(struct values),
};

const struct cli_command cli_command_show = {
    .name = "show",
    .operands = "FILE",
    .least = 1,
    .most = 1,
    .summary = "Show the parameters of a scenario, and where each comes from.",
    .doc = "Under each value stands the file and line that gave it, and its source. irqpath help PARAMETER "
           "tells what a parameter means.",
    .options = options,
    .option_count = CLI_LENGTH(options),
    .values_size = sizeof(struct values),
    .run = run,
};
