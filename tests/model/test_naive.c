/* Running to the horizon is exact: the naive dispatcher, where every step goes through an event queue, gives
 * the same bytes on every shipped scenario and on variations of the paper's. "test_naive full" takes more
 * samples of each, at two intervals.
 */
#include "harness.h"

static uint64_t samples = 100, batches = 1;
static int intervals_tried = 1;

static void both_ways(const char *file, const char *const *overrides)
{
    static const char *const intervals[] = {"cyclictest.interval=200 us", "cyclictest.interval=1 ms"};
    for (int i = 0; i < intervals_tried; i++) {
        struct subject subject = subject_make(file, overrides, OVERRIDES("run.warm_up=10 ms", intervals[i]));
        for (uint64_t batch = 0; batch < batches; batch++) {
            struct outcome *fast = outcome_of_batch(&subject, 3, batch, samples, false);
            struct outcome *naive = outcome_of_batch(&subject, 3, batch, samples, true);
            const char *difference = first_difference(&fast->result, &naive->result);
            if (difference || fast->status != IRQP_OK || naive->status != IRQP_OK)
                fail_msg("%s %s (%s), batch %d: fast %d, naive %d, %s", file,
                         overrides && *overrides ? *overrides : "", intervals[i], (int)batch, fast->status,
                         naive->status, difference ? difference : "the same");
            outcome_free(fast);
            outcome_free(naive);
        }
        subject_drop(&subject);
    }
}

static void shipped(const char *file)
{
    both_ways(file, NULL);
}

static void shipped_scenarios(void **state)
{
    (void)state;
    for_each_shipped_scenario(shipped);
}

#define ARM "design.guest_timer=architected", "hardware.disk.controller=gic"
#define HYPERVISOR                                                                                           \
    "placement=virtualised", "design.virtualisation.monitor=hypervisor",                                     \
        "design.virtualisation.direct_injection=true", "design.virtualisation.direct_timer=true"
#define HACKBENCH "/paper/fig6-hackbench-"
#define PROBE     "probe.enabled=true", "probe.interval={dist: exponential, mean: 40 us}"
#define COMPILE   "/paper/fig7-compile-"
#define SHOWING                                                                                              \
    "load={processes: [{program: a}, {program: b}], programs: {a: {steps: [{draw: 64 KiB}, {sleep: 300 "     \
    "us}]},"                                                                                                 \
    " b: {steps: [{print: 1000 B}, {compute: 100 us}]}}}"

static void variations(void **state)
{
    (void)state;
    static const struct variation {
        const char *file;
        const char *overrides[10];
    } table[] = {
        {"/machines/athlon64-footprints", {"hardware.idle=deep"}},
        {"/machines/athlon64-footprints", {"placement=rehosted", "hardware.idle=deep"}},
        {"/loads/fork-storm", {"placement=rehosted"}},
        {"/loads/network-receiver", {"placement=rehosted"}},
        {"/loads/network-receiver", {"placement=rehosted", "cyclictest.priority=45"}},
        {"/loads/network-receiver", {"placement=virtualised", "probe.priority=40"}},
        {"/loads/network-receiver",
         {"placement=native", "hardware.probe.controller=io-apic", "hardware.probe.trigger=level"}},
        {COMPILE "l4linux", {"design.task_destruction.by=inline"}},
        {COMPILE "l4linux", {"design.task_destruction.by=inline", "guest.mm_drop=finish-task-switch"}},
        {COMPILE "l4linux", {"design.task_destruction.by=helper-wait", "guest.mm_drop=finish-task-switch"}},
        {COMPILE "l4linux",
         {"design.task_destruction.by=helper-wait", "design.task_destruction.priority=equal"}},
        {COMPILE "l4linux",
         {"design.task_destruction.by=helper-wait", "design.task_destruction.priority=above"}},
        {COMPILE "l4linux", {"design.task_destruction.by=helper-sleep", "design.task_destruction.backlog=1"}},
        {COMPILE "l4linux",
         {"design.task_destruction.by=helper-sleep", "design.task_destruction.priority=equal"}},
        {COMPILE "l4linux",
         {"design.task_destruction.by=helper-sleep", "design.task_destruction.priority=above"}},
        {COMPILE "l4linux",
         {"design.task_destruction.by=helper-sleep", "design.task_destruction.backlog=1",
          "design.task_destruction.at_backlog=boost"}},
        {COMPILE "l4linux", {"design.task_destruction.by=other-cpu", "design.kernel_build=mp"}},
        {COMPILE "l4linux", {"design.task_destruction.by=inline", "design.kernel_build=mp"}},
        {COMPILE "l4linux", {"design.task_destruction.by=helper-wait", "design.kernel_build=mp"}},
        {COMPILE "l4linux", {"design.task_destruction.by=deferred", "design.kernel_build=mp"}},
        {COMPILE "l4linux", {"design.task_destruction.by=deferred", "guest.mm_drop=finish-task-switch"}},
        {COMPILE "l4linux", {"design.task_destruction.by=chunked", "design.task_destruction.chunk=3 us"}},
        {COMPILE "l4linux", {"design.task_destruction.by=chunked", "guest.mm_drop=finish-task-switch"}},
        {COMPILE "l4linux", {"design.task_destruction.by=per-page", "design.unmap_batch=6"}},
        {COMPILE "l4linux", {"design.task_destruction.pages=unmapped"}},
        {COMPILE "l4linux",
         {"design.task_destruction.by=inline", "design.task_destruction.algorithm=occupancy"}},
        {COMPILE "l4linux",
         {"design.task_destruction.by=inline", "design.task_destruction.algorithm=mapped-list"}},
        {COMPILE "native", {"guest.mm_drop=finish-task-switch"}},
        {COMPILE "l4linux", {"design.task_destruction.by=inline", "design.virq_in_calls=true"}},
        {COMPILE "l4linux", {"design.pending_check=drain"}},
        {COMPILE "l4linux", {"placement=virtualised"}},
        {COMPILE "l4linux", {"placement=virtualised", "hardware.disk.trigger=edge"}},
        {COMPILE "l4linux", {"placement=virtualised", "design.virtualisation.direct_injection=true"}},
        {HACKBENCH "l4linux", {"placement=virtualised", "hardware.timer.trigger=level"}},
        {HACKBENCH "l4linux", {"placement=virtualised", "load=", "hardware.idle=poll"}},
        {COMPILE "l4linux", {"design.pending_check=label-ring", "hardware.disk.trigger=edge"}},
        {HACKBENCH "l4linux", {"design.pending_check=label-ring", "design.priority_masked_virq=true"}},
        {COMPILE "l4linux", {"design.priority_masked_virq=true", "design.virq_in_calls=true"}},
        {COMPILE "l4linux", {"hardware.disk.trigger=edge"}},
        {COMPILE "l4linux", {"hardware.disk.trigger=edge", "hardware.disk.controller=msi"}},
        {COMPILE "l4linux", {"hardware.disk.controller=8259"}},
        {COMPILE "l4linux", {"hardware.disk.controller=8259", "hardware.disk.trigger=edge"}},
        {COMPILE "l4linux", {"hardware.timer.trigger=level", "design.unmask=always"}},
        {COMPILE "l4linux", {"hardware.timer.trigger=level", "design.unmask=lazy"}},
        {COMPILE "l4linux",
         {"hardware.timer.controller=8259", "hardware.disk.controller=8259", "design.unmask=lazy"}},
        {COMPILE "native", {"hardware.timer.trigger=level"}},
        {HACKBENCH "native", {"hardware.timer.controller=8259", "hardware.timer.trigger=level"}},
        {HACKBENCH "l4linux", {"hardware.timer.controller=msi"}},
        {HACKBENCH "l4linux", {PROBE}},
        {COMPILE "l4linux", {PROBE, "hardware.probe.trigger=level", "probe.priority=40"}},
        {COMPILE "l4linux", {PROBE, "hardware.probe.trigger=level", "design.unmask=lazy"}},
        {HACKBENCH "l4linux", {PROBE, "hardware.probe.controller=8259", "load="}},
        {HACKBENCH "native", {PROBE, "hardware.probe.trigger=level"}},
        {COMPILE "native",
         {PROBE, "hardware.probe.controller=msi", "probe.phase=cyclictest", "probe.offset=3 us"}},
        {COMPILE "native", {"hardware.disk.trigger=edge"}},
        {COMPILE "native", {"hardware.disk.trigger=edge", "hardware.disk.controller=8259"}},
        {COMPILE "native", {"hardware.disk.controller=8259"}},
        {COMPILE "native", {ARM}},
        {COMPILE "native", {ARM, "hardware.gic.interface=registers", "hardware.gic.split_end=false"}},
        {COMPILE "native", {ARM, "hardware.disk.trigger=edge", "design.preempt_rt=false"}},
        {COMPILE "l4linux", {"hardware.disk.controller=gic"}},
        {COMPILE "native", {ARM, HYPERVISOR, "design.virtualisation.halt=native"}},
        {COMPILE "native", {ARM, HYPERVISOR, "design.preempt_rt=false"}},
        {COMPILE "native", {ARM, "placement=virtualised", "design.tick.device=pit"}},
        {HACKBENCH "native", {HYPERVISOR, "load=", "design.virtualisation.halt=native"}},
        {COMPILE "l4linux",
         {"hardware.smi.enabled=true", "hardware.smi.gap={dist: exponential, mean: 1 ms}"}},
        {HACKBENCH "native",
         {"hardware.smi.enabled=true", "hardware.smi.gap={dist: exponential, mean: 1 ms}"}},
        {HACKBENCH "l4linux", {"design.tick.rate=10000", "design.tick.controller=8259"}},
        {HACKBENCH "l4linux", {"design.tick.device=none"}},
        {COMPILE "l4linux", {"design.tick.device=local-apic", "hardware.local_apic.error=200"}},
        {COMPILE "l4linux", {"design.tick.device=one-shot", "microkernel.slice=1"}},
        {COMPILE "l4linux", {"design.tick.device=tickless"}},
        {HACKBENCH "l4linux", {"design.guest_timer=local-apic"}},
        {HACKBENCH "l4linux", {"cyclictest.sleep=relative"}},
        {COMPILE "l4linux", {"design.early_timer.postpone=true"}},
        {HACKBENCH "native", {"design.early_timer.postpone=true"}},
        {COMPILE "l4linux", {"design.early_timer.compensate=true"}},
        {COMPILE "native", {"hardware.hpet.error=9000"}},
        {COMPILE "l4linux", {"hardware.hpet.error=9000", "design.early_timer.round_up=true"}},
        {COMPILE "l4linux", {"cyclictest.sleep=relative", "design.guest_timer=ipc-timeout"}},
        {COMPILE "native", {"cyclictest.sleep=relative"}},
        {COMPILE "l4linux", {"cyclictest.phase=tick"}},
        {COMPILE "l4linux", {"cyclictest.phase=microkernel-tick"}},
        {COMPILE "l4linux", {"design.guest_timer=one-shot-thread"}},
        {COMPILE "l4linux", {"design.guest_timer=one-shot-thread", "design.tick.device=one-shot"}},
        {COMPILE "l4linux", {"design.guest_timer=one-shot-thread", "design.kernel_clock=tsc"}},
        {HACKBENCH "l4linux", {"design.guest_timer=ipc-timeout"}},
        {COMPILE "l4linux", {"design.guest_timer=ipc-timeout", "design.tick.device=tickless"}},
        {HACKBENCH "l4linux", {"guest.hz=0"}},
        {HACKBENCH "l4linux", {"guest.hz=100"}},
        {HACKBENCH "native", {"guest.hz=250"}},
        {HACKBENCH "native", {"guest.hz=10000"}},
        {HACKBENCH "native", {"design.guest_timer=local-apic"}},
        {COMPILE "native", {"design.guest_timer=local-apic"}},
        {HACKBENCH "l4linux", {"load=", "hardware.idle=poll"}},
        {HACKBENCH "l4linux", {"load=", "guest.tick_in_idle=true"}},
        {HACKBENCH "native", {"load=", "hardware.idle=poll"}},
        {HACKBENCH "native", {"load=", "guest.tick_in_idle=true"}},
        {COMPILE "l4linux", {"design.segment_restore=cached", "design.clock_read=system-call"}},
        {HACKBENCH "l4linux", {"design.segment_restore=state-page", "design.clock_read=hpet"}},
        {HACKBENCH "native", {"design.clock_read=hpet"}},
        {HACKBENCH "l4linux", {"design.guest_wrapper=64-bit", "microkernel.entries_per_table=512"}},
        {COMPILE "native", {"design.preempt_rt=false"}},
        {COMPILE "l4linux", {"design.preempt_rt=false"}},
        {HACKBENCH "l4linux", {"design.preempt_rt=false"}},
        {COMPILE "native", {"design.preempt_rt=false", "placement=stripped", "hardware.disk.trigger=edge"}},
        {COMPILE "native", {"placement=stripped"}},
        {HACKBENCH "native", {"placement=stripped", "guest.mm_drop=finish-task-switch"}},
        {COMPILE "l4linux", {"design.tlb=tagged"}},
        {COMPILE "native", {"design.global_pages=false"}},
        {HACKBENCH "l4linux", {"design.global_pages=true"}},
        {HACKBENCH "l4linux", {"load=", "hardware.idle=deep"}},
        {COMPILE "l4linux", {"hardware.idle=deep", "design.idle_page_table=last"}},
        {HACKBENCH "native", {"load=", "hardware.idle=deep"}},
        {COMPILE "native", {"hardware.idle=deep"}},
        {COMPILE "l4linux", {"guest.tick_in_idle=true", "cyclictest.priority=40"}},
        {COMPILE "native", {"cyclictest.priority=1"}},
        {COMPILE "l4linux", {"design.graphics.by=synchronous"}},
        {COMPILE "l4linux", {"design.graphics.by=ring"}},
        {HACKBENCH "l4linux", {"design.graphics.by=synchronous", "design.console.by=ring", SHOWING}},
        {HACKBENCH "l4linux",
         {"design.graphics.by=ring", "design.graphics.thread_priority=above", "design.graphics.notify=each",
          "design.console.by=synchronous", SHOWING}},
        {HACKBENCH "native", {SHOWING}},
        {COMPILE "l4linux",
         {"competing=[{name: a, busy: 300 us}, {name: b, priority: above, busy: 20 us, idle: 1 ms}]"}},
        {HACKBENCH "l4linux",
         {"competing=[{name: a, kind: guest, busy: {dist: exponential, mean: 100 us}, idle: 1 ms, "
          "interrupts: "
          "{dist: exponential, mean: 200 us}}, {name: b, priority: below, busy: 20 us, idle: 1 ms, draw: 64 "
          "KiB}]",
          "design.graphics.by=synchronous", "design.console.by=ring", SHOWING}},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char file[256];
        snprintf(file, sizeof file, SCENARIOS "%s.yaml", table[i].file);
        both_ways(file, table[i].overrides);
    }
}

int main(int count, char **arguments)
{
    if (count > 1 && !strcmp(arguments[1], "full"))
        samples = 2000, batches = 2, intervals_tried = 2;
    const struct CMUnitTest tests[] = {cmocka_unit_test(shipped_scenarios), cmocka_unit_test(variations)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
