/* Dull predictions that a good one has to beat: what is known of the system before the change, as it is,
 * later by the known extra cost, or slower by the factor that moves its median by that cost. */
#ifndef IRQPATH_RIVAL_H
#define IRQPATH_RIVAL_H

#include "irqpath/bins.h"

enum irqp_rival { IRQP_RIVAL_NO_CHANGE, IRQP_RIVAL_SHIFT, IRQP_RIVAL_SCALE, IRQP_RIVALS };

/* "no change", "shift", "scale" */
extern const char *const irqp_rival_names[IRQP_RIVALS];

/* The rival's distribution in the bins of `like`, whose width, grid and, if it overflowed, limit it takes. A
 * bin of the baseline counts as level; where it falls into several its samples are shared out, to whole
 * ones. cost: picoseconds, for all but no change. *out need not be initialised and is the caller's.
 * IRQP_INPUT: the baseline has no samples, or no median to scale; IRQP_NO_MEMORY. */
enum irqp_status irqp_rival(struct irqp_bins *out, enum irqp_rival rival, const struct irqp_bins *baseline,
                            double cost, const struct irqp_bins *like);

#endif
