/* Simulated time: a signed 64-bit count of picoseconds (range +-106 days).
 *
 * Picoseconds divide the periods that matter without rest in practice: one cycle at 2.7 GHz is 370.37 ps, one
 * tick of a 14.318 MHz HPET 69 841 ps.
 */
#ifndef IRQPATH_TIME_H
#define IRQPATH_TIME_H

#include <stdint.h>

typedef int64_t irqp_time;

#define IRQP_NEVER INT64_MAX /* the time of an event that is not armed */
#define IRQP_PS    INT64_C(1)
#define IRQP_NS    INT64_C(1000)
#define IRQP_US    INT64_C(1000000)
#define IRQP_MS    INT64_C(1000000000)
#define IRQP_S     INT64_C(1000000000000)

#endif
