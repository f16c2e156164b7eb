/* Files as text: read whole, checked byte by byte, cut into lines that places can point at.
 *
 * The checks come before the YAML parser, because it reports what it cannot decode without line and column.
 */
#include "sim/scenario/internal.h"
#include "sim/utf8.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SIZE_MAX_MIB = 8, LINES_MAX = 1000000 };
static const size_t size_limit = (size_t)SIZE_MAX_MIB << 20;

/* ---- reading ---- */

/* The whole stream in the arena, with a NUL behind it that is not counted. */
static char *slurp(struct scenario_context *context, FILE *file, size_t *size)
{
    size_t room = 4096, used = 0;
    char *buffer = malloc(room);
    while (buffer) {
        used += fread(buffer + used, 1, room - used, file);
        if (used < room || used > size_limit)
            break;
        char *larger = realloc(buffer, room *= 2);
        if (!larger)
            free(buffer);
        buffer = larger;
    }
    char *bytes = NULL;
    if (buffer)
        bytes = scenario_copy(context->arena, buffer, used);
    else
        context->arena->failed = true;
    free(buffer);
    *size = used;
    return bytes;
}

/* ---- checking ---- */

struct irqp_place scenario_text_place(const struct scenario_text *text, int line, int column, int length)
{
    return (struct irqp_place){.file = text->name,
                               .line = text->number + line,
                               .column = column + 1 + (line == 0 ? text->column : 0),
                               .length = length > 1 ? length : 1,
                               .text = line < text->count ? text->lines[line] : NULL};
}

static bool check_line(struct scenario_context *context, const struct scenario_text *text, int number,
                       size_t length)
{
    const char *line = text->lines[number];
    for (size_t at = 0; at < length;) {
        uint32_t code = 0;
        size_t bytes = irqp_utf8_decode(line + at, length - at, &code);
        if (bytes > 0 && (irqp_utf8_printable(code) || code == '\t')) {
            at += bytes;
            continue;
        }
        struct irqp_place place = scenario_text_place(text, number, (int)at, (int)bytes);
        if (bytes == 0) {
            irqp_diagnose(context->diagnostics, IRQP_ERROR, &place, "byte 0x%02x is not UTF-8 here",
                          (unsigned)(unsigned char)line[at]);
            irqp_suggest(context->diagnostics, "save the file with the encoding UTF-8");
        } else if (code == 0) {
            irqp_diagnose(context->diagnostics, IRQP_ERROR, &place, "a NUL byte: this is not a text file");
        } else {
            irqp_diagnose(context->diagnostics, IRQP_ERROR, &place,
                          "the %s character U+%04X cannot stand in a text file",
                          code < 0x80 ? "control" : "invisible", (unsigned)code);
            irqp_suggest(context->diagnostics, "delete it");
        }
        return false;
    }
    return true;
}

/* Cuts the bytes into lines (ended by LF, CR LF or CR, as YAML has it) and checks each. The lines are cut out
 * of a copy, so that the parser still sees the bytes as they are. */
static bool split_lines(struct scenario_context *context, struct scenario_text *text)
{
    size_t lines = 1;
    for (size_t i = 0; i < text->size; i++)
        lines += text->bytes[i] == '\n' || text->bytes[i] == '\r';
    if (lines > LINES_MAX) {
        struct irqp_place place = {.file = text->name};
        irqp_diagnose(context->diagnostics, IRQP_ERROR, &place, "more than %d lines", LINES_MAX);
        return false;
    }
    char *copy = scenario_copy(context->arena, text->bytes, text->size);
    text->lines = scenario_alloc(context->arena, lines * sizeof *text->lines);
    if (!copy || !text->lines)
        return false;
    for (char *line = copy, *end = copy + text->size; line <= end; line++) {
        size_t length = 0;
        while (line + length < end && line[length] != '\n' && line[length] != '\r')
            length++;
        bool crlf = line + length + 1 < end && line[length] == '\r' && line[length + 1] == '\n';
        line[length] = '\0';
        text->lines[text->count++] = line;
        if (!check_line(context, text, text->count - 1, length))
            return false;
        line += length + crlf;
    }
    return true;
}

static const char *encoding_trouble(const unsigned char *bytes, size_t size)
{
    if (size >= 2 && ((bytes[0] == 0xff && bytes[1] == 0xfe) || (bytes[0] == 0xfe && bytes[1] == 0xff)))
        return "UTF-16";
    if (size >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b)
        return "compressed with gzip";
    return NULL;
}

struct scenario_text *scenario_text_read(struct scenario_context *context, const char *name,
                                         const struct irqp_place *from)
{
    struct irqp_place nowhere = {.file = name};
    struct stat status;
    FILE *file = fopen(name, "rb");
    if (!file || fstat(fileno(file), &status) != 0) {
        irqp_diagnose(context->diagnostics, IRQP_ERROR, from ? from : &nowhere, "cannot read '%s': %s", name,
                      strerror(errno));
        if (file)
            fclose(file);
        return NULL;
    }
    if (S_ISDIR(status.st_mode)) {
        irqp_diagnose(context->diagnostics, IRQP_ERROR, from ? from : &nowhere,
                      "'%s' is a directory; a file is needed here", name);
        fclose(file);
        return NULL;
    }
    struct scenario_text *text = scenario_alloc(context->arena, sizeof *text);
    const char *bytes = text ? slurp(context, file, &text->size) : NULL;
    bool failed = ferror(file);
    fclose(file);
    if (!bytes)
        return NULL;
    const char *trouble = encoding_trouble((const unsigned char *)bytes, text->size);
    if (failed)
        irqp_diagnose(context->diagnostics, IRQP_ERROR, &nowhere, "reading failed");
    else if (text->size > size_limit)
        irqp_diagnose(context->diagnostics, IRQP_ERROR, &nowhere, "the file is larger than %d MiB",
                      SIZE_MAX_MIB);
    else if (trouble)
        irqp_diagnose(context->diagnostics, IRQP_ERROR, &nowhere,
                      "the file is %s; plain UTF-8 text is needed", trouble);
    if (failed || text->size > size_limit || trouble)
        return NULL;
    if (text->size >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
        bytes += 3; /* a byte order mark, which UTF-8 does not need */
        text->size -= 3;
    }
    text->name = scenario_copy(context->arena, name, strlen(name));
    text->bytes = bytes;
    text->number = 1;
    return text->name && split_lines(context, text) ? text : NULL;
}

struct scenario_text *scenario_text_line(struct scenario_context *context, const char *name, int number,
                                         const char *line, size_t offset)
{
    struct scenario_text *text = scenario_alloc(context->arena, sizeof *text);
    const char **lines = scenario_alloc(context->arena, sizeof *lines);
    const char *copy = scenario_copy(context->arena, line, strlen(line));
    if (!text || !lines || !copy)
        return NULL;
    *lines = copy;
    *text = (struct scenario_text){.name = name, .lines = lines, .count = 1, .number = number};
    if (!check_line(context, text, 0, strlen(copy)))
        return NULL;
    text->bytes = copy + offset;
    text->size = strlen(text->bytes);
    text->column = (int)offset;
    return text;
}
