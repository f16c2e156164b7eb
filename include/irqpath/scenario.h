/* Scenarios: YAML files resolved against a registry of parameters.
 *
 * The mechanism is here; which parameters exist is a table that the model brings. A scenario is read in four
 * moves: parse each file (libyaml's nodes with marks) and what it `extends`; merge deeply, in order, later
 * over earlier, lists replaced; apply overrides; check every value against the registry. All errors are
 * collected; nothing is written.
 */
#ifndef IRQPATH_SCENARIO_H
#define IRQPATH_SCENARIO_H

#include "irqpath/diagnostics.h"
#include "irqpath/distribution.h"
#include "irqpath/status.h"
#include "irqpath/time.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- the registry ---- */

enum irqp_kind {
    IRQP_DURATION,  /* "1 ms", or "120 cycles" of machine.clock; one number */
    IRQP_COST,      /* a duration or a distribution of durations */
    IRQP_FREQUENCY, /* "1 kHz"; value in hertz */
    IRQP_COUNT,     /* a whole number without unit; "1e6" is one */
    IRQP_REAL,      /* a number without unit */
    IRQP_SIZE,      /* "4 KiB"; value in bytes */
    IRQP_CHOICE,    /* one of the words in choices */
    IRQP_SWITCH,    /* true or false */
    IRQP_TEXT,      /* free text */
    IRQP_TREE,      /* anything: the model reads it through the tree functions below */
    IRQP_EXPECT,    /* a tree that says what is expected of the results: not a part of what is simulated, and
                     * not of the resolved scenario */
};

struct irqp_parameter {
    const char *path; /* "costs.microkernel.irq_entry" */
    enum irqp_kind kind;
    const char *fallback;    /* the default, as YAML text; NULL: required (a TREE is then just absent) */
    double minimum, maximum; /* inclusive; durations in ps, frequencies in Hz, sizes in bytes; costs: of the
                              * mean; both 0: any; a maximum of 9.2e18 or more: none */
    const char *choices;     /* "a|b|c" for IRQP_CHOICE, else NULL */
    const char *doc;    /* one sentence, no full stop needed; it may be followed by a line feed and more text,
                         * shown as it is */
    const char *source; /* where the default comes from: "paper: ...", "literature: ...", "estimate: ..." */
};

struct irqp_registry {
    const struct irqp_parameter *parameters;
    size_t count;
};

/* ---- trees: what stands in the files, with its places ---- */

enum irqp_node { IRQP_SCALAR, IRQP_SEQUENCE, IRQP_MAPPING };

struct irqp_tree {
    enum irqp_node node;
    struct irqp_place place;     /* of the value */
    struct irqp_place key_place; /* of its key, in a mapping */
    const char *key;             /* in a mapping, else NULL */
    const char *scalar;          /* IRQP_SCALAR: its text */
    bool quoted;
    struct irqp_tree **children; /* mapping and sequence, in order of the file */
    size_t count;
};

/* The child with this key, or NULL. */
const struct irqp_tree *irqp_tree_child(const struct irqp_tree *mapping, const char *key);

/* ---- scenarios ---- */

struct irqp_value {
    union {
        irqp_time duration;             /* DURATION, picoseconds */
        struct irqp_distribution *cost; /* COST, owned by the scenario */
        double real;                    /* FREQUENCY, REAL */
        int64_t count;                  /* COUNT, SIZE */
        int choice;                     /* CHOICE: index into choices */
        bool on;                        /* SWITCH */
        const char *text;               /* TEXT */
        const struct irqp_tree *tree;   /* TREE, EXPECT; NULL if absent */
    };
    const struct irqp_place *place; /* where it stands; NULL for a default */
    const char *source;             /* "estimate: ..."; the registry's for a default; NULL if none is given */
    bool ranged;                    /* a range stands beside it: what estimates vary in */
    double low, high;               /* of that range, in base units; of a cost: of its mean, in picoseconds */
    const char *range;              /* "0.3 us to 0.8 us", as written; NULL: there is none */
    const char *follows; /* path of a parameter whose factor it has when that is varied; NULL: of none */
    const char *written; /* as written, without source and cut short, for reports ("{dist: gamma, mean:
                          * 0.15 us, cv: 0.1}"); NULL for an absent TREE */
    enum { IRQP_FROM_DEFAULT, IRQP_FROM_FILE, IRQP_FROM_SET } origin;
};

struct irqp_scenario;

/* Loads file, resolves `extends`, applies `count` overrides ("a.b=c", parsed as YAML), checks against the
 * registry. search: colon-separated directories of installed scenarios (may be NULL). On IRQP_OK the caller
 * owns *scenario. On IRQP_INPUT the reasons are in diagnostics, sorted by file and line behind what was
 * there, and *scenario is NULL. Warnings may be added in either case. The registry must outlive the scenario.
 *
 * A file that is extended by several ways counts once, where it is reached first. `title` and `description`
 * are a file's own and are not inherited. Lengths in `cycles` are counted in the parameter `machine.clock`
 * (FREQUENCY), if the registry has one. An override has the place ("--set", its number from 1, column); a
 * path in it goes through mappings of a TREE but not into lists, nor into one value. Null ("load:" or "--set
 * load=") makes a TREE absent. */
enum irqp_status irqp_scenario_load(struct irqp_scenario **scenario, const struct irqp_registry *registry,
                                    const char *file, const char *const *overrides, size_t count,
                                    const char *search, struct irqp_diagnostics *diagnostics);
void irqp_scenario_free(struct irqp_scenario *scenario);

const struct irqp_registry *irqp_scenario_registry(const struct irqp_scenario *scenario);
/* The value of the parameter with this index in the registry; never NULL. */
const struct irqp_value *irqp_scenario_value(const struct irqp_scenario *scenario, size_t index);
/* The scenario's file name without directory and ".yaml"; its `title` (or the name if it has none). */
const char *irqp_scenario_name(const struct irqp_scenario *scenario);
const char *irqp_scenario_title(const struct irqp_scenario *scenario);
/* The resolved scenario as one YAML text that loads to the same values and sources, without `extends`, paths
 * of this machine, places, or what is expected; defaults and the points of data files are in it. In the order
 * of the registry.
 * malloc'ed, the caller frees it; NULL without memory. */
char *irqp_scenario_resolved(const struct irqp_scenario *scenario);

/* ---- what is uncertain ---- */

/* A value that may be another: one with a `range`, one that `follows` such a one, or a cost that is an
 * estimate. Of costs, also those inside a TREE, the mean is meant. Of one that follows another, path and
 * factors are the other's. */
struct irqp_quantity {
    const char *path;   /* "costs.guest.schedule", "load.programs.cc1.steps.4.compute"; the scenario's */
    const char *source; /* NULL: it has none */
    double low, high;   /* as factors of the value in the scenario */
    bool stated;        /* the range stands in the file; else it is IRQP_DEFAULT_RANGE in both directions */
    size_t parameter;   /* its index in the registry */
    struct irqp_tree *tree; /* of what stands inside a TREE, else NULL */
};
#define IRQP_DEFAULT_RANGE 1.5

/* All of them, in the order of registry and files; *quantities is malloc'ed, the caller frees it.
 * IRQP_NO_MEMORY.
 */
enum irqp_status irqp_scenario_quantities(struct irqp_scenario *scenario, struct irqp_quantity **quantities,
                                          size_t *count);
/* The value of the parameter with this index in base units (picoseconds, hertz, a number); of a cost its
 * mean. 0 if it is of no kind that has a range, or an absent cost. */
double irqp_scenario_number(const struct irqp_scenario *scenario, size_t index);
/* Multiplies one of them, once, by a factor above 0; what links the scenario afterwards sees it. */
enum irqp_status irqp_scenario_vary(struct irqp_scenario *scenario, const struct irqp_quantity *quantity,
                                    double factor);

/* ---- reading trees (for the model's own compilers, e.g. load programs) ----
 * Each reports what is wrong, with place and suggestion, and returns false then, leaving its result as it
 * was. `what` names the thing in messages ("'compute'"). Safe on several threads with diagnostics of their
 * own. A cost is owned by the caller; it may be written in any form that a COST may have. */
bool irqp_tree_cost(const struct irqp_tree *tree, const struct irqp_scenario *scenario, const char *what,
                    struct irqp_distribution **cost, struct irqp_diagnostics *diagnostics);
bool irqp_tree_duration(const struct irqp_tree *tree, const struct irqp_scenario *scenario, const char *what,
                        irqp_time *duration, struct irqp_diagnostics *diagnostics);
bool irqp_tree_count(const struct irqp_tree *tree, const char *what, int64_t minimum, int64_t maximum,
                     int64_t *count, struct irqp_diagnostics *diagnostics);
/* A number without unit. */
bool irqp_tree_real(const struct irqp_tree *tree, const char *what, double *real,
                    struct irqp_diagnostics *diagnostics);
/* The path of a file that a tree names, as `extends` would find it: relative to the file in which the name
 * stands, or in the directories of search. malloc'ed, the caller frees it; NULL: diagnosed. */
char *irqp_tree_file(const struct irqp_tree *tree, const char *search, const char *what,
                     struct irqp_diagnostics *diagnostics);
bool irqp_tree_size(const struct irqp_tree *tree, const char *what, int64_t minimum, int64_t maximum,
                    int64_t *bytes, struct irqp_diagnostics *diagnostics);
/* A plain name: letters, digits, '-', '_', '.'. */
bool irqp_tree_name(const struct irqp_tree *tree, const char *what, const char **name,
                    struct irqp_diagnostics *diagnostics);
/* That the tree is a mapping with no keys but these ("a|b|c"). */
bool irqp_tree_keys(const struct irqp_tree *tree, const char *what, const char *keys,
                    struct irqp_diagnostics *diagnostics);

#endif
