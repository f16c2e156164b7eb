/* The readers against real files, which are not part of the repository: their place comes from the build
 * (IRQPATH_SHARED_DATA), and without it the tests are skipped. */
#include "irqpath/measured.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool read_real(struct irqp_measured *measured, const char *file, size_t warnings)
{
    char path[512];
    struct irqp_diagnostics diagnostics;
    if (TEST_SHARED_DATA[0] == '\0')
        skip();
    snprintf(path, sizeof path, "%s/%s", TEST_SHARED_DATA, file);
    irqp_diagnostics_init(&diagnostics);
    enum irqp_status status = irqp_measured_read(measured, path, 0, &diagnostics);
    if (status == IRQP_IO)
        skip(); /* another collection of data */
    for (size_t i = 0; status == IRQP_OK && diagnostics.count != warnings && i < diagnostics.count; i++)
        print_message("%s: %s\n", file, diagnostics.items[i].message);
    if (status == IRQP_OK)
        assert_int_equal(diagnostics.count, warnings);
    irqp_diagnostics_fini(&diagnostics);
    return status == IRQP_OK;
}

/* What the tools themselves, or the index of the collection, say about the files. Times in units of the file.
 */
static void files_hold_what_they_say(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        size_t series, warnings;
        irqp_time unit, minimum, maximum, limit; /* -1: not told */
        uint64_t samples, overflow;
    } cases[] = {
        {"examples/cyclictest.hist", 1, 0, IRQP_US, 15, 2629, 100, 2000, 3},
        {"examples/cyclictest.json", 1, 1, IRQP_US, 21, 131, 100, 2000, 2},
        {"examples/cyclictest-S-H.txt", 2, 0, IRQP_US, 10, 4899, 60, 4000, 15},
        {"examples/cyclictest-h100-q.txt", 1, 0, IRQP_US, 20, 242, 100, 2000, 446},
        {"examples/cyclictest-sigint-q.txt", 1, 0, IRQP_US, 73, 7081, 200, 1884, 61},
        {"measured/imx8mp_6.6.23-preempt_native_idle.hist", 4, 0, IRQP_US, 5, 33, 4000, 119994, 0},
        {"measured/imx8mp_6.6.23-preempt_native_idle.json", 4, 0, IRQP_US, 5, 33, 4000, 119994, 0},
        {"measured/imx8mp_6.6.23-preempt_native_timer100k.hist", 4, 0, IRQP_US, 5, 39, 4000, 119984, 0},
        {"measured/imx8mp_6.6.23-preempt_native_timer1m.hist", 4, 0, IRQP_US, 6, 78, 4000, 119957, 0},
        {"measured/imx95_6.6.36-rt_native_mem5cores.json", 1, 0, IRQP_US, 21, 413, 500, 300000, 0},
        {"measured/imx95_6.6.36-rt_native_timer100k.json", 6, 0, IRQP_US, 5, 39, 200, 1799887, 0},
        {"measured/rpi_6.x-rt_native_osadl.txt", 4, 0, IRQP_US, 9, 348, 400, 39999839, 0},
        {"measured/x86-4core_rt_native_osadl.txt", 4, 0, IRQP_US, 4, 28, 400, 44220549, 0},
        {"fiasco/linux_amd64_icount0_hack.hist", 1, 0, IRQP_US, 3, 77, 2000, 20000, 0},
        {"fiasco/l4_old_rt_wakeup_spinload.insthist", 1, 0, IRQP_NS, -1, -1, -1, 20000, 0},
        {"fiasco/l4_old_hw_irq_idle.insthist", 1, 0, IRQP_NS, -1, -1, -1, 2000, 0},
        {"fiasco/linux_amd64_icount0_nsidle.nshist", 1, 1, IRQP_NS, -1, -1, -1, 5000, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct irqp_measured measured;
        if (!read_real(&measured, cases[i].file, cases[i].warnings))
            fail_msg("not read: %s", cases[i].file);
        const struct irqp_bins *bins = &measured.bins;
        const irqp_time told[3] = {bins->minimum, bins->maximum, bins->limit};
        const irqp_time expected[3] = {cases[i].minimum, cases[i].maximum, cases[i].limit};
        bool good = measured.count == cases[i].series && measured.unit == cases[i].unit &&
                    bins->overflow == cases[i].overflow && irqp_bins_total(bins) == cases[i].samples;
        for (size_t j = 0; j < 3; j++)
            good = good && told[j] == (expected[j] < 0 ? IRQP_UNKNOWN : expected[j] * cases[i].unit);
        if (!good)
            fail_msg("%s: %zu series, %lld samples, %lld beyond, min %lld max %lld limit %lld", cases[i].file,
                     measured.count, (long long)irqp_bins_total(bins), (long long)bins->overflow,
                     (long long)told[0], (long long)told[1], (long long)told[2]);
        irqp_measured_fini(&measured);
    }
}

/* One run in two formats must be one histogram. */
static void text_and_json_of_one_run_agree(void **state)
{
    (void)state;
    struct irqp_measured text, json;
    assert_true(read_real(&text, "measured/imx8mp_6.6.23-preempt_native_idle.hist", 0));
    assert_true(read_real(&json, "measured/imx8mp_6.6.23-preempt_native_idle.json", 0));
    assert_int_equal(text.count, json.count);
    for (size_t i = 0; i < text.count; i++) {
        const struct irqp_bins *a = &text.series[i].bins, *b = &json.series[i].bins;
        assert_int_equal(a->count, b->count);
        assert_int_equal(a->minimum, b->minimum);
        assert_int_equal(a->maximum, b->maximum);
        for (size_t j = 0; j < a->count; j++) {
            assert_int_equal(a->bins[j].lower, b->bins[j].lower);
            assert_int_equal(a->bins[j].count, b->bins[j].count);
        }
    }
    irqp_measured_fini(&text);
    irqp_measured_fini(&json);
}

/* ---- every file of the index ---- */

enum { COLUMNS = 14, NAME = 0, FORMAT = 1, SAMPLES = 11, EXTREMES = 12 };

static bool is_read(const char *format)
{
    static const char *const read[] = {"cyclictest ", "Xenomai latency", "OSADL RT Dataset", "jitterdebugger",
                                       "rtla ",       "raw samples CSV", "CSV histogram"};
    for (size_t i = 0; i < sizeof read / sizeof *read; i++)
        if (strncmp(format, read[i], strlen(read[i])) == 0)
            return true;
    return false;
}

/* "0.613/1.380/10.709 us", "1/4-5 (Thr)/58 (Thr) / 24 (IRQ) us": what is a plain number, else -1. */
static void parse_extremes(const char *text, double values[3])
{
    for (int i = 0; i < 3; i++) {
        char *end;
        values[i] = strtod(text, &end);
        if (end == text || (*end != '/' && *end != ' '))
            values[i] = -1;
        text = strchr(text, '/');
        text = text ? text + 1 : "";
    }
}

static double microseconds(irqp_time time)
{
    return (double)time / IRQP_US;
}

static bool near(double a, double b, double tolerance)
{
    return a - b <= tolerance && b - a <= tolerance;
}

static void check_against_index(const char *name, const struct irqp_measured *measured, char *const column[])
{
    const struct irqp_bins *bins = &measured->bins;
    const struct irqp_summary *summary = &measured->summary;
    if (summary->periods > 0) {
        char text[128];
        snprintf(text, sizeof text, "%.3f/%.3f/%.3f us", microseconds(summary->minimum),
                 microseconds(summary->mean), microseconds(summary->maximum));
        assert_string_equal(text, column[EXTREMES]);
        assert_int_equal(summary->samples, strtoull(column[SAMPLES], NULL, 10));
        return;
    }
    const uint64_t samples = strtoull(column[SAMPLES], NULL, 10);
    const bool inside = strstr(column[SAMPLES], "in range") != NULL;
    double told[3], width = microseconds(bins->width);
    parse_extremes(column[EXTREMES], told);
    if ((inside ? bins->inside : irqp_bins_total(bins)) != samples)
        fail_msg("%s: %llu samples, the index says %llu", name, (unsigned long long)irqp_bins_total(bins),
                 (unsigned long long)samples);
    irqp_time first = bins->minimum != IRQP_UNKNOWN ? bins->minimum : bins->bins[0].lower;
    irqp_time last = bins->maximum != IRQP_UNKNOWN ? bins->maximum : bins->bins[bins->count - 1].lower;
    if (!near(microseconds(first), told[0], width > 0.051 ? width : 0.051))
        fail_msg("%s: minimum %g, the index says %g", name, microseconds(first), told[0]);
    /* of Xenomai's files the index tells the last row, and the last rows may be empty */
    double slack = strncmp(column[FORMAT], "Xenomai", 7) == 0 ? 4 * width : width > 0.051 ? width : 0.051;
    if (told[2] >= 0 && !near(microseconds(last), told[2], slack))
        fail_msg("%s: maximum %g, the index says %g", name, microseconds(last), told[2]);
    /* the index counts from lower edges, from the middles of bins, or cites the tool */
    double mean = irqp_bins_mean(bins) / IRQP_US, decimals = strchr(column[EXTREMES], '.') ? 0.051 : 1;
    bool own = measured->series[0].mean != IRQP_UNKNOWN &&
               near(microseconds(measured->series[0].mean), told[1], 0.001);
    if (told[1] >= 0 && !own && !near(mean, told[1], decimals) && !near(mean + width / 2, told[1], decimals))
        fail_msg("%s: mean %g, the index says %g", name, mean, told[1]);
}

static void the_index_is_read_or_refused(void **state)
{
    (void)state;
    static char line[8192];
    char path[512];
    unsigned read = 0, refused = 0;
    if (TEST_SHARED_DATA[0] == '\0')
        skip();
    snprintf(path, sizeof path, "%s/measured/INDEX.tsv", TEST_SHARED_DATA);
    FILE *index = fopen(path, "r");
    if (!index)
        skip();
    assert_non_null(fgets(line, sizeof line, index));
    while (fgets(line, sizeof line, index)) {
        char *column[COLUMNS] = {line};
        for (int i = 1; i < COLUMNS; i++) {
            column[i] = strchr(column[i - 1], '\t');
            assert_non_null(column[i]);
            *column[i]++ = '\0';
        }
        struct irqp_measured measured;
        struct irqp_diagnostics diagnostics;
        snprintf(path, sizeof path, "%s/measured/%.200s", TEST_SHARED_DATA, column[NAME]);
        irqp_diagnostics_init(&diagnostics);
        enum irqp_status status = irqp_measured_read(&measured, path, 0, &diagnostics);
        if (is_read(column[FORMAT])) {
            if (status != IRQP_OK)
                fail_msg("%s: %s", column[NAME], diagnostics.items[diagnostics.count - 1].message);
            check_against_index(column[NAME], &measured, column);
            read++;
        } else {
            if (status != IRQP_INPUT || !strstr(diagnostics.items[0].message, "this looks like"))
                fail_msg("%s is not refused by name", column[NAME]);
            refused++;
        }
        irqp_diagnostics_fini(&diagnostics);
        irqp_measured_fini(&measured);
    }
    fclose(index);
    print_message("%u read, %u refused\n", read, refused);
    assert_true(read >= 40 && refused >= 18);
}

/* What is no histogram must not be taken for one. */
static void other_formats_are_refused(void **state)
{
    (void)state;
    static const char *const files[] = {
        "examples/cyclictest-plain.txt", "examples/cyclictest-v.txt", "examples/sim.dat",
        "examples/sim.trace.json",       "measured/INDEX.tsv",        "fiasco/task_destruction.tsv",
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct irqp_measured measured;
        if (read_real(&measured, files[i], 0))
            fail_msg("taken for %s: %s", measured.format, files[i]);
        irqp_measured_fini(&measured);
    }
}

/* Two outputs of one run of oslat. */
static void oslat_text_and_json_agree(void **state)
{
    (void)state;
    struct irqp_measured text, json;
    assert_true(read_real(&text, "examples/oslat.txt", 0));
    assert_true(read_real(&json, "examples/oslat.json", 0));
    assert_int_equal(text.kind, IRQP_SERIES_NOISE);
    assert_int_equal(text.bins.inside, json.bins.inside);
    assert_int_equal(text.bins.overflow, 292);
    assert_int_equal(json.bins.overflow, 292);
    assert_int_equal(text.bins.limit, 31 * IRQP_US);
    assert_int_equal(json.bins.limit, 31 * IRQP_US);
    assert_int_equal(json.bins.maximum, 8079 * IRQP_US);
    irqp_measured_fini(&text);
    irqp_measured_fini(&json);
}

static void gzipped_file(void **state)
{
    (void)state;
    struct irqp_measured measured;
    assert_true(read_real(&measured, "measured/unknownvm_nonrt_trial5.txt.gz", 0));
    assert_int_equal(measured.count, 4);
    assert_int_equal(measured.bins.limit, 100000 * IRQP_US);
    assert_int_equal(measured.bins.maximum, 65020 * IRQP_US);
    irqp_measured_fini(&measured);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_hold_what_they_say),     cmocka_unit_test(text_and_json_of_one_run_agree),
        cmocka_unit_test(the_index_is_read_or_refused), cmocka_unit_test(other_formats_are_refused),
        cmocka_unit_test(oslat_text_and_json_agree),    cmocka_unit_test(gzipped_file),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return failed == 0 && TEST_SHARED_DATA[0] == '\0' ? 77 : failed;
}
