/*
 * Why the run ends early, in the words of the message `failed`: the step, the
 * name of the check, a message. Owns no decision; nothing of a customer's may
 * be written into it, since it leaves the process in the clear.
 */
#ifndef FAILURE_H
#define FAILURE_H

#include <stdbool.h>

/* The launcher closed its end: there is nobody left to tell. */
#define CHECK_END_OF_INPUT "end-of-input"

enum { FAILURE_CHECK_SIZE = 64, FAILURE_MESSAGE_SIZE = 384 };

struct failure {
	const char *step; /* of the sequence diagrams, set before the step begins */
	char check[FAILURE_CHECK_SIZE];
	char message[FAILURE_MESSAGE_SIZE];
};

/* Records a failure; the first one stays, since it is the cause. Always false. */
bool failure_set(struct failure *failure, const char *check, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Like failure_set, with OpenSSL's reason added; clears OpenSSL's error queue. */
bool failure_set_openssl(struct failure *failure, const char *check, const char *what);

/* Gives a recorded failure the name of the check that the caller was making. Always false. */
bool failure_rename(struct failure *failure, const char *check);

bool failure_is_set(const struct failure *failure);

#endif
