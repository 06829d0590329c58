/*
 * The test vectors that Go and C share (attest/testdata/vectors): members by
 * name, binary in hexadecimal. A vector that cannot be read whole ends the
 * program, so that none is half tested.
 */
#ifndef VECTOR_H
#define VECTOR_H

#include "bytes.h"
#include "failure.h"
#include "hpke.h"

#include <cjson/cJSON.h>

/* Calls `run` for each vector of a file in the folder that the environment names as VECTORS. */
void vectors_run(const char *file, void (*run)(const cJSON *vector, const struct hpke *hpke));

const char *vector_text(const cJSON *vector, const char *name);
uint64_t vector_integer(const cJSON *vector, const char *name);
struct bytes vector_bytes(const cJSON *vector, const char *name);
/* Exactly `length` bytes. */
void vector_exactly(const cJSON *vector, const char *name, unsigned char *value, size_t length);
/* Keys from their private bytes. */
struct sealing_key vector_sealing_key(const cJSON *vector, const char *name);
EVP_PKEY *vector_signing_key(const cJSON *vector, const char *name);

/* "success", or the name of the check that failed. */
const char *verdict(bool done, const struct failure *failure);
/* Checks that the verdict is the vector's. */
void vector_expect(const char *file, const cJSON *vector, const char *got);

bool bytes_equal(const struct bytes *a, const struct bytes *b);

#endif
