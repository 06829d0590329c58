/* Counting checks: see test.h. */
#include "test.h"

#include <stdarg.h>
#include <stdio.h>

static unsigned passed;
static unsigned failed;

bool check(bool held, const char *format, ...)
{
	if (held)
		passed++;
	else
		failed++;
	printf("%s %u - ", held ? "ok" : "not ok", passed + failed);
	va_list arguments;
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	return held;
}

int checks_done(void)
{
	printf("1..%u\n%u passed, %u failed\n", passed + failed, passed, failed);
	return failed == 0 && passed > 0 ? 0 : 1;
}
