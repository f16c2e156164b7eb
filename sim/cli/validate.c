/* irqpath validate: whether a prediction is as near to measurements as was asked, and what it is worth beside
 * dull predictions. */
#include "sim/cli/commands.h"
#include "sim/cli/measured.h"
#include "sim/cli/prediction.h"
#include "sim/cli/table.h"
#include "sim/cli/tail.h"
#include "sim/cli/verdict.h"

#include "irqpath/bootstrap.h"
#include "irqpath/goodness.h"
#include "irqpath/rival.h"
#include "irqpath/tail.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BOOTSTRAP_REPLICATES = 400, MONTE_CARLO_REPLICATES = 199, SEED = 1 };

struct values {
    struct cli_list set, want, deadlines;
    const char *unit, *plot, *formats, *baseline, *cost, *repeat;
    unsigned threads;
    bool interrupt, json;
};

/* ---- what is compared ---- */

/* One of the dull predictions, or another measurement of the same system. */
struct contender {
    const char *name;
    bool known;
    struct irqp_distance distance;
};

enum { REPEAT = IRQP_RIVALS, CONTENDERS };

struct validation {
    struct cli_comparison comparison;
    struct irqp_measured *runs; /* owned */
    size_t run_count;
    struct irqp_bins measured, predicted; /* all runs together, and the prediction in their bins */
    struct irqp_bootstrap bootstrap;
    struct irqp_goodness goodness;
    struct contender contenders[CONTENDERS];
    struct irqp_tail tails[2][IRQP_TAIL_SHARES]; /* of the measurement, of the prediction */
    bool tail_known[2][IRQP_TAIL_SHARES];
    irqp_time deadlines[CLI_DEADLINES];
    size_t deadline_count;
};

static enum irqp_status read_runs(struct validation *validation, const struct cli_list *files,
                                  const char *unit)
{
    validation->run_count = files->count - 1;
    validation->runs = cli_allocate(NULL, validation->run_count, sizeof *validation->runs);
    memset(validation->runs, 0, validation->run_count * sizeof *validation->runs);
    enum irqp_status worst = IRQP_OK;
    for (size_t i = 0; i < validation->run_count; i++) {
        enum irqp_status status = cli_read_latencies(&validation->runs[i], files->items[i + 1], unit);
        worst = status != IRQP_OK ? status : worst;
    }
    return worst;
}

static enum irqp_status pool_runs(struct validation *validation)
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

static enum irqp_status bootstrap(struct validation *validation)
{
    const struct irqp_bins **runs = cli_allocate(NULL, validation->run_count, sizeof *runs);
    for (size_t i = 0; i < validation->run_count; i++)
        runs[i] = &validation->runs[i].bins;
    enum irqp_status status = irqp_bootstrap(&validation->bootstrap, &validation->predicted, runs,
                                             validation->run_count, BOOTSTRAP_REPLICATES, SEED);
    free(runs);
    return status;
}

static void fit_tails(struct validation *validation)
{
    const struct irqp_bins *const sides[2] = {&validation->measured, &validation->predicted};
    for (int side = 0; side < 2; side++)
        for (int i = 0; i < IRQP_TAIL_SHARES; i++)
            validation->tail_known[side][i] =
                irqp_tail_fit(&validation->tails[side][i], sides[side], irqp_tail_shares[i]);
}

/* ---- rivals ---- */

static enum irqp_status contend(struct validation *validation, struct contender *contender,
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

static enum irqp_status contend_file(struct validation *validation, const char *file,
                                     const struct values *values, int first, int last, double cost)
{
    struct irqp_measured measured;
    enum irqp_status status = cli_read_latencies(&measured, file, values->unit);
    for (int i = first; i <= last && status == IRQP_OK; i++) {
        enum irqp_rival rival = i == REPEAT ? IRQP_RIVAL_NO_CHANGE : (enum irqp_rival)i;
        if (rival == IRQP_RIVAL_NO_CHANGE || values->cost)
            status = contend(validation, &validation->contenders[i], rival, &measured.bins, cost);
    }
    irqp_measured_fini(&measured);
    return status;
}

static enum irqp_status read_contenders(struct validation *validation, const struct values *values)
{
    double cost = 0;
    enum irqp_status status = IRQP_OK;
    for (int i = 0; i < IRQP_RIVALS; i++)
        validation->contenders[i].name = irqp_rival_names[i];
    validation->contenders[REPEAT].name = "measured again";
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
        status = contend_file(validation, values->repeat, values, REPEAT, REPEAT, 0);
    return status;
}

static enum irqp_status read_deadlines(struct validation *validation, const struct cli_list *words)
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

/* ---- for people ---- */

static const char *median_error(const struct irqp_distance *distance, int which, struct cli_word *word)
{
    const struct irqp_quantile_error *quantile = &distance->quantiles[which];
    *word = quantile->known ? cli_us_signed((double)quantile->error, 2) : cli_word("-");
    return word->text;
}

static void contender_row(struct cli_table *table, enum cli_style style, const char *name,
                          const struct irqp_distance *distance)
{
    struct cli_word word;
    cli_row(table);
    cli_cell(table, style, "%s", name);
    cli_cell(table, style, "%s", cli_us(distance->wasserstein, 3).text);
    cli_cell(table, style, "%.3f", distance->overlap);
    for (int which = 0; which < 4; which++)
        cli_cell(table, style, "%s", median_error(distance, which, &word));
    if (distance->tail_at == IRQP_UNKNOWN)
        cli_cell(table, style, "-");
    else
        cli_cell(table, style, isinf(distance->tail_factor) ? "never" : "%.2f", distance->tail_factor);
}

static bool any_contender(const struct validation *validation)
{
    bool any = false;
    for (int i = 0; i < CONTENDERS; i++)
        any |= validation->contenders[i].known;
    return any;
}

static void print_contenders(const struct cli *cli, const struct validation *validation)
{
    static const char *const head[] = {"Rivals (us)", "distance", "overlap", "p50",
                                       "p90",         "p99",      "p99.9",   "tail factor"};
    const struct irqp_distance *own = &validation->comparison.distance;
    struct cli_table table;
    unsigned beaten = 0, rivals = 0;
    if (!any_contender(validation))
        return;
    cli_table_init(&table, "l   r  r   r  r  r  r   r");
    cli_row(&table);
    for (size_t i = 0; i < CLI_LENGTH(head); i++)
        cli_cell(&table, i ? CLI_DIM : CLI_BOLD, "%s", head[i]);
    contender_row(&table, CLI_BOLD, "the prediction", own);
    for (int i = 0; i < CONTENDERS; i++) {
        const struct contender *contender = &validation->contenders[i];
        if (!contender->known)
            continue;
        contender_row(&table, CLI_PLAIN, contender->name, &contender->distance);
        rivals += i < IRQP_RIVALS;
        beaten += i < IRQP_RIVALS && own->wasserstein < contender->distance.wasserstein;
    }
    putchar('\n');
    cli_table_print(&table, cli->colour, stdout);
    cli_table_fini(&table);
    if (rivals > 0)
        printf("%s\n", beaten == rivals ? "The prediction is nearer than every rival."
                       : beaten == 0    ? "The prediction is nearer than none of the rivals."
                                        : "The prediction is nearer than some of the rivals.");
}

static void print_tail_side(const char *side, const struct irqp_tail *tail, const struct irqp_bins *bins)
{
    struct irqp_interval interval;
    double rare = irqp_tail_latency(tail, bins, 1e-6, &interval);
    printf("%s: shape %+.2f [%+.2f, %+.2f] above %s us (%s samples); once in a million: %s us [%s, %s]\n",
           side, tail->shape, tail->shape_interval.low, tail->shape_interval.high,
           cli_us((double)tail->threshold, 1).text, cli_count(tail->exceedances).text, cli_us(rare, 1).text,
           cli_us(interval.low, 1).text, isinf(interval.high) ? "no end" : cli_us(interval.high, 1).text);
}

/* The rarest threshold at which both sides can be fitted; -1: there is none. */
static int common_threshold(const struct validation *validation)
{
    for (int i = IRQP_TAIL_SHARES; i-- > 0;)
        if (irqp_tail_shares[i] <= 1e-3 && validation->tail_known[0][i] && validation->tail_known[1][i])
            return i;
    return -1;
}

/* Whether one shape would do for all thresholds, up to their intervals. */
static bool is_stable(const struct validation *validation, int side)
{
    double low = -INFINITY, high = INFINITY;
    for (int i = 0; i < IRQP_TAIL_SHARES; i++)
        if (validation->tail_known[side][i]) {
            low = fmax(low, validation->tails[side][i].shape_interval.low);
            high = fmin(high, validation->tails[side][i].shape_interval.high);
        }
    return low <= high;
}

static void print_tail(const struct cli *cli, const struct validation *validation)
{
    int at = common_threshold(validation);
    printf("\n%sTail law%s (generalised Pareto, describes and decides nothing)\n",
           cli_style_begin(cli->colour, CLI_BOLD), cli_style_end(cli->colour, CLI_BOLD));
    if (at < 0) {
        puts("too few samples beyond p99.9");
        return;
    }
    print_tail_side("measured ", &validation->tails[0][at], &validation->measured);
    print_tail_side("predicted", &validation->tails[1][at], &validation->predicted);
    if (!is_stable(validation, 0))
        puts("The measured shape depends on the threshold: it is a mixture, and not to be extrapolated.");
}

static void print_formal(const struct cli *cli, const struct irqp_goodness *goodness)
{
    printf("\n%sFormal tests%s (reported, decide nothing): chi-square %.4g / %u, p %.2g; KS %.4f, p %.2g; "
           "CvM %.4g, p %.2g\n",
           cli_style_begin(cli->colour, CLI_BOLD), cli_style_end(cli->colour, CLI_BOLD), goodness->chi_square,
           goodness->degrees, goodness->chi_square_p, goodness->ks, goodness->ks_p, goodness->cvm,
           goodness->cvm_p);
}

static enum irqp_status verdict_of(const struct cli_metric *metrics, size_t count)
{
    bool open = false;
    for (size_t i = 0; i < count; i++) {
        if (metrics[i].verdict == CLI_FAIL)
            return IRQP_UNMET;
        open |= metrics[i].verdict == CLI_UNDECIDED;
    }
    return open ? IRQP_UNDECIDED : IRQP_OK;
}

static void print_bootstrap(const struct validation *validation)
{
    const struct irqp_bootstrap *of = &validation->bootstrap;
    printf("95 %% by resampling %s: distance %s to %s us",
           validation->run_count > 1 ? "runs" : "the measurement", cli_us(of->wasserstein.low, 3).text,
           cli_us(of->wasserstein.high, 3).text);
    for (int i = 0; i < IRQP_DISTANCE_QUANTILES; i++)
        if (validation->comparison.distance.quantiles[i].known && isfinite(of->errors[i].low))
            printf(", p%.6g %s to %s", 100 * validation->comparison.distance.quantiles[i].p,
                   cli_us_signed(of->errors[i].low, 2).text, cli_us_signed(of->errors[i].high, 2).text);
    putchar('\n');
}

static void print_text(const struct cli *cli, const struct validation *validation,
                       const struct cli_metric *metrics, size_t count)
{
    static const char *const words[] = {
        [IRQP_OK] = "Validated: nothing that was asked fails.",
        [IRQP_UNMET] = "Not validated: what fails is marked.",
        [IRQP_UNDECIDED] =
            "Undecided: nothing fails, but what is open would need more samples (--want NAME=- "
            "drops a criterion).",
    };
    cli_print_sides(&validation->comparison);
    cli_print_quantiles(cli, &validation->comparison.distance);
    print_bootstrap(validation);
    cli_print_metrics(cli, metrics, count);
    print_contenders(cli, validation);
    print_tail(cli, validation);
    print_formal(cli, &validation->goodness);
    putchar('\n');
    puts(words[verdict_of(metrics, count)]);
}

/* ---- JSON ---- */

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *pair(struct irqp_interval interval)
{
    return json_pack("[o, o]", number(interval.low), number(interval.high));
}

static json_t *json_of_distance(const char *name, const struct irqp_distance *distance)
{
    json_t *errors = json_object();
    for (int i = 0; i < IRQP_DISTANCE_QUANTILES; i++) {
        char key[32];
        snprintf(key, sizeof key, "p%.6g", 100 * distance->quantiles[i].p);
        json_object_set_new(errors, key,
                            distance->quantiles[i].known ? json_integer(distance->quantiles[i].error)
                                                         : json_null());
    }
    return json_pack("{s:s, s:f, s:f, s:f, s:o, s:o}", "name", name, "wasserstein_ps", distance->wasserstein,
                     "largest", distance->largest, "overlap", distance->overlap, "tail_factor",
                     distance->tail_at == IRQP_UNKNOWN ? json_null() : number(distance->tail_factor),
                     "errors_ps", errors);
}

static json_t *json_of_tails(const struct validation *validation, int side)
{
    json_t *list = json_array();
    for (int i = 0; i < IRQP_TAIL_SHARES; i++) {
        const struct irqp_tail *tail = &validation->tails[side][i];
        if (validation->tail_known[side][i])
            json_array_append_new(list,
                                  json_pack("{s:f, s:I, s:I, s:f, s:f, s:o}", "share", irqp_tail_shares[i],
                                            "threshold_ps", (json_int_t)tail->threshold, "exceedances",
                                            (json_int_t)tail->exceedances, "shape", tail->shape, "scale_ps",
                                            tail->scale, "shape_95", pair(tail->shape_interval)));
    }
    return list;
}

static void print_json(const struct validation *validation, const struct cli_metric *metrics, size_t count)
{
    static const char *const verdicts[] = {
        [IRQP_OK] = "met", [IRQP_UNMET] = "not met", [IRQP_UNDECIDED] = "undecided"};
    const struct irqp_goodness *goodness = &validation->goodness;
    const struct cli_comparison *comparison = &validation->comparison;
    json_t *criteria = json_array(), *contenders = json_array(), *intervals = json_object();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(
            criteria, json_pack("{s:s, s:o, s:s, s:s, s:s}", "name", metrics[i].name, "number",
                                number(metrics[i].number), "value", metrics[i].value.text, "criterion",
                                metrics[i].criterion.text, "verdict", cli_verdict_word(metrics[i].verdict)));
    for (int i = 0; i < CONTENDERS; i++)
        if (validation->contenders[i].known)
            json_array_append_new(contenders, json_of_distance(validation->contenders[i].name,
                                                               &validation->contenders[i].distance));
    for (int i = 0; i < IRQP_DISTANCE_QUANTILES; i++) {
        char key[32];
        snprintf(key, sizeof key, "p%.6g", 100 * comparison->distance.quantiles[i].p);
        json_object_set_new(intervals, key, pair(validation->bootstrap.errors[i]));
    }
    cli_print_json(json_pack(
        "{s:s, s:s, s:s, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:{s:f, s:i, s:o, s:f, s:f, s:f, "
        "s:f}}",
        "verdict", verdicts[verdict_of(metrics, count)], "prediction", comparison->name, "measurement",
        comparison->file, "predicted", (json_int_t)comparison->distance.predicted, "measured",
        (json_int_t)comparison->distance.measured, "bin_ps", (json_int_t)comparison->distance.width,
        "distance", json_of_distance("prediction", &comparison->distance), "wasserstein_95_ps",
        pair(validation->bootstrap.wasserstein), "errors_95_ps", intervals, "criteria", criteria, "rivals",
        contenders, "measured_tail", json_of_tails(validation, 0), "predicted_tail",
        json_of_tails(validation, 1), "formal", "chi_square", goodness->chi_square, "degrees",
        (int)goodness->degrees, "chi_square_p", number(goodness->chi_square_p), "ks", goodness->ks, "ks_p",
        goodness->ks_p, "cvm", goodness->cvm, "cvm_p", goodness->cvm_p));
}

/* ---- pictures ---- */

static enum irqp_status draw(const struct validation *validation, const struct values *values)
{
    enum irqp_status status = cli_draw_validation(&validation->comparison, values->plot, values->formats);
    const struct cli_tail_side measured = {&validation->measured, validation->tails[0],
                                           validation->tail_known[0]},
                               predicted = {&validation->predicted, validation->tails[1],
                                            validation->tail_known[1]};
    char *prefix = cli_format("%s-tail", values->plot);
    if (status == IRQP_OK)
        status = cli_draw_tails(&validation->comparison, &measured, &predicted, common_threshold(validation),
                                prefix, values->formats);
    free(prefix);
    return status;
}

/* ---- the command ---- */

static enum irqp_status validate(const struct cli *cli, struct validation *validation,
                                 const struct values *values, const struct irqp_result_file *result,
                                 const char *file)
{
    struct cli_comparison *comparison = &validation->comparison;
    const struct irqp_result *run = &result->run.result;
    struct cli_metric metrics[CLI_METRICS];
    comparison->name = result->manifest.name;
    comparison->title = result->manifest.title;
    comparison->file = file;
    comparison->run = &result->run;
    comparison->predicted = values->interrupt ? &run->interrupt : &run->thread;
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
        print_json(validation, metrics, count);
    else
        print_text(cli, validation, metrics, count);
    if (values->plot)
        status = draw(validation, values);
    return status == IRQP_OK ? verdict_of(metrics, count) : status;
}

static enum irqp_status run(const struct cli *cli, const void *given, const struct cli_list *files)
{
    const struct values *values = given;
    struct validation *validation = cli_allocate(NULL, 1, sizeof *validation);
    struct cli_prediction prediction;
    *validation = (struct validation){.run_count = 0};
    irqp_bins_init(&validation->measured, 1);
    irqp_bins_init(&validation->predicted, 1);
    enum irqp_status status = cli_read_criteria(&validation->comparison.criteria, &values->want);
    if (status == IRQP_OK)
        status = read_deadlines(validation, &values->deadlines);
    if (status == IRQP_OK)
        status = read_runs(validation, files, values->unit);
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
    {0, "interrupt", CLI_SWITCH, NULL, "Compare the interrupt latency instead of the thread latency.",
     offsetof(struct values, interrupt)},
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
