/* A disk that serves its requests one by one and interrupts after each. Its line stays asserted (level) until
 * the driver's handler has taken all completions. */
#include "models/run.h"

static void serve_next(struct run *run)
{
    if (run->disk.queued_count)
        irqp_arm(&run->cpu, SLOT_DISK,
                 run->cpu.now + irqp_draw(&run->cpu, &run->disk.stream, run->machine->cost_disk));
}

void disk_submit(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    struct disk *disk = &run->disk;
    if (disk->queued_count + disk->completed_count == DISK_REQUESTS_MAX) {
        irqp_cpu_fail(cpu, "more disk requests at once than 256");
        return;
    }
    run->guest.tasks[run->guest.current].requests++;
    disk->queued[disk->queued_count++] = run->guest.current;
    if (disk->queued_count == 1)
        serve_next(run);
}

void disk_fire(struct run *run)
{
    struct disk *disk = &run->disk;
    disk->completed[disk->completed_count++] = disk->queued[0];
    memmove(disk->queued, disk->queued + 1, --disk->queued_count * sizeof disk->queued[0]);
    count(run, COUNT_DISK_INTERRUPTS);
    lines_assert(run, LINE_DISK);
    serve_next(run);
}

/* The driver has read the device's status: it is quiet until the next completion. */
void disk_complete(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    if (run->machine->wiring[LINE_DISK].trigger == LEVEL)
        lines_deassert(run, LINE_DISK);
    run->disk.taken = run->disk.completed_count;
    run->guest.disk_thread_woken = false;
}
