/* Where a service is reached on the direct path: "host:port", and a TCP connection to there. */
#ifndef ADDRESSES_H
#define ADDRESSES_H

#include "messages.h"

#include <stdint.h>

/*
 * No connection, or one that broke: what was sent may be sent again. Every
 * other failure is final.
 */
#define CHECK_UNREACHABLE "unreachable"

enum { HOST_SIZE = 46 /* the longest IPv6 address and NUL */, PORT_SIZE = 6 };

struct address {
	char host[HOST_SIZE]; /* an IPv4 or IPv6 address, without brackets */
	char port[PORT_SIZE]; /* 1 to 65535 */
	char text[HOST_SIZE + PORT_SIZE + 3]; /* as given, for the header Host */
};

/*
 * "127.0.0.1:443" or "[::1]:443"; false for anything else. Names are refused: to
 * resolve one, the C library loads the modules that nsswitch.conf names, and both
 * are what whoever made the compartment put there. Their code would run in the
 * process, measured by nobody, since evidence is made before.
 */
bool address_parse(const char *text, struct address *address);

/* Gives a connected, non-blocking socket, which the caller closes. */
bool address_connect(const struct address *address, const struct conversation *conversation,
		     uint64_t deadline, int *connected, struct failure *failure);

#endif
