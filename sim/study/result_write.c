/* Writing result files; their form is described in the header. */
#include "irqpath/result_file.h"
#include "sim/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

const struct irqp_quantile irqp_quantiles[IRQP_QUANTILES] = {
    {"p50", 0.5}, {"p99", 0.99}, {"p99.9", 0.999}, {"p99.99", 0.9999}, {"p99.999", 0.99999},
};

const char *const irqp_mode_names[IRQP_MODES] = {
    [IRQP_MODE_USER] = "user",
    [IRQP_MODE_KERNEL] = "kernel",
    [IRQP_MODE_MICROKERNEL] = "microkernel",
    [IRQP_MODE_IDLE] = "idle",
};

static size_t collect(const char **names, size_t room, const char *(*name_of)(const void *, size_t),
                      const void *machine)
{
    size_t count = 0;
    while (count < room && (names[count] = name_of(machine, count)))
        count++;
    return count;
}

void irqp_names_collect(struct irqp_names *names, const struct irqp_model *model, const void *machine,
                        const char *const *steps, size_t step_count)
{
    names->step_count = step_count < IRQP_STEPS_MAX ? step_count : IRQP_STEPS_MAX;
    for (size_t i = 0; i < names->step_count; i++)
        names->steps[i] = steps[i];
    names->latency_count = collect(names->latencies, IRQP_LATENCIES_MAX, model->latency_name, machine);
    names->cause_count = collect(names->causes, IRQP_CAUSES_MAX, model->cause_name, machine);
    names->peak_count =
        model->peak_name ? collect(names->peaks, IRQP_PEAKS_MAX, model->peak_name, machine) : 0;
    names->counter_count = collect(names->counters, IRQP_COUNTERS_MAX, model->counter_name, machine);
}

/* ---- values; a value that could not be made is NULL and spoils what it is put into ---- */

struct writer {
    bool failed;
};

static void put(struct writer *writer, json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0)
        writer->failed = true;
}

static void append(struct writer *writer, json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0)
        writer->failed = true;
}

static json_t *hex(uint64_t value)
{
    char text[17];
    snprintf(text, sizeof text, "%016" PRIx64, value);
    return json_string(text);
}

/* Picoseconds as nanoseconds; null for what is not there or lies beyond the histogram. */
static json_t *nanoseconds(double picoseconds)
{
    return isfinite(picoseconds) ? json_real(picoseconds / IRQP_NS) : json_null();
}

static double known(irqp_time time)
{
    return time == IRQP_NEVER ? NAN : (double)time;
}

/* ---- latencies ---- */

static double thread_mean(const struct irqp_batch_summary *batch)
{
    return batch->thread.mean;
}

static double interrupt_mean(const struct irqp_batch_summary *batch)
{
    return batch->interrupt.mean;
}

/* The means of the batches are kept of the two latencies of the wake-up. */
static double (*const batch_means[IRQP_LATENCIES_OWN])(const struct irqp_batch_summary *batch) = {
    [IRQP_LATENCY_THREAD] = thread_mean, [IRQP_LATENCY_INTERRUPT] = interrupt_mean};

static json_t *quantiles(struct writer *writer, const struct irqp_histogram *histogram)
{
    json_t *object = json_object();
    double mean = NAN;
    irqp_histogram_mean(histogram, &mean);
    put(writer, object, "min", nanoseconds(histogram->total > 0 ? known(histogram->minimum) : NAN));
    put(writer, object, "mean", nanoseconds(mean));
    for (size_t i = 0; i < IRQP_QUANTILES; i++) {
        irqp_time value = IRQP_NEVER;
        irqp_histogram_quantile(histogram, irqp_quantiles[i].p, &value);
        put(writer, object, irqp_quantiles[i].name, nanoseconds(known(value)));
    }
    put(writer, object, "max", nanoseconds(histogram->total > 0 ? known(histogram->maximum) : NAN));
    return object;
}

static json_t *half_widths(struct writer *writer, const struct irqp_run *run, size_t latency)
{
    json_t *object = json_object();
    double mean, half_width = NAN;
    irqp_run_interval(run, batch_means[latency], &mean, &half_width);
    put(writer, object, "mean", nanoseconds(half_width));
    return object;
}

static json_t *intervals(struct writer *writer, const struct irqp_run *run, size_t latency)
{
    json_t *object = json_object();
    for (size_t i = 0; i < IRQP_QUANTILES; i++) {
        irqp_time low, high;
        json_t *pair = json_null();
        if (irqp_run_quantile_interval(run, latency, irqp_quantiles[i].p, &low, &high)) {
            pair = json_array();
            append(writer, pair, nanoseconds((double)low));
            append(writer, pair, nanoseconds((double)high));
        }
        put(writer, object, irqp_quantiles[i].name, pair);
    }
    return object;
}

static json_t *bins(struct writer *writer, const struct irqp_histogram *histogram)
{
    json_t *array = json_array();
    for (size_t bin = 0; bin < histogram->capacity; bin++) {
        if (histogram->counts[bin] == 0)
            continue;
        json_t *entry = json_array();
        append(writer, entry, irqpi_json_integer(irqp_histogram_edge(bin) / IRQP_NS));
        append(writer, entry, irqpi_json_integer(irqp_histogram_width(bin) / IRQP_NS));
        append(writer, entry, irqpi_json_integer(histogram->counts[bin]));
        append(writer, array, entry);
    }
    return array;
}

static json_t *latency_of(struct writer *writer, const struct irqp_run *run, size_t latency)
{
    const struct irqp_histogram *histogram = &run->result.latencies[latency];
    json_t *object = json_object();
    bool empty = histogram->total == 0;
    put(writer, object, "quantiles_ns", quantiles(writer, histogram));
    if (latency < IRQP_LATENCIES_OWN)
        put(writer, object, "half_width_95_ns", half_widths(writer, run, latency));
    put(writer, object, "intervals_95_ns", intervals(writer, run, latency));
    put(writer, object, "total", irqpi_json_integer(histogram->total));
    put(writer, object, "overflow", irqpi_json_integer(histogram->overflow));
    put(writer, object, "underflow", irqpi_json_integer(histogram->underflow));
    put(writer, object, "min_ps", empty ? json_null() : irqpi_json_integer(histogram->minimum));
    put(writer, object, "max_ps", empty ? json_null() : irqpi_json_integer(histogram->maximum));
    put(writer, object, "sum_ps", irqpi_json_integer(histogram->sum));
    put(writer, object, "bins", bins(writer, histogram));
    return object;
}

/* What the model measures beside the wake-up. */
static json_t *latencies(struct writer *writer, const struct irqp_run *run, const struct irqp_names *names)
{
    json_t *object = json_object();
    for (size_t i = IRQP_LATENCIES_OWN; i < names->latency_count; i++)
        put(writer, object, names->latencies[i], latency_of(writer, run, i));
    return object;
}

/* ---- attribution ---- */

static json_t *shares(struct writer *writer, const char *const *names, size_t count, const irqp_time *times,
                      const uint64_t *hits, uint64_t samples)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *object = json_object();
        put(writer, object, "name", json_string(names[i]));
        put(writer, object, "time_ps", irqpi_json_integer(times[i]));
        put(writer, object, "hits", irqpi_json_integer(hits[i]));
        put(writer, object, "mean_ns", nanoseconds(samples > 0 ? (double)times[i] / (double)samples : NAN));
        append(writer, array, object);
    }
    return array;
}

static json_t *worst(struct writer *writer, const struct irqp_result *result, const struct irqp_names *names)
{
    if (result->worst < 0)
        return json_null();
    json_t *object = json_object(), *charges = json_array();
    put(writer, object, "latency_ps", irqpi_json_integer(result->worst));
    put(writer, object, "batch", irqpi_json_integer(result->worst_batch));
    put(writer, object, "sample", irqpi_json_integer(result->worst_sample));
    put(writer, object, "pieces", irqpi_json_integer((irqpi_wide)result->worst_count));
    for (size_t i = 0; i < result->worst_count && i < IRQP_CHARGES_MAX; i++) {
        const struct irqp_charge *charge = &result->worst_charges[i];
        json_t *entry = json_object();
        put(writer, entry, "step",
            json_string(charge->step < names->step_count ? names->steps[charge->step] : NULL));
        put(writer, entry, "cause",
            json_string(charge->cause < names->cause_count ? names->causes[charge->cause] : NULL));
        put(writer, entry, "time_ps", irqpi_json_integer(charge->duration));
        append(writer, charges, entry);
    }
    put(writer, object, "charges", charges);
    return object;
}

/* ---- the run ---- */

static json_t *manifest_of(struct writer *writer, const struct irqp_run *run,
                           const struct irqp_manifest *manifest)
{
    json_t *object = json_object();
    put(writer, object, "version", json_string(manifest->version));
    put(writer, object, "name", json_string(manifest->name));
    put(writer, object, "title", json_string(manifest->title));
    put(writer, object, "seed", irqpi_json_integer(run->seed));
    put(writer, object, "samples", irqpi_json_integer(run->samples));
    put(writer, object, "batch", irqpi_json_integer(run->batch));
    put(writer, object, "partial", json_boolean(run->partial));
    put(writer, object, "tables", hex(manifest->tables));
    put(writer, object, "scenario", json_string(manifest->scenario));
    return object;
}

static json_t *modes(struct writer *writer, const struct irqp_result *result)
{
    json_t *object = json_object();
    for (size_t i = 0; i < IRQP_MODES; i++)
        put(writer, object, irqp_mode_names[i], irqpi_json_integer(result->mode_time[i]));
    return object;
}

static json_t *counts(struct writer *writer, const char *const *names, const uint64_t *values, size_t count)
{
    json_t *object = json_object();
    for (size_t i = 0; i < count; i++)
        put(writer, object, names[i], irqpi_json_integer(values[i]));
    return object;
}

static json_t *work(struct writer *writer, const struct irqp_result *result)
{
    json_t *object = json_object();
    put(writer, object, "batches", irqpi_json_integer(result->batches));
    put(writer, object, "simulated_ps", irqpi_json_integer(result->simulated));
    put(writer, object, "steps", irqpi_json_integer(result->steps));
    put(writer, object, "draws", irqpi_json_integer(result->draws));
    put(writer, object, "trajectory", hex(result->trajectory));
    return object;
}

static json_t *real(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *throughput(struct writer *writer, const struct irqp_run *run, const struct irqp_work *counted)
{
    struct irqp_throughput rate;
    double seconds = NAN, low = NAN, high = NAN;
    if (!counted->unit)
        return json_null();
    json_t *object = json_object(), *interval = json_array();
    if (irqp_run_throughput(run, &rate))
        irqp_throughput_run_time(&rate, counted->total, &seconds, &low, &high);
    else
        rate.rate = NAN;
    put(writer, object, "unit", json_string(counted->unit));
    put(writer, object, "total", irqpi_json_integer(counted->total));
    put(writer, object, "done", irqpi_json_integer(run->result.work));
    put(writer, object, "per_second", real(rate.rate));
    put(writer, object, "half_width_95", real(rate.half_width));
    put(writer, object, "run_time_s", real(seconds));
    append(writer, interval, real(low));
    append(writer, interval, real(high));
    put(writer, object, "interval_95_s", interval);
    return object;
}

static json_t *spread_levels(struct writer *writer, const struct irqp_spread *run_spread, bool sizes_differ)
{
    json_t *levels = json_array();
    for (size_t level = 0; level < IRQP_SPREAD_LEVELS && run_spread->reached[level] > 0; level++) {
        json_t *entry = json_array();
        append(writer, entry, irqpi_json_integer(irqp_spread_level(level) / IRQP_NS));
        append(writer, entry, irqpi_json_integer(run_spread->reached[level]));
        append(writer, entry, irqpi_json_integer((irqpi_wide)run_spread->squares[level]));
        if (sizes_differ)
            append(writer, entry, irqpi_json_integer((irqpi_wide)run_spread->products[level]));
        append(writer, levels, entry);
    }
    return levels;
}

/* Of the two latencies of the wake-up, every full batch has as many samples; of others it may have any
 * number. */
static json_t *spread(struct writer *writer, const struct irqp_run *run, const struct irqp_names *names)
{
    json_t *object = json_object();
    put(writer, object, "batches", irqpi_json_integer(run->spread.batches));
    put(writer, object, "levels", spread_levels(writer, &run->spread, false));
    if (run->interrupt_spread.batches > 0)
        put(writer, object, "interrupt_levels", spread_levels(writer, &run->interrupt_spread, false));
    for (size_t i = IRQP_LATENCIES_OWN; i < names->latency_count; i++) {
        json_t *other = json_object();
        put(writer, other, "samples", irqpi_json_integer(run->spreads[i].samples));
        put(writer, other, "squares", irqpi_json_integer((irqpi_wide)run->spreads[i].sizes));
        put(writer, other, "levels", spread_levels(writer, &run->spreads[i], true));
        put(writer, object, names->latencies[i], other);
    }
    return object;
}

static json_t *summary(struct writer *writer, const struct irqp_latency_summary *latency_summary)
{
    json_t *object = json_object();
    put(writer, object, "sum_ps", irqpi_json_integer(latency_summary->sum));
    return object;
}

static json_t *batches(struct writer *writer, const struct irqp_run *run)
{
    json_t *array = json_array();
    for (uint64_t i = 0; i < run->planned; i++) {
        const struct irqp_batch_summary *batch = &run->batches[i];
        if (batch->samples == 0)
            continue;
        json_t *object = json_object();
        put(writer, object, "batch", irqpi_json_integer(i));
        put(writer, object, "samples", irqpi_json_integer(batch->samples));
        put(writer, object, "thread", summary(writer, &batch->thread));
        put(writer, object, "interrupt", summary(writer, &batch->interrupt));
        put(writer, object, "simulated_ps", irqpi_json_integer(batch->simulated));
        put(writer, object, "work", irqpi_json_integer(batch->work));
        append(writer, array, object);
    }
    return array;
}

static json_t *document(struct writer *writer, const struct irqp_run *run,
                        const struct irqp_manifest *manifest, const struct irqp_names *names)
{
    const struct irqp_result *result = &run->result;
    json_t *root = json_object();
    put(writer, root, "format", json_string("irqpath result 1"));
    put(writer, root, "manifest", manifest_of(writer, run, manifest));
    if (manifest->expectations)
        put(writer, root, "expectations", json_loads(manifest->expectations, 0, NULL));
    put(writer, root, "thread", latency_of(writer, run, IRQP_LATENCY_THREAD));
    put(writer, root, "interrupt", latency_of(writer, run, IRQP_LATENCY_INTERRUPT));
    put(writer, root, "latencies", latencies(writer, run, names));
    put(writer, root, "steps",
        shares(writer, names->steps, names->step_count, result->step_time, result->step_hits,
               result->thread.total));
    put(writer, root, "causes",
        shares(writer, names->causes, names->cause_count, result->cause_time, result->cause_hits,
               result->thread.total));
    put(writer, root, "modes", modes(writer, result));
    put(writer, root, "counters", counts(writer, names->counters, result->counters, names->counter_count));
    put(writer, root, "peaks", counts(writer, names->peaks, result->peaks, names->peak_count));
    put(writer, root, "work", work(writer, result));
    put(writer, root, "worst", worst(writer, result, names));
    put(writer, root, "throughput", throughput(writer, run, &manifest->work));
    put(writer, root, "spread", spread(writer, run, names));
    put(writer, root, "batches", batches(writer, run));
    return root;
}

/* ---- the text ----
 * The members of the document and theirs stand on lines of their own, what is deeper on one line: a step, a
 * batch or a histogram is a line, which neither of jansson's forms gives. */

enum { FLAGS = JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15), LINES_TO_DEPTH = 2 };

static void print_separator(FILE *out, bool first, int depth)
{
    fputs(first ? "\n" : ",\n", out);
    for (int i = 0; i <= depth; i++)
        fputs("  ", out);
}

static bool print(FILE *out, json_t *value, int depth)
{
    bool good = true, first = true;
    size_t index, size = json_is_object(value) ? json_object_size(value) : json_array_size(value);
    const char *key;
    json_t *member;
    if (depth == LINES_TO_DEPTH || size == 0)
        return json_dumpf(value, out, FLAGS) == 0;
    fputc(json_is_object(value) ? '{' : '[', out);
    json_object_foreach(value, key, member)
    {
        json_t *name = json_string(key);
        print_separator(out, first, depth);
        good = json_dumpf(name, out, FLAGS) == 0 && fputs(": ", out) >= 0 && print(out, member, depth + 1) &&
               good;
        first = false;
        json_decref(name);
    }
    json_array_foreach(value, index, member)
    {
        print_separator(out, first, depth);
        good = print(out, member, depth + 1) && good;
        first = false;
    }
    fputc('\n', out);
    for (int i = 0; i < depth; i++)
        fputs("  ", out);
    fputc(json_is_object(value) ? '}' : ']', out);
    return good;
}

char *irqp_result_text(const struct irqp_run *run, const struct irqp_manifest *manifest,
                       const struct irqp_names *names)
{
    struct writer writer = {false};
    json_t *root = document(&writer, run, manifest, names);
    char *text = NULL;
    size_t size;
    FILE *out = writer.failed ? NULL : open_memstream(&text, &size);
    if (out) {
        bool good = print(out, root, 0) && fputc('\n', out) != EOF;
        if (fclose(out) != 0 || !good) {
            free(text);
            text = NULL;
        }
    }
    json_decref(root);
    return text;
}
