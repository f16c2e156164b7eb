/* cyclictest's `--json`. It tells no overflow: what a thread has in cycles beyond its bins lay beyond the
 * histogram, whose size only the command line tells. */
#include "sim/json.h"
#include "sim/measured/format.h"

#include <string.h>

bool irqpi_cyclictest_json_recognises(const struct irqp_text *text)
{
    return text->data[strspn(text->data, " \t\r\n")] == '{' && strstr(text->data, "\"resolution_in_ns\"") &&
           strstr(text->data, "\"thread\"");
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
        const struct irqpi_field number = {at, strspn(at, "0123456789")};
        if (irqpi_field_count(&number, &bins) && irqpi_to_time(bins, unit, &limit))
            return limit;
    }
    return IRQP_UNKNOWN;
}

/* Whether the command line asks for a real-time priority: -p 99, -Smp99, --priority=99, --policy=fifo. */
static bool asks_for_priority(const char *line)
{
    for (; *line; line += strcspn(line, " "), line += strspn(line, " ")) {
        size_t size = strcspn(line, " ");
        bool short_options = line[0] == '-' && line[1] != '-' && size > 1;
        if (short_options && memchr(line, 'p', strspn(line + 1, "SmMqvuNnrstp") + 1))
            return true;
        if (strncmp(line, "--prio", 6) == 0 || strncmp(line, "--policy=", 9) == 0)
            return true;
    }
    return false;
}

static void warn_without_priority(const json_t *root, const struct irqpi_input *input)
{
    const char *line = json_string_value(json_object_get(root, "cmdline:"));
    if (line && !asks_for_priority(line))
        irqp_diagnose_text(input->diagnostics, IRQP_WARNING, input->text, 0, 0, 1,
                           "the command line asks for no real-time priority (-p): these are latencies of an "
                           "ordinary task");
}

static enum irqp_status read_thread(struct irqp_measured *out, const char *name, const json_t *thread,
                                    const struct irqpi_input *input)
{
    return irqpi_json_counted(out, "thread", name, thread, "cycles", input);
}

static enum irqp_status read_document(struct irqp_measured *out, const json_t *root,
                                      const struct irqpi_input *input)
{
    json_t *threads = json_object_get(root, "thread");
    if (json_object_size(threads) == 0)
        return irqpi_bad(input, NULL, NULL, "no threads, so not the JSON of cyclictest");
    bool nanoseconds = json_integer_value(json_object_get(root, "resolution_in_ns")) != 0;
    out->unit = input->unit > 0 ? input->unit : nanoseconds ? IRQP_NS : IRQP_US;
    warn_without_priority(root, input);
    enum irqp_status status = irqpi_json_each(out, threads, read_thread, input);
    for (size_t i = 0; i < out->count; i++)
        out->series[i].bins.limit = limit_of(root, out->unit);
    return status;
}

enum irqp_status irqpi_cyclictest_json_read(struct irqp_measured *out, const struct irqpi_input *input)
{
    return irqpi_json_read(out, input, read_document);
}
