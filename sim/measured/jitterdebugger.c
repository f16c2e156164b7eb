/* jitterdebugger's JSON: microseconds, a histogram for each CPU, empty bins left out.
 *
 *     {"cpu": {"0": {"histogram": {"3": 3678, ...}, "count": 3901, "min": 3, "max": 11, "avg": 3.06}, ...}}
 *
 * What a CPU has in its count beyond its bins lay beyond the histogram. */
#include "sim/json.h"
#include "sim/measured/format.h"

#include <stdio.h>
#include <string.h>

bool irqpi_jitterdebugger_recognises(const struct irqp_text *text)
{
    return text->data[strspn(text->data, " \t\r\n")] == '{' && strstr(text->data, "\"cpu\"") &&
           strstr(text->data, "\"histogram\"") && strstr(text->data, "\"count\"") &&
           !strstr(text->data, "\"thread\"");
}

static enum irqp_status read_cpu(struct irqp_measured *out, const char *name, const json_t *cpu,
                                 const struct irqpi_input *input)
{
    json_t *histogram = json_object_get(cpu, "histogram"), *count = json_object_get(cpu, "count");
    if (!json_is_object(histogram) || !json_is_integer(count) || json_integer_value(count) < 0)
        return irqpi_bad(input, NULL, NULL, "CPU \"%.40s\" has no histogram, or no count", name);
    struct irqp_series *series = irqpi_add_series(out, out->unit);
    if (!series)
        return IRQP_NO_MEMORY;
    snprintf(series->name, sizeof series->name, "CPU %.20s", name);
    struct irqp_bins *bins = &series->bins;
    enum irqp_status status = irqpi_json_bins(series, histogram, out->unit, input);
    if (status != IRQP_OK)
        return status;
    uint64_t samples = (uint64_t)json_integer_value(count);
    if (bins->inside > samples)
        return irqpi_bad(input, NULL, NULL, "%s has more samples in its bins than its count", series->name);
    bins->overflow = samples - bins->inside;
    bins->minimum = irqpi_json_latency(cpu, "min", out->unit);
    bins->maximum = irqpi_json_latency(cpu, "max", out->unit);
    series->mean = irqpi_json_mean(cpu, "avg", out->unit);
    return IRQP_OK;
}

static enum irqp_status read_document(struct irqp_measured *out, const struct json_t *root,
                                      const struct irqpi_input *input)
{
    json_t *cpus = json_object_get(root, "cpu"), *cpu;
    const char *name;
    if (json_object_size(cpus) == 0)
        return irqpi_bad(input, NULL, NULL, "there are no CPUs, so this is not jitterdebugger's JSON");
    out->unit = input->unit > 0 ? input->unit : IRQP_US;
    json_object_foreach(cpus, name, cpu)
    {
        enum irqp_status status = read_cpu(out, name, cpu, input);
        if (status != IRQP_OK)
            return status;
    }
    return IRQP_OK;
}

enum irqp_status irqpi_jitterdebugger_read(struct irqp_measured *out, const struct irqpi_input *input)
{
    return irqpi_json_read(out, input, read_document);
}
