/* The model that irqpath is about: the interrupt path of Linux with PREEMPT_RT, native and rehosted. */
#ifndef IRQPATH_INTERRUPT_PATH_H
#define IRQPATH_INTERRUPT_PATH_H

#include "irqpath/model.h"

extern const struct irqp_model irqp_interrupt_path;

#endif
