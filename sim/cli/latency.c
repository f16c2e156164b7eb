/* The picture of distributions and of how often a latency is exceeded. */
#include "irqpath/distance.h"
#include "sim/cli/commands.h"
#include "sim/cli/plot.h"
#include "sim/cli/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    POINTS = 400, /* of an exceedance curve, from edge to edge */
    LABEL = 20,   /* characters of a name in the picture */
};

static const struct irqp_histogram *histogram_of(const struct cli_plot *plot, size_t i)
{
    return &plot->results[i].run.result.thread;
}

static double to_us(irqp_time time)
{
    return (double)time / (double)IRQP_US;
}

static irqp_time from_us(double us)
{
    return (irqp_time)llround(us * (double)IRQP_US);
}

static double quantile_us(const struct irqp_histogram *histogram, double p)
{
    irqp_time value = 0;
    irqp_histogram_quantile(histogram, p, &value);
    return value == IRQP_NEVER ? INFINITY : to_us(value);
}

/* ---- frame ---- */

/* The largest of 1, 2 and 5 times a power of ten that is not above x. */
static double round_down(double x)
{
    double power = pow(10, floor(log10(x) + 1e-9)), digit = x / power;
    return power * (digit > 4.999 ? 5 : digit > 1.999 ? 2 : 1);
}

/* The picture ends behind the largest maximum; but a straggler far beyond the rest would squeeze everything
 * else into a corner, and is told in words instead. */
static double right_edge(const struct cli_plot *plot)
{
    double largest = 0, body = 0;
    for (size_t i = 0; i < plot->count; i++) {
        const struct irqp_histogram *histogram = histogram_of(plot, i);
        double most = to_us(histogram->maximum);
        double tail = quantile_us(histogram, fmax(0.5, 1 - 20 / (double)histogram->total));
        largest = fmax(largest, most);
        body = fmax(body, fmin(tail, most));
    }
    double edge = fmax(largest > 3 * body ? 1.5 * body : 1.16 * largest, 1.1 * plot->deadline);
    double step = round_down(edge / 10);
    return step * ceil(edge / step);
}
/* ---- texts ---- */

static size_t common_words_at_end(const char *a, const char *b)
{
    size_t long_a = strlen(a), long_b = strlen(b), same = 0, words = 0;
    while (same < long_a && same < long_b && a[long_a - 1 - same] == b[long_b - 1 - same])
        if (a[long_a - 1 - same++] == ' ')
            words = same;
    return words;
}

/* "Native PREEMPT_RT and L4Linux under hackbench": the titles, with what they end in alike said once. */
static char *joined_titles(const struct cli_plot *plot)
{
    size_t tail = SIZE_MAX;
    for (size_t i = 1; i < plot->count; i++) {
        size_t common = common_words_at_end(plot->results[0].manifest.title, plot->results[i].manifest.title);
        tail = common < tail ? common : tail;
    }
    char *joined = cli_format("%s", "");
    for (size_t i = 0; i < plot->count; i++) {
        const char *title = plot->results[i].manifest.title;
        size_t length = strlen(title), cut = i + 1 < plot->count ? tail : 0;
        char *more = cli_format("%s%s%.*s", joined,
                                i == 0                ? ""
                                : i + 1 < plot->count ? ", "
                                                      : " and ",
                                (int)(length - cut), title);
        free(joined);
        joined = more;
    }
    return joined;
}

/* Whether the intervals of all results are over batches. */
static bool over_batches(const struct cli_plot *plot)
{
    for (size_t i = 0; i < plot->count; i++)
        if (isnan(irqp_run_design_effect(&plot->results[i].run, 0)))
            return false;
    return true;
}

/* "1 000 000 samples each"; if the results differ, which of them are partial. The caller frees it. */
static char *samples_text(const struct cli_plot *plot, char *const *labels, bool same)
{
    char *text = same ? cli_samples(&plot->results[0].run) : cli_format("%s", "");
    if (same && plot->count > 1) {
        char *each = cli_format("%s each", text);
        free(text);
        text = each;
    }
    for (size_t i = 0; i < plot->count && !same; i++)
        if (plot->results[i].run.partial) {
            char *samples = cli_samples(&plot->results[i].run);
            char *longer = cli_format("%s%s%s: %s", text, *text ? ", " : "", labels[i], samples);
            free(samples);
            free(text);
            text = longer;
        }
    if (!*text) {
        free(text);
        text = cli_format("several numbers of samples");
    }
    return text;
}

static void print_texts(struct cli_picture *picture, const struct cli_plot *plot, char *const *labels)
{
    const struct irqp_run *run = &plot->results[0].run;
    bool same_samples = true, same_seed = true;
    for (size_t i = 1; i < plot->count; i++) {
        same_samples &= plot->results[i].run.result.thread.total == run->result.thread.total;
        same_seed &= plot->results[i].run.seed == run->seed;
    }
    char *titles = joined_titles(plot), *all, *subtitle;
    all = plot->title ? cli_format("%s", plot->title) : cli_format("Wake-up latency: %s", titles);
    cli_picture_text(picture, "title", all);
    fprintf(picture->script, "same_samples = %d\n", same_samples);
    char *interval = plot->interval > 0
                         ? cli_format("interval %s", cli_duration(plot->interval * (double)IRQP_S).text)
                         : cli_format("several intervals");
    char *samples = samples_text(plot, labels, same_samples);
    char *seed =
        same_seed ? cli_format("seed %llu", (unsigned long long)run->seed) : cli_format("several seeds");
    subtitle = cli_format("simulated cyclictest   ·   %s   ·   %s   ·   %g µs bins   ·   %s", interval,
                          samples, plot->bin, seed);
    cli_picture_text(picture, "subtitle", subtitle);
    cli_picture_text(picture, "bands",
                     over_batches(plot) ? "bands: 95 % confidence, over batches"
                                        : "bands: 95 % confidence if samples were independent");
    free(interval);
    free(samples);
    free(seed);
    free(titles);
    free(all);
    free(subtitle);
}

/* So that a value in microseconds fits its column. */
static int decimals_of(double value)
{
    return fabs(value) < 100 ? 2 : 1;
}

/* The small table: a row per result, and the difference if there are two. */
static void print_table(struct cli_picture *picture, const struct cli_plot *plot)
{
    static const struct {
        const char *name;
        double p; /* 0: minimum, 1: maximum, 2: mean */
    } columns[] = {{"min", 0},       {"mean", 2},        {"p50", 0.5},         {"p99", 0.99},
                   {"p99.9", 0.999}, {"p99.99", 0.9999}, {"p99.999", 0.99999}, {"max", 1}};
    size_t rows = plot->count + (plot->count == 2);
    fprintf(picture->script, "columns = %zu\nrows = %zu\narray head[columns]\narray cell[rows * columns]\n",
            CLI_LENGTH(columns), rows);
    for (size_t column = 0; column < CLI_LENGTH(columns); column++) {
        double values[2] = {0, 0}, value, p = columns[column].p;
        bool all_known = true;
        fprintf(picture->script, "head[%zu] = '%s'\n", column + 1, columns[column].name);
        for (size_t row = 0; row < rows; row++) {
            const struct irqp_histogram *histogram = row < plot->count ? histogram_of(plot, row) : NULL;
            struct cli_word word;
            bool known = all_known;
            if (!histogram) {
                value = values[1] - values[0];
                word = cli_us_signed(1e6 * value, decimals_of(value));
            } else {
                bool quantile = p > 0 && p < 1;
                irqp_histogram_mean(histogram, &value);
                value = p == 0   ? to_us(histogram->minimum)
                        : p == 1 ? to_us(histogram->maximum)
                        : p == 2 ? value / (double)IRQP_US
                                 : quantile_us(histogram, p);
                known = !quantile || (cli_quantile_known(histogram, p) && isfinite(value));
                word = cli_us(1e6 * value, decimals_of(value));
                values[row < 2 ? row : 1] = value;
                all_known &= known;
            }
            fprintf(picture->script, "cell[%zu] = '%s'\n", row * CLI_LENGTH(columns) + column + 1,
                    known ? word.text : "–");
        }
    }
}

/* ---- data ---- */

static double share_of_bin(const struct cli_plot *plot, const struct irqp_histogram *histogram, double lower)
{
    uint64_t count = irqp_histogram_exceeding(histogram, from_us(lower)) -
                     irqp_histogram_exceeding(histogram, from_us(lower + plot->bin));
    return (double)count / (double)histogram->total;
}

/* Shares per bin; a bin without samples has a share below every axis, so that steps go down to it. Returns
 * the largest share right of `beyond`. */
static double print_distribution(FILE *out, const struct cli_plot *plot,
                                 const struct irqp_histogram *histogram, double beyond)
{
    double largest = 0;
    size_t bins = (size_t)ceil(plot->right / plot->bin - 1e-9);
    for (size_t bin = 0; bin <= bins; bin++) {
        double share = share_of_bin(plot, histogram, (double)bin * plot->bin);
        fprintf(out, "%.9g %.9g\n", (double)bin * plot->bin, share > 0 ? share : 1e-30);
        largest = (double)bin * plot->bin >= beyond && share > largest ? share : largest;
    }
    fputs("\n\n", out);
    return largest;
}

static void print_exceedance_at(FILE *out, const struct irqp_run *run, double x, uint64_t hits)
{
    double low, high;
    irqp_run_exceedance_interval(run, from_us(x), hits, &low, &high);
    fprintf(out, "%.9g ", x);
    if (hits > 0)
        fprintf(out, "%.9g", (double)hits / (double)run->result.thread.total);
    else
        fputs("NaN", out);
    fprintf(out, " %.9g %.9g\n", low > 0 ? low : 1e-30, high);
}

/* The curve ends at the maximum, not at a point before. */
static void print_exceedance(FILE *out, const struct cli_plot *plot, const struct irqp_run *run)
{
    const struct irqp_histogram *histogram = &run->result.thread;
    double most = to_us(histogram->maximum);
    for (int i = 0; i <= POINTS && plot->right * i / POINTS < most; i++)
        print_exceedance_at(out, run, plot->right * i / POINTS,
                            irqp_histogram_exceeding(histogram, from_us(plot->right * i / POINTS)));
    if (most <= plot->right)
        print_exceedance_at(out, run, most, 1);
    fputs("\n\n", out);
}

/* Beyond the maximum nothing was met, which bounds from above how often it can be. Returns that, or 0 if
 * there is no room beyond the maximum to write what it is. */
static double print_limit(FILE *out, const struct cli_plot *plot, const struct irqp_run *run)
{
    double most = to_us(run->result.thread.maximum), low, high;
    if (most < plot->right) {
        print_exceedance_at(out, run, most, 0);
        print_exceedance_at(out, run, plot->right, 0);
    } else {
        fputs("NaN NaN NaN NaN\n", out);
    }
    fputs("\n\n", out);
    irqp_run_exceedance_interval(run, from_us(plot->right), 0, &low, &high);
    return most < 0.85 * plot->right ? high : 0;
}

/* Where the small table begins, as a part of the width: its numbers have their places, its names what room
 * they need; of a single result the name is in the title. */
static double left_of_table(const struct cli_plot *plot, char *const *labels)
{
    size_t longest = plot->count == 1 ? 3 : strlen("difference") + 1; /* in bold */
    for (size_t i = 0; i < plot->count && plot->count > 1; i++)
        longest = cli_length(labels[i]) > longest ? cli_length(labels[i]) : longest;
    return 0.44 - 0.0098 * (double)longest;
}

static void print_data(struct cli_picture *picture, const struct cli_plot *plot, char *const *labels)
{
    FILE *out = picture->script;
    double behind_table = 0, limit = 0, table_left = left_of_table(plot, labels);
    fputs("$distribution << END\n", out);
    for (size_t i = 0; i < plot->count; i++)
        behind_table = fmax(behind_table,
                            print_distribution(out, plot, histogram_of(plot, i), table_left * plot->right));
    fputs("END\n$exceedance << END\n", out);
    for (size_t i = 0; i < plot->count; i++)
        print_exceedance(out, plot, &plot->results[i].run);
    fputs("END\n$limit << END\n", out);
    for (size_t i = 0; i < plot->count; i++)
        limit = fmax(limit, print_limit(out, plot, &plot->results[i].run));
    fprintf(out, "END\ntable_left = %.3g\nbehind_table = %.9g # the largest share there\nlimit = %.3g\n",
            table_left, behind_table, limit);
}

/* Probability of a miss, with its interval: "9.8 × 10^{-6}  [9.2, 10.4]", and how often that is. */
static char *miss_text(const struct cli_plot *plot, const struct irqp_run *run)
{
    const struct irqp_histogram *histogram = &run->result.thread;
    uint64_t hits = irqp_histogram_exceeding(histogram, from_us(plot->deadline));
    double p = (double)hits / (double)histogram->total, low, high;
    irqp_run_exceedance_interval(run, from_us(plot->deadline), hits, &low, &high);
    double power = -floor(log10(hits > 0 ? p : high)), scale = pow(10, power);
    if (hits == 0)
        return cli_format("P(miss) < %.1f × 10^{−%.0f}", high * scale, power);
    char *often = plot->interval > 0 ? cli_format(", once in %s", cli_seconds(plot->interval / p).text)
                                     : cli_format("%s", "");
    char *text = cli_format("P(miss) = %.1f × 10^{−%.0f}  [%.1f, %.1f]%s", p * scale, power, low * scale,
                            high * scale, often);
    free(often);
    return text;
}

/* The largest share in the bins right of a maximum, where it is told in words: that of the other results. */
static double share_beside(const struct cli_plot *plot, double maximum)
{
    double largest = 0;
    for (size_t i = 0; i < plot->count; i++)
        for (double at = plot->bin * (1 + floor(maximum / plot->bin)); at < maximum + 0.1 * plot->right;
             at += plot->bin)
            largest = fmax(largest, share_of_bin(plot, histogram_of(plot, i), at));
    return largest;
}

/* Where labels find the curves: the fullest bin, the slope right of it, and two points of the tail. */
static void print_landmarks(FILE *out, const struct cli_plot *plot, const struct irqp_histogram *histogram,
                            size_t i)
{
    double total = (double)histogram->total, shoulder = quantile_us(histogram, 0.9);
    irqp_time mode = 0;
    irqp_histogram_mode(histogram, from_us(plot->bin), &mode);
    fprintf(out, "peak[%zu] = %.6g\n", i, share_of_bin(plot, histogram, to_us(mode) - plot->bin / 2));
    fprintf(out, "beside[%zu] = %.6g\n", i, share_beside(plot, to_us(histogram->maximum)));
    fprintf(out, "shoulder[%zu] = %.6g; shoulder_share[%zu] = %.6g\n", i, shoulder, i,
            share_of_bin(plot, histogram, plot->bin * floor(shoulder / plot->bin)));
    fprintf(out, "early[%zu] = %.6g; late[%zu] = %.6g\n", i, quantile_us(histogram, 1 - pow(total, -0.5)), i,
            quantile_us(histogram, 1 - pow(total, -0.75)));
}

static void print_numbers(struct cli_picture *picture, const struct cli_plot *plot)
{
    FILE *out = picture->script;
    char **misses = cli_allocate(NULL, plot->count, sizeof *misses);
    fprintf(out, "n = %zu\nbin = %g\nright = %g\ninterval = %.6g # s\ndeadline = %g\n", plot->count,
            plot->bin, plot->right, plot->interval, plot->deadline);
    fputs("array samples[n]\narray median[n]\narray maximum[n]\narray miss_at[n]\n"
          "array peak[n]\narray beside[n] # the largest share where its maximum is told\narray "
          "shoulder[n]\narray shoulder_share[n]\n"
          "array early[n] # exceeded by one in the square root of the samples\narray late[n]\n",
          out);
    for (size_t i = 0; i < plot->count; i++) {
        const struct irqp_histogram *histogram = histogram_of(plot, i);
        double total = (double)histogram->total;
        fprintf(out, "samples[%zu] = %.0f; median[%zu] = %.6g; maximum[%zu] = %.6g\n", i + 1, total, i + 1,
                quantile_us(histogram, 0.5), i + 1, to_us(histogram->maximum));
        print_landmarks(out, plot, histogram, i + 1);
        fprintf(out, "miss_at[%zu] = %.9g\n", i + 1,
                (double)irqp_histogram_exceeding(histogram, from_us(plot->deadline)) / total);
        misses[i] = miss_text(plot, &plot->results[i].run);
    }
    cli_picture_markups(picture, "miss", misses, plot->count);
    cli_labels_free(misses, plot->count);
}

enum irqp_status cli_draw_latencies(const struct cli_plot *what, const char *prefix, const char *formats)
{
    struct cli_plot plot = *what;
    struct cli_picture picture;
    enum irqp_status status = cli_picture_init(&picture, prefix, formats);
    plot.right = right_edge(&plot);
    /* whole microseconds, as everybody draws them, unless that gives too few bins or too many */
    plot.bin = plot.right >= 15 && plot.right <= 150 ? 1 : round_down(plot.right / 50);
    if (status == IRQP_OK) {
        char **labels = cli_labels(plot.results, plot.count, LABEL);
        print_texts(&picture, &plot, labels);
        print_numbers(&picture, &plot);
        cli_picture_texts(&picture, "label", labels, plot.count);
        print_table(&picture, &plot);
        print_data(&picture, &plot, labels);
        cli_labels_free(labels, plot.count);
        status = cli_picture_draw(&picture, "latency");
    }
    cli_picture_fini(&picture);
    return status;
}
