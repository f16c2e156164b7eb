/* irqpath reproduce: runs all scenarios of a paper and says which of its claims the model meets. */
#include "irqpath/reproduce.h"
#include "irqpath/distance.h"
#include "irqpath/engine.h"
#include "irqpath/file.h"
#include "sim/cli/commands.h"
#include "sim/cli/expectations.h"
#include "sim/cli/plot.h"
#include "sim/cli/progress.h"
#include "sim/cli/simulate.h"
#include "sim/cli/table.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

struct values {
    struct cli_list set;
    const char *samples, *draws, *draw_samples, *seed, *output, *formats;
    unsigned threads;
    bool json, strict;
};

static const char claims_file[] = "claims.yaml";

/* ---- the folder ---- */

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Adds the scenarios of a folder; the claims are none. IRQP_INPUT if it is no folder. */
static enum irqp_status list_folder(struct cli_list *files, const char *folder)
{
    DIR *stream = opendir(folder);
    if (!stream)
        return IRQP_INPUT;
    for (struct dirent *entry; (entry = readdir(stream));) {
        const char *dot = strrchr(entry->d_name, '.');
        if (entry->d_name[0] == '.' || !dot || strcmp(dot, ".yaml") != 0 ||
            strcmp(entry->d_name, claims_file) == 0)
            continue;
        files->items = cli_allocate(files->items, files->count + 1, sizeof *files->items);
        files->items[files->count++] = cli_format("%s/%s", folder, entry->d_name);
    }
    closedir(stream);
    return IRQP_OK;
}

/* ---- one claim: everything that is expected with its number ---- */

struct piece {
    const struct irqp_trial *trial;
    size_t expectation;
};

struct verdict {
    const struct irqp_claim *claim;
    struct piece *pieces; /* owned */
    size_t count;
    bool kinds[3];
    enum irqp_verdict word; /* of all pieces: the worst of not met, undecided, met */
    bool drawn;
    double least_share; /* of draws: of the piece that holds in the fewest */
    uint64_t held, draws;
};

static void add_piece(struct verdict *verdict, const struct irqp_trial *trial, size_t e)
{
    const struct irqp_expectation *expectation = &trial->expectations.items[e];
    enum irqp_verdict word = trial->judgements[e].verdict;
    verdict->pieces = cli_allocate(verdict->pieces, verdict->count + 1, sizeof *verdict->pieces);
    verdict->pieces[verdict->count++] = (struct piece){trial, e};
    verdict->kinds[expectation->kind] = true;
    if (word == IRQP_NOT_MET || (word == IRQP_OPEN && verdict->word == IRQP_MET))
        verdict->word = word;
    if (trial->drawn[e] == 0)
        return;
    double share = (double)trial->held[e] / (double)trial->drawn[e];
    if (!verdict->drawn || share < verdict->least_share) {
        verdict->least_share = share;
        verdict->held = trial->held[e];
        verdict->draws = trial->drawn[e];
    }
    verdict->drawn = true;
}

static struct verdict *collect(const struct irqp_reproduction *reproduction, const struct irqp_claims *claims)
{
    struct verdict *verdicts = cli_allocate(NULL, claims->count, sizeof *verdicts);
    for (size_t c = 0; c < claims->count; c++) {
        verdicts[c] = (struct verdict){.claim = &claims->items[c], .word = IRQP_MET};
        for (size_t i = 0; i < reproduction->count; i++)
            for (size_t e = 0; e < reproduction->trials[i].expectations.count; e++)
                if (reproduction->trials[i].expectations.items[e].claim == claims->items[c].number)
                    add_piece(&verdicts[c], &reproduction->trials[i], e);
    }
    return verdicts;
}

static void verdicts_fini(struct verdict *verdicts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(verdicts[i].pieces);
    free(verdicts);
}

static const char *word_of(const struct verdict *verdict)
{
    return verdict->count == 0 ? "not checked" : irqp_verdict_words[verdict->word];
}

/* "fitted, predicted"; the caller frees it. */
static char *kinds_of(const struct verdict *verdict)
{
    char *text = cli_format("%s", "");
    for (int i = 0; i <= IRQP_CLAIM_PREDICTED; i++) {
        if (!verdict->kinds[i])
            continue;
        char *more = cli_format("%s%s%s", text, *text ? ", " : "", irqp_claim_kinds[i]);
        free(text);
        text = more;
    }
    return text;
}

/* Between what the share of all draws lies, of which these were made. */
static void share_interval(uint64_t held, uint64_t draws, double *low, double *high)
{
    irqp_clopper_pearson(held, draws, 0.95, low, high);
}

/* ---- the table ---- */

enum { TEXT = 8, METRIC = 44 };

static void print_piece(const struct cli *cli, const struct piece *piece)
{
    const struct irqp_expectation *expectation = &piece->trial->expectations.items[piece->expectation];
    const struct irqp_judgement *judgement = &piece->trial->judgements[piece->expectation];
    struct cli_word interval = cli_expectation_interval(expectation, judgement);
    bool open = *interval.text != '\0';
    char *value = cli_format("%s%s%s%s", cli_expectation_value(expectation, judgement).text, open ? " (" : "",
                             interval.text, open ? ")" : "");
    bool met = judgement->verdict == IRQP_MET;
    char *draws = piece->trial->drawn[piece->expectation] > 0
                      ? cli_format("; in %llu of %llu draws",
                                   (unsigned long long)piece->trial->held[piece->expectation],
                                   (unsigned long long)piece->trial->drawn[piece->expectation])
                      : cli_format("%s", "");
    char *line = cli_format("%s: %s is %s, expected %s%s%s%s", irqp_scenario_name(piece->trial->scenario),
                            expectation->metric, value, expectation->wanted, met ? "" : ": ",
                            met ? "" : irqp_verdict_words[judgement->verdict], draws);
    printf("%*s%s", TEXT, "", cli_style_begin(cli->colour, met ? CLI_DIM : CLI_PLAIN));
    cli_wrap(stdout, line, TEXT, TEXT + 2);
    fputs(cli_style_end(cli->colour, met ? CLI_DIM : CLI_PLAIN), stdout);
    const char *why = judgement->verdict == IRQP_OPEN      ? judgement->reason
                      : judgement->verdict == IRQP_NOT_MET ? expectation->otherwise
                                                           : NULL;
    if (why) {
        printf("%*s", TEXT + 2, "");
        cli_wrap(stdout, why, TEXT + 2, TEXT + 2);
    }
    free(value);
    free(draws);
    free(line);
}

static void print_verdict(const struct cli *cli, const struct verdict *verdict)
{
    char *kinds = kinds_of(verdict);
    double low, high;
    bool good = verdict->count > 0 && verdict->word == IRQP_MET;
    printf("\n%s%4d    %s%s%s%s", cli_style_begin(cli->colour, good ? CLI_PLAIN : CLI_BOLD),
           verdict->claim->number, word_of(verdict), *kinds ? ", " : "", kinds,
           cli_style_end(cli->colour, good ? CLI_PLAIN : CLI_BOLD));
    if (verdict->drawn) {
        share_interval(verdict->held, verdict->draws, &low, &high);
        printf(", holds in %.0f %% of %llu draws (%.0f to %.0f %%)", 100 * verdict->least_share,
               (unsigned long long)verdict->draws, 100 * low, 100 * high);
    }
    printf("\n%*s", TEXT, "");
    cli_wrap(stdout, verdict->claim->text, TEXT, TEXT);
    for (size_t i = 0; i < verdict->count; i++)
        print_piece(cli, &verdict->pieces[i]);
    if (verdict->claim->open) {
        printf("%*s", TEXT, "");
        cli_wrap(stdout, verdict->claim->open, TEXT, TEXT);
    }
    free(kinds);
}

/* What a row of the table shows of a claim: what it is not met by, else what was left undecided, else the
 * first check. */
static const struct piece *telling_piece(const struct verdict *verdict)
{
    for (size_t i = 0; i < verdict->count; i++) {
        const struct piece *piece = &verdict->pieces[i];
        if (piece->trial->judgements[piece->expectation].verdict == verdict->word)
            return piece;
    }
    return NULL;
}

static void print_row(struct cli_table *table, const struct verdict *verdict, bool draws)
{
    const struct piece *piece = telling_piece(verdict);
    bool good = verdict->count > 0 && verdict->word == IRQP_MET;
    char *kinds = kinds_of(verdict);
    cli_row(table);
    cli_cell(table, CLI_PLAIN, "%d", verdict->claim->number);
    cli_cell(table, good ? CLI_PLAIN : CLI_BOLD, "%s", word_of(verdict));
    cli_cell(table, CLI_DIM, "%s", kinds);
    if (draws && verdict->drawn)
        cli_cell(table, CLI_PLAIN, "%.0f %%", 100 * verdict->least_share);
    else if (draws)
        cli_cell(table, CLI_DIM, "-");
    free(kinds);
    if (!piece)
        return;
    const struct irqp_expectation *expectation = &piece->trial->expectations.items[piece->expectation];
    const struct irqp_judgement *judgement = &piece->trial->judgements[piece->expectation];
    struct cli_word interval = cli_expectation_interval(expectation, judgement);
    char *what = cli_shorten(expectation->metric, METRIC);
    cli_cell(table, CLI_PLAIN, "%s", what);
    cli_cell(table, CLI_PLAIN, "%s", cli_expectation_value(expectation, judgement).text);
    cli_cell(table, CLI_DIM, "%s", interval.text);
    cli_cell(table, CLI_DIM, "%s", expectation->wanted);
    free(what);
}

/* A row for each claim. */
static void print_table(const struct cli *cli, const struct verdict *verdicts, size_t count, bool draws)
{
    struct cli_table table;
    cli_table_init(&table, draws ? "r  l  l  r  l  r  l  l" : "r  l  l  l  r  l  l");
    cli_row(&table);
    cli_cell(&table, CLI_BOLD, "No");
    cli_cell(&table, CLI_DIM, "claim");
    cli_cell(&table, CLI_DIM, "kind");
    if (draws)
        cli_cell(&table, CLI_DIM, "draws");
    for (const char *const *head = (const char *const[]){"check", "model", "interval", "expected", NULL};
         *head; head++)
        cli_cell(&table, CLI_DIM, "%s", *head);
    for (size_t i = 0; i < count; i++)
        print_row(&table, &verdicts[i], draws);
    putchar('\n');
    cli_table_print(&table, cli->colour, stdout);
    cli_table_fini(&table);
}

static void print_text(const struct cli *cli, const struct irqp_reproduction *reproduction,
                       const struct verdict *verdicts, size_t count)
{
    size_t met = 0, unmet = 0, open = 0, unchecked = 0;
    for (size_t i = 0; i < count; i++) {
        print_verdict(cli, &verdicts[i]);
        unchecked += verdicts[i].count == 0;
        met += verdicts[i].count > 0 && verdicts[i].word == IRQP_MET;
        unmet += verdicts[i].count > 0 && verdicts[i].word == IRQP_NOT_MET;
        open += verdicts[i].count > 0 && verdicts[i].word == IRQP_OPEN;
    }
    print_table(cli, verdicts, count, reproduction->draws_done > 0);
    printf("\n%zu claims: %zu met, %zu not met, %zu undecided, %zu not checked; %zu scenarios, %zu runs.\n",
           count, met, unmet, open, unchecked, reproduction->count, reproduction->run_count);
    if (reproduction->draws_done > 0)
        printf("%s draws of a Latin hypercube over the ranges of %zu uncertain quantities.\n",
               cli_count(reproduction->draws_done).text, reproduction->varied);
}

/* ---- JSON ---- */

static json_t *json_verdict(const struct verdict *verdict)
{
    json_t *pieces = json_array(), *draws = json_null();
    for (size_t i = 0; i < verdict->count; i++) {
        const struct piece *piece = &verdict->pieces[i];
        json_t *object = cli_expectation_json(&piece->trial->expectations.items[piece->expectation],
                                              &piece->trial->judgements[piece->expectation]);
        json_object_set_new(object, "scenario", json_string(irqp_scenario_name(piece->trial->scenario)));
        if (piece->trial->drawn[piece->expectation] > 0)
            json_object_set_new(object, "draws",
                                json_pack("{s:I, s:I}", "held",
                                          (json_int_t)piece->trial->held[piece->expectation], "of",
                                          (json_int_t)piece->trial->drawn[piece->expectation]));
        json_array_append_new(pieces, object);
    }
    if (verdict->drawn) {
        double low, high;
        share_interval(verdict->held, verdict->draws, &low, &high);
        draws = json_pack("{s:I, s:I, s:f, s:[f, f]}", "held", (json_int_t)verdict->held, "of",
                          (json_int_t)verdict->draws, "share", verdict->least_share, "interval", low, high);
    }
    char *kinds = kinds_of(verdict);
    json_t *object =
        json_pack("{s:i, s:s, s:o, s:s, s:s, s:o, s:o, s:o}", "claim", verdict->claim->number, "text",
                  verdict->claim->text, "where",
                  verdict->claim->where ? json_string(verdict->claim->where) : json_null(), "verdict",
                  word_of(verdict), "kind", kinds, "draws", draws, "open",
                  verdict->claim->open ? json_string(verdict->claim->open) : json_null(), "checks", pieces);
    free(kinds);
    return object;
}

static json_t *json_all(const struct irqp_reproduction *reproduction, const struct verdict *verdicts,
                        size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, json_verdict(&verdicts[i]));
    return json_pack("{s:s, s:I, s:I, s:o}", "version", IRQPATH_VERSION, "draws",
                     (json_int_t)reproduction->draws_done, "varied", (json_int_t)reproduction->varied,
                     "claims", array);
}

/* ---- files and figures ---- */

/* What a result file says of a trial. */
static struct irqp_result_file result_of(const struct cli *cli, const struct irqp_reproduction *reproduction,
                                         size_t trial)
{
    const struct irqp_trial *it = &reproduction->trials[trial];
    const struct irqp_program *program = cli->model->program(it->machine);
    struct irqp_result_file result = {
        .run = reproduction->runs[it->run],
        .manifest = {.version = IRQPATH_VERSION,
                     .name = irqp_scenario_name(it->scenario),
                     .title = irqp_scenario_title(it->scenario),
                     .scenario = irqp_scenario_resolved(it->scenario),
                     .tables = program->tables_hash},
    };
    if (cli->model->work)
        result.manifest.work = cli->model->work(it->machine);
    irqp_names_collect(&result.names, cli->model, it->machine, program->names, program->name_count);
    return result;
}

static enum irqp_status write_text(const char *directory, const char *name, const char *text)
{
    struct irqp_diagnostics diagnostics;
    char *file = cli_format("%s/%s", directory, name);
    irqp_diagnostics_init(&diagnostics);
    enum irqp_status status = text ? irqp_file_write(file, text, strlen(text), &diagnostics) : IRQP_NO_MEMORY;
    cli_print_diagnostics(&diagnostics);
    free(file);
    return status;
}

/* The paper's figures of results: the first are run times, the others histograms. */
enum { FIRST_FIGURE = 2, LAST_RUN_TIME = 3, LAST_FIGURE = 7 };

/* "fig4-..." belongs to figure 4; 0: to none. */
static int figure_of(const struct irqp_trial *trial)
{
    const char *name = irqp_scenario_name(trial->scenario);
    return strncmp(name, "fig", 3) == 0 ? atoi(name + 3) : 0;
}

/* Draws a figure of all scenarios that are named after it, but for those beside it: run times as bars, or
 * histograms. */
static enum irqp_status draw_figure(const struct cli *cli, const struct irqp_reproduction *reproduction,
                                    int figure, const char *directory, const char *formats)
{
    struct irqp_result_file *results = cli_allocate(NULL, reproduction->count, sizeof *results);
    size_t count = 0;
    for (size_t i = 0; i < reproduction->count; i++)
        if (figure_of(&reproduction->trials[i]) == figure &&
            !strstr(irqp_scenario_name(reproduction->trials[i].scenario), "local-apic"))
            results[count++] = result_of(cli, reproduction, i);
    if (count > 0)
        cli_sort_native_first(results, count);
    char *prefix = cli_format("%s/figure%d", directory, figure);
    enum irqp_status status = IRQP_OK;
    if (count > 0 && figure <= LAST_RUN_TIME)
        status = cli_draw_throughput(&(struct cli_plot){.results = results, .count = count}, prefix, formats);
    else if (count > 0)
        status = cli_draw_histograms(results, count, prefix, formats);
    for (size_t i = 0; i < count; i++)
        free((char *)results[i].manifest.scenario);
    free(prefix);
    free(results);
    return status;
}

static enum irqp_status write_all(const struct cli *cli, const struct irqp_reproduction *reproduction,
                                  const struct verdict *verdicts, size_t count, const struct values *values)
{
    json_t *document = json_all(reproduction, verdicts, count);
    char *text = json_dumps(document, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
    enum irqp_status status = write_text(values->output, "claims.json", text);
    free(text);
    json_decref(document);
    for (size_t i = 0; i < reproduction->count && status == IRQP_OK; i++) {
        struct irqp_result_file result = result_of(cli, reproduction, i);
        char *name = cli_format("%s.json", result.manifest.name);
        text = irqp_result_text(&result.run, &result.manifest, &result.names);
        if (figure_of(&reproduction->trials[i]) > 0)
            status = write_text(values->output, name, text);
        free(text);
        free(name);
        free((char *)result.manifest.scenario);
    }
    for (int figure = FIRST_FIGURE; figure <= LAST_FIGURE && status == IRQP_OK; figure++)
        status = draw_figure(cli, reproduction, figure, values->output, values->formats);
    return status;
}

/* ---- the command ---- */

static enum irqp_status simulate(const struct cli *cli, struct irqp_reproduction *reproduction,
                                 struct irqp_reproduce_options options, uint64_t draw_samples)
{
    if (cli->terminal)
        options.progress = cli_progress_phase;
    enum irqp_status status = irqp_reproduction_run(reproduction, &options);
    if (status == IRQP_OK && options.draws > 0) {
        options.samples = draw_samples;
        status = irqp_reproduction_draw(reproduction, &options);
    }
    if (cli->terminal)
        fputs("\r\033[K", stderr);
    if (status != IRQP_OK)
        cli_message("%s", irqp_status_text(status));
    return status;
}

static enum irqp_status verdicts_status(const struct verdict *verdicts, size_t count)
{
    enum irqp_status status = IRQP_OK;
    for (size_t i = 0; i < count; i++)
        if (verdicts[i].count > 0 && verdicts[i].word == IRQP_NOT_MET)
            return IRQP_UNMET;
        else if (verdicts[i].count > 0 && verdicts[i].word == IRQP_OPEN)
            status = IRQP_UNDECIDED;
    return status;
}

static enum irqp_status reproduce(const struct cli *cli, const struct values *values, const char *folder,
                                  const struct irqp_reproduce_options *options, uint64_t draw_samples)
{
    struct cli_list files = {NULL, 0};
    struct irqp_diagnostics diagnostics;
    struct irqp_reproduction reproduction = {0};
    struct irqp_claims claims = {0};
    char *search = cli_search_path(), *below = cli_format("%s/claims", folder), *list = NULL;
    irqp_diagnostics_init(&diagnostics);
    enum irqp_status status = list_folder(&files, folder);
    if (status != IRQP_OK)
        cli_message("'%s' is not a folder of scenarios", folder);
    list = cli_format("%s/%s", list_folder(&files, below) == IRQP_OK ? below : folder, claims_file);
    if (files.count > 0)
        qsort(files.items, files.count, sizeof *files.items, by_name);
    if (status == IRQP_OK)
        status = irqp_claims_read(&claims, list, &diagnostics);
    if (status == IRQP_OK)
        status = irqp_reproduction_load(&reproduction, cli->model, files.items, files.count, search,
                                        values->set.items, values->set.count, &diagnostics);
    if (status == IRQP_OK && values->output)
        status = irqp_directory_make(values->output, &diagnostics);
    cli_print_diagnostics(&diagnostics);
    if (status == IRQP_OK)
        status = simulate(cli, &reproduction, *options, draw_samples);
    if (status == IRQP_OK) {
        struct verdict *verdicts = collect(&reproduction, &claims);
        if (values->json)
            cli_print_json(json_all(&reproduction, verdicts, claims.count));
        else
            print_text(cli, &reproduction, verdicts, claims.count);
        if (values->output)
            status = write_all(cli, &reproduction, verdicts, claims.count, values);
        if (status == IRQP_OK && values->strict)
            status = verdicts_status(verdicts, claims.count);
        verdicts_fini(verdicts, claims.count);
    }
    irqp_reproduction_fini(&reproduction);
    irqp_claims_fini(&claims);
    for (size_t i = 0; i < files.count; i++)
        free((char *)files.items[i]);
    free(files.items);
    free(list);
    free(below);
    free(search);
    return status;
}

static enum irqp_status run(const struct cli *cli, const void *given, const struct cli_list *operands)
{
    const struct values *values = given;
    struct irqp_reproduce_options options = {
        .samples = 200000, .threads = values->threads, .seed = 1, .stop = cli_catch_stop()};
    uint64_t draw_samples = 9000;
    enum irqp_status status = cli_read_count("--samples", values->samples, &options.samples);
    if (status == IRQP_OK)
        status = cli_read_count("--draws", values->draws, &options.draws);
    if (status == IRQP_OK)
        status = cli_read_count("--draw-samples", values->draw_samples, &draw_samples);
    if (status == IRQP_OK)
        status = cli_read_count("--seed", values->seed, &options.seed);
    if (status != IRQP_OK)
        return status;
    char *folder = operands->count > 0 ? cli_find(operands->items[0]) : cli_data_file("scenarios/paper");
    if (folder)
        status = reproduce(cli, values, folder, &options, draw_samples);
    else
        cli_data_missing("scenarios/paper");
    status = folder ? status : IRQP_INPUT;
    free(folder);
    return status;
}

static const struct cli_option command_options[] = {
    CLI_OPTION_SET(struct values),
    {'n', "samples", CLI_TEXT, "N",
     "Wake-ups of every scenario at most; 200 000 if not given, 0: as many as each says.",
     offsetof(struct values, samples)},
    {0, "draws", CLI_TEXT, "N",
     "Say in what share of N draws over everything that is uncertain a predicted claim holds.",
     offsetof(struct values, draws)},
    {0, "draw-samples", CLI_TEXT, "N", "Wake-ups of every scenario in a draw at most; 9000 if not given.",
     offsetof(struct values, draw_samples)},
    {0, "seed", CLI_TEXT, "N", "Seed of the draws; 1 if not given.", offsetof(struct values, seed)},
    {'j', "jobs", CLI_COUNT, "N", "Threads; as many as there are processors if not given.",
     offsetof(struct values, threads)},
    {'o', "output", CLI_TEXT, "DIR",
     "Write claims.json, the results behind the figures, and the figures' histograms.",
     offsetof(struct values, output)},
    {0, "format", CLI_TEXT, "LIST", "Formats of the figures: png, svg, pdf; all of them if not given.",
     offsetof(struct values, formats)},
    {0, "strict", CLI_SWITCH, NULL, "Exit with code 4 if a claim is not met, with 5 if one is undecided.",
     offsetof(struct values, strict)},
    CLI_OPTION_JSON(struct values),
};

const struct cli_command cli_command_reproduce = {
    .name = "reproduce",
    .operands = "[FOLDER]",
    .least = 0,
    .most = 1,
    .summary = "Run all scenarios of the paper and check its claims.",
    .doc =
        "A folder holds scenarios whose expectations carry the numbers of claims (irqpath help expect), and "
        "the claims in words in claims.yaml, both perhaps in a folder 'claims' below it; the shipped one is "
        "that of the paper. Scenarios that differ in "
        "nothing but what they expect are run once. Each claim is met, not met or undecided, and given (put "
        "in), fitted (a parameter was chosen for it) or predicted; one with several checks is met if all "
        "are.\n"
        "With --draws, every estimate is drawn from its range (irqpath show), or from a factor of 1.5 around "
        "it, by a Latin hypercube; the share of draws in which a predicted claim holds says how far it rests "
        "on guesses. Its interval is that of the number of draws; in a draw a claim holds if the value does, "
        "which few samples blur. A draw in which a rare thing did not happen at all is not counted.\n"
        "A claim that is not met is a result: without --strict the exit code does not tell it.",
    .options = command_options,
    .option_count = CLI_LENGTH(command_options),
    .values_size = sizeof(struct values),
    .run = run,
};
