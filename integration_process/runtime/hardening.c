/* Hardening of the own process: see hardening.h. */
#define _DEFAULT_SOURCE 1 /* POSIX and closefrom also under -std=c11 */

#include "hardening.h"

#include "secrets.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

bool harden(struct failure *failure)
{
	/* A core file would hold keys and customers' data. */
	const struct rlimit none = {.rlim_cur = 0, .rlim_max = 0};
	if (setrlimit(RLIMIT_CORE, &none) != 0)
		return failure_set(failure, "core", "cannot forbid core dumps: %s", strerror(errno));
	/* A launcher's descriptors left open here would be a way round the conversation. */
	closefrom(STDERR_FILENO + 1);
	/* A launcher that went away is an error of write, reported as one. */
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return failure_set(failure, "signal", "cannot ignore SIGPIPE: %s", strerror(errno));
	/* No configuration file: it could load a provider of somebody else's. */
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
		return failure_set_openssl(failure, "openssl", "OpenSSL does not start");
	secrets_guard_json();
	return true;
}
