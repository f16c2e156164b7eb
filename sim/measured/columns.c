/* Columns: a value, and a count of each series.
 *
 *     # value_instructions(=ns virtual, icount shift=0) count
 *     1067 1994
 *     1068 1995
 *
 *     time,core1,core2                     a heading names the series
 *     000003,031684,036358
 *
 * Values may have decimals; bins are then as wide as the last decimal of any. */
#include "sim/measured/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char separators[] = " \t,;";

enum { COLUMNS_MAX = 4096 };

struct table {
    struct irqp_measured *out;
    const struct irqpi_input *input;
    struct irqpi_line line;
    struct irqpi_rows *rows; /* of each series */
    size_t series;
    unsigned decimals;
};

static bool starts_number(const struct irqpi_line *line)
{
    const char *at = line->start;
    return at < line->end && (*at == '-' || (*at >= '0' && *at <= '9'));
}

static void skip_blanks(struct irqpi_line *line)
{
    while (line->start < line->end && (*line->start == ' ' || *line->start == '\t'))
        line->start++;
}

static bool looks_like_number(const struct irqpi_field *field)
{
    static const char characters[] = "-.0123456789";
    for (size_t i = 0; i < field->size; i++)
        if (!strchr(characters, field->start[i]))
            return false;
    return true;
}

/* How many numbers the line consists of; 0 if of anything else. */
static size_t numbers_of(const struct irqpi_line *line)
{
    struct irqpi_field field;
    const char *cursor = line->start;
    size_t count = 0;
    for (; irqpi_next_field(line, &cursor, separators, &field); count++)
        if (!looks_like_number(&field))
            return 0;
    return count;
}

/* Before the first row there may be comments and one line of column names. */
static bool find_first_row(struct irqpi_line *line, struct irqpi_line *heading)
{
    heading->text = NULL;
    while (irqpi_next_line(line)) {
        skip_blanks(line);
        if (line->start == line->end || *line->start == '#')
            continue;
        if (starts_number(line))
            return true;
        if (heading->text)
            return false;
        *heading = *line;
    }
    return false;
}

bool irqpi_columns_recognises(const struct irqp_text *text)
{
    struct irqpi_line line = {.text = text}, heading;
    size_t numbers = find_first_row(&line, &heading) ? numbers_of(&line) : 0;
    return numbers == 2 || (numbers > 2 && heading.text); /* without a heading it may be anything */
}

static irqp_time choose_unit(const struct irqpi_input *input, size_t series)
{
    struct irqpi_line line = {.text = input->text};
    irqp_time unit = input->unit;
    while (unit == 0 && irqpi_next_line(&line)) {
        skip_blanks(&line);
        if (starts_number(&line))
            break;
        unit = irqpi_unit_named(&line);
    }
    if (unit == 0) {
        unit = series > 1 ? IRQP_US : IRQP_NS; /* a table of several threads comes from cyclictest */
        irqp_diagnose_text(input->diagnostics, IRQP_WARNING, input->text, 0, 0, 1,
                           "no unit is given: values are taken as %s",
                           unit == IRQP_US ? "microseconds" : "nanoseconds");
    }
    return unit;
}

static enum irqp_status read_row(struct table *table)
{
    const char *cursor = table->line.start;
    struct irqpi_field field;
    struct irqpi_decimal value;
    size_t column = 0;
    irqpi_next_field(&table->line, &cursor, separators, &field);
    if (!irqpi_field_decimal(&field, table->out->unit, &value))
        return irqpi_bad(table->input, &table->line, &field, "not a value, or one finer than a picosecond");
    table->decimals = value.decimals > table->decimals ? value.decimals : table->decimals;
    for (; irqpi_next_field(&table->line, &cursor, separators, &field); column++) {
        uint64_t count;
        if (column == table->series)
            break;
        if (!irqpi_field_count(&field, &count))
            return irqpi_bad(table->input, &table->line, &field, "not a count");
        enum irqp_status status = irqpi_add_row(&table->rows[column], value.time, count);
        if (status != IRQP_OK)
            return status;
    }
    if (column < table->series || field.size > 0)
        return irqpi_bad(table->input, &table->line, NULL,
                         table->series == 1 ? "not a value and a count" : "not a value and %zu counts",
                         table->series);
    return IRQP_OK;
}

static enum irqp_status read_rows(struct table *table)
{
    enum irqp_status status = IRQP_OK;
    bool begun = false;
    while (status == IRQP_OK && irqpi_next_line(&table->line)) {
        skip_blanks(&table->line);
        if (table->line.start == table->line.end || *table->line.start == '#' ||
            (!begun && !starts_number(&table->line)))
            continue;
        begun = true;
        status = read_row(table);
    }
    return status;
}

/* "all" for the only series; else as the heading says, or by number. */
static void name_series(struct irqp_series *series, const struct table *table,
                        const struct irqpi_line *heading, size_t index)
{
    const char *cursor = heading->start;
    struct irqpi_field field;
    if (table->series == 1) {
        strcpy(series->name, "all");
        return;
    }
    for (size_t i = 0; heading->text && irqpi_next_field(heading, &cursor, separators, &field); i++)
        if (i == index + 1)
            snprintf(series->name, sizeof series->name, "%.*s", field.size < 31 ? (int)field.size : 31,
                     field.start);
}

static enum irqp_status make_series(struct table *table, const struct irqpi_line *heading)
{
    irqp_time width = table->out->unit;
    for (unsigned i = 0; i < table->decimals; i++)
        width /= 10;
    for (size_t i = 0; i < table->series; i++) {
        struct irqp_series *series = irqpi_add_series(table->out, width);
        if (!series)
            return IRQP_NO_MEMORY;
        name_series(series, table, heading, i);
        enum irqp_status status = irqpi_rows_to_bins(&table->rows[i], &series->bins);
        if (status != IRQP_OK)
            return status == IRQP_INPUT ? irqpi_bad(table->input, NULL, NULL, "too many samples") : status;
    }
    return IRQP_OK;
}

enum irqp_status irqpi_columns_read(struct irqp_measured *out, const struct irqpi_input *input)
{
    struct table table = {.out = out, .input = input, .line = {.text = input->text}};
    struct irqpi_line first = {.text = input->text}, heading;
    find_first_row(&first, &heading);
    table.series = numbers_of(&first) - 1;
    if (table.series > COLUMNS_MAX)
        return irqpi_bad(input, &first, NULL, "more than %d columns", COLUMNS_MAX);
    table.rows = calloc(table.series, sizeof *table.rows);
    if (!table.rows)
        return IRQP_NO_MEMORY;
    out->unit = choose_unit(input, table.series);
    enum irqp_status status = read_rows(&table);
    if (status == IRQP_OK)
        status = make_series(&table, &heading);
    for (size_t i = 0; i < table.series; i++)
        free(table.rows[i].items);
    free(table.rows);
    return status;
}
