package runner

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"eaibench/results"
)

const lookEvery = 5 * time.Millisecond // shorter than what it looks for; looking takes time from it

// killed is a campaign whose eaibench is killed again and again.
type killed struct {
	t       *testing.T
	folder  string   // everything is in it
	flags   []string // of one that goes on
	given   []string // flags by which references are given; nil: they are built
	process *exec.Cmd
	lines   chan string   // of its standard error
	over    chan struct{} // closed when there are no more
	// As it was when the process was started: the operators' folders of those that were killed before, and the tables.
	operators     []string
	runs, samples string
}

// start begins the campaign, or goes on with it once it is there.
func (k *killed) start() {
	k.t.Helper()
	args := []string{"run", filepath.Join(k.folder, "tiny.yaml"), "--out", filepath.Join(k.folder, "out")}
	if campaign := k.campaign(); campaign != "" {
		args = append([]string{"run", "--resume", campaign}, k.flags...)
	}
	args = append(args, k.given...)
	k.operators = operatorFolders(k.t, k.folder)
	k.runs, k.samples = k.read("runs.csv"), k.read("samples.csv")
	k.process = exec.Command(executable(k.t), args...)
	k.process.Env = append(os.Environ(), "TMPDIR="+k.folder)
	said, err := k.process.StderrPipe()
	if err != nil {
		k.t.Fatal(err)
	}
	if err := k.process.Start(); err != nil {
		k.t.Fatal(err)
	}
	process := k.process.Process
	k.t.Cleanup(func() { _ = process.Kill() })
	k.lines, k.over = make(chan string, 1000), make(chan struct{})
	go func(lines chan<- string, over chan<- struct{}) {
		defer close(over)
		defer close(lines)
		for scanner := bufio.NewScanner(said); scanner.Scan(); {
			lines <- scanner.Text()
		}
	}(k.lines, k.over)
}

// keep copies what there is of the campaign. The function returned puts it back: what was carried out since then was not, once more.
func (k *killed) keep() (restore func()) {
	k.t.Helper()
	out, kept := filepath.Join(k.folder, "out"), filepath.Join(k.t.TempDir(), "out")
	_, err := os.Stat(out)
	there := err == nil
	if there {
		if err := os.CopyFS(kept, os.DirFS(out)); err != nil {
			k.t.Fatal(err)
		}
	}
	return func() {
		k.t.Helper()
		err := os.RemoveAll(out)
		if there {
			err = errors.Join(err, os.CopyFS(out, os.DirFS(kept)))
		}
		if err != nil {
			k.t.Fatal(err)
		}
	}
}

// kill kills it, and waits until its components have ended too. It tells whether it was there to be killed.
func (k *killed) kill() bool {
	k.t.Helper()
	_ = k.process.Process.Kill() // It may have ended by itself.
	_ = k.process.Wait()
	eventually(k.t, "nothing of it runs", func() bool { return len(processesNaming(k.t, k.folder)) == 0 })
	if !k.process.ProcessState.Exited() {
		return true
	}
	k.t.Logf("it had ended: %s", k.process.ProcessState)
	for line := range k.lines {
		k.t.Log(line)
	}
	return false
}

// campaign is the campaign's folder, "" before it is made.
func (k *killed) campaign() string {
	found, err := filepath.Glob(filepath.Join(k.folder, "out", "[^.]*", "campaign.json")) // one with a dot is in the making
	if err != nil || len(found) > 1 {
		k.t.Fatalf("campaigns: %v, %v", found, err)
	}
	if len(found) == 0 {
		return ""
	}
	return filepath.Dir(found[0])
}

// await waits until the condition holds; false: the process has ended, and it does not.
func (k *killed) await(condition func() bool) bool {
	k.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(lookEvery) {
		over := k.ended()
		if condition() {
			return true
		}
		if over {
			return false
		}
		if time.Now().After(deadline) {
			k.t.Fatal("the moment did not come")
		}
	}
}

// ended tells whether the process says no more.
func (k *killed) ended() bool {
	select {
	case <-k.over:
		return true
	default:
		return false
	}
}

// operatorHas tells whether the running one's operator's folder has a file.
func (k *killed) operatorHas(name string) bool {
	for _, folder := range operatorFolders(k.t, k.folder) {
		_, err := os.Stat(filepath.Join(k.folder, operatorPrefix+folder, name))
		if err == nil && !slices.Contains(k.operators, folder) {
			return true
		}
	}
	return false
}

// pid looks for a process of this campaign whose command line has all the parts; 0 if there is none.
func (k *killed) pid(parts ...string) int {
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		k.t.Fatal(err)
	}
	for _, file := range files {
		line, err := os.ReadFile(file)
		if err != nil || slices.ContainsFunc(append(parts, k.folder), func(part string) bool { return !bytes.Contains(line, []byte(part)) }) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil {
			k.t.Fatal(err)
		}
		if slices.Contains(parts, "bwrap") && !settled(pid) {
			continue
		}
		return pid
	}
	return 0
}

// settled tells whether the sandbox of a bubblewrap's process is made: below it something else runs. Before that bubblewrap waits
// for its own parent, for good if that is killed in this instant.
func settled(pid int) bool {
	for {
		children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
		if err != nil || len(bytes.Fields(children)) == 0 {
			return false
		}
		if pid, err = strconv.Atoi(string(bytes.Fields(children)[0])); err != nil {
			return false
		}
		name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
		if err != nil {
			return false
		}
		if string(name) != "bwrap\n" {
			return true
		}
	}
}

// halt stops a process as soon as there is such a one, so that what it does has no end; false: there was none.
func (k *killed) halt(parts ...string) bool {
	k.t.Helper()
	return k.await(func() bool {
		pid := k.pid(parts...)
		return pid != 0 && syscall.Kill(pid, syscall.SIGSTOP) == nil && stopped(pid)
	})
}

// stopped waits until a process that got SIGSTOP has stopped; false: it had ended already.
func stopped(pid int) bool {
	for {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			return false
		}
		switch state := stat[bytes.LastIndexByte(stat, ')')+2]; state {
		case 'T', 't':
			return true
		case 'Z', 'X':
			return false
		}
		time.Sleep(lookEvery)
	}
}

// says waits for a line of standard error that begins like this; false: there was none.
func (k *killed) says(prefix string) bool {
	k.t.Helper()
	over := time.After(patience)
	for {
		select {
		case line, open := <-k.lines:
			if !open || strings.HasPrefix(line, prefix) {
				return open
			}
		case <-over:
			k.t.Fatalf("it never said %q", prefix)
		}
	}
}

// read gives a table; "" while there is no campaign.
func (k *killed) read(name string) string {
	campaign := k.campaign()
	if campaign == "" {
		return ""
	}
	text, err := os.ReadFile(filepath.Join(campaign, name))
	if err != nil {
		k.t.Fatal(err)
	}
	return string(text)
}

// rows counts the runs that are kept.
func rows(table string) int { return max(0, strings.Count(table, "\n")-1) }

// pending is the run that is next.
func (k *killed) pending() string {
	data, err := results.Read(k.campaign())
	if err != nil {
		k.t.Fatal(err)
	}
	return data.Campaign.Runs[len(data.Runs)].ID
}
