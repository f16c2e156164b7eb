/* jitterdebugger's JSON: microseconds, a histogram for each CPU, empty bins left out.
 *
 *     {"cpu": {"0": {"histogram": {"3": 3678, ...}, "count": 3901, "min": 3, "max": 11, "avg": 3.06}, ...}}
 */
#include "sim/json.h"
#include "sim/measured/format.h"

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
    return irqpi_json_counted(out, "CPU", name, cpu, "count", input);
}

static enum irqp_status read_document(struct irqp_measured *out, const json_t *root,
                                      const struct irqpi_input *input)
{
    json_t *cpus = json_object_get(root, "cpu");
    if (json_object_size(cpus) == 0)
        return irqpi_bad(input, NULL, NULL, "there are no CPUs, so this is not jitterdebugger's JSON");
    out->unit = input->unit > 0 ? input->unit : IRQP_US;
    return irqpi_json_each(out, cpus, read_cpu, input);
}

enum irqp_status irqpi_jitterdebugger_read(struct irqp_measured *out, const struct irqpi_input *input)
{
    return irqpi_json_read(out, input, read_document);
}
