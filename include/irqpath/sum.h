/* The distribution of a sum: many draws from several tables as one.
 *
 * A part is drawn from its table below a cap: at u in [0, cap) of 2^64, so that the sum has an end and one
 * knows before the draw how far it can reach. The distribution of the sum is the convolution of those of the
 * parts, on a grid of about the 2^-16th part of the longest sum, by fast Fourier transforms (GSL's). A part
 * is read at 65536 points of its table, each of which is shared by the two nodes beside it so that the mean
 * is kept. Then neighbouring nodes are put together into steps, of which there are at most 4096: a sum of
 * 32 KiB is drawn from the processor's near caches. A draw is uniform within its step. Both add to the
 * variance, at most the grid's squared / 4 for each part and step^2 / 12 for the draw: results are right
 * where the step is small beside the sum (irqp_sum_step).
 */
#ifndef IRQPATH_SUM_H
#define IRQPATH_SUM_H

#include "irqpath/distribution.h"

struct irqp_sum;

/* Into sums[i], for i = 0 to log2: the sum of 2^i draws from each of the tables, of which there is at least
 * one and at most 2^14 / 2^log2, all of which rise (irqp_table_rises), below u = cap, which is no less
 * than 2^32. Owned by the caller. IRQP_NO_MEMORY: those that could not be made are NULL. */
enum irqp_status irqp_sums_new(struct irqp_sum **sums, unsigned log2, const struct irqp_table *const *tables,
                               size_t count, uint64_t cap);
void irqp_sum_free(struct irqp_sum *sum);

/* No draw is larger, in picoseconds. */
irqp_time irqp_sum_maximum(const struct irqp_sum *sum);

/* The step between whose ends a draw is uniform, in picoseconds. */
irqp_time irqp_sum_step(const struct irqp_sum *sum);
/* A hash over what draws depend on; chain it over several. */
uint64_t irqp_sum_hash(const struct irqp_sum *sum, uint64_t hash);

/* The sum at two independent uniform numbers: the first finds the step, the second the place in it. */
irqp_time irqp_sum_draw(const struct irqp_sum *sum, uint64_t u, uint64_t between);

/* The mean of one draw below the cap, in picoseconds. */
double irqp_sum_part_mean(const struct irqp_table *table, uint64_t cap);

#endif
