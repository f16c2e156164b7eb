/* Text for people: messages, numbers with units, styles of a terminal. */
#ifndef IRQPATH_CLI_TEXT_H
#define IRQPATH_CLI_TEXT_H

#include "irqpath/diagnostics.h"
#include "irqpath/time.h"
#include "sim/cli/command.h"
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { CLI_WIDTH = 100 }; /* columns that output is laid out for */

/* A message on standard error, after "irqpath: "; printf-like, without newline. */
__attribute__((format(printf, 1, 2))) void cli_message(const char *format, ...);

/* All messages, on standard error; ends the diagnostics. */
void cli_print_diagnostics(struct irqp_diagnostics *diagnostics);

/* A message that nothing has this name, "WHAT 'GIVEN'", with the nearest of those that there are. */
void cli_unknown(const char *what, const char *given, const char *const *names, size_t count);

/* null where JSON has no number: an infinite one fails the whole document. */
json_t *cli_json_number(double value);

/* Prints a document and ends it. */
void cli_print_json(json_t *document);

/* realloc that ends the program when there is no memory: a command has nothing better to do then. */
void *cli_allocate(void *old, size_t count, size_t size);

/* A printf-like text that the caller frees. */
__attribute__((format(printf, 1, 2))) char *cli_format(const char *format, ...);

enum cli_style { CLI_PLAIN, CLI_BOLD, CLI_DIM };
/* The escape sequences that begin and end a style; empty if there is to be no colour. */
const char *cli_style_begin(bool colour, enum cli_style style);
const char *cli_style_end(bool colour, enum cli_style style);

/* "NAME: TITLE", or the name alone where there is no other title, as a line. */
void cli_print_name(const struct cli *cli, const char *name, const char *title);

/* Short texts by value: cli_us(t, 3).text lives until the end of the full expression. */
struct cli_word {
    char text[64];
};
__attribute__((format(printf, 1, 2))) struct cli_word cli_word(const char *format, ...);
struct cli_word cli_us(double picoseconds, int decimals);        /* "4.281" */
struct cli_word cli_us_signed(double picoseconds, int decimals); /* "+4.281" */
struct cli_word cli_share(double part, double whole);            /* "86.3 %", "-" without a whole */
struct cli_word cli_count(uint64_t count);                       /* "1 000 000" */
struct cli_word cli_rate(double value);                          /* three digits: "12.3 k" */
struct cli_word cli_seconds(double seconds);                     /* "2.1 min" */
struct cli_word cli_duration(double picoseconds);                /* "0.15 us", in the unit that fits */

/* Reads "40 us", "40us" or "40", a time of a positive number of microseconds if it has no unit. */
bool cli_read_time(const char *text, double *us);

/* Reads the whole number of an option, 0 to 1e12 ("200 000", "1e6"); what is wrong is printed. text NULL: the
 * count stays. IRQP_USAGE. */
enum irqp_status cli_read_count(const char *option, const char *text, uint64_t *count);

/* "1 000 000 samples", or "14 000 of 1 000 000 samples, partial"; the caller frees it. */
struct irqp_run;
char *cli_samples(const struct irqp_run *run);

/* Signs, in plain ASCII where the locale's characters are not UTF-8. */
enum cli_sign { CLI_ARROW, CLI_ELLIPSIS };
const char *cli_sign(enum cli_sign sign);

/* Characters of a UTF-8 text. */
size_t cli_length(const char *text);

/* At most `most` characters of a text, its middle left out ("fig6-h…linux"); the caller frees it. */
char *cli_shorten(const char *text, size_t most);

/* Prints a text with lines broken to end before column CLI_WIDTH, each indented but the first; the first
 * starts at column `at`. Ends with a newline. */
void cli_wrap(FILE *out, const char *text, size_t at, size_t indent);

#endif
