/* Results as tables for people: latencies, differences, and where the time went. */
#ifndef IRQPATH_CLI_REPORT_H
#define IRQPATH_CLI_REPORT_H

#include "irqpath/result_file.h"
#include "sim/cli/text.h"

/* Short names that tell results apart: what their names do not have in common ("native", "l4linux"), at most
 * `most` characters. The caller ends them with cli_labels_free. */
char **cli_labels(const struct irqp_result_file *results, size_t count, size_t most);
void cli_labels_free(char **labels, size_t count);

/* Whether a quantile means something: about ten samples lie beyond it. */
bool cli_quantile_known(const struct irqp_histogram *histogram, double p);

/* The report on standard output; the results must have samples. all: every step, however small. */
void cli_report(const struct cli *cli, const struct irqp_result_file *results, size_t count, bool all);

#endif
