package importing_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"eaibench/bench"
	"eaibench/results"
	"eaibench/results/importing"
)

func FuzzEAI(f *testing.F)      { fuzz(f, importing.EAI) }
func FuzzMemory(f *testing.F)   { fuzz(f, importing.Memory) }
func FuzzPipe(f *testing.F)     { fuzz(f, importing.Pipe) }
func FuzzCapacity(f *testing.F) { fuzz(f, importing.Capacity) }
func FuzzCPU(f *testing.F)      { fuzz(f, importing.CPU) }
func FuzzCrypto(f *testing.F)   { fuzz(f, importing.Crypto) }

// fuzz: whatever the bytes are, they are refused by line or become a campaign that can be read, and every row of theirs is
// in it or counted.
func fuzz(f *testing.F, format importing.Format) {
	seed := one(format)
	f.Add(seed.Data, true)
	f.Add(seed.Data, false)
	f.Add([]byte(strings.ReplaceAll(string(seed.Data), "1", "\"")), true)
	folder := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte, lenient bool) {
		file := seed
		file.Data = text
		data, err := importing.Import([]importing.File{file}, importing.Options{Format: format, Lenient: lenient, Now: now})
		if err != nil {
			var faults importing.Faults
			if !errors.As(err, &faults) && !errors.Is(err, importing.ErrEmpty) {
				t.Fatal(err)
			}
			for _, fault := range faults {
				if fault.Line < 1 || fault.Reason == "" {
					t.Errorf("%+v", fault)
				}
			}
			return
		}
		place := filepath.Join(folder, fmt.Sprintf("%x", rand.Uint64()))
		if err := results.Store(place, data); err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(place) // or thousands were left until the end
		read, err := results.Read(place)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := bench.Reduce(read.Samples); err != nil {
			t.Fatal(err)
		}
		from := read.Campaign.Import.Files[0]
		if !lenient && from.Dropped > 0 || from.Rows == 0 || from.Dropped != len(read.Campaign.Import.Dropped) {
			t.Errorf("%+v", from)
		}
	})
}

// TestNoDigitIsLost: a decimal number of ms becomes ns, and these divided by a million are the float64 that the number is.
func TestNoDigitIsLost(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		milliseconds := math.Round(random.Float64()*math.Pow(10, float64(random.IntN(8)))*1e6) / 1e6
		text := fmt.Sprintf("%.6f", milliseconds)
		file := importing.File{Name: "a.csv", Mode: "outside", Data: []byte("TrialNum,Operation,CPU Time (ms)\n1,math," + text + "\n")}
		data := imported(t, importing.CPU, file)
		if got := fmt.Sprintf("%.6f", data.Samples[0].Value/1e6); got != text || data.Samples[0].Value != math.Round(data.Samples[0].Value) {
			t.Fatalf("%s ms are %v ns, and back %s", text, data.Samples[0].Value, got)
		}
	}
}
