/* cyclictest.sleep and cyclictest.phase: what a relative sleep adds (paper, section 4: an absolute one
 * ignores the time that setting up the timer takes), and wake-ups at a chosen phase against a tick.
 */
#include "harness.h"

static void a_relative_sleep_adds_its_set_up(void **state)
{
    (void)state;
    static const struct {
        const char *file, *placement, *set_up;
    } table[] = {
        {MICRO("spin"), "placement=rehosted",
         "microkernel.exception rehosted.segment_reload walks.kernel rehosted.kernel_refill rehosted.enable "
         "guest.sleep_setup"},
        {MICRO("idle"), "placement=rehosted",
         "microkernel.exception rehosted.segment_reload walks.kernel rehosted.kernel_refill rehosted.enable "
         "guest.sleep_setup"},
        {MICRO("spin"), "placement=native", "guest.syscall_entry guest.sleep_setup"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        irqp_time absolute = constant_latency(table[i].file, OVERRIDES(table[i].placement),
                                              OVERRIDES("cyclictest.sleep=absolute"));
        irqp_time relative = constant_latency(table[i].file, OVERRIDES(table[i].placement),
                                              OVERRIDES("cyclictest.sleep=relative"));
        struct subject subject =
            subject_make(table[i].file, OVERRIDES(table[i].placement, "cyclictest.sleep=relative"), NULL);
        irqp_time set_up = sum_of_costs(&subject, table[i].set_up);
        assert_int_equal(relative - absolute, set_up);
        /* and that time has its name */
        subject_without_grid(&subject);
        struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 10, false);
        assert_int_equal(cause_time(&subject, &outcome->result, "relative sleep"), 10 * set_up);
        outcome_free(outcome);
        subject_drop(&subject);
    }
}

static void a_relative_sleep_changes_its_own_steps(void **state)
{
    (void)state;
    assert_int_equal(assert_only_differs(SCENARIOS "/paper/fig6-hackbench-l4linux.yaml",
                                         OVERRIDES("cyclictest.sleep=absolute"),
                                         OVERRIDES("cyclictest.sleep=relative"), STEPS("cyclictest: ")),
                     1);
}

static struct outcome *at_phase(struct subject *subject, const char *const *overrides, uint64_t batch,
                                uint64_t samples)
{
    *subject = subject_make(MICRO("spin"), OVERRIDES("placement=rehosted"), overrides);
    subject_without_grid(subject);
    struct outcome *outcome = outcome_of_batch(subject, 1, batch, samples, false);
    assert_int_equal(outcome->status, IRQP_OK);
    return outcome;
}

/* At the tick, one interrupt serves both, and the tick first: whatever the batch. Half a period off, the tick
 * is never met. */
static void at_the_tick_of_linux(void **state)
{
    (void)state;
    irqp_time alone = constant_latency(MICRO("spin"), OVERRIDES("placement=rehosted"), NULL);
    for (uint64_t batch = 0; batch < 5; batch++) {
        struct subject subject;
        struct outcome *outcome =
            at_phase(&subject, OVERRIDES("guest.hz=1000", "cyclictest.phase=tick"), batch, 50);
        irqp_time tick = sum_of_costs(&subject, "guest.timer_expire guest.tick");
        assert_int_equal(outcome->result.thread.minimum, alone + tick);
        assert_int_equal(outcome->result.thread.maximum, alone + tick);
        both_drop(&subject, outcome);
        outcome = at_phase(
            &subject, OVERRIDES("guest.hz=1000", "cyclictest.phase=tick", "cyclictest.phase_offset=500 us"),
            batch, 50);
        assert_int_equal(outcome->result.thread.minimum, alone);
        assert_int_equal(outcome->result.thread.maximum, alone);
        both_drop(&subject, outcome);
    }
}

/* The microkernel's tick comes 5 us after the expiry, or half a period. The PIT's slides from there. */
static void at_the_tick_of_the_microkernel(void **state)
{
    (void)state;
    static const struct {
        const char *device, *offset;
        uint64_t samples, hits;
    } table[] = {
        {"design.tick.device=local-apic", "cyclictest.phase_offset=995 us", 50, 50},
        {"design.tick.device=local-apic", "cyclictest.phase_offset=500 us", 50, 0},
        {"design.tick.device=pit", "cyclictest.phase_offset=994.847 us", 1, 1},
        {"design.tick.device=pit", "cyclictest.phase_offset=500 us", 1, 0},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        for (uint64_t batch = 0; batch < 10; batch++) {
            struct subject subject;
            struct outcome *outcome = at_phase(
                &subject, OVERRIDES("cyclictest.phase=microkernel-tick", table[i].device, table[i].offset),
                batch, table[i].samples);
            assert_int_equal(outcome->result.counters[COUNT_TICK_HITS], table[i].hits);
            both_drop(&subject, outcome);
        }
}

static void impossible_combinations_are_refused(void **state)
{
    (void)state;
    static const char file[] = SCENARIOS "/paper/fig6-hackbench-l4linux.yaml";
    assert_refused(file, OVERRIDES("cyclictest.sleep=relative", "cyclictest.phase=tick"), "keep no phase");
    assert_refused(file, OVERRIDES("guest.hz=0", "cyclictest.phase=tick"), "has no tick");
    assert_refused(file, OVERRIDES("design.guest_timer=ipc-timeout", "cyclictest.phase=tick"),
                   "follows the microkernel's");
    assert_refused(file, OVERRIDES("placement=native", "cyclictest.phase=microkernel-tick"),
                   "no periodic tick");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_relative_sleep_adds_its_set_up),
        cmocka_unit_test(a_relative_sleep_changes_its_own_steps),
        cmocka_unit_test(at_the_tick_of_linux),
        cmocka_unit_test(at_the_tick_of_the_microkernel),
        cmocka_unit_test(impossible_combinations_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
