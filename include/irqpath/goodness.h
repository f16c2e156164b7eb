/* Formal tests of whether two histograms can be of one distribution. To be reported, never to decide: with a
 * million samples a shift of a tenth of a microsecond is rejected by all of them. Samples are taken to be
 * independent, which simulated ones within a batch are not.
 */
#ifndef IRQPATH_GOODNESS_H
#define IRQPATH_GOODNESS_H

#include "irqpath/bins.h"

struct irqp_goodness {
    /* sum of (sqrt(N/S) s - sqrt(S/N) m)^2 / (s + m) over bins pooled to s + m >= 25 (Porter, Testing
     * consistency of two histograms, arXiv 0804.0380): degrees is how many there are, less one */
    double chi_square, chi_square_p;
    unsigned degrees;
    double ks, ks_p;   /* max |F_S - F_M| (Kolmogorov and Smirnov) */
    double cvm, cvm_p; /* Cramer and von Mises, of two samples (Anderson, Annals of Mathematical Statistics
                          33, 1962) */
};

/* p of KS and CvM are by Monte Carlo, since both are on bins (Arnold and Emerson, The R Journal 3/2, 2011):
 * `replicates` (1 to 100 000) pairs of samples of both sizes are drawn from the pooled histogram, and
 * p = (1 + as extreme ones) / (1 + replicates). The same seed gives the same numbers. IRQP_INPUT: a side is
 * empty, or they have not one width and grid; IRQP_NO_MEMORY. */
enum irqp_status irqp_goodness(struct irqp_goodness *goodness, const struct irqp_bins *predicted,
                               const struct irqp_bins *measured, unsigned replicates, uint64_t seed);

#endif
