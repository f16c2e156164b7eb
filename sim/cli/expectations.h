/* What scenarios expect of their results: the scenarios that they compare with, the verdicts, and telling
 * them. */
#ifndef IRQPATH_CLI_EXPECTATIONS_H
#define IRQPATH_CLI_EXPECTATIONS_H

#include "irqpath/expect.h"
#include "sim/cli/load.h"
#include "sim/cli/text.h"

/* The scenarios that others compare with, and that are not among those. */
struct cli_references {
    char **files;
    struct cli_loaded *loaded;
    size_t count;
};

/* Loads them. The caller ends them with cli_references_fini in every case. */
enum irqp_status cli_references_load(struct cli_references *references, const struct cli *cli,
                                     const struct cli_loaded *loaded, size_t count,
                                     const struct cli_list *overrides);
void cli_references_fini(struct cli_references *references, const struct cli *cli);

/* Judges what loaded[at] expects; runs: of the `count` loaded ones, then of the references. The caller frees
 * the judgements, one for each expectation. */
struct irqp_judgement *cli_judge_expectations(const struct cli *cli, const struct cli_loaded *loaded,
                                              size_t count, const struct cli_references *references,
                                              const struct irqp_run *const *runs, size_t at);

/* The status that verdicts come to: IRQP_UNMET, IRQP_UNDECIDED or IRQP_OK. */
enum irqp_status cli_verdicts_status(const struct irqp_judgement *judgements, size_t count);

/* "21.792 us", "0.0042", "5"; "(20.910 to 22.140)", with ">" where an end is not known. */
struct cli_word cli_expectation_value(const struct irqp_expectation *expectation,
                                      const struct irqp_judgement *judgement);
struct cli_word cli_expectation_interval(const struct irqp_expectation *expectation,
                                         const struct irqp_judgement *judgement);

/* A table of them on standard output, below the name if that is not NULL. */
void cli_print_expectations(const struct cli *cli, const char *name,
                            const struct irqp_expectations *expectations,
                            const struct irqp_judgement *judgements);
/* One of them, or all, as JSON. */
json_t *cli_expectation_json(const struct irqp_expectation *expectation,
                             const struct irqp_judgement *judgement);
json_t *cli_expectations_json(const struct irqp_expectations *expectations,
                              const struct irqp_judgement *judgements);

#endif
