package mockservices

import (
	"encoding/binary"
	"testing"

	"eaibench/attest"
)

func TestNewest(t *testing.T) {
	var n newest
	a, b := [32]byte{1}, [32]byte{2}
	if n.isBefore(5, a) {
		t.Error("it knows a certificate that it was not told of")
	}
	n.stored(4, a)
	n.stored(3, a) // a slower request's note comes last
	for _, test := range []struct {
		sequence    uint64
		certificate [32]byte
		want        bool
	}{{5, a, true}, {4, a, false}, {3, a, false}, {5, b, false}} {
		if got := n.isBefore(test.sequence, test.certificate); got != test.want {
			t.Errorf("number %d of %d: %t, want %t", test.sequence, test.certificate[0], got, test.want)
		}
	}
}

func TestNewestForgetsRatherThanGrow(t *testing.T) {
	var n newest
	for i := range uint64(3 * mostRemembered) {
		var certificate [32]byte
		binary.BigEndian.PutUint64(certificate[:], i)
		n.stored(1, certificate)
		if !n.isBefore(2, certificate) {
			t.Fatal("it has forgotten what it was just told")
		}
	}
	if len(n.numbers) > mostRemembered {
		t.Errorf("%d numbers are remembered, want at most %d", len(n.numbers), mostRemembered)
	}
}

// What is remembered only saves a look: where it is wrong, because somebody else wrote to the database, the database decides.
func TestTheDatabaseDecidesWhatIsNew(t *testing.T) {
	tr := newTrust(t)
	for service, operation := range map[string]attest.Operation{"store": attest.Read, "taxi": attest.Write} {
		t.Run(service, func(t *testing.T) {
			s := open(t, tr.options(t, service))
			c := tr.newCaller(t, s, "run-1")
			parameters := booking
			if operation == attest.Read {
				parameters = `{}`
			}
			c.ask(t, s, operation, 1, parameters)
			if _, err := s.data.writer.ExecContext(t.Context(), "UPDATE eaibench_sequence SET sequence = 9"); err != nil {
				t.Fatal(err)
			}
			if _, err := carriedOut(t, s, operation, c.seal(t, operation, 5, parameters)); attest.FailedCheck(err) != attest.CheckSequence {
				t.Errorf("number 5 after 9: %v, want check sequence", err)
			}
			if service == "taxi" {
				if n := number(t, s, "SELECT count(*) FROM Viagens"); n != 1 {
					t.Errorf("%d rides, want 1", n)
				}
			}
		})
	}
}
