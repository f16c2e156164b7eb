/* Random streams: counter hashes keyed by (seed, batch, source, class).
 *
 * The n-th number of a stream is mix(start + n * gamma), with start and the odd gamma hashed from the key
 * (the construction of SplittableRandom, Steele, Lea and Flood 2014; mix is its 64-bit finaliser). A stream
 * is 16 bytes, is made in a few nanoseconds, and does not depend on what any other stream did: two designs
 * compared with one seed see the same load.
 */
#ifndef IRQPATH_RANDOM_H
#define IRQPATH_RANDOM_H

#include <gsl/gsl_rng.h>
#include <stdint.h>

struct irqp_stream {
    uint64_t state, gamma;
};

/* source: who draws (a thread, a device); class: what for, so that a platform's draws never shift
 * a load's. */
void irqp_stream_init(struct irqp_stream *stream, uint64_t seed, uint64_t batch, uint32_t source,
                      uint32_t class);

static inline uint64_t irqp_mix64(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* The next number, uniform over all 64-bit values. */
static inline uint64_t irqp_stream_next(struct irqp_stream *stream)
{
    return irqp_mix64(stream->state += stream->gamma);
}

/* Uniform in [0, n), n > 0, integers only; its bias is below n / 2^64. */
static inline uint64_t irqp_stream_below(struct irqp_stream *stream, uint64_t n)
{
    __extension__ typedef unsigned __int128 wide;
    return (uint64_t)(((wide)irqp_stream_next(stream) * n) >> 64);
}

/* The same generator as a gsl_rng type, for GSL's own algorithms outside the run (bootstrap, calibration).
 * gsl_rng_set gives the stream (seed, 0, 0, 0). */
extern const gsl_rng_type *const irqp_rng_stream;

/* Turns off GSL's error handler, which would abort the program; GSL's functions then return codes or NaN.
 * Called at the start of everything in the library that uses GSL; any thread, any number of times. */
void irqp_gsl_quiet(void);

#endif
