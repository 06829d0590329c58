/*
 * What a solution's source includes: how it describes itself, and how, in one
 * request, it reads from and writes to digital services. Everything between
 * the solution and the services (keys, certificates, sealing, messages) is the
 * runtime's and is not visible here.
 */
#ifndef INTEGRATION_PROCESS_H
#define INTEGRATION_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The running integration process. */
struct integration_process;

/*
 * One JSON object that goes to a service or comes from it. The runtime owns
 * every record and wipes it when the request in which it was made ends.
 */
struct record;

enum parameter_kind { PARAMETER_INTEGER, PARAMETER_TEXT };

/*
 * A run parameter that this solution reads, beyond those of every solution.
 * `minimum` and `maximum` are the range of an integer, or the length in bytes
 * of a text. Run parameters that nobody declared are refused.
 */
struct solution_parameter {
	const char *name;
	enum parameter_kind kind;
	bool optional;
	int64_t minimum;
	int64_t maximum;
};

struct solution {
	const char *name;
	/* The ids of the services it talks to, ended by NULL. */
	const char *const *services;
	/* The parameters it reads, ended by one whose name is NULL. */
	const struct solution_parameter *parameters;
	/*
	 * Carries out one request. False ends the run as failed: after an
	 * operation or a record function that failed (the reason is kept), or
	 * after integration_process_fail.
	 */
	bool (*carry_out)(struct integration_process *process);
};

/* Runs the whole conversation with the launcher; gives the exit status. */
int integration_process_main(const struct solution *solution);

/* A parameter that the solution declared; NULL when an optional text is missing. */
const char *integration_process_text(const struct integration_process *process, const char *name);

/* A parameter that the solution declared; its minimum when it is optional and missing. */
int64_t integration_process_integer(const struct integration_process *process, const char *name);

/*
 * Attested read and write: the record is sealed to the service, and the
 * service's reply, after its signature was checked, opened. NULL on failure,
 * and when `record` is NULL.
 */
const struct record *integration_process_read(struct integration_process *process,
					      const char *service, const struct record *record);
const struct record *integration_process_write(struct integration_process *process,
					       const char *service, const struct record *record);

/* Ends the run with a reason of the solution's; always false. No customer's data in it. */
bool integration_process_fail(struct integration_process *process, const char *check,
			      const char *message);

/* An empty record; NULL when out of memory. */
struct record *record_create(struct integration_process *process);

/* Sets a text member; false when out of memory, or when `record` or `text` is NULL. */
bool record_set_text(struct record *record, const char *name, const char *text);

/*
 * Sets an integer member, from 0 to 2^53; false when it is outside, when out
 * of memory, or when `record` is NULL.
 */
bool record_set_integer(struct record *record, const char *name, int64_t value);

/* Sets a text member made like printf's. The text is never outside memory that is wiped. */
bool record_format_text(struct record *record, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A text member; NULL (and the run's failure is kept) when it is missing or no text. */
const char *record_text(const struct record *record, const char *name);

/*
 * An integer member from 0 to 2^53; false (and the run's failure is kept) when
 * it is missing, no integer, or outside.
 */
bool record_integer(const struct record *record, const char *name, int64_t *value);

#endif
