package attest

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"eaibench/internal/strictyaml"
)

func readPolicy(t testing.TB) string {
	t.Helper()
	return string(ok1(os.ReadFile(filepath.Join("testdata", "policy.yaml")))(t))
}

func TestParsePolicy(t *testing.T) {
	d := ok1(ParsePolicy("policy.yaml", []byte(readPolicy(t))))(t).Document()
	if len(d.Attesters) != 1 || d.Attesters[0].Name != "local" || !reflect.DeepEqual(d.Attesters[0].Privilege, []string{SeparateUser, SameUser}) {
		t.Errorf("attesters %+v", d.Attesters)
	}
	want := Reference{
		Program: "retail", Platform: "linux", Mode: "compartment",
		SourceSHA256: Digest{0x5f}, ExecutableSHA256: Digest{0x0c},
		Libraries: map[string]Digest{"/usr/lib/x86_64-linux-gnu/libcrypto.so.3": {0x9a}},
	}
	if len(d.References) != 1 || !reflect.DeepEqual(d.References[0], want) {
		t.Errorf("references %+v, want %+v", d.References, want)
	}
	if !reflect.DeepEqual(d.Modes, []string{"hybrid", "purecap", "compartment"}) ||
		!reflect.DeepEqual(d.Environment, map[string][]string{"ASAN_OPTIONS": {"detect_leaks=0"}, "TZ": {}}) ||
		!reflect.DeepEqual(d.Parameters, ParameterLimits{[]string{"hpke"}, []string{"relayed"}, nil, Limit{1000000}, Limit{3600000}}) ||
		d.Evidence.MaxAge != time.Minute || d.Certificate.Lifetime != 10*time.Minute {
		t.Errorf("document %+v", d)
	}
}

func TestParsePolicyRefuses(t *testing.T) {
	text := readPolicy(t)
	for _, pc := range []struct{ name, old, new, want string }{
		{"version", "version: 1", "version: 2", "policy.yaml:1:"},
		{"unknown key", "modes:", "mode:", "modes"},
		{"missing key", "    mode: compartment\n", "", "mode"},
		{"no attester", "attesters:", "attesters: []\nmodes: [hybrid]\nx:", "attesters"},
		{"attester's name", "name: local", "name: Local!", "is not a name"},
		{"unknown privilege", "same-user]", "root]", "root"},
		{"no privilege", "[separate-user, same-user]", "[]", "privilege"},
		{"key not PEM", "BEGIN PUBLIC KEY", "BEGIN CERTIFICATE", "public_key"},
		{"no modes", "[hybrid, purecap, compartment]", "[]", "modes"},
		{"mode no name", "[hybrid, purecap, compartment]", "[Hybrid]", "is not a name"},
		{"program no name", "program: retail", "program: ../retail", "is not a name"},
		{"hash too short", "executable_sha256: 0c0", "executable_sha256: 0c", "executable_sha256"},
		{"hash in upper case", "executable_sha256: 0c", "executable_sha256: 0C", "executable_sha256"},
		{"relative library", "/usr/lib/x86_64", "usr/lib/x86_64", "absolute"},
		{"unknown crypto", "[hpke]", "[rot13]", "rot13"},
		{"no crypto", "[hpke]", "[]", "parameters.crypto"},
		{"unknown path", "[relayed]", "[airmail]", "airmail"},
		{"unknown verify", "path: [relayed]", "path: [relayed]\n  verify: [never]", "never"},
		{"no verify", "path: [relayed]", "path: [relayed]\n  verify: []", "parameters.verify"},
		{"too many requests", "max: 1000000", "max: 1000001", "requests.max"},
		{"negative interval", "max: 3600000", "max: -1", "interval_ms.max"},
		{"unknown network", "evidence:", "compartment: {network: none}\nevidence:", "compartment.network"},
		{"unknown proof of c18n", "evidence:", "compartment: {c18n: named}\nevidence:", "compartment.c18n"},
		{"unknown trampolines", "evidence:", "compartment: {c18n: linker, trampolines: yes}\nevidence:", "compartment.trampolines"},
		{"writable trampolines of a system that counts", "evidence:", "compartment: {trampolines: writable}\nevidence:", "compartment.trampolines"},
		{"no age", "max_age: 60s", "max_age: 0s", "max_age"},
		{"age without unit", "max_age: 60s", "max_age: 60", "max_age"},
		{"lifetime too short", "lifetime: 10m", "lifetime: 59s", "lifetime"},
		{"lifetime too long", "lifetime: 10m", "lifetime: 25h", "lifetime"},
	} {
		t.Run(pc.name, func(t *testing.T) {
			changed := strings.Replace(text, pc.old, pc.new, 1)
			if changed == text {
				t.Fatalf("nothing to replace: %s", pc.old)
			}
			_, err := ParsePolicy("policy.yaml", []byte(changed))
			faults, ok := errors.AsType[strictyaml.Faults](err)
			if !ok || len(faults) == 0 || faults[0].Line == 0 || !strings.Contains(err.Error(), pc.want) {
				t.Errorf("got %v, want faults with a line that speak of %q", err, pc.want)
			}
		})
	}
}

// Policies made in code pass the same checks.
func TestNewPolicyRefuses(t *testing.T) {
	for name, change := range map[string]func(d *PolicyDocument){
		"two attesters with one key": func(d *PolicyDocument) { d.Attesters = append(d.Attesters, d.Attesters[0]) },
		"attester with an RSA key":   func(d *PolicyDocument) { d.Attesters[0].PublicKey = rsaPublicKey },
		"two keys in one block": func(d *PolicyDocument) {
			d.Attesters[0].PublicKey += d.Attesters[0].PublicKey
		},
		"version": func(d *PolicyDocument) { d.Version = 0 },
	} {
		t.Run(name, func(t *testing.T) {
			c := newCast(t)
			change(&c.document)
			if _, err := NewPolicy(c.document); err == nil {
				t.Error("accepted")
			}
		})
	}
}

const rsaPublicKey = `-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDUalp6dXeEIZmF3SGsT+rFBNhM
tMYg20r+/mjxMj/WmTohWTAZXY3aCVhikiJwX+eZJz6WLztbVclTEHhgfDBk0ar8
en+rvUMb2rlkHyZTms78zvaauso53xgcCPczkzkEhw8PhwZBd9yNvn5Se1wpUnBb
WjQCEC5soFPUbUy6zQIDAQAB
-----END PUBLIC KEY-----
`
