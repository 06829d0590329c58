package integration_process

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

var testParameters = Parameters{
	"name":  {Type: Text, Min: 2, Max: 5},
	"count": {Type: Integer, Min: -3, Max: 3, Optional: true},
}

func TestParametersAreRead(t *testing.T) {
	for text, want := range map[string]map[string]any{
		`{"name":"Ana"}`:                     {"name": "Ana", "count": nil},
		` { "count" : -3 , "name" : "Zoë" }`: {"name": "Zoë", "count": int64(-3)},
		`{"name":"\u00e9\u00e9"}`:            {"name": "éé", "count": nil},
		`{"name":"日本語日本"}`:                   {"name": "日本語日本", "count": nil},
	} {
		got, err := testParameters.Parse([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

func TestParametersAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		``:                            "not a JSON object",
		`[]`:                          "not a JSON object",
		`null`:                        "not a JSON object",
		`{"name":"Ana"`:               "not a complete JSON object",
		`{"name":"Ana",}`:             "not a JSON object",
		`{"name" "Ana"}`:              "is not JSON",
		`{"name":"Ana"}{}`:            "something follows",
		`{"name":"Ana"} x`:            "something follows",
		`{}`:                          `"name" is missing`,
		`{"name":"Ana","secret-7":1}`: "not known here",
		`{"Name":"Ana"}`:              "not known here",
		`{"name":"Ana","name":"Eva"}`: "stands twice",
		`{"name":null}`:               "is not text",
		`{"name":7}`:                  "is not text",
		`{"name":{"x":"secret-7"}}`:   "is not text",
		`{"name":["secret-7"]}`:       "is not text",
		`{"name":"A"}`:                "between 2 and 5 characters",
		`{"name":"secret-7"}`:         "between 2 and 5 characters",
		`{"name":"a\u0000b"}`:         "not allowed",
		`{"name":"a\ud800b"}`:         "not allowed",
		"{\"name\":\"a\xffb\"}":       "not UTF-8",
		`{"name":"Ana","count":4}`:    "between -3 and 3",
		`{"name":"Ana","count":1.0}`:  "not a whole number",
		`{"name":"Ana","count":1e0}`:  "not a whole number",
		`{"name":"Ana","count":"1"}`:  "not a whole number",
		`{"name":"Ana","count":null}`: "not a whole number",
		`{"name":"Ana","count":true}`: "not a whole number",
		`{"name":"Ana","count":99999999999999999999}`: "not a whole number",
	} {
		_, err := testParameters.Parse([]byte(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "secret-7") {
			t.Errorf("%s: the error repeats the request: %v", text, err)
		}
	}
}

func TestParametersOfAQueryAreRead(t *testing.T) {
	for text, test := range map[string]struct {
		query map[string][]string
		want  map[string]any
	}{
		"both":     {map[string][]string{"name": {"Zoë"}, "count": {"-3"}}, map[string]any{"name": "Zoë", "count": int64(-3)}},
		"required": {map[string][]string{"name": {"123"}}, map[string]any{"name": "123", "count": nil}},
		"marks":    {map[string][]string{"name": {`"a"`}}, map[string]any{"name": `"a"`, "count": nil}},
	} {
		got, err := testParameters.ParseQuery(test.query)
		if diff := cmp.Diff(test.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", text, err, diff)
		}
	}
}

func TestParametersOfAQueryAreRefused(t *testing.T) {
	for text, test := range map[string]struct {
		query map[string][]string
		want  string
	}{
		"missing":        {nil, `"name" is missing`},
		"unknown":        {map[string][]string{"name": {"Ana"}, "secret-7": {"1"}}, "not known here"},
		"twice":          {map[string][]string{"name": {"Ana", "Eva"}}, "stands 2 times"},
		"empty":          {map[string][]string{"name": {""}}, "between 2 and 5 characters"},
		"too long":       {map[string][]string{"name": {"secret-7"}}, "between 2 and 5 characters"},
		"zero byte":      {map[string][]string{"name": {"a\x00b"}}, "not allowed"},
		"not UTF-8":      {map[string][]string{"name": {"a\xffb"}}, "not UTF-8"},
		"no number":      {map[string][]string{"name": {"Ana"}, "count": {"secret-7"}}, "not a whole number"},
		"number's plus":  {map[string][]string{"name": {"Ana"}, "count": {"+3"}}, "not a whole number"},
		"number's zero":  {map[string][]string{"name": {"Ana"}, "count": {"03"}}, "not a whole number"},
		"fraction":       {map[string][]string{"name": {"Ana"}, "count": {"1.0"}}, "not a whole number"},
		"too many":       {map[string][]string{"name": {"Ana"}, "count": {"4"}}, "between -3 and 3"},
		"beyond integer": {map[string][]string{"name": {"Ana"}, "count": {"99999999999999999999"}}, "not a whole number"},
	} {
		_, err := testParameters.ParseQuery(test.query)
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "secret-7") {
			t.Errorf("%s: got %v, want %q and nothing of the query", text, err, test.want)
		}
	}
}

// FuzzParseQuery: what a query is read as, a plain text with the same values is.
func FuzzParseQuery(f *testing.F) {
	f.Add("Ana", "3")
	f.Add("\ufffd", "-0")
	f.Fuzz(func(t *testing.T, name, count string) {
		got, err := testParameters.ParseQuery(map[string][]string{"name": {name}, "count": {count}})
		if err != nil {
			return
		}
		quoted, err := json.Marshal(name)
		if err != nil {
			t.Fatal(err)
		}
		want, err := testParameters.Parse([]byte(`{"name":` + string(quoted) + `,"count":` + count + `}`))
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%q, %q: %v %s", name, count, err, diff)
		}
	})
}

func FuzzParseParameters(f *testing.F) {
	f.Add([]byte(`{"name":"Ana","count":3}`))
	f.Add([]byte(`{"name":"\ud83d\ude00!","count":-0}`))
	f.Add([]byte(`{"name":"Ana","name":"Ana"}`))
	f.Fuzz(func(t *testing.T, plaintext []byte) {
		got, err := testParameters.Parse(plaintext)
		if err != nil {
			return
		}
		name, ok := got["name"].(string)
		if n := utf8.RuneCountInString(name); !ok || n < 2 || n > 5 {
			t.Errorf("accepted name %q", name)
		}
		if count, given := got["count"].(int64); given && (count < -3 || count > 3) {
			t.Errorf("accepted count %d", count)
		}
		// What this parser accepts, another one reads the same way.
		var other map[string]any
		if err := json.Unmarshal(plaintext, &other); err != nil || other["name"] != name {
			t.Errorf("encoding/json reads %v, %v", other, err)
		}
	})
}
