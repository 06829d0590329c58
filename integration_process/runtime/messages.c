/* Messages in frames: see messages.h. */
#include "messages.h"

#include "frames.h"

#include <string.h>

/* Enough for every message without a large payload: cJSON then prints into one block. */
enum { USUAL_TEXT_SIZE = 4096 };

cJSON *message_create(const char *type)
{
	cJSON *message = cJSON_CreateObject();
	if (message != NULL && !json_add_text(message, "type", type)) {
		cJSON_Delete(message);
		return NULL;
	}
	return message;
}

bool message_send(const struct conversation *conversation, cJSON *message, bool complete,
		  struct failure *failure)
{
	char *text = NULL;
	if (message != NULL && complete)
		text = cJSON_PrintBuffered(message, USUAL_TEXT_SIZE, 0);
	cJSON_Delete(message);
	if (text == NULL)
		return failure_set(failure, "memory", "no memory to make a message");
	bool sent = frame_write(conversation->output, (unsigned char *)text, strlen(text), failure);
	cJSON_free(text);
	return sent;
}

cJSON *message_parse(struct view frame, const char *type, struct failure *failure)
{
	cJSON *message = json_parse(frame, failure);
	if (message == NULL)
		return NULL;
	const char *received = json_text(message, "type", failure);
	if (received == NULL || strcmp(received, type) != 0) {
		failure_set(failure, "message", "another type of message: %s was expected", type);
		cJSON_Delete(message);
		return NULL;
	}
	return message;
}

cJSON *message_receive(const struct conversation *conversation, const char *type,
		       struct failure *failure)
{
	struct bytes frame;
	if (!frame_read(conversation->input, &frame, failure))
		return NULL;
	cJSON *message = message_parse(bytes_view(&frame), type, failure);
	bytes_free(&frame);
	return message;
}
