/* Measured histograms: reading those of other tools, and writing one that other tools read. */
#ifndef IRQPATH_MEASURED_H
#define IRQPATH_MEASURED_H

#include "irqpath/bins.h"
#include "irqpath/diagnostics.h"
#include "irqpath/histogram.h"

/* What a series measures. */
enum irqp_series_kind {
    IRQP_SERIES_THREAD,    /* wake-up latency: from the timer's expiry to the woken thread */
    IRQP_SERIES_INTERRUPT, /* from the timer's expiry to its interrupt's handler */
    IRQP_SERIES_USER,      /* from the timer's expiry to the thread's return to user mode */
    IRQP_SERIES_NOISE,     /* durations of interruptions of a thread that spins: no latency */
};

/* One column of a file: one thread of cyclictest, say. */
struct irqp_series {
    char name[32]; /* "thread 0" */
    enum irqp_series_kind kind;
    struct irqp_bins bins;
    irqp_time mean; /* as the tool reports it, which is often cut to whole units; or IRQP_UNKNOWN */
};

/* What a log tells without a histogram. Times in picoseconds; IRQP_UNKNOWN where it does not tell. */
struct irqp_summary {
    irqp_time minimum, mean, maximum;
    uint64_t periods;  /* lines of results; 0: the file has a histogram */
    uint64_t samples;  /* 0: not told */
    uint64_t overruns; /* expiries that were missed */
};

struct irqp_measured {
    const char *format;         /* its name in the table of formats; static */
    irqp_time unit;             /* of the values in the file, picoseconds */
    struct irqp_series *series; /* owned; at least one */
    size_t count;
    enum irqp_series_kind kind; /* of `bins`: the first of its order that the file has */
    struct irqp_bins bins; /* all series of that kind; a minimum, maximum or limit is known if all tell it */
    struct irqp_summary summary; /* of a log without a histogram: bins are empty then */
};

/* Reads a measured histogram; the format is recognised by the content. file: "-" is standard input; gzipped
 * or not. unit: of the values, picoseconds; 0: as the format or the file says, else a guess, which is a
 * warning. Formats:
 *
 * - cyclictest: text of -h, -H and --histfile, with live lines or messages before it, with or without trailer
 * - cyclictest-json: --json
 * - rtla: histograms of rtla timerlat (interrupt, thread and user latency of each CPU) and of rtla osnoise
 * - osadl: the RT Dataset of OSADL's QA Farm, JSON
 * - jitterdebugger: its JSON
 * - oslat, oslat-json: its text and JSON; the last bucket is overflow
 * - xenomai: `latency -g`, its bins by their middle, counts one too high and one row too many at both ends;
 *   and the console's log of `latency -h`, else as a summary
 * - rtai: latency's log, as a summary; the first lines are warm-up and left out
 * - samples: raw samples, one to a line, or one column of a table with a heading that names it
 * - columns: lines of value and counts, separated by blanks, commas or semicolons, a series for each column
 * of counts; '#' begins a comment. There and in headings the word ns, us or ms gives the unit, else it is
 *   guessed: nanoseconds for two columns, microseconds for more
 *
 * A run that says it had no real-time priority is a warning.
 *
 * IRQP_IO: cannot be read; IRQP_INPUT: damaged, or of no known format; each with an error in diagnostics. The
 * caller ends the measurement with irqp_measured_fini in every case. */
enum irqp_status irqp_measured_read(struct irqp_measured *out, const char *file, irqp_time unit,
                                    struct irqp_diagnostics *diagnostics);
void irqp_measured_fini(struct irqp_measured *measured);

/* Simulated latencies as a measurement, so that it can be written: a series of thread latency and, where
 * interrupt is not NULL, one of interrupt latency. Ended with irqp_measured_fini. IRQP_NO_MEMORY. */
enum irqp_status irqp_measured_of(struct irqp_measured *out, const struct irqp_histogram *thread,
                                  const struct irqp_histogram *interrupt);

enum irqp_measured_format {
    IRQP_CYCLICTEST_TEXT, /* as `cyclictest -q -h rows` of rt-tests 2 prints it: every row, trailer */
    IRQP_CYCLICTEST_JSON, /* as its --json */
    IRQP_RTLA_TEXT,       /* as `rtla timerlat hist` or `rtla osnoise hist` prints it */
    IRQP_CSV,             /* nanoseconds and counts, of all series of the kind together, no bin widened */
};

/* The measurement as another tool would print it. The tools' formats are in microseconds: a bin counts for
 * that of its lower edge, and what lies at or beyond `rows` microseconds is overflow; 0: 400 rows, or as many
 * hundreds as the last bin needs, 100 000 at most. malloc'ed, the caller frees it; NULL without memory. */
char *irqp_measured_text(const struct irqp_measured *measured, enum irqp_measured_format format, size_t rows);

#endif
