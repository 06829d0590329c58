/*
 * The process's own keys, made in it and never leaving it, and the CSR that
 * tells their public halves.
 */
#ifndef IDENTITY_H
#define IDENTITY_H

#include "certificates.h"
#include "signatures.h"

struct identity {
	EVP_PKEY *signing; /* Ed25519 */
	unsigned char signing_public_key[ED25519_KEY_SIZE];
	struct sealing_key sealing; /* X25519 */
};

/*
 * SHA-256 of this process's CSR, zero before there is one. The attester reads
 * it from the live process's memory (evidence.md), so that nobody can have
 * evidence made over a CSR that is not this process's. Found by its name in
 * .symtab; volatile, because nothing in the program reads it.
 */
extern volatile unsigned char attested_csr_sha256[SHA256_SIZE];

bool identity_generate(struct identity *identity, struct failure *failure);

/* Frees both keys; OpenSSL wipes them. */
void identity_destroy(struct identity *identity);

/* PKCS #10 in DER with sealing key and binding, signed with the signing key. Owned by the caller. */
bool identity_make_csr(const struct identity *identity, const char *program,
		       const unsigned char binding[BINDING_SIZE], struct bytes *csr,
		       struct failure *failure);

/* Lets the attester see this CSR's digest. */
bool identity_publish_csr(const struct bytes *csr, struct failure *failure);

/*
 * The checks of its own certificate before the process runs, in this order:
 * `certificate`, `chain`, `time`, `role` (this program and run), `process-key`
 * (both keys), `binding` (the nonce, root and parameters it was given).
 */
bool identity_accept_certificate(const struct identity *identity, struct view der, X509 *root,
				 const char *program, const char *run,
				 const unsigned char binding[BINDING_SIZE], time_t now,
				 struct failure *failure);

#endif
