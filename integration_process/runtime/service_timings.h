/*
 * What the digital services say that they timed of this process's requests, on
 * the direct path, where no launcher sees their replies. Kept as small as the
 * process's own timings.
 */
#ifndef SERVICE_TIMINGS_H
#define SERVICE_TIMINGS_H

#include "json.h"

enum {
	/* A service has five steps; a name is one of messages.md's metrics. */
	SERVICE_METRICS_MAXIMUM = 32,
	SERVICE_METRIC_SIZE = 64,
	SERVICE_TIMINGS_OF_REPLY_MAXIMUM = 64,
};

struct service_timing {
	uint64_t nanoseconds;
	uint32_t request;
	uint8_t service; /* index in the solution's list */
	uint8_t metric;  /* index in the list of names */
	bool write;
};

struct service_timings {
	struct service_timing *list;
	size_t count;
	size_t capacity;
	char metrics[SERVICE_METRICS_MAXIMUM][SERVICE_METRIC_SIZE];
	uint8_t metrics_count;
};

/*
 * Takes the timings of one reply: an array of {"operation", "metric",
 * "nanoseconds"}; NULL when the reply has none. `operation` is the request's
 * own. Check `message`.
 */
bool service_timings_take(struct service_timings *timings, const cJSON *array, uint32_t request,
			  uint8_t service, const char *operation, struct failure *failure);

void service_timings_free(struct service_timings *timings);

#endif
