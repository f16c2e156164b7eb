/* Pictures: a script of gnuplot, made of data and a template of plots/, and what gnuplot draws from it. */
#ifndef IRQPATH_CLI_PICTURE_H
#define IRQPATH_CLI_PICTURE_H

#include "sim/cli/command.h"

struct cli_picture {
    FILE *script; /* data and settings are printed here, before the template follows */
    char *text;
    size_t size;
    const char *prefix; /* of the files, with its directory */
    struct cli_list formats;
    char *format_words; /* owned */
};

/* Begins a picture. formats: "png,svg,pdf". IRQP_USAGE if there is another among them. The caller ends the
 * picture with cli_picture_fini in every case. */
enum irqp_status cli_picture_init(struct cli_picture *picture, const char *prefix, const char *formats);
void cli_picture_fini(struct cli_picture *picture);

/* Prints an assignment of a text that is drawn as it is, or of an array of such texts. */
void cli_picture_text(struct cli_picture *picture, const char *variable, const char *text);
void cli_picture_texts(struct cli_picture *picture, const char *variable, char *const *texts, size_t count);
/* The same, with gnuplot's markup: "10^{-3}". */
void cli_picture_markups(struct cli_picture *picture, const char *variable, char *const *texts, size_t count);

/* Adds the template plots/NAME.gp, has gnuplot draw each format, and writes PREFIX.gp and the pictures: all
 * of them are drawn before the first is written. */
enum irqp_status cli_picture_draw(struct cli_picture *picture, const char *name);

#endif
