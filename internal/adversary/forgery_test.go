package adversary

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"debug/elf"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"eaibench/attest"
	"eaibench/hosts"
)

// forged says how a process certificate differs from a genuine one.
type forged struct {
	like            []byte // the genuine one, DER
	otherKey        bool
	program         string // instead of the genuine program
	expired         bool
	withoutEvidence bool
	foreign         bool   // signed by another root's key
	role            string // the whole URI
	serverAuth      bool
}

// processCertificate signs, with the root CA's own key unless foreign, what the root CA never
// would: so that each check stands alone.
func (s *stage) processCertificate(f forged) []byte {
	s.t.Helper()
	genuine, err := x509.ParseCertificate(f.like)
	s.must(err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: genuine.Subject,
		NotBefore: genuine.NotBefore, NotAfter: genuine.NotAfter,
		KeyUsage: genuine.KeyUsage, ExtKeyUsage: genuine.ExtKeyUsage, BasicConstraintsValid: true, URIs: genuine.URIs,
	}
	key := genuine.PublicKey
	if f.otherKey {
		key, _, err = ed25519.GenerateKey(rand.Reader)
		s.must(err)
	}
	if f.program != "" {
		template.URIs = []*url.URL{s.uri(strings.Replace(genuine.URIs[0].String(), "/retail/", "/"+f.program+"/", 1))}
	}
	if f.role != "" {
		template.URIs = []*url.URL{s.uri(f.role)}
	}
	if f.serverAuth {
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}
	if f.expired {
		template.NotBefore, template.NotAfter = genuine.NotBefore.Add(-time.Hour), genuine.NotBefore.Add(-time.Minute)
	}
	template.ExtraExtensions = slices.DeleteFunc(ownExtensions(genuine), func(e pkix.Extension) bool {
		return f.withoutEvidence && e.Id.String() == "1.3.6.1.4.1.32473.1.3"
	})
	return s.sign(template, key, f.foreign)
}

func ownExtensions(c *x509.Certificate) []pkix.Extension {
	var own []pkix.Extension
	for _, e := range c.Extensions {
		if strings.HasPrefix(e.Id.String(), "1.3.6.1.4.1.32473.1.") {
			own = append(own, e)
		}
	}
	return own
}

func (s *stage) uri(text string) *url.URL {
	s.t.Helper()
	u, err := url.Parse(text)
	s.must(err)
	return u
}

// sign signs with the key of the root CA, read from its folder, or with that of nobody's.
func (s *stage) sign(template *x509.Certificate, key any, foreign bool) []byte {
	s.t.Helper()
	signer := s.rootKey()
	if foreign {
		var err error
		_, signer, err = ed25519.GenerateKey(rand.Reader)
		s.must(err)
	}
	parent := *s.authority.Root.Certificate
	parent.PublicKey = signer.Public()
	der, err := x509.CreateCertificate(rand.Reader, template, &parent, key, signer)
	s.must(err)
	return der
}

// foreignServices gives the process service certificates that another root signed, as a launcher
// would that gave it that root.
func (s *stage) foreignServices(foreign *attest.Authority, message map[string]any) {
	services, _ := message["services"].([]any)
	for _, item := range services {
		member := item.(map[string]any)
		identity, err := attest.GenerateIdentity()
		s.must(err)
		certificate, err := foreign.IssueService(member["service"].(string), identity.SigningPublic(), identity.Sealing.PublicKey(),
			[]string{"127.0.0.1"}, time.Now(), time.Hour)
		s.must(err)
		member["certificate"] = encode(certificate.Raw)
	}
}

// otherLibrary starts the process with another libcjson in the place of the system's: the same
// code with a byte appended. In a compartment, since elsewhere a mount of its own gives the process away.
func (s *stage) otherLibrary() func(*hosts.Command) {
	s.t.Helper()
	library := s.pathOfLibrary("libcjson")
	content, err := os.ReadFile(library)
	s.must(err)
	folder, err := os.MkdirTemp("", "eaibench-adversary-library-") // reached by the process's user
	s.must(err)
	s.t.Cleanup(func() { os.RemoveAll(folder) })
	s.must(os.Chmod(folder, 0o755))
	changed := filepath.Join(folder, "changed.so")
	s.must(os.WriteFile(changed, append(content, 0), 0o644))
	return func(c *hosts.Command) {
		// Before the filter's option, and so after the system's libraries: bubblewrap mounts in order.
		at := slices.Index(c.Args, "--seccomp")
		c.Args = slices.Insert(slices.Clone(c.Args), at, "--ro-bind", changed, library)
	}
}

// pathOfLibrary finds the file of a library that the policy's references name.
func (s *stage) pathOfLibrary(name string) string {
	s.t.Helper()
	for path := range s.policy.References[0].Libraries {
		if strings.Contains(path, name) {
			if _, err := elf.Open(path); err != nil {
				s.t.Fatal(err)
			}
			return path
		}
	}
	s.t.Fatalf("no reference names a library %s", name)
	return ""
}

// withoutCompartment drops bubblewrap and starts the program as the mode before does.
func withoutCompartment(c *hosts.Command) {
	wrapper := slices.IndexFunc(c.Args, func(a string) bool { return strings.HasSuffix(a, "bwrap") || strings.Contains(a, "bwrap ") })
	program := slices.IndexFunc(c.Args, func(a string) bool { return strings.HasSuffix(a, "/program") })
	if wrapper < 0 || program < 0 {
		panic("withoutCompartment: the launch command has another form: " + strings.Join(c.Args, " "))
	}
	c.Args = append(c.Args[:wrapper:wrapper], c.Args[program:]...)
}
