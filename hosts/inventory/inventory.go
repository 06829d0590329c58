// Package inventory reads hosts.yaml, the file that says which hosts there are and
// how each is reached, and opens them. docs/formats/hosts.md has the format.
//
// It owns the file and the choice of the backend. Whatever in it is nobody else's
// business — keys, agents, files of known hosts — stays out of Record, which is
// all that a campaign keeps of a host.
package inventory

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"eaibench/hosts"
	"eaibench/hosts/ssh"
	"eaibench/internal/strictyaml"
)

// Version of the format.
const Version = 1

// Local is the name of this host, which every inventory has without naming it.
const Local = "local"

// Kind is how a host is reached.
type Kind string

// SSH is the kind of a host with an SSH server.
const SSH Kind = "ssh"

// Entry is one host as the file has it. Files are absolute once it has been read.
type Entry struct {
	Kind Kind `yaml:"kind"`
	// Address is a host name or an IP address; Port its SSH server's, 0: 22.
	// Of a virtual machine there is no address, and the port is the one of this host
	// that is forwarded to it, 0: a free one.
	Address string `yaml:"address,omitempty"`
	Port    int    `yaml:"port,omitempty"`
	// User to log in as; of a virtual machine, "" is its preset's.
	User string `yaml:"user,omitempty"`
	// Key is a private key's file, "": the agent's keys.
	Key string `yaml:"key,omitempty"`
	// Agent is true when the agent at SSH_AUTH_SOCK may be used.
	Agent bool `yaml:"agent,omitempty"`
	// KnownHosts is the file of known host keys, "": ~/.ssh/known_hosts.
	KnownHosts string `yaml:"known_hosts,omitempty"`
	// Jump names the host to connect through, "": none.
	Jump string `yaml:"jump,omitempty"`
	// Machine is the virtual machine, where Kind is QEMU.
	Machine *Machine `yaml:"machine,omitempty"`
	// Platform names the profile of what runs there.
	Platform string `yaml:"platform"`
	// WorkFolder is an absolute path on the host, for whatever is put there.
	WorkFolder string `yaml:"work_folder"`
	// ServeAddress is an IP address of the host at which other hosts reach the servers that are started on it. Where it is "",
	// they are reached through the connection that this host has to it.
	ServeAddress string `yaml:"serve_address,omitempty"`
	// Labels are free.
	Labels map[string]string `yaml:"labels,omitempty"`
}

// Record is what a campaign may keep of a host: nothing that lets anybody in, and
// no path of this side.
type Record struct {
	Name       string            `json:"name"`
	Kind       Kind              `json:"kind"`
	Address    string            `json:"address,omitempty"`
	Port       int               `json:"port,omitempty"`
	User       string            `json:"user,omitempty"`
	Jump       string            `json:"jump,omitempty"`
	Platform   string            `json:"platform"`
	WorkFolder string            `json:"work_folder"`
	Labels     map[string]string `json:"labels,omitempty"`
}

// names are the hosts by name.
type names map[string]Entry

// document is the file.
type document struct {
	Version int   `yaml:"version"`
	Hosts   names `yaml:"hosts"`
}

// Inventory is what a file says. Its methods may be called by many goroutines.
type Inventory struct {
	hosts names
	agent string // socket, "" for none

	mu   sync.Mutex
	open map[string]*ssh.Host
}

// Surroundings are what the file's values may refer to, and who reads it gives.
type Surroundings struct {
	// Home is the folder that ~/ stands for.
	Home string
	// AgentSocket is the value of SSH_AUTH_SOCK, "" for none.
	AgentSocket string
}

// Load reads a file with this process's home folder and agent. The error is a
// strictyaml.Faults, or says that the file cannot be read.
func Load(file string) (*Inventory, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("hosts: %w", err)
	}
	home, err := os.UserHomeDir()
	if err != nil {
		home = "" // A file that refers to it is at fault then.
	}
	return Read(file, text, Surroundings{Home: home, AgentSocket: os.Getenv("SSH_AUTH_SOCK")})
}

// Read reads the content of the named file; paths in it are relative to its folder.
// The error is a strictyaml.Faults with everything that is wrong.
func Read(file string, text []byte, with Surroundings) (*Inventory, error) {
	var d document
	if err := strictyaml.Decode(file, text, &d); err != nil {
		return nil, err
	}
	folder, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		return nil, fmt.Errorf("hosts: %w", err)
	}
	for name, entry := range d.Hosts {
		if entry.Machine != nil {
			if entry.Machine, err = entry.Machine.resolveFiles(folder, with.Home); err != nil {
				return nil, fmt.Errorf("%s: host %s: %w", file, name, err)
			}
		}
		if entry.KnownHosts == "" && entry.Kind == SSH {
			entry.KnownHosts = "~/.ssh/known_hosts"
		}
		for _, path := range []*string{&entry.Key, &entry.KnownHosts} {
			if *path, err = resolve(*path, folder, with.Home); err != nil {
				return nil, fmt.Errorf("%s: host %s: %w", file, name, err)
			}
		}
		d.Hosts[name] = entry
	}
	return &Inventory{hosts: d.Hosts, agent: with.AgentSocket, open: map[string]*ssh.Host{}}, nil
}

// resolve makes a path absolute.
func resolve(name, folder, home string) (string, error) {
	rest, ofHome := strings.CutPrefix(name, "~/")
	switch {
	case name == "" || filepath.IsAbs(name):
		return name, nil
	case ofHome && home == "":
		return "", fmt.Errorf("%s: it is not known where the home folder is: HOME is not set", name)
	case ofHome:
		return filepath.Join(home, rest), nil
	}
	return filepath.Join(folder, name), nil
}

// Names lists the hosts, in alphabetical order, without this one.
func (i *Inventory) Names() []string { return slices.Sorted(maps.Keys(i.hosts)) }

// Entry gives a host's entry. The error names the nearest name there is.
func (i *Inventory) Entry(name string) (Entry, error) {
	entry, known := i.hosts[name]
	if !known {
		return Entry{}, fmt.Errorf("no host is called %q%s", name, i.hosts.nearest(name))
	}
	return entry, nil
}

// Record gives what a campaign may keep of a host.
func (i *Inventory) Record(name string) (Record, error) {
	e, err := i.Entry(name)
	if err != nil {
		return Record{}, err
	}
	port := e.Port
	if port == 0 && e.Kind == SSH {
		port = 22
	}
	user := e.User
	if e.Kind == QEMU {
		c, err := e.Machine.config(e.User, e.Port)
		if err != nil {
			return Record{}, err
		}
		user = c.Guest.User
	}
	return Record{
		Name: name, Kind: e.Kind, Address: e.Address, Port: port, User: user, Jump: e.Jump,
		Platform: e.Platform, WorkFolder: e.WorkFolder, Labels: maps.Clone(e.Labels),
	}, nil
}

// Host gives a host; the same each time, and a jump host is shared. Nothing is
// connected before it is used.
func (i *Inventory) Host(name string) (hosts.Host, error) {
	if name == Local {
		return hosts.Local(), nil
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	host, err := i.ssh(name)
	if err != nil {
		return nil, err // Not a nil *ssh.Host, which is no nil hosts.Host.
	}
	return host, nil
}

func (i *Inventory) ssh(name string) (*ssh.Host, error) {
	if host := i.open[name]; host != nil {
		return host, nil
	}
	e, err := i.Entry(name)
	if err != nil {
		return nil, err
	}
	if e.Kind == QEMU {
		return nil, fmt.Errorf("host %s is a virtual machine, which has to be started", name)
	}
	config := ssh.Config{Name: name, Address: e.Address, Port: e.Port, User: e.User, KeyFile: e.Key, KnownHosts: e.KnownHosts}
	if e.Agent {
		if config.AgentSocket = i.agent; i.agent == "" {
			return nil, fmt.Errorf("host %s: agent: true, and no SSH agent runs: SSH_AUTH_SOCK is not set", name)
		}
	}
	if e.Jump != "" {
		if config.Jump, err = i.ssh(e.Jump); err != nil {
			return nil, err
		}
	}
	host, err := ssh.New(config)
	if err != nil {
		return nil, err
	}
	i.open[name] = host
	return host, nil
}

// Close ends the connections to all hosts, and with them what still runs there.
func (i *Inventory) Close() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	var all []error
	for _, name := range slices.Sorted(maps.Keys(i.open)) {
		all = append(all, i.open[name].Close())
		delete(i.open, name)
	}
	return errors.Join(all...)
}
