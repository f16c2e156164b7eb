#include "irqpath/tail.h"
#include "irqpath/random.h"

#include <gsl/gsl_min.h>
#include <gsl/gsl_multimin.h>
#include <math.h>

enum { EXCEEDANCES_LEAST = 50, BINS_LEAST = 4, STEPS_MOST = 500 };

/* Half the 0.95-quantile of chi-square with one degree of freedom: by so much the logarithm of the likelihood
 * falls to the ends of an interval. */
static const double DROP = 1.9207;
static const double SHAPE_MOST = 5; /* either way: beyond it nothing is fitted any more */

const double irqp_tail_shares[IRQP_TAIL_SHARES] = {1e-2, 5e-3, 2e-3, 1e-3, 5e-4, 2e-4, 1e-4};

/* ---- likelihood ---- */

/* Survival of the excess y. */
static double survival(double y, double shape, double scale)
{
    if (y <= 0)
        return 1;
    if (fabs(shape) < 1e-9)
        return exp(-y / scale);
    double inside = 1 + shape * y / scale;
    return inside <= 0 ? 0 : exp(-log(inside) / shape);
}

struct excesses {
    const struct irqp_bins *bins;
    size_t first; /* bin */
    irqp_time threshold;
};

static double log_likelihood(const struct excesses *of, double shape, double scale)
{
    const struct irqp_bins *bins = of->bins;
    double sum = 0;
    if (!(scale > 0) || fabs(shape) > SHAPE_MOST)
        return -INFINITY;
    for (size_t i = of->first; i < bins->count; i++) {
        double y = (double)(bins->bins[i].lower - of->threshold);
        sum += (double)bins->bins[i].count *
               log(survival(y, shape, scale) - survival(y + (double)bins->width, shape, scale));
    }
    if (bins->overflow > 0)
        sum += (double)bins->overflow *
               log(survival((double)(irqp_bins_limit(bins) - of->threshold), shape, scale));
    return isnan(sum) ? -INFINITY : sum;
}

static struct excesses excesses_of(const struct irqp_tail *tail, const struct irqp_bins *bins)
{
    struct excesses of = {bins, 0, tail->threshold};
    while (of.first < bins->count && bins->bins[of.first].lower < tail->threshold)
        of.first++;
    return of;
}

/* ---- the best ---- */

/* GSL's minimisers want finite values. */
static double minus(double log_likelihood)
{
    return isfinite(log_likelihood) ? -log_likelihood : 1e300;
}

static double objective(const gsl_vector *at, void *of)
{
    return minus(log_likelihood(of, gsl_vector_get(at, 1), exp(gsl_vector_get(at, 0))));
}

static bool maximise(struct irqp_tail *tail, struct excesses *of, double scale)
{
    gsl_multimin_fminimizer *minimizer = gsl_multimin_fminimizer_alloc(gsl_multimin_fminimizer_nmsimplex2, 2);
    gsl_vector *start = gsl_vector_alloc(2), *step = gsl_vector_alloc(2);
    gsl_multimin_function function = {objective, 2, of};
    bool found = false;
    if (minimizer && start && step) {
        gsl_vector_set(start, 0, log(scale));
        gsl_vector_set(start, 1, 0.05);
        gsl_vector_set(step, 0, 0.3);
        gsl_vector_set(step, 1, 0.2);
        gsl_multimin_fminimizer_set(minimizer, &function, start, step);
        for (int i = 0; i < STEPS_MOST && !found; i++) {
            if (gsl_multimin_fminimizer_iterate(minimizer))
                break;
            found = gsl_multimin_fminimizer_size(minimizer) < 1e-6;
        }
        tail->scale = exp(gsl_vector_get(minimizer->x, 0));
        tail->shape = gsl_vector_get(minimizer->x, 1);
        found &= minimizer->fval < 1e299;
    }
    gsl_multimin_fminimizer_free(minimizer);
    gsl_vector_free(start);
    gsl_vector_free(step);
    return found;
}

/* ---- profiles: the greatest likelihood with one quantity fixed ---- */

struct profile {
    const struct excesses *of;
    double fixed;     /* the shape, or the latency as an excess */
    double rarer;     /* share of the threshold over p, for a latency */
    double likeliest; /* the other parameter at the best: log scale, or shape */
};

/* Over the logarithm of the scale, at a fixed shape. */
static double of_scale(double log_scale, void *given)
{
    const struct profile *profile = given;
    return minus(log_likelihood(profile->of, profile->fixed, exp(log_scale)));
}

/* Over the shape, at a fixed latency: y = scale / shape (r^shape - 1) gives the scale. */
static double of_shape(double shape, void *given)
{
    const struct profile *profile = given;
    double stretch = fabs(shape) < 1e-9 ? log(profile->rarer) : expm1(shape * log(profile->rarer)) / shape;
    return minus(log_likelihood(profile->of, shape, profile->fixed / stretch));
}

/* The least of a function of one variable about a guess: a coarse search, then Brent's. */
static double least(double (*f)(double, void *), void *given, double guess, double reach)
{
    enum { COARSE = 40 };
    gsl_function function = {f, given};
    double best = guess, value = f(guess, given), step = 2 * reach / COARSE;
    for (int i = 0; i <= COARSE; i++) {
        double x = guess - reach + i * step, there = f(x, given);
        if (there < value) {
            best = x;
            value = there;
        }
    }
    gsl_min_fminimizer *minimizer = gsl_min_fminimizer_alloc(gsl_min_fminimizer_brent);
    if (minimizer && gsl_min_fminimizer_set(minimizer, &function, best, best - step, best + step) == 0) {
        for (int i = 0; i < 100; i++) {
            if (gsl_min_fminimizer_iterate(minimizer) ||
                gsl_min_fminimizer_x_upper(minimizer) - gsl_min_fminimizer_x_lower(minimizer) < 1e-7)
                break;
        }
        value = fmin(value, gsl_min_fminimizer_f_minimum(minimizer));
    }
    gsl_min_fminimizer_free(minimizer);
    return value;
}

/* Where, from the best outward, the profile has fallen by DROP; infinite if it does not within `most`. */
static double end_of(struct profile *profile, double (*f)(double, void *), double best, double step,
                     double most, double reach, double top)
{
    double inside = best, outside = best + step;
    for (;; inside = outside, outside += step *= 1.5) {
        if (fabs(outside - best) > most)
            return step > 0 ? INFINITY : -INFINITY;
        profile->fixed = outside;
        if (top + least(f, profile, profile->likeliest, reach) > DROP)
            break;
    }
    for (int i = 0; i < 40; i++) {
        double middle = (inside + outside) / 2;
        profile->fixed = middle;
        if (top + least(f, profile, profile->likeliest, reach) > DROP)
            outside = middle;
        else
            inside = middle;
    }
    return (inside + outside) / 2;
}

static void bound_shape(struct irqp_tail *tail, const struct excesses *of)
{
    double top = log_likelihood(of, tail->shape, tail->scale), step = 0.5 / sqrt((double)tail->exceedances);
    struct profile profile = {of, 0, 0, log(tail->scale)};
    tail->shape_interval.low = end_of(&profile, of_scale, tail->shape, -step, SHAPE_MOST, 1.5, top);
    tail->shape_interval.high = end_of(&profile, of_scale, tail->shape, step, SHAPE_MOST, 1.5, top);
}

/* ---- the fit ---- */

bool irqp_tail_fit(struct irqp_tail *tail, const struct irqp_bins *bins, double share)
{
    irqp_gsl_quiet();
    *tail = (struct irqp_tail){.samples = irqp_bins_total(bins)};
    uint64_t left = bins->overflow;
    size_t first = bins->count;
    while (first > 0 && (double)(left + bins->bins[first - 1].count) <= share * (double)tail->samples)
        left += bins->bins[--first].count;
    if (left < EXCEEDANCES_LEAST || bins->count - first < BINS_LEAST)
        return false;
    tail->threshold = bins->bins[first].lower;
    tail->exceedances = left;
    struct excesses of = {bins, first, tail->threshold};
    double sum = 0;
    for (size_t i = first; i < bins->count; i++)
        sum += (double)bins->bins[i].count *
               ((double)(bins->bins[i].lower - tail->threshold) + (double)bins->width / 2);
    sum += (double)bins->overflow * (double)(irqp_bins_limit(bins) - tail->threshold);
    if (!maximise(tail, &of, sum / (double)left))
        return false;
    bound_shape(tail, &of);
    return true;
}

double irqp_tail_latency(const struct irqp_tail *tail, const struct irqp_bins *bins, double p,
                         struct irqp_interval *interval)
{
    double rarer = (double)tail->exceedances / (double)tail->samples / p;
    double stretch = fabs(tail->shape) < 1e-9 ? log(rarer) : expm1(tail->shape * log(rarer)) / tail->shape;
    double excess = tail->scale * stretch, threshold = (double)tail->threshold;
    *interval = (struct irqp_interval){NAN, NAN};
    if (!(rarer > 1))
        return NAN;
    struct excesses of = excesses_of(tail, bins);
    double top = log_likelihood(&of, tail->shape, tail->scale), step = excess / 20;
    struct profile profile = {&of, 0, rarer, tail->shape};
    interval->low =
        fmax(threshold, threshold + end_of(&profile, of_shape, excess, -step, excess * 0.999, 1, top));
    interval->high = threshold + end_of(&profile, of_shape, excess, step, 1000 * excess, 1, top);
    return threshold + excess;
}
