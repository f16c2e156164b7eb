/* Graphics and console output (facts, section 6): what the guest shows goes to a server in a task of its own,
 * by a synchronous call of the vCPU, or through a ring and a second thread that makes the call.
 *
 * What counts of a request is its size: the server copies it at the bandwidth of the device. The guest writes
 * what it draws itself: rehosted into the shadow framebuffer, natively to the device.
 */
#include "models/run.h"

static irqp_time transfer(int64_t bytes, int64_t bandwidth)
{
    __extension__ typedef __int128 wide;
    return bandwidth ? (irqp_time)((wide)bytes * IRQP_S / bandwidth) : 0;
}

/* ---- the guest's side ---- */

static void begin(struct run *run, enum output output, int64_t bytes)
{
    struct task *task = guest_current(run);
    task->output = bytes;
    task->thread.registers[REG_WRITE] = transfer(bytes, run->machine->outputs[output].guest_writes);
}

void output_draw(struct irqp_cpu *cpu, uint16_t size)
{
    struct run *run = run_of(cpu);
    count(run, COUNT_DRAWS);
    begin(run, OUTPUT_GRAPHICS, run->machine->load.sizes[size]);
}

void output_print(struct irqp_cpu *cpu, uint16_t size)
{
    struct run *run = run_of(cpu);
    count(run, COUNT_PRINTS);
    begin(run, OUTPUT_CONSOLE, run->machine->load.sizes[size]);
}

/* The refresh is a timer on the grid of Linux's tick; a period that was missed is not made up for. */
void output_refresh_at(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    struct task *task = guest_current(run);
    irqp_time period = run->machine->refresh, since = cpu->now - run->guest.tick_phase;
    task->sleep_until = cpu->now - since % period + period;
}

void output_refresh(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    count(run, COUNT_DRAWS);
    begin(run, OUTPUT_GRAPHICS, run->machine->screen);
}

void output_message(struct irqp_cpu *cpu, uint16_t output)
{
    struct run *run = run_of(cpu);
    struct task *task = guest_current(run);
    int64_t part = run->machine->outputs[output].part;
    int64_t bytes = task->output < part ? task->output : part;
    run->microkernel.threads[THREAD_VCPU].message = bytes;
    task->output -= bytes;
}

void output_if_left(struct irqp_cpu *cpu, uint16_t target)
{
    if (guest_current(run_of(cpu))->output)
        cpu->thread->top->pc = target;
}

/* ---- the ring ---- */

static const enum kernel_thread_id second_threads[OUTPUTS] = {
    [OUTPUT_GRAPHICS] = THREAD_GRAPHICS_THREAD, [OUTPUT_CONSOLE] = THREAD_CONSOLE_THREAD};

/* The writer never waits. Where the ring is full, the last entry covers both; where that covers all that
 * there is, as the whole screen does, it need not be full. */
void output_ring_put(struct irqp_cpu *cpu, uint16_t output)
{
    struct run *run = run_of(cpu);
    const struct output_design *design = &run->machine->outputs[output];
    struct ring *ring = &run->microkernel.rings[output];
    int64_t bytes = guest_current(run)->output;
    run->microkernel.notify = design->notify_each || !ring->count;
    int64_t *last = ring->count ? &ring->entries[ring->count - 1] : NULL;
    bool covered = last && *last >= design->merged;
    if (!covered && ring->count < design->ring_entries) {
        ring->entries[ring->count++] = bytes;
        return;
    }
    *last = covered || *last + bytes > design->merged ? design->merged : *last + bytes;
    count(run, COUNT_MERGED_REQUESTS);
}

void output_if_no_notice(struct irqp_cpu *cpu, uint16_t target)
{
    if (!run_of(cpu)->microkernel.notify)
        cpu->thread->top->pc = target;
}

void output_ring_notify(struct irqp_cpu *cpu, uint16_t output)
{
    struct run *run = run_of(cpu);
    enum kernel_thread_id id = second_threads[output];
    if (run->microkernel.threads[id].ipc == IPC_OPEN_RECEIVE)
        kernel_thread_wake(run, id);
}

void output_ring_wait(struct irqp_cpu *cpu, uint16_t output)
{
    struct run *run = run_of(cpu);
    if (!run->microkernel.rings[output].count)
        kernel_thread_block(run, second_threads[output], IPC_OPEN_RECEIVE);
}

/* Console output is taken in parts of a message. */
void output_ring_take(struct irqp_cpu *cpu, uint16_t output)
{
    struct run *run = run_of(cpu);
    struct ring *ring = &run->microkernel.rings[output];
    int64_t part = run->machine->outputs[output].part;
    int64_t bytes = ring->entries[0] < part ? ring->entries[0] : part;
    run->microkernel.threads[second_threads[output]].message = bytes;
    ring->entries[0] -= bytes;
    if (!ring->entries[0])
        memmove(ring->entries, ring->entries + 1, --ring->count * sizeof ring->entries[0]);
}

/* ---- the servers ---- */

void output_take_request(struct irqp_cpu *cpu, uint16_t output)
{
    struct run *run = run_of(cpu);
    const struct microkernel *kernel = &run->microkernel;
    int64_t bytes = kernel->threads[kernel->threads[kernel->current].partner].message;
    cpu->thread->registers[output == OUTPUT_GRAPHICS ? REG_SHOW : REG_PRINT] =
        transfer(bytes, run->machine->outputs[output].bandwidth);
}

void output_shown(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    count(run_of(cpu), COUNT_SHOWN);
}

// clang-format off
#define SERVE(work, work_cost, copy, copy_register, output)                                                  \
    {.name = work, .cost = work_cost, .flags = MICROKERNEL_OPEN, .effect = E_TAKE_REQUEST, .argument = output, .label = "next"}, \
        {.name = copy, .cost = REGISTER(copy_register), .flags = MICROKERNEL_OPEN, .effect = E_SHOWN},                 \
        {.name = "server: reply, and wait for the next request", .cost = P_IPC_REPLY, .flags = MICROKERNEL, .effect = E_IPC_REPLY_AND_WAIT}, \
    {                                                                                                        \
        .name = "server: a request", .flags = MICROKERNEL_OPEN, .effect = IRQP_EFFECT_GOTO, .to = "next"               \
    }

static const struct irqp_step graphics_server[] = {
    SERVE("graphics server: clip to what is visible", P_CLIP, "graphics server: copy to the video memory", REG_SHOW, OUTPUT_GRAPHICS),
    IRQP_END,
};

static const struct irqp_step console_server[] = {
    SERVE("console server: take the text", P_CONSOLE_REQUEST, "console server: write to the device", REG_PRINT, OUTPUT_CONSOLE),
    IRQP_END,
};
// clang-format on

void servers_link(const struct machine *machine, struct irqp_linker *linker)
{
    if (machine->outputs[OUTPUT_GRAPHICS].by != OUTPUT_BY_NONE)
        link_path(linker, PATH_GRAPHICS_SERVER, IRQP_PATH_FREE, "graphics server",
                  "in a task of its own; it copies what is visible to the device", graphics_server, NULL,
                  NULL);
    if (machine->outputs[OUTPUT_CONSOLE].by != OUTPUT_BY_NONE)
        link_path(linker, PATH_CONSOLE_SERVER, IRQP_PATH_FREE, "console server", "in a task of its own",
                  console_server, NULL, NULL);
}
