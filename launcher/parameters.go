package launcher

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"eaibench/attest"
	"eaibench/bench"
	"eaibench/integration_process"
	"eaibench/internal/endpoint"
)

// Parameters are what a caller may choose for a run. Missing members take the default.
type Parameters struct {
	Requests   *int64 `json:"requests,omitempty"`    // how often the solution is carried out, 1 to 1,000,000; 1
	IntervalMS *int64 `json:"interval_ms,omitempty"` // start to start, 0 to 3,600,000 ms; 0
	Crypto     string `json:"crypto,omitempty"`      // hpke or none; hpke
	Verify     string `json:"verify,omitempty"`      // full or cached; full
	Path       string `json:"path,omitempty"`        // relayed or direct; relayed
	Solution   string `json:"solution,omitempty"`    // the program's own
	// Arguments are the solution's own parameters by their names in the run parameters' text (docs/formats/messages.md);
	// missing ones take the default in the solution's description.
	Arguments bench.Arguments `json:"arguments,omitempty"`
}

// resolve fills in defaults, and refuses with a 400 what can be no run's. Whether a value is allowed
// is the root CA's to say. The text is what is handed out and hashed: these bytes, once.
func (p Parameters) resolve(program, run, mode, solution string) (*attest.Parameters, string, error) {
	asked := &attest.Parameters{
		Version: attest.FormatVersion, Solution: solution, Program: program, Run: run, Mode: mode,
		Path: p.Path, Crypto: attest.Crypto(p.Crypto), Verify: attest.Verification(p.Verify), Requests: 1, Arguments: p.Arguments,
	}
	setDefault(&asked.Path, attest.PathRelayed)
	setDefault(&asked.Crypto, attest.HPKE)
	setGiven(&asked.Requests, p.Requests)
	setGiven(&asked.IntervalMS, p.IntervalMS)
	if err := completeArguments(asked); err != nil {
		return nil, "", err
	}
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

// completeArguments adds the defaults of a solution that this launcher knows. What another one declares is for its process to say.
func completeArguments(p *attest.Parameters) error {
	if !slices.Contains(integration_process.Solutions(), p.Solution) {
		return nil
	}
	solution, err := integration_process.LoadSolution(p.Solution)
	if err != nil {
		return err
	}
	if p.Arguments, err = solution.RunParameters.Complete(p.Arguments); err != nil {
		return &endpoint.Fault{Status: http.StatusBadRequest, Check: string(attest.CheckParameters), Message: err.Error()}
	}
	return nil
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
