/* irqpath help, irqpath version: commands from their declarations, parameters from the registry. */
#include "sim/cli/commands.h"
#include "sim/cli/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- one parameter ---- */

static const char *const kinds[] = {
    [IRQP_DURATION] = "duration (\"1 ms\", or \"120 cycles\" of the machine's clock)",
    [IRQP_COST] = "cost: a duration or a distribution of durations ({dist: gamma, mean: 1 us, cv: 0.1})",
    [IRQP_FREQUENCY] = "frequency (\"1 kHz\")",
    [IRQP_COUNT] = "whole number (\"1000\", \"1e6\")",
    [IRQP_REAL] = "number",
    [IRQP_SIZE] = "size (\"4 KiB\")",
    [IRQP_CHOICE] = "one of the words",
    [IRQP_SWITCH] = "true or false",
    [IRQP_TEXT] = "text",
    [IRQP_TREE] = "structure",
};

/* A limit of a range, in the unit of the parameter. */
static struct cli_word limit(enum irqp_kind kind, double value)
{
    static const char *const hertz[] = {"Hz", "kHz", "MHz", "GHz"}, *const bytes[] = {"B", "KiB", "MiB",
                                                                                      "GiB"};
    double step = kind == IRQP_SIZE ? 1024 : 1000;
    size_t prefix = 0;
    struct cli_word word;
    if (kind == IRQP_DURATION || kind == IRQP_COST)
        return cli_duration(value);
    if (kind != IRQP_FREQUENCY && kind != IRQP_SIZE) {
        snprintf(word.text, sizeof word.text, "%.10g", value);
        return word;
    }
    for (; value >= step && prefix < 3; prefix++)
        value /= step;
    snprintf(word.text, sizeof word.text, "%.10g %s", value, (kind == IRQP_SIZE ? bytes : hertz)[prefix]);
    return word;
}

static bool has_range(const struct irqp_parameter *parameter)
{
    return parameter->kind != IRQP_CHOICE && parameter->kind != IRQP_SWITCH && parameter->kind != IRQP_TEXT &&
           parameter->kind != IRQP_TREE;
}

static void print_parameter(const struct cli *cli, const struct irqp_parameter *parameter)
{
    const char *bold = cli_style_begin(cli->colour, CLI_BOLD), *plain = cli_style_end(cli->colour, CLI_BOLD);
    printf("%s%s%s\n    ", bold, parameter->path, plain);
    cli_wrap(stdout, parameter->doc ? parameter->doc : "", 4, 4);
    printf("\n    kind      ");
    if (parameter->kind == IRQP_CHOICE) {
        printf("one of: ");
        for (const char *letter = parameter->choices; *letter; letter++)
            *letter == '|' ? fputs(", ", stdout) : putchar(*letter);
        putchar('\n');
    } else {
        puts(kinds[parameter->kind]);
    }
    if (has_range(parameter)) {
        struct cli_word least = limit(parameter->kind, parameter->minimum),
                        most = limit(parameter->kind, parameter->maximum);
        if (isinf(parameter->maximum))
            printf("    range     from %s\n", least.text);
        else
            printf("    range     %s to %s%s\n", least.text, most.text,
                   parameter->kind == IRQP_COST ? " (of its mean)" : "");
    }
    printf("    default   %s\n", parameter->fallback ? parameter->fallback : "none: it must be given");
    if (parameter->source) {
        printf("    source    ");
        cli_wrap(stdout, parameter->source, 14, 14);
    }
}

/* ---- groups ---- */

static bool belongs(const char *path, const char *group, size_t length)
{
    return strncmp(path, group, length) == 0 && (path[length] == '.' || length == 0);
}

static size_t print_group(const struct cli *cli, const char *group)
{
    const struct irqp_registry *registry = cli->model->registry;
    size_t length = strlen(group), count = 0;
    while (length > 0 && group[length - 1] == '.')
        length--;
    for (size_t i = 0; i < registry->count; i++) {
        const struct irqp_parameter *parameter = &registry->parameters[i];
        if (!belongs(parameter->path, group, length))
            continue;
        printf("%s%s%s  %s\n    ", cli_style_begin(cli->colour, CLI_BOLD), parameter->path,
               cli_style_end(cli->colour, CLI_BOLD),
               parameter->fallback ? parameter->fallback : "(required)");
        cli_wrap(stdout, parameter->doc ? parameter->doc : "", 4, 4);
        count++;
    }
    return count;
}

/* The nearest command, parameter or group; the caller frees it; NULL if none is near. */
static char *nearest(const struct cli *cli, const char *word)
{
    const struct irqp_registry *registry = cli->model->registry;
    char **names = NULL;
    size_t count = 0;
    for (size_t i = 0; i < cli->command_count; i++) {
        names = cli_allocate(names, count + 1, sizeof *names);
        names[count++] = cli_format("%s", cli->commands[i]->name);
    }
    for (size_t i = 0; i < registry->count; i++) /* "a.b.c", "a.b" and "a" */
        for (const char *path = registry->parameters[i].path, *end = path + strlen(path); end;) {
            names = cli_allocate(names, count + 1, sizeof *names);
            names[count++] = cli_format("%.*s", (int)(end - path), path);
            while (end > path && *--end != '.')
                ;
            end = end > path ? end : NULL;
        }
    const char *near = irqp_nearest(word, (const char *const *)names, count);
    char *result = near ? cli_format("%s", near) : NULL;
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
    return result;
}

static enum irqp_status help(const struct cli *cli, const void *values, const struct cli_list *operands)
{
    (void)values;
    if (operands->count == 0) {
        cli_print_overview(cli, stdout);
        return IRQP_OK;
    }
    const char *topic = operands->items[0];
    const struct cli_command *command = cli_find_command(cli, topic);
    const struct irqp_registry *registry = cli->model->registry;
    if (command) {
        cli_print_command(cli, command, stdout);
        return IRQP_OK;
    }
    for (size_t i = 0; i < registry->count; i++)
        if (strcmp(registry->parameters[i].path, topic) == 0) {
            print_parameter(cli, &registry->parameters[i]);
            return IRQP_OK;
        }
    if (*topic && print_group(cli, topic) > 0)
        return IRQP_OK;
    char *near = nearest(cli, topic);
    cli_message("there is no command, parameter or group '%s'%s%s%s", topic, near ? "; did you mean '" : "",
                near ? near : "", near ? "'?" : "");
    free(near);
    return IRQP_USAGE;
}

const struct cli_command cli_command_help = {
    .name = "help",
    .operands = "[COMMAND | PARAMETER]",
    .most = 1,
    .summary = "Explain a command, a parameter, or a group of parameters.",
    .doc =
        "Without an operand it lists the commands and the groups. A group is the first part of parameters' "
        "names: irqpath help costs.microkernel",
    .run = help,
};

static enum irqp_status version(const struct cli *cli, const void *values, const struct cli_list *operands)
{
    (void)cli;
    (void)values;
    (void)operands;
    puts("irqpath " IRQPATH_VERSION);
    return IRQP_OK;
}

const struct cli_command cli_command_version = {
    .name = "version",
    .operands = "",
    .summary = "Print the version.",
    .run = version,
};
