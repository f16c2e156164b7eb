/* design.guest_timer: the guest's clock-event device. What programming it and being woken by it costs, and
 * how late it is (facts, sections 4 and 8).
 */
#include "harness.h"
#include <math.h>

#define TIMER(name) "design.guest_timer=" name
#define REHOSTED    "placement=rehosted"

/* ---- steps ---- */

static void devices_change_their_own_steps(void **state)
{
    (void)state;
    static const char file[] = SCENARIOS "/paper/fig6-hackbench-l4linux.yaml";
    assert_int_equal(
        assert_only_differs(file, OVERRIDES(TIMER("hpet")), OVERRIDES(TIMER("local-apic")),
                            STEPS("HPET: ", "call: set the guest's timer", "local APIC: program the timer",
                                  "microkernel: is it queued already", "microkernel: mask the line",
                                  "microkernel: object is ready")),
        5); /* handler, front, idle, cyclictest, screen refresh */
    assert_only_differs(file, OVERRIDES(TIMER("local-apic")), OVERRIDES(TIMER("one-shot-thread")),
                        STEPS("call: set the guest's timer", "local APIC: program the timer",
                              "timer thread: ", "microkernel: ", "cold lines: microkernel front",
                              "end of interrupt"));
    assert_only_differs(file, OVERRIDES(TIMER("one-shot-thread")), OVERRIDES(TIMER("ipc-timeout")),
                        STEPS("timer thread: ", "timer interrupt: "));
}

static void the_local_apic_costs_a_call(void **state)
{
    (void)state;
    struct subject subject = subject_make(MICRO("idle"), OVERRIDES(REHOSTED), NULL);
    irqp_time hpet = sum_of_costs(&subject, "hardware.hpet_read hardware.hpet_write hardware.hpet_read");
    irqp_time call = sum_of_costs(&subject, "microkernel.timer_call hardware.local_apic_timer_write");
    subject_drop(&subject);
    static const char *const files[] = {MICRO("spin"), MICRO("kernel"), MICRO("idle")};
    for (int i = 0; i < 3; i++) {
        irqp_time granted = constant_latency(files[i], OVERRIDES(REHOSTED), OVERRIDES(TIMER("hpet")));
        irqp_time by_call = constant_latency(files[i], OVERRIDES(REHOSTED), OVERRIDES(TIMER("local-apic")));
        assert_int_equal(by_call - granted, call - hpet);
    }
}

/* ---- by a thread: the wait for the tick, and what follows it ---- */

enum { NOTED_MAX = 6000 };
static struct {
    void (*accept)(struct irqp_cpu *cpu, unsigned line);
    irqp_time tick;                                   /* accepted last */
    irqp_time waited[NOTED_MAX], followed[NOTED_MAX]; /* expiry to tick, tick to clock read */
    unsigned count;
} noted;

static void accept_tick(struct irqp_cpu *cpu, unsigned line)
{
    if (line == LINE_TICK)
        noted.tick = cpu->now;
    noted.accept(cpu, line);
}

static void sample(struct irqp_cpu *cpu, uint16_t argument)
{
    struct run *run = run_of(cpu);
    irqp_time expiry = run->wakeup.expiry;
    if (cpu->charging && run->wakeup.measured && noted.count < NOTED_MAX) {
        noted.waited[noted.count] = noted.tick - expiry;
        noted.followed[noted.count++] = cpu->now - noted.tick;
    }
    effect_functions[E_SAMPLE - IRQP_EFFECT_MODEL](cpu, argument);
}

static void note(const char *file, const char *const *overrides, const char *const *more, uint64_t samples)
{
    struct subject subject = subject_make(file, overrides, more);
    memset(&noted, 0, sizeof noted);
    noted.accept = subject.machine->program.accept;
    subject.machine->program.accept = accept_tick;
    subject_replace_effect(&subject, E_SAMPLE, sample);
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, samples, false);
    assert_int_equal(outcome->status, IRQP_OK);
    assert_true(noted.count >= samples);
    outcome_free(outcome);
    subject_drop(&subject);
}

static irqp_time route(const char *file, const char *const *overrides, const char *const *more,
                       const char *name)
{
    struct subject subject = subject_make(file, overrides, more);
    const struct irqp_program *program = &subject.machine->program;
    const struct irqp_route *routes;
    size_t count = irqp_interrupt_path.routes(subject.machine, &routes);
    irqp_time sum = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t p = 0; p < routes[i].count && !strcmp(routes[i].name, name); p++)
            for (uint16_t r = routes[i].parts[p].from; r < routes[i].parts[p].until; r++)
                sum += program->costs[program->rows[program->paths[routes[i].parts[p].path].first + r].cost]
                           .mean;
    subject_drop(&subject);
    assert_true(sum > 0);
    return sum;
}

/* From the tick to the clock read it takes as long as the route says: tick, switch to the timer thread (to
 * its address space, if a task or nobody ran), trigger, receive, switch to the vCPU, upcall, the handler,
 * which calls the thread to program the next event, the switch to the task. */
static void the_way_by_the_thread(void **state)
{
    (void)state;
    static const struct {
        const char *file, *route;
        bool idle;
    } situations[] = {
        {MICRO("spin"), "user mode: tick to clock read", false},
        {MICRO("kernel"), "kernel mode: tick to clock read", false},
        {MICRO("idle"), "idle: tick to clock read", true},
    };
    static const char *const timers[][2] = {{TIMER("ipc-timeout"), "guest.hz=1000"},
                                            {TIMER("one-shot-thread"), "guest.hz=0"}};
    static const char *const ticks[] = {"design.tick.device=pit", "design.tick.device=local-apic"};
    for (int s = 0; s < 3; s++)
        for (int t = 0; t < 2; t++)
            for (int d = 0; d < 2; d++) {
                const char *const *settings =
                    OVERRIDES(REHOSTED, "cyclictest.interval=10.37 ms", "design.kernel_clock=tsc");
                const char *const *more = OVERRIDES(timers[t][0], timers[t][1], ticks[d]);
                irqp_time expected = route(situations[s].file, settings, more, situations[s].route);
                if (situations[s].idle) { /* halt, and what the end of idle enables twice more */
                    struct subject subject = subject_make(MICRO("idle"), settings, more);
                    expected += sum_of_costs(&subject, "hardware.idle_exit rehosted.enable rehosted.enable");
                    subject_drop(&subject);
                }
                note(situations[s].file, settings, more, 50);
                for (unsigned i = 0; i < noted.count; i++)
                    if (noted.followed[i] != expected)
                        fail_msg("%s, %s, %s: sample %u: %lld ps, expected %lld", situations[s].route,
                                 timers[t][0], ticks[d], i, (long long)noted.followed[i],
                                 (long long)expected);
            }
}

/* Facts, section 4: the error of a timeout is uniform in (0, period], its mean half a period. */
static void the_error_is_uniform(void **state)
{
    (void)state;
    static const struct {
        const char *timer, *tick, *more;
        double period; /* us */
    } table[] = {
        {TIMER("ipc-timeout"), "design.tick.device=pit", "design.kernel_clock=tick", 999.847},
        {TIMER("ipc-timeout"), "design.tick.device=local-apic", "design.kernel_clock=tick", 1000},
        {TIMER("ipc-timeout"), "design.tick.device=pit", "guest.hz=250", 4 * 999.847},
        {TIMER("one-shot-thread"), "design.tick.device=pit", "design.kernel_clock=tsc", 999.847},
        {TIMER("one-shot-thread"), "design.tick.device=pit", "design.kernel_clock=tick", 999.847},
        {TIMER("one-shot-thread"), "design.tick.device=pit", "design.tick.rate=250", 3999.973},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        enum { SAMPLES = 5000, BINS = 10 };
        note(MICRO("spin"), OVERRIDES(REHOSTED, "cyclictest.interval=4237.77 us", "guest.hz=1000"),
             OVERRIDES(table[i].timer, table[i].tick, table[i].more), SAMPLES);
        unsigned bins[BINS] = {0};
        double sum = 0;
        for (unsigned n = 0; n < noted.count; n++) {
            double waited = (double)noted.waited[n] / IRQP_US;
            sum += waited;
            /* what falls due until the handler reads the clock is served with it */
            assert_true(waited > -10 && waited < table[i].period);
            int bin = (int)(waited / table[i].period * BINS);
            bins[bin < 0 ? 0 : bin >= BINS ? BINS - 1 : bin]++;
        }
        double mean = sum / noted.count;
        print_message("%s, %s, %s: mean wait for the tick %.2f us\n", table[i].timer, table[i].tick,
                      table[i].more, mean);
        /* an even sequence of phases, not a random one: far nearer than sqrt(n) */
        assert_true(fabs(mean / table[i].period - 0.5) < 0.01);
        for (int b = 0; b < BINS; b++)
            assert_in_range(bins[b], SAMPLES / BINS * 90 / 100, SAMPLES / BINS * 110 / 100);
    }
}

/* Where the microkernel's timer is one-shot, timeouts have no granularity but its microsecond. */
static void one_shot_ticks_end_timeouts_when_they_are_due(void **state)
{
    (void)state;
    note(MICRO("spin"), OVERRIDES(REHOSTED, "cyclictest.interval=4237.77 us"),
         OVERRIDES(TIMER("one-shot-thread"), "design.tick.device=one-shot", "microkernel.slice=1000000"),
         1000);
    for (unsigned n = 0; n < noted.count; n++)
        assert_in_range(noted.waited[n] + IRQP_US, 0, 3 * IRQP_US);
}

/* ---- what cannot be ---- */

static void impossible_combinations_are_refused(void **state)
{
    (void)state;
    static const char file[] = SCENARIOS "/paper/fig6-hackbench-l4linux.yaml";
    assert_refused(file, OVERRIDES("placement=native", TIMER("ipc-timeout")), "no microkernel");
    assert_refused(file, OVERRIDES(TIMER("local-apic"), "design.tick.device=local-apic"),
                   "one local APIC timer");
    assert_refused(file, OVERRIDES(TIMER("local-apic"), "design.tick.device=one-shot"),
                   "one local APIC timer");
    assert_refused(file, OVERRIDES(TIMER("one-shot-thread"), "design.tick.device=none"), "never over");
    assert_refused(file, OVERRIDES(TIMER("ipc-timeout"), "guest.hz=0"), "needs one");
    assert_refused(file, OVERRIDES(TIMER("ipc-timeout"), "design.tick.rate=250"), "must not be above");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(devices_change_their_own_steps),
        cmocka_unit_test(the_local_apic_costs_a_call),
        cmocka_unit_test(the_way_by_the_thread),
        cmocka_unit_test(the_error_is_uniform),
        cmocka_unit_test(one_shot_ticks_end_timeouts_when_they_are_due),
        cmocka_unit_test(impossible_combinations_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
