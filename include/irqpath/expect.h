/* Expectations: what a scenario's `expect` says of its results, and whether what was simulated bears it out.
 *
 *     expect:
 *       - {metric: p99.999, below: 60 us}
 *       - {metric: P(latency > 100 us), below: 1e-6, confidence: 0.99}
 *       - {metric: offset_to, of: native.yaml, at: p50, is: 5 us, within: 0.75 us, because: "paper: 4.3"}
 *
 * Most metrics have an interval over batches. An expectation is met if the whole interval is what was
 * expected, not met if none of it is, and undecided in between: the run was too short. The intervals of a
 * comparison are put together from those of its parts, at the ends that lie furthest apart: they are wide
 * rather than wrong. Minimum, maximum and what is read from the paths have no interval: they are what they
 * are.
 */
#ifndef IRQPATH_EXPECT_H
#define IRQPATH_EXPECT_H

#include "irqpath/study.h"

/* A scenario, and what was simulated of it. */
struct irqp_evidence {
    const struct irqp_model *model;
    const struct irqp_scenario *scenario;
    const void *machine;
    const struct irqp_run *run; /* NULL: nothing */
};

/* A number of one scenario. */
enum irqp_measure_kind {
    IRQP_MEASURE_QUANTILE, /* p99.9 */
    IRQP_MEASURE_MINIMUM,
    IRQP_MEASURE_MAXIMUM,
    IRQP_MEASURE_MEAN,
    IRQP_MEASURE_MODE,       /* middle of the fullest bin */
    IRQP_MEASURE_MODE_GAP,   /* from the minimum to there */
    IRQP_MEASURE_EXCEEDANCE, /* P(latency > 100 us) */
    IRQP_MEASURE_SHARE,      /* of a cause in all latencies */
    IRQP_MEASURE_TIME,       /* of a cause, per wake-up */
    IRQP_MEASURE_RATE,       /* of a counter, per second */
    IRQP_MEASURE_CPU,        /* share of a mode in the CPU's time */
    IRQP_MEASURE_THROUGHPUT, /* units of the load's work per second */
    IRQP_MEASURE_RUN_TIME,   /* of the load */
    IRQP_MEASURE_STEPS,      /* rows of the paths whose step's name has a word in it */
    IRQP_MEASURE_ROUTE,      /* mean time on a route */
};

struct irqp_measure {
    enum irqp_measure_kind kind;
    size_t latency;           /* its number */
    double p;                 /* QUANTILE */
    irqp_time level;          /* EXCEEDANCE */
    irqp_time width;          /* MODE: of its bins */
    const char *name;         /* of cause, counter, mode, step, route; owned by the expectations */
    const char *path;         /* STEPS: of paths with this in their name only; NULL: of all */
    const char *after, *upto; /* ROUTE: behind the step of this name; up to the step of this name; or NULL */
};

enum irqp_comparison {
    IRQP_COMPARE_NOTHING,   /* the measure of the scenario itself */
    IRQP_COMPARE_OFFSET,    /* to another */
    IRQP_COMPARE_RATIO,     /* to another */
    IRQP_COMPARE_ORDER,     /* the least step in a row of others that ends with the scenario */
    IRQP_COMPARE_POSITION,  /* between two others: 0 at the first, 1 at the second */
    IRQP_COMPARE_DENSITY,   /* of the latency at one place, over that at another */
    IRQP_COMPARE_PARAMETER, /* a value of the scenario, as written */
};

enum irqp_claim_kind { IRQP_CLAIM_GIVEN, IRQP_CLAIM_FITTED, IRQP_CLAIM_PREDICTED };
extern const char *const irqp_claim_kinds[]; /* "given", "fitted", "predicted" */

enum { IRQP_EXPECT_OTHERS = 4 };

struct irqp_expectation {
    const struct irqp_place *place;
    const char *metric, *wanted; /* in words: "offset at p50 to 'native'", "5 us within 0.75 us" */
    enum irqp_comparison comparison;
    struct irqp_measure measure;
    const char *others[IRQP_EXPECT_OTHERS]; /* files of other scenarios */
    size_t other_count;
    irqp_time at[2];   /* DENSITY: middles; negative: the mode */
    size_t parameter;  /* PARAMETER: index */
    bool duration;     /* the value is in picoseconds; else it has no unit */
    double low, high;  /* what is expected; may be infinite */
    bool open;         /* the ends are not in it: below, above */
    const char *text;  /* PARAMETER: what is expected */
    double confidence; /* of the interval */
    int claim;         /* its number; 0: none */
    enum irqp_claim_kind kind;
    const char *because, *otherwise; /* why it is expected, what it means if it is not met; NULL: not told */
};

struct irqp_expectations {
    struct irqp_expectation *items;
    size_t count;
    struct irqp_expect_strings *strings; /* owns the texts that are not of the scenario */
};

/* Reads `expect` of a scenario and checks it: names of causes, counters, steps and routes are those of its
 * machine, other scenarios are searched for as `extends` does. IRQP_INPUT with the reasons in diagnostics.
 * The caller ends the list with irqp_expectations_fini in every case, before the scenario. */
enum irqp_status irqp_expectations_read(struct irqp_expectations *expectations,
                                        const struct irqp_evidence *of, const char *search,
                                        struct irqp_diagnostics *diagnostics);
void irqp_expectations_fini(struct irqp_expectations *expectations);

enum irqp_verdict { IRQP_MET, IRQP_NOT_MET, IRQP_OPEN };
extern const char *const irqp_verdict_words[]; /* "met", "not met", "undecided" */

struct irqp_judgement {
    enum irqp_verdict verdict;
    bool known;       /* there is a value */
    bool exact;       /* it has no interval: low and high are the value */
    bool holds;       /* the value by itself is as expected */
    double value;     /* picoseconds, or without unit */
    double low, high; /* of the interval; infinite where the run does not bound it */
    char reason[160]; /* why it is undecided; else empty */
};

/* Judges: others are the evidence of expectation->others, in their order. */
void irqp_judge(struct irqp_judgement *judgement, const struct irqp_expectation *expectation,
                const struct irqp_evidence *self, const struct irqp_evidence *others);

#endif
