/* A run: batches on threads.
 *
 * Workers take the next batch index and share nothing else but the summaries, of which each has one writer. A
 * batch runs into a scratch result, so that one that is stopped or fails leaves no trace; what it gave is
 * merged into the worker's own result, and the workers' results are merged at the end. Results are integers,
 * so the order of merging does not show. */
#include "irqpath/study.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PROGRESS_MS = 200 };

struct study {
    const struct irqp_model *model;
    const void *machine;
    const struct irqp_run_options *options;
    struct irqp_run *run;

    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t ended; /* a worker ended */
    uint64_t next;        /* the next batch to be taken */
    uint64_t done, samples;
    unsigned working;
    enum irqp_status failure;
    uint64_t failed_batch; /* the lowest that failed, if failure is not IRQP_OK */
    bool stopped;
};

struct worker {
    struct study *study;
    pthread_t thread;
    struct irqp_result total, scratch;
    struct irqp_spread spreads[IRQP_LATENCIES_MAX];
    struct irqp_ratios ratios;
};

static const volatile int never_stop = 0;

static bool stop_requested(const struct study *study)
{
    const volatile int *stop = study->options->stop;
    return stop && __atomic_load_n(stop, __ATOMIC_RELAXED);
}

/* Takes the next batch; false when there is none or the study is to end. */
static bool take_batch(struct study *study, uint64_t *batch)
{
    pthread_mutex_lock(&study->lock);
    bool more = study->next < study->run->planned;
    if (more && stop_requested(study))
        study->stopped = true;
    more = more && !study->stopped && study->failure == IRQP_OK;
    if (more)
        *batch = study->next++;
    pthread_mutex_unlock(&study->lock);
    return more;
}

static uint64_t samples_of(const struct study *study, uint64_t batch)
{
    const struct irqp_run *run = study->run;
    uint64_t left = run->samples - batch * run->batch;
    return left < run->batch ? left : run->batch;
}

static void summarise(struct irqp_latency_summary *summary, const struct irqp_histogram *histogram)
{
    summary->sum = (irqp_time)histogram->sum;
    irqp_histogram_mean(histogram, &summary->mean);
}

/* An empty result that keeps the room of its histograms. */
static void clear(struct irqp_result *result)
{
    struct irqp_histogram kept[IRQP_LATENCIES_MAX];
    memcpy(kept, result->latencies, sizeof kept);
    for (size_t i = 0; i < IRQP_LATENCIES_MAX; i++)
        irqp_histogram_clear(&kept[i]);
    irqp_result_init(result);
    memcpy(result->latencies, kept, sizeof kept);
}

static enum irqp_status run_batch(struct worker *worker, uint64_t batch)
{
    struct study *study = worker->study;
    const struct irqp_run_options *options = study->options;
    clear(&worker->scratch);
    enum irqp_status status = study->model->run_batch(
        study->machine, options->seed, batch, samples_of(study, batch), options->naive,
        options->stop ? options->stop : &never_stop, &worker->scratch);
    if (status == IRQP_OK)
        status = irqp_result_merge(&worker->total, &worker->scratch);
    if (status != IRQP_OK)
        return status;
    struct irqp_batch_summary *summary = &study->run->batches[batch];
    summary->samples = worker->scratch.thread.total;
    summarise(&summary->thread, &worker->scratch.thread);
    summarise(&summary->interrupt, &worker->scratch.interrupt);
    summary->work = worker->scratch.work;
    summary->simulated = worker->scratch.simulated;
    if (summary->samples == study->run->batch) {
        for (size_t i = 0; study->model->latency_name(study->machine, i); i++)
            irqp_spread_add(&worker->spreads[i], &worker->scratch.latencies[i]);
        irqp_ratios_add(&worker->ratios, &worker->scratch);
    }
    return IRQP_OK;
}

static void note_outcome(struct study *study, uint64_t batch, enum irqp_status status, const char *problem)
{
    pthread_mutex_lock(&study->lock);
    if (status == IRQP_OK) {
        study->done++;
        study->samples += samples_of(study, batch);
    } else if (status == IRQP_INTERRUPTED) {
        study->stopped = true;
    } else if (study->failure == IRQP_OK || batch < study->failed_batch) {
        study->failure = status;
        study->failed_batch = batch;
        study->run->problem = problem;
    }
    pthread_mutex_unlock(&study->lock);
}

static void *work(void *context)
{
    struct worker *worker = context;
    struct study *study = worker->study;
    uint64_t batch;
    while (take_batch(study, &batch)) {
        enum irqp_status status = run_batch(worker, batch);
        note_outcome(study, batch, status, worker->scratch.problem);
    }
    pthread_mutex_lock(&study->lock);
    study->working--;
    pthread_cond_signal(&study->ended);
    pthread_mutex_unlock(&study->lock);
    return NULL;
}

static struct timespec later(long milliseconds)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_nsec += milliseconds * 1000000L;
    time.tv_sec += time.tv_nsec / 1000000000L;
    time.tv_nsec %= 1000000000L;
    return time;
}

/* Waits for the workers, and tells of their progress without holding the lock. */
static void watch(struct study *study)
{
    const struct irqp_run_options *options = study->options;
    pthread_mutex_lock(&study->lock);
    while (study->working > 0) {
        struct timespec until = later(PROGRESS_MS);
        while (study->working > 0 && pthread_cond_timedwait(&study->ended, &study->lock, &until) == 0)
            ;
        if (options->progress) {
            uint64_t samples = study->samples;
            pthread_mutex_unlock(&study->lock);
            options->progress(options->context, samples, options->samples);
            pthread_mutex_lock(&study->lock);
        }
    }
    pthread_mutex_unlock(&study->lock);
}

static unsigned thread_count(const struct study *study)
{
    long count = study->options->threads > 0 ? (long)study->options->threads : sysconf(_SC_NPROCESSORS_ONLN);
    if (count < 1)
        count = 1;
    return (uint64_t)count < study->run->planned ? (unsigned)count : (unsigned)study->run->planned;
}

/* Starts workers, waits for them and merges what they did. If the system grants fewer threads than were asked
 * for, those do the work. */
static enum irqp_status run_workers(struct study *study, struct worker *workers, unsigned count)
{
    unsigned started = 0;
    study->working = count;
    while (started < count) {
        struct worker *worker = &workers[started];
        worker->study = study;
        irqp_result_init(&worker->total);
        irqp_result_init(&worker->scratch);
        if (pthread_create(&worker->thread, NULL, work, worker) != 0)
            break;
        started++;
    }
    pthread_mutex_lock(&study->lock);
    study->working -= count - started;
    pthread_mutex_unlock(&study->lock);
    watch(study);

    enum irqp_status status = started > 0 ? IRQP_OK : IRQP_NO_MEMORY;
    for (unsigned i = 0; i < started; i++) {
        pthread_join(workers[i].thread, NULL);
        if (status == IRQP_OK)
            status = irqp_result_merge(&study->run->result, &workers[i].total);
        for (size_t latency = 0; latency < IRQP_LATENCIES_MAX; latency++)
            irqp_spread_merge(&study->run->spreads[latency], &workers[i].spreads[latency]);
        irqp_ratios_merge(&study->run->ratios, &workers[i].ratios);
        irqp_result_fini(&workers[i].total);
        irqp_result_fini(&workers[i].scratch);
    }
    return status;
}

static enum irqp_status run_batches(struct study *study)
{
    unsigned count = thread_count(study);
    if (count == 0)
        return IRQP_OK;
    struct worker *workers = calloc(count, sizeof *workers);
    if (!workers)
        return IRQP_NO_MEMORY;
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&study->lock, NULL);
    pthread_cond_init(&study->ended, &attributes);
    enum irqp_status status = run_workers(study, workers, count);
    pthread_cond_destroy(&study->ended);
    pthread_mutex_destroy(&study->lock);
    pthread_condattr_destroy(&attributes);
    free(workers);
    if (study->failure != IRQP_OK)
        return study->failure;
    return status == IRQP_OK && study->stopped ? IRQP_INTERRUPTED : status;
}

uint64_t irqp_batch_size(uint64_t asked, uint64_t samples)
{
    enum { LEAST = 300, BATCHES_AT_MOST = 5000 };
    uint64_t least = samples / BATCHES_AT_MOST + (samples % BATCHES_AT_MOST > 0);
    return asked > 0 ? asked : least > LEAST ? least : LEAST;
}

enum irqp_status irqp_run(struct irqp_run *run, const struct irqp_model *model, const void *machine,
                          const struct irqp_run_options *options)
{
    *run = (struct irqp_run){.seed = options->seed,
                             .samples = options->samples,
                             .batch = irqp_batch_size(options->batch, options->samples)};
    irqp_result_init(&run->result);
    run->planned = run->samples / run->batch + (run->samples % run->batch > 0);
    if (run->planned > IRQP_BATCHES_MAX)
        return IRQP_INPUT;
    run->batches = calloc(run->planned > 0 ? (size_t)run->planned : 1, sizeof *run->batches);
    if (!run->batches)
        return IRQP_NO_MEMORY;

    struct study study = {.model = model, .machine = machine, .options = options, .run = run};
    enum irqp_status status = run_batches(&study);
    run->done = study.done;
    run->partial = run->done < run->planned || status != IRQP_OK;
    return status;
}

void irqp_run_fini(struct irqp_run *run)
{
    irqp_result_fini(&run->result);
    free(run->batches);
    *run = (struct irqp_run){0};
}

/* Mean and half-width over full batches. */
static bool interval(const struct irqp_run *run, double (*pick)(const struct irqp_batch_summary *),
                     double confidence, double *mean, double *half_width)
{
    uint64_t full = 0, count = 0;
    for (uint64_t i = 0; i < run->planned; i++)
        if (run->batches[i].samples > full)
            full = run->batches[i].samples;
    double average = 0, squares = 0; /* Welford's recurrence */
    for (uint64_t i = 0; i < run->planned; i++) {
        if (full == 0 || run->batches[i].samples != full)
            continue;
        double value = pick(&run->batches[i]), step = value - average;
        count++;
        average += step / (double)count;
        squares += step * (value - average);
    }
    if (count < 2)
        return false;
    double n = (double)count;
    *mean = average;
    *half_width = gsl_cdf_tdist_Pinv((1 + confidence) / 2, n - 1) * sqrt(squares / (n - 1) / n);
    return true;
}

bool irqp_run_interval(const struct irqp_run *run, double (*pick)(const struct irqp_batch_summary *),
                       double *mean, double *half_width)
{
    return interval(run, pick, 0.95, mean, half_width);
}

static double thread_mean(const struct irqp_batch_summary *batch)
{
    return batch->thread.mean;
}

static double interrupt_mean(const struct irqp_batch_summary *batch)
{
    return batch->interrupt.mean;
}

bool irqp_run_mean_interval(const struct irqp_run *run, size_t latency, double confidence, double *low,
                            double *high)
{
    double mean, half_width;
    if (latency >= IRQP_LATENCIES_OWN)
        return false;
    if (!interval(run, latency == IRQP_LATENCY_THREAD ? thread_mean : interrupt_mean, confidence, &mean,
                  &half_width))
        return false;
    *low = mean - half_width;
    *high = mean + half_width;
    return true;
}
