/* The real microkernel, path by path: what the scenarios of scenarios/measured/fiasco give most often is what
 * the page beside them says, in instructions and without the grid of the HPET. Whoever changes a cost of that
 * machine sees here which paths it moves; the page is then to be written anew.
 */
#include "harness.h"

#define FIASCO SCENARIOS "/measured/fiasco/"

static const struct {
    const char *scenario, *latency;
    irqp_time usual, least; /* 0: not looked at */
} table[] = {
    {"tick_gap_alone", "gap", 100, 100},
    {"ipc_call_sameas", "gap", 1077, 0},
    {"ipc_call_otheras", "gap", 1119, 0},
    {"vcpu_syscall_roundtrip", "gap", 585, 0},
    {"vcpu_user_gap_total", "gap", 778, 778},
    {"vcpu_user_gap_total_lvl", "gap", 951, 951},
    {"vcpu_kern_gap_total", "gap", 593, 593},
    {"vcpu_disabled_irq_gap", "gap", 163, 163},
    {"vcpu_upcall_from_user", "interrupt", 0, 420},
    {"vcpu_upcall_from_user_lvl", "interrupt", 0, 441},
    {"vcpu_upcall_from_kern", "interrupt", 0, 320},
    {"hw_irq_spin_sameas", "interrupt", 0, 376},
    {"hw_irq_spin_otheras", "interrupt", 0, 397},
    {"hw_irq_idle", "interrupt", 0, 397},
    {"hw_irq_idle_level", "interrupt", 0, 418},
    {"irqlat_if_yield", "interrupt", 0, 376},
};

static const struct irqp_histogram *latency_named(const struct subject *subject,
                                                  const struct outcome *outcome, const char *name)
{
    for (size_t i = 0; irqp_interrupt_path.latency_name(subject->machine, i); i++)
        if (!strcmp(irqp_interrupt_path.latency_name(subject->machine, i), name))
            return &outcome->result.latencies[i];
    fail_msg("there is no latency '%s'", name);
    return NULL;
}

/* The nanosecond with most samples. */
static irqp_time most_frequent(const struct irqp_histogram *histogram)
{
    size_t most = 0;
    for (size_t bin = 0; bin < histogram->capacity; bin++)
        if (histogram->counts[bin] > histogram->counts[most])
            most = bin;
    return irqp_histogram_edge(most) / IRQP_NS;
}

static void paths_are_as_long_as_the_page_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char file[1024];
        snprintf(file, sizeof file, FIASCO "%s.yaml", table[i].scenario);
        struct subject subject = subject_make(file, NULL, NULL);
        subject_without_grid(&subject);
        bool gaps = !strcmp(table[i].latency, "gap");
        struct outcome *outcome = outcome_of_batch(&subject, 1, 0, gaps ? 1 : 500, false);
        assert_int_equal(outcome->status, IRQP_OK);
        const struct irqp_histogram *histogram = latency_named(&subject, outcome, table[i].latency);
        if (gaps && most_frequent(histogram) != table[i].usual)
            fail_msg("%s: most often %lld, not %lld", table[i].scenario, (long long)most_frequent(histogram),
                     (long long)table[i].usual);
        if (table[i].least && histogram->minimum / IRQP_NS != table[i].least)
            fail_msg("%s: at least %lld, not %lld", table[i].scenario,
                     (long long)(histogram->minimum / IRQP_NS), (long long)table[i].least);
        both_drop(&subject, outcome);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(paths_are_as_long_as_the_page_says)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
