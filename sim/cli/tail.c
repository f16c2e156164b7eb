#include "sim/cli/tail.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS_MOST = 400, LAW_POINTS = 60 };

struct view {
    double unit;  /* picoseconds */
    double least; /* share that is drawn */
};

static bool in_nanoseconds(const struct irqp_bins *bins)
{
    return bins->width < IRQP_US && bins->count > 0 && bins->bins[bins->count - 1].lower < 10 * IRQP_US;
}

static double largest(const struct irqp_bins *bins)
{
    return bins->count > 0 ? (double)(bins->bins[bins->count - 1].lower + bins->width) : 0;
}

/* How often a latency is reached, from bin to bin; of many bins every so manieth in the body. */
static void print_reached(FILE *out, const char *name, const struct irqp_bins *bins, const struct view *view)
{
    double total = (double)irqp_bins_total(bins);
    uint64_t left = irqp_bins_total(bins) - bins->underflow;
    size_t every = 1 + bins->count / POINTS_MOST;
    fprintf(out, "# latency, share of samples at or above, its 95 %% interval\n$%s << END\n", name);
    for (size_t i = 0; i < bins->count; left -= bins->bins[i].count, i++) {
        double low, high;
        if (i % every != 0 && left > 1000)
            continue;
        irqp_clopper_pearson(left, irqp_bins_total(bins), 0.95, &low, &high);
        fprintf(out, "%.9g %.6g %.6g %.6g\n", (double)bins->bins[i].lower / view->unit, (double)left / total,
                fmax(low, view->least), high);
    }
    fputs("END\n", out);
}

static void print_law(FILE *out, const char *name, const struct cli_tail_side *side, int at,
                      const struct view *view)
{
    fprintf(out, "$%s << END\n", name);
    if (at >= 0) {
        const struct irqp_tail *tail = &side->tails[at];
        double share = (double)tail->exceedances / (double)tail->samples;
        for (int i = 0; i <= LAW_POINTS; i++) {
            struct irqp_interval interval;
            double p = share * pow(view->least / share, (double)i / LAW_POINTS);
            double latency = i ? irqp_tail_latency(tail, side->bins, p, &interval) : (double)tail->threshold;
            fprintf(out, "%.9g %.6g\n", latency / view->unit, p);
        }
    } else {
        fputs("NaN NaN\n", out);
    }
    fputs("END\n", out);
}

static void print_shapes(FILE *out, const char *name, const struct cli_tail_side *side)
{
    bool any = false;
    fprintf(out, "# share of the threshold, shape, its 95 %% interval\n$%s << END\n", name);
    for (int i = 0; i < IRQP_TAIL_SHARES; i++)
        if (side->known[i]) {
            const struct irqp_tail *tail = &side->tails[i];
            any = true;
            fprintf(out, "%g %.4f %.4f %.4f\n", irqp_tail_shares[i], tail->shape,
                    fmax(tail->shape_interval.low, tail->shape - 2),
                    fmin(tail->shape_interval.high, tail->shape + 2));
        }
    fputs(any ? "END\n" : "1 0 0 0\nEND\n", out); /* beyond the picture: gnuplot wants a point */
}

enum irqp_status cli_draw_tails(const struct cli_comparison *comparison, const struct cli_tail_side *measured,
                                const struct cli_tail_side *predicted, int at, const char *prefix,
                                const char *formats)
{
    struct cli_picture picture;
    enum irqp_status status = cli_picture_init(&picture, prefix, formats);
    if (status == IRQP_OK) {
        bool nanoseconds = in_nanoseconds(measured->bins);
        double most = fmax((double)comparison->distance.measured, (double)comparison->distance.predicted);
        const struct view view = {(double)(nanoseconds ? IRQP_NS : IRQP_US), 0.5 / most};
        const char *slash = strrchr(comparison->file, '/');
        char *title = cli_format("Tail: %s", comparison->title);
        char *subtitle =
            cli_format("measured: %s (%s samples)   ·   generalised Pareto above each threshold",
                       slash ? slash + 1 : comparison->file, cli_count(comparison->distance.measured).text);
        cli_picture_text(&picture, "title", title);
        cli_picture_text(&picture, "subtitle", subtitle);
        cli_picture_text(&picture, "quantity", cli_quantity(comparison));
        cli_picture_text(&picture, "unit", nanoseconds ? "ns" : "µs");
        fprintf(picture.script, "least = %.6g\nlargest = %.6g\n", view.least,
                fmax(largest(measured->bins), largest(predicted->bins)) / view.unit);
        print_reached(picture.script, "measured", measured->bins, &view);
        print_reached(picture.script, "predicted", predicted->bins, &view);
        print_law(picture.script, "law_measured", measured, at, &view);
        print_law(picture.script, "law_predicted", predicted, at, &view);
        print_shapes(picture.script, "shapes_measured", measured);
        print_shapes(picture.script, "shapes_predicted", predicted);
        free(title);
        free(subtitle);
        status = cli_picture_draw(&picture, "tail");
    }
    cli_picture_fini(&picture);
    return status;
}
