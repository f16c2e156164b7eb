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
    "channels: {NAME: {count: N, capacity: N}, ...}        optional; 1 channel of 100 messages each if not given\n" \
    "processes: [{program: NAME, count: N}, ...]           what runs from the beginning, 96 at most; count: 1\n" \
    "programs: {NAME: {page_tables: N, steps: [...]}, ...} page_tables: 4 if not given, freed at exec and exit\n" \
    "\n" \
    "A program of 'processes' begins anew when its steps are done; one that is only forked exits. Steps:\n" \
    "\n" \
    "compute: COST          user code\n" \
    "syscall: {work: COST, irq_off: COST, preempt_off: COST}\n" \
    "                       system call: plain work, then work with interrupts off, then with preemption off\n" \
    "send: CHANNEL          send a message to the channels of this name in turn; wait while there is no room\n" \
    "receive: CHANNEL       take a message from the process's own channel of this name; wait for one\n" \
    "fault: N               N page faults, each with a page that exec or exit frees\n" \
    "unmap: N               N system calls that unmap a page\n" \
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
    "For example a shell that starts a compiler, whose length varies:\n" \
    "\n" \
    "load:\n" \
    "  processes: [{program: shell}]\n" \
    "  programs:\n" \
    "    shell:\n" \
    "      steps: [{compute: 1 ms}, {fork: compiler}, wait]\n" \
    "    compiler:\n" \
    "      page_tables: 10\n" \
    "      steps:\n" \
    "        - exec\n" \
    "        - repeat:\n" \
    "            times: 20\n" \
    "            steps:\n" \
    "              - fault: 40\n" \
    "              - compute: {dist: gamma, mean: 3 ms, cv: 0.5}\n" \
    "              - syscall: {work: 4 us, irq_off: 0.4 us}"
// clang-format on

#endif
