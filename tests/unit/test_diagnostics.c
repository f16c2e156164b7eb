/* Messages: collecting, sorting, rendering, near words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "irqpath/diagnostics.h"
#include <stdlib.h>
#include <string.h>

static void assert_renders(const struct irqp_diagnostic *diagnostic, const char *expected)
{
    char *text = irqp_diagnostic_render(diagnostic);
    assert_string_equal(text, expected);
    free(text);
}

/* Renders a message at a place of a line of text. */
static void assert_excerpt(const char *text, int column, int length, const char *expected)
{
    struct irqp_place place = {"f", 7, column, length, text};
    struct irqp_diagnostics diagnostics;
    irqp_diagnostics_init(&diagnostics);
    irqp_diagnose(&diagnostics, IRQP_WARNING, &place, "m");
    assert_renders(&diagnostics.items[0], expected);
    irqp_diagnostics_fini(&diagnostics);
}

static void the_house_form(void **state)
{
    (void)state;
    struct irqp_diagnostics diagnostics;
    irqp_diagnostics_init(&diagnostics);
    char line[] = "    irq_entyr: 0.15 us";
    struct irqp_place place = {"scenarios/hackbench.yaml", 14, 5, 9, line};
    irqp_diagnose(&diagnostics, IRQP_ERROR, &place, "unknown key '%s' in 'costs.microkernel'", "irq_entyr");
    irqp_suggest(&diagnostics, "did you mean '%s'?", "wrong");
    irqp_suggest(&diagnostics, "did you mean '%s'?", "irq_entry");
    line[0] = 'x'; /* the place was copied */
    irqp_diagnose(&diagnostics, IRQP_NOTE, NULL, "no place");
    irqp_diagnose(&diagnostics, IRQP_ERROR, &(struct irqp_place){.file = "f"}, "only a file");
    irqp_suggest(&diagnostics, "and help");
    assert_int_equal(diagnostics.count, 3);
    assert_int_equal(diagnostics.errors, 2);
    assert_renders(&diagnostics.items[0],
                   "scenarios/hackbench.yaml:14:5: error: unknown key 'irq_entyr' in 'costs.microkernel'\n"
                   "   14 |     irq_entyr: 0.15 us\n"
                   "      |     ^~~~~~~~~ did you mean 'irq_entry'?\n");
    assert_renders(&diagnostics.items[1], "note: no place\n");
    assert_renders(&diagnostics.items[2], "f: error: only a file\n        and help\n");
    irqp_diagnostics_fini(&diagnostics);
    assert_int_equal(diagnostics.count, 0);
}

static void the_caret_stands_under_the_place(void **state)
{
    (void)state;
    assert_excerpt("\xc3\xa4\xe2\x82\xac: x", 8, 1,
                   "f:7:8: warning: m\n    7 | \xc3\xa4\xe2\x82\xac: x\n      |     ^\n");
    assert_excerpt("a\tb\x1b[0m\xff", 3, 2, "f:7:3: warning: m\n    7 | a b?[0m?\n      |   ^~\n");
    assert_excerpt("", 1, 1, "f:7:1: warning: m\n    7 | \n      | ^\n");
    assert_excerpt("ab", 9, 9, "f:7:9: warning: m\n    7 | ab\n      |   ^\n");
    assert_excerpt("ab", 1, 1000000, "f:7:1: warning: m\n    7 | ab\n      | ^~\n");
}

static void long_lines_are_cut(void **state)
{
    (void)state;
    char line[1000];
    memset(line, 'x', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    line[500] = 'Y';
    struct irqp_place place = {"f", 1, 501, 1, line};
    struct irqp_diagnostics diagnostics;
    irqp_diagnostics_init(&diagnostics);
    irqp_diagnose(&diagnostics, IRQP_ERROR, &place, "m");
    char *text = irqp_diagnostic_render(&diagnostics.items[0]);
    assert_true(strlen(text) < 300);
    const char *shown = strstr(text, "    1 | "), *caret = strchr(text, '^');
    const char *below = strrchr(text, '|') - 6;
    assert_int_equal(strchr(shown, 'Y') - shown, caret - below);
    free(text);
    irqp_diagnostics_fini(&diagnostics);
}

static void notes_stay_with_their_message(void **state)
{
    (void)state;
    static const struct {
        enum irqp_severity severity;
        struct irqp_place place;
        const char *text;
    } given[] = {
        {IRQP_ERROR, {"z", 1, 1, 1, NULL}, "of another load"},
        {IRQP_ERROR, {"b", 9, 1, 1, NULL}, "5"},
        {IRQP_NOTE, {"b", 1, 1, 1, NULL}, "6"},
        {IRQP_ERROR, {"b", 2, 7, 1, NULL}, "4"},
        {IRQP_ERROR, {"b", 2, 3, 1, NULL}, "2"},
        {IRQP_NOTE, {"a", 1, 1, 1, NULL}, "3"},
        {IRQP_ERROR, {"a", 5, 1, 1, NULL}, "1"},
        {IRQP_WARNING, {NULL, 0, 0, 0, NULL}, "0"},
    };
    static const char *const sorted[] = {"of another load", "0", "1", "2", "3", "4", "5", "6"};
    struct irqp_diagnostics diagnostics;
    irqp_diagnostics_init(&diagnostics);
    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        irqp_diagnose(&diagnostics, given[i].severity, &given[i].place, "%s", given[i].text);
    irqp_diagnostics_sort(&diagnostics, 1);
    for (size_t i = 0; i < sizeof sorted / sizeof *sorted; i++)
        assert_string_equal(diagnostics.items[i].message, sorted[i]);
    irqp_diagnostics_sort(&diagnostics, diagnostics.count);
    irqp_diagnostics_fini(&diagnostics);
}

static void too_many_are_counted(void **state)
{
    (void)state;
    struct irqp_diagnostics diagnostics;
    irqp_diagnostics_init(&diagnostics);
    for (int i = 0; i < 100000; i++)
        irqp_diagnose(&diagnostics, IRQP_ERROR, NULL, "%d", i);
    irqp_suggest(&diagnostics, "not for the message that stands last");
    assert_int_equal(diagnostics.errors, 100000);
    assert_true(diagnostics.incomplete);
    assert_true(diagnostics.count < 1000);
    assert_null(diagnostics.items[diagnostics.count - 1].suggestion);
    irqp_diagnostics_fini(&diagnostics);
}

static void repetitions_go(void **state)
{
    (void)state;
    struct irqp_diagnostics diagnostics;
    irqp_diagnostics_init(&diagnostics);
    struct irqp_place here = {"a.yaml", 3, 1, 4, "text"}, there = {"b.yaml", 3, 1, 4, "text"};
    irqp_diagnose(&diagnostics, IRQP_ERROR, &here, "cannot find it");
    irqp_missing(&diagnostics, "lib/it.yaml");
    irqp_diagnose(&diagnostics, IRQP_ERROR, &here, "unknown key");
    irqp_diagnose(&diagnostics, IRQP_NOTE, &there, "as here");
    size_t second = diagnostics.count;
    irqp_diagnose(&diagnostics, IRQP_ERROR, &there, "cannot find it, either");
    irqp_missing(&diagnostics, "lib/it.yaml");
    irqp_diagnose(&diagnostics, IRQP_ERROR, &here, "unknown key");
    irqp_diagnose(&diagnostics, IRQP_NOTE, &there, "as here");
    irqp_diagnose(&diagnostics, IRQP_ERROR, &there, "unknown key");
    irqp_diagnose(&diagnostics, IRQP_ERROR, NULL, "without a place");
    irqp_diagnose(&diagnostics, IRQP_ERROR, NULL, "without a place");
    irqp_diagnostics_once(&diagnostics, second);
    assert_int_equal(diagnostics.count, second + 3);
    assert_int_equal(diagnostics.errors, 5);
    assert_string_equal(diagnostics.items[second].place.file, "b.yaml");
    assert_string_equal(diagnostics.items[second].message, "unknown key");
    irqp_diagnostics_fini(&diagnostics);
}

static void near_words(void **state)
{
    (void)state;
    static const char *const words[] = {"irq_entry", "irq_exit", "ipc", "tick", "context_switch"};
    static const struct {
        const char *word, *nearest;
    } cases[] = {
        {"irq_entyr", "irq_entry"},
        {"IRQ_EXIT", "irq_exit"},
        {"irqexit", "irq_exit"},
        {"icp", "ipc"},
        {"tock", "tick"},
        {"contextswitch", "context_switch"},
        {"x", NULL},
        {"", NULL},
        {"hypervisor", NULL},
        {"priority", NULL},
    };
    char *longer = calloc(1, 10001);
    assert_non_null(longer);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *nearest = irqp_nearest(cases[i].word, words, 5);
        if (cases[i].nearest)
            assert_string_equal(nearest, cases[i].nearest);
        else
            assert_null(nearest);
    }
    const char *const only = longer;
    memset(longer, 'a', 10000);
    assert_null(irqp_nearest(longer, words, 5));
    assert_null(irqp_nearest("aaaa", &only, 1));
    assert_null(irqp_nearest("ipc", words, 0));
    free(longer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_house_form),       cmocka_unit_test(the_caret_stands_under_the_place),
        cmocka_unit_test(long_lines_are_cut),   cmocka_unit_test(notes_stay_with_their_message),
        cmocka_unit_test(too_many_are_counted), cmocka_unit_test(near_words),
        cmocka_unit_test(repetitions_go),
    };
    return cmocka_run_group_tests_name("diagnostics", tests, NULL, NULL);
}
