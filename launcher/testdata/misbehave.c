/*
 * A program that starts the conversation well and then does what the run
 * parameter `customer` says. It stands for everything that a launcher must
 * survive.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

static void put(const void *bytes, size_t size)
{
	if (fwrite(bytes, 1, size, stdout) != size || fflush(stdout) != 0)
		exit(9);
}

static void say(const char *message)
{
	size_t size = strlen(message);
	unsigned char header[4] = {0, 0, (unsigned char)(size >> 8), (unsigned char)size};
	put(header, sizeof header);
	put(message, size);
}

/* Reads one frame; only its beginning is kept. */
static void hear(char *text, size_t room)
{
	unsigned char header[4];
	if (fread(header, 1, sizeof header, stdin) != sizeof header)
		exit(8);
	uint32_t size = (uint32_t)header[0] << 24 | (uint32_t)header[1] << 16 | (uint32_t)header[2] << 8 | header[3];
	size_t kept = 0;
	for (uint32_t i = 0; i < size; i++) {
		int c = getchar();
		if (c == EOF)
			exit(8);
		if (kept + 1 < room)
			text[kept++] = (char)c;
	}
	text[kept] = 0;
}

/* Leaves files, a tree that is deeper than a path may be long, and shared memory. */
static int litter(void)
{
	static const char *const folders[] = {"/tmp", "/var/tmp", "/dev/shm"};
	char path[64];
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		snprintf(path, sizeof path, "%s/litter-%d", folders[i], (int)getpid());
		FILE *file = fopen(path, "w");
		if (file == NULL || fclose(file) != 0)
			return 10;
	}
	snprintf(path, sizeof path, "/tmp/litter-deep-%d", (int)getpid());
	for (int depth = 0; depth < 3000; depth++, snprintf(path, sizeof path, "deep"))
		if (mkdir(path, 0700) != 0 || chdir(path) != 0)
			return 11;
	if (symlink("/etc/passwd", "link") != 0)
		return 12;
	if (shmget(IPC_PRIVATE, 1 << 20, IPC_CREAT | 0600) < 0 || semget(IPC_PRIVATE, 1, IPC_CREAT | 0600) < 0 || msgget(IPC_PRIVATE, IPC_CREAT | 0600) < 0)
		return 13;
	return 6;
}

/* Says by its exit status what it may do to another process. */
static int spy(int victim)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/mem", victim);
	if (open(path, O_RDWR) >= 0)
		return 20;
	if (kill(victim, 0) == 0)
		return 21;
	return 22;
}

int main(void)
{
	static char prepare[64 * 1024];
	setvbuf(stdin, NULL, _IONBF, 0);
	say("{\"type\":\"ready\",\"version\":1}");
	hear(prepare, sizeof prepare);
#define ASKED(what) (strstr(prepare, "\\\"customer\\\":\\\"" what "\\\"") != NULL)
	if (ASKED("crash")) {
		fprintf(stderr, "about to crash\n");
		volatile int *volatile nowhere = NULL;
		*nowhere = 1;
	}
	if (ASKED("exit"))
		return 3;
	if (ASKED("leave"))
		return 0;
	if (ASKED("hang"))
		for (;;)
			sleep(1);
	if (ASKED("close-and-hang")) {
		close(1);
		for (;;)
			sleep(1);
	}
	if (ASKED("flood")) {
		static char line[64 * 1024];
		memset(line, 'x', sizeof line);
		for (size_t printed = 0; printed < (size_t)1 << 30; printed += sizeof line)
			if (write(2, line, sizeof line) < 0)
				return 4;
		return 5;
	}
	if (ASKED("fork"))
		for (;;)
			if (fork() < 0)
				usleep(1000);
	if (ASKED("daemon")) {
		if (fork() == 0) {
			setsid();
			if (fork() == 0)
				for (;;)
					sleep(1);
			_exit(0);
		}
		return 6;
	}
	if (ASKED("hide")) { /* from whoever looks for its mark, and holds the log open */
		struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
		if (setrlimit(RLIMIT_RTTIME, &none) != 0)
			return 10;
		if (fork() == 0) {
			setsid();
			if (fork() == 0)
				for (;;)
					sleep(1);
			_exit(0);
		}
		return 6;
	}
	if (ASKED("litter"))
		return litter();
	const char *victim = strstr(prepare, "spy on ");
	if (victim != NULL)
		return spy((int)strtol(victim + strlen("spy on "), NULL, 10));
	if (ASKED("long-start")) {
		put("\0\x20\0\0", 4); /* 2 MiB */
		for (;;)
			sleep(1);
	}
	if (ASKED("allocate"))
		for (;;) {
			size_t size = 1 << 20;
			char *block = malloc(size);
			if (block != NULL)
				memset(block, 1, size);
		}
	if (ASKED("garbage"))
		put("a phone number in the clear\n", 28);
	if (ASKED("oversize"))
		put("\x7f\xff\xff\xff", 4);
	if (ASKED("half"))
		put("\0\0\0\x40{\"type\"", 11);
	if (ASKED("unknown-type"))
		say("{\"type\":\"greeting\"}");
	if (ASKED("out-of-turn"))
		say("{\"type\":\"finished\",\"requests\":1}");
	if (ASKED("gives-up"))
		say("{\"type\":\"failed\",\"step\":\"generateKeyPair\",\"check\":\"binding\",\"message\":\"no entropy\"}");
	hear(prepare, sizeof prepare);
	return 7;
}
