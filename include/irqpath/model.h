/* How studies and commands see a model: one struct of functions. */
#ifndef IRQPATH_MODEL_H
#define IRQPATH_MODEL_H

#include "irqpath/diagnostics.h"
#include "irqpath/result.h"
#include "irqpath/scenario.h"
#include "irqpath/status.h"

struct irqp_program; /* irqpath/engine.h: the linked paths, with names and costs */

/* Rows of a path of the program. */
struct irqp_route_part {
    uint16_t path;
    uint16_t from, until; /* until exclusive */
};

/* A route that a wake-up may take: a sequence of linked paths to be read as one numbered list. */
struct irqp_route {
    const char *name; /* "timer interrupt, vCPU in user mode" */
    const char *doc;  /* one sentence */
    const struct irqp_route_part *parts;
    size_t count;
};

/* What a load does that can be counted, and how much of it is a whole run of the load. */
struct irqp_work {
    const char *unit; /* "messages"; NULL: nothing is counted */
    uint64_t total;   /* 0: the load has no end */
};

struct irqp_model {
    const char *name;
    const struct irqp_registry *registry;
    /* registry indices of what every study needs */
    size_t seed, samples, batch;
    size_t expect; /* the EXPECT parameter; SIZE_MAX: there is none */

    /* Links a scenario into an immutable machine that any number of threads may run. Errors go to diagnostics
     * (IRQP_INPUT). The scenario must outlive the machine. */
    enum irqp_status (*link)(void **machine, const struct irqp_scenario *scenario,
                             struct irqp_diagnostics *diagnostics);
    void (*unlink)(void *machine);

    /* Runs one batch and ADDS to result. naive: the reference dispatcher instead of running to the horizon.
     * *stop != 0, read atomically, ends it early with IRQP_INTERRUPTED and an unspecified result (the batch
     * is dropped). */
    enum irqp_status (*run_batch)(const void *machine, uint64_t seed, uint64_t batch, uint64_t samples,
                                  bool naive, const volatile int *stop, struct irqp_result *result);

    const struct irqp_program *(*program)(const void *machine);
    size_t (*routes)(const void *machine, const struct irqp_route **routes);
    const char *(*latency_name)(const void *machine, size_t latency); /* NULL past the last */
    const char *(*cause_name)(const void *machine, size_t cause);     /* NULL past the last */
    const char *(*counter_name)(const void *machine, size_t counter); /* NULL past the last */
    const char *(*peak_name)(const void *machine, size_t peak); /* the same; may be NULL: there is none */
    struct irqp_work (*work)(const void *machine);              /* may be NULL: no load has any */
};

#endif
