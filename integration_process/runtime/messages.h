/*
 * Messages of the conversation with the launcher: one JSON object in each
 * frame, told apart by `type`. What they mean is decided where they are used.
 */
#ifndef MESSAGES_H
#define MESSAGES_H

#include "json.h"

enum { MESSAGES_VERSION = 1 };

/* The two ends: standard input and output outside tests. */
struct conversation {
	int input;
	int output;
};

/* An object with its type; NULL when out of memory. */
cJSON *message_create(const char *type);

/*
 * Sends what message_create and builders made, and deletes it. `complete`
 * false means that a builder was out of memory.
 */
bool message_send(const struct conversation *conversation, cJSON *message, bool complete,
		  struct failure *failure);

/* Waits for a message, which must be of this type; NULL on failure. Deleted by the caller. */
cJSON *message_receive(const struct conversation *conversation, const char *type,
		       struct failure *failure);

/* One frame's bytes as a message of this type. */
cJSON *message_parse(struct view frame, const char *type, struct failure *failure);

#endif
