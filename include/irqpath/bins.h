/* Measured distributions as other tools write them down: counts in bins of one width.
 *
 * A reader (sim/measured) makes one, sim/stats compares one with a prediction. All times are picoseconds. Bin
 * k holds the samples in [lower, lower + width): a tool that truncates to whole microseconds has width 1 us
 * and lower = k us. All lower edges lie on one grid: they differ by multiples of width. The grid need not
 * pass through zero (bins of k + 0.5 us are [k, k+1) us written by their middle; the reader stores the edge).
 */
#ifndef IRQPATH_BINS_H
#define IRQPATH_BINS_H

#include "irqpath/status.h"
#include "irqpath/time.h"
#include <stddef.h>
#include <stdint.h>

/* A minimum, maximum or limit that the file does not tell. */
#define IRQP_UNKNOWN INT64_MIN

struct irqp_bin {
    irqp_time lower; /* the bin is [lower, lower + width) */
    uint64_t count;
};

struct irqp_bins {
    irqp_time width;        /* of every bin, > 0 */
    struct irqp_bin *bins;  /* owned; ascending, no edge twice, empty bins need not be there */
    size_t count, capacity; /* bins in use, bins there is room for */
    uint64_t inside;        /* the sum of their counts, kept by irqp_bins_add */
    uint64_t overflow;      /* samples at or above limit, in no bin; 0 if the tool has none */
    uint64_t underflow;     /* samples below every bin, in no bin; of measured data nearly always 0 */
    irqp_time limit;        /* where overflow begins: the end of the tool's last bin; IRQP_UNKNOWN if not told
                               (then the end of the last bin that is there stands for it) */
    irqp_time minimum,
        maximum; /* of all samples, overflow included, as the tool reports them; or IRQP_UNKNOWN */
};

/* Empty bins of this width (> 0; to any other nothing can be added), everything unknown. */
void irqp_bins_init(struct irqp_bins *bins, irqp_time width);
void irqp_bins_fini(struct irqp_bins *bins);

/* Adds count samples to the bin that begins at lower; in any order, fastest in ascending order. A count of 0
 * adds nothing. IRQP_INPUT if lower is not on the grid of the bins already there, or if the sum of the counts
 * would exceed UINT64_MAX; IRQP_NO_MEMORY. The bins are unchanged then. */
enum irqp_status irqp_bins_add(struct irqp_bins *bins, irqp_time lower, uint64_t count);

/* An owned deep copy; *copy need not be initialised. IRQP_NO_MEMORY leaves it empty. */
enum irqp_status irqp_bins_copy(struct irqp_bins *copy, const struct irqp_bins *bins);

/* All samples: those in bins, overflow and underflow; UINT64_MAX if there are more than that. */
uint64_t irqp_bins_total(const struct irqp_bins *bins);

/* Samples in bins that begin at a value or above, and those that overflowed. */
uint64_t irqp_bins_exceeding(const struct irqp_bins *bins, irqp_time value);

/* Mean of the lower edges of the samples in bins, in picoseconds, which lies up to a width below theirs; 0 if
 * there are none. */
double irqp_bins_mean(const struct irqp_bins *bins);

/* Where overflow begins: limit, or the end of the last bin if limit is unknown; IRQP_UNKNOWN if there is
 * neither. */
irqp_time irqp_bins_limit(const struct irqp_bins *bins);

#endif
