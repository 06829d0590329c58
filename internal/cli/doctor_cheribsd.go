package cli

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"eaibench/platform"
	"eaibench/platform/procstat"
)

// cheriBSD are a target's checks for CheriBSD, in the order in which they are shown: some need what those before them found.
// What they read is by documentation: docs/morello.md says what of it has been run.
func (t targetChecks) cheriBSD() []check {
	board := &cheriBSDTarget{targetChecks: t}
	compiler := t.profile.Compile.Compiler[0]
	checks := []check{
		{finding{Name: "CheriBSD", Required: true, Means: "the modes are CheriBSD's on Morello"}, board.release},
		{finding{Name: "machine"}, board.machine},
		{finding{Name: "root", Means: "modes share the user, and the attester runs as the user whose processes it measures (evidence says same-user); user: root in the inventory gives each its own"}, board.root},
		{finding{Name: "clang-morello", Required: true, Means: "no mode can be compiled"}, func(ctx context.Context) (string, error) {
			said, err := t.run(ctx, []string{targetPath, "LC_ALL=C"}, "/bin/sh", "-c", `[ -x "$1" ] || exit 127; exec "$1" --version`, "sh", compiler)
			if err != nil {
				err = &lacking{[]string{"pkg64 llvm-base", "pkg64 llvm-morello"}, fmt.Errorf("%s: %w", compiler, err)}
			}
			first, _, _ := strings.Cut(said, "\n")
			return first, err
		}},
	}
	for i := range t.profile.Modes {
		mode := &t.profile.Modes[i]
		benchmark := slices.Contains(mode.ABIs, "purecap-benchmark")
		checks = append(checks, check{finding{
			Name: mode.Name, Required: !benchmark,
			Means: "no scenario with this mode runs; where there is no such package, build the port for this ABI (devel/libcjson, security/openssl)",
		}, func(ctx context.Context) (string, error) { return board.mode(ctx, mode) }})
	}
	return append(checks,
		check{finding{Name: "procstat", Required: true, Means: "the attester cannot measure processes: it is part of the base system"}, board.procstat},
		check{finding{Name: "proccontrol", Required: true, Means: "compartments cannot be switched on and off: it is part of the base system"}, board.proccontrol},
	)
}

// cheriBSDTarget is what is known of it so far.
type cheriBSDTarget struct {
	targetChecks
	versions map[string]string // nil before release was found
	isRoot   bool
}

func (b *cheriBSDTarget) release(ctx context.Context) (string, error) {
	versions, err := platform.FreeBSD{Run: b.output}.Versions(ctx)
	if err != nil {
		return "", err
	}
	if versions["cheribsd"] == "" {
		return "", errors.New("/bin/sh is not one of CheriBSD: it has no note of its release")
	}
	b.versions = versions
	return "release " + versions["cheribsd"], nil
}

// output runs a command for package platform.
func (t targetChecks) output(ctx context.Context, argv []string) ([]byte, error) {
	said, err := t.run(ctx, []string{"LC_ALL=C"}, argv...)
	return []byte(said), err
}

// machine tells a board from an emulation, which the system's name does not.
func (b *cheriBSDTarget) machine(ctx context.Context) (string, error) {
	said, err := b.shell(ctx, "sysctl -n hw.model && kenv -q smbios.system.product")
	if err != nil {
		return "", err
	}
	text := strings.ReplaceAll(said, "\n", ", ")
	if strings.Contains(text, "QEMU") {
		text += ": times measured there are no performance data"
	}
	return text, nil
}

func (b *cheriBSDTarget) root(ctx context.Context) (string, error) {
	uid, err := b.shell(ctx, "id -u")
	if err != nil {
		return "", err
	}
	if b.isRoot = uid == "0"; !b.isRoot {
		return "", errors.New("uid " + uid)
	}
	return "uid 0: every mode gets its own user, the attester too", nil
}

// mode compiles the trial program and starts it, as the platform's profile does.
func (b *cheriBSDTarget) mode(ctx context.Context, mode *platform.Mode) (found string, err error) {
	if b.versions == nil {
		return "", errors.New("not tried: the release of CheriBSD is not known")
	}
	folder, err := b.trialFolder(ctx)
	if err != nil {
		return "", fmt.Errorf("making a folder for the trial: %w", err)
	}
	defer func() { err = errors.Join(err, b.place.Host.RemoveAll(context.WithoutCancel(ctx), folder)) }()
	sandbox := platform.Sandbox{Source: folder + "/source", Runtime: folder + "/source", Build: folder + "/build"}
	launch := platform.Launch{Executable: folder + "/build/trial", Versions: b.versions}
	if b.isRoot {
		sandbox.UID, sandbox.GID = mode.CompileUser(), mode.CompileUser()
		launch.UID, launch.GID = mode.Users.First, mode.Users.First
	}
	confined, err := mode.CompileSandbox(sandbox)
	if err != nil {
		return "", err
	}
	compile, err := mode.CompileCommand(platform.Build{
		Sources: []string{platform.SourceFolder + "/trial.c"}, Output: platform.BuildFolder + "/trial", Versions: b.versions,
	})
	if err != nil {
		return "", err
	}
	if _, err := b.run(ctx, mode.CompileEnvironment(), append(confined, compile...)...); err != nil {
		return "", compilerLacks(mode, err)
	}
	command, err := mode.LaunchCommand(launch)
	if err != nil {
		return "", err
	}
	said, err := b.run(ctx, mode.EnvironmentWithoutCgroup(), command...)
	if err != nil {
		return "", trialLacks(mode, err)
	}
	got, err := parseTrial(said)
	return "a program runs with " + got.String() + ", " + got.CPU, err
}

// trialFolder makes a folder with the trial program, whose part build anybody can write to, whatever the mask there.
func (b *cheriBSDTarget) trialFolder(ctx context.Context) (string, error) {
	folder, err := b.shell(ctx, `umask 022; mkdir -p "$1" && d=$(mktemp -d "$1/doctor.XXXXXX") && mkdir "$d/source" "$d/build" &&
chmod 755 "$d" && chmod 777 "$d/build" && echo "$d"`, b.place.WorkFolder)
	if err != nil {
		return "", err
	}
	err = b.place.Host.WriteFile(ctx, path.Join(folder, "source", "trial.c"), strings.NewReader(trialProgram), 0o644)
	return folder, err
}

// managers are CheriBSD's of packages, by the ABI of what they install.
func managers() map[string]string {
	return map[string]string{"hybrid": "pkg64", "purecap": "pkg64c", "purecap-benchmark": "pkg64cb"}
}

// packagesOf are a mode's, of the manager of its ABI.
func packagesOf(mode *platform.Mode, names ...string) []string {
	var packages []string
	for _, name := range names {
		packages = append(packages, managers()[mode.ABIs[0]]+" "+name)
	}
	return packages
}

// compilerLacks finds in what clang and lld say which libraries are not there.
func compilerLacks(mode *platform.Mode, err error) error {
	failure, ok := errors.AsType[*exited](err)
	if !ok {
		return err
	}
	var missing []string
	for _, library := range []struct {
		packet string
		signs  []string
	}{
		{"libcjson", []string{"'cjson/cJSON.h' file not found", "unable to find library -lcjson"}},
		{"openssl", []string{"'openssl/crypto.h' file not found", "unable to find library -lcrypto", "unable to find library -lssl"}},
	} {
		if slices.ContainsFunc(library.signs, func(sign string) bool { return strings.Contains(failure.said, sign) }) {
			missing = append(missing, library.packet)
		}
	}
	if missing == nil {
		return fmt.Errorf("compiling: %w", err)
	}
	return &lacking{packagesOf(mode, missing...), fmt.Errorf("compiling: %s is missing for ABI %s: %w", strings.Join(missing, ", "), mode.ABIs[0], err)}
}

// trialLacks finds in how the trial program ended what is not there: it ends with 1 where OpenSSL is older than 3.
func trialLacks(mode *platform.Mode, err error) error {
	failure, ok := errors.AsType[*exited](err)
	if !ok {
		return err
	}
	if got, unread := parseTrial(failure.said); unread == nil && failure.exit.Code == 1 {
		return &lacking{packagesOf(mode, "openssl"), fmt.Errorf("%s, want 3 or later", got.OpenSSL)}
	}
	return fmt.Errorf("starting a program: %w", err)
}

// ownProcess has a command ask for the shell that calls it, whose PID comes first.
func (b *cheriBSDTarget) ownProcess(ctx context.Context, command string) (pid int, text string, err error) {
	said, err := b.shell(ctx, `echo $$; `+command)
	if err != nil {
		return 0, "", err
	}
	first, text, _ := strings.Cut(said, "\n")
	if _, err := fmt.Sscan(first, &pid); err != nil {
		return 0, "", fmt.Errorf("the shell's PID is %q", first)
	}
	return pid, text, nil
}

// procstat reads what the attester reads of a process.
func (b *cheriBSDTarget) procstat(ctx context.Context) (string, error) {
	var all []error
	for _, one := range []struct {
		command string
		parse   func([]byte, int) error
	}{
		{"binary $$", ignoring(procstat.ParseBinary)},
		{"-v $$", ignoring(procstat.ParseMap)},
		{"-r $$", ignoring(procstat.ParseUsage)},
		{"cheri $$", ignoring(procstat.ParseCHERI)},
		{"credentials $$", ignoring(procstat.ParseCredentials)},
		{"environment $$", ignoring(procstat.ParseEnvironment)},
	} {
		pid, text, err := b.ownProcess(ctx, "procstat --libxo json "+one.command)
		if err == nil {
			err = one.parse([]byte(text), pid)
		}
		if err != nil {
			all = append(all, fmt.Errorf("procstat %s: %w", strings.TrimSuffix(one.command, " $$"), err))
		}
	}
	return "executable, memory map, use, capabilities, users and environment of a process are read", errors.Join(all...)
}

// ignoring leaves out what is read: that it is, is all that is asked.
func ignoring[T any](parse func([]byte, int) (T, error)) func([]byte, int) error {
	return func(text []byte, pid int) error {
		_, err := parse(text, pid)
		return err
	}
}

// proccontrol reads the controls that modes use; that of compartments is there from 24.05 on.
func (b *cheriBSDTarget) proccontrol(ctx context.Context) (string, error) {
	controls := []string{"trace", "nonewprivs"}
	if b.c18nByControl() {
		controls = append(controls, "cheric18n")
	}
	var all []error
	for _, control := range controls {
		_, text, err := b.ownProcess(ctx, "proccontrol -m "+control+" -q -p $$")
		if err == nil {
			_, err = procstat.ParseControl([]byte(text))
		}
		if err != nil {
			all = append(all, fmt.Errorf("proccontrol -m %s: %w", control, err))
		}
	}
	return "controls " + strings.Join(controls, ", "), errors.Join(all...)
}

// c18nByControl tells whether the kernel switches compartments; before 24.05 it is the linker that a program names.
func (b *cheriBSDTarget) c18nByControl() bool {
	return b.versions != nil && b.versions["cheribsd"] >= "24.05" // two digits each
}

// cheriBSDInstall is the command that installs packages, each written with its manager.
func cheriBSDInstall(packages []string) string {
	names := map[string][]string{}
	for _, one := range packages {
		manager, name, _ := strings.Cut(one, " ")
		if !slices.Contains(names[manager], name) {
			names[manager] = append(names[manager], name)
		}
	}
	var commands []string
	for _, manager := range []string{"pkg64", "pkg64c", "pkg64cb"} {
		if len(names[manager]) > 0 {
			slices.Sort(names[manager])
			commands = append(commands, manager+" install -y "+strings.Join(names[manager], " "))
		}
	}
	return strings.Join(commands, " && ")
}
