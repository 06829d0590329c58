package endpoint

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestReadJSON(t *testing.T) {
	const limit = 32
	for _, test := range []struct {
		name, kind, body string
		status           int // 0: accepted
		message          string
	}{
		{"fine", "application/json", `{"a": 1}`, 0, ""},
		{"charset", "application/json; charset=utf-8", ` {"a": 1} `, 0, ""},
		{"as long as allowed", "application/json", `{"a": 1}` + strings.Repeat(" ", limit-8), 0, ""},
		{"one byte longer", "application/json", `{"a": 1}` + strings.Repeat(" ", limit-7), 413, "longer than 32 bytes"},
		{"one long value", "application/json", `{"a": ` + strings.Repeat("1", limit) + `}`, 413, "longer than 32 bytes"},
		{"a form", "text/plain", `{"a": 1}`, 415, "application/json"},
		{"no type", "", `{"a": 1}`, 415, "application/json"},
		{"unknown member", "application/json", `{"a": 1, "b": 2}`, 400, `/b: unknown object member name`},
		{"wrong type", "application/json", `{"a": "1"}`, 400, "/a: cannot be a string"},
		{"a member twice", "application/json", `{"a": 1, "a": 2}`, 400, `duplicate object member name "a"`},
		{"other case", "application/json", `{"A": 1}`, 400, `/A: unknown object member name`},
		{"two values", "application/json", `{"a": 1}{}`, 400, "invalid character '{' after top-level value"},
		{"rubbish behind", "application/json", `{"a": 1}x`, 400, "invalid character"},
		{"cut off", "application/json", `{"a": 1`, 400, "unexpected EOF"},
		{"empty", "application/json", ``, 400, "body is empty"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(test.body))
			r.Header.Set("Content-Type", test.kind)
			var value struct {
				A int `json:"a"`
			}
			err := ReadJSON(httptest.NewRecorder(), r, limit, &value)
			if test.status == 0 {
				if err != nil || value.A != 1 {
					t.Errorf("got %+v, %v", value, err)
				}
				return
			}
			var fault *Fault
			if !errors.As(err, &fault) || fault.Status != test.status || !strings.Contains(fault.Message, test.message) {
				t.Errorf("got %v (%+v)", err, fault)
			}
		})
	}
}

func FuzzReadJSON(f *testing.F) {
	f.Add([]byte(`{"a": 1, "b": ["x"], "c": {"d": null}}`))
	f.Add([]byte(`{"a": 1}{"a": 2}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		var value struct {
			A int
			B []string
			C map[string]any
		}
		err := ReadJSON(httptest.NewRecorder(), r, 64, &value)
		if err == nil && len(body) > 64 {
			t.Error("longer than allowed")
		}
		if err != nil {
			var fault *Fault
			if !errors.As(err, &fault) || fault.Status < 400 || fault.Status > 499 {
				t.Errorf("got %v", err)
			}
		}
	})
}

func TestWriteFault(t *testing.T) {
	for _, test := range []struct {
		name   string
		err    error
		status int
		body   string
	}{
		{"plain", NewFault(404, "no program %d", 7), 404, `{"error":"no program 7"}`},
		{"check", &Fault{Status: 409, Check: "sequence", Message: "older"}, 409, `{"error":"older","check":"sequence"}`},
		{"wrapped", fmt.Errorf("opening: %w", NewFault(400, "bad")), 400, `{"error":"bad"}`},
		{"without a status", &Fault{Message: "bad"}, 500, `{"error":"bad"}`},
		{"success as a status", &Fault{Status: 200, Message: "bad"}, 500, `{"error":"bad"}`},
		{"another error", errors.New("/etc/secret: denied"), 500, `{"error":"internal error, see the server's log"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			recorder := httptest.NewRecorder()
			WriteFault(&logged{ResponseWriter: recorder, log: slog.New(slog.DiscardHandler)}, test.err)
			if got := strings.TrimSpace(recorder.Body.String()); recorder.Code != test.status || got != test.body {
				t.Errorf("got %d %s", recorder.Code, got)
			}
		})
	}
}

// counting is a writer as middleware makes it.
type counting struct{ http.ResponseWriter }

func (c counting) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// What the client is not told is in the server's log, also when a handler wrapped the writer.
func TestWriteFaultLogsTheCause(t *testing.T) {
	var text bytes.Buffer
	w := counting{&logged{ResponseWriter: httptest.NewRecorder(), log: slog.New(slog.NewTextHandler(&text, nil))}}
	WriteFault(w, errors.New("disk full"))
	if !strings.Contains(text.String(), "disk full") {
		t.Errorf("log is %q", text.String())
	}
}

func TestWriteJSONOfWhatCannotBe(t *testing.T) {
	recorder := httptest.NewRecorder()
	WriteJSON(&logged{ResponseWriter: recorder, log: slog.New(slog.DiscardHandler)}, http.StatusOK, func() {})
	if recorder.Code != http.StatusInternalServerError {
		t.Errorf("got %d", recorder.Code)
	}
}

func TestFaultText(t *testing.T) {
	if got := (&Fault{Check: "chain", Message: "another root"}).Error(); got != "chain: another root" {
		t.Error(got)
	}
	if got := NewFault(400, "x %d", 1).Error(); got != "x 1" {
		t.Error(got)
	}
}
