/* Distributions of durations, and the quantile tables that the run draws from.
 *
 * A distribution is a specification (a small tree). A table is built from it once, with GSL's cumulative
 * functions and their inverses, and verified against the cumulative function; after that a draw uses integers
 * only.
 */
#ifndef IRQPATH_DISTRIBUTION_H
#define IRQPATH_DISTRIBUTION_H

#include "irqpath/status.h"
#include "irqpath/time.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All times are double picoseconds here; they become integers in the table. No value lies below zero; a
 * normal is cut there (and its mean is the mean of the cut one). Nothing lies beyond 2^62 ps (53
 * days). At most 8 levels nest. */
enum irqp_distribution_kind {
    IRQP_CONSTANT,    /* a: value */
    IRQP_UNIFORM,     /* a: low, b: high */
    IRQP_TRIANGULAR,  /* a: low, b: high, c: mode */
    IRQP_NORMAL,      /* a: mean, b: standard deviation, both before it is cut at zero */
    IRQP_LOGNORMAL,   /* a: mean, b: coefficient of variation */
    IRQP_EXPONENTIAL, /* a: mean */
    IRQP_GAMMA,       /* a: mean, b: coefficient of variation */
    IRQP_WEIBULL,     /* a: scale, b: shape */
    IRQP_PARETO,      /* a: minimum, b: tail exponent (> 1, so that there is a mean) */
    IRQP_SHIFT,       /* a: shift, may be negative; parts[0] */
    IRQP_TRUNCATE,    /* a: low, b: high, may be infinite (conditional on [low, high]); parts[0] */
    IRQP_MIXTURE,     /* parts, weights (any positive scale) */
    IRQP_EMPIRICAL,   /* values, weights: atoms, drawn exactly as given (rounded to 1 ps); in any order */
};

struct irqp_distribution {
    enum irqp_distribution_kind kind;
    double a, b, c;
    size_t count; /* parts: of a mixture any, of shift and truncate 1; points: empirical */
    struct irqp_distribution **parts; /* owned */
    double *values, *weights;         /* owned; empirical: both; mixture: weights */
};

/* A specification without parts or points; NULL without memory. The caller owns it. */
struct irqp_distribution *irqp_distribution_new(enum irqp_distribution_kind kind, double a, double b,
                                                double c);
/* An owned deep copy, NULL without memory. */
struct irqp_distribution *irqp_distribution_copy(const struct irqp_distribution *distribution);
/* Multiplies every value of it, and so its mean, by a factor above 0. */
void irqp_distribution_scale(struct irqp_distribution *distribution, double factor);
/* Frees the tree; NULL is allowed. */
void irqp_distribution_free(struct irqp_distribution *distribution);

/* Adds a part to a mixture, shift or truncate (weight counts for mixtures only) and takes it over; adds a
 * point to an empirical. IRQP_NO_MEMORY changes nothing: the caller still owns the part. */
enum irqp_status irqp_distribution_add_part(struct irqp_distribution *distribution,
                                            struct irqp_distribution *part, double weight);
enum irqp_status irqp_distribution_add_point(struct irqp_distribution *distribution, double value,
                                             double weight);

/* NULL if the specification is sound, else what is wrong with it in words ("cv must be positive"); static
 * storage. Everything below requires a sound one. */
const char *irqp_distribution_problem(const struct irqp_distribution *distribution);

/* P(X <= x), and P(X > x), which keeps its relative precision where the first is nearly 1. */
double irqp_distribution_cdf(const struct irqp_distribution *distribution, double x);
double irqp_distribution_upper(const struct irqp_distribution *distribution, double x);
/* P(low <= X <= high). */
double irqp_distribution_mass(const struct irqp_distribution *distribution, double low, double high);
/* The smallest x with P(X <= x) >= p, and with P(X > x) <= q: the same at q = 1 - p, but precise for small q.
 * At p <= 0 (q >= 1) the lowest value, at p >= 1 (q <= 0) the highest, perhaps infinite. */
double irqp_distribution_quantile(const struct irqp_distribution *distribution, double p);
double irqp_distribution_upper_quantile(const struct irqp_distribution *distribution, double q);
/* In picoseconds, from closed forms. */
double irqp_distribution_mean(const struct irqp_distribution *distribution);

/* ---- tables ---- */

enum { IRQP_TABLE_CELLS = 256 };

/* The quantile function at the edges of 256 cells of equal probability; inside a cell it is linear. The cells
 * at both ends, where a straight line is not good enough, are not drawn from edge but from the tail: cells
 * that halve in probability from octave to octave, down to 2^-64, so that both ends are exact. Distributions
 * with jumps (empirical, mixtures) are drawn as a choice of part first; all their cells go to the tail. */
struct irqp_table {
    uint8_t first;                      /* the linear cells are [first, first + linear) */
    uint8_t shift;                      /* edges are in units of 2^(32 - shift) ps, shift in 1 .. 62 */
    uint16_t linear;                    /* 0 if every draw goes to the tail */
    bool constant;                      /* every draw is value; no random number need be consumed */
    irqp_time value;                    /* of a constant */
    irqp_time mean;                     /* of the distribution, rounded */
    struct irqp_table_tail *tail;       /* owned; NULL for constants */
    int32_t edge[IRQP_TABLE_CELLS + 1]; /* half a picosecond is added, so that a draw rounds to nearest */
};

/* Builds the table. IRQP_INPUT if the distribution is unsound, IRQP_MODEL if the verification against the
 * cumulative function fails, IRQP_NO_MEMORY; the table is then empty: a constant zero.
 *
 * Verified are draws at the quarter points of every linear cell and in the middle of every tail cell: the
 * probability of the value drawn, give or take its unit (1 ps or that of edge), must be right within 1e-4 and
 * within 1 % of the probability of the nearer tail. The largest deviation found, in probability, is put into
 * *error if that is not NULL. Values beyond 2^62 ps are drawn as 2^62 ps. */
enum irqp_status irqp_table_init(struct irqp_table *table, const struct irqp_distribution *distribution,
                                 double *error);
void irqp_table_fini(struct irqp_table *table);

/* Whether draws rise with u all the way, as they do but where a part is chosen first. */
bool irqp_table_rises(const struct irqp_table *table);

/* A hash over what draws depend on, for the manifest; chain it over several tables from hash = 0. */
uint64_t irqp_table_hash(const struct irqp_table *table, uint64_t hash);

/* The draw for u where the cell is not linear. */
irqp_time irqp_table_draw_tail(const struct irqp_table *table, uint64_t u);

/* The duration at the uniform 64-bit number u; rises with u, except from part to part of a mixture. For a
 * constant it is that constant; test table->constant first to save the random number. */
static inline irqp_time irqp_table_draw(const struct irqp_table *table, uint64_t u)
{
    uint32_t cell = (uint32_t)(u >> 56);
    if (__builtin_expect(cell - table->first >= table->linear, 0))
        return irqp_table_draw_tail(table, u);
    uint64_t low = (uint32_t)table->edge[cell], width = (uint32_t)table->edge[cell + 1] - low;
    return (irqp_time)(((low << 32) + width * (uint32_t)(u >> 24)) >> table->shift);
}

#endif
