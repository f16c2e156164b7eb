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

static struct irqp_distribution *read_mixture(struct scenario_context *context, const struct irqp_tree *tree,
                                              const char *what)
{
    const struct irqp_tree *parts = irqp_tree_child(tree, "parts");
    if (!parts || parts->node != IRQP_SEQUENCE || parts->count == 0) {
        irqp_diagnose(context->diagnostics, IRQP_ERROR, parts ? &parts->place : &tree->place,
                      "%s: a mixture needs 'parts', a list of distributions with weights", what);
        irqp_suggest(context->diagnostics, "parts: [{weight: 0.9, dist: ...}, {weight: 0.1, dist: ...}]");
        return NULL;
    }
    struct irqp_distribution *mixture = irqp_distribution_new(IRQP_MIXTURE, 0, 0, 0);
    struct irqp_distribution **owned = calloc(parts->count, sizeof *owned);
    double *weights = calloc(parts->count, sizeof *weights);
    if (!mixture || !owned || !weights) {
        context->arena->failed = true;
        free(owned);
        free(weights);
        irqp_distribution_free(mixture);
        return NULL;
    }
    mixture->parts = owned;
    mixture->weights = weights;
    bool good = true;
    for (size_t i = 0; i < parts->count; i++) {
        const struct irqp_tree *part = parts->children[i], *weight = irqp_tree_child(part, "weight");
        struct irqp_distribution *read = read_cost(context, part, what, true);
        if (read)
            mixture->parts[mixture->count++] = read;
        if (!weight) {
            irqp_diagnose(context->diagnostics, IRQP_ERROR, &part->place,
                          "%s: a part of a mixture needs a 'weight'", what);
            irqp_suggest(context->diagnostics, "write '{weight: 0.9, dist: ...}'");
        }
        good &= read && weight &&
                scenario_quantity(context, weight, SCENARIO_NUMBER, "'weight'", &mixture->weights[i]);
    }
    if (good)
        return mixture;
    irqp_distribution_free(mixture);
    return NULL;
}

static struct irqp_distribution *read_empirical(struct scenario_context *context,
                                                const struct irqp_tree *tree, const char *what)
{
    const struct irqp_tree *list = irqp_tree_child(tree, "values");
    if (!list || list->node != IRQP_SEQUENCE || list->count == 0) {
        if (!list && irqp_tree_child(tree, "file"))
            return NULL; /* the file could not be read, which was said when the scenario was loaded */
        irqp_diagnose(context->diagnostics, IRQP_ERROR, list ? &list->place : &tree->place,
                      "%s: an empirical distribution needs 'values' or a 'file'", what);
        irqp_suggest(context->diagnostics,
                     "values: [[3 us, 10], [4 us, 2]], or file: data.txt with unit: us");
        return NULL;
    }
    struct irqp_distribution *empirical = irqp_distribution_new(IRQP_EMPIRICAL, 0, 0, 0);
    double *values = calloc(list->count, sizeof *values), *weights = calloc(list->count, sizeof *weights);
    if (!empirical || !values || !weights) {
        context->arena->failed = true;
        free(values);
        free(weights);
        irqp_distribution_free(empirical);
        return NULL;
    }
    empirical->values = values;
    empirical->weights = weights;
    empirical->count = list->count;
    bool good = true;
    for (size_t i = 0; i < list->count; i++) {
        const struct irqp_tree *point = list->children[i];
        if (point->node != IRQP_SEQUENCE || point->count != 2) {
            irqp_diagnose(context->diagnostics, IRQP_ERROR, &point->place,
                          "%s: a point of an empirical distribution is a pair of a value and a count", what);
            irqp_suggest(context->diagnostics, "such as '[3 us, 10]'");
            good = false;
            continue;
        }
        good &= scenario_quantity(context, point->children[0], SCENARIO_DURATION, what, &values[i]);
        good &= scenario_quantity(context, point->children[1], SCENARIO_NUMBER, "the count", &weights[i]);
    }
    if (good)
        return empirical;
    irqp_distribution_free(empirical);
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
    keys =
        keys ? scenario_format(context->arena, "%s|dist|shift|min|max|source%s", keys, part ? "|weight" : "")
             : NULL;
    const char *what = scenario_format(context->arena, "the distribution '%s'", form->name);
    return keys && what && irqp_tree_keys(tree, what, keys, context->diagnostics);
}

static struct irqp_distribution *read_form(struct scenario_context *context, const struct irqp_tree *tree,
                                           const struct form *form, const char *what)
{
    if (form->kind == IRQP_MIXTURE)
        return read_mixture(context, tree, what);
    if (form->kind == IRQP_EMPIRICAL)
        return read_empirical(context, tree, what);
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
    if (!good)
        return NULL;
    struct irqp_distribution *distribution =
        irqp_distribution_new(form->kind, values[0], values[1], values[2]);
    context->arena->failed |= !distribution;
    return distribution;
}

/* ---- what may be done to any of them ---- */

static struct irqp_distribution *wrap(struct scenario_context *context, enum irqp_distribution_kind kind,
                                      double a, double b, struct irqp_distribution *part)
{
    struct irqp_distribution *wrapped = part ? irqp_distribution_new(kind, a, b, 0) : NULL;
    struct irqp_distribution **parts = wrapped ? calloc(1, sizeof *parts) : NULL;
    if (!parts) {
        context->arena->failed |= part != NULL;
        irqp_distribution_free(wrapped);
        irqp_distribution_free(part);
        return NULL;
    }
    parts[0] = part;
    wrapped->parts = parts;
    wrapped->count = 1;
    return wrapped;
}

/* Moves first, then cuts: the bounds are those of what comes out. */
static struct irqp_distribution *modify(struct scenario_context *context, const struct irqp_tree *tree,
                                        struct irqp_distribution *distribution)
{
    const struct irqp_tree *shift = irqp_tree_child(tree, "shift");
    const struct irqp_tree *min = irqp_tree_child(tree, "min"), *max = irqp_tree_child(tree, "max");
    double by = 0, low = 0, high = INFINITY;
    bool good = !shift || scenario_quantity(context, shift, SCENARIO_DURATION, "'shift'", &by);
    good &= !min || scenario_quantity(context, min, SCENARIO_DURATION, "'min'", &low);
    good &= !max || scenario_quantity(context, max, SCENARIO_DURATION, "'max'", &high);
    if (!good) {
        irqp_distribution_free(distribution);
        return NULL;
    }
    if (shift)
        distribution = wrap(context, IRQP_SHIFT, by, 0, distribution);
    if (min || max)
        distribution = wrap(context, IRQP_TRUNCATE, low, high, distribution);
    return distribution;
}

/* The value that a problem ("cv must be positive") speaks of, else the whole. */
static const struct irqp_place *place_of_problem(const struct irqp_tree *tree, const char *problem)
{
    for (size_t i = 0; i < tree->count; i++)
        if (strncmp(problem, tree->children[i]->key, strlen(tree->children[i]->key)) == 0)
            return &tree->children[i]->place;
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
        if (scenario_quantity(context, tree, SCENARIO_DURATION, what, &value)) {
            distribution = irqp_distribution_new(IRQP_CONSTANT, value, 0, 0);
            context->arena->failed |= !distribution;
        }
        return checked(context, tree, what, distribution);
    }
    const char *source;
    bool good = scenario_check_source(context, tree, &source);
    const struct form *form = form_of(context, tree, what);
    if (!form)
        return NULL;
    good &= check_keys(context, tree, form, part);
    distribution = read_form(context, tree, form, what);
    if (distribution)
        distribution = modify(context, tree, distribution);
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
