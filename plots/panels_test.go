package plots

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Panels are spread by how many there are, not by how many there could be.
func TestPanels(t *testing.T) {
	there, none := []int{1}, []int(nil)
	for _, test := range []struct {
		name    string
		all     [][][]int
		columns int
		want    []string
	}{
		{"nothing", [][][]int{{none}, {none}}, 0, nil},
		{"one of two", [][][]int{{none}, {there}}, 1, []string{"1 of 0"}},
		{"three", [][][]int{{there, there, there}}, 3, []string{"0 of 0", "0 of 1", "0 of 2"}},
		{"four of six", [][][]int{{there, none, there}, {there, there, none}}, 2, []string{"0 of 0", "0 of 2", "1 of 0", "1 of 1"}},
		{"five of six", [][][]int{{there, none, there}, {there, there, there}}, 3, []string{"0 of 0", "0 of 2", "1 of 0", "1 of 1", "1 of 2"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := &view{quantities: []quantity{{name: "first"}, {name: "second"}}}
			f := &Figure{}
			err := panels(v, f, test.all, curveWidth, func(i, j int) (panel, error) {
				return panel{heading: fmt.Sprintf("%d of %d", i, j)}, nil
			})
			var got []string
			for _, p := range f.panels {
				got = append(got, p.heading)
			}
			if diff := cmp.Diff(test.want, got); diff != "" || err != nil || f.columns != test.columns {
				t.Errorf("%v, in %d columns, want %d: %s", err, f.columns, test.columns, diff)
			}
		})
	}
	fault := errors.New("no room")
	err := panels(&view{quantities: []quantity{{name: "first"}}}, &Figure{}, [][][]int{{there}}, curveWidth, func(int, int) (panel, error) { return panel{}, fault })
	if !errors.Is(err, fault) || !strings.Contains(err.Error(), "first") {
		t.Errorf("a panel that cannot be drawn ends with %v", err)
	}
}
