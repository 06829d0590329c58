/* Strict base64 over OpenSSL's lenient one: see base64.h. */
#include "base64.h"

#include "secrets.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

/* OpenSSL counts in int; frames are far smaller than this. */
static const size_t largest = (size_t)1 << 30;

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *base64_encode(struct view value)
{
	if (value.length > largest)
		return NULL;
	char *text = secret_allocate((value.length + 2) / 3 * 4 + 1);
	if (text == NULL)
		return NULL;
	text[0] = '\0';
	if (value.length > 0)
		EVP_EncodeBlock((unsigned char *)text, value.data, (int)value.length);
	return text;
}

/*
 * The characters of the last group that are not padding carry 2 or 4 spare
 * bits. They must be zero, else two texts would stand for the same value.
 */
static bool spare_bits_are_zero(char last, size_t padding)
{
	const char *place = strchr(alphabet, last);
	if (last == '\0' || place == NULL)
		return false;
	size_t bits = (size_t)(place - alphabet);
	return (bits & (padding == 2 ? 15U : 3U)) == 0;
}

bool base64_decode(const char *text, struct bytes *value)
{
	size_t length = strlen(text);
	*value = (struct bytes){0};
	if (length > largest || length % 4 != 0)
		return false;
	if (length == 0)
		return bytes_allocate(value, 0);
	size_t padding = 0;
	while (padding < 2 && text[length - 1 - padding] == '=')
		padding++;
	/* EVP_DecodeBlock skips white space at both ends: only the alphabet may pass. */
	if (strspn(text, alphabet) != length - padding)
		return false;
	if (padding > 0 && !spare_bits_are_zero(text[length - 1 - padding], padding))
		return false;
	if (!bytes_allocate(value, length / 4 * 3))
		return false;
	int decoded = EVP_DecodeBlock(value->data, (const unsigned char *)text, (int)length);
	if (decoded < 0 || (size_t)decoded != value->length) {
		bytes_free(value);
		return false;
	}
	/* The bytes of the padding decode to zero; dropping them leaves nothing to wipe. */
	value->length -= padding;
	return true;
}
