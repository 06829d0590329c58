/* Fuzz target: any bytes as input of the conversation. A frame that is taken has exactly the bytes that were sent. */
#define _DEFAULT_SOURCE 1 /* POSIX also under -std=c11 */

#include "frames.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Less than a pipe holds, so that one process can write all before it reads. */
enum { INPUT_MAXIMUM = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int ends[2];
	struct bytes frame;
	struct failure failure = {0};
	if (size > INPUT_MAXIMUM || pipe(ends) != 0)
		return 0;
	if (size > 0 && write(ends[1], data, size) != (ssize_t)size)
		abort();
	close(ends[1]);
	size_t position = 0;
	while (frame_read(ends[0], &frame, &failure)) {
		if (position + 4 + frame.length > size ||
		    memcmp(frame.data, data + position + 4, frame.length) != 0)
			abort();
		position += 4 + frame.length;
		bytes_free(&frame);
	}
	if (!failure_is_set(&failure))
		abort();
	close(ends[0]);
	return 0;
}
