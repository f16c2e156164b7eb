/* What happens per second does not depend on the length of a batch: each batch draws the phases of the
 * oscillators and the load's point of life. The microkernel's tick slides by 0.153 us per millisecond, so
 * that wake-ups are hit in runs of some ten; a batch that always began at the same phase would be wrong by a
 * factor, and so would an interval over samples.
 */
#include "harness.h"
#include <math.h>

struct rate {
    double mean, error; /* standard error, from the scatter of the batches */
};

/* Counter per simulated second, or per sample. */
static struct rate rate_over_batches(const struct subject *subject, enum counter counter, bool per_sample,
                                     uint64_t samples, uint64_t batches)
{
    double sum = 0, squares = 0;
    for (uint64_t batch = 0; batch < batches; batch++) {
        struct outcome *outcome = outcome_of_batch(subject, 11, batch, samples, false);
        assert_int_equal(outcome->status, IRQP_OK);
        double divisor = per_sample ? (double)samples : (double)outcome->result.simulated / IRQP_S;
        double rate = (double)outcome->result.counters[counter] / divisor;
        sum += rate;
        squares += rate * rate;
        outcome_free(outcome);
    }
    double n = (double)batches, mean = sum / n;
    return (struct rate){mean, sqrt((squares - n * mean * mean) / (n - 1) / n)};
}

/* The same total number of samples in short, middling and long batches. Tolerance: four standard errors of
 * the difference; with fixed seeds the outcome is the same every time. */
static void does_not_depend_on_length(const char *file, const char *const *overrides, enum counter counter,
                                      bool per_sample, uint64_t total)
{
    static const uint64_t lengths[] = {500, 2000, 10000};
    struct subject subject = subject_make(file, overrides, NULL);
    struct rate rates[3];
    for (int i = 0; i < 3; i++) {
        rates[i] = rate_over_batches(&subject, counter, per_sample, lengths[i], total / lengths[i]);
        print_message("%s: %5d samples per batch: %.5g +- %.2g\n",
                      irqp_interrupt_path.counter_name(subject.machine, counter), (int)lengths[i],
                      rates[i].mean, rates[i].error);
    }
    assert_true(rates[0].mean > 0);
    for (int i = 1; i < 3; i++)
        assert_true(fabs(rates[i].mean - rates[0].mean) < 4 * hypot(rates[i].error, rates[0].error));
    subject_drop(&subject);
}

static void tick_hits(void **state)
{
    (void)state;
    does_not_depend_on_length(MICRO("spin"), OVERRIDES("placement=rehosted", "design.tick.device=pit"),
                              COUNT_TICK_HITS, true, 2000000);
}

static void exits(void **state)
{
    (void)state;
    does_not_depend_on_length(SCENARIOS "/paper/fig7-compile-l4linux.yaml", NULL, COUNT_EXITS, false, 100000);
}

static void faults(void **state)
{
    (void)state;
    does_not_depend_on_length(SCENARIOS "/paper/fig7-compile-l4linux.yaml", NULL, COUNT_FAULTS, false,
                              100000);
}

/* Messages per second of a few short batches against two long ones, as a share. */
static double short_batches_excess(const char *file)
{
    struct subject subject = subject_make(file, OVERRIDES("cyclictest.interval=1 ms"), NULL);
    double few = rate_over_batches(&subject, COUNT_MESSAGES, false, 500, 20).mean;
    double many = rate_over_batches(&subject, COUNT_MESSAGES, false, 10000, 2).mean;
    print_message("%s: %.5g, %.5g\n", strrchr(file, '/') + 1, few, many);
    subject_drop(&subject);
    return few / many - 1;
}

/* hackbench settles slowly: its processes begin with equal virtual run times and spread for some seconds, in
 * which the switches per second rise by half. The settled load's rate does not depend on the length of a
 * batch. Where the rate is the result (figure 2), the warm-up leaves less than a hundredth; in the
 * histograms' scenarios, whose warm-up is shorter, the load is up to two hundredths faster. */
static void messages(void **state)
{
    (void)state;
    static const char histogram[] = SCENARIOS "/paper/fig6-hackbench-l4linux.yaml";
    does_not_depend_on_length(histogram, OVERRIDES("run.warm_up=4 s"), COUNT_MESSAGES, false, 20000);
    assert_true(fabs(short_batches_excess(SCENARIOS "/paper/fig2-hackbench-l4linux.yaml")) < 0.01);
    assert_true(fabs(short_batches_excess(histogram)) < 0.02);
}

/* A tick hits a wake-up if it comes within its latency, or so shortly before that it is still being handled.
 */
static void tick_hits_by_hand(void **state)
{
    (void)state;
    struct subject subject =
        subject_make(MICRO("spin"), OVERRIDES("placement=rehosted", "design.tick.device=pit"), NULL);
    subject_without_grid(&subject);
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 100, false);
    irqp_time latency = outcome->result.thread.minimum;
    outcome_free(outcome);
    irqp_time handling =
        sum_of_costs(&subject, "microkernel.irq_entry hardware.local_apic_eoi microkernel.tick"
                               " microkernel.return microkernel.tick_refill");
    double expected = (double)(latency + handling) / (1193 / 1193182.0 * IRQP_S);
    struct rate rate = rate_over_batches(&subject, COUNT_TICK_HITS, true, 1000, 2000);
    print_message("hit by a tick: expected %.5f, counted %.5f +- %.5f\n", expected, rate.mean, rate.error);
    assert_true(fabs(rate.mean - expected) < 4 * rate.error);
    assert_true(rate.error < 0.1 * expected);
    subject_drop(&subject);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tick_hits), cmocka_unit_test(tick_hits_by_hand), cmocka_unit_test(exits),
        cmocka_unit_test(faults),    cmocka_unit_test(messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
