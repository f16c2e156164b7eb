/* Files that extend files.
 *
 * A file is laid over what it extends, and later entries of its `extends` over earlier ones. A file that is
 * reached by several ways counts once, where it is reached first: what was laid over it stays on top. */
#include "sim/scenario/internal.h"
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { DEPTH_MAX = 32, NEAR_NAMES_MAX = 500 };

/* A file that is being read, under the file that extends it; afterwards a file that was read. */
struct file {
    struct file *up, *done;
    const char *name;
    dev_t device;
    ino_t inode;
    int depth;
};

struct extension {
    struct scenario_context *context;
    struct irqp_tree *root; /* what is merged so far */
    struct file *done;
};

/* ---- finding ---- */

static size_t directory_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

/* The name in the file's directory that is most like the file's own, without the directory; NULL: none is. */
static const char *near_name(struct scenario_arena *arena, const char *path)
{
    size_t length = directory_length(path), count = 0;
    const char *directory = length > 0 ? scenario_copy(arena, path, length) : ".";
    const char **names = scenario_alloc(arena, NEAR_NAMES_MAX * sizeof *names);
    DIR *stream = directory && names ? opendir(directory) : NULL;
    if (!stream)
        return NULL;
    for (struct dirent *entry; count < NEAR_NAMES_MAX && (entry = readdir(stream));) {
        const char *name = scenario_copy(arena, entry->d_name, strlen(entry->d_name));
        if (name && name[0] != '.')
            names[count++] = name;
    }
    closedir(stream);
    return irqp_nearest(path + length, names, count);
}

const char *scenario_locate(struct scenario_context *context, const struct irqp_tree *entry)
{
    struct scenario_arena *arena = context->arena;
    const char *name = entry->scalar, *near = NULL;
    const char *tried[SCENARIO_WORDS_MAX];
    size_t count = 0;
    const char *from = entry->place.file;
    if (name[0] == '/')
        tried[count++] = "";
    else
        tried[count++] = scenario_copy(arena, from, directory_length(from));
    for (const char *search = context->search; name[0] != '/' && search && count < SCENARIO_WORDS_MAX;) {
        size_t length = strcspn(search, ":");
        if (length > 0)
            tried[count++] = scenario_format(arena, "%.*s/", (int)length, search);
        search = search[length] == ':' ? search + length + 1 : NULL;
    }
    for (size_t i = 0; i < count; i++) {
        struct stat status;
        const char *path = tried[i] ? scenario_format(arena, "%s%s", tried[i], name) : NULL;
        if (!path || stat(path, &status) == 0)
            return path;
        near = near ? near : near_name(arena, path);
        if (tried[i][0] == '\0')
            tried[i] = "./";
    }
    bool absolute = name[0] == '/';
    irqp_diagnose(context->diagnostics, IRQP_ERROR, &entry->place, "cannot find '%s'%s%s", name,
                  absolute ? "" : " in ", absolute ? "" : scenario_list(arena, tried, count, "or"));
    irqp_missing(context->diagnostics, name);
    if (near)
        irqp_suggest(context->diagnostics, "did you mean '%.*s%s'?", (int)directory_length(name), name, near);
    return NULL;
}

/* ---- reading ---- */

static bool same(const struct file *a, const struct file *b)
{
    return a->device == b->device && a->inode == b->inode;
}

/* Whether the file may be read under the files above it. */
static bool check_chain(struct scenario_context *context, const struct file *file,
                        const struct irqp_place *from)
{
    const char *chain = file->name;
    if (file->depth > DEPTH_MAX) {
        irqp_diagnose(context->diagnostics, IRQP_ERROR, from, "files extend files more than %d deep",
                      DEPTH_MAX);
        return false;
    }
    for (const struct file *above = file->up; above; above = above->up) {
        chain = scenario_format(context->arena, "%s -> %s", above->name, chain ? chain : "");
        if (!same(above, file))
            continue;
        irqp_diagnose(context->diagnostics, IRQP_ERROR, from, "this file extends itself: %s",
                      chain ? chain : "");
        irqp_suggest(context->diagnostics, "break the circle");
        return false;
    }
    return true;
}

static void read_file(struct extension *extension, const char *name, const struct irqp_place *from,
                      struct file *up);

static void read_entry(struct extension *extension, const struct irqp_tree *entry, struct file *file)
{
    struct scenario_context *context = extension->context;
    if (entry->node != IRQP_SCALAR || scenario_is_null(entry) || entry->scalar[0] == '\0') {
        irqp_diagnose(context->diagnostics, IRQP_ERROR, &entry->place,
                      "'extends' needs the name of a file or a list of such names, not %s",
                      scenario_tree_describe(context->arena, entry));
        return;
    }
    const char *path = scenario_locate(context, entry);
    if (path)
        read_file(extension, path, &entry->place, file);
}

/* Takes a key out of a mapping. */
static const struct irqp_tree *take(struct irqp_tree *mapping, const char *key)
{
    for (size_t i = 0; i < mapping->count; i++)
        if (strcmp(mapping->children[i]->key, key) == 0) {
            const struct irqp_tree *taken = mapping->children[i];
            memmove(&mapping->children[i], &mapping->children[i + 1],
                    (--mapping->count - i) * sizeof *mapping->children);
            return taken;
        }
    return NULL;
}

/* Lays the file over all that it extends. */
static void extend(struct extension *extension, struct irqp_tree *tree, struct file *file)
{
    const struct irqp_tree *extends = take(tree, "extends");
    if (extends && extends->node == IRQP_SEQUENCE)
        for (size_t i = 0; i < extends->count; i++)
            read_entry(extension, extends->children[i], file);
    else if (extends)
        read_entry(extension, extends, file);
    if (file->up) { /* what a file is called is its own */
        take(tree, "title");
        take(tree, "description");
    }
    scenario_inline_data(extension->context, tree);
    scenario_merge(extension->context, "", extension->root, tree);
}

static void read_file(struct extension *extension, const char *name, const struct irqp_place *from,
                      struct file *up)
{
    struct scenario_context *context = extension->context;
    struct file *file = scenario_alloc(context->arena, sizeof *file);
    struct stat status;
    if (!file)
        return;
    *file = (struct file){.up = up, .name = name, .depth = up ? up->depth + 1 : 0};
    if (stat(name, &status) == 0) { /* if not, reading says why */
        file->device = status.st_dev;
        file->inode = status.st_ino;
        if (!check_chain(context, file, from))
            return;
        for (const struct file *done = extension->done; done; done = done->done)
            if (same(done, file))
                return;
    }
    bool missing = !from && errno == ENOENT && file->inode == 0;
    const struct scenario_text *text = scenario_text_read(context, name, from);
    if (!text && missing && !context->arena->failed) {
        const char *near = near_name(context->arena, name);
        if (near)
            irqp_suggest(context->diagnostics, "did you mean '%.*s%s'?", (int)directory_length(name), name,
                         near);
    }
    struct irqp_tree *tree = text ? scenario_parse(context, text) : NULL;
    if (tree && tree->node != IRQP_MAPPING) {
        irqp_diagnose(context->diagnostics, IRQP_ERROR, &tree->place,
                      "a file holds a mapping of 'key: value' lines, not %s",
                      scenario_tree_describe(context->arena, tree));
    } else if (tree) {
        extend(extension, tree, file);
    }
    file->done = extension->done;
    extension->done = file;
}

struct irqp_tree *scenario_extend(struct scenario_context *context, const char *name)
{
    struct irqp_place place = {.file = scenario_copy(context->arena, name, strlen(name))};
    struct extension extension = {.context = context,
                                  .root = scenario_tree_new(context->arena, IRQP_MAPPING, &place)};
    if (extension.root && place.file)
        read_file(&extension, place.file, NULL, NULL);
    return extension.root;
}
