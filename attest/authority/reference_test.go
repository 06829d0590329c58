package authority

import (
	"context"
	"crypto/sha256"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"eaibench/attest"
	"eaibench/hosts"
	"eaibench/integration_process"
	"eaibench/platform"
)

// testCompilerUID compiles in tests. It is not the profile's: its limit of processes counts every process of a uid on this host.
const testCompilerUID = 64322

func linuxProfile(t *testing.T) *platform.Profile {
	t.Helper()
	profile, err := platform.Load("linux")
	if err != nil {
		t.Fatal(err)
	}
	return profile
}

// reachableFolder is a temporary folder that every user can enter.
func reachableFolder(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "authority-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(folder); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	return folder
}

func buildReference(t *testing.T, folder, mode, program, source string) (*attest.Reference, error) {
	t.Helper()
	return buildControlled(t, folder, mode, program, source, platform.Controls{})
}

func buildControlled(t *testing.T, folder, mode, program, source string, controls platform.Controls) (*attest.Reference, error) {
	t.Helper()
	profile, err := platform.Load("linux")
	if err != nil {
		return nil, err
	}
	if err := profile.SetControls(controls, []string{mode}); err != nil {
		return nil, err
	}
	m, err := profile.Mode(mode)
	if err != nil {
		return nil, err
	}
	build := ReferenceBuild{Host: hosts.Local(), Folder: folder, User: testCompilerUID}
	sources, err := integration_process.NewSources(program, program+".c", []byte(source))
	if err != nil {
		return nil, err
	}
	return build.Build(context.Background(), m, sources)
}

func TestReferenceOfRetailIsReproducible(t *testing.T) {
	requireRoot(t)
	source, err := integration_process.Source("retail")
	if err != nil {
		t.Fatal(err)
	}
	folders := [2]string{reachableFolder(t), reachableFolder(t)}
	var built [2]*attest.Reference
	var errs [2]error
	var building sync.WaitGroup
	for i, folder := range folders {
		building.Go(func() { built[i], errs[i] = buildReference(t, folder, "hybrid", "retail", string(source)) })
	}
	building.Wait()
	if err := errors.Join(errs[:]...); err != nil {
		t.Fatal(err)
	}
	first, second := built[0], built[1]
	if !reflect.DeepEqual(first, second) {
		t.Errorf("two builds in two folders differ:\n%+v\n%+v", first, second)
	}
	executable, err := platform.ReadELF(filepath.Join(folders[0], "hybrid", "build", "retail"))
	if err != nil {
		t.Fatal(err)
	}
	if _, size, err := executable.Symbol(csrDigestSymbol); err != nil || size != sha256.Size {
		t.Errorf("what the attester reads from the process: %d bytes, %v", size, err)
	}
	for _, name := range []string{"libcrypto.so", "libcjson.so", "libc.so", "ld-linux"} {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(first.Libraries)), func(path string) bool {
			return strings.HasPrefix(filepath.Base(path), name)
		}) {
			t.Errorf("no library %s among %v", name, first.Libraries)
		}
	}
}

func TestReferenceTellsModesAndSourcesApart(t *testing.T) {
	requireRoot(t)
	const source = "int main(void) { return 0; }\n"
	seen := map[attest.Digest]string{}
	for _, build := range []struct{ name, mode, source string }{
		{"hybrid", "hybrid", source},
		{"purecap", "purecap", source},
		{"another source", "hybrid", "int main(void) { return 1; }\n"},
	} {
		first, err := buildReference(t, reachableFolder(t), build.mode, "tiny", build.source)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := buildReference(t, reachableFolder(t), build.mode, "tiny", build.source); err != nil || !reflect.DeepEqual(first, again) {
			t.Errorf("%s: two builds differ: %+v, %+v, %v", build.name, first, again, err)
		}
		if other, twice := seen[first.ExecutableSHA256]; twice {
			t.Errorf("%s has the executable of %s", build.name, other)
		}
		seen[first.ExecutableSHA256] = build.name
	}
}

// Modes that differ in how they are launched alone share a build, and have the references that builds of their own have.
func TestModesCompiledAlikeShareABuild(t *testing.T) {
	requireRoot(t)
	const source = "int main(void) { return 0; }\n"
	sources, err := integration_process.NewSources("tiny", "tiny.c", []byte(source))
	if err != nil {
		t.Fatal(err)
	}
	var modes []*platform.Mode
	for _, name := range []string{"compartment", "hybrid", "purecap"} {
		mode, err := linuxProfile(t).Mode(name)
		if err != nil {
			t.Fatal(err)
		}
		modes = append(modes, mode)
	}
	folder := reachableFolder(t)
	all, err := ReferenceBuild{Host: hosts.Local(), Folder: folder, User: testCompilerUID}.BuildAll(t.Context(), modes, sources)
	if err != nil || len(all) != len(modes) {
		t.Fatalf("got %v, %v", all, err)
	}
	for i, mode := range modes {
		if own, err := buildReference(t, reachableFolder(t), mode.Name, "tiny", source); err != nil || !reflect.DeepEqual(all[i], own) {
			t.Errorf("%s: %+v, a build of its own %+v, %v", mode.Name, all[i], own, err)
		}
	}
	if built, err := filepath.Glob(filepath.Join(folder, "*")); err != nil || len(built) != 2 {
		t.Errorf("there were builds for %v, %v; want one of two modes", built, err)
	}
}

func TestReferenceBuildCannotReadTheHost(t *testing.T) {
	requireRoot(t)
	secret := filepath.Join(reachableFolder(t), "secret.h")
	if err := os.WriteFile(secret, []byte("int secret;\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, source := range map[string]string{
		"included":     "#include \"" + secret + "\"\nint main(void) { return 0; }\n",
		"etc":          "#include \"/etc/passwd\"\nint main(void) { return 0; }\n",
		"assembled in": "__asm__(\".incbin \\\"" + secret + "\\\"\");\nint main(void) { return 0; }\n",
	} {
		_, err := buildReference(t, reachableFolder(t), "hybrid", "thief", source)
		if err == nil {
			t.Errorf("%s: a file of the host was compiled in", name)
		} else if !strings.Contains(err.Error(), "gcc") && !strings.Contains(err.Error(), "No such file") && !strings.Contains(err.Error(), "file not found") {
			t.Errorf("%s: failed for another reason: %v", name, err)
		}
	}
}

func TestReferenceRefusesPrograms(t *testing.T) {
	requireRoot(t)
	for name, test := range map[string]struct{ program, source, want string }{
		"that do not compile": {"broken", "int main(void) { return; }; syntax error\n", "error:"},
		"with a path as name": {"../retail", "int main(void) { return 0; }\n", "not a name"},
	} {
		if _, err := buildReference(t, reachableFolder(t), "hybrid", test.program, test.source); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q in the error", name, err, test.want)
		}
	}
}

// TestReferenceWithAnotherOpenSSL: the libraries are those of the folder that was named, or there is no reference.
func TestReferenceWithAnotherOpenSSL(t *testing.T) {
	requireRoot(t)
	const source = "#include <openssl/crypto.h>\nint main(void) { return OpenSSL_version(OPENSSL_VERSION) == 0; }\n"
	prefix, empty := reachableFolder(t), reachableFolder(t)
	for _, folder := range []string{prefix + "/include", prefix + "/lib", empty + "/include", empty + "/lib"} {
		if err := os.Mkdir(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	systems, err := filepath.Glob("/usr/lib/*/libcrypto.so.3")
	if err != nil || len(systems) == 0 {
		t.Fatalf("no libcrypto.so.3 here: %v", err)
	}
	content, err := os.ReadFile(systems[0])
	if err != nil {
		t.Fatal(err)
	}
	library := prefix + "/lib/libcrypto.so.3"
	if err := os.WriteFile(library, content, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("libcrypto.so.3", prefix+"/lib/libcrypto.so"); err != nil {
		t.Fatal(err)
	}
	reference, err := buildControlled(t, reachableFolder(t), "compartment", "tiny", source, platform.Controls{OpenSSL: prefix})
	if err != nil {
		t.Fatal(err)
	}
	if reference.Libraries[library] != sha256.Sum256(content) {
		t.Errorf("%s is not among %v", library, reference.Libraries)
	}
	for name, test := range map[string]struct{ prefix, source, want string }{
		"an empty folder":           {empty, source, "is linked with " + systems[0] + " instead"},
		"no folder":                 {empty + "/none", source, "No such file or directory"},
		"a program without OpenSSL": {prefix, "int main(void) { return 0; }\n", "is linked with no libcrypto.so of it"},
	} {
		if got, err := buildControlled(t, reachableFolder(t), "hybrid", "tiny", test.source, platform.Controls{OpenSSL: test.prefix}); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, %v; want %q", name, got, err, test.want)
		}
	}
}

func TestParseLoaderTrace(t *testing.T) {
	const good = "\tlinux-vdso.so.1 (0x00007ffc1e3f2000)\n" +
		"\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f1c2a000000)\n" +
		"\t/lib64/ld-linux-x86-64.so.2 (0x00007f1c2a3f0000)\n"
	got, err := parseLoaderTrace(good)
	want := []string{"/lib/x86_64-linux-gnu/libc.so.6", "/lib64/ld-linux-x86-64.so.2"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
	for name, test := range map[string]struct{ trace, want string }{
		"missing library":  {"\tlibnone.so.1 => not found\n", "libnone.so.1 is not installed"},
		"relative path":    {"\tlibx.so => ./libx.so (0x0000)\n", "no absolute path"},
		"another language": {"\tsomething else\n", "not understood"},
		"nothing":          {"", "names no library"},
		"cut off":          {"\tlibc.so.6 => /lib/libc.so.6 (0x0000", "not understood"},
	} {
		if _, err := parseLoaderTrace(test.trace); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
}

func FuzzParseLoaderTrace(f *testing.F) {
	f.Add("\tlibc.so.6 => /lib/libc.so.6 (0x00)\n")
	f.Add(" => not found\n\t(0x\n")
	f.Fuzz(func(t *testing.T, trace string) {
		paths, err := parseLoaderTrace(trace)
		for _, path := range paths {
			if err != nil || !filepath.IsAbs(path) {
				t.Errorf("path %q, error %v", path, err)
			}
		}
	})
}
