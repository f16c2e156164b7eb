/* Costs: durations, and distributions of durations, from trees. */
#include "sim/scenario/internal.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The forms of a distribution: its keys, in the order of a, b, c of struct irqp_distribution. */
static const struct form {
    const char *name;
    enum irqp_distribution_kind kind;
    struct {
        const char *key;
        enum scenario_dimension dimension;
    } keys[3];
} forms[] = {
    {"constant", IRQP_CONSTANT, {{"value", SCENARIO_DURATION}}},
    {"uniform", IRQP_UNIFORM, {{"low", SCENARIO_DURATION}, {"high", SCENARIO_DURATION}}},
    {"triangular",
     IRQP_TRIANGULAR,
     {{"low", SCENARIO_DURATION}, {"high", SCENARIO_DURATION}, {"mode", SCENARIO_DURATION}}},
    {"normal", IRQP_NORMAL, {{"mean", SCENARIO_DURATION}, {"sd", SCENARIO_DURATION}}},
    {"lognormal", IRQP_LOGNORMAL, {{"mean", SCENARIO_DURATION}, {"cv", SCENARIO_NUMBER}}},
    {"exponential", IRQP_EXPONENTIAL, {{"mean", SCENARIO_DURATION}}},
    {"gamma", IRQP_GAMMA, {{"mean", SCENARIO_DURATION}, {"cv", SCENARIO_NUMBER}}},
    {"weibull", IRQP_WEIBULL, {{"scale", SCENARIO_DURATION}, {"shape", SCENARIO_NUMBER}}},
    {"pareto", IRQP_PARETO, {{"minimum", SCENARIO_DURATION}, {"exponent", SCENARIO_NUMBER}}},
    {"mixture", IRQP_MIXTURE, {{NULL, SCENARIO_NUMBER}}},
    {"empirical", IRQP_EMPIRICAL, {{NULL, SCENARIO_NUMBER}}},
};
enum { FORMS = sizeof forms / sizeof *forms };

bool scenario_check_source(struct scenario_context *context, const struct irqp_tree *tree,
                           const char **source)
{
    static const char *const kinds[] = {"paper:", "measured:", "literature:", "estimate:", "fitted to"};
    const struct irqp_tree *child = irqp_tree_child(tree, "source");
    if (!child)
        return true;
    for (size_t i = 0; child->node == IRQP_SCALAR && i < sizeof kinds / sizeof *kinds; i++)
        if (strncmp(child->scalar, kinds[i], strlen(kinds[i])) == 0) {
            *source = child->scalar;
            return true;
        }
    irqp_diagnose(context->diagnostics, IRQP_ERROR, &child->place,
                  "a source begins with 'paper:', 'measured:', 'literature:', 'estimate:' or 'fitted to'");
    irqp_suggest(context->diagnostics, "as in \"paper: section 4.3\"");
    return false;
}

/* ---- parts and points ---- */

static struct irqp_distribution *read_cost(struct scenario_context *context, const struct irqp_tree *tree,
                                           const char *what, bool part);

/* A list that must be there; NULL: it was diagnosed. */
static const struct irqp_tree *list_of(struct scenario_context *context, const struct irqp_tree *tree,
                                       const char *key, const char *what, const char *needed,
                                       const char *example)
{
    const struct irqp_tree *list = irqp_tree_child(tree, key);
    if (list && list->node == IRQP_SEQUENCE && list->count > 0)
        return list;
    irqp_diagnose(context->diagnostics, IRQP_ERROR, list ? &list->place : &tree->place, "%s: %s", what,
                  needed);
    irqp_suggest(context->diagnostics, "as in '%s'", example);
    return NULL;
}

static struct irqp_distribution *new_distribution(struct scenario_context *context,
                                                  enum irqp_distribution_kind kind, double a, double b,
                                                  double c)
{
    struct irqp_distribution *distribution = irqp_distribution_new(kind, a, b, c);
    context->arena->failed |= !distribution;
    return distribution;
}

/* Adds the part to the whole, or frees it. */
static bool add_part(struct scenario_context *context, struct irqp_distribution *whole,
                     struct irqp_distribution *part, double weight)
{
    if (whole && part && irqp_distribution_add_part(whole, part, weight) == IRQP_OK)
        return true;
    context->arena->failed |= part != NULL;
    irqp_distribution_free(part);
    return false;
}

static bool read_part(struct scenario_context *context, const struct irqp_tree *tree, const char *what,
                      struct irqp_distribution *mixture)
{
    const struct irqp_tree *weight = irqp_tree_child(tree, "weight");
    double value = 0;
    bool good = weight && scenario_quantity(context, weight, SCENARIO_NUMBER, "'weight'", &value);
    if (!weight) {
        irqp_diagnose(context->diagnostics, IRQP_ERROR, &tree->place,
                      "%s: a part of a mixture needs a 'weight'", what);
        irqp_suggest(context->diagnostics, "as in '{weight: 0.9, dist: ...}'");
    }
    struct irqp_distribution *part = read_cost(context, tree, what, true);
    return part && add_part(context, mixture, part, value) && good;
}

static bool read_point(struct scenario_context *context, const struct irqp_tree *tree, const char *what,
                       struct irqp_distribution *empirical)
{
    double value, weight;
    if (tree->node != IRQP_SEQUENCE || tree->count != 2) {
        irqp_diagnose(context->diagnostics, IRQP_ERROR, &tree->place,
                      "%s: a point of an empirical distribution is a value and a count", what);
        irqp_suggest(context->diagnostics, "as in '[3 us, 10]'");
        return false;
    }
    bool good = scenario_quantity(context, tree->children[0], SCENARIO_DURATION, what, &value);
    good &= scenario_quantity(context, tree->children[1], SCENARIO_NUMBER, "the count", &weight);
    if (!good)
        return false;
    empirical->values[empirical->count] = value;
    empirical->weights[empirical->count++] = weight;
    return true;
}

/* Room for all points at once: there may be very many. */
static bool reserve_points(struct scenario_context *context, struct irqp_distribution *empirical,
                           size_t count)
{
    empirical->values = calloc(count, sizeof *empirical->values);
    empirical->weights = calloc(count, sizeof *empirical->weights);
    bool reserved = empirical->values && empirical->weights;
    context->arena->failed |= !reserved;
    return reserved;
}

/* A mixture or an empirical distribution: what is made of a list. */
static struct irqp_distribution *read_list(struct scenario_context *context, const struct irqp_tree *tree,
                                           enum irqp_distribution_kind kind, const char *what)
{
    const struct irqp_tree *list =
        kind == IRQP_MIXTURE ? list_of(context, tree, "parts", what,
                                       "a mixture needs 'parts', a list of distributions with weights",
                                       "parts: [{weight: 0.9, dist: ...}, {weight: 0.1, dist: ...}]")
                             : list_of(context, tree, "values", what,
                                       "an empirical distribution needs a list of 'values', or a 'file'",
                                       "values: [[3 us, 10], [4 us, 2]]");
    struct irqp_distribution *whole = list ? new_distribution(context, kind, 0, 0, 0) : NULL;
    bool room = whole && (kind == IRQP_MIXTURE || reserve_points(context, whole, list->count)), good = room;
    for (size_t i = 0; room && i < list->count; i++)
        good &= kind == IRQP_MIXTURE ? read_part(context, list->children[i], what, whole)
                                     : read_point(context, list->children[i], what, whole);
    if (good)
        return whole;
    irqp_distribution_free(whole);
    return NULL;
}

/* ---- forms ---- */

static const struct form *form_of(struct scenario_context *context, const struct irqp_tree *tree,
                                  const char *what)
{
    const struct irqp_tree *dist = irqp_tree_child(tree, "dist");
    const char *names[FORMS];
    for (size_t i = 0; i < FORMS; i++)
        names[i] = forms[i].name;
    for (size_t i = 0; dist && dist->node == IRQP_SCALAR && i < FORMS; i++)
        if (strcmp(dist->scalar, forms[i].name) == 0)
            return &forms[i];
    if (!dist && irqp_tree_child(tree, "value"))
        return &forms[0];
    const char *list = scenario_list(context->arena, names, FORMS, "or");
    if (!dist) {
        irqp_diagnose(context->diagnostics, IRQP_ERROR, &tree->place, "%s: a mapping needs 'value' or 'dist'",
                      what);
        irqp_suggest(context->diagnostics, "'dist' is %s", list);
        return NULL;
    }
    irqp_diagnose(context->diagnostics, IRQP_ERROR, &dist->place, "%s: there is no distribution %s", what,
                  scenario_tree_describe(context->arena, dist));
    const char *nearest = dist->node == IRQP_SCALAR ? irqp_nearest(dist->scalar, names, FORMS) : NULL;
    if (nearest)
        irqp_suggest(context->diagnostics, "did you mean '%s'?", nearest);
    else
        irqp_suggest(context->diagnostics, "it is %s", list);
    return NULL;
}

/* That the mapping has no keys but those of its form and those that every distribution may have. */
static bool check_keys(struct scenario_context *context, const struct irqp_tree *tree,
                       const struct form *form, bool part)
{
    const char *own = form->kind == IRQP_MIXTURE     ? "parts"
                      : form->kind == IRQP_EMPIRICAL ? "values|file|unit"
                                                     : NULL;
    const char *keys = form->keys[0].key ? form->keys[0].key : own;
    for (size_t i = 1; i < 3 && form->keys[i].key && keys; i++)
        keys = scenario_format(context->arena, "%s|%s", keys, form->keys[i].key);
    keys = keys ? scenario_format(context->arena, "%s|dist|shift|min|max|factor|source|range|follows%s", keys,
                                  part ? "|weight" : "")
                : NULL;
    const char *what = scenario_format(context->arena, "the distribution '%s'", form->name);
    return keys && what && irqp_tree_keys(tree, what, keys, context->diagnostics);
}

static struct irqp_distribution *read_form(struct scenario_context *context, const struct irqp_tree *tree,
                                           const struct form *form, const char *what)
{
    if (form->kind == IRQP_EMPIRICAL && irqp_tree_child(tree, "file"))
        return NULL; /* still there: it could not be read, which was diagnosed then */
    if (form->kind == IRQP_MIXTURE || form->kind == IRQP_EMPIRICAL)
        return read_list(context, tree, form->kind, what);
    double values[3] = {0};
    bool good = true;
    for (size_t i = 0; i < 3 && form->keys[i].key; i++) {
        const char *key = form->keys[i].key;
        const struct irqp_tree *child = irqp_tree_child(tree, key);
        const char *name =
            form->kind == IRQP_CONSTANT ? what : scenario_format(context->arena, "'%s' of %s", key, what);
        if (!child) {
            irqp_diagnose(context->diagnostics, IRQP_ERROR, &tree->place,
                          "%s: the distribution '%s' needs '%s'", what, form->name, key);
            good = false;
        } else {
            good &= name && scenario_quantity(context, child, form->keys[i].dimension, name, &values[i]);
        }
    }
    return good ? new_distribution(context, form->kind, values[0], values[1], values[2]) : NULL;
}

/* ---- what may be done to any of them ---- */

static struct irqp_distribution *wrap(struct scenario_context *context, enum irqp_distribution_kind kind,
                                      double a, double b, struct irqp_distribution *part)
{
    struct irqp_distribution *whole = part ? new_distribution(context, kind, a, b, 0) : NULL;
    if (add_part(context, whole, part, 1))
        return whole;
    irqp_distribution_free(whole);
    return NULL;
}

/* Moves first, then cuts: the bounds are those of what comes out; what is scaled is scaled with them. */
static struct irqp_distribution *modify(struct scenario_context *context, const struct irqp_tree *tree,
                                        struct irqp_distribution *distribution)
{
    const struct irqp_tree *shift = irqp_tree_child(tree, "shift");
    const struct irqp_tree *min = irqp_tree_child(tree, "min"), *max = irqp_tree_child(tree, "max");
    const struct irqp_tree *by_factor = irqp_tree_child(tree, "factor");
    double by = 0, low = 0, high = INFINITY, factor = 1;
    bool good = !shift || scenario_quantity(context, shift, SCENARIO_DURATION, "'shift'", &by);
    good &= !min || scenario_quantity(context, min, SCENARIO_DURATION, "'min'", &low);
    good &= !max || scenario_quantity(context, max, SCENARIO_DURATION, "'max'", &high);
    good &= !by_factor || scenario_quantity(context, by_factor, SCENARIO_NUMBER, "'factor'", &factor);
    if (good && !(factor > 0)) {
        irqp_diagnose(context->diagnostics, IRQP_ERROR, &by_factor->place, "'factor' must be above zero");
        good = false;
    }
    if (good && low >= high) {
        irqp_diagnose(context->diagnostics, IRQP_ERROR, &max->place, "'max' must be above %s",
                      min ? "'min'" : "zero");
        good = false;
    }
    if (good && shift)
        distribution = wrap(context, IRQP_SHIFT, by, 0, distribution);
    if (good && (min || max))
        distribution = wrap(context, IRQP_TRUNCATE, low, high, distribution);
    if (good && by_factor && distribution)
        irqp_distribution_scale(distribution, factor);
    if (good)
        return distribution;
    irqp_distribution_free(distribution);
    return NULL;
}

/* The value that a problem ("cv must be positive") speaks of, else the whole. */
static const struct irqp_place *place_of_problem(const struct irqp_tree *tree, const char *problem)
{
    for (size_t i = 0; i < tree->count && tree->node == IRQP_MAPPING; i++) {
        size_t length = strlen(tree->children[i]->key);
        if (strncmp(problem, tree->children[i]->key, length) == 0 && problem[length] == ' ')
            return &tree->children[i]->place;
    }
    return &tree->place;
}

static struct irqp_distribution *checked(struct scenario_context *context, const struct irqp_tree *tree,
                                         const char *what, struct irqp_distribution *distribution)
{
    const char *problem = distribution ? irqp_distribution_problem(distribution) : NULL;
    if (!problem)
        return distribution;
    irqp_diagnose(context->diagnostics, IRQP_ERROR, place_of_problem(tree, problem), "%s: %s", what, problem);
    irqp_distribution_free(distribution);
    return NULL;
}

/* part: of a mixture, where it has a weight. */
static struct irqp_distribution *read_cost(struct scenario_context *context, const struct irqp_tree *tree,
                                           const char *what, bool part)
{
    struct irqp_distribution *distribution = NULL;
    if (tree->node != IRQP_MAPPING) {
        double value;
        if (scenario_quantity(context, tree, SCENARIO_DURATION, what, &value))
            distribution = new_distribution(context, IRQP_CONSTANT, value, 0, 0);
        return checked(context, tree, what, distribution);
    }
    const char *source;
    bool good = scenario_check_source(context, tree, &source);
    const struct form *form = form_of(context, tree, what);
    if (!form)
        return NULL;
    good &= check_keys(context, tree, form, part);
    distribution = modify(context, tree, read_form(context, tree, form, what));
    distribution = checked(context, tree, what, distribution);
    if (good)
        return distribution;
    irqp_distribution_free(distribution);
    return NULL;
}

struct irqp_distribution *scenario_cost(struct scenario_context *context, const struct irqp_tree *tree,
                                        const char *what)
{
    return read_cost(context, tree, what, false);
}
