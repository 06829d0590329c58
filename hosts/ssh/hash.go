package ssh

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/pkg/sftp"

	"eaibench/hosts"
)

// hashing prints the SHA-256 of standard input's content with the system's own
// program; it ends with 3 where there is none.
const hashing = `PATH=/usr/bin:/bin:/sbin:/usr/sbin
if command -v sha256sum >/dev/null; then exec sha256sum <"$1"
elif command -v sha256 >/dev/null; then exec sha256 -q <"$1"
else exit 3; fi`

// Hash gives the SHA-256 of a file's content, computed on the host where that has
// a program for it. Links are followed.
func (h *Host) Hash(ctx context.Context, name string) ([32]byte, error) {
	err := h.withFiles(ctx, "hash", name, func(client *sftp.Client) error {
		info, err := client.Stat(name)
		if err == nil && !info.Mode().IsRegular() {
			err = h.harness("hash "+name, errors.New("it is no regular file"))
		}
		return err
	})
	if err != nil {
		return [32]byte{}, err
	}
	var printed strings.Builder
	complaint := new(said)
	exit, err := h.Run(ctx, hosts.Command{
		Args: []string{"/bin/sh", "-c", hashing, "sh", name}, Stdout: &printed, Stderr: complaint, OutputLimit: 4096,
	})
	switch {
	case err != nil:
		return [32]byte{}, h.fault("hash "+name, err)
	case exit.Cause == hosts.Cancelled || exit.Cause == hosts.TimedOut:
		return [32]byte{}, h.harness("hash "+name, ctx.Err())
	case exit.Code == 3:
		return h.hashHere(ctx, name)
	case !exit.OK():
		return [32]byte{}, h.harness("hash "+name, fmt.Errorf("%v%s", exit, complaint.text()))
	}
	first, _, _ := strings.Cut(strings.TrimSpace(printed.String()), " ")
	sum, err := hex.DecodeString(first)
	if err != nil || len(sum) != 32 {
		return [32]byte{}, h.target("hash "+name, fmt.Errorf("it printed %q", printed.String()))
	}
	return [32]byte(sum), nil
}

// hashHere reads the file for it.
func (h *Host) hashHere(ctx context.Context, name string) ([32]byte, error) {
	hash := sha256.New()
	err := h.withFiles(ctx, "hash", name, func(client *sftp.Client) error {
		file, err := client.Open(name)
		if err != nil {
			return err
		}
		defer file.Close()
		_, err = io.Copy(hash, &source{ctx: ctx, from: file})
		return err
	})
	return [32]byte(hash.Sum(nil)), err
}
