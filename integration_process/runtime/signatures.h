/* SHA-256 and Ed25519 over whole byte strings. */
#ifndef SIGNATURES_H
#define SIGNATURES_H

#include "bytes.h"
#include "failure.h"

#include <openssl/evp.h>

enum { ED25519_KEY_SIZE = 32, ED25519_SIGNATURE_SIZE = 64 };

bool sha256(struct view value, unsigned char hash[SHA256_SIZE], struct failure *failure);
bool signature_make(EVP_PKEY *key, struct view value, unsigned char signature[ED25519_SIGNATURE_SIZE],
		    struct failure *failure);
/* Check `signature`. */
bool signature_check(EVP_PKEY *key, struct view value,
		     const unsigned char signature[ED25519_SIGNATURE_SIZE], struct failure *failure);

#endif
