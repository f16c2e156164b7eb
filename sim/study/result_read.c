/* Reading result files. They are written by the program, so one that is not as it should be was damaged or
 * edited: the first thing found is reported, by its name in the document, and reading ends. */
#include "irqpath/result_file.h"
#include "sim/json.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    const struct irqp_text *text;
    struct irqp_diagnostics *diagnostics;
    enum irqp_status status;
};

__attribute__((format(printf, 2, 3))) static void complain(struct reader *reader, const char *format, ...)
{
    char message[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    if (reader->status == IRQP_OK)
        irqp_diagnose_text(reader->diagnostics, IRQP_ERROR, reader->text, 0, 0, 1, "%s", message);
    reader->status = IRQP_INPUT;
}

/* Notes a status of the library's own, which on reading means that memory ran out. */
static void check(struct reader *reader, enum irqp_status status)
{
    if (status == IRQP_OK || reader->status != IRQP_OK)
        return;
    irqp_diagnose_text(reader->diagnostics, IRQP_ERROR, reader->text, 0, 0, 1, "%s",
                       irqp_status_text(status));
    reader->status = status;
}

/* ---- members: each getter complains if there is no such thing, and returns something harmless then ---- */

static const json_t *member(struct reader *reader, const json_t *object, const char *where, const char *key,
                            json_type type)
{
    static const char *const names[] = {
        [JSON_OBJECT] = "an object", [JSON_ARRAY] = "a list",  [JSON_STRING] = "a string",
        [JSON_INTEGER] = "a number", [JSON_REAL] = "a number", [JSON_TRUE] = "true",
        [JSON_FALSE] = "false",      [JSON_NULL] = "null"};
    const json_t *value = json_object_get(object, key);
    if (!value)
        complain(reader, "'%s' is missing in '%s'", key, where);
    else if (json_typeof(value) != type)
        complain(reader, "'%s' in '%s' is not %s", key, where, names[type]);
    return value && json_typeof(value) == type ? value : NULL;
}

static irqpi_wide integer(struct reader *reader, const json_t *object, const char *where, const char *key,
                          irqpi_wide minimum, irqpi_wide maximum)
{
    irqpi_wide value = 0;
    const json_t *json = json_object_get(object, key);
    if (!irqpi_json_is_integer(json, &value) || value < minimum || value > maximum) {
        complain(reader, "'%s' in '%s' is %s", key, where,
                 json ? "not a whole number of the range it has" : "missing");
        return minimum;
    }
    return value;
}

static uint64_t count(struct reader *reader, const json_t *object, const char *where, const char *key)
{
    return (uint64_t)integer(reader, object, where, key, 0, UINT64_MAX);
}

static irqp_time duration(struct reader *reader, const json_t *object, const char *where, const char *key)
{
    return (irqp_time)integer(reader, object, where, key, INT64_MIN, INT64_MAX);
}

static const char *string(struct reader *reader, const json_t *object, const char *where, const char *key)
{
    const char *text = json_string_value(member(reader, object, where, key, JSON_STRING));
    return text ? text : "";
}

static uint64_t hex(struct reader *reader, const json_t *object, const char *where, const char *key)
{
    const char *text = string(reader, object, where, key);
    if (strlen(text) != 16 || strspn(text, "0123456789abcdef") != 16)
        complain(reader, "'%s' in '%s' is not a hash of 16 digits", key, where);
    return strtoull(text, NULL, 16);
}

/* ---- parts ---- */

static void read_manifest(struct reader *reader, const json_t *root, struct irqp_result_file *out)
{
    const json_t *object = member(reader, root, "the file", "manifest", JSON_OBJECT);
    const char *where = "manifest";
    struct irqp_run *run = &out->run;
    out->manifest = (struct irqp_manifest){
        .version = string(reader, object, where, "version"),
        .name = string(reader, object, where, "name"),
        .title = string(reader, object, where, "title"),
        .scenario = string(reader, object, where, "scenario"),
        .tables = hex(reader, object, where, "tables"),
    };
    run->seed = count(reader, object, where, "seed");
    run->samples = count(reader, object, where, "samples");
    run->batch = (uint64_t)integer(reader, object, where, "batch", 1, UINT64_MAX);
    const json_t *partial = json_object_get(object, "partial");
    if (!json_is_boolean(partial))
        complain(reader, "'partial' in 'manifest' is neither true nor false");
    run->partial = json_is_true(partial);
}

static void read_bins(struct reader *reader, const json_t *list, const char *where,
                      struct irqp_histogram *histogram)
{
    size_t index;
    json_t *entry;
    json_array_foreach(list, index, entry)
    {
        irqpi_wide edge, width, number;
        bool good = json_array_size(entry) == 3 && irqpi_json_is_integer(json_array_get(entry, 0), &edge) &&
                    irqpi_json_is_integer(json_array_get(entry, 1), &width) &&
                    irqpi_json_is_integer(json_array_get(entry, 2), &number) && edge >= 0 &&
                    edge <= INT64_MAX / IRQP_NS && number > 0 && number <= UINT64_MAX - histogram->total;
        irqp_time lower = good ? (irqp_time)edge * IRQP_NS : 0;
        size_t bin = irqp_histogram_bin(lower);
        if (!good || irqp_histogram_edge(bin) != lower || irqp_histogram_width(bin) / IRQP_NS != width) {
            complain(reader, "bin %zu of '%s' is none of the histogram's", index, where);
            return;
        }
        check(reader, irqp_histogram_add(histogram, lower, (uint64_t)number));
    }
}

static void read_latency(struct reader *reader, const json_t *object, const char *where,
                         struct irqp_histogram *histogram)
{
    read_bins(reader, member(reader, object, where, "bins", JSON_ARRAY), where, histogram);
    uint64_t inside = histogram->total - histogram->overflow;
    histogram->total = count(reader, object, where, "total");
    histogram->overflow = count(reader, object, where, "overflow");
    histogram->underflow = count(reader, object, where, "underflow");
    __extension__ irqpi_wide sum = (irqpi_wide)inside + histogram->overflow + histogram->underflow;
    if (sum != histogram->total)
        complain(reader, "the counts of '%s' do not add up to its total", where);
    if (histogram->total > 0) {
        histogram->minimum = duration(reader, object, where, "min_ps");
        histogram->maximum = duration(reader, object, where, "max_ps");
    }
    histogram->sum = integer(reader, object, where, "sum_ps", -((irqpi_wide)1 << 126), (irqpi_wide)1 << 126);
}

/* The two of the wake-up, and what the model measured beside it: files of earlier versions have none. */
static void read_latencies(struct reader *reader, const json_t *root, struct irqp_result_file *out)
{
    static const char *const own[IRQP_LATENCIES_OWN] = {
        [IRQP_LATENCY_THREAD] = "thread", [IRQP_LATENCY_INTERRUPT] = "interrupt"};
    struct irqp_names *names = &out->names;
    struct irqp_histogram *histograms = out->run.result.latencies;
    for (size_t i = 0; i < IRQP_LATENCIES_OWN; i++) {
        names->latencies[i] = own[i];
        read_latency(reader, member(reader, root, "the file", own[i], JSON_OBJECT), own[i], &histograms[i]);
    }
    names->latency_count = IRQP_LATENCIES_OWN;
    if (!json_object_get(root, "latencies"))
        return;
    const json_t *object = member(reader, root, "the file", "latencies", JSON_OBJECT);
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value)
    {
        if (names->latency_count == IRQP_LATENCIES_MAX) {
            complain(reader, "'latencies' has more than %d entries", IRQP_LATENCIES_MAX - IRQP_LATENCIES_OWN);
            return;
        }
        read_latency(reader, member(reader, object, "latencies", key, JSON_OBJECT), key,
                     &histograms[names->latency_count]);
        names->latencies[names->latency_count++] = key;
    }
}

static size_t read_shares(struct reader *reader, const json_t *root, const char *where, size_t room,
                          const char **names, irqp_time *times, uint64_t *hits)
{
    const json_t *list = member(reader, root, "the file", where, JSON_ARRAY);
    size_t size = json_array_size(list);
    if (size > room) {
        complain(reader, "'%s' has %zu entries; there is room for %zu", where, size, room);
        return 0;
    }
    for (size_t i = 0; i < size; i++) {
        const json_t *object = json_array_get(list, i);
        names[i] = string(reader, object, where, "name");
        times[i] = duration(reader, object, where, "time_ps");
        hits[i] = count(reader, object, where, "hits");
    }
    return size;
}

/* {name: count} of up to `room` things; returns how many. */
static size_t read_counts(struct reader *reader, const json_t *root, const char *where, size_t room,
                          const char **names, uint64_t *counts)
{
    const json_t *object = member(reader, root, "the file", where, JSON_OBJECT);
    const char *key;
    json_t *value;
    size_t size = 0;
    if (json_object_size(object) > room) {
        complain(reader, "'%s' has more than %zu entries", where, room);
        return 0;
    }
    json_object_foreach((json_t *)object, key, value)
    {
        counts[size] = count(reader, object, where, key);
        names[size++] = key;
    }
    return size;
}

static void read_work(struct reader *reader, const json_t *root, struct irqp_result *result)
{
    const json_t *object = member(reader, root, "the file", "work", JSON_OBJECT);
    result->batches = count(reader, object, "work", "batches");
    result->simulated = duration(reader, object, "work", "simulated_ps");
    result->steps = count(reader, object, "work", "steps");
    result->draws = count(reader, object, "work", "draws");
    result->trajectory = hex(reader, object, "work", "trajectory");
    object = member(reader, root, "the file", "modes", JSON_OBJECT);
    for (size_t i = 0; i < IRQP_MODES; i++)
        result->mode_time[i] = duration(reader, object, "modes", irqp_mode_names[i]);
}

static uint16_t index_of(struct reader *reader, const char *name, const char *const *names, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (strcmp(names[i], name) == 0)
            return (uint16_t)i;
    complain(reader, "'worst' names '%s', which the file does not list", name);
    return 0;
}

static void read_worst(struct reader *reader, const json_t *root, struct irqp_result_file *out)
{
    struct irqp_result *result = &out->run.result;
    if (json_is_null(json_object_get(root, "worst")))
        return;
    const json_t *object = member(reader, root, "the file", "worst", JSON_OBJECT);
    result->worst = (irqp_time)integer(reader, object, "worst", "latency_ps", 0, INT64_MAX);
    result->worst_batch = count(reader, object, "worst", "batch");
    result->worst_sample = count(reader, object, "worst", "sample");
    result->worst_count = (size_t)integer(reader, object, "worst", "pieces", 0, SIZE_MAX);
    const json_t *charges = member(reader, object, "worst", "charges", JSON_ARRAY);
    size_t kept = result->worst_count < IRQP_CHARGES_MAX ? result->worst_count : IRQP_CHARGES_MAX;
    if (json_array_size(charges) != kept) {
        complain(reader, "'worst' should list %zu charges", kept);
        return;
    }
    for (size_t i = 0; i < kept; i++) {
        const json_t *entry = json_array_get(charges, i);
        result->worst_charges[i] = (struct irqp_charge){
            .step = index_of(reader, string(reader, entry, "worst", "step"), out->names.steps,
                             out->names.step_count),
            .cause = index_of(reader, string(reader, entry, "worst", "cause"), out->names.causes,
                              out->names.cause_count),
            .duration = duration(reader, entry, "worst", "time_ps"),
        };
    }
}

/* sizes_differ: the batches may have any number of samples; an entry then has one number more. */
static void read_levels(struct reader *reader, const json_t *object, const char *where, const char *key,
                        bool sizes_differ, struct irqp_spread *spread)
{
    const json_t *levels = member(reader, object, where, key, JSON_ARRAY);
    irqpi_wide most = (irqpi_wide)spread->samples, sizes = (irqpi_wide)spread->sizes;
    for (size_t i = 0; i < json_array_size(levels); i++) {
        const json_t *entry = json_array_get(levels, i);
        irqpi_wide latency, reached, square, product = 0;
        if (i >= IRQP_SPREAD_LEVELS || json_array_size(entry) != (sizes_differ ? 4 : 3) ||
            !irqpi_json_is_integer(json_array_get(entry, 0), &latency) ||
            !irqpi_json_is_integer(json_array_get(entry, 1), &reached) ||
            !irqpi_json_is_integer(json_array_get(entry, 2), &square) ||
            (sizes_differ && !irqpi_json_is_integer(json_array_get(entry, 3), &product)) ||
            latency != irqp_spread_level(i) / IRQP_NS || reached <= 0 || reached > most || square < reached ||
            square > sizes || (sizes_differ && (product < square || product > sizes))) {
            complain(reader, "level %zu of '%s' in '%s' is none, or its counts cannot be", i, key, where);
            return;
        }
        spread->reached[i] = (uint64_t)reached;
        spread->squares[i] = (irqp_spread_square)square;
        spread->products[i] =
            (irqp_spread_square)(sizes_differ ? product : reached * (sizes / (irqpi_wide)spread->samples));
        most = reached; /* no higher level is reached more often */
    }
}

/* The spread of the batches. Files of earlier versions have none, or none of the interrupt latency or of what
 * the model measured beside the wake-up: then it is empty, and nothing is known. */
static void read_spread(struct reader *reader, const json_t *root, struct irqp_result_file *out)
{
    struct irqp_run *run = &out->run;
    if (!json_object_get(root, "spread"))
        return;
    const json_t *object = member(reader, root, "the file", "spread", JSON_OBJECT);
    uint64_t batches = (uint64_t)integer(reader, object, "spread", "batches", 0,
                                         (irqpi_wide)(run->result.thread.total / run->batch));
    static const char *const own[IRQP_LATENCIES_OWN] = {
        [IRQP_LATENCY_THREAD] = "levels", [IRQP_LATENCY_INTERRUPT] = "interrupt_levels"};
    for (size_t i = 0; i < out->names.latency_count; i++) {
        const char *key = i < IRQP_LATENCIES_OWN ? own[i] : out->names.latencies[i];
        struct irqp_spread *spread = &run->spreads[i];
        if (i > 0 && !json_object_get(object, key))
            continue;
        spread->batches = batches;
        if (i < IRQP_LATENCIES_OWN) { /* full batches have as many samples */
            spread->samples = batches * run->batch;
            spread->sizes = (irqp_spread_square)spread->samples * run->batch;
            read_levels(reader, object, "spread", key, false, spread);
            continue;
        }
        const json_t *other = member(reader, object, "spread", key, JSON_OBJECT);
        spread->samples =
            (uint64_t)integer(reader, other, key, "samples", 0, (irqpi_wide)run->result.latencies[i].total);
        spread->sizes = (irqp_spread_square)integer(
            reader, other, key, "squares", 0, (irqpi_wide)spread->samples * (irqpi_wide)spread->samples);
        read_levels(reader, other, key, "levels", true, spread);
    }
}

/* What the batches do not tell. Files of earlier versions count no work. */
static void read_throughput(struct reader *reader, const json_t *root, struct irqp_result_file *out)
{
    const json_t *object = json_object_get(root, "throughput");
    if (!object || json_is_null(object))
        return;
    object = member(reader, root, "the file", "throughput", JSON_OBJECT);
    out->manifest.work.unit = string(reader, object, "throughput", "unit");
    out->manifest.work.total = count(reader, object, "throughput", "total");
    out->run.result.work = count(reader, object, "throughput", "done");
}

static void read_summary(struct reader *reader, const json_t *batch, const char *key, uint64_t samples,
                         struct irqp_latency_summary *summary)
{
    const json_t *object = member(reader, batch, "batches", key, JSON_OBJECT);
    summary->sum = duration(reader, object, key, "sum_ps");
    summary->mean = (double)summary->sum / (double)samples;
}

static void read_batches(struct reader *reader, const json_t *root, struct irqp_run *run)
{
    const json_t *list = member(reader, root, "the file", "batches", JSON_ARRAY);
    if (reader->status != IRQP_OK)
        return;
    run->planned = run->samples / run->batch + (run->samples % run->batch > 0);
    if (run->planned > IRQP_BATCHES_MAX) {
        complain(reader, "there are more than %d batches", IRQP_BATCHES_MAX);
        run->planned = 0;
        return;
    }
    run->batches = calloc(run->planned > 0 ? (size_t)run->planned : 1, sizeof *run->batches);
    if (!run->batches) {
        run->planned = 0;
        check(reader, IRQP_NO_MEMORY);
        return;
    }
    size_t index;
    json_t *object;
    json_array_foreach(list, index, object)
    {
        uint64_t number = count(reader, object, "batches", "batch");
        if (number >= run->planned || run->batches[number].samples > 0) {
            complain(reader, "entry %zu of 'batches' is not planned, or stands twice", index);
            return;
        }
        struct irqp_batch_summary *batch = &run->batches[number];
        batch->samples = (uint64_t)integer(reader, object, "batches", "samples", 1, UINT64_MAX);
        read_summary(reader, object, "thread", batch->samples, &batch->thread);
        read_summary(reader, object, "interrupt", batch->samples, &batch->interrupt);
        if (json_object_get(object, "simulated_ps")) {
            batch->simulated = (irqp_time)integer(reader, object, "batches", "simulated_ps", 0, INT64_MAX);
            batch->work = count(reader, object, "batches", "work");
        }
        run->done++;
    }
}

/* ---- the file ---- */

bool irqp_result_file_recognises(const char *text)
{
    text += strspn(text, " \t\r\n");
    if (*text != '{')
        return false;
    text += 1 + strspn(text + 1, " \t\r\n");
    return strncmp(text, "\"format\"", 8) == 0 && strstr(text, "\"irqpath result");
}

static void read_document(struct reader *reader, const json_t *root, struct irqp_result_file *out)
{
    struct irqp_result *result = &out->run.result;
    const char *format = json_string_value(json_object_get(root, "format"));
    if (!format || strcmp(format, "irqpath result 1") != 0) {
        complain(reader, "not a result file of irqpath, or one of another version");
        return;
    }
    read_manifest(reader, root, out);
    read_latencies(reader, root, out);
    out->names.step_count = read_shares(reader, root, "steps", IRQP_STEPS_MAX, out->names.steps,
                                        result->step_time, result->step_hits);
    out->names.cause_count = read_shares(reader, root, "causes", IRQP_CAUSES_MAX, out->names.causes,
                                         result->cause_time, result->cause_hits);
    out->names.counter_count =
        read_counts(reader, root, "counters", IRQP_COUNTERS_MAX, out->names.counters, result->counters);
    if (json_object_get(root, "peaks"))
        out->names.peak_count =
            read_counts(reader, root, "peaks", IRQP_PEAKS_MAX, out->names.peaks, result->peaks);
    read_work(reader, root, result);
    read_worst(reader, root, out);
    read_throughput(reader, root, out);
    read_spread(reader, root, out);
    read_batches(reader, root, &out->run);
}

enum irqp_status irqp_result_file_read(struct irqp_result_file *out, const char *file,
                                       struct irqp_diagnostics *diagnostics)
{
    struct irqp_text text;
    *out = (struct irqp_result_file){.document = NULL};
    irqp_result_init(&out->run.result);
    enum irqp_status status = irqp_text_read(&text, file, diagnostics);
    if (status == IRQP_OK) {
        struct reader reader = {&text, diagnostics, IRQP_OK};
        json_t *root = irqpi_json_load(&text, diagnostics);
        if (root)
            read_document(&reader, root, out);
        out->document = root;
        status = root ? reader.status : IRQP_INPUT;
    }
    irqp_text_fini(&text);
    return status;
}

void irqp_result_file_fini(struct irqp_result_file *file)
{
    irqp_run_fini(&file->run);
    json_decref(file->document);
    *file = (struct irqp_result_file){.document = NULL};
}
