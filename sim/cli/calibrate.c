/* irqpath calibrate: parameters fitted to measured histograms. */
#include "sim/cli/commands.h"
#include "sim/cli/fitted.h"
#include "sim/cli/load.h"
#include "sim/cli/measured.h"
#include "sim/cli/prediction.h"
#include "sim/cli/progress.h"
#include "sim/cli/simulate.h"
#include "sim/cli/table.h"

#include "irqpath/file.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SAMPLES = 20000, PARTICLES = 64, PARTICLES_MOST = 10000 };

struct values {
    struct cli_list set, measured;
    const char *free, *unit, *output, *plot, *formats, *samples, *particles, *seed;
    unsigned threads;
    bool interrupt, json;
};

/* Everything that the calibration borrows. */
struct work {
    struct irqp_target targets[IRQP_TARGETS_MAX];
    struct irqp_measured measured[IRQP_TARGETS_MAX];
    char *files[IRQP_TARGETS_MAX];
    size_t count, read;
    const char *free[IRQP_FREE_MAX];
    size_t free_count;
    char *free_words, *measured_names;
};

static void work_fini(struct work *work)
{
    for (size_t i = 0; i < work->read; i++)
        irqp_measured_fini(&work->measured[i]);
    for (size_t i = 0; i < work->count; i++)
        free(work->files[i]);
    free(work->free_words);
    free(work->measured_names);
}

/* ---- what was asked ---- */

static enum irqp_status read_free(struct work *work, const char *list)
{
    if (!list || !*list) {
        cli_message("say which parameters are free: --free costs.guest.schedule,costs.guest.context_switch "
                    "('irqpath show FILE' lists those with a range)");
        return IRQP_USAGE;
    }
    work->free_words = cli_format("%s", list);
    for (char *rest = work->free_words, *word; (word = strtok_r(rest, ", ", &rest));) {
        if (work->free_count == IRQP_FREE_MAX) {
            cli_message("at most %d parameters can be free at once", IRQP_FREE_MAX);
            return IRQP_USAGE;
        }
        for (size_t i = 0; i < work->free_count; i++)
            if (strcmp(work->free[i], word) == 0) {
                cli_message("'%s' stands in --free twice", word);
                return IRQP_USAGE;
            }
        work->free[work->free_count++] = word;
    }
    return IRQP_OK;
}

/* A scenario for each measurement, in this order; or one scenario for all. */
static enum irqp_status read_targets(struct work *work, const struct values *values,
                                     const struct cli_list *files)
{
    size_t count = values->measured.count;
    enum irqp_status worst = IRQP_OK;
    if (count == 0 || count > IRQP_TARGETS_MAX || (files->count != 1 && files->count != count)) {
        cli_message(
            "%zu scenarios and %zu measurements: give --measured FILE once for each scenario, in this order, "
            "%d at most; or one scenario for all of them",
            files->count, count, IRQP_TARGETS_MAX);
        return IRQP_USAGE;
    }
    for (size_t i = 0; i < count; i++) {
        const char *file = values->measured.items[i], *slash = strrchr(file, '/');
        enum irqp_status status = cli_read_latencies(&work->measured[i], file, values->unit);
        char *names = work->measured_names;
        work->read++;
        worst = status != IRQP_OK ? status : worst;
        work->files[i] = cli_find(files->items[files->count == 1 ? 0 : i]);
        work->count++;
        work->targets[i] = (struct irqp_target){work->files[i], &work->measured[i].bins, values->interrupt};
        work->measured_names =
            cli_format("%s%s%s", names ? names : "", names ? ", " : "", slash ? slash + 1 : file);
        free(names);
    }
    return worst;
}

/* ---- for people ---- */

static const char *unit_of(enum irqp_kind kind)
{
    return kind == IRQP_FREQUENCY ? "Hz" : kind == IRQP_REAL ? "" : "us";
}

static struct cli_word number_of(enum irqp_kind kind, double value)
{
    return cli_word("%.4g", kind == IRQP_FREQUENCY || kind == IRQP_REAL ? value : value / (double)IRQP_US);
}

static enum irqp_kind kind_of(const struct cli *cli, const char *path)
{
    for (size_t i = 0; i < cli->model->registry->count; i++)
        if (strcmp(cli->model->registry->parameters[i].path, path) == 0)
            return cli->model->registry->parameters[i].kind;
    return IRQP_COST;
}

static void print_fitted(const struct cli *cli, const struct irqp_calibration *calibration)
{
    static const char *const head[] = {"Fitted", "before", "fitted", "95 % credible", "searched", ""};
    bool posterior = calibration->particle_count > 0;
    struct cli_table table;
    cli_table_init(&table, "l   r   r  l   l   l");
    cli_row(&table);
    for (size_t i = 0; i < CLI_LENGTH(head); i++)
        cli_cell(&table, i ? CLI_DIM : CLI_BOLD, "%s", head[i]);
    for (size_t i = 0; i < calibration->count; i++) {
        const struct irqp_fitted *fitted = &calibration->fitted[i];
        enum irqp_kind kind = kind_of(cli, fitted->path);
        double unit = fitted->value / fitted->factor;
        cli_row(&table);
        cli_cell(&table, CLI_PLAIN, "%s", fitted->path);
        cli_cell(&table, CLI_DIM, "%s", number_of(kind, unit).text);
        cli_cell(&table, CLI_BOLD, "%s", number_of(kind, fitted->value).text);
        if (posterior)
            cli_cell(&table, CLI_PLAIN, "%s to %s %s", number_of(kind, unit * fitted->low).text,
                     number_of(kind, unit * fitted->high).text, unit_of(kind));
        else
            cli_cell(&table, CLI_DIM, "-");
        cli_cell(&table, CLI_DIM, "%s to %s", number_of(kind, unit * fitted->range_low).text,
                 number_of(kind, unit * fitted->range_high).text);
        cli_cell(&table, CLI_PLAIN, "%s", posterior ? cli_undetermined(fitted) : "");
    }
    putchar('\n');
    cli_table_print(&table, cli->colour, stdout);
    cli_table_fini(&table);
}

/* Parameters of which only a combination is known. */
static void print_correlations(const struct irqp_calibration *calibration)
{
    for (size_t i = 0; i < calibration->count; i++)
        for (size_t k = i + 1; k < calibration->count; k++)
            if (fabs(calibration->correlation[i][k]) > 0.7)
                printf("%s and %s go together (correlation %+.2f): the measurement tells a combination of "
                       "them.\n",
                       calibration->fitted[i].path, calibration->fitted[k].path,
                       calibration->correlation[i][k]);
}

/* Why the intervals may not be what they are called. */
static void print_doubts(const struct irqp_calibration *calibration)
{
    if (!irqp_calibration_explains(calibration))
        printf(
            "The model does not come as near to the measurement as another measurement would (%.4f of the "
            "median the best, up to %.4f the particles, %.4f wanted): something else than these parameters "
            "differs, and the intervals, which take the model to be right, cannot be relied on.\n",
            calibration->nearest, calibration->tolerance, calibration->wanted);
    else if (calibration->tolerance > calibration->wanted)
        printf("The posterior was not followed to its end (%.4f of the median, %.4f wanted): the intervals "
               "are too wide. More --particles or --samples lead further.\n",
               calibration->tolerance, calibration->wanted);
    else if (!calibration->adjusted)
        puts(
            "There are too few particles to adjust them: the intervals are too wide. Give more --particles.");
    else if (calibration->nearest > calibration->wanted)
        printf("The best by quantiles lies further from the measurement than another measurement would (%.4f "
               "of the median, %.4f wanted), though other values come as near: the shape may differ.\n",
               calibration->nearest, calibration->wanted);
}

static struct cli_word distance_of(double picoseconds)
{
    return isfinite(picoseconds) ? cli_word("%s us", cli_us(picoseconds, 3).text) : cli_word("unknown");
}

static void print_text(const struct cli *cli, const struct irqp_calibration *calibration,
                       const struct work *work)
{
    print_fitted(cli, calibration);
    putchar('\n');
    for (size_t i = 0; i < calibration->target_count; i++)
        printf("%s: %s from the prediction before%s%s (Wasserstein-1)\n", cli_short_name(work->files[i]),
               distance_of(calibration->distance_before[i]).text, calibration->partial ? "" : ", now ",
               calibration->partial ? "" : distance_of(calibration->distance[i]).text);
    printf("Q %s before, %s now, of %zu quantiles; %s evaluations%s\n",
           cli_objective(calibration->objective_before).text, cli_objective(calibration->objective).text,
           calibration->moments, cli_count(calibration->evaluations).text,
           calibration->restarted ? "; a restart of the search found something better" : "");
    if (!calibration->partial && !isfinite(calibration->objective))
        puts("The model refuses all values that were tried: nothing is fitted.");
    print_correlations(calibration);
    if (calibration->particle_count > 0)
        print_doubts(calibration);
    if (calibration->partial)
        puts("Stopped: these are the best values until then.");
}

static void print_json(const struct cli *cli, const struct irqp_calibration *calibration)
{
    json_t *fitted = json_array(), *correlation = json_array(), *distances = json_array();
    for (size_t i = 0; i < calibration->count; i++) {
        const struct irqp_fitted *one = &calibration->fitted[i];
        json_t *row = json_array();
        json_array_append_new(
            fitted,
            json_pack("{s:s, s:s, s:f, s:f, s:f, s:f, s:f, s:f, s:b, s:b, s:b}", "path", one->path, "unit",
                      *unit_of(kind_of(cli, one->path)) == 'u' ? "ps" : unit_of(kind_of(cli, one->path)),
                      "value", one->value, "factor", one->factor, "low", one->low, "high", one->high,
                      "range_low", one->range_low, "range_high", one->range_high, "open_below",
                      one->open_below, "open_above", one->open_above, "determined", one->determined));
        for (size_t k = 0; k < calibration->count; k++)
            json_array_append_new(row, json_real(calibration->correlation[i][k]));
        json_array_append_new(correlation, row);
    }
    for (size_t i = 0; i < calibration->target_count; i++)
        json_array_append_new(distances, json_pack("{s:o, s:o}", "before_ps",
                                                   cli_json_number(calibration->distance_before[i]), "now_ps",
                                                   cli_json_number(calibration->distance[i])));
    cli_print_json(json_pack(
        "{s:o, s:o, s:o, s:i, s:o, s:I, s:i, s:o, s:o, s:o, s:o, s:b, s:o, s:b, s:b}", "fitted", fitted,
        "objective_before", cli_json_number(calibration->objective_before), "objective",
        cli_json_number(calibration->objective), "quantiles", (int)calibration->moments, "distances",
        distances, "evaluations", (json_int_t)calibration->evaluations, "particles",
        (int)calibration->particle_count, "tolerance", cli_json_number(calibration->tolerance), "wanted",
        cli_json_number(calibration->wanted), "nearest", cli_json_number(calibration->nearest), "explains",
        calibration->particle_count > 0 ? json_boolean(irqp_calibration_explains(calibration)) : json_null(),
        "adjusted", calibration->adjusted, "correlation", correlation, "restarted", calibration->restarted,
        "partial", calibration->partial));
}

/* ---- the parameter file ---- */

/* A shipped scenario is found by its short name from everywhere, one beside the output by its own. */
static char *extends_of(const char *file, const char *output)
{
    const char *shipped = cli_short_name(file), *slash = strrchr(file, '/'), *other = strrchr(output, '/');
    size_t directory = slash ? (size_t)(slash - file) : 0;
    if (shipped != file)
        return cli_format("%s", shipped);
    if (directory == (other ? (size_t)(other - output) : 0) && strncmp(file, output, directory) == 0)
        return cli_format("%s", slash ? slash + 1 : file);
    char folder[4096];
    if (file[0] == '/' || !getcwd(folder, sizeof folder))
        return cli_format("%s", file);
    return cli_format("%s/%s", folder, file);
}

static enum irqp_status write_file(const struct cli *cli, const struct irqp_calibration *calibration,
                                   const struct work *work, const struct values *values,
                                   const struct cli_list *scenarios)
{
    struct cli_loaded loaded;
    enum irqp_status status = cli_load(&loaded, cli, scenarios->items[0], &values->set);
    if (status != IRQP_OK)
        return status;
    char *extends = scenarios->count == 1 ? extends_of(work->files[0], values->output) : NULL;
    const struct cli_fitted_file file = {extends, work->measured_names, loaded.scenario,
                                         cli->model->registry};
    char *text = cli_fitted_text(calibration, &file);
    struct irqp_diagnostics diagnostics;
    irqp_diagnostics_init(&diagnostics);
    status = text ? irqp_file_write(values->output, text, strlen(text), &diagnostics) : IRQP_NO_MEMORY;
    cli_print_diagnostics(&diagnostics);
    free(text);
    free(extends);
    cli_unload(&loaded, cli);
    return status;
}

/* ---- the command ---- */

static enum irqp_status report(const struct cli *cli, const struct irqp_calibration *calibration,
                               const struct work *work, const struct values *values,
                               const struct cli_list *scenarios)
{
    enum irqp_status status = IRQP_OK;
    if (values->json)
        print_json(cli, calibration);
    else
        print_text(cli, calibration, work);
    if (values->output)
        status = write_file(cli, calibration, work, values, scenarios);
    if (status == IRQP_OK && values->plot && calibration->particle_count > 0) {
        char *title = cli_format("Posterior: fitted to %s", work->measured_names);
        status = cli_draw_posterior(calibration, title, values->plot, values->formats);
        free(title);
    }
    return status;
}

static enum irqp_status calibrate(const struct cli *cli, const struct work *work, const struct values *values,
                                  const struct cli_list *scenarios)
{
    uint64_t samples = SAMPLES, particles = PARTICLES, seed = 1;
    enum irqp_status status = cli_read_count("--samples", values->samples, &samples);
    if (status == IRQP_OK)
        status = cli_read_count("--particles", values->particles, &particles);
    if (status == IRQP_OK)
        status = cli_read_count("--seed", values->seed, &seed);
    if (status != IRQP_OK)
        return status;
    if (particles > PARTICLES_MOST || (particles > 0 && particles < 10)) {
        cli_message("--particles may be 0, for no posterior, or 10 to %d", PARTICLES_MOST);
        return IRQP_USAGE;
    }
    char *search = cli_search_path();
    struct irqp_calibration calibration;
    struct irqp_diagnostics diagnostics;
    const struct irqp_calibrate_options options = {
        .targets = work->targets,
        .target_count = work->count,
        .free = work->free,
        .free_count = work->free_count,
        .overrides = values->set.items,
        .override_count = values->set.count,
        .search = search,
        .threads = values->threads,
        .samples = samples,
        .seed = seed,
        .particles = (unsigned)particles,
        .stop = cli_catch_stop(),
        .progress = cli->terminal ? cli_progress_phase : NULL,
    };
    irqp_diagnostics_init(&diagnostics);
    status = irqp_calibrate(&calibration, cli->model, &options, &diagnostics);
    if (cli->terminal)
        fputs("\r\033[K", stderr);
    cli_print_diagnostics(&diagnostics);
    if (status == IRQP_OK || (status == IRQP_INTERRUPTED && calibration.count > 0)) {
        enum irqp_status reported = report(cli, &calibration, work, values, scenarios);
        status = reported != IRQP_OK ? reported : status;
    }
    irqp_calibration_fini(&calibration);
    free(search);
    return status;
}

static enum irqp_status run(const struct cli *cli, const void *given, const struct cli_list *files)
{
    const struct values *values = given;
    struct work work = {.count = 0};
    enum irqp_status status = read_free(&work, values->free);
    if (status == IRQP_OK)
        status = read_targets(&work, values, files);
    if (status == IRQP_OK)
        status = calibrate(cli, &work, values, files);
    work_fini(&work);
    return status;
}

static const struct cli_option options[] = {
    {0, "measured", CLI_LIST, "FILE", "What is to be explained, of any format that `irqpath import` reads.",
     offsetof(struct values, measured)},
    {0, "free", CLI_TEXT, "LIST", "Paths of the parameters to be fitted, separated by commas.",
     offsetof(struct values, free)},
    CLI_OPTION_UNIT(struct values),
    {'o', "output", CLI_TEXT, "FILE", "Write the fitted values: a scenario that extends the given one.",
     offsetof(struct values, output)},
    {'n', "samples", CLI_TEXT, "N", "Wake-ups of each scenario in an evaluation; 20 000 if not given.",
     offsetof(struct values, samples)},
    {0, "particles", CLI_TEXT, "N", "Points of the posterior; 64 if not given, 0: no posterior.",
     offsetof(struct values, particles)},
    {0, "seed", CLI_TEXT, "N", "Seed of everything; 1 if not given.", offsetof(struct values, seed)},
    {0, "interrupt", CLI_SWITCH, NULL, "Fit the interrupt latency instead of the thread latency.",
     offsetof(struct values, interrupt)},
    {0, "plot", CLI_TEXT, "PREFIX", "Draw the posterior: PREFIX.gp and the pictures.",
     offsetof(struct values, plot)},
    {0, "format", CLI_TEXT, "LIST",
     "Formats of --plot: png, svg, pdf, separated by commas; all if not given.",
     offsetof(struct values, formats)},
    {'j', "jobs", CLI_COUNT, "N", "Threads; as many as there are processors if not given.",
     offsetof(struct values, threads)},
    CLI_OPTION_SET(struct values),
    CLI_OPTION_JSON(struct values),
};

const struct cli_command cli_command_calibrate = {
    .name = "calibrate",
    .operands = "SCENARIO.yaml... --measured FILE... --free LIST",
    .least = 1,
    .most = IRQP_TARGETS_MAX,
    .summary = "Fit parameters of scenarios to measured histograms.",
    .doc =
        "Several scenarios are fitted at once, the first --measured being that of the first scenario, and so "
        "on: "
        "idle and loaded, say, which share costs. A free parameter has the same value and range in all. One "
        "scenario may have several measurements.\n"
        "A free parameter is searched in its range ('range: [1 us, 4 us]' beside its value), or in a factor "
        "of "
        "1.5 around a cost that is an estimate; of a cost the whole distribution is multiplied, and what "
        "'follows' it goes along. Quantiles are compared, each in units of what is uncertain of the measured "
        "one: from p1 to p99.99, as far as a hundred measured samples lie beyond. All evaluations of the "
        "search use the same random numbers. A Sobol sequence over the ranges comes first, then a simplex "
        "with more and more samples, then a restart that tells whether the end was one.\n"
        "The posterior says which values the measurement allows if the model is right: approximate Bayesian "
        "computation, whose particles are adjusted by regression to the measured quantiles. Of each "
        "parameter its central 95 % are told (credible). A measurement of more than --samples wake-ups is "
        "taken for one of so many: the interval is then wider than it need be. Fewer than 64 particles "
        "bound the central 95 % badly. A parameter whose interval is more than half of its range, or lies "
        "against an end of it, is not determined by the measurement; two that go together are known in "
        "combination only.\n"
        "Ctrl-C ends with the best so far.",
    .options = options,
    .option_count = CLI_LENGTH(options),
    .values_size = sizeof(struct values),
    .run = run,
};
