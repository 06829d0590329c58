package runner

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"eaibench/attest"
	"eaibench/attest/authority"
	"eaibench/bench"
)

// A policy under which no run could be accepted is refused before anything is started, with everything that it lacks.
func TestOperatorDoesNotFit(t *testing.T) {
	fitting := lastingOperator(t, func(o *DeploymentOptions) {
		o.Modes, o.Paths = []string{"hybrid"}, []string{bench.Relayed}
	})
	for _, test := range []struct {
		name   string
		spoil  func(t *testing.T, folder string)
		asks   func(*DeploymentOptions)
		wants  []string
		wanted error
	}{
		{name: "policy", wanted: ErrOperator, asks: func(o *DeploymentOptions) {
			o.Modes, o.Paths, o.Verifies, o.Cryptos = []string{"hybrid", "purecap"}, []string{"direct"}, []string{"cached"}, []string{"none"}
			o.LongestPauses = time.Hour
		}, wants: []string{
			"modes does not allow purecap, which the scenario measures", "parameters.path does not allow direct", "parameters.verify does not allow cached",
			"parameters.crypto does not allow none", "certificate.lifetime, 10m0s, is shorter than a run may take, 1h0m0s",
		}},
		{name: "attester", wanted: ErrOperator, spoil: func(t *testing.T, folder string) {
			attester := filepath.Join(folder, "attester")
			if err := errors.Join(os.RemoveAll(attester), authority.PrepareAttester(attester)); err != nil {
				t.Fatal(err)
			}
		}, wants: []string{"attesters has not the key in "}},
		{name: "privilege", wanted: ErrOperator, spoil: func(t *testing.T, folder string) {
			changePolicy(t, folder, func(policy map[string]any) {
				policy["attesters"].([]any)[0].(map[string]any)["privilege"] = []any{attest.SecondHand}
			})
		}, wants: []string{"privilege of the attester does not allow separate-user or same-user"}},
		{name: "second-hand", wanted: ErrOperator, asks: func(o *DeploymentOptions) {
			o.Control = []string{"--host", "board"}
		}, wants: []string{"privilege of the attester does not allow second-hand"}},
		{name: "no references", wanted: ErrNoReference, spoil: func(t *testing.T, folder string) {
			changePolicy(t, folder, func(policy map[string]any) { policy["references"] = []any{} })
		}, wants: []string{"of retail in mode hybrid of platform linux"}},
		{name: "no policy", wanted: ErrOperator, spoil: func(t *testing.T, folder string) {
			if err := os.Remove(filepath.Join(folder, "policy.yaml")); err != nil {
				t.Fatal(err)
			}
		}, wants: []string{"policy.yaml: no such file"}},
		{name: "server's certificate", wanted: ErrOperator, spoil: func(t *testing.T, folder string) {
			ca := filepath.Join(folder, "ca")
			issuing := authority.Issuing{Kind: attest.KindCA, Name: "operator", Hosts: []string{loopback}, Overwrite: true, Now: func() time.Time { return time.Now().Add(-2 * attest.OperatorLifetime) }}
			if _, err := authority.Issue(ca, ca, issuing); err != nil {
				t.Fatal(err)
			}
		}, wants: []string{"the certificate of the root CA's server in ", " expired on ", "eaibench ca issue ca NAME --data "}},
		{name: "no folder", wanted: ErrOperator, spoil: func(t *testing.T, folder string) {
			if err := os.RemoveAll(folder); err != nil {
				t.Fatal(err)
			}
		}, wants: []string{"`eaibench ca operator` makes one"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder := filepath.Join(t.TempDir(), "operator")
			copyFolder(t, fitting, folder)
			if test.spoil != nil {
				test.spoil(t, folder)
			}
			parent := reachable(t)
			options := retail(t, parent)
			options.Modes, options.Verifies, options.References, options.Operator = []string{"hybrid"}, []string{bench.Full}, nil, folder
			if test.asks != nil {
				test.asks(&options)
			}
			_, err := Deploy(t.Context(), options)
			if !errors.Is(err, test.wanted) {
				t.Fatalf("got %v", err)
			}
			for _, want := range test.wants {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q is not in: %v", want, err)
				}
			}
			if left, err := os.ReadDir(parent); err != nil || len(left) > 0 {
				t.Errorf("left: %v, %v", left, err)
			}
		})
	}
}

// copyFolder copies what is in a folder with its modes: keys stay private.
func copyFolder(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		return copyFile(file, filepath.Join(to, strings.TrimPrefix(file, from)))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func changePolicy(t *testing.T, folder string, change func(map[string]any)) {
	t.Helper()
	file := filepath.Join(folder, "policy.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	policy := map[string]any{}
	if err := json.Unmarshal(text, &policy); err != nil {
		t.Fatal(err)
	}
	change(policy)
	if text, err = json.Marshal(policy); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// References that are given beside a policy without any do, for root CA and services alike; and where the campaign's folder is kept,
// the operator's secrets are not in it.
func TestOperatorWithReferences(t *testing.T) {
	operator := lastingOperator(t, func(o *DeploymentOptions) { o.Modes = []string{"hybrid"} })
	changePolicy(t, operator, func(policy map[string]any) { policy["references"] = []any{} })
	options := retail(t, reachable(t))
	options.Modes, options.Verifies, options.Operator, options.Keep = []string{"hybrid"}, []string{bench.Full}, operator, true
	deployment, err := Deploy(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	defer deployment.Close()
	record := &record{}
	c := runningCampaign(deployment, record, []string{"hybrid"}, []string{bench.Relayed}, 1)
	outcome, err := c.Run(t.Context())
	if err != nil || outcome[bench.OK] != 1 {
		t.Errorf("got %v, %v:\n%s", outcome, err, strings.Join(record.endings(), "\n"))
	}
	if err := deployment.Close(); err != nil {
		t.Error(err)
	}
	var secrets []string
	for _, file := range []string{"ca/root.key", "ca/priv.pem", "attester/attester.key"} {
		text, err := os.ReadFile(filepath.Join(operator, file))
		if err != nil {
			t.Fatal(err)
		}
		secrets = append(secrets, string(text))
	}
	kept := os.DirFS(deployment.Folder())
	for _, file := range []string{"ca/root.pem", "policy.yaml", "references.yaml", "attester/attester.pub", "logs/attester.log"} {
		if _, err := os.Stat(filepath.Join(deployment.Folder(), file)); err != nil {
			t.Errorf("not kept: %v", err)
		}
	}
	for _, secret := range secrets {
		if file := fileWith(t, kept, secret); file != "" {
			t.Errorf("%s has a secret of the operator's", file)
		}
	}
	// Nor does anything stay that lets somebody in, or speaks for a server, under the operator's root.
	err = fs.WalkDir(kept, ".", func(file string, entry fs.DirEntry, err error) error {
		if slices.Contains([]string{authority.TokenFile, authority.PrivateKeyFile, authority.EvidenceKeyFile, authority.RootKeyFile}, entry.Name()) {
			t.Errorf("kept is %s", file)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
