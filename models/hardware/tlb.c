/* The TLB: what an address space has to fetch again after a flush.
 *
 * A write of the page-table base flushes every entry that is not global (facts, section 7.3). Whoever runs
 * next walks the page tables once for each page that it touches: the guest kernel its working set, less if
 * its pages are large, not at all if they are global; a user task its own. With tagged entries there is no
 * flush: the working sets of a guest fit into the 512 entries of a K8's second level. Where a platform writes
 * the base, its tables contain these walks; cold cache lines are costs of their own.
 */
#include "models/run.h"

// clang-format off
static const struct irqp_step kernel_walks[] = {
    {.name = "TLB: page walks of the guest kernel", .cost = COST_KERNEL_WALKS, .flags = PLATFORM},
    IRQP_END,
};

static const struct irqp_step user_walks[] = {
    {.name = "TLB: page walks of the user task", .cost = COST_USER_WALKS, .flags = PLATFORM},
    IRQP_END,
};
// clang-format on

static const struct irqp_step nothing[] = {IRQP_END};

void tlb_rules(const struct machine *machine, struct irqp_platform_rules *rules)
{
    bool kernel_stays = machine->tagged_tlb || machine->global_pages;
    rules->fragments[KERNEL_WALKS] = kernel_stays ? nothing : kernel_walks;
    rules->fragments[USER_WALKS] = machine->tagged_tlb ? nothing : user_walks;
}

/* All walks of one refill take the same: their page tables are in the cache, or they are not. */
static bool derive(struct machine *machine, enum derived_cost cost, enum parameter pages, const char *formula)
{
    double count = (double)value_of(machine, pages)->count;
    struct irqp_distribution *refill = count > 0
                                           ? irqp_distribution_copy(value_of(machine, P_PAGE_WALK)->cost)
                                           : irqp_distribution_new(IRQP_CONSTANT, 0, 0, 0);
    if (refill && count > 0)
        irqp_distribution_scale(refill, count);
    machine->derived[cost - COST_KERNEL_WALKS].distribution = refill;
    machine->derived[cost - COST_KERNEL_WALKS].formula = formula;
    return refill;
}

bool tlb_derive_costs(struct machine *machine)
{
    bool kernel = machine->large_pages
                      ? derive(machine, COST_KERNEL_WALKS, P_KERNEL_LARGE_PAGES,
                               "guest.working_set.kernel_large_pages x costs.hardware.page_walk")
                      : derive(machine, COST_KERNEL_WALKS, P_KERNEL_PAGES,
                               "guest.working_set.kernel_pages x costs.hardware.page_walk");
    return kernel && derive(machine, COST_USER_WALKS, P_USER_PAGES,
                            "guest.working_set.user_pages x costs.hardware.page_walk");
}
