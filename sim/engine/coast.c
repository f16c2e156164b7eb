/* Coasting: see irqpath/coast.h. */
#include "irqpath/coast.h"
#include "irqpath/sum.h"
#include <math.h>
#include <stdlib.h>

enum { BAD_LOG2 = 8, ROWS_MAX = 512 };

/* Draws at and above this u are bad. */
static const uint64_t CAP = UINT64_MAX - (UINT64_C(1) << (64 - BAD_LOG2)) + 1;

__extension__ typedef unsigned __int128 wide;

struct part {
    const struct irqp_table *table;
    uint16_t row;
    uint8_t mode, stream;
};

struct irqp_coast {
    uint16_t first; /* row */
    unsigned part_count;
    struct part parts[IRQP_SCRIPT_MAX];
    irqp_time constant[IRQP_MODES];                 /* of a round */
    irqp_time constants;                            /* their sum */
    uint64_t share[IRQP_MODES];                     /* of the parts' time, in 2^-32; rounded down */
    unsigned largest;                               /* the mode that gets what rounding leaves */
    uint64_t tally;                                 /* of a round */
    uint64_t good_part[IRQP_SCRIPT_MAX + 1];        /* probability, of 2^64, that so many parts are good */
    uint64_t good_round[IRQP_COAST_ROUNDS_MAX + 1]; /* the same of rounds; [0] stands for certainty */
    struct irqp_sum *sums[IRQP_COAST_LOG2_MAX + 1]; /* of 2^i good rounds */
    irqp_time longest;                              /* a good round */
};

/* Follows the path once round. False: it cannot be coasted. */
static bool follow(struct irqp_coast *coast, const struct irqp_program *program, irqp_way_of *way)
{
    uint16_t at = coast->first;
    for (unsigned rows = 0; rows < ROWS_MAX; rows++) {
        const struct irqp_row *row = &program->rows[at];
        uint8_t mode = row->flags & IRQP_ROW_MODE;
        if (row->cost >= IRQP_COST_REGISTER)
            return false;
        const struct irqp_table *table = &program->costs[row->cost];
        if (at == coast->first && !(table->constant && !table->value))
            return false; /* coasting begins behind it */
        if (table->constant) {
            if (table->value > IRQP_END_OF_TIME / ROWS_MAX)
                return false;
            coast->constant[mode] += table->value;
            coast->constants += table->value;
        } else {
            if (!irqp_table_rises(table) || coast->part_count == IRQP_SCRIPT_MAX)
                return false;
            coast->parts[coast->part_count++] =
                (struct part){table, at, mode, (row->flags & IRQP_ROW_PLATFORM) != 0};
        }
        coast->tally += irqp_tally(row);
        bool jumps = row->effect == IRQP_EFFECT_GOTO;
        if (row->effect >= IRQP_EFFECT_MODEL) {
            enum irqp_way goes = at == coast->first ? IRQP_WAY_ON : way(row);
            if (goes == IRQP_WAY_UNKNOWN)
                return false;
            jumps = goes == IRQP_WAY_JUMPS;
        } else if (!jumps && row->effect != IRQP_EFFECT_NONE && row->effect != IRQP_EFFECT_TEST) {
            return false;
        }
        at = jumps ? row->argument : (uint16_t)(at + 1);
        if (at == coast->first)
            return true;
    }
    return false;
}

/* Probabilities by multiplication, in which all machines agree. */
static void set_probabilities(struct irqp_coast *coast)
{
    double part = 1, round = 1;
    coast->good_part[0] = coast->good_round[0] = UINT64_MAX;
    for (unsigned i = 1; i <= coast->part_count; i++) {
        part *= 1 - 1.0 / (1 << BAD_LOG2);
        coast->good_part[i] = (uint64_t)ldexp(part, 64);
    }
    for (unsigned i = 1; i <= IRQP_COAST_ROUNDS_MAX; i++) {
        round *= part;
        coast->good_round[i] = (uint64_t)ldexp(round, 64);
    }
}

/* False: so many rounds might not end at all. */
static bool set_longest(struct irqp_coast *coast)
{
    const irqp_time limit = IRQP_END_OF_TIME >> IRQP_COAST_LOG2_MAX;
    coast->longest = coast->constants;
    for (unsigned i = 0; i < coast->part_count && coast->longest < limit; i++)
        coast->longest += irqp_table_draw(coast->parts[i].table, CAP - 1);
    return coast->longest > 0 && coast->longest < limit;
}

/* Whether the grid of the sums is fine beside a short round, one whose parts all are in their lowest 16th. */
static bool is_fine(const struct irqp_coast *coast)
{
    irqp_time low = 0;
    for (unsigned i = 0; i < coast->part_count; i++)
        low += irqp_table_draw(coast->parts[i].table, CAP / 16);
    return 8 * irqp_sum_step(coast->sums[0]) <= low;
}

static void set_shares(struct irqp_coast *coast)
{
    double mean[IRQP_MODES] = {0}, sum = 0;
    for (unsigned i = 0; i < coast->part_count; i++) {
        double of_part = irqp_sum_part_mean(coast->parts[i].table, CAP);
        mean[coast->parts[i].mode] += of_part;
        sum += of_part;
    }
    for (unsigned mode = 0; mode < IRQP_MODES; mode++) {
        coast->share[mode] = sum > 0 ? (uint64_t)ldexp(mean[mode] / sum, 32) : 0;
        if (mean[mode] > mean[coast->largest])
            coast->largest = mode;
    }
}

enum irqp_status irqp_coast_new(struct irqp_coast **out, const struct irqp_program *program, uint16_t path,
                                irqp_way_of *way)
{
    *out = NULL;
    struct irqp_coast *coast = calloc(1, sizeof *coast);
    if (!coast)
        return IRQP_NO_MEMORY;
    coast->first = program->paths[path].first;
    if (!follow(coast, program, way) || !coast->part_count || !set_longest(coast)) {
        free(coast);
        return IRQP_OK;
    }
    set_probabilities(coast);
    set_shares(coast);
    const struct irqp_table *tables[IRQP_SCRIPT_MAX];
    for (unsigned i = 0; i < coast->part_count; i++)
        tables[i] = coast->parts[i].table;
    if (irqp_sums_new(coast->sums, IRQP_COAST_LOG2_MAX, tables, coast->part_count, CAP) != IRQP_OK) {
        irqp_coast_free(coast);
        return IRQP_NO_MEMORY;
    }
    if (!is_fine(coast)) {
        irqp_coast_free(coast);
        return IRQP_OK;
    }
    *out = coast;
    return IRQP_OK;
}

uint64_t irqp_coast_hash(const struct irqp_coast *coast, uint64_t hash)
{
    for (unsigned i = 0; i <= IRQP_COAST_LOG2_MAX; i++)
        hash = irqp_sum_hash(coast->sums[i], hash);
    return hash;
}

void irqp_coast_free(struct irqp_coast *coast)
{
    for (unsigned i = 0; coast && i <= IRQP_COAST_LOG2_MAX; i++)
        irqp_sum_free(coast->sums[i]);
    free(coast);
}

unsigned irqp_coast_rounds(const struct irqp_coast *coast, const struct irqp_cpu *cpu)
{
    irqp_time distance = cpu->horizon - cpu->now;
    unsigned rounds = IRQP_COAST_ROUNDS_MAX;
    while (rounds && rounds * coast->longest > distance)
        rounds /= 2;
    return rounds;
}

/* So many rounds have passed, of which the parts took `drawn`. */
static void pass(const struct irqp_coast *coast, struct irqp_cpu *cpu, unsigned rounds, irqp_time drawn)
{
    irqp_count(cpu, coast->tally, rounds);
    for (unsigned mode = 0; mode < IRQP_MODES; mode++)
        cpu->mode_time[mode] += rounds * coast->constant[mode];
    cpu->now += rounds * coast->constants + drawn;
}

/* Rounds that are good, in powers of two. */
static void pass_good(const struct irqp_coast *coast, struct irqp_cpu *cpu, unsigned rounds)
{
    struct irqp_stream *stream = &cpu->thread->streams[0];
    irqp_time drawn = 0;
    for (unsigned left = rounds; left; left &= left - 1) {
        uint64_t u = irqp_stream_next(stream);
        drawn += irqp_sum_draw(coast->sums[__builtin_ctz(left)], u, irqp_stream_next(stream));
        cpu->draws += 2;
    }
    irqp_time rest = drawn;
    for (unsigned mode = 0; mode < IRQP_MODES; mode++) {
        irqp_time share = (irqp_time)((wide)drawn * coast->share[mode] >> 32);
        cpu->mode_time[mode] += share;
        rest -= share;
    }
    cpu->mode_time[coast->largest] += rest;
    pass(coast, cpu, rounds, drawn);
}

/* A round that is not good, whose lengths go into the script. */
static irqp_time draw_bad(const struct irqp_coast *coast, struct irqp_cpu *cpu, struct irqp_script *script)
{
    struct irqp_stream *streams = cpu->thread->streams;
    const uint64_t *good = coast->good_part;
    uint64_t u = good[coast->part_count] + irqp_stream_below(&streams[0], -good[coast->part_count]);
    unsigned first = 0; /* bad part */
    while (u < good[first + 1])
        first++;
    irqp_time sum = 0;
    script->count = script->at = 0;
    for (unsigned i = 0; i < coast->part_count; i++) {
        const struct part *part = &coast->parts[i];
        struct irqp_stream *stream = &streams[part->stream];
        uint64_t v = i < first    ? irqp_stream_below(stream, CAP)
                     : i == first ? CAP + irqp_stream_below(stream, -CAP)
                                  : irqp_stream_next(stream);
        irqp_time length = irqp_table_draw(part->table, v);
        script->rows[script->count].row = part->row;
        script->rows[script->count++].length = length;
        sum = length < IRQP_END_OF_TIME - sum ? sum + length : IRQP_END_OF_TIME;
    }
    cpu->draws += coast->part_count + 1;
    return sum;
}

unsigned irqp_coast_go(const struct irqp_coast *coast, struct irqp_cpu *cpu, unsigned rounds,
                       struct irqp_script *script)
{
    struct irqp_thread *thread = cpu->thread;
    uint64_t u = irqp_stream_next(&thread->streams[0]);
    unsigned good = rounds;
    cpu->draws++;
    while (u >= coast->good_round[good] && good)
        good--;
    if (good)
        pass_good(coast, cpu, good);
    if (good == rounds) {
        cpu->steps--; /* of the first round the first row was executed */
        return good;
    }
    irqp_time drawn = draw_bad(coast, cpu, script);
    if (drawn > cpu->horizon - cpu->now - coast->constants) {
        script->frame = thread->top;
        thread->script = script;
        return good;
    }
    for (unsigned i = 0; i < coast->part_count; i++)
        cpu->mode_time[coast->parts[i].mode] += script->rows[i].length;
    pass(coast, cpu, 1, drawn);
    cpu->steps--;
    return good + 1;
}

irqp_time irqp_scripted(struct irqp_thread *thread, uint16_t row)
{
    struct irqp_script *script = thread->script;
    if (thread->top != script->frame || script->rows[script->at].row != row)
        return -1;
    irqp_time length = script->rows[script->at++].length;
    if (script->at == script->count)
        thread->script = NULL;
    return length;
}
