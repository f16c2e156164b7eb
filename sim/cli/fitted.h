/* What a calibration found, as a parameter file and as a picture. */
#ifndef IRQPATH_CLI_FITTED_H
#define IRQPATH_CLI_FITTED_H

#include "irqpath/calibrate.h"
#include "sim/cli/command.h"
#include "sim/cli/text.h"

/* What the file is to say beside the values. */
struct cli_fitted_file {
    const char *extends;  /* the scenario, as the file may name it; NULL: the file stands alone */
    const char *measured; /* "idle.hist, loaded.hist" */
    const struct irqp_scenario *scenario;
    const struct irqp_registry *registry;
};

/* "not determined", and at which end of the range; empty if the measurement determines it. */
const char *cli_undetermined(const struct irqp_fitted *fitted);

/* Q, or "unknown" where there is none. */
struct cli_word cli_objective(double objective);

/* The parameter file: each fitted value with its interval as `range`, widened to hold the value, and its
 * source. The caller frees it. */
char *cli_fitted_text(const struct irqp_calibration *calibration, const struct cli_fitted_file *file);

/* Draws the posterior, each parameter against each: PREFIX.gp and the pictures. */
enum irqp_status cli_draw_posterior(const struct irqp_calibration *calibration, const char *title,
                                    const char *prefix, const char *formats);

#endif
