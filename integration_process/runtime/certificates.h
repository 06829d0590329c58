/*
 * Reading and checking X.509 certificates as docs/formats/certificates.md
 * says. Each function is one of its checks and names it; which checks a
 * certificate must pass is decided where it is received.
 */
#ifndef CERTIFICATES_H
#define CERTIFICATES_H

#include "bytes.h"
#include "failure.h"
#include "hpke.h"

#include <openssl/x509.h>
#include <time.h>

enum { BINDING_SIZE = 3 * SHA256_SIZE };

/* Dotted OIDs of the extensions. */
#define OID_SEALING_KEY "1.3.6.1.4.1.32473.1.1"
#define OID_BINDING "1.3.6.1.4.1.32473.1.2"

/* Whose certificate it must be. */
enum role { ROLE_PROCESS, ROLE_SERVICE };

/* Check `certificate`: DER without anything behind it, X.509 v3, an Ed25519 key. Freed with X509_free. */
X509 *certificate_parse(struct view der, struct failure *failure);

/* Check `root`: a CA's certificate. Its key may be of any kind. */
X509 *certificate_parse_root(struct view der, struct failure *failure);

/* Checks `chain` and `time`: signed by this root, CA:false, valid at `now` (as the root is). */
bool certificate_check_chain(X509 *certificate, X509 *root, time_t now, struct failure *failure);

/* Check `time` alone. */
bool certificate_check_time(const X509 *certificate, time_t now, struct failure *failure);

/*
 * Check `role`: exactly one `eai:` URI, which is `uri`; the role's extended
 * key usage; digitalSignature.
 */
bool certificate_check_role(X509 *certificate, enum role role, const char *uri,
			    struct failure *failure);

/* Check `sealing-key`: the X25519 public key in its extension. */
bool certificate_sealing_key(X509 *certificate, unsigned char public_key[X25519_SIZE],
			     struct failure *failure);

/* Check `binding`: the content of the extension. */
bool certificate_binding(X509 *certificate, unsigned char binding[BINDING_SIZE],
			 struct failure *failure);

#endif
