/* How much a measurement may differ from another of the same kind: resampling.
 *
 * One measured histogram is resampled bin by bin (multinomial); of several runs of one system whole runs are
 * drawn with replacement and then resampled, so that what differs from run to run counts (Efron and
 * Tibshirani, An Introduction to the Bootstrap, 1993). Within one run samples are taken to be independent,
 * which latencies are not quite: its intervals are on the narrow side.
 */
#ifndef IRQPATH_BOOTSTRAP_H
#define IRQPATH_BOOTSTRAP_H

#include "irqpath/distance.h"
#include <gsl/gsl_rng.h>

/* Another measurement: so many samples, each drawn from the bins, underflow and overflow of this one. Its
 * minimum and maximum are unknown. *out need not be initialised and is the caller's. IRQP_INPUT: there is
 * nothing to draw from; IRQP_NO_MEMORY. */
enum irqp_status irqp_bins_resample(struct irqp_bins *out, const struct irqp_bins *bins, uint64_t samples,
                                    gsl_rng *rng);

/* All runs of one width and grid in one histogram. *out need not be initialised and is the caller's.
 * IRQP_INPUT: there are none, or they do not fit each other; IRQP_NO_MEMORY. */
enum irqp_status irqp_bins_pool(struct irqp_bins *out, const struct irqp_bins *const runs[], size_t count);

/* An interval of 95 % (percentiles of the replicates), picoseconds. */
struct irqp_interval {
    double low, high;
};

struct irqp_bootstrap {
    unsigned replicates;
    struct irqp_interval wasserstein;
    /* Of the errors, predicted - measured, and the variance of the measured quantile in ps^2; for the p of
     * struct irqp_distance. NAN where a replicate's quantile overflowed. */
    struct irqp_interval errors[IRQP_DISTANCE_QUANTILES];
    double variances[IRQP_DISTANCE_QUANTILES];
};

/* Resamples the measurement `replicates` times, 2 to 100 000, and compares the prediction with each. The same
 * seed gives the same numbers. IRQP_INPUT as irqp_distance and irqp_bins_pool; IRQP_NO_MEMORY. */
enum irqp_status irqp_bootstrap(struct irqp_bootstrap *bootstrap, const struct irqp_bins *predicted,
                                const struct irqp_bins *const runs[], size_t count, unsigned replicates,
                                uint64_t seed);

#endif
