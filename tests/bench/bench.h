/* What the benchmarks share. Times are the minimum and the median over repetitions: machines are noisy. */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stdint.h>

struct timing {
    double minimum, median; /* nanoseconds per unit */
};

/* Does a piece of work and returns how many units it was. */
typedef double bench_work(void *context);

struct timing bench_measure(bench_work *work, void *context);
/* One line of the table. */
void bench_print(const char *what, struct timing timing, const char *unit);

/* bare.c: the floor. One draw and one addition per step, and `constants` additions more, each with its own
 * look at the horizon. */
struct timing bench_bare_loop(unsigned constants);
struct timing bench_bare_draw(void); /* the same with the library's own tables and streams */

/* toys.c: the engine with small machines, beside plain C. */
void bench_toys(void);

/* scenarios.c: the figures of the paper. False if a scenario cannot be run, or allocates or calls the system
 * in its run. */
bool bench_scenarios(const char *directory);

/* allocations.c: how often memory was asked for so far; -1 where that cannot be counted. */
int64_t bench_allocations(void);

/* calls.c: how many system calls a piece of work makes; -1 where that cannot be counted. */
int64_t bench_system_calls(bench_work *work, void *context);

#endif
