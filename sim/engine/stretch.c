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

static struct irqp_stretch stretch_from(const struct irqp_program *program, uint16_t first,
                                        struct irqp_stretch_sums *sums)
{
    const struct irqp_row *row = &program->rows[first];
    struct irqp_stretch stretch = {
        .begins = IRQP_BEGINS_COMPUTED,
        .last = first,
        .rows = 1,
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
    sums->tally = irqp_tally(row);
    while (is_quiet(row) && stretch.rows < STRETCH_MAX) {
        uint16_t next = irqp_row_after(program, stretch.last);
        if (next >= program->row_count || !is_constant(program, &program->rows[next]))
            break;
        row = &program->rows[next];
        irqp_time length = program->costs[row->cost].value;
        stretch.length += length;
        sums->mode_time[row->flags & IRQP_ROW_MODE] += length;
        sums->tally += irqp_tally(row);
        stretch.last = next;
        stretch.rows++;
    }
    stretch.effect = row->effect;
    stretch.argument = row->argument;
    stretch.calls = !is_quiet(row);
    stretch.next = irqp_row_after(program, stretch.last);
    return stretch;
}

enum irqp_status irqp_program_prepare(struct irqp_program *program)
{
    program->stretches = calloc(program->row_count, sizeof *program->stretches);
    program->stretch_sums = calloc(program->row_count, sizeof *program->stretch_sums);
    if (!program->stretches || !program->stretch_sums) {
        irqp_program_forget(program);
        return IRQP_NO_MEMORY;
    }
    for (size_t row = 0; row < program->row_count; row++)
        program->stretches[row] = stretch_from(program, (uint16_t)row, &program->stretch_sums[row]);
    return IRQP_OK;
}

void irqp_program_forget(struct irqp_program *program)
{
    free(program->stretches);
    free(program->stretch_sums);
    program->stretches = NULL;
    program->stretch_sums = NULL;
}
