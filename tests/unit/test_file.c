/* Files are written whole or not at all. */
#include "irqpath/file.h"

#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

struct place {
    char directory[64], file[96];
    struct irqp_diagnostics diagnostics;
};

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    strcpy(place->directory, "/tmp/irqpath-file-XXXXXX");
    if (!mkdtemp(place->directory))
        return -1;
    snprintf(place->file, sizeof place->file, "%s/result", place->directory);
    irqp_diagnostics_init(&place->diagnostics);
    *state = place;
    return 0;
}

/* Deletes the files of a directory and tells how many there were. */
static size_t empty(const char *directory)
{
    size_t count = 0;
    DIR *stream = opendir(directory);
    assert_non_null(stream);
    for (struct dirent *entry; (entry = readdir(stream));) {
        char path[400];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
        remove(path);
        count++;
    }
    closedir(stream);
    return count;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    empty(place->directory);
    rmdir(place->directory);
    irqp_diagnostics_fini(&place->diagnostics);
    free(place);
    return 0;
}

static void assert_content(struct place *place, const char *content)
{
    struct irqp_text text;
    assert_int_equal(irqp_text_read(&text, place->file, &place->diagnostics), IRQP_OK);
    assert_string_equal(text.data, content);
    assert_int_equal(text.size, strlen(content));
    irqp_text_fini(&text);
}

static void writes_and_replaces(void **state)
{
    struct place *place = *state;
    assert_int_equal(irqp_file_write(place->file, "one", 3, &place->diagnostics), IRQP_OK);
    assert_content(place, "one");
    assert_int_equal(irqp_file_write(place->file, "", 0, &place->diagnostics), IRQP_OK);
    assert_content(place, "");
    assert_int_equal(irqp_file_write(place->file, "three", 5, &place->diagnostics), IRQP_OK);
    assert_content(place, "three");
    assert_int_equal(place->diagnostics.count, 0);
    assert_int_equal(empty(place->directory), 1);
}

static void file_obeys_the_umask(void **state)
{
    struct place *place = *state;
    struct stat status;
    mode_t before = umask(027);
    assert_int_equal(irqp_file_write(place->file, "one", 3, &place->diagnostics), IRQP_OK);
    umask(before);
    assert_int_equal(stat(place->file, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0640);
}

static void bad_places_are_errors(void **state)
{
    struct place *place = *state;
    char inside[128];
    snprintf(inside, sizeof inside, "%s/no/such", place->directory);
    assert_int_equal(irqp_file_write(inside, "one", 3, &place->diagnostics), IRQP_IO);
    assert_non_null(strstr(place->diagnostics.items[0].message, "No such file or directory"));
    assert_non_null(strstr(place->diagnostics.items[0].message, inside));
    assert_int_equal(irqp_file_write(place->directory, "one", 3, &place->diagnostics), IRQP_IO);
    assert_int_equal(irqp_file_write("/dev/null", "one", 3, &place->diagnostics), IRQP_IO);
    assert_int_equal(irqp_file_write("", "one", 3, &place->diagnostics), IRQP_IO);
    assert_int_equal(place->diagnostics.errors, 4);
    assert_int_equal(empty(place->directory), 0);
}

/* A full disk: the kernel refuses to let a file grow past a limit. */
static void full_disk_leaves_the_old_file(void **state)
{
    struct place *place = *state;
    static char large[1 << 16];
    memset(large, 'x', sizeof large);
    assert_int_equal(irqp_file_write(place->file, "old", 3, &place->diagnostics), IRQP_OK);

    struct rlimit before, limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = sizeof large / 2;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    enum irqp_status status = irqp_file_write(place->file, large, sizeof large, &place->diagnostics);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, handler);

    assert_int_equal(status, IRQP_IO);
    assert_non_null(strstr(place->diagnostics.items[0].message, "File too large"));
    assert_content(place, "old");
    assert_int_equal(empty(place->directory), 1);
}

static _Noreturn void write_for_ever(struct place *place, char *content, size_t size)
{
    for (int letter = 'a';; letter = letter == 'z' ? 'a' : letter + 1) {
        memset(content, letter, size);
        irqp_file_write(place->file, content, size, &place->diagnostics);
    }
}

/* Killed at any moment, the writer leaves the file as it was or as it is to be. */
static void a_kill_leaves_a_whole_file(void **state)
{
    struct place *place = *state;
    enum { SIZE = 1 << 20, KILLS = 20 };
    char *content = malloc(SIZE);
    assert_non_null(content);
    memset(content, 'a', SIZE);
    assert_int_equal(irqp_file_write(place->file, content, SIZE, &place->diagnostics), IRQP_OK);
    for (int kills = 0; kills < KILLS; kills++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0)
            write_for_ever(place, content, SIZE);
        nanosleep(&(struct timespec){.tv_nsec = 1000000L * (1 + kills)}, NULL);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        struct irqp_text text;
        assert_int_equal(irqp_text_read(&text, place->file, &place->diagnostics), IRQP_OK);
        assert_int_equal(text.size, SIZE);
        assert_memory_equal(text.data, text.data + 1, SIZE - 1);
        irqp_text_fini(&text);
    }
    free(content);
}

static void makes_directories(void **state)
{
    struct place *place = *state;
    char deep[128], above[128];
    snprintf(above, sizeof above, "%s/a", place->directory);
    snprintf(deep, sizeof deep, "%s/a//b/", place->directory);
    assert_int_equal(irqp_directory_make(deep, &place->diagnostics), IRQP_OK);
    assert_int_equal(irqp_directory_make(deep, &place->diagnostics), IRQP_OK);
    assert_int_equal(irqp_directory_make("/", &place->diagnostics), IRQP_OK);
    assert_int_equal(irqp_directory_make(".", &place->diagnostics), IRQP_OK);
    assert_int_equal(rmdir(deep), 0);
    assert_int_equal(irqp_file_write(place->file, "one", 3, &place->diagnostics), IRQP_OK);
    assert_int_equal(irqp_directory_make(place->file, &place->diagnostics), IRQP_IO);
    assert_non_null(strstr(place->diagnostics.items[0].message, "Not a directory"));
    assert_int_equal(irqp_directory_make("", &place->diagnostics), IRQP_IO);
    assert_int_equal(rmdir(above), 0);
}

static void write_gzip(const char *file, const char *content)
{
    gzFile out = gzopen(file, "wb");
    assert_non_null(out);
    assert_int_equal(gzwrite(out, content, (unsigned)strlen(content)), strlen(content));
    assert_int_equal(gzclose(out), Z_OK);
}

static void reads_compressed_files(void **state)
{
    struct place *place = *state;
    write_gzip(place->file, "# Histogram\n000001 000002\n");
    assert_content(place, "# Histogram\n000001 000002\n");
}

static void damaged_compressed_files_are_errors(void **state)
{
    struct place *place = *state;
    char content[4096];
    for (size_t i = 0; i < sizeof content - 1; i++)
        content[i] = (char)('a' + i * i % 23);
    content[sizeof content - 1] = '\0';
    write_gzip(place->file, content);
    struct stat status;
    struct irqp_text text;
    assert_int_equal(stat(place->file, &status), 0);
    assert_int_equal(truncate(place->file, status.st_size / 2), 0);
    assert_int_equal(irqp_text_read(&text, place->file, &place->diagnostics), IRQP_INPUT);
    assert_non_null(strstr(place->diagnostics.items[0].message, "cut off"));
    irqp_text_fini(&text);

    FILE *out = fopen(place->file, "wb");
    assert_non_null(out);
    fputs("\x1f\x8b\x08 and then something else altogether", out);
    fclose(out);
    assert_int_equal(irqp_text_read(&text, place->file, &place->diagnostics), IRQP_INPUT);
    irqp_text_fini(&text);
    assert_int_equal(place->diagnostics.errors, 2);
}

static void unreadable_files_are_errors(void **state)
{
    struct place *place = *state;
    struct irqp_text text;
    assert_int_equal(irqp_text_read(&text, place->file, &place->diagnostics), IRQP_IO);
    assert_non_null(strstr(place->diagnostics.items[0].message, "No such file"));
    irqp_text_fini(&text);
    assert_int_equal(irqp_text_read(&text, place->directory, &place->diagnostics), IRQP_IO);
    assert_non_null(strstr(place->diagnostics.items[1].message, "Is a directory"));
    irqp_text_fini(&text);
}

static void places_show_their_line(void **state)
{
    struct place *place = *state;
    char content[] = "one\ntwo\nthree";
    struct irqp_text text = {"file", content, strlen(content)};
    struct irqp_diagnostics *diagnostics = &place->diagnostics;
    irqp_diagnose_text(diagnostics, IRQP_ERROR, &text, 2, 1, 3, "second");
    irqp_diagnose_text(diagnostics, IRQP_WARNING, &text, 3, 1, 5, "third");
    irqp_diagnose_text(diagnostics, IRQP_ERROR, &text, 9, 1, 1, "none");
    irqp_diagnose_text(diagnostics, IRQP_ERROR, &text, 0, 0, 1, "all");
    assert_string_equal(diagnostics->items[0].place.text, "two");
    assert_string_equal(diagnostics->items[1].place.text, "three");
    assert_null(diagnostics->items[2].place.text);
    assert_null(diagnostics->items[3].place.text);
    assert_string_equal(diagnostics->items[3].place.file, "file");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(writes_and_replaces),         TEST(file_obeys_the_umask),
        TEST(bad_places_are_errors),       TEST(full_disk_leaves_the_old_file),
        TEST(a_kill_leaves_a_whole_file),  TEST(makes_directories),
        TEST(reads_compressed_files),      TEST(damaged_compressed_files_are_errors),
        TEST(unreadable_files_are_errors), TEST(places_show_their_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
