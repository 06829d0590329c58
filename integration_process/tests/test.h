/*
 * What every test program uses: checks that are counted and told as TAP (Test
 * Anything Protocol) lines, and an exit status that says whether all held.
 */
#ifndef TEST_H
#define TEST_H

#include <stdbool.h>

/* One line `ok` or `not ok` with a name made like printf's; gives `held`. */
bool check(bool held, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints the plan; gives the exit status of the program. No check at all is a failure. */
int checks_done(void);

#endif
