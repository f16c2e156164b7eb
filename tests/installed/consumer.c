/* The library from outside, by its public headers alone: runs a scenario and reads a measured histogram.
 *
 *     consumer FOLDER    where the scenarios are installed
 */
#include <irqpath/interrupt_path.h>
#include <irqpath/measured.h>
#include <irqpath/study.h>

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    const struct irqp_model *model = &irqp_interrupt_path;
    struct irqp_scenario *scenario;
    struct irqp_measured measured;
    struct irqp_run run;
    struct irqp_diagnostics diagnostics;
    void *machine;
    irqp_time median;
    char scenario_file[512], measured_file[512];

    if (argc != 2)
        return EXIT_FAILURE;
    snprintf(scenario_file, sizeof scenario_file, "%s/measured/fiasco-rehosted-wakeup.yaml", argv[1]);
    snprintf(measured_file, sizeof measured_file, "%s/measured/fiasco-rt-wakeup-spinload.insthist", argv[1]);
    irqp_diagnostics_init(&diagnostics);
    if (irqp_scenario_load(&scenario, model->registry, scenario_file, NULL, 0, argv[1], &diagnostics) !=
            IRQP_OK ||
        model->link(&machine, scenario, &diagnostics) != IRQP_OK ||
        irqp_measured_read(&measured, measured_file, 0, &diagnostics) != IRQP_OK) {
        for (size_t i = 0; i < diagnostics.count; i++) {
            char *text = irqp_diagnostic_render(&diagnostics.items[i]);
            fputs(text ? text : "out of memory\n", stderr);
            free(text);
        }
        return EXIT_FAILURE;
    }
    struct irqp_run_options options = {.samples = 200, .batch = 100, .seed = 1};
    if (irqp_run(&run, model, machine, &options) != IRQP_OK ||
        !irqp_histogram_quantile(&run.result.thread, 0.5, &median))
        return EXIT_FAILURE;
    printf("%llu simulated samples, median %lld ns; %llu measured samples\n",
           (unsigned long long)run.result.thread.total, (long long)(median / IRQP_NS),
           (unsigned long long)measured.bins.inside);
    irqp_run_fini(&run);
    irqp_measured_fini(&measured);
    model->unlink(machine);
    irqp_scenario_free(scenario);
    irqp_diagnostics_fini(&diagnostics);
    return EXIT_SUCCESS;
}
