/* The linker: what steps become on a platform, row by row, and what it refuses, with its words. */
#include "irqpath/link.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PENDING = 1, RESCHED = 2 };        /* attention bits */
enum { OUTER = 1, INNER, EMPTY, ABSENT }; /* fragments */
enum { PATHS = 4 };
enum { MODEL = IRQP_EFFECT_MODEL };
enum {
    KERNEL = IRQP_MODE_KERNEL,
    USER = IRQP_MODE_USER,
    OFF = KERNEL | IRQP_STEP_IRQS_OFF,
    NO_PREEMPT = KERNEL | IRQP_STEP_PREEMPT_OFF,
    CRITICAL = OFF | NO_PREEMPT,
};

static const struct irqp_step enable[] = {
    {.name = "set the flag", .cost = 9},
    {.name = "test pending", .effect = IRQP_EFFECT_TEST, .argument = PENDING},
    IRQP_END};
static const struct irqp_step outer[] = {{.name = "outer begins", .cost = 1},
                                         {.fragment = INNER, .flags = IRQP_STEP_PLATFORM},
                                         {.name = "outer ends"},
                                         IRQP_END};
static const struct irqp_step inner[] = {{.name = "look", .effect = MODEL, .to = "done", .label = "again"},
                                         {.name = "work", .cost = 2},
                                         {.name = "repeat", .effect = IRQP_EFFECT_GOTO, .to = "again"},
                                         {.name = "done", .label = "done"},
                                         IRQP_END};
static const struct irqp_step empty[] = {IRQP_END};

static struct irqp_platform_rules rules_of(bool physical)
{
    return (struct irqp_platform_rules){
        .physical = physical,
        .pending_bit = PENDING,
        .resched_bit = RESCHED,
        .enable = physical ? NULL : enable,
        .fragments = {[OUTER] = outer, [INNER] = inner, [EMPTY] = empty},
    };
}

/* The cost with handle n takes n picoseconds; handle 13 is unsound. */
struct costs {
    struct irqp_distribution distributions[16];
};

static const struct irqp_distribution *cost_of(void *context, irqp_cost_handle handle, const char **name)
{
    static const char *const names[] = {"c0", "c1", "c2", "c3", "c4", "c5",  "c6", "c7",
                                        "c8", "c9", "ca", "cb", "cc", "bad", "ce", "cf"};
    struct costs *costs = context;
    costs->distributions[handle] =
        (struct irqp_distribution){.kind = IRQP_CONSTANT, .a = handle == 13 ? -1 : handle};
    *name = names[handle];
    return &costs->distributions[handle];
}

/* One row as one line: name, mode and flags, length, effect. */
static void describe(const struct irqp_program *program, const struct irqp_path *path, size_t i, char *line,
                     size_t size)
{
    static const char *const effects[] = {"-", "pop", "push", "goto", "loop", "test", "model"};
    const struct irqp_row *row = &program->rows[i];
    char length[24];
    if (row->cost == IRQP_COST_FOREVER)
        snprintf(length, sizeof length, "forever");
    else if (row->cost >= IRQP_COST_REGISTER)
        snprintf(length, sizeof length, "r%d", row->cost - IRQP_COST_REGISTER);
    else
        snprintf(length, sizeof length, "%d", (int)program->costs[row->cost].value);
    bool jumps = row->effect == IRQP_EFFECT_GOTO || row->effect == IRQP_EFFECT_LOOP;
    int argument = row->argument - (jumps ? path->first : 0);
    snprintf(line, size, "%s|%c%s%s%s%s%s|%s|%s %d\n", program->names[row->name],
             "ukmi"[row->flags & IRQP_ROW_MODE], row -> flags &IRQP_ROW_MASKED ? "M" : "",
             row->flags &IRQP_ROW_SHIELDED ? "S" : "", row->flags &IRQP_ROW_VIRTUAL ? "V" : "",
             row->flags &IRQP_ROW_PREEMPT ? "P" : "", row->flags &IRQP_ROW_PLATFORM ? "X" : "", length,
             effects[row->effect < MODEL ? row->effect : MODEL], argument);
}

struct linked {
    struct costs costs;
    struct irqp_linker *linker;
    struct irqp_program program;
    enum irqp_status status;
    const char *problem;
};

static void begin(struct linked *linked, const struct irqp_platform_rules *rules)
{
    linked->linker = irqp_linker_new(rules, PATHS, cost_of, &linked->costs);
    assert_non_null(linked->linker);
}

static void add(struct linked *linked, uint16_t path, enum irqp_path_kind kind, const char *name,
                const struct irqp_step *steps)
{
    irqp_link(linked->linker, path, kind, name, NULL, (const struct irqp_step *const[]){steps, NULL});
}

static void finish(struct linked *linked)
{
    linked->status = irqp_linker_finish(linked->linker, &linked->program, &linked->problem);
}

static void end(struct linked *linked)
{
    irqp_program_fini(&linked->program);
    irqp_linker_free(linked->linker);
}

static void assert_path(const struct linked *linked, uint16_t number, const char *expected)
{
    char text[4096] = "", line[256];
    const struct irqp_path *path = &linked->program.paths[number];
    for (size_t i = path->first; i < (size_t)path->first + path->count; i++) {
        describe(&linked->program, path, i, line, sizeof line);
        strcat(text, line);
    }
    assert_string_equal(text, expected);
}

static void assert_rows(bool physical, enum irqp_path_kind kind, const struct irqp_step *steps,
                        const char *expected)
{
    struct linked linked;
    struct irqp_platform_rules rules = rules_of(physical);
    begin(&linked, &rules);
    add(&linked, 0, kind, "path", steps);
    finish(&linked);
    if (linked.status != IRQP_OK)
        fail_msg("%s", linked.problem);
    assert_path(&linked, 0, expected);
    end(&linked);
}

static void assert_refused_under(const struct irqp_platform_rules *rules, enum irqp_path_kind kind,
                                 const struct irqp_step *steps, const char *problem)
{
    struct linked linked;
    begin(&linked, rules);
    add(&linked, 0, kind, "path", steps);
    finish(&linked);
    assert_int_equal(linked.status, IRQP_MODEL);
    assert_string_equal(linked.problem, problem);
    assert_null(linked.program.rows);
    end(&linked);
}

static void assert_refused(bool physical, const struct irqp_step *steps, const char *problem)
{
    struct irqp_platform_rules rules = rules_of(physical);
    assert_refused_under(&rules, IRQP_PATH_FREE, steps, problem);
}

#define POP .effect = IRQP_EFFECT_POP

/* ---- what steps become ---- */

static void interrupts_off_is_what_the_platform_says(void **state)
{
    (void)state;
    static const struct irqp_step steps[] = {{.name = "off", .cost = 3, .flags = CRITICAL},
                                             {.name = "on", .cost = 4, .flags = KERNEL, POP},
                                             IRQP_END};
    assert_rows(true, IRQP_PATH_FREE, steps,
                "off|kMVP|3|- 0\n"
                "preemption check|kPX|0|test 2\n"
                "on|k|4|pop 0\n");
    assert_rows(false, IRQP_PATH_FREE, steps,
                "off|kVP|3|- 0\n"
                "set the flag|kPX|9|- 0\n"
                "test pending|kPX|0|test 1\n"
                "preemption check|kPX|0|test 2\n"
                "on|k|4|pop 0\n");
}

/* A kernel that is not preempted where preemption comes back on: interrupts are tested, tasks are not. */
static void a_kernel_may_look_for_itself(void **state)
{
    (void)state;
    static const struct irqp_step steps[] = {{.name = "off", .cost = 3, .flags = CRITICAL},
                                             {.name = "on", .cost = 4, .flags = KERNEL, POP},
                                             IRQP_END};
    static const char *const expected[] = {"off|kVP|3|- 0\n"
                                           "set the flag|kPX|9|- 0\n"
                                           "test pending|kPX|0|test 1\n"
                                           "on|k|4|pop 0\n",
                                           "off|kMVP|3|- 0\n"
                                           "on|k|4|pop 0\n"};
    for (int physical = 0; physical < 2; physical++) {
        struct linked linked;
        struct irqp_platform_rules rules = rules_of(physical);
        rules.resched_bit = 0;
        begin(&linked, &rules);
        add(&linked, 0, IRQP_PATH_FREE, "path", steps);
        finish(&linked);
        assert_int_equal(linked.status, IRQP_OK);
        assert_path(&linked, 0, expected[physical]);
        end(&linked);
    }
}

static void flags_become_flags_of_the_row(void **state)
{
    (void)state;
    static const struct irqp_step steps[] = {
        {.name = "user", .flags = USER},
        {.name = "microkernel", .flags = IRQP_MODE_MICROKERNEL | IRQP_STEP_MASKED | IRQP_STEP_PLATFORM},
        {.name = "shield", .cost = IRQP_COST_REGISTER + 2, .flags = KERNEL | IRQP_STEP_SHIELDED},
        {.name = "halt", .cost = IRQP_COST_FOREVER, .flags = IRQP_MODE_IDLE},
        {.name = "end", .flags = USER, POP},
        IRQP_END};
    for (int physical = 0; physical < 2; physical++) /* they concern the processor: no edges */
        assert_rows(physical, IRQP_PATH_FREE, steps,
                    "user|u|0|- 0\n"
                    "microkernel|mMX|0|- 0\n"
                    "shield|kS|r2|- 0\n"
                    "halt|i|forever|- 0\n"
                    "end|u|0|pop 0\n");
}

/* Ways into the kernel and into the microkernel are marked, ways back are not; nor is what a path begins
 * with. */
static void crossings_are_marked(void **state)
{
    (void)state;
    enum { MICRO = IRQP_MODE_MICROKERNEL | IRQP_STEP_MASKED };
    static const struct irqp_step steps[] = {
        {.name = "m", .flags = MICRO},     {.name = "u", .flags = USER},
        {.name = "K", .flags = KERNEL},    {.name = "M", .flags = MICRO},
        {.name = "m", .flags = MICRO},     {.name = "k", .flags = KERNEL},
        {.name = "u", .flags = USER},      {.name = "M", .flags = MICRO},
        {.name = "u", .flags = USER, POP}, IRQP_END};
    struct linked linked;
    struct irqp_platform_rules rules = rules_of(true);
    begin(&linked, &rules);
    add(&linked, 0, IRQP_PATH_FREE, "path", steps);
    finish(&linked);
    assert_int_equal(linked.status, IRQP_OK);
    uint64_t crossings[IRQP_CROSSINGS] = {0};
    for (size_t i = 0; i < linked.program.row_count; i++) {
        const struct irqp_row *row = &linked.program.rows[i];
        bool capital = *linked.program.names[row->name] < 'a';
        assert_int_equal(!!(row->flags & IRQP_ROW_CROSSES), capital);
        uint64_t tally = irqp_tally(row);
        assert_int_equal(tally & IRQP_TALLY_MASK, 1);
        crossings[IRQP_LEFT_USER] += tally >> IRQP_TALLY_BITS & IRQP_TALLY_MASK;
        crossings[IRQP_ENTERED_MICROKERNEL] += tally >> 2 * IRQP_TALLY_BITS;
    }
    assert_int_equal(crossings[IRQP_LEFT_USER], 2);
    assert_int_equal(crossings[IRQP_ENTERED_MICROKERNEL], 2);
    end(&linked);
}

static void every_falling_edge_gets_what_belongs_there(void **state)
{
    (void)state;
    static const struct irqp_step steps[] = {
        {.name = "off", .flags = OFF},
        {.name = "on", .flags = KERNEL}, /* interrupts: enable, and check */
        {.name = "no preemption", .flags = NO_PREEMPT},
        {.name = "both", .flags = CRITICAL},
        {.name = "no preemption again", .flags = NO_PREEMPT}, /* interrupts only: enable, no check */
        {.name = "all on", .flags = KERNEL},                  /* preemption only: check, no enable */
        {.name = "both once more", .flags = CRITICAL},
        {.name = "only off", .flags = OFF},    /* preemption, but interrupts are off: nothing yet */
        {.name = "end", .flags = KERNEL, POP}, /* both checked */
        IRQP_END};
    assert_rows(false, IRQP_PATH_FREE, steps,
                "off|kV|0|- 0\n"
                "set the flag|kX|9|- 0\n"
                "test pending|kX|0|test 1\n"
                "preemption check|kPX|0|test 2\n"
                "on|k|0|- 0\n"
                "no preemption|kP|0|- 0\n"
                "both|kVP|0|- 0\n"
                "set the flag|kPX|9|- 0\n"
                "test pending|kPX|0|test 1\n"
                "no preemption again|kP|0|- 0\n"
                "preemption check|kPX|0|test 2\n"
                "all on|k|0|- 0\n"
                "both once more|kVP|0|- 0\n"
                "only off|kV|0|- 0\n"
                "set the flag|kX|9|- 0\n"
                "test pending|kX|0|test 1\n"
                "preemption check|kPX|0|test 2\n"
                "end|k|0|pop 0\n");
}

static void a_step_that_restores_needs_no_more(void **state)
{
    (void)state;
    static const struct irqp_step steps[] = {{.name = "off", .flags = CRITICAL},
                                             {.name = "return",
                                              .cost = 5,
                                              .flags = CRITICAL | IRQP_STEP_RESTORES,
                                              .effect = IRQP_EFFECT_TEST,
                                              .argument = PENDING | 4},
                                             {.name = "end", .flags = USER, POP},
                                             IRQP_END};
    assert_rows(false, IRQP_PATH_FREE, steps,
                "off|kVP|0|- 0\n"
                "return|kVP|5|test 5\n"
                "end|u|0|pop 0\n");
    static const struct irqp_step hardware[] = {{.name = "iret",
                                                 .cost = 5,
                                                 .flags = CRITICAL | IRQP_STEP_RESTORES,
                                                 POP}, /* the hardware accepts what waits by itself */
                                                IRQP_END};
    assert_rows(true, IRQP_PATH_FREE, hardware, "iret|kMVP|5|pop 0\n");
}

static void fragments_are_put_in_place_with_labels_of_their_own(void **state)
{
    (void)state;
    static const struct irqp_step steps[] = {{.name = "first"},
                                             {.fragment = INNER, .flags = USER},
                                             {.fragment = EMPTY},
                                             {.fragment = OUTER, .flags = KERNEL, .label = "here"},
                                             {.name = "back", .effect = IRQP_EFFECT_LOOP, .to = "here"},
                                             {.name = "all over", .effect = IRQP_EFFECT_GOTO, .to = "^"},
                                             IRQP_END};
    assert_rows(true, IRQP_PATH_FREE, steps,
                "first|u|0|- 0\n"
                "look|u|0|model 4\n"
                "work|u|2|- 0\n"
                "repeat|u|0|goto 1\n"
                "done|u|0|- 0\n"
                "outer begins|k|1|- 0\n"
                "look|kX|0|model 9\n"
                "work|kX|2|- 0\n"
                "repeat|kX|0|goto 6\n"
                "done|kX|0|- 0\n"
                "outer ends|k|0|- 0\n"
                "back|u|0|loop 5\n"
                "all over|u|0|goto 0\n");
}

static void a_fragment_may_be_replaced_between_paths(void **state)
{
    (void)state;
    static const struct irqp_step steps[] = {{.fragment = EMPTY}, {.name = "end", POP}, IRQP_END};
    static const struct irqp_step other[] = {{.name = "other"}, IRQP_END};
    struct linked linked;
    struct irqp_platform_rules rules = rules_of(true);
    begin(&linked, &rules);
    add(&linked, 2, IRQP_PATH_FREE, "before", steps);
    irqp_linker_set_fragment(linked.linker, EMPTY, other);
    add(&linked, 1, IRQP_PATH_FREE, "after", steps);
    finish(&linked);
    assert_int_equal(linked.status, IRQP_OK);
    assert_path(&linked, 2, "end|u|0|pop 0\n");
    assert_path(&linked, 1, "other|u|0|- 0\nend|u|0|pop 0\n");
    assert_int_equal(linked.program.paths[0].count, 0);
    assert_string_equal(linked.program.paths[1].name, "after");
    end(&linked);
}

static void several_tables_are_one_path(void **state)
{
    (void)state;
    static const struct irqp_step one[] = {{.name = "one", .flags = OFF, .label = "x"}, IRQP_END};
    static const struct irqp_step two[] = {{.name = "two", .flags = KERNEL, .label = "x"},
                                           {.name = "again", .flags = KERNEL, .effect = MODEL, .to = "x"},
                                           {.name = "end", .flags = KERNEL, POP},
                                           IRQP_END};
    struct linked linked;
    struct irqp_platform_rules rules = rules_of(true);
    begin(&linked, &rules);
    irqp_link(linked.linker, 0, IRQP_PATH_FREE, "path", "doc",
              (const struct irqp_step *const[]){one, two, NULL});
    finish(&linked);
    assert_int_equal(linked.status, IRQP_OK);
    assert_path(&linked, 0,
                "one|kMV|0|- 0\n"
                "preemption check|kPX|0|test 2\n" /* edges are found across the seam */
                "two|k|0|- 0\n"
                "again|k|0|model 2\n"
                "end|k|0|pop 0\n");
    assert_string_equal(linked.program.paths[0].doc, "doc");
    end(&linked);
}

static void names_and_costs_stand_once(void **state)
{
    (void)state;
    static const struct irqp_step steps[] = {
        {.name = "a", .cost = 7}, {.name = "b", .cost = 7}, {.name = "a", .cost = 3, POP}, IRQP_END};
    struct linked linked;
    struct irqp_platform_rules rules = rules_of(true);
    begin(&linked, &rules);
    add(&linked, 0, IRQP_PATH_FREE, "path", steps);
    uint16_t extra = irqp_link_cost(linked.linker, 11), known = irqp_link_cost(linked.linker, 7);
    finish(&linked);
    assert_int_equal(linked.status, IRQP_OK);
    assert_int_equal(linked.program.name_count, 2);
    assert_int_equal(linked.program.cost_count, 4); /* no time, 7, 3, 11 */
    assert_true(linked.program.costs[0].constant && linked.program.costs[0].value == 0);
    assert_int_equal(linked.program.costs[extra].value, 11);
    assert_int_equal(linked.program.costs[known].value, 7);
    assert_string_equal(linked.program.cost_names[known], "c7");
    assert_int_equal(linked.program.rows[0].cost, known);
    assert_int_not_equal(linked.program.tables_hash, 0);
    end(&linked);
}

static void a_nested_path_ends_as_it_began(void **state)
{
    (void)state;
    static const struct irqp_step handler[] = {{.name = "handle", .flags = CRITICAL, POP}, IRQP_END};
    static const struct irqp_step entry[] = {
        {.name = "handler", .flags = CRITICAL, .effect = IRQP_EFFECT_PUSH, .argument = 1},
        {.name = "leave", .flags = CRITICAL},
        {.name = "end", .flags = KERNEL, POP},
        IRQP_END};
    struct linked linked;
    struct irqp_platform_rules rules = rules_of(true);
    begin(&linked, &rules);
    add(&linked, 0, IRQP_PATH_FREE, "entry", entry); /* before what it pushes */
    add(&linked, 1, IRQP_PATH_NESTED, "handler", handler);
    finish(&linked);
    assert_int_equal(linked.status, IRQP_OK);
    assert_path(&linked, 1, "handle|kMVP|0|pop 0\n");
    assert_path(&linked, 0,
                "handler|kMVP|0|push 1\n"
                "leave|kMVP|0|- 0\n"
                "preemption check|kPX|0|test 2\n"
                "end|k|0|pop 0\n");
    end(&linked);
}

/* ---- what it refuses ---- */

static void a_path_that_ends_masked(void **state)
{
    (void)state;
    static const struct irqp_step off[] = {{.name = "end", .flags = OFF, POP}, IRQP_END};
    static const struct irqp_step preempt[] = {{.name = "end", .flags = NO_PREEMPT, POP}, IRQP_END};
    for (int physical = 0; physical < 2; physical++) {
        assert_refused(physical, off,
                       "path 'path', step 'end': the path ends masked without a test for pending interrupts");
        assert_refused(physical, preempt,
                       "path 'path', step 'end': the path ends masked without a test for pending interrupts");
    }
}

static void a_restoring_step_that_does_not_test(void **state)
{
    (void)state;
    static const struct irqp_step steps[] = {{.name = "return",
                                              .flags = OFF | IRQP_STEP_RESTORES,
                                              .effect = IRQP_EFFECT_TEST,
                                              .argument = RESCHED}, /* the wrong bit */
                                             {.name = "end", .flags = USER, POP},
                                             IRQP_END};
    assert_refused(false, steps,
                   "path 'path', step 'return': restores the interrupt flag without a test for pending "
                   "interrupts");
}

/* Preemption comes back while interrupts are off, and the restoring step does not look for a better task. */
static void preemption_that_comes_back_unseen(void **state)
{
    (void)state;
    static const struct irqp_step steps[] = {{.name = "no preemption", .flags = NO_PREEMPT},
                                             {.name = "interrupts off", .flags = OFF},
                                             {.name = "return",
                                              .flags = OFF | IRQP_STEP_RESTORES,
                                              .effect = IRQP_EFFECT_TEST,
                                              .argument = PENDING},
                                             {.name = "end", .flags = USER, POP},
                                             IRQP_END};
    for (int physical = 0; physical < 2; physical++)
        assert_refused(physical, steps,
                       "path 'path', step 'return': brings preemption back without a look for a better task");
}

static void a_platform_that_forgets_the_test(void **state)
{
    (void)state;
    static const struct irqp_step steps[] = {
        {.name = "off", .flags = OFF}, {.name = "end", .flags = KERNEL, POP}, IRQP_END};
    static const struct irqp_step forgets[] = {{.name = "set the flag"}, IRQP_END};
    const char *problem =
        "path 'path', step 'end': the platform brings interrupts back on without a test for "
        "pending ones";
    struct irqp_platform_rules rules = rules_of(false);
    rules.enable = NULL;
    assert_refused_under(&rules, IRQP_PATH_FREE, steps, problem);
    rules.enable = forgets;
    assert_refused_under(&rules, IRQP_PATH_FREE, steps, problem);
}

/* Off for all, then off for all but urgent ones: nobody looks whether an urgent one came meanwhile. On a
 * platform that tells them apart the step says so; elsewhere they are off like others. */
static void urgent_ones_that_are_let_through_unseen(void **state)
{
    (void)state;
    enum { SECTION = CRITICAL | IRQP_STEP_URGENT };
    static const struct irqp_step closes[] = {{.name = "section", .flags = SECTION},
                                              {.name = "closed", .flags = CRITICAL},
                                              {.name = "on", .flags = KERNEL, POP},
                                              IRQP_END};
    static const struct irqp_step opens[] = {{.name = "closed", .flags = CRITICAL},
                                             {.name = "section", .flags = SECTION},
                                             {.name = "on", .flags = KERNEL, POP},
                                             IRQP_END};
    static const struct irqp_step jumps[] = {
        {.name = "section", .flags = SECTION, .label = "section"},
        {.name = "closed", .flags = CRITICAL, .effect = IRQP_EFFECT_GOTO, .to = "section"},
        IRQP_END};
    for (int urgent = 0; urgent < 2; urgent++) {
        struct linked linked;
        struct irqp_platform_rules rules = rules_of(false);
        rules.urgent = urgent;
        begin(&linked, &rules);
        add(&linked, 0, IRQP_PATH_FREE, "path", closes);
        finish(&linked);
        assert_int_equal(linked.status, IRQP_OK);
        assert_int_equal(linked.program.step_flags[0], urgent ? SECTION : CRITICAL);
        assert_int_equal(linked.program.step_flags[1], CRITICAL);
        end(&linked);
    }
    assert_refused(false, opens,
                   "path 'path', step 'section': lets urgent interrupts through again without a test for "
                   "pending ones");
    assert_refused(true, jumps,
                   "path 'path', step 'closed': a jump brings interrupts or preemption back without a test");
}

/* Hardware that looks for a virtual interrupt where a step restores the flag: the test follows, put there by
 * the linker. Where the path ends there is no room for it. */
static void hardware_that_tests(void **state)
{
    (void)state;
    static const struct irqp_step looks[] = {
        {.name = "look", .effect = IRQP_EFFECT_TEST, .argument = PENDING}, IRQP_END};
    static const struct irqp_step steps[] = {
        {.name = "off", .flags = CRITICAL},
        {.name = "return", .cost = 2, .flags = CRITICAL | IRQP_STEP_RESTORES},
        {.name = "on", .flags = USER, POP},
        IRQP_END};
    static const struct irqp_step ends[] = {{.name = "return", .flags = CRITICAL | IRQP_STEP_RESTORES, POP},
                                            IRQP_END};
    struct irqp_platform_rules rules = rules_of(false);
    rules.enable = looks;
    rules.hardware_tests = true;
    struct linked linked;
    begin(&linked, &rules);
    add(&linked, 0, IRQP_PATH_FREE, "path", steps);
    finish(&linked);
    assert_int_equal(linked.status, IRQP_OK);
    assert_path(&linked, 0,
                "off|kVP|0|- 0\n"
                "return|kVP|2|- 0\n"
                "look|kX|0|test 1\n"
                "on|u|0|pop 0\n");
    end(&linked);
    assert_refused_under(&rules, IRQP_PATH_FREE, ends,
                         "path 'path', step 'return': restores the interrupt flag without a test for pending "
                         "interrupts");
}

static void a_jump_that_unmasks(void **state)
{
    (void)state;
    static const struct irqp_step forward[] = {{.name = "jump", .flags = OFF, .effect = MODEL, .to = "on"},
                                               {.name = "off", .flags = OFF},
                                               {.name = "on", .flags = KERNEL, POP, .label = "on"},
                                               IRQP_END};
    static const struct irqp_step back[] = {
        {.name = "on", .flags = KERNEL},
        {.name = "no preemption", .flags = NO_PREEMPT},
        {.name = "jump", .flags = NO_PREEMPT, .effect = IRQP_EFFECT_GOTO, .to = IRQP_PATH_BEGIN},
        IRQP_END};
    static const struct irqp_step masks[] = {{.name = "off", .flags = OFF, .label = "off"},
                                             {.name = "on", .flags = KERNEL, .effect = MODEL, .to = "off"},
                                             {.name = "end", .flags = KERNEL, POP},
                                             IRQP_END};
    assert_refused(true, forward,
                   "path 'path', step 'jump': a jump brings interrupts or preemption back without a test");
    assert_refused(false, back,
                   "path 'path', step 'jump': a jump brings interrupts or preemption back without a test");
    assert_rows(true, IRQP_PATH_FREE, masks,
                "off|kMV|0|- 0\n"
                "preemption check|kPX|0|test 2\n"
                "on|k|0|model 0\n"
                "end|k|0|pop 0\n");
}

static void labels_that_are_missing(void **state)
{
    (void)state;
    static const struct irqp_step unknown[] = {{.name = "jump", .effect = IRQP_EFFECT_GOTO, .to = "nowhere"},
                                               IRQP_END};
    /* A label belongs to its table. */
    static const struct irqp_step foreign[] = {
        {.fragment = INNER}, {.name = "jump", .effect = IRQP_EFFECT_GOTO, .to = "again"}, IRQP_END};
    /* Nothing follows the empty fragment. */
    static const struct irqp_step beyond[] = {{.name = "jump", .effect = IRQP_EFFECT_GOTO, .to = "end"},
                                              {.fragment = EMPTY, .label = "end"},
                                              IRQP_END};
    static const struct irqp_step without[] = {
        {.name = "jump", .effect = IRQP_EFFECT_LOOP}, {.name = "end", POP}, IRQP_END};
    const char *problem = "path 'path', step 'jump': jumps to a label that does not exist";
    assert_refused(true, unknown, problem);
    assert_refused(true, foreign, problem);
    assert_refused(true, beyond, problem);
    assert_refused(true, without, "path 'path', step 'jump': jumps without a label");
}

static void fragments_that_are_missing_or_without_end(void **state)
{
    (void)state;
    static const struct irqp_step steps[] = {{.fragment = ABSENT}, {.name = "end", POP}, IRQP_END};
    static const struct irqp_step named[] = {
        {.name = "destroy", .fragment = ABSENT}, {.name = "end", POP}, IRQP_END};
    assert_refused(true, steps, "path 'path', step '-': the platform lacks a fragment");
    assert_refused(true, named, "path 'path', step 'destroy': the platform lacks a fragment");
    static const struct irqp_step itself[] = {{.fragment = ABSENT}, IRQP_END};
    struct irqp_platform_rules rules = rules_of(true);
    rules.fragments[ABSENT] = itself;
    assert_refused_under(&rules, IRQP_PATH_FREE, steps,
                         "path 'path', step '-': fragments contain each other");
}

static void paths_without_end(void **state)
{
    (void)state;
    static const struct irqp_step steps[] = {{.name = "one"}, {.name = "two", .effect = MODEL}, IRQP_END};
    assert_refused(true, steps, "path 'path', step '-': the path does not end");
    assert_refused(true, empty, "path 'path', step '-': the path does not end");
}

static void nested_paths_that_are_not(void **state)
{
    (void)state;
    static const struct irqp_step ends_on[] = {
        {.name = "handle", .flags = CRITICAL}, {.name = "end", .flags = KERNEL, POP}, IRQP_END};
    static const struct irqp_step begins_on[] = {
        {.name = "begin", .flags = KERNEL}, {.name = "end", .flags = CRITICAL, POP}, IRQP_END};
    struct irqp_platform_rules rules = rules_of(true);
    assert_refused_under(&rules, IRQP_PATH_NESTED, ends_on,
                         "path 'path', step 'end': a nested path ends with interrupts and preemption on");
    assert_refused_under(&rules, IRQP_PATH_NESTED, begins_on,
                         "path 'path', step 'begin': a nested path begins with interrupts and preemption on");
}

static void pushes_in_the_wrong_place(void **state)
{
    (void)state;
    static const struct irqp_step handler[] = {{.name = "handle", .flags = CRITICAL, POP}, IRQP_END};
    static const struct irqp_step open[] = {
        {.name = "handler", .flags = KERNEL, .effect = IRQP_EFFECT_PUSH, .argument = 1},
        {.name = "end", .flags = KERNEL, POP},
        IRQP_END};
    static const struct irqp_step opens[] = {
        {.name = "handler", .flags = OFF, .effect = IRQP_EFFECT_PUSH, .argument = 1},
        {.name = "end", .flags = KERNEL, POP},
        IRQP_END};
    static const struct irqp_step absent[] = {
        {.name = "handler", .flags = KERNEL, .effect = IRQP_EFFECT_PUSH, .argument = 3},
        {.name = "end", .flags = KERNEL, POP},
        IRQP_END};
    static const struct irqp_step beyond[] = {
        {.name = "handler", .flags = KERNEL, .effect = IRQP_EFFECT_PUSH, .argument = 60000},
        {.name = "end", .flags = KERNEL, POP},
        IRQP_END};
    static const struct {
        const struct irqp_step *steps;
        const char *problem;
    } cases[] = {
        {open, "path 'entry', step 'handler': a nested path is pushed where interrupts are on"},
        {opens, "path 'entry', step 'handler': a nested path is pushed where interrupts are on"},
        {absent, "path 'entry', step 'handler': a path is pushed that does not exist"},
        {beyond, "path 'entry', step 'handler': a path is pushed that does not exist"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct linked linked;
        struct irqp_platform_rules rules = rules_of(true);
        begin(&linked, &rules);
        add(&linked, 0, IRQP_PATH_FREE, "entry", cases[i].steps);
        add(&linked, 1, IRQP_PATH_NESTED, "handler", handler);
        finish(&linked);
        assert_int_equal(linked.status, IRQP_MODEL);
        assert_string_equal(linked.problem, cases[i].problem);
        end(&linked);
    }
}

static void tables_that_are_too_long(void **state)
{
    (void)state;
    static struct irqp_step many[200];
    for (size_t i = 0; i < 199; i++)
        many[i] = (struct irqp_step){.name = "step"};
    assert_refused(true, many, "path 'path', step 'step': table too long");
}

static void costs_that_are_unsound(void **state)
{
    (void)state;
    static const struct irqp_step steps[] = {{.name = "end", .cost = 13, POP}, IRQP_END};
    struct linked linked;
    struct irqp_platform_rules rules = rules_of(true);
    begin(&linked, &rules);
    add(&linked, 0, IRQP_PATH_FREE, "path", steps);
    finish(&linked);
    assert_int_equal(linked.status, IRQP_INPUT);
    assert_string_equal(linked.problem, "path 'costs', step 'bad': no table could be built for this cost");
    end(&linked);
}

static void the_first_problem_is_told(void **state)
{
    (void)state;
    static const struct irqp_step bad[] = {{.name = "no end"}, IRQP_END};
    static const struct irqp_step worse[] = {{.name = "end", .flags = OFF, POP}, IRQP_END};
    struct linked linked;
    struct irqp_platform_rules rules = rules_of(true);
    begin(&linked, &rules);
    add(&linked, 0, IRQP_PATH_FREE, "first", bad);
    add(&linked, 1, IRQP_PATH_FREE, "second", worse);
    finish(&linked);
    assert_int_equal(linked.status, IRQP_MODEL);
    assert_string_equal(linked.problem, "path 'first', step '-': the path does not end");
    end(&linked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(interrupts_off_is_what_the_platform_says),
        cmocka_unit_test(a_kernel_may_look_for_itself),
        cmocka_unit_test(flags_become_flags_of_the_row),
        cmocka_unit_test(crossings_are_marked),
        cmocka_unit_test(every_falling_edge_gets_what_belongs_there),
        cmocka_unit_test(a_step_that_restores_needs_no_more),
        cmocka_unit_test(fragments_are_put_in_place_with_labels_of_their_own),
        cmocka_unit_test(a_fragment_may_be_replaced_between_paths),
        cmocka_unit_test(several_tables_are_one_path),
        cmocka_unit_test(names_and_costs_stand_once),
        cmocka_unit_test(a_nested_path_ends_as_it_began),
        cmocka_unit_test(a_path_that_ends_masked),
        cmocka_unit_test(a_restoring_step_that_does_not_test),
        cmocka_unit_test(preemption_that_comes_back_unseen),
        cmocka_unit_test(a_platform_that_forgets_the_test),
        cmocka_unit_test(urgent_ones_that_are_let_through_unseen),
        cmocka_unit_test(hardware_that_tests),
        cmocka_unit_test(a_jump_that_unmasks),
        cmocka_unit_test(labels_that_are_missing),
        cmocka_unit_test(fragments_that_are_missing_or_without_end),
        cmocka_unit_test(paths_without_end),
        cmocka_unit_test(nested_paths_that_are_not),
        cmocka_unit_test(pushes_in_the_wrong_place),
        cmocka_unit_test(tables_that_are_too_long),
        cmocka_unit_test(costs_that_are_unsound),
        cmocka_unit_test(the_first_problem_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
