/*
 * Fuzz target: any bytes as message and as run parameters. What base64
 * accepts, it writes again as the same text; a refusal has a name.
 */
#include "base64.h"
#include "messages.h"
#include "parameters.h"
#include "secrets.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool held)
{
	if (!held)
		abort();
}

static void visit(const cJSON *object)
{
	const cJSON *member = NULL;
	cJSON_ArrayForEach(member, object)
	{
		struct failure failure = {0};
		struct bytes value;
		int64_t integer;
		if (member->string == NULL)
			continue;
		if (json_integer(object, member->string, -5, 5, &integer, &failure))
			require(integer >= -5 && integer <= 5);
		if (!json_binary(object, member->string, &value, &failure))
			continue;
		char *again = base64_encode(bytes_view(&value));
		require(again != NULL && strcmp(again, member->valuestring) == 0);
		secret_free(again);
		bytes_free(&value);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct solution_parameter declared[] = {
		{.name = "customer", .kind = PARAMETER_TEXT, .optional = true, .maximum = 100},
		{.name = NULL},
	};
	static const struct solution solution = {.name = "retail", .parameters = declared};
	struct view text = {data, size};
	struct failure failure = {0};
	struct parameters parameters;
	secrets_guard_json();
	cJSON *object = json_parse(text, &failure);
	require((object != NULL) != failure_is_set(&failure));
	visit(object);
	cJSON_Delete(object);
	failure = (struct failure){0};
	cJSON *message = message_parse(text, "reply", &failure);
	require((message != NULL) != failure_is_set(&failure));
	cJSON_Delete(message);
	failure = (struct failure){0};
	bool read = parameters_read(&parameters, text, &solution, &failure);
	require(read != failure_is_set(&failure));
	require(read || strcmp(failure.check, "parameters") == 0);
	require(!read || (parameters.requests >= 1 && parameters.requests <= 1000000));
	parameters_free(&parameters);
	return 0;
}
