/* The entries of the parameter registry. */
#include "parameters.h"
#include "expect.h"
#include "load/language.h"
#include <stddef.h>

static const struct irqp_parameter parameters[PARAMETER_COUNT] = {
#define PARAMETER_ENTRY(ID, path, kind, fallback, minimum, maximum, choices, doc, source)                    \
    [P_##ID] = {path, IRQP_##kind, fallback, minimum, maximum, choices, doc, source},
    PARAMETERS(PARAMETER_ENTRY)
#undef PARAMETER_ENTRY
};

const struct irqp_registry parameter_registry = {parameters, PARAMETER_COUNT};
