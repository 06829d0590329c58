/* HTTP requests and replies: see http.h. */
#define _DEFAULT_SOURCE 1 /* strncasecmp also under -std=c11 */

#include "http.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

bool http_make_request(const char *host, const char *path, struct view body, struct bytes *request,
		       struct failure *failure)
{
	char head[1024];
	int length = snprintf(head, sizeof head,
			      "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n"
			      "Content-Length: %zu\r\n\r\n",
			      path, host, body.length);
	if (length < 0 || (size_t)length >= sizeof head)
		return failure_set(failure, CHECK_HTTP_REPLY, "the request's head is too long");
	if (!bytes_allocate(request, (size_t)length + body.length))
		return failure_set(failure, "memory", "no memory for a request");
	memcpy(request->data, head, (size_t)length);
	memcpy(request->data + length, body.data, body.length);
	return true;
}

static bool refuse(const char *reason, struct failure *failure)
{
	return failure_set(failure, CHECK_HTTP_REPLY, "the service's reply is not understood: %s", reason);
}

static bool is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

/* tchar of RFC 9110, section 5.6.2. */
static bool is_token(struct view text)
{
	static const char others[] = "!#$%&'*+-.^_`|~";
	for (size_t i = 0; i < text.length; i++) {
		unsigned char c = text.data[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		if (!letter && !is_digit(c) && (c == '\0' || strchr(others, c) == NULL))
			return false;
	}
	return text.length > 0;
}

/* Printable ASCII, spaces and tabs: no bare CR or LF, nothing that two readers take differently. */
static bool is_plain(struct view text)
{
	for (size_t i = 0; i < text.length; i++)
		if ((text.data[i] < ' ' && text.data[i] != '\t') || text.data[i] > '~')
			return false;
	return true;
}

static bool is_named(struct view name, const char *wanted)
{
	return name.length == strlen(wanted) &&
	       strncasecmp((const char *)name.data, wanted, name.length) == 0;
}

static struct view trimmed(struct view text)
{
	while (text.length > 0 && (text.data[0] == ' ' || text.data[0] == '\t')) {
		text.data++;
		text.length--;
	}
	while (text.length > 0 &&
	       (text.data[text.length - 1] == ' ' || text.data[text.length - 1] == '\t'))
		text.length--;
	return text;
}

static const char version[] = "HTTP/1.1 ";
enum { VERSION_LENGTH = sizeof version - 1, STATUS_LENGTH = 3 };

/* HTTP-version SP status-code SP [reason-phrase] */
static bool read_status(struct view line, struct http_head *head, struct failure *failure)
{
	if (line.length < VERSION_LENGTH + STATUS_LENGTH + 1 ||
	    memcmp(line.data, version, VERSION_LENGTH) != 0)
		return refuse("no status line of HTTP/1.1", failure);
	const unsigned char *code = line.data + VERSION_LENGTH;
	for (size_t i = 0; i < STATUS_LENGTH; i++) {
		if (!is_digit(code[i]))
			return refuse("no status code", failure);
		head->status = 10 * head->status + (code[i] - '0');
	}
	if (code[STATUS_LENGTH] != ' ' || !is_plain(line))
		return refuse("no status line of HTTP/1.1", failure);
	if (head->status < 200 || head->status > 599 || head->status == 204 || head->status == 304)
		return refuse("a status that has no body", failure);
	return true;
}

static bool read_length(struct view value, struct http_head *head, bool *found,
			struct failure *failure)
{
	enum { DIGITS_MAXIMUM = 8 }; /* HTTP_BODY_MAXIMUM has eight */
	if (*found)
		return refuse("two lengths", failure);
	if (value.length == 0 || value.length > DIGITS_MAXIMUM)
		return refuse("a length that is none, or too long", failure);
	for (size_t i = 0; i < value.length; i++) {
		if (!is_digit(value.data[i]))
			return refuse("a length that is none, or too long", failure);
		head->body_length = 10 * head->body_length + (size_t)(value.data[i] - '0');
	}
	*found = true;
	if (head->body_length > HTTP_BODY_MAXIMUM)
		return refuse("it is longer than 32 MiB", failure);
	return true;
}

static bool read_field(struct view line, struct http_head *head, bool *found_length,
		       struct failure *failure)
{
	const unsigned char *colon = memchr(line.data, ':', line.length);
	if (colon == NULL)
		return refuse("a line that is no header", failure);
	struct view name = {line.data, (size_t)(colon - line.data)};
	struct view value = trimmed((struct view){colon + 1, line.length - name.length - 1});
	if (!is_token(name) || !is_plain(value))
		return refuse("a line that is no header", failure);
	if (is_named(name, "Content-Length"))
		return read_length(value, head, found_length, failure);
	if (is_named(name, "Transfer-Encoding"))
		return refuse("its length is not told beforehand", failure);
	/* Anything but keep-alive is taken as the end: then a new connection is made, which is never wrong. */
	if (is_named(name, "Connection") && !is_named(value, "keep-alive"))
		head->closes = true;
	return true;
}

/* The next line up to CRLF, which is taken off `rest`; the caller knows that there is one. */
static struct view next_line(struct view *rest)
{
	const unsigned char *end = rest->data;
	while (end[0] != '\r' || end[1] != '\n')
		end++;
	struct view line = {rest->data, (size_t)(end - rest->data)};
	rest->data = end + 2;
	rest->length -= line.length + 2;
	return line;
}

/* Bytes up to and with the first empty line; 0 when there is none. */
static size_t head_length(struct view received)
{
	for (size_t i = 0; i + 4 <= received.length; i++)
		if (memcmp(received.data + i, "\r\n\r\n", 4) == 0)
			return i + 4;
	return 0;
}

bool http_parse_head(struct view received, struct http_head *head, bool *complete,
		     struct failure *failure)
{
	*head = (struct http_head){0};
	*complete = false;
	/* Looked at early, so that a server of another kind is not waited for. */
	size_t begun = received.length < VERSION_LENGTH ? received.length : VERSION_LENGTH;
	if (begun > 0 && memcmp(received.data, version, begun) != 0)
		return refuse("no status line of HTTP/1.1", failure);
	head->length = head_length(received);
	if (head->length > HTTP_HEAD_MAXIMUM || (head->length == 0 && received.length >= HTTP_HEAD_MAXIMUM))
		return refuse("its head is too long", failure);
	if (head->length == 0)
		return true;
	/* Without the last, empty line. */
	struct view rest = {received.data, head->length - 2};
	bool found_length = false;
	if (!read_status(next_line(&rest), head, failure))
		return false;
	while (rest.length > 0)
		if (!read_field(next_line(&rest), head, &found_length, failure))
			return false;
	if (!found_length)
		return refuse("its length is not told beforehand", failure);
	*complete = true;
	return true;
}
