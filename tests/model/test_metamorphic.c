/* A cost that is raised by x raises the latency of exactly the routes that pay it, by x for each time they
 * pay. Open loop and constant costs: in a closed loop everything moves.
 */
#include "harness.h"

enum { SITUATIONS = 5 };
static const struct situation {
    const char *file, *placement;
} situations[SITUATIONS] = {
    {MICRO("spin"), "placement=rehosted"}, {MICRO("kernel"), "placement=rehosted"},
    {MICRO("idle"), "placement=rehosted"}, {MICRO("spin"), "placement=native"},
    {MICRO("idle"), "placement=native"},
};

static irqp_time latency(const struct situation *situation, const char *override)
{
    return constant_latency(situation->file, OVERRIDES(situation->placement), OVERRIDES(override));
}

static void a_cost_is_paid_where_it_is_due(void **state)
{
    (void)state;
    /* how often each is paid: rehosted from user mode, from kernel mode, idle; native from user mode, idle */
    static const struct {
        const char *cost;
        int paid[SITUATIONS];
    } table[] = {
        {"hardware.vector", {0, 0, 0, 1, 1}},
        {"hardware.local_apic_eoi", {1, 1, 1, 1, 1}},
        {"hardware.io_apic_mask", {0, 0, 0, 0, 0}},
        {"hardware.hpet_read", {2, 2, 2, 2, 2}},
        {"hardware.hpet_write", {1, 1, 1, 1, 1}},
        {"hardware.idle_exit", {0, 0, 1, 0, 1}},
        {"hardware.address_space_switch", {1, 0, 1, 1, 1}},
        {"hardware.return", {0, 0, 0, 0, 1}},
        {"hardware.io_apic_transit", {1, 1, 1, 1, 1}},
        {"guest.irq_enter", {1, 1, 1, 1, 1}},
        {"guest.clock_read", {1, 1, 1, 1, 1}},
        {"guest.timer_expire", {1, 1, 1, 1, 1}},
        {"guest.timer_callback", {1, 1, 1, 1, 1}},
        {"guest.irq_exit", {1, 1, 1, 1, 1}},
        {"guest.schedule", {1, 1, 1, 1, 1}},
        {"guest.dequeue", {0, 0, 0, 0, 0}},
        {"guest.context_switch", {1, 1, 1, 1, 1}},
        {"guest.switch_refill", {0, 0, 0, 1, 1}},
        {"guest.switch_finish", {1, 1, 1, 1, 1}},
        {"guest.sleep_setup", {0, 0, 0, 0, 0}},
        {"guest.sleep_return", {1, 1, 1, 1, 1}},
        {"guest.syscall_exit", {0, 0, 0, 1, 1}},
        {"guest.clock_gettime", {1, 1, 1, 1, 1}},
        {"guest.cyclictest_work", {0, 0, 0, 0, 0}},
        {"microkernel.irq_entry", {1, 1, 1, 0, 0}},
        {"microkernel.irq_object", {1, 1, 1, 0, 0}},
        {"microkernel.front_misses", {1, 1, 1, 0, 0}},
        {"microkernel.decide", {1, 1, 1, 0, 0}},
        {"microkernel.enter_kernel_mode", {1, 1, 0, 0, 0}},
        {"hardware.page_walk", {26, 6, 26, 6, 6}},
        {"microkernel.state_copy", {1, 1, 0, 0, 0}},
        {"microkernel.upcall_misses", {1, 1, 0, 0, 0}},
        {"microkernel.thread_switch", {0, 0, 1, 0, 0}},
        {"microkernel.wait_call", {0, 0, 0, 0, 0}},
        {"microkernel.wait_return", {0, 0, 1, 0, 0}},
        {"microkernel.receive_call", {0, 0, 0, 0, 0}},
        {"microkernel.self_resume", {0, 0, 0, 0, 0}},
        {"microkernel.gdt_call", {1, 1, 1, 0, 0}},
        {"microkernel.resume", {1, 1, 1, 0, 0}},
        {"microkernel.resume_space", {1, 1, 1, 0, 0}},
        {"rehosted.guest_entry", {1, 1, 0, 0, 0}},
        {"rehosted.segment_reload", {1, 1, 0, 0, 0}},
        {"rehosted.handler_misses", {1, 1, 1, 0, 0}},
        {"rehosted.delivery_unexplained", {1, 1, 1, 0, 0}},
        {"rehosted.enable", {1, 1, 3, 0, 0}},
        {"rehosted.state_page", {1, 1, 1, 0, 0}},
        {"rehosted.switch_refill", {1, 1, 1, 0, 0}},
        {"rehosted.user_refill", {1, 1, 1, 0, 0}},
        {"rehosted.kernel_refill", {0, 0, 0, 0, 0}},
    };
    irqp_time before[SITUATIONS];
    struct subject subject = subject_make(MICRO("idle"), NULL, NULL);
    for (int i = 0; i < SITUATIONS; i++)
        before[i] = latency(&situations[i], "cyclictest.priority=99");
    for (size_t c = 0; c < sizeof table / sizeof *table; c++) {
        const irqp_time x = 777 * IRQP_NS;
        char override[128];
        snprintf(override, sizeof override, "costs.%s=%lld ps", table[c].cost,
                 (long long)(constant_cost(&subject, table[c].cost) + x));
        for (int i = 0; i < SITUATIONS; i++) {
            irqp_time raised = latency(&situations[i], override) - before[i];
            if (raised != table[c].paid[i] * x)
                fail_msg("%s in %s, %s: %lld ps more", table[c].cost, strrchr(situations[i].file, '/') + 1,
                         situations[i].placement, (long long)raised);
        }
    }
    subject_drop(&subject);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_cost_is_paid_where_it_is_due)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
