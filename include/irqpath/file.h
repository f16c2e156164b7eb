/* Files: written whole or not at all, read whole, and places in them for diagnostics. */
#ifndef IRQPATH_FILE_H
#define IRQPATH_FILE_H

#include "irqpath/diagnostics.h"
#include "irqpath/status.h"
#include <stddef.h>

/* Writes size bytes to file, replacing what was there: a temporary file in the same directory, flushed to the
 * disk, is renamed. On failure (IRQP_IO, or IRQP_NO_MEMORY) the reason is an error in diagnostics, the
 * temporary file is gone and an existing file is as it was. A kill may leave the temporary
 * file (FILE.PID-N.tmp), never a part of FILE. What exists under this name and is no regular
 * file is not replaced. */
enum irqp_status irqp_file_write(const char *file, const void *data, size_t size,
                                 struct irqp_diagnostics *diagnostics);

/* Makes a directory and those above it that are missing; one that exists is fine. Else as irqp_file_write. */
enum irqp_status irqp_directory_make(const char *directory, struct irqp_diagnostics *diagnostics);

/* A file in memory. */
struct irqp_text {
    const char *file; /* as in messages; not owned */
    char *data;       /* owned; a zero byte follows the last */
    size_t size;
};

/* Reads a file whole, gunzipped if it is compressed; "-" is standard input. IRQP_IO if it cannot be read,
 * IRQP_INPUT if it is damaged or (unpacked) longer than IRQP_TEXT_MAX; both with an error in diagnostics. The
 * caller ends the text with irqp_text_fini in every case. */
enum irqp_status irqp_text_read(struct irqp_text *text, const char *file,
                                struct irqp_diagnostics *diagnostics);
void irqp_text_fini(struct irqp_text *text);

#define IRQP_TEXT_MAX ((size_t)1 << 28) /* bytes; the largest histograms met have 4 MB */

/* Adds a message about length bytes at a line (from 1) and column (from 1, in bytes) of a text, with that
 * line shown. Line 0: about the text as a whole. printf-like. */
__attribute__((format(printf, 7, 8))) void
irqp_diagnose_text(struct irqp_diagnostics *diagnostics, enum irqp_severity severity,
                   const struct irqp_text *text, int line, int column, int length, const char *format, ...);

#endif
