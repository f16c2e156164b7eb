#include "sim/cli/text.h"
#include "irqpath/scenario.h"
#include "irqpath/study.h"

#include <inttypes.h>
#include <langinfo.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void cli_message(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("irqpath: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

void cli_print_diagnostics(struct irqp_diagnostics *diagnostics)
{
    for (size_t i = 0; i < diagnostics->count; i++) {
        char *text = irqp_diagnostic_render(&diagnostics->items[i]);
        fputs(text ? text : "out of memory for a message\n", stderr);
        free(text);
    }
    if (diagnostics->incomplete)
        cli_message("there are more messages than are shown");
    irqp_diagnostics_fini(diagnostics);
}

json_t *cli_json_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

void cli_print_json(json_t *document)
{
    json_dumpf(document, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(9));
    putchar('\n');
    json_decref(document);
}

void cli_unknown(const char *what, const char *given, const char *const *names, size_t count)
{
    const char *near = irqp_nearest(given, names, count);
    cli_message("%s '%s'%s%s%s", what, given, near ? "; did you mean '" : "", near ? near : "",
                near ? "'?" : "");
}

void *cli_allocate(void *old, size_t count, size_t size)
{
    void *memory = count > SIZE_MAX / size ? NULL : realloc(old, count > 0 ? count * size : 1);
    if (!memory) {
        cli_message("out of memory");
        exit(irqp_status_exit_code(IRQP_NO_MEMORY));
    }
    return memory;
}

char *cli_format(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = cli_allocate(NULL, length < 0 ? 1 : (size_t)length + 1, 1);
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}

const char *cli_style_begin(bool colour, enum cli_style style)
{
    return !colour || style == CLI_PLAIN ? "" : style == CLI_BOLD ? "\033[1m" : "\033[2m";
}

const char *cli_style_end(bool colour, enum cli_style style)
{
    return !colour || style == CLI_PLAIN ? "" : "\033[0m";
}

void cli_print_name(const struct cli *cli, const char *name, const char *title)
{
    bool titled = strcmp(name, title) != 0;
    printf("%s%s%s%s%s\n", cli_style_begin(cli->colour, CLI_BOLD), name, cli_style_end(cli->colour, CLI_BOLD),
           titled ? ": " : "", titled ? title : "");
}

/* ---- numbers ---- */

struct cli_word cli_word(const char *format, ...)
{
    struct cli_word result;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(result.text, sizeof result.text, format, arguments);
    va_end(arguments);
    return result;
}

/* Microseconds as they will be printed, so that nothing becomes "-0.000". */
static double rounded_us(double picoseconds, int decimals)
{
    double scale = pow(10, decimals);
    return round(picoseconds / (double)IRQP_US * scale) / scale + 0.0;
}

struct cli_word cli_us(double picoseconds, int decimals)
{
    return cli_word("%.*f", decimals, rounded_us(picoseconds, decimals));
}

struct cli_word cli_us_signed(double picoseconds, int decimals)
{
    return cli_word("%+.*f", decimals, rounded_us(picoseconds, decimals));
}

struct cli_word cli_share(double part, double whole)
{
    return whole > 0 ? cli_word("%.1f %%", 100 * part / whole) : cli_word("-");
}

struct cli_word cli_count(uint64_t count)
{
    char digits[24];
    struct cli_word result;
    int length = snprintf(digits, sizeof digits, "%" PRIu64, count);
    char *to = result.text;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            *to++ = ' ';
        *to++ = digits[i];
    }
    *to = '\0';
    return result;
}

struct cli_word cli_rate(double value)
{
    static const char *const prefixes[] = {"", " k", " M", " G"};
    size_t prefix = 0;
    while (value >= 999.5 && prefix < 3) {
        value /= 1000;
        prefix++;
    }
    return cli_word("%.*f%s", value < 9.995 ? 2 : value < 99.95 ? 1 : 0, value, prefixes[prefix]);
}

struct cli_word cli_seconds(double seconds)
{
    static const struct {
        double size;
        const char *name;
    } units[] = {{1, "s"}, {60, "min"}, {3600, "h"}, {86400, "days"}, {31557600, "years"}};
    size_t unit = 0;
    while (unit < 4 && seconds >= 1.95 * units[unit + 1].size)
        unit++;
    double value = seconds / units[unit].size;
    if (value > 0 && value < 0.0995)
        return cli_word("%.2g ms", value * 1e3);
    return cli_word("%.*f %s", value < 9.95 ? 1 : 0, value, units[unit].name);
}

struct cli_word cli_duration(double picoseconds)
{
    static const struct {
        double size;
        const char *name;
    } units[] = {{1e12, "s"}, {1e9, "ms"}, {1e6, "us"}, {1e3, "ns"}, {1, "ps"}};
    size_t unit = 0;
    while (unit < 4 && fabs(picoseconds) < units[unit].size * 0.1)
        unit++;
    return picoseconds == 0 ? cli_word("0")
                            : cli_word("%.10g %s", picoseconds / units[unit].size, units[unit].name);
}

bool cli_read_time(const char *text, double *us)
{
    static const struct {
        const char *name;
        double us;
    } units[] = {{"", 1}, {"ns", 1e-3}, {"us", 1}, {"µs", 1}, {"ms", 1e3}, {"s", 1e6}};
    char *end;
    *us = strtod(text, &end);
    end += strspn(end, " ");
    for (size_t i = 0; end != text && i < sizeof units / sizeof *units; i++)
        if (strcmp(end, units[i].name) == 0) {
            *us *= units[i].us;
            return *us > 0 && *us < 1e12;
        }
    return false;
}

enum irqp_status cli_read_count(const char *option, const char *text, uint64_t *count)
{
    struct irqp_diagnostics diagnostics;
    const struct irqp_tree tree = {.node = IRQP_SCALAR, .scalar = text};
    int64_t value = 0;
    if (!text)
        return IRQP_OK;
    irqp_diagnostics_init(&diagnostics);
    bool good = irqp_tree_count(&tree, option, 0, 1000000000000, &value, &diagnostics);
    cli_print_diagnostics(&diagnostics);
    *count = (uint64_t)value;
    return good ? IRQP_OK : IRQP_USAGE;
}

char *cli_samples(const struct irqp_run *run)
{
    uint64_t total = run->result.thread.total;
    struct cli_word done = cli_count(total), asked = cli_count(run->samples);
    return run->partial ? cli_format("%s of %s samples, partial", done.text, asked.text)
                        : cli_format("%s sample%s", done.text, total == 1 ? "" : "s");
}

/* ---- layout ---- */

const char *cli_sign(enum cli_sign sign)
{
    static const char *const signs[][2] = {
        [CLI_ARROW] = {"→", "->"},
        [CLI_ELLIPSIS] = {"…", ".."},
    };
    return signs[sign][strcmp(nl_langinfo(CODESET), "UTF-8") != 0];
}

static bool continues(char byte) /* a character that an earlier byte began */
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

size_t cli_length(const char *text)
{
    size_t length = 0;
    for (; *text; text++)
        length += !continues(*text);
    return length;
}

static const char *skip(const char *text, size_t characters)
{
    while (*text && (characters > 0 || continues(*text))) {
        text++;
        characters -= !continues(*text);
    }
    return text;
}

char *cli_shorten(const char *text, size_t most)
{
    size_t length = cli_length(text);
    if (length <= most)
        return cli_format("%s", text);
    const char *ellipsis = cli_sign(CLI_ELLIPSIS);
    size_t room = most - cli_length(ellipsis), tail = room / 2;
    return cli_format("%.*s%s%s", (int)(skip(text, room - tail) - text), text, ellipsis,
                      skip(text, length - tail));
}

void cli_wrap(FILE *out, const char *text, size_t at, size_t indent)
{
    bool first = true;
    for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
        size_t bytes = strcspn(text, " \n");
        char *one = cli_format("%.*s", (int)bytes, text);
        size_t length = cli_length(one);
        if (!first && at + 1 + length > CLI_WIDTH) {
            fprintf(out, "\n%*s", (int)indent, "");
            at = indent;
        } else if (!first) {
            fputc(' ', out);
            at++;
        }
        fputs(one, out);
        free(one);
        at += length;
        first = false;
        text += bytes;
        if (*text == '\n') {
            text += strspn(text, " \n");
            if (*text) {
                fprintf(out, "\n\n%*s", (int)indent, "");
                at = indent;
                first = true;
            }
        }
    }
    fputc('\n', out);
}
