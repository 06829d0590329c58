package cli

import (
	"regexp"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"eaibench/integration_process"
	"eaibench/platform"
	"eaibench/plots"
	"eaibench/scenarios"
)

// beginning keeps what begins as the word does, and all that asks for files, and puts a prefix before what is kept.
func beginning(word, prefix string, candidates []string) []string {
	var kept []string
	for _, candidate := range candidates {
		switch {
		case strings.HasPrefix(candidate, ":"):
			kept = append(kept, candidate)
		case strings.HasPrefix(candidate, word):
			kept = append(kept, prefix+candidate)
		}
	}
	return kept
}

// candidate is a line of completions.
func candidate(word, description string) string {
	return word + "\t" + strings.Join(strings.Fields(strings.ReplaceAll(description, "`", "")), " ")
}

func (l *commandLine) commandCandidates() []string {
	var found []string
	for _, command := range l.last().commands {
		if !command.Hidden {
			found = append(found, candidate(command.Name, command.Usage))
		}
	}
	if len(l.levels) == 1 && !l.help {
		found = append(found, candidate("help", "explain a command"))
	}
	return found
}

// flagCandidates are the flags of the innermost command, then those of the commands around it, but for those that are given and
// may not be repeated.
func (l *commandLine) flagCandidates() []string {
	var found []string
	for _, level := range slices.Backward(l.levels) {
		for _, flag := range level.flags {
			documented, ok := flag.(cli.DocGenerationFlag)
			visible, hides := flag.(cli.VisibleFlag)
			repeated, repeats := flag.(cli.DocGenerationSliceFlag)
			name := "--" + flag.Names()[0]
			isGiven := slices.ContainsFunc(level.given, func(g given) bool { return slices.Contains(flag.Names(), g.name) })
			switch {
			case !ok || hides && !visible.IsVisible():
			case name == "--version" && len(l.levels) > 1: // accepted, and of no use there
			case isGiven && !(repeats && repeated.IsSliceFlag()):
			case slices.ContainsFunc(found, func(line string) bool { return strings.HasPrefix(line, name+"\t") }):
			default:
				found = append(found, candidate(name, documented.GetUsage()))
			}
		}
	}
	return found
}

// argumentCandidates are for one of a command's arguments, counted from 0, in any of its forms, a line of the usage text each.
func argumentCandidates(usage string, at int) []string {
	var found []string
	for form := range strings.Lines(usage) {
		for _, one := range argumentsOfForm(form, at) {
			if !slices.Contains(found, one) {
				found = append(found, one)
			}
		}
	}
	// Folders are among the files.
	if slices.Contains(found, ":files") {
		found = slices.DeleteFunc(found, func(one string) bool { return one == ":folders" })
	}
	return found
}

func argumentsOfForm(form string, at int) []string {
	arguments := argumentsIn(form)
	if len(arguments) == 0 {
		return nil
	}
	argument := arguments[min(at, len(arguments)-1)]
	if at >= len(arguments) && !strings.HasSuffix(argument, "...") {
		return nil
	}
	return valuesNamed(strings.TrimSuffix(argument, "..."))
}

// argumentsIn are the names of the arguments in the first line of a usage text, such as "eaibench validate FILE... [--json]": what
// is written in capitals, or is a choice such as bash|zsh, and is no flag's value.
func argumentsIn(usage string) []string {
	first, _, _ := strings.Cut(usage, "\n")
	var arguments []string
	words := strings.Fields(optionalFlags.ReplaceAllString(first, ""))
	for i, word := range words {
		word = strings.Trim(word, "[]")
		isValue := i > 0 && strings.HasPrefix(words[i-1], "--")
		if !isValue && (strings.Contains(word, "|") || word != "" && word[0] >= 'A' && word[0] <= 'Z') && !strings.HasPrefix(word, "-") {
			arguments = append(arguments, word)
		}
	}
	return arguments
}

var (
	optionalFlags = regexp.MustCompile(`\[--[^\]]*\](\.\.\.|…)?`)
	valueName     = regexp.MustCompile("`([^`]+)`")
)

// valuesOf are those of a flag: its name says what it is, or the name that its usage gives the value.
func valuesOf(flag cli.Flag) []string {
	switch flag.Names()[0] {
	case "platform":
		return append(platform.Names(), ":files yaml")
	case "solution":
		return append(integration_process.Solutions(), ":files yaml")
	}
	documented, ok := flag.(cli.DocGenerationFlag)
	if !ok {
		return nil
	}
	name := valueName.FindStringSubmatch(documented.GetUsage())
	if name == nil {
		return nil
	}
	return valuesNamed(name[1])
}

// valuesNamed are those of an argument or a flag's value, by the name that usage texts give it; none for one that can be anything.
func valuesNamed(name string) []string {
	var values []string
	switch name {
	case "SCENARIO":
		values = append(scenarios.Shipped(), ":files yaml")
	case "SERVICE":
		values = shippedServices()
	case "KIND":
		for _, kind := range issuedKinds() {
			values = append(values, string(kind))
		}
	case "MODE":
		values = shippedModes()
	case "FORMAT":
		for _, format := range plots.Formats() {
			values = append(values, string(format))
		}
	case "FILE.c":
		values = []string{":files c"}
	case "FILE":
		values = []string{":files"}
	case "DIR", "FOLDER":
		values = []string{":folders"}
	default:
		if strings.Contains(name, "|") {
			values = strings.Split(name, "|")
		}
	}
	return values
}

// shippedServices are those of every solution that is part of the program.
func shippedServices() []string {
	var names []string
	for _, solution := range integration_process.Solutions() {
		if described, err := integration_process.LoadSolution(solution); err == nil { // else there is nothing to complete
			for _, service := range described.Services {
				names = append(names, service.Name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// shippedModes are those of every platform that is part of the program.
func shippedModes() []string {
	var names []string
	for _, name := range platform.Names() {
		if profile, err := platform.Load(name); err == nil { // else there is nothing to complete
			names = append(names, profile.Chain()...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
