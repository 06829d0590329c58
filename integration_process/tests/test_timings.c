/* Timings: as many as come, sent as one valid message each time, in the words of the format. */
#define _DEFAULT_SOURCE 1 /* POSIX also under -std=c11 */

#include "frames.h"
#include "test.h"
#include "timings.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const services[] = {"store", "taxi", NULL};

/* What timings_send wrote, parsed as a message: `timings`, or `finished` with a completion. */
static cJSON *sent_with(struct timings *timings, struct service_timings *of_services,
			const struct completion *completion)
{
	const char *type = completion != NULL ? "finished" : "timings";
	struct failure failure = {0};
	struct bytes frame = {0};
	FILE *file = tmpfile();
	if (!check(file != NULL, "a temporary file"))
		return NULL;
	struct conversation conversation = {.output = fileno(file)};
	check(timings_send(timings, of_services, &conversation, completion, services, &failure),
	      "sent %s", type);
	lseek(fileno(file), 0, SEEK_SET);
	check(frame_read(fileno(file), &frame, &failure), "one frame of %zu bytes", frame.length);
	cJSON *message = message_parse(bytes_view(&frame), type, &failure);
	check(message != NULL, "which is a message");
	bytes_free(&frame);
	fclose(file);
	return message;
}

static cJSON *sent(struct timings *timings, const struct completion *completion)
{
	struct service_timings none = {0};
	cJSON *message = sent_with(timings, &none, completion);
	check(!cJSON_HasObjectItem(message, "service_timings"), "no service timed anything");
	return message;
}

static bool has_text(const cJSON *object, const char *name, const char *value)
{
	struct failure failure = {0};
	const char *text = json_text(object, name, &failure);
	return text != NULL && strcmp(text, value) == 0;
}

static bool has_integer(const cJSON *object, const char *name, int64_t wanted)
{
	struct failure failure = {0};
	int64_t value;
	return json_integer(object, name, wanted, wanted, &value, &failure);
}

static void test_members(void)
{
	struct timings timings = {0};
	struct failure failure = {0};
	timings_add(&timings, STEP_WRITE_TOTAL, 7, 1, UINT64_C(9007199254740992), &failure);
	timings_add(&timings, STEP_REQUEST_TOTAL, 7, NO_SERVICE, 2, &failure);
	timings_add(&timings, STEP_EXECUTE_TOTAL, NO_REQUEST, NO_SERVICE, 1, &failure);
	const struct repeats none = {0};
	const struct completion completion = {.requests = 8, .repeats = &none};
	cJSON *message = sent(&timings, &completion);
	check(has_integer(message, "requests", 8), "how many requests");
	check(!cJSON_HasObjectItem(message, "repeated"), "nothing was sent again");
	const cJSON *list = json_array(message, "timings", &failure);
	const cJSON *write = cJSON_GetArrayItem(list, 0);
	const cJSON *request = cJSON_GetArrayItem(list, 1);
	const cJSON *execute = cJSON_GetArrayItem(list, 2);
	check(cJSON_GetArraySize(list) == 3, "three timings");
	check(has_text(write, "service", "taxi") && has_text(write, "operation", "write") &&
		      has_text(write, "metric", "write_act_total") && has_integer(write, "request", 7) &&
		      has_integer(write, "nanoseconds", INT64_C(9007199254740992)),
	      "a write's total");
	check(has_text(request, "operation", "execute") && has_text(request, "metric", "request_total") &&
		      has_integer(request, "request", 7) && !cJSON_HasObjectItem(request, "service"),
	      "the total of a request has no service");
	check(has_text(execute, "operation", "execute") && has_text(execute, "metric", "execute_total") &&
		      !cJSON_HasObjectItem(execute, "service") && !cJSON_HasObjectItem(execute, "request"),
	      "the total of all has no service and no request");
	cJSON_Delete(message);
	check(timings.count == 0, "what was sent is forgotten");
	timings_free(&timings);
}

static void test_many(void)
{
	struct timings timings = {0};
	struct failure failure = {0};
	for (uint32_t i = 0; i < TIMINGS_GATHERED_MAXIMUM; i++)
		timings_add(&timings, STEP_READ_ENCRYPT, i, 0, i, &failure);
	cJSON *message = sent(&timings, NULL);
	const cJSON *list = json_array(message, "timings", &failure);
	check(cJSON_GetArraySize(list) == TIMINGS_GATHERED_MAXIMUM, "all %d timings",
	      TIMINGS_GATHERED_MAXIMUM);
	const cJSON *timing = NULL;
	int64_t next = 0;
	cJSON_ArrayForEach(timing, list)
	{
		if (!has_integer(timing, "request", next) || !has_integer(timing, "nanoseconds", next))
			break;
		next++;
	}
	check(next == TIMINGS_GATHERED_MAXIMUM, "each with its own request, in order");
	check(!cJSON_HasObjectItem(message, "requests"), "no count of requests before the end");
	cJSON_Delete(message);
	message = sent(&timings, NULL);
	check(cJSON_GetArraySize(json_array(message, "timings", &failure)) == 0, "none is a message too");
	cJSON_Delete(message);
	timings_free(&timings);
}

/* Takes an array of timings as a reply's. */
static bool take(struct service_timings *timings, const char *array, const char *operation)
{
	struct failure failure = {0};
	cJSON *parsed = cJSON_Parse(array);
	bool taken = service_timings_take(timings, parsed, 3, 1, operation, &failure);
	check(taken != failure_is_set(&failure) && (taken || strcmp(failure.check, "message") == 0),
	      "%s: %s", array, taken ? "taken" : failure.message);
	cJSON_Delete(parsed);
	return taken;
}

static void test_services(void)
{
	struct timings none = {0};
	struct service_timings timings = {0};
	struct failure failure = {0};
	check(service_timings_take(&timings, NULL, 0, 0, "read", &failure) && timings.count == 0,
	      "a reply without timings");
	check(take(&timings, "[{\"operation\":\"write\",\"metric\":\"verifyCertificate\",\"nanoseconds\":5},"
			     "{\"operation\":\"write\",\"metric\":\"decrypt\",\"nanoseconds\":0}]",
		   "write"),
	      "two of a write");
	check(take(&timings, "[{\"operation\":\"read\",\"metric\":\"decrypt\",\"nanoseconds\":9007199254740992}]",
		   "read"),
	      "one of a read");
	check(timings.metrics_count == 2, "each name is kept once");
	const struct repeats no_repeats = {0};
	const struct completion completion = {.requests = 4, .repeats = &no_repeats};
	cJSON *message = sent_with(&none, &timings, &completion);
	const cJSON *list = json_array(message, "service_timings", &failure);
	const cJSON *last = cJSON_GetArrayItem(list, 2);
	check(cJSON_GetArraySize(list) == 3 && cJSON_GetArraySize(json_array(message, "timings", &failure)) == 0,
	      "three timings of services, none of its own");
	check(has_text(cJSON_GetArrayItem(list, 0), "metric", "verifyCertificate") &&
		      has_text(cJSON_GetArrayItem(list, 1), "operation", "write") &&
		      has_text(last, "service", "taxi") && has_text(last, "operation", "read") &&
		      has_text(last, "metric", "decrypt") && has_integer(last, "request", 3) &&
		      has_integer(last, "nanoseconds", INT64_C(9007199254740992)),
	      "each with service, request, operation, metric and time");
	cJSON_Delete(message);
	check(timings.count == 0, "what was sent is forgotten");
	service_timings_free(&timings);
}

/* What a service says is not the process's to believe: it becomes part of a message. */
static void test_refused_services(void)
{
	static const char *const refused[] = {
		"{}", "\"verifyCertificate\"", "[1]", "[[]]", "[{}]",
		"[{\"operation\":\"read\",\"metric\":\"a\",\"nanoseconds\":-1}]",
		"[{\"operation\":\"read\",\"metric\":\"a\",\"nanoseconds\":0.5}]",
		"[{\"operation\":\"read\",\"metric\":\"a\"}]",
		"[{\"operation\":\"write\",\"metric\":\"a\",\"nanoseconds\":1}]",
		"[{\"operation\":\"read\",\"metric\":\"\",\"nanoseconds\":1}]",
		"[{\"operation\":\"read\",\"metric\":\"1a\",\"nanoseconds\":1}]",
		"[{\"operation\":\"read\",\"metric\":\"a\\\"b\",\"nanoseconds\":1}]",
		"[{\"operation\":\"read\",\"metric\":\"a b\",\"nanoseconds\":1}]",
		"[{\"operation\":\"read\",\"metric\":\"a234567890123456789012345678901234567890123456789012345678901234\",\"nanoseconds\":1}]",
	};
	struct service_timings timings = {0};
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
		check(!take(&timings, refused[i], "read"), "refused");
	char one[128];
	char many[SERVICE_TIMINGS_OF_REPLY_MAXIMUM * 8];
	for (int i = 0; i <= SERVICE_METRICS_MAXIMUM; i++) {
		snprintf(one, sizeof one, "[{\"operation\":\"read\",\"metric\":\"m%d\",\"nanoseconds\":1}]", i);
		check(take(&timings, one, "read") == (i < SERVICE_METRICS_MAXIMUM), "metric number %d", i + 1);
	}
	size_t length = 0;
	for (int i = 0; i <= SERVICE_TIMINGS_OF_REPLY_MAXIMUM; i++)
		length += (size_t)snprintf(many + length, sizeof many - length, "%s{}", i == 0 ? "[" : ",");
	snprintf(many + length, sizeof many - length, "]");
	check(!take(&timings, many, "read"), "more than a reply may have");
	service_timings_free(&timings);
}

/* The longest that repeats can be fits, and whatever broke a connection is a text of JSON. */
static void test_repeats(void)
{
	struct timings none = {0};
	struct repeats repeats = {0};
	struct failure failure = {0};
	char reason[3 * REPEATS_REASON_SIZE];
	memset(reason, 'x', sizeof reason);
	reason[sizeof reason - 1] = '\0';
	memcpy(reason, "a \"b\" \\ \n\x1b\xc3\xa9", 12);
	repeats_count(&repeats, 0, UINT32_MAX, 1, "write", reason);
	repeats_count(&repeats, 1, UINT32_MAX, 1, "write", "something else");
	repeats_count(&repeats, 0, 9, 0, "read", "later");
	repeats_count(&repeats, 1, 9, 0, "read", "later");
	repeats_count(&repeats, 2, 9, 0, "read", "later");
	repeats.times += UINT64_C(4503599627370496);
	const struct completion completion = {.requests = 1, .repeats = &repeats};
	cJSON *message = sent(&none, &completion);
	const cJSON *repeated = json_member(message, "repeated", &failure);
	const cJSON *first = json_member(repeated, "first", &failure);
	check(has_integer(repeated, "operations", 2) &&
		      has_integer(repeated, "times", INT64_C(4503599627370501)),
	      "two operations, all their repeats");
	check(has_integer(first, "request", UINT32_MAX) && has_text(first, "service", "taxi") &&
		      has_text(first, "operation", "write") && has_integer(first, "times", 2),
	      "the first of them, with its own repeats");
	reason[REPEATS_REASON_SIZE - 1] = '\0';
	memcpy(reason, "a ?b? ? ????", 12);
	check(has_text(first, "reason", reason), "why: %s", reason);
	cJSON_Delete(message);
}

static void test_clock(void)
{
	uint64_t before = monotonic_nanoseconds();
	uint64_t after = monotonic_nanoseconds();
	check(before > 0 && after >= before, "the clock does not go back");
}

int main(void)
{
	test_members();
	test_many();
	test_services();
	test_refused_services();
	test_repeats();
	test_clock();
	return checks_done();
}
