/* The program: its table of commands, and the model that it is about. */
#include "irqpath/interrupt_path.h"
#include "sim/cli/commands.h"
#include "sim/cli/text.h"

#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct cli_command *const commands[] = {
    &cli_command_run,      &cli_command_reproduce, &cli_command_plot,     &cli_command_compare,
    &cli_command_validate, &cli_command_calibrate, &cli_command_describe, &cli_command_import,
    &cli_command_show,     &cli_command_check,     &cli_command_help,     &cli_command_version,
};

/* Whether this is a terminal that understands escape sequences. */
static bool is_terminal(int descriptor)
{
    const char *terminal = getenv("TERM");
    return isatty(descriptor) && terminal && strcmp(terminal, "dumb") != 0;
}

static bool wants_colour(void)
{
    const char *no_colour = getenv("NO_COLOR");
    return is_terminal(STDOUT_FILENO) && !(no_colour && *no_colour);
}

/* Why standard output could not be written: what failed may have been long ago, but it fails again. */
static const char *output_problem(void)
{
    clearerr(stdout);
    errno = 0;
    putchar('\n');
    fflush(stdout);
    return strerror(errno ? errno : EIO);
}

static enum irqp_status unknown_command(const char *name)
{
    const char *names[CLI_LENGTH(commands)];
    for (size_t i = 0; i < CLI_LENGTH(commands); i++)
        names[i] = commands[i]->name;
    cli_unknown("unknown command", name, names, CLI_LENGTH(commands));
    fputs("irqpath help lists the commands.\n", stderr);
    return IRQP_USAGE;
}

static enum irqp_status dispatch(const struct cli *cli, int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    if (argc < 2) {
        cli_print_overview(cli, stderr);
        return IRQP_USAGE;
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        name = "help";
    else if (strcmp(name, "--version") == 0)
        name = "version";
    const struct cli_command *command = cli_find_command(cli, name);
    if (!command)
        return unknown_command(name);
    struct cli_arguments arguments;
    enum irqp_status status = cli_parse(&arguments, command, argc - 2, argv + 2);
    if (status == IRQP_OK && arguments.help)
        cli_print_command(cli, command, stdout);
    else if (status == IRQP_OK)
        status = command->run(cli, arguments.values, &arguments.operands);
    cli_arguments_fini(&arguments, command);
    return status;
}

int main(int argc, char **argv)
{
    const struct cli cli = {
        .model = &irqp_interrupt_path,
        .commands = commands,
        .command_count = CLI_LENGTH(commands),
        .colour = wants_colour(),
        .terminal = is_terminal(STDERR_FILENO),
    };
    setlocale(LC_CTYPE, ""); /* which characters may be printed; numbers stay as they are */
    enum irqp_status status = dispatch(&cli, argc, argv);
    if ((fflush(stdout) != 0 || ferror(stdout)) && status == IRQP_OK) { /* a full disk behind a redirection */
        cli_message("cannot write the output: %s", output_problem());
        status = IRQP_IO;
    }
    return irqp_status_exit_code(status);
}
