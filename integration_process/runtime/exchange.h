/*
 * One operation on its way to a service and back, whichever way that is. The
 * ways share sealing and opening (operations.c) and what a reply looks like.
 */
#ifndef EXCHANGE_H
#define EXCHANGE_H

#include "process.h"

struct exchange {
	struct integration_process *process;
	enum operation operation;
	const struct service *service;
	uint8_t service_index;
	struct context context;
	struct sealed_request request;
};

/*
 * A way: carries the sealed request to its service and takes the sealed reply,
 * which the caller frees, also after a failure.
 */
typedef bool carry(const struct exchange *exchange, struct sealed_reply *reply);
carry relayed_carry; /* the launcher is told, and answers (relayed.c) */
carry direct_carry;  /* by a connection of the process's own (direct.c) */

/* Adds a step that began at that moment and ends now. */
bool exchange_add_timing(const struct exchange *exchange, enum step step, uint64_t begin);

/* Adds the members that a request has on both ways; false when out of memory. */
bool exchange_add_request(const struct exchange *exchange, cJSON *object);

/* The members that a reply has on both ways. */
bool exchange_read_reply(const struct exchange *exchange, const cJSON *object,
			 struct sealed_reply *reply);

/*
 * Whoever refused says so in the members `error` and `check`: that becomes this
 * run's failure, if it is told in plain characters. Always false.
 */
bool exchange_take_refusal(const struct exchange *exchange, const cJSON *object);

#endif
