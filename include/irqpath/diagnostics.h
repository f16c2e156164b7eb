/* Diagnostics: messages about input, collected so that all errors of a file come out in one run.
 *
 * A message has a place (file, line, column, length of the offending text) and, where one helps, a
 * suggestion. Rendering is the program's affair; irqp_diagnostics_render() gives the house form:
 *
 *     scenarios/hackbench.yaml:14:5: error: unknown key 'irq_entyr' in 'costs.microkernel'
 *        14 |     irq_entyr: 0.15 us
 *           |     ^~~~~~~~~ did you mean 'irq_entry'?
 */
#ifndef IRQPATH_DIAGNOSTICS_H
#define IRQPATH_DIAGNOSTICS_H

#include <stdbool.h>
#include <stddef.h>

/* A place in an input. Strings are owned by whoever made the place and outlive it (the scenario, or the
 * diagnostics). */
struct irqp_place {
    const char *file; /* as the user named it; "--set" for an override; NULL when there is none */
    int line;         /* from 1; 0 when unknown */
    int column;       /* from 1, in bytes */
    int length;       /* bytes to underline, at least 1 */
    const char *text; /* the whole line, without its end; NULL when unknown */
};

enum irqp_severity { IRQP_NOTE, IRQP_WARNING, IRQP_ERROR };

struct irqp_diagnostic {
    enum irqp_severity severity;
    struct irqp_place place; /* strings copied */
    char *message;
    char *suggestion; /* shown behind the caret; NULL when there is none */
    char *missing;    /* name of the file for want of which this is said; NULL when there is none */
};

struct irqp_diagnostics {
    struct irqp_diagnostic *items;
    size_t count, capacity;
    size_t errors;   /* how many of the items are errors */
    bool incomplete; /* not all is here: memory ran out, or there are more than anybody would read (200) */
};

void irqp_diagnostics_init(struct irqp_diagnostics *diagnostics);
void irqp_diagnostics_fini(struct irqp_diagnostics *diagnostics);

/* Adds a message; place may be NULL; everything is copied. printf-like. Never fails, but see incomplete. */
__attribute__((format(printf, 4, 5))) void irqp_diagnose(struct irqp_diagnostics *diagnostics,
                                                         enum irqp_severity severity,
                                                         const struct irqp_place *place, const char *format,
                                                         ...);

/* Attaches a suggestion to the message added last. printf-like. */
__attribute__((format(printf, 2, 3))) void irqp_suggest(struct irqp_diagnostics *diagnostics,
                                                        const char *format, ...);

/* Says of the message added last that this file is missing. By its name, as it was asked for: from several
 * folders it is looked for in several places, and missing once. */
void irqp_missing(struct irqp_diagnostics *diagnostics, const char *name);

/* Drops every message from index `from` on that an earlier one makes needless: it has the same place and
 * text, or the same file is missing. Its notes go with it. */
void irqp_diagnostics_once(struct irqp_diagnostics *diagnostics, size_t from);

/* Sorts the messages from index `from` on by file, line and column; stable. A note stays behind the message
 * that it belongs to. */
void irqp_diagnostics_sort(struct irqp_diagnostics *diagnostics, size_t from);

/* One message in the house form, ending in a newline, as a malloc'ed string that the caller frees; NULL
 * without memory. Control characters of the input are shown as '?', tabs as one space; of a long line only
 * the neighbourhood. */
char *irqp_diagnostic_render(const struct irqp_diagnostic *diagnostic);

/* The candidate nearest to word in edit distance if it is near enough to be what was meant, else NULL. */
const char *irqp_nearest(const char *word, const char *const *candidates, size_t count);

#endif
