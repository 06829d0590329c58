package authority

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"eaibench/attest"
	"eaibench/internal/strictyaml"
)

func someReferences() []attest.Reference {
	return []attest.Reference{
		{
			Program: "retail", Platform: "linux", Mode: "hybrid", SourceSHA256: attest.Digest{1}, ExecutableSHA256: attest.Digest{2},
			Libraries: map[string]attest.Digest{"/usr/lib/b.so": {3}, "/usr/lib/a \"quoted\".so": {4}},
		},
		{Program: "static", Platform: "linux", Mode: "purecap", Libraries: map[string]attest.Digest{}},
	}
}

func TestWrittenReferencesAreRead(t *testing.T) {
	var text bytes.Buffer
	if err := WriteReferences(&text, someReferences()); err != nil {
		t.Fatal(err)
	}
	var read ReferenceDocument
	if err := strictyaml.Decode("references.yaml", text.Bytes(), &read); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(read.References, someReferences()) {
		t.Errorf("written:\n%s\nread: %+v", text.String(), read.References)
	}
}

func foreignPublicKey() string {
	public, _, _ := ed25519.GenerateKey(rand.Reader)
	text, _ := attest.PublicKeyPEM(public)
	return string(text)
}

func policyText() string {
	public := strings.TrimSpace(foreignPublicKey())
	return `version: 1
attesters:
  - name: local
    privilege: [separate-user]
    public_key: |
      ` + strings.ReplaceAll(public, "\n", "\n      ") + `
modes: [hybrid]
references: []
environment: {}
parameters:
  crypto: [hpke]
  path: [relayed]
  requests: {max: 10}
  interval_ms: {max: 10}
evidence:
  max_age: 60s
certificate:
  lifetime: 10m
`
}

func TestLoadPolicyAddsReferences(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	var references bytes.Buffer
	if err := WriteReferences(&references, someReferences()); err != nil {
		t.Fatal(err)
	}
	policyFile, referenceFile := write("policy.yaml", policyText()), write("references.yaml", references.String())
	policy, err := LoadPolicy(policyFile, referenceFile)
	if err != nil {
		t.Fatal(err)
	}
	if got := policy.Document().References; !reflect.DeepEqual(got, someReferences()) {
		t.Errorf("references %+v", got)
	}
	if alone, err := LoadPolicy(policyFile); err != nil || len(alone.Document().References) != 0 {
		t.Errorf("without the file: %v, %v", alone, err)
	}
	for name, test := range map[string]struct{ text, want string }{
		"unknown key":   {"references: []\nmodes: [hybrid]\n", "broken.yaml:2:1"},
		"relative path": {strings.Replace(references.String(), "/usr/lib/b.so", "b.so", 1), "broken.yaml"},
		"no references": {"{}\n", "references"},
	} {
		if _, err := LoadPolicy(policyFile, write("broken.yaml", test.text)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q in the error", name, err, test.want)
		}
	}
	if _, err := LoadPolicy(policyFile, filepath.Join(folder, "missing.yaml")); err == nil {
		t.Error("a missing file was passed over")
	}
}
