/* Checked JSON over cJSON: see json.h. */
#include "json.h"

#include "base64.h"
#include "secrets.h"

#include <string.h>

static const char check[] = "message";

/* Length of the escape at `text` (which begins with a backslash), 0 when it is one for NUL. */
static size_t escape_length(const unsigned char *text, size_t left)
{
	if (left >= 6 && memcmp(text, "\\u0000", 6) == 0)
		return 0;
	return left >= 2 ? 2 : left;
}

/*
 * cJSON recurses into nesting of 1000 levels and takes control characters as
 * they are, so this looks at the text first. What it lets through that is no
 * JSON, cJSON refuses.
 */
static bool shape_is_allowed(struct view text)
{
	size_t depth = 0;
	bool in_string = false;
	for (size_t i = 0; i < text.length; i++) {
		unsigned char c = text.data[i];
		if (in_string) {
			if (c < 0x20)
				return false;
			if (c == '"')
				in_string = false;
			if (c == '\\') {
				size_t length = escape_length(text.data + i, text.length - i);
				if (length == 0)
					return false;
				i += length - 1;
			}
			continue;
		}
		if (c < 0x20 && c != '\t' && c != '\n' && c != '\r')
			return false;
		if (c == '"')
			in_string = true;
		if ((c == '{' || c == '[') && ++depth > JSON_DEPTH_MAXIMUM)
			return false;
		if ((c == '}' || c == ']') && depth-- == 0)
			return false;
	}
	return !in_string && depth == 0;
}

static bool only_white_space(const char *from, const char *end)
{
	for (; from < end; from++)
		if (*from != ' ' && *from != '\t' && *from != '\n' && *from != '\r')
			return false;
	return true;
}

cJSON *json_parse(struct view text, struct failure *failure)
{
	if (text.length == 0 || !shape_is_allowed(text)) {
		failure_set(failure, check, "no JSON object, or nested too deeply, or with control characters");
		return NULL;
	}
	const char *start = (const char *)text.data;
	const char *end = NULL;
	cJSON *object = cJSON_ParseWithLengthOpts(start, text.length, &end, 0);
	if (object == NULL || !cJSON_IsObject(object) || !only_white_space(end, start + text.length)) {
		cJSON_Delete(object);
		failure_set(failure, check, "not one JSON object");
		return NULL;
	}
	return object;
}

const cJSON *json_member(const cJSON *object, const char *name, struct failure *failure)
{
	const cJSON *found = NULL;
	const cJSON *member = NULL;
	cJSON_ArrayForEach(member, object)
	{
		if (member->string == NULL || strcmp(member->string, name) != 0)
			continue;
		if (found != NULL) {
			failure_set(failure, check, "member %s stands there twice", name);
			return NULL;
		}
		found = member;
	}
	return found;
}

const char *json_text(const cJSON *object, const char *name, struct failure *failure)
{
	const cJSON *member = json_member(object, name, failure);
	if (!cJSON_IsString(member) || member->valuestring == NULL) {
		failure_set(failure, check, "member %s is missing or no text", name);
		return NULL;
	}
	return member->valuestring;
}

bool json_integer(const cJSON *object, const char *name, int64_t minimum, int64_t maximum,
		  int64_t *value, struct failure *failure)
{
	const cJSON *member = json_member(object, name, failure);
	if (!cJSON_IsNumber(member))
		return failure_set(failure, check, "member %s is missing or no number", name);
	/* Bounds first: converting a double that does not fit is undefined. Both are exact up to 2^53. */
	double number = member->valuedouble;
	if (!(number >= (double)minimum && number <= (double)maximum))
		return failure_set(failure, check, "member %s is out of range", name);
	*value = (int64_t)number;
	if ((double)*value < number || (double)*value > number)
		return failure_set(failure, check, "member %s is no integer", name);
	return true;
}

const cJSON *json_array(const cJSON *object, const char *name, struct failure *failure)
{
	const cJSON *member = json_member(object, name, failure);
	if (!cJSON_IsArray(member)) {
		failure_set(failure, check, "member %s is missing or no array", name);
		return NULL;
	}
	return member;
}

bool json_binary(const cJSON *object, const char *name, struct bytes *value, struct failure *failure)
{
	*value = (struct bytes){0};
	const char *text = json_text(object, name, failure);
	if (text == NULL)
		return false;
	if (!base64_decode(text, value))
		return failure_set(failure, check, "member %s is no base64", name);
	return true;
}

bool json_binary_exactly(const cJSON *object, const char *name, unsigned char *value, size_t length,
			 struct failure *failure)
{
	struct bytes decoded;
	if (!json_binary(object, name, &decoded, failure))
		return false;
	bool fits = decoded.length == length;
	if (fits)
		memcpy(value, decoded.data, length);
	else
		failure_set(failure, check, "member %s has %zu bytes: must be %zu", name, decoded.length,
			    length);
	bytes_free(&decoded);
	return fits;
}

bool json_add_text(cJSON *object, const char *name, const char *value)
{
	return value != NULL && cJSON_AddStringToObject(object, name, value) != NULL;
}

bool json_add_integer(cJSON *object, const char *name, int64_t value)
{
	return cJSON_AddNumberToObject(object, name, (double)value) != NULL;
}

bool json_add_binary(cJSON *object, const char *name, struct view value)
{
	char *text = base64_encode(value);
	bool added = json_add_text(object, name, text);
	secret_free(text);
	return added;
}

bool json_add_hexadecimal(cJSON *object, const char *name, struct view value)
{
	static const char digits[] = "0123456789abcdef";
	char *text = secret_allocate(2 * value.length + 1);
	if (text == NULL)
		return false;
	for (size_t i = 0; i < value.length; i++) {
		text[2 * i] = digits[value.data[i] >> 4];
		text[2 * i + 1] = digits[value.data[i] & 15];
	}
	text[2 * value.length] = '\0';
	bool added = json_add_text(object, name, text);
	secret_free(text);
	return added;
}
