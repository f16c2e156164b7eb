#include "sim/cli/commands.h"
#include "sim/cli/table.h"
#include "sim/cli/validate.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

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

static bool any_contender(const struct cli_validation *validation)
{
    bool any = false;
    for (int i = 0; i < CLI_CONTENDERS; i++)
        any |= validation->contenders[i].known;
    return any;
}

static void print_contenders(const struct cli *cli, const struct cli_validation *validation)
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
    for (int i = 0; i < CLI_CONTENDERS; i++) {
        const struct cli_contender *contender = &validation->contenders[i];
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

int cli_common_threshold(const struct cli_validation *validation)
{
    for (int i = IRQP_TAIL_SHARES; i-- > 0;)
        if (irqp_tail_shares[i] <= 1e-3 && validation->tail_known[0][i] && validation->tail_known[1][i])
            return i;
    return -1;
}

/* Whether one shape would do for all thresholds, up to their intervals. */
static bool is_stable(const struct cli_validation *validation, int side)
{
    double low = -INFINITY, high = INFINITY;
    for (int i = 0; i < IRQP_TAIL_SHARES; i++)
        if (validation->tail_known[side][i]) {
            low = fmax(low, validation->tails[side][i].shape_interval.low);
            high = fmin(high, validation->tails[side][i].shape_interval.high);
        }
    return low <= high;
}

static void print_tail(const struct cli *cli, const struct cli_validation *validation)
{
    int at = cli_common_threshold(validation);
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

enum irqp_status cli_validation_verdict(const struct cli_metric *metrics, size_t count)
{
    bool open = false;
    for (size_t i = 0; i < count; i++) {
        if (metrics[i].verdict == CLI_FAIL)
            return IRQP_UNMET;
        open |= metrics[i].verdict == CLI_UNDECIDED;
    }
    return open ? IRQP_UNDECIDED : IRQP_OK;
}

static void print_bootstrap(const struct cli_validation *validation)
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

void cli_validation_print(const struct cli *cli, const struct cli_validation *validation,
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
    puts(words[cli_validation_verdict(metrics, count)]);
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

static json_t *json_of_tails(const struct cli_validation *validation, int side)
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

void cli_validation_print_json(const struct cli_validation *validation, const struct cli_metric *metrics,
                               size_t count)
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
    for (int i = 0; i < CLI_CONTENDERS; i++)
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
        "verdict", verdicts[cli_validation_verdict(metrics, count)], "prediction", comparison->name,
        "measurement", comparison->file, "predicted", (json_int_t)comparison->distance.predicted, "measured",
        (json_int_t)comparison->distance.measured, "bin_ps", (json_int_t)comparison->distance.width,
        "distance", json_of_distance("prediction", &comparison->distance), "wasserstein_95_ps",
        pair(validation->bootstrap.wasserstein), "errors_95_ps", intervals, "criteria", criteria, "rivals",
        contenders, "measured_tail", json_of_tails(validation, 0), "predicted_tail",
        json_of_tails(validation, 1), "formal", "chi_square", goodness->chi_square, "degrees",
        (int)goodness->degrees, "chi_square_p", number(goodness->chi_square_p), "ks", goodness->ks, "ks_p",
        goodness->ks_p, "cvm", goodness->cvm, "cvm_p", goodness->cvm_p));
}
