/* Timings: as many as come, sent as one valid message each time, in the words of the format. */
#define _DEFAULT_SOURCE 1 /* POSIX also under -std=c11 */

#include "frames.h"
#include "test.h"
#include "timings.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const services[] = {"store", "taxi", NULL};

/* What timings_send wrote, parsed as a message of this type. */
static cJSON *sent_with(struct timings *timings, struct service_timings *of_services, const char *type,
			int64_t requests)
{
	struct failure failure = {0};
	struct bytes frame = {0};
	FILE *file = tmpfile();
	if (!check(file != NULL, "a temporary file"))
		return NULL;
	struct conversation conversation = {.output = fileno(file)};
	check(timings_send(timings, of_services, &conversation, type, requests, services, &failure),
	      "sent %s", type);
	lseek(fileno(file), 0, SEEK_SET);
	check(frame_read(fileno(file), &frame, &failure), "one frame of %zu bytes", frame.length);
	cJSON *message = message_parse(bytes_view(&frame), type, &failure);
	check(message != NULL, "which is a message");
	bytes_free(&frame);
	fclose(file);
	return message;
}

static cJSON *sent(struct timings *timings, const char *type, int64_t requests)
{
	struct service_timings none = {0};
	cJSON *message = sent_with(timings, &none, type, requests);
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
	cJSON *message = sent(&timings, "finished", 8);
	check(has_integer(message, "requests", 8), "how many requests");
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
	cJSON *message = sent(&timings, "timings", -1);
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
	message = sent(&timings, "timings", -1);
	check(cJSON_GetArraySize(json_array(message, "timings", &failure)) == 0, "none is a message too");
	cJSON_Delete(message);
	timings_free(&timings);
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
	test_clock();
	return checks_done();
}
