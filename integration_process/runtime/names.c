/* Names: see names.h. */
#include "names.h"

#include <string.h>

bool name_is_valid(const char *text)
{
	/* Spelled out, because isalnum would follow the locale. */
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	size_t length = strlen(text);
	return length > 0 && length < NAME_SIZE && text[0] != '-' && strspn(text, allowed) == length;
}
