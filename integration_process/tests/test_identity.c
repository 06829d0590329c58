/* CSRs as this process makes them, and certificates (its own, services') as it checks them, against the shared vectors. */
#include "identity.h"
#include "json.h"
#include "services.h"
#include "test.h"
#include "vector.h"

#include <string.h>

static bool is_member(const struct bytes *got, const cJSON *vector, const char *name)
{
	struct bytes want = vector_bytes(vector, name);
	bool same = bytes_equal(got, &want);
	bytes_free(&want);
	return same;
}

static bool read_identity(const cJSON *vector, struct identity *identity)
{
	size_t length = ED25519_KEY_SIZE;
	identity->signing = vector_signing_key(vector, "signing_private_key");
	identity->sealing = vector_sealing_key(vector, "sealing_private_key");
	return EVP_PKEY_get_raw_public_key(identity->signing, identity->signing_public_key, &length) == 1;
}

/* CSRs: both implementations must make the same bytes of the same keys. Refused ones are for the CA. */
static void run_csr(const cJSON *vector, const struct hpke *hpke)
{
	(void)hpke;
	if (strcmp(vector_text(vector, "name"), "valid") != 0)
		return;
	struct failure failure = {0};
	struct identity identity;
	unsigned char binding[BINDING_SIZE];
	struct bytes csr;
	read_identity(vector, &identity);
	vector_exactly(vector, "binding", binding, sizeof binding);
	bool made = identity_make_csr(&identity, vector_text(vector, "program"), binding, &csr, &failure);
	vector_expect("csr", vector, made && is_member(&csr, vector, "csr") ? "success" : "other bytes");
	unsigned char published[SHA256_SIZE];
	struct bytes hash = {.data = published, .length = sizeof published};
	check(identity_publish_csr(&csr, &failure), "the CSR's digest is published");
	for (size_t i = 0; i < sizeof published; i++)
		published[i] = attested_csr_sha256[i];
	check(is_member(&hash, vector, "csr_sha256"), "attested_csr_sha256 is the CSR's SHA-256");
	bytes_free(&csr);
	identity_destroy(&identity);
}

static const char *check_service(const cJSON *vector, X509 *root, struct view der, time_t now)
{
	static struct failure failure;
	failure = (struct failure){0};
	const char *ids[] = {vector_text(vector, "service"), NULL};
	struct services services;
	cJSON *given = cJSON_CreateArray();
	cJSON *entry = cJSON_CreateObject();
	cJSON_AddItemToArray(given, entry);
	cJSON_AddStringToObject(entry, "service", ids[0]);
	json_add_binary(entry, "certificate", der);
	bool accepted = services_accept(&services, ids, given, root, now, &failure);
	services_free(&services);
	cJSON_Delete(given);
	return verdict(accepted, &failure);
}

static const char *check_process(const cJSON *vector, X509 *root, struct view der, time_t now)
{
	static struct failure failure;
	failure = (struct failure){0};
	struct identity identity;
	unsigned char binding[BINDING_SIZE];
	read_identity(vector, &identity);
	vector_exactly(vector, "binding", binding, sizeof binding);
	bool accepted = identity_accept_certificate(&identity, der, root, vector_text(vector, "program"),
						    vector_text(vector, "run"), binding, now, &failure);
	identity_destroy(&identity);
	return verdict(accepted, &failure);
}

static void run_certificate(const cJSON *vector, const struct hpke *hpke)
{
	(void)hpke;
	struct failure failure = {0};
	struct bytes root_der = vector_bytes(vector, "root_certificate");
	struct bytes der = vector_bytes(vector, "certificate");
	X509 *root = certificate_parse_root(bytes_view(&root_der), &failure);
	time_t now = (time_t)vector_integer(vector, "at");
	bool service = strcmp(vector_text(vector, "kind"), "service") == 0;
	if (check(root != NULL, "the root certificate is read"))
		vector_expect("certificate", vector,
		       service ? check_service(vector, root, bytes_view(&der), now)
			       : check_process(vector, root, bytes_view(&der), now));
	X509_free(root);
	bytes_free(&der);
	bytes_free(&root_der);
}

int main(void)
{
	vectors_run("csr.json", run_csr);
	vectors_run("certificates.json", run_certificate);
	return checks_done();
}
