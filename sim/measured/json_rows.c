/* What the readers of JSON histograms share. */
#include "sim/json.h"
#include "sim/measured/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum irqp_status irqpi_json_rows(struct irqpi_rows *rows, struct json_t *histogram, const char *series,
                                 irqp_time unit, const struct irqpi_input *input)
{
    enum irqp_status status = IRQP_OK;
    const char *key;
    json_t *count;
    json_object_foreach(histogram, key, count)
    {
        const struct irqpi_field field = {key, strlen(key)};
        uint64_t bin;
        irqp_time lower;
        if (!irqpi_field_count(&field, &bin) || !irqpi_to_time(bin, unit, &lower))
            return irqpi_bad(input, NULL, NULL, "%s: '%.40s' is not a bin", series, key);
        if (!json_is_integer(count) || json_integer_value(count) < 0)
            return irqpi_bad(input, NULL, NULL, "%s: bin \"%s\" has no count", series, key);
        status = irqpi_add_row(rows, lower, (uint64_t)json_integer_value(count));
        if (status != IRQP_OK)
            return status;
    }
    return status;
}

enum irqp_status irqpi_json_bins(struct irqp_series *series, struct json_t *histogram, irqp_time unit,
                                 const struct irqpi_input *input)
{
    struct irqpi_rows rows = {.items = NULL};
    enum irqp_status status = irqpi_json_rows(&rows, histogram, series->name, unit, input);
    if (status == IRQP_OK) {
        status = irqpi_rows_to_bins(&rows, &series->bins);
        if (status == IRQP_INPUT)
            status = irqpi_bad(input, NULL, NULL, "%s has too many samples", series->name);
    }
    free(rows.items);
    return status;
}

irqp_time irqpi_json_latency(const struct json_t *object, const char *key, irqp_time unit)
{
    const json_t *value = json_object_get(object, key);
    irqp_time time;
    if (!json_is_integer(value) || json_integer_value(value) < 0 ||
        !irqpi_to_time((uint64_t)json_integer_value(value), unit, &time))
        return IRQP_UNKNOWN;
    return time;
}

irqp_time irqpi_json_mean(const struct json_t *object, const char *key, irqp_time unit)
{
    double value = json_number_value(json_object_get(object, key));
    return value > 0 && value * (double)unit < 9e18 ? (irqp_time)(value * (double)unit + 0.5) : IRQP_UNKNOWN;
}

enum irqp_status irqpi_json_counted(struct irqp_measured *out, const char *what, const char *name,
                                    const struct json_t *object, const char *key,
                                    const struct irqpi_input *input)
{
    json_t *histogram = json_object_get(object, "histogram"), *count = json_object_get(object, key);
    if (!json_is_object(histogram) || !json_is_integer(count) || json_integer_value(count) < 0)
        return irqpi_bad(input, NULL, NULL, "%s \"%.40s\" has no histogram, or no %s", what, name, key);
    struct irqp_series *series = irqpi_add_series(out, out->unit);
    if (!series)
        return IRQP_NO_MEMORY;
    snprintf(series->name, sizeof series->name, "%s %.20s", what, name);
    struct irqp_bins *bins = &series->bins;
    enum irqp_status status = irqpi_json_bins(series, histogram, out->unit, input);
    if (status != IRQP_OK)
        return status;
    uint64_t samples = (uint64_t)json_integer_value(count);
    if (bins->inside > samples)
        return irqpi_bad(input, NULL, NULL, "%s has more samples in its bins than '%s' says", series->name,
                         key);
    bins->overflow = samples - bins->inside;
    bins->minimum = irqpi_json_latency(object, "min", out->unit);
    bins->maximum = irqpi_json_latency(object, "max", out->unit);
    series->mean = irqpi_json_mean(object, "avg", out->unit);
    return IRQP_OK;
}

enum irqp_status irqpi_json_each(struct irqp_measured *out, struct json_t *objects,
                                 enum irqp_status (*read)(struct irqp_measured *out, const char *name,
                                                          const struct json_t *object,
                                                          const struct irqpi_input *input),
                                 const struct irqpi_input *input)
{
    const char *name;
    json_t *object;
    json_object_foreach(objects, name, object)
    {
        enum irqp_status status = read(out, name, object, input);
        if (status != IRQP_OK)
            return status;
    }
    return IRQP_OK;
}

enum irqp_status irqpi_json_read(struct irqp_measured *out, const struct irqpi_input *input,
                                 enum irqp_status (*read)(struct irqp_measured *out,
                                                          const struct json_t *root,
                                                          const struct irqpi_input *input))
{
    json_t *root = irqpi_json_load(input->text, input->diagnostics);
    if (!root)
        return IRQP_INPUT;
    enum irqp_status status = read(out, root, input);
    json_decref(root);
    return status;
}
