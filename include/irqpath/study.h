/* Studies: batches of a machine on threads, merged in a way that does not depend on the number of threads. */
#ifndef IRQPATH_STUDY_H
#define IRQPATH_STUDY_H

#include "irqpath/model.h"

enum { IRQP_BATCHES_MAX = 1 << 24 }; /* of one run */

/* One latency of one batch, in picoseconds; without samples all is 0. */
struct irqp_latency_summary {
    irqp_time sum; /* of all samples */
    double mean;
};

/* What one batch contributes to the interval of a mean over batches. */
struct irqp_batch_summary {
    uint64_t samples; /* 0: this batch was not run */
    struct irqp_latency_summary thread, interrupt;
    uint64_t work;       /* units of the load's work */
    irqp_time simulated; /* after the warm-up */
};

/* How much full batches differ in how often a latency reaches a level: sums over batches, which merge
 * exactly in any order. The levels are spaced as the bins of a histogram are, sixteen in each octave from 64
 * ns to 4 ms. */
enum { IRQP_SPREAD_LEVELS = 256 };
__extension__ typedef unsigned __int128 irqp_spread_square;
struct irqp_spread {
    uint64_t batches;                                /* full ones; 0 also if the file does not say */
    uint64_t samples;                                /* of this latency in them */
    irqp_spread_square sizes;                        /* sum over batches of the square of that number */
    uint64_t reached[IRQP_SPREAD_LEVELS];            /* samples at or above the level */
    irqp_spread_square squares[IRQP_SPREAD_LEVELS];  /* sum over batches of the square of that number */
    irqp_spread_square products[IRQP_SPREAD_LEVELS]; /* of that number and the batch's samples */
};

/* How much full batches differ in a ratio of two sums, for its interval: sums over batches that merge exactly
 * in any order. The numerators of one denominator share its squares. */
struct irqp_ratio_spread {
    irqp_spread_square numerator, product; /* sums over batches of numerator^2, numerator * denominator */
    irqp_spread_square sum;                /* of the numerators */
};
struct irqp_ratios {
    uint64_t batches;                      /* full ones */
    irqp_spread_square latency, simulated; /* sums over batches of the denominators' squares: ps^2 */
    struct irqp_ratio_spread causes[IRQP_CAUSES_MAX];     /* over the sum of latencies */
    struct irqp_ratio_spread counters[IRQP_COUNTERS_MAX]; /* over the time simulated */
    struct irqp_ratio_spread modes[IRQP_MODES];           /* over the time simulated */
};

struct irqp_run {
    struct irqp_result result;
    union {
        struct {
            struct irqp_spread spread, interrupt_spread; /* of thread latency, of interrupt latency */
        };
        struct irqp_spread spreads[IRQP_LATENCIES_MAX]; /* of all latencies that the model has */
    };
    struct irqp_ratios ratios; /* of causes, counters and modes; not in result files: 0 in what was read */
    struct irqp_batch_summary *batches; /* owned; planned entries, in batch order */
    uint64_t planned, done;             /* batches */
    uint64_t seed, samples, batch;      /* asked for; batch: samples per batch, asked for or chosen */
    bool partial;                       /* stopped before all batches were done */
    const char *problem;                /* why it ended with IRQP_MODEL; static text, NULL otherwise */
};

struct irqp_run_options {
    uint64_t samples; /* all batches together; the last may be shorter */
    uint64_t batch;   /* samples per batch; 0: irqp_batch_size chooses */
    uint64_t seed;
    unsigned threads; /* 0: one per online processor */
    bool naive;
    const volatile int *stop; /* may be NULL; set (by a signal handler) to end early */
    /* Called now and then from the calling thread only, with the samples of the finished batches; may be
     * NULL. */
    void (*progress)(void *context, uint64_t done, uint64_t samples);
    void *context;
};

/* Samples per batch: those asked for; if 0, then 300, or of more than 1.5 million samples so many that there
 * are 5000 batches at most. Each batch is warmed up: short ones would be little but warm-up. */
uint64_t irqp_batch_size(uint64_t asked, uint64_t samples);

/* Runs the study: the outcome is the same, byte for byte, for every number of threads.
 *
 * IRQP_INTERRUPTED: stopped; the run holds the batches that were finished, whichever they are, and is marked
 * partial. IRQP_INPUT: there would be more than IRQP_BATCHES_MAX batches. Any other status is
 * that of the failed batch with the lowest index; the run then holds what was finished, which depends on the
 * threads, and is marked partial. The caller ends the run with irqp_run_fini in every case. */
enum irqp_status irqp_run(struct irqp_run *run, const struct irqp_model *model, const void *machine,
                          const struct irqp_run_options *options);
void irqp_run_fini(struct irqp_run *run);

/* Mean over batches and half-width of its 95 % interval (Student's t), for a field of the summaries chosen by
 * pick. A batch shorter than the others (the last one may be) varies more than they do and is left out.
 * False, and nothing set, with fewer than two batches. */
bool irqp_run_interval(const struct irqp_run *run, double (*pick)(const struct irqp_batch_summary *),
                       double *mean, double *half_width);

/* Units of the load's work per second of simulated time, and the half-width of its 95 % interval over batches
 * (NAN with fewer than two batches). */
struct irqp_throughput {
    double rate, half_width;
};

/* False if no time was simulated. */
bool irqp_run_throughput(const struct irqp_run *run, struct irqp_throughput *throughput);
/* What a whole run of the load, of `total` units, takes at this rate: seconds, and the ends of the 95 %
 * interval (NAN where that is not known, infinite where the rate may be nothing). False if there is no total
 * or no rate. */
bool irqp_throughput_run_time(const struct irqp_throughput *throughput, uint64_t total, double *seconds,
                              double *low, double *high);

/* Mean of a latency (IRQP_LATENCY_THREAD or IRQP_LATENCY_INTERRUPT) over batches: its interval, for any
 * confidence in (0, 1). False, and nothing set, with fewer than two batches, or for another latency. */
bool irqp_run_mean_interval(const struct irqp_run *run, size_t latency, double confidence, double *low,
                            double *high);

/* Interval over batches of a ratio of two sums (the estimator of Cochran, Sampling Techniques, 1977, 6.3):
 * numerator and denominator are those of the whole run, squares is the denominator's of the ratios. False,
 * and nothing set, with fewer than ten full batches or without a denominator. */
bool irqp_run_ratio_interval(const struct irqp_run *run, const struct irqp_ratio_spread *spread,
                             irqp_spread_square squares, double numerator, double denominator,
                             double confidence, double *low, double *high);
void irqp_ratios_add(struct irqp_ratios *ratios, const struct irqp_result *batch);
void irqp_ratios_merge(struct irqp_ratios *into, const struct irqp_ratios *from);

/* The latency of a level, in picoseconds; levels ascend. */
irqp_time irqp_spread_level(size_t level);
/* Adds a full batch, given its latencies. */
void irqp_spread_add(struct irqp_spread *spread, const struct irqp_histogram *batch);
void irqp_spread_merge(struct irqp_spread *into, const struct irqp_spread *from);

/* The design effect (Kish, Survey Sampling, 1965) of P(thread latency >= latency): how much more the number
 * of such samples varies between batches than it would if samples were independent, at least 1. So many
 * samples are worth one independent sample. It is estimated from the levels of the spread around this
 * latency; NAN with fewer than 10 full batches, or if nothing reached any level. */
double irqp_run_design_effect(const struct irqp_run *run, irqp_time latency);

/* 95 % interval over batches of P(thread latency >= latency), `hits` being how many samples of the run reach
 * it: Clopper and Pearson's with effective counts, which are smaller by the design effect and by what its own
 * error costs with few batches (Korn and Graubard, Survey Methodology 24, 1998). What no batch has met is not
 * in it: where one batch in hundreds brings most of the hits, a run of fewer batches gives too low an end.
 * False if the design effect is not known: the samples were then taken to be independent. */
bool irqp_run_exceedance_interval(const struct irqp_run *run, irqp_time latency, uint64_t hits, double *low,
                                  double *high);

/* 95 % interval over batches of the p-quantile of a latency of all batches together (p in (0, 1)), as lower
 * edges of bins:
 * from the lowest to the highest latency x that may be the quantile, that is, neither P(latency > x) is more
 * than 1 - p nor P(latency >= x) less, by their intervals as above (Woodruff, Journal of the American
 * Statistical Association 47, 1952). It is not symmetric. The mean of the batches' own quantiles is another
 * number, however many batches there are.
 *
 * Again, what no batch has met is not in it: n batches miss a kind of batch of share 1 - p with probability
 * p^n. With fewer than 3 / (1 - p) batches (300 for p99, 3000 for p99.9) the ends would be no 95 % bounds
 * where batches differ that much: there is no interval then. Of 16 runs of 100 batches of native Linux under
 * hackbench, such intervals would have contained the p99 of 2600 batches in 10 and their p99.9 in 3.
 *
 * False, and nothing set, if the batches are too few, if the design effect is not known, or if the samples do
 * not bound the interval: the quantile may lie beyond the minimum or the maximum, or where the histogram has
 * no bins. */
bool irqp_run_quantile_interval(const struct irqp_run *run, size_t latency, double p, irqp_time *low,
                                irqp_time *high);

/* ---- the same for a latency by its number and any confidence in (0, 1) ---- */

/* Interval of P(latency >= level), as irqp_run_exceedance_interval. */
bool irqp_run_exceedance_bounds(const struct irqp_run *run, size_t latency, irqp_time level,
                                double confidence, double *low, double *high);
/* Which ends of a quantile's interval the batches bound: what they have not met lies beyond it, so that with
 * few batches an upper quantile has no upper end, but still a lower one. */
enum { IRQP_BOUND_LOW = 1, IRQP_BOUND_HIGH = 2 };
unsigned irqp_run_quantile_bounds(const struct irqp_run *run, size_t latency, double p, double confidence,
                                  irqp_time *low, irqp_time *high);
/* As many samples near a latency as are worth an independent one, what it costs to estimate that included;
 * NAN if it is not known. */
double irqp_run_samples_per_independent(const struct irqp_run *run, size_t latency, irqp_time level,
                                        double confidence);
/* The batches below which a p-quantile has no interval. */
uint64_t irqp_batches_needed(double p);

#endif
