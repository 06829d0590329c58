/* Frames over file descriptors: see frames.h. */
#define _DEFAULT_SOURCE 1 /* POSIX also under -std=c11 */

#include "frames.h"

#include <errno.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PREFIX_SIZE = 4 };

/* Gives how many bytes came before the input ended, or -1 and a failure. */
static ssize_t read_fully(int descriptor, unsigned char *data, size_t length,
			  struct failure *failure)
{
	size_t done = 0;
	while (done < length) {
		ssize_t count = read(descriptor, data + done, length - done);
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0) {
			failure_set(failure, "frame", "cannot read the input: %s", strerror(errno));
			return -1;
		}
		if (count == 0)
			break;
		done += (size_t)count;
	}
	return (ssize_t)done;
}

bool frame_read(int descriptor, struct bytes *frame, struct failure *failure)
{
	unsigned char prefix[PREFIX_SIZE];
	*frame = (struct bytes){0};
	ssize_t count = read_fully(descriptor, prefix, sizeof prefix, failure);
	if (count < 0)
		return false;
	if (count == 0)
		return failure_set(failure, CHECK_END_OF_INPUT, "the launcher closed the input");
	if ((size_t)count < sizeof prefix)
		return failure_set(failure, "frame", "the input ended inside a frame's length");
	size_t length = (size_t)prefix[0] << 24 | (size_t)prefix[1] << 16 | (size_t)prefix[2] << 8 |
			(size_t)prefix[3];
	if (length < FRAME_MINIMUM || length > FRAME_MAXIMUM)
		return failure_set(failure, "frame", "a frame of %zu bytes: allowed are %d to %d",
				   length, FRAME_MINIMUM, FRAME_MAXIMUM);
	if (!bytes_allocate(frame, length))
		return failure_set(failure, "memory", "no memory for a frame of %zu bytes", length);
	count = read_fully(descriptor, frame->data, length, failure);
	if (count < 0 || (size_t)count < length) {
		bytes_free(frame);
		return failure_set(failure, "frame", "the input ended inside a frame");
	}
	return true;
}

bool write_fully(int descriptor, struct view value, struct failure *failure)
{
	size_t done = 0;
	while (done < value.length) {
		ssize_t count = write(descriptor, value.data + done, value.length - done);
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return failure_set(failure, "frame", "cannot write the output: %s",
					   strerror(errno));
		done += (size_t)count;
	}
	return true;
}

static bool encode_length(size_t length, unsigned char prefix[PREFIX_SIZE], struct failure *failure)
{
	if (length < FRAME_MINIMUM || length > FRAME_MAXIMUM)
		return failure_set(failure, "frame", "a frame of %zu bytes to be sent: allowed are %d to %d",
				   length, FRAME_MINIMUM, FRAME_MAXIMUM);
	for (size_t i = 0; i < PREFIX_SIZE; i++)
		prefix[i] = (unsigned char)(length >> (8 * (PREFIX_SIZE - 1 - i)));
	return true;
}

bool frame_begin(int descriptor, size_t length, struct failure *failure)
{
	unsigned char prefix[PREFIX_SIZE];
	return encode_length(length, prefix, failure) &&
	       write_fully(descriptor, (struct view){.data = prefix, .length = sizeof prefix}, failure);
}

bool frame_write(int descriptor, unsigned char *data, size_t length, struct failure *failure)
{
	unsigned char prefix[PREFIX_SIZE];
	if (!encode_length(length, prefix, failure))
		return false;
	/* One system call for both in the usual case, so that the reader is woken once. */
	struct iovec parts[2] = {
		{.iov_base = prefix, .iov_len = sizeof prefix},
		{.iov_base = data, .iov_len = length},
	};
	ssize_t count;
	do {
		count = writev(descriptor, parts, 2);
	} while (count < 0 && errno == EINTR);
	if (count < 0)
		return failure_set(failure, "frame", "cannot write the output: %s", strerror(errno));
	size_t done = (size_t)count;
	if (done < sizeof prefix) {
		struct view rest = {.data = prefix + done, .length = sizeof prefix - done};
		return write_fully(descriptor, rest, failure) &&
		       write_fully(descriptor, (struct view){.data = data, .length = length}, failure);
	}
	done -= sizeof prefix;
	return write_fully(descriptor, (struct view){.data = data + done, .length = length - done},
			   failure);
}
