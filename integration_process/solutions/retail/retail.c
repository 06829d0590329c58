/*
 * Retail: a store pays a taxi home for a customer who spent more than a
 * threshold. Reads the bill of the last sale (or of a named customer's), books
 * a ride, offers it in a message and takes the answer.
 */
#include "integration_process.h"

#include <string.h>

static const char *const services[] = {"store", "taxi", "whatsapp", NULL};

static const struct solution_parameter parameters[] = {
	{.name = "threshold_cents", .kind = PARAMETER_INTEGER, .maximum = 1000000000000},
	{.name = "customer", .kind = PARAMETER_TEXT, .optional = true, .minimum = 1, .maximum = 256},
	{.name = "payload_bytes", .kind = PARAMETER_INTEGER, .optional = true, .maximum = 16777216},
	{.name = NULL},
};

/* The bill, and beside it a dataset of the size asked for. */
static const struct record *read_bill(struct integration_process *process)
{
	struct record *question = record_create(process);
	const char *customer = integration_process_text(process, "customer");
	int64_t payload = integration_process_integer(process, "payload_bytes");
	if ((customer != NULL && !record_set_text(question, "customer", customer)) ||
	    (payload > 0 && !record_set_integer(question, "payload", payload)))
		return NULL;
	const struct record *bill = integration_process_read(process, "store", question);
	const char *dataset = record_text(bill, "dataset");
	if (dataset == NULL)
		return NULL;
	if (payload > 0 && strlen(dataset) != (size_t)payload) {
		integration_process_fail(process, "dataset", "it has another size than was asked for");
		return NULL;
	}
	return bill;
}

static const struct record *book_taxi(struct integration_process *process, const struct record *bill)
{
	struct record *ride = record_create(process);
	if (!record_set_text(ride, "phone", record_text(bill, "phone")) ||
	    !record_set_text(ride, "address", record_text(bill, "address")) ||
	    !record_set_text(ride, "customer", record_text(bill, "customer")))
		return NULL;
	return integration_process_write(process, "taxi", ride);
}

/* The customer may decline, or be silent: that is an answer too. */
static bool offer_ride(struct integration_process *process, const struct record *bill,
		       const struct record *ride)
{
	const char *taxi = record_text(ride, "taxi");
	const char *driver = record_text(ride, "driver");
	if (taxi == NULL || driver == NULL)
		return false;
	struct record *message = record_create(process);
	if (!record_set_text(message, "phone", record_text(bill, "phone")) ||
	    !record_format_text(message, "message",
				"Thank you for your purchase. Taxi %s with %s takes you home at our "
				"expense. Do you accept?",
				taxi, driver))
		return false;
	const struct record *answer = integration_process_write(process, "whatsapp", message);
	return record_text(answer, "answer") != NULL;
}

static bool pay_taxi_home(struct integration_process *process)
{
	const struct record *bill = read_bill(process);
	int64_t total_cents;
	if (!record_integer(bill, "total_cents", &total_cents))
		return false;
	if (total_cents <= integration_process_integer(process, "threshold_cents"))
		return true;
	const struct record *ride = book_taxi(process, bill);
	return ride != NULL && offer_ride(process, bill, ride);
}

int main(void)
{
	static const struct solution retail = {
		.name = "retail",
		.services = services,
		.parameters = parameters,
		.carry_out = pay_taxi_home,
	};
	return integration_process_main(&retail);
}
