#include "irqpath/distance.h"
#include "irqpath/random.h"
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

static const double QUANTILES[IRQP_DISTANCE_QUANTILES] = {0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999};

/* ---- common bins ---- */

/* The lower edge of the bin of width `width` that contains value, on the grid through `origin`. */
static irqp_time to_grid(irqp_time value, irqp_time width, irqp_time origin)
{
    irqp_time phase = origin % width;
    irqp_time rest = (value - phase) % width;
    return value - phase - (rest < 0 ? rest + width : rest) + phase;
}

enum irqp_status irqp_rebin(struct irqp_bins *bins, const struct irqp_histogram *histogram,
                            const struct irqp_bins *like)
{
    irqp_bins_init(bins, like->width);
    bins->limit = like->limit;
    if (histogram->total == 0 || like->width <= 0)
        return like->width > 0 ? IRQP_OK : IRQP_INPUT;
    irqp_time origin = like->count > 0 ? like->bins[0].lower : 0;
    irqp_time end = like->overflow > 0 ? irqp_bins_limit(like) : IRQP_UNKNOWN;
    bins->minimum = histogram->minimum;
    bins->maximum = histogram->maximum;
    bins->underflow = histogram->underflow;
    bins->overflow = histogram->overflow;
    for (size_t bin = 0; bin < histogram->capacity; bin++) {
        irqp_time edge = irqp_histogram_edge(bin);
        if (histogram->counts[bin] == 0)
            continue;
        if (end != IRQP_UNKNOWN && edge >= end) {
            bins->overflow += histogram->counts[bin];
            continue;
        }
        enum irqp_status status =
            irqp_bins_add(bins, to_grid(edge, bins->width, origin), histogram->counts[bin]);
        if (status != IRQP_OK) {
            irqp_bins_fini(bins);
            return status;
        }
    }
    return IRQP_OK;
}

/* ---- quantiles ---- */

/* Where the sample of this rank (from 1) lies. */
static irqp_time at_rank(const struct irqp_bins *bins, uint64_t rank)
{
    uint64_t seen = bins->underflow;
    if (rank <= seen)
        return IRQP_UNKNOWN;
    for (size_t i = 0; i < bins->count; i++)
        if ((seen += bins->bins[i].count) >= rank)
            return bins->bins[i].lower;
    return IRQP_NEVER;
}

bool irqp_bins_quantile(const struct irqp_bins *bins, double p, irqp_time *value)
{
    uint64_t total = irqp_bins_total(bins);
    if (total == 0)
        return false;
    *value = at_rank(bins, irqp_quantile_rank(p, total));
    return true;
}

/* The error of one quantile. The interval's ranks are those of the normal approximation to the binomial,
 * rounded outward: with 100 samples on either side its error is below one sample in sixty. */
static struct irqp_quantile_error quantile_error(double p, const struct irqp_bins *predicted,
                                                 const struct irqp_bins *measured)
{
    struct irqp_quantile_error error = {.p = p};
    uint64_t total = irqp_bins_total(measured);
    double n = (double)total, half = 1.96 * sqrt(n * p * (1 - p));
    irqp_bins_quantile(measured, p, &error.measured);
    irqp_bins_quantile(predicted, p, &error.predicted);
    error.low = at_rank(measured, (uint64_t)fmax(floor(n * p - half), 1));
    error.high = at_rank(measured, (uint64_t)fmin(ceil(n * p + half) + 1, n));
    /* 1 - p is not exact: N (1 - p) of N = 10^5 at 0.999 is a hair below 100. */
    error.known = n * (1 - p) >= IRQP_EXCEEDANCES_MINIMUM * (1 - 1e-9) && error.measured != IRQP_NEVER &&
                  error.predicted != IRQP_NEVER && error.measured != IRQP_UNKNOWN &&
                  error.predicted != IRQP_UNKNOWN;
    if (error.known)
        error.error = error.predicted - error.measured;
    return error;
}

/* ---- distance ---- */

/* One step of a walk over the bins that either side has. */
struct walk {
    const struct irqp_bins *bins;
    size_t next;
    uint64_t seen; /* samples up to and including the current bin */
};

/* The lower edge of the walk's next bin, IRQP_NEVER at its end. */
static irqp_time ahead(const struct walk *walk)
{
    return walk->next < walk->bins->count ? walk->bins->bins[walk->next].lower : IRQP_NEVER;
}

/* Moves on if the next bin is the one at `edge`; the samples in it. */
static uint64_t step(struct walk *walk, irqp_time edge)
{
    if (ahead(walk) != edge)
        return 0;
    uint64_t count = walk->bins->bins[walk->next++].count;
    walk->seen += count;
    return count;
}

static bool comparable(const struct irqp_bins *a, const struct irqp_bins *b)
{
    if (a->width <= 0 || a->width != b->width || irqp_bins_total(a) == 0 || irqp_bins_total(b) == 0)
        return false;
    if (a->count == 0 || b->count == 0)
        return true;
    return (a->bins[0].lower % a->width - b->bins[0].lower % a->width) % a->width == 0;
}

/* Takes the tails beyond the current bin into account, if enough was measured there. */
static void compare_tails(struct irqp_distance *distance, uint64_t beyond_predicted, uint64_t beyond_measured,
                          irqp_time at)
{
    if (beyond_measured < IRQP_EXCEEDANCES_MINIMUM)
        return;
    double ratio = ((double)beyond_predicted / (double)distance->predicted) /
                   ((double)beyond_measured / (double)distance->measured);
    double factor = ratio > 1 ? ratio : 1 / ratio; /* infinite for 0 */
    if (distance->tail_at == IRQP_UNKNOWN || factor > distance->tail_factor) {
        distance->tail_factor = factor;
        distance->tail_at = at;
    }
}

static double interquartile(const struct irqp_bins *bins)
{
    irqp_time low = 0, high = 0;
    irqp_bins_quantile(bins, 0.25, &low);
    irqp_bins_quantile(bins, 0.75, &high);
    if (low == IRQP_UNKNOWN || high == IRQP_NEVER)
        return INFINITY;
    return (double)(high - low) / (double)bins->width;
}

enum irqp_status irqp_distance(struct irqp_distance *distance, const struct irqp_bins *predicted,
                               const struct irqp_bins *measured)
{
    if (!comparable(predicted, measured))
        return IRQP_INPUT;
    irqp_gsl_quiet();
    *distance = (struct irqp_distance){.measured = irqp_bins_total(measured),
                                       .predicted = irqp_bins_total(predicted),
                                       .width = measured->width,
                                       .tail_factor = 1,
                                       .tail_at = IRQP_UNKNOWN};
    double n = (double)distance->measured, s = (double)distance->predicted;
    struct walk m = {measured, 0, measured->underflow}, p = {predicted, 0, predicted->underflow};
    bool overflowed = measured->overflow > 0 || predicted->overflow > 0;
    distance->at_least = overflowed || measured->underflow > 0 || predicted->underflow > 0;
    distance->overlap = fmin((double)measured->underflow / n, (double)predicted->underflow / s);
    distance->largest = fabs((double)m.seen / n - (double)p.seen / s);
    for (irqp_time edge; (edge = ahead(&m) < ahead(&p) ? ahead(&m) : ahead(&p)) != IRQP_NEVER;) {
        double in_measured = (double)step(&m, edge) / n, in_predicted = (double)step(&p, edge) / s;
        double difference = fabs((double)m.seen / n - (double)p.seen / s);
        irqp_time next = ahead(&m) < ahead(&p) ? ahead(&m) : ahead(&p);
        if (next == IRQP_NEVER && overflowed) { /* what overflowed is taken to lie at the limit */
            irqp_time limit = irqp_bins_limit(measured);
            next = limit > edge ? limit : edge + measured->width;
        }
        if (next != IRQP_NEVER)
            distance->wasserstein += difference * (double)(next - edge);
        distance->overlap += fmin(in_measured, in_predicted);
        distance->largest = fmax(distance->largest, difference);
        compare_tails(distance, distance->predicted - p.seen, distance->measured - m.seen,
                      edge + measured->width);
    }
    distance->overlap += fmin((double)measured->overflow / n, (double)predicted->overflow / s);
    distance->measured_bins = interquartile(measured);
    for (int i = 0; i < IRQP_DISTANCE_QUANTILES; i++)
        distance->quantiles[i] = quantile_error(QUANTILES[i], predicted, measured);
    return IRQP_OK;
}

/* ---- probabilities ---- */

/* The x between `from` and `until` with P(X <= x) = tail, or P(X > x) = tail if upper, of a beta
 * distribution. GSL's inverse returns NaN for rare hits, and for many trials may not return at all; its
 * cumulative functions are sound but for NaN near the median of very large parameters, which must therefore
 * count as more than `tail`. Halving by the bits of the numbers, whose order is that of the positive doubles,
 * is relatively precise down to the smallest. */
static double beta_quantile(double tail, bool upper, double a, double b, double from, double until)
{
    uint64_t low, high;
    memcpy(&low, &from, sizeof low);
    memcpy(&high, &until, sizeof high);
    double x = until;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        memcpy(&x, &middle, sizeof x);
        if (upper ? !(gsl_cdf_beta_Q(x, a, b) <= tail) : gsl_cdf_beta_P(x, a, b) < tail)
            low = middle + 1;
        else
            high = middle;
    }
    memcpy(&x, &high, sizeof x);
    return x;
}

bool irqp_clopper_pearson_effective(double hits, double trials, double confidence, double *low, double *high)
{
    *low = 0;
    *high = 1;
    if (!(trials > 0 && hits >= 0 && hits <= trials && confidence > 0 && confidence < 1))
        return false;
    irqp_gsl_quiet();
    double tail = (1 - confidence) / 2, misses = trials - hits, share = hits / trials;
    if (hits > 0)
        *low = beta_quantile(tail, false, hits, misses + 1, 0, share);
    if (misses > 0)
        *high = beta_quantile(tail, true, hits + 1, misses, share, 1);
    return true;
}

bool irqp_clopper_pearson(uint64_t hits, uint64_t trials, double confidence, double *low, double *high)
{
    return irqp_clopper_pearson_effective((double)hits, (double)trials, confidence, low, high);
}

bool irqp_maximum_probability(const struct irqp_histogram *histogram, irqp_time x, uint64_t n,
                              double *probability)
{
    if (histogram->total == 0)
        return false;
    /* Samples above x: those in later bins; x's own bin counts as not above. */
    irqp_time beyond = x < 0 ? 0 : irqp_histogram_edge(irqp_histogram_bin(x) + 1);
    double exceeding = (double)irqp_histogram_exceeding(histogram, beyond) / (double)histogram->total;
    *probability = x >= histogram->maximum || n == 0 ? 1 : exp((double)n * log1p(-exceeding));
    return true;
}

bool irqp_maximum_quantile(const struct irqp_histogram *histogram, uint64_t n, double probability,
                           irqp_time *x)
{
    if (histogram->total == 0)
        return false;
    /* F(x)^n >= p: at most this share of the samples may lie beyond x. */
    double most = -expm1(log(probability) / (double)n) * (double)histogram->total;
    uint64_t beyond = histogram->overflow;
    *x = histogram->maximum;
    for (size_t bin = histogram->capacity; bin-- > 0 && (double)beyond <= most;)
        if (histogram->counts[bin] > 0) {
            *x = irqp_histogram_edge(bin);
            beyond += histogram->counts[bin];
        }
    return true;
}
