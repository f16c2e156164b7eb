/* What is wrong with a load as a whole: processes that wait for what nobody does, go round without time,
 * never get the processor, or wait for each other. */
#include "compiler.h"

/* The closure of a relation of 32 things with each other. */
static void close_relation(uint32_t reaches[32])
{
    for (int via = 0; via < 32; via++)
        for (int i = 0; i < 32; i++)
            if (reaches[i] >> via & 1)
                reaches[i] |= reaches[via];
}

static bool check_channels(struct compiler *compiler, uint32_t used)
{
    const struct load *load = compiler->load;
    bool sound = true;
    for (int i = 0; i < load->group_count; i++) {
        const char *name = load->groups[i].name;
        bool received = compiler->receivers[i] & used, sent = compiler->senders[i] & used;
        bool fed = load->fed == i;
        if (fed && !received && !sent)
            sound =
                load_complain(compiler, compiler->fed_at,
                              "nobody receives from '%s': once it is full, all packets are dropped", name);
        if (received && !sent && !fed)
            sound = load_complain(compiler, compiler->receives[i],
                                  "nobody sends to '%s': who receives from it waits forever", name);
        if (sent && !received)
            sound = load_complain(compiler, compiler->sends[i],
                                  "nobody receives from '%s': who sends to it waits forever once it is full",
                                  name);
    }
    return sound;
}

static bool check_children(struct compiler *compiler, const uint32_t reaches[PROGRAMS_MAX])
{
    const struct load *load = compiler->load;
    bool sound = true;
    for (int i = 0; i < load->program_count && i < PROGRAMS_MAX; i++) {
        const char *name = load->programs[i].name;
        if (compiler->waits[i] && !compiler->forks[i])
            sound = load_complain(compiler, compiler->waits[i],
                                  "program '%s' waits for a child, but forks none", name);
        if (reaches[i] >> i & 1)
            sound = load_complain(compiler, compiler->fork_at[i],
                                  "program '%s' forks itself, directly or by another: that never ends", name);
        if (load->programs[i].forked && compiler->every[i])
            sound = load_complain(compiler, compiler->every[i],
                                  "program '%s' is only forked and has one round: 'every' is for processes",
                                  name);
    }
    return sound;
}

/* Two mutexes that are taken in both orders, directly or by way of others. */
static bool check_order(struct compiler *compiler)
{
    const struct load *load = compiler->load;
    uint32_t after[32];
    memcpy(after, compiler->then, sizeof after);
    close_relation(after);
    for (unsigned one = 0; one < load->mutex_count; one++)
        for (unsigned other = 0; other < load->mutex_count; other++)
            if (compiler->then[one] >> other & 1 && after[other] >> one & 1)
                return load_complain(compiler, compiler->then_at[one][other],
                                     "'%s' is taken here after a mutex that is elsewhere taken after it: two "
                                     "processes can wait for each other forever",
                                     load->mutexes[other]);
    return true;
}

/* A process of fixed priority that never waits keeps all that is not above it from running. */
static bool check_starvation(struct compiler *compiler, uint32_t used)
{
    const struct load *load = compiler->load;
    for (int i = 0; i < load->class_count; i++) {
        unsigned busy = load->classes[i].program;
        const struct program *program = &load->programs[busy];
        if (!program->priority || !compiler->restless[busy])
            continue;
        if (program->priority >= compiler->machine->priority)
            return load_complain(
                compiler, irqp_tree_child(compiler->place[busy], "priority"),
                "program '%s' never waits, and is not below cyclictest: that would never run", program->name);
        if (load->classes[i].count > 1)
            return load_complain(compiler, irqp_tree_child(compiler->place[busy], "priority"),
                                 "program '%s' never waits: of its processes only the first would ever run",
                                 program->name);
        for (unsigned other = 0; other < load->program_count; other++)
            if (other != busy && used >> other & 1 && load->programs[other].priority <= program->priority) {
                load_complain(compiler, compiler->place[other], "program '%s' can never run",
                              load->programs[other].name);
                irqp_suggest(compiler->diagnostics,
                             "'%s' has a higher priority, or the same, and never waits", program->name);
                return false;
            }
    }
    return true;
}

static bool check_time(struct compiler *compiler)
{
    const struct load *load = compiler->load;
    bool sound = true;
    for (int i = 0; i < load->program_count; i++)
        if (!load->programs[i].forked && compiler->timeless[i])
            sound =
                load_complain(compiler, irqp_tree_child(compiler->place[i], "steps"),
                              "the steps of '%s' take no time: it would begin anew forever at one instant",
                              load->programs[i].name);
    return sound;
}

bool load_check(struct compiler *compiler, const struct irqp_tree *programs)
{
    const struct load *load = compiler->load;
    uint32_t reaches[32] = {0}, used = 0;
    memcpy(reaches, compiler->forks, sizeof compiler->forks);
    close_relation(reaches);
    for (int i = 0; i < load->class_count; i++)
        used |= UINT32_C(1) << load->classes[i].program | reaches[load->classes[i].program];
    bool sound = check_channels(compiler, used);
    sound = check_children(compiler, reaches) && sound;
    sound = check_order(compiler) && sound;
    sound = check_time(compiler) && sound;
    sound = check_starvation(compiler, used) && sound;
    for (int i = 0; i < load->program_count; i++)
        if (!(used >> i & 1))
            irqp_diagnose(compiler->diagnostics, IRQP_WARNING, &programs->children[i]->key_place,
                          "program '%s' is neither among the processes nor forked", load->programs[i].name);
    return sound;
}
