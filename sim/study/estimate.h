/* Where the quantiles of a run say that the parameters are, to first order. Internal. */
#ifndef SIM_STUDY_ESTIMATE_H
#define SIM_STUDY_ESTIMATE_H

#include "sim/study/fit.h"
#include <gsl/gsl_matrix.h>

/* One step of Gauss and Newton towards the least Q, from the measured quantiles to a run's: as many numbers
 * as there are parameters, which tell nearly what all quantiles do. A parameter that they do not tell is
 * taken to be anywhere in its range. */
struct irqpi_estimator {
    gsl_matrix *slopes; /* of the quantiles, in deviations, along the coordinates */
    gsl_matrix *normal; /* Cholesky's factor of slopes' slopes, and of what is known beforehand */
};

/* With slopes around a point. The caller ends it with irqpi_estimator_fini in every case. */
enum irqp_status irqpi_estimator_init(struct irqpi_estimator *estimator, struct irqpi_fit *fit,
                                      const double *around);
void irqpi_estimator_fini(struct irqpi_estimator *estimator);

/* How far from the measurement's parameters those of this run seem to be, in coordinates. False if a quantile
 * that was measured lies beyond what a histogram holds. */
bool irqpi_estimate(const struct irqpi_estimator *estimator, const struct irqpi_fit *fit,
                    const struct irqpi_point *point, double *estimate);

#endif
