package cli

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/urfave/cli/v2"

	"eaibench/integration_process"
	"eaibench/internal/strictyaml"
)

// checkedValue is a flag's text, put into its shortest form, or refused with what is wanted instead.
// The library's own number and time flags refuse with "parse error" alone.
type checkedValue struct {
	text   string // empty: not given, and no default
	parsed func(string) (string, error)
}

// Set takes what was given.
func (v *checkedValue) Set(given string) (err error) {
	v.text, err = v.parsed(given)
	return err
}

// String is what c.Int64 or c.Duration reads, and the help's default.
func (v *checkedValue) String() string { return v.text }

// numberFlag is read with c.Int64 or c.Int.
func numberFlag(name, standard, usage string) cli.Flag {
	return &cli.GenericFlag{Name: name, Usage: usage, Value: &checkedValue{standard, func(given string) (string, error) {
		number, err := strconv.ParseInt(given, 10, 64)
		if err != nil {
			return "", errors.New("want a whole number, such as 20")
		}
		return strconv.FormatInt(number, 10), nil
	}}}
}

// timeFlag is read with c.Duration.
func timeFlag(name, standard, usage string) cli.Flag {
	return &cli.GenericFlag{Name: name, Usage: usage, Value: &checkedValue{standard, func(given string) (string, error) {
		duration, err := time.ParseDuration(given)
		if err != nil {
			return "", errors.New("want a time with its unit, such as 100ms, 2s or 1m30s")
		}
		return duration.String(), nil
	}}}
}

// checkAddress checks a server's base URL as a flag gives it.
func checkAddress(flag, given string) error {
	address, err := url.Parse(given)
	if err != nil || address.Scheme != "https" || address.Hostname() == "" || (address.Path != "" && address.Path != "/") ||
		address.RawQuery != "" || address.Fragment != "" || address.User != nil {
		return fmt.Errorf("%s %q: want https://HOST:PORT, such as https://127.0.0.1:8450", flag, given)
	}
	return nil
}

// unknownServices says of each ID that no shipped solution has such a service: it may be one of a
// solution of one's own, or a slip.
func unknownServices(addresses map[string]string) ([]string, error) {
	var known, unknown []string
	for _, name := range integration_process.Solutions() {
		solution, err := integration_process.LoadSolution(name)
		if err != nil {
			return nil, err
		}
		for _, service := range solution.Services {
			known = append(known, service.Name)
		}
	}
	for id := range addresses {
		if slices.Contains(known, id) {
			continue
		}
		text := fmt.Sprintf("--service %s: no shipped solution has such a service", id)
		if near := strictyaml.Nearest(id, known); near != "" {
			text += fmt.Sprintf(", did you mean %s?", near)
		}
		unknown = append(unknown, text)
	}
	slices.Sort(unknown)
	return unknown, nil
}
