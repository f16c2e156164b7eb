/* Trees: building them, and reading them for the model's own compilers. */
#include "sim/scenario/internal.h"
#include <string.h>

/* ---- building ---- */

struct irqp_tree *scenario_tree_new(struct scenario_arena *arena, enum irqp_node node,
                                    const struct irqp_place *place)
{
    struct irqp_tree *tree = scenario_alloc(arena, sizeof *tree);
    if (tree) {
        tree->node = node;
        if (place)
            tree->place = *place;
    }
    return tree;
}

void scenario_tree_append(struct scenario_arena *arena, struct irqp_tree *tree, struct irqp_tree *child)
{
    if (!child)
        return;
    /* The room is the power of two that holds the count: full when the count is one itself. */
    if ((tree->count & (tree->count - 1)) == 0) {
        struct irqp_tree **children =
            scenario_alloc(arena, (tree->count ? 2 * tree->count : 1) * sizeof *children);
        if (!children)
            return;
        if (tree->count > 0)
            memcpy(children, tree->children, tree->count * sizeof *children);
        tree->children = children;
    }
    tree->children[tree->count++] = child;
}

/* ---- words for messages ---- */

const char *scenario_tree_describe(struct scenario_arena *arena, const struct irqp_tree *tree)
{
    if (tree->node != IRQP_SCALAR)
        return tree->node == IRQP_SEQUENCE ? "a list" : "a mapping";
    if (scenario_is_null(tree))
        return "an empty value";
    const char *text = scenario_format(arena, "'%.60s'", tree->scalar);
    return text ? text : "this";
}

size_t scenario_words(struct scenario_arena *arena, const char *list, const char *words[SCENARIO_WORDS_MAX])
{
    size_t count = 0;
    while (list && count < SCENARIO_WORDS_MAX) {
        size_t length = strcspn(list, "|");
        const char *word = scenario_copy(arena, list, length);
        if (!word)
            break;
        words[count++] = word;
        list = list[length] == '|' ? list + length + 1 : NULL;
    }
    return count;
}

const char *scenario_list(struct scenario_arena *arena, const char *const *words, size_t count,
                          const char *last)
{
    const char *list = count > 0 ? words[0] : "";
    for (size_t i = 1; i < count && list; i++)
        list = scenario_format(arena, i + 1 < count ? "%s, %s%s" : "%s %s %s", list,
                               i + 1 < count ? "" : last, words[i]);
    return list ? list : "";
}

/* ---- reading ---- */

const struct irqp_tree *irqp_tree_child(const struct irqp_tree *mapping, const char *key)
{
    for (size_t i = 0; mapping && mapping->node == IRQP_MAPPING && i < mapping->count; i++)
        if (strcmp(mapping->children[i]->key, key) == 0)
            return mapping->children[i];
    return NULL;
}

/* The readers below may come long after the load, on many threads: what they need for a moment is their own.
 */
struct reading {
    struct scenario_arena arena;
    struct scenario_context context;
};

static struct scenario_context *begin(struct reading *reading, const struct irqp_scenario *scenario,
                                      struct irqp_diagnostics *diagnostics)
{
    *reading = (struct reading){.context = {.arena = &reading->arena, .diagnostics = diagnostics}};
    reading->context.scenario = (struct irqp_scenario *)scenario;
    return &reading->context;
}

static bool end(struct reading *reading, bool good)
{
    if (reading->arena.failed)
        reading->context.diagnostics->incomplete = true;
    scenario_arena_free(&reading->arena);
    return good;
}

bool irqp_tree_cost(const struct irqp_tree *tree, const struct irqp_scenario *scenario, const char *what,
                    struct irqp_distribution **cost, struct irqp_diagnostics *diagnostics)
{
    struct reading reading;
    struct irqp_distribution *read = scenario_cost(begin(&reading, scenario, diagnostics), tree, what);
    if (read)
        *cost = read;
    return end(&reading, read != NULL);
}

bool irqp_tree_duration(const struct irqp_tree *tree, const struct irqp_scenario *scenario, const char *what,
                        irqp_time *duration, struct irqp_diagnostics *diagnostics)
{
    struct reading reading;
    struct scenario_context *context = begin(&reading, scenario, diagnostics);
    double value = 0;
    bool good = scenario_quantity(context, tree, SCENARIO_DURATION, what, &value);
    if (good)
        *duration = scenario_time(value);
    return end(&reading, good);
}

bool irqp_tree_count(const struct irqp_tree *tree, const char *what, int64_t minimum, int64_t maximum,
                     int64_t *count, struct irqp_diagnostics *diagnostics)
{
    struct reading reading;
    struct scenario_context *context = begin(&reading, NULL, diagnostics);
    int64_t value = 0;
    bool good = scenario_whole(context, tree, what, &value) &&
                scenario_in_range(context, &tree->place, SCENARIO_NUMBER, what, (double)value,
                                  (double)minimum, (double)maximum);
    if (good)
        *count = value;
    return end(&reading, good);
}

bool irqp_tree_real(const struct irqp_tree *tree, const char *what, double *real,
                    struct irqp_diagnostics *diagnostics)
{
    struct reading reading;
    double value = 0;
    bool good = scenario_quantity(begin(&reading, NULL, diagnostics), tree, SCENARIO_NUMBER, what, &value);
    if (good)
        *real = value;
    return end(&reading, good);
}

char *irqp_tree_file(const struct irqp_tree *tree, const char *search, const char *what,
                     struct irqp_diagnostics *diagnostics)
{
    struct reading reading;
    struct scenario_context *context = begin(&reading, NULL, diagnostics);
    context->search = search;
    const char *path = NULL;
    if (tree->node == IRQP_SCALAR && !scenario_is_null(tree) && tree->scalar[0] != '\0')
        path = scenario_locate(context, tree);
    else
        irqp_diagnose(diagnostics, IRQP_ERROR, &tree->place, "%s must be the name of a file, not %s", what,
                      scenario_tree_describe(context->arena, tree));
    char *copy = path ? strdup(path) : NULL;
    context->arena->failed |= path && !copy;
    end(&reading, copy != NULL);
    return copy;
}

bool irqp_tree_size(const struct irqp_tree *tree, const char *what, int64_t minimum, int64_t maximum,
                    int64_t *bytes, struct irqp_diagnostics *diagnostics)
{
    struct reading reading;
    struct scenario_context *context = begin(&reading, NULL, diagnostics);
    double value = 0;
    bool good = scenario_quantity(context, tree, SCENARIO_SIZE, what, &value) &&
                scenario_in_range(context, &tree->place, SCENARIO_SIZE, what, value, (double)minimum,
                                  (double)maximum);
    if (good)
        *bytes = (int64_t)(value + 0.5);
    return end(&reading, good);
}

bool irqp_tree_name(const struct irqp_tree *tree, const char *what, const char **name,
                    struct irqp_diagnostics *diagnostics)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    struct reading reading;
    struct scenario_context *context = begin(&reading, NULL, diagnostics);
    bool good = tree->node == IRQP_SCALAR && tree->scalar[0] != '\0' && !scenario_is_null(tree) &&
                tree->scalar[strspn(tree->scalar, allowed)] == '\0';
    if (good)
        *name = tree->scalar;
    else
        irqp_diagnose(diagnostics, IRQP_ERROR, &tree->place, "%s must be a name, not %s", what,
                      scenario_tree_describe(context->arena, tree));
    if (!good)
        irqp_suggest(diagnostics, "names are made of letters, digits, '-', '_' and '.'");
    return end(&reading, good);
}

bool irqp_tree_keys(const struct irqp_tree *tree, const char *what, const char *keys,
                    struct irqp_diagnostics *diagnostics)
{
    struct reading reading;
    struct scenario_context *context = begin(&reading, NULL, diagnostics);
    const char *words[SCENARIO_WORDS_MAX];
    size_t count = scenario_words(context->arena, keys, words);
    bool good = tree->node == IRQP_MAPPING;
    if (!good) {
        irqp_diagnose(diagnostics, IRQP_ERROR, &tree->place, "%s must be a mapping, not %s", what,
                      scenario_tree_describe(context->arena, tree));
        irqp_suggest(diagnostics, "with the keys %s", scenario_list(context->arena, words, count, "and"));
    }
    for (size_t i = 0; tree->node == IRQP_MAPPING && i < tree->count; i++) {
        const struct irqp_tree *child = tree->children[i];
        size_t known = 0;
        while (known < count && strcmp(words[known], child->key) != 0)
            known++;
        if (known < count)
            continue;
        good = false;
        irqp_diagnose(diagnostics, IRQP_ERROR, &child->key_place, "unknown key '%s' in %s", child->key, what);
        const char *nearest = irqp_nearest(child->key, words, count);
        if (nearest)
            irqp_suggest(diagnostics, "did you mean '%s'?", nearest);
        else
            irqp_suggest(diagnostics, "it has %s", scenario_list(context->arena, words, count, "and"));
    }
    return end(&reading, good);
}
