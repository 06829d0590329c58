package integration_process

import (
	"crypto/sha256"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
)

func TestSourceSHA256IsTheDocumentedEncoding(t *testing.T) {
	files := map[string][]byte{"b.h": []byte("second"), "a.c": []byte("first")}
	want := sha256.Sum256([]byte("\x00\x00\x00\x03a.c\x00\x00\x00\x05first\x00\x00\x00\x03b.h\x00\x00\x00\x06second"))
	if got := SourceSHA256(files); got != want {
		t.Errorf("got %x, want %x", got, want)
	}
}

func TestSourceSHA256TellsFilesApart(t *testing.T) {
	seen := map[[32]byte]string{}
	for name, files := range map[string]map[string][]byte{
		"one file":                   {"a.c": []byte("xb.c")},
		"content moved into name":    {"a.cx": []byte("b.c")},
		"renamed":                    {"b.c": []byte("xb.c")},
		"one byte changed":           {"a.c": []byte("yb.c")},
		"an empty file more":         {"a.c": []byte("xb.c"), "z.h": nil},
		"split in two":               {"a.c": []byte("x"), "b.c": nil},
		"contents exchanged, first":  {"a.c": []byte("1"), "b.c": []byte("2")},
		"contents exchanged, second": {"a.c": []byte("2"), "b.c": []byte("1")},
	} {
		hash := SourceSHA256(files)
		if other, twice := seen[hash]; twice {
			t.Errorf("%q and %q have the same hash", name, other)
		}
		seen[hash] = name
	}
}

func TestCompilerFiles(t *testing.T) {
	for name, test := range map[string]struct {
		source string
		alone  bool
	}{
		"alone":                   {"int main(void) { return 0; }\n", true},
		"named in a comment only": {"/* like integration_process.h */\nint main(void) { return 0; }\n", true},
		"quoted":                  {"#include <stdio.h>\n#include \"integration_process.h\"\n", false},
		"indented, in brackets":   {"\t# include <integration_process.h>\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			files, err := CompilerFiles("mine", []byte(test.source))
			if err != nil {
				t.Fatal(err)
			}
			if string(files["mine.c"]) != test.source {
				t.Error("the program's own source is not under its name")
			}
			if _, runtime := files["integration_process.h"]; runtime == test.alone {
				t.Errorf("runtime added: %v; files %v", runtime, slices.Sorted(maps.Keys(files)))
			}
			units := CompilationUnits("mine", files, "/source", "/runtime")
			if test.alone != (len(units) == 1) || !slices.Contains(units, "/source/mine.c") {
				t.Errorf("compilation units %v", units)
			}
			if !slices.IsSortedFunc(units, func(a, b string) int { return strings.Compare(path.Base(a), path.Base(b)) }) {
				t.Errorf("compilation units are not in the order of their names: %v", units)
			}
		})
	}
}

func TestCompilerFilesRefusesTheNameOfARuntimeFile(t *testing.T) {
	own, err := CompilerFiles("mine", []byte("#include \"integration_process.h\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	for name := range own {
		if name == "mine.c" || path.Ext(name) != ".c" {
			continue
		}
		program := strings.TrimSuffix(name, ".c")
		if _, err := CompilerFiles(program, []byte("#include \"integration_process.h\"\n")); err == nil {
			t.Errorf("program %q replaced the runtime's %s", program, name)
		}
	}
}
