package environment

import "testing"

// The library's version is spelled as the library spells it, whoever is asked.
func TestLibraryVersion(t *testing.T) {
	for printed, want := range map[string]string{
		"OpenSSL 3.0.16 11 Feb 2025 (Library: OpenSSL 3.0.16 11 Feb 2025)": "OpenSSL 3.0.16 11 Feb 2025",
		"OpenSSL 3.0.16 11 Feb 2025 (Library: OpenSSL 3.0.17 1 Jul 2025)":  "OpenSSL 3.0.17 1 Jul 2025",
		"OpenSSL 1.1.1w  11 Sep 2023":                                      "OpenSSL 1.1.1w  11 Sep 2023",
	} {
		if got := libraryVersion(printed); got != want {
			t.Errorf("%s: %q, want %q", printed, got, want)
		}
	}
}
