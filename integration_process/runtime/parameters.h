/*
 * Run parameters (messages.md): the text the launcher gives, of which the
 * certificate binds the hash. Read strictly, because the CA reads the same
 * text with another parser: unknown and repeated members are refused.
 */
#ifndef PARAMETERS_H
#define PARAMETERS_H

#include "integration_process.h"
#include "json.h"
#include "names.h"
#include "sealing.h"

/* How the process reaches its services. */
enum path { PATH_RELAYED, PATH_DIRECT };

struct parameters {
	char solution[NAME_SIZE];
	char program[NAME_SIZE];
	char run[NAME_SIZE];
	enum path path;
	enum crypto crypto;
	int64_t requests;
	int64_t interval_milliseconds;
	cJSON *all; /* where the solution's own are looked up */
	const struct solution_parameter *declared;
};

/* Check `parameters`. Freed with parameters_free, also after a failure. */
bool parameters_read(struct parameters *parameters, struct view text,
		     const struct solution *solution, struct failure *failure);
void parameters_free(struct parameters *parameters);

/* As integration_process_text and integration_process_integer. */
const char *parameters_text(const struct parameters *parameters, const char *name);
int64_t parameters_integer(const struct parameters *parameters, const char *name);

#endif
