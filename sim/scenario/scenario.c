/* A scenario from load to free. */
#include "sim/scenario/internal.h"
#include <stdlib.h>
#include <string.h>

const struct irqp_registry *irqp_scenario_registry(const struct irqp_scenario *scenario)
{
    return scenario->registry;
}

const struct irqp_value *irqp_scenario_value(const struct irqp_scenario *scenario, size_t index)
{
    return &scenario->values[index];
}

const char *irqp_scenario_name(const struct irqp_scenario *scenario)
{
    return scenario->name;
}

const char *irqp_scenario_title(const struct irqp_scenario *scenario)
{
    return scenario->title;
}

/* The name of a file without directory and extension. */
static const char *name_of(struct scenario_arena *arena, const char *file)
{
    const char *slash = strrchr(file, '/'), *name = slash ? slash + 1 : file, *dot = strrchr(name, '.');
    bool yaml = dot && dot > name && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
    return scenario_copy(arena, name, yaml ? (size_t)(dot - name) : strlen(name));
}

static struct irqp_scenario *new_scenario(const struct irqp_registry *registry, const char *file)
{
    struct irqp_scenario *scenario = calloc(1, sizeof *scenario);
    if (!scenario)
        return NULL;
    scenario->registry = registry;
    scenario->name = name_of(&scenario->arena, file);
    scenario->values = scenario_alloc(&scenario->arena, registry->count * sizeof *scenario->values);
    scenario->trees = scenario_alloc(&scenario->arena, registry->count * sizeof(struct irqp_tree *));
    if (!scenario->arena.failed)
        return scenario;
    irqp_scenario_free(scenario);
    return NULL;
}

enum irqp_status irqp_scenario_load(struct irqp_scenario **loaded, const struct irqp_registry *registry,
                                    const char *file, const char *const *overrides, size_t count,
                                    const char *search, struct irqp_diagnostics *diagnostics)
{
    *loaded = NULL;
    struct irqp_scenario *scenario = new_scenario(registry, file);
    if (!scenario)
        return IRQP_NO_MEMORY;
    struct scenario_context context = {.scenario = scenario,
                                       .arena = &scenario->arena,
                                       .registry = registry,
                                       .diagnostics = diagnostics,
                                       .search = search,
                                       .whole = {.file = file},
                                       .errors_before = diagnostics->errors};
    size_t messages = diagnostics->count;
    struct irqp_tree *root = scenario_extend(&context, file);
    for (size_t i = 0; i < count && root; i++)
        scenario_override(&context, root, overrides[i], (int)i + 1);
    if (root)
        scenario_resolve(&context, root);
    irqp_diagnostics_sort(diagnostics, messages);
    enum irqp_status status = scenario->arena.failed                        ? IRQP_NO_MEMORY
                              : diagnostics->errors > context.errors_before ? IRQP_INPUT
                                                                            : IRQP_OK;
    if (status == IRQP_OK)
        *loaded = scenario;
    else
        irqp_scenario_free(scenario);
    return status;
}

void irqp_scenario_free(struct irqp_scenario *scenario)
{
    if (!scenario)
        return;
    for (size_t i = 0; scenario->values && i < scenario->registry->count; i++)
        if (scenario->registry->parameters[i].kind == IRQP_COST)
            irqp_distribution_free(scenario->values[i].cost);
    scenario_arena_free(&scenario->arena);
    free(scenario);
}
