package scenarios

import (
	"maps"
	"slices"

	"eaibench/integration_process"
)

// Arguments are values of the solution's own run parameters. They are read from keys that the solution's description names, so
// that a new solution needs nothing here.
type Arguments struct {
	declared integration_process.RunParameters
	read     map[string]any // pointers to int64, Amount, Size or string, by key
}

// ExtraKeys lists the solution's run parameters.
func (a *Arguments) ExtraKeys() []string { return slices.Sorted(maps.Keys(a.declared)) }

// Extra gives what a key's value is read into.
func (a *Arguments) Extra(key string) any {
	if a.read == nil {
		a.read = map[string]any{}
	}
	switch a.declared[key].Type {
	case integration_process.RunAmount:
		a.read[key] = new(Amount)
	case integration_process.RunSize:
		a.read[key] = new(Size)
	case integration_process.RunInteger:
		a.read[key] = new(int64)
	default:
		a.read[key] = new(string)
	}
	return a.read[key]
}

// values gives what was read, by key: int64 or string.
func (a *Arguments) values() map[string]any {
	all := make(map[string]any, len(a.read))
	for key, into := range a.read {
		switch v := into.(type) {
		case *Amount:
			all[key] = int64(*v)
		case *Size:
			all[key] = int64(*v)
		case *int64:
			all[key] = *v
		case *string:
			all[key] = *v
		}
	}
	return all
}

// ArgumentLists are several values of the solution's own run parameters.
type ArgumentLists struct {
	declared integration_process.RunParameters
	read     map[string]any // pointers to slices
}

// ExtraKeys lists the solution's run parameters.
func (a *ArgumentLists) ExtraKeys() []string { return slices.Sorted(maps.Keys(a.declared)) }

// Extra gives what a key's list is read into.
func (a *ArgumentLists) Extra(key string) any {
	if a.read == nil {
		a.read = map[string]any{}
	}
	switch a.declared[key].Type {
	case integration_process.RunAmount:
		a.read[key] = new([]Amount)
	case integration_process.RunSize:
		a.read[key] = new([]Size)
	case integration_process.RunInteger:
		a.read[key] = new([]int64)
	default:
		a.read[key] = new([]string)
	}
	return a.read[key]
}

// values gives what was read, by key: lists of int64 or string.
func (a *ArgumentLists) values() map[string][]any {
	all := make(map[string][]any, len(a.read))
	for key, into := range a.read {
		switch v := into.(type) {
		case *[]Amount:
			all[key] = untyped(*v, func(x Amount) any { return int64(x) })
		case *[]Size:
			all[key] = untyped(*v, func(x Size) any { return int64(x) })
		case *[]int64:
			all[key] = untyped(*v, func(x int64) any { return x })
		case *[]string:
			all[key] = untyped(*v, func(x string) any { return x })
		}
	}
	return all
}

// untyped keeps the difference between no list and an empty one.
func untyped[T any](values []T, one func(T) any) []any {
	if values == nil {
		return nil
	}
	all := make([]any, len(values))
	for i, value := range values {
		all[i] = one(value)
	}
	return all
}
