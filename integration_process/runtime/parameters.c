/* Run parameters: see parameters.h. */
#include "parameters.h"

#include <string.h>

static const int64_t requests_maximum = 1000000;
static const int64_t interval_maximum = 3600000;

static const char *const common[] = {"version", "solution", "program", "run",      "mode",
				     "path",    "crypto",   "verify",   "requests", "interval_ms"};

static bool read_name(const cJSON *all, const char *member, char name[NAME_SIZE],
		      struct failure *failure)
{
	const char *text = json_text(all, member, failure);
	if (text == NULL)
		return false;
	if (!name_is_valid(text))
		return failure_set(failure, "parameters", "member %s is no name", member);
	memcpy(name, text, strlen(text) + 1);
	return true;
}

static bool read_crypto(const cJSON *all, enum crypto *crypto, struct failure *failure)
{
	const char *text = json_text(all, "crypto", failure);
	if (text == NULL)
		return false;
	if (strcmp(text, crypto_text(CRYPTO_HPKE)) == 0)
		*crypto = CRYPTO_HPKE;
	else if (strcmp(text, crypto_text(CRYPTO_NONE)) == 0)
		*crypto = CRYPTO_NONE;
	else
		return failure_set(failure, "parameters", "member crypto is neither hpke nor none");
	return true;
}

static bool read_path(const cJSON *all, enum path *path, struct failure *failure)
{
	const char *text = json_text(all, "path", failure);
	if (text == NULL)
		return false;
	if (strcmp(text, "relayed") == 0)
		*path = PATH_RELAYED;
	else if (strcmp(text, "direct") == 0)
		*path = PATH_DIRECT;
	else
		return failure_set(failure, "parameters", "member path is neither relayed nor direct");
	return true;
}

/* How often services verify is theirs to do; here it is only known, so that it is bound. */
static bool check_verify(const cJSON *all, struct failure *failure)
{
	if (json_member(all, "verify", failure) == NULL)
		return !failure_is_set(failure);
	const char *text = json_text(all, "verify", failure);
	if (text == NULL)
		return false;
	if (strcmp(text, "full") != 0 && strcmp(text, "cached") != 0)
		return failure_set(failure, "parameters", "member verify is neither full nor cached");
	return true;
}

static bool read_declared(const cJSON *all, const struct solution_parameter *declared,
			  struct failure *failure)
{
	if (declared->optional && json_member(all, declared->name, failure) == NULL)
		return !failure_is_set(failure);
	if (declared->kind == PARAMETER_INTEGER) {
		int64_t value;
		return json_integer(all, declared->name, declared->minimum, declared->maximum,
				    &value, failure);
	}
	const char *text = json_text(all, declared->name, failure);
	if (text == NULL)
		return false;
	int64_t length = (int64_t)strlen(text);
	if (length < declared->minimum || length > declared->maximum)
		return failure_set(failure, "parameters", "member %s is too short or too long",
				   declared->name);
	return true;
}

static bool is_known(const struct parameters *parameters, const char *name)
{
	for (size_t i = 0; i < sizeof common / sizeof common[0]; i++)
		if (strcmp(common[i], name) == 0)
			return true;
	for (const struct solution_parameter *p = parameters->declared; p->name != NULL; p++)
		if (strcmp(p->name, name) == 0)
			return true;
	return false;
}

/* Getters look a member up once it is known; this is for those that nobody looks up. */
static bool only_known(const struct parameters *parameters, struct failure *failure)
{
	const cJSON *member = NULL;
	cJSON_ArrayForEach(member, parameters->all)
	{
		if (!is_known(parameters, member->string))
			return failure_set(failure, "parameters", "this solution does not know member %s",
					   member->string);
	}
	return true;
}

static bool read_all(struct parameters *parameters, const struct solution *solution,
		     struct failure *failure)
{
	const cJSON *all = parameters->all;
	int64_t version;
	char mode[NAME_SIZE];
	if (!only_known(parameters, failure) ||
	    !json_integer(all, "version", 1, 1, &version, failure) ||
	    !read_name(all, "solution", parameters->solution, failure) ||
	    !read_name(all, "program", parameters->program, failure) ||
	    !read_name(all, "run", parameters->run, failure) ||
	    !read_name(all, "mode", mode, failure) || !read_path(all, &parameters->path, failure) ||
	    !read_crypto(all, &parameters->crypto, failure) || !check_verify(all, failure) ||
	    !json_integer(all, "requests", 1, requests_maximum, &parameters->requests, failure) ||
	    !json_integer(all, "interval_ms", 0, interval_maximum,
			  &parameters->interval_milliseconds, failure))
		return false;
	if (strcmp(parameters->solution, solution->name) != 0)
		return failure_set(failure, "parameters", "this program is another solution: %s",
				   solution->name);
	for (const struct solution_parameter *p = parameters->declared; p->name != NULL; p++)
		if (!read_declared(all, p, failure))
			return false;
	return true;
}

bool parameters_read(struct parameters *parameters, struct view text,
		     const struct solution *solution, struct failure *failure)
{
	*parameters = (struct parameters){.declared = solution->parameters};
	parameters->all = json_parse(text, failure);
	if (parameters->all == NULL || !read_all(parameters, solution, failure))
		return failure_rename(failure, "parameters");
	return true;
}

void parameters_free(struct parameters *parameters)
{
	cJSON_Delete(parameters->all);
	*parameters = (struct parameters){0};
}

static const struct solution_parameter *find(const struct parameters *parameters, const char *name,
					     enum parameter_kind kind)
{
	for (const struct solution_parameter *p = parameters->declared; p->name != NULL; p++)
		if (p->kind == kind && strcmp(p->name, name) == 0)
			return p;
	return NULL;
}

const char *parameters_text(const struct parameters *parameters, const char *name)
{
	if (find(parameters, name, PARAMETER_TEXT) == NULL)
		return NULL;
	const cJSON *member = cJSON_GetObjectItemCaseSensitive(parameters->all, name);
	return cJSON_IsString(member) ? member->valuestring : NULL;
}

int64_t parameters_integer(const struct parameters *parameters, const char *name)
{
	const struct solution_parameter *declared = find(parameters, name, PARAMETER_INTEGER);
	if (declared == NULL)
		return 0;
	struct failure missing = {0};
	int64_t value = declared->minimum;
	json_integer(parameters->all, name, declared->minimum, declared->maximum, &value, &missing);
	return value;
}
