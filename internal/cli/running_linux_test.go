package cli

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"eaibench/internal/endpoint"
	"eaibench/results"
)

// Two researchers, by the commands that are printed and documented: one makes an operator's folder, the other starts services with
// what is in it for them; campaign after campaign is carried out against these. A service that is stopped leaves a campaign that
// goes on, and one whose certificate has changed is gone on with only when told to.
func TestServicesThatAlreadyRun(t *testing.T) {
	l := newLab(t)
	addresses := ownAddresses(2)
	l.write("mine.yaml", fmt.Sprintf("extends: smoke\nname: mine\nmodes: [hybrid]\nmatrix: {path: [relayed, direct]}\nparameters: {threshold: 150.00}\nruns: 2\nwarm_up: 0\nservices:\n  store: {url: 'https://%s'}\n  taxi: {url: 'https://%s'}\n",
		addresses[0], addresses[1]))
	printed := l.ends(0, "ca", "operator", "mine.yaml", "--out", "operator")
	services := map[string]*exec.Cmd{}
	for service, line := range printedCommands(t, printed) {
		services[service] = l.serve(line)
	}
	if len(services) != 2 {
		t.Fatalf("it says how to start %d services:\n%s", len(services), printed)
	}
	for range 2 { // The second finds what the first has left.
		data := l.campaign("mine.yaml")
		l.checkRecorded(data, addresses)
	}
	l.checkSecrets()

	// Nobody has a token of taxi any more.
	if err := os.Remove(l.in("operator", "services", "taxi", "token")); err != nil {
		t.Fatal(err)
	}
	data := l.campaign("mine.yaml")
	if !data.Campaign.Placement.Service("taxi").NotReset || data.Campaign.Placement.Service("store").NotReset {
		t.Errorf("the placement is %+v", data.Campaign.Placement)
	}
	for args, want := range map[string]string{
		"summary": "Data that were not reset between runs, for want of the service's token: taxi.",
		"audit":   "not-reset: services kept the data of earlier runs",
	} {
		if said := l.ends(0, args, l.newest()); !strings.Contains(said, want) {
			t.Errorf("%s does not say %q:\n%s", args, want, said)
		}
	}
	l.stoppedUnderCampaign(services["store"], addresses[0])
}

// stoppedUnderCampaign stops the service store when a run is done, and goes on without, with another and with the same.
func (l *lab) stoppedUnderCampaign(store *exec.Cmd, address string) {
	t := l.t
	l.write("long.yaml", string(l.read("mine.yaml"))+"title: Long\n")
	const serving = "eaibench service store --data store --root-ca store/root.pem --policy store/policy.yaml --listen "
	text, err := l.stopAfterRun(store)
	for tries := 1; err == nil && tries < 5; tries++ { // All runs were done when the service was stopped: this test may be late.
		if err := errors.Join(store.Wait(), os.RemoveAll(l.in("out"))); err != nil {
			t.Fatal(err)
		}
		store = l.serve(serving + address)
		text, err = l.stopAfterRun(store)
	}
	exit := new(exec.ExitError)
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || strings.Contains(text, "target failed") ||
		!strings.Contains(text, "service failed: ") || !strings.Contains(text, "service store at https://"+address+" does not answer: ") ||
		!strings.Contains(text, "; have its operator start it again\n") {
		t.Fatalf("a service was stopped: %v:\n%s", err, text)
	}
	if err := store.Wait(); err != nil {
		t.Errorf("the service: %v", err)
	}
	campaign := l.newest()
	if line := "eaibench run --resume out/" + filepath.Base(campaign) + " --operator operator"; !strings.Contains(text, line+"\n") {
		t.Errorf("%q is not in\n%s", line, text)
	}
	again := []string{"run", "--resume", campaign, "--operator", "operator"}
	if said := l.ends(2, again[:3]...); !strings.Contains(said, "--operator DIR names its folder") {
		t.Errorf("without the operator's folder: %s", said)
	}
	if said := l.ends(1, again...); !strings.Contains(said, "service failed: service store at https://"+address+": no answer: ") {
		t.Errorf("while the service is stopped: %s", said)
	}
	host, _, _ := net.SplitHostPort(address)
	l.ends(0, "ca", "issue", "service", "store", "--data", "operator/ca", "--out", "operator/services/store", "--host", host, "--force")
	l.serve(serving + address)
	said2 := l.ends(2, again...)
	if !strings.Contains(said2, "what takes part is not as it was when the campaign began") || !strings.Contains(said2, "service store: its certificate had SHA-256 ") {
		t.Errorf("with another certificate: %s", said2)
	}
	policy := string(l.read("operator/policy.yaml"))
	l.write("operator/policy.yaml", policy+"\n")
	if said := l.ends(2, append(again, "--despite-changes")...); !strings.Contains(said, "the campaign began with other programs") || !strings.Contains(said, "policy") {
		t.Errorf("under another policy: %s", said)
	}
	l.write("operator/policy.yaml", policy)
	l.ends(0, append(again, "--despite-changes")...)
	data := l.data(campaign)
	var lost, changed bool
	for _, event := range data.Events {
		lost = lost || event.Lost != nil && event.Lost.Component == "service/store" && event.Lost.Failed == results.ServiceFailed
		changed = changed || event.Began != nil && strings.Contains(strings.Join(event.Began.Differences, "\n"), "service store: its certificate had")
	}
	if !data.Complete || len(data.Runs) != 4 || !lost || !changed {
		t.Errorf("complete %v, %d runs, lost %v, changed %v", data.Complete, len(data.Runs), lost, changed)
	}
}

// stopAfterRun carries a campaign out and stops a service when its first run is done. It gives what was said, and how it ended.
func (l *lab) stopAfterRun(service *exec.Cmd) (text string, err error) {
	l.t.Helper()
	run := l.command("run", "long.yaml", "--operator", "operator", "--out", "out")
	said, err := run.StderrPipe()
	if err != nil {
		l.t.Fatal(err)
	}
	if err := run.Start(); err != nil {
		l.t.Fatal(err)
	}
	stopped := false
	for lines := bufio.NewScanner(said); lines.Scan(); {
		text += lines.Text() + "\n"
		if !stopped && strings.HasPrefix(lines.Text(), "[1/4]") {
			stopped = true
			if err := service.Process.Signal(syscall.SIGTERM); err != nil {
				l.t.Error(err)
			}
		}
	}
	return text, run.Wait()
}

// lab is a folder with eaibench and what its commands made.
type lab struct {
	t       *testing.T
	folder  string
	program string
	out     int
}

func newLab(t *testing.T) *lab {
	l := &lab{t: t, folder: t.TempDir()}
	l.program = l.in("bin", "eaibench")
	build := exec.Command("go", "build", "-trimpath", "-o", l.program, "eaibench")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building eaibench: %v: %s", err, said)
	}
	return l
}

func (l *lab) in(names ...string) string {
	return filepath.Join(append([]string{l.folder}, names...)...)
}

func (l *lab) write(name, text string) { write(l.t, l.in(name), text) }

func (l *lab) read(name string) []byte {
	text, err := os.ReadFile(l.in(name))
	if err != nil {
		l.t.Fatal(err)
	}
	return text
}

func (l *lab) command(args ...string) *exec.Cmd {
	command := exec.Command(l.program, args...)
	command.Dir = l.folder
	return command
}

// ends runs a command that must end with a code, and gives all that it said.
func (l *lab) ends(code int, args ...string) string {
	l.t.Helper()
	command := l.command(args...)
	said, err := command.CombinedOutput()
	if command.ProcessState == nil || command.ProcessState.ExitCode() != code {
		l.t.Fatalf("eaibench %s: %v, want exit code %d:\n%s", strings.Join(args, " "), err, code, said)
	}
	return string(said)
}

// printedCommands are the commands that start services, by service.
func printedCommands(t *testing.T, printed string) map[string]string {
	t.Helper()
	commands := map[string]string{}
	for paragraph := range strings.SplitSeq(printed, "\n\n") {
		if line := strings.TrimSpace(paragraph); strings.HasPrefix(line, "eaibench service ") {
			commands[strings.Fields(line)[2]] = line
		}
	}
	return commands
}

// serve has a shell start a service as its operator would, beside its folder, and waits until it is ready.
func (l *lab) serve(line string) *exec.Cmd {
	t := l.t
	t.Helper()
	server := exec.Command("/bin/sh", "-c", "exec "+line)
	server.Dir = l.in("operator", "services")
	server.Env = append(os.Environ(), "PATH="+l.in("bin")+":"+os.Getenv("PATH"))
	output, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if server.ProcessState == nil {
			_ = server.Process.Signal(syscall.SIGTERM) // fails when it has ended by itself, which the campaign complains of
			_ = server.Wait()
		}
	})
	first, err := bufio.NewReader(output).ReadBytes('\n')
	var ready endpoint.Ready
	if err := errors.Join(err, json.Unmarshal(first, &ready)); err != nil {
		t.Fatalf("%s: %v: %s", line, err, first)
	}
	go func() { _, _ = io.Copy(io.Discard, output) }() // until it ends
	return server
}

// campaign carries a scenario out.
func (l *lab) campaign(scenario string) *results.Data {
	l.t.Helper()
	l.out++
	l.ends(0, "run", scenario, "--operator", "operator", "--out", fmt.Sprint("out", l.out))
	return l.data(l.newest())
}

// newest is the folder of the campaign that began last.
func (l *lab) newest() string {
	l.t.Helper()
	for _, out := range []string{"out", fmt.Sprint("out", l.out)} {
		if found, err := filepath.Glob(l.in(out, "*", "campaign.json")); err == nil && len(found) == 1 {
			return filepath.Dir(found[0])
		}
	}
	l.t.Fatal("there is no campaign")
	return ""
}

func (l *lab) data(campaign string) *results.Data {
	l.t.Helper()
	data, err := results.Read(campaign)
	if err != nil {
		l.t.Fatal(err)
	}
	return data
}

// checkRecorded looks at what a campaign says of its services and references.
func (l *lab) checkRecorded(data *results.Data, addresses []string) {
	l.t.Helper()
	placement := data.Campaign.Placement
	for i, id := range []string{"store", "taxi"} {
		service := placement.Service(id)
		if service.URL != "https://"+addresses[i] || len(service.CertificateSHA256) != 64 || service.NotReset || service.Host != "" {
			l.t.Errorf("service %s is recorded as %+v", id, service)
		}
		kinds := strings.Join(placement.LinkKinds(id), " ")
		if kinds != "real" {
			l.t.Errorf("the link to %s is %q", id, kinds)
		}
	}
	if began := data.Events[0].Began; began == nil || began.References != results.ReferencesGiven {
		l.t.Errorf("the campaign began with %+v", data.Events[0])
	}
	said := l.ends(0, "summary", l.newest())
	for _, want := range []string{
		"Services that already ran: store at https://" + addresses[0], "Reference values were given, not built when the campaign began.",
		"without bandwidth: what was timed are TCP handshakes with a server that measures nothing",
	} {
		if !strings.Contains(said, want) {
			l.t.Errorf("summary does not say %q:\n%s", want, said)
		}
	}
}

// checkSecrets looks for the operator's secrets in the campaigns.
func (l *lab) checkSecrets() {
	l.t.Helper()
	secrets := map[string]string{}
	for _, file := range []string{"ca/root.key", "ca/priv.pem", "attester/attester.key", "services/store/priv.pem", "services/store/token", "services/taxi/token"} {
		secrets[file] = strings.TrimSpace(string(l.read("operator/" + file)))
	}
	looked := 0
	for out := range l.out {
		err := filepath.WalkDir(l.in(fmt.Sprint("out", out+1)), func(file string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() {
				return err
			}
			looked++
			text, err := os.ReadFile(file)
			for name, secret := range secrets {
				if strings.Contains(string(text), secret) {
					l.t.Errorf("%s has the secret of %s", file, name)
				}
			}
			return err
		})
		if err != nil {
			l.t.Error(err)
		}
	}
	if looked < 10 {
		l.t.Errorf("only %d files were looked at", looked)
	}
}

// ownAddresses are addresses of this host that are this test's alone: what is started at one is started there again. The kernel gives
// none of the ports to others.
func ownAddresses(n int) (addresses []string) {
	for i := range n {
		addresses = append(addresses, fmt.Sprintf("127.68.%d.%d:%d", os.Getpid()>>8&0xff, os.Getpid()&0xff|1, 8441+i))
	}
	return addresses
}
