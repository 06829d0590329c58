/* What the tests of modes run: it does what its argument says, then waits for
 * the end of its input. */
#define _GNU_SOURCE
#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/crypto.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

unsigned char attested_csr_sha256[32];
unsigned char untouched[32];

static void say_errno(const char *what, long result)
{
	printf("%s %s\n", what, result < 0 ? strerror(errno) : "allowed");
}

static void try_what_a_compartment_forbids(void)
{
	char host[64] = "";
	say_errno("socket", socket(AF_INET, SOCK_STREAM, 0));
	say_errno("unshare", syscall(SYS_unshare, CLONE_NEWUSER));
	say_errno("clone-user", syscall(SYS_clone, CLONE_NEWUSER | 17, 0, 0, 0, 0));
	say_errno("clone3", syscall(SYS_clone3, 0, 0));
	say_errno("ptrace", syscall(SYS_ptrace, 0, 0, 0, 0));
	say_errno("passwd", open("/etc/passwd", O_RDONLY));
	say_errno("write-usr", open("/usr/written", O_CREAT | O_WRONLY, 0600));
	gethostname(host, sizeof host - 1);
	printf("pid %d uid %d host %s\n", (int)getpid(), (int)getuid(), host);
}

/* Each kind of socket, and what a server or a datagram would need. */
static void try_the_network(void)
{
	const int flags = SOCK_CLOEXEC | SOCK_NONBLOCK;
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(1), .sin_addr = {htonl(INADDR_LOOPBACK)}};
	const int on = 1;
	int error;
	socklen_t length = sizeof error;
	int tcp = socket(AF_INET, SOCK_STREAM | flags, 0);
	say_errno("tcp4", tcp);
	say_errno("tcp6", socket(AF_INET6, SOCK_STREAM | flags, 0));
	say_errno("udp", socket(AF_INET, SOCK_DGRAM | flags, 0));
	say_errno("unix", socket(AF_UNIX, SOCK_STREAM | flags, 0));
	say_errno("netlink", socket(AF_NETLINK, SOCK_RAW | flags, 0));
	say_errno("sctp", socket(AF_INET, SOCK_STREAM | flags, IPPROTO_SCTP));
	say_errno("pair", socketpair(AF_UNIX, SOCK_STREAM | flags, 0, (int[2]){0}));
	say_errno("nodelay", setsockopt(tcp, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
	say_errno("error", getsockopt(tcp, SOL_SOCKET, SO_ERROR, &error, &length));
	say_errno("reuse", setsockopt(tcp, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
	say_errno("bind", bind(tcp, (struct sockaddr *)&to, sizeof to));
	say_errno("listen", listen(tcp, 1));
	say_errno("accept", accept(tcp, NULL, NULL));
	say_errno("sendto", sendto(tcp, "", 0, 0, (struct sockaddr *)&to, sizeof to));
	say_errno("connect", connect(tcp, (struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS && errno != ECONNREFUSED ? -1 : 0);
}

static void *anonymous(size_t size, int protection)
{
	return mmap(NULL, size, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static int modify_own_code(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *start = (char *)&try_what_a_compartment_forbids;
	start -= (size_t)start % page;
	if (mprotect(start, page, PROT_READ | PROT_WRITE | PROT_EXEC) != 0)
		return -1;
	volatile char *byte = start;
	*byte = *byte;
	return mprotect(start, page, PROT_READ | PROT_EXEC);
}

static void many_mappings(size_t count)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *start = anonymous(count * page, PROT_NONE);
	for (size_t i = 0; i < count; i += 2)
		say_errno("mprotect", mprotect(start + i * page, page, PROT_READ));
}

static int map_file(const char *path)
{
	int file = open(path, O_RDONLY);
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0) == MAP_FAILED ? -1 : 0;
}

/* Maps a file in memory as code, longer than it is. */
static void map_code(size_t file_size, size_t mapped_size, bool modify_last_page)
{
	int file = memfd_create("code", 0);
	say_errno("size", ftruncate(file, (off_t)file_size));
	char *start = mmap(NULL, mapped_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, file, 0);
	say_errno("map", start == MAP_FAILED ? -1 : 0);
	if (modify_last_page)
		start[mapped_size - 1] = 1;
	say_errno("execute", mprotect(start, mapped_size, PROT_READ | PROT_EXEC));
}

static void take_memory(size_t total)
{
	for (size_t taken = 0; taken < total; taken += 1 << 20) {
		char *piece = malloc(1 << 20);
		if (piece == NULL) {
			printf("refused after %zu MiB\n", taken >> 20);
			return;
		}
		memset(piece, 1, 1 << 20);
	}
}

static void print_without_end(void)
{
	static char piece[1 << 16];
	memset(piece, 'x', sizeof piece);
	while (write(STDOUT_FILENO, piece, sizeof piece) > 0)
		;
}

static void write_a_file(const char *path)
{
	static char piece[1 << 16];
	int file = open(path, O_CREAT | O_WRONLY, 0600);
	while (file >= 0 && write(file, piece, sizeof piece) > 0)
		;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "wait";
	cJSON *json = cJSON_CreateNumber(1);
	for (size_t i = 0; i < sizeof attested_csr_sha256; i++)
		attested_csr_sha256[i] = (unsigned char)(i + 1);
	if (strcmp(what, "forbidden") == 0)
		try_what_a_compartment_forbids();
	else if (strcmp(what, "network") == 0)
		try_the_network();
	else if (strcmp(what, "anonymous") == 0)
		anonymous(1 << 16, PROT_READ | PROT_EXEC);
	else if (strcmp(what, "modify") == 0)
		say_errno("modify", modify_own_code());
	else if (strcmp(what, "mappings") == 0)
		many_mappings((size_t)atol(argv[2]));
	else if (strcmp(what, "code") == 0)
		map_code((size_t)atol(argv[2]), (size_t)atol(argv[3]), argc > 4);
	else if (strcmp(what, "map") == 0)
		say_errno("map", map_file(argv[2]));
	else if (strcmp(what, "touch") == 0)
		take_memory(100 << 20);
	else if (strcmp(what, "hog") == 0)
		take_memory((size_t)64 << 30);
	else if (strcmp(what, "print") == 0)
		print_without_end();
	else if (strcmp(what, "file") == 0)
		write_a_file(argv[2]);
	else if (strcmp(what, "bomb") == 0)
		for (;;)
			if (fork() < 0)
				usleep(1000);
	printf("ready %s\n", OpenSSL_version(OPENSSL_VERSION));
	fflush(stdout);
	while (getchar() != EOF)
		;
	cJSON_Delete(json);
	return 0;
}
