/* oslat's text and JSON: how long a spinning thread was interrupted, which is noise and no wake-up latency.
 *
 *             Core:	 1 2
 *     Counter Freq:	 2298 2298 (Mhz)
 *         001 (us):	 37388461 37389002      less than 1 us, a count per core
 *         032 (us):	 292 17 (including overflows)
 *          Maximum:	 8080 61 (us)
 *
 * Bucket k holds [k - 1, k) us; so does a minimum or maximum of k. The last bucket holds all that is longer
 * too: it counts as overflow from its lower edge on. */
#include "sim/json.h"
#include "sim/measured/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char blanks[] = " \t";

/* The lower edge of bucket k; false if there is none such. */
static bool edge_of(uint64_t bucket, irqp_time unit, irqp_time *edge)
{
    return bucket > 0 && irqpi_to_time(bucket - 1, unit, edge);
}

/* Rows to bins: those of the last bucket that any core has are overflow. */
static enum irqp_status make_bins(struct irqpi_rows *rows, struct irqp_series *series, irqp_time last,
                                  const struct irqpi_input *input)
{
    struct irqp_bins *bins = &series->bins;
    for (size_t i = 0; i < rows->count; i++)
        if (rows->items[i].lower == last) {
            bins->overflow = rows->items[i].count;
            rows->items[i].count = 0;
        }
    bins->limit = last;
    enum irqp_status status = irqpi_rows_to_bins(rows, bins);
    if (status == IRQP_INPUT || bins->overflow > UINT64_MAX - bins->inside)
        return irqpi_bad(input, NULL, NULL, "%s has too many samples", series->name);
    return status;
}

static struct irqp_series *add_core(struct irqp_measured *out, const char *name, size_t size)
{
    struct irqp_series *series = irqpi_add_series(out, out->unit);
    if (series) {
        snprintf(series->name, sizeof series->name, "core %.*s", size < 20 ? (int)size : 20, name);
        series->kind = IRQP_SERIES_NOISE;
    }
    return series;
}

/* ---- text ---- */

bool irqpi_oslat_recognises(const struct irqp_text *text)
{
    return strstr(text->data, "Counter Freq:") && strstr(text->data, "(us):");
}

struct reading {
    struct irqp_measured *out;
    const struct irqpi_input *input;
    struct irqpi_line line;
    struct irqpi_rows *rows; /* of each core */
    irqp_time last;          /* lower edge of the last bucket */
};

static enum irqp_status read_cores(struct reading *reading, const char *cursor)
{
    struct irqpi_field core;
    while (irqpi_next_field(&reading->line, &cursor, blanks, &core))
        if (!add_core(reading->out, core.start, core.size))
            return IRQP_NO_MEMORY;
    if (reading->out->count == 0)
        return irqpi_bad(reading->input, &reading->line, NULL, "no core is named");
    reading->rows = calloc(reading->out->count, sizeof *reading->rows);
    return reading->rows ? IRQP_OK : IRQP_NO_MEMORY;
}

/* What follows the numbers of a line: "(us)" or "(including overflows)". */
static bool is_remark(const struct irqpi_field *field)
{
    return *field->start == '(';
}

static enum irqp_status read_bucket(struct reading *reading, uint64_t bucket, const char *cursor)
{
    struct irqpi_field field;
    size_t column = 0;
    irqp_time lower;
    if (!edge_of(bucket, reading->out->unit, &lower))
        return irqpi_bad(reading->input, &reading->line, NULL, "not a bucket of a histogram");
    for (; irqpi_next_field(&reading->line, &cursor, blanks, &field) && !is_remark(&field); column++) {
        uint64_t count;
        if (column == reading->out->count || !irqpi_field_count(&field, &count))
            return irqpi_bad(reading->input, &reading->line, &field, "not a count for a core");
        enum irqp_status status = irqpi_add_row(&reading->rows[column], lower, count);
        if (status != IRQP_OK)
            return status;
    }
    if (column < reading->out->count)
        return irqpi_bad(reading->input, &reading->line, NULL, "the row has %zu counts for %zu cores", column,
                         reading->out->count);
    if (lower <= reading->last)
        return irqpi_bad(reading->input, &reading->line, NULL, "the bucket is not above the one before");
    reading->last = lower;
    return IRQP_OK;
}

static enum irqp_status read_extreme(struct reading *reading, bool maximum, const char *cursor)
{
    struct irqpi_field field;
    for (size_t i = 0; irqpi_next_field(&reading->line, &cursor, blanks, &field) && !is_remark(&field); i++) {
        uint64_t value;
        irqp_time time;
        if (i == reading->out->count || !irqpi_field_count(&field, &value) ||
            !edge_of(value, reading->out->unit, &time))
            return irqpi_bad(reading->input, &reading->line, &field, "not a latency for a core");
        struct irqp_bins *bins = &reading->out->series[i].bins;
        *(maximum ? &bins->maximum : &bins->minimum) = time;
    }
    return IRQP_OK;
}

static enum irqp_status read_line(struct reading *reading)
{
    const char *cursor = reading->line.start;
    struct irqpi_field first, second;
    uint64_t bucket;
    if (!irqpi_next_field(&reading->line, &cursor, blanks, &first))
        return IRQP_OK;
    if (irqpi_field_is(&first, "Core:") && reading->out->count == 0)
        return read_cores(reading, cursor);
    if (reading->out->count == 0)
        return IRQP_OK;
    if (irqpi_field_is(&first, "Minimum:") || irqpi_field_is(&first, "Maximum:"))
        return read_extreme(reading, irqpi_field_is(&first, "Maximum:"), cursor);
    bool row = irqpi_field_count(&first, &bucket) &&
               irqpi_next_field(&reading->line, &cursor, blanks, &second) && irqpi_field_is(&second, "(us):");
    return row ? read_bucket(reading, bucket, cursor) : IRQP_OK;
}

enum irqp_status irqpi_oslat_read(struct irqp_measured *out, const struct irqpi_input *input)
{
    struct reading reading = {.out = out, .input = input, .line = {.text = input->text}, .last = -1};
    enum irqp_status status = IRQP_OK;
    out->unit = input->unit > 0 ? input->unit : IRQP_US;
    while (status == IRQP_OK && irqpi_next_line(&reading.line))
        status = read_line(&reading);
    if (status == IRQP_OK && reading.last < 0)
        status = irqpi_bad(input, NULL, NULL, "the histogram has no rows");
    for (size_t i = 0; reading.rows && i < out->count; i++) {
        if (status == IRQP_OK)
            status = make_bins(&reading.rows[i], &out->series[i], reading.last, input);
        free(reading.rows[i].items);
    }
    free(reading.rows);
    return status;
}

/* ---- JSON ---- */

bool irqpi_oslat_json_recognises(const struct irqp_text *text)
{
    return strstr(text->data, "\"cmdline:\": \"oslat") && strstr(text->data, "\"thread\"");
}

/* The highest bucket that is written, of any thread: empty ones are left out, so that it is the last of all
 * only if its threads' maximum lies beyond it. */
static enum irqp_status read_thread(struct irqp_measured *out, const char *name, const json_t *thread,
                                    const struct irqpi_input *input)
{
    json_t *histogram = json_object_get(thread, "histogram");
    if (!json_is_object(histogram))
        return irqpi_bad(input, NULL, NULL, "thread \"%.40s\" has no histogram", name);
    const json_t *cpu = json_object_get(thread, "cpu");
    char core[24];
    snprintf(core, sizeof core, "%lld", (long long)json_integer_value(cpu));
    struct irqp_series *series = add_core(out, core, strlen(core));
    if (!series)
        return IRQP_NO_MEMORY;
    struct irqp_bins *bins = &series->bins;
    struct irqpi_rows rows = {.items = NULL};
    enum irqp_status status = irqpi_json_rows(&rows, histogram, series->name, out->unit, input);
    irqp_time last = 0, minimum = irqpi_json_latency(thread, "min", out->unit),
              maximum = irqpi_json_latency(thread, "max", out->unit);
    for (size_t i = 0; i < rows.count; i++) {
        rows.items[i].lower -= out->unit;
        last = rows.items[i].lower > last ? rows.items[i].lower : last;
    }
    bins->minimum = minimum == IRQP_UNKNOWN ? minimum : minimum - out->unit;
    bins->maximum = maximum == IRQP_UNKNOWN ? maximum : maximum - out->unit;
    bool overflows = bins->maximum != IRQP_UNKNOWN && bins->maximum > last;
    if (status == IRQP_OK)
        status = make_bins(&rows, series, overflows ? last : last + out->unit, input);
    free(rows.items);
    return status;
}

static enum irqp_status read_document(struct irqp_measured *out, const json_t *root,
                                      const struct irqpi_input *input)
{
    json_t *threads = json_object_get(root, "thread");
    if (json_object_size(threads) == 0)
        return irqpi_bad(input, NULL, NULL, "no threads, so not the JSON of oslat");
    out->unit = input->unit > 0 ? input->unit : IRQP_US;
    return irqpi_json_each(out, threads, read_thread, input);
}

enum irqp_status irqpi_oslat_json_read(struct irqp_measured *out, const struct irqpi_input *input)
{
    return irqpi_json_read(out, input, read_document);
}
