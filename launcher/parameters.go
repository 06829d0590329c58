package launcher

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"eaibench/attest"
	"eaibench/internal/endpoint"
)

// Parameters are what a caller may choose for a run. Missing members take the default.
type Parameters struct {
	Requests       *int64 `json:"requests,omitempty"`        // how often the solution is carried out, 1 to 1,000,000; 1
	IntervalMS     *int64 `json:"interval_ms,omitempty"`     // start to start, 0 to 3,600,000 ms; 0
	ThresholdCents *int64 `json:"threshold_cents,omitempty"` // 0 to 1,000,000,000,000; 15,000
	Customer       string `json:"customer,omitempty"`        // whose last sale; empty: the newest of all
	Crypto         string `json:"crypto,omitempty"`          // hpke or none; hpke
	Path           string `json:"path,omitempty"`            // relayed
	Solution       string `json:"solution,omitempty"`        // the program's own
}

// defaultThreshold is the use case's, in cents.
const defaultThreshold = 15_000

// resolve fills in defaults, and refuses with a 400 what can be no run's. Whether a value is allowed
// is the root CA's to say. The text is what is handed out and hashed: these bytes, once.
func (p Parameters) resolve(program, run, mode, solution string) (*attest.Parameters, string, error) {
	asked := &attest.Parameters{
		Version: attest.FormatVersion, Solution: solution, Program: program, Run: run, Mode: mode,
		Path: p.Path, Crypto: attest.Crypto(p.Crypto), Requests: 1, ThresholdCents: defaultThreshold, Customer: p.Customer,
	}
	setDefault(&asked.Path, attest.PathRelayed)
	setDefault(&asked.Crypto, attest.HPKE)
	setGiven(&asked.Requests, p.Requests)
	setGiven(&asked.IntervalMS, p.IntervalMS)
	setGiven(&asked.ThresholdCents, p.ThresholdCents)
	text, err := json.Marshal(asked)
	if err != nil {
		return nil, "", fmt.Errorf("marshalling run parameters: %w", err)
	}
	parsed, err := attest.ParseParameters(text)
	if refusal, ok := errors.AsType[*attest.Refusal](err); ok {
		return nil, "", &endpoint.Fault{Status: http.StatusBadRequest, Check: string(refusal.Check), Message: refusal.Reason}
	}
	return parsed, string(text), err
}

func setGiven[T any](value *T, given *T) {
	if given != nil {
		*value = *given
	}
}

// intervals is how long a run takes because its parameters ask for it.
func intervals(p *attest.Parameters) time.Duration {
	return time.Duration(p.Requests) * time.Duration(p.IntervalMS) * time.Millisecond
}

// newRunName names a run of which the caller did not say the name: time, to be found; random bytes,
// to be the only one.
func newRunName(now time.Time) string {
	var b [4]byte
	rand.Read(b[:]) // never fails: the runtime ends the program instead
	return now.UTC().Format("20060102-150405-") + hex.EncodeToString(b[:])
}
