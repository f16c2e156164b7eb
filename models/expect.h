/* The language of expectations in words, for the documentation of the parameter `expect`. What it says stands
 * in sim/study/expect.c. */
#ifndef MODELS_EXPECT_H
#define MODELS_EXPECT_H

// clang-format off
#define EXPECT_LANGUAGE \
    "what is expected of the results: requirements that 'irqpath run' checks\n" \
    "\n" \
    "A list of {metric: ..., CONDITION}. Metrics of the scenario itself:\n" \
    "\n" \
    "p50, p99.999 ...       a quantile of the latency\n" \
    "min, max, mean         of the latency; minimum and maximum are those of the run, without an interval\n" \
    "mode                   middle of its fullest bin; width: of the bins, 0.1 us if not given\n" \
    "mode_gap               from the minimum to the mode\n" \
    "P(latency > 100 us)    how often a latency is reached\n" \
    "share, of: CAUSE       part of a cause in all latencies, from 0 to 1 (irqpath help causes)\n" \
    "time, of: CAUSE        what a cause takes, per wake-up\n" \
    "rate, of: COUNTER      how often something happens, per second of simulated time\n" \
    "cpu, of: MODE          part of the CPU's time: user, kernel, microkernel, idle\n" \
    "throughput, run_time   units of the load's work per second, and what its whole run takes\n" \
    "steps, of: WORDS       how many steps of all paths have these words in their name; path: of these paths only\n" \
    "route, of: ROUTE       mean time on a route of 'irqpath describe'; upto: STEP, after: STEP: a part of it;\n" \
    "                       a platform that has only one route is compared by that\n" \
    "parameter, of: PATH    a value of the scenario, as written; only with 'is'\n" \
    "\n" \
    "Comparisons with other scenarios, by file (YAML), which are run as well; 'at' is one of the metrics above, p50\n" \
    "if not given:\n" \
    "\n" \
    "offset_to, of: YAML    difference to another scenario\n" \
    "ratio_to, of: YAML     ratio to another scenario\n" \
    "ordering, of: [YAML, ...]   each is below the next, the scenario itself is the last; without a condition\n" \
    "position, of: [YAML, YAML]  where it lies between two others: 0 at the first, 1 at the second\n" \
    "density_ratio, at: [45 us, 75 us]  how much denser the latencies are at one place than at another, or at the\n" \
    "                       'mode'; width: of both places, 10 us if not given\n" \
    "\n" \
    "Conditions: below: X, above: X, between: [X, Y], is: X (with within: Y where there is an interval).\n" \
    "Optional:   latency: thread, interrupt or another that is measured; confidence: of the interval, 0.95;\n" \
    "            because: the reason; otherwise: what it means if it is not met; claim: number of a claim of the paper, and\n" \
    "            kind: given, fitted or predicted\n" \
    "\n" \
    "An expectation is met if the whole interval of the metric is as expected, not met if none of it is, and\n" \
    "undecided if the run is too short to tell. Exit code 4: something is not met; 5: something is undecided.\n" \
    "\n" \
    "expect:\n" \
    "  - {metric: p99.9, below: 60 us}\n" \
    "  - {metric: P(latency > 100 us), below: 1e-4, because: the controller's deadline}\n" \
    "  - {metric: offset_to, of: native.yaml, at: p50, is: 5 us, within: 0.75 us}\n" \
    "  - {metric: share, of: microkernel tick, below: 0.01}"
// clang-format on

#endif
