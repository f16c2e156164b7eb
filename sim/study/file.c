#include "irqpath/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

static enum irqp_status report(struct irqp_diagnostics *diagnostics, const char *what, const char *file,
                               int error)
{
    char reason[128];
    if (strerror_r(error, reason, sizeof reason) != 0)
        snprintf(reason, sizeof reason, "error %d", error);
    irqp_diagnose(diagnostics, IRQP_ERROR, NULL, "cannot %s '%s': %s", what, file, reason);
    return error == ENOMEM ? IRQP_NO_MEMORY : IRQP_IO;
}

/* ---- writing ---- */

static int write_all(int descriptor, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t written = write(descriptor, data, size);
        if (written < 0 && errno != EINTR)
            return errno;
        if (written > 0) {
            data += written;
            size -= (size_t)written;
        }
    }
    return 0;
}

/* Fills a file that was just created and brings it to the disk; an errno or 0. */
static int fill(int descriptor, const void *data, size_t size)
{
    int error = write_all(descriptor, data, size);
    if (error == 0 && fsync(descriptor) != 0 && errno != EINVAL) /* EINVAL: nothing to flush to */
        error = errno;
    if (close(descriptor) != 0 && error == 0)
        error = errno;
    return error;
}

/* Creates a file next to `file` under a name that nobody has. mkstemp would do, but for its mode, which
 * forgets the umask. */
static int create_beside(const char *file, char *name, size_t room)
{
    int descriptor = -1;
    errno = EEXIST;
    for (unsigned attempt = 0; descriptor < 0 && errno == EEXIST && attempt < 1000; attempt++) {
        snprintf(name, room, "%s.%ld-%u.tmp", file, (long)getpid(), attempt);
        descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    }
    return descriptor;
}

/* Makes a rename last through a power failure; a file system that cannot do that is not an error. */
static void flush_directory_of(char *file)
{
    char *slash = strrchr(file, '/');
    if (slash)
        slash[slash == file] = '\0';
    int descriptor = open(slash ? file : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor >= 0) {
        fsync(descriptor);
        close(descriptor);
    }
}

enum irqp_status irqp_file_write(const char *file, const void *data, size_t size,
                                 struct irqp_diagnostics *diagnostics)
{
    struct stat status;
    if (stat(file, &status) == 0 && !S_ISREG(status.st_mode)) {
        irqp_diagnose(diagnostics, IRQP_ERROR, NULL, "cannot write '%s': it exists and is no regular file",
                      file);
        return IRQP_IO;
    }
    size_t room = strlen(file) + 48;
    char *temporary = malloc(room);
    if (!temporary)
        return report(diagnostics, "write", file, ENOMEM);
    int descriptor = create_beside(file, temporary, room);
    int error = descriptor < 0 ? errno : fill(descriptor, data, size);
    if (error == 0 && rename(temporary, file) != 0)
        error = errno;
    if (error != 0 && descriptor >= 0)
        unlink(temporary);
    if (error == 0)
        flush_directory_of(temporary);
    free(temporary);
    return error == 0 ? IRQP_OK : report(diagnostics, "write", file, error);
}

static int make_directory(const char *directory)
{
    struct stat status;
    if (mkdir(directory, 0777) == 0)
        return 0;
    int error = errno;
    if (error == EEXIST && stat(directory, &status) == 0)
        return S_ISDIR(status.st_mode) ? 0 : ENOTDIR;
    return error;
}

enum irqp_status irqp_directory_make(const char *directory, struct irqp_diagnostics *diagnostics)
{
    char *path = strdup(directory);
    if (!path)
        return report(diagnostics, "make directory", directory, ENOMEM);
    int error = 0;
    for (char *slash = path; error == 0 && (slash = strchr(slash, '/')); slash++) {
        if (slash == path)
            continue;
        *slash = '\0';
        error = make_directory(path);
        *slash = '/';
    }
    if (error == 0)
        error = make_directory(path);
    free(path);
    return error == 0 ? IRQP_OK : report(diagnostics, "make directory", directory, error);
}

/* ---- reading ---- */

/* Doubles the room of a text; false if it is full or memory is. */
static bool widen(struct irqp_text *text, size_t *room)
{
    size_t wider = *room ? *room * 2 : (size_t)1 << 16;
    char *data = *room < IRQP_TEXT_MAX ? realloc(text->data, wider + 1) : NULL;
    if (!data)
        return false;
    text->data = data;
    *room = wider;
    return true;
}

static enum irqp_status too_long(const struct irqp_text *text, struct irqp_diagnostics *diagnostics)
{
    if (text->size < IRQP_TEXT_MAX)
        return report(diagnostics, "read", text->file, ENOMEM);
    irqp_diagnose(diagnostics, IRQP_ERROR, NULL, "'%s' is longer than %zu MiB", text->file,
                  IRQP_TEXT_MAX >> 20);
    return IRQP_INPUT;
}

static enum irqp_status read_failed(gzFile input, const struct irqp_text *text,
                                    struct irqp_diagnostics *diagnostics)
{
    int error = errno, code;
    const char *message = gzerror(input, &code);
    if (code == Z_ERRNO)
        return report(diagnostics, "read", text->file, error);
    irqp_diagnose(diagnostics, IRQP_ERROR, NULL, "cannot unpack '%s': %s", text->file,
                  code == Z_BUF_ERROR ? "it is cut off" : message);
    return code == Z_MEM_ERROR ? IRQP_NO_MEMORY : IRQP_INPUT;
}

static enum irqp_status read_all(gzFile input, struct irqp_text *text, struct irqp_diagnostics *diagnostics)
{
    size_t room = 0;
    int got = 1;
    while (got > 0) {
        if (text->size == room && !widen(text, &room))
            return too_long(text, diagnostics);
        size_t chunk = room - text->size < 1 << 20 ? room - text->size : 1 << 20;
        got = gzread(input, text->data + text->size, (unsigned)chunk);
        if (got > 0)
            text->size += (size_t)got;
    }
    text->data[text->size] = '\0';
    int code;
    gzerror(input, &code); /* a cut end shows only here */
    return got < 0 || code != Z_OK ? read_failed(input, text, diagnostics) : IRQP_OK;
}

static gzFile open_input(const char *file, int *error)
{
    int descriptor = strcmp(file, "-") == 0 ? dup(STDIN_FILENO) : open(file, O_RDONLY | O_CLOEXEC);
    gzFile input = NULL;
    struct stat status;
    *error = errno;
    if (descriptor < 0)
        return NULL;
    if (fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode))
        *error = EISDIR;
    else if (!(input = gzdopen(descriptor, "rb")))
        *error = ENOMEM;
    if (!input)
        close(descriptor);
    return input;
}

enum irqp_status irqp_text_read(struct irqp_text *text, const char *file,
                                struct irqp_diagnostics *diagnostics)
{
    *text = (struct irqp_text){.file = strcmp(file, "-") == 0 ? "standard input" : file};
    int error;
    gzFile input = open_input(file, &error);
    if (!input)
        return report(diagnostics, "read", text->file, error);
    enum irqp_status status = read_all(input, text, diagnostics);
    gzclose_r(input);
    return status;
}

void irqp_text_fini(struct irqp_text *text)
{
    free(text->data);
    *text = (struct irqp_text){0};
}

/* ---- places ---- */

void irqp_diagnose_text(struct irqp_diagnostics *diagnostics, enum irqp_severity severity,
                        const struct irqp_text *text, int line, int column, int length, const char *format,
                        ...)
{
    enum { SHOWN = 200 };
    char message[512], shown[SHOWN + 1] = "";
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);

    struct irqp_place place = {text->file, line, column, length, NULL};
    const char *start = text->data;
    for (int i = 1; start && i < line; i++) {
        start = memchr(start, '\n', text->size - (size_t)(start - text->data));
        start = start ? start + 1 : NULL;
    }
    if (start && line > 0) {
        size_t left = text->size - (size_t)(start - text->data);
        const char *end = memchr(start, '\n', left);
        size_t size = end ? (size_t)(end - start) : left;
        memcpy(shown, start, size < SHOWN ? size : SHOWN);
        place.text = shown;
    }
    irqp_diagnose(diagnostics, severity, &place, "%s", message);
}
