/* Run parameters: every member's type and range; nothing unknown, nothing twice. */
#include "parameters.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static const struct solution_parameter declared[] = {
	{.name = "threshold_cents", .kind = PARAMETER_INTEGER, .maximum = 1000000000000},
	{.name = "customer", .kind = PARAMETER_TEXT, .optional = true, .minimum = 1, .maximum = 8},
	{.name = NULL},
};
static const struct solution solution = {.name = "retail", .parameters = declared};

/* All that is required, with the value (or more members) of one replaced. */
struct variant {
	const char *what;
	const char *old;
	const char *new;
	bool accepted;
};

static const char usual[] = "{\"version\":1,\"solution\":\"retail\",\"program\":\"retail-2\",\"run\":\"r1\","
			    "\"mode\":\"hybrid\",\"path\":\"relayed\",\"crypto\":\"hpke\",\"requests\":10,"
			    "\"interval_ms\":20,\"threshold_cents\":15000}";

static void replace(char *text, size_t size, const char *old, const char *new)
{
	const char *place = strstr(usual, old);
	if (!check(place != NULL, "the usual parameters have %s", old))
		return;
	snprintf(text, size, "%.*s%s%s", (int)(place - usual), usual, new, place + strlen(old));
}

static void test_variants(void)
{
	static const struct variant variants[] = {
		{"as usual", "\"version\":1", "\"version\":1", true},
		{"version 2", "\"version\":1", "\"version\":2", false},
		{"version as text", "\"version\":1", "\"version\":\"1\"", false},
		{"another solution", "\"solution\":\"retail\"", "\"solution\":\"healthcare\"", false},
		{"no program", "\"program\":\"retail-2\",", "", false},
		{"program in capitals", "retail-2", "Retail", false},
		{"program with a slash", "retail-2", "retail/2", false},
		{"program that begins with -", "retail-2", "-retail", false},
		{"run of 63", "r1", "r23456789012345678901234567890123456789012345678901234567890123", true},
		{"run of 64", "r1", "r234567890123456789012345678901234567890123456789012345678901234", false},
		{"empty run", "\"r1\"", "\"\"", false},
		{"mode no name", "\"hybrid\"", "\"a b\"", false},
		{"direct path", "relayed", "direct", true},
		{"another path", "relayed", "airmail", false},
		{"path in capitals", "relayed", "Direct", false},
		{"other crypto", "hpke", "rot13", false},
		{"crypto none", "hpke", "none", true},
		{"crypto in capitals", "hpke", "HPKE", false},
		{"verify full", "\"requests\"", "\"verify\":\"full\",\"requests\"", true},
		{"verify cached", "\"requests\"", "\"verify\":\"cached\",\"requests\"", true},
		{"verify never", "\"requests\"", "\"verify\":\"never\",\"requests\"", false},
		{"verify as number", "\"requests\"", "\"verify\":1,\"requests\"", false},
		{"verify null", "\"requests\"", "\"verify\":null,\"requests\"", false},
		{"verify twice", "\"requests\"",
		 "\"verify\":\"full\",\"verify\":\"cached\",\"requests\"", false},
		{"no requests", "\"requests\":10,", "", false},
		{"0 requests", "\"requests\":10", "\"requests\":0", false},
		{"1,000,000 requests", "\"requests\":10", "\"requests\":1000000", true},
		{"1,000,001 requests", "\"requests\":10", "\"requests\":1000001", false},
		{"half a request", "\"requests\":10", "\"requests\":1.5", false},
		{"requests twice", "\"requests\":10", "\"requests\":10,\"requests\":1000000", false},
		{"requests in capitals beside", "\"requests\":10", "\"requests\":10,\"Requests\":9", false},
		{"longest interval", "\"interval_ms\":20", "\"interval_ms\":3600000", true},
		{"interval too long", "\"interval_ms\":20", "\"interval_ms\":3600001", false},
		{"negative interval", "\"interval_ms\":20", "\"interval_ms\":-1", false},
		{"threshold 0", "15000", "0", true},
		{"threshold too high", "15000", "1000000000001", false},
		{"no threshold", ",\"threshold_cents\":15000", "", false},
		{"a customer", "15000", "15000,\"customer\":\"Ana\"", true},
		{"a customer too long", "15000", "15000,\"customer\":\"Ana Souza\"", false},
		{"an empty customer", "15000", "15000,\"customer\":\"\"", false},
		{"a customer that is a number", "15000", "15000,\"customer\":1", false},
		{"two customers", "15000", "15000,\"customer\":\"A\",\"customer\":\"B\"", false},
		{"a customer null", "15000", "15000,\"customer\":null", false},
		{"an unknown member", "15000", "15000,\"colour\":\"red\"", false},
		{"no object", "{", "[", false},
		{"something behind it", "}", "} ,", false},
	};
	for (size_t i = 0; i < sizeof variants / sizeof variants[0]; i++) {
		char text[1024];
		struct parameters parameters;
		struct failure failure = {0};
		replace(text, sizeof text, variants[i].old, variants[i].new);
		bool read = parameters_read(&parameters, text_view(text), &solution, &failure);
		check(read == variants[i].accepted &&
			      (read || strcmp(failure.check, "parameters") == 0),
		      "%s: %s", variants[i].what, read ? "accepted" : failure.message);
		parameters_free(&parameters);
	}
}

static void test_values(void)
{
	char text[1024];
	struct parameters parameters;
	struct failure failure = {0};
	replace(text, sizeof text, "15000", "15000,\"customer\":\"Ana\"");
	if (!check(parameters_read(&parameters, text_view(text), &solution, &failure), "accepted"))
		return;
	check(strcmp(parameters.program, "retail-2") == 0 && strcmp(parameters.run, "r1") == 0, "names");
	check(parameters.requests == 10 && parameters.interval_milliseconds == 20 &&
		      parameters.crypto == CRYPTO_HPKE && parameters.path == PATH_RELAYED,
	      "numbers, crypto and path");
	check(parameters_integer(&parameters, "threshold_cents") == 15000, "a declared integer");
	const char *customer = parameters_text(&parameters, "customer");
	check(customer != NULL && strcmp(customer, "Ana") == 0, "a declared text");
	check(parameters_text(&parameters, "mode") == NULL, "what is not declared is not given");
	check(parameters_text(&parameters, "threshold_cents") == NULL, "an integer is no text");
	parameters_free(&parameters);
}

static void test_path(void)
{
	char text[1024];
	struct parameters parameters;
	struct failure failure = {0};
	replace(text, sizeof text, "relayed", "direct");
	check(parameters_read(&parameters, text_view(text), &solution, &failure) &&
		      parameters.path == PATH_DIRECT,
	      "path direct");
	parameters_free(&parameters);
}

int main(void)
{
	test_variants();
	test_values();
	test_path();
	return checks_done();
}
