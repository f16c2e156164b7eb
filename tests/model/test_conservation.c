/* Every picosecond has an owner, on every shipped scenario; and a sample whose charges do not add up stops
 * the run. */
#include "harness.h"

__extension__ typedef __int128 wide_time;

static wide_time total(const irqp_time *times, size_t count)
{
    wide_time sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += times[i];
    return sum;
}

static void adds_up(const char *file)
{
    enum { SAMPLES = 1000 };
    struct subject subject = subject_make(file, OVERRIDES("run.warm_up=50 ms"), NULL);
    struct outcome *outcome = outcome_of_batch(&subject, 5, 1, SAMPLES, false);
    const struct irqp_result *result = &outcome->result;
    assert_int_equal(outcome->status, IRQP_OK);
    assert_int_equal(result->thread.total, SAMPLES);
    assert_true(result->thread.sum > 0);
    assert_true(total(result->step_time, IRQP_STEPS_MAX) == result->thread.sum);
    assert_true(total(result->cause_time, IRQP_CAUSES_MAX) == result->thread.sum);
    assert_true(total(result->mode_time, IRQP_MODES) == result->simulated);
    /* the worst sample in detail, unless it has more charges than are kept */
    assert_int_equal(result->worst, result->thread.maximum);
    irqp_time charged = 0;
    for (size_t i = 0; i < result->worst_count && i < IRQP_CHARGES_MAX; i++)
        charged += result->worst_charges[i].duration;
    if (result->worst_count <= IRQP_CHARGES_MAX)
        assert_int_equal(charged, result->worst);
    /* every charge has a name, and none of the names is an excuse */
    for (size_t i = 0; i < IRQP_STEPS_MAX; i++)
        if (result->step_time[i]) {
            assert_true(i < subject.machine->program.name_count);
            assert_null(strstr(subject.machine->program.names[i], "other"));
        }
    size_t causes = 0;
    while (irqp_interrupt_path.cause_name(subject.machine, causes))
        causes++;
    for (size_t i = causes; i < IRQP_CAUSES_MAX; i++)
        assert_int_equal(result->cause_time[i], 0);
    outcome_free(outcome);
    subject_drop(&subject);
}

static void shipped_scenarios(void **state)
{
    (void)state;
    for_each_shipped_scenario(adds_up);
}

/* ---- a picosecond without owner ---- */

static int charges_until_leak;
static irqp_time leak;

static void leaking_charge(struct irqp_cpu *cpu, const struct irqp_row *row, irqp_time duration)
{
    wakeup_charge(cpu, row, duration + (charges_until_leak-- == 0 ? leak : 0));
}

static enum irqp_status status_with_leak(irqp_time amount)
{
    struct subject subject = subject_make(MICRO("spin"), OVERRIDES("placement=rehosted"), NULL);
    subject.machine->program.charge = leaking_charge;
    subject.machine->program.charge_stretch = NULL;
    charges_until_leak = 200;
    leak = amount;
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 100, false);
    enum irqp_status status = outcome->status;
    assert_true(charges_until_leak < 0);
    outcome_free(outcome);
    subject_drop(&subject);
    return status;
}

static void one_picosecond_too_many_stops_the_run(void **state)
{
    (void)state;
    assert_int_equal(status_with_leak(0), IRQP_OK);
    assert_int_equal(status_with_leak(1), IRQP_MODEL);
    assert_int_equal(status_with_leak(-1), IRQP_MODEL);
}

/* Packets that come faster than they are handled keep a cyclictest of lower priority waiting, in so many
 * pieces that they are added up before the wake-up ends. */
static void a_wake_up_of_many_pieces(void **state)
{
    (void)state;
    struct subject subject = subject_make(SCENARIOS "/loads/network-receiver.yaml",
                                          OVERRIDES("placement=rehosted", "cyclictest.priority=45",
                                                    "probe.interval={dist: exponential, mean: 40 us}"),
                                          NULL);
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 300, false);
    const struct irqp_result *result = &outcome->result;
    assert_int_equal(outcome->status, IRQP_OK);
    assert_true(result->worst_count > NOTES_MAX && result->worst_count > IRQP_CHARGES_MAX);
    assert_true(total(result->step_time, IRQP_STEPS_MAX) == result->thread.sum);
    assert_true(total(result->cause_time, IRQP_CAUSES_MAX) == result->thread.sum);
    irqp_time kept = 0;
    for (size_t i = 0; i < IRQP_CHARGES_MAX; i++) {
        assert_true(result->worst_charges[i].duration > 0);
        kept += result->worst_charges[i].duration;
    }
    assert_true(kept < result->worst);
    outcome_free(outcome);
    subject_drop(&subject);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(shipped_scenarios),
                                       cmocka_unit_test(a_wake_up_of_many_pieces),
                                       cmocka_unit_test(one_picosecond_too_many_stops_the_run)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
