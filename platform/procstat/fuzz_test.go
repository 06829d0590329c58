package procstat_test

import (
	"errors"
	"testing"

	"eaibench/platform/procstat"
)

// said checks an error: it has words, and one about what could not be read names at least one part.
func said(t *testing.T, err error) {
	t.Helper()
	var unread *procstat.Unread
	if err != nil && (err.Error() == "" || errors.As(err, &unread) && len(unread.Parts) == 0) {
		t.Errorf("an error that says nothing: %#v", err)
	}
}

// FuzzParseMap: sizes of whatever is read as a map add up, and nothing is negative.
func FuzzParseMap(f *testing.F) {
	f.Add(recorded(f, "vm.txt"), recordedPID)
	f.Add(recorded(f, "vm.json"), recordedPID)
	f.Add([]byte(mapHeader+"7 0x10000 0x20000 rw-RW 1 2 1 0 ---D-c qu x y\n"), 7)
	f.Fuzz(func(t *testing.T, text []byte, pid int) {
		m, err := procstat.ParseMap(text, pid)
		said(t, err)
		if err == nil && len(m.Mappings) == 0 {
			t.Error("a map without a mapping, and no error")
		}
		s := m.Sizes("/compartments/retail")
		parts := []int64{s.Executable, s.Libraries, s.Files, s.Anonymous, s.Stack, s.Other}
		var sum int64
		for _, part := range append(parts, s.GuardSpace, s.QuarantinedSpace, s.UnmappedSpace, s.Capabilities) {
			if part < 0 {
				t.Errorf("got %+v", s)
			}
		}
		for _, part := range parts {
			sum += part
		}
		if sum != s.Resident || s.Capabilities > s.Resident || m.AlteredCode() > len(m.Mappings) || len(m.Code()) > len(m.Mappings) {
			t.Errorf("got %+v", s)
		}
	})
}

func FuzzParseUsage(f *testing.F) {
	f.Add(recorded(f, "usage.txt"), recordedPID)
	f.Add(recorded(f, "usage.json"), recordedPID)
	f.Fuzz(func(t *testing.T, text []byte, pid int) {
		u, err := procstat.ParseUsage(text, pid)
		said(t, err)
		if u.MaximumResident < 0 || u.MaximumResident%1024 != 0 || u.Reclaims < 0 || u.Faults < 0 || u.Voluntary < 0 || u.Involuntary < 0 || u.User < 0 || u.System < 0 {
			t.Errorf("got %+v", u)
		}
	})
}

func FuzzParseCHERI(f *testing.F) {
	f.Add([]byte("  PID COMM                C QUAR  RSTATE  EPOCH  C18N\n    7 retail P  yes  inited 0x2a     8\n"), 7)
	f.Add([]byte(`{"procstat":{"cheri":{"7":{"abi_cheri_support":"P","quarantining":"yes","compartments":"    8"}}}}`), 7)
	f.Fuzz(func(t *testing.T, text []byte, pid int) {
		c, err := procstat.ParseCHERI(text, pid)
		said(t, err)
		if c.Compartments != nil && *c.Compartments < 0 || err == nil && c.ABI == "" {
			t.Errorf("got %+v, %v", c, err)
		}
	})
}

func FuzzParseC18N(f *testing.F) {
	f.Add([]byte("PID COMM COMP STKS TRMPS TRPGS MEM SWTCH\n7 retail 8 6 412 9 1.5M 3\n"), 7)
	f.Add([]byte(`{"procstat":{"c18n":{"7":{"compartments":8,"stacks":6,"trampolines":412,"tramppages":9,"memory":53000}}}}`), 7)
	f.Fuzz(func(t *testing.T, text []byte, pid int) {
		c, err := procstat.ParseC18N(text, pid)
		said(t, err)
		for _, figure := range []*int64{c.Compartments, c.Stacks, c.Trampolines, c.TrampolinePages, c.Memory, c.Switches} {
			if figure != nil && *figure < 0 {
				t.Errorf("got %+v", c)
			}
		}
	})
}

func FuzzParseCompartments(f *testing.F) {
	f.Add([]byte("PID COMM CID FLAG CNAME\n7 retail 4 D libplugin.so\n"), 7)
	f.Fuzz(func(t *testing.T, text []byte, pid int) {
		all, err := procstat.ParseCompartments(text, pid)
		said(t, err)
		for _, one := range all {
			if one.ID < 0 {
				t.Errorf("got %+v", one)
			}
		}
	})
}

func FuzzParseControl(f *testing.F) {
	f.Add([]byte("force enabled, active\n"))
	f.Add([]byte("enabled, traced by 812\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := procstat.ParseControl(text)
		said(t, err)
		if err == nil && (c.Setting == "" || c.Tracer < 0) {
			t.Errorf("got %+v", c)
		}
	})
}

func FuzzParseFeatures(f *testing.F) {
	f.Add([]byte("File 'x' features:\ncheric18n       'Force' is set.\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		features, err := procstat.ParseFeatures(text)
		said(t, err)
		if err == nil && len(features) == 0 {
			t.Error("no feature, and no error")
		}
	})
}

func FuzzParseProcess(f *testing.F) {
	f.Add([]byte("PID COMM OSREL PATH\n7 retail 1500019 /x\n"), 7)
	f.Add([]byte("PID COMM EUID RUID SVUID EGID RGID SVGID UMASK FLAGS GROUPS\n7 retail 1 2 3 4 5 6 022 C 7,8\n"), 7)
	f.Add([]byte(`{"procstat":{"environment":{"7":{"environment":["A=b"]}}}}`), 7)
	f.Fuzz(func(t *testing.T, text []byte, pid int) {
		binary, err := procstat.ParseBinary(text, pid)
		said(t, err)
		credentials, err := procstat.ParseCredentials(text, pid)
		said(t, err)
		if binary.Release < 0 || credentials.Real < 0 || credentials.Effective < 0 || credentials.Saved < 0 {
			t.Errorf("got %+v, %+v", binary, credentials)
		}
		_, err = procstat.ParseEnvironment(text, pid)
		said(t, err)
	})
}
