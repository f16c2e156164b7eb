/* Xenomai's `latency -g`: a histogram for gnuplot, in microseconds.
 *
 *     # 00:10:00 (periodic user-mode task, 100 us period, priority 99)
 *     # ----lat min|----lat avg|----lat max|-overrun|---msw|
 *     #       0.613|      1.380|     10.709|       0|     0|
 *     0.1 1
 *     0.5 209       [0, 1) us by its middle, the count one too high
 *     1.5 5894070
 *     11 1
 *
 * A row with count 1 stands before and after the bins for the picture's sake. In the wild, a shell prompt
 * stands above it, and the heading may be another run's: its extremes are taken only if they lie in the
 * outermost bins. */
#include "sim/measured/format.h"

#include <stdlib.h>
#include <string.h>

static const char blanks[] = " \t|";

bool irqpi_xenomai_recognises(const struct irqp_text *text)
{
    return strstr(text->data, "# ----lat min|----lat avg|----lat max|") != NULL;
}

struct reading {
    struct irqp_measured *out;
    const struct irqpi_input *input;
    struct irqpi_line line;
    struct irqpi_rows rows;
    bool heading;                     /* the next comment has the extremes */
    irqp_time minimum, mean, maximum; /* of the heading; IRQP_UNKNOWN */
};

static void read_extremes(struct reading *reading)
{
    irqp_time *const values[] = {&reading->minimum, &reading->mean, &reading->maximum};
    const char *cursor = reading->line.start + 1;
    struct irqpi_field field;
    struct irqpi_decimal decimal;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        if (irqpi_next_field(&reading->line, &cursor, blanks, &field) &&
            irqpi_field_decimal(&field, IRQP_US, &decimal))
            *values[i] = decimal.time;
}

static enum irqp_status read_row(struct reading *reading)
{
    struct irqpi_field value, count_field;
    struct irqpi_decimal decimal;
    uint64_t count;
    const char *cursor = reading->line.start;
    bool begins = irqpi_next_field(&reading->line, &cursor, blanks, &value);
    if (!begins || !irqpi_field_decimal(&value, reading->out->unit, &decimal)) {
        if (reading->rows.count == 0)
            return IRQP_OK; /* a prompt */
        return begins ? irqpi_bad(reading->input, &reading->line, &value, "not the middle of a bin")
                      : IRQP_OK;
    }
    if (!irqpi_next_field(&reading->line, &cursor, blanks, &count_field) ||
        !irqpi_field_count(&count_field, &count) || count == 0)
        return irqpi_bad(reading->input, &reading->line, NULL, "not a bin and its count");
    return irqpi_add_row(&reading->rows, decimal.time, count - 1);
}

static enum irqp_status make_bins(struct reading *reading)
{
    struct irqp_measured *out = reading->out;
    const struct irqpi_input *input = reading->input;
    struct irqp_series *series = irqpi_add_series(out, out->unit);
    if (!series)
        return IRQP_NO_MEMORY;
    strcpy(series->name, "all");
    size_t kept = 0;
    for (size_t i = 0; i < reading->rows.count; i++) {
        struct irqp_bin row = reading->rows.items[i];
        if (row.count == 0)
            continue; /* empty, or one of the two that are none */
        row.lower -= out->unit / 2;
        reading->rows.items[kept++] = row;
    }
    reading->rows.count = kept;
    enum irqp_status status = irqpi_rows_to_bins(&reading->rows, &series->bins);
    if (status == IRQP_INPUT)
        return irqpi_bad(input, NULL, NULL, "the bins do not lie on one grid, or hold too many samples");
    return status;
}

static bool lies_in(irqp_time value, irqp_time lower, irqp_time width)
{
    return value != IRQP_UNKNOWN && value >= lower && value < lower + width;
}

static void take_extremes(const struct reading *reading)
{
    struct irqp_bins *bins = &reading->out->series[0].bins;
    if (bins->count == 0)
        return;
    bool own = lies_in(reading->minimum, bins->bins[0].lower, bins->width) &&
               lies_in(reading->maximum, bins->bins[bins->count - 1].lower, bins->width);
    if (own) {
        bins->minimum = reading->minimum;
        bins->maximum = reading->maximum;
    } else if (reading->maximum != IRQP_UNKNOWN) {
        irqp_diagnose_text(
            reading->input->diagnostics, IRQP_WARNING, reading->input->text, 0, 0, 1,
            "the heading's minimum and maximum do not lie in the outermost bins: it belongs to "
            "another run and is not used");
    }
}

enum irqp_status irqpi_xenomai_read(struct irqp_measured *out, const struct irqpi_input *input)
{
    struct reading reading = {.out = out,
                              .input = input,
                              .line = {.text = input->text},
                              .minimum = IRQP_UNKNOWN,
                              .mean = IRQP_UNKNOWN,
                              .maximum = IRQP_UNKNOWN};
    enum irqp_status status = IRQP_OK;
    out->unit = input->unit > 0 ? input->unit : IRQP_US;
    while (status == IRQP_OK && irqpi_next_line(&reading.line)) {
        if (reading.line.start == reading.line.end)
            continue;
        if (*reading.line.start != '#') {
            status = read_row(&reading);
            continue;
        }
        if (reading.heading)
            read_extremes(&reading);
        reading.heading = irqpi_line_starts(&reading.line, "# ----lat min|");
    }
    if (status == IRQP_OK)
        status = make_bins(&reading);
    if (status == IRQP_OK)
        take_extremes(&reading);
    free(reading.rows.items);
    return status;
}
