/* Decoding UTF-8, for the reader of scenarios, which must reject what is not, and for messages, which must
 * survive it. */
#ifndef IRQPATH_SIM_UTF8_H
#define IRQPATH_SIM_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* The length in bytes of the character at text, of which at most `left` bytes may be read, with its code
 * point in *code; 0 if no well-formed character stands there (overlong forms and surrogates are not
 * well-formed). */
static inline size_t irqp_utf8_decode(const char *text, size_t left, uint32_t *code)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *byte = (const unsigned char *)text;
    if (left == 0)
        return 0;
    size_t length = byte[0] < 0x80 ? 1 : byte[0] < 0xc0 ? 0 : byte[0] < 0xe0 ? 2 : byte[0] < 0xf0 ? 3 : 4;
    if (length == 0 || length > left || byte[0] > 0xf4)
        return 0;
    uint32_t value = length == 1 ? byte[0] : byte[0] & (0xffu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((byte[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (byte[i] & 0x3f);
    }
    if (value < smallest[length] || (value >= 0xd800 && value < 0xe000) || value > 0x10ffff)
        return 0;
    *code = value;
    return length;
}

/* Whether a character may stand in a YAML file and in a message: printable, and no line break that editors do
 * not count (NEL, LS, PS). Tab is not among them; line feed and carriage return are neither. */
static inline int irqp_utf8_printable(uint32_t code)
{
    return (code >= 0x20 && code < 0x7f) || (code >= 0xa0 && code != 0x2028 && code != 0x2029 &&
                                             code != 0xfeff && code != 0xfffe && code != 0xffff);
}

#endif
