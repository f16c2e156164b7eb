/* The state of one batch. Everything that changes is here; nothing is global. */
#ifndef MODELS_RUN_H
#define MODELS_RUN_H

#include "effects.h"
#include "machine.h"
#include <string.h>

/* ---- the wake-up in flight (models/wakeup.c) ---- */

/* Where a wake-up stands. */
enum stage {
    STAGE_SLEEP,
    STAGE_TIMEOUT,
    STAGE_TRANSIT,
    STAGE_LINE,
    STAGE_QUEUED,
    STAGE_HANDLER,
    STAGE_READY,
    STAGE_RUN
};

/* On whose behalf a frame runs; fixed when it is pushed. */
enum activity {
    ACTIVITY_LOAD,
    ACTIVITY_OWN,      /* the wake-up's own path */
    ACTIVITY_TICK,     /* Linux's tick */
    ACTIVITY_MK_TICK,  /* the microkernel's tick */
    ACTIVITY_DEFERRED, /* a round trip for what was pending */
    ACTIVITY_WINDOW,   /* an exit where the guest enabled its interrupts */
    ACTIVITY_LINE,     /* + enum line: the interrupt of that line */
};

/* Why a wake-up did not advance. Threads follow: CAUSE_THREAD + id of the process class or kernel thread. */
enum cause {
    CAUSE_OWN,
    CAUSE_SLEEP,
    CAUSE_TIMEOUT,
    CAUSE_TRANSIT,
    CAUSE_PHYSICAL,
    CAUSE_GUEST_OFF,
    CAUSE_CALL,
    CAUSE_PREEMPT,
    CAUSE_DEFERRED,
    CAUSE_MONITOR,
    CAUSE_WINDOW,
    CAUSE_TICK,
    CAUSE_MK_TICK,
    CAUSE_LINE,
    CAUSE_THREAD = CAUSE_LINE + LINES,
};

/* Threads of the microkernel: X(ID, name). They exist on every machine; on one without them they never run.
 */
#define KERNEL_THREADS_LIST(X)                                                                               \
    X(VCPU, "vCPU")                                                                                          \
    X(HELPER, "helper")                                                                                      \
    X(IDLE, "microkernel idle")                                                                              \
    X(GRAPHICS_SERVER, "graphics server")                                                                    \
    X(CONSOLE_SERVER, "console server")                                                                      \
    X(GRAPHICS_THREAD, "graphics thread of L4Linux")                                                         \
    X(CONSOLE_THREAD, "console thread of L4Linux")                                                           \
    X(TIMER, "timer")

enum kernel_thread_id {
#define KERNEL_THREAD_ID(ID, name) THREAD_##ID,
    KERNEL_THREADS_LIST(KERNEL_THREAD_ID)
#undef KERNEL_THREAD_ID
        THREAD_COMPETING, /* + n */
    KERNEL_THREADS = THREAD_COMPETING + COMPETITORS_MAX
};

/* Tasks of the guest that every machine has: X(ID, name). */
#define GUEST_TASKS_LIST(X)                                                                                  \
    X(IDLE, "idle")                                                                                          \
    X(CYCLICTEST, "cyclictest")                                                                              \
    X(DISK_THREAD, "irq/disk")                                                                               \
    X(RCU, "rcu")                                                                                            \
    X(REFRESH, "screen refresh")                                                                             \
    X(PROBE_THREAD, "irq/probe")                                                                             \
    X(PROBE, "probe")

enum guest_task {
#define GUEST_TASK_ID(ID, name) TASK_##ID,
    GUEST_TASKS_LIST(GUEST_TASK_ID)
#undef GUEST_TASK_ID
        TASK_FIRST_PROCESS,
    TASKS = TASK_FIRST_PROCESS + PROCESSES_MAX
};

/* The causes of threads: those of the microkernel, tasks that every machine has, programs of the load. */
enum {
    CAUSE_GUEST_TASK = CAUSE_THREAD + KERNEL_THREADS,
    CAUSE_PROGRAM = CAUSE_GUEST_TASK + TASK_FIRST_PROCESS,
};

enum { NOTES_MAX = 256 };

/* A charge: of a row, or of a stretch of the own path, of whose first row is the duration. */
struct note {
    uint16_t row, cause;
    bool stretch;
    irqp_time duration;
};

struct wakeup {
    bool in_flight;     /* from the expiry to the clock read */
    bool measured;      /* not in the warm-up */
    bool handled_early; /* its timer's callback began before the expiry */
    enum stage stage;
    irqp_time expiry;             /* of the sleep in progress, or of the wake-up in flight */
    irqp_time charged;            /* sum of the charges: must equal the latency */
    uint64_t ran[2];              /* tasks that ran since the expiry, by bit */
    uint64_t hash, weight;        /* of the charges so far, and of the next one's place */
    struct note notes[NOTES_MAX]; /* charges that are not in the result yet */
    size_t noted;
    struct irqp_charge charges[IRQP_CHARGES_MAX]; /* the first of those that are, if it should be the worst */
    size_t count;                                 /* of those that are */
};

/* Who draws: the sources of random streams. Tasks have their own numbers below these. */
enum {
    SOURCE_TASK, /* + task, for those that every machine has */
    SOURCE_DISK = 102,
    SOURCE_TRANSIT,
    SOURCE_PHASES,
    SOURCE_SMI,
    SOURCE_PROBE,
    SOURCE_COMPETING_DEVICE = 200,  /* + n */
    SOURCE_KERNEL_THREAD = 1 << 12, /* + its id */
    SOURCE_PROCESS = 1 << 16,       /* + program << 24 + number of the process in order of its start */
};

/* ---- hardware ---- */

struct line_state {
    bool asserted; /* level: the device's output; edge: an edge is not accepted yet */
    bool masked;
    bool held;  /* by the processor's task priority */
    bool noted; /* by the guest, to be unmasked by its next call */
};

/* What becomes of an assertion: it pends (now, or once the line is unmasked), it is one with an earlier that
 * does so already, or it is gone. */
enum arrival { ARRIVED, ARRIVED_MERGED, ARRIVED_LOST };

enum { DISK_REQUESTS_MAX = 256 };

struct disk {
    uint16_t queued[DISK_REQUESTS_MAX], completed[DISK_REQUESTS_MAX]; /* whose: tasks, first in first out */
    uint16_t queued_count, completed_count;
    uint16_t taken; /* completions that the driver has seen */
    struct irqp_stream stream;
};

/* The answers to an assertion of the probe, in their order. */
enum probe_stage { PROBE_HANDLER, PROBE_THREAD, PROBE_TASK, PROBE_STAGES };
enum { LATENCY_PROBE = IRQP_LATENCIES_OWN, LATENCIES = LATENCY_PROBE + PROBE_STAGES };

/* Without PREEMPT_RT the probe has no interrupt thread. */
static inline bool probe_has(const struct machine *machine, enum probe_stage stage)
{
    return stage != PROBE_THREAD || machine->preempt_rt;
}

/* The place of a stage that it has among the latencies, which follow each other. */
static inline unsigned probe_latency(const struct machine *machine, enum probe_stage stage)
{
    return LATENCY_PROBE + stage - (stage > PROBE_THREAD && !probe_has(machine, PROBE_THREAD));
}

/* The place of the gaps, behind those of the probe. */
static inline unsigned gap_latency(const struct machine *machine)
{
    return machine->probe ? probe_latency(machine, PROBE_TASK) + 1u : LATENCY_PROBE;
}

/* Queued, entered, asserted again; in a virtual machine injected, requested and in the monitor's hand before
 * those; and two to spare. */
enum { PROBE_ARRIVED_MAX = 8 };

/* When that was asserted which now is on its way: to the core, to the hard handler (first in first out), to
 * the thread, in the thread, to the task, and read by the task. IRQP_NEVER: nothing is. */
struct probe {
    struct irqp_stream streams[2]; /* intervals; the way to the core */
    irqp_time sent;
    irqp_time arrivals[PROBE_ARRIVED_MAX];
    unsigned arrived;
    irqp_time for_thread, taken, for_task, read;
    uint64_t packets; /* on the card, for the load */
};

/* Whose gaps are seen, the time that has passed so far, and when it last computed (IRQP_NEVER: it has not).
 */
struct gaps {
    const struct irqp_thread *of;
    irqp_time now, left;
};

enum { IDLE_BUCKETS = 6 };

struct idle {
    enum idle_depth depth;
    irqp_time since, expected;         /* begun, and to last at most */
    uint32_t correction[IDLE_BUCKETS]; /* by magnitude of what was expected */
};

/* ---- microkernel ---- */

enum { DEAD_MAX = 256 }; /* address spaces that wait for their end, in each of two places */

/* An address space: page tables and mapped pages. */
struct space {
    uint32_t tables, pages;
};

/* A destruction under way: what is to be destroyed, and how much of it is left. */
struct dying {
    struct space space;
    irqp_time left;
};

/* What a thread does in inter-process communication (facts, section 0.1). */
enum ipc_state { IPC_NONE, IPC_OPEN_RECEIVE, IPC_CLOSED_RECEIVE, IPC_SEND };

/* Whose address space a thread runs in. */
enum address_space { SPACE_KERNEL, SPACE_LINUX, SPACE_USER, SPACE_OTHER /* + n, one for each other task */ };

enum { NOBODY = KERNEL_THREADS };

struct kernel_thread {
    struct irqp_thread stack; /* not used by the vCPU: its stack is that of the guest's current task */
    uint8_t priority;         /* with which it runs: its own, or its client's (models/microkernel/ipc.c) */
    uint8_t own_priority;
    uint8_t space; /* enum address_space; the vCPU's follows its mode */
    bool ready;
    enum ipc_state ipc;
    int64_t turn;         /* among equals that are ready, the least runs */
    irqp_time used;       /* of its slice */
    irqp_time timeout;    /* of its receive, on the kernel's clock; IRQP_NEVER: none */
    uint32_t grace_ticks; /* until the grace period ends for which it is blocked */
    int64_t message;      /* what it sends: bytes to show */
    uint8_t
        partner; /* of a server: whose request it works on, or from whom alone it takes the next; NOBODY */
    uint8_t senders[KERNEL_THREADS], sender_count; /* who waits to send to it, first in first out */
};

/* ---- graphics and console output (models/microkernel/output.c) ---- */

/* What the guest shares with its second thread: what is to be shown, in bytes. */
struct ring {
    int64_t entries[RING_ENTRIES_MAX];
    uint16_t count;
};

/* What the microkernel does with an interrupt for the vCPU. */
enum decision { DECIDE_QUEUE, DECIDE_UPCALL, DECIDE_WAKE };

struct microkernel {
    uint8_t queue[IRQ_OBJECTS]; /* of the vCPU, first in first out */
    uint8_t queue_count;
    bool queued[IRQ_OBJECTS];
    struct kernel_thread threads[KERNEL_THREADS];
    enum kernel_thread_id current; /* the vCPU where there is no microkernel */
    irqp_time since;               /* when the current thread was last charged */
    irqp_time clock;               /* where ticks are counted: as of the last */
    int64_t first_turn, last_turn;
    /* the timer thread of L4Linux: its next timeout; whether the vCPU waits for its answer, and with what */
    irqp_time timer_deadline, timer_request;
    bool timer_asked;
    uint8_t labels[IRQ_OBJECTS]; /* in the guest's hand, to be handled in this order */
    uint8_t label_count;
    uint8_t installed_label;
    bool installed;  /* an upcall that waits for the guest's call to return */
    uint8_t entered; /* the line whose interrupt entry runs */
    struct destruction {
        uint16_t task; /* that waits for it */
        struct space space;
    } dead[DEAD_MAX]; /* the ring of what is to be destroyed, first in first out */
    uint16_t dead_count;
    struct ring rings[OUTPUTS];
    bool notify; /* what was just written to a ring needs a notification */
    struct competitor_state {
        struct irqp_stream device;
        bool has_work;          /* its idle time is over, the interrupt not taken yet */
        bool rested;            /* it has been taken */
        bool handling, pending; /* a guest's vCPU handles an interrupt; another one waits */
    } competitors[COMPETITORS_MAX];
    uint32_t remote_grace_ticks; /* of the other processor's destruction */
};

/* ---- guest ---- */

enum reason {
    WAIT_TIMER,
    WAIT_SEND,
    WAIT_RECEIVE,
    WAIT_CHILD,
    WAIT_DISK,
    WAIT_DISK_THREAD,
    WAIT_RCU,
    WAIT_DESTRUCTION,
    WAIT_BACKLOG,
    WAIT_LOCK,
    WAIT_PROBE_THREAD,
    WAIT_PROBE
};

struct task {
    struct irqp_thread thread;
    uint8_t priority; /* 0: fair; with what it inherits from those that wait for its mutexes */
    uint8_t own_priority;
    uint32_t weight;      /* of a fair one */
    uint64_t turn;        /* order of enqueueing among those of one fixed priority */
    uint64_t waits_since; /* order among those that wait for a mutex */
    bool alive, runnable;
    bool exited; /* its stack is still in use until the next task runs */
    uint16_t program, instance;
    uint16_t cursor;  /* next channel of its group */
    uint16_t channel; /* it works on */
    uint16_t mutex;   /* it turned to last */
    uint16_t parent, children_dead;
    uint16_t cause; /* CAUSE_GUEST_TASK + ..., CAUSE_PROGRAM + ... */
    struct space space;
    struct dying dying;         /* the address space that this task is about to destroy */
    struct dying interrupted;   /* the one that a drop in a task switch keeps from going on */
    uint32_t unmapping, logged; /* page-table entries to be cleared; cleared, but not told the microkernel */
    uint16_t undestroyed;       /* how many it handed to the helper that are not destroyed yet */
    irqp_time wake_at;          /* its queued timer; IRQP_NEVER if none */
    irqp_time sleep_until;      /* of the sleep that it is about to begin */
    irqp_time release;          /* of its round, where these come at a rate; 0: none yet */
    irqp_time run_since, slice; /* last accounted; run since it was picked */
    uint16_t requests;          /* to the disk, not completed */
    int64_t output;             /* bytes that it is about to show */
    uint8_t reason;             /* for which it is blocked */
};

struct channel {
    uint32_t messages, capacity;
    uint64_t senders[2], receivers[2]; /* tasks that wait, by bit */
};

/* A sleeping lock with priority inheritance. */
struct mutex {
    uint16_t owner; /* TASK_IDLE: nobody */
    uint64_t waiters[2];
};

/* What the footprints have touched, and since when each has not run. */
struct footprint_state {
    int64_t touched;       /* lines, by all of them */
    irqp_time idle;        /* time of the processor in idle, as of the last footprint */
    irqp_time idle_before; /* of it, before the end of the warm-up */
    bool idled;            /* since the last footprint */
    uint64_t flushes;
    struct {
        int64_t touched;
        irqp_time busy;
        uint64_t flushes;
        bool ran;
    } last[FOOTPRINTS_MAX];
};

struct guest {
    struct task tasks[TASKS];
    irqp_time vruntime[TASKS];        /* of runnable fair tasks; IRQP_NEVER otherwise */
    irqp_time left_at[TASKS];         /* the virtual run time with which it blocked */
    irqp_time least;                  /* floor of the virtual run times */
    uint32_t fair_count, fair_weight; /* of runnable fair tasks */
    uint16_t last_buddy, next_buddy;  /* TASK_IDLE: none */
    uint64_t fixed[2], turns; /* runnable tasks of fixed priority, by bit; how many were enqueued so far */
    uint16_t task_count;      /* used so far */
    uint16_t current, next, previous;
    uint16_t segments; /* whose descriptors the microkernel's table holds (models/guest/segments.c) */
    uint32_t started[PROGRAMS_MAX]; /* processes so far, by program */
    irqp_time clock;                /* as the timer interrupt read it */
    irqp_time picked_at;            /* when schedule() last chose */
    irqp_time tick_at;              /* IRQP_NEVER: stopped */
    irqp_time tick_phase;
    bool activation; /* of the real-time task, if others are postponed: from its interrupt until it sleeps */
    uint64_t sleepers[2]; /* tasks with a queued timer, by bit */
    bool disk_thread_woken, softirq_runs;
    struct channel channels[CHANNELS_MAX];
    struct mutex mutexes[MUTEXES_MAX];
    /* address spaces that wait for the RCU thread */
    struct space dead[DEAD_MAX];
    uint16_t dead_count;
};

/* Things counted, for the report. X(ID, name). System calls and page faults are those of user tasks;
 * microkernel entries are calls and exceptions of the guest, and interrupts. */
#define COUNTERS(X)                                                                                          \
    X(SYSTEM_CALLS, "system calls")                                                                          \
    X(FAULTS, "page faults")                                                                                 \
    X(DELIVERED, "interrupts delivered")                                                                     \
    X(ENTRIES, "microkernel entries")                                                                        \
    X(SKIPPED, "expiries skipped")                                                                           \
    X(GUEST_TICKS, "guest ticks")                                                                            \
    X(MK_TICKS, "microkernel ticks")                                                                         \
    X(TICK_HITS, "wake-ups hit by a microkernel tick")                                                       \
    X(UPCALLS_USER, "upcalls from user mode")                                                                \
    X(UPCALLS_KERNEL, "upcalls from kernel mode")                                                            \
    X(UPCALLS_CALL, "upcalls at the return of a call")                                                       \
    X(UPCALLS_URGENT, "upcalls through virtual interrupts off")                                              \
    X(WINDOWS, "interrupt windows")                                                                          \
    X(VM_EXITS, "exits of the guest")                                                                        \
    X(WAKES, "deliveries to a blocked vCPU")                                                                 \
    X(DEFERRED, "deferred deliveries")                                                                       \
    X(MERGED, "edges merged")                                                                                \
    X(LOST, "edges lost behind a mask")                                                                      \
    X(DISK_INTERRUPTS, "disk interrupts")                                                                    \
    X(POSTPONED, "timers postponed")                                                                         \
    X(PROBE_ASSERTIONS, "probe assertions")                                                                  \
    X(PROBE_MERGED, "probe assertions merged")                                                               \
    X(PROBE_LOST, "probe assertions lost")                                                                   \
    X(SMIS, "system-management interrupts")                                                                  \
    X(SWITCHES, "context switches")                                                                          \
    X(FORKS, "forks")                                                                                        \
    X(EXITS, "exits")                                                                                        \
    X(CONTENDED, "mutexes found taken")                                                                      \
    X(DESTRUCTIONS, "address spaces destroyed")                                                              \
    X(BOOSTS, "boosts of the helper")                                                                        \
    X(MESSAGES, "messages received")                                                                         \
    X(DRAWS, "drawing requests")                                                                             \
    X(PRINTS, "console writes")                                                                              \
    X(SHOWN, "requests shown by a server")                                                                   \
    X(SEND_WAITS, "calls that waited for a busy server")                                                     \
    X(MERGED_REQUESTS, "requests merged in a ring")                                                          \
    X(COMPETING_INTERRUPTS, "interrupts of competing threads")                                               \
    X(DROPPED, "packets dropped")

/* What there was at most at once. X(ID, name) */
#define PEAKS(X) X(DEAD, "dead address spaces")

enum peak {
#define PEAK_ID(ID, name) PEAK_##ID,
    PEAKS(PEAK_ID)
#undef PEAK_ID
        PEAK_COUNT
};

enum counter {
#define COUNTER_ID(ID, name) COUNT_##ID,
    COUNTERS(COUNTER_ID)
#undef COUNTER_ID
        COUNTS
};

struct run {
    struct irqp_cpu cpu;
    const struct machine *machine;
    struct irqp_result *result;
    uint64_t seed, batch, wanted, taken;
    irqp_time measured_from; /* IRQP_NEVER during the warm-up */
    irqp_time last_sample;   /* for the watchdog */
    bool tick_hit;
    uint64_t peaks[PEAK_COUNT]; /* after the warm-up */
    struct irqp_stream transit, phases, smi;
    irqp_time timer_phase; /* of the comparator's grid */
    uint64_t ticks;        /* of the microkernel's periodic timer */
    irqp_time tick_start, warm_up;
    struct line_state lines[LINES];
    struct disk disk;
    struct probe probe;
    struct gaps gaps;
    struct footprint_state footprint;
    struct idle idle;
    struct microkernel microkernel;
    uint32_t requested; /* virtualised: by IRQ object, what the virtual interrupt controller wants injected */
    struct guest guest;
    struct wakeup wakeup;
    uint64_t counters[COUNTS];
    uint64_t rounds;                   /* of the program whose rounds are the load's work */
    struct irqp_script scripts[TASKS]; /* of tasks that coasted up to the horizon */
    uint64_t own_stretches[];          /* how often each was charged to the own path, by first row */
};

/* Oscillators whose phase a batch draws. */
enum phase { PHASE_CYCLICTEST, PHASE_TICK, PHASE_KERNEL_TICK, PHASE_GRID };

static inline struct run *run_of(const struct irqp_cpu *cpu)
{
    return cpu->model;
}
static inline void count(struct run *run, enum counter counter)
{
    run->counters[counter]++;
}

/* ---- between the parts ---- */

/* models/wakeup.c */
void wakeup_begin(struct run *run);
void wakeup_stage(struct run *run, enum stage stage); /* of a wake-up in flight; else nothing */
void wakeup_handled(struct run *run);
void wakeup_charge(struct irqp_cpu *cpu, const struct irqp_row *row, irqp_time duration);
void wakeup_charge_stretch(struct irqp_cpu *cpu, uint16_t first, irqp_time duration);
void wakeup_end(struct run *run);
void wakeup_settle(struct run *run);                                /* at the end of the batch */
static inline void wakeup_note_task(struct run *run, uint16_t task) /* it runs */
{
    run->wakeup.ran[task >> 6] |= UINT64_C(1) << (task & 63);
}
/* A sample into a histogram of the result. */
void run_record(struct run *run, struct irqp_histogram *histogram, irqp_time latency);
const char *wakeup_cause_name(const void *machine, size_t cause);
/* The activity of a frame that handles this line now. */
uint16_t wakeup_activity(const struct run *run, unsigned line);

/* models/gaps.c: the observer, in place of wakeup_charge where gaps are measured. */
void gaps_start(struct run *run);
void gaps_charge(struct irqp_cpu *cpu, const struct irqp_row *row, irqp_time duration);
void gaps_charge_stretch(struct irqp_cpu *cpu, uint16_t first, irqp_time duration);

/* models/hardware */
enum arrival lines_assert(struct run *run, enum line line);
void lines_deassert(struct run *run, enum line line);
void lines_mask(struct run *run, enum line line);
void lines_unmask(struct run *run, enum line line);
void lines_hold(struct run *run, enum line line, bool held);
/* On acceptance: an edge is consumed. */
void lines_accepted(struct run *run, enum line line);
void timer_program(struct run *run, irqp_time when);
void timer_program_first(struct run *run);
void timer_match(struct run *run);
/* models/run.c: the phase of an oscillator in this batch, in [0, period). */
irqp_time phase_of(const struct run *run, enum phase oscillator, irqp_time period);

void timer_start(struct run *run);
void smi_start(struct run *run);
void smi_fire(struct run *run);
void disk_fire(struct run *run);
void remote_fire(struct run *run);
void remote_complete(struct run *run);
void idle_start(struct run *run);
uint16_t idle_left(struct run *run);
void probe_start(struct run *run);
void probe_fire(struct run *run);
void probe_arrive(struct run *run);
/* The probe's IRQ object was hit again while queued, or its virtual interrupt while requested. */
void probe_merge(struct run *run, unsigned behind);

/* models/guest */
void guest_start(struct run *run);
void guest_wake(struct run *run, uint16_t task);
void guest_start_task(struct run *run, uint16_t task); /* the same for a new one */
void guest_set_priority(struct run *run, uint16_t task, uint8_t priority);
bool guest_stands_still(const struct run *run); /* every process waits for another, and always will */
void guest_leave(struct run *run);              /* the current task is not runnable any more */
void guest_preempt_at_tick(struct run *run);
/* Whether the guest lets a better task run wherever this row is interrupted, and what becomes of other kernel
 * code that was. */
bool guest_preemptible(const struct machine *machine, const struct irqp_row *row);
void guest_preempt_voluntarily(struct run *run);
void guest_schedule(struct run *run); /* pushes the schedule path on the current task */
struct task *guest_current(struct run *run);
bool guest_wake_up_due(const struct run *run); /* cyclictest's timer is queued and due */
void process_start(struct run *run, uint16_t program, uint16_t instance, uint16_t parent);
irqp_time guest_earliest_timer(const struct run *run);

/* models/guest/fair.c: fair tasks, that is, runnable ones of priority 0 */
enum fair_arrival { FAIR_WAKES, FAIR_IS_NEW, FAIR_RETURNS };
uint32_t fair_weight(int nice);                   /* -20 to 19 */
void fair_charge(struct run *run, irqp_time ran); /* to the current task */
void fair_enqueue(struct run *run, uint16_t task, enum fair_arrival arrival);
void fair_dequeue(struct run *run, uint16_t task, bool to_fixed);
bool fair_preempts(struct run *run, uint16_t woken); /* the current task, which is fair */
uint16_t fair_pick(struct run *run);                 /* TASK_IDLE: there is none */
bool fair_tick_preempts(struct run *run);            /* the current task, which is fair */

/* models/microkernel */
void microkernel_start(struct run *run);
void irq_fire(struct run *run, enum irq_object object, bool in_entry);
void irq_leave_entry(struct run *run, bool in_entry);
enum decision irq_decide(enum ipc_state ipc, bool interrupts_on);
struct irqp_thread *kernel_thread_stack(struct run *run, enum kernel_thread_id id);
void kernel_thread_block(struct run *run, enum kernel_thread_id id, enum ipc_state ipc);
bool kernel_thread_preempts(const struct run *run, enum kernel_thread_id id);
bool kernel_thread_ready(struct run *run, enum kernel_thread_id id);
void kernel_thread_ready_later(struct run *run, enum kernel_thread_id id);
void kernel_thread_set_priority(struct run *run, enum kernel_thread_id id, uint8_t priority);
/* Lengths of a destruction, into the thread's registers; their sum. */
void destruction_lengths(const struct machine *machine, struct irqp_thread *thread, struct space space);
void destruction_tick(struct run *run);
irqp_time destruction_length(const struct machine *machine, struct space space);
/* Dead address spaces that are not destroyed yet. */
uint32_t destruction_backlog(const struct run *run);
void destruction_note_backlog(struct run *run);
void kernel_thread_wake(struct run *run, enum kernel_thread_id id);
void kernel_thread_switch(struct run *run, enum kernel_thread_id id);
void kernel_threads_schedule(struct run *run);
void kernel_thread_charge_slice(struct run *run); /* of the running thread, up to now */
/* models/microkernel/competing.c: from outside, the idle time of competitor n is over, its device interrupts.
 */
void competing_start(struct run *run);
void competing_work(struct run *run, unsigned index);
void competing_device(struct run *run, unsigned index);
bool kernel_thread_is_outranked(const struct run *run); /* the current thread, by one that is ready */
bool kernel_thread_has_rival(const struct run *run);    /* of its own priority, ready */
/* Charges the current thread's slice: with a tick, or with the time since it was last charged. */
void kernel_thread_charge(struct run *run, irqp_time tick);
irqp_time kernel_thread_slice_end(const struct run *run); /* of the current one; IRQP_NEVER: idle */
irqp_time kernel_threads_timeout(const struct run *run);  /* the earliest; IRQP_NEVER: none */
void kernel_threads_time_out(struct run *run);            /* those whose timeout is over become ready */
/* models/load/cyclictest.c */
irqp_time cyclictest_first_expiry(const struct run *run);
/* models/microkernel/tick.c */
void tick_draw_phase(struct run *run);
void tick_start(struct run *run);
void tick_fire(struct run *run);
void tick_rival(struct run *run);
irqp_time kernel_clock(const struct run *run);
irqp_time kernel_tick_after(const struct run *run, irqp_time when);
/* models/microkernel/guest_timer.c */
void timer_thread_start(struct run *run);
/* The frame in which the vCPU stands, below entries of the microkernel that are on top of it. */
const struct irqp_frame *vcpu_frame(struct run *run);

#endif
