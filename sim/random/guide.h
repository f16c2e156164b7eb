/* Finding where a number falls among many that ascend from 0: a guide says for each cell of equal size where
 * to begin, and halving does the rest.
 */
#ifndef IRQPATH_RANDOM_GUIDE_H
#define IRQPATH_RANDOM_GUIDE_H

#include <stddef.h>
#include <stdint.h>

/* For 2^bits cells, and one entry more; begin[0] is 0, count at least 1. */
static inline void guide_make(uint32_t *guide, unsigned bits, const uint64_t *begin, size_t count)
{
    size_t at = 0;
    for (uint64_t cell = 0; cell < UINT64_C(1) << bits; cell++) {
        while (at + 1 < count && begin[at + 1] <= cell << (64 - bits))
            at++;
        guide[cell] = (uint32_t)at;
    }
    guide[UINT64_C(1) << bits] = (uint32_t)(count - 1);
}

/* The last that begins at or before u: halving without branches that could be mispredicted. */
static inline size_t guide_find(const uint32_t *guide, unsigned bits, const uint64_t *begin, uint64_t u)
{
    uint64_t cell = u >> (64 - bits);
    size_t at = guide[cell], span = guide[cell + 1] - at + 1;
    while (span > 1) {
        size_t half = span / 2;
        at += begin[at + half] <= u ? half : 0;
        span -= half;
    }
    return at;
}

#endif
