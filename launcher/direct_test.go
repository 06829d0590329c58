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

// What a process says that it sent again is taken from one that sends requests itself, and where it can be true.
func TestReportedRepeats(t *testing.T) {
	first := Repeated{Request: 2, Operation: attest.Write, Service: "taxi", Times: 2, Reason: "it broke"}
	for name, test := range map[string]struct {
		path   string
		change func(*repeatedMessage)
		want   string
	}{
		"true":                      {attest.PathDirect, func(*repeatedMessage) {}, ""},
		"more than the first":       {attest.PathDirect, func(m *repeatedMessage) { m.Operations, m.Times = 4, 6 }, ""},
		"on the path relayed":       {attest.PathRelayed, func(*repeatedMessage) {}, "on path relayed it sends none"},
		"none":                      {attest.PathDirect, func(m *repeatedMessage) { m.Operations = 0 }, "0 operations"},
		"fewer times than requests": {attest.PathDirect, func(m *repeatedMessage) { m.Operations = 3 }, "3 operations"},
		"the first never":           {attest.PathDirect, func(m *repeatedMessage) { m.First.Times = 0 }, "the first of them 0 times"},
		"the first too often":       {attest.PathDirect, func(m *repeatedMessage) { m.First.Times = 3 }, "the first of them 3 times"},
		"no such request":           {attest.PathDirect, func(m *repeatedMessage) { m.First.Request = 3 }, "request 3 was sent again, the run has 3"},
		"a request below 0":         {attest.PathDirect, func(m *repeatedMessage) { m.First.Request = -1 }, "request -1"},
		"no such service":           {attest.PathDirect, func(m *repeatedMessage) { m.First.Service = "bank" }, `service "bank"`},
		"no such operation":         {attest.PathDirect, func(m *repeatedMessage) { m.First.Operation = "delete" }, `"delete" to service`},
	} {
		said := &repeatedMessage{Operations: 1, Times: 2, First: first}
		test.change(said)
		r := &run{parameters: &attest.Parameters{Path: test.path, Requests: 3}, services: []string{"store", "taxi"}}
		err := r.reportedRepeats(said)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && (len(r.repeated) != 1 || r.repeated[0] != first || r.repeatedMore != said.Operations-1) {
			t.Errorf("%s: kept are %+v and %d more", name, r.repeated, r.repeatedMore)
		}
		if err != nil && len(r.repeated)+int(r.repeatedMore) > 0 {
			t.Errorf("%s: kept are %+v and %d more", name, r.repeated, r.repeatedMore)
		}
	}
	r := &run{parameters: &attest.Parameters{Path: attest.PathRelayed, Requests: 3}}
	if err := r.reportedRepeats(nil); err != nil || r.repeated != nil {
		t.Errorf("of nothing: %v, %+v", err, r.repeated)
	}
}
