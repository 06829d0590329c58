package environment_test

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eaibench/environment"
)

// members lists a structure's members in JSON; of nested ones those too.
func members(of reflect.Type) []string {
	var names []string
	for i := range of.NumField() {
		name, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
		names = append(names, name)
		inner := of.Field(i).Type
		for inner.Kind() == reflect.Pointer || inner.Kind() == reflect.Slice {
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct {
			names = append(names, members(inner)...)
		}
	}
	return names
}

var quoted = regexp.MustCompile("`([a-z][a-z0-9_]*)`")

// The page has a row for every member of an environment, and names those within it.
func TestPageHasTheEnvironment(t *testing.T) {
	page, err := os.ReadFile("../docs/formats/campaign.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(page), "\n## Environment of a host\n")
	if !ok {
		t.Fatal("docs/formats/campaign.md has no section of the environment")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	var rows []string // first columns
	named := map[string]bool{}
	for line := range strings.Lines(section) {
		cells := strings.Split(line, "|")
		if len(cells) < 4 {
			continue
		}
		for _, match := range quoted.FindAllStringSubmatch(cells[1], -1) {
			rows = append(rows, match[1])
		}
		for _, match := range quoted.FindAllStringSubmatch(line, -1) {
			named[match[1]] = true
		}
	}
	var want []string
	kind := reflect.TypeFor[environment.Environment]()
	for i := range kind.NumField() {
		name, _, _ := strings.Cut(kind.Field(i).Tag.Get("json"), ",")
		want = append(want, name)
	}
	slices.Sort(want)
	slices.Sort(rows)
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("rows of docs/formats/campaign.md (-want +got):\n%s", diff)
	}
	for _, name := range members(kind) {
		if !named[name] {
			t.Errorf("docs/formats/campaign.md does not name %s", name)
		}
	}
}
