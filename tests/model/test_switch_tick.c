/* design.tick: the microkernel's scheduling timer, what each device costs, and what it does to slices and to
 * the wake-ups that it hits (facts, section 4).
 */
#include "harness.h"

#define DEVICE(name) "design.tick.device=" name

/* ---- what differs in the paths, and what that costs ---- */

static void devices_change_their_own_steps(void **state)
{
    (void)state;
    static const char file[] = SCENARIOS "/paper/fig6-hackbench-l4linux.yaml";
    assert_int_equal(assert_only_differs(file, OVERRIDES(DEVICE("pit"), "design.tick.controller=8259"),
                                         OVERRIDES(DEVICE("local-apic")), STEPS("end of interrupt at")),
                     1);
    assert_int_equal(assert_only_differs(file, OVERRIDES(DEVICE("local-apic")), OVERRIDES(DEVICE("one-shot")),
                                         STEPS("local APIC: program the end of the slice or the next timeout",
                                               "microkernel: go on with the best thread")),
                     6); /* the tick, three switches, two wakes of the vCPU */
    assert_int_equal(
        assert_only_differs(file, OVERRIDES(DEVICE("local-apic")), OVERRIDES(DEVICE("tickless")),
                            STEPS("local APIC: program the next tick",
                                  "microkernel: go on with the best thread", "microkernel: is a tick needed",
                                  "microkernel: tick as needed", "microkernel: ticks again")),
        7);
}

static void one_shot_is_programmed_at_each_switch(void **state)
{
    (void)state;
    static const char *const rehosted[] = {"placement=rehosted", NULL};
    struct subject subject = subject_make(MICRO("idle"), rehosted, NULL);
    irqp_time write = constant_cost(&subject, "hardware.local_apic_timer_write");
    subject_drop(&subject);
    irqp_time idle = constant_latency(MICRO("idle"), rehosted, OVERRIDES(DEVICE("none")));
    irqp_time user = constant_latency(MICRO("spin"), rehosted, OVERRIDES(DEVICE("none")));
    assert_int_equal(constant_latency(MICRO("idle"), rehosted, OVERRIDES(DEVICE("one-shot"))), idle + write);
    assert_int_equal(constant_latency(MICRO("idle"), rehosted, OVERRIDES(DEVICE("tickless"))), idle);
    assert_int_equal(constant_latency(MICRO("spin"), rehosted, OVERRIDES(DEVICE("tickless"))), user);
}

/* A wake-up that the tick hits pays for its whole handler. Most of one is the clock read here. */
static void a_hit_costs_the_handler(void **state)
{
    (void)state;
    static const char handler[] =
        "microkernel.irq_entry microkernel.tick microkernel.return microkernel.tick_refill";
    static const struct {
        const char *device, *more, *own;
    } table[] = {
        {DEVICE("pit"), "design.tick.controller=io-apic", "hardware.local_apic_eoi"},
        {DEVICE("pit"), "design.tick.controller=8259", "hardware.8259_eoi"},
        {DEVICE("local-apic"), "hardware.local_apic.error=300", "hardware.local_apic_eoi"},
        {DEVICE("one-shot"), "microkernel.slice=1",
         "hardware.local_apic_eoi hardware.local_apic_timer_write"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct subject subject = subject_make(
            MICRO("spin"),
            OVERRIDES("placement=rehosted", "cyclictest.interval=1.3 ms", "costs.guest.clock_gettime=500 us"),
            OVERRIDES(table[i].device, table[i].more));
        subject_without_grid(&subject);
        struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 200, false);
        assert_int_equal(outcome->status, IRQP_OK);
        assert_true(outcome->result.counters[COUNT_TICK_HITS] > 50);
        assert_int_equal(outcome->result.thread.maximum - outcome->result.thread.minimum,
                         sum_of_costs(&subject, handler) + sum_of_costs(&subject, table[i].own));
        outcome_free(outcome);
        subject_drop(&subject);
    }
}

/* ---- how often it comes ---- */

static double ticks_per_second(const char *const *overrides)
{
    struct subject subject = subject_make(MICRO("spin"), OVERRIDES("placement=rehosted"), overrides);
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 1000, false);
    double rate =
        (double)outcome->result.counters[COUNT_MK_TICKS] * IRQP_S / (double)outcome->result.simulated;
    outcome_free(outcome);
    subject_drop(&subject);
    return rate;
}

/* One thread is always ready: tickless, nothing comes; one-shot, the end of each of its slices does. */
static void rates(void **state)
{
    (void)state;
    assert_in_range(ticks_per_second(OVERRIDES(DEVICE("pit"))), 998, 1002);
    assert_in_range(ticks_per_second(OVERRIDES(DEVICE("pit"), "design.tick.rate=100")), 98, 102);
    assert_in_range(ticks_per_second(OVERRIDES(DEVICE("local-apic"), "design.tick.rate=250")), 248, 252);
    assert_in_range(ticks_per_second(OVERRIDES(DEVICE("one-shot"))), 98, 102);
    assert_in_range(ticks_per_second(OVERRIDES(DEVICE("one-shot"), "microkernel.slice=2")), 498, 502);
    assert_true(ticks_per_second(OVERRIDES(DEVICE("tickless"))) == 0);
    assert_true(ticks_per_second(OVERRIDES(DEVICE("none"))) == 0);
}

/* ---- two oscillators beat ---- */

static struct {
    void (*fire)(struct irqp_cpu *cpu, unsigned slot);
    irqp_time last_phase, first_wrap, last_wrap;
    unsigned ticks, wraps;
} beat;

/* Where in the guest's millisecond the tick comes: it wraps once in a beat. */
static void fire(struct irqp_cpu *cpu, unsigned slot)
{
    if (slot == SLOT_TICK) {
        irqp_time phase = cpu->now % IRQP_MS, step = phase - beat.last_phase;
        if (beat.ticks++ && (step > IRQP_MS / 2 || step < -IRQP_MS / 2)) {
            if (!beat.wraps++)
                beat.first_wrap = cpu->now;
            beat.last_wrap = cpu->now;
        }
        beat.last_phase = phase;
    }
    beat.fire(cpu, slot);
}

static double beat_of(const char *const *overrides, uint64_t samples)
{
    struct subject subject = subject_make(MICRO("idle"), OVERRIDES("placement=rehosted"), overrides);
    memset(&beat, 0, sizeof beat);
    beat.fire = subject.machine->program.fire;
    subject.machine->program.fire = fire;
    outcome_free(outcome_of_batch(&subject, 1, 0, samples, false));
    subject_drop(&subject);
    assert_true(beat.wraps >= 3);
    return (double)(beat.last_wrap - beat.first_wrap) / (double)IRQP_S / (beat.wraps - 1);
}

/* T = t u / (u - t): 6.55 s for the 999.8474 us of the PIT's divisor 1193 against 1 ms. */
static void beats(void **state)
{
    (void)state;
    static const struct {
        const char *device, *error;
        double hertz;
    } table[] = {
        {DEVICE("pit"), "hardware.pit.error=0", 1193182 / 1193.0},
        {DEVICE("pit"), "hardware.pit.error=-400", 1193182 / 1193.0 * (1 - 400e-6)},
        {DEVICE("local-apic"), "hardware.local_apic.error=250", 1000.25},
        {DEVICE("local-apic"), "hardware.local_apic.error=-250", 999.75},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        double expected = 1 / (table[i].hertz - 1000);
        expected = expected < 0 ? -expected : expected;
        double found = beat_of(OVERRIDES(table[i].device, table[i].error), (uint64_t)(4200 * expected));
        print_message("%s, %s: beat %.4f s, expected %.4f s\n", table[i].device, table[i].error, found,
                      expected);
        assert_true(found > expected * 0.999 && found < expected * 1.001);
    }
}

/* ---- slices ---- */

static struct {
    irqp_time last, shortest, longest;
    unsigned count;
} turns;

/* A rival of the vCPU's priority that never blocks: the helper, always with something to destroy. */
static void read_clock(struct irqp_cpu *cpu, uint16_t argument)
{
    struct run *run = run_of(cpu);
    struct kernel_thread *helper = &run->microkernel.threads[THREAD_HELPER];
    if (!helper->ready) {
        helper->priority = PRIORITY_VCPU;
        helper->turn = ++run->microkernel.last_turn;
        helper->ready = true;
        tick_rival(run);
    }
    effect_functions[E_READ_CLOCK - IRQP_EFFECT_MODEL](cpu, argument);
}

static void next_dead(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    cpu->thread->registers[REG_BASE] = 100 * IRQP_MS;
}

static void completed(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)cpu;
    (void)argument;
}

static void note_turn(struct irqp_cpu *cpu, enum effect effect, uint16_t argument)
{
    const struct microkernel *kernel = &run_of(cpu)->microkernel;
    enum kernel_thread_id before = kernel->current;
    effect_functions[effect - IRQP_EFFECT_MODEL](cpu, argument);
    if (kernel->current == before || before == THREAD_IDLE || kernel->current == THREAD_IDLE)
        return;
    irqp_time turn = cpu->now - turns.last;
    turns.last = cpu->now;
    if (turns.count++ < 3) /* the first are not whole */
        return;
    turns.shortest = turns.shortest && turns.shortest < turn ? turns.shortest : turn;
    turns.longest = turns.longest > turn ? turns.longest : turn;
}

static void tick(struct irqp_cpu *cpu, uint16_t argument)
{
    note_turn(cpu, E_MICROKERNEL_TICK, argument);
}

static void schedule_threads(struct irqp_cpu *cpu, uint16_t argument)
{
    note_turn(cpu, E_SCHEDULE_THREADS, argument);
}

/* A guest that always computes and a rival take turns, one slice each. */
static void equals_take_turns(void **state)
{
    (void)state;
    static const struct {
        const char *device, *more;
        irqp_time slice;
    } table[] = {
        {DEVICE("pit"), "design.tick.rate=1000", 10 * 999847 * IRQP_NS},
        {DEVICE("pit"), "microkernel.slice=3", 3 * 999847 * IRQP_NS},
        {DEVICE("local-apic"), "design.tick.rate=500", 20 * IRQP_MS},
        {DEVICE("tickless"), "design.tick.rate=1000", 10 * IRQP_MS},
        {DEVICE("one-shot"), "design.tick.rate=1000", 10 * IRQP_MS},
        {DEVICE("one-shot"), "hardware.local_apic.error=5000", 10 * IRQP_MS},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct subject subject =
            subject_make(MICRO("spin"), OVERRIDES("placement=rehosted", "cyclictest.interval=50 ms"),
                         OVERRIDES(table[i].device, table[i].more));
        memset(&turns, 0, sizeof turns);
        subject_replace_effect(&subject, E_READ_CLOCK, read_clock);
        subject_replace_effect(&subject, E_HELPER_NEXT, next_dead);
        subject_replace_effect(&subject, E_HELPER_COMPLETE, completed);
        subject_replace_effect(&subject, E_MICROKERNEL_TICK, tick);
        subject_replace_effect(&subject, E_SCHEDULE_THREADS, schedule_threads);
        struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 20, false);
        assert_int_equal(outcome->status, IRQP_OK);
        print_message("%s, %s: %u turns of %.1f to %.1f us\n", table[i].device, table[i].more, turns.count,
                      (double)turns.shortest / IRQP_US, (double)turns.longest / IRQP_US);
        assert_true(turns.count > 20);
        /* within what the handler and the switch take, and what masks the line meanwhile */
        assert_true(turns.shortest > table[i].slice - 10 * IRQP_US);
        assert_true(turns.longest < table[i].slice + 10 * IRQP_US);
        outcome_free(outcome);
        subject_drop(&subject);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(devices_change_their_own_steps),
        cmocka_unit_test(one_shot_is_programmed_at_each_switch),
        cmocka_unit_test(a_hit_costs_the_handler),
        cmocka_unit_test(rates),
        cmocka_unit_test(beats),
        cmocka_unit_test(equals_take_turns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
