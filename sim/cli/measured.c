#include "sim/cli/measured.h"
#include "sim/cli/commands.h"
#include "sim/cli/load.h"
#include "sim/cli/text.h"

#include <stdlib.h>
#include <string.h>

static bool unit_of(const char *name, irqp_time *unit)
{
    static const struct {
        const char *name;
        irqp_time unit;
    } units[] = {{"ns", IRQP_NS}, {"us", IRQP_US}, {"ms", IRQP_MS}};
    *unit = 0;
    for (size_t i = 0; name && i < CLI_LENGTH(units); i++)
        if (strcmp(name, units[i].name) == 0)
            *unit = units[i].unit;
    return !name || *unit > 0;
}

enum irqp_status cli_read_measured(struct irqp_measured *measured, const char *file, const char *unit)
{
    struct irqp_diagnostics diagnostics;
    irqp_time given;
    *measured = (struct irqp_measured){.count = 0};
    if (!unit_of(unit, &given)) {
        cli_message("there is no unit '%s': ns, us and ms are known", unit);
        return IRQP_USAGE;
    }
    irqp_diagnostics_init(&diagnostics);
    char *found = cli_find(file);
    enum irqp_status status = cli_input_status(irqp_measured_read(measured, found, given, &diagnostics));
    free(found);
    cli_print_diagnostics(&diagnostics);
    return status;
}
