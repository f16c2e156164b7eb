/* What a comparison with a measurement says: metrics, each with its criterion and whether it is met. */
#ifndef IRQPATH_CLI_VERDICT_H
#define IRQPATH_CLI_VERDICT_H

#include "irqpath/distance.h"
#include "irqpath/measured.h"
#include "irqpath/study.h"
#include "sim/cli/picture.h"
#include "sim/cli/text.h"

/* A prediction beside a measurement. */
struct cli_comparison {
    const char *name, *title, *file;        /* of the prediction; where the measurement is */
    const struct irqp_run *run;             /* the prediction */
    const struct irqp_histogram *predicted; /* of that run: thread or interrupt latency */
    const struct irqp_measured *measured;
    struct irqp_distance distance;
};

enum cli_verdict { CLI_PASS, CLI_FAIL, CLI_UNDECIDED, CLI_REPORTED };

struct cli_metric {
    const char *name;
    struct cli_word value, criterion;
    double number; /* the value; times in picoseconds */
    enum cli_verdict verdict;
};

enum { CLI_METRICS = 6 };

/* Fills in the metrics of facts on validation: distance, D, overlap, tail, quantiles, maximum. */
void cli_judge(struct cli_metric metrics[CLI_METRICS], const struct cli_comparison *comparison);

const char *cli_verdict_word(enum cli_verdict verdict);

/* Draws the comparison: PREFIX.gp and the pictures. */
enum irqp_status cli_draw_validation(const struct cli_comparison *comparison, const char *prefix,
                                     const char *formats);

#endif
