/* HPKE against the vectors of RFC 9180. */
#include "hpke.h"
#include "test.h"
#include "vector.h"

#include <string.h>

/* One message for each encapsulation: the first one opens, and what comes later in a sequence does not. */
static void run(const cJSON *vector, const struct hpke *usual)
{
	(void)usual; /* the RFC's vectors choose their AEAD */
	struct failure failure = {0};
	struct hpke hpke;
	bool first = vector_integer(vector, "sequence") == 0;
	bool valid = strcmp(vector_text(vector, "expect"), "success") == 0;
	enum hpke_aead aead_id = (enum hpke_aead)vector_integer(vector, "aead_id");
	if (!check(hpke_create(&hpke, aead_id, &failure), "HPKE with AEAD %d", (int)aead_id))
		return;
	struct sealing_key recipient = vector_sealing_key(vector, "skRm");
	struct sealing_key ephemeral = vector_sealing_key(vector, "skEm");
	struct bytes info = vector_bytes(vector, "info");
	struct bytes aad = vector_bytes(vector, "aad");
	struct bytes enc = vector_bytes(vector, "enc");
	struct bytes plaintext = vector_bytes(vector, "pt");
	struct bytes ciphertext = vector_bytes(vector, "ct");
	struct bytes got;
	check(enc.length == X25519_SIZE && memcmp(ephemeral.public_key, enc.data, X25519_SIZE) == 0,
	      "enc is the ephemeral public key");
	bool opened = hpke_open(&hpke, &recipient, enc.data, bytes_view(&info), bytes_view(&aad),
				bytes_view(&ciphertext), &got, &failure);
	check(opened == (valid && first) && (!opened || bytes_equal(&got, &plaintext)), "%s: opened: %d",
	      vector_text(vector, "name"), opened);
	check(opened || strcmp(failure.check, "sealed") == 0, "a refusal is named sealed");
	bytes_free(&got);
	bool sealed = hpke_seal(&hpke, &ephemeral, &recipient, bytes_view(&info), bytes_view(&aad),
				bytes_view(&plaintext), &got, &failure);
	check(sealed && bytes_equal(&got, &ciphertext) == (valid && first), "%s: sealed the same bytes: %d",
	      vector_text(vector, "name"), valid && first);
	bytes_free(&got);
	bytes_free(&ciphertext);
	bytes_free(&plaintext);
	bytes_free(&enc);
	bytes_free(&aad);
	bytes_free(&info);
	sealing_key_destroy(&ephemeral);
	sealing_key_destroy(&recipient);
	hpke_destroy(&hpke);
}

int main(void)
{
	vectors_run("rfc9180.json", run);
	return checks_done();
}
