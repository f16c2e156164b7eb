/* Lines: edges that merge, sources that are received one by one, levels that cost a call more. */
#include "harness.h"

/* The model's own effect, from a test's. */
static void original(enum effect effect, struct irqp_cpu *cpu, uint16_t argument)
{
    effect_functions[effect - IRQP_EFFECT_MODEL](cpu, argument);
}

/* ---- edge merge ---- */

static struct {
    void (*accept)(struct irqp_cpu *cpu, unsigned line);
    unsigned hits_while_queued, hits_with_flag_set, masked, unmasked, handled;
    bool through_mask, masked_in_vain;
} edge;

static void accept_edge(struct irqp_cpu *cpu, unsigned line)
{
    const struct run *run = run_of(cpu);
    if (line == LINE_DISK) {
        bool queued = run->microkernel.queued[IRQ_DISK];
        bool flag_set = !(irqp_row_of(cpu, cpu->thread->top)->flags & IRQP_ROW_VIRTUAL);
        edge.hits_while_queued += queued;
        edge.hits_with_flag_set += queued && flag_set;
        edge.through_mask |= run->lines[LINE_DISK].masked;
    }
    edge.accept(cpu, line);
}

static void mask_line(struct irqp_cpu *cpu, uint16_t argument)
{
    edge.masked++;
    edge.masked_in_vain |= !run_of(cpu)->microkernel.queued[IRQ_DISK];
    original(E_MASK_LINE, cpu, argument);
}

static void unmask_dequeued(struct irqp_cpu *cpu, uint16_t argument)
{
    edge.unmasked++;
    original(E_UNMASK_DEQUEUED, cpu, argument);
    if (run_of(cpu)->lines[LINE_DISK].masked)
        edge.masked_in_vain = true;
}

static void wake_disk_thread(struct irqp_cpu *cpu, uint16_t argument)
{
    edge.handled++;
    original(E_DISK_WAKE_THREAD, cpu, argument);
}

static irqp_time cost_of_step(const struct subject *subject, uint16_t path, const char *name)
{
    const struct irqp_program *program = &subject->machine->program;
    int step = step_number(subject, name);
    const struct irqp_path *p = &program->paths[path];
    for (uint16_t i = p->first; i < p->first + p->count; i++)
        if (program->rows[i].name == step)
            return program->costs[program->rows[i].cost].value;
    fail_msg("no step '%s'", name);
    return 0;
}

/* The second edge finds its object queued: it masks the line and is not queued again. Receiving the object
 * unmasks the line, and what comes next gets through. */
static void merge_edges(const char *enable, unsigned hits_with_flag_set)
{
    enum { SAMPLES = 1000 };
    struct subject subject =
        subject_make(MICRO("two-requests"),
                     OVERRIDES("placement=rehosted", "hardware.disk.trigger=edge", "run.warm_up=0 us",
                               "cyclictest.interval=20 ms",
                               "hardware.disk.service={dist: uniform, low: 10 us, high: 150 us}", enable),
                     NULL);
    memset(&edge, 0, sizeof edge);
    edge.accept = subject.machine->program.accept;
    subject.machine->program.accept = accept_edge;
    subject_replace_effect(&subject, E_MASK_LINE, mask_line);
    subject_replace_effect(&subject, E_UNMASK_DEQUEUED, unmask_dequeued);
    subject_replace_effect(&subject, E_DISK_WAKE_THREAD, wake_disk_thread);
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, SAMPLES, false);
    assert_int_equal(outcome->status, IRQP_OK);

    const uint64_t *counters = outcome->result.counters;
    assert_true(edge.masked >= 20);
    assert_true(edge.hits_with_flag_set >= hits_with_flag_set);
    assert_int_equal(edge.masked, edge.hits_while_queued);
    assert_int_equal(edge.masked, counters[COUNT_MERGED]);
    assert_in_range(edge.masked - edge.unmasked, 0, 1); /* the batch may end between them */
    assert_false(edge.through_mask);
    assert_false(edge.masked_in_vain);
    assert_int_equal(counters[COUNT_LOST], 0);
    /* one handler for two edges that merged, one for each that did not */
    assert_in_range(counters[COUNT_DISK_INTERRUPTS] - counters[COUNT_MERGED] - edge.handled, 0, 1);

    /* and it costs what masking and unmasking cost */
    assert_int_equal(
        cost_of_step(&subject, PATH_DISK_ENTRY, "microkernel: mask the line, hit again while queued"),
        constant_cost(&subject, "hardware.io_apic_mask"));
    assert_int_equal(cost_of_step(&subject, PATH_DEFERRED, "pending: unmask the line"),
                     constant_cost(&subject, "hardware.io_apic_unmask"));
    outcome_free(outcome);
    subject_drop(&subject);
}

static void second_edge_merges_and_masks(void **state)
{
    (void)state;
    merge_edges("costs.rehosted.enable=10 ns", 0);
}

/* Between setting the flag and the test for pending an upcall is possible, but not of an object that is
 * queued. */
static void second_edge_merges_while_enabling(void **state)
{
    (void)state;
    merge_edges("costs.rehosted.enable=50 us", 5);
}

/* An open receive that finds something queued takes it as any receive does: a line that a merged edge masked
 * comes back. Interrupts are off for so long here (each read of the HPET) that idle often finds the disk
 * queued twice; a line left masked would silence the disk for good. */
static void an_open_receive_unmasks_too(void **state)
{
    (void)state;
    struct subject subject = subject_make(MICRO("fast-edge-disk"), OVERRIDES("placement=rehosted"),
                                          OVERRIDES("costs.hardware.hpet_read=120 us"));
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 500, false);
    assert_int_equal(outcome->status, IRQP_OK);
    assert_true(outcome->result.counters[COUNT_MERGED] > 0);
    double seconds = (double)outcome->result.simulated / (double)IRQP_S;
    assert_true((double)outcome->result.counters[COUNT_DISK_INTERRUPTS] / seconds > 1000);
    outcome_free(outcome);
    subject_drop(&subject);
}

/* ---- one round trip per pending source ---- */

static struct {
    void (*attend)(struct irqp_cpu *cpu, uint16_t bits);
    void (*accept)(struct irqp_cpu *cpu, unsigned line);
    unsigned pending; /* sources in the queue when the guest enabled interrupts, the wake-up's among them */
    irqp_time until;  /* from the expiry to that moment */
    bool disturbed;   /* by an interrupt that came after it */
} sources;

static void attend_pending(struct irqp_cpu *cpu, uint16_t bits)
{
    const struct run *run = run_of(cpu);
    if (cpu->charging && run->wakeup.measured && run->wakeup.stage == STAGE_QUEUED && !sources.pending) {
        sources.pending = run->microkernel.queue_count;
        sources.until = cpu->now - run->wakeup.expiry;
        /* other routes: found by a resume call; expired while cyclictest was still about to sleep */
        sources.disturbed |= (bits & (IN_RESUME_TO_USER | IN_RESUME_TO_KERNEL)) != 0;
        sources.disturbed |= run->guest.current == TASK_CYCLICTEST;
    }
    sources.attend(cpu, bits);
}

static void accept_more(struct irqp_cpu *cpu, unsigned line)
{
    sources.disturbed |= sources.pending > 0;
    sources.accept(cpu, line);
}

/* Each batch is one wake-up. From the enabling on, its latency is one round trip with its handler for each
 * source that pends, and the way to the task. */
static void deferred_delivery_costs_a_round_trip_per_source(void **state)
{
    (void)state;
    static const char trip[] = "rehosted.receive_prepare microkernel.receive_call microkernel.receive_misses"
                               " rehosted.handler_misses rehosted.delivery_unexplained guest.irq_enter"
                               " guest.irq_exit rehosted.enable";
    static const char disk[] = "guest.thread_wake";
    static const char timer[] = "guest.clock_read guest.timer_expire guest.timer_callback hardware.hpet_read"
                                " hardware.hpet_write hardware.hpet_read";
    static const char to_task[] =
        "guest.schedule microkernel.gdt_call guest.context_switch rehosted.switch_refill"
        " rehosted.switch_unexplained guest.switch_finish rehosted.enable guest.sleep_return "
        "rehosted.state_page"
        " microkernel.resume microkernel.resume_space walks.user rehosted.user_refill guest.clock_gettime";
    static const char *const files[] = {MICRO("interrupts-off"), MICRO("two-requests")};
    unsigned seen[3] = {0, 0, 0};
    for (int i = 0; i < 2; i++) {
        struct subject subject = subject_make(files[i], OVERRIDES("placement=rehosted"), NULL);
        subject_without_grid(&subject);
        sources.attend = subject.machine->program.attend;
        subject.machine->program.attend = attend_pending;
        sources.accept = subject.machine->program.accept;
        subject.machine->program.accept = accept_more;
        for (uint64_t batch = 0; batch < 30; batch++) {
            sources.pending = 0;
            sources.disturbed = false;
            struct outcome *outcome = outcome_of_batch(&subject, 1, batch, 1, false);
            assert_int_equal(outcome->status, IRQP_OK);
            if (sources.pending && !sources.disturbed) {
                assert_in_range(sources.pending, 1, 2);
                seen[sources.pending]++;
                irqp_time disks = sources.pending - 1;
                irqp_time expected = sources.until + sum_of_costs(&subject, trip) +
                                     sum_of_costs(&subject, timer) +
                                     disks * (sum_of_costs(&subject, trip) + sum_of_costs(&subject, disk)) +
                                     sum_of_costs(&subject, to_task);
                assert_int_equal(outcome->result.worst, expected);
            }
            outcome_free(outcome);
        }
        subject_drop(&subject);
    }
    assert_true(seen[1] >= 15);
    assert_true(seen[2] >= 15);
}

/* ---- level against edge ---- */

enum { FIRST_CYCLE = 6 }; /* those before share the processor with tasks that begin */

static struct {
    irqp_time last, shortest;
    unsigned cycles;
} disk_cycle;

static void submit(struct irqp_cpu *cpu, uint16_t argument)
{
    original(E_DISK_SUBMIT, cpu, argument);
    irqp_time cycle = cpu->now - disk_cycle.last;
    disk_cycle.last = cpu->now;
    if (++disk_cycle.cycles < FIRST_CYCLE)
        return;
    disk_cycle.shortest =
        disk_cycle.cycles == FIRST_CYCLE || cycle < disk_cycle.shortest ? cycle : disk_cycle.shortest;
}

/* From one request of a lone reader to its next, where no wake-up of cyclictest comes in between. */
static irqp_time length_of_cycle(struct subject *subject)
{
    subject_replace_effect(subject, E_DISK_SUBMIT, submit);
    uint64_t batch = 0;
    do { /* a batch whose first expiry leaves time for some cycles */
        memset(&disk_cycle, 0, sizeof disk_cycle);
        outcome_free(outcome_of_batch(subject, 1, batch++, 1, false));
    } while (disk_cycle.cycles < 20);
    return disk_cycle.shortest;
}

static bool path_has(const struct subject *subject, uint16_t path, const char *step)
{
    const struct irqp_program *program = &subject->machine->program;
    const struct irqp_path *p = &program->paths[path];
    for (uint16_t i = p->first; i < p->first + p->count; i++)
        if (!strcmp(program->names[program->rows[i].name], step))
            return true;
    return false;
}

static void level_costs_mask_and_unmask(void **state)
{
    (void)state;
    static const struct {
        const char *placement, *controller, *mask, *unmask, *more;
        bool call;
    } table[] = {
        {"placement=rehosted", "hardware.disk.controller=io-apic", "mask the line at the IO-APIC",
         "unmask the line at the IO-APIC",
         "hardware.io_apic_mask microkernel.unmask_call hardware.io_apic_unmask rehosted.enable", true},
        {"placement=native", "hardware.disk.controller=io-apic", "mask the line at the IO-APIC",
         "unmask the line at the IO-APIC", "hardware.io_apic_mask hardware.io_apic_unmask", false},
        {"placement=native", "hardware.disk.controller=8259", "mask the line at the 8259",
         "unmask the line at the 8259", "hardware.8259_mask hardware.8259_unmask", false},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const char *const common[] = {table[i].placement,          table[i].controller,
                                      "cyclictest.interval=1 s",   "run.warm_up=0 us",
                                      "cyclictest.interval=20 ms", NULL};
        struct subject level =
            subject_make(MICRO("reader"), common, OVERRIDES("hardware.disk.trigger=level"));
        struct subject edged = subject_make(MICRO("reader"), common, OVERRIDES("hardware.disk.trigger=edge"));
        assert_true(path_has(&level, PATH_DISK_ENTRY, table[i].mask));
        assert_false(path_has(&edged, PATH_DISK_ENTRY, table[i].mask));
        assert_true(path_has(&level, PATH_DISK_THREAD, table[i].unmask));
        assert_false(path_has(&edged, PATH_DISK_THREAD, table[i].unmask));
        assert_int_equal(path_has(&level, PATH_DISK_THREAD, "unmask call"), table[i].call);
        assert_false(path_has(&edged, PATH_DISK_THREAD, "unmask call"));
        irqp_time difference = length_of_cycle(&level) - length_of_cycle(&edged);
        assert_int_equal(difference, sum_of_costs(&level, table[i].more));
        subject_drop(&level);
        subject_drop(&edged);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(second_edge_merges_and_masks),
        cmocka_unit_test(second_edge_merges_while_enabling),
        cmocka_unit_test(an_open_receive_unmasks_too),
        cmocka_unit_test(deferred_delivery_costs_a_round_trip_per_source),
        cmocka_unit_test(level_costs_mask_and_unmask),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
