/* Readers and writers of measured histograms, with texts made for each trap of the formats. */
#include "irqpath/measured.h"

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

/* ---- cyclictest, JSON ---- */

#define JSON_HEAD                                                                                            \
    "{\"file_version\": 1, \"cmdline:\": \"cyclictest -l 2000 -i 1000 -h 100 -q\", "                         \
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
        {JSON_HEAD "{}}", "no threads", 0},
        {JSON_HEAD "3}", "no threads", 0},
        {JSON_HEAD "{\"0\": []}}", "no histogram", 0},
        {JSON_HEAD "\n{\"0\": {\"histogram\": {\"6\":", "not valid JSON", 2},
        {JSON_HEAD "{\"0\": {\"histogram\": {\"x\": 1}, \"cycles\": 1}}}", "not a bin", 0},
        {JSON_HEAD "{\"0\": {\"histogram\": {\"5\": 1.5}, \"cycles\": 1}}}", "no count", 0},
        {JSON_HEAD "{\"0\": {\"histogram\": {\"5\": -1}, \"cycles\": 1}}}", "no count", 0},
        {JSON_HEAD "{\"0\": {\"histogram\": {\"5\": 2}, \"cycles\": 1}}}", "more samples than cycles", 0},
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
static void one_byte_changed(void **state)
{
    (void)state;
    static const char bytes[] = "\0\n\t 9#-\xff";
    char text[sizeof two_threads];
    for (size_t i = 150; i < strlen(two_threads); i++) {
        for (size_t j = 0; j < sizeof bytes - 1; j++) {
            struct reading reading;
            memcpy(text, two_threads, sizeof text);
            text[i] = bytes[j];
            read_bytes(&reading, text, sizeof text - 1, 0);
            done(&reading);
        }
    }
}

/* ---- writing ---- */

static void writes_what_cyclictest_prints(void **state)
{
    (void)state;
    struct irqp_histogram histogram;
    irqp_histogram_init(&histogram);
    assert_int_equal(irqp_histogram_add(&histogram, 1999 * IRQP_NS, 2), IRQP_OK);
    assert_int_equal(irqp_histogram_add(&histogram, 2000 * IRQP_NS, 1), IRQP_OK);
    assert_int_equal(irqp_histogram_add(&histogram, 4000 * IRQP_NS, 1), IRQP_OK);
    assert_int_equal(irqp_histogram_add(&histogram, 70 * IRQP_MS, 1), IRQP_OK);
    char *text = irqp_cyclictest_text(&histogram, 4);
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
    char *text = irqp_cyclictest_text(&histogram, 1);
    assert_non_null(strstr(text, "# Min Latencies: 00000\n"));
    free(text);
    assert_int_equal(irqp_histogram_add(&histogram, INT64_MAX - 1, UINT64_MAX / 2), IRQP_OK);
    assert_int_equal(irqp_histogram_add(&histogram, -1, 2), IRQP_OK);
    text = irqp_cyclictest_text(&histogram, 0);
    assert_non_null(strstr(text, "# Histogram Overflows: 9223372036854775809\n"));
    free(text);
    text = irqp_cyclictest_text(&histogram, 3);
    assert_non_null(strstr(text, "000000 000002\n000001"));
    free(text);
    assert_null(irqp_cyclictest_text(&histogram, SIZE_MAX));
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
