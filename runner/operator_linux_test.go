package runner

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"eaibench/attest"
	"eaibench/integration_process"
	"eaibench/platform"
)

// The operator's folder has what every component needs, and its private parts are private.
func TestOperator(t *testing.T) {
	solution, err := integration_process.LoadSolution("retail")
	if err != nil {
		t.Fatal(err)
	}
	source, err := integration_process.Source("retail")
	if err != nil {
		t.Fatal(err)
	}
	profile, err := platform.Load("linux")
	if err != nil {
		t.Fatal(err)
	}
	folder := reachable(t)
	o := &operator{folder: folder, target: &stage{Place: Here(), folder: folder, root: os.Geteuid() == 0}, solution: solution, source: source, profile: profile, modes: []string{"hybrid", "purecap"}, cryptos: []string{"hpke"}, paths: []string{"relayed"}}
	if err := o.prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(o.policyFile())
	if err != nil {
		t.Fatal(err)
	}
	policy, err := attest.ParsePolicy(o.policyFile(), text)
	if err != nil {
		t.Fatal(err)
	}
	references := policy.Document().References
	if len(references) != 2 || references[0].Mode != "hybrid" || references[1].Mode != "purecap" ||
		references[0].SourceSHA256 != references[1].SourceSHA256 || references[0].ExecutableSHA256 == references[1].ExecutableSHA256 {
		t.Errorf("references are %+v", references)
	}
	if got := policy.Document().Parameters.Verify; !slices.Equal(got, []string{"full"}) {
		t.Errorf("a campaign that does not ask for it allows verify %v", got)
	}
	if network := policy.Document().Compartment.Network; network != "" {
		t.Errorf("on the path relayed alone, compartments may have the network %q", network)
	}
	// What a campaign's cells need is allowed, and only there.
	o.verifies, o.paths = []string{"full", "cached"}, append(o.paths, "direct")
	if err := o.writePolicy([]*attest.Reference{&references[0]}); err != nil {
		t.Fatal(err)
	}
	if text, err = os.ReadFile(o.policyFile()); err != nil {
		t.Fatal(err)
	}
	if asked, err := attest.ParsePolicy(o.policyFile(), text); err != nil || !slices.Equal(asked.Document().Parameters.Verify, o.verifies) {
		t.Errorf("a campaign that asks for %v: %v", o.verifies, err)
	} else if asked.Document().Compartment.Network != attest.NetworkShared {
		t.Errorf("with the path direct, the policy is %s", text)
	}
	if got := policy.Document().Environment["ASAN_OPTIONS"]; len(got) == 0 {
		t.Errorf("environment is %v", policy.Document().Environment)
	}
	private, err := filepath.Glob(o.in("*", "*.key"))
	if err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{o.in("*", "priv.pem"), o.in("services", "*", "priv.pem")} {
		more, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		private = append(private, more...)
	}
	if len(private) < 6 {
		t.Errorf("only these keys: %v", private)
	}
	for _, file := range private {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", file, info.Mode(), err)
		}
	}
}

func TestCertificateOutlivesItsRunByLittle(t *testing.T) {
	for _, c := range []struct{ longest, want time.Duration }{
		{0, 10 * time.Minute}, {time.Minute, 10 * time.Minute}, {time.Hour, 2 * time.Hour}, {40 * time.Hour, 24 * time.Hour},
	} {
		if got := (&operator{longestRun: c.longest}).lifetime(); got != c.want {
			t.Errorf("for runs of %s it is %s, want %s", c.longest, got, c.want)
		}
	}
}
