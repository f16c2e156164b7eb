/* Reproducing a paper: loading, running and judging all of its scenarios, and drawing over what is uncertain.
 */
#include "irqpath/reproduce.h"
#include "irqpath/random.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- loading ---- */

static bool same_file(const char *a, const char *b)
{
    struct stat one, other;
    return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
}

static enum irqp_status load_trial(struct irqp_reproduction *reproduction, struct irqp_trial *trial,
                                   const char *file, struct irqp_diagnostics *diagnostics)
{
    const struct irqp_model *model = reproduction->model;
    *trial = (struct irqp_trial){.file = strdup(file)};
    if (!trial->file)
        return IRQP_NO_MEMORY;
    enum irqp_status status =
        irqp_scenario_load(&trial->scenario, model->registry, file, reproduction->overrides,
                           reproduction->override_count, reproduction->search, diagnostics);
    if (status == IRQP_OK)
        status = model->link(&trial->machine, trial->scenario, diagnostics);
    struct irqp_evidence of = {model, trial->scenario, trial->machine, NULL};
    if (status == IRQP_OK)
        status = irqp_expectations_read(&trial->expectations, &of, reproduction->search, diagnostics);
    if (status != IRQP_OK)
        return status;
    size_t count = trial->expectations.count > 0 ? trial->expectations.count : 1;
    trial->judgements = calloc(count, sizeof *trial->judgements);
    trial->held = calloc(count, sizeof *trial->held);
    trial->drawn = calloc(count, sizeof *trial->drawn);
    trial->others = calloc(count * IRQP_EXPECT_OTHERS, sizeof *trial->others);
    return trial->judgements && trial->held && trial->drawn && trial->others ? IRQP_OK : IRQP_NO_MEMORY;
}

/* The trial of a file, which is loaded if it is not there; SIZE_MAX without memory. */
static size_t trial_of(struct irqp_reproduction *reproduction, const char *file, enum irqp_status *worst,
                       struct irqp_diagnostics *diagnostics)
{
    for (size_t i = 0; i < reproduction->count; i++)
        if (same_file(reproduction->trials[i].file, file))
            return i;
    struct irqp_trial *trials =
        realloc(reproduction->trials, (reproduction->count + 1) * sizeof *reproduction->trials);
    if (!trials) {
        *worst = IRQP_NO_MEMORY;
        return SIZE_MAX;
    }
    reproduction->trials = trials;
    size_t messages = diagnostics->count;
    enum irqp_status status = load_trial(reproduction, &trials[reproduction->count], file, diagnostics);
    irqp_diagnostics_once(diagnostics, messages); /* what scenarios extend in common is bad in all of them */
    *worst = status > *worst ? status : *worst;
    return reproduction->count++;
}

/* ---- one run for all scenarios that are the same ---- */

/* What a resolved scenario says behind its title and description, which stand on the first lines. */
static const char *content(const char *resolved)
{
    while (strncmp(resolved, "title:", 6) == 0 || strncmp(resolved, "description:", 12) == 0) {
        const char *end = strchr(resolved, '\n');
        if (!end)
            break;
        resolved = end + 1;
    }
    return resolved;
}

static enum irqp_status assign_runs(struct irqp_reproduction *reproduction)
{
    size_t count = reproduction->count;
    char **resolved = calloc(count > 0 ? count : 1, sizeof *resolved);
    size_t *first = calloc(count > 0 ? count : 1, sizeof *first);
    bool good = resolved && first;
    for (size_t i = 0; good && i < count; i++) {
        struct irqp_trial *trial = &reproduction->trials[i];
        resolved[i] = irqp_scenario_resolved(trial->scenario);
        good = resolved[i] != NULL;
        size_t run = 0;
        while (good && run < reproduction->run_count &&
               strcmp(content(resolved[first[run]]), content(resolved[i])) != 0)
            run++;
        if (good && run == reproduction->run_count)
            first[reproduction->run_count++] = i;
        trial->run = run;
    }
    for (size_t i = 0; resolved && i < count; i++)
        free(resolved[i]);
    free(resolved);
    free(first);
    reproduction->runs =
        good ? calloc(reproduction->run_count > 0 ? reproduction->run_count : 1, sizeof *reproduction->runs)
             : NULL;
    return reproduction->runs ? IRQP_OK : IRQP_NO_MEMORY;
}

/* Whether draws tell something of an expectation: not of what was put in, nor of what no cost changes. */
static bool is_drawn(const struct irqp_expectation *expectation)
{
    return expectation->claim > 0 && expectation->kind == IRQP_CLAIM_PREDICTED &&
           expectation->comparison != IRQP_COMPARE_PARAMETER &&
           expectation->measure.kind != IRQP_MEASURE_STEPS;
}

static void mark_draws(struct irqp_reproduction *reproduction)
{
    for (size_t i = 0; i < reproduction->count; i++) {
        struct irqp_trial *trial = &reproduction->trials[i];
        for (size_t e = 0; e < trial->expectations.count; e++) {
            const struct irqp_expectation *expectation = &trial->expectations.items[e];
            trial->in_draws |= is_drawn(expectation);
            for (size_t o = 0; o < expectation->other_count && is_drawn(expectation); o++)
                reproduction->trials[trial->others[e * IRQP_EXPECT_OTHERS + o]].in_draws = true;
        }
    }
}

enum irqp_status irqp_reproduction_load(struct irqp_reproduction *reproduction,
                                        const struct irqp_model *model, const char *const *files,
                                        size_t count, const char *search, const char *const *overrides,
                                        size_t override_count, struct irqp_diagnostics *diagnostics)
{
    enum irqp_status worst = IRQP_OK;
    *reproduction = (struct irqp_reproduction){
        .model = model, .search = search, .overrides = overrides, .override_count = override_count};
    for (size_t i = 0; i < count && worst != IRQP_NO_MEMORY; i++)
        trial_of(reproduction, files[i], &worst, diagnostics);
    for (size_t i = 0; i < reproduction->count && worst != IRQP_NO_MEMORY; i++)
        for (size_t e = 0; e < reproduction->trials[i].expectations.count; e++) {
            const struct irqp_expectation *expectation = &reproduction->trials[i].expectations.items[e];
            for (size_t o = 0; o < expectation->other_count; o++) {
                size_t other = trial_of(reproduction, expectation->others[o], &worst, diagnostics);
                if (reproduction->trials[i].others)
                    reproduction->trials[i].others[e * IRQP_EXPECT_OTHERS + o] = other;
            }
        }
    if (worst != IRQP_OK)
        return worst;
    mark_draws(reproduction);
    return assign_runs(reproduction);
}

void irqp_reproduction_fini(struct irqp_reproduction *reproduction)
{
    for (size_t i = 0; i < reproduction->count; i++) {
        struct irqp_trial *trial = &reproduction->trials[i];
        irqp_expectations_fini(&trial->expectations);
        if (trial->machine)
            reproduction->model->unlink(trial->machine);
        irqp_scenario_free(trial->scenario);
        free(trial->judgements);
        free(trial->held);
        free(trial->drawn);
        free(trial->others);
        free(trial->file);
    }
    for (size_t i = 0; i < reproduction->run_done; i++)
        irqp_run_fini(&reproduction->runs[i]);
    free(reproduction->runs);
    free(reproduction->trials);
    *reproduction = (struct irqp_reproduction){0};
}

/* ---- running ---- */

static struct irqp_run_options options_of(const struct irqp_model *model,
                                          const struct irqp_scenario *scenario,
                                          const struct irqp_reproduce_options *options)
{
    uint64_t samples = (uint64_t)irqp_scenario_value(scenario, model->samples)->count;
    return (struct irqp_run_options){
        .samples = options->samples > 0 && options->samples < samples ? options->samples : samples,
        .batch = (uint64_t)irqp_scenario_value(scenario, model->batch)->count,
        .seed = (uint64_t)irqp_scenario_value(scenario, model->seed)->count,
        .threads = options->threads,
        .stop = options->stop,
    };
}

/* The first trial of a run stands for the others. */
static const struct irqp_trial *trial_of_run(const struct irqp_reproduction *reproduction, size_t run)
{
    size_t i = 0;
    while (reproduction->trials[i].run != run)
        i++;
    return &reproduction->trials[i];
}

struct irqp_evidence irqp_trial_evidence(const struct irqp_reproduction *reproduction, size_t trial)
{
    const struct irqp_trial *it = &reproduction->trials[trial];
    bool done = it->run < reproduction->run_done;
    return (struct irqp_evidence){reproduction->model, it->scenario, it->machine,
                                  done ? &reproduction->runs[it->run] : NULL};
}

static void judge_all(struct irqp_reproduction *reproduction)
{
    for (size_t i = 0; i < reproduction->count; i++) {
        struct irqp_trial *trial = &reproduction->trials[i];
        struct irqp_evidence self = irqp_trial_evidence(reproduction, i), others[IRQP_EXPECT_OTHERS];
        for (size_t e = 0; e < trial->expectations.count; e++) {
            const struct irqp_expectation *expectation = &trial->expectations.items[e];
            for (size_t o = 0; o < expectation->other_count; o++)
                others[o] = irqp_trial_evidence(reproduction, trial->others[e * IRQP_EXPECT_OTHERS + o]);
            irqp_judge(&trial->judgements[e], expectation, &self, others);
        }
    }
}

enum irqp_status irqp_reproduction_run(struct irqp_reproduction *reproduction,
                                       const struct irqp_reproduce_options *options)
{
    enum irqp_status status = IRQP_OK;
    for (size_t run = 0; run < reproduction->run_count && status == IRQP_OK; run++) {
        const struct irqp_trial *trial = trial_of_run(reproduction, run);
        struct irqp_run_options how = options_of(reproduction->model, trial->scenario, options);
        if (options->progress)
            options->progress(options->context, irqp_scenario_name(trial->scenario), run,
                              reproduction->run_count);
        status = irqp_run(&reproduction->runs[run], reproduction->model, trial->machine, &how);
        reproduction->run_done = run + 1;
    }
    if (status == IRQP_OK)
        judge_all(reproduction);
    return status;
}

/* ---- the hypercube ---- */

static uint32_t name_hash(const char *name)
{
    uint64_t hash = 0;
    for (; *name; name++)
        hash = irqp_mix64(hash ^ (unsigned char)*name);
    return (uint32_t)hash;
}

void irqp_latin_points(double *points, uint64_t n, uint64_t seed, const char *dimension)
{
    struct irqp_stream stream;
    irqp_stream_init(&stream, seed, n, name_hash(dimension), 0);
    for (uint64_t i = 0; i < n; i++) {
        uint64_t j = irqp_stream_below(&stream, i + 1); /* Fisher and Yates, from the inside out */
        points[i] = points[j];
        points[j] = (double)i;
    }
    for (uint64_t i = 0; i < n; i++) {
        double inside = ((double)(irqp_stream_next(&stream) >> 11) + 0.5) * 0x1p-53;
        points[i] = (points[i] + inside) / (double)n;
    }
}

/* One dimension with its points, for all draws. */
struct dimension {
    const char *path;
    double *points;
};

struct drawing {
    struct irqp_reproduction *reproduction;
    const struct irqp_reproduce_options *options;
    struct dimension *dimensions; /* sorted by path */
    size_t dimension_count;

    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t ended;
    uint64_t next, done;
    unsigned working;
    enum irqp_status failure;
};

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct dimension *)a)->path, ((const struct dimension *)b)->path);
}

/* The dimensions of all scenarios that take part: paths, each once. */
static enum irqp_status collect_dimensions(struct drawing *drawing)
{
    struct irqp_reproduction *reproduction = drawing->reproduction;
    uint64_t n = drawing->options->draws;
    for (size_t i = 0; i < reproduction->count; i++) {
        struct irqp_quantity *quantities = NULL;
        size_t count = 0;
        if (!reproduction->trials[i].in_draws)
            continue;
        enum irqp_status status =
            irqp_scenario_quantities(reproduction->trials[i].scenario, &quantities, &count);
        for (size_t q = 0; q < count && status == IRQP_OK; q++) {
            struct dimension key = {quantities[q].path, NULL};
            if (drawing->dimension_count > 0 &&
                bsearch(&key, drawing->dimensions, drawing->dimension_count, sizeof key, by_path))
                continue;
            struct dimension *more =
                realloc(drawing->dimensions, (drawing->dimension_count + 1) * sizeof *more);
            key.points = calloc((size_t)n, sizeof *key.points);
            if (more)
                drawing->dimensions = more;
            if (!more || !key.points) {
                free(key.points);
                status = IRQP_NO_MEMORY;
                break;
            }
            irqp_latin_points(key.points, n, drawing->options->seed, key.path);
            more[drawing->dimension_count++] = key;
            qsort(more, drawing->dimension_count, sizeof *more, by_path);
        }
        free(quantities);
        if (status != IRQP_OK)
            return status;
    }
    reproduction->varied = drawing->dimension_count;
    return IRQP_OK;
}

/* A scenario with everything that is uncertain as this draw has it. */
static enum irqp_status load_varied(const struct drawing *drawing, const struct irqp_trial *trial,
                                    uint64_t draw, struct irqp_scenario **scenario, void **machine)
{
    const struct irqp_reproduction *reproduction = drawing->reproduction;
    struct irqp_diagnostics quiet; /* it was sound when it was loaded first */
    struct irqp_quantity *quantities = NULL;
    size_t count = 0;
    irqp_diagnostics_init(&quiet);
    enum irqp_status status =
        irqp_scenario_load(scenario, reproduction->model->registry, trial->file, reproduction->overrides,
                           reproduction->override_count, reproduction->search, &quiet);
    if (status == IRQP_OK)
        status = irqp_scenario_quantities(*scenario, &quantities, &count);
    for (size_t q = 0; q < count && status == IRQP_OK; q++) {
        struct dimension key = {quantities[q].path, NULL};
        const struct dimension *dimension =
            bsearch(&key, drawing->dimensions, drawing->dimension_count, sizeof key, by_path);
        double low = fmax(quantities[q].low, 1e-3), high = fmax(quantities[q].high, low);
        if (dimension)
            status =
                irqp_scenario_vary(*scenario, &quantities[q], low * pow(high / low, dimension->points[draw]));
    }
    free(quantities);
    if (status == IRQP_OK)
        status = reproduction->model->link(machine, *scenario, &quiet);
    irqp_diagnostics_fini(&quiet);
    return status;
}

/* What one draw gave. */
struct outcome {
    struct irqp_evidence *evidence; /* by run; owned, with scenarios, machines and runs */
    struct irqp_run *runs;
};

static void outcome_fini(const struct drawing *drawing, struct outcome *outcome)
{
    const struct irqp_reproduction *reproduction = drawing->reproduction;
    for (size_t run = 0; outcome->evidence && outcome->runs && run < reproduction->run_count; run++) {
        if (outcome->evidence[run].run)
            irqp_run_fini(&outcome->runs[run]);
        if (outcome->evidence[run].machine)
            reproduction->model->unlink((void *)outcome->evidence[run].machine);
        irqp_scenario_free((struct irqp_scenario *)outcome->evidence[run].scenario);
    }
    free(outcome->evidence);
    free(outcome->runs);
}

static enum irqp_status run_draw(const struct drawing *drawing, uint64_t draw, struct outcome *outcome)
{
    const struct irqp_reproduction *reproduction = drawing->reproduction;
    struct irqp_reproduce_options alone = *drawing->options;
    enum irqp_status status = IRQP_OK;
    alone.threads = 1;
    *outcome = (struct outcome){calloc(reproduction->run_count, sizeof *outcome->evidence),
                                calloc(reproduction->run_count, sizeof *outcome->runs)};
    if (!outcome->evidence || !outcome->runs)
        return IRQP_NO_MEMORY;
    for (size_t i = 0; i < reproduction->count && status == IRQP_OK; i++) {
        const struct irqp_trial *trial = &reproduction->trials[i];
        struct irqp_evidence *evidence = &outcome->evidence[trial->run];
        struct irqp_scenario *scenario = NULL;
        void *machine = NULL;
        if (!trial->in_draws || evidence->run)
            continue;
        evidence->model = reproduction->model;
        status = load_varied(drawing, trial, draw, &scenario, &machine);
        evidence->scenario = scenario;
        evidence->machine = machine;
        if (status == IRQP_INPUT) { /* a combination that the model refuses: the draw says nothing of it */
            status = IRQP_OK;
            continue;
        }
        if (status != IRQP_OK)
            break;
        struct irqp_run_options how = options_of(reproduction->model, scenario, &alone);
        evidence->run = &outcome->runs[trial->run];
        status = irqp_run(&outcome->runs[trial->run], reproduction->model, machine, &how);
        if (status == IRQP_MODEL)
            status = IRQP_OK;
    }
    return status;
}

/* A rare thing that did not happen in the few samples of a draw: neither does the claim hold, nor does it
 * fail. */
static bool saw_nothing(const struct irqp_judgement *judgement)
{
    return judgement->verdict == IRQP_OPEN && judgement->value == 0 && judgement->low == 0;
}

/* Counts what a draw gave; under the lock. */
static void count_draw(const struct drawing *drawing, const struct outcome *outcome)
{
    struct irqp_reproduction *reproduction = drawing->reproduction;
    for (size_t i = 0; i < reproduction->count; i++) {
        struct irqp_trial *trial = &reproduction->trials[i];
        for (size_t e = 0; e < trial->expectations.count; e++) {
            const struct irqp_expectation *expectation = &trial->expectations.items[e];
            struct irqp_evidence others[IRQP_EXPECT_OTHERS];
            struct irqp_judgement judgement;
            bool complete = is_drawn(expectation) && outcome->evidence[trial->run].machine;
            for (size_t o = 0; o < expectation->other_count && complete; o++) {
                size_t other = trial->others[e * IRQP_EXPECT_OTHERS + o];
                others[o] = outcome->evidence[reproduction->trials[other].run];
                complete = others[o].machine != NULL;
            }
            if (!complete)
                continue;
            irqp_judge(&judgement, expectation, &outcome->evidence[trial->run], others);
            bool tells = judgement.known && !saw_nothing(&judgement);
            trial->drawn[e] += tells;
            trial->held[e] += tells && judgement.holds;
        }
    }
}

static bool take_draw(struct drawing *drawing, uint64_t *draw)
{
    const volatile int *stop = drawing->options->stop;
    pthread_mutex_lock(&drawing->lock);
    if (stop && __atomic_load_n(stop, __ATOMIC_RELAXED) && drawing->failure == IRQP_OK)
        drawing->failure = IRQP_INTERRUPTED;
    bool more = drawing->failure == IRQP_OK && drawing->next < drawing->options->draws;
    if (more)
        *draw = drawing->next++;
    pthread_mutex_unlock(&drawing->lock);
    return more;
}

static void *draw_some(void *context)
{
    struct drawing *drawing = context;
    uint64_t draw;
    while (take_draw(drawing, &draw)) {
        struct outcome outcome;
        enum irqp_status status = run_draw(drawing, draw, &outcome);
        pthread_mutex_lock(&drawing->lock);
        if (status == IRQP_OK) {
            count_draw(drawing, &outcome);
            drawing->done++;
            pthread_cond_signal(&drawing->ended);
        } else if (drawing->failure == IRQP_OK) {
            drawing->failure = status;
        }
        pthread_mutex_unlock(&drawing->lock);
        outcome_fini(drawing, &outcome);
    }
    pthread_mutex_lock(&drawing->lock);
    drawing->working--;
    pthread_cond_signal(&drawing->ended);
    pthread_mutex_unlock(&drawing->lock);
    return NULL;
}

static void watch(struct drawing *drawing)
{
    const struct irqp_reproduce_options *options = drawing->options;
    pthread_mutex_lock(&drawing->lock);
    while (drawing->working > 0) {
        pthread_cond_wait(&drawing->ended, &drawing->lock);
        uint64_t done = drawing->done;
        pthread_mutex_unlock(&drawing->lock);
        if (options->progress)
            options->progress(options->context, "draws", done, options->draws);
        pthread_mutex_lock(&drawing->lock);
    }
    pthread_mutex_unlock(&drawing->lock);
}

enum irqp_status irqp_reproduction_draw(struct irqp_reproduction *reproduction,
                                        const struct irqp_reproduce_options *options)
{
    enum { THREADS_MAX = 1024 };
    struct drawing drawing = {.reproduction = reproduction, .options = options};
    enum irqp_status status = collect_dimensions(&drawing);
    long wanted = options->threads > 0 ? (long)options->threads : sysconf(_SC_NPROCESSORS_ONLN);
    size_t count = wanted < 1 ? 1 : wanted > THREADS_MAX ? THREADS_MAX : (size_t)wanted, started = 0;
    pthread_t *threads = calloc(count, sizeof *threads);
    pthread_mutex_init(&drawing.lock, NULL);
    pthread_cond_init(&drawing.ended, NULL);
    for (; threads && status == IRQP_OK && started < count; started++) {
        pthread_mutex_lock(&drawing.lock);
        drawing.working++;
        pthread_mutex_unlock(&drawing.lock);
        if (pthread_create(&threads[started], NULL, draw_some, &drawing) != 0) {
            pthread_mutex_lock(&drawing.lock);
            drawing.working--;
            pthread_mutex_unlock(&drawing.lock);
            break;
        }
    }
    if (status == IRQP_OK && started == 0)
        status = IRQP_NO_MEMORY;
    if (status == IRQP_OK)
        watch(&drawing);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    pthread_cond_destroy(&drawing.ended);
    pthread_mutex_destroy(&drawing.lock);
    reproduction->draws_done = drawing.done;
    for (size_t i = 0; i < drawing.dimension_count; i++)
        free(drawing.dimensions[i].points);
    free(drawing.dimensions);
    free(threads);
    return status != IRQP_OK ? status : drawing.failure;
}

/* ---- claims ---- */

static bool read_claim(struct irqp_claim *claim, const struct irqp_tree *tree,
                       struct irqp_diagnostics *diagnostics)
{
    static const char *const keys[] = {"claim", "where", "open"};
    const char *texts[3] = {NULL};
    const struct irqp_tree *number = irqp_tree_child(tree, "number");
    int64_t value = 0;
    if (!irqp_tree_keys(tree, "a claim", "number|claim|where|open", diagnostics))
        return false;
    for (size_t i = 0; i < 3; i++) {
        const struct irqp_tree *child = irqp_tree_child(tree, keys[i]);
        if (child && child->node == IRQP_SCALAR)
            texts[i] = child->scalar;
    }
    if (!number || !texts[0]) {
        irqp_diagnose(diagnostics, IRQP_ERROR, &tree->place, "a claim needs a 'number' and the 'claim'");
        return false;
    }
    if (!irqp_tree_count(number, "'number'", 1, 1000, &value, diagnostics))
        return false;
    *claim = (struct irqp_claim){(int)value, texts[0], texts[1], texts[2]};
    return true;
}

enum irqp_status irqp_claims_read(struct irqp_claims *claims, const char *file,
                                  struct irqp_diagnostics *diagnostics)
{
    static const struct irqp_parameter parameter = {
        "claims", IRQP_TREE, NULL, 0, 0, NULL, "the claims of a paper", NULL};
    static const struct irqp_registry registry = {&parameter, 1};
    *claims = (struct irqp_claims){0};
    enum irqp_status status = irqp_scenario_load(&claims->file, &registry, file, NULL, 0, NULL, diagnostics);
    const struct irqp_tree *tree = status == IRQP_OK ? irqp_scenario_value(claims->file, 0)->tree : NULL;
    if (status != IRQP_OK || !tree)
        return status;
    if (tree->node != IRQP_SEQUENCE) {
        irqp_diagnose(diagnostics, IRQP_ERROR, &tree->place, "'claims' must be a list");
        return IRQP_INPUT;
    }
    claims->items = calloc(tree->count > 0 ? tree->count : 1, sizeof *claims->items);
    if (!claims->items)
        return IRQP_NO_MEMORY;
    bool good = true;
    for (size_t i = 0; i < tree->count; i++) {
        bool read = read_claim(&claims->items[claims->count], tree->children[i], diagnostics);
        claims->count += read;
        good &= read;
    }
    return good ? IRQP_OK : IRQP_INPUT;
}

void irqp_claims_fini(struct irqp_claims *claims)
{
    free(claims->items);
    irqp_scenario_free(claims->file);
    *claims = (struct irqp_claims){0};
}
