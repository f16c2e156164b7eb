/* The picture of a prediction beside a measurement. */
#include "sim/cli/verdict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BINS = 60 }; /* about as many are told apart in the picture */

/* What is drawn: shares in bins that are multiples of the measurement's. */
struct view {
    const struct cli_comparison *comparison;
    irqp_time bin, left, right;
    bool nanoseconds; /* else microseconds */
};

static irqp_time round_to(irqp_time time, irqp_time step, bool up)
{
    irqp_time down = time / step * step;
    return up && down < time ? down + step : down;
}

/* Measured samples in [from, until). */
static uint64_t measured_between(const struct irqp_bins *bins, irqp_time from, irqp_time until)
{
    uint64_t count = 0;
    for (size_t i = 0; i < bins->count; i++)
        if (bins->bins[i].lower >= from && bins->bins[i].lower < until)
            count += bins->bins[i].count;
    return count;
}

static uint64_t predicted_between(const struct irqp_histogram *histogram, irqp_time from, irqp_time until)
{
    return irqp_histogram_exceeding(histogram, from) - irqp_histogram_exceeding(histogram, until);
}

static struct view view_of(const struct cli_comparison *comparison)
{
    static const irqp_time steps[] = {1, 2, 5};
    const struct irqp_bins *bins = comparison->measured;
    irqp_time first = comparison->predicted->minimum, last = comparison->predicted->maximum;
    if (bins->count > 0) {
        irqp_time end = bins->bins[bins->count - 1].lower + bins->width;
        first = bins->bins[0].lower < first ? bins->bins[0].lower : first;
        last = end > last ? end : last;
    }
    irqp_time bin = bins->width;
    for (irqp_time power = 1, i = 0; (last - first) / bin > BINS; i++) {
        if (i > 0 && i % 3 == 0)
            power *= 10;
        bin = bins->width * steps[i % 3] * power;
    }
    return (struct view){
        .comparison = comparison,
        .bin = bin,
        .left = round_to(first, bin, false),
        .right = round_to(last + bin, bin, true),
        .nanoseconds = last < 10 * IRQP_US && bins->width < IRQP_US,
    };
}

/* A time in the unit of the picture. */
static double units(const struct view *view, irqp_time time)
{
    return (double)time / (double)(view->nanoseconds ? IRQP_NS : IRQP_US);
}

static void print_shares(FILE *out, const struct view *view)
{
    const struct cli_comparison *comparison = view->comparison;
    uint64_t n = comparison->distance.measured;
    double peak = 0;
    fputs("# lower edge, predicted share, measured share, its 95 % interval\n$shares << END\n", out);
    for (irqp_time at = view->left; at < view->right; at += view->bin) {
        uint64_t count = measured_between(comparison->measured, at, at + view->bin);
        double predicted = (double)predicted_between(comparison->predicted, at, at + view->bin) /
                           (double)comparison->distance.predicted;
        double low, high;
        irqp_clopper_pearson(count, n, 0.95, &low, &high);
        peak = fmax(peak, fmax(predicted, (double)count / (double)n));
        fprintf(out, "%.9g %.9g", units(view, at), predicted > 0 ? predicted : 1e-30);
        if (count > 0)
            fprintf(out, " %.9g %.9g %.9g\n", (double)count / (double)n, low, high);
        else
            fputs(" NaN NaN NaN\n", out);
    }
    fprintf(out, "END\npeak = %.6g\n", peak);
}

static void print_quantiles(FILE *out, const struct view *view)
{
    const struct irqp_distance *distance = &view->comparison->distance;
    int known = 0;
    double low = 0, high = 0;
    fputs("# number, error, its 95 % interval, name, predicted, measured\n$quantiles << END\n", out);
    for (int i = 0; i < IRQP_DISTANCE_QUANTILES; i++) {
        const struct irqp_quantile_error *quantile = &distance->quantiles[i];
        if (!quantile->known)
            continue;
        low = fmin(low, units(view, quantile->predicted - quantile->high));
        high = fmax(high, units(view, quantile->predicted - quantile->low));
        fprintf(out, "%d %.6g %.6g %.6g p%.6g %.*f %.*f\n", ++known, units(view, quantile->error),
                units(view, quantile->predicted - quantile->high),
                units(view, quantile->predicted - quantile->low), 100 * quantile->p,
                view->nanoseconds ? 0 : 2, units(view, quantile->predicted), view->nanoseconds ? 0 : 2,
                units(view, quantile->measured));
    }
    fprintf(out, "END\nknown = %d\nerror_low = %.6g\nerror_high = %.6g\n", known, low, high);
}

/* "<=" and "us" as a picture may write them. */
static char *typeset(const char *text)
{
    char *result = cli_format("%s", text);
    static const struct {
        const char *plain, *fine;
    } signs[] = {{"<=", "≤"}, {">=", "≥"}, {" us", " µs"}};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        for (char *at; (at = strstr(result, signs[i].plain));) {
            char *next = cli_format("%.*s%s%s", (int)(at - result), result, signs[i].fine,
                                    at + strlen(signs[i].plain));
            free(result);
            result = next;
        }
    return result;
}

static void print_metrics(struct cli_picture *picture, const struct cli_comparison *comparison)
{
    struct cli_metric metrics[CLI_METRICS];
    char *texts[4][CLI_METRICS];
    static const char *const names[] = {"verdict", "metric", "value", "criterion"};
    size_t count = cli_judge(metrics, comparison);
    for (size_t i = 0; i < count; i++) {
        texts[0][i] = typeset(cli_verdict_word(metrics[i].verdict));
        texts[1][i] = typeset(metrics[i].name);
        texts[2][i] = typeset(metrics[i].value.text);
        texts[3][i] = typeset(metrics[i].criterion.text);
    }
    for (int k = 0; k < 4; k++) {
        cli_picture_texts(picture, names[k], texts[k], count);
        for (size_t i = 0; i < count; i++)
            free(texts[k][i]);
    }
}

enum irqp_status cli_draw_validation(const struct cli_comparison *comparison, const char *prefix,
                                     const char *formats)
{
    const struct view view = view_of(comparison);
    struct cli_picture picture;
    enum irqp_status status = cli_picture_init(&picture, prefix, formats);
    if (status == IRQP_OK) {
        const char *slash = strrchr(comparison->file, '/');
        char *title = cli_format("Validation: %s, predicted and measured", comparison->title);
        char *samples = cli_predicted_samples(comparison);
        char *subtitle =
            cli_format("measured: %s (%s samples)   ·   predicted: %s   ·   %s bins",
                       slash ? slash + 1 : comparison->file, cli_count(comparison->distance.measured).text,
                       samples, cli_duration((double)view.bin).text);
        char *fine = typeset(subtitle);
        cli_picture_text(&picture, "title", title);
        cli_picture_text(&picture, "subtitle", fine);
        cli_picture_text(&picture, "quantity", cli_quantity(comparison));
        cli_picture_text(&picture, "unit", view.nanoseconds ? "ns" : "µs");
        fprintf(picture.script,
                "bin = %.9g\nleft = %.9g\nright = %.9g\nmeasured_bin = %.9g\nmost = %.0f # samples\n",
                units(&view, view.bin), units(&view, view.left - view.bin), units(&view, view.right),
                units(&view, comparison->distance.width),
                fmax((double)comparison->distance.measured, (double)comparison->distance.predicted));
        print_shares(picture.script, &view);
        print_quantiles(picture.script, &view);
        print_metrics(&picture, comparison);
        free(title);
        free(samples);
        free(subtitle);
        free(fine);
        status = cli_picture_draw(&picture, "validation");
    }
    cli_picture_fini(&picture);
    return status;
}
