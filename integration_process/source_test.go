package integration_process

import (
	"crypto/sha256"
	"path"
	"slices"
	"strings"
	"testing"
)

func TestSourceHashIsTheDocumentedEncoding(t *testing.T) {
	s := &Sources{own: map[string][]byte{"b.h": []byte("second")}, runtime: map[string][]byte{"a.c": []byte("first")}}
	want := sha256.Sum256([]byte("\x00\x00\x00\x03a.c\x00\x00\x00\x05first\x00\x00\x00\x03b.h\x00\x00\x00\x06second"))
	if got := s.SHA256(); got != want {
		t.Errorf("got %x, want %x", got, want)
	}
}

func TestSourceHashTellsFilesApart(t *testing.T) {
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
		hash := (&Sources{own: files}).SHA256()
		if other, twice := seen[hash]; twice {
			t.Errorf("%q and %q have the same hash", name, other)
		}
		seen[hash] = name
	}
}

func TestSources(t *testing.T) {
	for name, test := range map[string]struct {
		source string
		plain  bool
	}{
		"alone":                   {"int main(void) { return 0; }\n", true},
		"named in a comment only": {"/* like integration_process.h */\nint main(void) { return 0; }\n", true},
		"quoted":                  {"#include <stdio.h>\n#include \"integration_process.h\"\n", false},
		"indented, in brackets":   {"\t# include <integration_process.h>\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			sources, err := NewSources("mine", "Mine.c", []byte(test.source))
			if err != nil {
				t.Fatal(err)
			}
			files := sources.Files("/source", "/runtime")
			if string(files["/source/mine.c"]) != test.source {
				t.Error("the program's own source is not under its name")
			}
			if _, runtime := files["/runtime/integration_process.h"]; runtime == test.plain || sources.Plain() != test.plain {
				t.Errorf("runtime added: %v, plain: %v", runtime, sources.Plain())
			}
			units := sources.CompilationUnits("/source", "/runtime")
			if test.plain != (len(units) == 1) || !slices.Contains(units, "/source/mine.c") {
				t.Errorf("compilation units %v", units)
			}
			if !slices.IsSortedFunc(units, func(a, b string) int { return strings.Compare(path.Base(a), path.Base(b)) }) {
				t.Errorf("compilation units are not in the order of their names: %v", units)
			}
		})
	}
}

func TestNoSourceReplacesAFileOfTheRuntime(t *testing.T) {
	own, err := NewSources("mine", "mine.c", []byte("#include \"integration_process.h\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	for name := range own.runtime {
		files := packed{{name: name, content: "\n"}, {name: "mine.c", content: "#include \"integration_process.h\"\nint main(void) { }\n"}}
		if _, err := NewSources("mine", "mine.tar", files.tar(t)); err == nil {
			t.Errorf("an archive replaced the runtime's %s", name)
		}
		program, isC := strings.CutSuffix(name, ".c")
		if !isC {
			continue
		}
		if _, err := NewSources(program, name, []byte("#include \"integration_process.h\"\n")); err == nil {
			t.Errorf("program %q replaced the runtime's %s", program, name)
		}
	}
}
