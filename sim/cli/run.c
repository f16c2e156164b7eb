/* irqpath run: runs scenarios and compares them in one table. */
#include "irqpath/file.h"
#include "irqpath/measured.h"

#include "sim/cli/commands.h"
#include "sim/cli/report.h"
#include "sim/cli/simulate.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct values {
    struct cli_list set;
    const char *samples, *seed, *output;
    unsigned threads;
    bool naive, json, all;
};

/* ---- output files ---- */

static enum irqp_status write_file(const char *directory, const char *name, const char *extension,
                                   const char *text, struct irqp_diagnostics *diagnostics)
{
    char *file = cli_format("%s/%s.%s", directory, name, extension);
    enum irqp_status status = text ? irqp_file_write(file, text, strlen(text), diagnostics) : IRQP_NO_MEMORY;
    free(file);
    return status;
}

/* The histogram as cyclictest would print it; NULL without memory. */
static char *cyclictest_text(const struct irqp_histogram *histogram)
{
    struct irqp_measured measured;
    char *text = NULL;
    if (irqp_measured_of(&measured, histogram, NULL) == IRQP_OK)
        text = irqp_measured_text(&measured, IRQP_CYCLICTEST_TEXT, 0);
    irqp_measured_fini(&measured);
    return text;
}

/* Both files or none: the one that other commands read is the last. */
static enum irqp_status write_result(const char *directory, const struct irqp_result_file *result)
{
    struct irqp_diagnostics diagnostics;
    irqp_diagnostics_init(&diagnostics);
    char *text = cyclictest_text(&result->run.result.thread);
    enum irqp_status status = write_file(directory, result->manifest.name, "hist", text, &diagnostics);
    free(text);
    if (status == IRQP_OK) {
        text = irqp_result_text(&result->run, &result->manifest, &result->names);
        status = write_file(directory, result->manifest.name, "json", text, &diagnostics);
        free(text);
        if (status != IRQP_OK) {
            char *file = cli_format("%s/%s.hist", directory, result->manifest.name);
            unlink(file);
            free(file);
        }
    }
    cli_print_diagnostics(&diagnostics);
    return status;
}

/* That results can be written, before the work is done: the directory, and names that do not collide. */
static enum irqp_status prepare_output(const struct cli_loaded *loaded, size_t count, const char *directory)
{
    struct irqp_diagnostics diagnostics;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(irqp_scenario_name(loaded[i].scenario), irqp_scenario_name(loaded[j].scenario)) == 0) {
                cli_message(
                    "two scenarios are named '%s': their files would replace each other; rename one, or "
                    "run them with -o into different folders",
                    irqp_scenario_name(loaded[i].scenario));
                return IRQP_USAGE;
            }
    irqp_diagnostics_init(&diagnostics);
    enum irqp_status status = irqp_directory_make(directory, &diagnostics);
    if (status == IRQP_OK && access(directory, W_OK | X_OK) != 0) {
        irqp_diagnose(&diagnostics, IRQP_ERROR, NULL, "cannot write into '%s'", directory);
        status = IRQP_IO;
    }
    cli_print_diagnostics(&diagnostics);
    return status;
}

/* ---- all of them ---- */

/* A result as JSON is a result file; several are an array of them. */
static enum irqp_status print_json(const struct irqp_result_file *results, size_t count)
{
    enum irqp_status status = IRQP_OK;
    if (count != 1)
        fputs("[\n", stdout);
    for (size_t i = 0; i < count; i++) {
        char *text = irqp_result_text(&results[i].run, &results[i].manifest, &results[i].names);
        if (i > 0)
            fputs(",\n", stdout);
        fputs(text ? text : "null\n", stdout);
        status = text ? status : IRQP_NO_MEMORY;
        free(text);
    }
    if (count != 1)
        fputs("]\n", stdout);
    return status;
}

static enum irqp_status run_all(const struct cli *cli, const struct values *values, struct cli_loaded *loaded,
                                size_t count, const struct cli_simulation *how)
{
    struct irqp_result_file *results = cli_allocate(NULL, count, sizeof *results);
    enum irqp_status status = IRQP_OK, printed = IRQP_OK;
    size_t have = 0;
    for (size_t i = 0; i < count && status == IRQP_OK; i++) {
        status = cli_simulate(&results[have], cli, &loaded[i], how, i, count);
        if (results[have].run.result.thread.total == 0) {
            cli_simulated_fini(&results[have]);
            continue;
        }
        if (values->output) {
            enum irqp_status written = write_result(values->output, &results[have]);
            status = status == IRQP_OK ? written : status;
        }
        have++;
    }
    if (values->json)
        printed = print_json(results, have);
    else if (have > 0)
        cli_report(cli, results, have, values->all);
    for (size_t i = 0; i < have; i++)
        cli_simulated_fini(&results[i]);
    free(results);
    return status == IRQP_OK ? printed : status;
}

/* --samples and --seed are overrides like any other, but what is wrong with them is told by their names. */
static enum irqp_status add_override(struct cli_list *list, const struct cli *cli, const char *option,
                                     const char *given, size_t index)
{
    const struct irqp_parameter *parameter = &cli->model->registry->parameters[index];
    const struct irqp_tree tree = {.node = IRQP_SCALAR, .scalar = given};
    struct irqp_diagnostics diagnostics;
    int64_t value;
    if (!given)
        return IRQP_OK;
    irqp_diagnostics_init(&diagnostics);
    bool good = irqp_tree_count(&tree, option, (int64_t)parameter->minimum, (int64_t)parameter->maximum,
                                &value, &diagnostics);
    cli_print_diagnostics(&diagnostics);
    if (good) {
        list->items = cli_allocate(list->items, list->count + 1, sizeof *list->items);
        list->items[list->count++] = cli_format("%s=%s", parameter->path, given);
    }
    return good ? IRQP_OK : IRQP_USAGE;
}

static enum irqp_status run_files(const struct cli *cli, const struct values *values,
                                  const struct cli_list *files, const struct cli_list *overrides)
{
    const struct cli_simulation how = {.threads = values->threads, .naive = values->naive};
    struct cli_loaded *loaded;
    enum irqp_status status = cli_load_all(&loaded, cli, files, overrides);
    if (status == IRQP_OK && values->output)
        status = prepare_output(loaded, files->count, values->output);
    if (status == IRQP_OK) {
        cli_simulate_begin(cli, loaded, files->count, &how);
        status = run_all(cli, values, loaded, files->count, &how);
    }
    cli_unload_all(loaded, cli, files->count);
    return status;
}

static enum irqp_status run(const struct cli *cli, const void *given, const struct cli_list *files)
{
    const struct values *values = given;
    size_t set = values->set.count;
    struct cli_list overrides = {cli_allocate(NULL, set, sizeof *overrides.items), set};
    for (size_t i = 0; i < set; i++)
        overrides.items[i] = values->set.items[i];
    enum irqp_status samples =
        add_override(&overrides, cli, "--samples", values->samples, cli->model->samples);
    enum irqp_status status = add_override(&overrides, cli, "--seed", values->seed, cli->model->seed);
    status = samples == IRQP_OK ? status : samples;
    if (status == IRQP_OK)
        status = run_files(cli, values, files, &overrides);
    for (size_t i = set; i < overrides.count; i++)
        free((char *)overrides.items[i]);
    free(overrides.items);
    return status;
}

static const struct cli_option options[] = {
    CLI_OPTION_SET(struct values),
    {'n', "samples", CLI_TEXT, "N", "Wake-ups of every scenario, e.g. 1e6.",
     offsetof(struct values, samples)},
    {0, "seed", CLI_TEXT, "N", "Seed of the random streams.", offsetof(struct values, seed)},
    {'j', "jobs", CLI_COUNT, "N",
     "Threads; as many as there are processors if not given. The results do not depend on it.",
     offsetof(struct values, threads)},
    {'o', "output", CLI_TEXT, "DIR",
     "Write the results: NAME.json (for irqpath plot and compare) and NAME.hist (as cyclictest writes it).",
     offsetof(struct values, output)},
    {'a', "all", CLI_SWITCH, NULL, "Show every step, not only the largest.", offsetof(struct values, all)},
    {0, "naive", CLI_SWITCH, NULL,
     "Use the engine's simple, slow dispatcher. The results are the same; this is for tests.",
     offsetof(struct values, naive)},
    CLI_OPTION_JSON(struct values),
};

const struct cli_command cli_command_run = {
    .name = "run",
    .operands = "FILE...",
    .least = 1,
    .most = CLI_ANY,
    .summary = "Run scenarios and compare their latencies.",
    .doc = "Several scenarios are compared with the first. A quantile beyond which there are fewer than ten "
           "samples "
           "is shown as '-'. Times are in microseconds.\n"
           "Ctrl-C ends the run early; what is there is reported and written, and marked as partial.",
    .options = options,
    .option_count = CLI_LENGTH(options),
    .values_size = sizeof(struct values),
    .run = run,
};
