/* Data files of empirical distributions: lines of `value count`, '#' begins a comment.
 *
 * They are read when the scenario is loaded, and put where their name stood, as `values`. So a resolved
 * scenario needs no further file, and what is wrong with a value is reported with its line in the data file.
 */
#include "sim/scenario/internal.h"
#include <string.h>

enum { POINTS_MAX = 100000 };

static struct irqp_tree *word(struct scenario_context *context, const struct scenario_text *text, int line,
                              const char *start, size_t length, const char *unit)
{
    struct irqp_place place = scenario_text_place(text, line, (int)(start - text->lines[line]), (int)length);
    struct irqp_tree *tree = scenario_tree_new(context->arena, IRQP_SCALAR, &place);
    if (tree)
        tree->scalar = scenario_format(context->arena, unit ? "%.*s %s" : "%.*s", (int)length, start, unit);
    return tree && tree->scalar ? tree : NULL;
}

static void read_line(struct scenario_context *context, const struct scenario_text *text, int line,
                      const char *unit, struct irqp_tree *values)
{
    static const char blank[] = " \t,;";
    const char *value = text->lines[line] + strspn(text->lines[line], blank);
    size_t value_length = strcspn(value, " \t,;#");
    const char *count = value + value_length + strspn(value + value_length, blank);
    size_t count_length = strcspn(count, " \t,;#");
    const char *rest = count + count_length + strspn(count + count_length, blank);
    if (value_length == 0)
        return;
    struct irqp_place place =
        scenario_text_place(text, line, (int)(value - text->lines[line]), (int)strlen(value));
    if (count_length == 0 || (rest[0] != '\0' && rest[0] != '#')) {
        irqp_diagnose(context->diagnostics, IRQP_ERROR, &place, "a line of data is a value and a count");
        irqp_suggest(context->diagnostics, "such as '3.65 10'; the unit stands in the scenario");
        return;
    }
    struct irqp_tree *point = scenario_tree_new(context->arena, IRQP_SEQUENCE, &place);
    if (!point)
        return;
    scenario_tree_append(context->arena, point, word(context, text, line, value, value_length, unit));
    scenario_tree_append(context->arena, point, word(context, text, line, count, count_length, NULL));
    scenario_tree_append(context->arena, values, point);
}

static struct irqp_tree *read_data(struct scenario_context *context, const struct irqp_tree *file,
                                   const char *unit)
{
    const char *from = file->place.file, *slash = from ? strrchr(from, '/') : NULL;
    int directory = slash && file->scalar[0] != '/' ? (int)(slash - from) + 1 : 0;
    const char *name = scenario_format(context->arena, "%.*s%s", directory, from ? from : "", file->scalar);
    const struct scenario_text *text = name ? scenario_text_read(context, name, &file->place) : NULL;
    struct irqp_tree *values = text ? scenario_tree_new(context->arena, IRQP_SEQUENCE, &file->place) : NULL;
    if (!values)
        return NULL;
    for (int line = 0; line < text->count && values->count <= POINTS_MAX; line++)
        read_line(context, text, line, unit, values);
    if (values->count > POINTS_MAX) {
        irqp_diagnose(context->diagnostics, IRQP_ERROR, &file->place, "'%s' has more than %d lines of data",
                      name, POINTS_MAX);
        irqp_suggest(context->diagnostics, "put near values together first");
        return NULL;
    }
    if (values->count == 0) {
        irqp_diagnose(context->diagnostics, IRQP_ERROR, &file->place, "there is no data in '%s'", name);
        return NULL;
    }
    return values;
}

static void inline_file(struct scenario_context *context, struct irqp_tree *tree)
{
    const struct irqp_tree *file = irqp_tree_child(tree, "file"), *unit = irqp_tree_child(tree, "unit");
    if (!file)
        return;
    if (file->node != IRQP_SCALAR || file->scalar[0] == '\0') {
        irqp_diagnose(context->diagnostics, IRQP_ERROR, &file->place,
                      "'file' needs the name of a data file, not %s",
                      scenario_tree_describe(context->arena, file));
        return;
    }
    if (!unit || unit->node != IRQP_SCALAR || irqp_tree_child(tree, "values")) {
        irqp_diagnose(context->diagnostics, IRQP_ERROR, unit ? &unit->place : &file->place, "%s",
                      irqp_tree_child(tree, "values") ? "'file' and 'values' exclude each other"
                                                      : "a data file needs the 'unit' of its values");
        irqp_suggest(context->diagnostics, "write 'file: %s, unit: us'", file->scalar);
        return;
    }
    struct irqp_tree *values = read_data(context, file, unit->scalar);
    if (!values)
        return;
    values->key = "values";
    values->key_place = file->key_place;
    size_t kept = 0;
    for (size_t i = 0; i < tree->count; i++)
        if (tree->children[i] == file)
            tree->children[kept++] = values;
        else if (tree->children[i] != unit)
            tree->children[kept++] = tree->children[i];
    tree->count = kept;
}

void scenario_inline_data(struct scenario_context *context, struct irqp_tree *tree)
{
    const struct irqp_tree *dist = irqp_tree_child(tree, "dist");
    if (dist && dist->node == IRQP_SCALAR && strcmp(dist->scalar, "empirical") == 0)
        inline_file(context, tree);
    for (size_t i = 0; i < tree->count; i++)
        if (tree->children[i]->node != IRQP_SCALAR)
            scenario_inline_data(context, tree->children[i]);
}
