#include "sim/cli/prediction.h"

#include "sim/cli/measured.h"
#include "sim/cli/simulate.h"
#include "sim/cli/text.h"

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

enum irqp_status cli_read_latencies(struct irqp_measured *measured, const char *file, const char *unit)
{
    enum irqp_status status = cli_read_measured(measured, file, unit);
    if (status != IRQP_OK)
        return status;
    if (irqp_bins_total(&measured->bins) == 0)
        cli_message("%s: %s", file,
                    measured->summary.periods ? "a log with minimum, mean and maximum, but no histogram to "
                                                "compare with"
                                              : "no samples");
    else if (measured->kind == IRQP_SERIES_NOISE)
        cli_message("%s: durations of interruptions (%s), no latencies of wake-ups", file, measured->format);
    else
        return IRQP_OK;
    return IRQP_INPUT;
}
