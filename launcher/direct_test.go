package launcher

import (
	"strings"
	"testing"

	"eaibench/attest"
)

// A process is told numbers: where it runs there may be no name service.
func TestAddressesAreNumbers(t *testing.T) {
	for base, want := range map[string][]string{
		"https://127.0.0.1:8443":  {"127.0.0.1:8443"},
		"https://127.0.0.1:8443/": {"127.0.0.1:8443"},
		"https://[::1]:8443":      {"[::1]:8443"},
		"https://192.0.2.1":       {"192.0.2.1:443"},
		"https://localhost:1":     {"127.0.0.1:1", "[::1]:1"},
	} {
		services := ok1(newRegistry(map[string]string{"store": base}, nil))(t)
		got := ok1(services["store"].hostAndPort(t.Context()))(t)
		if !strings.Contains(strings.Join(want, " "), got) {
			t.Errorf("%s: got %s, want %s", base, got, strings.Join(want, " or "))
		}
		services.close()
	}
	services := ok1(newRegistry(map[string]string{"store": "https://no-such-host.invalid:1"}, nil))(t)
	defer services.close()
	if got, err := services["store"].hostAndPort(t.Context()); err == nil || !strings.Contains(err.Error(), "store") {
		t.Errorf("a host that is not there: %q, %v", got, err)
	}
}

// On the path relayed the services report to the launcher; a process that reports for them counts twice, or invents.
func TestOnlyTheDirectPathReportsForServices(t *testing.T) {
	request := 0
	timing := attest.Timing{Request: &request, Service: "store", Operation: "read", Metric: "decrypt", Nanoseconds: 1}
	for path, want := range map[string]string{attest.PathRelayed: "on path relayed they do so themselves", attest.PathDirect: ""} {
		r := &run{parameters: &attest.Parameters{Path: path, Requests: 1}}
		message := &received{ServiceTimings: attest.Timings{timing}}
		err := r.reportedByProcess(message)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("path %s: %v", path, err)
		}
		if (len(r.samples.samples) == 1) != (want == "") {
			t.Errorf("path %s: samples %v", path, r.samples.samples)
		}
		message.ServiceTimings[0].Metric = "a,b"
		if err := r.reportedByProcess(message); err == nil {
			t.Errorf("path %s: a step's name with a comma was taken", path)
		}
		message.ServiceTimings[0].Metric = "decrypt"
	}
}
