/* What the readers of formats share. A new format is one file with one function of each of the two kinds
 * below, and a row in the table of read.c. Internal. */
#ifndef SIM_MEASURED_FORMAT_H
#define SIM_MEASURED_FORMAT_H

#include "irqpath/file.h"
#include "irqpath/measured.h"
#include <stdbool.h>

struct irqpi_input {
    const struct irqp_text *text; /* not empty, without zero bytes */
    irqp_time unit;               /* asked for, or 0 */
    struct irqp_diagnostics *diagnostics;
};

struct irqpi_format {
    const char *name;
    bool (*recognises)(const struct irqp_text *text);
    /* Fills series and unit of an empty measurement. What is wrong goes to diagnostics; on failure the caller
     * frees. */
    enum irqp_status (*read)(struct irqp_measured *out, const struct irqpi_input *input);
};

bool irqpi_cyclictest_recognises(const struct irqp_text *text);
enum irqp_status irqpi_cyclictest_read(struct irqp_measured *out, const struct irqpi_input *input);
bool irqpi_cyclictest_json_recognises(const struct irqp_text *text);
enum irqp_status irqpi_cyclictest_json_read(struct irqp_measured *out, const struct irqpi_input *input);
bool irqpi_rtla_recognises(const struct irqp_text *text);
enum irqp_status irqpi_rtla_read(struct irqp_measured *out, const struct irqpi_input *input);
bool irqpi_osadl_recognises(const struct irqp_text *text);
enum irqp_status irqpi_osadl_read(struct irqp_measured *out, const struct irqpi_input *input);
bool irqpi_jitterdebugger_recognises(const struct irqp_text *text);
enum irqp_status irqpi_jitterdebugger_read(struct irqp_measured *out, const struct irqpi_input *input);
bool irqpi_oslat_recognises(const struct irqp_text *text);
enum irqp_status irqpi_oslat_read(struct irqp_measured *out, const struct irqpi_input *input);
bool irqpi_oslat_json_recognises(const struct irqp_text *text);
enum irqp_status irqpi_oslat_json_read(struct irqp_measured *out, const struct irqpi_input *input);
bool irqpi_xenomai_recognises(const struct irqp_text *text);
enum irqp_status irqpi_xenomai_read(struct irqp_measured *out, const struct irqpi_input *input);
bool irqpi_latency_log_recognises(const struct irqp_text *text);
enum irqp_status irqpi_latency_log_read(struct irqp_measured *out, const struct irqpi_input *input);
bool irqpi_samples_recognises(const struct irqp_text *text);
enum irqp_status irqpi_samples_read(struct irqp_measured *out, const struct irqpi_input *input);
bool irqpi_columns_recognises(const struct irqp_text *text);
enum irqp_status irqpi_columns_read(struct irqp_measured *out, const struct irqpi_input *input);

/* ---- lines and fields of a text ---- */

struct irqpi_line {
    const struct irqp_text *text;
    int number;              /* from 1; 0 before the first */
    const char *start, *end; /* without "\n" and "\r\n" */
    bool ended;              /* by a line feed, not by the end of the file */
};

struct irqpi_field {
    const char *start;
    size_t size;
};

/* Steps to the next line; before the first of a line that has only its text. False at the end. */
bool irqpi_next_line(struct irqpi_line *line);
bool irqpi_line_starts(const struct irqpi_line *line, const char *prefix);
/* The next field of a line, from *cursor on (at first line->start), where separators delimit fields. False at
 * the end.
 */
bool irqpi_next_field(const struct irqpi_line *line, const char **cursor, const char *separators,
                      struct irqpi_field *field);
/* Whether the field is this word. */
bool irqpi_field_is(const struct irqpi_field *field, const char *word);
/* A field of digits only that fits. */
bool irqpi_field_count(const struct irqpi_field *field, uint64_t *count);

/* Reports about a field, or about a line (field NULL), or about the whole (line NULL too). An error's status
 * is returned: IRQP_INPUT. printf-like. */
__attribute__((format(printf, 4, 5))) enum irqp_status irqpi_bad(const struct irqpi_input *input,
                                                                 const struct irqpi_line *line,
                                                                 const struct irqpi_field *field,
                                                                 const char *format, ...);

/* ---- series ---- */

/* Adds an empty series with bins of this width; NULL without memory, else valid until the next is added. */
struct irqp_series *irqpi_add_series(struct irqp_measured *out, irqp_time width);

/* A decimal number of units, exactly: a value, perhaps negative, and how many decimals it has. False if it is
 * none, does not fit, or is finer than a picosecond. */
struct irqpi_decimal {
    irqp_time time;
    unsigned decimals;
};
bool irqpi_field_decimal(const struct irqpi_field *field, irqp_time unit, struct irqpi_decimal *decimal);

/* The unit that a line names as a word of its own, ns, us or ms; 0 if it names none. */
irqp_time irqpi_unit_named(const struct irqpi_line *line);

/* A whole number of units as a time; false if it does not fit. */
bool irqpi_to_time(uint64_t value, irqp_time unit, irqp_time *time);

/* Rows in any order, each with its own edge. */
struct irqpi_rows {
    struct irqp_bin *items; /* owned: free() */
    size_t count, capacity;
};
enum irqp_status irqpi_add_row(struct irqpi_rows *rows, irqp_time lower, uint64_t count);
/* Sorts the rows and adds them to bins. IRQP_INPUT as irqp_bins_add. */
enum irqp_status irqpi_rows_to_bins(struct irqpi_rows *rows, struct irqp_bins *bins);

/* ---- JSON documents ---- */

/* A histogram as an object of {"bin": count}. */
struct json_t;
enum irqp_status irqpi_json_rows(struct irqpi_rows *rows, struct json_t *histogram, const char *series,
                                 irqp_time unit, const struct irqpi_input *input);
/* The same, added to the bins of a series. */
enum irqp_status irqpi_json_bins(struct irqp_series *series, struct json_t *histogram, irqp_time unit,
                                 const struct irqpi_input *input);
/* A latency in whole units; IRQP_UNKNOWN if the object has none. */
irqp_time irqpi_json_latency(const struct json_t *object, const char *key, irqp_time unit);
/* A mean, which may have decimals; IRQP_UNKNOWN if the object has none. */
irqp_time irqpi_json_mean(const struct json_t *object, const char *key, irqp_time unit);
/* Adds a series from an object with a histogram, the number of all samples under a key, and perhaps min, max
 * and avg. What the number has beyond the bins lay beyond the histogram. what and name: "thread", "0". */
enum irqp_status irqpi_json_counted(struct irqp_measured *out, const char *what, const char *name,
                                    const struct json_t *object, const char *key,
                                    const struct irqpi_input *input);
/* Calls read for each member of an object, until one fails. */
enum irqp_status irqpi_json_each(struct irqp_measured *out, struct json_t *objects,
                                 enum irqp_status (*read)(struct irqp_measured *out, const char *name,
                                                          const struct json_t *object,
                                                          const struct irqpi_input *input),
                                 const struct irqpi_input *input);
/* Loads the document, calls read, and releases it. */
enum irqp_status irqpi_json_read(struct irqp_measured *out, const struct irqpi_input *input,
                                 enum irqp_status (*read)(struct irqp_measured *out,
                                                          const struct json_t *root,
                                                          const struct irqpi_input *input));

#endif
