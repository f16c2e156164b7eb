#include "sim/cli/prediction.h"

#include "sim/cli/measured.h"
#include "sim/cli/simulate.h"
#include "sim/cli/text.h"

#include <string.h>

static enum irqp_status simulate(struct cli_prediction *prediction, const struct cli *cli, const char *file,
                                 const struct cli_list *overrides, unsigned threads)
{
    const struct cli_simulation how = {.threads = threads};
    enum irqp_status status = cli_load(&prediction->loaded, cli, file, overrides);
    if (status != IRQP_OK)
        return status;
    prediction->simulated = true;
    cli_simulate_begin(cli, &prediction->loaded, 1, &how);
    return cli_simulate(&prediction->result, cli, &prediction->loaded, &how, 0, 1);
}

enum irqp_status cli_predict(struct cli_prediction *prediction, const struct cli *cli, const char *file,
                             const struct cli_list *overrides, unsigned threads)
{
    *prediction = (struct cli_prediction){.simulated = false};
    if (cli_is_result(file))
        return cli_read_result(&prediction->result, file);
    return simulate(prediction, cli, file, overrides, threads);
}

void cli_prediction_fini(struct cli_prediction *prediction, const struct cli *cli)
{
    if (!prediction->simulated) {
        irqp_result_file_fini(&prediction->result);
        return;
    }
    cli_simulated_fini(&prediction->result);
    cli_unload(&prediction->loaded, cli);
}

const struct irqp_histogram *cli_predicted(const struct irqp_result_file *result, struct cli_which which,
                                           const struct irqp_measured *measured)
{
    const struct irqp_result *run = &result->run.result;
    if (which.interrupt && which.gaps) {
        cli_message("--interrupt and --gaps are two latencies; a comparison has one");
        return NULL;
    }
    if (which.interrupt && measured->kind == IRQP_SERIES_NOISE) {
        cli_message("durations of interruptions were measured (%s), no interrupt latencies",
                    measured->format);
        return NULL;
    }
    if (which.interrupt)
        return &run->interrupt;
    if (!which.gaps && measured->kind != IRQP_SERIES_NOISE)
        return &run->thread;
    for (size_t i = IRQP_LATENCIES_OWN; i < result->names.latency_count; i++)
        if (strcmp(result->names.latencies[i], "gap") == 0)
            return &run->latencies[i];
    if (which.gaps)
        cli_message("%s measures no gaps: 'gaps' says whose (irqpath help gaps)", result->manifest.name);
    else
        cli_message("durations of interruptions were measured (%s), and %s measures no gaps to compare with "
                    "them: 'gaps' says whose (irqpath help gaps)",
                    measured->format, result->manifest.name);
    return NULL;
}

enum irqp_status cli_read_histogram(struct irqp_measured *measured, const char *file, const char *unit)
{
    enum irqp_status status = cli_read_measured(measured, file, unit);
    if (status != IRQP_OK)
        return status;
    if (irqp_bins_total(&measured->bins) == 0)
        cli_message("%s: %s", file,
                    measured->summary.periods ? "a log with minimum, mean and maximum, but no histogram to "
                                                "compare with"
                                              : "no samples");
    else
        return IRQP_OK;
    return IRQP_INPUT;
}

enum irqp_status cli_read_latencies(struct irqp_measured *measured, const char *file, const char *unit)
{
    enum irqp_status status = cli_read_histogram(measured, file, unit);
    if (status != IRQP_OK || measured->kind != IRQP_SERIES_NOISE)
        return status;
    cli_message("%s: durations of interruptions (%s), no latencies of wake-ups", file, measured->format);
    return IRQP_INPUT;
}
