/*
 * Attested read and write, as a solution calls them: seal the record, have it
 * carried on the run's path, check and open the reply. Owns the sequence
 * numbers.
 */
#include "exchange.h"
#include "integration_process.h"
#include "records.h"

#include <string.h>

/* How an operation's steps are called and timed. */
static const struct {
	enum operation operation;
	const char *carried; /* the step in which others work */
	enum step encrypt;
	enum step decrypt;
	enum step total;
} kinds[] = {
	[OPERATION_READ] = {OPERATION_READ, "request", STEP_READ_ENCRYPT, STEP_READ_DECRYPT,
			    STEP_READ_TOTAL},
	[OPERATION_WRITE] = {OPERATION_WRITE, "post", STEP_WRITE_ENCRYPT, STEP_WRITE_DECRYPT,
			     STEP_WRITE_TOTAL},
};

static carry *const ways[] = {
	[PATH_RELAYED] = relayed_carry,
	[PATH_DIRECT] = direct_carry,
};

static bool find_service(struct exchange *exchange, const char *id)
{
	struct integration_process *process = exchange->process;
	uint64_t begin = monotonic_nanoseconds();
	process->failure.step = "getServicePublicKey";
	exchange->service = services_find(&process->services, id, &exchange->service_index,
					  &process->failure);
	if (exchange->service == NULL)
		return false;
	/* The diagrams have this step in a write only: in a read it is part of the total. */
	return exchange->operation == OPERATION_READ ||
	       exchange_add_timing(exchange, STEP_GET_SERVICE_PUBLIC_KEY, begin);
}

static void fill_context(struct exchange *exchange)
{
	const struct integration_process *process = exchange->process;
	exchange->context = (struct context){
		.operation = exchange->operation,
		.solution = process->solution->name,
		.service = exchange->service->id,
		.program = process->parameters.program,
		.run = process->parameters.run,
		.sequence = process->sequence,
	};
	memcpy(exchange->context.process_certificate_sha256, process->certificate_sha256, SHA256_SIZE);
	memcpy(exchange->context.service_certificate_sha256, exchange->service->certificate_sha256,
	       SHA256_SIZE);
}

static bool seal(struct exchange *exchange, const struct record *record)
{
	struct integration_process *process = exchange->process;
	process->failure.step = "encrypt";
	char *text = record_render(record);
	if (text == NULL)
		return failure_set(&process->failure, "memory", "no memory to render a record");
	uint64_t begin = monotonic_nanoseconds();
	process->sequence++;
	fill_context(exchange);
	bool sealed = seal_request(&process->hpke, process->parameters.crypto, &exchange->context,
				   process->identity.signing, &exchange->service->sealing,
				   text_view(text), &exchange->request, &process->failure) &&
		      exchange_add_timing(exchange, kinds[exchange->operation].encrypt, begin);
	cJSON_free(text);
	return sealed;
}

static bool carry_over(const struct exchange *exchange, struct sealed_reply *reply)
{
	struct integration_process *process = exchange->process;
	process->failure.step = kinds[exchange->operation].carried;
	return ways[process->parameters.path](exchange, reply);
}

/* Gives the reply's plain text, owned by the caller. */
static bool open_sealed(const struct exchange *exchange, const struct sealed_reply *reply,
		 struct bytes *plaintext)
{
	struct integration_process *process = exchange->process;
	process->failure.step = "decrypt";
	uint64_t begin = monotonic_nanoseconds();
	return open_reply(&process->hpke, process->parameters.crypto, &exchange->context,
			  exchange->service->signing, &process->identity.sealing,
			  exchange->request.hash, reply, plaintext, &process->failure) &&
	       exchange_add_timing(exchange, kinds[exchange->operation].decrypt, begin);
}

static bool carry_out(struct exchange *exchange, const char *service, const struct record *record,
		      struct bytes *plaintext)
{
	struct sealed_reply reply = {0};
	uint64_t begin = monotonic_nanoseconds();
	if (exchange->process->first_began == 0)
		exchange->process->first_began = begin;
	bool done = find_service(exchange, service) && seal(exchange, record) &&
		    carry_over(exchange, &reply) && open_sealed(exchange, &reply, plaintext) &&
		    exchange_add_timing(exchange, kinds[exchange->operation].total, begin);
	exchange->process->last_ended = monotonic_nanoseconds();
	sealed_reply_free(&reply);
	sealed_request_free(&exchange->request);
	return done;
}

static const struct record *operate(struct integration_process *process, enum operation operation,
				    const char *service, const struct record *record)
{
	/* After a failure the conversation is over, whatever the solution does next. */
	if (record == NULL || failure_is_set(&process->failure))
		return NULL;
	struct exchange exchange = {.process = process, .operation = operation};
	struct bytes plaintext = {0};
	const struct record *reply = NULL;
	if (carry_out(&exchange, service, record, &plaintext))
		reply = record_parse(process, bytes_view(&plaintext));
	bytes_free(&plaintext);
	return reply;
}

const struct record *integration_process_read(struct integration_process *process,
					      const char *service, const struct record *record)
{
	return operate(process, OPERATION_READ, service, record);
}

const struct record *integration_process_write(struct integration_process *process,
					       const char *service, const struct record *record)
{
	return operate(process, OPERATION_WRITE, service, record);
}
