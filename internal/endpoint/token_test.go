package endpoint

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestTokenIsMadeOnceAndPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	var all sync.WaitGroup
	tokens := make([]string, 8)
	for i := range tokens {
		all.Go(func() {
			var err error
			if tokens[i], err = LoadOrCreateToken(path); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, token := range tokens {
		if token != tokens[0] || len(token) != 2*tokenBytes {
			t.Errorf("tokens differ or are short: %q, %q", token, tokens[0])
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	other, err := LoadOrCreateToken(filepath.Join(t.TempDir(), "token"))
	if err != nil || other == tokens[0] {
		t.Errorf("two files have the same token (%v)", err)
	}
}

func TestTokenFileRefused(t *testing.T) {
	for _, test := range []struct {
		name, content string
		mode          os.FileMode
		want          string
	}{
		{"readable by others", strings.Repeat("ab", tokenBytes), 0o640, "chmod 600"},
		{"short", "abab", 0o600, "does not hold"},
		{"not hexadecimal", strings.Repeat("xy", tokenBytes), 0o600, "does not hold"},
		{"empty", "", 0o600, "does not hold"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "token")
			if err := os.WriteFile(path, []byte(test.content), test.mode); err != nil {
				t.Fatal(err)
			}
			if _, err := LoadToken(path); err == nil || strings.Contains(err.Error(), "new one made") || !strings.Contains(err.Error(), path) {
				t.Errorf("whose server makes none: got %v", err)
			}
			if _, err := LoadOrCreateToken(path); err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v", err)
			}
		})
	}
	if _, err := LoadOrCreateToken(filepath.Join(t.TempDir(), "absent", "token")); err == nil {
		t.Error("made a token in a folder that is not there")
	}
}

func TestRequireToken(t *testing.T) {
	const token = "0123"
	for _, test := range []struct {
		name, token, header string
		want                int
	}{
		{"right", token, "Bearer 0123", 200},
		{"scheme in lower case", token, "bearer 0123", 200},
		{"missing", token, "", 401},
		{"wrong", token, "Bearer 0124", 401},
		{"beginning", token, "Bearer 012", 401},
		{"longer", token, "Bearer 01234", 401},
		{"scheme alone", token, "Bearer", 401},
		{"other scheme", token, "Basic 0123", 401},
		{"server without one", "", "Bearer ", 401},
	} {
		t.Run(test.name, func(t *testing.T) {
			reached := false
			handler := RequireToken(test.token, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.Header.Set("Authorization", test.header)
			recorder := httptest.NewRecorder()
			handler.ServeHTTP(recorder, r)
			if recorder.Code != test.want || reached != (test.want == 200) {
				t.Errorf("got %d, reached %v", recorder.Code, reached)
			}
			if test.want == 401 && !strings.Contains(recorder.Body.String(), `"check":"token"`) {
				t.Errorf("body %s", recorder.Body)
			}
			if missing := strings.Contains(recorder.Body.String(), "is missing"); test.want == 401 && missing != (test.name == "missing" || strings.HasSuffix(strings.TrimSpace(test.header), "Bearer")) {
				t.Errorf("body %s", recorder.Body)
			}
		})
	}
}
