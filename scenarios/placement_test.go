package scenarios_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"eaibench/internal/strictyaml"
	"eaibench/links"
	"eaibench/scenarios"
)

// placed has hosts that this one plays, and two of the inventory.
const placed = least + `target: ssh:board
hosts: {ijui-1: local, toronto: local}
services:
  store: {host: ijui-1}
  taxi: {host: ijui-2}
links:
  - {between: [target, ijui-1], rtt: 150ms, jitter: 10ms, bandwidth: 20Mbit}
  - {between: [ijui-2, target], preset: toronto-ijui}
  - {between: [local, target], rtt: 0ms}
`

func TestPlacement(t *testing.T) {
	s, err := scenarios.Parse("folder/s.yaml", []byte(placed))
	if err != nil {
		t.Fatal(err)
	}
	if s.Target.String() != "ssh:board" {
		t.Errorf("target %v", s.Target)
	}
	for service, want := range map[string]scenarios.ServicePlace{
		"store":    {Host: "ijui-1"},
		"taxi":     {Host: "ijui-2"},
		"whatsapp": {Host: "target"},
	} {
		if got := s.ServicePlace(service); got != want {
			t.Errorf("%s is at %+v, want %+v", service, got, want)
		}
	}
	for name, want := range map[string]string{"target": "board", "local": "local", "ijui-1": "local", "ijui-2": "ijui-2"} {
		if got := s.PlayedBy(name); got != want {
			t.Errorf("%s is played by %s, want %s", name, got, want)
		}
	}
	if got, want := s.InventoryHosts(), []string{"board", "ijui-2"}; !slices.Equal(got, want) {
		t.Errorf("the inventory must have %v, want %v", got, want)
	}
	preset, err := links.FindPreset("toronto-ijui")
	if err != nil {
		t.Fatal(err)
	}
	type found struct {
		Numbers  links.Link
		Source   string
		Emulated bool
	}
	for host, want := range map[string]found{
		"ijui-1": {Numbers: links.Link{RTT: 150 * time.Millisecond, Jitter: 10 * time.Millisecond, Bandwidth: 20 * links.Mbit}},
		"ijui-2": {Numbers: preset.Link, Source: preset.Source},
		"local":  {},
	} {
		link, there := s.LinkTo(host)
		numbers, source := link.Numbers()
		if diff := cmp.Diff(want, found{numbers, source, s.Emulated(link)}); !there || diff != "" {
			t.Errorf("link to %s: %v, %s", host, there, diff)
		}
	}
	if _, there := s.LinkTo("toronto"); there {
		t.Error("a link to toronto")
	}
}

// Without a word of it everything is on this host, with no link; a link between hosts that this one plays is emulated.
func TestPlacementByDefault(t *testing.T) {
	s := parse(t, least)
	if s.Target.String() != "local" || s.PlayedBy("target") != "local" || s.ServicePlace("store").Host != "target" || len(s.InventoryHosts()) != 0 {
		t.Errorf("%v, %+v, %v", s.Target, s.ServicePlace("store"), s.InventoryHosts())
	}
	s = parse(t, least+"target: toronto\nhosts: {toronto: local, ijui: local}\nservices: {store: {host: ijui}}\n"+
		"links: [{between: [ijui, toronto], preset: toronto-ijui}, {between: [target, local], rtt: 1ms}]\n")
	for _, host := range []string{"ijui", "local"} {
		if link, there := s.LinkTo(host); !there || !s.Emulated(link) {
			t.Errorf("the link to %s is not emulated: %v", host, there)
		}
	}
	if len(s.InventoryHosts()) != 0 {
		t.Errorf("it needs %v", s.InventoryHosts())
	}
}

func TestTargets(t *testing.T) {
	for text, want := range map[string]scenarios.Target{
		"local": {Name: "local"}, "board-1": {Name: "board-1"}, "ssh:loopback": {Kind: "ssh", Name: "loopback"}, "qemu:morello": {Kind: "qemu", Name: "morello"},
	} {
		got, err := scenarios.ParseTarget(text)
		if err != nil || got != want || got.String() != text {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for text, want := range map[string]string{
		"":           "want local, a host's name, ssh:NAME or qemu:NAME",
		"Board":      `found "Board"`,
		"ssh:":       "want local, a host's name",
		"shs:board":  `did you mean "ssh"?`,
		"telnet:b":   "there are: ssh, qemu",
		"target":     "stands for whatever the target is",
		"ssh:local":  "want local alone",
		"ssh:a:b":    "want local, a host's name",
		"ssh: board": "want local, a host's name",
	} {
		if _, err := scenarios.ParseTarget(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

// Another target than the file's is checked with what the file says of hosts and links.
func TestSetTarget(t *testing.T) {
	s := parse(t, least+"hosts: {ijui-1: local}\nservices: {store: {host: ijui-1}}\nlinks: [{between: [target, ijui-1], rtt: 1ms}]\n")
	if err := s.SetTarget(scenarios.Target{Kind: "qemu", Name: "debian"}); err != nil {
		t.Fatal(err)
	}
	link, _ := s.LinkTo("ijui-1")
	if s.PlayedBy("target") != "debian" || !slices.Equal(s.InventoryHosts(), []string{"debian"}) || s.Emulated(link) {
		t.Errorf("%s, %v, emulated %v", s.PlayedBy("target"), s.InventoryHosts(), s.Emulated(link))
	}
	err := s.SetTarget(scenarios.Target{Kind: "ssh", Name: "ijui-1"})
	const want = "target: ijui-1 is played by local, which is reached without ssh\nlinks[0].between: target and ijui-1 is one host, ijui-1: a link is between two"
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
	if s.Target.Name != "debian" {
		t.Errorf("the target is %v after one was refused", s.Target)
	}
}

// A launcher beside the runner has the services there too, unless they are placed; sources may be compiled there.
func TestLauncherBesideTheRunner(t *testing.T) {
	s := parse(t, least+"target: ssh:board\nlauncher: {place: control}\nservices: {store: {host: ijui}}\n"+
		"compile: {place: control, sdk: /opt/sdk, sysroot: /opt/root}\n")
	if !s.Controlled() || s.ServicePlace("taxi").Host != "local" || s.ServicePlace("store").Host != "ijui" || !slices.Equal(s.InventoryHosts(), []string{"board", "ijui"}) {
		t.Errorf("%v, %+v, %+v, %v", s.Controlled(), s.ServicePlace("taxi"), s.ServicePlace("store"), s.InventoryHosts())
	}
	if tools := s.Toolchain(); tools == nil || tools.SDK != "/opt/sdk" || tools.Sysroot != "/opt/root" {
		t.Errorf("toolchain %+v", tools)
	}
	for _, text := range []string{"", "launcher: {place: target}\ncompile: {place: target}\n"} {
		if s := parse(t, least+text); s.Controlled() || s.Toolchain() != nil || s.ServicePlace("taxi").Host != "target" {
			t.Errorf("%q: %+v, %+v", text, s.Launcher, s.Compile)
		}
	}
}

func TestPlacementFaults(t *testing.T) {
	for _, test := range []struct{ name, add, want string }{
		{"target", "target: shs:board", `9:9: target: "shs" is no kind of host; did you mean "ssh"?`},
		{"target played by this host", "target: ssh:board\nhosts: {board: local}", "9:9: target: board is played by local, which is reached without ssh"},
		{"service", "services: {stor: {host: local}}", `9:12: unknown key "stor"; did you mean "store"?`},
		{"service of another solution", "services: {hospital: {host: local}}", `9:12: unknown key "hospital"; known keys: seed, outcome, silence_limit, store, taxi, whatsapp`},
		{"no place", "services: {store: {}}", `9:19: services.store: want host, on which it is started, or url, at which it already runs`},
		{
			"host and address", "services: {store: {host: ijui-1, url: 'https://ijui-1.example:8441'}}",
			"9:39: services.store.url: a service that already runs is started on no host; keep host or url",
		},
		{"key of a place", "services: {store: {uri: 'https://ijui-1.example:8441'}}", "9:19: services.store: want host, on which it is started, or url, at which it already runs\ns.yaml:9:20: unknown key \"uri\"; did you mean \"url\"?"},
		{"link to an address", "services: {store: {url: 'https://a:8441'}}\nlinks: [{between: [target, a], rtt: 1ms}]", "10:19: links[0].between: nothing goes over a link between target and a: want the target, local, and a host on which a service or the root CA (local) is"},
		{"host", "services: {store: {host: Ijui}}", `9:26: services.store.host: "Ijui" is no host's name`},
		{"reserved", "hosts: {target: local}", "9:17: hosts.target: every scenario has a host of this name; choose another"},
		{"host's name", "hosts: {Ijui: local}", "9:15: hosts.Ijui: want a name of at most 63 lower-case letters, digits and hyphens"},
		{"played by target", "hosts: {ijui: target}", `9:15: hosts.ijui: want local or the name of a host of the inventory, found "target"`},
		{"played by one that is played", "hosts: {a: b, b: local}", `9:12: hosts.a: "b" is itself a name of this scenario; name what plays it`},
		{"one end", "links: [{between: [target], rtt: 1ms}]", "9:19: links[0].between: want two hosts' names, found 1"},
		{"end's name", "links: [{between: [target, I], rtt: 1ms}]", `9:28: links[0].between[1]: "I" is no host's name`},
		{"no numbers", "services: {store: {host: a}}\nlinks: [{between: [target, a], jitter: 1ms}]", "10:9: links[0]: want rtt, or the preset of a link; 0ms is a round trip too"},
		{"numbers and preset", "services: {store: {host: a}}\nlinks: [{between: [target, a], rtt: 1ms, preset: same-city}]", "10:50: links[0].preset: a preset has its own rtt, jitter and bandwidth; keep one of them"},
		{"preset", "services: {store: {host: a}}\nlinks: [{between: [target, a], preset: toronto-ijuí}]", `10:40: links[0].preset: "toronto-ijuí" is not known; did you mean "toronto-ijui"?`},
		{"jitter", "services: {store: {host: a}}\nlinks: [{between: [target, a], rtt: 1ms, jitter: 2ms}]", "10:50: links[0].jitter: 2ms is not from 0 to the rtt, 1ms"},
		{"rtt", "services: {store: {host: a}}\nlinks: [{between: [target, a], rtt: 11s}]", "10:37: links[0].rtt: 11s is not from 0 to 10s"},
		{"bandwidth", "services: {store: {host: a}}\nlinks: [{between: [target, a], rtt: 1ms, bandwidth: 20MB}]", `10:53: links[0].bandwidth: bandwidth "20MB" is not a number with bit, kbit, Mbit or Gbit, such as 20Mbit`},
		{"launcher's place", "launcher: {place: contrl}", `9:19: launcher.place: "contrl" is not known; did you mean "control"?`},
		{"service where nothing runs", "target: b\nlauncher: {place: control}\nservices: {store: {host: target}}", "11:26: services.store.host: it is the target, on which nothing of eaibench runs with launcher.place: control; name another host"},
		{"links where nothing measures", "target: b\nlauncher: {place: control}\nlinks: [{between: [target, local], rtt: 1ms}]", "11:8: links: with launcher.place: control nothing on the target could emulate or measure a link; leave one of the two out"},
		{"compiled without a toolchain", "launcher: {place: control}\ncompile: {place: control}", `10:10: compile: the toolchain's "" is not a clean absolute path: sdk and sysroot are needed, folders of this host`},
		{"a toolchain with a line break", "launcher: {place: control}\ncompile: {place: control, sdk: \"/opt/\\nsdk\", sysroot: /b}", `10:10: compile: the toolchain's "/opt/\nsdk" has control characters: sdk and sysroot are needed, folders of this host`},
		{"a root file system with an escape", "launcher: {place: control}\ncompile: {place: control, sdk: /a, sysroot: \"/b\\e[31m\"}", `10:10: compile: the toolchain's "/b\x1b[31m" has control characters: sdk and sysroot are needed, folders of this host`},
		{"compiled where the launcher is not", "compile: {place: control, sdk: /a, sysroot: /b}", "9:18: compile.place: the launcher compiles on its own side: launcher.place has to be control too"},
		{"toolchain for the target", "compile: {sdk: /a, sysroot: /b}", "9:16: compile.sdk: the target compiles with what is there; it is for compile.place: control\ns.yaml:9:29: compile.sysroot: the target compiles with what is there; it is for compile.place: control"},
		{"one host", "links: [{between: [target, local], rtt: 1ms}]", "9:19: links[0].between: target and local is one host, local: a link is between two"},
		{
			"twice", "services: {store: {host: a}}\ntarget: b\nlinks: [{between: [target, a], rtt: 1ms}, {between: [a, b], rtt: 2ms}]",
			"11:53: links[1].between: a and b stands twice: links[0] is between these hosts too",
		},
		{
			"idle", "services: {store: {host: a}, taxi: {host: b}}\nlinks: [{between: [a, b], rtt: 1ms}]",
			"10:19: links[0].between: nothing goes over a link between a and b: want the target, local, and a host on which a service or the root CA (local) is",
		},
		{
			"idle from the target", "links: [{between: [target, a], rtt: 1ms}]",
			"9:19: links[0].between: nothing goes over a link between target and a: want the target, local, and a host on which a service or the root CA (local) is",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := scenarios.Parse("s.yaml", []byte(least+test.add))
			var faults strictyaml.Faults
			if !errors.As(err, &faults) {
				t.Fatalf("got %v", err)
			}
			if diff := cmp.Diff("s.yaml:"+test.want, err.Error()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// An address is that of a server, and nothing else.
func TestServiceAddresses(t *testing.T) {
	for address, want := range map[string]string{
		"https://ijui-1.example:8441":      "",
		"https://127.0.0.1:8441":           "",
		"https://[2001:db8::7]:8441":       "",
		"http://ijui-1.example:8441":       "does not begin with https://",
		"ijui-1.example:8441":              "does not begin with https://",
		"https://:8441":                    "names no host",
		"https://ijui-1.example":           "has no port from 1 to 65535",
		"https://ijui-1.example:0":         "has no port from 1 to 65535",
		"https://ijui-1.example:65536":     "has no port from 1 to 65535",
		"https://ijui-1.example:8441/":     "has something behind its port",
		"https://ijui-1.example:8441/api":  "has something behind its port",
		"https://ijui-1.example:8441?a=b":  "has something behind its port",
		"https://ijui-1.example:8441#":     "has something behind its port",
		"https://me:pw@ijui-1.example:844": "has a user",
		"https://ijui-1.example:84 41":     "is no address",
	} {
		s, err := scenarios.Parse("s.yaml", []byte(least+"services: {store: {url: '"+address+"'}}"))
		switch {
		case want == "" && err == nil:
			if got := s.RunningServices(); len(got) != 1 || got["store"] != address || s.ServicePlace("store") != (scenarios.ServicePlace{URL: address}) {
				t.Errorf("%s: running are %v, store is at %+v", address, got, s.ServicePlace("store"))
			}
			if len(s.InventoryHosts()) != 0 {
				t.Errorf("%s: the inventory must have %v", address, s.InventoryHosts())
			}
		case err == nil || want == "" || !strings.Contains(err.Error(), want+"; want https://HOST:PORT"):
			t.Errorf("%s: got %v, want %q", address, err, want)
		}
	}
}

// A file may place a service otherwise than what it extends.
func TestPlacementExtended(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{
		"below/a.yaml": least + "services: {store: {host: a}, taxi: {host: ijui}, whatsapp: {url: 'https://a:1'}}\n",
		"b.yaml":       "extends: below/a.yaml\nservices: {store: {url: 'https://b:2'}, whatsapp: {host: target}}\n",
	} {
		file := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := scenarios.Load(filepath.Join(folder, "b.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for service, want := range map[string]scenarios.ServicePlace{
		"store": {URL: "https://b:2"}, "taxi": {Host: "ijui"}, "whatsapp": {Host: "target"},
	} {
		if got := s.ServicePlace(service); got != want {
			t.Errorf("%s is at %+v, want %+v", service, got, want)
		}
	}
}
