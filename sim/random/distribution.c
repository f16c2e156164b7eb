#include "irqpath/distribution.h"
#include "irqpath/random.h"
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT 0x1p62 /* picoseconds; the longest duration there is */

/* Of nested specifications. Each truncation triples the work of evaluating its part. */
enum { DEPTH = 8 };

/* ---- life ---- */

struct irqp_distribution *irqp_distribution_new(enum irqp_distribution_kind kind, double a, double b,
                                                double c)
{
    struct irqp_distribution *distribution = malloc(sizeof *distribution);
    if (distribution != NULL)
        *distribution = (struct irqp_distribution){.kind = kind, .a = a, .b = b, .c = c};
    return distribution;
}

void irqp_distribution_scale(struct irqp_distribution *distribution, double factor)
{
    bool second = distribution->kind == IRQP_UNIFORM || distribution->kind == IRQP_TRIANGULAR ||
                  distribution->kind == IRQP_NORMAL || distribution->kind == IRQP_TRUNCATE;
    distribution->a *= factor;
    if (second) /* else it is a shape, which has no unit */
        distribution->b *= factor;
    distribution->c *= factor; /* a mode, or unused */
    for (size_t i = 0; distribution->parts && i < distribution->count; i++)
        irqp_distribution_scale(distribution->parts[i], factor);
    for (size_t i = 0; distribution->values && i < distribution->count; i++)
        distribution->values[i] *= factor;
}

void irqp_distribution_free(struct irqp_distribution *distribution)
{
    if (distribution == NULL)
        return;
    if (distribution->parts != NULL)
        for (size_t i = 0; i < distribution->count; i++)
            irqp_distribution_free(distribution->parts[i]);
    free(distribution->parts);
    free(distribution->values);
    free(distribution->weights);
    free(distribution);
}

enum irqp_status irqp_distribution_add_part(struct irqp_distribution *distribution,
                                            struct irqp_distribution *part, double weight)
{
    size_t count = distribution->count + 1;
    struct irqp_distribution **parts = realloc(distribution->parts, count * sizeof(*parts));
    if (parts == NULL)
        return IRQP_NO_MEMORY;
    distribution->parts = parts;
    double *weights = realloc(distribution->weights, count * sizeof *weights);
    if (weights == NULL)
        return IRQP_NO_MEMORY;
    distribution->weights = weights;
    parts[count - 1] = part;
    weights[count - 1] = weight;
    distribution->count = count;
    return IRQP_OK;
}

enum irqp_status irqp_distribution_add_point(struct irqp_distribution *distribution, double value,
                                             double weight)
{
    size_t count = distribution->count + 1;
    double *values = realloc(distribution->values, count * sizeof *values);
    if (values == NULL)
        return IRQP_NO_MEMORY;
    distribution->values = values;
    double *weights = realloc(distribution->weights, count * sizeof *weights);
    if (weights == NULL)
        return IRQP_NO_MEMORY;
    distribution->weights = weights;
    values[count - 1] = value;
    weights[count - 1] = weight;
    distribution->count = count;
    return IRQP_OK;
}

static bool copy_doubles(double **to, const double *from, size_t count)
{
    if (from == NULL || count == 0)
        return true;
    *to = malloc(count * sizeof **to);
    if (*to != NULL)
        memcpy(*to, from, count * sizeof **to);
    return *to != NULL;
}

struct irqp_distribution *irqp_distribution_copy(const struct irqp_distribution *distribution)
{
    struct irqp_distribution *copy =
        irqp_distribution_new(distribution->kind, distribution->a, distribution->b, distribution->c);
    if (copy == NULL)
        return NULL;
    bool done = copy_doubles(&copy->values, distribution->values, distribution->count) &&
                copy_doubles(&copy->weights, distribution->weights, distribution->count);
    if (done && distribution->parts != NULL && distribution->count > 0) {
        copy->parts = calloc(distribution->count, sizeof(*copy->parts));
        done = copy->parts != NULL;
        for (; done && copy->count < distribution->count; copy->count++) {
            copy->parts[copy->count] = irqp_distribution_copy(distribution->parts[copy->count]);
            if (copy->parts[copy->count] == NULL)
                done = false;
        }
    }
    copy->count = distribution->count;
    if (!done) {
        irqp_distribution_free(copy);
        return NULL;
    }
    return copy;
}

/* ---- where the mass lies ---- */

/* The probabilities on both sides of a value and at it, each with its own relative precision. */
struct split {
    double less, equal, more;
};

static double at_most(struct split s)
{
    return s.less + s.equal;
}
static double at_least(struct split s)
{
    return s.equal + s.more;
}

static struct split split(const struct irqp_distribution *distribution, double x);

static struct split smooth(double less, double more)
{
    return (struct split){less, 0, more};
}

static struct split atom(double x, double value)
{
    return (struct split){value<x, value == x, value> x};
}

static struct split split_triangular(double low, double high, double mode, double x)
{
    if (x <= low)
        return smooth(0, 1);
    if (x >= high)
        return smooth(1, 0);
    if (x < mode) {
        double less = (x - low) / (high - low) * ((x - low) / (mode - low));
        return smooth(less, 1 - less);
    }
    double more = (high - x) / (high - low) * ((high - x) / (high - mode));
    return smooth(1 - more, more);
}

/* A normal given that it is not negative. */
static struct split split_normal(double mean, double deviation, double x)
{
    if (x <= 0)
        return smooth(0, 1);
    double mass = gsl_cdf_ugaussian_Q(-mean / deviation), z = (x - mean) / deviation;
    return smooth((gsl_cdf_ugaussian_P(z) - gsl_cdf_ugaussian_P(-mean / deviation)) / mass,
                  gsl_cdf_ugaussian_Q(z) / mass);
}

/* The logarithm of a lognormal is normal with this deviation and mean. */
static double log_deviation(double cv)
{
    return sqrt(log1p(cv * cv));
}
static double log_mean(double mean, double cv)
{
    return log(mean) - log1p(cv * cv) / 2;
}

static double total_weight(const struct irqp_distribution *distribution)
{
    double total = 0;
    for (size_t i = 0; i < distribution->count; i++)
        total += distribution->weights[i];
    return total;
}

static struct split split_parts(const struct irqp_distribution *d, double x)
{
    struct split sum = {0, 0, 0};
    double total = total_weight(d);
    for (size_t i = 0; i < d->count; i++) {
        struct split part = d->kind == IRQP_EMPIRICAL ? atom(x, d->values[i]) : split(d->parts[i], x);
        sum.less += part.less * (d->weights[i] / total);
        sum.equal += part.equal * (d->weights[i] / total);
        sum.more += part.more * (d->weights[i] / total);
    }
    return sum;
}

/* P(low <= X <= high) from the splits at both, subtracted in the tail where less is lost. */
static double mass_between(struct split low, struct split high)
{
    double mass = at_most(high) <= 0.5 ? at_most(high) - low.less : at_least(low) - high.more;
    return fmax(mass, 0);
}

static struct split split_truncated(const struct irqp_distribution *d, double x)
{
    if (x < d->a)
        return smooth(0, 1);
    if (x > d->b)
        return smooth(1, 0);
    struct split low = split(d->parts[0], d->a), high = split(d->parts[0], d->b), at = split(d->parts[0], x);
    double mass = mass_between(low, high);
    double less = at.less <= 0.5 ? at.less - low.less : at_least(low) - at_least(at);
    double more = at_most(high) <= 0.5 ? at_most(high) - at_most(at) : at.more - high.more;
    return (struct split){fmax(less, 0) / mass, at.equal / mass, fmax(more, 0) / mass};
}

static struct split split(const struct irqp_distribution *d, double x)
{
    bool is_smooth = d->kind > IRQP_CONSTANT && d->kind < IRQP_SHIFT;
    if (is_smooth && (x <= 0 || x == INFINITY)) /* where GSL's functions may give NaN */
        return x <= 0 ? smooth(0, 1) : smooth(1, 0);
    switch (d->kind) {
    case IRQP_CONSTANT:
        return atom(x, d->a);
    case IRQP_UNIFORM:
        return smooth(gsl_cdf_flat_P(x, d->a, d->b), gsl_cdf_flat_Q(x, d->a, d->b));
    case IRQP_TRIANGULAR:
        return split_triangular(d->a, d->b, d->c, x);
    case IRQP_NORMAL:
        return split_normal(d->a, d->b, x);
    case IRQP_LOGNORMAL: {
        double z = (log(x) - log_mean(d->a, d->b)) / log_deviation(d->b);
        return smooth(gsl_cdf_ugaussian_P(z), gsl_cdf_ugaussian_Q(z));
    }
    case IRQP_EXPONENTIAL:
        return smooth(gsl_cdf_exponential_P(x, d->a), gsl_cdf_exponential_Q(x, d->a));
    case IRQP_GAMMA: {
        double square = d->b * d->b;
        return smooth(gsl_cdf_gamma_P(x, 1 / square, d->a * square),
                      gsl_cdf_gamma_Q(x, 1 / square, d->a * square));
    }
    case IRQP_WEIBULL:
        return smooth(gsl_cdf_weibull_P(x, d->a, d->b), gsl_cdf_weibull_Q(x, d->a, d->b));
    case IRQP_PARETO: /* GSL's order of arguments: exponent, minimum */
        return x <= d->a ? smooth(0, 1)
                         : smooth(gsl_cdf_pareto_P(x, d->b, d->a), gsl_cdf_pareto_Q(x, d->b, d->a));
    case IRQP_SHIFT:
        return split(d->parts[0], x - d->a);
    case IRQP_TRUNCATE:
        return split_truncated(d, x);
    case IRQP_MIXTURE:
    case IRQP_EMPIRICAL:
        return split_parts(d, x);
    }
    return (struct split){NAN, NAN, NAN};
}

double irqp_distribution_cdf(const struct irqp_distribution *distribution, double x)
{
    irqp_gsl_quiet();
    return at_most(split(distribution, x));
}

double irqp_distribution_upper(const struct irqp_distribution *distribution, double x)
{
    irqp_gsl_quiet();
    return split(distribution, x).more;
}

double irqp_distribution_mass(const struct irqp_distribution *distribution, double low, double high)
{
    irqp_gsl_quiet();
    return low <= high ? mass_between(split(distribution, low), split(distribution, high)) : 0;
}

/* ---- bounds ---- */

/* The lowest and highest value that can be drawn. */
static void bounds(const struct irqp_distribution *d, double *low, double *high)
{
    *low = 0;
    *high = INFINITY;
    switch (d->kind) {
    case IRQP_CONSTANT:
        *low = *high = d->a;
        break;
    case IRQP_UNIFORM:
    case IRQP_TRIANGULAR:
        *low = d->a;
        *high = d->b;
        break;
    case IRQP_PARETO:
        *low = d->a;
        break;
    case IRQP_SHIFT:
        bounds(d->parts[0], low, high);
        *low += d->a;
        *high += d->a;
        break;
    case IRQP_TRUNCATE:
        bounds(d->parts[0], low, high);
        *low = fmax(*low, d->a);
        *high = fmin(*high, d->b);
        break;
    case IRQP_MIXTURE:
    case IRQP_EMPIRICAL:
        *low = INFINITY;
        *high = -INFINITY;
        for (size_t i = 0; i < d->count; i++) {
            double part_low, part_high;
            if (d->kind == IRQP_EMPIRICAL)
                part_low = part_high = d->values[i];
            else
                bounds(d->parts[i], &part_low, &part_high);
            *low = fmin(*low, part_low);
            *high = fmax(*high, part_high);
        }
        break;
    case IRQP_NORMAL:
    case IRQP_LOGNORMAL:
    case IRQP_EXPONENTIAL:
    case IRQP_GAMMA:
    case IRQP_WEIBULL:
        break;
    }
}

/* ---- quantiles ---- */

/* Every inverse takes a probability from both ends, p + q = 1, and uses the smaller. */
static double inverse(const struct irqp_distribution *distribution, double p, double q);

/* The smallest double at which the cumulative function reaches p. Non-negative doubles are ordered as their
 * bit patterns are, so that at most 64 steps find it exactly, jumps included. */
static double bisect(const struct irqp_distribution *d, double p, double q)
{
    double bound_low, bound_high;
    bounds(d, &bound_low, &bound_high);
    bound_low += 0.0; /* no negative zero */
    uint64_t low, high;
    memcpy(&low, &bound_low, sizeof low);
    memcpy(&high, &bound_high, sizeof high);
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        double x;
        memcpy(&x, &middle, sizeof x);
        struct split s = split(d, x);
        if (p <= q ? at_most(s) >= p : s.more <= q)
            high = middle;
        else
            low = middle + 1;
    }
    double x;
    memcpy(&x, &high, sizeof x);
    return x;
}

static double inverse_gaussian(double p, double q)
{
    return p <= q ? gsl_cdf_ugaussian_Pinv(p) : gsl_cdf_ugaussian_Qinv(q);
}

/* A gamma of unit scale. GSL's inverse is slow and fails for small coefficients of variation and in far
 * tails; this is Newton's iteration on the logarithm of the smaller tail, which is nearly straight in x
 * (upper) or in log x (lower), from the cube approximation of Wilson and Hilferty (1931) or the first term of
 * the series at zero. NAN if it does not converge. */
static double inverse_gamma(double shape, double p, double q)
{
    enum { ITERATIONS = 60 };
    double cube = 1 - 1 / (9 * shape) + inverse_gaussian(p, q) / (3 * sqrt(shape));
    double log_x = cube > 0.3 ? log(shape) + 3 * log(cube) : (log(p) + gsl_sf_lngamma(shape + 1)) / shape;
    for (int i = 0; i < ITERATIONS; i++) {
        if (log_x < -700) /* below the smallest double; x^shape still has mass there if the shape is small */
            return 0;
        double x = exp(log_x), density = gsl_ran_gamma_pdf(x, shape, 1);
        double tail = p <= q ? gsl_cdf_gamma_P(x, shape, 1) : gsl_cdf_gamma_Q(x, shape, 1);
        double wrong = log(tail / (p <= q ? p : q));
        if (!isfinite(wrong) || !(density > 0))
            return NAN;
        double relative = wrong * tail / (density * x);
        log_x += p <= q ? -relative : log1p(fmax(relative, -0.9));
        if (fabs(wrong) < 1e-6) /* the step just taken squares the error */
            return exp(log_x);
    }
    return NAN;
}

static double inverse_truncated(const struct irqp_distribution *d, double p, double q)
{
    struct split low = split(d->parts[0], d->a), high = split(d->parts[0], d->b);
    double mass = mass_between(low, high);
    double x = inverse(d->parts[0], low.less + p * mass, high.more + q * mass);
    return fmin(fmax(x, d->a), d->b);
}

static double inverse(const struct irqp_distribution *d, double p, double q)
{
    double x = NAN, low, high;
    bounds(d, &low, &high);
    if (!(p > 0))
        return low;
    if (!(q > 0))
        return high;
    switch (d->kind) {
    case IRQP_CONSTANT:
        return d->a;
    case IRQP_UNIFORM:
        x = p <= q ? d->a + p * (d->b - d->a) : d->b - q * (d->b - d->a);
        break;
    case IRQP_TRIANGULAR:
        x = p <= (d->c - d->a) / (d->b - d->a) ? d->a + sqrt(p * (d->b - d->a) * (d->c - d->a))
                                               : d->b - sqrt(q * (d->b - d->a) * (d->b - d->c));
        break;
    case IRQP_NORMAL: {
        double cut = gsl_cdf_ugaussian_P(-d->a / d->b), mass = gsl_cdf_ugaussian_Q(-d->a / d->b);
        x = fmax(d->a + d->b * inverse_gaussian(cut + p * mass, q * mass), 0);
        break;
    }
    case IRQP_LOGNORMAL:
        x = exp(log_mean(d->a, d->b) + log_deviation(d->b) * inverse_gaussian(p, q));
        break;
    case IRQP_EXPONENTIAL:
        x = p <= q ? gsl_cdf_exponential_Pinv(p, d->a) : gsl_cdf_exponential_Qinv(q, d->a);
        break;
    case IRQP_GAMMA:
        x = inverse_gamma(1 / (d->b * d->b), p, q) * d->a * d->b * d->b;
        break;
    case IRQP_WEIBULL:
        x = p <= q ? gsl_cdf_weibull_Pinv(p, d->a, d->b) : gsl_cdf_weibull_Qinv(q, d->a, d->b);
        break;
    case IRQP_PARETO:
        x = p <= q ? gsl_cdf_pareto_Pinv(p, d->b, d->a) : gsl_cdf_pareto_Qinv(q, d->b, d->a);
        break;
    case IRQP_SHIFT:
        x = d->a + inverse(d->parts[0], p, q);
        break;
    case IRQP_TRUNCATE:
        x = inverse_truncated(d, p, q);
        break;
    case IRQP_MIXTURE:
    case IRQP_EMPIRICAL:
        break;
    }
    return isnan(x) ? bisect(d, p, q) : x;
}

double irqp_distribution_quantile(const struct irqp_distribution *distribution, double p)
{
    irqp_gsl_quiet();
    return isnan(p) ? NAN : inverse(distribution, p, 1 - p);
}

double irqp_distribution_upper_quantile(const struct irqp_distribution *distribution, double q)
{
    irqp_gsl_quiet();
    return isnan(q) ? NAN : inverse(distribution, 1 - q, q);
}

/* ---- means ---- */

/* For the smooth kinds: the shares of the mean that come from values on both sides of x. */
static struct split share(const struct irqp_distribution *d, double x)
{
    double low, high;
    bounds(d, &low, &high);
    if (x <= low)
        return smooth(0, 1);
    if (x >= high)
        return smooth(1, 0);
    switch (d->kind) {
    case IRQP_UNIFORM: {
        double whole = (high - low) * (high + low);
        return smooth((x - low) * (x + low) / whole, (high - x) * (high + x) / whole);
    }
    case IRQP_TRIANGULAR: {
        double three_means = low + high + d->c, y;
        if (x < d->c) {
            y = x - low;
            double less = y * y * (3 * low + 2 * y) / ((high - low) * (d->c - low) * three_means);
            return smooth(less, 1 - less);
        }
        y = high - x;
        double more = y * y * (3 * high - 2 * y) / ((high - low) * (high - d->c) * three_means);
        return smooth(1 - more, more);
    }
    case IRQP_LOGNORMAL: { /* the normal behind it, moved up by its variance */
        double z = (log(x) - log_mean(d->a, d->b)) / log_deviation(d->b) - log_deviation(d->b);
        return smooth(gsl_cdf_ugaussian_P(z), gsl_cdf_ugaussian_Q(z));
    }
    case IRQP_EXPONENTIAL: /* a gamma, of shape one more */
        return smooth(gsl_cdf_gamma_P(x, 2, d->a), gsl_cdf_gamma_Q(x, 2, d->a));
    case IRQP_GAMMA: {
        double square = d->b * d->b;
        return smooth(gsl_cdf_gamma_P(x, 1 / square + 1, d->a * square),
                      gsl_cdf_gamma_Q(x, 1 / square + 1, d->a * square));
    }
    case IRQP_WEIBULL: {
        double y = pow(x / d->a, d->b);
        return smooth(gsl_cdf_gamma_P(y, 1 + 1 / d->b, 1), gsl_cdf_gamma_Q(y, 1 + 1 / d->b, 1));
    }
    case IRQP_PARETO: {
        double more = pow(d->a / x, d->b - 1);
        return smooth(1 - more, more);
    }
    case IRQP_CONSTANT:
    case IRQP_NORMAL:
    case IRQP_SHIFT:
    case IRQP_TRUNCATE:
    case IRQP_MIXTURE:
    case IRQP_EMPIRICAL:
        break;
    }
    return smooth(NAN, NAN);
}

/* E[X; low <= X <= high] of a normal cut at zero: the integral of x times its density. */
static double part_of_normal(double mean, double deviation, double low, double high)
{
    double a = (fmax(low, 0) - mean) / deviation, b = (high - mean) / deviation;
    double mass = mass_between(smooth(gsl_cdf_ugaussian_P(a), gsl_cdf_ugaussian_Q(a)),
                               smooth(gsl_cdf_ugaussian_P(b), gsl_cdf_ugaussian_Q(b)));
    double slope = gsl_ran_ugaussian_pdf(a) - (isinf(b) ? 0 : gsl_ran_ugaussian_pdf(b));
    return (mean * mass + deviation * slope) / gsl_cdf_ugaussian_Q(-mean / deviation);
}

/* E[X; low <= X <= high]: the part of the mean that comes from there. */
static double part_of_mean(const struct irqp_distribution *d, double low, double high)
{
    double sum = 0;
    if (!(low <= high))
        return 0;
    switch (d->kind) {
    case IRQP_CONSTANT:
        return d->a >= low && d->a <= high ? d->a : 0;
    case IRQP_NORMAL:
        return part_of_normal(d->a, d->b, low, high);
    case IRQP_SHIFT:
        return part_of_mean(d->parts[0], low - d->a, high - d->a) +
               d->a * irqp_distribution_mass(d->parts[0], low - d->a, high - d->a);
    case IRQP_TRUNCATE:
        return part_of_mean(d->parts[0], fmax(low, d->a), fmin(high, d->b)) /
               irqp_distribution_mass(d->parts[0], d->a, d->b);
    case IRQP_EMPIRICAL:
        for (size_t i = 0; i < d->count; i++)
            if (d->values[i] >= low && d->values[i] <= high)
                sum += d->values[i] * d->weights[i];
        return sum / total_weight(d);
    case IRQP_MIXTURE:
        for (size_t i = 0; i < d->count; i++)
            sum += part_of_mean(d->parts[i], low, high) * d->weights[i];
        return sum / total_weight(d);
    case IRQP_UNIFORM:
    case IRQP_TRIANGULAR:
    case IRQP_LOGNORMAL:
    case IRQP_EXPONENTIAL:
    case IRQP_GAMMA:
    case IRQP_WEIBULL:
    case IRQP_PARETO:
        return irqp_distribution_mean(d) * mass_between(share(d, low), share(d, high));
    }
    return NAN;
}

double irqp_distribution_mean(const struct irqp_distribution *d)
{
    irqp_gsl_quiet();
    switch (d->kind) {
    case IRQP_CONSTANT:
    case IRQP_LOGNORMAL:
    case IRQP_EXPONENTIAL:
    case IRQP_GAMMA:
        return d->a;
    case IRQP_UNIFORM:
        return d->a + (d->b - d->a) / 2;
    case IRQP_TRIANGULAR:
        return (d->a + d->b + d->c) / 3;
    case IRQP_WEIBULL:
        return d->a * gsl_sf_gamma(1 + 1 / d->b);
    case IRQP_PARETO:
        return d->a * d->b / (d->b - 1);
    case IRQP_SHIFT:
        return d->a + irqp_distribution_mean(d->parts[0]);
    case IRQP_NORMAL:
    case IRQP_TRUNCATE:
    case IRQP_MIXTURE:
    case IRQP_EMPIRICAL:
        break;
    }
    return part_of_mean(d, -INFINITY, INFINITY);
}

/* ---- soundness ---- */

static const char *problem(const struct irqp_distribution *d, int depth);

static const char *problem_with_cv(enum irqp_distribution_kind kind, double mean, double cv)
{
    if (!(mean > 0))
        return "mean must be positive";
    if (!(cv > 0))
        return "cv must be positive";
    /* For shapes of more than 10^5, GSL's incomplete gamma function is not exact enough in the far tails. */
    if (kind == IRQP_GAMMA && cv < 0.003)
        return "cv must be at least 0.003 (use a normal or a constant for less)";
    if (cv < 1e-6)
        return "cv must be at least 1e-6 (use a constant for less)";
    return cv <= 100 ? NULL : "cv must be at most 100";
}

static const char *problem_with_weights(const struct irqp_distribution *d)
{
    double total = 0;
    if (d->count == 0)
        return d->kind == IRQP_MIXTURE ? "a mixture needs parts" : "an empirical distribution needs points";
    if (d->weights == NULL)
        return "weights are missing";
    for (size_t i = 0; i < d->count; i++) {
        if (!(d->weights[i] >= 0) || isinf(d->weights[i]))
            return "weights must be finite and not negative";
        total += d->weights[i];
    }
    return total > 0 && isfinite(total) ? NULL : "the sum of the weights must be positive and finite";
}

static const char *problem_with_part(const struct irqp_distribution *d, int depth)
{
    if (d->count != 1 || d->parts == NULL || d->parts[0] == NULL)
        return "exactly one part is needed";
    const char *wrong = problem(d->parts[0], depth + 1);
    if (wrong != NULL)
        return wrong;
    if (d->kind == IRQP_SHIFT) {
        double low, high;
        bounds(d->parts[0], &low, &high);
        return low + d->a >= 0 ? NULL : "the shift would lead below zero";
    }
    /* Below that, what lies between the bounds is lost in the rounding of the cumulative function. */
    return irqp_distribution_mass(d->parts[0], d->a, d->b) > 1e-9
               ? NULL
               : "less than 1e-9 of the distribution lies between the bounds of the truncation";
}

static const char *problem_with_numbers(const struct irqp_distribution *d)
{
    bool infinite_high = d->kind == IRQP_TRUNCATE && d->b == INFINITY;
    if (!isfinite(d->a) || !(isfinite(d->b) || infinite_high) || !isfinite(d->c))
        return "every number must be finite";
    if (d->a < 0 && d->kind != IRQP_SHIFT && d->kind != IRQP_TRUNCATE)
        return "times must not be negative";
    switch (d->kind) {
    case IRQP_UNIFORM:
        return d->a < d->b ? NULL : "low must be below high";
    case IRQP_TRIANGULAR:
        if (!(d->a < d->b))
            return "low must be below high";
        return d->a <= d->c && d->c <= d->b ? NULL : "mode must lie between low and high";
    case IRQP_NORMAL:
        return d->b > 0 ? NULL : "the standard deviation must be positive";
    case IRQP_LOGNORMAL:
    case IRQP_GAMMA:
        return problem_with_cv(d->kind, d->a, d->b);
    case IRQP_EXPONENTIAL:
        return d->a > 0 ? NULL : "mean must be positive";
    case IRQP_WEIBULL:
        if (!(d->a > 0))
            return "scale must be positive";
        return d->b >= 0.05 && d->b <= 1000 ? NULL : "shape must lie between 0.05 and 1000";
    case IRQP_PARETO:
        if (!(d->a > 0))
            return "minimum must be positive";
        return d->b > 1 ? NULL : "the tail exponent must be above 1, or there is no mean";
    case IRQP_TRUNCATE:
        return d->a < d->b ? NULL : "low must be below high";
    case IRQP_CONSTANT:
    case IRQP_SHIFT:
    case IRQP_MIXTURE:
    case IRQP_EMPIRICAL:
        break;
    }
    return NULL;
}

static const char *problem(const struct irqp_distribution *d, int depth)
{
    if (depth > DEPTH)
        return "distributions are nested too deeply";
    const char *wrong = problem_with_numbers(d);
    if (wrong != NULL)
        return wrong;
    switch (d->kind) {
    case IRQP_SHIFT:
    case IRQP_TRUNCATE:
        wrong = problem_with_part(d, depth);
        break;
    case IRQP_MIXTURE:
        wrong = problem_with_weights(d);
        if (wrong == NULL && d->parts == NULL)
            wrong = "a mixture needs parts";
        for (size_t i = 0; wrong == NULL && i < d->count; i++)
            wrong = d->parts[i] == NULL ? "a mixture needs parts" : problem(d->parts[i], depth + 1);
        break;
    case IRQP_EMPIRICAL:
        wrong = problem_with_weights(d);
        if (wrong == NULL && d->values == NULL)
            wrong = "an empirical distribution needs points";
        for (size_t i = 0; wrong == NULL && i < d->count; i++)
            if (!(d->values[i] >= 0 && d->values[i] <= LIMIT))
                wrong = "values must lie between 0 and 2^62 ps (53 days)";
        break;
    default:
        break;
    }
    if (wrong != NULL)
        return wrong;
    return irqp_distribution_mean(d) <= LIMIT ? NULL : "the mean is beyond 2^62 ps (53 days)";
}

const char *irqp_distribution_problem(const struct irqp_distribution *distribution)
{
    irqp_gsl_quiet();
    return problem(distribution, 0);
}
