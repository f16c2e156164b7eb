#include "sim/measured/format.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool irqpi_next_line(struct irqpi_line *line)
{
    const char *begin = line->text->data, *end = begin + line->text->size;
    if (line->number > 0) {
        if (!line->ended)
            return false;
        begin = memchr(line->end, '\n', (size_t)(end - line->end));
        begin++;
    }
    if (begin == end)
        return false;
    const char *feed = memchr(begin, '\n', (size_t)(end - begin));
    line->ended = feed != NULL;
    line->start = begin;
    line->end = feed ? feed : end;
    if (line->end > begin && line->end[-1] == '\r')
        line->end--;
    line->number++;
    return true;
}

bool irqpi_line_starts(const struct irqpi_line *line, const char *prefix)
{
    size_t size = strlen(prefix);
    return (size_t)(line->end - line->start) >= size && memcmp(line->start, prefix, size) == 0;
}

bool irqpi_next_field(const struct irqpi_line *line, const char **cursor, const char *separators,
                      struct irqpi_field *field)
{
    const char *at = *cursor;
    while (at < line->end && strchr(separators, *at))
        at++;
    field->start = at;
    while (at < line->end && !strchr(separators, *at))
        at++;
    field->size = (size_t)(at - field->start);
    *cursor = at;
    return field->size > 0;
}

bool irqpi_field_is(const struct irqpi_field *field, const char *word)
{
    return strlen(word) == field->size && memcmp(field->start, word, field->size) == 0;
}

bool irqpi_field_count(const struct irqpi_field *field, uint64_t *count)
{
    uint64_t value = 0;
    for (size_t i = 0; i < field->size; i++) {
        unsigned digit = (unsigned)(field->start[i] - '0');
        if (digit > 9 || value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *count = value;
    return field->size > 0;
}

bool irqpi_field_decimal(const struct irqpi_field *field, irqp_time unit, struct irqpi_decimal *decimal)
{
    struct irqpi_field whole = *field;
    bool negative = field->size > 0 && *whole.start == '-';
    whole.start += negative;
    whole.size -= negative;
    const char *point = whole.size > 0 ? memchr(whole.start, '.', whole.size) : NULL;
    struct irqpi_field decimals = {NULL, 0};
    if (point) {
        decimals.start = point + 1;
        decimals.size = whole.size - (size_t)(point + 1 - whole.start);
        whole.size = (size_t)(point - whole.start);
    }
    uint64_t units, fraction = 0;
    irqp_time fine = unit; /* what the last decimal is worth */
    if (!irqpi_field_count(&whole, &units) || !irqpi_to_time(units, unit, &decimal->time))
        return false;
    if (point && !irqpi_field_count(&decimals, &fraction))
        return false;
    for (size_t i = 0; i < decimals.size; i++, fine /= 10)
        if (fine % 10 != 0)
            return false;
    decimal->time += (irqp_time)fraction * fine;
    if (negative)
        decimal->time = -decimal->time;
    decimal->decimals = (unsigned)decimals.size;
    return true;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

irqp_time irqpi_unit_named(const struct irqpi_line *line)
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

enum irqp_status irqpi_bad(const struct irqpi_input *input, const struct irqpi_line *line,
                           const struct irqpi_field *field, const char *format, ...)
{
    char message[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    int column = line && field ? (int)(field->start - line->start) + 1 : 1;
    irqp_diagnose_text(input->diagnostics, IRQP_ERROR, input->text, line ? line->number : 0, column,
                       field && field->size > 0 ? (int)field->size : 1, "%s", message);
    return IRQP_INPUT;
}

struct irqp_series *irqpi_add_series(struct irqp_measured *out, irqp_time width)
{
    struct irqp_series *series = realloc(out->series, (out->count + 1) * sizeof *series);
    if (!series)
        return NULL;
    out->series = series;
    series += out->count;
    snprintf(series->name, sizeof series->name, "thread %zu", out->count);
    irqp_bins_init(&series->bins, width);
    series->kind = IRQP_SERIES_THREAD;
    series->mean = IRQP_UNKNOWN;
    out->count++;
    return series;
}

bool irqpi_to_time(uint64_t value, irqp_time unit, irqp_time *time)
{
    if (value > (uint64_t)(INT64_MAX / unit) - 1) /* - 1: the end of its bin must fit too */
        return false;
    *time = (irqp_time)value * unit;
    return true;
}

enum irqp_status irqpi_add_row(struct irqpi_rows *rows, irqp_time lower, uint64_t count)
{
    if (rows->count == rows->capacity) {
        size_t capacity = rows->capacity ? rows->capacity * 2 : 256;
        struct irqp_bin *items = realloc(rows->items, capacity * sizeof *items);
        if (!items)
            return IRQP_NO_MEMORY;
        rows->items = items;
        rows->capacity = capacity;
    }
    rows->items[rows->count++] = (struct irqp_bin){lower, count};
    return IRQP_OK;
}

static int by_edge(const void *a, const void *b)
{
    const struct irqp_bin *left = a, *right = b;
    return (left->lower > right->lower) - (left->lower < right->lower);
}

enum irqp_status irqpi_rows_to_bins(struct irqpi_rows *rows, struct irqp_bins *bins)
{
    enum irqp_status status = IRQP_OK;
    if (rows->count > 0)
        qsort(rows->items, rows->count, sizeof *rows->items, by_edge);
    for (size_t i = 0; i < rows->count && status == IRQP_OK; i++)
        status = irqp_bins_add(bins, rows->items[i].lower, rows->items[i].count);
    return status;
}
