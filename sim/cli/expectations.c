#include "sim/cli/expectations.h"
#include "sim/cli/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { INDENT = 4 };

/* ---- the scenarios that are compared with ---- */

static bool same_file(const char *a, const char *b)
{
    struct stat one, other;
    return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
}

/* Where a file is among those loaded, then the references; their number in all if it is nowhere. */
static size_t find(const struct cli_loaded *loaded, size_t count, const struct cli_references *references,
                   const char *file)
{
    for (size_t i = 0; i < count; i++)
        if (same_file(loaded[i].file, file))
            return i;
    for (size_t i = 0; i < references->count; i++)
        if (same_file(references->files[i], file))
            return count + i;
    return count + references->count;
}

static enum irqp_status add_reference(struct cli_references *references, const struct cli *cli,
                                      const char *file, const struct cli_list *overrides)
{
    size_t count = references->count;
    references->files = cli_allocate(references->files, count + 1, sizeof *references->files);
    references->loaded = cli_allocate(references->loaded, count + 1, sizeof *references->loaded);
    references->files[count] = cli_format("%s", file);
    references->count++;
    return cli_load(&references->loaded[count], cli, file, overrides);
}

enum irqp_status cli_references_load(struct cli_references *references, const struct cli *cli,
                                     const struct cli_loaded *loaded, size_t count,
                                     const struct cli_list *overrides)
{
    enum irqp_status worst = IRQP_OK;
    *references = (struct cli_references){0};
    for (size_t i = 0; i < count; i++)
        for (size_t e = 0; e < loaded[i].expectations.count; e++) {
            const struct irqp_expectation *expectation = &loaded[i].expectations.items[e];
            for (size_t o = 0; o < expectation->other_count; o++) {
                const char *file = expectation->others[o];
                if (find(loaded, count, references, file) < count + references->count)
                    continue;
                enum irqp_status status = add_reference(references, cli, file, overrides);
                worst = status > worst ? status : worst;
            }
        }
    return worst;
}

void cli_references_fini(struct cli_references *references, const struct cli *cli)
{
    for (size_t i = 0; i < references->count; i++) {
        cli_unload(&references->loaded[i], cli);
        free(references->files[i]);
    }
    free(references->files);
    free(references->loaded);
    *references = (struct cli_references){0};
}

/* ---- judging ---- */

struct irqp_judgement *cli_judge_expectations(const struct cli *cli, const struct cli_loaded *loaded,
                                              size_t count, const struct cli_references *references,
                                              const struct irqp_run *const *runs, size_t at)
{
    const struct irqp_expectations *expectations = &loaded[at].expectations;
    struct irqp_judgement *judgements = cli_allocate(NULL, expectations->count, sizeof *judgements);
    struct irqp_evidence self = {cli->model, loaded[at].scenario, loaded[at].machine, runs[at]};
    for (size_t e = 0; e < expectations->count; e++) {
        const struct irqp_expectation *expectation = &expectations->items[e];
        struct irqp_evidence others[IRQP_EXPECT_OTHERS] = {{0}};
        for (size_t o = 0; o < expectation->other_count; o++) {
            size_t where = find(loaded, count, references, expectation->others[o]);
            const struct cli_loaded *other =
                where < count ? &loaded[where] : &references->loaded[where - count];
            others[o] = (struct irqp_evidence){cli->model, other->scenario, other->machine, runs[where]};
        }
        irqp_judge(&judgements[e], expectation, &self, others);
    }
    return judgements;
}

enum irqp_status cli_verdicts_status(const struct irqp_judgement *judgements, size_t count)
{
    enum irqp_status status = IRQP_OK;
    for (size_t i = 0; i < count; i++) {
        if (judgements[i].verdict == IRQP_NOT_MET)
            return IRQP_UNMET;
        if (judgements[i].verdict == IRQP_OPEN)
            status = IRQP_UNDECIDED;
    }
    return status;
}

/* ---- in words ---- */

static struct cli_word number(const struct irqp_expectation *expectation, double value)
{
    return expectation->duration ? cli_us(value, 3) : cli_word("%.4g", value);
}

struct cli_word cli_expectation_value(const struct irqp_expectation *expectation,
                                      const struct irqp_judgement *judgement)
{
    if (expectation->comparison == IRQP_COMPARE_PARAMETER)
        return cli_word("%.60s", judgement->reason);
    if (!judgement->known)
        return cli_word("-");
    return cli_word("%s%s", number(expectation, judgement->value).text, expectation->duration ? " us" : "");
}

struct cli_word cli_expectation_interval(const struct irqp_expectation *expectation,
                                         const struct irqp_judgement *judgement)
{
    double low = judgement->low, high = judgement->high;
    if (!judgement->known || judgement->exact || (isinf(low) && isinf(high)))
        return cli_word("%s", "");
    if (isinf(high))
        return cli_word("from %s", number(expectation, low).text);
    if (isinf(low))
        return cli_word("up to %s", number(expectation, high).text);
    return cli_word("%.24s to %.24s", number(expectation, low).text, number(expectation, high).text);
}

/* What stands below an expectation that is not simply met. */
static void print_notes(struct cli_table *table, const struct irqp_expectation *expectation,
                        const struct irqp_judgement *judgement)
{
    if (judgement->verdict == IRQP_OPEN)
        cli_note(table, CLI_DIM, INDENT, "%s", judgement->reason);
    if (judgement->verdict != IRQP_MET && expectation->because)
        cli_note(table, CLI_DIM, INDENT, "expected because: %s", expectation->because);
    if (judgement->verdict == IRQP_NOT_MET && expectation->otherwise)
        cli_note(table, CLI_DIM, INDENT, "%s", expectation->otherwise);
}

void cli_print_expectations(const struct cli *cli, const char *name,
                            const struct irqp_expectations *expectations,
                            const struct irqp_judgement *judgements)
{
    static const char *const head[] = {"", "value", "interval", "expected"};
    struct cli_table table;
    cli_table_init(&table, "l  l   r   l   l");
    cli_row(&table);
    cli_cell(&table, CLI_BOLD, "Expectations");
    for (size_t i = 0; i < sizeof head / sizeof *head; i++)
        cli_cell(&table, CLI_DIM, "%s", head[i]);
    if (name)
        cli_note(&table, CLI_PLAIN, 0, "%s", name);
    for (size_t i = 0; i < expectations->count; i++) {
        const struct irqp_expectation *expectation = &expectations->items[i];
        enum irqp_verdict verdict = judgements[i].verdict;
        cli_row(&table);
        cli_cell(&table, verdict == IRQP_MET ? CLI_PLAIN : CLI_BOLD, "%s", irqp_verdict_words[verdict]);
        cli_cell(&table, CLI_PLAIN, "%s", expectation->metric);
        cli_cell(&table, CLI_PLAIN, "%s", cli_expectation_value(expectation, &judgements[i]).text);
        cli_cell(&table, CLI_DIM, "%s", cli_expectation_interval(expectation, &judgements[i]).text);
        cli_cell(&table, CLI_PLAIN, "%s", expectation->wanted);
        print_notes(&table, expectation, &judgements[i]);
    }
    putchar('\n');
    cli_table_print(&table, cli->colour, stdout);
    cli_table_fini(&table);
}

/* ---- JSON ---- */

static json_t *optional(const char *text)
{
    return text ? json_string(text) : json_null();
}

json_t *cli_expectation_json(const struct irqp_expectation *expectation,
                             const struct irqp_judgement *judgement)
{
    bool parameter = expectation->comparison == IRQP_COMPARE_PARAMETER;
    json_t *value = parameter ? json_string(judgement->reason)
                              : cli_json_number(judgement->known ? judgement->value : NAN);
    bool interval = judgement->known && !judgement->exact;
    return json_pack(
        "{s:s, s:s, s:s, s:o, s:s, s:o, s:f, s:b, s:o, s:s, s:o, s:o, s:o}", "metric", expectation->metric,
        "expected", expectation->wanted, "verdict", irqp_verdict_words[judgement->verdict], "value", value,
        "unit", expectation->duration ? "ps" : "", "interval",
        interval ? json_pack("[o, o]", cli_json_number(judgement->low), cli_json_number(judgement->high))
                 : json_null(),
        "confidence", expectation->confidence, "holds", judgement->holds, "claim",
        expectation->claim ? json_integer(expectation->claim) : json_null(), "kind",
        irqp_claim_kinds[expectation->kind], "undecided_because",
        optional(judgement->verdict == IRQP_OPEN ? judgement->reason : NULL), "because",
        optional(expectation->because), "otherwise", optional(expectation->otherwise));
}

json_t *cli_expectations_json(const struct irqp_expectations *expectations,
                              const struct irqp_judgement *judgements)
{
    json_t *array = json_array();
    for (size_t i = 0; i < expectations->count; i++)
        json_array_append_new(array, cli_expectation_json(&expectations->items[i], &judgements[i]));
    return array;
}
