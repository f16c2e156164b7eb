/* irqpath import: what was understood of a measured histogram, and writing it as another tool would. */
#include "irqpath/distance.h"
#include "irqpath/file.h"
#include "irqpath/result_file.h"
#include "sim/cli/commands.h"
#include "sim/cli/load.h"
#include "sim/cli/measured.h"
#include "sim/cli/table.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct values {
    const char *unit, *to, *output;
    bool json;
};

/* ---- the measurement, or a result of ours ---- */

static enum irqp_status read_input(struct irqp_measured *measured, const char *file, const char *unit)
{
    if (strcmp(file, "-") == 0 || !cli_is_result(file))
        return cli_read_measured(measured, file, unit);
    struct irqp_result_file result;
    *measured = (struct irqp_measured){.count = 0};
    enum irqp_status status = cli_read_result(&result, file);
    if (status == IRQP_OK)
        status = irqp_measured_of(measured, &result.run.result.thread, &result.run.result.interrupt);
    irqp_result_file_fini(&result);
    return status;
}

/* ---- what was understood ---- */

static const char *kind_name(enum irqp_series_kind kind)
{
    static const char *const names[] = {[IRQP_SERIES_THREAD] = "thread latency",
                                        [IRQP_SERIES_INTERRUPT] = "interrupt latency",
                                        [IRQP_SERIES_USER] = "user latency",
                                        [IRQP_SERIES_NOISE] = "noise"};
    return names[kind];
}

static const double quantiles[] = {0.5, 0.99, 0.999, 0.9999, 0.99999};
static const char *const quantile_names[] = {"p50", "p99", "p99.9", "p99.99", "p99.999"};

static struct cli_word time_word(irqp_time time)
{
    return time == IRQP_UNKNOWN ? cli_word("-") : cli_us((double)time, 3);
}

/* The quantile, or "-": fewer than ten samples beyond it say nothing, and one beyond the bins is not known.
 */
static struct cli_word quantile_word(const struct irqp_bins *bins, double p)
{
    irqp_time value;
    bool enough = (double)irqp_bins_total(bins) * (1 - p) >= 10;
    if (!enough || !irqp_bins_quantile(bins, p, &value) || value == IRQP_UNKNOWN)
        return cli_word("-");
    return value == IRQP_NEVER ? cli_word("beyond") : cli_us((double)value, 3);
}

/* The mean of several series is not told, unless their counts say it. */
static void print_row(struct cli_table *table, const char *name, const struct irqp_bins *bins, irqp_time mean)
{
    cli_row(table);
    cli_cell(table, CLI_PLAIN, "%s", name);
    cli_cell(table, CLI_PLAIN, "%s", cli_count(irqp_bins_total(bins)).text);
    cli_cell(table, bins->overflow ? CLI_BOLD : CLI_DIM, "%s", cli_count(bins->overflow).text);
    cli_cell(table, CLI_PLAIN, "%s", time_word(bins->minimum).text);
    cli_cell(table, CLI_PLAIN, "%s",
             mean != IRQP_UNKNOWN ? cli_us((double)mean, 3).text : cli_us(irqp_bins_mean(bins), 3).text);
    for (size_t i = 0; i < CLI_LENGTH(quantiles); i++)
        cli_cell(table, CLI_PLAIN, "%s", quantile_word(bins, quantiles[i]).text);
    cli_cell(table, CLI_PLAIN, "%s", time_word(bins->maximum).text);
}

static void print_table(const struct cli *cli, const struct irqp_measured *measured)
{
    struct cli_table table;
    cli_table_init(&table, "l   r  r  r  r  r  r  r  r  r  r");
    cli_row(&table);
    for (const char *const *head =
             (const char *const[]){"Latency (us)", "samples", "beyond", "min", "mean", NULL};
         *head; head++)
        cli_cell(&table, **head == 'L' ? CLI_BOLD : CLI_DIM, "%s", *head);
    for (size_t i = 0; i < CLI_LENGTH(quantiles); i++)
        cli_cell(&table, CLI_DIM, "%s", quantile_names[i]);
    cli_cell(&table, CLI_DIM, "max");
    for (size_t i = 0; i < measured->count; i++)
        print_row(&table, measured->series[i].name, &measured->series[i].bins, measured->series[i].mean);
    if (measured->count > 1) {
        char *all = cli_format("all: %s", kind_name(measured->kind));
        print_row(&table, all, &measured->bins, IRQP_UNKNOWN);
        free(all);
    }
    putchar('\n');
    cli_table_print(&table, cli->colour, stdout);
    cli_table_fini(&table);
}

static void print_text(const struct cli *cli, const char *file, const struct irqp_measured *measured)
{
    const struct irqp_summary *summary = &measured->summary;
    printf("file    %s\nformat  %s, values in %s\n", file, measured->format,
           cli_duration((double)measured->unit).text + 2);
    if (summary->periods) {
        printf("log     %s lines of results, %s overruns; no histogram\n", cli_count(summary->periods).text,
               cli_count(summary->overruns).text);
        printf("\nmin %s  mean %s  max %s us\n", time_word(summary->minimum).text,
               time_word(summary->mean).text, time_word(summary->maximum).text);
        return;
    }
    printf("bins    of %s", cli_duration((double)measured->bins.width).text);
    if (measured->bins.limit != IRQP_UNKNOWN)
        printf(" up to %s", cli_duration((double)measured->bins.limit).text);
    puts("; values are the lower edges of bins");
    print_table(cli, measured);
}

static json_t *time_json(irqp_time time)
{
    return time == IRQP_UNKNOWN ? json_null() : json_integer((json_int_t)time);
}

static json_t *bins_json(const struct irqp_bins *bins)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < bins->count; i++)
        json_array_append_new(
            rows, json_pack("[I, I]", (json_int_t)bins->bins[i].lower, (json_int_t)bins->bins[i].count));
    return rows;
}

static void print_json(const char *file, const struct irqp_measured *measured)
{
    json_t *list = json_array();
    for (size_t i = 0; i < measured->count; i++) {
        const struct irqp_series *series = &measured->series[i];
        json_array_append_new(
            list,
            json_pack("{s:s, s:s, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:o}", "name", series->name, "kind",
                      kind_name(series->kind), "samples", (json_int_t)irqp_bins_total(&series->bins),
                      "beyond", (json_int_t)series->bins.overflow, "bin_ps", (json_int_t)series->bins.width,
                      "limit_ps", time_json(series->bins.limit), "min_ps", time_json(series->bins.minimum),
                      "mean_ps", time_json(series->mean), "max_ps", time_json(series->bins.maximum), "bins",
                      bins_json(&series->bins)));
    }
    json_t *document =
        json_pack("{s:s, s:s, s:I, s:s, s:o}", "file", file, "format", measured->format, "unit_ps",
                  (json_int_t)measured->unit, "kind", kind_name(measured->kind), "series", list);
    if (measured->summary.periods)
        json_object_set_new(
            document, "summary",
            json_pack("{s:o, s:o, s:o, s:I, s:I}", "min_ps", time_json(measured->summary.minimum), "mean_ps",
                      time_json(measured->summary.mean), "max_ps", time_json(measured->summary.maximum),
                      "samples", (json_int_t)measured->summary.samples, "overruns",
                      (json_int_t)measured->summary.overruns));
    cli_print_json(document);
}

/* ---- writing ---- */

static const char *const formats[] = {[IRQP_CYCLICTEST_TEXT] = "cyclictest",
                                      [IRQP_CYCLICTEST_JSON] = "cyclictest-json",
                                      [IRQP_RTLA_TEXT] = "rtla",
                                      [IRQP_RTLA_KERNEL_TEXT] = "rtla-kernel",
                                      [IRQP_CSV] = "csv"};

static bool format_of(const char *name, enum irqp_measured_format *format)
{
    for (size_t i = 0; i < CLI_LENGTH(formats); i++)
        if (strcmp(name, formats[i]) == 0) {
            *format = (enum irqp_measured_format)i;
            return true;
        }
    return false;
}

static enum irqp_status write_as(const struct irqp_measured *measured, enum irqp_measured_format format,
                                 const char *output)
{
    if (measured->count == 0) {
        cli_message("a log without a histogram cannot be written as one");
        return IRQP_INPUT;
    }
    char *text = irqp_measured_text(measured, format, 0);
    enum irqp_status status = text ? IRQP_OK : IRQP_NO_MEMORY;
    if (text && output) {
        struct irqp_diagnostics diagnostics;
        irqp_diagnostics_init(&diagnostics);
        status = irqp_file_write(output, text, strlen(text), &diagnostics);
        cli_print_diagnostics(&diagnostics);
    } else if (text) {
        fputs(text, stdout);
    }
    free(text);
    return status;
}

/* ---- the command ---- */

static enum irqp_status run(const struct cli *cli, const void *given, const struct cli_list *files)
{
    const struct values *values = given;
    enum irqp_measured_format format = IRQP_CYCLICTEST_TEXT;
    if (values->to && !format_of(values->to, &format)) {
        cli_unknown("there is no format", values->to, formats, CLI_LENGTH(formats));
        return IRQP_USAGE;
    }
    if (values->output && !values->to) {
        cli_message("-o needs a format to write: --to cyclictest, cyclictest-json, rtla, rtla-kernel or csv");
        return IRQP_USAGE;
    }
    struct irqp_measured measured;
    enum irqp_status status = read_input(&measured, files->items[0], values->unit);
    if (status == IRQP_OK && values->to)
        status = write_as(&measured, format, values->output);
    else if (status == IRQP_OK && values->json)
        print_json(files->items[0], &measured);
    else if (status == IRQP_OK)
        print_text(cli, files->items[0], &measured);
    irqp_measured_fini(&measured);
    return status;
}

static const struct cli_option options[] = {
    CLI_OPTION_UNIT(struct values),
    {0, "to", CLI_TEXT, "FORMAT",
     "Write it as cyclictest, cyclictest-json, rtla, rtla-kernel or csv instead of showing it.",
     offsetof(struct values, to)},
    {'o', "output", CLI_TEXT, "FILE", "Where --to writes; standard output if not given.",
     offsetof(struct values, output)},
    CLI_OPTION_JSON(struct values),
};

const struct cli_command cli_command_import = {
    .name = "import",
    .operands = "FILE",
    .least = 1,
    .most = 1,
    .summary = "Show what is understood of a measured histogram, or rewrite it.",
    .doc =
        "The format is recognised by the content, gzipped or not; '-' is standard input. Read are cyclictest "
        "(text of -h, -H, --histfile, and JSON), rtla timerlat and osnoise histograms, oslat (text and "
        "JSON), "
        "jitterdebugger's and OSADL's JSON, Xenomai's latency -g and its log, RTAI's log, tables of value "
        "and "
        "counts, and raw samples.\n"
        "What lies beyond the last bin is counted and never clipped. --to writes what cyclictest or rtla "
        "would "
        "print, which is in microseconds, or all bins as CSV; a result of `irqpath run` can be rewritten, "
        "too. rtla is what it prints with user threads, as today by default: columns of interrupt, thread "
        "and "
        "user latency for each processor, and a summary of all; rtla-kernel is what its first versions "
        "print, "
        "without user latency and that summary.",
    .options = options,
    .option_count = CLI_LENGTH(options),
    .values_size = sizeof(struct values),
    .run = run,
};
