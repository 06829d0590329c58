/* Repeats after broken connections: see repeats.h. */
#include "repeats.h"

#include "waiting.h"

#include <openssl/rand.h>
#include <stddef.h>

static const uint64_t first_pause = 50 * A_MILLISECOND;

uint64_t repeats_pause(unsigned repeat, uint32_t chance)
{
	if (repeat >= REPEATS_MAXIMUM)
		repeat = REPEATS_MAXIMUM - 1;
	uint64_t whole = first_pause << repeat;
	/* The longest half, 0.8 s in nanoseconds, times 2^32 is below 2^62. */
	return whole - ((whole / 2 * chance) >> 32);
}

bool repeats_draw_pause(unsigned repeat, uint64_t *pause, struct failure *failure)
{
	uint32_t chance;
	if (RAND_bytes((unsigned char *)&chance, sizeof chance) != 1)
		return failure_set_openssl(failure, "openssl", "no random bytes");
	*pause = repeats_pause(repeat, chance);
	return true;
}

/* Plain characters that JSON takes as they are; anything else becomes a question mark. */
static void copy_reason(char *to, const char *reason)
{
	size_t length = 0;
	for (; reason[length] != '\0' && length < REPEATS_REASON_SIZE - 1; length++) {
		char c = reason[length];
		bool plain = c >= ' ' && c <= '~' && c != '"' && c != '\\';
		to[length] = plain ? c : '?';
	}
	to[length] = '\0';
}

void repeats_count(struct repeats *repeats, unsigned repeat, uint32_t request, uint8_t service,
		   const char *operation, const char *reason)
{
	if (repeat == 0)
		repeats->operations++;
	if (repeats->times == 0) {
		repeats->request = request;
		repeats->service = service;
		repeats->operation = operation;
		copy_reason(repeats->reason, reason);
	}
	repeats->times++;
	if (repeats->operations == 1)
		repeats->first_times++;
}
