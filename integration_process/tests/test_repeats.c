/* Repeats: pauses that double and that chance shortens, and what is counted of them. */
#include "repeats.h"
#include "test.h"
#include "waiting.h"

#include <stddef.h>
#include <string.h>

static void test_pauses(void)
{
	static const struct {
		unsigned repeat;
		uint32_t chance;
		uint64_t pause;
	} pauses[] = {
		{0, 0, 50 * A_MILLISECOND},
		{1, 0, 100 * A_MILLISECOND},
		{5, 0, 1600 * A_MILLISECOND},
		{0, UINT32_C(1) << 31, 37500000},
		{1, UINT32_C(1) << 30, 87500000},
		{5, UINT32_C(1) << 31, 1200 * A_MILLISECOND},
		/* Beyond the last: as the last. */
		{6, 0, 1600 * A_MILLISECOND},
		{4000000000U, 0, 1600 * A_MILLISECOND},
	};
	for (size_t i = 0; i < sizeof pauses / sizeof pauses[0]; i++)
		check(repeats_pause(pauses[i].repeat, pauses[i].chance) == pauses[i].pause,
		      "the pause before repeat %u", pauses[i].repeat);
	for (unsigned repeat = 0; repeat < REPEATS_MAXIMUM; repeat++) {
		uint64_t shortest = repeats_pause(repeat, UINT32_MAX);
		uint64_t half = repeats_pause(repeat, 0) / 2;
		check(shortest >= half && shortest <= half + 1, "at least half of pause %u", repeat);
	}
}

/* All alike has a chance of 2^-32 for each but the first. */
static void test_chance(void)
{
	struct failure failure = {0};
	bool within = true;
	bool alike = true;
	uint64_t before = 0;
	for (unsigned i = 0; i < 64; i++) {
		uint64_t pause = 0;
		check(repeats_draw_pause(REPEATS_MAXIMUM - 1, &pause, &failure), "drawn");
		within = within && pause >= 800 * A_MILLISECOND && pause <= 1600 * A_MILLISECOND;
		alike = alike && (i == 0 || pause == before);
		before = pause;
	}
	check(within, "from half of the pause to all of it");
	check(!alike, "not always the same");
}

static void test_counts(void)
{
	struct repeats repeats = {0};
	char long_reason[2 * REPEATS_REASON_SIZE];
	memset(long_reason, 'x', sizeof long_reason);
	long_reason[sizeof long_reason - 1] = '\0';
	repeats_count(&repeats, 0, 3, 1, "read", "it broke");
	repeats_count(&repeats, 1, 3, 1, "read", "nobody listens");
	check(repeats.operations == 1 && repeats.times == 2 && repeats.first_times == 2,
	      "one operation, sent twice more");
	repeats_count(&repeats, 0, 4, 2, "write", "later");
	check(repeats.operations == 2 && repeats.times == 3 && repeats.first_times == 2,
	      "another one is not the first's");
	check(repeats.request == 3 && repeats.service == 1 && strcmp(repeats.operation, "read") == 0 &&
		      strcmp(repeats.reason, "it broke") == 0,
	      "the first, and what broke it first: %s", repeats.reason);
	repeats = (struct repeats){0};
	repeats_count(&repeats, 0, 0, 0, "read", long_reason);
	check(strlen(repeats.reason) == REPEATS_REASON_SIZE - 1, "a reason is cut off where it is too long");
	repeats = (struct repeats){0};
	repeats_count(&repeats, 0, 0, 0, "read", "");
	check(repeats.operations == 1 && strcmp(repeats.reason, "") == 0, "no reason");
}

int main(void)
{
	test_pauses();
	test_chance();
	test_counts();
	return checks_done();
}
