/* HTTP: requests as they are written, and heads of replies that are taken, waited for or refused. */
#include "http.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Wanted of a head. */
enum verdict { TAKEN, INCOMPLETE, REFUSED };

static enum verdict parse(struct view text, struct http_head *head, struct failure *failure)
{
	bool complete;
	if (!http_parse_head(text, head, &complete, failure))
		return REFUSED;
	return complete ? TAKEN : INCOMPLETE;
}

static void test_request(void)
{
	static const char want[] = "POST /api/post HTTP/1.1\r\nHost: [::1]:443\r\nContent-Type: application/json\r\n"
				   "Content-Length: 7\r\n\r\n{\"a\":1}";
	struct failure failure = {0};
	struct bytes request = {0};
	check(http_make_request("[::1]:443", "/api/post", text_view("{\"a\":1}"), &request, &failure) &&
		      request.length == strlen(want) && memcmp(request.data, want, request.length) == 0,
	      "a request with its host, kind and length");
	bytes_free(&request);
	char host[2000];
	memset(host, 'h', sizeof host);
	host[sizeof host - 1] = '\0';
	check(!http_make_request(host, "/", text_view("{}"), &request, &failure), "a host that is too long");
}

static void test_values(void)
{
	static const char text[] = "HTTP/1.1 403 Forbidden\r\ncontent-LENGTH:  12 \r\nX:\r\nConnection: close\r\n\r\nbody";
	struct failure failure = {0};
	struct http_head head;
	check(parse(text_view(text), &head, &failure) == TAKEN, "a head with its body behind it");
	check(head.status == 403 && head.body_length == 12 && head.closes, "its values");
	check(head.length == strlen(text) - 4, "its length, without the body");
	static const char kept[] = "HTTP/1.1 200 \r\nContent-Length: 0\r\nConnection: Keep-Alive\r\n\r\n";
	check(parse(text_view(kept), &head, &failure) == TAKEN && !head.closes && head.body_length == 0,
	      "keep-alive, and no reason");
	static const char upgrade[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive, close\r\n\r\n";
	check(parse(text_view(upgrade), &head, &failure) == TAKEN && head.closes,
	      "anything but keep-alive alone closes");
}

static void test_heads(void)
{
	static const struct {
		const char *what;
		const char *text;
		enum verdict want;
	} heads[] = {
		{"nothing yet", "", INCOMPLETE},
		{"the beginning of a version", "HTTP/1", INCOMPLETE},
		{"no empty line yet", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", INCOMPLETE},
		{"as services answer", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n", TAKEN},
		{"the longest body", "HTTP/1.1 200 OK\r\nContent-Length: 33554432\r\n\r\n", TAKEN},
		{"leading zeros", "HTTP/1.1 200 OK\r\nContent-Length: 00000002\r\n\r\n", TAKEN},
		{"a body above 32 MiB", "HTTP/1.1 200 OK\r\nContent-Length: 33554433\r\n\r\n", REFUSED},
		{"a length beyond any integer", "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551618\r\n\r\n", REFUSED},
		{"no length", "HTTP/1.1 200 OK\r\nContent-Type: a\r\n\r\n", REFUSED},
		{"no headers", "HTTP/1.1 200 OK\r\n\r\n", REFUSED},
		{"an empty length", "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n", REFUSED},
		{"a negative length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", REFUSED},
		{"a length with a sign", "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n", REFUSED},
		{"a hexadecimal length", "HTTP/1.1 200 OK\r\nContent-Length: 0x1\r\n\r\n", REFUSED},
		{"a list of lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\n", REFUSED},
		{"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", REFUSED},
		{"chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", REFUSED},
		{"chunks and a length", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\ntransfer-encoding: chunked\r\n\r\n", REFUSED},
		{"HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n", REFUSED},
		{"HTTP/2", "HTTP/2 200\r\n", REFUSED},
		{"another protocol, at its first byte", "S", REFUSED},
		{"a byte before it", " HTTP/1.1 200 OK\r\n", REFUSED},
		{"continue", "HTTP/1.1 100 Continue\r\nContent-Length: 1\r\n\r\n", REFUSED},
		{"no content", "HTTP/1.1 204 None\r\nContent-Length: 0\r\n\r\n", REFUSED},
		{"not modified", "HTTP/1.1 304 Same\r\nContent-Length: 0\r\n\r\n", REFUSED},
		{"a status of two digits", "HTTP/1.1 20 OK\r\nContent-Length: 1\r\n\r\n", REFUSED},
		{"a status of four digits", "HTTP/1.1 2000 OK\r\nContent-Length: 1\r\n\r\n", REFUSED},
		{"a status of 600", "HTTP/1.1 600 No\r\nContent-Length: 1\r\n\r\n", REFUSED},
		{"a status that is no number", "HTTP/1.1 2x0 OK\r\nContent-Length: 1\r\n\r\n", REFUSED},
		{"no space behind the status", "HTTP/1.1 200\r\nContent-Length: 1\r\n\r\n", REFUSED},
		{"a control character in the reason", "HTTP/1.1 200 O\tK\x1b\r\nContent-Length: 1\r\n\r\n", REFUSED},
		{"bare line feeds", "HTTP/1.1 200 OK\nContent-Length: 1\n\r\n\r\n", REFUSED},
		{"a bare carriage return", "HTTP/1.1 200 OK\r\nX: a\rb\r\nContent-Length: 1\r\n\r\n", REFUSED},
		{"a folded line", "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 1\r\n\r\n", REFUSED},
		{"a line without a colon", "HTTP/1.1 200 OK\r\nX\r\nContent-Length: 1\r\n\r\n", REFUSED},
		{"a header without a name", "HTTP/1.1 200 OK\r\n: a\r\nContent-Length: 1\r\n\r\n", REFUSED},
		{"a space before the colon", "HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\n", REFUSED},
		{"a byte above ASCII", "HTTP/1.1 200 OK\r\nX: \xc3\xa9\r\nContent-Length: 1\r\n\r\n", REFUSED},
	};
	for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
		struct failure failure = {0};
		struct http_head head;
		enum verdict got = parse(text_view(heads[i].text), &head, &failure);
		check(got == heads[i].want && (got == REFUSED) == failure_is_set(&failure) &&
			      (got != REFUSED || strcmp(failure.check, CHECK_HTTP_REPLY) == 0),
		      "%s %s", heads[i].what, failure.message);
	}
}

/* A head that does not end is refused, at whichever byte it comes; one that just fits is taken. */
static void test_long_heads(void)
{
	static const char begin[] = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nX: ";
	char text[HTTP_HEAD_MAXIMUM + 1];
	memset(text, 'x', sizeof text);
	memcpy(text, begin, strlen(begin));
	struct http_head head;
	struct failure failure = {0};
	check(parse((struct view){(unsigned char *)text, HTTP_HEAD_MAXIMUM - 1}, &head, &failure) == INCOMPLETE,
	      "one byte is left");
	check(parse((struct view){(unsigned char *)text, HTTP_HEAD_MAXIMUM}, &head, &failure) == REFUSED,
	      "no byte is left");
	failure = (struct failure){0};
	memcpy(text + HTTP_HEAD_MAXIMUM - 4, "\r\n\r\n", 4);
	check(parse((struct view){(unsigned char *)text, HTTP_HEAD_MAXIMUM}, &head, &failure) == TAKEN,
	      "it ends with its last byte");
	memset(text, 'x', sizeof text);
	memcpy(text, begin, strlen(begin));
	memcpy(text + HTTP_HEAD_MAXIMUM - 3, "\r\n\r\n", 4);
	check(parse((struct view){(unsigned char *)text, sizeof text}, &head, &failure) == REFUSED,
	      "it ends one byte later");
}

/* Whatever is cut off a head is either waited for or refused: never taken. */
static void test_pieces(void)
{
	static const char text[] = "HTTP/1.1 200 OK\r\nDate: Mon, 01 Jan 2024 00:00:00 GMT\r\nContent-Length: 5\r\n\r\n";
	struct http_head head;
	size_t waited = 0;
	for (size_t length = 0; length < strlen(text); length++) {
		struct failure failure = {0};
		/* A copy of exactly this length: reading beyond it is found by the sanitizer. */
		unsigned char *piece = malloc(length > 0 ? length : 1);
		if (piece == NULL)
			break;
		memcpy(piece, text, length);
		waited += parse((struct view){piece, length}, &head, &failure) == INCOMPLETE;
		free(piece);
	}
	check(waited == strlen(text), "%zu beginnings of a head are waited for", waited);
}

int main(void)
{
	test_request();
	test_values();
	test_heads();
	test_long_heads();
	test_pieces();
	return checks_done();
}
