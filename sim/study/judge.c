/* Judging expectations: measures with their intervals, comparisons put together from them, verdicts. */
#include "irqpath/distance.h"
#include "irqpath/engine.h"
#include "irqpath/expect.h"
#include "irqpath/random.h"
#include "irqpath/result_file.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const irqp_verdict_words[] = {"met", "not met", "undecided"};

/* A number and between what it lies. */
struct estimate {
    bool known, exact;
    double value, low, high;
};

static struct estimate exactly(double value)
{
    return (struct estimate){true, true, value, value, value};
}

/* ---- measures ---- */

static const struct irqp_histogram *histogram_of(const struct irqp_run *run, size_t latency)
{
    return &run->result.latencies[latency];
}

/* An estimate whose interval is not known: it may be anything. */
static struct estimate loosely(double value)
{
    return (struct estimate){true, false, value, -INFINITY, INFINITY};
}

static struct estimate quantile(const struct irqp_run *run, const struct irqp_measure *measure,
                                double confidence)
{
    irqp_time value = 0, low, high;
    if (!irqp_histogram_quantile(histogram_of(run, measure->latency), measure->p, &value) ||
        value == IRQP_NEVER)
        return (struct estimate){.known = false};
    struct estimate estimate = loosely((double)value);
    unsigned bounds = irqp_run_quantile_bounds(run, measure->latency, measure->p, confidence, &low, &high);
    if (bounds & IRQP_BOUND_LOW)
        estimate.low = (double)low;
    if (bounds & IRQP_BOUND_HIGH)
        estimate.high = (double)high;
    return estimate;
}

static struct estimate mean(const struct irqp_run *run, size_t latency, double confidence)
{
    double value = 0;
    if (!irqp_histogram_mean(histogram_of(run, latency), &value))
        return (struct estimate){.known = false};
    struct estimate estimate = loosely(value);
    irqp_run_mean_interval(run, latency, confidence, &estimate.low, &estimate.high);
    return estimate;
}

static struct estimate exceedance(const struct irqp_run *run, const struct irqp_measure *measure,
                                  double confidence)
{
    const struct irqp_histogram *histogram = histogram_of(run, measure->latency);
    double low, high;
    if (histogram->total == 0)
        return (struct estimate){.known = false};
    struct estimate estimate =
        loosely((double)irqp_histogram_exceeding(histogram, measure->level) / (double)histogram->total);
    if (irqp_run_exceedance_bounds(run, measure->latency, measure->level, confidence, &low, &high)) {
        estimate.low = low;
        estimate.high = high;
    }
    return estimate;
}

/* The mode lies in one of the bins that are not surely emptier than the fullest: from the first of them to
 * the last. */
static struct estimate mode(const struct irqp_run *run, const struct irqp_measure *measure, double confidence)
{
    const struct irqp_histogram *histogram = histogram_of(run, measure->latency);
    irqp_time middle, width = measure->width;
    if (!irqp_histogram_mode(histogram, width, &middle))
        return (struct estimate){.known = false};
    struct estimate estimate = loosely((double)middle);
    double effect = irqp_run_samples_per_independent(run, measure->latency, middle, confidence);
    uint64_t fullest = irqp_histogram_exceeding(histogram, middle - width / 2) -
                       irqp_histogram_exceeding(histogram, middle - width / 2 + width);
    if (isnan(effect))
        return estimate;
    double normal = gsl_cdf_ugaussian_Pinv((1 + confidence) / 2);
    estimate.low = estimate.high = estimate.value;
    uint64_t count = 0;
    irqp_time bin = 0;
    for (size_t i = 0; i <= histogram->capacity; i++) {
        irqp_time edge = i < histogram->capacity ? irqp_histogram_edge(i) : IRQP_NEVER;
        if (edge / width != bin) {
            double spread = normal * sqrt(effect * (double)(fullest + count));
            if ((double)count + spread >= (double)fullest) {
                double at = (double)bin * (double)width + (double)width / 2;
                estimate.low = fmin(estimate.low, at);
                estimate.high = fmax(estimate.high, at);
            }
            count = 0;
            bin = edge / width;
        }
        count += i < histogram->capacity ? histogram->counts[i] : 0;
    }
    return estimate;
}

static struct estimate ratio(const struct irqp_run *run, const struct irqp_ratio_spread *spread,
                             irqp_spread_square squares, double numerator, double denominator,
                             double confidence)
{
    if (!(denominator > 0))
        return (struct estimate){.known = false};
    struct estimate estimate = loosely(numerator / denominator);
    if (numerator == 0)
        estimate.low = 0;
    irqp_run_ratio_interval(run, spread, squares, numerator, denominator, confidence, &estimate.low,
                            &estimate.high);
    return estimate;
}

static struct estimate offset(struct estimate a, struct estimate b)
{
    return (struct estimate){a.known && b.known, a.exact && b.exact, a.value - b.value, a.low - b.high,
                             a.high - b.low};
}

static struct estimate scaled(struct estimate estimate, double factor)
{
    estimate.value *= factor;
    estimate.low *= factor;
    estimate.high *= factor;
    return estimate;
}

/* The index of a name; SIZE_MAX if this machine does not have it: then it takes no time. */
static size_t index_of(const char *(*name_of)(const void *, size_t), const void *machine, const char *name)
{
    for (size_t i = 0; name_of(machine, i); i++)
        if (strcmp(name_of(machine, i), name) == 0)
            return i;
    return SIZE_MAX;
}

static struct estimate cause(const struct irqp_evidence *of, const struct irqp_measure *measure,
                             double confidence)
{
    const struct irqp_run *run = of->run;
    size_t index = index_of(of->model->cause_name, of->machine, measure->name);
    double sum = (double)run->result.thread.sum;
    if (index >= IRQP_CAUSES_MAX)
        return exactly(0);
    double time = (double)run->result.cause_time[index];
    const struct irqp_ratio_spread *spread = &run->ratios.causes[index];
    if (measure->kind == IRQP_MEASURE_SHARE)
        return ratio(run, spread, run->ratios.latency, time, sum, confidence);
    /* per wake-up: all full batches have as many */
    struct irqp_ratio_spread per_sample = {spread->numerator, spread->sum * run->batch, spread->sum};
    return ratio(run, &per_sample, (irqp_spread_square)run->ratios.batches * run->batch * run->batch, time,
                 (double)run->result.thread.total, confidence);
}

static struct estimate rate(const struct irqp_evidence *of, const char *name, double confidence)
{
    const struct irqp_run *run = of->run;
    size_t index = index_of(of->model->counter_name, of->machine, name);
    if (index >= IRQP_COUNTERS_MAX)
        return exactly(0);
    struct estimate estimate =
        ratio(run, &run->ratios.counters[index], run->ratios.simulated, (double)run->result.counters[index],
              (double)run->result.simulated, confidence);
    if (estimate.known && run->result.counters[index] == 0) /* a Poisson count's upper end without an event */
        estimate.high = -log((1 - confidence) / 2) / (double)run->result.simulated;
    return scaled(estimate, (double)IRQP_S);
}

static struct estimate cpu(const struct irqp_run *run, const char *name, double confidence)
{
    size_t mode = 0;
    while (mode + 1 < IRQP_MODES && strcmp(irqp_mode_names[mode], name) != 0)
        mode++;
    return ratio(run, &run->ratios.modes[mode], run->ratios.simulated, (double)run->result.mode_time[mode],
                 (double)run->result.simulated, confidence);
}

/* What the batches' interval of 95 % comes to at another confidence. */
static double widened(double half_width, double confidence)
{
    return half_width * gsl_cdf_ugaussian_Pinv((1 + confidence) / 2) / gsl_cdf_ugaussian_Pinv(0.975);
}

static struct estimate work(const struct irqp_evidence *of, enum irqp_measure_kind kind, double confidence)
{
    struct irqp_work work = of->model->work ? of->model->work(of->machine) : (struct irqp_work){NULL, 0};
    struct irqp_throughput throughput;
    if (!work.unit || !irqp_run_throughput(of->run, &throughput))
        return (struct estimate){.known = false};
    struct estimate estimate = loosely(throughput.rate);
    if (throughput.half_width >= 0) {
        throughput.half_width = widened(throughput.half_width, confidence);
        estimate.low = throughput.rate - throughput.half_width;
        estimate.high = throughput.rate + throughput.half_width;
    }
    if (kind == IRQP_MEASURE_THROUGHPUT)
        return estimate;
    double seconds, low, high;
    if (!irqp_throughput_run_time(&throughput, work.total, &seconds, &low, &high))
        return (struct estimate){.known = false};
    estimate = loosely(seconds);
    if (!isnan(low) && !isnan(high)) {
        estimate.low = low;
        estimate.high = high;
    }
    return scaled(estimate, (double)IRQP_S);
}

/* ---- what is read from the paths ---- */

static struct estimate steps(const struct irqp_evidence *of, const struct irqp_measure *measure)
{
    const struct irqp_program *program = of->model->program(of->machine);
    size_t count = 0;
    for (size_t i = 0; i < program->path_count; i++) {
        const struct irqp_path *path = &program->paths[i];
        if (path->count == 0 || !path->name || (measure->path && !strstr(path->name, measure->path)))
            continue;
        for (size_t row = path->first; row < (size_t)path->first + path->count; row++)
            count += strstr(program->names[program->rows[row].name], measure->name) != NULL;
    }
    return exactly((double)count);
}

static struct estimate route(const struct irqp_evidence *of, const struct irqp_measure *measure)
{
    const struct irqp_program *program = of->model->program(of->machine);
    const struct irqp_route *routes;
    size_t count = of->model->routes(of->machine, &routes), which = 0;
    while (which < count && strcmp(routes[which].name, measure->name) != 0)
        which++;
    if (which == count && count == 1)
        which = 0; /* a platform with one route: that is what corresponds */
    if (which >= count)
        return (struct estimate){.known = false};
    double sum = 0;
    bool counting = !measure->after, found = !measure->upto;
    for (size_t i = 0; i < routes[which].count; i++) {
        const struct irqp_route_part *part = &routes[which].parts[i];
        const struct irqp_path *path = &program->paths[part->path];
        for (size_t at = part->from; at < part->until && at < path->count; at++) {
            const struct irqp_row *row = &program->rows[path->first + at];
            const char *name = program->names[row->name];
            if (counting && row->cost < program->cost_count)
                sum += (double)program->costs[row->cost].mean;
            counting |= measure->after && strcmp(name, measure->after) == 0;
            if (measure->upto && strcmp(name, measure->upto) == 0) {
                found = true;
                counting = false;
            }
        }
    }
    return found ? exactly(sum) : (struct estimate){.known = false};
}

static struct estimate measured(const struct irqp_evidence *of, const struct irqp_measure *measure,
                                double confidence)
{
    if (measure->kind == IRQP_MEASURE_STEPS)
        return steps(of, measure);
    if (measure->kind == IRQP_MEASURE_ROUTE)
        return route(of, measure);
    if (!of->run || histogram_of(of->run, measure->latency)->total == 0)
        return (struct estimate){.known = false};
    switch (measure->kind) {
    case IRQP_MEASURE_QUANTILE:
        return quantile(of->run, measure, confidence);
    case IRQP_MEASURE_MINIMUM:
        return exactly((double)histogram_of(of->run, measure->latency)->minimum);
    case IRQP_MEASURE_MAXIMUM:
        return exactly((double)histogram_of(of->run, measure->latency)->maximum);
    case IRQP_MEASURE_MEAN:
        return mean(of->run, measure->latency, confidence);
    case IRQP_MEASURE_MODE:
        return mode(of->run, measure, confidence);
    case IRQP_MEASURE_MODE_GAP:
        return offset(mode(of->run, measure, confidence),
                      exactly((double)histogram_of(of->run, measure->latency)->minimum));
    case IRQP_MEASURE_EXCEEDANCE:
        return exceedance(of->run, measure, confidence);
    case IRQP_MEASURE_RATE:
        return rate(of, measure->name, confidence);
    case IRQP_MEASURE_CPU:
        return cpu(of->run, measure->name, confidence);
    case IRQP_MEASURE_THROUGHPUT:
    case IRQP_MEASURE_RUN_TIME:
        return work(of, measure->kind, confidence);
    default:
        return cause(of, measure, confidence);
    }
}

/* ---- comparisons ---- */

/* Of what is not negative. */
static struct estimate quotient(struct estimate a, struct estimate b)
{
    double low = fmax(a.low, 0), least = fmax(b.low, 0);
    return (struct estimate){
        .known = a.known && b.known && (a.value > 0 || b.value > 0),
        .exact = a.exact && b.exact,
        .value = a.value / b.value,
        .low = isinf(b.high) || low == 0 ? 0 : low / b.high,
        .high = least > 0 ? a.high / least : INFINITY,
    };
}

static struct estimate order(const struct estimate *row, size_t count)
{
    struct estimate least = {.known = false};
    for (size_t i = 1; i < count; i++) {
        struct estimate step = offset(row[i], row[i - 1]);
        if (!step.known)
            return step;
        if (i == 1 || step.low < least.low)
            least.low = step.low;
        if (i == 1 || step.high < least.high)
            least.high = step.high;
        if (i == 1 || step.value < least.value)
            least.value = step.value;
        least.exact = i == 1 ? step.exact : least.exact && step.exact;
        least.known = true;
    }
    return least;
}

/* (x - from) / (to - from), at the corners where it is least and most, for from < to. */
static struct estimate position(struct estimate from, struct estimate to, struct estimate x)
{
    double span = to.value - from.value;
    struct estimate estimate = {from.known && to.known && x.known && span != 0, false, 0, -INFINITY,
                                INFINITY};
    estimate.exact = from.exact && to.exact && x.exact;
    estimate.value = (x.value - from.value) / span;
    if (to.low > from.high) {
        estimate.low =
            fmin((x.low - from.high) / (to.high - from.high), (x.low - from.high) / (to.low - from.high));
        estimate.high =
            fmax((x.high - from.low) / (to.low - from.low), (x.high - from.low) / (to.high - from.low));
    }
    return estimate;
}

/* How many samples lie in a window, and between what that number would lie. */
static struct estimate window(const struct irqp_run *run, const struct irqp_measure *measure, irqp_time at,
                              double confidence)
{
    const struct irqp_histogram *histogram = histogram_of(run, measure->latency);
    irqp_time middle = at;
    if (at < 0 && !irqp_histogram_mode(histogram, IRQP_US / 10, &middle))
        return (struct estimate){.known = false};
    irqp_time from = middle - measure->width / 2;
    uint64_t hits = irqp_histogram_exceeding(histogram, from > 0 ? from : 0) -
                    irqp_histogram_exceeding(histogram, middle - measure->width / 2 + measure->width);
    struct estimate estimate = loosely((double)hits);
    double effect = irqp_run_samples_per_independent(run, measure->latency, middle, confidence);
    double low, high, total = (double)histogram->total;
    if (!isnan(effect) &&
        irqp_clopper_pearson_effective((double)hits / effect, total / effect, confidence, &low, &high)) {
        estimate.low = low * total;
        estimate.high = high * total;
    }
    return estimate;
}

static struct estimate density(const struct irqp_evidence *self, const struct irqp_expectation *expectation)
{
    struct estimate ends[2];
    if (!self->run || self->run->result.thread.total == 0)
        return (struct estimate){.known = false};
    for (int i = 0; i < 2; i++)
        ends[i] = window(self->run, &expectation->measure, expectation->at[i], expectation->confidence);
    return quotient(ends[0], ends[1]);
}

static struct estimate estimate_of(const struct irqp_expectation *expectation,
                                   const struct irqp_evidence *self, const struct irqp_evidence *others)
{
    struct estimate row[IRQP_EXPECT_OTHERS + 1];
    if (expectation->comparison == IRQP_COMPARE_DENSITY)
        return density(self, expectation);
    for (size_t i = 0; i < expectation->other_count; i++)
        row[i] = measured(&others[i], &expectation->measure, expectation->confidence);
    size_t last = expectation->other_count;
    row[last] = measured(self, &expectation->measure, expectation->confidence);
    switch (expectation->comparison) {
    case IRQP_COMPARE_OFFSET:
        return offset(row[1], row[0]);
    case IRQP_COMPARE_RATIO:
        return quotient(row[1], row[0]);
    case IRQP_COMPARE_ORDER:
        return order(row, last + 1);
    case IRQP_COMPARE_POSITION:
        return position(row[0], row[1], row[2]);
    default:
        return row[last];
    }
}

/* ---- verdicts ---- */

static bool above(double value, double end, bool open)
{
    return isinf(end) || (open ? value > end : value >= end);
}

/* Whether a value is what is expected. */
static bool fits(const struct irqp_expectation *expectation, double low, double high)
{
    return above(low, expectation->low, expectation->open) &&
           above(-high, -expectation->high, expectation->open);
}

/* Whether nothing between the two is. */
static bool misses(const struct irqp_expectation *expectation, double low, double high)
{
    return !above(high, expectation->low, expectation->open) ||
           !above(-low, -expectation->high, expectation->open);
}

/* What no batch has met varies over none of them: that it never happens is not known by that. */
static bool never_met(const struct irqp_judgement *judgement)
{
    return !judgement->exact && judgement->value == 0 && judgement->low == 0 && judgement->high == 0;
}

/* What the run would need. */
static void explain(struct irqp_judgement *judgement, const struct irqp_expectation *expectation,
                    const struct irqp_evidence *self)
{
    const struct irqp_measure *measure = &expectation->measure;
    uint64_t needed = measure->kind == IRQP_MEASURE_QUANTILE ? irqp_batches_needed(measure->p) : 10;
    if (!judgement->known)
        snprintf(judgement->reason, sizeof judgement->reason, "there is no such value");
    else if (self->run && (isinf(judgement->low) || isinf(judgement->high)) &&
             self->run->spread.batches < needed)
        snprintf(judgement->reason, sizeof judgement->reason,
                 "its interval needs %llu batches, that is %llu wake-ups; there are %llu",
                 (unsigned long long)needed, (unsigned long long)(needed * self->run->batch),
                 (unsigned long long)self->run->spread.batches);
    else if (never_met(judgement))
        snprintf(judgement->reason, sizeof judgement->reason, "it did not happen in this run; run longer");
    else
        snprintf(judgement->reason, sizeof judgement->reason, "the interval holds both; run longer");
}

static void judge_parameter(struct irqp_judgement *judgement, const struct irqp_expectation *expectation,
                            const struct irqp_evidence *self)
{
    const char *written = irqp_scenario_value(self->scenario, expectation->parameter)->written;
    *judgement = (struct irqp_judgement){.exact = true};
    judgement->holds = written && strcmp(written, expectation->text) == 0;
    judgement->verdict = judgement->holds ? IRQP_MET : IRQP_NOT_MET;
    snprintf(judgement->reason, sizeof judgement->reason, "%s", written ? written : "(none)");
}

void irqp_judge(struct irqp_judgement *judgement, const struct irqp_expectation *expectation,
                const struct irqp_evidence *self, const struct irqp_evidence *others)
{
    irqp_gsl_quiet();
    if (expectation->comparison == IRQP_COMPARE_PARAMETER) {
        judge_parameter(judgement, expectation, self);
        return;
    }
    struct estimate estimate = estimate_of(expectation, self, others);
    *judgement = (struct irqp_judgement){.known = estimate.known && !isnan(estimate.value),
                                         .exact = estimate.exact,
                                         .value = estimate.value,
                                         .low = estimate.low,
                                         .high = estimate.high,
                                         .verdict = IRQP_OPEN};
    if (judgement->known) {
        judgement->holds = fits(expectation, estimate.value, estimate.value);
        judgement->verdict = fits(expectation, estimate.low, estimate.high)     ? IRQP_MET
                             : misses(expectation, estimate.low, estimate.high) ? IRQP_NOT_MET
                                                                                : IRQP_OPEN;
        if (judgement->verdict == IRQP_NOT_MET && never_met(judgement))
            judgement->verdict = IRQP_OPEN;
    }
    if (judgement->verdict == IRQP_OPEN)
        explain(judgement, expectation, self);
}
