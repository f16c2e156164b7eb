/* The posterior of a calibration, by sequential Monte Carlo: which values explain the measurement as well as
 * another measurement of the same system would. */
#include "sim/study/fit.h"

#include "irqpath/bootstrap.h"
#include "irqpath/random.h"

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
    REPLICATES = 200,
};

struct particle {
    double at[IRQP_FREE_MAX]; /* in the unit cube */
    double distance, weight;
};

/* A coordinate of a particle. */
struct place {
    double at, weight;
};

struct swarm {
    struct irqpi_fit *fit;
    gsl_rng *rng;
    struct particle *now, *next;
    size_t size, dimensions;
    double tolerance;
    gsl_matrix *spread;              /* of the proposals: Cholesky's factor of their covariance */
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
                status = irqp_bins_resample(&other, measured, fit->options->samples, rng);
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
    double one = ((const struct particle *)a)->distance, other = ((const struct particle *)b)->distance;
    return (one > other) - (one < other);
}

static bool evaluate(struct swarm *swarm, struct particle *particle)
{
    struct irqpi_point point;
    bool done = irqpi_fit_evaluate(swarm->fit, particle->at, swarm->fit->options->samples, &point);
    particle->distance = point.distance;
    return done;
}

/* From the prior; the best point of the search is among them, so that its neighbourhood is never missed. */
static enum irqp_status first_round(struct swarm *swarm, const double *best)
{
    size_t points = FIRST_PER_PARTICLE * swarm->size;
    struct particle *all = calloc(points, sizeof *all);
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
        memcpy(swarm->now, all, swarm->size * sizeof *all);
        swarm->tolerance = all[swarm->size - 1].distance;
        for (size_t i = 0; i < swarm->size; i++)
            swarm->now[i].weight = 1.0 / (double)swarm->size;
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

static const struct particle *draw(const struct swarm *swarm)
{
    double left = gsl_rng_uniform(swarm->rng);
    size_t i = 0;
    while (i + 1 < swarm->size && (left -= swarm->now[i].weight) > 0)
        i++;
    return &swarm->now[i];
}

/* False if it left the ranges. */
static bool propose(struct swarm *swarm, struct particle *particle)
{
    const struct particle *from = draw(swarm);
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
static double weight_of(const struct swarm *swarm, const struct particle *particle)
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
        struct particle *particle = &swarm->next[kept];
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
    struct particle *before = swarm->now;
    swarm->now = swarm->next;
    swarm->next = before;
    swarm->tolerance = tolerance;
    return true;
}

static double median_distance(const struct swarm *swarm)
{
    qsort(swarm->now, swarm->size, sizeof *swarm->now, nearer);
    return swarm->now[swarm->size / 2].distance;
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

/* A quantile of sorted places: between two of them in the middle of whose weights it lies. */
static double weighted_quantile(const struct place *places, size_t count, double p)
{
    double middle = 0, passed = 0, before = 0;
    for (size_t i = 0; i < count; i++) {
        before = middle;
        middle = passed + places[i].weight / 2;
        passed += places[i].weight;
        if (middle >= p && i == 0)
            return places[0].at;
        if (middle >= p)
            return places[i - 1].at + (places[i].at - places[i - 1].at) * (p - before) / (middle - before);
    }
    return places[count - 1].at;
}

/* The central 95 % of the last population, in its weights. */
static enum irqp_status bound(struct irqp_calibration *calibration, const struct swarm *swarm, size_t index)
{
    struct irqp_fitted *fitted = &calibration->fitted[index];
    struct place *places = calloc(swarm->size, sizeof *places);
    if (!places)
        return IRQP_NO_MEMORY;
    for (size_t i = 0; i < swarm->size; i++)
        places[i] = (struct place){swarm->now[i].at[index], swarm->now[i].weight};
    qsort(places, swarm->size, sizeof *places, lower);
    double from = weighted_quantile(places, swarm->size, 0.025),
           until = weighted_quantile(places, swarm->size, 0.975);
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
    calibration->tolerance = swarm->tolerance;
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
    };
    swarm.now = calloc(swarm.size, sizeof *swarm.now);
    swarm.next = calloc(swarm.size, sizeof *swarm.next);
    swarm.spread = gsl_matrix_alloc(swarm.dimensions, swarm.dimensions);
    swarm.from = gsl_vector_alloc(swarm.dimensions);
    swarm.to = gsl_vector_alloc(swarm.dimensions);
    swarm.scratch = gsl_vector_alloc(swarm.dimensions);
    bool room =
        swarm.rng && swarm.now && swarm.next && swarm.spread && swarm.from && swarm.to && swarm.scratch;
    enum irqp_status status = room ? IRQP_OK : IRQP_NO_MEMORY;
    if (status == IRQP_OK) {
        gsl_rng_set(swarm.rng, fit->options->seed);
        status = wanted_distance(fit, swarm.rng, &calibration->wanted);
    }
    if (status == IRQP_OK)
        status = first_round(&swarm, best);
    for (int round = 0; round < ROUNDS_MOST && status == IRQP_OK && swarm.tolerance > calibration->wanted;
         round++)
        if (!one_round(&swarm, fmax(calibration->wanted, median_distance(&swarm))))
            break;
    if (status == IRQP_OK)
        status = fit->status;
    if (status == IRQP_OK)
        status = keep(calibration, &swarm);
    gsl_rng_free(swarm.rng);
    gsl_matrix_free(swarm.spread);
    gsl_vector_free(swarm.from);
    gsl_vector_free(swarm.to);
    gsl_vector_free(swarm.scratch);
    free(swarm.now);
    free(swarm.next);
    return status;
}
