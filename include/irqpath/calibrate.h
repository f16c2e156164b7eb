/* Calibration: parameters of scenarios fitted to measured histograms.
 *
 * A free parameter is multiplied by a factor within its range (irqp_scenario_quantities); of a cost the whole
 * distribution is. What follows it (`follows`) goes with it. The objective is the simulated moments'
 * (McFadden, Econometrica 57, 1989): Q = sum over quantiles of ((simulated - measured) / sigma)^2, sigma^2
 * being the bootstrap variance of the measured quantile and w^2 / 12 for its bins of width w. Quantiles that
 * overflowed in the measurement are left out; a simulated one that lies there is known, and as bad as it is
 * far. In the search all evaluations of one size use the same random numbers (Glasserman and Yao, Management
 * Science 38, 1992), so that a difference is that of the parameters.
 *
 * The search: a Sobol sequence over the logarithms of the ranges with few samples, the simplex of Nelder and
 * Mead from its best point with more and more samples, and again from where that ends.
 *
 * The posterior: approximate Bayesian computation by sequential Monte Carlo (Toni et al., Journal of the
 * Royal Society Interface 6, 2009), with a uniform prior over the logarithms of the ranges. Every run has
 * random numbers of its own and as many samples as were measured: it is another measurement, of parameters
 * that are known. Particles are kept by Wasserstein distance first, down to what another measurement of the
 * same system would exceed in one case of twenty (`wanted`). Then they are adjusted by regression (Beaumont,
 * Zhang and Balding, Genetics 162, 2002) on few statistics that tell what the quantiles do (Fearnhead and
 * Prangle, Journal of the Royal Statistical Society B 74, 2012): for each parameter one step of Gauss and
 * Newton towards the least Q. Twice more particles are proposed around them, kept by these statistics, and
 * adjusted. If the distance wanted is not reached, they are not adjusted: something else than the parameters
 * differs then, or the particles were too few, and their interval is no more than that of what comes near.
 *
 * The interval of a parameter is the central 95 % of the last particles: their weighted 2.5 and 97.5 %
 * quantiles, which fewer than about 64 particles do not bound well. It is one of belief (a credible interval)
 * and holds
 * - if the model is right: what else differs from the measured system is in no interval;
 * - if the samples of the measurement depend on each other as those of a run's batches do. A measurement is
 *   often one long run: where its state changes slowly, it is worth fewer samples, and the interval is too
 *   narrow;
 * - for at most options.samples: a measurement of more is taken for one of so many, and the interval is wider
 *   than it need be, by about the root of the ratio.
 *
 * `test_calibrate coverage` measures it where all three hold: 100 measurements of 2000 wake-ups, made by the
 * model itself, in bins of 100 ns; two parameters, 50 particles of 2000 wake-ups. The intervals held the true
 * value in 98 and 96 of 100, their ends being a factor of 1.07 and 1.11 apart.
 *
 * Why all that: the particles at the wanted distance held the truth in 100 of 100 cases for either parameter,
 * their ends a factor of 1.37 and 1.18 apart, where the search's estimate scatters by 1.06 and 1.10. A
 * shorter distance is no cure. At 0.6 of it, in 17 of these cases, the first was still 1.15 apart: the
 * distance tells little of a cost that moves the whole distribution by less than its tail scatters. The
 * second was 1.09 apart, and both would shrink to nothing: with common random numbers the distance is a
 * function of the parameters, without the noise of the measurement. Adjusted with these, 2 of 14 intervals
 * held the truth.
 */
#ifndef IRQPATH_CALIBRATE_H
#define IRQPATH_CALIBRATE_H

#include "irqpath/bins.h"
#include "irqpath/model.h"

enum { IRQP_FREE_MAX = 12, IRQP_TARGETS_MAX = 16 };

/* A measured set and the scenario that is to explain it. */
struct irqp_target {
    const char *file; /* of the scenario */
    const struct irqp_bins *measured;
    bool interrupt; /* the interrupt latency instead of the thread latency */
};

struct irqp_calibrate_options {
    const struct irqp_target *targets;
    size_t target_count;
    const char *const *free; /* paths of registry parameters, 1 to IRQP_FREE_MAX */
    size_t free_count;
    const char *const *overrides;
    size_t override_count;
    const char *search; /* as of irqp_scenario_load */
    unsigned threads;   /* 0: one per processor; the outcome does not depend on them */
    uint64_t samples;   /* of each scenario in an evaluation, at least 100 */
    uint64_t seed;
    unsigned particles;       /* of the posterior; 0: none is asked for */
    const volatile int *stop; /* may be NULL; set to end early */
    /* phase: static text; may be NULL */
    void (*progress)(void *context, const char *phase, uint64_t done, uint64_t of);
    void *context;
};

struct irqp_fitted {
    const char *path; /* the options' */
    double factor;    /* of the value in the scenario */
    double value;     /* base units (picoseconds, hertz, a number); of a cost its mean */
    /* The central 95 % of the posterior, as factors; the range's ends without a posterior. The best point is
     * found by another objective and need not lie in it. */
    double low, high;
    double range_low, range_high; /* as factors */
    /* The interval ends nearer to that end of the range than a tenth of its own width (in logarithms): values
     * beyond the range might explain the measurement as well. */
    bool open_below, open_above;
    bool determined; /* the interval is at most half of the range, in logarithms, and open at neither end */
};

struct irqp_calibration {
    struct irqp_fitted fitted[IRQP_FREE_MAX];
    size_t count;
    /* Q of the best, and of the scenarios as they are; W1, picoseconds. Infinite where there is none: the
     * model refuses the values, or the calibration was stopped before. */
    double objective, objective_before;
    double distance[IRQP_TARGETS_MAX], distance_before[IRQP_TARGETS_MAX];
    size_t target_count, moments; /* quantiles that were compared, of all targets */
    uint64_t evaluations;
    bool partial;   /* stopped early: the best so far */
    bool restarted; /* the restart found something better than the first search */
    /* The posterior: particle_count points of `count` factors each, owned, with weights that add up to 1. */
    double *particles, *weights;
    size_t particle_count;
    bool adjusted; /* or else the particles are those of the last distance that was reached */
    /* Distances as shares of the medians: of the particles at most, before they are adjusted; of another
     * measurement; of the best, which is that by Q: particles may be nearer. Infinite where there is none. */
    double tolerance, wanted, nearest;
    double correlation[IRQP_FREE_MAX][IRQP_FREE_MAX]; /* of the logarithms of the factors */
};

/* Fits. IRQP_INPUT: a scenario is bad, a parameter is not known, has no range or not the same value and range
 * in all scenarios, a measurement has too few samples, with messages in diagnostics; IRQP_INTERRUPTED:
 * stopped, with the best so far; IRQP_NO_MEMORY. The caller ends the calibration with irqp_calibration_fini
 * in every case. The same inputs give the same outcome. */
enum irqp_status irqp_calibrate(struct irqp_calibration *calibration, const struct irqp_model *model,
                                const struct irqp_calibrate_options *options,
                                struct irqp_diagnostics *diagnostics);
void irqp_calibration_fini(struct irqp_calibration *calibration);

/* Whether the model comes as near to the measurement as another measurement would, with the best point or
 * with a whole round of particles: if not, something else than the parameters differs, and their intervals
 * cannot be relied on. False without particles, which alone know what is `wanted`. */
bool irqp_calibration_explains(const struct irqp_calibration *calibration);

#endif
