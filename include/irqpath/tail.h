/* The law of a tail: a generalised Pareto distribution above a threshold u (Coles, An Introduction to
 * Statistical Modeling of Extreme Values, 2001, chapter 4), with the survival function
 * (1 + shape y / scale)^(-1 / shape) of the excess y = x - u; exponential for shape 0, with a longest latency
 * u - scale / shape for a negative one. Descriptive: a mixture of causes, or dependence between samples,
 * breaks it, and then the shape wanders with the threshold (irqp_tail_shares).
 *
 * Latencies are known to the bin, so that the likelihood is that of bins: sum of n ln(G(lower) - G(upper)),
 * and ln G(limit) for what overflowed.
 */
#ifndef IRQPATH_TAIL_H
#define IRQPATH_TAIL_H

#include "irqpath/bins.h"
#include "irqpath/bootstrap.h"
#include <stdbool.h>

/* Thresholds by the share of samples at or above them, for the stability of the shape. */
enum { IRQP_TAIL_SHARES = 7 };
extern const double irqp_tail_shares[IRQP_TAIL_SHARES]; /* 1e-2, 5e-3, 2e-3, 1e-3, 5e-4, 2e-4, 1e-4 */

struct irqp_tail {
    irqp_time threshold;                 /* u: the lower edge of a bin */
    uint64_t exceedances, samples;       /* at or above u; all */
    double shape, scale;                 /* of greatest likelihood; scale in picoseconds */
    struct irqp_interval shape_interval; /* 95 %, by the profile likelihood; an end may be infinite */
};

/* Fits above the lowest bin that no more than `share` of the samples reach. False if fewer than 50 samples,
 * or fewer than 4 bins with samples, are left: nothing is known then. */
bool irqp_tail_fit(struct irqp_tail *tail, const struct irqp_bins *bins, double share);

/* The latency that is reached with probability p (below the share of the threshold), in picoseconds, and its
 * 95 % interval by the profile likelihood (an end may be infinite). */
double irqp_tail_latency(const struct irqp_tail *tail, const struct irqp_bins *bins, double p,
                         struct irqp_interval *interval);

#endif
