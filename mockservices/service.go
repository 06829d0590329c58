package mockservices

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"eaibench/attest"
	"eaibench/integration_process"
)

// Options say which service is opened and how.
type Options struct {
	Solution *integration_process.Solution
	// Service names one of the solution's services.
	Service string
	// Folder is the data folder; the database is made in it.
	Folder string
	// Identity is the service's own certificate and keys.
	Identity *attest.Identity
	// Root, Policy, AllowCryptoNone and AllowVerifyCached decide which processes are accepted.
	Root              *attest.Root
	Policy            *attest.Policy
	AllowCryptoNone   bool
	AllowVerifyCached bool
	// Seed decides the data of a database made here, and drawn outcomes.
	Seed uint64
	// Sizes replace defaults of the description's sizes, by name.
	Sizes map[string]int64
	// Outcome is the simulated person's, "" for the description's default, "seeded" to draw it for each write.
	Outcome string
	// SilenceLimit is how long a silent person is waited for; 0: not at all.
	SilenceLimit time.Duration
	// Now is the wall clock, for certificates and data; nil: time.Now. Timings are the monotonic clock's in any case.
	Now func() time.Time
	// Log gets refusals and failures, without data of customers; nil: slog.Default().
	Log *slog.Logger
}

// Service is an open digital service. It is safe for concurrent use.
type Service struct {
	description  *integration_process.Service
	identity     *attest.Identity
	relyingParty *attest.RelyingParty
	now          func() time.Time
	log          *slog.Logger

	data      *data
	sequences sequences // on the writing connection
	recall    *sql.Stmt // findSequence on the reading ones
	newest    newest
	reading   *reading // nil: no read
	writing   *writing // nil: no write
	person    *person  // nil: nobody is asked

	plainCalls atomic.Uint64 // since the service was opened
}

// Open opens a service's database, makes and fills it where it is missing, and tries every statement of the description.
// Close must be called.
func Open(ctx context.Context, o Options) (*Service, error) {
	description, err := o.Solution.Service(o.Service)
	if err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if _, err := o.Root.VerifyServiceCertificate(o.Identity.Certificate.Raw, o.Service, o.Now()); err != nil {
		return nil, fmt.Errorf("own certificate would be refused by every process: %w; make a new one with: eaibench ca issue service %s", err, o.Service)
	}
	sizes, err := chosenSizes(description, o.Sizes)
	if err != nil {
		return nil, err
	}
	person, err := newPerson(description, o.Outcome, o.Seed, o.SilenceLimit)
	if err != nil {
		return nil, err
	}
	s := &Service{
		description: description, identity: o.Identity, now: o.Now, log: o.Log, person: person,
		relyingParty: &attest.RelyingParty{
			Root: o.Root, Service: o.Service, Solution: o.Solution.Name,
			Policy: o.Policy, AllowCryptoNone: o.AllowCryptoNone, AllowVerifyCached: o.AllowVerifyCached, Now: o.Now,
		},
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	if s.data, err = openData(ctx, filepath.Join(o.Folder, description.Database), description, o.Seed, sizes); err != nil {
		return nil, err
	}
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// prepare prepares every statement and tries those of the description.
func (s *Service) prepare(ctx context.Context) (err error) {
	if s.sequences, err = prepareSequences(ctx, s.data.writer); err != nil {
		return err
	}
	recall := preparer{ctx: ctx, db: s.data.readers}
	if s.recall = recall.prepare(findSequence); recall.err != nil {
		return recall.err
	}
	if s.reading, err = prepareReading(ctx, s.data.readers, s.description.Read); err != nil {
		return fmt.Errorf("read of service %s: %w", s.description.Name, err)
	}
	if s.writing, err = prepareWriting(ctx, s.data.writer, s.description.Write); err != nil {
		return fmt.Errorf("write of service %s: %w", s.description.Name, err)
	}
	return s.rehearse(ctx)
}

// Close closes the database. Requests must have ended.
func (s *Service) Close() error {
	if err := s.data.close(); err != nil {
		return fmt.Errorf("close the database of service %s: %w", s.description.Name, err)
	}
	return nil
}

// Reset takes the data back to what it was when it was filled, or first opened, in one transaction. Sequence numbers stay.
func (s *Service) Reset() error {
	if err := s.data.reset(); err != nil {
		return fmt.Errorf("reset the data of service %s: %w", s.description.Name, err)
	}
	return nil
}

// chosenSizes are the description's defaults with the operator's in their place.
func chosenSizes(service *integration_process.Service, chosen map[string]int64) (map[string]int64, error) {
	sizes := make(map[string]int64, len(service.Sizes))
	for name, size := range service.Sizes {
		sizes[name] = size.Default
	}
	for _, name := range slices.Sorted(maps.Keys(chosen)) {
		size, known := service.Sizes[name]
		if !known {
			there := strings.Join(slices.Sorted(maps.Keys(service.Sizes)), ", ")
			return nil, fmt.Errorf("service %s has no size %q; it has: %s", service.Name, name, cmp.Or(there, "none"))
		}
		if value := chosen[name]; value < size.Min || value > size.Max {
			return nil, fmt.Errorf("size %s of service %s is %d, want %d to %d", name, service.Name, value, size.Min, size.Max)
		}
		sizes[name] = chosen[name]
	}
	return sizes, nil
}
