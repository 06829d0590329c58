package authority

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"eaibench/attest"
)

func newCAFolder(t *testing.T) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "ca")
	if err := CreateCA(folder, CASettings{Name: "local", Hosts: []string{"127.0.0.1"}}); err != nil {
		t.Fatal(err)
	}
	return folder
}

func TestCreateCAKeepsKeysPrivateAndNeverOverwrites(t *testing.T) {
	folder := newCAFolder(t)
	before := map[string][]byte{}
	for file, mode := range map[string]os.FileMode{
		RootKeyFile: 0o600, PrivateKeyFile: 0o600, RootFile: 0o644, CertificateFile: 0o644,
	} {
		path := filepath.Join(folder, file)
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&^mode != 0 {
			t.Errorf("%s has mode %v, want at most %v", file, info.Mode().Perm(), mode)
		}
		if before[file], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	err := CreateCA(folder, CASettings{Name: "other", Hosts: []string{"127.0.0.1"}})
	if err == nil || !strings.Contains(err.Error(), "--force") {
		t.Errorf("creating over it: got %v, want a refusal that names --force", err)
	}
	for file, content := range before {
		if now, _ := os.ReadFile(filepath.Join(folder, file)); !bytes.Equal(now, content) {
			t.Errorf("%s changed although it was refused", file)
		}
	}
	if err := CreateCA(folder, CASettings{Name: "other", Hosts: []string{"127.0.0.1"}, Overwrite: true}); err != nil {
		t.Fatal(err)
	}
	root, err := attest.LoadRoot(filepath.Join(folder, RootFile))
	if err != nil || root.Certificate.Subject.CommonName != "other" {
		t.Errorf("after overwriting: %v, %v", root, err)
	}
}

func TestCreateCALeavesTheFolderAloneWhenItsNameIsNone(t *testing.T) {
	folder := newCAFolder(t)
	before, _ := os.ReadFile(filepath.Join(folder, RootKeyFile))
	if err := CreateCA(folder, CASettings{Name: "No Name", Hosts: []string{"127.0.0.1"}, Overwrite: true}); err == nil {
		t.Error("a name with a space was accepted")
	}
	if now, _ := os.ReadFile(filepath.Join(folder, RootKeyFile)); !bytes.Equal(now, before) {
		t.Error("the key was replaced all the same")
	}
}

func TestImportCA(t *testing.T) {
	original := newCAFolder(t)
	cert, key := filepath.Join(original, RootFile), filepath.Join(original, RootKeyFile)
	imported := filepath.Join(t.TempDir(), "imported")
	if err := ImportCA(imported, cert, key, CASettings{Name: "local", Hosts: []string{"localhost"}}); err != nil {
		t.Fatal(err)
	}
	identity, err := loadServer(filepath.Join(imported, CertificateFile), filepath.Join(imported, PrivateKeyFile), attest.KindCA)
	if err != nil {
		t.Fatal(err)
	}
	root, err := attest.LoadRoot(cert)
	if err != nil {
		t.Fatal(err)
	}
	if err := identity.Certificate.CheckSignatureFrom(root.Certificate); err != nil {
		t.Errorf("the server's certificate is not by the imported root: %v", err)
	}

	other := newCAFolder(t)
	for name, files := range map[string][2]string{
		"key of another": {cert, filepath.Join(other, RootKeyFile)},
		"no CA":          {filepath.Join(original, CertificateFile), filepath.Join(original, PrivateKeyFile)},
		"not there":      {filepath.Join(original, "missing.pem"), key},
	} {
		target := filepath.Join(t.TempDir(), "refused")
		if err := ImportCA(target, files[0], files[1], CASettings{Name: "local", Hosts: []string{"localhost"}}); err == nil {
			t.Errorf("%s: imported", name)
		}
		if _, err := os.Stat(target); err == nil {
			t.Errorf("%s: the folder was made all the same", name)
		}
	}
}

func TestIssue(t *testing.T) {
	ca := newCAFolder(t)
	for kind, seals := range map[attest.Kind]bool{
		attest.KindService: true, attest.KindLauncher: false, attest.KindAttester: false, attest.KindCA: false,
	} {
		t.Run(string(kind), func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out")
			issuing := Issuing{Kind: kind, Name: "mine", Hosts: []string{"127.0.0.1", "host.example"}}
			if _, err := Issue(ca, out, issuing); err != nil {
				t.Fatal(err)
			}
			cert, key := filepath.Join(out, CertificateFile), filepath.Join(out, PrivateKeyFile)
			if info, err := os.Stat(key); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v, %v", key, info, err)
			}
			identity, err := loadServer(cert, key, kind)
			if err != nil {
				t.Fatal(err)
			}
			if (identity.Sealing != nil) != seals {
				t.Errorf("has a sealing key: %v, want %v", identity.Sealing != nil, seals)
			}
			for _, host := range issuing.Hosts {
				if err := identity.Certificate.VerifyHostname(host); err != nil {
					t.Error(err)
				}
			}
			if _, err := Issue(ca, out, issuing); err == nil {
				t.Error("issued over existing keys")
			}
		})
	}
}

func TestIssueRefuses(t *testing.T) {
	ca := newCAFolder(t)
	for name, test := range map[string]struct {
		folder  string
		issuing Issuing
	}{
		"a process":  {ca, Issuing{Kind: attest.KindProcess, Name: "retail", Hosts: []string{"127.0.0.1"}}},
		"no host":    {ca, Issuing{Kind: attest.KindService, Name: "store"}},
		"bad name":   {ca, Issuing{Kind: attest.KindService, Name: "../store", Hosts: []string{"127.0.0.1"}}},
		"without CA": {t.TempDir(), Issuing{Kind: attest.KindService, Name: "store", Hosts: []string{"127.0.0.1"}}},
	} {
		out := filepath.Join(t.TempDir(), "out")
		if _, err := Issue(test.folder, out, test.issuing); err == nil {
			t.Errorf("%s: issued", name)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%s: something was written", name)
		}
	}
}

func TestServerRefusesTheCertificateOfAnotherKind(t *testing.T) {
	ca, out := newCAFolder(t), filepath.Join(t.TempDir(), "out")
	if _, err := Issue(ca, out, Issuing{Kind: attest.KindLauncher, Name: "mine", Hosts: []string{"127.0.0.1"}}); err != nil {
		t.Fatal(err)
	}
	_, err := loadServer(filepath.Join(out, CertificateFile), filepath.Join(out, PrivateKeyFile), attest.KindAttester)
	if err == nil || !strings.Contains(err.Error(), "ca issue attester") {
		t.Errorf("got %v, want a refusal that tells how to get the right one", err)
	}
}
