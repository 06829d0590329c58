package runner

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"eaibench/launcher"
	"eaibench/results"
)

const (
	onFullDisk = "carry out campaigns on a full disk"
	page       = 4 << 10 // of a tmpfs
	// Each file is the one that needs the first page too many on one of these disks.
	fewestPages, mostPages = 3, 40
)

func init() { otherRoles[onFullDisk] = reportFullDisk }

// A disk that is full, wherever that meets the campaign, costs no run that was reported, and once there is room it goes on. The disk
// is a small one in memory, in a mount namespace of the child's own.
func TestFullDisk(t *testing.T) {
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(own)
	command.Env = append(os.Environ(), actAs+"="+onFullDisk, folderName+"="+t.TempDir())
	command.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}},
	}
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	t.Logf("%s", out)
}

func reportFullDisk() {
	met := map[string]int{}
	for pages := fewestPages; pages <= mostPages; pages++ {
		where, err := fillDisk(os.Getenv(folderName), pages)
		if err != nil {
			fmt.Printf("a disk of %d pages: %v\n", pages, err)
			os.Exit(1)
		}
		met[where]++
	}
	fmt.Println("the disk was full", met)
	for _, where := range []string{"making it", "events.jsonl", "samples.csv", "runs.csv", "a log"} {
		if met[where] == 0 {
			fmt.Println("never so:", where)
			os.Exit(1)
		}
	}
}

// fillDisk carries a campaign out on a disk of so many pages until it is full, tries again in vain, makes room, and goes on to the
// end. It says what met the full disk.
func fillDisk(disk string, pages int) (where string, err error) {
	if err := unix.Mount("tmpfs", disk, "tmpfs", 0, fmt.Sprintf("size=%d", pages*page)); err != nil {
		return "", fmt.Errorf("mounting: %w", err)
	}
	defer func() { err = errors.Join(err, unix.Unmount(disk, 0)) }()
	folder := filepath.Join(disk, "many")
	writer, err := results.Create(folder, manyRunsCampaign())
	if errors.Is(err, unix.ENOSPC) {
		if _, there := os.Stat(folder); !errors.Is(there, fs.ErrNotExist) {
			return "", fmt.Errorf("half of a campaign was made: %w", there)
		}
		return "making it", nil
	}
	if err != nil {
		return "", err
	}
	if err := writer.Close(); err != nil {
		return "", err
	}
	var said bytes.Buffer
	first := goOn(folder, talkative(), &said)
	if !errors.Is(first, unix.ENOSPC) {
		return "", fmt.Errorf("it ended with %w, want no space left", first)
	}
	if err := kept(folder, said.String()); err != nil {
		return "", err
	}
	if again := goOn(folder, talkative(), &said); again == nil {
		return "", errors.New("it ended well on a full disk")
	}
	if err := kept(folder, said.String()); err != nil {
		return "", fmt.Errorf("tried again: %w", err)
	}
	if err := unix.Mount("tmpfs", disk, "tmpfs", unix.MS_REMOUNT, "size=64m"); err != nil {
		return "", fmt.Errorf("making room: %w", err)
	}
	if err := goOn(folder, talkative(), io.Discard); err != nil {
		return "", fmt.Errorf("with room: %w", err)
	}
	return placeOf(first), unharmed(folder)
}

// talkative is a site whose runs have long rows.
func talkative() *site {
	of := executeTotal(wild)
	return &site{execute: func(run string, r *launcher.RunResult) error {
		r.OpenSSLCPU = strings.Repeat("x", 400)
		return of(run, r)
	}}
}

// placeOf names the file that could not be written.
func placeOf(err error) string {
	path := new(os.PathError)
	if !errors.As(err, &path) {
		return err.Error()
	}
	if strings.HasSuffix(path.Path, ".log") {
		return "a log"
	}
	return filepath.Base(path.Path)
}

// kept wants every run in the folder that was said to be kept, once.
func kept(folder, said string) error {
	data, err := results.Read(folder)
	if err != nil {
		return err
	}
	for line := range strings.Lines(said) {
		id, is := strings.CutPrefix(strings.TrimSpace(line), "kept ")
		if n := occurrences(data, id); is && n != 1 {
			return fmt.Errorf("run %s was reported and is there %d times", id, n)
		}
	}
	return nil
}

func occurrences(data *results.Data, id string) int {
	n := 0
	for _, run := range data.Runs {
		if run.ID == id {
			n++
		}
	}
	return n
}

// unharmed wants a complete campaign as if nothing had disturbed it: each planned run once, each declared look once.
func unharmed(folder string) error {
	data, err := results.Read(folder)
	if err != nil {
		return err
	}
	if !data.Complete || len(data.Runs) != len(data.Campaign.Runs) {
		return fmt.Errorf("complete: %t, %d runs of %d", data.Complete, len(data.Runs), len(data.Campaign.Runs))
	}
	for i, planned := range data.Campaign.Runs {
		if data.Runs[i].ID != planned.ID {
			return fmt.Errorf("run %d is %s, planned is %s", i, data.Runs[i].ID, planned.ID)
		}
	}
	var looks []int
	for _, event := range data.Events {
		if event.Looked != nil {
			looks = append(looks, event.Looked.Runs)
		}
	}
	if !slices.Equal(looks, data.Campaign.Until.Looks) {
		return fmt.Errorf("looks at %v, declared are %v", looks, data.Campaign.Until.Looks)
	}
	if ended := results.EndOf(data.Events); ended == nil || ended.Reason != results.EndComplete {
		return fmt.Errorf("ended with %+v", ended)
	}
	return nil
}
