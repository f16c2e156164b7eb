/* irqpath plot: the distributions of results and how often a latency is exceeded, as a picture. */
#include "sim/cli/plot.h"
#include "sim/cli/commands.h"
#include "sim/cli/load.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct values {
    const char *output, *deadline, *title, *formats;
    bool throughput;
};

/* ---- what the scenarios tell ---- */

/* The value of a key in a resolved scenario, which has its groups and other keys of the top level at the
 * beginnings of lines and gives every parameter: "cyclictest: {interval: 1 ms, ...", "placement: native", or
 * "{value: native, source: ...". The caller frees it; NULL if it is not there. */
char *cli_told(const char *scenario, const char *top, const char *key)
{
    char *line = cli_format("\n%s:", top);
    const char *value = strstr(scenario, line);
    value = value ? value + strlen(line) : NULL;
    free(line);
    if (value && key) {
        char *inner = cli_format("%s:", key);
        value = strstr(value, inner);
        value = value ? value + strlen(inner) : NULL;
        free(inner);
    }
    if (!value)
        return NULL;
    value += strspn(value, " {\n");
    value += strncmp(value, "value:", 6) == 0 ? 6 : 0;
    value += strspn(value, " ");
    return cli_format("%.*s", (int)strcspn(value, ",}\n"), value);
}

/* Seconds; 0 if the scenario does not tell. */
static double interval_told(const char *scenario)
{
    char *text = cli_told(scenario, "cyclictest", "interval");
    double us;
    bool known = text && cli_read_time(text, &us);
    free(text);
    return known ? us * 1e-6 : 0;
}

/* 0: native, 1: stripped native, 2: any other placement. */
static int rank_of(const struct irqp_result_file *result)
{
    char *told = cli_told(result->manifest.scenario, "placement", NULL);
    int rank = 2;
    if (told && strcmp(told, "native") == 0)
        rank = 0;
    else if (told && strcmp(told, "stripped") == 0)
        rank = 1;
    free(told);
    return rank;
}

void cli_sort_native_first(struct irqp_result_file *results, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct irqp_result_file result = results[i];
        size_t at = i;
        for (; at > 0 && rank_of(&results[at - 1]) > rank_of(&result); at--)
            results[at] = results[at - 1];
        results[at] = result;
    }
}

/* Of what was simulated two digits are said: the clock that programs the timer is not the one that is read,
 * so that a millisecond is not exactly one. */
static double interval_of(const struct irqp_result_file *file)
{
    const struct irqp_result *result = &file->run.result;
    double told = interval_told(file->manifest.scenario);
    double mean = (double)result->simulated / (double)IRQP_S / (double)result->thread.total;
    double digit = pow(10, floor(log10(mean)) - 1);
    return told > 0 ? told : round(mean / digit) * digit;
}

/* What the wake-ups of all results have in common within a per cent, else 0. */
static double common_interval(const struct cli_plot *plot)
{
    double first = interval_of(&plot->results[0]);
    for (size_t i = 1; i < plot->count; i++)
        if (fabs(interval_of(&plot->results[i]) / first - 1) > 0.01)
            return 0;
    return first;
}
/* ---- the command ---- */

static enum irqp_status run(const struct cli *cli, const void *given, const struct cli_list *files)
{
    const struct values *values = given;
    struct cli_plot plot = {.count = files->count, .title = values->title};
    (void)cli;
    if (values->deadline && values->throughput) {
        cli_message("--deadline belongs to latencies, not to --throughput");
        return IRQP_USAGE;
    }
    if (values->deadline && !cli_read_time(values->deadline, &plot.deadline)) {
        cli_message("'%s' is no deadline; say for example --deadline '40 us'", values->deadline);
        return IRQP_USAGE;
    }
    struct irqp_result_file *results = cli_allocate(NULL, files->count, sizeof *results);
    enum irqp_status status = IRQP_OK;
    for (size_t i = 0; i < files->count; i++) {
        enum irqp_status read = cli_read_result(&results[i], files->items[i]);
        status = read > status ? read : status;
    }
    if (status == IRQP_OK) {
        const char *prefix = values->output     ? values->output
                             : files->count > 1 ? "comparison"
                                                : results[0].manifest.name;
        cli_sort_native_first(results, files->count);
        plot.results = results;
        plot.interval = common_interval(&plot);
        status =
            (values->throughput ? cli_draw_throughput : cli_draw_latencies)(&plot, prefix, values->formats);
    }
    for (size_t i = 0; i < files->count; i++)
        irqp_result_file_fini(&results[i]);
    free(results);
    return status;
}

static const struct cli_option options[] = {
    {'o', "output", CLI_TEXT, "PREFIX",
     "Begin the files' names with this; \"comparison\" if not given, of one result its name.",
     offsetof(struct values, output)},
    {0, "throughput", CLI_SWITCH, NULL,
     "Draw a bar for each result instead: how long a whole run of its load takes, or how much it does per "
     "second.",
     offsetof(struct values, throughput)},
    {0, "deadline", CLI_TEXT, "D", "Mark a deadline, e.g. '40 us', and tell how often it is missed.",
     offsetof(struct values, deadline)},
    {0, "title", CLI_TEXT, "TEXT", "Title of the picture; from the scenarios' titles if not given.",
     offsetof(struct values, title)},
    {0, "format", CLI_TEXT, "LIST", "Formats: png, svg, pdf, separated by commas; all of them if not given.",
     offsetof(struct values, formats)},
};

const struct cli_command cli_command_plot = {
    .name = "plot",
    .operands = "RESULT.json...",
    .least = 1,
    .most = 12,
    .summary = "Draw distributions of results and how often a latency is exceeded, or throughput.",
    .doc = "The results are those of irqpath run -o; native ones come first, and the offset is the second's "
           "to the "
           "first. Besides the pictures PREFIX.gp is written, the script "
           "of gnuplot "
           "that draws them, with its data.",
    .options = options,
    .option_count = CLI_LENGTH(options),
    .values_size = sizeof(struct values),
    .run = run,
};
