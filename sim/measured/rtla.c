/* Histograms of rtla timerlat and rtla osnoise.
 *
 *     # RTLA timerlat histogram
 *     # Time unit is microseconds (us)
 *     # Duration:   0 00:10:00
 *     Index   IRQ-000   Thr-000   IRQ-001   Thr-001
 *     0        276489         0    206089         0      bucket by its lower edge, a count per series
 *     over:         0         0         0         0      samples beyond the last bucket
 *     count:   600002    600002    600002    600002      all, those included
 *     min:          0         1         0         1
 *     avg:          0         5         0         5
 *     max:         16        36        15        58
 *
 * Rows of zeroes are left out, so that the width of the buckets (option -b) is not told: it is taken as the
 * greatest common divisor of their edges. Newer versions add a block ALL:, which says nothing new. */
#include "sim/measured/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char blanks[] = " \t";

enum { SERIES_MAX = 4096 };

struct reading {
    struct irqp_measured *out;
    const struct irqpi_input *input;
    struct irqpi_line line;
    struct irqpi_rows *rows; /* of each series, until the width is known */
    irqp_time common, last;  /* divisor of the edges; the last edge, -1 before the first row */
    uint64_t *counts;        /* the trailer's, of each series; NULL: it has none */
};

static bool contains(const struct irqp_text *text, const char *mark)
{
    return strstr(text->data, mark) != NULL;
}

bool irqpi_rtla_recognises(const struct irqp_text *text)
{
    return contains(text, "# RTLA timerlat histogram") || contains(text, "# RTLA osnoise histogram");
}

/* ---- heading ---- */

static bool kind_of(const struct irqpi_field *name, enum irqp_series_kind *kind)
{
    static const struct {
        const char *prefix;
        enum irqp_series_kind kind;
    } kinds[] = {{"IRQ-", IRQP_SERIES_INTERRUPT},
                 {"Thr-", IRQP_SERIES_THREAD},
                 {"Usr-", IRQP_SERIES_USER},
                 {"CPU-", IRQP_SERIES_NOISE}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (name->size > 4 && memcmp(name->start, kinds[i].prefix, 4) == 0) {
            *kind = kinds[i].kind;
            return true;
        }
    return false;
}

static enum irqp_status read_index(struct reading *reading, const char *cursor)
{
    struct irqp_measured *out = reading->out;
    struct irqpi_field name;
    enum irqp_series_kind kind;
    while (irqpi_next_field(&reading->line, &cursor, blanks, &name)) {
        if (!kind_of(&name, &kind) || out->count == SERIES_MAX)
            return irqpi_bad(reading->input, &reading->line, &name,
                             "not a series of rtla: IRQ-, Thr-, Usr- or CPU- and a number");
        struct irqp_series *series = irqpi_add_series(out, out->unit);
        if (!series)
            return IRQP_NO_MEMORY;
        snprintf(series->name, sizeof series->name, "%.*s", (int)name.size, name.start);
        series->kind = kind;
    }
    if (out->count == 0)
        return irqpi_bad(reading->input, &reading->line, NULL, "the index names no series");
    reading->rows = calloc(out->count, sizeof *reading->rows);
    return reading->rows ? IRQP_OK : IRQP_NO_MEMORY;
}

/* ---- rows ---- */

static irqp_time divisor(irqp_time a, irqp_time b)
{
    while (b) {
        irqp_time rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static enum irqp_status read_row(struct reading *reading, const struct irqpi_field *index, const char *cursor)
{
    struct irqpi_field field;
    uint64_t value, count;
    irqp_time lower;
    size_t column = 0;
    if (!irqpi_field_count(index, &value) || !irqpi_to_time(value, reading->out->unit, &lower))
        return irqpi_bad(reading->input, &reading->line, index, "not a bucket of a histogram");
    if (lower <= reading->last)
        return irqpi_bad(reading->input, &reading->line, index, "the bucket is not above the one before");
    for (; irqpi_next_field(&reading->line, &cursor, blanks, &field); column++) {
        if (column == reading->out->count || !irqpi_field_count(&field, &count))
            return irqpi_bad(reading->input, &reading->line, &field, "not a count for a series of the index");
        enum irqp_status status = irqpi_add_row(&reading->rows[column], lower, count);
        if (status != IRQP_OK)
            return status;
    }
    if (column < reading->out->count)
        return irqpi_bad(reading->input, &reading->line, NULL, "the row has %zu counts instead of %zu",
                         column, reading->out->count);
    reading->last = lower;
    reading->common = divisor(lower, reading->common);
    return IRQP_OK;
}

/* ---- trailer ---- */

static enum irqp_status read_trailer(struct reading *reading, const struct irqpi_field *name,
                                     const char *cursor)
{
    static const char *const names[] = {"over:", "count:", "min:", "avg:", "max:"};
    enum { OVER, COUNT, MIN, AVG, MAX, NAMES };
    unsigned which = 0;
    while (which < NAMES && !irqpi_field_is(name, names[which]))
        which++;
    if (which == NAMES)
        return irqpi_bad(reading->input, &reading->line, name, "neither a bucket nor a line of the trailer");
    struct irqpi_field field;
    size_t column = 0;
    if (which == COUNT && !reading->counts &&
        !(reading->counts = calloc(reading->out->count, sizeof *reading->counts)))
        return IRQP_NO_MEMORY;
    for (; irqpi_next_field(&reading->line, &cursor, blanks, &field); column++) {
        uint64_t value = 0;
        irqp_time time = IRQP_UNKNOWN;
        bool none = irqpi_field_is(&field, "-"); /* a series without samples */
        if (column == reading->out->count || (!none && !irqpi_field_count(&field, &value)) ||
            (!none && which > COUNT && !irqpi_to_time(value, reading->out->unit, &time)))
            return irqpi_bad(reading->input, &reading->line, &field,
                             "not a number for a series of the index");
        struct irqp_bins *bins = &reading->out->series[column].bins;
        if (which == OVER)
            bins->overflow = value;
        else if (which == COUNT)
            reading->counts[column] = value;
        else if (which == MIN)
            bins->minimum = time;
        else if (which == AVG)
            reading->out->series[column].mean = time;
        else if (which == MAX)
            bins->maximum = time;
    }
    if (column < reading->out->count)
        return irqpi_bad(reading->input, &reading->line, NULL, "%zu numbers for %zu series", column,
                         reading->out->count);
    return IRQP_OK;
}

/* ---- the whole ---- */

static enum irqp_status read_lines(struct reading *reading)
{
    struct irqpi_line *line = &reading->line;
    enum irqp_status status = IRQP_OK;
    while (status == IRQP_OK && irqpi_next_line(line)) {
        const char *cursor = line->start;
        struct irqpi_field first;
        if (!irqpi_next_field(line, &cursor, blanks, &first))
            continue;
        if (*first.start == '#') {
            irqp_time unit = irqpi_unit_named(line);
            if (unit > 0 && reading->input->unit == 0 && reading->out->count == 0)
                reading->out->unit = unit;
        } else if (irqpi_field_is(&first, "ALL:")) {
            break;
        } else if (reading->out->count == 0) {
            if (irqpi_field_is(&first, "Index"))
                status = read_index(reading, cursor);
        } else if (*first.start >= '0' && *first.start <= '9') {
            status = read_row(reading, &first, cursor);
        } else {
            status = read_trailer(reading, &first, cursor);
        }
    }
    return status;
}

static enum irqp_status finish_series(struct reading *reading, size_t i)
{
    struct irqp_series *series = &reading->out->series[i];
    struct irqp_bins *bins = &series->bins;
    bins->width = reading->common > 0 ? reading->common : reading->out->unit;
    enum irqp_status status = irqpi_rows_to_bins(&reading->rows[i], bins);
    if (status == IRQP_INPUT)
        return irqpi_bad(reading->input, NULL, NULL, "%s has too many samples", series->name);
    if (reading->counts &&
        (bins->overflow > UINT64_MAX - bins->inside || bins->inside + bins->overflow != reading->counts[i]))
        return irqpi_bad(reading->input, NULL, NULL,
                         "the rows of %s hold %llu samples and %llu are beyond, its count is %llu: rows are "
                         "missing or damaged",
                         series->name, (unsigned long long)bins->inside, (unsigned long long)bins->overflow,
                         (unsigned long long)reading->counts[i]);
    if (irqp_bins_total(bins) == 0)
        bins->minimum = bins->maximum = IRQP_UNKNOWN;
    return status;
}

static enum irqp_status finish(struct reading *reading)
{
    enum irqp_status status = IRQP_OK;
    if (reading->out->count == 0)
        return irqpi_bad(reading->input, NULL, NULL, "there is no line 'Index' that names the series");
    if (!reading->counts)
        irqp_diagnose_text(reading->input->diagnostics, IRQP_WARNING, reading->input->text, 0, 0, 1,
                           "no trailer: rows may be missing, and samples beyond the last are not known");
    for (size_t i = 0; i < reading->out->count && status == IRQP_OK; i++)
        status = finish_series(reading, i);
    return status;
}

enum irqp_status irqpi_rtla_read(struct irqp_measured *out, const struct irqpi_input *input)
{
    struct reading reading = {.out = out, .input = input, .line = {.text = input->text}, .last = -1};
    out->unit = input->unit > 0 ? input->unit : IRQP_US;
    enum irqp_status status = read_lines(&reading);
    if (status == IRQP_OK)
        status = finish(&reading);
    for (size_t i = 0; reading.rows && i < out->count; i++)
        free(reading.rows[i].items);
    free(reading.rows);
    free(reading.counts);
    return status;
}
