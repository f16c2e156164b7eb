/* Coasting against a closed form: a masked row of a Pareto length goes round and round, and events at a fixed
 * distance wait for its end. What is left of a renewal of length L at a time that knows nothing of it lies
 * above x with probability E(L - x)+ / E(L). The long tail is in rows that reach beyond their caps: they are
 * met by events only if a bad round is executed with the lengths that were drawn for it.
 */
#include "irqpath/coast.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { EVENTS = 400000, THRESHOLDS = 8 };
static const irqp_time INTERVAL = 100 * IRQP_US + 7 * IRQP_NS;
static const double MINIMUM = 1e6, EXPONENT = 2.5; /* of the length, in ps */
static const irqp_time thresholds[THRESHOLDS] = {0,       300000,   1000000,  2000000,
                                                 5000000, 10000000, 15000000, 25000000};

struct loop {
    struct irqp_cpu cpu;
    struct irqp_thread thread;
    struct irqp_program program;
    struct irqp_coast *coast; /* NULL: row by row */
    struct irqp_script script;
    irqp_time came;
    uint64_t events, rounds, coasted, above[THRESHOLDS];
};

enum { COAST = IRQP_EFFECT_MODEL, ROUND };

static void begin_round(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct loop *loop = cpu->model;
    if (!loop->coast || cpu->pending || cpu->thread->script)
        return;
    unsigned rounds = irqp_coast_rounds(loop->coast, cpu);
    if (!rounds)
        return;
    unsigned done = irqp_coast_go(loop->coast, cpu, rounds, &loop->script);
    loop->rounds += done;
    loop->coasted += done;
    if (!cpu->thread->script)
        cpu->thread->top->pc = 0;
}

static void end_round(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    ((struct loop *)cpu->model)->rounds++;
}

static enum irqp_way on(const struct irqp_row *row)
{
    return row->effect == ROUND ? IRQP_WAY_ON : IRQP_WAY_UNKNOWN;
}

static irqp_effect *const effects[] = {begin_round, end_round};
static struct irqp_row rows[] = {
    {0, IRQP_MODE_USER, COAST, 0, 0},
    {1, IRQP_MODE_KERNEL | IRQP_ROW_MASKED, ROUND, 0, 0},
    {0, IRQP_MODE_USER, IRQP_EFFECT_GOTO, 0, 0},
};
static struct irqp_path path = {"loop", NULL, 0, 3};

static void event(struct irqp_cpu *cpu, unsigned slot)
{
    struct loop *loop = cpu->model;
    loop->came = cpu->now;
    cpu->pending = 1;
    irqp_arm(cpu, slot, cpu->now + INTERVAL);
}

static void accept(struct irqp_cpu *cpu, unsigned line)
{
    (void)line;
    struct loop *loop = cpu->model;
    cpu->pending = 0;
    for (int i = 0; i < THRESHOLDS; i++)
        loop->above[i] += cpu->now - loop->came > thresholds[i];
    if (++loop->events == EVENTS)
        irqp_cpu_stop(cpu, IRQP_OK);
}

/* E(L - x)+ / E(L) of the Pareto distribution. */
static double left_above(double x)
{
    double mean = MINIMUM * EXPONENT / (EXPONENT - 1);
    double beyond = MINIMUM / (EXPONENT - 1) * pow(fmax(x, MINIMUM) / MINIMUM, 1 - EXPONENT);
    return (x < MINIMUM ? MINIMUM - x + beyond : beyond) / mean;
}

static void run(struct loop *loop, struct irqp_table costs[2], bool coasts)
{
    memset(loop, 0, sizeof *loop);
    loop->program = (struct irqp_program){.rows = rows,
                                          .row_count = 3,
                                          .paths = &path,
                                          .path_count = 1,
                                          .costs = costs,
                                          .cost_count = 2,
                                          .effects = effects,
                                          .maskable = 1,
                                          .fire = event,
                                          .accept = accept};
    assert_int_equal(irqp_program_prepare(&loop->program), IRQP_OK);
    if (coasts) {
        assert_int_equal(irqp_coast_new(&loop->coast, &loop->program, 0, on), IRQP_OK);
        assert_non_null(loop->coast);
    }
    irqp_cpu_init(&loop->cpu, &loop->program, 1, loop);
    irqp_thread_init(&loop->thread, 0);
    irqp_stream_init(&loop->thread.streams[0], 7, 0, 0, 0);
    irqp_switch(&loop->cpu, &loop->thread);
    irqp_push(&loop->cpu, &loop->thread, 0, 0);
    irqp_arm(&loop->cpu, 0, INTERVAL);
    assert_int_equal(irqp_cpu_run(&loop->cpu), IRQP_OK);
    irqp_coast_free(loop->coast);
    irqp_program_forget(&loop->program);
}

static void make_costs(struct irqp_table costs[2])
{
    struct irqp_distribution *none = irqp_distribution_new(IRQP_CONSTANT, 0, 0, 0);
    struct irqp_distribution *pareto = irqp_distribution_new(IRQP_PARETO, MINIMUM, EXPONENT, 0);
    assert_int_equal(irqp_table_init(&costs[0], none, NULL), IRQP_OK);
    assert_int_equal(irqp_table_init(&costs[1], pareto, NULL), IRQP_OK);
    irqp_distribution_free(none);
    irqp_distribution_free(pareto);
}

static void residual_lengths(void **state)
{
    (void)state;
    static struct loop loop;
    struct irqp_table costs[2];
    make_costs(costs);
    for (int coasts = 0; coasts < 2; coasts++) {
        run(&loop, costs, coasts);
        for (int i = 0; i < THRESHOLDS; i++) {
            double p = left_above((double)thresholds[i]), found = (double)loop.above[i] / EVENTS;
            double error =
                sqrt(p * (1 - p) / EVENTS) + 1e-5; /* events are 60 rounds apart, not infinitely many */
            if (fabs(found - p) > 5 * error)
                fail_msg("%s: above %.1f us: %g, expected %g", coasts ? "coasting" : "row by row",
                         (double)thresholds[i] / 1e6, found, p);
        }
        /* Renewals in so much time: their number scatters by sqrt(n) cv, cv^2 = 1 / (a (a - 2)). */
        double mean = MINIMUM * EXPONENT / (EXPONENT - 1), expected = (double)loop.cpu.now / mean;
        double scatter = sqrt(expected / (EXPONENT * (EXPONENT - 2)));
        assert_true(fabs((double)loop.rounds - expected) < 6 * scatter + 2e-4 * expected);
        assert_int_equal(loop.cpu.mode_time[IRQP_MODE_KERNEL], loop.cpu.now);
        assert_true(!coasts || loop.coasted > loop.rounds / 2);
    }
    irqp_table_fini(&costs[0]);
    irqp_table_fini(&costs[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(residual_lengths)};
    return cmocka_run_group_tests_name("coast", tests, NULL, NULL);
}
