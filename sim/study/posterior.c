/* The posterior of a calibration, by sequential Monte Carlo: first of the particles whose runs are as near to
 * the measurement as another measurement of the same system would be, then, adjusted, of what the measurement
 * itself tells.
 *
 * Each run has random numbers of its own and as many samples as were measured: it stands for another
 * measurement. With the common ones of the search it would be a function of the place, and what is left
 * between places and runs would not be the noise of a measurement. */
#include "sim/study/adjust.h"
#include "sim/study/estimate.h"

#include "irqpath/bootstrap.h"
#include "irqpath/random.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST_PER_PARTICLE = 8,     /* points of the prior, of which the nearest become the first particles */
    ATTEMPTS_PER_PARTICLE = 20, /* proposals of a round at most: then it ends, and the round before counts */
    ROUNDS_MOST = 12,
    CLOSER_ROUNDS = 2, /* on estimates, after those on distances */
    REPLICATES = 200,
};

/* A coordinate of a particle. */
struct place {
    double at, weight;
};

struct swarm {
    struct irqpi_fit *fit;
    struct irqpi_estimator estimator;
    gsl_rng *rng;
    struct irqpi_particle *now, *next;
    size_t size, dimensions;
    double tolerance;
    bool closer;                     /* distances are those of estimates, in units of `metric` */
    gsl_matrix *spread, *metric;     /* of the proposals: Cholesky's factor of their covariance */
    gsl_vector *from, *to, *scratch; /* of a proposal */
};

/* ---- how near is near enough ---- */

/* The distance that as many samples of one and the same distribution keep in 95 of a hundred cases: of the
 * measurement, and of the simulation that it is compared with. */
static enum irqp_status wanted_distance(const struct irqpi_fit *fit, gsl_rng *rng, double *wanted)
{
    double distances[REPLICATES] = {0};
    enum irqp_status status = IRQP_OK;
    for (size_t t = 0; t < fit->options->target_count; t++)
        for (int i = 0; i < REPLICATES && status == IRQP_OK; i++) {
            const struct irqp_bins *measured = fit->options->targets[t].measured;
            struct irqp_bins one, other;
            struct irqp_distance distance;
            irqp_bins_init(&other, 1);
            status = irqp_bins_resample(&one, measured, irqp_bins_total(measured), rng);
            if (status == IRQP_OK)
                status = irqp_bins_resample(&other, measured, irqpi_fit_samples(fit, t), rng);
            if (status == IRQP_OK)
                status = irqp_distance(&distance, &one, &other);
            if (status == IRQP_OK)
                distances[i] += distance.wasserstein / fit->sets[t].median;
            irqp_bins_fini(&one);
            irqp_bins_fini(&other);
        }
    gsl_sort(distances, 1, REPLICATES);
    *wanted = distances[REPLICATES * 95 / 100];
    return status;
}

/* ---- rounds ---- */

static void tell(const struct swarm *swarm, const char *phase, size_t done, size_t of)
{
    if (swarm->fit->options->progress)
        swarm->fit->options->progress(swarm->fit->options->context, phase, done, of);
}

static int nearer(const void *a, const void *b)
{
    double one = ((const struct irqpi_particle *)a)->distance,
           other = ((const struct irqpi_particle *)b)->distance;
    return (one > other) - (one < other);
}

/* The length of an estimate, a unit being what it should be apart from that of the measurement. */
static double length_of(const struct swarm *swarm, const double *estimate)
{
    gsl_vector_const_view whole = gsl_vector_const_view_array(estimate, swarm->dimensions);
    gsl_vector_memcpy(swarm->scratch, &whole.vector);
    gsl_blas_dtrsv(CblasLower, CblasNoTrans, CblasNonUnit, swarm->metric, swarm->scratch);
    return gsl_blas_dnrm2(swarm->scratch);
}

static bool evaluate(struct swarm *swarm, struct irqpi_particle *particle)
{
    struct irqpi_point point;
    if (!irqpi_fit_remeasure(swarm->fit, particle->at, swarm->rng, &point))
        return false;
    if (!isfinite(point.distance) ||
        !irqpi_estimate(&swarm->estimator, swarm->fit, &point, particle->estimate))
        particle->distance = INFINITY;
    else
        particle->distance = swarm->closer ? length_of(swarm, particle->estimate) : point.distance;
    return true;
}

/* The nearest of more points than there are particles. Where the last of them is no nearer than the next, as
 * runs that overflow whole are equally far, and points that the model refuses, what is chosen of these would
 * be chance: they get no weight, if the others are enough to propose from. */
static void take_nearest(struct swarm *swarm, const struct irqpi_particle *sorted)
{
    size_t good = swarm->size;
    while (good > 0 && sorted[good - 1].distance >= sorted[swarm->size].distance)
        good--;
    if (good < swarm->dimensions + 2)
        good = swarm->size;
    memcpy(swarm->now, sorted, swarm->size * sizeof *sorted);
    for (size_t i = 0; i < good; i++)
        swarm->now[i].weight = 1.0 / (double)good;
    swarm->tolerance = sorted[good - 1].distance;
}

/* From the prior; the best point of the search is among them, so that its neighbourhood is never missed. */
static enum irqp_status first_round(struct swarm *swarm, const double *best)
{
    size_t points = FIRST_PER_PARTICLE * swarm->size;
    struct irqpi_particle *all = calloc(points, sizeof *all);
    if (!all)
        return IRQP_NO_MEMORY;
    for (size_t i = 0; i < points && swarm->fit->status == IRQP_OK; i++) {
        for (size_t d = 0; d < swarm->dimensions; d++)
            all[i].at[d] = i == 0 ? best[d] : gsl_rng_uniform(swarm->rng);
        evaluate(swarm, &all[i]);
        tell(swarm, "posterior, from the ranges", i + 1, points);
    }
    if (swarm->fit->status == IRQP_OK) {
        qsort(all, points, sizeof *all, nearer);
        take_nearest(swarm, all);
    }
    free(all);
    return swarm->fit->status;
}

/* Twice the weighted covariance of the particles (Filippi et al., Statistical Applications in Genetics and
 * Molecular Biology 12, 2013), and a hair on its diagonal, for particles may lie on a line. */
static void set_spread(struct swarm *swarm)
{
    double mean[IRQP_FREE_MAX] = {0};
    for (size_t i = 0; i < swarm->size; i++)
        for (size_t d = 0; d < swarm->dimensions; d++)
            mean[d] += swarm->now[i].weight * swarm->now[i].at[d];
    for (size_t d = 0; d < swarm->dimensions; d++)
        for (size_t e = 0; e < swarm->dimensions; e++) {
            double covariance = d == e ? 1e-10 : 0;
            for (size_t i = 0; i < swarm->size; i++)
                covariance += 2 * swarm->now[i].weight * (swarm->now[i].at[d] - mean[d]) *
                              (swarm->now[i].at[e] - mean[e]);
            gsl_matrix_set(swarm->spread, d, e, covariance);
        }
    gsl_linalg_cholesky_decomp1(swarm->spread);
}

static const struct irqpi_particle *draw(const struct swarm *swarm)
{
    double left = gsl_rng_uniform(swarm->rng);
    size_t i = 0;
    while (i + 1 < swarm->size && (left -= swarm->now[i].weight) > 0)
        i++;
    return &swarm->now[i];
}

/* False if it left the ranges. */
static bool propose(struct swarm *swarm, struct irqpi_particle *particle)
{
    const struct irqpi_particle *from = draw(swarm);
    bool inside = true;
    for (size_t d = 0; d < swarm->dimensions; d++)
        gsl_vector_set(swarm->from, d, from->at[d]);
    gsl_ran_multivariate_gaussian(swarm->rng, swarm->from, swarm->spread, swarm->to);
    for (size_t d = 0; d < swarm->dimensions; d++) {
        particle->at[d] = gsl_vector_get(swarm->to, d);
        inside &= particle->at[d] >= 0 && particle->at[d] <= 1;
    }
    return inside;
}

/* The prior, which is even, over the density of the proposals. */
static double weight_of(const struct swarm *swarm, const struct irqpi_particle *particle)
{
    double density = 0;
    for (size_t d = 0; d < swarm->dimensions; d++)
        gsl_vector_set(swarm->to, d, particle->at[d]);
    for (size_t i = 0; i < swarm->size; i++) {
        double one = 0;
        for (size_t d = 0; d < swarm->dimensions; d++)
            gsl_vector_set(swarm->from, d, swarm->now[i].at[d]);
        gsl_ran_multivariate_gaussian_pdf(swarm->to, swarm->from, swarm->spread, &one, swarm->scratch);
        density += swarm->now[i].weight * one;
    }
    return 1 / density;
}

/* Whether a full round of particles kept the tolerance; else the round before stays. */
static bool one_round(struct swarm *swarm, double tolerance)
{
    size_t kept = 0, most = ATTEMPTS_PER_PARTICLE * swarm->size;
    double sum = 0;
    set_spread(swarm);
    for (size_t i = 0; i < most && kept < swarm->size; i++) {
        struct irqpi_particle *particle = &swarm->next[kept];
        if (!propose(swarm, particle))
            continue;
        if (!evaluate(swarm, particle))
            return false;
        if (particle->distance > tolerance)
            continue;
        particle->weight = weight_of(swarm, particle);
        sum += particle->weight;
        tell(swarm, "posterior", ++kept, swarm->size);
    }
    if (kept < swarm->size)
        return false;
    for (size_t i = 0; i < swarm->size; i++)
        swarm->next[i].weight /= sum;
    struct irqpi_particle *before = swarm->now;
    swarm->now = swarm->next;
    swarm->next = before;
    swarm->tolerance = tolerance;
    return true;
}

/* Of the particles that have weight. */
static double median_distance(const struct swarm *swarm)
{
    size_t count = 0;
    qsort(swarm->now, swarm->size, sizeof *swarm->now, nearer);
    while (count < swarm->size && swarm->now[count].weight > 0)
        count++;
    return swarm->now[count / 2].distance;
}

/* ---- adjustment ---- */

/* Distances are those of whole distributions, which may tell a parameter much less well than some quantiles
 * do; the particles then lie too wide apart for one linear regression. So they are adjusted, others proposed
 * around where that leads, and of these kept what is as near by its estimate as another measurement's would
 * be in every second case; these are adjusted again. Were it in 95 of a hundred cases, as for distances, the
 * rare proposals far outside, of great weight, would make the intervals a tenth to a fifth wider. */
static bool come_closer(struct swarm *swarm)
{
    double near = sqrt(gsl_cdf_chisq_Pinv(0.5, (double)swarm->dimensions));
    bool adjusted = irqpi_adjust(swarm->now, swarm->size, swarm->dimensions);
    for (int round = 0; round < CLOSER_ROUNDS && adjusted; round++) {
        swarm->closer = true;
        set_spread(swarm); /* twice the covariance: of the difference of two measurements */
        gsl_matrix_memcpy(swarm->metric, swarm->spread);
        if (!one_round(swarm, near))
            break;
        adjusted = irqpi_adjust(swarm->now, swarm->size, swarm->dimensions);
    }
    return adjusted;
}

/* ---- what it says ---- */

/* A region that lies against an end of the range would go on beyond it. Of a normal distribution that the end
 * cuts off, the central 95 % begin a tenth of their width from it if its middle is two deviations away. */
static const double NEAR = 0.1;

static void judge_region(struct irqp_fitted *fitted, double from, double until)
{
    double width = until - from;
    fitted->open_below = from <= NEAR * width;
    fitted->open_above = 1 - until <= NEAR * width;
    fitted->determined = width <= 0.5 && !fitted->open_below && !fitted->open_above;
}

static int lower(const void *a, const void *b)
{
    double one = ((const struct place *)a)->at, other = ((const struct place *)b)->at;
    return (one > other) - (one < other);
}

/* A quantile of sorted places that are worth `effective` ones of the same weight: of n of these the k-th is
 * the quantile at k / (n + 1), beyond which one more would lie so often. With fewer than 39 the central 95 %
 * are therefore all that there are, and hold less. */
static double weighted_quantile(const struct place *places, size_t count, double effective, double p)
{
    double here = 0, passed = 0, before = 0;
    for (size_t i = 0; i < count; i++) {
        before = here;
        here = ((passed + places[i].weight / 2) * effective + 0.5) / (effective + 1);
        passed += places[i].weight;
        if (here >= p && i == 0)
            return places[0].at;
        if (here >= p)
            return places[i - 1].at + (places[i].at - places[i - 1].at) * (p - before) / (here - before);
    }
    return places[count - 1].at;
}

/* The central 95 % of the last particles, in their weights. */
static enum irqp_status bound(struct irqp_calibration *calibration, const struct swarm *swarm, size_t index)
{
    struct irqp_fitted *fitted = &calibration->fitted[index];
    struct place *places = calloc(swarm->size, sizeof *places);
    if (!places)
        return IRQP_NO_MEMORY;
    for (size_t i = 0; i < swarm->size; i++)
        places[i] = (struct place){swarm->now[i].at[index], swarm->now[i].weight};
    qsort(places, swarm->size, sizeof *places, lower);
    double effective = irqpi_effective(swarm->now, swarm->size),
           from = weighted_quantile(places, swarm->size, effective, 0.025),
           until = weighted_quantile(places, swarm->size, effective, 0.975);
    fitted->low = irqpi_fit_factor(swarm->fit, index, from);
    fitted->high = irqpi_fit_factor(swarm->fit, index, until);
    judge_region(fitted, from, until);
    free(places);
    return IRQP_OK;
}

static void correlate(struct irqp_calibration *calibration, const struct swarm *swarm)
{
    double mean[IRQP_FREE_MAX] = {0}, products[IRQP_FREE_MAX][IRQP_FREE_MAX] = {{0}};
    for (size_t i = 0; i < swarm->size; i++)
        for (size_t d = 0; d < swarm->dimensions; d++)
            mean[d] += swarm->now[i].weight * swarm->now[i].at[d];
    for (size_t i = 0; i < swarm->size; i++)
        for (size_t d = 0; d < swarm->dimensions; d++)
            for (size_t e = 0; e < swarm->dimensions; e++)
                products[d][e] +=
                    swarm->now[i].weight * (swarm->now[i].at[d] - mean[d]) * (swarm->now[i].at[e] - mean[e]);
    for (size_t d = 0; d < swarm->dimensions; d++)
        for (size_t e = 0; e < swarm->dimensions; e++) {
            double scale = sqrt(products[d][d] * products[e][e]);
            calibration->correlation[d][e] = scale > 0 ? products[d][e] / scale : d == e;
        }
}

static enum irqp_status keep(struct irqp_calibration *calibration, const struct swarm *swarm)
{
    size_t count = swarm->size;
    calibration->particles = calloc(count * swarm->dimensions, sizeof *calibration->particles);
    calibration->weights = calloc(count, sizeof *calibration->weights);
    if (!calibration->particles || !calibration->weights)
        return IRQP_NO_MEMORY;
    calibration->particle_count = count;
    for (size_t i = 0; i < count; i++) {
        calibration->weights[i] = swarm->now[i].weight;
        for (size_t d = 0; d < swarm->dimensions; d++)
            calibration->particles[i * swarm->dimensions + d] =
                irqpi_fit_factor(swarm->fit, d, swarm->now[i].at[d]);
    }
    enum irqp_status status = IRQP_OK;
    for (size_t d = 0; d < swarm->dimensions && status == IRQP_OK; d++)
        status = bound(calibration, swarm, d);
    correlate(calibration, swarm);
    return status;
}

enum irqp_status irqpi_posterior(struct irqpi_fit *fit, struct irqp_calibration *calibration,
                                 const double *best)
{
    struct swarm swarm = {
        .fit = fit,
        .rng = gsl_rng_alloc(irqp_rng_stream),
        .size = fit->options->particles,
        .dimensions = fit->options->free_count,
        .tolerance = INFINITY,
    };
    swarm.now = calloc(swarm.size, sizeof *swarm.now);
    swarm.next = calloc(swarm.size, sizeof *swarm.next);
    swarm.spread = gsl_matrix_alloc(swarm.dimensions, swarm.dimensions);
    swarm.metric = gsl_matrix_alloc(swarm.dimensions, swarm.dimensions);
    swarm.from = gsl_vector_alloc(swarm.dimensions);
    swarm.to = gsl_vector_alloc(swarm.dimensions);
    swarm.scratch = gsl_vector_alloc(swarm.dimensions);
    bool room = swarm.rng && swarm.now && swarm.next && swarm.spread && swarm.metric && swarm.from &&
                swarm.to && swarm.scratch;
    enum irqp_status status = room ? IRQP_OK : IRQP_NO_MEMORY;
    if (status == IRQP_OK) {
        gsl_rng_set(swarm.rng, fit->options->seed);
        status = wanted_distance(fit, swarm.rng, &calibration->wanted);
    }
    if (status == IRQP_OK)
        status = irqpi_estimator_init(&swarm.estimator, fit, best);
    if (status == IRQP_OK)
        status = first_round(&swarm, best);
    for (int round = 0; round < ROUNDS_MOST && status == IRQP_OK && swarm.tolerance > calibration->wanted;
         round++)
        if (!one_round(&swarm, fmax(calibration->wanted, median_distance(&swarm))))
            break;
    calibration->tolerance = swarm.tolerance;
    if (status == IRQP_OK && fit->status == IRQP_OK && swarm.tolerance <= calibration->wanted)
        calibration->adjusted = come_closer(&swarm) && fit->status == IRQP_OK;
    if (status == IRQP_OK)
        status = fit->status;
    if (status == IRQP_OK)
        status = keep(calibration, &swarm);
    gsl_rng_free(swarm.rng);
    irqpi_estimator_fini(&swarm.estimator);
    gsl_matrix_free(swarm.spread);
    gsl_matrix_free(swarm.metric);
    gsl_vector_free(swarm.from);
    gsl_vector_free(swarm.to);
    gsl_vector_free(swarm.scratch);
    free(swarm.now);
    free(swarm.next);
    return status;
}
