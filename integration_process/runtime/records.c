/* Records of a solution: see records.h and integration_process.h. */
#include "records.h"

#include "secrets.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

enum { USUAL_TEXT_SIZE = 1024 };

/* The check that what a service sealed is what the solution expects. */
static const char plain_text[] = "plain-text";

struct record {
	struct integration_process *process;
	cJSON *object;
	struct record *next;
};

/* Takes the object, also when it fails. */
static struct record *keep(struct integration_process *process, cJSON *object)
{
	struct record *record = secret_allocate(sizeof *record);
	if (object == NULL || record == NULL) {
		cJSON_Delete(object);
		secret_free(record);
		failure_set(&process->failure, "memory", "no memory for a record");
		return NULL;
	}
	*record = (struct record){.process = process, .object = object, .next = process->records};
	process->records = record;
	return record;
}

struct record *record_create(struct integration_process *process)
{
	return keep(process, cJSON_CreateObject());
}

const struct record *record_parse(struct integration_process *process, struct view text)
{
	cJSON *object = json_parse(text, &process->failure);
	if (object == NULL) {
		failure_rename(&process->failure, plain_text);
		return NULL;
	}
	return keep(process, object);
}

char *record_render(const struct record *record)
{
	return cJSON_PrintBuffered(record->object, USUAL_TEXT_SIZE, 0);
}

bool record_set_text(struct record *record, const char *name, const char *text)
{
	if (record == NULL || text == NULL)
		return false;
	if (!json_add_text(record->object, name, text))
		return failure_set(&record->process->failure, "memory", "no memory for a record");
	return true;
}

bool record_set_integer(struct record *record, const char *name, int64_t value)
{
	if (record == NULL)
		return false;
	struct failure *failure = &record->process->failure;
	if (value < 0 || value > JSON_INTEGER_MAXIMUM)
		return failure_set(failure, "solution", "member %s is outside 0 to 2^53", name);
	/* As text: cJSON writes a number of more than 15 digits rounded. */
	char digits[24];
	snprintf(digits, sizeof digits, "%" PRId64, value);
	if (cJSON_AddRawToObject(record->object, name, digits) == NULL)
		return failure_set(failure, "memory", "no memory for a record");
	return true;
}

/* The formatted text, freed with secret_free. */
__attribute__((format(printf, 1, 0))) static char *format_text(const char *format, va_list arguments)
{
	va_list again;
	va_copy(again, arguments);
	int length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	char *text = length < 0 ? NULL : secret_allocate((size_t)length + 1);
	if (text != NULL)
		vsnprintf(text, (size_t)length + 1, format, arguments);
	return text;
}

bool record_format_text(struct record *record, const char *name, const char *format, ...)
{
	if (record == NULL)
		return false;
	va_list arguments;
	va_start(arguments, format);
	char *text = format_text(format, arguments);
	va_end(arguments);
	if (text == NULL)
		return failure_set(&record->process->failure, "memory", "no memory for a record");
	bool set = record_set_text(record, name, text);
	secret_free(text);
	return set;
}

const char *record_text(const struct record *record, const char *name)
{
	if (record == NULL)
		return NULL;
	const char *text = json_text(record->object, name, &record->process->failure);
	if (text == NULL)
		failure_rename(&record->process->failure, plain_text);
	return text;
}

bool record_integer(const struct record *record, const char *name, int64_t *value)
{
	if (record == NULL)
		return false;
	struct failure *failure = &record->process->failure;
	return json_integer(record->object, name, 0, JSON_INTEGER_MAXIMUM, value, failure) ||
	       failure_rename(failure, plain_text);
}

void records_free(struct integration_process *process)
{
	while (process->records != NULL) {
		struct record *record = process->records;
		process->records = record->next;
		cJSON_Delete(record->object);
		secret_free(record);
	}
}
