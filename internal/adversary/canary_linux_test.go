package adversary

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"eaibench/attest"
	"eaibench/attest/authority"
	"eaibench/internal/endpoint"
	"eaibench/launcher"
)

// canary is a text of the customer that the launcher must never hold, in each form in which it
// could lie somewhere: as it is, in base64 at each of the three alignments, in hexadecimal.
type canary struct {
	name  string
	forms [][]byte
}

func newCanary(name, text string) canary {
	c := canary{name: name, forms: [][]byte{[]byte(text), []byte(hex.EncodeToString([]byte(text))), []byte(strings.ToUpper(hex.EncodeToString([]byte(text))))}}
	for skip := range 3 {
		// What the bytes before and after contribute to is cut off.
		encoded := base64.StdEncoding.EncodeToString(append(make([]byte, skip), text...))
		from, to := (skip*8+5)/6, (skip+len(text))*8/6
		c.forms = append(c.forms, []byte(encoded[from:to]))
	}
	return c
}

// in tells whether data hold the canary in any form.
func (c canary) in(data []byte) bool {
	for _, form := range c.forms {
		if bytes.Contains(data, form) {
			return true
		}
	}
	return false
}

func TestCanaryIsFoundInEveryForm(t *testing.T) {
	c := newCanary("phone", "+5551912345678")
	for skip := range 5 {
		text := append(bytes.Repeat([]byte("x"), skip), `{"phone":"+5551912345678"}`...)
		for form, data := range map[string][]byte{
			"plain": text, "base64": []byte(base64.StdEncoding.EncodeToString(text)), "hexadecimal": []byte(hex.EncodeToString(text)),
		} {
			if !c.in(data) {
				t.Errorf("not found in %s with %d bytes before it", form, skip)
			}
		}
	}
	if c.in([]byte("+5551912345679")) {
		t.Error("found where it is not")
	}
}

// canaries are the phone and address of the customer whose sale a run reads, and of others.
func (s *stage) canaries() []canary {
	s.t.Helper()
	db, err := sql.Open("sqlite", s.path("service", "store", "compras.db"))
	s.must(err)
	defer db.Close()
	var phone, address string
	s.must(db.QueryRowContext(s.t.Context(),
		"SELECT Telefone, Endereco FROM Clientes WHERE IDCliente = (SELECT IDCliente FROM Vendas ORDER BY ID DESC LIMIT 1)").Scan(&phone, &address))
	return []canary{newCanary("phone", phone), newCanary("address", address)}
}

// launcherProcess is the launcher as a process of its own, whose memory is read.
type launcherProcess struct {
	pid    int
	client *launcher.Client
	data   string
	log    *bytes.Buffer // complete once it has ended
	stop   func()
}

// buildProgram builds eaibench itself.
func (s *stage) buildProgram() string {
	s.t.Helper()
	program := s.path("eaibench")
	build := exec.CommandContext(s.t.Context(), "go", "build", "-o", program, "eaibench")
	if output, err := build.CombinedOutput(); err != nil {
		s.t.Fatalf("building eaibench: %v\n%s", err, output)
	}
	return program
}

func (s *stage) startLauncher() *launcherProcess {
	s.t.Helper()
	s.issue(attest.KindLauncher, "apart")
	data := s.path("launcher", "apart")
	arguments := []string{
		"launcher", "serve", "--data", data, "--root-ca", s.path("ca", authority.RootFile),
		"--ca", s.ca.url, "--attester", s.attester.url, "--attester-token", s.path("attester", "local", authority.TokenFile),
	}
	for _, id := range serviceIDs {
		arguments = append(arguments, "--service", id+"="+s.services[id].url)
	}
	ctx, cancel := context.WithCancel(context.Background())
	command := exec.CommandContext(ctx, s.buildProgram(), arguments...)
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = hangs // its log is complete once it has ended by itself
	p := &launcherProcess{data: data, log: new(bytes.Buffer)}
	command.Stderr = p.log
	stdout, err := command.StdoutPipe()
	s.must(err)
	s.must(command.Start())
	p.stop = func() {
		cancel()
		command.Wait()
	}
	s.t.Cleanup(p.stop)
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err != nil {
		p.stop()
		s.t.Fatalf("the launcher did not start: %v\n%s", err, p.log)
	}
	var ready endpoint.Ready
	s.must(json.Unmarshal(line, &ready))
	token, err := endpoint.LoadToken(filepath.Join(data, "token"))
	s.must(err)
	p.pid, p.client = ready.PID, launcher.NewClient("https://"+ready.Address, s.authority.Root.Pool, token)
	s.t.Cleanup(p.client.Close)
	return p
}

// memoryHolds reads all of a process's memory and returns the names of the canaries in it.
func memoryHolds(pid int, canaries []canary) (map[string]bool, error) {
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return nil, err
	}
	memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		return nil, err
	}
	defer memory.Close()
	found := make(map[string]bool)
	scanned := int64(0)
	for line := range strings.Lines(string(maps)) {
		var from, to uint64
		var rights string
		if _, err := fmt.Sscanf(line, "%x-%x %s", &from, &to, &rights); err != nil || rights[0] != 'r' || to > 1<<62 {
			continue
		}
		n, err := scan(io.NewSectionReader(memory, int64(from), int64(to-from)), canaries, found)
		scanned += n
		if err != nil && n == 0 {
			continue // the kernel's own pages, [vvar]
		}
	}
	if scanned < 1<<20 {
		return nil, fmt.Errorf("only %d bytes of process %d could be read", scanned, pid)
	}
	return found, nil
}

// scan looks for canaries piece by piece; pieces overlap, so that none is cut.
func scan(r io.Reader, canaries []canary, found map[string]bool) (int64, error) {
	const piece, overlap = 1 << 20, 256
	buffer := make([]byte, piece+overlap)
	kept, total := 0, int64(0)
	for {
		n, err := io.ReadFull(r, buffer[kept:])
		total += int64(n)
		for _, c := range canaries {
			if c.in(buffer[:kept+n]) {
				found[c.name] = true
			}
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return total, nil
		}
		if err != nil {
			return total, err
		}
		kept = copy(buffer, buffer[len(buffer)-overlap:])
	}
}

// filesHold looks through every file below a folder.
func filesHold(t *testing.T, folder string, canaries []canary) (files int, found map[string]bool) {
	t.Helper()
	found = make(map[string]bool)
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		files++
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		_, err = scan(file, canaries, found)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files, found
}

// TestLauncherIsBlind: neither memory nor files nor log of the launcher hold the phone or address
// of the customer whose bill passed through it. The same search finds them where the run was made
// without crypto, so it could have found them.
func TestLauncherIsBlind(t *testing.T) {
	accept := func(d *attest.PolicyDocument) { d.Parameters.Crypto = []string{"hpke", "none"} }
	s := raise(t, arrangement{caPolicy: accept, servicePolicy: accept, allowCryptoNone: true})
	canaries := s.canaries()
	p := s.startLauncher()
	id := s.uploadTo(p.client, "hybrid")
	run := func(crypto string) *launcher.RunResult {
		t.Helper()
		parameters := everyRequestBooks(20)
		parameters.Crypto = crypto
		result, err := p.client.Execute(t.Context(), id, "hybrid", launcher.ExecuteRequest{Parameters: parameters, TimeLimitMS: hangs.Milliseconds()})
		s.must(err)
		if result.Status != launcher.OK {
			t.Fatalf("crypto %s: %s: %s", crypto, result.Status, result.Reason)
		}
		return result
	}
	var during map[string]bool
	s.services["whatsapp"].onRequest(func(path string, _ map[string]any) {
		if path == "/api/post" && during == nil { // the offer is under way: the bill has been read
			var err error
			if during, err = memoryHolds(p.pid, canaries); err != nil {
				t.Error(err)
			}
		}
	})
	result := run("hpke")
	after, err := memoryHolds(p.pid, canaries)
	s.must(err)
	if during == nil || len(during) > 0 || len(after) > 0 {
		t.Errorf("the launcher's memory held %v during the run and %v after it", during, after)
	}
	if result.ErrorOutput != "" && (canaries[0].in([]byte(result.ErrorOutput)) || canaries[1].in([]byte(result.ErrorOutput))) {
		t.Errorf("the process's log tells of the customer: %s", result.ErrorOutput)
	}
	files, found := filesHold(t, p.data, canaries)
	if files < 5 || len(found) > 0 {
		t.Errorf("%d files of the launcher hold %v", files, found)
	}
	s.passedBlind(t, canaries)

	// Both looks count: what a garbage collector has freed, the launcher gives back sooner or later.
	during = nil
	run("none")
	seen, err := memoryHolds(p.pid, canaries)
	s.must(err)
	maps.Copy(seen, during)
	if len(seen) != len(canaries) {
		t.Errorf("without crypto the search finds only %v in the launcher's memory: it proves nothing", seen)
	}
	p.stop()
	if found := make(map[string]bool); true {
		scan(bytes.NewReader(p.log.Bytes()), canaries, found)
		if len(found) > 0 {
			t.Errorf("the launcher's log holds %v", found)
		}
	}
}

// passedBlind looks at every body that passed between launcher and servers.
func (s *stage) passedBlind(t *testing.T, canaries []canary) {
	t.Helper()
	bodies := 0
	for id, m := range s.services {
		for _, path := range []string{"/api/request", "/api/post", "/api/public-key"} {
			for _, e := range m.exchanges(path) {
				bodies++
				for _, c := range canaries {
					if c.in(e.request) || c.in(e.reply) {
						t.Errorf("%s of the customer passed between launcher and %s at %s", c.name, id, path)
					}
				}
			}
		}
	}
	if bodies < 60 {
		t.Errorf("only %d bodies passed", bodies)
	}
}
