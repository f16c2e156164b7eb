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

/* Draw PREFIX.gp and the pictures: the latencies, or the throughput of the loads. */
enum irqp_status cli_draw_latencies(const struct cli_plot *plot, const char *prefix, const char *formats);
enum irqp_status cli_draw_throughput(const struct cli_plot *plot, const char *prefix, const char *formats);

/* The value of a key in a resolved scenario ("placement"), or of a key in a group ("cyclictest", "interval"),
 * as text. The caller frees it; NULL if it is not there. */
char *cli_told(const char *scenario, const char *top, const char *key);

/* Native ones first, then the stripped, else in the order given: the offset is what rehosting costs. */
void cli_sort_native_first(struct irqp_result_file *results, size_t count);

/* Draws PREFIX.gp and the pictures: histograms of whole microseconds on a logarithmic axis of counts, as the
 * paper has them. */
enum irqp_status cli_draw_histograms(const struct irqp_result_file *results, size_t count, const char *prefix,
                                     const char *formats);

#endif
