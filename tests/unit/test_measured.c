/* Readers and writers of measured histograms, with texts made for each trap of the formats. */
#include "irqpath/measured.h"

#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

struct reading {
    struct irqp_measured measured;
    struct irqp_diagnostics diagnostics;
    enum irqp_status status;
};

static void read_bytes(struct reading *reading, const char *bytes, size_t size, irqp_time unit)
{
    char name[] = "/tmp/irqpath-measured-XXXXXX";
    int descriptor = mkstemp(name);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, bytes, size), size);
    close(descriptor);
    irqp_diagnostics_init(&reading->diagnostics);
    reading->status = irqp_measured_read(&reading->measured, name, unit, &reading->diagnostics);
    unlink(name);
    assert_int_equal(reading->status != IRQP_OK, reading->diagnostics.errors > 0);
}

static void read_string(struct reading *reading, const char *text, irqp_time unit)
{
    read_bytes(reading, text, strlen(text), unit);
}

static void done(struct reading *reading)
{
    irqp_measured_fini(&reading->measured);
    irqp_diagnostics_fini(&reading->diagnostics);
}

static uint64_t count_at(const struct irqp_bins *bins, irqp_time lower)
{
    for (size_t i = 0; i < bins->count; i++)
        if (bins->bins[i].lower == lower)
            return bins->bins[i].count;
    return 0;
}

/* ---- cyclictest, text ---- */

static const char two_threads[] =
    "# /dev/cpu_dma_latency set to 0us\n"
    "policy: fifo: loadavg: 0.00 0.01 0.05 1/148 1359\n"
    "\n"
    "T: 0 ( 1359) P:90 I:1000 C:     10 Min:     13 Act:   20 Avg:   18 Max:   46\n"
    "\033[3AT: 0 ( 1359) P:90 I:1000 C: 20 Min: 13 Act: 20 Avg: 18 Max: 46\n"
    "# Histogram\n"
    "000000 000000\t000000\n"
    "000001 000002\t000000\n"
    "000002 000003\t000007\n"
    "# Total: 000000005 000000007\n"
    "# Min Latencies: 00001 00002\n"
    "# Avg Latencies: 00001 00002\n"
    "# Max Latencies: 00009 00008\n"
    "# Histogram Overflows: 00001 00002\n"
    "# Histogram Overflow at cycle number:\n"
    "# Thread 0: 00003\n"
    "# Thread 1: 00003 00004\n"
    "\n";

static void cyclictest_columns_and_trailer(void **state)
{
    (void)state;
    struct reading reading;
    read_string(&reading, two_threads, 0);
    const struct irqp_measured *measured = &reading.measured;
    assert_int_equal(reading.status, IRQP_OK);
    assert_int_equal(reading.diagnostics.count, 0);
    assert_string_equal(measured->format, "cyclictest");
    assert_int_equal(measured->unit, IRQP_US);
    assert_int_equal(measured->count, 2);
    assert_string_equal(measured->series[1].name, "thread 1");
    assert_int_equal(measured->series[0].bins.inside, 5);
    assert_int_equal(measured->series[0].bins.overflow, 1);
    assert_int_equal(measured->series[1].bins.maximum, 8 * IRQP_US);
    assert_int_equal(measured->bins.inside, 12);
    assert_int_equal(count_at(&measured->bins, 2 * IRQP_US), 10);
    assert_int_equal(measured->bins.overflow, 3);
    assert_int_equal(measured->bins.limit, 3 * IRQP_US);
    assert_int_equal(measured->bins.minimum, IRQP_US);
    assert_int_equal(measured->bins.maximum, 9 * IRQP_US);
    done(&reading);
}

static void cyclictest_histofall(void **state)
{
    (void)state;
    struct reading reading;
    read_string(&reading,
                "# Histogram\n"
                "000001 000002\t000001\t000003\n"
                "000007 000003\t000000\t000003\n"
                "# Min Latencies: 00001 00001\n"
                "# Avg Latencies: 00001 00001\n"
                "# Max Latencies: 00007 00050 00050\n"
                "# Histogram Overflows: 00000 00001 00001\n"
                "# Histogram Overflow at cycle number:\n"
                "# Thread 0: \n"
                "# Thread 1: 00077\n",
                0);
    assert_int_equal(reading.status, IRQP_OK);
    assert_int_equal(reading.diagnostics.count, 0);
    assert_int_equal(reading.measured.count, 2);
    assert_int_equal(reading.measured.bins.inside, 6);
    assert_int_equal(reading.measured.bins.overflow, 1);
    assert_int_equal(reading.measured.bins.limit, IRQP_UNKNOWN); /* rows are left out, so nothing tells */
    assert_int_equal(reading.measured.bins.maximum, 50 * IRQP_US);
    done(&reading);
}

static void cyclictest_without_trailer(void **state)
{
    (void)state;
    struct reading reading;
    read_string(&reading, "# Histogram\r\n000001\t000002\r\n000002\t000001\r\n", 0);
    assert_int_equal(reading.status, IRQP_OK);
    assert_int_equal(reading.diagnostics.count, 1);
    assert_int_equal(reading.diagnostics.items[0].severity, IRQP_WARNING);
    assert_int_equal(reading.measured.bins.inside, 3);
    assert_int_equal(reading.measured.bins.maximum, IRQP_UNKNOWN);
    assert_int_equal(reading.measured.bins.limit, IRQP_UNKNOWN);
    done(&reading);

    /* -H without trailer: only the sums tell. */
    read_string(&reading, "# Histogram\n000001 000002\t000001\t000003\n000002 000001\t000000\t000001\n", 0);
    assert_int_equal(reading.status, IRQP_OK);
    assert_int_equal(reading.measured.count, 2);
    assert_int_equal(reading.measured.bins.inside, 4);
    assert_int_equal(reading.diagnostics.count, 2);
    done(&reading);
}

static void cyclictest_in_another_unit(void **state)
{
    (void)state;
    struct reading reading;
    read_string(&reading, two_threads, IRQP_NS);
    assert_int_equal(reading.measured.bins.width, IRQP_NS);
    assert_int_equal(count_at(&reading.measured.bins, 2 * IRQP_NS), 10);
    done(&reading);
}

static void thread_without_samples(void **state)
{
    (void)state;
    struct reading reading;
    read_string(&reading,
                "# Histogram\n000000 000000\t000000\n000001 000004\t000000\n"
                "# Total: 000000004 000000000\n# Min Latencies: 00001 1000000\n"
                "# Avg Latencies: 00001 00000\n# Max Latencies: 00001 00000\n"
                "# Histogram Overflows: 00000 00000\n",
                0);
    assert_int_equal(reading.status, IRQP_OK);
    assert_int_equal(reading.measured.series[1].bins.minimum, IRQP_UNKNOWN);
    assert_int_equal(reading.measured.bins.minimum, IRQP_US);
    assert_int_equal(reading.measured.bins.maximum, IRQP_US);
    done(&reading);
}

/* Cut anywhere, a file is refused or at least warned about; it never passes as whole with other numbers. */
static void cut_anywhere(void **state)
{
    (void)state;
    struct reading whole, cut;
    read_string(&whole, two_threads, 0);
    for (size_t size = 0; size < strlen(two_threads); size++) {
        read_bytes(&cut, two_threads, size, 0);
        if (cut.status == IRQP_OK && cut.diagnostics.count == 0) {
            assert_int_equal(cut.measured.bins.inside, whole.measured.bins.inside);
            assert_int_equal(cut.measured.bins.overflow, whole.measured.bins.overflow);
            assert_int_equal(cut.measured.bins.maximum, whole.measured.bins.maximum);
        }
        done(&cut);
    }
    done(&whole);
}

#define RTLA                                                                                                 \
    "# RTLA timerlat histogram\n# Time unit is microseconds (us)\n# Duration:   0 00:10:00\n"                \
    "Index   IRQ-000   Thr-000   IRQ-001   Thr-001\n"                                                        \
    "0            10         0         7         0\n"                                                        \
    "1             2         9         0         6\n"                                                        \
    "over:         0         3         0         1\n"

/* ---- cyclictest, JSON ---- */

#define JSON_HEAD                                                                                            \
    "{\"file_version\": 1, \"cmdline:\": \"cyclictest -l 2000 -i 1000 -h 100 -q -p 99\", "                   \
    "\"resolution_in_ns\": 0, \"thread\": "

static void cyclictest_json(void **state)
{
    (void)state;
    struct reading reading;
    read_string(&reading,
                JSON_HEAD "{\"0\": {\"histogram\": {\"100\": 1, \"6\": 686, \"7\": 3}, \"cycles\": 692, "
                          "\"min\": 6, \"max\": 131, \"avg\": 11.56}}}\n",
                0);
    assert_int_equal(reading.status, IRQP_OK);
    assert_int_equal(reading.diagnostics.count, 0);
    assert_string_equal(reading.measured.format, "cyclictest-json");
    const struct irqp_bins *bins = &reading.measured.bins;
    assert_int_equal(bins->count, 3);
    assert_int_equal(bins->bins[0].lower, 6 * IRQP_US);
    assert_int_equal(bins->inside, 690);
    assert_int_equal(bins->overflow, 2);
    assert_int_equal(bins->limit, 100 * IRQP_US);
    assert_int_equal(bins->maximum, 131 * IRQP_US);
    done(&reading);
}

/* ---- columns ---- */

static void columns_with_unit_in_heading(void **state)
{
    (void)state;
    struct reading reading;
    read_string(&reading,
                "# value_instructions(=ns virtual, icount shift=0) count\n1068 1995\n1067 1994\n\n1068 5\n",
                0);
    assert_int_equal(reading.status, IRQP_OK);
    assert_int_equal(reading.diagnostics.count, 0);
    assert_string_equal(reading.measured.format, "columns");
    const struct irqp_bins *bins = &reading.measured.bins;
    assert_int_equal(bins->width, IRQP_NS);
    assert_int_equal(bins->count, 2);
    assert_int_equal(count_at(bins, 1068 * IRQP_NS), 2000);
    assert_int_equal(bins->maximum, IRQP_UNKNOWN);
    done(&reading);
}

static void columns_with_decimals_and_names(void **state)
{
    (void)state;
    struct reading reading;
    read_string(&reading, "latency_us,count\n-1.5,2\n0.25,3\n12,1", 0);
    assert_int_equal(reading.status, IRQP_OK);
    assert_int_equal(reading.diagnostics.count, 0);
    const struct irqp_bins *bins = &reading.measured.bins;
    assert_int_equal(bins->width, 10 * IRQP_NS);
    assert_int_equal(count_at(bins, -1500 * IRQP_NS), 2);
    assert_int_equal(count_at(bins, 250 * IRQP_NS), 3);
    assert_int_equal(count_at(bins, 12 * IRQP_US), 1);
    done(&reading);
}

static void columns_without_unit(void **state)
{
    (void)state;
    struct reading reading;
    read_string(&reading, "3590 1\n3600 3\n", 0);
    assert_int_equal(reading.status, IRQP_OK);
    assert_int_equal(reading.diagnostics.count, 1);
    assert_non_null(strstr(reading.diagnostics.items[0].message, "nanoseconds"));
    done(&reading);
    read_string(&reading, "3590 1\n3600 3\n", IRQP_US);
    assert_int_equal(reading.diagnostics.count, 0);
    assert_int_equal(count_at(&reading.measured.bins, 3600 * IRQP_US), 3);
    done(&reading);
}

/* ---- what is refused ---- */

static void bad_files_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
        int line; /* 0: about the whole */
    } cases[] = {
        {"", "empty", 0},
        {"Lorem ipsum\ndolor sit amet\n", "no known histogram", 0},
        {"<html><body>Not found</body></html>\n", "no known histogram", 0},
        {"1 2 3\n4 5 6\n", "no known histogram", 0},
        {"# Histogram\n", "no rows", 0},
        {"# Histogram\n# Total: 0\n", "no rows", 0},
        {"T: 0 ( 1359) P:90 I:1000 C: 10 Min: 13\n", "prints one with -h", 0},
        {"# Histogram\n000001 000001\n000001 000001\n", "not above the one before", 3},
        {"# Histogram\n000001 000001\n000002 000001 000001\n", "one column more", 3},
        {"# Histogram\n000001 000001 000002\n000002 000001\n", "1 counts instead of 2", 3},
        {"# Histogram\n000001\n", "0 counts instead of 1", 2},
        {"# Histogram\n000001 -5\n", "not a count", 2},
        {"# Histogram\n000001 18446744073709551616\n", "not a count", 2},
        {"# Histogram\n000001 18446744073709551615\n000002 000001\n", "too many samples", 3},
        {"# Histogram\n99999999999999 000001\n", "not a bin", 2},
        {"# Histogram\nSegmentation fault\n", "not a bin", 2},
        {"# Histogram\n000001 0000", "ends within a row", 2},
        {"# Histogram\n000001 000001\n# Histogram\n000001 000001\n", "second histogram", 3},
        {"# Histogram\n000001 000001\n# Total: 000000002\n# Histogram Overflows: 0\n", "rows are missing", 0},
        {"# Histogram\n000001 000001\n# Total: many\n", "not a number", 3},
        {"# Histogram\n000001 000001\n# Histogram Overflows: 1 2\n", "not a number", 3},
        {"# Histogram\n000001 000001\n# Histogram Overflows:\n", "0 numbers for 1", 3},
        {"# Histogram\n000001 000001\n# Max Latencies: 18446744073709551615\n", "not a latency", 3},
        {"# Histogram\n000000 000000\n# Histogram Overflows: 0\n", "histogram is empty", 0},
        {"# Histogram\n000001 10000000000000000000 11000000000000000000\n", "do not add up", 0},
        {"# RTLA timerlat histogram\nx\n", "no line 'Index'", 0},
        {"# RTLA timerlat histogram\nIndex XYZ-000\n", "not a series", 2},
        {RTLA "count: 12 12 7 8\n", "rows are missing", 0},
        {RTLA "0 1 1 1 1\n", "not above the one before", 8},
        {RTLA "2 1 1 1\n", "3 counts instead of 4", 8},
        {RTLA "hello\n", "neither a bucket", 8},
        {"{\"latency\": {\"granularity\": \"fortnights\", \"cores\": [[0], [1]]}}", "granularity", 0},
        {"{\"latency\": {\"granularity\": \"microseconds\", \"cores\": [[0]]}}", "no axis", 0},
        {"{\"latency\": {\"granularity\": \"microseconds\", \"cores\": [[0, 1], [1]]}}", "1 counts", 0},
        {"{\"cpu\": {\"0\": {\"histogram\": {\"3\": 36}, \"count\": 35}}}", "more samples", 0},
        {"Core: 1\nCounter Freq: 1\n 001 (us): 3 4\n", "not a count", 3},
        {"RTH|\nRTD| 1 |\n", "not a line of latency's results", 2},
        {"latency ns\n12\nx\n", "not a sample", 3},
        {JSON_HEAD "{}}", "no threads", 0},
        {JSON_HEAD "3}", "no threads", 0},
        {JSON_HEAD "{\"0\": []}}", "no histogram", 0},
        {JSON_HEAD "\n{\"0\": {\"histogram\": {\"6\":", "not valid JSON", 2},
        {JSON_HEAD "{\"0\": {\"histogram\": {\"x\": 1}, \"cycles\": 1}}}", "not a bin", 0},
        {JSON_HEAD "{\"0\": {\"histogram\": {\"5\": 1.5}, \"cycles\": 1}}}", "no count", 0},
        {JSON_HEAD "{\"0\": {\"histogram\": {\"5\": -1}, \"cycles\": 1}}}", "no count", 0},
        {JSON_HEAD "{\"0\": {\"histogram\": {\"5\": 2}, \"cycles\": 1}}}",
         "more samples in its bins than 'cycles'", 0},
        {JSON_HEAD "{\"0\": {\"histogram\": {\"5\": 2, \"5\": 3}, \"cycles\": 5}}}", "duplicate", 1},
        {"# ns\n1 2\n3\n", "not a value and a count", 3},
        {"# ns\n1 2\n3 4 5\n", "not a value and a count", 3},
        {"# ns\n1 2\nx 5\n", "not a value", 3},
        {"# ns\n1 2\n1-2 5\n", "not a value", 3},
        {"# ns\n1 2\n. 5\n", "not a value", 3},
        {"# ns\n1 2\n- 5\n", "not a value", 3},
        {"# ns\n1 2\n1. 5\n", "not a value", 3},
        {"# ns\n1 2\n3 4.5\n", "not a count", 3},
        {"# ns\n1 2\n3.0001 4\n", "finer than a picosecond", 3},
        {"# ns\n1 2\n99999999999999999999 4\n", "not a value", 3},
        {"# ns\n1 18446744073709551615\n2 1\n", "too many samples", 0},
        {"# ns\n1 0\n", "histogram is empty", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reading reading;
        read_string(&reading, cases[i].text, 0);
        if (reading.status != IRQP_INPUT)
            fail_msg("accepted: %s", cases[i].text);
        const struct irqp_diagnostic *last = &reading.diagnostics.items[reading.diagnostics.count - 1];
        if (!strstr(last->message, cases[i].message) || last->place.line != cases[i].line)
            fail_msg("'%s' at %d instead of '%s' at %d for: %s", last->message, last->place.line,
                     cases[i].message, cases[i].line, cases[i].text);
        done(&reading);
    }
    struct reading reading;
    read_bytes(&reading, "# Histogram\n\0\1\2\n", 16, 0);
    assert_int_equal(reading.status, IRQP_INPUT);
    assert_non_null(strstr(reading.diagnostics.items[0].message, "binary"));
    done(&reading);
}

/* Every byte of a good file changed in turn: no crash, and an error whenever the result says so. */
static const char rtla_whole[] = RTLA "count: 12 12 7 7\nmin: 0 1 0 1\navg: 0 5 0 4\nmax: 1 36 0 15\n";
static const char oslat_whole[] = "oslat V 2.40\n        Core:\t 1 2\nCounter Freq:\t 2298 2298 (Mhz)\n"
                                  "    001 (us):\t 37 30\n    002 (us):\t 5 0\n"
                                  "    003 (us):\t 4 0 (including overflows)\n"
                                  "     Minimum:\t 1 1 (us)\n     Maximum:\t 80 1 (us)\n";
static const char xenomai_whole[] = "# ----lat min|----lat avg|----lat max|-overrun|---msw|\n"
                                    "#       0.613|      1.380|      3.709|       0|     0|\n"
                                    "0.1 1\n0.5 209\n1.5 11\n2.5 1\n3.5 3\n4 1\n";
static const char log_whole[] = "RTH|----lat min|----lat avg|----lat max|-overrun|---msw|\n"
                                "RTD|      5.000|      9.000|     33.000|       0|     0|\n"
                                "HSD|    avg|   0 -  1 |      208\nHSS|    avg|   208|   1.2|  0.5\n"
                                "RTS|      2.536|      8.940|    707.622|      43|     0|\n";
static const char osadl_whole[] = "{\"latency\": {\"granularity\": \"microseconds\", \"maxima\": [7, 2], "
                                  "\"cores\": [[0, 1, 2], [0, 8, 1], [0, 0, 10]]}}";
static const char jitter_whole[] =
    "{\"cpu\": {\"0\": {\"histogram\": {\"3\": 36}, \"count\": 39, \"min\": 3}}}";
static const char table_whole[] = "time,core1,core2\n 000003,000001,000005\n000004,0,2\n";
static const char samples_whole[] = "index,latency_ns\n0,-3\n1,12\n2,13\n";

/* Whatever stands there instead of one byte, no reader stumbles; the sanitizers look on. */
static void damage(const char *whole, size_t from)
{
    static const char bytes[] = "\0\n\t 9#-\xff|,{\"";
    char text[1024];
    size_t size = strlen(whole);
    assert_true(size < sizeof text);
    for (size_t i = from; i < size; i++) {
        for (size_t j = 0; j < sizeof bytes - 1; j++) {
            struct reading reading;
            memcpy(text, whole, size + 1);
            text[i] = bytes[j];
            read_bytes(&reading, text, size, 0);
            done(&reading);
        }
        struct reading cut;
        read_bytes(&cut, whole, i, 0);
        done(&cut);
    }
}

static void one_byte_changed(void **state)
{
    (void)state;
    const char *const all[] = {rtla_whole,  oslat_whole,  xenomai_whole, log_whole,
                               osadl_whole, jitter_whole, table_whole,   samples_whole};
    damage(two_threads, 150);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct reading reading;
        read_string(&reading, all[i], 0);
        assert_int_equal(reading.status, IRQP_OK);
        done(&reading);
        damage(all[i], 0);
    }
}

/* ---- rtla ---- */

static void rtla_interrupts_and_threads(void **state)
{
    (void)state;
    struct reading reading;
    read_string(&reading,
                RTLA "count:       12        12         7         7\n"
                     "min:          0         1         0         1\n"
                     "avg:          0         5         0         4\n"
                     "max:          1        36         0        15\n"
                     "ALL:        IRQ       Thr\ncount:  19 19\n",
                0);
    assert_int_equal(reading.status, IRQP_OK);
    assert_int_equal(reading.diagnostics.count, 0);
    assert_int_equal(reading.measured.count, 4);
    assert_int_equal(reading.measured.kind, IRQP_SERIES_THREAD); /* only these are added up */
    assert_int_equal(reading.measured.bins.inside, 15);
    assert_int_equal(reading.measured.bins.overflow, 4);
    assert_int_equal(reading.measured.bins.maximum, 36 * IRQP_US);
    assert_int_equal(reading.measured.series[0].kind, IRQP_SERIES_INTERRUPT);
    assert_int_equal(reading.measured.series[0].bins.inside, 12);
    assert_int_equal(reading.measured.series[1].mean, 5 * IRQP_US);
    done(&reading);
}

static void rtla_buckets_and_units(void **state)
{
    (void)state;
    struct reading reading;
    read_string(&reading,
                "# RTLA osnoise histogram\n# Time unit is nanoseconds (ns)\nIndex   CPU-000   CPU-003\n"
                "100  4 0\n250  1 0\nover: 0 0\ncount: 5 0\nmin: 100 -\navg: 130 -\nmax: 250 -\n",
                0);
    assert_int_equal(reading.status, IRQP_OK);
    assert_int_equal(reading.measured.unit, IRQP_NS);
    assert_int_equal(reading.measured.kind, IRQP_SERIES_NOISE);
    assert_int_equal(reading.measured.bins.width, 50 * IRQP_NS); /* what all edges are multiples of */
    assert_int_equal(reading.measured.bins.inside, 5);
    assert_int_equal(reading.measured.series[1].bins.minimum, IRQP_UNKNOWN);
    done(&reading);
}

/* ---- other tools' JSON ---- */

static void osadl_axis_and_overflow(void **state)
{
    (void)state;
    struct reading reading;
    read_string(&reading,
                "{\"format\": {\"name\": \"RT Dataset\"}, \"condition\": {\"cycles\": 10}, \"latency\": "
                "{\"granularity\": \"microseconds\", \"maxima\": [7, 2], "
                "\"cores\": [[0, 1, 2], [0, 8, 1], [0, 0, 10]]}}",
                0);
    assert_int_equal(reading.status, IRQP_OK);
    assert_int_equal(reading.measured.count, 2);
    assert_int_equal(reading.measured.series[0].bins.overflow, 1);
    assert_int_equal(reading.measured.series[1].bins.overflow, 0);
    assert_int_equal(reading.measured.bins.inside, 19);
    assert_int_equal(reading.measured.bins.limit, 3 * IRQP_US);
    done(&reading);
}

static void jitterdebugger_counts(void **state)
{
    (void)state;
    struct reading reading;
    read_string(&reading,
                "{\"cpu\": {\"0\": {\"histogram\": {\"3\": 36, \"11\": 1}, \"count\": 39, \"min\": 3, "
                "\"max\": 1100, \"avg\": 3.25}}}",
                0);
    assert_int_equal(reading.status, IRQP_OK);
    assert_int_equal(reading.measured.bins.inside, 37);
    assert_int_equal(reading.measured.bins.overflow, 2);
    assert_int_equal(reading.measured.series[0].mean, 3250 * IRQP_NS);
    done(&reading);
}

/* ---- oslat, Xenomai, RTAI ---- */

static void oslat_last_bucket_overflows(void **state)
{
    (void)state;
    struct reading reading;
    read_string(&reading,
                "oslat V 2.40\n        Core:\t 1 2\nCounter Freq:\t 2298 2298 (Mhz)\n"
                "    001 (us):\t 37 30\n    002 (us):\t 5 0\n    003 (us):\t 4 0 (including overflows)\n"
                "     Minimum:\t 1 1 (us)\n     Maximum:\t 80 1 (us)\n",
                0);
    assert_int_equal(reading.status, IRQP_OK);
    assert_int_equal(reading.measured.kind, IRQP_SERIES_NOISE);
    assert_int_equal(reading.measured.bins.inside, 72);
    assert_int_equal(reading.measured.bins.overflow, 4);
    assert_int_equal(reading.measured.bins.limit, 2 * IRQP_US);
    assert_int_equal(reading.measured.bins.minimum, 0);
    assert_int_equal(reading.measured.bins.maximum, 79 * IRQP_US);
    done(&reading);
}

#define XENOMAI(max)                                                                                         \
    "root@box:~# cat file\n# 00:10:00 (periodic user-mode task, 100 us period, priority 99)\n"               \
    "# ----lat min|----lat avg|----lat max|-overrun|---msw|\n"                                               \
    "#       0.613|      1.380|      " max "|       0|     0|\n"                                             \
    "0.1 1\n0.5 209\n1.5 11\n2.5 1\n3.5 3\n4 1\n"

static void xenomai_counts_one_too_high(void **state)
{
    (void)state;
    struct reading reading;
    read_string(&reading, XENOMAI("3.709"), 0);
    assert_int_equal(reading.status, IRQP_OK);
    assert_int_equal(reading.diagnostics.count, 0);
    assert_int_equal(reading.measured.bins.inside, 208 + 10 + 2);
    assert_int_equal(reading.measured.bins.bins[0].lower, 0);
    assert_int_equal(reading.measured.bins.maximum, 3709 * IRQP_NS);
    done(&reading);
    read_string(&reading, XENOMAI("457.545"), 0); /* another run's heading */
    assert_int_equal(reading.status, IRQP_OK);
    assert_int_equal(reading.diagnostics.count, 1);
    assert_int_equal(reading.measured.bins.maximum, IRQP_UNKNOWN);
    done(&reading);
}

static void logs_are_summaries(void **state)
{
    (void)state;
    struct reading reading;
    read_string(&reading,
                "RTH|----lat min|----lat avg|----lat max|-overrun|---msw|---lat best|--lat worst\n"
                "RTD|      5.000|      9.000|     33.000|       0|     0|      5.000|     33.000\n"
                "RTD|      4.000|     10.000|     28.000|       3|     0|      4.000|     33.000\n",
                0);
    assert_int_equal(reading.status, IRQP_OK);
    assert_int_equal(reading.measured.count, 0);
    assert_int_equal(reading.measured.summary.periods, 2);
    assert_int_equal(reading.measured.summary.minimum, 4 * IRQP_US);
    assert_int_equal(reading.measured.summary.mean, 9500 * IRQP_NS);
    assert_int_equal(reading.measured.summary.maximum, 33 * IRQP_US);
    assert_int_equal(reading.measured.summary.overruns, 3);
    done(&reading);
    read_string(&reading,
                "RTH|    lat min|    ovl min|    lat avg|    lat max|    ovl max|   overruns\n"
                "RTD|     700000|     700000|     710000|     720000|     720000|       4000\n"
                "RTD|       2000|       2000|     100000|     300000|     720000|       4000\n"
                "RTD|       -571|       -571|       1203|       4321|      10021|          0\n",
                0);
    assert_int_equal(reading.status, IRQP_OK);
    assert_int_equal(reading.measured.unit, IRQP_NS);
    assert_int_equal(reading.measured.summary.periods, 1); /* the first two are warm-up */
    assert_int_equal(reading.measured.summary.minimum, -571 * IRQP_NS);
    assert_int_equal(reading.measured.summary.maximum, 4321 * IRQP_NS);
    done(&reading);
}

/* ---- samples and tables ---- */

static void raw_samples(void **state)
{
    (void)state;
    struct reading reading;
    read_string(&reading, ",n_secs_delay,\n0,0,\n1,-1,\n2,110104,\n3,38072,\n4,38072,\n", IRQP_NS);
    assert_int_equal(reading.status, IRQP_OK);
    assert_string_equal(reading.measured.format, "samples");
    assert_int_equal(reading.diagnostics.count, 1); /* two artefacts are left out */
    assert_int_equal(reading.measured.bins.inside, 3);
    assert_int_equal(reading.measured.bins.bins[0].count, 2);
    assert_int_equal(reading.measured.bins.maximum, 110104 * IRQP_NS);
    done(&reading);
    read_string(&reading, "# us\n3.25\n4.5\n", 0);
    assert_int_equal(reading.status, IRQP_OK);
    assert_int_equal(reading.diagnostics.count, 0);
    assert_int_equal(reading.measured.bins.width, 10 * IRQP_NS);
    assert_int_equal(reading.measured.bins.minimum, 3250 * IRQP_NS);
    done(&reading);
}

static void columns_of_several_threads(void **state)
{
    (void)state;
    struct reading reading;
    read_string(&reading, "time,core1,core2\n 000003,000001,000005\n000004,0,2\n", 0);
    assert_int_equal(reading.status, IRQP_OK);
    assert_int_equal(reading.diagnostics.count, 1); /* the unit is guessed */
    assert_int_equal(reading.measured.count, 2);
    assert_string_equal(reading.measured.series[1].name, "core2");
    assert_int_equal(reading.measured.bins.inside, 8);
    assert_int_equal(reading.measured.bins.bins[0].lower, 3 * IRQP_US);
    done(&reading);
}

/* ---- writing ---- */

static char *written(const struct irqp_histogram *histogram, enum irqp_measured_format format, size_t rows)
{
    struct irqp_measured measured;
    assert_int_equal(irqp_measured_of(&measured, histogram, histogram), IRQP_OK);
    char *text = irqp_measured_text(&measured, format, rows);
    irqp_measured_fini(&measured);
    return text;
}

static void writes_what_cyclictest_prints(void **state)
{
    (void)state;
    struct irqp_histogram histogram;
    irqp_histogram_init(&histogram);
    assert_int_equal(irqp_histogram_add(&histogram, 1999 * IRQP_NS, 2), IRQP_OK);
    assert_int_equal(irqp_histogram_add(&histogram, 2000 * IRQP_NS, 1), IRQP_OK);
    assert_int_equal(irqp_histogram_add(&histogram, 4000 * IRQP_NS, 1), IRQP_OK);
    assert_int_equal(irqp_histogram_add(&histogram, 70 * IRQP_MS, 1), IRQP_OK);
    char *text = written(&histogram, IRQP_CYCLICTEST_TEXT, 4);
    assert_non_null(text);
    assert_string_equal(text, "# Histogram\n"
                              "000000 000000\n"
                              "000001 000002\n"
                              "000002 000001\n"
                              "000003 000000\n"
                              "# Total: 000000003\n"
                              "# Min Latencies: 00001\n"
                              "# Avg Latencies: 14001\n"
                              "# Max Latencies: 70000\n"
                              "# Histogram Overflows: 00002\n"
                              "# Histogram Overflow at cycle number:\n"
                              "# Thread 0: # 00002 others\n"
                              "\n");
    struct reading reading;
    read_string(&reading, text, 0);
    assert_int_equal(reading.status, IRQP_OK);
    assert_int_equal(reading.measured.bins.inside, 3);
    assert_int_equal(reading.measured.bins.overflow, 2);
    assert_int_equal(reading.measured.bins.limit, 4 * IRQP_US);
    done(&reading);
    free(text);
    irqp_histogram_fini(&histogram);
}

static void writes_extremes(void **state)
{
    (void)state;
    struct irqp_histogram histogram;
    irqp_histogram_init(&histogram);
    char *text = written(&histogram, IRQP_CYCLICTEST_TEXT, 1);
    assert_non_null(strstr(text, "# Min Latencies: 00000\n"));
    free(text);
    assert_int_equal(irqp_histogram_add(&histogram, INT64_MAX - 1, UINT64_MAX / 2), IRQP_OK);
    assert_int_equal(irqp_histogram_add(&histogram, -1, 2), IRQP_OK);
    text = written(&histogram, IRQP_CYCLICTEST_TEXT, 1);
    assert_non_null(strstr(text, "# Histogram Overflows: 9223372036854775807\n"));
    free(text);
    text = written(&histogram, IRQP_CYCLICTEST_TEXT, 3);
    assert_non_null(strstr(text, "000000 000002\n000001"));
    free(text);
    assert_null(written(&histogram, IRQP_CYCLICTEST_TEXT, SIZE_MAX));
    irqp_histogram_fini(&histogram);
}

/* What is written is read back as the same, to the microsecond. */
static void written_is_read_back(void **state)
{
    (void)state;
    static const char *const formats[] = {[IRQP_CYCLICTEST_TEXT] = "cyclictest",
                                          [IRQP_CYCLICTEST_JSON] = "cyclictest-json",
                                          [IRQP_RTLA_TEXT] = "rtla",
                                          [IRQP_RTLA_KERNEL_TEXT] = "rtla",
                                          [IRQP_CSV] = "columns"};
    struct irqp_histogram histogram;
    irqp_histogram_init(&histogram);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(irqp_histogram_add(&histogram, (3000 + 7 * (i % 400)) * IRQP_NS, 1), IRQP_OK);
    assert_int_equal(irqp_histogram_add(&histogram, 70 * IRQP_MS, 2), IRQP_OK);
    for (enum irqp_measured_format format = IRQP_CYCLICTEST_TEXT; format <= IRQP_CSV; format++) {
        char *text = written(&histogram, format, 400);
        struct reading reading;
        read_string(&reading, text, 0);
        assert_int_equal(reading.status, IRQP_OK);
        assert_int_equal(reading.diagnostics.count, 0);
        assert_string_equal(reading.measured.format, formats[format]);
        assert_int_equal(reading.measured.kind, IRQP_SERIES_THREAD);
        assert_int_equal(irqp_bins_total(&reading.measured.bins), 1002);
        assert_int_equal(reading.measured.bins.overflow, format == IRQP_CSV ? 0 : 2);
        assert_int_equal(reading.measured.bins.bins[0].lower, 3 * IRQP_US);
        done(&reading);
        free(text);
    }
    irqp_histogram_fini(&histogram);
}

/* ---- what those need who read what is written ---- */

static const char four_threads[] = "# Histogram\n"
                                   "000000 000000\t000000\t000001\t000000\n"
                                   "000001 000010\t000007\t000003\t000001\n"
                                   "000002 000500\t000402\t000003\t000013\n"
                                   "000003 000100\t000111\t000222\t000333\n"
                                   "# Total: 000000610 000000520 000000229 000000347\n"
                                   "# Min Latencies: 00001 00001 00000 00001\n"
                                   "# Avg Latencies: 00002 00002 00002 00009\n"
                                   "# Max Latencies: 00003 00091 00003 07777\n"
                                   "# Histogram Overflows: 00000 00004 00000 00002\n";

static char *rewritten(const char *text, enum irqp_measured_format format)
{
    struct reading reading;
    read_string(&reading, text, 0);
    assert_int_equal(reading.status, IRQP_OK);
    char *written = irqp_measured_text(&reading.measured, format, 0);
    assert_non_null(written);
    done(&reading);
    return written;
}

static size_t words_of(const char *line, const char *end)
{
    size_t words = 0;
    for (const char *at = line; at < end; at++)
        words += *at > ' ' && (at == line || at[-1] <= ' ');
    return words;
}

/* Plotting scripts cut the rows at every blank, and index a column by the row's number. */
static void rows_can_be_cut_at_every_blank(void **state)
{
    (void)state;
    char *text = rewritten(four_threads, IRQP_CYCLICTEST_TEXT);
    unsigned row = 0;
    for (const char *line = text, *end; *line; line = end + 1) {
        end = strchr(line, '\n');
        if (line == end || *line == '#')
            continue;
        assert_int_equal(strtoul(line, NULL, 10), row++);
        assert_int_equal(words_of(line, end), 5);
        for (const char *at = line; at < end; at++)
            assert_true(*at > ' ' || (at > line && at[1] > ' '));
    }
    /* The samples beyond 3 us are not denied by rows of zeroes up to the usual 400. */
    assert_int_equal(row, 4);
    assert_non_null(strstr(text, "\n# Total: 000000610 000000520 000000229 000000347\n"));
    assert_non_null(strstr(text, "\n# Max Latencies: 00003 00091 00003 07777\n"));
    assert_non_null(strstr(text, "\n# Histogram Overflows: 00000 00004 00000 00002\n"));
    free(text);
}

/* Readers of cyclictest's JSON may want every key that the tool writes, and add up bins and cycles. */
static void json_has_every_key(void **state)
{
    (void)state;
    char *text = rewritten(four_threads, IRQP_CYCLICTEST_JSON);
    json_t *root = json_loads(text, 0, NULL);
    assert_non_null(root);
    const char *version, *start, *end, *names[5], *command, *tests;
    int file, code, real, threads, resolution;
    json_t *all;
    assert_int_equal(
        json_unpack_ex(root, NULL, JSON_STRICT,
                       "{s:i, s:s, s:s, s:s, s:s, s:i, s:{s:s, s:s, s:s, s:s, s:s, s:i}, s:i, s:i, s:o}",
                       "file_version", &file, "cmdline:", &command, "rt_test_version:", &tests, "start_time",
                       &start, "end_time", &end, "return_code", &code, "sysinfo", "sysname", &names[0],
                       "nodename", &names[1], "release", &names[2], "version", &version, "machine", &names[3],
                       "realtime", &real, "num_threads", &threads, "resolution_in_ns", &resolution, "thread",
                       &all),
        0);
    assert_int_equal(code, 0);
    assert_int_equal(threads, 4);
    assert_int_equal(resolution, 0);
    static const struct {
        const char *key;
        int inside, cycles, max;
        double avg;
    } expected[] = {
        {"0", 610, 610, 3, 2.15}, {"1", 520, 524, 91, 2}, {"2", 229, 229, 3, 2.95}, {"3", 347, 349, 7777, 9}};
    for (size_t i = 0; i < 4; i++) {
        json_t *histogram, *count;
        const char *bin;
        int cycles, min, max, cpu, node, inside = 0;
        double avg;
        assert_int_equal(json_unpack_ex(json_object_get(all, expected[i].key), NULL, JSON_STRICT,
                                        "{s:o, s:i, s:i, s:i, s:f, s:i, s:i}", "histogram", &histogram,
                                        "cycles", &cycles, "min", &min, "max", &max, "avg", &avg, "cpu", &cpu,
                                        "node", &node),
                         0);
        json_object_foreach(histogram, bin, count) inside += (int)json_integer_value(count);
        assert_int_equal(inside, expected[i].inside);
        assert_int_equal(cycles, expected[i].cycles);
        assert_int_equal(max, expected[i].max);
        assert_true(fabs(avg - expected[i].avg) < 1e-9); /* of the bins; where samples lie beyond, as told */
        assert_int_equal(cpu, i);
    }
    json_decref(root);
    free(text);
}

/* The simulator's bins are finer than the tools': their mean is of what the tools would have seen. */
static void mean_is_of_whole_microseconds(void **state)
{
    (void)state;
    struct irqp_histogram histogram;
    irqp_histogram_init(&histogram);
    assert_int_equal(irqp_histogram_add(&histogram, 1900 * IRQP_NS, 3), IRQP_OK);
    assert_int_equal(irqp_histogram_add(&histogram, 2900 * IRQP_NS, 1), IRQP_OK);
    char *text = written(&histogram, IRQP_CYCLICTEST_JSON, 0);
    assert_non_null(strstr(text, "\"avg\": 1.25,"));
    free(text);
    irqp_histogram_fini(&histogram);
}

/* Readers of rtla's text count columns: three for each processor, or two; none may be left out. */
static void rtla_has_a_column_of_each_kind(void **state)
{
    (void)state;
    char *text = rewritten(four_threads, IRQP_RTLA_TEXT);
    assert_string_equal(
        strstr(text, "Index"),
        "Index   IRQ-000   Thr-000   Usr-000   IRQ-001   Thr-001   Usr-001   IRQ-002   Thr-002   "
        "Usr-002   IRQ-003   Thr-003   Usr-003\n"
        "0             0         0         0         0         0         0         0         1     "
        "    0         0         0         0 \n"
        "1             0        10         0         0         7         0         0         3     "
        "    0         0         1         0 \n"
        "2             0       500         0         0       402         0         0         3     "
        "    0         0        13         0 \n"
        "3             0       100         0         0       111         0         0       222     "
        "    0         0       333         0 \n"
        "over:         0         0         0         0         4         0         0         0     "
        "    0         0         2         0 \n"
        "count:        0       610         0         0       524         0         0       229     "
        "    0         0       349         0 \n"
        "min:          -         1         -         -         1         -         -         0     "
        "    -         -         1         - \n"
        "avg:          -         2         -         -         2         -         -         2     "
        "    -         -         9         - \n"
        "max:          -         3         -         -        91         -         -         3     "
        "    -         -      7777         - \n"
        "ALL:        IRQ       Thr       Usr \n"
        "count:        0      1712         0 \n"
        "min:          -         0         - \n"
        "avg:          -         3         - \n"
        "max:          -      7777         - \n");
    free(text);
    struct irqp_histogram histogram;
    irqp_histogram_init(&histogram);
    assert_int_equal(irqp_histogram_add(&histogram, 2000 * IRQP_NS, 5), IRQP_OK);
    text = written(&histogram, IRQP_RTLA_KERNEL_TEXT, 0); /* every field is a number: nothing is missing */
    assert_string_equal(strstr(text, "Index"), "Index   IRQ-000   Thr-000\n"
                                               "2             5         5 \n"
                                               "over:         0         0 \n"
                                               "count:        5         5 \n"
                                               "min:          2         2 \n"
                                               "avg:          2         2 \n"
                                               "max:          2         2 \n");
    free(text);
    irqp_histogram_fini(&histogram);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cyclictest_columns_and_trailer),
        cmocka_unit_test(cyclictest_histofall),
        cmocka_unit_test(cyclictest_without_trailer),
        cmocka_unit_test(cyclictest_in_another_unit),
        cmocka_unit_test(thread_without_samples),
        cmocka_unit_test(cut_anywhere),
        cmocka_unit_test(cyclictest_json),
        cmocka_unit_test(columns_with_unit_in_heading),
        cmocka_unit_test(columns_with_decimals_and_names),
        cmocka_unit_test(columns_without_unit),
        cmocka_unit_test(bad_files_are_refused),
        cmocka_unit_test(one_byte_changed),
        cmocka_unit_test(writes_what_cyclictest_prints),
        cmocka_unit_test(writes_extremes),
        cmocka_unit_test(written_is_read_back),
        cmocka_unit_test(rows_can_be_cut_at_every_blank),
        cmocka_unit_test(json_has_every_key),
        cmocka_unit_test(mean_is_of_whole_microseconds),
        cmocka_unit_test(rtla_has_a_column_of_each_kind),
        cmocka_unit_test(rtla_interrupts_and_threads),
        cmocka_unit_test(rtla_buckets_and_units),
        cmocka_unit_test(osadl_axis_and_overflow),
        cmocka_unit_test(jitterdebugger_counts),
        cmocka_unit_test(oslat_last_bucket_overflows),
        cmocka_unit_test(xenomai_counts_one_too_high),
        cmocka_unit_test(logs_are_summaries),
        cmocka_unit_test(raw_samples),
        cmocka_unit_test(columns_of_several_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
