/* What each operation of a load program does, as tables of steps. The compiler copies a table and fills in
 * what the program says: the cost of the step marked with HOLE_COST + n, the argument of that marked with
 * HOLE_ARGUMENT.
 */
#ifndef MODELS_LOAD_OPERATIONS_H
#define MODELS_LOAD_OPERATIONS_H

#include "models/run.h"

enum { HOLE_COST = 0xff00, HOLES_MAX = 3, HOLE_ARGUMENT = 0xff0f };

#define CLOSE IRQP_END

// clang-format off
static const struct irqp_step operation_compute[] = {{.name = "compute", .cost = HOLE_COST, .flags = USER}, CLOSE};

static const struct irqp_step operation_syscall[] = {
    {.fragment = SYSCALL_ENTER},
    {.fragment = RESCHEDULE_POINT, .flags = KERNEL},
    {.name = "system call: work", .cost = HOLE_COST, .flags = KERNEL},
    {.name = "system call: interrupts-off section", .cost = HOLE_COST + 1, .flags = SECTION},
    {.name = "system call: preemption-off section", .cost = HOLE_COST + 2, .flags = PREEMPT_OFF},
    {.name = "system call: done", .flags = KERNEL},
    {.fragment = SYSCALL_EXIT},
    CLOSE,
};

/* An instruction that traps and is emulated with interrupts off all the way. */
static const struct irqp_step operation_trap[] = {
    {.fragment = SYSCALL_ENTER},
    {.name = "trap: emulate the instruction, interrupts off", .cost = HOLE_COST, .flags = CRITICAL},
    {.fragment = SYSCALL_EXIT},
    CLOSE,
};

static const struct irqp_step operation_send[] = {
    {.fragment = SYSCALL_ENTER},
    {.name = "send: look up the socket", .flags = KERNEL}, /* the entry code has enabled interrupts */
    {.name = "send: allocate a buffer, interrupts off", .cost = P_SECTION, .flags = SECTION},
    {.name = "send: copy the message", .cost = P_SEND_WORK, .flags = KERNEL, .effect = E_CHANNEL_NEXT, .argument = HOLE_ARGUMENT},
    {.name = "send: is there room", .flags = KERNEL, .effect = E_IF_ROOM, .to = "put"},
    {.name = "send: prepare to wait", .cost = P_BLOCK_WORK, .flags = KERNEL},
    {.name = "send: wait for room", .flags = KERNEL, .effect = E_BLOCK, .argument = WAIT_SEND},
    {.name = "send: queue the message, interrupts off", .cost = P_SECTION, .flags = SECTION, .effect = E_PUT, .label = "put"},
    {.name = "send: is a receiver waiting", .flags = CRITICAL, .effect = E_IF_NO_RECEIVER, .to = "done"},
    {.name = "try_to_wake_up", .cost = P_WAKE_UP, .flags = CRITICAL, .effect = E_WAKE_RECEIVER},
    {.name = "send: unlock", .flags = CRITICAL, .label = "done"},
    {.name = "send: done", .flags = KERNEL},
    {.fragment = SYSCALL_EXIT},
    CLOSE,
};

static const struct irqp_step operation_receive[] = {
    {.fragment = SYSCALL_ENTER},
    {.name = "receive: look", .flags = KERNEL, .effect = E_CHANNEL_OWN, .argument = HOLE_ARGUMENT},
    {.name = "receive: is there a message", .flags = KERNEL, .effect = E_IF_MESSAGE, .to = "get"},
    {.name = "receive: prepare to wait", .cost = P_BLOCK_WORK, .flags = KERNEL},
    {.name = "receive: wait for a message", .flags = KERNEL, .effect = E_BLOCK, .argument = WAIT_RECEIVE},
    {.name = "receive: take the message, interrupts off", .cost = P_SECTION, .flags = SECTION, .effect = E_GET, .label = "get"},
    {.name = "receive: is a sender waiting", .flags = CRITICAL, .effect = E_IF_NO_SENDER, .to = "done"},
    {.name = "try_to_wake_up", .cost = P_WAKE_UP, .flags = CRITICAL, .effect = E_WAKE_SENDER},
    {.name = "receive: unlock", .flags = CRITICAL, .label = "done"},
    {.name = "receive: copy the message", .cost = P_RECEIVE_WORK, .flags = KERNEL},
    {.name = "receive: free the buffer, interrupts off", .cost = P_SECTION, .flags = SECTION},
    {.name = "receive: done", .flags = KERNEL},
    {.fragment = SYSCALL_EXIT},
    CLOSE,
};

static const struct irqp_step operation_fault[] = {
    {.fragment = FAULT_ENTER},
    {.name = "page fault: allocate, clear, map", .cost = P_FAULT_WORK, .flags = KERNEL},
    {.name = "page fault: page allocator, interrupts off", .cost = P_SECTION, .flags = SECTION},
    {.name = "page fault: page-table entry", .cost = P_SECTION, .flags = PREEMPT_OFF, .effect = E_MAP_PAGE},
    {.name = "page fault: done", .flags = KERNEL},
    {.fragment = FAULT_EXIT},
    CLOSE,
};

static const struct irqp_step operation_unmap[] = {
    {.fragment = SYSCALL_ENTER},
    {.name = "unmap: how many pages", .flags = KERNEL, .effect = E_UNMAP_PAGES, .argument = HOLE_ARGUMENT},
    {.name = "unmap: clear the entry", .cost = P_SECTION, .flags = KERNEL, .effect = E_UNMAP_ENTRY, .label = "entry"},
    {.fragment = UNMAP_PAGE, .flags = KERNEL},
    {.name = "unmap: next entry", .flags = KERNEL, .effect = E_IF_MORE_ENTRIES, .to = "entry"},
    {.name = "unmap: done", .flags = KERNEL},
    {.fragment = SYSCALL_EXIT},
    CLOSE,
};

static const struct irqp_step operation_fork[] = {
    {.fragment = SYSCALL_ENTER},
    {.fragment = RESCHEDULE_POINT, .flags = KERNEL},
    {.name = "fork: copy the process", .cost = P_FORK_WORK, .flags = KERNEL},
    {.name = "fork: preemption-off section", .cost = P_SWITCH_TAIL, .flags = PREEMPT_OFF},
    {.name = "fork: wake the child", .cost = P_WAKE_UP, .flags = CRITICAL, .effect = E_FORK, .argument = HOLE_ARGUMENT},
    {.name = "fork: done", .flags = KERNEL},
    {.fragment = SYSCALL_EXIT},
    CLOSE,
};

static const struct irqp_step operation_wait[] = {
    {.fragment = SYSCALL_ENTER},
    {.name = "wait: has a child ended", .flags = KERNEL, .effect = E_IF_CHILD_DEAD, .to = "done", .label = "look"},
    {.name = "wait: prepare to wait", .cost = P_BLOCK_WORK, .flags = KERNEL},
    {.name = "wait: for a child", .flags = KERNEL, .effect = E_BLOCK, .argument = WAIT_CHILD},
    {.name = "wait: look again", .flags = KERNEL, .effect = IRQP_EFFECT_GOTO, .to = "look"},
    {.name = "wait: release the child", .cost = P_SWITCH_TAIL, .flags = PREEMPT_OFF, .label = "done"},
    {.name = "wait: done", .flags = KERNEL},
    {.fragment = SYSCALL_EXIT},
    CLOSE,
};

static const struct irqp_step operation_exec[] = {
    {.fragment = SYSCALL_ENTER},
    {.fragment = RESCHEDULE_POINT, .flags = KERNEL},
    {.name = "exec: open and map the new image", .cost = P_EXEC_WORK, .flags = KERNEL},
    {.name = "exec: preemption-off section", .cost = P_SWITCH_TAIL, .flags = PREEMPT_OFF},
    {.fragment = UNMAP_SPACE, .flags = KERNEL},
    {.fragment = RESCHEDULE_POINT, .flags = KERNEL},
    {.name = "exec: new address space", .flags = KERNEL, .effect = E_EXEC},
    {.fragment = DESTROY_SPACE, .flags = KERNEL},
    {.fragment = CREATE_SPACE, .flags = KERNEL},
    {.name = "exec: done", .flags = KERNEL},
    {.fragment = SYSCALL_EXIT},
    CLOSE,
};

static const struct irqp_step operation_exit[] = {
    {.fragment = SYSCALL_ENTER},
    {.name = "exit: files and signals", .cost = P_EXIT_WORK, .flags = KERNEL, .effect = E_EXIT_PAGES},
    {.fragment = UNMAP_SPACE, .flags = KERNEL},
    {.fragment = RESCHEDULE_POINT, .flags = KERNEL},
    {.name = "exit: free the pages", .cost = REGISTER(REG_EXIT_PAGES), .flags = KERNEL},
    {.name = "exit: preemption-off section", .cost = P_SWITCH_TAIL, .flags = PREEMPT_OFF},
    {.name = "exit: notify the parent", .cost = P_WAKE_UP, .flags = CRITICAL, .effect = E_EXIT},
    {.fragment = RESCHEDULE_POINT, .flags = KERNEL},
    {.name = "exit: dead", .flags = KERNEL, .effect = IRQP_EFFECT_POP},
    CLOSE,
};

static const struct irqp_step operation_disk[] = {
    {.fragment = SYSCALL_ENTER},
    {.fragment = RESCHEDULE_POINT, .flags = KERNEL},
    {.name = "disk: make a request", .cost = P_DISK_SUBMIT, .flags = KERNEL},
    {.name = "disk: queue it, interrupts off", .cost = P_LONG_SECTION, .flags = SECTION, .effect = E_DISK_SUBMIT},
    {.name = "disk: prepare to wait", .cost = P_BLOCK_WORK, .flags = KERNEL},
    {.name = "disk: wait", .flags = KERNEL, .effect = E_BLOCK, .argument = WAIT_DISK},
    {.fragment = SYSCALL_EXIT},
    CLOSE,
};

static const struct irqp_step operation_draw[] = {
    {.fragment = SYSCALL_ENTER},
    {.name = "draw: what and where", .cost = P_DRAW_WORK, .flags = KERNEL, .effect = E_DRAW, .argument = HOLE_ARGUMENT},
    {.fragment = DRAW},
    {.name = "draw: done", .flags = KERNEL},
    {.fragment = SYSCALL_EXIT},
    CLOSE,
};

static const struct irqp_step operation_print[] = {
    {.fragment = SYSCALL_ENTER},
    {.name = "print: line discipline", .cost = P_PRINT_WORK, .flags = KERNEL, .effect = E_PRINT, .argument = HOLE_ARGUMENT},
    {.fragment = PRINT},
    {.name = "print: done", .flags = KERNEL},
    {.fragment = SYSCALL_EXIT},
    CLOSE,
};

static const struct irqp_step operation_sleep[] = {
    {.name = "sleep: for how long", .flags = USER, .effect = E_SLEEP_FOR, .argument = HOLE_ARGUMENT},
    {.fragment = SLEEP},
    CLOSE,
};

static const struct irqp_step operation_release[] = {
    {.name = "program: when is the next round due", .flags = USER, .effect = E_RELEASE, .argument = HOLE_ARGUMENT},
    {.fragment = SLEEP},
    CLOSE,
};

static const struct irqp_step operation_lock[] = {
    {.name = "lock: which mutex", .flags = USER, .effect = E_TURN_TO_MUTEX, .argument = HOLE_ARGUMENT},
    {.name = "lock: compare and exchange", .cost = P_LOCK, .flags = USER, .effect = E_LOCK_IF_FREE, .to = "held"},
    {.fragment = SYSCALL_ENTER},
    {.name = "lock: find the mutex and its holder", .cost = P_LOCK_WORK, .flags = KERNEL},
    {.name = "lock: wait in its queue, boost its holder", .cost = P_WAKE_UP, .flags = CRITICAL, .effect = E_LOCK_WAIT},
    {.name = "lock: prepare to wait", .cost = P_BLOCK_WORK, .flags = KERNEL},
    {.name = "lock: wait", .flags = KERNEL, .effect = E_BLOCK, .argument = WAIT_LOCK},
    {.fragment = SYSCALL_EXIT},
    {.name = "lock: held", .flags = USER, .label = "held"},
    CLOSE,
};

static const struct irqp_step operation_unlock[] = {
    {.name = "unlock: which mutex", .flags = USER, .effect = E_TURN_TO_MUTEX, .argument = HOLE_ARGUMENT},
    {.name = "unlock: compare and exchange", .cost = P_LOCK, .flags = USER, .effect = E_UNLOCK_IF_UNWANTED, .to = "released"},
    {.fragment = SYSCALL_ENTER},
    {.name = "unlock: find the mutex", .cost = P_LOCK_WORK, .flags = KERNEL},
    {.name = "unlock: hand it over, wake the first that waits", .cost = P_WAKE_UP, .flags = CRITICAL, .effect = E_UNLOCK},
    {.name = "unlock: done", .flags = KERNEL},
    {.fragment = SYSCALL_EXIT},
    {.name = "unlock: released", .flags = USER, .label = "released"},
    CLOSE,
};

static const struct irqp_step operation_repeat[] = {
    {.name = "repeat", .flags = USER, .effect = E_REPEAT, .argument = HOLE_ARGUMENT},
    CLOSE,
};

/* ---- how sequences begin and end: in user mode, so that every system call is seen to leave it ---- */

static const struct irqp_step beginning_program[] = {{.name = "program: begins", .flags = USER}, CLOSE};
static const struct irqp_step beginning_coasting[] = {
    {.name = "program: begins", .flags = USER, .effect = E_COAST, .argument = HOLE_ARGUMENT},
    CLOSE,
};
static const struct irqp_step beginning_repeat[] = {{.name = "repeat: begins", .flags = USER}, CLOSE};

static const struct irqp_step ending_round[] = {
    {.name = "program: a round is done", .flags = USER, .effect = E_ROUND},
    CLOSE,
};

static const struct irqp_step ending_anew[] = {
    {.name = "program: begins anew", .flags = USER, .effect = IRQP_EFFECT_GOTO, .to = IRQP_PATH_BEGIN},
    CLOSE,
};

static const struct irqp_step ending_repeat[] = {
    {.name = "repeat: once more", .flags = USER, .effect = IRQP_EFFECT_LOOP, .to = IRQP_PATH_BEGIN},
    {.name = "repeat: done", .flags = USER, .effect = IRQP_EFFECT_POP},
    CLOSE,
};
// clang-format on

#undef CLOSE
#endif
