/* The handshake with the launcher: see start.h. */
#include "start.h"

#include <openssl/crypto.h>
#include <time.h>

/* Where the parts of the binding stand (certificates.md). */
enum { BINDING_NONCE = 0, BINDING_ROOT = SHA256_SIZE, BINDING_PARAMETERS = 2 * SHA256_SIZE };

static bool say_ready(struct integration_process *process)
{
	process->failure.step = "deploy";
	cJSON *message = message_create("ready");
	bool complete = json_add_integer(message, "version", MESSAGES_VERSION) &&
			json_add_text(message, "openssl", OpenSSL_version(OPENSSL_VERSION)) &&
			json_add_text(message, "openssl_cpu", OpenSSL_version(OPENSSL_CPU_INFO));
	return message_send(&process->conversation, message, complete, &process->failure);
}

/* Keeps root and parameters, and binds the CSR to exactly the bytes that were given. */
static bool take_root_and_parameters(struct integration_process *process, const cJSON *message)
{
	struct failure *failure = &process->failure;
	const char *text = json_text(message, "parameters", failure);
	struct bytes root;
	if (text == NULL || !json_binary(message, "root_certificate", &root, failure))
		return false;
	process->root = certificate_parse_root(bytes_view(&root), failure);
	bool taken = process->root != NULL &&
		     sha256(bytes_view(&root), process->binding + BINDING_ROOT, failure) &&
		     sha256(text_view(text), process->binding + BINDING_PARAMETERS, failure) &&
		     parameters_read(&process->parameters, text_view(text), process->solution, failure);
	bytes_free(&root);
	return taken;
}

static bool receive_prepare(struct integration_process *process)
{
	int64_t version;
	cJSON *message = message_receive(&process->conversation, "prepare", &process->failure);
	if (message == NULL)
		return false;
	bool taken = json_integer(message, "version", MESSAGES_VERSION, MESSAGES_VERSION, &version,
				  &process->failure) &&
		     json_binary_exactly(message, "nonce", process->binding + BINDING_NONCE,
					 SHA256_SIZE, &process->failure) &&
		     take_root_and_parameters(process, message);
	cJSON_Delete(message);
	return taken;
}

static bool generate_key_pair(struct integration_process *process)
{
	process->failure.step = "generateKeyPair";
	uint64_t begin = monotonic_nanoseconds();
	return identity_generate(&process->identity, &process->failure) &&
	       timings_add(&process->timings, STEP_GENERATE_KEY_PAIR, NO_REQUEST, NO_SERVICE,
			   monotonic_nanoseconds() - begin, &process->failure);
}

static bool send_prepared(struct integration_process *process)
{
	process->failure.step = "getPublicKey";
	struct bytes csr;
	uint64_t begin = monotonic_nanoseconds();
	if (!identity_make_csr(&process->identity, process->parameters.program, process->binding,
			       &csr, &process->failure))
		return false;
	bool sent = false;
	if (timings_add(&process->timings, STEP_GET_PUBLIC_KEY, NO_REQUEST, NO_SERVICE,
			monotonic_nanoseconds() - begin, &process->failure) &&
	    identity_publish_csr(&csr, &process->failure)) {
		cJSON *message = message_create("prepared");
		bool complete = json_add_binary(message, "csr", bytes_view(&csr)) &&
				timings_add_to(&process->timings, message);
		sent = message_send(&process->conversation, message, complete, &process->failure);
	}
	bytes_free(&csr);
	return sent;
}

static bool exchange_keys(struct integration_process *process)
{
	process->failure.step = "exchangeKeys";
	cJSON *message = message_receive(&process->conversation, "exchangeKeys", &process->failure);
	if (message == NULL)
		return false;
	uint64_t begin = monotonic_nanoseconds();
	const cJSON *given = json_array(message, "services", &process->failure);
	bool accepted = given != NULL &&
			services_accept(&process->services, process->solution->services, given,
					process->root, time(NULL), &process->failure) &&
			(process->parameters.path == PATH_RELAYED ||
			 services_take_addresses(&process->services, given, &process->failure)) &&
			timings_add(&process->timings, STEP_PUT_SERVICE_PUBLIC_KEY, NO_REQUEST, NO_SERVICE,
				    monotonic_nanoseconds() - begin, &process->failure);
	cJSON_Delete(message);
	if (!accepted)
		return false;
	cJSON *answer = message_create("keysExchanged");
	return message_send(&process->conversation, answer, timings_add_to(&process->timings, answer),
			    &process->failure);
}

static bool receive_run(struct integration_process *process)
{
	process->failure.step = "run";
	cJSON *message = message_receive(&process->conversation, "run", &process->failure);
	process->run_received = monotonic_nanoseconds();
	if (message == NULL)
		return false;
	struct bytes der;
	bool accepted = json_binary(message, "certificate", &der, &process->failure) &&
			identity_accept_certificate(&process->identity, bytes_view(&der), process->root,
						    process->parameters.program,
						    process->parameters.run, process->binding,
						    time(NULL), &process->failure) &&
			sha256(bytes_view(&der), process->certificate_sha256, &process->failure) &&
			(process->parameters.path == PATH_RELAYED ||
			 direct_prepare(process, bytes_view(&der)));
	bytes_free(&der);
	cJSON_Delete(message);
	return accepted &&
	       message_send(&process->conversation, message_create("running"), true, &process->failure);
}

bool start(struct integration_process *process)
{
	return say_ready(process) && receive_prepare(process) && generate_key_pair(process) &&
	       send_prepared(process) && exchange_keys(process) && receive_run(process);
}
