#include "sim/cli/picture.h"
#include "irqpath/file.h"
#include "sim/cli/load.h"
#include "sim/cli/text.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* ---- the script ---- */

static const char markup[] = "_^{}@&~\\"; /* what has a meaning in a drawn text */

static enum irqp_status split_formats(struct cli_picture *picture, const char *formats)
{
    static const char *const known[] = {"png", "svg", "pdf"};
    picture->format_words = cli_format("%s", formats);
    for (char *rest = picture->format_words, *word; (word = strtok_r(rest, ", ", &rest));) {
        bool found = false;
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            found |= strcmp(word, known[i]) == 0;
        if (!found) {
            cli_message("there is no picture format '%s': png, svg and pdf are known", word);
            return IRQP_USAGE;
        }
        struct cli_list *list = &picture->formats;
        list->items = cli_allocate(list->items, list->count + 1, sizeof *list->items);
        list->items[list->count++] = word;
    }
    return IRQP_OK;
}

/* In single quotes gnuplot takes everything literally but the quote itself; what it draws as markup is
 * escaped by a backslash. */
static void print_quoted(FILE *out, const char *text, const char *escaped)
{
    fputc('\'', out);
    for (; *text; text++) {
        if (strchr(escaped, *text))
            fputc('\\', out);
        if (*text == '\'')
            fputc('\'', out);
        fputc((unsigned char)*text < ' ' ? ' ' : *text, out);
    }
    fputc('\'', out);
}

enum irqp_status cli_picture_init(struct cli_picture *picture, const char *prefix, const char *formats)
{
    *picture = (struct cli_picture){.prefix = prefix};
    enum irqp_status status = split_formats(picture, formats ? formats : "png,svg,pdf");
    if (status != IRQP_OK)
        return status;
    const char *slash = strrchr(prefix, '/'), *name = slash ? slash + 1 : prefix;
    picture->script = open_memstream(&picture->text, &picture->size);
    if (!picture->script)
        return IRQP_NO_MEMORY;
    fprintf(picture->script,
            "# A picture of irqpath " IRQPATH_VERSION ", with its data: gnuplot %s.gp draws %s.png,\n"
            "# gnuplot -e \"format='svg'\" %s.gp another format (png, svg, pdf).\n"
            "if (!exists(\"format\")) format = 'png'\n",
            name, name, name);
    fputs("name = ", picture->script);
    print_quoted(picture->script, name, "");
    fputs("\nif (!exists(\"output\")) output = name . '.' . format\n", picture->script);
    return IRQP_OK;
}

void cli_picture_fini(struct cli_picture *picture)
{
    if (picture->script)
        fclose(picture->script);
    free(picture->text);
    free(picture->formats.items);
    free(picture->format_words);
    *picture = (struct cli_picture){0};
}

void cli_picture_text(struct cli_picture *picture, const char *variable, const char *text)
{
    fprintf(picture->script, "%s = ", variable);
    print_quoted(picture->script, text, markup);
    fputc('\n', picture->script);
}

static void print_array(struct cli_picture *picture, const char *variable, char *const *texts, size_t count,
                        const char *escaped)
{
    fprintf(picture->script, "array %s[%zu]\n", variable, count);
    for (size_t i = 0; i < count; i++) {
        fprintf(picture->script, "%s[%zu] = ", variable, i + 1);
        print_quoted(picture->script, texts[i], escaped);
        fputc('\n', picture->script);
    }
}

void cli_picture_texts(struct cli_picture *picture, const char *variable, char *const *texts, size_t count)
{
    print_array(picture, variable, texts, count, markup);
}

void cli_picture_markups(struct cli_picture *picture, const char *variable, char *const *texts, size_t count)
{
    print_array(picture, variable, texts, count, "");
}

/* ---- gnuplot ---- */

struct drawing {
    char *data;
    size_t size;
};

static enum irqp_status failed(const char *what)
{
    cli_message("%s: %s", what, strerror(errno));
    return IRQP_IO;
}

/* Starts gnuplot, without a shell: it reads `script` as its standard input, by
 * name because it reads blocks from a file only, and writes the picture into `out`. */
static int start(pid_t *child, const char *format, int script, int out)
{
    posix_spawn_file_actions_t actions;
    char *setting = cli_format("format='%s'; output=''", format);
    char *const arguments[] = {"gnuplot", "-e", setting, "/dev/stdin", NULL};
    setenv("LC_ALL", "C.UTF-8", 1); /* the scripts are UTF-8, which gnuplot asks the locale for */
    int error = posix_spawn_file_actions_init(&actions);
    if (error == 0) {
        posix_spawn_file_actions_adddup2(&actions, script, STDIN_FILENO);
        posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
        error = posix_spawnp(child, "gnuplot", &actions, NULL, arguments, environ);
        posix_spawn_file_actions_destroy(&actions);
    }
    free(setting);
    return error;
}

static void read_all(int descriptor, struct drawing *drawing)
{
    char buffer[65536];
    ssize_t got;
    while ((got = read(descriptor, buffer, sizeof buffer)) > 0 || (got < 0 && errno == EINTR)) {
        if (got < 0)
            continue;
        drawing->data = cli_allocate(drawing->data, drawing->size + (size_t)got, 1);
        memcpy(drawing->data + drawing->size, buffer, (size_t)got);
        drawing->size += (size_t)got;
    }
}

static enum irqp_status finish(pid_t child, const struct drawing *drawing, const char *format)
{
    int result;
    while (waitpid(child, &result, 0) < 0)
        if (errno != EINTR)
            return failed("gnuplot");
    if (WIFEXITED(result) && WEXITSTATUS(result) == 127) {
        cli_message("gnuplot is not there; Debian's package is gnuplot-nox");
        return IRQP_IO;
    }
    if (!WIFEXITED(result) || WEXITSTATUS(result) != 0 || drawing->size == 0) {
        cli_message("gnuplot could not draw the picture (%s)", format);
        return IRQP_IO;
    }
    return IRQP_OK;
}

static enum irqp_status draw(struct drawing *drawing, const char *format, FILE *script)
{
    int ends[2];
    pid_t child;
    if (fflush(script) != 0 || lseek(fileno(script), 0, SEEK_SET) != 0 || pipe(ends) != 0)
        return failed("cannot start gnuplot");
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    int error = start(&child, format, fileno(script), ends[1]);
    close(ends[1]);
    if (error == 0)
        read_all(ends[0], drawing);
    close(ends[0]);
    if (error == 0)
        return finish(child, drawing, format);
    errno = error;
    return failed(error == ENOENT ? "gnuplot is not there (Debian's package is gnuplot-nox)" : "gnuplot");
}

/* ---- files ---- */

static enum irqp_status write_file(const struct cli_picture *picture, const char *extension, const void *data,
                                   size_t size)
{
    struct irqp_diagnostics diagnostics;
    char *file = cli_format("%s.%s", picture->prefix, extension);
    irqp_diagnostics_init(&diagnostics);
    enum irqp_status status = irqp_file_write(file, data, size, &diagnostics);
    if (status == IRQP_OK)
        puts(file);
    cli_print_diagnostics(&diagnostics);
    free(file);
    return status;
}

static enum irqp_status add_template(struct cli_picture *picture, const char *name)
{
    struct irqp_diagnostics diagnostics;
    struct irqp_text text;
    char *wanted = cli_format("plots/%s.gp", name), *file = cli_data_file(wanted);
    enum irqp_status status = IRQP_IO;
    irqp_diagnostics_init(&diagnostics);
    if (file) {
        status = irqp_text_read(&text, file, &diagnostics);
        if (status == IRQP_OK)
            fwrite(text.data, 1, text.size, picture->script);
        irqp_text_fini(&text);
    } else {
        cli_data_missing(wanted);
    }
    cli_print_diagnostics(&diagnostics);
    free(wanted);
    free(file);
    return status;
}

enum irqp_status cli_picture_draw(struct cli_picture *picture, const char *name)
{
    enum irqp_status status = add_template(picture, name);
    if (status != IRQP_OK)
        return status;
    FILE *script = tmpfile();
    if (!script || fflush(picture->script) != 0 ||
        fwrite(picture->text, 1, picture->size, script) != picture->size)
        status = failed("cannot make a temporary file");
    struct drawing *drawings = cli_allocate(NULL, picture->formats.count, sizeof *drawings);
    for (size_t i = 0; i < picture->formats.count; i++) {
        drawings[i] = (struct drawing){0};
        if (status == IRQP_OK)
            status = draw(&drawings[i], picture->formats.items[i], script);
    }
    if (status == IRQP_OK)
        status = write_file(picture, "gp", picture->text, picture->size);
    for (size_t i = 0; i < picture->formats.count; i++) {
        if (status == IRQP_OK)
            status = write_file(picture, picture->formats.items[i], drawings[i].data, drawings[i].size);
        free(drawings[i].data);
    }
    free(drawings);
    if (script)
        fclose(script);
    return status;
}
