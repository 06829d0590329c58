/* An allocator that remembers sizes, so that it can wipe: see secrets.h. */
#include "secrets.h"

#include <cjson/cJSON.h>
#include <openssl/crypto.h>
#include <stdint.h>
#include <stdlib.h>

/* Stands before each block; the union keeps what follows aligned for any type. */
union secret_header {
	size_t size;
	max_align_t alignment;
};

void *secret_allocate(size_t size)
{
	if (size > SIZE_MAX - sizeof(union secret_header))
		return NULL;
	union secret_header *header = malloc(sizeof *header + size);
	if (header == NULL)
		return NULL;
	header->size = size;
	return header + 1;
}

void secret_free(void *memory)
{
	if (memory == NULL)
		return;
	union secret_header *header = (union secret_header *)memory - 1;
	OPENSSL_cleanse(memory, header->size);
	free(header);
}

void secrets_guard_json(void)
{
	/* With an allocator of its own, cJSON never calls realloc, which could leave a copy behind. */
	cJSON_Hooks hooks = {.malloc_fn = secret_allocate, .free_fn = secret_free};
	cJSON_InitHooks(&hooks);
}
