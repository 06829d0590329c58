package report

import (
	"fmt"
	"strings"

	"eaibench/bench"
	"eaibench/results"
)

const (
	// mostLogs is how many runs' logs are in the page, and longestLog how many bytes of each.
	mostLogs   = 20
	longestLog = 16 << 10
	// mostNotOK is how many runs that are not ok are listed.
	mostNotOK = 200
)

// runsPart says what became of the runs.
type runsPart struct {
	// Text counts them, Ended says why there are no more.
	Text, Ended string
	NotOK       []notOK
	// ListedText and LogsText say how many of them are listed and have their log here.
	ListedText, LogsText string
	// Losses are what was lost under runs.
	Losses []string
}

type notOK struct {
	bench.Run
	// Log is the end of its log, HasLog whether it is here.
	Log    string
	HasLog bool
}

func runsOf(data *results.Data, log func(string) ([]byte, error)) (runsPart, error) {
	part := runsPart{Text: countsText(data)}
	if end := results.EndOf(data.Events); end != nil {
		part.Ended = fmt.Sprintf("Ended (%s): %s.", end.Reason, strings.TrimSuffix(end.Text, "."))
	}
	for _, event := range data.Events {
		if event.Lost != nil {
			under := "After the last run"
			if event.Lost.Run != "" {
				under = "Run " + event.Lost.Run
			}
			part.Losses = append(part.Losses, fmt.Sprintf("%s: %s failed: %s", under, event.Lost.Failed, event.Lost.Text))
		}
	}
	total, logs := 0, 0
	for _, run := range data.Runs {
		if run.Status == bench.OK {
			continue
		}
		if total++; total > mostNotOK {
			continue
		}
		one := notOK{Run: run}
		if log != nil && logs < mostLogs {
			text, err := log(run.ID)
			if err != nil {
				return part, fmt.Errorf("the log of run %s: %w", run.ID, err)
			}
			one.Log, one.HasLog = endOf(text), true
			logs++
		}
		part.NotOK = append(part.NotOK, one)
	}
	if total > len(part.NotOK) {
		part.ListedText = fmt.Sprintf("The first %d of %d are listed; runs.csv has all.", len(part.NotOK), total)
	}
	if logs > 0 {
		part.LogsText = fmt.Sprintf("The logs of %d of %s that are not ok are here, at most the last %d KiB of each; the campaign's folder logs has all of every run.",
			logs, counted(total, "run"), longestLog>>10)
	}
	return part, nil
}

// endOf a log: what went wrong is said last.
func endOf(text []byte) string {
	if len(text) <= longestLog {
		return strings.ToValidUTF8(string(text), "\uFFFD")
	}
	return fmt.Sprintf("… %d bytes before this …\n%s", len(text)-longestLog, strings.ToValidUTF8(string(text[len(text)-longestLog:]), "\uFFFD"))
}

func countsText(data *results.Data) string {
	warm, counts := 0, 0
	others := map[bench.Status]int{}
	for _, run := range data.Runs {
		switch {
		case run.Counts():
			counts++
		case run.Status == bench.OK:
			warm++
		default:
			others[run.Status]++
		}
	}
	text := fmt.Sprintf("%d of %s count", counts, counted(len(data.Runs), "run"))
	if warm > 0 {
		text += fmt.Sprintf("; %d warm-up", warm)
	}
	for _, status := range []bench.Status{bench.Failed, bench.Invalid, bench.Aborted} {
		if n := others[status]; n > 0 {
			text += fmt.Sprintf("; %d %s", n, status)
		}
	}
	if left := len(data.Campaign.Runs) - len(data.Runs); left > 0 && data.Complete {
		text += fmt.Sprintf("; %d planned runs were left out", left)
	} else if left > 0 {
		text += fmt.Sprintf("; %d are not carried out yet", left)
	}
	return text + "."
}
