/* Loading scenarios: values of every kind, extends, overrides, the resolved text, and input that nobody would
 * write. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/test_registry.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* ---- a folder of its own, which is the working directory of the tests ---- */

static char folder[] = "/tmp/irqpath-test-XXXXXX";

static int enter_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int leave_folder(void **state)
{
    (void)state;
    char command[sizeof folder + 16];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return chdir("/") == 0 ? system(command) : -1;
}

static void write_bytes(const char *file, const char *bytes, size_t size)
{
    FILE *out = fopen(file, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(bytes, 1, size, out), size);
    assert_int_equal(fclose(out), 0);
}

static void write_text(const char *file, const char *text)
{
    write_bytes(file, text, strlen(text));
}

/* ---- loading ---- */

static void print_all(const struct irqp_diagnostics *diagnostics)
{
    for (size_t i = 0; i < diagnostics->count; i++) {
        char *text = irqp_diagnostic_render(&diagnostics->items[i]);
        print_error("%s", text);
        free(text);
    }
}

static struct irqp_scenario *load_with(const char *file, const char *const *overrides, size_t count)
{
    struct irqp_diagnostics diagnostics;
    struct irqp_scenario *scenario;
    irqp_diagnostics_init(&diagnostics);
    enum irqp_status status = irqp_scenario_load(&scenario, &test_registry, file, overrides, count,
                                                 "nowhere::installed", &diagnostics);
    print_all(&diagnostics);
    irqp_diagnostics_fini(&diagnostics);
    assert_int_equal(status, IRQP_OK);
    return scenario;
}

static struct irqp_scenario *load(const char *text)
{
    write_text("test.yaml", text);
    return load_with("test.yaml", NULL, 0);
}

static const struct irqp_value *value_of(const struct irqp_scenario *scenario, enum test_parameter parameter)
{
    return irqp_scenario_value(scenario, parameter);
}

/* ---- values ---- */

static void defaults_are_values(void **state)
{
    (void)state;
    struct irqp_scenario *scenario = load("note: x\n");
    assert_ptr_equal(irqp_scenario_registry(scenario), &test_registry);
    assert_string_equal(irqp_scenario_name(scenario), "test");
    assert_string_equal(irqp_scenario_title(scenario), "test");
    assert_true(value_of(scenario, TEST_CLOCK)->real == 2.7e9);
    assert_int_equal(value_of(scenario, TEST_MEMORY)->count, 1 << 30);
    assert_int_equal(value_of(scenario, TEST_PLACEMENT)->choice, 0);
    assert_false(value_of(scenario, TEST_TICKLESS)->on);
    assert_int_equal(value_of(scenario, TEST_CYCLICTEST_INTERVAL)->duration, IRQP_MS);
    assert_int_equal(value_of(scenario, TEST_RUN_SAMPLES)->count, 1000000);
    assert_null(value_of(scenario, TEST_LOAD)->tree);
    const struct irqp_value *entry = value_of(scenario, TEST_IRQ_ENTRY);
    assert_int_equal(entry->cost->kind, IRQP_GAMMA);
    assert_int_equal(entry->origin, IRQP_FROM_DEFAULT);
    assert_null(entry->place);
    assert_string_equal(entry->source, "estimate: 400 cycles at 2.7 GHz");
    assert_string_equal(entry->written, "{dist: gamma, mean: 0.15 us, cv: 0.1}");
    irqp_scenario_free(scenario);
}

static void values_know_where_they_stand(void **state)
{
    (void)state;
    struct irqp_scenario *scenario = load("note: x\ntitle: A title\n"
                                          "machine: {clock: {value: 1 GHz, source: \"measured: here\"}}\n"
                                          "costs:\n  guest:\n    context_switch: 2 us # why\n");
    const struct irqp_value *clock = value_of(scenario, TEST_CLOCK);
    assert_string_equal(irqp_scenario_title(scenario), "A title");
    assert_string_equal(clock->source, "measured: here");
    assert_string_equal(clock->written, "1 GHz");
    const struct irqp_value *cost = value_of(scenario, TEST_SWITCH);
    assert_int_equal(cost->origin, IRQP_FROM_FILE);
    assert_string_equal(cost->place->file, "test.yaml");
    assert_int_equal(cost->place->line, 6);
    assert_int_equal(cost->place->column, 21);
    assert_int_equal(cost->place->length, 4);
    assert_string_equal(cost->place->text, "    context_switch: 2 us # why");
    assert_null(cost->source);
    irqp_scenario_free(scenario);
}

static void units_scale(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        irqp_time duration;
    } durations[] = {
        {"1000000ps", IRQP_US},        {"1e3 ns", IRQP_US},          {"3.65 us", 3650000},
        {"3.65 \xc2\xb5s", 3650000},   {"3.65\xce\xbcs", 3650000},   {"1.5 ms", 1500 * IRQP_US},
        {"\"2 s\"", 2 * IRQP_S},       {".1 min", 6 * IRQP_S},       {"0.001 h", 3600 * IRQP_MS},
        {"+5400 cycles", 2 * IRQP_US}, {"2\xc2\xa0us", 2 * IRQP_US}, {"0.15 ms", 150 * IRQP_US},
    };
    for (size_t i = 0; i < sizeof durations / sizeof *durations; i++) {
        char text[100];
        snprintf(text, sizeof text, "note: x\ncyclictest: {interval: %s}\n", durations[i].text);
        struct irqp_scenario *scenario = load(text);
        assert_int_equal(value_of(scenario, TEST_CYCLICTEST_INTERVAL)->duration, durations[i].duration);
        irqp_scenario_free(scenario);
    }
    struct irqp_scenario *scenario = load("note: x\nmachine: {clock: 333 MHz, memory: 64 kB}\nrun: {seed: "
                                          "9223372036854775807, warm_up: 2500 h}\n"
                                          "design: {tickless: TRUE, guest_timer: 'off'}\nshare: 2.5e-1\n"
                                          "costs: {microkernel: {ipc: 333 cycles}}\n");
    assert_true(value_of(scenario, TEST_CLOCK)->real == 333e6);
    assert_int_equal(value_of(scenario, TEST_MEMORY)->count, 64000);
    assert_int_equal(value_of(scenario, TEST_RUN_SEED)->count, INT64_MAX);
    assert_true(value_of(scenario, TEST_TICKLESS)->on);
    assert_int_equal(value_of(scenario, TEST_TIMER)->choice, 2);
    assert_true(value_of(scenario, TEST_SHARE)->real == 0.25);
    assert_true(fabs(value_of(scenario, TEST_IPC)->cost->a - 1e6) < 1e-6);
    irqp_scenario_free(scenario);
}

static void any_encoding_of_lines(void **state)
{
    (void)state;
    struct irqp_scenario *scenario = load("\xef\xbb\xbfnote: x\r\nshare: 0.25\r\ntitle: \"M\xc3\xbcnchen\"");
    assert_true(value_of(scenario, TEST_SHARE)->real == 0.25);
    assert_int_equal(value_of(scenario, TEST_SHARE)->place->line, 2);
    assert_string_equal(value_of(scenario, TEST_SHARE)->place->text, "share: 0.25");
    assert_string_equal(irqp_scenario_title(scenario), "M\xc3\xbcnchen");
    irqp_scenario_free(scenario);
    /* Places count bytes, so that the caret can be drawn under the right one. */
    scenario = load("{note: \"\xc3\xa4\xc3\xb6\", share: 0.5}\n");
    assert_int_equal(value_of(scenario, TEST_SHARE)->place->column, 23);
    irqp_scenario_free(scenario);
}

/* ---- costs ---- */

static struct irqp_distribution *cost_of(const char *text, struct irqp_scenario **scenario)
{
    char file[600];
    snprintf(file, sizeof file, "note: x\ncosts: {microkernel: {ipc: %s}}\n", text);
    *scenario = load(file);
    return value_of(*scenario, TEST_IPC)->cost;
}

static void distributions_of_every_form(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum irqp_distribution_kind kind;
        double a, b, c;
    } forms[] = {
        {"3 us", IRQP_CONSTANT, 3e6, 0, 0},
        {"{value: 3 us}", IRQP_CONSTANT, 3e6, 0, 0},
        {"{dist: constant, value: 3 us, source: fitted to figure 6}", IRQP_CONSTANT, 3e6, 0, 0},
        {"{dist: uniform, low: 1 us, high: 2 us}", IRQP_UNIFORM, 1e6, 2e6, 0},
        {"{dist: triangular, low: 1 us, mode: 2 us, high: 4 us}", IRQP_TRIANGULAR, 1e6, 4e6, 2e6},
        {"{dist: normal, mean: 3 us, sd: 100 ns}", IRQP_NORMAL, 3e6, 1e5, 0},
        {"{dist: lognormal, mean: 3 us, cv: 0.5}", IRQP_LOGNORMAL, 3e6, 0.5, 0},
        {"{dist: exponential, mean: 3 us}", IRQP_EXPONENTIAL, 3e6, 0, 0},
        {"{dist: gamma, mean: 3 us, cv: 0.5}", IRQP_GAMMA, 3e6, 0.5, 0},
        {"{dist: weibull, scale: 3 us, shape: 2}", IRQP_WEIBULL, 3e6, 2, 0},
        {"{dist: pareto, minimum: 3 us, exponent: 2.5}", IRQP_PARETO, 3e6, 2.5, 0},
        {"{dist: exponential, mean: 3 us, shift: 1 us}", IRQP_SHIFT, 1e6, 0, 0},
        {"{dist: exponential, mean: 3 us, max: 5 us}", IRQP_TRUNCATE, 0, 5e6, 0},
        {"{dist: exponential, mean: 3 us, min: 5 us}", IRQP_TRUNCATE, 5e6, INFINITY, 0},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct irqp_scenario *scenario;
        const struct irqp_distribution *cost = cost_of(forms[i].text, &scenario);
        assert_int_equal(cost->kind, forms[i].kind);
        assert_true(cost->a == forms[i].a && cost->b == forms[i].b && cost->c == forms[i].c);
        irqp_scenario_free(scenario);
    }
}

static void distributions_of_parts(void **state)
{
    (void)state;
    struct irqp_scenario *scenario;
    const struct irqp_distribution *cost =
        cost_of("{dist: mixture, shift: 1 us, max: 9 us, parts: [{weight: 3, value: 2 us}, "
                "{weight: 1, dist: exponential, mean: 3 us, max: 5 us}]}",
                &scenario);
    assert_int_equal(cost->kind, IRQP_TRUNCATE);
    assert_int_equal(cost->parts[0]->kind, IRQP_SHIFT);
    cost = cost->parts[0]->parts[0];
    assert_int_equal(cost->kind, IRQP_MIXTURE);
    assert_int_equal(cost->count, 2);
    assert_true(cost->weights[0] == 3 && cost->weights[1] == 1);
    assert_int_equal(cost->parts[1]->kind, IRQP_TRUNCATE);
    irqp_scenario_free(scenario);

    mkdir("data", 0700);
    write_text("data/base.yaml", "costs: {microkernel: {ipc: {dist: empirical, file: x.txt, unit: us}}}\n"
                                 "load: [{dist: empirical, file: x.txt, unit: ns}]\n");
    write_text("data/x.txt", "# value count\r\n1 10\n\n  2.5\t3 # last\n");
    scenario = load("extends: data/base.yaml\nnote: x\n");
    cost = value_of(scenario, TEST_IPC)->cost;
    assert_int_equal(cost->kind, IRQP_EMPIRICAL);
    assert_int_equal(cost->count, 2);
    assert_true(cost->values[1] == 2.5e6 && cost->weights[1] == 3);
    assert_string_equal(value_of(scenario, TEST_IPC)->written,
                        "{dist: empirical, values: [[1 us, 10], [2.5 us, 3]]}");
    char *resolved = irqp_scenario_resolved(scenario);
    assert_null(strstr(resolved, "x.txt"));
    assert_non_null(strstr(resolved, "values: [[1 ns, 10], [2.5 ns, 3]]"));
    free(resolved);
    irqp_scenario_free(scenario);
}

/* ---- extends ---- */

static void later_lies_over_earlier(void **state)
{
    (void)state;
    write_text("a.yaml",
               "title: A\nshare: 0.1\nplacement: stripped\nload: {x: [1, 2, 3], y: {a: 1, b: 2}, z: 1}\n"
               "costs: {microkernel: {ipc: {dist: lognormal, mean: 1 us, cv: 1, source: \"paper: x\"}}}\n");
    write_text("b.yaml", "share: 0.2\nload: {x: [4], y: {b: 3, c: 4}, z: {k: 1}}\n"
                         "costs: {microkernel: {ipc: {dist: exponential, mean: 2 us}}, guest: }\n");
    struct irqp_scenario *scenario = load("extends: [a.yaml, b.yaml]\nnote: x\ncyclictest:\n  priority: 5\n");
    assert_string_equal(irqp_scenario_title(scenario), "test");
    assert_true(value_of(scenario, TEST_SHARE)->real == 0.2);
    assert_string_equal(value_of(scenario, TEST_SHARE)->place->file, "b.yaml");
    assert_int_equal(value_of(scenario, TEST_PLACEMENT)->choice, 2);
    assert_int_equal(value_of(scenario, TEST_IPC)->cost->kind, IRQP_EXPONENTIAL);
    assert_null(value_of(scenario, TEST_IPC)->source);
    assert_string_equal(value_of(scenario, TEST_LOAD)->written, "{x: [4], y: {a: 1, b: 3, c: 4}, z: {k: 1}}");
    irqp_scenario_free(scenario);
}

static void a_diamond_counts_once(void **state)
{
    (void)state;
    write_text("machine.yaml", "share: 0.1\nplacement: stripped\n");
    write_text("left.yaml", "extends: machine.yaml\nshare: 0.2\n");
    write_text("right.yaml", "extends: ./machine.yaml\nplacement: rehosted\n");
    struct irqp_scenario *scenario = load("extends: [left.yaml, right.yaml]\nnote: x\n");
    assert_true(value_of(scenario, TEST_SHARE)->real == 0.2);
    assert_int_equal(value_of(scenario, TEST_PLACEMENT)->choice, 1);
    irqp_scenario_free(scenario);
}

static void installed_files_are_found(void **state)
{
    (void)state;
    mkdir("installed", 0700);
    mkdir("installed/machines", 0700);
    write_text("installed/machines/m.yaml", "extends: n.yaml\nplacement: rehosted\n");
    write_text("installed/machines/n.yaml", "share: 0.125\n");
    struct irqp_scenario *scenario = load("extends: machines/m.yaml\nnote: x\n");
    assert_true(value_of(scenario, TEST_SHARE)->real == 0.125);
    assert_string_equal(value_of(scenario, TEST_SHARE)->place->file, "installed/machines/n.yaml");
    irqp_scenario_free(scenario);
}

/* ---- overrides ---- */

static void overrides_come_last(void **state)
{
    (void)state;
    static const char *const overrides[] = {
        "share=0.75",
        "title=Another title",
        "costs.microkernel={ipc: {dist: exponential, mean: 2 us, source: 'estimate: x'}}",
        "load.processes.hackbench.count=40",
        "load.think.mean=3 us",
        "load.list=[1, {a: b}]",
        "run.seed=7",
        "run.seed=8",
    };
    write_text("test.yaml", "note: x\nshare: 0.5\nload:\n  processes: {hackbench: {count: 1, ops: []}}\n"
                            "  think: {dist: gamma, mean: 1 us, cv: 1}\n  list: [3]\n");
    struct irqp_scenario *scenario = load_with("test.yaml", overrides, sizeof overrides / sizeof *overrides);
    const struct irqp_value *share = value_of(scenario, TEST_SHARE);
    assert_true(share->real == 0.75);
    assert_int_equal(share->origin, IRQP_FROM_SET);
    assert_string_equal(share->place->file, "--set");
    assert_int_equal(share->place->line, 1);
    assert_int_equal(share->place->column, 7);
    assert_string_equal(share->place->text, "share=0.75");
    assert_string_equal(irqp_scenario_title(scenario), "Another title");
    assert_int_equal(value_of(scenario, TEST_IPC)->cost->kind, IRQP_EXPONENTIAL);
    assert_int_equal(value_of(scenario, TEST_RUN_SEED)->count, 8);
    assert_string_equal(
        value_of(scenario, TEST_LOAD)->written,
        "{processes: {hackbench: {count: 40, ops: []}}, think: {dist: gamma, mean: 3 us, cv: 1}, "
        "list: [1, {a: b}]}");
    irqp_scenario_free(scenario);
    const char *without = "load=";
    scenario = load_with("test.yaml", &without, 1);
    assert_null(value_of(scenario, TEST_LOAD)->tree);
    irqp_scenario_free(scenario);
}

/* ---- the resolved text ---- */

static const char everything[] =
    "note: \"a: b # c \\\" \\\\ \\n \\u00e4 \\x07\"\n"
    "title: L4Linux under hackbench (figure 6)\n"
    "description: |\n  Two\n  lines.\n"
    "machine: {clock: 1 GHz}\n"
    "design: {guest_timer: \"off\", tickless: {value: true, source: \"estimate: guess, a: b\"}}\n"
    "costs:\n"
    "  microkernel:\n"
    "    irq_entry: {dist: mixture, parts: [{weight: 0.9, dist: gamma, mean: 0.15 us, cv: 0.1},\n"
    "      {weight: 0.1, dist: empirical, values: [[1 us, 3], [2 us, 1]]}], shift: 1 ns, max: 5 us}\n"
    "    ipc: {value: 120 cycles, source: \"literature: x\"}\n"
    "share: -0\n"
    "load:\n"
    "  - {name: \"no\", a: no, b: ~, c: , d: 'x''y', \"e: f\": [], \"1\": {}}\n"
    "  - - nested\n"
    "    - [list, {of: lists, that: is, rather: long, and: longer, and_longer: still, so: that, it: "
    "does_not_fit}]\n"
    "  - \"\"\n"
    "  - -5 us\n"
    "  - \"- x\"\n"
    "  - \"[\"\n";

static void assert_same_tree(const struct irqp_tree *a, const struct irqp_tree *b)
{
    assert_int_equal(a->node, b->node);
    assert_int_equal(a->count, b->count);
    if (a->node == IRQP_SCALAR && a->scalar[0] != '\0')
        assert_string_equal(a->scalar, b->scalar);
    for (size_t i = 0; i < a->count; i++) {
        if (a->node == IRQP_MAPPING)
            assert_string_equal(a->children[i]->key, b->children[i]->key);
        assert_same_tree(a->children[i], b->children[i]);
    }
}

static void assert_same_cost(const struct irqp_distribution *a, const struct irqp_distribution *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_true(a->a == b->a && a->b == b->b && a->c == b->c);
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        if (a->parts)
            assert_same_cost(a->parts[i], b->parts[i]);
        if (a->values)
            assert_true(a->values[i] == b->values[i] && a->weights[i] == b->weights[i]);
    }
}

static void resolved_loads_to_the_same(void **state)
{
    (void)state;
    struct irqp_scenario *first = load(everything);
    char *text = irqp_scenario_resolved(first);
    assert_non_null(text);
    write_text("resolved.yaml", text);
    struct irqp_scenario *second = load_with("resolved.yaml", NULL, 0);
    char *again = irqp_scenario_resolved(second);
    assert_string_equal(text, again);
    assert_string_equal(irqp_scenario_title(first), irqp_scenario_title(second));
    for (size_t i = 0; i < TEST_PARAMETERS; i++) {
        const struct irqp_value *a = irqp_scenario_value(first, i), *b = irqp_scenario_value(second, i);
        assert_int_equal(a->source != NULL, b->source != NULL);
        if (a->source)
            assert_string_equal(a->source, b->source);
        switch (test_parameters[i].kind) {
        case IRQP_COST:
            assert_same_cost(a->cost, b->cost);
            break;
        case IRQP_TEXT:
            assert_string_equal(a->text, b->text);
            break;
        case IRQP_TREE:
            assert_same_tree(a->tree, b->tree);
            break;
        case IRQP_CHOICE:
            assert_int_equal(a->choice, b->choice);
            break;
        case IRQP_SWITCH:
            assert_int_equal(a->on, b->on);
            break;
        default:
            assert_int_equal(a->count, b->count); /* the same bytes, whatever they are */
        }
    }
    free(text);
    free(again);
    irqp_scenario_free(first);
    irqp_scenario_free(second);
}

/* ---- trees ---- */

static void trees_are_read(void **state)
{
    (void)state;
    struct irqp_diagnostics diagnostics;
    struct irqp_distribution *cost = NULL;
    irqp_time duration = 0;
    int64_t count = 0;
    const char *name = NULL;
    struct irqp_scenario *scenario = load("note: x\nload: {name: a-b, count: 1e3, sleep: 2700 cycles,\n"
                                          "  compute: {dist: exponential, mean: 3 us}, bad: a b}\n");
    const struct irqp_tree *tree = value_of(scenario, TEST_LOAD)->tree;
    irqp_diagnostics_init(&diagnostics);
    assert_true(irqp_tree_keys(tree, "'load'", "name|count|sleep|compute|bad", &diagnostics));
    assert_true(irqp_tree_name(irqp_tree_child(tree, "name"), "'name'", &name, &diagnostics));
    assert_string_equal(name, "a-b");
    assert_true(irqp_tree_count(irqp_tree_child(tree, "count"), "'count'", 1, 1000, &count, &diagnostics));
    assert_int_equal(count, 1000);
    assert_true(
        irqp_tree_duration(irqp_tree_child(tree, "sleep"), scenario, "'sleep'", &duration, &diagnostics));
    assert_int_equal(duration, IRQP_US);
    assert_true(irqp_tree_cost(irqp_tree_child(tree, "compute"), scenario, "'compute'", &cost, &diagnostics));
    assert_int_equal(cost->kind, IRQP_EXPONENTIAL);
    assert_int_equal(diagnostics.count, 0);
    irqp_distribution_free(cost);

    const struct irqp_tree *bad = irqp_tree_child(tree, "bad");
    assert_null(irqp_tree_child(bad, "x"));
    assert_null(irqp_tree_child(tree, "x"));
    assert_false(irqp_tree_keys(tree, "'load'", "name|count|sleep|bat", &diagnostics));
    assert_string_equal(diagnostics.items[1].suggestion, "did you mean 'bat'?");
    assert_false(irqp_tree_keys(bad, "'bad'", "name", &diagnostics));
    assert_false(irqp_tree_name(bad, "'bad'", &name, &diagnostics));
    assert_false(irqp_tree_count(bad, "'bad'", 1, 10, &count, &diagnostics));
    assert_false(irqp_tree_count(irqp_tree_child(tree, "count"), "'count'", 1, 999, &count, &diagnostics));
    assert_false(irqp_tree_duration(bad, scenario, "'bad'", &duration, &diagnostics));
    assert_false(irqp_tree_cost(bad, scenario, "'bad'", &cost, &diagnostics));
    assert_int_equal(diagnostics.errors, 8);
    irqp_diagnostics_fini(&diagnostics);
    irqp_scenario_free(scenario);
}

/* ---- input that nobody would write ---- */

/* Loads whatever the bytes are. It must come back, with a scenario or with reasons, and leak nothing (that is
 * for the sanitizers to see). */
static void load_anything(const char *bytes, size_t size)
{
    struct irqp_diagnostics diagnostics;
    struct irqp_scenario *scenario;
    irqp_diagnostics_init(&diagnostics);
    write_bytes("fuzz.yaml", bytes, size);
    enum irqp_status status =
        irqp_scenario_load(&scenario, &test_registry, "fuzz.yaml", NULL, 0, NULL, &diagnostics);
    assert_true(status == IRQP_OK || status == IRQP_INPUT);
    assert_int_equal(status == IRQP_OK, diagnostics.errors == 0);
    assert_int_equal(status == IRQP_OK, scenario != NULL);
    for (size_t i = 0; i < diagnostics.count; i++) {
        char *text = irqp_diagnostic_render(&diagnostics.items[i]);
        assert_non_null(text);
        free(text);
    }
    char *resolved = scenario ? irqp_scenario_resolved(scenario) : NULL;
    free(resolved);
    irqp_scenario_free(scenario);
    irqp_diagnostics_fini(&diagnostics);
}

static void truncated_anywhere(void **state)
{
    (void)state;
    for (size_t size = 0; size < sizeof everything; size++)
        load_anything(everything, size);
}

static void flipped_anywhere(void **state)
{
    (void)state;
    static const char others[] = "\t:\"{-&#\xc3";
    char bytes[sizeof everything];
    for (size_t at = 0; at + 1 < sizeof everything; at++)
        for (size_t i = 0; i <= sizeof others; i++) {
            memcpy(bytes, everything, sizeof everything);
            bytes[at] = i < sizeof others ? others[i] : (char)~bytes[at];
            load_anything(bytes, sizeof everything - 1);
        }
}

/* Repeats a piece of text up to a size, loads that, and requires that it take no more than a few seconds.
 */
static void load_repeated(const char *before, const char *piece, const char *after, size_t size)
{
    char *text = malloc(size + strlen(before) + strlen(after) + 64);
    assert_non_null(text);
    size_t used = strlen(before);
    memcpy(text, before, used);
    for (int i = 0; used < size; i++)
        used += (size_t)snprintf(text + used, 64, piece, i);
    memcpy(text + used, after, strlen(after));
    used += strlen(after);
    clock_t start = clock();
    load_anything(text, used);
    assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 20);
    free(text);
}

static void large_in_every_way(void **state)
{
    (void)state;
    load_repeated("", "[", "", 1000000);
    load_repeated("", "{a%d: ", "", 1000000);
    load_repeated("", "k%d: 1\n", "", 4000000);
    load_repeated("load: [", "{a: %d}, ", "]\n", 4000000);
    load_repeated("note: x\nload:\n", "  k%d: {a: [1, 2], b: {dist: gamma}}\n", "", 30000);
    load_repeated("note: x\nload: [", "[%d, {a: {b: x}}], ", "]\n", 4000000);
    load_repeated("load: [", "{", "", 4000000);
    load_repeated("load: [", "*a, ", "]\n", 4000000);
    load_repeated("load:\n", "  - {dist: empirical, file: 'x%d'}\n", "", 2000000);
    load_repeated("load: \"", "x\n", "", 4000000);
    load_repeated("note: x\ncosts: {microkernel: {ipc: {dist: empirical, values: [", "[%d us, 1], ", "]}}}\n",
                  2000000);
    load_repeated("# ", "x", "", 9 << 20);
    load_repeated("", "\n", "", 4000000);
    load_repeated("a: &a x\nload: [", "? ", "", 1000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_values),
        cmocka_unit_test(values_know_where_they_stand),
        cmocka_unit_test(units_scale),
        cmocka_unit_test(any_encoding_of_lines),
        cmocka_unit_test(distributions_of_every_form),
        cmocka_unit_test(distributions_of_parts),
        cmocka_unit_test(later_lies_over_earlier),
        cmocka_unit_test(a_diamond_counts_once),
        cmocka_unit_test(installed_files_are_found),
        cmocka_unit_test(overrides_come_last),
        cmocka_unit_test(resolved_loads_to_the_same),
        cmocka_unit_test(trees_are_read),
        cmocka_unit_test(truncated_anywhere),
        cmocka_unit_test(flipped_anywhere),
        cmocka_unit_test(large_in_every_way),
    };
    return cmocka_run_group_tests_name("scenario", tests, enter_folder, leave_folder);
}
