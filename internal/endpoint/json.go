package endpoint

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json"
	jsonv1 "github.com/go-json-experiment/json/v1"
)

// Bodies are read and written with version 2 of encoding/json: several times faster with the long texts that sealed
// bodies consist of, and strict by itself. Names that stand there twice or in other case, and invalid UTF-8, are refused.

// marshal makes the text of a body. A member marked omitempty is left out when it is false or 0, too, as in version 1.
func marshal(value any) ([]byte, error) {
	return json.Marshal(value, json.Deterministic(true), jsonv1.OmitEmptyWithLegacySemantics(true))
}

// unmarshal reads one value that another of eaibench's processes wrote; members unknown here are ignored.
func unmarshal(text []byte, value any) error { return json.Unmarshal(text, value) }

// unmarshalStrictly reads the whole of a request's body, which is one value without unknown members.
func unmarshalStrictly(text []byte, value any) error {
	return json.Unmarshal(text, value, json.RejectUnknownMembers(true))
}

// reasonOf says what is wrong with a body without the names of this program's types.
func reasonOf(err error) string {
	semantic, ok := errors.AsType[*json.SemanticError](err)
	switch {
	case !ok:
		return err.Error()
	case semantic.Err != nil:
		return fmt.Sprintf("%s: %v", semantic.JSONPointer, semantic.Err)
	default:
		return fmt.Sprintf("%s: cannot be a %s", semantic.JSONPointer, semantic.JSONKind)
	}
}

// announcedLimit bounds what is allocated because of an announced length, in bytes; beyond it memory grows with what
// arrives.
const announcedLimit = 64 << 10

// readBody reads to the end of a body of the announced length, -1 when none is.
func readBody(body io.Reader, announced int64) ([]byte, error) {
	var text bytes.Buffer
	text.Grow(int(min(max(announced, 0), announcedLimit)) + bytes.MinRead) // with room to see the end
	_, err := text.ReadFrom(body)
	return text.Bytes(), err
}
