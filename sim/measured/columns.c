/* Columns of value and count.
 *
 *     # value_instructions(=ns virtual, icount shift=0) count
 *     1067 1994
 *     1068 1995
 *
 * Values may have decimals; bins are then as wide as the last decimal of any. */
#include "sim/measured/format.h"

#include <stdlib.h>
#include <string.h>

static const char separators[] = " \t,;";

/* A value, as picoseconds, and how many decimals it has. */
struct value {
    irqp_time time;
    unsigned decimals;
};

static bool parse_value(const struct irqpi_field *field, irqp_time unit, struct value *value)
{
    struct irqpi_field whole = *field;
    bool negative = *whole.start == '-';
    whole.start += negative;
    whole.size -= negative;
    const char *point = memchr(whole.start, '.', whole.size);
    struct irqpi_field decimals = {NULL, 0};
    if (point) {
        decimals.start = point + 1;
        decimals.size = whole.size - (size_t)(point + 1 - whole.start);
        whole.size = (size_t)(point - whole.start);
    }
    uint64_t units, fraction = 0;
    irqp_time fine = unit; /* what the last decimal is worth */
    if (!irqpi_field_count(&whole, &units) || !irqpi_to_time(units, unit, &value->time))
        return false;
    if (point && !irqpi_field_count(&decimals, &fraction))
        return false;
    for (size_t i = 0; i < decimals.size; i++, fine /= 10)
        if (fine % 10 != 0)
            return false; /* finer than a picosecond */
    value->time += (irqp_time)fraction * fine;
    if (negative)
        value->time = -value->time;
    value->decimals = (unsigned)decimals.size;
    return true;
}

static bool starts_number(const struct irqpi_line *line)
{
    const char *at = line->start;
    return at < line->end && (*at == '-' || (*at >= '0' && *at <= '9'));
}

static bool split(const struct irqpi_line *line, struct irqpi_field *value, struct irqpi_field *count)
{
    struct irqpi_field more;
    const char *cursor = line->start;
    return irqpi_next_field(line, &cursor, separators, value) &&
           irqpi_next_field(line, &cursor, separators, count) &&
           !irqpi_next_field(line, &cursor, separators, &more);
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

/* Before the first row there may be comments and one line of column names. */
bool irqpi_columns_recognises(const struct irqp_text *text)
{
    struct irqpi_line line = {.text = text};
    bool names = false;
    while (irqpi_next_line(&line)) {
        struct irqpi_field value, count;
        skip_blanks(&line);
        if (line.start == line.end || *line.start == '#')
            continue;
        if (starts_number(&line))
            return split(&line, &value, &count) && looks_like_number(&value) && looks_like_number(&count);
        if (names || !split(&line, &value, &count))
            return false;
        names = true;
    }
    return false;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The unit that a heading names as a word of its own; 0 if it names none. */
static irqp_time unit_named(const struct irqpi_line *line)
{
    static const struct {
        const char *word;
        irqp_time unit;
    } units[] = {{"ns", IRQP_NS}, {"us", IRQP_US}, {"ms", IRQP_MS}};
    for (const char *at = line->start; at < line->end;) {
        const char *word = at;
        while (at < line->end && is_letter(*at))
            at++;
        for (size_t i = 0; i < sizeof units / sizeof *units; i++)
            if (at - word == 2 && memcmp(word, units[i].word, 2) == 0)
                return units[i].unit;
        at += at < line->end;
    }
    return 0;
}

static irqp_time choose_unit(const struct irqpi_input *input)
{
    struct irqpi_line line = {.text = input->text};
    irqp_time unit = input->unit;
    while (unit == 0 && irqpi_next_line(&line)) {
        skip_blanks(&line);
        if (starts_number(&line))
            break;
        unit = unit_named(&line);
    }
    if (unit == 0) {
        unit = IRQP_NS;
        irqp_diagnose_text(input->diagnostics, IRQP_WARNING, input->text, 0, 0, 1,
                           "no unit is given: values are taken as nanoseconds");
    }
    return unit;
}

static enum irqp_status read_rows(struct irqpi_rows *rows, irqp_time unit, unsigned *decimals,
                                  const struct irqpi_input *input)
{
    struct irqpi_line line = {.text = input->text};
    enum irqp_status status = IRQP_OK;
    while (status == IRQP_OK && irqpi_next_line(&line)) {
        struct irqpi_field value_field, count_field;
        struct value value;
        uint64_t count;
        skip_blanks(&line);
        if (line.start == line.end || *line.start == '#' || (rows->count == 0 && !starts_number(&line)))
            continue;
        if (!split(&line, &value_field, &count_field))
            return irqpi_bad(input, &line, NULL, "not a value and a count");
        if (!parse_value(&value_field, unit, &value))
            return irqpi_bad(input, &line, &value_field, "not a value, or one finer than a picosecond");
        if (!irqpi_field_count(&count_field, &count))
            return irqpi_bad(input, &line, &count_field, "not a count");
        if (value.decimals > *decimals)
            *decimals = value.decimals;
        status = irqpi_add_row(rows, value.time, count);
    }
    return status;
}

static enum irqp_status make_series(struct irqp_measured *out, struct irqpi_rows *rows, unsigned decimals,
                                    const struct irqpi_input *input)
{
    irqp_time width = out->unit;
    for (unsigned i = 0; i < decimals; i++)
        width /= 10;
    struct irqp_series *series = irqpi_add_series(out, width);
    if (!series)
        return IRQP_NO_MEMORY;
    strcpy(series->name, "all");
    enum irqp_status status = irqpi_rows_to_bins(rows, &series->bins);
    return status == IRQP_INPUT ? irqpi_bad(input, NULL, NULL, "too many samples") : status;
}

enum irqp_status irqpi_columns_read(struct irqp_measured *out, const struct irqpi_input *input)
{
    struct irqpi_rows rows = {.items = NULL};
    unsigned decimals = 0;
    out->unit = choose_unit(input);
    enum irqp_status status = read_rows(&rows, out->unit, &decimals, input);
    if (status == IRQP_OK)
        status = make_series(out, &rows, decimals, input);
    free(rows.items);
    return status;
}
