/* How much batches differ in ratios of sums: the share of a cause in all latencies, events per second.
 *
 * Only sums over batches of squares and products are kept, in integers, so that neither order nor grouping
 * shows. */
#include "irqpath/random.h"
#include "irqpath/study.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

enum { ENOUGH_BATCHES = 10 }; /* below, an estimate of a variance says little */

static void add(struct irqp_ratio_spread *spread, uint64_t numerator, uint64_t denominator)
{
    spread->numerator += (irqp_spread_square)numerator * numerator;
    spread->product += (irqp_spread_square)numerator * denominator;
    spread->sum += numerator;
}

void irqp_ratios_add(struct irqp_ratios *ratios, const struct irqp_result *batch)
{
    uint64_t latency = (uint64_t)batch->thread.sum, simulated = (uint64_t)batch->simulated;
    ratios->batches++;
    ratios->latency += (irqp_spread_square)latency * latency;
    ratios->simulated += (irqp_spread_square)simulated * simulated;
    for (size_t i = 0; i < IRQP_CAUSES_MAX; i++)
        add(&ratios->causes[i], (uint64_t)batch->cause_time[i], latency);
    for (size_t i = 0; i < IRQP_COUNTERS_MAX; i++)
        add(&ratios->counters[i], batch->counters[i], simulated);
    for (size_t i = 0; i < IRQP_MODES; i++)
        add(&ratios->modes[i], (uint64_t)batch->mode_time[i], simulated);
}

static void merge(struct irqp_ratio_spread *into, const struct irqp_ratio_spread *from, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        into[i].numerator += from[i].numerator;
        into[i].product += from[i].product;
        into[i].sum += from[i].sum;
    }
}

void irqp_ratios_merge(struct irqp_ratios *into, const struct irqp_ratios *from)
{
    into->batches += from->batches;
    into->latency += from->latency;
    into->simulated += from->simulated;
    merge(into->causes, from->causes, IRQP_CAUSES_MAX);
    merge(into->counters, from->counters, IRQP_COUNTERS_MAX);
    merge(into->modes, from->modes, IRQP_MODES);
}

/* With n batches of numerator y and denominator x, r = sum(y) / sum(x): variance of r is
 * n / (n - 1) * sum((y - r x)^2) / sum(x)^2. */
bool irqp_run_ratio_interval(const struct irqp_run *run, const struct irqp_ratio_spread *spread,
                             irqp_spread_square squares, double numerator, double denominator,
                             double confidence, double *low, double *high)
{
    double n = (double)run->ratios.batches;
    if (run->ratios.batches < ENOUGH_BATCHES || !(denominator > 0))
        return false;
    irqp_gsl_quiet();
    double ratio = numerator / denominator;
    double residual =
        (double)spread->numerator - 2 * ratio * (double)spread->product + ratio * ratio * (double)squares;
    double deviation = sqrt(fmax(0, residual) * n / (n - 1)) / denominator;
    double half_width = gsl_cdf_tdist_Pinv((1 + confidence) / 2, n - 1) * deviation;
    *low = ratio - half_width;
    *high = ratio + half_width;
    return true;
}
