//go:build !linux && !freebsd

package launcher

import (
	"context"
	"errors"
)

var errNeedsLinux = errors.New("giving runs users of their own needs Linux or FreeBSD: start the launcher as another user than root")

func endProcessesOf(context.Context, int) error { return errNeedsLinux }

func temporaryFolders() []string { return nil }

func removeFilesOf(context.Context, int, []string) error { return errNeedsLinux }

func removeIPCOf(int) error { return errNeedsLinux }
