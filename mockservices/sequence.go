package mockservices

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"eaibench/attest"
)

// sequenceState is what is kept for one process certificate: its newest request and the answer.
type sequenceState struct {
	sequence    uint64
	requestHash []byte
	signature   []byte
	answer      answer
}

// answer is what a carried out request was answered: a sealed reply (200), or the text with which the solution refused (422).
// Either is repeated as it was.
type answer struct {
	status int
	body   []byte
	reply  *attest.SealedReply // what body says, of an answer just made; nil of a stored one
}

const findSequence = `SELECT sequence, request_hash, signature, status, answer FROM eaibench_sequence WHERE process_certificate = ?`

// sequences are the statements on the table of sequence states.
type sequences struct {
	find, forget, remember *sql.Stmt
}

func prepareSequences(ctx context.Context, db *sql.DB) (s sequences, err error) {
	p := preparer{ctx: ctx, db: db}
	s.find = p.prepare(findSequence)
	s.forget = p.prepare(`DELETE FROM eaibench_sequence WHERE expires < ?`)
	s.remember = p.prepare(`INSERT INTO eaibench_sequence
(process_certificate, expires, sequence, request_hash, signature, status, answer) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET sequence = excluded.sequence, request_hash = excluded.request_hash,
signature = excluded.signature, status = excluded.status, answer = excluded.answer
WHERE sequence < excluded.sequence`)
	return s, p.err
}

// stateOf returns the state of a process certificate; nil when it is new.
func stateOf(ctx context.Context, find *sql.Stmt, certificate [32]byte) (*sequenceState, error) {
	var s sequenceState
	err := find.QueryRowContext(ctx, certificate[:]).Scan(&s.sequence, &s.requestHash, &s.signature, &s.answer.status, &s.answer.body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the sequence state: %w", err)
	}
	return &s, nil
}

// decide applies the table of sealing.md: a stored answer for a repeat, nothing for a new request, a refusal for all else.
func (s *sequenceState) decide(request *attest.SealedRequest, hash [32]byte) (*answer, error) {
	switch {
	case s == nil || request.Sequence > s.sequence:
		return nil, nil
	case request.Sequence < s.sequence:
		return nil, attest.Refuse(attest.CheckSequence, "sequence number %d is older than %d, the newest of this process", request.Sequence, s.sequence)
	case !bytes.Equal(s.requestHash, hash[:]) || !bytes.Equal(s.signature, request.Signature):
		return nil, attest.Refuse(attest.CheckSequence, "sequence number %d was used for another request", request.Sequence)
	default:
		return &s.answer, nil
	}
}

// store keeps the request and its answer, unless a request as new was kept meanwhile: then it says no. With the first request of
// a process, states of expired certificates are dropped: such a certificate is refused before its sequence number is looked at.
func (s *sequences) store(ctx context.Context, in func(*sql.Stmt) *sql.Stmt, r *received, a answer, now time.Time) (stored bool, err error) {
	if !r.known {
		if _, err := in(s.forget).ExecContext(ctx, now.Unix()); err != nil {
			return false, fmt.Errorf("drop expired sequence states: %w", err)
		}
	}
	// A certificate is valid to the end of its last second; one second more costs nothing.
	expires := r.process.NotAfter.Unix() + 1
	result, err := in(s.remember).ExecContext(ctx, r.process.CertificateSHA256[:], expires,
		int64(r.request.Sequence), r.hash[:], r.request.Signature, a.status, a.body)
	if err != nil {
		return false, fmt.Errorf("store the sequence state: %w", err)
	}
	changed, err := result.RowsAffected()
	return changed == 1, err
}
