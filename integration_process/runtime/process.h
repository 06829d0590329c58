/* What the integration process holds while it runs. Internal to the runtime: a solution sees it opaque. */
#ifndef PROCESS_H
#define PROCESS_H

#include "direct.h"
#include "identity.h"
#include "messages.h"
#include "parameters.h"
#include "repeats.h"
#include "services.h"
#include "timings.h"

struct integration_process {
	const struct solution *solution;
	struct conversation conversation;
	struct failure failure;
	struct hpke hpke;
	struct parameters parameters;
	struct identity identity;
	X509 *root;
	unsigned char binding[BINDING_SIZE];
	unsigned char certificate_sha256[SHA256_SIZE]; /* of its own certificate */
	struct services services;
	struct direct direct; /* path direct only */
	struct repeats repeats; /* the same */
	struct timings timings;
	struct service_timings service_timings;
	struct record *records; /* made in the current request */
	uint64_t sequence;	/* of the last operation; 0 before the first */
	uint32_t request;	/* from 0 */
	uint64_t run_received;	/* monotonic_nanoseconds */
	uint64_t first_began;	/* the request's first operation; 0 before it */
	uint64_t last_ended;	/* its last operation so far */
};

#endif
