/* The compiler of load programs: what its parts share. */
#ifndef MODELS_LOAD_COMPILER_H
#define MODELS_LOAD_COMPILER_H

#include "models/run.h"

struct compiler {
    struct machine *machine;
    struct load *load;
    struct irqp_diagnostics *diagnostics;
    bool memory;
    unsigned program; /* being compiled */
    /* What was compiled so far of this sequence or program. */
    bool takes_time; /* some */
    bool blocks;     /* waits for something, now and then */
    uint32_t held;   /* mutexes, at this step */
    /* What the programs do, for the checks of the whole; the places are of the first use, NULL if there is
     * none. */
    const struct irqp_tree *sends[PROGRAMS_MAX], *receives[PROGRAMS_MAX]; /* by channel group */
    const struct irqp_tree *fed_at;                                       /* where the probe feeds one */
    uint32_t senders[PROGRAMS_MAX], receivers[PROGRAMS_MAX];              /* by channel group: programs */
    const struct irqp_tree *place[PROGRAMS_MAX], *every[PROGRAMS_MAX];    /* by program */
    const struct irqp_tree *waits[PROGRAMS_MAX];                          /* by program */
    bool timeless[PROGRAMS_MAX], restless[PROGRAMS_MAX];                  /* by program */
    uint32_t forks[PROGRAMS_MAX]; /* by program: the programs it forks */
    const struct irqp_tree *fork_at[PROGRAMS_MAX];
    uint32_t then[MUTEXES_MAX]; /* by mutex: those that are taken while it is held */
    const struct irqp_tree *then_at[MUTEXES_MAX][MUTEXES_MAX];
};

/* An error at a place; message: with one %s. Returns false. */
bool load_complain(struct compiler *compiler, const struct irqp_tree *tree, const char *message,
                   const char *name);

/* What no single operation shows: who would wait forever, go round without time, or never run. */
bool load_check(struct compiler *compiler, const struct irqp_tree *programs);

#endif
