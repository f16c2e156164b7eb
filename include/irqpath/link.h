/* The linker: from tables of named steps to one flat array of rows.
 *
 * A model writes a path as an array of steps that reads like a numbered list. Guest steps say "interrupts
 * off"; what that means is the platform's: the linker translates it (a physical mask, or the virtual
 * interrupt flag), expands fragments in place, and inserts at every falling edge what a kernel has to do
 * there:
 *
 *   - where interrupts come back on: the platform's enable fragment (if it has one), which tests for pending
 * ones;
 *   - where preemption comes back on: a test whether a better task became ready.
 *
 * It refuses a path that ends masked, or comes back on, without such a test: a forgotten one is a lost
 * wake-up that no sum check notices. So is one that lets urgent interrupts through again without a test. A
 * step that restores the flag and tests by itself (an interrupt return) says so: RESTORES.
 */
#ifndef IRQPATH_LINK_H
#define IRQPATH_LINK_H

#include "irqpath/engine.h"

/* Flags of a step. The mode is in the two lowest bits, as in a row. Unlike a row, a step speaks of the
 * guest's flags and of the processor's. */
enum {
    IRQP_STEP_IRQS_OFF = 0x04,    /* the guest's interrupts are off */
    IRQP_STEP_PREEMPT_OFF = 0x08, /* the guest's preemption is off */
    IRQP_STEP_MASKED = 0x10,      /* the processor's interrupts are off, whoever's step it is */
    IRQP_STEP_SHIELDED = 0x20,    /* nothing gets through */
    IRQP_STEP_PLATFORM = 0x40,    /* draws belong to the platform, not to the load */
    IRQP_STEP_RESTORES = 0x80,    /* this step itself brings interrupts and preemption back, with the tests */
    IRQP_STEP_URGENT = 0x100,     /* interrupts off; where the platform can, it lets urgent ones through */
};

/* A handle of a cost: 0 is no time; small numbers are the model's parameters; IRQP_COST_REGISTER + n a
 * register. */
typedef uint16_t irqp_cost_handle;

struct irqp_step {
    const char *name;
    irqp_cost_handle cost;
    uint16_t flags;
    uint8_t effect;
    uint16_t argument;
    uint8_t fragment; /* if not 0: this step stands for that fragment, whose steps get these flags in addition
                         (the mode: those that have none of their own, which is user mode) */
    const char *label; /* a name for this step within its table */
    const char *to;    /* the label that the effect jumps to, or IRQP_PATH_BEGIN; becomes the argument */
};

/* As a jump's label: the first row of the path. */
#define IRQP_PATH_BEGIN "^"

/* The end of a table of steps. */
#define IRQP_END                                                                                             \
    {                                                                                                        \
        0                                                                                                    \
    }

enum { IRQP_FRAGMENTS_MAX = 64 };

struct irqp_linker;

struct irqp_platform_rules {
    bool physical;       /* the guest's interrupts-off is the processor's */
    bool hardware_tests; /* not physical, but hardware looks where a step restores: the enable fragment
                            follows it */
    bool urgent; /* urgent interrupts cut through the steps that let them, which step_flags then tell */
    uint16_t
        pending_bit; /* attention bit that an enable fragment and a restoring step test; unused if physical */
    uint16_t resched_bit; /* attention bit that is tested where preemption comes back on; 0: a kernel that
                             is not preempted there, and looks for a better task in steps of its own */
    const struct irqp_step *enable; /* the enable fragment; NULL: none is needed, if physical */
    const struct irqp_step *fragments[IRQP_FRAGMENTS_MAX]; /* by number; 0 is unused */
    /* Steps that go before each step with this cost, with its flags; NULL: none. The hook may be NULL; its
     * context is that of the costs. */
    const struct irqp_step *(*before)(const void *context, irqp_cost_handle cost);
};

/* cost(context, handle, &name) gives the distribution of a handle (borrowed until the link is finished) and
 * its name. */
struct irqp_linker *irqp_linker_new(const struct irqp_platform_rules *rules, size_t paths,
                                    const struct irqp_distribution *(*cost)(void *context,
                                                                            irqp_cost_handle handle,
                                                                            const char **name),
                                    void *context);
void irqp_linker_free(struct irqp_linker *linker);

/* The index in program->costs of a cost, which need not be any row's (an event draws it). */
uint16_t irqp_link_cost(struct irqp_linker *linker, irqp_cost_handle handle);

/* Replaces a fragment for the paths that are linked from now on. */
void irqp_linker_set_fragment(struct irqp_linker *linker, uint8_t fragment, const struct irqp_step *steps);

/* How a path begins and ends. */
enum irqp_path_kind {
    IRQP_PATH_FREE,   /* ends with everything back on (or by a RESTORES step) */
    IRQP_PATH_NESTED, /* a subroutine: begins and ends with interrupts or preemption off; IRQP_EFFECT_PUSH
                         takes it only between steps with interrupts off */
};

/* Adds a path under its number (0 <= path < paths). Names, docs and steps are borrowed for the life of the
 * program; parts gives several tables that follow one another as one path, NULL-terminated. Errors are kept:
 * see finish. */
void irqp_link(struct irqp_linker *linker, uint16_t path, enum irqp_path_kind kind, const char *name,
               const char *doc, const struct irqp_step *const *parts);

/* The finished program (rows, paths, names, tables) into *program, whose callbacks, effects and register
 * formulas the caller fills in. IRQP_MODEL if a path broke a rule: *problem then says which and why (static
 * or owned by the linker). IRQP_NO_MEMORY; IRQP_INPUT if a cost's distribution is unsound. */
enum irqp_status irqp_linker_finish(struct irqp_linker *linker, struct irqp_program *program,
                                    const char **problem);
/* Frees what finish made. */
void irqp_program_fini(struct irqp_program *program);

#endif
