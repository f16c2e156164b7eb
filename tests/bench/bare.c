/* The floor of the inner loop: a draw and an addition per step, nothing else.
 *
 * Three kinds of step alternate (user, kernel, interrupts off; exponential with means 1500, 800, 300 ns).
 * Every 200 us a wake-up is due: the step in progress delays it if it is of the third kind.
 */
#include "bench.h"
#include "irqpath/distribution.h"
#include "irqpath/random.h"

#include <math.h>
#include <stdlib.h>

enum { CELLS = 1024, KINDS = 3, BINS = 512, CONSTANTS = 64, WAKE_UPS = 20000 };

static const double means[KINDS] = {1500e3, 800e3, 300e3};
static const irqp_time period = 200 * IRQP_US, path = 4 * IRQP_US;

struct xoshiro {
    uint64_t s[4];
};

static inline uint64_t rotate(uint64_t x, int k)
{
    return x << k | x >> (64 - k);
}

static inline uint64_t next(struct xoshiro *g)
{
    uint64_t result = rotate(g->s[1] * 5, 7) * 9, t = g->s[1] << 17;
    g->s[2] ^= g->s[0];
    g->s[3] ^= g->s[1];
    g->s[1] ^= g->s[2];
    g->s[0] ^= g->s[3];
    g->s[2] ^= t;
    g->s[3] = rotate(g->s[3], 45);
    return result;
}

struct table {
    int32_t quantile[CELLS + 1];
};

struct bare {
    struct xoshiro generator;
    struct table tables[KINDS];
    irqp_time constants[CONSTANTS]; /* memory, so that the compiler cannot add them up */
    unsigned constants_per_draw;
    uint64_t histogram[BINS];
};

static inline irqp_time draw(struct xoshiro *generator, const struct table *table)
{
    uint64_t u = next(generator);
    uint32_t cell = (uint32_t)(u >> 54), fraction = (uint32_t)(u >> 22);
    int32_t a = table->quantile[cell], b = table->quantile[cell + 1];
    return a + (irqp_time)(((uint64_t)(uint32_t)(b - a) * fraction) >> 32);
}

static inline void wake_up(struct bare *bare, irqp_time *now, irqp_time *horizon, irqp_time end, int *kind)
{
    irqp_time latency = path + (*kind == 2 ? end - *horizon : 0), bin = latency / IRQP_US;
    bare->histogram[bin < BINS ? bin : BINS - 1]++;
    *now = *horizon + latency;
    *horizon += period;
    *kind = *kind == 2 ? 0 : *kind;
}

static double run(void *context)
{
    struct bare *bare = context;
    struct xoshiro generator = bare->generator;
    irqp_time now = 0, horizon = period;
    uint64_t steps = 0, constant = 0;
    unsigned more = bare->constants_per_draw;
    int kind = 0;
    for (unsigned done = 0; done < WAKE_UPS;) {
        irqp_time end = now + draw(&generator, &bare->tables[kind]);
        steps++;
        for (unsigned i = 0; i < more && end <= horizon; i++) {
            now = end;
            end = now + bare->constants[constant++ % CONSTANTS];
        }
        if (__builtin_expect(end > horizon, 0)) {
            wake_up(bare, &now, &horizon, end, &kind);
            done++;
            continue;
        }
        now = end;
        kind = kind == 2 ? 0 : kind + 1;
    }
    bare->generator = generator;
    return (double)steps;
}

struct timing bench_bare_loop(unsigned constants)
{
    static struct bare bare;
    bare.constants_per_draw = constants;
    bare.generator = (struct xoshiro){{1, 2, 3, 4}};
    for (int i = 0; i < CONSTANTS; i++)
        bare.constants[i] = i % 3 ? 0 : 40 * IRQP_NS; /* most take no time */
    for (int k = 0; k < KINDS; k++)
        for (int i = 0; i <= CELLS; i++)
            bare.tables[k].quantile[i] = (int32_t)(-means[k] * log1p(-(i + 0.5) / (CELLS + 1.5)));
    return bench_measure(run, &bare);
}

struct bare_draw {
    struct irqp_stream stream;
    struct irqp_table tables[KINDS];
    struct bare bare;
};

static double run_draw(void *context)
{
    struct bare_draw *own = context;
    struct irqp_stream stream = own->stream;
    irqp_time now = 0, horizon = period;
    uint64_t steps = 0;
    int kind = 0;
    for (unsigned done = 0; done < WAKE_UPS;) {
        irqp_time end = now + irqp_table_draw(&own->tables[kind], irqp_stream_next(&stream));
        steps++;
        if (__builtin_expect(end > horizon, 0)) {
            wake_up(&own->bare, &now, &horizon, end, &kind);
            done++;
            continue;
        }
        now = end;
        kind = kind == 2 ? 0 : kind + 1;
    }
    own->stream = stream;
    return (double)steps;
}

struct timing bench_bare_draw(void)
{
    static struct bare_draw own;
    irqp_stream_init(&own.stream, 1, 0, 0, 0);
    for (int k = 0; k < KINDS; k++) {
        struct irqp_distribution *distribution = irqp_distribution_new(IRQP_EXPONENTIAL, means[k], 0, 0);
        if (!distribution || irqp_table_init(&own.tables[k], distribution, NULL) != IRQP_OK)
            abort();
        irqp_distribution_free(distribution);
    }
    struct timing timing = bench_measure(run_draw, &own);
    for (int k = 0; k < KINDS; k++)
        irqp_table_fini(&own.tables[k]);
    return timing;
}
