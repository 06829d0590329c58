package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"eaibench/attest"
	"eaibench/hosts"
)

// leastSpace is what a campaign may take on a target: programs of every mode, their evidence, eaibench; in MiB.
const leastSpace = 512

// targetTrialLimit ends a trial on a target that hangs: an emulated one is slow, and cheribuild grants a command as much.
const targetTrialLimit = 10 * time.Minute

// mostOutput is how much of a command on a target is read, bytes: a program of the system is among what is.
const mostOutput = 64 << 20

// targetPath is where commands of a target are found.
const targetPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// common are needed of every target.
func (t targetChecks) common() []check {
	clock := "certificates and evidence from there look too new or too old; as root there: "
	if t.place.System.OS == "freebsd" {
		clock += "sysrc ntpd_enable=YES ntpd_sync_on_start=YES; service ntpd restart"
	} else {
		clock += "timedatectl set-ntp true"
	}
	return []check{
		{finding{
			Name: "platform", Required: true,
			Means: "platform: of the host in the inventory has to be one of its system",
		}, func(ctx context.Context) (string, error) {
			return t.profile.Platform, t.system(ctx)
		}},
		{finding{Name: "clock", Required: true, Means: clock}, func(ctx context.Context) (string, error) { return t.clock(ctx, time.Now) }},
		{finding{
			Name: "work folder", Required: true,
			Means: "work_folder: in the inventory has to name a folder that every user can reach, and that is root's or the user's alone, such as /var/tmp/eaibench",
		}, t.workFolder},
		{finding{Name: "free space", Required: true, Means: "programs of every mode and their evidence are put into the work folder"}, t.space},
		{finding{Name: "eaibench", Required: true, Means: "it is copied there, as `make cross` built it, and has to run there"}, t.eaibench},
	}
}

// system is an error where the target's system is not the platform's.
func (t targetChecks) system(context.Context) error {
	if t.place.System.OS == t.profile.System {
		return nil
	}
	return fmt.Errorf("platform %s is for %s, and this host has %s", t.profile.Platform, t.profile.System, t.place.System.OS)
}

// run carries out a command on the target and gives its standard output. The error is an *exited where the command failed.
func (t targetChecks) run(ctx context.Context, environment []string, command ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, targetTrialLimit)
	defer cancel()
	var said, complained strings.Builder
	exit, err := t.place.Host.Run(ctx, hosts.Command{Args: command, Env: environment, Stdout: &said, Stderr: &complained, OutputLimit: mostOutput})
	if err == nil && !exit.OK() {
		err = &exited{exit, said.String() + complained.String()}
	}
	return said.String(), err
}

// shell has the target's shell carry out a script.
func (t targetChecks) shell(ctx context.Context, script string, args ...string) (string, error) {
	said, err := t.run(ctx, []string{targetPath, "LC_ALL=C"}, append([]string{"/bin/sh", "-c", script, "sh"}, args...)...)
	return strings.TrimSpace(said), err
}

// clock compares the target's clock, which date tells in whole seconds, with this host's. Offsets are for this look alone: no
// duration is ever taken between two clocks.
func (t targetChecks) clock(ctx context.Context, now func() time.Time) (string, error) {
	before := now()
	said, err := t.shell(ctx, "date +%s")
	after := now()
	if err != nil {
		return "", err
	}
	seconds, err := strconv.ParseInt(said, 10, 64)
	if err != nil {
		return "", fmt.Errorf("date +%%s said %q", said)
	}
	there := time.Unix(seconds, 0)
	// The truth lies between: it was asked within the interval, and may have been at the second's end.
	least, most := there.Sub(after), there.Add(time.Second).Sub(before)
	switch {
	case least > attest.ClockSkew:
		return "", fmt.Errorf("at least %s ahead of this host; %s are allowed", least.Round(time.Second), attest.ClockSkew)
	case most < -attest.ClockSkew:
		return "", fmt.Errorf("at least %s behind this host; %s are allowed", (-most).Round(time.Second), attest.ClockSkew)
	}
	return fmt.Sprintf("not seen to differ from this host's by more than %s", attest.ClockSkew), nil
}

func (t targetChecks) workFolder(ctx context.Context) (string, error) {
	err := t.place.CheckReachable(ctx)
	if err == nil {
		err = t.place.CheckOwned(ctx)
	}
	if refused, is := errors.AsType[interface {
		error
		Reason() string
	}](err); is {
		err = errors.New(refused.Reason()) // What to do is said once.
	}
	return t.place.WorkFolder + ", which every user can reach, and nobody else change", err
}

// freeBelow prints the free KiB of the file system that a folder is on, or will be.
const freeBelow = `d=$1
while [ ! -d "$d" ]; do d=$(dirname "$d"); done
df -Pk "$d"`

func (t targetChecks) space(ctx context.Context) (string, error) {
	said, err := t.shell(ctx, freeBelow, t.place.WorkFolder)
	if err != nil {
		return "", err
	}
	free, err := parseFree(said)
	if err != nil {
		return "", err
	}
	text := fmt.Sprintf("%d MiB free below %s", free, t.place.WorkFolder)
	if free < leastSpace {
		return "", fmt.Errorf("%s, want %d MiB", text, leastSpace)
	}
	return text, nil
}

// parseFree reads the free space from what df -Pk prints (XCU df: the fourth column of the second line, in KiB), in MiB.
func parseFree(text string) (int64, error) {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if columns := strings.Fields(lines[len(lines)-1]); len(lines) == 2 && len(columns) >= 6 {
		if free, err := strconv.ParseInt(columns[3], 10, 64); err == nil {
			return max(free, 0) / 1024, nil // what is kept for root may make it negative
		}
	}
	return 0, fmt.Errorf("df -Pk said %q", text)
}

func (t targetChecks) eaibench(ctx context.Context) (string, error) {
	if t.missing != nil {
		return "", t.missing
	}
	there, err := buildOn(ctx, t.place)
	if err != nil {
		return "", err
	}
	return "eaibench " + there.String(), there.fits(currentBuild())
}
