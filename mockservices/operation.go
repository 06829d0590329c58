package mockservices

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"time"

	"eaibench/attest"
	"eaibench/integration_process"
)

// The steps that a service times (docs/formats/services.md).
const (
	verifyCertificate = "verifyCertificate"
	decrypt           = "decrypt"
	retrieveLocalData = "retrieveLocalData"
	storeLocalData    = "storeLocalData"
	encrypt           = "encrypt"
)

// received is a request on its way through the service.
type received struct {
	operation attest.Operation
	request   *attest.SealedRequest
	process   *attest.VerifiedProcess
	hash      [32]byte
	known     bool // that this process was answered before
	values    values
	timings   []attest.Timing
}

// timed adds a step that began at the given time and ends now.
func (r *received) timed(metric string, began time.Time) {
	r.took(metric, time.Since(began))
}

func (r *received) took(metric string, duration time.Duration) {
	r.timings = append(r.timings, attest.Timing{Operation: string(r.operation), Metric: metric, Nanoseconds: duration.Nanoseconds()})
}

// carryOut verifies, opens and carries out one request. The checks come in the order of certificates.md; the sequence number
// is looked at twice, here so that a refusal names it before the payload is opened, and again in the transaction.
func (s *Service) carryOut(ctx context.Context, operation attest.Operation, request *attest.SealedRequest) (*answer, []attest.Timing, error) {
	r := &received{operation: operation, request: request}
	began := time.Now()
	var err error
	if r.process, err = s.relyingParty.Verify(operation, request); err != nil {
		return nil, nil, err
	}
	r.timed(verifyCertificate, began)
	if request.Sequence > math.MaxInt64 {
		return nil, nil, attest.Refuse(attest.CheckRequest, "sequence number is above %d", int64(math.MaxInt64))
	}
	r.hash = attest.RequestHash(operation, request)
	if stored, err := s.repeated(r); stored != nil || err != nil {
		return stored, r.timings, err
	}
	if err := s.open(r); err != nil {
		return nil, nil, err
	}
	var a *answer
	if operation == attest.Read {
		a, err = s.read(r)
	} else {
		a, err = s.write(ctx, r)
	}
	if err == nil {
		s.newest.stored(request.Sequence, r.process.CertificateSHA256)
	}
	return a, r.timings, err
}

// repeated returns the stored answer of a request that was carried out before, and refuses what comes too late.
func (s *Service) repeated(r *received) (*answer, error) {
	if r.known = s.newest.isBefore(r.request.Sequence, r.process.CertificateSHA256); r.known {
		return nil, nil
	}
	var state *sequenceState
	err := s.data.read(func(ctx context.Context) (err error) {
		state, err = stateOf(ctx, s.recall, r.process.CertificateSHA256)
		return err
	})
	if err != nil {
		return nil, err
	}
	r.known = state != nil
	return state.decide(r.request, r.hash)
}

// open decrypts the parameters and checks them against the description.
func (s *Service) open(r *received) error {
	began := time.Now()
	plaintext, _, err := s.identity.OpenRequest(r.operation, r.request, r.process)
	if err != nil {
		return err
	}
	r.timed(decrypt, began)
	values, err := s.parametersOf(r.operation).Parse(plaintext)
	if err != nil {
		return attest.Refuse(attest.CheckRequest, "%v", err)
	}
	r.values = s.reserved(values, r.request.Program, r.request.Run, r.request.Sequence)
	return nil
}

func (s *Service) parametersOf(operation attest.Operation) integration_process.Parameters {
	if operation == attest.Read {
		return s.reading.Parameters
	}
	return s.writing.Parameters
}

// read takes the data from a reading connection, and seals it, before it waits for the writing one: a read has no effect but its
// sequence number, which one statement checks and stores.
func (s *Service) read(r *received) (*answer, error) {
	began := time.Now()
	var plaintext []byte
	err := s.data.read(func(ctx context.Context) (err error) {
		plaintext, err = s.reading.run(ctx, r.values)
		return err
	})
	r.timed(retrieveLocalData, began)
	a, err := s.answer(r, plaintext, err)
	if err != nil {
		return nil, err
	}
	err = s.data.write(func(ctx context.Context) error {
		onItsOwn := func(statement *sql.Stmt) *sql.Stmt { return statement }
		if stored, err := s.sequences.store(ctx, onItsOwn, r, *a, s.now()); stored || err != nil {
			return err
		}
		state, err := stateOf(ctx, s.sequences.find, r.process.CertificateSHA256)
		if err != nil {
			return err
		}
		a, err = state.decide(r.request, r.hash)
		return err
	})
	return a, err
}

// write carries out effect, reply and sequence number in one transaction. storeLocalData is that transaction without the
// sealing inside it.
func (s *Service) write(ctx context.Context, r *received) (*answer, error) {
	if err := s.askPerson(ctx, r.values); err != nil {
		return nil, err
	}
	var a, stored *answer
	var began time.Time
	var sealing time.Duration
	err := s.data.transact(func(ctx context.Context, tx *sql.Tx) error {
		began = time.Now()
		in := func(statement *sql.Stmt) *sql.Stmt { return tx.StmtContext(ctx, statement) }
		// Again, now that nobody else can change it: of two that arrive together, one is carried out.
		state, err := stateOf(ctx, in(s.sequences.find), r.process.CertificateSHA256)
		if err != nil {
			return err
		}
		if stored, err = state.decide(r.request, r.hash); stored != nil || err != nil {
			return err
		}
		plaintext, err := s.writing.run(ctx, tx, r.values)
		beganSealing := time.Now()
		a, err = s.answer(r, plaintext, err)
		sealing = time.Since(beganSealing)
		if err != nil {
			return err
		}
		_, err = s.sequences.store(ctx, in, r, *a, s.now())
		return err
	})
	if stored != nil || err != nil {
		return stored, err
	}
	r.took(storeLocalData, time.Since(began)-sealing)
	return a, nil
}

// answer seals the plain text, or makes an answer of the solution's refusal.
func (s *Service) answer(r *received, plaintext []byte, err error) (*answer, error) {
	if refusal, ok := errors.AsType[notMet](err); ok {
		return &answer{status: http.StatusUnprocessableEntity, body: []byte(refusal)}, nil
	}
	if err != nil {
		return nil, err
	}
	began := time.Now()
	reply, err := s.identity.SealReply(r.operation, r.request, r.process, r.hash, plaintext)
	if err != nil {
		return nil, fmt.Errorf("seal the reply: %w", err)
	}
	r.timed(encrypt, began)
	body, err := json.Marshal(reply)
	if err != nil {
		return nil, fmt.Errorf("marshal the reply: %w", err)
	}
	return &answer{http.StatusOK, body, reply}, nil
}
