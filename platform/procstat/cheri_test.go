package procstat_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eaibench/platform/procstat"
)

func to[T any](value T) *T { return &value }

// The texts are in the form of usr.bin/procstat of CheriBSD 24.05 and later; no board printed them.
func TestParseCHERI(t *testing.T) {
	const header = "  PID COMM                C QUAR  C18N\n"
	const verbose = "  PID COMM                C QUAR  RSTATE                              EPOCH  C18N\n"
	for _, test := range []struct {
		name, text string
		want       procstat.CHERI
		says       string
	}{
		{"compartmentalised", header + "    7 retail_compartment_ P  yes     8\n", procstat.CHERI{ABI: "P", Quarantining: to(true), Compartments: to[int64](8)}, ""},
		{"not", header + "    7 retail_purecap_1    P   no     -\n", procstat.CHERI{ABI: "P", Quarantining: to(false)}, ""},
		{"hybrid", header + "    7 retail_hybrid_1     H    -     -\n", procstat.CHERI{ABI: "H"}, ""},
		{"verbose", verbose + "    7 retail_compartment_ P  yes  inited                               0x2a     8\n", procstat.CHERI{ABI: "P", Quarantining: to(true), RevokerState: "inited", RevokerEpoch: "0x2a", Compartments: to[int64](8)}, ""},
		{"json", `{"__version": "1", "procstat": {"cheri": {"7": {"process_id":7,"command":"retail","abi_cheri_support":"P","quarantining":"yes","compartments":"    8"}}}}`, procstat.CHERI{ABI: "P", Quarantining: to(true), Compartments: to[int64](8)}, ""},
		{"json, verbose", `{"procstat": {"anything": {"7": {"process_id":7,"command":"retail","abi_cheri_support":"P","quarantining":"yes","revoker_state":"none","revoker_epoch":"na","compartments":"-"}}}}`, procstat.CHERI{ABI: "P", Quarantining: to(true), RevokerState: "none", RevokerEpoch: "na"}, ""},
		{"one of several", header + "    6 sh                  P  yes     -\n    7 retail              P  yes     8\n", procstat.CHERI{ABI: "P", Quarantining: to(true), Compartments: to[int64](8)}, ""},
		{"words for a number", header + "    7 retail              P  yes   yes\n", procstat.CHERI{ABI: "P", Quarantining: to(true)}, `C18N: "yes" is no number`},
		{"another ABI", header + "    7 retail              Q  yes     -\n", procstat.CHERI{Quarantining: to(true)}, `"Q" is no ABI`},
		{"another word", header + "    7 retail              P  may     -\n", procstat.CHERI{ABI: "P"}, `QUAR: "may"`},
		{"23.11 has no column for compartments", "  PID COMM                C QUAR\n    7 retail P yes\n", procstat.CHERI{}, "column C18N"},
		{"json without compartments", `{"procstat": {"cheri": {"7": {"abi_cheri_support":"P","quarantining":"yes"}}}}`, procstat.CHERI{ABI: "P", Quarantining: to(true)}, `no key "compartments"`},
		{"a command with a space", header + "    7 my retail           P  yes     8\n", procstat.CHERI{}, "could not read"},
	} {
		got, err := procstat.ParseCHERI([]byte(test.text), 7)
		if (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: got %v, want …%s…", test.name, err, test.says)
		}
		if diff := cmp.Diff(test.want, got); diff != "" && err == nil {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
	for _, text := range []string{"", header, header + "    8 retail              P  yes     8\n", `{"procstat":{"cheri":{}}}`} {
		if got, err := procstat.ParseCHERI([]byte(text), 7); !errors.Is(err, procstat.ErrNoProcess) && text != "" {
			t.Errorf("%q: got %+v, %v", text, got, err)
		} else if err == nil {
			t.Errorf("%q: got %+v", text, got)
		}
	}
}

func TestParseC18N(t *testing.T) {
	const header = "  PID COMM                 COMP  STKS  TRMPS TRPGS   MEM\n"
	for _, test := range []struct {
		name, text string
		want       procstat.C18N
		says       string
	}{
		{"rounded", header + "    7 retail_compartment_     8     6    412     9   52K\n", procstat.C18N{Compartments: to[int64](8), Stacks: to[int64](6), Trampolines: to[int64](412), TrampolinePages: to[int64](9), Memory: to[int64](52 << 10), MemoryRounded: true}, ""},
		{"with a decimal", header + "    7 retail                  8     6    412     9  1.5M\n", procstat.C18N{Compartments: to[int64](8), Stacks: to[int64](6), Trampolines: to[int64](412), TrampolinePages: to[int64](9), Memory: to[int64](3 << 19), MemoryRounded: true}, ""},
		{"whole", header + "    7 retail                  8     6    412     9   712\n", procstat.C18N{Compartments: to[int64](8), Stacks: to[int64](6), Trampolines: to[int64](412), TrampolinePages: to[int64](9), Memory: to[int64](712)}, ""},
		{"not compartmentalised", header + "    7 retail                  -     -      -     -     -\n", procstat.C18N{}, ""},
		{"switches", strings.Replace(header, "MEM", "MEM SWTCH", 1) + "    7 retail 8 6 412 9 52K 1234\n", procstat.C18N{Compartments: to[int64](8), Stacks: to[int64](6), Trampolines: to[int64](412), TrampolinePages: to[int64](9), Memory: to[int64](52 << 10), MemoryRounded: true, Switches: to[int64](1234)}, ""},
		{"json", `{"procstat":{"c18n":{"7":{"process_id":7,"command":"retail","compartments":8,"stacks":6,"trampolines":412,"tramppages":9,"memory":53000}}}}`, procstat.C18N{Compartments: to[int64](8), Stacks: to[int64](6), Trampolines: to[int64](412), TrampolinePages: to[int64](9), Memory: to[int64](53000)}, ""},
		{"amount", header + "    7 retail 8 6 412 9 5x2K\n", procstat.C18N{}, "MEM"},
		{"no amount", header + "    7 retail 8 6 412 9 K\n", procstat.C18N{}, "MEM"},
		{"a column less", "PID COMM COMP STKS TRMPS MEM\n", procstat.C18N{}, "column TRPGS"},
	} {
		got, err := procstat.ParseC18N([]byte(test.text), 7)
		if (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: got %v, want …%s…", test.name, err, test.says)
		}
		if diff := cmp.Diff(test.want, got); diff != "" && err == nil {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}

func TestParseCompartments(t *testing.T) {
	const text = "  PID COMM                 CID CNAME                                   \n" +
		"    7 retail_compartment_    0 [TCB]                                   \n" +
		"    7 retail_compartment_    2 /compartments/retail                    \n" +
		"    7 retail_compartment_    3 my library.so                           \n"
	want := []procstat.Compartment{{ID: 0, Name: "[TCB]"}, {ID: 2, Name: "/compartments/retail"}, {ID: 3, Name: "my library.so"}}
	got, err := procstat.ParseCompartments([]byte(text), 7)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v, %s", err, diff)
	}
	flagged := "PID COMM CID FLAG CNAME\n7 retail 4 D libplugin.so\n7 retail 5 - libssl.so\n"
	got, err = procstat.ParseCompartments([]byte(flagged), 7)
	if diff := cmp.Diff([]procstat.Compartment{{4, "libplugin.so", "D"}, {5, "libssl.so", ""}}, got); diff != "" || err != nil {
		t.Errorf("%v, %s", err, diff)
	}
	if got, err := procstat.ParseCompartments([]byte("PID COMM CID CNAME\n"), 7); err != nil || len(got) != 0 {
		t.Errorf("none: got %v, %v", got, err)
	}
	for _, text := range []string{
		strings.Replace(text, "   2 /", "   x /", 1), "PID COMM CID\n", "PID COMM CID CNAME\n7 retail\n", "7 retail 2 x\n",
		`{"procstat":{"compartments":{"7":{"process_id":7,"cid":0,"cname":"a","process_id":7,"cid":1,"cname":"b"}}}}`,
	} {
		var unread *procstat.Unread
		if got, err := procstat.ParseCompartments([]byte(text), 7); !errors.As(err, &unread) {
			t.Errorf("%q: got %v, %v", text, got, err)
		}
	}
}
