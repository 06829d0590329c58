package authority

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"eaibench/attest"
	"eaibench/hosts"
	"eaibench/internal/endpoint"
	"eaibench/platform"
)

const (
	// maxEvidenceRequest bounds the body of POST /api/evidence, in bytes.
	maxEvidenceRequest = 64 << 10
	// measurements is how many processes are measured at the same time. Each hashes every mapped library, which takes a processor.
	measurements = 4
	// measurementTime is how long a measurement may take, with what it waits for others; an honest process takes a hundredth.
	measurementTime = 8 * time.Second
	// secondHandTime is the same where a process is measured by commands on another host, which may be far away and emulated.
	secondHandTime = 2 * time.Minute
)

// AttesterSettings say where an attester finds what is its own.
type AttesterSettings struct {
	Folder          string   // data folder: attester.key, attester.pub, token
	CertificateFile string   // its server's certificate, eai:attester/NAME; empty: cert.pem in Folder
	KeyFile         string   // and key; empty: priv.pem in Folder
	Platforms       []string // profiles it can measure, by name or file; empty: those that eaibench comes with
	// Host whose processes are measured, second-hand, by commands that are run there; nil: this host's own.
	Host hosts.Host
}

// PrepareAttester fills the data folder with what an attester makes itself, where it is not there yet: the key that signs
// evidence, its public half, and the bearer token.
func PrepareAttester(folder string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("create the attester's data folder: %w", err)
	}
	if _, err := endpoint.LoadOrCreateToken(filepath.Join(folder, TokenFile)); err != nil {
		return err
	}
	keyFile, publicFile := filepath.Join(folder, EvidenceKeyFile), filepath.Join(folder, EvidencePublicFile)
	key, err := attest.LoadSigningKey(keyFile)
	if errors.Is(err, fs.ErrNotExist) {
		if _, key, err = ed25519.GenerateKey(rand.Reader); err == nil {
			err = (&attest.Identity{Signing: key}).Save("", keyFile)
		}
	}
	if err != nil {
		return err
	}
	public, err := attest.PublicKeyPEM(key.Public().(ed25519.PublicKey))
	if err != nil {
		return err
	}
	if there, err := os.ReadFile(publicFile); err == nil && string(there) == string(public) {
		return nil
	}
	if err := os.WriteFile(publicFile, public, 0o644); err != nil {
		return fmt.Errorf("write the attester's public key: %w", err)
	}
	return nil
}

// Attester is the attester's server.
type Attester struct {
	identity   *attest.Identity
	key        ed25519.PrivateKey
	publicKey  []byte // PEM
	token      string
	platforms  map[string]*platform.Profile
	there      hosts.Host // nil: this host's processes are measured
	processes  platform.Processes
	uid        int // that measures, on the measured host
	host       platform.Host
	observer   *platform.Observer
	separate   bool // runs under a user of its own, with the right to read other users' processes
	measuring  chan struct{}
	patience   time.Duration // measurementTime
	log        *slog.Logger
	now        func() time.Time
	beforeLast func() // called before the digest is read for the last time; nil outside tests
}

// OpenAttester reads the data folder that PrepareAttester made, and finds out which rights it has itself. It writes nothing.
func OpenAttester(s AttesterSettings, log *slog.Logger) (*Attester, error) {
	a := &Attester{platforms: map[string]*platform.Profile{}, measuring: make(chan struct{}, measurements), patience: measurementTime, log: log, now: time.Now}
	inFolder := func(given, name string) string {
		if given != "" {
			return given
		}
		return filepath.Join(s.Folder, name)
	}
	var err error
	if a.key, err = attest.LoadSigningKey(filepath.Join(s.Folder, EvidenceKeyFile)); err != nil {
		return nil, err
	}
	if a.publicKey, err = attest.PublicKeyPEM(a.key.Public().(ed25519.PublicKey)); err != nil {
		return nil, err
	}
	if a.token, err = endpoint.LoadToken(filepath.Join(s.Folder, TokenFile)); err != nil {
		return nil, err
	}
	a.identity, err = loadServer(inFolder(s.CertificateFile, CertificateFile), inFolder(s.KeyFile, PrivateKeyFile), attest.KindAttester)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the attester has no certificate: %w; `eaibench ca issue attester NAME --data CA --out %s` makes one", err, s.Folder)
	}
	if err != nil {
		return nil, err
	}
	if err := a.loadPlatforms(s.Platforms); err != nil {
		return nil, err
	}
	a.there, a.processes, a.uid = s.Host, platform.Here{}, os.Geteuid()
	return a, a.lookAround(context.Background())
}

func (a *Attester) loadPlatforms(names []string) error {
	if len(names) == 0 {
		names = platform.Names()
	}
	for _, name := range names {
		profile, err := platform.Load(name)
		if err != nil {
			return err
		}
		a.platforms[profile.Platform] = profile
	}
	return nil
}

func (a *Attester) lookAround(ctx context.Context) (err error) {
	if a.there != nil {
		if err := a.reach(ctx); err != nil {
			return fmt.Errorf("measuring on host %s: %w", a.there.Name(), err)
		}
	} else if a.separate, err = holdsKeptCapabilities(); err != nil {
		return err
	}
	if a.host, err = a.processes.Host(ctx); err != nil {
		return err
	}
	a.observer, err = a.processes.Observer(ctx)
	return err
}

// reach asks the host that is measured for its system, and as whom.
func (a *Attester) reach(ctx context.Context) (err error) {
	a.patience = secondHandTime
	ctx, cancel := context.WithTimeout(ctx, a.patience)
	defer cancel()
	run := func(ctx context.Context, argv []string) ([]byte, error) { return hosts.Output(ctx, a.there, argv) }
	if a.processes, err = platform.ProcessesOf(ctx, run, a.there.Hash); err != nil {
		return err
	}
	said, err := run(ctx, []string{"/usr/bin/id", "-u"})
	if err != nil {
		return err
	}
	if a.uid, err = strconv.Atoi(strings.TrimSpace(string(said))); err != nil {
		return fmt.Errorf("asking for its user: %w", err)
	}
	return nil
}

// Privilege is what the evidence says of the attester's rights at best: attest.SeparateUser, attest.SameUser or attest.SecondHand.
func (a *Attester) Privilege() string {
	switch {
	case a.there != nil:
		return attest.SecondHand
	case a.separate:
		return attest.SeparateUser
	}
	return attest.SameUser
}

// Serve listens on address until ctx ends, and tells ready when it does (internal/endpoint).
func (a *Attester) Serve(ctx context.Context, address string, ready io.Writer) error {
	server := endpoint.Server{
		Name: "attester", Address: address, Certificate: a.identity.TLS(), Handler: a.Handler(), Log: a.log, Ready: ready,
	}
	return server.Serve(ctx)
}

// Handler answers the paths of docs/formats/evidence.md.
func (a *Attester) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("POST /api/evidence", endpoint.RequireToken(a.token, http.HandlerFunc(a.evidence)))
	mux.HandleFunc("GET /api/public-key", func(w http.ResponseWriter, _ *http.Request) { writePEM(w, a.publicKey) })
	mux.HandleFunc("GET /api/health", health)
	return mux
}

func (a *Attester) evidence(w http.ResponseWriter, r *http.Request) {
	var request EvidenceRequest
	if err := endpoint.ReadJSON(w, r, maxEvidenceRequest, &request); err != nil {
		endpoint.WriteFault(w, err)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), a.patience)
	defer cancel()
	select {
	case a.measuring <- struct{}{}:
		defer func() { <-a.measuring }()
	case <-ctx.Done():
		endpoint.WriteFault(w, endpoint.NewFault(http.StatusServiceUnavailable, "%d other processes are being measured; ask again", cap(a.measuring)))
		return
	}
	begin := time.Now()
	reply, err := a.attest(ctx, &request)
	if err != nil {
		a.log.Warn("evidence refused", "pid", request.PID, "mode", request.Mode, "error", err)
		writeRefusal(w, err)
		return
	}
	reply.Nanoseconds = time.Since(begin).Nanoseconds()
	a.log.Info("evidence made", "pid", request.PID, "mode", request.Mode, "program", request.Claimed.Program, "run", request.Claimed.Run)
	endpoint.WriteJSON(w, http.StatusOK, reply)
}
