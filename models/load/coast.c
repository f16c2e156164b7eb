/* Which programs coast, and when: irqpath/coast.h says why that is exact.
 *
 * A round that only computes, or that sends or receives once and finds room or a message and nobody to wake,
 * leaves nothing but the number of messages and the channel turned to.
 */
#include "irqpath/coast.h"
#include "models/run.h"

static enum irqp_way way(const struct irqp_row *row)
{
    switch (row->effect) {
    case E_CHANNEL_NEXT:
    case E_CHANNEL_OWN:
    case E_PUT:
    case E_GET:
    case E_ROUND:
        return IRQP_WAY_ON;
    case E_IF_ROOM:
    case E_IF_MESSAGE:
    case E_IF_NO_RECEIVER:
    case E_IF_NO_SENDER:
        return IRQP_WAY_JUMPS;
    default:
        return IRQP_WAY_UNKNOWN;
    }
}

enum irqp_status coasting_link(struct machine *machine)
{
    for (uint16_t i = 0; i < machine->load.program_count && machine->coasting; i++) {
        struct coasting *coasting = &machine->coastings[i];
        const struct irqp_program *program = &machine->program;
        const struct irqp_path *path = &program->paths[machine->load.programs[i].path];
        unsigned operations = 0;
        for (uint16_t n = 0; n < path->count; n++) {
            const struct irqp_row *row = &program->rows[path->first + n];
            if (row->effect != E_CHANNEL_NEXT && row->effect != E_CHANNEL_OWN)
                continue;
            coasting->round = row->effect == E_CHANNEL_NEXT ? ROUND_SENDS : ROUND_RECEIVES;
            coasting->group = row->argument;
            operations++;
        }
        if (operations > 1) /* struct coasting says what one of them leaves */
            continue;
        enum irqp_status status =
            irqp_coast_new(&coasting->coast, program, machine->load.programs[i].path, way);
        if (status != IRQP_OK)
            return status;
        if (coasting->coast)
            machine->program.tables_hash = irqp_coast_hash(coasting->coast, machine->program.tables_hash);
    }
    return IRQP_OK;
}

void coasting_fini(struct machine *machine)
{
    for (size_t i = 0; i < PROGRAMS_MAX; i++)
        irqp_coast_free(machine->coastings[i].coast);
}

static bool waits(const uint64_t who[2])
{
    return (who[0] | who[1]) != 0;
}

/* How many of the next rounds find room, or a message, and nobody to wake. */
static unsigned undisturbed(const struct run *run, const struct coasting *coasting, const struct task *task,
                            unsigned most)
{
    const struct channel_group *group = &run->machine->load.groups[coasting->group];
    const struct channel *channels = &run->guest.channels[group->first];
    if (coasting->round == ROUND_COMPUTES)
        return most;
    if (coasting->round == ROUND_RECEIVES) {
        const struct channel *own = &channels[task->instance % group->count];
        uint32_t left = waits(own->senders) ? own->capacity / 4 + 1 : 0; /* with so many, nobody is woken */
        uint32_t rounds = own->messages > left ? own->messages - left : 0;
        return rounds < most ? rounds : most;
    }
    const unsigned start = task->cursor % group->count; /* it begins as the number of the process */
    unsigned which = start;
    for (unsigned n = 0, before = 0; n < most; n++) { /* before: messages that go to the channel already */
        const struct channel *channel = &channels[which];
        if (channel->messages + before >= channel->capacity || waits(channel->receivers))
            return n;
        if (++which == group->count)
            which = 0;
        before += which == start;
    }
    return most;
}

/* What the rounds leave. */
static void leave(struct run *run, const struct coasting *coasting, struct task *task, unsigned rounds)
{
    const struct load *load = &run->machine->load;
    const struct channel_group *group = &load->groups[coasting->group];
    if (load->work.unit && load->work.program == task->program)
        run->rounds += rounds;
    if (coasting->round == ROUND_RECEIVES) {
        task->channel = (uint16_t)(group->first + task->instance % group->count);
        run->guest.channels[task->channel].messages -= rounds;
        run->counters[COUNT_MESSAGES] += rounds;
    }
    unsigned which = coasting->round == ROUND_SENDS ? task->cursor % group->count : 0;
    for (; coasting->round == ROUND_SENDS && rounds; rounds--) {
        task->channel = (uint16_t)(group->first + which);
        run->guest.channels[task->channel].messages++;
        which = which + 1 < group->count ? which + 1 : 0;
        task->cursor = (uint16_t)which;
    }
}

void load_coast(struct irqp_cpu *cpu, uint16_t program)
{
    struct run *run = run_of(cpu);
    const struct coasting *coasting = &run->machine->coastings[program];
    struct irqp_thread *thread = cpu->thread;
    if (!coasting->coast || cpu->charging || cpu->pending || cpu->attention || thread->script)
        return;
    struct task *task = guest_current(run);
    unsigned most = irqp_coast_rounds(coasting->coast, cpu), rounds = IRQP_COAST_ROUNDS_MAX;
    most = most ? undisturbed(run, coasting, task, most) : 0;
    if (!most)
        return;
    while (rounds > most)
        rounds /= 2;
    unsigned done = irqp_coast_go(coasting->coast, cpu, rounds, &run->scripts[run->guest.current]);
    if (done)
        leave(run, coasting, task, done);
    if (!thread->script) /* and again */
        thread->top->pc = cpu->program->paths[run->machine->load.programs[program].path].first;
}
