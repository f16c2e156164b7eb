/* irqpath help, irqpath version: commands from their declarations, parameters from the registry. */
#include "sim/cli/commands.h"
#include "sim/cli/text.h"

#include <stdlib.h>
#include <string.h>

/* ---- one parameter ---- */

static const struct {
    const char *name, *doc;
} kinds[] = {
    [IRQP_DURATION] = {"duration", "duration (\"1 ms\", or \"120 cycles\" of the machine's clock)"},
    [IRQP_COST] = {"cost",
                   "cost: a duration or a distribution of durations ({dist: gamma, mean: 1 us, cv: 0.1})"},
    [IRQP_FREQUENCY] = {"frequency", "frequency (\"1 kHz\")"},
    [IRQP_COUNT] = {"whole number", "whole number (\"1000\", \"1e6\")"},
    [IRQP_REAL] = {"number", "number"},
    [IRQP_SIZE] = {"size", "size (\"4 KiB\")"},
    [IRQP_CHOICE] = {"one of", "one of the words"},
    [IRQP_SWITCH] = {"true or false", "true or false"},
    [IRQP_TEXT] = {"text", "text"},
    [IRQP_TREE] = {"structure", "structure"},
    [IRQP_EXPECT] = {"list", "list of expectations"},
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

/* "1 us to 10 s", "hpet, local-apic"; the caller frees it; NULL where there is nothing to say. */
static char *range_of(const struct irqp_parameter *parameter)
{
    enum irqp_kind kind = parameter->kind;
    if (kind == IRQP_CHOICE) {
        char *words = cli_format("%s", "");
        for (const char *rest = parameter->choices; *rest;) {
            size_t length = strcspn(rest, "|");
            char *more = cli_format("%s%s%.*s", words, *words ? ", " : "", (int)length, rest);
            free(words);
            words = more;
            rest += length + (rest[length] == '|');
        }
        return words;
    }
    if (kind == IRQP_SWITCH || kind == IRQP_TEXT || kind == IRQP_TREE || kind == IRQP_EXPECT)
        return NULL;
    struct cli_word least = limit(kind, parameter->minimum), most = limit(kind, parameter->maximum);
    if (parameter->minimum == 0 && parameter->maximum == 0)
        return NULL;
    if (parameter->maximum >= 9.2e18)
        return cli_format("from %s", least.text);
    return cli_format("%s to %s%s", least.text, most.text, kind == IRQP_COST ? " (of its mean)" : "");
}

static const char *default_of(const struct irqp_parameter *parameter)
{
    if (parameter->fallback)
        return parameter->fallback;
    return parameter->kind == IRQP_TREE     ? "none"
           : parameter->kind == IRQP_EXPECT ? "none: nothing is checked"
                                            : "none: it must be given";
}

/* The sentence that a documentation begins with; the caller frees it. */
static char *sentence_of(const struct irqp_parameter *parameter)
{
    const char *doc = parameter->doc ? parameter->doc : "";
    return cli_format("%.*s", (int)strcspn(doc, "\n"), doc);
}

static void print_parameter(const struct cli *cli, const struct irqp_parameter *parameter)
{
    const char *bold = cli_style_begin(cli->colour, CLI_BOLD), *plain = cli_style_end(cli->colour, CLI_BOLD);
    char *sentence = sentence_of(parameter), *range = range_of(parameter);
    const char *more = parameter->doc ? strchr(parameter->doc, '\n') : NULL;
    printf("%s%s%s\n    ", bold, parameter->path, plain);
    cli_wrap(stdout, sentence, 4, 4);
    if (parameter->kind == IRQP_CHOICE)
        printf("\n    kind      one of: %s\n", range);
    else
        printf("\n    kind      %s\n", kinds[parameter->kind].doc);
    if (range && parameter->kind != IRQP_CHOICE)
        printf("    range     %s\n", range);
    printf("    default   %s\n", default_of(parameter));
    if (parameter->source) {
        printf("    source    ");
        cli_wrap(stdout, parameter->source, 14, 14);
    }
    if (more)
        puts(more + 1);
    free(sentence);
    free(range);
}

/* ---- groups ---- */

static bool belongs(const char *path, const char *group, size_t length)
{
    return strncmp(path, group, length) == 0 && (path[length] == '.' || path[length] == '\0');
}

static void print_member(const struct cli *cli, const struct irqp_parameter *parameter)
{
    char *sentence = sentence_of(parameter), *range = range_of(parameter);
    printf("%s%s%s\n    ", cli_style_begin(cli->colour, CLI_BOLD), parameter->path,
           cli_style_end(cli->colour, CLI_BOLD));
    cli_wrap(stdout, sentence, 4, 4);
    char *facts = cli_format("%s%s%s; default: %s", kinds[parameter->kind].name, range ? ": " : "",
                             range ? range : "", default_of(parameter));
    fputs("    ", stdout);
    cli_wrap(stdout, facts, 4, 4);
    free(facts);
    free(sentence);
    free(range);
}

/* "costs.microkernel" or, where a command has the name, "run."; how many parameters there are. */
static size_t print_group(const struct cli *cli, const char *group)
{
    const struct irqp_registry *registry = cli->model->registry;
    size_t length = strlen(group), count = 0;
    while (length > 0 && group[length - 1] == '.')
        length--;
    for (size_t i = 0; i < registry->count && length > 0; i++)
        if (belongs(registry->parameters[i].path, group, length)) {
            print_member(cli, &registry->parameters[i]);
            count++;
        }
    return count;
}

static bool is_group(const struct irqp_registry *registry, const char *name)
{
    for (size_t i = 0; i < registry->count; i++)
        if (belongs(registry->parameters[i].path, name, strlen(name)))
            return true;
    return false;
}

/* ---- what the reports call things ---- */

static const struct {
    const char *name, *doc;
} causes[] = {
    {"own path", "what the wake-up itself has to execute: its interrupt, the timer's callback, the switch."},
    {"transit", "from the programmed expiry until the timer's line reaches the processor."},
    {"physical interrupts off", "the line waits: whoever runs keeps the processor from taking interrupts."},
    {"microkernel call", "the interrupt is queued for the guest, which is inside a call of the microkernel."},
    {"monitor", "virtualised: the interrupt is queued for the monitor, which works on an exit of the guest."},
    {"guest interrupts off", "it is queued, and Linux has its own, virtual interrupts off."},
    {"preemption off", "cyclictest can run, but the current task may not be preempted just now."},
    {"deferred round trip",
     "fetching a queued interrupt from the microkernel when Linux turns its interrupts on."},
    {"interrupt window", "virtualised: the exit for the injection when Linux turns its interrupts on."},
    {"tick", "Linux's own periodic tick came in between; it may serve the wake-up's timer, too."},
    {"microkernel tick", "the microkernel's periodic tick came in between, with what it evicts from caches."},
    {"interrupt: X", "another interrupt, of X, was handled first."},
    {"thread: X", "thread or process X ran, and nothing above kept the processor from switching."},
};

static void print_causes(const struct cli *cli)
{
    enum { DOC_COLUMN = 25 };
    puts("Every picosecond of a latency, from the expiry to cyclictest's clock read, has one step, what was\n"
         "executed, and one cause, why the wake-up did not advance. The causes:\n");
    for (size_t i = 0; i < CLI_LENGTH(causes); i++) {
        printf("%s%-*s%s", cli_style_begin(cli->colour, CLI_BOLD), DOC_COLUMN, causes[i].name,
               cli_style_end(cli->colour, CLI_BOLD));
        cli_wrap(stdout, causes[i].doc, DOC_COLUMN, DOC_COLUMN);
    }
}

/* There is no command, parameter or group of this name. */
static enum irqp_status unknown_topic(const struct cli *cli, const char *word)
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
    cli_unknown("there is no command, parameter or group", word, (const char *const *)names, count);
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
    return IRQP_USAGE;
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
        if (is_group(registry, topic))
            printf("\nirqpath help %s. lists the parameters of this name.\n", topic);
        return IRQP_OK;
    }
    if (strcmp(topic, "causes") == 0) {
        print_causes(cli);
        return IRQP_OK;
    }
    for (size_t i = 0; i < registry->count; i++)
        if (strcmp(registry->parameters[i].path, topic) == 0) {
            print_parameter(cli, &registry->parameters[i]);
            return IRQP_OK;
        }
    if (*topic && print_group(cli, topic) > 0)
        return IRQP_OK;
    return unknown_topic(cli, topic);
}

const struct cli_command cli_command_help = {
    .name = "help",
    .operands = "[COMMAND | PARAMETER | GROUP | causes]",
    .most = 1,
    .summary = "Explain a command, a parameter, or a group of parameters.",
    .doc =
        "Without an operand it lists the commands and the groups. A group is the beginning of parameters' "
        "names: irqpath help costs.microkernel. A dot at its end tells it from a command: irqpath help run.",
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
