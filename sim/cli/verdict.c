#include "sim/cli/verdict.h"

#include "sim/cli/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- what is asked ---- */

static const struct {
    const char *name;
    double limit;
    bool duration;
} criteria_table[CLI_CRITERIA] = {
    [CLI_WASSERSTEIN] = {"distance", 0.25 * (double)IRQP_US, true},
    [CLI_LARGEST] = {"D", 0.05, false},
    [CLI_OVERLAP] = {"overlap", 0.95, false},
    [CLI_TAIL] = {"tail", 1.5, false},
    [CLI_QUANTILES] = {"quantiles", 0.05, false},
    [CLI_MAXIMUM] = {"maximum", 0.025, false},
    [CLI_DEADLINE] = {"deadline", 2, false},
};

static double limit_of(const struct cli_comparison *comparison, enum cli_criterion which)
{
    return comparison->criteria.of[which].set ? comparison->criteria.of[which].limit
                                              : criteria_table[which].limit;
}

/* A metric whose criterion was dropped is told, and judges nothing. */
static struct cli_metric unless_dropped(const struct cli_comparison *comparison, enum cli_criterion which,
                                        struct cli_metric metric)
{
    if (comparison->criteria.of[which].dropped) {
        metric.verdict = CLI_REPORTED;
        metric.criterion = cli_word("no criterion");
    }
    return metric;
}

static bool read_limit(const char *text, bool duration, double *limit)
{
    char *end;
    if (duration) {
        bool sound = cli_read_time(text, limit);
        *limit *= (double)IRQP_US;
        return sound;
    }
    *limit = strtod(text, &end);
    return end > text && !*end && isfinite(*limit) && *limit >= 0;
}

enum irqp_status cli_read_criteria(struct cli_criteria *criteria, const struct cli_list *words)
{
    *criteria = (struct cli_criteria){{{false, false, 0}}};
    for (size_t i = 0; i < words->count; i++) {
        const char *word = words->items[i], *equals = strchr(word, '=');
        size_t size = equals ? (size_t)(equals - word) : strlen(word);
        int which = 0;
        while (which < CLI_CRITERIA && (strlen(criteria_table[which].name) != size ||
                                        strncmp(criteria_table[which].name, word, size) != 0))
            which++;
        if (which == CLI_CRITERIA || !equals) {
            cli_message(
                "--want '%s': expected NAME=LIMIT or NAME=-, of distance, D, overlap, tail, quantiles, "
                "maximum, deadline",
                word);
            return IRQP_USAGE;
        }
        criteria->of[which].dropped = strcmp(equals + 1, "-") == 0;
        criteria->of[which].set = !criteria->of[which].dropped;
        if (criteria->of[which].set &&
            !read_limit(equals + 1, criteria_table[which].duration, &criteria->of[which].limit)) {
            cli_message("--want '%s': '%s' is no limit; expected %s, or '-' for no criterion", word,
                        equals + 1,
                        criteria_table[which].duration ? "a duration, as '0.5 us'" : "a number, as 0.1");
            return IRQP_USAGE;
        }
    }
    return IRQP_OK;
}

/* ---- metrics ---- */

const char *cli_verdict_word(enum cli_verdict verdict)
{
    static const char *const words[] = {
        [CLI_PASS] = "pass",
        [CLI_FAIL] = "fail",
        [CLI_UNDECIDED] = "open",
        [CLI_REPORTED] = "-",
    };
    return words[verdict];
}

static enum cli_verdict pass_if(bool passed)
{
    return passed ? CLI_PASS : CLI_FAIL;
}

static struct cli_metric judge_distance(const struct cli_comparison *comparison)
{
    const struct irqp_distance *distance = &comparison->distance;
    double median = (double)distance->quantiles[0].measured, most = limit_of(comparison, CLI_WASSERSTEIN);
    if (!comparison->criteria.of[CLI_WASSERSTEIN].set)
        most = fmax(most, 0.05 * median);
    return (struct cli_metric){
        .name = "Wasserstein-1",
        .number = distance->wasserstein,
        .value = cli_word("%s%s us", distance->at_least ? ">= " : "", cli_us(distance->wasserstein, 3).text),
        .criterion = cli_word("<= %s us", cli_us(most, 2).text),
        .verdict = pass_if(distance->wasserstein <= most),
    };
}

/* D and the overlap mean something only where the measurement is not a single narrow hump. */
static struct cli_metric judge_body(const struct irqp_distance *distance, const char *name, double value,
                                    struct cli_word criterion, bool passed)
{
    bool wide = distance->measured_bins >= 4;
    return (struct cli_metric){
        .name = name,
        .number = value,
        .value = cli_word("%.3f", value),
        .criterion = wide ? criterion : cli_word("too few bins"),
        .verdict = wide ? pass_if(passed) : CLI_REPORTED,
    };
}

static struct cli_metric judge_tail(const struct cli_comparison *comparison)
{
    const struct irqp_distance *distance = &comparison->distance;
    double most = limit_of(comparison, CLI_TAIL);
    bool known = distance->tail_at != IRQP_UNKNOWN;
    return (struct cli_metric){
        .name = "tail factor",
        .number = distance->tail_factor,
        .value = known && isinf(distance->tail_factor)
                     ? cli_word("never there, %s us", cli_us((double)distance->tail_at, 2).text)
                 : known ? cli_word("%.2f at %s us", distance->tail_factor,
                                    cli_us((double)distance->tail_at, 2).text)
                         : cli_word("-"),
        .criterion = cli_word("<= %.3g", most),
        .verdict = known ? pass_if(distance->tail_factor <= most) : CLI_UNDECIDED,
    };
}

/* A quantile fails only outside both the tolerance and the measurement's own interval. */
static struct cli_metric judge_quantiles(const struct cli_comparison *comparison)
{
    const struct irqp_distance *distance = &comparison->distance;
    double most = limit_of(comparison, CLI_QUANTILES);
    int known = 0, good = 0;
    double worst = 0;
    for (int i = 0; i < IRQP_DISTANCE_QUANTILES; i++) {
        const struct irqp_quantile_error *quantile = &distance->quantiles[i];
        if (!quantile->known)
            continue;
        double tolerance = fmax((double)distance->width, most * (double)quantile->measured);
        known++;
        good += fabs((double)quantile->error) <= tolerance ||
                (quantile->predicted >= quantile->low && quantile->predicted <= quantile->high);
        worst = fabs((double)quantile->error) > fabs(worst) ? (double)quantile->error : worst;
    }
    return (struct cli_metric){
        .name = "quantiles",
        .number = worst,
        .value = known ? cli_word("worst error %s us", cli_us_signed(worst, 3).text) : cli_word("-"),
        .criterion = cli_word("1 bin, %.3g %%", 100 * most),
        .verdict = known ? pass_if(good == known) : CLI_UNDECIDED,
    };
}

static struct cli_metric judge_maximum(const struct cli_comparison *comparison)
{
    const struct irqp_bins *bins = comparison->measured;
    irqp_time maximum = bins->maximum;
    if (maximum == IRQP_UNKNOWN && bins->overflow == 0 && bins->count > 0)
        maximum = bins->bins[bins->count - 1].lower;
    uint64_t n = comparison->distance.measured;
    double tail = limit_of(comparison, CLI_MAXIMUM);
    struct cli_metric metric = {
        .name = "measured max",
        .number = (double)maximum,
        .value = cli_word("-"),
        .criterion = cli_word("%.4g %% of maxima", 100 * (1 - 2 * tail)),
        .verdict = CLI_UNDECIDED,
    };
    double p;
    if (maximum == IRQP_UNKNOWN || /* the tool cut it off at its bin, so the prediction is as well */
        !irqp_maximum_probability(comparison->predicted, maximum + bins->width - 1, n, &p))
        return metric;
    metric.value = cli_word("%s us, P = %.3f", cli_us((double)maximum, 1).text, p);
    irqp_time least, most;
    if (irqp_maximum_quantile(comparison->predicted, n, tail, &least) &&
        irqp_maximum_quantile(comparison->predicted, n, 1 - tail, &most))
        metric.criterion =
            cli_word("in [%s, %s] us", cli_us((double)least, 1).text, cli_us((double)most, 1).text);
    if (comparison->distance.predicted / 40 >= n)
        metric.verdict = pass_if(p >= tail && p <= 1 - tail);
    else
        metric.criterion = cli_word("more samples");
    return metric;
}

/* How often the deadline is missed, predicted over measured: an interval from the exact ones of both. */
static struct cli_metric judge_deadline(const struct cli_comparison *comparison, irqp_time deadline)
{
    uint64_t missed = irqp_bins_exceeding(comparison->measured, deadline),
             late = irqp_bins_exceeding(comparison->bins, deadline);
    uint64_t n = comparison->distance.measured, s = comparison->distance.predicted;
    double most = limit_of(comparison, CLI_DEADLINE), low, high, other_low, other_high;
    irqp_clopper_pearson(late, s, 0.95, &low, &high);
    irqp_clopper_pearson(missed, n, 0.95, &other_low, &other_high);
    double ratio = missed > 0 ? ((double)late / (double)s) / ((double)missed / (double)n) : INFINITY;
    double from = low / other_high, until = other_low > 0 ? high / other_low : INFINITY;
    struct cli_metric metric = {
        .name = "deadline",
        .number = ratio,
        .criterion = cli_word("1, or within %.3g", most),
        .verdict = pass_if((from <= 1 && 1 <= until) || (ratio <= most && ratio >= 1 / most)),
    };
    if (missed == 0 && late == 0)
        metric.value = cli_word(">= %s us: never", cli_us((double)deadline, 1).text);
    else if (missed == 0)
        metric.value = cli_word(">= %s us: only predicted", cli_us((double)deadline, 1).text);
    else
        metric.value =
            cli_word(">= %s us: %.2f [%.2f, %.2f]", cli_us((double)deadline, 1).text, ratio, from, until);
    return metric;
}

size_t cli_judge(struct cli_metric metrics[CLI_METRICS], const struct cli_comparison *comparison)
{
    const struct irqp_distance *distance = &comparison->distance;
    double most = limit_of(comparison, CLI_LARGEST), least = limit_of(comparison, CLI_OVERLAP);
    metrics[CLI_WASSERSTEIN] = judge_distance(comparison);
    metrics[CLI_LARGEST] = judge_body(distance, "largest difference D", distance->largest,
                                      cli_word("<= %.3g", most), distance->largest <= most);
    metrics[CLI_OVERLAP] = judge_body(distance, "overlap", distance->overlap, cli_word(">= %.3g", least),
                                      distance->overlap >= least);
    metrics[CLI_TAIL] = judge_tail(comparison);
    metrics[CLI_QUANTILES] = judge_quantiles(comparison);
    metrics[CLI_MAXIMUM] = judge_maximum(comparison);
    for (int which = 0; which < CLI_DEADLINE; which++)
        metrics[which] = unless_dropped(comparison, (enum cli_criterion)which, metrics[which]);
    for (size_t i = 0; i < comparison->deadline_count; i++)
        metrics[CLI_DEADLINE + i] =
            unless_dropped(comparison, CLI_DEADLINE, judge_deadline(comparison, comparison->deadlines[i]));
    return CLI_DEADLINE + comparison->deadline_count;
}

/* ---- for people ---- */

/* Of latencies that a wake-up has one of, as many as were asked for; gaps, as many as there were. */
char *cli_predicted_samples(const struct cli_comparison *comparison)
{
    if (cli_of_gaps(comparison))
        return cli_format("%s gaps", cli_count(comparison->distance.predicted).text);
    return cli_samples(comparison->run);
}

void cli_print_sides(const struct cli_comparison *comparison)
{
    bool titled = strcmp(comparison->name, comparison->title) != 0;
    char *samples = cli_predicted_samples(comparison);
    printf("predicted  %s%s%s, %s\n", comparison->name, titled ? ": " : "", titled ? comparison->title : "",
           samples);
    free(samples);
    printf("measured   %s: %s, %s samples in bins of %s\n", comparison->file, comparison->format,
           cli_count(comparison->distance.measured).text,
           cli_duration((double)comparison->distance.width).text);
    puts("           the predicted quantiles are those of the prediction in the same bins");
}

void cli_print_quantiles(const struct cli *cli, const struct irqp_distance *distance)
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

void cli_print_metrics(const struct cli *cli, const struct cli_metric *metrics, size_t count)
{
    struct cli_table table;
    cli_table_init(&table, "l  l   l   l");
    cli_row(&table);
    for (const char *const *head = (const char *const[]){"Criteria", "", "value", "wanted", NULL}; *head;
         head++)
        cli_cell(&table, **head == 'C' ? CLI_BOLD : CLI_DIM, "%s", *head);
    for (size_t i = 0; i < count; i++) {
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
