package runner

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"eaibench/attest"
	"eaibench/attest/authority"
	"eaibench/bench"
	"eaibench/integration_process"
	"eaibench/internal/endpoint"
	"eaibench/platform"
)

// PolicyFile is the policy's name in an operator's folder.
const PolicyFile = "policy.yaml"

// loopback is where a campaign's components on one host listen.
const loopback = "127.0.0.1"

const (
	evidenceAge = time.Minute

	// A process's certificate outlives its run, and that by little: a run that waits between its requests may take hours.
	shortestLifetime = 10 * time.Minute
	longestLifetime  = 24 * time.Hour // docs/formats/policy.md
)

// operator is who sets a campaign up: it makes the root CA, the certificates of every server, and
// the policy with reference values of its own build. Its folder has one folder for each component.
type operator struct {
	folder string
	target *stage
	// secondHand is true where the attester is not on the target.
	secondHand bool
	// home is this host, and cross the toolchain with which it compiles for the target; nil: the target compiles.
	home  *stage
	cross *platform.Toolchain
	// compartments are what the policy lets a proof of library compartments lack.
	compartments map[string]string
	serves       map[string]string // of a component, where it listens; loopback of others
	solution     *integration_process.Solution
	source       []byte
	profile      *platform.Profile
	modes        []string
	cryptos      []string
	verifies     []string
	paths        []string
	// given are references made before; nil: they are built.
	given []attest.Reference
	// lasting is the folder of an operator that outlives the campaign; "": root CA, attester's key and policy are made for it.
	lasting  string
	rootName string // of a root CA that is made, "campaign" without
	// running are the services that already run: each has its certificate.
	running []string
	// longestRun is how long a run may take.
	longestRun time.Duration
}

func (o *operator) in(names ...string) string {
	return filepath.Join(append([]string{o.folder}, names...)...)
}

func (o *operator) rootFile() string   { return o.in("ca", authority.RootFile) }
func (o *operator) policyFile() string { return o.in(PolicyFile) }

// prepare fills the folder.
func (o *operator) prepare(ctx context.Context) error {
	if o.lasting != "" {
		if err := o.takeOver(); err != nil {
			return fmt.Errorf("%w: %w", ErrOperator, err)
		}
	} else if err := authority.CreateCA(o.in("ca"), authority.CASettings{Name: cmp.Or(o.rootName, "campaign"), Hosts: []string{loopback}}); err != nil {
		return fmt.Errorf("making the root CA: %w", err)
	}
	issuings := []authority.Issuing{{Kind: attest.KindAttester, Name: "local"}, {Kind: attest.KindLauncher, Name: "local"}}
	folders := []string{"attester", "launcher"}
	for _, service := range o.solution.Services {
		if slices.Contains(o.running, service.Name) {
			continue
		}
		issuings = append(issuings, authority.Issuing{Kind: attest.KindService, Name: service.Name})
		folders = append(folders, filepath.Join("services", service.Name))
	}
	for i, issuing := range issuings {
		issuing.Hosts = []string{cmp.Or(o.serves[folders[i]], loopback)}
		if _, err := authority.Issue(o.caFolder(), o.in(folders[i]), issuing); err != nil {
			return fmt.Errorf("certifying %s: %w", folders[i], err)
		}
	}
	if err := authority.PrepareAttester(o.in("attester")); err != nil {
		return fmt.Errorf("preparing the attester: %w", err)
	}
	// Made here, so that it is known wherever they run.
	for _, folder := range folders {
		if _, err := endpoint.LoadOrCreateToken(o.in(folder, authority.TokenFile)); err != nil {
			return fmt.Errorf("making the operator's token of %s: %w", folder, err)
		}
	}
	if o.lasting != "" {
		return o.takeOverPolicy()
	}
	references, err := o.references(ctx)
	if err != nil {
		return err
	}
	if err := o.limitCompartments(ctx); err != nil {
		return err
	}
	return o.writePolicy(references)
}

// environment allows what the modes set, and nothing else.
func (o *operator) environment() (map[string][]string, error) {
	allowed := map[string][]string{}
	for _, name := range o.modes {
		mode, err := o.profile.Mode(name)
		if err != nil {
			return nil, err
		}
		for variable, values := range mode.AllowedEnvironment() {
			allowed[variable] = slices.Compact(slices.Sorted(slices.Values(append(allowed[variable], values...))))
		}
	}
	return allowed, nil
}

// lifetime of a process's certificate.
func (o *operator) lifetime() time.Duration {
	return min(max(2*o.longestRun, shortestLifetime), longestLifetime)
}

// privileges are what the attester may say of its right to measure.
func (o *operator) privileges() []string {
	if o.secondHand {
		return []string{attest.SecondHand}
	}
	// Without root there is no other user; the evidence says which it was.
	return []string{attest.SeparateUser, attest.SameUser}
}

// writePolicy writes docs/formats/policy.md's document. It is JSON, which is YAML too.
func (o *operator) writePolicy(references []*attest.Reference) error {
	environment, err := o.environment()
	if err != nil {
		return err
	}
	attester, err := os.ReadFile(o.in("attester", authority.EvidencePublicFile))
	if err != nil {
		return fmt.Errorf("reading the attester's key: %w", err)
	}
	verifies := o.verifies
	if len(verifies) == 0 {
		verifies = []string{string(attest.Full)}
	}
	type object = map[string]any
	_, mostRequests, _ := bench.ByRequests.Limits()
	_, longestMS, _ := bench.ByInterval.Limits()
	document := object{
		"version": attest.PolicyVersion,
		"attesters": []object{{
			"name": "local", "public_key": string(attester),
			"privilege": o.privileges(),
		}},
		"modes": o.modes, "references": references, "environment": environment,
		"parameters": object{
			"crypto": o.cryptos, "path": o.paths, "verify": verifies,
			"requests": object{"max": mostRequests}, "interval_ms": object{"max": longestMS},
		},
		"evidence":    object{"max_age": evidenceAge.String()},
		"certificate": object{"lifetime": o.lifetime().String()},
	}
	limits := maps.Clone(o.compartments)
	if slices.Contains(o.paths, attest.PathDirect) {
		// Without it, a compartment that shares its host's network is none.
		if limits == nil {
			limits = map[string]string{}
		}
		limits["network"] = attest.NetworkShared
	}
	if len(limits) > 0 {
		document["compartment"] = limits
	}
	text, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the policy: %w", err)
	}
	if _, err := attest.ParsePolicy(o.policyFile(), text); err != nil {
		return fmt.Errorf("the policy made for this campaign is wrong: %w", err)
	}
	if err := os.WriteFile(o.policyFile(), text, 0o644); err != nil {
		return fmt.Errorf("writing the policy: %w", err)
	}
	return nil
}
