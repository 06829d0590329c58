/*
 * TLS 1.3 connections of this process to digital services. The process shows
 * its own certificate; a server must show exactly the certificate that was
 * verified at exchangeKeys. Sessions are never resumed: each connection proves
 * both keys anew.
 */
#ifndef HTTPS_H
#define HTTPS_H

#include "addresses.h"

#include <openssl/ssl.h>

/* Check of a server that is not the service. */
#define CHECK_SERVER_CERTIFICATE "server-certificate"

/* What all connections of the process share. Zero: not made yet. */
struct https {
	SSL_CTX *context;
};

/* Zero: not open. */
struct connection {
	SSL *tls;
	int socket;
	const struct conversation *conversation; /* watched while the connection is waited for */
	X509 *expected;				 /* borrowed: what the server must show */
	bool refused;				 /* the server showed another certificate */
};

/* `own` is the certificate of `key`. Check `openssl`. */
bool https_create(struct https *https, X509 *own, EVP_PKEY *key, struct failure *failure);
void https_destroy(struct https *https);

/*
 * Checks: `unreachable`, `timeout` (both may pass), `server-certificate`. Until
 * the server's certificate is found to be `expected`, the process has not shown
 * its own.
 */
bool connection_open(struct connection *connection, const struct https *https,
		     const struct address *address, X509 *expected,
		     const struct conversation *conversation, uint64_t deadline,
		     struct failure *failure);

/* False when it is not open, the server closed it, or said what nobody asked for. */
bool connection_is_usable(const struct connection *connection);

bool connection_send(struct connection *connection, struct view value, uint64_t deadline,
		     struct failure *failure);

/* Receives at least one byte, at most `capacity`; a server that ends instead is `unreachable`. */
bool connection_receive(struct connection *connection, unsigned char *data, size_t capacity,
			size_t *received, uint64_t deadline, struct failure *failure);

/* Says goodbye, without waiting for an answer, and frees. */
void connection_close(struct connection *connection);

#endif
