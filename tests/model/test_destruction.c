/* Task destruction (facts, section 5): how long it takes, and whom it delays in each design. */
#include "harness.h"

/* ---- its length ---- */

static struct {
    uint32_t tables, pages;
    irqp_time base, scan, mapped, returned;
} begun;

static void note_lengths(struct irqp_cpu *cpu, uint16_t argument)
{
    const struct task *task = guest_current(run_of(cpu));
    begun.tables = task->dying.space.tables;
    begun.pages = task->dying.space.pages;
    effect_functions[E_DESTROY_BEGIN - IRQP_EFFECT_MODEL](cpu, argument);
    begun.base = cpu->thread->registers[REG_BASE];
    begun.scan = cpu->thread->registers[REG_SCAN];
    begun.mapped = cpu->thread->registers[REG_PAGES];
    begun.returned = cpu->thread->registers[REG_TABLES];
}

/* T = T0 + c_it (768 - N + 1024 N) + c_pg M + c_ft N, with N = 4 tables and M = 100 pages, by hand:
 * 3 us + 9.26 ns * 4860 + 0.3 us * 100 + 0.15 us * 4 = 3 + 45.0036 + 30 + 0.6 us. */
static void length(void **state)
{
    (void)state;
    struct subject subject = subject_make(
        MICRO("faults-and-exec"),
        OVERRIDES("placement=rehosted", "design.task_destruction.by=inline",
                  "costs.microkernel.destroy_base=3 us", "costs.microkernel.destroy_entry=9.26 ns",
                  "costs.microkernel.destroy_page=0.3 us", "costs.microkernel.destroy_table=0.15 us"),
        NULL);
    subject_replace_effect(&subject, E_DESTROY_BEGIN, note_lengths);
    outcome_free(outcome_of_batch(&subject, 1, 0, 10, false));
    assert_int_equal(begun.tables, 4);
    assert_int_equal(begun.pages, 100);
    assert_int_equal(begun.base, 3000000);
    assert_int_equal(begun.scan, 45003600);
    assert_int_equal(begun.mapped, 30000000);
    assert_int_equal(begun.returned, 600000);
    subject_drop(&subject);
}

/* The two algorithms that visit fewer entries, and four levels, by hand: N tables, M pages.
 * 64 bit: a top level of 256 entries, two tables of 512 below it, three below these: 256 + 1024 + 1536 = 2816
 * entries of directories, of which N are present. */
static void entries_by_algorithm(void **state)
{
    (void)state;
    static const struct {
        const char *algorithm;
        int64_t per_table, directories;
        uint32_t tables, pages;
        int64_t entries;
    } table[] = {
        {"scan", 1024, 768, 4, 100, 764 + 4096},
        {"scan", 1024, 768, 4, 0, 764 + 4096},
        {"scan", 512, 2816, 4, 100, 2812 + 2048},
        {"mapped-list", 1024, 768, 4, 100, 100},
        {"mapped-list", 1024, 768, 4, 0, 0},
        {"occupancy", 1024, 768, 4, 0, 768},
        {"occupancy", 1024, 768, 4, 3, 765 + 3 * 512},             /* one in each of three: half of each */
        {"occupancy", 1024, 768, 4, 60, 764 + 4 * 1024 * 15 / 16}, /* fifteen in each */
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char algorithm[64], per_table[64], directories[64];
        snprintf(algorithm, sizeof algorithm, "design.task_destruction.algorithm=%s", table[i].algorithm);
        snprintf(per_table, sizeof per_table, "microkernel.entries_per_table=%d", (int)table[i].per_table);
        snprintf(directories, sizeof directories, "microkernel.directory_entries=%d",
                 (int)table[i].directories);
        struct subject subject =
            subject_make(MICRO("idle"), OVERRIDES("placement=rehosted", algorithm, per_table, directories),
                         OVERRIDES("costs.microkernel.destroy_entry=10 ns"));
        struct irqp_thread thread;
        destruction_lengths(subject.machine, &thread, (struct space){table[i].tables, table[i].pages});
        assert_int_equal(thread.registers[REG_SCAN], table[i].entries * 10000);
        subject_drop(&subject);
    }
}

/* Unmapped before, page by page, the deletion has no page left to revoke. */
static void unmapped_pages_are_not_revoked(void **state)
{
    (void)state;
    static const char *const designs[] = {"design.task_destruction.by=per-page",
                                          "design.task_destruction.pages=unmapped"};
    for (int i = 0; i < 2; i++) {
        struct subject subject = subject_make(
            MICRO("faults-and-exec"), OVERRIDES("placement=rehosted", "design.task_destruction.by=inline"),
            OVERRIDES(designs[i]));
        subject_replace_effect(&subject, E_DESTROY_BEGIN, note_lengths);
        begun.pages = 1;
        outcome_free(outcome_of_batch(&subject, 1, 0, 10, false));
        assert_int_equal(begun.pages, 0);
        assert_int_equal(begun.mapped, 0);
        assert_true(begun.scan > 0);
        subject_drop(&subject);
    }
}

/* ---- whom it delays (facts, section 5.4) ---- */

/* A destruction takes 4860 entries of 100 ns, and some microseconds: half a millisecond. */
#define LONG_DESTRUCTION "costs.microkernel.destroy_entry=100 ns"
enum { DESTRUCTION = 490, SHORT = 60 }; /* microseconds */

static void worst(const char *destruction, const char *drop, irqp_time *interrupt, irqp_time *thread)
{
    struct subject subject = subject_make(
        MICRO("processes"), OVERRIDES("placement=rehosted", LONG_DESTRUCTION, "cyclictest.interval=930 us"),
        OVERRIDES(destruction, drop));
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 2000, false);
    assert_int_equal(outcome->status, IRQP_OK);
    assert_true(outcome->result.counters[COUNT_DESTRUCTIONS] > 500);
    *interrupt = outcome->result.interrupt.maximum / IRQP_US;
    *thread = outcome->result.thread.maximum / IRQP_US;
    print_message("%s, %s: worst interrupt latency %d us, thread latency %d us\n", destruction, drop,
                  (int)*interrupt, (int)*thread);
    outcome_free(outcome);
    subject_drop(&subject);
}

static void inline_the_residual_delays_everything(void **state)
{
    (void)state;
    irqp_time interrupt, thread;
    worst("design.task_destruction.by=inline", "guest.mm_drop=rcu-thread", &interrupt, &thread);
    assert_in_range(interrupt, DESTRUCTION * 9 / 10, DESTRUCTION + SHORT);
    assert_in_range(thread, interrupt, DESTRUCTION + SHORT);
}

static void by_the_helper_nothing_is_delayed(void **state)
{
    (void)state;
    irqp_time interrupt, thread;
    worst("design.task_destruction.by=helper-wait", "guest.mm_drop=rcu-thread", &interrupt, &thread);
    assert_in_range(interrupt, 1, SHORT / 2);
    assert_in_range(thread, 1, SHORT);
}

static void with_preemption_off_the_helper_repairs_interrupts_only(void **state)
{
    (void)state;
    irqp_time interrupt, thread;
    worst("design.task_destruction.by=helper-wait", "guest.mm_drop=finish-task-switch", &interrupt, &thread);
    assert_in_range(interrupt, 1, SHORT / 2);
    assert_in_range(thread, DESTRUCTION * 9 / 10, DESTRUCTION + 2 * SHORT);
}

/* Preemptible, not aborted: nearly all of this load's life is destruction, and nearly all of the delay is the
 * residual of one, spread evenly. */
static void inline_pays_the_residual(void **state)
{
    (void)state;
    enum { SAMPLES = 50 };
    struct subject subject = subject_make(
        MICRO("destruction"),
        OVERRIDES("placement=rehosted", "design.task_destruction.by=inline", "cyclictest.interval=31 ms"),
        NULL);
    subject_without_grid(&subject);
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, SAMPLES, false);
    irqp_time call = cause_time(&subject, &outcome->result, "microkernel call");
    assert_true(call > (irqp_time)(outcome->result.thread.sum / 100 * 99));
    assert_true(outcome->result.thread.maximum > 8 * IRQP_MS);
    assert_true(outcome->result.thread.minimum < 3 * IRQP_MS);
    outcome_free(outcome);
    subject_drop(&subject);
}

/* ---- the residual of what is met at random ---- */

static double share_between(const struct irqp_histogram *histogram, irqp_time low, irqp_time high)
{
    uint64_t inside = irqp_histogram_exceeding(histogram, low) - irqp_histogram_exceeding(histogram, high);
    return (double)inside / (double)histogram->total;
}

/* Of one fixed length, it is uniform: every tenth of the length has a tenth of the samples. */
static void the_residual_of_one_length_is_uniform(void **state)
{
    (void)state;
    enum { SAMPLES = 2000 };
    struct subject subject = subject_make(
        MICRO("destruction"),
        OVERRIDES("placement=rehosted", "design.task_destruction.by=inline", "cyclictest.interval=31.7 ms"),
        NULL);
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, SAMPLES, false);
    assert_int_equal(outcome->status, IRQP_OK);
    const struct irqp_histogram *histogram = &outcome->result.latencies[IRQP_LATENCY_INTERRUPT];
    irqp_time length = destruction_length(subject.machine, (struct space){4, 0});
    double hit = share_between(histogram, 20 * IRQP_US, IRQP_S); /* what is shorter met no destruction */
    for (int tenth = 1; tenth < 10; tenth++) {
        double share = share_between(histogram, length / 10 * tenth, length / 10 * (tenth + 1)) / hit;
        if (share < 0.08 || share > 0.12)
            fail_msg("tenth %d: %.3f of the samples", tenth, share);
    }
    outcome_free(outcome);
    subject_drop(&subject);
}

/* Of two lengths, the density is (1 - F(x)) / m: flat up to the shorter, then less by the share of the
 * longer. In each round of this load one of two tables dies and two of six. */
static void the_density_falls_at_the_shorter_length(void **state)
{
    (void)state;
    enum { SAMPLES = 6000 };
    struct subject subject = subject_make(
        MICRO("destruction"),
        OVERRIDES("placement=rehosted", "design.task_destruction.by=inline", "cyclictest.interval=37.7 ms",
                  "costs.microkernel.destroy_entry=1 us"),
        OVERRIDES("load={processes: [{program: parent}], programs: {parent: {page_tables: 6, steps: [{fork: "
                  "child}, wait, exec]}, child: {page_tables: 2, steps: [exec]}}}"));
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, SAMPLES, false);
    assert_int_equal(outcome->status, IRQP_OK);
    const struct irqp_histogram *histogram = &outcome->result.latencies[IRQP_LATENCY_INTERRUPT];
    irqp_time shorter = destruction_length(subject.machine, (struct space){2, 0});
    irqp_time longer = destruction_length(subject.machine, (struct space){6, 0});
    irqp_time width = shorter * 8 / 10, from = shorter + (longer - shorter) / 10;
    irqp_time until = longer - (longer - shorter) / 10;
    double before = share_between(histogram, shorter / 10, shorter / 10 + width) / (double)width;
    double behind = share_between(histogram, from, until) / (double)(until - from);
    print_message("density before and behind the shorter length: ratio %.3f\n", before / behind);
    assert_true(before / behind > 1.4 && before / behind < 1.6); /* 3 to 2 */
    outcome_free(outcome);
    subject_drop(&subject);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(length),
        cmocka_unit_test(entries_by_algorithm),
        cmocka_unit_test(unmapped_pages_are_not_revoked),
        cmocka_unit_test(inline_the_residual_delays_everything),
        cmocka_unit_test(by_the_helper_nothing_is_delayed),
        cmocka_unit_test(with_preemption_off_the_helper_repairs_interrupts_only),
        cmocka_unit_test(inline_pays_the_residual),
        cmocka_unit_test(the_residual_of_one_length_is_uniform),
        cmocka_unit_test(the_density_falls_at_the_shorter_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
