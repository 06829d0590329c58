package cli

import "strings"

// commandColumns is how wide a line of a command is, without the backslash at its end.
const commandColumns = 100

// shellCommand writes a command so that a POSIX shell reads these very arguments: one line, broken by backslashes before options
// where it would be wider than commandColumns. An option stays with its value.
func shellCommand(command []string) string {
	var lines []string
	line := ""
	for at := 0; at < len(command); {
		part := optionWord(command[at])
		at++
		for isOption := strings.HasPrefix(command[at-1], "-"); isOption && at < len(command) && !strings.HasPrefix(command[at], "-"); at++ {
			part += " " + optionWord(command[at])
		}
		if line != "" && len(line)+1+len(part) > commandColumns {
			lines = append(lines, line)
			line = ""
		}
		if line != "" || len(lines) > 0 {
			part = " " + part
		}
		line += part
	}
	return strings.Join(append(lines, line), " \\\n")
}

// optionWord is a word of a shell that may be an option, which needs no quotes for its dashes.
func optionWord(word string) string {
	if rest := strings.TrimPrefix(strings.TrimPrefix(word, "-"), "-"); rest != word && plainWord.MatchString(rest) {
		return word
	}
	return shellWord(word)
}
