package procstat_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eaibench/platform/procstat"
)

// recordedPID is the process of testdata/vm.txt: an excerpt of what procstat -v printed of a compartmentalised
// integration process on a Morello board with CheriBSD 22.12, published in
// github.com/gca-research-group/tee-compartimentalisation-study-case; the executable's path is another.
const recordedPID = 21366

func recorded(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestParseMap(t *testing.T) {
	m, err := procstat.ParseMap(recorded(t, "vm.txt"), recordedPID)
	if err != nil {
		t.Fatal(err)
	}
	if !m.Capabilities {
		t.Error("the map tells where capabilities may be loaded")
	}
	want := procstat.Mapping{
		Start: 0x112000, End: 0x114000, Read: true, Execute: true, LoadCapabilities: true, Resident: 2, PrivateResident: 9,
		CopyOnWrite: true, NeedsCopy: true, Kind: procstat.Vnode, Path: "/compartments/retail",
	}
	if diff := cmp.Diff(want, m.Mappings[2]); diff != "" {
		t.Error(diff)
	}
	code := []string{"/compartments/retail", "/libexec/ld-elf-c18n.so.1", "/lib/libcrypto.so.111", "/usr/lib/c18n/libthr.so.3", "/usr/lib/c18n/libc.so.7"}
	if diff := cmp.Diff(code, m.Code()); diff != "" {
		t.Error(diff)
	}
	// The linker of 22.12 makes its trampolines in memory that can be written and executed.
	if got := m.AlteredCode(); got != 4 {
		t.Errorf("%d executable mappings are not those of a file", got)
	}
	if got := m.WritableTrampolines(); got != 4 {
		t.Errorf("%d mappings are like trampolines", got)
	}
	// Code of another form is none.
	for _, change := range []func(*procstat.Mapping){
		func(m *procstat.Mapping) { m.Write = false }, func(m *procstat.Mapping) { m.StoreCapabilities = false },
		func(m *procstat.Mapping) { m.Path = "/tmp/code" }, func(m *procstat.Mapping) { m.Kind = procstat.Vnode },
	} {
		other := procstat.Map{Mappings: slices.Clone(m.Mappings)}
		change(&other.Mappings[slices.IndexFunc(other.Mappings, func(m procstat.Mapping) bool { return m.Write && m.Execute })])
		if got := other.WritableTrampolines(); got != 3 {
			t.Errorf("%d mappings are like trampolines, with one that is not", got)
		}
	}
}

// TestParseMapJSON: both forms of the same mappings say the same.
func TestParseMapJSON(t *testing.T) {
	lines := strings.SplitAfterN(string(recorded(t, "vm.txt")), "\n", 5)
	text, err := procstat.ParseMap([]byte(strings.Join(lines[:4], "")), recordedPID)
	if err != nil {
		t.Fatal(err)
	}
	json, err := procstat.ParseMap(recorded(t, "vm.json"), recordedPID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(text, json); diff != "" {
		t.Error(diff)
	}
}

const mapHeader = "  PID              START                END PRT    RES PRES REF SHD FLAG   TP PATH\n"

func TestParseMapForms(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       procstat.Mapping
	}{
		{
			"24.05 has a sixth flag", mapHeader + "    7            0x10000            0x20000 rw-RW    1    2   1   0 -----c sw \n",
			procstat.Mapping{Start: 0x10000, End: 0x20000, Read: true, Write: true, LoadCapabilities: true, StoreCapabilities: true, Resident: 1, PrivateResident: 2, Kind: procstat.Swap},
		},
		{
			"FreeBSD has no capabilities", mapHeader + "    7            0x10000            0x20000 rw-    1    2   1   0 ----- sw\n",
			procstat.Mapping{Start: 0x10000, End: 0x20000, Read: true, Write: true, Resident: 1, PrivateResident: 2, Kind: procstat.Swap},
		},
		{
			"freed and not yet revoked", mapHeader + "    7            0x10000            0x20000 -----    0    0   0   0 ------ qu \n",
			procstat.Mapping{Start: 0x10000, End: 0x20000, Kind: procstat.Quarantined},
		},
		{
			"a path with spaces", mapHeader + "    -            0x10000            0x20000 r--R-    1    2   1   0 CN---- vn /tmp/a b\n",
			procstat.Mapping{Start: 0x10000, End: 0x20000, Read: true, LoadCapabilities: true, Resident: 1, PrivateResident: 2, CopyOnWrite: true, NeedsCopy: true, Kind: procstat.Vnode, Path: "/tmp/a b"},
		},
		{
			"a column more", strings.Replace(mapHeader, "PRT", "RESERV PRT", 1) + "    7            0x10000            0x20000 0x10000 r--R-    1    2   1   0 ---D-- sw \n",
			procstat.Mapping{Start: 0x10000, End: 0x20000, Read: true, LoadCapabilities: true, Resident: 1, PrivateResident: 2, GrowsDown: true, Kind: procstat.Swap},
		},
	} {
		got, err := procstat.ParseMap([]byte(test.text), 7)
		if err != nil || len(got.Mappings) != 1 {
			t.Errorf("%s: got %+v, %v", test.name, got, err)
			continue
		}
		if diff := cmp.Diff(test.want, got.Mappings[0]); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}

// TestParseMapSays what it could not read, and keeps the rest.
func TestParseMapSays(t *testing.T) {
	const line = "    7            0x10000            0x20000 rw-RW    1    2   1   0 ----- sw \n"
	for _, test := range []struct {
		name, text, says string
		mappings         int
	}{
		{"another table", "PID COMM\n1 sh\n", "column START", 0},
		{"no header", line, "the first line does not begin with PID", 0},
		{"an unknown type", mapHeader + line + strings.Replace(strings.Replace(line, "0x10000", "0x20000", 1), "0x20000 rw-RW    1    2   1   0 ----- sw", "0x30000 rw-RW    1    2   1   0 ----- xy", 1), `mapping 2: its type "xy"`, 1},
		{"another process", mapHeader + strings.Replace(line, " 7 ", " 8 ", 1), "of process 8", 0},
		{"torn", mapHeader + "    7            0x10000            0x20000 rw-RW    1\n", "line 2, which ends before PRES", 0},
		{"backwards", mapHeader + strings.Replace(line, "0x10000            0x20000", "0x20000            0x10000", 1), "it ends before it begins", 0},
		{"overlapping", mapHeader + line + line, "begins before the one before it ends", 1},
		{"negative pages", mapHeader + strings.Replace(line, " 1    2", "-1    2", 1), "mapping 1", 0},
		{"beyond all addresses", mapHeader + strings.Replace(line, "0x20000", "0x1ffffffffffffffff", 1), "mapping 1", 0},
		{"protection", mapHeader + strings.Replace(line, "rw-RW", "rw-R", 1), `protection is "rw-R"`, 0},
	} {
		got, err := procstat.ParseMap([]byte(test.text), 7)
		var unread *procstat.Unread
		if !errors.As(err, &unread) || !strings.Contains(err.Error(), test.says) || len(got.Mappings) != test.mappings {
			t.Errorf("%s: got %d mappings, %v; want …%s…", test.name, len(got.Mappings), err, test.says)
		}
	}
	for name, text := range map[string]string{
		"nothing": "", "a header alone": mapHeader, "JSON of nobody": `{"procstat":{"vm":{}}}`, "JSON of another": `{"procstat":{"vm":{"8":{}}}}`,
	} {
		if got, err := procstat.ParseMap([]byte(text), 7); !errors.Is(err, procstat.ErrNoProcess) {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
	for name, text := range map[string]string{
		"no JSON": `{"procstat":`, "another document": `{"top":{}}`,
		"no protection": `{"procstat":{"vm":{"7":{"vm":[{"kve_start":"0x1000","kve_end":"0x2000"}]}}}}`,
	} {
		if got, err := procstat.ParseMap([]byte(text), 7); err == nil || errors.Is(err, procstat.ErrNoProcess) {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
}

func TestSizes(t *testing.T) {
	m, err := procstat.ParseMap(recorded(t, "vm.txt"), recordedPID)
	if err != nil {
		t.Fatal(err)
	}
	got := m.Sizes("/compartments/retail")
	// Counted with other means (Python) in the excerpt, in pages. Its lines lack libssl's code, so libssl is a file like any other.
	const page = procstat.PageSize
	want := procstat.Sizes{
		Resident: 1158 * page, Executable: 7 * page, Libraries: 987 * page, Files: 74 * page, Anonymous: 77 * page,
		Stack: 12 * page, Other: 1 * page, GuardSpace: 268214 * page, UnmappedSpace: 95 * page,
		Capabilities: 1157 * page, WritableCode: 4,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestPublishedMap reads all that the board printed, where a folder with the published data is named.
func TestPublishedMap(t *testing.T) {
	folder := os.Getenv("EAIBENCH_PUBLISHED_DATA")
	if folder == "" {
		t.Skip("EAIBENCH_PUBLISHED_DATA names no folder with published measurements; testdata has an excerpt")
	}
	text, err := os.ReadFile(filepath.Join(folder, "morello-host", "procstat-v.txt"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := procstat.ParseMap(text, recordedPID)
	if err != nil {
		t.Fatal(err)
	}
	// 85 lines, whose RES add up to 1375 pages.
	sizes := m.Sizes(m.Mappings[0].Path)
	if len(m.Mappings) != 85 || sizes.Resident != 1375*procstat.PageSize || sizes.QuarantinedSpace != 0 || sizes.Nameless != 0 {
		t.Errorf("%d mappings, %+v", len(m.Mappings), sizes)
	}
	if sum := sizes.Executable + sizes.Libraries + sizes.Files + sizes.Anonymous + sizes.Stack + sizes.Other; sum != sizes.Resident {
		t.Errorf("the parts have %d bytes and all has %d", sum, sizes.Resident)
	}
}

// TestAlteredCode: code counts that need not be what its file has.
func TestAlteredCode(t *testing.T) {
	code := procstat.Mapping{Execute: true, Read: true, Kind: procstat.Vnode, Path: "/run/retail", CopyOnWrite: true, NeedsCopy: true}
	for name, test := range map[string]struct {
		change func(*procstat.Mapping)
		want   int
	}{
		"a file's":               {func(*procstat.Mapping) {}, 0},
		"a file's, shared":       {func(m *procstat.Mapping) { m.CopyOnWrite, m.NeedsCopy = false, false }, 0},
		"no code":                {func(m *procstat.Mapping) { m.Execute, m.Write, m.NeedsCopy = false, true, false }, 0},
		"it can be written":      {func(m *procstat.Mapping) { m.Write = true }, 1},
		"it was written to":      {func(m *procstat.Mapping) { m.NeedsCopy = false }, 1},
		"a file without a path":  {func(m *procstat.Mapping) { m.Path = "" }, 1},
		"no file":                {func(m *procstat.Mapping) { m.Kind, m.Path = procstat.Swap, "" }, 1},
		"the kernel's own page":  {func(m *procstat.Mapping) { m.Kind, m.Path = "physical", "" }, 0},
		"a device, with writing": {func(m *procstat.Mapping) { m.Kind, m.Path, m.Write = "physical", "", true }, 1},
	} {
		one := code
		test.change(&one)
		if got := (procstat.Map{Mappings: []procstat.Mapping{one}}).AlteredCode(); got != test.want {
			t.Errorf("%s: counted %d, want %d", name, got, test.want)
		}
	}
}
