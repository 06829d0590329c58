package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"eaibench/launcher"
)

func launcherMenuCommand() *cli.Command {
	return &cli.Command{
		Name:      "menu",
		Usage:     "ask a launcher step by step, from a menu",
		UsageText: "eaibench launcher menu --launcher URL --root-ca FILE --token FILE",
		Description: `Shows a menu - list, upload, delete, compile, execute, exit - and asks for what each of them
needs, line by line on standard input. Entries are chosen by number or by name. A mistake is
said, and the menu goes on; exit, the end of the input or Ctrl-C end it.

EXAMPLES:
   eaibench launcher menu --launcher https://127.0.0.1:8450 --root-ca root.pem --token data/launcher/token
   eaibench launcher menu --launcher https://127.0.0.1:8450 --root-ca root.pem --token data/launcher/token < commands`,
		Flags:  launcherFlags(),
		Action: runLauncherMenu,
	}
}

func runLauncherMenu(c *cli.Context) error {
	if err := noMoreArguments(c); err != nil {
		return err
	}
	client, err := launcherClient(c)
	if err != nil {
		return badInput("%w", err)
	}
	defer client.Close()
	// What would keep every entry from working is said at once.
	if _, err := client.Files(c.Context); err != nil {
		return launcherFault(c, err)
	}
	m := menu{c: c, client: client, out: c.App.Writer, answers: readLines(c.Context, c.App.Reader)}
	return m.show()
}

// menu is one conversation with a person.
type menu struct {
	c       *cli.Context
	client  *launcher.Client
	out     io.Writer
	answers <-chan answer
}

// entries are the menu's, in its order. The last one ends it.
var entries = []struct {
	name, about string
	carryOut    func(*menu) error
}{
	{"list", "the stored programs, what they were compiled to, their certificates", (*menu).list},
	{"upload", "a C source, or an archive of several (.tar, .tar.gz)", (*menu).upload},
	{"delete", "a program with its executables and certificates", (*menu).delete},
	{"compile", "a program for a mode", (*menu).compile},
	{"execute", "a compiled program in a mode", (*menu).execute},
	{"exit", "", func(*menu) error { return errLeft }},
}

var (
	errLeft    = errors.New("the menu was left")
	errNothing = errors.New("nothing was given")
	errInput   = errors.New("standard input cannot be read")
)

// show goes on until the menu is left. What fails is said, and is no error, unless nobody is there any more to be told.
func (m *menu) show() error {
	m.print(menuText())
	for {
		choice, err := m.ask("\nChoose 1 to " + strconv.Itoa(len(entries)) + ": ")
		switch {
		case err == nil:
			err = m.choose(choice)
		case errors.Is(err, errNothing):
			m.print(menuText())
			continue
		}
		switch {
		case err == nil:
		case errors.Is(err, errLeft):
			return nil
		case errors.Is(err, errNothing):
			m.print("nothing was given, nothing is done\n")
		case errors.Is(err, errInput):
			return failed("%w", err)
		case m.c.Context.Err() != nil:
			return launcherFault(m.c, err) // in the middle of something
		default:
			m.print(launcherFault(m.c, err).Error() + "\n")
		}
	}
}

func menuText() string {
	var text strings.Builder
	for i, entry := range entries {
		text.WriteString(strings.TrimRight(fmt.Sprintf("  %d  %-8s %s", i+1, entry.name, entry.about), " ") + "\n")
	}
	return text.String()
}

func (m *menu) choose(choice string) error {
	for i, entry := range entries {
		if choice == strconv.Itoa(i+1) || strings.EqualFold(choice, entry.name) {
			return entry.carryOut(m)
		}
	}
	return fmt.Errorf("%q is not in the menu: a number from 1 to %d, or a name such as %s; an empty line shows it again", choice, len(entries), entries[0].name)
}

func (m *menu) list() error {
	listed, err := m.client.Files(m.c.Context)
	if err == nil && len(listed) == 0 {
		m.print("no program is stored: upload one\n")
	}
	return errors.Join(err, printListed(m.out, listed))
}

func (m *menu) upload() error {
	file, err := m.ask("File: ")
	if err != nil {
		return err
	}
	// No shell has seen it.
	if below, home := strings.CutPrefix(file, "~/"); home {
		folder, err := os.UserHomeDir()
		if err != nil {
			return err
		}
		file = filepath.Join(folder, below)
	}
	reply, err := uploadFile(m.c.Context, m.client, file)
	if err != nil {
		return err
	}
	m.print(fmt.Sprintf("%s: program %s has ID %d\n", reply.Message, reply.Program, reply.ProgramID))
	return nil
}

func (m *menu) delete() error {
	id, err := m.askID()
	if err != nil {
		return err
	}
	if err := m.client.Delete(m.c.Context, id); err != nil {
		return err
	}
	m.print(fmt.Sprintf("program %d deleted\n", id))
	return nil
}

func (m *menu) compile() error {
	id, mode, err := m.askProgram("Mode (empty: the platform's first): ")
	if err != nil {
		return err
	}
	result, err := m.client.Compile(m.c.Context, id, mode)
	if err != nil {
		return err
	}
	return printCompiled(m.out, result)
}

func (m *menu) execute() error {
	id, mode, err := m.askProgram("Mode (empty: the one compiled last): ")
	if err != nil {
		return err
	}
	result, err := m.client.Execute(m.c.Context, id, mode, launcher.ExecuteRequest{})
	if err != nil {
		return err
	}
	if err := printRun(m.out, result); err != nil {
		return err
	}
	if result.Status != launcher.OK {
		m.print(result.Message + "\n")
	}
	return nil
}

func (m *menu) askID() (int, error) {
	given, err := m.ask("Program's ID: ")
	if err != nil {
		return 0, err
	}
	return programID(given)
}

func (m *menu) askProgram(question string) (id int, mode string, err error) {
	if id, err = m.askID(); err != nil {
		return 0, "", err
	}
	if mode, err = m.ask(question); errors.Is(err, errNothing) {
		err = nil
	}
	return id, mode, err
}

// print says something to the person. Whether they hear is found out by asking.
func (m *menu) print(text string) { _, _ = io.WriteString(m.out, text) }

// ask gives one line, without the space around it: errNothing if it is empty, errLeft at the end of the input or after
// Ctrl-C, errInput when there is no line to be had.
func (m *menu) ask(question string) (string, error) {
	m.print(question)
	select {
	case given, more := <-m.answers:
		switch text := strings.TrimSpace(given.text); {
		case !more:
			m.print("\n")
			return "", errLeft
		case given.err != nil:
			m.print("\n")
			return "", fmt.Errorf("%w: %w", errInput, given.err)
		case text == "":
			return "", errNothing
		default:
			return text, nil
		}
	case <-m.c.Context.Done():
		m.print("\n")
		return "", errLeft
	}
}

type answer struct {
	text string
	err  error
}

// readLines reads lines beside whoever waits for them, since a read cannot be given up: its goroutine ends with its input, or with
// the process.
func readLines(ctx context.Context, from io.Reader) <-chan answer {
	lines := make(chan answer)
	go func() {
		defer close(lines)
		scanner := bufio.NewScanner(from)
		send := func(a answer) bool {
			select {
			case lines <- a:
				return true
			case <-ctx.Done():
				return false
			}
		}
		for scanner.Scan() {
			if !send(answer{text: scanner.Text()}) {
				return
			}
		}
		if err := scanner.Err(); err != nil {
			send(answer{err: err})
		}
	}()
	return lines
}
