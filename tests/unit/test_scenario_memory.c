/* A scenario is loaded again and again, and each time one more allocation succeeds before all others fail:
 * every load must say IRQP_NO_MEMORY or IRQP_INPUT with a reason, and nothing may be left over. Needs glibc,
 * and no sanitizer, which would have the allocator for itself; skipped otherwise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/test_registry.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void __libc_free(void *memory);

static bool counting;
static long allowed, held; /* allocations that may still succeed; blocks not yet freed */

static bool may_allocate(void)
{
    if (counting && allowed-- <= 0) {
        errno = ENOMEM;
        return false;
    }
    return true;
}

static void *counted(void *memory)
{
    held += counting && memory;
    return memory;
}

void *malloc(size_t size)
{
    return may_allocate() ? counted(__libc_malloc(size)) : NULL;
}

void *calloc(size_t count, size_t size)
{
    return may_allocate() ? counted(__libc_calloc(count, size)) : NULL;
}

void *realloc(void *memory, size_t size)
{
    if (!may_allocate())
        return NULL;
    return memory ? __libc_realloc(memory, size) : counted(__libc_realloc(NULL, size));
}

void free(void *memory)
{
    held -= counting && memory;
    __libc_free(memory);
}

static enum irqp_status load_once(const char *file, long allocations)
{
    static const char *const overrides[] = {"load.y.mean=4 us", "costs.guest={context_switch: 5 us}"};
    struct irqp_diagnostics diagnostics;
    struct irqp_scenario *scenario;
    held = 0;
    allowed = allocations;
    counting = true;
    irqp_diagnostics_init(&diagnostics);
    enum irqp_status status =
        irqp_scenario_load(&scenario, &test_registry, file, overrides, 2, "installed", &diagnostics);
    char *resolved = scenario ? irqp_scenario_resolved(scenario) : NULL;
    free(resolved);
    for (size_t i = 0; i < diagnostics.count; i++)
        free(irqp_diagnostic_render(&diagnostics.items[i]));
    irqp_scenario_free(scenario);
    irqp_diagnostics_fini(&diagnostics);
    counting = false;
    assert_int_equal(held, 0);
    assert_int_equal(scenario != NULL, status == IRQP_OK);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    const char *file = *state;
    enum irqp_status whole = load_once(file, 1000000), status = IRQP_NO_MEMORY;
    long allocations = 0;
    assert_int_equal(whole, file[0] == 'g' ? IRQP_OK : IRQP_INPUT);
    for (; allowed < 0 || status == IRQP_NO_MEMORY; allocations++)
        status = load_once(file, allocations);
    assert_int_equal(status, whole);
    assert_true(allocations > 20);
}

int main(void)
{
    char folder[] = "/tmp/irqpath-memory-XXXXXX";
    if (!mkdtemp(folder) || chdir(folder) != 0)
        return 1;
    FILE *out = fopen("good.yaml", "w");
    fputs("note: x\nextends: base.yaml\ncosts:\n  microkernel:\n"
          "    irq_entry: {dist: mixture, parts: [{weight: 1, value: 1 us}, {weight: 2, dist: gamma, mean: 3 "
          "us, cv: 1}],"
          " max: 9 us, shift: 1 ns, source: 'paper: x'}\n"
          "    ipc: {dist: empirical, file: data.txt, unit: us}\n",
          out);
    fclose(out);
    out = fopen("base.yaml", "w");
    fputs(
        "load: {y: {dist: gamma, mean: 1 us, cv: 2}, z: [1, 2, 3]}\ncosts: {guest: {context_switch: 1 us}}\n",
        out);
    fclose(out);
    out = fopen("data.txt", "w");
    fputs("1 2\n3 4\n", out);
    fclose(out);
    out = fopen("bad.yaml", "w");
    fputs(
        "extends: bsae.yaml\nshaer: 1\nshare: 3\nload: &a [*a]\ncosts: {microkernel: {ipc: {dist: gama}}}\n",
        out);
    fclose(out);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(every_allocation_may_fail, (char *)"good.yaml"),
        cmocka_unit_test_prestate(every_allocation_may_fail, (char *)"bad.yaml"),
    };
    int failed = cmocka_run_group_tests_name("scenario without memory", tests, NULL, NULL);
    static const char *const files[] = {"good.yaml", "base.yaml", "data.txt", "bad.yaml"};
    for (size_t i = 0; i < 4; i++)
        unlink(files[i]);
    rmdir(folder);
    return failed;
}

#else

int main(void)
{
    return 77;
} /* skipped */

#endif
