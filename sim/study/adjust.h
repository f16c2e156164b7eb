/* The regression adjustment of approximate Bayesian computation (Beaumont, Zhang and Balding, Genetics 162,
 * 2002). Internal. */
#ifndef SIM_STUDY_ADJUST_H
#define SIM_STUDY_ADJUST_H

#include "irqpath/calibrate.h"

struct irqpi_particle {
    double at[IRQP_FREE_MAX];       /* in the unit cube */
    double estimate[IRQP_FREE_MAX]; /* how far a run at this place seemed to be from the measurement's */
    double distance, weight;        /* of the run; weights add up to 1 */
};

/* So many particles of the same weight tell as much (Kish). */
double irqpi_effective(const struct irqpi_particle *particles, size_t count);

/* Moves each particle to where it would be if its run had given what was measured: places are regressed on
 * estimates, with the weights, and the residuals stand around the place of an estimate of 0. They are
 * stretched by what fitting took from them and by the error of the fitted place: particles and truth are then
 * alike. A place beyond an end of the range is reflected at it. False, and nothing moved, if there are fewer
 * than two effective particles for each coefficient, or no memory. */
bool irqpi_adjust(struct irqpi_particle *particles, size_t count, size_t dimensions);

#endif
