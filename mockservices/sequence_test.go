package mockservices

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"eaibench/attest"
)

const booking = `{"phone":"+5551912345678","address":"Rua 1","customer":"Ana Souza"}`

// carriedOut carries one request out; the answer is nil when it is refused.
func carriedOut(t testing.TB, s *Service, operation attest.Operation, request *attest.SealedRequest) (*answer, error) {
	t.Helper()
	a, _, err := s.carryOut(context.Background(), operation, request)
	return a, err
}

// The table of sealing.md, row by row, before and after a restart and after a reset of the data.
func TestSequenceNumbers(t *testing.T) {
	tr := newTrust(t)
	for name, between := range map[string]func(t *testing.T, s *Service, o Options) *Service{
		"at once": func(_ *testing.T, s *Service, _ Options) *Service { return s },
		"after a restart": func(t *testing.T, s *Service, o Options) *Service {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s, err := Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			return s
		},
		"after kill -9": func(t *testing.T, s *Service, o Options) *Service {
			defer s.Close()
			// What is on disk now is what such an end leaves: the log has not been written back.
			killed := t.TempDir()
			if err := os.CopyFS(killed, os.DirFS(o.Folder)); err != nil {
				t.Fatal(err)
			}
			o.Folder = killed
			s, err := Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			return s
		},
		"after a reset": func(t *testing.T, s *Service, _ Options) *Service {
			if err := s.Reset(); err != nil {
				t.Fatal(err)
			}
			return s
		},
		"after another seed": func(t *testing.T, s *Service, o Options) *Service {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			o.Seed++
			s, err := Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			return s
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := tr.options(t, "taxi")
			s, err := Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { s.Close() }()
			c := tr.newCaller(t, s, "run-1")
			first := c.seal(t, attest.Write, 4, booking)
			second := c.seal(t, attest.Write, 7, booking)
			var stored *answer
			for _, request := range []*attest.SealedRequest{first, second} {
				if stored, err = carriedOut(t, s, attest.Write, request); err != nil {
					t.Fatal(err)
				}
			}
			s = between(t, s, o)
			rides := number(t, s, "SELECT count(*) FROM Viagens")

			repeated, err := carriedOut(t, s, attest.Write, second)
			if err != nil || repeated.status != stored.status || !bytes.Equal(repeated.body, stored.body) {
				t.Errorf("repeat: %v, want the stored reply", err)
			}
			otherBytes := c.seal(t, attest.Write, 7, booking)
			otherSignature := *second
			otherSignature.Signature = bytes.Clone(second.Signature)
			otherSignature.Signature[0] ^= 1
			for name, test := range map[string]struct {
				request *attest.SealedRequest
				want    attest.Check
			}{
				"other bytes, same number": {otherBytes, attest.CheckSequence},
				"other signature":          {&otherSignature, attest.CheckSignature},
				"older, carried out":       {first, attest.CheckSequence},
				"older, never seen":        {c.seal(t, attest.Write, 6, booking), attest.CheckSequence},
			} {
				if _, err := carriedOut(t, s, attest.Write, test.request); attest.FailedCheck(err) != test.want {
					t.Errorf("%s: %v, want check %s", name, err, test.want)
				}
			}
			if n := number(t, s, "SELECT count(*) FROM Viagens"); n != rides {
				t.Errorf("%d rides, want the %d from before", n, rides)
			}
			if _, err := carriedOut(t, s, attest.Write, c.seal(t, attest.Write, 8, booking)); err != nil {
				t.Errorf("newer: %v", err)
			}
			if n := number(t, s, "SELECT count(*) FROM Viagens"); n != rides+1 {
				t.Errorf("%d rides after a newer request, want %d", n, rides+1)
			}
		})
	}
}

func TestReadsHaveSequenceNumbersToo(t *testing.T) {
	tr := newTrust(t)
	s := open(t, tr.options(t, "store"))
	c := tr.newCaller(t, s, "run-1")
	request := c.seal(t, attest.Read, 1, `{}`)
	first, err := carriedOut(t, s, attest.Read, request)
	if err != nil {
		t.Fatal(err)
	}
	again, err := carriedOut(t, s, attest.Read, request)
	if err != nil || !bytes.Equal(first.body, again.body) {
		t.Errorf("repeat: %v, want the stored reply", err)
	}
	if _, err := carriedOut(t, s, attest.Read, c.seal(t, attest.Read, 1, `{}`)); attest.FailedCheck(err) != attest.CheckSequence {
		t.Errorf("other bytes: %v", err)
	}
}

func TestProcessesDoNotShareSequenceNumbers(t *testing.T) {
	tr := newTrust(t)
	s := open(t, tr.options(t, "taxi"))
	for _, run := range []string{"run-1", "run-2"} {
		tr.newCaller(t, s, run).ask(t, s, attest.Write, 1, booking)
	}
	// Nor does the same run with a new certificate.
	tr.newCaller(t, s, "run-1").ask(t, s, attest.Write, 1, booking)
}

func TestRefusalByTheSolutionIsStoredAndHasNoEffect(t *testing.T) {
	tr := newTrust(t)
	o := tr.options(t, "taxi")
	o.Sizes = map[string]int64{"drivers": 1}
	now := time.Now()
	o.Now = func() time.Time { return now }
	s := open(t, o)
	c := tr.newLastingCaller(t, s, "run-1")
	c.ask(t, s, attest.Write, 1, booking)
	request := c.seal(t, attest.Write, 2, booking)
	// The second time the driver is free again; what was refused stays so, and a new request is carried out.
	for _, pause := range []time.Duration{0, 31 * time.Minute} {
		now = now.Add(pause)
		a, err := carriedOut(t, s, attest.Write, request)
		if err != nil || a.status != http.StatusUnprocessableEntity || string(a.body) != "no free driver" {
			t.Fatalf("%v, %v, want a refusal: no free driver", a, err)
		}
		if n := number(t, s, "SELECT (SELECT count(*) FROM Viagens) + (SELECT count(*) FROM Pagamentos)"); n != 2 {
			t.Errorf("%d rides and payments, want one of each", n)
		}
	}
	c.ask(t, s, attest.Write, 3, booking)
}

func TestStatesOfExpiredCertificatesAreDropped(t *testing.T) {
	tr := newTrust(t)
	o := tr.options(t, "taxi")
	now := time.Now()
	o.Now = func() time.Time { return now }
	s := open(t, o)
	early := tr.newCaller(t, s, "run-1")
	request := early.seal(t, attest.Write, 1, booking)
	if _, err := carriedOut(t, s, attest.Write, request); err != nil {
		t.Fatal(err)
	}
	now = now.Add(11 * time.Minute)
	if _, err := carriedOut(t, s, attest.Write, request); attest.FailedCheck(err) != attest.CheckTime {
		t.Errorf("expired: %v, want check time", err)
	}
	tr.newLastingCaller(t, s, "run-2").ask(t, s, attest.Write, 1, booking)
	if n := number(t, s, "SELECT count(*) FROM eaibench_sequence"); n != 1 {
		t.Errorf("%d states, want the valid certificate's alone", n)
	}
}

func TestSameRequestAtTheSameTimeHasOneEffect(t *testing.T) {
	tr := newTrust(t)
	s := open(t, tr.options(t, "taxi"))
	request := tr.newCaller(t, s, "run-1").seal(t, attest.Write, 1, booking)
	bodies := make([][]byte, 16)
	var all sync.WaitGroup
	for i := range bodies {
		all.Go(func() {
			a, err := carriedOut(t, s, attest.Write, request)
			if err != nil {
				t.Error(err)
				return
			}
			bodies[i] = a.body
		})
	}
	all.Wait()
	for _, body := range bodies {
		if !bytes.Equal(body, bodies[0]) {
			t.Error("the same request got two answers")
		}
	}
	if n := number(t, s, "SELECT count(*) FROM Viagens"); n != 1 {
		t.Errorf("%d rides, want 1", n)
	}
}

func TestNoDriverIsBookedTwice(t *testing.T) {
	tr := newTrust(t)
	o := tr.options(t, "taxi")
	const drivers, processes, bookings = 100, 8, 15
	o.Sizes = map[string]int64{"drivers": drivers}
	s := open(t, o)
	var all sync.WaitGroup
	var mutex sync.Mutex
	booked, refused := 0, 0
	for i := range processes {
		c := tr.newCaller(t, s, "run-"+string(rune('a'+i)))
		all.Go(func() {
			for sequence := range uint64(bookings) {
				a, err := carriedOut(t, s, attest.Write, c.seal(t, attest.Write, sequence+1, booking))
				if err != nil {
					t.Error(err)
					return
				}
				mutex.Lock()
				if a.status == http.StatusOK {
					booked++
				} else {
					refused++
				}
				mutex.Unlock()
			}
		})
	}
	all.Wait()
	if booked != drivers || refused != processes*bookings-drivers {
		t.Errorf("%d booked, %d refused, want %d booked", booked, refused, drivers)
	}
	if n := number(t, s, "SELECT count(DISTINCT id_motorista) FROM Viagens"); n != drivers {
		t.Errorf("%d different drivers for %d rides", n, drivers)
	}
}

func TestDriverIsFreeAfterTheRide(t *testing.T) {
	tr := newTrust(t)
	o := tr.options(t, "taxi")
	o.Sizes = map[string]int64{"drivers": 2}
	now := time.Now()
	o.Now = func() time.Time { return now }
	s := open(t, o)
	c := tr.newLastingCaller(t, s, "run-1")
	drivers := []any{}
	for i, pause := range []time.Duration{0, 20 * time.Minute, 11 * time.Minute, 0} {
		now = now.Add(pause)
		request := c.seal(t, attest.Write, uint64(i+1), booking)
		a, err := carriedOut(t, s, attest.Write, request)
		if err != nil {
			t.Fatal(err)
		}
		if a.status != http.StatusOK {
			drivers = append(drivers, string(a.body))
			continue
		}
		drivers = append(drivers, c.open(t, attest.Write, request, a.body)["driver"])
	}
	for i, want := range []any{"Motorista 1", "Motorista 2", "Motorista 1", "no free driver"} {
		if drivers[i] != want {
			t.Errorf("request %d: %v, want %v", i+1, drivers[i], want)
		}
	}
}
