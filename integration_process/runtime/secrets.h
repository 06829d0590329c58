/*
 * Memory that is wiped when it is given back: for customers' data and keys.
 * cJSON is made to use it too, because plain text passes through its trees.
 */
#ifndef SECRETS_H
#define SECRETS_H

#include <stddef.h>

/* NULL when out of memory. Never of size 0. */
void *secret_allocate(size_t size);

/* Wipes and frees what secret_allocate gave; NULL is fine. */
void secret_free(void *memory);

/* From here on every block of cJSON comes from secret_allocate. */
void secrets_guard_json(void);

#endif
