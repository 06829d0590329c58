/*
 * Attested read and write, as a solution calls them: seal the record, let the
 * launcher carry it, check and open the reply. Owns the sequence numbers.
 */
#include "integration_process.h"
#include "process.h"
#include "records.h"

#include <string.h>

/* How an operation's steps are called and timed. */
static const struct {
	enum operation operation;
	const char *carried; /* the step in which launcher and service work */
	enum step encrypt;
	enum step decrypt;
	enum step total;
} kinds[] = {
	[OPERATION_READ] = {OPERATION_READ, "request", STEP_READ_ENCRYPT, STEP_READ_DECRYPT,
			    STEP_READ_TOTAL},
	[OPERATION_WRITE] = {OPERATION_WRITE, "post", STEP_WRITE_ENCRYPT, STEP_WRITE_DECRYPT,
			     STEP_WRITE_TOTAL},
};

/* One operation on its way. */
struct exchange {
	struct integration_process *process;
	enum operation operation;
	const struct service *service;
	uint8_t service_index;
	struct context context;
	struct sealed_request request;
};

static bool add_timing(const struct exchange *exchange, enum step step, uint64_t begin)
{
	struct integration_process *process = exchange->process;
	return timings_add(&process->timings, step, process->request, exchange->service_index,
			   monotonic_nanoseconds() - begin, &process->failure);
}

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
	       add_timing(exchange, STEP_GET_SERVICE_PUBLIC_KEY, begin);
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
		      add_timing(exchange, kinds[exchange->operation].encrypt, begin);
	cJSON_free(text);
	return sealed;
}

static bool send_operation(const struct exchange *exchange)
{
	struct integration_process *process = exchange->process;
	const struct sealed_request *request = &exchange->request;
	process->failure.step = kinds[exchange->operation].carried;
	cJSON *message = message_create("operation");
	bool complete =
		json_add_text(message, "operation", operation_text(exchange->operation)) &&
		json_add_text(message, "service", exchange->service->id) &&
		json_add_integer(message, "request", process->request) &&
		json_add_integer(message, "sequence", (int64_t)process->sequence) &&
		json_add_text(message, "crypto", crypto_text(process->parameters.crypto)) &&
		json_add_hexadecimal(message, "service_certificate_sha256",
				     (struct view){exchange->service->certificate_sha256, SHA256_SIZE}) &&
		json_add_binary(message, "nonce", (struct view){request->nonce, SEALING_NONCE_SIZE}) &&
		json_add_binary(message, "enc", bytes_view(&request->enc)) &&
		json_add_binary(message, "ciphertext", bytes_view(&request->ciphertext)) &&
		json_add_binary(message, "signature",
				(struct view){request->signature, SEALING_SIGNATURE_SIZE});
	return message_send(&process->conversation, message, complete, &process->failure);
}

/* The refusal of a service or the launcher becomes this run's failure, if it is told in plain characters. */
static bool take_refusal(const struct exchange *exchange, const cJSON *message)
{
	struct failure *failure = &exchange->process->failure;
	struct failure unreadable = {0};
	const char *error = json_text(message, "error", failure);
	const char *check = json_text(message, "check", &unreadable);
	if (error == NULL)
		return false;
	for (const char *c = error; *c != '\0'; c++)
		if (*c < ' ' || *c > '~')
			error = "a refusal that is not in plain characters";
	if (check == NULL || !name_is_valid(check))
		check = "refused";
	return failure_set(failure, check, "%s: %s", exchange->service->id, error);
}

static bool read_reply(const struct exchange *exchange, const cJSON *message,
		       struct sealed_reply *reply)
{
	struct integration_process *process = exchange->process;
	struct failure *failure = &process->failure;
	int64_t sequence;
	if (json_member(message, "error", failure) != NULL)
		return take_refusal(exchange, message);
	if (!json_integer(message, "sequence", 1, JSON_INTEGER_MAXIMUM, &sequence, failure))
		return false;
	if ((uint64_t)sequence != process->sequence)
		return failure_set(failure, "sequence", "a reply to another request than the last one");
	const char *crypto = json_text(message, "crypto", failure);
	if (crypto == NULL)
		return false;
	if (strcmp(crypto, crypto_text(process->parameters.crypto)) != 0)
		return failure_set(failure, "crypto", "the reply has other crypto than the request");
	return json_binary(message, "enc", &reply->enc, failure) &&
	       json_binary(message, "ciphertext", &reply->ciphertext, failure) &&
	       json_binary_exactly(message, "signature", reply->signature, SEALING_SIGNATURE_SIZE,
				   failure);
}

static bool receive_reply(const struct exchange *exchange, struct sealed_reply *reply)
{
	struct integration_process *process = exchange->process;
	cJSON *message = message_receive(&process->conversation, "reply", &process->failure);
	bool received = message != NULL && read_reply(exchange, message, reply);
	cJSON_Delete(message);
	return received;
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
	       add_timing(exchange, kinds[exchange->operation].decrypt, begin);
}

static bool carry_out(struct exchange *exchange, const char *service, const struct record *record,
		      struct bytes *plaintext)
{
	struct sealed_reply reply = {0};
	uint64_t begin = monotonic_nanoseconds();
	if (exchange->process->first_began == 0)
		exchange->process->first_began = begin;
	bool done = find_service(exchange, service) && seal(exchange, record) &&
		    send_operation(exchange) && receive_reply(exchange, &reply) &&
		    open_sealed(exchange, &reply, plaintext) &&
		    add_timing(exchange, kinds[exchange->operation].total, begin);
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
