package integration_process

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Plain is a call that a process makes over TLS with its attested certificate, without sealing: parameters and reply travel inside
// TLS alone (docs/formats/services.md).
type Plain struct {
	// Method is GET of a read, whose parameters are the query's, and POST of a write, whose parameters are a JSON body.
	Method string `yaml:"method"`
	// Path such as /api/sales: at least one part, each of lower-case letters, digits and -.
	Path string `yaml:"path"`
}

const (
	methodOfReads  = "GET"
	methodOfWrites = "POST"
)

var plainPath = regexp.MustCompile(`^(/[a-z0-9][a-z0-9-]{0,62}){1,8}$`)

// ReservedPaths are every service's own: no plain call has one of them.
func ReservedPaths() []string {
	return []string{"/api/request", "/api/post", "/api/public-key", "/api/health", "/api/reset"}
}

// check reports what is wrong below the key plain of a read or a write.
func (p *Plain) check(method string, report func(path, format string, args ...any)) {
	if p == nil {
		return
	}
	if p.Method != method {
		report("plain.method", "%q is not %s: a read is a GET, a write a POST", p.Method, method)
	}
	switch {
	case !plainPath.MatchString(p.Path):
		report("plain.path", "%q is not a path such as /api/sales: up to 8 parts of lower-case letters, digits and -", p.Path)
	case slices.Contains(ReservedPaths(), p.Path):
		report("plain.path", "%s is every service's own; they are: %s", p.Path, strings.Join(ReservedPaths(), ", "))
	}
}

// ParseQuery reads the parameters of a plain read from the query of its URL, as Parse reads them from a plain text: each once, an
// integer written as in JSON. Errors never repeat what the query says.
func (p Parameters) ParseQuery(query map[string][]string) (map[string]any, error) {
	values := make(map[string]any, len(p))
	for name, given := range query {
		parameter, known := p[name]
		switch {
		case !known:
			return nil, errors.New("parameters have a member that is not known here")
		case len(given) != 1:
			return nil, fmt.Errorf("parameter %q stands %d times", name, len(given))
		case !utf8.ValidString(given[0]):
			return nil, fmt.Errorf("parameter %q is not UTF-8", name)
		}
		var err error
		if values[name], err = parameter.ofText(given[0]); err != nil {
			return nil, fmt.Errorf("parameter %q %w", name, err)
		}
	}
	return p.complete(values)
}
