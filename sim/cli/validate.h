/* What irqpath validate found out, and how it tells that. */
#ifndef IRQPATH_CLI_VALIDATE_H
#define IRQPATH_CLI_VALIDATE_H

#include "irqpath/bootstrap.h"
#include "irqpath/goodness.h"
#include "irqpath/rival.h"
#include "irqpath/tail.h"
#include "sim/cli/verdict.h"

/* One of the dull predictions, or another measurement of the same system. */
struct cli_contender {
    const char *name;
    bool known;
    struct irqp_distance distance;
};

enum { CLI_REPEAT = IRQP_RIVALS, CLI_CONTENDERS };

struct cli_validation {
    struct cli_comparison comparison;
    struct irqp_measured *runs; /* owned */
    size_t run_count;
    struct irqp_bins measured, predicted; /* all runs together, and the prediction in their bins */
    struct irqp_bootstrap bootstrap;
    struct irqp_goodness goodness;
    struct cli_contender contenders[CLI_CONTENDERS];
    struct irqp_tail tails[2][IRQP_TAIL_SHARES]; /* of the measurement, of the prediction */
    bool tail_known[2][IRQP_TAIL_SHARES];
    irqp_time deadlines[CLI_DEADLINES];
    size_t deadline_count;
};

/* IRQP_UNMET: a criterion is not met; IRQP_UNDECIDED: none fails, but one is open. */
enum irqp_status cli_validation_verdict(const struct cli_metric *metrics, size_t count);

/* The rarest threshold at which the tails of both sides are known; -1: there is none. */
int cli_common_threshold(const struct cli_validation *validation);

void cli_validation_print(const struct cli *cli, const struct cli_validation *validation,
                          const struct cli_metric *metrics, size_t count);
void cli_validation_print_json(const struct cli_validation *validation, const struct cli_metric *metrics,
                               size_t count);

#endif
