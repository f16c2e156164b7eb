/* From a scenario to a machine: parameters, linked paths, tables. */
#include "machine.h"
#include "effects.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

irqp_effect *const effect_functions[] = {
#define EFFECT_FUNCTION(NAME, function, words) function,
    EFFECTS(EFFECT_FUNCTION)
#undef EFFECT_FUNCTION
};

const char *const effect_words[] = {
#define EFFECT_WORDS(NAME, function, words) words,
    EFFECTS(EFFECT_WORDS)
#undef EFFECT_WORDS
};

static const char *const formulas[IRQP_REGISTERS] = {
    [REG_BASE] = "costs.microkernel.destroy_base",
    [REG_PAGES] = "costs.microkernel.destroy_page x pages",
    [REG_PART] = "design.task_destruction.chunk, or what is left",
    [REG_TABLES] = "costs.microkernel.destroy_table x page tables",
    [REG_SPIN] = "until the target, if it is not past",
    [REG_UNMASK] = "costs.hardware.io_apic_unmask or 8259_unmask of each line noted",
    [REG_EXIT_PAGES] = "costs.guest.exit_page x mapped pages",
    [REG_WRITE] = "bytes / bandwidth of the memory or device that the guest writes to",
    [REG_SHOW] = "bytes / hardware.graphics.bandwidth",
    [REG_PRINT] = "bytes / hardware.console.bandwidth",
};

static irqp_time duration_of(const struct machine *machine, enum parameter parameter)
{
    return value_of(machine, parameter)->duration;
}

static bool is_on(const struct machine *machine, enum parameter parameter)
{
    return value_of(machine, parameter)->on;
}

/* A choice of by-placement|true|false. */
static bool by_placement(const struct machine *machine, enum parameter parameter, bool usual)
{
    int choice = value_of(machine, parameter)->choice;
    return choice ? choice == 1 : usual;
}

void machine_refuse(const struct machine *machine, enum parameter parameter,
                    struct irqp_diagnostics *diagnostics, const char *why)
{
    irqp_diagnose(diagnostics, IRQP_ERROR, value_of(machine, parameter)->place, "%s: %s",
                  parameter_registry.parameters[parameter].path, why);
}

static void check_line(const struct machine *machine, enum line line, enum parameter controller,
                       struct irqp_diagnostics *diagnostics)
{
    if (machine->wiring[line].controller == CONTROLLER_MSI && machine->wiring[line].trigger == LEVEL)
        machine_refuse(
            machine, controller, diagnostics,
            "a message is an edge, it cannot stay asserted (trigger: edge, or controller: io-apic)");
}

/* A GIC's interrupts are handled alike, whatever their trigger: they are masked while a thread handles them.
 */
static struct wiring at_gic(const struct machine *machine, enum trigger trigger)
{
    bool registers = value_of(machine, P_GIC_INTERFACE)->choice == 1;
    return (struct wiring){.controller = registers ? CONTROLLER_GIC_REGISTERS : CONTROLLER_GIC_MEMORY,
                           .trigger = trigger,
                           .flow = LEVEL,
                           .split_end = is_on(machine, P_GIC_SPLIT)};
}

/* How a line is wired. The microkernel's driver of the 8259 takes every line for a level (facts, section 2).
 */
static struct wiring wiring_of(const struct machine *machine, enum parameter controller,
                               enum parameter trigger)
{
    static const enum controller controllers[] = {CONTROLLER_8259, CONTROLLER_IO_APIC, CONTROLLER_MSI,
                                                  CONTROLLER_GIC_MEMORY};
    struct wiring wiring = {.controller = controllers[value_of(machine, controller)->choice],
                            .trigger = (enum trigger)value_of(machine, trigger)->choice};
    bool by_8259 = machine->platform->microkernel && wiring.controller == CONTROLLER_8259;
    wiring.flow = by_8259 ? LEVEL : wiring.trigger;
    return is_gic(wiring.controller) ? at_gic(machine, wiring.trigger) : wiring;
}

/* Whose timer is whose, and what timeouts need. */
static void check_timers(const struct machine *machine, struct irqp_diagnostics *diagnostics)
{
    enum tick_device tick = machine->tick.device;
    bool periodic = tick == TICK_PIT || tick == TICK_LOCAL_APIC || tick == TICK_TICKLESS;
    int64_t hz = value_of(machine, P_HZ)->count, rate = value_of(machine, P_TICK_RATE)->count;
    if (machine->platform != &platform_rehosted && timer_by_thread(machine)) {
        machine_refuse(
            machine, P_GUEST_TIMER, diagnostics,
            machine->platform->microkernel
                ? "a virtual machine has timers of its own, which the monitor keeps (hpet, local-apic)"
                : "native Linux has no microkernel whose timeouts could be its timer (hpet, local-apic)");
        return;
    }
    if (machine->guest_timer == TIMER_HPET && is_gic(machine->wiring[LINE_TIMER].controller))
        machine_refuse(
            machine, P_TIMER_CONTROLLER, diagnostics,
            "an HPET has no line at a GIC (8259, io-apic or msi; or design.guest_timer: architected, "
            "whose line is the GIC's anyway)");
    if (machine->platform == &platform_rehosted && machine->guest_timer == TIMER_ARCHITECTED)
        machine_refuse(machine, P_GUEST_TIMER, diagnostics,
                       "a rehosted guest is not granted the processor's architected timer, which is the "
                       "microkernel's (one-shot-thread; or placement: native or virtualised)");
    if (!machine->platform->microkernel)
        return;
    if (machine->guest_timer == TIMER_LOCAL_APIC && tick != TICK_PIT && tick != TICK_NONE)
        machine_refuse(
            machine, P_GUEST_TIMER, diagnostics,
            "the one local APIC timer is the microkernel's scheduling timer already; with local-apic for the "
            "guest, design.tick.device must be pit or none");
    if (timer_by_thread(machine) && tick == TICK_NONE)
        machine_refuse(
            machine, P_GUEST_TIMER, diagnostics,
            "a thread waits for timeouts, which the microkernel looks at with its scheduling timer; without "
            "one (design.tick.device: none) they are never over");
    if (machine->guest_timer != TIMER_IPC_TIMEOUT)
        return;
    if (!hz)
        machine_refuse(
            machine, P_HZ, diagnostics,
            "with design.guest_timer: ipc-timeout Linux runs its timers from its tick: it needs one");
    else if (periodic && hz > rate)
        machine_refuse(
            machine, P_HZ, diagnostics,
            "a tick of Linux is a timeout of the microkernel, and those are over at its ticks: with "
            "design.guest_timer: ipc-timeout, guest.hz must not be above design.tick.rate");
}

static void check_early(const struct machine *machine, struct irqp_diagnostics *diagnostics)
{
    if (machine->postpone && machine->platform == &platform_virtualised)
        machine_refuse(machine, P_POSTPONE, diagnostics,
                       "a virtual machine's guest has no state page in which to note an activation for the "
                       "microkernel (placement: native or rehosted)");
    if (machine->postpone && machine->platform == &platform_rehosted &&
        value_of(machine, P_SEGMENT_RESTORE)->choice != 0)
        machine_refuse(machine, P_POSTPONE, diagnostics,
                       "the tick comes back in the call that restores the segment descriptors at each switch "
                       "(design.segment_restore: per-switch)");
    if (machine->postpone && timer_by_thread(machine))
        machine_refuse(
            machine, P_POSTPONE, diagnostics,
            "the guest's timer runs on the tick that would be postponed (design.guest_timer: hpet or "
            "local-apic)");
    if (machine->early && machine->timer_period)
        machine_refuse(machine, P_COMPENSATE, diagnostics,
                       "without high-resolution timers nothing can be programmed early (design.guest_timer)");
}

static void check_phase(const struct machine *machine, struct irqp_diagnostics *diagnostics)
{
    enum tick_device tick = machine->tick.device;
    if (machine->phase != PHASE_RANDOM && machine->relative)
        machine_refuse(
            machine, P_PHASE, diagnostics,
            "expiries of relative sleeps keep no phase: each is as much later as the one before was "
            "late (cyclictest.sleep: absolute)");
    if (machine->phase == PHASE_TO_TICK && !machine->tick_period)
        machine_refuse(machine, P_PHASE, diagnostics,
                       machine->timer_period
                           ? "with design.guest_timer: ipc-timeout Linux's tick follows the microkernel's "
                             "(microkernel-tick)"
                           : "Linux has no tick (guest.hz: 0)");
    if (machine->phase == PHASE_TO_MICROKERNEL_TICK && tick != TICK_PIT && tick != TICK_LOCAL_APIC)
        machine_refuse(machine, P_PHASE, diagnostics,
                       "there is no periodic tick of a microkernel (design.tick.device: pit or local-apic, "
                       "rehosted)");
}

static void check_spaces(const struct machine *machine, struct irqp_diagnostics *diagnostics)
{
    bool wide = value_of(machine, P_WRAPPER)->choice == 1;
    if (machine->platform == &platform_rehosted && wide && machine->entries_per_table > 512)
        machine_refuse(machine, P_DESTROY_PER_TABLE, diagnostics,
                       "the page tables of a 64-bit guest have 512 entries: set this to 512, and "
                       "'microkernel.directory_entries' to those of the levels above (about 2800)");
    if (machine->platform != &platform_stripped)
        return;
    static const char why[] =
        "stripped is native Linux without it, and with a flush on each kernel entry and exit; to study "
        "it alone, use 'placement: native'";
    if (machine->tagged_tlb)
        machine_refuse(machine, P_TLB, diagnostics, why);
    if (machine->global_pages)
        machine_refuse(machine, P_GLOBAL_PAGES, diagnostics, why);
    if (machine->large_pages)
        machine_refuse(machine, P_LARGE_PAGES, diagnostics, why);
}

static void check_clock(const struct machine *machine, struct irqp_diagnostics *diagnostics)
{
    if (machine->platform == &platform_rehosted && clock_reads_hpet(machine) &&
        machine->guest_timer != TIMER_HPET)
        machine_refuse(machine, P_CLOCK_SOURCE, diagnostics,
                       "the microkernel grants a rehosted guest the HPET only as its timer (tsc or "
                       "system-call, or design.guest_timer: hpet)");
}

/* What a user may combine but hardware cannot. */
static bool check(const struct machine *machine, struct irqp_diagnostics *diagnostics)
{
    size_t before = diagnostics->errors;
    check_timers(machine, diagnostics);
    check_phase(machine, diagnostics);
    check_early(machine, diagnostics);
    bool rehosted = machine->platform == &platform_rehosted;
    check_line(machine, LINE_TIMER, P_TIMER_CONTROLLER, diagnostics);
    check_line(machine, LINE_DISK, P_DISK_CONTROLLER, diagnostics);
    if (rehosted)
        destruction_check(machine, diagnostics);
    check_line(machine, LINE_PROBE, P_PROBE_CONTROLLER, diagnostics);
    if (machine->probe && machine->probe_follows && machine->relative)
        machine_refuse(
            machine, P_PROBE_PHASE, diagnostics,
            "relative sleeps of cyclictest have no period that the probe could stay with (random, or "
            "cyclictest.sleep: absolute)");
    check_spaces(machine, diagnostics);
    check_clock(machine, diagnostics);
    return diagnostics->errors == before;
}

/* The design keys of an output, which are the same for each. */
struct output_keys {
    enum parameter by, notify, entries, thread, server, bandwidth;
};

static void resolve_output(struct machine *machine, enum output output, struct output_keys keys)
{
    struct output_design *design = &machine->outputs[output];
    bool rehosted = machine->platform == &platform_rehosted;
    design->by = rehosted ? (enum output_by)value_of(machine, keys.by)->choice : OUTPUT_BY_NONE;
    design->notify_each = value_of(machine, keys.notify)->choice == 1;
    design->ring_entries = (uint16_t)value_of(machine, keys.entries)->count;
    design->thread_priority = priority_of((enum relative_priority)value_of(machine, keys.thread)->choice);
    design->server_priority = priority_of((enum relative_priority)value_of(machine, keys.server)->choice);
    design->bandwidth = value_of(machine, keys.bandwidth)->count;
    design->guest_writes = design->bandwidth; /* natively, to the device */
}

static void resolve_outputs(struct machine *machine)
{
    struct output_design *graphics = &machine->outputs[OUTPUT_GRAPHICS],
                         *console = &machine->outputs[OUTPUT_CONSOLE];
    resolve_output(machine, OUTPUT_GRAPHICS,
                   (struct output_keys){P_GRAPHICS, P_GRAPHICS_NOTIFY, P_GRAPHICS_RING, P_GRAPHICS_THREAD,
                                        P_GRAPHICS_SERVER, P_GRAPHICS_BANDWIDTH});
    resolve_output(machine, OUTPUT_CONSOLE,
                   (struct output_keys){P_CONSOLE, P_CONSOLE_NOTIFY, P_CONSOLE_RING, P_CONSOLE_THREAD,
                                        P_CONSOLE_SERVER, P_CONSOLE_BANDWIDTH});
    machine->screen = value_of(machine, P_SCREEN)->count;
    graphics->part = graphics->merged = machine->screen;
    console->part = value_of(machine, P_CONSOLE_MESSAGE)->count;
    console->merged = INT64_MAX / 2;
    if (machine->platform == &platform_rehosted) {
        graphics->guest_writes = value_of(machine, P_SHADOW_BANDWIDTH)->count;
        console->guest_writes = 0;
    }
    machine->refresh = graphics->by == OUTPUT_BY_NONE ? 0 : duration_of(machine, P_GRAPHICS_REFRESH);
}

static uint64_t speed_of(const struct machine *machine, enum parameter error)
{
    return (uint64_t)llround(PPB + value_of(machine, error)->real * 1000);
}

static struct tick_design resolve_tick(const struct machine *machine)
{
    enum { PIT_HZ = 1193182 };
    uint64_t rate = (uint64_t)value_of(machine, P_TICK_RATE)->count;
    struct tick_design tick = {.device = machine->platform->microkernel
                                             ? (enum tick_device)value_of(machine, P_TICK_DEVICE)->choice
                                             : TICK_NONE,
                               .period = IRQP_S / (irqp_time)rate,
                               .divisor = 1,
                               .oscillator = rate,
                               .speed = speed_of(machine, P_LAPIC_ERROR)};
    bool periodic = tick.device == TICK_PIT || tick.device == TICK_LOCAL_APIC;
    tick.counts = periodic && value_of(machine, P_KERNEL_CLOCK)->choice == 0;
    if (tick.device == TICK_PIT) {
        tick.divisor = (PIT_HZ + rate / 2) / rate;
        tick.oscillator = PIT_HZ;
        tick.speed = speed_of(machine, P_PIT_ERROR);
    }
    return tick;
}

static bool resolve(struct machine *machine, struct irqp_diagnostics *diagnostics)
{
    static const struct platform *const platforms[] = {&platform_native, &platform_stripped,
                                                       &platform_rehosted, &platform_virtualised};
    machine->platform = platforms[value_of(machine, P_PLACEMENT)->choice];
    machine->tagged_tlb = value_of(machine, P_TLB)->choice == 1;
    machine->global_pages = by_placement(machine, P_GLOBAL_PAGES, machine->platform->global_pages);
    machine->large_pages = by_placement(machine, P_LARGE_PAGES, machine->platform->large_pages);
    machine->guest_timer = (enum guest_timer)value_of(machine, P_GUEST_TIMER)->choice;
    bool hpet = machine->guest_timer == TIMER_HPET, architected = machine->guest_timer == TIMER_ARCHITECTED;
    machine->interval = duration_of(machine, P_INTERVAL);
    machine->relative = value_of(machine, P_SLEEP)->choice == 1;
    machine->phase = (enum phase_reference)value_of(machine, P_PHASE)->choice;
    machine->phase_offset = duration_of(machine, P_PHASE_OFFSET);
    machine->priority = (uint8_t)value_of(machine, P_PRIORITY)->count;
    int64_t hz = value_of(machine, P_HZ)->count;
    bool periodic = machine->guest_timer == TIMER_IPC_TIMEOUT;
    machine->tick_period = hz && !periodic ? IRQP_S / hz : 0;
    machine->timer_period = hz && periodic ? IRQP_S / hz : 0;
    machine->tick_in_idle = is_on(machine, P_TICK_IDLE);
    machine->fair_latency = duration_of(machine, P_FAIR_LATENCY);
    machine->fair_minimum = duration_of(machine, P_FAIR_MINIMUM);
    machine->fair_slices =
        (uint32_t)((machine->fair_latency + machine->fair_minimum - 1) / machine->fair_minimum);
    machine->wakeup_granularity = duration_of(machine, P_WAKE_GRANULARITY);
    machine->warm_up = duration_of(machine, P_WARM_UP);
    machine->preempt_rt = is_on(machine, P_PREEMPT_RT);
    machine->coasting = is_on(machine, P_COASTING);
    int drop = value_of(machine, P_MM_DROP)->choice;
    machine->drop_in_switch = drop == 2 || (drop == 0 && !machine->preempt_rt);
    destruction_resolve(machine);
    machine->pending_check = (enum pending_check)value_of(machine, P_PENDING_CHECK)->choice;
    machine->virq_in_calls = is_on(machine, P_VIRQ_IN_CALLS);
    machine->priority_masked_virq = is_on(machine, P_PRIORITY_MASKED_VIRQ);
    if (machine->platform != &platform_rehosted) /* a monitor receives them one by one */
        machine->pending_check = CHECK_PER_SOURCE;
    machine->direct_injection = is_on(machine, P_DIRECT_INJECTION);
    machine->direct_timer = is_on(machine, P_DIRECT_TIMER);
    machine->monitor_in_kernel = value_of(machine, P_MONITOR_IN)->choice == 1;
    machine->halt_in_guest = value_of(machine, P_HALT_IN)->choice == 1;
    machine->nested_paging = is_on(machine, P_NESTED_PAGING);
    machine->smi = is_on(machine, P_SMI);
    machine->idle = (enum idle_kind)value_of(machine, P_IDLE_STATE)->choice;
    machine->residency[IDLE_C3] = duration_of(machine, P_RESIDENCY_C3);
    machine->residency[IDLE_C6] = duration_of(machine, P_RESIDENCY_C6);
    machine->idle_keeps_table = value_of(machine, P_IDLE_TABLE)->choice == 1;
    machine->destroy_base = duration_of(machine, P_DESTROY_BASE);
    machine->destroy_entry = duration_of(machine, P_DESTROY_ENTRY);
    machine->destroy_page = duration_of(machine, P_DESTROY_PAGE);
    machine->destroy_table = duration_of(machine, P_DESTROY_TABLE);
    machine->exit_page = duration_of(machine, P_EXIT_PAGE);
    machine->entries_per_table = value_of(machine, P_DESTROY_PER_TABLE)->count;
    machine->directory_entries = value_of(machine, P_DESTROY_DIRECTORY)->count;

    double rate = hpet          ? value_of(machine, P_HPET_RATE)->real
                  : architected ? value_of(machine, P_ARCHITECTED_RATE)->real
                                : 0;
    machine->timer_grid = rate > 0 ? (irqp_time)(1e12 / rate + 0.5) : IRQP_NS;
    machine->timer_minimum = duration_of(machine, hpet          ? P_HPET_MINIMUM
                                                  : architected ? P_ARCHITECTED_MINIMUM
                                                                : P_LAPIC_MINIMUM);

    machine->tick = resolve_tick(machine);
    machine->postpone = is_on(machine, P_POSTPONE);
    machine->early = is_on(machine, P_COMPENSATE) ? duration_of(machine, P_EARLY_OFFSET) : 0;
    machine->timer_speed = architected ? PPB : speed_of(machine, hpet ? P_HPET_ERROR : P_LAPIC_ERROR);
    machine->timer_longer = PPB;
    if (is_on(machine, P_ROUND_UP) && machine->timer_speed > PPB)
        machine->timer_longer = machine->timer_speed;
    machine->kernel_slice = value_of(machine, P_MK_SLICE)->count * machine->tick.period;

    resolve_outputs(machine);
    for (unsigned i = 0; i < COMPETITORS_MAX; i++)
        machine->wiring[LINE_COMPETING + i] = (struct wiring){.controller = CONTROLLER_MSI};
    machine->wiring[LINE_SMI] = (struct wiring){.controller = CONTROLLER_LOCAL_APIC};
    machine->wiring[LINE_REMOTE] = (struct wiring){.controller = CONTROLLER_LOCAL_APIC};
    machine->wiring[LINE_TICK] =
        (struct wiring){.controller = machine->tick.device == TICK_PIT
                                          ? (enum controller)value_of(machine, P_TICK_CONTROLLER)->choice
                                          : CONTROLLER_LOCAL_APIC};
    machine->wiring[LINE_TIMER] = wiring_of(machine, P_TIMER_CONTROLLER, P_TIMER_TRIGGER);
    machine->wiring[LINE_DISK] = wiring_of(machine, P_DISK_CONTROLLER, P_DISK_TRIGGER);
    machine->wiring[LINE_PROBE] = wiring_of(machine, P_PROBE_CONTROLLER, P_PROBE_TRIGGER);
    machine->probe = is_on(machine, P_PROBE);
    machine->probe_priority = (uint8_t)value_of(machine, P_PROBE_PRIORITY)->count;
    machine->probe_follows = value_of(machine, P_PROBE_PHASE)->choice == 1;
    machine->probe_offset = duration_of(machine, P_PROBE_OFFSET);
    if (architected)
        machine->wiring[LINE_TIMER] = at_gic(machine, LEVEL);
    else if (!hpet)
        machine->wiring[LINE_TIMER] = (struct wiring){.controller = CONTROLLER_LOCAL_APIC};
    machine->unmask = (enum unmask_policy)value_of(machine, P_UNMASK)->choice;
    return check(machine, diagnostics);
}

/* The distribution behind a cost handle: a parameter's, one that follows from parameters, or one that a load
 * program brought. */
static const struct irqp_distribution *cost_behind(void *context, irqp_cost_handle handle, const char **name)
{
    const struct machine *machine = context;
    if (handle < PARAMETER_COUNT) {
        const struct footprint *footprint = footprint_of(machine, handle);
        *name = parameter_registry.parameters[handle].path;
        return footprint ? footprint->cost : value_of(machine, handle)->cost;
    }
    if (handle >= COST_KERNEL_WALKS) {
        *name = machine->derived[handle - COST_KERNEL_WALKS].formula;
        return machine->derived[handle - COST_KERNEL_WALKS].distribution;
    }
    *name = "load";
    return machine->costs[handle - PARAMETER_COUNT];
}

// clang-format off
static const struct irqp_step smi[] = {
    {.name = "system-management interrupt", .cost = P_SMI_LENGTH, .flags = KERNEL | PLATFORM | IRQP_STEP_MASKED | IRQP_STEP_SHIELDED, .effect = IRQP_EFFECT_POP},
    IRQP_END,
};

// clang-format on

/* What the way of an interrupt from its device to the core takes. */
static irqp_cost_handle transit_of(struct wiring wiring)
{
    static const enum parameter transits[] = {
        [CONTROLLER_8259] = P_TRANSIT_8259,        [CONTROLLER_IO_APIC] = P_TRANSIT_IOAPIC,
        [CONTROLLER_LOCAL_APIC] = P_TRANSIT_LAPIC, [CONTROLLER_MSI] = P_TRANSIT_MSI,
        [CONTROLLER_GIC_MEMORY] = P_TRANSIT_GIC,   [CONTROLLER_GIC_REGISTERS] = P_TRANSIT_GIC};
    return cost_of(transits[wiring.controller]);
}

static bool link_all(struct machine *machine, struct irqp_diagnostics *diagnostics, enum irqp_status *status)
{
    struct irqp_platform_rules rules = {.resched_bit = ATTENTION_RESCHED};
    rules.fragments[QUIET_TIMER] = timer_quiet_steps(machine);
    guest_sleep_rules(machine, &rules);
    tlb_rules(machine, &rules);
    clock_rules(machine, &rules);
    rules.fragments[PROBE_PACKETS] = packets_steps(machine);
    preemption_rules(machine, &rules);
    footprints_rules(machine, &rules);
    if (!tlb_derive_costs(machine)) {
        *status = IRQP_NO_MEMORY;
        return false;
    }
    machine->platform->rules(machine, &rules);

    struct irqp_linker *linker =
        irqp_linker_new(&rules, (size_t)PATH_LOAD + machine->load.path_count, cost_behind, machine);
    if (!linker) {
        *status = IRQP_NO_MEMORY;
        return false;
    }
    link_path(linker, PATH_SMI, IRQP_PATH_FREE, "system-management interrupt", "stops everything", smi, NULL,
              NULL);
    idle_link(machine, linker);
    guest_link(machine, linker);
    cyclictest_link(machine, linker);
    if (machine->probe)
        probe_link(machine, linker);
    machine->platform->link(machine, linker);
    competing_link(machine, linker);
    load_link(machine, linker);
    machine->cost_transit = irqp_link_cost(linker, transit_of(machine->wiring[LINE_TIMER]));
    for (enum line line = LINE_TIMER; line < LINES && machine->unmask == UNMASK_LAZY; line++)
        machine->cost_unmask[line] =
            irqp_link_cost(linker, cost_of(lines_unmask_cost(machine->wiring[line])));
    if (machine->probe) {
        machine->cost_probe = irqp_link_cost(linker, P_PROBE_INTERVAL);
        machine->cost_probe_transit = irqp_link_cost(linker, transit_of(machine->wiring[LINE_PROBE]));
    }
    machine->cost_disk = irqp_link_cost(linker, P_DISK_SERVICE);
    machine->cost_smi_gap = irqp_link_cost(linker, P_SMI_GAP);
    if (!machine->preempt_rt)
        machine->cost_voluntary_gap = irqp_link_cost(linker, P_VOLUNTARY_GAP);

    const char *problem;
    *status = irqp_linker_finish(linker, &machine->program, &problem);
    if (*status != IRQP_OK && *status != IRQP_NO_MEMORY)
        irqp_diagnose(diagnostics, IRQP_ERROR, NULL, "%s", problem);
    irqp_linker_free(linker);
    return *status == IRQP_OK;
}

enum irqp_status machine_link(void **out, const struct irqp_scenario *scenario,
                              struct irqp_diagnostics *diagnostics)
{
    *out = NULL;
    enum irqp_status status = IRQP_INPUT;
    struct machine *machine = calloc(1, sizeof *machine);
    if (!machine)
        return IRQP_NO_MEMORY;
    machine->scenario = scenario;
    bool sound = resolve(machine, diagnostics);
    sound = competing_compile(machine, diagnostics) && sound;
    sound = footprints_compile(machine, diagnostics) && sound;
    sound = load_compile(machine, diagnostics) && sound;
    sound = sound && gaps_compile(machine, diagnostics);
    if (!sound || !link_all(machine, diagnostics, &status)) {
        machine_unlink(machine);
        return status;
    }
    struct irqp_program *program = &machine->program;
    program->effects = effect_functions;
    program->effect_names = effect_words;
    program->effect_count = sizeof effect_functions / sizeof *effect_functions;
    program->maskable = ~(UINT64_C(1) << LINE_SMI);
    memcpy(program->register_formulas, formulas, sizeof formulas);
    program->register_formulas[REG_SCAN] = destruction_scan_formula(machine);
    run_install(machine);
    status = routes_build(machine) ? wakeup_link(machine) : IRQP_NO_MEMORY;
    if (status == IRQP_OK)
        status = coasting_link(machine);
    if (status == IRQP_OK)
        status = gaps_link(machine, diagnostics);
    if (status != IRQP_OK) {
        machine_unlink(machine);
        return status;
    }
    *out = machine;
    return IRQP_OK;
}

void machine_unlink(void *data)
{
    struct machine *machine = data;
    if (!machine)
        return;
    coasting_fini(machine);
    wakeup_fini(machine);
    gaps_fini(machine);
    irqp_program_fini(&machine->program);
    load_fini(machine);
    footprints_fini(machine);
    for (size_t i = 0; i < DERIVED_COSTS; i++)
        irqp_distribution_free(machine->derived[i].distribution);
    for (size_t i = 0; i < machine->route_count; i++)
        free((void *)machine->routes[i].parts);
    free(machine->routes);
    free(machine);
}
