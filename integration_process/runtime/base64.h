/* Standard base64 with padding (RFC 4648, section 4), strict: one text for each value. */
#ifndef BASE64_H
#define BASE64_H

#include "bytes.h"

/* Gives text that ends with NUL, to be freed with secret_free; NULL when out of memory or above 1 GiB. */
char *base64_encode(struct view value);

/*
 * False, and nothing owned, when `text` is no canonical base64 (other
 * characters, white space, missing or wrong padding, spare bits that are not
 * zero) or memory is out.
 */
bool base64_decode(const char *text, struct bytes *value);

#endif
