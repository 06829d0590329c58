package conversation

import (
	"bufio"
	"bytes"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"eaibench/attest"
	"eaibench/platform"
)

func (p *process) pid() int { return p.command.Process.Pid }

// The attester finds the digest of the CSR in the process's memory, and zeros before there is one.
func TestDigestOfTheCSRIsInMemory(t *testing.T) {
	t.Parallel()
	for _, b := range []*build{plain, sanitized} {
		p := newPlay(t, b)
		digest := func() []byte {
			return ok1(platform.ReadProcessMemory(p.process.pid(), "attested_csr_sha256", sha256.Size))(t)
		}
		p.process.expect("ready", new(message))
		if got := digest(); !bytes.Equal(got, make([]byte, sha256.Size)) {
			t.Errorf("before there is a CSR, memory has %x", got)
		}
		p.process.send(p.honestPrepare())
		p.takePrepared()
		if want := sha256.Sum256(p.csr); !bytes.Equal(digest(), want[:]) {
			t.Errorf("memory has %x, the CSR's digest is %x", digest(), want)
		}
	}
}

// When the process has finished, and its memory is read, nothing of the customer is left in it, nor of what it wrote.
func TestNothingOfTheCustomerStaysInMemory(t *testing.T) {
	t.Parallel()
	p := newPlay(t, plain)
	p.parameters.Requests = 3
	p.handshake()
	if m := p.run(); m.Type != "finished" {
		t.Fatalf("%s", m.text)
	}
	memory := readMemory(t, p.process.pid(), "")
	for _, secret := range []string{phone, address, "Quit", "Fonseca", "João", "Thank you for your purchase. Taxi T"} {
		if at := bytes.Index(memory, []byte(secret)); at >= 0 {
			t.Errorf("memory still has %q: %q", secret, memory[max(0, at-64):min(len(memory), at+64)])
		}
	}
}

// What must be found is found: a parameter is not wiped before the end.
func TestMemoryIsReadWhole(t *testing.T) {
	t.Parallel()
	p := newPlay(t, plain)
	p.parameters.Arguments["customer"] = "Canary Fonseca"
	p.handshake()
	if m := p.run(); m.Type != "finished" {
		t.Fatalf("%s", m.text)
	}
	if !bytes.Contains(readMemory(t, p.process.pid(), ""), []byte("Canary Fonseca")) {
		t.Error("the parameters are not in the memory that was read")
	}
}

// The process's private keys, both in its heap while it works, are gone when it has finished.
func TestKeysAreGoneWhenFinished(t *testing.T) {
	t.Parallel()
	p := newPlay(t, plain)
	p.reply = func(o *operationMessage, reply *replyMessage) any {
		if signing, sealing := p.keysIn(readMemory(t, p.process.pid(), "[heap]")); o.Sequence == 1 && (!signing || !sealing) {
			t.Errorf("while the process works, signing key found: %v, sealing key found: %v", signing, sealing)
		}
		return reply
	}
	p.total = 0 // one operation
	p.handshake()
	if m := p.run(); m.Type != "finished" {
		t.Fatalf("%s", m.text)
	}
	if signing, sealing := p.keysIn(readMemory(t, p.process.pid(), "[heap]")); signing || sealing {
		t.Errorf("after the process has finished, signing key found: %v, sealing key found: %v", signing, sealing)
	}
}

// On the path direct too, where TLS held the signing key and saw what was sent.
func TestNothingStaysInMemoryOnThePathDirect(t *testing.T) {
	t.Parallel()
	s := newDirectPlay(t, plain)
	s.parameters.Requests = 2
	var once sync.Once
	s.meddle = func(http.ResponseWriter, int) bool {
		once.Do(func() {
			if signing, sealing := s.keysIn(readMemory(t, s.process.pid(), "[heap]")); !signing || !sealing {
				t.Errorf("while the process works, signing key found: %v, sealing key found: %v", signing, sealing)
			}
		})
		return false
	}
	s.handshake()
	if m := s.run(); m.Type != "finished" {
		t.Fatalf("%s", m.text)
	}
	s.honest()
	memory := readMemory(t, s.process.pid(), "")
	for _, secret := range []string{phone, address, "Quit", "Fonseca", "João", "Thank you for your purchase. Taxi T"} {
		if bytes.Contains(memory, []byte(secret)) {
			t.Errorf("memory still has %q", secret)
		}
	}
	if signing, sealing := s.keysIn(readMemory(t, s.process.pid(), "[heap]")); signing || sealing {
		t.Errorf("after the process has finished, signing key found: %v, sealing key found: %v", signing, sealing)
	}
	if entries := ok1(os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.process.pid())))(t); len(entries) != 3 {
		t.Errorf("descriptors %v are open, want 0, 1, 2", entries)
	}
}

// keysIn looks for the private keys of the CSR's public ones, wherever malloc can have put them.
func (p *play) keysIn(memory []byte) (signing, sealing bool) {
	csr := ok1(attest.ParseCSR(p.csr))(p.t)
	const alignment, size = 16, 32
	for at := 0; at+size <= len(memory); at += alignment {
		private := memory[at : at+size]
		if bytes.Count(private, []byte{0}) > size/4 { // a random key never is
			continue
		}
		if bytes.Equal(ed25519.NewKeyFromSeed(private).Public().(ed25519.PublicKey), csr.Signing) {
			signing = true
		}
		if key, err := ecdh.X25519().NewPrivateKey(private); err == nil && key.PublicKey().Equal(csr.Sealing) {
			sealing = true
		}
	}
	return signing, sealing
}

// readMemory reads all that the process could write, or only the mapping of that name.
func readMemory(t *testing.T, pid int, only string) []byte {
	t.Helper()
	maps := ok1(os.Open(fmt.Sprintf("/proc/%d/maps", pid)))(t)
	defer maps.Close()
	memory := ok1(os.Open(fmt.Sprintf("/proc/%d/mem", pid)))(t)
	defer memory.Close()
	var all []byte
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		var first, last uint64
		var rights string
		if _, err := fmt.Sscanf(lines.Text(), "%x-%x %s", &first, &last, &rights); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(rights, "rw") || !strings.HasSuffix(lines.Text(), only) {
			continue
		}
		part := make([]byte, last-first)
		n, err := memory.ReadAt(part, int64(first))
		if err != nil && !errors.Is(err, io.EOF) {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
		all = append(all, part[:n]...)
	}
	return all
}

// A descriptor that a launcher leaves open is closed before anything else, and no core file can be written.
func TestInheritsNothing(t *testing.T) {
	t.Parallel()
	inherited := ok1(os.Create(filepath.Join(t.TempDir(), "inherited")))(t)
	defer inherited.Close()
	p := startWith(t, plain, []*os.File{inherited})
	p.expect("ready", new(message))
	entries := ok1(os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.pid())))(t)
	if len(entries) != 3 {
		t.Errorf("descriptors %v are open, want 0, 1, 2", entries)
	}
	limits := string(ok1(os.ReadFile(fmt.Sprintf("/proc/%d/limits", p.pid())))(t))
	if !regexp.MustCompile(`(?m)^Max core file size +0 +0 +bytes`).MatchString(limits) {
		t.Errorf("core files are not limited to 0:\n%s", limits)
	}
}

// An OpenSSL configuration of somebody else's is not loaded: this one names a provider that is not there.
func TestOpenSSLConfigurationIsNotLoaded(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "openssl.cnf")
	marker := hex.EncodeToString([]byte(t.Name()))
	configuration := "openssl_conf = all\nconfig_diagnostics = 1\n[all]\nproviders = providers\n[providers]\n" + marker + " = one\n[one]\nactivate = 1\n"
	if err := os.WriteFile(file, []byte(configuration), 0o600); err != nil {
		t.Fatal(err)
	}
	p := &play{peers: newPeers(t), process: startWith(t, plain, nil, "OPENSSL_CONF="+file)}
	p.finish()
}
