package inventory_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eaibench/hosts/inventory"
	"eaibench/internal/strictyaml"
)

var surroundings = inventory.Surroundings{Home: "/home/researcher", AgentSocket: "/run/agent"}

// wholePage is the format's page.
func wholePage(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "formats", "hosts.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// page gives the first example of the format's page.
func page(t *testing.T) string {
	t.Helper()
	block := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindStringSubmatch(wholePage(t))
	if block == nil {
		t.Fatal("the page shows no file")
	}
	return block[1]
}

func TestExampleOfThePage(t *testing.T) {
	all, err := inventory.Read("/etc/eaibench/hosts.yaml", []byte(page(t)), surroundings)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"gateway", "ijui-1", "morello-1"}, all.Names()); diff != "" {
		t.Error(diff)
	}
	entry, err := all.Entry("morello-1")
	if err != nil {
		t.Fatal(err)
	}
	want := inventory.Entry{
		Kind: inventory.SSH, Address: "10.0.0.7", Port: 2222, User: "root", Key: "/home/researcher/.ssh/morello", Agent: true,
		KnownHosts: "/etc/eaibench/known_hosts", Jump: "gateway", Platform: "cheribsd-morello", WorkFolder: "/var/tmp/eaibench",
		Labels: map[string]string{"place": "Toronto", "board": "morello"},
	}
	if diff := cmp.Diff(want, entry); diff != "" {
		t.Error(diff)
	}
	for _, name := range append(all.Names(), inventory.Local) {
		host, err := all.Host(name)
		if err != nil || host.Name() != name {
			t.Errorf("host %s: %v, %v", name, host, err)
		}
		if again, err := all.Host(name); err != nil || name != inventory.Local && again != host {
			t.Errorf("host %s is another the second time: %v", name, err)
		}
	}
	if host, err := all.Host("morelo-1"); err == nil || host != nil || !strings.Contains(err.Error(), `did you mean "morello-1"?`) {
		t.Errorf("got %v", err)
	}
	if err := all.Close(); err != nil {
		t.Error(err)
	}
}

// What a campaign keeps has nothing of how one logs in, nor a path of this side.
func TestRecord(t *testing.T) {
	all, err := inventory.Read("/etc/eaibench/hosts.yaml", []byte(page(t)), surroundings)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range all.Names() {
		record, err := all.Record(name)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(record)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{".ssh", "known_hosts", "agent", "key", "/etc"} {
			if strings.Contains(string(text), secret) {
				t.Errorf("%s has %q", text, secret)
			}
		}
	}
	got, err := all.Record("morello-1")
	if err != nil {
		t.Fatal(err)
	}
	want := inventory.Record{
		Name: "morello-1", Kind: "ssh", Address: "10.0.0.7", Port: 2222, User: "root", Jump: "gateway", Platform: "cheribsd-morello",
		WorkFolder: "/var/tmp/eaibench", Labels: map[string]string{"place": "Toronto", "board": "morello"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFaults(t *testing.T) {
	const faulty = `version: 2
hosts:
  local: {kind: ssh, address: a, user: u, agent: true, platform: linux, work_folder: /w}
  Board: {kind: telnet, address: "a:22 b", port: 70000, user: "", platform: "", work_folder: /a/../b}
  one: {kind: ssh, address: a, user: u, agent: true, jump: too, platform: linux, work_folder: /w}
  two: {kind: ssh, address: a, user: u, agent: true, jump: three, platform: linux, work_folder: relative}
  three: {kind: ssh, address: a, user: u, agent: true, jump: two, platform: linux, work_folder: /, password: secret}
  four: {kind: ssh, address: -oProxyCommand=x, user: u, agent: true, jump: two, platform: linux, work_folder: /w, serve_address: "0.0.0.0", labels: {"A b": c}}
  five: {kind: ssh, address: "::1", user: "u\e[2J", agent: true, platform: linux, work_folder: "/w\nx"}
`
	_, err := inventory.Read("hosts.yaml", []byte(faulty), surroundings)
	var faults strictyaml.Faults
	if !errors.As(err, &faults) {
		t.Fatalf("got %v, want Faults", err)
	}
	want := `hosts.yaml:1:10: version: 2 is not known; want 1
hosts.yaml:3:10: hosts.local: this name is this host's own, which is always there
hosts.yaml:4:10: hosts.Board: it needs a way to log in: key: FILE, or agent: true
hosts.yaml:4:10: hosts.Board: want a name of at most 63 lower-case letters, digits and hyphens
hosts.yaml:4:17: hosts.Board.kind: "telnet" is not known; want "ssh" or "qemu"
hosts.yaml:4:34: hosts.Board.address: want a host name or an IP address, without a port, found "a:22 b"
hosts.yaml:4:50: hosts.Board.port: want a port from 1 to 65535, or none, found 70000
hosts.yaml:4:63: hosts.Board.user: want the user to log in as, found ""
hosts.yaml:4:77: hosts.Board.platform: want the name of a platform, found none
hosts.yaml:4:94: hosts.Board.work_folder: want an absolute path below /, without . and .. and control characters, found "/a/../b"
hosts.yaml:5:60: hosts.one.jump: no host is called "too"; did you mean "two"?
hosts.yaml:6:60: hosts.two.jump: it leads back to itself: two, three, two
hosts.yaml:6:97: hosts.two.work_folder: want an absolute path below /, without . and .. and control characters, found "relative"
hosts.yaml:7:62: hosts.three.jump: it leads back to itself: three, two, three
hosts.yaml:7:97: hosts.three.work_folder: want an absolute path below /, without . and .. and control characters, found "/"
hosts.yaml:7:100: unknown key "password"; known keys: kind, address, port, user, key, agent, known_hosts, jump, machine, platform, work_folder, serve_address, labels
hosts.yaml:8:30: hosts.four.address: want a host name or an IP address, without a port, found "-oProxyCommand=x"
hosts.yaml:8:130: hosts.four.serve_address: want an IP address of the host, without a port, found "0.0.0.0"
hosts.yaml:8:157: hosts.four.labels.A b: want a name of lower-case letters, digits and _ . -
hosts.yaml:9:43: hosts.five.user: want the user to log in as, found "u\x1b[2J"
hosts.yaml:9:96: hosts.five.work_folder: want an absolute path below /, without . and .. and control characters, found "/w\nx"`
	if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(err.Error(), "\n")); diff != "" {
		t.Error(diff)
	}
}

func TestSurroundings(t *testing.T) {
	const one = "version: 1\nhosts:\n  board: {kind: ssh, address: a, user: u, agent: true, platform: linux, work_folder: /w}\n"
	if _, err := inventory.Read("hosts.yaml", []byte(one), inventory.Surroundings{AgentSocket: "/run/agent"}); err == nil || !strings.Contains(err.Error(), "HOME") {
		t.Errorf("without a home folder: %v", err)
	}
	all, err := inventory.Read("hosts.yaml", []byte(one), inventory.Surroundings{Home: "/root"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := all.Host("board"); err == nil || !strings.Contains(err.Error(), "SSH_AUTH_SOCK") {
		t.Errorf("without an agent: %v", err)
	}
	// Who does not ask for the agent needs none.
	keyed, err := inventory.Read("hosts.yaml", []byte(strings.ReplaceAll(one, "agent: true", "key: k, known_hosts: h")), inventory.Surroundings{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := keyed.Host("board"); err != nil {
		t.Errorf("with a key: %v", err)
	}
	if _, err := inventory.Load(filepath.Join(t.TempDir(), "hosts.yaml")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}
