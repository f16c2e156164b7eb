/* Parsing a command line and printing help, both from the declarations of commands and options. */
#include "sim/cli/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static void add_to_list(struct cli_list *list, const char *item)
{
    list->items = cli_allocate(list->items, list->count + 1, sizeof *list->items);
    list->items[list->count++] = item;
}

static void *field_of(const struct cli_arguments *arguments, const struct cli_option *option)
{
    return (char *)arguments->values + option->offset;
}

__attribute__((format(printf, 2, 3))) static enum irqp_status misuse(const struct cli_command *command,
                                                                     const char *format, ...)
{
    va_list list;
    va_start(list, format);
    fprintf(stderr, "irqpath %s: ", command->name);
    vfprintf(stderr, format, list);
    fprintf(stderr, "\nirqpath %s --help tells how it is used.\n", command->name);
    va_end(list);
    return IRQP_USAGE;
}

static enum irqp_status set(struct cli_arguments *arguments, const struct cli_command *command,
                            const struct cli_option *option, const char *value)
{
    void *field = field_of(arguments, option);
    switch (option->kind) {
    case CLI_SWITCH:
        *(bool *)field = true;
        break;
    case CLI_TEXT:
        *(const char **)field = value;
        break;
    case CLI_LIST:
        add_to_list(field, value);
        break;
    case CLI_COUNT: {
        char *end;
        errno = 0;
        unsigned long number = strtoul(value, &end, 10);
        if (errno != 0 || end == value || *end != '\0' || *value == '-' || number == 0 || number > 65536)
            return misuse(command, "--%s takes a whole number from 1 to 65536, not '%s'", option->name,
                          value);
        *(unsigned *)field = (unsigned)number;
        break;
    }
    }
    return IRQP_OK;
}

static const struct cli_option *find_letter(const struct cli_command *command, char letter)
{
    for (size_t i = 0; i < command->option_count; i++)
        if (command->options[i].letter == letter && letter)
            return &command->options[i];
    return NULL;
}

static const struct cli_option *find_name(const struct cli_command *command, const char *name, size_t length)
{
    for (size_t i = 0; i < command->option_count; i++)
        if (strlen(command->options[i].name) == length &&
            strncmp(command->options[i].name, name, length) == 0)
            return &command->options[i];
    return NULL;
}

static enum irqp_status unknown_option(const struct cli_command *command, const char *name, size_t length)
{
    const char **names = cli_allocate(NULL, command->option_count + 1, sizeof *names);
    size_t count = 0;
    for (; count < command->option_count; count++)
        names[count] = command->options[count].name;
    names[count++] = "help";
    char *given = cli_format("%.*s", (int)length, name);
    const char *near = irqp_nearest(given, names, count);
    misuse(command, "unknown option '--%s'%s%s%s", given, near ? "; did you mean '--" : "", near ? near : "",
           near ? "'?" : "");
    free(given);
    free(names);
    return IRQP_USAGE;
}

/* "--name", "--name=value", "--name value"; argv[*at] is the last word used. */
static enum irqp_status parse_long(struct cli_arguments *arguments, const struct cli_command *command,
                                   int argc, char **argv, int *at)
{
    const char *name = argv[*at] + 2;
    size_t length = strcspn(name, "=");
    const struct cli_option *option = find_name(command, name, length);
    const char *value = name[length] == '=' ? name + length + 1 : NULL;
    if (!option)
        return unknown_option(command, name, length);
    if (option->kind == CLI_SWITCH && value)
        return misuse(command, "--%s takes no value", option->name);
    if (option->kind != CLI_SWITCH && !value && *at + 1 < argc)
        value = argv[++*at];
    if (option->kind != CLI_SWITCH && !value)
        return misuse(command, "--%s needs a value (%s)", option->name, option->value);
    return set(arguments, command, option, value);
}

/* "-x", "-xyz", "-xVALUE", "-x VALUE". */
static enum irqp_status parse_short(struct cli_arguments *arguments, const struct cli_command *command,
                                    int argc, char **argv, int *at)
{
    for (const char *letter = argv[*at] + 1; *letter; letter++) {
        const struct cli_option *option = find_letter(command, *letter);
        const char *value = NULL;
        if (*letter == 'h' && !option) {
            arguments->help = true;
            return IRQP_OK;
        }
        if (!option)
            return misuse(command, "unknown option '-%c'", *letter);
        if (option->kind != CLI_SWITCH)
            value = letter[1] ? letter + 1 : *at + 1 < argc ? argv[++*at] : NULL;
        if (option->kind != CLI_SWITCH && !value)
            return misuse(command, "-%c needs a value (%s)", *letter, option->value);
        enum irqp_status status = set(arguments, command, option, value);
        if (status != IRQP_OK || value)
            return status;
    }
    return IRQP_OK;
}

static enum irqp_status check_operands(const struct cli_arguments *arguments,
                                       const struct cli_command *command)
{
    if (arguments->operands.count < command->least)
        return misuse(command, "%s is missing: irqpath %s %s",
                      command->least > 1 && arguments->operands.count > 0 ? "an operand" : "what to work on",
                      command->name, command->operands);
    if (arguments->operands.count > command->most)
        return misuse(command, "there is no use for '%s'", arguments->operands.items[command->most]);
    return IRQP_OK;
}

enum irqp_status cli_parse(struct cli_arguments *arguments, const struct cli_command *command, int argc,
                           char **argv)
{
    enum irqp_status status = IRQP_OK;
    bool options = true;
    *arguments = (struct cli_arguments){.values = cli_allocate(NULL, command->values_size + 1, 1)};
    memset(arguments->values, 0, command->values_size + 1);
    for (int i = 0; i < argc && status == IRQP_OK && !arguments->help; i++) {
        if (options && strcmp(argv[i], "--") == 0)
            options = false;
        else if (options && strcmp(argv[i], "--help") == 0)
            arguments->help = true;
        else if (options && argv[i][0] == '-' && argv[i][1] == '-')
            status = parse_long(arguments, command, argc, argv, &i);
        else if (options && argv[i][0] == '-' && argv[i][1])
            status = parse_short(arguments, command, argc, argv, &i);
        else
            add_to_list(&arguments->operands, argv[i]);
    }
    return status != IRQP_OK || arguments->help ? status : check_operands(arguments, command);
}

void cli_arguments_fini(struct cli_arguments *arguments, const struct cli_command *command)
{
    for (size_t i = 0; i < command->option_count; i++)
        if (command->options[i].kind == CLI_LIST)
            free(((struct cli_list *)field_of(arguments, &command->options[i]))->items);
    free(arguments->operands.items);
    free(arguments->values);
    *arguments = (struct cli_arguments){0};
}

/* ---- help ---- */

const struct cli_command *cli_find_command(const struct cli *cli, const char *name)
{
    for (size_t i = 0; i < cli->command_count; i++)
        if (strcmp(cli->commands[i]->name, name) == 0)
            return cli->commands[i];
    return NULL;
}

static void print_option(const struct cli *cli, char letter, const struct cli_option *option, FILE *out)
{
    enum { DOC_COLUMN = 24 };
    char *names = cli_format("%c%c%s --%s%s%s", letter ? '-' : ' ', letter ? letter : ' ', letter ? "," : " ",
                             option->name, option->value ? " " : "", option->value ? option->value : "");
    fprintf(out, "  %s%s%s", cli_style_begin(cli->colour, CLI_BOLD), names,
            cli_style_end(cli->colour, CLI_BOLD));
    size_t at = 2 + cli_length(names);
    free(names);
    if (at + 2 > DOC_COLUMN) {
        fputc('\n', out);
        at = 0;
    }
    fprintf(out, "%*s", (int)(DOC_COLUMN - at), "");
    cli_wrap(out, option->doc, DOC_COLUMN, DOC_COLUMN);
}

void cli_print_command(const struct cli *cli, const struct cli_command *command, FILE *out)
{
    static const struct cli_option help = {.name = "help", .doc = "Print this text."};
    fprintf(out, "%sirqpath %s%s%s%s", cli_style_begin(cli->colour, CLI_BOLD), command->name,
            cli_style_end(cli->colour, CLI_BOLD), *command->operands ? " " : "", command->operands);
    fprintf(out, "%s\n\n", command->option_count > 0 ? " [OPTION]..." : "");
    cli_wrap(out, command->summary, 0, 0);
    if (command->doc) {
        fputc('\n', out);
        cli_wrap(out, command->doc, 0, 0);
    }
    fputs("\nOptions:\n", out);
    for (size_t i = 0; i < command->option_count; i++)
        print_option(cli, command->options[i].letter, &command->options[i], out);
    print_option(cli, find_letter(command, 'h') ? 0 : 'h', &help, out);
}

/* The first words of the parameters' names, each once; the caller frees it. */
static char *list_groups(const struct irqp_registry *registry)
{
    char *list = cli_format("%s", "");
    for (size_t i = 0; i < registry->count; i++) {
        const char *path = registry->parameters[i].path;
        size_t length = strcspn(path, "."), before = 0;
        while (strncmp(registry->parameters[before].path, path, length) != 0 ||
               strcspn(registry->parameters[before].path, ".") != length)
            before++;
        if (before < i)
            continue;
        char *longer = cli_format("%s%s%.*s", list, i > 0 ? ", " : "", (int)length, path);
        free(list);
        list = longer;
    }
    return list;
}

void cli_print_overview(const struct cli *cli, FILE *out)
{
    enum { SUMMARY_COLUMN = 12 };
    fputs("irqpath simulates the interrupt latency of Linux, native and on a microkernel.\n\n"
          "Usage: irqpath COMMAND [OPTION]... [OPERAND]...\n\nCommands:\n",
          out);
    for (size_t i = 0; i < cli->command_count; i++) {
        fprintf(out, "  %s%-*s%s", cli_style_begin(cli->colour, CLI_BOLD), SUMMARY_COLUMN - 2,
                cli->commands[i]->name, cli_style_end(cli->colour, CLI_BOLD));
        cli_wrap(out, cli->commands[i]->summary, SUMMARY_COLUMN, SUMMARY_COLUMN);
    }
    char *groups = list_groups(cli->model->registry);
    fputs("\nGroups of parameters (irqpath help GROUP lists them):\n  ", out);
    cli_wrap(out, groups, 2, 2);
    free(groups);
    fputs("\nOther topics (irqpath help TOPIC): load, the language of load programs; causes, what the "
          "reports call\n"
          "them.\n"
          "\nEnvironment:\n"
          "  IRQPATH_DATA  the folder that holds scenarios/ and plots/, if they are not where they were "
          "installed\n"
          "  IRQPATH_PATH  folders of scenarios of your own, separated by colons, searched before those\n"
          "Scenarios are found by their path or by their name in one of these: "
          "paper/fig6-hackbench-native.yaml\n"
          "\nExit codes: 0 done, 1 it failed while running, 2 wrong use, 3 bad input, 4 an expectation "
          "or a\n"
          "criterion of compare --strict is not met, 5 a run was too short to decide, 130 interrupted.\n",
          out);
}
