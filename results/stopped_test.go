package results

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// The writer's bytes reach the disk in a known order. Stopped behind any byte of them, the folder
// must open, have exactly the runs whose row is whole, and take the rest.
func TestStoppedAtEveryByte(t *testing.T) {
	type write struct{ file, bytes string }
	var writes []write
	reference := filepath.Join(t.TempDir(), "reference")
	w, err := Create(reference, newCampaign(4))
	if err != nil {
		t.Fatal(err)
	}
	sampleCounts := []int{2, 0, 3, 1}
	wrote := map[string]int{}
	grown := func(name string) write {
		text, err := os.ReadFile(filepath.Join(reference, name))
		if err != nil {
			t.Fatal(err)
		}
		from := wrote[name]
		wrote[name] = len(text)
		return write{name, string(text[from:])}
	}
	header := []write{grown(samplesFile), grown(runsFile)}
	for i, n := range sampleCounts {
		id := fmt.Sprintf("r%02d", i)
		if err := w.Append(okRun(id), samplesOf(id, n), nil); err != nil {
			t.Fatal(err)
		}
		writes = append(writes, grown(samplesFile), grown(runsFile))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}

	folder := filepath.Join(t.TempDir(), "stopped")
	if err := os.CopyFS(folder, os.DirFS(reference)); err != nil {
		t.Fatal(err)
	}
	content := map[string]string{header[0].file: header[0].bytes, header[1].file: header[1].bytes}
	committed, states := 0, 0
	stopped := func() {
		states++
		for name, text := range content {
			if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want := 0
		for _, n := range sampleCounts[:committed] {
			want += n
		}
		data, err := Read(folder)
		if err != nil || len(data.Runs) != committed || len(data.Samples) != want {
			t.Fatalf("state %d: %v, %+v", states, err, data)
		}
		// Syncing at each of a thousand states takes long; Resume reads as Read does.
		if states%7 != 0 {
			return
		}
		w, err := Resume(folder)
		if err != nil {
			t.Fatalf("state %d: %v", states, err)
		}
		if len(w.Done()) != committed || len(w.Pending()) != 4-committed {
			t.Fatalf("state %d: %d done, %d pending", states, len(w.Done()), len(w.Pending()))
		}
		if states%49 == 0 {
			for i := committed; i < 4; i++ {
				id := fmt.Sprintf("r%02d", i)
				if err := w.Append(okRun(id), samplesOf(id, sampleCounts[i]), nil); err != nil {
					t.Fatal(err)
				}
			}
			if data, err := Read(folder); err != nil || len(data.Runs) != 4 || len(data.Samples) != 6 {
				t.Fatalf("state %d, resumed: %v, %+v", states, err, data)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	stopped()
	for _, write := range writes {
		before := content[write.file]
		for i := range len(write.bytes) {
			content[write.file] = before + write.bytes[:i+1]
			if write.file == runsFile && i+1 == len(write.bytes) {
				committed++
			}
			stopped()
		}
	}
	if committed != 4 || states < 1000 {
		t.Errorf("%d runs, %d states", committed, states)
	}
}
