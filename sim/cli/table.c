#include "sim/cli/table.h"

#include <stdarg.h>
#include <stdlib.h>

void cli_table_init(struct cli_table *table, const char *columns)
{
    size_t gap = 0;
    *table = (struct cli_table){0};
    for (; *columns; columns++) {
        if (*columns == ' ') {
            gap++;
        } else if (table->columns < CLI_COLUMNS_MAX) {
            table->left[table->columns] = *columns == 'l';
            table->gap[table->columns++] = gap;
            gap = 0;
        }
    }
}

void cli_table_fini(struct cli_table *table)
{
    for (size_t i = 0; i < table->rows * table->columns; i++)
        free(table->cells[i].text);
    free(table->cells);
    *table = (struct cli_table){0};
}

void cli_row(struct cli_table *table)
{
    size_t first = table->rows * table->columns;
    table->cells = cli_allocate(table->cells, first + table->columns, sizeof *table->cells);
    for (size_t i = 0; i < table->columns; i++)
        table->cells[first + i] = (struct cli_cell){0};
    table->rows++;
    table->filled = 0;
}

static char *format_list(const char *format, va_list arguments)
{
    char text[1024];
    vsnprintf(text, sizeof text, format, arguments);
    return cli_format("%s", text);
}

void cli_cell(struct cli_table *table, enum cli_style style, const char *format, ...)
{
    va_list arguments;
    if (table->filled == table->columns)
        return;
    va_start(arguments, format);
    table->cells[(table->rows - 1) * table->columns + table->filled++] =
        (struct cli_cell){.text = format_list(format, arguments), .style = style};
    va_end(arguments);
}

void cli_note(struct cli_table *table, enum cli_style style, size_t indent, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = format_list(format, arguments);
    va_end(arguments);
    cli_row(table);
    table->cells[(table->rows - 1) * table->columns] =
        (struct cli_cell){.text = cli_format("%*s%s", (int)indent, "", text), .style = style, .note = true};
    free(text);
}

static size_t width_of(const struct cli_table *table, size_t column)
{
    size_t width = table->least[column];
    for (size_t row = 0; row < table->rows; row++) {
        const struct cli_cell *cell = &table->cells[row * table->columns + column];
        size_t length = cell->text && !cell->note ? cli_length(cell->text) : 0;
        width = length > width ? length : width;
    }
    return width;
}

void cli_table_print(const struct cli_table *table, bool colour, FILE *out)
{
    size_t widths[CLI_COLUMNS_MAX];
    for (size_t column = 0; column < table->columns; column++)
        widths[column] = width_of(table, column);
    for (size_t row = 0; row < table->rows; row++) {
        const struct cli_cell *first = &table->cells[row * table->columns];
        size_t space = 0; /* kept back, so that no line ends in spaces */
        if (first->note) {
            fprintf(out, "%s%s%s\n", cli_style_begin(colour, first->style), first->text,
                    cli_style_end(colour, first->style));
            continue;
        }
        for (size_t column = 0; column < table->columns; column++) {
            const struct cli_cell *cell = &table->cells[row * table->columns + column];
            size_t length = cell->text ? cli_length(cell->text) : 0, slack = widths[column] - length;
            space += table->gap[column];
            if (length > 0) {
                fprintf(out, "%*s%s%s%s", (int)(space + (table->left[column] ? 0 : slack)), "",
                        cli_style_begin(colour, cell->style), cell->text, cli_style_end(colour, cell->style));
                space = table->left[column] ? slack : 0;
            } else {
                space += slack;
            }
        }
        fputc('\n', out);
    }
}
