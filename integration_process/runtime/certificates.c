/* Checking X.509 certificates: see certificates.h. */
#include "certificates.h"

#include "encodings.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <string.h>

static X509 *parse(struct view der, const char *check, struct failure *failure)
{
	const unsigned char *position = der.data;
	X509 *certificate = NULL;
	if (der.length <= LONG_MAX)
		certificate = d2i_X509(NULL, &position, (long)der.length);
	if (certificate != NULL && position == der.data + der.length &&
	    X509_get_version(certificate) == X509_VERSION_3)
		return certificate;
	X509_free(certificate);
	failure_set_openssl(failure, check, "not one X.509 v3 certificate in DER");
	return NULL;
}

X509 *certificate_parse(struct view der, struct failure *failure)
{
	X509 *certificate = parse(der, "certificate", failure);
	if (certificate == NULL)
		return NULL;
	const EVP_PKEY *key = X509_get0_pubkey(certificate);
	if (key == NULL || EVP_PKEY_is_a(key, "ED25519") != 1) {
		X509_free(certificate);
		failure_set_openssl(failure, "certificate", "the certificate's key is not Ed25519");
		return NULL;
	}
	return certificate;
}

X509 *certificate_parse_root(struct view der, struct failure *failure)
{
	X509 *root = parse(der, "root", failure);
	if (root == NULL)
		return NULL;
	/* 1: X.509 v3 with basicConstraints CA:true; the other values are for old or odd certificates. */
	if (X509_check_ca(root) != 1) {
		X509_free(root);
		failure_set(failure, "root", "the root certificate is not a CA's");
		return NULL;
	}
	return root;
}

static bool verify(X509_STORE_CTX *context, struct failure *failure)
{
	int valid = X509_verify_cert(context);
	int error = X509_STORE_CTX_get_error(context);
	ERR_clear_error();
	if (valid == 1 && error == X509_V_OK)
		return true;
	return failure_set(failure, "chain", "the certificate does not verify against the root: %s",
			   X509_verify_cert_error_string(error));
}

bool certificate_check_chain(X509 *certificate, X509 *root, time_t now, struct failure *failure)
{
	STACK_OF(X509) *roots = sk_X509_new_null();
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	bool ready = roots != NULL && context != NULL && sk_X509_push(roots, root) > 0 &&
		     X509_STORE_CTX_init(context, NULL, certificate, NULL) == 1;
	bool valid = false;
	if (ready) {
		/* The root alone is trusted, and no intermediate is taken from anybody. */
		X509_STORE_CTX_set0_trusted_stack(context, roots);
		/* Time is checked below: OpenSSL's check leaves out the last second (RFC 5280 has it in). */
		X509_STORE_CTX_set_flags(context, X509_V_FLAG_NO_CHECK_TIME);
		valid = verify(context, failure);
	} else {
		failure_set_openssl(failure, "openssl", "cannot prepare to verify a certificate");
	}
	X509_STORE_CTX_free(context);
	sk_X509_free(roots); /* not the root in it */
	if (!valid)
		return false;
	/* The flag itself: X509_check_ca takes CA:true without keyCertSign for no CA. */
	uint32_t flags = X509_get_extension_flags(certificate);
	if ((flags & EXFLAG_BCONS) == 0 || (flags & EXFLAG_CA) != 0)
		return failure_set(failure, "chain", "the certificate is not marked CA:false");
	return certificate_check_time(root, now, failure) &&
	       certificate_check_time(certificate, now, failure);
}

bool certificate_check_time(const X509 *certificate, time_t now, struct failure *failure)
{
	/* -2 means that a time cannot be read. */
	int begin = ASN1_TIME_cmp_time_t(X509_get0_notBefore(certificate), now);
	int end = ASN1_TIME_cmp_time_t(X509_get0_notAfter(certificate), now);
	if (begin != 0 && begin != -1)
		return failure_set(failure, "time", "the certificate is not valid yet");
	if (end != 0 && end != 1)
		return failure_set(failure, "time", "the certificate has expired");
	return true;
}

/* True for the URI `uri`; counts every URI of our scheme. */
static bool is_uri(const GENERAL_NAME *name, const char *uri, int *ours)
{
	static const char scheme[] = "eai:";
	if (name->type != GEN_URI)
		return false;
	struct view value = {ASN1_STRING_get0_data(name->d.uniformResourceIdentifier),
			     (size_t)ASN1_STRING_length(name->d.uniformResourceIdentifier)};
	if (value.length < sizeof scheme - 1 || memcmp(value.data, scheme, sizeof scheme - 1) != 0)
		return false;
	++*ours;
	return value.length == strlen(uri) && memcmp(value.data, uri, value.length) == 0;
}

static bool names_only(X509 *certificate, const char *uri)
{
	/* NULL also when the extension stands there twice. */
	GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	int ours = 0;
	bool found = false;
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
		if (is_uri(sk_GENERAL_NAME_value(names, i), uri, &ours))
			found = true;
	GENERAL_NAMES_free(names);
	ERR_clear_error();
	return found && ours == 1;
}

bool certificate_check_role(X509 *certificate, enum role role, const char *uri,
			    struct failure *failure)
{
	/* Each getter gives "everything" where the extension is missing: the flags tell. */
	uint32_t flags = X509_get_extension_flags(certificate);
	uint32_t usage = role == ROLE_PROCESS ? XKU_SSL_CLIENT : XKU_SSL_SERVER;
	if ((flags & EXFLAG_XKUSAGE) == 0 ||
	    (X509_get_extended_key_usage(certificate) & usage) == 0)
		return failure_set(failure, "role", "the certificate's extended key usage is not %s",
				   role == ROLE_PROCESS ? "clientAuth" : "serverAuth");
	if ((flags & EXFLAG_KUSAGE) == 0 ||
	    (X509_get_key_usage(certificate) & KU_DIGITAL_SIGNATURE) == 0)
		return failure_set(failure, "role", "the certificate's key may not sign");
	if (!names_only(certificate, uri))
		return failure_set(failure, "role", "the certificate does not name %s and nothing else of eai", uri);
	return true;
}

/* The content of an extension that must stand there once. */
static bool extension(X509 *certificate, const char *oid, struct view *value)
{
	ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
	if (object == NULL)
		return false;
	int place = X509_get_ext_by_OBJ(certificate, object, -1);
	bool once = place >= 0 && X509_get_ext_by_OBJ(certificate, object, place) < 0;
	ASN1_OBJECT_free(object);
	if (!once)
		return false;
	const ASN1_OCTET_STRING *content = X509_EXTENSION_get_data(X509_get_ext(certificate, place));
	*value = (struct view){ASN1_STRING_get0_data(content), (size_t)ASN1_STRING_length(content)};
	return true;
}

bool certificate_sealing_key(X509 *certificate, unsigned char public_key[X25519_SIZE],
			     struct failure *failure)
{
	struct view value;
	if (!extension(certificate, OID_SEALING_KEY, &value) ||
	    !decode_sealing_key(value, public_key))
		return failure_set(failure, "sealing-key", "the certificate has no X25519 sealing key");
	return true;
}

bool certificate_binding(X509 *certificate, unsigned char binding[BINDING_SIZE],
			 struct failure *failure)
{
	struct view value;
	if (!extension(certificate, OID_BINDING, &value) || !decode_binding(value, binding))
		return failure_set(failure, "binding", "the certificate has no binding");
	return true;
}
