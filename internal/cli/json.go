package cli

import (
	"encoding/json"
	"io"
)

// writeJSON writes a document for programs, indented for people, with "<", ">" and "&" as they are.
func writeJSON(w io.Writer, document any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(document)
}
