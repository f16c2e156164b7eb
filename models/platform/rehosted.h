/* What the tables of the rehosted platform share. */
#ifndef MODELS_PLATFORM_REHOSTED_H
#define MODELS_PLATFORM_REHOSTED_H

#include "models/machine.h"

/* A call of the guest into the microkernel, and one that opens the microkernel's lock. */
enum { CALL = MICROKERNEL | IRQP_STEP_IRQS_OFF, LONG_CALL = MICROKERNEL_OPEN | IRQP_STEP_IRQS_OFF };

/* models/platform/address_spaces.c: creation and destruction of tasks, by the design. */
void address_spaces_rules(const struct machine *machine, struct irqp_platform_rules *rules);
void address_spaces_link(const struct machine *machine, struct irqp_linker *linker);

#endif
