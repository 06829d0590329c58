/*
 * Fuzz target: any bytes as certificate, checked as the process does. Nothing
 * is accepted, because the root is none that the fuzzer has a key of.
 */
#include "certificates.h"
#include "identity.h"
#include "secrets.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads the certificate as every check does, whatever the ones before it said. */
static void check_all(X509 *certificate, X509 *root, time_t now)
{
	unsigned char sealing_key[X25519_SIZE];
	unsigned char binding[BINDING_SIZE];
	for (int i = 0; i < 6; i++) {
		struct failure failure = {0};
		bool held = i == 0   ? certificate_check_chain(certificate, root, now, &failure)
			    : i == 1 ? certificate_check_time(certificate, now, &failure)
			    : i == 2 ? certificate_check_role(certificate, ROLE_SERVICE,
							      "eai:service/store", &failure)
			    : i == 3 ? certificate_check_role(certificate, ROLE_PROCESS,
							      "eai:process/retail/run-1", &failure)
			    : i == 4 ? certificate_sealing_key(certificate, sealing_key, &failure)
				     : certificate_binding(certificate, binding, &failure);
		if (held == failure_is_set(&failure))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view der = {data, size};
	struct failure failure = {0};
	secrets_guard_json();
	X509 *certificate = certificate_parse(der, &failure);
	failure = (struct failure){0};
	X509 *root = certificate_parse_root(der, &failure);
	if (certificate != NULL)
		check_all(certificate, root != NULL ? root : certificate, (time_t)1767268800);
	X509_free(certificate);
	X509_free(root);
	return 0;
}
