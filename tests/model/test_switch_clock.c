/* The clock: what each way to read it costs a wake-up (facts, section 1, N4 and N10; section 7.1). */
#include "harness.h"

#define HPET_IN_INTERRUPT "timer interrupt: read the clock, the HPET"
#define TSC_IN_INTERRUPT  "timer interrupt: read the clock"

static void a_read_changes_its_own_steps(void **state)
{
    (void)state;
    static const char file[] = SCENARIOS "/paper/fig6-hackbench-native.yaml";
    unsigned changed = assert_only_differs(
        file, OVERRIDES("design.clock_read=tsc"), OVERRIDES("design.clock_read=system-call"),
        STEPS("cyclictest: clock read", "clock_gettime: read the time-stamp counter",
              "system call: ", "user task: continues"));
    assert_int_equal(changed, 1); /* cyclictest's path */
    changed = assert_only_differs(file, OVERRIDES("design.clock_read=system-call"),
                                  OVERRIDES("design.clock_read=hpet"),
                                  STEPS("clock_gettime: read", TSC_IN_INTERRUPT, HPET_IN_INTERRUPT));
    assert_int_equal(changed, 2); /* and the timer interrupt's */
}

static irqp_time latency(const char *placement, const char *by)
{
    return constant_latency(MICRO("spin"), OVERRIDES(placement), OVERRIDES(by));
}

static void the_way_in_counts(void **state)
{
    (void)state;
    struct subject subject = subject_make(MICRO("spin"), OVERRIDES("placement=rehosted"), NULL);
    irqp_time user = constant_cost(&subject, "guest.clock_gettime"),
              tsc = constant_cost(&subject, "guest.clock_read"),
              hpet = constant_cost(&subject, "hardware.hpet_read");
    static const struct {
        const char *placement, *way_in;
    } table[] = {
        {"placement=native", "guest.syscall_entry"},
        {"placement=stripped", "guest.syscall_entry hardware.address_space_switch walks.kernel"},
        {"placement=rehosted", "microkernel.exception rehosted.segment_reload walks.kernel"
                               " rehosted.kernel_refill rehosted.enable"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        irqp_time before = latency(table[i].placement, "design.clock_read=tsc");
        irqp_time way_in = sum_of_costs(&subject, table[i].way_in);
        print_message("%s: %d ns on the way in\n", table[i].placement, (int)(way_in / IRQP_NS));

        assert_int_equal(latency(table[i].placement, "design.clock_read=system-call"),
                         before - user + way_in + tsc);
        assert_int_equal(latency(table[i].placement, "design.clock_read=hpet"),
                         before - user + way_in + hpet + hpet - tsc);
    }
    subject_drop(&subject);
}

/* A rehosted guest has the HPET as its timer or not at all; a virtual machine has one of its own. */
static void a_device_that_is_not_granted_is_refused(void **state)
{
    (void)state;
    static const char *const others[] = {"design.guest_timer=local-apic",
                                         "design.guest_timer=one-shot-thread",
                                         "design.guest_timer=ipc-timeout"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_refused(MICRO("spin"), OVERRIDES("placement=rehosted", "design.clock_read=hpet", others[i]),
                       "grants a rehosted guest the HPET only as its timer");
    static const char *const placements[] = {"placement=native", "placement=stripped",
                                             "placement=virtualised"};
    for (size_t i = 0; i < sizeof placements / sizeof *placements; i++) {
        struct subject subject = subject_make(MICRO("spin"), OVERRIDES(placements[i], others[0]),
                                              OVERRIDES("design.clock_read=hpet"));
        subject_drop(&subject);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_read_changes_its_own_steps),
        cmocka_unit_test(the_way_in_counts),
        cmocka_unit_test(a_device_that_is_not_granted_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
