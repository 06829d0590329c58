/* Contexts, requests as this process makes them, and replies as it opens them, against the shared vectors. */
#include "certificates.h"
#include "sealing.h"
#include "signatures.h"
#include "test.h"
#include "vector.h"

#include <string.h>

static struct context read_context(const cJSON *vector)
{
	bool read = strcmp(vector_text(vector, "operation"), "read") == 0;
	return (struct context){
		.operation = read ? OPERATION_READ : OPERATION_WRITE,
		.solution = vector_text(vector, "solution"),
		.service = vector_text(vector, "service"),
		.program = vector_text(vector, "program"),
		.run = vector_text(vector, "run"),
		.sequence = vector_integer(vector, "sequence"),
	};
}

static void run_context(const cJSON *vector, const struct hpke *hpke)
{
	(void)hpke;
	struct context context = read_context(vector);
	vector_exactly(vector, "process_certificate_sha256", context.process_certificate_sha256,
		       SHA256_SIZE);
	vector_exactly(vector, "service_certificate_sha256", context.service_certificate_sha256,
		       SHA256_SIZE);
	bool reply = strcmp(vector_text(vector, "direction"), "reply") == 0;
	unsigned char encoded[SEALING_CONTEXT_SIZE];
	struct bytes got = {.data = encoded};
	struct bytes want = vector_bytes(vector, "context");
	bool done = context_encode(&context, reply ? DIRECTION_REPLY : DIRECTION_REQUEST, encoded,
				   &got.length);
	vector_expect("context", vector, done && bytes_equal(&got, &want) ? "success" : "other bytes");
	bytes_free(&want);
}

static void hash_member(const cJSON *vector, const char *name, unsigned char hash[SHA256_SIZE])
{
	struct failure failure = {0};
	struct bytes value = vector_bytes(vector, name);
	check(sha256(bytes_view(&value), hash, &failure), "SHA-256 of %s", name);
	bytes_free(&value);
}

static enum crypto read_crypto(const cJSON *vector)
{
	return strcmp(vector_text(vector, "crypto"), "none") == 0 ? CRYPTO_NONE : CRYPTO_HPKE;
}

static X509 *read_certificate(const cJSON *vector, const char *name)
{
	struct failure failure = {0};
	struct bytes der = vector_bytes(vector, name);
	X509 *certificate = certificate_parse(bytes_view(&der), &failure);
	bytes_free(&der);
	check(certificate != NULL, "%s is a certificate", name);
	return certificate;
}

static bool is_member(const struct bytes *got, const cJSON *vector, const char *name)
{
	struct bytes want = vector_bytes(vector, name);
	bool same = bytes_equal(got, &want);
	bytes_free(&want);
	return same;
}

/* Requests: what this process makes of the vector's input, byte for byte. Refused ones are for services. */
static void run_request(const cJSON *vector, const struct hpke *hpke)
{
	if (strcmp(vector_text(vector, "expect"), "success") != 0)
		return;
	struct failure failure = {0};
	struct context context = read_context(vector);
	enum crypto crypto = read_crypto(vector);
	struct bytes nonce = vector_bytes(vector, "nonce");
	hash_member(vector, "process_certificate", context.process_certificate_sha256);
	hash_member(vector, "service_certificate", context.service_certificate_sha256);
	X509 *service = read_certificate(vector, "service_certificate");
	unsigned char public_key[X25519_SIZE];
	struct sealing_key recipient;
	check(service != NULL && certificate_sealing_key(service, public_key, &failure) &&
		      sealing_key_from_public(&recipient, public_key, &failure),
	      "the service's sealing key");
	EVP_PKEY *signing = vector_signing_key(vector, "process_signing_private_key");
	struct sealing_key ephemeral = {0};
	if (crypto == CRYPTO_HPKE)
		ephemeral = vector_sealing_key(vector, "ephemeral_private_key");
	struct bytes plaintext = vector_bytes(vector, "plaintext");
	struct sealed_request request;
	bool made = nonce.length == SEALING_NONCE_SIZE &&
		    seal_request_with(hpke, crypto, &context, signing, &recipient, &ephemeral,
				      nonce.data, bytes_view(&plaintext), &request, &failure);
	struct bytes signature = {.data = request.signature, .length = SEALING_SIGNATURE_SIZE};
	struct bytes hash = {.data = request.hash, .length = SHA256_SIZE};
	vector_expect("request", vector,
	       made && is_member(&request.enc, vector, "enc") &&
			       is_member(&request.ciphertext, vector, "ciphertext") &&
			       is_member(&signature, vector, "signature") &&
			       is_member(&hash, vector, "request_hash")
		       ? "success"
		       : "other bytes");
	sealed_request_free(&request);
	bytes_free(&plaintext);
	bytes_free(&nonce);
	sealing_key_destroy(&ephemeral);
	sealing_key_destroy(&recipient);
	EVP_PKEY_free(signing);
	X509_free(service);
}

static void run_reply(const cJSON *vector, const struct hpke *hpke)
{
	struct failure failure = {0};
	struct context context = read_context(vector);
	unsigned char request_hash[SHA256_SIZE];
	struct sealed_reply reply = {0};
	hash_member(vector, "process_certificate", context.process_certificate_sha256);
	hash_member(vector, "service_certificate", context.service_certificate_sha256);
	vector_exactly(vector, "request_hash", request_hash, sizeof request_hash);
	vector_exactly(vector, "signature", reply.signature, sizeof reply.signature);
	reply.enc = vector_bytes(vector, "enc");
	reply.ciphertext = vector_bytes(vector, "ciphertext");
	X509 *service = read_certificate(vector, "service_certificate");
	struct sealing_key own = vector_sealing_key(vector, "process_sealing_private_key");
	struct bytes plaintext;
	bool opened = open_reply(hpke, read_crypto(vector), &context, X509_get0_pubkey(service), &own,
				 request_hash, &reply, &plaintext, &failure);
	vector_expect("reply", vector,
	       opened && !is_member(&plaintext, vector, "plaintext") ? "other plain text"
								      : verdict(opened, &failure));
	bytes_free(&plaintext);
	sealed_reply_free(&reply);
	sealing_key_destroy(&own);
	X509_free(service);
}

int main(void)
{
	vectors_run("context.json", run_context);
	vectors_run("request.json", run_request);
	vectors_run("reply.json", run_reply);
	return checks_done();
}
