/* Idle: halt, deeper states, and the choice between them.
 *
 * The deeper a state, the longer it takes to leave and the more of the caches is lost. The governor chooses
 * the deepest whose target residency is not longer than the predicted idle time: that to the next event it
 * knows of, corrected by how long idle lasted at other times with an event as far away (Linux's menu
 * governor, without its multiplier for load and its search for repeating intervals). A kernel that owns the
 * timers knows the next of them; the microkernel knows its own tick, and learns from the correction that the
 * guest's timer comes sooner.
 */
#include "models/run.h"

// clang-format off
#define LEAVING IRQP_MODE_IDLE | PLATFORM | IRQP_STEP_MASKED
static const struct irqp_step leave_halt[] = {
    {.name = "leave halt", .cost = P_IDLE_EXIT, .flags = LEAVING, .effect = IRQP_EFFECT_POP},
    IRQP_END,
};

static const struct irqp_step leave_c3[] = {
    {.name = "leave C3", .cost = P_IDLE_EXIT_C3, .flags = LEAVING},
    {.name = "cold lines: caches lost in C3", .cost = P_IDLE_COLD_C3, .flags = LEAVING, .effect = IRQP_EFFECT_POP},
    IRQP_END,
};

static const struct irqp_step leave_c6[] = {
    {.name = "leave C6", .cost = P_IDLE_EXIT_C6, .flags = LEAVING},
    {.name = "cold lines: caches lost in C6", .cost = P_IDLE_COLD_C6, .flags = LEAVING, .effect = IRQP_EFFECT_POP},
    IRQP_END,
};
// clang-format on

void idle_link(const struct machine *machine, struct irqp_linker *linker)
{
    link_path(linker, PATH_IDLE_EXIT, IRQP_PATH_FREE, "leave halt", "before the interrupt is taken",
              leave_halt, NULL, NULL);
    if (machine->idle != IDLE_DEEP)
        return;
    link_path(linker, PATH_IDLE_EXIT + IDLE_C3, IRQP_PATH_FREE, "leave C3", "before the interrupt is taken",
              leave_c3, NULL, NULL);
    link_path(linker, PATH_IDLE_EXIT + IDLE_C6, IRQP_PATH_FREE, "leave C6", "before the interrupt is taken",
              leave_c6, NULL, NULL);
}

/* ---- the governor (Linux, drivers/cpuidle/governors/menu.c) ---- */

enum { RESOLUTION = 1024, DECAY = 8 };

static const irqp_time LONGEST = 50 * IRQP_MS; /* beyond, a prediction counts as met */
static const irqp_time NO_EVENT = IRQP_S;      /* what is expected where no event is known */

/* Predictions are corrected by the magnitude of the expected time: up to 10 us, 100 us, 1 ms, ... */
static unsigned bucket_of(irqp_time expected)
{
    unsigned bucket = 0;
    for (irqp_time limit = 10 * IRQP_US; bucket + 1 < IDLE_BUCKETS && expected >= limit; limit *= 10)
        bucket++;
    return bucket;
}

void idle_start(struct run *run)
{
    for (unsigned i = 0; i < IDLE_BUCKETS; i++)
        run->idle.correction[i] = RESOLUTION * DECAY;
}

static void choose(struct run *run, irqp_time next_event)
{
    struct idle *idle = &run->idle;
    irqp_time now = run->cpu.now;
    idle->since = now;
    idle->expected = next_event == IRQP_NEVER || next_event > now + NO_EVENT ? NO_EVENT
                     : next_event > now                                      ? next_event - now
                                                                             : 0;
    irqp_time predicted =
        idle->expected / (RESOLUTION * DECAY) * (irqp_time)idle->correction[bucket_of(idle->expected)];
    idle->depth = IDLE_HALT;
    for (enum idle_depth depth = IDLE_C3; depth < IDLE_DEPTHS; depth++)
        if (run->machine->residency[depth] <= predicted)
            idle->depth = depth;
}

void idle_choose_by_timer(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    choose(run, guest_earliest_timer(run));
}

void idle_choose_by_tick(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    choose(run_of(cpu), cpu->next[SLOT_TICK]);
}

static void learn(struct run *run)
{
    struct idle *idle = &run->idle;
    irqp_time lasted = run->cpu.now - idle->since;
    uint32_t *correction = &idle->correction[bucket_of(idle->expected)];
    *correction -= *correction / DECAY;
    if (lasted > idle->expected)
        lasted = idle->expected;
    bool met = lasted >= LONGEST || !idle->expected;
    *correction += met ? RESOLUTION : (uint32_t)(RESOLUTION * lasted / idle->expected);
}

/* An interrupt ends idle: the path that leaves its state. */
uint16_t idle_left(struct run *run)
{
    if (run->machine->idle != IDLE_DEEP)
        return PATH_IDLE_EXIT;
    learn(run);
    return (uint16_t)(PATH_IDLE_EXIT + run->idle.depth);
}
