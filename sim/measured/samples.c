/* Raw samples: one number to a line, or a column of a table whose heading names it.
 *
 *     ,n_secs_delay,
 *     2,110104,
 *     3,38072,
 *
 * The column is the first whose heading has delay, latency, jitter or sample in it. Samples of 0 or below at
 * the beginning are artefacts of the first period and left out, with a warning. */
#include "sim/measured/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEADING_MAX = 64 };

static bool is_separator(char c)
{
    return c == ',' || c == ';' || c == '\t';
}

/* The field number `column` of a table's line: empty fields count, blanks around one do not. */
static bool field_at(const struct irqpi_line *line, size_t column, struct irqpi_field *field)
{
    const char *at = line->start;
    for (; column > 0; column--, at++)
        while (at < line->end && !is_separator(*at))
            at++;
    if (at > line->end)
        return false;
    const char *end = at;
    while (end < line->end && !is_separator(*end))
        end++;
    while (at < end && *at == ' ')
        at++;
    while (end > at && end[-1] == ' ')
        end--;
    *field = (struct irqpi_field){at, (size_t)(end - at)};
    return true;
}

static bool names_samples(const struct irqpi_field *field)
{
    static const char *const words[] = {"delay", "latency", "jitter", "sample"};
    char name[HEADING_MAX];
    if (field->size >= sizeof name)
        return false;
    for (size_t i = 0; i < field->size; i++) {
        char c = field->start[i];
        name[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    name[field->size] = '\0';
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strstr(name, words[i]))
            return true;
    return false;
}

static bool is_number(const struct irqpi_field *field)
{
    struct irqpi_decimal decimal;
    return irqpi_field_decimal(field, IRQP_US, &decimal);
}

/* The first line that is neither empty nor a comment. */
static bool first_line(struct irqpi_line *line)
{
    while (irqpi_next_line(line))
        if (line->start < line->end && *line->start != '#')
            return true;
    return false;
}

/* Which column has the samples, and whether a heading names it. A heading that also names counts is that of
 * a histogram. */
static bool find_column(const struct irqp_text *text, size_t *column, bool *heading)
{
    struct irqpi_line line = {.text = text};
    struct irqpi_field field;
    if (!first_line(&line) || !field_at(&line, 0, &field))
        return false;
    *heading = !is_number(&field);
    *column = 0;
    if (!*heading) /* numbers alone, one to a line */
        return !field_at(&line, 1, &field) && !memchr(line.start, ' ', (size_t)(line.end - line.start));
    for (size_t i = 0; field_at(&line, i, &field); i++)
        if (names_samples(&field)) {
            struct irqpi_field next;
            *column = i;
            return !field_at(&line, i + 1, &next) || next.size == 0; /* the last: no counts behind it */
        }
    return false;
}

bool irqpi_samples_recognises(const struct irqp_text *text)
{
    size_t column;
    bool heading;
    return find_column(text, &column, &heading);
}

/* "n_secs", "ns", "us", ... in the heading or in a comment above it. */
static irqp_time unit_told(const struct irqp_text *text)
{
    struct irqpi_line line = {.text = text};
    irqp_time unit = 0;
    while (unit == 0 && irqpi_next_line(&line)) {
        unit = irqpi_unit_named(&line);
        if (line.start < line.end && *line.start != '#')
            break;
    }
    return unit;
}

static enum irqp_status read_rows(struct irqpi_rows *rows, struct irqp_measured *out, size_t column,
                                  bool heading, unsigned *decimals, const struct irqpi_input *input)
{
    struct irqpi_line line = {.text = input->text};
    size_t artefacts = 0;
    enum irqp_status status = IRQP_OK;
    while (status == IRQP_OK && irqpi_next_line(&line)) {
        struct irqpi_field field = {line.start, 0};
        struct irqpi_decimal value;
        if (line.start == line.end || *line.start == '#')
            continue;
        if (heading) {
            heading = false;
            continue;
        }
        if (!field_at(&line, column, &field) || !irqpi_field_decimal(&field, out->unit, &value))
            return irqpi_bad(input, &line, field.size ? &field : NULL,
                             "not a sample, or one finer than a picosecond");
        if (value.time <= 0 && rows->count == 0) {
            artefacts++;
            continue;
        }
        *decimals = value.decimals > *decimals ? value.decimals : *decimals;
        status = irqpi_add_row(rows, value.time, 1);
    }
    if (status == IRQP_OK && artefacts > 0)
        irqp_diagnose_text(input->diagnostics, IRQP_WARNING, input->text, 0, 0, 1,
                           "%zu samples of 0 or below at the beginning are left out", artefacts);
    return status;
}

enum irqp_status irqpi_samples_read(struct irqp_measured *out, const struct irqpi_input *input)
{
    struct irqpi_rows rows = {.items = NULL};
    size_t column = 0;
    bool heading = false;
    unsigned decimals = 0;
    find_column(input->text, &column, &heading);
    out->unit = input->unit > 0 ? input->unit : unit_told(input->text);
    if (out->unit == 0) {
        out->unit = IRQP_NS;
        irqp_diagnose_text(input->diagnostics, IRQP_WARNING, input->text, 0, 0, 1,
                           "no unit is given: samples are taken as nanoseconds");
    }
    enum irqp_status status = read_rows(&rows, out, column, heading, &decimals, input);
    irqp_time width = out->unit;
    for (unsigned i = 0; i < decimals; i++)
        width /= 10;
    struct irqp_series *series = status == IRQP_OK ? irqpi_add_series(out, width) : NULL;
    if (status == IRQP_OK && !series)
        status = IRQP_NO_MEMORY;
    if (status == IRQP_OK) {
        strcpy(series->name, "all");
        status = irqpi_rows_to_bins(&rows, &series->bins);
        if (rows.count > 0) {
            series->bins.minimum = rows.items[0].lower;
            series->bins.maximum = rows.items[rows.count - 1].lower;
        }
    }
    free(rows.items);
    return status == IRQP_INPUT && out->count > 0 ? irqpi_bad(input, NULL, NULL, "too many samples") : status;
}
