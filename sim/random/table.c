/* Quantile tables: see irqpath/distribution.h.
 *
 * A draw at u of 2^64 has the probability p = u / 2^64. In the tails what matters is the distance d of u from
 * the nearer end, d = u in the lower half and 2^64 - 1 - u in the upper. Tail cells are laid out over d as a
 * floating point number is: 2^bits cells to each octave [2^k, 2^(k+1)), and one for each d below 2^bits. So
 * every cell has the same relative width, all the way down to d = 0, and its number comes from the leading
 * bits of d.
 */
#include "irqpath/distribution.h"
#include "irqpath/random.h"
#include "sim/random/guide.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef __int128 wide;
__extension__ typedef unsigned __int128 uwide;

/* Bounds of the verification: see irqp_table_init. */
#define BODY_DEVIATION      1e-4
#define TAIL_DEVIATION      1e-2
#define MEAN_DEVIATION      2e-4
#define CELL_MEAN_DEVIATION 1e-5
#define VALUE_ROUNDING      1e-12
#define VALUE_MAXIMUM       0x1p62

enum { MIDDLE = IRQP_TABLE_CELLS / 2 }; /* where the lower half of the cells ends */

enum { GUIDE_BITS = 8 };
enum { BITS_MINIMUM = 3, BITS_MAXIMUM = 7, TAIL_SHIFT_MAXIMUM = 20 };

/* One end of a table: the quantile at the edges of its tail cells. */
struct side {
    int64_t *edge;  /* in units of 2^-shift ps, half a picosecond added; edge[0] is the very end */
    size_t count;   /* edges */
    uint64_t reach; /* the cells cover d in [0, reach) */
    unsigned bits, shift;
};

/* A part of a distribution with jumps: an atom, or a table of its own. It is chosen by u in [begin, begin +
 * w), where w is its weight in units of 2^-64, and is drawn from at (u - begin) * 2^64 / w, so that one
 * number serves both. */
struct part {
    uint64_t reciprocal; /* floor(2^128 / w') - 2^64, with w' = w << normal >= 2^63 */
    unsigned normal;
    irqp_time value;          /* of an atom */
    struct irqp_table *table; /* owned; NULL for an atom */
};

struct irqp_table_tail {
    struct side side[2]; /* lower, upper; empty if there are parts */
    uint64_t *begin;     /* owned; of each part, ascending from 0 */
    struct part *parts;  /* owned */
    size_t count;
    uint32_t guide[(1 << GUIDE_BITS) + 1]; /* the part in which each cell of u begins */
};

/* ---- drawing ---- */

/* The number of the cell that contains d. */
static size_t cell_of(uint64_t d, unsigned bits)
{
    if (d >> bits == 0)
        return (size_t)d;
    unsigned octave = 63U - (unsigned)__builtin_clzll(d) - bits;
    return ((size_t)octave << bits) + (size_t)(d >> octave);
}

/* The smallest d in the cell with this number, 2^63 at most. */
static uint64_t cell_begin(size_t cell, unsigned bits)
{
    if (cell >> bits == 0)
        return cell;
    unsigned octave = (unsigned)(cell >> bits) - 1;
    return (cell - ((uint64_t)octave << bits)) << octave;
}

static irqp_time draw_side(const struct side *side, uint64_t d)
{
    size_t cell = cell_of(d, side->bits);
    unsigned octave =
        cell >> side->bits ? (unsigned)(cell >> side->bits) - 1 : 0; /* log2 of the cell's width */
    uint64_t inside = d & ((UINT64_C(1) << octave) - 1);
    int64_t from = side->edge[cell], to = side->edge[cell + 1];
    return (from + (int64_t)(((wide)to - from) * (wide)inside >> octave)) >> side->shift;
}

static irqp_time draw_part(const struct irqp_table_tail *tail, uint64_t u)
{
    size_t at = guide_find(tail->guide, GUIDE_BITS, tail->begin, u);
    const struct part *part = &tail->parts[at];
    if (part->table == NULL)
        return part->value;
    uint64_t inside = (u - tail->begin[at]) << part->normal;
    inside += (uint64_t)(((uwide)inside * part->reciprocal) >> 64);
    return irqp_table_draw(part->table, inside);
}

irqp_time irqp_table_draw_tail(const struct irqp_table *table, uint64_t u)
{
    const struct irqp_table_tail *tail = table->tail;
    if (tail == NULL)
        return table->value;
    if (tail->parts != NULL)
        return draw_part(tail, u);
    return u >> 63 ? draw_side(&tail->side[1], ~u) : draw_side(&tail->side[0], u);
}

/* ---- tables of smooth distributions ---- */

/* The quantile at the distance d from the lower or upper end. */
static double quantile_at(const struct irqp_distribution *distribution, bool upper, double d)
{
    double probability = d * 0x1p-64;
    return upper ? irqp_distribution_upper_quantile(distribution, probability)
                 : irqp_distribution_quantile(distribution, probability);
}

/* How far the cumulative function at x is from that at which x is drawn, at a distance d from one end. */
static double deviation(const struct irqp_distribution *distribution, bool upper, double d, double x)
{
    double tail = upper ? irqp_distribution_upper(distribution, x) : irqp_distribution_cdf(distribution, x);
    return tail - d * 0x1p-64;
}

/* Whether x may be drawn at the distance d: right in probability, or as near as whole units allow. */
static bool acceptable(const struct irqp_distribution *distribution, bool upper, double d, double x,
                       double unit, double *largest)
{
    double tolerance = fmin(BODY_DEVIATION, TAIL_DEVIATION * d * 0x1p-64);
    double found = deviation(distribution, upper, d, x);
    if (fabs(found) > tolerance) {
        double rounding = fmax(unit, VALUE_ROUNDING * x), sign = upper ? -1 : 1;
        double low = deviation(distribution, upper, d, x - sign * rounding);
        double high = deviation(distribution, upper, d, x + sign * rounding);
        found = x >= VALUE_MAXIMUM ? 0 : low > 0 ? low : high < 0 ? high : 0;
    }
    if (!(fabs(found) <= *largest)) /* NaN counts as larger */
        *largest = fabs(found);
    return fabs(found) <= tolerance;
}

static bool acceptable_draw(const struct irqp_table *table, const struct irqp_distribution *distribution,
                            uint64_t u, double *largest)
{
    bool upper = u >> 63, linear = (uint32_t)(u >> 56) - table->first < table->linear;
    double unit = linear ? fmax(1, ldexp(1, 32 - table->shift)) : 1;
    return acceptable(distribution, upper, (double)(upper ? ~u : u), (double)irqp_table_draw(table, u), unit,
                      largest);
}

static enum irqp_status fill_side(struct side *side, const struct irqp_distribution *distribution, bool upper,
                                  uint64_t reach, unsigned bits)
{
    free(side->edge);
    *side = (struct side){.reach = reach, .bits = bits};
    if (reach == 0)
        return IRQP_OK;
    size_t count = cell_of(reach - 1, bits) + 2;
    double *values = malloc(count * sizeof *values);
    side->edge = malloc(count * sizeof *side->edge);
    enum irqp_status status = values && side->edge ? IRQP_OK : IRQP_NO_MEMORY;
    double largest = 0;
    for (size_t i = 0; status == IRQP_OK && i < count; i++) {
        double d = i > 0 ? (double)cell_begin(i, bits) : 0;
        values[i] = quantile_at(distribution, upper, d);
        if (i == 0 && isinf(values[0])) /* where there is no end: the middle of the last cell's probability */
            values[0] = quantile_at(distribution, upper, 0.5);
        if (isnan(values[i]) || values[i] < 0)
            status = IRQP_MODEL;
        else {
            values[i] = fmin(values[i], VALUE_MAXIMUM);
            largest = fmax(largest, values[i]);
        }
    }
    if (status == IRQP_OK) {
        while (side->shift < TAIL_SHIFT_MAXIMUM && ldexp(largest + 1, (int)side->shift + 1) <= 0x1p62)
            side->shift++;
        for (size_t i = 0; i < count; i++)
            side->edge[i] =
                (int64_t)floor(ldexp(values[i], (int)side->shift) + 0.5) + ((INT64_C(1) << side->shift) >> 1);
        side->count = count;
    }
    free(values);
    return status;
}

/* Whether the middle of every cell of a side is right. */
static bool verify_side(const struct irqp_table *table, const struct irqp_distribution *distribution,
                        bool upper, double *largest)
{
    const struct side *side = &table->tail->side[upper];
    bool right = true;
    for (size_t cell = 1; right && cell + 1 < side->count; cell++) {
        uint64_t begin = cell_begin(cell, side->bits);
        uint64_t d = begin + (cell_begin(cell + 1, side->bits) - begin) / 2;
        if (d < side->reach)
            right = acceptable_draw(table, distribution, upper ? ~d : d, largest);
    }
    return right;
}

/* Fills a side with as few cells as pass the verification, from 2^bits to each octave on. */
static enum irqp_status make_side(struct irqp_table *table, const struct irqp_distribution *distribution,
                                  bool upper, uint64_t reach, unsigned bits, double *largest)
{
    double found = 0;
    for (; bits <= BITS_MAXIMUM; bits++) {
        found = 0;
        enum irqp_status status = fill_side(&table->tail->side[upper], distribution, upper, reach, bits);
        if (status != IRQP_OK)
            return status;
        bool right = verify_side(table, distribution, upper, &found);
        if (right || bits == BITS_MAXIMUM) {
            *largest = fmax(*largest, found);
            return right ? IRQP_OK : IRQP_MODEL;
        }
    }
    return IRQP_MODEL;
}

/* Whether a straight line between the quantiles at its edges is good enough in this cell: in probability, and
 * in what it adds to the mean, which is two thirds of its error in the middle (the area under a parabola). */
static bool straight(const struct irqp_distribution *distribution, double mean, const double *edge,
                     unsigned cell)
{
    double ignored = 0;
    bool upper = cell >= MIDDLE, fine = true;
    for (int quarter = 1; fine && quarter <= 3; quarter++) {
        double from_below = ldexp(cell + quarter / 4.0, 56);
        double distance = upper ? 0x1p64 - from_below : from_below;
        double x = edge[cell] + (edge[cell + 1] - edge[cell]) * (quarter / 4.0);
        fine = acceptable(distribution, upper, distance, x, 1, &ignored);
        if (fine && quarter == 2)
            fine = fabs(x - quantile_at(distribution, upper, distance)) * (2.0 / 3 / IRQP_TABLE_CELLS) <=
                   CELL_MEAN_DEVIATION * mean;
    }
    return fine;
}

/* Writes the linear cells, scaled so that the highest edge fills 31 bits. */
static void scale(struct irqp_table *table, const double *edge)
{
    double highest = edge[table->first + table->linear] + 1;
    int scaling = -31;
    while (scaling < 30 && ldexp(highest, scaling + 1) < 0x1p31 - 1)
        scaling++;
    table->shift = (uint8_t)(32 + scaling);
    memset(table->edge, 0, sizeof table->edge);
    for (int i = table->first; i <= table->first + table->linear; i++)
        table->edge[i] = (int32_t)fmin(floor(ldexp(edge[i] + 0.5, scaling) + 0.5), INT32_MAX);
}

/* Verifies the linear cells as they will be drawn from, and leaves to the tails what does not pass: it is the
 * cells of small values that lose bits when the highest edges are much larger. */
static void verify_cells(struct irqp_table *table, const struct irqp_distribution *distribution,
                         double *largest)
{
    unsigned first = table->first, end = first + table->linear;
    for (unsigned cell = first; cell < end; cell++) {
        bool right = true;
        double found = 0;
        for (uint64_t quarter = 1; right && quarter <= 3; quarter++)
            right = acceptable_draw(table, distribution, (uint64_t)cell << 56 | quarter << 54, &found);
        if (right)
            *largest = fmax(*largest, found);
        else if (cell < MIDDLE)
            first = cell + 1;
        else
            end = cell;
    }
    table->first = (uint8_t)first;
    table->linear = (uint16_t)(end - first);
}

/* Decides which cells are linear: all but those at the ends where a line fails, at least one at each end. */
static enum irqp_status make_cells(struct irqp_table *table, const struct irqp_distribution *distribution,
                                   double *largest)
{
    double edge[IRQP_TABLE_CELLS + 1] = {0};
    for (unsigned i = 1; i < IRQP_TABLE_CELLS; i++) {
        bool upper = i >= MIDDLE;
        edge[i] = quantile_at(distribution, upper, ldexp(upper ? IRQP_TABLE_CELLS - i : i, 56));
        if (!(edge[i] >= 0))
            return IRQP_MODEL;
        edge[i] = fmax(edge[i - 1], fmin(edge[i], VALUE_MAXIMUM)); /* rising, whatever rounding did */
    }
    double mean = irqp_distribution_mean(distribution);
    unsigned first = 1, end = IRQP_TABLE_CELLS - 1;
    while (first < MIDDLE && !straight(distribution, mean, edge, first))
        first++;
    while (end > MIDDLE && !straight(distribution, mean, edge, end - 1))
        end--;
    table->first = (uint8_t)first;
    table->linear = (uint16_t)(end - first);
    scale(table, edge);
    verify_cells(table, distribution, largest);
    return IRQP_OK;
}

/* The mean of what the table draws: over each cell it is the middle of its edges. */
static double drawn_mean(const struct irqp_table *table)
{
    double sum = -0.5; /* the half picosecond that edges have too much */
    for (unsigned cell = table->first; cell < (unsigned)table->first + table->linear; cell++)
        sum += ldexp((double)table->edge[cell] + table->edge[cell + 1], 32 - table->shift - 1) /
               IRQP_TABLE_CELLS;
    for (int upper = 0; upper <= 1; upper++) {
        const struct side *side = &table->tail->side[upper];
        for (size_t cell = 0; cell + 1 < side->count; cell++) {
            uint64_t begin = cell_begin(cell, side->bits), end = cell_begin(cell + 1, side->bits);
            double width = (double)((end < side->reach ? end : side->reach) - begin) * 0x1p-64;
            sum +=
                ldexp((double)side->edge[cell] + (double)side->edge[cell + 1], -(int)side->shift - 1) * width;
        }
    }
    return sum;
}

static enum irqp_status make_smooth(struct irqp_table *table, const struct irqp_distribution *distribution,
                                    double *largest)
{
    table->tail = calloc(1, sizeof *table->tail);
    if (table->tail == NULL)
        return IRQP_NO_MEMORY;
    enum irqp_status status = make_cells(table, distribution, largest);
    unsigned end = (unsigned)table->first + table->linear;
    uint64_t lower_reach = (uint64_t)table->first << 56, upper_reach = (uint64_t)(IRQP_TABLE_CELLS - end)
                                                                       << 56;
    if (status == IRQP_OK)
        status = make_side(table, distribution, false, lower_reach, BITS_MINIMUM, largest);
    if (status == IRQP_OK)
        status = make_side(table, distribution, true, upper_reach, BITS_MINIMUM, largest);
    /* Chords lie above a convex quantile function. In a heavy upper tail that adds up in the mean although
     * every cell is right in probability: finer cells there, as far as they go. */
    double mean = irqp_distribution_mean(distribution);
    while (status == IRQP_OK && table->tail->side[1].bits < BITS_MAXIMUM &&
           fabs(drawn_mean(table) - mean) > MEAN_DEVIATION * mean)
        status = make_side(table, distribution, true, upper_reach, table->tail->side[1].bits + 1, largest);
    return status;
}

/* ---- parts ---- */

/* A distribution as a flat choice: atoms, and smooth distributions conditional on an interval and shifted. */
struct component {
    double weight;                        /* its probability */
    double value;                         /* of an atom; the shift of a smooth one */
    const struct irqp_distribution *leaf; /* NULL for an atom */
    double low, high;                     /* the leaf's interval */
};

struct components {
    struct component *items;
    size_t count, capacity;
};

static enum irqp_status append(struct components *list, struct component component)
{
    if (!(component.weight > 0))
        return IRQP_OK;
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 16;
        struct component *larger = realloc(list->items, capacity * sizeof *larger);
        if (larger == NULL)
            return IRQP_NO_MEMORY;
        list->items = larger;
        list->capacity = capacity;
    }
    list->items[list->count++] = component;
    return IRQP_OK;
}

static int by_value(const void *a, const void *b)
{
    const struct component *left = a, *right = b;
    return (left->value > right->value) - (left->value < right->value);
}

/* Appends the components of `distribution` given that it lies in [low, high] without dividing by the
 * probability of that, weighted with `weight` and shifted by `shift`. */
static enum irqp_status collect(struct components *list, const struct irqp_distribution *distribution,
                                double weight, double shift, double low, double high)
{
    const struct irqp_distribution *d = distribution;
    enum irqp_status status = IRQP_OK;
    double total = 0;
    switch (d->kind) {
    case IRQP_CONSTANT:
        if (d->a >= low && d->a <= high)
            status = append(list, (struct component){.weight = weight, .value = shift + d->a});
        return status;
    case IRQP_SHIFT:
        return collect(list, d->parts[0], weight, shift + d->a, low - d->a, high - d->a);
    case IRQP_TRUNCATE:
        return collect(list, d->parts[0], weight / irqp_distribution_mass(d->parts[0], d->a, d->b), shift,
                       fmax(low, d->a), fmin(high, d->b));
    case IRQP_MIXTURE:
    case IRQP_EMPIRICAL: {
        size_t before = list->count;
        for (size_t i = 0; i < d->count; i++)
            total += d->weights[i];
        for (size_t i = 0; status == IRQP_OK && i < d->count; i++) {
            double part = weight * (d->weights[i] / total);
            if (d->kind == IRQP_MIXTURE)
                status = part > 0 ? collect(list, d->parts[i], part, shift, low, high) : IRQP_OK;
            else if (d->values[i] >= low && d->values[i] <= high)
                status = append(list, (struct component){.weight = part, .value = shift + d->values[i]});
        }
        if (d->kind == IRQP_EMPIRICAL && list->count > before) /* so that draws rise with u */
            qsort(list->items + before, list->count - before, sizeof *list->items, by_value);
        return status;
    }
    case IRQP_UNIFORM:
    case IRQP_TRIANGULAR:
    case IRQP_NORMAL:
    case IRQP_LOGNORMAL:
    case IRQP_EXPONENTIAL:
    case IRQP_GAMMA:
    case IRQP_WEIBULL:
    case IRQP_PARETO:
        return append(list, (struct component){.weight = weight * irqp_distribution_mass(d, low, high),
                                               .value = shift,
                                               .leaf = d,
                                               .low = low,
                                               .high = high});
    }
    return IRQP_INPUT;
}

/* The table of one smooth component. The wrapping specifications live on the stack. */
static enum irqp_status make_component(struct irqp_table *table, const struct component *component,
                                       double *largest)
{
    struct irqp_distribution *leaf = (struct irqp_distribution *)component->leaf;
    struct irqp_distribution truncate = {
        .kind = IRQP_TRUNCATE, .a = component->low, .b = component->high, .count = 1, .parts = &leaf};
    struct irqp_distribution *truncated = isinf(component->low) && isinf(component->high) ? leaf : &truncate;
    struct irqp_distribution move = {
        .kind = IRQP_SHIFT, .a = component->value, .count = 1, .parts = &truncated};
    return make_smooth(table, component->value == 0 ? truncated : &move, largest);
}

static irqp_time to_time(double value)
{
    return (irqp_time)floor(fmin(fmax(value, 0), VALUE_MAXIMUM) + 0.5);
}

/* Drops components too improbable to be drawn at all: below 2^-64. */
static void drop_negligible(struct components *list)
{
    double total = 0;
    for (size_t i = 0; i < list->count; i++)
        total += list->items[i].weight;
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].weight / total >= 0x1p-64)
            list->items[kept++] = list->items[i];
    list->count = kept;
}

/* Turns probabilities into whole numbers that add up to 2^64 (which is 0). What rounding leaves over goes to
 * the largest, where it matters least. */
static void to_integers(uint64_t *width, const struct components *list)
{
    double total = 0;
    for (size_t i = 0; i < list->count; i++)
        total += list->items[i].weight;
    size_t largest = 0;
    uint64_t sum = 0;
    for (size_t i = 0; i < list->count; i++) {
        /* Half of 2^64 at most: only the largest can have more, and it gets what is missing. */
        width[i] = (uint64_t)ldexp(fmin(list->items[i].weight / total, 0.5), 64);
        sum += width[i];
        if (list->items[i].weight > list->items[largest].weight)
            largest = i;
    }
    width[largest] -= sum;
}

static enum irqp_status make_parts(struct irqp_table *table, const struct components *list, double *largest)
{
    struct irqp_table_tail *tail = table->tail = calloc(1, sizeof *tail);
    uint64_t *width = calloc(list->count, sizeof *width);
    enum irqp_status status = tail && width ? IRQP_OK : IRQP_NO_MEMORY;
    if (status == IRQP_OK) {
        tail->begin = calloc(list->count, sizeof *tail->begin);
        tail->parts = calloc(list->count, sizeof *tail->parts);
        status = tail->begin && tail->parts ? IRQP_OK : IRQP_NO_MEMORY;
    }
    if (status == IRQP_OK)
        to_integers(width, list);
    uint64_t begin = 0;
    for (size_t i = 0; status == IRQP_OK && i < list->count; i++) {
        struct part *part = &tail->parts[tail->count];
        tail->begin[tail->count++] = begin;
        part->normal = (unsigned)__builtin_clzll(width[i]);
        /* floor(2^128 / w') without 2^128: the highest number of 128 bits gives the same unless w' divides
         * 2^128, that is w' = 2^63, where it gives one less, 2^65 - 1, and the difference does not fit 64
         * bits. */
        uwide quotient = ~(uwide)0 / (width[i] << part->normal) - ((uwide)1 << 64);
        part->reciprocal = quotient > UINT64_MAX ? UINT64_MAX : (uint64_t)quotient;
        part->value = to_time(list->items[i].value);
        begin += width[i];
        if (list->items[i].leaf != NULL) {
            part->table = calloc(1, sizeof *part->table);
            status = part->table ? make_component(part->table, &list->items[i], largest) : IRQP_NO_MEMORY;
        }
    }
    free(width);
    if (status == IRQP_OK)
        guide_make(tail->guide, GUIDE_BITS, tail->begin, tail->count);
    return status;
}

/* ---- tables ---- */

static bool all_equal(const struct components *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].leaf != NULL || to_time(list->items[i].value) != to_time(list->items[0].value))
            return false;
    return true;
}

/* Parts that are all continuous are one continuous distribution: if its cells pass the verification, a draw
 * is as fast as any. Where there are jumps, or the cells cannot follow, a draw chooses a part first. */
static enum irqp_status make_mixed(struct irqp_table *table, const struct irqp_distribution *distribution,
                                   const struct components *list, double *largest)
{
    bool continuous = true;
    for (size_t i = 0; i < list->count; i++)
        continuous = continuous && list->items[i].leaf != NULL;
    double smooth = 0;
    if (continuous && make_smooth(table, distribution, &smooth) == IRQP_OK) {
        *largest = smooth;
        return IRQP_OK;
    }
    irqp_time mean = table->mean;
    irqp_table_fini(table);
    *table = (struct irqp_table){.mean = mean};
    return make_parts(table, list, largest);
}

enum irqp_status irqp_table_init(struct irqp_table *table, const struct irqp_distribution *distribution,
                                 double *error)
{
    double largest = 0;
    *table = (struct irqp_table){.constant = true};
    if (irqp_distribution_problem(distribution) != NULL)
        return IRQP_INPUT;
    struct components list = {0};
    enum irqp_status status = collect(&list, distribution, 1, 0, -INFINITY, INFINITY);
    drop_negligible(&list);
    if (status == IRQP_OK && list.count == 0)
        status = IRQP_MODEL;
    if (status == IRQP_OK) {
        table->mean = to_time(irqp_distribution_mean(distribution));
        table->constant = all_equal(&list);
        if (table->constant)
            table->value = table->mean = to_time(list.items[0].value);
        else if (list.count == 1)
            status = make_component(table, &list.items[0], &largest);
        else
            status = make_mixed(table, distribution, &list, &largest);
    }
    free(list.items);
    if (error != NULL)
        *error = largest;
    if (status != IRQP_OK)
        irqp_table_fini(table);
    return status;
}

void irqp_table_fini(struct irqp_table *table)
{
    struct irqp_table_tail *tail = table->tail;
    if (tail != NULL) {
        for (size_t i = 0; i < tail->count; i++) {
            if (tail->parts[i].table != NULL)
                irqp_table_fini(tail->parts[i].table);
            free(tail->parts[i].table);
        }
        free(tail->begin);
        free(tail->parts);
        free(tail->side[0].edge);
        free(tail->side[1].edge);
        free(tail);
    }
    *table = (struct irqp_table){.constant = true};
}

bool irqp_table_rises(const struct irqp_table *table)
{
    return table->constant || !table->tail->parts;
}

static uint64_t chain(uint64_t hash, uint64_t word)
{
    return irqp_mix64((hash ^ word) + UINT64_C(0x9e3779b97f4a7c15));
}

uint64_t irqp_table_hash(const struct irqp_table *table, uint64_t hash)
{
    hash = chain(hash, table->constant ? 1 : 0);
    hash = chain(hash, (uint64_t)table->value);
    if (table->tail == NULL)
        return hash;
    hash = chain(hash, (uint64_t)table->first << 32 | (uint64_t)table->linear << 8 | table->shift);
    for (size_t i = 0; i <= IRQP_TABLE_CELLS; i++)
        hash = chain(hash, (uint64_t)table->edge[i]);
    for (int upper = 0; upper <= 1; upper++) {
        const struct side *side = &table->tail->side[upper];
        hash = chain(hash, (uint64_t)side->count << 16 | side->bits << 8 | side->shift);
        for (size_t i = 0; i < side->count; i++)
            hash = chain(hash, (uint64_t)side->edge[i]);
    }
    hash = chain(hash, table->tail->count);
    for (size_t i = 0; i < table->tail->count; i++) {
        const struct part *part = &table->tail->parts[i];
        hash = chain(chain(hash, table->tail->begin[i]), (uint64_t)part->value);
        if (part->table != NULL)
            hash = irqp_table_hash(part->table, hash);
    }
    return hash;
}
