/* Addresses of services: see addresses.h. */
#define _DEFAULT_SOURCE 1 /* POSIX also under -std=c11 */

#include "addresses.h"

#include "waiting.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

static const char digits[] = "0123456789"; /* isdigit would follow the locale */

/* A numeric host: a name is none, see addresses.h. */
static bool copy_host(const char *from, size_t length, int family, struct address *address)
{
	unsigned char numeric[sizeof(struct in6_addr)];
	if (length == 0 || length >= sizeof address->host)
		return false;
	memcpy(address->host, from, length);
	address->host[length] = '\0';
	return inet_pton(family, address->host, numeric) == 1;
}

static bool copy_port(const char *from, struct address *address)
{
	size_t length = strlen(from);
	if (length == 0 || length >= sizeof address->port || strspn(from, digits) != length || from[0] == '0')
		return false;
	unsigned port = 0;
	for (size_t i = 0; i < length; i++)
		port = 10 * port + (unsigned)(from[i] - '0');
	if (port > 65535)
		return false;
	memcpy(address->port, from, length + 1);
	return true;
}

bool address_parse(const char *text, struct address *address)
{
	*address = (struct address){0};
	const char *colon = strrchr(text, ':');
	if (colon == NULL || !copy_port(colon + 1, address))
		return false;
	size_t length = (size_t)(colon - text);
	bool bracketed = length > 2 && text[0] == '[' && text[length - 1] == ']';
	if (bracketed ? !copy_host(text + 1, length - 2, AF_INET6, address)
		      : !copy_host(text, length, AF_INET, address))
		return false;
	int written = snprintf(address->text, sizeof address->text, "%s", text);
	return written > 0 && (size_t)written < sizeof address->text;
}

static bool unreachable(const char *what, int error, struct failure *failure)
{
	return failure_set(failure, CHECK_UNREACHABLE, "%s: %s", what, strerror(error));
}

/* Waits until the connection that was begun is there. */
static bool finish_connecting(int connecting, const struct conversation *conversation,
			      uint64_t deadline, struct failure *failure)
{
	int error = 0;
	socklen_t length = sizeof error;
	if (!wait_for_socket(conversation, connecting, POLLOUT, deadline, failure))
		return false;
	if (getsockopt(connecting, SOL_SOCKET, SO_ERROR, &error, &length) != 0)
		error = errno;
	return error == 0 || unreachable("cannot connect", error, failure);
}

static bool connect_to(const struct addrinfo *to, const struct conversation *conversation,
		       uint64_t deadline, int *connected, struct failure *failure)
{
	/* These very types and protocol are what a compartment's filter allows. */
	int made = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (made < 0)
		return unreachable("cannot make a socket", errno, failure);
	/* A request is written whole: waiting for more of it would only delay it. */
	const int at_once = 1;
	bool done = setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once) == 0 ||
		    unreachable("cannot set up a socket", errno, failure);
	if (done && connect(made, to->ai_addr, to->ai_addrlen) != 0)
		done = errno == EINPROGRESS || errno == EINTR
			       ? finish_connecting(made, conversation, deadline, failure)
			       : unreachable("cannot connect", errno, failure);
	if (done)
		*connected = made;
	else
		close(made);
	return done;
}

/* Into what connect takes. The flags keep the C library from its name services. */
static struct addrinfo *numeric(const struct address *address, struct failure *failure)
{
	const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM,
				       .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
	struct addrinfo *made = NULL;
	int error = getaddrinfo(address->host, address->port, &hints, &made);
	if (error == 0)
		return made;
	failure_set(failure, CHECK_UNREACHABLE, "the address cannot be used: %s", gai_strerror(error));
	return NULL;
}

bool address_connect(const struct address *address, const struct conversation *conversation,
		     uint64_t deadline, int *connected, struct failure *failure)
{
	struct addrinfo *to = numeric(address, failure);
	if (to == NULL)
		return false;
	bool done = connect_to(to, conversation, deadline, connected, failure);
	freeaddrinfo(to);
	return done;
}
