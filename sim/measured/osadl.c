/* The RT Dataset of OSADL's QA Farm, JSON: a histogram for each core, by cyclictest.
 *
 *     {"format": {"name": "RT Dataset", ...},
 *      "condition": {"cycles": 100000000, ...},
 *      "latency": {"granularity": "microseconds",
 *                  "maxima": [23, ...],                       one per core, beyond the histogram too
 *                  "cores": [[0, 1, 2, ...], [0, 5, ...], ...]}}   the first array is the axis
 *
 * What a core has in cycles beyond its counts lay beyond the histogram. */
#include "sim/json.h"
#include "sim/measured/format.h"

#include <stdio.h>
#include <string.h>

bool irqpi_osadl_recognises(const struct irqp_text *text)
{
    return text->data[strspn(text->data, " \t\r\n")] == '{' && strstr(text->data, "\"latency\"") &&
           strstr(text->data, "\"granularity\"") && strstr(text->data, "\"cores\"");
}

static bool whole(const json_t *value, uint64_t *number)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return false;
    *number = (uint64_t)json_integer_value(value);
    return true;
}

static enum irqp_status read_core(struct irqp_measured *out, const json_t *axis, const json_t *counts,
                                  const struct irqpi_input *input)
{
    size_t core = out->count;
    if (!json_is_array(counts) || json_array_size(counts) != json_array_size(axis))
        return irqpi_bad(input, NULL, NULL, "core %zu has %zu counts, the axis has %zu classes", core,
                         json_array_size(counts), json_array_size(axis));
    struct irqp_series *series = irqpi_add_series(out, out->unit);
    if (!series)
        return IRQP_NO_MEMORY;
    snprintf(series->name, sizeof series->name, "core %zu", core);
    for (size_t i = 0; i < json_array_size(axis); i++) {
        uint64_t class, count;
        irqp_time lower;
        if (!whole(json_array_get(axis, i), &class) || !irqpi_to_time(class, out->unit, &lower) ||
            !whole(json_array_get(counts, i), &count))
            return irqpi_bad(input, NULL, NULL, "core %zu, class %zu: not a whole number", core, i);
        enum irqp_status status = irqp_bins_add(&series->bins, lower, count);
        if (status == IRQP_INPUT)
            return irqpi_bad(input, NULL, NULL, "core %zu has too many samples", core);
        if (status != IRQP_OK)
            return status;
        series->bins.limit = lower + out->unit;
    }
    return IRQP_OK;
}

/* The samples that are in no class: of cores whose maximum lies beyond the last. */
static enum irqp_status note_overflow(struct irqp_bins *bins, const json_t *maximum, uint64_t cycles,
                                      irqp_time unit, const struct irqpi_input *input)
{
    uint64_t value;
    if (cycles > 0 && bins->inside > cycles)
        return irqpi_bad(input, NULL, NULL, "a core has more samples than cycles");
    if (!whole(maximum, &value) || !irqpi_to_time(value, unit, &bins->maximum))
        return IRQP_OK;
    if (bins->maximum >= bins->limit && cycles > 0)
        bins->overflow = cycles - bins->inside;
    return IRQP_OK;
}

static enum irqp_status read_document(struct irqp_measured *out, const struct json_t *root,
                                      const struct irqpi_input *input)
{
    static const struct {
        const char *name;
        irqp_time unit;
    } units[] = {{"microseconds", IRQP_US}, {"nanoseconds", IRQP_NS}, {"milliseconds", IRQP_MS}};
    const json_t *latency = json_object_get(root, "latency"), *cores = json_object_get(latency, "cores");
    const json_t *cycles = json_object_get(json_object_get(root, "condition"), "cycles");
    const char *unit = json_string_value(json_object_get(latency, "granularity"));
    out->unit = input->unit;
    for (size_t i = 0; i < sizeof units / sizeof *units && out->unit == 0; i++)
        if (unit && strcmp(unit, units[i].name) == 0)
            out->unit = units[i].unit;
    if (out->unit == 0)
        return irqpi_bad(input, NULL, NULL,
                         "latency.granularity is not microseconds, nanoseconds or milliseconds");
    if (json_array_size(cores) < 2 || !json_is_array(json_array_get(cores, 0)))
        return irqpi_bad(input, NULL, NULL, "latency.cores has no axis with counts behind it");
    uint64_t number = 0;
    whole(cycles, &number);
    for (size_t i = 1; i < json_array_size(cores); i++) {
        enum irqp_status status = read_core(out, json_array_get(cores, 0), json_array_get(cores, i), input);
        if (status == IRQP_OK)
            status = note_overflow(&out->series[i - 1].bins,
                                   json_array_get(json_object_get(latency, "maxima"), i - 1), number,
                                   out->unit, input);
        if (status != IRQP_OK)
            return status;
    }
    return IRQP_OK;
}

enum irqp_status irqpi_osadl_read(struct irqp_measured *out, const struct irqpi_input *input)
{
    return irqpi_json_read(out, input, read_document);
}
