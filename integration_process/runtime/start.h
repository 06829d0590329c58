/*
 * The handshake that makes a started program an attested integration process:
 * ready, prepare, prepared, exchangeKeys, keysExchanged, run, running.
 */
#ifndef START_H
#define START_H

#include "process.h"

/* Leaves the process ready for its first request, or its failure set. */
bool start(struct integration_process *process);

#endif
