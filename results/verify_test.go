package results

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sealedFolder is a complete campaign of three runs, with a report.
func sealedFolder(t *testing.T) string {
	t.Helper()
	folder, w := newFolder(t)
	if err := w.Append(okRun("r02"), samplesOf("r02", 1), []byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Seal(), w.Close(), os.Mkdir(ReportFolder(folder), 0o755)); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(ReportFolder(folder), "a.svg"), []byte("derived"))
	return folder
}

func put(t *testing.T, file string, content []byte) {
	t.Helper()
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, file string) []byte {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// found gives "file fault" for each finding.
func found(t *testing.T, folder string) []string {
	t.Helper()
	v, err := Verify(folder)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, one := range v.Findings {
		said = append(said, one.File+" "+string(one.Fault))
	}
	return said
}

func sealedFiles(t *testing.T, folder string) []string {
	t.Helper()
	all, err := list(folder)
	if err != nil || len(all.files) < 7 {
		t.Fatalf("%v, %v", all, err)
	}
	return all.files
}

func TestVerify(t *testing.T) {
	folder := sealedFolder(t)
	if got := found(t, folder); got != nil {
		t.Fatalf("nothing was changed: %q", got)
	}
	v, err := Verify(folder)
	if err != nil || v.Files != 7 || v.Signed() || len(v.ManifestSHA256) != 64 {
		t.Errorf("%+v, %v", v, err)
	}
	put(t, filepath.Join(ReportFolder(folder), "b.svg"), []byte("derived too"))
	if got := found(t, folder); got != nil {
		t.Errorf("the report is not sealed: %q", got)
	}
}

// Every single byte of every sealed file, and of the manifest, changed to another one.
// Who reads a sealed campaign is told what was changed since, where it can still be read.
func TestReadTellsWhatIsNotAsSealed(t *testing.T) {
	folder := sealedFolder(t)
	if data, err := Read(folder); err != nil || data.NotAsSealed != nil {
		t.Fatalf("nothing was changed: %v, %v", data, err)
	}
	file := filepath.Join(folder, samplesFile)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	number := bytes.LastIndexAny(text, "0123456789")
	if text[number]++; text[number] > '9' {
		text[number] = '1'
	}
	put(t, file, text)
	put(t, filepath.Join(folder, "added"), []byte("x"))
	data, err := Read(folder)
	want := []Finding{{File: "added", Fault: Added}, {File: samplesFile, Fault: Changed}}
	if err != nil || !slices.Equal(data.NotAsSealed, want) {
		t.Errorf("got %+v, %v, want %+v", data, err, want)
	}
}

func TestVerifyFindsEveryChangedByte(t *testing.T) {
	folder := sealedFolder(t)
	tried := 0
	for _, name := range append(sealedFiles(t, folder), manifestFile) {
		file := filepath.Join(folder, name)
		content := get(t, file)
		for i := range content {
			bits := []byte{0x01}
			if name == manifestFile {
				bits = append(bits, 0x20) // another case of a letter
			}
			for _, bit := range bits {
				tried++
				changed := bytes.Clone(content)
				changed[i] ^= bit
				put(t, file, changed)
				got := found(t, folder)
				if len(got) == 0 || name != manifestFile && !slices.Equal(got, []string{name + " changed"}) {
					t.Fatalf("byte %d of %s: %q", i, name, got)
				}
			}
		}
		put(t, file, content)
	}
	if got := found(t, folder); got != nil || tried < 2000 {
		t.Errorf("%d tried, left behind: %q", tried, got)
	}
}

// What may happen to each file besides.
func TestVerifyFindsWhatHappensToFiles(t *testing.T) {
	folder := sealedFolder(t)
	for _, name := range sealedFiles(t, folder) {
		file := filepath.Join(folder, name) // of a copy, while something is done to it
		other := filepath.Join(filepath.Dir(name), "zz")
		for what, test := range map[string]struct {
			do   func() error
			want []string
		}{
			"cut short":     {func() error { return os.Truncate(file, int64(len(get(t, file))-1)) }, []string{name + " changed"}},
			"made empty":    {func() error { return os.Truncate(file, 0) }, []string{name + " changed"}},
			"made longer":   {func() error { return os.WriteFile(file, append(get(t, file), '\n'), 0o600) }, []string{name + " changed"}},
			"removed":       {func() error { return os.Remove(file) }, []string{name + " missing"}},
			"renamed":       {func() error { return os.Rename(file, filepath.Join(folder, other)) }, []string{name + " missing", other + " added"}},
			"copied":        {func() error { return os.WriteFile(filepath.Join(folder, other), get(t, file), 0o600) }, []string{other + " added"}},
			"linked":        {func() error { return errors.Join(os.Rename(file, folder+".kept"), os.Symlink(folder+".kept", file)) }, []string{name + " no file"}},
			"made a folder": {func() error { return errors.Join(os.Remove(file), os.Mkdir(file, 0o700)) }, []string{name + " missing", name + " added"}},
		} {
			if len(get(t, file)) == 0 && (what == "cut short" || what == "made empty") {
				continue
			}
			broken := filepath.Join(t.TempDir(), "copy")
			if err := os.CopyFS(broken, os.DirFS(folder)); err != nil {
				t.Fatal(err)
			}
			original := folder
			folder, file = broken, filepath.Join(broken, name)
			if err := test.do(); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, found(t, broken)); diff != "" {
				t.Errorf("%s %s: %s", name, what, diff)
			}
			folder, file = original, filepath.Join(original, name)
		}
	}
}

func TestVerifyFindsWhatIsAdded(t *testing.T) {
	for _, test := range []struct {
		name string
		do   func(folder string) error
		want []string
	}{
		{"a file", func(f string) error { return os.WriteFile(filepath.Join(f, "x"), nil, 0o600) }, []string{"x added"}},
		{"a hidden file", func(f string) error { return os.WriteFile(filepath.Join(f, ".MANIFEST.sha256"), nil, 0o600) }, []string{".MANIFEST.sha256 added"}},
		{"an empty folder", func(f string) error { return os.Mkdir(filepath.Join(f, "logs", "x"), 0o700) }, []string{"logs/x added"}},
		{"a link", func(f string) error { return os.Symlink("runs.csv", filepath.Join(f, "x")) }, []string{"x no file"}},
		{"a link in place of the report", func(f string) error {
			return errors.Join(os.RemoveAll(ReportFolder(f)), os.Symlink("logs", ReportFolder(f)))
		}, []string{"report no file"}},
		{"a file in place of the report", func(f string) error {
			return errors.Join(os.RemoveAll(ReportFolder(f)), os.WriteFile(ReportFolder(f), nil, 0o600))
		}, []string{"report added"}},
		{"a link in place of the manifest", func(f string) error {
			manifest := filepath.Join(f, manifestFile)
			return errors.Join(os.Rename(manifest, f+".kept"), os.Symlink(f+".kept", manifest))
		}, []string{"MANIFEST.sha256 no file"}},
		{"a link in place of the signature", func(f string) error { return os.Symlink("runs.csv", filepath.Join(f, signatureFile)) }, []string{"MANIFEST.sha256.sig no file"}},
	} {
		folder := sealedFolder(t)
		if err := test.do(folder); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, found(t, folder)); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}

// Somebody takes something away and makes a manifest that agrees.
func TestVerifyFindsWhatAManifestMadeAnewLacks(t *testing.T) {
	for _, test := range []struct {
		name string
		do   func(folder string) error
		want []string
	}{
		{"a log", func(f string) error { return os.Remove(LogFile(f, "r01")) }, []string{"logs/r01.log missing"}},
		{"the samples", func(f string) error { return os.Remove(filepath.Join(f, samplesFile)) }, []string{"samples.csv missing"}},
		{"the plan", func(f string) error { return os.Remove(filepath.Join(f, campaignFile)) }, []string{"campaign.json missing"}},
		{"the events", func(f string) error { return os.Remove(filepath.Join(f, eventsFile)) }, []string{"events.jsonl missing"}},
		{"a run", func(f string) error {
			runs := filepath.Join(f, runsFile)
			text := string(get(t, runs))
			last := strings.LastIndex(strings.TrimSuffix(text, "\n"), "\n")
			samples := filepath.Join(f, samplesFile)
			rows := strings.SplitAfter(string(get(t, samples)), "\n")
			return errors.Join(os.WriteFile(runs, []byte(text[:last+1]), 0o600), os.WriteFile(samples, []byte(strings.Join(rows[:len(rows)-2], "")), 0o600))
		}, []string{"runs.csv malformed"}},
		{"a run, and the end says that all are there", func(f string) error {
			events := filepath.Join(f, eventsFile)
			runs := filepath.Join(f, runsFile)
			text := string(get(t, runs))
			last := strings.LastIndex(strings.TrimSuffix(text, "\n"), "\n")
			ended := `{"time":"2026-01-31T12:00:00Z","ended":{"reason":"complete","text":"every planned run was carried out","clock_step_ns":0}}` + "\n"
			return errors.Join(os.WriteFile(runs, []byte(text[:last+1]), 0o600), os.WriteFile(events, append(get(t, events), ended...), 0o600))
		}, []string{"runs.csv malformed"}},
		{"a value", func(f string) error {
			samples := filepath.Join(f, samplesFile)
			return os.WriteFile(samples, bytes.Replace(get(t, samples), []byte("1000.5"), []byte("fast"), 1), 0o600)
		}, []string{"campaign.json malformed"}},
	} {
		folder := sealedFolder(t)
		if err := test.do(folder); err != nil {
			t.Fatal(err)
		}
		manifest, err := manifestOf(folder)
		if err != nil {
			t.Fatal(err)
		}
		put(t, filepath.Join(folder, manifestFile), manifest)
		if diff := cmp.Diff(test.want, found(t, folder)); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}

// A campaign that its rule stopped is whole without the other runs.
func TestVerifyStoppedByItsRule(t *testing.T) {
	folder, w := newFolder(t)
	err := errors.Join(w.Note(Event{Time: moment, Ended: &Ending{Reason: EndPrecise, Text: "precise"}}), w.Seal(), w.Close())
	if err != nil {
		t.Fatal(err)
	}
	if got := found(t, folder); got != nil {
		t.Errorf("nothing was changed: %q", got)
	}
}

func TestVerifyIncomplete(t *testing.T) {
	folder, _ := newFolder(t)
	if _, err := Verify(folder); !errors.Is(err, ErrIncomplete) {
		t.Error(err)
	}
	if err := Sign(folder, ed25519.NewKeyFromSeed(make([]byte, 32))); !errors.Is(err, ErrIncomplete) {
		t.Error(err)
	}
	if _, err := Verify(filepath.Join(folder, "nowhere")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

func TestSealRefusesLinks(t *testing.T) {
	for _, name := range []string{"x", reportFolder, "logs/x"} {
		folder, w := newFolder(t)
		if err := w.Append(okRun("r02"), nil, nil); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("runs.csv", filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
		if err := w.Seal(); err == nil || !strings.Contains(err.Error(), name+" is no file") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParseManifest(t *testing.T) {
	sum := strings.Repeat("0a", 32)
	for _, test := range []struct{ text, want string }{
		{sum + "  a\n" + sum + "  b/c\n", ""},
		{"", "it names no file"},
		{sum + "  a", "line 1 is not"},
		{sum + " *a\n", "line 1 is not"},
		{sum[1:] + "  a\n", "line 1 is not"},
		{strings.ToUpper(sum) + "  a\n", "line 1 is not"},
		{strings.Repeat("0g", 32) + "  a\n", "invalid byte"},
		{"\\" + sum + "  a\\nb\n", "line 1 is not"},
		{sum + "  a\\b\n", "backslash"},
		{sum + "  a\r\n", "line break"},
		{sum + "  \n", "no path inside"},
		{sum + "  ../a\n", "no path inside"},
		{sum + "  /a\n", "no path inside"},
		{sum + "  ./a\n", "no path inside"},
		{sum + "  .\n", "no path inside"},
		{sum + "  b\n" + sum + "  a\n", `line 2: "a" stands behind "b"`},
		{sum + "  a\n" + sum + "  a\n", `line 2: "a" stands behind "a"`},
		{sum + "  a\n\n", "line 2 is not"},
		{sum + "  report/a\n", "not for the manifest"},
		{sum + "  MANIFEST.sha256\n", "not for the manifest"},
		{sum + "  MANIFEST.sha256.sig\n", "not for the manifest"},
	} {
		_, err := parseManifest([]byte(test.text))
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: %v, want %q", test.text, err, test.want)
		}
	}
}

// What is taken can be written in no other way.
func FuzzParseManifest(f *testing.F) {
	sum := strings.Repeat("0a", 32)
	for _, text := range []string{"", sum + "  a\n", sum + "  logs/r00.log\n" + sum + "  runs.csv\n", sum + "  ../a\n", "\\" + sum + "  a\\n\n"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		entries, err := parseManifest(text)
		if err != nil {
			return
		}
		if written := formatManifest(entries); !bytes.Equal(written, text) {
			t.Errorf("%q is written as %q", text, written)
		}
		for _, one := range entries {
			if !filepath.IsLocal(one.path) {
				t.Errorf("%q leads out of the folder", one.path)
			}
		}
	})
}
