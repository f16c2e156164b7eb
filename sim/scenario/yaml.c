/* YAML as libyaml's events to trees with places.
 *
 * Scenario files are plain YAML: scalars, lists, mappings. What YAML has beyond that either hides where a
 * value comes from (anchors, aliases, merge keys), or means different things to different readers (tags, keys
 * that are not words), or is a way to make a small file explode; all of it is reported and left out, and
 * reading goes on. */
#include "sim/scenario/internal.h"
#include <string.h>
#include <strings.h>
#include <yaml.h>

enum { DEPTH_MAX = 64, NODES_MAX = 500000, KEYS_MAX = 1000, KEY_BYTES_MAX = 200 };

struct position {
    size_t line, column, byte; /* all from 0; column in characters */
};

struct reader {
    struct scenario_context *context;
    const struct scenario_text *text;
    yaml_parser_t parser;
    struct position reached;
    int nodes;
    bool anchored; /* anchors and aliases were complained about: once is enough */
    bool stopped;  /* nothing more can be read; why was diagnosed */
};

/* ---- places ---- */

/* libyaml counts characters, places count bytes. The last answer is where the next search begins: a file may
 * be one line of megabytes. */
static int byte_column(struct reader *reader, yaml_mark_t mark)
{
    const struct scenario_text *text = reader->text;
    if (mark.line >= (size_t)text->count)
        return 0;
    const char *line = text->lines[mark.line] + (mark.line == 0 ? text->column : 0);
    if (mark.line != reader->reached.line || mark.column < reader->reached.column)
        reader->reached = (struct position){.line = mark.line};
    struct position *at = &reader->reached;
    for (; at->column < mark.column && line[at->byte] != '\0'; at->column++)
        do
            at->byte++;
        while (((unsigned char)line[at->byte] & 0xc0) == 0x80);
    return (int)at->byte;
}

static struct irqp_place place_of(struct reader *reader, yaml_mark_t start, yaml_mark_t end)
{
    const struct scenario_text *text = reader->text;
    if (start.line >= (size_t)text->count) { /* libyaml may count one more line at the end than there is */
        start.line = (size_t)text->count - 1;
        start.column = strlen(text->lines[start.line]);
    }
    int column = byte_column(reader, start), until = column;
    if (end.line == start.line) {
        until = byte_column(reader, end);
    } else { /* goes on below: underline the rest of the line */
        const char *line = text->lines[start.line];
        until = (int)strlen(line) - (start.line == 0 ? text->column : 0);
        while (until > column && (line[until - 1] == ' ' || line[until - 1] == '\t'))
            until--;
    }
    return scenario_text_place(text, (int)start.line, column, until - column);
}

/* The format has exactly one %s. */
static void complain(struct reader *reader, const struct irqp_place *place, const char *format,
                     const char *argument)
{
    irqp_diagnose(reader->context->diagnostics, IRQP_ERROR, place, format, argument);
}

static void stop(struct reader *reader, const struct irqp_place *place, const char *message)
{
    complain(reader, place, "%s", message);
    reader->stopped = true;
}

/* ---- syntax errors ---- */

/* What libyaml says, what that means, and what usually mends it. */
static const struct syntax {
    const char *problem, *message, *help;
} syntaxes[] = {
    {"mapping values are not allowed", "a ':' where no key can stand",
     "is a ':' missing behind the key above, or is the indentation wrong?"},
    {"could not find expected ':'", "a ':' is missing behind the key before this", "write 'key: value'"},
    {"found unexpected ':'", "a ':' that nothing follows", "put a space behind it, or the text into quotes"},
    {"did not find expected ',' or ']'", "a ',' or the closing ']' is missing before this", NULL},
    {"did not find expected ',' or '}'", "a ',' or the closing '}' is missing before this", NULL},
    {"did not find expected key", "a key is expected here, in the column of the keys before it",
     "check the indentation, and quotes and brackets above"},
    {"did not find expected '-' indicator", "a '-' is expected here, in the column of the list",
     "check the indentation of the list"},
    {"block sequence entries are not allowed", "a '- ' where no list can begin",
     "begin a list below its key, each '-' on a line of its own"},
    {"found unexpected end of stream", "the quotes that open here are never closed", NULL},
    {"found unexpected document indicator", "the quotes that open here are not closed in this document",
     NULL},
    {"found unknown escape character", "unknown escape in a double-quoted text",
     "write '\\\\' for a backslash, or use single quotes"},
    {"did not find expected hexdecimal number", "a hexadecimal number is expected in this escape", NULL},
    {"found character that cannot start any token", "no value can begin with this character",
     "put the text into quotes"},
    {"did not find expected node content", "a value is expected here",
     "or the bracket that closes what is open"},
    {"did not find expected <document start>", "the document has ended before this",
     "one mapping of 'key: value' lines makes a file"},
    {"while scanning an anchor", "'&' without the name of an anchor", "put the text into quotes"},
    {"while scanning an alias", "'*' without the name of an alias", "put the text into quotes"},
};

static const struct syntax *syntax_of(const yaml_parser_t *parser)
{
    for (size_t i = 0; i < sizeof syntaxes / sizeof *syntaxes; i++)
        if ((parser->problem && strstr(parser->problem, syntaxes[i].problem)) ||
            (parser->context && strstr(parser->context, syntaxes[i].problem)))
            return &syntaxes[i];
    return NULL;
}

/* What libyaml was in the middle of, as a note at its beginning. */
static const char *const contexts[][2] = {
    {"flow mapping", "the '{' stands here"},  {"flow sequence", "the '[' stands here"},
    {"block mapping", "the keys begin here"}, {"block collection", "the list begins here"},
    {"simple key", "the key begins here"},    {NULL, NULL},
};

/* A tab in the indentation of the line, or -1: the commonest reason for an error that libyaml reports
 * otherwise. */
static int indenting_tab(const char *line)
{
    size_t blank = strspn(line, " ");
    return line[blank] == '\t' ? (int)blank : -1;
}

static void diagnose_syntax(struct reader *reader)
{
    const yaml_parser_t *parser = &reader->parser;
    struct irqp_diagnostics *diagnostics = reader->context->diagnostics;
    reader->stopped = true;
    if (parser->error == YAML_MEMORY_ERROR) {
        reader->context->arena->failed = true;
        return;
    }
    bool quotes = parser->context && strstr(parser->context, "quoted scalar") && parser->problem &&
                  strstr(parser->problem, "found unexpected");
    yaml_mark_t mark = quotes ? parser->context_mark : parser->problem_mark;
    struct irqp_place place = place_of(reader, mark, mark);
    int tab = place.text ? indenting_tab(place.text) : -1;
    if (tab >= 0 && tab < place.column) {
        place.column = tab + 1;
        place.length = (int)strspn(place.text + tab, "\t");
        complain(reader, &place, "%s", "a tab in the indentation; YAML allows only spaces there");
        irqp_suggest(diagnostics, "replace it by spaces");
        return;
    }
    const struct syntax *syntax = syntax_of(parser);
    complain(reader, &place, syntax ? "%s" : "not valid YAML: %s",
             syntax            ? syntax->message
             : parser->problem ? parser->problem
                               : "unknown problem");
    const char *colon = place.text ? strstr(place.text, ": ") : NULL;
    if (syntax == &syntaxes[0] && colon && colon < place.text + place.column - 1)
        irqp_suggest(diagnostics, "put a text that contains ': ' into quotes");
    else if (syntax && syntax->help)
        irqp_suggest(diagnostics, "%s", syntax->help);
    if (!parser->context || parser->context_mark.line == mark.line)
        return;
    for (size_t i = 0; contexts[i][0]; i++)
        if (strstr(parser->context, contexts[i][0])) {
            struct irqp_place start = place_of(reader, parser->context_mark, parser->context_mark);
            irqp_diagnose(diagnostics, IRQP_NOTE, &start, "%s", contexts[i][1]);
        }
}

static bool next(struct reader *reader, yaml_event_t *event)
{
    if (reader->stopped)
        return false;
    if (!yaml_parser_parse(&reader->parser, event)) {
        diagnose_syntax(reader);
        return false;
    }
    return true;
}

/* ---- scalars ---- */

static bool is_one_of(const char *text, const char *const *words)
{
    for (; *words; words++)
        if (strcasecmp(text, *words) == 0)
            return true;
    return false;
}

bool scenario_is_null(const struct irqp_tree *tree)
{
    static const char *const words[] = {"", "~", "null", NULL};
    return tree->node == IRQP_SCALAR && !tree->quoted && is_one_of(tree->scalar, words);
}

const char *scenario_old_boolean(const struct irqp_tree *tree)
{
    static const char *const true_words[] = {"yes", "on", NULL}, *const false_words[] = {"no", "off", "n",
                                                                                         NULL};
    if (tree->node != IRQP_SCALAR || tree->quoted)
        return NULL;
    return is_one_of(tree->scalar, true_words)    ? "true"
           : is_one_of(tree->scalar, false_words) ? "false"
                                                  : NULL;
}

/* ---- nodes ---- */

/* Said once for a file: who uses one of them uses many. */
static void complain_of_anchor(struct reader *reader, const struct irqp_place *place)
{
    if (!reader->anchored) {
        complain(reader, place, "%s", "anchors ('&name') and aliases ('*name') are not supported");
        irqp_suggest(reader->context->diagnostics,
                     "write the value out where it is needed, or use 'extends'");
    }
    reader->anchored = true;
}

/* Anchors and tags are reported; the value under them is read all the same. */
static void check_properties(struct reader *reader, const struct irqp_place *place, const yaml_char_t *anchor,
                             const yaml_char_t *tag)
{
    if (anchor)
        complain_of_anchor(reader, place);
    if (tag) {
        complain(reader, place, "tags ('%s') are not supported", (const char *)tag);
        irqp_suggest(reader->context->diagnostics, "leave the tag out; quotes make a text");
    }
}

static struct irqp_tree *read_scalar(struct reader *reader, const yaml_event_t *event,
                                     struct irqp_place *place)
{
    const char *value = (const char *)event->data.scalar.value;
    size_t length = event->data.scalar.length;
    check_properties(reader, place, event->data.scalar.anchor, event->data.scalar.tag);
    if (memchr(value, '\0', length)) {
        complain(reader, place, "%s", "a NUL character in a text");
        return NULL;
    }
    struct irqp_tree *tree = scenario_tree_new(reader->context->arena, IRQP_SCALAR, place);
    if (!tree)
        return NULL;
    tree->scalar = scenario_copy(reader->context->arena, value, length);
    tree->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    return tree->scalar ? tree : NULL;
}

static struct irqp_tree *read_node(struct reader *reader, yaml_event_t *event, int depth);

static struct irqp_tree *read_sequence(struct reader *reader, struct irqp_tree *tree, int depth)
{
    yaml_event_t event;
    while (next(reader, &event)) {
        if (event.type == YAML_SEQUENCE_END_EVENT) {
            yaml_event_delete(&event);
            break;
        }
        scenario_tree_append(reader->context->arena, tree, read_node(reader, &event, depth + 1));
    }
    return tree;
}

/* Whether the key may be used; if not, it is reported and the pair is left out. */
static bool check_key(struct reader *reader, const struct irqp_tree *mapping, const struct irqp_tree *key)
{
    static const char *const booleans[] = {"true", "false", NULL};
    struct irqp_diagnostics *diagnostics = reader->context->diagnostics;
    if (key->node != IRQP_SCALAR) {
        complain(reader, &key->place, "a key must be a word, not %s",
                 key->node == IRQP_SEQUENCE ? "a list" : "a mapping");
        return false;
    }
    if (!key->quoted && strcmp(key->scalar, "<<") == 0) {
        complain(reader, &key->place, "%s", "merge keys ('<<') are not supported");
        irqp_suggest(diagnostics, "put the common part into a file of its own and name it under 'extends'");
        return false;
    }
    if (scenario_is_null(key)) {
        complain(reader, &key->place, "%s", "a key is missing before this ':'");
        return false;
    }
    if (scenario_old_boolean(key) || (!key->quoted && is_one_of(key->scalar, booleans))) {
        complain(reader, &key->place, "the key '%s' is a truth value to some readers of YAML", key->scalar);
        irqp_suggest(diagnostics, "put it into quotes");
        return false;
    }
    if (!key->quoted && strspn(key->scalar, "0123456789.+-") == strlen(key->scalar)) {
        complain(reader, &key->place, "the key '%s' is a number; keys are words", key->scalar);
        irqp_suggest(diagnostics, "put it into quotes if it is meant as a name");
        return false;
    }
    if (strlen(key->scalar) > KEY_BYTES_MAX) {
        complain(reader, &key->place, "%s", "a key of more than 200 bytes");
        return false;
    }
    const struct irqp_tree *first = irqp_tree_child(mapping, key->scalar);
    if (first) {
        complain(reader, &key->place, "duplicate key '%s'", key->scalar);
        irqp_suggest(diagnostics, "keep one of the two");
        irqp_diagnose(diagnostics, IRQP_NOTE, &first->key_place, "'%s' was first given here", key->scalar);
        return false;
    }
    if (mapping->count == KEYS_MAX) {
        stop(reader, &key->place, "more than 1000 keys in one mapping");
        return false;
    }
    return true;
}

static struct irqp_tree *read_mapping(struct reader *reader, struct irqp_tree *tree, int depth)
{
    yaml_event_t event;
    while (next(reader, &event)) {
        if (event.type == YAML_MAPPING_END_EVENT) {
            yaml_event_delete(&event);
            break;
        }
        const struct irqp_tree *key = read_node(reader, &event, depth + 1);
        bool good = key && check_key(reader, tree, key);
        if (!next(reader, &event))
            break;
        struct irqp_tree *value = read_node(reader, &event, depth + 1);
        if (!good || !value)
            continue;
        value->key = key->scalar;
        value->key_place = key->place;
        scenario_tree_append(reader->context->arena, tree, value);
    }
    return tree;
}

/* The node that begins with the event, which is used up; NULL: there is none to use. */
static struct irqp_tree *read_node(struct reader *reader, yaml_event_t *event, int depth)
{
    struct scenario_arena *arena = reader->context->arena;
    struct irqp_place place = place_of(reader, event->start_mark, event->end_mark);
    struct irqp_tree *tree = NULL;
    if (depth > DEPTH_MAX)
        stop(reader, &place, "lists and mappings are nested more than 64 deep");
    else if (++reader->nodes > NODES_MAX)
        stop(reader, &place, "more than 500 000 values in one file");
    else if (event->type == YAML_SCALAR_EVENT)
        tree = read_scalar(reader, event, &place);
    else if (event->type == YAML_SEQUENCE_START_EVENT || event->type == YAML_MAPPING_START_EVENT) {
        bool sequence = event->type == YAML_SEQUENCE_START_EVENT;
        if (sequence)
            check_properties(reader, &place, event->data.sequence_start.anchor,
                             event->data.sequence_start.tag);
        else
            check_properties(reader, &place, event->data.mapping_start.anchor, event->data.mapping_start.tag);
        tree = scenario_tree_new(arena, sequence ? IRQP_SEQUENCE : IRQP_MAPPING, &place);
    } else if (event->type == YAML_ALIAS_EVENT) {
        complain_of_anchor(reader, &place);
    }
    yaml_event_delete(event);
    if (!tree)
        return NULL;
    return tree->node == IRQP_SCALAR     ? tree
           : tree->node == IRQP_SEQUENCE ? read_sequence(reader, tree, depth)
                                         : read_mapping(reader, tree, depth);
}

/* ---- documents ---- */

static struct irqp_tree *read_document(struct reader *reader)
{
    struct irqp_tree *root = NULL;
    yaml_event_t event;
    while (next(reader, &event)) {
        yaml_event_type_t type = event.type;
        struct irqp_place place = place_of(reader, event.start_mark, event.end_mark);
        if (type == YAML_STREAM_START_EVENT || type == YAML_DOCUMENT_START_EVENT ||
            type == YAML_DOCUMENT_END_EVENT || type == YAML_STREAM_END_EVENT)
            yaml_event_delete(&event);
        else
            root = read_node(reader, &event, 0);
        if (type == YAML_STREAM_END_EVENT)
            break;
        if (type == YAML_DOCUMENT_START_EVENT && root) {
            stop(reader, &place, "a second document begins here; a file holds one");
            irqp_suggest(reader->context->diagnostics, "put it into a file of its own");
        }
    }
    return reader->stopped ? NULL : root;
}

struct irqp_tree *scenario_parse(struct scenario_context *context, const struct scenario_text *text)
{
    struct reader reader = {.context = context, .text = text};
    size_t errors = context->diagnostics->errors;
    if (!yaml_parser_initialize(&reader.parser)) {
        context->arena->failed = true;
        return NULL;
    }
    yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text->bytes, text->size);
    struct irqp_tree *root = read_document(&reader);
    yaml_parser_delete(&reader.parser);
    if (!root && errors == context->diagnostics->errors && !context->arena->failed) {
        struct irqp_place place = {.file = text->name};
        irqp_diagnose(context->diagnostics, IRQP_ERROR, &place, "there is nothing in this file");
        irqp_suggest(context->diagnostics, "a file holds a mapping of 'key: value' lines");
    }
    return root;
}

struct irqp_tree *scenario_parse_line(struct scenario_context *context, const char *name, int number,
                                      const char *line, size_t offset)
{
    struct scenario_text *text = scenario_text_line(context, name, number, line, offset);
    if (!text)
        return NULL;
    if (text->bytes[strspn(text->bytes, " ")] != '\0')
        return scenario_parse(context, text);
    struct irqp_place place = scenario_text_place(text, 0, 0, 1);
    struct irqp_tree *root = scenario_tree_new(context->arena, IRQP_SCALAR, &place);
    if (root)
        root->scalar = "";
    return root;
}
