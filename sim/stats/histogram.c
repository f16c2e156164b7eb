#include "irqpath/histogram.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Bins by nanoseconds n: [0, 2^16) one each; the octave [2^k, 2^(k+1)) for k = 16 .. 42 has 2^15 of width
 * 2^(k-15). */
enum { LINEAR_BITS = 16, OCTAVE_BITS = 15, TOP_BITS = 43 };
#define LINEAR_BINS ((size_t)1 << LINEAR_BITS)
#define OCTAVE_BINS ((size_t)1 << OCTAVE_BITS)
#define ALL_BINS    (LINEAR_BINS + (TOP_BITS - LINEAR_BITS) * OCTAVE_BINS)
#define END         ((INT64_C(1) << TOP_BITS) * IRQP_NS) /* where overflow begins */

void irqp_histogram_init(struct irqp_histogram *histogram)
{
    *histogram = (struct irqp_histogram){.minimum = IRQP_NEVER, .maximum = -1};
}

void irqp_histogram_fini(struct irqp_histogram *histogram)
{
    free(histogram->counts);
    irqp_histogram_init(histogram);
}

void irqp_histogram_clear(struct irqp_histogram *histogram)
{
    uint64_t *counts = histogram->counts;
    size_t capacity = histogram->capacity;
    irqp_histogram_init(histogram);
    if (capacity > 0)
        memset(counts, 0, capacity * sizeof *counts);
    histogram->counts = counts;
    histogram->capacity = capacity;
}

/* Above the linear part: the leading bit gives the octave, the OCTAVE_BITS bits below it the bin. */
static size_t octave_bin(uint64_t ns)
{
    unsigned octave = 63U - (unsigned)__builtin_clzll(ns) - OCTAVE_BITS;
    return octave * OCTAVE_BINS + (size_t)(ns >> octave);
}

size_t irqp_histogram_bin(irqp_time value)
{
    if (value < 0)
        return 0;
    if (value >= END)
        return ALL_BINS;
    uint64_t ns = (uint64_t)value / IRQP_NS;
    return ns < LINEAR_BINS ? (size_t)ns : octave_bin(ns);
}

irqp_time irqp_histogram_edge(size_t bin)
{
    if (bin >= ALL_BINS)
        return END;
    if (bin < LINEAR_BINS)
        return (irqp_time)bin * IRQP_NS;
    unsigned octave = (unsigned)((bin >> OCTAVE_BITS) - 1);
    return (irqp_time)((bin - octave * OCTAVE_BINS) << octave) * IRQP_NS;
}

irqp_time irqp_histogram_width(size_t bin)
{
    if (bin >= ALL_BINS)
        return IRQP_NEVER - END;
    return bin < LINEAR_BINS ? IRQP_NS : IRQP_NS << ((bin >> OCTAVE_BITS) - 1);
}

/* Room for this many bins, rounded up to a whole number of octaves. */
static enum irqp_status grow(struct irqp_histogram *histogram, size_t bins)
{
    if (bins <= histogram->capacity)
        return IRQP_OK;
    size_t capacity = (bins + OCTAVE_BINS - 1) / OCTAVE_BINS * OCTAVE_BINS;
    uint64_t *counts = realloc(histogram->counts, capacity * sizeof *counts);
    if (counts == NULL)
        return IRQP_NO_MEMORY;
    memset(counts + histogram->capacity, 0, (capacity - histogram->capacity) * sizeof *counts);
    histogram->counts = counts;
    histogram->capacity = capacity;
    return IRQP_OK;
}

enum irqp_status irqp_histogram_reserve(struct irqp_histogram *histogram, irqp_time until)
{
    size_t bin = irqp_histogram_bin(until);
    return grow(histogram, bin < ALL_BINS ? bin + 1 : ALL_BINS);
}

enum irqp_status irqp_histogram_add(struct irqp_histogram *histogram, irqp_time value, uint64_t count)
{
    if (count == 0)
        return IRQP_OK;
    if (value < 0) {
        histogram->underflow += count;
    } else if (value >= END) {
        histogram->overflow += count;
    } else {
        size_t bin = irqp_histogram_bin(value);
        enum irqp_status status = grow(histogram, bin + 1);
        if (status != IRQP_OK)
            return status;
        histogram->counts[bin] += count;
    }
    histogram->total += count;
    __extension__ typedef __int128 wide;
    histogram->sum += (wide)value * (wide)count;
    if (value < histogram->minimum)
        histogram->minimum = value;
    if (histogram->total == count || value > histogram->maximum)
        histogram->maximum = value;
    return IRQP_OK;
}

/* One more than the last bin that holds a sample. */
static size_t used(const struct irqp_histogram *histogram)
{
    size_t bins = histogram->capacity;
    while (bins > 0 && histogram->counts[bins - 1] == 0)
        bins--;
    return bins;
}

enum irqp_status irqp_histogram_merge(struct irqp_histogram *into, const struct irqp_histogram *from)
{
    if (from->total == 0)
        return IRQP_OK;
    size_t bins = used(from);
    enum irqp_status status = grow(into, bins);
    if (status != IRQP_OK)
        return status;
    for (size_t i = 0; i < bins; i++)
        into->counts[i] += from->counts[i];
    if (from->minimum < into->minimum)
        into->minimum = from->minimum;
    if (into->total == 0 || from->maximum > into->maximum)
        into->maximum = from->maximum;
    into->total += from->total;
    into->overflow += from->overflow;
    into->underflow += from->underflow;
    into->sum += from->sum;
    return IRQP_OK;
}

/* ceil(p * n) without the rounding of the product: p is m / 2^k with an integer m of 53 bits, and m * n fits
 * 128. A decimal p such as 0.9 is a double a little off; a product above a whole number by no more than one
 * unit in the last place of p makes, and by less than 1/8, is therefore taken for that number. */
uint64_t irqp_quantile_rank(double p, uint64_t n)
{
    __extension__ typedef unsigned __int128 wide;
    if (!(p > 0))
        return 1;
    if (p >= 1)
        return n;
    int exponent;
    uint64_t mantissa = (uint64_t)ldexp(frexp(p, &exponent), 53);
    int shift = 53 - exponent; /* p = mantissa / 2^shift, shift >= 53 */
    if (shift > 116)           /* p * n < 2^-52 */
        return 1;
    wide product = (wide)mantissa * n;
    wide whole = product >> shift, rest = product - (whole << shift);
    uint64_t rank = (uint64_t)whole + (rest > n || rest >> (shift - 3) > 0);
    return rank < 1 ? 1 : rank > n ? n : rank;
}

bool irqp_histogram_quantile(const struct irqp_histogram *histogram, double p, irqp_time *value)
{
    if (histogram->total == 0)
        return false;
    uint64_t rank = irqp_quantile_rank(p, histogram->total);
    if (rank == histogram->total)
        *value = histogram->maximum;
    else if (rank == 1 || rank <= histogram->underflow)
        *value = histogram->minimum;
    else {
        uint64_t seen = histogram->underflow;
        size_t bin = 0;
        while (bin < histogram->capacity && (seen += histogram->counts[bin]) < rank)
            bin++;
        *value = bin < histogram->capacity ? irqp_histogram_edge(bin) : IRQP_NEVER;
    }
    return true;
}

uint64_t irqp_histogram_exceeding(const struct irqp_histogram *histogram, irqp_time value)
{
    if (histogram->total == 0 || value > histogram->maximum)
        return 0;
    if (value <= histogram->minimum)
        return histogram->total;
    uint64_t exceeding = histogram->overflow;
    for (size_t bin = irqp_histogram_bin(value); bin < histogram->capacity; bin++)
        exceeding += histogram->counts[bin];
    return exceeding;
}

bool irqp_histogram_mean(const struct irqp_histogram *histogram, double *mean)
{
    if (histogram->total == 0)
        return false;
    *mean = (double)((long double)histogram->sum / (long double)histogram->total);
    return true;
}

bool irqp_histogram_mode(const struct irqp_histogram *histogram, irqp_time width, irqp_time *mode)
{
    if (width <= 0 || histogram->total == histogram->overflow + histogram->underflow)
        return false;
    uint64_t fullest = 0, count = 0;
    irqp_time best = 0, current = 0; /* in widths */
    for (size_t bin = 0; bin < histogram->capacity; bin++) {
        if (histogram->counts[bin] == 0)
            continue;
        irqp_time place = irqp_histogram_edge(bin) / width;
        if (place != current)
            count = 0;
        current = place;
        count += histogram->counts[bin];
        if (count > fullest) {
            fullest = count;
            best = place;
        }
    }
    *mode = best * width + width / 2;
    return true;
}
