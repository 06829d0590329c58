/* Records: the JSON objects of a solution's requests, wiped together when a request ends. */
#ifndef RECORDS_H
#define RECORDS_H

#include "process.h"

/* The record's text, from cJSON: freed (and wiped) with cJSON_free. NULL when out of memory. */
char *record_render(const struct record *record);

/* What a service replied; check `plain-text` when it is no JSON object. */
const struct record *record_parse(struct integration_process *process, struct view text);

/* Wipes every record of the process. */
void records_free(struct integration_process *process);

#endif
