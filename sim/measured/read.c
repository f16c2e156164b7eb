/* Reading a measured histogram of whatever format, and adding up its series. */
#include "sim/measured/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In the order in which they are tried: the most specific first. */
static const struct irqpi_format formats[] = {
    {"oslat-json", irqpi_oslat_json_recognises, irqpi_oslat_json_read},
    {"cyclictest-json", irqpi_cyclictest_json_recognises, irqpi_cyclictest_json_read},
    {"osadl", irqpi_osadl_recognises, irqpi_osadl_read},
    {"jitterdebugger", irqpi_jitterdebugger_recognises, irqpi_jitterdebugger_read},
    {"rtla", irqpi_rtla_recognises, irqpi_rtla_read},
    {"oslat", irqpi_oslat_recognises, irqpi_oslat_read},
    {"xenomai", irqpi_xenomai_recognises, irqpi_xenomai_read},
    {"latency-log", irqpi_latency_log_recognises, irqpi_latency_log_read},
    {"cyclictest", irqpi_cyclictest_recognises, irqpi_cyclictest_read},
    {"samples", irqpi_samples_recognises, irqpi_samples_read},
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
    {"a histogram log (hlog)", "Histogram log format", NULL},
    {"sel4bench's results", "\"sha_kernel\"", "\"irq_switch"},
    {"a trace of ftrace or trace-cmd", "kvm_exit:", NULL},
    {"a trace of ftrace or trace-cmd", "sched_switch:", NULL},
    {"a trace for Perfetto", "\"traceEvents\"", NULL},
    {"a table of samples in ticks (irqlat, ipi)", "--------------------------------\n", "Press 's' to start"},
    {"a table of tab-separated values", "\t", "\n"},
};

static enum irqp_status refuse(const struct irqpi_input *input)
{
    const char *name = NULL;
    for (size_t i = 0; i < sizeof unread / sizeof *unread && !name; i++)
        if (strstr(input->text->data, unread[i].mark) &&
            (!unread[i].other_mark || strstr(input->text->data, unread[i].other_mark)))
            name = unread[i].name;
    enum irqp_status status =
        name
            ? irqpi_bad(input, NULL, NULL, "this looks like %s, which is not read", name)
            : irqpi_bad(input, NULL, NULL,
                        "no known histogram: neither that of cyclictest, rtla, oslat, jitterdebugger, OSADL, "
                        "Xenomai or RTAI nor samples or columns of value and count");
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

/* A timer's interrupt and the thread that it wakes are two latencies of one sample: the sum is of one kind.
 */
static enum irqp_status add_up(struct irqp_measured *out, const struct irqpi_input *input)
{
    bool first = true;
    enum irqp_status status = IRQP_OK;
    if (out->count > 0)
        out->kind = out->series[0].kind;
    for (size_t i = 0; i < out->count; i++)
        out->kind = out->series[i].kind < out->kind ? out->series[i].kind : out->kind;
    for (size_t i = 0; i < out->count && status == IRQP_OK; i++) {
        const struct irqp_series *series = &out->series[i];
        if (series->kind != out->kind || irqp_bins_total(&series->bins) == 0)
            continue; /* an empty one has no minimum, and must not hide that of the others */
        status = first ? irqp_bins_copy(&out->bins, &series->bins) : add_series(&out->bins, &series->bins);
        first = false;
    }
    if (status == IRQP_OK && first && out->summary.periods == 0)
        return irqpi_bad(input, NULL, NULL, "the histogram is empty");
    return status == IRQP_INPUT ? irqpi_bad(input, NULL, NULL, "the threads do not add up: too many samples")
                                : status;
}

static enum irqp_status add_histogram(struct irqp_measured *out, const char *name, enum irqp_series_kind kind,
                                      const struct irqp_histogram *histogram)
{
    struct irqp_series *series = irqpi_add_series(out, IRQP_NS);
    if (!series)
        return IRQP_NO_MEMORY;
    snprintf(series->name, sizeof series->name, "%s", name);
    series->kind = kind;
    struct irqp_bins *bins = &series->bins;
    for (size_t bin = 0; bin < histogram->capacity; bin++) {
        enum irqp_status status = irqp_bins_add(bins, irqp_histogram_edge(bin), histogram->counts[bin]);
        if (status != IRQP_OK)
            return status;
    }
    bins->overflow = histogram->overflow;
    bins->underflow = histogram->underflow;
    if (histogram->total > 0) {
        bins->minimum = histogram->minimum;
        bins->maximum = histogram->maximum;
        series->mean = (irqp_time)(histogram->sum / histogram->total);
    }
    return IRQP_OK;
}

enum irqp_status irqp_measured_of(struct irqp_measured *out, const struct irqp_histogram *thread,
                                  const struct irqp_histogram *interrupt)
{
    *out = (struct irqp_measured){.format = "prediction", .unit = IRQP_NS};
    irqp_bins_init(&out->bins, IRQP_NS);
    enum irqp_status status = IRQP_OK;
    if (interrupt)
        status = add_histogram(out, "interrupt latency", IRQP_SERIES_INTERRUPT, interrupt);
    if (status == IRQP_OK)
        status = add_histogram(out, "thread latency", IRQP_SERIES_THREAD, thread);
    if (status == IRQP_OK)
        status = irqp_bins_copy(&out->bins, &out->series[out->count - 1].bins);
    return status;
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
    *out = (struct irqp_measured){
        .summary = {.minimum = IRQP_UNKNOWN, .mean = IRQP_UNKNOWN, .maximum = IRQP_UNKNOWN}};
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
