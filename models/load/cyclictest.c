/* cyclictest: an absolute sleep, a clock read, a sample; expiries that have passed already are skipped, as
 * rt-tests does. The wake-up in flight begins at the expiry, whether or not the sleep has begun by then. */
#include "models/run.h"

void guest_sample(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    struct task *task = &run->guest.tasks[TASK_CYCLICTEST];
    bool measured = cpu->charging && run->wakeup.measured;
    if (cpu->charging)
        wakeup_end(run);
    run->last_sample = cpu->now;
    irqp_time next = task->sleep_until + run->machine->interval;
    while (next <= cpu->now) {
        next += run->machine->interval;
        if (measured)
            count(run, COUNT_SKIPPED);
    }
    task->sleep_until = next;
    run->wakeup.expiry = next;
    irqp_arm(cpu, SLOT_EXPIRY, next);
    if (run->taken == run->wanted)
        irqp_cpu_stop(cpu, IRQP_OK);
}

// clang-format off
static const struct irqp_step cyclictest[] = {
    {.name = "cyclictest: sleep until the next expiry", .flags = USER, .label = "loop"},
    {.fragment = SLEEP},
    {.name = "cyclictest: clock read", .cost = P_CLOCK_GETTIME, .flags = USER, .effect = E_SAMPLE},
    {.name = "cyclictest: statistics, next expiry", .cost = P_CYCLICTEST_WORK, .flags = USER, .effect = IRQP_EFFECT_GOTO, .to = "loop"},
    IRQP_END,
};
// clang-format on

void cyclictest_link(struct irqp_linker *linker)
{
    link_path(linker, PATH_CYCLICTEST, IRQP_PATH_FREE, "cyclictest",
              "clock_nanosleep with an absolute time, then the clock", cyclictest, NULL, NULL);
}
