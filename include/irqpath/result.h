/* What a run gives: integers that merge exactly, in any grouping.
 *
 * Every picosecond between the programmed expiry and the clock read of every sample is charged to one step
 * and one cause; the sums over all samples are here. The names come from the model's linked program.
 */
#ifndef IRQPATH_RESULT_H
#define IRQPATH_RESULT_H

#include "irqpath/histogram.h"

enum {
    IRQP_STEPS_MAX = 512,   /* distinct step names of a program */
    IRQP_CAUSES_MAX = 96,   /* distinct causes */
    IRQP_COUNTERS_MAX = 64, /* the model's event counters */
    IRQP_PEAKS_MAX = 8,     /* the model's largest numbers */
    IRQP_CHARGES_MAX = 256, /* kept of the worst sample */
};

/* The latencies of a run, by number; the model names them. Every model measures the first two. */
enum {
    IRQP_LATENCY_THREAD,    /* clock read minus programmed expiry */
    IRQP_LATENCY_INTERRUPT, /* start of the timer's handler minus programmed expiry */
    IRQP_LATENCIES_OWN,     /* from here on what the model measures beside the wake-up */
    IRQP_LATENCIES_MAX = 8,
};

/* CPU modes: the partition of the whole run. */
enum irqp_mode { IRQP_MODE_USER, IRQP_MODE_KERNEL, IRQP_MODE_MICROKERNEL, IRQP_MODE_IDLE, IRQP_MODES };

/* A piece of one sample's latency: what executed, why the wake-up did not advance, for how long. */
struct irqp_charge {
    uint16_t step, cause;
    irqp_time duration;
};

struct irqp_result {
    const char *problem; /* why a batch ended with IRQP_MODEL; static text, NULL otherwise */
    union {
        struct irqp_histogram latencies[IRQP_LATENCIES_MAX];
        struct {
            struct irqp_histogram thread, interrupt; /* the first two, by name */
        };
    };
    uint64_t batches;
    irqp_time simulated;                   /* time simulated after the warm-ups */
    irqp_time mode_time[IRQP_MODES];       /* adds up to simulated */
    irqp_time step_time[IRQP_STEPS_MAX];   /* adds up to the sum of latencies */
    irqp_time cause_time[IRQP_CAUSES_MAX]; /* so does this */
    uint64_t step_hits[IRQP_STEPS_MAX];    /* charges, not samples */
    uint64_t cause_hits[IRQP_CAUSES_MAX];
    uint64_t counters[IRQP_COUNTERS_MAX];
    uint64_t peaks[IRQP_PEAKS_MAX]; /* how many there were at most of something, in any batch */
    uint64_t work;                  /* units of the load's work that were done in the time simulated */
    uint64_t steps, draws;          /* executed and drawn, warm-ups included */
    uint64_t trajectory;            /* sum over batches of a hash over every charge: the fingerprint */
    irqp_time worst; /* latency of the worst sample, -1 if none; ties: the earliest batch, then sample */
    uint64_t worst_batch, worst_sample;
    struct irqp_charge worst_charges[IRQP_CHARGES_MAX];
    size_t worst_count; /* may exceed IRQP_CHARGES_MAX: then the last are missing */
};

/* An empty result. The structure is large (about 16 KB): keep it off small stacks. */
void irqp_result_init(struct irqp_result *result);
void irqp_result_fini(struct irqp_result *result);
/* Adds what `from` holds; the outcome does not depend on order or grouping. IRQP_NO_MEMORY leaves `into`
 * unchanged. */
enum irqp_status irqp_result_merge(struct irqp_result *into, const struct irqp_result *from);

#endif
