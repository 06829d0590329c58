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
