/* Every parameter of the model, in one list: X(ID, path, kind, default, minimum, maximum, choices, doc,
 * source).
 *
 * Durations are bounded in picoseconds; those of costs bound the mean. A default's source says where it comes
 * from: F stands for the facts collected for the paper's machine (section in parentheses); the paper's
 * machine itself is scenarios/machines/athlon64-x2-5200.yaml, whose values override these.
 */
#ifndef MODELS_PARAMETERS_H
#define MODELS_PARAMETERS_H

#include "irqpath/scenario.h"

/* A cost of up to a second; the common case of the list below. */
#define COST(X, ID, path, fallback, doc, source) X(ID, path, COST, fallback, 0, 1e12, NULL, doc, source)

#define PARAMETERS(X)                                                                                        \
    X(CLOCK, "machine.clock", FREQUENCY, "2.7 GHz", 1e6, 1e11, NULL,                                         \
      "clock of the processor; turns cycles into time", "paper: section 4")                                  \
    X(PLACEMENT, "placement", CHOICE, "native", 0, 0, "native|stripped|rehosted|virtualised",                \
      "where the guest kernel runs: on the machine; there without global and large pages and with a TLB "    \
      "flush on each kernel entry and exit; on the microkernel; or in a virtual machine on the microkernel", \
      "paper: section 4; virtualised: the question of its conclusion")                                       \
                                                                                                             \
    /* ---- the run ---- */                                                                                  \
    X(SAMPLES, "run.samples", COUNT, "100000", 1, 1e12, NULL, "wake-ups to simulate",                        \
      "estimate: resolves p99.99")                                                                           \
    X(BATCH, "run.batch", COUNT, "0", 0, 1e9, NULL,                                                          \
      "wake-ups per batch; each batch has its own oscillator phases and point of the load, and its own "     \
      "warm-up; 0: 300, or of more than 1.5 million wake-ups so many that there are 5000 batches",           \
      "estimate: phases matter more than length, as both ticks are commensurate with usual intervals; "      \
      "beyond 5000 of them warm-ups would take most of the time")                                            \
    X(SEED, "run.seed", COUNT, "1", 0, 9e15, NULL, "seed of all random streams", "estimate: any")            \
    X(WARM_UP, "run.warm_up", DURATION, "200 ms", 0, 1e14, NULL,                                             \
      "discarded at the start of a batch, up to as much again at random, so that the load is met anywhere",  \
      "estimate: several times the longest cycle of the load")                                               \
    X(COASTING, "run.coasting", SWITCH, "false", 0, 0, NULL,                                                 \
      "rounds of the load's programs that nothing can come between are drawn as one, many at once: much "    \
      "faster under loads of short rounds; the same in distribution, but not the same random numbers",       \
      "estimate: the user's choice")                                                                         \
                                                                                                             \
    /* ---- cyclictest ---- */                                                                               \
    X(INTERVAL, "cyclictest.interval", DURATION, "1 ms", 1e6, 1e13, NULL, "period of the wake-ups",          \
      "literature: default of cyclictest")                                                                   \
    X(SLEEP, "cyclictest.sleep", CHOICE, "absolute", 0, 0, "absolute|relative",                              \
      "clock_nanosleep until a time, or for an interval after a clock read, which adds the time that "       \
      "setting up the timer takes",                                                                          \
      "paper: section 4, absolute")                                                                          \
    X(PHASE, "cyclictest.phase", CHOICE, "random", 0, 0, "random|tick|microkernel-tick",                     \
      "phase of its expiries: random in each batch, or cyclictest.phase_offset after Linux's tick or, at "   \
      "the first sample of each batch, after the microkernel's",                                             \
      "estimate: nothing aligns them")                                                                       \
    X(PHASE_OFFSET, "cyclictest.phase_offset", DURATION, "0 us", 0, 1e12, NULL, "how long after that tick",  \
      "estimate: any")                                                                                       \
    X(PRIORITY, "cyclictest.priority", COUNT, "99", 1, 99, NULL, "its fixed priority (SCHED_FIFO)",          \
      "paper: section 4, the highest")                                                                       \
                                                                                                             \
    /* ---- latency probe ---- */                                                                            \
    X(PROBE, "probe.enabled", SWITCH, "false", 0, 0, NULL,                                                   \
      "whether a latency probe runs beside cyclictest: a device that asserts its line (hardware.probe), "    \
      "from which the times to the hard handler, to the interrupt thread and to a user task are measured "   \
      "that waits in a read() of its descriptor",                                                            \
      "estimate: the engineer's choice")                                                                     \
    X(PROBE_INTERVAL, "probe.interval", COST, "1 ms", 1e6, 1e13, NULL,                                       \
      "from one assertion of its line to the next; a distribution makes it irregular",                       \
      "estimate: as cyclictest")                                                                             \
    X(PROBE_PHASE, "probe.phase", CHOICE, "random", 0, 0, "random|cyclictest",                               \
      "where its assertions begin in each batch: anywhere in the first interval, or with the first expiry "  \
      "of cyclictest, with which they stay if both intervals are the same",                                  \
      "estimate: two clocks that know nothing of each other")                                                \
    X(PROBE_OFFSET, "probe.offset", DURATION, "0 us", 0, 1e13, NULL, "they begin so much later",             \
      "estimate: the engineer's choice")                                                                     \
    X(PROBE_PRIORITY, "probe.priority", COUNT, "80", 1, 99, NULL,                                            \
      "fixed priority (SCHED_FIFO) of the task that waits; above 50 it runs before its interrupt thread "    \
      "has unmasked the line",                                                                               \
      "estimate: between interrupt threads and cyclictest")                                                  \
                                                                                                             \
    /* ---- hardware ---- */                                                                                 \
    X(HPET_RATE, "hardware.hpet.rate", FREQUENCY, "14.31818 MHz", 1e6, 1e10, NULL,                           \
      "rate of its counter: the grid of its comparator", "literature: F (1, N6)")                            \
    X(HPET_MINIMUM, "hardware.hpet.min_delta", DURATION, "13.4 us", 0, 1e9, NULL,                            \
      "a timer that is due sooner is programmed this far ahead and comes late",                              \
      "literature: F (1, N6), 1.5 x 128 counts, from memory of Linux 3.0")                                   \
    X(HPET_ERROR, "hardware.hpet.error", REAL, "0", -10000, 10000, NULL,                                     \
      "how much the HPET's oscillator is too fast against the guest's clock, in parts per million; too "     \
      "fast, it expires early",                                                                              \
      "estimate: 0; Linux 3.0 rounds a delta down by up to two counts, but reads the counter later than "    \
      "the clock by more")                                                                                   \
    X(LAPIC_MINIMUM, "hardware.local_apic.min_delta", DURATION, "1 us", 0, 1e9, NULL,                        \
      "the same for the local APIC timer", "estimate: 15 counts of a 200 MHz bus divided by 16")             \
    X(LAPIC_ERROR, "hardware.local_apic.error", REAL, "0", -10000, 10000, NULL,                              \
      "how much the local APIC's oscillator is too fast against the guest's clock, in parts per million",    \
      "estimate: 0, one crystal clocks both; calibration is off by up to some hundreds")                     \
    X(PIT_ERROR, "hardware.pit.error", REAL, "0", -10000, 10000, NULL,                                       \
      "the same for the PIT's, beside the 153 ppm of its divisor at 1 kHz",                                  \
      "estimate: 0, the guest's clock is calibrated against it")                                             \
    X(ARCHITECTED_RATE, "hardware.architected_timer.rate", FREQUENCY, "100 MHz", 1e6, 1e10, NULL,            \
      "rate of the system counter of an ARM processor: the grid of the comparator, which compares with the " \
      "counter that the clock reads, so that it cannot be wrong against it",                                 \
      "literature: Zynq UltraScale+, 100 MHz; 8 to 62.5 MHz on others")                                      \
    X(ARCHITECTED_MINIMUM, "hardware.architected_timer.min_delta", DURATION, "150 ns", 0, 1e9, NULL,         \
      "the same for the architected timer", "literature: Linux's arm_arch_timer, 15 counts")                 \
    X(GIC_INTERFACE, "hardware.gic.interface", CHOICE, "memory", 0, 0, "memory|registers",                   \
      "the interface of an ARM processor to its interrupt controller: memory-mapped (GICv2), or system "     \
      "registers (GICv3)",                                                                                   \
      "literature: Arm's IHI 0048 (v2) and IHI 0069 (v3)")                                                   \
    X(GIC_SPLIT, "hardware.gic.split_end", SWITCH, "true", 0, 0, NULL,                                       \
      "whether the end of interrupt only drops the running priority, at once, and a second write "           \
      "deactivates the interrupt when it is handled; otherwise one write does both. It concerns who owns "   \
      "the machine; a guest has one write",                                                                  \
      "literature: Linux, where it was started as a hypervisor (EOImode 1); so do Xen and KVM")              \
    X(TIMER_CONTROLLER, "hardware.timer.controller", CHOICE, "io-apic", 0, 0, "8259|io-apic|msi|gic",        \
      "controller of the HPET's line (the local APIC timer has none, the architected timer a private line "  \
      "of the GIC); the microkernel takes every line of an 8259 for a level",                                \
      "paper: section 4.3, edge-triggered; F (2) rules the 8259 out")                                        \
    X(TIMER_TRIGGER, "hardware.timer.trigger", CHOICE, "edge", 0, 0, "edge|level",                           \
      "trigger mode of the HPET's line; a level is cleared by the handler and unmasked at its end",          \
      "paper: section 4.3")                                                                                  \
    X(DISK_CONTROLLER, "hardware.disk.controller", CHOICE, "io-apic", 0, 0, "8259|io-apic|msi|gic",          \
      "controller of the disk's line; msi: a message to the local APIC, which nothing masks; gic: that of "  \
      "ARM processors, which keeps an edge while the line is masked or active",                              \
      "estimate: a SATA controller of 2008")                                                                 \
    X(DISK_TRIGGER, "hardware.disk.trigger", CHOICE, "level", 0, 0, "edge|level",                            \
      "trigger mode of the disk's line", "literature: F (3), PCI INTx is level-triggered")                   \
    X(DISK_SERVICE, "hardware.disk.service", COST, "{dist: lognormal, mean: 2 ms, cv: 1.2}", 0, 1e13, NULL,  \
      "from a request to the disk's interrupt", "estimate: cached and sequential requests among seeks")      \
    X(GRAPHICS_BANDWIDTH, "hardware.graphics.bandwidth", SIZE, "900 MB", 1e3, 1e12, NULL,                    \
      "bytes per second that the processor writes to video memory",                                          \
      "estimate: F (6), 64 KB in 50 to 100 us, 3 MB in 2 to 5 ms, write-combined")                           \
    X(SHADOW_BANDWIDTH, "hardware.graphics.shadow_bandwidth", SIZE, "2 GB", 1e3, 1e12, NULL,                 \
      "bytes per second that the processor writes to a shadow framebuffer in ordinary memory",               \
      "estimate: writes of a K8 with DDR2, 1 to 3 GB/s")                                                     \
    X(SCREEN, "hardware.graphics.screen", SIZE, "3 MiB", 1, 1e9, NULL, "bytes of the whole screen",          \
      "literature: F (6), 1024 x 768 at 4 bytes")                                                            \
    X(CONSOLE_BANDWIDTH, "hardware.console.bandwidth", SIZE, "1 MB", 1, 1e12, NULL,                          \
      "bytes of text per second that the console's device takes",                                            \
      "estimate: F (6), a character cell of 512 bytes takes about 1 us; a serial line takes 11.5 kB")        \
    X(PROBE_CONTROLLER, "hardware.probe.controller", CHOICE, "io-apic", 0, 0, "8259|io-apic|msi|gic",        \
      "controller of the latency probe's line", "estimate: the engineer's choice")                           \
    X(PROBE_TRIGGER, "hardware.probe.trigger", CHOICE, "edge", 0, 0, "edge|level",                           \
      "trigger mode of the latency probe's line; a level is asserted until the interrupt thread has read "   \
      "the device",                                                                                          \
      "estimate: the engineer's choice")                                                                     \
    X(SMI, "hardware.smi.enabled", SWITCH, "false", 0, 0, NULL,                                              \
      "whether system-management interrupts happen; they stop everything, on every platform",                \
      "estimate: none known on the paper's machine")                                                         \
    X(SMI_GAP, "hardware.smi.gap", COST, "{dist: exponential, mean: 1 s}", 1e7, 1e15, NULL,                  \
      "from one system-management interrupt to the next",                                                    \
      "estimate: about one per second where there are any")                                                  \
    X(SMI_LENGTH, "hardware.smi.length", COST, "{dist: uniform, low: 100 us, high: 200 us}", 0, 1e12, NULL,  \
      "length of one system-management interrupt", "estimate: typical of PC firmware")                       \
    X(RESIDENCY_C3, "hardware.idle_states.c3_residency", DURATION, "80 us", 0, 1e12, NULL,                   \
      "least predicted idle time for which the governor chooses C3",                                         \
      "literature: Linux's intel_idle, a Nehalem of 2008; the paper's processor has halt only")              \
    X(RESIDENCY_C6, "hardware.idle_states.c6_residency", DURATION, "800 us", 0, 1e12, NULL,                  \
      "the same for C6", "literature: Linux's intel_idle, a Nehalem of 2008")                                \
    X(IDLE_STATE, "hardware.idle", CHOICE, "halt", 0, 0, "halt|poll|deep",                                   \
      "what the processor does when idle: halt and pay the exit, spin, or what a governor chooses of halt, " \
      "C3 and C6 by the idle time that it predicts (its timer is taken to run on)",                          \
      "estimate: C1 only")                                                                                   \
                                                                                                             \
    COST(X, VECTOR, "costs.hardware.vector", "0.1 us",                                                       \
         "interrupt through the descriptor table to the kernel's stub",                                      \
         "estimate: F (1, N3), 150 to 400 cycles")                                                           \
    COST(X, RETURN, "costs.hardware.return", "0.1 us", "return from interrupt", "estimate: F (1)")           \
    COST(X, TRANSIT_LAPIC, "costs.hardware.local_apic_transit", "0.05 us",                                   \
         "local APIC timer match to the core", "estimate: F (1, N1)")                                        \
    COST(X, TRANSIT_IOAPIC, "costs.hardware.io_apic_transit", "0.3 us",                                      \
         "message from a device through the IO-APIC to the core", "estimate: F (1, N1), 0.2 to 0.5 us")      \
    COST(X, TRANSIT_MSI, "costs.hardware.msi_transit", "0.2 us",                                             \
         "message from a device to the core, past the IO-APIC",                                              \
         "estimate: one posted write; the least of F (1, N1), 0.2 to 0.5 us through the IO-APIC")            \
    COST(X, TRANSIT_8259, "costs.hardware.8259_transit", "0.5 us",                                           \
         "interrupt through the 8259 to the core, with its acknowledge cycle", "estimate: two bus cycles")   \
    COST(X, LAPIC_EOI, "costs.hardware.local_apic_eoi", "0.035 us", "end of interrupt at the local APIC",    \
         "estimate: F (2, F4), 0.02 to 0.05 us")                                                             \
    COST(X, IOAPIC_MASK, "costs.hardware.io_apic_mask", "1.5 us",                                            \
         "mask a line at the IO-APIC: two uncached reads", "estimate: F (3, L2), 1 to 2 us")                 \
    COST(X, IOAPIC_UNMASK, "costs.hardware.io_apic_unmask", "0.75 us",                                       \
         "unmask a line at the IO-APIC: one uncached read", "estimate: F (3, L6)")                           \
    COST(X, PIC_MASK, "costs.hardware.8259_mask", "0.85 us", "one port write", "estimate: F (3, L2)")        \
    COST(X, PIC_EOI, "costs.hardware.8259_eoi", "0.85 us", "one port write", "estimate: F (3, L2)")          \
    COST(X, PIC_UNMASK, "costs.hardware.8259_unmask", "0.85 us", "one port write", "estimate: F (3, L2)")    \
    COST(X, HPET_READ, "costs.hardware.hpet_read", "0.6 us", "one uncached read of the HPET's counter",      \
         "estimate: F (1, N6), 0.35 to 1 us")                                                                \
    COST(X, HPET_WRITE, "costs.hardware.hpet_write", "0.1 us", "one posted write of its comparator",         \
         "estimate: posted")                                                                                 \
    COST(X, LAPIC_WRITE, "costs.hardware.local_apic_timer_write", "0.05 us", "program the local APIC timer", \
         "estimate: F (1, N6)")                                                                              \
    COST(X, TRANSIT_GIC, "costs.hardware.gic_transit", "0.05 us", "interrupt through the GIC to the core",   \
         "estimate: a few cycles of the interconnect")                                                       \
    COST(X, GIC_READ, "costs.hardware.gic_read", "0.15 us",                                                  \
         "acknowledge by reading a memory-mapped interface (GICv2)",                                         \
         "estimate: one uncached read, 0.1 to 0.25 us")                                                      \
    COST(X, GIC_WRITE, "costs.hardware.gic_write", "0.06 us",                                                \
         "end of interrupt, or deactivation, by writing the same",                                           \
         "estimate: one write that the next access waits for, 0.03 to 0.15 us")                              \
    COST(X, GIC_READ_REGISTER, "costs.hardware.gic_read_register", "0.03 us",                                \
         "acknowledge by reading a system register (GICv3), with the barrier behind it",                     \
         "estimate: 20 to 60 cycles")                                                                        \
    COST(X, GIC_WRITE_REGISTER, "costs.hardware.gic_write_register", "0.02 us",                              \
         "end of interrupt, or deactivation, by writing a system register, with its barrier",                \
         "estimate: 15 to 40 cycles")                                                                        \
    COST(X, GIC_MASK, "costs.hardware.gic_mask", "0.2 us",                                                   \
         "mask a line at the GIC's distributor, and wait until it is",                                       \
         "estimate: an uncached write and an uncached read, 0.15 to 0.4 us")                                 \
    COST(X, GIC_UNMASK, "costs.hardware.gic_unmask", "0.06 us", "unmask a line there",                       \
         "estimate: as an end of interrupt")                                                                 \
    COST(X, ARCHITECTED_READ, "costs.hardware.architected_timer_read", "0.02 us",                            \
         "read the control register or the counter of the architected timer, with a barrier",                \
         "estimate: 15 to 40 cycles")                                                                        \
    COST(X, ARCHITECTED_WRITE, "costs.hardware.architected_timer_write", "0.02 us",                          \
         "write its control register or its comparator, with a barrier", "estimate: 15 to 40 cycles")        \
    COST(X, TASK_PRIORITY, "costs.hardware.task_priority_write", "0.03 us",                                  \
         "raise or lower the local APIC's task priority", "estimate: as its end of interrupt")               \
    COST(X, IDLE_EXIT, "costs.hardware.idle_exit", "0.2 us", "leave halt",                                   \
         "estimate: C1 of a K8, no figure found")                                                            \
    COST(X, IDLE_EXIT_C3, "costs.hardware.idle_exit_c3", "20 us",                                            \
         "leave C3, what is left of entering it included",                                                   \
         "literature: Linux's intel_idle, a Nehalem of 2008")                                                \
    COST(X, IDLE_EXIT_C6, "costs.hardware.idle_exit_c6", "200 us", "the same of C6",                         \
         "literature: Linux's intel_idle, a Nehalem of 2008: the worst case; Sandy Bridge 104 us")           \
    COST(X, IDLE_COLD_C3, "costs.hardware.idle_cold_c3", "3 us",                                             \
         "what the wake-up path pays for the caches and the TLB that C3 flushed, beside the cold lines "     \
         "that it pays anyway",                                                                              \
         "estimate: 50 lines from memory at 60 ns")                                                          \
    COST(X, IDLE_COLD_C6, "costs.hardware.idle_cold_c6", "6 us",                                             \
         "the same of C6, which also loses branch prediction", "estimate: 100 lines from memory at 60 ns")   \
    COST(X, IDLE_GOVERNOR, "costs.hardware.idle_governor", "0.5 us",                                         \
         "predict the idle time and choose a state", "estimate: about 500 instructions with divisions")      \
    COST(X, SPACE_SWITCH, "costs.hardware.address_space_switch", "0.1 us",                                   \
         "write of the page-table base, direct part", "estimate: F (2a, A2), 0.05 to 0.15 us")               \
    COST(X, PAGE_WALK, "costs.hardware.page_walk", "{dist: gamma, mean: 15 ns, cv: 0.3}",                    \
         "one TLB miss: a walk of the page tables; the walks of one refill find them alike, near or far",    \
         "estimate: F (7.3), 20 to 60 cycles")                                                               \
                                                                                                             \
    /* ---- guest Linux ---- */                                                                              \
    X(HZ, "guest.hz", COUNT, "1000", 0, 100000, NULL, "rate of Linux's own tick; 0: none",                   \
      "literature: Linux's i386 default configuration of the time, HZ_1000")                                 \
    X(TICK_IDLE, "guest.tick_in_idle", SWITCH, "false", 0, 0, NULL,                                          \
      "whether the tick goes on in idle (false: NO_HZ)", "estimate: default configuration of 3.0")           \
    X(FAIR_LATENCY, "guest.sched_latency", DURATION, "6 ms", 1e6, 1e12, NULL,                                \
      "period in which every fair task runs once, as long as slices are not too short for that; a sleeper's" \
      " credit is half of it",                                                                               \
      "literature: sched_latency of Linux 3.0 on one CPU")                                                   \
    X(FAIR_MINIMUM, "guest.min_granularity", DURATION, "0.75 ms", 1e6, 1e12, NULL,                           \
      "the shortest slice of a fair task, which the tick ends",                                              \
      "literature: sched_min_granularity of Linux 3.0 on one CPU")                                           \
    X(WAKE_GRANULARITY, "guest.wakeup_granularity", DURATION, "1 ms", 0, 1e12, NULL,                         \
      "a woken fair task preempts one whose virtual run time is ahead by more",                              \
      "literature: sched_wakeup_granularity of Linux 3.0 on one CPU")                                        \
    X(MM_DROP, "guest.mm_drop", CHOICE, "by-kernel", 0, 0, "by-kernel|rcu-thread|finish-task-switch",        \
      "where a dead address space is finally dropped: preemptible, as PREEMPT_RT does; or by the next task " \
      "with preemption off, as Linux does without it",                                                       \
      "literature: F (5.3, 5.4), delayed with PREEMPT_RT")                                                   \
    COST(X, IRQ_ENTER, "costs.guest.irq_enter", "0.15 us", "enter hard interrupt context",                   \
         "estimate: F (1, N4)")                                                                              \
    COST(X, CLOCK_READ, "costs.guest.clock_read", "0.05 us", "read the clock (time-stamp counter)",          \
         "estimate: F (1, N10)")                                                                             \
    COST(X, TIMER_EXPIRE, "costs.guest.timer_expire", "0.25 us",                                             \
         "high-resolution timer interrupt: take an expired timer off the queue", "estimate: F (1, N4)")      \
    COST(X, TIMER_CALLBACK, "costs.guest.timer_callback", "0.5 us",                                          \
         "its callback wakes the sleeper in hard interrupt context", "estimate: F (1, N5), 0.3 to 0.8 us")   \
    COST(X, TICK, "costs.guest.tick", "{dist: gamma, mean: 1.2 us, cv: 0.3}",                                \
         "Linux's tick: time keeping, accounting, scheduler", "estimate: about 1000 instructions, cool")     \
    COST(X, IRQ_EXIT, "costs.guest.irq_exit", "0.1 us", "leave hard interrupt context",                      \
         "estimate: F (1, N7)")                                                                              \
    COST(X, THREAD_WAKE, "costs.guest.thread_wake", "{dist: gamma, mean: 0.8 us, cv: 0.2}",                  \
         "hard interrupt part of a threaded handler: wake its thread", "estimate: F (1), 0.5 to 2 us")       \
    COST(X, THREAD_HANDLER, "costs.guest.thread_handler", "{dist: lognormal, mean: 6 us, cv: 0.5}",          \
         "the disk driver's handler, in its thread", "estimate: a few uncached device reads and completion") \
    COST(X, PROBE_HANDLER, "costs.guest.probe_handler", "1.5 us",                                            \
         "the probe's driver in its thread: an uncached read of the device",                                 \
         "estimate: one southbridge read, F (3, L2), 0.5 to 1 us, and about 500 instructions")               \
    COST(X, PACKET_WORK, "costs.guest.packet_work", "{dist: gamma, mean: 4 us, cv: 0.4}",                    \
         "driver and protocol of one packet of a channel that the probe's device feeds, in its thread",      \
         "estimate: receive path of a small datagram, 2 to 6 us")                                            \
    COST(X, PROBE_RETURN, "costs.guest.probe_return", "0.2 us",                                              \
         "read() after the wake-up: copy the count of events", "estimate: F (1, N9), 0.1 to 0.3 us")         \
    COST(X, SCHEDULE, "costs.guest.schedule", "0.3 us", "pick the next task, interrupts off",                \
         "estimate: F (1, N8)")                                                                              \
    COST(X, SWITCH, "costs.guest.context_switch", "0.5 us", "switch stack and thread state",                 \
         "estimate: F (1, N8), 0.4 to 1.0 us in all")                                                        \
    COST(X, SWITCH_REFILL, "costs.guest.switch_refill", "{dist: gamma, mean: 0.41 us, cv: 0.3}",             \
         "cold cache lines of the task that was switched to, native",                                        \
         "estimate: F (1, N8), 0.3 to 2 us, less its 6 page walks")                                          \
    COST(X, SWITCH_FINISH, "costs.guest.switch_finish", "0.1 us", "finish_task_switch",                      \
         "estimate: part of F (1, N8)")                                                                      \
    COST(X, SYSCALL_ENTRY, "costs.guest.syscall_entry", "0.06 us", "native entry into a system call",        \
         "estimate: F (7.2), 0.1 to 0.2 us with the exit")                                                   \
    COST(X, SYSCALL_EXIT, "costs.guest.syscall_exit", "0.08 us", "native exit from a system call",           \
         "estimate: F (7.2)")                                                                                \
    COST(X, SLEEP_SETUP, "costs.guest.sleep_setup", "0.5 us", "clock_nanosleep until the timer is queued",   \
         "estimate: about 500 instructions")                                                                 \
    COST(X, SLEEP_RETURN, "costs.guest.sleep_return", "0.15 us", "clock_nanosleep after the wake-up",        \
         "estimate: F (1, N9), 0.1 to 0.3 us")                                                               \
    COST(X, TIMER_ENQUEUE, "costs.guest.timer_enqueue", "0.2 us", "queue a timer, interrupts off",           \
         "estimate: red-black tree insertion")                                                               \
    COST(X, CYCLICTEST_WORK, "costs.guest.cyclictest_work", "1 us",                                          \
         "cyclictest between two sleeps: statistics and next expiry",                                        \
         "estimate: a few hundred instructions")                                                             \
    COST(X, CLOCK_GETTIME, "costs.guest.clock_gettime", "0.05 us", "cyclictest's clock read in user mode",   \
         "estimate: F (1, N10), time-stamp counter, no system call")                                         \
    COST(X, INVALIDATE, "costs.guest.invalidate", "0.1 us", "invalidate one page-table entry, native",       \
         "estimate: invlpg")                                                                                 \
    COST(X, FAULT_ENTRY, "costs.guest.fault_entry", "0.15 us", "native entry into a page fault",             \
         "estimate: exception with error code")                                                              \
    COST(X, FAULT_EXIT, "costs.guest.fault_exit", "0.1 us", "native return from a page fault",               \
         "estimate: iret")                                                                                   \
    COST(X, FAULT_WORK, "costs.guest.fault_work", "{dist: gamma, mean: 0.7 us, cv: 0.4}",                    \
         "handle a minor fault: allocate, clear, map", "estimate: 4 KiB cleared and about 600 instructions") \
    COST(X, SOFTIRQ, "costs.guest.softirq", "{dist: gamma, mean: 1 us, cv: 0.3}",                            \
         "without PREEMPT_RT: softirq after the disk's interrupt, per request, preemption off",              \
         "estimate: completion in the block layer, about 1000 instructions")                                 \
    COST(X, VOLUNTARY_GAP, "costs.guest.voluntary_gap", "{dist: exponential, mean: 10 us}",                  \
         "without PREEMPT_RT: kernel code from anywhere to its next voluntary preemption point",             \
         "estimate: might_sleep() in allocations, mutexes and copies to user memory, 2 to 50 us; no figure " \
         "found")                                                                                            \
    COST(X, SECTION, "costs.guest.irq_off_section",                                                          \
         "{dist: mixture, parts: [{weight: 97, dist: lognormal, mean: 0.12 us, cv: 0.8},"                    \
         " {weight: 3, dist: lognormal, mean: 1.2 us, cv: 1, max: 30 us}]}",                                 \
         "one raw-spinlock section of the guest kernel (allocator, queue): fast path and slow path",         \
         "fitted to F (1, N2): typically 0.5 to 5 us, worst 10 to 30 us, and F (10.1): 30 to 50 % of kernel" \
         " time; a few in a hundred take a slow path")                                                       \
    COST(X, DEQUEUE, "costs.guest.dequeue", "{dist: gamma, mean: 0.4 us, cv: 0.3}",                          \
         "take a task that blocks off the run queue, interrupts off",                                        \
         "estimate: mirror of the enqueue in a wake-up")                                                     \
    COST(X, WAKE_UP, "costs.guest.wake_up", "{dist: lognormal, mean: 0.5 us, cv: 0.6}",                      \
         "try_to_wake_up under the run-queue lock, interrupts off",                                          \
         "fitted to F (10.1): few switches per message, 0.03 measured; it states 0.5 to 3 us")               \
    COST(X, SEND_WORK, "costs.guest.send_work", "{dist: gamma, mean: 0.45 us, cv: 0.3}",                     \
         "write of a short message, preemptible part", "literature: F (10.1), 1.5 to 2.5 us per message")    \
    COST(X, RECEIVE_WORK, "costs.guest.receive_work", "{dist: gamma, mean: 0.58 us, cv: 0.3}",               \
         "read of a short message, preemptible part: copy, free the buffer",                                 \
         "measured: of hackbench's CPU time on one core (Linux 6.18, x86-64) its receivers take 1.10 to"     \
         " 1.16 times what its senders take; all else of both is given")                                     \
    COST(X, BLOCK_WORK, "costs.guest.block_work", "0.2 us", "prepare to wait",                               \
         "estimate: wait-queue handling")                                                                    \
    COST(X, LOCK, "costs.guest.lock", "0.03 us", "atomic instruction that takes or releases a mutex",        \
         "estimate: locked compare and exchange, 20 to 100 cycles")                                          \
    COST(X, LOCK_WORK, "costs.guest.lock_work", "{dist: gamma, mean: 0.8 us, cv: 0.3}",                      \
         "system call for a mutex that is taken, or wanted: find it and its holder",                         \
         "estimate: about 800 instructions, futex hash and rt_mutex, 0.4 to 1.5 us")                         \
    COST(X, FORK_WORK, "costs.guest.fork", "{dist: gamma, mean: 60 us, cv: 0.3}",                            \
         "fork: copy task and page tables", "estimate: lmbench of the time")                                 \
    COST(X, EXEC_WORK, "costs.guest.exec", "{dist: gamma, mean: 150 us, cv: 0.3}",                           \
         "exec: open, map, set up the new image", "estimate: lmbench of the time")                           \
    COST(X, EXIT_WORK, "costs.guest.exit", "{dist: gamma, mean: 30 us, cv: 0.3}",                            \
         "exit: files, signals, wake the parent", "estimate: lmbench of the time")                           \
    X(EXIT_PAGE, "costs.guest.exit_page", DURATION, "0.08 us", 0, 1e9, NULL,                                 \
      "exit_mmap per mapped page: free it", "estimate: about 150 instructions")                              \
    COST(X, SWITCH_TAIL, "costs.guest.preempt_off_section", "{dist: lognormal, mean: 1.0 us, cv: 1.0}",      \
         "one section with preemption off (per-CPU data, scheduler, memory management)",                     \
         "estimate: F (1, N2), typically 0.5 to 5 us")                                                       \
    COST(X, LONG_SECTION, "costs.guest.long_irq_off_section", "{dist: lognormal, mean: 3 us, cv: 0.9}",      \
         "one of the longer interrupt-off sections (timers, memory zones, console)",                         \
         "estimate: F (1, N2), worst 10 to 30 us")                                                           \
    COST(X, DISK_SUBMIT, "costs.guest.disk_submit", "{dist: gamma, mean: 8 us, cv: 0.3}",                    \
         "block layer and driver: queue one request", "estimate: several thousand instructions")             \
    COST(X, DRAW_WORK, "costs.guest.draw", "{dist: gamma, mean: 1 us, cv: 0.3}",                             \
         "drawing request in the kernel, without the writing of pixels",                                     \
         "estimate: about 1000 instructions of the framebuffer console")                                     \
    COST(X, PRINT_WORK, "costs.guest.print", "{dist: gamma, mean: 1.5 us, cv: 0.3}",                         \
         "write to the console in the kernel, without the device",                                           \
         "estimate: about 1500 instructions of terminal and line discipline")                                \
    COST(X, MM_FREE, "costs.guest.mm_free", "1.5 us", "free the last of an address space, native",           \
         "estimate: page directory and tables back to the allocator")                                        \
                                                                                                             \
    /* ---- microkernel ---- */                                                                              \
    X(MK_SLICE, "microkernel.slice", COUNT, "10", 1, 1000000, NULL,                                          \
      "ticks that a thread runs before one of equal priority that is ready takes its turn",                  \
      "literature: F (0), Fiasco's default slice of 10 ms")                                                  \
    X(GUEST_TIMER, "design.guest_timer", CHOICE, "hpet", 0, 0,                                               \
      "hpet|local-apic|one-shot-thread|ipc-timeout|architected",                                             \
      "the guest's clock-event device: the HPET (rehosted: granted to the guest); the local APIC "           \
      "(rehosted: set by a call of the microkernel); rehosted only, a thread that waits for a timeout of "   \
      "the microkernel, set by a call for each event (one-shot-thread) or once for each tick of Linux, "     \
      "which then has no high-resolution timers (ipc-timeout); the architected timer of ARM processors, a "  \
      "level-triggered private line of the GIC (not rehosted; virtualised: the virtual timer, which the "    \
      "guest programs itself with design.virtualisation.direct_timer, else the physical one, which exits)",  \
      "paper: section 3.2, the HPET instead of IPC timeouts")                                                \
    X(KERNEL_CLOCK, "design.kernel_clock", CHOICE, "tick", 0, 0, "tick|tsc",                                 \
      "the microkernel's clock, which timeouts are on: each tick counted as its nominal period, or the "     \
      "time-stamp counter (which one-shot and tickless always read)",                                        \
      "literature: F (4), a configuration of Fiasco")                                                        \
    X(POSTPONE, "design.early_timer.postpone", SWITCH, "false", 0, 0, NULL,                                  \
      "from the interrupt of cyclictest's timer until it sleeps again, other timers (Linux's tick, other "   \
      "sleepers, the microkernel's tick) wait; they are served at its end",                                  \
      "literature: F (8, E1); paper: section 6, future work")                                                \
    X(ROUND_UP, "design.early_timer.round_up", SWITCH, "false", 0, 0, NULL,                                  \
      "the guest lengthens what it programs by the known error of the device's oscillator, so that no "      \
      "timer expires early and is set again for the rest",                                                   \
      "literature: F (8, E2)")                                                                               \
    X(COMPENSATE, "design.early_timer.compensate", SWITCH, "false", 0, 0, NULL,                              \
      "cyclictest's timer is programmed early by design.early_timer.offset; clock_nanosleep spins until "    \
      "the target",                                                                                          \
      "literature: F (8, E3)")                                                                               \
    X(EARLY_OFFSET, "design.early_timer.offset", DURATION, "5 us", 0, 1e9, NULL,                             \
      "how early, if it compensates", "paper: section 4.3, the constant that rehosting adds")                \
    X(TICK_DEVICE, "design.tick.device", CHOICE, "pit", 0, 0, "pit|local-apic|one-shot|tickless|none",       \
      "timer that drives the microkernel's scheduling: periodic (pit, local-apic), the local APIC "          \
      "programmed for the end of each slice (one-shot), or ticking only while threads of one priority "      \
      "compete (tickless)",                                                                                  \
      "paper: section 4.3")                                                                                  \
    X(TICK_RATE, "design.tick.rate", COUNT, "1000", 19, 10000, NULL,                                         \
      "ticks per second; the PIT's divisor makes 1193 counts of 1 kHz, a period of 999.847 us",              \
      "paper: section 3.2")                                                                                  \
    X(TICK_CONTROLLER, "design.tick.controller", CHOICE, "io-apic", 0, 0, "8259|io-apic|local-apic",         \
      "controller of the PIT's line; the local APIC's own timer needs none",                                 \
      "literature: F (2), Fiasco's 8259 driver would make every line level")                                 \
    X(DESTRUCTION, "design.task_destruction.by", CHOICE, "helper-wait", 0, 0,                                \
      "inline|per-page|helper-sleep|helper-wait|other-cpu|deferred|chunked",                                 \
      "who destroys a dead task: the vCPU, in one call (inline), or after a call for each page (per-page: "  \
      "inline with pages unmapped); a thread of the microkernel, while the Linux context sleeps "            \
      "(helper-sleep) or the vCPU waits in an open receive (helper-wait); another processor, at no cost "    \
      "here, while the Linux context sleeps; the vCPU, when idle or a batch in one call (deferred); the "    \
      "vCPU, in calls that return at a preemption point and are made again (chunked, hypothetical)",         \
      "paper: section 4.2, a thread and the requester waits; F (5.4): it may sleep or wait")                 \
    X(HELPER_PRIORITY, "design.task_destruction.priority", CHOICE, "below", 0, 0, "below|equal|above",       \
      "fixed priority of the helper thread against the vCPU's",                                              \
      "estimate: F (5.4), the paper does not say; above it would gain nothing")                              \
    X(BACKLOG, "design.task_destruction.backlog", COUNT, "32", 0, 128, NULL,                                 \
      "helper-sleep, other-cpu: while more dead tasks than these wait, who creates a task waits or boosts; " \
      "0: no bound, and a run ends in error at 256",                                                         \
      "estimate: F (5.4) asks for a bound; 32 dead tasks hold about 1 MB of page tables")                    \
    X(AT_BACKLOG, "design.task_destruction.at_backlog", CHOICE, "wait", 0, 0, "wait|boost",                  \
      "what who creates a task does at the bound: wait, or raise the helper above the vCPU until it has "    \
      "caught up",                                                                                           \
      "literature: F (5.4)")                                                                                 \
    X(DEFERRED_BATCH, "design.task_destruction.batch", COUNT, "8", 1, 96, NULL,                              \
      "deferred: dead tasks that are set aside until they are destroyed in one call, or one by one when "    \
      "idle",                                                                                                \
      "estimate: F (12) leaves it open")                                                                     \
    X(CHUNK, "design.task_destruction.chunk", DURATION, "10 us", 1e6, 1e9, NULL,                             \
      "chunked: from one preemption point of the deletion to the next", "estimate: hypothetical in F (12)")  \
    X(ALGORITHM, "design.task_destruction.algorithm", CHOICE, "scan", 0, 0, "scan|mapped-list|occupancy",    \
      "how the deletion finds what is mapped: visits every entry; walks a list of the mapped pages; or "     \
      "keeps a count for each page table, skips empty ones and stops at the last entry of the others, "      \
      "which it expects after E m / (m + 1) of E entries with m mapped",                                     \
      "literature: F (5.1), Fiasco scans; the others are hypothetical in F (12)")                            \
    X(DEAD_PAGES, "design.task_destruction.pages", CHOICE, "revoked", 0, 0, "revoked|unmapped",              \
      "what becomes of mapped pages: the deletion revokes each; or exit and exec unmap them before, in "     \
      "calls of design.unmap_batch pages, and the deletion only scans",                                      \
      "paper: section 3.3, a single call destroys; F (5.1, 5.3): it revokes each page, though the public "   \
      "tree of 2011 unmapped them one by one")                                                               \
    X(UNMAP_BATCH, "design.unmap_batch", COUNT, "1", 1, 64, NULL,                                            \
      "page-table entries that the guest clears before it tells the microkernel in one call: 1 in 2011, 6 "  \
      "in 2016; a system call tells the rest before it returns",                                             \
      "literature: F (5.3)")                                                                                 \
    X(KERNEL_BUILD, "design.kernel_build", CHOICE, "up", 0, 0, "up|mp",                                      \
      "the microkernel is built for one processor or for several; for several, who deletes a task is "       \
      "blocked for a grace period",                                                                          \
      "estimate: F (5.1, 3), the paper disabled the second core")                                            \
    X(IDLE_TABLE, "design.idle_page_table", CHOICE, "kernel", 0, 0, "kernel|last",                           \
      "page table of the microkernel's idle thread: its own, or that of whoever ran before, so that a vCPU " \
      "that is woken finds its own",                                                                         \
      "literature: F (2d), Fiasco of 2015 switches to the kernel's")                                         \
    X(UNMASK, "design.unmask", CHOICE, "level", 0, 0, "level|always|lazy",                                   \
      "when the guest calls to unmask a line that it has handled: level-triggered ones only (L4Linux of "    \
      "2011); every line, with nothing to do at the controller for an edge (2016); never, but the next "     \
      "call that it makes for another reason finds a note (lazy; until then the line stays masked)",         \
      "literature: F (3, 12); lazy is hypothetical")                                                         \
    X(GRACE_TICKS, "microkernel.grace_ticks", COUNT, "2", 1, 10, NULL,                                       \
      "ticks until a grace period of a multi-processor microkernel has passed",                              \
      "estimate: F (5.1, 3), about 1 to 3 ms at 1 kHz: 2 or 3")                                              \
    X(VIRQ_IN_CALLS, "design.virq_in_calls", SWITCH, "false", 0, 0, NULL,                                    \
      "whether virtual interrupts stay on around the guest's calls, which takes a second message buffer; "   \
      "an upcall then takes effect when the call returns, without a receive; calls that the guest makes "    \
      "with "                                                                                                \
      "its interrupts off anyway, waits, and deletions that are deferred, in parts or in batches stay as "   \
      "they are",                                                                                            \
      "literature: F (0.2), L4Linux has one buffer")                                                         \
    X(PENDING_CHECK, "design.pending_check", CHOICE, "per-source", 0, 0, "per-source|drain|label-ring",      \
      "how the guest takes what is pending when it enables its interrupts: a receive for each source, one "  \
      "that returns all labels, or labels from a ring in the shared page without a call",                    \
      "literature: F (2c), libvcpu receives one by one")                                                     \
    X(PRIORITY_MASKED_VIRQ, "design.priority_masked_virq", SWITCH, "false", 0, 0, NULL,                      \
      "a virtual task-priority instead of a flag: the timer's interrupt cuts through the guest's "           \
      "interrupt-off sections, but not through hard interrupts, wake-ups, the scheduler, timer queues, "     \
      "entry code and calls, whose locks or buffers its handler needs; the switch to the task still waits "  \
      "for the end of the section",                                                                          \
      "literature: F (12), L4Linux has one flag")                                                            \
    X(TLB, "design.tlb", CHOICE, "flush", 0, 0, "flush|tagged",                                              \
      "what a write of the page-table base does: it flushes all entries that are not global, or entries "    \
      "carry the tag of "                                                                                    \
      "their address space (PCID) and stay",                                                                 \
      "literature: F (7.3), a K8 has no tags outside its virtual machines")                                  \
    X(GLOBAL_PAGES, "design.global_pages", CHOICE, "by-placement", 0, 0, "by-placement|true|false",          \
      "whether the guest kernel's pages survive a flush; by placement: native yes; rehosted no, because "    \
      "the kernel is a "                                                                                     \
      "user task to the microkernel, and a global entry would show its pages to all others",                 \
      "literature: F (7.3)")                                                                                 \
    X(LARGE_PAGES, "design.large_pages", CHOICE, "by-placement", 0, 0, "by-placement|true|false",            \
      "whether the guest kernel is mapped by large pages (2 or 4 MB); by placement: native yes; rehosted "   \
      "no",                                                                                                  \
      "literature: F (7.3); the server's memory could be backed by super pages")                             \
    X(PREEMPT_RT, "design.preempt_rt", SWITCH, "true", 0, 0, NULL,                                           \
      "whether Linux has the PREEMPT_RT patch; without it, the desktop kernel of the time "                  \
      "(PREEMPT_VOLUNTARY): handlers and their softirqs run in the interrupt, spinlocks do not sleep, and "  \
      "kernel code is preempted only where it looks, at voluntary points and at the return to user mode",    \
      "paper: section 4; without: Linux's i386_defconfig, CONFIG_PREEMPT_VOLUNTARY")                         \
    X(SEGMENT_RESTORE, "design.segment_restore", CHOICE, "per-switch", 0, 0, "per-switch|cached|state-page", \
      "how the next task's segment descriptors (thread-local storage) get into the microkernel's table: a "  \
      "call at each switch; the call only where they differ, which among processes of one program they do "  \
      "not; or written to the state page, for the resume to take",                                           \
      "paper: section 4.3, a call; F (7.1, S2)")                                                             \
    X(WRAPPER, "design.guest_wrapper", CHOICE, "32-bit", 0, 0, "32-bit|64-bit",                              \
      "kind of the guest kernel: one of 32 bit reloads segment registers at each of its entries",            \
      "literature: F (2a, A4; 7.1), i386 configuration of the paper")                                        \
    X(CLOCK_SOURCE, "design.clock_read", CHOICE, "tsc", 0, 0, "tsc|system-call|hpet",                        \
      "how cyclictest reads the clock: the time-stamp counter in user mode; a system call that reads it "    \
      "(i386 of 2011), whose way in counts before the time is taken; or a system call that reads the HPET, " \
      "which is then the kernel's clock in its timer interrupt as well",                                     \
      "estimate: F (1, N10; 7.1): the offset of 5 us leaves no room for a system call")                      \
    X(KERNEL_PAGES, "guest.working_set.kernel_pages", COUNT, "20", 0, 512, NULL,                             \
      "pages of the guest kernel that one entry touches: the walks after a flush",                           \
      "estimate: F (7.3), 15 to 25")                                                                         \
    X(KERNEL_LARGE_PAGES, "guest.working_set.kernel_large_pages", COUNT, "4", 0, 512, NULL,                  \
      "the same where they are large", "estimate: text, data and two of the direct mapping, 2 to 8")         \
    X(USER_PAGES, "guest.working_set.user_pages", COUNT, "6", 0, 512, NULL,                                  \
      "pages of a user task that it touches between two kernel entries", "estimate: F (7.3), 5 to 8")        \
    COST(X, MK_ENTRY, "costs.microkernel.irq_entry", "0.15 us", "vector and generic interrupt entry",        \
         "estimate: F (2.x)")                                                                                \
    COST(X, MK_OBJECT, "costs.microkernel.irq_object", "0.115 us", "load the IRQ object, mark it queued",    \
         "estimate: F (2.x), 0.15 with the acknowledge")                                                     \
    COST(X, MK_DECIDE, "costs.microkernel.decide", "0.2 us", "delivery decision, label, make ready",         \
         "estimate: F (2.x)")                                                                                \
    COST(X, MK_FRONT_MISSES, "costs.microkernel.front_misses", "1 us",                                       \
         "cold cache and TLB lines of the microkernel's interrupt front, on every route",                    \
         "fitted to paper, section 4.3: 3.65 us; split of F (2.x)")                                          \
    COST(X, MK_ENTER_KERNEL, "costs.microkernel.enter_kernel_mode", "0.1 us",                                \
         "spill user state, switch the vCPU to kernel mode", "estimate: F (2a, A1)")                         \
    COST(X, SPILL_USER_TASK, "costs.microkernel.spill_user_task", "0 us",                                    \
         "what an upcall takes more where it interrupts a user task, beside the address space; 0 where "     \
         "enter_kernel_mode has it: then there is no such step",                                             \
         "estimate: F (2a, A1) knows one spill for both")                                                    \
    COST(X, MK_STATE_COPY, "costs.microkernel.state_copy", "0.3 us",                                         \
         "copy the register frame to the state page, return to the entry point", "estimate: F (2a, A3)")     \
    COST(X, MK_UPCALL_MISSES, "costs.microkernel.upcall_misses", "0.2 us", "cold lines of the upcall",       \
         "fitted to paper, section 4.3: 3.65 us; split of F (2.x)")                                          \
    COST(X, SEGMENT_RELOAD, "costs.rehosted.segment_reload", "0.05 us",                                      \
         "entry of a 32-bit guest: reload the segment registers",                                            \
         "estimate: F (2a, A4), four loads of 10 to 40 cycles each")                                         \
    COST(X, SEGMENT_COMPARE, "costs.rehosted.segment_compare", "0.02 us",                                    \
         "compare the next task's segment descriptors with those loaded",                                    \
         "estimate: three loads and compares")                                                               \
    COST(X, SEGMENT_STORE, "costs.rehosted.segment_store", "0.03 us",                                        \
         "segment descriptors to the state page, and from there to the table at the resume",                 \
         "estimate: F (7.1, S3), a few stores on both sides")                                                \
    COST(X, GUEST_ENTRY, "costs.rehosted.guest_entry", "0.3 us",                                             \
         "guest entry: state page to registers, label to interrupt number",                                  \
         "estimate: F (2a, A4), less the segment registers")                                                 \
    COST(X, HANDLER_MISSES, "costs.rehosted.handler_misses", "0.8 us",                                       \
         "cold lines of the guest's handler code, on every route",                                           \
         "fitted to paper, section 4.3: 3.65 us; split of F (2.x)")                                          \
    COST(X, DELIVERY_UNEXPLAINED, "costs.rehosted.delivery_unexplained", "0 us",                             \
         "what is missing to the stated cost of edge delivery", "paper: section 4.3, 3.65 us less the sum")  \
    COST(X, ENABLE, "costs.rehosted.enable", "0.01 us",                                                      \
         "set the virtual interrupt flag and test the pending bit, nothing pending",                         \
         "measured: 20 instructions on the real Fiasco")                                                     \
    COST(X, RECEIVE_PREPARE, "costs.rehosted.receive_prepare", "0.1 us",                                     \
         "something is pending: clear the flag, set up the receive", "estimate: F (2c.4)")                   \
    COST(X, RECEIVE_CALL, "costs.microkernel.receive_call", "0.5 us",                                        \
         "receive with timeout 0, returns the label of a pending interrupt",                                 \
         "estimate: F (2c.4), 0.4 to 0.9 us")                                                                \
    COST(X, RECEIVE_MISSES, "costs.microkernel.receive_misses", "0.7 us", "cold lines of that call",         \
         "fitted to paper, section 4.3: split of F (2.x)")                                                   \
    COST(X, DRAIN_LABEL, "costs.microkernel.drain_label", "0.05 us",                                         \
         "each label more that a receive returns which drains the queue",                                    \
         "estimate: 75 instructions on the real Fiasco, a receive with a message less one without; 0.03 to " \
         "0.1 us")                                                                                           \
    COST(X, RING_PUT, "costs.microkernel.ring_put", "0.02 us",                                               \
         "look into the label ring of the shared page, and write the label if it is not there",              \
         "estimate: one line that is in the cache, 0.01 to 0.1 us")                                          \
    COST(X, RING_TAKE, "costs.rehosted.ring_take", "0.03 us", "take a label from the ring",                  \
         "estimate: one line that the microkernel wrote, 0.01 to 0.1 us")                                    \
    COST(X, SELF_RESUME, "costs.microkernel.self_resume", "0.6 us",                                          \
         "return to interrupted guest-kernel code, a microkernel call", "estimate: F (2b), 0.4 to 0.8 us")   \
    COST(X, GDT_CALL, "costs.microkernel.gdt_call", "0.45 us",                                               \
         "call that loads the segment descriptors of the next task",                                         \
         "estimate: F (7.1, S2), 0.35 to 0.6 us")                                                            \
    COST(X, STATE_PAGE, "costs.rehosted.state_page", "0.2 us", "fill the state page before a resume",        \
         "estimate: F (7.1, S3)")                                                                            \
    COST(X, RESUME, "costs.microkernel.resume", "0.4 us", "resume call to user mode",                        \
         "estimate: F (7.1, S4)")                                                                            \
    COST(X, RESUME_SPACE, "costs.microkernel.resume_space", "0.15 us",                                       \
         "write of the user task's page-table base and return to user mode", "estimate: F (7.1, S5)")        \
    COST(X, COLD_SWITCH, "costs.rehosted.switch_refill", "{dist: gamma, mean: 0.5 us, cv: 0.3}",             \
         "cold cache lines of the task that was switched to, rehosted",                                      \
         "fitted to paper, section 4.3: about 1.3 us for the switch; with the user task's refill F (7.1, "   \
         "S6), 0.2 to 1.0 us")                                                                               \
    COST(X, SWITCH_UNEXPLAINED, "costs.rehosted.switch_unexplained", "0 us",                                 \
         "what is missing to the stated cost of the switch", "paper: section 4.3, 1.3 us less the sum")      \
    COST(X, EXCEPTION, "costs.microkernel.exception", "0.55 us",                                             \
         "system call or fault of a user task: trap, switch to the guest kernel",                            \
         "estimate: F (7.2), direct 1.0 to 1.6 us for both directions, less the segment registers")          \
    COST(X, KERNEL_REFILL, "costs.rehosted.kernel_refill", "{dist: gamma, mean: 0.15 us, cv: 0.3}",          \
         "cold cache lines of the guest kernel after the microkernel and the user task",                     \
         "estimate: F (7.2), 0.25 to 0.7 us per direction, less its 20 page walks")                          \
    COST(X, USER_REFILL, "costs.rehosted.user_refill", "{dist: gamma, mean: 0.21 us, cv: 0.3}",              \
         "the same for the user task",                                                                       \
         "estimate: F (7.2), 0.25 to 0.7 us per direction, less its 6 page walks")                           \
    COST(X, MAP, "costs.microkernel.map", "0.75 us", "map one page, inside the resume call",                 \
         "estimate: F (7.2), 0.5 to 1 us")                                                                   \
    COST(X, UNMAP, "costs.microkernel.unmap", "1 us", "call that unmaps one page",                           \
         "estimate: F (5.3), 0.6 to 1.5 us")                                                                 \
    COST(X, TASK_CREATE, "costs.microkernel.task_create", "3.5 us",                                          \
         "create a task, at the first return to user mode", "estimate: F (5.3), 2 to 5 us")                  \
    COST(X, DESTROY_ENTER, "costs.microkernel.destroy_enter", "0.2 us",                                      \
         "delete call until it opens the lock, interrupts off", "estimate: F (5.1, 1)")                      \
    X(DESTROY_BASE, "costs.microkernel.destroy_base", DURATION, "4.3 us", 0, 1e9, NULL,                      \
      "constant part of a task's destruction, interrupts on", "estimate: F (5.1), T0 of 3 to 6 us in all")   \
    X(DESTROY_ENTRY, "costs.microkernel.destroy_entry", DURATION, "9.26 ns", 0, 1e9, NULL,                   \
      "per entry scanned: 1024 for each page table and one for each absent one",                             \
      "estimate: F (5.1), 20 to 30 cycles")                                                                  \
    X(DESTROY_PAGE, "costs.microkernel.destroy_page", DURATION, "0.3 us", 0, 1e9, NULL, "per mapped page",   \
      "estimate: F (5.1), 0.15 to 0.5 us")                                                                   \
    X(DESTROY_TABLE, "costs.microkernel.destroy_table", DURATION, "0.15 us", 0, 1e9, NULL,                   \
      "per page table returned to the pool", "estimate: F (5.1)")                                            \
    X(DESTROY_PER_TABLE, "microkernel.entries_per_table", COUNT, "1024", 1, 1024, NULL,                      \
      "entries of a page table that the scan visits", "literature: F (5.1), 32 bit, two levels")             \
    X(DESTROY_DIRECTORY, "microkernel.directory_entries", COUNT, "768", 0, 100000, NULL,                     \
      "entries above the page tables that the scan visits: of the directory; with four levels, of all "      \
      "directories that there are, empty regions skipped",                                                   \
      "literature: F (5.1), 3 GB of 4 MB each")                                                              \
    COST(X, HELPER_POST, "costs.rehosted.helper_post", "0.6 us",                                             \
         "hand a dead task to the helper and trigger it", "estimate: F (6), trigger of 0.3 to 0.6 us")       \
    COST(X, HELPER_DONE, "costs.microkernel.helper_done", "0.6 us", "the helper triggers the completion",    \
         "estimate: F (5.4), 4 to 8 us per deletion in all")                                                 \
    COST(X, PRIORITY_CALL, "costs.microkernel.priority_call", "0.6 us",                                      \
         "call that changes the priority of a thread", "estimate: one call, as the unmask call")             \
    COST(X, REMOTE_POST, "costs.microkernel.remote_post", "0.5 us",                                          \
         "post a request to another processor and interrupt it",                                             \
         "estimate: F (9.1), 1.5 to 3 us with its being taken")                                              \
    COST(X, REMOTE_TAKE, "costs.microkernel.remote_take", "1 us",                                            \
         "take the request of another processor, with its cold lines",                                       \
         "estimate: F (9.1), 1.5 to 3 us with its being posted")                                             \
    COST(X, THREAD_SWITCH, "costs.microkernel.thread_switch", "0.3 us", "switch to another thread",          \
         "estimate: F (2a), 0.2 to 0.4 us")                                                                  \
    COST(X, WAIT_CALL, "costs.microkernel.wait_call", "0.4 us", "open receive until the thread is blocked",  \
         "estimate: one call")                                                                               \
    COST(X, WAIT_RETURN, "costs.microkernel.wait_return", "0.2 us", "return from the open receive",          \
         "estimate: half a call")                                                                            \
    X(GRAPHICS, "design.graphics.by", CHOICE, "ring", 0, 0, "none|synchronous|ring",                         \
      "how a rehosted guest shows what it draws: not at all, by a synchronous call of the vCPU to the "      \
      "graphics server, or through a ring and a second thread",                                              \
      "paper: section 3.1, the improved L4Linux; synchronous before")                                        \
    X(GRAPHICS_NOTIFY, "design.graphics.notify", CHOICE, "on-empty", 0, 0, "on-empty|each",                  \
      "when the second thread is notified: if the ring was empty, or at each entry",                         \
      "estimate: F (6), a design point")                                                                     \
    X(GRAPHICS_RING, "design.graphics.ring_entries", COUNT, "16", 1, 256, NULL,                              \
      "entries of the ring; where it is full, the last entry grows, and the writer never waits",             \
      "estimate: F (6), no figure found")                                                                    \
    X(GRAPHICS_THREAD, "design.graphics.thread_priority", CHOICE, "below", 0, 0, "below|equal|above",        \
      "priority of the second thread against the vCPU's",                                                    \
      "literature: F (6), below; L4Linux was shipped with it above (7 against 1)")                           \
    X(GRAPHICS_SERVER, "design.graphics.server_priority", CHOICE, "below", 0, 0, "below|equal|above",        \
      "priority of the server against the vCPU's; it works at its client's priority if that is higher",      \
      "literature: F (6), below")                                                                            \
    X(GRAPHICS_REFRESH, "design.graphics.refresh", DURATION, "100 ms", 0, 1e13, NULL,                        \
      "period of the full refresh of the screen, by a timer of the guest; 0: none",                          \
      "literature: F (6), HZ/10 ticks in L4Linux's framebuffer driver")                                      \
    X(CONSOLE, "design.console.by", CHOICE, "synchronous", 0, 0, "none|synchronous|ring",                    \
      "how a rehosted guest prints; as for graphics",                                                        \
      "estimate: the paper (section 4) names a console driver, and a ring for graphics alone")               \
    X(CONSOLE_NOTIFY, "design.console.notify", CHOICE, "on-empty", 0, 0, "on-empty|each",                    \
      "when the second thread is notified: if the ring was empty, or at each entry",                         \
      "estimate: F (6), a design point")                                                                     \
    X(CONSOLE_RING, "design.console.ring_entries", COUNT, "16", 1, 256, NULL,                                \
      "entries of the ring; where it is full, the last entry grows, and the writer never waits",             \
      "estimate: F (6), no figure found")                                                                    \
    X(CONSOLE_THREAD, "design.console.thread_priority", CHOICE, "below", 0, 0, "below|equal|above",          \
      "priority of the second thread against the vCPU's",                                                    \
      "literature: F (6), below; L4Linux was shipped with it above (7 against 1)")                           \
    X(CONSOLE_SERVER, "design.console.server_priority", CHOICE, "below", 0, 0, "below|equal|above",          \
      "priority of the server against the vCPU's; it works at its client's priority if that is higher",      \
      "literature: F (6), below")                                                                            \
    X(CONSOLE_MESSAGE, "design.console.message", SIZE, "252 B", 1, 1e6, NULL,                                \
      "bytes that one call takes to the console server", "estimate: 63 words of the message buffer")         \
    COST(X, IPC_CALL, "costs.microkernel.ipc_call", "0.2 us",                                                \
         "synchronous call until the switch to the server",                                                  \
         "estimate: F (6), 0.5 to 1.0 us with the switch of thread and address space")                       \
    COST(X, IPC_REPLY, "costs.microkernel.ipc_reply", "0.2 us",                                              \
         "reply of a server until the switch to its client", "estimate: F (6), as the call")                 \
    COST(X, TRIGGER, "costs.microkernel.trigger", "0.45 us",                                                 \
         "trigger an IRQ object: it sends and never blocks", "estimate: F (6), 0.3 to 0.6 us")               \
    COST(X, MESSAGE, "costs.rehosted.message", "0.1 us", "set up the message of a call",                     \
         "estimate: a few words")                                                                            \
    COST(X, RING_WRITE, "costs.rehosted.ring_write", "0.1 us",                                               \
         "write an entry to the ring in shared memory", "estimate: a few words and a barrier")               \
    COST(X, RING_READ, "costs.rehosted.ring_read", "0.1 us", "take an entry off the ring",                   \
         "estimate: as the write")                                                                           \
    COST(X, CLIP, "costs.graphics_server.clip", "0.4 us",                                                    \
         "constant part of a request: what of it is visible",                                                \
         "estimate: F (6), 512 bytes take about 1 us in all")                                                \
    COST(X, CONSOLE_REQUEST, "costs.console_server.request", "0.4 us",                                       \
         "constant part of a request: take the text", "estimate: as the graphics server's")                  \
    COST(X, UNMASK_CALL, "costs.microkernel.unmask_call", "0.6 us",                                          \
         "the extra call of a level-triggered line, without the controller",                                 \
         "estimate: F (3, L6), 0.4 to 0.8 us")                                                               \
    COST(X, TIMER_CALL, "costs.microkernel.timer_call", "0.5 us",                                            \
         "call that sets the guest's timer, without the device",                                             \
         "estimate: F (6), a call of 0.3 to 0.6 us that does not block")                                     \
    COST(X, TIMER_THREAD, "costs.rehosted.timer_thread", "0.1 us",                                           \
         "the timer thread's own code between two receives", "estimate: a hundred instructions")             \
    COST(X, MK_TICK, "costs.microkernel.tick", "{dist: gamma, mean: 0.35 us, cv: 0.25}",                     \
         "tick handler: clock, slice, timeouts",                                                             \
         "estimate: F (4), 0.3 to 0.7 us with entry and acknowledge")                                        \
    COST(X, MK_TICK_REFILL, "costs.microkernel.tick_refill", "0.3 us",                                       \
         "what the tick's cache pollution costs whoever was interrupted", "estimate: F (4), 0.2 to 0.5 us")  \
    COST(X, MK_IRET, "costs.microkernel.return", "0.1 us",                                                   \
         "return from the microkernel to what it interrupted", "estimate: F (1)")                            \
                                                                                                             \
    X(FOOTPRINTS, "footprints", TREE, NULL, 0, 0, NULL, FOOTPRINT_LANGUAGE, NULL)                            \
    X(CYCLES_PER_INSTRUCTION, "footprint.cycles_per_instruction", REAL, "1", 0.05, 100, NULL,                \
      "cycles of an instruction whose lines are there", "estimate: a short path, in order")                  \
    X(CACHE_LINES, "footprint.cache_lines", COUNT, "8192", 1, 1e9, NULL,                                     \
      "lines of the cache level beyond which a line is missed", "estimate: 512 KiB, 64 bytes a line")        \
    X(LINE_MISS, "footprint.line_miss", DURATION, "65 ns", 0, 1e9, NULL, "a line from memory",               \
      "estimate: DRAM of 2008")                                                                              \
    X(FOOTPRINT_WALK, "footprint.page_walk", DURATION, "25 ns", 0, 1e9, NULL,                                \
      "a page that the TLB does not have", "estimate: a walk of cached tables")                              \
    X(UNCACHED, "footprint.uncached_access", DURATION, "500 ns", 0, 1e9, NULL,                               \
      "an access to a device's register", "estimate: 0.35 to 1 us")                                          \
    X(TOUCH_RATE, "footprint.touch_rate", REAL, "2", 0, 1e6, NULL,                                           \
      "lines per microsecond that everything without a footprint touches, user tasks above all",             \
      "estimate: one in half a microsecond's work, until the level is full")                                 \
    X(COMPETING, "competing", TREE, NULL, 0, 0, NULL, COMPETING_LANGUAGE, NULL)                              \
    X(GAPS, "gaps", TREE, NULL, 0, 0, NULL, GAPS_LANGUAGE, NULL)                                             \
    /* ---- hardware virtualisation ---- */                                                                  \
    X(MONITOR_IN, "design.virtualisation.monitor", CHOICE, "task", 0, 0, "task|hypervisor",                  \
      "where the guest's virtual devices are kept: in a task of its own, to which each exit leads; or in "   \
      "the kernel that takes the exit, as Xen and KVM keep their interrupt controller and timer",            \
      "literature: F (9.2), a task on a microkernel")                                                        \
    X(HALT_IN, "design.virtualisation.halt", CHOICE, "trap", 0, 0, "trap|native",                            \
      "what a guest's halt does: exit, and block its thread until an interrupt comes; or halt the "          \
      "processor in the guest, which needs a processor of its own (Xen's vwfi=native)",                      \
      "literature: F (9.2); hypervisors trap it by default")                                                 \
    X(DIRECT_INJECTION, "design.virtualisation.direct_injection", SWITCH, "false", 0, 0, NULL,               \
      "whether the hardware keeps the guest's interface to the controller (APICv, AVIC; the GIC's virtual "  \
      "interface and list registers): no exits for acknowledge and end of interrupt and for interrupt "      \
      "windows; the physical interrupt still exits",                                                         \
      "literature: F (9.2), processors since 2013")                                                          \
    X(DIRECT_TIMER, "design.virtualisation.direct_timer", SWITCH, "false", 0, 0, NULL,                       \
      "whether the guest programs its timer without an exit: the TSC deadline passed through, a mapped "     \
      "page of the HPET, or ARM's virtual timer",                                                            \
      "literature: F (9.2)")                                                                                 \
    X(NESTED_PAGING, "design.virtualisation.nested_paging", SWITCH, "true", 0, 0, NULL,                      \
      "whether the hardware translates guest addresses (EPT, nested page tables); without, the monitor "     \
      "shadows the guest's page tables, and page faults, switches of the address space and invalidations "   \
      "exit, as they would on the paper's machine",                                                          \
      "literature: F (9.2)")                                                                                 \
    COST(                                                                                                    \
        X, VM_EXIT, "costs.virtualised.exit", "0.4 us", "hardware leaves the guest",                         \
        "literature: F (9.2), 0.7 us with the entry on a processor of 2009; 0.35 to 0.7 us, modern to 2009") \
    COST(X, VM_ENTRY, "costs.virtualised.entry", "0.3 us", "hardware enters the guest",                      \
         "literature: F (9.2), 0.7 us with the exit on a processor of 2009; 0.35 to 0.7 us, modern to 2009") \
    COST(X, VM_SAVE, "costs.virtualised.save", "0.15 us",                                                    \
         "the microkernel saves the guest's state that the hardware does not, and opens a preemption point", \
         "estimate: general registers and some fields, 0.1 to 0.3 us")                                       \
    COST(X, GUEST_MISSES, "costs.virtualised.guest_misses", "0.2 us",                                        \
         "cold cache and TLB lines of the guest after an exit",                                              \
         "estimate: F (9.2), indirect costs up to ten times the direct ones in bad cases; 0.1 to 7 us")      \
    COST(X, MONITOR_MISSES, "costs.virtualised.monitor_misses", "0.3 us",                                    \
         "cold cache and TLB lines of the monitor after its address space was left",                         \
         "estimate: F (9.2), 1 to 2 us for a round trip to the monitor of 2011, 0.4 to 0.8 us modern")       \
    COST(X, MONITOR_ENTRY, "costs.virtualised.monitor_entry", "0.3 us",                                      \
         "the microkernel copies the reason of the exit and leaves to the monitor",                          \
         "estimate: F (9.2), part of the same round trip")                                                   \
    COST(X, MONITOR_DECODE, "costs.virtualised.monitor_decode", "0.15 us", "the monitor looks why it runs",  \
         "estimate: F (9.2), part of the same round trip")                                                   \
    COST(X, MONITOR_EMULATE, "costs.virtualised.monitor_emulate", "0.25 us",                                 \
         "the monitor emulates one access to a virtual device",                                              \
         "estimate: F (9.2), part of the same round trip")                                                   \
    COST(X, MONITOR_RAISE, "costs.virtualised.monitor_raise", "0.25 us",                                     \
         "the monitor sets a request in the virtual interrupt controller and the injection field",           \
         "estimate: F (9.2), part of the same round trip")                                                   \
    COST(X, MONITOR_RESUME, "costs.virtualised.monitor_resume", "0.4 us", "the monitor's resume call",       \
         "estimate: F (7.1, S4), as a resume to user mode")                                                  \
    COST(X, MONITOR_TIMER, "costs.virtualised.monitor_timer", "0.5 us",                                      \
         "the monitor's call for the host's timer, without the device", "estimate: one call, 0.3 to 1.5 us") \
    COST(X, SHADOW_WALK, "costs.virtualised.shadow_walk", "0.4 us",                                          \
         "shadow paging: the monitor walks the guest's page tables", "estimate: two levels, 0.2 to 1 us")    \
    COST(X, SHADOW_SWITCH, "costs.virtualised.shadow_switch", "1 us",                                        \
         "shadow paging: the monitor finds the shadow of the next address space",                            \
         "estimate: shadows are kept, 0.5 to 3 us")                                                          \
                                                                                                             \
    /* ---- the load ---- */                                                                                 \
    X(LOAD, "load", TREE, NULL, 0, 0, NULL, LOAD_LANGUAGE, NULL)                                             \
                                                                                                             \
    /* ---- what is expected of the results ---- */                                                          \
    X(EXPECT, "expect", EXPECT, NULL, 0, 0, NULL, EXPECT_LANGUAGE, NULL)

enum parameter {
#define PARAMETER_ID(ID, ...) P_##ID,
    PARAMETERS(PARAMETER_ID)
#undef PARAMETER_ID
        PARAMETER_COUNT
};

extern const struct irqp_registry parameter_registry;

#endif
