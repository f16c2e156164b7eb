/* Aligned text tables. Cells are given row by row; the widths follow from them. */
#ifndef IRQPATH_CLI_TABLE_H
#define IRQPATH_CLI_TABLE_H

#include "sim/cli/text.h"

enum { CLI_COLUMNS_MAX = 24 };

struct cli_cell {
    char *text; /* owned; NULL: empty */
    enum cli_style style;
    bool note; /* a line of its own, which no width follows from */
};

struct cli_table {
    size_t columns;
    bool left[CLI_COLUMNS_MAX];    /* aligned left; else right */
    size_t gap[CLI_COLUMNS_MAX];   /* spaces before the column */
    size_t least[CLI_COLUMNS_MAX]; /* width at least */
    struct cli_cell *cells;        /* rows of `columns` each */
    size_t rows, filled;           /* filled: cells of the last row */
};

/* columns: one letter each, 'l' or 'r'; spaces before a letter are the gap before its column. */
void cli_table_init(struct cli_table *table, const char *columns);
void cli_table_fini(struct cli_table *table);

/* Begins a row. Cells that are not given are empty. */
void cli_row(struct cli_table *table);
__attribute__((format(printf, 3, 4))) void cli_cell(struct cli_table *table, enum cli_style style,
                                                    const char *format, ...);

/* A line between two rows, indented by so many spaces. */
__attribute__((format(printf, 4, 5))) void cli_note(struct cli_table *table, enum cli_style style,
                                                    size_t indent, const char *format, ...);

void cli_table_print(const struct cli_table *table, bool colour, FILE *out);

#endif
