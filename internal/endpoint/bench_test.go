package endpoint

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// BenchmarkRoundTrip is what carrying a request costs without anything in it: over one connection
// that is reused, in one process.
func BenchmarkRoundTrip(b *testing.B) {
	a := newAuthority(b)
	base, _ := startServer(b, &Server{Name: "service/store", Certificate: a.issue(b, store), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body map[string]string
		if r.Method == http.MethodPost {
			if err := ReadJSON(w, r, 1<<20, &body); err != nil {
				WriteFault(w, err)
				return
			}
		}
		WriteJSON(w, http.StatusOK, body)
	})})
	client := newClient(b, base, ClientOptions{Roots: a.pool(), Identity: store})
	for _, size := range []int{0, 100, 1000, 3000, 6000, 12000} {
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			var body any
			if size > 0 {
				body = map[string]string{"a": strings.Repeat("x", size)}
			}
			method := http.MethodGet
			if body != nil {
				method = http.MethodPost
			}
			for b.Loop() {
				var out map[string]string
				if err := client.Do(b.Context(), method, "/", body, &out); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
