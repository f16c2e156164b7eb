/* What is uncertain in a scenario: ranges beside values, and values that may be another. */
#include "sim/scenario/internal.h"
#include <stdlib.h>
#include <string.h>

bool scenario_range(struct scenario_context *context, const struct irqp_tree *tree,
                    enum scenario_dimension dimension, const char *what, double value, double *low,
                    double *high)
{
    const struct irqp_tree *range = irqp_tree_child(tree, "range");
    const char *of = scenario_format(context->arena, "the range of %s", what);
    if (!range || !of)
        return false;
    if (range->node != IRQP_SEQUENCE || range->count != 2) {
        irqp_diagnose(context->diagnostics, IRQP_ERROR, &range->place, "%s must be two values, not %s", of,
                      scenario_tree_describe(context->arena, range));
        irqp_suggest(context->diagnostics, "as in 'range: [0.3 us, 0.8 us]'");
        return false;
    }
    bool good = scenario_quantity(context, range->children[0], dimension, of, low);
    good &= scenario_quantity(context, range->children[1], dimension, of, high);
    if (good && *low < 0) {
        irqp_diagnose(context->diagnostics, IRQP_ERROR, &range->place, "%s must not go below zero", of);
        return false;
    }
    double hair = 1e-9 * value;
    if (good && (value < *low - hair || value > *high + hair)) {
        irqp_diagnose(context->diagnostics, IRQP_ERROR, &range->place, "%s does not hold the %s itself", of,
                      irqp_tree_child(tree, "dist") ? "mean" : "value");
        return false;
    }
    return good;
}

double irqp_scenario_number(const struct irqp_scenario *scenario, size_t index)
{
    const struct irqp_value *value = &scenario->values[index];
    switch (scenario->registry->parameters[index].kind) {
    case IRQP_COST:
        return value->cost ? irqp_distribution_mean(value->cost) : 0;
    case IRQP_DURATION:
        return (double)value->duration;
    case IRQP_FREQUENCY:
    case IRQP_REAL:
        return value->real;
    default:
        return 0;
    }
}

/* ---- finding them ---- */

struct finder {
    struct irqp_scenario *scenario;
    struct irqp_quantity *items;
    size_t count, room;
    bool failed;
};

static const struct irqp_quantity *quantity_named(const struct finder *finder, const char *path)
{
    for (size_t i = 0; i < finder->count; i++)
        if (!finder->items[i].tree && strcmp(finder->items[i].path, path) == 0)
            return &finder->items[i];
    return NULL;
}

static void add(struct finder *finder, const struct irqp_quantity *quantity)
{
    if (finder->count == finder->room) {
        size_t room = finder->room ? 2 * finder->room : 64;
        struct irqp_quantity *items = realloc(finder->items, room * sizeof *items);
        if (!items) {
            finder->failed = true;
            return;
        }
        finder->items = items;
        finder->room = room;
    }
    finder->items[finder->count++] = *quantity;
}

static bool is_estimate(const char *source)
{
    return source && strncmp(source, "estimate:", strlen("estimate:")) == 0;
}

/* Adds a value above zero with its range, or an estimated cost with the default one. */
static void consider(struct finder *finder, struct irqp_quantity quantity, double value, double low,
                     double high, bool cost)
{
    const char *follows = quantity.tree ? NULL : finder->scenario->values[quantity.parameter].follows;
    if (follows || !(value > 0) || !(quantity.stated || (cost && is_estimate(quantity.source))))
        return;
    quantity.low = quantity.stated ? low / value : 1 / IRQP_DEFAULT_RANGE;
    quantity.high = quantity.stated ? high / value : IRQP_DEFAULT_RANGE;
    add(finder, &quantity);
}

static void consider_parameter(struct finder *finder, size_t index)
{
    const struct irqp_parameter *parameter = &finder->scenario->registry->parameters[index];
    const struct irqp_value *value = &finder->scenario->values[index];
    consider(
        finder,
        (struct irqp_quantity){
            .path = parameter->path, .source = value->source, .stated = value->ranged, .parameter = index},
        irqp_scenario_number(finder->scenario, index), value->low, value->high, parameter->kind == IRQP_COST);
}

/* A cost inside a TREE: a mapping with `value` or `dist`. It was sound when the model read it. */
static void consider_tree(struct finder *finder, struct scenario_context *context, struct irqp_tree *tree,
                          const char *path, size_t parameter)
{
    struct irqp_quantity quantity = {.path = path, .parameter = parameter, .tree = tree};
    struct irqp_distribution *cost = scenario_cost(context, tree, path);
    double low = 0, high = 0, mean = cost ? irqp_distribution_mean(cost) : 0;
    scenario_check_source(context, tree, &quantity.source);
    if (cost && irqp_tree_child(tree, "range"))
        quantity.stated = scenario_range(context, tree, SCENARIO_DURATION, path, mean, &low, &high);
    irqp_distribution_free(cost);
    consider(finder, quantity, mean, low, high, true);
}

static void walk(struct finder *finder, struct scenario_context *context, struct irqp_tree *tree,
                 const char *path, size_t parameter)
{
    if (tree->node == IRQP_MAPPING && (irqp_tree_child(tree, "value") || irqp_tree_child(tree, "dist"))) {
        consider_tree(finder, context, tree, path, parameter);
        return;
    }
    for (size_t i = 0; i < tree->count; i++) {
        struct irqp_tree *child = tree->children[i];
        const char *below = tree->node == IRQP_MAPPING
                                ? scenario_format(&finder->scenario->arena, "%s.%s", path, child->key)
                                : scenario_format(&finder->scenario->arena, "%s.%zu", path, i + 1);
        if (below && child->node != IRQP_SCALAR)
            walk(finder, context, child, below, parameter);
    }
}

enum irqp_status irqp_scenario_quantities(struct irqp_scenario *scenario, struct irqp_quantity **quantities,
                                          size_t *count)
{
    struct finder finder = {.scenario = scenario};
    struct irqp_diagnostics quiet; /* everything was sound when it was loaded */
    irqp_diagnostics_init(&quiet);
    struct scenario_context context = {.scenario = scenario,
                                       .arena = &scenario->arena,
                                       .registry = scenario->registry,
                                       .diagnostics = &quiet};
    for (size_t i = 0; i < scenario->registry->count; i++) {
        const struct irqp_parameter *parameter = &scenario->registry->parameters[i];
        if (parameter->kind == IRQP_TREE && scenario->trees[i])
            walk(&finder, &context, scenario->trees[i], parameter->path, i);
        else if (!scenario_is_tree(parameter))
            consider_parameter(&finder, i);
    }
    irqp_diagnostics_fini(&quiet);
    for (size_t i = 0; i < scenario->registry->count; i++) {
        const char *follows = scenario->values[i].follows;
        const struct irqp_quantity *leader = follows ? quantity_named(&finder, follows) : NULL;
        if (leader && leader->parameter != i) {
            struct irqp_quantity quantity = *leader;
            quantity.parameter = i;
            quantity.source = scenario->values[i].source;
            add(&finder, &quantity);
        }
    }
    *quantities = finder.items;
    *count = finder.count;
    return finder.failed || scenario->arena.failed ? IRQP_NO_MEMORY : IRQP_OK;
}

/* ---- varying them ---- */

/* Takes the factor out of a cost inside a TREE; 1 if it has none. */
static double take_factor(struct irqp_tree *tree)
{
    for (size_t i = 0; i < tree->count; i++)
        if (strcmp(tree->children[i]->key, "factor") == 0) {
            double factor = strtod(tree->children[i]->scalar, NULL);
            memmove(&tree->children[i], &tree->children[i + 1], (--tree->count - i) * sizeof *tree->children);
            return factor;
        }
    return 1;
}

enum irqp_status irqp_scenario_vary(struct irqp_scenario *scenario, const struct irqp_quantity *quantity,
                                    double factor)
{
    struct irqp_value *value = &scenario->values[quantity->parameter];
    if (quantity->tree) {
        struct irqp_tree *scale = scenario_tree_new(&scenario->arena, IRQP_SCALAR, &quantity->tree->place);
        if (scale) {
            scale->key = "factor";
            scale->key_place = quantity->tree->place;
            scale->scalar = scenario_format(&scenario->arena, "%.17g", factor * take_factor(quantity->tree));
            scenario_tree_append(&scenario->arena, quantity->tree, scale);
        }
        return scenario->arena.failed ? IRQP_NO_MEMORY : IRQP_OK;
    }
    switch (scenario->registry->parameters[quantity->parameter].kind) {
    case IRQP_COST:
        irqp_distribution_scale(value->cost, factor);
        break;
    case IRQP_DURATION:
        value->duration = scenario_time((double)value->duration * factor);
        break;
    default:
        value->real *= factor;
    }
    return IRQP_OK;
}
