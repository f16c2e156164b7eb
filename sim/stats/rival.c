#include "irqpath/rival.h"
#include "irqpath/distance.h"

#include <math.h>

const char *const irqp_rival_names[IRQP_RIVALS] = {"no change", "shift", "scale"};

/* Where a latency of the baseline goes: factor * x + cost. */
struct change {
    double factor, cost;
};

static bool change_of(struct change *change, enum irqp_rival rival, const struct irqp_bins *baseline,
                      double cost)
{
    irqp_time median;
    *change = (struct change){1, rival == IRQP_RIVAL_SHIFT ? cost : 0};
    if (rival != IRQP_RIVAL_SCALE)
        return true;
    if (!irqp_bins_quantile(baseline, 0.5, &median) || median == IRQP_UNKNOWN || median == IRQP_NEVER)
        return false;
    double middle = (double)median + (double)baseline->width / 2;
    change->factor = (middle + cost) / middle;
    return middle > 0 && change->factor > 0;
}

/* What has been shared out so far, in whole samples: the rounding of one bin is made good by the next. */
struct share {
    struct irqp_bins *out;
    irqp_time limit; /* overflow from here on; IRQP_UNKNOWN: none */
    double exact;
    uint64_t given;
};

static enum irqp_status give(struct share *share, irqp_time lower, double samples)
{
    share->exact += samples;
    uint64_t count = (uint64_t)llround(share->exact) - share->given;
    share->given += count;
    if (share->limit != IRQP_UNKNOWN && lower >= share->limit) {
        share->out->overflow += count;
        return IRQP_OK;
    }
    return irqp_bins_add(share->out, lower, count);
}

/* One bin of the baseline, changed to [from, until). */
static enum irqp_status spread(struct share *share, double from, double until, double samples,
                               irqp_time origin)
{
    double width = (double)share->out->width, phase = (double)(origin % share->out->width);
    double length = fmax(until - from, 1);
    double first = floor((from - phase) / width), last = ceil((from + length - phase) / width);
    enum irqp_status status = IRQP_OK;
    for (double bin = first; bin < last && status == IRQP_OK; bin++) {
        double lower = bin * width + phase;
        double common = fmin(from + length, lower + width) - fmax(from, lower);
        if (common > 0)
            status = give(share, (irqp_time)lower, samples * common / length);
    }
    return status;
}

enum irqp_status irqp_rival(struct irqp_bins *out, enum irqp_rival rival, const struct irqp_bins *baseline,
                            double cost, const struct irqp_bins *like)
{
    struct change change;
    irqp_bins_init(out, like->width);
    if (irqp_bins_total(baseline) == 0 || !change_of(&change, rival, baseline, cost))
        return IRQP_INPUT;
    irqp_time origin = like->count > 0 ? like->bins[0].lower : 0;
    struct share share = {.out = out, .limit = like->overflow > 0 ? irqp_bins_limit(like) : IRQP_UNKNOWN};
    enum irqp_status status = IRQP_OK;
    out->limit = like->limit;
    out->underflow = baseline->underflow;
    for (size_t i = 0; i < baseline->count && status == IRQP_OK; i++) {
        double from = change.factor * (double)baseline->bins[i].lower + change.cost;
        status = spread(&share, from, from + change.factor * (double)baseline->width,
                        (double)baseline->bins[i].count, origin);
    }
    out->overflow += baseline->overflow;
    if (status != IRQP_OK)
        irqp_bins_fini(out);
    return status;
}
