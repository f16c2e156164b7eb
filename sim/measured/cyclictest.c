/* cyclictest's text histogram, as `-h`, `-H` and `--histfile` write it.
 *
 *     # Histogram
 *     000014 000001	000002	000003      bin in microseconds, a count per thread, with -H their sum
 *     # Total: 000001994 000001991 000003985          samples in the bins
 *     # Min Latencies: 00010 00014                    one per thread, without a sum
 *     # Max Latencies: 04899 04556 04899
 *     # Histogram Overflows: 00006 00009 00015
 *
 * Before it there may be messages and live lines; rows of zeroes are left out by newer versions; the trailer
 * is missing when the tool was killed. */
#include "sim/measured/format.h"

#include <stdlib.h>
#include <string.h>

static const char blanks[] = " \t";

struct reading {
    struct irqp_measured *out;
    const struct irqpi_input *input;
    struct irqpi_line line;
    size_t rows;
    irqp_time next;   /* where the next row begins if none is left out */
    irqp_time last;   /* where the last began */
    bool every_row;   /* none was left out so far */
    bool last_is_sum; /* in every row so far, the last column is the sum of the others */
    size_t threads;   /* as the trailer tells; 0: it does not */
    uint64_t *totals; /* of the trailer, one per column; NULL if it has none */
    bool trailer;
};

bool irqpi_cyclictest_recognises(const struct irqp_text *text)
{
    static const char *const starts[] = {"# Histogram", "# /dev/cpu_dma_latency", "policy: ", "T: 0 ("};
    struct irqpi_line line = {.text = text};
    while (irqpi_next_line(&line))
        for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
            if (irqpi_line_starts(&line, starts[i]))
                return true;
    return false;
}

/* A live line tells the priority: "T: 0 ( 1359) P:90 I:1000 C: 10 Min: ...". */
static void warn_without_priority(const struct irqpi_line *line, const struct irqpi_input *input)
{
    struct irqpi_field field;
    const char *cursor = line->start;
    while (irqpi_next_field(line, &cursor, blanks, &field))
        if (irqpi_field_is(&field, "P:0") ||
            (irqpi_field_is(&field, "P:") && irqpi_next_field(line, &cursor, blanks, &field) &&
             irqpi_field_is(&field, "0"))) {
            irqp_diagnose_text(input->diagnostics, IRQP_WARNING, input->text, line->number, 1, 1,
                               "the run had no real-time priority (P: 0): these are latencies of an ordinary "
                               "task");
            return;
        }
}

static bool is_heading(const struct irqpi_line *line)
{
    static const char heading[] = "# Histogram";
    if (!irqpi_line_starts(line, heading))
        return false;
    struct irqpi_field rest;
    const char *cursor = line->start + strlen(heading);
    return !irqpi_next_field(line, &cursor, blanks, &rest);
}

/* ---- rows ---- */

/* The counts of a row, from the cursor on; the first row makes the series. */
static enum irqp_status read_counts(struct reading *reading, const char *cursor, irqp_time lower)
{
    struct irqp_measured *out = reading->out;
    struct irqpi_field field;
    size_t column = 0;
    uint64_t count = 0, before = 0;
    for (; irqpi_next_field(&reading->line, &cursor, blanks, &field); column++) {
        before += count; /* may wrap: a sum that does is none */
        if (!irqpi_field_count(&field, &count))
            return irqpi_bad(reading->input, &reading->line, &field, "not a count");
        if (reading->rows == 0 && !irqpi_add_series(out, out->unit))
            return IRQP_NO_MEMORY;
        if (column == out->count)
            return irqpi_bad(reading->input, &reading->line, &field,
                             "one column more than the rows before have");
        enum irqp_status status = irqp_bins_add(&out->series[column].bins, lower, count);
        if (status == IRQP_INPUT)
            return irqpi_bad(reading->input, &reading->line, &field, "too many samples");
        if (status != IRQP_OK)
            return status;
    }
    if (column == 0 || column < out->count)
        return irqpi_bad(reading->input, &reading->line, NULL, "the row has %zu counts instead of %zu",
                         column, out->count > 0 ? out->count : 1);
    reading->last_is_sum = reading->last_is_sum && column > 1 && count == before;
    return IRQP_OK;
}

static enum irqp_status read_row(struct reading *reading)
{
    const char *cursor = reading->line.start;
    struct irqpi_field field;
    uint64_t bin;
    irqp_time lower;
    irqpi_next_field(&reading->line, &cursor, blanks, &field);
    if (!irqpi_field_count(&field, &bin) || !irqpi_to_time(bin, reading->out->unit, &lower))
        return irqpi_bad(reading->input, &reading->line, &field, "not a bin of a histogram");
    if (reading->rows > 0 && lower <= reading->last)
        return irqpi_bad(reading->input, &reading->line, &field, "the bin is not above the one before");
    enum irqp_status status = read_counts(reading, cursor, lower);
    if (status != IRQP_OK)
        return status;
    reading->every_row = reading->every_row && lower == reading->next;
    reading->last = lower;
    reading->next = lower + reading->out->unit;
    reading->rows++;
    return IRQP_OK;
}

/* ---- trailer ---- */

enum trailer_kind { TOTAL, MINIMUM, AVERAGE, MAXIMUM, OVERFLOWS };

static enum irqp_status note_value(struct reading *reading, enum trailer_kind kind, size_t column,
                                   uint64_t value, const struct irqpi_field *field)
{
    struct irqp_bins *bins = &reading->out->series[column].bins;
    irqp_time time = 0;
    if (kind == TOTAL)
        reading->totals[column] = value;
    else if (kind == OVERFLOWS)
        bins->overflow = value;
    else if (!irqpi_to_time(value, reading->out->unit, &time))
        return irqpi_bad(reading->input, &reading->line, field, "not a latency");
    if (kind == MINIMUM)
        bins->minimum = time;
    if (kind == AVERAGE)
        reading->out->series[column].mean = time;
    if (kind == MAXIMUM)
        bins->maximum = time;
    return IRQP_OK;
}

/* The values of a line of the trailer, one per thread and perhaps one for all. */
static enum irqp_status read_values(struct reading *reading, enum trailer_kind kind, const char *cursor)
{
    struct irqp_measured *out = reading->out;
    struct irqpi_field field;
    size_t column = 0;
    uint64_t value;
    if (kind == TOTAL && !reading->totals && !(reading->totals = calloc(out->count, sizeof *reading->totals)))
        return IRQP_NO_MEMORY;
    for (; irqpi_next_field(&reading->line, &cursor, blanks, &field); column++) {
        if (column == out->count || !irqpi_field_count(&field, &value))
            return irqpi_bad(reading->input, &reading->line, &field,
                             "not a number for each column of the histogram");
        enum irqp_status status = note_value(reading, kind, column, value, &field);
        if (status != IRQP_OK)
            return status;
    }
    if (!reading->line.ended)
        return irqpi_bad(reading->input, &reading->line, NULL, "the file ends within the trailer");
    if (column == 0 || column + 1 < out->count)
        return irqpi_bad(reading->input, &reading->line, NULL, "%zu numbers for %zu columns", column,
                         out->count);
    if (kind == MINIMUM)
        reading->threads = column;
    if (kind == OVERFLOWS)
        reading->trailer = true;
    return IRQP_OK;
}

static enum irqp_status read_comment(struct reading *reading)
{
    static const char *const names[] = {[TOTAL] = "# Total:",
                                        [MINIMUM] = "# Min Latencies:",
                                        [AVERAGE] = "# Avg Latencies:",
                                        [MAXIMUM] = "# Max Latencies:",
                                        [OVERFLOWS] = "# Histogram Overflows:"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (reading->rows > 0 && irqpi_line_starts(&reading->line, names[i]))
            return read_values(reading, (enum trailer_kind)i, reading->line.start + strlen(names[i]));
    if (is_heading(&reading->line))
        return irqpi_bad(reading->input, &reading->line, NULL, "a second histogram begins here");
    return IRQP_OK;
}

/* ---- the whole ---- */

static enum irqp_status read_lines(struct reading *reading)
{
    struct irqpi_line *line = &reading->line;
    enum irqp_status status = IRQP_OK;
    while (status == IRQP_OK && irqpi_next_line(line)) {
        if (line->start == line->end)
            continue;
        if (*line->start == '#')
            status = read_comment(reading);
        else if (reading->trailer)
            break; /* what follows is no longer the tool's */
        else if (!line->ended)
            status = irqpi_bad(reading->input, line, NULL, "the file ends within a row");
        else
            status = read_row(reading);
    }
    return status;
}

/* Drops the column of -H, which is the sum of the others and must not count twice. */
static void drop_sum(struct reading *reading)
{
    struct irqp_measured *out = reading->out;
    if (reading->threads == 0 && reading->last_is_sum) {
        irqp_diagnose_text(reading->input->diagnostics, IRQP_WARNING, reading->input->text, 0, 0, 1,
                           "the last column is taken as the sum of the others (-H)");
        reading->threads = out->count - 1;
    }
    if (reading->threads > 0 && reading->threads < out->count)
        irqp_bins_fini(&out->series[--out->count].bins);
}

static enum irqp_status check_totals(const struct reading *reading)
{
    const struct irqp_measured *out = reading->out;
    for (size_t i = 0; reading->totals && i < out->count; i++)
        if (out->series[i].bins.inside != reading->totals[i])
            return irqpi_bad(
                reading->input, NULL, NULL,
                "the rows of thread %zu hold %llu samples, its total is %llu: rows are missing or "
                "damaged",
                i, (unsigned long long)out->series[i].bins.inside, (unsigned long long)reading->totals[i]);
    return IRQP_OK;
}

static enum irqp_status finish(struct reading *reading)
{
    struct irqp_measured *out = reading->out;
    if (reading->rows == 0)
        return irqpi_bad(reading->input, NULL, NULL, "the histogram has no rows");
    if (!reading->trailer)
        irqp_diagnose_text(reading->input->diagnostics, IRQP_WARNING, reading->input->text, 0, 0, 1,
                           "no trailer: rows may be missing, and samples beyond the last are not known");
    drop_sum(reading);
    for (size_t i = 0; i < out->count; i++) {
        struct irqp_bins *bins = &out->series[i].bins;
        if (reading->trailer && reading->every_row)
            bins->limit = reading->next;
        if (irqp_bins_total(bins) == 0) /* the trailer has initial values then */
            bins->minimum = bins->maximum = out->series[i].mean = IRQP_UNKNOWN;
    }
    return check_totals(reading);
}

enum irqp_status irqpi_cyclictest_read(struct irqp_measured *out, const struct irqpi_input *input)
{
    struct reading reading = {
        .out = out, .input = input, .line = {.text = input->text}, .every_row = true, .last_is_sum = true};
    bool found = false;
    out->unit = input->unit > 0 ? input->unit : IRQP_US;
    bool live = false;
    while (!found && irqpi_next_line(&reading.line)) {
        found = is_heading(&reading.line);
        if (!live && irqpi_line_starts(&reading.line, "T: ")) {
            warn_without_priority(&reading.line, input);
            live = true;
        }
    }
    if (!found)
        return irqpi_bad(input, NULL, NULL,
                         "output of cyclictest without a histogram; it prints one with -h");
    enum irqp_status status = read_lines(&reading);
    if (status == IRQP_OK)
        status = finish(&reading);
    free(reading.totals);
    return status;
}
