package audit_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"eaibench/audit"
	"eaibench/results"
	"eaibench/results/importing"
)

// published are files of each format whose bytes nobody published.
var published = map[importing.Format]importing.File{
	importing.EAI:      {Name: "inside.csv", Data: []byte("ts,run_id,component,operation,metric,value_ms,program_id,service_id\n1776619744,1-1,integration_process,execute,execute_total_ms,34.8,13,\n")},
	importing.Memory:   {Name: "memory-out-experiment-results.csv", Data: []byte("Block Size (MB),Trial Num,Allocation Time (ms),Write Time (ms),Read Time (ms),Free Time (ms)\n100,1,0.047,282.585,282.568,0.006\n")},
	importing.Pipe:     {Name: "pipe-out-experiment-results.csv", Data: []byte("Test,Message Size (Bytes),Write Time (ms),Read Time (ms),Total Time (ms)\n1,1024,0.013,0.553,0.566\n")},
	importing.Capacity: {Name: "max_num_compart-experiment-purecapABI-results.csv", Data: []byte("Number of Processes,Memory Used (MB),Time Elapsed (ms)\n1,1393.1,522.2\n")},
	importing.CPU:      {Name: "cpu-out-experiment-results.csv", Data: []byte("TrialNum,Operation,CPU Time (ms)\n1,math,52875\n")},
	importing.Crypto:   {Name: "crypto.csv", Data: []byte("mode,workload,operation,size_bytes,repetition,start_time_ms,end_time_ms,success\noutside,sha256,hash,1,1,1,2,1\n")},
}

// TestEveryKnown: what is known of a format's published files is reported, all of it, by the check that it names, as grave as
// that check may be; of files that were not published as a note.
func TestEveryKnown(t *testing.T) {
	for _, format := range importing.Formats() {
		t.Run(string(format), func(t *testing.T) {
			data, err := importing.Import([]importing.File{published[format]}, importing.Options{Format: format, Now: time.Unix(1, 0)})
			if err != nil {
				t.Fatal(err)
			}
			checkKnown(t, data)
			data.Campaign.Import.Known = importing.Known(format)
			for _, known := range data.Campaign.Import.Known {
				if strings.Contains(known.Text, "not all of these are") {
					t.Errorf("%q is of other files", known.Text)
				}
			}
			checkKnown(t, data)
		})
	}
}

func checkKnown(t *testing.T, data *results.Data) {
	t.Helper()
	report, err := audit.Examine(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, known := range data.Campaign.Import.Known {
		at := slices.IndexFunc(audit.Checks(), func(check audit.Check) bool { return check.Name == known.Check })
		if at < 0 {
			t.Errorf("no check is %q", known.Check)
			continue
		}
		severity := audit.Severity(known.Severity)
		if !audit.Checks()[at].Severity.AtLeast(severity) {
			t.Errorf("%s is %s at worst, and is known to be %s", known.Check, audit.Checks()[at].Severity, severity)
		}
		if !slices.ContainsFunc(report.Threats, func(threat audit.Threat) bool {
			return threat.Check == known.Check && threat.Severity.AtLeast(severity) && slices.Contains(threat.Evidence, known.Text+" ("+known.Source+")")
		}) {
			t.Errorf("%s: %q is not reported", known.Check, known.Text)
		}
	}
}
