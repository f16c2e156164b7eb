/* Latency histograms: exact counts, integer, mergeable.
 *
 * Bins are 1 ns wide up to 65 536 ns and log-linear above (2^15 bins per octave doubling in width), up to
 * 2^43 ns (2.4 hours). Minimum, maximum and sum are kept in picoseconds. A sample beyond the last bin is
 * counted as overflow and never clipped; a negative sample is counted as underflow.
 */
#ifndef IRQPATH_HISTOGRAM_H
#define IRQPATH_HISTOGRAM_H

#include "irqpath/status.h"
#include "irqpath/time.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct irqp_histogram {
    uint64_t *counts; /* owned; grows by octaves as needed */
    size_t capacity;  /* bins there is room for */
    uint64_t total;   /* all samples, overflow and underflow included */
    uint64_t overflow, underflow;
    irqp_time minimum, maximum; /* exact, of all samples; IRQP_NEVER and -1 when empty */
    __extension__ __int128 sum; /* exact, picoseconds */
};

void irqp_histogram_init(struct irqp_histogram *histogram);
void irqp_histogram_fini(struct irqp_histogram *histogram);
/* Room for samples up to `until`, so that recording below it never allocates. */
enum irqp_status irqp_histogram_reserve(struct irqp_histogram *histogram, irqp_time until);
/* Adds `count` samples of one value. May allocate above what was reserved; IRQP_NO_MEMORY then leaves it
 * unchanged. */
enum irqp_status irqp_histogram_add(struct irqp_histogram *histogram, irqp_time value, uint64_t count);
/* Adds all samples of `from`, exactly as if they had been added one by one. IRQP_NO_MEMORY leaves `into`
 * unchanged. */
enum irqp_status irqp_histogram_merge(struct irqp_histogram *into, const struct irqp_histogram *from);
/* No samples, the room kept. */
void irqp_histogram_clear(struct irqp_histogram *histogram);

/* The bin of a value (0 below zero; one past the last bin for what overflows), the lower edge of a bin, its
 * width, both in picoseconds. */
size_t irqp_histogram_bin(irqp_time value);
irqp_time irqp_histogram_edge(size_t bin);
irqp_time irqp_histogram_width(size_t bin);

/* The rank of the p-quantile among n > 0 samples: ceil(p * n), at least 1 and at most n. A decimal p means
 * that decimal: 0.9 of ten samples is the ninth, although the double 0.9 lies a little above. */
uint64_t irqp_quantile_rank(double p, uint64_t n);
/* The quantile that was asked for: the value of the sample of rank irqp_quantile_rank(p, total), as the lower
 * edge of its bin; the exact maximum for the last rank and the exact minimum for the first. p in [0, 1]; what
 * lies outside counts as the nearer end. The minimum stands for every sample that underflowed. False (and
 * *value unchanged) if the histogram is empty; IRQP_NEVER as value if that sample overflowed and is not the
 * maximum. */
bool irqp_histogram_quantile(const struct irqp_histogram *histogram, double p, irqp_time *value);
/* Samples >= value, overflow included: all of the bin that value lies in counts, unless value is above the
 * maximum. */
uint64_t irqp_histogram_exceeding(const struct irqp_histogram *histogram, irqp_time value);
/* Mean in picoseconds; false when empty. */
bool irqp_histogram_mean(const struct irqp_histogram *histogram, double *mean);
/* Middle of the fullest bin of the given width (> 0, picoseconds; the lowest of equals), bins beginning at
 * zero; samples are taken at the lower edge of their own bin. False if there is no sample inside the bins. */
bool irqp_histogram_mode(const struct irqp_histogram *histogram, irqp_time width, irqp_time *mode);

/* Adds one sample; the inline way for the run, where nearly all samples are short and room is reserved. */
static inline enum irqp_status irqp_histogram_record(struct irqp_histogram *histogram, irqp_time value)
{
    size_t bin = (size_t)((uint64_t)value / IRQP_NS); /* far out of range if negative */
    if (__builtin_expect(bin >= 65536 || bin >= histogram->capacity, 0))
        return irqp_histogram_add(histogram, value, 1);
    histogram->counts[bin]++;
    histogram->total++;
    histogram->sum += value;
    if (value < histogram->minimum)
        histogram->minimum = value;
    if (value > histogram->maximum) /* no negative maximum can hide here: value >= 0 > -1 */
        histogram->maximum = value;
    return IRQP_OK;
}

#endif
