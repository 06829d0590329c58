/* Frames of the conversation with the launcher: a length of 4 bytes, big-endian, then that many bytes. */
#ifndef FRAMES_H
#define FRAMES_H

#include "bytes.h"
#include "failure.h"

enum { FRAME_MINIMUM = 2, FRAME_MAXIMUM = 32 * 1024 * 1024 };

/*
 * Waits for a whole frame. Checks: `end-of-input` when the input ends before
 * the first byte; `frame` when it is torn, too short or too long.
 */
bool frame_read(int descriptor, struct bytes *frame, struct failure *failure);

/* Writes one whole frame; check `frame`. Changes nothing in `data`: writev has no const. */
bool frame_write(int descriptor, unsigned char *data, size_t length, struct failure *failure);

/* For a frame whose bytes are made while they are written: its length, then all of its bytes by write_fully. */
bool frame_begin(int descriptor, size_t length, struct failure *failure);
bool write_fully(int descriptor, struct view value, struct failure *failure);

#endif
