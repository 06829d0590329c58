/* HPKE of RFC 9180 over EVP: see hpke.h. Section numbers are the RFC's. */
#include "hpke.h"

#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <string.h>

enum {
	NONCE_SIZE = 12,
	KEY_SIZE_MAXIMUM = 32,
	KEM_X25519_HKDF_SHA256 = 0x0020,
	KDF_HKDF_SHA256 = 0x0001,
	/* "HPKE-v1", suite id, label and the largest value that is not the caller's info. */
	LABELED_SIZE = 256,
	KEM_CONTEXT_SIZE = 2 * X25519_SIZE,
	KEY_SCHEDULE_CONTEXT_SIZE = 1 + 2 * SHA256_SIZE,
};

bool hpke_create(struct hpke *hpke, enum hpke_aead aead, struct failure *failure)
{
	*hpke = (struct hpke){.aead = aead, .key_size = aead == HPKE_AES_256_GCM ? 32 : 16};
	hpke->cipher = EVP_CIPHER_fetch(NULL, aead == HPKE_AES_256_GCM ? "AES-256-GCM" : "AES-128-GCM",
					NULL);
	hpke->cipher_context = EVP_CIPHER_CTX_new();
	EVP_KDF *hkdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	if (hkdf != NULL)
		hpke->hkdf = EVP_KDF_CTX_new(hkdf);
	EVP_KDF_free(hkdf);
	if (hpke->cipher == NULL || hpke->cipher_context == NULL || hpke->hkdf == NULL) {
		hpke_destroy(hpke);
		return failure_set_openssl(failure, "openssl", "cannot load AES-GCM and HKDF");
	}
	return true;
}

void hpke_destroy(struct hpke *hpke)
{
	EVP_CIPHER_free(hpke->cipher);
	EVP_CIPHER_CTX_free(hpke->cipher_context);
	EVP_KDF_CTX_free(hpke->hkdf);
	*hpke = (struct hpke){0};
}

/* One HKDF call of HMAC-SHA256; the context is reset (and its copy of the secret wiped) whatever happens. */
static bool hkdf(const struct hpke *hpke, int mode, struct view salt, struct view secret,
		 struct view info, unsigned char *output, size_t length, struct failure *failure)
{
	/* OSSL_PARAM has no const, though none of these is written. */
	OSSL_PARAM parameters[6];
	size_t count = 0;
	char digest[] = "SHA256";
	parameters[count++] = OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode);
	parameters[count++] = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0);
	struct {
		const char *name;
		struct view value;
	} octets[] = {
		{OSSL_KDF_PARAM_KEY, secret},
		{OSSL_KDF_PARAM_SALT, salt},
		{OSSL_KDF_PARAM_INFO, info},
	};
	for (size_t i = 0; i < sizeof octets / sizeof octets[0]; i++) {
		if (octets[i].value.length == 0)
			continue;
		parameters[count++] = OSSL_PARAM_construct_octet_string(
			octets[i].name, (unsigned char *)octets[i].value.data,
			octets[i].value.length);
	}
	parameters[count] = OSSL_PARAM_construct_end();
	bool derived = EVP_KDF_derive(hpke->hkdf, output, length, parameters) == 1;
	EVP_KDF_CTX_reset(hpke->hkdf);
	if (!derived)
		return failure_set_openssl(failure, "openssl", "HKDF failed");
	return true;
}

/* Suite ids, section 4.1 (KEM) and 5.1 (HPKE). */
static void encode_suite(struct encoder *encoder, const struct hpke *hpke, bool kem)
{
	const unsigned char kem_suite[] = {'K', 'E', 'M', 0, KEM_X25519_HKDF_SHA256};
	const unsigned char hpke_suite[] = {
		'H', 'P', 'K', 'E', 0, KEM_X25519_HKDF_SHA256, 0, KDF_HKDF_SHA256, 0,
		(unsigned char)hpke->aead};
	encode_bytes(encoder, text_view("HPKE-v1"));
	if (kem)
		encode_bytes(encoder, (struct view){kem_suite, sizeof kem_suite});
	else
		encode_bytes(encoder, (struct view){hpke_suite, sizeof hpke_suite});
}

/* LabeledExtract, section 4. `large` may be of any length (the caller's info). */
static bool labeled_extract(const struct hpke *hpke, bool kem, struct view salt, const char *label,
			    struct view large, unsigned char output[SHA256_SIZE],
			    struct failure *failure)
{
	/* RFC 5869: no salt is a salt of zeros; said plainly, since OpenSSL versions differ on an empty one. */
	static const unsigned char zeros[SHA256_SIZE] = {0};
	if (salt.length == 0)
		salt = (struct view){zeros, sizeof zeros};
	struct bytes input;
	if (!bytes_allocate(&input, LABELED_SIZE + large.length))
		return failure_set(failure, "memory", "no memory for HKDF");
	struct encoder encoder = {.data = input.data, .capacity = input.length};
	encode_suite(&encoder, hpke, kem);
	encode_bytes(&encoder, text_view(label));
	encode_bytes(&encoder, large);
	bool extracted = !encoder.overflow &&
			 hkdf(hpke, EVP_KDF_HKDF_MODE_EXTRACT_ONLY, salt,
			      (struct view){input.data, encoder.length}, (struct view){0}, output,
			      SHA256_SIZE, failure);
	bytes_free(&input);
	return extracted;
}

/* LabeledExpand, section 4. */
static bool labeled_expand(const struct hpke *hpke, bool kem,
			   const unsigned char secret[SHA256_SIZE], const char *label,
			   struct view context, unsigned char *output, size_t length,
			   struct failure *failure)
{
	unsigned char info[LABELED_SIZE];
	struct encoder encoder = {.data = info, .capacity = sizeof info};
	const unsigned char prefix[2] = {0, (unsigned char)length};
	encode_bytes(&encoder, (struct view){prefix, sizeof prefix});
	encode_suite(&encoder, hpke, kem);
	encode_bytes(&encoder, text_view(label));
	encode_bytes(&encoder, context);
	if (encoder.overflow)
		return failure_set(failure, "openssl", "HKDF label too long");
	return hkdf(hpke, EVP_KDF_HKDF_MODE_EXPAND_ONLY, (struct view){0},
		    (struct view){secret, SHA256_SIZE}, (struct view){info, encoder.length}, output,
		    length, failure);
}

/* X25519; fails for a peer whose key has a small order, as section 7.1.4 demands. */
static bool diffie_hellman(EVP_PKEY *own, EVP_PKEY *peer, unsigned char output[X25519_SIZE],
			   struct failure *failure)
{
	size_t length = X25519_SIZE;
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL);
	bool derived = context != NULL && EVP_PKEY_derive_init(context) == 1 &&
		       EVP_PKEY_derive_set_peer(context, peer) == 1 &&
		       EVP_PKEY_derive(context, output, &length) == 1 && length == X25519_SIZE;
	EVP_PKEY_CTX_free(context);
	if (!derived)
		return failure_set_openssl(failure, "sealed", "X25519 gave no shared secret");
	return true;
}

/* Section 4.1: Encap and Decap from the Diffie-Hellman value on. */
static bool shared_secret(const struct hpke *hpke, EVP_PKEY *own, EVP_PKEY *peer,
			  const unsigned char enc[X25519_SIZE],
			  const unsigned char recipient[X25519_SIZE],
			  unsigned char output[SHA256_SIZE], struct failure *failure)
{
	unsigned char value[X25519_SIZE];
	unsigned char extracted[SHA256_SIZE];
	unsigned char context[KEM_CONTEXT_SIZE];
	memcpy(context, enc, X25519_SIZE);
	memcpy(context + X25519_SIZE, recipient, X25519_SIZE);
	bool done = diffie_hellman(own, peer, value, failure) &&
		    labeled_extract(hpke, true, (struct view){0}, "eae_prk",
				    (struct view){value, sizeof value}, extracted, failure) &&
		    labeled_expand(hpke, true, extracted, "shared_secret",
				   (struct view){context, sizeof context}, output, SHA256_SIZE,
				   failure);
	OPENSSL_cleanse(value, sizeof value);
	OPENSSL_cleanse(extracted, sizeof extracted);
	return done;
}

/* Section 5.1, KeySchedule of base mode: no pre-shared key. */
static bool key_schedule(const struct hpke *hpke, const unsigned char shared[SHA256_SIZE],
			 struct view info, unsigned char key[KEY_SIZE_MAXIMUM],
			 unsigned char nonce[NONCE_SIZE], struct failure *failure)
{
	unsigned char secret[SHA256_SIZE];
	unsigned char context[KEY_SCHEDULE_CONTEXT_SIZE] = {0}; /* first byte: base mode */
	struct view all = {context, sizeof context};
	bool done = labeled_extract(hpke, false, (struct view){0}, "psk_id_hash", (struct view){0},
				    context + 1, failure) &&
		    labeled_extract(hpke, false, (struct view){0}, "info_hash", info,
				    context + 1 + SHA256_SIZE, failure) &&
		    labeled_extract(hpke, false, (struct view){shared, SHA256_SIZE}, "secret",
				    (struct view){0}, secret, failure) &&
		    labeled_expand(hpke, false, secret, "key", all, key, hpke->key_size, failure) &&
		    labeled_expand(hpke, false, secret, "base_nonce", all, nonce, NONCE_SIZE, failure);
	OPENSSL_cleanse(secret, sizeof secret);
	return done;
}

/* AES-GCM over a whole message; the tag stands behind the ciphertext. */
static bool encrypt(const struct hpke *hpke, const unsigned char *key, const unsigned char *nonce,
		    struct view aad, struct view plaintext, struct bytes *ciphertext,
		    struct failure *failure)
{
	EVP_CIPHER_CTX *context = hpke->cipher_context;
	unsigned char *output = ciphertext->data;
	int unused = 0;
	int length = 0;
	int last = 0;
	bool done = EVP_EncryptInit_ex2(context, hpke->cipher, key, nonce, NULL) == 1 &&
		    (aad.length == 0 ||
		     EVP_EncryptUpdate(context, NULL, &unused, aad.data, (int)aad.length) == 1) &&
		    (plaintext.length == 0 ||
		     EVP_EncryptUpdate(context, output, &length, plaintext.data,
				       (int)plaintext.length) == 1) &&
		    EVP_EncryptFinal_ex(context, output + length, &last) == 1 &&
		    (size_t)length + (size_t)last == plaintext.length &&
		    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, HPKE_TAG_SIZE,
					output + plaintext.length) == 1;
	if (!done)
		failure_set_openssl(failure, "openssl", "AES-GCM could not encrypt");
	return done;
}

static bool decrypt(const struct hpke *hpke, const unsigned char *key, const unsigned char *nonce,
		    struct view aad, struct view ciphertext, struct bytes *plaintext,
		    struct failure *failure)
{
	EVP_CIPHER_CTX *context = hpke->cipher_context;
	unsigned char tag[HPKE_TAG_SIZE];
	memcpy(tag, ciphertext.data + plaintext->length, sizeof tag);
	int unused = 0;
	int length = 0;
	int last = 0;
	bool done = EVP_DecryptInit_ex2(context, hpke->cipher, key, nonce, NULL) == 1 &&
		    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, HPKE_TAG_SIZE, tag) == 1 &&
		    (aad.length == 0 ||
		     EVP_DecryptUpdate(context, NULL, &unused, aad.data, (int)aad.length) == 1) &&
		    (plaintext->length == 0 ||
		     EVP_DecryptUpdate(context, plaintext->data, &length, ciphertext.data,
				       (int)plaintext->length) == 1) &&
		    EVP_DecryptFinal_ex(context, plaintext->data + length, &last) == 1 &&
		    (size_t)length + (size_t)last == plaintext->length;
	if (!done)
		failure_set_openssl(failure, "sealed", "the payload does not open under this context");
	return done;
}

bool hpke_seal(const struct hpke *hpke, const struct sealing_key *ephemeral,
	       const struct sealing_key *recipient, struct view info, struct view aad,
	       struct view plaintext, struct bytes *ciphertext, struct failure *failure)
{
	unsigned char shared[SHA256_SIZE];
	unsigned char key[KEY_SIZE_MAXIMUM];
	unsigned char nonce[NONCE_SIZE];
	*ciphertext = (struct bytes){0};
	if (plaintext.length > INT_MAX - HPKE_TAG_SIZE || aad.length > INT_MAX ||
	    !bytes_allocate(ciphertext, plaintext.length + HPKE_TAG_SIZE))
		return failure_set(failure, "memory", "no memory to seal");
	bool done = shared_secret(hpke, ephemeral->key, recipient->key, ephemeral->public_key,
				  recipient->public_key, shared, failure) &&
		    key_schedule(hpke, shared, info, key, nonce, failure) &&
		    encrypt(hpke, key, nonce, aad, plaintext, ciphertext, failure);
	/* The context keeps a key schedule until it is reset. */
	EVP_CIPHER_CTX_reset(hpke->cipher_context);
	OPENSSL_cleanse(shared, sizeof shared);
	OPENSSL_cleanse(key, sizeof key);
	OPENSSL_cleanse(nonce, sizeof nonce);
	if (!done)
		bytes_free(ciphertext);
	return done;
}

bool hpke_open(const struct hpke *hpke, const struct sealing_key *recipient,
	       const unsigned char enc[X25519_SIZE], struct view info, struct view aad,
	       struct view ciphertext, struct bytes *plaintext, struct failure *failure)
{
	unsigned char shared[SHA256_SIZE];
	unsigned char key[KEY_SIZE_MAXIMUM];
	unsigned char nonce[NONCE_SIZE];
	struct sealing_key sender;
	*plaintext = (struct bytes){0};
	if (ciphertext.length < HPKE_TAG_SIZE || ciphertext.length > INT_MAX ||
	    aad.length > INT_MAX)
		return failure_set(failure, "sealed", "the ciphertext is shorter than its tag");
	if (!bytes_allocate(plaintext, ciphertext.length - HPKE_TAG_SIZE))
		return failure_set(failure, "memory", "no memory to open");
	bool done = sealing_key_from_public(&sender, enc, failure);
	if (done) {
		done = shared_secret(hpke, recipient->key, sender.key, enc, recipient->public_key,
				     shared, failure) &&
		       key_schedule(hpke, shared, info, key, nonce, failure) &&
		       decrypt(hpke, key, nonce, aad, ciphertext, plaintext, failure);
		sealing_key_destroy(&sender);
	}
	EVP_CIPHER_CTX_reset(hpke->cipher_context);
	OPENSSL_cleanse(shared, sizeof shared);
	OPENSSL_cleanse(key, sizeof key);
	OPENSSL_cleanse(nonce, sizeof nonce);
	if (!done)
		bytes_free(plaintext);
	return done;
}
