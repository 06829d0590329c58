package attest

import (
	"crypto/sha256"
	"testing"
)

// appraisalCases change what was measured; CA and services must both notice.
var appraisalCases = []struct {
	name   string
	want   Check
	change func(c *cast)
}{
	{"mode not accepted", CheckMode, func(c *cast) { c.evidence.Mode = "hybrid"; c.parameters.Mode = "hybrid" }},
	{"executable changed", CheckExecutable, func(c *cast) { c.evidence.Executable.SHA256[0] ^= 1 }},
	{"other platform", CheckExecutable, func(c *cast) { c.evidence.Platform = "cheribsd-morello" }},
	{"accepted mode without reference", CheckExecutable, func(c *cast) {
		c.evidence.Mode, c.parameters.Mode = "purecap", "purecap"
		c.document.Modes = append(c.document.Modes, "purecap")
	}},
	{"library changed", CheckLibrary, func(c *cast) { c.evidence.Libraries[0].SHA256[0] ^= 1 }},
	{"library not in the reference", CheckLibrary, func(c *cast) {
		c.evidence.Libraries = append(c.evidence.Libraries, File{Path: "/usr/lib/preloaded.so"})
	}},
	{"known library at another path", CheckLibrary, func(c *cast) { c.evidence.Libraries[0].Path = "/tmp/libcrypto.so.3" }},
	{"variable not in the policy", CheckEnvironment, func(c *cast) { c.evidence.Environment["LD_PRELOAD"] = "/tmp/x.so" }},
	{"variable with another value", CheckEnvironment, func(c *cast) { c.evidence.Environment["ASAN_OPTIONS"] = "log_path=/tmp/x" }},
	{"no proof", CheckCompartment, func(c *cast) { c.evidence.Compartment = Compartment{} }},
	{"unknown kind of proof", CheckCompartment, func(c *cast) { c.evidence.Compartment.Kind = "chroot" }},
	{"ipc namespace shared", CheckCompartment, func(c *cast) { c.evidence.Compartment.Namespaces = []string{"mnt", "net", "pid", "user", "uts"} }},
	{"uts namespace shared", CheckCompartment, func(c *cast) { c.evidence.Compartment.Namespaces = []string{"ipc", "mnt", "net", "pid", "user"} }},
	{"network shared, and the policy does not say that it may be", CheckCompartment, shareNetwork},
	{"network shared, and the policy says own", CheckCompartment, func(c *cast) {
		shareNetwork(c)
		c.document.Compartment.Network = NetworkOwn
	}},
	{"the host's network is not the host's names", CheckCompartment, func(c *cast) {
		c.document.Compartment.Network = NetworkShared
		c.evidence.Compartment.Namespaces = []string{"ipc", "mnt", "net", "pid", "user"}
	}},
	{"no seccomp filter", CheckCompartment, func(c *cast) { c.evidence.Compartment.Seccomp = 0 }},
	{"strict seccomp is not the filter", CheckCompartment, func(c *cast) { c.evidence.Compartment.Seccomp = 1 }},
	{"may gain privileges", CheckCompartment, func(c *cast) { c.evidence.Compartment.NoNewPrivs = false }},
	{"capabilities", CheckCompartment, func(c *cast) { c.evidence.Compartment.Capabilities = new(uint64(1 << 21)) }},
	{"capabilities not measured", CheckCompartment, func(c *cast) { c.evidence.Compartment.Capabilities = nil }},
	{"traced", CheckTracer, func(c *cast) { c.evidence.Process.Tracer = 4711 }},
	{"anonymous executable memory", CheckMemory, func(c *cast) { c.evidence.Process.AnonymousExecutable = 1 }},
	{"trampolines of bubblewrap", CheckMemory, func(c *cast) {
		c.document.Compartment.C18N, c.document.Compartment.Trampolines = C18NLinker, TrampolinesWritable
		c.evidence.Process.AnonymousExecutable, c.evidence.Compartment.WritableTrampolines = 1, 1
	}},
	{"no library compartments", CheckCompartment, onCheriBSD(func(c *cast) { c.evidence.Compartment = Compartment{NoNewPrivs: true} })},
	{"bubblewrap's kind without what it shows", CheckCompartment, onCheriBSD(func(c *cast) { c.evidence.Compartment.Kind = "bubblewrap" })},
	{"library compartments, and new privileges", CheckCompartment, onCheriBSD(func(c *cast) { c.evidence.Compartment.NoNewPrivs = false })},
	{"library compartments of root's", CheckCompartment, onCheriBSD(func(c *cast) { c.evidence.Process.UID = 0 })},
	{"no count", CheckCompartment, onCheriBSD(func(c *cast) { c.evidence.Compartment.Compartments = nil })},
	{"no compartment", CheckCompartment, onCheriBSD(func(c *cast) { c.evidence.Compartment.Compartments = new(int64(0)) })},
	{"one too few, where names are not listed", CheckCompartment, onCheriBSD(func(c *cast) {
		c.evidence.Compartment.Names, c.evidence.Compartment.Compartments = nil, new(int64(3))
	})},
	{"a library without a compartment of its own", CheckCompartment, onCheriBSD(func(c *cast) {
		c.evidence.Compartment.Names = []string{"/launcher/retail", "[RTLD]", "[TCB]", "[libunwind]", "libcjson.so.1"}
	})},
	{"another library's compartment in its place", CheckCompartment, onCheriBSD(func(c *cast) {
		c.evidence.Compartment.Names = []string{"/launcher/retail", "[RTLD]", "[TCB]", "libcjson.so.1", "libcrypto.so.111"}
	})},
	{"the executable without a compartment of its own", CheckCompartment, onCheriBSD(func(c *cast) {
		c.evidence.Compartment.Names = []string{"[RTLD]", "[TCB]", "[libunwind]", "libcjson.so.1", "libcrypto.so.30"}
	})},
	{"a longer name than the library's", CheckCompartment, onCheriBSD(func(c *cast) {
		c.evidence.Compartment.Names = []string{"/launcher/retail", "[RTLD]", "[TCB]", "libcjson.so.1", "libcrypto.so.300"}
	})},
	{"fewer names than compartments", CheckCompartment, onCheriBSD(func(c *cast) { c.evidence.Compartment.Compartments = new(int64(6)) })},
	{"writable trampolines, not asked for", CheckMemory, onCheriBSD(func(c *cast) {
		onOldCheriBSD(c)
		c.document.Compartment.Trampolines = ""
	})},
	{"writable trampolines, and sealed ones asked for", CheckMemory, onCheriBSD(func(c *cast) {
		onOldCheriBSD(c)
		c.document.Compartment.Trampolines = TrampolinesSealed
	})},
	{"code beside writable trampolines", CheckMemory, onCheriBSD(func(c *cast) {
		onOldCheriBSD(c)
		c.evidence.Process.AnonymousExecutable++
	})},
	{"fewer mappings than trampolines", CheckMemory, onCheriBSD(func(c *cast) {
		onOldCheriBSD(c)
		c.evidence.Process.AnonymousExecutable--
	})},
	{"trampolines of a system that counts", CheckMemory, onCheriBSD(func(c *cast) {
		onOldCheriBSD(c)
		c.evidence.Compartment.Compartments = new(int64(5))
	})},
	{"trampolines of a mode without compartments", CheckMemory, onCheriBSD(func(c *cast) {
		onOldCheriBSD(c)
		c.evidence.Mode, c.parameters.Mode, c.document.Modes[0], c.document.References[0].Mode = "purecap", "purecap", "purecap", "purecap"
	})},
}

// onCheriBSD makes the evidence that of a process with library compartments, as CheriBSD from 25.03 on tells, before it is changed.
func onCheriBSD(change func(*cast)) func(*cast) {
	return func(c *cast) {
		c.evidence.Platform, c.evidence.ABI, c.document.References[0].Platform = "cheribsd-morello", "purecap", "cheribsd-morello"
		c.evidence.Libraries, c.document.References[0].Libraries = nil, map[string]Digest{}
		for _, file := range []string{"/lib/libc.so.7", "/lib/libcrypto.so.30", "/lib/libgcc_s.so.1", "/lib/libsys.so.7", "/lib/libthr.so.3", "/libexec/ld-elf.so.1", "/usr/local/lib/libcjson.so.1"} {
			c.evidence.Libraries = append(c.evidence.Libraries, File{file, sha256.Sum256([]byte(file))})
			c.document.References[0].Libraries[file] = sha256.Sum256([]byte(file))
		}
		c.evidence.Compartment = Compartment{
			Kind: "c18n", NoNewPrivs: true, Compartments: new(int64(5)),
			Names: []string{"/launcher/retail", "[RTLD]", "[TCB]", "libcjson.so.1", "libcrypto.so.30"},
		}
		change(c)
	}
}

// onOldCheriBSD makes it one of 22.12, which counts no compartments and keeps trampolines in memory that can be written, and the
// policy one that accepts that.
func onOldCheriBSD(c *cast) {
	c.evidence.Compartment = Compartment{Kind: "c18n", NoNewPrivs: true, WritableTrampolines: 4}
	c.evidence.Process.AnonymousExecutable = 4
	c.document.Compartment.C18N, c.document.Compartment.Trampolines = C18NLinker, TrampolinesWritable
}

// TestLibraryCompartmentsAreAccepted: as each release of CheriBSD shows them, and on either path.
func TestLibraryCompartmentsAreAccepted(t *testing.T) {
	for name, change := range map[string]func(*cast){
		"names are listed": func(*cast) {},
		"names with folders": func(c *cast) {
			c.evidence.Compartment.Names = []string{"/launcher/retail", "/lib/libcrypto.so.30", "[RTLD]", "[TCB]", "libcjson.so.1"}
		},
		"a name that is a link": func(c *cast) {
			library := &c.evidence.Libraries[6]
			library.Path = "/usr/local/lib/libcjson.so.1.7.17"
			c.document.References[0].Libraries[library.Path] = library.SHA256
		},
		"counted alone": func(c *cast) {
			c.evidence.Compartment.Names, c.evidence.Compartment.Compartments = nil, new(int64(4))
		},
		"22.12": onOldCheriBSD,
		"23.11, without writable trampolines": func(c *cast) {
			onOldCheriBSD(c)
			c.document.Compartment.Trampolines = ""
			c.evidence.Compartment.WritableTrampolines, c.evidence.Process.AnonymousExecutable = 0, 0
		},
	} {
		for _, way := range []string{PathRelayed, PathDirect} {
			c := newCast(t)
			c.parameters.Path, c.document.Parameters.Path = way, []string{way}
			onCheriBSD(change)(c)
			_, err := c.authority.Certify(noon, c.policy(t), func([32]byte) error { return nil }, c.request(t))
			if err != nil {
				t.Errorf("%s, %s: %v", name, way, err)
			}
		}
	}
}

// shareNetwork puts the process into its host's network, as the path direct does.
func shareNetwork(c *cast) {
	c.evidence.Compartment.Namespaces = []string{"ipc", "mnt", "pid", "user", "uts"}
}

// A service does not know the path: its policy alone says whether a compartment may have its host's network.
func TestSharedNetworkIsThePolicysToAllow(t *testing.T) {
	c := newCast(t)
	shareNetwork(c)
	c.document.Compartment.Network = NetworkShared
	wantCheck(t, c.policy(t).Appraise(&c.evidence), "")
}

// The CA knows the path: the host's network is for the path direct alone, whatever else the policy allows.
func TestSharedNetworkIsForThePathDirect(t *testing.T) {
	for _, test := range []struct {
		path, network string
		shared        bool
		want          Check
	}{
		{PathRelayed, NetworkOwn, false, ""},
		{PathRelayed, NetworkShared, false, ""},
		{PathRelayed, NetworkShared, true, CheckCompartment},
		{PathRelayed, NetworkOwn, true, CheckCompartment},
		{PathDirect, NetworkShared, true, ""},
		{PathDirect, NetworkShared, false, ""},
		{PathDirect, NetworkOwn, true, CheckCompartment},
	} {
		c := newCast(t)
		c.document.Parameters.Path = []string{PathRelayed, PathDirect}
		c.parameters.Path, c.document.Compartment.Network = test.path, test.network
		if test.shared {
			shareNetwork(c)
		}
		_, err := c.authority.Certify(noon, c.policy(t), func([32]byte) error { return nil }, c.request(t))
		t.Logf("%+v: %v", test, err)
		wantCheck(t, err, test.want)
	}
}

func TestAppraiseRefuses(t *testing.T) {
	for _, ac := range appraisalCases {
		t.Run(string(ac.want)+"/"+ac.name, func(t *testing.T) {
			c := newCast(t)
			ac.change(c)
			wantCheck(t, c.policy(t).Appraise(&c.evidence), ac.want)
		})
	}
}

func TestAppraiseAccepts(t *testing.T) {
	for name, change := range map[string]func(c *cast){
		"as it is":          func(*cast) {},
		"fewer libraries":   func(c *cast) { c.evidence.Libraries = nil },
		"empty environment": func(c *cast) { c.evidence.Environment = nil },
		"any value": func(c *cast) {
			c.document.Environment["ASAN_OPTIONS"] = nil
			c.evidence.Environment["ASAN_OPTIONS"] = "x"
		},
		"another uid": func(c *cast) { c.evidence.Process.UID = 1 },
		"one more namespace": func(c *cast) {
			c.evidence.Compartment.Namespaces = []string{"cgroup", "ipc", "mnt", "net", "pid", "user", "uts"}
		},
		"a mode that claims no compartment needs no proof": func(c *cast) {
			c.evidence.Mode, c.document.Modes[0], c.document.References[0].Mode = "hybrid", "hybrid", "hybrid"
			c.evidence.Compartment = Compartment{}
		},
		"the second of two references, after an update of the system": func(c *cast) {
			old := c.document.References[0]
			old.Libraries = map[string]Digest{"/usr/lib/libcrypto.so.3": {1}}
			c.document.References = append([]Reference{old}, c.document.References...)
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCast(t)
			change(c)
			wantCheck(t, c.policy(t).Appraise(&c.evidence), "")
		})
	}
}

// The same fault reads the same each time, though maps have no order.
func TestEnvironmentFaultIsStable(t *testing.T) {
	c := newCast(t)
	c.evidence.Environment = map[string]string{"LD_PRELOAD": "x", "ASAN_OPTIONS": "x", "TZ": "x"}
	policy := c.policy(t)
	for range 32 {
		if err := policy.Appraise(&c.evidence); err == nil || err.Error() != `environment: variable "ASAN_OPTIONS" has a value that is not allowed` {
			t.Fatalf("got %v", err)
		}
	}
}

// Version 1 knows one path; the limit is looked at all the same.
func TestPathIsLimited(t *testing.T) {
	c := newCast(t)
	policy := c.policy(t)
	policy.document.Parameters.Path = nil
	wantCheck(t, c.parameters.checkLimits(policy), CheckParameters)
}

func TestCompartmentModes(t *testing.T) {
	for mode, want := range map[string]bool{
		"compartment": true, "benchmark-compartment": true, "purecap": false, "hybrid": false, "compartmentless": false,
	} {
		if claimsCompartment(mode) != want {
			t.Errorf("mode %s claims a compartment: %v, want %v", mode, !want, want)
		}
	}
}
