/* Studies: batches of a machine on threads, merged in a way that does not depend on the number of threads. */
#ifndef IRQPATH_STUDY_H
#define IRQPATH_STUDY_H

#include "irqpath/model.h"

/* What one batch contributes to intervals over batches. */
struct irqp_batch_summary {
    uint64_t samples;
    double mean;                  /* ps */
    irqp_time p50, p99, p999;     /* ps */
};

struct irqp_run {
    struct irqp_result result;
    struct irqp_batch_summary *batches; /* owned; planned entries, in batch order; samples == 0: not run */
    uint64_t planned, done;             /* batches */
    uint64_t seed, samples;             /* asked for */
    bool partial;                       /* stopped before all batches were done */
};

struct irqp_run_options {
    uint64_t samples; /* all batches together; the last may be shorter */
    uint64_t batch;   /* samples per batch */
    uint64_t seed;
    unsigned threads; /* 0: one per online processor */
    bool naive;
    const volatile int *stop; /* may be NULL; set (by a signal handler) to end early */
    /* Called now and then from the calling thread only, with samples done; may be NULL. */
    void (*progress)(void *context, uint64_t done, uint64_t samples);
    void *context;
};

/* Runs the study. IRQP_INTERRUPTED: stopped; run holds the batches that were finished and is marked partial. The caller
 * ends the run with irqp_run_fini in every case. */
enum irqp_status irqp_run(struct irqp_run *run, const struct irqp_model *model, const void *machine,
                          const struct irqp_run_options *options);
void irqp_run_fini(struct irqp_run *run);

/* Mean over batches and half-width of its 95 % interval (Student's t), for a field of the summaries chosen by pick;
 * false with fewer than two batches. */
bool irqp_run_interval(const struct irqp_run *run, double (*pick)(const struct irqp_batch_summary *),
                       double *mean, double *half_width);

#endif
