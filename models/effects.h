/* What a step does at its end: X(NAME, function, words). One list gives the numbers, the table of functions
 * and what `describe` says. Those in words that begin with "if" jump to the step's label.
 */
#ifndef MODELS_EFFECTS_H
#define MODELS_EFFECTS_H

#include "irqpath/engine.h"

#define EFFECTS(X)                                                                                           \
    /* guest: interrupts and timers */                                                                       \
    X(IRQ_EXIT, guest_irq_exit, "schedule if the interrupted context allows it and a better task is ready")  \
    X(IF_USER_INTERRUPTED, guest_if_user_interrupted, "if a user task was interrupted")                      \
    X(READ_CLOCK, guest_read_clock, "take the time")                                                         \
    X(IF_NO_TIMER_DUE, guest_if_no_timer_due, "if no timer is due")                                          \
    X(IF_TICK_FIRST, guest_if_tick_first, "if the tick is the timer due first")                              \
    X(IF_NO_ACTIVATION, guest_if_no_activation, "if the real-time task's timer is not due")                  \
    X(CALLBACK_URGENT, guest_callback_urgent, "interrupt latency ends here")                                 \
    X(WAKE_URGENT, guest_wake_urgent, "make the real-time task runnable")                                    \
    X(QUEUE_AND_END, guest_queue_and_end,                                                                    \
      "the activation ends; if there was none and it is not the earliest")                                   \
    X(SPIN, guest_spin, "compute the time until the target")                                                 \
    X(CALLBACK, guest_callback, "interrupt latency ends here")                                               \
    X(TIMER_WAKE, guest_timer_wake, "make the sleeper runnable")                                             \
    X(GUEST_TICK_ONLY, guest_count_tick, "preempt at the end of a slice")                                    \
    X(GUEST_TICK, guest_advance_tick, "advance the tick; preempt at the end of a slice")                     \
    X(ARM_TIMER, guest_arm_timer, "arm the comparator for the earliest timer")                               \
    X(IF_TIMER_PASSED, guest_if_timer_passed, "if the earliest timer has passed meanwhile")                  \
    X(IF_EXPIRED, guest_if_expired, "if the expiry has passed already")                                      \
    X(QUEUE_TIMER, guest_queue_timer, "the timer is queued; if it is not the earliest")                      \
    X(SLEEP_FOR, guest_sleep_for, "the length of the sleep is the program's")                                \
    X(STOP_TICK, guest_stop_tick, "the tick stops in idle; if the device was not programmed for it")         \
    X(RESTART_TICK, guest_restart_tick, "the tick goes on; if the device need not be programmed for it")     \
    X(SAMPLE, guest_sample, "clock read: the sample is taken")                                               \
    X(SAMPLE_RELATIVE, guest_sample_relative, "clock read: the sample is taken")                             \
    X(INTERVAL_BEGINS, guest_interval_begins, "the expiry to measure against is an interval from here")      \
    X(SLEEP_INTERVAL, guest_sleep_interval, "the timer's expiry is an interval from here")                   \
    /* guest: scheduling */                                                                                  \
    X(IF_RUNNABLE, guest_if_runnable, "if the task is still runnable")                                       \
    X(PICK, guest_pick, "if the current task stays the best")                                                \
    X(SWITCH_TASK, guest_switch, "continue on the next task's stack")                                        \
    X(IF_SEGMENTS_LOADED, guest_if_segments_loaded,                                                          \
      "if the next task has none of its own, or they are loaded")                                            \
    X(LOAD_SEGMENTS, guest_load_segments, "the next task's are loaded")                                      \
    X(FINISH_SWITCH, guest_finish_switch, "drop what the previous task left, where the design says here")    \
    X(IF_RESCHED, guest_if_resched, "if a better task is ready")                                             \
    X(RESCHEDULE, guest_reschedule, "schedule if a better task is ready, then look again")                   \
    X(BLOCK, guest_block, "wait, if there still is reason to; then look again")                              \
    /* guest: processes */                                                                                   \
    X(MAP_PAGE, guest_map_page, "one page more is mapped")                                                   \
    X(FORK, guest_fork, "a child begins")                                                                    \
    X(EXEC, guest_exec, "a new address space; the old one is to be destroyed")                               \
    X(EXIT_PAGES, guest_exit_pages, "compute the length of freeing all pages")                               \
    X(EXIT, guest_exit, "the process is dead; its parent is woken, its address space dropped")               \
    X(IF_CHILD_DEAD, guest_if_child_dead, "if a child has ended")                                            \
    X(DROPPED, guest_dropped, "what the task itself was destroying, if anything, comes back")                \
    X(NEXT_DEAD_SPACE, guest_next_dead_space, "take the next dead address space")                            \
    X(REPEAT, guest_repeat, "run the body as often as the program says")                                     \
    X(ROUND, guest_round, "a round is done: so much more of the load's work")                                \
    X(COAST, load_coast, "far from whatever may come, many rounds at once")                                  \
    /* guest: channels */                                                                                    \
    X(CHANNEL_NEXT, guest_channel_next, "turn to the next channel of the group")                             \
    X(CHANNEL_OWN, guest_channel_own, "turn to the process's own channel of the group")                      \
    X(IF_ROOM, guest_if_room, "if the channel has room")                                                     \
    X(IF_MESSAGE, guest_if_message, "if the channel has a message")                                          \
    X(PUT, guest_put, "the message is in the channel")                                                       \
    X(GET, guest_get, "the message is taken")                                                                \
    X(IF_NO_RECEIVER, guest_if_no_receiver, "if nobody waits for a message")                                 \
    X(IF_NO_SENDER, guest_if_no_sender, "if nobody waits for room")                                          \
    X(WAKE_RECEIVER, guest_wake_receiver, "make the receiver runnable")                                      \
    X(WAKE_SENDER, guest_wake_sender, "make the sender runnable")                                            \
    /* guest: mutexes, rates */                                                                              \
    X(TURN_TO_MUTEX, guest_turn_to_mutex, "turn to the mutex")                                               \
    X(LOCK_IF_FREE, guest_lock_if_free, "if it is free: taken")                                              \
    X(LOCK_WAIT, guest_lock_wait, "join those that wait; the holder inherits the priority")                  \
    X(UNLOCK_IF_UNWANTED, guest_unlock_if_unwanted, "if nobody waits: released")                             \
    X(UNLOCK, guest_unlock, "hand it to the first that waits, and make that runnable")                       \
    X(RELEASE, guest_release, "the next release of the program's rounds")                                    \
    /* disk */                                                                                               \
    X(DISK_SUBMIT, disk_submit, "the disk has one request more")                                             \
    X(DISK_WAKE_THREAD, guest_disk_wake_thread, "make the interrupt thread runnable")                        \
    X(IF_SOFTIRQ_RUNS, guest_if_softirq_runs, "if the softirq runs already: it will look again")             \
    X(SOFTIRQ_NEXT, guest_softirq_next, "if nothing is completed: the softirq ends")                         \
    X(DISK_COMPLETE, disk_complete, "the device is quiet; its line is deasserted")                           \
    X(IF_DISK_QUIET, guest_if_disk_quiet, "if no process waits for what was completed")                      \
    X(DISK_WAKE, guest_disk_wake, "make the process runnable that waited")                                   \
    /* graphics and console */                                                                               \
    X(DRAW, output_draw, "so many bytes of the screen are to be drawn")                                      \
    X(PRINT, output_print, "so many bytes are to be printed")                                                \
    X(REFRESH_AT, output_refresh_at, "the next period of the refresh")                                       \
    X(REFRESH, output_refresh, "the whole screen is to be shown")                                            \
    X(OUTPUT_MESSAGE, output_message, "put as much into the message as a request may have")                  \
    X(IF_OUTPUT_LEFT, output_if_left, "if something is left to show")                                        \
    X(RING_PUT, output_ring_put, "the ring has one entry more; if it is full, the last grows")               \
    X(IF_NO_NOTICE, output_if_no_notice, "if the second thread need not be notified")                        \
    X(RING_NOTIFY, output_ring_notify, "wake the second thread")                                             \
    X(RING_WAIT, output_ring_wait, "block in an open receive, unless the ring has an entry")                 \
    X(RING_TAKE, output_ring_take, "take the first entry of the ring into the message")                      \
    X(TAKE_REQUEST, output_take_request, "compute the length of the request")                                \
    X(SHOWN, output_shown, "the request is shown")                                                           \
    /* competing threads */                                                                                  \
    X(COMPETING_DELIVER, competing_deliver, "the thread whose interrupt it is is woken, or handles it")      \
    X(COMPETING_IF_PENDING, competing_if_pending, "if another one came meanwhile")                           \
    X(COMPETING_REST, competing_rest, "the next interrupt ends the idle time")                               \
    X(COMPETING_IF_WORK, competing_if_work, "if the idle time is over")                                      \
    X(COMPETING_WAIT, competing_wait, "block in an open receive, unless the idle time is over")              \
    X(COMPETING_DRAW, competing_draw, "put what is to be shown into the message")                            \
    /* idle */                                                                                               \
    X(IDLE_BY_TIMER, idle_choose_by_timer, "the deepest state that is worth it until the next timer")        \
    X(IDLE_BY_TICK, idle_choose_by_tick, "the deepest state that is worth it until the next tick")           \
    /* latency probe */                                                                                      \
    X(PROBE_HANDLED, probe_handled, "assertion to hard handler ends here")                                   \
    X(PROBE_WAKE_THREAD, probe_wake_thread, "make the interrupt thread runnable")                            \
    X(PROBE_THREAD_BEGINS, probe_thread_begins, "assertion to interrupt thread ends here")                   \
    X(PROBE_QUIET, probe_quiet, "the device is quiet; its line is deasserted")                               \
    X(IF_NO_PACKET, packets_if_none, "if no packet is on the card")                                          \
    X(PUT_PACKET, packets_put, "the packet is in the channel, or dropped if that is full")                   \
    X(PROBE_WAKE_TASK, probe_wake_task, "make the task runnable that reads")                                 \
    X(PROBE_READ, probe_read, "the event is read")                                                           \
    X(PROBE_SAMPLE, probe_sample, "clock read: assertion to user task ends here")                            \
    X(FOOTPRINT, footprint_begin, "the next step takes what its footprint takes now")                        \
    X(TLB_FLUSHED, footprint_flushed, "the TLB is empty")                                                    \
    X(MICROKERNEL_TICK, kernel_tick, "the clock has advanced; switch threads at the end of a slice")         \
    X(HOLD_TICK, tick_hold, "the microkernel's tick waits")                                                  \
    X(IF_TICK_NOT_HELD, tick_if_not_held, "if the tick does not wait, or the activation goes on")            \
    X(RELEASE_TICK, tick_release, "the tick may come")                                                       \
    X(TICK_ONCE, kernel_tick_once, "the slice is charged; if the timer needs no programming")                \
    X(PROGRAM_TICK, kernel_program_tick, "the microkernel's timer is set")                                   \
    X(IF_TICK_SET, kernel_if_tick_set, "if no tick is needed, or one is set")                                \
    X(SCHEDULE_THREADS, kernel_schedule, "switch to the best thread")                                        \
    X(TIMER_WAIT, timer_thread_wait, "block until the timeout is over, unless it is")                        \
    X(TIMER_PERIOD, timer_thread_next_period, "the next timeout is a period later")                          \
    X(TIMER_TRIGGER, timer_thread_trigger, "delivery decision for the timer's IRQ object")                   \
    X(TIMER_CALL, timer_thread_call, "the vCPU waits for the answer; switch to the timer thread")            \
    X(IF_TIMER_ASKED, timer_thread_if_asked, "if a request has come")                                        \
    X(TIMER_ACCEPT, timer_thread_accept, "the timeout is what the guest asks for")                           \
    X(TIMER_REPLY_AND_WAIT, timer_thread_reply_and_wait, "the vCPU can go on; block until the timeout")      \
    X(MASK_LINE, lines_mask_entered, "the line is masked at the controller")                                 \
    X(UNMASK_LINE, lines_unmask_line, "the line is unmasked at the controller")                              \
    X(ACTIVATE_LINE, lines_mask_entered, "the line is active: it is not signalled until it is deactivated")  \
    X(DEACTIVATE_LINE, lines_unmask_line, "the line may be signalled again")                                 \
    X(QUIET_TIMER, timer_quiet, "the timer's line is deasserted")                                            \
    X(NOTE_LINE, lines_note, "the line is noted for the next call")                                          \
    X(NOTED_LENGTH, lines_noted_length, "compute the length of unmasking what is noted")                     \
    X(UNMASK_NOTED, lines_unmask_noted, "the lines that were noted are unmasked")                            \
    /* microkernel */                                                                                        \
    X(IF_NOT_QUEUED, irq_if_not_queued, "if the IRQ object is not queued already")                           \
    X(DELIVER, irq_deliver, "delivery decision: upcall, wake, or queue and set pending")                     \
    X(DEQUEUE, irq_dequeue, "take the first IRQ object off the queue; if its line is not masked")            \
    X(IF_NOTHING_QUEUED, irq_if_nothing_queued, "if no IRQ object is queued any more")                       \
    X(IF_LABEL_LEFT, vcpu_if_label_left, "if a label is left in hand")                                       \
    X(CALL_RETURNS, vcpu_call_returns, "the upcall takes effect that was installed during the call")         \
    X(UNMASK_DEQUEUED, irq_unmask_dequeued, "the line of the IRQ object is unmasked")                        \
    X(PUSH_HANDLER, vcpu_push_handler, "run the handler of the label")                                       \
    X(WAIT_OPEN, vcpu_wait_open, "the vCPU blocks in an open receive, unless something is queued")           \
    X(IPC_SEND, ipc_send, "direct switch to the server if it waits; else wait to send")                      \
    X(IPC_REPLY_AND_WAIT, ipc_reply_and_wait, "the client goes on; the server waits for the next request")   \
    X(UNMAP_PAGES, unmap_pages, "so many entries are to be cleared")                                         \
    X(UNMAP_ALL, unmap_all, "all mapped pages are to be unmapped; if there are none")                        \
    X(UNMAP_ENTRY, unmap_entry, "one page less is mapped")                                                   \
    X(IF_LOG_OPEN, unmap_if_log_open, "if the log has room, and more entries follow")                        \
    X(UNMAP_LENGTH, unmap_length, "compute the length of the call; the log is empty")                        \
    X(IF_MORE_ENTRIES, unmap_if_more, "if more entries are to be cleared")                                   \
    /* virtualised */                                                                                        \
    X(LEAVE_GUEST, vm_leave, "the guest does not run")                                                       \
    X(ENTER_GUEST, vm_enter, "a waiting virtual interrupt is injected, if the guest has its interrupts on")  \
    X(RAISE, monitor_raise, "the virtual interrupt controller has a request")                                \
    X(IF_REQUESTED, monitor_if_requested, "if it has one already")                                           \
    /* destruction of tasks */                                                                               \
    X(DESTROY_BEGIN, task_destroy_begin, "compute the lengths of the destruction")                           \
    X(NEXT_PART, task_next_part, "compute the length to the next preemption point")                          \
    X(IF_DESTROYED, task_if_destroyed, "if nothing is left")                                                 \
    X(IF_NOT_PENDING, vcpu_if_not_pending, "if no interrupt is pending")                                     \
    X(DEFER, task_defer, "the dead task is set aside")                                                       \
    X(IF_BATCH_INCOMPLETE, task_if_batch_incomplete, "if fewer than a batch are set aside")                  \
    X(BATCH_NEXT, task_batch_next, "take the next that was set aside; compute the lengths")                  \
    X(IF_MORE_DEAD, task_if_more_dead, "if more were set aside")                                             \
    X(IF_NONE_DEAD, task_if_none_dead, "if none is set aside")                                               \
    X(WAIT_GRACE, task_wait_grace, "the caller blocks until the grace period has passed")                    \
    X(HELPER_POST, helper_post, "the helper has one task more to destroy, once the vCPU waits")              \
    X(HELPER_TRIGGER, helper_trigger, "the helper has one task more to destroy")                             \
    X(REMOTE_POST, remote_post, "the other processor has one task more to destroy")                          \
    X(COMPLETION_WAKE, completion_wake, "make runnable who waited for a destruction")                        \
    X(IF_FEW_DEAD, helper_if_few_dead, "if no more tasks are dead than the bound")                           \
    X(HELPER_BOOST, helper_boost, "the helper is above the vCPU until few are dead")                         \
    X(IF_HELPER_DONE, helper_if_done, "if the helper has destroyed it")                                      \
    X(HELPER_NEXT, helper_next, "take the next dead task, or block")                                         \
    X(HELPER_COMPLETE, helper_complete, "trigger the completion's IRQ object")

enum effect {
    EFFECT_BEFORE = IRQP_EFFECT_MODEL - 1,
#define EFFECT_ID(NAME, function, words) E_##NAME,
    EFFECTS(EFFECT_ID)
#undef EFFECT_ID
        EFFECT_AFTER
};

#define EFFECT_DECLARE(NAME, function, words) irqp_effect function;
EFFECTS(EFFECT_DECLARE)
#undef EFFECT_DECLARE

extern irqp_effect *const effect_functions[EFFECT_AFTER - IRQP_EFFECT_MODEL];
extern const char *const effect_words[EFFECT_AFTER - IRQP_EFFECT_MODEL];

#endif
