/* Frames: what is written is read again; short, long, torn and absent ones are refused by name. */
#define _DEFAULT_SOURCE 1 /* POSIX also under -std=c11 */

#include "frames.h"
#include "test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Reads a frame from an input that has these bytes and then ends. */
static bool read_from(struct view input, struct bytes *frame, struct failure *failure)
{
	FILE *file = tmpfile();
	*frame = (struct bytes){0};
	*failure = (struct failure){0};
	if (!check(file != NULL, "a temporary file"))
		return false;
	if (input.length > 0)
		fwrite(input.data, 1, input.length, file);
	fflush(file);
	int descriptor = fileno(file);
	lseek(descriptor, 0, SEEK_SET);
	bool read = frame_read(descriptor, frame, failure);
	fclose(file);
	return read;
}

static void refused(const char *what, const unsigned char *input, size_t length, const char *wanted)
{
	struct bytes frame;
	struct failure failure;
	bool read = read_from((struct view){input, length}, &frame, &failure);
	check(!read && frame.data == NULL && strcmp(failure.check, wanted) == 0, "%s: %s: %s", what,
	      failure.check, failure.message);
	bytes_free(&frame);
}

static void test_refusals(void)
{
	refused("nothing", NULL, 0, CHECK_END_OF_INPUT);
	refused("torn length", (const unsigned char *)"\0\0\0", 3, "frame");
	refused("no content", (const unsigned char *)"\0\0\0\0", 4, "frame");
	refused("one byte", (const unsigned char *)"\0\0\0\1{", 5, "frame");
	refused("torn content", (const unsigned char *)"\0\0\0\5{\"a\"", 8, "frame");
	refused("length without content", (const unsigned char *)"\0\0\0\2", 4, "frame");
	/* 32 MiB and a byte; the largest of all. */
	refused("too long", (const unsigned char *)"\2\0\0\1{}", 6, "frame");
	refused("far too long", (const unsigned char *)"\xff\xff\xff\xff{}", 6, "frame");
	struct failure failure = {0};
	struct bytes frame;
	check(!frame_read(-1, &frame, &failure) && strcmp(failure.check, "frame") == 0,
	      "no descriptor: %s", failure.message);
}

static void test_smallest(void)
{
	struct bytes frame;
	struct failure failure;
	bool read = read_from((struct view){(const unsigned char *)"\0\0\0\2{}rest", 10}, &frame, &failure);
	check(read && frame.length == 2 && memcmp(frame.data, "{}", 2) == 0,
	      "the smallest frame, and nothing of what follows");
	bytes_free(&frame);
}

/* Larger than a pipe takes at once, so that both sides go on after a part. */
static void test_through_a_pipe(void)
{
	enum { LARGE = 3 * 1024 * 1024 };
	int ends[2];
	struct bytes large;
	struct bytes got;
	struct failure failure = {0};
	if (!check(pipe(ends) == 0 && bytes_allocate(&large, LARGE), "a pipe and memory"))
		return;
	for (size_t i = 0; i < LARGE; i++)
		large.data[i] = (unsigned char)(i * 31);
	pid_t writer = fork();
	if (writer == 0) {
		close(ends[0]);
		bool written = frame_write(ends[1], large.data, large.length, &failure);
		_exit(written ? 0 : 1);
	}
	close(ends[1]);
	bool read = frame_read(ends[0], &got, &failure);
	check(read && got.length == LARGE && memcmp(got.data, large.data, LARGE) == 0,
	      "a frame of 3 MiB through a pipe");
	bytes_free(&got);
	check(!frame_read(ends[0], &got, &failure) && strcmp(failure.check, CHECK_END_OF_INPUT) == 0,
	      "then the end of input");
	close(ends[0]);
	bytes_free(&large);
}

static void test_writing_is_bounded(void)
{
	int ends[2];
	unsigned char byte = '{';
	struct failure failure = {0};
	if (!check(pipe(ends) == 0, "a pipe"))
		return;
	check(!frame_write(ends[1], &byte, 1, &failure) && strcmp(failure.check, "frame") == 0,
	      "too short to be sent: %s", failure.message);
	failure = (struct failure){0};
	check(!frame_begin(ends[1], (size_t)FRAME_MAXIMUM + 1, &failure), "too long to be sent: %s",
	      failure.message);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	check(read(ends[0], &byte, 1) < 0, "nothing was sent");
	close(ends[0]);
	failure = (struct failure){0};
	unsigned char object[] = "{}";
	check(!frame_write(ends[1], object, 2, &failure), "nobody reads: %s", failure.message);
	close(ends[1]);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	test_refusals();
	test_smallest();
	test_through_a_pipe();
	test_writing_is_bounded();
	return checks_done();
}
