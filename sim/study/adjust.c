#include "sim/study/adjust.h"

#include <gsl/gsl_multifit.h>
#include <math.h>

struct regression {
    gsl_matrix *inputs, *covariance; /* a one and the estimates of a particle in each row; of coefficients */
    gsl_vector *weights, *places, *coefficients, *residuals;
    gsl_multifit_linear_workspace *room;
};

double irqpi_effective(const struct irqpi_particle *particles, size_t count)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < count; i++) {
        sum += particles[i].weight;
        squares += particles[i].weight * particles[i].weight;
    }
    return sum * sum / squares;
}

static bool begin(struct regression *regression, size_t count, size_t coefficients)
{
    *regression = (struct regression){
        .inputs = gsl_matrix_alloc(count, coefficients),
        .covariance = gsl_matrix_alloc(coefficients, coefficients),
        .weights = gsl_vector_alloc(count),
        .places = gsl_vector_alloc(count),
        .coefficients = gsl_vector_alloc(coefficients),
        .residuals = gsl_vector_alloc(count),
        .room = gsl_multifit_linear_alloc(count, coefficients),
    };
    return regression->inputs && regression->covariance && regression->weights && regression->places &&
           regression->coefficients && regression->residuals && regression->room;
}

static void end(struct regression *regression)
{
    gsl_matrix_free(regression->inputs);
    gsl_matrix_free(regression->covariance);
    gsl_vector_free(regression->weights);
    gsl_vector_free(regression->places);
    gsl_vector_free(regression->coefficients);
    gsl_vector_free(regression->residuals);
    gsl_multifit_linear_free(regression->room);
}

static double reflected(double place)
{
    place = place < 0 ? -place : place > 1 ? 2 - place : place;
    return fmin(fmax(place, 0), 1);
}

bool irqpi_adjust(struct irqpi_particle *particles, size_t count, size_t dimensions)
{
    struct regression regression;
    size_t coefficients = dimensions + 1;
    double effective = irqpi_effective(particles, count), freedom = effective - (double)coefficients;
    bool able = freedom >= (double)coefficients;
    able = begin(&regression, count, coefficients) && able;
    for (size_t i = 0; i < count && able; i++) {
        gsl_matrix_set(regression.inputs, i, 0, 1);
        for (size_t d = 0; d < dimensions; d++)
            gsl_matrix_set(regression.inputs, i, d + 1, particles[i].estimate[d]);
        gsl_vector_set(regression.weights, i, particles[i].weight * effective);
    }
    for (size_t d = 0; d < dimensions && able; d++) {
        double squares;
        for (size_t i = 0; i < count; i++)
            gsl_vector_set(regression.places, i, particles[i].at[d]);
        gsl_multifit_wlinear(regression.inputs, regression.weights, regression.places,
                             regression.coefficients, regression.covariance, &squares, regression.room);
        gsl_multifit_linear_residuals(regression.inputs, regression.places, regression.coefficients,
                                      regression.residuals);
        double stretch = sqrt(effective / freedom * (1 + gsl_matrix_get(regression.covariance, 0, 0)));
        for (size_t i = 0; i < count; i++)
            particles[i].at[d] = reflected(gsl_vector_get(regression.coefficients, 0) +
                                           stretch * gsl_vector_get(regression.residuals, i));
    }
    end(&regression);
    return able;
}
