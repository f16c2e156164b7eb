/* Synchronous communication between threads of the microkernel: call, and reply and wait (facts, sections 2e
 * and 6).
 *
 * A call sends, then receives from nobody but the server: the caller is in a closed receive until the reply,
 * which delivery decision 2 is about. If the server waits, the CPU switches to it directly, and it works on
 * its client's scheduling context: the slice is the client's, and the server's priority is not below the
 * client's. If the server is busy, the caller waits to send (decision 3), for as long as others keep it busy.
 */
#include "models/run.h"

static bool takes_from(const struct kernel_thread *server, enum kernel_thread_id sender)
{
    bool waits = !server->ready && server->ipc == IPC_OPEN_RECEIVE;
    return waits && (server->partner == NOBODY || server->partner == sender);
}

static void lend(struct run *run, const struct kernel_thread *client, struct kernel_thread *server)
{
    kernel_thread_charge_slice(run);
    if (client->priority < server->own_priority)
        return;
    server->priority = client->priority;
    server->used = client->used;
    server->turn = client->turn;
}

static void give_back(struct run *run, struct kernel_thread *server, struct kernel_thread *client)
{
    kernel_thread_charge_slice(run);
    if (client->priority < server->own_priority)
        return;
    server->priority = server->own_priority;
    client->used = server->used;
}

void ipc_send(struct irqp_cpu *cpu, uint16_t to)
{
    struct run *run = run_of(cpu);
    struct microkernel *kernel = &run->microkernel;
    enum kernel_thread_id from = kernel->current;
    struct kernel_thread *client = &kernel->threads[from], *server = &kernel->threads[to];
    if (!takes_from(server, from)) {
        cpu->thread->top->pc--; /* this step again, once the server takes it */
        server->senders[server->sender_count++] = (uint8_t)from;
        count(run, COUNT_SEND_WAITS);
        kernel_thread_block(run, from, IPC_SEND);
        return;
    }
    client->ready = false;
    client->ipc = IPC_CLOSED_RECEIVE;
    server->partner = (uint8_t)from;
    server->ready = true;
    server->ipc = IPC_NONE;
    lend(run, client, server);
    kernel_thread_switch(run, (enum kernel_thread_id)to);
}

/* Who waited to send is let in before anybody else, but has to run for that. The client goes on first. */
void ipc_reply_and_wait(struct irqp_cpu *cpu, uint16_t argument)
{
    (void)argument;
    struct run *run = run_of(cpu);
    struct microkernel *kernel = &run->microkernel;
    struct kernel_thread *server = &kernel->threads[kernel->current];
    struct kernel_thread *client = &kernel->threads[server->partner];
    give_back(run, server, client);
    server->ready = false;
    server->ipc = IPC_OPEN_RECEIVE;
    server->partner = NOBODY;
    if (server->sender_count) {
        struct kernel_thread *next = &kernel->threads[server->senders[0]];
        server->partner = server->senders[0];
        memmove(server->senders, server->senders + 1, --server->sender_count);
        next->ready = true;
        next->turn = ++kernel->last_turn;
    }
    client->ready = true;
    client->ipc = IPC_NONE;
    client->turn = --kernel->first_turn;
    kernel_threads_schedule(run);
}
