/*
 * The digital services that the solution names, with their keys, as verified
 * once at exchangeKeys. A key that is not here is never sealed to.
 */
#ifndef SERVICES_H
#define SERVICES_H

#include "addresses.h"
#include "certificates.h"
#include "signatures.h"

#include <cjson/cJSON.h>

/* Timings keep a service's index in a byte. */
enum { SERVICES_MAXIMUM = 32 };

struct service {
	const char *id; /* the solution's */
	X509 *certificate;
	unsigned char certificate_sha256[SHA256_SIZE];
	EVP_PKEY *signing; /* borrowed from the certificate */
	struct sealing_key sealing;
	struct address address; /* on the direct path */
};

struct services {
	struct service list[SERVICES_MAXIMUM];
	uint8_t count;
};

/*
 * Verifies and keeps one certificate for each service of `ids`. Checks:
 * `services` (one is missing, twice or unknown), `certificate`, `chain`,
 * `time`, `role`, `sealing-key`. Freed with services_free, also after a
 * failure.
 */
bool services_accept(struct services *services, const char *const *ids, const cJSON *given,
		     X509 *root, time_t now, struct failure *failure);
/*
 * Keeps the address of each service that was accepted, for the direct path.
 * Whether the service is there, its certificate proves. Check `services`.
 */
bool services_take_addresses(struct services *services, const cJSON *given, struct failure *failure);
void services_free(struct services *services);

/* A verified service, still in its validity; NULL and check `services` or `time`. */
const struct service *services_find(const struct services *services, const char *id, uint8_t *index,
				    struct failure *failure);

#endif
