package scenarios

import (
	"slices"
	"testing"

	"eaibench/integration_process"
)

func TestOutcomesOf(t *testing.T) {
	person := &integration_process.Person{Outcomes: map[string]integration_process.Outcome{"accept": {}, "silent": {}}}
	for _, test := range []struct {
		services []integration_process.Service
		want     []string
	}{
		{nil, nil},
		{[]integration_process.Service{{}, {Write: &integration_process.Write{}}}, nil}, // nobody is asked: nothing can be drawn either
		{[]integration_process.Service{{Write: &integration_process.Write{Person: person}}}, []string{"accept", "seeded", "silent"}},
	} {
		if got := outcomesOf(&integration_process.Solution{Services: test.services}); !slices.Equal(got, test.want) {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}
