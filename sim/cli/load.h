/* Scenarios as commands take them: loaded, linked, and what is wrong with them on standard error. */
#ifndef IRQPATH_CLI_LOAD_H
#define IRQPATH_CLI_LOAD_H

#include "sim/cli/command.h"

struct cli_loaded {
    struct irqp_scenario *scenario;
    void *machine;
};

/* Loads and links one scenario. Warnings and errors are printed. On IRQP_OK the caller ends it with
 * cli_unload; otherwise there is nothing to end. */
enum irqp_status cli_load(struct cli_loaded *loaded, const struct cli *cli, const char *file,
                          const struct cli_list *overrides);
void cli_unload(struct cli_loaded *loaded, const struct cli *cli);

/* Loads all, so that the errors of all files are seen at once; the worst status. cli_unload_all ends what
 * there is in either case. */
enum irqp_status cli_load_all(struct cli_loaded **loaded, const struct cli *cli, const struct cli_list *files,
                              const struct cli_list *overrides);
void cli_unload_all(struct cli_loaded *loaded, const struct cli *cli, size_t count);

/* The path of an installed file ("plots/latency.gp"): in $IRQPATH_DATA, where `make install` puts it, or in
 * the source tree. The caller frees it; NULL if it is nowhere. */
char *cli_data_file(const char *name);

#endif
