/* What the files of this module share. Trees, texts and strings live in the arena of their scenario and end
 * with it; the functions return NULL (and the arena remembers) when memory runs out. */
#ifndef IRQPATH_SIM_SCENARIO_INTERNAL_H
#define IRQPATH_SIM_SCENARIO_INTERNAL_H

#include "irqpath/scenario.h"
#include <stdio.h>

/* ---- arena.c ---- */

struct scenario_arena {
    struct scenario_chunk *chunks;
    bool failed; /* memory ran out at some time */
};

void *scenario_alloc(struct scenario_arena *arena, size_t size); /* zeroed */
char *scenario_copy(struct scenario_arena *arena, const char *text, size_t length);
__attribute__((format(printf, 2, 3))) char *scenario_format(struct scenario_arena *arena, const char *format,
                                                            ...);
void scenario_arena_free(struct scenario_arena *arena);

/* ---- the scenario, and what a load carries around ---- */

struct irqp_scenario {
    struct scenario_arena arena;
    const struct irqp_registry *registry;
    const char *name, *title, *description; /* description: NULL if there is none */
    struct irqp_value *values;              /* in the order of the registry */
    struct irqp_tree **trees;               /* what each value was read from; NULL: absent */
    double clock;                           /* machine.clock in hertz; 0: there is none; below: it was bad */
};

struct scenario_context {
    struct irqp_scenario *scenario;
    struct scenario_arena *arena; /* of the scenario */
    const struct irqp_registry *registry;
    struct irqp_diagnostics *diagnostics;
    const char *search;
    struct irqp_place whole; /* the file that was asked for */
    size_t errors_before;    /* errors that are not of this load */
    bool partial; /* something could not be read: do not complain about what may have stood there */
};

/* ---- text.c: the bytes of a file, with their lines ---- */

struct scenario_text {
    const char *name;  /* for places */
    const char *bytes; /* what is to be parsed */
    size_t size;
    const char **lines; /* each without its end */
    int count;
    int number; /* of the first line */
    int column; /* bytes of lines[0] that stand before bytes[0] */
};

/* Reads a whole file and checks that it is text: UTF-8, printable, not too large. NULL: what is wrong was
 * diagnosed; `from` is who asked for it (NULL: the user). */
struct scenario_text *scenario_text_read(struct scenario_context *context, const char *file,
                                         const struct irqp_place *from);
/* One line as a text of which the first `offset` bytes are not to be parsed; NULL: diagnosed. */
struct scenario_text *scenario_text_line(struct scenario_context *context, const char *name, int number,
                                         const char *line, size_t offset);
struct irqp_place scenario_text_place(const struct scenario_text *text, int line, int column, int length);

/* ---- yaml.c ---- */

/* The tree of a text that holds one YAML document; NULL: diagnosed. Of what is wrong but not in the way of
 * reading on (duplicate keys, anchors), the tree has the sound rest. */
struct irqp_tree *scenario_parse(struct scenario_context *context, const struct scenario_text *text);
/* The same for the rest of a line from `offset` on; if that is blank, the tree is an empty scalar. */
struct irqp_tree *scenario_parse_line(struct scenario_context *context, const char *name, int number,
                                      const char *line, size_t offset);

bool scenario_is_null(const struct irqp_tree *tree); /* empty, ~ or null */
/* What YAML 1.1 takes for a truth value, and 1.2 for a word: "true" or "false" for yes, no, on, off, y, n;
 * else NULL. */
const char *scenario_old_boolean(const struct irqp_tree *tree);

/* ---- tree.c ---- */

struct irqp_tree *scenario_tree_new(struct scenario_arena *arena, enum irqp_node node,
                                    const struct irqp_place *place);
/* Appends; the room of the children doubles. */
void scenario_tree_append(struct scenario_arena *arena, struct irqp_tree *tree, struct irqp_tree *child);
/* "a list", "a mapping", "an empty value" or "'fast'", for messages. */
const char *scenario_tree_describe(struct scenario_arena *arena, const struct irqp_tree *tree);
/* Splits "a|b|c" into words. Returns how many. */
enum { SCENARIO_WORDS_MAX = 64 };
size_t scenario_words(struct scenario_arena *arena, const char *list, const char *words[SCENARIO_WORDS_MAX]);
/* "a, b or c" */
const char *scenario_list(struct scenario_arena *arena, const char *const *words, size_t count,
                          const char *last);

/* ---- paths.c: where a key stands in the registry ---- */

enum scenario_standing { SCENARIO_UNKNOWN, SCENARIO_GROUP, SCENARIO_PARAMETER };

/* What the dotted path names ("" is the group of all); *index gets the parameter. */
enum scenario_standing scenario_standing(const struct irqp_registry *registry, const char *path,
                                         size_t *index);
/* The path of a key within a group. */
const char *scenario_join(struct scenario_arena *arena, const char *group, const char *key);
/* Diagnoses a key that the group does not have, with the best guess at what was meant. */
void scenario_unknown_key(struct scenario_context *context, const char *group, const struct irqp_tree *tree);

/* ---- extends.c, merge.c: from files to one tree ---- */

extern const char scenario_set_name[]; /* the "file" of overrides */

/* Whether the values of this kind are trees, which merge deeply and may be absent. */
static inline bool scenario_is_tree(const struct irqp_parameter *parameter)
{
    return parameter->kind == IRQP_TREE || parameter->kind == IRQP_EXPECT;
}

/* The path of the file that an entry names, in the arena; NULL: diagnosed. */
const char *scenario_locate(struct scenario_context *context, const struct irqp_tree *entry);

/* The merged tree of a file and what it extends, without what could not be read, which was diagnosed. */
struct irqp_tree *scenario_extend(struct scenario_context *context, const char *file);
/* Lays `from` over `into`, both mappings; `group` is their dotted path. Both are used up. */
void scenario_merge(struct scenario_context *context, const char *group, struct irqp_tree *into,
                    struct irqp_tree *from);
/* Applies override number `number` (from 1). */
void scenario_override(struct scenario_context *context, struct irqp_tree *root, const char *text,
                       int number);

/* ---- units.c: numbers ---- */

enum scenario_dimension { SCENARIO_NUMBER, SCENARIO_DURATION, SCENARIO_FREQUENCY, SCENARIO_SIZE };

/* The number of a scalar in base units (ps, Hz, bytes). `clock` in hertz gives the length of a cycle; see
 * irqp_scenario. */
bool scenario_quantity(struct scenario_context *context, const struct irqp_tree *tree,
                       enum scenario_dimension dimension, const char *what, double *value);
bool scenario_whole(struct scenario_context *context, const struct irqp_tree *tree, const char *what,
                    int64_t *value);
/* The nearest whole picosecond to a duration that scenario_quantity gave. */
static inline irqp_time scenario_time(double picoseconds)
{
    return (irqp_time)(picoseconds < 0 ? picoseconds - 0.5 : picoseconds + 0.5);
}
/* That minimum <= value <= maximum. */
bool scenario_in_range(struct scenario_context *context, const struct irqp_place *place,
                       enum scenario_dimension dimension, const char *what, double value, double minimum,
                       double maximum);

/* ---- cost.c, empirical.c ---- */

/* The distribution that a tree describes, owned by the caller; NULL: diagnosed. */
struct irqp_distribution *scenario_cost(struct scenario_context *context, const struct irqp_tree *tree,
                                        const char *what);
/* Puts the contents of data files in the place of their names in all distributions of the tree. */
void scenario_inline_data(struct scenario_context *context, struct irqp_tree *tree);
/* That a `source`, if the mapping has one, says what kind of source it is. */
bool scenario_check_source(struct scenario_context *context, const struct irqp_tree *tree,
                           const char **source);

/* Reads the `range` of a mapping, if it has one, as two numbers of the dimension: low <= value <= high.
 * False: diagnosed. */
bool scenario_range(struct scenario_context *context, const struct irqp_tree *tree,
                    enum scenario_dimension dimension, const char *what, double value, double *low,
                    double *high);

/* ---- resolve.c: from the tree to values ---- */

/* Checks the tree against the registry and fills the scenario's values. What is wrong is diagnosed. */
void scenario_resolve(struct scenario_context *context, struct irqp_tree *root);

/* ---- emit.c: trees as text ---- */

/* On one line, in flow style, without `source` and with long lists cut short: for reports, not for reading
 * back. */
const char *scenario_written(struct scenario_arena *arena, const struct irqp_tree *tree);

#endif
