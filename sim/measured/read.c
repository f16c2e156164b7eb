/* Reading a measured histogram of whatever format, and adding up its series. */
#include "sim/measured/format.h"

#include <stdlib.h>
#include <string.h>

/* In the order in which they are tried: the most specific first. */
static const struct irqpi_format formats[] = {
    {"cyclictest-json", irqpi_cyclictest_json_recognises, irqpi_cyclictest_json_read},
    {"cyclictest", irqpi_cyclictest_recognises, irqpi_cyclictest_read},
    {"columns", irqpi_columns_recognises, irqpi_columns_read},
};

static const struct irqpi_format *recognise(const struct irqp_text *text)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (formats[i].recognises(text))
            return &formats[i];
    return NULL;
}

/* Formats that are known by their looks only, with what all files of the kind have in them. */
static const struct {
    const char *name, *mark, *other_mark;
} unread[] = {
    {"a histogram of rtla timerlat", "RTLA timerlat", NULL},
    {"a histogram of rtla osnoise", "RTLA osnoise", NULL},
    {"oslat's output", "Counter Freq:", "(us):"},
    {"oslat's JSON", "\"cmdline:\": \"oslat ", NULL},
    {"an RT Dataset of OSADL (JSON)", "\"RT Dataset\"", NULL},
    {"jitterdebugger's JSON", "\"cpu\"", "\"histogram\""},
    {"a histogram log (hlog)", "Histogram log format", NULL},
    {"the output of Xenomai's latency", "lat min|", NULL},
};

/* Whether the second line of a text is one of a table with three columns or more. */
static bool is_table(const char *text)
{
    const char *line = strchr(text, '\n'), *comma = line ? strchr(line, ',') : NULL;
    const char *second = comma ? strchr(comma + 1, ',') : NULL;
    return second && *text != '{' && (size_t)(second - line) < 1 + strcspn(line + 1, "\n");
}

static enum irqp_status refuse(const struct irqpi_input *input)
{
    const char *name = NULL;
    for (size_t i = 0; i < sizeof unread / sizeof *unread && !name; i++)
        if (strstr(input->text->data, unread[i].mark) &&
            (!unread[i].other_mark || strstr(input->text->data, unread[i].other_mark)))
            name = unread[i].name;
    if (!name && is_table(input->text->data))
        name = "a CSV table of more than two columns";
    enum irqp_status status =
        name ? irqpi_bad(input, NULL, NULL, "this looks like %s, which is not read", name)
             : irqpi_bad(
                   input, NULL, NULL,
                   "no known histogram: neither cyclictest's text or JSON nor columns of value and count");
    if (name)
        irqp_suggest(
            input->diagnostics,
            "rewrite it as a comment with the unit and lines of value and count: '# us', '12 34567', ...");
    return status;
}

static irqp_time known(irqp_time a, irqp_time b, irqp_time both)
{
    return a == IRQP_UNKNOWN || b == IRQP_UNKNOWN ? IRQP_UNKNOWN : both;
}

/* Adds the samples of one series to the sum. Overflow of the sum begins where it begins first. */
static enum irqp_status add_series(struct irqp_bins *sum, const struct irqp_bins *series)
{
    enum irqp_status status = IRQP_OK;
    for (size_t i = 0; i < series->count && status == IRQP_OK; i++)
        status = irqp_bins_add(sum, series->bins[i].lower, series->bins[i].count);
    if (series->overflow > UINT64_MAX - sum->overflow || series->underflow > UINT64_MAX - sum->underflow)
        return IRQP_INPUT;
    sum->overflow += series->overflow;
    sum->underflow += series->underflow;
    sum->limit = known(sum->limit, series->limit, series->limit < sum->limit ? series->limit : sum->limit);
    sum->minimum =
        known(sum->minimum, series->minimum, series->minimum < sum->minimum ? series->minimum : sum->minimum);
    sum->maximum =
        known(sum->maximum, series->maximum, series->maximum > sum->maximum ? series->maximum : sum->maximum);
    return status;
}

static enum irqp_status add_up(struct irqp_measured *out, const struct irqpi_input *input)
{
    bool first = true;
    enum irqp_status status = IRQP_OK;
    for (size_t i = 0; i < out->count && status == IRQP_OK; i++) {
        if (irqp_bins_total(&out->series[i].bins) == 0)
            continue; /* it has no minimum, and must not hide that of the others */
        status = first ? irqp_bins_copy(&out->bins, &out->series[i].bins)
                       : add_series(&out->bins, &out->series[i].bins);
        first = false;
    }
    if (status == IRQP_OK && first)
        return irqpi_bad(input, NULL, NULL, "the histogram is empty");
    return status == IRQP_INPUT ? irqpi_bad(input, NULL, NULL, "the threads do not add up: too many samples")
                                : status;
}

static enum irqp_status read_text(struct irqp_measured *out, const struct irqpi_input *input)
{
    const struct irqp_text *text = input->text;
    if (text->size == 0)
        return irqpi_bad(input, NULL, NULL, "the file is empty");
    if (memchr(text->data, '\0', text->size))
        return irqpi_bad(input, NULL, NULL, "binary data, not a histogram");
    const struct irqpi_format *format = recognise(text);
    if (!format)
        return refuse(input);
    out->format = format->name;
    enum irqp_status status = format->read(out, input);
    return status == IRQP_OK ? add_up(out, input) : status;
}

enum irqp_status irqp_measured_read(struct irqp_measured *out, const char *file, irqp_time unit,
                                    struct irqp_diagnostics *diagnostics)
{
    struct irqp_text text;
    struct irqpi_input input = {&text, unit > 0 ? unit : 0, diagnostics};
    *out = (struct irqp_measured){.series = NULL};
    irqp_bins_init(&out->bins, 1);
    enum irqp_status status = irqp_text_read(&text, file, diagnostics);
    if (status == IRQP_OK)
        status = read_text(out, &input);
    if (status == IRQP_NO_MEMORY)
        irqp_diagnose(diagnostics, IRQP_ERROR, NULL, "'%s': %s", file, irqp_status_text(status));
    irqp_text_fini(&text);
    return status;
}

void irqp_measured_fini(struct irqp_measured *measured)
{
    for (size_t i = 0; i < measured->count; i++)
        irqp_bins_fini(&measured->series[i].bins);
    free(measured->series);
    irqp_bins_fini(&measured->bins);
    *measured = (struct irqp_measured){.series = NULL};
}
