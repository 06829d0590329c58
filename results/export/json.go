package export

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"eaibench/bench"
)

// Version of the exported JSON.
const Version = 1

// Document is the exported JSON.
type Document struct {
	Version  int              `json:"version"`
	Campaign DocumentCampaign `json:"campaign"`
	Cells    []bench.Cell     `json:"cells"`
	Runs     []DocumentRun    `json:"runs"`
}

// DocumentCampaign says what the values are of.
type DocumentCampaign struct {
	Name     string `json:"name"`
	Title    string `json:"title"`
	Solution string `json:"solution"`
	Platform string `json:"platform"`
	// StandIn is true where no mode has CHERI's protection.
	StandIn bool `json:"stand_in"`
	// Marks are sentences that whoever shows the values shows too, none where there is nothing to mark.
	Marks []string `json:"marks,omitempty"`
	// Modes in the order of their chain.
	Modes    []bench.Mode      `json:"modes"`
	Order    string            `json:"order"`
	Seed     uint64            `json:"seed"`
	Started  time.Time         `json:"started"`
	Complete bool              `json:"complete"`
	Versions map[string]string `json:"versions,omitempty"`
}

// DocumentRun is a run with its values.
type DocumentRun struct {
	ID        string       `json:"id"`
	Cell      string       `json:"cell"`
	Block     int          `json:"block"`
	Position  int          `json:"position"`
	Iteration int          `json:"iteration"`
	WarmUp    bool         `json:"warm_up"`
	Status    bench.Status `json:"status"`
	Check     string       `json:"check,omitempty"`
	Reason    string       `json:"reason,omitempty"`
	// Insecure is true where the run's cell leaves protection out to measure its cost.
	Insecure bool            `json:"insecure,omitempty"`
	Started  time.Time       `json:"started,omitzero"`
	Ended    time.Time       `json:"ended,omitzero"`
	Values   []DocumentValue `json:"values"`
}

// DocumentValue is a run's value of a series.
type DocumentValue struct {
	bench.Series
	// Value is the median of the run's samples, in Unit.
	Value float64    `json:"value"`
	Unit  bench.Unit `json:"unit"`
	// Samples is how many there are.
	Samples int `json:"samples"`
}

func (p *page) writeJSON(w io.Writer) error {
	c := p.campaign
	document := Document{
		Version: Version,
		Campaign: DocumentCampaign{
			Name: c.Name, Title: c.Title, Solution: c.Solution, Platform: c.Platform, StandIn: c.StandIn, Marks: p.marks, Modes: c.Chain(),
			Order: c.Order, Seed: c.Seed, Started: c.Started, Complete: p.data.Complete, Versions: c.Versions,
		},
		Cells: c.Cells,
	}
	for _, run := range p.runs {
		one := DocumentRun{
			ID: run.ID, Cell: run.Cell, Block: run.Block, Position: run.Position, Iteration: run.Iteration, WarmUp: run.WarmUp,
			Status: run.Status, Check: run.Check, Reason: run.Reason, Insecure: run.insecure(), Started: run.Started, Ended: run.Ended,
		}
		for _, v := range run.values {
			one.Values = append(one.Values, DocumentValue{v.Series, v.number, v.unit, v.samples})
		}
		document.Runs = append(document.Runs, one)
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(document); err != nil {
		return fmt.Errorf("writing JSON: %w", err)
	}
	return nil
}
