/* The clock: how cyclictest reads it (facts, section 1, N10), and the kernel in its timer interrupt (N4).
 *
 * A read by system call takes the time inside the kernel: the way in, and what it interrupts on, counts; the
 * way out does not. What a rehosted system call costs is the platform's.
 */
#include "models/run.h"

enum clock_read { BY_TSC, BY_SYSTEM_CALL, BY_HPET };

// clang-format off
static const struct irqp_step tsc_in_user_mode[] = {
    {.name = "cyclictest: clock read", .cost = P_CLOCK_GETTIME, .flags = USER, .effect = E_SAMPLE},
    IRQP_END,
};

static const struct irqp_step tsc_by_system_call[] = {
    {.fragment = SYSCALL_ENTER},
    {.name = "clock_gettime: read the time-stamp counter", .cost = P_CLOCK_READ, .flags = KERNEL, .effect = E_SAMPLE},
    {.fragment = SYSCALL_EXIT},
    IRQP_END,
};

static const struct irqp_step hpet_by_system_call[] = {
    {.fragment = SYSCALL_ENTER},
    {.name = "clock_gettime: read the HPET", .cost = P_HPET_READ, .flags = KERNEL, .effect = E_SAMPLE},
    {.fragment = SYSCALL_EXIT},
    IRQP_END,
};

static const struct irqp_step kernel_reads_tsc[] = {
    {.name = "timer interrupt: read the clock", .cost = P_CLOCK_READ, .effect = E_READ_CLOCK},
    IRQP_END,
};

static const struct irqp_step kernel_reads_hpet[] = {
    {.name = "timer interrupt: read the clock, the HPET", .cost = P_HPET_READ, .effect = E_READ_CLOCK},
    IRQP_END,
};
// clang-format on

static enum clock_read read_by(const struct machine *machine)
{
    return (enum clock_read)value_of(machine, P_CLOCK_SOURCE)->choice;
}

bool clock_reads_hpet(const struct machine *machine)
{
    return read_by(machine) == BY_HPET;
}

void clock_rules(const struct machine *machine, struct irqp_platform_rules *rules)
{
    static const struct irqp_step *const user[] = {
        [BY_TSC] = tsc_in_user_mode, [BY_SYSTEM_CALL] = tsc_by_system_call, [BY_HPET] = hpet_by_system_call};
    enum clock_read by = read_by(machine);
    rules->fragments[READ_CLOCK_AND_SAMPLE] = user[by];
    rules->fragments[READ_CLOCK] = by == BY_HPET ? kernel_reads_hpet : kernel_reads_tsc;
}
