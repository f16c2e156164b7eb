/* What the readers of JSON share: loading with diagnostics, and exact integers. Internal. */
#ifndef SIM_JSON_H
#define SIM_JSON_H

#include "irqpath/file.h"
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

__extension__ typedef __int128 irqpi_wide;

/* The document of a text, which the caller releases with json_decref; NULL with an error that shows its place
 * in diagnostics. A key that stands twice in an object is an error. */
json_t *irqpi_json_load(const struct irqp_text *text, struct irqp_diagnostics *diagnostics);

/* An integer of any size as a JSON value: a number if it fits into 64 bits with sign, else a decimal string.
 * NULL without memory. */
json_t *irqpi_json_integer(irqpi_wide value);
/* Reads such a value back; false if it is none. */
bool irqpi_json_is_integer(const json_t *json, irqpi_wide *value);

#endif
