/* A small registry with a parameter of each kind, for the tests of the loader. */
#ifndef IRQPATH_TESTS_TEST_REGISTRY_H
#define IRQPATH_TESTS_TEST_REGISTRY_H

#include "irqpath/scenario.h"

enum test_parameter {
    TEST_CLOCK,
    TEST_MEMORY,
    TEST_PLACEMENT,
    TEST_TIMER,
    TEST_TICKLESS,
    TEST_IRQ_ENTRY,
    TEST_IPC,
    TEST_SWITCH,
    TEST_CYCLICTEST_INTERVAL,
    TEST_CYCLICTEST_PRIORITY,
    TEST_RUN_SAMPLES,
    TEST_RUN_SEED,
    TEST_RUN_WARM_UP,
    TEST_SHARE,
    TEST_NOTE,
    TEST_LOAD,
    TEST_PARAMETERS,
};

static const struct irqp_parameter test_parameters[TEST_PARAMETERS] = {
    [TEST_CLOCK] = {"machine.clock", IRQP_FREQUENCY, "2.7 GHz", 1e6, 1e10, NULL, "Clock of the CPU",
                    "paper: section 4.1"},
    [TEST_MEMORY] = {"machine.memory", IRQP_SIZE, "1 GiB", 4096, 1e12, NULL, "Size of the memory", NULL},
    [TEST_PLACEMENT] = {"placement", IRQP_CHOICE, "native", 0, 0, "native|rehosted|stripped",
                        "Where the guest runs", NULL},
    [TEST_TIMER] = {"design.guest_timer", IRQP_CHOICE, "hpet", 0, 0, "hpet|lapic|off", "The guest's timer",
                    NULL},
    [TEST_TICKLESS] = {"design.tickless", IRQP_SWITCH, "false", 0, 0, NULL, "Stop the tick in idle", NULL},
    [TEST_IRQ_ENTRY] = {"costs.microkernel.irq_entry", IRQP_COST, "{dist: gamma, mean: 0.15 us, cv: 0.1}", 0,
                        1e9, NULL, "Entry of an interrupt", "estimate: 400 cycles at 2.7 GHz"},
    [TEST_IPC] = {"costs.microkernel.ipc", IRQP_COST, "1200 cycles", 0, 1e9, NULL, "One message", NULL},
    [TEST_SWITCH] = {"costs.guest.context_switch", IRQP_COST, "1.3 us", 0, 1e9, NULL, "Context switch",
                     "paper: section 4.3"},
    [TEST_CYCLICTEST_INTERVAL] = {"cyclictest.interval", IRQP_DURATION, "1 ms", 1e6, 10e12, NULL,
                                  "Time between two wake-ups", NULL},
    [TEST_CYCLICTEST_PRIORITY] = {"cyclictest.priority", IRQP_COUNT, "99", 1, 99, NULL, "Priority", NULL},
    [TEST_RUN_SAMPLES] = {"run.samples", IRQP_COUNT, "1e6", 1, 1e12, NULL, "Wake-ups in all", NULL},
    [TEST_RUN_SEED] = {"run.seed", IRQP_COUNT, "1", 0, 9.3e18, NULL, "Seed", NULL},
    [TEST_RUN_WARM_UP] = {"run.warm_up", IRQP_DURATION, "0 s", 0, 9.3e18, NULL,
                          "Time before the first sample", NULL},
    [TEST_SHARE] = {"share", IRQP_REAL, "0.5", 0, 1, NULL, "A plain number", NULL},
    [TEST_NOTE] = {"note", IRQP_TEXT, NULL, 0, 0, NULL, "A text that must be given", NULL},
    [TEST_LOAD] = {"load", IRQP_TREE, NULL, 0, 0, NULL, "A tree", NULL},
};

static const struct irqp_registry test_registry = {test_parameters, TEST_PARAMETERS};

#endif
