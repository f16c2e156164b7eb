/* Memory that ends all at once: a scenario is made of thousands of small things with one life. */
#include "sim/scenario/internal.h"
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 16384 };

struct scenario_chunk {
    struct scenario_chunk *next;
    size_t used, size;
    max_align_t bytes[];
};

void *scenario_alloc(struct scenario_arena *arena, size_t size)
{
    size_t unit = sizeof(max_align_t), needed = (size + unit - 1) / unit * unit;
    struct scenario_chunk *chunk = arena->chunks;
    if (!chunk || chunk->size - chunk->used < needed) {
        size_t room = needed > CHUNK ? needed : CHUNK;
        chunk = calloc(1, sizeof *chunk + room);
        if (!chunk) {
            arena->failed = true;
            return NULL;
        }
        chunk->size = room;
        chunk->next = arena->chunks;
        arena->chunks = chunk;
    }
    void *memory = (char *)chunk->bytes + chunk->used;
    chunk->used += needed;
    return memory;
}

char *scenario_copy(struct scenario_arena *arena, const char *text, size_t length)
{
    char *copy = scenario_alloc(arena, length + 1);
    if (copy)
        memcpy(copy, text, length);
    return copy;
}

char *scenario_format(struct scenario_arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = length < 0 ? NULL : scenario_alloc(arena, (size_t)length + 1);
    if (!text)
        return NULL;
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}

void scenario_arena_free(struct scenario_arena *arena)
{
    for (struct scenario_chunk *chunk = arena->chunks, *next; chunk; chunk = next) {
        next = chunk->next;
        free(chunk);
    }
    *arena = (struct scenario_arena){0};
}
