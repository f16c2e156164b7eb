#include "sim/study/fit.h"

#include "irqpath/bootstrap.h"
#include "irqpath/distance.h"
#include "irqpath/random.h"
#include "irqpath/study.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { REPLICATES = 100, SAMPLES_LEAST = 100, BATCHES_LEAST = 8 };

static const double moments[FIT_MOMENTS] = {0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999};

/* ---- measured sets ---- */

/* The quantile, a bin's samples being spread evenly in it; NAN outside the bins. */
static double quantile_of(const struct irqp_bins *bins, double p)
{
    double rank = p * (double)irqp_bins_total(bins), seen = (double)bins->underflow;
    for (size_t i = 0; i < bins->count; i++) {
        double count = (double)bins->bins[i].count;
        if (rank >= seen && rank <= seen + count)
            return (double)bins->bins[i].lower + (double)bins->width * (rank - seen) / count;
        seen += count;
    }
    return NAN;
}

static enum irqp_status resample_moments(struct irqpi_set *set, const struct irqp_bins *bins, gsl_rng *rng)
{
    double sum[FIT_MOMENTS] = {0}, squares[FIT_MOMENTS] = {0}, width = (double)bins->width;
    for (int i = 0; i < REPLICATES; i++) {
        struct irqp_bins drawn;
        enum irqp_status status = irqp_bins_resample(&drawn, bins, irqp_bins_total(bins), rng);
        for (int m = 0; m < FIT_MOMENTS && status == IRQP_OK; m++) {
            double off = quantile_of(&drawn, moments[m]) - set->quantile[m];
            sum[m] += off;
            squares[m] += off * off;
        }
        irqp_bins_fini(&drawn);
        if (status != IRQP_OK)
            return status;
    }
    for (int m = 0; m < FIT_MOMENTS; m++) {
        double mean = sum[m] / REPLICATES, variance = squares[m] / REPLICATES - mean * mean;
        set->deviation[m] = sqrt(variance + width * width / 12);
        set->known[m] &= isfinite(set->deviation[m]);
    }
    return IRQP_OK;
}

static enum irqp_status prepare_set(struct irqpi_fit *fit, size_t index, struct irqp_diagnostics *diagnostics)
{
    const struct irqp_bins *bins = fit->options->targets[index].measured;
    struct irqpi_set *set = &fit->sets[index];
    double n = (double)irqp_bins_total(bins);
    if (n < 2 * SAMPLES_LEAST || !(quantile_of(bins, 0.5) > 0)) {
        irqp_diagnose(diagnostics, IRQP_ERROR, NULL,
                      "the measurement for %s has too few samples in its bins: %.0f, and 200 are needed",
                      fit->options->targets[index].file, n);
        return IRQP_INPUT;
    }
    for (int m = 0; m < FIT_MOMENTS; m++) {
        double p = moments[m];
        set->quantile[m] = quantile_of(bins, p);
        set->known[m] = n * fmin(p, 1 - p) >= SAMPLES_LEAST * (1 - 1e-9) && isfinite(set->quantile[m]);
    }
    set->median = quantile_of(bins, 0.5);
    gsl_rng *rng = gsl_rng_alloc(irqp_rng_stream);
    if (!rng)
        return IRQP_NO_MEMORY;
    gsl_rng_set(rng, fit->options->seed + index);
    enum irqp_status status = resample_moments(set, bins, rng);
    gsl_rng_free(rng);
    for (int m = 0; m < FIT_MOMENTS; m++)
        fit->moments += set->known[m];
    return status;
}

/* ---- scenarios ---- */

static const struct irqp_quantity *find(const struct irqp_quantity *quantities, size_t count,
                                        const char *path)
{
    for (size_t i = 0; i < count; i++)
        if (!quantities[i].tree && strcmp(quantities[i].path, path) == 0)
            return &quantities[i];
    return NULL;
}

static void complain(const struct irqpi_fit *fit, const char *file, const char *path,
                     const struct irqp_quantity *quantities, size_t count,
                     struct irqp_diagnostics *diagnostics)
{
    const struct irqp_registry *registry = fit->model->registry;
    const char **names = calloc(count > 0 ? count : 1, sizeof *names);
    bool known = false;
    for (size_t i = 0; i < registry->count; i++)
        known |= strcmp(registry->parameters[i].path, path) == 0;
    irqp_diagnose(diagnostics, IRQP_ERROR, NULL,
                  known ? "'%s' has no range in %s that could be searched"
                        : "there is no parameter '%s' (in %s)",
                  path, file);
    if (known)
        irqp_suggest(diagnostics,
                     "give it one beside its value, as in '{value: 2 us, range: [1 us, 4 us], source: ...}'");
    for (size_t i = 0; names && i < count; i++)
        names[i] = quantities[i].path;
    const char *near = names && !known ? irqp_nearest(path, names, count) : NULL;
    if (near)
        irqp_suggest(diagnostics, "did you mean '%s'?", near);
    free(names);
}

/* One factor is searched for all scenarios and told as one value: they must mean the same by it. */
static bool agree(const struct irqpi_fit *fit, size_t free, const struct irqp_quantity *quantity,
                  double value)
{
    return fabs(value - fit->value[free]) <= 1e-6 * fabs(fit->value[free]) &&
           fabs(log(fmax(quantity->low, 1e-3)) - fit->low[free]) <= 1e-6 &&
           fabs(log(fmax(quantity->high, 1e-3)) - fit->high[free]) <= 1e-6;
}

/* Ranges and values of the free parameters, which are the first scenario's and must be those of the others.
 */
static enum irqp_status read_scenario(struct irqpi_fit *fit, size_t index,
                                      struct irqp_diagnostics *diagnostics)
{
    const struct irqp_calibrate_options *options = fit->options;
    const char *file = options->targets[index].file;
    struct irqp_scenario *scenario = NULL;
    struct irqp_quantity *quantities = NULL;
    void *machine = NULL;
    size_t count = 0;
    enum irqp_status status = irqp_scenario_load(&scenario, fit->model->registry, file, options->overrides,
                                                 options->override_count, options->search, diagnostics);
    if (status == IRQP_OK)
        status = fit->model->link(&machine, scenario, diagnostics);
    if (status == IRQP_OK)
        status = irqp_scenario_quantities(scenario, &quantities, &count);
    for (size_t i = 0; i < options->free_count && status == IRQP_OK; i++) {
        const struct irqp_quantity *quantity = find(quantities, count, options->free[i]);
        if (!quantity) {
            complain(fit, file, options->free[i], quantities, count, diagnostics);
            continue;
        }
        double value = irqp_scenario_number(scenario, quantity->parameter);
        if (index > 0 && fit->high[i] > fit->low[i] && !agree(fit, i, quantity, value)) {
            irqp_diagnose(diagnostics, IRQP_ERROR, NULL, "'%s' has another value or range in %s than in %s",
                          options->free[i], file, options->targets[0].file);
            irqp_suggest(diagnostics, "scenarios that are fitted together share it: let them extend one file "
                                      "that gives it, or --set it for all");
        }
        if (index > 0)
            continue;
        fit->low[i] = log(fmax(quantity->low, 1e-3));
        fit->high[i] = log(fmax(quantity->high, 1e-3));
        fit->value[i] = value;
    }
    free(quantities);
    if (machine)
        fit->model->unlink(machine);
    irqp_scenario_free(scenario);
    return status == IRQP_OK && diagnostics->errors > 0 ? IRQP_INPUT : status;
}

enum irqp_status irqpi_fit_begin(struct irqpi_fit *fit, const struct irqp_model *model,
                                 const struct irqp_calibrate_options *options,
                                 struct irqp_diagnostics *diagnostics)
{
    *fit = (struct irqpi_fit){.model = model, .options = options};
    enum irqp_status status = IRQP_OK;
    irqp_gsl_quiet();
    if (options->free_count < 1 || options->free_count > IRQP_FREE_MAX || options->target_count < 1 ||
        options->target_count > IRQP_TARGETS_MAX || options->samples < SAMPLES_LEAST) {
        irqp_diagnose(
            diagnostics, IRQP_ERROR, NULL,
            "a calibration has 1 to %d free parameters, 1 to %d measured sets and at least %d samples",
            IRQP_FREE_MAX, IRQP_TARGETS_MAX, SAMPLES_LEAST);
        return IRQP_INPUT;
    }
    for (size_t i = 0; i < options->target_count; i++) {
        enum irqp_status read = read_scenario(fit, i, diagnostics);
        if (read == IRQP_OK)
            read = prepare_set(fit, i, diagnostics);
        status = read != IRQP_OK ? read : status;
    }
    return status;
}

/* ---- evaluation ---- */

double irqpi_fit_factor(const struct irqpi_fit *fit, size_t index, double coordinate)
{
    return exp(fit->low[index] + coordinate * (fit->high[index] - fit->low[index]));
}

/* IRQP_INPUT: the model refuses these values. */
static enum irqp_status load_at(const struct irqpi_fit *fit, const char *file, const double *at,
                                struct irqp_scenario **scenario, void **machine)
{
    const struct irqp_calibrate_options *options = fit->options;
    struct irqp_diagnostics quiet; /* it was sound when it was read first */
    struct irqp_quantity *quantities = NULL;
    size_t count = 0;
    irqp_diagnostics_init(&quiet);
    enum irqp_status status = irqp_scenario_load(scenario, fit->model->registry, file, options->overrides,
                                                 options->override_count, options->search, &quiet);
    if (status == IRQP_OK && at)
        status = irqp_scenario_quantities(*scenario, &quantities, &count);
    for (size_t q = 0; q < count && status == IRQP_OK; q++)
        for (size_t i = 0; i < options->free_count && status == IRQP_OK; i++)
            if (!quantities[q].tree && strcmp(quantities[q].path, options->free[i]) == 0)
                status = irqp_scenario_vary(*scenario, &quantities[q], irqpi_fit_factor(fit, i, at[i]));
    free(quantities);
    if (status == IRQP_OK)
        status = fit->model->link(machine, *scenario, &quiet);
    irqp_diagnostics_fini(&quiet);
    return status;
}

static enum irqp_status simulate(const struct irqpi_fit *fit, const struct irqp_scenario *scenario,
                                 const void *machine, uint64_t samples, uint64_t seed, struct irqp_run *run)
{
    uint64_t batch =
        irqp_batch_size((uint64_t)irqp_scenario_value(scenario, fit->model->batch)->count, samples);
    struct irqp_run_options how = {
        .samples = samples,
        .batch = batch < samples / BATCHES_LEAST ? batch : samples / BATCHES_LEAST,
        .seed = seed,
        .threads = fit->options->threads,
        .stop = fit->options->stop,
    };
    return irqp_run(run, fit->model, machine, &how);
}

/* Where the measurement overflowed, simulated quantiles are known all the same: they are taken from bins that
 * go on, so that one that lies there is as bad as it is far from the measured one, which lies in the bins. */
static enum irqp_status compare_quantiles(const struct irqpi_fit *fit, size_t index,
                                          const struct irqp_histogram *simulated, struct irqpi_point *point)
{
    const struct irqpi_set *set = &fit->sets[index];
    struct irqp_bins like = *fit->options->targets[index].measured, bins; /* like: borrows its bins */
    like.overflow = 0;
    enum irqp_status status = irqp_rebin(&bins, simulated, &like);
    for (int m = 0; m < FIT_MOMENTS && status == IRQP_OK; m++)
        if (set->known[m]) {
            double off = (quantile_of(&bins, moments[m]) - set->quantile[m]) / set->deviation[m];
            point->off[index][m] = off;
            point->objective += isnan(off) ? INFINITY : off * off;
        }
    irqp_bins_fini(&bins);
    return status;
}

/* In the bins of the measurement: of what overflowed there it is not known how far it lies. */
static enum irqp_status compare_distributions(const struct irqpi_fit *fit, size_t index,
                                              const struct irqp_histogram *simulated,
                                              struct irqpi_point *point)
{
    const struct irqp_bins *measured = fit->options->targets[index].measured;
    struct irqp_bins bins;
    struct irqp_distance distance;
    enum irqp_status status = irqp_rebin(&bins, simulated, measured);
    if (status != IRQP_OK || irqp_distance(&distance, &bins, measured) != IRQP_OK)
        distance.wasserstein = INFINITY;
    point->distances[index] = distance.wasserstein;
    point->distance += distance.wasserstein / fit->sets[index].median;
    irqp_bins_fini(&bins);
    return status;
}

static enum irqp_status evaluate_set(const struct irqpi_fit *fit, size_t index, const double *at,
                                     uint64_t samples, uint64_t seed, struct irqpi_point *point)
{
    const struct irqp_target *target = &fit->options->targets[index];
    struct irqp_scenario *scenario = NULL;
    void *machine = NULL;
    struct irqp_run run;
    enum irqp_status status = load_at(fit, target->file, at, &scenario, &machine);
    if (status == IRQP_OK) {
        const struct irqp_histogram *simulated =
            target->interrupt ? &run.result.interrupt : &run.result.thread;
        status = simulate(fit, scenario, machine, samples, seed, &run);
        if (status == IRQP_OK)
            status = compare_quantiles(fit, index, simulated, point);
        if (status == IRQP_OK)
            status = compare_distributions(fit, index, simulated, point);
        irqp_run_fini(&run);
    }
    if (machine)
        fit->model->unlink(machine);
    irqp_scenario_free(scenario);
    return status;
}

static void add_set(struct irqpi_fit *fit, size_t index, const double *at, uint64_t samples, uint64_t seed,
                    struct irqpi_point *point)
{
    enum irqp_status status = evaluate_set(fit, index, at, samples, seed, point);
    if (status == IRQP_INPUT || status == IRQP_MODEL)
        point->objective = point->distance = INFINITY;
    else
        fit->status = status;
}

bool irqpi_fit_evaluate(struct irqpi_fit *fit, const double *at, uint64_t samples, struct irqpi_point *point)
{
    *point = (struct irqpi_point){0};
    for (size_t i = 0; i < fit->options->target_count && fit->status == IRQP_OK; i++)
        add_set(fit, i, at, samples, fit->options->seed, point);
    fit->evaluations++;
    return fit->status == IRQP_OK;
}

uint64_t irqpi_fit_samples(const struct irqpi_fit *fit, size_t set)
{
    uint64_t measured = irqp_bins_total(fit->options->targets[set].measured);
    return measured < fit->options->samples ? measured : fit->options->samples;
}

bool irqpi_fit_remeasure(struct irqpi_fit *fit, const double *at, gsl_rng *rng, struct irqpi_point *point)
{
    *point = (struct irqpi_point){0};
    for (size_t i = 0; i < fit->options->target_count && fit->status == IRQP_OK; i++)
        add_set(fit, i, at, irqpi_fit_samples(fit, i), gsl_rng_get(rng), point);
    fit->evaluations++;
    return fit->status == IRQP_OK;
}
