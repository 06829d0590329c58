package runner

import (
	"strconv"

	"eaibench/platform"
)

// controlFlags are the launcher's for what is alike in every mode.
func controlFlags(c platform.Controls) []string {
	var flags []string
	for _, control := range []struct{ flag, value string }{
		{"--revocation", string(c.Revocation)}, {"--cpus", c.CPUs}, {"--openssl", c.OpenSSL},
	} {
		if control.value != "" {
			flags = append(flags, control.flag, control.value)
		}
	}
	if c.BindNow != nil {
		flags = append(flags, "--bind-now", strconv.FormatBool(*c.BindNow))
	}
	return flags
}
