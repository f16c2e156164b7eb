#include "sim/cli/simulate.h"
#include "irqpath/engine.h"
#include "sim/cli/progress.h"
#include "sim/cli/text.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Set by the signal handler, read by the threads of the run: atomic, and volatile as the library wants it. */
static volatile int stop;

/* What a signal handler may use of cli_message. */
static void say(const char *text)
{
    if (write(STDERR_FILENO, text, strlen(text)) < 0)
        return; /* nobody listens */
}

/* The first Ctrl-C ends the run in good order, the second at once. */
static void on_signal(int number)
{
    (void)number;
    if (__atomic_exchange_n(&stop, 1, __ATOMIC_RELAXED)) {
        say("\nirqpath: ended at once; what was simulated is lost\n");
        _exit(irqp_status_exit_code(IRQP_INTERRUPTED));
    }
    alarm(1);
}

/* The run has not ended within a second. */
static void on_alarm(int number)
{
    (void)number;
    say("\nirqpath: stopping, and keeping what is done; Ctrl-C again ends at once\n");
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    action.sa_handler = on_alarm;
    sigaction(SIGALRM, &action, NULL);
}

const volatile int *cli_catch_stop(void)
{
    catch_signals();
    return &stop;
}

static struct irqp_run_options options_of(const struct cli *cli, const struct cli_loaded *loaded,
                                          const struct cli_simulation *how)
{
    const struct irqp_scenario *scenario = loaded->scenario;
    return (struct irqp_run_options){
        .samples = (uint64_t)irqp_scenario_value(scenario, cli->model->samples)->count,
        .batch = (uint64_t)irqp_scenario_value(scenario, cli->model->batch)->count,
        .seed = (uint64_t)irqp_scenario_value(scenario, cli->model->seed)->count,
        .threads = how->threads,
        .naive = how->naive,
        .stop = &stop,
    };
}

void cli_simulate_begin(const struct cli *cli, const struct cli_loaded *loaded, size_t count,
                        const struct cli_simulation *how)
{
    double seconds = 0;
    uint64_t samples = 0;
    catch_signals();
    if (!cli->terminal)
        return;
    for (size_t i = 0; i < count && !__atomic_load_n(&stop, __ATOMIC_RELAXED); i++) {
        struct irqp_run_options options = options_of(cli, &loaded[i], how);
        seconds += cli_estimate(cli->model, loaded[i].machine, &options);
        samples += options.samples;
    }
    fprintf(stderr, "%zu scenario%s, %s wake-ups: about %s\n", count, count == 1 ? "" : "s",
            cli_count(samples).text, cli_seconds(seconds).text);
}

/* What a result file says beside the numbers. */
static void describe(struct irqp_result_file *result, const struct cli *cli, const struct cli_loaded *loaded)
{
    const struct irqp_program *program = cli->model->program(loaded->machine);
    result->manifest = (struct irqp_manifest){
        .version = IRQPATH_VERSION,
        .name = irqp_scenario_name(loaded->scenario),
        .title = irqp_scenario_title(loaded->scenario),
        .scenario = irqp_scenario_resolved(loaded->scenario),
        .tables = program->tables_hash,
    };
    if (cli->model->work)
        result->manifest.work = cli->model->work(loaded->machine);
    irqp_names_collect(&result->names, cli->model, loaded->machine, program->names, program->name_count);
}

enum irqp_status cli_simulate(struct irqp_result_file *result, const struct cli *cli,
                              const struct cli_loaded *loaded, const struct cli_simulation *how, size_t at,
                              size_t count)
{
    struct irqp_run_options options = options_of(cli, loaded, how);
    const char *name = irqp_scenario_name(loaded->scenario);
    struct cli_progress progress;
    cli_progress_init(&progress, name, at + 1, count);
    if (cli->terminal) {
        options.progress = cli_progress_show;
        options.context = &progress;
    }
    *result = (struct irqp_result_file){.document = NULL};
    enum irqp_status status = irqp_run(&result->run, cli->model, loaded->machine, &options);
    alarm(0);
    cli_progress_fini(&progress);
    describe(result, cli, loaded);
    if (status != IRQP_OK)
        cli_message("%s: %s; %s of %s samples are there", name,
                    result->run.problem ? result->run.problem : irqp_status_text(status),
                    cli_count(result->run.result.thread.total).text, cli_count(options.samples).text);
    return status;
}

void cli_simulated_fini(struct irqp_result_file *result)
{
    free((char *)result->manifest.scenario);
    free((char *)result->manifest.expectations);
    irqp_result_file_fini(result);
}
