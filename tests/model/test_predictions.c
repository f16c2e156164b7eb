/* The predictions of scenarios/measured/predictions are what was written down: run again with their own
 * number of samples and seed, their scenarios give the committed files, byte for byte. Whoever changes a
 * machine or the model sees here that a prediction would be another one today; its file then stays, and the
 * new one goes beside it.
 */
#include "harness.h"

#define PREDICTIONS SCENARIOS "/measured/predictions/"

static const struct prediction {
    const char *name;
    size_t latency;
    irqp_time width, unit; /* of the file's bins, and of its lower edges */
    const char *head;
} predictions[] = {
    {"destroy-by-receiver-1024", IRQP_LATENCY_INTERRUPT, 20 * IRQP_US, IRQP_NS,
     "# predicted, of 1 000 000: lower edges in ns of bins of 20000 ns, counts\nlatency,count\n"},
    {"destroy-by-receiver-4096", IRQP_LATENCY_INTERRUPT, 50 * IRQP_US, IRQP_NS,
     "# predicted, of 1 000 000: lower edges in ns of bins of 50000 ns, counts\nlatency,count\n"},
    {"destroy-by-receiver-16384", IRQP_LATENCY_INTERRUPT, 200 * IRQP_US, IRQP_NS,
     "# predicted, of 1 000 000: lower edges in ns of bins of 200000 ns, counts\nlatency,count\n"},
    {"ipc-ping-pong", IRQP_LATENCY_INTERRUPT, IRQP_NS, IRQP_NS,
     "# predicted, of 1 000 000: lower edges in ns of bins of 1 ns, counts\nlatency,count\n"},
    {"trap-loop", IRQP_LATENCY_THREAD, IRQP_NS, IRQP_NS,
     "# predicted, of 1 000 000: lower edges in ns of bins of 1 ns, counts\nlatency,count\n"},
    {"zcu102-xen-static-idle", IRQP_LATENCY_THREAD, IRQP_US, IRQP_US, "latency_us,count\n"},
};

static void write_histogram(FILE *out, const struct irqp_histogram *histogram,
                            const struct prediction *prediction)
{
    fputs(prediction->head, out);
    uint64_t count = 0;
    for (size_t bin = 0; bin < histogram->capacity; bin++) {
        irqp_time lower = irqp_histogram_edge(bin) / prediction->width;
        count += histogram->counts[bin];
        bool ends =
            bin + 1 == histogram->capacity || irqp_histogram_edge(bin + 1) / prediction->width != lower;
        if (ends && count)
            fprintf(out, "%lld,%llu\n", (long long)(lower * (prediction->width / prediction->unit)),
                    (unsigned long long)count);
        if (ends)
            count = 0;
    }
}

/* Whole, ended by a zero; the caller frees. */
static char *text_of(FILE *file)
{
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long size = ftell(file);
    assert_true(size >= 0);
    rewind(file);
    char *text = malloc((size_t)size + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, (size_t)size, file), size);
    text[size] = '\0';
    fclose(file);
    return text;
}

static void same_bytes(const struct prediction *prediction)
{
    char path[1024];
    snprintf(path, sizeof path, PREDICTIONS "%s.yaml", prediction->name);
    struct subject subject = subject_make(path, NULL, NULL);
    const struct irqp_model *model = &irqp_interrupt_path;
    struct irqp_run_options options = {
        .samples = (uint64_t)irqp_scenario_value(subject.scenario, model->samples)->count,
        .batch = (uint64_t)irqp_scenario_value(subject.scenario, model->batch)->count,
        .seed = (uint64_t)irqp_scenario_value(subject.scenario, model->seed)->count,
    };
    struct irqp_run *run = malloc(sizeof *run);
    assert_non_null(run);
    assert_int_equal(irqp_run(run, model, subject.machine, &options), IRQP_OK);
    FILE *out = tmpfile();
    assert_non_null(out);
    write_histogram(out, &run->result.latencies[prediction->latency], prediction);
    snprintf(path, sizeof path, PREDICTIONS "%s.csv", prediction->name);
    char *is = text_of(out), *was = text_of(fopen(path, "r"));
    if (strcmp(is, was) != 0)
        fail_msg("%s is not what its scenario gives", path);
    free(is);
    free(was);
    irqp_run_fini(run);
    free(run);
    subject_drop(&subject);
}

static void scenarios_give_what_was_written_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof predictions / sizeof *predictions; i++)
        same_bytes(&predictions[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(scenarios_give_what_was_written_down)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
