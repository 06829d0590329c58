package launcher

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"eaibench/attest"
	"eaibench/internal/endpoint"
)

// UploadLimit is the longest source, or archive of sources, that is accepted, in bytes.
const UploadLimit = 16 << 20

// fileNames have no dot but those of the ending, so that neither "..", hidden files nor another
// ending can be made of one, and no slash.
var fileNames = regexp.MustCompile(`^([A-Za-z0-9][A-Za-z0-9_-]{0,62})\.(?:c|tar|tar\.gz)$`)

// programName is the program that a file holds, one source or an archive of several: its name without
// the ending, in the letters that a certificate's name may have ("Retail_2.c" holds "retail-2").
func programName(fileName string) (string, error) {
	parts := fileNames.FindStringSubmatch(fileName)
	if parts == nil {
		return "", endpoint.NewFault(http.StatusBadRequest,
			"file name %q is not allowed: it must be 1 to 63 letters, digits, - or _, start with a letter or digit, and end in .c, .tar or .tar.gz", shortened(fileName))
	}
	stem := parts[1]
	return strings.ReplaceAll(strings.ToLower(stem), "_", "-"), nil
}

// checkName refuses what cannot stand in a certificate's URI or a folder's name.
func checkName(what, name string) error {
	if !attest.ValidName(name) {
		return endpoint.NewFault(http.StatusBadRequest,
			"%s %q is not a name: 1 to 63 lower-case letters, digits or -, starting with a letter or digit", what, shortened(name))
	}
	return nil
}

// shortened keeps a stranger's text from filling a message.
func shortened(text string) string {
	const most = 100
	if len(text) > most {
		return fmt.Sprintf("%s… (%d bytes)", strings.ToValidUTF8(text[:most], ""), len(text))
	}
	return text
}

// oneLine keeps what a process says of itself printable, and bounded.
func oneLine(text string) string {
	const most = 400 // bytes
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, string(utf8.RuneError)))
	return strings.ToValidUTF8(text[:min(len(text), most)], "")
}
