/* Measured histograms: reading those of other tools, and writing one that other tools read. */
#ifndef IRQPATH_MEASURED_H
#define IRQPATH_MEASURED_H

#include "irqpath/bins.h"
#include "irqpath/diagnostics.h"
#include "irqpath/histogram.h"

/* One column of a file: one thread of cyclictest, say. */
struct irqp_series {
    char name[32]; /* "thread 0" */
    struct irqp_bins bins;
};

struct irqp_measured {
    const char *format;         /* its name in the table of formats; static */
    irqp_time unit;             /* of the values in the file, picoseconds */
    struct irqp_series *series; /* owned; at least one */
    size_t count;
    struct irqp_bins bins; /* all series together; a minimum, maximum or limit is known if all tell it */
};

/* Reads a measured histogram; the format is recognised by the content. file: "-" is standard input; gzipped
 * or not. unit: of the values, picoseconds; 0: as the format or the file says, else a guess, which is a
 * warning. Formats:
 *
 * - cyclictest: text of -h, -H and --histfile, with live lines or messages before it, with or without trailer
 * - cyclictest-json: --json
 * - columns: lines of value and count, separated by blanks, commas or semicolons; '#' begins a comment, in
 *   which the word ns, us or ms gives the unit, else it is guessed: nanoseconds
 *
 * IRQP_IO: cannot be read; IRQP_INPUT: damaged, or of no known format; each with an error in diagnostics. The
 * caller ends the measurement with irqp_measured_fini in every case. */
enum irqp_status irqp_measured_read(struct irqp_measured *out, const char *file, irqp_time unit,
                                    struct irqp_diagnostics *diagnostics);
void irqp_measured_fini(struct irqp_measured *measured);

/* The histogram as `cyclictest -q -h bins` of rt-tests 2 prints that of one thread: microseconds, every row,
 * trailer, what lies at or beyond bins microseconds as overflow. Bins above 0.5 ms are wider than 8 ns and
 * may lie across a microsecond; they count for that of their lower edge. malloc'ed, the caller frees it; NULL
 * without memory. */
char *irqp_cyclictest_text(const struct irqp_histogram *histogram, size_t bins);

#endif
