/*
 * Fuzz target: any bytes as the head of a reply, and as an address. A head that
 * is taken lies inside what was received, and is taken the same when more
 * follows; a refusal has the name of its check.
 */
#include "addresses.h"
#include "http.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool held)
{
	if (!held)
		abort();
}

static void visit_address(const uint8_t *data, size_t size)
{
	struct address address;
	char *text = malloc(size + 1);
	require(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	if (address_parse(text, &address)) {
		require(strcmp(address.text, text) == 0);
		require(address.host[0] != '\0' && atoi(address.port) >= 1 && atoi(address.port) <= 65535);
		/* It stands in a header. */
		require(strpbrk(address.text, "\r\n \t/@") == NULL);
	}
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_head head;
	struct failure failure = {0};
	bool complete;
	bool understood = http_parse_head((struct view){data, size}, &head, &complete, &failure);
	require(understood != failure_is_set(&failure));
	require(understood || strcmp(failure.check, CHECK_HTTP_REPLY) == 0);
	if (understood && complete) {
		struct http_head again;
		require(head.length <= size && head.length <= HTTP_HEAD_MAXIMUM);
		require(head.body_length <= HTTP_BODY_MAXIMUM && head.status >= 200 && head.status <= 599);
		require(http_parse_head((struct view){data, head.length}, &again, &complete, &failure));
		require(complete && again.length == head.length && again.status == head.status &&
			again.body_length == head.body_length && again.closes == head.closes);
	}
	visit_address(data, size);
	return 0;
}
