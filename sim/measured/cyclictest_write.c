/* Writing what cyclictest would print. */
#include "irqpath/measured.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Counts by whole microseconds; what lies beyond the rows is the overflow. */
static uint64_t fill_rows(uint64_t *rows, size_t bins, const struct irqp_histogram *histogram)
{
    uint64_t overflow = histogram->overflow;
    for (size_t bin = 0; bin < histogram->capacity; bin++) {
        size_t row = (size_t)(irqp_histogram_edge(bin) / IRQP_US);
        if (row < bins)
            rows[row] += histogram->counts[bin];
        else
            overflow += histogram->counts[bin];
    }
    /* cyclictest knows no wake-up before its time: it would print such a one as 0. */
    if (bins > 0)
        rows[0] += histogram->underflow;
    else
        overflow += histogram->underflow;
    return overflow;
}

static uint64_t microseconds(irqp_time time)
{
    return time > 0 ? (uint64_t)(time / IRQP_US) : 0;
}

char *irqp_cyclictest_text(const struct irqp_histogram *histogram, size_t bins)
{
    enum { ROW = 48, REST = 512 }; /* bytes that are enough for a row and for the rest */
    if (bins > (SIZE_MAX - REST) / ROW)
        return NULL;
    uint64_t *rows = calloc(bins + 1, sizeof *rows);
    char *text = malloc(bins * ROW + REST);
    if (!rows || !text) {
        free(rows);
        free(text);
        return NULL;
    }
    uint64_t overflow = fill_rows(rows, bins, histogram);
    irqp_time mean = histogram->total > 0 ? (irqp_time)(histogram->sum / histogram->total) : 0;

    char *at = text;
    at += snprintf(at, REST, "# Histogram\n");
    for (size_t i = 0; i < bins; i++)
        at += snprintf(at, ROW, "%06zu %06" PRIu64 "\n", i, rows[i]);
    at += snprintf(at, REST / 2, "# Total: %09" PRIu64 "\n", histogram->total - overflow);
    at +=
        snprintf(at, REST / 2,
                 "# Min Latencies: %05" PRIu64 "\n# Avg Latencies: %05" PRIu64 "\n# Max Latencies: %05" PRIu64
                 "\n# Histogram Overflows: %05" PRIu64 "\n# Histogram Overflow at cycle number:\n# Thread 0:",
                 histogram->total > 0 ? microseconds(histogram->minimum) : 0, microseconds(mean),
                 microseconds(histogram->maximum), overflow);
    /* The form for overflows whose cycle the tool did not keep. */
    if (overflow > 0)
        at += snprintf(at, REST / 8, " # %05" PRIu64 " others", overflow);
    snprintf(at, REST / 8, "\n\n");
    free(rows);
    return text;
}
