/* Coasting: many rounds of a loop as one draw, where nothing can come between.
 *
 * A path that ends where it begins, and whose effects depend on nothing but state that only their own thread
 * changes while nothing comes from outside, goes round in the same way each time; only the lengths of its
 * rows differ. Far from the horizon nobody can see those: what matters is where the rounds end. That is drawn
 * from the distribution of their sum (sum.h).
 *
 * It is exact in distribution, because whether to coast is decided before anything is drawn. A part is good
 * if it lies below a cap that all but 2^-8 of its draws keep. Rounds whose parts are all good have a longest
 * length; so many rounds are taken as are sure to end before the horizon. How many of them are good before
 * the first bad one is drawn first (a geometric number); the good ones are one draw of a sum (a power of two
 * of rounds each); the parts of a bad one are drawn one by one, the first bad part above its cap, those
 * before it below. If that round ends before the horizon it is done too; else its rows are executed one by
 * one with the lengths drawn (irqp_script), so that what comes from outside meets them as always.
 *
 * What is not exact: the sums are on a grid (sum.h) of a few nanoseconds; time by mode (irqp_cpu.mode_time)
 * of good rounds is shared out by its mean.
 */
#ifndef IRQPATH_COAST_H
#define IRQPATH_COAST_H

#include "irqpath/engine.h"

enum { IRQP_COAST_LOG2_MAX = 4, IRQP_COAST_ROUNDS_MAX = 1 << IRQP_COAST_LOG2_MAX };

struct irqp_coast;

/* What the model says of an effect of its own on the way round: that it may do anything; or that it goes on
 * to the next row, or to the row of its argument, under a condition. Who calls irqp_coast_go has made sure of
 * the condition for all rounds before, and does afterwards what the effects would have done in those that
 * were done. */
enum irqp_way { IRQP_WAY_UNKNOWN, IRQP_WAY_ON, IRQP_WAY_JUMPS };
typedef enum irqp_way irqp_way_of(const struct irqp_row *row);

/* Follows a path once round, from its first row to a jump back to that. In *coast: owned by the caller, or
 * NULL if it cannot be coasted: it ends otherwise, has an effect that is unknown or a length that is
 * computed, draws from parts (irqp_table_rises) or too often, draws nothing, its first row takes time, a good
 * round may take days, or the grid of the sums is coarse beside a short round. IRQP_NO_MEMORY. */
enum irqp_status irqp_coast_new(struct irqp_coast **coast, const struct irqp_program *program, uint16_t path,
                                irqp_way_of *way);
void irqp_coast_free(struct irqp_coast *coast);
/* A hash over what its draws depend on beside the tables; chain it. */
uint64_t irqp_coast_hash(const struct irqp_coast *coast, uint64_t hash);

/* How many rounds (a power of two, at most IRQP_COAST_ROUNDS_MAX; 0: none) are sure to end before the
 * horizon if they are good. */
unsigned irqp_coast_rounds(const struct irqp_coast *coast, const struct irqp_cpu *cpu);

/* Coasts up to so many rounds (what irqp_coast_rounds said, or a smaller power of two) on the current thread,
 * which is at the end of the path's first row, on its top frame, while no line pends, no attention is due,
 * nothing is charged and there is no script. Returns how many were done, whose effects the caller applies;
 * time has passed, rows, draws and crossings are counted, and the thread is where it was, or goes on with
 * `script` row by row: then thread->script is set. */
unsigned irqp_coast_go(const struct irqp_coast *coast, struct irqp_cpu *cpu, unsigned rounds,
                       struct irqp_script *script);

#endif
