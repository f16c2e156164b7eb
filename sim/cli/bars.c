/* The picture of throughput: for each result a bar, how long a whole run of its load takes, as the paper's
 * figures 2 and 3; or how much it does per second, where a load has no end. */
#include "sim/cli/plot.h"
#include "sim/cli/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LABEL = 22 }; /* characters of a name below a bar */

/* What a bar stands for: a value and its interval, all in one unit; NAN where the interval is not known. */
struct bar {
    double value, low, high;
};

struct bars {
    const struct cli_plot *plot;
    struct bar *items;
    bool run_times; /* else: per second */
    double unit;    /* that the axis counts in: seconds in one of it, or units per second */
    const char *unit_name;
};

static enum irqp_status refuse(const char *name, const char *why)
{
    cli_message("'%s' %s", name, why);
    return IRQP_INPUT;
}

/* All results must count the same: seconds of messages beside seconds of objects say nothing. */
static enum irqp_status measure(struct bars *bars)
{
    const struct irqp_result_file *results = bars->plot->results;
    bars->run_times = true;
    for (size_t i = 0; i < bars->plot->count; i++) {
        const struct irqp_work *work = &results[i].manifest.work, *first = &results[0].manifest.work;
        if (!work->unit)
            return refuse(results[i].manifest.name,
                          "counts no work: its load needs 'work', see irqpath help load");
        if (strcmp(work->unit, first->unit) != 0 || work->total != first->total)
            return refuse(results[i].manifest.name, "does not count the same work as the first result");
        bars->run_times &= work->total > 0;
    }
    for (size_t i = 0; i < bars->plot->count; i++) {
        struct irqp_throughput throughput;
        struct bar *bar = &bars->items[i];
        bool known = irqp_run_throughput(&results[i].run, &throughput) && throughput.rate > 0;
        if (!known)
            return refuse(results[i].manifest.name, "did no work: it is too short");
        *bar = (struct bar){throughput.rate, throughput.rate - throughput.half_width,
                            throughput.rate + throughput.half_width};
        if (bars->run_times)
            irqp_throughput_run_time(&throughput, results[i].manifest.work.total, &bar->value, &bar->low,
                                     &bar->high);
    }
    return IRQP_OK;
}

/* Seconds, minutes or hours; or thousands or millions per second. */
static void choose_unit(struct bars *bars)
{
    static const struct {
        double from, size;
        const char *name;
    } times[] = {{10800, 3600, "h"}, {300, 60, "min"}, {0, 1, "s"}},
      rates[] = {{1e6, 1e6, "M"}, {1e3, 1e3, "k"}, {0, 1, ""}};
    double largest = 0;
    for (size_t i = 0; i < bars->plot->count; i++)
        largest = fmax(largest, bars->items[i].value);
    size_t i = 0;
    while (largest < (bars->run_times ? times : rates)[i].from)
        i++;
    bars->unit = (bars->run_times ? times : rates)[i].size;
    bars->unit_name = (bars->run_times ? times : rates)[i].name;
}

/* ---- texts ---- */

/* Placements, and what the paper calls them; their place in the list is their colour. */
static const char *const placements[][2] = {{"native", "native Linux"},
                                            {"stripped", "native, stripped"},
                                            {"rehosted", "L4Linux"},
                                            {"virtualised", "Linux, virtualised"}};
enum { PLACEMENTS = sizeof placements / sizeof *placements };

/* PLACEMENTS, if it is none of these. */
static size_t placement_of(const struct irqp_result_file *result)
{
    char *told = cli_told(result->manifest.scenario, "placement", NULL);
    size_t k = 0;
    while (k < PLACEMENTS && !(told && strcmp(told, placements[k][0]) == 0))
        k++;
    free(told);
    return k;
}

/* Results of different placements are called by these, others by their names. */
static char **bar_labels(const struct cli_plot *plot, bool *distinct)
{
    char **labels = cli_allocate(NULL, plot->count, sizeof *labels);
    bool met[PLACEMENTS + 1] = {[PLACEMENTS] = true};
    *distinct = true;
    for (size_t i = 0; i < plot->count; i++) {
        size_t placement = placement_of(&plot->results[i]);
        *distinct &= !met[placement];
        met[placement] = true;
        labels[i] = cli_format("%s", placement < PLACEMENTS ? placements[placement][1] : "");
    }
    if (*distinct)
        return labels;
    cli_labels_free(labels, plot->count);
    return cli_labels(plot->results, plot->count, LABEL);
}

static char *value_text(const struct bars *bars, size_t i)
{
    double value = bars->items[i].value / bars->unit;
    int decimals = value < 10 ? 2 : value < 100 ? 1 : 0;
    return cli_format("%.*f %s%s", decimals, value, bars->unit_name, bars->run_times ? "" : "/s");
}

/* "± 0.3 %, 2.9 × native Linux" */
static char *beside_text(const struct bars *bars, size_t i, const char *first)
{
    const struct bar *bar = &bars->items[i];
    double error = 50 * (bar->high - bar->low) / bar->value;
    char *interval = isfinite(error) ? cli_format("± %.1g %%", error) : cli_format("%s", "no interval");
    char *text = i == 0 ? cli_format("%s", interval)
                        : cli_format("%s,  %.2f × %s", interval, bar->value / bars->items[0].value, first);
    free(interval);
    return text;
}

static void print_texts(struct cli_picture *picture, const struct bars *bars)
{
    const struct cli_plot *plot = bars->plot;
    const struct irqp_work *work = &plot->results[0].manifest.work;
    bool distinct;
    char **labels = bar_labels(plot, &distinct);
    char **told = cli_allocate(NULL, plot->count, sizeof *told);
    char **beside = cli_allocate(NULL, plot->count, sizeof *beside);
    fputs("array tint[n]\n", picture->script);
    for (size_t i = 0; i < plot->count; i++) {
        size_t tint = distinct ? placement_of(&plot->results[i]) : i;
        fprintf(picture->script, "tint[%zu] = %zu\n", i + 1, tint + 1);
        told[i] = value_text(bars, i);
        beside[i] = beside_text(bars, i, labels[0]);
    }
    char *title = plot->title       ? cli_format("%s", plot->title)
                  : bars->run_times ? cli_format("Run time of %s %s", cli_count(work->total).text, work->unit)
                                    : cli_format("Throughput in %s", work->unit);
    char *axis = bars->run_times ? cli_format("run time (%s)", bars->unit_name)
                                 : cli_format("%s%s per second", bars->unit_name, work->unit);
    double least = INFINITY;
    for (size_t i = 0; i < plot->count; i++)
        least = fmin(least, (double)plot->results[i].run.result.simulated / (double)IRQP_S);
    char *subtitle = cli_format("from %s simulated at least, scaled; 95 %% intervals over batches",
                                cli_seconds(least).text);
    cli_picture_text(picture, "title", title);
    cli_picture_text(picture, "subtitle", bars->run_times ? subtitle : "95 % intervals over batches");
    cli_picture_text(picture, "axis", axis);
    cli_picture_texts(picture, "label", labels, plot->count);
    cli_picture_texts(picture, "told", told, plot->count);
    cli_picture_texts(picture, "beside", beside, plot->count);
    cli_labels_free(labels, plot->count);
    cli_labels_free(told, plot->count);
    cli_labels_free(beside, plot->count);
    free(title);
    free(subtitle);
    free(axis);
}

static void print_numbers(struct cli_picture *picture, const struct bars *bars)
{
    fputs("array value[n]\narray low[n]\narray high[n]\n", picture->script);
    for (size_t i = 0; i < bars->plot->count; i++) {
        struct bar bar = bars->items[i];
        bool known = isfinite(bar.low) && isfinite(bar.high);
        fprintf(picture->script, "value[%zu] = %.6g; low[%zu] = %.6g; high[%zu] = %.6g\n", i + 1,
                bar.value / bars->unit, i + 1, (known ? bar.low : bar.value) / bars->unit, i + 1,
                (known ? bar.high : bar.value) / bars->unit);
    }
}

enum irqp_status cli_draw_throughput(const struct cli_plot *plot, const char *prefix, const char *formats)
{
    struct bars bars = {.plot = plot, .items = cli_allocate(NULL, plot->count, sizeof *bars.items)};
    struct cli_picture picture = {0};
    enum irqp_status status = measure(&bars);
    if (status == IRQP_OK)
        status = cli_picture_init(&picture, prefix, formats);
    if (status == IRQP_OK) {
        choose_unit(&bars);
        fprintf(picture.script, "n = %zu\n", plot->count);
        print_texts(&picture, &bars);
        print_numbers(&picture, &bars);
        status = cli_picture_draw(&picture, "throughput");
    }
    cli_picture_fini(&picture);
    free(bars.items);
    return status;
}
