// Package scenarios owns the scenario file (docs/formats/scenario.md): what a
// person may ask for, its validation with the place of every fault, and its
// expansion to a plan of cells and runs. It ships the *.yaml files beside it.
//
// It does not know how a plan is carried out.
package scenarios
