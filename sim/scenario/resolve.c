/* From the merged tree to values: every key against the registry, every parameter from its tree or its
 * default. */
#include "sim/scenario/internal.h"
#include <string.h>
#include <strings.h>

/* ---- which key is which parameter ---- */

/* Notes the tree of each parameter below a group; what is no parameter is diagnosed. */
static void assign(struct scenario_context *context, const struct irqp_tree *tree, const char *group)
{
    for (size_t i = 0; i < tree->count; i++) {
        struct irqp_tree *child = tree->children[i];
        const char *path = scenario_join(context->arena, group, child->key);
        size_t index = 0;
        if (!path)
            return;
        bool dotted = strchr(child->key, '.') != NULL; /* the path of a parameter is no key */
        switch (dotted ? SCENARIO_UNKNOWN : scenario_standing(context->registry, path, &index)) {
        case SCENARIO_PARAMETER:
            context->scenario->trees[index] = child;
            break;
        case SCENARIO_GROUP:
            if (child->node == IRQP_MAPPING) {
                assign(context, child, path);
            } else if (!scenario_is_null(child)) {
                irqp_diagnose(context->diagnostics, IRQP_ERROR, &child->place,
                              "'%s' is a group of parameters and cannot be %s", path,
                              scenario_tree_describe(context->arena, child));
                irqp_suggest(context->diagnostics, "write its parameters below it, indented");
            }
            break;
        case SCENARIO_UNKNOWN:
            scenario_unknown_key(context, group, child);
            break;
        }
    }
}

/* The default as a tree, without places: a default stands in no file. */
static struct irqp_tree *fallback(struct scenario_context *context, const struct irqp_parameter *parameter)
{
    const char *name = scenario_format(context->arena, "default of '%s'", parameter->path);
    return name ? scenario_parse_line(context, name, 1, parameter->fallback, 0) : NULL;
}

/* ---- values of one kind each ---- */

static bool read_number(struct scenario_context *context, const struct irqp_parameter *parameter,
                        const struct irqp_tree *tree, const char *what, struct irqp_value *value)
{
    static const enum scenario_dimension dimensions[] = {
        [IRQP_DURATION] = SCENARIO_DURATION, [IRQP_FREQUENCY] = SCENARIO_FREQUENCY,
        [IRQP_COUNT] = SCENARIO_NUMBER,      [IRQP_REAL] = SCENARIO_NUMBER,
        [IRQP_SIZE] = SCENARIO_SIZE,
    };
    enum scenario_dimension dimension = dimensions[parameter->kind];
    double number = 0;
    bool good = parameter->kind == IRQP_COUNT ? scenario_whole(context, tree, what, &value->count)
                                              : scenario_quantity(context, tree, dimension, what, &number);
    if (!good)
        return false;
    if (parameter->kind == IRQP_COUNT)
        number = (double)value->count;
    else if (parameter->kind == IRQP_DURATION)
        value->duration = scenario_time(number);
    else if (parameter->kind == IRQP_SIZE)
        value->count = number < 9.2e18 ? (int64_t)number : INT64_MAX;
    else
        value->real = number;
    if (parameter->kind == IRQP_SIZE && number < 9.2e18 && (double)value->count != number) {
        irqp_diagnose(context->diagnostics, IRQP_ERROR, &tree->place, "%s must be a whole number of bytes",
                      what);
        return false;
    }
    bool unbounded = parameter->minimum == 0 && parameter->maximum == 0;
    return unbounded || scenario_in_range(context, &tree->place, dimension, what, number, parameter->minimum,
                                          parameter->maximum);
}

static bool read_cost(struct scenario_context *context, const struct irqp_parameter *parameter,
                      const struct irqp_tree *tree, const char *what, struct irqp_value *value)
{
    value->cost = scenario_cost(context, tree, what); /* ends with the scenario, good or not */
    if (!value->cost || (parameter->minimum == 0 && parameter->maximum == 0))
        return value->cost != NULL;
    const char *of =
        value->cost->kind == IRQP_CONSTANT ? what : scenario_format(context->arena, "the mean of %s", what);
    return of &&
           scenario_in_range(context, &tree->place, SCENARIO_DURATION, of,
                             irqp_distribution_mean(value->cost), parameter->minimum, parameter->maximum);
}

static bool read_switch(struct scenario_context *context, const struct irqp_tree *tree, const char *what,
                        struct irqp_value *value)
{
    const char *text = tree->node == IRQP_SCALAR ? tree->scalar : "", *meant = scenario_old_boolean(tree);
    value->on = strcasecmp(text, "true") == 0;
    if (value->on || strcasecmp(text, "false") == 0)
        return true;
    irqp_diagnose(context->diagnostics, IRQP_ERROR, &tree->place,
                  meant ? "%s: %s is a truth value in YAML 1.1 and a word in YAML 1.2"
                        : "%s must be true or false, not %s",
                  what, scenario_tree_describe(context->arena, tree));
    if (meant)
        irqp_suggest(context->diagnostics, "write '%s'", meant);
    return false;
}

static bool read_choice(struct scenario_context *context, const struct irqp_parameter *parameter,
                        const struct irqp_tree *tree, const char *what, struct irqp_value *value)
{
    const char *words[SCENARIO_WORDS_MAX];
    size_t count = scenario_words(context->arena, parameter->choices, words), i = 0;
    const char *described = scenario_tree_describe(context->arena, tree);
    while (i < count && (tree->node != IRQP_SCALAR || strcmp(words[i], tree->scalar) != 0))
        i++;
    value->choice = (int)i;
    bool ambiguous = scenario_old_boolean(tree) != NULL;
    if (i < count && !ambiguous)
        return true;
    const char *nearest =
        tree->node == IRQP_SCALAR && i == count ? irqp_nearest(tree->scalar, words, count) : NULL;
    if (ambiguous)
        irqp_diagnose(context->diagnostics, IRQP_ERROR, &tree->place,
                      "%s: %s is a truth value in YAML 1.1 and a word in YAML 1.2", what, described);
    else
        irqp_diagnose(context->diagnostics, IRQP_ERROR, &tree->place, "%s cannot be %s", what, described);
    if (ambiguous && i < count)
        irqp_suggest(context->diagnostics, "write it in quotes: \"%s\"", tree->scalar);
    else if (nearest)
        irqp_suggest(context->diagnostics, "did you mean '%s'?", nearest);
    else
        irqp_suggest(context->diagnostics, "it is %s", scenario_list(context->arena, words, count, "or"));
    return false;
}

static bool read_text(struct scenario_context *context, const struct irqp_tree *tree, const char *what,
                      const char **text)
{
    *text = tree->scalar;
    if (tree->node == IRQP_SCALAR)
        return true;
    irqp_diagnose(context->diagnostics, IRQP_ERROR, &tree->place, "%s must be a text, not %s", what,
                  scenario_tree_describe(context->arena, tree));
    return false;
}

/* ---- one parameter ---- */

/* What {value: ..., source: ...} stands for. Costs read their mappings themselves. */
static const struct irqp_tree *unwrap(struct scenario_context *context, const struct irqp_tree *tree,
                                      const char *what)
{
    const struct irqp_tree *value = irqp_tree_child(tree, "value");
    if (tree->node != IRQP_MAPPING)
        return tree;
    if (!irqp_tree_keys(tree, what, "value|source|range|follows", context->diagnostics))
        return NULL;
    if (!value)
        irqp_diagnose(context->diagnostics, IRQP_ERROR, &tree->place, "%s: there is a %s, but no 'value'",
                      what, irqp_tree_child(tree, "source") ? "source" : "range");
    return value;
}

/* What a `range` beside a value says of it; of a cost, of its mean. */
static void read_range(struct scenario_context *context, const struct irqp_parameter *parameter,
                       const struct irqp_tree *tree, const char *what, struct irqp_value *value)
{
    const struct irqp_tree *range = irqp_tree_child(tree, "range"),
                           *follows = irqp_tree_child(tree, "follows");
    enum scenario_dimension dimension = parameter->kind == IRQP_FREQUENCY ? SCENARIO_FREQUENCY
                                        : parameter->kind == IRQP_REAL    ? SCENARIO_NUMBER
                                                                          : SCENARIO_DURATION;
    size_t index;
    if (follows && follows->node == IRQP_SCALAR &&
        scenario_standing(context->registry, follows->scalar, &index) == SCENARIO_PARAMETER)
        value->follows = follows->scalar;
    else if (follows)
        irqp_diagnose(context->diagnostics, IRQP_ERROR, &follows->place,
                      "%s: 'follows' needs the path of a parameter, not %s", what,
                      scenario_tree_describe(context->arena, follows));
    if (!range)
        return;
    bool numeric = parameter->kind == IRQP_COST || parameter->kind == IRQP_DURATION ||
                   parameter->kind == IRQP_FREQUENCY || parameter->kind == IRQP_REAL;
    if (!numeric) {
        irqp_diagnose(context->diagnostics, IRQP_ERROR, &range->key_place,
                      "%s: only durations, costs, frequencies and plain numbers have a range", what);
        return;
    }
    double now = parameter->kind == IRQP_COST       ? irqp_distribution_mean(value->cost)
                 : parameter->kind == IRQP_DURATION ? (double)value->duration
                                                    : value->real;
    value->ranged = scenario_range(context, tree, dimension, what, now, &value->low, &value->high);
    if (value->ranged)
        value->range = scenario_format(context->arena, "%s to %s", range->children[0]->scalar,
                                       range->children[1]->scalar);
}

static void read_value(struct scenario_context *context, const struct irqp_parameter *parameter,
                       const struct irqp_tree *tree, struct irqp_value *value)
{
    const char *what = scenario_format(context->arena, "'%s'", parameter->path);
    if (!what)
        return;
    value->written = scenario_written(context->arena, tree);
    if (scenario_is_tree(parameter)) {
        value->tree = scenario_is_null(tree) ? NULL : tree;
        return;
    }
    const struct irqp_tree *whole = tree;
    if (parameter->kind != IRQP_COST) {
        if (!(tree = unwrap(context, tree, what)) || !scenario_check_source(context, whole, &value->source))
            return;
    } else if (irqp_tree_child(tree, "source") && irqp_tree_child(tree, "source")->node == IRQP_SCALAR) {
        value->source = irqp_tree_child(tree, "source")->scalar;
    }
    bool good = true;
    switch (parameter->kind) {
    case IRQP_COST:
        good = read_cost(context, parameter, tree, what, value);
        break;
    case IRQP_SWITCH:
        good = read_switch(context, tree, what, value);
        break;
    case IRQP_CHOICE:
        good = read_choice(context, parameter, tree, what, value);
        break;
    case IRQP_TEXT:
        good = read_text(context, tree, what, &value->text);
        break;
    default:
        good = read_number(context, parameter, tree, what, value);
    }
    if (good)
        read_range(context, parameter, whole, what, value);
}

static void resolve_parameter(struct scenario_context *context, size_t index)
{
    const struct irqp_parameter *parameter = &context->registry->parameters[index];
    struct irqp_value *value = &context->scenario->values[index];
    struct irqp_tree *tree = context->scenario->trees[index];
    if (tree) {
        value->place = &tree->place;
        value->origin = strcmp(tree->place.file, scenario_set_name) == 0 ? IRQP_FROM_SET : IRQP_FROM_FILE;
    } else if (parameter->fallback) {
        value->source = parameter->source;
        context->scenario->trees[index] = tree = fallback(context, parameter);
    } else if (!scenario_is_tree(parameter) && !context->partial) {
        irqp_diagnose(context->diagnostics, IRQP_ERROR, &context->whole, "'%s' is not given",
                      parameter->path);
        irqp_suggest(context->diagnostics, "it has no default: %s", parameter->doc ? parameter->doc : "");
    }
    if (tree)
        read_value(context, parameter, tree, value);
}

/* ---- all ---- */

static const char *take_text(struct scenario_context *context, struct irqp_tree *root, const char *key)
{
    const char *text = NULL, *what = scenario_format(context->arena, "'%s'", key);
    for (size_t i = 0; what && i < root->count; i++) {
        const struct irqp_tree *child = root->children[i];
        if (strcmp(child->key, key) != 0)
            continue;
        if (!scenario_is_null(child))
            read_text(context, child, what, &text);
        memmove(&root->children[i], &root->children[i + 1], (--root->count - i) * sizeof *root->children);
    }
    return text;
}

void scenario_resolve(struct scenario_context *context, struct irqp_tree *root)
{
    struct irqp_scenario *scenario = context->scenario;
    size_t clock = 0, before = context->diagnostics->errors;
    context->partial = before > context->errors_before;
    const char *title = take_text(context, root, "title");
    scenario->title = title && title[0] != '\0' ? title : scenario->name;
    scenario->description = take_text(context, root, "description");
    assign(context, root, "");
    /* The clock first: cycles anywhere are counted in it. */
    bool clocked = scenario_standing(context->registry, "machine.clock", &clock) == SCENARIO_PARAMETER &&
                   context->registry->parameters[clock].kind == IRQP_FREQUENCY;
    if (clocked) {
        before = context->diagnostics->errors;
        resolve_parameter(context, clock);
        bool good = before == context->diagnostics->errors && !(context->partial && !scenario->trees[clock]);
        scenario->clock = good ? scenario->values[clock].real : -1;
    }
    for (size_t i = 0; i < context->registry->count; i++)
        if (!clocked || i != clock)
            resolve_parameter(context, i);
}
