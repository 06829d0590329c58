package cli

import (
	"io"
	"os"

	"eaibench/internal/terminal"
)

// forPeople is where a command writes what it answers: a terminal gets no character that it would obey. Campaigns, and the names of files
// that were imported, come from others. Files and pipes get every byte.
func forPeople(stdout io.Writer) io.Writer {
	file, ok := stdout.(*os.File)
	if !ok {
		return stdout
	}
	if info, err := file.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return stdout
	}
	return plainWriter{file}
}

// plainWriter writes texts, each whole in a call.
type plainWriter struct{ to io.Writer }

// Write writes a text as terminal.Plain has it.
func (w plainWriter) Write(text []byte) (int, error) {
	if _, err := io.WriteString(w.to, terminal.Plain(string(text))); err != nil {
		return 0, err
	}
	return len(text), nil
}
