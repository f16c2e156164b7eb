/* What a function of the library returns when it can fail. One list gives the codes, their texts and the
 * program's exit codes. The library never prints, exits or aborts on user input.
 */
#ifndef IRQPATH_STATUS_H
#define IRQPATH_STATUS_H

/* X(name, exit code, text) */
#define IRQP_STATUS_LIST(X)                                                                                  \
    X(OK, 0, "done")                                                                                         \
    X(NO_MEMORY, 1, "out of memory")                                                                         \
    X(IO, 1, "input or output failed")                                                                       \
    X(MODEL, 1, "the model reached a state that it does not define")                                         \
    X(USAGE, 2, "wrong use of the command line")                                                             \
    X(INPUT, 3, "bad configuration or input")                                                                \
    X(UNMET, 4, "expectations not met")                                                                      \
    X(UNDECIDED, 5, "the run was too short to decide")                                                       \
    X(INTERRUPTED, 130, "interrupted")

enum irqp_status {
#define IRQP_STATUS_ENUM(name, exit_code, text) IRQP_##name,
    IRQP_STATUS_LIST(IRQP_STATUS_ENUM)
#undef IRQP_STATUS_ENUM
};

/* A short English text for the status; static storage. */
const char *irqp_status_text(enum irqp_status status);

/* The exit code with which a program should report the status. */
int irqp_status_exit_code(enum irqp_status status);

#endif
