package qemu_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"eaibench/hosts/qemu"
)

// The variables by which this test program is told to be a QEMU, or one that owns
// a QEMU, and the folder that it has as its guest's home.
const (
	actAs    = "EAIBENCH_TEST_ACT_AS"
	homeHere = "EAIBENCH_TEST_HOME"
)

func TestMain(m *testing.M) {
	// What is started here ends with the thread that started it.
	runtime.LockOSThread()
	home := os.Getenv(homeHere)
	switch os.Getenv(actAs) {
	case "":
		os.Exit(m.Run())
	case "guest":
		actAsGuest(home)
	case "no disk":
		fmt.Fprintln(os.Stderr, "qemu: could not open disk image")
		os.Exit(1)
	case "port taken once":
		if _, err := os.Stat(filepath.Join(home, "tried")); err == nil {
			actAsGuest(home)
		}
		must(os.WriteFile(filepath.Join(home, "tried"), nil, 0o600))
		fmt.Fprintln(os.Stderr, "qemu: -netdev user: Could not set up host forwarding rule 'tcp'")
		os.Exit(1)
	case "crashes", "crashes once":
		tried := filepath.Join(home, "tried")
		if _, err := os.Stat(tried); err == nil && os.Getenv(actAs) == "crashes once" {
			actAsGuest(home)
		}
		must(os.WriteFile(tried, nil, 0o600))
		fmt.Print(loader + "pci 0000:00:01.0\r\n")
		must(syscall.Exec("/bin/sh", []string{"sh", "-c", "kill -ABRT $$"}, os.Environ())) // Go would exit with a status.
	case "dies":
		fmt.Print(loader + "KVM internal error\r\n")
		fmt.Fprintln(os.Stderr, "qemu: killed by its test")
		os.Exit(3)
	case "panics":
		hold(home)
		fmt.Print(loader + "holding\r\npanic: trap\r\n")
		hang()
	case "owner":
		config := configOf(home)
		must(os.Setenv(actAs, "panics"))
		config.Guest.Failures = nil // It stays at the panic.
		_, err := qemu.Start(context.Background(), config)
		must(err)
	}
}

// hang ends by signals alone, also when its input ends.
func hang() {
	for {
		time.Sleep(time.Hour)
	}
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(9)
	}
}

// hold locks a file for as long as this process lives.
func hold(home string) {
	file, err := os.OpenFile(filepath.Join(home, "alive"), os.O_CREATE|os.O_RDWR, 0o600)
	must(err)
	must(syscall.Flock(int(file.Fd()), syscall.LOCK_EX))
	must(os.WriteFile(filepath.Join(home, "pid"), fmt.Append(nil, os.Getpid()), 0o600))
	held = file
}

var held *os.File // Collected, it would be closed.

var forwarded = regexp.MustCompile(`hostfwd=tcp:(127\.0\.0\.1:\d+)-:22`)

// actAsGuest is a machine whose SSH server is a real one, and whose shell too. As QEMU
// does, it holds the port itself, so that its end is the port's.
func actAsGuest(home string) {
	hold(home)
	must(os.MkdirAll("/run/sshd", 0o755))
	lines := []string{
		"HostKey " + home + "/host_key", "PidFile none", "AuthorizedKeysFile " + home + "/.ssh/authorized_keys",
		"StrictModes no", "UsePAM no", "PasswordAuthentication no", "PermitRootLogin prohibit-password", "Subsystem sftp internal-sftp",
	}
	must(os.WriteFile(home+"/sshd_config", []byte(strings.Join(lines, "\n")+"\n"), 0o600))
	address := forwarded.FindStringSubmatch(strings.Join(os.Args, " "))[1]
	listener, err := net.Listen("tcp", address)
	must(err)
	go serve(listener, home)
	f := &fake{typed: bufio.NewReader(os.Stdin), screen: os.Stdout, home: home}
	show(loader)(f)
	_, err = f.typed.ReadString('\r')
	must(err)
	show("CHERI pure-capability kernel.\r\n" + root + login)(f)
	_, err = f.typed.ReadString('\r')
	must(err)
	shell(csh)(f)
	os.Exit(0)
}

// serve has an SSH server talk on each connection.
func serve(listener net.Listener, home string) {
	for {
		connection, err := listener.Accept()
		must(err)
		file, err := connection.(*net.TCPConn).File()
		must(errors.Join(err, connection.Close()))
		server := exec.Command("/usr/sbin/sshd", "-i", "-f", home+"/sshd_config")
		server.Stdin, server.Stdout = file, file
		server.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		go func() {
			// The thread that starts it has to last as long as it.
			runtime.LockOSThread()
			_ = server.Run() // Its client tells how it went.
			file.Close()
		}()
	}
}

// configOf is a machine that this program acts as.
func configOf(home string) qemu.Config {
	guest := qemu.CheriBSDGuest()
	guest.HasAddress, guest.GetAddress, guest.Prepare = "", "", nil
	guest.HostKeys = "~/host_key.pub"
	guest.PowerOff = "echo off >~/off; kill -TERM $PPID"
	guest.Limits.Command = 2 * time.Minute
	machine := qemu.MorelloMachine()
	machine.Disk = "none.img"
	machine.Binary = os.Args[0]
	return qemu.Config{Name: "vm", Machine: machine, Guest: guest, Folder: filepath.Join(home, "mine"), Console: os.Stderr}
}
