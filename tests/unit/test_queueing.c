/* The engine against closed forms of queueing and renewal theory.
 *
 * A queue is a level-triggered line: customers arrive at a slot, the line pends while any waits, accepting it
 * pushes the service. A critical section is a masked row between unmasked ones. Tolerances are four standard
 * errors, estimated from the batches of the run itself; seeds are fixed, so the outcome is too.
 */
#include "irqpath/engine.h"
#include "irqpath/histogram.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { BATCHES = 40, POINTS = 5 };

/* Mean and standard error over batches. */
struct estimate {
    double sum, squares;
    int count;
};

static void add(struct estimate *estimate, double value)
{
    estimate->sum += value;
    estimate->squares += value * value;
    estimate->count++;
}

static double mean_of(const struct estimate *estimate)
{
    return estimate->sum / estimate->count;
}

static double error_of(const struct estimate *estimate)
{
    double n = estimate->count, mean = mean_of(estimate);
    return sqrt(fmax(estimate->squares / n - mean * mean, 0) / (n - 1));
}

/* Within four standard errors, and those are small enough for that to mean something. */
static void assert_estimates(const struct estimate *estimate, double expected, double precision)
{
    double error = error_of(estimate);
    if (fabs(mean_of(estimate) - expected) > 4 * error || error > precision * expected)
        fail_msg("%g +- %g, expected %g", mean_of(estimate), error, expected);
}

static struct irqp_table table_of(enum irqp_distribution_kind kind, double a, double b)
{
    struct irqp_table table;
    struct irqp_distribution *distribution = irqp_distribution_new(kind, a, b, 0);
    assert_int_equal(irqp_table_init(&table, distribution, NULL), IRQP_OK);
    irqp_distribution_free(distribution);
    return table;
}

/* ---- the machine: arrivals at slot 0, line 0 while there is one that was not accepted ---- */

enum { ARRIVAL, OTHER, OWN, COSTS };
enum { PATH_MAIN, PATH_SERVICE, PATHS };
enum { WAITING_MAX = 1 << 12 };

struct machine {
    struct irqp_cpu cpu;
    struct irqp_program program;
    struct irqp_thread thread;
    struct irqp_stream arrivals;
    struct irqp_table costs[COSTS];
    irqp_time came[WAITING_MAX]; /* a ring of those that were not accepted yet */
    unsigned first, waiting;
    bool together; /* all that wait are accepted at once, and need no service */
    bool counts;   /* past the warm-up */
    uint64_t wanted;
    struct irqp_histogram waits;
};

static void arrive(struct irqp_cpu *cpu, unsigned slot)
{
    struct machine *machine = cpu->model;
    assert_true(machine->waiting < WAITING_MAX);
    machine->came[(machine->first + machine->waiting++) % WAITING_MAX] = cpu->now;
    cpu->pending = 1;
    irqp_arm(cpu, slot, cpu->now + irqp_draw(cpu, &machine->arrivals, ARRIVAL));
}

static void serve(struct irqp_cpu *cpu, unsigned line)
{
    struct machine *machine = cpu->model;
    assert_int_equal(line, 0);
    do {
        irqp_time wait = cpu->now - machine->came[machine->first];
        machine->first = (machine->first + 1) % WAITING_MAX;
        machine->waiting--;
        assert_int_equal(irqp_histogram_record(&machine->waits, wait), IRQP_OK);
    } while (machine->together && machine->waiting);
    if (!machine->waiting)
        cpu->pending = 0;
    if (machine->waits.total >= machine->wanted)
        irqp_cpu_stop(cpu, IRQP_OK);
    if (!machine->together)
        irqp_push(cpu, &machine->thread, PATH_SERVICE, 0);
}

/* A machine whose main path is two rows, over and over: row 0 with a cost and row 1 with another. */
static struct machine *machine_new(struct irqp_row *rows, struct irqp_path *paths, struct irqp_table arrival,
                                   struct irqp_table other, struct irqp_table own, uint64_t seed)
{
    struct machine *machine = calloc(1, sizeof *machine);
    assert_non_null(machine);
    machine->costs[ARRIVAL] = arrival;
    machine->costs[OTHER] = other;
    machine->costs[OWN] = own;
    machine->program = (struct irqp_program){
        .rows = rows,
        .paths = paths,
        .costs = machine->costs,
        .cost_count = COSTS,
        .maskable = UINT64_MAX,
        .fire = arrive,
        .accept = serve,
    };
    irqp_cpu_init(&machine->cpu, &machine->program, 1, machine);
    irqp_thread_init(&machine->thread, 0);
    irqp_stream_init(&machine->arrivals, seed, 0, 1, 0);
    irqp_stream_init(&machine->thread.streams[0], seed, 0, 2, 0);
    irqp_switch(&machine->cpu, &machine->thread);
    irqp_push(&machine->cpu, &machine->thread, PATH_MAIN, 0);
    irqp_arm(&machine->cpu, 0, 1);
    irqp_histogram_init(&machine->waits);
    assert_int_equal(irqp_histogram_reserve(&machine->waits, IRQP_MS), IRQP_OK);
    return machine;
}

static void machine_free(struct machine *machine)
{
    irqp_histogram_fini(&machine->waits);
    for (int i = 0; i < COSTS; i++)
        irqp_table_fini(&machine->costs[i]);
    free(machine);
}

/* ---- M/G/1 ---- */

static struct irqp_row server_rows[] = {
    {IRQP_COST_FOREVER, IRQP_MODE_IDLE, IRQP_EFFECT_NONE, 0, 0},
    {OWN, IRQP_MODE_KERNEL | IRQP_ROW_MASKED, IRQP_EFFECT_POP, 0, 0},
};
static struct irqp_path server_paths[PATHS] = {{"idle", NULL, 0, 1}, {"service", NULL, 1, 1}};

static const double MEAN = 700e3; /* of a service, ps */

static struct machine *queue_new(enum irqp_distribution_kind kind, double a, double b, double load,
                                 uint64_t seed)
{
    return machine_new(server_rows, server_paths, table_of(IRQP_EXPONENTIAL, MEAN / load, 0),
                       table_of(IRQP_CONSTANT, 0, 0), table_of(kind, a, b), seed);
}

/* Pollaczek and Khinchine: the mean wait is lambda E[S^2] / (2 (1 - rho)). */
static void assert_pollaczek_khinchine(enum irqp_distribution_kind kind, double a, double b,
                                       double second_moment, double load)
{
    enum { CUSTOMERS = 30000 };
    struct machine *machine = queue_new(kind, a, b, load, 20260);
    struct estimate wait = {0}, busy = {0};
    for (int batch = -1; batch < BATCHES; batch++) { /* the first fills the queue and is not counted */
        irqp_time from = machine->cpu.now, served = machine->cpu.mode_time[IRQP_MODE_KERNEL];
        irqp_histogram_clear(&machine->waits);
        machine->wanted = CUSTOMERS;
        assert_int_equal(irqp_cpu_run(&machine->cpu), IRQP_OK);
        double mean;
        assert_true(irqp_histogram_mean(&machine->waits, &mean));
        if (batch < 0)
            continue;
        add(&wait, mean);
        add(&busy,
            (double)(machine->cpu.mode_time[IRQP_MODE_KERNEL] - served) / (double)(machine->cpu.now - from));
    }
    assert_estimates(&wait, load / MEAN * second_moment / (2 * (1 - load)), 0.01);
    assert_estimates(&busy, load, 0.002);
    machine_free(machine);
}

static void waits_of_m_m_1(void **state)
{
    (void)state;
    assert_pollaczek_khinchine(IRQP_EXPONENTIAL, MEAN, 0, 2 * MEAN * MEAN, 0.3);
    assert_pollaczek_khinchine(IRQP_EXPONENTIAL, MEAN, 0, 2 * MEAN * MEAN, 0.75);
}

static void waits_of_m_d_1(void **state)
{
    (void)state;
    assert_pollaczek_khinchine(IRQP_CONSTANT, MEAN, 0, MEAN * MEAN, 0.3);
    assert_pollaczek_khinchine(IRQP_CONSTANT, MEAN, 0, MEAN * MEAN, 0.75);
}

static void waits_with_uniform_service(void **state)
{
    (void)state;
    double a = 0.2 * MEAN, b = 1.8 * MEAN;
    assert_pollaczek_khinchine(IRQP_UNIFORM, a, b, (a * a + a * b + b * b) / 3, 0.6);
}

static void waits_with_lognormal_service(void **state)
{
    (void)state;
    double cv = 1.2;
    assert_pollaczek_khinchine(IRQP_LOGNORMAL, MEAN, cv, MEAN * MEAN * (1 + cv * cv), 0.6);
}

/* The whole distribution: P(W > t) = rho exp(-(1 - rho) t / m); and it does not wait with 1 - rho. */
static void distribution_of_waits_of_m_m_1(void **state)
{
    (void)state;
    const double load = 0.75;
    static const double tails[POINTS] = {0.7, 0.3, 0.1, 0.01, 0.001};
    struct estimate beyond[POINTS] = {0};
    struct machine *machine = queue_new(IRQP_EXPONENTIAL, MEAN, 0, load, 4711);
    for (int batch = -1; batch < BATCHES; batch++) {
        irqp_histogram_clear(&machine->waits);
        machine->wanted = 30000;
        assert_int_equal(irqp_cpu_run(&machine->cpu), IRQP_OK);
        for (int i = 0; batch >= 0 && i < POINTS; i++) {
            irqp_time t = (irqp_time)(MEAN / (1 - load) * log(load / tails[i]));
            add(&beyond[i], (double)irqp_histogram_exceeding(&machine->waits, t) / 30000);
        }
    }
    for (int i = 0; i < POINTS; i++)
        assert_estimates(&beyond[i], tails[i], 0.25);
    machine_free(machine);
}

static void both_dispatchers_serve_alike(void **state)
{
    (void)state;
    struct machine *one = queue_new(IRQP_LOGNORMAL, MEAN, 2, 0.9, 5);
    struct machine *other = queue_new(IRQP_LOGNORMAL, MEAN, 2, 0.9, 5);
    one->wanted = other->wanted = 20000;
    assert_int_equal(irqp_cpu_run(&one->cpu), IRQP_OK);
    assert_int_equal(irqp_cpu_run_naive(&other->cpu), IRQP_OK);
    assert_int_equal(one->cpu.now, other->cpu.now);
    assert_int_equal(one->cpu.steps, other->cpu.steps);
    assert_int_equal(one->cpu.draws, other->cpu.draws);
    assert_int_equal(one->waits.total, other->waits.total);
    assert_true(one->waits.sum == other->waits.sum);
    assert_int_equal(one->waits.capacity, other->waits.capacity);
    assert_memory_equal(one->waits.counts, other->waits.counts,
                        one->waits.capacity * sizeof *one->waits.counts);
    machine_free(one);
    machine_free(other);
}

/* ---- residual life ---- */

static struct irqp_row section_rows[] = {
    {OTHER, IRQP_MODE_KERNEL, IRQP_EFFECT_NONE, 0, 0},
    {OWN, IRQP_MODE_KERNEL | IRQP_ROW_MASKED, IRQP_EFFECT_GOTO, 0, 0},
};
static struct irqp_path section_paths[PATHS] = {{"load", NULL, 0, 2}};

/* An interrupt that comes at a random moment waits with probability r m (r sections per second of mean length
 * m), and then for the residual life of a section: density (1 - F) / m. So P(wait > t) = r times the integral
 * of 1 - F from t on. Poisson arrivals see time averages, those too that find others waiting. */
static void assert_residual(enum irqp_distribution_kind kind, double a, double b, const double points[POINTS])
{
    enum { ARRIVALS = 20000 };
    const double open = 900e3; /* mean length of what is between two sections */
    struct machine *machine = machine_new(section_rows, section_paths, table_of(IRQP_EXPONENTIAL, 5e6, 0),
                                          table_of(IRQP_EXPONENTIAL, open, 0), table_of(kind, a, b), 99);
    machine->together = true;
    struct irqp_distribution *section = irqp_distribution_new(kind, a, b, 0);
    double m = irqp_distribution_mean(section), rate = 1 / (open + m);

    struct estimate beyond[POINTS] = {0};
    for (int batch = 0; batch < BATCHES; batch++) {
        irqp_histogram_clear(&machine->waits);
        machine->wanted = ARRIVALS;
        assert_int_equal(irqp_cpu_run(&machine->cpu), IRQP_OK);
        double n = (double)machine->waits.total;
        for (int i = 0; i < POINTS; i++) {
            irqp_time t = (irqp_time)llround(points[i] * m); /* whole nanoseconds: edges of bins */
            add(&beyond[i], (double)irqp_histogram_exceeding(&machine->waits, t) / n);
        }
    }
    for (int i = 0; i < POINTS; i++) {
        /* the integral, by the midpoints of many small pieces up to where nothing is left */
        enum { PIECES = 20000 };
        double from = points[i] * m, until = irqp_distribution_upper_quantile(section, 1e-9), sum = 0;
        for (int k = 0; k < PIECES; k++)
            sum += irqp_distribution_upper(section, from + (k + 0.5) * (until - from) / PIECES);
        assert_estimates(&beyond[i], rate * sum * (until - from) / PIECES, 0.05);
    }
    irqp_distribution_free(section);
    machine_free(machine);
}

static void residual_of_constant_sections(void **state)
{
    (void)state;
    assert_residual(IRQP_CONSTANT, 300e3, 0, (const double[POINTS]){0.01, 0.1, 0.5, 0.9, 0.97});
}

static void residual_of_uniform_sections(void **state)
{
    (void)state;
    assert_residual(IRQP_UNIFORM, 100e3, 500e3, (const double[POINTS]){0.01, 0.2, 0.5, 1, 1.5});
}

static void residual_of_exponential_sections(void **state)
{
    (void)state;
    assert_residual(IRQP_EXPONENTIAL, 300e3, 0, (const double[POINTS]){0.01, 0.2, 1, 2, 4});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_of_m_m_1),
        cmocka_unit_test(waits_of_m_d_1),
        cmocka_unit_test(waits_with_uniform_service),
        cmocka_unit_test(waits_with_lognormal_service),
        cmocka_unit_test(distribution_of_waits_of_m_m_1),
        cmocka_unit_test(both_dispatchers_serve_alike),
        cmocka_unit_test(residual_of_constant_sections),
        cmocka_unit_test(residual_of_uniform_sections),
        cmocka_unit_test(residual_of_exponential_sections),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
