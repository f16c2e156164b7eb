/* Writing what other tools print, in microseconds: cyclictest's text and JSON, rtla's text; and columns. */
#include "irqpath/measured.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- a growing text ---- */

struct text {
    char *data;
    size_t size, capacity;
    bool failed;
};

__attribute__((format(printf, 2, 3))) static void put(struct text *text, const char *format, ...)
{
    char piece[128];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(piece, sizeof piece, format, arguments);
    va_end(arguments);
    if (size < 0 || (size_t)size >= sizeof piece)
        text->failed = true;
    if (text->failed)
        return;
    if (text->size + (size_t)size + 1 > text->capacity) {
        size_t capacity = text->capacity ? text->capacity * 2 : 4096;
        char *larger = realloc(text->data, capacity);
        if (!larger) {
            text->failed = true;
            return;
        }
        text->data = larger;
        text->capacity = capacity;
    }
    memcpy(text->data + text->size, piece, (size_t)size + 1);
    text->size += (size_t)size;
}

static char *finish(struct text *text)
{
    if (text->failed) {
        free(text->data);
        return NULL;
    }
    return text->data;
}

/* ---- series in rows of a microsecond ---- */

struct column {
    const struct irqp_series *series;
    uint64_t *rows; /* owned */
    uint64_t inside, overflow;
};

struct columns {
    struct column *items;
    size_t count, rows;
};

/* The usual 400, or as many hundreds as the longest latency needs, within reason. */
static size_t rows_for(const struct irqp_measured *measured)
{
    enum { USUAL = 400, MOST = 100000 };
    size_t rows = USUAL;
    for (size_t i = 0; i < measured->count; i++) {
        const struct irqp_bins *bins = &measured->series[i].bins;
        irqp_time last = bins->count > 0 ? bins->bins[bins->count - 1].lower : 0;
        size_t needed = last > 0 ? (size_t)(last / (100 * IRQP_US) + 1) * 100 : 0;
        rows = needed > rows ? needed : rows;
    }
    return rows < MOST ? rows : MOST;
}

static void columns_fini(struct columns *columns)
{
    for (size_t i = 0; i < columns->count; i++)
        free(columns->items[i].rows);
    free(columns->items);
}

/* A bin counts for the microsecond of its lower edge; cyclictest knows no wake-up before its time and prints
 * such a one as 0. What lies at or beyond the rows is overflow. */
static bool fill(struct column *column, const struct irqp_series *series, size_t rows)
{
    const struct irqp_bins *bins = &series->bins;
    column->series = series;
    column->rows = calloc(rows + 1, sizeof *column->rows);
    if (!column->rows)
        return false;
    column->overflow = bins->overflow;
    for (size_t i = 0; i < bins->count; i++) {
        irqp_time lower = bins->bins[i].lower;
        size_t row = lower > 0 ? (size_t)(lower / IRQP_US) : 0;
        if (row < rows)
            column->rows[row] += bins->bins[i].count;
        else
            column->overflow += bins->bins[i].count;
    }
    if (rows > 0)
        column->rows[0] += bins->underflow;
    else
        column->overflow += bins->underflow;
    column->inside = irqp_bins_total(bins) - column->overflow;
    return true;
}

/* The series of one kind, or of all. */
static bool columns_make(struct columns *columns, const struct irqp_measured *measured, bool all, size_t rows)
{
    *columns = (struct columns){.rows = rows > 0 ? rows : rows_for(measured)};
    if (columns->rows > SIZE_MAX / sizeof(uint64_t) - 1)
        return false;
    columns->items = calloc(measured->count, sizeof *columns->items);
    if (!columns->items)
        return false;
    for (size_t i = 0; i < measured->count; i++) {
        if (!all && measured->series[i].kind != measured->kind)
            continue;
        if (!fill(&columns->items[columns->count++], &measured->series[i], columns->rows))
            return false;
    }
    return true;
}

static bool row_is_empty(const struct columns *columns, size_t row)
{
    for (size_t i = 0; i < columns->count; i++)
        if (columns->items[i].rows[row])
            return false;
    return true;
}

enum extreme { LEAST, MEAN, GREATEST };

/* As the tools print it: whole microseconds, 0 where nothing is known. */
static uint64_t extreme_of(const struct irqp_series *series, enum extreme which)
{
    const struct irqp_bins *bins = &series->bins;
    bool empty = bins->count == 0;
    irqp_time told[] = {[LEAST] = bins->minimum, [MEAN] = series->mean, [GREATEST] = bins->maximum};
    irqp_time time = told[which];
    if (time == IRQP_UNKNOWN && !empty)
        time = which == LEAST      ? bins->bins[0].lower
               : which == GREATEST ? bins->bins[bins->count - 1].lower
                                   : (irqp_time)irqp_bins_mean(bins);
    return time > 0 ? (uint64_t)(time / IRQP_US) : 0;
}

/* ---- cyclictest ---- */

static char *cyclictest_text(const struct columns *columns)
{
    struct text text = {.data = NULL};
    put(&text, "# Histogram\n");
    for (size_t row = 0; row < columns->rows; row++) {
        put(&text, "%06zu ", row);
        for (size_t i = 0; i < columns->count; i++)
            put(&text, "%s%06" PRIu64, i > 0 ? "\t" : "", columns->items[i].rows[row]);
        put(&text, "\n");
    }
    put(&text, "# Total:");
    for (size_t i = 0; i < columns->count; i++)
        put(&text, " %09" PRIu64, columns->items[i].inside);
    static const char *const names[] = {[LEAST] = "Min", [MEAN] = "Avg", [GREATEST] = "Max"};
    for (enum extreme which = LEAST; which <= GREATEST; which++) {
        put(&text, "\n# %s Latencies:", names[which]);
        for (size_t i = 0; i < columns->count; i++)
            put(&text, " %05" PRIu64, extreme_of(columns->items[i].series, which));
    }
    put(&text, "\n# Histogram Overflows:");
    for (size_t i = 0; i < columns->count; i++)
        put(&text, " %05" PRIu64, columns->items[i].overflow);
    put(&text, "\n# Histogram Overflow at cycle number:\n");
    for (size_t i = 0; i < columns->count; i++) {
        put(&text, "# Thread %zu:", i);
        if (columns->items[i].overflow > 0) /* the form for overflows whose cycle the tool did not keep */
            put(&text, " # %05" PRIu64 " others", columns->items[i].overflow);
        put(&text, "\n");
    }
    put(&text, "\n");
    return finish(&text);
}

static json_t *cyclictest_thread(const struct column *column, size_t rows, size_t number)
{
    json_t *histogram = json_object();
    for (size_t row = 0; row < rows; row++) {
        char key[24];
        snprintf(key, sizeof key, "%zu", row);
        if (column->rows[row])
            json_object_set_new(histogram, key, json_integer((json_int_t)column->rows[row]));
    }
    const struct irqp_series *series = column->series;
    double mean = series->mean != IRQP_UNKNOWN ? (double)series->mean : irqp_bins_mean(&series->bins);
    return json_pack("{s:o, s:I, s:I, s:I, s:f, s:i, s:i}", "histogram", histogram, "cycles",
                     (json_int_t)irqp_bins_total(&series->bins), "min", (json_int_t)extreme_of(series, LEAST),
                     "max", (json_int_t)extreme_of(series, GREATEST), "avg",
                     (double)(int64_t)(mean / IRQP_US * 100) / 100, "cpu", (int)number, "node", -1);
}

/* Keys that the tool writes and consumers read; those of the machine that measured are not known. */
static char *cyclictest_json(const struct columns *columns)
{
    char command[64];
    snprintf(command, sizeof command, "cyclictest -q -p 99 -h %zu", columns->rows);
    json_t *threads = json_object();
    for (size_t i = 0; i < columns->count; i++) {
        char key[24];
        snprintf(key, sizeof key, "%zu", i);
        json_object_set_new(threads, key, cyclictest_thread(&columns->items[i], columns->rows, i));
    }
    json_t *document =
        json_pack("{s:i, s:s, s:s, s:i, s:i, s:i, s:o}", "file_version", 1, "cmdline:", command,
                  "rt_test_version:", "2.60", "return_code", 0, "num_threads", (int)columns->count,
                  "resolution_in_ns", 0, "thread", threads);
    char *text = document ? json_dumps(document, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) : NULL;
    json_decref(document);
    return text;
}

/* ---- rtla ---- */

static const char *rtla_prefix(enum irqp_series_kind kind)
{
    static const char *const prefixes[] = {[IRQP_SERIES_THREAD] = "Thr",
                                           [IRQP_SERIES_INTERRUPT] = "IRQ",
                                           [IRQP_SERIES_USER] = "Usr",
                                           [IRQP_SERIES_NOISE] = "CPU"};
    return prefixes[kind];
}

static char *rtla_text(const struct columns *columns, bool noise)
{
    struct text text = {.data = NULL};
    put(&text, "# RTLA %s histogram\n# Time unit is microseconds (us)\n# Duration:   0 00:00:00\n",
        noise ? "osnoise" : "timerlat");
    put(&text, "Index");
    size_t numbers[IRQP_SERIES_NOISE + 1] = {0};
    for (size_t i = 0; i < columns->count; i++) {
        enum irqp_series_kind kind = columns->items[i].series->kind;
        put(&text, "   %s-%03zu", rtla_prefix(kind), numbers[kind]++);
    }
    put(&text, "\n");
    for (size_t row = 0; row < columns->rows; row++) {
        if (row_is_empty(columns, row))
            continue;
        put(&text, "%-6zu", row);
        for (size_t i = 0; i < columns->count; i++)
            put(&text, "%9" PRIu64 " ", columns->items[i].rows[row]);
        put(&text, "\n");
    }
    static const char *const names[] = {"over: ", "count:", "min:  ", "avg:  ", "max:  "};
    for (int line = 0; line < 5; line++) {
        put(&text, "%s", names[line]);
        for (size_t i = 0; i < columns->count; i++) {
            const struct column *column = &columns->items[i];
            uint64_t value = line == 0   ? column->overflow
                             : line == 1 ? column->inside + column->overflow
                                         : extreme_of(column->series, (enum extreme)(line - 2));
            put(&text, "%9" PRIu64 " ", value);
        }
        put(&text, "\n");
    }
    return finish(&text);
}

/* ---- columns ---- */

/* Every bin as it is, in nanoseconds; what lies beyond as a comment. */
static char *csv_text(const struct irqp_measured *measured)
{
    struct text text = {.data = NULL};
    const struct irqp_bins *bins = &measured->bins;
    put(&text, "# ns; bins of %" PRId64 ".%03" PRId64 ", by their lower edge\n", bins->width / IRQP_NS,
        bins->width % IRQP_NS);
    if (bins->overflow > 0)
        put(&text, "# %" PRIu64 " samples more at or above %" PRId64 "\n", bins->overflow,
            irqp_bins_limit(bins) / IRQP_NS);
    put(&text, "latency,count\n");
    for (size_t i = 0; i < bins->count; i++) {
        irqp_time lower = bins->bins[i].lower;
        const char *sign = lower < 0 ? "-" : "";
        lower = lower < 0 ? -lower : lower;
        put(&text, "%s%" PRId64, sign, lower / IRQP_NS);
        if (bins->width % IRQP_NS)
            put(&text, ".%03" PRId64, lower % IRQP_NS);
        put(&text, ",%" PRIu64 "\n", bins->bins[i].count);
    }
    return finish(&text);
}

char *irqp_measured_text(const struct irqp_measured *measured, enum irqp_measured_format format, size_t rows)
{
    struct columns columns;
    char *text = NULL;
    bool rtla = format == IRQP_RTLA_TEXT;
    if (format == IRQP_CSV)
        return csv_text(measured);
    if (columns_make(&columns, measured, rtla, rows))
        text = rtla                             ? rtla_text(&columns, measured->kind == IRQP_SERIES_NOISE)
               : format == IRQP_CYCLICTEST_JSON ? cyclictest_json(&columns)
                                                : cyclictest_text(&columns);
    columns_fini(&columns);
    return text;
}
