package ssh

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/pkg/sftp"

	"eaibench/hosts"
)

// CopyTo copies a tree to a folder. Files keep whether they can be executed;
// what was in the folder and is not in the tree stays.
func (h *Host) CopyTo(ctx context.Context, tree fs.FS, folder string) error {
	return h.withFiles(ctx, "copy to", folder, func(client *sftp.Client) error {
		return fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
			if err != nil {
				return h.harness("copy "+name, err)
			}
			target := path.Join(folder, name)
			switch {
			case entry.IsDir():
				return makeFolders(client, target, 0o755)
			case !entry.Type().IsRegular():
				return h.harness("copy to "+folder, fmt.Errorf("%s is no regular file or folder", name))
			}
			return h.copyFile(ctx, client, tree, name, target)
		})
	})
}

func (h *Host) copyFile(ctx context.Context, client *sftp.Client, tree fs.FS, name, target string) error {
	file, err := tree.Open(name)
	if err != nil {
		return h.harness("copy "+name, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return h.harness("copy "+name, err)
	}
	mode := fs.FileMode(0o644)
	if info.Mode()&0o100 != 0 {
		mode = 0o755
	}
	return h.write(ctx, client, target, file, mode)
}

// MkdirAll makes a folder and those above it. New ones have the mode exactly,
// whatever the user's umask there.
func (h *Host) MkdirAll(ctx context.Context, name string, mode fs.FileMode) error {
	return h.withFiles(ctx, "make folder", name, func(client *sftp.Client) error {
		return makeFolders(client, path.Clean(name), mode)
	})
}

func makeFolders(client *sftp.Client, name string, mode fs.FileMode) error {
	if there, err := isFolder(client, name); there || err != nil {
		return err
	}
	if parent := path.Dir(name); parent != name {
		if err := makeFolders(client, parent, mode); err != nil {
			return err
		}
	}
	if err := client.Mkdir(name); err != nil {
		// Somebody else may have made it meanwhile.
		if there, _ := isFolder(client, name); there {
			return nil
		}
		return err
	}
	return client.Chmod(name, mode.Perm())
}

func isFolder(client *sftp.Client, name string) (bool, error) {
	info, err := client.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	case !info.IsDir():
		return false, &fs.PathError{Op: "mkdir", Path: name, Err: fs.ErrExist}
	}
	return true, nil
}

// RemoveAll removes a file or tree.
func (h *Host) RemoveAll(ctx context.Context, name string) error {
	op := "remove"
	if !path.IsAbs(name) {
		return h.harness(op, fmt.Errorf("%q is not an absolute path", name))
	}
	op += " " + name
	complaint := new(said)
	exit, err := h.Run(ctx, hosts.Command{Args: []string{"/bin/rm", "-rf", "--", name}, Stderr: complaint})
	switch {
	case err != nil:
		return h.fault(op, err)
	case exit.Cause == hosts.Cancelled || exit.Cause == hosts.TimedOut:
		return h.harness(op, ctx.Err())
	case !exit.OK():
		return h.harness(op, fmt.Errorf("rm %v%s", exit, complaint.text()))
	}
	return nil
}
