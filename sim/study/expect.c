/* Reading `expect`: from the tree to measures, comparisons and conditions; everything is checked here, so
 * that judging cannot go wrong. */
#include "irqpath/expect.h"
#include "irqpath/engine.h"
#include "irqpath/result_file.h"

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const irqp_claim_kinds[] = {"given", "fitted", "predicted"};

enum { NAMES_MAX = IRQP_STEPS_MAX };

/* A text that was made here. */
struct irqp_expect_strings {
    struct irqp_expect_strings *next;
    char text[];
};

struct reader {
    const struct irqp_evidence *of;
    const char *search;
    struct irqp_diagnostics *diagnostics;
    struct irqp_expectations *into;
    bool no_memory;
};

/* ---- texts ---- */

__attribute__((format(printf, 2, 3))) static const char *format(struct reader *reader, const char *format,
                                                                ...)
{
    va_list list, again;
    va_start(list, format);
    va_copy(again, list);
    int length = vsnprintf(NULL, 0, format, list);
    struct irqp_expect_strings *string = length < 0 ? NULL : malloc(sizeof *string + (size_t)length + 1);
    if (string) {
        vsnprintf(string->text, (size_t)length + 1, format, again);
        string->next = reader->into->strings;
        reader->into->strings = string;
    }
    va_end(again);
    va_end(list);
    reader->no_memory |= !string;
    return string ? string->text : "";
}

/* What is wrong with a value; what to do may follow with irqp_suggest. */
__attribute__((format(printf, 3, 4))) static bool
refuse(struct reader *reader, const struct irqp_place *place, const char *format, ...)
{
    char message[256];
    va_list list;
    va_start(list, format);
    vsnprintf(message, sizeof message, format, list);
    va_end(list);
    irqp_diagnose(reader->diagnostics, IRQP_ERROR, place, "%s", message);
    return false;
}

/* The text of a scalar; NULL: it is none, which was diagnosed. */
static const char *text_of(struct reader *reader, const struct irqp_tree *tree, const char *what)
{
    if (tree->node == IRQP_SCALAR && tree->scalar[0] != '\0')
        return tree->scalar;
    refuse(reader, &tree->place, "%s must be a text", what);
    return NULL;
}

/* ---- names ---- */

struct names {
    const char *items[NAMES_MAX];
    size_t count;
};

static void add_name(struct names *names, const char *name)
{
    if (names->count < NAMES_MAX)
        names->items[names->count++] = name;
}

static void names_of(const struct irqp_evidence *of, enum irqp_measure_kind kind, struct names *names)
{
    const struct irqp_route *routes;
    names->count = 0;
    switch (kind) {
    case IRQP_MEASURE_SHARE:
    case IRQP_MEASURE_TIME:
        for (size_t i = 0; of->model->cause_name(of->machine, i); i++)
            add_name(names, of->model->cause_name(of->machine, i));
        break;
    case IRQP_MEASURE_RATE:
        for (size_t i = 0; of->model->counter_name(of->machine, i); i++)
            add_name(names, of->model->counter_name(of->machine, i));
        break;
    case IRQP_MEASURE_CPU:
        for (size_t i = 0; i < IRQP_MODES; i++)
            add_name(names, irqp_mode_names[i]);
        break;
    case IRQP_MEASURE_ROUTE:
        for (size_t i = 0, count = of->model->routes(of->machine, &routes); i < count; i++)
            add_name(names, routes[i].name);
        break;
    default:
        break;
    }
}

/* That a name is one of those that the model has; steps may be missing on a platform, which is what one wants
 * to know. */
static bool check_name(struct reader *reader, enum irqp_measure_kind kind, const char *word, const char *name,
                       const struct irqp_place *place)
{
    struct names names;
    names_of(reader->of, kind, &names);
    for (size_t i = 0; i < names.count; i++)
        if (strcmp(names.items[i], name) == 0)
            return true;
    refuse(reader, place, "there is no %s '%s'", word, name);
    const char *nearest = irqp_nearest(name, names.items, names.count);
    if (nearest) {
        irqp_suggest(reader->diagnostics, "did you mean '%s'?", nearest);
        return false;
    }
    const char *list = names.count > 0 ? names.items[0] : "";
    for (size_t i = 1; i < names.count; i++)
        list = format(reader, "%s, %s", list, names.items[i]);
    irqp_suggest(reader->diagnostics, "there are: %s", list);
    return false;
}

/* ---- measures ---- */

static const struct word {
    const char *name;
    enum irqp_measure_kind kind;
    const char *named; /* what `of` names; NULL: it has no `of` */
    bool duration;
} words[] = {
    {"min", IRQP_MEASURE_MINIMUM, NULL, true},       {"max", IRQP_MEASURE_MAXIMUM, NULL, true},
    {"mean", IRQP_MEASURE_MEAN, NULL, true},         {"mode", IRQP_MEASURE_MODE, NULL, true},
    {"share", IRQP_MEASURE_SHARE, "cause", false},   {"time", IRQP_MEASURE_TIME, "cause", true},
    {"rate", IRQP_MEASURE_RATE, "counter", false},   {"cpu", IRQP_MEASURE_CPU, "mode of the CPU", false},
    {"mode_gap", IRQP_MEASURE_MODE_GAP, NULL, true}, {"throughput", IRQP_MEASURE_THROUGHPUT, NULL, false},
    {"run_time", IRQP_MEASURE_RUN_TIME, NULL, true}, {"steps", IRQP_MEASURE_STEPS, "step", false},
    {"route", IRQP_MEASURE_ROUTE, "route", true},
};

static const struct comparison {
    const char *name;
    enum irqp_comparison kind;
    size_t least, most; /* other scenarios */
} comparisons[] = {
    {"offset_to", IRQP_COMPARE_OFFSET, 1, 1},
    {"ratio_to", IRQP_COMPARE_RATIO, 1, 1},
    {"ordering", IRQP_COMPARE_ORDER, 1, IRQP_EXPECT_OTHERS},
    {"position", IRQP_COMPARE_POSITION, 2, 2},
    {"density_ratio", IRQP_COMPARE_DENSITY, 0, 0},
    {"parameter", IRQP_COMPARE_PARAMETER, 0, 0},
};

enum { WORDS = sizeof words / sizeof *words, COMPARISONS = sizeof comparisons / sizeof *comparisons };

static bool unknown_metric(struct reader *reader, const char *text, const struct irqp_place *place,
                           bool comparing)
{
    const char *all[WORDS + COMPARISONS + 3] = {"p50", "p99.9", "P(latency > 100 us)"};
    size_t count = 3;
    for (size_t i = 0; i < WORDS; i++)
        all[count++] = words[i].name;
    for (size_t i = 0; i < COMPARISONS && comparing; i++)
        all[count++] = comparisons[i].name;
    refuse(reader, place, "there is no metric '%s'", text);
    const char *nearest = irqp_nearest(text, all, count);
    if (nearest) {
        irqp_suggest(reader->diagnostics, "did you mean '%s'?", nearest);
        return false;
    }
    const char *list = all[0];
    for (size_t i = 1; i < count; i++)
        list = format(reader, i + 1 < count ? "%s, %s" : "%s and %s", list, all[i]);
    irqp_suggest(reader->diagnostics, "there are %s", list);
    return false;
}

/* "p99.9"; false if the text is none. */
static bool read_quantile(const char *text, double *p)
{
    char *end;
    if (text[0] != 'p' || strchr("0123456789.", text[1]) == NULL || text[1] == '\0')
        return false;
    double percent = strtod(text + 1, &end);
    *p = percent / 100;
    return *end == '\0' && percent > 0 && percent < 100;
}

/* "P(latency > 100 us)": what stands behind the sign, which the caller frees; NULL if the text is none. */
static char *level_of(const char *text)
{
    static const char head[] = "P(latency";
    size_t length = strlen(text);
    if (strncmp(text, head, strlen(head)) != 0 || text[length - 1] != ')')
        return NULL;
    const char *at = text + strlen(head);
    at += strspn(at, " ");
    if (*at != '>')
        return NULL;
    at += 1 + strspn(at + 1, "= ");
    return strndup(at, length - 1 - (size_t)(at - text));
}

static bool read_level(struct reader *reader, const struct irqp_tree *tree, char *level,
                       struct irqp_measure *measure)
{
    struct irqp_tree scalar = {.node = IRQP_SCALAR, .place = tree->place, .scalar = level};
    bool good = irqp_tree_duration(&scalar, reader->of->scenario, "the latency", &measure->level,
                                   reader->diagnostics);
    if (good && measure->level <= 0)
        good = refuse(reader, &tree->place, "the latency must be above zero");
    free(level);
    return good;
}

/* The optional text of a key. */
static bool read_text(struct reader *reader, const struct irqp_tree *item, const char *key, const char **text)
{
    const struct irqp_tree *child = irqp_tree_child(item, key);
    const char *what = child ? format(reader, "'%s'", key) : "";
    if (child)
        *text = text_of(reader, child, what);
    return !child || *text;
}

/* Fills in a measure from its text, for example "share of microkernel tick"; `of` may be a tree of its own.
 */
static bool read_measure(struct reader *reader, const struct irqp_tree *item, const struct irqp_tree *metric,
                         const struct irqp_tree *of, struct irqp_measure *measure, bool comparing)
{
    const char *text = text_of(reader, metric, "a metric");
    char *level = text ? level_of(text) : NULL;
    if (!text)
        return false;
    if (level) {
        measure->kind = IRQP_MEASURE_EXCEEDANCE;
        return read_level(reader, metric, level, measure);
    }
    if (read_quantile(text, &measure->p)) {
        measure->kind = IRQP_MEASURE_QUANTILE;
        return true;
    }
    const char *rest = strstr(text, " of ");
    size_t length = rest ? (size_t)(rest - text) : strlen(text);
    const struct word *word = NULL;
    for (size_t i = 0; i < WORDS; i++)
        if (strlen(words[i].name) == length && strncmp(words[i].name, text, length) == 0)
            word = &words[i];
    if (!word || (rest && !word->named))
        return unknown_metric(reader, text, &metric->place, !comparing);
    measure->kind = word->kind;
    if (!word->named)
        return true;
    const struct irqp_place *place = rest || !of ? &metric->place : &of->place;
    measure->name = rest ? rest + strlen(" of ") : of ? text_of(reader, of, "'of'") : NULL;
    if (!measure->name) {
        if (!of)
            refuse(reader, place, "'%s' needs the name of a %s", word->name, word->named);
        if (!of)
            irqp_suggest(reader->diagnostics, "as in '{metric: %s, of: NAME}'", word->name);
        return false;
    }
    bool good =
        word->kind == IRQP_MEASURE_STEPS || check_name(reader, word->kind, word->named, measure->name, place);
    return read_text(reader, item, "path", &measure->path) && good;
}

static bool is_duration(const struct irqp_expectation *expectation)
{
    switch (expectation->comparison) {
    case IRQP_COMPARE_RATIO:
    case IRQP_COMPARE_POSITION:
    case IRQP_COMPARE_DENSITY:
        return false;
    default:
        break;
    }
    if (expectation->measure.kind == IRQP_MEASURE_QUANTILE)
        return true;
    for (size_t i = 0; i < WORDS; i++)
        if (words[i].kind == expectation->measure.kind)
            return words[i].duration;
    return false;
}

/* Whether the value is read from the paths, or is of this run and has no interval. */
static bool is_exact(const struct irqp_expectation *expectation)
{
    enum irqp_measure_kind kind = expectation->measure.kind;
    return expectation->comparison != IRQP_COMPARE_DENSITY &&
           (kind == IRQP_MEASURE_STEPS || kind == IRQP_MEASURE_ROUTE || kind == IRQP_MEASURE_MINIMUM ||
            kind == IRQP_MEASURE_MAXIMUM);
}

/* ---- comparisons ---- */

static bool read_other(struct reader *reader, const struct irqp_tree *tree,
                       struct irqp_expectation *expectation)
{
    char *file = irqp_tree_file(tree, reader->search, "'of'", reader->diagnostics);
    if (file)
        expectation->others[expectation->other_count++] = format(reader, "%s", file);
    free(file);
    return file != NULL;
}

static bool read_others(struct reader *reader, const struct irqp_tree *metric, const struct irqp_tree *of,
                        const struct comparison *comparison, struct irqp_expectation *expectation)
{
    size_t count = !of ? 0 : of->node == IRQP_SEQUENCE ? of->count : 1;
    bool good = true;
    if (count < comparison->least || count > comparison->most) {
        refuse(reader, of ? &of->place : &metric->place, "'%s' needs %s in 'of'", comparison->name,
               comparison->most == 1                   ? "another scenario"
               : comparison->most == comparison->least ? "two other scenarios"
                                                       : "one to four other scenarios");
        irqp_suggest(reader->diagnostics, "as in 'of: %s'",
                     comparison->least > 1 ? "[native.yaml, stripped.yaml]" : "native.yaml");
        return false;
    }
    for (size_t i = 0; i < count; i++)
        good &= read_other(reader, of->node == IRQP_SEQUENCE ? of->children[i] : of, expectation);
    return good;
}

static bool read_density(struct reader *reader, const struct irqp_tree *metric, const struct irqp_tree *at,
                         struct irqp_expectation *expectation)
{
    bool good = at && at->node == IRQP_SEQUENCE && at->count == 2;
    if (!good) {
        refuse(reader, at ? &at->place : &metric->place, "'density_ratio' needs two latencies in 'at'");
        irqp_suggest(reader->diagnostics, "as in 'at: [45 us, 75 us]'");
    }
    for (size_t i = 0; i < 2 && good; i++) {
        const struct irqp_tree *end = at->children[i];
        expectation->at[i] = -1;
        if (end->node != IRQP_SCALAR || strcmp(end->scalar, "mode") != 0)
            good = irqp_tree_duration(end, reader->of->scenario, "a latency", &expectation->at[i],
                                      reader->diagnostics);
    }
    return good;
}

static bool read_parameter(struct reader *reader, const struct irqp_tree *metric, const struct irqp_tree *of,
                           struct irqp_expectation *expectation)
{
    const struct irqp_registry *registry = irqp_scenario_registry(reader->of->scenario);
    const char *path = of ? text_of(reader, of, "'of'") : NULL;
    if (!of) {
        refuse(reader, &metric->place, "'parameter' needs the path of a parameter in 'of'");
        irqp_suggest(reader->diagnostics, "as in 'of: placement'");
    }
    for (size_t i = 0; path && i < registry->count; i++)
        if (strcmp(registry->parameters[i].path, path) == 0) {
            expectation->parameter = i;
            return true;
        }
    if (!path)
        return false;
    refuse(reader, &of->place, "there is no parameter '%s'", path);
    const char **all = calloc(registry->count, sizeof *all);
    for (size_t i = 0; all && i < registry->count; i++)
        all[i] = registry->parameters[i].path;
    const char *nearest = all ? irqp_nearest(path, all, registry->count) : NULL;
    if (nearest)
        irqp_suggest(reader->diagnostics, "did you mean '%s'?", nearest);
    free(all);
    return false;
}

static const struct comparison *comparison_of(const struct irqp_tree *metric)
{
    for (size_t i = 0; metric->node == IRQP_SCALAR && i < COMPARISONS; i++)
        if (strcmp(metric->scalar, comparisons[i].name) == 0)
            return &comparisons[i];
    return NULL;
}

/* Whatever the metric compares, and the measure that it compares. */
static bool read_metric(struct reader *reader, const struct irqp_tree *item,
                        struct irqp_expectation *expectation)
{
    const struct irqp_tree *metric = irqp_tree_child(item, "metric"), *of = irqp_tree_child(item, "of"),
                           *at = irqp_tree_child(item, "at");
    if (!metric) {
        refuse(reader, &item->place, "an expectation needs a 'metric'");
        irqp_suggest(reader->diagnostics, "as in '{metric: p99.9, below: 60 us}'");
        return false;
    }
    const struct comparison *comparison = comparison_of(metric);
    if (!comparison) {
        bool good = read_measure(reader, item, metric, of, &expectation->measure, false);
        if (good && at)
            good = refuse(reader, &at->key_place, "'at' belongs to comparisons with other scenarios");
        return good;
    }
    expectation->comparison = comparison->kind;
    if (comparison->kind == IRQP_COMPARE_PARAMETER)
        return read_parameter(reader, metric, of, expectation);
    if (comparison->kind == IRQP_COMPARE_DENSITY)
        return read_density(reader, metric, at, expectation);
    bool good = read_others(reader, metric, of, comparison, expectation);
    expectation->measure.p = 0.5;
    return (!at || read_measure(reader, item, at, NULL, &expectation->measure, true)) && good;
}

/* ---- conditions ---- */

static bool read_number(struct reader *reader, const struct irqp_tree *tree,
                        const struct irqp_expectation *expectation, const char *what, double *value)
{
    irqp_time duration;
    if (!expectation->duration)
        return irqp_tree_real(tree, what, value, reader->diagnostics);
    if (!irqp_tree_duration(tree, reader->of->scenario, what, &duration, reader->diagnostics))
        return false;
    *value = (double)duration;
    return true;
}

static bool read_between(struct reader *reader, const struct irqp_tree *tree,
                         struct irqp_expectation *expectation)
{
    if (tree->node != IRQP_SEQUENCE || tree->count != 2) {
        refuse(reader, &tree->place, "'between' needs two values");
        irqp_suggest(reader->diagnostics, "as in 'between: [%s]'",
                     expectation->duration ? "0 us, 8 us" : "0.35, 0.5");
        return false;
    }
    bool good = read_number(reader, tree->children[0], expectation, "'between'", &expectation->low);
    good &= read_number(reader, tree->children[1], expectation, "'between'", &expectation->high);
    if (good && expectation->low > expectation->high)
        good = refuse(reader, &tree->place, "the first value of 'between' must not be above the second");
    if (good)
        expectation->wanted =
            format(reader, "%s to %s", tree->children[0]->scalar, tree->children[1]->scalar);
    return good;
}

static bool read_is(struct reader *reader, const struct irqp_tree *tree, const struct irqp_tree *within,
                    struct irqp_expectation *expectation)
{
    double value = 0, tolerance = 0;
    if (expectation->comparison == IRQP_COMPARE_PARAMETER) {
        expectation->wanted = expectation->text = text_of(reader, tree, "'is'");
        return expectation->text != NULL;
    }
    bool good = read_number(reader, tree, expectation, "'is'", &value);
    if (within)
        good &= read_number(reader, within, expectation, "'within'", &tolerance);
    if (good && tolerance < 0)
        good = refuse(reader, &within->place, "'within' must not be negative");
    if (good && !within && !is_exact(expectation)) {
        good = refuse(reader, &tree->place, "'is' needs 'within': this metric has an interval");
        irqp_suggest(reader->diagnostics, "as in 'is: %s, within: %s'", tree->scalar,
                     expectation->duration ? "0.5 us" : "0.1");
    }
    if (!good)
        return false;
    expectation->low = value - tolerance;
    expectation->high = value + tolerance;
    expectation->wanted =
        within ? format(reader, "%s within %s", tree->scalar, within->scalar) : tree->scalar;
    return true;
}

static bool read_condition(struct reader *reader, const struct irqp_tree *item,
                           struct irqp_expectation *expectation)
{
    static const char *const keys[] = {"below", "above", "between", "is"};
    const struct irqp_tree *given = NULL, *within = irqp_tree_child(item, "within");
    size_t count = 0, which = 0;
    for (size_t i = 0; i < 4; i++)
        if (irqp_tree_child(item, keys[i])) {
            given = irqp_tree_child(item, keys[i]);
            which = i;
            count++;
        }
    expectation->low = -INFINITY;
    expectation->high = INFINITY;
    bool ordering = expectation->comparison == IRQP_COMPARE_ORDER;
    if (count == 0 && ordering) {
        expectation->low = 0;
        expectation->open = true;
        expectation->wanted = "rising";
        return true;
    }
    if (count != 1) {
        refuse(reader, count ? &given->key_place : &item->place,
               "an expectation needs one of 'below', 'above', 'between' and 'is'%s",
               count ? ", not several" : "");
        return false;
    }
    if (within && which != 3)
        return refuse(reader, &within->key_place, "'within' belongs to 'is'");
    if (expectation->comparison == IRQP_COMPARE_PARAMETER && which != 3)
        return refuse(reader, &given->key_place, "a parameter can only be compared with 'is'");
    if (which >= 2)
        return which == 2 ? read_between(reader, given, expectation)
                          : read_is(reader, given, within, expectation);
    double *end = which == 0 ? &expectation->high : &expectation->low;
    const char *what = which == 0 ? "'below'" : "'above'";
    expectation->open = true;
    if (!read_number(reader, given, expectation, what, end))
        return false;
    expectation->wanted = format(reader, "%s %s", keys[which], given->scalar);
    return true;
}

/* ---- what may be said of any ---- */

static bool read_kind(struct reader *reader, const struct irqp_tree *item, enum irqp_claim_kind *kind)
{
    const struct irqp_tree *tree = irqp_tree_child(item, "kind");
    *kind = IRQP_CLAIM_PREDICTED;
    for (int i = 0; tree && tree->node == IRQP_SCALAR && i <= IRQP_CLAIM_PREDICTED; i++)
        if (strcmp(tree->scalar, irqp_claim_kinds[i]) == 0) {
            *kind = (enum irqp_claim_kind)i;
            return true;
        }
    if (tree) {
        refuse(reader, &tree->place, "'kind' must be given, fitted or predicted");
        irqp_suggest(reader->diagnostics, "given: put in; fitted: a parameter was chosen for it");
    }
    return !tree;
}

static bool read_latency(struct reader *reader, const struct irqp_tree *tree, size_t *latency)
{
    const struct irqp_evidence *of = reader->of;
    const char *name = text_of(reader, tree, "'latency'"), *list = "";
    for (size_t i = 0; name && of->model->latency_name(of->machine, i); i++) {
        const char *known = of->model->latency_name(of->machine, i);
        list = format(reader, "%s%s%s", list, i > 0 ? ", " : "", known);
        if (strcmp(known, name) == 0) {
            *latency = i;
            return true;
        }
    }
    if (name) {
        refuse(reader, &tree->place, "there is no latency '%s'", name);
        irqp_suggest(reader->diagnostics, "there are: %s", list);
    }
    return false;
}

static bool read_optional(struct reader *reader, const struct irqp_tree *item,
                          struct irqp_expectation *expectation)
{
    const struct irqp_tree *latency = irqp_tree_child(item, "latency"),
                           *confidence = irqp_tree_child(item, "confidence"),
                           *claim = irqp_tree_child(item, "claim"), *width = irqp_tree_child(item, "width");
    int64_t number = 0;
    bool good = read_kind(reader, item, &expectation->kind);
    good &= read_text(reader, item, "because", &expectation->because);
    good &= read_text(reader, item, "otherwise", &expectation->otherwise);
    good &= read_text(reader, item, "upto", &expectation->measure.upto);
    good &= read_text(reader, item, "after", &expectation->measure.after);
    if (claim)
        good &= irqp_tree_count(claim, "'claim'", 1, 1000, &number, reader->diagnostics);
    expectation->claim = (int)number;
    if (latency)
        good &= read_latency(reader, latency, &expectation->measure.latency);
    if (confidence &&
        irqp_tree_real(confidence, "'confidence'", &expectation->confidence, reader->diagnostics)) {
        if (!(expectation->confidence > 0 && expectation->confidence < 1)) {
            good = refuse(reader, &confidence->place, "'confidence' must lie between 0 and 1");
            irqp_suggest(reader->diagnostics, "as in 'confidence: 0.95'");
        }
    } else if (confidence) {
        good = false;
    }
    if (width) {
        good &= irqp_tree_duration(width, reader->of->scenario, "'width'", &expectation->measure.width,
                                   reader->diagnostics);
        if (good && expectation->measure.width < IRQP_NS)
            good = refuse(reader, &width->place, "'width' must be at least 1 ns");
    }
    return good;
}

/* ---- in words ---- */

/* A file's name without folder and extension. */
static const char *short_name(struct reader *reader, const char *file)
{
    const char *slash = strrchr(file, '/'), *name = slash ? slash + 1 : file, *dot = strrchr(name, '.');
    return format(reader, "%.*s", (int)(dot && dot > name ? (size_t)(dot - name) : strlen(name)), name);
}

static const char *measure_words(struct reader *reader, const struct irqp_expectation *expectation)
{
    const struct irqp_measure *measure = &expectation->measure;
    const char *name = reader->of->model->latency_name(reader->of->machine, measure->latency);
    const char *latency = measure->latency == IRQP_LATENCY_THREAD ? "" : format(reader, " of '%s'", name);
    switch (measure->kind) {
    case IRQP_MEASURE_QUANTILE:
        return format(reader, "p%.8g%s", 100 * measure->p, latency);
    case IRQP_MEASURE_EXCEEDANCE:
        return format(reader, "P(latency%s > %.6g us)", latency, (double)measure->level / (double)IRQP_US);
    case IRQP_MEASURE_STEPS:
        return format(reader, "steps named '%s'%s%s%s", measure->name, measure->path ? " in '" : "",
                      measure->path ? measure->path : "", measure->path ? "'" : "");
    case IRQP_MEASURE_ROUTE:
        return format(reader, "route '%s'%s%s%s%s%s%s", measure->name, measure->after ? " after '" : "",
                      measure->after ? measure->after : "", measure->after ? "'" : "",
                      measure->upto ? " up to '" : "", measure->upto ? measure->upto : "",
                      measure->upto ? "'" : "");
    default:
        break;
    }
    for (size_t i = 0; i < WORDS; i++)
        if (words[i].kind == measure->kind)
            return words[i].named ? format(reader, "%s of '%s'", words[i].name, measure->name)
                                  : format(reader, "%s%s", words[i].name, latency);
    return "";
}

static const char *place_words(struct reader *reader, irqp_time at)
{
    return at < 0 ? "the mode" : format(reader, "%.6g us", (double)at / (double)IRQP_US);
}

static const char *metric_words(struct reader *reader, const struct irqp_expectation *expectation)
{
    const char *measure = measure_words(reader, expectation), *list = "";
    for (size_t i = 0; i < expectation->other_count; i++)
        list = format(reader, "%s%s%s", list, i > 0 ? ", " : "", short_name(reader, expectation->others[i]));
    switch (expectation->comparison) {
    case IRQP_COMPARE_NOTHING:
        return measure;
    case IRQP_COMPARE_OFFSET:
        return format(reader, "offset at %s to %s", measure, list);
    case IRQP_COMPARE_RATIO:
        return format(reader, "ratio at %s to %s", measure, list);
    case IRQP_COMPARE_ORDER:
        return format(reader, "least step at %s from %s", measure, list);
    case IRQP_COMPARE_POSITION:
        return format(reader, "position at %s between %s", measure, list);
    case IRQP_COMPARE_DENSITY:
        return format(reader, "density at %s over that at %s", place_words(reader, expectation->at[0]),
                      place_words(reader, expectation->at[1]));
    case IRQP_COMPARE_PARAMETER:
        return irqp_scenario_registry(reader->of->scenario)->parameters[expectation->parameter].path;
    }
    return "";
}

/* ---- all of them ---- */

static const char keys[] = "metric|of|at|below|above|between|is|within|latency|confidence|width|path|upto|"
                           "after|claim|kind|because|otherwise";

static bool read_item(struct reader *reader, const struct irqp_tree *item,
                      struct irqp_expectation *expectation)
{
    *expectation = (struct irqp_expectation){.place = &item->place, .confidence = 0.95};
    if (!irqp_tree_keys(item, "an expectation", keys, reader->diagnostics))
        return false;
    if (!read_metric(reader, item, expectation))
        return false;
    bool density = expectation->comparison == IRQP_COMPARE_DENSITY;
    expectation->measure.width = density ? 10 * IRQP_US : IRQP_US / 10;
    expectation->duration = is_duration(expectation);
    bool good = read_optional(reader, item, expectation);
    good &= read_condition(reader, item, expectation);
    if (good)
        expectation->metric = metric_words(reader, expectation);
    return good;
}

enum irqp_status irqp_expectations_read(struct irqp_expectations *expectations,
                                        const struct irqp_evidence *of, const char *search,
                                        struct irqp_diagnostics *diagnostics)
{
    struct reader reader = {of, search, diagnostics, expectations, false};
    *expectations = (struct irqp_expectations){0};
    const struct irqp_tree *tree =
        of->model->expect == SIZE_MAX ? NULL : irqp_scenario_value(of->scenario, of->model->expect)->tree;
    if (!tree || (tree->node == IRQP_SEQUENCE && tree->count == 0))
        return IRQP_OK;
    if (tree->node != IRQP_SEQUENCE) {
        refuse(&reader, &tree->place, "'expect' must be a list of expectations");
        irqp_suggest(diagnostics, "as in '- {metric: p99.9, below: 60 us}'");
        return IRQP_INPUT;
    }
    expectations->items = calloc(tree->count, sizeof *expectations->items);
    if (!expectations->items)
        return IRQP_NO_MEMORY;
    bool good = true;
    size_t from = diagnostics->count;
    for (size_t i = 0; i < tree->count; i++)
        good &= read_item(&reader, tree->children[i], &expectations->items[expectations->count++]);
    irqp_diagnostics_sort(diagnostics, from);
    return reader.no_memory ? IRQP_NO_MEMORY : good ? IRQP_OK : IRQP_INPUT;
}

void irqp_expectations_fini(struct irqp_expectations *expectations)
{
    while (expectations->strings) {
        struct irqp_expect_strings *next = expectations->strings->next;
        free(expectations->strings);
        expectations->strings = next;
    }
    free(expectations->items);
    *expectations = (struct irqp_expectations){0};
}
