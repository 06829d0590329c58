package runner

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"eaibench/bench"
	"eaibench/hosts"
	"eaibench/links"
)

// elsewhere is a host that plays another one: what is put there goes through its interface, as to any.
func elsewhere(t *testing.T, name string) Place {
	return Place{Name: name, Host: hosts.Local(), WorkFolder: reachable(t), System: System{runtime.GOOS, runtime.GOARCH}, Executable: executable(t)}
}

// Launcher and attester on one host, a service on another, one here: runs are whole, every component is read, and nothing is
// left on any host but eaibench, which the next campaign uses again.
func TestWholeCampaignElsewhere(t *testing.T) {
	board, ijui := elsewhere(t, "board"), elsewhere(t, "ijui")
	options := retail(t, reachable(t))
	options.Modes, options.Paths = []string{"hybrid", "compartment"}, []string{bench.Relayed, bench.Direct}
	options.Target, options.Services = board, map[string]Place{"taxi": ijui, "whatsapp": Here()}
	deployment, err := Deploy(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	defer deployment.Close()
	record := &record{}
	c := &Campaign{Platform: "linux", Site: deployment, Record: record}
	for _, mode := range options.Modes {
		for _, path := range options.Paths {
			id := mode + "-" + path + "-above"
			c.Cells = append(c.Cells, bench.Cell{
				ID: id, Mode: mode, Path: path, Crypto: "hpke",
				Parameters: bench.Parameters{Requests: 2, Arguments: bench.Arguments{"threshold_cents": int64(15_000)}},
			})
			c.Runs = append(c.Runs, bench.PlannedRun{ID: id, Cell: id, Position: len(c.Runs)})
		}
	}
	outcome, err := c.Run(t.Context())
	if err != nil || outcome[bench.OK] != len(c.Runs) {
		t.Errorf("got %v, %v:\n%s", outcome, err, strings.Join(record.endings(), "\n"))
		printLogs(t, deployment)
	}
	for id, samples := range record.samples {
		checkUses(t, id, samples)
	}
	for i, look := range deployment.MeasureLinks(t.Context(), links.Measurement{RoundTrips: 3}) {
		want := [][2]string{{"board", "ijui"}, {"board", LocalHost}}[i]
		if look.Between != want || look.Emulated || !look.Forwarded || look.Measured == nil || look.Measured.RoundTrip.Count != 3 || look.Measured.Up.Bytes == 0 {
			t.Errorf("link %d: %+v, want that between %v, measured, forwarded", i, look, want)
		}
	}
	clocks := map[string]int{}
	for _, event := range record.events {
		if look := event.Clock; look != nil {
			clocks[look.Host+" "+string(look.When)]++
			if look.Estimated == nil || look.Estimated.Offset.Abs() > look.Estimated.Uncertainty {
				t.Errorf("the clock that all hosts have: %+v", look)
			}
		}
	}
	if diff := cmp.Diff(map[string]int{"board before": 1, "board after": 1, "ijui before": 1, "ijui after": 1}, clocks); diff != "" {
		t.Errorf("clocks looked at (-want +got):\n%s", diff)
	}
	places := map[string]string{}
	for _, component := range deployment.components {
		places[component.name] = component.stage.Name
	}
	for name, want := range map[string]string{
		"ca": LocalHost, "attester": "board", "launcher": "board", "service/store": "board", "service/taxi": "ijui", "service/whatsapp": LocalHost,
	} {
		if places[name] != want {
			t.Errorf("%s ran on %s, not %s", name, places[name], want)
		}
	}
	checkNothingLeft(t, deployment)
	for _, place := range []Place{board, ijui} {
		left := leftIn(t, place.WorkFolder)
		if len(left) != 1 || !strings.HasPrefix(left[0], "/bin/eaibench-") {
			t.Errorf("host %s has %q left; want eaibench alone", place.Name, left)
		}
	}
}

// leftIn lists the files in a folder, from there, and the folders in it that a campaign makes.
func leftIn(t *testing.T, folder string) (left []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(file string, entry os.DirEntry, err error) error {
		if err == nil && (!entry.IsDir() || strings.HasPrefix(entry.Name(), operatorPrefix)) {
			left = append(left, strings.TrimPrefix(file, folder))
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return left
}

// A steward that is told to end removes its folder, and before it makes one it removes those of killed runners.
func TestSteward(t *testing.T) {
	parent := t.TempDir()
	abandoned, lock, err := makeFolder(parent)
	if err != nil {
		t.Fatal(err)
	}
	if err := lock.Close(); err != nil { // as the end of its runner would
		t.Fatal(err)
	}
	old, fresh := filepath.Join(parent, "bin", ".eaibench-ab.cd"), filepath.Join(parent, "bin", ".eaibench-ab.ef")
	whole := filepath.Join(parent, "bin", "eaibench-ab")
	for file, age := range map[string]time.Duration{old: 2 * copyPause, fresh: 0, whole: 2 * copyPause} {
		written := time.Now().Add(-age)
		err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, nil, 0o755), os.Chtimes(file, written, written))
		if err != nil {
			t.Fatal(err)
		}
	}
	questions, ask := io.Pipe()
	said, answers := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- Steward(parent, questions, answers) }()
	lines := json.NewDecoder(bufio.NewReader(said))
	var first, second stewardAnswer
	if err := lines.Decode(&first); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(first.Folder); err != nil || info.Mode().Perm() != 0o711 {
		t.Errorf("its folder: %v, %v", info, err)
	}
	if _, err := os.Stat(abandoned); !os.IsNotExist(err) {
		t.Errorf("what a killed runner left is still there: %v", err)
	}
	for file, stays := range map[string]bool{old: false, fresh: true, whole: true} {
		if _, err := os.Stat(file); (err == nil) != stays {
			t.Errorf("%s: %v, stays: want %t", filepath.Base(file), err, stays)
		}
	}
	const nobody = 1 << 30
	if err := json.NewEncoder(ask).Encode(stewardQuestion{PIDs: []int{os.Getpid(), nobody}}); err != nil {
		t.Fatal(err)
	}
	if err := lines.Decode(&second); err != nil || second.Observed == nil || len(second.Observed.Processes) != 2 {
		t.Fatalf("got %+v, %v", second, err)
	}
	if me, gone := second.Observed.Processes[0], second.Observed.Processes[1]; me.Gone || me.Resident < 1<<20 || me.CPU <= 0 || !gone.Gone {
		t.Errorf("got %+v and %+v", me, gone)
	}
	if host := second.Observed.Host; host == nil || host.Busy <= 0 || host.Self <= 0 {
		t.Errorf("of the host: %+v", host)
	}
	ask.Close()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(first.Folder); !os.IsNotExist(err) {
		t.Errorf("its folder is still there: %v", err)
	}
}

// A work folder that only its owner can enter is refused before anything is put there.
func TestWorkFolderForEveryUser(t *testing.T) {
	open := elsewhere(t, "board")
	closed := open
	closed.WorkFolder = filepath.Join(t.TempDir(), "not", "there", "yet")
	if err := os.Chmod(filepath.Dir(filepath.Dir(filepath.Dir(closed.WorkFolder))), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := closed.CheckReachable(t.Context()); err == nil || !strings.Contains(err.Error(), "not every user can enter") {
		t.Errorf("a closed one: %v", err)
	}
	open.WorkFolder = filepath.Join(open.WorkFolder, "deeper")
	if err := open.CheckReachable(t.Context()); err != nil {
		t.Errorf("one that is open, and not there yet: %v", err)
	}
}
