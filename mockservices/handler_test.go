package mockservices

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eaibench/attest"
)

// lockedBuffer is written by the server's goroutines and read by the test.
type lockedBuffer struct {
	mutex  sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.buffer.String()
}

func get(t *testing.T, client *http.Client, address string) (int, []byte) {
	t.Helper()
	response, err := client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, body
}

func TestBodies(t *testing.T) {
	tr := newTrust(t)
	s := open(t, tr.options(t, "store"))
	client, base := serve(t, s, tr.authority.Root)
	request := tr.newCaller(t, s, "run-1").seal(t, attest.Read, 1, `{}`)
	good := marshalled(t, request)
	for name, test := range map[string]struct {
		body   []byte
		header []string
		status int
	}{
		"empty":           {nil, nil, 400},
		"not JSON":        {[]byte("sealed"), nil, 400},
		"cut short":       {good[:len(good)-2], nil, 400},
		"two values":      {slices.Concat(good, good), nil, 400},
		"unknown member":  {bytes.Replace(good, []byte(`{`), []byte(`{"plain":1,`), 1), nil, 400},
		"wrong type":      {bytes.Replace(good, []byte(`"sequence":1`), []byte(`"sequence":-1`), 1), nil, 400},
		"not base64":      {bytes.Replace(good, []byte(`"enc":"`), []byte(`"enc":"!`), 1), nil, 400},
		"too large":       {slices.Concat([]byte(`{"crypto":"`), bytes.Repeat([]byte("x"), bodyLimit), []byte(`"}`)), nil, 413},
		"not declared":    {good, []string{"Content-Type", "text/plain"}, 415},
		"as it should be": {good, nil, 200},
		"as it should, 2": {good, []string{"Content-Type", "application/json; charset=utf-8"}, 200},
	} {
		if status, body := post(t, client, base+"/api/request", test.body, test.header...); status != test.status {
			t.Errorf("%s: %d %.200s, want %d", name, status, body, test.status)
		}
	}
}

func TestPaths(t *testing.T) {
	tr := newTrust(t)
	s := open(t, tr.options(t, "store"))
	client, base := serve(t, s, tr.authority.Root)
	status, body := get(t, client, base+"/api/public-key")
	var key PublicKey
	if err := json.Unmarshal(body, &key); err != nil || status != 200 {
		t.Fatalf("%d %s: %v", status, body, err)
	}
	block, rest := pem.Decode([]byte(key.Certificate))
	if block == nil || len(rest) != 0 || !bytes.Equal(block.Bytes, s.identity.Certificate.Raw) || key.Service != "store" {
		t.Errorf("public key %+v", key)
	}
	status, body = get(t, client, base+"/api/health")
	if want := `{"service":"store","solution":"retail","status":"ok"}`; status != 200 || strings.TrimSpace(string(body)) != want {
		t.Errorf("health: %d %s, want %s", status, body, want)
	}
	// The store is only read, and nothing else is served.
	for _, path := range []string{"/api/post", "/", "/api/public-key"} {
		if status, body := post(t, client, base+path, []byte(`{}`)); status != 404 || !bytes.Contains(body, []byte("has no POST")) {
			t.Errorf("POST %s: %d %s", path, status, body)
		}
	}
	if status, _ := get(t, client, base+"/api/request"); status != 404 {
		t.Errorf("GET /api/request: %d", status)
	}
}

func TestResetNeedsTheToken(t *testing.T) {
	tr := newTrust(t)
	s := open(t, tr.options(t, "taxi"))
	client, base := serve(t, s, tr.authority.Root)
	tr.newCaller(t, s, "run-1").ask(t, s, attest.Write, 1, booking)
	for name, header := range map[string][]string{
		"none":  nil,
		"wrong": {"Authorization", "Bearer " + strings.Repeat("0", len(testToken))},
		"empty": {"Authorization", "Bearer "},
		"basic": {"Authorization", "Basic " + testToken},
	} {
		if status, body := post(t, client, base+"/api/reset", nil, header...); status != 401 || !bytes.Contains(body, []byte(`"check":"token"`)) {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	if n := number(t, s, "SELECT count(*) FROM Viagens"); n != 1 {
		t.Fatalf("%d rides after refused resets, want 1", n)
	}
	if status, body := post(t, client, base+"/api/reset", nil, "Authorization", "Bearer "+testToken); status != 200 {
		t.Errorf("%d %s", status, body)
	}
	if n := number(t, s, "SELECT count(*) FROM Viagens"); n != 0 {
		t.Errorf("%d rides after the reset", n)
	}
}

func TestTimings(t *testing.T) {
	tr := newTrust(t)
	for service, test := range map[string]struct {
		operation attest.Operation
		path      string
		want      []string
	}{
		"store": {attest.Read, "/api/request", []string{"verifyCertificate", "decrypt", "retrieveLocalData", "encrypt"}},
		"taxi":  {attest.Write, "/api/post", []string{"verifyCertificate", "decrypt", "encrypt", "storeLocalData"}},
	} {
		s := open(t, tr.options(t, service))
		client, base := serve(t, s, tr.authority.Root)
		request := marshalled(t, tr.newCaller(t, s, "run-1").seal(t, test.operation, 1, s.example(test.operation)))
		for _, want := range [][]string{test.want, {"verifyCertificate"}} { // the second time from store: nothing else is done
			_, body := post(t, client, base+test.path, request)
			var reply attest.SealedReply
			if err := json.Unmarshal(body, &reply); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, timing := range reply.Timings {
				got = append(got, timing.Metric)
				if timing.Operation != string(test.operation) || timing.Nanoseconds <= 0 {
					t.Errorf("%s: timing %+v", service, timing)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %s", service, diff)
			}
		}
	}
}

func TestConcurrentReadsOverHTTPS(t *testing.T) {
	tr := newTrust(t)
	s := open(t, tr.options(t, "store"))
	client, base := serve(t, s, tr.authority.Root)
	const connections, reads = 64, 4
	var all sync.WaitGroup
	for i := range connections {
		c := tr.newCaller(t, s, "run-"+string(rune('a'+i/8))+string(rune('a'+i%8)))
		all.Go(func() {
			for sequence := range uint64(reads) {
				request := c.seal(t, attest.Read, sequence+1, `{"customer":"Bruno Souza"}`)
				status, body := post(t, client, base+"/api/request", marshalled(t, request))
				if status != 200 {
					t.Errorf("%d %s", status, body)
					return
				}
				if reply := c.open(t, attest.Read, request, body); reply["customer"] != "Bruno Souza" {
					t.Errorf("reply %v", reply)
				}
			}
		})
	}
	all.Wait()
}
