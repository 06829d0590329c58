/*
 * What the process itself times: differences of its monotonic clock, one for
 * each step of the sequence diagrams, kept in 16 bytes each and rendered only
 * when they are sent.
 */
#ifndef TIMINGS_H
#define TIMINGS_H

#include "failure.h"
#include "messages.h"
#include "repeats.h"
#include "service_timings.h"

#include <stddef.h>
#include <stdint.h>

/*
 * The process sends its timings when so many have gathered: half of what a
 * message may hold (messages.md), since they are counted between requests and
 * the last request brings what it has. Tests compile it smaller.
 */
#ifndef TIMINGS_GATHERED_MAXIMUM
#define TIMINGS_GATHERED_MAXIMUM 16384
#endif

enum { NO_SERVICE = 255 };
#define NO_REQUEST UINT32_MAX

enum step {
	STEP_GENERATE_KEY_PAIR,
	STEP_GET_PUBLIC_KEY,         /* making the CSR with both public keys */
	STEP_PUT_SERVICE_PUBLIC_KEY, /* verifying and keeping the services' certificates */
	STEP_READ_ENCRYPT,           /* sealing and signing a request */
	STEP_READ_REQUEST,           /* direct: from the request's sending to the arrival of its reply */
	STEP_READ_DECRYPT,           /* checking a reply's signature and opening it */
	STEP_READ_TOTAL,             /* from the operation's beginning to its reply opened */
	STEP_GET_SERVICE_PUBLIC_KEY, /* finding the verified key, still in its validity */
	STEP_WRITE_ENCRYPT,
	STEP_WRITE_POST,
	STEP_WRITE_DECRYPT,
	STEP_WRITE_TOTAL,
	STEP_REQUEST_TOTAL, /* from the first operation of a request to the end of its last */
	STEP_EXECUTE_TOTAL, /* from the receipt of `run` to the end of the last operation */
};

struct timing {
	uint64_t nanoseconds;
	uint32_t request; /* or NO_REQUEST */
	uint8_t service;  /* index in the solution's list, or NO_SERVICE */
	uint8_t step;     /* enum step */
};

struct timings {
	struct timing *list;
	size_t count;
	size_t capacity;
};

/* Nanoseconds since some moment before the process began. */
uint64_t monotonic_nanoseconds(void);

/* Adds the time since `start`; false when out of memory. */
bool timings_add(struct timings *timings, enum step step, uint32_t request, uint8_t service,
		 uint64_t nanoseconds, struct failure *failure);

/* What the last message of a run says besides timings. */
struct completion {
	int64_t requests; /* carried out */
	const struct repeats *repeats;
};

/*
 * Sends {"type": "timings", "timings": [...], ["service_timings": [...]]} and
 * forgets both; service timings are left out where there are none. With a
 * completion the type is `finished`, and the message has `requests`, and
 * `repeated` where something was sent again. `services` are the ids that indices
 * mean.
 */
bool timings_send(struct timings *timings, struct service_timings *of_services,
		  const struct conversation *conversation, const struct completion *completion,
		  const char *const *services, struct failure *failure);

/* Adds the member `timings` to a message and forgets them. */
bool timings_add_to(struct timings *timings, cJSON *message);

void timings_free(struct timings *timings);

#endif
