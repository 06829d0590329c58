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
		{"store.example:8443", "store.example", "8443"},
		{"Store-1_a:1", "Store-1_a", "1"},
		{"[::1]:65535", "::1", "65535"},
		{"[2001:db8::192.0.2.1]:9", "2001:db8::192.0.2.1", "9"},
		{"", NULL, NULL},
		{":", NULL, NULL},
		{"host", NULL, NULL},
		{"host:", NULL, NULL},
		{":443", NULL, NULL},
		{"host:0", NULL, NULL},
		{"host:01", NULL, NULL},
		{"host:65536", NULL, NULL},
		{"host:655350", NULL, NULL},
		{"host:4 3", NULL, NULL},
		{"host:-1", NULL, NULL},
		{"host:https", NULL, NULL},
		{"::1:443", NULL, NULL},
		{"[]:443", NULL, NULL},
		{"[::1:443", NULL, NULL},
		{"[store]:443", NULL, NULL},
		{"[fe80::1%eth0]:443", NULL, NULL},
		{"https://host:443", NULL, NULL},
		{"user@host:443", NULL, NULL},
		{"a b:443", NULL, NULL},
		{"host\r\nX: y:443", NULL, NULL},
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
	char longest[HOST_SIZE + 3];
	struct address address;
	memset(longest, 'h', sizeof longest);
	memcpy(longest + HOST_SIZE - 1, ":1", 3);
	check(address_parse(longest, &address), "a host of 253 characters");
	memset(longest, 'h', sizeof longest);
	memcpy(longest + HOST_SIZE, ":1", 3);
	check(!address_parse(longest, &address), "a host of 254 characters");
	return checks_done();
}
