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
    const struct irqp_series *series; /* without samples where nothing was measured */
    enum irqp_series_kind kind;
    size_t number;  /* of the thread or processor */
    uint64_t *rows; /* owned */
    uint64_t inside, overflow;
};

struct columns {
    struct column *items;
    size_t count, rows;
};

/* The usual 400, or as many hundreds as the longest latency needs, within reason; but where what was measured
 * ends and samples lay beyond, the rows end as well: they would deny these samples. */
static size_t rows_for(const struct irqp_measured *measured)
{
    enum { USUAL = 400, MOST = 100000 };
    size_t rows = USUAL;
    irqp_time end = INT64_MAX;
    for (size_t i = 0; i < measured->count; i++) {
        const struct irqp_bins *bins = &measured->series[i].bins;
        irqp_time last = bins->count > 0 ? bins->bins[bins->count - 1].lower : 0;
        size_t needed = last > 0 ? (size_t)(last / (100 * IRQP_US) + 1) * 100 : 0;
        rows = needed > rows ? needed : rows;
        if (bins->overflow > 0 && irqp_bins_limit(bins) >= IRQP_US && irqp_bins_limit(bins) < end)
            end = irqp_bins_limit(bins);
    }
    rows = rows < MOST ? rows : MOST;
    return rows < (size_t)(end / IRQP_US) ? rows : (size_t)(end / IRQP_US);
}

static void columns_fini(struct columns *columns)
{
    for (size_t i = 0; i < columns->count; i++)
        free(columns->items[i].rows);
    free(columns->items);
}

/* As the tools cut it: whole microseconds, and no wake-up before its time. */
static size_t whole_us(irqp_time time)
{
    return time > 0 ? (size_t)(time / IRQP_US) : 0;
}

/* A bin counts for the microsecond of its lower edge. What lies at or beyond the rows is overflow. */
static bool fill(struct column *column, size_t rows)
{
    const struct irqp_bins *bins = &column->series->bins;
    column->rows = calloc(rows + 1, sizeof *column->rows);
    if (!column->rows)
        return false;
    column->overflow = bins->overflow;
    for (size_t i = 0; i < bins->count; i++) {
        size_t row = whole_us(bins->bins[i].lower);
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

static const struct irqp_series not_measured = {
    .bins = {.width = 1, .limit = IRQP_UNKNOWN, .minimum = IRQP_UNKNOWN, .maximum = IRQP_UNKNOWN},
    .mean = IRQP_UNKNOWN};

static size_t number_of(const struct irqp_measured *measured, enum irqp_series_kind kind)
{
    size_t number = 0;
    for (size_t i = 0; i < measured->count; i++)
        number += measured->series[i].kind == kind;
    return number;
}

/* The series of a kind with this number, counted from 0. */
static const struct irqp_series *series_of(const struct irqp_measured *measured, enum irqp_series_kind kind,
                                           size_t number)
{
    for (size_t i = 0; i < measured->count; i++)
        if (measured->series[i].kind == kind && number-- == 0)
            return &measured->series[i];
    return &not_measured;
}

/* Columns for each thread or processor in turn, one for each of the kinds. */
static bool columns_make(struct columns *columns, const struct irqp_measured *measured,
                         const enum irqp_series_kind *kinds, size_t kind_count, size_t rows)
{
    *columns = (struct columns){.rows = rows > 0 ? rows : rows_for(measured)};
    if (columns->rows > SIZE_MAX / sizeof(uint64_t) - 1)
        return false;
    size_t threads = 0;
    for (size_t i = 0; i < kind_count; i++)
        threads = number_of(measured, kinds[i]) > threads ? number_of(measured, kinds[i]) : threads;
    columns->items = calloc(threads * kind_count + 1, sizeof *columns->items);
    if (!columns->items)
        return false;
    for (size_t i = 0; i < threads * kind_count; i++) {
        struct column *column = &columns->items[columns->count++];
        column->number = i / kind_count;
        column->kind = kinds[i % kind_count];
        column->series = series_of(measured, column->kind, column->number);
        if (!fill(column, columns->rows))
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

/* In microseconds, of latencies cut to whole ones, as the tools add them up; what the file tells only where
 * the bins do not: beyond them, or where they are wider. */
static double mean_us(const struct irqp_series *series)
{
    const struct irqp_bins *bins = &series->bins;
    double sum = 0, samples = (double)bins->underflow;
    bool told_better = bins->overflow > 0 || bins->width > IRQP_US || bins->count == 0;
    if (told_better && series->mean != IRQP_UNKNOWN)
        return series->mean > 0 ? (double)series->mean / IRQP_US : 0;
    for (size_t i = 0; i < bins->count; i++) {
        sum += (double)whole_us(bins->bins[i].lower) * (double)bins->bins[i].count;
        samples += (double)bins->bins[i].count;
    }
    return samples > 0 ? sum / samples : 0;
}

enum extreme { LEAST, MEAN, GREATEST };

/* As the tools print it: whole microseconds, 0 where nothing is known. */
static uint64_t extreme_of(const struct irqp_series *series, enum extreme which)
{
    const struct irqp_bins *bins = &series->bins;
    if (which == MEAN)
        return (uint64_t)mean_us(series);
    irqp_time time = which == LEAST ? bins->minimum : bins->maximum;
    if (time == IRQP_UNKNOWN && bins->count > 0)
        time = bins->bins[which == LEAST ? 0 : bins->count - 1].lower;
    return whole_us(time);
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
    return json_pack("{s:o, s:I, s:I, s:I, s:f, s:i, s:i}", "histogram", histogram, "cycles",
                     (json_int_t)irqp_bins_total(&series->bins), "min", (json_int_t)extreme_of(series, LEAST),
                     "max", (json_int_t)extreme_of(series, GREATEST), "avg",
                     (double)(int64_t)(mean_us(series) * 100 + 0.5) / 100, "cpu", (int)number, "node", -1);
}

/* All keys that the tool writes, for there are consumers that want all. What the tool asks of the machine
 * that measured is not known: its names are empty. */
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
    json_t *machine = json_pack("{s:s, s:s, s:s, s:s, s:s, s:i}", "sysname", "irqpath", "nodename", "",
                                "release", "", "version", "", "machine", "", "realtime", 0);
    json_t *document = json_pack("{s:i, s:s, s:s, s:s, s:s, s:i, s:o, s:i, s:i, s:o}", "file_version", 1,
                                 "cmdline:", command, "rt_test_version:", "2.60", "start_time", "",
                                 "end_time", "", "return_code", 0, "sysinfo", machine, "num_threads",
                                 (int)columns->count, "resolution_in_ns", 0, "thread", threads);
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

/* What one column, or all of a kind, come to. */
struct total {
    uint64_t over, count, least, greatest;
    double sum;
};

static void add_column(struct total *total, const struct column *column)
{
    uint64_t count = column->inside + column->overflow;
    if (count == 0)
        return;
    uint64_t least = extreme_of(column->series, LEAST), greatest = extreme_of(column->series, GREATEST);
    total->least = total->count == 0 || least < total->least ? least : total->least;
    total->greatest = greatest > total->greatest ? greatest : total->greatest;
    total->over += column->overflow;
    total->count += count;
    total->sum += mean_us(column->series) * (double)count;
}

/* The lines below the rows: a minimum, mean and maximum of no samples is a dash. */
static void put_totals(struct text *text, const struct total *totals, size_t count, bool over)
{
    enum { OVER, COUNT, MIN, AVG, MAX, LINES };
    static const char *const names[] = {"over: ", "count:", "min:  ", "avg:  ", "max:  "};
    for (int line = over ? OVER : COUNT; line < LINES; line++) {
        put(text, "%s", names[line]);
        for (size_t i = 0; i < count; i++) {
            const struct total *total = &totals[i];
            if (line >= MIN && total->count == 0)
                put(text, "%9s ", "-");
            else
                put(text, "%9" PRIu64 " ",
                    line == OVER    ? total->over
                    : line == COUNT ? total->count
                    : line == MIN   ? total->least
                    : line == AVG   ? (uint64_t)(total->sum / (double)total->count)
                                    : total->greatest);
        }
        put(text, "\n");
    }
}

/* The block that newer versions add: each kind over all processors. */
static void put_all(struct text *text, const struct columns *columns, const enum irqp_series_kind *kinds,
                    size_t kind_count)
{
    struct total totals[IRQP_SERIES_NOISE + 1] = {{0}};
    for (size_t i = 0; i < columns->count; i++)
        add_column(&totals[i % kind_count], &columns->items[i]);
    put(text, "ALL:  ");
    for (size_t i = 0; i < kind_count; i++)
        put(text, "%9s ", rtla_prefix(kinds[i]));
    put(text, "\n");
    put_totals(text, totals, kind_count, false);
}

static void put_rows(struct text *text, const struct columns *columns)
{
    for (size_t row = 0; row < columns->rows; row++) {
        if (row_is_empty(columns, row))
            continue;
        put(text, "%-6zu", row);
        for (size_t i = 0; i < columns->count; i++)
            put(text, "%9" PRIu64 " ", columns->items[i].rows[row]);
        put(text, "\n");
    }
}

static char *rtla_text(const struct columns *columns, const enum irqp_series_kind *kinds, size_t kind_count)
{
    struct text text = {.data = NULL};
    bool noise = kinds[0] == IRQP_SERIES_NOISE, user = kinds[kind_count - 1] == IRQP_SERIES_USER;
    put(&text, "# RTLA %s histogram\n# Time unit is microseconds (us)\n# Duration:   0 00:00:00\nIndex",
        noise ? "osnoise" : "timerlat");
    for (size_t i = 0; i < columns->count; i++)
        put(&text, "   %s-%03zu", rtla_prefix(columns->items[i].kind), columns->items[i].number);
    put(&text, "\n");
    put_rows(&text, columns);
    struct total *totals = calloc(columns->count + 1, sizeof *totals);
    if (!totals) {
        free(text.data);
        return NULL;
    }
    for (size_t i = 0; i < columns->count; i++)
        add_column(&totals[i], &columns->items[i]);
    put_totals(&text, totals, columns->count, true);
    free(totals);
    if (user)
        put_all(&text, columns, kinds, kind_count);
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
    static const enum irqp_series_kind timerlat[] = {IRQP_SERIES_INTERRUPT, IRQP_SERIES_THREAD,
                                                     IRQP_SERIES_USER};
    if (format == IRQP_CSV)
        return csv_text(measured);
    bool rtla = format == IRQP_RTLA_TEXT || format == IRQP_RTLA_KERNEL_TEXT;
    bool one_kind = !rtla || measured->kind == IRQP_SERIES_NOISE;
    const enum irqp_series_kind *kinds = one_kind ? &measured->kind : timerlat;
    size_t kind_count = one_kind ? 1 : format == IRQP_RTLA_KERNEL_TEXT ? 2 : 3;
    struct columns columns;
    char *text = NULL;
    if (columns_make(&columns, measured, kinds, kind_count, rows))
        text = rtla                             ? rtla_text(&columns, kinds, kind_count)
               : format == IRQP_CYCLICTEST_JSON ? cyclictest_json(&columns)
                                                : cyclictest_text(&columns);
    columns_fini(&columns);
    return text;
}
