package authority

import (
	"slices"
	"testing"

	"eaibench/platform"
)

// TestTraceOf: GNU's loader is asked by an option, FreeBSD's by its environment, and which linker the kernel takes for the ABI is
// added there.
func TestTraceOf(t *testing.T) {
	modeOf := func(name string) *platform.Mode {
		profile, err := platform.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		mode, err := profile.Mode("hybrid")
		if err != nil {
			t.Fatal(err)
		}
		return mode
	}
	linux := traceOf(modeOf("linux"), &platform.ELF{Interpreter: "/lib64/ld-linux-x86-64.so.2"}, "/build/retail")
	if !slices.Equal(linux.command, []string{"/lib64/ld-linux-x86-64.so.2", "--list", "/build/retail"}) || len(linux.environment)+len(linux.linkers) > 0 {
		t.Errorf("%+v", linux)
	}
	for _, test := range []struct{ abi, interpreter, linker string }{
		{"hybrid", "/libexec/ld-elf.so.1", "/libexec/ld-elf64.so.1"},
		{"purecap", "/libexec/ld-elf.so.1", "/libexec/ld-elf.so.1"},
		{"purecap-benchmark", "/libexec/ld-elf.so.1", "/libexec/ld-elf64cb.so.1"},
		{"purecap-benchmark", "/libexec/ld-elf64cb-c18n.so.1", "/libexec/ld-elf64cb-c18n.so.1"},
	} {
		got := traceOf(modeOf("cheribsd-morello"), &platform.ELF{ABI: test.abi, Interpreter: test.interpreter}, "/build/retail")
		if !slices.Equal(got.command, []string{"/build/retail"}) || !slices.Equal(got.linkers, []string{test.linker}) ||
			!slices.Contains(got.environment, "LD_64_TRACE_LOADED_OBJECTS=yes") {
			t.Errorf("%s: %+v", test.abi, got)
		}
	}
}

// TestParseFreeBSDTrace: the form is that of rtld-elf's own formats.
func TestParseFreeBSDTrace(t *testing.T) {
	const trace = "\tlibcrypto.so.30 => /lib/libcrypto.so.30 (0x40200000)\n\tlibc.so.7 => /lib/libc.so.7 (0x40600000)\n\t[vdso] (0xfffffffff000)\n"
	got, err := parseLoaderTrace(trace)
	if want := []string{"/lib/libcrypto.so.30", "/lib/libc.so.7"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := parseLoaderTrace("\tlibcjson.so.1 => not found (0)\n"); err == nil {
		t.Errorf("%v", got)
	}
}
