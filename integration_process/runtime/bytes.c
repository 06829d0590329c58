/* Byte strings: see bytes.h. */
#include "bytes.h"

#include "secrets.h"

#include <string.h>

bool bytes_allocate(struct bytes *bytes, size_t length)
{
	bytes->length = 0;
	bytes->data = secret_allocate(length > 0 ? length : 1);
	if (bytes->data == NULL)
		return false;
	bytes->length = length;
	return true;
}

void bytes_free(struct bytes *bytes)
{
	secret_free(bytes->data);
	bytes->data = NULL;
	bytes->length = 0;
}

struct view bytes_view(const struct bytes *bytes)
{
	return (struct view){.data = bytes->data, .length = bytes->length};
}

struct view text_view(const char *text)
{
	return (struct view){.data = (const unsigned char *)text, .length = strlen(text)};
}

void encode_bytes(struct encoder *encoder, struct view value)
{
	if (encoder->overflow || value.length > encoder->capacity - encoder->length) {
		encoder->overflow = true;
		return;
	}
	if (value.length > 0)
		memcpy(encoder->data + encoder->length, value.data, value.length);
	encoder->length += value.length;
}

void encode_prefixed(struct encoder *encoder, struct view value)
{
	if (value.length > UINT32_MAX) {
		encoder->overflow = true;
		return;
	}
	const unsigned char prefix[4] = {
		(unsigned char)(value.length >> 24),
		(unsigned char)(value.length >> 16),
		(unsigned char)(value.length >> 8),
		(unsigned char)value.length,
	};
	encode_bytes(encoder, (struct view){.data = prefix, .length = sizeof prefix});
	encode_bytes(encoder, value);
}

void encode_prefixed_u64(struct encoder *encoder, uint64_t value)
{
	unsigned char big_endian[8];
	for (size_t i = 0; i < sizeof big_endian; i++)
		big_endian[i] = (unsigned char)(value >> (8 * (sizeof big_endian - 1 - i)));
	encode_prefixed(encoder, (struct view){.data = big_endian, .length = sizeof big_endian});
}
