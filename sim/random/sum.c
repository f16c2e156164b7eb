/* Sums of draws: see irqpath/sum.h. */
#include "irqpath/sum.h"
#include "irqpath/random.h"
#include "sim/random/guide.h"
#include <gsl/gsl_fft_complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    GRID = 1 << 16,   /* nodes of the transforms; the sum fits without coming round */
    POINTS = 1 << 16, /* at which a part's table is read */
    STEPS_MAX = 4096, /* of a sum, each of as many nodes as it takes */
    GUIDE_BITS = 10   /* cells of equal probability, in which the search for a step begins */
};

struct irqp_sum {
    unsigned shift;    /* a step is 2^shift ps */
    irqp_time least;   /* where the first begins */
    size_t count;      /* steps kept: those that can be drawn */
    uint64_t *begin;   /* of each step, in u; ascending from 0 */
    irqp_time maximum; /* sum of the parts' */
    uint32_t guide[(1 << GUIDE_BITS) + 1];
};

/* u of the reading point number i. */
static uint64_t point(uint64_t cap, size_t i)
{
    return cap / POINTS * i + cap / POINTS / 2;
}

/* Puts a part on the grid, each reading split between two nodes so that its mean is kept. */
static void put(double *complex_grid, const struct irqp_table *table, uint64_t cap, unsigned shift)
{
    const double step = ldexp(1, (int)shift), weight = 1.0 / POINTS;
    for (size_t i = 0; i < GRID; i++)
        complex_grid[2 * i] = complex_grid[2 * i + 1] = 0;
    for (size_t i = 0; i < POINTS; i++) {
        uint64_t value = (uint64_t)irqp_table_draw(table, point(cap, i));
        size_t node = value >> shift;
        double up = (double)(value - ((uint64_t)node << shift)) / step;
        complex_grid[2 * node] += weight * (1 - up);
        complex_grid[2 * (node + 1)] += weight * up;
    }
}

static void multiply(double *into, const double *by)
{
    for (size_t i = 0; i < GRID; i++) {
        double a = into[2 * i], b = into[2 * i + 1], c = by[2 * i], d = by[2 * i + 1];
        into[2 * i] = a * c - b * d;
        into[2 * i + 1] = a * d + b * c;
    }
}

/* The transform of one sum, in `all`. */
static void transform(double *all, double *part, const struct irqp_table *const *tables, size_t count,
                      uint64_t cap, unsigned shift)
{
    for (size_t i = 0; i < GRID; i++) {
        all[2 * i] = 1;
        all[2 * i + 1] = 0;
    }
    for (size_t i = 0; i < count; i++) {
        put(part, tables[i], cap, shift);
        gsl_fft_complex_radix2_forward(part, 1, GRID);
        multiply(all, part);
    }
}

/* Where each step begins in u, of those nodes that are likely enough to be drawn at all. What the transforms'
 * rounding leaves (about 10^-16) is no probability. */
static bool keep(struct irqp_sum *sum, const double *probability, unsigned shift)
{
    const double noise = 1e-15;
    size_t first = 0, end = GRID;
    unsigned log2 = 0; /* of the nodes in a step */
    while (first < end && probability[2 * first] < noise)
        first++;
    while (end > first && probability[2 * (end - 1)] < noise)
        end--;
    while ((end - first) >> log2 >= STEPS_MAX)
        log2++;
    sum->shift = shift + log2;
    sum->least = ((irqp_time)first << shift) - ((irqp_time)1 << shift) / 2;
    sum->count = (end - first + ((size_t)1 << log2) - 1) >> log2;
    sum->begin = calloc(sum->count + 1, sizeof *sum->begin);
    if (!sum->begin || !sum->count)
        return false;
    double total = 0, before = 0;
    for (size_t node = first; node < end; node++)
        total += fmax(probability[2 * node], 0);
    for (size_t node = first, step = 0; step < sum->count; step++) {
        sum->begin[step] = (uint64_t)ldexp(fmin(before / total, 1 - 0x1p-53), 64);
        for (size_t next = first + ((step + 1) << log2); node < next && node < end; node++)
            before += fmax(probability[2 * node], 0);
    }
    guide_make(sum->guide, GUIDE_BITS, sum->begin, sum->count);
    return true;
}

/* The sum whose transform this is, which is used up. */
static struct irqp_sum *new_sum(double *transformed, unsigned shift, irqp_time maximum)
{
    struct irqp_sum *sum = calloc(1, sizeof *sum);
    if (!sum)
        return NULL;
    sum->maximum = maximum;
    gsl_fft_complex_radix2_inverse(transformed, 1, GRID);
    if (keep(sum, transformed, shift))
        return sum;
    irqp_sum_free(sum);
    return NULL;
}

enum irqp_status irqp_sums_new(struct irqp_sum **sums, unsigned log2, const struct irqp_table *const *tables,
                               size_t count, uint64_t cap)
{
    irqp_time longest = 0;
    unsigned shift = 0;
    irqp_gsl_quiet();
    for (size_t i = 0; i < count; i++)
        longest += irqp_table_draw(tables[i], cap - 1);
    /* Every part may end one node further, and the last needs one behind it. */
    while (((uint64_t)longest << log2 >> shift) + (count << log2) + 1 >= GRID)
        shift++;
    double *all = malloc(2 * GRID * sizeof *all), *part = malloc(2 * GRID * sizeof *part);
    bool made = all && part;
    if (made)
        transform(all, part, tables, count, cap, shift);
    for (unsigned i = 0; i <= log2; i++) {
        if (made)
            memcpy(part, all, 2 * GRID * sizeof *part);
        sums[i] = made ? new_sum(part, shift, longest << i) : NULL;
        made = made && sums[i];
        if (made)
            multiply(all, all);
    }
    free(all);
    free(part);
    return made ? IRQP_OK : IRQP_NO_MEMORY;
}

void irqp_sum_free(struct irqp_sum *sum)
{
    if (sum)
        free(sum->begin);
    free(sum);
}

irqp_time irqp_sum_maximum(const struct irqp_sum *sum)
{
    return sum->maximum;
}

irqp_time irqp_sum_step(const struct irqp_sum *sum)
{
    return (irqp_time)1 << sum->shift;
}

uint64_t irqp_sum_hash(const struct irqp_sum *sum, uint64_t hash)
{
    hash = irqp_mix64(hash ^ (uint64_t)sum->maximum) + sum->shift;
    hash = irqp_mix64(hash) + (uint64_t)sum->least;
    for (size_t i = 0; i < sum->count; i++)
        hash = irqp_mix64(hash ^ sum->begin[i]) + 1;
    return hash;
}

irqp_time irqp_sum_draw(const struct irqp_sum *sum, uint64_t u, uint64_t between)
{
    size_t at = guide_find(sum->guide, GUIDE_BITS, sum->begin, u);
    irqp_time offset = (irqp_time)(between & (uint64_t)(irqp_sum_step(sum) - 1));
    irqp_time value = sum->least + ((irqp_time)at << sum->shift) + offset;
    return value < 0 ? 0 : value > sum->maximum ? sum->maximum : value;
}

double irqp_sum_part_mean(const struct irqp_table *table, uint64_t cap)
{
    double mean = 0;
    for (size_t i = 0; i < POINTS; i++)
        mean += (double)irqp_table_draw(table, point(cap, i)) / POINTS;
    return mean;
}
