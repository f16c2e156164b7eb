/* What the paper states as sums, added up along the routes of its own scenarios (facts, section 2.x). */
#include "harness.h"

static const struct irqp_route *route_named(const struct subject *subject, const char *name)
{
    const struct irqp_route *routes;
    size_t count = irqp_interrupt_path.routes(subject->machine, &routes);
    for (size_t i = 0; i < count; i++)
        if (!strcmp(routes[i].name, name))
            return &routes[i];
    fail_msg("there is no route '%s'", name);
    return NULL;
}

/* Mean time along a route, from one step (NULL: its first) up to another (NULL: its end), exclusive. */
static irqp_time along(const struct subject *subject, const struct irqp_route *route, const char *from,
                       const char *until)
{
    const struct irqp_program *program = &subject->machine->program;
    irqp_time sum = 0;
    bool counting = !from, ended = false;
    for (size_t i = 0; i < route->count && !ended; i++) {
        const struct irqp_route_part *part = &route->parts[i];
        for (uint16_t r = part->from; r < part->until && !ended; r++) {
            const struct irqp_row *row = &program->rows[program->paths[part->path].first + r];
            counting |= from && !strcmp(program->names[row->name], from);
            ended = until && !strcmp(program->names[row->name], until);
            if (counting && !ended)
                sum += program->costs[row->cost].mean;
        }
    }
    assert_true(counting);
    assert_true(ended || !until);
    return sum;
}

static void stated_sums(void **state)
{
    (void)state;
    struct subject native = subject_make(SCENARIOS "/paper/fig6-hackbench-native.yaml", NULL, NULL);
    struct subject rehosted = subject_make(SCENARIOS "/paper/fig6-hackbench-l4linux.yaml", NULL, NULL);
    const struct irqp_route *bare = route_named(&native, "timer interrupt to clock read");
    const struct irqp_route *user = route_named(&rehosted, "user mode: timer interrupt to clock read");
    static const char handler[] = "enter hard interrupt context",
                      schedule[] = "schedule: does the task go on";

    irqp_time delivery = along(&rehosted, user, NULL, handler);
    irqp_time native_delivery = along(&native, bare, NULL, handler);
    irqp_time to_task = along(&rehosted, user, schedule, NULL) - along(&native, bare, schedule, NULL);
    irqp_time offset = along(&rehosted, user, NULL, NULL) - along(&native, bare, NULL, NULL);
    print_message("delivery %lld ns (native %lld), switch to the task %+lld ns, offset %lld ns\n",
                  (long long)(delivery / IRQP_NS), (long long)(native_delivery / IRQP_NS),
                  (long long)(to_task / IRQP_NS), (long long)(offset / IRQP_NS));
    static const char *const others[] = {"kernel mode: timer interrupt to clock read",
                                         "deferred: timer interrupt to clock read",
                                         "idle: timer interrupt to clock read"};
    for (int i = 0; i < 3; i++)
        print_message("%s: %lld ns\n", others[i],
                      (long long)(along(&rehosted, route_named(&rehosted, others[i]), NULL, NULL) / IRQP_NS));
    assert_in_range(delivery, 3645 * IRQP_NS, 3655 * IRQP_NS); /* "3.65 us" */
    assert_in_range(to_task, 1200 * IRQP_NS, 1600 * IRQP_NS);  /* "about 1.3 us" */
    assert_in_range(offset, 4800 * IRQP_NS, 5400 * IRQP_NS);   /* "5 us" */
    subject_drop(&native);
    subject_drop(&rehosted);
}

/* The routes are what is executed: where everything is constant, a wake-up takes as long as its route says.
 */
static void routes_are_what_is_executed(void **state)
{
    (void)state;
    static const struct {
        const char *file, *placement, *route;
    } table[] = {
        {MICRO("spin"), "placement=native", "timer interrupt to clock read"},
        {MICRO("spin"), "placement=rehosted", "user mode: timer interrupt to clock read"},
        {MICRO("kernel"), "placement=rehosted", "kernel mode: timer interrupt to clock read"},
        {MICRO("spin"), "placement=virtualised", "guest runs: timer interrupt to clock read"},
        {MICRO("kernel"), "placement=virtualised", "guest runs: timer interrupt to clock read"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct subject subject = subject_make(table[i].file, OVERRIDES(table[i].placement), NULL);
        subject_without_grid(&subject);
        struct outcome *outcome = outcome_of_batch(&subject, 1, 0, 10, false);
        irqp_time sum = along(&subject, route_named(&subject, table[i].route), NULL, NULL);
        assert_int_equal(outcome->result.thread.minimum, sum);
        assert_int_equal(outcome->result.thread.maximum, sum);
        outcome_free(outcome);
        subject_drop(&subject);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(stated_sums),
                                       cmocka_unit_test(routes_are_what_is_executed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
