/* irqpath compare: how far a prediction is from a measured histogram. */
#include "sim/cli/commands.h"
#include "sim/cli/measured.h"
#include "sim/cli/simulate.h"
#include "sim/cli/table.h"
#include "sim/cli/verdict.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct values {
    struct cli_list set;
    const char *unit, *plot, *formats;
    unsigned threads;
    bool interrupt, json, strict;
};

/* ---- the two sides ---- */

/* A measurement that a prediction can be compared with. */
static enum irqp_status read_measured(struct irqp_measured *measured, const char *file, const char *unit)
{
    enum irqp_status status = cli_read_measured(measured, file, unit);
    if (status != IRQP_OK)
        return status;
    if (irqp_bins_total(&measured->bins) == 0)
        cli_message("%s: %s", file,
                    measured->summary.periods ? "a log with minimum, mean and maximum, but no histogram to "
                                                "compare with"
                                              : "no samples");
    else if (measured->kind == IRQP_SERIES_NOISE)
        cli_message("%s: durations of interruptions (%s), no latencies of wake-ups", file, measured->format);
    else
        return IRQP_OK;
    return IRQP_INPUT;
}

/* ---- in words ---- */

static struct cli_word bin_width(irqp_time width)
{
    return cli_duration((double)width);
}

static void print_quantiles(const struct cli *cli, const struct irqp_distance *distance)
{
    struct cli_table table;
    cli_table_init(&table, "l   r   r  l   r");
    cli_row(&table);
    for (const char *const *head =
             (const char *const[]){"Quantile (us)", "predicted", "measured", "95 % of it", "error", NULL};
         *head; head++)
        cli_cell(&table, **head == 'Q' ? CLI_BOLD : CLI_DIM, "%s", *head);
    for (int i = 0; i < IRQP_DISTANCE_QUANTILES; i++) {
        const struct irqp_quantile_error *quantile = &distance->quantiles[i];
        cli_row(&table);
        cli_cell(&table, CLI_PLAIN, "p%.6g", 100 * quantile->p);
        if (!quantile->known) {
            cli_cell(&table, CLI_DIM, "-");
            cli_cell(&table, CLI_DIM, "-");
            continue;
        }
        cli_cell(&table, CLI_PLAIN, "%s", cli_us((double)quantile->predicted, 3).text);
        cli_cell(&table, CLI_PLAIN, "%s", cli_us((double)quantile->measured, 3).text);
        cli_cell(&table, CLI_DIM, "%s to %s", cli_us((double)quantile->low, 3).text,
                 cli_us((double)quantile->high, 3).text);
        cli_cell(&table, CLI_BOLD, "%s", cli_us_signed((double)quantile->error, 3).text);
    }
    putchar('\n');
    cli_table_print(&table, cli->colour, stdout);
    cli_table_fini(&table);
}

static void print_metrics(const struct cli *cli, const struct cli_metric *metrics)
{
    struct cli_table table;
    cli_table_init(&table, "l  l   l   l");
    cli_row(&table);
    for (const char *const *head = (const char *const[]){"Criteria", "", "value", "wanted", NULL}; *head;
         head++)
        cli_cell(&table, **head == 'C' ? CLI_BOLD : CLI_DIM, "%s", *head);
    for (int i = 0; i < CLI_METRICS; i++) {
        cli_row(&table);
        cli_cell(&table, metrics[i].verdict == CLI_FAIL ? CLI_BOLD : CLI_PLAIN, "%s",
                 cli_verdict_word(metrics[i].verdict));
        cli_cell(&table, CLI_PLAIN, "%s", metrics[i].name);
        cli_cell(&table, CLI_PLAIN, "%s", metrics[i].value.text);
        cli_cell(&table, CLI_DIM, "%s", metrics[i].criterion.text);
    }
    putchar('\n');
    cli_table_print(&table, cli->colour, stdout);
    cli_table_fini(&table);
}

/* What the numbers mean, in three sentences. */
static void print_words(const struct cli_comparison *comparison)
{
    const struct irqp_distance *distance = &comparison->distance;
    const struct irqp_quantile_error *median = &distance->quantiles[0];
    const struct irqp_quantile_error *last = NULL;
    for (int i = 1; i < IRQP_DISTANCE_QUANTILES; i++)
        last = distance->quantiles[i].known ? &distance->quantiles[i] : last;
    char *tail = cli_format(" The measurement has too few samples for its tail.");
    if (last) {
        struct cli_word error = cli_us(fabs((double)last->error), 3);
        free(tail);
        tail = cli_format(" The furthest quantile that the measurement supports, p%.6g, is predicted %s%s%s.",
                          100 * last->p, last->error ? error.text : "in the measured bin",
                          last->error ? " us too " : "",
                          !last->error      ? ""
                          : last->error < 0 ? "low"
                                            : "high");
    }
    char *text = cli_format(
        "On average the two distributions lie %s us apart, which is %.1f %% of the measured median; "
        "%.1f %% of the samples coincide in bins of %s.%s",
        cli_us(distance->wasserstein, 3).text,
        100 * distance->wasserstein / fmax(1, (double)median->measured), 100 * distance->overlap,
        bin_width(distance->width).text, tail);
    putchar('\n');
    cli_wrap(stdout, text, 0, 0);
    free(tail);
    free(text);
}

static void print_text(const struct cli *cli, const struct cli_comparison *comparison)
{
    struct cli_metric metrics[CLI_METRICS];
    bool titled = strcmp(comparison->name, comparison->title) != 0;
    cli_judge(metrics, comparison);
    char *samples = cli_samples(comparison->run);
    printf("predicted  %s%s%s, %s\n", comparison->name, titled ? ": " : "", titled ? comparison->title : "",
           samples);
    free(samples);
    printf("measured   %s: %s, %s samples in bins of %s\n", comparison->file, comparison->measured->format,
           cli_count(comparison->distance.measured).text, bin_width(comparison->distance.width).text);
    puts("           the predicted quantiles are those of the prediction in the same bins");
    print_quantiles(cli, &comparison->distance);
    print_metrics(cli, metrics);
    print_words(comparison);
}

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static void print_json(const struct cli_comparison *comparison)
{
    struct cli_metric metrics[CLI_METRICS];
    json_t *metric_list = json_array(), *quantile_list = json_array();
    cli_judge(metrics, comparison);
    for (int i = 0; i < CLI_METRICS; i++)
        json_array_append_new(metric_list,
                              json_pack("{s:s, s:o, s:s, s:s, s:s}", "name", metrics[i].name, "number",
                                        number(metrics[i].number), "value", metrics[i].value.text,
                                        "criterion", metrics[i].criterion.text, "verdict",
                                        cli_verdict_word(metrics[i].verdict)));
    for (int i = 0; i < IRQP_DISTANCE_QUANTILES; i++) {
        const struct irqp_quantile_error *quantile = &comparison->distance.quantiles[i];
        if (quantile->known)
            json_array_append_new(quantile_list,
                                  json_pack("{s:f, s:I, s:I, s:I, s:I, s:I}", "p", quantile->p,
                                            "predicted_ps", (json_int_t)quantile->predicted, "measured_ps",
                                            (json_int_t)quantile->measured, "low_ps",
                                            (json_int_t)quantile->low, "high_ps", (json_int_t)quantile->high,
                                            "error_ps", (json_int_t)quantile->error));
    }
    json_t *document =
        json_pack("{s:s, s:s, s:I, s:I, s:I, s:o, s:o}", "prediction", comparison->name, "measurement",
                  comparison->file, "predicted", (json_int_t)comparison->distance.predicted, "measured",
                  (json_int_t)comparison->distance.measured, "bin_ps", (json_int_t)comparison->distance.width,
                  "metrics", metric_list, "quantiles", quantile_list);
    cli_print_json(document);
}

/* ---- the command ---- */

static bool fails(const struct cli_comparison *comparison)
{
    struct cli_metric metrics[CLI_METRICS];
    bool failed = false;
    cli_judge(metrics, comparison);
    for (int i = 0; i < CLI_METRICS; i++)
        failed |= metrics[i].verdict == CLI_FAIL;
    return failed;
}

static enum irqp_status compare(const struct cli *cli, const struct values *values,
                                const struct irqp_result_file *result, const struct irqp_measured *measured,
                                const char *file)
{
    const struct irqp_result *run = &result->run.result;
    struct cli_comparison comparison = {
        .name = result->manifest.name,
        .title = result->manifest.title,
        .file = file,
        .run = &result->run,
        .predicted = values->interrupt ? &run->interrupt : &run->thread,
        .measured = measured,
    };
    struct irqp_bins bins;
    enum irqp_status status = irqp_rebin(&bins, comparison.predicted, &measured->bins);
    if (status == IRQP_OK)
        status = irqp_distance(&comparison.distance, &bins, &measured->bins);
    if (status != IRQP_OK) {
        cli_message("%s and %s cannot be compared: %s", comparison.name, file,
                    comparison.predicted->total == 0 ? "the prediction holds no samples"
                                                     : irqp_status_text(status));
    } else if (values->json) {
        print_json(&comparison);
    } else {
        print_text(cli, &comparison);
    }
    if (status == IRQP_OK && values->plot)
        status = cli_draw_validation(&comparison, values->plot, values->formats);
    if (status == IRQP_OK && values->strict && fails(&comparison))
        status = IRQP_UNMET;
    irqp_bins_fini(&bins);
    return status;
}

static enum irqp_status compare_scenario(const struct cli *cli, const struct values *values,
                                         const char *scenario, const struct irqp_measured *measured,
                                         const char *file)
{
    const struct cli_simulation how = {.threads = values->threads};
    struct cli_loaded loaded;
    struct irqp_result_file result;
    enum irqp_status status = cli_load(&loaded, cli, scenario, &values->set);
    if (status != IRQP_OK)
        return status;
    cli_simulate_begin(cli, &loaded, 1, &how);
    status = cli_simulate(&result, cli, &loaded, &how, 0, 1);
    if (status == IRQP_OK)
        status = compare(cli, values, &result, measured, file);
    cli_simulated_fini(&result);
    cli_unload(&loaded, cli);
    return status;
}

static enum irqp_status run(const struct cli *cli, const void *given, const struct cli_list *files)
{
    const struct values *values = given;
    struct irqp_measured measured;
    struct irqp_result_file result;
    enum irqp_status status = read_measured(&measured, files->items[1], values->unit);
    if (status == IRQP_OK && cli_is_result(files->items[0])) {
        status = cli_read_result(&result, files->items[0]);
        if (status == IRQP_OK)
            status = compare(cli, values, &result, &measured, files->items[1]);
        irqp_result_file_fini(&result);
    } else if (status == IRQP_OK) {
        status = compare_scenario(cli, values, files->items[0], &measured, files->items[1]);
    }
    irqp_measured_fini(&measured);
    return status;
}

static const struct cli_option options[] = {
    CLI_OPTION_UNIT(struct values),
    {0, "interrupt", CLI_SWITCH, NULL, "Compare the interrupt latency instead of the thread latency.",
     offsetof(struct values, interrupt)},
    {0, "plot", CLI_TEXT, "PREFIX", "Draw the comparison: PREFIX.gp and the pictures.",
     offsetof(struct values, plot)},
    {0, "format", CLI_TEXT, "LIST",
     "Formats of --plot: png, svg, pdf, separated by commas; all if not given.",
     offsetof(struct values, formats)},
    {0, "strict", CLI_SWITCH, NULL, "Exit with code 4 if a criterion fails.",
     offsetof(struct values, strict)},
    {'j', "jobs", CLI_COUNT, "N", "Threads for a scenario.", offsetof(struct values, threads)},
    CLI_OPTION_SET(struct values),
    CLI_OPTION_JSON(struct values),
};

const struct cli_command cli_command_compare = {
    .name = "compare",
    .operands = "(RESULT.json | SCENARIO.yaml) MEASURED",
    .least = 2,
    .most = 2,
    .summary = "Compare a prediction with a measured histogram.",
    .doc =
        "A scenario is run first. The measurement is a histogram of any format that `irqpath import` reads.\n"
        "Wasserstein-1 is the mean distance between the two distributions, D the largest difference of their "
        "cumulative shares, the overlap what they have in common; D and overlap are no criteria where the "
        "measurement is but a few bins wide. Quantiles are compared as far as a hundred measured samples lie "
        "beyond them, and fail only outside both the tolerance and the measurement's own 95 % interval. P is "
        "the probability that as many simulated samples have no larger maximum than the measured one; it is "
        "judged if forty times the measured samples were simulated.\n"
        "Without --strict the exit code does not tell the verdict: it is 0 if the comparison could be made.",
    .options = options,
    .option_count = CLI_LENGTH(options),
    .values_size = sizeof(struct values),
    .run = run,
};
