/* Keys and CSR: see identity.h. */
#include "identity.h"

#include "encodings.h"
#include "names.h"

#include <openssl/objects.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

volatile unsigned char attested_csr_sha256[SHA256_SIZE];

bool identity_generate(struct identity *identity, struct failure *failure)
{
	*identity = (struct identity){0};
	size_t length = ED25519_KEY_SIZE;
	identity->signing = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	if (identity->signing == NULL ||
	    EVP_PKEY_get_raw_public_key(identity->signing, identity->signing_public_key, &length) != 1 ||
	    length != ED25519_KEY_SIZE) {
		identity_destroy(identity);
		return failure_set_openssl(failure, "openssl", "cannot generate an Ed25519 key");
	}
	if (!sealing_key_generate(&identity->sealing, failure)) {
		identity_destroy(identity);
		return false;
	}
	return true;
}

void identity_destroy(struct identity *identity)
{
	EVP_PKEY_free(identity->signing);
	sealing_key_destroy(&identity->sealing);
	*identity = (struct identity){0};
}

static bool add_extension(X509_EXTENSIONS *extensions, const char *oid, const unsigned char *der,
			  int length)
{
	ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
	ASN1_OCTET_STRING *content = ASN1_OCTET_STRING_new();
	X509_EXTENSION *extension = NULL;
	if (object != NULL && content != NULL && ASN1_OCTET_STRING_set(content, der, length) == 1)
		extension = X509_EXTENSION_create_by_OBJ(NULL, object, 0, content);
	ASN1_OBJECT_free(object);
	ASN1_OCTET_STRING_free(content);
	if (extension != NULL && sk_X509_EXTENSION_push(extensions, extension) > 0)
		return true;
	X509_EXTENSION_free(extension);
	return false;
}

static bool add_extensions(X509_REQ *request, const struct identity *identity,
			   const unsigned char binding[BINDING_SIZE])
{
	unsigned char sealing_key[SEALING_KEY_DER_SIZE];
	unsigned char bound[BINDING_DER_SIZE];
	encode_sealing_key(identity->sealing.public_key, sealing_key);
	encode_binding(binding, bound);
	X509_EXTENSIONS *extensions = sk_X509_EXTENSION_new_null();
	bool added = extensions != NULL &&
		     add_extension(extensions, OID_SEALING_KEY, sealing_key, sizeof sealing_key) &&
		     add_extension(extensions, OID_BINDING, bound, sizeof bound) &&
		     X509_REQ_add_extensions(request, extensions) == 1;
	sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
	return added;
}

static bool fill(X509_REQ *request, const struct identity *identity, const char *program,
		 const unsigned char binding[BINDING_SIZE])
{
	/* Owned by the request. */
	X509_NAME *subject = X509_REQ_get_subject_name(request);
	return X509_REQ_set_version(request, X509_REQ_VERSION_1) == 1 &&
	       X509_NAME_add_entry_by_NID(subject, NID_commonName, V_ASN1_PRINTABLESTRING,
					  (const unsigned char *)program, -1, -1, 0) == 1 &&
	       X509_REQ_set_pubkey(request, identity->signing) == 1 &&
	       add_extensions(request, identity, binding) &&
	       X509_REQ_sign(request, identity->signing, NULL) > 0;
}

bool identity_make_csr(const struct identity *identity, const char *program,
		       const unsigned char binding[BINDING_SIZE], struct bytes *csr,
		       struct failure *failure)
{
	*csr = (struct bytes){0};
	X509_REQ *request = X509_REQ_new();
	bool made = request != NULL && fill(request, identity, program, binding);
	int length = made ? i2d_X509_REQ(request, NULL) : -1;
	if (length > 0 && bytes_allocate(csr, (size_t)length)) {
		unsigned char *end = csr->data;
		made = i2d_X509_REQ(request, &end) == length;
	} else {
		made = false;
	}
	X509_REQ_free(request);
	if (made)
		return true;
	bytes_free(csr);
	return failure_set_openssl(failure, "openssl", "cannot make the certificate signing request");
}

bool identity_publish_csr(const struct bytes *csr, struct failure *failure)
{
	unsigned char hash[SHA256_SIZE];
	if (!sha256(bytes_view(csr), hash, failure))
		return false;
	for (size_t i = 0; i < sizeof hash; i++)
		attested_csr_sha256[i] = hash[i];
	return true;
}

static bool check_keys(const struct identity *identity, X509 *certificate, struct failure *failure)
{
	unsigned char sealing_key[X25519_SIZE];
	if (EVP_PKEY_eq(X509_get0_pubkey(certificate), identity->signing) != 1)
		return failure_set_openssl(failure, "process-key", "the certificate is for another signing key");
	struct failure missing = {0};
	if (!certificate_sealing_key(certificate, sealing_key, &missing) ||
	    memcmp(sealing_key, identity->sealing.public_key, X25519_SIZE) != 0)
		return failure_set(failure, "process-key", "the certificate is for another sealing key");
	return true;
}

static bool check_binding(X509 *certificate, const unsigned char given[BINDING_SIZE],
			  struct failure *failure)
{
	unsigned char binding[BINDING_SIZE];
	if (!certificate_binding(certificate, binding, failure))
		return false;
	if (memcmp(binding, given, BINDING_SIZE) != 0)
		return failure_set(failure, "binding",
				   "the certificate is bound to another nonce, root or parameters");
	return true;
}

bool identity_accept_certificate(const struct identity *identity, struct view der, X509 *root,
				 const char *program, const char *run,
				 const unsigned char binding[BINDING_SIZE], time_t now,
				 struct failure *failure)
{
	char uri[sizeof "eai:process//" + 2 * NAME_SIZE];
	snprintf(uri, sizeof uri, "eai:process/%s/%s", program, run);
	X509 *certificate = certificate_parse(der, failure);
	bool accepted = certificate != NULL &&
			certificate_check_chain(certificate, root, now, failure) &&
			certificate_check_role(certificate, ROLE_PROCESS, uri, failure) &&
			check_keys(identity, certificate, failure) &&
			check_binding(certificate, binding, failure);
	X509_free(certificate);
	return accepted;
}
