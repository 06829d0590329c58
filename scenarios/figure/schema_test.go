package figure_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/invopop/jsonschema"
	validator "github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"

	"eaibench/scenarios/figure"
)

var update = flag.Bool("update", false, "write the schema anew")

const schemaFile = "figures.schema.json"

// The schema that the program carries is the one that the types and their comments give.
func TestSchema(t *testing.T) {
	want := generated(t)
	if *update {
		if err := os.WriteFile(schemaFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(want), string(figure.Schema())); diff != "" {
		t.Errorf("go test ./scenarios/figure -run TestSchema -update: %s", diff)
	}
}

func generated(t *testing.T) []byte {
	t.Helper()
	reflector := &jsonschema.Reflector{FieldNameTag: "yaml", Anonymous: true, Mapper: mapped, DoNotReference: true}
	if err := reflector.AddGoComments("eaibench/scenarios/figure", "./", jsonschema.WithFullComment()); err != nil {
		t.Fatal(err)
	}
	schema := reflector.Reflect(&figure.File{})
	schema.Title, schema.Description = "eaibench figures, version 1", "docs/figures.md says what each key means."
	version, _ := schema.Properties.Get("version")
	version.Const = figure.Version
	figures, _ := schema.Properties.Get("figures")
	figures.MinItems = new(uint64)
	*figures.MinItems = 1
	id, _ := figures.Items.Properties.Get("id")
	id.Pattern = "^[a-z0-9][a-z0-9_-]{0,59}$"
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(schema); err != nil {
		t.Fatal(err)
	}
	return text.Bytes()
}

// mapped are the types that a file writes otherwise than Go would.
func mapped(kind reflect.Type) *jsonschema.Schema {
	text := &jsonschema.Schema{Type: "string"}
	word := &jsonschema.Schema{AnyOf: []*jsonschema.Schema{text, {Type: "number"}}}
	oneOrMore := func(one *jsonschema.Schema) *jsonschema.Schema {
		least := uint64(1)
		return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{one, {Type: "array", Items: one, MinItems: &least}}}
	}
	switch kind {
	case reflect.TypeFor[figure.Metrics]():
		return oneOrMore(text)
	case reflect.TypeFor[figure.Words]():
		return oneOrMore(word)
	case reflect.TypeFor[figure.Kind]():
		var kinds []any
		for _, one := range figure.Kinds() {
			kinds = append(kinds, string(one.Kind))
		}
		return &jsonschema.Schema{Type: "string", Enum: kinds}
	case reflect.TypeFor[figure.Scale]():
		return &jsonschema.Schema{Type: "string", Enum: []any{"auto", "linear", "log"}}
	case reflect.TypeFor[figure.Size]():
		return &jsonschema.Schema{Type: "string", Pattern: `^(one column|two columns|[0-9]{1,4}(\.[0-9])? ?mm)$`}
	}
	return nil
}

// valid asks a validator that is not ours.
func valid(t *testing.T, text string) error {
	t.Helper()
	document, err := validator.UnmarshalJSON(bytes.NewReader(figure.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := validator.NewCompiler()
	if err := compiler.AddResource(schemaFile, document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	var value any
	if err := yaml.Unmarshal([]byte(text), &value); err != nil {
		t.Fatal(err)
	}
	asJSON, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	read, err := validator.UnmarshalJSON(bytes.NewReader(asJSON))
	if err != nil {
		t.Fatal(err)
	}
	return schema.Validate(read)
}

func TestSchemaRefuses(t *testing.T) {
	for _, file := range []string{"figures.yaml", "../../plots/testdata/gallery.yaml"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := valid(t, string(text)); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	if err := valid(t, full); err != nil {
		t.Error(err)
	}
	for was, is := range map[string]string{
		"version: 1": "version: 2", "kind: line": "kind: lines", "id: a": "id: A", "scale: log": "scale: logarithmic", "size: one column": "size: three columns",
		"metric: [start_total, throughput]": "metric: []", "along: payload": "allong: payload", "filter: {path: direct, processes: [1, 2]}": "filter: {path: {}}", "kind: box": "",
	} {
		wrong := strings.Replace(full, was, is, 1)
		if wrong == full {
			t.Fatalf("no %q", was)
		}
		if valid(t, wrong) == nil {
			t.Errorf("accepted:\n%s", wrong)
		}
	}
}
