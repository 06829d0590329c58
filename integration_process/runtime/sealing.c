/* Sealed requests and replies: see sealing.h. */
#include "sealing.h"

#include "signatures.h"

#include <openssl/rand.h>
#include <string.h>

/* Label, crypto, prefixes, nonce or hash, enc: what stands around context and ciphertext. */
enum { SIGNED_OVERHEAD = 256 };

const char *operation_text(enum operation operation)
{
	return operation == OPERATION_READ ? "read" : "write";
}

const char *crypto_text(enum crypto crypto)
{
	return crypto == CRYPTO_NONE ? "none" : "hpke";
}

bool context_encode(const struct context *context, enum direction direction,
		    unsigned char output[SEALING_CONTEXT_SIZE], size_t *length)
{
	struct encoder encoder = {.data = output, .capacity = SEALING_CONTEXT_SIZE};
	encode_prefixed(&encoder, text_view("eaibench-v1"));
	encode_prefixed(&encoder, text_view(direction == DIRECTION_REPLY ? "reply" : "request"));
	encode_prefixed(&encoder, text_view(operation_text(context->operation)));
	encode_prefixed(&encoder, text_view(context->solution));
	encode_prefixed(&encoder, text_view(context->service));
	encode_prefixed(&encoder, text_view(context->program));
	encode_prefixed(&encoder, text_view(context->run));
	encode_prefixed_u64(&encoder, context->sequence);
	encode_prefixed(&encoder, (struct view){context->process_certificate_sha256, SHA256_SIZE});
	encode_prefixed(&encoder, (struct view){context->service_certificate_sha256, SHA256_SIZE});
	*length = encoder.length;
	return !encoder.overflow;
}

/*
 * What is signed, for both directions: `bound` is the nonce of a request or,
 * in a reply, the hash of the request that it answers.
 */
static bool encode_signed(const char *label, enum crypto crypto, struct view context,
			  struct view bound, const struct bytes *enc, const struct bytes *ciphertext,
			  struct bytes *output, struct failure *failure)
{
	size_t capacity = SIGNED_OVERHEAD + context.length + enc->length + ciphertext->length;
	if (!bytes_allocate(output, capacity))
		return failure_set(failure, "memory", "no memory to sign");
	struct encoder encoder = {.data = output->data, .capacity = capacity};
	encode_prefixed(&encoder, text_view(label));
	encode_prefixed(&encoder, text_view(crypto_text(crypto)));
	encode_prefixed(&encoder, context);
	encode_prefixed(&encoder, bound);
	encode_prefixed(&encoder, bytes_view(enc));
	encode_prefixed(&encoder, bytes_view(ciphertext));
	output->length = encoder.length;
	if (!encoder.overflow)
		return true;
	bytes_free(output);
	return failure_set(failure, "signature", "what is to be signed is too long");
}

static bool copy_plain(struct view source, struct bytes *copy, struct failure *failure)
{
	if (!bytes_allocate(copy, source.length))
		return failure_set(failure, "memory", "no memory for a payload");
	if (source.length > 0)
		memcpy(copy->data, source.data, source.length);
	return true;
}

static bool seal_payload(const struct hpke *hpke, const struct sealing_key *recipient,
			 const struct sealing_key *ephemeral, struct view info,
			 struct view plaintext, struct sealed_request *request,
			 struct failure *failure)
{
	struct view enc = {ephemeral->public_key, X25519_SIZE};
	return copy_plain(enc, &request->enc, failure) &&
	       hpke_seal(hpke, ephemeral, recipient, info, (struct view){0}, plaintext,
			 &request->ciphertext, failure);
}

bool seal_request_with(const struct hpke *hpke, enum crypto crypto, const struct context *context,
		       EVP_PKEY *signing, const struct sealing_key *recipient,
		       const struct sealing_key *ephemeral,
		       const unsigned char nonce[SEALING_NONCE_SIZE], struct view plaintext,
		       struct sealed_request *request, struct failure *failure)
{
	unsigned char encoded[SEALING_CONTEXT_SIZE];
	size_t length;
	*request = (struct sealed_request){0};
	if (!context_encode(context, DIRECTION_REQUEST, encoded, &length))
		return failure_set(failure, "signature", "a name in the context is too long");
	struct view info = {encoded, length};
	memcpy(request->nonce, nonce, SEALING_NONCE_SIZE);
	bool sealed = crypto == CRYPTO_NONE
			      ? copy_plain(plaintext, &request->ciphertext, failure)
			      : seal_payload(hpke, recipient, ephemeral, info, plaintext, request, failure);
	struct bytes to_sign = {0};
	bool done = sealed &&
		    encode_signed("eaibench-request-signature-v1", crypto, info,
				  (struct view){request->nonce, SEALING_NONCE_SIZE}, &request->enc,
				  &request->ciphertext, &to_sign, failure) &&
		    sha256(bytes_view(&to_sign), request->hash, failure) &&
		    signature_make(signing, bytes_view(&to_sign), request->signature, failure);
	bytes_free(&to_sign);
	return done;
}

bool seal_request(const struct hpke *hpke, enum crypto crypto, const struct context *context,
		  EVP_PKEY *signing, const struct sealing_key *recipient, struct view plaintext,
		  struct sealed_request *request, struct failure *failure)
{
	unsigned char nonce[SEALING_NONCE_SIZE];
	struct sealing_key ephemeral = {0};
	*request = (struct sealed_request){0};
	if (RAND_bytes(nonce, sizeof nonce) != 1)
		return failure_set_openssl(failure, "openssl", "no random bytes");
	if (crypto == CRYPTO_HPKE && !sealing_key_generate(&ephemeral, failure))
		return false;
	bool done = seal_request_with(hpke, crypto, context, signing, recipient, &ephemeral, nonce,
				      plaintext, request, failure);
	sealing_key_destroy(&ephemeral);
	return done;
}

static bool open_payload(const struct hpke *hpke, enum crypto crypto, const struct sealing_key *own,
			 struct view info, const struct sealed_reply *reply, struct bytes *plaintext,
			 struct failure *failure)
{
	if (crypto == CRYPTO_NONE) {
		if (reply->enc.length != 0)
			return failure_set(failure, "sealed", "an encapsulated key where nothing is sealed");
		return copy_plain(bytes_view(&reply->ciphertext), plaintext, failure);
	}
	if (reply->enc.length != X25519_SIZE)
		return failure_set(failure, "sealed", "the encapsulated key has not 32 bytes");
	return hpke_open(hpke, own, reply->enc.data, info, (struct view){0},
			 bytes_view(&reply->ciphertext), plaintext, failure);
}

bool open_reply(const struct hpke *hpke, enum crypto crypto, const struct context *context,
		EVP_PKEY *service_signing, const struct sealing_key *own,
		const unsigned char request_hash[SHA256_SIZE], const struct sealed_reply *reply,
		struct bytes *plaintext, struct failure *failure)
{
	unsigned char encoded[SEALING_CONTEXT_SIZE];
	size_t length;
	struct bytes is_signed = {0};
	*plaintext = (struct bytes){0};
	if (!context_encode(context, DIRECTION_REPLY, encoded, &length))
		return failure_set(failure, "signature", "a name in the context is too long");
	struct view info = {encoded, length};
	bool done = encode_signed("eaibench-reply-signature-v1", crypto, info,
				  (struct view){request_hash, SHA256_SIZE}, &reply->enc,
				  &reply->ciphertext, &is_signed, failure) &&
		    signature_check(service_signing, bytes_view(&is_signed), reply->signature, failure) &&
		    open_payload(hpke, crypto, own, info, reply, plaintext, failure);
	bytes_free(&is_signed);
	return done;
}

void sealed_request_free(struct sealed_request *request)
{
	bytes_free(&request->enc);
	bytes_free(&request->ciphertext);
}

void sealed_reply_free(struct sealed_reply *reply)
{
	bytes_free(&reply->enc);
	bytes_free(&reply->ciphertext);
}
