/* Graphics and console (facts, sections 2e and 6): a synchronous call ties the vCPU up for the residual of
 * the server's work, a ring does not; priorities decide whom the copying delays.
 */
#include "harness.h"
#include "route_costs.h"

#define SYNCHRONOUS "placement=rehosted", "design.graphics.by=synchronous"
#define RING        "placement=rehosted", "design.graphics.by=ring"

/* ---- the steps of each design ---- */

static void a_ring_changes_its_own_steps(void **state)
{
    (void)state;
    assert_only_differs(MICRO("draw"), OVERRIDES(SYNCHRONOUS), OVERRIDES(RING),
                        STEPS("graphics: ", "graphics thread: "));
    assert_only_differs(MICRO("idle"), OVERRIDES("placement=rehosted", "design.console.by=synchronous"),
                        OVERRIDES("placement=rehosted", "design.console.by=ring"), STEPS("console thread: "));
}

/* ---- a synchronous call: the residual of the service ---- */

static struct {
    irqp_time sum;
    unsigned count;
    irqp_time longest, shortest;
} residuals;

/* The server is done; a wake-up that waits has waited since its expiry. */
static void note_residual(struct irqp_cpu *cpu, uint16_t argument)
{
    struct run *run = run_of(cpu);
    effect_functions[E_SHOWN - IRQP_EFFECT_MODEL](cpu, argument);
    if (!cpu->charging || !run->wakeup.measured || run->wakeup.stage != STAGE_QUEUED)
        return;
    irqp_time residual = cpu->now - run->wakeup.expiry;
    residuals.sum += residual;
    residuals.count++;
    residuals.longest = residual > residuals.longest ? residual : residuals.longest;
    residuals.shortest = residual < residuals.shortest ? residual : residuals.shortest;
}

enum { SAMPLES = 200 };

/* The interrupt is taken at once, from the server, and queued. The rest of the service, then the way back to
 * the vCPU, whose interrupts come back on, and the deferred delivery. The service lasts 3 MiB / 100 MB/s. */
static void a_synchronous_draw_delays_by_its_residual(void **state)
{
    (void)state;
    const irqp_time service = INT64_C(3145728) * 10000;
    struct subject subject =
        subject_make(MICRO("draw"), OVERRIDES(SYNCHRONOUS, "cyclictest.interval=47 ms"), NULL);
    subject_without_grid(&subject);
    subject_replace_effect(&subject, E_SHOWN, note_residual);
    memset(&residuals, 0, sizeof residuals);
    residuals.shortest = IRQP_NEVER;
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, SAMPLES, false);
    assert_int_equal(outcome->status, IRQP_OK);
    assert_int_equal(residuals.count, SAMPLES);
    irqp_time route = sum_of_costs(&subject, "microkernel.ipc_reply" SWITCH_SPACE
                                             " microkernel.return rehosted.enable" RECEIVE HANDLER
                                             " rehosted.enable" SWITCH LEAVE);
    assert_int_equal((irqp_time)outcome->result.thread.sum, residuals.sum + SAMPLES * route);
    /* the interrupt itself is taken at once, and lengthens the service */
    irqp_time taken = sum_of_costs(&subject, FRONT " microkernel.return");
    assert_true(residuals.longest <= service + taken);
    assert_true(residuals.longest > service * 9 / 10);
    assert_true(residuals.shortest < service / 10);
    assert_in_range(residuals.sum / SAMPLES, service * 4 / 10, service * 6 / 10);
    irqp_time waited = cause_time(&subject, &outcome->result, "thread: graphics server");
    assert_true(waited > residuals.sum * 99 / 100);
    outcome_free(outcome);
    subject_drop(&subject);
}

/* A text of 1000 bytes goes in four messages of up to 252: between them the guest takes its interrupts. The
 * worst wait is one of them, not the text. */
static void console_output_goes_in_messages(void **state)
{
    (void)state;
    struct subject subject = subject_make(
        MICRO("idle"), OVERRIDES("placement=rehosted", "design.console.by=synchronous", "guest.hz=0"),
        OVERRIDES("hardware.console.bandwidth=100 kB", "cyclictest.interval=37 ms",
                  "load={processes: [{program: a}], programs: {a: {steps: [{print: 1000 B}]}}}"));
    subject_without_grid(&subject);
    subject_replace_effect(&subject, E_SHOWN, note_residual);
    memset(&residuals, 0, sizeof residuals);
    residuals.shortest = IRQP_NEVER;
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, SAMPLES, false);
    const uint64_t *counters = outcome->result.counters;
    assert_int_equal(outcome->status, IRQP_OK);
    assert_in_range(counters[COUNT_SHOWN], 4 * counters[COUNT_PRINTS] - 4, 4 * counters[COUNT_PRINTS] + 4);
    irqp_time message = 2520 * IRQP_US, taken = sum_of_costs(&subject, FRONT " microkernel.return");
    assert_in_range(residuals.longest, message * 9 / 10, message + taken);
    assert_true(outcome->result.thread.maximum < message + 30 * IRQP_US);
    assert_true(cause_time(&subject, &outcome->result, "thread: console server") > 0);
    outcome_free(outcome);
    subject_drop(&subject);
}

/* The native driver writes to video memory itself, with interrupts and preemption on. */
static void a_native_draw_delays_nobody(void **state)
{
    (void)state;
    static const char *const native[] = {"placement=native", "cyclictest.interval=47 ms", NULL};
    assert_int_equal(constant_latency(MICRO("draw"), native, NULL),
                     constant_latency(MICRO("kernel"), native, NULL));
}

/* The server works on its client's scheduling context: what is always ready below the vCPU does not take
 * turns with it, though that is its own priority. For the second thread, below as well, it does. */
static void a_server_runs_at_its_clients_priority(void **state)
{
    (void)state;
    static const char *const settings[] = {"placement=rehosted", "design.tick.device=pit",
                                           "cyclictest.interval=47 ms",
                                           "competing=[{name: rival, priority: below, busy: 1 ms}]", NULL};
    static const char *const designs[][2] = {
        {"design.graphics.by=synchronous",
         "load={processes: [{program: a}], programs: {a: {steps: [{draw: 3 MiB}]}}}"},
        {"design.graphics.by=ring",
         "load={processes: [{program: a}], programs: {a: {steps: [{draw: 3 MiB}, {sleep: 5 ms}]}}}"}};
    for (int i = 0; i < 2; i++) {
        struct subject subject =
            subject_make(MICRO("draw"), settings, OVERRIDES(designs[i][0], designs[i][1]));
        struct outcome *outcome = outcome_of_batch(&subject, 1, 0, SAMPLES, false);
        const struct irqp_result *result = &outcome->result;
        assert_int_equal(outcome->status, IRQP_OK);
        irqp_time each = result->simulated / (irqp_time)result->counters[COUNT_SHOWN];
        irqp_time service = INT64_C(3145728) * 10000;
        if (i) /* half of the time each */
            assert_in_range(each, 2 * service * 9 / 10, 2 * service * 11 / 10);
        else
            assert_in_range(each, service, service * 102 / 100);
        outcome_free(outcome);
        subject_drop(&subject);
    }
}

/* ---- a ring: the copying delays nobody who is better ---- */

static irqp_time worst(const char *file, const char *const *overrides, const char *const *more)
{
    struct subject subject = subject_make(file, overrides, more);
    subject_without_grid(&subject);
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 500, false);
    assert_int_equal(outcome->status, IRQP_OK);
    assert_true(outcome->result.counters[COUNT_SHOWN] > 100);
    irqp_time maximum = outcome->result.thread.maximum;
    outcome_free(outcome);
    subject_drop(&subject);
    return maximum;
}

static void a_ring_never_ties_the_guest_up(void **state)
{
    (void)state;
    const char *const interval[] = {"cyclictest.interval=7.3 ms", NULL};
    irqp_time synchronous = worst(MICRO("draw-and-sleep"), OVERRIDES(SYNCHRONOUS), interval);
    irqp_time ring = worst(MICRO("draw-and-sleep"), OVERRIDES(RING), interval);
    assert_in_range(synchronous, 2800 * IRQP_US, 3200 * IRQP_US);
    assert_in_range(ring, 5 * IRQP_US, 30 * IRQP_US);
}

/* The second thread or the server above the vCPU: the copying preempts the guest. A second thread of equal
 * priority was blocked when the vCPU notifies it, and is switched to: the vCPU is then merely ready, and
 * waits. A server of equal priority runs when the guest is idle: the vCPU is blocked, and is switched to. */
static void priorities_decide_whom_the_copying_delays(void **state)
{
    (void)state;
    static const struct {
        const char *thread, *server;
        bool delayed;
    } table[] = {
        {"below", "below", false}, {"equal", "below", true}, {"above", "below", true},
        {"below", "equal", false}, {"below", "above", true}, {"above", "above", true},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char thread[64], server[64];
        snprintf(thread, sizeof thread, "design.graphics.thread_priority=%s", table[i].thread);
        snprintf(server, sizeof server, "design.graphics.server_priority=%s", table[i].server);
        irqp_time maximum = worst(MICRO("draw-and-sleep"), OVERRIDES(RING),
                                  OVERRIDES("cyclictest.interval=7.3 ms", thread, server));
        print_message("second thread %s, server %s: worst latency %d us\n", table[i].thread, table[i].server,
                      (int)(maximum / IRQP_US));
        if (table[i].delayed)
            assert_in_range(maximum, 2800 * IRQP_US, 3200 * IRQP_US);
        else
            assert_in_range(maximum, 5 * IRQP_US, 30 * IRQP_US);
    }
}

/* While the server copies for the ring, a wake-up takes the route from idle without the exit from halt. */
static void a_wake_up_during_the_copying_takes_the_direct_switch(void **state)
{
    (void)state;
    struct subject subject = subject_make(MICRO("draw-and-sleep"), OVERRIDES(RING, "guest.hz=0"),
                                          OVERRIDES("cyclictest.interval=7.3 ms"));
    subject_without_grid(&subject);
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 500, false);
    irqp_time expected =
        sum_of_costs(&subject, FRONT SWITCH_SPACE " microkernel.wait_return" HANDLER
                                                  " rehosted.enable rehosted.enable" SWITCH LEAVE);
    assert_int_equal(outcome->result.thread.minimum, expected);
    outcome_free(outcome);
    subject_drop(&subject);
}

/* ---- what each costs ---- */

struct price {
    irqp_time busy_per_request, worst, write_and_notification;
};

static struct price price_of(const char *const *design)
{
    struct subject subject = subject_make(
        MICRO("draw-and-sleep"), design,
        OVERRIDES("cyclictest.interval=310 us", "hardware.graphics.bandwidth=900 MB",
                  "load={processes: [{program: painter}], programs: {painter: {steps: [{draw: 512 B}, "
                  "{sleep: 30 us}]}}}"));
    subject_without_grid(&subject);
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 3000, false);
    const struct irqp_result *result = &outcome->result;
    assert_int_equal(outcome->status, IRQP_OK);
    assert_in_range(result->counters[COUNT_SHOWN], result->counters[COUNT_DRAWS] - 1,
                    result->counters[COUNT_DRAWS] + 1);
    struct price price = {.busy_per_request = (result->simulated - result->mode_time[IRQP_MODE_IDLE]) /
                                              (irqp_time)result->counters[COUNT_SHOWN],
                          .worst = result->thread.maximum,
                          .write_and_notification =
                              sum_of_costs(&subject, "rehosted.ring_write microkernel.trigger")};
    outcome_free(outcome);
    subject_drop(&subject);
    return price;
}

/* Short refreshes, all of them shown (claim 33 of the facts): a ring costs the write, the notification, the
 * second thread and the switches to it on top of the call, and hides the call from the guest. */
static void a_synchronous_call_is_cheaper_and_a_ring_faster_to_interrupt(void **state)
{
    (void)state;
    struct price synchronous = price_of(OVERRIDES(SYNCHRONOUS)), ring = price_of(OVERRIDES(RING));
    print_message("per request: synchronous %d ns busy, worst latency %d ns; ring %d ns, %d ns\n",
                  (int)(synchronous.busy_per_request / IRQP_NS), (int)(synchronous.worst / IRQP_NS),
                  (int)(ring.busy_per_request / IRQP_NS), (int)(ring.worst / IRQP_NS));
    assert_true(synchronous.busy_per_request + ring.write_and_notification < ring.busy_per_request);
    assert_true(ring.worst < synchronous.worst);
}

/* ---- a full ring ---- */

/* A guest that never idles starves a second thread below it: the ring fills, requests merge, the guest draws
 * on. */
static void a_full_ring_merges_and_never_waits(void **state)
{
    (void)state;
    struct subject subject = subject_make(MICRO("draw"), OVERRIDES(RING, "cyclictest.interval=1 ms"), NULL);
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 200, false);
    const uint64_t *counters = outcome->result.counters;
    assert_int_equal(outcome->status, IRQP_OK);
    assert_true(counters[COUNT_DRAWS] > 1000);
    assert_int_equal(counters[COUNT_SHOWN], 0);
    assert_true(counters[COUNT_MERGED_REQUESTS] >= counters[COUNT_DRAWS] - 16);
    assert_true(outcome->result.thread.maximum < 40 * IRQP_US);
    outcome_free(outcome);
    subject_drop(&subject);
}

/* In a ring of 4 there are three requests and one that covers the rest, at most the whole screen; whole
 * screens cover each other. */
static void what_merges(void **state)
{
    (void)state;
    static const struct {
        const char *entries;
        int64_t bytes, sum;
        unsigned requests, count;
    } table[] = {{"design.graphics.ring_entries=4", 100000, 1000000, 10, 4},
                 {"design.graphics.ring_entries=4", 100000, 300000 + 3145728, 100, 4},
                 {"design.graphics.ring_entries=16", 3145728, 3145728, 5, 1}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct subject subject = subject_make(MICRO("draw"), OVERRIDES(RING), OVERRIDES(table[i].entries));
        struct run *run = calloc(1, sizeof *run);
        assert_non_null(run);
        run->machine = subject.machine;
        run->cpu.model = run;
        run->guest.tasks[TASK_IDLE].output = table[i].bytes;
        for (unsigned n = 0; n < table[i].requests; n++)
            output_ring_put(&run->cpu, OUTPUT_GRAPHICS);
        const struct ring *ring = &run->microkernel.rings[OUTPUT_GRAPHICS];
        int64_t sum = 0;
        for (unsigned n = 0; n < ring->count; n++)
            sum += ring->entries[n];
        assert_int_equal(ring->count, table[i].count);
        assert_int_equal(sum, table[i].sum);
        assert_int_equal(run->counters[COUNT_MERGED_REQUESTS], table[i].requests - table[i].count);
        free(run);
        subject_drop(&subject);
    }
}

static void who_draws_needs_a_server(void **state)
{
    (void)state;
    assert_refused(MICRO("draw"), OVERRIDES("placement=rehosted", "design.graphics.by=none"),
                   "design.graphics.by");
    assert_refused(MICRO("idle"),
                   OVERRIDES("placement=rehosted", "design.console.by=none",
                             "load={processes: [{program: a}], programs: {a: {steps: "
                             "[{print: 80 B}]}}}"),
                   "design.console.by");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ring_changes_its_own_steps),
        cmocka_unit_test(a_synchronous_draw_delays_by_its_residual),
        cmocka_unit_test(console_output_goes_in_messages),
        cmocka_unit_test(a_native_draw_delays_nobody),
        cmocka_unit_test(a_server_runs_at_its_clients_priority),
        cmocka_unit_test(a_ring_never_ties_the_guest_up),
        cmocka_unit_test(priorities_decide_whom_the_copying_delays),
        cmocka_unit_test(a_wake_up_during_the_copying_takes_the_direct_switch),
        cmocka_unit_test(a_synchronous_call_is_cheaper_and_a_ring_faster_to_interrupt),
        cmocka_unit_test(what_merges),
        cmocka_unit_test(who_draws_needs_a_server),
        cmocka_unit_test(a_full_ring_merges_and_never_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
