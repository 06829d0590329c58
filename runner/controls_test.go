package runner

import (
	"slices"
	"testing"

	"eaibench/platform"
)

func TestControlFlags(t *testing.T) {
	lazily := false
	for _, test := range []struct {
		controls platform.Controls
		want     []string
	}{
		{platform.Controls{}, nil},
		{platform.Controls{CPUs: "0-1", BindNow: &lazily}, []string{"--cpus", "0-1", "--bind-now", "false"}},
		{platform.Controls{Revocation: "off", OpenSSL: "/opt/openssl"}, []string{"--revocation", "off", "--openssl", "/opt/openssl"}},
	} {
		if got := controlFlags(test.controls); !slices.Equal(got, test.want) {
			t.Errorf("%+v: %q, want %q", test.controls, got, test.want)
		}
	}
}
