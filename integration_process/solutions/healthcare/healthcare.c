/*
 * Healthcare: a hospital admits a patient who arrives severely ill. Reads the
 * newest arrival (or a named patient's) from the registry, writes the
 * hospital's record, and notifies the next of kin.
 */
#include "integration_process.h"

static const char *const services[] = {"registry", "hospital", "notification", NULL};

static const struct solution_parameter parameters[] = {
	{.name = "severity", .kind = PARAMETER_INTEGER, .minimum = 1, .maximum = 5},
	{.name = "patient", .kind = PARAMETER_TEXT, .optional = true, .minimum = 1, .maximum = 256},
	{.name = NULL},
};

static const struct record *look_up(struct integration_process *process)
{
	struct record *question = record_create(process);
	const char *patient = integration_process_text(process, "patient");
	if (patient != NULL && !record_set_text(question, "patient", patient))
		return NULL;
	return integration_process_read(process, "registry", question);
}

static const struct record *admit(struct integration_process *process, const struct record *arrival,
				  int64_t severity)
{
	static const char *const members[] = {"patient", "born", "blood", "allergies"};
	struct record *admission = record_create(process);
	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
		if (!record_set_text(admission, members[i], record_text(arrival, members[i])))
			return NULL;
	if (!record_set_integer(admission, "severity", severity))
		return NULL;
	return integration_process_write(process, "hospital", admission);
}

/* The family may be unable to come, or silent: that is an answer too. */
static bool notify(struct integration_process *process, const struct record *arrival,
		   const struct record *admission)
{
	const char *patient = record_text(arrival, "patient");
	const char *ward = record_text(admission, "ward");
	const char *doctor = record_text(admission, "doctor");
	if (patient == NULL || ward == NULL || doctor == NULL)
		return false;
	struct record *notification = record_create(process);
	if (!record_set_text(notification, "phone", record_text(arrival, "family")) ||
	    !record_format_text(notification, "text", "%s is in %s, cared for by %s. Can you come?",
				patient, ward, doctor))
		return false;
	const struct record *answer =
		integration_process_write(process, "notification", notification);
	return record_text(answer, "answer") != NULL;
}

static bool admit_arrival(struct integration_process *process)
{
	const struct record *arrival = look_up(process);
	int64_t severity;
	if (!record_integer(arrival, "severity", &severity))
		return false;
	if (severity < integration_process_integer(process, "severity"))
		return true;
	const struct record *admission = admit(process, arrival, severity);
	return admission != NULL && notify(process, arrival, admission);
}

int main(void)
{
	static const struct solution healthcare = {
		.name = "healthcare",
		.services = services,
		.parameters = parameters,
		.carry_out = admit_arrival,
	};
	return integration_process_main(&healthcare);
}
