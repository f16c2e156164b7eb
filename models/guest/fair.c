/* Fair tasks: Linux 3.0's completely fair scheduler (CFS) on one CPU, with its default features.
 *
 * A task's virtual run time is its run time divided by its weight. The task with the least runs, with these
 * exceptions, each as in kernel/sched_fair.c:
 *
 * - place_entity: a woken task is placed at most half a latency period before the floor
 *   (GENTLE_FAIR_SLEEPERS), a new one a slice behind it (START_DEBIT).
 * - check_preempt_wakeup: a woken task preempts one that is ahead by more than the wake-up granularity. It is
 *   then the next buddy; and with as many tasks as a latency period has slices, whoever was preempted is the
 *   last buddy (LAST_BUDDY).
 * - pick_next_entity: the next buddy, or else the last one, is preferred to the task with the least virtual
 *   run time while it is not ahead of that by more than the wake-up granularity.
 * - check_preempt_tick: the tick preempts a task that ran its slice, or after the minimal granularity one
 * that is ahead of the least by more than a slice.
 */
#include "models/run.h"

enum { WEIGHT_0 = 1024 }; /* of nice 0 */

uint32_t fair_weight(int nice)
{
    static const uint32_t weights[40] = {/* kernel/sched.c, prio_to_weight: 1.25 per step */
                                         88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916,
                                         9548,  7620,  6100,  4904,  3906,  3121,  2501,  1991,  1586,  1277,
                                         1024,  820,   655,   526,   423,   335,   272,   215,   172,   137,
                                         110,   87,    70,    56,    45,    36,    29,    23,    18,    15};
    return weights[nice + 20];
}

/* Real time in the virtual time of a task. */
static irqp_time virtual(const struct task *task, irqp_time real)
{
    return task->weight == WEIGHT_0 ? real : real * WEIGHT_0 / task->weight;
}

static uint16_t leftmost(const struct guest *guest, uint16_t but)
{
    uint16_t best = TASK_IDLE;
    irqp_time least = IRQP_NEVER;
    for (uint16_t i = TASK_FIRST_PROCESS; i < guest->task_count; i++)
        if (guest->vruntime[i] < least && i != but) {
            least = guest->vruntime[i];
            best = i;
        }
    return best;
}

static void raise_floor(struct guest *guest, uint16_t least)
{
    if (least != TASK_IDLE && guest->vruntime[least] > guest->least)
        guest->least = guest->vruntime[least];
}

/* Whether one is ahead of another by more than the granularity of its preemption by that one. */
static bool is_far_ahead(const struct run *run, uint16_t one, uint16_t other)
{
    const struct guest *guest = &run->guest;
    irqp_time granularity = virtual(&guest->tasks[other], run->machine->wakeup_granularity);
    return guest->vruntime[one] - guest->vruntime[other] > granularity;
}

/* sched_slice: a task's part of the latency period, which grows where slices would become too short. */
static irqp_time slice_of(const struct run *run, const struct task *task, bool is_new)
{
    const struct guest *guest = &run->guest;
    const struct machine *machine = run->machine;
    uint32_t count = guest->fair_count + is_new, weight = guest->fair_weight + (is_new ? task->weight : 0);
    irqp_time period = count > machine->fair_slices ? machine->fair_minimum * count : machine->fair_latency;
    return period * task->weight / (irqp_time)weight;
}

static void clear_buddies(struct guest *guest, uint16_t task)
{
    guest->last_buddy = guest->last_buddy == task ? TASK_IDLE : guest->last_buddy;
    guest->next_buddy = guest->next_buddy == task ? TASK_IDLE : guest->next_buddy;
}

void fair_charge(struct run *run, irqp_time ran)
{
    struct task *task = guest_current(run);
    run->guest.vruntime[run->guest.current] += virtual(task, ran);
}

void fair_enqueue(struct run *run, uint16_t index, enum fair_arrival arrival)
{
    struct guest *guest = &run->guest;
    struct task *task = &guest->tasks[index];
    irqp_time earliest = guest->least;
    raise_floor(guest, leftmost(guest, TASK_IDLE));
    if (arrival == FAIR_RETURNS) { /* from a fixed priority: as far from the floor as it was */
        guest->vruntime[index] = guest->least + guest->left_at[index];
    } else {
        earliest = guest->least - run->machine->fair_latency / 2;
        if (arrival == FAIR_IS_NEW) {
            bool forked = task->parent != TASK_IDLE && guest->vruntime[task->parent] != IRQP_NEVER;
            guest->left_at[index] = forked ? guest->vruntime[task->parent] : 0;
            earliest = guest->least + virtual(task, slice_of(run, task, true));
        }
        guest->vruntime[index] = guest->left_at[index] > earliest ? guest->left_at[index] : earliest;
    }
    guest->fair_count++;
    guest->fair_weight += task->weight;
}

void fair_dequeue(struct run *run, uint16_t index, bool to_fixed)
{
    struct guest *guest = &run->guest;
    clear_buddies(guest, index);
    guest->left_at[index] = guest->vruntime[index] - (to_fixed ? guest->least : 0);
    guest->vruntime[index] = IRQP_NEVER;
    guest->fair_count--;
    guest->fair_weight -= guest->tasks[index].weight;
}

bool fair_preempts(struct run *run, uint16_t woken)
{
    struct guest *guest = &run->guest;
    uint16_t current = guest->current;
    if (run->cpu.attention & ATTENTION_RESCHED || !is_far_ahead(run, current, woken))
        return false;
    guest->next_buddy = woken;
    if (guest->fair_count >= run->machine->fair_slices)
        guest->last_buddy = current;
    return true;
}

uint16_t fair_pick(struct run *run)
{
    struct guest *guest = &run->guest;
    uint16_t left = leftmost(guest, TASK_IDLE), best = left;
    raise_floor(guest, left);
    if (left == TASK_IDLE)
        return left;
    if (guest->last_buddy != TASK_IDLE && !is_far_ahead(run, guest->last_buddy, left))
        best = guest->last_buddy;
    if (guest->next_buddy != TASK_IDLE && !is_far_ahead(run, guest->next_buddy, left))
        best = guest->next_buddy;
    clear_buddies(guest, best);
    return best;
}

bool fair_tick_preempts(struct run *run)
{
    struct guest *guest = &run->guest;
    uint16_t current = guest->current;
    const struct task *task = &guest->tasks[current];
    uint16_t left = leftmost(guest, current);
    raise_floor(guest,
                left == TASK_IDLE || guest->vruntime[current] < guest->vruntime[left] ? current : left);
    if (left == TASK_IDLE)
        return false;
    irqp_time slice = slice_of(run, task, false);
    if (task->slice > slice) {
        clear_buddies(guest, current);
        return true;
    }
    return task->slice >= run->machine->fair_minimum &&
           guest->vruntime[current] - guest->vruntime[left] > slice;
}
