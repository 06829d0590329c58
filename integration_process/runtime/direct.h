/*
 * The direct path: the process is its own HTTPS client. One connection to each
 * service, opened when it is first needed and again when it was closed; a
 * request whose connection breaks is sent again, the same bytes.
 */
#ifndef DIRECT_H
#define DIRECT_H

#include "https.h"
#include "services.h"

struct integration_process;

struct direct {
	struct https https;
	struct bytes certificate; /* the process's own, DER: it goes with each request */
	struct connection connections[SERVICES_MAXIMUM];
};

/* Makes ready to connect as `certificate`, the process's own, already checked. Check `openssl`. */
bool direct_prepare(struct integration_process *process, struct view certificate);

/* Closes every connection, and frees. */
void direct_destroy(struct direct *direct);

#endif
