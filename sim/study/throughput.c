/* The throughput of a run: how much of the load's work was done in the time simulated, and how long a whole
 * run of the load would take at that rate.
 *
 * The rate is a ratio of two sums over batches, work and time; its error is the ratio estimator's (Cochran,
 * Sampling Techniques, 1977, section 2.11): the residuals of each batch's work around rate x time. Batches
 * are independent, and each is met at a random point of the load, so their spread is all that there is. */
#include "irqpath/study.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

bool irqp_run_throughput(const struct irqp_run *run, struct irqp_throughput *throughput)
{
    double work = (double)run->result.work, time = (double)run->result.simulated / (double)IRQP_S;
    *throughput = (struct irqp_throughput){.half_width = NAN};
    if (!(time > 0))
        return false;
    throughput->rate = work / time;
    double squares = 0, n = 0, summed = 0;
    for (uint64_t i = 0; i < run->planned; i++) {
        const struct irqp_batch_summary *batch = &run->batches[i];
        if (batch->samples == 0 || batch->simulated == 0)
            continue;
        double batch_time = (double)batch->simulated / (double)IRQP_S;
        double residual = (double)batch->work - throughput->rate * batch_time;
        squares += residual * residual;
        summed += batch_time;
        n++;
    }
    if (n >= 2)
        throughput->half_width = gsl_cdf_tdist_Pinv(0.975, n - 1) * sqrt(n / (n - 1) * squares) / summed;
    return true;
}

bool irqp_throughput_run_time(const struct irqp_throughput *throughput, uint64_t total, double *seconds,
                              double *low, double *high)
{
    if (total == 0 || !(throughput->rate > 0))
        return false;
    double work = (double)total;
    *seconds = work / throughput->rate;
    *low = work / (throughput->rate + throughput->half_width);
    *high = throughput->half_width < throughput->rate ? work / (throughput->rate - throughput->half_width)
                                                      : INFINITY;
    if (isnan(throughput->half_width))
        *high = NAN;
    return true;
}
