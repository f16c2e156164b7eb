/* cyclictest's `--json`. It tells no overflow: what a thread has in cycles beyond its bins lay beyond the
 * histogram, whose size only the command line tells. */
#include "sim/json.h"
#include "sim/measured/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool irqpi_cyclictest_json_recognises(const struct irqp_text *text)
{
    return text->data[strspn(text->data, " \t\r\n")] == '{' && strstr(text->data, "\"resolution_in_ns\"") &&
           strstr(text->data, "\"thread\"");
}

static bool number_of(const char *digits, size_t size, uint64_t *number)
{
    return irqpi_field_count(&(struct irqpi_field){digits, size}, number);
}

/* Where overflow begins, from the option in the command line; IRQP_UNKNOWN without one. */
static irqp_time limit_of(const json_t *root, irqp_time unit)
{
    static const char *const options[] = {" --histogram", " --histofall", " -h", " -H"};
    const char *line = json_string_value(json_object_get(root, "cmdline:")); /* the tool's own colon */
    for (size_t i = 0; line && i < sizeof options / sizeof *options; i++) {
        const char *at = strstr(line, options[i]);
        uint64_t bins;
        irqp_time limit;
        if (!at)
            continue;
        at += strlen(options[i]);
        at += strspn(at, " =");
        if (number_of(at, strspn(at, "0123456789"), &bins) && irqpi_to_time(bins, unit, &limit))
            return limit;
    }
    return IRQP_UNKNOWN;
}

static irqp_time latency_of(const json_t *thread, const char *key, irqp_time unit)
{
    const json_t *value = json_object_get(thread, key);
    irqp_time time;
    if (!json_is_integer(value) || json_integer_value(value) < 0 ||
        !irqpi_to_time((uint64_t)json_integer_value(value), unit, &time))
        return IRQP_UNKNOWN;
    return time;
}

static enum irqp_status read_rows(struct irqpi_rows *rows, json_t *histogram, const char *name,
                                  irqp_time unit, const struct irqpi_input *input)
{
    enum irqp_status status = IRQP_OK;
    const char *key;
    json_t *count;
    json_object_foreach(histogram, key, count)
    {
        uint64_t bin;
        irqp_time lower;
        if (!number_of(key, strlen(key), &bin) || !irqpi_to_time(bin, unit, &lower))
            return irqpi_bad(input, NULL, NULL, "thread \"%s\": '%s' is not a bin", name, key);
        if (!json_is_integer(count) || json_integer_value(count) < 0)
            return irqpi_bad(input, NULL, NULL, "thread \"%s\": bin \"%s\" has no count", name, key);
        status = irqpi_add_row(rows, lower, (uint64_t)json_integer_value(count));
        if (status != IRQP_OK)
            return status;
    }
    return status;
}

static enum irqp_status read_thread(struct irqp_measured *out, const char *name, const json_t *thread,
                                    irqp_time limit, const struct irqpi_input *input)
{
    json_t *histogram = json_object_get(thread, "histogram"), *cycles = json_object_get(thread, "cycles");
    if (!json_is_object(histogram) || !json_is_integer(cycles))
        return irqpi_bad(input, NULL, NULL, "thread \"%s\" has no histogram, or no cycles", name);
    struct irqp_series *series = irqpi_add_series(out, out->unit);
    if (!series)
        return IRQP_NO_MEMORY;
    snprintf(series->name, sizeof series->name, "thread %.20s", name);
    struct irqp_bins *bins = &series->bins;
    struct irqpi_rows rows = {.items = NULL};
    enum irqp_status status = read_rows(&rows, histogram, name, out->unit, input);
    if (status == IRQP_OK) {
        status = irqpi_rows_to_bins(&rows, bins);
        if (status == IRQP_INPUT)
            status = irqpi_bad(input, NULL, NULL, "thread \"%s\" has too many samples", name);
    }
    free(rows.items);
    if (status != IRQP_OK)
        return status;
    if (json_integer_value(cycles) < 0 || bins->inside > (uint64_t)json_integer_value(cycles))
        return irqpi_bad(input, NULL, NULL, "thread \"%s\" has more samples than cycles", name);
    bins->overflow = (uint64_t)json_integer_value(cycles) - bins->inside;
    bins->limit = limit;
    bins->minimum = latency_of(thread, "min", out->unit);
    bins->maximum = latency_of(thread, "max", out->unit);
    return IRQP_OK;
}

static enum irqp_status read_document(struct irqp_measured *out, const json_t *root,
                                      const struct irqpi_input *input)
{
    json_t *threads = json_object_get(root, "thread"), *thread;
    const char *name;
    enum irqp_status status = IRQP_OK;
    if (json_object_size(threads) == 0)
        return irqpi_bad(input, NULL, NULL, "no threads, so not the JSON of cyclictest");
    bool nanoseconds = json_integer_value(json_object_get(root, "resolution_in_ns")) != 0;
    out->unit = input->unit > 0 ? input->unit : nanoseconds ? IRQP_NS : IRQP_US;
    irqp_time limit = limit_of(root, out->unit);
    json_object_foreach(threads, name, thread)
    {
        status = read_thread(out, name, thread, limit, input);
        if (status != IRQP_OK)
            return status;
    }
    return status;
}

enum irqp_status irqpi_cyclictest_json_read(struct irqp_measured *out, const struct irqpi_input *input)
{
    json_t *root = irqpi_json_load(input->text, input->diagnostics);
    if (!root)
        return IRQP_INPUT;
    enum irqp_status status = read_document(out, root, input);
    json_decref(root);
    return status;
}
