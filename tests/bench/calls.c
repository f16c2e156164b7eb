/* Counts system calls: a child runs the work while its parent is told of each call (ptrace). */
#include "bench.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#if defined(__linux__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#include <sys/ptrace.h>
#include <sys/wait.h>

/* The stops of a child that let itself be traced and stopped itself; -1: it did not end well. */
static int64_t follow(pid_t child)
{
    int64_t stops = 0;
    int status;
    if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status))
        return -1;
    while (ptrace(PTRACE_SYSCALL, child, NULL, NULL) == 0 && waitpid(child, &status, 0) == child) {
        if (WIFEXITED(status))
            return WEXITSTATUS(status) == EXIT_SUCCESS ? stops / 2 : -1; /* one on the way in, one out */
        if (!WIFSTOPPED(status))
            return -1;
        stops++;
    }
    return -1;
}

int64_t bench_system_calls(bench_work *work, void *context)
{
    pid_t child = fork();
    if (child == 0) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
            _exit(EXIT_FAILURE);
        raise(SIGSTOP);
        work(context);
        _exit(EXIT_SUCCESS);
    }
    return child < 0 ? -1 : follow(child);
}
#else
int64_t bench_system_calls(bench_work *work, void *context)
{
    (void)work;
    (void)context;
    return -1;
}
#endif
