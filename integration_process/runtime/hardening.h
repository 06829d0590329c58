/*
 * What the process does to itself before it handles anything: gives up what it
 * inherited, leaves no core dump. It stays readable to the attester, so
 * PR_SET_DUMPABLE and the like are not touched.
 */
#ifndef HARDENING_H
#define HARDENING_H

#include "failure.h"

bool harden(struct failure *failure);

#endif
