/* What the search and the posterior of a calibration share: evaluations. Internal. */
#ifndef SIM_STUDY_FIT_H
#define SIM_STUDY_FIT_H

#include "irqpath/calibrate.h"
#include <gsl/gsl_rng.h>

enum { FIT_MOMENTS = 11 };

/* A measured set, prepared: its quantiles inside the bins, and how sure they are. */
struct irqpi_set {
    double quantile[FIT_MOMENTS], deviation[FIT_MOMENTS]; /* picoseconds */
    bool known[FIT_MOMENTS];
    double median;
};

struct irqpi_fit {
    const struct irqp_model *model;
    const struct irqp_calibrate_options *options;
    double low[IRQP_FREE_MAX], high[IRQP_FREE_MAX]; /* logarithms of the factors */
    double value[IRQP_FREE_MAX];                    /* in the scenario, base units */
    struct irqpi_set sets[IRQP_TARGETS_MAX];
    size_t moments;
    uint64_t evaluations;
    enum irqp_status status; /* why no more is evaluated; IRQP_OK: all is well */
};

/* What one point of the unit cube gives. */
struct irqpi_point {
    double objective;                   /* Q */
    double distance;                    /* sum over sets of W1 / median */
    double distances[IRQP_TARGETS_MAX]; /* W1, picoseconds */
    /* Simulated - measured quantile, in deviations; where the set has one. NAN: it is beyond what a histogram
     * holds, and Q is infinite. */
    double off[IRQP_TARGETS_MAX][FIT_MOMENTS];
};

/* Reads and checks everything; messages go to diagnostics. */
enum irqp_status irqpi_fit_begin(struct irqpi_fit *fit, const struct irqp_model *model,
                                 const struct irqp_calibrate_options *options,
                                 struct irqp_diagnostics *diagnostics);

/* Runs all scenarios at a point, a coordinate from 0 to 1 for each free parameter; NULL: as they are. The
 * random numbers are those of the options' seed, in all evaluations and scenarios. A point that the model
 * refuses, or at which a run fails, is infinitely bad. False, with fit->status, if that is the end. */
bool irqpi_fit_evaluate(struct irqpi_fit *fit, const double *at, uint64_t samples, struct irqpi_point *point);

/* The same, as another measurement would be taken: with random numbers of its own for each scenario, whose
 * seeds are drawn from rng, and as many samples as were measured, but not more than the options'. */
bool irqpi_fit_remeasure(struct irqpi_fit *fit, const double *at, gsl_rng *rng, struct irqpi_point *point);
uint64_t irqpi_fit_samples(const struct irqpi_fit *fit, size_t set);

/* The factor of a coordinate. */
double irqpi_fit_factor(const struct irqpi_fit *fit, size_t index, double coordinate);

/* Fills in the posterior (posterior.c); best: the point that the search found. */
enum irqp_status irqpi_posterior(struct irqpi_fit *fit, struct irqp_calibration *calibration,
                                 const double *best);

#endif
