/* How much batches differ in how often a level is reached: what an interval over batches needs.
 *
 * The samples of a batch are not independent: two clocks that beat have one phase per batch, and a load that
 * goes on for seconds is met at one place. How many samples of a batch reach a level therefore varies more
 * from batch to batch than a binomial count does, by a factor that the batches themselves tell. Only sums
 * over batches are kept, in integers, so that neither order nor grouping shows. */
#include "irqpath/distance.h"
#include "irqpath/study.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

enum {
    LEVELS_PER_OCTAVE = 16, /* equal steps, as the bins of a histogram: each level is the edge of a bin */
    FIRST_STEP_NS = 4,      /* the first octave begins at sixteen of these */
    ENOUGH_BATCHES = 10,    /* below, an estimate of a variance says little */
};

irqp_time irqp_spread_level(size_t level)
{
    size_t octave = level / LEVELS_PER_OCTAVE, step = LEVELS_PER_OCTAVE + level % LEVELS_PER_OCTAVE;
    return ((irqp_time)(step * FIRST_STEP_NS) << octave) * IRQP_NS;
}

void irqp_spread_add(struct irqp_spread *spread, const struct irqp_histogram *batch)
{
    uint64_t reached = batch->overflow;
    size_t bin = irqp_histogram_bin(batch->maximum) + 1; /* one past the last that may hold a sample */
    bin = bin < batch->capacity ? bin : batch->capacity;
    for (size_t level = IRQP_SPREAD_LEVELS; level-- > 0;) {
        for (size_t first = irqp_histogram_bin(irqp_spread_level(level)); bin > first; bin--)
            reached += batch->counts[bin - 1];
        spread->reached[level] += reached;
        spread->squares[level] += (irqp_spread_square)reached * reached;
    }
    spread->batches++;
}

void irqp_spread_merge(struct irqp_spread *into, const struct irqp_spread *from)
{
    for (size_t level = 0; level < IRQP_SPREAD_LEVELS; level++) {
        into->reached[level] += from->reached[level];
        into->squares[level] += from->squares[level];
    }
    into->batches += from->batches;
}

/* With n batches of b samples, s samples that reach the level and q the sum of squares over batches: variance
 * (q - s^2/n) / (n - 1) over the binomial b p (1 - p), p = s/(n b). The difference is taken in integers,
 * which do not cancel. */
static double effect_at(const struct irqp_run *run, size_t level)
{
    const struct irqp_spread *spread = &run->spread;
    irqp_spread_square n = spread->batches, s = spread->reached[level], q = spread->squares[level];
    irqp_spread_square all = n * run->batch;
    if (s >= all || n * q <= s * s)
        return 1;
    return fmax(1, (double)(n * q - s * s) / (double)s * (double)all / (double)(all - s) / (double)(n - 1));
}

/* Between two levels the logarithm is interpolated: where a distribution falls steeply the effect does too,
 * from a large part of a batch to one. Beyond the levels that were reached it is that of the nearest. */
double irqp_run_design_effect(const struct irqp_run *run, irqp_time latency)
{
    const struct irqp_spread *spread = &run->spread;
    size_t above = 0;
    while (above < IRQP_SPREAD_LEVELS && spread->reached[above] > 0 && irqp_spread_level(above) < latency)
        above++;
    if (spread->batches < ENOUGH_BATCHES || spread->reached[0] == 0)
        return NAN;
    if (above == 0)
        return effect_at(run, 0);
    double below = effect_at(run, above - 1);
    if (above == IRQP_SPREAD_LEVELS || spread->reached[above] == 0)
        return below;
    irqp_time from = irqp_spread_level(above - 1), until = irqp_spread_level(above);
    return below * pow(effect_at(run, above) / below, (double)(latency - from) / (double)(until - from));
}

bool irqp_run_exceedance_interval(const struct irqp_run *run, irqp_time latency, uint64_t hits, double *low,
                                  double *high)
{
    double effect = irqp_run_design_effect(run, latency), total = (double)run->result.thread.total;
    bool known = !isnan(effect);
    if (known) {
        double student = gsl_cdf_tdist_Pinv(0.975, (double)(run->spread.batches - 1));
        double normal = gsl_cdf_ugaussian_Pinv(0.975);
        effect *= student * student / (normal * normal);
    } else {
        effect = 1;
    }
    irqp_clopper_pearson_effective((double)hits / effect, total / effect, 0.95, low, high);
    return known;
}
