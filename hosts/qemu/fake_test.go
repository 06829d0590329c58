package qemu_test

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// fake is a machine behind a console, as a script has it.
type fake struct {
	t      *testing.T
	typed  *bufio.Reader
	screen io.Writer
	home   string // of the shell
	over   chan struct{}
}

// step is a part of a script. It returns false at the script's end.
type step func(*fake) bool

// show prints a text.
func show(text string) step {
	return func(f *fake) bool {
		_, err := io.WriteString(f.screen, text)
		return err == nil
	}
}

// typed waits for what is to be typed next, and echoes nothing.
func typed(want string) step {
	return func(f *fake) bool {
		got := make([]byte, len(want))
		if _, err := io.ReadFull(f.typed, got); err != nil {
			return false
		}
		if string(got) != want {
			f.t.Errorf("%q was typed, want %q", got, want)
		}
		return true
	}
}

// after waits, on the clock of the test's bubble.
func after(d time.Duration) step {
	return func(*fake) bool {
		time.Sleep(d)
		return true
	}
}

// silent shows nothing more, and reads on.
func silent(f *fake) bool {
	_, _ = io.Copy(io.Discard, f.typed)
	return false
}

// deaf shows nothing more, and does not read either.
func deaf(f *fake) bool {
	<-f.over
	return false
}

var (
	setsPrompt = regexp.MustCompile(`^PS1='(.*)''(.*)'$`)
	asksStatus = regexp.MustCompile(`^printf '\\n%s-%s %s\.\\n' (\w+) (\d+) \$\?$`)
)

// shell is one whose lines the real /bin/sh executes, and that echoes as a line
// editor does.
func shell(prompt string) step {
	return func(f *fake) bool {
		status := 0
		for {
			if !show(prompt)(f) {
				return false
			}
			line, err := f.typed.ReadString('\r')
			if err != nil {
				return false
			}
			line = strings.TrimSuffix(line, "\r")
			if !show("\x1b[4h" + line + "\x1b[K\r\n")(f) {
				return false
			}
			if parts := setsPrompt.FindStringSubmatch(line); parts != nil {
				prompt = parts[1] + parts[2]
			} else if parts := asksStatus.FindStringSubmatch(line); parts != nil {
				show("\r\n" + parts[1] + "-" + parts[2] + " " + strconv.Itoa(status) + ".\r\n")(f)
			} else if line == "exec /bin/sh" {
				prompt = "# "
			} else if line != "" {
				var out string
				out, status = f.execute(line)
				show(out)(f)
			}
		}
	}
}

// execute runs a line.
func (f *fake) execute(line string) (string, int) {
	command := exec.Command("/bin/sh", "-c", line)
	command.Env = []string{"HOME=" + f.home, "PATH=" + f.home + "/bin:" + os.Getenv("PATH")}
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	_ = command.Run() // Its status tells.
	return strings.ReplaceAll(out.String(), "\n", "\r\n"), command.ProcessState.ExitCode()
}

// console gives a machine's console; it plays the script and then closes it.
func console(t *testing.T, home string, script []step) (stream io.ReadWriter, closing func()) {
	typedHere, typing := io.Pipe()
	shown, screen := io.Pipe()
	f := &fake{t: t, typed: bufio.NewReader(typedHere), screen: screen, home: home, over: make(chan struct{})}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer screen.Close()
		defer typedHere.Close()
		for _, next := range script {
			if !next(f) {
				return
			}
		}
	}()
	return struct {
			io.Reader
			io.Writer
		}{shown, typing}, func() {
			close(f.over)
			typing.Close()
			shown.Close()
			<-done
		}
}
