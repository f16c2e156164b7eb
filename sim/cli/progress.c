#include "sim/cli/progress.h"
#include "sim/cli/text.h"

#include <time.h>
#include <unistd.h>

double cli_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Seconds that one batch of so many samples takes; negative if it was stopped. */
static double time_batch(const struct irqp_model *model, const void *machine,
                         const struct irqp_run_options *options, uint64_t samples)
{
    struct irqp_result result;
    irqp_result_init(&result);
    double start = cli_clock();
    enum irqp_status status =
        model->run_batch(machine, options->seed, 0, samples, options->naive, options->stop, &result);
    double seconds = cli_clock() - start;
    irqp_result_fini(&result);
    return status == IRQP_OK ? seconds : -1;
}

double cli_estimate(const struct irqp_model *model, const void *machine,
                    const struct irqp_run_options *options)
{
    /* One batch tells what a warm-up costs, a second one, longer, what samples cost beyond it. */
    uint64_t few = 1, many = 64;
    double short_time = time_batch(model, machine, options, few), long_time = 0;
    while ((long_time = time_batch(model, machine, options, many)) >= 0 && long_time < short_time + 0.05 &&
           many < options->samples)
        many *= 4;
    if (short_time < 0 || long_time < short_time)
        return 0;
    double per_sample = (long_time - short_time) / (double)(many - few);
    const uint64_t batch = irqp_batch_size(options->batch, options->samples);
    uint64_t batches = options->samples / batch + (options->samples % batch != 0);
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    double threads = options->threads > 0 ? options->threads : (double)(processors > 0 ? processors : 1);
    if (threads > (double)batches)
        threads = (double)batches;
    return (per_sample * (double)options->samples + short_time * (double)batches) / threads;
}

void cli_progress_init(struct cli_progress *progress, const char *name, size_t number, size_t of)
{
    *progress =
        (struct cli_progress){.name = name, .number = number, .of = of, .start = cli_clock(), .shown = -1};
}

void cli_progress_show(void *context, uint64_t done, uint64_t samples)
{
    struct cli_progress *progress = context;
    double now = cli_clock(), seconds = now - progress->start;
    if (done == 0 || now - progress->shown < 0.2) /* five times a second is what eyes follow */
        return;
    progress->shown = now;
    double left = seconds * (double)(samples - done) / (double)done;
    fprintf(stderr, "\r\033[K[%zu/%zu] %s  %.0f %%  %s wake-ups/s  %s left", progress->number, progress->of,
            progress->name, 100 * (double)done / (double)samples, cli_rate((double)done / seconds).text,
            cli_seconds(left).text);
    fflush(stderr);
}

void cli_progress_fini(struct cli_progress *progress)
{
    if (progress->shown >= 0)
        fputs("\r\033[K", stderr);
}

void cli_progress_phase(void *context, const char *what, uint64_t done, uint64_t of)
{
    (void)context;
    fprintf(stderr, "\r\033[K[%llu/%llu] %s", (unsigned long long)done, (unsigned long long)of, what);
    fflush(stderr);
}
