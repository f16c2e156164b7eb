/* irqpath run: runs scenarios and compares them in one table. */
#include "irqpath/file.h"
#include "irqpath/measured.h"

#include "sim/cli/commands.h"
#include "sim/cli/expectations.h"
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

/* What is to be run, in this order: the scenarios that were named, then those that they compare with. */
struct work {
    struct cli_loaded *loaded;
    size_t count;
    struct cli_references references;
    struct cli_simulation how;
};

/* What every scenario expects, once all have run: into the results, and told. */
static enum irqp_status judge(const struct cli *cli, const struct work *work,
                              struct irqp_result_file *results, bool json)
{
    size_t count = work->count + work->references.count;
    const struct irqp_run **runs = cli_allocate(NULL, count, sizeof(struct irqp_run *));
    enum irqp_status worst = IRQP_OK;
    for (size_t i = 0; i < count; i++)
        runs[i] = &results[i].run;
    for (size_t i = 0; i < work->count; i++) {
        const struct irqp_expectations *expectations = &work->loaded[i].expectations;
        if (expectations->count == 0)
            continue;
        struct irqp_judgement *judgements =
            cli_judge_expectations(cli, work->loaded, work->count, &work->references, runs, i);
        enum irqp_status status = cli_verdicts_status(judgements, expectations->count);
        worst = worst == IRQP_UNMET || status == IRQP_OK ? worst : status;
        if (json) {
            json_t *array = cli_expectations_json(expectations, judgements);
            results[i].manifest.expectations = json_dumps(array, JSON_REAL_PRECISION(15));
            json_decref(array);
        } else {
            cli_print_expectations(cli, work->count > 1 ? results[i].manifest.name : NULL, expectations,
                                   judgements);
        }
        free(judgements);
    }
    free(runs);
    return worst;
}

static enum irqp_status run_all(const struct cli *cli, const struct values *values, struct work *work)
{
    size_t count = work->count + work->references.count, have = 0;
    struct irqp_result_file *results = cli_allocate(NULL, count, sizeof *results);
    enum irqp_status status = IRQP_OK, printed = IRQP_OK;
    for (size_t i = 0; i < count && status == IRQP_OK; i++) {
        const struct cli_loaded *loaded =
            i < work->count ? &work->loaded[i] : &work->references.loaded[i - work->count];
        status = cli_simulate(&results[have], cli, loaded, &work->how, i, count);
        if (results[have].run.result.thread.total == 0) {
            cli_simulated_fini(&results[have]);
            continue;
        }
        if (values->output && i < work->count) {
            enum irqp_status written = write_result(values->output, &results[have]);
            status = status == IRQP_OK ? written : status;
        }
        have++;
    }
    size_t shown = have < work->count ? have : work->count;
    if (!values->json && shown > 0)
        cli_report(cli, results, shown, values->all);
    if (status == IRQP_OK)
        status = judge(cli, work, results, values->json);
    if (values->json)
        printed = print_json(results, shown);
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
    struct work work = {.count = files->count, .how = {.threads = values->threads, .naive = values->naive}};
    enum irqp_status status = cli_load_all(&work.loaded, cli, files, overrides);
    if (status == IRQP_OK)
        status = cli_references_load(&work.references, cli, work.loaded, work.count, overrides);
    if (status == IRQP_OK && values->output)
        status = prepare_output(work.loaded, files->count, values->output);
    if (status == IRQP_OK) {
        cli_simulate_begin(cli, work.loaded, files->count, &work.how);
        status = run_all(cli, values, &work);
    }
    cli_references_fini(&work.references, cli);
    cli_unload_all(work.loaded, cli, files->count);
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
    .doc =
        "Several scenarios are compared with the first. A quantile beyond which there are fewer than ten "
        "samples "
        "is shown as '-'. Times are in microseconds.\n"
        "What a scenario expects of its results (irqpath help expect) is checked at the end; scenarios that "
        "it compares with are run as well. Exit code 4: something is not as expected; 5: the run was too "
        "short to decide.\n"
        "Ctrl-C ends the run early; what is there is reported and written, and marked as partial.",
    .options = options,
    .option_count = CLI_LENGTH(options),
    .values_size = sizeof(struct values),
    .run = run,
};
