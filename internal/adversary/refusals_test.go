package adversary

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"eaibench/attest"
	"eaibench/bench"
	"eaibench/hosts"
	"eaibench/launcher"
)

// cheat is one way to cheat, who must refuse it and what must be named.
type cheat struct {
	name       string
	mode       string // hybrid if empty
	parameters launcher.Parameters
	arrange    func(*stage)
	by         string // in the reason
	check      attest.Check
}

func ptr[T any](value T) *T { return &value }

// everyRequestBooks makes each request a read and two writes.
func everyRequestBooks(requests int64) launcher.Parameters {
	return launcher.Parameters{Requests: ptr(requests), Arguments: bench.Arguments{"threshold_cents": int64(0)}}
}

// try runs each cheat, and an honest run after it: what was refused must not have done harm, and
// the cheat must be all that was wrong.
func try(t *testing.T, s *stage, cheats []cheat) {
	t.Helper()
	s.expectHonest(t)
	for _, c := range cheats {
		t.Run(c.name, func(t *testing.T) {
			if c.parameters.Requests == nil {
				c.parameters = everyRequestBooks(2)
			}
			s.beHonest() // forgets what passed before
			c.arrange(s)
			result := s.execute(c.mode, c.parameters)
			s.beHonest()
			if result.Status == launcher.OK {
				t.Fatalf("the run was ok")
			}
			if result.Check != string(c.check) || !strings.Contains(result.Reason, c.by) {
				t.Fatalf("the run ended with check %q, reason %q\nwant check %q by %s\nlog: %s", result.Check, result.Reason, c.check, c.by, result.ErrorOutput)
			}
			s.expectHonest(t)
		})
	}
}

func (s *stage) beHonest() {
	for _, undo := range s.undo {
		undo()
	}
	s.undo = nil
	s.host.cheat(nil, nil, nil)
	s.ca.honest()
	s.attester.honest()
	for _, m := range s.services {
		m.honest()
	}
}

func (s *stage) expectHonest(t *testing.T) {
	t.Helper()
	if result := s.execute("", everyRequestBooks(1)); result.Status != launcher.OK {
		t.Fatalf("an honest run: %s: %s\nlog: %s", result.Status, result.Reason, result.ErrorOutput)
	}
}

// flip changes one bit of a binary member.
func flip(members map[string]any, name string) {
	text, _ := members[name].(string)
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(data) == 0 {
		panic("flip: no binary member " + name)
	}
	data[len(data)/2] ^= 1
	members[name] = base64.StdEncoding.EncodeToString(data)
}

func encode(data []byte) string { return base64.StdEncoding.EncodeToString(data) }

func decode(members map[string]any, name string) []byte {
	text, _ := members[name].(string)
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		panic("decode: no binary member " + name)
	}
	return data
}

// strangerCSR is a CSR of a key that no process holds, bound to what the process was given.
func strangerCSR(of []byte) ([]byte, *attest.Identity) {
	csr, err := attest.ParseCSR(of)
	if err != nil {
		panic(err)
	}
	stranger, err := attest.GenerateIdentity()
	if err != nil {
		panic(err)
	}
	der, err := attest.CreateCSR(stranger, csr.Program, csr.Binding)
	if err != nil {
		panic(err)
	}
	return der, stranger
}

// TestStartIsRefused cheats before the process has its certificate.
func TestStartIsRefused(t *testing.T) {
	s := raise(t, arrangement{modes: []string{"hybrid", "compartment"}})
	if result := s.execute("compartment", everyRequestBooks(1)); result.Status != launcher.OK {
		t.Fatalf("an honest run in a compartment: %s: %s\nlog: %s", result.Status, result.Reason, result.ErrorOutput)
	}
	foreign, err := attest.CreateAuthority("foreign", s.authority.Root.Certificate.NotBefore, attest.RootLifetime)
	s.must(err)
	used := s.usedNonce()
	try(t, s, []cheat{
		{
			name: "executable changed after compiling", by: "root CA", check: attest.CheckExecutable,
			arrange: (*stage).appendToExecutables,
		},
		{
			name: "mapped library changed", mode: "compartment", by: "root CA", check: attest.CheckLibrary,
			arrange: func(s *stage) { s.host.cheat(s.otherLibrary(), nil, nil) },
		},
		{
			name: "environment outside the list", by: "root CA", check: attest.CheckEnvironment,
			arrange: func(s *stage) {
				s.host.cheat(func(c *hosts.Command) { c.Env = append(c.Env, "EXTRA=1") }, nil, nil)
			},
		},
		{
			name: "environment outside the list in a compartment", mode: "compartment", by: "root CA", check: attest.CheckEnvironment,
			arrange: func(s *stage) {
				s.host.cheat(func(c *hosts.Command) { c.Env = append(c.Env, "EXTRA=1") }, nil, nil)
			},
		},
		{
			name: "environment with another value", mode: "compartment", by: "root CA", check: attest.CheckEnvironment,
			arrange: func(s *stage) {
				s.host.cheat(func(c *hosts.Command) {
					for i, variable := range c.Env {
						if strings.HasPrefix(variable, "ASAN_OPTIONS=") {
							c.Env[i] += ":verbosity=0"
						}
					}
				}, nil, nil)
			},
		},
		{
			name: "evidence asked for over the launcher's own key", by: "attester", check: attest.CheckCSRDigest,
			arrange: func(s *stage) {
				s.attester.onRequest(func(_ string, m map[string]any) {
					csr, _ := strangerCSR(decode(m, "csr"))
					m["csr"] = encode(csr)
				})
			},
		},
		{
			name: "certificate asked for the launcher's own key", by: "root CA", check: attest.CheckProcessKey,
			arrange: func(s *stage) {
				s.ca.onRequest(func(path string, m map[string]any) {
					if path == "/api/certificate" {
						csr, _ := strangerCSR(decode(m, "csr"))
						m["csr"] = encode(csr)
					}
				})
			},
		},
		{
			name: "certificate of a key that is not the process's", by: "process", check: attest.CheckProcessKey,
			arrange: func(s *stage) {
				s.host.cheat(nil, func(kind string, m map[string]any) {
					if kind == "run" {
						m["certificate"] = encode(s.processCertificate(forged{like: decode(m, "certificate"), otherKey: true}))
					}
				}, nil)
			},
		},
		{
			name: "old nonce", by: "root CA", check: attest.CheckNonce,
			arrange: func(s *stage) {
				s.ca.onReply(func(path string, m map[string]any) {
					if path == "/api/nonce" {
						m["nonce"] = used
					}
				})
			},
		},
		{
			name: "foreign root given to the process", by: "root CA", check: attest.CheckRoot,
			arrange: func(s *stage) {
				s.services["store"].onReply(nil)
				s.host.cheat(nil, func(kind string, m map[string]any) {
					switch kind {
					case "prepare":
						m["root_certificate"] = encode(foreign.Root.Certificate.Raw)
					case "exchangeKeys":
						s.foreignServices(foreign, m)
					}
				}, nil)
			},
		},
		{
			name: "parameters outside the policy", by: "root CA", check: attest.CheckParameters,
			parameters: everyRequestBooks(101), arrange: func(*stage) {},
		},
		{
			name: "parameters other than those appraised", by: "root CA", check: attest.CheckParameters,
			arrange: func(s *stage) {
				s.host.cheat(nil, func(kind string, m map[string]any) {
					if kind == "prepare" {
						m["parameters"] = strings.Replace(m["parameters"].(string), `"threshold_cents":0`, `"threshold_cents":1`, 1)
					}
				}, nil)
			},
		},
		{
			name: "crypto none where it is not allowed", by: "root CA", check: attest.CheckCrypto,
			parameters: launcher.Parameters{Requests: ptr(int64(1)), Crypto: "none"}, arrange: func(*stage) {},
		},
		{
			name: "evidence with a changed bit", by: "root CA", check: attest.CheckEvidenceSignature,
			arrange: func(s *stage) {
				s.attester.onReply(func(_ string, m map[string]any) {
					evidence := decode(m, "evidence")
					evidence[len(evidence)-1] ^= 1 // of the signature
					m["evidence"] = encode(evidence)
				})
			},
		},
		{
			name: "hybrid process said to be in a compartment", mode: "compartment", by: "attester", check: attest.CheckCompartment,
			arrange: func(s *stage) { s.host.cheat(withoutCompartment, nil, nil) },
		},
	})
}

// usedNonce is one that the root CA handed out and an honest run used up.
func (s *stage) usedNonce() string {
	s.t.Helper()
	s.beHonest()
	s.expectHonest(s.t)
	var reply map[string]any
	for _, e := range s.ca.exchanges("/api/nonce") {
		reply = make(map[string]any)
		replace(reply, e.reply)
	}
	nonce, ok := reply["nonce"].(string)
	if !ok {
		s.t.Fatal("no nonce passed between root CA and launcher")
	}
	return nonce
}

// appendToExecutables changes every stored executable of the launcher, until the stage is honest
// again.
func (s *stage) appendToExecutables() {
	s.t.Helper()
	files, err := filepath.Glob(s.path("launcher", "programs-data-base", "cheri-caps-executables", "*"))
	if err != nil || len(files) == 0 {
		s.t.Fatalf("no executables to change: %v", err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		s.must(err)
		s.must(os.WriteFile(file, append(content[:len(content):len(content)], 0), 0o755))
		s.undo = append(s.undo, func() { s.must(os.WriteFile(file, content, 0o755)) })
	}
}
