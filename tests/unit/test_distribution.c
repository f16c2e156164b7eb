/* Distributions: known quantiles and means, inverses, truncation and mixtures, and what is refused. */
#include "irqpath/distribution.h"
#include "irqpath/random.h"
#include <gsl/gsl_math.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct irqp_distribution *spec;

static spec of(enum irqp_distribution_kind kind, double a, double b, double c)
{
    spec distribution = irqp_distribution_new(kind, a, b, c);
    assert_non_null(distribution);
    return distribution;
}

static spec with(spec distribution, spec part, double weight)
{
    assert_int_equal(irqp_distribution_add_part(distribution, part, weight), IRQP_OK);
    return distribution;
}

static void near(double value, double expected, double relative)
{
    if (!(fabs(value - expected) <= relative * fabs(expected)))
        fail_msg("%.15g instead of %.15g", value, expected);
}

/* All smooth kinds, plain and wrapped; the last is NULL. The caller frees. */
static void samples(spec *list)
{
    size_t n = 0;
    list[n++] = of(IRQP_UNIFORM, 1e6, 3e6, 0);
    list[n++] = of(IRQP_TRIANGULAR, 1e6, 4e6, 1.5e6);
    list[n++] = of(IRQP_TRIANGULAR, 1e6, 4e6, 1e6);
    list[n++] = of(IRQP_TRIANGULAR, 1e6, 4e6, 4e6);
    list[n++] = of(IRQP_NORMAL, 1e6, 2e5, 0);
    list[n++] = of(IRQP_NORMAL, 1e5, 2e5, 0);
    list[n++] = of(IRQP_LOGNORMAL, 1e6, 0.5, 0);
    list[n++] = of(IRQP_LOGNORMAL, 1e6, 3, 0);
    list[n++] = of(IRQP_EXPONENTIAL, 1e6, 0, 0);
    list[n++] = of(IRQP_GAMMA, 1e6, 0.01, 0);
    list[n++] = of(IRQP_GAMMA, 1e6, 0.1, 0);
    list[n++] = of(IRQP_GAMMA, 1e6, 1, 0);
    list[n++] = of(IRQP_GAMMA, 1e6, 2, 0);
    list[n++] = of(IRQP_WEIBULL, 1e6, 0.7, 0);
    list[n++] = of(IRQP_WEIBULL, 1e6, 3, 0);
    list[n++] = of(IRQP_PARETO, 1e6, 3, 0);
    list[n++] = with(of(IRQP_SHIFT, 5e5, 0, 0), of(IRQP_GAMMA, 1e6, 0.4, 0), 1);
    list[n++] = with(of(IRQP_SHIFT, -5e5, 0, 0), of(IRQP_PARETO, 1e6, 2.5, 0), 1);
    list[n++] = with(of(IRQP_TRUNCATE, 2e6, 5e6, 0), of(IRQP_EXPONENTIAL, 1e6, 0, 0), 1);
    list[n++] = with(of(IRQP_TRUNCATE, 8e6, INFINITY, 0), of(IRQP_GAMMA, 1e6, 1, 0), 1);
    list[n++] = with(of(IRQP_TRUNCATE, 0, 3e5, 0), of(IRQP_LOGNORMAL, 1e6, 0.5, 0), 1);
    list[n++] = with(of(IRQP_TRUNCATE, 1.1e6, 1.6e6, 0), of(IRQP_NORMAL, 1e6, 2e5, 0), 1);
    list[n++] = with(of(IRQP_TRUNCATE, 1.2e6, 2e6, 0), of(IRQP_WEIBULL, 1e6, 3, 0), 1);
    list[n++] = with(of(IRQP_TRUNCATE, 1.2e6, 2e6, 0), of(IRQP_TRIANGULAR, 1e6, 4e6, 1.5e6), 1);
    list[n++] = with(of(IRQP_TRUNCATE, 1.2e6, 2e6, 0), of(IRQP_UNIFORM, 1e6, 4e6, 0), 1);
    list[n++] = with(of(IRQP_TRUNCATE, 1.2e6, 2e7, 0), of(IRQP_PARETO, 1e6, 1.5, 0), 1);
    list[n++] = with(with(of(IRQP_MIXTURE, 0, 0, 0), of(IRQP_GAMMA, 1e6, 0.1, 0), 3),
                     of(IRQP_EXPONENTIAL, 1e7, 0, 0), 1);
    list[n] = NULL;
}

enum { SAMPLES = 32 };

static void test_known_values(void **state)
{
    (void)state;
    spec d = of(IRQP_EXPONENTIAL, 1000, 0, 0);
    near(irqp_distribution_quantile(d, 0.5), 1000 * log(2), 1e-14);
    near(irqp_distribution_upper_quantile(d, 0x1p-60), 60000 * log(2), 1e-14);
    near(irqp_distribution_cdf(d, 1000), 1 - exp(-1), 1e-14);
    near(irqp_distribution_upper(d, 50000), exp(-50), 1e-13);
    irqp_distribution_free(d);
    d = of(IRQP_LOGNORMAL, 1000, 1, 0); /* median = mean / sqrt(1 + cv^2) */
    near(irqp_distribution_quantile(d, 0.5), 1000 / sqrt(2), 1e-13);
    irqp_distribution_free(d);
    d = of(IRQP_NORMAL, 10000, 1000, 0);
    near(irqp_distribution_quantile(d, 0.975), 11959.963984540054, 1e-12);
    irqp_distribution_free(d);
    d = of(IRQP_NORMAL, 0, 1000, 0); /* the half normal */
    near(irqp_distribution_mean(d), 1000 * sqrt(2 / M_PI), 1e-13);
    near(irqp_distribution_quantile(d, 0.95), 1959.963984540054, 1e-12);
    irqp_distribution_free(d);
    d = of(IRQP_GAMMA, 1000, sqrt(0.5),
           0); /* Erlang of two stages: P(X > x) = (1 + y) e^-y, y = 2 x / mean */
    near(irqp_distribution_upper(d, 1000), 3 * exp(-2), 1e-13);
    near(irqp_distribution_upper(d, 20000), 41 * exp(-40), 1e-12);
    irqp_distribution_free(d);
    d = of(IRQP_WEIBULL, 1000, 2, 0);
    near(irqp_distribution_mean(d), 1000 * sqrt(M_PI) / 2, 1e-13);
    near(irqp_distribution_quantile(d, 1 - exp(-4)), 2000, 1e-12);
    irqp_distribution_free(d);
    d = of(IRQP_PARETO, 1000, 2, 0);
    near(irqp_distribution_mean(d), 2000, 1e-14);
    near(irqp_distribution_upper_quantile(d, 1e-10), 1e8, 1e-12);
    irqp_distribution_free(d);
    d = of(IRQP_TRIANGULAR, 0, 4, 1);
    near(irqp_distribution_mean(d), 5.0 / 3, 1e-14);
    near(irqp_distribution_cdf(d, 1), 0.25, 1e-14);
    near(irqp_distribution_quantile(d, 0.0625), 0.5, 1e-14);
    irqp_distribution_free(d);
    d = with(of(IRQP_TRUNCATE, 3000, INFINITY, 0), of(IRQP_EXPONENTIAL, 1000, 0, 0), 1); /* has no memory */
    near(irqp_distribution_mean(d), 4000, 1e-12);
    near(irqp_distribution_upper_quantile(d, 0x1p-50), 3000 + 50000 * log(2), 1e-12);
    irqp_distribution_free(d);
}

/* The inverse undoes the cumulative function, at both ends in relative precision, and rises. */
static void test_inverse(void **state)
{
    (void)state;
    spec list[SAMPLES];
    samples(list);
    for (size_t i = 0; list[i] != NULL; i++) {
        assert_null(irqp_distribution_problem(list[i]));
        double before = -1;
        for (int k = -60; k <= 60; k++) {
            double p = exp2(-fabs((double)k) - 1);
            double x = k <= 0 ? irqp_distribution_quantile(list[i], exp2(k - 1.0))
                              : irqp_distribution_upper_quantile(list[i], p);
            assert_true(x >= before);
            before = x;
            double found = k <= 0 ? irqp_distribution_cdf(list[i], x) : irqp_distribution_upper(list[i], x);
            /* x has 53 bits, or 10^-6 ps where it is the difference of larger numbers. */
            double slack = irqp_distribution_mass(list[i], x * (1 - 1e-13) - 1e-6, x * (1 + 1e-13) + 1e-6);
            if (!(fabs(found - p) <= 1e-9 * p + 2 * slack + 1e-15 * (list[i]->kind >= IRQP_SHIFT)))
                fail_msg("sample %zu, k %d: P %.12g instead of %.12g at %.12g", i, k, found, p, x);
        }
        irqp_distribution_free(list[i]);
    }
}

/* The closed forms of means against the integral of the quantile function. */
static void test_means(void **state)
{
    (void)state;
    spec list[SAMPLES];
    samples(list);
    for (size_t i = 0; list[i] != NULL; i++) {
        /* Both halves over t = -log2(probability): E = integral of Q(2^-t) 2^-t ln 2, by Simpson's rule. */
        enum { STEPS = 6000 };
        double sum = 0, h = 60.0 / STEPS;
        for (int j = 0; j <= STEPS; j++) {
            double p = exp2(-1 - j * h), weight = j == 0 || j == STEPS ? 1 : j % 2 ? 4 : 2;
            sum += weight * p *
                   (irqp_distribution_quantile(list[i], p) + irqp_distribution_upper_quantile(list[i], p));
        }
        near(irqp_distribution_mean(list[i]), sum * log(2) * h / 3, 2e-6);
        irqp_distribution_free(list[i]);
    }
}

static void test_atoms(void **state)
{
    (void)state;
    spec d = of(IRQP_EMPIRICAL, 0, 0, 0);
    static const double values[] = {30, 10, 20, 10}, weights[] = {2, 1, 6, 1}; /* unsorted, one value twice */
    for (int i = 0; i < 4; i++)
        assert_int_equal(irqp_distribution_add_point(d, values[i], weights[i]), IRQP_OK);
    assert_null(irqp_distribution_problem(d));
    near(irqp_distribution_mean(d), 20, 1e-14);
    near(irqp_distribution_cdf(d, 9.999) + 1, 1, 1e-15);
    near(irqp_distribution_cdf(d, 10), 0.2, 1e-14);
    near(irqp_distribution_upper(d, 20), 0.2, 1e-14);
    near(irqp_distribution_mass(d, 20, 30), 0.8, 1e-14);
    near(irqp_distribution_mass(d, 21, 29) + 1, 1, 1e-14);
    assert_true(irqp_distribution_quantile(d, 0) == 10);
    assert_true(irqp_distribution_quantile(d, 0.19) == 10);
    assert_true(irqp_distribution_quantile(d, 0.21) == 20);
    assert_true(irqp_distribution_quantile(d, 0.79) == 20);
    assert_true(irqp_distribution_quantile(d, 0.81) == 30);
    assert_true(irqp_distribution_quantile(d, 1) == 30);
    spec cut = with(of(IRQP_TRUNCATE, 10, 20, 0), irqp_distribution_copy(d), 1); /* both atoms included */
    near(irqp_distribution_mean(cut), (2 * 10 + 6 * 20) / 8.0, 1e-14);
    near(irqp_distribution_cdf(cut, 10), 0.25, 1e-14);
    spec moved = with(of(IRQP_SHIFT, -10, 0, 0), cut, 1);
    assert_null(irqp_distribution_problem(moved));
    near(irqp_distribution_mean(moved), 7.5, 1e-14);
    assert_true(irqp_distribution_quantile(moved, 0.2) == 0);
    spec mixed = with(with(of(IRQP_MIXTURE, 0, 0, 0), moved, 1), of(IRQP_UNIFORM, 100, 200, 0), 1);
    near(irqp_distribution_mean(mixed), (7.5 + 150) / 2, 1e-14);
    near(irqp_distribution_quantile(mixed, 0.75), 150, 1e-12);
    near(irqp_distribution_quantile(mixed, 0.3), 10, 1e-14); /* the shift rounds */
    irqp_distribution_free(mixed);
    irqp_distribution_free(d);
}

static void test_copy_is_deep(void **state)
{
    (void)state;
    spec d = with(with(of(IRQP_MIXTURE, 0, 0, 0), of(IRQP_GAMMA, 100, 1, 0), 1),
                  with(of(IRQP_SHIFT, 5, 0, 0), of(IRQP_CONSTANT, 7, 0, 0), 1), 3);
    spec copy = irqp_distribution_copy(d);
    assert_non_null(copy);
    double before = irqp_distribution_cdf(d, 50);
    d->parts[0]->a = 1;
    d->weights[1] = 100;
    assert_true(irqp_distribution_cdf(d, 50) != before);
    assert_true(irqp_distribution_cdf(copy, 50) == before);
    irqp_distribution_free(d);
    assert_true(irqp_distribution_cdf(copy, 50) == before);
    irqp_distribution_free(copy);
    irqp_distribution_free(NULL);
}

static void refused(spec distribution, const char *expected)
{
    const char *problem = irqp_distribution_problem(distribution);
    assert_non_null(problem);
    assert_non_null(strstr(problem, expected));
    struct irqp_table table;
    assert_int_equal(irqp_table_init(&table, distribution, NULL), IRQP_INPUT);
    assert_true(table.constant);
    irqp_table_fini(&table);
    irqp_distribution_free(distribution);
}

static void test_problems(void **state)
{
    (void)state;
    refused(of(IRQP_CONSTANT, -1, 0, 0), "negative");
    refused(of(IRQP_CONSTANT, NAN, 0, 0), "finite");
    refused(of(IRQP_CONSTANT, 1e19, 0, 0), "53 days");
    refused(of(IRQP_UNIFORM, 2, 1, 0), "low must be below high");
    refused(of(IRQP_UNIFORM, 0, INFINITY, 0), "finite");
    refused(of(IRQP_TRIANGULAR, 1, 2, 3), "mode");
    refused(of(IRQP_NORMAL, 1, 0, 0), "standard deviation");
    refused(of(IRQP_LOGNORMAL, 0, 1, 0), "mean must be positive");
    refused(of(IRQP_LOGNORMAL, 1, 1000, 0), "at most 100");
    refused(of(IRQP_EXPONENTIAL, 0, 0, 0), "mean must be positive");
    refused(of(IRQP_GAMMA, 1, 0, 0), "cv must be positive");
    refused(of(IRQP_GAMMA, 1, -1, 0), "cv must be positive");
    refused(of(IRQP_GAMMA, 1, 0.001, 0), "cv must be at least");
    refused(of(IRQP_WEIBULL, 1, 0.01, 0), "shape");
    refused(of(IRQP_WEIBULL, 0, 1, 0), "scale");
    refused(of(IRQP_PARETO, 0, 2, 0), "minimum");
    refused(of(IRQP_PARETO, 1, 1, 0), "tail exponent");
    refused(of(IRQP_MIXTURE, 0, 0, 0), "needs parts");
    refused(of(IRQP_EMPIRICAL, 0, 0, 0), "needs points");
    refused(of(IRQP_SHIFT, 0, 0, 0), "exactly one part");
    refused(with(of(IRQP_SHIFT, -2, 0, 0), of(IRQP_UNIFORM, 1, 5, 0), 1), "below zero");
    refused(with(of(IRQP_SHIFT, 2, 0, 0), of(IRQP_UNIFORM, 5, 1, 0), 1), "low must be below high");
    refused(with(of(IRQP_TRUNCATE, 6, 7, 0), of(IRQP_UNIFORM, 1, 5, 0), 1), "less than 1e-9");
    refused(with(of(IRQP_TRUNCATE, 30, INFINITY, 0), of(IRQP_EXPONENTIAL, 1, 0, 0), 1), "less than 1e-9");
    refused(with(of(IRQP_TRUNCATE, 2, 1, 0), of(IRQP_UNIFORM, 1, 5, 0), 1), "low must be below high");
    refused(with(of(IRQP_MIXTURE, 0, 0, 0), of(IRQP_CONSTANT, 1, 0, 0), 0), "sum of the weights");
    refused(with(of(IRQP_MIXTURE, 0, 0, 0), of(IRQP_CONSTANT, 1, 0, 0), -1), "not negative");
    refused(with(of(IRQP_MIXTURE, 0, 0, 0), of(IRQP_GAMMA, 1, 0, 0), 1), "cv");
    spec d = of(IRQP_EMPIRICAL, 0, 0, 0);
    irqp_distribution_add_point(d, -1, 1);
    refused(d, "values must lie");
    d = of(IRQP_CONSTANT, 1, 0, 0);
    for (int i = 0; i < 100; i++)
        d = with(of(IRQP_SHIFT, 1, 0, 0), d, 1);
    refused(d, "too deeply");
}

static void test_out_of_range_probabilities(void **state)
{
    (void)state;
    spec d = of(IRQP_EXPONENTIAL, 10, 0, 0);
    assert_true(irqp_distribution_quantile(d, -1) == 0);
    assert_true(irqp_distribution_quantile(d, 0) == 0);
    assert_true(isinf(irqp_distribution_quantile(d, 1)));
    assert_true(isinf(irqp_distribution_upper_quantile(d, 0)));
    assert_true(isnan(irqp_distribution_quantile(d, NAN)));
    assert_true(irqp_distribution_cdf(d, -5) == 0);
    assert_true(irqp_distribution_cdf(d, INFINITY) == 1);
    irqp_distribution_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_values),
        cmocka_unit_test(test_inverse),
        cmocka_unit_test(test_means),
        cmocka_unit_test(test_atoms),
        cmocka_unit_test(test_copy_is_deep),
        cmocka_unit_test(test_problems),
        cmocka_unit_test(test_out_of_range_probabilities),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
