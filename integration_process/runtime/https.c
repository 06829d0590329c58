/* TLS connections: see https.h. */
#define _DEFAULT_SOURCE 1 /* POSIX also under -std=c11 */

#include "https.h"

#include "waiting.h"

#include <openssl/err.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

/* Byte for byte the same certificate. */
static bool same_certificate(X509 *a, X509 *b)
{
	unsigned char *a_der = NULL;
	unsigned char *b_der = NULL;
	int a_length = i2d_X509(a, &a_der);
	int b_length = i2d_X509(b, &b_der);
	bool same = a_length > 0 && a_length == b_length && memcmp(a_der, b_der, (size_t)a_length) == 0;
	OPENSSL_free(a_der);
	OPENSSL_free(b_der);
	return same;
}

/*
 * In place of OpenSSL's check of the chain: root, time and role of the expected
 * certificate were checked when it was taken. That the server has its key is
 * proved by the handshake's signature, which OpenSSL checks.
 */
static int verify_server(X509_STORE_CTX *context, void *unused)
{
	(void)unused;
	SSL *tls = X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct connection *connection = tls != NULL ? SSL_get_app_data(tls) : NULL;
	X509 *shown = X509_STORE_CTX_get0_cert(context);
	if (connection != NULL && shown != NULL && same_certificate(shown, connection->expected)) {
		X509_STORE_CTX_set_error(context, X509_V_OK);
		return 1;
	}
	if (connection != NULL)
		connection->refused = true;
	X509_STORE_CTX_set_error(context, X509_V_ERR_CERT_REJECTED);
	return 0;
}

static bool set_up(SSL_CTX *context, X509 *own, EVP_PKEY *key)
{
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(context, verify_server, NULL);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
	return SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1 &&
	       SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1 &&
	       SSL_CTX_use_certificate(context, own) == 1 &&
	       SSL_CTX_use_PrivateKey(context, key) == 1 && SSL_CTX_check_private_key(context) == 1;
}

bool https_create(struct https *https, X509 *own, EVP_PKEY *key, struct failure *failure)
{
	/* As in harden: no configuration file. The error texts would cost memory, and their numbers do. */
	uint64_t options = OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_LOAD_SSL_STRINGS;
	https->context = OPENSSL_init_ssl(options, NULL) == 1 ? SSL_CTX_new(TLS_client_method()) : NULL;
	if (https->context != NULL && set_up(https->context, own, key))
		return true;
	https_destroy(https);
	return failure_set_openssl(failure, "openssl", "cannot prepare TLS");
}

void https_destroy(struct https *https)
{
	SSL_CTX_free(https->context);
	*https = (struct https){0};
}

/* After an operation that gave `result` and is not done: waits until it can go on. */
static bool wait_to_go_on(struct connection *connection, int result, const char *what,
			  uint64_t deadline, struct failure *failure)
{
	int error = SSL_get_error(connection->tls, result);
	if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
		return wait_for_socket(connection->conversation, connection->socket,
				       error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, deadline,
				       failure);
	if (connection->refused) {
		ERR_clear_error();
		return failure_set(failure, CHECK_SERVER_CERTIFICATE,
				   "the server does not show the certificate of the service");
	}
	return failure_set_openssl(failure, CHECK_UNREACHABLE, what);
}

static bool shake_hands(struct connection *connection, uint64_t deadline, struct failure *failure)
{
	for (;;) {
		ERR_clear_error();
		int result = SSL_connect(connection->tls);
		if (result == 1)
			return true;
		if (!wait_to_go_on(connection, result, "no TLS connection", deadline, failure))
			return false;
	}
}

bool connection_open(struct connection *connection, const struct https *https,
		     const struct address *address, X509 *expected,
		     const struct conversation *conversation, uint64_t deadline,
		     struct failure *failure)
{
	*connection = (struct connection){.expected = expected, .conversation = conversation};
	if (!address_connect(address, conversation, deadline, &connection->socket, failure))
		return false;
	connection->tls = SSL_new(https->context);
	if (connection->tls == NULL) {
		close(connection->socket);
		return failure_set_openssl(failure, "openssl", "cannot prepare a connection");
	}
	bool done = SSL_set_app_data(connection->tls, connection) == 1 &&
		    SSL_set_fd(connection->tls, connection->socket) == 1;
	done = done ? shake_hands(connection, deadline, failure)
		    : failure_set_openssl(failure, "openssl", "cannot prepare a connection");
	if (!done)
		connection_close(connection);
	return done;
}

bool connection_is_usable(const struct connection *connection)
{
	unsigned char byte;
	if (connection->tls == NULL)
		return false;
	ERR_clear_error();
	int result = SSL_peek(connection->tls, &byte, sizeof byte);
	bool quiet = result <= 0 && SSL_get_error(connection->tls, result) == SSL_ERROR_WANT_READ;
	ERR_clear_error();
	return quiet;
}

bool connection_send(struct connection *connection, struct view value, uint64_t deadline,
		     struct failure *failure)
{
	for (;;) {
		size_t written;
		ERR_clear_error();
		/* All or nothing: partial writes are not asked for. After a wait the same bytes are given again. */
		int result = SSL_write_ex(connection->tls, value.data, value.length, &written);
		if (result == 1)
			return true;
		if (!wait_to_go_on(connection, result, "the connection broke", deadline, failure))
			return false;
	}
}

bool connection_receive(struct connection *connection, unsigned char *data, size_t capacity,
			size_t *received, uint64_t deadline, struct failure *failure)
{
	for (;;) {
		ERR_clear_error();
		int result = SSL_read_ex(connection->tls, data, capacity, received);
		if (result == 1)
			return true;
		if (!wait_to_go_on(connection, result, "the connection broke", deadline, failure))
			return false;
	}
}

void connection_close(struct connection *connection)
{
	if (connection->tls == NULL)
		return;
	/* Before the handshake is done there is nothing to end; after a failure OpenSSL says nothing. */
	ERR_clear_error();
	if (SSL_is_init_finished(connection->tls))
		SSL_shutdown(connection->tls);
	ERR_clear_error();
	SSL_free(connection->tls);
	close(connection->socket);
	*connection = (struct connection){0};
}
