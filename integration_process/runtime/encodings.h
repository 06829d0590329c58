/*
 * The DER inside our two extensions. Both have one possible encoding of fixed
 * length, so they are compared and built as bytes: nothing is left to a parser.
 */
#ifndef ENCODINGS_H
#define ENCODINGS_H

#include "certificates.h"

enum {
	SEALING_KEY_DER_SIZE = 12 + X25519_SIZE, /* SubjectPublicKeyInfo, RFC 8410 */
	BINDING_DER_SIZE = 2 + BINDING_SIZE,     /* OCTET STRING */
};

void encode_sealing_key(const unsigned char public_key[X25519_SIZE],
			unsigned char der[SEALING_KEY_DER_SIZE]);
void encode_binding(const unsigned char binding[BINDING_SIZE], unsigned char der[BINDING_DER_SIZE]);

/* False when `der` is anything else. */
bool decode_sealing_key(struct view der, unsigned char public_key[X25519_SIZE]);
bool decode_binding(struct view der, unsigned char binding[BINDING_SIZE]);

#endif
