/* Stretches: rows that are executed as one where nobody can tell. */
#include "irqpath/engine.h"
#include <stdlib.h>

enum { STRETCH_MAX = 64 }; /* rows; paths that go round without a draw need an end */

/* Whether nothing but time and the position changes at the end of the row, while no attention is due. */
static bool is_quiet(const struct irqp_row *row)
{
    return row->effect == IRQP_EFFECT_NONE || row->effect == IRQP_EFFECT_GOTO ||
           row->effect == IRQP_EFFECT_TEST;
}

static bool is_constant(const struct irqp_program *program, const struct irqp_row *row)
{
    return row->cost < IRQP_COST_REGISTER && program->costs[row->cost].constant;
}

static struct irqp_stretch stretch_from(const struct irqp_program *program, uint16_t first)
{
    const struct irqp_row *row = &program->rows[first];
    struct irqp_stretch stretch = {
        .begins = IRQP_BEGINS_COMPUTED,
        .last = first,
        .tally = irqp_tally(row),
        .mode = row->flags & IRQP_ROW_MODE,
        .stream = (row->flags & IRQP_ROW_PLATFORM) != 0,
    };
    if (is_constant(program, row)) {
        stretch.begins = IRQP_BEGINS_CONSTANT;
        stretch.value = program->costs[row->cost].value;
    } else if (row->cost < IRQP_COST_REGISTER) {
        stretch.begins = IRQP_BEGINS_DRAWN;
        stretch.table = &program->costs[row->cost];
    }
    while (is_quiet(row) && irqp_tally_rows(stretch.tally) < STRETCH_MAX) {
        uint16_t next = irqp_row_after(program, stretch.last);
        if (next >= program->row_count || !is_constant(program, &program->rows[next]))
            break;
        row = &program->rows[next];
        irqp_time length = program->costs[row->cost].value;
        stretch.length += length;
        stretch.mode_time[row->flags & IRQP_ROW_MODE] += length;
        stretch.last = next;
        stretch.tally += irqp_tally(row);
    }
    stretch.calls = !is_quiet(row);
    stretch.next = irqp_row_after(program, stretch.last);
    return stretch;
}

enum irqp_status irqp_program_prepare(struct irqp_program *program)
{
    struct irqp_stretch *stretches = calloc(program->row_count, sizeof *stretches);
    if (!stretches)
        return IRQP_NO_MEMORY;
    for (size_t row = 0; row < program->row_count; row++)
        stretches[row] = stretch_from(program, (uint16_t)row);
    program->stretches = stretches;
    return IRQP_OK;
}
