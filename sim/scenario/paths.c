/* Dotted paths and the registry: what a key is, and what was probably meant by one that is not. */
#include "sim/scenario/internal.h"
#include <string.h>

enum { LISTED_MAX = 12 };

/* Whether path is below the group; "" holds everything. */
static const char *below(const char *path, const char *group)
{
    size_t length = strlen(group);
    if (length == 0)
        return path;
    return strncmp(path, group, length) == 0 && path[length] == '.' ? path + length + 1 : NULL;
}

enum scenario_standing scenario_standing(const struct irqp_registry *registry, const char *path,
                                         size_t *index)
{
    enum scenario_standing standing = path[0] == '\0' ? SCENARIO_GROUP : SCENARIO_UNKNOWN;
    for (size_t i = 0; i < registry->count; i++) {
        if (strcmp(registry->parameters[i].path, path) == 0) {
            *index = i;
            return SCENARIO_PARAMETER;
        }
        if (below(registry->parameters[i].path, path))
            standing = SCENARIO_GROUP;
    }
    return standing;
}

const char *scenario_join(struct scenario_arena *arena, const char *group, const char *key)
{
    return group[0] == '\0' ? key : scenario_format(arena, "%s.%s", group, key);
}

/* ---- suggestions ---- */

/* Keys with the group that each stands in. */
struct keys {
    const char **names, **groups;
    size_t count, room;
};

static void add_key(struct scenario_arena *arena, struct keys *keys, const char *group, size_t group_length,
                    const char *name, size_t name_length)
{
    for (size_t i = keys->count; i-- > 0;)
        if (strncmp(keys->names[i], name, name_length) == 0 && keys->names[i][name_length] == '\0' &&
            strncmp(keys->groups[i], group, group_length) == 0 && keys->groups[i][group_length] == '\0')
            return;
    const char *group_copy = scenario_copy(arena, group, group_length);
    const char *name_copy = scenario_copy(arena, name, name_length);
    if (!group_copy || !name_copy || keys->count == keys->room)
        return;
    keys->groups[keys->count] = group_copy;
    keys->names[keys->count++] = name_copy;
}

/* All keys of the registry, or only those directly in one group. */
static struct keys list_keys(struct scenario_arena *arena, const struct irqp_registry *registry,
                             const char *only)
{
    struct keys keys = {.room = 3};
    for (size_t i = 0; i < registry->count; i++)
        for (const char *c = registry->parameters[i].path; c; c = strchr(c + 1, '.'))
            keys.room++;
    keys.names = scenario_alloc(arena, keys.room * sizeof *keys.names);
    keys.groups = scenario_alloc(arena, keys.room * sizeof *keys.groups);
    if (!keys.names || !keys.groups)
        return (struct keys){0};
    for (size_t i = 0; i < registry->count; i++) {
        const char *path = registry->parameters[i].path;
        const char *key = only ? below(path, only) : path;
        while (key) {
            size_t length = strcspn(key, ".");
            add_key(arena, &keys, path, key > path ? (size_t)(key - path) - 1 : 0, key, length);
            key = !only && key[length] == '.' ? key + length + 1 : NULL;
        }
    }
    if (only && only[0] == '\0') {
        static const char *const built_in[] = {"title", "description", "extends"};
        for (size_t i = 0; i < 3; i++)
            add_key(arena, &keys, "", 0, built_in[i], strlen(built_in[i]));
    }
    return keys;
}

/* Whether the key is a whole part of a longer name: 'create' of 'task_create', but not 'rate'. */
static bool is_part(const char *key, const char *name)
{
    size_t length = strlen(key);
    for (const char *at = name; length > 0 && (at = strstr(at, key)); at++)
        if ((at == name || at[-1] == '_') && (at[length] == '\0' || at[length] == '_'))
            return true;
    return false;
}

/* Those of the keys that are longer forms of one; the names of the list are overwritten. */
static size_t longer_forms(struct keys *keys, const char *key)
{
    size_t count = 0;
    for (size_t i = 0; i < keys->count; i++)
        if (is_part(key, keys->names[i]))
            keys->names[count++] = keys->names[i];
    return count;
}

static const char *group_name(struct scenario_arena *arena, const char *group)
{
    const char *name = group[0] == '\0' ? "the top level" : scenario_format(arena, "'%s'", group);
    return name ? name : "";
}

static void suggest_key(struct scenario_context *context, const char *group, const char *key)
{
    struct scenario_arena *arena = context->arena;
    struct irqp_diagnostics *diagnostics = context->diagnostics;
    struct keys here = list_keys(arena, context->registry, group),
                all = list_keys(arena, context->registry, NULL);
    const char *path = scenario_join(arena, group, key);
    size_t index;
    if (strchr(key, '.') && path &&
        (scenario_standing(context->registry, path, &index) ||
         scenario_standing(context->registry, key, &index))) {
        irqp_suggest(diagnostics,
                     "dots do not nest in a file: write '%.*s:' and below it, indented, '%s: ...'",
                     (int)strcspn(key, "."), key, strchr(key, '.') + 1);
        return;
    }
    size_t elsewhere = 0;
    const char *owner = NULL;
    for (size_t i = 0; i < all.count; i++)
        if (strcmp(all.names[i], key) == 0) {
            owner = owner ? owner : all.groups[i];
            elsewhere++;
        }
    const char *near_here = irqp_nearest(key, here.names, here.count);
    const char *near_any = irqp_nearest(key, all.names, all.count);
    struct keys forms = list_keys(arena, context->registry, group);
    size_t longer =
        longer_forms(&forms, key); /* what stands in the same group is meant before what is elsewhere */
    if (elsewhere == 1)
        irqp_suggest(diagnostics, "'%s' belongs to %s", key, group_name(arena, owner));
    else if (near_here)
        irqp_suggest(diagnostics, "did you mean '%s'?", near_here);
    else if (owner)
        irqp_suggest(diagnostics, "'%s' belongs to %s, among others", key, group_name(arena, owner));
    else if (longer == 1)
        irqp_suggest(diagnostics, "did you mean '%s'?", forms.names[0]);
    else if (longer > 1 && longer <= LISTED_MAX)
        irqp_suggest(diagnostics, "did you mean %s?", scenario_list(arena, forms.names, longer, "or"));
    else if (near_any) {
        size_t i = 0;
        while (all.names[i] != near_any)
            i++;
        irqp_suggest(diagnostics, "did you mean '%s' of %s?", near_any, group_name(arena, all.groups[i]));
    } else if (here.count <= LISTED_MAX)
        irqp_suggest(diagnostics, "known here: %s", scenario_list(arena, here.names, here.count, "and"));
}

void scenario_unknown_key(struct scenario_context *context, const char *group, const struct irqp_tree *tree)
{
    irqp_diagnose(context->diagnostics, IRQP_ERROR, &tree->key_place, "unknown key '%s' %s %s", tree->key,
                  group[0] == '\0' ? "at" : "in", group_name(context->arena, group));
    if (!context->diagnostics
             ->incomplete) /* else the message is not there, and searching for thousands takes time */
        suggest_key(context, group, tree->key);
}
