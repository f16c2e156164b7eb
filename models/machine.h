/* The machine: a linked scenario, immutable, shared by all threads of the host that run batches of it. */
#ifndef MODELS_MACHINE_H
#define MODELS_MACHINE_H

#include "irqpath/coast.h"
#include "irqpath/link.h"
#include "irqpath/model.h"
#include "parameters.h"

/* ---- lines, IRQ objects, outside events ---- */

enum { COMPETITORS_MAX = 4 }; /* threads of the microkernel that compete with the vCPU */

/* Physical lines, in order of acceptance; the last are one for each competitor. */
enum line {
    LINE_SMI,
    LINE_TICK,
    LINE_TIMER,
    LINE_DISK,
    LINE_PROBE,
    LINE_REMOTE,
    LINE_COMPETING,
    LINES = LINE_COMPETING + COMPETITORS_MAX
};

/* What the microkernel can deliver to the vCPU: the lines of devices that it bound to it, and one software
 * object. */
enum irq_object {
    IRQ_TIMER = LINE_TIMER,
    IRQ_DISK = LINE_DISK,
    IRQ_PROBE = LINE_PROBE,
    IRQ_HELPER_DONE = LINES,
    IRQ_OBJECTS
};

/* Outside events, in the order in which simultaneous ones happen. */
enum slot {
    SLOT_WARM_UP,    /* the end of the warm-up */
    SLOT_EXPIRY,     /* cyclictest's programmed expiry: a wake-up begins */
    SLOT_TICK,       /* the microkernel's scheduling timer */
    SLOT_TIMER,      /* the comparator of the guest's clock-event device matches */
    SLOT_TIMER_LINE, /* its interrupt has reached the core: the line is asserted */
    SLOT_DISK,
    SLOT_REMOTE,     /* another processor has destroyed a task */
    SLOT_PROBE,      /* the probe's device asserts its line */
    SLOT_PROBE_LINE, /* its interrupt has reached the core */
    SLOT_SMI,
    SLOT_WATCHDOG,
    SLOT_COMPETING,                                           /* + n: its idle time is over */
    SLOT_COMPETING_DEVICE = SLOT_COMPETING + COMPETITORS_MAX, /* + n: one of its devices interrupts */
    SLOTS = SLOT_COMPETING_DEVICE + COMPETITORS_MAX
};

/* Bits of irqp_cpu.attention, and of the argument of a test. */
enum {
    ATTENTION_PENDING = 1, /* the sticky pending bit of the vCPU's state page */
    ATTENTION_RESCHED = 2, /* need_resched of the guest */
    IN_RESUME_TO_USER = 4, /* the test for pending stands inside a resume call */
    IN_RESUME_TO_KERNEL = 8,
    ATTENTION_INJECT = 16, /* virtualised: a virtual interrupt waits for the guest to enable its interrupts */
};

enum trigger { EDGE, LEVEL };
enum controller {
    CONTROLLER_8259,
    CONTROLLER_IO_APIC,
    CONTROLLER_LOCAL_APIC,
    CONTROLLER_MSI,
    CONTROLLER_GIC_MEMORY, /* by the interface that the processor has to it */
    CONTROLLER_GIC_REGISTERS
};

/* Priority of interrupt threads: PREEMPT_RT's default. */
enum { IRQ_THREAD_PRIORITY = 50 };

struct wiring {
    enum controller controller;
    enum trigger trigger; /* what the device and the controller do */
    enum trigger flow;    /* what whoever takes the interrupt does: mask until it is handled, or not */
    bool split_end;       /* GIC: the priority drops at once, a second write deactivates */
};

static inline bool is_gic(enum controller controller)
{
    return controller == CONTROLLER_GIC_MEMORY || controller == CONTROLLER_GIC_REGISTERS;
}

enum unmask_policy { UNMASK_LEVEL, UNMASK_ALWAYS, UNMASK_LAZY };

/* How a rehosted guest takes what is pending when it enables its interrupts. */
enum pending_check { CHECK_PER_SOURCE, CHECK_DRAIN, CHECK_LABEL_RING, PENDING_CHECKS };
/* What the processor does in idle: halt, spin, or what a governor chooses among halt and deeper states. */
enum idle_kind { IDLE_HALTS, IDLE_POLLS, IDLE_DEEP };
enum idle_depth { IDLE_HALT, IDLE_C3, IDLE_C6, IDLE_DEPTHS };

/* Fixed priorities of the microkernel's threads; the higher runs. */
enum { PRIORITY_IDLE, PRIORITY_BELOW = 50, PRIORITY_VCPU = 100, PRIORITY_ABOVE = 150 };

/* The same against the vCPU's, as keys of scenarios have it. */
enum relative_priority { PRIORITY_IS_BELOW, PRIORITY_IS_EQUAL, PRIORITY_IS_ABOVE };
static inline uint8_t priority_of(enum relative_priority relative)
{
    return relative == PRIORITY_IS_BELOW   ? PRIORITY_BELOW
           : relative == PRIORITY_IS_EQUAL ? PRIORITY_VCPU
                                           : PRIORITY_ABOVE;
}

/* ---- graphics and console ---- */

enum output { OUTPUT_GRAPHICS, OUTPUT_CONSOLE, OUTPUTS };
enum output_by { OUTPUT_BY_NONE, OUTPUT_BY_SYNCHRONOUS, OUTPUT_BY_RING };
enum { RING_ENTRIES_MAX = 256 };

/* How the guest shows what it draws and prints, rehosted. */
struct output_design {
    enum output_by by;
    bool notify_each;
    uint16_t ring_entries;
    uint8_t thread_priority, server_priority;
    int64_t bandwidth;    /* of the device, bytes per second */
    int64_t guest_writes; /* bytes per second at which the guest itself writes; 0: it does not */
    int64_t part;         /* bytes that one request may have */
    int64_t merged;       /* bytes that a merged request may have */
};

/* ---- competing threads of the microkernel (models/microkernel/competing.c) ---- */

enum { FOOTPRINTS_MAX = 64, COLD_POINTS = 256 };

/* What a step executes and touches (models/hardware/footprint.c). */
struct footprint {
    irqp_cost_handle of;
    irqp_time hot; /* when nothing is cold */
    int64_t lines, pages;
    struct irqp_distribution *cost; /* hot, as a cost; owned */
};

struct competitor {
    const char *name; /* borrowed from the scenario */
    char cause_name[64], line_name[64];
    bool guest; /* it has a vCPU and devices of its own */
    uint8_t priority;
    irqp_cost_handle busy, call; /* call: 0: none */
    bool by_timeout;             /* its idle time is a timeout of its receive, else an interrupt ends it */
    uint16_t idle, interrupts;   /* cost handles; once linked, indices into program.costs; 0: none */
    int64_t draws;               /* bytes at the end of each busy time; 0: none */
};

/* ---- gaps (models/gaps.c) ---- */

struct gaps_design {
    bool measured;
    bool competes; /* `of` is a competing thread, else a program of the load */
    uint16_t of;
    uint8_t mode; /* of a program: in which its computing is watched */
    irqp_time between_reads;
    bool *computes; /* by row of the program: whether it is that computing; owned */
};

/* ---- paths ---- */

/* Paths that every machine has; those of load programs follow. Some exist only on one platform. */
enum path {
    PATH_SMI,
    PATH_IDLE_EXIT, /* + enum idle_depth */
    PATH_IDLE_EXIT_LAST = PATH_IDLE_EXIT + IDLE_DEPTHS - 1,
    PATH_TICK_ENTRY,
    PATH_TIMER_ENTRY,
    PATH_DISK_ENTRY,
    PATH_PROBE_ENTRY,
    PATH_TIMER_HANDLER,
    PATH_DISK_HANDLER,
    PATH_PROBE_HANDLER,
    PATH_SCHEDULE,
    PATH_TASK_START,
    PATH_KERNEL_TASK_START,
    PATH_IDLE,
    PATH_CYCLICTEST,
    PATH_DISK_THREAD,
    PATH_PROBE_THREAD,
    PATH_PROBE_TASK,
    PATH_RCU_THREAD,
    PATH_DROP_IN_SWITCH,
    PATH_TO_VOLUNTARY_POINT,
    /* rehosted; some of them virtualised, too */
    PATH_UPCALL_FROM_USER,
    PATH_UPCALL_FROM_USER_LATER,
    PATH_UPCALL_FROM_KERNEL,
    PATH_DEFERRED,
    PATH_RESUME_RECEIVE_USER,
    PATH_RESUME_RECEIVE_KERNEL,
    PATH_WAKE_FROM_IDLE,
    PATH_WAKE_FROM_THREAD,
    PATH_WAKE_LATER,
    PATH_RECEIVE_AT_ONCE,
    PATH_HELPER_DONE_HANDLER,
    PATH_MICROKERNEL_IDLE,
    PATH_TICK_AGAIN,
    PATH_MICROKERNEL_SWITCH,
    PATH_MICROKERNEL_SWITCH_SPACE,
    PATH_MICROKERNEL_SWITCH_IDLE,
    PATH_HELPER,
    PATH_TIMER_THREAD,
    PATH_REMOTE_ENTRY,
    PATH_GRAPHICS_SERVER,
    PATH_CONSOLE_SERVER,
    PATH_GRAPHICS_THREAD,
    PATH_CONSOLE_THREAD,
    PATH_SCREEN_REFRESH,
    PATH_COMPETING_ENTRY,
    PATH_COMPETING_UPCALL,
    PATH_COMPETING_WAKE,
    PATH_COMPETING, /* + n */
    PATH_COMPETING_LAST = PATH_COMPETING + COMPETITORS_MAX - 1,
    /* virtualised, with those above that the microkernel has */
    PATH_VM_EXIT,
    PATH_VM_ENTRY,
    PATH_MONITOR_INTERRUPT,
    PATH_MONITOR_RECEIVE,
    PATH_TIMER_VECTOR,
    PATH_DISK_VECTOR,
    PATH_PROBE_VECTOR,
    PATH_LOAD /* the first of the load's */
};

/* Fragments that a platform provides; guest paths and load programs contain them. */
enum fragment {
    FRAGMENT_NONE,
    SYSCALL_ENTER,
    SYSCALL_EXIT,
    FAULT_ENTER,
    FAULT_EXIT,
    CONTEXT_SWITCH,
    SWITCH_TAIL,
    USER_RETURN,
    PROGRAM_TIMER,
    IDLE_WAIT,
    UNMASK_TIMER, /* what the end of its handling owes the line */
    UNMASK_DISK,
    UNMASK_PROBE,
    PROBE_PACKETS,
    CREATE_SPACE,
    DESTROY_SPACE,
    UNMAP_PAGE,   /* a page-table entry was cleared */
    UNMAP_SPACE,  /* exit_mmap: before an address space dies */
    GRACE_PERIOD, /* inside a deletion */
    DRAW,
    PRINT,
    SHOW_SCREEN,
    RELEASE_TICK, /* in a call of the guest, if it was postponed */
    SLICE_BEGINS, /* where another thread of the microkernel begins to run */
    /* the TLB's part in them (models/hardware/tlb.c) */
    KERNEL_WALKS,
    USER_WALKS,
    /* what native and stripped differ in */
    KERNEL_ENTRY_FLUSH,
    KERNEL_EXIT_FLUSH,
    USER_AFTER_FLUSH,
    SWITCH_WALKS,
    INTERRUPT_RETURN,
    /* rehosted: what the guest's wrapper does at its entry */
    SEGMENT_RELOAD,
    SPILL_USER_TASK, /* in an upcall that interrupts a user task */
    /* where the guest looks for a better task (models/guest/preemption.c) */
    RESCHEDULE_POINT,
    RETURN_TO_USER,
    /* the clock (models/guest/clock.c) */
    READ_CLOCK,
    READ_CLOCK_AND_SAMPLE,
    /* the same on every platform */
    SLEEP,
    SLEEP_INTERVAL, /* the same with a time from now */
    SPIN,           /* at the end of a sleep */
    QUIET_TIMER,    /* the device, before its handler */
    ACKNOWLEDGE,    /* of the line whose entry is being linked */
    UNMASK_TIMER_AT_CONTROLLER,
    UNMASK_DISK_AT_CONTROLLER,
    UNMASK_PROBE_AT_CONTROLLER,
    UNMASK_NOTED, /* what the guest noted for its next call */
    CREATE_CALL,  /* of a rehosted guest */
    /* virtualised */
    MONITOR_ENTRY, /* from the exit to the monitor's code, and back to the entry into the guest */
    MONITOR_RESUME,
    EXIT_TO_MONITOR,
    RESUME_GUEST,
    GUEST_FAULT_ENTER,
    GUEST_FAULT_EXIT,
};

/* Flags that steps are written with. */
enum {
    USER = IRQP_MODE_USER,
    KERNEL = IRQP_MODE_KERNEL,
    CRITICAL = KERNEL | IRQP_STEP_IRQS_OFF | IRQP_STEP_PREEMPT_OFF, /* raw spinlock held, or hard interrupt */
    IRQS_OFF = KERNEL | IRQP_STEP_IRQS_OFF,
    /* A raw spinlock that no hard interrupt takes: not the run queue's, nor the timers'. The timer's
     * interrupt may cut through; it wakes, and the switch waits for the end of the section. */
    SECTION = CRITICAL | IRQP_STEP_URGENT,
    PREEMPT_OFF = KERNEL | IRQP_STEP_PREEMPT_OFF,
    PLATFORM = IRQP_STEP_PLATFORM,
    MICROKERNEL = IRQP_MODE_MICROKERNEL | IRQP_STEP_MASKED | PLATFORM, /* its interrupts off */
    MICROKERNEL_OPEN = IRQP_MODE_MICROKERNEL | PLATFORM,               /* its lock opened; or a thread of its
                                                                          other than the guest's */
};

/* Thread registers with computed lengths. */
enum {
    REG_BASE,
    REG_SCAN,
    REG_PAGES,
    REG_TABLES,
    REG_EXIT_PAGES,
    REG_UNMASK,
    REG_SPIN,
    REG_WRITE,
    REG_SHOW,
    REG_PRINT,
    REG_PART
};
#define REGISTER(n) ((irqp_cost_handle)(IRQP_COST_REGISTER + (n)))

/* Costs that follow from others: handles, as those of parameters. */
enum derived_cost { COST_KERNEL_WALKS = 0xfe00, COST_USER_WALKS, DERIVED_COST_END };
enum { DERIVED_COSTS = DERIVED_COST_END - COST_KERNEL_WALKS };

struct machine;

/* Who destroys a dead address space, in the order of the choices (facts, section 5). */
enum destroyer {
    BY_INLINE,
    BY_PER_PAGE,
    BY_HELPER_SLEEP,
    BY_HELPER_WAIT,
    BY_OTHER_CPU,
    BY_DEFERRED,
    BY_CHUNKED
};
enum deletion_algorithm { DELETE_SCAN, DELETE_MAPPED_LIST, DELETE_OCCUPANCY };

struct destruction_design {
    enum destroyer by;
    enum relative_priority priority; /* of the helper, against the vCPU's */
    uint32_t backlog;                /* more dead tasks than these: who creates one waits; 0: no bound */
    bool boost;                      /* or raises the helper's priority */
    uint32_t batch;                  /* dead tasks that are set aside before they are destroyed together */
    irqp_time chunk;                 /* from one preemption point to the next */
    enum deletion_algorithm algorithm;
    bool unmapped;        /* exit and exec unmap every page before */
    uint32_t unmap_batch; /* pages in one unmap call */
    uint32_t grace_ticks; /* of a multi-processor kernel; 0: a uniprocessor kernel does not wait */
};

struct run;

/* What differs between native, rehosted and virtualised. */
struct platform {
    const char *name;
    bool microkernel;               /* there is one below the guest */
    bool global_pages, large_pages; /* for the guest kernel, unless the design says otherwise */
    /* Fills in fragments and the enable fragment; links the paths of its own. */
    void (*rules)(const struct machine *machine, struct irqp_platform_rules *rules);
    void (*link)(const struct machine *machine, struct irqp_linker *linker);
    /* A line is accepted; a test found attention due. */
    void (*accept)(struct irqp_cpu *cpu, unsigned line);
    void (*attend)(struct irqp_cpu *cpu, uint16_t bits);
    /* On the microkernel: whether the vCPU, which stands at this frame, takes an upcall; and how it gets it.
     * in_entry: see irq_fire. */
    bool (*takes_upcall)(const struct run *run, enum irq_object object, const struct irqp_frame *frame);
    void (*upcall)(struct run *run, enum irq_object object, const struct irqp_frame *frame, bool in_entry);
    uint16_t call_cause; /* why an interrupt that is queued for the vCPU waits, outside of the guest */
};

extern const struct platform platform_native, platform_stripped, platform_rehosted, platform_virtualised;

/* models/microkernel/paths.c: its own paths. */
void microkernel_link(const struct machine *machine, struct irqp_linker *linker);
/* models/platform/rehosted_delivery.c: from the delivery decision to the guest's handler. */
void rehosted_link_delivery(const struct machine *machine, struct irqp_linker *linker);
/* models/platform/rehosted_output.c, models/microkernel/output.c: graphics and console. */
void rehosted_output_rules(const struct machine *machine, struct irqp_platform_rules *rules);
void rehosted_link_output(const struct machine *machine, struct irqp_linker *linker);
void servers_link(const struct machine *machine, struct irqp_linker *linker);

/* ---- loads ---- */

enum {
    PROGRAMS_MAX = 32,
    CHANNELS_MAX = 256,
    LOOPS_MAX = 64,
    PROCESSES_MAX = 96,
    LOAD_PATHS_MAX = 256,
    MUTEXES_MAX = 32
};

/* What the load's throughput is counted in: rounds of one of its programs. */
struct work {
    const char *unit; /* NULL: nothing is counted */
    uint64_t total;   /* units of a whole run; 0: the load has no end */
    uint64_t per_round;
    uint16_t program;
};

struct program {
    const char *name;        /* borrowed from the scenario */
    uint16_t path, path_end; /* those of its repeats' bodies follow its own, up to path_end */
    uint16_t tables;         /* page tables of its address space */
    uint32_t pages;          /* mapped at once in each image, besides those that faults map */
    uint32_t weight;         /* of a fair one, by its nice value */
    uint8_t priority;        /* fixed; 0: fair */
    bool forked;             /* ends at its end instead of beginning anew */
    char cause_name[64];     /* "thread: NAME" */
};

/* A program whose rounds may be drawn as one (models/load/coast.c). */
struct coasting {
    struct irqp_coast *coast; /* owned; NULL: it does not coast */
    enum { ROUND_COMPUTES, ROUND_SENDS, ROUND_RECEIVES } round;
    uint16_t group; /* of the channels that it turns to */
};

struct process_class {
    uint16_t program, count;
};

struct channel_group {
    const char *name;
    uint16_t first, count;
    uint32_t capacity;
};

/* A body that runs several times: the path of the body and how often. */
struct repeat {
    uint16_t path;
    uint32_t count;
};

/* A path of the load while it is compiled: one table of steps for each operation. */
struct sequence {
    const char *name;
    const struct irqp_step **parts; /* NULL-terminated; owned, as the tables are */
    size_t count, capacity;
};

struct load {
    struct program programs[PROGRAMS_MAX];
    struct process_class classes[PROGRAMS_MAX];
    struct channel_group groups[PROGRAMS_MAX];
    struct sequence sequences[LOAD_PATHS_MAX]; /* path PATH_LOAD + n */
    struct repeat repeats[LOAD_PATHS_MAX];
    struct work work;
    const char *mutexes[MUTEXES_MAX];
    uint16_t mutex_count;
    uint16_t fed; /* group of channels into which the probe's device puts packets; UINT16_MAX: none */
    uint16_t
        sleeps[LOAD_PATHS_MAX]; /* lengths of sleeps: cost handles; once linked, indices into program.costs */
    int64_t sizes[LOAD_PATHS_MAX]; /* bytes of what is drawn and printed */
    uint16_t program_count, class_count, group_count, channel_count, repeat_count, sleep_count, size_count,
        path_count;
};

/* What the phase of cyclictest's expiries is drawn or set against. */
enum phase_reference { PHASE_RANDOM, PHASE_TO_TICK, PHASE_TO_MICROKERNEL_TICK };

/* The guest's clock-event device. */
enum guest_timer {
    TIMER_HPET,
    TIMER_LOCAL_APIC,
    TIMER_ONE_SHOT_THREAD,
    TIMER_IPC_TIMEOUT,
    TIMER_ARCHITECTED
};

/* The microkernel's scheduling timer. */
enum tick_device { TICK_PIT, TICK_LOCAL_APIC, TICK_ONE_SHOT, TICK_TICKLESS, TICK_NONE };

enum { PPB = 1000000000 };

struct tick_design {
    enum tick_device device;
    irqp_time period;             /* what one tick counts for */
    uint64_t divisor, oscillator; /* its true period, in counts of an oscillator of so many Hz */
    bool counts;                  /* whether the kernel's clock counts ticks */
    uint64_t speed;               /* of the device's oscillator, in parts per billion of what it says */
};

/* What a stretch charges on a wake-up's own path behind its first row: always the same. */
struct own_charges {
    uint64_t marked, placed; /* what the fingerprint takes of it: the sum, and by places from the first */
    irqp_time time;
    uint64_t count; /* charges */
};

struct machine {
    const struct irqp_scenario *scenario;
    struct irqp_program program;
    const struct platform *platform;
    struct wiring wiring[LINES];
    irqp_time tick_period;  /* of the tick that Linux programs; 0: none */
    irqp_time timer_period; /* of a clock-event device that gives Linux its tick by itself; else 0 */
    enum guest_timer guest_timer;
    enum phase_reference phase;
    irqp_time phase_offset;
    bool relative;         /* cyclictest's sleep */
    bool postpone;         /* E1 of the facts' section 8 */
    irqp_time early;       /* E3: by how much cyclictest's timer is programmed early */
    uint64_t timer_speed;  /* of the guest's clock-event device, in parts per billion of what it says */
    uint64_t timer_longer; /* E2: what the guest makes of a delta, in parts per billion */
    irqp_time interval, timer_minimum, timer_grid, fair_latency, fair_minimum, wakeup_granularity, warm_up;
    uint32_t fair_slices; /* of the minimal granularity in a latency period */
    irqp_time destroy_base, destroy_entry, destroy_page, destroy_table, exit_page;
    int64_t entries_per_table, directory_entries;
    struct tick_design tick;
    irqp_time kernel_slice; /* of the microkernel's threads */
    enum unmask_policy unmask;
    struct footprint footprints[FOOTPRINTS_MAX];
    unsigned footprint_count;
    struct irqp_step footprint_steps[FOOTPRINTS_MAX][2]; /* the step before each, and an end */
    double cold[COLD_POINTS + 1];                        /* 1 - exp(-x), at steps of 1/32 */
    double cache_lines, touch_rate;                      /* touch_rate: lines per picosecond */
    irqp_time line_miss, footprint_walk;
    struct competitor competitors[COMPETITORS_MAX];
    unsigned competitor_count;
    struct gaps_design gaps;
    struct output_design outputs[OUTPUTS];
    irqp_time refresh; /* period of the full refresh of the screen; 0: none */
    int64_t screen;    /* bytes of it */
    bool tick_in_idle, drop_in_switch;
    enum pending_check pending_check;
    bool virq_in_calls, priority_masked_virq;
    bool direct_injection, direct_timer, nested_paging;
    bool monitor_in_kernel; /* in a hypervisor, instead of a task */
    bool halt_in_guest;     /* a halt does not exit */
    bool tagged_tlb, global_pages, large_pages, preempt_rt, coasting;
    enum idle_kind idle;
    irqp_time residency[IDLE_DEPTHS]; /* least time in a state that is worth it */
    bool idle_keeps_table; /* the microkernel's idle thread runs on the page table of whoever was before */
    uint8_t priority, probe_priority;
    bool probe, probe_follows; /* it begins with an expiry of cyclictest, instead of anywhere */
    irqp_time probe_offset;
    bool smi;
    uint16_t cost_unmask[LINES]; /* at its controller; this and these: indices into program.costs */
    uint16_t cost_voluntary_gap, cost_transit, cost_disk, cost_probe, cost_probe_transit, cost_smi_gap;
    struct destruction_design destruction;
    struct load load;
    struct coasting coastings[PROGRAMS_MAX]; /* by program */
    /* distributions of load programs, beyond those of the registry; owned */
    struct irqp_distribution **costs;
    size_t cost_count, cost_capacity;
    struct {
        struct irqp_distribution *distribution; /* owned */
        const char *formula;
    } derived[DERIVED_COSTS];  /* by enum derived_cost */
    struct irqp_route *routes; /* owned, with its parts */
    size_t route_count;
    /* What the trajectory's fingerprint takes for a step or a cause: of their names, so that a new one
     * changes no other's. */
    uint32_t step_marks[IRQP_STEPS_MAX], cause_marks[IRQP_CAUSES_MAX];
    struct own_charges *own_charges; /* owned; of the stretch that begins with each row */
};

static inline irqp_cost_handle cost_of(enum parameter parameter)
{
    return (irqp_cost_handle)parameter;
}

/* Whether the microkernel's scheduling timer ticks whatever happens. */
static inline bool tick_is_periodic(const struct machine *machine)
{
    return machine->tick.device == TICK_PIT || machine->tick.device == TICK_LOCAL_APIC;
}

/* Whether the guest's timer is a thread of the microkernel, on timeouts. */
static inline bool timer_by_thread(const struct machine *machine)
{
    return machine->guest_timer == TIMER_ONE_SHOT_THREAD || machine->guest_timer == TIMER_IPC_TIMEOUT;
}

/* Value of a parameter. */
static inline const struct irqp_value *value_of(const struct machine *machine, enum parameter parameter)
{
    return irqp_scenario_value(machine->scenario, parameter);
}

/* models/run.c: the callbacks of the engine. */
void run_install(struct machine *machine);
/* models/hardware/lines.c: what whoever takes an interrupt does with its controller, at once and when it is
 * handled (nothing where there is no mask, or the line was not masked). */
const struct irqp_step *lines_acknowledge(struct wiring wiring);
const struct irqp_step *lines_unmask_steps(struct wiring wiring, enum line line);
enum parameter lines_unmask_cost(struct wiring wiring);
/* The same of a hypervisor, for the architected timer, which it masks instead of its line; and for a line of
 * a GIC whose guest ends the interrupt by itself. */
const struct irqp_step *lines_acknowledge_private(struct wiring wiring);
const struct irqp_step *lines_acknowledge_held(struct wiring wiring);
/* The same of a kernel that owns the machine, where the handler is not threaded. */
const struct irqp_step *lines_acknowledge_unthreaded(struct wiring wiring);
const struct irqp_step *lines_end_unthreaded(struct wiring wiring, enum line line);
/* models/hardware/timers.c: the fragment that programs the guest's clock-event device. */
const struct irqp_step *timer_program_steps(const struct machine *machine);
/* The fragment with which its handler begins: what makes its line quiet. */
const struct irqp_step *timer_quiet_steps(const struct machine *machine);

/* models/microkernel/tick.c: fragments and paths of the scheduling timer. */
const struct irqp_step *tick_handler_steps(const struct machine *machine);
const struct irqp_step *tick_slice_steps(const struct machine *machine);
void tick_link(const struct machine *machine, struct irqp_linker *linker);

/* models/microkernel/guest_timer.c: the same for a guest on the microkernel; the timer thread's path. */
const struct irqp_step *guest_timer_steps(const struct machine *machine);
void guest_timer_link(const struct machine *machine, struct irqp_linker *linker);

/* models/hardware/tlb.c: the walks that the design leaves, and what they cost. */
bool tlb_derive_costs(struct machine *machine);
void tlb_rules(const struct machine *machine, struct irqp_platform_rules *rules);

/* models/guest/preemption.c: where kernel code lets a better task run. */
void preemption_rules(const struct machine *machine, struct irqp_platform_rules *rules);
void preemption_link(const struct machine *machine, struct irqp_linker *linker);

/* models/guest/clock.c: how the clock is read. */
void clock_rules(const struct machine *machine, struct irqp_platform_rules *rules);
bool clock_reads_hpet(const struct machine *machine);

/* models/load/packets.c: what the probe's interrupt thread does with packets. */
const struct irqp_step *packets_steps(const struct machine *machine);

/* models/machine.c: the irqp_model functions. */
enum irqp_status machine_link(void **machine, const struct irqp_scenario *scenario,
                              struct irqp_diagnostics *diagnostics);
void machine_unlink(void *machine);
/* An error at the place where the parameter was set: what cannot be, why, and what to do instead. */
void machine_refuse(const struct machine *machine, enum parameter parameter,
                    struct irqp_diagnostics *diagnostics, const char *why);

/* models/guest/paths.c, models/platform: link the paths of each part. */
void guest_link(const struct machine *machine, struct irqp_linker *linker);
/* models/load/program.c: compile the load's programs; false with diagnostics. */
bool load_compile(struct machine *machine, struct irqp_diagnostics *diagnostics);
/* A cost that a scenario gives outside the registry; its handle. */
bool machine_own_cost(struct machine *machine, const struct irqp_tree *tree, const char *what,
                      irqp_cost_handle *handle, struct irqp_diagnostics *diagnostics);
/* models/load/competing.c, models/microkernel/competing.c */
bool competing_compile(struct machine *machine, struct irqp_diagnostics *diagnostics);
bool footprints_compile(struct machine *machine, struct irqp_diagnostics *diagnostics);
void footprints_rules(const struct machine *machine, struct irqp_platform_rules *rules);
const struct footprint *footprint_of(const struct machine *machine, irqp_cost_handle cost); /* NULL: none */
void footprints_fini(struct machine *machine);
void competing_link(struct machine *machine, struct irqp_linker *linker);
/* models/gaps.c: what `gaps` says; once the program is linked, where: IRQP_OK, IRQP_NO_MEMORY or IRQP_INPUT
 */
bool gaps_compile(struct machine *machine, struct irqp_diagnostics *diagnostics);
enum irqp_status gaps_link(struct machine *machine, struct irqp_diagnostics *diagnostics);
void gaps_fini(struct machine *machine);
void load_fini(struct machine *machine);
void load_link(struct machine *machine, struct irqp_linker *linker);
/* models/load/coast.c: once the program is linked; IRQP_OK or IRQP_NO_MEMORY */
enum irqp_status coasting_link(struct machine *machine);
void coasting_fini(struct machine *machine);
void guest_link_timers(const struct machine *machine, struct irqp_linker *linker);
void cyclictest_link(const struct machine *machine, struct irqp_linker *linker);
uint8_t cyclictest_sample_effect(const struct machine *machine);
void guest_sleep_rules(const struct machine *machine, struct irqp_platform_rules *rules);
/* What the microkernel does where an interrupt of the guest's timer arrives, and where the guest calls. */
extern const struct irqp_step tick_hold_steps[], tick_release_steps[];
void probe_link(const struct machine *machine, struct irqp_linker *linker);
/* models/hardware/idle.c */
void idle_link(const struct machine *machine, struct irqp_linker *linker);

/* models/wakeup.c: step_marks, cause_marks and own_charges. */
enum irqp_status wakeup_link(struct machine *machine);
void wakeup_fini(struct machine *machine);
/* models/microkernel/destruction.c: its part of the design. */
void destruction_resolve(struct machine *machine);
/* How many entries its algorithm visits, in words, for describe. */
const char *destruction_scan_formula(const struct machine *machine);
void destruction_check(const struct machine *machine, struct irqp_diagnostics *diagnostics);
/* models/routes.c */
bool routes_build(struct machine *machine);

/* One path from up to three tables; NULL where there is none. */
void link_path(struct irqp_linker *linker, uint16_t path, enum irqp_path_kind kind, const char *name,
               const char *doc, const struct irqp_step *a, const struct irqp_step *b,
               const struct irqp_step *c);

#endif
