package qemu_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"eaibench/hosts"
	"eaibench/hosts/qemu"
)

const (
	loader = "UEFI firmware\r\n\x1b[2J\x1b[01;01H\x1b[0m\x00\xff\xfe" +
		"Hit [Enter] to boot immediately, or any other key for command prompt.\r\nBooting [/boot/kernel/kernel] in 9 seconds... "
	root  = "Trying to mount root from ufs:/dev/ufs/root [rw]...\r\n"
	login = "\r\nFreeBSD/arm64 (cheribsd) (ttyu0)\r\n\r\nlogin: "
	motd  = "root\r\nLast login: Mon Nov 24 10:00:00 on ttyu0\r\nWelcome: 100 # of\r\n"
	csh   = "root@cheribsd:~ # "
)

func banner(kind string) step { return show("---<<BOOT>>---\r\nCHERI " + kind + " kernel.\r\n") }

// tillLogin is a boot of CheriBSD up to its login prompt.
func tillLogin(kind string) []step {
	return []step{show(loader), typed("\r"), after(time.Minute), banner(kind), show(root), after(time.Minute), show(login)}
}

func steps(all ...any) []step {
	var script []step
	for _, each := range all {
		switch each := each.(type) {
		case step:
			script = append(script, each)
		case func(*fake) bool:
			script = append(script, each)
		case []step:
			script = append(script, each...)
		}
	}
	return script
}

func debian(password string) qemu.Guest {
	guest := qemu.DebianGuest()
	guest.Password = password
	return guest
}

// noisy has a kernel's message hide each of its shell's first prompts.
func noisy(f *fake) bool {
	for range 2 {
		if !show(csh + "\r\npid 7 (ntpd) exited\r\n")(f) {
			return false
		}
		if line, err := f.typed.ReadString('\r'); err != nil || line != "\r" {
			f.t.Errorf("%q was typed, want Enter alone: %v", line, err)
		}
	}
	return shell(csh)(f)
}

// enterKept is a shell that starts late: the line before it left the terminal raw, and
// what is typed meanwhile is no line until the next Enter.
func enterKept(f *fake) bool {
	if !show("# ")(f) {
		return false
	}
	early, _ := f.typed.ReadString('\r')
	more, err := f.typed.ReadString('\r')
	if err != nil {
		return false
	}
	prompt, _ := f.execute(early + strings.TrimSuffix(more, "\r") + "\nprintf %s \"$PS1\"")
	return shell(prompt)(f)
}

func TestBoot(t *testing.T) {
	linux := "[    0.000000] Linux version 6.1.0\r\n[    1.0] Run /sbin/init as init process\r\n"
	for name, test := range map[string]struct {
		guest  qemu.Guest
		script []step
		kernel qemu.Kernel
	}{
		"purecap":   {qemu.CheriBSDGuest(), steps(tillLogin("pure-capability"), typed("root\r"), show(motd), shell(csh)), qemu.Purecap},
		"hybrid":    {qemu.CheriBSDGuest(), steps(tillLogin("hybrid"), typed("root\r"), show(motd), shell(csh)), qemu.Hybrid},
		"benchmark": {qemu.CheriBSDGuest(), steps(tillLogin("pure-capability benchmark ABI"), typed("root\r"), shell(csh)), qemu.Benchmark},
		"no loader": {qemu.CheriBSDGuest(), steps(banner("hybrid"), show(root), show(login), typed("root\r"), shell("$ ")), qemu.Hybrid},
		"byte by byte": {qemu.CheriBSDGuest(), steps(apart(loader), typed("\r"), apart("CHERI hybrid kernel.\r\n"+root+login), typed("root\r"),
			apart(motd), shell(csh)), qemu.Hybrid},
		"only a login":     {qemu.DebianGuest(), steps(show("debian login: "), typed("root\r"), shell("root@debian:~# ")), ""},
		"debian":           {qemu.DebianGuest(), steps(show(linux+"debian login: "), typed("root\r"), shell("root@debian:~# ")), qemu.Linux},
		"password":         {debian("secret"), steps(show("debian login: "), typed("root\r"), show("root\r\nPassword: "), typed("secret\r"), shell("# ")), ""},
		"password unasked": {debian("secret"), steps(show("debian login: "), typed("root\r"), shell("# ")), ""},
		"late":             {qemu.CheriBSDGuest(), steps(after(19*time.Minute), show(loader), typed("\r"), after(19*time.Minute), banner("hybrid"), after(9*time.Minute), show(root), after(89*time.Minute), show(login), typed("root\r"), shell(csh)), qemu.Hybrid},
		"hidden prompts":   {qemu.CheriBSDGuest(), steps(tillLogin("hybrid"), typed("root\r"), noisy), qemu.Hybrid},
		"Enter is kept":    {qemu.DebianGuest(), steps(show("debian login: "), typed("root\r"), show("# "), typed("exec /bin/sh\r"), enterKept), ""},
		"much noise":       {qemu.DebianGuest(), steps(show(strings.Repeat("\x1b[31m\x9b\xc3 noise\x00\x08", 20000)+"\r\ndebian login: "), typed("root\r"), shell("# ")), ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				stream, closing := console(t, "", test.script)
				defer closing()
				c, err := qemu.NewConsole("vm", test.guest, stream, io.Discard)
				if err != nil {
					t.Fatal(err)
				}
				got, err := c.Boot(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if got.Kernel != test.kernel {
					t.Errorf("kernel %q, want %q", got.Kernel, test.kernel)
				}
				// The shell answers, and statuses are told apart.
				if shown, err := c.Command(t.Context(), "echo one; echo two"); err != nil || shown != "echo one; echo two\none\ntwo\n" {
					t.Errorf("got %q, %v", shown, err)
				}
				var fault *qemu.BootError
				if _, err := c.Command(t.Context(), "exit 7"); !errors.As(err, &fault) || !errors.Is(err, qemu.ErrCommand) || !strings.Contains(fault.Detail, "status 7") {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

// apart shows a text a byte at a time.
func apart(text string) step {
	return func(f *fake) bool {
		for i := range len(text) {
			if !show(text[i : i+1])(f) {
				return false
			}
		}
		return true
	}
}

func TestBootFails(t *testing.T) {
	upToLogin := tillLogin("hybrid")
	for name, test := range map[string]struct {
		guest  qemu.Guest
		script []step
		stage  qemu.Stage
		cause  error
		after  time.Duration // of the stage; 0: any
		shows  string        // in the error
	}{
		"silent at once":             {qemu.CheriBSDGuest(), steps(silent), qemu.StageLoader, qemu.ErrSilent, 20 * time.Minute, "showed nothing"},
		"silent after the loader":    {qemu.CheriBSDGuest(), steps(show(loader), silent), qemu.StageKernel, qemu.ErrSilent, 20 * time.Minute, "in 9 seconds"},
		"silent after the banner":    {qemu.CheriBSDGuest(), steps(upToLogin[:4], silent), qemu.StageRoot, qemu.ErrSilent, 10 * time.Minute, "CHERI hybrid kernel."},
		"no login":                   {qemu.CheriBSDGuest(), steps(upToLogin[:5], silent), qemu.StageLogin, qemu.ErrSilent, 90 * time.Minute, "Trying to mount root"},
		"silent after the login":     {qemu.CheriBSDGuest(), steps(upToLogin, silent), qemu.StagePassword, qemu.ErrSilent, 10 * time.Minute, "login:"},
		"silent after the password":  {debian("secret"), steps(show("login:"), typed("root\r"), show("Password:"), silent), qemu.StagePassword, qemu.ErrSilent, 10 * time.Minute, "Password:"},
		"silent after the prompt":    {qemu.CheriBSDGuest(), steps(upToLogin, typed("root\r"), show(csh), silent), qemu.StageShell, qemu.ErrSilent, 10 * time.Minute, "root@cheribsd"},
		"silent after exec":          {qemu.CheriBSDGuest(), steps(upToLogin, typed("root\r"), show(csh), typed("exec /bin/sh\r"), show("# "), silent), qemu.StageShell, qemu.ErrSilent, 10 * time.Minute, "root@cheribsd"},
		"deaf at the loader":         {qemu.CheriBSDGuest(), steps(show(loader), deaf), qemu.StageLoader, qemu.ErrSilent, 20 * time.Minute, "Hit [Enter]"},
		"deaf at the login":          {qemu.CheriBSDGuest(), steps(upToLogin, deaf), qemu.StagePassword, qemu.ErrSilent, 10 * time.Minute, "login:"},
		"closed at once":             {qemu.CheriBSDGuest(), nil, qemu.StageLoader, qemu.ErrClosed, 0, "showed nothing"},
		"closed after the banner":    {qemu.CheriBSDGuest(), upToLogin[:4], qemu.StageRoot, qemu.ErrClosed, 0, "CHERI hybrid kernel."},
		"closed at the login":        {qemu.CheriBSDGuest(), upToLogin, qemu.StagePassword, qemu.ErrClosed, 0, "login:"},
		"panic":                      {qemu.CheriBSDGuest(), steps(upToLogin[:5], show("panic: trap 0x20\r\n"), silent), qemu.StageLogin, qemu.ErrFailure, 0, `"panic: trap"`},
		"KDB":                        {qemu.CheriBSDGuest(), steps(upToLogin[:4], show("KDB: enter: panic\r\n"), silent), qemu.StageRoot, qemu.ErrFailure, 0, `"KDB: enter: panic"`},
		"page fault":                 {qemu.CheriBSDGuest(), steps(upToLogin[:3], show("panic: Fatal page fault at 0xffff\r\n"), silent), qemu.StageKernel, qemu.ErrFailure, 0, "0xffff"},
		"capability abort":           {qemu.CheriBSDGuest(), steps(upToLogin, typed("root\r"), show("panic: Capability abort from kernel space\r\n")), qemu.StagePassword, qemu.ErrFailure, 0, "Capability abort"},
		"manual root":                {qemu.CheriBSDGuest(), steps(upToLogin[:5], show("Manual root filesystem specification:\r\n"), silent), qemu.StageLogin, qemu.ErrFailure, 0, "Manual root"},
		"single user":                {qemu.CheriBSDGuest(), steps(upToLogin[:5], show("Enter full pathname of shell or RETURN for /bin/sh: "), silent), qemu.StageLogin, qemu.ErrFailure, 0, "Enter full pathname"},
		"panic right after a login":  {qemu.CheriBSDGuest(), steps(show("login: panic: trap"), silent), qemu.StagePassword, qemu.ErrFailure, 0, "panic: trap"},
		"linux panic":                {qemu.DebianGuest(), steps(show("Kernel panic - not syncing: VFS"), silent), qemu.StageKernel, qemu.ErrFailure, 0, "VFS"},
		"wrong password":             {debian("wrong"), steps(show("login:"), typed("root\r"), show("Password:"), typed("wrong\r"), show("\r\nLogin incorrect\r\nlogin: "), silent), qemu.StagePassword, qemu.ErrRefused, 0, "Login incorrect"},
		"password asked for again":   {debian("wrong"), steps(show("login:"), typed("root\r"), show("Password:"), typed("wrong\r"), show("\r\nPassword: "), silent), qemu.StagePassword, qemu.ErrRefused, 0, "Password:"},
		"password asked for":         {qemu.CheriBSDGuest(), steps(upToLogin, typed("root\r"), show("root\r\nPassword:"), silent), qemu.StagePassword, qemu.ErrPassword, 0, "none is given"},
		"no such user":               {qemu.CheriBSDGuest(), steps(upToLogin, typed("root\r"), show("root\r\nLogin incorrect\r\n"), silent), qemu.StagePassword, qemu.ErrRefused, 0, "Login incorrect"},
		"what looks like a prompt":   {qemu.CheriBSDGuest(), steps(upToLogin, typed("root\r"), show("100% "), typed("exec /bin/sh\r"), show("Login incorrect\r\n"), silent), qemu.StageShell, qemu.ErrRefused, 0, "Login incorrect"},
		"a forged prompt of a shell": {qemu.CheriBSDGuest(), steps(upToLogin, typed("root\r"), show("E> # "), typed("exec /bin/sh\r"), show("E> # "), silent), qemu.StageShell, qemu.ErrSilent, 10 * time.Minute, "E> #"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				stream, closing := console(t, "", test.script)
				defer closing()
				c, err := qemu.NewConsole("vm", test.guest, stream, io.Discard)
				if err != nil {
					t.Fatal(err)
				}
				_, err = c.Boot(t.Context())
				var target *hosts.TargetError
				var fault *qemu.BootError
				if !errors.As(err, &target) || target.Host != "vm" || !errors.As(err, &fault) {
					t.Fatalf("got %v, want a TargetError of the host with a BootError", err)
				}
				if fault.Stage != test.stage || !errors.Is(err, test.cause) {
					t.Errorf("got %v, want stage %q and %q", err, test.stage, test.cause)
				}
				if test.after != 0 && fault.After != test.after {
					t.Errorf("after %s, want %s", fault.After, test.after)
				}
				if !strings.Contains(err.Error(), test.shows) || strings.ContainsAny(err.Error(), "\x1b\x00\r") {
					t.Errorf("%q does not show %q, or shows escapes", err, test.shows)
				}
				if _, err := c.Command(t.Context(), "true"); err == nil {
					t.Error("a command was run where no shell had answered")
				}
			})
		})
	}
}

// What the caller or this side ends is no fault of the guest.
func TestBootOfOurOwnFault(t *testing.T) {
	full := errors.New("no space left")
	gone := errors.New("the caller has gone")
	for name, test := range map[string]struct {
		kept  io.Writer
		after time.Duration
		want  error
	}{
		"cancelled":              {io.Discard, time.Hour, gone},
		"console cannot be kept": {failing{full}, time.Minute, full},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				stream, closing := console(t, "", steps(show("CHERI hybrid kernel.\r\n"+root), after(test.after), show("x"), silent))
				defer closing()
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				time.AfterFunc(time.Minute+time.Second, func() { cancel(gone) })
				c, err := qemu.NewConsole("vm", qemu.CheriBSDGuest(), stream, test.kept)
				if err != nil {
					t.Fatal(err)
				}
				_, err = c.Boot(ctx)
				var harness *hosts.HarnessError
				if !errors.As(err, &harness) || !errors.Is(err, test.want) {
					t.Errorf("got %v, want a HarnessError with %q", err, test.want)
				}
			})
		})
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// The console is kept as it came, also what comes after the boot.
func TestConsoleIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var kept bytes.Buffer
		stream, closing := console(t, "", steps(show(loader), typed("\r"), show("panic: trap\r\n"), after(time.Hour), show("\x1b[mlast words")))
		defer closing()
		c, err := qemu.NewConsole("vm", qemu.CheriBSDGuest(), stream, &kept)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Boot(t.Context()); !errors.Is(err, qemu.ErrFailure) {
			t.Errorf("got %v", err)
		}
		<-c.Done()
		if want := loader + "panic: trap\r\n\x1b[mlast words"; kept.String() != want {
			t.Errorf("kept %q, want %q", kept.String(), want)
		}
	})
}
