package attest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// PathRelayed is the path on which the launcher relays sealed requests to the services.
const PathRelayed = "relayed"

// Ranges of the run parameters (messages.md).
const (
	parametersLimit   = 64 << 10 // bytes of the whole text
	minRequests       = 1
	maxRequests       = 1_000_000
	maxIntervalMS     = 3_600_000
	maxThresholdCents = 1_000_000_000_000
	maxCustomerLength = 256 // bytes
)

// Parameters is the run parameters, the text that the process is given, the certificate binds and the CA appraises.
type Parameters struct {
	Version        int    `json:"version"`
	Solution       string `json:"solution"`
	Program        string `json:"program"`
	Run            string `json:"run"`
	Mode           string `json:"mode"`
	Path           string `json:"path"`
	Crypto         Crypto `json:"crypto"`
	Requests       int64  `json:"requests"`        // how often the solution is carried out
	IntervalMS     int64  `json:"interval_ms"`     // milliseconds from the start of one request to the start of the next
	ThresholdCents int64  `json:"threshold_cents"` // retail
	Customer       string `json:"customer,omitempty"`
}

// ParseParameters reads run parameters strictly: the process reads the same text with another parser, so anything that
// two parsers may take differently (a member twice, another case, a number as 1e3, a NUL) is refused (parameters).
func ParseParameters(text []byte) (*Parameters, error) {
	p := new(Parameters)
	err := p.decode(text)
	if err == nil {
		err = p.check()
	}
	if err != nil {
		return nil, Refuse(CheckParameters, "%v", err)
	}
	return p, nil
}

func (p *Parameters) decode(text []byte) error {
	if len(text) > parametersLimit {
		return fmt.Errorf("%d bytes, want at most %d", len(text), parametersLimit)
	}
	if !utf8.Valid(text) {
		return errors.New("not UTF-8")
	}
	missing := map[string]any{
		"version": &p.Version, "solution": &p.Solution, "program": &p.Program, "run": &p.Run, "mode": &p.Mode,
		"path": &p.Path, "crypto": &p.Crypto, "requests": &p.Requests, "interval_ms": &p.IntervalMS,
		"threshold_cents": &p.ThresholdCents, "customer": &p.Customer,
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return errors.New("not a JSON object")
	}
	for decoder.More() {
		if err := decodeMember(decoder, missing); err != nil {
			return err
		}
	}
	if _, err := decoder.Token(); err != nil {
		return fmt.Errorf("not a JSON object: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the JSON object")
	}
	delete(missing, "customer")
	if len(missing) != 0 {
		names := make([]string, 0, len(missing))
		for name := range missing {
			names = append(names, name)
		}
		slices.Sort(names)
		return fmt.Errorf("without %s", strings.Join(names, ", "))
	}
	return nil
}

// decodeMember reads one member and takes it from those that are missing, so that a second one is unknown.
func decodeMember(decoder *json.Decoder, missing map[string]any) error {
	token, err := decoder.Token()
	if err != nil {
		return fmt.Errorf("not a JSON object: %w", err)
	}
	name, _ := token.(string)
	into, known := missing[name]
	if !known {
		return fmt.Errorf("member %q is unknown or there twice", name)
	}
	delete(missing, name)
	var value json.RawMessage
	if err := decoder.Decode(&value); err != nil {
		return fmt.Errorf("member %q: %w", name, err)
	}
	// json leaves a Go value as it was for null.
	if bytes.Equal(value, []byte("null")) {
		return fmt.Errorf("member %q is null", name)
	}
	if err := json.Unmarshal(value, into); err != nil {
		return fmt.Errorf("member %q has another type than it should", name)
	}
	return nil
}

func (p *Parameters) check() error {
	if p.Version != FormatVersion {
		return fmt.Errorf("version is %d, want %d", p.Version, FormatVersion)
	}
	for _, name := range []struct{ member, value string }{
		{"solution", p.Solution}, {"program", p.Program}, {"run", p.Run}, {"mode", p.Mode},
	} {
		if !ValidName(name.value) {
			return fmt.Errorf("%s %q is not a name", name.member, name.value)
		}
	}
	if p.Path != PathRelayed {
		return fmt.Errorf("path is %q, want %q", p.Path, PathRelayed)
	}
	if p.Crypto != HPKE && p.Crypto != None {
		return fmt.Errorf("crypto is %q, want %q or %q", p.Crypto, HPKE, None)
	}
	for _, number := range []struct {
		member           string
		value, low, high int64
	}{
		{"requests", p.Requests, minRequests, maxRequests},
		{"interval_ms", p.IntervalMS, 0, maxIntervalMS},
		{"threshold_cents", p.ThresholdCents, 0, maxThresholdCents},
	} {
		if number.value < number.low || number.value > number.high {
			return fmt.Errorf("%s is %d, want %d to %d", number.member, number.value, number.low, number.high)
		}
	}
	if len(p.Customer) > maxCustomerLength || strings.ContainsFunc(p.Customer, unicode.IsControl) {
		return fmt.Errorf("customer is longer than %d bytes or has control characters", maxCustomerLength)
	}
	return nil
}

// checkLimits refuses (crypto, parameters) parameters that the policy does not allow.
func (p *Parameters) checkLimits(policy *Policy) error {
	limits := policy.document.Parameters
	switch {
	case !policy.allowsCrypto(p.Crypto) && p.Crypto == None:
		return Refuse(CheckCrypto, "%s is not allowed by the policy", p.Crypto)
	case !policy.allowsCrypto(p.Crypto):
		return Refuse(CheckParameters, "crypto %s is not allowed by the policy", p.Crypto)
	case !slices.Contains(limits.Path, p.Path):
		return Refuse(CheckParameters, "path %s is not allowed by the policy", p.Path)
	case p.Requests > limits.Requests.Max:
		return Refuse(CheckParameters, "%d requests, the policy allows %d", p.Requests, limits.Requests.Max)
	case p.IntervalMS > limits.IntervalMS.Max:
		return Refuse(CheckParameters, "an interval of %d ms, the policy allows %d", p.IntervalMS, limits.IntervalMS.Max)
	default:
		return nil
	}
}
