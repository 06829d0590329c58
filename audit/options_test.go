package audit

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	for _, test := range []struct {
		command, optimisation, options string
		bindsNow                       bool
	}{
		{"cc a.c", "-O0", "", false},
		{"cc -O1 -O3 a.c", "-O3", "", false},
		{"cc -O a.c", "-O1", "", false},
		{"cc -Ofast -o -O0 a.c", "-Ofast", "", false}, // a file named -O0
		{"cc -O2 -D X=1 -DY -U Z a.c", "-O2", "-D X=1;-DY;-U Z", false},
		{"cc -O2 -I /inc -I/inc --sysroot=/s --sysroot /s -isystem /i -L/lib -B/sdk a.c", "-O2", "", false},
		{"cc -O2 -Wall -Werror -Wl,-z,relro -Wp,-D_FORTIFY_SOURCE=2 a.c", "-O2", "-Wl,-z,relro;-Wp,-D_FORTIFY_SOURCE=2", false},
		{"cc -O2 -flto -fsanitize=undefined -ffile-prefix-map=/a=. -g a.c -lssl", "-O2", "-flto;-fsanitize=undefined;-g;-lssl", false},
		{"cc -Xclang -morello-vararg=new -target aarch64-unknown-freebsd15 -mabi=purecap a.c", "-O0", "-Xclang -morello-vararg=new;-target aarch64-unknown-freebsd15;-mabi=purecap", false},
		{"cc -Wl,-z,relro,-z,now a.c", "-O0", "-Wl,-z,relro,-z,now", true},
		{"cc -z now a.c", "-O0", "-z now", true},
		{"cc -static-pie a.c", "-O0", "-static-pie", true},
		{"cc -Wl,-rpath,/known a.c", "-O0", "-Wl,-rpath,/known", false},
		{"cc -", "-O0", "", false},
		{"cc -o", "-O0", "", false},
		{"cc -D", "-O0", "-D", false},
	} {
		got := parse(strings.Fields(test.command))
		if got.optimisation != test.optimisation || strings.Join(got.options, ";") != test.options || got.bindsNow() != test.bindsNow {
			t.Errorf("%s: %+v, binds now %v", test.command, got, got.bindsNow())
		}
	}
	if got := parse(nil); got.optimisation != "-O0" || got.options != nil {
		t.Errorf("no command: %+v", got)
	}
}

// TestABIOptions: what makes an ABI on Morello, and what a mode's profile adds, is no difference; anything else is.
func TestABIOptions(t *testing.T) {
	for option, abi := range map[string]bool{
		"-march=morello": true, "-march=morello+c64": true, "-mabi=purecap": true, "-mabi=aapcs": true, "-mcpu=rainier": true,
		"-target aarch64-unknown-freebsd15": true, "--target=aarch64-unknown-freebsd15": true,
		"-Xclang -morello-bounded-memargs=caller-only": true, "-Wl,--dynamic-linker=/libexec/ld-elf-c18n.so.1": true,
		"-march=armv8.2-a+crypto": false, "-mcpu=neoverse-n1": false, "-Xclang -O3": false, "-fsanitize=address": false, "-DNDEBUG": false,
	} {
		if isABI(option) != abi {
			t.Errorf("%s: of an ABI %v, want %v", option, !abi, abi)
		}
	}
	c := parse(strings.Fields("cc -O2 -mabi=purecap -fsanitize=address -flto a.c"))
	if diff := cmp.Diff([]string{"-flto"}, c.without([]string{"-fsanitize=address"})); diff != "" {
		t.Error(diff)
	}
	for option, severity := range map[string]Severity{
		"-flto": Critical, "-DNDEBUG": Critical, "-msve-vector-bits=128": Critical, "-fsanitize=address": Critical, "-std=c99": Critical,
		"-lcrypto": Serious, "-Wl,-z,now": Serious, "-static": Serious, "-g": Note, "-ggdb3": Note,
	} {
		if got := severityOf(option); got != severity {
			t.Errorf("%s is %s, want %s", option, got, severity)
		}
	}
}

// TestSameFolders: folders of libraries that are named after the executable's ABI are the same in every mode, others are not.
func TestSameFolders(t *testing.T) {
	for _, test := range []struct{ abi, option, want string }{
		{"purecap", "-Wl,-rpath,/opt/openssl/purecap/lib", "-Wl,-rpath,/opt/openssl/{abi}/lib"},
		{"purecap", "-Wl,-rpath=/opt/purecap", "-Wl,-rpath=/opt/{abi}"},
		{"purecap", "-Wl,-rpath,/opt/openssl/hybrid/lib", "-Wl,-rpath,/opt/openssl/hybrid/lib"},
		{"purecap", "-Wl,-rpath,/opt/purecap-benchmark/lib", "-Wl,-rpath,/opt/purecap-benchmark/lib"},
		{"purecap", "-Wl,-rpath-link,/opt/purecap", "-Wl,-rpath-link,/opt/purecap"},
		{"purecap", "-Wl,-z,purecap", "-Wl,-z,purecap"},
		{"", "-Wl,-rpath,/opt//lib", "-Wl,-rpath,/opt//lib"},
	} {
		if got := sameFolders([]string{test.option}, test.abi); got[0] != test.want {
			t.Errorf("%s in %s: %s, want %s", test.option, test.abi, got[0], test.want)
		}
	}
}
