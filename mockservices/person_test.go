package mockservices

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"eaibench/attest"
)

const offer = `{"phone":"+5551912345678","message":"A taxi home is on us"}`

func TestOutcomes(t *testing.T) {
	tr := newTrust(t)
	for outcome, want := range map[string]struct {
		answer  string
		answers int64
	}{"": {"accepted", 1}, "accept": {"accepted", 1}, "decline": {"declined", 1}, "silent": {"silent", 0}} {
		o := tr.options(t, "whatsapp")
		o.Outcome = outcome
		s := open(t, o)
		reply := tr.newCaller(t, s, "run-1").ask(t, s, attest.Write, 1, offer)
		if reply["answer"] != want.answer {
			t.Errorf("outcome %q: the answer is %v, want %s", outcome, reply["answer"], want.answer)
		}
		if n := number(t, s, "SELECT count(*) FROM Mensagens WHERE mensagem = 'A taxi home is on us' AND telefone = '+5551912345678'"); n != 1 {
			t.Errorf("outcome %q: %d messages stored", outcome, n)
		}
		if n := number(t, s, "SELECT count(*) FROM Respostas WHERE resposta = ?", want.answer); n != want.answers {
			t.Errorf("outcome %q: %d answers stored, want %d", outcome, n, want.answers)
		}
	}
}

func TestUnknownOutcomesAreRefused(t *testing.T) {
	tr := newTrust(t)
	for service, want := range map[string]string{"whatsapp": "there are: accept, decline, silent, seeded", "taxi": "asks nobody"} {
		o := tr.options(t, service)
		o.Outcome = "laugh"
		if _, err := Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", service, err, want)
		}
	}
	o := tr.options(t, "whatsapp")
	o.SilenceLimit = -time.Second
	if _, err := Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), "limit of silence") {
		t.Errorf("negative limit: %v", err)
	}
}

// The clock is synctest's: it moves only when everybody waits.
func TestSilenceLastsUntilItsLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrust(t)
		o := tr.options(t, "whatsapp")
		o.Outcome, o.SilenceLimit = "silent", 42*time.Second
		s := open(t, o)
		c := tr.newCaller(t, s, "run-1")
		request := c.seal(t, attest.Write, 1, offer)
		began := time.Now()
		done := make(chan error, 1)
		var timings []attest.Timing
		go func() {
			var err error
			_, timings, err = s.carryOut(t.Context(), attest.Write, request)
			done <- err
		}()
		time.Sleep(42*time.Second - time.Nanosecond)
		synctest.Wait()
		select {
		case err := <-done:
			t.Fatalf("answered after %s: %v", time.Since(began), err)
		default:
		}
		// Waiting holds nobody else up.
		if _, err := s.data.writer.Exec("UPDATE Mensagens SET mensagem = ''"); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(began); waited != 42*time.Second {
			t.Errorf("waited %s", waited)
		}
		for _, timing := range timings {
			if timing.Nanoseconds >= int64(42*time.Second) {
				t.Errorf("%s took %d ns: the silence is in it", timing.Metric, timing.Nanoseconds)
			}
		}
	})
}

func TestWhoHangsUpDuringSilenceHasWrittenNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrust(t)
		o := tr.options(t, "whatsapp")
		o.Outcome, o.SilenceLimit = "silent", time.Minute
		s := open(t, o)
		request := tr.newCaller(t, s, "run-1").seal(t, attest.Write, 1, offer)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, _, err := s.carryOut(ctx, attest.Write, request); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if n := number(t, s, "SELECT (SELECT count(*) FROM Mensagens) + (SELECT count(*) FROM eaibench_sequence)"); n != 0 {
			t.Errorf("%d messages and states stored", n)
		}
		if a, _, err := s.carryOut(t.Context(), attest.Write, request); err != nil || a.status != 200 {
			t.Errorf("again: %v", err)
		}
	})
}

func TestDrawnOutcomesFollowTheirWeightsAndTheSeed(t *testing.T) {
	whatsapp, err := retail(t).Service("whatsapp")
	if err != nil {
		t.Fatal(err)
	}
	choices := func(seed uint64) (all string, counts map[string]int) {
		p, err := newPerson(whatsapp, "seeded", seed, 0)
		if err != nil {
			t.Fatal(err)
		}
		counts = map[string]int{}
		for i := range 2000 {
			outcome := p.choose(fmt.Sprint("run-", i%50), uint64(i))
			all += outcome + " "
			counts[outcome]++
		}
		return all, counts
	}
	first, counts := choices(1)
	for outcome, want := range map[string]int{"accept": 1600, "decline": 300, "silent": 100} {
		if got := counts[outcome]; got < want*3/4 || got > want*5/4 {
			t.Errorf("%s came up %d times of 2000, want about %d", outcome, got, want)
		}
	}
	if again, _ := choices(1); again != first {
		t.Error("the same seed gave other outcomes")
	}
	if other, _ := choices(2); other == first {
		t.Error("another seed gave the same outcomes")
	}
}
