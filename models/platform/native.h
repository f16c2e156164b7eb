/* What stripped native shares with native. */
#ifndef MODELS_PLATFORM_NATIVE_H
#define MODELS_PLATFORM_NATIVE_H

#include "models/run.h"

void native_rules(const struct machine *machine, struct irqp_platform_rules *rules);
void native_link(const struct machine *machine, struct irqp_linker *linker);
void native_accept(struct irqp_cpu *cpu, unsigned line);
void native_attend(struct irqp_cpu *cpu, uint16_t bits);

#endif
