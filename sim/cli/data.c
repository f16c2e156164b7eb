/* Where the program's data are: the shipped scenarios and the templates of pictures. */
#include "sim/cli/load.h"
#include "sim/cli/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FOLDERS = 3, PATH_ROOM = 4096 };

/* The folder that the program was started from; the caller frees it; NULL if that cannot be told. */
static char *program_folder(void)
{
    char path[PATH_ROOM];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path);
    if (length <= 0 || (size_t)length == sizeof path)
        return NULL;
    path[length] = '\0';
    char *slash = strrchr(path, '/');
    return slash && slash > path ? cli_format("%.*s", (int)(slash - path), path) : NULL;
}

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static bool same_folder(const char *a, const char *b)
{
    struct stat one, other;
    return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
}

/* $IRQPATH_DATA; share/irqpath beside the program's folder; the source tree, for a program that was not
 * installed: an installed one must not depend on a tree that may go or change. */
static char *data_folder(int which)
{
    const char *given = getenv("IRQPATH_DATA");
    if (which == 0)
        return given && *given ? cli_format("%s", given) : NULL;
    char *program = program_folder(), *folder = NULL;
    if (program && which == 1) {
        char *beside = cli_format("%.*s/share/irqpath", (int)(strrchr(program, '/') - program), program);
        if (is_folder(beside))
            folder = beside;
        else
            free(beside);
    } else if (program && same_folder(program, IRQPATH_BUILD_DIR)) {
        folder = cli_format("%s", IRQPATH_SOURCE_DIR);
    }
    free(program);
    return folder;
}

char *cli_data_file(const char *name)
{
    char *found = NULL;
    for (int i = 0; i < FOLDERS && !found; i++) {
        char *folder = data_folder(i), *file = folder ? cli_format("%s/%s", folder, name) : NULL;
        if (file && access(file, R_OK) == 0)
            found = file;
        else
            free(file);
        free(folder);
    }
    return found;
}

void cli_data_missing(const char *name)
{
    cli_message("'%s' is not installed; IRQPATH_DATA may name the folder that holds it", name);
}

char *cli_search_path(void)
{
    const char *given = getenv("IRQPATH_PATH");
    char *path = cli_format("%s", given ? given : "");
    for (int i = 0; i < FOLDERS; i++) {
        char *folder = data_folder(i);
        if (folder) {
            char *longer = cli_format("%s%s%s/scenarios", path, *path ? ":" : "", folder);
            free(path);
            path = longer;
        }
        free(folder);
    }
    return path;
}

char *cli_find(const char *name)
{
    char *search = cli_search_path(), *found = NULL;
    bool here = *name == '/' || strcmp(name, "-") == 0 || access(name, F_OK) == 0 || errno != ENOENT;
    for (char *rest = search, *folder; !here && !found && (folder = strtok_r(rest, ":", &rest));) {
        char *file = cli_format("%s/%s", folder, name);
        if (access(file, F_OK) == 0)
            found = file;
        else
            free(file);
    }
    free(search);
    return found ? found : cli_format("%s", name);
}

const char *cli_short_name(const char *file)
{
    const char *name = file;
    for (int i = 0; i < FOLDERS && name == file; i++) {
        char *folder = data_folder(i), *scenarios = folder ? cli_format("%s/scenarios/", folder) : NULL;
        if (scenarios && strncmp(file, scenarios, strlen(scenarios)) == 0)
            name = file + strlen(scenarios);
        free(scenarios);
        free(folder);
    }
    return name;
}
