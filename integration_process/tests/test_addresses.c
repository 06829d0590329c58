/* Addresses of services: which are taken, and how they are taken apart. */
#include "addresses.h"
#include "test.h"

#include <string.h>

int main(void)
{
	static const struct {
		const char *text;
		const char *host; /* NULL: refused */
		const char *port;
	} addresses[] = {
		{"127.0.0.1:443", "127.0.0.1", "443"},
		{"192.0.2.255:8443", "192.0.2.255", "8443"},
		{"[::1]:65535", "::1", "65535"},
		{"[2001:db8::192.0.2.1]:9", "2001:db8::192.0.2.1", "9"},
		{"", NULL, NULL},
		{":", NULL, NULL},
		/* Names would be asked for by code that the launcher chooses. */
		{"localhost:443", NULL, NULL},
		{"store.example:443", NULL, NULL},
		{"[localhost]:443", NULL, NULL},
		/* Nor what is a number to some readers alone. */
		{"127.1:443", NULL, NULL},
		{"2130706433:443", NULL, NULL},
		{"0x7f.0.0.1:443", NULL, NULL},
		{"127.0.0.256:443", NULL, NULL},
		{"[127.0.0.1]:443", NULL, NULL},
		{"127.0.0.1", NULL, NULL},
		{"127.0.0.1:", NULL, NULL},
		{":443", NULL, NULL},
		{"127.0.0.1:0", NULL, NULL},
		{"127.0.0.1:01", NULL, NULL},
		{"127.0.0.1:65536", NULL, NULL},
		{"127.0.0.1:655350", NULL, NULL},
		{"127.0.0.1:4 3", NULL, NULL},
		{"127.0.0.1:-1", NULL, NULL},
		{"127.0.0.1:https", NULL, NULL},
		{"::1:443", NULL, NULL},
		{"[]:443", NULL, NULL},
		{"[::1:443", NULL, NULL},
		{"[fe80::1%eth0]:443", NULL, NULL},
		{"https://127.0.0.1:443", NULL, NULL},
		{"user@127.0.0.1:443", NULL, NULL},
		{"127.0.0.1 :443", NULL, NULL},
		{"127.0.0.1\r\nX: y:443", NULL, NULL},
	};
	for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
		struct address address;
		bool taken = address_parse(addresses[i].text, &address);
		if (addresses[i].host == NULL)
			check(!taken, "number %zu is refused", i);
		else
			check(taken && strcmp(address.host, addresses[i].host) == 0 &&
				      strcmp(address.port, addresses[i].port) == 0 &&
				      strcmp(address.text, addresses[i].text) == 0,
			      "%s", addresses[i].text);
	}
	struct address address;
	check(address_parse("[0123:4567:89ab:cdef:0123:4567:255.255.255.255]:65535", &address), "the longest");
	check(!address_parse("[0123:4567:89ab:cdef:0123:4567:255.255.255.2555]:65535", &address), "longer");
	return checks_done();
}
