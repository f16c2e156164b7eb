/* How far a predicted latency distribution is from a measured one.
 *
 * Both are compared on the bins of the measurement, F being the share of samples up to and including a bin
 * and G = 1 - F. Where the measurement overflowed, everything from its limit on is one last bin, in both.
 */
#ifndef IRQPATH_DISTANCE_H
#define IRQPATH_DISTANCE_H

#include "irqpath/bins.h"
#include "irqpath/histogram.h"
#include <stdbool.h>

/* Below this many measured samples beyond a point, the measurement says too little about the point. */
enum { IRQP_EXCEEDANCES_MINIMUM = 100 };

enum { IRQP_DISTANCE_QUANTILES = 6 };

struct irqp_quantile_error {
    double p;                      /* 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999 */
    bool known;                    /* N (1 - p) >= 100 in the measurement and neither value overflowed */
    irqp_time measured, predicted; /* lower edges of the bins; IRQP_NEVER if overflowed */
    irqp_time low, high;           /* 95 % interval of the measured one, by order statistics */
    irqp_time error;               /* predicted - measured; 0 unless known */
};

struct irqp_distance {
    uint64_t measured, predicted; /* samples */
    irqp_time width;              /* of the common bins */
    double wasserstein;           /* W1: the integral of |F_S - F_M|, in picoseconds */
    bool at_least;                /* something overflowed: the true W1 may be larger */
    double largest;               /* D = max |F_S - F_M|, in [0, 1] */
    double overlap;               /* sum of min(p_k, q_k), in [0, 1] */
    double measured_bins; /* interquartile range of the measurement in bins: below 4, D and overlap are no
                             criteria */
    double tail_factor;   /* max(G_S / G_M, G_M / G_S) over bins with enough measured exceedances: at least 1;
                             infinite if the prediction never gets there */
    irqp_time tail_at;    /* where that is: the bin's end; IRQP_UNKNOWN if there is no such bin */
    struct irqp_quantile_error quantiles[IRQP_DISTANCE_QUANTILES];
};

/* The histogram in the bins of `like`, whose grid, width and, if it overflowed, limit it takes. *bins need
 * not be initialised and is the caller's afterwards. A bin of the histogram goes where its lower edge lies
 * (above 65 us its bins may be wider than 1 ns); samples below zero become underflow. IRQP_NO_MEMORY. */
enum irqp_status irqp_rebin(struct irqp_bins *bins, const struct irqp_histogram *histogram,
                            const struct irqp_bins *like);

/* Compares. Both must have samples, one width and one grid (as irqp_rebin makes them): IRQP_INPUT otherwise.
 */
enum irqp_status irqp_distance(struct irqp_distance *distance, const struct irqp_bins *predicted,
                               const struct irqp_bins *measured);

/* The quantile of bins, by the rank rule of irqp_histogram_quantile: the lower edge of the bin; IRQP_NEVER if
 * the sample overflowed, IRQP_UNKNOWN if it underflowed. False if there are no samples. */
bool irqp_bins_quantile(const struct irqp_bins *bins, double p, irqp_time *value);

/* The exact (Clopper and Pearson 1934) interval of a probability of which `hits` of `trials` were seen.
 * confidence in (0, 1), e.g. 0.95. False, and [0, 1], if trials is 0 or less than hits, or confidence is out
 * of range. */
bool irqp_clopper_pearson(uint64_t hits, uint64_t trials, double confidence, double *low, double *high);
/* The same for counts that need not be whole: those of as many independent trials as dependent ones are
 * worth. */
bool irqp_clopper_pearson_effective(double hits, double trials, double confidence, double *low, double *high);

/* P(the maximum of n samples <= x), samples being like those of the histogram: F(x)^n. Maxima of different n
 * must not be compared directly; compare this with 0.025 and 0.975. False if the histogram is empty. */
bool irqp_maximum_probability(const struct irqp_histogram *histogram, irqp_time x, uint64_t n,
                              double *probability);

/* The other way round: the latency (lower edge of its bin) that the maximum of n samples stays below with
 * this probability, in (0, 1): the least x with F(x)^n >= probability; the histogram's own maximum where its
 * samples are too few to tell. False if the histogram is empty. */
bool irqp_maximum_quantile(const struct irqp_histogram *histogram, uint64_t n, double probability,
                           irqp_time *x);

#endif
