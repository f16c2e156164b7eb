/* The latency probe: what its three latencies are made of, what a level costs more than an edge (the paper's
 * level-triggered claim, facts 3 and 11.15), and that no assertion is unaccounted for.
 */
#include "harness.h"
#include "route_costs.h"

#define REHOSTED    "placement=rehosted"
#define NATIVE      "placement=native"
#define VIRTUALISED "placement=virtualised"
#define LEVEL       "hardware.probe.trigger=level"
#define BELOW       "probe.priority=40" /* than its interrupt thread */
#define UNTHREADED  "design.preempt_rt=false"

/* The probe comes in the middle between two wake-ups of cyclictest, and meets the load in user mode. */
#define ALONE                                                                                                \
    "probe.enabled=true", "probe.interval=10 ms", "cyclictest.interval=10 ms", "probe.phase=cyclictest",     \
        "probe.offset=5 ms"

struct latencies {
    irqp_time of[PROBE_STAGES];
};

static struct latencies alone(const char *const *overrides)
{
    struct subject subject = subject_make(MICRO("spin"), OVERRIDES(ALONE), overrides);
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 20, false);
    struct latencies latencies;
    assert_int_equal(outcome->status, IRQP_OK);
    for (enum probe_stage stage = 0; stage < PROBE_STAGES; stage++) {
        latencies.of[stage] = 0;
        if (!probe_has(subject.machine, stage))
            continue;
        const struct irqp_histogram *histogram =
            &outcome->result.latencies[probe_latency(subject.machine, stage)];
        assert_in_range(histogram->total, 18, 20);
        assert_int_equal(histogram->minimum, histogram->maximum);
        latencies.of[stage] = histogram->minimum;
    }
    assert_int_equal(outcome->result.counters[COUNT_PROBE_MERGED], 0);
    assert_int_equal(outcome->result.counters[COUNT_PROBE_LOST], 0);
    outcome_free(outcome);
    subject_drop(&subject);
    return latencies;
}

/* ---- what they are made of ---- */

static void each_is_the_sum_of_its_steps(void **state)
{
    (void)state;
#define TO_HANDLER                                                                                           \
    "microkernel.irq_entry microkernel.irq_object hardware.local_apic_eoi microkernel.front_misses"          \
    " microkernel.decide microkernel.enter_kernel_mode hardware.address_space_switch"                        \
    " walks.kernel microkernel.state_copy microkernel.upcall_misses rehosted.segment_reload"                 \
    " rehosted.guest_entry"                                                                                  \
    " rehosted.handler_misses rehosted.delivery_unexplained guest.irq_enter "
#define NATIVE_SWITCH                                                                                        \
    " guest.schedule hardware.address_space_switch guest.context_switch walks.user guest.switch_refill"      \
    " guest.switch_finish "
    static const struct {
        const char *placement, *patch, *steps[PROBE_STAGES];
    } table[] = {
        {REHOSTED,
         NULL,
         {TO_HANDLER, "guest.thread_wake guest.irq_exit" SWITCH,
          "guest.probe_handler guest.wake_up rehosted.enable" SWITCH
          " guest.probe_return rehosted.state_page microkernel.resume microkernel.resume_space"
          " walks.user rehosted.user_refill guest.clock_gettime"}},
        {NATIVE,
         NULL,
         {"hardware.vector hardware.local_apic_eoi guest.irq_enter",
          "guest.thread_wake guest.irq_exit" NATIVE_SWITCH,
          "guest.probe_handler guest.wake_up" NATIVE_SWITCH
          "guest.probe_return guest.syscall_exit guest.clock_gettime"}},
        {REHOSTED,
         UNTHREADED,
         {TO_HANDLER, NULL,
          "guest.probe_handler guest.wake_up guest.irq_exit" SWITCH
          " guest.probe_return rehosted.state_page microkernel.resume microkernel.resume_space"
          " walks.user rehosted.user_refill guest.clock_gettime"}},
        {NATIVE,
         UNTHREADED,
         {"hardware.vector hardware.local_apic_eoi guest.irq_enter", NULL,
          "guest.probe_handler guest.wake_up guest.irq_exit" NATIVE_SWITCH
          "guest.probe_return guest.syscall_exit guest.clock_gettime"}},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct subject subject = subject_make(MICRO("spin"), OVERRIDES(table[i].placement), NULL);
        struct latencies measured = alone(OVERRIDES(table[i].placement, table[i].patch));
        irqp_time expected = 0;
        for (int stage = 0; stage < PROBE_STAGES; stage++) {
            if (!table[i].steps[stage])
                continue;
            expected += sum_of_costs(&subject, table[i].steps[stage]);
            assert_int_equal(measured.of[stage], expected);
        }
        subject_drop(&subject);
    }
}

/* ---- level against edge, and the other controllers ---- */

/* A mask before the delivery (L2); a call to unmask behind the handler (L6), which the user task only waits
 * for if it is not better than the interrupt thread. */
static void what_a_line_costs(void **state)
{
    (void)state;
#define L2            "hardware.io_apic_mask"
#define L6            "microkernel.unmask_call hardware.io_apic_unmask rehosted.enable"
#define UNTHREADED_L6 "microkernel.unmask_call hardware.io_apic_unmask"
    static const struct {
        const char *one[5], *other[5], *more[PROBE_STAGES];
    } table[] = {
        {{REHOSTED}, {REHOSTED, LEVEL}, {L2, L2, L2}},
        {{REHOSTED, BELOW}, {REHOSTED, BELOW, LEVEL}, {L2, L2, L2 " " L6}},
        {{NATIVE}, {NATIVE, LEVEL}, {L2, L2, L2}},
        {{NATIVE, BELOW}, {NATIVE, BELOW, LEVEL}, {L2, L2, L2 " hardware.io_apic_unmask"}},
        /* without an interrupt thread the handler unmasks, before the task */
        {{REHOSTED, UNTHREADED}, {REHOSTED, UNTHREADED, LEVEL}, {L2, "", L2 " " UNTHREADED_L6}},
        {{NATIVE, UNTHREADED, LEVEL},
         {NATIVE, UNTHREADED},
         {"hardware.local_apic_eoi", "", ""}}, /* fasteoi */
        {{REHOSTED, BELOW}, {REHOSTED, BELOW, "hardware.probe.controller=msi"}, {"", "", ""}},
        {{REHOSTED, BELOW},
         {REHOSTED, BELOW, "design.unmask=always"},
         {"", "", "microkernel.unmask_call rehosted.enable"}},
        /* the note costs nothing; the task's own resume call unmasks */
        {{REHOSTED, BELOW},
         {REHOSTED, BELOW, LEVEL, "design.unmask=lazy"},
         {L2, L2, L2 " hardware.io_apic_unmask rehosted.enable"}},
    };
    struct subject subject = subject_make(MICRO("spin"), NULL, NULL);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct latencies one = alone(table[i].one), other = alone(table[i].other);
        for (int stage = 0; stage < PROBE_STAGES; stage++) {
            irqp_time expected = sum_of_costs(&subject, table[i].more[stage]);
            if (other.of[stage] - one.of[stage] != expected)
                fail_msg("row %d, stage %d: %lld ps more, not %lld", (int)i, stage,
                         (long long)(other.of[stage] - one.of[stage]), (long long)expected);
        }
    }
    subject_drop(&subject);
}

static void listings(void **state)
{
    (void)state;
    static const char on[] = "probe.enabled=true";
    unsigned changed =
        assert_only_differs(MICRO("idle"), OVERRIDES(REHOSTED, on), OVERRIDES(REHOSTED, on, LEVEL),
                            STEPS("mask the line at the IO-APIC", "microkernel: is it queued already",
                                  "microkernel: mask the line, hit again", "microkernel: object is ready",
                                  "unmask call", "unmask the line at the IO-APIC"));
    assert_int_equal(changed, 2); /* the entry, the interrupt thread */
    struct subject subject = subject_make(MICRO("idle"), OVERRIDES(REHOSTED, on, LEVEL), NULL);
    assert_string_equal(subject.machine->routes[0].name, "probe: interrupt to the user task's clock read");
    assert_string_equal(irqp_interrupt_path.latency_name(subject.machine, LATENCY_PROBE + PROBE_TASK),
                        "probe to user task");
    assert_null(irqp_interrupt_path.latency_name(subject.machine, LATENCIES));
    subject_drop(&subject);
    subject = subject_make(MICRO("idle"), OVERRIDES(REHOSTED, on, UNTHREADED), NULL);
    assert_string_equal(irqp_interrupt_path.latency_name(subject.machine, LATENCIES - 2),
                        "probe to user task");
    assert_null(irqp_interrupt_path.latency_name(subject.machine, LATENCIES - 1));
    subject_drop(&subject);
    subject = subject_make(MICRO("idle"), OVERRIDES(REHOSTED), NULL);
    assert_null(irqp_interrupt_path.latency_name(subject.machine, IRQP_LATENCIES_OWN));
    subject_drop(&subject);
}

/* ---- a channel of the load that the device feeds ---- */

#define RECEIVER(more)                                                                                       \
    "load={channels: {c: {capacity: 10" more "}}, processes: [{program: spin}, {program: receiver}],"        \
    " programs: {spin: {steps: [{compute: 1 s}, {send: c}]},"                                                \
    " receiver: {priority: 10, steps: [{receive: c}, {compute: 3 us}]}}}"
#define QUIET RECEIVER("")
#define FED   RECEIVER(", from: probe")

static void packets_are_steps_of_the_thread(void **state)
{
    (void)state;
    static const char on[] = "probe.enabled=true";
    unsigned changed = assert_only_differs(
        MICRO("idle"), OVERRIDES(REHOSTED, on, QUIET), OVERRIDES(REHOSTED, on, FED),
        STEPS("probe thread: is there a packet", "probe thread: driver and protocol of a packet",
              "probe thread: queue the packet", "probe thread: is a receiver waiting", "try_to_wake_up",
              "probe thread: packet queued", "probe thread: next packet", "probe thread: no more packets"));
    assert_int_equal(changed, 1);
}

static void packets_need_a_probe_and_its_thread(void **state)
{
    (void)state;
    assert_refused(MICRO("idle"), OVERRIDES(REHOSTED, FED), "there is no probe");
    assert_refused(MICRO("idle"), OVERRIDES(REHOSTED, FED, "probe.enabled=true", UNTHREADED),
                   "design.preempt_rt: true");
}

/* The packet comes to its receiver before the event to the task that reads. */
static void a_packet_costs_the_reader_its_way(void **state)
{
    (void)state;
#define SHORT  "costs.guest.irq_off_section=0.120377 us"
#define PACKET "guest.packet_work guest.irq_off_section guest.wake_up"
    static const struct {
        const char *placement, *more;
    } table[] = {
        {NATIVE, PACKET},
        {REHOSTED, PACKET " rehosted.enable"},
        {VIRTUALISED, PACKET},
    };
    struct subject subject = subject_make(MICRO("spin"), OVERRIDES(SHORT), NULL);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct latencies without = alone(OVERRIDES(table[i].placement, SHORT, QUIET)),
                         with = alone(OVERRIDES(table[i].placement, SHORT, FED));
        assert_int_equal(with.of[PROBE_HANDLER], without.of[PROBE_HANDLER]);
        assert_int_equal(with.of[PROBE_THREAD], without.of[PROBE_THREAD]);
        assert_int_equal(with.of[PROBE_TASK] - without.of[PROBE_TASK], sum_of_costs(&subject, table[i].more));
    }
    subject_drop(&subject);
}

/* ---- the route that is listed is the one that is taken ---- */

static void routes_add_up(void **state)
{
    (void)state;
    static const char *const ways[][5] = {{REHOSTED},
                                          {NATIVE},
                                          {REHOSTED, BELOW, LEVEL},
                                          {NATIVE, BELOW, LEVEL},
                                          {REHOSTED, SHORT, FED},
                                          {REHOSTED, UNTHREADED, LEVEL},
                                          {NATIVE, UNTHREADED}};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct latencies measured = alone(ways[i]);
        struct subject subject = subject_make(MICRO("spin"), OVERRIDES(ALONE), ways[i]);
        const struct irqp_program *program = &subject.machine->program;
        irqp_time sum = 0;
        for (size_t r = 0; r < subject.machine->route_count; r++) {
            const struct irqp_route *route = &subject.machine->routes[r];
            if (strncmp(route->name, "probe", 5) != 0)
                continue;
            for (size_t p = 0; p < route->count; p++)
                for (uint16_t row = route->parts[p].from; row < route->parts[p].until; row++) {
                    const struct irqp_path *path = &program->paths[route->parts[p].path];
                    sum += program->costs[program->rows[path->first + row].cost].value;
                }
        }
        assert_int_equal(sum, measured.of[PROBE_TASK]);
        subject_drop(&subject);
    }
}

/* ---- no assertion is unaccounted for ---- */

static void assertions_are_answered_merged_or_lost(void **state)
{
    (void)state;
    static const struct {
        const char *placement, *more[4];
        bool merges, loses;
    } table[] = {
        {REHOSTED, {NULL}, true, true},
        {REHOSTED, {LEVEL}, true, false},
        {REHOSTED, {LEVEL, "design.unmask=lazy"}, true, false},
        {REHOSTED, {"hardware.probe.controller=msi"}, true, false},
        {REHOSTED, {"hardware.probe.controller=8259"}, true, false},
        {NATIVE, {NULL}, true, false},
        {NATIVE, {LEVEL}, true, false},
        {NATIVE, {"hardware.probe.controller=8259", LEVEL, BELOW}, true, false},
        {VIRTUALISED, {"hardware.probe.controller=msi"}, true, false},
        {VIRTUALISED, {NULL}, true, true},
        {VIRTUALISED, {LEVEL}, true, false},
        {NATIVE, {UNTHREADED, LEVEL}, true, false},
        {REHOSTED, {UNTHREADED, LEVEL}, true, false},
        {VIRTUALISED, {UNTHREADED, LEVEL}, true, false},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct subject subject =
            subject_make(SCENARIOS "/loads/hackbench.yaml",
                         OVERRIDES(table[i].placement, "probe.enabled=true", "run.warm_up=5 ms",
                                   "probe.interval={dist: exponential, mean: 30 us}"),
                         table[i].more);
        struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 300, false);
        const struct irqp_result *result = &outcome->result;
        const uint64_t *counters = result->counters;
        unsigned last = probe_latency(subject.machine, PROBE_TASK);
        uint64_t answered = result->latencies[last].total;
        uint64_t gone = counters[COUNT_PROBE_MERGED] + counters[COUNT_PROBE_LOST];
        assert_int_equal(outcome->status, IRQP_OK);
        assert_true(counters[COUNT_PROBE_ASSERTIONS] > 8000);
        assert_in_range(counters[COUNT_PROBE_ASSERTIONS] - answered - gone, 0,
                        6); /* on their way at the end */
        assert_true(answered > counters[COUNT_PROBE_ASSERTIONS] / 4);
        assert_int_equal(counters[COUNT_PROBE_MERGED] > 0, table[i].merges);
        if ((counters[COUNT_PROBE_LOST] > 0) != table[i].loses)
            fail_msg("row %d: %d lost", (int)i, (int)counters[COUNT_PROBE_LOST]);
        for (unsigned latency = LATENCY_PROBE; latency < last; latency++) {
            const struct irqp_histogram *sooner = &result->latencies[latency], *later = sooner + 1;
            assert_true(sooner->total >= later->total);
            assert_true(sooner->minimum < later->minimum);
        }
        outcome_free(outcome);
        subject_drop(&subject);
    }
}

/* ---- L7: a line that is still asserted fires again as soon as it is unmasked ---- */

static struct {
    void (*accept)(struct irqp_cpu *cpu, unsigned line);
    irqp_time unmasked; /* with its line asserted; IRQP_NEVER otherwise */
    unsigned again, late;
} still;

static void unmask_line(struct irqp_cpu *cpu, uint16_t line)
{
    effect_functions[E_UNMASK_LINE - IRQP_EFFECT_MODEL](cpu, line);
    bool asserted = run_of(cpu)->lines[LINE_PROBE].asserted;
    still.unmasked = line == LINE_PROBE && asserted ? cpu->now : still.unmasked;
}

static void accept_line(struct irqp_cpu *cpu, unsigned line)
{
    if (line == LINE_PROBE && still.unmasked != IRQP_NEVER) {
        still.again++;
        still.late += cpu->now != still.unmasked;
        still.unmasked = IRQP_NEVER;
    }
    still.accept(cpu, line);
}

static void still_asserted_fires_again(void **state)
{
    (void)state;
    struct subject subject =
        subject_make(MICRO("spin"),
                     OVERRIDES(REHOSTED, LEVEL, "probe.enabled=true", "cyclictest.interval=20 ms",
                               "probe.interval={dist: exponential, mean: 30 us}"),
                     NULL);
    subject_replace_effect(&subject, E_UNMASK_LINE, unmask_line);
    still.accept = subject.machine->program.accept;
    subject.machine->program.accept = accept_line;
    still.unmasked = IRQP_NEVER;
    still.again = still.late = 0;
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 20, false);
    assert_int_equal(outcome->status, IRQP_OK);
    assert_true(still.again > 100);
    /* at once, but where cyclictest's timer, which comes first, was due as well */
    assert_in_range(still.late, 0, 5);
    outcome_free(outcome);
    subject_drop(&subject);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_the_sum_of_its_steps),
        cmocka_unit_test(what_a_line_costs),
        cmocka_unit_test(listings),
        cmocka_unit_test(packets_are_steps_of_the_thread),
        cmocka_unit_test(packets_need_a_probe_and_its_thread),
        cmocka_unit_test(a_packet_costs_the_reader_its_way),
        cmocka_unit_test(routes_add_up),
        cmocka_unit_test(assertions_are_answered_merged_or_lost),
        cmocka_unit_test(still_asserted_fires_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
