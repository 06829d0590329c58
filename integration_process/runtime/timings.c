/* Collecting and sending timings: see timings.h. */
#define _DEFAULT_SOURCE 1 /* POSIX also under -std=c11 */

#include "timings.h"

#include "frames.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct {
	const char *operation;
	const char *metric;
} names[] = {
	[STEP_GENERATE_KEY_PAIR] = {"start", "generateKeyPair"},
	[STEP_GET_PUBLIC_KEY] = {"start", "getPublicKey"},
	[STEP_PUT_SERVICE_PUBLIC_KEY] = {"start", "putServicePublicKey"},
	[STEP_READ_ENCRYPT] = {"read", "encrypt"},
	[STEP_READ_REQUEST] = {"read", "request"},
	[STEP_READ_DECRYPT] = {"read", "decrypt"},
	[STEP_READ_TOTAL] = {"read", "read_act_total"},
	[STEP_GET_SERVICE_PUBLIC_KEY] = {"write", "getServicePublicKey"},
	[STEP_WRITE_ENCRYPT] = {"write", "encrypt"},
	[STEP_WRITE_POST] = {"write", "post"},
	[STEP_WRITE_DECRYPT] = {"write", "decrypt"},
	[STEP_WRITE_TOTAL] = {"write", "write_act_total"},
	[STEP_REQUEST_TOTAL] = {"execute", "request_total"},
	[STEP_EXECUTE_TOTAL] = {"execute", "execute_total"},
};

uint64_t monotonic_nanoseconds(void)
{
	struct timespec now;
	/* Cannot fail: the clock is there on every platform and the address is valid. */
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

bool timings_add(struct timings *timings, enum step step, uint32_t request, uint8_t service,
		 uint64_t nanoseconds, struct failure *failure)
{
	if (timings->count == timings->capacity) {
		size_t capacity = timings->capacity > 0 ? 2 * timings->capacity : 256;
		struct timing *list = realloc(timings->list, capacity * sizeof *list);
		if (list == NULL)
			return failure_set(failure, "memory", "no memory for timings");
		timings->list = list;
		timings->capacity = capacity;
	}
	timings->list[timings->count++] = (struct timing){
		.nanoseconds = nanoseconds,
		.request = request,
		.service = service,
		.step = (uint8_t)step,
	};
	return true;
}

bool timings_add_to(struct timings *timings, cJSON *message)
{
	cJSON *array = cJSON_AddArrayToObject(message, "timings");
	bool added = array != NULL;
	for (size_t i = 0; added && i < timings->count; i++) {
		const struct timing *timing = &timings->list[i];
		cJSON *object = cJSON_CreateObject();
		added = json_add_text(object, "operation", names[timing->step].operation) &&
			json_add_text(object, "metric", names[timing->step].metric) &&
			json_add_integer(object, "nanoseconds", (int64_t)timing->nanoseconds) &&
			cJSON_AddItemToArray(array, object);
		if (!added)
			cJSON_Delete(object);
	}
	timings->count = 0;
	return added;
}

/*
 * Text that is only counted, or written through a small buffer: the process's
 * peak memory is a result of the benchmark, so a message with thousands of
 * timings must never stand in memory as a whole.
 */
struct text_output {
	bool counting;
	size_t length; /* of all the text so far */
	int descriptor;
	struct failure *failure;
	size_t buffered;
	char buffer[16 * 1024];
};

/* Longer than any piece below: repeats have a name, a reason, five integers and their members' names. */
enum { PIECE_SIZE = 512 };

static bool flush(struct text_output *output)
{
	struct view text = {(const unsigned char *)output->buffer, output->buffered};
	output->buffered = 0;
	return output->counting || write_fully(output->descriptor, text, output->failure);
}

static bool append(struct text_output *output, const char *piece)
{
	size_t length = strlen(piece);
	output->length += length;
	if (output->counting)
		return true;
	if (length > sizeof output->buffer - output->buffered && !flush(output))
		return false;
	memcpy(output->buffer + output->buffered, piece, length);
	output->buffered += length;
	return true;
}

/* What one timing says, wherever it was kept. Needs no escaping: constants, valid names (names.h), metrics. */
struct said {
	uint32_t request;    /* or NO_REQUEST */
	const char *service; /* or NULL */
	const char *operation;
	const char *metric;
	uint64_t nanoseconds;
};

static bool append_timing(struct text_output *output, const struct said *said, bool first)
{
	char piece[PIECE_SIZE];
	char request[32] = "";
	char service[PIECE_SIZE / 2] = "";
	if (said->request != NO_REQUEST)
		snprintf(request, sizeof request, "\"request\":%" PRIu32 ",", said->request);
	if (said->service != NULL)
		snprintf(service, sizeof service, "\"service\":\"%s\",", said->service);
	snprintf(piece, sizeof piece,
		 "%s{%s%s\"operation\":\"%s\",\"metric\":\"%s\",\"nanoseconds\":%" PRIu64 "}",
		 first ? "" : ",", request, service, said->operation, said->metric,
		 said->nanoseconds);
	return append(output, piece);
}

static bool append_own(struct text_output *output, const struct timings *timings,
		       const char *const *services)
{
	bool appended = append(output, "\"timings\":[");
	for (size_t i = 0; appended && i < timings->count; i++) {
		const struct timing *timing = &timings->list[i];
		const struct said said = {
			.service = timing->service != NO_SERVICE ? services[timing->service] : NULL,
			.request = timing->request,
			.operation = names[timing->step].operation,
			.metric = names[timing->step].metric,
			.nanoseconds = timing->nanoseconds,
		};
		appended = append_timing(output, &said, i == 0);
	}
	return appended && append(output, "]");
}

static bool append_services(struct text_output *output, const struct service_timings *timings,
			    const char *const *services)
{
	if (timings->count == 0)
		return true;
	bool appended = append(output, ",\"service_timings\":[");
	for (size_t i = 0; appended && i < timings->count; i++) {
		const struct service_timing *timing = &timings->list[i];
		const struct said said = {
			.service = services[timing->service],
			.request = timing->request,
			.operation = timing->write ? "write" : "read",
			.metric = timings->metrics[timing->metric],
			.nanoseconds = timing->nanoseconds,
		};
		appended = append_timing(output, &said, i == 0);
	}
	return appended && append(output, "]");
}

static bool append_beginning(struct text_output *output, const struct completion *completion)
{
	char piece[PIECE_SIZE];
	if (completion == NULL)
		return append(output, "{\"type\":\"timings\",");
	snprintf(piece, sizeof piece, "{\"type\":\"finished\",\"requests\":%" PRId64 ",", completion->requests);
	return append(output, piece);
}

/* Nothing needs escaping: a reason was made to fit (repeats.c). */
static bool append_repeats(struct text_output *output, const struct completion *completion,
			   const char *const *services)
{
	char piece[PIECE_SIZE];
	if (completion == NULL || completion->repeats->operations == 0)
		return true;
	const struct repeats *repeats = completion->repeats;
	snprintf(piece, sizeof piece,
		 ",\"repeated\":{\"operations\":%" PRIu32 ",\"times\":%" PRIu64
		 ",\"first\":{\"request\":%" PRIu32 ",\"service\":\"%s\",\"operation\":\"%s\",\"times\":%" PRIu32
		 ",\"reason\":\"%s\"}}",
		 repeats->operations, repeats->times, repeats->request, services[repeats->service],
		 repeats->operation, repeats->first_times, repeats->reason);
	return append(output, piece);
}

static bool append_message(struct text_output *output, const struct timings *timings,
			   const struct service_timings *of_services,
			   const struct completion *completion, const char *const *services)
{
	return append_beginning(output, completion) && append_own(output, timings, services) &&
	       append_services(output, of_services, services) &&
	       append_repeats(output, completion, services) && append(output, "}") && flush(output);
}

bool timings_send(struct timings *timings, struct service_timings *of_services,
		  const struct conversation *conversation, const struct completion *completion,
		  const char *const *services, struct failure *failure)
{
	struct text_output output = {.counting = true};
	append_message(&output, timings, of_services, completion, services);
	bool sent = frame_begin(conversation->output, output.length, failure);
	if (sent) {
		output = (struct text_output){.descriptor = conversation->output, .failure = failure};
		sent = append_message(&output, timings, of_services, completion, services);
	}
	timings->count = 0;
	of_services->count = 0;
	return sent;
}

void timings_free(struct timings *timings)
{
	free(timings->list);
	*timings = (struct timings){0};
}
