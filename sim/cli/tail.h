/* The picture of a validation's tails. */
#ifndef IRQPATH_CLI_TAIL_H
#define IRQPATH_CLI_TAIL_H

#include "irqpath/tail.h"
#include "sim/cli/verdict.h"

/* A side of the comparison, with what could be fitted at each of irqp_tail_shares. */
struct cli_tail_side {
    const struct irqp_bins *bins;
    const struct irqp_tail *tails;
    const bool *known;
};

/* Draws both: PREFIX.gp and the pictures. at: the threshold whose laws are drawn; -1: none. */
enum irqp_status cli_draw_tails(const struct cli_comparison *comparison, const struct cli_tail_side *measured,
                                const struct cli_tail_side *predicted, int at, const char *prefix,
                                const char *formats);

#endif
