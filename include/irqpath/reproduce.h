/* Reproducing a paper: a folder of scenarios whose expectations carry the numbers of its claims, run
 * together.
 *
 * Scenarios that differ in nothing but title and expectations are run once. For claims that are predicted,
 * the share of draws over the ranges of everything that is uncertain (irqp_scenario_quantities) in which they
 * hold says how far they rest on guesses: a Latin hypercube (McKay, Beckman and Conover, Technometrics 21,
 * 1979), logarithmic in each range, the same draw of a quantity in all scenarios. In a draw a claim holds if
 * the value does; its interval is asked only whether what did not happen is too rare for the draw to tell.
 */
#ifndef IRQPATH_REPRODUCE_H
#define IRQPATH_REPRODUCE_H

#include "irqpath/expect.h"

/* A scenario of the folder, or one that they compare with. */
struct irqp_trial {
    char *file;
    struct irqp_scenario *scenario;
    void *machine;
    struct irqp_expectations expectations;
    struct irqp_judgement *judgements; /* once run: one for each expectation */
    uint64_t *held, *drawn;            /* of each expectation: draws in which it holds, draws that can tell */
    size_t *others; /* the trials of its expectations' other scenarios: IRQP_EXPECT_OTHERS of each */
    size_t run;     /* which of the runs is its */
    bool in_draws;  /* it takes part in draws */
};

struct irqp_reproduction {
    const struct irqp_model *model;
    const char *search;
    const char *const *overrides; /* of every scenario */
    size_t override_count;
    struct irqp_trial *trials;
    size_t count;
    struct irqp_run *runs;
    size_t run_count;    /* runs that there are to be */
    size_t run_done;     /* runs that there are */
    uint64_t draws_done; /* draws in held and drawn */
    size_t varied;       /* quantities that draws vary */
};

struct irqp_reproduce_options {
    unsigned threads;     /* 0: one per processor */
    uint64_t samples;     /* of every scenario at most; 0: as many as each says */
    uint64_t draws, seed; /* of the hypercube */
    const volatile int *stop;
    /* Called from the calling thread before each run and after each draw; may be NULL. */
    void (*progress)(void *context, const char *what, uint64_t done, uint64_t of);
    void *context;
};

/* Loads the scenarios, and those that they compare with. The strings and lists given must outlive the
 * reproduction; the caller ends it with irqp_reproduction_fini in every case. */
enum irqp_status irqp_reproduction_load(struct irqp_reproduction *reproduction,
                                        const struct irqp_model *model, const char *const *files,
                                        size_t count, const char *search, const char *const *overrides,
                                        size_t override_count, struct irqp_diagnostics *diagnostics);
void irqp_reproduction_fini(struct irqp_reproduction *reproduction);

/* Runs and judges all. IRQP_INTERRUPTED: stopped, nothing is judged. Any other status is that of the run that
 * failed, the last there is. */
enum irqp_status irqp_reproduction_run(struct irqp_reproduction *reproduction,
                                       const struct irqp_reproduce_options *options);
/* Draws. The outcome is the same for every number of threads, unless it is stopped. */
enum irqp_status irqp_reproduction_draw(struct irqp_reproduction *reproduction,
                                        const struct irqp_reproduce_options *options);

/* The evidence of a trial. */
struct irqp_evidence irqp_trial_evidence(const struct irqp_reproduction *reproduction, size_t trial);

/* The i-th of n points of a Latin hypercube in the dimension that is named, uniform in (0, 1). */
void irqp_latin_points(double *points, uint64_t n, uint64_t seed, const char *dimension);

/* ---- claims ---- */

struct irqp_claim {
    int number;
    const char *text;  /* the claim in words */
    const char *where; /* where the paper says so; NULL: not told */
    const char *open;  /* why nothing checks it; NULL: something does */
};

struct irqp_claims {
    struct irqp_claim *items;
    size_t count;
    struct irqp_scenario *file; /* owns the strings */
};

/* Reads a list of claims: {claims: [{number: 12, claim: ..., where: ..., open: ...}, ...]}. IRQP_INPUT with
 * the reasons in diagnostics. The caller ends it with irqp_claims_fini in every case. */
enum irqp_status irqp_claims_read(struct irqp_claims *claims, const char *file,
                                  struct irqp_diagnostics *diagnostics);
void irqp_claims_fini(struct irqp_claims *claims);

#endif
