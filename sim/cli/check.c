/* irqpath check: whether scenarios are sound. */
#include "sim/cli/commands.h"
#include "sim/cli/load.h"

struct values {
    struct cli_list set;
};

static enum irqp_status run(const struct cli *cli, const void *given, const struct cli_list *files)
{
    const struct values *values = given;
    enum irqp_status worst = IRQP_OK;
    for (size_t i = 0; i < files->count; i++) {
        struct cli_loaded loaded;
        enum irqp_status status = cli_load(&loaded, cli, files->items[i], &values->set);
        if (status == IRQP_OK)
            printf("%s: ok\n", files->items[i]);
        cli_unload(&loaded, cli);
        worst = status > worst ? status : worst;
    }
    return worst;
}

static const struct cli_option options[] = {
    CLI_OPTION_SET(struct values),
};

const struct cli_command cli_command_check = {
    .name = "check",
    .operands = "FILE...",
    .least = 1,
    .most = CLI_ANY,
    .summary = "Check scenario files, without running them.",
    .doc = "Every file is read with what it extends, checked against the parameters, and linked. All that is "
           "wrong "
           "with it is told at once, with file, line and column.",
    .options = options,
    .option_count = CLI_LENGTH(options),
    .values_size = sizeof(struct values),
    .run = run,
};
