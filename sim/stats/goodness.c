#include "irqpath/goodness.h"
#include "irqpath/bootstrap.h"
#include "irqpath/random.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

enum { POOLED_MINIMUM = 25 };

/* Both histograms, category by category: underflow, the bins that either has, overflow. */
struct pair {
    const struct irqp_bins *one, *other;
    size_t next_one, next_other;
    int stage; /* 0: underflow is next, 1: bins, 2: overflow, 3: nothing */
};

static irqp_time lower_of(const struct irqp_bins *bins, size_t index)
{
    return index < bins->count ? bins->bins[index].lower : IRQP_NEVER;
}

static uint64_t count_at(const struct irqp_bins *bins, size_t *next, irqp_time lower)
{
    return lower_of(bins, *next) == lower ? bins->bins[(*next)++].count : 0;
}

static bool next_category(struct pair *pair, double *one, double *other)
{
    if (pair->stage == 0) {
        pair->stage = 1;
        *one = (double)pair->one->underflow;
        *other = (double)pair->other->underflow;
        return true;
    }
    irqp_time a = lower_of(pair->one, pair->next_one), b = lower_of(pair->other, pair->next_other);
    irqp_time lower = a < b ? a : b;
    if (pair->stage == 1 && lower != IRQP_NEVER) {
        *one = (double)count_at(pair->one, &pair->next_one, lower);
        *other = (double)count_at(pair->other, &pair->next_other, lower);
        return true;
    }
    if (pair->stage == 3)
        return false;
    pair->stage = 3;
    *one = (double)pair->one->overflow;
    *other = (double)pair->other->overflow;
    return true;
}

static void chi_square(struct irqp_goodness *goodness, const struct irqp_bins *predicted,
                       const struct irqp_bins *measured)
{
    double s = 0, m = 0, more_s, more_m, sum = 0;
    double ratio = sqrt((double)irqp_bins_total(measured) / (double)irqp_bins_total(predicted));
    unsigned pooled = 0;
    struct pair pair = {predicted, measured, 0, 0, 0};
    double last = 0, last_s = 0, last_m = 0; /* what the last of them contributes */
    while (next_category(&pair, &more_s, &more_m)) {
        s += more_s;
        m += more_m;
        if (s + m < POOLED_MINIMUM)
            continue;
        sum += last = pow(ratio * s - m / ratio, 2) / (s + m);
        last_s = s;
        last_m = m;
        pooled++;
        s = m = 0;
    }
    if (s + m > 0 && pooled > 0) { /* the rest goes to the last */
        s += last_s;
        m += last_m;
        sum += pow(ratio * s - m / ratio, 2) / (s + m) - last;
    }
    goodness->chi_square = sum;
    goodness->degrees = pooled > 0 ? pooled - 1 : 0;
    goodness->chi_square_p = goodness->degrees > 0 ? gsl_cdf_chisq_Q(sum, goodness->degrees) : NAN;
}

struct distances {
    double ks, cvm;
};

static struct distances distances_of(const struct irqp_bins *predicted, const struct irqp_bins *measured)
{
    double n = (double)irqp_bins_total(measured), total = (double)irqp_bins_total(predicted);
    double s, m, seen_s = 0, seen_m = 0, squares = 0;
    struct distances distances = {0, 0};
    struct pair pair = {predicted, measured, 0, 0, 0};
    while (next_category(&pair, &s, &m)) {
        seen_s += s;
        seen_m += m;
        double difference = fabs(seen_s / total - seen_m / n);
        distances.ks = fmax(distances.ks, difference);
        squares += difference * difference * (s + m);
    }
    distances.cvm = n * total / pow(n + total, 2) * squares;
    return distances;
}

static enum irqp_status monte_carlo(struct irqp_goodness *goodness, const struct irqp_bins *predicted,
                                    const struct irqp_bins *measured, unsigned replicates, gsl_rng *rng)
{
    const struct irqp_bins *const both[] = {predicted, measured};
    struct irqp_bins pool;
    unsigned ks = 0, cvm = 0;
    enum irqp_status status = irqp_bins_pool(&pool, both, 2);
    for (unsigned i = 0; i < replicates && status == IRQP_OK; i++) {
        struct irqp_bins one, other;
        irqp_bins_init(&other, 1);
        status = irqp_bins_resample(&one, &pool, irqp_bins_total(predicted), rng);
        if (status == IRQP_OK)
            status = irqp_bins_resample(&other, &pool, irqp_bins_total(measured), rng);
        if (status == IRQP_OK) {
            struct distances distances = distances_of(&one, &other);
            ks += distances.ks >= goodness->ks;
            cvm += distances.cvm >= goodness->cvm;
        }
        irqp_bins_fini(&one);
        irqp_bins_fini(&other);
    }
    irqp_bins_fini(&pool);
    goodness->ks_p = (1.0 + ks) / (1.0 + replicates);
    goodness->cvm_p = (1.0 + cvm) / (1.0 + replicates);
    return status;
}

enum irqp_status irqp_goodness(struct irqp_goodness *goodness, const struct irqp_bins *predicted,
                               const struct irqp_bins *measured, unsigned replicates, uint64_t seed)
{
    if (irqp_bins_total(predicted) == 0 || irqp_bins_total(measured) == 0 || replicates < 1 ||
        replicates > 100000)
        return IRQP_INPUT;
    irqp_gsl_quiet();
    gsl_rng *rng = gsl_rng_alloc(irqp_rng_stream);
    if (!rng)
        return IRQP_NO_MEMORY;
    gsl_rng_set(rng, seed);
    chi_square(goodness, predicted, measured);
    struct distances distances = distances_of(predicted, measured);
    goodness->ks = distances.ks;
    goodness->cvm = distances.cvm;
    enum irqp_status status = monte_carlo(goodness, predicted, measured, replicates, rng);
    gsl_rng_free(rng);
    return status;
}
