/* irqpath validate: whether a prediction is as near to measurements as was asked, and what it is worth beside
 * dull predictions. */
#include "sim/cli/validate.h"
#include "sim/cli/commands.h"
#include "sim/cli/measured.h"
#include "sim/cli/prediction.h"
#include "sim/cli/tail.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BOOTSTRAP_REPLICATES = 400, MONTE_CARLO_REPLICATES = 199, SEED = 1 };

struct values {
    struct cli_list set, want, deadlines;
    const char *unit, *plot, *formats, *baseline, *cost, *repeat;
    unsigned threads;
    struct cli_which which;
    bool json;
};

/* ---- what is compared ---- */

/* Durations of interruptions are not put together with latencies of wake-ups, nor a rival to them; what a
 * file without a word about it holds, --gaps says. */
static enum irqp_status read_like(const struct irqp_measured *first, struct irqp_measured *measured,
                                  const char *file, const struct values *values)
{
    enum irqp_status status = cli_read_histogram(measured, file, values->unit);
    bool noise = measured->kind == IRQP_SERIES_NOISE;
    if (status != IRQP_OK || values->which.gaps || noise == (first->kind == IRQP_SERIES_NOISE))
        return status;
    cli_message("%s: %s (%s), but what is compared are %s (%s); if all are gaps, say --gaps", file,
                noise ? "durations of interruptions" : "latencies", measured->format,
                noise ? "latencies" : "durations of interruptions", first->format);
    return IRQP_INPUT;
}

static enum irqp_status read_runs(struct cli_validation *validation, const struct cli_list *files,
                                  const struct values *values)
{
    validation->run_count = files->count - 1;
    validation->runs = cli_allocate(NULL, validation->run_count, sizeof *validation->runs);
    memset(validation->runs, 0, validation->run_count * sizeof *validation->runs);
    enum irqp_status worst = IRQP_OK;
    for (size_t i = 0; i < validation->run_count; i++) {
        enum irqp_status status =
            read_like(&validation->runs[0], &validation->runs[i], files->items[i + 1], values);
        worst = status != IRQP_OK ? status : worst;
    }
    return worst;
}

static enum irqp_status pool_runs(struct cli_validation *validation)
{
    const struct irqp_bins **runs = cli_allocate(NULL, validation->run_count, sizeof *runs);
    for (size_t i = 0; i < validation->run_count; i++)
        runs[i] = &validation->runs[i].bins;
    enum irqp_status status = irqp_bins_pool(&validation->measured, runs, validation->run_count);
    if (status == IRQP_INPUT)
        cli_message("the measurements have not all the same bins, so that they cannot be put together");
    free(runs);
    return status;
}

static enum irqp_status bootstrap(struct cli_validation *validation)
{
    const struct irqp_bins **runs = cli_allocate(NULL, validation->run_count, sizeof *runs);
    for (size_t i = 0; i < validation->run_count; i++)
        runs[i] = &validation->runs[i].bins;
    enum irqp_status status = irqp_bootstrap(&validation->bootstrap, &validation->predicted, runs,
                                             validation->run_count, BOOTSTRAP_REPLICATES, SEED);
    free(runs);
    return status;
}

static void fit_tails(struct cli_validation *validation)
{
    const struct irqp_bins *const sides[2] = {&validation->measured, &validation->predicted};
    for (int side = 0; side < 2; side++)
        for (int i = 0; i < IRQP_TAIL_SHARES; i++)
            validation->tail_known[side][i] =
                irqp_tail_fit(&validation->tails[side][i], sides[side], irqp_tail_shares[i]);
}

/* ---- rivals ---- */

static enum irqp_status contend(struct cli_validation *validation, struct cli_contender *contender,
                                enum irqp_rival rival, const struct irqp_bins *bins, double cost)
{
    struct irqp_bins made;
    enum irqp_status status = irqp_rival(&made, rival, bins, cost, &validation->measured);
    if (status == IRQP_OK)
        status = irqp_distance(&contender->distance, &made, &validation->measured);
    contender->known = status == IRQP_OK;
    irqp_bins_fini(&made);
    return status == IRQP_NO_MEMORY ? status : IRQP_OK;
}

static enum irqp_status contend_file(struct cli_validation *validation, const char *file,
                                     const struct values *values, int first, int last, double cost)
{
    struct irqp_measured measured;
    enum irqp_status status = read_like(&validation->runs[0], &measured, file, values);
    for (int i = first; i <= last && status == IRQP_OK; i++) {
        enum irqp_rival rival = i == CLI_REPEAT ? IRQP_RIVAL_NO_CHANGE : (enum irqp_rival)i;
        if (rival == IRQP_RIVAL_NO_CHANGE || values->cost)
            status = contend(validation, &validation->contenders[i], rival, &measured.bins, cost);
    }
    irqp_measured_fini(&measured);
    return status;
}

static enum irqp_status read_contenders(struct cli_validation *validation, const struct values *values)
{
    double cost = 0;
    enum irqp_status status = IRQP_OK;
    for (int i = 0; i < IRQP_RIVALS; i++)
        validation->contenders[i].name = irqp_rival_names[i];
    validation->contenders[CLI_REPEAT].name = "measured again";
    const char *number = values->cost && *values->cost == '-' ? values->cost + 1 : values->cost;
    if (number && !cli_read_time(number, &cost)) {
        cli_message("--cost '%s' is no time; say for example --cost '5 us'", values->cost);
        return IRQP_USAGE;
    }
    cost *= number != values->cost ? -(double)IRQP_US : (double)IRQP_US;
    if (values->cost && !values->baseline) {
        cli_message("--cost says what a change costs the system of --baseline, which is not given");
        return IRQP_USAGE;
    }
    if (values->baseline)
        status = contend_file(validation, values->baseline, values, 0, IRQP_RIVALS - 1, cost);
    if (status == IRQP_OK && values->repeat)
        status = contend_file(validation, values->repeat, values, CLI_REPEAT, CLI_REPEAT, 0);
    return status;
}

static enum irqp_status read_deadlines(struct cli_validation *validation, const struct cli_list *words)
{
    if (words->count > CLI_DEADLINES) {
        cli_message("there may be %d deadlines at most", CLI_DEADLINES);
        return IRQP_USAGE;
    }
    for (size_t i = 0; i < words->count; i++) {
        double us;
        if (!cli_read_time(words->items[i], &us)) {
            cli_message("'%s' is no deadline; say for example --deadline '40 us'", words->items[i]);
            return IRQP_USAGE;
        }
        validation->deadlines[validation->deadline_count++] = (irqp_time)(us * (double)IRQP_US);
    }
    return IRQP_OK;
}

/* ---- pictures ---- */

static enum irqp_status draw(const struct cli_validation *validation, const struct values *values)
{
    enum irqp_status status = cli_draw_validation(&validation->comparison, values->plot, values->formats);
    const struct cli_tail_side measured = {&validation->measured, validation->tails[0],
                                           validation->tail_known[0]},
                               predicted = {&validation->predicted, validation->tails[1],
                                            validation->tail_known[1]};
    char *prefix = cli_format("%s-tail", values->plot);
    if (status == IRQP_OK)
        status = cli_draw_tails(&validation->comparison, &measured, &predicted,
                                cli_common_threshold(validation), prefix, values->formats);
    free(prefix);
    return status;
}

/* ---- the command ---- */

static enum irqp_status validate(const struct cli *cli, struct cli_validation *validation,
                                 const struct values *values, const struct irqp_result_file *result,
                                 const char *file)
{
    struct cli_comparison *comparison = &validation->comparison;
    struct cli_metric metrics[CLI_METRICS];
    comparison->name = result->manifest.name;
    comparison->title = result->manifest.title;
    comparison->file = file;
    comparison->run = &result->run;
    comparison->predicted = cli_predicted(result, values->which, &validation->runs[0]);
    if (!comparison->predicted)
        return IRQP_INPUT;
    comparison->format = validation->runs[0].format;
    comparison->measured = &validation->measured;
    comparison->bins = &validation->predicted;
    comparison->deadlines = validation->deadlines;
    comparison->deadline_count = validation->deadline_count;
    enum irqp_status status =
        irqp_rebin(&validation->predicted, comparison->predicted, &validation->measured);
    if (status == IRQP_OK)
        status = irqp_distance(&comparison->distance, &validation->predicted, &validation->measured);
    if (status == IRQP_OK)
        status = bootstrap(validation);
    if (status == IRQP_OK)
        status = irqp_goodness(&validation->goodness, &validation->predicted, &validation->measured,
                               MONTE_CARLO_REPLICATES, SEED);
    if (status != IRQP_OK) {
        cli_message("%s and %s cannot be compared: %s", comparison->name, file,
                    comparison->predicted->total == 0 ? "the prediction holds no samples"
                                                      : irqp_status_text(status));
        return status;
    }
    status = read_contenders(validation, values);
    if (status != IRQP_OK)
        return status;
    fit_tails(validation);
    size_t count = cli_judge(metrics, comparison);
    if (values->json)
        cli_validation_print_json(validation, metrics, count);
    else
        cli_validation_print(cli, validation, metrics, count);
    if (values->plot)
        status = draw(validation, values);
    return status == IRQP_OK ? cli_validation_verdict(metrics, count) : status;
}

static enum irqp_status run(const struct cli *cli, const void *given, const struct cli_list *files)
{
    const struct values *values = given;
    struct cli_validation *validation = cli_allocate(NULL, 1, sizeof *validation);
    struct cli_prediction prediction;
    *validation = (struct cli_validation){.run_count = 0};
    irqp_bins_init(&validation->measured, 1);
    irqp_bins_init(&validation->predicted, 1);
    enum irqp_status status = cli_read_criteria(&validation->comparison.criteria, &values->want);
    if (status == IRQP_OK)
        status = read_deadlines(validation, &values->deadlines);
    if (status == IRQP_OK)
        status = read_runs(validation, files, values);
    if (status == IRQP_OK)
        status = pool_runs(validation);
    if (status == IRQP_OK) {
        char *name = validation->run_count > 1
                         ? cli_format("%s and %zu more", files->items[1], validation->run_count - 1)
                         : cli_format("%s", files->items[1]);
        status = cli_predict(&prediction, cli, files->items[0], &values->set, values->threads);
        if (status == IRQP_OK)
            status = validate(cli, validation, values, &prediction.result, name);
        cli_prediction_fini(&prediction, cli);
        free(name);
    }
    for (size_t i = 0; i < validation->run_count; i++)
        irqp_measured_fini(&validation->runs[i]);
    free(validation->runs);
    irqp_bins_fini(&validation->measured);
    irqp_bins_fini(&validation->predicted);
    free(validation);
    return status;
}

static const struct cli_option options[] = {
    CLI_OPTION_UNIT(struct values),
    {0, "want", CLI_LIST, "NAME=LIMIT",
     "Another limit for a criterion, or - for none: distance='0.5 us', D=0.1, overlap=0.9, tail=2, "
     "quantiles=0.1, maximum=0.005, deadline=3. May be given several times.",
     offsetof(struct values, want)},
    {0, "deadline", CLI_LIST, "D", "Compare how often a deadline is missed, e.g. '40 us'; up to four.",
     offsetof(struct values, deadlines)},
    {0, "baseline", CLI_TEXT, "FILE", "Measured before the change: rivals of the prediction are made of it.",
     offsetof(struct values, baseline)},
    {0, "cost", CLI_TEXT, "TIME", "What the change is known to cost, for the rivals 'shift' and 'scale'.",
     offsetof(struct values, cost)},
    {0, "repeat", CLI_TEXT, "FILE", "Another measurement of the same system, to be told beside the rivals.",
     offsetof(struct values, repeat)},
    CLI_OPTIONS_WHICH(struct values),
    {0, "plot", CLI_TEXT, "PREFIX",
     "Draw the comparison and the tails: PREFIX.gp, PREFIX-tail.gp and the pictures.",
     offsetof(struct values, plot)},
    {0, "format", CLI_TEXT, "LIST",
     "Formats of --plot: png, svg, pdf, separated by commas; all if not given.",
     offsetof(struct values, formats)},
    {'j', "jobs", CLI_COUNT, "N", "Threads for a scenario.", offsetof(struct values, threads)},
    CLI_OPTION_SET(struct values),
    CLI_OPTION_JSON(struct values),
};

const struct cli_command cli_command_validate = {
    .name = "validate",
    .operands = "(RESULT.json | SCENARIO.yaml) MEASURED...",
    .least = 2,
    .most = CLI_ANY,
    .summary = "Judge a prediction by measurements.",
    .doc =
        "As 'irqpath compare', but the verdict decides: exit code 4 if a criterion is not met, 5 if none "
        "fails "
        "but one is open. A scenario is run first. Several measurements are runs of one system: they are put "
        "together, and intervals are those of drawing whole runs.\n"
        "Criteria: the mean distance of the two distributions (Wasserstein-1) at most 0.25 us or 5 % of the "
        "measured median; D at most 0.05 and the overlap at least 0.95, unless the measurement is but a few "
        "bins wide; the probability of exceeding a latency right within a factor of 1.5, wherever a hundred "
        "measured samples exceed it; quantiles right within a bin, 5 % or the measurement's own interval; "
        "the "
        "measured maximum inside the central 95 % of what as many simulated samples have, if forty times as "
        "many were simulated; and for each --deadline the ratio of misses 1 within its interval, or at most "
        "a "
        "factor of 2.\n"
        "With --baseline, the measurement of the system before a change, three dull predictions stand beside "
        "this one: no change; with --cost everything later by the known cost; everything slower by the "
        "factor "
        "that moves the median by it. A prediction that does not beat them is worth nothing, whatever the "
        "criteria say.\n"
        "The generalised Pareto law of the tail and the formal tests are told and decide nothing: mixtures "
        "and "
        "dependence break the one, and with a million samples the others reject a shift that nobody could "
        "feel.",
    .options = options,
    .option_count = CLI_LENGTH(options),
    .values_size = sizeof(struct values),
    .run = run,
};
