/* Every directory of tests/bad-input is a case: `input.yaml` is loaded there, with the overrides of the lines
 * of `set` if there is such a file, and the messages must be those in `expected`, to the byte. UPDATE=1 in
 * the environment writes them anew; then read them aloud. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/test_registry.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CASES_MAX = 500, OVERRIDES_MAX = 16 };

static char *read_text(const char *file)
{
    FILE *in = fopen(file, "rb");
    if (!in)
        return NULL;
    char *text = calloc(1, 65536);
    assert_non_null(text);
    assert_true(fread(text, 1, 65535, in) < 65535);
    fclose(in);
    return text;
}

static void write_text(const char *file, const char *text)
{
    FILE *out = fopen(file, "wb");
    assert_non_null(out);
    fputs(text, out);
    assert_int_equal(fclose(out), 0);
}

static char *render(const struct irqp_diagnostics *diagnostics)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    for (size_t i = 0; i < diagnostics->count; i++) {
        char *one = irqp_diagnostic_render(&diagnostics->items[i]);
        assert_non_null(one);
        fputs(one, out);
        free(one);
    }
    fclose(out);
    return text;
}

static char *load_case(void)
{
    const char *overrides[OVERRIDES_MAX];
    size_t count = 0;
    char *set = read_text("set");
    for (char *line = set ? strtok(set, "\n") : NULL; line && count < OVERRIDES_MAX;
         line = strtok(NULL, "\n"))
        overrides[count++] = line;
    struct irqp_diagnostics diagnostics;
    struct irqp_scenario *scenario;
    irqp_diagnostics_init(&diagnostics);
    assert_int_equal(irqp_scenario_load(&scenario, &test_registry, "input.yaml", overrides, count,
                                        "installed", &diagnostics),
                     IRQP_INPUT);
    assert_null(scenario);
    char *text = render(&diagnostics);
    irqp_diagnostics_fini(&diagnostics);
    free(set);
    return text;
}

static void bad_input(void **state)
{
    const char *name = *state;
    assert_int_equal(chdir(TEST_SOURCE_DIR "/tests/bad-input"), 0);
    assert_int_equal(chdir(name), 0);
    char *text = load_case();
    if (getenv("UPDATE"))
        write_text("expected", text);
    char *expected = read_text("expected");
    assert_non_null(expected);
    assert_string_equal(text, expected);
    free(expected);
    free(text);
}

static int compare_names(const void *a, const void *b)
{
    const struct CMUnitTest *left = a, *right = b;
    return strcmp(left->name, right->name);
}

int main(void)
{
    static struct CMUnitTest tests[CASES_MAX];
    size_t count = 0;
    DIR *directory = opendir(TEST_SOURCE_DIR "/tests/bad-input");
    if (!directory)
        return 1;
    for (struct dirent *entry; count < CASES_MAX && (entry = readdir(directory));)
        if (entry->d_name[0] != '.') {
            char *name = strdup(entry->d_name);
            tests[count++] = (struct CMUnitTest){.name = name, .test_func = bad_input, .initial_state = name};
        }
    closedir(directory);
    qsort(tests, count, sizeof *tests, compare_names);
    int failed = _cmocka_run_group_tests("bad input", tests, count, NULL, NULL);
    for (size_t i = 0; i < count; i++)
        free(tests[i].initial_state);
    return failed;
}
