package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// trialLimit ends a trial that hangs: a host that is only busy is to pass it.
const trialLimit = time.Minute

// trialProgram uses what an integration process is linked with, and says which it got: a line for OpenSSL's version, one
// for the processor's features that it uses, one for cJSON's version.
const trialProgram = `#include <openssl/crypto.h>
#include <cjson/cJSON.h>
#include <stdio.h>
int main(void) {
	const char *cpu = OpenSSL_version(OPENSSL_CPU_INFO);
	printf("%s\n%s\n%s\n", OpenSSL_version(OPENSSL_VERSION), cpu, cJSON_Version());
	return OpenSSL_version_num() >= 0x30000000L ? 0 : 1;
}
`

// hostChecks are doctor's, in the order in which they are shown.
func hostChecks() []check {
	return []check{
		{
			finding: finding{Name: "operating system", Required: true, Means: "the linux platform's modes run on Linux only"},
			try: func(context.Context) (string, error) {
				if runtime.GOOS != "linux" {
					return "", fmt.Errorf("%s/%s", runtime.GOOS, runtime.GOARCH)
				}
				return runtime.GOOS + "/" + runtime.GOARCH, nil
			},
		},
		{
			finding: finding{Name: "gcc", Required: true, Packages: []string{"gcc", "libc6-dev"}, Means: "no mode can be compiled"},
			try: func(ctx context.Context) (string, error) {
				out, err := trial(ctx, "gcc", "--version")
				first, _, _ := strings.Cut(out, "\n")
				return first, err
			},
		},
		{
			finding: finding{
				Name: "OpenSSL 3, cJSON", Required: true, Packages: []string{"libssl-dev", "libcjson-dev"},
				Means: "an integration process cannot be built",
			},
			try: func(ctx context.Context) (string, error) {
				got, err := compileAndRun(ctx)
				if err != nil {
					return "", err
				}
				return got.String() + ", " + got.CPU, nil
			},
		},
		{
			finding: finding{
				Name: "AddressSanitizer", Required: true, Packages: []string{"gcc"},
				Means: "the stand-ins for purecap and compartment cannot be built",
			},
			try: func(ctx context.Context) (string, error) {
				_, err := compileAndRun(ctx, "-fsanitize=address")
				return "a program built with it runs", err
			},
		},
		{
			finding: finding{
				Name: "bubblewrap", Required: true, Packages: []string{"bubblewrap"},
				Means: "no compartment can be created and compiling cannot be sandboxed",
			},
			try: func(ctx context.Context) (string, error) {
				out, err := trial(ctx, "bwrap", "--version")
				return strings.TrimSpace(out), err
			},
		},
		{
			finding: finding{
				Name: "namespaces", Required: true,
				Means: "let bubblewrap make namespaces: sysctl kernel.unprivileged_userns_clone=1, or run as root",
			},
			try: func(ctx context.Context) (string, error) {
				_, err := trial(ctx, "bwrap", "--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "--cap-drop", "ALL", "/bin/true")
				return "bubblewrap makes user, pid, ipc, uts, mount and network namespaces", err
			},
		},
		{
			finding: finding{Name: "seccomp", Required: true, Means: "the compartment's filter cannot be loaded: a kernel with CONFIG_SECCOMP_FILTER is needed"},
			try:     func(context.Context) (string, error) { return seccompActions("/proc/sys/kernel/seccomp/actions_avail") },
		},
		{
			finding: finding{
				Name:  "root",
				Means: "runs go on, but modes share your user, and the attester runs as the user whose processes it measures (evidence says same-user)",
			},
			try: func(context.Context) (string, error) {
				if uid := os.Geteuid(); uid != 0 {
					return "", fmt.Errorf("uid %d", uid)
				}
				return "uid 0: every mode gets its own user, the attester too", nil
			},
		},
		{
			finding: finding{Name: "memory control group", Means: "a program that allocates without end is stopped less surely"},
			try:     func(context.Context) (string, error) { return memoryControlGroup("/sys/fs/cgroup") },
		},
		{
			finding: finding{Name: "openssl", Packages: []string{"openssl"}, Means: "only needed to look at certificates by hand and by `make test`"},
			try: func(ctx context.Context) (string, error) {
				out, err := trial(ctx, "openssl", "version")
				return strings.TrimSpace(out), err
			},
		},
	}
}

// trial runs a command and returns its standard output; the error has the last line of what it complained.
func trial(ctx context.Context, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, trialLimit)
	defer cancel()
	var out, complaint bytes.Buffer
	command := exec.CommandContext(ctx, name, args...)
	command.Stdout, command.Stderr = &out, &complaint
	err := command.Run()
	if errors.Is(err, exec.ErrNotFound) {
		return "", fmt.Errorf("%s is not installed", name)
	}
	if err != nil {
		lines := strings.Split(strings.TrimSpace(complaint.String()), "\n")
		return "", fmt.Errorf("%s: %w: %s", name, err, lines[len(lines)-1])
	}
	return out.String(), nil
}

// libraries are what the trial program was linked with.
type libraries struct {
	OpenSSL string // version
	CPU     string // the processor's features that OpenSSL uses, in its words: "CPUINFO: " is taken off
	CJSON   string // version
}

func (l libraries) String() string { return l.OpenSSL + ", cJSON " + l.CJSON }

// compileAndRun builds the trial program with gcc and returns what it prints.
func compileAndRun(ctx context.Context, flags ...string) (got libraries, err error) {
	folder, err := os.MkdirTemp("", "eaibench-doctor-")
	if err != nil {
		return got, fmt.Errorf("making a folder for the trial: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	source, program := filepath.Join(folder, "trial.c"), filepath.Join(folder, "trial")
	if err := os.WriteFile(source, []byte(trialProgram), 0o600); err != nil {
		return got, fmt.Errorf("writing the trial program: %w", err)
	}
	if _, err := trial(ctx, "gcc", append(flags, source, "-o", program, "-lssl", "-lcrypto", "-lcjson")...); err != nil {
		return got, err
	}
	out, err := trial(ctx, program)
	if err != nil {
		return got, err
	}
	return parseTrial(out)
}

// parseTrial reads what the trial program printed.
func parseTrial(out string) (libraries, error) {
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 3 {
		return libraries{}, fmt.Errorf("the trial program printed %q", out)
	}
	return libraries{OpenSSL: lines[0], CPU: strings.TrimPrefix(lines[1], "CPUINFO: "), CJSON: lines[2]}, nil
}

func seccompActions(file string) (string, error) {
	actions, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("asking the kernel: %w", err)
	}
	return "actions: " + strings.TrimSpace(string(actions)), nil
}

// memoryControlGroup looks for a hierarchy, of version 1 or 2, where this user may make groups.
func memoryControlGroup(root string) (string, error) {
	folder, kind := filepath.Join(root, "memory"), "version 1"
	if controllers, err := os.ReadFile(filepath.Join(root, "cgroup.controllers")); err == nil {
		if !strings.Contains(string(controllers), "memory") {
			return "", fmt.Errorf("version 2 in %s has no memory controller", root)
		}
		folder, kind = root, "version 2"
	}
	if _, err := os.Stat(folder); err != nil {
		return "", fmt.Errorf("none in %s", root)
	}
	group, err := os.MkdirTemp(folder, "eaibench-doctor-")
	if err != nil {
		return "", fmt.Errorf("%s in %s: this user may not make groups there", kind, folder)
	}
	if err := os.Remove(group); err != nil {
		return "", fmt.Errorf("removing the trial group: %w", err)
	}
	return fmt.Sprintf("%s in %s", kind, folder), nil
}
