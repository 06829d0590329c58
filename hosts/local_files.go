package hosts

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// ReadFile opens a regular file. Neither a link nor a pipe that a program put in
// its place is followed or waited for.
func (*local) ReadFile(_ context.Context, path string) (io.ReadCloser, error) {
	if err := absolute("read file", path); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, &HarnessError{"read file", err}
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no regular file", path)
	}
	if err != nil {
		return nil, &HarnessError{"read file", errors.Join(err, file.Close())}
	}
	return file, nil
}

// WriteFile writes a file whole or not at all.
func (*local) WriteFile(ctx context.Context, path string, content io.Reader, mode fs.FileMode) error {
	if err := absolute("write file", path); err != nil {
		return err
	}
	if err := writeFile(ctx, path, content, mode); err != nil {
		return &HarnessError{"write file " + path, err}
	}
	return nil
}

func writeFile(ctx context.Context, path string, content io.Reader, mode fs.FileMode) (err error) {
	fill := fill
	if mode&0o111 != 0 {
		fill = fillUnforked
	}
	name, err := fill(ctx, path, content, mode)
	if err == nil {
		err = toDisk(name)
	}
	if err == nil {
		err = os.Rename(name, path)
	}
	if err != nil && name != "" {
		err = errors.Join(err, os.Remove(name))
	}
	return err
}

// fill writes a new file beside the path and gives its name, "" where there is none.
func fill(ctx context.Context, path string, content io.Reader, mode fs.FileMode) (name string, err error) {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return "", err
	}
	_, err = io.Copy(file, &contextReader{ctx, content})
	return file.Name(), errors.Join(err, file.Chmod(mode), file.Close())
}

// fillUnforked is fill for an executable. A process that is forked while one is open for writing holds it open until it executes
// something itself, and meanwhile nobody can execute the file (ETXTBSY, golang/go#22315): so nothing is forked here until it is
// closed. Its content is read before, since a reader may take its time.
func fillUnforked(ctx context.Context, path string, content io.Reader, mode fs.FileMode) (name string, err error) {
	text, err := io.ReadAll(&contextReader{ctx, content})
	if err != nil {
		return "", err
	}
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	return fill(ctx, path, bytes.NewReader(text), mode)
}

// toDisk waits until the file is on disk.
func toDisk(name string) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

// CopyTo copies a tree to a folder. Files keep whether they can be executed;
// what was in the folder and is not in the tree stays.
func (l *local) CopyTo(ctx context.Context, tree fs.FS, folder string) error {
	if err := absolute("copy to", folder); err != nil {
		return err
	}
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := filepath.Join(folder, filepath.FromSlash(name))
		switch {
		case entry.IsDir():
			return os.MkdirAll(target, 0o755)
		case !entry.Type().IsRegular():
			return fmt.Errorf("%s is no regular file or folder", name)
		}
		return copyFile(ctx, tree, name, target)
	})
	if err != nil {
		return &HarnessError{"copy to " + folder, err}
	}
	return nil
}

func copyFile(ctx context.Context, tree fs.FS, name, target string) error {
	file, err := tree.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	mode := fs.FileMode(0o644)
	if info.Mode()&0o100 != 0 {
		mode = 0o755
	}
	return writeFile(ctx, target, file, mode)
}

// MkdirAll makes a folder and those above it.
func (*local) MkdirAll(_ context.Context, path string, mode fs.FileMode) error {
	if err := absolute("make folder", path); err != nil {
		return err
	}
	if err := os.MkdirAll(path, mode); err != nil {
		return &HarnessError{"make folder", err}
	}
	return nil
}

// RemoveAll removes a file or tree.
func (*local) RemoveAll(_ context.Context, path string) error {
	if err := absolute("remove", path); err != nil {
		return err
	}
	if err := os.RemoveAll(path); err != nil {
		return &HarnessError{"remove", err}
	}
	return nil
}

// Hash gives the SHA-256 of a file's content. Links are followed.
func (*local) Hash(ctx context.Context, path string) ([32]byte, error) {
	if err := absolute("hash", path); err != nil {
		return [32]byte{}, err
	}
	file, err := os.Open(path)
	if err != nil {
		return [32]byte{}, &HarnessError{"hash", err}
	}
	defer file.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, &contextReader{ctx, file}); err != nil {
		return [32]byte{}, &HarnessError{"hash " + path, err}
	}
	return [32]byte(hash.Sum(nil)), nil
}

func absolute(op, path string) error {
	if !filepath.IsAbs(path) {
		return &HarnessError{op, fmt.Errorf("%q is not an absolute path", path)}
	}
	return nil
}

// contextReader stops reading when its context ends.
type contextReader struct {
	ctx context.Context
	io.Reader
}

func (r *contextReader) Read(buffer []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(buffer)
}
