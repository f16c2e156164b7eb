/* Idle: what a state costs to leave, which one the governor takes, and that a load can lower the latency
 * because it keeps the processor out of the deep ones.
 */
#include "harness.h"

#define REHOSTED "placement=rehosted"
#define NATIVE   "placement=native"
#define DEEP     "hardware.idle=deep"
#define TICK     "design.tick.device=pit"

/* ---- the steps that differ ---- */

static void listings(void **state)
{
    (void)state;
#define EXITS "leave C3", "leave C6", "cold lines: caches lost in C3", "cold lines: caches lost in C6"
    assert_int_equal(assert_only_differs(MICRO("idle"), OVERRIDES(NATIVE), OVERRIDES(NATIVE, DEEP),
                                         STEPS("idle: governor", "idle: halt", "idle: in the state", EXITS)),
                     3); /* the idle task, and leaving either state */
    assert_int_equal(assert_only_differs(MICRO("idle"), OVERRIDES(REHOSTED), OVERRIDES(REHOSTED, DEEP),
                                         STEPS("microkernel: idle, ", EXITS)),
                     3);
    assert_int_equal(assert_only_differs(MICRO("idle"), OVERRIDES(REHOSTED, "design.idle_page_table=last"),
                                         OVERRIDES(REHOSTED, "design.idle_page_table=kernel"),
                                         STEPS("microkernel: thread switch", "microkernel: page table")),
                     1);
}

/* ---- what the states cost ---- */

/* Natively the governor knows the next timer, which is cyclictest's: the interval decides. */
static void the_next_timer_decides(void **state)
{
    (void)state;
    static const struct {
        const char *interval, *more, *less;
    } table[] = {
        {"cyclictest.interval=70 us", "", ""},
        {"cyclictest.interval=150 us", "hardware.idle_exit_c3 hardware.idle_cold_c3", "hardware.idle_exit"},
        {"cyclictest.interval=790 us", "hardware.idle_exit_c3 hardware.idle_cold_c3", "hardware.idle_exit"},
        {"cyclictest.interval=10 ms", "hardware.idle_exit_c6 hardware.idle_cold_c6", "hardware.idle_exit"},
    };
    struct subject subject = subject_make(MICRO("idle"), NULL, NULL);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const char *const interval[] = {table[i].interval, NULL};
        irqp_time deep = constant_latency(MICRO("idle"), OVERRIDES(NATIVE, DEEP), interval);
        irqp_time halt = constant_latency(MICRO("idle"), OVERRIDES(NATIVE), interval);
        irqp_time expected = sum_of_costs(&subject, table[i].more) - sum_of_costs(&subject, table[i].less);
        if (deep - halt != expected)
            fail_msg("%s: %lld ps more, not %lld", table[i].interval, (long long)(deep - halt),
                     (long long)expected);
    }
    subject_drop(&subject);
}

/* Rehosted the microkernel chooses, and knows its tick only, each millisecond: it is in C3 when the guest's
 * timer comes, because the correction has learned that idle never lasts to the next tick. */
static void the_microkernel_knows_its_tick(void **state)
{
    (void)state;
    struct subject subject = subject_make(
        MICRO("idle"), OVERRIDES(REHOSTED, DEEP, TICK, "cyclictest.interval=300 us", "run.warm_up=200 ms"),
        NULL);
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 500, false);
    assert_int_equal(outcome->status, IRQP_OK);
    assert_true(step_time(&subject, &outcome->result, "leave C3") > 0);
    assert_int_equal(step_time(&subject, &outcome->result, "leave C6"), 0);
    outcome_free(outcome);
    subject_drop(&subject);
}

/* The idle thread on the page table of the vCPU: nothing is written, nothing lost, when that is woken. */
static void the_table_of_the_idle_thread(void **state)
{
    (void)state;
    struct subject subject = subject_make(MICRO("idle"), OVERRIDES(REHOSTED), NULL);
    irqp_time kernel = constant_latency(MICRO("idle"), OVERRIDES(REHOSTED), NULL);
    irqp_time last =
        constant_latency(MICRO("idle"), OVERRIDES(REHOSTED), OVERRIDES("design.idle_page_table=last"));
    assert_int_equal(kernel - last, sum_of_costs(&subject, "hardware.address_space_switch walks.kernel"));
    subject_drop(&subject);
}

/* ---- the governor learns ---- */

static unsigned long_expected, deep_chosen;

static void choose(struct irqp_cpu *cpu, uint16_t argument)
{
    effect_functions[E_IDLE_BY_TIMER - IRQP_EFFECT_MODEL](cpu, argument);
    const struct idle *idle = &run_of(cpu)->idle;
    bool counts = idle->expected > 5 * IRQP_MS && cpu->now > 100 * IRQP_MS;
    long_expected += counts;
    deep_chosen += counts && idle->depth == IDLE_C6;
}

/* A disk that interrupts each 200 us ends idle long before the next timer, 10 ms away: soon the governor does
 * not believe in that any more. */
static void predictions_are_corrected(void **state)
{
    (void)state;
    struct subject subject = subject_make(
        MICRO("reader"), OVERRIDES(NATIVE, DEEP, "cyclictest.interval=10 ms", "hardware.disk.service=200 us"),
        NULL);
    subject_replace_effect(&subject, E_IDLE_BY_TIMER, choose);
    long_expected = deep_chosen = 0;
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 30, false);
    assert_int_equal(outcome->status, IRQP_OK);
    assert_true(long_expected > 100);
    assert_true(deep_chosen < long_expected / 10);
    assert_true(outcome->result.counters[COUNT_DISK_INTERRUPTS] > 1000);
    outcome_free(outcome);
    subject_drop(&subject);
}

/* ---- a load that lowers the latency ---- */

static double mean_latency(const char *placement, const char *idle, bool loaded)
{
    struct subject subject =
        subject_make(SCENARIOS "/loads/idle.yaml", OVERRIDES(placement, idle, "run.warm_up=50 ms"),
                     loaded ? OVERRIDES("load={processes: [{program: p}], programs: {p: {steps: [{compute: "
                                        "15 us}, {sleep: 40 us}]}}}")
                            : NULL);
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 300, false);
    assert_int_equal(outcome->status, IRQP_OK);
    double mean = 0;
    irqp_histogram_mean(&outcome->result.thread, &mean);
    outcome_free(outcome);
    subject_drop(&subject);
    return mean / IRQP_US;
}

/* With the deep states a light load lowers the mean by more than 10 us; with halt alone, which is all that
 * differs, it does not lower it by a microsecond. */
static void a_light_load_lowers_the_latency(void **state)
{
    (void)state;
    static const char *const placements[] = {NATIVE, REHOSTED};
    for (int i = 0; i < 2; i++) {
        assert_true(mean_latency(placements[i], DEEP, true) < mean_latency(placements[i], DEEP, false) - 10);
        assert_true(mean_latency(placements[i], "hardware.idle=halt", true) >
                    mean_latency(placements[i], "hardware.idle=halt", false) - 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(listings),
        cmocka_unit_test(the_next_timer_decides),
        cmocka_unit_test(the_microkernel_knows_its_tick),
        cmocka_unit_test(the_table_of_the_idle_thread),
        cmocka_unit_test(predictions_are_corrected),
        cmocka_unit_test(a_light_load_lowers_the_latency),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
