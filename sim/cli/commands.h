/* The commands, one file each, and the options that several of them have. */
#ifndef IRQPATH_CLI_COMMANDS_H
#define IRQPATH_CLI_COMMANDS_H

#include "sim/cli/command.h"
#include <stdint.h>

extern const struct cli_command cli_command_run, cli_command_reproduce, cli_command_plot, cli_command_compare,
    cli_command_validate, cli_command_calibrate, cli_command_describe, cli_command_import, cli_command_show,
    cli_command_check, cli_command_help, cli_command_version;

#define CLI_LENGTH(array) (sizeof(array) / sizeof *(array))
#define CLI_ANY           SIZE_MAX /* operands without limit */

#define CLI_OPTION_SET(values)                                                                               \
    {                                                                                                        \
        0, "set", CLI_LIST, "K=V",                                                                           \
            "Override a parameter of every scenario, e.g. --set placement=rehosted. May be given "           \
            "several "                                                                                       \
            "times.",                                                                                        \
            offsetof(values, set)                                                                            \
    }
#define CLI_OPTION_JSON(values)                                                                              \
    {                                                                                                        \
        0, "json", CLI_SWITCH, NULL, "Print JSON instead of text for people.", offsetof(values, json)        \
    }

#endif
