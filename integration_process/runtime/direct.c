/* The direct path: see direct.h. */
#include "exchange.h"
#include "http.h"
#include "waiting.h"

#include <string.h>

/* To connect and shake hands. */
static const uint64_t connect_limit = 10 * A_SECOND;
/* For a reply: more than a service waits for a silent person. */
static const uint64_t reply_limit = 300 * A_SECOND;

static const struct {
	const char *path;
	enum step carried;
} requests[] = {
	[OPERATION_READ] = {"/api/request", STEP_READ_REQUEST},
	[OPERATION_WRITE] = {"/api/post", STEP_WRITE_POST},
};

/* What came back. */
struct answer {
	struct http_head head;
	struct bytes body;
};

bool direct_prepare(struct integration_process *process, struct view certificate)
{
	struct direct *direct = &process->direct;
	if (!bytes_allocate(&direct->certificate, certificate.length))
		return failure_set(&process->failure, "memory", "no memory for a certificate");
	memcpy(direct->certificate.data, certificate.data, certificate.length);
	X509 *own = certificate_parse(certificate, &process->failure);
	bool prepared = own != NULL && https_create(&direct->https, own, process->identity.signing,
						    &process->failure);
	X509_free(own);
	return prepared;
}

void direct_destroy(struct direct *direct)
{
	for (size_t i = 0; i < SERVICES_MAXIMUM; i++)
		connection_close(&direct->connections[i]);
	https_destroy(&direct->https);
	bytes_free(&direct->certificate);
}

/* The body of sealing.md. */
static bool render_body(const struct exchange *exchange, char **text)
{
	enum { USUAL_BODY_SIZE = 16 * 1024 }; /* the certificate is the longest member */
	const struct integration_process *process = exchange->process;
	const struct parameters *parameters = &process->parameters;
	cJSON *body = cJSON_CreateObject();
	bool complete =
		json_add_integer(body, "version", 1) &&
		json_add_text(body, "solution", process->solution->name) &&
		json_add_text(body, "program", parameters->program) &&
		json_add_text(body, "run", parameters->run) &&
		json_add_binary(body, "process_certificate", bytes_view(&process->direct.certificate)) &&
		(exchange->operation == OPERATION_WRITE ||
		 json_add_binary(body, "program_public_key",
				 (struct view){process->identity.sealing.public_key, X25519_SIZE})) &&
		exchange_add_request(exchange, body);
	*text = complete ? cJSON_PrintBuffered(body, USUAL_BODY_SIZE, 0) : NULL;
	cJSON_Delete(body);
	return *text != NULL;
}

static bool make_request(const struct exchange *exchange, struct bytes *request)
{
	struct failure *failure = &exchange->process->failure;
	char *body;
	if (!render_body(exchange, &body))
		return failure_set(failure, "memory", "no memory to make a request");
	bool made = http_make_request(exchange->service->address.text,
				      requests[exchange->operation].path, text_view(body), request, failure);
	cJSON_free(body);
	return made;
}

/* The kept connection, or a new one where there is none or the service closed it. */
static bool connect_to_service(const struct exchange *exchange, struct connection *connection,
			       struct failure *failure)
{
	struct integration_process *process = exchange->process;
	if (connection_is_usable(connection))
		return true;
	connection_close(connection);
	return connection_open(connection, &process->direct.https, &exchange->service->address,
			       exchange->service->certificate, &process->conversation,
			       monotonic_nanoseconds() + connect_limit, failure);
}

/* Receives the head, and what came with it of the body, which is then as long as the head says. */
static bool receive_head(struct connection *connection, struct answer *answer, size_t *body_received,
			 uint64_t deadline, struct failure *failure)
{
	unsigned char received[HTTP_HEAD_MAXIMUM];
	size_t length = 0;
	bool complete = false;
	while (!complete) {
		size_t count;
		/* Never full: a head as long as the buffer was refused. */
		if (!connection_receive(connection, received + length, sizeof received - length, &count,
					deadline, failure))
			return false;
		length += count;
		if (!http_parse_head((struct view){received, length}, &answer->head, &complete, failure))
			return false;
	}
	*body_received = length - answer->head.length;
	if (*body_received > answer->head.body_length)
		return failure_set(failure, CHECK_HTTP_REPLY, "the service's reply is longer than it says");
	if (!bytes_allocate(&answer->body, answer->head.body_length))
		return failure_set(failure, "memory", "no memory for a reply");
	memcpy(answer->body.data, received + answer->head.length, *body_received);
	return true;
}

static bool receive_answer(struct connection *connection, struct answer *answer, uint64_t deadline,
			   struct failure *failure)
{
	size_t received = 0;
	if (!receive_head(connection, answer, &received, deadline, failure))
		return false;
	while (received < answer->body.length) {
		size_t count;
		if (!connection_receive(connection, answer->body.data + received,
					answer->body.length - received, &count, deadline, failure))
			return false;
		received += count;
	}
	return true;
}

/* `begin` is set when the first byte of the first attempt is about to be sent. */
static bool attempt(const struct exchange *exchange, struct view request, struct answer *answer,
		    uint64_t *begin, struct failure *failure)
{
	struct connection *connection =
		&exchange->process->direct.connections[exchange->service_index];
	if (!connect_to_service(exchange, connection, failure))
		return false;
	uint64_t now = monotonic_nanoseconds();
	if (*begin == 0)
		*begin = now;
	bool done = connection_send(connection, request, now + reply_limit, failure) &&
		    receive_answer(connection, answer, now + reply_limit, failure);
	if (!done || answer->head.closes)
		connection_close(connection);
	return done;
}

/* Waits until the request may be sent again, and counts that. `reason` is what broke the connection. */
static bool wait_to_repeat(const struct exchange *exchange, unsigned repeat, const char *reason)
{
	struct integration_process *process = exchange->process;
	uint64_t pause;
	if (!repeats_draw_pause(repeat, &pause, &process->failure) ||
	    !wait_until(&process->conversation, monotonic_nanoseconds() + pause, &process->failure))
		return false;
	repeats_count(&process->repeats, repeat, process->request, exchange->service_index,
		      operation_text(exchange->operation), reason);
	return true;
}

/*
 * Sends the request until it is answered, again only when its connection broke:
 * the service recognises the same bytes by their sequence number and has their
 * effect once.
 */
static bool ask(const struct exchange *exchange, struct view request, struct answer *answer)
{
	struct integration_process *process = exchange->process;
	uint64_t begin = 0;
	for (unsigned repeat = 0;; repeat++) {
		struct failure failure = {0};
		if (attempt(exchange, request, answer, &begin, &failure))
			return exchange_add_timing(exchange, requests[exchange->operation].carried, begin);
		bytes_free(&answer->body);
		if (strcmp(failure.check, CHECK_UNREACHABLE) != 0)
			return failure_set(&process->failure, failure.check, "%s: %s",
					   exchange->service->id, failure.message);
		if (repeat == REPEATS_MAXIMUM)
			return failure_set(&process->failure, failure.check, "%s, sent %d times: %s",
					   exchange->service->id, REPEATS_MAXIMUM + 1, failure.message);
		if (!wait_to_repeat(exchange, repeat, failure.message))
			return false;
	}
}

/* A refusal without words of the service's own. */
static bool refused_with_status(const struct exchange *exchange, const struct answer *answer)
{
	return failure_set(&exchange->process->failure, "refused", "%s: answered with status %d",
			   exchange->service->id, answer->head.status);
}

static bool read_object(const struct exchange *exchange, const struct answer *answer,
			const cJSON *object, struct sealed_reply *reply)
{
	struct integration_process *process = exchange->process;
	struct failure *failure = &process->failure;
	int64_t version;
	if (answer->head.status != 200) {
		struct failure unreadable = {0};
		if (json_member(object, "error", &unreadable) == NULL)
			return refused_with_status(exchange, answer);
		return exchange_take_refusal(exchange, object);
	}
	return json_integer(object, "version", 1, 1, &version, failure) &&
	       exchange_read_reply(exchange, object, reply) &&
	       service_timings_take(&process->service_timings, json_member(object, "timings", failure),
				    process->request, exchange->service_index,
				    operation_text(exchange->operation), failure);
}

static bool read_answer(const struct exchange *exchange, const struct answer *answer,
			struct sealed_reply *reply)
{
	struct failure no_json = {0};
	cJSON *object = json_parse(bytes_view(&answer->body), &no_json);
	if (object == NULL && answer->head.status != 200)
		return refused_with_status(exchange, answer);
	if (object == NULL)
		return failure_set(&exchange->process->failure, CHECK_HTTP_REPLY, "%s: %s",
				   exchange->service->id, no_json.message);
	bool read = read_object(exchange, answer, object, reply);
	cJSON_Delete(object);
	return read;
}

bool direct_carry(const struct exchange *exchange, struct sealed_reply *reply)
{
	struct bytes request = {0};
	struct answer answer = {0};
	bool done = make_request(exchange, &request) &&
		    ask(exchange, bytes_view(&request), &answer) && read_answer(exchange, &answer, reply);
	bytes_free(&request);
	bytes_free(&answer.body);
	return done;
}
