/*
 * Sending a request again when its connection broke, on the direct path: how
 * long to wait before each repeat, and what is told of them at the end. That a
 * repeat has no second effect is the service's to see to.
 */
#ifndef REPEATS_H
#define REPEATS_H

#include "failure.h"

#include <stdint.h>

enum { REPEATS_MAXIMUM = 6 /* of one request */, REPEATS_REASON_SIZE = 128 };

/* Every repeat of a run; of the first operation that had one, all that is known. */
struct repeats {
	uint64_t times;	     /* of all operations */
	uint32_t operations; /* whose request was sent again; 0: nothing below counts */
	uint32_t request;
	uint32_t first_times;
	uint8_t service;       /* index in the solution's list */
	const char *operation; /* `read` or `write` */
	char reason[REPEATS_REASON_SIZE]; /* what the connection broke by; in JSON as it is */
};

/*
 * Nanoseconds before a repeat, counted from 0: a pause that doubles, less a part
 * of its half, `chance` of 2^32 (Brooker, "Exponential Backoff And Jitter", AWS
 * Architecture Blog, 2015: equal jitter). As the launcher's on the other path.
 */
uint64_t repeats_pause(unsigned repeat, uint32_t chance);

/* The same by a chance that OpenSSL draws. Check `openssl`. */
bool repeats_draw_pause(unsigned repeat, uint64_t *pause, struct failure *failure);

/* Counts repeat number `repeat`, from 0, of an operation. `operation` outlives the counts. */
void repeats_count(struct repeats *repeats, unsigned repeat, uint32_t request, uint8_t service,
		   const char *operation, const char *reason);

#endif
