package results

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestSign(t *testing.T) {
	folder := sealedFolder(t)
	mine, other := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, 32)), ed25519.NewKeyFromSeed(bytes.Repeat([]byte{2}, 32))
	public := func(key ed25519.PrivateKey) ed25519.PublicKey { return key.Public().(ed25519.PublicKey) }
	check := func(key ed25519.PrivateKey) error {
		t.Helper()
		if got := found(t, folder); got != nil {
			t.Errorf("signing changed the campaign: %q", got)
		}
		v, err := Verify(folder)
		if err != nil {
			t.Fatal(err)
		}
		return v.CheckSignature(public(key))
	}
	if err := check(mine); !errors.Is(err, ErrNotSigned) {
		t.Error(err)
	}
	// As a signing leaves it that was interrupted.
	put(t, filepath.Join(folder, "."+signatureFile), []byte("half"))
	if err := Sign(folder, mine); err != nil {
		t.Fatal(err)
	}
	if err := check(mine); err != nil {
		t.Error(err)
	}
	if err := check(other); !errors.Is(err, ErrSignature) {
		t.Error(err)
	}
	signature := get(t, filepath.Join(folder, signatureFile))
	for i := range signature {
		changed := bytes.Clone(signature)
		changed[i] ^= 1
		put(t, filepath.Join(folder, signatureFile), changed)
		if err := check(mine); !errors.Is(err, ErrSignature) {
			t.Errorf("byte %d: %v", i, err)
		}
	}
	for _, wrong := range [][]byte{{}, signature[:63], append(bytes.Clone(signature), 0)} {
		put(t, filepath.Join(folder, signatureFile), wrong)
		if err := check(mine); !errors.Is(err, ErrSignature) {
			t.Errorf("%d bytes: %v", len(wrong), err)
		}
	}
	// Who signs last has signed.
	if err := Sign(folder, other); err != nil {
		t.Fatal(err)
	}
	if err := check(other); err != nil {
		t.Error(err)
	}
	// Another campaign's signature is of no use here.
	another := sealedFolder(t)
	put(t, filepath.Join(another, "campaign.json"), append(get(t, filepath.Join(another, "campaign.json")), ' '))
	if err := Sign(another, mine); !errors.Is(err, ErrTampered) {
		t.Errorf("signed what was changed: %v", err)
	}
	manifest, err := manifestOf(another)
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(another, manifestFile), manifest)
	put(t, filepath.Join(another, signatureFile), get(t, filepath.Join(folder, signatureFile)))
	v, err := Verify(another)
	if err != nil || len(v.Findings) > 0 {
		t.Fatalf("%+v, %v", v, err)
	}
	if err := v.CheckSignature(public(other)); !errors.Is(err, ErrSignature) {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(folder, "."+signatureFile)); !errors.Is(err, os.ErrNotExist) {
		t.Error("signing left its temporary file")
	}
}
