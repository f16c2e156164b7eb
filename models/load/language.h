/* The language of load programs in words, for the documentation of the parameter `load`. What it says stands
 * in program.c: the keys of the compiler, its table of operations, and its limits. */
#ifndef MODELS_LOAD_LANGUAGE_H
#define MODELS_LOAD_LANGUAGE_H

// clang-format off
#define LOAD_LANGUAGE \
    "programs of the processes that load the system, and how many of each\n" \
    "\n" \
    "work: {unit: WORD, program: NAME, total: N, per_round: 1}\n" \
    "                       optional: what throughput is counted in. A round of that program does so many units;\n" \
    "                       a whole run of the load does 'total', and run tells how long that takes\n" \
    "channels: {NAME: {count: N, capacity: N}, ...}        optional; 1 channel of 100 messages each if not given;\n" \
    "                       with 'from: probe' the latency probe's device puts a packet into it at each assertion\n" \
    "mutexes: [NAME, ...]                                  optional\n" \
    "processes: [{program: NAME, count: N}, ...]           what runs from the beginning, 96 at most; count: 1\n" \
    "programs: {NAME: {steps: [...], ...}, ...}            what it does, and how it runs:\n" \
    "\n" \
    "priority: N            a fixed priority (SCHED_FIFO), 1 to 99; fair if not given\n" \
    "nice: N                of a fair one, -20 to 19; 0 if not given\n" \
    "every: COST            a round begins so long after the last was due, late if that took longer; without it a\n" \
    "                       round begins when the last is done. A distribution gives random gaps\n" \
    "page_tables: N         4 if not given, freed at exec and exit\n" \
    "pages: N               mapped in each image besides those that faults map; 0 if not given\n" \
    "\n" \
    "A program of 'processes' begins anew when its steps are done; one that is only forked exits. Steps:\n" \
    "\n" \
    "compute: COST          user code\n" \
    "syscall: {work: COST, irq_off: COST, preempt_off: COST}\n" \
    "                       system call: plain work, then work with interrupts off, then with preemption off\n" \
    "trap: COST             an instruction that traps and is emulated, with interrupts off all the way\n" \
    "send: CHANNEL          send a message to the channels of this name in turn; wait while there is no room\n" \
    "receive: CHANNEL       take a message from the process's own channel of this name; wait for one\n" \
    "lock: {mutex: NAME, steps: [...]}\n" \
    "                       the steps while holding a mutex; wait while another holds it, which meanwhile inherits\n" \
    "                       the priority\n" \
    "fault: N               N page faults, each with a page that exec or exit frees\n" \
    "unmap: N               a system call that unmaps N pages\n" \
    "disk: N                N requests to the disk, each waited for\n" \
    "fork: PROGRAM          start a child that runs this program\n" \
    "wait                   wait until a child has exited\n" \
    "exec                   replace the address space by a new one\n" \
    "sleep: COST            sleep, by a timer\n" \
    "draw: SIZE             draw so many bytes of the screen (64 KiB: a line of text)\n" \
    "print: SIZE            write so many bytes to the console\n" \
    "repeat: {times: N, steps: [...]}\n" \
    "                       the steps N times; repeats nest\n" \
    "\n" \
    "For example a fork storm, which scenarios/loads/fork-storm.yaml has with numbers and their sources; beside it,\n" \
    "network-receiver.yaml shows a channel that the probe feeds, rates, nice values and a mutex:\n" \
    "\n" \
    "load:\n" \
    "  work: {unit: commands, program: shell}\n" \
    "  processes: [{program: shell}]\n" \
    "  programs:\n" \
    "    shell:\n" \
    "      steps: [{compute: 20 us}, {fork: command}, wait]\n" \
    "    command:\n" \
    "      page_tables: 4\n" \
    "      steps:\n" \
    "        - fault: 30\n" \
    "        - exec\n" \
    "        - repeat:\n" \
    "            times: 2\n" \
    "            steps:\n" \
    "              - fault: 30\n" \
    "              - compute: {dist: lognormal, mean: 15 us, cv: 0.5}\n" \
    "              - syscall: {work: 4 us, irq_off: 0.4 us}"

/* What `competing` may say; it is read in models/load/competing.c. */
#define COMPETING_LANGUAGE \
    "threads of the microkernel that compete with the guest's vCPU, and a second guest\n" \
    "\n" \
    "[{name: NAME, priority: below|equal|above, busy: COST, idle: COST}, ...], 4 at most\n" \
    "\n" \
    "Each has an address space of its own. It computes for 'busy', then waits for 'idle', which an interrupt of\n" \
    "its own ends; without 'idle' it is always ready. Threads of equal priority, the default, take turns with\n" \
    "the vCPU in slices (microkernel.slice); a vCPU that was blocked preempts them. Further keys:\n" \
    "\n" \
    "call: COST             after each busy time it makes a call of the microkernel, which takes so long with\n"   \
    "                       interrupts off\n"                                                                     \
    "draw: SIZE             after each busy time it has so many bytes shown by the graphics server, which is\n" \
    "                       then busy for others\n" \
    "wake: timeout          a timeout ends its idle time instead of an interrupt: the microkernel looks at it\n" \
    "                       in its tick, so that the time is over with one\n" \
    "kind: guest            a second guest instead of a thread: its interrupts cost what a guest's do\n" \
    "interrupts: COST       of a guest, the time between two interrupts of its devices\n" \
    "\n" \
    "For example a video player, and a guest that computes a tenth of the time:\n" \
    "\n" \
    "competing:\n" \
    "  - {name: video, priority: above, busy: 0.2 ms, idle: 39.8 ms, draw: 256 KiB}\n" \
    "  - name: office\n" \
    "    kind: guest\n" \
    "    busy: {dist: exponential, mean: 1 ms}\n" \
    "    idle: {dist: exponential, mean: 9 ms}\n" \
    "    interrupts: {dist: exponential, mean: 2 ms}"

/* What `gaps` may say; it is read in models/gaps.c. */
#define GAPS_LANGUAGE \
    "what a thread that reads the clock without pause sees when something takes the processor from it\n" \
    "\n" \
    "{of: NAME, mode: user|kernel, between_reads: TIME}\n" \
    "\n" \
    "A further latency of the result, 'gap', as oslat, rtla osnoise and hwlat measure it: from where the thread\n" \
    "leaves its own computing until it computes again, whatever comes between: interrupts, other threads,\n" \
    "wake-ups of cyclictest, and calls that it makes itself, whose round trip is a gap. What refills caches\n" \
    "after the return is part of it. 'irqpath compare --gaps' sets it beside a measurement, which should not\n" \
    "count the turns of its loop that nothing came between. A batch ends with a wake-up, whose gap is not over\n" \
    "and does not count. Nothing coasts meanwhile (run.coasting).\n" \
    "\n" \
    "of: NAME               whose: a program of the load (of several processes the first), or a competing thread;\n" \
    "                       its own sleeps and idle times are gaps as well\n" \
    "mode: user|kernel      which computing of a program is watched: in user mode, or in its system calls, as by\n" \
    "                       a thread of the kernel; user if it is not given\n" \
    "between_reads: TIME    from one reading of the clock to the next where nothing comes between, 0 to 1 ms: is\n" \
    "                       part of each gap; 0 if it is not given\n" \
    "\n" \
    "For example oslat, at a priority below cyclictest's:\n" \
    "\n" \
    "gaps: {of: oslat, between_reads: 25 ns}\n" \
    "load:\n" \
    "  processes: [{program: oslat}]\n" \
    "  programs: {oslat: {priority: 80, steps: [{compute: 1 s}]}}"

/* What `footprints` may say; it is read in models/hardware/footprint.c. */
#define FOOTPRINT_LANGUAGE \
    "costs that are footprints: what steps execute and touch, which the machine turns into time\n" \
    "\n" \
    "[{of: COST, instructions: N, lines: N, pages: N, uncached: N}, ...]\n" \
    "\n" \
    "A step with that cost ('of: costs.microkernel.irq_entry') takes its instructions and uncached accesses,\n" \
    "and what is cold: of its cache lines the part 1 - exp(-T / L), T being the lines that others have touched\n" \
    "since this step last ran and L the lines of the cache level; of its pages all, if the TLB was flushed\n" \
    "since. The one rule holds for all steps on all platforms. The keys of 'footprint' say what each takes.\n" \
    "The cost's own value is not used then.\n" \
    "\n" \
    "footprints:\n" \
    "  - {of: costs.microkernel.irq_entry, instructions: 60, lines: 7, pages: 1}"
// clang-format on

#endif
