#include "irqpath/diagnostics.h"
#include "sim/utf8.h"
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    ITEMS_MAX = 200,        /* who has more errors than this has one kind of error many times */
    LINE_MAX_BYTES = 65536, /* a longer line is not copied into each of its messages */
    WINDOW_BEFORE = 60,     /* bytes of a long line that are shown before the place, and in all */
    WINDOW = 140,
    WORD_MAX = 64, /* longer words are not compared: nobody means them */
};

/* ---- collecting ---- */

void irqp_diagnostics_init(struct irqp_diagnostics *diagnostics)
{
    *diagnostics = (struct irqp_diagnostics){0};
}

static void item_fini(struct irqp_diagnostic *item)
{
    free((char *)item->place.file);
    free((char *)item->place.text);
    free(item->message);
    free(item->suggestion);
    free(item->missing);
}

void irqp_diagnostics_fini(struct irqp_diagnostics *diagnostics)
{
    for (size_t i = 0; i < diagnostics->count; i++)
        item_fini(&diagnostics->items[i]);
    free(diagnostics->items);
    irqp_diagnostics_init(diagnostics);
}

static char *format_text(const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *text = length < 0 ? NULL : malloc((size_t)length + 1);
    if (text)
        vsnprintf(text, (size_t)length + 1, format, arguments);
    return text;
}

static struct irqp_diagnostic *next_item(struct irqp_diagnostics *diagnostics)
{
    if (diagnostics->count == ITEMS_MAX)
        return NULL;
    if (diagnostics->count == diagnostics->capacity) {
        size_t capacity = diagnostics->capacity ? 2 * diagnostics->capacity : 8;
        struct irqp_diagnostic *items = realloc(diagnostics->items, capacity * sizeof *items);
        if (!items)
            return NULL;
        diagnostics->items = items;
        diagnostics->capacity = capacity;
    }
    struct irqp_diagnostic *item = &diagnostics->items[diagnostics->count];
    *item = (struct irqp_diagnostic){0};
    return item;
}

static bool copy_place(struct irqp_place *to, const struct irqp_place *from)
{
    *to = *from;
    bool excerpt = from->text && strnlen(from->text, LINE_MAX_BYTES) < LINE_MAX_BYTES;
    to->file = from->file ? strdup(from->file) : NULL;
    to->text = excerpt ? strdup(from->text) : NULL;
    return (!from->file || to->file) && (!excerpt || to->text);
}

void irqp_diagnose(struct irqp_diagnostics *diagnostics, enum irqp_severity severity,
                   const struct irqp_place *place, const char *format, ...)
{
    /* An error counts even if there is no room to say it: the caller must see that the input is bad. */
    diagnostics->errors += severity == IRQP_ERROR;
    struct irqp_diagnostic *item = next_item(diagnostics);
    if (!item) {
        diagnostics->incomplete = true;
        return;
    }
    item->severity = severity;
    va_list arguments;
    va_start(arguments, format);
    item->message = format_text(format, arguments);
    va_end(arguments);
    if (!item->message || (place && !copy_place(&item->place, place))) {
        item_fini(item);
        diagnostics->incomplete = true;
        return;
    }
    diagnostics->count++;
}

void irqp_suggest(struct irqp_diagnostics *diagnostics, const char *format, ...)
{
    /* With messages missing, the last one may not be the one that is meant. */
    if (diagnostics->count == 0 || diagnostics->incomplete)
        return;
    struct irqp_diagnostic *item = &diagnostics->items[diagnostics->count - 1];
    va_list arguments;
    va_start(arguments, format);
    free(item->suggestion);
    item->suggestion = format_text(format, arguments);
    va_end(arguments);
}

void irqp_missing(struct irqp_diagnostics *diagnostics, const char *name)
{
    if (diagnostics->count == 0 || diagnostics->incomplete)
        return;
    struct irqp_diagnostic *item = &diagnostics->items[diagnostics->count - 1];
    free(item->missing);
    item->missing = strdup(name); /* without memory it is only not known to be the same */
}

/* ---- sorting ---- */

static int compare_places(const struct irqp_place *a, const struct irqp_place *b)
{
    int order = strcmp(a->file ? a->file : "", b->file ? b->file : "");
    if (order == 0)
        order = (a->line > b->line) - (a->line < b->line);
    if (order == 0)
        order = (a->column > b->column) - (a->column < b->column);
    return order;
}

void irqp_diagnostics_sort(struct irqp_diagnostics *diagnostics, size_t from)
{
    /* Insertion of whole groups, a message with the notes that follow it: stable, and the lists are short. */
    struct irqp_diagnostic *items = diagnostics->items;
    for (size_t start = from, end; start < diagnostics->count; start = end) {
        for (end = start + 1; end < diagnostics->count && items[end].severity == IRQP_NOTE; end++)
            ;
        size_t to = from;
        while (to < start && (items[to].severity == IRQP_NOTE ||
                              compare_places(&items[to].place, &items[start].place) <= 0))
            to++;
        for (size_t i = start; i < end; i++, to++) {
            struct irqp_diagnostic moved = items[i];
            memmove(&items[to + 1], &items[to], (i - to) * sizeof *items);
            items[to] = moved;
        }
    }
}

/* ---- repetitions ---- */

static bool says_the_same(const struct irqp_diagnostic *a, const struct irqp_diagnostic *b)
{
    if (a->severity != b->severity || a->severity == IRQP_NOTE)
        return false;
    if (a->missing && b->missing && strcmp(a->missing, b->missing) == 0)
        return true;
    return a->place.file && b->place.file && compare_places(&a->place, &b->place) == 0 &&
           strcmp(a->message, b->message) == 0;
}

void irqp_diagnostics_once(struct irqp_diagnostics *diagnostics, size_t from)
{
    struct irqp_diagnostic *items = diagnostics->items;
    size_t kept = from;
    bool drop = false;
    for (size_t i = from; i < diagnostics->count; i++) {
        if (items[i].severity != IRQP_NOTE) {
            drop = false;
            for (size_t before = 0; before < kept && !drop; before++)
                drop = says_the_same(&items[before], &items[i]);
        }
        if (!drop) {
            items[kept++] = items[i];
            continue;
        }
        diagnostics->errors -= items[i].severity == IRQP_ERROR;
        item_fini(&items[i]);
    }
    diagnostics->count = kept;
}

/* ---- rendering ---- */

/* Writes text so that a terminal shows it harmlessly; returns how many columns it takes. */
static int print_clean(FILE *out, const char *text, size_t length)
{
    int columns = 0;
    for (size_t i = 0; i < length; columns++) {
        uint32_t code = 0;
        size_t bytes = irqp_utf8_decode(text + i, length - i, &code);
        if (bytes > 0 && irqp_utf8_printable(code))
            fwrite(text + i, 1, bytes, out);
        else
            fputc(code == '\t' ? ' ' : '?', out);
        i += bytes > 0 ? bytes : 1;
    }
    return columns;
}

static size_t character_start(const char *text, size_t at)
{
    while (at > 0 && ((unsigned char)text[at] & 0xc0) == 0x80)
        at--;
    return at;
}

/* The line of the place with the caret below it. Of a long line only the neighbourhood of the place is shown.
 */
static void print_excerpt(FILE *out, const struct irqp_place *place, const char *suggestion)
{
    const char *text = place->text;
    size_t length = strlen(text);
    size_t at = place->column > 0 ? (size_t)place->column - 1 : 0;
    at = character_start(text, at < length ? at : length);
    size_t until = at + (place->length > 1 ? (size_t)place->length : 1);
    size_t first = length > WINDOW && at > WINDOW_BEFORE ? character_start(text, at - WINDOW_BEFORE) : 0;
    size_t last = length - first > WINDOW ? character_start(text, first + WINDOW) : length;
    until = until < last ? until : last;
    while (until < last && ((unsigned char)text[until] & 0xc0) == 0x80)
        until++;

    fprintf(out, "%5d | %s", place->line, first > 0 ? "..." : "");
    int before = print_clean(out, text + first, at - first) + (first > 0 ? 3 : 0);
    int under = print_clean(out, text + at, until > at ? until - at : 0);
    print_clean(out, text + at + (until > at ? until - at : 0), last - at - (until > at ? until - at : 0));
    fprintf(out, "%s\n      | %*s^", last < length ? "..." : "", before, "");
    for (int i = 1; i < under; i++)
        fputc('~', out);
    if (suggestion) {
        fputc(' ', out);
        print_clean(out, suggestion, strlen(suggestion));
    }
    fputc('\n', out);
}

char *irqp_diagnostic_render(const struct irqp_diagnostic *diagnostic)
{
    static const char *const severities[] = {"note", "warning", "error"};
    const struct irqp_place *place = &diagnostic->place;
    char *rendered = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&rendered, &size);
    if (!out)
        return NULL;
    if (place->file)
        print_clean(out, place->file, strlen(place->file));
    if (place->file && place->line > 0)
        fprintf(out, ":%d:%d", place->line, place->column);
    fprintf(out, "%s%s: ", place->file ? ": " : "", severities[diagnostic->severity]);
    print_clean(out, diagnostic->message, strlen(diagnostic->message));
    fputc('\n', out);
    if (place->text) {
        print_excerpt(out, place, diagnostic->suggestion);
    } else if (diagnostic->suggestion) {
        fputs("        ", out);
        print_clean(out, diagnostic->suggestion, strlen(diagnostic->suggestion));
        fputc('\n', out);
    }
    bool failed = ferror(out);
    if (fclose(out) != 0 || failed) {
        free(rendered);
        return NULL;
    }
    return rendered;
}

/* ---- near words ---- */

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Edits (insert, delete, replace, swap two neighbours) that lead from a to b; both at most WORD_MAX long. */
static size_t edit_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t rows[3][WORD_MAX + 1];
    for (size_t j = 0; j <= b_length; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t *row = rows[i % 3], *previous = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            row[j] = smaller(previous[j], row[j - 1]) + 1;
            row[j] = smaller(row[j], previous[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = smaller(row[j], before[j - 2] + 1);
        }
    }
    return rows[a_length % 3][b_length];
}

const char *irqp_nearest(const char *word, const char *const *candidates, size_t count)
{
    size_t length = strnlen(word, WORD_MAX + 1);
    if (length == 0 || length > WORD_MAX)
        return NULL;
    const char *nearest = NULL;
    size_t allowed = (length + 1) / 3, best = allowed + 1;
    for (size_t i = 0; i < count; i++) {
        size_t candidate = strnlen(candidates[i], WORD_MAX + 1);
        if (candidate > WORD_MAX)
            continue;
        size_t distance =
            strcasecmp(word, candidates[i]) == 0 ? 0 : edit_distance(word, length, candidates[i], candidate);
        if (distance < best) {
            best = distance;
            nearest = candidates[i];
        }
    }
    return nearest;
}
