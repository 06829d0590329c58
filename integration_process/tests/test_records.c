/* Records: what a solution sets is what the service gets, and faults are kept as the run's. */
#include "records.h"
#include "json.h"
#include "secrets.h"
#include "test.h"

#include <cjson/cJSON.h>
#include <string.h>

static bool renders(const struct record *record, const char *want)
{
	char *text = record_render(record);
	bool same = text != NULL && strcmp(text, want) == 0;
	cJSON_free(text);
	return same;
}

static void test_members(void)
{
	struct integration_process process = {0};
	struct record *record = record_create(&process);
	check(record_set_text(record, "name", "Ana \"A\" Souza"), "a text is set");
	check(record_set_integer(record, "least", 0), "0 is set");
	check(record_set_integer(record, "id", 1700000000123), "an integer is set");
	check(record_set_integer(record, "most", JSON_INTEGER_MAXIMUM), "2^53 is set");
	check(record_format_text(record, "text", "%s %d", "taxi", 7), "a text is made and set");
	check(renders(record, "{\"name\":\"Ana \\\"A\\\" Souza\",\"least\":0,\"id\":1700000000123,"
			      "\"most\":9007199254740992,\"text\":\"taxi 7\"}"),
	      "each member is rendered as it was set");
	check(!failure_is_set(&process.failure), "nothing failed");
	records_free(&process);
}

static void test_integers_outside(void)
{
	static const int64_t outside[] = {-1, INT64_MIN, JSON_INTEGER_MAXIMUM + 1, INT64_MAX};
	for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++) {
		struct integration_process process = {0};
		struct record *record = record_create(&process);
		check(!record_set_integer(record, "id", outside[i]), "%lld is refused", (long long)outside[i]);
		check(strcmp(process.failure.check, "solution") == 0, "and is the run's failure");
		check(renders(record, "{}"), "and nothing was set");
		records_free(&process);
	}
}

static void test_no_record(void)
{
	check(!record_set_text(NULL, "a", "b"), "no record takes no text");
	check(!record_set_integer(NULL, "a", 1), "no record takes no integer");
	check(!record_format_text(NULL, "a", "%d", 1), "no record takes no formatted text");
	check(record_text(NULL, "a") == NULL, "no record has no text");
}

int main(void)
{
	secrets_guard_json();
	test_members();
	test_integers_outside();
	test_no_record();
	return checks_done();
}
