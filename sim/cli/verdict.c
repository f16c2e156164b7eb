#include "sim/cli/verdict.h"

#include <math.h>

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

static struct cli_metric judge_distance(const struct irqp_distance *distance)
{
    double median = (double)distance->quantiles[0].measured;
    double most = fmax(0.25 * (double)IRQP_US, 0.05 * median);
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
                                    const char *criterion, bool passed)
{
    bool wide = distance->measured_bins >= 4;
    return (struct cli_metric){
        .name = name,
        .number = value,
        .value = cli_word("%.3f", value),
        .criterion = cli_word("%s", wide ? criterion : "too few bins"),
        .verdict = wide ? pass_if(passed) : CLI_REPORTED,
    };
}

static struct cli_metric judge_tail(const struct irqp_distance *distance)
{
    bool known = distance->tail_at != IRQP_UNKNOWN;
    return (struct cli_metric){
        .name = "tail factor",
        .number = distance->tail_factor,
        .value = known && isinf(distance->tail_factor)
                     ? cli_word("never there, %s us", cli_us((double)distance->tail_at, 2).text)
                 : known ? cli_word("%.2f at %s us", distance->tail_factor,
                                    cli_us((double)distance->tail_at, 2).text)
                         : cli_word("-"),
        .criterion = cli_word("<= 1.5"),
        .verdict = known ? pass_if(distance->tail_factor <= 1.5) : CLI_UNDECIDED,
    };
}

/* A quantile fails only outside both the tolerance and the measurement's own interval. */
static struct cli_metric judge_quantiles(const struct irqp_distance *distance)
{
    int known = 0, good = 0;
    double worst = 0;
    for (int i = 0; i < IRQP_DISTANCE_QUANTILES; i++) {
        const struct irqp_quantile_error *quantile = &distance->quantiles[i];
        if (!quantile->known)
            continue;
        double tolerance = fmax((double)distance->width, 0.05 * (double)quantile->measured);
        known++;
        good += fabs((double)quantile->error) <= tolerance ||
                (quantile->predicted >= quantile->low && quantile->predicted <= quantile->high);
        worst = fabs((double)quantile->error) > fabs(worst) ? (double)quantile->error : worst;
    }
    return (struct cli_metric){
        .name = "quantiles",
        .number = worst,
        .value = known ? cli_word("worst error %s us", cli_us_signed(worst, 3).text) : cli_word("-"),
        .criterion = cli_word("1 bin, 5 %%"),
        .verdict = known ? pass_if(good == known) : CLI_UNDECIDED,
    };
}

static struct cli_metric judge_maximum(const struct cli_comparison *comparison)
{
    const struct irqp_bins *bins = &comparison->measured->bins;
    irqp_time maximum = bins->maximum;
    if (maximum == IRQP_UNKNOWN && bins->overflow == 0 && bins->count > 0)
        maximum = bins->bins[bins->count - 1].lower;
    uint64_t n = comparison->distance.measured;
    struct cli_metric metric = {
        .name = "measured max",
        .number = (double)maximum,
        .value = cli_word("-"),
        .criterion = cli_word("central 95 %%"),
        .verdict = CLI_UNDECIDED,
    };
    double p;
    if (maximum == IRQP_UNKNOWN || /* the tool cut it off at its bin, so the prediction is as well */
        !irqp_maximum_probability(comparison->predicted, maximum + bins->width - 1, n, &p))
        return metric;
    metric.value = cli_word("%s us, P = %.3f", cli_us((double)maximum, 1).text, p);
    if (comparison->distance.predicted / 40 >= n)
        metric.verdict = pass_if(p >= 0.025 && p <= 0.975);
    else
        metric.criterion = cli_word("more samples");
    return metric;
}

void cli_judge(struct cli_metric metrics[CLI_METRICS], const struct cli_comparison *comparison)
{
    const struct irqp_distance *distance = &comparison->distance;
    metrics[0] = judge_distance(distance);
    metrics[1] =
        judge_body(distance, "largest difference D", distance->largest, "<= 0.05", distance->largest <= 0.05);
    metrics[2] = judge_body(distance, "overlap", distance->overlap, ">= 0.95", distance->overlap >= 0.95);
    metrics[3] = judge_tail(distance);
    metrics[4] = judge_quantiles(distance);
    metrics[5] = judge_maximum(comparison);
}
