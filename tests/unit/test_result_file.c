/* Result files: identical bytes for every number of threads, a round trip without loss, and errors of bad
 * files. */
#include "irqpath/file.h"
#include "irqpath/result_file.h"
#include "toy_study.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const struct irqp_manifest manifest = {
    .version = "0.1.0",
    .name = "toy",
    .title = "A toy, \"quoted\" and with an umlaut: \xc3\xbc",
    .scenario = "title: toy\nrun:\n  samples: 1e4\n",
    .tables = UINT64_C(0xfedcba9876543210),
    .work = {.unit = "things", .total = 12000},
};

static void run_toy(struct irqp_run *run, uint64_t samples, unsigned threads)
{
    static const struct toy toy = {.fails_at = TOY_NEVER};
    struct irqp_run_options options = {
        .samples = samples, .batch = 100, .seed = UINT64_C(0xffffffffffffffff), .threads = threads};
    assert_int_equal(irqp_run(run, &toy_model, &toy, &options), IRQP_OK);
}

static char *text_of(const struct irqp_run *run)
{
    struct irqp_names names;
    irqp_names_collect(&names, &toy_model, NULL, toy_steps, TOY_STEPS);
    char *text = irqp_result_text(run, &manifest, &names);
    assert_non_null(text);
    return text;
}

/* Reads a text as a file; returns the status. */
static enum irqp_status read_text(struct irqp_result_file *file, const char *text,
                                  struct irqp_diagnostics *diagnostics)
{
    char name[] = "/tmp/irqpath-result-XXXXXX";
    int descriptor = mkstemp(name);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, text, strlen(text)), strlen(text));
    close(descriptor);
    enum irqp_status status = irqp_result_file_read(file, name, diagnostics);
    unlink(name);
    return status;
}

static void same_bytes_for_every_number_of_threads(void **state)
{
    (void)state;
    struct irqp_run run;
    run_toy(&run, 5050, 1);
    char *one = text_of(&run);
    irqp_run_fini(&run);
    for (unsigned threads = 2; threads < 8; threads++) {
        run_toy(&run, 5050, threads);
        char *many = text_of(&run);
        assert_string_equal(one, many);
        free(many);
        irqp_run_fini(&run);
    }
    free(one);
}

/* What is written, read and written again is the same text: so nothing that is written is lost. */
static void assert_round_trip(const struct irqp_run *run)
{
    char *text = text_of(run);
    assert_true(irqp_result_file_recognises(text));
    struct irqp_result_file file;
    struct irqp_diagnostics diagnostics;
    irqp_diagnostics_init(&diagnostics);
    assert_int_equal(read_text(&file, text, &diagnostics), IRQP_OK);
    assert_int_equal(diagnostics.count, 0);
    char *again = irqp_result_text(&file.run, &file.manifest, &file.names);
    assert_non_null(again);
    assert_string_equal(text, again);

    const struct irqp_result *a = &run->result, *b = &file.run.result;
    size_t rest = offsetof(struct irqp_result, batches);
    assert_memory_equal((const char *)a + rest, (const char *)b + rest, sizeof *a - rest);
    assert_int_equal(run->planned, file.run.planned);
    assert_int_equal(run->done, file.run.done);
    assert_memory_equal(run->batches, file.run.batches, run->planned * sizeof *run->batches);
    assert_memory_equal(run->spreads, file.run.spreads, sizeof run->spreads);
    free(again);
    irqp_result_file_fini(&file);
    irqp_diagnostics_fini(&diagnostics);
    free(text);
}

/* 3000 units per second, of which 12000 are wanted: every batch does the same. */
static void throughput_is_told(void **state)
{
    (void)state;
    struct irqp_run run;
    run_toy(&run, 5000, 2);
    char *text = text_of(&run);
    assert_non_null(strstr(text,
                           "\"done\": 15000,\n    \"per_second\": 3000.0,\n    \"half_width_95\": 0.0,\n"
                           "    \"run_time_s\": 4.0,\n    \"interval_95_s\": [4.0,4.0]"));
    free(text);
    irqp_run_fini(&run);
}

static void round_trip(void **state)
{
    (void)state;
    struct irqp_run run;
    run_toy(&run, 5050, 2);
    assert_round_trip(&run);
    irqp_run_fini(&run);
}

static void round_trip_of_nothing(void **state)
{
    (void)state;
    struct irqp_run run;
    run_toy(&run, 0, 2);
    char *text = text_of(&run);
    assert_non_null(strstr(text, "\"p50\":null"));
    assert_non_null(strstr(text, "\"worst\": null"));
    free(text);
    assert_round_trip(&run);
    irqp_run_fini(&run);
}

static void round_trip_of_extremes(void **state)
{
    (void)state;
    struct irqp_run run;
    run_toy(&run, 200, 1);
    assert_int_equal(irqp_histogram_add(&run.result.thread, 90 * INT64_C(86400) * IRQP_S, 3), IRQP_OK);
    assert_int_equal(irqp_histogram_add(&run.result.thread, -5, 1), IRQP_OK);
    assert_int_equal(irqp_histogram_add(&run.result.interrupt, 3600 * IRQP_S, UINT64_C(1) << 63), IRQP_OK);
    run.result.trajectory = UINT64_MAX;
    run.result.draws = UINT64_MAX;
    char *text = text_of(&run);
    assert_non_null(strstr(text, "\"sum_ps\": \"3320"));
    assert_non_null(strstr(text, "\"overflow\": 3"));
    assert_non_null(strstr(text, "\"seed\": \"18446744073709551615\""));
    free(text);
    assert_round_trip(&run);
    irqp_run_fini(&run);
}

static void partial_runs_say_so(void **state)
{
    (void)state;
    struct irqp_run run;
    run_toy(&run, 500, 1);
    run.partial = true;
    run.batches[2] = (struct irqp_batch_summary){.samples = 0};
    run.done--;
    char *text = text_of(&run);
    assert_non_null(strstr(text, "\"partial\": true"));
    free(text);
    assert_round_trip(&run);
    irqp_run_fini(&run);
}

/* A file from before there was a spread: all else is read, and no design effect is claimed. */
static void files_without_a_spread_are_read(void **state)
{
    (void)state;
    struct irqp_run run;
    run_toy(&run, 5000, 2);
    assert_true(irqp_run_design_effect(&run, 30 * IRQP_US) >= 1);
    char *text = text_of(&run);
    char *begin = strstr(text, "  \"spread\""), *end = strstr(text, "  \"batches\": [");
    assert_non_null(begin);
    assert_true(end > begin);
    memmove(begin, end, strlen(end) + 1);
    struct irqp_result_file file;
    struct irqp_diagnostics diagnostics;
    irqp_diagnostics_init(&diagnostics);
    assert_int_equal(read_text(&file, text, &diagnostics), IRQP_OK);
    assert_int_equal(diagnostics.count, 0);
    assert_int_equal(file.run.done, 50);
    assert_int_equal(file.run.spread.batches, 0);
    assert_true(isnan(irqp_run_design_effect(&file.run, 30 * IRQP_US)));
    irqp_result_file_fini(&file);
    irqp_diagnostics_fini(&diagnostics);
    free(text);
    irqp_run_fini(&run);
}

/* The intervals in the file are those of the run, and the run that was read has the same. */
static void intervals_are_written(void **state)
{
    (void)state;
    struct irqp_run run;
    irqp_time low, high;
    char expected[160];
    run_toy(&run, 5000, 2);
    char *text = text_of(&run);
    assert_true(irqp_run_quantile_interval(&run, IRQP_LATENCY_THREAD, 0.5, &low, &high));
    snprintf(expected, sizeof expected, "\"intervals_95_ns\": {\"p50\":[%.1f,%.1f],\"p99\":null",
             (double)low / IRQP_NS, (double)high / IRQP_NS);
    assert_non_null(strstr(text, expected));
    assert_true(irqp_run_quantile_interval(&run, IRQP_LATENCY_INTERRUPT, 0.5, &low, &high));
    snprintf(expected, sizeof expected, "\"intervals_95_ns\": {\"p50\":[%.1f,%.1f],\"p99\":null",
             (double)low / IRQP_NS, (double)high / IRQP_NS);
    assert_non_null(strstr(strstr(text, "\"interrupt\": {"), expected));
    assert_non_null(strstr(text, "\"p99.999\":null}"));

    struct irqp_result_file file;
    struct irqp_diagnostics diagnostics;
    irqp_diagnostics_init(&diagnostics);
    assert_int_equal(read_text(&file, text, &diagnostics), IRQP_OK);
    irqp_time low_again, high_again;
    assert_true(irqp_run_quantile_interval(&file.run, IRQP_LATENCY_INTERRUPT, 0.5, &low_again, &high_again));
    assert_int_equal(low, low_again);
    assert_int_equal(high, high_again);
    irqp_result_file_fini(&file);
    free(text);

    /* A file from before the interrupt latency had a spread. */
    run.interrupt_spread = (struct irqp_spread){0};
    text = text_of(&run);
    assert_null(strstr(text, "interrupt_levels"));
    assert_int_equal(read_text(&file, text, &diagnostics), IRQP_OK);
    assert_int_equal(diagnostics.count, 0);
    assert_true(irqp_run_quantile_interval(&file.run, IRQP_LATENCY_THREAD, 0.5, &low, &high));
    assert_false(irqp_run_quantile_interval(&file.run, IRQP_LATENCY_INTERRUPT, 0.5, &low, &high));
    irqp_result_file_fini(&file);
    irqp_diagnostics_fini(&diagnostics);
    free(text);
    irqp_run_fini(&run);
}

/* A latency of the model's own: in the file, and read back; a file from before there were any is read too. */
static void latencies_beside_the_wake_up(void **state)
{
    (void)state;
    struct irqp_run run;
    run_toy(&run, 5000, 2);
    const struct irqp_histogram *written = &run.result.latencies[IRQP_LATENCIES_OWN];
    assert_in_range(written->total, 1600, 1700);
    char *text = text_of(&run);
    struct irqp_result_file file;
    struct irqp_diagnostics diagnostics;
    irqp_diagnostics_init(&diagnostics);
    assert_int_equal(read_text(&file, text, &diagnostics), IRQP_OK);
    assert_int_equal(file.names.latency_count, 3);
    assert_string_equal(file.names.latencies[IRQP_LATENCIES_OWN], "line to handler");
    const struct irqp_histogram *read = &file.run.result.latencies[IRQP_LATENCIES_OWN];
    assert_int_equal(read->total, written->total);
    assert_int_equal(read->minimum, written->minimum);
    assert_int_equal(read->maximum, written->maximum);
    assert_true(read->sum == written->sum);
    irqp_result_file_fini(&file);

    char *begin = strstr(text, "  \"latencies\""), *end = strstr(text, "  \"steps\": [");
    assert_non_null(begin);
    assert_true(end > begin);
    memmove(begin, end, strlen(end) + 1);
    assert_int_equal(read_text(&file, text, &diagnostics), IRQP_OK);
    assert_int_equal(diagnostics.count, 0);
    assert_int_equal(file.names.latency_count, IRQP_LATENCIES_OWN);
    irqp_result_file_fini(&file);
    irqp_diagnostics_fini(&diagnostics);
    free(text);
    irqp_run_fini(&run);
}

static void names_cover_the_file(void **state)
{
    (void)state;
    struct irqp_run run;
    run_toy(&run, 500, 1);
    char *text = text_of(&run);
    for (size_t i = 0; i < TOY_STEPS; i++)
        assert_non_null(strstr(text, toy_steps[i]));
    assert_non_null(strstr(text, "\"deferred deliveries\": "));
    assert_non_null(strstr(text, "\"tables\": \"fedcba9876543210\""));
    assert_int_equal(text[strlen(text) - 1], '\n');
    free(text);
    irqp_run_fini(&run);
}

static void assert_refused(const char *text, const char *message)
{
    struct irqp_result_file file;
    struct irqp_diagnostics diagnostics;
    irqp_diagnostics_init(&diagnostics);
    assert_int_equal(read_text(&file, text, &diagnostics), IRQP_INPUT);
    assert_int_equal(diagnostics.errors, 1);
    if (!strstr(diagnostics.items[0].message, message))
        fail_msg("'%s' is not in '%s'", message, diagnostics.items[0].message);
    irqp_result_file_fini(&file);
    irqp_diagnostics_fini(&diagnostics);
}

/* The text with the first `old` replaced; malloc'ed. */
static char *edited(const char *text, const char *old, const char *new)
{
    const char *at = strstr(text, old);
    assert_non_null(at);
    size_t room = strlen(text) + strlen(new) + 1;
    char *copy = malloc(room);
    assert_non_null(copy);
    snprintf(copy, room, "%.*s%s%s", (int)(at - text), text, new, at + strlen(old));
    return copy;
}

static void bad_files_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *old, *new, *message;
    } cases[] = {
        {"irqpath result 1", "irqpath result 2", "another version"},
        {"\"version\":", "\"versoin\":", "'version' is missing in 'manifest'"},
        {"\"seed\": \"18446744073709551615\"", "\"seed\": \"18446744073709551616\"", "'seed' in 'manifest'"},
        {"\"batch\": 100", "\"batch\": 0", "'batch' in 'manifest'"},
        {"\"samples\": 500", "\"samples\": 5e2", "'samples' in 'manifest'"},
        {"\"samples\": 500", "\"samples\": 9000000000000", "more than"},
        {"\"samples\": 500", "\"samples\": 100", "not planned"},
        {"\"partial\": false", "\"partial\": 0", "'partial'"},
        {"\"tables\": \"fedc", "\"tables\": \"FEDC", "'tables' in 'manifest'"},
        {"\"total\": 500", "\"total\": 501", "do not add up"},
        {"\"bins\": [[", "\"bins\": [[1,2,3],[", "bin 0 of 'thread'"},
        {"\"bins\": [[", "\"bins\": [[9223372036854775807,2,3],[", "bin 0 of 'thread'"},
        {"\"bins\": [[", "\"bins\": [[\"9999999999999999999999999999\",1,3],[", "bin 0 of 'thread'"},
        {"\"bins\": [[", "\"bins\": [3,[", "bin 0 of 'thread'"},
        {"\"bins\": [", "\"bins\": 3, \"more\": [", "'bins' in 'thread' is not a list"},
        {"\"name\":\"vector entry\"", "\"name\":7", "'name' in 'steps' is not a string"},
        {"\"step\":\"vector entry\"", "\"step\":\"vector\"", "'worst' names 'vector'"},
        {"\"pieces\": 3", "\"pieces\": 4", "should list 4 charges"},
        {"\"idle\": ", "\"idel\": ", "'idle' in 'modes'"},
        {"\"spread\": {", "\"spread\": 3, \"more\": {", "'spread' in 'the file' is not an object"},
        {"\"batches\": 5,\n    \"levels", "\"batches\": -5,\n    \"levels", "'batches' in 'spread'"},
        {"\"levels\": [[64,500,", "\"levels\": [[65,500,", "level 0 of 'levels' in 'spread'"},
        {"\"levels\": [[64,500,", "\"levels\": [[64,501,", "level 0 of 'levels' in 'spread'"},
        {"\"levels\": [[64,500,", "\"levels\": [[64,500,5", "level 0 of 'levels' in 'spread'"},
        {"[68,500,", "[68,0,", "level 1 of 'levels' in 'spread'"},
        {"[68,500,", "[68,-1,", "level 1 of 'levels' in 'spread'"},
        {"\"interrupt_levels\": [[64,500,", "\"interrupt_levels\": [[64,501,",
         "level 0 of 'interrupt_levels' in 'spread'"},
        {"\"interrupt_levels\": [", "\"interrupt_levels\": 3, \"more\": [", "'interrupt_levels' in 'spread'"},
        {"{\"batch\":1,", "{\"batch\":0,", "stands twice"},
        {"\"line to handler\": {", "\"line to handler\": 3, \"more\": {",
         "'line to handler' in 'latencies' is not an object"},
        {"\"latencies\": {", "\"latencies\": [], \"more\": {", "'latencies' in 'the file' is not an object"},
        {"\"name\": \"toy\"", "\"version\": \"2\"", "not valid JSON"},
    };
    struct irqp_run run;
    run_toy(&run, 500, 1);
    char *text = text_of(&run);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *bad = edited(text, cases[i].old, cases[i].new);
        assert_refused(bad, cases[i].message);
        free(bad);
    }
    irqp_run_fini(&run);
    free(text);
    assert_refused("", "not valid JSON");
    assert_refused("[]", "not a result file");
    assert_refused("{}", "not a result file");
    assert_refused("{\"format\": 3}", "not a result file");
    assert_refused("{\"format\": \"irqpath result 1\"}", "'manifest' is missing");
}

/* A file cut anywhere is refused, with the place where the JSON ends. */
static void cut_files_are_refused(void **state)
{
    (void)state;
    struct irqp_run run;
    run_toy(&run, 100, 1);
    char *text = text_of(&run);
    size_t size = strlen(text);
    for (size_t cut = size - 2; cut > 0; cut = cut > 97 ? cut - 97 : 0) {
        text[cut] = '\0';
        assert_refused(text, "not valid JSON");
    }
    irqp_run_fini(&run);
    free(text);
}

static void json_errors_show_their_place(void **state)
{
    (void)state;
    struct irqp_result_file file;
    struct irqp_diagnostics diagnostics;
    irqp_diagnostics_init(&diagnostics);
    assert_int_equal(read_text(&file, "{\n  \"format\": oops\n}\n", &diagnostics), IRQP_INPUT);
    assert_int_equal(diagnostics.items[0].place.line, 2);
    assert_string_equal(diagnostics.items[0].place.text, "  \"format\": oops");
    irqp_result_file_fini(&file);
    irqp_diagnostics_fini(&diagnostics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_bytes_for_every_number_of_threads),
        cmocka_unit_test(throughput_is_told),
        cmocka_unit_test(round_trip),
        cmocka_unit_test(round_trip_of_nothing),
        cmocka_unit_test(round_trip_of_extremes),
        cmocka_unit_test(partial_runs_say_so),
        cmocka_unit_test(files_without_a_spread_are_read),
        cmocka_unit_test(intervals_are_written),
        cmocka_unit_test(latencies_beside_the_wake_up),
        cmocka_unit_test(names_cover_the_file),
        cmocka_unit_test(bad_files_are_refused),
        cmocka_unit_test(cut_files_are_refused),
        cmocka_unit_test(json_errors_show_their_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
