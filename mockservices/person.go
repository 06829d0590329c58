package mockservices

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"eaibench/integration_process"
)

// person answers writes as the description's simulated person does.
type person struct {
	*integration_process.Person
	outcome      string // an outcome's name, or integration_process.DrawnOutcome
	seed         uint64
	silenceLimit time.Duration
}

func outcomeNames(p *integration_process.Person) []string {
	return slices.Sorted(maps.Keys(p.Outcomes))
}

// newPerson returns nil when the description has nobody; an outcome may then not be chosen.
func newPerson(service *integration_process.Service, outcome string, seed uint64, silenceLimit time.Duration) (*person, error) {
	if service.Write == nil || service.Write.Person == nil {
		if outcome != "" {
			return nil, fmt.Errorf("service %s asks nobody, so that it has no outcome %q", service.Name, outcome)
		}
		return nil, nil
	}
	described := service.Write.Person
	if outcome == "" {
		outcome = described.Default
	}
	names := append(outcomeNames(described), integration_process.DrawnOutcome)
	if !slices.Contains(names, outcome) {
		return nil, fmt.Errorf("service %s has no outcome %q; there are: %s", service.Name, outcome, strings.Join(names, ", "))
	}
	if silenceLimit < 0 {
		return nil, fmt.Errorf("limit of silence is %s, want 0 or more", silenceLimit)
	}
	return &person{described, outcome, seed, silenceLimit}, nil
}

// answer returns what the person says to the request. Of a silent person it returns that only when the limit of silence is
// over, or the context's error when that ends first.
func (p *person) answer(ctx context.Context, run string, sequence uint64) (string, error) {
	outcome := p.Outcomes[p.choose(run, sequence)]
	if !outcome.Silent {
		return outcome.Answer, nil
	}
	limit := time.NewTimer(p.silenceLimit)
	defer limit.Stop()
	select {
	case <-limit.C:
		return outcome.Answer, nil
	case <-ctx.Done():
		return "", fmt.Errorf("waiting for an answer: %w", context.Cause(ctx))
	}
}

// choose draws by weight from seed, run and sequence number, so that a campaign is answered the same way again.
func (p *person) choose(run string, sequence uint64) string {
	if p.outcome != integration_process.DrawnOutcome {
		return p.outcome
	}
	var total int64
	for _, outcome := range p.Outcomes {
		total += outcome.Weight
	}
	names := outcomeNames(p.Person)
	left := int64(draw(p.seed, "outcome "+run, int64(sequence), uint64(total)))
	for _, name := range names {
		if left -= p.Outcomes[name].Weight; left < 0 {
			return name
		}
	}
	panic("a number below the sum of the weights falls to one of them")
}
