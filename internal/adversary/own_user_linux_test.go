package adversary

import (
	"bufio"
	"context"
	"crypto/sha256"
	"debug/elf"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"eaibench/attest"
	"eaibench/attest/authority"
	"eaibench/hosts"
	"eaibench/internal/endpoint"
)

const (
	// childVariable makes the test's own executable one of the programs below.
	childVariable = "EAIBENCH_ADVERSARY_CHILD"
	strangerUID   = 64322 // of a launcher without root's rights
	attesterUID   = 64321
)

func init() {
	var err error
	switch os.Getenv(childVariable) {
	case "":
		return
	case "attester":
		err = serveAttester(os.Args[1])
	case "launcher":
		err = launchAndWrite(os.Stdin, os.Stdout)
	default:
		err = errors.New("no such program")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// serveAttester is `attest serve` for root: an attester with a user of its own.
func serveAttester(folder string) error {
	if os.Geteuid() == 0 {
		return authority.BecomeSeparateUser(attesterUID, true)
	}
	attester, err := authority.OpenAttester(authority.AttesterSettings{Folder: folder}, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	return attester.Serve(ctx, "127.0.0.1:0", os.Stdout)
}

// launchAndWrite is a launcher without root's rights. It reads lines, "start EXECUTABLE", answered with the PID, and
// "write PID DIGEST", answered "written" or with why not.
func launchAndWrite(orders io.Reader, answers io.Writer) error {
	lines := bufio.NewScanner(orders)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		switch words[0] {
		case "start":
			program := exec.Command("/usr/bin/setpriv", "--no-new-privs", "--", words[1])
			program.Env, program.Dir = []string{"OPENSSL_CONF=", "PWD=/"}, "/"
			input, err := program.StdinPipe()
			if err != nil {
				return err
			}
			defer input.Close()
			output, err := program.StdoutPipe()
			if err == nil {
				err = program.Start()
			}
			if err != nil {
				return err
			}
			defer program.Process.Kill()
			if _, err := output.Read(make([]byte, 1)); err != nil { // it says that it is ready
				return err
			}
			fmt.Fprintln(answers, program.Process.Pid)
		case "write":
			if err := writeDigest(words[1], words[2]); err != nil {
				fmt.Fprintln(answers, err)
				continue
			}
			fmt.Fprintln(answers, "written")
		}
	}
	return lines.Err()
}

// writeDigest writes over the digest of the CSR that a process made.
func writeDigest(pid, digest string) error {
	program, err := elf.Open("/proc/" + pid + "/exe")
	if err != nil {
		return err
	}
	defer program.Close()
	symbols, err := program.Symbols()
	if err != nil {
		return err
	}
	auxiliary, err := os.ReadFile("/proc/" + pid + "/auxv")
	if err != nil {
		return err
	}
	var address uint64
	for i := 0; i+16 <= len(auxiliary); i += 16 {
		if binary.NativeEndian.Uint64(auxiliary[i:]) == 9 { // AT_ENTRY
			address = binary.NativeEndian.Uint64(auxiliary[i+8:]) - program.Entry
		}
	}
	for _, symbol := range symbols {
		if symbol.Name == "attested_csr_sha256" {
			address += symbol.Value
		}
	}
	content, err := hex.DecodeString(digest)
	if err != nil {
		return err
	}
	memory, err := os.OpenFile("/proc/"+pid+"/mem", os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer memory.Close()
	_, err = memory.WriteAt(content, int64(address))
	return err
}

// child is one of these programs, running.
type child struct {
	t       *testing.T
	input   io.Writer
	answers *bufio.Reader
}

func startChild(t *testing.T, program string, uid int, args ...string) *child {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("this test changes users: run the tests as root")
	}
	// A copy, since the tests' own executable lies in a folder that other users cannot enter.
	copied := filepath.Join(openFolder(t), "test")
	copyFile(t, "/proc/self/exe", copied)
	command := exec.Command(copied, args...)
	command.Env = append(os.Environ(), childVariable+"="+program)
	command.Stderr, command.Dir = t.Output(), "/"
	command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}}
	input, inputErr := command.StdinPipe()
	output, err := command.StdoutPipe()
	if err = errors.Join(inputErr, err); err == nil {
		err = command.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		input.Close()
		if program == "attester" {
			err = command.Process.Signal(syscall.SIGTERM)
		}
		if err := errors.Join(err, command.Wait()); err != nil {
			t.Errorf("%s: %v", program, err)
		}
	})
	return &child{t, input, bufio.NewReader(output)}
}

func openFolder(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "eaibench-adversary-")
	if err == nil {
		t.Cleanup(func() { os.RemoveAll(folder) })
		err = os.Chmod(folder, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, content, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (c *child) answer() string {
	c.t.Helper()
	line, err := c.answers.ReadString('\n')
	if err != nil {
		c.t.Fatal(err)
	}
	return strings.TrimSpace(line)
}

func (c *child) order(format string, args ...any) string {
	c.t.Helper()
	if _, err := fmt.Fprintf(c.input, format+"\n", args...); err != nil {
		c.t.Fatal(err)
	}
	return c.answer()
}

// program is the executable that the launcher starts, copied to where everybody can execute it.
func (s *stage) copyOfProgram() string {
	s.t.Helper()
	executable := filepath.Join(openFolder(s.t), "retail")
	s.host.cheat(func(c *hosts.Command) { copyFile(s.t, c.Args[len(c.Args)-1], executable) }, nil, nil)
	s.execute("hybrid", everyRequestBooks(1))
	s.beHonest()
	return executable
}

// stolenStart certifies a launcher's own keys: it has the genuine program measured, with the digest of its own CSR written into it.
type stolenStart struct {
	privilege string // in the evidence
	err       error  // of the root CA
}

func (s *stage) steal(launcher *child, attester, executable string) stolenStart {
	s.t.Helper()
	pid := launcher.order("start %s", executable)
	caClient := endpoint.NewClient(s.ca.url, endpoint.ClientOptions{Roots: s.authority.Root.Pool})
	defer caClient.Close()
	token, err := endpoint.LoadToken(s.path("attester", "local", authority.TokenFile))
	s.must(err)
	attesterClient := endpoint.NewClient(attester, endpoint.ClientOptions{Roots: s.authority.Root.Pool, Token: token})
	defer attesterClient.Close()

	var nonce authority.NonceReply
	s.must(caClient.Do(s.t.Context(), http.MethodPost, "/api/nonce", nil, &nonce))
	parameters, err := json.Marshal(attest.Parameters{
		Version: 1, Solution: "retail", Program: "retail", Run: "stolen", Mode: "hybrid", Path: attest.PathRelayed, Crypto: attest.HPKE, Requests: 1, Arguments: map[string]any{"threshold_cents": int64(15000)},
	})
	s.must(err)
	mine, err := attest.GenerateIdentity()
	s.must(err)
	csr, err := attest.CreateCSR(mine, "retail", attest.Binding{
		Nonce: [32]byte(nonce.Nonce), RootSHA256: s.authority.Root.SHA256, ParametersSHA256: sha256.Sum256(parameters),
	})
	s.must(err)
	digest := sha256.Sum256(csr)
	if said := launcher.order("write %s %x", pid, digest); said != "written" {
		s.t.Fatalf("the attack cannot be made: %s", said)
	}
	number, err := strconv.Atoi(pid)
	s.must(err)
	var evidence authority.EvidenceReply
	s.must(attesterClient.Do(s.t.Context(), http.MethodPost, "/api/evidence", authority.EvidenceRequest{
		PID: number, Platform: "linux", Mode: "hybrid", Nonce: nonce.Nonce, CSR: csr,
		Claimed: authority.ClaimedFacts{Program: "retail", Run: "stolen", CompileCommand: "gcc"},
	}, &evidence))
	read, _, err := attest.ParseEvidence(evidence.Evidence)
	s.must(err)
	var reply authority.CertificateReply
	err = caClient.Do(s.t.Context(), http.MethodPost, "/api/certificate", attest.CertificationRequest{CSR: csr, Evidence: evidence.Evidence, Parameters: parameters}, &reply)
	return stolenStart{read.Attester.Privilege, err}
}

// TestLauncherCertifiesItsOwnKeys is what a launcher without root's rights can do to a process that it started as its own user, though
// the attester has its own: it gets its own keys certified where the policy accepts same-user evidence, and must not where it does not.
func TestLauncherCertifiesItsOwnKeys(t *testing.T) {
	for name, test := range map[string]struct {
		accepted []string
		check    attest.Check
	}{
		"separate-user is wanted": {[]string{attest.SeparateUser}, attest.CheckAttester},
		"same-user is accepted":   {[]string{attest.SeparateUser, attest.SameUser}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := raise(t, arrangement{caPolicy: func(d *attest.PolicyDocument) { d.Attesters[0].Privilege = test.accepted }})
			var ready endpoint.Ready
			s.must(json.Unmarshal([]byte(startChild(t, "attester", 0, s.path("attester", "local")).answer()), &ready))
			stolen := s.steal(startChild(t, "launcher", strangerUID), "https://"+ready.Address, s.copyOfProgram())
			if stolen.privilege != attest.SameUser {
				t.Errorf("the evidence says %s of a process that its launcher can write to", stolen.privilege)
			}
			fault, refused := errors.AsType[*endpoint.Fault](stolen.err)
			switch {
			case test.check != "" && (!refused || fault.Check != string(test.check)):
				t.Errorf("got %v, want a refusal by check %s", stolen.err, test.check)
			case test.check == "" && stolen.err != nil:
				t.Errorf("the attack does not work where nothing stops it: %v", stolen.err)
			}
		})
	}
}

// TestOthersCannotWriteToARun writes to the process of a run that root started.
func TestOthersCannotWriteToARun(t *testing.T) {
	s := raise(t, arrangement{})
	stranger := startChild(t, "launcher", strangerUID)
	mode, err := s.profile.Mode("hybrid")
	s.must(err)
	other, err := mode.Users.At(1) // of another run under way
	s.must(err)
	neighbour := startChild(t, "launcher", other)
	executable := s.copyOfProgram()
	own, err := mode.Users.At(0)
	s.must(err)
	pid := startChild(t, "launcher", own).order("start %s", executable)
	digest := strings.Repeat("00", 32)
	for name, writer := range map[string]*child{"a stranger": stranger, "another run": neighbour} {
		if said := writer.order("write %s %s", pid, digest); !strings.Contains(said, "permission denied") {
			t.Errorf("%s, writing: %s", name, said)
		}
	}
}
