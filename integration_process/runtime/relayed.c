/* The relayed path: the launcher carries the request, as a message, and the reply. See exchange.h. */
#include "exchange.h"

static bool send_operation(const struct exchange *exchange)
{
	struct integration_process *process = exchange->process;
	cJSON *message = message_create("operation");
	bool complete = json_add_text(message, "operation", operation_text(exchange->operation)) &&
			json_add_integer(message, "request", process->request) &&
			exchange_add_request(exchange, message);
	return message_send(&process->conversation, message, complete, &process->failure);
}

static bool read_reply(const struct exchange *exchange, const cJSON *message,
		       struct sealed_reply *reply)
{
	struct integration_process *process = exchange->process;
	struct failure *failure = &process->failure;
	int64_t sequence;
	if (json_member(message, "error", failure) != NULL)
		return exchange_take_refusal(exchange, message);
	if (!json_integer(message, "sequence", 1, JSON_INTEGER_MAXIMUM, &sequence, failure))
		return false;
	if ((uint64_t)sequence != process->sequence)
		return failure_set(failure, "sequence", "a reply to another request than the last one");
	return exchange_read_reply(exchange, message, reply);
}

bool relayed_carry(const struct exchange *exchange, struct sealed_reply *reply)
{
	struct integration_process *process = exchange->process;
	if (!send_operation(exchange))
		return false;
	cJSON *message = message_receive(&process->conversation, "reply", &process->failure);
	bool received = message != NULL && read_reply(exchange, message, reply);
	cJSON_Delete(message);
	return received;
}
