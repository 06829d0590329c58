/* What both ways of an operation share: see exchange.h. */
#include "exchange.h"

#include <string.h>

bool exchange_add_timing(const struct exchange *exchange, enum step step, uint64_t begin)
{
	struct integration_process *process = exchange->process;
	return timings_add(&process->timings, step, process->request, exchange->service_index,
			   monotonic_nanoseconds() - begin, &process->failure);
}

bool exchange_add_request(const struct exchange *exchange, cJSON *object)
{
	const struct integration_process *process = exchange->process;
	const struct sealed_request *request = &exchange->request;
	return json_add_text(object, "service", exchange->service->id) &&
	       json_add_integer(object, "sequence", (int64_t)process->sequence) &&
	       json_add_text(object, "crypto", crypto_text(process->parameters.crypto)) &&
	       json_add_hexadecimal(object, "service_certificate_sha256",
				    (struct view){exchange->service->certificate_sha256, SHA256_SIZE}) &&
	       json_add_binary(object, "nonce", (struct view){request->nonce, SEALING_NONCE_SIZE}) &&
	       json_add_binary(object, "enc", bytes_view(&request->enc)) &&
	       json_add_binary(object, "ciphertext", bytes_view(&request->ciphertext)) &&
	       json_add_binary(object, "signature",
			       (struct view){request->signature, SEALING_SIGNATURE_SIZE});
}

bool exchange_read_reply(const struct exchange *exchange, const cJSON *object,
			 struct sealed_reply *reply)
{
	struct integration_process *process = exchange->process;
	struct failure *failure = &process->failure;
	const char *crypto = json_text(object, "crypto", failure);
	if (crypto == NULL)
		return false;
	if (strcmp(crypto, crypto_text(process->parameters.crypto)) != 0)
		return failure_set(failure, "crypto", "the reply has other crypto than the request");
	return json_binary(object, "enc", &reply->enc, failure) &&
	       json_binary(object, "ciphertext", &reply->ciphertext, failure) &&
	       json_binary_exactly(object, "signature", reply->signature, SEALING_SIGNATURE_SIZE, failure);
}

bool exchange_take_refusal(const struct exchange *exchange, const cJSON *object)
{
	struct failure *failure = &exchange->process->failure;
	struct failure unreadable = {0};
	const char *error = json_text(object, "error", failure);
	const char *check = json_text(object, "check", &unreadable);
	if (error == NULL)
		return false;
	for (const char *c = error; *c != '\0'; c++)
		if (*c < ' ' || *c > '~')
			error = "a refusal that is not in plain characters";
	if (check == NULL || !name_is_valid(check))
		check = "refused";
	return failure_set(failure, check, "%s: %s", exchange->service->id, error);
}
