/* Trees as YAML text: short for reports, and whole for the resolved scenario. */
#include "sim/scenario/internal.h"
#include "sim/utf8.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { WIDTH = 100, SHORT_LIST = 8 };

/* ---- scalars ---- */

/* Whether a text means the same without quotes, wherever it stands. */
static bool is_plain(const char *text)
{
    static const char first[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/+~";
    size_t length = strlen(text);
    bool negative = text[0] == '-' && text[1] != '\0' && strchr("0123456789.", text[1]);
    if (length == 0 || (!strchr(first, text[0]) && !negative) || text[length - 1] == ' ' ||
        strncmp(text, "...", 3) == 0)
        return false;
    for (size_t i = 1; i < length; i++)
        if (!strchr(first, text[i]) && !strchr(" -%()", text[i]) && (unsigned char)text[i] < 0x80)
            return false;
    return true;
}

static bool is_readable(const char *text)
{
    uint32_t code;
    for (size_t left = strlen(text), bytes; left > 0; text += bytes, left -= bytes)
        if ((bytes = irqp_utf8_decode(text, left, &code)) == 0 || !irqp_utf8_printable(code))
            return false;
    return true;
}

static void emit_quoted(FILE *out, const char *text)
{
    fputc('"', out);
    for (size_t left = strlen(text), bytes; left > 0; text += bytes, left -= bytes) {
        uint32_t code = '?';
        bytes = irqp_utf8_decode(text, left, &code);
        if (bytes == 0)
            bytes = 1;
        if (code == '"' || code == '\\')
            fprintf(out, "\\%c", (int)code);
        else if (irqp_utf8_printable(code))
            fwrite(text, 1, bytes, out);
        else
            fprintf(out, code == '\n' ? "\\n" : "\\u%04x", (unsigned)code);
    }
    fputc('"', out);
}

static void emit_scalar(FILE *out, const char *text, bool quoted)
{
    if (!quoted && text[0] == '\0')
        fputs("null", out);
    else if (!quoted && is_plain(text) && is_readable(text))
        fputs(text, out);
    else
        emit_quoted(out, text);
}

/* A key that is a word to every reader needs no quotes. */
static void emit_key(FILE *out, const char *key)
{
    struct irqp_tree tree = {.node = IRQP_SCALAR, .scalar = key};
    bool word = (key[0] >= 'a' && key[0] <= 'z') || (key[0] >= 'A' && key[0] <= 'Z');
    bool other = scenario_is_null(&tree) || scenario_old_boolean(&tree) || strcasecmp(key, "true") == 0 ||
                 strcasecmp(key, "false") == 0;
    emit_scalar(out, key, !word || other);
    fputc(':', out);
}

/* What stands beside a value and is not part of it. */
static bool is_remark(const char *key)
{
    return strcmp(key, "source") == 0 || strcmp(key, "range") == 0 || strcmp(key, "follows") == 0;
}

/* ---- flow style: on one line ---- */

static void emit_flow(FILE *out, const struct irqp_tree *tree, bool brief)
{
    if (tree->node == IRQP_SCALAR) {
        emit_scalar(out, tree->scalar, tree->quoted);
        return;
    }
    bool mapping = tree->node == IRQP_MAPPING;
    size_t written = 0;
    fputc(mapping ? '{' : '[', out);
    for (size_t i = 0; i < tree->count; i++) {
        const struct irqp_tree *child = tree->children[i];
        if (brief && mapping && is_remark(child->key))
            continue;
        if (written++ > 0)
            fputs(", ", out);
        if (brief && written > SHORT_LIST) {
            fprintf(out, "... %zu in all", tree->count);
            break;
        }
        if (mapping) {
            emit_key(out, child->key);
            fputc(' ', out);
        }
        emit_flow(out, child, brief);
    }
    fputc(mapping ? '}' : ']', out);
}

/* The text that a FILE from open_memstream collected, in the arena; NULL without memory. */
static const char *collect(struct scenario_arena *arena, FILE *out, char **text, size_t *size)
{
    bool failed = ferror(out);
    failed |= fclose(out) != 0;
    const char *copy = failed ? NULL : scenario_copy(arena, *text, *size);
    arena->failed |= failed;
    free(*text);
    return copy;
}

static const char *flow(struct scenario_arena *arena, const struct irqp_tree *tree, bool brief)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out) {
        arena->failed = true;
        return NULL;
    }
    emit_flow(out, tree, brief);
    return collect(arena, out, &text, &size);
}

const char *scenario_written(struct scenario_arena *arena, const struct irqp_tree *tree)
{
    const struct irqp_tree *value = irqp_tree_child(tree, "value");
    size_t remarks = 0;
    for (size_t i = 0; i < tree->count && value; i++)
        remarks += is_remark(tree->children[i]->key);
    if (value && value->node == IRQP_SCALAR && tree->count == 1 + remarks)
        tree = value;
    return tree->node == IRQP_SCALAR ? tree->scalar : flow(arena, tree, true);
}

/* ---- block style: what does not fit on a line ---- */

/* Whether the tree fits on a line; asked from the outside in, so that no more is measured than a line can
 * hold. */
static size_t flow_width(const struct irqp_tree *tree)
{
    size_t width = (tree->key ? strlen(tree->key) + 2 : 0) + (tree->scalar ? strlen(tree->scalar) : 0) + 2;
    for (size_t i = 0; i < tree->count && width <= WIDTH; i++)
        width += flow_width(tree->children[i]);
    return width;
}

/* Writes a tree behind its key or dash, of which the line now holds `indent` columns and more. */
static void emit_block(FILE *out, const struct irqp_tree *tree, int indent)
{
    if (tree->node == IRQP_SCALAR || tree->count == 0 || flow_width(tree) + (size_t)indent <= WIDTH) {
        fputc(' ', out);
        emit_flow(out, tree, false);
        fputc('\n', out);
        return;
    }
    fputc('\n', out);
    for (size_t i = 0; i < tree->count; i++) {
        fprintf(out, "%*s", indent, "");
        if (tree->node == IRQP_MAPPING) {
            emit_key(out, tree->children[i]->key);
        } else {
            fputc('-', out);
        }
        emit_block(out, tree->children[i], indent + 2);
    }
}

/* ---- the resolved scenario ---- */

static struct irqp_tree *copy_with_key(struct scenario_arena *arena, const struct irqp_tree *tree,
                                       const char *key)
{
    struct irqp_tree *copy = scenario_tree_new(arena, tree->node, NULL);
    if (!copy)
        return NULL;
    copy->key = key;
    copy->scalar = tree->scalar;
    copy->quoted = tree->quoted;
    for (size_t i = 0; i < tree->count; i++)
        scenario_tree_append(arena, copy, tree->children[i]);
    return copy;
}

static struct irqp_tree *new_scalar(struct scenario_arena *arena, const char *key, const char *text,
                                    bool quoted)
{
    struct irqp_tree tree = {.node = IRQP_SCALAR, .scalar = text, .quoted = quoted};
    return copy_with_key(arena, &tree, key);
}

/* The value with its source beside it: that of a default stands in the registry only. */
static struct irqp_tree *with_source(struct scenario_arena *arena, const struct irqp_tree *tree,
                                     const char *key, const char *source)
{
    struct irqp_tree *copy = copy_with_key(arena, tree, key);
    if (!source || irqp_tree_child(tree, "source"))
        return copy;
    if (tree->node == IRQP_SCALAR) {
        struct irqp_tree *scalar = copy_with_key(arena, tree, "value");
        copy = scenario_tree_new(arena, IRQP_MAPPING, NULL);
        if (!copy)
            return NULL;
        copy->key = key;
        scenario_tree_append(arena, copy, scalar);
    }
    if (copy)
        scenario_tree_append(arena, copy, new_scalar(arena, "source", source, true));
    return copy;
}

/* The mapping that stands for the group of a path, made if need be; *key gets the rest of the path. */
static struct irqp_tree *group_of(struct scenario_arena *arena, struct irqp_tree *root, const char *path,
                                  const char **key)
{
    const char *dot = strchr(path, '.');
    if (!dot || !root) {
        *key = path;
        return root;
    }
    const char *name = scenario_copy(arena, path, (size_t)(dot - path));
    struct irqp_tree *group = name ? (struct irqp_tree *)irqp_tree_child(root, name) : NULL;
    if (!group && name && (group = scenario_tree_new(arena, IRQP_MAPPING, NULL))) {
        group->key = name;
        scenario_tree_append(arena, root, group);
    }
    return group_of(arena, group, dot + 1, key);
}

static struct irqp_tree *resolved_tree(struct scenario_arena *arena, const struct irqp_scenario *scenario)
{
    struct irqp_tree *root = scenario_tree_new(arena, IRQP_MAPPING, NULL);
    if (!root)
        return NULL;
    scenario_tree_append(arena, root, new_scalar(arena, "title", scenario->title, true));
    if (scenario->description)
        scenario_tree_append(arena, root, new_scalar(arena, "description", scenario->description, true));
    for (size_t i = 0; i < scenario->registry->count; i++) {
        if (!scenario->trees[i] || scenario->registry->parameters[i].kind == IRQP_EXPECT)
            continue;
        const char *key;
        struct irqp_tree *group = group_of(arena, root, scenario->registry->parameters[i].path, &key);
        if (group)
            scenario_tree_append(arena, group,
                                 with_source(arena, scenario->trees[i], key, scenario->values[i].source));
    }
    return root;
}

char *irqp_scenario_resolved(const struct irqp_scenario *scenario)
{
    struct scenario_arena arena = {0};
    char *text = NULL;
    size_t size = 0;
    const struct irqp_tree *root = resolved_tree(&arena, scenario);
    FILE *out = root && !arena.failed ? open_memstream(&text, &size) : NULL;
    bool good = out != NULL;
    for (size_t i = 0; good && i < root->count; i++) {
        fprintf(out, "%s:", root->children[i]->key);
        emit_block(out, root->children[i], 2);
    }
    if (out) {
        good = !ferror(out);
        good &= fclose(out) == 0;
    }
    scenario_arena_free(&arena);
    if (good)
        return text;
    free(text);
    return NULL;
}
