/* What the routes of a rehosted wake-up are made of, by the names of the costs: written down from sections 1,
 * 2 and 7.1 of the facts, not from the tables. For sum_of_costs(). */
#ifndef IRQPATH_TESTS_MODEL_ROUTE_COSTS_H
#define IRQPATH_TESTS_MODEL_ROUTE_COSTS_H

/* From the vector to the delivery decision. */
#define FRONT                                                                                                \
    " microkernel.irq_entry microkernel.irq_object hardware.local_apic_eoi microkernel.front_misses"         \
    " microkernel.decide"
/* To a thread of another address space. */
#define SWITCH_SPACE " microkernel.thread_switch hardware.address_space_switch walks.kernel"
/* The guest's timer interrupt. */
#define HANDLER                                                                                              \
    " rehosted.handler_misses rehosted.delivery_unexplained"                                                 \
    " guest.irq_enter guest.clock_read guest.timer_expire guest.timer_callback"                              \
    " hardware.hpet_read hardware.hpet_write hardware.hpet_read guest.irq_exit"
/* The guest's switch to the task. */
#define SWITCH                                                                                               \
    " guest.schedule microkernel.gdt_call guest.context_switch rehosted.switch_refill"                       \
    " rehosted.switch_unexplained guest.switch_finish rehosted.enable"
/* To the task's clock read. */
#define LEAVE                                                                                                \
    " guest.sleep_return rehosted.state_page microkernel.resume microkernel.resume_space"                    \
    " walks.user rehosted.user_refill guest.clock_gettime"
/* Of a vCPU that does not run: the address space is the switch's. */
#define UPCALL                                                                                               \
    " microkernel.enter_kernel_mode microkernel.state_copy microkernel.upcall_misses"                        \
    " rehosted.segment_reload rehosted.guest_entry"
/* The round trip of a deferred delivery. */
#define RECEIVE " rehosted.receive_prepare microkernel.receive_call microkernel.receive_misses"

#endif
