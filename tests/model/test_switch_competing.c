/* Competing threads of the microkernel and a second guest (facts, sections 0, 2a and 4): what each priority
 * costs the guest, and that of equals a blocked vCPU preempts while a ready one waits for its turn.
 */
#include "harness.h"
#include "route_costs.h"
#include <math.h>

#define TICKING "placement=rehosted", "design.tick.device=pit"

/* ---- each sample with what it waited for the vCPU to be switched to ---- */

enum { SAMPLES = 400 };
static struct {
    irqp_time waited; /* of the wake-up in flight */
    irqp_time waits[SAMPLES], latencies[SAMPLES];
    unsigned count;
} samples;

static void original(enum effect effect, struct irqp_cpu *cpu, uint16_t argument)
{
    effect_functions[effect - IRQP_EFFECT_MODEL](cpu, argument);
}

/* Any of these may switch to the vCPU: the end of a slice, a thread that waits. */
static void note(enum effect effect, struct irqp_cpu *cpu, uint16_t argument)
{
    struct run *run = run_of(cpu);
    bool elsewhere = run->microkernel.current != THREAD_VCPU;
    original(effect, cpu, argument);
    if (cpu->charging && elsewhere && run->microkernel.current == THREAD_VCPU)
        samples.waited = cpu->now - run->wakeup.expiry;
}

static void note_tick(struct irqp_cpu *cpu, uint16_t argument)
{
    note(E_MICROKERNEL_TICK, cpu, argument);
}

static void note_wait(struct irqp_cpu *cpu, uint16_t argument)
{
    note(E_COMPETING_WAIT, cpu, argument);
}

static void note_sample(struct irqp_cpu *cpu, uint16_t argument)
{
    struct run *run = run_of(cpu);
    if (cpu->charging && run->wakeup.measured && samples.count < SAMPLES) {
        samples.waits[samples.count] = samples.waited;
        samples.latencies[samples.count++] = cpu->now - run->wakeup.expiry;
    }
    samples.waited = 0;
    original(E_SAMPLE, cpu, argument);
}

static struct outcome *observe(struct subject *subject, const char *file, const char *const *overrides,
                               const char *const *more)
{
    *subject = subject_make(file, overrides, more);
    subject_without_grid(subject);
    subject_replace_effect(subject, E_MICROKERNEL_TICK, note_tick);
    subject_replace_effect(subject, E_COMPETING_WAIT, note_wait);
    subject_replace_effect(subject, E_SAMPLE, note_sample);
    memset(&samples, 0, sizeof samples);
    struct outcome *outcome = outcome_of_batch(subject, 1, 0, SAMPLES, false);
    assert_int_equal(outcome->status, IRQP_OK);
    assert_int_equal(samples.count, SAMPLES);
    return outcome;
}

/* ---- equals ---- */

#define ALWAYS_READY "competing=[{name: rival, priority: equal, busy: 1 ms}]"
static const irqp_time slice = 10 * IRQP_MS;

/* The guest computes, too: slices of ten ticks in turn. Half of the wake-ups find the other one in its slice,
 * and wait for the rest of that; then the upcall, which was installed meanwhile. */
static void equals_alternate_in_slices(void **state)
{
    (void)state;
    struct subject subject;
    struct outcome *outcome = observe(&subject, MICRO("spin"), OVERRIDES(TICKING, ALWAYS_READY),
                                      OVERRIDES("cyclictest.interval=47 ms"));
    irqp_time route = sum_of_costs(&subject, SWITCH_SPACE UPCALL HANDLER SWITCH LEAVE), sum = 0, longest = 0;
    irqp_time tick = 3 * IRQP_US;
    unsigned waited = 0;
    for (unsigned i = 0; i < SAMPLES; i++) {
        if (!samples.waits[i])
            continue;
        waited++;
        sum += samples.waits[i];
        longest = samples.waits[i] > longest ? samples.waits[i] : longest;
        /* one that the end of a slice finds on its way waits in the middle of it */
        if (samples.waits[i] < slice - 30 * IRQP_US)
            assert_in_range(samples.latencies[i] - samples.waits[i], route, route + tick);
    }
    assert_in_range(waited, SAMPLES * 4 / 10, SAMPLES * 6 / 10);
    assert_in_range(sum / waited, slice * 4 / 10, slice * 6 / 10);
    assert_in_range(longest, slice * 9 / 10, slice + 10 * IRQP_US);
    /* that time has its name */
    irqp_time rival = cause_time(&subject, &outcome->result, "thread: rival");
    assert_true(rival > sum * 99 / 100 && rival < sum * 101 / 100);
    both_drop(&subject, outcome);
}

/* The guest is idle: its vCPU is blocked, and preempts the equal that runs. */
static void a_blocked_vcpu_preempts_its_equal(void **state)
{
    (void)state;
    struct subject subject;
    struct outcome *outcome = observe(&subject, MICRO("idle"), OVERRIDES(TICKING, ALWAYS_READY),
                                      OVERRIDES("cyclictest.interval=7.3 ms"));
    irqp_time route =
        sum_of_costs(&subject, FRONT SWITCH_SPACE " microkernel.wait_return" HANDLER
                                                  " rehosted.enable rehosted.enable" SWITCH LEAVE);
    unsigned waited = 0;
    for (unsigned i = 0; i < SAMPLES; i++) {
        waited += samples.waits[i] != 0;
        if (!samples.waits[i]) /* up to one tick hits it */
            assert_in_range(samples.latencies[i], route, route + 5 * IRQP_US);
    }
    /* its slice, too, is ten ticks long: one in a hundred of its runs meets a tick, a tenth of these end it
     */
    assert_in_range(waited, 0, SAMPLES / 100);
    both_drop(&subject, outcome);
}

/* ---- above and below ---- */

#define BUSY_HALF "busy: 5 ms, idle: 5 ms"

static void one_above_delays_by_the_rest_of_its_work(void **state)
{
    (void)state;
    struct subject subject;
    struct outcome *outcome =
        observe(&subject, MICRO("spin"),
                OVERRIDES("placement=rehosted", "competing=[{name: rival, priority: above, " BUSY_HALF "}]"),
                OVERRIDES("cyclictest.interval=47 ms"));
    irqp_time route = sum_of_costs(&subject, SWITCH_SPACE UPCALL HANDLER SWITCH LEAVE), sum = 0;
    unsigned waited = 0;
    for (unsigned i = 0; i < SAMPLES; i++) {
        if (!samples.waits[i])
            continue;
        waited++;
        sum += samples.waits[i];
        if (samples.waits[i] < 5 * IRQP_MS)
            assert_int_equal(samples.latencies[i], samples.waits[i] + route);
    }
    assert_in_range(waited, SAMPLES * 4 / 10, SAMPLES * 6 / 10);
    assert_in_range(sum / waited, 2 * IRQP_MS, 3 * IRQP_MS);
    assert_in_range(outcome->result.thread.maximum, 4500 * IRQP_US, 5050 * IRQP_US);
    both_drop(&subject, outcome);
}

/* Below, it runs when the guest is idle, and delays by its interrupt at most; under a guest that computes it
 * does not run. */
static void one_below_delays_nobody(void **state)
{
    (void)state;
    static const char *const files[] = {MICRO("idle"), MICRO("spin")};
    for (int i = 0; i < 2; i++) {
        struct subject subject;
        struct outcome *outcome = observe(
            &subject, files[i],
            OVERRIDES("placement=rehosted", "competing=[{name: rival, priority: below, " BUSY_HALF "}]"),
            OVERRIDES("cyclictest.interval=7.3 ms"));
        assert_true(outcome->result.thread.maximum < 20 * IRQP_US);
        assert_true(cause_time(&subject, &outcome->result, "thread: rival") == 0);
        both_drop(&subject, outcome);
    }
}

/* ---- a second guest ---- */

/* Its interrupts are taken on whoever runs, at any priority; what its vCPU does with them depends on that. */
static void the_interrupts_of_a_second_guest_are_its_own(void **state)
{
    (void)state;
    static const char *const priorities[] = {"below", "above"};
    irqp_time front = 0, delayed[2];
    for (int i = 0; i < 2; i++) {
        char guest[160];
        snprintf(guest, sizeof guest,
                 "competing=[{name: other, kind: guest, priority: %s, busy: 10 us, idle: 20 ms, interrupts: "
                 "{dist: "
                 "exponential, mean: 100 us}}]",
                 priorities[i]);
        struct subject subject;
        struct outcome *outcome = observe(&subject, MICRO("spin"), OVERRIDES("placement=rehosted", guest),
                                          OVERRIDES("cyclictest.interval=1.3 ms"));
        const struct irqp_result *result = &outcome->result;
        front = sum_of_costs(&subject, FRONT " microkernel.return");
        assert_in_range(result->counters[COUNT_COMPETING_INTERRUPTS], result->simulated / (110 * IRQP_US),
                        result->simulated / (90 * IRQP_US));
        assert_true(cause_time(&subject, result, "interrupt: other") > 0);
        irqp_time other = cause_time(&subject, result, "thread: other");
        assert_true(i ? other > 0 : other == 0);
        delayed[i] = result->thread.maximum - result->thread.minimum;
        both_drop(&subject, outcome);
    }
    assert_in_range(delayed[0], front, 5 * front);
    assert_true(delayed[1] > delayed[0] + 5 * IRQP_US);
}

/* In an otherwise idle system each of its interrupts costs what a delivery to a guest costs, and its work. */
static void an_interrupt_of_a_second_guest_costs_what_a_guest_costs(void **state)
{
    (void)state;
    irqp_time busy[2];
    uint64_t interrupts[2];
    irqp_time price = 0;
    for (int i = 0; i < 2; i++) {
        struct subject subject;
        struct outcome *outcome =
            observe(&subject, MICRO("idle"),
                    OVERRIDES("placement=rehosted", "cyclictest.interval=100 ms", "hardware.idle=poll"),
                    OVERRIDES(i ? "competing=[{name: other, kind: guest, busy: 10 us, idle: 1000 s, "
                                  "interrupts: 1 ms}]"
                                : "competing=[{name: other, kind: guest, busy: 10 us, idle: 1000 s}]"));
        busy[i] = outcome->result.simulated - outcome->result.mode_time[IRQP_MODE_IDLE];
        interrupts[i] = outcome->result.counters[COUNT_COMPETING_INTERRUPTS];
        price =
            sum_of_costs(&subject, FRONT SWITCH_SPACE
                         " microkernel.wait_return rehosted.handler_misses guest.irq_enter guest.thread_wake "
                         "guest.irq_exit"
                         " guest.context_switch guest.thread_handler rehosted.state_page microkernel.resume"
                         " microkernel.resume_space walks.user rehosted.user_refill microkernel.wait_call "
                         "microkernel.thread_switch"
                         " hardware.address_space_switch");
        both_drop(&subject, outcome);
    }
    assert_int_equal(interrupts[0], 0);
    assert_true(interrupts[1] > 39000);
    irqp_time each = (busy[1] - busy[0]) / (irqp_time)interrupts[1];
    assert_in_range(each, price - 10 * IRQP_NS, price + 10 * IRQP_NS);
}

/* ---- a second client of the graphics server ---- */

/* A client that runs when the guest is idle keeps the server busy for 3 MiB at 1000 MB/s: the vCPU's own
 * small request waits to send, and its interrupts with it. By a ring it does not wait. */
static void a_busy_server_keeps_the_vcpu_waiting_to_send(void **state)
{
    (void)state;
    static const char *const settings[] = {
        "placement=rehosted", "cyclictest.interval=1.3 ms",
        "competing=[{name: player, priority: below, busy: 10 us, idle: 20 ms, draw: 3 MiB}]",
        "load={processes: [{program: painter}], programs: {painter: {steps: [{draw: 512 B}, {sleep: 0.9 "
        "ms}]}}}",
        NULL};
    struct subject subject;
    struct outcome *outcome =
        observe(&subject, MICRO("draw-and-sleep"), settings, OVERRIDES("design.graphics.by=synchronous"));
    assert_true(outcome->result.counters[COUNT_SEND_WAITS] > 10);
    assert_in_range(outcome->result.thread.maximum, 1500 * IRQP_US, 3200 * IRQP_US);
    both_drop(&subject, outcome);
    outcome = observe(&subject, MICRO("draw-and-sleep"), settings, OVERRIDES("design.graphics.by=ring"));
    assert_true(outcome->result.thread.maximum < 30 * IRQP_US);
    both_drop(&subject, outcome);
}

static uint64_t shown_beside(const char *device, const char *competing)
{
    struct subject subject = subject_make(
        MICRO("draw"), OVERRIDES("placement=rehosted", "design.graphics.by=synchronous", device, competing),
        OVERRIDES("cyclictest.interval=50 ms",
                  "load={processes: [{program: a}], programs: {a: {steps: [{draw: "
                  "512 B}]}}}"));
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 60, false);
    assert_int_equal(outcome->status, IRQP_OK);
    uint64_t per_second =
        outcome->result.counters[COUNT_SHOWN] * 1000 / (uint64_t)(outcome->result.simulated / IRQP_MS);
    outcome_free(outcome);
    subject_drop(&subject);
    return per_second;
}

/* A guest that calls the server all the time keeps its own slice through the calls: beside an equal that is
 * always ready it gets half of the processor, neither more nor less. */
static void a_call_is_on_the_callers_slice(void **state)
{
    (void)state;
    static const char *const devices[] = {"design.tick.device=pit", "design.tick.device=one-shot",
                                          "design.tick.device=tickless"};
    for (int i = 0; i < 3; i++) {
        uint64_t alone = shown_beside(devices[i], "competing="),
                 beside = shown_beside(devices[i], ALWAYS_READY);
        print_message("%s: %d requests per second, beside a rival %d\n", devices[i], (int)alone, (int)beside);
        assert_in_range(beside, alone * 48 / 100, alone * 52 / 100);
    }
}

/* ---- calls with interrupts off ---- */

/* A thread below that is always in a call of 100 us: the wake-up waits for the rest of it, which is uniform.
 */
static void calls_keep_interrupts_away(void **state)
{
    (void)state;
    static const double length = 100;
    struct subject subject;
    irqp_time base = 0;
    for (int i = 0; i < 2; i++) {
        subject =
            subject_make(MICRO("idle"),
                         OVERRIDES("placement=rehosted",
                                   i ? "competing=[{name: rival, priority: below, busy: 1 ns, call: 100 us}]"
                                     : "competing=[{name: rival, priority: below, busy: 1 ns}]"),
                         NULL);
        subject_without_grid(&subject);
        struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 4000, false);
        const struct irqp_histogram *interrupt = &outcome->result.interrupt;
        assert_int_equal(outcome->status, IRQP_OK);
        if (i == 0) {
            assert_int_equal(interrupt->minimum, interrupt->maximum);
            base = interrupt->minimum;
        } else {
            double mean = 0;
            assert_true(irqp_histogram_mean(interrupt, &mean));
            assert_true(interrupt->minimum >= base && interrupt->minimum < base + IRQP_US);
            assert_in_range(interrupt->maximum, base + 99 * IRQP_US, base + 100 * IRQP_US);
            double error = length / sqrt(12.0 * 4000) * IRQP_US;
            assert_true(fabs(mean - (double)base - length / 2 * IRQP_US) < 4 * error);
        }
        both_drop(&subject, outcome);
    }
}

/* ---- what it changes, and what cannot be ---- */

/* Paths of its own, and no step of anybody else's. */
static void competing_threads_have_their_own_paths(void **state)
{
    (void)state;
    struct subject none = subject_make(MICRO("spin"), OVERRIDES(TICKING), NULL);
    struct subject one = subject_make(MICRO("spin"), OVERRIDES(TICKING, ALWAYS_READY), NULL);
    const struct irqp_program *without = &none.machine->program, *with = &one.machine->program;
    assert_int_equal(without->path_count, with->path_count);
    for (size_t path = 0; path < with->path_count; path++) {
        bool own = path >= PATH_COMPETING_ENTRY && path <= PATH_COMPETING;
        assert_int_equal(without->paths[path].count == with->paths[path].count, !own);
        for (size_t n = 0; !own && n < with->name_count; n++)
            assert_int_equal(occurrences(without, path, with->names[n]),
                             occurrences(with, path, with->names[n]));
    }
    subject_drop(&none);
    subject_drop(&one);
}

static void impossible_competitors_are_refused(void **state)
{
    (void)state;
    static const char *const table[][2] = {
        {"competing=[{name: a, priority: above, busy: 1 ms}]", "leaves it no time"},
        {"competing=[{name: a, priority: equal, busy: 1 ms}]", "it needs one (design.tick.device)"},
        {"competing=[{name: a, idle: 1 ms}]", "needs 'busy'"},
        {"competing=[{busy: 1 ms, idle: 1 ms}]", "needs a 'name'"},
        {"competing=[{name: a, priority: belov, busy: 1 ms}]", "'belov' is no priority"},
        {"competing=[{name: a, busy: 1 ms, idle: 1 ms, interrupts: 1 ms}]", "only a guest"},
        {"competing=[{name: a, busy: 1 ms, idle: 1 ms, draw: 1 kB}]", "no graphics server"},
        {"competing=[{name: a, kind: guest, busy: 1 ms, idle: 1 ms, draw: 1 kB}]",
         "only those of kind: thread"},
        {"competing=[{name: a, busy: 1 ms, idle: 1 ms, wake: tick}]", "'tick' is no wake"},
        {"competing=[{name: a, busy: 1 ms, idle: 1 ms, wake: timeout}]", "there is none"},
        {"competing=[{name: a, busy: 1 ms, wake: timeout}]", "a timeout ends the 'idle' time of a thread"},
        {"competing=[{name: a, kind: guest, busy: 1 ms, idle: 1 ms, wake: timeout}]", "of a guest"},
        {"competing={name: a}", "is a list"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_refused(MICRO("spin"), OVERRIDES("placement=rehosted", "design.graphics.by=none", table[i][0]),
                       table[i][1]);
    assert_refused(MICRO("spin"), OVERRIDES("placement=native", ALWAYS_READY), "placement: rehosted");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_alternate_in_slices),
        cmocka_unit_test(a_blocked_vcpu_preempts_its_equal),
        cmocka_unit_test(one_above_delays_by_the_rest_of_its_work),
        cmocka_unit_test(one_below_delays_nobody),
        cmocka_unit_test(the_interrupts_of_a_second_guest_are_its_own),
        cmocka_unit_test(an_interrupt_of_a_second_guest_costs_what_a_guest_costs),
        cmocka_unit_test(a_call_is_on_the_callers_slice),
        cmocka_unit_test(calls_keep_interrupts_away),
        cmocka_unit_test(competing_threads_have_their_own_paths),
        cmocka_unit_test(impossible_competitors_are_refused),
        cmocka_unit_test(a_busy_server_keeps_the_vcpu_waiting_to_send),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
