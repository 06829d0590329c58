/* Recording the first failure: see failure.h. */
#include "failure.h"

#include <openssl/err.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool failure_is_set(const struct failure *failure)
{
	return failure->check[0] != '\0';
}

bool failure_set(struct failure *failure, const char *check, const char *format, ...)
{
	if (failure_is_set(failure))
		return false;
	snprintf(failure->check, sizeof failure->check, "%s", check);
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(failure->message, sizeof failure->message, format, arguments);
	va_end(arguments);
	return false;
}

bool failure_set_openssl(struct failure *failure, const char *check, const char *what)
{
	/* OpenSSL's reasons are constant strings: no data of the call is in them. */
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());
	failure_set(failure, check, "%s: %s", what, reason != NULL ? reason : "no reason given");
	ERR_clear_error();
	return false;
}

bool failure_rename(struct failure *failure, const char *check)
{
	if (failure_is_set(failure))
		snprintf(failure->check, sizeof failure->check, "%s", check);
	return false;
}
