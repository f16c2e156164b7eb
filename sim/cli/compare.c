/* irqpath compare: how far a prediction is from a measured histogram. */
#include "sim/cli/commands.h"
#include "sim/cli/measured.h"
#include "sim/cli/prediction.h"
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
    struct cli_which which;
    bool json, strict;
};

/* ---- in words ---- */

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
    char *share = median->known && median->measured
                      ? cli_format(", which is %.1f %% of the measured median",
                                   100 * distance->wasserstein / (double)median->measured)
                      : cli_format("%s", "");
    char *text = cli_format("On average the two distributions lie %s us apart%s; %.1f %% of the samples "
                            "coincide in bins of %s.%s",
                            cli_us(distance->wasserstein, 3).text, share, 100 * distance->overlap,
                            cli_duration((double)distance->width).text, tail);
    putchar('\n');
    cli_wrap(stdout, text, 0, 0);
    free(share);
    free(tail);
    free(text);
}

static void print_text(const struct cli *cli, const struct cli_comparison *comparison)
{
    struct cli_metric metrics[CLI_METRICS];
    size_t count = cli_judge(metrics, comparison);
    cli_print_sides(comparison);
    cli_print_quantiles(cli, &comparison->distance);
    cli_print_metrics(cli, metrics, count);
    print_words(comparison);
}

static void print_json(const struct cli_comparison *comparison)
{
    struct cli_metric metrics[CLI_METRICS];
    json_t *metric_list = json_array(), *quantile_list = json_array();
    size_t count = cli_judge(metrics, comparison);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(metric_list,
                              json_pack("{s:s, s:o, s:s, s:s, s:s}", "name", metrics[i].name, "number",
                                        cli_json_number(metrics[i].number), "value", metrics[i].value.text,
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
    size_t count = cli_judge(metrics, comparison);
    for (size_t i = 0; i < count; i++)
        failed |= metrics[i].verdict == CLI_FAIL;
    return failed;
}

static enum irqp_status compare(const struct cli *cli, const struct values *values,
                                const struct irqp_result_file *result, const struct irqp_measured *measured,
                                const char *file)
{
    struct cli_comparison comparison = {
        .name = result->manifest.name,
        .title = result->manifest.title,
        .file = file,
        .run = &result->run,
        .predicted = cli_predicted(result, values->which, measured),
        .format = measured->format,
        .measured = &measured->bins,
    };
    struct irqp_bins bins;
    if (!comparison.predicted)
        return IRQP_INPUT;
    comparison.bins = &bins;
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

static enum irqp_status run(const struct cli *cli, const void *given, const struct cli_list *files)
{
    const struct values *values = given;
    struct irqp_measured measured;
    struct cli_prediction prediction;
    enum irqp_status status = cli_read_histogram(&measured, files->items[1], values->unit);
    if (status == IRQP_OK) {
        status = cli_predict(&prediction, cli, files->items[0], &values->set, values->threads);
        if (status == IRQP_OK)
            status = compare(cli, values, &prediction.result, &measured, files->items[1]);
        cli_prediction_fini(&prediction, cli);
    }
    irqp_measured_fini(&measured);
    return status;
}

static const struct cli_option options[] = {
    CLI_OPTION_UNIT(struct values),
    CLI_OPTIONS_WHICH(struct values),
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
