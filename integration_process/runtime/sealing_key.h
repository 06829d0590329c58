/* X25519 keys, as certificates carry them and HPKE uses them. */
#ifndef SEALING_KEY_H
#define SEALING_KEY_H

#include "failure.h"

#include <openssl/evp.h>

enum { X25519_SIZE = 32 };

/* An X25519 key with its public bytes. */
struct sealing_key {
	EVP_PKEY *key;
	unsigned char public_key[X25519_SIZE];
};

/*
 * A fresh key pair; a key pair of given private bytes; another's public key.
 * Failures have the check `openssl`. Freed with sealing_key_destroy.
 */
bool sealing_key_generate(struct sealing_key *key, struct failure *failure);
bool sealing_key_from_private(struct sealing_key *key, const unsigned char private_key[X25519_SIZE],
			      struct failure *failure);
bool sealing_key_from_public(struct sealing_key *key, const unsigned char public_key[X25519_SIZE],
			     struct failure *failure);
void sealing_key_destroy(struct sealing_key *key);

#endif
