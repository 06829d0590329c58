package attest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The paths on which sealed requests reach the services (messages.md).
const (
	PathRelayed = "relayed" // the launcher relays them
	PathDirect  = "direct"  // the process is its own TLS client, with its certificate
)

// Ranges of the run parameters (messages.md).
const (
	parametersLimit   = 64 << 10 // bytes of the whole text
	minRequests       = 1
	maxRequests       = 1_000_000
	maxIntervalMS     = 3_600_000
	maxArguments      = 32
	maxArgumentNumber = 1 << 53 // either side of 0: exact in every parser of JSON
	maxArgumentText   = 1000    // bytes
)

// Parameters is the run parameters, the text that the process is given, the certificate binds and the CA appraises.
type Parameters struct {
	Version    int          `json:"version"`
	Solution   string       `json:"solution"`
	Program    string       `json:"program"`
	Run        string       `json:"run"`
	Mode       string       `json:"mode"`
	Path       string       `json:"path"`
	Crypto     Crypto       `json:"crypto"`
	Verify     Verification `json:"verify,omitempty"` // Full when the text does not say
	Requests   int64        `json:"requests"`         // how often the solution is carried out
	IntervalMS int64        `json:"interval_ms"`      // milliseconds from the start of one request to the start of the next
	// Arguments are all other members: the solution's own parameters, each an int64 or a string. Which there must be is
	// for the process to decide: it refuses what its solution does not declare.
	Arguments map[string]any `json:"-"`
}

// MarshalJSON writes the arguments beside the other members, sorted by name.
func (p Parameters) MarshalJSON() ([]byte, error) {
	type common Parameters // without this method
	text, err := json.Marshal(common(p))
	if err != nil || len(p.Arguments) == 0 {
		return text, err
	}
	arguments, err := json.Marshal(p.Arguments)
	if err != nil {
		return nil, err
	}
	return slices.Concat(text[:len(text)-1], []byte{','}, arguments[1:]), nil
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
		"path": &p.Path, "crypto": &p.Crypto, "verify": &p.Verify, "requests": &p.Requests, "interval_ms": &p.IntervalMS,
	}
	p.Verify = Full
	decoder := json.NewDecoder(bytes.NewReader(text))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return errors.New("not a JSON object")
	}
	for decoder.More() {
		if err := p.decodeMember(decoder, missing); err != nil {
			return err
		}
	}
	if _, err := decoder.Token(); err != nil {
		return fmt.Errorf("not a JSON object: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the JSON object")
	}
	delete(missing, "verify") // may be missing
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

// commonParameters are the members that are no arguments.
var commonParameters = []string{"version", "solution", "program", "run", "mode", "path", "crypto", "verify", "requests", "interval_ms"}

// decodeMember reads one member and takes it from those that are missing, so that a second one is found. What is not common is
// an argument.
func (p *Parameters) decodeMember(decoder *json.Decoder, missing map[string]any) error {
	token, err := decoder.Token()
	if err != nil {
		return fmt.Errorf("not a JSON object: %w", err)
	}
	name, _ := token.(string)
	var value json.RawMessage
	if err := decoder.Decode(&value); err != nil {
		return fmt.Errorf("member %q: %w", name, err)
	}
	into, known := missing[name]
	_, argument := p.Arguments[name]
	switch {
	case !known && (argument || slices.Contains(commonParameters, name)):
		return fmt.Errorf("member %q is there twice", name)
	case !known:
		return p.decodeArgument(name, value)
	case bytes.Equal(value, []byte("null")): // json leaves a Go value as it was
		return fmt.Errorf("member %q is null", name)
	}
	delete(missing, name)
	if err := json.Unmarshal(value, into); err != nil {
		return fmt.Errorf("member %q has another type than it should", name)
	}
	return nil
}

var (
	argumentName   = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)
	argumentNumber = regexp.MustCompile(`^(0|-?[1-9][0-9]{0,15})$`)
)

// decodeArgument reads a whole number or a text.
func (p *Parameters) decodeArgument(name string, value json.RawMessage) error {
	if !argumentName.MatchString(name) {
		return fmt.Errorf("member %q is no parameter's name", name)
	}
	if len(p.Arguments) == maxArguments {
		return fmt.Errorf("more than %d parameters of the solution", maxArguments)
	}
	if p.Arguments == nil {
		p.Arguments = map[string]any{}
	}
	if argumentNumber.Match(value) {
		number, err := strconv.ParseInt(string(value), 10, 64)
		if err != nil || number > maxArgumentNumber || number < -maxArgumentNumber {
			return fmt.Errorf("%s is out of range", name)
		}
		p.Arguments[name] = number
		return nil
	}
	var text string
	if value[0] != '"' || json.Unmarshal(value, &text) != nil {
		return fmt.Errorf("member %q is neither a whole number nor a text", name)
	}
	if len(text) > maxArgumentText || strings.ContainsFunc(text, unicode.IsControl) {
		return fmt.Errorf("%s is longer than %d bytes or has control characters", name, maxArgumentText)
	}
	p.Arguments[name] = text
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
	if p.Path != PathRelayed && p.Path != PathDirect {
		return fmt.Errorf("path is %q, want %q or %q", p.Path, PathRelayed, PathDirect)
	}
	if p.Crypto != HPKE && p.Crypto != None {
		return fmt.Errorf("crypto is %q, want %q or %q", p.Crypto, HPKE, None)
	}
	if p.Verify != Full && p.Verify != Cached {
		return fmt.Errorf("verify is %q, want %q or %q", p.Verify, Full, Cached)
	}
	for _, number := range []struct {
		member           string
		value, low, high int64
	}{
		{"requests", p.Requests, minRequests, maxRequests},
		{"interval_ms", p.IntervalMS, 0, maxIntervalMS},
	} {
		if number.value < number.low || number.value > number.high {
			return fmt.Errorf("%s is %d, want %d to %d", number.member, number.value, number.low, number.high)
		}
	}
	return nil
}

// checkLimits refuses (crypto, verify, parameters) parameters that the policy does not allow.
func (p *Parameters) checkLimits(policy *Policy) error {
	limits := policy.document.Parameters
	switch {
	case !policy.allowsCrypto(p.Crypto) && p.Crypto == None:
		return Refuse(CheckCrypto, "%s is not allowed by the policy", p.Crypto)
	case !policy.allowsCrypto(p.Crypto):
		return Refuse(CheckParameters, "crypto %s is not allowed by the policy", p.Crypto)
	case !policy.allowsVerify(p.Verify) && p.Verify == Cached:
		return Refuse(CheckVerify, "%s is not allowed by the policy", p.Verify)
	case !policy.allowsVerify(p.Verify):
		return Refuse(CheckParameters, "verify %s is not allowed by the policy", p.Verify)
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
