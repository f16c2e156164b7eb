/* Laying one tree over another: files over what they extend, overrides over files.
 *
 * Mappings merge key by key; lists and scalars replace. A value that is written as a mapping (a distribution,
 * a value with its source) is one value and replaces too: half of one and half of another would mean neither.
 */
#include "sim/scenario/internal.h"
#include <string.h>

/* Whether a mapping inside a TREE is one value. */
static bool is_value(const struct irqp_tree *tree)
{
    return irqp_tree_child(tree, "dist") || irqp_tree_child(tree, "value");
}

/* Where a key of the group stands. Below a TREE, or below a key that nobody knows, `group` is NULL. */
static enum scenario_standing standing_of(struct scenario_context *context, const char *group,
                                          const char *key, const char **path,
                                          const struct irqp_parameter **parameter)
{
    size_t index = 0;
    *parameter = NULL;
    *path = group ? scenario_join(context->arena, group, key) : NULL;
    enum scenario_standing standing =
        *path ? scenario_standing(context->registry, *path, &index) : SCENARIO_UNKNOWN;
    if (standing == SCENARIO_PARAMETER)
        *parameter = &context->registry->parameters[index];
    if (standing != SCENARIO_GROUP)
        *path = NULL;
    return standing;
}

static size_t find(const struct irqp_tree *mapping, const char *key)
{
    size_t i = 0;
    while (i < mapping->count && strcmp(mapping->children[i]->key, key) != 0)
        i++;
    return i;
}

static void put(struct scenario_context *context, struct irqp_tree *into, struct irqp_tree *child)
{
    size_t i = find(into, child->key);
    if (i < into->count)
        into->children[i] = child;
    else
        scenario_tree_append(context->arena, into, child);
}

void scenario_merge(struct scenario_context *context, const char *group, struct irqp_tree *into,
                    struct irqp_tree *from)
{
    for (size_t i = 0; i < from->count; i++) {
        struct irqp_tree *child = from->children[i];
        const struct irqp_parameter *parameter;
        const char *path;
        enum scenario_standing standing = standing_of(context, group, child->key, &path, &parameter);
        if (standing == SCENARIO_GROUP && scenario_is_null(child))
            continue; /* "costs:" with nothing below it says nothing about costs */
        size_t at = find(into, child->key);
        struct irqp_tree *old = at < into->count ? into->children[at] : NULL;
        bool whole = parameter ? !scenario_is_tree(parameter) : standing != SCENARIO_GROUP && group != NULL;
        if (old && old->node == IRQP_MAPPING && child->node == IRQP_MAPPING && !whole &&
            (standing == SCENARIO_GROUP || (!is_value(old) && !is_value(child))))
            scenario_merge(context, path, old, child);
        else
            put(context, into, child);
    }
}

/* ---- --set ---- */

const char scenario_set_name[] = "--set";

/* The mapping below `node` that a path goes through; NULL: it cannot go there, which was diagnosed. */
static struct irqp_tree *step_into(struct scenario_context *context, struct irqp_tree *node, const char *key,
                                   const struct irqp_place *place, const struct irqp_parameter *parameter)
{
    if (parameter && !scenario_is_tree(parameter)) {
        irqp_diagnose(context->diagnostics, IRQP_ERROR, place,
                      "'%s' is one value; nothing can be set inside it", parameter->path);
        irqp_suggest(context->diagnostics, "set it whole: --set '%s=...'", parameter->path);
        return NULL;
    }
    size_t at = find(node, key);
    struct irqp_tree *child = at < node->count ? node->children[at] : NULL;
    if (child && child->node == IRQP_SEQUENCE) {
        irqp_diagnose(context->diagnostics, IRQP_ERROR, place, "'%s' is a list; nothing can be set inside it",
                      key);
        irqp_suggest(context->diagnostics, "set the whole list: '%s=[...]'", key);
        return NULL;
    }
    if (child && child->node == IRQP_MAPPING)
        return child;
    child = scenario_tree_new(context->arena, IRQP_MAPPING, place);
    if (child) {
        child->key = key;
        child->key_place = *place;
        put(context, node, child);
    }
    return child;
}

void scenario_override(struct scenario_context *context, struct irqp_tree *root, const char *given,
                       int number)
{
    const struct scenario_text *text = scenario_text_line(context, scenario_set_name, number, given, 0);
    if (!text)
        return;
    const char *path = text->bytes;
    size_t length = strcspn(path, "=");
    struct irqp_place place = scenario_text_place(text, 0, 0, (int)length);
    if (path[length] != '=') {
        irqp_diagnose(context->diagnostics, IRQP_ERROR, &place, "an override needs a '='");
        irqp_suggest(context->diagnostics, "write NAME=VALUE, as in 'run.samples=1e6'");
        return;
    }
    struct irqp_tree *value = scenario_parse_line(context, scenario_set_name, number, given, length + 1);
    if (value)
        scenario_inline_data(context, value);
    const char *group = "";
    for (size_t at = 0; value && root;) {
        size_t segment = strcspn(path + at, ".=");
        bool last = at + segment >= length;
        place = scenario_text_place(text, 0, (int)at, (int)segment);
        const char *key = scenario_copy(context->arena, path + at, segment);
        if (!key)
            return;
        if (segment == 0 || strcmp(key, "extends") == 0) {
            irqp_diagnose(context->diagnostics, IRQP_ERROR, &place, "%s",
                          segment == 0 ? "a name is missing here" : "'extends' can only stand in a file");
            return;
        }
        if (last) {
            struct irqp_tree *pair = scenario_tree_new(context->arena, IRQP_MAPPING, &place);
            value->key = key;
            value->key_place = place;
            if (pair) {
                scenario_tree_append(context->arena, pair, value);
                scenario_merge(context, group, root, pair);
            }
            return;
        }
        const struct irqp_parameter *parameter = NULL;
        if (group)
            standing_of(context, group, key, &group, &parameter);
        root = step_into(context, root, key, &place, parameter);
        at += segment + 1;
    }
}
