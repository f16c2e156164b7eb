/* cyclictest and its timer: what a sample is, what counts in it, which expiries are skipped, what the
 * comparator does. */
#include "harness.h"

/* ---- every sample of a batch, as the clock read saw it ---- */

enum { NOTED_MAX = 4096 };
static struct {
    irqp_time expiry[NOTED_MAX], read[NOTED_MAX], next[NOTED_MAX]; /* the expiry after it */
    irqp_time armed_at[NOTED_MAX], phase;
    irqp_time last_armed;
    unsigned count;
} noted;

static void sample(struct irqp_cpu *cpu, uint16_t argument)
{
    struct run *run = run_of(cpu);
    irqp_time expiry = run->guest.tasks[TASK_CYCLICTEST].sleep_until;
    effect_functions[E_SAMPLE - IRQP_EFFECT_MODEL](cpu, argument);
    if (run->measured_from == IRQP_NEVER || noted.count == NOTED_MAX)
        return;
    noted.expiry[noted.count] = expiry;
    noted.read[noted.count] = cpu->now;
    noted.next[noted.count] = run->guest.tasks[TASK_CYCLICTEST].sleep_until;
    noted.armed_at[noted.count] = noted.last_armed;
    noted.phase = run->timer_phase;
    noted.count++;
}

/* The comparator is written on behalf of the coming expiry. */
static void arm(struct irqp_cpu *cpu, uint16_t argument)
{
    struct run *run = run_of(cpu);
    if (run->guest.tasks[TASK_CYCLICTEST].wake_at != IRQP_NEVER)
        noted.last_armed = cpu->now;
    effect_functions[E_ARM_TIMER - IRQP_EFFECT_MODEL](cpu, argument);
}

static struct outcome *run(struct subject *subject, const char *file, const char *const *overrides,
                           uint64_t samples, bool grid)
{
    *subject = subject_make(file, OVERRIDES("placement=rehosted"), overrides);
    if (!grid)
        subject_without_grid(subject);
    memset(&noted, 0, sizeof noted);
    subject_replace_effect(subject, E_SAMPLE, sample);
    subject_replace_effect(subject, E_ARM_TIMER, arm);
    struct outcome *outcome = outcome_of_batch(subject, 3, 0, samples, false);
    assert_int_equal(outcome->status, IRQP_OK);
    assert_true(noted.count >= samples);
    return outcome;
}

static irqp_time undisturbed(const char *file, const char *const *overrides)
{
    struct subject subject;
    struct outcome *outcome = run(&subject, file, overrides, 5, false);
    irqp_time latency = outcome->result.thread.minimum;
    both_drop(&subject, outcome);
    return latency;
}

/* ---- the sample ---- */

/* Clock read minus programmed expiry; the next expiry is one interval later, whenever the task ran: the sleep
 * is absolute. */
static void a_sample_is_clock_read_minus_expiry(void **state)
{
    (void)state;
    enum { SAMPLES = 300 };
    struct subject subject;
    struct outcome *outcome = run(&subject, MICRO("interrupts-off"), NULL, SAMPLES, true);
    __extension__ __int128 sum = 0;
    for (unsigned i = noted.count - SAMPLES; i < noted.count; i++)
        sum += noted.read[i] - noted.expiry[i];
    assert_true(sum == outcome->result.thread.sum);
    for (unsigned i = 0; i < noted.count; i++) {
        assert_true(noted.next[i] > noted.read[i]);
        assert_int_equal((noted.next[i] - noted.expiry[i]) % IRQP_MS, 0);
    }
    both_drop(&subject, outcome);
}

/* The section with interrupts off is longer than the interval: expiries that pass before the clock read are
 * skipped, and counted. */
static void passed_expiries_are_skipped_and_counted(void **state)
{
    (void)state;
    enum { SAMPLES = 500 };
    struct subject subject;
    struct outcome *outcome = run(&subject, MICRO("interrupts-off"), NULL, SAMPLES, true);
    uint64_t skipped = 0;
    for (unsigned i = noted.count - SAMPLES; i < noted.count; i++)
        skipped += (uint64_t)((noted.next[i] - noted.expiry[i]) / IRQP_MS) - 1;
    assert_true(skipped > SAMPLES / 10);
    assert_int_equal(outcome->result.counters[COUNT_SKIPPED], skipped);
    /* nothing is left out: samples and skipped expiries are all there are */
    irqp_time span = noted.next[noted.count - 1] - noted.expiry[noted.count - SAMPLES];
    assert_int_equal(span / IRQP_MS, SAMPLES + skipped);
    both_drop(&subject, outcome);
}

/* Its own work is longer than the interval: the next expiry, still ahead at the clock read, has passed when
 * it calls clock_nanosleep, which returns at once. No timer is queued, no interrupt taken. */
static void a_sleep_past_its_expiry_returns_at_once(void **state)
{
    (void)state;
    struct subject subject;
    struct outcome *outcome =
        run(&subject, MICRO("spin"), OVERRIDES("costs.guest.cyclictest_work=1.5 ms"), 100, false);
    irqp_time cycle = sum_of_costs(
        &subject, "guest.cyclictest_work microkernel.exception rehosted.segment_reload walks.kernel "
                  "rehosted.kernel_refill "
                  "rehosted.enable guest.sleep_setup"
                  " guest.sleep_return rehosted.state_page microkernel.resume microkernel.resume_space"
                  " walks.user rehosted.user_refill guest.clock_gettime");
    unsigned at_once = 0;
    for (unsigned i = 1; i < noted.count; i++)
        if (noted.next[i - 1] < noted.read[i - 1] + constant_cost(&subject, "guest.cyclictest_work")) {
            assert_int_equal(noted.read[i] - noted.read[i - 1], cycle);
            at_once++;
        }
    assert_true(at_once > 50);
    assert_true(outcome->result.interrupt.total + at_once <= noted.count);
    both_drop(&subject, outcome);
}

/* An interrupt between wake-up and clock read counts in full: cyclictest cannot tell. Here most of a wake-up
 * is the clock read itself. */
static void interrupts_before_the_clock_read_count(void **state)
{
    (void)state;
    static const char slow[] = "costs.guest.clock_gettime=500 us";
    irqp_time alone = undisturbed(MICRO("spin"), OVERRIDES(slow));
    struct subject subject;
    struct outcome *outcome =
        run(&subject, MICRO("spin"), OVERRIDES(slow, "design.tick.device=pit", "cyclictest.interval=1.3 ms"),
            200, false);
    irqp_time tick = sum_of_costs(&subject, "microkernel.irq_entry hardware.local_apic_eoi microkernel.tick"
                                            " microkernel.return microkernel.tick_refill");
    assert_int_equal(outcome->result.thread.minimum, alone);
    assert_int_equal(outcome->result.thread.maximum, alone + tick);
    assert_int_equal((irqp_time)outcome->result.thread.sum,
                     200 * alone + cause_time(&subject, &outcome->result, "microkernel tick"));
    assert_in_range(outcome->result.counters[COUNT_TICK_HITS], 80, 120);
    both_drop(&subject, outcome);
}

/* Interrupt latency is taken where the timer's callback begins, as rtla's timerlat does: what the thread's
 * latency has beyond it is the callback, the handler's rest, the switch and the way out. */
static void interrupt_latency_ends_where_the_callback_begins(void **state)
{
    (void)state;
    struct subject subject;
    struct outcome *outcome = run(&subject, MICRO("spin"), NULL, 20, false);
    irqp_time rest = sum_of_costs(
        &subject,
        "guest.timer_callback hardware.hpet_read hardware.hpet_write hardware.hpet_read guest.irq_exit"
        " guest.schedule microkernel.gdt_call guest.context_switch rehosted.switch_refill"
        " rehosted.switch_unexplained guest.switch_finish rehosted.enable guest.sleep_return"
        " rehosted.state_page microkernel.resume microkernel.resume_space walks.user rehosted.user_refill"
        " guest.clock_gettime");
    assert_int_equal(outcome->result.interrupt.total, 20);
    assert_int_equal(outcome->result.interrupt.minimum, outcome->result.thread.minimum - rest);
    assert_int_equal(outcome->result.interrupt.maximum, outcome->result.interrupt.minimum);
    both_drop(&subject, outcome);
}

/* ---- the comparator ---- */

/* A comparator of 1 us grid: the interrupt comes at the first edge of the grid that is not before the expiry.
 */
static void expiries_wait_for_the_grid(void **state)
{
    (void)state;
    static const char *const settings[] = {"hardware.hpet.rate=1 MHz", "cyclictest.interval=1000.37 us",
                                           NULL};
    irqp_time alone = undisturbed(MICRO("spin"), settings);
    struct subject subject;
    struct outcome *outcome = run(&subject, MICRO("spin"), settings, 300, true);
    irqp_time longest = 0;
    for (unsigned i = 0; i < noted.count; i++) {
        irqp_time wait = noted.read[i] - noted.expiry[i] - alone;
        assert_in_range(wait, 0, IRQP_US - 1);
        assert_int_equal((noted.expiry[i] + wait - noted.phase) % IRQP_US, 0);
        longest = wait > longest ? wait : longest;
    }
    assert_true(longest > IRQP_US / 2);
    both_drop(&subject, outcome);
}

/* A timer that is due sooner than the minimum delta is programmed that far ahead, and comes late. */
static void a_timer_due_too_soon_comes_late(void **state)
{
    (void)state;
    enum { MINIMUM = 35 };
    static const char *const settings[] = {"cyclictest.interval=40 us", "hardware.hpet.min_delta=35 us",
                                           NULL};
    irqp_time alone = undisturbed(MICRO("spin"), OVERRIDES("cyclictest.interval=1 ms"));
    struct subject subject;
    struct outcome *outcome = run(&subject, MICRO("spin"), settings, 300, false);
    unsigned late = 0;
    for (unsigned i = 1; i < noted.count; i++) {
        if (noted.armed_at[i] < noted.read[i - 1])
            continue; /* no timer: it had passed before the sleep */
        irqp_time soonest = noted.armed_at[i] + MINIMUM * IRQP_US;
        irqp_time due = soonest > noted.expiry[i] ? soonest : noted.expiry[i];
        assert_int_equal(noted.read[i], due + alone);
        late += soonest > noted.expiry[i];
    }
    assert_true(late > 100);
    both_drop(&subject, outcome);
}

/* Native on the local APIC: one write instead of two reads and a write, and a transit of its own. */
static void local_apic_timer(void **state)
{
    (void)state;
    static const char common[] =
        "hardware.vector hardware.local_apic_eoi guest.irq_enter guest.clock_read"
        " guest.timer_expire guest.timer_callback guest.irq_exit guest.schedule"
        " hardware.address_space_switch guest.context_switch walks.user guest.switch_refill"
        " guest.switch_finish guest.sleep_return guest.syscall_exit guest.clock_gettime";
    static const struct {
        const char *device, *own;
    } table[] = {
        {"design.guest_timer=local-apic", "hardware.local_apic_timer_write hardware.local_apic_transit"},
        {"design.guest_timer=hpet",
         "hardware.hpet_read hardware.hpet_write hardware.hpet_read hardware.io_apic_transit"},
    };
    for (int i = 0; i < 2; i++) {
        struct subject subject =
            subject_make(MICRO("spin"),
                         OVERRIDES("placement=native", "costs.hardware.local_apic_transit=0.053 us",
                                   "costs.hardware.io_apic_transit=0.311 us"),
                         OVERRIDES(table[i].device));
        subject_without_grid(&subject);
        struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 20, false);
        irqp_time expected = sum_of_costs(&subject, common) + sum_of_costs(&subject, table[i].own);
        assert_int_equal(outcome->result.thread.minimum, expected);
        assert_int_equal(outcome->result.thread.maximum, expected);
        both_drop(&subject, outcome);
    }
}

/* ---- idle and the device that the wake-up waits for ---- */

static struct {
    unsigned armed, postponed;
} idle_timer;

static void arm_in_idle(struct irqp_cpu *cpu, uint16_t argument)
{
    struct run *run = run_of(cpu);
    irqp_time wake = run->guest.tasks[TASK_CYCLICTEST].wake_at, before = cpu->next[SLOT_TIMER];
    effect_functions[E_ARM_TIMER - IRQP_EFFECT_MODEL](cpu, argument);
    if (run->guest.current != TASK_IDLE)
        return;
    idle_timer.armed++;
    idle_timer.postponed += before != IRQP_NEVER && before >= wake && cpu->next[SLOT_TIMER] > before;
}

/* Entering and leaving idle moves the tick, not a wake-up that the device is programmed for already:
 * programmed anew when it is imminent, it would come late by the device's minimum delta. */
static void idle_does_not_postpone_the_wake_up(void **state)
{
    (void)state;
    static const char *const placements[] = {"placement=native", "placement=rehosted"};
    for (int i = 0; i < 2; i++) {
        struct subject subject = subject_make(MICRO("fast-edge-disk"), OVERRIDES(placements[i]),
                                              OVERRIDES("hardware.disk.service=37 us"));
        subject_replace_effect(&subject, E_ARM_TIMER, arm_in_idle);
        idle_timer.armed = idle_timer.postponed = 0;
        struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 2000, false);
        assert_int_equal(outcome->status, IRQP_OK);
        assert_true(idle_timer.armed > 100);
        assert_int_equal(idle_timer.postponed, 0);
        outcome_free(outcome);
        subject_drop(&subject);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(idle_does_not_postpone_the_wake_up),
        cmocka_unit_test(a_sample_is_clock_read_minus_expiry),
        cmocka_unit_test(passed_expiries_are_skipped_and_counted),
        cmocka_unit_test(a_sleep_past_its_expiry_returns_at_once),
        cmocka_unit_test(interrupts_before_the_clock_read_count),
        cmocka_unit_test(interrupt_latency_ends_where_the_callback_begins),
        cmocka_unit_test(expiries_wait_for_the_grid),
        cmocka_unit_test(a_timer_due_too_soon_comes_late),
        cmocka_unit_test(local_apic_timer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
