package results

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
)

// Fault is how a file is not as it was when the campaign was sealed.
type Fault string

// The faults there are.
const (
	// Changed: other bytes than those that were sealed.
	Changed Fault = "changed"
	// Missing: it was sealed, or belongs to every campaign, and is not there.
	Missing Fault = "missing"
	// Added: it was not there.
	Added Fault = "added"
	// NoFile: a link or a device, whatever it leads to.
	NoFile Fault = "no file"
	// Malformed: a manifest that no seal wrote, or sealed files that are no campaign.
	Malformed Fault = "malformed"
)

// Finding is one file's fault.
type Finding struct {
	// File is the slash-separated path inside the campaign.
	File  string `json:"file"`
	Fault Fault  `json:"fault"`
	// Detail says more in words, of malformed files alone.
	Detail string `json:"detail,omitempty"`
}

// Verification is what checking a sealed campaign found.
type Verification struct {
	// Files is how many files the manifest names.
	Files int
	// ManifestSHA256 in lower-case hexadecimal: who notes it elsewhere can tell this campaign from any other.
	ManifestSHA256 string
	// Findings in the order of their files, none if every byte is as it was sealed.
	Findings []Finding

	manifest, signature []byte
}

// Refusals of verifying and signing.
var (
	// ErrIncomplete: the campaign has no manifest.
	ErrIncomplete = errors.New("the campaign is not complete: it has no " + manifestFile)
	// ErrTampered: a file is not as it was sealed.
	ErrTampered = errors.New("the campaign is not as it was sealed")
	// ErrNotSigned: nobody signed the campaign.
	ErrNotSigned = errors.New("the campaign is not signed: it has no " + signatureFile)
	// ErrSignature: the signature is of another key, or of another manifest.
	ErrSignature = errors.New("the signature is not this key's over this manifest")
)

// Verify compares every file of a sealed campaign, but those in report/, with its manifest. The error is ErrIncomplete, or
// says what could not be read.
func Verify(folder string) (*Verification, error) {
	found, err := list(folder)
	if err != nil {
		return nil, fmt.Errorf("verifying %s: %w", folder, err)
	}
	v, err := verify(folder, found)
	if err == nil && len(v.Findings) == 0 {
		v.Findings = whole(folder, found.files)
	}
	return v, err
}

// verify compares the files with the manifest, which may be of what is no campaign.
func verify(folder string, found contents) (_ *Verification, err error) {
	fail := func(err error) (*Verification, error) { return nil, fmt.Errorf("verifying %s: %w", folder, err) }
	v := new(Verification)
	if found.lacksFile(manifestFile) {
		v.Findings = []Finding{{File: manifestFile, Fault: NoFile}}
		return v, nil
	}
	if v.manifest, err = os.ReadFile(filepath.Join(folder, manifestFile)); errors.Is(err, fs.ErrNotExist) {
		return fail(ErrIncomplete)
	} else if err != nil {
		return fail(err)
	}
	if !found.lacksFile(signatureFile) { // else it is among the findings
		if v.signature, err = os.ReadFile(filepath.Join(folder, signatureFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fail(err)
		}
	}
	sum := sha256.Sum256(v.manifest)
	v.ManifestSHA256 = hex.EncodeToString(sum[:])
	entries, err := parseManifest(v.manifest)
	if err != nil {
		v.Findings = []Finding{{manifestFile, Malformed, err.Error()}}
		return v, nil
	}
	v.Files = len(entries)
	if v.Findings, err = compareFiles(folder, entries, found); err != nil {
		return fail(err)
	}
	return v, nil
}

// compareFiles lists what the folder has and the manifest has not, the reverse, and what differs.
func compareFiles(folder string, entries []entry, found contents) ([]Finding, error) {
	var findings []Finding
	named, parents := map[string]bool{}, map[string]bool{}
	for _, one := range entries {
		named[one.path] = true
		for parent := path.Dir(one.path); parent != "."; parent = path.Dir(parent) {
			parents[parent] = true
		}
		if slices.Contains(found.others, one.path) {
			continue // said below
		}
		if _, there := slices.BinarySearch(found.files, one.path); !there {
			findings = append(findings, Finding{File: one.path, Fault: Missing})
			continue
		}
		sum, err := fileSHA256(filepath.Join(folder, one.path))
		if err != nil {
			return nil, err
		}
		if sum != one.sum {
			findings = append(findings, Finding{File: one.path, Fault: Changed})
		}
	}
	for _, file := range found.files {
		if !named[file] {
			findings = append(findings, Finding{File: file, Fault: Added})
		}
	}
	for _, folder := range found.folders {
		if !parents[folder] {
			findings = append(findings, Finding{File: folder, Fault: Added})
		}
	}
	for _, other := range found.others {
		findings = append(findings, Finding{File: other, Fault: NoFile})
	}
	slices.SortFunc(findings, func(a, b Finding) int { return bytes.Compare([]byte(a.File), []byte(b.File)) })
	return findings, nil
}

// whole finds what a manifest that agrees with the files does not show: one that was made anew over a campaign from which
// something was taken.
func whole(folder string, files []string) []Finding {
	var findings []Finding
	lacks := func(file string) bool {
		_, there := slices.BinarySearch(files, file)
		if !there {
			findings = append(findings, Finding{File: file, Fault: Missing})
		}
		return !there
	}
	if lacks(campaignFile) || lacks(runsFile) || lacks(samplesFile) || lacks(eventsFile) {
		return findings
	}
	data, err := read(folder)
	if err != nil {
		return []Finding{{campaignFile, Malformed, err.Error()}}
	}
	for _, run := range data.Runs {
		if data.Campaign.Import == nil { // what was published has no logs
			lacks(path.Join(logsFolder, run.ID+".log"))
		}
	}
	if missing := len(data.Campaign.Runs) - len(data.Runs); missing > 0 && !stopped(data.Events) {
		findings = append(findings, Finding{runsFile, Malformed, fmt.Sprintf("%d of %d planned runs are not in it", missing, len(data.Campaign.Runs))})
	}
	return findings
}

// Signed tells whether there is a signature, of whatever worth.
func (v *Verification) Signed() bool { return v.signature != nil }

// CheckSignature checks that the key signed this manifest. The error is ErrNotSigned or ErrSignature.
func (v *Verification) CheckSignature(key ed25519.PublicKey) error {
	switch {
	case !v.Signed():
		return ErrNotSigned
	case len(key) != ed25519.PublicKeySize || !ed25519.Verify(key, v.manifest, v.signature):
		return ErrSignature
	}
	return nil
}

// Sign signs a sealed campaign: Ed25519 (RFC 8032) over the bytes of the manifest, the signature's 64 bytes as they are in
// a file beside it, in place of one that is there. What is not as it was sealed is not signed. The error is
// ErrIncomplete, ErrTampered, or says what could not be read or written.
func Sign(folder string, key ed25519.PrivateKey) error {
	// A signing that was interrupted may have left its temporary file.
	if err := os.Remove(filepath.Join(folder, "."+signatureFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("signing %s: %w", folder, err)
	}
	v, err := Verify(folder)
	if err != nil {
		return fmt.Errorf("signing: %w", err)
	}
	if len(v.Findings) > 0 {
		return fmt.Errorf("signing %s: %w: %s is %s", folder, ErrTampered, v.Findings[0].File, v.Findings[0].Fault)
	}
	if err := replace(folder, signatureFile, ed25519.Sign(key, v.manifest)); err != nil {
		return fmt.Errorf("signing %s: %w", folder, err)
	}
	return nil
}
