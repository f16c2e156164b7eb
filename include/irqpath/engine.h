/* The engine: a CPU that executes linked paths and runs to the horizon.
 *
 * A path is a table of rows. A row takes a time (drawn from its cost), runs under a mask, and has one effect
 * at its end. Threads are stacks of frames; a frame is a position in a path; the CPU points at one thread.
 * Sources outside the CPU (devices, timers) have one next time each, a slot. The CPU executes rows in a tight
 * loop until the next slot is due: that is exact, because nothing else can touch it before.
 *
 * TOTAL ORDER of what happens at one instant T, tested in tests/unit/test_engine.c:
 *   1. rows that end at T, with their effects, in the order of the path (rows of no length chain);
 *   2. outside events due at T, in the order of their slots, and nothing between them; one armed for T
 * meanwhile comes in its turn;
 *   3. acceptance of pending lines: the lowest bit that the mask of the current row does not block.
 * Lines are looked at wherever one row follows another, as a processor does between instructions: a line that
 * pends already is accepted between two rows of 1, before the outside events at T. An effect that arms a slot
 * lowers the horizon at once.
 *
 * To the engine, interrupts are mask bits: what a line is, and what accepting it means, is the model's
 * affair. One CPU is simulated by one struct irqp_cpu; nothing here is global.
 */
#ifndef IRQPATH_ENGINE_H
#define IRQPATH_ENGINE_H

#include "irqpath/distribution.h"
#include "irqpath/random.h"
#include "irqpath/result.h"
#include "irqpath/status.h"
#include "irqpath/time.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- the linked program ---- */

/* Flags of a row. */
enum {
    IRQP_ROW_MODE = 0x03,     /* enum irqp_mode */
    IRQP_ROW_MASKED = 0x04,   /* blocks the lines in irqp_program.maskable */
    IRQP_ROW_SHIELDED = 0x08, /* blocks every line (system-management mode) */
    IRQP_ROW_VIRTUAL = 0x10,  /* for the model: the guest's virtual interrupts are off */
    IRQP_ROW_PREEMPT = 0x20,  /* for the model: the guest's preemption is off */
    IRQP_ROW_PLATFORM = 0x40, /* draws from the thread's platform stream instead of its load stream */
    IRQP_ROW_CROSSES = 0x80,  /* of another mode than the row before it, and deeper: see enum irqp_crossing */
};

/* Crossings that are counted, at the first row behind them: from user mode into whatever serves it, and into
 * the microkernel from without. A path's first row has no row before it: what pushes a path knows whether
 * that is a crossing. */
enum irqp_crossing { IRQP_LEFT_USER, IRQP_ENTERED_MICROKERNEL, IRQP_CROSSINGS };

/* What a row does at its end. Those below IRQP_EFFECT_MODEL are the engine's control flow; the others call
 * program->effects[effect - IRQP_EFFECT_MODEL]. */
enum {
    IRQP_EFFECT_NONE,
    IRQP_EFFECT_POP,  /* end of the path: back to the frame below */
    IRQP_EFFECT_PUSH, /* push the path `argument`, with the activity of this frame */
    IRQP_EFFECT_GOTO, /* continue at row `argument` of the program */
    IRQP_EFFECT_LOOP, /* decrement the frame's loop counter; continue at row `argument` while it is > 0 */
    IRQP_EFFECT_TEST, /* if cpu->attention has a bit of `argument`: program->attend */
    IRQP_EFFECT_MODEL,
};

/* Costs with an index from here on are a register of the thread (a length computed by an effect). */
enum { IRQP_COST_REGISTER = 0xfff0, IRQP_REGISTERS = 12, IRQP_COST_FOREVER = 0xfffc };

struct irqp_row {
    uint16_t cost; /* index into program->costs, or IRQP_COST_REGISTER + n, or IRQP_COST_FOREVER */
    uint8_t flags;
    uint8_t effect;
    uint16_t argument;
    uint16_t name; /* index into program->names: the step */
};

struct irqp_path {
    const char *name;
    const char *doc; /* one sentence, or NULL */
    uint16_t first, count;
};

enum { IRQP_BEGINS_CONSTANT, IRQP_BEGINS_DRAWN, IRQP_BEGINS_COMPUTED }; /* how long the first row takes */

/* A row and the constant rows behind it, up to one whose effect may change anything: while no line pends, no
 * attention is due, and the horizon lies behind them all, nothing comes between them, and the CPU takes them
 * in one step. 32 bytes: half a cache line. */
struct irqp_stretch {
    irqp_time length; /* of the rows behind the first */
    union {
        const struct irqp_table *table; /* that the first row draws from */
        irqp_time value;                /* of a constant first row */
    };
    uint16_t last, next; /* its last row, and the one that follows */
    uint16_t argument;   /* of the last row, whose effect it is: */
    uint8_t effect;
    bool calls;           /* the effect may change anything */
    uint8_t begins;       /* IRQP_BEGINS_... */
    uint8_t mode, stream; /* of the first row; which stream it draws from */
    uint8_t rows;         /* how many */
};

/* What a stretch adds each time, but for the length of its first row: kept apart, as it is read once in a
 * run. */
struct irqp_stretch_sums {
    irqp_time mode_time[IRQP_MODES]; /* of the rows behind the first */
    uint64_t tally;                  /* of rows and crossings: irqp_tally */
};

/* Rows and crossings in one number, in fields that a million rows do not fill: one addition counts them all.
 */
enum { IRQP_TALLY_BITS = 21, IRQP_TALLY_MASK = (1 << IRQP_TALLY_BITS) - 1 };
static inline uint64_t irqp_tally(const struct irqp_row *row)
{
    uint64_t tally = 1;
    if (row->flags & IRQP_ROW_CROSSES) {
        unsigned from = row[-1].flags & IRQP_ROW_MODE, into = row->flags & IRQP_ROW_MODE;
        tally += (uint64_t)(from == IRQP_MODE_USER) << IRQP_TALLY_BITS;
        tally += (uint64_t)(into == IRQP_MODE_MICROKERNEL) << 2 * IRQP_TALLY_BITS;
    }
    return tally;
}

/* How many rows. */
static inline unsigned irqp_tally_rows(uint64_t tally)
{
    return (unsigned)(tally & IRQP_TALLY_MASK);
}

struct irqp_cpu;
typedef void irqp_effect(struct irqp_cpu *cpu, uint16_t argument);

struct irqp_program {
    struct irqp_row *rows;
    size_t row_count;
    uint16_t *step_flags; /* by row: the flags of its step (link.h), for the model; NULL: not linked */
    struct irqp_path *paths;
    size_t path_count;
    const char **names; /* of steps, by irqp_row.name */
    size_t name_count;
    struct irqp_table *costs;
    const char **cost_names; /* registry path of each cost, for describe */
    size_t cost_count;
    const char *register_formulas[IRQP_REGISTERS]; /* for describe; NULL: unused */
    irqp_effect *const *effects;                   /* the model's, from IRQP_EFFECT_MODEL on */
    const char *const *effect_names;               /* for describe: what each does, in words */
    size_t effect_count;
    uint64_t maskable; /* lines that a masked row blocks */
    /* An attention bit is set at a test (argument: the bits that were tested for). */
    void (*attend)(struct irqp_cpu *cpu, uint16_t bits);
    /* A line is accepted: push what handles it. The engine has not cleared its pending bit. */
    void (*accept)(struct irqp_cpu *cpu, unsigned line);
    /* The slot's time has come; it is disarmed already. */
    void (*fire)(struct irqp_cpu *cpu, unsigned slot);
    /* While cpu->charging: `duration` (perhaps 0) has just passed in this row; cpu->now may be some rows
     * behind. It records, and changes nothing. */
    void (*charge)(struct irqp_cpu *cpu, const struct irqp_row *row, irqp_time duration);
    /* The same of the rows of a stretch: the first took `duration`, those behind it (irqp_row_after) what
     * their costs say. NULL: each is charged by itself. */
    void (*charge_stretch)(struct irqp_cpu *cpu, uint16_t first, irqp_time duration);
    uint64_t tables_hash;           /* irqp_table_hash over the costs */
    struct irqp_stretch *stretches; /* by first row; NULL: every row is executed by itself */
    struct irqp_stretch_sums *stretch_sums;
};

/* The row that follows one whose effect changes nothing but the position. */
static inline uint16_t irqp_row_after(const struct irqp_program *program, uint16_t row)
{
    bool jumps = program->rows[row].effect == IRQP_EFFECT_GOTO;
    return jumps ? program->rows[row].argument : (uint16_t)(row + 1);
}

/* Moves to the next row of a stretch, and returns its length. */
static inline irqp_time irqp_stretch_on(const struct irqp_program *program, uint16_t *row)
{
    *row = irqp_row_after(program, *row);
    return program->costs[program->rows[*row].cost].value;
}

/* Finds the stretches, once rows and costs are complete. malloc'ed into program->stretches and stretch_sums,
 * which are NULL with IRQP_NO_MEMORY.
 */
enum irqp_status irqp_program_prepare(struct irqp_program *program);
/* Frees them: every row is executed by itself. */
void irqp_program_forget(struct irqp_program *program);

/* ---- the state of a run ---- */

/* No run gets beyond (53 days); what is armed for later does not come. */
#define IRQP_END_OF_TIME (IRQP_NEVER / 2)

enum {
    IRQP_FRAMES_MAX = 24, /* deepest nesting; more is IRQP_MODEL */
    IRQP_SLOTS_MAX = 64,
};

struct irqp_frame {
    irqp_time remaining; /* of the row in progress; negative: it has not begun */
    uint16_t pc;         /* row of the program */
    uint16_t activity;   /* on whose behalf, fixed at the push; opaque to the engine */
    uint32_t loops;      /* counter of IRQP_EFFECT_LOOP */
};

/* Lengths that were drawn before their rows begin (coast.h): rows of one frame, in their order. */
enum { IRQP_SCRIPT_MAX = 64 };
struct irqp_script {
    const struct irqp_frame *frame;
    unsigned count, at;
    struct {
        uint16_t row;
        irqp_time length;
    } rows[IRQP_SCRIPT_MAX];
};

struct irqp_thread {
    struct irqp_frame *top;     /* the frame that executes */
    struct irqp_script *script; /* NULL: none, rows draw as they begin */
    irqp_time registers[IRQP_REGISTERS];
    struct irqp_stream streams[2];                 /* [0] load, [1] platform */
    uint16_t id;                                   /* the model's */
    struct irqp_frame frames[1 + IRQP_FRAMES_MAX]; /* the first is never used: top of an empty stack */
};

struct irqp_cpu {
    irqp_time now;
    irqp_time horizon; /* earliest armed slot, or IRQP_END_OF_TIME */
    struct irqp_thread *thread;
    const struct irqp_program *program;
    uint64_t pending;   /* lines that are asserted and not masked at the controller */
    uint16_t attention; /* the model's bits for IRQP_EFFECT_TEST */
    bool charging;
    bool stopped; /* see irqp_cpu_stop */
    const volatile int
        *stop;           /* looked at now and then: not 0 ends the run with IRQP_INTERRUPTED; NULL: never */
    irqp_time looked_at; /* when that was the last time */
    enum irqp_status status;
    const char *problem; /* why status is IRQP_MODEL; static text */
    /* What is counted, but for what irqp_cpu_settle has yet to add. */
    irqp_time mode_time[IRQP_MODES];
    uint64_t steps, draws;
    uint64_t crossings[IRQP_CROSSINGS];
    uint64_t *taken;       /* how often each stretch was, by first row, since the last irqp_cpu_settle */
    unsigned slots, first; /* how many there are; the one that the horizon is of */
    irqp_time next[IRQP_SLOTS_MAX]; /* IRQP_NEVER: not armed */
    void *model;                    /* the model's state of this run */
};

/* slots: how many sources there are, at most IRQP_SLOTS_MAX. */
void irqp_cpu_init(struct irqp_cpu *cpu, const struct irqp_program *program, unsigned slots, void *model);

/* Runs until irqp_cpu_stop(). IRQP_MODEL if a stack overflowed or underflowed (also before the run), if a
 * register used as a length is negative, if nothing is armed while the CPU waits forever, or at
 * IRQP_END_OF_TIME. IRQP_NO_MEMORY. To be called once a thread is current. */
enum irqp_status irqp_cpu_run(struct irqp_cpu *cpu);

/* The same by another, deliberately simple dispatcher: every row and every source an entry of an event queue,
 * its own acceptance check. For tests: the results must be the same to the byte. */
enum irqp_status irqp_cpu_run_naive(struct irqp_cpu *cpu);

/* Ends the run after the current effect or event; status IRQP_OK for a regular end. */
void irqp_cpu_stop(struct irqp_cpu *cpu, enum irqp_status status);

/* Brings the counts up to date, for an effect or an event that reads or clears them; at the end of a run they
 * are. It looks at every row of the program: not for what happens often. */
void irqp_cpu_settle(struct irqp_cpu *cpu);

/* Looks whether the run is to end: both dispatchers call it once in so many rows, or stretches of them. A
 * loop that takes no time is IRQP_MODEL. */
void irqp_cpu_look(struct irqp_cpu *cpu);
enum { IRQP_LOOK_EVERY = 1 << 20 };

/* Ends the run with IRQP_MODEL. problem: what went wrong, in words for whoever wrote the scenario; static
 * text. */
void irqp_cpu_fail(struct irqp_cpu *cpu, const char *problem);

/* ---- for effects and events ---- */

/* An empty stack. */
void irqp_thread_init(struct irqp_thread *thread, uint16_t id);

/* Pushes a path on a thread's stack, whether it is current or not. */
void irqp_push(struct irqp_cpu *cpu, struct irqp_thread *thread, uint16_t path, uint16_t activity);
/* The same, but a path that is on top already begins anew instead of nesting: how a path loops at its own
 * end. */
void irqp_push_again(struct irqp_cpu *cpu, struct irqp_thread *thread, uint16_t path, uint16_t activity);
/* Drops the top frame. */
void irqp_pop(struct irqp_cpu *cpu, struct irqp_thread *thread);
/* The CPU continues with another thread, where that was. */
void irqp_switch(struct irqp_cpu *cpu, struct irqp_thread *thread);

/* Arms a slot for a time (not before now), replacing what was armed; IRQP_NEVER disarms. */
void irqp_arm(struct irqp_cpu *cpu, unsigned slot, irqp_time when);

/* The row that a frame is at. */
static inline const struct irqp_row *irqp_row_of(const struct irqp_cpu *cpu, const struct irqp_frame *frame)
{
    return &cpu->program->rows[frame->pc];
}

/* The lines that a row with these flags blocks. */
static inline uint64_t irqp_blocked(const struct irqp_program *program, uint8_t flags)
{
    return flags & IRQP_ROW_SHIELDED ? UINT64_MAX : flags & IRQP_ROW_MASKED ? program->maskable : 0;
}

/* Rows have ended, so many times. */
static inline void irqp_count(struct irqp_cpu *cpu, uint64_t tally, uint64_t times)
{
    cpu->steps += times * irqp_tally_rows(tally);
    cpu->crossings[IRQP_LEFT_USER] += times * (tally >> IRQP_TALLY_BITS & IRQP_TALLY_MASK);
    cpu->crossings[IRQP_ENTERED_MICROKERNEL] += times * (tally >> 2 * IRQP_TALLY_BITS);
}

/* The length of a row that is about to begin, if the thread's script has it; else -1. */
irqp_time irqp_scripted(struct irqp_thread *thread, uint16_t row);

/* A draw from a cost, with the thread's stream of the class; counts it. */
static inline irqp_time irqp_draw(struct irqp_cpu *cpu, struct irqp_stream *stream, uint16_t cost)
{
    const struct irqp_table *table = &cpu->program->costs[cost];
    if (table->constant)
        return table->value;
    cpu->draws++;
    return irqp_table_draw(table, irqp_stream_next(stream));
}

#endif
