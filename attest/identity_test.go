package attest

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func saved(t *testing.T, i *Identity) (certFile, keyFile string) {
	t.Helper()
	folder := t.TempDir()
	certFile, keyFile = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "priv.pem")
	if err := i.Save(certFile, keyFile); err != nil {
		t.Fatal(err)
	}
	return certFile, keyFile
}

func TestIdentityFiles(t *testing.T) {
	c := newCast(t)
	certFile, keyFile := saved(t, c.service)
	back := ok1(LoadIdentity(certFile, keyFile))(t)
	if !back.Signing.Equal(c.service.Signing) || !back.Sealing.Equal(c.service.Sealing) || !back.Certificate.Equal(c.service.Certificate) {
		t.Error("the identity read is not the one saved")
	}
	if mode := ok1(os.Stat(keyFile))(t).Mode().Perm(); mode != 0o600 {
		t.Errorf("private keys have mode %o, want 600", mode)
	}
	if err := c.service.Save(certFile, keyFile); err == nil {
		t.Error("private keys were overwritten")
	}
	if leaf := back.TLS(); !bytes.Equal(leaf.Certificate[0], c.service.Certificate.Raw) || leaf.Leaf == nil {
		t.Error("the TLS certificate is another")
	}
}

func TestIdentityWithoutSealingKey(t *testing.T) {
	c := newCast(t)
	launcher := &Identity{Signing: signingKey("launcher")}
	launcher.Certificate = ok1(c.authority.IssueServer(KindLauncher, "local", launcher.SigningPublic(), []string{"127.0.0.1"}, noon, OperatorLifetime))(t)
	certFile, keyFile := saved(t, launcher)
	if back := ok1(LoadIdentity(certFile, keyFile))(t); back.Sealing != nil {
		t.Error("a sealing key came from nowhere")
	}
}

func TestLoadIdentityRefuses(t *testing.T) {
	c := newCast(t)
	stranger := ok1(GenerateIdentity())(t)
	certFile, keyFile := saved(t, c.service)
	keys := func(signing ed25519.PrivateKey, sealing *ecdh.PrivateKey) []byte {
		return ok1(privateKeysPEM(signing, sealing))(t)
	}
	certificate, both := ok1(os.ReadFile(certFile))(t), ok1(os.ReadFile(keyFile))(t)
	rsaDER := ok1(x509.MarshalPKCS8PrivateKey(ok1(rsa.GenerateKey(rand.Reader, 1024))(t)))(t)
	p256DER := ok1(x509.MarshalPKCS8PrivateKey(ok1(ecdh.P256().GenerateKey(rand.Reader))(t)))(t)
	block := func(kind string, der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}) }
	for name, files := range map[string][2][]byte{
		"another signing key":        {certificate, keys(stranger.Signing, c.service.Sealing)},
		"another sealing key":        {certificate, keys(c.service.Signing, stranger.Sealing)},
		"sealing key missing":        {certificate, keys(c.service.Signing, nil)},
		"no key":                     {certificate, nil},
		"three keys":                 {certificate, append(bytes.Clone(both), both...)},
		"keys the other way round":   {certificate, swapBlocks(both)},
		"RSA key":                    {certificate, block("PRIVATE KEY", rsaDER)},
		"P-256 sealing key":          {certificate, append(keys(c.service.Signing, nil), block("PRIVATE KEY", p256DER)...)},
		"not PKCS 8":                 {certificate, block("PRIVATE KEY", []byte("x"))},
		"certificate among the keys": {certificate, append(bytes.Clone(both), certificate...)},
		"no certificate":             {nil, both},
		"two certificates":           {append(bytes.Clone(certificate), certificate...), both},
		"certificate does not parse": {block("CERTIFICATE", []byte("x")), both},
		"key instead of certificate": {both, both},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			certFile, keyFile := filepath.Join(folder, "cert.pem"), filepath.Join(folder, "priv.pem")
			for file, data := range map[string][]byte{certFile: files[0], keyFile: files[1]} {
				if err := os.WriteFile(file, data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			_, err := LoadIdentity(certFile, keyFile)
			if err == nil || !strings.Contains(err.Error(), folder) {
				t.Errorf("got %v, want an error that names the file", err)
			}
		})
	}
	if _, err := LoadIdentity(certFile, filepath.Join(t.TempDir(), "absent")); err == nil {
		t.Error("loaded keys that are not there")
	}
}

func swapBlocks(data []byte) []byte {
	first, rest := pem.Decode(data)
	return append(bytes.Clone(rest), pem.EncodeToMemory(first)...)
}

// No way of printing, logging or marshalling an identity or an authority shows a secret.
func TestSecretsAreNotShown(t *testing.T) {
	c := newCast(t)
	secrets := [][]byte{c.service.Signing.Seed(), c.service.Sealing.Bytes(), c.authority.key.Seed()}
	var out bytes.Buffer
	for _, holder := range []any{c.service, *c.service, c.authority, *c.authority, Identity{Signing: c.service.Signing, Sealing: c.service.Sealing}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			fmt.Fprintf(&out, verb+"\n", holder)
			fmt.Fprintf(&out, verb+"\n", []any{holder})
			fmt.Fprintf(&out, verb+"\n", struct{ Field any }{holder})
		}
		out.Write(ok1(json.Marshal(holder))(t))
		slog.New(slog.NewTextHandler(&out, nil)).Info("text", "holder", holder)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("json", "holder", holder)
	}
	shown := out.String()
	for _, name := range []string{"eai:service/store", "Test Root", "without certificate"} {
		if !strings.Contains(shown, name) {
			t.Errorf("the name %q is not shown", name)
		}
	}
	for _, secret := range secrets {
		decimal := strings.Trim(fmt.Sprint(secret[:8]), "[]")
		for _, form := range []string{string(secret), hex.EncodeToString(secret), strings.ToUpper(hex.EncodeToString(secret)), decimal} {
			if strings.Contains(shown, form) {
				t.Errorf("a secret is shown: %s", form)
			}
		}
	}
}

func TestAuthorityFiles(t *testing.T) {
	c := newCast(t)
	folder := t.TempDir()
	certFile, keyFile := filepath.Join(folder, "root.pem"), filepath.Join(folder, "root-priv.pem")
	if err := c.authority.Save(certFile, keyFile); err != nil {
		t.Fatal(err)
	}
	if err := c.authority.Save(certFile, keyFile); err == nil {
		t.Error("the root CA's key was overwritten")
	}
	if mode := ok1(os.Stat(keyFile))(t).Mode().Perm(); mode != 0o600 {
		t.Errorf("the key has mode %o, want 600", mode)
	}
	back := ok1(LoadAuthority(certFile, keyFile))(t)
	issued := ok1(back.IssueService("store", c.service.SigningPublic(), c.service.Sealing.PublicKey(), nil, noon, OperatorLifetime))(t)
	ok1(c.authority.Root.VerifyServiceCertificate(issued.Raw, "store", noon))(t)

	serviceCert, serviceKey := saved(t, c.service)
	otherCert, otherKey := filepath.Join(folder, "other.pem"), filepath.Join(folder, "other-priv.pem")
	if err := ok1(CreateAuthority("Other", noon, RootLifetime))(t).Save(otherCert, otherKey); err != nil {
		t.Fatal(err)
	}
	for name, files := range map[string][2]string{
		"another's key":        {certFile, otherKey},
		"a service for a root": {serviceCert, serviceKey},
		"a service's two keys": {certFile, serviceKey},
		"no key":               {certFile, filepath.Join(folder, "absent")},
		"no certificate":       {filepath.Join(folder, "absent"), keyFile},
	} {
		if _, err := LoadAuthority(files[0], files[1]); err == nil {
			t.Errorf("%s: loaded", name)
		}
	}
}

func TestNewRootRefuses(t *testing.T) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey := ok1(rsa.GenerateKey(rand.Reader, 1024))(t)
	for name, change := range map[string]func(c *x509.Certificate){
		"no CA":            func(c *x509.Certificate) { c.IsCA = false },
		"may not sign":     func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCRLSign },
		"name constraints": func(c *x509.Certificate) { c.PermittedDNSDomains = []string{"example"} },
		"critical extension": func(c *x509.Certificate) {
			c.ExtraExtensions = []pkix.Extension{{Id: []int{1, 2, 3}, Critical: true, Value: []byte{5, 0}}}
		},
	} {
		template := &x509.Certificate{
			SerialNumber: big.NewInt(1), NotBefore: noon, NotAfter: noon.Add(time.Hour), BasicConstraintsValid: true, IsCA: true,
			KeyUsage: x509.KeyUsageCertSign,
		}
		ok1(ParseRoot(ok1(x509.CreateCertificate(rand.Reader, template, template, public, private))(t)))(t)
		change(template)
		if _, err := ParseRoot(ok1(x509.CreateCertificate(rand.Reader, template, template, public, private))(t)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: noon, BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageCertSign}
	if _, err := ParseRoot(ok1(x509.CreateCertificate(rand.Reader, template, template, &rsaKey.PublicKey, rsaKey))(t)); err == nil {
		t.Error("an RSA root was accepted")
	}
	if _, err := ParseRoot([]byte("x")); err == nil {
		t.Error("garbage was accepted")
	}
}

func TestIssueRefuses(t *testing.T) {
	c := newCast(t)
	public, sealing := c.service.SigningPublic(), c.service.Sealing.PublicKey()
	for name, issue := range map[string]func() (*x509.Certificate, error){
		"service is no name": func() (*x509.Certificate, error) {
			return c.authority.IssueService("../x", public, sealing, nil, noon, time.Hour)
		},
		"service without sealing key": func() (*x509.Certificate, error) {
			return c.authority.IssueService("store", public, nil, nil, noon, time.Hour)
		},
		"lifetime of nothing": func() (*x509.Certificate, error) {
			return c.authority.IssueService("store", public, sealing, nil, noon, 0)
		},
		"server of kind process": func() (*x509.Certificate, error) {
			return c.authority.IssueServer(KindProcess, "x", public, nil, noon, time.Hour)
		},
		"server of kind service": func() (*x509.Certificate, error) {
			return c.authority.IssueServer(KindService, "x", public, nil, noon, time.Hour)
		},
	} {
		if certificate, err := issue(); err == nil || certificate != nil {
			t.Errorf("%s: issued", name)
		}
	}
}

func TestNames(t *testing.T) {
	for name, want := range map[string]bool{
		"a": true, "0": true, "a-b-": true, strings.Repeat("a", 63): true,
		"": false, "-a": false, strings.Repeat("a", 64): false, "A": false, "a_b": false, "a/b": false, "é": false, "a\x00": false,
	} {
		if ValidName(name) != want {
			t.Errorf("ValidName(%q) is %v", name, !want)
		}
	}
}

func TestDigest(t *testing.T) {
	text := strings.Repeat("0a", 32)
	if d := ok1(ParseDigest(text))(t); d.String() != text || d[0] != 10 {
		t.Errorf("read %s", d)
	}
	for _, bad := range []string{"", text[1:], text + "0a", strings.Repeat("0A", 32), strings.Repeat("0g", 32)} {
		if _, err := ParseDigest(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}
