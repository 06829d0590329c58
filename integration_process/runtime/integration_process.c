/*
 * The life of an integration process: start, the requests at their interval,
 * finish. Also the small functions that a solution calls with the process.
 */
#define _DEFAULT_SOURCE 1 /* POSIX also under -std=c11 */

#include "integration_process.h"

#include "hardening.h"
#include "process.h"
#include "records.h"
#include "start.h"
#include "waiting.h"

#include <stdio.h>
#include <unistd.h>

const char *integration_process_text(const struct integration_process *process, const char *name)
{
	return parameters_text(&process->parameters, name);
}

int64_t integration_process_integer(const struct integration_process *process, const char *name)
{
	return parameters_integer(&process->parameters, name);
}

bool integration_process_fail(struct integration_process *process, const char *check,
			      const char *message)
{
	return failure_set(&process->failure, check, "%s", message);
}

/* Nothing for a request that needed no operation. */
static bool add_request_total(struct integration_process *process)
{
	return process->first_began == 0 ||
	       timings_add(&process->timings, STEP_REQUEST_TOTAL, process->request, NO_SERVICE,
			   process->last_ended - process->first_began, &process->failure);
}

/* One request of the solution's; what it held of a customer's data is wiped behind it. */
static bool carry_out_request(struct integration_process *process)
{
	process->first_began = 0;
	bool done = process->solution->carry_out(process);
	records_free(process);
	if (!done)
		failure_set(&process->failure, "solution", "the solution gave up without a reason");
	return done && !failure_is_set(&process->failure) && add_request_total(process);
}

static bool hand_over_timings(struct integration_process *process)
{
	if (process->timings.count < TIMINGS_GATHERED_MAXIMUM &&
	    process->service_timings.count < TIMINGS_GATHERED_MAXIMUM)
		return true;
	return timings_send(&process->timings, &process->service_timings, &process->conversation, NULL,
			    process->solution->services, &process->failure);
}

/* A request that took longer than the interval is followed at once; none is made up for. */
static bool carry_out_requests(struct integration_process *process)
{
	uint64_t interval = (uint64_t)process->parameters.interval_milliseconds * A_MILLISECOND;
	uint64_t moment = monotonic_nanoseconds();
	for (int64_t i = 0; i < process->parameters.requests; i++) {
		process->request = (uint32_t)i;
		process->failure.step = "execute";
		if (!wait_until(&process->conversation, moment, &process->failure) || !carry_out_request(process) ||
		    !hand_over_timings(process))
			return false;
		moment += interval;
		uint64_t now = monotonic_nanoseconds();
		if (moment < now)
			moment = now;
	}
	return timings_add(&process->timings, STEP_EXECUTE_TOTAL, NO_REQUEST, NO_SERVICE,
			   monotonic_nanoseconds() - process->run_received, &process->failure);
}

/* Everything secret is gone before the launcher has the memory read. */
static void forget_secrets(struct integration_process *process)
{
	records_free(process);
	direct_destroy(&process->direct);
	identity_destroy(&process->identity);
	hpke_destroy(&process->hpke);
}

static bool finish(struct integration_process *process)
{
	const struct completion completion = {
		.requests = process->parameters.requests,
		.repeats = &process->repeats,
	};
	process->failure.step = "finish";
	forget_secrets(process);
	if (!timings_send(&process->timings, &process->service_timings, &process->conversation,
			  &completion, process->solution->services, &process->failure))
		return false;
	cJSON *message = message_receive(&process->conversation, "release", &process->failure);
	cJSON_Delete(message);
	return message != NULL;
}

/* Tells the launcher, and the log, why the run ends. */
static void report_failure(struct integration_process *process)
{
	const struct failure *failure = &process->failure;
	fprintf(stderr, "integration process: %s: %s: %s\n", failure->step, failure->check,
		failure->message);
	struct failure unheard = {0};
	cJSON *message = message_create("failed");
	bool complete = json_add_text(message, "step", failure->step) &&
			json_add_text(message, "check", failure->check) &&
			json_add_text(message, "message", failure->message);
	message_send(&process->conversation, message, complete, &unheard);
}

static void destroy(struct integration_process *process)
{
	forget_secrets(process);
	services_free(&process->services);
	parameters_free(&process->parameters);
	timings_free(&process->timings);
	service_timings_free(&process->service_timings);
	X509_free(process->root);
}

int integration_process_main(const struct solution *solution)
{
	struct integration_process process = {
		.solution = solution,
		.conversation = {.input = STDIN_FILENO, .output = STDOUT_FILENO},
		.failure = {.step = "deploy"},
	};
	bool done = harden(&process.failure) &&
		    hpke_create(&process.hpke, HPKE_AES_256_GCM, &process.failure) &&
		    start(&process) && carry_out_requests(&process) && finish(&process);
	if (!done)
		report_failure(&process);
	destroy(&process);
	return done ? 0 : 1;
}
