package cli

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"eaibench/bench"
	"eaibench/platform"
	"eaibench/results"
	"eaibench/scenarios"
)

const baseScenario = `version: 1
solution: retail
platform: linux
modes: [hybrid]
runs: 2
warm_up: 0
`

// begun makes a campaign as `eaibench run` does, of a scenario that extends another; both files are in the folder. change may
// make it one of another time and place.
func begun(t *testing.T, change func(*results.Campaign)) (folder, campaign string) {
	t.Helper()
	folder = t.TempDir()
	write(t, filepath.Join(folder, "base.yaml"), baseScenario)
	write(t, filepath.Join(folder, "small.yaml"), "extends: base.yaml\nname: small\n")
	scenario, err := scenarios.Load(filepath.Join(folder, "small.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	profile, err := platform.Load(scenario.Platform)
	if err != nil {
		t.Fatal(err)
	}
	here := &places{scenario: scenario}
	is, err := here.describe(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	plan := planned(scenario, scenario.Plan(nil), profile, is, time.Now())
	change(plan)
	campaign = filepath.Join(folder, "campaign")
	writer, err := results.Create(campaign, plan)
	if err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return folder, campaign
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// commitAll appends every run of the campaign.
func commitAll(t *testing.T, campaign string, status bench.Status, seal bool) {
	t.Helper()
	writer, err := results.Resume(campaign)
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	for _, planned := range writer.Pending() {
		run := bench.Run{PlannedRun: planned, Status: status, Started: time.Now(), Ended: time.Now()}
		if status != bench.OK {
			run.Reason = "no answer"
		}
		if err := writer.Append(run, nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	if seal {
		if err := writer.Seal(); err != nil {
			t.Fatal(err)
		}
	}
}

// contentOf are the files of a folder, by name.
func contentOf(t *testing.T, folder string) map[string]string {
	t.Helper()
	content := map[string]string{}
	err := fs.WalkDir(os.DirFS(folder), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(folder, name))
		content[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// What cannot be resumed is refused with 2, before anything is started.
func TestResumeRefuses(t *testing.T) {
	unchanged := func(*results.Campaign) {}
	for _, test := range []struct {
		name    string
		change  func(*results.Campaign)
		prepare func(t *testing.T, folder, campaign string)
		more    []string
		want    []string
	}{
		{
			name: "another scenario", change: unchanged, more: []string{"smoke"},
			want: []string{"smoke is not what the campaign was planned from", "-name: small", "+name: smoke"},
		},
		{
			name: "another text of what it extends", change: unchanged, more: []string{"small.yaml"},
			prepare: func(t *testing.T, folder, _ string) {
				write(t, filepath.Join(folder, "base.yaml"), strings.Replace(baseScenario, "runs: 2", "runs: 20", 1))
			},
			want: []string{"small.yaml is not what the campaign was planned from", "base.yaml of the campaign", "-runs: 2\n+runs: 20"},
		},
		{name: "a scenario that is not there", change: unchanged, more: []string{"absent.yaml"}, want: []string{"absent.yaml"}},
		{name: "two scenarios", change: unchanged, more: []string{"small.yaml", "b.yaml"}, want: []string{`takes no further argument "b.yaml"`}},
		{name: "a folder for a new campaign", change: unchanged, more: []string{"--out", "out"}, want: []string{"--out is for a new campaign"}},
		{name: "other cells", change: unchanged, more: []string{"--only", "mode=hybrid"}, want: []string{"--only is for a new campaign"}},
		{
			name: "references that are not there", change: unchanged, more: []string{"--references", "absent.yaml"},
			want: []string{"read references: open absent.yaml"},
		},
		{
			name: "an operator that is not there", change: unchanged, more: []string{"--operator", "nowhere"},
			want: []string{"--operator nowhere: the operator's folder cannot be used: ", "`eaibench ca operator` makes one"},
		},
		{
			name: "a platform that was changed", change: func(c *results.Campaign) { c.Modes[0].StandsFor = "something else" },
			want: []string{"platform linux is not the one that the campaign began on"},
		},
		{
			name: "another compiler", change: func(c *results.Campaign) { c.Versions["gcc"] = "gcc 1.0" },
			want: []string{"the campaign began with other programs", `gcc was "gcc 1.0", is "`},
		},
		{
			name: "another OpenSSL", change: func(c *results.Campaign) { c.Versions["libraries"] = "OpenSSL 0.9" }, more: []string{"--despite-changes"},
			want: []string{"the campaign began with other programs", `libraries was "OpenSSL 0.9", is "`},
		},
		{
			name: "another text of the platform's profile", change: func(c *results.Campaign) { c.Versions["platform"] = "SHA-256 00" },
			want: []string{"the campaign began with other programs", `platform was "SHA-256 00", is "SHA-256 `},
		},
		{
			name: "another eaibench", change: unchanged,
			prepare: func(t *testing.T, _, campaign string) {
				writer, err := results.Resume(campaign)
				if err != nil {
					t.Fatal(err)
				}
				defer writer.Close()
				if err := writer.Note(results.Event{Time: time.Now(), Began: &results.Session{EaibenchSHA256: "00"}}); err != nil {
					t.Fatal(err)
				}
			},
			want: []string{"the campaign began with other programs", "eaibench's file had SHA-256 00, has "},
		},
		{
			name: "another kernel", change: func(c *results.Campaign) { c.Hosts[0].Environment.Kernel = "1.2" },
			want: []string{"a host is not as it was when the campaign began; --despite-changes goes on nonetheless", `kernel was "1.2", is "`},
		},
		{
			name: "a complete campaign", change: unchanged,
			prepare: func(t *testing.T, _, campaign string) { commitAll(t, campaign, bench.Failed, true) },
			want:    []string{"the campaign is complete", "`eaibench summary "},
		},
		{
			name: "one that another eaibench writes to", change: unchanged,
			prepare: func(t *testing.T, _, campaign string) {
				writer, err := results.Resume(campaign)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { writer.Close() })
			},
			want: []string{"another eaibench is writing to the campaign"},
		},
		{
			name: "no campaign", change: unchanged,
			prepare: func(t *testing.T, _, campaign string) {
				if err := os.Remove(filepath.Join(campaign, "campaign.json")); err != nil {
					t.Fatal(err)
				}
			},
			want: []string{"it has no campaign.json"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder, campaign := begun(t, test.change)
			if test.prepare != nil {
				test.prepare(t, folder, campaign)
			}
			t.Chdir(folder)
			before := contentOf(t, campaign)
			stdout, stderr, code := command(t, append([]string{"run", "--resume", campaign}, test.more...)...)
			if diff := cmp.Diff(before, contentOf(t, campaign)); diff != "" {
				t.Errorf("something was added: %s", diff)
			}
			if code != exitBadInput || stdout != "" || strings.Contains(stderr, "starting") {
				t.Errorf("ended with %d, printed %q", code, stdout)
			}
			for _, want := range test.want {
				if !strings.Contains(stderr, want) {
					t.Errorf("%q is not in:\n%s", want, stderr)
				}
			}
		})
	}
}

// A campaign that was killed before its manifest was made gets it and its signature, and nothing is started.
func TestResumeWithNothingLeft(t *testing.T) {
	folder, campaign := begun(t, func(*results.Campaign) {})
	commitAll(t, campaign, bench.Failed, false)
	t.Chdir(folder)
	signer := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	der, err := x509.MarshalPKCS8PrivateKey(signer)
	if err != nil {
		t.Fatal(err)
	}
	write(t, "signing.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
	if err := os.Chmod("signing.pem", 0o600); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, code := command(t, "run", "--resume", campaign, "small.yaml", "--json", "--sign", "signing.pem")
	if code != exitFailed || !strings.Contains(stdout, `"complete": true`) || !strings.Contains(stderr, "2 failed") || strings.Contains(stderr, "starting") {
		t.Errorf("ended with %d:\n%s%s", code, stdout, stderr)
	}
	if data, err := results.Read(campaign); err != nil || !data.Complete {
		t.Errorf("complete: %v, %v", data != nil && data.Complete, err)
	}
	verification, err := results.Verify(campaign)
	if err != nil || verification.Findings != nil {
		t.Fatalf("%+v, %v", verification, err)
	}
	if err := verification.CheckSignature(signer.Public().(ed25519.PublicKey)); err != nil {
		t.Error(err)
	}
}

// What has changed on this host is found, one line each; that programs have, is an error.
// A campaign goes on where it was carried out, which --target may have put elsewhere than its text does.
func TestRestoredTarget(t *testing.T) {
	text := "extends: smoke\nname: here\n"
	file := filepath.Join(t.TempDir(), "here.yaml")
	write(t, file, text)
	scenario, err := scenarios.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	campaign := &results.Campaign{Scenario: results.Scenario{File: scenario.Sources[0].File, Text: scenario.Sources[0].Text}}
	for _, extended := range scenario.Sources[1:] {
		campaign.Scenario.Extends = append(campaign.Scenario.Extends, results.Source(extended))
	}
	for _, target := range []string{"", "local", "board", "ssh:board", "qemu:vm"} {
		want := target
		if campaign.Placement = nil; target != "" {
			campaign.Placement = &results.Placement{Target: target}
		} else {
			want = "local"
		}
		restored, err := restoredScenario(campaign)
		if err != nil || restored.Target.String() != want {
			t.Errorf("carried out on %q, it goes on on %v, %v", target, restored, err)
		}
	}
}

func TestSessionNow(t *testing.T) {
	_, folder := begun(t, func(c *results.Campaign) {
		c.Hosts[0].Environment.Kernel = "1.2"
		c.Hosts[0].Environment.Load1 = 99
	})
	writer, err := results.Resume(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	here := &places{scenario: &scenarios.Scenario{Platform: "linux"}}
	is, err := here.describe(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	session, err := sessionNow(writer.Campaign(), is, nil)
	if err != nil || len(session.Differences) != 1 || !strings.HasPrefix(session.Differences[0], `kernel was "1.2", is "`) {
		t.Errorf("got %q, %v", session.Differences, err)
	}
	if len(session.EaibenchSHA256) != 64 || session.Versions["gcc"] == "" || len(session.Hosts) != 1 {
		t.Errorf("%+v", session)
	}
}

// Of several sessions the first one's eaibench counts: each later one was held against it.
func TestChangedPrograms(t *testing.T) {
	now := results.Session{EaibenchSHA256: "ea", Versions: map[string]string{"gcc": "12", "platform": "p"}}
	began := func(sum string) results.Event { return results.Event{Began: &results.Session{EaibenchSHA256: sum}} }
	for _, test := range []struct {
		versions map[string]string
		events   []results.Event
		want     string
	}{
		{now.Versions, nil, ""},
		{now.Versions, []results.Event{began("ea"), began("eb")}, ""},
		{now.Versions, []results.Event{{Ended: &results.Ending{}}, began("eb"), began("ea")}, "eaibench's file had SHA-256 eb, has ea"},
		{map[string]string{"gcc": "11", "libraries": "x"}, nil, `gcc was "11", is "12"; libraries was "x", is not there; platform was not there, is "p"`},
	} {
		got := strings.Join(changedPrograms(&results.Campaign{Versions: test.versions}, test.events, now), "; ")
		if got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
}

func TestShellWord(t *testing.T) {
	for _, test := range []struct{ word, want string }{
		{"out/smoke-20260131T120000Z", "out/smoke-20260131T120000Z"},
		{"my out/it's", `'my out/it'\''s'`},
		{"", "''"},
		{"~/out", "'~/out'"},
	} {
		if got := shellWord(test.word); got != test.want {
			t.Errorf("%q became %s, want %s", test.word, got, test.want)
		}
	}
}
