/* Result files: a run as JSON, with all that is needed to say what it was a run of, and to go on with it.
 *
 * Every integer is exact: one that does not fit into 64 bits with sign is written as a decimal string. Keys
 * ending in _ps are whole picoseconds, those ending in _ns are nanoseconds. Members come in a fixed order,
 * and nothing in the file tells of threads, paths, dates or durations: one scenario and one seed give one
 * sequence of bytes.
 *
 *     format         "irqpath result 1"
 *     manifest       version, name, title, seed, samples, batch, partial, tables (hash),
 *                    scenario (resolved, YAML)
 *     expectations   [{metric, expected, verdict, value, ...}, ...]; absent where nothing was expected, and
 *                    in files, which are written as soon as a run is over
 *     thread         quantiles_ns, half_width_95_ns (of the mean, over batches; null with too few),
 *                    intervals_95_ns: {quantile: [low, high], over batches; null where the batches do not
 *                    bound it}, total, overflow, underflow, min_ps, max_ps (null when empty), sum_ps,
 *                    bins: [[lower edge ns, width ns, count], ...]
 *     interrupt      the same
 *     latencies      {name: what thread has, without the intervals} for each latency that the model measures
 *                    beside these two; early files lack it
 *     steps, causes  [{name, time_ps, hits, mean_ns (per sample)}, ...]
 *     modes          {name: picoseconds}
 *     counters       {name: count}
 *     peaks          {name: the most there was of it at once, in any batch}; early files lack it
 *     work           batches, simulated_ps, steps, draws, trajectory (fingerprint)
 *     worst          {latency_ps, batch, sample, pieces, charges: [{step, cause, time_ps}, ...]}, or null
 *     spread         batches (full ones), levels: [[level ns, samples at or above it, sum over batches of
 *                    the square of their number], ...] of the thread's latency, interrupt_levels: the same
 *                    of the interrupt latency; early files lack either or both
 *     throughput     {unit, total (0: the load has no end), done, per_second, half_width_95, run_time_s,
 *                    interval_95_s: [low, high]} of the load's work, intervals over batches; null if none is
 *                    counted; early files lack it
 *     batches        [{batch, samples, thread: {sum_ps}, interrupt: {sum_ps}, simulated_ps, work}, ...];
 * early files lack the last two
 */
#ifndef IRQPATH_RESULT_FILE_H
#define IRQPATH_RESULT_FILE_H

#include "irqpath/study.h"

/* What a run was a run of. Strings are UTF-8 and belong to whoever made the manifest. */
struct irqp_manifest {
    const char *version;      /* of the program */
    const char *name, *title; /* of the scenario */
    const char *scenario;     /* its resolved text */
    uint64_t tables;          /* hash of the quantile tables */
    struct irqp_work work;    /* what its load's throughput is counted in */
    const char *expectations; /* a JSON array: what was expected, and whether it came so; NULL: nothing */
};

/* Names by index of latency, step, cause, counter and peak. The strings belong to the model or to the file
 * that was read. */
struct irqp_names {
    size_t latency_count, step_count, cause_count, counter_count, peak_count;
    const char *latencies[IRQP_LATENCIES_MAX];
    const char *steps[IRQP_STEPS_MAX], *causes[IRQP_CAUSES_MAX], *counters[IRQP_COUNTERS_MAX];
    const char *peaks[IRQP_PEAKS_MAX];
};

/* The names of a machine; those of its steps are its program's. More than a result has room for are left out.
 */
void irqp_names_collect(struct irqp_names *names, const struct irqp_model *model, const void *machine,
                        const char *const *steps, size_t step_count);

/* The quantiles that are reported, and their names. */
enum { IRQP_QUANTILES = 5 };
extern const struct irqp_quantile {
    const char *name; /* "p99.9" */
    double p;
} irqp_quantiles[IRQP_QUANTILES];

extern const char *const irqp_mode_names[IRQP_MODES];

/* The result file as text ending in a newline, malloc'ed; the caller writes it (irqp_file_write) and frees
 * it. NULL without memory, or if a string is not UTF-8. */
char *irqp_result_text(const struct irqp_run *run, const struct irqp_manifest *manifest,
                       const struct irqp_names *names);

/* A result file in memory. */
struct irqp_result_file {
    struct irqp_run run;
    struct irqp_manifest manifest;
    struct irqp_names names;
    void *document; /* owns the strings */
};

/* Whether a text looks like a result file, as opposed to a measured histogram. */
bool irqp_result_file_recognises(const char *text);

/* Reads a result file ("-": standard input, gunzipped if need be). IRQP_IO or IRQP_INPUT with the reason in
 * diagnostics. The caller ends the file with irqp_result_file_fini in every case. */
enum irqp_status irqp_result_file_read(struct irqp_result_file *out, const char *file,
                                       struct irqp_diagnostics *diagnostics);
void irqp_result_file_fini(struct irqp_result_file *file);

#endif
