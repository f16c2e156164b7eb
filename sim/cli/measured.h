/* Measured histograms as commands take them. */
#ifndef IRQPATH_CLI_MEASURED_H
#define IRQPATH_CLI_MEASURED_H

#include "irqpath/measured.h"
#include "sim/cli/command.h"

#define CLI_OPTION_UNIT(values)                                                                              \
    {                                                                                                        \
        0, "unit", CLI_TEXT, "UNIT",                                                                         \
            "Unit of the measured values, if the file does not tell it: ns, us or ms.",                      \
            offsetof(values, unit)                                                                           \
    }

/* Reads a measurement, wherever it is found; what is wrong or guessed is printed. unit: "ns", "us", "ms" or
 * NULL. The caller ends it with irqp_measured_fini in every case. */
enum irqp_status cli_read_measured(struct irqp_measured *measured, const char *file, const char *unit);

#endif
