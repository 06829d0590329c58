package scenarios

import "eaibench/platform"

// Compile says where sources are compiled.
type Compile struct {
	// Place is target, the default, or control: on the host on which the campaign is run, where the launcher has to be too.
	Place string `yaml:"place,omitempty"`
	// SDK is the toolchain's folder there, whose bin has the compiler, and Sysroot the folder with the target's root file system.
	SDK     string `yaml:"sdk,omitempty"`
	Sysroot string `yaml:"sysroot,omitempty"`
}

// Toolchain compiles beside the runner; nil: the target compiles.
func (s *Scenario) Toolchain() *platform.Toolchain {
	if s.Compile.Place != OnControl {
		return nil
	}
	return &platform.Toolchain{SDK: s.Compile.SDK, Sysroot: s.Compile.Sysroot}
}

// checkCompile checks where sources are compiled, and with what.
func (s *Scenario) checkCompile(report reporter) {
	oneOf(report, "compile.place", s.Compile.Place, launcherPlaces)
	if s.Compile.Place != OnControl {
		for _, one := range []struct{ key, given string }{{"sdk", s.Compile.SDK}, {"sysroot", s.Compile.Sysroot}} {
			if one.given != "" {
				report("compile."+one.key, "the target compiles with what is there; it is for compile.place: %s", OnControl)
			}
		}
		return
	}
	if err := s.Toolchain().Check(); err != nil {
		report("compile", "%v: sdk and sysroot are needed, folders of this host", err)
	}
	if !s.Controlled() {
		report("compile.place", "the launcher compiles on its own side: launcher.place has to be %s too", OnControl)
	}
	if s.OpenSSL != "" {
		report("openssl", "it names a folder on the target, and with compile.place: %s nothing is compiled there", OnControl)
	}
	if profile, err := platform.Load(besides(s.platformFile, s.Platform)); err == nil && !profile.Crosses() { // else reported by its own check
		report("compile.place", "platform %s does not say how to compile for it on another host (compile.cross)", profile.Platform)
	}
}
