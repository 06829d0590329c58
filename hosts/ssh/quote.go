package ssh

import "strings"

// quote makes one word of POSIX sh of any text without a NUL. Inside single
// quotes nothing has a meaning but the single quote (XCU 2.2.2). A newline is
// written as the variable n, so that the whole stays one line, which a shell can
// read with read -r.
func quote(text string) string {
	return "'" + quoting.Replace(text) + "'"
}

// quoting is never changed.
var quoting = strings.NewReplacer("'", `'\''`, "\n", `'"$n"'`)

// newline sets the variable n to the third character of IFS, which a shell sets to
// space, tab and newline when it starts (XCU 2.5.3).
const newline = `n=${IFS#??}; n=${n%"${n#?}"}; `

// oneLine makes a script one line of text.
func oneLine(script string) string {
	return newline + "eval " + quote(script) + "\n"
}

// words quotes each and joins them.
func words(texts []string) string {
	quoted := make([]string, len(texts))
	for i, text := range texts {
		quoted[i] = quote(text)
	}
	return strings.Join(quoted, " ")
}
