package platform

import (
	"fmt"
	"path"
)

// Toolchain is what a host of another platform compiles with, in its own paths,
// which are the same inside the sandbox.
type Toolchain struct {
	// SDK is the folder whose bin has the compiler, Sysroot the platform's root file
	// system.
	SDK, Sysroot string
}

// check says what is wrong with the toolchain's paths.
func (t *Toolchain) check() error {
	for _, folder := range []string{t.SDK, t.Sysroot} {
		if !path.IsAbs(folder) || path.Clean(folder) != folder {
			return fmt.Errorf("the toolchain's %q is not a clean absolute path", folder)
		}
	}
	return nil
}

func (t *Toolchain) values() map[string][]string {
	return map[string][]string{"sdk": {t.SDK}, "sysroot": {t.Sysroot}}
}

// compiler is the start of the compiler's command.
func (m *Mode) compiler(toolchain *Toolchain) ([]string, error) {
	c := m.profile.Compile
	switch {
	case toolchain == nil:
		return append([]string(nil), c.Compiler...), nil
	case c.Cross == nil:
		return nil, fmt.Errorf("platform %s does not say how to compile for it on another (compile.cross)", m.profile.Platform)
	}
	if err := toolchain.check(); err != nil {
		return nil, err
	}
	return replace(nil, c.Cross.Compiler, toolchain.values()), nil
}

// CrossEnvironment is the environment of a compiler on a host of another platform:
// exactly this; nil where the platform has none.
func (m *Mode) CrossEnvironment() []string {
	if m.profile.Compile.Cross == nil {
		return nil
	}
	return append([]string(nil), m.profile.Compile.Cross.Environment...)
}
