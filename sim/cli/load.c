#include "sim/cli/load.h"
#include "irqpath/file.h"
#include "sim/cli/text.h"

#include <stdlib.h>
#include <string.h>

/* Whether an override is of no parameter. */
static bool unknown_override(const struct irqp_diagnostics *diagnostics)
{
    for (size_t i = 0; i < diagnostics->count; i++) {
        const struct irqp_diagnostic *item = &diagnostics->items[i];
        if (item->place.file && strcmp(item->place.file, "--set") == 0 &&
            strncmp(item->message, "unknown key", strlen("unknown key")) == 0)
            return true;
    }
    return false;
}

enum irqp_status cli_load(struct cli_loaded *loaded, const struct cli *cli, const char *file,
                          const struct cli_list *overrides)
{
    struct irqp_diagnostics diagnostics;
    char *search = cli_search_path(), *found = cli_find(file);
    *loaded = (struct cli_loaded){0};
    irqp_diagnostics_init(&diagnostics);
    enum irqp_status status = irqp_scenario_load(&loaded->scenario, cli->model->registry, found,
                                                 overrides->items, overrides->count, search, &diagnostics);
    if (status == IRQP_OK)
        status = cli->model->link(&loaded->machine, loaded->scenario, &diagnostics);
    struct irqp_evidence of = {cli->model, loaded->scenario, loaded->machine, NULL};
    if (status == IRQP_OK)
        status = irqp_expectations_read(&loaded->expectations, &of, search, &diagnostics);
    if (status != IRQP_OK && diagnostics.errors == 0)
        irqp_diagnose(&diagnostics, IRQP_ERROR, NULL, "%s: %s", file, irqp_status_text(status));
    loaded->file = found;
    if (status != IRQP_OK)
        cli_unload(loaded, cli);
    bool unknown = unknown_override(&diagnostics);
    cli_print_diagnostics(&diagnostics);
    if (unknown)
        fputs("irqpath help lists the parameters.\n", stderr);
    char *shipped = cli_data_file("scenarios");
    if (status == IRQP_INPUT && !shipped)
        cli_data_missing("scenarios");
    free(shipped);
    free(search);
    return status;
}

void cli_unload(struct cli_loaded *loaded, const struct cli *cli)
{
    irqp_expectations_fini(&loaded->expectations);
    if (loaded->machine)
        cli->model->unlink(loaded->machine);
    irqp_scenario_free(loaded->scenario);
    free(loaded->file);
    *loaded = (struct cli_loaded){0};
}

enum irqp_status cli_load_all(struct cli_loaded **loaded, const struct cli *cli, const struct cli_list *files,
                              const struct cli_list *overrides)
{
    enum irqp_status worst = IRQP_OK;
    *loaded = cli_allocate(NULL, files->count, sizeof **loaded);
    for (size_t i = 0; i < files->count; i++) {
        enum irqp_status status = cli_load(&(*loaded)[i], cli, files->items[i], overrides);
        worst = status > worst ? status : worst;
    }
    return worst;
}

void cli_unload_all(struct cli_loaded *loaded, const struct cli *cli, size_t count)
{
    for (size_t i = 0; i < count; i++)
        cli_unload(&loaded[i], cli);
    free(loaded);
}

enum irqp_status cli_input_status(enum irqp_status status)
{
    return status == IRQP_IO ? IRQP_INPUT : status;
}

static bool ends_in(const char *file, const char *extension)
{
    size_t length = strlen(file), size = strlen(extension);
    return length > size && strcmp(file + length - size, extension) == 0;
}

/* Says what to do with a file that is of irqpath, but not a result; false if it may be one. */
static bool mistaken(const char *file)
{
    if (ends_in(file, ".yaml") || ends_in(file, ".yml")) {
        cli_message("'%s' is a scenario: run it first: irqpath run %s -o DIR", file, file);
        return true;
    }
    if (ends_in(file, ".hist")) {
        cli_message(
            "'%s' is a histogram without what belongs to it: use '%.*s.json', which irqpath run -o wrote "
            "beside it",
            file, (int)(strlen(file) - strlen(".hist")), file);
        return true;
    }
    return false;
}

bool cli_is_result(const char *file)
{
    struct irqp_diagnostics quiet; /* whoever reads the file for good reports what is wrong with it */
    struct irqp_text text;
    irqp_diagnostics_init(&quiet);
    bool result = irqp_text_read(&text, file, &quiet) == IRQP_OK && irqp_result_file_recognises(text.data);
    irqp_text_fini(&text);
    irqp_diagnostics_fini(&quiet);
    return result;
}

enum irqp_status cli_read_result(struct irqp_result_file *result, const char *file)
{
    struct irqp_diagnostics diagnostics;
    *result = (struct irqp_result_file){.document = NULL};
    if (mistaken(file))
        return IRQP_INPUT;
    irqp_diagnostics_init(&diagnostics);
    enum irqp_status status = cli_input_status(irqp_result_file_read(result, file, &diagnostics));
    if (status == IRQP_OK && result->run.result.thread.total == 0) {
        irqp_diagnose(&diagnostics, IRQP_ERROR, NULL, "'%s' holds no samples", file);
        status = IRQP_INPUT;
    }
    cli_print_diagnostics(&diagnostics);
    return status;
}
