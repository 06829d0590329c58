package integration_process

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestSourceInPageCompiles: the C source that docs/formats/solution.md shows compiles without a
// warning.
func TestSourceInPageCompiles(t *testing.T) {
	page, err := os.ReadFile("../docs/formats/solution.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(page), "```c\n")
	source, _, ended := strings.Cut(after, "```\n")
	if !found || !ended {
		t.Fatal("the page has no C source")
	}
	compiler := exec.CommandContext(t.Context(), "gcc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-Iruntime", "-fsyntax-only", "-x", "c", "-")
	compiler.Stdin = strings.NewReader(source)
	if output, err := compiler.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}
