/* Names of solutions, services, programs, runs and modes, as the pages on formats define them. */
#ifndef NAMES_H
#define NAMES_H

#include <stdbool.h>

enum { NAME_SIZE = 64 /* 63 characters and NUL */ };

/* [a-z0-9][a-z0-9-]{0,62} */
bool name_is_valid(const char *text);

#endif
