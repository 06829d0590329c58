package conversation

import (
	"crypto/tls"
	"net/http"
	"strings"
	"testing"

	"eaibench/attest"
)

func TestRefusedAddresses(t *testing.T) {
	for name, address := range map[string]string{
		"a host alone": "localhost", "a URL": "https://127.0.0.1:443", "no port": "127.0.0.1:", "a header": "a\r\nb:1", "a name": "localhost:443",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newDirectPlay(t, sanitized)
			s.addresses["taxi"] = address
			untilKeys(s.play)
			if f := s.fails(); f.Step != "exchangeKeys" || f.Check != "services" {
				t.Errorf("%+v", f)
			}
		})
	}
	t.Run("none", func(t *testing.T) {
		t.Parallel()
		s := newDirectPlay(t, sanitized)
		delete(s.addresses, "taxi")
		untilKeys(s.play)
		if f := s.fails(); f.Step != "exchangeKeys" || f.Check != "message" {
			t.Errorf("%+v", f)
		}
	})
}

// What a service, or whoever holds its certificate, may answer and no process takes.
func TestDirectRefusesReplies(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	change := func(change func(reply map[string]any)) func(*httpsServices) {
		return func(s *httpsServices) {
			s.change = func(_ int, reply map[string]any) { change(reply) }
		}
	}
	meddle := func(meddle func(w http.ResponseWriter, n int) bool) func(*httpsServices) {
		return func(s *httpsServices) { s.meddle = meddle }
	}
	// repeated answers the second request, to the taxi, with what the store said to the first.
	repeated := func(s *httpsServices) {
		first := map[string]any{}
		s.change = func(n int, reply map[string]any) {
			if n == 1 {
				for name, value := range reply {
					first[name] = value
				}
				return
			}
			for name := range reply {
				if name != "timings" {
					reply[name] = first[name]
				}
			}
		}
	}
	for _, test := range []struct {
		name        string
		cheat       func(*httpsServices)
		step, check string
	}{
		{"refused with a check", meddle(answered(403, `{"error":"no such program","check":"program"}`)), "request", "program"},
		{"refused without a check", meddle(answered(422, `{"error":"there is no such data"}`)), "request", "refused"},
		{"refused under no name", meddle(answered(403, `{"error":"no","check":"a b"}`)), "request", "refused"},
		{"refused with control characters", meddle(answered(403, `{"error":"\u001b[31m","check":"time"}`)), "request", "time"},
		{"refused without JSON", meddle(answered(500, "<html>")), "request", "refused"},
		{"refused without a word", meddle(answered(503, "")), "request", "refused"},
		{"refused with an error that is no text", meddle(answered(403, `{"error":1}`)), "request", "message"},
		{"a refusal as a reply", meddle(answered(200, `{"error":"no","check":"time"}`)), "request", "message"},
		{"moved", meddle(answered(307, `{}`)), "request", "refused"},
		{"garbage", meddle(raw(1, "\x00\x01\x02\x03 not HTTP")), "request", "http-reply"},
		{"garbage without end", meddle(raw(1, head+"X: "+strings.Repeat("x", 1<<20))), "request", "http-reply"},
		{"another protocol", meddle(raw(1, "SSH-2.0-OpenSSH\r\n")), "request", "http-reply"},
		{"an older HTTP", meddle(raw(1, "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}")), "request", "http-reply"},
		{"too long a reply", meddle(raw(1, head+"Content-Length: 33554433\r\n\r\n")), "request", "http-reply"},
		{"a reply of unknown length", meddle(raw(1, head+"\r\n{}")), "request", "http-reply"},
		{"chunks", meddle(raw(1, head+"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")), "request", "http-reply"},
		{"more than it says", meddle(raw(1, head+"Content-Length: 2\r\n\r\n{}{}")), "request", "http-reply"},
		{"no JSON", meddle(answered(200, "[")), "request", "http-reply"},
		{"an empty reply", meddle(answered(200, "")), "request", "http-reply"},
		{"depth bomb", meddle(answered(200, strings.Repeat("[", 4<<20))), "request", "http-reply"},
		{"another version", change(func(r map[string]any) { r["version"] = 2 }), "request", "message"},
		{"crypto none", change(func(r map[string]any) { r["crypto"] = "none" }), "request", "crypto"},
		{"no signature", change(func(r map[string]any) { delete(r, "signature") }), "request", "message"},
		{"another signature", change(func(r map[string]any) { r["signature"] = strings.Repeat("A", 86) + "==" }), "decrypt", "signature"},
		{"another ciphertext", change(func(r map[string]any) { r["ciphertext"] = "AAAA" }), "decrypt", "signature"},
		{"timings that are none", change(func(r map[string]any) { r["timings"] = 1 }), "request", "message"},
		{"a timing that would write into a message", change(func(r map[string]any) {
			r["timings"] = []any{map[string]any{"operation": "read", "metric": `x","y":"`, "nanoseconds": 1}}
		}), "request", "message"},
		{"the reply to another request", repeated, "decrypt", "signature"},
		{"TLS 1.2", func(s *httpsServices) {
			s.addresses["store"] = s.listen("store", &tls.Config{
				Certificates: []tls.Certificate{s.services["store"].TLS()}, MaxVersion: tls.VersionTLS12,
			})
		}, "request", "unreachable"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newDirectPlay(t, sanitized)
			test.cheat(s)
			s.handshake()
			f := s.fails()
			if f.Step != test.step || f.Check != test.check || f.Message == "" {
				t.Errorf("refused with %+v, want step %s, check %s", f, test.step, test.check)
			}
			for _, secret := range []string{customer, phone, address} {
				if log := s.process.log.String(); strings.Contains(f.Message+log, secret) {
					t.Errorf("the refusal tells the customer's %q: %+v, log %s", secret, f, log)
				}
			}
		})
	}
}

// On the path relayed no address is looked at, and the process has no network to connect with.
func TestRelayedKnowsNoAddress(t *testing.T) {
	t.Parallel()
	s := newDirectPlay(t, sanitized)
	s.parameters.Path = attest.PathRelayed
	s.finish()
	if len(s.came()) != 0 || len(s.operations) != 3 || len(s.byServices) != 0 {
		t.Errorf("%d requests came to the services, %d to the launcher", len(s.came()), len(s.operations))
	}
}
