/*
 * Byte strings: views that borrow, buffers that own (and are wiped), and the
 * length-prefixed encoding lp() of the page on sealing.
 */
#ifndef BYTES_H
#define BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SHA256_SIZE = 32 };

/* Borrowed bytes; data may be NULL when length is 0. */
struct view {
	const unsigned char *data;
	size_t length;
};

/* Owned bytes, from secret_allocate. */
struct bytes {
	unsigned char *data;
	size_t length;
};

/* False when out of memory; then nothing is owned. */
bool bytes_allocate(struct bytes *bytes, size_t length);
/* Wipes, frees and empties. */
void bytes_free(struct bytes *bytes);
struct view bytes_view(const struct bytes *bytes);
struct view text_view(const char *text);

/* Appends to a buffer that is large enough or remembers that it was not. */
struct encoder {
	unsigned char *data;
	size_t capacity;
	size_t length;
	bool overflow;
};

void encode_bytes(struct encoder *encoder, struct view value);
/* lp(value): its length as 4 bytes, big-endian, then the value. */
void encode_prefixed(struct encoder *encoder, struct view value);
/* lp(u64(value)). */
void encode_prefixed_u64(struct encoder *encoder, uint64_t value);

#endif
