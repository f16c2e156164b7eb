/* The search of a calibration. */
#include "irqpath/calibrate.h"
#include "sim/study/fit.h"

#include <gsl/gsl_multimin.h>
#include <gsl/gsl_qrng.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    STARTS_PER_PARAMETER = 16,
    STEPS_PER_PARAMETER = 30, /* of one simplex */
    RESTARTS_MOST = 3,
};
static const double SMALL = 4e-3;  /* a simplex of this size, in parts of the ranges, has ended */
static const double BETTER = 0.99; /* a restart that does not come below this part of Q is none */
static const double NONE = 1e200;  /* what the simplex, which reckons with it, has for an infinite Q */

struct search {
    struct irqpi_fit *fit;
    uint64_t samples;
    double best[IRQP_FREE_MAX];
    double objective; /* of the best, with so many samples */
};

static void tell(const struct irqpi_fit *fit, const char *phase, uint64_t done, uint64_t of)
{
    if (fit->options->progress)
        fit->options->progress(fit->options->context, phase, done, of);
}

/* Q at a point; beyond the ranges, of the nearest point in them, and the worse the further away. */
static double objective(struct search *search, const double *at)
{
    double inside[IRQP_FREE_MAX], outside = 0;
    struct irqpi_point point;
    for (size_t i = 0; i < search->fit->options->free_count; i++) {
        inside[i] = fmin(fmax(at[i], 0), 1);
        outside += pow(at[i] - inside[i], 2);
    }
    if (!irqpi_fit_evaluate(search->fit, inside, search->samples, &point))
        return 1e300;
    double value = isfinite(point.objective) ? point.objective : NONE;
    if (outside == 0 && value < search->objective) {
        search->objective = value;
        memcpy(search->best, inside, sizeof inside);
    }
    return value * (1 + 100 * outside) + outside;
}

static double of_vector(const gsl_vector *at, void *search)
{
    return objective(search, gsl_vector_const_ptr(at, 0));
}

/* With another number of samples Q is another. */
static void begin_at(struct search *search, uint64_t samples)
{
    double at[IRQP_FREE_MAX];
    memcpy(at, search->best, sizeof at);
    search->samples = samples;
    search->objective = INFINITY;
    objective(search, at);
}

static enum irqp_status sobol(struct search *search)
{
    size_t dimensions = search->fit->options->free_count;
    uint64_t starts = STARTS_PER_PARAMETER * dimensions;
    gsl_qrng *sequence = gsl_qrng_alloc(gsl_qrng_sobol, (unsigned)dimensions);
    if (!sequence)
        return IRQP_NO_MEMORY;
    for (uint64_t i = 0; i < starts && search->fit->status == IRQP_OK; i++) {
        double at[IRQP_FREE_MAX];
        gsl_qrng_get(sequence, at);
        objective(search, at);
        tell(search->fit, "starts", i + 1, starts);
    }
    gsl_qrng_free(sequence);
    return search->fit->status;
}

static enum irqp_status simplex(struct search *search, double step, const char *phase)
{
    size_t dimensions = search->fit->options->free_count;
    uint64_t most = STEPS_PER_PARAMETER * dimensions;
    gsl_multimin_function function = {of_vector, dimensions, search};
    gsl_multimin_fminimizer *minimizer =
        gsl_multimin_fminimizer_alloc(gsl_multimin_fminimizer_nmsimplex2, dimensions);
    gsl_vector *start = gsl_vector_alloc(dimensions), *steps = gsl_vector_alloc(dimensions);
    enum irqp_status status = minimizer && start && steps ? IRQP_OK : IRQP_NO_MEMORY;
    if (status == IRQP_OK) {
        for (size_t i = 0; i < dimensions; i++) {
            gsl_vector_set(start, i, search->best[i]);
            gsl_vector_set(steps, i, search->best[i] > 0.5 ? -step : step);
        }
        gsl_multimin_fminimizer_set(minimizer, &function, start, steps);
        for (uint64_t i = 0; i < most && search->fit->status == IRQP_OK; i++) {
            if (gsl_multimin_fminimizer_iterate(minimizer) || gsl_multimin_fminimizer_size(minimizer) < SMALL)
                break;
            tell(search->fit, phase, i + 1, most);
        }
        status = search->fit->status;
    }
    gsl_multimin_fminimizer_free(minimizer);
    gsl_vector_free(start);
    gsl_vector_free(steps);
    return status;
}

/* A simplex can end where no minimum is: another one begins there, with other corners. */
static enum irqp_status restart(struct search *search, bool *restarted)
{
    enum irqp_status status = IRQP_OK;
    for (int i = 0; i < RESTARTS_MOST && status == IRQP_OK; i++) {
        double before = search->objective;
        status = simplex(search, i % 2 ? 0.15 : -0.08, "restart");
        if (!(search->objective < BETTER * before))
            break;
        *restarted = true;
    }
    return status;
}

static enum irqp_status run_search(struct search *search, bool *restarted)
{
    uint64_t full = search->fit->options->samples;
    uint64_t few = full / 8 > 400 ? full / 8 : (full < 400 ? full : 400);
    search->samples = few;
    search->objective = INFINITY;
    for (size_t i = 0; i < IRQP_FREE_MAX; i++)
        search->best[i] = 0.5;
    enum irqp_status status = sobol(search);
    if (status == IRQP_OK) {
        begin_at(search, full / 2 > few ? full / 2 : few);
        status = simplex(search, 0.15, "simplex");
    }
    if (status == IRQP_OK) {
        begin_at(search, full);
        status = simplex(search, 0.05, "simplex, all samples");
    }
    return status == IRQP_OK ? restart(search, restarted) : status;
}

static void keep_distances(struct irqp_calibration *calibration, struct irqpi_fit *fit, const double *at,
                           bool before)
{
    struct irqpi_point point;
    enum irqp_status status = fit->status; /* also of an interrupted search the best is told */
    if (status != IRQP_OK)
        return;
    if (!irqpi_fit_evaluate(fit, at, fit->options->samples, &point))
        return;
    *(before ? &calibration->objective_before : &calibration->objective) = point.objective;
    calibration->nearest = point.distance;
    memcpy(before ? calibration->distance_before : calibration->distance, point.distances,
           sizeof point.distances);
}

static void keep_best(struct irqp_calibration *calibration, const struct irqpi_fit *fit,
                      const struct search *search)
{
    calibration->count = fit->options->free_count;
    calibration->objective = search->objective < NONE ? search->objective : INFINITY;
    for (size_t i = 0; i < calibration->count; i++) {
        double factor = irqpi_fit_factor(fit, i, search->best[i]);
        calibration->fitted[i] = (struct irqp_fitted){
            .path = fit->options->free[i],
            .factor = factor,
            .value = fit->value[i] * factor,
            .low = exp(fit->low[i]),
            .high = exp(fit->high[i]),
            .range_low = exp(fit->low[i]),
            .range_high = exp(fit->high[i]),
        };
    }
}

enum irqp_status irqp_calibrate(struct irqp_calibration *calibration, const struct irqp_model *model,
                                const struct irqp_calibrate_options *options,
                                struct irqp_diagnostics *diagnostics)
{
    struct irqpi_fit fit;
    struct search search = {.fit = &fit};
    *calibration = (struct irqp_calibration){
        .target_count = options->target_count,
        .objective = INFINITY,
        .objective_before = INFINITY,
        .tolerance = INFINITY,
        .wanted = INFINITY,
        .nearest = INFINITY,
    };
    for (size_t i = 0; i < IRQP_TARGETS_MAX; i++)
        calibration->distance[i] = calibration->distance_before[i] = INFINITY;
    enum irqp_status status = irqpi_fit_begin(&fit, model, options, diagnostics);
    if (status != IRQP_OK)
        return status;
    keep_distances(calibration, &fit, NULL, true);
    status = run_search(&search, &calibration->restarted);
    keep_best(calibration, &fit, &search);
    calibration->moments = fit.moments;
    if (status == IRQP_OK) {
        keep_distances(calibration, &fit, search.best, false);
        status = fit.status;
    }
    if (status == IRQP_OK && options->particles > 0 && isfinite(calibration->objective))
        status = irqpi_posterior(&fit, calibration, search.best);
    calibration->evaluations = fit.evaluations;
    calibration->partial = status == IRQP_INTERRUPTED;
    return status;
}

void irqp_calibration_fini(struct irqp_calibration *calibration)
{
    free(calibration->particles);
    free(calibration->weights);
    *calibration = (struct irqp_calibration){.count = 0};
}

bool irqp_calibration_explains(const struct irqp_calibration *calibration)
{
    return calibration->particle_count > 0 &&
           fmin(calibration->nearest, calibration->tolerance) <= calibration->wanted;
}
