#include "sim/study/estimate.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <string.h>

static const double STEP = 0.05; /* of a slope, to either side */
static const double EVEN = 12;   /* the inverse variance of what is anywhere from 0 to 1 */

/* An end of a slope, at a coordinate; or in the middle, if the model refuses this end. */
static bool evaluate_end(struct irqpi_fit *fit, double *at, size_t d, double coordinate,
                         struct irqpi_point *point)
{
    double middle = at[d];
    at[d] = fmin(fmax(coordinate, 0), 1);
    bool done = irqpi_fit_evaluate(fit, at, fit->options->samples, point);
    if (!done || isfinite(point->distance))
        return done;
    at[d] = middle;
    return irqpi_fit_evaluate(fit, at, fit->options->samples, point);
}

/* How the quantiles change along a coordinate; with the common random numbers, so that little else does. */
static enum irqp_status set_slopes(struct irqpi_estimator *estimator, struct irqpi_fit *fit,
                                   const double *around, size_t d)
{
    struct irqpi_point ends[2];
    double at[IRQP_FREE_MAX], where[2];
    for (int end = 0; end < 2; end++) {
        memcpy(at, around, fit->options->free_count * sizeof *at);
        if (!evaluate_end(fit, at, d, around[d] + (end ? STEP : -STEP), &ends[end]))
            return fit->status;
        where[end] = at[d];
    }
    for (size_t i = 0; i < fit->options->target_count; i++)
        for (size_t m = 0; m < FIT_MOMENTS; m++) {
            double slope = (ends[1].off[i][m] - ends[0].off[i][m]) / (where[1] - where[0]);
            gsl_matrix_set(estimator->slopes, i * FIT_MOMENTS + m, d, isfinite(slope) ? slope : 0);
        }
    return IRQP_OK;
}

enum irqp_status irqpi_estimator_init(struct irqpi_estimator *estimator, struct irqpi_fit *fit,
                                      const double *around)
{
    size_t dimensions = fit->options->free_count;
    estimator->slopes = gsl_matrix_alloc(fit->options->target_count * FIT_MOMENTS, dimensions);
    estimator->normal = gsl_matrix_alloc(dimensions, dimensions);
    enum irqp_status status = estimator->slopes && estimator->normal ? IRQP_OK : IRQP_NO_MEMORY;
    for (size_t d = 0; d < dimensions && status == IRQP_OK; d++)
        status = set_slopes(estimator, fit, around, d);
    if (status != IRQP_OK)
        return status;
    gsl_matrix_set_identity(estimator->normal);
    gsl_blas_dgemm(CblasTrans, CblasNoTrans, 1, estimator->slopes, estimator->slopes, EVEN,
                   estimator->normal);
    gsl_linalg_cholesky_decomp1(estimator->normal);
    return IRQP_OK;
}

void irqpi_estimator_fini(struct irqpi_estimator *estimator)
{
    gsl_matrix_free(estimator->slopes);
    gsl_matrix_free(estimator->normal);
}

bool irqpi_estimate(const struct irqpi_estimator *estimator, const struct irqpi_fit *fit,
                    const struct irqpi_point *point, double *estimate)
{
    gsl_vector_view whole = gsl_vector_view_array(estimate, fit->options->free_count);
    gsl_vector_set_zero(&whole.vector);
    for (size_t i = 0; i < fit->options->target_count; i++)
        for (size_t m = 0; m < FIT_MOMENTS; m++) {
            if (!fit->sets[i].known[m])
                continue;
            if (!isfinite(point->off[i][m]))
                return false;
            gsl_vector_view slopes = gsl_matrix_row(estimator->slopes, i * FIT_MOMENTS + m);
            gsl_blas_daxpy(point->off[i][m], &slopes.vector, &whole.vector);
        }
    gsl_linalg_cholesky_svx(estimator->normal, &whole.vector);
    return true;
}
