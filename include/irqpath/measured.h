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
    IRQP_CYCLICTEST_TEXT,  /* as `cyclictest -q -h rows` of rt-tests 2 prints it: every row, trailer */
    IRQP_CYCLICTEST_JSON,  /* as its --json */
    IRQP_RTLA_TEXT,        /* as `rtla timerlat hist` prints it with user threads: interrupt, thread and user
                              latency of each processor, and a summary of all; or as `rtla osnoise hist` */
    IRQP_RTLA_KERNEL_TEXT, /* as its first versions (Linux 6.1): without user latency and that summary */
    IRQP_CSV,              /* nanoseconds and counts, of all series of the kind together, no bin widened */
};

/* The measurement as another tool would print it. The tools' formats are in microseconds: a bin counts for
 * that of its lower edge, and what lies at or beyond `rows` microseconds is overflow; 0: 400 rows, or as many
 * hundreds as the last bin needs, 100 000 at most, but none beyond the limit of bins that have overflow.
 * Means are of whole microseconds, as the tools have them. A latency that was not measured is a column of
 * rtla without samples. malloc'ed, the caller frees it; NULL without memory.
 *
 * Tried on 26 November 2026: a result of `run` and shared files, with overflow, of one to sixteen threads,
 * were read by the parsing code of programs made for the tools' own output; what they understood (samples,
 * minimum, mean, maximum, overflow) was ours.
 * - Text: rteval's cyclictest.py (1d5ba50; it drops overflow, as it does of the tool); OSADL's Latencyplot
 *   (32e4d52, 00bb440) and the shell recipe it grew from, to the picture; a notebook of the i.MX8MP's data
 *   (samanjot/analisi-preempt-rt, 32ebf9f; the first thread only). bench-cyclictest (2428755) wants the last
 *   column of --histofall and would take the last thread for all.
 * - JSON: Linaro's parse_rt_tests_results.py (71b374b), that notebook, and four readers of test benches, one
 *   of which allows no node of -1, as the tool itself has without NUMA.
 * - rtla: rteval's timerlat.py (1d5ba50), which counts three columns for each processor, and
 *   arcaflow-plugin-rtla (46f80d1), which needs the summary: with its user_threads off, as there is no user
 *   latency. It refuses a measurement without interrupt latency.
 * - rtla-kernel: Linaro's parse_rtla.py (ccd0ff9), which counts two, and calls rtla with --no-header: without
 *   the lines of the heading. It refuses a measurement without interrupt latency. */
char *irqp_measured_text(const struct irqp_measured *measured, enum irqp_measured_format format, size_t rows);

#endif
