/* X25519 keys over EVP: see sealing_key.h. */
#include "sealing_key.h"

static bool read_public_key(struct sealing_key *key, struct failure *failure)
{
	size_t length = sizeof key->public_key;
	if (EVP_PKEY_get_raw_public_key(key->key, key->public_key, &length) != 1 ||
	    length != sizeof key->public_key) {
		sealing_key_destroy(key);
		return failure_set_openssl(failure, "openssl", "cannot read an X25519 public key");
	}
	return true;
}

bool sealing_key_generate(struct sealing_key *key, struct failure *failure)
{
	key->key = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
	if (key->key == NULL)
		return failure_set_openssl(failure, "openssl", "cannot generate an X25519 key");
	return read_public_key(key, failure);
}

bool sealing_key_from_private(struct sealing_key *key, const unsigned char private_key[X25519_SIZE],
			      struct failure *failure)
{
	key->key = EVP_PKEY_new_raw_private_key_ex(NULL, "X25519", NULL, private_key, X25519_SIZE);
	if (key->key == NULL)
		return failure_set_openssl(failure, "openssl", "no X25519 private key");
	return read_public_key(key, failure);
}

bool sealing_key_from_public(struct sealing_key *key, const unsigned char public_key[X25519_SIZE],
			     struct failure *failure)
{
	key->key = EVP_PKEY_new_raw_public_key_ex(NULL, "X25519", NULL, public_key, X25519_SIZE);
	if (key->key == NULL)
		return failure_set_openssl(failure, "openssl", "no X25519 public key");
	return read_public_key(key, failure);
}

void sealing_key_destroy(struct sealing_key *key)
{
	EVP_PKEY_free(key->key);
	*key = (struct sealing_key){0};
}
