/* DER of fixed form: see encodings.h. */
#include "encodings.h"

#include <string.h>

/* SEQUENCE { SEQUENCE { OID 1.3.101.110 }, BIT STRING of 32 bytes } up to the key. */
static const unsigned char sealing_key_prefix[] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
						   0x2b, 0x65, 0x6e, 0x03, 0x21, 0x00};
static const unsigned char binding_prefix[] = {0x04, BINDING_SIZE};

static void encode(const unsigned char *prefix, size_t prefix_size, const unsigned char *value,
		   size_t value_size, unsigned char *der)
{
	memcpy(der, prefix, prefix_size);
	memcpy(der + prefix_size, value, value_size);
}

static bool decode(struct view der, const unsigned char *prefix, size_t prefix_size,
		   unsigned char *value, size_t value_size)
{
	if (der.length != prefix_size + value_size || memcmp(der.data, prefix, prefix_size) != 0)
		return false;
	memcpy(value, der.data + prefix_size, value_size);
	return true;
}

void encode_sealing_key(const unsigned char public_key[X25519_SIZE],
			unsigned char der[SEALING_KEY_DER_SIZE])
{
	encode(sealing_key_prefix, sizeof sealing_key_prefix, public_key, X25519_SIZE, der);
}

void encode_binding(const unsigned char binding[BINDING_SIZE], unsigned char der[BINDING_DER_SIZE])
{
	encode(binding_prefix, sizeof binding_prefix, binding, BINDING_SIZE, der);
}

bool decode_sealing_key(struct view der, unsigned char public_key[X25519_SIZE])
{
	return decode(der, sealing_key_prefix, sizeof sealing_key_prefix, public_key, X25519_SIZE);
}

bool decode_binding(struct view der, unsigned char binding[BINDING_SIZE])
{
	return decode(der, binding_prefix, sizeof binding_prefix, binding, BINDING_SIZE);
}
