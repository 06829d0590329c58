package mockservices

import (
	"context"
	"crypto/sha256"
	"testing"
	"time"
)

// Large answers of some processes do not slow down looking up another: requests after a run with much data would be measured with
// what that run left.
func TestLookingUpReadsNoAnswerOfOthers(t *testing.T) {
	tr := newTrust(t)
	s := open(t, tr.options(t, "store"))
	// shortest looks up until it has been quick enough, or often enough: a busy machine makes some slow, and answers that are read make all.
	shortest := func(enough time.Duration, most int) time.Duration {
		best := time.Hour
		for i := 0; i < most && best > enough; i++ {
			began := time.Now()
			state, err := stateOf(context.Background(), s.recall, sha256.Sum256([]byte{byte(i)}))
			if state != nil || err != nil {
				t.Fatalf("%v, %v", state, err)
			}
			best = min(best, time.Since(began))
		}
		return best
	}
	empty := shortest(0, 20)
	for i := range 16 {
		key := sha256.Sum256([]byte{byte(i), 1})
		_, err := s.data.writer.ExecContext(t.Context(), `INSERT INTO eaibench_sequence
(process_certificate, expires, sequence, request_hash, signature, status, answer) VALUES (?, 1, 1, x'00', x'00', 200, zeroblob(4000000))`, key[:])
		if err != nil {
			t.Fatal(err)
		}
	}
	// Reading one answer takes some hundred times as long as looking a key up.
	if full := shortest(20*empty+time.Millisecond, 500); full > 20*empty+time.Millisecond {
		t.Errorf("looking up takes %s with large answers and %s without", full, empty)
	}
}
