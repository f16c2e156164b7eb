/* The competing threads and guests of a scenario: from the list `competing` to the machine. */
#include "models/machine.h"
#include <stdio.h>
#include <string.h>

static bool report(struct irqp_diagnostics *diagnostics, const struct irqp_tree *tree, const char *message)
{
    irqp_diagnose(diagnostics, IRQP_ERROR, &tree->place, "%s", message);
    return false;
}

/* One of the words "a|b|c"; index and result unchanged if there is no such key. */
static bool read_word(const struct irqp_tree *entry, const char *key, const char *const words[], int count,
                      int *index, struct irqp_diagnostics *diagnostics)
{
    const struct irqp_tree *tree = irqp_tree_child(entry, key);
    const char *word;
    if (!tree)
        return true;
    if (!irqp_tree_name(tree, key, &word, diagnostics))
        return false;
    for (int i = 0; i < count; i++)
        if (!strcmp(words[i], word)) {
            *index = i;
            return true;
        }
    irqp_diagnose(diagnostics, IRQP_ERROR, &tree->place, "'%s' is no %s", word, key);
    const char *near = irqp_nearest(word, words, (size_t)count);
    if (near)
        irqp_suggest(diagnostics, "did you mean '%s'?", near);
    return false;
}

static bool read_cost(struct machine *machine, const struct irqp_tree *entry, const char *key,
                      irqp_cost_handle *handle, struct irqp_diagnostics *diagnostics)
{
    const struct irqp_tree *tree = irqp_tree_child(entry, key);
    return !tree || machine_own_cost(machine, tree, key, handle, diagnostics);
}

static void name_causes(struct competitor *competitor, const char *name)
{
    snprintf(competitor->cause_name, sizeof competitor->cause_name, "thread: %s", name);
    snprintf(competitor->line_name, sizeof competitor->line_name, "interrupt: %s", name);
}

static bool read_name(const struct irqp_tree *entry, struct competitor *competitor,
                      struct irqp_diagnostics *diagnostics)
{
    const struct irqp_tree *tree = irqp_tree_child(entry, "name");
    if (!tree)
        return report(diagnostics, entry, "a competing thread needs a 'name'");
    if (!irqp_tree_name(tree, "'name'", &competitor->name, diagnostics))
        return false;
    name_causes(competitor, competitor->name);
    return true;
}

/* What cannot be: nothing to do, nobody to draw for it, a turn that never ends. */
static bool check_entry(const struct machine *machine, const struct irqp_tree *entry,
                        const struct competitor *competitor, struct irqp_diagnostics *diagnostics)
{
    if (!competitor->busy)
        return report(diagnostics, entry, "a competing thread needs 'busy', how long it computes at a time");
    if (competitor->interrupts && !competitor->guest)
        return report(diagnostics, entry,
                      "only a guest has device interrupts of its own (kind: guest); a thread is woken when "
                      "its 'idle' time is over");
    if (competitor->draws && competitor->guest)
        return report(diagnostics, entry, "of competing threads only those of kind: thread draw");
    if (competitor->draws && machine->outputs[OUTPUT_GRAPHICS].by == OUTPUT_BY_NONE)
        return report(diagnostics, entry,
                      "there is no graphics server to draw with: design.graphics.by is none");
    if (competitor->by_timeout && (competitor->guest || !competitor->idle))
        return report(
            diagnostics, entry,
            "a timeout ends the 'idle' time of a thread, of a guest an interrupt of its timer does");
    if (competitor->by_timeout && machine->tick.device == TICK_NONE)
        return report(diagnostics, entry,
                      "the microkernel looks at timeouts with its scheduling timer, and there is none "
                      "(design.tick.device)");
    if (competitor->idle)
        return true;
    if (competitor->priority == PRIORITY_ABOVE)
        return report(diagnostics, entry,
                      "a thread above the vCPU that never idles leaves it no time: give it an 'idle' time");
    if (competitor->priority == PRIORITY_VCPU && machine->tick.device == TICK_NONE)
        return report(diagnostics, entry,
                      "a thread of equal priority that never idles takes turns with the vCPU in slices that "
                      "the microkernel's tick ends: it needs one (design.tick.device)");
    return true;
}

static bool read_entry(struct machine *machine, const struct irqp_tree *entry,
                       struct irqp_diagnostics *diagnostics)
{
    static const char *const priorities[] = {"below", "equal", "above"};
    static const char *const kinds[] = {"thread", "guest"};
    static const char *const wakes[] = {"interrupt", "timeout"};
    struct competitor competitor = {0};
    int priority = PRIORITY_IS_EQUAL, kind = 0, wake = 0;
    if (!irqp_tree_keys(entry, "a competing thread", "name|kind|priority|busy|call|idle|wake|draw|interrupts",
                        diagnostics))
        return false;
    bool sound = read_name(entry, &competitor, diagnostics);
    sound = read_word(entry, "priority", priorities, 3, &priority, diagnostics) && sound;
    sound = read_word(entry, "kind", kinds, 2, &kind, diagnostics) && sound;
    sound = read_word(entry, "wake", wakes, 2, &wake, diagnostics) && sound;
    sound = read_cost(machine, entry, "busy", &competitor.busy, diagnostics) && sound;
    sound = read_cost(machine, entry, "call", &competitor.call, diagnostics) && sound;
    sound = read_cost(machine, entry, "idle", &competitor.idle, diagnostics) && sound;
    sound = read_cost(machine, entry, "interrupts", &competitor.interrupts, diagnostics) && sound;
    const struct irqp_tree *draw = irqp_tree_child(entry, "draw");
    if (draw)
        sound = irqp_tree_size(draw, "'draw'", 1, machine->screen, &competitor.draws, diagnostics) && sound;
    competitor.priority = priority_of((enum relative_priority)priority);
    competitor.guest = kind == 1;
    competitor.by_timeout = wake == 1;
    if (!sound || !check_entry(machine, entry, &competitor, diagnostics))
        return false;
    machine->competitors[machine->competitor_count++] = competitor;
    return true;
}

bool competing_compile(struct machine *machine, struct irqp_diagnostics *diagnostics)
{
    static const char *const unused[COMPETITORS_MAX] = {"competing 1", "competing 2", "competing 3",
                                                        "competing 4"};
    const struct irqp_tree *tree = value_of(machine, P_COMPETING)->tree;
    for (unsigned i = 0; i < COMPETITORS_MAX; i++)
        name_causes(&machine->competitors[i], unused[i]);
    if (!tree || (tree->node == IRQP_SCALAR && !*tree->scalar))
        return true;
    if (tree->node != IRQP_SEQUENCE || !tree->count || tree->count > COMPETITORS_MAX)
        return report(diagnostics, tree,
                      "'competing' is a list of up to 4 threads, [{name: NAME, priority: equal, busy: 1 ms, "
                      "idle: 9 ms}]");
    if (!machine->platform->microkernel)
        return report(diagnostics, tree,
                      "threads of a microkernel can only compete with a guest on one (placement: rehosted or "
                      "virtualised); "
                      "natively they are processes of the load");
    bool sound = true;
    for (size_t i = 0; i < tree->count; i++)
        sound = read_entry(machine, tree->children[i], diagnostics) && sound;
    return sound;
}
