/* What the tests of the model share: a scenario with overrides, linked; runs of it; sums of its costs.
 *
 * A test that has to look inside a batch replaces one of the callbacks in machine->program (fire, accept,
 * attend, charge) or an effect, and calls the model's own from there. */
#ifndef IRQPATH_TESTS_MODEL_HARNESS_H
#define IRQPATH_TESTS_MODEL_HARNESS_H

#include "irqpath/interrupt_path.h"
#include "irqpath/study.h"
#include "models/run.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SCENARIOS      TEST_SOURCE_DIR "/scenarios"
#define MICRO(name)    TEST_SOURCE_DIR "/tests/model/scenarios/" name ".yaml"
#define OVERRIDES(...) ((const char *const[]){__VA_ARGS__, NULL})

/* ---- a linked scenario ---- */

struct subject {
    struct irqp_scenario *scenario;
    struct machine *machine;
    irqp_effect **effects; /* replaced ones; NULL: the model's */
};

static inline void subject_complain(struct irqp_diagnostics *diagnostics)
{
    for (size_t i = 0; i < diagnostics->count; i++) {
        char *text = irqp_diagnostic_render(&diagnostics->items[i]);
        print_error("%s", text ? text : "out of memory\n");
        free(text);
    }
}

/* Overrides end with NULL; there may be none at all (NULL). Two lists, so that a test can add its own to
 * those of a table. */
static inline struct subject subject_make(const char *file, const char *const *overrides,
                                          const char *const *more)
{
    const char *all[64];
    size_t count = 0;
    for (; overrides && *overrides; overrides++)
        all[count++] = *overrides;
    for (; more && *more; more++)
        all[count++] = *more;
    struct subject subject = {NULL, NULL, NULL};
    void *machine = NULL;
    struct irqp_diagnostics diagnostics;
    irqp_diagnostics_init(&diagnostics);
    enum irqp_status status = irqp_scenario_load(&subject.scenario, irqp_interrupt_path.registry, file, all,
                                                 count, SCENARIOS, &diagnostics);
    if (status == IRQP_OK)
        status = irqp_interrupt_path.link(&machine, subject.scenario, &diagnostics);
    if (status != IRQP_OK)
        subject_complain(&diagnostics);
    irqp_diagnostics_fini(&diagnostics);
    assert_int_equal(status, IRQP_OK);
    subject.machine = machine;
    return subject;
}

/* That a setting is refused when it is loaded, with a message that has these words. */
static inline void assert_refused(const char *file, const char *const *overrides, const char *words)
{
    struct irqp_scenario *scenario = NULL;
    void *machine = NULL;
    struct irqp_diagnostics diagnostics;
    size_t count = 0;
    while (overrides[count])
        count++;
    irqp_diagnostics_init(&diagnostics);
    enum irqp_status status = irqp_scenario_load(&scenario, irqp_interrupt_path.registry, file, overrides,
                                                 count, SCENARIOS, &diagnostics);
    assert_int_equal(status, IRQP_OK);
    assert_int_not_equal(irqp_interrupt_path.link(&machine, scenario, &diagnostics), IRQP_OK);
    bool said = false;
    for (size_t i = 0; i < diagnostics.count; i++) {
        char *text = irqp_diagnostic_render(&diagnostics.items[i]);
        assert_non_null(text);
        said |= strstr(text, words) != NULL;
        free(text);
    }
    if (!said)
        fail_msg("no message has the words '%s'", words);
    irqp_diagnostics_fini(&diagnostics);
    irqp_scenario_free(scenario);
}

static inline void subject_drop(struct subject *subject)
{
    irqp_interrupt_path.unlink(subject->machine);
    irqp_scenario_free(subject->scenario);
    free(subject->effects);
}

/* A test's own function as an effect; it calls effect_functions[effect - IRQP_EFFECT_MODEL] itself. */
static inline void subject_replace_effect(struct subject *subject, enum effect effect, irqp_effect *with)
{
    if (!subject->effects) {
        subject->effects = malloc(sizeof effect_functions);
        assert_non_null(subject->effects);
        memcpy(subject->effects, effect_functions, sizeof effect_functions);
        subject->machine->program.effects = subject->effects;
    }
    subject->effects[effect - IRQP_EFFECT_MODEL] = with;
}

/* Expiries meet the comparator's grid exactly: what is left of a latency is the sum of its steps. */
static inline void subject_without_grid(struct subject *subject)
{
    subject->machine->timer_grid = 1;
}

/* ---- results ---- */

struct outcome {
    struct irqp_result result;
    enum irqp_status status;
};

/* One batch; the caller frees. */
static inline struct outcome *outcome_of_batch(const struct subject *subject, uint64_t seed, uint64_t batch,
                                               uint64_t samples, bool naive)
{
    struct outcome *outcome = malloc(sizeof *outcome);
    assert_non_null(outcome);
    irqp_result_init(&outcome->result);
    outcome->status =
        irqp_interrupt_path.run_batch(subject->machine, seed, batch, samples, naive, NULL, &outcome->result);
    return outcome;
}

static inline void outcome_free(struct outcome *outcome)
{
    irqp_result_fini(&outcome->result);
    free(outcome);
}

static inline void both_drop(struct subject *subject, struct outcome *outcome)
{
    outcome_free(outcome);
    subject_drop(subject);
}

static inline bool same_histogram(const struct irqp_histogram *a, const struct irqp_histogram *b)
{
    if (a->total != b->total || a->overflow != b->overflow || a->underflow != b->underflow ||
        a->minimum != b->minimum || a->maximum != b->maximum || a->sum != b->sum)
        return false;
    size_t capacity = a->capacity > b->capacity ? a->capacity : b->capacity;
    for (size_t i = 0; i < capacity; i++)
        if ((i < a->capacity ? a->counts[i] : 0) != (i < b->capacity ? b->counts[i] : 0))
            return false;
    return true;
}

/* The name of the first field that differs; NULL if none does. */
static inline const char *first_difference(const struct irqp_result *a, const struct irqp_result *b)
{
#define DIFFERS(field)                                                                                       \
    if (memcmp(&a->field, &b->field, sizeof a->field) != 0)                                                  \
    return #field
    DIFFERS(trajectory);
    DIFFERS(batches);
    DIFFERS(simulated);
    DIFFERS(mode_time);
    DIFFERS(step_time);
    DIFFERS(step_hits);
    DIFFERS(cause_time);
    DIFFERS(cause_hits);
    DIFFERS(counters);
    DIFFERS(peaks);
    DIFFERS(work);
    DIFFERS(steps);
    DIFFERS(draws);
    DIFFERS(worst);
    DIFFERS(worst_batch);
    DIFFERS(worst_sample);
    DIFFERS(worst_count);
#undef DIFFERS
    if (!same_histogram(&a->thread, &b->thread))
        return "thread";
    if (!same_histogram(&a->interrupt, &b->interrupt))
        return "interrupt";
    for (size_t i = IRQP_LATENCIES_OWN; i < IRQP_LATENCIES_MAX; i++)
        if (!same_histogram(&a->latencies[i], &b->latencies[i]))
            return "latencies";
    size_t charges = a->worst_count < IRQP_CHARGES_MAX ? a->worst_count : IRQP_CHARGES_MAX;
    for (size_t i = 0; i < charges; i++)
        if (a->worst_charges[i].step != b->worst_charges[i].step ||
            a->worst_charges[i].cause != b->worst_charges[i].cause ||
            a->worst_charges[i].duration != b->worst_charges[i].duration)
            return "worst_charges";
    return NULL;
}

/* The number of a step, by its name; -1 if the program has none such. */
static inline int step_number(const struct subject *subject, const char *name)
{
    for (size_t i = 0; i < subject->machine->program.name_count; i++)
        if (!strcmp(subject->machine->program.names[i], name))
            return (int)i;
    return -1;
}

/* Time charged to a step, by its name; 0 if the program has no such step. */
static inline irqp_time step_time(const struct subject *subject, const struct irqp_result *result,
                                  const char *name)
{
    int step = step_number(subject, name);
    return step < 0 ? 0 : result->step_time[step];
}

static inline irqp_time cause_time(const struct subject *subject, const struct irqp_result *result,
                                   const char *name)
{
    for (size_t i = 0; irqp_interrupt_path.cause_name(subject->machine, i); i++)
        if (!strcmp(irqp_interrupt_path.cause_name(subject->machine, i), name))
            return result->cause_time[i];
    fail_msg("there is no cause '%s'", name);
    return 0;
}

/* ---- costs, by name ---- */

static inline size_t parameter_index(const char *path)
{
    const struct irqp_registry *registry = irqp_interrupt_path.registry;
    for (size_t i = 0; i < registry->count; i++)
        if (!strcmp(registry->parameters[i].path, path))
            return i;
    fail_msg("there is no parameter '%s'", path);
    return 0;
}

/* The constant value of a cost; fails if it is not constant. "guest.schedule" stands for
 * "costs.guest.schedule", "walks.kernel" and "walks.user" for a refill of the TLB. */
static inline irqp_time constant_cost(const struct subject *subject, const char *name)
{
    char path[128];
    if (!strncmp(name, "walks.", 6)) {
        const char *pages = !strcmp(name, "walks.user")     ? "guest.working_set.user_pages"
                            : subject->machine->large_pages ? "guest.working_set.kernel_large_pages"
                                                            : "guest.working_set.kernel_pages";
        return irqp_scenario_value(subject->scenario, parameter_index(pages))->count *
               constant_cost(subject, "hardware.page_walk");
    }
    snprintf(path, sizeof path, "costs.%s", name);
    size_t index = parameter_index(path);
    const struct irqp_value *value = irqp_scenario_value(subject->scenario, index);
    if (irqp_interrupt_path.registry->parameters[index].kind == IRQP_DURATION)
        return value->duration;
    struct irqp_table table;
    assert_int_equal(irqp_table_init(&table, value->cost, NULL), IRQP_OK);
    assert_true(table.constant);
    irqp_time constant = table.value;
    irqp_table_fini(&table);
    return constant;
}

/* The sum of a list of costs, one name per word. */
static inline irqp_time sum_of_costs(const struct subject *subject, const char *names)
{
    irqp_time sum = 0;
    char name[96];
    int length;
    while (sscanf(names, " %95s%n", name, &length) == 1) {
        sum += constant_cost(subject, name);
        names += length;
    }
    return sum;
}

/* ---- a switch changes exactly its own steps ---- */

/* How often a step stands in a path. */
static inline int occurrences(const struct irqp_program *program, size_t path, const char *step)
{
    const struct irqp_path *p = &program->paths[path];
    int count = 0;
    for (uint16_t i = p->first; i < p->first + p->count; i++)
        count += !strcmp(program->names[program->rows[i].name], step);
    return count;
}

static inline bool begins_with_one_of(const char *step, const char *const *prefixes)
{
    for (; *prefixes; prefixes++)
        if (!strncmp(step, *prefixes, strlen(*prefixes)))
            return true;
    return false;
}

#define STEPS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* That two settings of one scenario differ in no step but those whose names begin with one of these, and what
 * stands where interrupts or preemption come back on, or a call of the guest returns; and that each of the
 * prefixes differs somewhere. Returns in how many paths. */
static inline unsigned assert_only_differs(const char *file, const char *const *one, const char *const *other,
                                           const char *const *prefixes)
{
    static const char *const edges[] = {"interrupts on: ", "preemption check", "call returns: ", NULL};
    struct subject subjects[] = {subject_make(file, one, NULL), subject_make(file, other, NULL)};
    const struct irqp_program *programs[] = {&subjects[0].machine->program, &subjects[1].machine->program};
    bool met[32] = {false};
    unsigned changed = 0;
    assert_int_equal(programs[0]->path_count, programs[1]->path_count);
    for (size_t path = 0; path < programs[0]->path_count; path++) {
        bool differs = false;
        for (int from = 0; from < 2; from++)
            for (size_t n = 0; n < programs[from]->name_count; n++) {
                const char *step = programs[from]->names[n];
                if (occurrences(programs[0], path, step) == occurrences(programs[1], path, step))
                    continue;
                differs = true;
                for (int i = 0; prefixes[i]; i++)
                    met[i] |= !strncmp(step, prefixes[i], strlen(prefixes[i]));
                if (!begins_with_one_of(step, prefixes) && !begins_with_one_of(step, edges)) {
                    const char *name = programs[from]->paths[path].name;
                    fail_msg("path '%s': step '%s'", name ? name : "-", step);
                }
            }
        changed += differs;
        if (!differs)
            assert_int_equal(programs[0]->paths[path].count, programs[1]->paths[path].count);
    }
    for (int i = 0; prefixes[i]; i++)
        if (!met[i])
            fail_msg("no step that begins with '%s' differs", prefixes[i]);
    subject_drop(&subjects[0]);
    subject_drop(&subjects[1]);
    return changed;
}

/* The latency of an open-loop scenario with constant costs, which is the same for every sample. */
static inline irqp_time constant_latency(const char *file, const char *const *overrides,
                                         const char *const *more)
{
    struct subject subject = subject_make(file, overrides, more);
    subject_without_grid(&subject);
    struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 10, false);
    assert_int_equal(outcome->status, IRQP_OK);
    assert_int_equal(outcome->result.thread.minimum, outcome->result.thread.maximum);
    irqp_time constant = outcome->result.thread.minimum;
    outcome_free(outcome);
    subject_drop(&subject);
    return constant;
}

/* ---- all scenarios that are shipped ---- */

/* Calls back with each file under scenarios/; machines and loads are scenarios too, if dull ones. */
static inline void for_each_shipped_scenario(void (*what)(const char *file))
{
    glob_t files;
    assert_int_equal(glob(SCENARIOS "/*/*.yaml", 0, NULL, &files), 0);
    assert_true(files.gl_pathc >= 8);
    for (size_t i = 0; i < files.gl_pathc; i++)
        what(files.gl_pathv[i]);
    globfree(&files);
}

#endif
