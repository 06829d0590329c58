/*
 * Sealed requests and replies (docs/formats/sealing.md): context, sealing or
 * plain copy, signatures. Knows nothing of messages and services' replies in
 * JSON.
 */
#ifndef SEALING_H
#define SEALING_H

#include "bytes.h"
#include "failure.h"
#include "hpke.h"

#include <openssl/evp.h>

enum {
	SEALING_NONCE_SIZE = 16,
	SEALING_SIGNATURE_SIZE = 64,
	/* Ten prefixes, label, direction, operation, four names of 63, u64, two hashes: 388 at most. */
	SEALING_CONTEXT_SIZE = 512,
};

enum operation { OPERATION_READ, OPERATION_WRITE };
enum direction { DIRECTION_REQUEST, DIRECTION_REPLY };
enum crypto { CRYPTO_HPKE, CRYPTO_NONE };

/* Where a payload belongs. Names are borrowed and valid. */
struct context {
	enum operation operation;
	const char *solution;
	const char *service;
	const char *program;
	const char *run;
	uint64_t sequence;
	unsigned char process_certificate_sha256[SHA256_SIZE];
	unsigned char service_certificate_sha256[SHA256_SIZE];
};

struct sealed_request {
	unsigned char nonce[SEALING_NONCE_SIZE];
	struct bytes enc;
	struct bytes ciphertext;
	unsigned char signature[SEALING_SIGNATURE_SIZE];
	/* Names the request in its reply's signature; not sent. */
	unsigned char hash[SHA256_SIZE];
};

struct sealed_reply {
	struct bytes enc;
	struct bytes ciphertext;
	unsigned char signature[SEALING_SIGNATURE_SIZE];
};

const char *operation_text(enum operation operation);
const char *crypto_text(enum crypto crypto);

/* The bytes of a context; false when a name is too long. */
bool context_encode(const struct context *context, enum direction direction,
		    unsigned char output[SEALING_CONTEXT_SIZE], size_t *length);

/*
 * Seals to the recipient and signs, with a fresh ephemeral key and nonce.
 * Freed with sealed_request_free, also after a failure.
 */
bool seal_request(const struct hpke *hpke, enum crypto crypto, const struct context *context,
		  EVP_PKEY *signing, const struct sealing_key *recipient, struct view plaintext,
		  struct sealed_request *request, struct failure *failure);

/* The same with given randomness, for the test vectors. */
bool seal_request_with(const struct hpke *hpke, enum crypto crypto, const struct context *context,
		       EVP_PKEY *signing, const struct sealing_key *recipient,
		       const struct sealing_key *ephemeral,
		       const unsigned char nonce[SEALING_NONCE_SIZE], struct view plaintext,
		       struct sealed_request *request, struct failure *failure);

/*
 * Checks that the reply is signed by the service and over this request
 * (`signature`), then opens it (`sealed`). `plaintext` is owned by the caller.
 */
bool open_reply(const struct hpke *hpke, enum crypto crypto, const struct context *context,
		EVP_PKEY *service_signing, const struct sealing_key *own,
		const unsigned char request_hash[SHA256_SIZE], const struct sealed_reply *reply,
		struct bytes *plaintext, struct failure *failure);

void sealed_request_free(struct sealed_request *request);
void sealed_reply_free(struct sealed_reply *reply);

#endif
