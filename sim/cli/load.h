/* What commands take: scenarios, loaded and linked, and result files; what is wrong with them on standard
 * error. */
#ifndef IRQPATH_CLI_LOAD_H
#define IRQPATH_CLI_LOAD_H

#include "irqpath/expect.h"
#include "irqpath/result_file.h"
#include "sim/cli/command.h"

struct cli_loaded {
    char *file; /* where it was found */
    struct irqp_scenario *scenario;
    void *machine;
    struct irqp_expectations expectations;
};

/* Loads and links one scenario, and reads what it expects. Warnings and errors are printed. On IRQP_OK the
 * caller ends it with cli_unload; otherwise there is nothing to end. */
enum irqp_status cli_load(struct cli_loaded *loaded, const struct cli *cli, const char *file,
                          const struct cli_list *overrides);
void cli_unload(struct cli_loaded *loaded, const struct cli *cli);

/* Loads all, so that the errors of all files are seen at once; the worst status. cli_unload_all ends what
 * there is in either case. */
enum irqp_status cli_load_all(struct cli_loaded **loaded, const struct cli *cli, const struct cli_list *files,
                              const struct cli_list *overrides);
void cli_unload_all(struct cli_loaded *loaded, const struct cli *cli, size_t count);

/* Whether the file can be read and is a result of `irqpath run`. */
bool cli_is_result(const char *file);
/* Reads a result file that has samples. The caller ends it with irqp_result_file_fini in every case. */
enum irqp_status cli_read_result(struct irqp_result_file *result, const char *file);

/* The status of reading an input: to the user, one that cannot be read is bad input. */
enum irqp_status cli_input_status(enum irqp_status status);

/* ---- the program's data (data.c) ----
 * They are in $IRQPATH_DATA, in share/irqpath of the tree that the program is installed in, or, before it is
 * installed, in the source tree. */

/* The path of a file of theirs ("plots/latency.gp"). The caller frees it; NULL if it is nowhere. */
char *cli_data_file(const char *name);
/* Says that this is not there, and what to do. */
void cli_data_missing(const char *name);
/* Where `extends` finds scenarios: $IRQPATH_PATH, then the shipped ones. The caller frees it. */
char *cli_search_path(void);
/* A scenario or measurement that the user named: the path as given if there is such a file, else as `extends`
 * would find it, else as given. The caller frees it. */
char *cli_find(const char *name);
/* A shipped scenario's path without the folder, which differs from machine to machine; others as they are. */
const char *cli_short_name(const char *file);

#endif
