/* TLS connections against a real server: which server is taken for the service, and what a broken one is called. */
#define _DEFAULT_SOURCE 1 /* POSIX also under -std=c11 */

#include "https.h"
#include "hardening.h"
#include "test.h"
#include "timings.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* A key with a certificate that it signed itself: whom a service's chain leads to was checked before. */
struct party {
	EVP_PKEY *key;
	X509 *certificate;
};

static X509 *certify(EVP_PKEY *key, long serial)
{
	X509 *certificate = X509_new();
	if (certificate == NULL || X509_set_version(certificate, X509_VERSION_3) != 1 ||
	    ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial) != 1 ||
	    X509_gmtime_adj(X509_getm_notBefore(certificate), 0) == NULL ||
	    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600) == NULL ||
	    X509_set_pubkey(certificate, key) != 1 || X509_sign(certificate, key, NULL) <= 0)
		check(false, "a certificate");
	return certificate;
}

static struct party party_create(void)
{
	struct party party = {.key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")};
	check(party.key != NULL, "a key");
	party.certificate = certify(party.key, 1);
	return party;
}

static void party_destroy(struct party *party)
{
	EVP_PKEY_free(party->key);
	X509_free(party->certificate);
}

/* What the server does with a connection. */
enum conduct {
	ECHO,	       /* sends back what it got, when it has seen the client's certificate */
	CLOSE_AT_ONCE, /* after the handshake */
	BE_SILENT,     /* until the client closes */
	SPEAK_FIRST,
	OLD_VERSION, /* TLS 1.2 */
	NO_TLS,
};

static int accept_any(X509_STORE_CTX *context, void *unused)
{
	(void)context;
	(void)unused;
	return 1;
}

static SSL_CTX *server_context(const struct party *party, enum conduct conduct)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	SSL_CTX_use_certificate(context, party->certificate);
	SSL_CTX_use_PrivateKey(context, party->key);
	SSL_CTX_set_max_proto_version(context, conduct == OLD_VERSION ? TLS1_2_VERSION : TLS1_3_VERSION);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(context, accept_any, NULL);
	return context;
}

static void conduct_tls(SSL *tls, enum conduct conduct, X509 *client)
{
	char text[64];
	int length;
	if (SSL_accept(tls) != 1)
		return;
	if (conduct == CLOSE_AT_ONCE) {
		SSL_shutdown(tls);
		return;
	}
	if (conduct == SPEAK_FIRST)
		SSL_write(tls, "?", 1);
	while ((length = SSL_read(tls, text, sizeof text)) > 0) {
		X509 *shown = SSL_get0_peer_certificate(tls);
		bool right = shown != NULL && X509_cmp(shown, client) == 0;
		if (conduct == ECHO)
			SSL_write(tls, right ? text : "no certificate", right ? length : 14);
	}
}

/* Ends when the client of the one connection has gone. */
static void serve(int listening, const struct party *server, enum conduct conduct, X509 *client)
{
	int accepted = accept(listening, NULL, NULL);
	if (conduct == NO_TLS) {
		dprintf(accepted, "HTTP/1.1 400 This is no TLS\r\n\r\n");
		close(accepted);
		_exit(0);
	}
	SSL_CTX *context = server_context(server, conduct);
	SSL *tls = SSL_new(context);
	SSL_set_fd(tls, accepted);
	conduct_tls(tls, conduct, client);
	close(accepted);
	_exit(0);
}

/* A server in a process of its own; gives its address. */
static pid_t start_server(const struct party *server, enum conduct conduct, X509 *client,
			  struct address *address)
{
	struct sockaddr_in local = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t length = sizeof local;
	int listening = socket(AF_INET, SOCK_STREAM, 0);
	char text[64];
	check(bind(listening, (struct sockaddr *)&local, length) == 0 && listen(listening, 1) == 0 &&
		      getsockname(listening, (struct sockaddr *)&local, &length) == 0,
	      "a server listens");
	snprintf(text, sizeof text, "127.0.0.1:%d", ntohs(local.sin_port));
	check(address_parse(text, address), "its address");
	fflush(stdout);
	pid_t child = fork();
	if (child == 0)
		serve(listening, server, conduct, client);
	close(listening);
	return child;
}

/* The two ends of a launcher that says nothing. */
static struct conversation silent_launcher(int ends[2])
{
	check(pipe(ends) == 0, "a pipe");
	return (struct conversation){.input = ends[0], .output = -1};
}

/* Nothing here takes so many seconds but what hangs. */
enum { HANGS = 120 };

static uint64_t in_seconds(uint64_t seconds)
{
	return monotonic_nanoseconds() + seconds * UINT64_C(1000000000);
}

/* Sends a word and receives it back. */
static void echo(struct connection *connection, struct failure *failure)
{
	unsigned char text[64];
	size_t length = 0;
	if (connection_send(connection, text_view("word"), in_seconds(HANGS), failure))
		connection_receive(connection, text, sizeof text, &length, in_seconds(HANGS), failure);
	check(failure_is_set(failure) || (length == 4 && memcmp(text, "word", 4) == 0),
	      "the server, which saw the client's certificate, echoes");
}

/* Connects to a server that has `shown` while `expected` is expected; gives the check that failed. */
static const char *talk(const struct party *client, const struct party *shown, X509 *expected,
			enum conduct conduct)
{
	static struct failure failure;
	int ends[2];
	struct https https = {0};
	struct connection connection = {0};
	struct address address;
	failure = (struct failure){0};
	pid_t server = start_server(shown, conduct, client->certificate, &address);
	struct conversation conversation = silent_launcher(ends);
	if (https_create(&https, client->certificate, client->key, &failure) &&
	    connection_open(&connection, &https, &address, expected, &conversation, in_seconds(HANGS), &failure))
		echo(&connection, &failure);
	connection_close(&connection);
	https_destroy(&https);
	close(ends[0]);
	close(ends[1]);
	waitpid(server, NULL, 0);
	return failure.check;
}

static void test_servers(void)
{
	struct party client = party_create();
	struct party service = party_create();
	struct party other = party_create();
	struct party again = {.key = service.key, .certificate = certify(service.key, 2)};
	const struct {
		const char *what;
		const struct party *shown;
		enum conduct conduct;
		const char *check;
	} servers[] = {
		{"the service", &service, ECHO, ""},
		{"somebody else", &other, ECHO, CHECK_SERVER_CERTIFICATE},
		{"another certificate of the service's key", &again, ECHO, CHECK_SERVER_CERTIFICATE},
		{"the client's own certificate", &client, ECHO, CHECK_SERVER_CERTIFICATE},
		{"a server that closes after the handshake", &service, CLOSE_AT_ONCE, CHECK_UNREACHABLE},
		{"TLS 1.2", &service, OLD_VERSION, CHECK_UNREACHABLE},
		{"no TLS", &service, NO_TLS, CHECK_UNREACHABLE},
	};
	for (size_t i = 0; i < sizeof servers / sizeof servers[0]; i++) {
		const char *got = talk(&client, servers[i].shown, service.certificate, servers[i].conduct);
		check(strcmp(got, servers[i].check) == 0, "%s: \"%s\"", servers[i].what, got);
	}
	X509_free(again.certificate);
	party_destroy(&client);
	party_destroy(&service);
	party_destroy(&other);
}

/* An open connection to a server of that conduct, handed to `use`. */
static void with_connection(enum conduct conduct, void (*use)(struct connection *connection, int launcher))
{
	int ends[2];
	struct party client = party_create();
	struct party service = party_create();
	struct failure failure = {0};
	struct https https = {0};
	struct connection connection = {0};
	struct address address;
	pid_t server = start_server(&service, conduct, client.certificate, &address);
	/* After the server, which would hold the launcher's end open. */
	struct conversation conversation = silent_launcher(ends);
	bool opened = https_create(&https, client.certificate, client.key, &failure) &&
		      connection_open(&connection, &https, &address, service.certificate, &conversation,
				      in_seconds(HANGS), &failure);
	if (check(opened, "connected %s", failure.message))
		use(&connection, ends[1]);
	connection_close(&connection);
	https_destroy(&https);
	close(ends[0]);
	waitpid(server, NULL, 0);
	party_destroy(&client);
	party_destroy(&service);
}

static const char *receive_within(struct connection *connection, uint64_t deadline)
{
	static struct failure failure;
	unsigned char byte;
	size_t length;
	failure = (struct failure){0};
	connection_receive(connection, &byte, 1, &length, deadline, &failure);
	return failure.check;
}

static void wait_for_nothing(struct connection *connection, int launcher)
{
	check(strcmp(receive_within(connection, monotonic_nanoseconds() + UINT64_C(20000000)), "timeout") == 0,
	      "a silent server is waited for until the deadline");
	check(connection_is_usable(connection), "a silent connection can be used");
	close(launcher);
	check(strcmp(receive_within(connection, in_seconds(HANGS)), CHECK_END_OF_INPUT) == 0,
	      "the launcher's end ends the wait");
}

static void wait_for_close(struct connection *connection, int launcher)
{
	check(strcmp(receive_within(connection, in_seconds(HANGS)), CHECK_UNREACHABLE) == 0, "the server closed");
	check(!connection_is_usable(connection), "a closed connection cannot be used");
	close(launcher);
}

/* The server's session tickets, which OpenSSL's sends after the handshake, are no words of its. */
static void wait_for_words(struct connection *connection, int launcher)
{
	while (connection_is_usable(connection))
		continue;
	check(strcmp(receive_within(connection, in_seconds(HANGS)), "") == 0, "what nobody asked for was a word");
	close(launcher);
}

static void test_nobody_listens(void)
{
	int ends[2];
	struct conversation conversation = silent_launcher(ends);
	struct address address;
	struct failure failure = {0};
	int connected = -1;
	/* A port that was free a moment ago: bound, and not listened on. */
	struct sockaddr_in local = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t length = sizeof local;
	int bound = socket(AF_INET, SOCK_STREAM, 0);
	char text[64];
	check(bind(bound, (struct sockaddr *)&local, length) == 0 &&
		      getsockname(bound, (struct sockaddr *)&local, &length) == 0,
	      "a port is taken");
	snprintf(text, sizeof text, "127.0.0.1:%d", ntohs(local.sin_port));
	check(address_parse(text, &address) &&
		      !address_connect(&address, &conversation, in_seconds(HANGS), &connected, &failure) &&
		      strcmp(failure.check, CHECK_UNREACHABLE) == 0,
	      "nobody listens: %s", failure.message);
	close(bound);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	struct failure failure = {0};
	if (!check(harden(&failure), "hardened"))
		return checks_done();
	test_servers();
	with_connection(BE_SILENT, wait_for_nothing);
	with_connection(CLOSE_AT_ONCE, wait_for_close);
	with_connection(SPEAK_FIRST, wait_for_words);
	test_nobody_listens();
	return checks_done();
}
