package runner

import (
	"errors"
	"fmt"
	"testing"
)

// Services that do not answer are told from those that answer and are not what was asked for.
func TestUnanswered(t *testing.T) {
	gone, wrong := &RunningFault{Service: "store", NoAnswer: true, Err: errors.New("no answer")}, &RunningFault{Service: "taxi", Err: errors.New("another root CA")}
	for _, test := range []struct {
		err  error
		want bool
	}{
		{gone, true},
		{errors.Join(gone, gone), true},
		{fmt.Errorf("asking: %w", gone), true},
		{wrong, false},
		{errors.Join(gone, wrong), false},
		{errors.New("else"), false},
	} {
		if got := Unanswered(test.err); got != test.want {
			t.Errorf("%v: %v, want %v", test.err, got, test.want)
		}
	}
}
