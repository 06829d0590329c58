/*
 * The little of HTTP/1.1 (RFC 9112) that a digital service and this process
 * speak: one request with a body of JSON, one reply whose length is told
 * beforehand. What a server may say beyond that is refused, not guessed at.
 */
#ifndef HTTP_H
#define HTTP_H

#include "bytes.h"
#include "failure.h"

enum {
	HTTP_HEAD_MAXIMUM = 8 * 1024,
	HTTP_BODY_MAXIMUM = 32 * 1024 * 1024,
};

/* Check of a reply that is none. */
#define CHECK_HTTP_REPLY "http-reply"

struct http_head {
	int status;	    /* 200 to 599 */
	size_t length;	    /* bytes of the head, with the empty line that ends it */
	size_t body_length; /* at most HTTP_BODY_MAXIMUM */
	bool closes;	    /* the server closes the connection behind this reply */
};

/* POST of `body`, a JSON text, to `path` of `host`. The request is the caller's. */
bool http_make_request(const char *host, const char *path, struct view body, struct bytes *request,
		       struct failure *failure);

/*
 * Reads the head of a reply out of what was received so far. `complete` is
 * false while its end is missing and nothing is wrong with it. Refused: what is
 * longer than HTTP_HEAD_MAXIMUM, another version, a line that is no header, a
 * length that is missing, there twice or above HTTP_BODY_MAXIMUM, an encoding
 * of the transfer, and a status below 200.
 */
bool http_parse_head(struct view received, struct http_head *head, bool *complete,
		     struct failure *failure);

#endif
