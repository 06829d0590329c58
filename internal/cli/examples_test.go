package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

// examplesOf are the lines below EXAMPLES of a command's description, those that end in a backslash joined with the next.
func examplesOf(command *cli.Command) []string {
	_, text, _ := strings.Cut(command.Description, "EXAMPLES:\n")
	var examples []string
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\\\n", " "), "\n") {
		if line = strings.TrimSpace(line); line != "" {
			examples = append(examples, line)
		}
	}
	return examples
}

// Every command's help has examples, and each is taken by the very command: it goes as far as a machine lets it that has
// scenarios, no server, and no time. A wrong flag, value or number of arguments would be found before.
func TestExamples(t *testing.T) {
	shipped, err := filepath.Abs("../../scenarios")
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	eachCommand(newApp(nil, nil, nil).Commands, "eaibench", func(path string, command *cli.Command) {
		examples := examplesOf(command)
		if len(examples) == 0 {
			t.Errorf("%s has no examples", path)
		}
		for _, example := range examples {
			tried++
			t.Run(example, func(t *testing.T) {
				// An empty folder each: an attester that found its certificate would make this process another user's.
				t.Chdir(t.TempDir())
				for _, name := range []string{"scenarios", "mine.yaml"} {
					if err := os.Symlink(filepath.Join(shipped, map[string]string{"mine.yaml": "smoke.yaml"}[name]), name); err != nil {
						t.Fatal(err)
					}
				}
				if why := refused(example); why != "" {
					t.Error(why)
				}
			})
			if !strings.HasPrefix(example, path) {
				t.Errorf("%s has an example of another command: %s", path, example)
			}
		}
	})
	if tried < 40 {
		t.Errorf("only %d examples were tried", tried)
	}
}

// refused says why a line of a shell is not taken, or nothing. What it redirects and pipes to is not looked at.
func refused(example string) string {
	if strings.ContainsAny(example, "'\"…$`") {
		return "it is more than words, which this test does not understand"
	}
	example, _, _ = strings.Cut(example, " > ")
	example, _, _ = strings.Cut(example, " < ")
	example, _, _ = strings.Cut(example, " | ")
	over, cancel := context.WithCancel(context.Background())
	cancel() // servers would serve, and runs would be carried out
	var said strings.Builder
	err := run(over, strings.Fields(example), strings.NewReader(""), &said, &said)
	var exit *exitError
	if errors.As(err, &exit) && exit.misuse {
		return err.Error()
	}
	return ""
}

func TestWrongExamplesAreRefused(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, example := range []string{
		"eaibench rum smoke",
		"eaibench run smoke --ot out",
		"eaibench run",
		"eaibench run smoke mine.yaml",
		"eaibench launcher",
		"eaibench launcher execute --launcher https://127.0.0.1:1 --root-ca r --requests many 1",
		"eaibench ca issue service --data ca --out o",
		"eaibench attest verify f --at yesterday",
		"eaibench launcher execute … 1",
	} {
		if refused(example) == "" {
			t.Errorf("%s was taken", example)
		}
	}
}

// What a help says of a command can be read in a terminal of 100 columns.
func TestHelpIsNotWide(t *testing.T) {
	eachCommand(newApp(nil, nil, nil).Commands, "eaibench", func(path string, command *cli.Command) {
		said, _, _ := strings.Cut(command.Description, "EXAMPLES:")
		for paragraph := range strings.SplitSeq(said, "\n\n") {
			// What is indented is a command to copy, or a list.
			if columns := widest(paragraph); columns > 97 && !strings.HasPrefix(paragraph, " ") {
				t.Errorf("%s: %d columns:\n%s", path, columns, paragraph)
			}
		}
	})
}
