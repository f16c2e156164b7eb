#include "sim/json.h"

json_t *irqpi_json_load(const struct irqp_text *text, struct irqp_diagnostics *diagnostics)
{
    json_error_t error;
    json_t *root = json_loadb(text->data, text->size, JSON_REJECT_DUPLICATES, &error);
    if (!root)
        irqp_diagnose_text(diagnostics, IRQP_ERROR, text, error.line < 1 ? 1 : error.line,
                           error.column < 1 ? 1 : error.column, 1, "not valid JSON: %s", error.text);
    return root;
}

json_t *irqpi_json_integer(irqpi_wide value)
{
    if (value >= INT64_MIN && value <= INT64_MAX)
        return json_integer((json_int_t)value);
    char digits[48], *digit = digits + sizeof digits;
    __extension__ unsigned __int128 left = (unsigned __int128)value;
    if (value < 0)
        left = -left;
    *--digit = '\0';
    for (; left > 0; left /= 10)
        *--digit = (char)('0' + (int)(left % 10));
    if (value < 0)
        *--digit = '-';
    return json_string(digit);
}

bool irqpi_json_is_integer(const json_t *json, irqpi_wide *value)
{
    enum { DIGITS_MAX = 38 }; /* of any that 128 bits with sign can hold */
    if (json_is_integer(json)) {
        *value = json_integer_value(json);
        return true;
    }
    const char *text = json_string_value(json);
    if (!text)
        return false;
    bool negative = *text == '-';
    irqpi_wide magnitude = 0;
    int digits = 0;
    for (text += negative; *text >= '0' && *text <= '9' && digits < DIGITS_MAX; text++, digits++)
        magnitude = magnitude * 10 + (*text - '0');
    if (digits == 0 || *text != '\0')
        return false;
    *value = negative ? -magnitude : magnitude;
    return true;
}
