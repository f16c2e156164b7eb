#include "sim/cli/report.h"
#include "sim/cli/table.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum {
    WITH_SHARES = 3, /* as many results have room for a share beside every time */
    ABREAST = 4,     /* as many have room side by side */
    STEPS_SHOWN = 16,
    NAME = 54,        /* characters of a step or cause */
    LABEL_WIDTH = 10, /* characters of a line of a label */
    LABEL_ALONE = 32, /* where it heads the only column */
    LABEL_LINES = 4,
};

/* ---- latencies ---- */

bool cli_quantile_known(const struct irqp_histogram *histogram, double p)
{
    /* a hair less than ten, for p is not exact */
    return (double)histogram->total * (p < 0.5 ? p : 1 - p) > 9.999;
}

static double pick_thread_mean(const struct irqp_batch_summary *batch)
{
    return batch->thread.mean;
}
static double pick_interrupt_mean(const struct irqp_batch_summary *batch)
{
    return batch->interrupt.mean;
}

/* The columns of the table, in their order: minimum, mean, the quantiles, maximum. */
enum { MINIMUM, MEAN, FIRST_QUANTILE, MAXIMUM = FIRST_QUANTILE + IRQP_QUANTILES, STATISTICS };

/* One latency of a result; an empty one if the result has none of the name: the models of results may differ.
 */
struct sight {
    const struct irqp_run *run;
    const struct irqp_histogram *histogram;
    size_t latency; /* IRQP_LATENCIES_MAX: it has none of the name */
};

static struct sight sight_of(const struct irqp_result_file *result, const char *latency)
{
    static const struct irqp_histogram none = {.minimum = IRQP_NEVER, .maximum = -1};
    for (size_t i = 0; i < result->names.latency_count; i++)
        if (strcmp(result->names.latencies[i], latency) == 0)
            return (struct sight){&result->run, &result->run.result.latencies[i], i};
    return (struct sight){&result->run, &none, IRQP_LATENCIES_MAX};
}

struct statistic {
    bool known;
    double value; /* picoseconds */
};

static struct statistic statistic_of(const struct irqp_histogram *histogram, int which)
{
    struct statistic statistic = {.known = histogram->total > 0};
    irqp_time quantile = IRQP_NEVER;
    if (which == MINIMUM) {
        statistic.value = (double)histogram->minimum;
    } else if (which == MAXIMUM) {
        statistic.value = (double)histogram->maximum;
    } else if (which == MEAN) {
        statistic.known = irqp_histogram_mean(histogram, &statistic.value);
    } else {
        double p = irqp_quantiles[which - FIRST_QUANTILE].p;
        statistic.known = cli_quantile_known(histogram, p) &&
                          irqp_histogram_quantile(histogram, p, &quantile) && quantile != IRQP_NEVER;
        statistic.value = (double)quantile;
    }
    return statistic;
}

static void head_row(struct cli_table *table, const char *title)
{
    cli_row(table);
    cli_cell(table, CLI_BOLD, "%s", title);
    cli_cell(table, CLI_DIM, "min");
    cli_cell(table, CLI_DIM, "mean");
    for (int i = 0; i < IRQP_QUANTILES; i++)
        cli_cell(table, CLI_DIM, "%s", irqp_quantiles[i].name);
    cli_cell(table, CLI_DIM, "max");
}

static void value_row(struct cli_table *table, const char *name, const struct irqp_histogram *histogram)
{
    cli_row(table);
    cli_cell(table, CLI_PLAIN, "%s", name);
    for (int which = 0; which < STATISTICS; which++) {
        struct statistic statistic = statistic_of(histogram, which);
        cli_cell(table, CLI_PLAIN, "%s", statistic.known ? cli_us(statistic.value, 3).text : "-");
    }
}

struct interval {
    bool known;
    double ends[2]; /* picoseconds */
};

/* The means of the batches are kept of the two latencies of the wake-up. */
static struct interval mean_interval(const struct sight *sight)
{
    struct interval interval = {.known = false};
    double mean = 0, half_width = 0;
    if (sight->latency < IRQP_LATENCIES_OWN)
        interval.known = irqp_run_interval(
            sight->run, sight->latency == IRQP_LATENCY_THREAD ? pick_thread_mean : pick_interrupt_mean, &mean,
            &half_width);
    interval.ends[0] = mean - half_width;
    interval.ends[1] = mean + half_width;
    return interval;
}

static struct interval interval_of(const struct sight *sight, int which)
{
    struct interval interval = {.known = false};
    irqp_time low = 0, high = 0;
    if (which == MEAN)
        return mean_interval(sight);
    if (which >= FIRST_QUANTILE && which < MAXIMUM && sight->latency < IRQP_LATENCIES_MAX)
        interval.known = irqp_run_quantile_interval(sight->run, sight->latency,
                                                    irqp_quantiles[which - FIRST_QUANTILE].p, &low, &high);
    interval.ends[0] = (double)low;
    interval.ends[1] = (double)high;
    return interval;
}

/* Two rows, one of each end: intervals of quantiles are not symmetric. A dash below a number says that the
 * batches do not bound it. */
static void interval_rows(struct cli_table *table, const struct sight *sight)
{
    struct interval intervals[STATISTICS];
    bool any = false;
    for (int which = 0; which < STATISTICS; which++) {
        intervals[which] = interval_of(sight, which);
        any |= intervals[which].known;
    }
    if (!any)
        return;
    for (int end = 0; end < 2; end++) {
        cli_row(table);
        cli_cell(table, CLI_DIM, "%s", end == 0 ? "  95 % from" : "       to");
        for (int which = 0; which < STATISTICS; which++) {
            bool stated = which != MINIMUM && which != MAXIMUM && statistic_of(sight->histogram, which).known;
            cli_cell(table, CLI_DIM, "%s",
                     !stated                  ? ""
                     : intervals[which].known ? cli_us(intervals[which].ends[end], 3).text
                                              : "-");
        }
    }
}

static void difference_row(struct cli_table *table, const struct irqp_histogram *histogram,
                           const struct irqp_histogram *first)
{
    cli_row(table);
    cli_cell(table, CLI_BOLD, "  offset");
    for (int which = 0; which < STATISTICS; which++) {
        struct statistic statistic = statistic_of(histogram, which), base = statistic_of(first, which);
        bool known = statistic.known && base.known;
        cli_cell(table, CLI_BOLD, "%s", known ? cli_us_signed(statistic.value - base.value, 3).text : "-");
    }
}

/* Why quantiles are '-': too few samples. */
static void print_needs(const struct irqp_result_file *results, size_t count)
{
    bool first = true;
    for (int i = 0; i < IRQP_QUANTILES; i++) {
        bool known = true;
        for (size_t r = 0; r < count; r++)
            known &= cli_quantile_known(&results[r].run.result.thread, irqp_quantiles[i].p);
        if (known)
            continue;
        double p = irqp_quantiles[i].p;
        uint64_t least = (uint64_t)(10 / (p < 0.5 ? p : 1 - p) + 0.5);
        printf("%s%s %s%s", first ? "\n'-': too few samples; " : ", ", irqp_quantiles[i].name,
               first ? "needs at least " : "", cli_count(least).text);
        first = false;
    }
    if (!first)
        putchar('\n');
}

static void print_latencies(const struct cli *cli, const struct irqp_result_file *results, size_t count,
                            const char *title, const char *latency)
{
    struct cli_table table;
    cli_table_init(&table, "l  r  r  r  r  r  r  r  r");
    table.least[0] = strlen("Interrupt latency (us)"); /* the two tables stand below each other */
    for (size_t column = 1; column < table.columns; column++)
        table.least[column] = strlen("100.000");
    head_row(&table, title);
    for (size_t i = 0; i < count; i++) {
        char *name = cli_shorten(results[i].manifest.name, 28);
        struct sight sight = sight_of(&results[i], latency), first = sight_of(&results[0], latency);
        value_row(&table, name, sight.histogram);
        interval_rows(&table, &sight);
        if (i > 0)
            difference_row(&table, sight.histogram, first.histogram);
        free(name);
    }
    putchar('\n');
    cli_table_print(&table, cli->colour, stdout);
    cli_table_fini(&table);
}

static bool named_before(const struct irqp_result_file *results, size_t until, const char *latency)
{
    for (size_t r = 0; r < until; r++)
        for (size_t i = 0; i < results[r].names.latency_count; i++)
            if (strcmp(results[r].names.latencies[i], latency) == 0)
                return true;
    return false;
}

/* What the models measured beside the wake-up, by name. */
static void print_more_latencies(const struct cli *cli, const struct irqp_result_file *results, size_t count)
{
    for (size_t r = 0; r < count; r++)
        for (size_t i = IRQP_LATENCIES_OWN; i < results[r].names.latency_count; i++) {
            const char *latency = results[r].names.latencies[i];
            if (named_before(results, r, latency))
                continue;
            char *title = cli_format("%s (us)", latency);
            print_latencies(cli, results, count, title, latency);
            free(title);
        }
}

/* ---- columns of results ---- */

/* A name broken at its dashes into lines that fit over a column: "fig6-hackbench-native" takes three. */
struct label {
    char *lines[LABEL_LINES]; /* owned */
    size_t count;
};

static struct label break_label(const char *name, size_t room)
{
    struct label label = {.count = 0};
    while (*name && label.count < LABEL_LINES) {
        size_t take = strcspn(name, "-"), more = take;
        while (name[more] && (more += 1 + strcspn(name + more + 1, "-")) <= LABEL_WIDTH)
            take = more;
        char *line = cli_format("%.*s", label.count + 1 < LABEL_LINES ? (int)take : INT_MAX, name);
        label.lines[label.count++] = cli_shorten(line, room);
        free(line);
        name += take;
        name += *name == '-';
    }
    return label;
}

/* The results from `first` to `until` of a list that is shown in groups side by side. */
struct group {
    char *const *labels;
    size_t first, until;
    bool with_shares, with_offset;
};

/* The head of a table with a column, or two, per result: the labels end in its last line. */
static void head_rows(struct cli_table *table, const char *title, const struct group *group)
{
    struct label labels[ABREAST];
    size_t lines = 1;
    for (size_t r = group->first; r < group->until; r++) {
        struct label *label = &labels[r - group->first];
        *label = break_label(group->labels[r], group->until - group->first == 1 ? LABEL_ALONE : LABEL_WIDTH);
        lines = label->count > lines ? label->count : lines;
    }
    for (size_t line = 0; line < lines; line++) {
        cli_row(table);
        cli_cell(table, CLI_BOLD, "%s", line + 1 == lines ? title : "");
        for (size_t r = 0; r < group->until - group->first; r++) {
            size_t skipped = lines - labels[r].count;
            if (group->with_shares)
                cli_cell(table, CLI_PLAIN, "%s", "");
            cli_cell(table, CLI_DIM, "%s", line < skipped ? "" : labels[r].lines[line - skipped]);
        }
        if (group->with_offset && line + 1 == lines)
            cli_cell(table, CLI_DIM, "offset");
    }
    for (size_t r = 0; r < group->until - group->first; r++)
        for (size_t line = 0; line < labels[r].count; line++)
            free(labels[r].lines[line]);
}

/* ---- where the time went ---- */

/* One step or cause, in all results. */
struct share {
    const char *name;
    double *times; /* picoseconds per sample, by result */
    double largest;
};

struct shares {
    struct share *items;
    size_t count, results;
    double *sums; /* mean latency, by result */
};

static double *zeros(size_t count)
{
    double *values = cli_allocate(NULL, count, sizeof *values);
    for (size_t i = 0; i < count; i++)
        values[i] = 0;
    return values;
}

static struct share *share_named(struct shares *shares, const char *name)
{
    for (size_t i = 0; i < shares->count; i++)
        if (strcmp(shares->items[i].name, name) == 0)
            return &shares->items[i];
    shares->items = cli_allocate(shares->items, shares->count + 1, sizeof *shares->items);
    shares->items[shares->count] = (struct share){.name = name, .times = zeros(shares->results)};
    return &shares->items[shares->count++];
}

static int by_size(const void *a, const void *b)
{
    const struct share *left = a, *right = b;
    if (left->largest != right->largest)
        return left->largest > right->largest ? -1 : 1;
    return strcmp(left->name, right->name);
}

/* What is missing to a sum that a source states: shown whatever its size, also where it is nothing. */
static bool unexplained(const char *name)
{
    return strncmp(name, "unexplained", strlen("unexplained")) == 0;
}

/* Gathers steps or causes by name; the numbers of a name differ between platforms. */
static void collect(struct shares *shares, const struct irqp_result_file *results, size_t count, bool steps)
{
    *shares = (struct shares){.results = count, .sums = zeros(count)};
    for (size_t r = 0; r < count; r++) {
        const struct irqp_result *result = &results[r].run.result;
        const char *const *names = steps ? results[r].names.steps : results[r].names.causes;
        const irqp_time *times = steps ? result->step_time : result->cause_time;
        size_t named = steps ? results[r].names.step_count : results[r].names.cause_count;
        for (size_t i = 0; i < named; i++) {
            double time = (double)times[i] / (double)result->thread.total;
            if (times[i] == 0 && !unexplained(names[i]))
                continue;
            struct share *share = share_named(shares, names[i]);
            share->times[r] += time;
            shares->sums[r] += time;
            share->largest = share->times[r] > share->largest ? share->times[r] : share->largest;
        }
    }
    if (shares->count > 0)
        qsort(shares->items, shares->count, sizeof *shares->items, by_size);
}

static void shares_fini(struct shares *shares)
{
    for (size_t i = 0; i < shares->count; i++)
        free(shares->items[i].times);
    free(shares->items);
    free(shares->sums);
}

static void share_row(struct cli_table *table, enum cli_style style, const char *name, const double *times,
                      const struct shares *shares, const struct group *group)
{
    char *shown = cli_shorten(name, NAME);
    cli_row(table);
    cli_cell(table, style, "%s", shown);
    free(shown);
    for (size_t r = group->first; r < group->until; r++) {
        cli_cell(table, style, "%s", times[r] > 0 ? cli_us(times[r], 3).text : "-");
        if (group->with_shares)
            cli_cell(table, CLI_DIM, "%s", times[r] > 0 ? cli_share(times[r], shares->sums[r]).text : "");
    }
    if (group->with_offset)
        cli_cell(table, style, "%s", cli_us_signed(times[1] - times[0], 3).text);
}

static void print_group(const struct cli *cli, const char *title, const struct shares *shares, size_t shown,
                        const struct group *group)
{
    struct cli_table table;
    double *hidden = zeros(shares->results);
    size_t hidden_count = 0;
    cli_table_init(&table, group->with_shares ? "l  r r  r r  r r  r" : "l  r  r  r  r");
    head_rows(&table, title, group);
    for (size_t i = 0; i < shares->count; i++) {
        const struct share *share = &shares->items[i];
        if (i < shown || unexplained(share->name)) {
            share_row(&table, CLI_PLAIN, share->name, share->times, shares, group);
            continue;
        }
        hidden_count++;
        for (size_t r = 0; r < shares->results; r++)
            hidden[r] += share->times[r];
    }
    if (hidden_count > 0) {
        char *name = cli_format("%zu smaller ones (--all)", hidden_count);
        share_row(&table, CLI_DIM, name, hidden, shares, group);
        free(name);
    }
    share_row(&table, CLI_BOLD, "sum", shares->sums, shares, group);
    putchar('\n');
    cli_table_print(&table, cli->colour, stdout);
    cli_table_fini(&table);
    free(hidden);
}

static void print_shares(const struct cli *cli, const struct irqp_result_file *results, size_t count,
                         char *const *labels, const char *title, bool steps, size_t shown)
{
    struct shares shares;
    collect(&shares, results, count, steps);
    for (size_t first = 0; first < count; first += ABREAST) {
        const struct group group = {
            .labels = labels,
            .first = first,
            .until = first + ABREAST < count ? first + ABREAST : count,
            .with_shares = count <= WITH_SHARES,
            .with_offset = count == 2,
        };
        /* one more than the rest would stand for is shown instead */
        print_group(cli, title, &shares, shares.count <= shown + 1 ? shares.count : shown, &group);
    }
    shares_fini(&shares);
}

/* ---- the whole run ---- */

static uint64_t counter_named(const struct irqp_result_file *result, const char *name)
{
    for (size_t i = 0; i < result->names.counter_count; i++)
        if (strcmp(result->names.counters[i], name) == 0)
            return result->run.result.counters[i];
    return 0;
}

static bool counted_before(const struct irqp_result_file *results, size_t until, const char *name)
{
    for (size_t r = 0; r < until; r++)
        for (size_t i = 0; i < results[r].names.counter_count; i++)
            if (results[r].run.result.counters[i] > 0 && strcmp(results[r].names.counters[i], name) == 0)
                return true;
    return false;
}

static void counter_row(struct cli_table *table, const struct irqp_result_file *results, size_t first,
                        size_t until, const char *name)
{
    cli_row(table);
    cli_cell(table, CLI_PLAIN, "%s per second", name);
    for (size_t r = first; r < until; r++) {
        double seconds = (double)results[r].run.result.simulated / (double)IRQP_S;
        uint64_t count = counter_named(&results[r], name);
        cli_cell(table, CLI_PLAIN, "%s",
                 count > 0 && seconds > 0 ? cli_rate((double)count / seconds).text : "-");
    }
}

static void peak_row(struct cli_table *table, const struct irqp_result_file *results, size_t first,
                     size_t until, const char *name)
{
    cli_row(table);
    cli_cell(table, CLI_PLAIN, "most %s at once", name);
    for (size_t r = first; r < until; r++) {
        uint64_t peak = 0;
        for (size_t i = 0; i < results[r].names.peak_count; i++)
            if (strcmp(results[r].names.peaks[i], name) == 0)
                peak = results[r].run.result.peaks[i];
        cli_cell(table, CLI_PLAIN, peak > 0 ? "%llu" : "-", (unsigned long long)peak);
    }
}

static bool peaked_before(const struct irqp_result_file *results, size_t until, const char *name)
{
    for (size_t r = 0; r < until; r++)
        for (size_t i = 0; i < results[r].names.peak_count; i++)
            if (results[r].run.result.peaks[i] > 0 && strcmp(results[r].names.peaks[i], name) == 0)
                return true;
    return false;
}

/* ---- throughput: the other side of a latency ---- */

static bool throughput_of(const struct irqp_result_file *result, struct irqp_throughput *throughput)
{
    return result->manifest.work.unit && irqp_run_throughput(&result->run, throughput);
}

/* "1.23 M messages", and below it how sure that is. */
static void throughput_rows(struct cli_table *table, const struct irqp_result_file *results, size_t first,
                            size_t until, const char *unit)
{
    struct irqp_throughput throughput;
    for (int interval = 0; interval < 2; interval++) {
        cli_row(table);
        cli_cell(table, interval ? CLI_DIM : CLI_PLAIN, interval ? "  95 %% interval" : "%s per second",
                 unit);
        for (size_t r = first; r < until; r++) {
            bool counted =
                throughput_of(&results[r], &throughput) && strcmp(results[r].manifest.work.unit, unit) == 0;
            if (interval && counted && throughput.rate > 0 && throughput.half_width >= 0)
                cli_cell(table, CLI_DIM, "± %.2g %%", 100 * throughput.half_width / throughput.rate);
            else
                cli_cell(table, CLI_PLAIN, "%s",
                         counted ? interval ? "" : cli_rate(throughput.rate).text : "-");
        }
    }
}

static void run_time_row(struct cli_table *table, const struct irqp_result_file *results, size_t first,
                         size_t until)
{
    struct irqp_throughput throughput;
    double seconds, low, high;
    bool any = false;
    for (size_t r = first; r < until; r++)
        any |= results[r].manifest.work.total > 0;
    if (!any)
        return;
    cli_row(table);
    cli_cell(table, CLI_BOLD, "run time of the load");
    for (size_t r = first; r < until; r++) {
        bool known =
            throughput_of(&results[r], &throughput) &&
            irqp_throughput_run_time(&throughput, results[r].manifest.work.total, &seconds, &low, &high);
        cli_cell(table, CLI_BOLD, "%s", known ? cli_seconds(seconds).text : "-");
    }
}

static void print_throughput(const struct cli *cli, const struct irqp_result_file *results,
                             const struct group *group)
{
    size_t first = group->first, until = group->until;
    struct cli_table table;
    bool any = false;
    cli_table_init(&table, "l  r  r  r  r");
    head_rows(&table, "Throughput of the load", group);
    for (size_t r = first; r < until; r++) {
        const char *unit = results[r].manifest.work.unit;
        bool new = unit != NULL;
        for (size_t before = first; new &&before < r; before++)
            new =
                !results[before].manifest.work.unit || strcmp(results[before].manifest.work.unit, unit) != 0;
        if (new)
            throughput_rows(&table, results, first, until, unit);
        any |= new;
    }
    if (any) {
        run_time_row(&table, results, first, until);
        putchar('\n');
        cli_table_print(&table, cli->colour, stdout);
    }
    cli_table_fini(&table);
}

static void print_whole(const struct cli *cli, const struct irqp_result_file *results, size_t count,
                        const struct group *group)
{
    size_t first = group->first, until = group->until;
    struct cli_table table;
    cli_table_init(&table, "l  r  r  r  r");
    head_rows(&table, "The whole run", group);
    cli_row(&table);
    cli_cell(&table, CLI_PLAIN, "simulated time");
    for (size_t r = first; r < until; r++)
        cli_cell(&table, CLI_PLAIN, "%s", cli_seconds((double)results[r].run.result.simulated / IRQP_S).text);
    for (int mode = 0; mode < IRQP_MODES; mode++) {
        cli_row(&table);
        cli_cell(&table, CLI_PLAIN, "CPU time: %s", irqp_mode_names[mode]);
        for (size_t r = first; r < until; r++)
            cli_cell(&table, CLI_PLAIN, "%s",
                     cli_share((double)results[r].run.result.mode_time[mode],
                               (double)results[r].run.result.simulated)
                         .text);
    }
    for (size_t r = 0; r < count; r++)
        for (size_t i = 0; i < results[r].names.counter_count; i++)
            if (results[r].run.result.counters[i] > 0 &&
                !counted_before(results, r, results[r].names.counters[i]))
                counter_row(&table, results, first, until, results[r].names.counters[i]);
    for (size_t r = 0; r < count; r++)
        for (size_t i = 0; i < results[r].names.peak_count; i++)
            if (results[r].run.result.peaks[i] > 0 && !peaked_before(results, r, results[r].names.peaks[i]))
                peak_row(&table, results, first, until, results[r].names.peaks[i]);
    putchar('\n');
    cli_table_print(&table, cli->colour, stdout);
    cli_table_fini(&table);
}

/* ---- all of it ---- */

static void print_list(const struct cli *cli, const struct irqp_result_file *results, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct irqp_run *run = &results[i].run;
        cli_print_name(cli, results[i].manifest.name, results[i].manifest.title);
        printf("    %s sample%s", cli_count(run->result.thread.total).text,
               run->result.thread.total == 1 ? "" : "s");
        if (run->partial)
            printf(" (partial: stopped before %s)", cli_count(run->samples).text);
        printf(" in %s batch%s, seed %llu\n", cli_count(run->done).text, run->done == 1 ? "" : "es",
               (unsigned long long)run->seed);
        uint64_t skipped = counter_named(&results[i], "expiries skipped");
        if (skipped > 0)
            printf("    %s expiries skipped: the wake-up before was later than they were\n",
                   cli_count(skipped).text);
    }
}

void cli_report(const struct cli *cli, const struct irqp_result_file *results, size_t count, bool all)
{
    char **labels = cli_labels(results, count, LABEL_WIDTH * LABEL_LINES);
    print_list(cli, results, count);
    print_latencies(cli, results, count, "Thread latency (us)", "thread");
    print_latencies(cli, results, count, "Interrupt latency (us)", "interrupt");
    print_needs(results, count);
    print_more_latencies(cli, results, count);
    print_shares(cli, results, count, labels, "Why: thread latency by cause (us)", false, SIZE_MAX - 1);
    print_shares(cli, results, count, labels, "Where: thread latency by step (us)", true,
                 all ? SIZE_MAX - 1 : STEPS_SHOWN);
    for (size_t first = 0; first < count; first += ABREAST) {
        const struct group group = {
            .labels = labels, .first = first, .until = first + ABREAST < count ? first + ABREAST : count};
        print_throughput(cli, results, &group);
        print_whole(cli, results, count, &group);
    }
    cli_labels_free(labels, count);
}
