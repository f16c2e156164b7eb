/* What irqpath plot draws. */
#ifndef IRQPATH_CLI_PLOT_H
#define IRQPATH_CLI_PLOT_H

#include "irqpath/result_file.h"
#include "sim/cli/picture.h"
#include "sim/cli/text.h"

struct cli_plot {
    const struct irqp_result_file *results;
    size_t count;
    const char *title; /* NULL: from those of the results */
    double interval;   /* seconds between two wake-ups, 0 if the results do not share one */
    double deadline;   /* us, 0: none */
    double bin, right; /* us: width of the bins, right edge of the picture; the drawing sets them */
};

/* Draws PREFIX.gp and the pictures. */
enum irqp_status cli_draw_latencies(const struct cli_plot *plot, const char *prefix, const char *formats);

#endif
