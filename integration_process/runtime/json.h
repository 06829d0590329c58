/*
 * JSON objects with every type and bound checked: parsing that refuses what
 * two parsers could read differently, getters, builders. Failures are named
 * `message` and never repeat a value.
 */
#ifndef JSON_H
#define JSON_H

#include "bytes.h"
#include "failure.h"

#include <cjson/cJSON.h>

/* The largest integer that every JSON parser keeps exactly: 2^53. */
#define JSON_INTEGER_MAXIMUM INT64_C(9007199254740992)

enum { JSON_DEPTH_MAXIMUM = 32 };

/*
 * One JSON object and nothing behind it; freed with cJSON_Delete. Refused:
 * nesting deeper than JSON_DEPTH_MAXIMUM, bare control characters, the escape
 * of NUL (it would cut a C string short).
 */
cJSON *json_parse(struct view text, struct failure *failure);

/* A member of an object; NULL when it is missing; a failure when it stands there twice. */
const cJSON *json_member(const cJSON *object, const char *name, struct failure *failure);

/* Required members; NULL or false is a failure. */
const char *json_text(const cJSON *object, const char *name, struct failure *failure);
bool json_integer(const cJSON *object, const char *name, int64_t minimum, int64_t maximum,
		  int64_t *value, struct failure *failure);
const cJSON *json_array(const cJSON *object, const char *name, struct failure *failure);
/* Base64; `value` is owned by the caller. */
bool json_binary(const cJSON *object, const char *name, struct bytes *value,
		 struct failure *failure);
/* Base64 of exactly `length` bytes. */
bool json_binary_exactly(const cJSON *object, const char *name, unsigned char *value,
			 size_t length, struct failure *failure);

/* Builders: false when out of memory. An object NULL is out of memory too. */
bool json_add_text(cJSON *object, const char *name, const char *value);
bool json_add_integer(cJSON *object, const char *name, int64_t value);
bool json_add_binary(cJSON *object, const char *name, struct view value);
bool json_add_hexadecimal(cJSON *object, const char *name, struct view value);

#endif
