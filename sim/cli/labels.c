#include "sim/cli/report.h"

#include <stdlib.h>
#include <string.h>

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Bytes that the names have in common at their beginning and at their end, up to a '-', and never a whole
 * name. */
static void common(const struct irqp_result_file *results, size_t count, size_t *head, size_t *tail)
{
    const char *first = results[0].manifest.name;
    size_t length = strlen(first);
    *head = *tail = count > 1 ? length : 0;
    for (size_t i = 1; i < count; i++) {
        const char *name = results[i].manifest.name;
        size_t size = strlen(name), from_start = 0, from_end = 0;
        while (from_start < smaller(size, length) && name[from_start] == first[from_start])
            from_start++;
        while (from_end < smaller(size, length) && name[size - 1 - from_end] == first[length - 1 - from_end])
            from_end++;
        *head = smaller(*head, smaller(from_start, size - 1));
        *tail = smaller(*tail, smaller(from_end, size - 1));
    }
    *head = smaller(*head, length - 1);
    while (*head > 0 && first[*head - 1] != '-')
        --*head;
    while (*tail > 0 && first[length - *tail] != '-')
        --*tail;
    for (size_t i = 0; i < count; i++)
        if (*head + *tail >= strlen(results[i].manifest.name))
            *tail = 0;
}

char **cli_labels(const struct irqp_result_file *results, size_t count, size_t most)
{
    char **labels = cli_allocate(NULL, count, sizeof *labels);
    size_t head, tail;
    common(results, count, &head, &tail);
    for (size_t i = 0; i < count; i++) {
        const char *name = results[i].manifest.name;
        char *own = cli_format("%.*s", (int)(strlen(name) - head - tail), name + head);
        labels[i] = cli_shorten(own, most);
        free(own);
    }
    return labels;
}

void cli_labels_free(char **labels, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(labels[i]);
    free(labels);
}
