/* Timings of digital services: see service_timings.h. */
#include "service_timings.h"

#include <stdlib.h>
#include <string.h>

/* [A-Za-z][A-Za-z0-9_]{0,62}: nothing that a message would have to escape. */
static bool is_metric(const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	static const char others[] = "0123456789_";
	for (size_t i = 0; text[i] != '\0'; i++)
		if (i == SERVICE_METRIC_SIZE - 1 ||
		    (strchr(letters, text[i]) == NULL && (i == 0 || strchr(others, text[i]) == NULL)))
			return false;
	return text[0] != '\0';
}

/* The index of a metric's name, which is kept when it is new. */
static bool find_metric(struct service_timings *timings, const char *name, uint8_t *index,
			struct failure *failure)
{
	for (*index = 0; *index < timings->metrics_count; ++*index)
		if (strcmp(timings->metrics[*index], name) == 0)
			return true;
	if (!is_metric(name))
		return failure_set(failure, "message", "a service's timing has no step's name");
	if (timings->metrics_count == SERVICE_METRICS_MAXIMUM)
		return failure_set(failure, "message", "the services time more than %d steps",
				   SERVICE_METRICS_MAXIMUM);
	memcpy(timings->metrics[timings->metrics_count++], name, strlen(name) + 1);
	return true;
}

static bool grow(struct service_timings *timings, struct failure *failure)
{
	if (timings->count < timings->capacity)
		return true;
	size_t capacity = timings->capacity > 0 ? 2 * timings->capacity : 256;
	struct service_timing *list = realloc(timings->list, capacity * sizeof *list);
	if (list == NULL)
		return failure_set(failure, "memory", "no memory for timings");
	timings->list = list;
	timings->capacity = capacity;
	return true;
}

static bool take_one(struct service_timings *timings, const cJSON *entry, struct service_timing timing,
		     const char *operation, struct failure *failure)
{
	int64_t nanoseconds;
	const char *said = json_text(entry, "operation", failure);
	const char *metric = json_text(entry, "metric", failure);
	if (said == NULL || metric == NULL ||
	    !json_integer(entry, "nanoseconds", 0, JSON_INTEGER_MAXIMUM, &nanoseconds, failure))
		return false;
	if (strcmp(said, operation) != 0)
		return failure_set(failure, "message", "a service's timing is of another operation");
	if (!find_metric(timings, metric, &timing.metric, failure) || !grow(timings, failure))
		return false;
	timing.nanoseconds = (uint64_t)nanoseconds;
	timings->list[timings->count++] = timing;
	return true;
}

bool service_timings_take(struct service_timings *timings, const cJSON *array, uint32_t request,
			  uint8_t service, const char *operation, struct failure *failure)
{
	const struct service_timing timing = {
		.request = request, .service = service, .write = strcmp(operation, "write") == 0};
	const cJSON *entry = NULL;
	if (array == NULL)
		return true;
	if (!cJSON_IsArray(array) || cJSON_GetArraySize(array) > SERVICE_TIMINGS_OF_REPLY_MAXIMUM)
		return failure_set(failure, "message", "a service's timings are no array of at most %d",
				   SERVICE_TIMINGS_OF_REPLY_MAXIMUM);
	cJSON_ArrayForEach(entry, array)
	{
		if (!take_one(timings, entry, timing, operation, failure))
			return false;
	}
	return true;
}

void service_timings_free(struct service_timings *timings)
{
	free(timings->list);
	*timings = (struct service_timings){0};
}
