package spreadsheet_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"eaibench/internal/spreadsheet"
)

func TestRecord(t *testing.T) {
	fields := []string{"", "smoke", "-1.5", "+1e9", "-1e-3", "=1+1", "+cmd", "-cmd", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "a=1", "−1", "-", "ε², -0.3"}
	want := []string{"", "smoke", "-1.5", "+1e9", "-1e-3", "'=1+1", "'+cmd", "'-cmd", "'@SUM(A1)", "'\t=1", "'\r=1", "'\n=1", "a=1", "−1", "'-", "ε², -0.3"}
	before := append([]string(nil), fields...)
	if diff := cmp.Diff(want, spreadsheet.Record(fields)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(before, fields); diff != "" {
		t.Errorf("the record itself was changed: %s", diff)
	}
}
