#include "irqpath/bootstrap.h"
#include "irqpath/random.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>

/* ---- one replicate ---- */

/* Binomial, for any number of trials: GSL's takes an unsigned int. */
static uint64_t binomial(gsl_rng *rng, double p, uint64_t trials)
{
    uint64_t hits = 0;
    if (!(p < 1))
        return trials;
    for (; trials > UINT_MAX; trials -= UINT_MAX)
        hits += gsl_ran_binomial(rng, p, UINT_MAX);
    return hits + gsl_ran_binomial(rng, p, (unsigned)trials);
}

/* A multinomial count one category after the other: each is binomial among what is left. */
struct rest {
    uint64_t trials; /* still to be given away */
    uint64_t weight; /* of the categories that are left, this one included */
};

static uint64_t take(struct rest *rest, gsl_rng *rng, uint64_t count)
{
    uint64_t hits = count > 0 ? binomial(rng, (double)count / (double)rest->weight, rest->trials) : 0;
    rest->trials -= hits;
    rest->weight -= count;
    return hits;
}

enum irqp_status irqp_bins_resample(struct irqp_bins *out, const struct irqp_bins *bins, uint64_t samples,
                                    gsl_rng *rng)
{
    struct rest rest = {samples, irqp_bins_total(bins)};
    enum irqp_status status = rest.weight > 0 ? IRQP_OK : IRQP_INPUT;
    irqp_bins_init(out, bins->width);
    out->limit = irqp_bins_limit(bins); /* its own last bin may have been drawn by nobody */
    out->minimum = out->maximum = IRQP_UNKNOWN;
    out->underflow = take(&rest, rng, bins->underflow);
    out->overflow = take(&rest, rng, bins->overflow);
    for (size_t i = 0; i < bins->count && status == IRQP_OK; i++)
        status = irqp_bins_add(out, bins->bins[i].lower, take(&rest, rng, bins->bins[i].count));
    if (status != IRQP_OK)
        irqp_bins_fini(out);
    return status;
}

enum irqp_status irqp_bins_pool(struct irqp_bins *out, const struct irqp_bins *const runs[], size_t count)
{
    irqp_bins_init(out, count > 0 ? runs[0]->width : 1);
    enum irqp_status status = count > 0 ? IRQP_OK : IRQP_INPUT;
    for (size_t run = 0; run < count && status == IRQP_OK; run++) {
        const struct irqp_bins *bins = runs[run];
        if (bins->width != out->width)
            status = IRQP_INPUT;
        for (size_t i = 0; i < bins->count && status == IRQP_OK; i++)
            status = irqp_bins_add(out, bins->bins[i].lower, bins->bins[i].count);
        out->underflow += bins->underflow;
        out->overflow += bins->overflow;
        /* What overflowed one run lies at its limit or beyond: that of all begins there. */
        irqp_time limit = irqp_bins_limit(bins);
        if (bins->overflow > 0 && (out->limit == IRQP_UNKNOWN || limit < out->limit))
            out->limit = limit;
        bool told = bins->maximum != IRQP_UNKNOWN && bins->minimum != IRQP_UNKNOWN;
        if (run == 0) {
            out->minimum = bins->minimum;
            out->maximum = bins->maximum;
        } else if (!told || out->maximum == IRQP_UNKNOWN || out->minimum == IRQP_UNKNOWN) {
            out->minimum = out->maximum = IRQP_UNKNOWN;
        } else {
            out->minimum = bins->minimum < out->minimum ? bins->minimum : out->minimum;
            out->maximum = bins->maximum > out->maximum ? bins->maximum : out->maximum;
        }
    }
    while (status == IRQP_OK && out->overflow > 0 && out->count > 0 &&
           out->bins[out->count - 1].lower >= out->limit) {
        out->overflow += out->bins[--out->count].count;
        out->inside -= out->bins[out->count].count;
    }
    if (status != IRQP_OK)
        irqp_bins_fini(out);
    return status;
}

/* A replicate of all runs: as many are drawn, each is resampled. */
static enum irqp_status replicate(struct irqp_bins *out, const struct irqp_bins *const runs[], size_t count,
                                  gsl_rng *rng)
{
    if (count == 1)
        return irqp_bins_resample(out, runs[0], irqp_bins_total(runs[0]), rng);
    struct irqp_bins *drawn = calloc(count, sizeof *drawn);
    const struct irqp_bins **pool = calloc(count, sizeof *pool);
    enum irqp_status status = drawn && pool ? IRQP_OK : IRQP_NO_MEMORY;
    for (size_t run = 0; run < count && status == IRQP_OK; run++) {
        const struct irqp_bins *one = runs[gsl_rng_uniform_int(rng, count)];
        status = irqp_bins_resample(&drawn[run], one, irqp_bins_total(one), rng);
        pool[run] = &drawn[run];
    }
    irqp_bins_init(out, 1);
    if (status == IRQP_OK)
        status = irqp_bins_pool(out, pool, count);
    for (size_t run = 0; drawn && run < count; run++)
        irqp_bins_fini(&drawn[run]);
    free(drawn);
    free(pool);
    return status;
}

/* ---- all of them ---- */

/* 95 % of sorted replicates. */
static struct irqp_interval percentiles(double *values, size_t count)
{
    gsl_sort(values, 1, count);
    if (!isfinite(values[0]) || !isfinite(values[count - 1]))
        return (struct irqp_interval){NAN, NAN};
    return (struct irqp_interval){gsl_stats_quantile_from_sorted_data(values, 1, count, 0.025),
                                  gsl_stats_quantile_from_sorted_data(values, 1, count, 0.975)};
}

static double error_of(const struct irqp_quantile_error *quantile)
{
    bool inside = quantile->measured != IRQP_NEVER && quantile->measured != IRQP_UNKNOWN &&
                  quantile->predicted != IRQP_NEVER && quantile->predicted != IRQP_UNKNOWN;
    return inside ? (double)(quantile->predicted - quantile->measured) : INFINITY;
}

enum irqp_status irqp_bootstrap(struct irqp_bootstrap *bootstrap, const struct irqp_bins *predicted,
                                const struct irqp_bins *const runs[], size_t count, unsigned replicates,
                                uint64_t seed)
{
    enum { ROWS = 1 + IRQP_DISTANCE_QUANTILES }; /* the distance, the errors */
    if (count == 0 || replicates < 2 || replicates > 100000)
        return IRQP_INPUT;
    irqp_gsl_quiet();
    double *values = calloc((size_t)ROWS * replicates, sizeof *values);
    gsl_rng *rng = gsl_rng_alloc(irqp_rng_stream);
    enum irqp_status status = values && rng ? IRQP_OK : IRQP_NO_MEMORY;
    if (status == IRQP_OK)
        gsl_rng_set(rng, seed);
    for (unsigned i = 0; i < replicates && status == IRQP_OK; i++) {
        struct irqp_distance distance;
        struct irqp_bins bins;
        status = replicate(&bins, runs, count, rng);
        if (status == IRQP_OK)
            status = irqp_distance(&distance, predicted, &bins);
        irqp_bins_fini(&bins);
        if (status != IRQP_OK)
            break;
        values[i] = distance.wasserstein;
        for (size_t q = 0; q < IRQP_DISTANCE_QUANTILES; q++)
            values[(q + 1) * replicates + i] = error_of(&distance.quantiles[q]);
    }
    if (status == IRQP_OK) {
        bootstrap->replicates = replicates;
        bootstrap->wasserstein = percentiles(values, replicates);
        for (size_t q = 0; q < IRQP_DISTANCE_QUANTILES; q++) {
            double *errors = values + (q + 1) * replicates;
            bootstrap->errors[q] = percentiles(errors, replicates);
            bootstrap->variances[q] =
                isnan(bootstrap->errors[q].low) ? NAN : gsl_stats_variance(errors, 1, replicates);
        }
    }
    if (rng)
        gsl_rng_free(rng);
    free(values);
    return status;
}
