/* The engine with small machines, beside plain C that does the same. */
#include "bench.h"
#include "irqpath/engine.h"
#include "irqpath/histogram.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct irqp_table exponential(double mean)
{
    struct irqp_table table;
    struct irqp_distribution *distribution = irqp_distribution_new(IRQP_EXPONENTIAL, mean, 0, 0);
    if (!distribution || irqp_table_init(&table, distribution, NULL) != IRQP_OK)
        abort();
    irqp_distribution_free(distribution);
    return table;
}

static void start(struct irqp_cpu *cpu, struct irqp_thread *thread, const struct irqp_program *program,
                  unsigned slots, void *model)
{
    irqp_cpu_init(cpu, program, slots, model);
    irqp_thread_init(thread, 0);
    irqp_stream_init(&thread->streams[0], 1, 0, 0, 0);
    irqp_switch(cpu, thread);
    irqp_push(cpu, thread, 0, 0);
}

/* ---- rows without effect, and charged by next to nothing ---- */

enum { ROWS = 30, ROUNDS = 100000 };

struct rows {
    struct irqp_cpu cpu;
    struct irqp_thread thread;
    struct irqp_program program;
    struct irqp_row rows[ROWS];
    struct irqp_path path;
    struct irqp_table costs[4];
    irqp_time charged;
    bool charging;
};

static void charge(struct irqp_cpu *cpu, const struct irqp_row *row, irqp_time duration)
{
    (void)row;
    struct rows *rows = cpu->model;
    rows->charged += duration;
}

static void end_of_rows(struct irqp_cpu *cpu, unsigned slot)
{
    (void)slot;
    irqp_cpu_stop(cpu, IRQP_OK);
}

static double run_rows(void *context)
{
    struct rows *rows = context;
    uint64_t steps = rows->cpu.steps;
    rows->cpu.charging = rows->charging;
    irqp_arm(&rows->cpu, 0, rows->cpu.now + ROUNDS * (irqp_time)30e6);
    if (irqp_cpu_run(&rows->cpu) != IRQP_OK)
        abort();
    return (double)(rows->cpu.steps - steps);
}

/* One row in `every` draws; the others are constant. */
static void bench_rows(int every)
{
    static struct rows rows;
    memset(&rows, 0, sizeof rows);
    for (uint16_t i = 0; i < 3; i++)
        rows.costs[i] = exponential(500e3 * (i + 1));
    rows.costs[3] = (struct irqp_table){.constant = true, .value = 40 * IRQP_NS};
    for (int i = 0; i < ROWS; i++)
        rows.rows[i] =
            (struct irqp_row){.cost = (uint16_t)(i % every ? 3 : i / every % 3), .flags = (uint8_t)(i % 3)};
    rows.rows[ROWS - 1].effect = IRQP_EFFECT_GOTO;
    rows.path = (struct irqp_path){"rows", NULL, 0, ROWS};
    rows.program = (struct irqp_program){.rows = rows.rows,
                                         .row_count = ROWS,
                                         .paths = &rows.path,
                                         .costs = rows.costs,
                                         .fire = end_of_rows,
                                         .charge = charge};
    if (irqp_program_prepare(&rows.program) != IRQP_OK)
        abort();
    start(&rows.cpu, &rows.thread, &rows.program, 1, &rows);
    const char *const names[2][2] = {{"engine: rows that all draw", "engine: the same, charged"},
                                     {"engine: rows of which a third draws", "engine: the same, charged"}};
    for (int charging = 0; charging < 2; charging++) {
        rows.charging = charging;
        bench_print(names[every > 1][charging], bench_measure(run_rows, &rows), "row");
    }
    for (int i = 0; i < 3; i++)
        irqp_table_fini(&rows.costs[i]);
    irqp_program_forget(&rows.program);
}

/* ---- the hold model: the earliest of n sources comes, and is armed anew ---- */

enum { HOLDS = 1000000 };

struct hold {
    struct irqp_cpu cpu;
    struct irqp_thread thread;
    struct irqp_program program;
    struct irqp_stream stream;
    struct irqp_table gap;
    irqp_time next[IRQP_SLOTS_MAX]; /* of the plain one */
    unsigned sources;
    uint64_t events;
};

static struct irqp_row wait_row = {IRQP_COST_FOREVER, IRQP_MODE_IDLE, IRQP_EFFECT_NONE, 0, 0};
static struct irqp_path wait_path = {"wait", NULL, 0, 1};

static void hold_fire(struct irqp_cpu *cpu, unsigned slot)
{
    struct hold *hold = cpu->model;
    irqp_arm(cpu, slot, cpu->now + irqp_table_draw(&hold->gap, irqp_stream_next(&hold->stream)));
    if (++hold->events % HOLDS == 0)
        irqp_cpu_stop(cpu, IRQP_OK);
}

static double run_hold(void *context)
{
    struct hold *hold = context;
    if (irqp_cpu_run(&hold->cpu) != IRQP_OK)
        abort();
    return HOLDS;
}

static double run_plain_hold(void *context)
{
    struct hold *hold = context;
    for (int i = 0; i < HOLDS; i++) {
        unsigned first = 0;
        irqp_time earliest = hold->next[0];
        for (unsigned k = 1; k < hold->sources; k++) {
            first = hold->next[k] < earliest ? k : first;
            earliest = hold->next[k] < earliest ? hold->next[k] : earliest;
        }
        hold->next[first] = earliest + irqp_table_draw(&hold->gap, irqp_stream_next(&hold->stream));
    }
    return HOLDS;
}

static void bench_hold(unsigned sources)
{
    static struct hold hold;
    char name[64];
    memset(&hold, 0, sizeof hold);
    hold.gap = exponential(1e6);
    hold.sources = sources;
    hold.program = (struct irqp_program){.rows = &wait_row, .paths = &wait_path, .fire = hold_fire};
    irqp_stream_init(&hold.stream, 1, 0, 0, 0);
    start(&hold.cpu, &hold.thread, &hold.program, sources, &hold);
    for (unsigned k = 0; k < sources; k++)
        irqp_arm(&hold.cpu, k, hold.next[k] = 1 + irqp_table_draw(&hold.gap, irqp_stream_next(&hold.stream)));
    struct timing plain = bench_measure(run_plain_hold, &hold), engine = bench_measure(run_hold, &hold);
    snprintf(name, sizeof name, "hold model, %u sources: plain scan of slots", sources);
    bench_print(name, plain, "event");
    snprintf(name, sizeof name, "hold model, %u sources: engine", sources);
    bench_print(name, engine, "event");
    printf("  %.2f times the plain scan\n", engine.minimum / plain.minimum);
    irqp_table_fini(&hold.gap);
}

/* ---- M/M/1 at a load of 0.75: a line that pends while a customer waits ---- */

enum { CUSTOMERS = 500000, WAITING_MAX = 1 << 12 };

/* Of one machine, in ns: a customer as events of cimba, a step of the bare loop (facts, performance). */
static const double CIMBA_CUSTOMER = 71, CIMBA_BARE_STEP = 2.4;

struct queue {
    struct irqp_cpu cpu;
    struct irqp_thread thread;
    struct irqp_program program;
    struct irqp_stream stream;
    struct irqp_table costs[2]; /* between arrivals; of a service */
    irqp_time came[WAITING_MAX];
    unsigned first, waiting;
    uint64_t wanted;
    struct irqp_histogram waits;
};

static struct irqp_row queue_rows[] = {
    {IRQP_COST_FOREVER, IRQP_MODE_IDLE, IRQP_EFFECT_NONE, 0, 0},
    {1, IRQP_MODE_KERNEL | IRQP_ROW_MASKED, IRQP_EFFECT_POP, 0, 0},
};
static struct irqp_path queue_paths[] = {{"idle", NULL, 0, 1}, {"service", NULL, 1, 1}};

static inline void come(struct queue *queue, irqp_time now)
{
    if (queue->waiting == WAITING_MAX)
        abort();
    queue->came[(queue->first + queue->waiting++) % WAITING_MAX] = now;
}

static inline void leave(struct queue *queue, irqp_time now)
{
    irqp_histogram_record(&queue->waits, now - queue->came[queue->first]);
    queue->first = (queue->first + 1) % WAITING_MAX;
    queue->waiting--;
}

static void arrive(struct irqp_cpu *cpu, unsigned slot)
{
    struct queue *queue = cpu->model;
    come(queue, cpu->now);
    cpu->pending = 1;
    irqp_arm(cpu, slot, cpu->now + irqp_draw(cpu, &queue->stream, 0));
}

static void serve(struct irqp_cpu *cpu, unsigned line)
{
    (void)line;
    struct queue *queue = cpu->model;
    leave(queue, cpu->now);
    cpu->pending = queue->waiting != 0;
    if (queue->waits.total == queue->wanted)
        irqp_cpu_stop(cpu, IRQP_OK);
    irqp_push(cpu, cpu->thread, 1, 0);
}

static double run_queue(void *context)
{
    struct queue *queue = context;
    queue->wanted = queue->waits.total + CUSTOMERS;
    if (irqp_cpu_run(&queue->cpu) != IRQP_OK)
        abort();
    return CUSTOMERS;
}

static double run_plain_queue(void *context)
{
    struct queue *queue = context;
    queue->first = queue->waiting = 0;
    irqp_time arrival = 1, departure = IRQP_NEVER;
    for (uint64_t served = 0; served < CUSTOMERS;) {
        bool arrives = arrival < departure;
        irqp_time now = arrives ? arrival : departure;
        if (arrives) {
            come(queue, now);
            arrival = now + irqp_table_draw(&queue->costs[0], irqp_stream_next(&queue->stream));
        } else {
            departure = IRQP_NEVER;
        }
        if (departure == IRQP_NEVER && queue->waiting) {
            leave(queue, now);
            served++;
            departure = now + irqp_table_draw(&queue->costs[1], irqp_stream_next(&queue->stream));
        }
    }
    return CUSTOMERS;
}

static void bench_queue(void)
{
    static struct queue plain, queue;
    plain.costs[0] = queue.costs[0] = exponential(1e6);
    plain.costs[1] = queue.costs[1] = exponential(0.75e6);
    struct queue *both[] = {&plain, &queue};
    for (int i = 0; i < 2; i++) {
        irqp_stream_init(&both[i]->stream, 1, 0, 1, 0);
        irqp_histogram_init(&both[i]->waits);
        if (irqp_histogram_reserve(&both[i]->waits, IRQP_MS) != IRQP_OK)
            abort();
    }
    queue.program = (struct irqp_program){.rows = queue_rows,
                                          .paths = queue_paths,
                                          .costs = queue.costs,
                                          .maskable = 1,
                                          .fire = arrive,
                                          .accept = serve};
    start(&queue.cpu, &queue.thread, &queue.program, 1, &queue);
    irqp_arm(&queue.cpu, 0, 1);
    struct timing floor = bench_bare_loop(0), c = bench_measure(run_plain_queue, &plain),
                  engine = bench_measure(run_queue, &queue);
    bench_print("M/M/1, load 0.75: plain C, with the library's tables", c, "customer");
    bench_print("M/M/1, load 0.75: engine", engine, "customer");
    printf("  %.2f times the plain C; %.1f steps of the bare loop (cimba's events: %.1f, where it was "
           "measured)\n",
           engine.minimum / c.minimum, engine.minimum / floor.minimum, CIMBA_CUSTOMER / CIMBA_BARE_STEP);
    for (int i = 0; i < 2; i++) {
        irqp_histogram_fini(&both[i]->waits);
        irqp_table_fini(&queue.costs[i]);
    }
}

void bench_toys(void)
{
    bench_rows(1);
    bench_rows(3);
    static const unsigned sources[] = {1, 4, 10, 16, 32, 64};
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
        bench_hold(sources[i]);
    bench_queue();
}
