package platform

import (
	"os/exec"
	"runtime"
	"strings"
	"testing"
)

func TestReadHost(t *testing.T) {
	host, err := ReadHost()
	if err != nil {
		t.Fatal(err)
	}
	want, err := exec.CommandContext(t.Context(), "/bin/uname", "-srvm").Output()
	if err != nil || host.OperatingSystem != strings.TrimSpace(string(want)) {
		t.Errorf("system %q, want %q, %v", host.OperatingSystem, want, err)
	}
	if host.CPUModel == "" || host.CPUCount < runtime.NumCPU() {
		t.Errorf("got %+v", host)
	}
}

func TestParseCPU(t *testing.T) {
	for text, want := range map[string]Host{
		"processor\t: 0\nmodel name\t: Some CPU @ 2 GHz\n\nprocessor\t: 1\nmodel name\t: Some CPU @ 2 GHz\n":                                  {CPUModel: "Some CPU @ 2 GHz", CPUCount: 2},
		"processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n\nprocessor\t: 1\n\nprocessor\t: 2\nCPU part\t: 0xd0d\nmodel name\t: \n": {CPUModel: "implementer 0x41 part 0xd0c", CPUCount: 3},
		"": {},
	} {
		if got := parseCPU([]byte(text)); got != want {
			t.Errorf("%q: got %+v, want %+v", text, got, want)
		}
	}
}
