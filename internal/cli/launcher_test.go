package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"eaibench/attest"
	"eaibench/bench"
	"eaibench/launcher"
)

// TestWrongToken asks a launcher with a token that is not its own, and with none.
func TestWrongToken(t *testing.T) {
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	mustRun(t, "ca", "init", "--data", in("ca"))
	mustRun(t, "ca", "issue", "launcher", "local", "--data", in("ca"), "--out", in("launcher"))
	root, err := attest.LoadRoot(in("ca/root.pem"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(in("token"), []byte(strings.Repeat("0", 64)), 0o600); err != nil {
		t.Fatal(err)
	}
	client := serving(t, root.Pool, "eai:launcher/local", "launcher", "serve", "--data", in("launcher"), "--root-ca", in("ca/root.pem"),
		"--ca", "https://127.0.0.1:1", "--attester", "https://127.0.0.1:1", "--attester-token", in("token"))
	list := func(more ...string) error {
		args := append([]string{"eaibench", "launcher", "list", "--launcher", client.Address(), "--root-ca", in("ca/root.pem")}, more...)
		return run(context.Background(), args, strings.NewReader(""), t.Output(), t.Output())
	}
	if err := list("--token", in("launcher/token")); err != nil {
		t.Error(err)
	}
	for _, test := range []struct {
		args []string
		want string
	}{
		{nil, "give the launcher's with --token, the file token in its data folder"},
		{[]string{"--token", in("token")}, in("token") + " is not the token of the launcher at " + client.Address()},
	} {
		err := list(test.args...)
		var exit *exitError
		if !errors.As(err, &exit) || exit.code != exitBadInput || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: got %v", test.args, err)
		}
	}
}

func TestUnknownServices(t *testing.T) {
	got, err := unknownServices(map[string]string{"store": "", "whatsap": "", "laundry": ""})
	want := []string{
		"--service laundry: no shipped solution has such a service",
		"--service whatsap: no shipped solution has such a service, did you mean whatsapp?",
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v", got, err)
	}
}

// TestPrintRun shows a run of two requests: each step once, its median, all in one unit.
func TestPrintRun(t *testing.T) {
	first, second := 0, 1
	samples := []launcher.Sample{
		{Component: bench.Launcher, Operation: bench.Start, Metric: "createCompartment", Value: 2_500_000, Unit: bench.Nanoseconds},
		{Request: &first, Component: bench.IntegrationProcess, Operation: bench.Read, Metric: "encrypt", Value: 900, Unit: bench.Nanoseconds, Service: "store"},
		{Request: &second, Component: bench.IntegrationProcess, Operation: bench.Read, Metric: "encrypt", Value: 1_100, Unit: bench.Nanoseconds, Service: "store"},
	}
	const steps = `   operation component           step                  service   median (ms)      n
   start     launcher            createCompartment                     2.500      1
   read      integration_process encrypt               store           0.001      2
   peak memory 4096 bytes
`
	memory := &launcher.Memory{PeakResident: 4096}
	for _, test := range []struct {
		name   string
		result launcher.RunResult
		want   string
	}{
		{"no output", launcher.RunResult{Status: launcher.OK, Message: "ok", Samples: samples, Memory: memory}, "ok\n" + steps},
		{
			"output without an end of line",
			launcher.RunResult{Status: launcher.OK, Message: "ok", Output: "hello", ErrorOutput: "oh\n", Samples: samples, Memory: memory},
			"hello\noh\nok\n" + steps,
		},
		{"failed", launcher.RunResult{Status: launcher.Failed, Message: "failed: why", Output: "hello\n", Samples: samples}, "hello\n"},
		{
			"endless output",
			launcher.RunResult{Status: launcher.Failed, Output: strings.Repeat("y\n", 1<<19)},
			strings.Repeat("y\n", mostShown/2) + "… and 1044480 bytes more; --json has all that is kept\n",
		},
	} {
		var text strings.Builder
		if err := printRun(&text, &test.result); err != nil || text.String() != test.want {
			t.Errorf("%s: %v, got:\n%s\nwant:\n%s", test.name, err, text.String(), test.want)
		}
	}
}
