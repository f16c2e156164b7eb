/* What is uncertain in a scenario, and the hypercube that draws it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "irqpath/reproduce.h"
#include "tests/test_registry.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct irqp_scenario *load(const char *text)
{
    char file[] = "/tmp/irqpath-vary-XXXXXX";
    int descriptor = mkstemp(file);
    struct irqp_diagnostics diagnostics;
    struct irqp_scenario *scenario;
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, text, strlen(text)), strlen(text));
    close(descriptor);
    irqp_diagnostics_init(&diagnostics);
    assert_int_equal(irqp_scenario_load(&scenario, &test_registry, file, NULL, 0, NULL, &diagnostics),
                     IRQP_OK);
    irqp_diagnostics_fini(&diagnostics);
    unlink(file);
    return scenario;
}

static const char text[] =
    "note: x\n"
    "share: {value: 0.5, range: [0.25, 0.75]}\n"
    "cyclictest: {interval: {value: 1 ms, source: 'estimate: any'}}\n"
    "costs:\n"
    "  microkernel:\n"
    "    irq_entry: {dist: gamma, mean: 0.2 us, cv: 0.1, range: [0.1 us, 0.8 us], source: 'estimate: any'}\n"
    "    ipc: {value: 1 us, source: 'estimate: any'}\n"
    "  guest:\n"
    "    context_switch: {value: 2 us, follows: costs.microkernel.irq_entry, source: 'fitted to a sum'}\n"
    "load:\n"
    "  steps:\n"
    "    - compute: {dist: exponential, mean: 3 us, source: 'estimate: any'}\n"
    "    - compute: {value: 3 us, source: 'paper: 4'}\n";

static const struct irqp_quantity *find(const struct irqp_quantity *quantities, size_t count,
                                        size_t parameter)
{
    for (size_t i = 0; i < count; i++)
        if (quantities[i].parameter == parameter)
            return &quantities[i];
    return NULL;
}

static void quantities_and_their_factors(void **state)
{
    (void)state;
    struct irqp_scenario *scenario = load(text);
    struct irqp_quantity *quantities;
    size_t count;
    assert_int_equal(irqp_scenario_quantities(scenario, &quantities, &count), IRQP_OK);
    assert_int_equal(count, 5); /* not the interval: no cost, and no range */
    const struct irqp_quantity *share = find(quantities, count, TEST_SHARE);
    assert_true(share->stated && share->low == 0.5 && share->high == 1.5);
    const struct irqp_quantity *entry = find(quantities, count, TEST_IRQ_ENTRY);
    assert_true(entry->stated && fabs(entry->low - 0.5) < 1e-9 && fabs(entry->high - 4) < 1e-9);
    const struct irqp_quantity *ipc = find(quantities, count, TEST_IPC);
    assert_true(!ipc->stated && ipc->high == IRQP_DEFAULT_RANGE);
    const struct irqp_quantity *follower = find(quantities, count, TEST_SWITCH);
    assert_string_equal(follower->path, "costs.microkernel.irq_entry");
    assert_true(follower->high == entry->high);
    const struct irqp_quantity *load_step = find(quantities, count, TEST_LOAD);
    assert_string_equal(load_step->path, "load.steps.1.compute");

    assert_int_equal(irqp_scenario_vary(scenario, entry, 2), IRQP_OK);
    assert_int_equal(irqp_scenario_vary(scenario, share, 1.2), IRQP_OK);
    assert_int_equal(irqp_scenario_vary(scenario, load_step, 3), IRQP_OK);
    struct irqp_distribution *varied = irqp_scenario_value(scenario, TEST_IRQ_ENTRY)->cost, *step = NULL;
    assert_true(fabs(irqp_distribution_mean(varied) - 0.4e6) < 1 && varied->b == 0.1);
    assert_true(fabs(irqp_scenario_value(scenario, TEST_SHARE)->real - 0.6) < 1e-12);
    struct irqp_diagnostics diagnostics;
    irqp_diagnostics_init(&diagnostics);
    assert_true(irqp_tree_cost(load_step->tree, scenario, "a step", &step, &diagnostics));
    assert_true(fabs(irqp_distribution_mean(step) - 9e6) < 1);
    irqp_distribution_free(step);
    irqp_diagnostics_fini(&diagnostics);
    free(quantities);
    irqp_scenario_free(scenario);
}

/* Of every kind that may have a range, in base units; and after it was varied. */
static void numbers(void **state)
{
    (void)state;
    struct irqp_scenario *scenario = load(text);
    struct irqp_quantity *quantities;
    size_t count;
    assert_true(irqp_scenario_number(scenario, TEST_CLOCK) == 2.7e9);
    assert_true(irqp_scenario_number(scenario, TEST_CYCLICTEST_INTERVAL) == 1e9);
    assert_true(irqp_scenario_number(scenario, TEST_SHARE) == 0.5);
    assert_true(fabs(irqp_scenario_number(scenario, TEST_IRQ_ENTRY) - 0.2e6) < 1);
    static const size_t none[] = {TEST_PLACEMENT, TEST_TICKLESS, TEST_RUN_SEED,
                                  TEST_MEMORY,    TEST_NOTE,     TEST_LOAD};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_true(irqp_scenario_number(scenario, none[i]) == 0);
    assert_int_equal(irqp_scenario_quantities(scenario, &quantities, &count), IRQP_OK);
    assert_int_equal(irqp_scenario_vary(scenario, find(quantities, count, TEST_IRQ_ENTRY), 3), IRQP_OK);
    assert_true(fabs(irqp_scenario_number(scenario, TEST_IRQ_ENTRY) - 0.6e6) < 1);
    free(quantities);
    irqp_scenario_free(scenario);
}

/* The resolved scenario has the same ranges. */
static void ranges_survive(void **state)
{
    (void)state;
    struct irqp_scenario *scenario = load(text);
    char *resolved = irqp_scenario_resolved(scenario);
    struct irqp_scenario *again = load(resolved);
    const struct irqp_value *entry = irqp_scenario_value(again, TEST_IRQ_ENTRY);
    assert_true(entry->ranged && fabs(entry->low - 0.1e6) < 1 && fabs(entry->high - 0.8e6) < 1);
    assert_string_equal(entry->range, "0.1 us to 0.8 us");
    assert_string_equal(entry->written, "{dist: gamma, mean: 0.2 us, cv: 0.1}");
    assert_string_equal(irqp_scenario_value(again, TEST_SWITCH)->follows, "costs.microkernel.irq_entry");
    free(resolved);
    irqp_scenario_free(again);
    irqp_scenario_free(scenario);
}

/* One point in each of n equal parts, and nothing to do with the points of another dimension. */
static void points_of_the_hypercube(void **state)
{
    (void)state;
    enum { N = 1000 };
    static double a[N], b[N];
    bool seen[N] = {false};
    irqp_latin_points(a, N, 1, "a");
    irqp_latin_points(b, N, 1, "b");
    double product = 0;
    for (int i = 0; i < N; i++) {
        assert_true(a[i] > 0 && a[i] < 1);
        assert_false(seen[(int)(a[i] * N)]);
        seen[(int)(a[i] * N)] = true;
        product += (a[i] - 0.5) * (b[i] - 0.5);
    }
    assert_true(fabs(product / N * 12) < 0.1); /* correlation: three standard deviations of none */
    irqp_latin_points(b, N, 1, "a");
    assert_memory_equal(a, b, sizeof a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantities_and_their_factors),
        cmocka_unit_test(numbers),
        cmocka_unit_test(ranges_survive),
        cmocka_unit_test(points_of_the_hypercube),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
