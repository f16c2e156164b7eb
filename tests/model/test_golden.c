/* Fingerprints of the trajectories of all shipped scenarios, so that no change of behaviour goes unnoticed.
 * They hold for one release of the libraries that the tables are built with (GSL, libm).
 *
 * Whoever changes the model on purpose runs this test with UPDATE=1 in the environment, looks at what
 * changed, and commits the file with the change.
 */
#include "harness.h"

#define FINGERPRINTS TEST_SOURCE_DIR "/tests/golden/fingerprints"
enum { SAMPLES = 300, SEED = 1, LINE = 200 };

static FILE *current;

/* One line: scenario, samples, seed, hash of all charges of all samples. */
static void fingerprint(const char *file)
{
    struct subject subject = subject_make(file, OVERRIDES("run.warm_up=20 ms"), NULL);
    struct outcome *outcome = outcome_of_batch(&subject, SEED, 0, SAMPLES, false);
    assert_int_equal(outcome->status, IRQP_OK);
    fprintf(current, "%s %d %d %016llx\n", file + strlen(SCENARIOS "/"), SAMPLES, SEED,
            (unsigned long long)outcome->result.trajectory);
    outcome_free(outcome);
    subject_drop(&subject);
}

static void trajectories_are_what_they_were(void **state)
{
    (void)state;
    bool update = getenv("UPDATE") != NULL;
    current = update ? fopen(FINGERPRINTS, "w") : tmpfile();
    assert_non_null(current);
    for_each_shipped_scenario(fingerprint);
    if (update) {
        assert_int_equal(fclose(current), 0);
        return;
    }
    FILE *golden = fopen(FINGERPRINTS, "r");
    assert_non_null(golden);
    rewind(current);
    char is[LINE], was[LINE];
    bool same = true, more_now, more_then;
    do {
        more_now = fgets(is, sizeof is, current) != NULL;
        more_then = fgets(was, sizeof was, golden) != NULL;
        if (more_now != more_then || (more_now && strcmp(is, was) != 0)) {
            print_error("is  %swas %s", more_now ? is : "nothing\n", more_then ? was : "nothing\n");
            same = false;
        }
    } while (more_now || more_then);
    fclose(golden);
    fclose(current);
    if (!same)
        fail_msg("the model behaves differently; if that is meant, run this test with UPDATE=1 and commit "
                 "the file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(trajectories_are_what_they_were)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
