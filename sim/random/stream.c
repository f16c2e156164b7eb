#include "irqpath/random.h"
#include <gsl/gsl_errno.h>
#include <limits.h>
#include <pthread.h>

static void quiet(void)
{
    gsl_set_error_handler_off();
}

void irqp_gsl_quiet(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, quiet);
}

/* The finaliser of MurmurHash3: a second mixer, so that start and gamma are hashed by unrelated functions. */
static uint64_t mix_gamma(uint64_t z)
{
    z = (z ^ (z >> 33)) * UINT64_C(0xff51afd7ed558ccd);
    z = (z ^ (z >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
    return z ^ (z >> 33);
}

/* Gammas whose bits change too rarely from one place to the next give weak sequences: n * gamma then moves
 * few bits at a time. SplittableRandom's remedy is to flip every other bit of those with fewer than 24
 * changes. */
static uint64_t usable_gamma(uint64_t z)
{
    z |= 1;
    return __builtin_popcountll(z ^ (z >> 1)) < 24 ? z ^ UINT64_C(0xaaaaaaaaaaaaaaaa) : z;
}

void irqp_stream_init(struct irqp_stream *stream, uint64_t seed, uint64_t batch, uint32_t source,
                      uint32_t class)
{
    const uint64_t key[3] = {seed, batch, (uint64_t)source << 32 | class};
    /* Both mixers map zero to zero; the odd constants (golden ratio, square root of two) keep them off it. */
    uint64_t start = 0, gamma = 0;
    for (int i = 0; i < 3; i++) {
        start = irqp_mix64((start ^ key[i]) + UINT64_C(0x9e3779b97f4a7c15));
        gamma = mix_gamma((gamma ^ key[i]) + UINT64_C(0x6a09e667f3bcc909));
    }
    stream->state = start;
    stream->gamma = usable_gamma(gamma);
}

/* ---- as a generator of GSL ---- */

static void set(void *state, unsigned long seed)
{
    irqp_stream_init(state, seed, 0, 0, 0);
}

static unsigned long get(void *state)
{
    return (unsigned long)(irqp_stream_next(state) >> (64 - CHAR_BIT * sizeof(unsigned long)));
}

static double get_double(void *state)
{
    return (double)(irqp_stream_next(state) >> 11) * 0x1p-53;
}

static const gsl_rng_type stream_type = {
    .name = "irqp_stream",
    .max = ULONG_MAX,
    .min = 0,
    .size = sizeof(struct irqp_stream),
    .set = set,
    .get = get,
    .get_double = get_double,
};

const gsl_rng_type *const irqp_rng_stream = &stream_type;
