/* The engine with toy machines: every test runs in three ways, to the horizon row by row, to the horizon in
 * stretches of rows, and by the naive dispatcher. What happened is a line of text, one word per happening, so
 * that a wrong order can be read.
 */
#include "irqpath/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- the toy ---- */

enum { ROWS = 64, PATHS = 16, COSTS = 32, ACTIONS = 64, THREADS = 3, LOG = 4096, LINES = 64 };

/* What an effect or an event does, beyond being noted. */
enum deed { NOTHING, ARM, ASSERT, SWITCH, STOP };

struct action {
    enum deed what;
    unsigned which;
    irqp_time time; /* ARM: from now on; IRQP_NEVER disarms */
};

/* Effects of the toy; the argument of DO is an action. */
enum { NOTE = IRQP_EFFECT_MODEL, DO, ATTENTION };

struct toy {
    struct irqp_cpu cpu;
    struct irqp_program program;
    struct irqp_row rows[ROWS];
    struct irqp_path paths[PATHS];
    struct irqp_table costs[COSTS];
    struct irqp_thread threads[THREADS];
    struct action actions[ACTIONS];
    uint16_t action_count;
    uint16_t slot_action[IRQP_SLOTS_MAX]; /* what its next firing does; each firing goes on to the next, */
    bool slot_repeats[IRQP_SLOTS_MAX];    /* unless it always does the same */
    uint16_t handler[LINES];              /* path that is pushed where the line is accepted; 0: none */
    irqp_time charged;
    char log[LOG];
    size_t length;
};

static void note(struct toy *toy, char what, unsigned which)
{
    if (toy->length > LOG - 64)
        irqp_cpu_stop(&toy->cpu, IRQP_OK); /* enough has been seen */
    int n = snprintf(toy->log + toy->length, LOG - toy->length, "%s%c%u@%lld", toy->length ? " " : "", what,
                     which, (long long)toy->cpu.now);
    assert_true(n > 0 && toy->length + (size_t)n < LOG);
    toy->length += (size_t)n;
}

static void act(struct toy *toy, const struct action *action)
{
    struct irqp_cpu *cpu = &toy->cpu;
    switch (action->what) {
    case NOTHING:
        break;
    case ARM:
        irqp_arm(cpu, action->which, action->time == IRQP_NEVER ? IRQP_NEVER : cpu->now + action->time);
        break;
    case ASSERT:
        cpu->pending |= UINT64_C(1) << action->which;
        break;
    case SWITCH:
        irqp_switch(cpu, &toy->threads[action->which]);
        break;
    case STOP:
        irqp_cpu_stop(cpu, IRQP_OK);
        break;
    }
}

static void effect_note(struct irqp_cpu *cpu, uint16_t argument)
{
    note(cpu->model, 'r', argument);
}

static void effect_do(struct irqp_cpu *cpu, uint16_t argument)
{
    struct toy *toy = cpu->model;
    act(toy, &toy->actions[argument]);
}

static void effect_attention(struct irqp_cpu *cpu, uint16_t argument)
{
    cpu->attention = argument;
}

static void fire(struct irqp_cpu *cpu, unsigned slot)
{
    struct toy *toy = cpu->model;
    assert_true(cpu->next[slot] == IRQP_NEVER);
    note(toy, 's', slot);
    const struct action *action = &toy->actions[toy->slot_action[slot]];
    if (!toy->slot_repeats[slot])
        toy->slot_action[slot]++;
    act(toy, action);
}

static void accept(struct irqp_cpu *cpu, unsigned line)
{
    struct toy *toy = cpu->model;
    note(toy, 'l', line);
    cpu->pending &= ~(UINT64_C(1) << line);
    if (toy->handler[line])
        irqp_push(cpu, cpu->thread, toy->handler[line], (uint16_t)line);
}

static void attend(struct irqp_cpu *cpu, uint16_t bits)
{
    note(cpu->model, 'a', bits);
    cpu->attention = (uint16_t)(cpu->attention & ~bits);
}

static void charge(struct irqp_cpu *cpu, const struct irqp_row *row, irqp_time duration)
{
    struct toy *toy = cpu->model;
    assert_true(duration >= 0);
    assert_true(row >= toy->rows && row < toy->rows + ROWS);
    toy->charged += duration;
}

static irqp_effect *const effects[] = {effect_note, effect_do, effect_attention};

static struct toy *toy_new(unsigned slots)
{
    struct toy *toy = calloc(1, sizeof *toy);
    assert_non_null(toy);
    toy->program = (struct irqp_program){
        .rows = toy->rows,
        .paths = toy->paths,
        .costs = toy->costs,
        .effects = effects,
        .effect_count = sizeof effects / sizeof *effects,
        .maskable = ~UINT64_C(1), /* line 0 is not */
        .attend = attend,
        .accept = accept,
        .fire = fire,
        .charge = charge,
    };
    irqp_cpu_init(&toy->cpu, &toy->program, slots, toy);
    for (uint16_t i = 0; i < THREADS; i++) {
        irqp_thread_init(&toy->threads[i], i);
        irqp_stream_init(&toy->threads[i].streams[0], 1, 2, i, 0);
        irqp_stream_init(&toy->threads[i].streams[1], 1, 2, i, 1);
    }
    irqp_switch(&toy->cpu, &toy->threads[0]);
    toy->action_count = 1; /* 0 is nothing */
    return toy;
}

static void toy_free(struct toy *toy)
{
    for (size_t i = 0; i < toy->program.cost_count; i++)
        irqp_table_fini(&toy->costs[i]);
    irqp_program_forget(&toy->program);
    free(toy);
}

static uint16_t action(struct toy *toy, enum deed what, unsigned which, irqp_time time)
{
    assert_true(toy->action_count < ACTIONS);
    struct action *new = &toy->actions[toy->action_count];
    new->what = what;
    new->which = which;
    new->time = time;
    return toy->action_count++;
}

/* The firings of a slot: the actions that are added from here on, one each. */
static void on_fire(struct toy *toy, unsigned slot)
{
    toy->slot_action[slot] = toy->action_count;
}

static void always_on_fire(struct toy *toy, unsigned slot)
{
    on_fire(toy, slot);
    toy->slot_repeats[slot] = true;
}

static uint16_t path(struct toy *toy)
{
    toy->paths[toy->program.path_count] = (struct irqp_path){.first = (uint16_t)toy->program.row_count};
    return (uint16_t)toy->program.path_count++;
}

static uint16_t cost(struct toy *toy, enum irqp_distribution_kind kind, double a, double b)
{
    struct irqp_distribution *distribution = irqp_distribution_new(kind, a, b, 0);
    assert_int_equal(irqp_table_init(&toy->costs[toy->program.cost_count], distribution, NULL), IRQP_OK);
    irqp_distribution_free(distribution);
    return (uint16_t)toy->program.cost_count++;
}

static void row_of_cost(struct toy *toy, uint16_t which, unsigned flags, unsigned effect, unsigned argument)
{
    assert_true(toy->program.row_count < ROWS);
    toy->paths[toy->program.path_count - 1].count++;
    toy->rows[toy->program.row_count++] =
        (struct irqp_row){which, (uint8_t)flags, (uint8_t)effect, (uint16_t)argument, 0};
}

/* A row of constant length. */
static void row(struct toy *toy, irqp_time length, unsigned flags, unsigned effect, unsigned argument)
{
    uint16_t which = 0;
    while (which < toy->program.cost_count &&
           !(toy->costs[which].constant && toy->costs[which].value == length))
        which++;
    if (which == toy->program.cost_count)
        cost(toy, IRQP_CONSTANT, (double)length, 0);
    row_of_cost(toy, which, flags, effect, argument);
}

static void stop_row(struct toy *toy)
{
    row(toy, 0, IRQP_ROW_SHIELDED, DO, action(toy, STOP, 0, 0));
}

/* The ways to run. */
enum way { BY_ROWS, IN_STRETCHES, NAIVE };

static enum irqp_status run_in_way(struct toy *toy, enum way way)
{
    if (way == IN_STRETCHES && !toy->program.stretches)
        assert_int_equal(irqp_program_prepare(&toy->program), IRQP_OK);
    return way == NAIVE ? irqp_cpu_run_naive(&toy->cpu) : irqp_cpu_run(&toy->cpu);
}

/* Runs the first path on the first thread; the state is the way. */
static enum irqp_status run(struct toy *toy, void **state)
{
    if (toy->threads[0].top == toy->threads[0].frames)
        irqp_push(&toy->cpu, &toy->threads[0], 0, 0);
    return run_in_way(toy, *(enum way *)*state);
}

static void assert_log(struct toy *toy, void **state, const char *expected)
{
    assert_int_equal(run(toy, state), IRQP_OK);
    assert_string_equal(toy->log, expected);
    irqp_time sum = 0;
    for (int mode = 0; mode < IRQP_MODES; mode++)
        sum += toy->cpu.mode_time[mode];
    assert_int_equal(sum, toy->cpu.now); /* a partition */
    toy_free(toy);
}

/* ---- the total order of what happens at one instant ---- */

static void rows_end_before_events_and_events_before_lines(void **state)
{
    struct toy *toy = toy_new(3);
    path(toy);
    row(toy, 4, 0, NOTE, 1);
    row(toy, 6, 0, NOTE, 2);
    row(toy, 0, 0, NOTE, 3); /* of no length: chains */
    row(toy, 0, 0, NOTE, 4);
    row(toy, 5, 0, NOTE, 5);
    stop_row(toy);
    for (unsigned slot = 0; slot < 3; slot++) {
        on_fire(toy, slot);
        action(toy, ASSERT, 9 - slot, 0); /* the later slot, the lower line */
        irqp_arm(&toy->cpu, 2 - slot, 10);
    }
    assert_log(toy, state, "r1@4 r2@10 r3@10 r4@10 s0@10 s1@10 s2@10 l7@10 l8@10 l9@10 r5@15");
}

static void an_event_armed_for_now_comes_in_its_turn(void **state)
{
    struct toy *toy = toy_new(4);
    path(toy);
    row(toy, 20, 0, NOTE, 1);
    stop_row(toy);
    on_fire(toy, 1);
    action(toy, ARM, 3, 0); /* behind slot 2, which is due as well */
    action(toy, ASSERT, 5, 0);
    on_fire(toy, 2);
    action(toy, ARM, 0, 0); /* before slot 3 */
    action(toy, NOTHING, 0, 0);
    on_fire(toy, 3);
    action(toy, ARM, 1, 0); /* once more, after slot 0 */
    irqp_arm(&toy->cpu, 1, 7);
    irqp_arm(&toy->cpu, 2, 7);
    assert_log(toy, state, "s1@7 s2@7 s0@7 s3@7 s1@7 l5@7 r1@20");
}

static void an_event_that_arms_itself_for_now_goes_first(void **state)
{
    struct toy *toy = toy_new(2);
    path(toy);
    row(toy, 20, 0, NOTE, 1);
    stop_row(toy);
    on_fire(toy, 0);
    action(toy, ARM, 0, 0);
    action(toy, ARM, 0, 0);
    action(toy, NOTHING, 0, 0);
    irqp_arm(&toy->cpu, 0, 7);
    irqp_arm(&toy->cpu, 1, 7);
    assert_log(toy, state, "s0@7 s0@7 s0@7 s1@7 r1@20");
}

static void a_line_that_pends_is_accepted_between_rows(void **state)
{
    /* Line 3 waits behind a mask; the next row has none, and ends at the same instant. Slot 0 is due then too
     * and asserts a lower line: it comes after the rows of this instant, and so after what stands between
     * them. */
    struct toy *toy = toy_new(1);
    path(toy);
    row(toy, 10, IRQP_ROW_MASKED, DO, action(toy, ASSERT, 3, 0));
    row(toy, 0, 0, NOTE, 1);
    row(toy, 5, 0, NOTE, 2);
    stop_row(toy);
    on_fire(toy, 0);
    action(toy, ASSERT, 1, 0);
    irqp_arm(&toy->cpu, 0, 10);
    assert_log(toy, state, "l3@10 r1@10 s0@10 l1@10 r2@15");
}

static void the_lowest_line_goes_first_and_its_handler_may_block_the_others(void **state)
{
    struct toy *toy = toy_new(1);
    path(toy);
    row(toy, 10, 0, DO, action(toy, ASSERT, 40, 0));
    row(toy, 10, 0, NOTE, 1);
    stop_row(toy);
    toy->handler[3] = path(toy);
    row(toy, 3, IRQP_ROW_MASKED, NOTE, 3);
    row(toy, 0, IRQP_ROW_MASKED, IRQP_EFFECT_POP, 0);
    toy->cpu.pending = UINT64_C(1) << 63 | 1 << 5 | 1 << 3; /* found at the first boundary */
    assert_log(toy, state, "l3@10 r3@13 l5@13 l40@13 l63@13 r1@23");
}

/* ---- arming ---- */

static void an_effect_that_arms_a_slot_lowers_the_horizon_at_once(void **state)
{
    struct toy *toy = toy_new(2);
    path(toy);
    row(toy, 10, 0, DO, action(toy, ARM, 1, 3));
    row(toy, 100, 0, NOTE, 1);
    stop_row(toy);
    irqp_arm(&toy->cpu, 0, 50);
    assert_log(toy, state, "s1@13 s0@50 r1@110");
}

static void a_slot_that_is_cancelled_or_moved_does_not_come_when_it_was_due(void **state)
{
    struct toy *toy = toy_new(3);
    path(toy);
    row(toy, 10, 0, DO, action(toy, ARM, 0, IRQP_NEVER));
    row(toy, 10, 0, DO, action(toy, ARM, 1, 60)); /* raised, from 30 to 80 */
    row(toy, 10, 0, DO, action(toy, ARM, 2, 5));  /* lowered, from 90 to 35 */
    row(toy, 70, 0, NOTE, 1);
    stop_row(toy);
    irqp_arm(&toy->cpu, 0, 15);
    irqp_arm(&toy->cpu, 1, 30);
    irqp_arm(&toy->cpu, 2, 90);
    assert_log(toy, state, "s2@35 s1@80 r1@100");
}

static void the_horizon_is_the_earliest_slot(void **state)
{
    (void)state;
    struct toy *toy = toy_new(IRQP_SLOTS_MAX);
    struct irqp_cpu *cpu = &toy->cpu;
    assert_int_equal(cpu->horizon, IRQP_END_OF_TIME);
    irqp_arm(cpu, 5, 100);
    assert_int_equal(cpu->horizon, 100);
    irqp_arm(cpu, 63, 40);
    assert_int_equal(cpu->horizon, 40);
    irqp_arm(cpu, 6, 60);
    assert_int_equal(cpu->horizon, 40);
    irqp_arm(cpu, 63, 70);
    assert_int_equal(cpu->horizon, 60);
    irqp_arm(cpu, 6, IRQP_NEVER);
    assert_int_equal(cpu->horizon, 70);
    irqp_arm(cpu, 63, IRQP_NEVER);
    irqp_arm(cpu, 5, IRQP_NEVER);
    assert_int_equal(cpu->horizon, IRQP_END_OF_TIME);
    toy_free(toy);
}

/* ---- masks, preemption, nesting ---- */

static void a_masked_section_delays_acceptance_to_its_end(void **state)
{
    struct toy *toy = toy_new(1);
    path(toy);
    row(toy, 10, IRQP_ROW_MASKED, NOTE, 1);
    row(toy, 10, IRQP_ROW_MASKED, NOTE, 2);
    row(toy, 10, 0, NOTE, 3);
    stop_row(toy);
    on_fire(toy, 0);
    action(toy, ASSERT, 7, 0);
    irqp_arm(&toy->cpu, 0, 4);
    assert_log(toy, state, "s0@4 r1@10 r2@20 l7@20 r3@30");
}

static void a_mask_blocks_what_is_maskable_and_a_shield_everything(void **state)
{
    struct toy *toy = toy_new(1);
    path(toy);
    row(toy, 10, IRQP_ROW_MASKED, NOTE, 1);
    row(toy, 10, IRQP_ROW_SHIELDED, NOTE, 2);
    row(toy, 10, IRQP_ROW_MASKED, NOTE, 3);
    row(toy, 10, 0, NOTE, 4);
    stop_row(toy);
    toy->handler[0] = path(toy); /* line 0 is not maskable */
    row(toy, 0, IRQP_ROW_MASKED, DO, action(toy, ARM, 0, 12));
    row(toy, 0, IRQP_ROW_MASKED, IRQP_EFFECT_POP, 0);
    always_on_fire(toy, 0);
    action(toy, ASSERT, 0, 0);
    irqp_arm(&toy->cpu, 0, 3);
    toy->cpu.pending = 2; /* line 1 is */
    assert_log(toy, state, "s0@3 l0@3 r1@10 s0@15 r2@20 l0@20 r3@30 l1@30 s0@32 l0@32 r4@40");
}

static void preemption_keeps_what_is_left_to_the_picosecond(void **state)
{
    enum { LENGTH = 1000, HANDLER = 13, GAP = 29, HITS = 35 }; /* at 1, 1 + 29, ... of the section */
    struct toy *toy = toy_new(1);
    path(toy);
    row(toy, LENGTH, IRQP_MODE_USER, DO, action(toy, STOP, 0, 0));
    toy->handler[1] = path(toy);
    row(toy, HANDLER, IRQP_MODE_KERNEL | IRQP_ROW_MASKED, DO, action(toy, ARM, 0, GAP));
    row(toy, 0, IRQP_MODE_KERNEL | IRQP_ROW_MASKED, IRQP_EFFECT_POP, 0);
    always_on_fire(toy, 0);
    action(toy, ASSERT, 1, 0);
    irqp_arm(&toy->cpu, 0, 1);
    toy->cpu.charging = true;
    assert_int_equal(run(toy, state), IRQP_OK);
    assert_int_equal(toy->cpu.now, LENGTH + HITS * HANDLER);
    assert_int_equal(toy->cpu.mode_time[IRQP_MODE_USER], LENGTH);
    assert_int_equal(toy->cpu.mode_time[IRQP_MODE_KERNEL], HITS * HANDLER);
    assert_int_equal(toy->charged, toy->cpu.now);
    assert_int_equal(toy->cpu.steps, 1 + 2 * HITS);
    toy_free(toy);
}

static void handlers_nest(void **state)
{
    struct toy *toy = toy_new(3);
    path(toy);
    row(toy, 100, 0, NOTE, 1);
    stop_row(toy);
    for (unsigned i = 1; i <= 3; i++) { /* each begins masked, goes on unmasked, and ends masked */
        toy->handler[i] = path(toy);
        row(toy, 10, IRQP_ROW_MASKED, NOTE, 10 * i);
        row(toy, 20, 0, NOTE, 10 * i + 1);
        row(toy, 5, IRQP_ROW_MASKED, NOTE, 10 * i + 2);
        row(toy, 0, IRQP_ROW_MASKED, IRQP_EFFECT_POP, 0);
        on_fire(toy, i - 1);
        action(toy, ASSERT, i, 0);
    }
    irqp_arm(&toy->cpu, 2, 10); /* line 3 */
    irqp_arm(&toy->cpu, 1, 15); /* line 2 while 3 is masked; then within it */
    irqp_arm(&toy->cpu, 0, 35); /* line 1 while 2, within 3, is open */
    assert_log(toy, state,
               "s2@10 l3@10 s1@15 r30@20 l2@20 r20@30 s0@35 l1@35 r10@45 r11@65 r12@70 r21@85 r22@90 r31@110 "
               "r32@115 r1@205");
}

static void a_thread_keeps_its_frame_and_its_registers_while_another_runs(void **state)
{
    struct toy *toy = toy_new(1);
    path(toy);
    row(toy, 10, 0, NOTE, 1);
    row(toy, 10, 0, NOTE, 2); /* left in the middle, from outside */
    row(toy, 5, 0, DO, action(toy, SWITCH, 2, 0));
    row(toy, 7, 0, NOTE, 3);
    stop_row(toy);
    uint16_t other = path(toy);
    row_of_cost(toy, IRQP_COST_REGISTER + 3, 0, NOTE, 4);
    row(toy, 5, 0, DO, action(toy, SWITCH, 0, 0));
    for (unsigned i = 0; i < THREADS; i++)
        toy->threads[i].registers[3] = 40 + i;
    irqp_push(&toy->cpu, &toy->threads[1], other, 0);
    irqp_push(&toy->cpu, &toy->threads[2], other, 0);
    on_fire(toy, 0);
    action(toy, SWITCH, 1, 0);
    irqp_arm(&toy->cpu, 0, 14);
    assert_log(toy, state, "r1@10 s0@14 r4@55 r2@66 r4@113 r3@125");
}

/* ---- effects of the engine ---- */

static void push_and_pop_go_down_and_come_back(void **state)
{
    struct toy *toy = toy_new(0);
    path(toy);
    row(toy, 1, 0, IRQP_EFFECT_PUSH, 1);
    row(toy, 1, 0, NOTE, 1);
    stop_row(toy);
    path(toy);
    row(toy, 1, 0, NOTE, 2);
    row(toy, 1, 0, IRQP_EFFECT_PUSH, 2);
    row(toy, 1, 0, IRQP_EFFECT_POP, 0);
    path(toy);
    row(toy, 1, 0, NOTE, 3);
    row(toy, 1, 0, IRQP_EFFECT_POP, 0);
    irqp_push(&toy->cpu, &toy->threads[0], 0, 77);
    assert_log(toy, state, "r2@2 r3@4 r1@7");
}

static void a_pushed_path_has_the_activity_of_its_frame(void **state)
{
    struct toy *toy = toy_new(0);
    path(toy);
    row(toy, 1, 0, IRQP_EFFECT_PUSH, 1);
    path(toy);
    stop_row(toy);
    irqp_push(&toy->cpu, &toy->threads[0], 0, 77);
    assert_int_equal(run(toy, state), IRQP_OK);
    assert_ptr_equal(toy->threads[0].top, &toy->threads[0].frames[2]);
    assert_int_equal(toy->threads[0].top->activity, 77);
    toy_free(toy);
}

static void goto_continues_elsewhere(void **state)
{
    struct toy *toy = toy_new(0);
    path(toy);
    row(toy, 1, 0, IRQP_EFFECT_GOTO, 2);
    row(toy, 1, 0, NOTE, 1);
    row(toy, 1, 0, NOTE, 2);
    stop_row(toy);
    assert_log(toy, state, "r2@2");
}

static void loop_counts_in_its_frame(void **state)
{
    struct toy *toy = toy_new(0);
    path(toy);
    row(toy, 1, 0, IRQP_EFFECT_PUSH, 1);
    row(toy, 1, 0, IRQP_EFFECT_LOOP, 0);
    stop_row(toy);
    path(toy);
    row(toy, 1, 0, NOTE, 1);
    row(toy, 1, 0, IRQP_EFFECT_LOOP, 3);
    row(toy, 1, 0, IRQP_EFFECT_POP, 0);
    irqp_push(&toy->cpu, &toy->threads[0], 0, 0);
    toy->threads[0].top->loops = 3; /* a frame that nobody sets runs its body once */
    assert_log(toy, state, "r1@2 r1@7 r1@12");
}

static void test_asks_for_its_bits_only(void **state)
{
    struct toy *toy = toy_new(0);
    path(toy);
    row(toy, 1, 0, ATTENTION, 6);
    row(toy, 1, 0, IRQP_EFFECT_TEST, 1);
    row(toy, 1, 0, IRQP_EFFECT_TEST, 3); /* bit 2 stays */
    row(toy, 1, 0, IRQP_EFFECT_TEST, 3);
    row(toy, 1, 0, IRQP_EFFECT_TEST, 4);
    stop_row(toy);
    assert_log(toy, state, "a3@3 a4@5");
}

static void costs_are_drawn_from_the_stream_of_their_class(void **state)
{
    struct toy *toy = toy_new(0);
    uint16_t drawn = cost(toy, IRQP_UNIFORM, 0, 1000);
    path(toy);
    row_of_cost(toy, drawn, IRQP_MODE_USER, NOTE, 1);
    row(toy, 5, IRQP_MODE_IDLE, NOTE, 2); /* a constant costs no number */
    row_of_cost(toy, drawn, IRQP_MODE_KERNEL | IRQP_ROW_PLATFORM, NOTE, 3);
    row_of_cost(toy, drawn, IRQP_MODE_MICROKERNEL, NOTE, 4);
    stop_row(toy);
    struct irqp_stream load = toy->threads[0].streams[0], platform = toy->threads[0].streams[1];
    irqp_time one = irqp_table_draw(&toy->costs[drawn], irqp_stream_next(&load));
    irqp_time two = irqp_table_draw(&toy->costs[drawn], irqp_stream_next(&platform));
    irqp_time three = irqp_table_draw(&toy->costs[drawn], irqp_stream_next(&load));
    assert_int_equal(run(toy, state), IRQP_OK);
    assert_int_equal(toy->cpu.mode_time[IRQP_MODE_USER], one);
    assert_int_equal(toy->cpu.mode_time[IRQP_MODE_IDLE], 5);
    assert_int_equal(toy->cpu.mode_time[IRQP_MODE_KERNEL], two);
    assert_int_equal(toy->cpu.mode_time[IRQP_MODE_MICROKERNEL], three);
    assert_int_equal(toy->cpu.now, one + two + three + 5);
    assert_int_equal(toy->cpu.draws, 3);
    assert_int_equal(toy->cpu.steps, 5);
    toy_free(toy);
}

static void charging_begins_and_ends_inside_rows(void **state)
{
    /* On from the outside at 5, in the middle of a row; off by an effect at 30. */
    struct toy *toy = toy_new(1);
    path(toy);
    row(toy, 20, 0, NOTE, 1);
    row(toy, 10, 0, NOTE, 2);
    row(toy, 10, 0, NOTE, 3);
    stop_row(toy);
    on_fire(toy, 0);
    action(toy, STOP, 0, 0);
    irqp_arm(&toy->cpu, 0, 5);
    assert_int_equal(run(toy, state), IRQP_OK); /* stopped at 5: a run may be continued */
    assert_int_equal(toy->cpu.now, 5);
    assert_int_equal(toy->charged, 0);
    toy->cpu.charging = true;
    assert_int_equal(run(toy, state), IRQP_OK);
    assert_string_equal(toy->log, "s0@5 r1@20 r2@30 r3@40");
    assert_int_equal(toy->charged, 35);
    toy_free(toy);
}

static void a_round_of_constant_rows_goes_on_until_something_comes(void **state)
{
    struct toy *toy = toy_new(1);
    path(toy);
    row(toy, 3, IRQP_MODE_USER, IRQP_EFFECT_NONE, 0);
    row(toy, 4, IRQP_MODE_KERNEL, IRQP_EFFECT_GOTO, 0);
    on_fire(toy, 0);
    action(toy, STOP, 0, 0);
    irqp_arm(&toy->cpu, 0, 7005);
    assert_int_equal(run(toy, state), IRQP_OK);
    assert_int_equal(toy->cpu.now, 7005);
    assert_int_equal(toy->cpu.mode_time[IRQP_MODE_USER], 3003);
    assert_int_equal(toy->cpu.mode_time[IRQP_MODE_KERNEL], 4002);
    assert_int_equal(toy->cpu.steps, 2001);
    toy_free(toy);
}

static void assert_stretch(const struct toy *toy, unsigned first, unsigned last, unsigned next, bool calls,
                           irqp_time length, irqp_time in_kernel)
{
    const struct irqp_stretch *stretch = &toy->program.stretches[first];
    assert_int_equal(stretch->last, last);
    assert_int_equal(stretch->calls, calls);
    assert_int_equal(stretch->length, length);
    assert_int_equal(toy->program.stretch_sums[first].mode_time[IRQP_MODE_KERNEL], in_kernel);
    if (!calls)
        assert_int_equal(stretch->next, next);
}

static void a_stretch_is_a_row_and_the_constant_ones_behind_it(void **state)
{
    (void)state;
    struct toy *toy = toy_new(0);
    uint16_t drawn = cost(toy, IRQP_UNIFORM, 0, 10);
    path(toy);
    row_of_cost(toy, drawn, 0, IRQP_EFFECT_NONE, 0);
    row(toy, 5, IRQP_MODE_KERNEL, IRQP_EFFECT_TEST, 1);
    row(toy, 0, IRQP_MODE_KERNEL, IRQP_EFFECT_GOTO, 4);
    row(toy, 9, 0, IRQP_EFFECT_NONE, 0);
    row(toy, 7, IRQP_MODE_USER, IRQP_EFFECT_NONE, 0);
    row_of_cost(toy, drawn, 0, NOTE, 0); /* draws: begins a stretch, and is one */
    row(toy, 2, 0, IRQP_EFFECT_NONE, 0);
    row(toy, 1, IRQP_MODE_KERNEL, NOTE, 0); /* calls: ends one */
    row(toy, 1, 0, IRQP_EFFECT_NONE, 0);
    row_of_cost(toy, IRQP_COST_FOREVER, 0, IRQP_EFFECT_NONE, 0);
    assert_int_equal(irqp_program_prepare(&toy->program), IRQP_OK);
    assert_stretch(toy, 0, 4, 5, false, 12, 5);
    assert_stretch(toy, 1, 4, 5, false, 7, 0);
    assert_stretch(toy, 3, 4, 5, false, 7, 0);
    assert_stretch(toy, 5, 5, 0, true, 0, 0);
    assert_stretch(toy, 6, 7, 0, true, 1, 1);
    assert_stretch(toy, 8, 8, 9, false, 0, 0);
    assert_stretch(toy, 9, 9, 10, false, 0, 0); /* nothing is behind the last row */
    toy_free(toy);
}

/* ---- what a model may do wrong ---- */

static void assert_refused(struct toy *toy, void **state)
{
    assert_int_equal(run(toy, state), IRQP_MODEL);
    assert_int_equal(run(toy, state), IRQP_MODEL); /* and does not run again */
    toy_free(toy);
}

static void a_stack_that_overflows_ends_the_run(void **state)
{
    struct toy *toy = toy_new(0);
    path(toy);
    row(toy, 1, 0, IRQP_EFFECT_PUSH, 0);
    assert_int_equal(run(toy, state), IRQP_MODEL);
    assert_int_equal(toy->cpu.now, IRQP_FRAMES_MAX);
    assert_refused(toy, state);
}

static void a_stack_that_underflows_ends_the_run(void **state)
{
    struct toy *toy = toy_new(0);
    path(toy);
    row(toy, 1, 0, NOTE, 1);
    row(toy, 1, 0, IRQP_EFFECT_POP, 0);
    row(toy, 1, 0, NOTE, 2);
    assert_int_equal(run(toy, state), IRQP_MODEL);
    assert_string_equal(toy->log, "r1@1");
    assert_refused(toy, state);
}

static void a_wrong_start_does_not_run(void **state)
{
    struct toy *toy = toy_new(0);
    path(toy);
    row(toy, 1, 0, NOTE, 1);
    stop_row(toy);
    irqp_push(&toy->cpu, &toy->threads[0], 0, 0);
    irqp_pop(&toy->cpu, &toy->threads[2]); /* its stack is empty */
    assert_int_equal(run(toy, state), IRQP_MODEL);
    assert_string_equal(toy->log, "");
    assert_refused(toy, state);
}

static void waiting_for_nothing_is_refused(void **state)
{
    /* The last event comes at 5; the handler returns to a CPU that waits forever. */
    struct toy *toy = toy_new(1);
    path(toy);
    row_of_cost(toy, IRQP_COST_FOREVER, IRQP_MODE_IDLE, NOTE, 1);
    toy->handler[1] = path(toy);
    row(toy, 2, IRQP_ROW_MASKED, IRQP_EFFECT_POP, 0);
    on_fire(toy, 0);
    action(toy, ASSERT, 1, 0);
    irqp_arm(&toy->cpu, 0, 5);
    assert_int_equal(run(toy, state), IRQP_MODEL);
    assert_string_equal(toy->log, "s0@5 l1@5");
    assert_refused(toy, state);
}

static void waiting_forever_waits_long(void **state)
{
    struct toy *toy = toy_new(1);
    path(toy);
    row_of_cost(toy, IRQP_COST_FOREVER, IRQP_MODE_IDLE, NOTE, 1);
    on_fire(toy, 0);
    action(toy, STOP, 0, 0);
    irqp_arm(&toy->cpu, 0, IRQP_END_OF_TIME - 1);
    assert_log(toy, state, "s0@4611686018427387902");
}

/* A path that goes round without a picosecond: the run ends by itself, and says why. */
static void a_loop_without_time_is_refused(void **state)
{
    struct toy *toy = toy_new(1);
    path(toy);
    row(toy, 3, 0, IRQP_EFFECT_NONE, 0);
    row(toy, 0, 0, IRQP_EFFECT_NONE, 0);
    row(toy, 0, 0, IRQP_EFFECT_GOTO, 1);
    irqp_arm(&toy->cpu, 0, 10);
    assert_int_equal(run(toy, state), IRQP_MODEL);
    assert_string_equal(toy->cpu.problem, "a loop takes no time: a million steps without a picosecond");
    assert_refused(toy, state);
}

/* Whoever waits for a long run can end it, whatever it does. */
static void a_request_to_stop_ends_the_run(void **state)
{
    static const volatile int stop = 1;
    struct toy *toy = toy_new(1);
    path(toy);
    row(toy, 1, 0, IRQP_EFFECT_GOTO, 0);
    irqp_arm(&toy->cpu, 0, INT64_C(1000000000));
    toy->cpu.stop = &stop;
    assert_int_equal(run(toy, state), IRQP_INTERRUPTED);
    toy_free(toy);
}

static void a_negative_length_is_refused(void **state)
{
    struct toy *toy = toy_new(0);
    path(toy);
    row_of_cost(toy, IRQP_COST_REGISTER, 0, NOTE, 1);
    toy->threads[0].registers[0] = -1;
    assert_refused(toy, state);
}

/* ---- both dispatchers against each other ---- */

static unsigned below(struct irqp_stream *stream, unsigned n)
{
    return (unsigned)irqp_stream_below(stream, n);
}

/* A machine of random rows whose lengths are so short that ties are the rule. Every way round takes time, so
 * that time goes on. */
static struct toy *random_toy(uint64_t seed)
{
    enum { SLOTS = 5, LINES_USED = 6, MAIN = 14 };
    static const unsigned masks[] = {0, 0, IRQP_ROW_MASKED, IRQP_ROW_MASKED, IRQP_ROW_SHIELDED};
    static const unsigned kinds[] = {
        IRQP_EFFECT_NONE, IRQP_EFFECT_NONE, IRQP_EFFECT_LOOP, IRQP_EFFECT_TEST, NOTE, ATTENTION, DO, DO, DO};
    struct irqp_stream stream;
    irqp_stream_init(&stream, seed, 0, 0, 0);
    struct toy *toy = toy_new(SLOTS);
    uint16_t drawn[] = {cost(toy, IRQP_UNIFORM, 0, 6), cost(toy, IRQP_EXPONENTIAL, 3, 0)};

    for (uint16_t thread = 0; thread < THREADS; thread++) {
        path(toy);
        unsigned first = (unsigned)toy->program.row_count;
        row(toy, 1, 0, NOTE, thread);
        for (int i = 0; i < MAIN; i++) {
            unsigned flags = below(&stream, IRQP_MODES) | masks[below(&stream, 5)];
            unsigned effect = kinds[below(&stream, 9)], argument = below(&stream, 8);
            if (effect == IRQP_EFFECT_LOOP)
                argument = first;
            if (effect == DO && below(&stream, 2))
                argument = action(toy, ARM, below(&stream, SLOTS), (irqp_time)below(&stream, 9));
            else if (effect == DO && below(&stream, 2))
                argument = action(toy, ASSERT, below(&stream, LINES_USED), 0);
            else if (effect == DO)
                argument = action(toy, SWITCH, below(&stream, THREADS), 0);
            if (below(&stream, 2))
                row_of_cost(toy, drawn[below(&stream, 2)], flags | below(&stream, 2) * IRQP_ROW_PLATFORM,
                            effect, argument);
            else
                row(toy, (irqp_time)below(&stream, 3), flags, effect, argument);
        }
        row(toy, 1, 0, IRQP_EFFECT_GOTO, first);
        irqp_push(&toy->cpu, &toy->threads[thread], thread, 0);
        toy->threads[thread].top->loops = 1 + below(&stream, 5);
    }
    for (unsigned line = 0; line < 2; line++) { /* the others are accepted, but nothing handles them */
        toy->handler[line] = path(toy);
        row(toy, 2, IRQP_ROW_MASKED, NOTE, 10 + line);
        row_of_cost(toy, drawn[0], below(&stream, 2) * IRQP_ROW_MASKED, IRQP_EFFECT_NONE, 0);
        row(toy, 0, IRQP_ROW_MASKED, IRQP_EFFECT_POP, 0);
    }
    for (unsigned slot = 0; slot < SLOTS; slot++) {
        always_on_fire(toy, slot);
        if (below(&stream, 3))
            action(toy, ASSERT, below(&stream, LINES_USED), 0);
        else if (below(&stream, 2))
            action(toy, ARM, below(&stream, SLOTS), 1 + (irqp_time)below(&stream, 9));
        else
            action(toy, SWITCH, below(&stream, THREADS), 0);
        irqp_arm(&toy->cpu, slot, (irqp_time)below(&stream, 20));
    }
    return toy;
}

static void assert_same(const struct toy *one, const struct toy *other)
{
    assert_string_equal(one->log, other->log);
    assert_int_equal(one->cpu.now, other->cpu.now);
    assert_int_equal(one->cpu.steps, other->cpu.steps);
    assert_int_equal(one->cpu.draws, other->cpu.draws);
    assert_int_equal(one->cpu.pending, other->cpu.pending);
    assert_int_equal(one->cpu.attention, other->cpu.attention);
    assert_memory_equal(one->cpu.next, other->cpu.next, sizeof one->cpu.next);
    assert_memory_equal(one->cpu.mode_time, other->cpu.mode_time, sizeof one->cpu.mode_time);
    for (int i = 0; i < THREADS; i++) {
        const struct irqp_thread *a = &one->threads[i], *b = &other->threads[i];
        ptrdiff_t depth = a->top - a->frames;
        assert_int_equal(b->top - b->frames, depth);
        assert_memory_equal(a->streams, b->streams, sizeof a->streams);
        assert_memory_equal(a->frames + 1, b->frames + 1, (size_t)depth * sizeof *a->frames);
    }
}

static void all_ways_do_the_same(void **state)
{
    (void)state;
    unsigned stopped_by_overflow = 0;
    for (uint64_t seed = 0; seed < 2000; seed++) {
        struct toy *naive = random_toy(seed);
        naive->cpu.charging = true;
        enum irqp_status status = run_in_way(naive, NAIVE);
        stopped_by_overflow += status == IRQP_MODEL;
        assert_int_equal(naive->charged, naive->cpu.now);
        for (int charging = 0; charging < 2; charging++)
            for (enum way way = BY_ROWS; way < NAIVE; way++) {
                struct toy *other = random_toy(seed);
                other->cpu.charging = charging;
                assert_int_equal(run_in_way(other, way), status);
                assert_int_equal(other->charged, charging ? other->cpu.now : 0);
                assert_same(naive, other);
                toy_free(other);
            }
        toy_free(naive);
    }
    assert_true(stopped_by_overflow < 200); /* most ran to their end */
}

#define IN_WAY(test, way, words)                                                                             \
    {                                                                                                        \
#test " (" words ")", test, NULL, NULL, &ways[way]                                                   \
    }
#define ALL(test)                                                                                            \
    IN_WAY(test, BY_ROWS, "by rows"), IN_WAY(test, IN_STRETCHES, "in stretches"), IN_WAY(test, NAIVE, "naive")

int main(void)
{
    static enum way ways[] = {BY_ROWS, IN_STRETCHES, NAIVE};
    const struct CMUnitTest tests[] = {
        ALL(rows_end_before_events_and_events_before_lines),
        ALL(an_event_armed_for_now_comes_in_its_turn),
        ALL(an_event_that_arms_itself_for_now_goes_first),
        ALL(a_line_that_pends_is_accepted_between_rows),
        ALL(the_lowest_line_goes_first_and_its_handler_may_block_the_others),
        ALL(an_effect_that_arms_a_slot_lowers_the_horizon_at_once),
        ALL(a_slot_that_is_cancelled_or_moved_does_not_come_when_it_was_due),
        cmocka_unit_test(the_horizon_is_the_earliest_slot),
        ALL(a_masked_section_delays_acceptance_to_its_end),
        ALL(a_mask_blocks_what_is_maskable_and_a_shield_everything),
        ALL(preemption_keeps_what_is_left_to_the_picosecond),
        ALL(handlers_nest),
        ALL(a_thread_keeps_its_frame_and_its_registers_while_another_runs),
        ALL(push_and_pop_go_down_and_come_back),
        ALL(a_pushed_path_has_the_activity_of_its_frame),
        ALL(goto_continues_elsewhere),
        ALL(loop_counts_in_its_frame),
        ALL(test_asks_for_its_bits_only),
        ALL(costs_are_drawn_from_the_stream_of_their_class),
        ALL(charging_begins_and_ends_inside_rows),
        ALL(a_round_of_constant_rows_goes_on_until_something_comes),
        cmocka_unit_test(a_stretch_is_a_row_and_the_constant_ones_behind_it),
        ALL(a_stack_that_overflows_ends_the_run),
        ALL(a_stack_that_underflows_ends_the_run),
        ALL(a_wrong_start_does_not_run),
        ALL(waiting_for_nothing_is_refused),
        ALL(waiting_forever_waits_long),
        ALL(a_loop_without_time_is_refused),
        ALL(a_request_to_stop_ends_the_run),
        ALL(a_negative_length_is_refused),
        cmocka_unit_test(all_ways_do_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
