/* Footprints: what they take by hand, on both platforms and in both dispatchers; and that the shipped ones
 * add up to the paths that were counted. */
#include "harness.h"
#include <math.h>

#define REHOSTED "placement=rehosted"
#define NATIVE   "placement=native"
/* 270 instructions at 2.7 GHz are 100 ns. */
#define ENTRY(more) "footprints=[{of: costs.microkernel.irq_entry, instructions: 270" more "}]"
#define HOT         100000

static irqp_time latency(const char *const *overrides)
{
    struct subject subject = subject_make(MICRO("spin"), OVERRIDES("cyclictest.interval=1 ms"), overrides);
    subject_without_grid(&subject);
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 20, false);
    irqp_time found = outcome->result.thread.minimum;
    assert_int_equal(outcome->status, IRQP_OK);
    assert_int_equal(found, outcome->result.thread.maximum);
    both_drop(&subject, outcome);
    return found;
}

static void a_step_takes_its_footprint(void **state)
{
    (void)state;
    struct subject subject = subject_make(MICRO("spin"), OVERRIDES(REHOSTED), NULL);
    irqp_time before = latency(OVERRIDES(REHOSTED)), cost = sum_of_costs(&subject, "microkernel.irq_entry");
    irqp_time without = before - cost;
    subject_drop(&subject);
    /* nobody else touches a line: nothing is cold once it has run */
    assert_int_equal(latency(OVERRIDES(REHOSTED, ENTRY(", lines: 10"), "footprint.touch_rate=0")) - without,
                     HOT);
    /* a millisecond of others touches a hundred times the cache: all is cold */
    assert_int_equal(latency(OVERRIDES(REHOSTED, ENTRY(", lines: 10"), "footprint.touch_rate=100",
                                       "footprint.cache_lines=1000", "footprint.line_miss=70 ns")) -
                         without,
                     HOT + 700000);
    /* two cycles an instruction, an access to a device */
    assert_int_equal(latency(OVERRIDES(REHOSTED, ENTRY(", uncached: 2"), "footprint.cycles_per_instruction=2",
                                       "footprint.uncached_access=0.3 us")) -
                         without,
                     2 * HOT + 600000);
    /* the way back to the user task flushed the TLB, but tagged entries stay */
    assert_int_equal(latency(OVERRIDES(REHOSTED, ENTRY(", pages: 3"), "footprint.page_walk=20 ns")) - without,
                     HOT + 60000);
    assert_int_equal(latency(OVERRIDES(REHOSTED, ENTRY(", pages: 3"), "design.tlb=tagged")) -
                         (latency(OVERRIDES(REHOSTED, "design.tlb=tagged")) - cost),
                     HOT);
}

/* The part that is cold: 1 - exp(-T / L), T being what the others touched meanwhile: of a millisecond that
 * which has no footprint, and the lines of the other footprint. */
static void the_cold_part_by_hand(void **state)
{
    (void)state;
    struct subject subject = subject_make(MICRO("spin"), OVERRIDES(REHOSTED), NULL);
    irqp_time costs = sum_of_costs(&subject, "microkernel.irq_entry microkernel.decide");
    irqp_time without = latency(OVERRIDES(REHOSTED)) - costs;
    subject_drop(&subject);
    irqp_time both = latency(OVERRIDES(REHOSTED, "footprint.touch_rate=0", "footprint.cache_lines=100",
                                       "footprint.line_miss=100 ns",
                                       "footprints=[{of: costs.microkernel.irq_entry, lines: 30}, {of: "
                                       "costs.microkernel.decide, lines: 60}]"));
    double expected = 100e3 * (30 * (1 - exp(-0.6)) + 60 * (1 - exp(-0.3)));
    assert_true(fabs((double)(both - without) - expected) < 1e-3 * expected);
    irqp_time one = latency(OVERRIDES(REHOSTED, "footprint.touch_rate=0.05", "footprint.cache_lines=100",
                                      "footprint.line_miss=100 ns",
                                      "footprints=[{of: costs.microkernel.irq_entry, lines: 30}]"));
    subject = subject_make(MICRO("spin"), OVERRIDES(REHOSTED), NULL);
    expected = (double)(latency(OVERRIDES(REHOSTED)) - sum_of_costs(&subject, "microkernel.irq_entry")) +
               100e3 * 30 * (1 - exp(-0.5)); /* 50 lines in a millisecond */
    subject_drop(&subject);
    assert_true(fabs((double)one - expected) < 1e-3 * 3e6);
}

/* A processor in halt touches nothing. */
static void halt_keeps_the_cache(void **state)
{
    (void)state;
    static const char *const cold[] = {NATIVE,
                                       "footprint.touch_rate=1000",
                                       "footprint.cache_lines=100000",
                                       "footprint.line_miss=100 ns",
                                       "cyclictest.interval=10 ms",
                                       "footprints=[{of: costs.guest.irq_enter, lines: 50}]",
                                       NULL};
    double found[2];
    for (int i = 0; i < 2; i++) {
        struct subject subject = subject_make(i ? MICRO("spin") : MICRO("idle"), cold, NULL);
        struct subject plain = subject_make(i ? MICRO("spin") : MICRO("idle"), OVERRIDES(NATIVE), NULL);
        struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 20, false),
                       *other = outcome_of_batch(&plain, 1, 0, 20, false);
        found[i] = (double)(outcome->result.interrupt.minimum - other->result.interrupt.minimum);
        both_drop(&subject, outcome);
        both_drop(&plain, other);
    }
    assert_true(found[1] > 4.5e6);          /* 50 lines of 100 ns, less the constant that they replace */
    assert_true(found[0] < 0.5 * found[1]); /* of the ten milliseconds some microseconds are not halt */
}

/* Idle touches nothing, from halt to the end of leaving it, on either side of the end of the warm-up. */
static void leaving_idle_keeps_the_cache(void **state)
{
    (void)state;
    static const char *const idles[] = {"hardware.idle=halt", "hardware.idle=deep"};
    for (int i = 0; i < 2; i++) {
        const char *const placed[] = {NATIVE, idles[i], "run.warm_up=50 ms", "cyclictest.interval=10 ms",
                                      NULL};
        struct subject subject =
            subject_make(MICRO("idle"), placed,
                         OVERRIDES("footprint.touch_rate=100", "footprint.cache_lines=1000",
                                   "footprint.line_miss=100 ns", "costs.hardware.idle_exit_c6=300 us",
                                   "footprints=[{of: costs.guest.irq_enter, lines: 50}]"));
        struct subject plain =
            subject_make(MICRO("idle"), placed, OVERRIDES("costs.hardware.idle_exit_c6=300 us"));
        struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 20, false),
                       *other = outcome_of_batch(&plain, 1, 0, 20, false);
        irqp_time least = outcome->result.interrupt.minimum - other->result.interrupt.minimum,
                  most = outcome->result.interrupt.maximum - other->result.interrupt.maximum;
        assert_true(least > 3000000 && most < 4000000); /* some 12 us of work, of 50 lines of 100 ns */
        both_drop(&subject, outcome);
        both_drop(&plain, other);
    }
}

static void both_dispatchers_agree(void **state)
{
    (void)state;
    static const char *const placements[] = {NATIVE, REHOSTED};
    for (int i = 0; i < 2; i++) {
        struct subject subject = subject_make(SCENARIOS "/machines/athlon64-footprints.yaml",
                                              OVERRIDES(placements[i], "run.warm_up=5 ms"), NULL);
        struct outcome *fast = outcome_of_batch(&subject, 3, 0, 200, false),
                       *naive = outcome_of_batch(&subject, 3, 0, 200, true);
        assert_int_equal(fast->status, IRQP_OK);
        assert_int_equal(fast->result.trajectory, naive->result.trajectory);
        assert_true(fast->result.thread.sum == naive->result.thread.sum);
        assert_int_equal(fast->result.steps, naive->result.steps);
        outcome_free(naive);
        both_drop(&subject, fast);
    }
}

/* The splits of the shipped machine add up to what was counted of whole paths. */
static void shipped_footprints_add_up(void **state)
{
    (void)state;
    struct subject subject =
        subject_make(SCENARIOS "/machines/athlon64-footprints.yaml", OVERRIDES(REHOSTED), NULL);
    const struct machine *machine = subject.machine;
    static const struct {
        const char *group;
        int lines, pages;
        double instructions;
    } counted[] = {{"microkernel.", 48 + 37 + 17, 8 + 6 + 3, 424 + 345 + 161}, {"", 350, 72, 3565}};
    for (int g = 0; g < 2; g++) {
        int64_t lines = 0, pages = 0;
        double hot = 0;
        for (unsigned i = 0; i < machine->footprint_count; i++) {
            const struct footprint *footprint = &machine->footprints[i];
            const char *path = parameter_registry.parameters[footprint->of].path;
            if ((strstr(path, "costs.microkernel.") != NULL) != (g == 0))
                continue;
            lines += footprint->lines;
            pages += footprint->pages;
            hot += (double)footprint->hot;
        }
        assert_int_equal(lines, counted[g].lines);
        assert_int_equal(pages, counted[g].pages);
        assert_true(fabs(hot * 2.7e-3 - counted[g].instructions) < 0.1);
    }
    subject_drop(&subject);
}

static void bad_footprints_are_refused(void **state)
{
    (void)state;
    assert_refused(MICRO("spin"), OVERRIDES("footprints=3"), "list of up to 64");
    assert_refused(MICRO("spin"), OVERRIDES("footprints=[{lines: 3}]"), "of which cost");
    assert_refused(MICRO("spin"), OVERRIDES("footprints=[{of: costs.guest.shedule, lines: 3}]"),
                   "no cost 'costs.guest.shedule'");
    assert_refused(MICRO("spin"), OVERRIDES("footprints=[{of: costs.guest.schedule, line: 3}]"), "'line'");
    assert_refused(MICRO("spin"), OVERRIDES("footprints=[{of: costs.guest.schedule, lines: -3}]"), "lines");
    assert_refused(MICRO("spin"),
                   OVERRIDES("footprints=[{of: costs.guest.schedule}, {of: costs.guest.schedule}]"),
                   "a footprint already");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_takes_its_footprint), cmocka_unit_test(the_cold_part_by_hand),
        cmocka_unit_test(halt_keeps_the_cache),       cmocka_unit_test(leaving_idle_keeps_the_cache),
        cmocka_unit_test(both_dispatchers_agree),     cmocka_unit_test(shipped_footprints_add_up),
        cmocka_unit_test(bad_footprints_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
