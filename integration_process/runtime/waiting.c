/* Waiting beside the conversation: see waiting.h. */
#define _DEFAULT_SOURCE 1 /* POSIX also under -std=c11 */

#include "waiting.h"

#include "timings.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <time.h>

static void sleep_until(uint64_t moment)
{
	const struct timespec until = {.tv_sec = (time_t)(moment / A_SECOND),
				       .tv_nsec = (long)(moment % A_SECOND)};
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		continue;
}

/* Input while the launcher has nothing to say. Always false. */
static bool take_input(const struct conversation *conversation, struct failure *failure)
{
	cJSON *message = message_receive(conversation, "reply", failure);
	cJSON_Delete(message);
	return failure_set(failure, "message", "a message while none was asked for");
}

/* poll counts in milliseconds; the rest is slept to the nanosecond. */
bool wait_until(const struct conversation *conversation, uint64_t moment, struct failure *failure)
{
	for (;;) {
		uint64_t now = monotonic_nanoseconds();
		if (now >= moment)
			return true;
		uint64_t left = (moment - now) / A_MILLISECOND;
		if (left <= 1) {
			sleep_until(moment);
			return true;
		}
		struct pollfd input = {.fd = conversation->input, .events = POLLIN};
		int events = poll(&input, 1, (int)(left - 1));
		if (events < 0 && errno != EINTR)
			return failure_set(failure, "frame", "cannot wait for input: %s", strerror(errno));
		if (events > 0)
			return take_input(conversation, failure);
	}
}

bool wait_for_socket(const struct conversation *conversation, int socket, short events,
		     uint64_t deadline, struct failure *failure)
{
	for (;;) {
		uint64_t now = monotonic_nanoseconds();
		if (now >= deadline)
			return failure_set(failure, "timeout", "the service did not answer in time");
		/* Rounded up, so that the last part of a millisecond is not spent asking again and again. */
		uint64_t left = (deadline - now) / A_MILLISECOND + 1;
		struct pollfd watched[2] = {
			{.fd = socket, .events = events},
			{.fd = conversation->input, .events = POLLIN},
		};
		int ready = poll(watched, 2, left > INT_MAX ? INT_MAX : (int)left);
		if (ready < 0 && errno != EINTR)
			return failure_set(failure, "frame", "cannot wait for a service: %s", strerror(errno));
		if (ready > 0 && watched[1].revents != 0)
			return take_input(conversation, failure);
		if (ready > 0 && watched[0].revents != 0)
			return true;
	}
}
