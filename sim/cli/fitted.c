#include "sim/cli/fitted.h"

#include "irqpath/scenario.h"
#include "sim/cli/picture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the parameter file ---- */

static size_t parameter_of(const struct irqp_registry *registry, const char *path)
{
    size_t i = 0;
    while (strcmp(registry->parameters[i].path, path) != 0)
        i++;
    return i;
}

static const double DIGITS = 1e-5; /* what a value and a factor may change by if they are written */

static char *quantity(enum irqp_kind kind, double value)
{
    if (kind == IRQP_FREQUENCY)
        return cli_format("%.7g Hz", value);
    if (kind == IRQP_REAL)
        return cli_format("%.6g", value);
    return cli_format("%.6g us", value / (double)IRQP_US);
}

/* A distribution keeps its shape and gets a factor, on top of one that it has. The text is that of reports,
 * in which a long list is cut: then NULL. */
static char *scaled(const char *written, double factor)
{
    const char *has = strstr(written, ", factor: ");
    size_t size = strlen(written);
    if (strstr(written, " in all") || size < 2 || written[size - 1] != '}')
        return NULL;
    if (!has)
        return cli_format("%.*s, factor: %.6g", (int)size - 1, written, factor);
    const char *rest = has + strlen(", factor: ");
    char *end;
    double before = strtod(rest, &end);
    return cli_format("%.*s%.*s, factor: %.6g", (int)(has - written), written,
                      (int)(written + size - 1 - end), end, before * factor);
}

/* A line of the file: a fitted parameter, or one that follows it and has its factor. */
struct line {
    const char *path;
    const struct irqp_fitted *fitted;
};

/* "range: [0.6 us, 0.8 us]": it must hold its value, in the digits that are written; the interval need not
 * hold the best. */
static char *range_of(enum irqp_kind kind, const struct irqp_fitted *fitted)
{
    double unit = fitted->value / fitted->factor;
    char *low = quantity(kind, unit * fmin(fitted->low, fitted->factor * (1 - DIGITS))),
         *high = quantity(kind, unit * fmax(fitted->high, fitted->factor * (1 + DIGITS)));
    char *range = cli_format("range: [%s, %s]", low, high);
    free(low);
    free(high);
    return range;
}

/* The value with what belongs beside it: "{value: 0.7 us, range: [0.6 us, 0.8 us], source: ...}". */
static char *entry_of(const struct line *line, const struct cli_fitted_file *file)
{
    size_t index = parameter_of(file->registry, line->path);
    const struct irqp_value *value = irqp_scenario_value(file->scenario, index);
    enum irqp_kind kind = file->registry->parameters[index].kind;
    const struct irqp_fitted *fitted = line->fitted;
    char *head, *beside, *entry = NULL;
    if (value->written && value->written[0] == '{') {
        head = scaled(value->written, fitted->factor);
    } else {
        char *now = quantity(kind, irqp_scenario_number(file->scenario, index) * fitted->factor);
        head = cli_format("{value: %s", now);
        free(now);
    }
    beside = line->path == fitted->path ? range_of(kind, fitted) : cli_format("follows: %s", fitted->path);
    if (head)
        entry = cli_format("%s, %s, source: \"fitted to %s\"}", head, beside, file->measured);
    free(head);
    free(beside);
    return entry;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct line *)a)->path, ((const struct line *)b)->path);
}

/* The fitted parameters and what follows them, by path; malloc'ed. */
static struct line *lines_of(const struct irqp_calibration *calibration, const struct cli_fitted_file *file,
                             size_t *count)
{
    struct line *lines = calloc(calibration->count + file->registry->count, sizeof *lines);
    *count = 0;
    for (size_t i = 0; lines && i < calibration->count; i++) {
        const struct irqp_fitted *fitted = &calibration->fitted[i];
        lines[(*count)++] = (struct line){fitted->path, fitted};
        for (size_t k = 0; k < file->registry->count; k++) {
            const char *follows = irqp_scenario_value(file->scenario, k)->follows;
            if (follows && strcmp(follows, fitted->path) == 0)
                lines[(*count)++] = (struct line){file->registry->parameters[k].path, fitted};
        }
    }
    if (lines)
        qsort(lines, *count, sizeof *lines, by_path);
    return lines;
}

/* How many whole parts, up to a dot, two paths have in common. */
static size_t common_parts(const char *one, const char *other)
{
    size_t parts = 0;
    for (; *one && *one == *other; one++, other++)
        parts += *one == '.';
    return parts;
}

/* The groups of a path that are not open yet, each on a line, then the last part and its value. */
static void print_path(FILE *out, const char *path, size_t open, const char *entry)
{
    size_t depth = 0;
    for (const char *part = path;; depth++) {
        size_t size = strcspn(part, ".");
        bool last = part[size] == '\0';
        if (last && !entry)
            fprintf(out, "%*s# %.*s: its distribution is a long list; multiply it\n", (int)(2 * depth), "",
                    (int)size, part);
        else if (last)
            fprintf(out, "%*s%.*s: %s\n", (int)(2 * depth), "", (int)size, part, entry);
        else if (depth >= open)
            fprintf(out, "%*s%.*s:\n", (int)(2 * depth), "", (int)size, part);
        if (last)
            return;
        part += size + 1;
    }
}

const char *cli_undetermined(const struct irqp_fitted *fitted)
{
    if (fitted->determined)
        return "";
    if (fitted->open_below && fitted->open_above)
        return "not determined: it fills its range";
    if (fitted->open_below)
        return "not determined: at the lower end of its range";
    return fitted->open_above ? "not determined: at the upper end of its range" : "not determined";
}

struct cli_word cli_objective(double objective)
{
    return isfinite(objective) ? cli_word("%.4g", objective) : cli_word("unknown");
}

char *cli_fitted_text(const struct irqp_calibration *calibration, const struct cli_fitted_file *file)
{
    size_t count;
    struct line *lines = lines_of(calibration, file, &count);
    bool explains = irqp_calibration_explains(calibration);
    char *text = NULL;
    size_t size;
    FILE *out = lines ? open_memstream(&text, &size) : NULL;
    if (!out) {
        free(lines);
        return NULL;
    }
    fprintf(out, "# Fitted to %s by irqpath calibrate.\n", file->measured);
    if (calibration->partial)
        fputs("# The search was stopped: these are the best values until then.\n", out);
    fprintf(out,
            "# Q %s for %zu quantiles, %s before; ranges are the central 95 %% of the posterior, and the "
            "best%s.\n",
            cli_objective(calibration->objective).text, calibration->moments,
            cli_objective(calibration->objective_before).text,
            calibration->particle_count == 0     ? " where there is a posterior: here there is none"
            : calibration->adjusted || !explains ? ""
                                                 : ", too wide");
    if (calibration->particle_count > 0 && !explains)
        fputs("# No values come as near to it as another measurement would: ranges cannot be relied on.\n",
              out);
    for (size_t i = 0; i < count; i++)
        if (calibration->particle_count > 0 && lines[i].path == lines[i].fitted->path &&
            !lines[i].fitted->determined)
            fprintf(out, "# %s is %s.\n", lines[i].path, cli_undetermined(lines[i].fitted));
    if (file->extends)
        fprintf(out, "extends: [%s]\n", file->extends);
    for (size_t i = 0; i < count; i++) {
        char *entry = entry_of(&lines[i], file);
        print_path(out, lines[i].path, i > 0 ? common_parts(lines[i - 1].path, lines[i].path) : 0, entry);
        free(entry);
    }
    free(lines);
    return fclose(out) == 0 ? text : NULL;
}

/* ---- the picture ---- */

enum irqp_status cli_draw_posterior(const struct irqp_calibration *calibration, const char *title,
                                    const char *prefix, const char *formats)
{
    struct cli_picture picture;
    enum irqp_status status = cli_picture_init(&picture, prefix, formats);
    if (status == IRQP_OK) {
        char *names[IRQP_FREE_MAX];
        size_t count = calibration->count;
        cli_picture_text(&picture, "title", title);
        for (size_t i = 0; i < count; i++)
            names[i] = (char *)calibration->fitted[i].path;
        cli_picture_texts(&picture, "name", names, count);
        fprintf(picture.script,
                "n = %zu\narray best[n]\narray low[n]\narray high[n]\narray from[n]\narray until[n]\n"
                "array known[n]\n",
                count);
        for (size_t i = 0; i < count; i++) {
            const struct irqp_fitted *fitted = &calibration->fitted[i];
            fprintf(
                picture.script,
                "best[%zu] = %.6g; low[%zu] = %.6g; high[%zu] = %.6g; from[%zu] = %.6g; until[%zu] = %.6g; "
                "known[%zu] = %d\n",
                i + 1, fitted->factor, i + 1, fitted->low, i + 1, fitted->high, i + 1, fitted->range_low,
                i + 1, fitted->range_high, i + 1, fitted->determined);
        }
        fputs("array correlation[n * n]\n", picture.script);
        for (size_t i = 0; i < count; i++)
            for (size_t k = 0; k < count; k++)
                fprintf(picture.script, "correlation[%zu] = %.3f\n", i * count + k + 1,
                        calibration->correlation[i][k]);
        fputs("# factors of the values in the scenario, a column each; weight\n$particles << END\n",
              picture.script);
        for (size_t p = 0; p < calibration->particle_count; p++) {
            for (size_t i = 0; i < count; i++)
                fprintf(picture.script, "%.6g ", calibration->particles[p * count + i]);
            fprintf(picture.script, "%.6g\n", calibration->weights[p]);
        }
        fputs("END\n", picture.script);
        status = cli_picture_draw(&picture, "posterior");
    }
    cli_picture_fini(&picture);
    return status;
}
