/*
 * HPKE base mode, one message for each encapsulation (RFC 9180):
 * DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-GCM. Built on EVP, because
 * OpenSSL has an HPKE of its own only from 3.2 on, and one code path is
 * measured on every platform.
 */
#ifndef HPKE_H
#define HPKE_H

#include "bytes.h"
#include "failure.h"
#include "sealing_key.h"

#include <openssl/evp.h>

enum { HPKE_TAG_SIZE = 16 };

/* AEAD identifiers of RFC 9180, section 7.3; sealing.md uses AES-256-GCM. */
enum hpke_aead { HPKE_AES_128_GCM = 1, HPKE_AES_256_GCM = 2 };

/* Algorithms fetched once: fetching costs more than deriving. One thread at a time. */
struct hpke {
	enum hpke_aead aead;
	size_t key_size;
	EVP_CIPHER *cipher;
	EVP_CIPHER_CTX *cipher_context;
	EVP_KDF_CTX *hkdf;
};

/* Failures have the check `openssl`. */
bool hpke_create(struct hpke *hpke, enum hpke_aead aead, struct failure *failure);
void hpke_destroy(struct hpke *hpke);

/*
 * Seals to the recipient with an ephemeral key that must be fresh and used
 * once; its public bytes are `enc`. `ciphertext` is owned by the caller.
 */
bool hpke_seal(const struct hpke *hpke, const struct sealing_key *ephemeral,
	       const struct sealing_key *recipient, struct view info, struct view aad,
	       struct view plaintext, struct bytes *ciphertext, struct failure *failure);

/* Opens; check `sealed` when the parts do not belong together. `plaintext` is owned by the caller. */
bool hpke_open(const struct hpke *hpke, const struct sealing_key *recipient,
	       const unsigned char enc[X25519_SIZE], struct view info, struct view aad,
	       struct view ciphertext, struct bytes *plaintext, struct failure *failure);

#endif
