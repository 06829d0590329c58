package qemu_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"eaibench/hosts"
	"eaibench/hosts/qemu"
)

// FuzzBoot: whatever a console shows, no boot succeeds unless a shell answers; the
// error is of the target, prints without escapes, and is the same however the reads
// are cut, as long as no prompt is waited for at the end of what was shown.
func FuzzBoot(f *testing.F) {
	f.Add([]byte(loader + "CHERI pure-capability kernel.\r\n" + root + login + motd + csh))
	f.Add([]byte("login: root\r\nPassword: Login incorrect"))
	f.Add([]byte("\x1b[1;1Hlogin:\x1b]0;title\x07# \x1b(B\x1b[?2004h# E> "))
	f.Add([]byte("\x1b]never ended" + strings.Repeat("x", 200) + "panic: trap"))
	f.Add([]byte("\u009b31mred\xff\xfe\x00\x9b\x1b[\x1b[;;;;\x1b"))
	f.Fuzz(func(t *testing.T, shown []byte) {
		guest := qemu.CheriBSDGuest()
		guest.Prompts = []string{"never shown \x00"}
		guest.Password = "secret"
		whole := bootOf(t, guest, bytes.NewReader(shown), shown)
		single := bootOf(t, guest, iotest.OneByteReader(bytes.NewReader(shown)), shown)
		if whole.Stage != single.Stage || whole.Cause != single.Cause || whole.Detail != single.Detail {
			t.Errorf("at once: %v\nbyte by byte: %v", whole, single)
		}
		_ = bootOf(t, qemu.CheriBSDGuest(), bytes.NewReader(shown), shown)
	})
}

func bootOf(t *testing.T, guest qemu.Guest, from io.Reader, shown []byte) *qemu.BootError {
	t.Helper()
	var kept bytes.Buffer
	c, err := qemu.NewConsole("vm", guest, struct {
		io.Reader
		io.Writer
	}{from, io.Discard}, &kept)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Boot(t.Context())
	var target *hosts.TargetError
	var fault *qemu.BootError
	if !errors.As(err, &target) || !errors.As(err, &fault) {
		t.Fatalf("got %v, want a TargetError with a BootError", err)
	}
	if strings.ContainsAny(err.Error(), "\x00\x1b\r\x07\u009b") {
		t.Errorf("the error has control characters: %q", err)
	}
	<-c.Done()
	if !bytes.Equal(kept.Bytes(), shown) {
		t.Errorf("kept %q, want %q", kept.Bytes(), shown)
	}
	return fault
}
