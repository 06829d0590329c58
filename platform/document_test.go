package platform_test

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"eaibench/platform"
)

// TestDocument checks that the page on the format names every key.
func TestDocument(t *testing.T) {
	page, err := os.ReadFile("../docs/formats/platform.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[reflect.Type]bool{}
	var check func(reflect.Type)
	check = func(kind reflect.Type) {
		for kind.Kind() == reflect.Slice || kind.Kind() == reflect.Map || kind.Kind() == reflect.Pointer {
			kind = kind.Elem()
		}
		if kind.Kind() != reflect.Struct || seen[kind] {
			return
		}
		seen[kind] = true
		for i := range kind.NumField() {
			key, _, _ := strings.Cut(kind.Field(i).Tag.Get("yaml"), ",")
			if key == "" {
				continue
			}
			if !strings.Contains(string(page), "`"+key+"`") {
				t.Errorf("the page does not name the key `%s` of %s", key, kind.Name())
			}
			check(kind.Field(i).Type)
		}
	}
	check(reflect.TypeFor[platform.Profile]())
	if len(seen) != 12 {
		t.Errorf("%d kinds of mappings were checked: %v", len(seen), seen)
	}
}
