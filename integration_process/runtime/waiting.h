/*
 * Waiting beside the conversation. Whatever the process waits for, the end of
 * its input ends it, and a message that nobody asked for is a breach: both end
 * a wait as failures.
 */
#ifndef WAITING_H
#define WAITING_H

#include "messages.h"

#include <stdint.h>

/* Nanoseconds. */
#define A_SECOND UINT64_C(1000000000)
#define A_MILLISECOND UINT64_C(1000000)

/* Waits until that moment of the monotonic clock (monotonic_nanoseconds). */
bool wait_until(const struct conversation *conversation, uint64_t moment, struct failure *failure);

/*
 * Waits until one of `events` (POLLIN, POLLOUT) can be done with the socket, or
 * it has an error. Check `timeout` at the deadline, a moment of the monotonic
 * clock.
 */
bool wait_for_socket(const struct conversation *conversation, int socket, short events,
		     uint64_t deadline, struct failure *failure);

#endif
