/* Reading shared test vectors: see vector.h. */
#include "vector.h"

#include "secrets.h"
#include "signatures.h"
#include "test.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void give_up(const char *what, const char *name)
{
	printf("Bail out! %s: %s\n", what, name);
	exit(1);
}

static char *read_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	if (file == NULL || fseek(file, 0, SEEK_END) != 0)
		give_up("cannot open", path);
	long size = ftell(file);
	char *text = size > 0 ? secret_allocate((size_t)size + 1) : NULL;
	rewind(file);
	if (text == NULL || fread(text, 1, (size_t)size, file) != (size_t)size)
		give_up("cannot read", path);
	fclose(file);
	text[size] = '\0';
	return text;
}

static cJSON *vectors_read(const char *file)
{
	const char *folder = getenv("VECTORS");
	if (folder == NULL)
		give_up("the environment has no", "VECTORS");
	char path[1024];
	snprintf(path, sizeof path, "%s/%s", folder, file);
	char *text = read_file(path);
	cJSON *vectors = cJSON_Parse(text);
	secret_free(text);
	if (!cJSON_IsArray(vectors) || cJSON_GetArraySize(vectors) == 0)
		give_up("no vectors in", path);
	return vectors;
}

const char *vector_text(const cJSON *vector, const char *name)
{
	const cJSON *member = cJSON_GetObjectItemCaseSensitive(vector, name);
	if (!cJSON_IsString(member))
		give_up("no text", name);
	return member->valuestring;
}

uint64_t vector_integer(const cJSON *vector, const char *name)
{
	const cJSON *member = cJSON_GetObjectItemCaseSensitive(vector, name);
	if (!cJSON_IsNumber(member) || member->valuedouble < 0)
		give_up("no integer", name);
	return (uint64_t)member->valuedouble;
}

static unsigned digit(char c, const char *name)
{
	static const char digits[] = "0123456789abcdef";
	const char *place = c == '\0' ? NULL : strchr(digits, c);
	if (place == NULL)
		give_up("no hexadecimal", name);
	return (unsigned)(place - digits);
}

struct bytes vector_bytes(const cJSON *vector, const char *name)
{
	const char *text = vector_text(vector, name);
	struct bytes value;
	if (strlen(text) % 2 != 0 || !bytes_allocate(&value, strlen(text) / 2))
		give_up("no hexadecimal", name);
	for (size_t i = 0; i < value.length; i++)
		value.data[i] =
			(unsigned char)(digit(text[2 * i], name) << 4 | digit(text[2 * i + 1], name));
	return value;
}

void vector_exactly(const cJSON *vector, const char *name, unsigned char *value, size_t length)
{
	struct bytes read = vector_bytes(vector, name);
	if (read.length != length)
		give_up("wrong length", name);
	memcpy(value, read.data, length);
	bytes_free(&read);
}

bool bytes_equal(const struct bytes *a, const struct bytes *b)
{
	return a->length == b->length && (a->length == 0 || memcmp(a->data, b->data, a->length) == 0);
}

const char *verdict(bool done, const struct failure *failure)
{
	return done ? "success" : failure->check;
}

void vector_expect(const char *file, const cJSON *vector, const char *got)
{
	const char *want = vector_text(vector, "expect");
	check(strcmp(got, want) == 0, "%s: %s: %s (wanted %s)", file, vector_text(vector, "name"), got,
	      want);
}

struct sealing_key vector_sealing_key(const cJSON *vector, const char *name)
{
	unsigned char bytes[X25519_SIZE];
	struct sealing_key key;
	struct failure failure = {0};
	vector_exactly(vector, name, bytes, sizeof bytes);
	if (!sealing_key_from_private(&key, bytes, &failure))
		give_up("no X25519 key", name);
	return key;
}

EVP_PKEY *vector_signing_key(const cJSON *vector, const char *name)
{
	unsigned char bytes[ED25519_KEY_SIZE];
	vector_exactly(vector, name, bytes, sizeof bytes);
	EVP_PKEY *key = EVP_PKEY_new_raw_private_key_ex(NULL, "ED25519", NULL, bytes, sizeof bytes);
	if (key == NULL)
		give_up("no Ed25519 key", name);
	return key;
}

void vectors_run(const char *file, void (*run)(const cJSON *vector, const struct hpke *hpke))
{
	struct failure failure = {0};
	struct hpke hpke;
	if (!hpke_create(&hpke, HPKE_AES_256_GCM, &failure))
		give_up("no HPKE", failure.message);
	cJSON *vectors = vectors_read(file);
	const cJSON *vector = NULL;
	cJSON_ArrayForEach(vector, vectors)
	{
		run(vector, &hpke);
	}
	cJSON_Delete(vectors);
	hpke_destroy(&hpke);
}
