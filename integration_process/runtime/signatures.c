/* SHA-256 and Ed25519 over EVP: see signatures.h. */
#include "signatures.h"

bool sha256(struct view value, unsigned char hash[SHA256_SIZE], struct failure *failure)
{
	size_t length = 0;
	if (EVP_Q_digest(NULL, "SHA256", NULL, value.data, value.length, hash, &length) != 1 ||
	    length != SHA256_SIZE)
		return failure_set_openssl(failure, "openssl", "SHA-256 failed");
	return true;
}

bool signature_make(EVP_PKEY *key, struct view value, unsigned char signature[ED25519_SIGNATURE_SIZE],
		    struct failure *failure)
{
	size_t length = ED25519_SIGNATURE_SIZE;
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool done = context != NULL &&
		    EVP_DigestSignInit_ex(context, NULL, NULL, NULL, NULL, key, NULL) == 1 &&
		    EVP_DigestSign(context, signature, &length, value.data, value.length) == 1 &&
		    length == ED25519_SIGNATURE_SIZE;
	EVP_MD_CTX_free(context);
	if (!done)
		return failure_set_openssl(failure, "openssl", "Ed25519 could not sign");
	return true;
}

bool signature_check(EVP_PKEY *key, struct view value,
		     const unsigned char signature[ED25519_SIGNATURE_SIZE], struct failure *failure)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	if (context == NULL ||
	    EVP_DigestVerifyInit_ex(context, NULL, NULL, NULL, NULL, key, NULL) != 1) {
		EVP_MD_CTX_free(context);
		return failure_set_openssl(failure, "openssl", "Ed25519 could not be made ready");
	}
	bool valid = EVP_DigestVerify(context, signature, ED25519_SIGNATURE_SIZE, value.data,
				      value.length) == 1;
	EVP_MD_CTX_free(context);
	if (!valid)
		return failure_set_openssl(failure, "signature", "the signature does not belong to this key and content");
	return true;
}
