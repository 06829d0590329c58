package scenarios

import "reflect"

// Measures tells whether another scenario measures the same in the same way: everything is equal but what is said of it and drawn of
// it.
func (s *Scenario) Measures(other *Scenario) bool {
	return reflect.DeepEqual(s.measurement(), other.measurement())
}

// measurement is the scenario without what a measurement does not depend on.
func (s *Scenario) measurement() Scenario {
	m := *s
	m.Title, m.Description, m.Figures = "", "", nil
	m.Sources, m.counts, m.platformFile = nil, nil, ""
	return m
}
