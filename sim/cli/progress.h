/* How long a run will take, and how far it is, for somebody who watches standard error. */
#ifndef IRQPATH_CLI_PROGRESS_H
#define IRQPATH_CLI_PROGRESS_H

#include "irqpath/study.h"
#include "sim/cli/command.h"

/* Seconds of a monotonic clock. */
double cli_clock(void);

/* An estimate of the seconds that the run will take, from a pilot of a fraction of a second. */
double cli_estimate(const struct irqp_model *model, const void *machine,
                    const struct irqp_run_options *options);

struct cli_progress {
    const char *name;
    size_t number, of; /* this run, and how many there are */
    double start, shown;
};

/* Begins to show the progress of a run; cli_progress_show is for irqp_run_options.progress, with this as
 * context. */
void cli_progress_init(struct cli_progress *progress, const char *name, size_t number, size_t of);
void cli_progress_show(void *progress, uint64_t done, uint64_t samples);
/* For work that tells what it is at, where it is and how far it goes; context is not used. */
void cli_progress_phase(void *context, const char *what, uint64_t done, uint64_t of);
/* Wipes the line. */
void cli_progress_fini(struct cli_progress *progress);

#endif
