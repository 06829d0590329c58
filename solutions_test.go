package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"eaibench/integration_process"
)

// A solution is a C file and a description: no Go code knows one's name, services, run parameters, tables or outcomes. Examples in
// help texts, which name retail's, are the command line's alone.
func TestNoGoCodeKnowsASolution(t *testing.T) {
	words := map[string]string{}
	for _, name := range integration_process.Solutions() {
		solution, err := integration_process.LoadSolution(name)
		if err != nil {
			t.Fatal(err)
		}
		words[name] = "solution " + name
		for key, parameter := range solution.RunParameters {
			words[key], words[parameter.Member(key)] = "run parameter of "+name, "run parameter of "+name
		}
		for _, service := range solution.Services {
			words[service.Name], words[service.Database] = "service of "+name, "database of "+name
			if service.Write != nil && service.Write.Person != nil {
				for outcome, o := range service.Write.Person.Outcomes {
					words[outcome], words[o.Answer] = "outcome of "+name, "answer of "+name
				}
			}
		}
	}
	// Every solution may have these; figures are drawn against them (docs/formats/solution.md).
	delete(words, "payload")
	delete(words, "payload_bytes")
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "internal/cli/") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			literal, ok := n.(*ast.BasicLit)
			if !ok || literal.Kind != token.STRING {
				return true
			}
			if text, err := strconv.Unquote(literal.Value); err == nil && words[text] != "" {
				t.Errorf("%s knows %q, a %s", path, text, words[text])
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
