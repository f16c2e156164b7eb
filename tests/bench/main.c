/* How fast the engine is, beside what the machine allows. Prints a table; asserts nothing about time. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

enum { REPETITIONS = 7 };

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

struct timing bench_measure(bench_work *work, void *context)
{
    double times[REPETITIONS];
    for (int i = 0; i < REPETITIONS; i++) {
        double from = now_ns(), units = work(context);
        times[i] = (now_ns() - from) / units;
    }
    qsort(times, REPETITIONS, sizeof *times, by_value);
    return (struct timing){times[0], times[REPETITIONS / 2]};
}

void bench_print(const char *what, struct timing timing, const char *unit)
{
    printf("%-58s %8.2f %8.2f  ns per %s\n", what, timing.minimum, timing.median, unit);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    printf("%-58s %8s %8s\n", "", "minimum", "median");
    bench_print("bare loop: one draw per step", bench_bare_loop(0), "drawing step");
    bench_print("bare loop: and 2 constants per draw", bench_bare_loop(2), "drawing step");
    bench_print("bare loop: and 3 constants per draw", bench_bare_loop(3), "drawing step");
    bench_print("bare loop: the library's tables and streams", bench_bare_draw(), "drawing step");
    bench_toys();
    bool good = bench_scenarios(argc > 1 ? argv[1] : BENCH_SCENARIOS);
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        printf("memory at most: %.1f MiB\n", (double)usage.ru_maxrss / 1024);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
