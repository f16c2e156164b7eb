/* Stripped native: the paper's intermediate Linux, without global and large pages and with a TLB flush on
 * each kernel entry and exit (facts, section 7.3). It pays for cold TLBs as a rehosted guest does, but
 * crosses into no microkernel. The tables are native's; these are the fragments that differ.
 */
#include "native.h"

#define END IRQP_END

// clang-format off
static const struct irqp_step kernel_entry_flush[] = {
    {.name = "kernel entry: flush the TLB", .cost = P_SPACE_SWITCH},
    {.fragment = KERNEL_WALKS},
    END,
};

static const struct irqp_step kernel_exit_flush[] = {
    {.name = "kernel exit: flush the TLB", .cost = P_SPACE_SWITCH},
    END,
};

static const struct irqp_step user_after_flush[] = {
    {.fragment = USER_WALKS},
    END,
};

/* The user task's entries go once more at the exit to it: its walks stand there. */
static const struct irqp_step switch_walks[] = {
    {.fragment = KERNEL_WALKS},
    END,
};

/* Whatever was interrupted finds its TLB empty. */
static const struct irqp_step interrupt_return[] = {
    {.fragment = KERNEL_EXIT_FLUSH, .flags = CRITICAL | PLATFORM},
    {.name = "return from interrupt", .cost = P_RETURN, .flags = CRITICAL | PLATFORM | IRQP_STEP_RESTORES, .effect = E_IF_USER_INTERRUPTED, .to = "user"},
    {.name = "TLB: page walks of the guest kernel", .cost = COST_KERNEL_WALKS, .flags = KERNEL | PLATFORM, .effect = IRQP_EFFECT_POP},
    {.name = "TLB: page walks of the user task", .cost = COST_USER_WALKS, .flags = USER | PLATFORM, .effect = IRQP_EFFECT_POP, .label = "user"},
    END,
};
// clang-format on

static void rules(const struct machine *machine, struct irqp_platform_rules *rules)
{
    native_rules(machine, rules);
    rules->fragments[KERNEL_ENTRY_FLUSH] = kernel_entry_flush;
    rules->fragments[KERNEL_EXIT_FLUSH] = kernel_exit_flush;
    rules->fragments[USER_AFTER_FLUSH] = user_after_flush;
    rules->fragments[SWITCH_WALKS] = switch_walks;
    rules->fragments[INTERRUPT_RETURN] = interrupt_return;
}

const struct platform platform_stripped = {
    .name = "stripped",
    .global_pages = false,
    .large_pages = false,
    .rules = rules,
    .link = native_link,
    .accept = native_accept,
    .attend = native_attend,
};
