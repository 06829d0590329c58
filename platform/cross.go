package platform

import (
	"fmt"
	"path"
	"strings"
	"unicode"
)

// Toolchain is what a host of another platform compiles with, in its own paths,
// which are the same inside the sandbox.
type Toolchain struct {
	// SDK is the folder whose bin has the compiler, Sysroot the platform's root file
	// system.
	SDK, Sysroot string
}

// Check says what is wrong with the toolchain's paths.
func (t *Toolchain) Check() error {
	for _, folder := range []string{t.SDK, t.Sysroot} {
		if !path.IsAbs(folder) || path.Clean(folder) != folder {
			return fmt.Errorf("the toolchain's %q is not a clean absolute path", folder)
		}
		if strings.ContainsFunc(folder, unicode.IsControl) {
			return fmt.Errorf("the toolchain's %q has control characters", folder)
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
	if err := toolchain.Check(); err != nil {
		return nil, err
	}
	return replace(nil, c.Cross.Compiler, toolchain.values()), nil
}

// Compiler is the compiler's program: the platform's own, or that of a toolchain.
func (p *Profile) Compiler(toolchain *Toolchain) (string, error) {
	command, err := (&Mode{profile: p}).compiler(toolchain)
	if err != nil {
		return "", err
	}
	return command[0], nil
}

// Crosses tells whether the profile says how to compile for the platform on another.
func (p *Profile) Crosses() bool { return p.Compile.Cross != nil }

// CompilerEnvironment is the environment of the platform's own compiler (nil), or of a
// toolchain's on a host of another platform: exactly this.
func (m *Mode) CompilerEnvironment(toolchain *Toolchain) []string {
	if toolchain == nil {
		return m.CompileEnvironment()
	}
	if m.profile.Compile.Cross == nil {
		return nil
	}
	return append([]string(nil), m.profile.Compile.Cross.Environment...)
}
