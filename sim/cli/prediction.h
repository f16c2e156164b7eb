/* Predictions as commands take them: a result of `irqpath run`, or a scenario, which is run first; and the
 * measurements that they are compared with. */
#ifndef IRQPATH_CLI_PREDICTION_H
#define IRQPATH_CLI_PREDICTION_H

#include "irqpath/measured.h"
#include "irqpath/result_file.h"
#include "sim/cli/load.h"

struct cli_prediction {
    struct irqp_result_file result; /* valid once begun with IRQP_OK */
    bool simulated;
    struct cli_loaded loaded; /* if simulated: the result borrows names from it */
};

/* Reads or runs it; what is wrong is printed. threads: of a run, 0: one per processor. The caller ends it
 * with cli_prediction_fini in every case. */
enum irqp_status cli_predict(struct cli_prediction *prediction, const struct cli *cli, const char *file,
                             const struct cli_list *overrides, unsigned threads);
void cli_prediction_fini(struct cli_prediction *prediction, const struct cli *cli);

/* Which latency of a prediction is meant. */
struct cli_which {
    bool interrupt, gaps; /* neither: the thread latency */
};
// clang-format off
#define CLI_OPTIONS_WHICH(values)                                                                            \
    {0, "interrupt", CLI_SWITCH, NULL, "Compare the interrupt latency instead of the thread latency.",       \
     offsetof(values, which.interrupt)},                                                                     \
    {0, "gaps", CLI_SWITCH, NULL,                                                                            \
     "Compare the gaps that a thread sees (irqpath help gaps); done anyway with what oslat or osnoise measured.", \
     offsetof(values, which.gaps)}
// clang-format on

/* The latency that is meant; where it is the thread latency, but durations of interruptions were measured,
 * the gaps. NULL if the result has none, which is printed. */
const struct irqp_histogram *cli_predicted(const struct irqp_result_file *result, struct cli_which which,
                                           const struct irqp_measured *measured);

/* A measurement with a histogram; what is wrong is printed. Ended with irqp_measured_fini in every case. */
enum irqp_status cli_read_histogram(struct irqp_measured *measured, const char *file, const char *unit);
/* The same, of latencies of wake-ups. */
enum irqp_status cli_read_latencies(struct irqp_measured *measured, const char *file, const char *unit);

#endif
