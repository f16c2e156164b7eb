/* Commands and their options. One declaration of each is the source of the parser, of `irqpath help` and of
 * `irqpath COMMAND --help`. Names with cli_ are shared between the files of the program only. */
#ifndef IRQPATH_CLI_COMMAND_H
#define IRQPATH_CLI_COMMAND_H

#include "irqpath/model.h"
#include "irqpath/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum cli_kind {
    CLI_SWITCH, /* bool */
    CLI_TEXT,   /* const char * */
    CLI_COUNT,  /* unsigned */
    CLI_LIST,   /* struct cli_list: may be given several times */
};

struct cli_list {
    const char **items;
    size_t count;
};

struct cli_option {
    char letter;      /* 0: it has none */
    const char *name; /* without the dashes */
    enum cli_kind kind;
    const char *value; /* what stands for its value in the help; NULL for a switch */
    const char *doc;
    size_t offset; /* of its field in the command's values */
};

struct cli_command;

/* What every command sees. */
struct cli {
    const struct irqp_model *model;
    const struct cli_command *const *commands;
    size_t command_count;
    bool colour;   /* standard output takes escape sequences */
    bool terminal; /* somebody watches standard error: progress is welcome there */
};

struct cli_command {
    const char *name;
    const char *operands; /* as in the usage line */
    size_t least, most;   /* how many operands it takes */
    const char *summary;  /* one line */
    const char *doc;      /* paragraphs for --help, separated by empty lines; may be NULL */
    const struct cli_option *options;
    size_t option_count;
    size_t values_size; /* of the struct that the options fill in; starts as zeros */
    enum irqp_status (*run)(const struct cli *cli, const void *values, const struct cli_list *operands);
};

/* The operands and values of one command line. */
struct cli_arguments {
    struct cli_list operands;
    void *values;
    bool help; /* --help was given: nothing else was checked */
};

/* Parses what follows the command's name. IRQP_USAGE with a message on standard error. The caller ends the
 * arguments with cli_arguments_fini in every case. */
enum irqp_status cli_parse(struct cli_arguments *arguments, const struct cli_command *command, int argc,
                           char **argv);
void cli_arguments_fini(struct cli_arguments *arguments, const struct cli_command *command);

/* The command of this name, or NULL. */
const struct cli_command *cli_find_command(const struct cli *cli, const char *name);

/* `irqpath COMMAND --help`, and `irqpath help`. */
void cli_print_command(const struct cli *cli, const struct cli_command *command, FILE *out);
void cli_print_overview(const struct cli *cli, FILE *out);

#endif
