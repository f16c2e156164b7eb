/* What a comparison with a measurement says: metrics, each with its criterion and whether it is met. */
#ifndef IRQPATH_CLI_VERDICT_H
#define IRQPATH_CLI_VERDICT_H

#include "irqpath/distance.h"
#include "irqpath/measured.h"
#include "irqpath/study.h"
#include "sim/cli/picture.h"
#include "sim/cli/text.h"

/* What is asked of a prediction; the defaults are those of the facts on validation. */
enum cli_criterion {
    CLI_WASSERSTEIN, /* most, ps; by default 0.25 us or 5 % of the measured median, whichever is more */
    CLI_LARGEST,     /* D: most */
    CLI_OVERLAP,     /* least */
    CLI_TAIL,        /* factor: most */
    CLI_QUANTILES,   /* most relative error, beside one bin */
    CLI_MAXIMUM,     /* its probability: least, on either side */
    CLI_DEADLINE,    /* factor: most */
    CLI_CRITERIA
};

struct cli_criteria {
    struct {
        bool dropped, set;
        double limit;
    } of[CLI_CRITERIA];
};

/* Reads "NAME=LIMIT", or "NAME=-" that drops the criterion; what is wrong is printed. IRQP_USAGE. */
enum irqp_status cli_read_criteria(struct cli_criteria *criteria, const struct cli_list *words);

/* A prediction beside a measurement. */
struct cli_comparison {
    const char *name, *title, *file;        /* of the prediction; where the measurement is */
    const struct irqp_run *run;             /* the prediction */
    const struct irqp_histogram *predicted; /* of that run: thread or interrupt latency, or gaps */
    const char *format;                     /* of the measurement */
    const struct irqp_bins *measured;
    const struct irqp_bins *bins; /* the prediction in bins of the measurement */
    struct irqp_distance distance;
    struct cli_criteria criteria;
    const irqp_time *deadlines;
    size_t deadline_count; /* at most CLI_DEADLINES */
};

/* Whether gaps are compared, of which a wake-up has any number, and not latencies, of which it has one. */
static inline bool cli_of_gaps(const struct cli_comparison *comparison)
{
    const struct irqp_result *result = &comparison->run->result;
    return comparison->predicted != &result->thread && comparison->predicted != &result->interrupt;
}

/* What is compared, in a word for the axis of a picture. */
static inline const char *cli_quantity(const struct cli_comparison *comparison)
{
    return cli_of_gaps(comparison) ? "gap" : "latency";
}

/* How many of the prediction are compared; the caller frees it. */
char *cli_predicted_samples(const struct cli_comparison *comparison);

enum cli_verdict { CLI_PASS, CLI_FAIL, CLI_UNDECIDED, CLI_REPORTED };

struct cli_metric {
    const char *name;
    struct cli_word value, criterion;
    double number; /* the value; times in picoseconds */
    enum cli_verdict verdict;
};

enum { CLI_DEADLINES = 4, CLI_METRICS = CLI_DEADLINE + CLI_DEADLINES };

/* Fills in the metrics of facts on validation: distance, D, overlap, tail, quantiles, maximum, and one for
 * each deadline; how many. */
size_t cli_judge(struct cli_metric metrics[CLI_METRICS], const struct cli_comparison *comparison);

const char *cli_verdict_word(enum cli_verdict verdict);

/* For people: both sides, quantiles and metrics. */
void cli_print_sides(const struct cli_comparison *comparison);
void cli_print_quantiles(const struct cli *cli, const struct irqp_distance *distance);
void cli_print_metrics(const struct cli *cli, const struct cli_metric *metrics, size_t count);

/* Draws the comparison: PREFIX.gp and the pictures. */
enum irqp_status cli_draw_validation(const struct cli_comparison *comparison, const char *prefix,
                                     const char *formats);

#endif
