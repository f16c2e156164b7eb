/* Distributions of durations, and the quantile tables that the run draws from.
 *
 * A distribution is a specification (a small tree). A table is built from it once, with GSL's inverse cumulative
 * functions, and verified against GSL's cumulative function; after that a draw uses integers only.
 */
#ifndef IRQPATH_DISTRIBUTION_H
#define IRQPATH_DISTRIBUTION_H

#include "irqpath/status.h"
#include "irqpath/time.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All times are double picoseconds here; they become integers in the table. Values below zero are an error of the
 * specification, except that a normal is cut at zero (and its exact mean is the mean of the cut one). */
enum irqp_distribution_kind {
    IRQP_CONSTANT,    /* a: value */
    IRQP_UNIFORM,     /* a: low, b: high */
    IRQP_TRIANGULAR,  /* a: low, b: high, c: mode */
    IRQP_NORMAL,      /* a: mean, b: standard deviation; cut at zero */
    IRQP_LOGNORMAL,   /* a: mean, b: coefficient of variation */
    IRQP_EXPONENTIAL, /* a: mean */
    IRQP_GAMMA,       /* a: mean, b: coefficient of variation */
    IRQP_WEIBULL,     /* a: scale, b: shape */
    IRQP_PARETO,      /* a: minimum, b: tail exponent (> 1, so that there is a mean) */
    IRQP_SHIFT,       /* a: shift; parts[0] */
    IRQP_TRUNCATE,    /* a: low, b: high (conditional on [low, high]); parts[0] */
    IRQP_MIXTURE,     /* parts, weights (any positive scale) */
    IRQP_EMPIRICAL,   /* points: value and weight; atoms at the values, drawn exactly as given */
};

struct irqp_distribution {
    enum irqp_distribution_kind kind;
    double a, b, c;
    size_t count;                     /* parts of a mixture, 1 for shift and truncate; points of an empirical */
    struct irqp_distribution **parts; /* owned */
    double *values, *weights;         /* owned; empirical: both; mixture: weights */
};

struct irqp_distribution *irqp_distribution_new(enum irqp_distribution_kind kind, double a, double b, double c);
/* An owned deep copy, NULL without memory. */
struct irqp_distribution *irqp_distribution_copy(const struct irqp_distribution *distribution);
void irqp_distribution_free(struct irqp_distribution *distribution);

/* NULL if the specification is sound, else what is wrong with it in words ("cv must be positive"); static storage. */
const char *irqp_distribution_problem(const struct irqp_distribution *distribution);

/* Closed forms or GSL: P(X <= x); the quantile; the mean in picoseconds. */
double irqp_distribution_cdf(const struct irqp_distribution *distribution, double x);
double irqp_distribution_quantile(const struct irqp_distribution *distribution, double p);
double irqp_distribution_mean(const struct irqp_distribution *distribution);

/* ---- tables ---- */

enum { IRQP_TABLE_CELLS = 256 };

/* The quantile function at the edges of 256 cells of equal probability, in units of 2^shift picoseconds; inside a cell
 * it is linear. The two outermost cells are not linear there: they are resolved by further levels of cells down to
 * probabilities of 2^-64 (tail), so that both ends are exact. Distributions with jumps (empirical, mixtures) are drawn
 * as a choice of part first. */
struct irqp_table {
    int32_t edge[IRQP_TABLE_CELLS + 1];
    uint8_t shift;
    bool constant;               /* every draw is value; no random number is consumed */
    irqp_time value;             /* of a constant */
    irqp_time mean;              /* of the distribution, rounded */
    struct irqp_table_tail *tail; /* NULL for constants */
};

/* Builds the table. IRQP_INPUT if the distribution is unsound, IRQP_MODEL if the verification against the cumulative
 * function fails (the largest deviation in probability is put into *error if that is not NULL), IRQP_NO_MEMORY. */
enum irqp_status irqp_table_init(struct irqp_table *table, const struct irqp_distribution *distribution,
                                 double *error);
void irqp_table_fini(struct irqp_table *table);

/* A hash over what draws depend on, for the manifest; chain it over several tables from hash = 0. */
uint64_t irqp_table_hash(const struct irqp_table *table, uint64_t hash);

/* The draw for u where the cell is one of the two outermost, or the table is made of parts. */
irqp_time irqp_table_draw_tail(const struct irqp_table *table, uint64_t u);

/* The duration at the uniform 64-bit number u. Not for constants: test table->constant first. */
static inline irqp_time irqp_table_draw(const struct irqp_table *table, uint64_t u)
{
    uint32_t cell = (uint32_t)(u >> 56);
    if (__builtin_expect(((cell + 1) & 0xff) <= 1, 0))
        return irqp_table_draw_tail(table, u);
    int32_t low = table->edge[cell], high = table->edge[cell + 1];
    uint64_t part = ((uint64_t)(uint32_t)(high - low) * (uint32_t)(u >> 24)) >> 32;
    return (irqp_time)((uint64_t)low + part) << table->shift;
}

#endif
