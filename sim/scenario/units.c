/* Numbers with units.
 *
 * The grammar of numbers is deliberately small, because YAML's is a trap: 010 is eight, 1:30 is ninety and
 * 1_000 is a thousand to some readers and text to others. What could be read in two ways is explained instead
 * of read. */
#include "sim/scenario/internal.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct unit {
    const char *name;
    enum scenario_dimension dimension;
    double scale; /* in ps, Hz or bytes; 0: cycles of machine.clock */
} units[] = {
    {"ps", SCENARIO_DURATION, 1},
    {"ns", SCENARIO_DURATION, 1e3},
    {"us", SCENARIO_DURATION, 1e6},
    {"\xc2\xb5s", SCENARIO_DURATION, 1e6}, /* micro sign */
    {"\xce\xbcs", SCENARIO_DURATION, 1e6}, /* Greek mu */
    {"ms", SCENARIO_DURATION, 1e9},
    {"s", SCENARIO_DURATION, 1e12},
    {"min", SCENARIO_DURATION, 60e12},
    {"h", SCENARIO_DURATION, 3600e12},
    {"cycles", SCENARIO_DURATION, 0},
    {"cycle", SCENARIO_DURATION, 0},
    {"Hz", SCENARIO_FREQUENCY, 1},
    {"kHz", SCENARIO_FREQUENCY, 1e3},
    {"MHz", SCENARIO_FREQUENCY, 1e6},
    {"GHz", SCENARIO_FREQUENCY, 1e9},
    {"B", SCENARIO_SIZE, 1},
    {"kB", SCENARIO_SIZE, 1e3},
    {"MB", SCENARIO_SIZE, 1e6},
    {"GB", SCENARIO_SIZE, 1e9},
    {"KiB", SCENARIO_SIZE, 1024},
    {"MiB", SCENARIO_SIZE, 1024.0 * 1024},
    {"GiB", SCENARIO_SIZE, 1024.0 * 1024 * 1024},
};
enum { UNITS = sizeof units / sizeof *units };

static const struct dimension {
    const char *name, *example, *unit, *units; /* unit: what a number without one probably meant */
    const char *shown[6]; /* the units of messages, ascending; the largest that gives at least 1 is used */
} dimensions[] = {
    [SCENARIO_NUMBER] = {.name = "a number", .example = "0.5"},
    [SCENARIO_DURATION] = {.name = "a duration",
                           .example = "3.65 us",
                           .unit = "us",
                           .units = "ps, ns, us, ms, s, min, h or cycles",
                           .shown = {"ps", "ns", "us", "ms", "s"}},
    [SCENARIO_FREQUENCY] = {.name = "a frequency",
                            .example = "2.7 GHz",
                            .unit = "Hz",
                            .units = "Hz, kHz, MHz or GHz",
                            .shown = {"Hz", "kHz", "MHz", "GHz"}},
    [SCENARIO_SIZE] = {.name = "a size",
                       .example = "64 KiB",
                       .unit = "B",
                       .units = "B, KiB, MiB, GiB, kB, MB or GB",
                       .shown = {"B", "KiB", "MiB", "GiB"}},
};

/* ---- scanning ---- */

static size_t digits(const char *text)
{
    return strspn(text, "0123456789");
}

/* The length of the number at the start of text, 0 if there is none. */
static size_t number_length(const char *text)
{
    size_t at = text[0] == '+' || text[0] == '-', whole = digits(text + at);
    at += whole;
    size_t fraction = text[at] == '.' ? digits(text + at + 1) : 0;
    if (whole + fraction == 0)
        return 0;
    at += text[at] == '.' ? 1 + fraction : 0;
    if (text[at] == 'e' || text[at] == 'E') {
        size_t sign = text[at + 1] == '+' || text[at + 1] == '-', power = digits(text + at + 1 + sign);
        at += power > 0 ? 1 + sign + power : 0;
    }
    return at;
}

/* Why the text is no number for us though it looks like one to somebody; *help gets what to write. NULL: it
 * is fine. */
static const char *trap(const char *text, const char **help)
{
    const char *unsigned_text = text + (text[0] == '+' || text[0] == '-');
    size_t length = number_length(text);
    char behind = length > 0 ? text[length] : '\0';
    const char *word = unsigned_text[0] == '.' ? unsigned_text + 1 : unsigned_text;
    if (unsigned_text[0] == '0' && unsigned_text[1] != '\0' && strchr("xXoObB", unsigned_text[1])) {
        *help = "write it in decimal";
        return "is not a decimal number";
    }
    if (unsigned_text[0] == '0' && digits(unsigned_text) > 1) {
        *help = "leave the leading zero out";
        return "has a leading zero, which means octal to some readers of YAML";
    }
    if (behind == '_' || behind == '\'') {
        *help = "write the digits without it, or use an exponent as in '1e6'";
        return "has a character between its digits";
    }
    if (behind == ':') {
        *help = "write one number with a unit, as in '90 s'";
        return "has a ':', which makes it a number of base 60 to some readers of YAML";
    }
    if (behind == ',') {
        *help = "write the decimal point as '.'";
        return "has a ','";
    }
    if (strncasecmp(word, "nan", 3) == 0 || strncasecmp(word, "inf", 3) == 0) {
        *help = NULL;
        return "is not a finite number";
    }
    return NULL;
}

/* Reads the number at the start of a scalar and finds its unit behind it ("" if there is none). */
static bool scan(struct scenario_context *context, const struct irqp_tree *tree, const char *example,
                 const char *kind, const char *what, double *number, size_t *length, const char **unit)
{
    struct irqp_diagnostics *diagnostics = context->diagnostics;
    const char *help = NULL;
    if (tree->node != IRQP_SCALAR || scenario_is_null(tree)) {
        irqp_diagnose(diagnostics, IRQP_ERROR, &tree->place, "%s needs %s, not %s", what, kind,
                      scenario_tree_describe(context->arena, tree));
        irqp_suggest(diagnostics, "such as '%s'", example);
        return false;
    }
    const char *trouble = trap(tree->scalar, &help);
    *length = number_length(tree->scalar);
    if (!trouble && *length == 0) {
        irqp_diagnose(diagnostics, IRQP_ERROR, &tree->place, "%s needs %s, not '%s'", what, kind,
                      tree->scalar);
        irqp_suggest(diagnostics, "such as '%s'", example);
        return false;
    }
    *number = trouble ? 0 : strtod(tree->scalar, NULL);
    if (!trouble && !isfinite(*number))
        trouble = "is too large for a number";
    if (trouble) {
        irqp_diagnose(diagnostics, IRQP_ERROR, &tree->place, "%s: '%s' %s", what, tree->scalar, trouble);
        if (help)
            irqp_suggest(diagnostics, "%s", help);
        return false;
    }
    const char *behind = tree->scalar + *length;
    while (*behind == ' ' ||
           strncmp(behind, "\xc2\xa0", 2) == 0) /* careful people put a no-break space here */
        behind += *behind == ' ' ? 1 : 2;
    *unit = behind;
    return true;
}

/* ---- units ---- */

static const struct unit *find_unit(const char *name, int (*compare)(const char *, const char *))
{
    for (size_t i = 0; i < UNITS; i++)
        if (compare(units[i].name, name) == 0)
            return &units[i];
    return NULL;
}

static bool complain_of_unit(struct scenario_context *context, const struct irqp_tree *tree,
                             enum scenario_dimension dimension, const char *what, const char *unit,
                             size_t length)
{
    struct irqp_diagnostics *diagnostics = context->diagnostics;
    const struct dimension *wanted = &dimensions[dimension];
    const struct unit *other = find_unit(unit, strcmp), *nearly = find_unit(unit, strcasecmp);
    if (dimension == SCENARIO_NUMBER) {
        irqp_diagnose(diagnostics, IRQP_ERROR, &tree->place, "%s is a plain number and has no unit", what);
        if (unit[0] == '%')
            irqp_suggest(diagnostics, "write '%g'", strtod(tree->scalar, NULL) / 100);
        else
            irqp_suggest(diagnostics, "write '%.*s'", (int)length, tree->scalar);
    } else if (unit[0] == '\0') {
        irqp_diagnose(diagnostics, IRQP_ERROR, &tree->place, "%s is %s and needs a unit", what, wanted->name);
        irqp_suggest(diagnostics, "such as '%.*s %s'; units are %s", (int)length, tree->scalar, wanted->unit,
                     wanted->units);
    } else if (other) {
        irqp_diagnose(diagnostics, IRQP_ERROR, &tree->place, "%s is %s, but '%s' is a unit of %s", what,
                      wanted->name, unit, dimensions[other->dimension].name + 2);
        irqp_suggest(diagnostics, "units of %s are %s", wanted->name, wanted->units);
    } else {
        irqp_diagnose(diagnostics, IRQP_ERROR, &tree->place, "%s: unknown unit '%s'", what, unit);
        if (nearly && nearly->dimension == dimension)
            irqp_suggest(diagnostics, "did you mean '%s'?", nearly->name);
        else
            irqp_suggest(diagnostics, "units of %s are %s", wanted->name, wanted->units);
    }
    return false;
}

/* The length of a cycle in picoseconds. */
static bool cycle(struct scenario_context *context, const struct irqp_tree *tree, const char *what,
                  double *scale)
{
    double clock = context->scenario ? context->scenario->clock : 0;
    if (clock > 0) {
        *scale = 1e12 / clock;
        return true;
    }
    if (clock == 0) { /* else the clock itself was complained about */
        irqp_diagnose(context->diagnostics, IRQP_ERROR, &tree->place,
                      "%s is given in cycles, but 'machine.clock' is not set", what);
        irqp_suggest(context->diagnostics, "set it, as in 'machine: {clock: 2.7 GHz}', or give a time");
    }
    return false;
}

bool scenario_quantity(struct scenario_context *context, const struct irqp_tree *tree,
                       enum scenario_dimension dimension, const char *what, double *value)
{
    double number, scale = 1;
    size_t length;
    const char *name;
    if (!scan(context, tree, dimensions[dimension].example, dimensions[dimension].name, what, &number,
              &length, &name))
        return false;
    const struct unit *unit = find_unit(name, strcmp);
    if (dimension == SCENARIO_NUMBER ? name[0] != '\0' : !unit || unit->dimension != dimension)
        return complain_of_unit(context, tree, dimension, what, name, length);
    if (unit && unit->scale > 0)
        scale = unit->scale;
    else if (unit && !cycle(context, tree, what, &scale))
        return false;
    double result = number * scale;
    if (dimension == SCENARIO_DURATION && fabs(result) >= 9.2e18) {
        irqp_diagnose(context->diagnostics, IRQP_ERROR, &tree->place,
                      "%s: '%s' is more than a time can hold (106 days)", what, tree->scalar);
        return false;
    }
    if (!isfinite(result)) {
        irqp_diagnose(context->diagnostics, IRQP_ERROR, &tree->place, "%s: '%s' is too large", what,
                      tree->scalar);
        return false;
    }
    *value = result;
    return true;
}

bool scenario_whole(struct scenario_context *context, const struct irqp_tree *tree, const char *what,
                    int64_t *value)
{
    double number;
    size_t length;
    const char *unit;
    if (!scan(context, tree, "1000", "a whole number", what, &number, &length, &unit))
        return false;
    if (unit[0] != '\0')
        return complain_of_unit(context, tree, SCENARIO_NUMBER, what, unit, length);
    if (number != floor(number)) {
        irqp_diagnose(context->diagnostics, IRQP_ERROR, &tree->place, "%s must be a whole number, not '%s'",
                      what, tree->scalar);
        irqp_suggest(context->diagnostics, "write '%.0f' or '%.0f'", floor(number), ceil(number));
        return false;
    }
    errno = 0;
    bool plain = strspn(tree->scalar, "+-0123456789") == strlen(tree->scalar);
    long long whole = plain ? strtoll(tree->scalar, NULL, 10) : 0;
    if (errno == ERANGE || (!plain && fabs(number) >= 0x1p63)) {
        irqp_diagnose(context->diagnostics, IRQP_ERROR, &tree->place, "%s: '%s' is too large", what,
                      tree->scalar);
        return false;
    }
    *value = plain ? whole : (int64_t)number;
    return true;
}

/* ---- ranges ---- */

/* As "1.5 ms". */
static const char *show(struct scenario_context *context, enum scenario_dimension dimension, double value)
{
    const struct unit *unit = NULL;
    for (const char *const *name = dimensions[dimension].shown; *name; name++) {
        const struct unit *candidate = find_unit(*name, strcmp);
        if (!unit || fabs(value) >= candidate->scale)
            unit = candidate;
    }
    const char *text = unit ? scenario_format(context->arena, "%.6g %s", value / unit->scale, unit->name)
                            : scenario_format(context->arena, "%.10g", value);
    return text ? text : "?";
}

bool scenario_in_range(struct scenario_context *context, const struct irqp_place *place,
                       enum scenario_dimension dimension, const char *what, double value, double minimum,
                       double maximum)
{
    if (value >= minimum && value <= maximum)
        return true;
    irqp_diagnose(context->diagnostics, IRQP_ERROR, place, "%s is %s, which is out of range", what,
                  show(context, dimension, value));
    /* From 2^63 - 1 on, a maximum only says that there is none. */
    if (maximum >= 9.2e18)
        irqp_suggest(context->diagnostics, "it is at least %s", show(context, dimension, minimum));
    else
        irqp_suggest(context->diagnostics, "it is from %s to %s", show(context, dimension, minimum),
                     show(context, dimension, maximum));
    return false;
}
