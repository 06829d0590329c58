/* Touches as much memory as its first argument says, in MiB, half of it on the
 * heap, and nothing besides; lets a second thread wait as often as its second
 * argument says and works for as many ms of CPU time as the third. Then says what
 * the kernel tells the process itself, and waits for the end of its input. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, PIECE = 64 * 1024 };

static pthread_barrier_t waited;

static void touch(volatile char *memory, size_t size)
{
	for (size_t i = 0; i < size; i += PAGE)
		memory[i] = 1;
}

static bool take(size_t size)
{
	for (size_t taken = 0; taken < size / 2; taken += PIECE) {
		char *piece = sbrk(PIECE);
		if (piece == (void *)-1)
			return false;
		touch(piece, PIECE);
	}
	char *mapped = mmap(NULL, size / 2 + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mapped == MAP_FAILED)
		return false;
	touch(mapped, size / 2);
	return true;
}

static void *wait_often(void *count)
{
	const struct timespec moment = {.tv_nsec = 1000};
	for (int i = *(const int *)count; i > 0; i--)
		nanosleep(&moment, NULL);
	pthread_barrier_wait(&waited);
	for (;;)
		pause(); /* its count ends with it */
}

static long long cpu_time(void)
{
	struct timespec spent;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
	return spent.tv_sec * 1000000000LL + spent.tv_nsec;
}

static long long microseconds(struct timeval time) { return time.tv_sec * 1000000LL + time.tv_usec; }

int main(int argc, char **argv)
{
	pthread_t thread;
	if (argc != 4 || !take((size_t)atoi(argv[1]) << 20))
		return 1;
	int count = atoi(argv[2]);
	if (count > 0) {
		pthread_barrier_init(&waited, NULL, 2);
		if (pthread_create(&thread, NULL, wait_often, &count) != 0)
			return 1;
		pthread_barrier_wait(&waited);
	}
	while (cpu_time() < atoi(argv[3]) * 1000000LL)
		;
	struct rusage used = {0};
	getrusage(RUSAGE_SELF, &used);
	printf("ready %lld %lld %lld %ld %ld %ld %ld\n", cpu_time(), microseconds(used.ru_utime),
	       microseconds(used.ru_stime), used.ru_minflt, used.ru_majflt, used.ru_nvcsw, used.ru_nivcsw);
	fflush(stdout);
	getchar();
	return 0;
}
