package adversary

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing/fstest"

	"eaibench/attest"
	"eaibench/attest/authority"
	"eaibench/hosts"
	"eaibench/integration_process"
	"eaibench/launcher"
	"eaibench/platform"
)

// built keeps reference values: they are the same for every stage, and a build takes seconds.
var built sync.Map

// referenceOf builds retail for a mode, independently of every launcher.
func referenceOf(mode *platform.Mode) (*attest.Reference, error) {
	build := sync.OnceValues(func() (*attest.Reference, error) {
		folder, err := os.MkdirTemp("", "eaibench-adversary-reference-")
		if err != nil {
			return nil, err
		}
		defer os.RemoveAll(folder)
		source, err := integration_process.Source("retail")
		if err := errors.Join(err, os.Chmod(folder, 0o711)); err != nil {
			return nil, err
		}
		sources, err := integration_process.NewSources("retail", "retail.c", source)
		if err != nil {
			return nil, err
		}
		b := authority.ReferenceBuild{Host: hosts.Local(), Folder: folder}
		if os.Geteuid() == 0 {
			b.User = mode.CompileUser()
		}
		return b.Build(context.Background(), mode, sources)
	})
	once, _ := built.LoadOrStore(mode.Name, build)
	return once.(func() (*attest.Reference, error))()
}

// compiled is what a launcher stores once it has compiled retail.
type compiled struct {
	program int
	files   fstest.MapFS
}

// stored keeps what launchers stored, by modes: it is the same for every stage, and a compilation takes seconds.
var stored sync.Map

// compiledInto fills the data folder of a launcher that is yet to be opened with what another one, of the same options but honest,
// stored there, and gives retail's ID.
func compiledInto(o launcher.Options, modes []string) (program int, err error) {
	modes = slices.Sorted(slices.Values(modes))
	compile := sync.OnceValues(func() (*compiled, error) { return compileRetail(o, modes) })
	once, _ := stored.LoadOrStore(strings.Join(modes, " "), compile)
	c, err := once.(func() (*compiled, error))()
	if err != nil {
		return 0, err
	}
	for name, file := range c.files {
		target := filepath.Join(o.Data, filepath.FromSlash(name))
		if file.Mode.IsDir() {
			err = os.MkdirAll(target, file.Mode.Perm())
		} else {
			err = errors.Join(os.MkdirAll(filepath.Dir(target), 0o700), os.WriteFile(target, file.Data, file.Mode.Perm()))
		}
		if err != nil {
			return 0, err
		}
	}
	return c.program, nil
}

// compileRetail has a launcher of its own compile retail for the modes.
func compileRetail(o launcher.Options, modes []string) (_ *compiled, err error) {
	if o.Data, err = os.MkdirTemp("", "eaibench-adversary-launcher-"); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(o.Data)) }()
	source, err := integration_process.Source("retail")
	if err != nil {
		return nil, err
	}
	store, err := launcher.OpenStore(o.Data)
	if err != nil {
		return nil, err
	}
	uploaded, _, err := store.Upload("retail.c", source)
	if err := errors.Join(err, store.Close()); err != nil {
		return nil, err
	}
	o.Host = hosts.Local()
	l, err := launcher.New(context.Background(), o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	for _, mode := range modes {
		if _, err := l.Compile(context.Background(), uploaded.ID, mode); err != nil {
			return nil, err
		}
	}
	c := &compiled{program: uploaded.ID, files: fstest.MapFS{}}
	const programs = "programs-data-base"
	err = filepath.WalkDir(filepath.Join(o.Data, programs), func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		name, err := filepath.Rel(o.Data, path)
		if err != nil {
			return err
		}
		file := &fstest.MapFile{Mode: info.Mode()}
		if !entry.IsDir() {
			if file.Data, err = os.ReadFile(path); err != nil {
				return err
			}
		}
		c.files[filepath.ToSlash(name)] = file
		return nil
	})
	return c, err
}
