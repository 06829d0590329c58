/* A program that holds a CSR's digest in its memory as an integration process does, and does on command what a
 * measurement must notice. Commands on standard input: 'd' and 32 bytes: take them as the digest; 'm': map
 * anonymous executable memory. Each is answered with its letter. The end of input ends the program. */
#define _GNU_SOURCE
#include <openssl/crypto.h>
#include <sys/mman.h>
#include <unistd.h>

unsigned char attested_csr_sha256[32];

static int take(void *into, size_t size)
{
    unsigned char *next = into;
    while (size > 0) {
        ssize_t got = read(STDIN_FILENO, next, size);
        if (got <= 0)
            return 0;
        next += got;
        size -= (size_t)got;
    }
    return 1;
}

int main(void)
{
    char command;
    if (OpenSSL_version_num() == 0)
        return 1;
    while (take(&command, 1)) {
        if (command == 'd' && !take(attested_csr_sha256, sizeof attested_csr_sha256))
            return 1;
        if (command == 'm' && mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
            return 1;
        if (write(STDOUT_FILENO, &command, 1) != 1)
            return 1;
    }
    return 0;
}
