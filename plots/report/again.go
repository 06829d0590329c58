package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"eaibench/results"
)

// again is how the campaign is carried out again.
type again struct {
	// Commands for a shell, in order.
	Commands []command
	Files    []results.Source
	Versions []named
	Seeds    string
}

// command is a line for a shell.
type command struct{ Line, Does string }

// named is a value with its name.
type named struct{ Name, Value string }

func againOf(data *results.Data, folder string) again {
	c := data.Campaign
	file := c.Scenario.File
	run := "eaibench run " + shellWord(file) + " --out out"
	if target := c.Placement.TargetText(); target != "local" {
		run += " --target " + shellWord(target) + " --hosts hosts.yaml"
	}
	a := again{
		Seeds: fmt.Sprintf("Order of the runs is %s, drawn from seed %d; the services' data from seed %d. %s of %s were planned.",
			c.Order, c.Seed, c.DataSeed, counted(len(c.Runs), "run"), counted(len(c.Cells), "cell")),
	}
	if c.Import != nil {
		a.Commands = append(a.Commands, command{importLine(c), "makes the campaign of the published files again"})
		for _, file := range c.Import.Files {
			a.Versions = append(a.Versions, named{file.Name, "SHA-256 " + file.SHA256})
		}
		a.Seeds = fmt.Sprintf("Intervals are drawn from seed %d.", c.Seed)
	} else if file != "" {
		a.Commands = append(a.Commands, command{run, "carries the scenario out again: the same cells, in the same order"})
		a.Files = append(a.Files, results.Source{File: c.Scenario.File, Text: c.Scenario.Text})
		a.Files = append(a.Files, c.Scenario.Extends...)
	}
	if data.Complete {
		a.Commands = append(a.Commands, command{"eaibench verify " + shellWord(folder), "shows that every byte is as it was sealed"})
	} else {
		a.Commands = append(a.Commands, command{"eaibench run --resume " + shellWord(folder), "goes on with the runs that are left"})
	}
	a.Commands = append(a.Commands,
		command{"eaibench report " + shellWord(folder), "writes this page"},
		command{"eaibench compare " + shellWord(folder) + " OTHER", "compares another campaign with this one"})
	for _, name := range slices.Sorted(maps.Keys(c.Versions)) {
		a.Versions = append(a.Versions, named{name, c.Versions[name]})
	}
	return a
}

// importLine is the command that makes an imported campaign.
func importLine(c *results.Campaign) string {
	line := "eaibench import --format " + shellWord(c.Import.Format)
	for _, file := range c.Import.Files {
		name := file.Name
		if file.Published == "" && file.Mode != "" { // the name alone does not say it
			name = file.Mode + "=" + name
		}
		line += " " + shellWord(name)
	}
	if len(c.Import.Dropped) > 0 {
		line += " --lenient"
	}
	return line + " --out " + shellWord("out/"+c.Name)
}

// shellWord quotes what is more than a word to a shell.
func shellWord(text string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:@%+=,-"
	if text != "" && strings.Trim(text, plain) == "" {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
