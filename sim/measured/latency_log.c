/* What `latency` of Xenomai and of RTAI print on the console. Xenomai, in microseconds:
 *
 *     RTH|----lat min|----lat avg|----lat max|-overrun|---msw|---lat best|--lat worst
 *     RTD|      5.274|      9.619|     33.003|       0|     0|      5.274|     33.003
 *     HSD|    avg|   0 -  1 |      208               with -h: the samples, in bins of 1 us
 *     HSS|    avg|   5999922|      8.247|      2.521              their number
 *     RTS|      2.536|      8.940|    707.622|      43|     0|    00:10:00/00:10:00
 *
 * RTAI, in nanoseconds:
 *
 *     RTH|    lat min|    ovl min|    lat avg|    lat max|    ovl max|   overruns
 *     RTD|       -571|       -571|       1203|       4321|      10021|          0
 *
 * Without a histogram there is a summary: the least, the mean of the periods' means, the greatest. RTAI's
 * first lines are warm-up, up to a millisecond and thousands of overruns: the first WARM_UP are left out. */
#include "sim/measured/format.h"

#include <stdlib.h>
#include <string.h>

enum { WARM_UP = 2, FIELDS = 6 };

static const char bars[] = " \t|";

struct reading {
    struct irqp_measured *out;
    const struct irqpi_input *input;
    struct irqpi_line line;
    struct irqpi_rows rows;
    bool rtai;
    unsigned skipped;
    irqp_time means; /* sum over periods; each below 2^63 / 2^20 ps, see add_period */
};

bool irqpi_latency_log_recognises(const struct irqp_text *text)
{
    return strstr(text->data, "RTH|") && strstr(text->data, "RTD|");
}

static size_t read_numbers(const struct reading *reading, const char *cursor, irqp_time unit,
                           irqp_time values[FIELDS])
{
    struct irqpi_field field;
    struct irqpi_decimal decimal;
    size_t count = 0;
    while (count < FIELDS && irqpi_next_field(&reading->line, &cursor, bars, &field) &&
           irqpi_field_decimal(&field, unit, &decimal))
        values[count++] = decimal.time;
    return count;
}

static enum irqp_status add_period(struct reading *reading)
{
    irqp_time values[FIELDS], unit = reading->out->unit;
    size_t count = read_numbers(reading, reading->line.start + strlen("RTD|"), unit, values);
    if (count < (reading->rtai ? 6 : 4))
        return irqpi_bad(reading->input, &reading->line, NULL, "not a line of latency's results");
    if (reading->rtai && reading->skipped < WARM_UP) {
        reading->skipped++;
        return IRQP_OK;
    }
    struct irqp_summary *summary = &reading->out->summary;
    irqp_time minimum = values[0], mean = values[reading->rtai ? 2 : 1],
              maximum = values[reading->rtai ? 3 : 2];
    if (mean > IRQP_S || mean < -IRQP_S || summary->periods > 1000000)
        return irqpi_bad(reading->input, &reading->line, NULL,
                         "a mean of more than a second, or a log too long");
    summary->minimum = summary->periods == 0 || minimum < summary->minimum ? minimum : summary->minimum;
    summary->maximum = summary->periods == 0 || maximum > summary->maximum ? maximum : summary->maximum;
    reading->means += mean;
    summary->periods++;
    summary->overruns = (uint64_t)(values[reading->rtai ? 5 : 3] / unit); /* so far */
    return IRQP_OK;
}

/* HSD|    avg|   1 -  2 |  5894069 */
static enum irqp_status add_bin(struct reading *reading)
{
    const char *cursor = reading->line.start + strlen("HSD|");
    struct irqpi_field what, lower, dash, upper, count_field;
    irqp_time edge;
    uint64_t bin, count;
    if (!irqpi_next_field(&reading->line, &cursor, bars, &what) || !irqpi_field_is(&what, "avg"))
        return IRQP_OK; /* of the periods' extremes */
    if (!irqpi_next_field(&reading->line, &cursor, bars, &lower) ||
        !irqpi_next_field(&reading->line, &cursor, bars, &dash) ||
        !irqpi_next_field(&reading->line, &cursor, bars, &upper) ||
        !irqpi_next_field(&reading->line, &cursor, bars, &count_field) || !irqpi_field_count(&lower, &bin) ||
        !irqpi_field_count(&count_field, &count) || !irqpi_to_time(bin, IRQP_US, &edge))
        return irqpi_bad(reading->input, &reading->line, NULL, "not a bin and its count");
    return irqpi_add_row(&reading->rows, edge, count);
}

/* HSS|    avg|   5999922|      8.247|      2.521: how many samples */
static void read_samples(struct reading *reading, struct irqp_summary *whole)
{
    const char *cursor = reading->line.start + strlen("HSS|");
    struct irqpi_field what, count;
    if (irqpi_next_field(&reading->line, &cursor, bars, &what) && irqpi_field_is(&what, "avg") &&
        irqpi_next_field(&reading->line, &cursor, bars, &count))
        irqpi_field_count(&count, &whole->samples);
}

/* The extremes of the whole run. */
static void read_whole(struct reading *reading, struct irqp_summary *whole)
{
    irqp_time values[FIELDS];
    if (read_numbers(reading, reading->line.start + strlen("RTS|"), reading->out->unit, values) >= 4) {
        whole->minimum = values[0];
        whole->mean = values[1];
        whole->maximum = values[2];
    }
}

static enum irqp_status read_lines(struct reading *reading, struct irqp_summary *whole)
{
    enum irqp_status status = IRQP_OK;
    while (status == IRQP_OK && irqpi_next_line(&reading->line)) {
        if (irqpi_line_starts(&reading->line, "RTD|"))
            status = add_period(reading);
        else if (irqpi_line_starts(&reading->line, "HSD|"))
            status = add_bin(reading);
        else if (irqpi_line_starts(&reading->line, "HSS|"))
            read_samples(reading, whole);
        else if (irqpi_line_starts(&reading->line, "RTS|"))
            read_whole(reading, whole);
    }
    return status;
}

static enum irqp_status make_series(struct reading *reading, const struct irqp_summary *whole)
{
    struct irqp_series *series = irqpi_add_series(reading->out, IRQP_US);
    if (!series)
        return IRQP_NO_MEMORY;
    strcpy(series->name, "all");
    enum irqp_status status = irqpi_rows_to_bins(&reading->rows, &series->bins);
    series->bins.minimum = whole->minimum;
    series->bins.maximum = whole->maximum;
    series->mean = whole->mean;
    reading->out->summary = (struct irqp_summary){.periods = 0};
    return status == IRQP_INPUT ? irqpi_bad(reading->input, NULL, NULL, "too many samples") : status;
}

enum irqp_status irqpi_latency_log_read(struct irqp_measured *out, const struct irqpi_input *input)
{
    struct reading reading = {.out = out, .input = input, .line = {.text = input->text}};
    struct irqp_summary whole = {.minimum = IRQP_UNKNOWN, .mean = IRQP_UNKNOWN, .maximum = IRQP_UNKNOWN};
    reading.rtai = strstr(input->text->data, "ovl min|") != NULL;
    out->unit = input->unit > 0 ? input->unit : reading.rtai ? IRQP_NS : IRQP_US;
    enum irqp_status status = read_lines(&reading, &whole);
    if (status == IRQP_OK && reading.rows.count > 0)
        status = make_series(&reading, &whole);
    else if (status == IRQP_OK && out->summary.periods == 0)
        status = irqpi_bad(input, NULL, NULL, "the log has no results");
    else if (status == IRQP_OK)
        out->summary.mean = reading.means / (irqp_time)out->summary.periods;
    if (status == IRQP_OK && out->count == 0)
        out->summary.samples = whole.samples;
    if (status == IRQP_OK && out->count == 0 && whole.maximum != IRQP_UNKNOWN) {
        out->summary.minimum = whole.minimum;
        out->summary.mean = whole.mean;
        out->summary.maximum = whole.maximum;
    }
    free(reading.rows.items);
    return status;
}
