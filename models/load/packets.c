/* A network card: the device of the latency probe, each assertion of which brings a packet that its interrupt
 * thread puts into a channel of the load. Packets wait on the card until the thread comes, however many
 * interrupts were merged meanwhile; what finds the channel full is dropped. */
#include "models/run.h"

void packets_if_none(struct irqp_cpu *cpu, uint16_t target)
{
    if (!run_of(cpu)->probe.packets)
        cpu->thread->top->pc = target;
}

/* To the channels of the group in turn. */
void packets_put(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    guest_channel_next(cpu, run->machine->load.fed);
    struct channel *channel = &run->guest.channels[guest_current(run)->channel];
    run->probe.packets--;
    if (channel->messages < channel->capacity)
        channel->messages++;
    else
        count(run, COUNT_DROPPED);
}

// clang-format off
static const struct irqp_step packets[] = {
    {.name = "probe thread: is there a packet", .flags = KERNEL, .effect = E_IF_NO_PACKET, .to = "none", .label = "more"},
    {.name = "probe thread: driver and protocol of a packet", .cost = P_PACKET_WORK, .flags = KERNEL},
    {.name = "probe thread: queue the packet, interrupts off", .cost = P_SECTION, .flags = SECTION, .effect = E_PUT_PACKET},
    {.name = "probe thread: is a receiver waiting", .flags = CRITICAL, .effect = E_IF_NO_RECEIVER, .to = "queued"},
    {.name = "try_to_wake_up", .cost = P_WAKE_UP, .flags = CRITICAL, .effect = E_WAKE_RECEIVER},
    {.name = "probe thread: packet queued", .flags = CRITICAL, .label = "queued"},
    {.name = "probe thread: next packet", .flags = KERNEL, .effect = IRQP_EFFECT_GOTO, .to = "more"},
    {.name = "probe thread: no more packets", .flags = KERNEL, .label = "none"},
    IRQP_END,
};

static const struct irqp_step nothing[] = {IRQP_END};
// clang-format on

const struct irqp_step *packets_steps(const struct machine *machine)
{
    return machine->load.fed < machine->load.group_count ? packets : nothing;
}
