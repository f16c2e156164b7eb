/* The paper's histograms: counts of whole microseconds. */
#include "sim/cli/plot.h"
#include "sim/cli/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LABEL = 20, RIGHT_MOST = 200 };

/* Microseconds that hold every sample, in tens, but for stragglers far away. */
static int right_edge(const struct irqp_result_file *results, size_t count)
{
    double largest = 20;
    for (size_t i = 0; i < count; i++)
        largest = fmax(largest, (double)results[i].run.result.thread.maximum / (double)IRQP_US);
    int edge = (int)ceil((largest + 1) / 10) * 10;
    return edge < RIGHT_MOST ? edge : RIGHT_MOST;
}

static void print_histogram(FILE *out, const struct irqp_histogram *histogram, int right)
{
    for (int us = 0; us < right; us++)
        fprintf(out, "%d %llu\n", us,
                (unsigned long long)(irqp_histogram_exceeding(histogram, us * IRQP_US) -
                                     irqp_histogram_exceeding(histogram, (us + 1) * IRQP_US)));
    fputs("\n\n", out);
}

/* A title without what it says in parentheses at its end. */
static char *plain_title(const char *title)
{
    const char *end = strrchr(title, '(');
    size_t length = end && end > title + 1 ? (size_t)(end - title - 1) : strlen(title);
    return cli_format("%.*s", (int)length, title);
}

enum irqp_status cli_draw_histograms(const struct irqp_result_file *results, size_t count, const char *prefix,
                                     const char *formats)
{
    struct cli_picture picture;
    enum irqp_status status = cli_picture_init(&picture, prefix, formats);
    if (status == IRQP_OK) {
        FILE *out = picture.script;
        int right = right_edge(results, count);
        char **labels = cli_allocate(NULL, count, sizeof *labels);
        const char *slash = strrchr(prefix, '/'), *name = slash ? slash + 1 : prefix;
        char *title =
            strncmp(name, "figure", 6) == 0 ? cli_format("Figure %s", name + 6) : cli_format("%s", name);
        fprintf(out, "n = %zu\nright = %d\narray samples[%zu]\narray maximum[%zu]\narray middle[%zu]\n",
                count, right, count, count, count);
        for (size_t i = 0; i < count; i++) {
            const struct irqp_histogram *histogram = &results[i].run.result.thread;
            irqp_time median = 0;
            irqp_histogram_quantile(histogram, 0.5, &median);
            labels[i] = plain_title(results[i].manifest.title);
            fprintf(out, "samples[%zu] = %llu\nmaximum[%zu] = %.3f\nmiddle[%zu] = %.3f\n", i + 1,
                    (unsigned long long)histogram->total, i + 1, (double)histogram->maximum / (double)IRQP_US,
                    i + 1, (double)median / (double)IRQP_US);
        }
        cli_picture_text(&picture, "title", title);
        cli_picture_texts(&picture, "label", labels, count);
        fputs("$histogram << EOD\n", out);
        for (size_t i = 0; i < count; i++)
            print_histogram(out, &results[i].run.result.thread, right);
        fputs("EOD\n", out);
        status = cli_picture_draw(&picture, "histogram");
        for (size_t i = 0; i < count; i++)
            free(labels[i]);
        free(labels);
        free(title);
    }
    cli_picture_fini(&picture);
    return status;
}
