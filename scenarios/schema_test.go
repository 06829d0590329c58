package scenarios_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/invopop/jsonschema"
	validator "github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"

	"eaibench/integration_process"
	"eaibench/links"
	"eaibench/scenarios"
	"eaibench/scenarios/figure"
)

var update = flag.Bool("update", false, "write the schema anew")

const schemaFile = "scenario.schema.json"

// The schema that the program carries is the one that the types and their comments give.
func TestSchema(t *testing.T) {
	want := generated(t)
	if *update {
		if err := os.WriteFile(schemaFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(want), string(scenarios.Schema())); diff != "" {
		t.Errorf("go test ./scenarios -run TestSchema -update: %s", diff)
	}
}

// generated makes the schema.
func generated(t *testing.T) []byte {
	t.Helper()
	reflector := &jsonschema.Reflector{FieldNameTag: "yaml", Anonymous: true, Mapper: mapped, DoNotReference: true}
	if err := reflector.AddGoComments("eaibench/scenarios", "./", jsonschema.WithFullComment()); err != nil {
		t.Fatal(err)
	}
	schema := reflector.Reflect(&scenarios.Scenario{})
	schema.Title, schema.Description = "eaibench scenario, version 1", "docs/formats/scenario.md says what each key means."
	schema.Properties.Set("extends", &jsonschema.Schema{Type: "string", Description: "Another scenario that this one lies over: a path from this file's folder, or the name of a shipped one."})
	// What is required may stand in the file that is extended.
	required := schema.Required
	schema.Required = nil
	schema.AnyOf = []*jsonschema.Schema{
		{Required: []string{"extends"}}, {Required: append(slices.Clip(required), "runs")}, {Required: append(slices.Clip(required), "until")},
	}
	schema.Not = &jsonschema.Schema{Required: []string{"runs", "until"}}
	version, _ := schema.Properties.Get("version")
	version.Const = scenarios.Version
	parameters, _ := schema.Properties.Get("parameters")
	matrix, _ := schema.Properties.Get("matrix")
	for _, name := range integration_process.Solutions() {
		solution, err := integration_process.LoadSolution(name)
		if err != nil {
			t.Fatal(err)
		}
		schemaOfSolution(solution, parameters, matrix)
		services, _ := schema.Properties.Get("services")
		schemaOfPlaces(reflector, solution, services)
	}
	constrain(schema)
	schema.Properties.Set("figures", figuresSchema(t, schema))
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(schema); err != nil {
		t.Fatal(err)
	}
	return text.Bytes()
}

// figuresSchema is that of a figure file's figures, described as the scenario's key is.
func figuresSchema(t *testing.T, schema *jsonschema.Schema) *jsonschema.Schema {
	t.Helper()
	var file jsonschema.Schema
	if err := json.Unmarshal(figure.Schema(), &file); err != nil {
		t.Fatal(err)
	}
	figures, _ := file.Properties.Get("figures")
	own, _ := schema.Properties.Get("figures")
	figures.Description = own.Description
	return figures
}

// hostName is how a host is named.
const hostName = `[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?`

// mapped are the types that a file writes otherwise than Go would.
func mapped(kind reflect.Type) *jsonschema.Schema {
	switch kind {
	case reflect.TypeFor[time.Duration]():
		return &jsonschema.Schema{Type: "string", Pattern: `^[0-9.]+ ?(ns|us|µs|ms|s|m|h)([0-9.]+(ns|us|µs|ms|s|m|h))*$`}
	case reflect.TypeFor[scenarios.Size]():
		return sizeSchema()
	case reflect.TypeFor[scenarios.Percentage]():
		return &jsonschema.Schema{Type: "string", Pattern: `^(0|[1-9][0-9]{0,5})(\.[0-9]{1,2})? ?%$`}
	case reflect.TypeFor[scenarios.Bandwidth]():
		return &jsonschema.Schema{Type: "string", Pattern: `^[0-9]{1,12}(\.[0-9]{1,9})?(bit|kbit|Mbit|Gbit)$`}
	case reflect.TypeFor[scenarios.Target]():
		return &jsonschema.Schema{Type: "string", Pattern: `^((ssh|qemu):)?` + hostName + `$`}
	case reflect.TypeFor[scenarios.Word]():
		return &jsonschema.Schema{Type: "string", Extras: map[string]any{"type": []string{"string", "number", "integer"}}}
	case reflect.TypeFor[scenarios.Arguments](), reflect.TypeFor[scenarios.ArgumentLists](), reflect.TypeFor[scenarios.ServicePlaces]():
		return &jsonschema.Schema{Type: "object"}
	}
	return nil
}

func sizeSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Pattern: `^[0-9]{1,15} ?(B|KiB|MiB|GiB)$`}
}

// schemaOfSolution adds a solution's run parameters: one value among the parameters, a list in the matrix.
func schemaOfSolution(solution *integration_process.Solution, parameters, matrix *jsonschema.Schema) {
	for _, key := range slices.Sorted(maps.Keys(solution.RunParameters)) {
		parameter := solution.RunParameters[key]
		var one *jsonschema.Schema
		switch parameter.Type {
		case integration_process.RunSize:
			one = sizeSchema()
		case integration_process.RunText:
			one = &jsonschema.Schema{Type: "string"}
		case integration_process.RunAmount:
			one = &jsonschema.Schema{Type: "number", Minimum: "0"}
		default:
			one = &jsonschema.Schema{Type: "integer"}
		}
		list := &jsonschema.Schema{Type: "array", Items: one, MinItems: pointer(uint64(1))}
		described := *one
		described.Description = solution.Name + ": " + parameter.Description
		list.Description = described.Description
		parameters.Properties.Set(key, &described)
		matrix.Properties.Set(key, list)
	}
}

// schemaOfPlaces adds the place of each of a solution's services.
func schemaOfPlaces(reflector *jsonschema.Reflector, solution *integration_process.Solution, services *jsonschema.Schema) {
	for _, service := range solution.Services {
		place := reflector.Reflect(&scenarios.ServicePlace{})
		place.Version, place.Description = "", solution.Name+": where this service is"
		host, _ := place.Properties.Get("host")
		host.Pattern = "^" + hostName + "$"
		address, _ := place.Properties.Get("url")
		address.Pattern = "^https://[^/?#@]+:[0-9]{1,5}$"
		place.OneOf = []*jsonschema.Schema{{Required: []string{"host"}}, {Required: []string{"url"}}}
		services.Properties.Set(service.Name, place)
	}
}

func pointer[T any](value T) *T { return &value }

// constrain adds what the checks demand of single keys.
func constrain(schema *jsonschema.Schema) {
	at := func(names ...string) *jsonschema.Schema {
		s := schema
		for _, name := range names {
			s, _ = s.Properties.Get(name)
		}
		return s
	}
	bounds := func(s *jsonschema.Schema, least, most string) {
		s.Minimum, s.Maximum = json.Number(least), json.Number(most)
	}
	at("name").Pattern = "^[a-z0-9][a-z0-9-]{0,39}$"
	at("title").MaxLength = pointer(uint64(60))
	at("path").Enum = []any{"relayed", "direct"}
	hosts := at("hosts")
	hosts.PropertyNames = &jsonschema.Schema{Pattern: "^" + hostName + "$"}
	link := at("links").Items
	between, _ := link.Properties.Get("between")
	between.MinItems, between.MaxItems = pointer(uint64(2)), pointer(uint64(2))
	preset, _ := link.Properties.Get("preset")
	for _, one := range links.Presets() {
		preset.Enum = append(preset.Enum, one.Name)
	}
	link.OneOf = []*jsonschema.Schema{{Required: []string{"preset"}}, {Required: []string{"rtt"}}}
	at("launcher", "place").Enum = []any{"target", "control"}
	at("compile", "place").Enum = []any{"target", "control"}
	at("compile", "sdk").Pattern, at("compile", "sysroot").Pattern = "^/", "^/"
	at("revocation").Enum = []any{"on", "off"}
	at("cpus").Pattern = "^[0-9]{1,4}(-[0-9]{1,4})?(,[0-9]{1,4}(-[0-9]{1,4})?)*$"
	at("openssl").Pattern = "^/"
	at("order").Enum = []any{"blocks", "random", "sequential"}
	bounds(at("until", "min"), "6", "10000")
	bounds(at("until", "max"), "6", "10000")
	at("until", "metrics").MinItems = pointer(uint64(1))
	bounds(at("runs"), "1", "10000")
	bounds(at("warm_up"), "0", "1000")
	bounds(at("parameters", "requests"), "1", "1000000")
	bounds(at("parameters", "processes"), "1", "64")
	at("parameters", "crypto").Enum = []any{"hpke", "none"}
	at("parameters", "verify").Enum = []any{"full", "cached"}
	at("matrix", "path").Items.Enum = []any{"relayed", "direct"}
	at("matrix", "crypto").Items.Enum = []any{"hpke", "none"}
	at("matrix", "verify").Items.Enum = []any{"full", "cached"}
	bounds(at("matrix", "processes").Items, "1", "64")
	bounds(at("matrix", "requests").Items, "1", "1000000")
}

// compiledSchema is the schema as another program understands it.
func compiledSchema(t *testing.T) *validator.Schema {
	t.Helper()
	document, err := validator.UnmarshalJSON(bytes.NewReader(scenarios.Schema()))
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
	return schema
}

// instance reads YAML as editors do.
func instance(t *testing.T, text []byte) any {
	t.Helper()
	var value any
	if err := yaml.Unmarshal(text, &value); err != nil {
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
	return read
}

// Every shipped scenario names the schema in its first line and is valid by it, for a validator that is not ours.
func TestShippedScenariosAreValidBySchema(t *testing.T) {
	schema := compiledSchema(t)
	files, err := filepath.Glob("*.yaml")
	if err != nil || len(files) != len(scenarios.Shipped()) {
		t.Fatalf("%v, %v", files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if first, _, _ := strings.Cut(string(text), "\n"); first != "# yaml-language-server: $schema="+schemaFile {
			t.Errorf("%s begins with %s", file, first)
		}
		if err := schema.Validate(instance(t, text)); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// The schema refuses what a person may get wrong.
func TestSchemaRefuses(t *testing.T) {
	schema := compiledSchema(t)
	if err := schema.Validate(instance(t, []byte(least))); err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(instance(t, []byte(strings.Replace(least, "runs: 1", "until: {precision: 2%, time: 30m}", 1)))); err != nil {
		t.Error(err)
	}
	if err := schema.Validate(instance(t, []byte(placed))); err != nil {
		t.Error(err)
	}
	for _, wrong := range []string{
		strings.Replace(least, "runs: 1", "runs: many", 1), strings.Replace(least, "runs: 1", "runs: 0", 1), strings.Replace(least, "runs: 1\n", "", 1),
		strings.Replace(least, "version: 1", "version: 2", 1), least + "mods: [hybrid]\n", least + "path: pigeon\n",
		least + "parameters: {interval: 60}\n", least + "parameters: {treshold: 1}\n", least + "matrix: {threshold: 1}\n",
		least + "until: {precision: 2%}\n", strings.Replace(least, "runs: 1", "until: {precision: 0.02}", 1),
		strings.Replace(least, "runs: 1", "until: {min: 10}", 1), strings.Replace(least, "runs: 1", "until: {precision: 2%, min: 5}", 1),
		least + "matrix: {payload: [1]}\n", least + "limits: {memory: 1}\n", least + "matrix: {crypto: [rot13]}\n",
		least + "target: telnet:board\n", least + "hosts: {Ijui: local}\n", least + "services: {store: {}}\n",
		least + "services: {stor: {host: local}}\n",
		least + "links: [{between: [target, local]}]\n", least + "links: [{between: [target], rtt: 1ms}]\n",
		least + "links: [{between: [target, local], preset: moon}]\n", least + "links: [{between: [target, local], rtt: 1ms, bandwidth: 20MB}]\n",
		least + "launcher: control\n", least + "launcher: {place: moon}\n", least + "launcher: {host: board}\n",
		least + "compile: {place: moon}\n", least + "compile: {place: control, sdk: sdk}\n",
		least + "revocation: maybe\n", least + "bind_now: eager\n", least + "cpus: all\n", least + "openssl: opt\n",
	} {
		if schema.Validate(instance(t, []byte(wrong))) == nil {
			t.Errorf("accepted:\n%s", wrong)
		}
	}
}
