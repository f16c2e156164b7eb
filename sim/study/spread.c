/* How much batches differ in how often a level is reached: what an interval over batches needs.
 *
 * The samples of a batch are not independent: two clocks that beat have one phase per batch, and a load that
 * goes on for seconds is met at one place. Which part of a batch's samples reaches a level therefore varies
 * more from batch to batch than a binomial count does, by a factor that the batches themselves tell. Only
 * sums over batches are kept, in integers, so that neither order nor grouping shows. */
#include "irqpath/distance.h"
#include "irqpath/random.h"
#include "irqpath/study.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

enum {
    LEVELS_PER_OCTAVE = 16, /* equal steps, as the bins of a histogram: each level is the edge of a bin */
    FIRST_STEP_NS = 4,      /* the first octave begins at sixteen of these */
    ENOUGH_BATCHES = 10,    /* below, an estimate of a variance says little */
};

static const double TAIL = 0.025; /* on either side of an interval, unless asked otherwise */

irqp_time irqp_spread_level(size_t level)
{
    size_t octave = level / LEVELS_PER_OCTAVE, step = LEVELS_PER_OCTAVE + level % LEVELS_PER_OCTAVE;
    return ((irqp_time)(step * FIRST_STEP_NS) << octave) * IRQP_NS;
}

void irqp_spread_add(struct irqp_spread *spread, const struct irqp_histogram *batch)
{
    uint64_t reached = batch->overflow, size = batch->total;
    size_t bin = irqp_histogram_bin(batch->maximum) + 1; /* one past the last that may hold a sample */
    bin = bin < batch->capacity ? bin : batch->capacity;
    for (size_t level = IRQP_SPREAD_LEVELS; level-- > 0;) {
        for (size_t first = irqp_histogram_bin(irqp_spread_level(level)); bin > first; bin--)
            reached += batch->counts[bin - 1];
        spread->reached[level] += reached;
        spread->squares[level] += (irqp_spread_square)reached * reached;
        spread->products[level] += (irqp_spread_square)reached * size;
    }
    spread->batches++;
    spread->samples += size;
    spread->sizes += (irqp_spread_square)size * size;
}

void irqp_spread_merge(struct irqp_spread *into, const struct irqp_spread *from)
{
    for (size_t level = 0; level < IRQP_SPREAD_LEVELS; level++) {
        into->reached[level] += from->reached[level];
        into->squares[level] += from->squares[level];
        into->products[level] += from->products[level];
    }
    into->batches += from->batches;
    into->samples += from->samples;
    into->sizes += from->sizes;
}

/* One latency of a run. */
struct sight {
    const struct irqp_histogram *histogram;
    const struct irqp_spread *spread;
};

static struct sight sight_of(const struct irqp_run *run, size_t latency)
{
    return (struct sight){&run->result.latencies[latency], &run->spreads[latency]};
}

/* The part p of all samples m that reaches the level is a ratio of two sums over n batches; its variance
 * (Cochran, Sampling Techniques, 1977, 6.3), sum (s_i - p m_i)^2 n / (n - 1) / m^2, over the binomial
 * p (1 - p) / m. The sum is taken in integers, m^2 times it, which do not cancel. */
static double effect_at(const struct sight *sight, size_t level)
{
    const struct irqp_spread *spread = sight->spread;
    irqp_spread_square m = spread->samples, s = spread->reached[level];
    irqp_spread_square own = m * m * spread->squares[level] + s * s * spread->sizes,
                       common = 2 * s * m * spread->products[level];
    if (s >= m || own <= common)
        return 1;
    double n = (double)spread->batches;
    return fmax(1, (double)(own - common) / (double)m / (double)s / (double)(m - s) * n / (n - 1));
}

static bool effect_known(const struct irqp_spread *spread)
{
    return spread->batches >= ENOUGH_BATCHES && spread->reached[0] > 0;
}

/* Between two levels the logarithm is interpolated: where a distribution falls steeply the effect does too,
 * from a large part of a batch to one. Beyond the levels that were reached it is that of the nearest. */
static double design_effect(const struct sight *sight, irqp_time latency)
{
    const struct irqp_spread *spread = sight->spread;
    size_t above = 0;
    while (above < IRQP_SPREAD_LEVELS && spread->reached[above] > 0 && irqp_spread_level(above) < latency)
        above++;
    if (above == 0)
        return effect_at(sight, 0);
    double below = effect_at(sight, above - 1);
    if (above == IRQP_SPREAD_LEVELS || spread->reached[above] == 0)
        return below;
    irqp_time from = irqp_spread_level(above - 1), until = irqp_spread_level(above);
    return below * pow(effect_at(sight, above) / below, (double)(latency - from) / (double)(until - from));
}

double irqp_run_design_effect(const struct irqp_run *run, irqp_time latency)
{
    struct sight sight = sight_of(run, IRQP_LATENCY_THREAD);
    return effect_known(&run->spread) ? design_effect(&sight, latency) : NAN;
}

/* What the error of a design effect that is estimated from n batches costs: (t_{n-1} / z)^2 times the samples
 * (Korn and Graubard). */
static double cost_of_estimating(const struct irqp_spread *spread, double tail)
{
    double student = gsl_cdf_tdist_Pinv(1 - tail, (double)(spread->batches - 1));
    double normal = gsl_cdf_ugaussian_Pinv(1 - tail);
    return student * student / (normal * normal);
}

double irqp_run_samples_per_independent(const struct irqp_run *run, size_t latency, irqp_time level,
                                        double confidence)
{
    struct sight sight = sight_of(run, latency);
    irqp_gsl_quiet();
    return effect_known(sight.spread)
               ? design_effect(&sight, level) * cost_of_estimating(sight.spread, (1 - confidence) / 2)
               : NAN;
}

static bool exceedance(const struct sight *sight, irqp_time level, uint64_t hits, double tail, double *low,
                       double *high)
{
    bool known = effect_known(sight->spread);
    irqp_gsl_quiet();
    double effect = known ? design_effect(sight, level) * cost_of_estimating(sight->spread, tail) : 1;
    irqp_clopper_pearson_effective((double)hits / effect, (double)sight->histogram->total / effect,
                                   1 - 2 * tail, low, high);
    return known;
}

bool irqp_run_exceedance_interval(const struct irqp_run *run, irqp_time latency, uint64_t hits, double *low,
                                  double *high)
{
    struct sight sight = sight_of(run, IRQP_LATENCY_THREAD);
    return exceedance(&sight, latency, hits, TAIL, low, high);
}

bool irqp_run_exceedance_bounds(const struct irqp_run *run, size_t latency, irqp_time level,
                                double confidence, double *low, double *high)
{
    struct sight sight = sight_of(run, latency);
    return exceedance(&sight, level, irqp_histogram_exceeding(sight.histogram, level), (1 - confidence) / 2,
                      low, high);
}

/* ---- intervals of quantiles ---- */

/* The levels that matter are the edges of bins with samples: between them the counts do not change. */
struct search {
    struct sight sight;
    double cost, share, tail; /* share: 1 - p; tail: on either side of the interval */
};

/* The two ends of Clopper and Pearson's interval are quantiles of beta distributions; whether one is beyond a
 * given share is asked of the cumulative function, once, rather than of its inverse. A NaN, which GSL gives
 * near the median of very large parameters, is inside. */
static bool surely_more(const struct search *search, irqp_time latency, uint64_t hits)
{
    double total = (double)search->sight.histogram->total;
    double effect = design_effect(&search->sight, latency) * search->cost;
    return hits > 0 && gsl_cdf_beta_P(search->share, (double)hits / effect,
                                      (total - (double)hits) / effect + 1) < search->tail;
}

static bool surely_less(const struct search *search, irqp_time latency, uint64_t hits)
{
    double total = (double)search->sight.histogram->total;
    double effect = design_effect(&search->sight, latency) * search->cost;
    return (double)hits < total && gsl_cdf_beta_Q(search->share, (double)hits / effect + 1,
                                                  (total - (double)hits) / effect) < search->tail;
}

/* Upwards: the last bin before the first that is not surely reached by more than the share. */
static bool find_low(const struct search *search, irqp_time *low)
{
    const struct irqp_histogram *histogram = search->sight.histogram;
    uint64_t hits = histogram->total - histogram->underflow;
    bool found = false;
    for (size_t bin = 0; bin < histogram->capacity; bin++) {
        if (histogram->counts[bin] == 0)
            continue;
        irqp_time edge = irqp_histogram_edge(bin);
        if (!surely_more(search, edge, hits))
            return found;
        found = true;
        *low = edge;
        hits -= histogram->counts[bin];
    }
    return found;
}

/* Downwards: the first bin that is not surely reached by less. */
static bool find_high(const struct search *search, irqp_time *high)
{
    const struct irqp_histogram *histogram = search->sight.histogram;
    uint64_t hits = histogram->overflow;
    if (!surely_less(search, IRQP_NEVER, 0) || !surely_less(search, IRQP_NEVER, hits))
        return false;
    for (size_t bin = histogram->capacity; bin-- > 0;) {
        if (histogram->counts[bin] == 0)
            continue;
        hits += histogram->counts[bin];
        *high = irqp_histogram_edge(bin);
        if (!surely_less(search, *high, hits))
            return true;
    }
    return false;
}

/* Whether a kind of batch that decides the quantile, of share 1 - p or p, would be among the batches with 95
 * %. */
static bool enough_batches(const struct irqp_spread *spread, double p)
{
    return pow(p > 0.5 ? p : 1 - p, (double)spread->batches) <= 0.05;
}

static unsigned quantile_bounds(const struct sight *sight, double p, double tail, irqp_time *low,
                                irqp_time *high)
{
    irqp_time from = 0, until = 0;
    unsigned known = 0;
    if (!(p > 0 && p < 1) || sight->histogram->total == 0 || !effect_known(sight->spread))
        return 0;
    irqp_gsl_quiet();
    struct search search = {*sight, cost_of_estimating(sight->spread, tail), 1 - p, tail};
    bool enough = enough_batches(sight->spread, p);
    if ((enough || p > 0.5) && find_low(&search, &from))
        known |= IRQP_BOUND_LOW;
    if ((enough || p < 0.5) && find_high(&search, &until))
        known |= IRQP_BOUND_HIGH;
    if (known & IRQP_BOUND_LOW)
        *low = from;
    if (known & IRQP_BOUND_HIGH)
        *high = until;
    return known;
}

unsigned irqp_run_quantile_bounds(const struct irqp_run *run, size_t latency, double p, double confidence,
                                  irqp_time *low, irqp_time *high)
{
    struct sight sight = sight_of(run, latency);
    return quantile_bounds(&sight, p, (1 - confidence) / 2, low, high);
}

bool irqp_run_quantile_interval(const struct irqp_run *run, size_t latency, double p, irqp_time *low,
                                irqp_time *high)
{
    struct sight sight = sight_of(run, latency);
    irqp_time from, until;
    if (quantile_bounds(&sight, p, TAIL, &from, &until) != (IRQP_BOUND_LOW | IRQP_BOUND_HIGH))
        return false;
    *low = from;
    *high = until;
    return true;
}

uint64_t irqp_batches_needed(double p)
{
    return (uint64_t)ceil(log(0.05) / log(p > 0.5 ? p : 1 - p));
}
