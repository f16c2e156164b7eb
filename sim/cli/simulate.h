/* Running loaded scenarios: with progress for whom it may concern, and an end in good order on Ctrl-C. */
#ifndef IRQPATH_CLI_SIMULATE_H
#define IRQPATH_CLI_SIMULATE_H

#include "irqpath/result_file.h"
#include "sim/cli/load.h"

struct cli_simulation {
    unsigned threads; /* 0: one per processor */
    bool naive;
};

/* Catches Ctrl-C, as cli_simulate_begin does; what becomes 1 then. */
const volatile int *cli_catch_stop(void);

/* Before the first of several runs: catches Ctrl-C, says on a terminal how long they will take. */
void cli_simulate_begin(const struct cli *cli, const struct cli_loaded *loaded, size_t count,
                        const struct cli_simulation *how);

/* Runs loaded[at] of `count`. Whatever the status, the caller ends the result with cli_simulated_fini, before
 * the scenario, to which its names belong; it holds what was done, and a message says so if that is not all.
 */
enum irqp_status cli_simulate(struct irqp_result_file *result, const struct cli *cli,
                              const struct cli_loaded *loaded, const struct cli_simulation *how, size_t at,
                              size_t count);
void cli_simulated_fini(struct irqp_result_file *result);

#endif
