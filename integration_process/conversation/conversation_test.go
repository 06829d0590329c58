package conversation

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"eaibench/attest"
	"eaibench/integration_process"
)

const offer = "Thank you for your purchase. Taxi Táxi 42 with João \\ 100% takes you home at our expense. Do you accept?"

func plaintextOf(t testing.TB, members map[string]string) string {
	t.Helper()
	return string(ok1(json.Marshal(members))(t))
}

// same compares requests by what their plain texts mean.
func same(t *testing.T, got, want []request) {
	t.Helper()
	for _, requests := range [][]request{got, want} {
		for i := range requests {
			var members map[string]string
			if err := json.Unmarshal([]byte(requests[i].plaintext), &members); err != nil {
				t.Fatal(err)
			}
			requests[i].plaintext = plaintextOf(t, members)
		}
	}
	if difference := cmp.Diff(want, got, cmp.AllowUnexported(request{})); difference != "" {
		t.Errorf("requests (-want +got):\n%s", difference)
	}
}

func TestRetail(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*peers)
		booked bool
	}{
		{"above the threshold", func(*peers) {}, true},
		{"declined", func(p *peers) { p.answer = "declined" }, true},
		{"silent", func(p *peers) { p.answer = "silent" }, true},
		{"on the threshold", func(p *peers) { p.total = 15000 }, false},
		{"nothing spent", func(p *peers) { p.total = 0 }, false},
		{"a named customer", func(p *peers) { p.parameters.Arguments["customer"] = customer }, true},
		{"crypto none", func(p *peers) { p.parameters.Crypto = attest.None }, true},
	} {
		for _, b := range []*build{plain, sanitized} {
			t.Run(fmt.Sprint(test.name, b.flags[0]), func(t *testing.T) {
				t.Parallel()
				p := newPlay(t, b)
				test.change(p.peers)
				p.finish()
				question := map[string]string{}
				if p.parameters.Arguments["customer"] != nil {
					question["customer"] = customer
				}
				want := []request{{"store", attest.Read, 1, plaintextOf(t, question)}}
				if test.booked {
					want = append(want,
						request{"taxi", attest.Write, 2, plaintextOf(t, map[string]string{"customer": customer, "phone": phone, "address": address})},
						request{"whatsapp", attest.Write, 3, plaintextOf(t, map[string]string{"phone": phone, "message": offer})})
				}
				same(t, p.requests, want)
			})
		}
	}
}

// timed is a timing without its duration.
type timed struct {
	Request                    int
	Service, Operation, Metric string
}

func steps(t *testing.T, timings []attest.Timing) []timed {
	t.Helper()
	var list []timed
	for _, timing := range timings {
		if timing.Nanoseconds <= 0 || timing.Nanoseconds > int64(conversationLimit) {
			t.Errorf("%s %s took %d ns", timing.Operation, timing.Metric, timing.Nanoseconds)
		}
		request := -1
		if timing.Request != nil {
			request = *timing.Request
		}
		list = append(list, timed{request, timing.Service, timing.Operation, timing.Metric})
	}
	return list
}

func TestEveryStepIsTimedOnce(t *testing.T) {
	t.Parallel()
	p := newPlay(t, plain)
	p.parameters.Requests = 2
	p.finish()
	want := []timed{
		{-1, "", "start", "generateKeyPair"},
		{-1, "", "start", "getPublicKey"},
		{-1, "", "start", "putServicePublicKey"},
	}
	if difference := cmp.Diff(want, steps(t, p.start)); difference != "" {
		t.Errorf("start (-want +got):\n%s", difference)
	}
	want = nil
	for request := range 2 {
		for _, metric := range []string{"encrypt", "decrypt", "read_act_total"} {
			want = append(want, timed{request, "store", "read", metric})
		}
		for _, service := range []string{"taxi", "whatsapp"} {
			for _, metric := range []string{"getServicePublicKey", "encrypt", "decrypt", "write_act_total"} {
				want = append(want, timed{request, service, "write", metric})
			}
		}
		want = append(want, timed{request, "", "execute", "request_total"})
	}
	want = append(want, timed{-1, "", "execute", "execute_total"})
	if difference := cmp.Diff(want, steps(t, p.finished)); difference != "" {
		t.Errorf("finished (-want +got):\n%s", difference)
	}
}

// The parts lie inside their totals, and the totals inside the whole. The interval between two requests is in the whole and in no
// request; where the machine is so slow that a request takes it up, there is none, and they are carried out again.
func TestTotalsHoldTheirParts(t *testing.T) {
	t.Parallel()
	const interval = 1000 // ms
	for deadline := time.Now().Add(2 * time.Minute); ; {
		requests, between := totalsOfTwo(t, interval)
		if between >= interval*int64(time.Millisecond)/2 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("requests of %d ns leave %d ns for an interval of %d ms", requests, between, interval)
		}
	}
}

// totalsOfTwo carries out two requests, compares what they took with their parts and with the whole, and gives what they took and what is
// left of the whole, in ns.
func totalsOfTwo(t *testing.T, intervalMS int64) (requests, between int64) {
	t.Helper()
	p := newPlay(t, plain)
	p.parameters.Requests, p.parameters.IntervalMS = 2, intervalMS
	p.finish()
	var parts, totals, whole int64
	for _, timing := range p.finished {
		switch timing.Metric {
		case "read_act_total", "write_act_total":
			totals += timing.Nanoseconds
		case "request_total":
			requests += timing.Nanoseconds
		case "execute_total":
			whole = timing.Nanoseconds
		default:
			parts += timing.Nanoseconds
		}
	}
	if parts > totals || totals > requests || requests > whole {
		t.Errorf("steps %d ns, operations %d ns, requests %d ns, all %d ns", parts, totals, requests, whole)
	}
	return requests, whole - requests
}

func TestRequestsKeepTheirIntervalAndSequence(t *testing.T) {
	t.Parallel()
	const interval = 60 * time.Millisecond
	p := newPlay(t, plain)
	p.parameters.Requests, p.parameters.IntervalMS, p.total = 4, interval.Milliseconds(), 0
	var told, last time.Time
	p.certificate = func(csr []byte) []byte {
		certificate := p.certify(csr, p.parametersText())
		told = time.Now() // by the message with it, at the latest, that it is to run
		return certificate
	}
	p.reply = func(_ *operationMessage, reply *replyMessage) any {
		last = time.Now()
		return reply
	}
	p.finish()
	for i, o := range p.operations {
		if o.Request != i || o.Sequence != uint64(i)+1 {
			t.Errorf("operation %d has request %d and sequence %d", i, o.Request, o.Sequence)
		}
	}
	// Each request is seen late by what the machine does beside, so the first is not what is counted from; that the fourth is not early
	// shows that all three intervals were kept.
	if len(p.operations) != 4 || last.Sub(told) < 3*interval-interval/2 {
		t.Errorf("%d requests within %v", len(p.operations), last.Sub(told))
	}
}

// More timings than are gathered: some come before the process has finished, and each comes once.
func TestTimingsComeInPieces(t *testing.T) {
	t.Parallel()
	p := newPlay(t, sanitized) // sends 20 or more at once
	p.parameters.Requests = 5
	p.finish()
	if p.pieces != 2 || len(p.finished) != 5*12+1 {
		t.Errorf("%d timings, %d times before the process had finished", len(p.finished), p.pieces)
	}
	seen := map[timed]bool{}
	for _, step := range steps(t, p.finished) {
		if seen[step] {
			t.Errorf("%+v came twice", step)
		}
		seen[step] = true
	}
}

// A message holds what was gathered, and as much again for the request that was under way.
func TestMessageHoldsWhatIsGathered(t *testing.T) {
	t.Parallel()
	header := ok1(fs.ReadFile(integration_process.Runtime(), "timings.h"))(t)
	found := regexp.MustCompile(`(?m)^#define TIMINGS_GATHERED_MAXIMUM (\d+)$`).FindSubmatch(header)
	if found == nil {
		t.Fatal("timings.h does not say how many timings are gathered")
	}
	if gathered := ok1(strconv.Atoi(string(found[1])))(t); gathered < 1 || 2*gathered > attest.MostTimings {
		t.Errorf("%d timings are gathered, a message may have %d", gathered, attest.MostTimings)
	}
}

// The end of the input ends the process wherever it stands, with status 1.
func TestEndOfInputEndsTheProcess(t *testing.T) {
	for _, test := range []struct {
		name string
		play func(*play)
	}{
		{"at once", func(*play) {}},
		{"after prepare", func(p *play) { p.sayPrepare() }},
		{"after the keys", func(p *play) { p.sayPrepare(); p.takePrepared(); p.sayExchangeKeys() }},
		{"instead of a reply", func(p *play) { p.handshake() }},
		{"between two requests", func(p *play) {
			p.parameters.Requests, p.parameters.IntervalMS, p.total = 2, 1000, 0
			p.handshake()
			m, err := p.process.receive()
			if err != nil {
				p.t.Fatal(err)
			}
			p.relay(m)
		}},
		{"instead of release", func(p *play) {
			p.handshake()
			if m := p.run(); m.Type != "finished" {
				p.t.Fatalf("%s", m.text)
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := newPlay(t, sanitized)
			test.play(p)
			p.process.in.Close()
			io.Copy(io.Discard, p.process.out)
			p.process.exits(1)
		})
	}
}
