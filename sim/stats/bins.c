#include "irqpath/bins.h"
#include <stdlib.h>
#include <string.h>

void irqp_bins_init(struct irqp_bins *bins, irqp_time width)
{
    *bins = (struct irqp_bins){
        .width = width, .limit = IRQP_UNKNOWN, .minimum = IRQP_UNKNOWN, .maximum = IRQP_UNKNOWN};
}

void irqp_bins_fini(struct irqp_bins *bins)
{
    free(bins->bins);
    irqp_bins_init(bins, bins->width);
}

/* The index of the first bin whose lower edge is not below `lower`. */
static size_t position(const struct irqp_bins *bins, irqp_time lower)
{
    if (bins->count == 0 || bins->bins[bins->count - 1].lower < lower)
        return bins->count;
    size_t first = 0, end = bins->count - 1;
    while (first < end) {
        size_t middle = first + (end - first) / 2;
        if (bins->bins[middle].lower < lower)
            first = middle + 1;
        else
            end = middle;
    }
    return first;
}

static enum irqp_status grow(struct irqp_bins *bins)
{
    if (bins->count < bins->capacity)
        return IRQP_OK;
    size_t capacity = bins->capacity ? 2 * bins->capacity : 64;
    struct irqp_bin *larger = realloc(bins->bins, capacity * sizeof *larger);
    if (larger == NULL)
        return IRQP_NO_MEMORY;
    bins->bins = larger;
    bins->capacity = capacity;
    return IRQP_OK;
}

/* Whether two edges lie on one grid. Remainders are compared because their difference cannot overflow. */
static int on_grid(irqp_time a, irqp_time b, irqp_time width)
{
    return (a % width - b % width) % width == 0;
}

enum irqp_status irqp_bins_add(struct irqp_bins *bins, irqp_time lower, uint64_t count)
{
    if (count == 0)
        return IRQP_OK;
    if (bins->width <= 0 || lower > INT64_MAX - bins->width ||
        (bins->count > 0 && !on_grid(lower, bins->bins[0].lower, bins->width)) ||
        count > UINT64_MAX - bins->inside)
        return IRQP_INPUT;
    size_t at = position(bins, lower);
    if (at < bins->count && bins->bins[at].lower == lower) {
        bins->bins[at].count += count;
        bins->inside += count;
        return IRQP_OK;
    }
    enum irqp_status status = grow(bins);
    if (status != IRQP_OK)
        return status;
    memmove(bins->bins + at + 1, bins->bins + at, (bins->count - at) * sizeof *bins->bins);
    bins->bins[at] = (struct irqp_bin){lower, count};
    bins->count++;
    bins->inside += count;
    return IRQP_OK;
}

enum irqp_status irqp_bins_copy(struct irqp_bins *copy, const struct irqp_bins *bins)
{
    irqp_bins_init(copy, bins->width);
    struct irqp_bin *items = NULL;
    if (bins->count > 0) {
        items = malloc(bins->count * sizeof *items);
        if (items == NULL)
            return IRQP_NO_MEMORY;
        memcpy(items, bins->bins, bins->count * sizeof *items);
    }
    *copy = *bins;
    copy->bins = items;
    copy->capacity = bins->count;
    return IRQP_OK;
}

uint64_t irqp_bins_total(const struct irqp_bins *bins)
{
    uint64_t total = bins->inside;
    if (__builtin_add_overflow(total, bins->overflow, &total) ||
        __builtin_add_overflow(total, bins->underflow, &total))
        return UINT64_MAX;
    return total;
}

irqp_time irqp_bins_limit(const struct irqp_bins *bins)
{
    if (bins->limit != IRQP_UNKNOWN)
        return bins->limit;
    return bins->count > 0 ? bins->bins[bins->count - 1].lower + bins->width : IRQP_UNKNOWN;
}

uint64_t irqp_bins_exceeding(const struct irqp_bins *bins, irqp_time value)
{
    uint64_t count = bins->overflow;
    for (size_t i = bins->count; i-- > 0 && bins->bins[i].lower >= value;)
        count += bins->bins[i].count;
    return count;
}

double irqp_bins_mean(const struct irqp_bins *bins)
{
    double sum = 0;
    for (size_t i = 0; i < bins->count; i++)
        sum += (double)bins->bins[i].lower * (double)bins->bins[i].count;
    return bins->inside > 0 ? sum / (double)bins->inside : 0;
}
