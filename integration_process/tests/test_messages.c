/* JSON and messages: only one reading is possible, every type and bound is checked, refusals repeat no value. */
#include "base64.h"
#include "messages.h"
#include "secrets.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

static const char secret[] = "Rua-1-2000";

/* The parsed object, or NULL after a failure that is named `message` and tells nothing of the text. */
static cJSON *parse(const char *text, size_t length)
{
	struct failure failure = {0};
	/* A block of its own size, so that the sanitizer sees a read behind the end. */
	unsigned char *exact = malloc(length > 0 ? length : 1);
	if (exact == NULL)
		return NULL;
	memcpy(exact, text, length);
	cJSON *object = json_parse((struct view){exact, length}, &failure);
	free(exact);
	if (object == NULL)
		check(strcmp(failure.check, "message") == 0 && strstr(failure.message, secret) == NULL,
		      "the refusal is named and silent: %s", failure.message);
	return object;
}

static void test_not_parsed(void)
{
	static const char *const texts[] = {
		"",
		" ",
		"[]",
		"1",
		"null",
		"\"Rua-1-2000\"",
		"{",
		"}",
		"{]",
		"{\"a\":1,",
		"{\"a\":\"Rua-1-2000",
		"{\"a\":\"Rua-1-2000\\",
		"{\"a\":1}x",
		"{\"a\":1}{}",
		"{\"a\":1}\n\n]",
		"{'a':1}",
		"{a:1}",
		"{\"a\":\"\\u0000Rua-1-2000\"}",
		"{\"a\\u0000b\":1}",
		"{\"a\":\"Rua-1-2000\ttab\"}",
		"{\"a\":\"\\q\"}",
		"{\"a\":\"\\ud800\"}",
		"{\"a\":tru}",
		"{\"a\":-}",
	};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		cJSON *object = parse(texts[i], strlen(texts[i]));
		check(object == NULL, "refused: text %zu", i);
		cJSON_Delete(object);
	}
	cJSON *object = parse("{\"a\":\"b\0c\"}", 11);
	check(object == NULL, "refused: a bare NUL inside a text");
	cJSON_Delete(object);
	object = parse("{}\0", 3);
	check(object == NULL, "refused: a NUL behind the object");
	cJSON_Delete(object);
}

/* {"a":{"a":...}} of this depth. */
static cJSON *parse_nested(size_t depth)
{
	char *text = malloc(depth * 6 + 1);
	if (text == NULL)
		return NULL;
	size_t length = 0;
	for (size_t i = 0; i < depth; i++, length += 5)
		memcpy(text + length, i + 1 < depth ? "{\"a\":" : "{    ", 5);
	memset(text + length, '}', depth);
	cJSON *object = parse(text, length + depth);
	free(text);
	return object;
}

static void test_depth(void)
{
	cJSON *object = parse_nested(JSON_DEPTH_MAXIMUM);
	check(object != NULL, "nested %d deep: parsed", JSON_DEPTH_MAXIMUM);
	cJSON_Delete(object);
	object = parse_nested(JSON_DEPTH_MAXIMUM + 1);
	check(object == NULL, "nested one deeper: refused");
	cJSON_Delete(object);
	object = parse_nested(2000000);
	check(object == NULL, "two million deep: refused, and the stack is whole");
	cJSON_Delete(object);
	const char brackets[] = "{\"a\":\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"{{{{\"}";
	object = parse(brackets, sizeof brackets - 1);
	check(object != NULL, "brackets inside a text do not nest");
	cJSON_Delete(object);
}

static void test_getters(void)
{
	const char text[] = "{\"text\":\"Rua-1-2000\",\"one\":1,\"half\":0.5,\"large\":9007199254740993,"
			    "\"negative\":-1,\"huge\":1e300,\"null\":null,\"list\":[],\"object\":{},"
			    "\"twice\":1,\"twice\":1,\"Text\":\"other\",\"bytes\":\"AAEC\"}";
	cJSON *object = parse(text, sizeof text - 1);
	if (!check(object != NULL, "parsed"))
		return;
	static const char *const no_integer[] = {"text", "half",   "large", "negative", "huge", "null",
						 "list", "object", "twice", "missing",	"One"};
	for (size_t i = 0; i < sizeof no_integer / sizeof no_integer[0]; i++) {
		struct failure failure = {0};
		int64_t value;
		bool got = json_integer(object, no_integer[i], 0, JSON_INTEGER_MAXIMUM - 1, &value, &failure);
		check(!got && strstr(failure.message, secret) == NULL, "no integer: %s", failure.message);
	}
	static const char *const no_text[] = {"one", "null", "list", "twice", "missing", "TEXT"};
	for (size_t i = 0; i < sizeof no_text / sizeof no_text[0]; i++) {
		struct failure failure = {0};
		check(json_text(object, no_text[i], &failure) == NULL, "no text: %s", failure.message);
	}
	struct failure failure = {0};
	int64_t value = 0;
	const char *got = json_text(object, "text", &failure);
	check(got != NULL && strcmp(got, secret) == 0, "a text, by its exact name");
	check(json_integer(object, "one", 1, 1, &value, &failure) && value == 1, "an integer on both bounds");
	check(json_array(object, "list", &failure) != NULL, "an array");
	check(json_array(object, "object", &failure) == NULL, "an object is no array");
	unsigned char three[3];
	failure = (struct failure){0};
	check(json_binary_exactly(object, "bytes", three, 3, &failure) && three[2] == 2, "three bytes");
	unsigned char four[4];
	check(!json_binary_exactly(object, "bytes", four, 4, &failure), "not four: %s", failure.message);
	failure = (struct failure){0};
	struct bytes bytes;
	check(!json_binary(object, "text", &bytes, &failure) && strstr(failure.message, secret) == NULL,
	      "no base64: %s", failure.message);
	cJSON_Delete(object);
}

static void test_base64(void)
{
	static const struct {
		const char *text;
		const char *value;
	} valid[] = {{"", ""}, {"Zg==", "f"}, {"Zm8=", "fo"}, {"Zm9v", "foo"}, {"Zm9vYg==", "foob"}};
	for (size_t i = 0; i < sizeof valid / sizeof valid[0]; i++) {
		struct bytes value;
		bool decoded = base64_decode(valid[i].text, &value);
		check(decoded && value.length == strlen(valid[i].value) &&
			      memcmp(value.data, valid[i].value, value.length) == 0,
		      "base64 %s", valid[i].text);
		char *again = base64_encode(bytes_view(&value));
		check(again != NULL && strcmp(again, valid[i].text) == 0, "and back");
		secret_free(again);
		bytes_free(&value);
	}
	static const char *const invalid[] = {
		"Z",	"Zg",	 "Zg=",	     "Zh==", "Zm9=",	 "Zg==Zg==", "=",    "====",
		" Zg==", "Zg== ", "Zm9v\n\n\n", "Z===", "Zm-_", "Zm9v====", "Zm=v", "Zg=a",
	};
	for (size_t i = 0; i < sizeof invalid / sizeof invalid[0]; i++) {
		struct bytes value;
		check(!base64_decode(invalid[i], &value) && value.data == NULL, "no base64: text %zu", i);
	}
}

static void test_type(void)
{
	static const struct {
		const char *text;
		bool accepted;
	} messages[] = {
		{"{\"type\":\"run\",\"unknown\":[1]}", true}, {"{\"type\":\"ready\"}", false},
		{"{\"type\":\"run \"}", false},		      {"{\"type\":1}", false},
		{"{}", false},				      {"{\"type\":\"run\",\"type\":\"run\"}", false},
		{"{\"Type\":\"run\"}", false},
	};
	for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
		struct failure failure = {0};
		cJSON *message = message_parse(text_view(messages[i].text), "run", &failure);
		check((message != NULL) == messages[i].accepted, "%s: %s", messages[i].text,
		      message != NULL ? "taken" : failure.check);
		cJSON_Delete(message);
	}
}

static void test_first_failure_stays(void)
{
	struct failure failure = {0};
	failure_set(&failure, "chain", "%s", "first");
	failure_set(&failure, "time", "%s", "second");
	check(strcmp(failure.check, "chain") == 0 && strcmp(failure.message, "first") == 0,
	      "the first failure is the cause");
}

int main(void)
{
	secrets_guard_json();
	test_not_parsed();
	test_depth();
	test_getters();
	test_base64();
	test_type();
	test_first_failure_stays();
	return checks_done();
}
