#include "irqpath/status.h"

const char *irqp_status_text(enum irqp_status status)
{
    switch (status) {
#define IRQP_STATUS_TEXT(name, exit_code, text)                                                              \
    case IRQP_##name:                                                                                        \
        return text;
        IRQP_STATUS_LIST(IRQP_STATUS_TEXT)
#undef IRQP_STATUS_TEXT
    }
    return "unknown status";
}

int irqp_status_exit_code(enum irqp_status status)
{
    switch (status) {
#define IRQP_STATUS_EXIT(name, exit_code, text)                                                              \
    case IRQP_##name:                                                                                        \
        return exit_code;
        IRQP_STATUS_LIST(IRQP_STATUS_EXIT)
#undef IRQP_STATUS_EXIT
    }
    return 1;
}
