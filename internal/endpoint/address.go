package endpoint

import (
	"net/url"
	"strconv"
	"strings"
)

// AddressFault says why a text is not https://HOST:PORT with nothing behind its port, the address of a server; "" if it is.
func AddressFault(text string) string {
	address, err := url.Parse(text)
	if err != nil {
		return "is no address"
	}
	port, wrong := strconv.ParseUint(address.Port(), 10, 16)
	switch {
	case address.Scheme != "https":
		return "does not begin with https://"
	case address.Hostname() == "":
		return "names no host"
	case address.User != nil:
		return "has a user"
	case wrong != nil || port == 0:
		return "has no port from 1 to 65535"
	case address.Path != "" || address.RawQuery != "" || address.ForceQuery || address.Fragment != "" || strings.HasSuffix(text, "#"):
		return "has something behind its port"
	}
	return ""
}
